"""Door to door: for every departure minute the road alone, or road, trains and road again.

From the door one drives to any station, waits, rides, changes, and drives on from the station of
arrival; or drives all the way. At each place and each minute the earlier arrival counts. Trains are
caught or missed as the timetable has it (`toolkit.analysis.rail_profile`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.departures import MORNING, NO_ARRIVAL, DepartureTimes
from toolkit.analysis.journeys import Journey
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

__all__ = ["DoorToDoor", "Way", "door_to_door"]

_LONGEST_H = 48.0

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """How one gets to a place when leaving at a departure minute.

    Attributes
    ----------
    minutes : float
        Travel time.
    access_min, egress_min : float
        On the road before the first and after the last station; all of it in `access_min` where
        no train is used.
    journey : Journey or None
        Trains, with the waiting before and between them; None by road alone.
    """

    minutes: float
    access_min: float
    egress_min: float
    journey: Journey | None


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
    settings: Settings

    def nodes(self) -> DepartureTimes:
        """Arrivals at every node of the roads, to the next full second.

        Holds 4 bytes for each node and departure minute; one search a minute.
        """
        return self._times(self.roads.nodes.index, np.arange(len(self.roads.nodes)), 0)

    def points(self, points: gpd.GeoSeries) -> DepartureTimes:
        """Arrivals at points, each reached from its nearest node, to the next full second."""
        nodes, distance_m = self.roads.snap(points)
        positions = self.roads.nodes.index.get_indexer(nodes)
        return self._times(points.index, positions, _tail_ms(distance_m, self.settings))

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
        if root == self.origin and time_ms[root] == self.origin_ms:
            return Way(minutes, minutes, 0.0, None)
        from_rail = (self.stop_node == root) & (self._rail_ms(column) == time_ms[root])
        stop = int(self.stop[np.flatnonzero(from_rail)[0]])
        journey = self.rail.itinerary(str(self.rail.times.places[stop]), minute)
        assert journey is not None  # searches start at stations that are reached
        access_min = float(self.access_s[journey.rides[0].from_id]) / 60.0
        return Way(minutes, access_min, minutes - journey.minutes, journey)

    def _times(
        self, places: pd.Index, positions: npt.NDArray[np.intp], tail_ms: Int64Array | int
    ) -> DepartureTimes:
        """Arrivals at nodes, and a way on from each, for all departure minutes."""
        departure_s = self.rail.times.departure_s
        arrival = np.full((len(places), len(departure_s) + 1), NO_ARRIVAL, dtype=np.int32)
        for column, (leaving_s, time_ms) in enumerate(self._searches()):
            reached = time_ms[positions]
            total = reached + tail_ms
            made = (reached != UNREACHED) & (total <= self.cutoff_ms)
            arrival[made, column] = leaving_s - -total[made] // 1000
        return DepartureTimes(places, departure_s, arrival)

    def _searches(self) -> Iterator[tuple[int, Int64Array]]:
        """Each departure minute, and the one after the window, with its times."""
        departure_s = self.rail.times.departure_s
        for column in range(len(departure_s) + 1):
            yield int(departure_s[0]) + 60 * column, self._search(column)[0]

    def _search(self, column: int) -> tuple[Int64Array, Int64Array]:
        """Earliest arrivals at all nodes for one departure minute."""
        rail_ms = self._rail_ms(column)
        useful = rail_ms <= self.cutoff_ms
        graph = self.roads.csr
        return shortest_times(
            graph.indptr,
            graph.indices,
            graph.weight_ms,
            np.append(self.stop_node[useful], self.origin),
            np.append(rail_ms[useful], self.origin_ms),
            self.cutoff_ms,
        )

    def _rail_ms(self, column: int) -> Int64Array:
        """Time from the door by rail to the node of each station, `NO_CUTOFF` if there is none."""
        arrival_s = self.rail.times.arrival_s[self.stop, column].astype(np.int64)
        leaving_s = int(self.rail.times.departure_s[0]) + 60 * column
        total = (arrival_s - leaving_s) * 1000 + self.stop_ms
        return np.where(arrival_s == NO_ARRIVAL, NO_CUTOFF, total)


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
        roads, rail, origin, origin_ms, near, stop_node, stop_ms, access_s, cutoff_ms, settings
    )


def _tail_ms(distance_m: npt.NDArray[np.float64], settings: Settings) -> Int64Array:
    """Milliseconds between a place and its nearest node."""
    return np.rint(access_minutes(distance_m / 1000.0, settings) * 60_000.0).astype(np.int64)
