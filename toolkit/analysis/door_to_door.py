"""Door to door: for every departure minute the road alone, or road, trains and road again.

From the door one drives to any station, waits, rides, changes, and drives on from the station of
arrival; or drives all the way. At each place and each minute the earlier arrival counts. Trains are
caught or missed as the timetable has it (`toolkit.analysis.rail_profile`).
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.departures import MORNING, NO_ARRIVAL, DepartureTimes
from toolkit.analysis.journeys import Way
from toolkit.analysis.kernels.shortest_paths import (
    NO_CUTOFF,
    UNREACHED,
    path_arcs,
    shortest_times,
)
from toolkit.analysis.rail import access_minutes
from toolkit.analysis.rail_profile import RailProfile, rail_profile
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
    origin : int
        Row in ``roads.nodes`` of the node nearest to the door.
    origin_ms : int
        From the door to that node.
    stop, stop_node, stop_ms : ndarray of int64, shape (S,)
        Stations within reach of the network: row in ``rail.times.places``, row of the nearest
        node, and the way between both.
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
    origin: int
    origin_ms: int
    stop: Int64Array
    stop_node: Int64Array
    stop_ms: Int64Array
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
        for column, (leaving_s, time_ms) in enumerate(self._searches()):
            made = time_ms != UNREACHED
            arrival[made, column] = leaving_s - -time_ms[made] // 1000
        return DepartureTimes(self.roads.nodes.index, departure_s, arrival)

    def points(self, points: gpd.GeoSeries) -> "PlaceTimes":
        """Arrivals at points, each reached from its nearest node, to the next full second.

        One search backwards from each point, whatever the number of departure minutes.
        """
        graph = self.roads.csr.reversed
        nodes, distance_m = self.roads.snap(points)
        positions = self.roads.nodes.index.get_indexer(nodes)
        tail_ms = _tail_ms(distance_m, self.settings)
        to_station = np.empty((len(points), len(self.stop)), dtype=np.int64)
        to_door = np.empty(len(points), dtype=np.int64)
        for i, (node, tail) in enumerate(zip(positions, tail_ms, strict=True)):
            time_ms, _ = shortest_times(
                graph.indptr, graph.indices, graph.weight_ms, [node], [tail], self.cutoff_ms
            )
            time_ms[time_ms == UNREACHED] = _FAR_MS
            to_station[i] = time_ms[self.stop_node] + self.stop_ms
            to_door[i] = time_ms[self.origin] + self.origin_ms if self.by_road else _FAR_MS
        arrivals = [self._arrivals(*row) for row in zip(to_station, to_door, strict=True)]
        departure_s = self.rail.times.departure_s
        arrival_s = np.array(arrivals, dtype=np.int32).reshape(len(points), len(departure_s) + 1)
        return PlaceTimes(
            DepartureTimes(points.index, departure_s, arrival_s), self, to_station, to_door
        )

    def search(self, minute: str) -> tuple[Int64Array, Int64Array]:
        """Earliest arrivals at all nodes when leaving at 'HH:MM'.

        Returns
        -------
        time_ms : ndarray of int64, shape (N,)
            Travel time to each row of ``roads.nodes``, -1 where there is no way.
        parent_arc : ndarray of int64, shape (N,)
            Arc of ``roads.csr`` by which a node is reached; -1 at the door's node, at those where
            one comes from a station, and where there is no way.

        Raises
        ------
        UnknownNameError
            If the minute is not of the window.
        """
        return self._search(self.rail.times.column(minute))

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
        time_ms, parent_arc = self._search(column)
        if time_ms[target] == UNREACHED:
            return None
        arcs = path_arcs(graph.indptr, parent_arc, target)
        root = int(graph.tails[arcs[0]]) if len(arcs) else target
        minutes = float(time_ms[target] / 60_000.0)
        if self.by_road and root == self.origin and time_ms[root] == self.origin_ms:
            return Way(minutes, minutes, 0.0, None)
        from_rail = (self.stop_node == root) & (self._rail_ms(column) == time_ms[root])
        return self.by_rail(int(self.stop[np.flatnonzero(from_rail)[0]]), minute, minutes)

    def by_rail(self, stop: int, minute: str, minutes: float) -> Way:
        """A way of some minutes over a station that is reached, by its row in the timetable."""
        journey = self.rail.itinerary(str(self.rail.times.places[stop]), minute)
        assert journey is not None  # ways lead over stations that are reached
        access_min = float(self.access_s[journey.rides[0].from_id]) / 60.0
        return Way(minutes, access_min, minutes - journey.minutes, journey)

    def _arrivals(self, egress_ms: Int64Array, road_ms: np.int64) -> Int64Array:
        """Arrivals for all departure minutes at a place so far from the stations and by road."""
        used = np.flatnonzero(egress_ms <= self.cutoff_ms)
        arrival_s = self.rail.times.arrival_s[self.stop[used]].astype(np.int64)
        leaving_s = self._leaving_s()
        by_rail = (arrival_s - leaving_s) * 1000 + egress_ms[used, None]
        by_rail[arrival_s == NO_ARRIVAL] = _FAR_MS
        total = np.minimum(by_rail.min(axis=0, initial=_FAR_MS), road_ms)
        return np.where(total <= self.cutoff_ms, leaving_s - -total // 1000, NO_ARRIVAL)

    def _leaving_s(self) -> Int64Array:
        """Departure minutes and the one after the window."""
        departure_s = self.rail.times.departure_s
        return int(departure_s[0]) + 60 * np.arange(len(departure_s) + 1, dtype=np.int64)

    def _searches(self) -> Iterator[tuple[int, Int64Array]]:
        """Each departure minute, and the one after the window, with its times."""
        for column, leaving_s in enumerate(self._leaving_s().tolist()):
            yield leaving_s, self._search(column)[0]

    def _search(self, column: int) -> tuple[Int64Array, Int64Array]:
        """Earliest arrivals at all nodes for one departure minute."""
        rail_ms = self._rail_ms(column)
        useful = rail_ms <= self.cutoff_ms
        door = slice(0, int(self.by_road))
        graph = self.roads.csr
        return shortest_times(
            graph.indptr,
            graph.indices,
            graph.weight_ms,
            np.concatenate([self.stop_node[useful], [self.origin][door]]),
            np.concatenate([rail_ms[useful], [self.origin_ms][door]]),
            self.cutoff_ms,
        )

    def _rail_ms(self, column: int) -> Int64Array:
        """Time from the door by rail to the node of each station."""
        return self.arrival_ms(column) + self.stop_ms

    def arrival_ms(self, column: int) -> Int64Array:
        """Time from the door by rail to each station of `stop`; very large if there is no way."""
        arrival_s = self.rail.times.arrival_s[self.stop, column].astype(np.int64)
        leaving_s = int(self.rail.times.departure_s[0]) + 60 * column
        return np.where(arrival_s == NO_ARRIVAL, _FAR_MS, (arrival_s - leaving_s) * 1000)


@dataclass(frozen=True, eq=False)
class PlaceTimes:
    """Travel times from one door to places.

    Attributes
    ----------
    times : DepartureTimes
        Of the places.
    door : DoorToDoor
    egress_ms : ndarray of int64, shape (P, S)
        From each of ``door.stop`` to each place; very large where there is no way.
    road_ms : ndarray of int64, shape (P,)
        By road alone.
    """

    times: DepartureTimes
    door: DoorToDoor
    egress_ms: Int64Array
    road_ms: Int64Array

    def way(self, place: Hashable, minute: str) -> Way | None:
        """How one gets to a place when leaving at 'HH:MM'; None if one cannot.

        Raises
        ------
        UnknownNameError
            If the minute is not of the window.
        """
        door, row = self.door, int(self.times.places.get_indexer(pd.Index([place]))[0])
        column = door.rail.times.column(minute)
        by_rail = door.arrival_ms(column) + self.egress_ms[row]
        best = int(by_rail.argmin()) if len(by_rail) else -1
        total_ms = min(int(self.road_ms[row]), int(by_rail[best]) if len(by_rail) else _FAR_MS)
        if total_ms > door.cutoff_ms:
            return None
        minutes = total_ms / 60_000.0
        if total_ms == self.road_ms[row]:
            return Way(minutes, minutes, 0.0, None)
        return door.by_rail(int(door.stop[best]), minute, minutes)


def door_to_door(
    roads: SpatialNetwork,
    door: shapely.Point,
    timetable: Timetable,
    *,
    station_city: "pd.Series[str]",
    window: tuple[str, str] = MORNING,
    budget_min: float | None = None,
    changes_max: int | None = None,
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
    alighting_min : float
        From a train's arrival until one has left the station.
    by_road : bool
        Whether one may drive all the way; else every way has a train in it.
    settings : Settings
        Waiting and change times; ``access_speed_kmh`` and ``access_detour`` between a place and
        its nearest node; ``schematic_local_limit_km``, how far a station may be from the network.

    Returns
    -------
    DoorToDoor

    Raises
    ------
    MissingDataError
        On a reference timetable, which knows no single trains.

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
    stations = timetable.stops.geometry
    door_node, door_m = roads.snap(gpd.GeoSeries([door], crs=4326))
    stop_nodes, stop_m = roads.snap(stations)
    origin = int(roads.nodes.index.get_indexer(door_node)[0])
    origin_ms = int(_tail_ms(door_m, settings)[0])
    near = np.flatnonzero(stop_m <= settings.schematic_local_limit_km * 1000.0)
    stop_node = roads.nodes.index.get_indexer(stop_nodes[near])
    stop_ms = _tail_ms(stop_m[near], settings)

    longest_min = _LONGEST_H * 60.0 if budget_min is None else budget_min
    cutoff_ms = round(longest_min * 60_000)
    graph = roads.csr
    road_ms, _ = shortest_times(
        graph.indptr, graph.indices, graph.weight_ms, [origin], [origin_ms], cutoff_ms
    )
    driven_ms = road_ms[stop_node]
    reached = driven_ms != UNREACHED
    access_s = pd.Series(
        -(-(driven_ms + stop_ms)[reached] // 1000), index=stations.index[near[reached]]
    )
    access_s = access_s[access_s * 1000 <= cutoff_ms]
    rail = rail_profile(
        timetable,
        access_s / 60.0,
        station_city=station_city,
        window=window,
        changes_max=changes_max,
        alighting_min=alighting_min,
        longest_h=longest_min / 60.0,
        settings=settings,
    )
    return DoorToDoor(
        roads, rail, origin, origin_ms, near, stop_node, stop_ms, access_s, cutoff_ms, by_road,
        settings,
    )  # fmt: skip


def _tail_ms(distance_m: npt.NDArray[np.float64], settings: Settings) -> Int64Array:
    """Milliseconds between a place and its nearest node."""
    return np.rint(access_minutes(distance_m / 1000.0, settings) * 60_000.0).astype(np.int64)
