"""Named places (cities, towns, villages) from OpenStreetMap files."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd

from toolkit.errors import InputFileError

__all__ = ["PLACES", "osm_places"]

PLACES = ("city", "town", "village")
COLUMNS = ("place", "name_zh", "name_en", "population", "lon", "lat")
_COUNT = re.compile(r"\d+")


def osm_places(
    path: str | Path | Sequence[str | Path], *, kinds: Collection[str] = PLACES
) -> gpd.GeoDataFrame:
    """Read the place nodes of one or more OpenStreetMap files, in one pass each.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; a place that several of them hold is taken once.
    kinds : collection of str
        Values of `place`.

    Returns
    -------
    geopandas.GeoDataFrame
        Indexed by `node_id`: `place`, `name_zh`, `name_en`, `population` (Int64, missing where
        it is not tagged as a number), and points in EPSG:4326. Empty where there are none.

    Raises
    ------
    InputFileError
        If a file is missing, truncated or no OSM file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "town.osm")
    ...     _ = file.write_text(
    ...         '<osm version="0.6"><node id="1" version="1" lat="40.0" lon="116.0">'
    ...         '<tag k="place" v="town"/><tag k="name:en" v="Riverside"/>'
    ...         '<tag k="population" v="12,000"/></node></osm>'
    ...     )
    ...     osm_places(file)[["place", "name_en", "population"]].to_dict("records")
    [{'place': 'town', 'name_en': 'Riverside', 'population': 12000}]
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    chosen = osmium.filter.TagFilter(*(("place", kind) for kind in kinds))
    rows = {}
    for file in files:
        if not file.is_file():
            raise InputFileError(
                f"{file}: no such file", remedy="check the path or download it first"
            )
        try:
            nodes: Any = osmium.FileProcessor(str(file), osmium.osm.NODE).with_filter(chosen)
            for node in nodes:
                tags = node.tags
                rows[node.id] = (
                    tags["place"],
                    tags.get("name:zh") or tags.get("name:zh-Hans") or tags.get("name"),
                    tags.get("name:en"),
                    _count(tags.get("population", "")),
                    node.lon,
                    node.lat,
                )
        except RuntimeError as error:
            raise InputFileError(
                f"{file}: not a readable OSM file: {error}",
                remedy="check that it is a complete .osm.pbf or .osm file, or download it again",
            ) from error
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))
    table = table.rename_axis("node_id").sort_index()
    table["population"] = pd.array(table["population"].tolist(), dtype="Int64")
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"), crs=4326)
    return gpd.GeoDataFrame(table, geometry=points)


def _count(text: str) -> int | None:
    """A tagged number of people, with separators of thousands or without."""
    digits = re.sub(r"[\s,.']", "", text)
    return int(digits) if _COUNT.fullmatch(digits) else None
