"""Write what a run was made of: versions, parameters, inputs with checksums, timings, outputs."""

import json
import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from toolkit import __version__
from toolkit.publish.atomic import replace_atomically
from toolkit.sources.files import InputRecord, record_input

__all__ = ["versions", "write_run_record"]

_LIBRARIES = (
    "geopandas",
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "osmium",
    "pandas",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scipy",
    "shapely",
)


def versions() -> dict[str, str]:
    """Return the versions a result depends on: Python, this toolkit and its main libraries.

    Returns
    -------
    dict of str to str
        Name to version; a library that is not installed is left out.

    Examples
    --------
    >>> {"python", "city-cluster-toolkit", "shapely"} <= set(versions())
    True
    """
    found = {"python": platform.python_version(), "city-cluster-toolkit": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write_run_record(
    path: str | os.PathLike[str],
    *,
    parameters: Mapping[str, object],
    inputs: Iterable[InputRecord] = (),
    timings_s: Mapping[str, float] | None = None,
    outputs: Sequence[str | os.PathLike[str]] = (),
    started: str = "",
) -> None:
    """Write `run.json`: enough to repeat a run and to tell two runs apart.

    Parameters
    ----------
    path : path-like
        The file to write.
    parameters : mapping
        Every choice of the run; dates, paths, tuples and arrays are written as JSON can.
    inputs : iterable of InputRecord, optional
        See `toolkit.sources.files.record_input`.
    timings_s : mapping of str to float, optional
        Step to seconds.
    outputs : sequence of path-like, optional
        Files written; those that exist are given with checksum and size, relative to the record.
    started : str, optional
        ISO time of the start.

    Raises
    ------
    OutputError
        When the disk refuses; an older record is untouched then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_run_record(Path(folder, "run.json"), parameters={"cluster": "jing-jin-ji"})
    ...     json.loads(Path(folder, "run.json").read_text(encoding="utf-8"))["parameters"]
    {'cluster': 'jing-jin-ji'}
    """
    folder = Path(path).parent
    record = {
        "versions": versions(),
        "platform": platform.platform(),
        "started": started,
        "parameters": dict(parameters),
        "inputs": [asdict(each) for each in inputs],
        "timings_s": {step: round(seconds, 3) for step, seconds in (timings_s or {}).items()},
        "outputs": [_output(Path(each), folder) for each in outputs],
    }
    text = json.dumps(_plain(record), ensure_ascii=False, indent=2, allow_nan=False)
    with replace_atomically(path) as part:
        part.write_text(text + "\n", encoding="utf-8", newline="\n")


def _output(path: Path, folder: Path) -> dict[str, object]:
    """Return name, checksum and size of an output; a folder is given by its name alone."""
    inside = path.is_relative_to(folder)
    name = path.relative_to(folder).as_posix() if inside else path.name
    if not path.is_file():
        return {"name": name}
    record = record_input(path)
    return {"name": name, "sha256": record.sha256, "size_bytes": record.size_bytes}


def _plain(value: object) -> object:
    """Return a value as JSON holds it; NaN and infinity become null, what is unknown its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)
