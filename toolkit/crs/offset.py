"""Is a layer in the coordinates that it claims? A detector of GCJ-02 and BD-09 by a reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from toolkit.crs.conversion import System, convert
from toolkit.errors import MissingDataError

__all__ = ["OffsetReport", "detect_offset"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OffsetReport:
    """How a layer lies against a reference in WGS84, and what explains it.

    Attributes
    ----------
    looks_like : {'wgs84', 'gcj02', 'bd09', 'unclear'}
        The system that brings the layer closest to the reference, if it does so clearly.
    matched : int
        Number of features or vertices compared.
    east_m, north_m : float
        Median displacement of the layer from the reference as it stands.
    expected_east_m, expected_north_m : float
        Displacement that the system in `looks_like` explains, median over the same places.
    left_m : mapping of system to float
        Median distance from the reference if the layer is read as being in each system.

    Examples
    --------
    >>> print(OffsetReport("gcj02", 13, 530.0, 140.0, 529.0, 141.0,
    ...                    {"wgs84": 548.1, "gcj02": 1.2, "bd09": 1130.0}))
    this layer looks like GCJ-02: it lies 530 m east and 140 m north of the reference (median of \
13 places) where GCJ-02 explains 529 m and 141 m, and 1 m remain when it is converted
    """

    looks_like: Literal["wgs84", "gcj02", "bd09", "unclear"]
    matched: int
    east_m: float
    north_m: float
    expected_east_m: float
    expected_north_m: float
    left_m: Mapping[System, float]

    @property
    def suspicious(self) -> bool:
        """Whether the layer looks like GCJ-02 or BD-09, so that it should be converted."""
        return self.looks_like in {"gcj02", "bd09"}

    def __str__(self) -> str:
        lies = (
            f"it lies {_towards(self.east_m, 'east', 'west')} and "
            f"{_towards(self.north_m, 'north', 'south')} of the reference "
            f"(median of {self.matched} places)"
        )
        if self.looks_like == "unclear":
            return f"this layer cannot be told to be in any one system: {lies}"
        if not self.suspicious:
            return f"this layer looks like WGS84: {lies}"
        return (
            f"this layer looks like {_NAMES[self.looks_like]}: {lies} where "
            f"{_NAMES[self.looks_like]} explains {self.expected_east_m:.0f} m and "
            f"{self.expected_north_m:.0f} m, and {self.left_m[self.looks_like]:.0f} m remain "
            "when it is converted"
        )


def detect_offset(
    layer: gpd.GeoDataFrame | gpd.GeoSeries,
    reference: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    key: str | None = None,
    sample: int = 2000,
) -> OffsetReport:
    """Tell by a reference layer whether a layer is in WGS84, GCJ-02 or BD-09.

    The layer is read as being in each system in turn and turned to WGS84; the system that leaves
    the smallest median distance to the reference is the answer, if that distance is less than
    half of what every other system leaves.

    Parameters
    ----------
    layer : GeoDataFrame or GeoSeries
        To be judged; longitude and latitude, whatever its label says.
    reference : GeoDataFrame or GeoSeries
        Known to be in WGS84, of about the same things: boundaries, stations, roads.
    key : str, optional
        Column of both layers whose equal values mean the same thing; features are then compared
        by their centroids. Without it every vertex is compared with the nearest place of the
        reference, which has to be as dense as the shift is long (some 100 m) for points only.
    sample : int, optional
        At most so many features or vertices, evenly spread over the layer, are compared.

    Returns
    -------
    OffsetReport
        Its text says it in a sentence.

    Raises
    ------
    MissingDataError
        If fewer than three places can be compared.

    Examples
    --------
    >>> x, y = np.meshgrid(np.linspace(116, 117, 5), np.linspace(39, 40, 5))
    >>> stations = gpd.GeoSeries.from_xy(x.ravel(), y.ravel(), crs="EPSG:4326")
    >>> from toolkit.crs import reproject_chinese
    >>> amap = reproject_chinese(stations, source="wgs84", target="gcj02")
    >>> detect_offset(amap, stations).looks_like
    'gcj02'
    """
    if key is None:
        points = _vertices(layer, sample)
        pairs: Callable[[Floats], Floats] = _nearest_in(reference)
    else:
        points, counterpart = _matched(layer, reference, key, sample)
        pairs = lambda _: counterpart  # noqa: E731  the match does not depend on the system
    if len(points) < 3:
        raise MissingDataError(
            f"only {len(points)} places of the two layers can be compared",
            remedy="give a reference layer of the same things" if key is None else "check the key",
        )
    read_as = {
        system: np.column_stack(convert(*points.T, source=system, target="wgs84"))
        for system in get_args(System)
    }
    left_m = {
        system: float(np.median(np.hypot(*_displacement_m(pairs(there), there))))
        for system, there in read_as.items()
    }
    best, second = sorted(left_m, key=lambda system: left_m[system])[:2]
    clear = left_m[best] < 0.5 * left_m[second]
    east_m, north_m = np.median(_displacement_m(pairs(read_as[best]), points), axis=1)
    expected_east_m, expected_north_m = np.median(_displacement_m(read_as[best], points), axis=1)
    return OffsetReport(
        looks_like=best if clear else "unclear",
        matched=len(points),
        east_m=float(east_m),
        north_m=float(north_m),
        expected_east_m=float(expected_east_m),
        expected_north_m=float(expected_north_m),
        left_m=left_m,
    )


_NAMES: Mapping[str, str] = {"wgs84": "WGS84", "gcj02": "GCJ-02", "bd09": "BD-09"}
_WGS84 = pyproj.Geod(ellps="WGS84")


def _towards(metres: float, positive: str, negative: str) -> str:
    """Distance with the side it goes to."""
    return f"{abs(metres):.0f} m {positive if metres >= 0 else negative}"


def _vertices(layer: gpd.GeoDataFrame | gpd.GeoSeries, sample: int) -> Floats:
    """Vertices of a layer, evenly thinned."""
    return _thinned(shapely.get_coordinates(layer.geometry.to_numpy()), sample)


def _thinned(rows: Floats, sample: int) -> Floats:
    """At most so many rows, evenly spread."""
    kept = np.unique(np.linspace(0, len(rows) - 1, min(sample, len(rows))).astype(np.intp))
    return np.take(rows, kept, axis=0)


def _matched(
    layer: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, key: str, sample: int
) -> tuple[Floats, Floats]:
    """Centroids of the features that carry the same, unique key."""
    ours, theirs = (
        pd.Series(shapely.centroid(frame.geometry.to_numpy()), index=_keys(frame, key))
        for frame in (layer, reference)
    )
    ours, theirs = (side[~side.index.duplicated(keep=False)] for side in (ours, theirs))
    common = ours.index.intersection(theirs.index).sort_values()
    both = np.column_stack(
        [shapely.get_coordinates(side.loc[common].to_numpy()) for side in (ours, theirs)]
    ).reshape(-1, 4)
    both = _thinned(both, sample)
    return both[:, :2], both[:, 2:]


def _keys(frame: gpd.GeoDataFrame, key: str) -> list[str]:
    """Values of a key column, or of an index of that name, as text."""
    if key not in frame.columns and key not in frame.index.names:
        raise MissingDataError(
            f"a layer has no column {key!r} but {', '.join(map(str, frame.columns))}",
            remedy="name a column that both layers have",
        )
    return [str(value) for value in frame.reset_index()[key]]


def _nearest_in(reference: gpd.GeoDataFrame | gpd.GeoSeries) -> Callable[[Floats], Floats]:
    """Function that finds the nearest place of a layer: of polygons, on their outlines."""
    places = _pieces(reference)
    # degrees of longitude are shortened, so that near in degrees is near in metres
    middle = shapely.get_coordinates(places)[:, 1].mean() if len(places) else 0.0
    scale = np.array([np.cos(np.radians(middle)), 1.0])
    flat = shapely.transform(places, lambda points: points * scale)
    tree = shapely.STRtree(flat)

    def nearest(points: Floats) -> Floats:
        here = shapely.points(points * scale)
        lines = shapely.shortest_line(here, flat[tree.nearest(here)])
        ends: Floats = shapely.get_coordinates(shapely.get_point(lines, -1)) / scale
        return ends

    return nearest


def _pieces(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> NDArray[np.object_]:
    """Points and straight segments of a layer; small pieces make the search of the nearest fast."""
    parts = shapely.get_parts(layer.geometry.dropna().to_numpy())
    areas = shapely.get_dimensions(parts) == 2
    parts = shapely.get_parts(np.where(areas, shapely.boundary(parts), parts))
    vertices, owner = shapely.get_coordinates(parts, return_index=True)
    follows = owner[1:] == owner[:-1]
    segments = shapely.linestrings(np.stack([vertices[:-1], vertices[1:]], axis=1)[follows])
    points = parts[(shapely.get_dimensions(parts) == 0) & ~shapely.is_empty(parts)]
    pieces: NDArray[np.object_] = np.concatenate([points, segments])
    return pieces


def _displacement_m(start: Floats, end: Floats) -> Floats:
    """Displacements in metres, east in the first row and north in the second."""
    azimuth, _, distance_m = _WGS84.inv(*start.T, *end.T)
    angle = np.radians(azimuth)
    metres: Floats = np.vstack([distance_m * np.sin(angle), distance_m * np.cos(angle)])
    return metres
