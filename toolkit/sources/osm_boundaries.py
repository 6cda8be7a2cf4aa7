"""Administrative boundaries from OpenStreetMap files, as areas with exclaves and holes."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from toolkit.errors import InputFileError, MissingDataError

__all__ = ["osm_boundaries"]

ADMINISTRATIVE = ("boundary", "administrative")
CODES = ("ref:CN:admin", "ref:admin", "gb2260", "ref")
ADCODE = re.compile(r"\d{6}")
COLUMNS = ("admin_level", "name_zh", "name_en", "adcode")


def osm_boundaries(
    path: str | Path | Sequence[str | Path], *, levels: Collection[int] = (4, 5, 6)
) -> gpd.GeoDataFrame:
    """Assemble the administrative boundaries of one or more OpenStreetMap files.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; a relation that several of them hold is taken once.
    levels : collection of int
        Values of `admin_level`; in China 4 is a province, 5 a prefecture, 6 a county.

    Returns
    -------
    geopandas.GeoDataFrame
        Indexed by `relation_id`, by level and then by id: `admin_level` (int), `name_zh`,
        `name_en`, `adcode` (six digits where tagged), and `geometry`, a MultiPolygon in EPSG:4326
        with every exclave and hole. Boundaries that an extract holds only in part cannot be
        assembled; `attrs["incomplete"]` names them.

    Raises
    ------
    InputFileError
        If a file is missing, truncated or no OSM file.
    MissingDataError
        If no boundary of these levels is whole.

    Notes
    -----
    Two passes a file: relations first, then the ways they are made of. Only relations count;
    closed ways tagged as boundaries repeat them.
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    wanted = {str(level) for level in levels}
    rows: dict[int, tuple[Any, ...]] = {}
    named: dict[int, str] = {}
    for file in files:
        _assemble(file, wanted, rows, named)
    incomplete = tuple(sorted(name for number, name in named.items() if number not in rows))
    if not rows:
        raise MissingDataError(
            f"{', '.join(map(str, files))}: no whole boundary of admin_level "
            f"{', '.join(sorted(wanted))}",
            remedy="take a larger extract or other levels"
            + (f"; only partly there: {', '.join(incomplete[:5])}" if incomplete else ""),
        )
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*COLUMNS, "geometry"])
    table = table.rename_axis("relation_id").sort_index().astype(dict.fromkeys(COLUMNS[1:], "str"))
    table = table.sort_values("admin_level", kind="stable")
    boundaries = gpd.GeoDataFrame(table, geometry="geometry", crs=4326)
    boundaries.attrs["incomplete"] = incomplete
    return boundaries


def _assemble(
    file: Path, wanted: set[str], rows: dict[int, tuple[Any, ...]], named: dict[int, str]
) -> None:
    """Add the areas of one file to the rows, and the names of all its relations."""
    if not file.is_file():
        raise InputFileError(f"{file}: no such file", remedy="check the path or download it first")
    factory = osmium.geom.WKBFactory()
    chosen = osmium.filter.TagFilter(ADMINISTRATIVE)
    try:
        things: Any = osmium.FileProcessor(str(file)).with_areas(chosen).with_filter(chosen)
        for thing in things:
            if thing.is_node() or thing.is_way() or thing.tags.get("admin_level") not in wanted:
                continue
            if thing.is_relation():
                named[thing.id] = thing.tags.get("name") or f"relation {thing.id}"
            elif thing.from_way() or not thing.num_rings()[0]:
                continue  # an area without rings could not be closed
            elif thing.orig_id() not in rows:
                shape = shapely.from_wkb(factory.create_multipolygon(thing))
                rows[thing.orig_id()] = (*_facts(thing.tags), shape)
    except RuntimeError as error:
        raise InputFileError(
            f"{file}: not a readable OSM file: {error}",
            remedy="check that it is a complete .osm.pbf or .osm file, or download it again",
        ) from error


def _facts(tags: Any) -> tuple[int, str | None, str | None, str | None]:  # noqa: ANN401  # untyped
    """Level, names and code of one boundary."""
    codes = (tags.get(key, "") for key in CODES)
    adcode = next((code for code in codes if ADCODE.fullmatch(code)), None)
    name_zh = tags.get("name:zh") or tags.get("name:zh-Hans") or tags.get("name")
    return int(tags["admin_level"]), name_zh, tags.get("name:en"), adcode
