"""Isobands: the land within T minutes, as polygons with holes.

The land within T is the union of discs round the points of the network: as wide as the minutes
left allow, and no wider than the last leg. Its distance field on a grid is contoured at zero.
That keeps holes and jumps no water, as hulls of reached nodes do (they overstate the area by 22
to 88 %).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from contourpy import FillType, contour_generator
from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon

from toolkit.analysis.kernels.time_grid import disc_distance
from toolkit.analysis.surfaces import LastLeg, TimePoints

__all__ = ["geodesic_area_km2", "isobands"]

_GEOD = Geod(ellps="WGS84")
_HALF_DIAGONAL = 0.7072


def isobands(
    points: TimePoints,
    thresholds_min: Sequence[float],
    *,
    cell_m: float,
    last_leg: LastLeg,
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
    within : Geometry, optional
        Study area in EPSG:4326; reach outside it is cut off.
    smallest_km2 : float
        Parts and holes smaller than this are dropped.

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
    grid = points.grid(cell_m, max(last_leg.limit_m, cell_m) + 3.0 * cell_m)
    centres_x = grid.left + (np.arange(grid.columns) + 0.5) * cell_m
    centres_y = grid.top - (np.arange(grid.rows) + 0.5) * cell_m
    polygons = []
    for limit in limits:
        left_over_m = (limit - points.minutes) / last_leg.minutes_per_m
        radius_m = np.clip(left_over_m, _HALF_DIAGONAL * cell_m, last_leg.limit_m)
        radius_m[left_over_m < 0.0] = -1.0
        if (radius_m < 0.0).all():
            polygons.append(MultiPolygon())
            continue
        distance = disc_distance(
            points.x, points.y, radius_m, grid.left, grid.top, cell_m, grid.rows, grid.columns
        )
        generator = contour_generator(
            centres_x, centres_y, distance, fill_type=FillType.OuterOffset
        )
        rings: Any = generator.filled(-np.inf, 0.0)  # its type depends on fill_type
        polygons.append(_polygon(rings[0], rings[1], smallest_km2 * 1e6))
    series = gpd.GeoSeries(polygons, crs=grid.epsg).to_crs(4326).make_valid()
    if within is not None:
        series = series.intersection(within)
    shapes = [_polygons_of(shape) for shape in series]
    return gpd.GeoDataFrame(
        {"minutes": limits, "area_km2": [round(geodesic_area_km2(s), 1) for s in shapes]},
        geometry=shapes,
        crs=4326,
    )


def geodesic_area_km2(shape: shapely.Geometry) -> float:
    """Area on the WGS84 ellipsoid, km2, of a polygon in EPSG:4326.

    Examples
    --------
    >>> round(geodesic_area_km2(shapely.box(116, 39, 117, 40)))
    9549
    """
    area_m2, _ = _GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))
    return abs(float(area_m2)) / 1e6


def _polygon(
    points: list[np.ndarray], offsets: list[np.ndarray], smallest_m2: float
) -> MultiPolygon:
    """Outer rings with their holes, as contourpy gives them."""
    parts = []
    for xy, ends in zip(points, offsets, strict=True):
        outer, *holes = (Polygon(xy[start:stop]) for start, stop in pairwise(ends))
        if outer.area >= smallest_m2:
            kept = [hole.exterior for hole in holes if hole.area >= smallest_m2]
            parts.append(Polygon(outer.exterior, kept))
    return MultiPolygon(parts)


def _polygons_of(shape: shapely.Geometry) -> MultiPolygon:
    """The polygons of a geometry; lines and points, left by clipping, are dropped."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
