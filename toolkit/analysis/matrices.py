"""Tables of minutes and of kilometres between places: what accessibility is computed from."""

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.road import access_ms, road_times_between
from toolkit.networks.geodesy import distances_m
from toolkit.networks.places import places_on_edges
from toolkit.networks.schema import lonlat
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["distance_matrix_km", "road_matrix"]

_MS_PER_MIN = 60_000.0


def road_matrix(
    roads: SpatialNetwork,
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries | None = None,
    *,
    access: bool = True,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    """Driving minutes from each origin to each destination.

    Parameters
    ----------
    roads : SpatialNetwork
    origins, destinations : GeoSeries
        Points in any stated CRS: cities, stations, cells; the origins by default. Each joins the
        network at the nearest place on an edge.
    access : bool
        Add the way between point and node, driven at ``access_speed_kmh`` over the great circle
        times ``access_detour``.
    settings : Settings

    Returns
    -------
    DataFrame
        Index of the origins by index of the destinations; minutes, infinite where there is no
        way, 0 between a place and itself. Holds 8 bytes a pair; O(origins * edges log edges) time.

    Raises
    ------
    NetworkError
        The network has no nodes, or a point no position or CRS.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> seats = load_cluster("jing-jin-ji").cities.geometry
    >>> minutes = road_matrix(schematic_roads(), seats[["110000", "120000"]])
    >>> minutes.shape, float(minutes.loc["110000", "110000"])
    ((2, 2), 0.0)
    """
    targets = origins if destinations is None else destinations
    start, end = places_on_edges(roads, origins), places_on_edges(roads, targets)
    times_ms = road_times_between(roads, start, end)
    minutes = np.where(times_ms == UNREACHED, np.inf, times_ms / _MS_PER_MIN)
    if access:
        minutes += access_ms(start, settings)[:, None] / _MS_PER_MIN
        minutes += access_ms(end, settings)[None, :] / _MS_PER_MIN
    minutes[origins.index.to_numpy()[:, None] == targets.index.to_numpy()[None, :]] = 0.0
    return pd.DataFrame(minutes, index=origins.index, columns=targets.index)


def distance_matrix_km(
    origins: gpd.GeoSeries, destinations: gpd.GeoSeries | None = None
) -> pd.DataFrame:
    """Great-circle distances between points, km on the ellipsoid.

    Parameters
    ----------
    origins, destinations : GeoSeries
        Points in any stated CRS; the origins by default.

    Returns
    -------
    DataFrame
        Index of the origins by index of the destinations.

    Examples
    --------
    >>> points = gpd.GeoSeries(gpd.points_from_xy([116, 116], [40, 41]), index=["a", "b"], crs=4326)
    >>> round(float(distance_matrix_km(points).loc["a", "b"]), 3)
    111.044
    """
    targets = origins if destinations is None else destinations
    start, end = lonlat(origins), lonlat(targets)
    metres = distances_m(start[:, 0, None], start[:, 1, None], end[None, :, 0], end[None, :, 1])
    return pd.DataFrame(metres / 1000.0, index=origins.index, columns=targets.index)
