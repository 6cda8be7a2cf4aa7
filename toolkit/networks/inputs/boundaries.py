"""Boundaries of a cluster's members: OpenStreetMap's where it is downloaded, else geotool-cn's."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError, UnknownNameError
from toolkit.networks.cache import cached_osm_boundaries
from toolkit.networks.inputs.downloads import downloaded_record
from toolkit.progress import Progress
from toolkit.sources.boundaries import prefecture_boundaries
from toolkit.sources.files import InputRecord
from toolkit.sources.provenance import CachedFile

__all__ = ["members_in", "read_boundaries"]

# Hong Kong and Macau are of level 3, provinces and municipalities of 4, prefectures of 5, units
# directly under a province of 6
LEVELS = (3, 4, 5, 6)
GEOTOOL = InputRecord(
    name="prefecture boundaries of geotool-cn",
    data_date="2026",
    licence="for learning and exchange only; not redistributed with the toolkit",
    source="PyPI package geotool-cn",
    kind="boundaries",
)


def read_boundaries(
    cluster: Cluster, extracts: Sequence[CachedFile], *, cache: Path, report: Progress
) -> tuple[gpd.GeoDataFrame | None, tuple[InputRecord, ...]]:
    """Polygons of all members, or none where those of one are not known.

    Parameters
    ----------
    cluster : Cluster
    extracts : sequence of CachedFile
        Downloaded OpenStreetMap extracts. A member whose relation they do not hold whole is taken
        from geotool-cn, less what belongs to the others, and the report names it.
    cache : Path
        Root of the cache, where boundaries read once are kept.
    report : Progress
    report : Progress

    Returns
    -------
    prefectures : GeoDataFrame or None
        Index adcode, in the order of the cluster; `name_zh`, `official_name_zh`, multipolygons
        in EPSG:4326.
    records : tuple of InputRecord
    """
    cities = cluster.cities
    mapped = _mapped(cities, extracts, cache, report)
    missing = cities.index.difference(mapped.index, sort=False)
    try:
        drawn = prefecture_boundaries(missing.tolist())
    except UnknownNameError as error:
        report.note(f"{error.problem}: a station belongs to the nearest seat")
        return None, ()
    records = []
    if len(mapped):
        drawn = drawn.assign(geometry=_less(drawn.geometry, mapped.union_all()))
        records += [downloaded_record(extract, kind="boundaries") for extract in extracts]
    if len(drawn):
        records.append(GEOTOOL)
    shapes = {**mapped, **drawn.geometry}
    names = cities[["name_zh", "official_name_zh"]]
    polygons = [shapes[adcode] for adcode in cities.index]
    return gpd.GeoDataFrame(names, geometry=polygons, crs=4326), tuple(records)


def members_in(boundaries: gpd.GeoDataFrame, cities: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Find the members among boundaries by their code or name, with the seat inside.

    Parameters
    ----------
    boundaries : GeoDataFrame
        As `toolkit.sources.osm_boundaries` gives them, widest level first.
    cities : GeoDataFrame
        Index adcode; `official_name_zh`, `name_zh`, `name_en`, and the seats as points, EPSG:4326.

    Returns
    -------
    GeoSeries
        Index adcode, only those found.

    Examples
    --------
    >>> found = gpd.GeoDataFrame(
    ...     {"admin_level": [5, 6], "adcode": ["130100", None], "name_zh": ["石家庄市", "正定县"],
    ...      "name_en": None},
    ...     geometry=[shapely.box(114, 38, 115, 39), shapely.box(114.5, 38.1, 114.6, 38.2)],
    ...     crs=4326,
    ... )
    >>> seat = {"official_name_zh": ["石家庄市"], "name_zh": "石家庄", "name_en": "Shijiazhuang"}
    >>> cities = gpd.GeoDataFrame(
    ...     seat, index=["130100"], geometry=[shapely.Point(114.5, 38.04)], crs=4326
    ... )
    >>> members_in(found, cities).index.tolist()
    ['130100']
    """
    found = {}
    for adcode, city in cities.iterrows():
        names = {city["official_name_zh"], city["name_zh"], city["name_en"]} - {""}
        called_so = boundaries["name_zh"].isin(names) | boundaries["name_en"].isin(names)
        same = boundaries[(boundaries["adcode"] == str(adcode)) | called_so]
        holds_seat = same[same.covers(city.geometry)]
        if len(holds_seat):
            found[adcode] = holds_seat.geometry.iloc[0]
    index = pd.Index(found, name="adcode", dtype=cities.index.dtype)
    return gpd.GeoSeries(list(found.values()), index=index, crs=4326)


def _mapped(
    cities: gpd.GeoDataFrame, extracts: Sequence[CachedFile], cache: Path, report: Progress
) -> gpd.GeoSeries:
    """Members that the extracts hold whole; the report names the others."""
    nothing = gpd.GeoSeries([], index=cities.index[:0], crs=4326)
    if not extracts:
        return nothing
    try:
        paths = [extract.path for extract in extracts]
        found = members_in(cached_osm_boundaries(paths, levels=LEVELS, cache=cache), cities)
    except MissingDataError:
        found = nothing
    missing = cities.index.difference(found.index, sort=False)
    if len(missing):
        names = ", ".join(cities["name_en"][missing]) if len(found) else "all members"
        report.note(
            f"boundaries of {names}: not whole in {', '.join(e.path.name for e in extracts)}. "
            "Used instead: those of geotool-cn"
        )
    return found


def _less(shapes: gpd.GeoSeries, taken: shapely.Geometry) -> gpd.GeoSeries:
    """Multipolygons without what is taken, so that nobody is counted twice along a seam."""
    left = shapes.difference(taken).explode()
    polygons = left[left.geom_type == "Polygon"]
    whole = polygons.groupby(level=0).agg(lambda parts: shapely.MultiPolygon(parts.tolist()))
    return gpd.GeoSeries(whole.reindex(shapes.index), crs=shapes.crs)
