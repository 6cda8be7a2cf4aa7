"""Tables of minutes and of kilometres between places: what accessibility is computed from."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.rail import ServiceView, waiting_minutes
from toolkit.analysis.road import access_ms, road_times_between
from toolkit.networks.geodesy import distances_m
from toolkit.networks.places import places_on_edges
from toolkit.networks.schema import lonlat
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["distance_matrix_km", "rail_matrix", "road_matrix"]

Floats = npt.NDArray[np.float64]
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
        network at the nearest place on an edge, none farther off than ``join_limit_km``.
    access : bool
        Add the way between point and node, driven at ``access_speed_kmh`` over the great circle
        times ``access_detour``.
    settings : Settings

    Returns
    -------
    DataFrame
        Index of the origins by index of the destinations; minutes, infinite where there is no
        way or a place joins no road, 0 between a place and itself. Holds 8 bytes a pair;
        O(origins * edges log edges) time.

    Raises
    ------
    NetworkError
        The network has no nodes, or a point no position or CRS.

    References
    ----------
    M. Salonen, T. Toivonen (2013). Modelling travel time in urban networks: comparable measures for
    private car and public transport. Journal of Transport Geography 31:143.

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
    start, end = (
        places_on_edges(roads, points, limit_km=settings.join_limit_km)
        for points in (origins, targets)
    )
    times_ms = road_times_between(roads, start, end)
    minutes = np.where(times_ms == UNREACHED, np.inf, times_ms / _MS_PER_MIN)
    if access:
        minutes += access_ms(start, settings)[:, None] / _MS_PER_MIN
        minutes += access_ms(end, settings)[None, :] / _MS_PER_MIN
    minutes[origins.index.to_numpy()[:, None] == targets.index.to_numpy()[None, :]] = 0.0
    return pd.DataFrame(minutes, index=origins.index, columns=targets.index)


def rail_matrix(
    trains: ServiceView,
    *,
    waiting: bool = True,
    changes: int = 1,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    """Minutes by train between all stations of a view: `rail_arrivals` from everywhere at once.

    Parameters
    ----------
    trains : ServiceView
    waiting : bool
        Add waiting before the first train, as `toolkit.analysis.rail.rail_arrivals` does.
    changes : int
        0, or 1 to allow a change at one station or between two stations of one city.
    settings : Settings

    Returns
    -------
    DataFrame
        Stations by stations, infinite where there is no way, 0 on the diagonal. The fastest trains
        are combined whether or not they connect: a best case. O(n^3) time for n stations.

    Examples
    --------
    >>> from toolkit.analysis.stations import city_stations
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.timetable import Timetable
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> stations = city_stations(timetable.stops, load_cluster("jing-jin-ji").cities)
    >>> minutes = rail_matrix(ServiceView.build(timetable, stations, "main"))
    >>> minutes.loc["VNP", "TJP"].item()
    40.0
    """
    services, places = trains.between_stations, trains.stations.index
    direct = _least(services, services["fastest_min"], places)
    first = direct
    if waiting:
        first = _least(
            services, services["fastest_min"] + waiting_minutes(services, settings), places
        )
    minutes = first
    if changes:
        boarding = _min_plus(first, _change_minutes(trains.station_city[places], settings))
        minutes = np.minimum(first, _min_plus(boarding, direct))
    np.fill_diagonal(minutes, 0.0)
    return pd.DataFrame(minutes, index=places, columns=places)


def distance_matrix_km(
    origins: gpd.GeoSeries, destinations: gpd.GeoSeries | None = None
) -> pd.DataFrame:
    """Geodesic distances between points, km on the WGS84 ellipsoid.

    Parameters
    ----------
    origins, destinations : GeoSeries
        Points in any stated CRS; the origins by default.

    Returns
    -------
    DataFrame
        Index of the origins by index of the destinations.

    References
    ----------
    C. F. F. Karney (2013). Algorithms for geodesics. Journal of Geodesy 87:43.

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


def _least(services: pd.DataFrame, minutes: pd.Series, places: pd.Index) -> Floats:
    """Least minutes of the direct trains between stations, infinite where there are none."""
    table = np.full((len(places), len(places)), np.inf)
    rows = places.get_indexer(pd.Index(services["from_id"]))
    columns = places.get_indexer(pd.Index(services["to_id"]))
    np.minimum.at(table, (rows, columns), minutes.to_numpy(np.float64))
    return table


def _change_minutes(city: pd.Series, settings: Settings) -> Floats:
    """Minutes from arriving at a station to leaving from another of its city, or from itself."""
    same = city.to_numpy()[:, None] == city.to_numpy()[None, :]
    table = np.where(same, settings.change_between_stations_min, np.inf)
    np.fill_diagonal(table, settings.change_same_station_min)
    return table


def _min_plus(first: Floats, second: Floats) -> Floats:
    """Least sum over the place between, row by row to hold no more than one table."""
    return np.array([(row[:, None] + second).min(axis=0) for row in first])
