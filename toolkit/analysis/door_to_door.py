"""Door to door: for every departure minute the road alone, or road, trains and road again.

From the door one drives to any station, waits, rides, changes, and drives on from the station of
arrival; or drives all the way. At each place and each minute the earlier arrival counts. Trains are
caught or missed as the timetable has it (`toolkit.analysis.rail_profile`).
"""

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.departures import MORNING, NO_ARRIVAL, QUANTILES, DepartureTimes, rank_of
from toolkit.analysis.journeys import Way
from toolkit.analysis.kernels.shortest_paths import INT32_MAX, NO_CUTOFF, UNREACHED, path_arcs
from toolkit.analysis.rail_profile import RailProfile, rail_profile
from toolkit.analysis.road import RoadTimes, access_ms, road_times, road_times_between
from toolkit.networks.geodesy import metres_per_degree
from toolkit.networks.places import EdgePlaces, places_on_edges, require_joined
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

__all__ = ["DoorToDoor", "PlaceTimes", "door_to_door"]

_LONGEST_H = 48.0
_FAR_MS = NO_CUTOFF // 4

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DoorToDoor:
    """Travel times from one door by road and rail.

    Attributes
    ----------
    roads : SpatialNetwork
    rail : RailProfile
        From the door to every station; its window is that of everything here.
    stop : ndarray of int64, shape (S,)
        Stations within reach of the network: row in ``rail.times.places``.
    starts : EdgePlaces
        Where these stations, and last of all the door, join the network.
    start_ms : ndarray of int64, shape (S + 1,)
        Between each of them and the network.
    access_s : Series
        Index station_id of the stations one can drive to; seconds from the door.
    cutoff_ms : int
        Longer ways are none.
    by_road : bool
        Whether one may drive all the way.
    settings : Settings
    """

    roads: SpatialNetwork
    rail: RailProfile
    stop: Int64Array
    starts: EdgePlaces
    start_ms: Int64Array
    access_s: pd.Series
    cutoff_ms: int
    by_road: bool
    settings: Settings

    def nodes(self) -> DepartureTimes:
        """Arrivals at every node of the roads, to the next full second.

        Holds 4 bytes for each node and departure minute; one search a minute.
        """
        departure_s = self.rail.times.departure_s
        shape = len(self.roads.nodes), len(departure_s) + 1
        arrival = np.full(shape, NO_ARRIVAL, dtype=np.int32)
        for column, leaving_s in enumerate(self._leaving_s().tolist()):
            node_ms = self._search(self._spent_ms(column)).node_ms
            made = node_ms != UNREACHED
            arrival[made, column] = leaving_s - -node_ms[made] // 1000
        return DepartureTimes(self.roads.nodes.index, departure_s, arrival)

    def points(self, points: gpd.GeoSeries) -> "PlaceTimes":
        """Arrivals at points, each from the nearest place on the roads, to the next full second.

        One search backwards from each point, whatever the number of departure minutes.
        """
        targets = places_on_edges(self.roads, points, limit_km=self.settings.join_limit_km)
        driven = road_times_between(
            self.roads, self.starts, targets, cutoff_ms=min(self.cutoff_ms, INT32_MAX)
        )
        egress_ms = np.where(driven == UNREACHED, _FAR_MS, driven).T
        egress_ms += access_ms(targets, self.settings)[:, None]
        departure_s = self.rail.times.departure_s
        arrival_s = np.empty((len(points), len(departure_s) + 1), dtype=np.int32)
        spent_ms = np.stack([self._spent_ms(c) for c in range(len(departure_s) + 1)], axis=1)
        for row, ways_ms in enumerate(egress_ms):
            used = np.flatnonzero(ways_ms <= self.cutoff_ms)
            total = (spent_ms[used] + ways_ms[used, None]).min(axis=0, initial=_FAR_MS)
            made = total <= self.cutoff_ms
            arrival_s[row] = np.where(made, self._leaving_s() - -total // 1000, NO_ARRIVAL)
        times = DepartureTimes(points.index, departure_s, arrival_s)
        return PlaceTimes(times, self, egress_ms)

    def search(self, minute: str) -> RoadTimes:
        """Earliest arrivals everywhere on the roads when leaving at 'HH:MM'.

        Raises
        ------
        UnknownNameError
            If the minute is not of the window.
        """
        return self._search(self._spent_ms(self.rail.times.column(minute)))

    def statistic(self, name: str) -> RoadTimes:
        """Travel times everywhere on the roads by a statistic of the window.

        Parameters
        ----------
        name : str
            ``"fastest"``, ``"median"`` or ``"p90"``.

        Notes
        -----
        The fastest takes one search: the least over minutes of the least over stations is the least
        over stations of the least over minutes, so each starts with its own best minute. The others
        take one a minute.
        """
        columns = range(len(self.rail.times.departure_s))
        spent_ms = np.stack([self._spent_ms(column) for column in columns], axis=1)
        if name == "fastest":
            return self._search(spent_ms.min(axis=1))
        share = QUANTILES[name]
        rank = rank_of(share, len(columns))
        node_s = self.nodes().quantile(share).to_numpy() * 60.0
        reached = np.isfinite(node_s)
        node_ms = np.full(len(node_s), UNREACHED, dtype=np.int64)
        node_ms[reached] = np.rint(node_s[reached] * 1000.0)
        return RoadTimes(
            self.roads.csr,
            self.starts,
            np.partition(spent_ms, rank, axis=1)[:, rank],
            node_ms,
            np.full(len(node_s), -1, dtype=np.int64),
            self.cutoff_ms,
        )

    def way(self, node: int, minute: str) -> Way | None:
        """How one gets to a node, by its id, when leaving at 'HH:MM'; None if one cannot.

        Raises
        ------
        NetworkError
            If the roads have no such node.
        UnknownNameError
            If the minute is not of the window.
        """
        graph, target = self.roads.csr, int(self.roads.csr.positions([node])[0])
        column = self.rail.times.column(minute)
        spent_ms = self._spent_ms(column)
        found = self._search(spent_ms)
        if found.node_ms[target] == UNREACHED:
            return None
        arcs = path_arcs(graph.indptr, found.parent_arc, target)
        root = int(graph.tails[arcs[0]]) if len(arcs) else target
        point, exit_node, after_ms = self.starts.exits(graph)
        used = exit_node == root
        used &= spent_ms[point] + after_ms == found.node_ms[root]
        return self._way(int(point[used].max()), minute, float(found.node_ms[target] / 60_000.0))

    def way_over(self, egress_ms: Int64Array, minute: str) -> Way | None:
        """The best way to a place so far from each of the starts; None if there is none in time."""
        total_ms = self._spent_ms(self.rail.times.column(minute)) + egress_ms
        start = len(total_ms) - 1 - int(total_ms[::-1].argmin())  # of equal ones by road alone
        if total_ms[start] > self.cutoff_ms:
            return None
        return self._way(start, minute, float(total_ms[start] / 60_000.0))

    def _way(self, start: int, minute: str, minutes: float) -> Way:
        """A way of some minutes that joins the roads last at a start."""
        if start == len(self.stop):
            return Way(minutes, minutes, 0.0, None)
        journey = self.rail.itinerary(str(self.rail.times.places[self.stop[start]]), minute)
        assert journey is not None  # ways start from stations that are reached
        access_min = float(self.access_s[journey.rides[0].from_id]) / 60.0
        return Way(minutes, access_min, minutes - journey.minutes, journey)

    def _search(self, spent_ms: Int64Array) -> RoadTimes:
        """Earliest arrivals everywhere on the roads, given the time spent at each start."""
        return road_times(self.roads, self.starts, spent_ms, cutoff_ms=self.cutoff_ms)

    def _spent_ms(self, column: int) -> Int64Array:
        """Time from the door to the place of each start; very large if there is no way."""
        arrival_s = self.rail.times.arrival_s[self.stop, column].astype(np.int64)
        spent_s = arrival_s - self._leaving_s()[column]
        by_rail = np.where(arrival_s == NO_ARRIVAL, _FAR_MS, spent_s * 1000)
        return np.append(by_rail, self._door_ms()) + self.start_ms

    def _door_ms(self) -> int:
        """Time spent at the door."""
        return 0 if self.by_road else _FAR_MS

    def _leaving_s(self) -> Int64Array:
        """Departure minutes and the one after the window."""
        departure_s = self.rail.times.departure_s
        return int(departure_s[0]) + 60 * np.arange(len(departure_s) + 1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class PlaceTimes:
    """Travel times from one door to places.

    Attributes
    ----------
    times : DepartureTimes
        Of the places.
    door : DoorToDoor
    egress_ms : ndarray of int64, shape (P, S + 1)
        To each place from where each of ``door.starts`` joins the roads; very large where there is
        no way.
    """

    times: DepartureTimes
    door: DoorToDoor
    egress_ms: Int64Array

    def way(self, place: Hashable, minute: str) -> Way | None:
        """How one gets to a place when leaving at 'HH:MM'; None if one cannot.

        Raises
        ------
        UnknownNameError
            If the minute is not of the window.
        """
        row = int(self.times.places.get_indexer(pd.Index([place]))[0])
        return self.door.way_over(self.egress_ms[row], minute)


def door_to_door(
    roads: SpatialNetwork,
    door: shapely.Point,
    timetable: Timetable,
    *,
    station_city: "pd.Series[str]",
    window: tuple[str, str] = MORNING,
    budget_min: float | None = None,
    changes_max: int | None = None,
    changes: pd.DataFrame | None = None,
    alighting_min: float = 0.0,
    by_road: bool = True,
    settings: Settings = DEFAULTS,
) -> DoorToDoor:
    """Prepare travel times from a door by road and rail, for each departure minute of a window.

    Parameters
    ----------
    roads : SpatialNetwork
        Directed road network.
    door : Point
        Where one leaves from, EPSG:4326.
    timetable : Timetable
        One with trips; every day is taken to run like it.
    station_city : Series of str
        City of stations, index station_id, for changes between the stations of one city.
    window : (str, str)
        Departure minutes, the end left out.
    budget_min : float, optional
        Longer ways count as none, which makes the search faster; without it 48 h.
    changes_max : int, optional
        Most changes of train; not limited without it.
    changes : DataFrame, optional
        from_id, to_id, minutes of each change that can be made (`toolkit.analysis.transfers`);
        those of `station_city` and the settings without it.
    alighting_min : float
        From a train's arrival until one has left the station.
    by_road : bool
        Whether one may drive all the way; else every way has a train in it.
    settings : Settings
        Waiting and change times; ``access_speed_kmh`` and ``access_detour`` between a point and
        the nearest place on the roads; ``join_limit_km``, how far a station or the door
        may be from the roads.

    Returns
    -------
    DoorToDoor

    Raises
    ------
    MissingDataError
        On a reference timetable, which knows no single trains.
    NetworkError
        The door lies farther than that from every road.

    Notes
    -----
    Times are exact for the model: integer milliseconds on the road, seconds on rail (the arrival at
    the station is rounded up, so no train is caught that would be missed). One does not drive from
    one station to another between two trains except by a change of `station_city`.

    Examples
    --------
    >>> nodes = gpd.GeoDataFrame(index=[0, 1, 2], crs=4326,
    ...     geometry=gpd.points_from_xy([116.0, 116.2, 117.0], [39.0] * 3))
    >>> edges = pd.DataFrame({"u": [0, 1], "v": [1, 2], "time_s": [600.0, 7200.0]})
    >>> roads = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> stops = gpd.GeoDataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]}, index=["a", "b"],
    ...     geometry=gpd.points_from_xy([116.2, 117.0], [39.0] * 2), crs=4326)
    >>> trips = pd.DataFrame({"train": ["G1"], "train_class": ["fast"], "kind": ["G"]})
    >>> calls = pd.DataFrame({"trip_id": 0, "stop_sequence": [1, 2], "station_id": ["a", "b"],
    ...     "arrival_s": [28800, 30600], "departure_s": [28800, 30600]})
    >>> day = Timetable(stops, trips, calls, date="2023-12-15")
    >>> found = door_to_door(roads, shapely.Point(116.0, 39.0), day,
    ...     station_city=pd.Series(dtype=str), window=("07:00", "08:00"))
    >>> found.nodes().table([60]).loc[2, ["fastest_min", "median_min", "p90_min"]].tolist()
    [55.0, 84.0, 130.0]
    >>> found.way(2, "07:35").journey.rides[0].train, found.way(2, "07:36").journey
    ('G1', None)
    """
    stops = timetable.stops.geometry
    longest_min = _LONGEST_H * 60.0 if budget_min is None else budget_min
    cutoff_ms = round(longest_min * 60_000)
    stop = _near(stops, roads, settings.join_limit_km)
    points = gpd.GeoSeries([*stops.iloc[stop], door], crs=4326)
    starts = places_on_edges(roads, points, limit_km=settings.join_limit_km)
    near = starts.joined
    require_joined(
        starts.select(np.array([len(stop)])), ["the door"], limit_km=settings.join_limit_km
    )
    starts, stop = starts.select(np.flatnonzero(near)), stop[near[:-1]]
    start_ms = access_ms(starts, settings)
    here = starts.select(np.array([len(stop)]))
    driven_ms = road_times(roads, here, start_ms[-1:], cutoff_ms=cutoff_ms).at(starts)[:-1]
    reached = driven_ms != UNREACHED
    access_s = pd.Series(
        -(-(driven_ms + start_ms[:-1])[reached] // 1000), index=stops.index[stop[reached]]
    )
    access_s = access_s[access_s * 1000 <= cutoff_ms]
    rail = rail_profile(
        timetable,
        access_s / 60.0,
        station_city=station_city,
        window=window,
        changes_max=changes_max,
        changes=changes,
        alighting_min=alighting_min,
        longest_h=longest_min / 60.0,
        settings=settings,
    )
    return DoorToDoor(roads, rail, stop, starts, start_ms, access_s, cutoff_ms, by_road, settings)


def _near(stops: gpd.GeoSeries, roads: SpatialNetwork, limit_km: float) -> Int64Array:
    """Rows of the stops in the box of the roads and so far round it."""
    west, south, east, north = roads.edges.total_bounds
    low, high = metres_per_degree([max(south, -85.0), min(north, 85.0)]).min(axis=0) / 1000.0
    box = shapely.box(
        west - limit_km / low,
        south - limit_km / high,
        east + limit_km / low,
        north + limit_km / high,
    )
    return np.flatnonzero(stops.within(box).to_numpy())
