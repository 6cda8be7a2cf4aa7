"""Water of OpenStreetMap files: lakes, rivers, reservoirs as polygons, the sea by its coast."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from pyproj import Geod

from toolkit.errors import InputFileError

__all__ = ["read_osm_water", "sea_of_coastline"]

WATER = (
    ("natural", "water"),
    ("natural", "bay"),
    ("waterway", "riverbank"),
    ("landuse", "reservoir"),
)
COASTLINE = ("natural", "coastline")
_GEOD = Geod(ellps="WGS84")
_BESIDE_DEGREES = 1e-7  # OpenStreetMap's own resolution, about a centimetre


def read_osm_water(
    path: str | Path | Sequence[str | Path], *, smallest_km2: float = 0.25
) -> gpd.GeoSeries:
    """Read the water of one or more OpenStreetMap files that is large enough to be in the way.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; water that neighbouring extracts share is joined.
    smallest_km2 : float
        Lakes and rivers smaller than this, all their polygons that touch taken together, are left
        out: 0.25 is one cell of the travel-time grid.

    Returns
    -------
    geopandas.GeoSeries
        Polygons in EPSG:4326 that do not overlap. Lakes and wide rivers are those drawn as areas
        (`natural=water` or `bay`, `waterway=riverbank`, `landuse=reservoir`); the sea lies to the
        right of the coastline, within the box of each file (`sea_of_coastline`).

    Raises
    ------
    InputFileError
        If a file is missing or cannot be read.

    Notes
    -----
    An area that an extract cuts open cannot be closed and is left out, so extracts should be made
    with whole multipolygons, as Geofabrik's are. Reads a file twice; time is that of osmium.
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    found = list(chain.from_iterable(_of_one_file(file) for file in files))
    joined = shapely.union_all(shapely.make_valid(np.array(found, dtype=object)))
    parts = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon"]
    large = [part for part in parts if _area_km2(part) >= smallest_km2]
    return gpd.GeoSeries(large, crs=4326)


def sea_of_coastline(
    coast: Sequence[shapely.LineString], box: shapely.Polygon
) -> list[shapely.Polygon]:
    """Close the sea of a coastline that the edge of an extract cuts off.

    Parameters
    ----------
    coast : sequence of LineString
        With land on their left, as OpenStreetMap draws them; degrees.
    box : Polygon
        Area that the extract holds.

    Returns
    -------
    list of Polygon
        The faces into which the coast cuts the box that lie to the right of it. A coast that ends
        inside the box, where an extract was cut along a border, is led to the nearest edge of the
        box, which is beyond that border. Without a coast there is no sea: whether the box is all
        land or all sea cannot be told.

    Examples
    --------
    A coast from north to south, land to its left, which is east:

    >>> coast = shapely.LineString([(118.0, 40.0), (118.0, 38.0)])
    >>> [sea.bounds for sea in sea_of_coastline([coast], shapely.box(117, 38.5, 119, 39.5))]
    [(117.0, 38.5, 118.0, 39.5)]
    """
    if not len(coast):
        return []
    lines = shapely.union_all([*coast, *_ways_out(coast, box), box.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    faces = faces[shapely.within(shapely.point_on_surface(faces), box)]
    vertices, line = shapely.get_coordinates(list(coast), return_index=True)
    same = line[1:] == line[:-1]
    start, end = vertices[:-1][same], vertices[1:][same]
    run = end - start
    length = np.hypot(*run.T)
    start, run, length = (part[length > 0.0] for part in (start, run, length))
    right = np.column_stack([run[:, 1], -run[:, 0]]) / length[:, None] * _BESIDE_DEGREES
    middle = start + run / 2.0
    tree = shapely.STRtree(faces)
    coast_right, coast_left = np.zeros(len(faces)), np.zeros(len(faces))
    for side, beside in ((coast_right, middle + right), (coast_left, middle - right)):
        segment, face = tree.query(shapely.points(beside), predicate="intersects")
        np.add.at(side, face, length[segment])
    return list(faces[coast_right > coast_left])


def _ways_out(
    coast: Sequence[shapely.LineString], box: shapely.Polygon
) -> list[shapely.LineString]:
    """Straight lines from the loose ends of a coast inside a box to its nearest edge."""
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(list(coast))))
    loose = merged[~shapely.is_closed(merged)]
    ends = np.concatenate([shapely.get_point(loose, 0), shapely.get_point(loose, -1)])
    inside = ends[shapely.contains_properly(box, ends)]
    return list(shapely.shortest_line(inside, box.exterior))


def _of_one_file(file: Path) -> list[shapely.Geometry]:
    """Areas of water and the sea of one file."""
    if not file.is_file():
        raise InputFileError(f"{file}: no such file", remedy="check the path or download it first")
    tags = osmium.filter.TagFilter(*WATER, COASTLINE)
    writer = osmium.geom.WKBFactory()
    areas: list[shapely.Geometry] = []
    coast: list[shapely.LineString] = []
    try:
        things = osmium.FileProcessor(str(file)).with_areas(tags).with_filter(tags)
        for thing in things:
            if isinstance(thing, osmium.osm.Area):
                areas.append(shapely.from_wkb(writer.create_multipolygon(thing)))
            elif isinstance(thing, osmium.osm.Way) and thing.tags.get(COASTLINE[0]) == COASTLINE[1]:
                places = [(n.lon, n.lat) for n in thing.nodes if n.location.valid()]
                if len(places) > 1:
                    coast.append(shapely.LineString(places))
        held = things.header.box()
    except RuntimeError as error:
        raise InputFileError(
            f"{file}: not a readable OSM file: {error}",
            remedy="check that it is a complete .osm.pbf or .osm file, or download it again",
        ) from error
    if not coast:
        return areas
    corners = (
        (held.bottom_left.lon, held.bottom_left.lat, held.top_right.lon, held.top_right.lat)
        if held.valid()
        else tuple(shapely.total_bounds(coast))
    )
    return [*areas, *sea_of_coastline(coast, shapely.box(*corners))]


def _area_km2(polygon: shapely.Polygon) -> float:
    """Area on the ellipsoid; holes, which are small beside it, counted in."""
    return abs(float(_GEOD.polygon_area_perimeter(*polygon.exterior.coords.xy)[0])) / 1e6
