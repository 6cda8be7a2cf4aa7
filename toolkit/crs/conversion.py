"""Chinese coordinates: WGS84, GCJ-02 (Amap, Tencent) and BD-09 (Baidu) into each other.

GCJ-02 shifts WGS84 by 100 to 700 m, differently from place to place; BD-09 shifts GCJ-02 further.
Both formulas are published in open implementations since 2010 (eviltransform, coordtransform,
PRCoords) and are the same in all of them. The forward formulas are exact; the inverses are
solved by iteration to better than 1e-6 m, where the published shortcuts leave metres.

GCJ-02 is used in China only. As in those implementations, 'China' is the box 72.004-137.8347 E,
0.8293-55.8271 N: outside, WGS84 and GCJ-02 are the same. The box takes in neighbouring countries,
so data from there should not be sent through a conversion at all.
"""

from collections.abc import Callable, Mapping
from typing import Literal, TypeVar, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from toolkit.errors import InputFileError

__all__ = [
    "System",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "convert",
    "convert_geometry",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "reproject_chinese",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

System = Literal["wgs84", "gcj02", "bd09"]

Floats = NDArray[np.float64]
Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)
Geometry = TypeVar("Geometry")


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS84 to GCJ-02.

    Parameters
    ----------
    lon, lat : array_like
        Degrees; scalars or arrays of one shape.

    Returns
    -------
    lon, lat : numpy arrays
        Degrees, of that shape. Outside the box of China unchanged; NaN stays NaN.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(116.404, 39.915)
    >>> f"{lon:.6f} {lat:.6f}"
    '116.410244 39.916404'
    """
    x, y = _degrees(lon, lat)
    inside = _in_china(x, y)
    east, north = _gcj02_shift(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, x + east, x)[()], np.where(inside, y + north, y)[()]


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo `wgs84_to_gcj02`, to better than 1e-6 m everywhere in the box of China.

    Parameters and returns are as there. A point that has an origin inside the box goes to it.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(116.404, 39.915))
    >>> f"{lon:.9f} {lat:.9f}"
    '116.404000000 39.915000000'
    """
    x, y = _degrees(lon, lat)
    # the formula is smooth beyond the box, but what comes from far outside is not to be solved
    near = _in_china(x, y, margin=0.1)
    safe_x, safe_y = np.where(near, x, 105.0), np.where(near, y, 35.0)
    origin_x, origin_y = _solve(_gcj02_shift, safe_x, safe_y)
    # a point on the edge may come back a rounding error beyond it
    inside = near & _in_china(origin_x, origin_y, margin=1e-9)
    return np.where(inside, origin_x, x)[()], np.where(inside, origin_y, y)[()]


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 to BD-09, everywhere in the world (Baidu shifts its whole map).

    Examples
    --------
    >>> lon, lat = gcj02_to_bd09(116.404, 39.915)
    >>> f"{lon:.6f} {lat:.6f}"
    '116.410369 39.921337'
    """
    x, y = _degrees(lon, lat)
    east, north = _bd09_shift(x, y)
    return (x + east)[()], (y + north)[()]


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo `gcj02_to_bd09`, to better than 1e-6 m.

    Examples
    --------
    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09(116.404, 39.915))
    >>> f"{lon:.9f} {lat:.9f}"
    '116.404000000 39.915000000'
    """
    x, y = _solve(_bd09_shift, *_degrees(lon, lat))
    return x[()], y[()]


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS84 to BD-09, by way of GCJ-02.

    Examples
    --------
    >>> lon, lat = wgs84_to_bd09(116.404, 39.915)
    >>> f"{lon:.4f} {lat:.4f}"
    '116.4166 39.9227'
    """
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo `wgs84_to_bd09`, to better than 1e-6 m.

    Examples
    --------
    >>> lon, lat = bd09_to_wgs84(*wgs84_to_bd09(116.404, 39.915))
    >>> f"{lon:.9f} {lat:.9f}"
    '116.404000000 39.915000000'
    """
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def convert(
    lon: ArrayLike, lat: ArrayLike, *, source: System, target: System
) -> tuple[Floats, Floats]:
    """Convert coordinates between any two of the systems.

    Examples
    --------
    >>> convert(116.404, 39.915, source="gcj02", target="gcj02")
    (np.float64(116.404), np.float64(39.915))
    """
    for system in (source, target):
        if system not in get_args(System):
            raise ValueError(f"no system {system!r}; one of {', '.join(get_args(System))}")
    if source == target:
        x, y = _degrees(lon, lat)
        return x[()], y[()]
    return _CONVERSIONS[source, target](lon, lat)


def convert_geometry(geometry: Geometry, *, source: System, target: System) -> Geometry:
    """Convert a shapely geometry, or an array of them, between any two of the systems.

    Straight edges stay straight between their moved vertices; heights are kept.

    Examples
    --------
    >>> line = shapely.LineString([(116.4, 39.9), (116.5, 39.9)])
    >>> shapely.set_precision(convert_geometry(line, source="wgs84", target="gcj02"), 1e-6).wkt
    'LINESTRING (116.406243 39.901404, 116.506006 39.901221)'
    """

    def move(x: Floats, y: Floats, *z: Floats) -> tuple[Floats, ...]:
        return (*convert(x, y, source=source, target=target), *z)

    moved: Geometry = shapely.transform(geometry, move, include_z=None, interleaved=False)
    return moved


def reproject_chinese(frame: Frame, *, source: System, target: System = "wgs84") -> Frame:
    """Convert the geometry of a layer between WGS84, GCJ-02 and BD-09.

    Parameters
    ----------
    frame : GeoDataFrame or GeoSeries
        In longitude and latitude of the `source` system. Files in GCJ-02 are usually labelled
        EPSG:4326, so that label (or none) is accepted for each.
    source, target : {'wgs84', 'gcj02', 'bd09'}
        Systems.

    Returns
    -------
    GeoDataFrame or GeoSeries
        A copy with moved vertices; heights are kept. Labelled EPSG:4326 if the target is WGS84,
        else without a CRS: GCJ-02 and BD-09 have no code, and a wrong label is what misleads.

    Raises
    ------
    InputFileError
        If the layer is in a projection.

    Examples
    --------
    >>> amap = gpd.GeoSeries([shapely.Point(116.410244, 39.916404)])
    >>> point = reproject_chinese(amap, source="gcj02").iloc[0]
    >>> f"{point.x:.6f} {point.y:.6f}"
    '116.404000 39.915000'
    """
    if frame.crs is not None and not frame.crs.is_geographic:
        raise InputFileError(
            f"the layer is in {frame.crs.name}, not in longitude and latitude",
            remedy="convert it with to_crs(4326) first",
        )
    label = "EPSG:4326" if target == "wgs84" else None
    moved = convert_geometry(frame.geometry.to_numpy(), source=source, target=target)
    geometry = gpd.GeoSeries(moved, index=frame.index, crs=label, name=frame.geometry.name)
    if isinstance(frame, gpd.GeoSeries):
        return geometry
    plain = pd.DataFrame(frame).assign(**{geometry.name: geometry})
    return gpd.GeoDataFrame(plain, geometry=geometry.name, crs=label)


_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, as the published formula has it
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD09_PI = np.pi * 3000.0 / 180.0
_CONVERSIONS: Mapping[
    tuple[System, System], Callable[[ArrayLike, ArrayLike], tuple[Floats, Floats]]
] = {
    ("wgs84", "gcj02"): wgs84_to_gcj02,
    ("wgs84", "bd09"): wgs84_to_bd09,
    ("gcj02", "wgs84"): gcj02_to_wgs84,
    ("gcj02", "bd09"): gcj02_to_bd09,
    ("bd09", "wgs84"): bd09_to_wgs84,
    ("bd09", "gcj02"): bd09_to_gcj02,
}


def _degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float arrays of one shape."""
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return x, y


def _in_china(x: Floats, y: Floats, *, margin: float = 0.0) -> NDArray[np.bool_]:
    """Inside the box, by the rule of the published implementations."""
    west, south, east, north = _BOX
    return (
        (x >= west - margin) & (x <= east + margin) & (y >= south - margin) & (y <= north + margin)
    )


def _gcj02_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift from WGS84 to GCJ-02 in degrees, at a place in WGS84."""
    x, y = lon - 105.0, lat - 35.0
    root = 0.1 * np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    waves_east = wave + _waves(x, 20.0, 40.0) + _long_waves(x, 150.0, 12.0, 300.0)
    waves_north = wave + _waves(y, 20.0, 40.0) + _long_waves(y, 160.0, 12.0, 320.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root + waves_east * 2.0 / 3.0
    north_m = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 2.0 * root
        + waves_north * 2.0 / 3.0
    )
    # metres to degrees by the radii of curvature of the ellipsoid
    sine = np.sin(np.radians(lat))
    flat = 1.0 - _ECCENTRICITY_SQUARED * sine * sine
    prime_vertical_m = _SEMI_MAJOR_M / np.sqrt(flat)
    meridian_m = prime_vertical_m * (1.0 - _ECCENTRICITY_SQUARED) / flat
    return (
        np.degrees(east_m / (prime_vertical_m * np.cos(np.radians(lat)))),
        np.degrees(north_m / meridian_m),
    )


def _waves(v: Floats, short: float, long: float) -> Floats:
    """Waves of two and six degrees."""
    waves: Floats = short * np.sin(np.pi * v) + long * np.sin(np.pi * v / 3.0)
    return waves


def _long_waves(v: Floats, short: float, divisor: float, long: float) -> Floats:
    """Waves of 24 and 60 degrees."""
    waves: Floats = short * np.sin(np.pi * v / divisor) + long * np.sin(np.pi * v / 30.0)
    return waves


def _bd09_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift from GCJ-02 to BD-09 in degrees, at a place in GCJ-02."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD09_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD09_PI)
    return radius * np.cos(angle) + 0.0065 - lon, radius * np.sin(angle) + 0.006 - lat


def _solve(
    shift: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats
) -> tuple[Floats, Floats]:
    """Find the place that a shift brings here, by iteration.

    A shift changes by at most 2 % of the distance gone, so each round leaves 2 % of the error.
    """
    origin_x, origin_y = x, y
    for _ in range(8):
        east, north = shift(origin_x, origin_y)
        origin_x, origin_y = x - east, y - north
    return origin_x, origin_y
