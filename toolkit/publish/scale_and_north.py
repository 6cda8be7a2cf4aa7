"""The length of a scale bar and the direction of north, the same on maps and in QGIS layouts."""

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

__all__ = ["round_scale_km", "true_north"]


def round_scale_km(width_m: float) -> float:
    """Return a round length of about a fifth of a map.

    Parameters
    ----------
    width_m : float
        Width of the map in metres.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten, kilometres.

    Examples
    --------
    >>> round_scale_km(600_000)
    100.0
    """
    wanted = width_m / 5 / 1000
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted))


def true_north(point: npt.NDArray[np.float64], epsg: int) -> npt.NDArray[np.float64]:
    """Return the direction of true north at a point of a projected map.

    Parameters
    ----------
    point : array of 2 float
        Easting and northing in metres.
    epsg : int
        The map's CRS.

    Returns
    -------
    array of 2 float
        Unit vector in map coordinates; (0, 1) on the central meridian.

    Examples
    --------
    >>> true_north(np.array([500_000.0, 4_400_000.0]), 32650).round(6).tolist()
    [0.0, 1.0]
    """
    longitude, latitude = Transformer.from_crs(epsg, 4326, always_xy=True).transform(*point)
    metres = Transformer.from_crs(4326, epsg, always_xy=True)
    north = np.array(metres.transform(longitude, latitude + 0.01)) - point
    unit: npt.NDArray[np.float64] = north / np.hypot(*north)
    return unit
