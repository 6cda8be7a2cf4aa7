"""Isobands: the land within T minutes, as polygons with holes.

The land within T is the union of discs round the points of the network: as wide as the minutes
left allow, no wider than the last leg, and cut off where water lies in the way. Its distance field
on a grid is contoured at zero. That keeps holes and jumps no water, as hulls of reached nodes do
(they overstate the area by 22 to 88 %).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, contour_generator
from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon

from toolkit.analysis.grids import Grid, WaterMask
from toolkit.analysis.kernels.time_grid import disc_distance
from toolkit.analysis.surfaces import LastLeg, TimePoints

__all__ = ["geodesic_area_km2", "isobands"]

_GEOD = Geod(ellps="WGS84")
_HALF_DIAGONAL = 0.7072
_NONE = np.empty((0, 2))


def isobands(
    points: TimePoints,
    thresholds_min: Sequence[float],
    *,
    cell_m: float,
    last_leg: LastLeg,
    water: WaterMask | None = None,
    within: shapely.Geometry | None = None,
    smallest_km2: float = 0.0,
) -> gpd.GeoDataFrame:
    """Polygons of the land reached within each threshold.

    Parameters
    ----------
    points : TimePoints
        Times along the network.
    thresholds_min : sequence of float
        Limits, minutes; each polygon holds the ones below it.
    cell_m : float
        Cell of the grid that is contoured, metres.
    last_leg : LastLeg
        What is counted off the network.
    water : WaterMask, optional
        Water that no last leg crosses and that is cut out; its grid is used.
    within : Geometry, optional
        Study area in EPSG:4326; reach outside it is cut off.
    smallest_km2 : float
        Parts and holes smaller than this are dropped, but for holes that are water.

    Returns
    -------
    GeoDataFrame
        Columns ``minutes``, ``area_km2`` (on the ellipsoid), MultiPolygon in EPSG:4326, valid,
        one row a threshold in rising order; an empty polygon where nothing is reached.

    Notes
    -----
    Every point reached in time is inside: discs are at least as wide as half a cell's diagonal,
    so that the grid can show them. That floor widens the far tips of roads by less than a cell.

    Examples
    --------
    >>> here = TimePoints(np.array([5e5]), np.array([4.4e6]), np.array([0.0]), 32650)
    >>> bands = isobands(here, [15, 30], cell_m=500.0, last_leg=LastLeg(60.0, 20.0))
    >>> (bands["area_km2"] / (np.pi * np.array([15, 20]) ** 2)).round(2).tolist()
    [1.0, 1.0]
    """
    limits = sorted(thresholds_min)
    margin_m = max(last_leg.limit_m, cell_m) + 3.0 * cell_m
    grid = points.grid(cell_m, margin_m) if water is None else water.grid
    smallest_m2 = smallest_km2 * 1e6
    distances = [_rim_distance(points, limit, grid, last_leg, water) for limit in limits]
    polygons = [_polygon(distance, grid, smallest_m2) for distance in distances]
    if water is not None:
        polygons = [
            _on_land(polygon, water, points, limit)
            for polygon, limit in zip(polygons, limits, strict=True)
        ]
    series = gpd.GeoSeries(polygons, crs=grid.epsg).to_crs(4326).make_valid()
    if within is not None:
        series = series.intersection(within)
    shapes, areas_km2 = zip(*(_large_parts(shape, smallest_km2) for shape in series), strict=True)
    return gpd.GeoDataFrame(
        {"minutes": limits, "area_km2": areas_km2}, geometry=list(shapes), crs=4326
    )


def geodesic_area_km2(shape: shapely.Geometry) -> float:
    """Area on the WGS84 ellipsoid, km2, of a polygon in EPSG:4326.

    Examples
    --------
    >>> round(geodesic_area_km2(shapely.box(116, 39, 117, 40)))
    9549
    """
    total_m2 = 0.0
    for polygon in shapely.get_parts(shape):
        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
        outer, *holes = (abs(_GEOD.polygon_area_perimeter(*ring.T)[0]) for ring in rings or [_NONE])
        total_m2 += outer - sum(holes)
    return total_m2 / 1e6


def _rim_distance(
    points: TimePoints, limit_min: float, grid: Grid, last_leg: LastLeg, water: WaterMask | None
) -> npt.NDArray[np.float32]:
    """Distance of each cell from the rim of the union of discs, below zero inside."""
    sure_m = _HALF_DIAGONAL * grid.cell_m
    left_over_m = (limit_min - points.minutes) / last_leg.minutes_per_m
    radius_m = np.clip(left_over_m, sure_m, max(last_leg.limit_m, sure_m))
    radius_m[left_over_m < 0.0] = -1.0
    return disc_distance(
        points.x,
        points.y,
        radius_m,
        grid.left,
        grid.top,
        grid.cell_m,
        grid.rows,
        grid.columns,
        sure_m,
        *points.view(water),
    )


def _polygon(distance: npt.NDArray[np.float32], grid: Grid, smallest_m2: float) -> MultiPolygon:
    """The land inside the rim, with its holes, in the grid's CRS."""
    if (distance > 0.0).all():
        return MultiPolygon()
    generator = contour_generator(
        grid.left + (np.arange(grid.columns) + 0.5) * grid.cell_m,
        grid.top - (np.arange(grid.rows) + 0.5) * grid.cell_m,
        distance,
        fill_type=FillType.OuterOffset,
    )
    rings: Any = generator.filled(-np.inf, 0.0)  # its type depends on fill_type
    parts = []
    for xy, ends in zip(*rings, strict=True):
        outer, *holes = (Polygon(xy[start:stop]) for start, stop in pairwise(ends))
        if outer.area >= smallest_m2:
            kept = [hole.exterior for hole in holes if hole.area >= smallest_m2]
            parts.append(Polygon(outer.exterior, kept))
    return MultiPolygon(parts)


def _on_land(
    polygon: MultiPolygon, water: WaterMask, points: TimePoints, limit_min: float
) -> MultiPolygon:
    """Cut water out, and drop what then lies on a far bank: parts that no point reached is on."""
    whole = shapely.make_valid(polygon)
    if not shapely.intersects(whole, water.shape):
        return polygon
    parts = shapely.get_parts(shapely.difference(whole, water.shape))
    reached = points.minutes <= limit_min
    tree = shapely.STRtree(shapely.points(points.x[reached], points.y[reached]))
    held = np.unique(tree.query(parts, predicate="intersects")[0])
    return MultiPolygon([part for part in parts[held] if part.geom_type == "Polygon"])


def _large_parts(shape: shapely.Geometry, smallest_km2: float) -> tuple[MultiPolygon, float]:
    """The polygons of a geometry that are no slivers, and their area in km2 to a tenth.

    Lines and points, which clipping leaves, are dropped.
    """
    parts = shapely.get_parts(shapely.get_parts(shape))
    sized = [(p, geodesic_area_km2(p)) for p in parts if p.geom_type == "Polygon"]
    large = [(part, area) for part, area in sized if area >= smallest_km2]
    return MultiPolygon([part for part, _ in large]), round(sum(area for _, area in large), 1)
