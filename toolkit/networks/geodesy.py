"""Distances and lengths on the WGS84 ellipsoid (Karney 2013, J. Geodesy 87:43), vectorised."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

__all__ = ["distances_m", "earth_centred", "line_lengths_m", "line_parts", "metres_per_degree"]

FloatArray = npt.NDArray[np.float64]

_WGS84 = Geod(ellps="WGS84")


def distances_m(
    lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike
) -> FloatArray:
    """Geodesic distances between pairs of points.

    Parameters
    ----------
    lon, lat, to_lon, to_lat : array_like
        Coordinates in degrees (EPSG:4326), of shapes that broadcast together.

    Returns
    -------
    numpy.ndarray
        Distances in metres.

    Examples
    --------
    >>> distances_m(116.0, 40.0, [116.0, 116.0], [40.0, 41.0]).round().tolist()
    [0.0, 111044.0]
    """
    ends = np.broadcast_arrays(
        *(np.asarray(values, dtype=np.float64) for values in (lon, lat, to_lon, to_lat))
    )
    x, y, to_x, to_y = (degrees.copy() for degrees in ends)
    return np.asarray(_WGS84.inv(x, y, to_x, to_y)[2], dtype=np.float64)


def line_lengths_m(lines: npt.ArrayLike) -> FloatArray:
    """Geodesic lengths of lines, vertex by vertex.

    Parameters
    ----------
    lines : array_like of shapely geometries
        LineStrings in EPSG:4326; missing and empty ones have length 0.

    Returns
    -------
    numpy.ndarray
        Length of each line in metres.

    Examples
    --------
    >>> line_lengths_m([shapely.LineString([(116, 40), (116, 41), (116, 40)])]).round().tolist()
    [222089.0]
    """
    geometries = np.atleast_1d(np.asarray(lines, dtype=object))
    coordinates, line = shapely.get_coordinates(geometries, return_index=True)
    same = line[1:] == line[:-1]
    start, end = coordinates[:-1][same], coordinates[1:][same]
    steps = distances_m(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    sums = np.bincount(line[1:][same], weights=steps, minlength=len(geometries))
    return sums.astype(np.float64)


def line_parts(line: shapely.LineString, marks: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Cut a line at shares of its geodesic length.

    Parameters
    ----------
    line : LineString
        In EPSG:4326.
    marks : array_like, shape (n,)
        Shares from 0 to 1, rising.

    Returns
    -------
    numpy.ndarray of LineString, shape (n - 1,)
        From each mark to the next; they meet in the same points.

    Examples
    --------
    >>> road = shapely.LineString([(116.0, 40.0), (116.1, 40.0), (116.1, 40.1)])
    >>> first, rest = line_parts(road, [0.0, 0.25, 1.0])
    >>> [round(float(length)) for length in line_lengths_m([road, first, rest])]
    [19643, 4911, 14732]
    """
    coordinates = shapely.get_coordinates(line)
    (lon, lat), (to_lon, to_lat) = coordinates[:-1].T, coordinates[1:].T
    run_m = np.append(0.0, np.cumsum(distances_m(lon, lat, to_lon, to_lat)))
    shares = run_m / max(run_m[-1], np.finfo(float).tiny)
    cuts = np.asarray(marks, dtype=np.float64)
    ends = np.column_stack([np.interp(cuts, shares, axis) for axis in coordinates.T])
    parts = []
    for number, (begin, end) in enumerate(pairwise(cuts)):
        inner = coordinates[(shares > begin) & (shares < end)]
        parts.append(shapely.LineString([ends[number], *inner, ends[number + 1]]))
    return np.array(parts, dtype=object)


def earth_centred(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Cartesian coordinates on the ellipsoid, for nearest-neighbour trees.

    The straight chord between two points grows with the geodesic between them for points of one
    region, so a tree on these coordinates finds the nearest one without any projection.

    Parameters
    ----------
    lon, lat : array_like
        Coordinates in degrees (EPSG:4326), shape (n,).

    Returns
    -------
    numpy.ndarray
        Earth-centred x, y, z in metres, shape (n, 3).

    Examples
    --------
    >>> earth_centred([0.0, 90.0], [0.0, 0.0]).round().tolist()
    [[6378137.0, 0.0, 0.0], [0.0, 6378137.0, 0.0]]
    """
    longitude, latitude = np.radians(lon), np.radians(lat)
    normal = _WGS84.a / np.sqrt(1 - _WGS84.es * np.sin(latitude) ** 2)
    return np.column_stack(
        [
            normal * np.cos(latitude) * np.cos(longitude),
            normal * np.cos(latitude) * np.sin(longitude),
            normal * (1 - _WGS84.es) * np.sin(latitude),
        ]
    )


def metres_per_degree(lat: npt.ArrayLike) -> FloatArray:
    """Length of a degree of longitude and of latitude, for a plane that touches the ellipsoid.

    Parameters
    ----------
    lat : array_like, shape (n,)
        Latitudes in degrees.

    Returns
    -------
    numpy.ndarray
        Metres eastward and northward, shape (n, 2).

    Examples
    --------
    >>> metres_per_degree([0.0, 40.0]).round().tolist()
    [[111319.0, 110574.0], [85394.0, 111035.0]]
    """
    latitude = np.radians(lat)
    bulge = 1 - _WGS84.es * np.sin(latitude) ** 2
    east = _WGS84.a * np.cos(latitude) / np.sqrt(bulge)
    north = _WGS84.a * (1 - _WGS84.es) / bulge**1.5
    return np.radians(np.column_stack([east, north]))
