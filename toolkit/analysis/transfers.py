"""Changes between different stations of one city, by how far they lie apart.

A stated time for all such changes is too short where a city's stations lie far apart, as those of
a whole prefecture do. Here one drives from one to the other, and boards as in a change at one.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.definitions import Definition
from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.rail import access_minutes
from toolkit.analysis.road import access_ms, road_times_between
from toolkit.analysis.train_days import station_changes
from toolkit.networks.geodesy import distances_m
from toolkit.networks.places import places_on_edges
from toolkit.networks.schema import lonlat
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["changes_of", "driven_changes"]

_LONGEST_MS = 3 * 3_600_000  # no change is worth a longer way


def changes_of(
    definition: Definition,
    stops: gpd.GeoSeries,
    station_city: "pd.Series[str]",
    *,
    roads: SpatialNetwork | None = None,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    """Times of changes as a definition has them (its ``between_stations``).

    Parameters
    ----------
    definition : Definition
    stops, station_city, roads, settings
        As for `driven_changes`.

    Returns
    -------
    DataFrame
        from_id, to_id, minutes.
    """
    if definition.between_stations == "road":
        return driven_changes(stops, station_city, roads=roads, settings=settings)
    return station_changes(stops.index, station_city, settings=settings)


def driven_changes(
    stops: gpd.GeoSeries,
    station_city: "pd.Series[str]",
    *,
    roads: SpatialNetwork | None = None,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    r"""Times of changes, those between two stations of a city by the way between them.

    .. math:: x_{ij} = \max(x_{between}, x_{same} + d_{ij})

    Parameters
    ----------
    stops : GeoSeries
        Index station_id; points in EPSG:4326.
    station_city : Series of str
        City of stations, index station_id; missing where a station is of none.
    roads : SpatialNetwork, optional
        The way d is driven on it, and from a station to it at ``access_speed_kmh``. Without it,
        where it has no way within 3 h, and for stations farther from it than ``join_limit_km``,
        d is the straight line times ``access_detour`` at that speed.
    settings : Settings
        ``change_between_stations_min`` is the least time between two stations.

    Returns
    -------
    DataFrame
        from_id, to_id, minutes, as `toolkit.analysis.train_days.station_changes`.

    Notes
    -----
    One search a station that shares its city with another.

    Examples
    --------
    Two stations of a city, 17 km apart as the crow flies:

    >>> stops = gpd.GeoSeries(gpd.points_from_xy([116.0, 116.2], [40.0, 40.0]),
    ...     index=["a", "b"], crs=4326)
    >>> driven_changes(stops, pd.Series({"a": "1", "b": "1"})).round(1)
      from_id to_id  minutes
    0       a     a     15.0
    1       b     b     15.0
    2       a     b     68.3
    3       b     a     68.3
    """
    table = station_changes(stops.index, station_city, settings=settings)
    between = np.flatnonzero((table["from_id"] != table["to_id"]).to_numpy())
    if not len(between):
        return table
    ends = table.iloc[between]
    pairs = pd.DataFrame(
        {
            "start": stops.index.get_indexer(pd.Index(ends["from_id"])),
            "end": stops.index.get_indexer(pd.Index(ends["to_id"])),
            "city": ends["from_id"].map(station_city).to_numpy(),
        }
    )
    lon, lat = lonlat(stops).T
    start, end = pairs["start"].to_numpy(), pairs["end"].to_numpy()
    apart_km = distances_m(lon[start], lat[start], lon[end], lat[end]) / 1000.0
    way = access_minutes(apart_km, settings)
    if roads is not None:
        driven = _driven(roads, stops, pairs, settings)
        way = np.where(np.isfinite(driven), driven, way)
    minutes = np.array(table["minutes"], dtype=float)
    minutes[between] = np.maximum(minutes[between], settings.change_same_station_min + way)
    return table.assign(minutes=minutes)


def _driven(
    roads: SpatialNetwork, stops: gpd.GeoSeries, pairs: pd.DataFrame, settings: Settings
) -> npt.NDArray[np.float64]:
    """Minutes over the roads of each pair, infinite where there is no way."""
    minutes = np.full(len(pairs), np.inf)
    for _, some in pairs.reset_index(drop=True).groupby("city"):
        stations = np.unique(some["start"])
        places = places_on_edges(roads, stops.iloc[stations], limit_km=settings.join_limit_km)
        leg_ms = access_ms(places, settings)
        times = road_times_between(roads, places, places, cutoff_ms=_LONGEST_MS)
        start, end = (np.searchsorted(stations, some[side]) for side in ("start", "end"))
        found = times[start, end]
        total = (found + leg_ms[start] + leg_ms[end]) / 60_000.0
        minutes[some.index] = np.where(found != UNREACHED, total, np.inf)
    return minutes
