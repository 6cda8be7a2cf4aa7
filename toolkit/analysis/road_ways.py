"""The fastest way by road between two places: its edges, the first and the last cut at the places.

Times say how far one gets; the way says where one drives. Both join roads at the nearest place on
an edge (`toolkit.networks.places`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toolkit.analysis.kernels.shortest_paths import NO_CUTOFF, UNREACHED, path_arcs
from toolkit.analysis.road import RoadTimes, pairs_on_an_arc, road_times
from toolkit.networks.geodesy import line_parts
from toolkit.networks.places import EdgePlaces
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["RoadWay", "fastest_way"]

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RoadWay:
    """Edges driven one after the other, each from one share of its length to another.

    Attributes
    ----------
    edge : ndarray of int64, shape (n,)
        Rows of the network's edges; none if one is there already.
    begin, end : ndarray of float64, shape (n,)
        Shares of the edge's length; 0 and 1 for all but the first and the last.
    """

    edge: Int64Array
    begin: FloatArray
    end: FloatArray

    def __len__(self) -> int:
        return len(self.edge)

    def total(self, roads: SpatialNetwork, column: str) -> float:
        """Sum of a column of the edges, such as ``length_m`` or ``time_s``, by share."""
        values = roads.edges[column].to_numpy(np.float64)[self.edge]
        return float((values * (self.end - self.begin)).sum())

    def lines(self, roads: SpatialNetwork) -> npt.NDArray[np.object_]:
        """The part of each edge that is driven, LineStrings in EPSG:4326."""
        lines = roads.edges.geometry.to_numpy()[self.edge]
        cut = np.flatnonzero((self.begin > 0.0) | (self.end < 1.0))
        parts = lines.copy()
        for row in cut:
            parts[row] = line_parts(lines[row], [self.begin[row], self.end[row]])[0]
        return np.asarray(parts, dtype=object)


def fastest_way(roads: SpatialNetwork, places: EdgePlaces, start: int, end: int) -> RoadWay | None:
    """The fastest way from one of several places to another.

    Parameters
    ----------
    roads : SpatialNetwork
        The network; its `csr` weights are integer milliseconds.
    places : EdgePlaces
        Places of this network.
    start, end : int
        Numbers of two of them.

    Returns
    -------
    RoadWay or None
        None where there is no way. ``O(M log M)`` in the edges of the network.

    Examples
    --------
    From a quarter of the way along a two-way road to three quarters, 20 minutes end to end:

    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from toolkit.networks.places import places_on_edges
    >>> nodes = gpd.GeoDataFrame(
    ...     index=[7, 8], geometry=gpd.points_from_xy([116.0, 116.4], [40.0, 40.0], crs=4326)
    ... )
    >>> edges = pd.DataFrame({"u": [7, 8], "v": [8, 7], "time_s": [1200.0, 1200.0]})
    >>> roads = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> places = places_on_edges(roads, [[116.1, 40.0], [116.3, 40.0]])
    >>> way = fastest_way(roads, places, 0, 1)
    >>> round(way.total(roads, "time_s")), way.begin.round(3).tolist(), way.end.round(3).tolist()
    (600, [0.25], [0.75])
    """
    here, there = places.select(np.array([start])), places.select(np.array([end]))
    times = road_times(roads, here)
    graph = times.graph
    direct_ms, direct = _on_one_arc(times, there)
    _, node, along_ms = there.entries(graph)
    reached_ms = times.node_ms[node]
    arrival_ms = np.where(reached_ms == UNREACHED, NO_CUTOFF, reached_ms + along_ms)
    last = int(arrival_ms.argmin())
    if direct is not None and direct_ms <= arrival_ms[last]:
        return _without_nothing(graph.edge_position, *direct)
    if arrival_ms[last] >= NO_CUTOFF:
        return None
    arcs = path_arcs(graph.indptr, times.parent_arc, int(node[last]))
    first_node = int(graph.tails[arcs[0]]) if len(arcs) else int(node[last])
    _, left_by, after_ms = here.exits(graph)
    first = int(np.where(left_by == first_node, after_ms, NO_CUTOFF).argmin())
    begin, end_share = np.zeros(len(arcs)), np.ones(len(arcs))
    if first < len(here.arc):  # else one sets out at the node itself
        arcs = np.append(here.arc[first], arcs)
        begin, end_share = np.append(here.share[first], begin), np.append(1.0, end_share)
    if last < len(there.arc):
        arcs = np.append(arcs, there.arc[last])
        begin, end_share = np.append(begin, 0.0), np.append(end_share, there.share[last])
    return _without_nothing(graph.edge_position, arcs, begin, end_share)


def _on_one_arc(
    times: RoadTimes, there: EdgePlaces
) -> tuple[int, tuple[Int64Array, FloatArray, FloatArray] | None]:
    """The fastest way along an edge that both places are on, the second ahead of the first."""
    here = times.starts
    start, target = pairs_on_an_arc(here, there)
    if not len(start):
        return NO_CUTOFF, None
    ahead_ms = there.along_ms(times.graph)[target] - here.along_ms(times.graph)[start]
    best = int(ahead_ms.argmin())
    pair = slice(start[best], start[best] + 1), slice(target[best], target[best] + 1)
    return int(ahead_ms[best]), (here.arc[pair[0]], here.share[pair[0]], there.share[pair[1]])


def _without_nothing(
    edge_position: Int64Array, arcs: Int64Array, begin: FloatArray, end: FloatArray
) -> RoadWay:
    """A way without edges that are only touched."""
    driven = end > begin
    return RoadWay(np.asarray(edge_position[arcs[driven]]), begin[driven], end[driven])
