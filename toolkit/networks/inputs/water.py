"""Water that no last leg crosses: of the OpenStreetMap files that roads are of, else the sea."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from toolkit.clusters import Cluster
from toolkit.networks.cache import cached_osm_water
from toolkit.networks.inputs.downloads import downloaded_record
from toolkit.networks.inputs.roads import osm_file
from toolkit.progress import Progress
from toolkit.sources import files
from toolkit.sources.boundaries import land_of_china
from toolkit.sources.files import InputRecord
from toolkit.sources.provenance import CachedFile

__all__ = ["read_water", "sea_round"]

_MARGIN_DEGREES = 0.5
_SMALLEST_SQUARE_DEGREES = 1e-4  # about 1 km2; lesser gaps along a border are no sea
SEA = InputRecord(
    name="sea off the provinces of geotool-cn",
    kind="water",
    data_date="2026",
    licence="for learning and exchange only; not redistributed with the toolkit",
    source="PyPI package geotool-cn",
)


def read_water(
    cluster: Cluster,
    prefectures: gpd.GeoDataFrame | None,
    roads: str | Path | None,
    extracts: Sequence[CachedFile],
    *,
    cache: Path,
    report: Progress,
) -> tuple[gpd.GeoSeries | None, tuple[InputRecord, ...]]:
    """Read the water of a cluster, from where its roads are, or its sea.

    Parameters
    ----------
    cluster : Cluster
    prefectures : GeoDataFrame or None
        Its members, where their boundaries are known.
    roads : str, Path or None
        What was asked for as roads (`toolkit.networks.inputs.read_inputs`).
    extracts : sequence of CachedFile
        Downloaded OpenStreetMap extracts.
    cache : Path
        Root of the cache, where water read once is kept.
    report : Progress

    Returns
    -------
    water : GeoSeries or None
        Polygons in EPSG:4326: lakes, wide rivers and sea of the OpenStreetMap files; where these
        hold no water, or roads come from elsewhere, what lies off the provinces of China
        (`sea_round`). None for places abroad.
    records : tuple of InputRecord
    """
    file = None if extracts else osm_file(roads)
    paths = [file] if file else [extract.path for extract in extracts]
    if paths:
        water = cached_osm_water(paths, cache=cache)
        if len(water):
            return water, _records(file, extracts)
        names = ", ".join(path.name for path in paths)
        report.note(f"water: none in {names}. Used instead: the sea off China's provinces")
    sea = sea_round(cluster.cities.geometry if prefectures is None else prefectures.geometry)
    return (sea, (SEA,)) if sea is not None else (None, ())


def sea_round(places: gpd.GeoSeries) -> gpd.GeoSeries | None:
    """The sea, and land abroad, round places in China.

    Parameters
    ----------
    places : GeoSeries
        Seats or boundaries, EPSG:4326.

    Returns
    -------
    GeoSeries or None
        What no province holds within half a degree of their bounds; None where it is nothing, or
        where a place lies abroad. As right as `toolkit.sources.boundaries.land_of_china`.

    Examples
    --------
    >>> sea_round(gpd.GeoSeries([shapely.Point(114.3, 30.6)], crs=4326)) is None  # Wuhan
    True
    >>> sea = sea_round(gpd.GeoSeries([shapely.Point(117.7, 39.0)], crs=4326))  # Binhai
    >>> sea.covers(shapely.Point(117.98, 38.94)).any()  # the lighthouse of Dagu, off Tianjin
    np.True_
    """
    west, south, east, north = places.total_bounds
    box = shapely.box(
        west - _MARGIN_DEGREES,
        south - _MARGIN_DEGREES,
        east + _MARGIN_DEGREES,
        north + _MARGIN_DEGREES,
    )
    land = land_of_china(box)
    if not shapely.intersects(land, places.representative_point().to_numpy()).all():
        return None
    parts = shapely.get_parts(box.difference(land))
    large = parts[shapely.area(parts) >= _SMALLEST_SQUARE_DEGREES]
    return gpd.GeoSeries(large, crs=4326) if len(large) else None


def _records(file: Path | None, extracts: Sequence[CachedFile]) -> tuple[InputRecord, ...]:
    """What OpenStreetMap's water was read from."""
    if file is None:
        return tuple(downloaded_record(extract, kind="water") for extract in extracts)
    licence = "© OpenStreetMap contributors, ODbL 1.0"
    return (files.record_input(file, kind="water", licence=licence),)
