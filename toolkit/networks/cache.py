"""What was read from OpenStreetMap files, kept as GeoParquet so that a file is parsed once.

An entry is a folder named by a digest of the input files, the parameters and the format; it is
written beside and renamed into place. One that is not whole or was changed is made anew.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd

from toolkit.errors import InputFileError, OutputError
from toolkit.networks.osm import RoadClasses, chosen_classes, read_osm_roads_with_report
from toolkit.networks.osm_report import ReadingReport
from toolkit.networks.osm_water import read_osm_water
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import SpeedTable, load_speeds
from toolkit.sources.osm_boundaries import osm_boundaries
from toolkit.sources.provenance import file_digests

__all__ = ["cached_osm_boundaries", "cached_osm_roads", "cached_osm_water"]

FORMAT = 1
"""To be raised whenever reading or storing changes, so that no older entry is taken."""
ABOUT = "about.json"


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
    files = _files(path)
    values = sorted(chosen_classes(classes))
    asked = {
        "format": FORMAT,
        "files": _identities(files),
        "classes": values,
        "merge": merge,
        "speeds": asdict(speeds or load_speeds()),
        "name": name,
    }
    entry = _entry(cache / "networks", asked)
    kept = _read_roads(entry)
    if kept is not None:
        return kept
    network, report = read_osm_roads_with_report(
        files, values, merge=merge, speeds=speeds, name=name
    )
    facts = ("name", "source", "data_date", "schematic")
    tables = {"nodes": network.nodes, "edges": network.edges.reset_index()}
    about = {
        "asked": asked,
        "network": {fact: getattr(network, fact) for fact in facts},
        "report": asdict(report),
    }
    _keep(entry, tables, about)
    return network, report


def cached_osm_boundaries(
    path: str | Path | Sequence[str | Path], *, levels: Collection[int], cache: Path
) -> gpd.GeoDataFrame:
    """Give the boundaries of OpenStreetMap files from the cache, reading them if not there.

    Parameters
    ----------
    path, levels
        As `toolkit.sources.osm_boundaries.osm_boundaries` takes them.
    cache : Path
        Root of the cache; entries go to ``boundaries/`` in it.

    Returns
    -------
    GeoDataFrame
        As `osm_boundaries` gives them.

    Raises
    ------
    InputFileError, MissingDataError
        As `osm_boundaries`; that nothing was found is not kept.
    OutputError
        If the cache cannot be written to.
    """
    files = _files(path)
    asked = {"format": FORMAT, "files": _identities(files), "levels": sorted(levels)}
    entry = _entry(cache / "boundaries", asked)
    about = _whole(entry)
    if about is not None:
        boundaries = gpd.read_parquet(entry / "boundaries.parquet")
        boundaries.attrs["incomplete"] = tuple(about["incomplete"])
        return boundaries
    boundaries = osm_boundaries(files, levels=levels)
    incomplete = boundaries.attrs.pop("incomplete")
    _keep(entry, {"boundaries": boundaries}, {"asked": asked, "incomplete": incomplete})
    boundaries.attrs["incomplete"] = incomplete
    return boundaries


def cached_osm_water(path: str | Path | Sequence[str | Path], *, cache: Path) -> gpd.GeoSeries:
    """Give the water of OpenStreetMap files from the cache, reading it if it is not there.

    Parameters
    ----------
    path
        As `toolkit.networks.osm_water.read_osm_water` takes it.
    cache : Path
        Root of the cache; entries go to ``water/`` in it.

    Returns
    -------
    GeoSeries
        As `read_osm_water` gives it.

    Raises
    ------
    InputFileError
        As `read_osm_water`.
    OutputError
        If the cache cannot be written to.
    """
    files = _files(path)
    asked = {"format": FORMAT, "files": _identities(files)}
    entry = _entry(cache / "water", asked)
    if _whole(entry) is None:
        water = read_osm_water(files)
        _keep(entry, {"water": gpd.GeoDataFrame(geometry=water)}, {"asked": asked})
        return water
    return gpd.read_parquet(entry / "water.parquet").geometry.rename(None)


def _files(path: str | Path | Sequence[str | Path]) -> list[Path]:
    """One or more paths as a list."""
    return [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]


def _identities(files: Sequence[Path]) -> list[dict[str, str]]:
    """Names and checksums of inputs."""
    for file in files:
        if not file.is_file():
            raise InputFileError(
                f"{file}: no such file", remedy="check the path or download it first"
            )
    return [{"name": file.name, "sha256": file_digests(file)["sha256"]} for file in files]


def _entry(folder: Path, asked: Mapping[str, Any]) -> Path:
    """Folder of what was asked for."""
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return folder / digest[:32]


def _read_roads(entry: Path) -> tuple[SpatialNetwork, ReadingReport] | None:
    """A network of the cache if it is there, whole and unchanged."""
    about = _whole(entry)
    if about is None:
        return None
    try:
        nodes = gpd.read_parquet(entry / "nodes.parquet")
        edges = gpd.read_parquet(entry / "edges.parquet").set_index(["u", "v", "key"])
        report = ReadingReport(**about["report"])
        return SpatialNetwork(nodes, edges, **about["network"]), report
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the inputs are at hand, and the entry is made anew


def _whole(entry: Path) -> dict[str, Any] | None:
    """What an entry says of itself, if its tables are there and have their checksums."""
    try:
        about: dict[str, Any] = json.loads((entry / ABOUT).read_text(encoding="utf-8"))
        sums = dict(about["sha256"])
        found = {table: file_digests(entry / f"{table}.parquet")["sha256"] for table in sums}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return about if found == sums else None


def _keep(entry: Path, tables: Mapping[str, gpd.GeoDataFrame], about: Mapping[str, Any]) -> None:
    """Write an entry beside its place and rename it there."""
    try:
        _write(entry, tables, about)
    except OSError as error:
        raise OutputError(
            f"{entry}: cannot be written: {error.strerror or error}",
            remedy="free some space, or check the folder and its rights",
        ) from error


def _write(entry: Path, tables: Mapping[str, gpd.GeoDataFrame], about: Mapping[str, Any]) -> None:
    """Write tables, then what they are with their checksums, then rename."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.parent))
    try:
        for name, table in tables.items():
            table.to_parquet(beside / f"{name}.parquet")
        sums = {name: file_digests(beside / f"{name}.parquet")["sha256"] for name in tables}
        text = json.dumps({**about, "sha256": sums}, ensure_ascii=False, indent=1)
        (beside / ABOUT).write_text(text, encoding="utf-8")
        _put(beside, entry)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, entry: Path) -> None:
    """Rename a new entry into place, over a broken one if need be."""
    try:
        beside.rename(entry)
    except OSError:
        if _whole(entry) is not None:  # another run was faster
            return
        shutil.rmtree(entry, ignore_errors=True)
        beside.rename(entry)
