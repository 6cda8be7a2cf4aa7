"""Driving times on the directed road network, between places on its edges.

Points join the network at the nearest place on an edge (`toolkit.networks.places`), and drive off
in both directions where that is allowed. Times are whole milliseconds: the time from the tail of
an edge to a place on it is the edge's time by share of length, rounded.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.kernels.shortest_paths import (
    NO_CUTOFF,
    UNREACHED,
    shortest_times,
    shortest_times_many,
)
from toolkit.analysis.rail import access_minutes
from toolkit.networks.compressed_graph import CompressedGraph
from toolkit.networks.places import EdgePlaces, places_on_edges
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = [
    "RoadTimes",
    "access_ms",
    "off_roads",
    "pairs_on_an_arc",
    "road_minutes",
    "road_times",
    "road_times_between",
]

Int64Array = npt.NDArray[np.int64]

_Ends = tuple[Int64Array, Int64Array, Int64Array]

_ORIGINS_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class RoadTimes:
    """Earliest arrivals everywhere on a network, from one or more places with a head start.

    Attributes
    ----------
    graph : CompressedGraph
        The network's `csr`.
    starts : EdgePlaces
        Where one sets out.
    spent_ms : ndarray of int64, shape (n,)
        Time already spent at each start.
    node_ms : ndarray of int64, shape (N,)
        Arrival at each node, `UNREACHED` (-1) where there is no way within the cutoff.
    parent_arc : ndarray of int64, shape (N,)
        Arc by which a shortest path enters each node; -1 where one comes from a start's own edge.
    cutoff_ms : int
        Nothing farther is reached.
    """

    graph: CompressedGraph
    starts: EdgePlaces
    spent_ms: Int64Array
    node_ms: Int64Array
    parent_arc: Int64Array
    cutoff_ms: int

    def at(self, places: EdgePlaces) -> Int64Array:
        """Arrival at other places of the network, shape (m,), `UNREACHED` where there is no way."""
        point, node, along_ms = places.entries(self.graph)
        arrival = np.where(
            self.node_ms[node] == UNREACHED, NO_CUTOFF, self.node_ms[node] + along_ms
        )
        point_on, arrival_on = self._on_the_same_edge(places)
        least = np.full(len(places), NO_CUTOFF, dtype=np.int64)
        np.minimum.at(least, point, arrival)
        np.minimum.at(least, point_on, arrival_on)
        return np.where((least < NO_CUTOFF) & (least <= self.cutoff_ms), least, UNREACHED)

    def _on_the_same_edge(self, places: EdgePlaces) -> tuple[Int64Array, Int64Array]:
        """Arrivals at places ahead of a start on its own edge."""
        start, target = pairs_on_an_arc(self.starts, places)
        ahead_ms = places.along_ms(self.graph)[target] - self.starts.along_ms(self.graph)[start]
        return places.point[target], self.spent_ms[self.starts.point[start]] + ahead_ms


def road_times(
    roads: SpatialNetwork,
    starts: EdgePlaces,
    spent_ms: npt.ArrayLike | None = None,
    *,
    cutoff_ms: int = NO_CUTOFF,
) -> RoadTimes:
    """Search the network from the nearest of several places.

    Parameters
    ----------
    roads : SpatialNetwork
        The network; its `csr` weights are integer milliseconds.
    starts : EdgePlaces
        Places to start from, of this network.
    spent_ms : array_like of int, shape (n,), optional
        Time already spent at each, such as the way there (`access_ms`); 0 if not given.
    cutoff_ms : int
        The search stops there.

    Returns
    -------
    RoadTimes

    Raises
    ------
    ValueError
        If there is not one time a start, or one is negative.

    Examples
    --------
    From a quarter of the way along a two-way road to three quarters, 20 minutes end to end:

    >>> nodes = gpd.GeoDataFrame(
    ...     index=[7, 8], geometry=gpd.points_from_xy([116.0, 116.4], [40.0, 40.0], crs=4326)
    ... )
    >>> edges = pd.DataFrame({"u": [7, 8], "v": [8, 7], "time_s": [1200.0, 1200.0]})
    >>> roads = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> times = road_times(roads, places_on_edges(roads, [[116.1, 40.0]]))
    >>> times.node_ms.tolist(), times.at(places_on_edges(roads, [[116.3, 40.0]])).tolist()
    ([300000, 900000], [600000])
    """
    graph = roads.csr
    spent = _spent(starts, spent_ms)
    point, node, after_ms = starts.exits(graph)
    node_ms, parent_arc = shortest_times(
        graph.indptr, graph.indices, graph.weight_ms, node, spent[point] + after_ms, cutoff_ms
    )
    return RoadTimes(graph, starts, spent, node_ms, parent_arc, cutoff_ms)


def road_times_between(
    roads: SpatialNetwork,
    origins: EdgePlaces,
    targets: EdgePlaces,
    *,
    cutoff_ms: int = NO_CUTOFF,
) -> Int64Array:
    """Times from every origin to every target, one search each of the fewer, shared among threads.

    Parameters
    ----------
    roads : SpatialNetwork
    origins, targets : EdgePlaces
        Places of this network.
    cutoff_ms : int
        Longer ways are none; at most 24.8 days.

    Returns
    -------
    ndarray of int64, shape (n, m)
        Milliseconds, `UNREACHED` (-1) where there is no way. Beyond the result it holds 256 bytes
        a node.
    """
    graph = roads.csr
    exits, entries = origins.exits(graph), targets.entries(graph)
    shape = len(origins), len(targets)
    if len(origins) <= len(targets):
        least = _searched(graph, exits, entries, shape, cutoff_ms)
    else:  # fewer searches backwards
        least = _searched(graph.reversed, entries, exits, shape[::-1], cutoff_ms).T
    start, end_row = pairs_on_an_arc(origins, targets)
    ahead_ms = targets.along_ms(graph)[end_row] - origins.along_ms(graph)[start]
    np.minimum.at(least, (origins.point[start], targets.point[end_row]), ahead_ms)
    return np.where((least < NO_CUTOFF) & (least <= cutoff_ms), least, UNREACHED)


def _searched(
    graph: CompressedGraph, begins: _Ends, ends: _Ends, shape: tuple[int, int], cutoff_ms: int
) -> Int64Array:
    """Times from all first points to all last points over nodes, `NO_CUTOFF` without a way."""
    point, node, after_ms = begins
    order = np.argsort(point, kind="stable")
    node, after_ms = node[order], after_ms[order]
    first = np.searchsorted(point[order], np.arange(shape[0] + 1))
    target, entry, along_ms = ends
    least = np.full(shape, NO_CUTOFF, dtype=np.int64)
    for begin in range(0, len(least), _ORIGINS_AT_ONCE):
        end = min(begin + _ORIGINS_AT_ONCE, len(least))
        some = slice(first[begin], first[end])
        times = shortest_times_many(
            graph.indptr,
            graph.indices,
            graph.weight_ms,
            node[some],
            cutoff_ms,
            first=first[begin : end + 1] - first[begin],
            offsets_ms=after_ms[some],
        )[:, entry].astype(np.int64)
        arrival = np.where(times == UNREACHED, NO_CUTOFF, times + along_ms)
        np.minimum.at(least[begin:end].T, target, arrival.T)
    return least


def road_minutes(
    roads: SpatialNetwork,
    cities: gpd.GeoDataFrame,
    core: str,
    *,
    settings: Settings = DEFAULTS,
) -> pd.Series:
    """Driving minutes from a core's seat to every seat.

    Seats join the network at the nearest place on an edge; the way between seat and place is
    driven at ``access_speed_kmh`` over the great circle times ``access_detour``.

    Returns
    -------
    Series
        Index adcode; minutes, infinite where there is no way, and from and to a seat farther than
        ``join_limit_km`` from every road (`off_roads`).
    """
    places = places_on_edges(roads, cities.geometry, limit_km=settings.join_limit_km)
    tail_ms = access_ms(places, settings)
    row = np.array([cities.index.get_loc(core)])
    here, start_ms = places.select(row), tail_ms[row]
    reached = road_times(roads, here, start_ms).at(places)
    minutes = np.where(reached == UNREACHED, np.inf, (reached + tail_ms) / 60_000.0)
    minutes[cities.index == core] = 0.0
    return pd.Series(minutes, index=cities.index)


def off_roads(
    roads: SpatialNetwork, cities: gpd.GeoDataFrame, *, settings: Settings = DEFAULTS
) -> pd.Series:
    """Cities whose seats lie farther than ``join_limit_km`` from every road.

    They count as unreached by road, and none is reached from them.

    Returns
    -------
    Series
        Index of such cities; km to the nearest road on which one can stop.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> off_roads(schematic_roads(), load_cluster("jing-jin-ji").cities).empty
    True
    """
    places = places_on_edges(roads, cities.geometry, limit_km=settings.join_limit_km)
    km = pd.Series(places.distance_m / 1000.0, index=cities.index, name="km")
    return km[~places.joined]


def access_ms(places: EdgePlaces, settings: Settings = DEFAULTS) -> Int64Array:
    """Milliseconds between each point and its place on the network."""
    minutes = np.asarray(access_minutes(places.distance_m / 1000.0, settings))
    return np.rint(minutes * 60_000.0).astype(np.int64)


def _spent(starts: EdgePlaces, spent_ms: npt.ArrayLike | None) -> Int64Array:
    """Time spent at each start, one value each."""
    spent = np.zeros(len(starts), np.int64) if spent_ms is None else np.asarray(spent_ms, np.int64)
    if spent.shape != (len(starts),):
        raise ValueError(f"{len(starts)} starts but times spent of shape {spent.shape}")
    return spent


def pairs_on_an_arc(starts: EdgePlaces, targets: EdgePlaces) -> tuple[Int64Array, Int64Array]:
    """Rows of starts and of targets that share an arc, the target not behind the start.

    Parameters
    ----------
    starts, targets : EdgePlaces
        Places of one network.

    Returns
    -------
    start, target : ndarray of int64
        Rows of their arrays, one a pair.

    Examples
    --------
    >>> at = EdgePlaces(np.array([0, 1]), np.array([5, 5]), np.array([0.2, 0.6]), np.zeros(2))
    >>> [rows.tolist() for rows in pairs_on_an_arc(at, at)]
    [[0, 0, 1], [0, 1, 1]]
    """
    order = np.argsort(starts.arc, kind="stable")
    low, high = (
        np.searchsorted(starts.arc[order], targets.arc, side) for side in ("left", "right")
    )
    count = high - low
    target = np.repeat(np.arange(len(targets.arc)), count)
    inside = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    start = order[np.repeat(low, count) + inside]
    ahead = targets.share[target] >= starts.share[start]
    return start[ahead], target[ahead]
