"""Networks read from OpenStreetMap files, kept as GeoParquet so that a file is parsed once.

An entry is a folder named by a digest of the input files, the parameters and the format; it is
written beside and renamed into place. One that is not whole or was changed is made anew.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd

from toolkit.errors import InputFileError, OutputError
from toolkit.networks.osm import RoadClasses, chosen_classes, read_osm_roads_with_report
from toolkit.networks.osm_report import ReadingReport
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import SpeedTable, load_speeds
from toolkit.sources.provenance import file_digests

__all__ = ["cached_osm_roads"]

FORMAT = 1
"""To be raised whenever reading or storing changes, so that no older entry is taken."""
ABOUT = "about.json"
TABLES = ("nodes", "edges")


def cached_osm_roads(
    path: str | Path | Sequence[str | Path],
    classes: RoadClasses | Iterable[str] = "main",
    *,
    cache: Path,
    merge: bool = True,
    speeds: SpeedTable | None = None,
    name: str = "",
) -> tuple[SpatialNetwork, ReadingReport]:
    """Give the roads of OpenStreetMap files from the cache, reading them if they are not there.

    Parameters
    ----------
    path, classes, merge, speeds, name
        As `toolkit.networks.osm.read_osm_roads` takes them.
    cache : Path
        Root of the cache; entries go to ``networks/<digest>`` in it.

    Returns
    -------
    network : SpatialNetwork
        Equal to what reading the files gives.
    report : ReadingReport
        What reading them left out, mended and counted.

    Raises
    ------
    InputFileError
        If a file is missing or cannot be read.
    OutputError
        If the cache cannot be written to.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cached_osm_roads("no such file.osm.pbf", cache=Path(folder))
    Traceback (most recent call last):
    ...
    toolkit.errors.InputFileError: no such file.osm.pbf: no such file; check the path or \
download it first
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    values = sorted(chosen_classes(classes))
    asked = {
        "format": FORMAT,
        "files": [{"name": file.name, "sha256": _checksum(file)} for file in files],
        "classes": values,
        "merge": merge,
        "speeds": asdict(speeds or load_speeds()),
        "name": name,
    }
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    entry = cache / "networks" / digest[:32]
    kept = _read(entry)
    if kept is not None:
        return kept
    network, report = read_osm_roads_with_report(
        files, values, merge=merge, speeds=speeds, name=name
    )
    try:
        _write(entry, network, report, asked)
    except OSError as error:
        raise OutputError(
            f"{entry}: cannot be written: {error.strerror or error}",
            remedy="free some space, or check the folder and its rights",
        ) from error
    return network, report


def _checksum(file: Path) -> str:
    """SHA-256 of an input."""
    if not file.is_file():
        raise InputFileError(f"{file}: no such file", remedy="check the path or download it first")
    return file_digests(file)["sha256"]


def _read(entry: Path) -> tuple[SpatialNetwork, ReadingReport] | None:
    """An entry of the cache if it is there, whole and unchanged."""
    try:
        about = json.loads((entry / ABOUT).read_text(encoding="utf-8"))
        tables = {}
        for table in TABLES:
            file = entry / f"{table}.parquet"
            if file_digests(file)["sha256"] != about["sha256"][table]:
                return None
            tables[table] = gpd.read_parquet(file)
        report = ReadingReport(**about["report"])
        edges = tables["edges"].set_index(["u", "v", "key"])
        return SpatialNetwork(tables["nodes"], edges, **about["network"]), report
    except (OSError, ValueError, KeyError, TypeError):
        # whatever is wrong with it, the inputs are at hand and the entry is made anew
        return None


def _write(
    entry: Path, network: SpatialNetwork, report: ReadingReport, asked: Mapping[str, Any]
) -> None:
    """Write an entry beside its place and rename it there."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.parent))
    try:
        network.nodes.to_parquet(beside / "nodes.parquet")
        network.edges.reset_index().to_parquet(beside / "edges.parquet", index=False)
        sums = {table: file_digests(beside / f"{table}.parquet")["sha256"] for table in TABLES}
        facts = ("name", "source", "data_date", "schematic")
        about = {
            "asked": asked,
            "network": {fact: getattr(network, fact) for fact in facts},
            "report": asdict(report),
            "sha256": sums,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1)
        (beside / ABOUT).write_text(text, encoding="utf-8")
        _put(beside, entry)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, entry: Path) -> None:
    """Rename a new entry into place, over a broken one if need be."""
    try:
        beside.rename(entry)
    except OSError:
        if _read(entry) is not None:  # another run was faster
            return
        shutil.rmtree(entry, ignore_errors=True)
        beside.rename(entry)
