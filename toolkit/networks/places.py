"""Places on the edges of a network: where points beside it join it, and at what share of an edge.

A point joins the nearest edge, not the nearest node: a long edge has its nearest node far away.
Both directions of a two-way road pass the place, and at a node all edges that end there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import NetworkError
from toolkit.networks.compressed_graph import CompressedGraph
from toolkit.networks.geodesy import distances_m, line_lengths_m
from toolkit.networks.schema import lonlat
from toolkit.networks.snapping import nearest_on_lines
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["EdgePlaces", "open_edges", "places_on_edges", "require_joined"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SAME_PLACE_M = 0.001
NO_STOPPING = ("motorway", "motorway_link", "ferry")


@dataclass(frozen=True, eq=False)
class EdgePlaces:
    """Points joined to a network, each at one place that one or more arcs pass.

    Attributes
    ----------
    point : numpy.ndarray of int64, shape (K,)
        Number of the point, ascending; a point has a row for each arc that passes its place, and
        none if it lies too far from all edges to join one.
    arc : numpy.ndarray of int64, shape (K,)
        Arc of the network's `csr`.
    share : numpy.ndarray of float64, shape (K,)
        How much of the arc lies before the place: 0 at its tail, 1 at its head.
    distance_m : numpy.ndarray of float64, shape (n,)
        From each point to its place, on the ellipsoid; for a point too far off, to where that
        would have been.
    """

    point: IntArray
    arc: IntArray
    share: FloatArray
    distance_m: FloatArray

    def __len__(self) -> int:
        return len(self.distance_m)

    @property
    def joined(self) -> npt.NDArray[np.bool_]:
        """Whether each point has a place on the network, shape (n,)."""
        return np.asarray(np.bincount(self.point, minlength=len(self)) > 0)

    def select(self, points: IntArray) -> "EdgePlaces":
        """Some of the points, by rising number; they are numbered anew."""
        kept = np.isin(self.point, points)
        number = np.searchsorted(points, self.point[kept])
        return EdgePlaces(number, self.arc[kept], self.share[kept], self.distance_m[points])

    def along_ms(self, graph: CompressedGraph) -> IntArray:
        """Time from the tail of each arc to the place, shape (K,): its share, rounded."""
        return np.rint(self.share * graph.weight_ms[self.arc]).astype(np.int64)

    def exits(self, graph: CompressedGraph) -> tuple[IntArray, IntArray, IntArray]:
        """Nodes one comes to first when leaving the places.

        Parameters
        ----------
        graph : CompressedGraph
            Of the same edges; it says by which weight.

        Returns
        -------
        point, node, after_ms : numpy.ndarray of int64
            One row a way out: the head of each arc, and the node itself for a place at a node.
        """
        rest = graph.weight_ms[self.arc] - self.along_ms(graph)
        at_tail = self.share == 0.0
        return (
            np.concatenate([self.point, self.point[at_tail]]),
            np.concatenate([graph.indices[self.arc], graph.tails[self.arc[at_tail]]]).astype(
                np.int64
            ),
            np.concatenate([rest, np.zeros(at_tail.sum(), dtype=np.int64)]),
        )

    def entries(self, graph: CompressedGraph) -> tuple[IntArray, IntArray, IntArray]:
        """Nodes one comes from last when arriving at the places: as `exits`, the other way."""
        at_head = self.share == 1.0
        return (
            np.concatenate([self.point, self.point[at_head]]),
            np.concatenate([graph.tails[self.arc], graph.indices[self.arc[at_head]]]).astype(
                np.int64
            ),
            np.concatenate([self.along_ms(graph), np.zeros(at_head.sum(), dtype=np.int64)]),
        )


def open_edges(network: SpatialNetwork) -> npt.NDArray[np.bool_]:
    """Edges along which one can stop: no motorways, ferries, bridges or tunnels.

    Where that leaves nothing, and on a schematic network, which draws no junctions between its
    towns, all edges are open.

    Parameters
    ----------
    network : SpatialNetwork

    Returns
    -------
    numpy.ndarray of bool
        One value an edge, in the order of `edges`.
    """
    edges = network.edges
    if network.schematic or "highway" not in edges.columns:
        return np.ones(len(edges), dtype=bool)
    closed = edges["highway"].isin(NO_STOPPING)
    for column in ("bridge", "tunnel"):
        closed |= edges[column].fillna(False).astype(bool)
    return ~closed.to_numpy() if not closed.all() else np.ones(len(edges), dtype=bool)


def places_on_edges(
    network: SpatialNetwork,
    points: gpd.GeoSeries | npt.ArrayLike,
    *,
    limit_km: float = np.inf,
) -> EdgePlaces:
    """Join points to the nearest edge on which one can stop.

    Parameters
    ----------
    network : SpatialNetwork
        Directed network; which edges are open says `open_edges`.
    points : geopandas.GeoSeries or array_like of shape (n, 2)
        Points in any stated CRS, or longitudes and latitudes.
    limit_km : float
        A point farther than this from all edges joins none: nothing is reached from it, and it is
        never reached. `require_joined` makes an error of it.

    Returns
    -------
    EdgePlaces
        Arcs within a millimetre of the nearest pass the same place, so a two-way road counts in
        both directions.

    Raises
    ------
    NetworkError
        If the network has no edges, or a point no position or CRS.

    Examples
    --------
    A point beside a two-way road, a quarter of the way along:

    >>> nodes = gpd.GeoDataFrame(
    ...     index=[7, 8], geometry=gpd.points_from_xy([116.0, 116.4], [40.0, 40.0], crs=4326)
    ... )
    >>> edges = pd.DataFrame({"u": [7, 8], "v": [8, 7], "time_s": [1200.0, 1200.0]})
    >>> network = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> places = places_on_edges(network, [[116.1, 40.01]])
    >>> places.share.round(3).tolist(), places.distance_m.round().tolist()
    ([0.25, 0.75], [1110.0])
    >>> places.exits(network.csr)[2].tolist()  # to the nodes 8 and 7, milliseconds
    [900000, 300000]
    """
    at = lonlat(points)
    if network.edges.empty:
        raise NetworkError("the network has no edges to join points to")
    edge = np.flatnonzero(open_edges(network))
    lines = network.edges.geometry.to_numpy()[edge]
    tree = shapely.STRtree(lines)
    found = _nearest(tree, at)
    length_m = line_lengths_m(lines[found["line"]])
    before_m = _length_before_m(lines[found["line"]], found)
    before_m[before_m <= SAME_PLACE_M] = 0.0
    at_head = length_m - before_m <= SAME_PLACE_M
    share = np.where(at_head & (before_m > 0.0), 1.0, before_m / np.maximum(length_m, SAME_PLACE_M))
    nearest = found.drop_duplicates("point")
    distance_m = distances_m(at[:, 0], at[:, 1], nearest["lon"], nearest["lat"])
    near = (distance_m <= limit_km * 1000.0)[found["point"]]
    arc_of_edge = np.empty(len(network.edges), dtype=np.int64)
    arc_of_edge[network.csr.edge_position] = np.arange(len(network.edges))
    return EdgePlaces(
        point=found["point"].to_numpy(np.int64)[near],
        arc=arc_of_edge[edge[found["line"]]][near],
        share=share[near],
        distance_m=distance_m,
    )


def require_joined(places: EdgePlaces, names: Sequence[str], *, limit_km: float) -> None:
    """Raise an error that names the first point too far from the network.

    Parameters
    ----------
    places : EdgePlaces
        Of `places_on_edges` with a limit.
    names : sequence of str
        What the points are called.
    limit_km : float
        That limit.

    Raises
    ------
    NetworkError
        If a point joins no edge.

    Examples
    --------
    >>> none = np.empty(0)
    >>> far = EdgePlaces(none.astype(int), none.astype(int), none, np.array([23_400.0]))
    >>> require_joined(far, ["Somewhere"], limit_km=15.0)
    Traceback (most recent call last):
        ...
    toolkit.errors.NetworkError: Somewhere lies 23.4 km from the nearest road, more than 15 km; \
give roads that come nearer to it, or raise the limit
    """
    for name, joined, metres in zip(names, places.joined, places.distance_m, strict=True):
        if not joined:
            raise NetworkError(
                f"{name} lies {metres / 1000.0:.1f} km from the nearest road, "
                f"more than {limit_km:g} km",
                remedy="give roads that come nearer to it, or raise the limit",
            )


def _nearest(tree: shapely.STRtree, at: FloatArray) -> pd.DataFrame:
    """Every line that passes the place nearest to each point, by point and nearness."""
    # nearest in degrees bounds how far nearest in metres can be
    line = tree.nearest(shapely.points(at))
    foot = shapely.get_coordinates(
        shapely.line_interpolate_point(
            tree.geometries[line],
            shapely.line_locate_point(tree.geometries[line], shapely.points(at)),
        )
    )
    apart_m = distances_m(at[:, 0], at[:, 1], foot[:, 0], foot[:, 1])
    bound_m = apart_m * (1.01 + apart_m / 1e6) + 1.0  # the plane is coarse far away
    found = nearest_on_lines(tree, at, bound_m)
    least_m = found.groupby("point")["metres"].transform("min")
    found = found[found["metres"] <= least_m + SAME_PLACE_M]
    return found.sort_values(["point", "metres", "line"], ignore_index=True)


def _length_before_m(lines: npt.NDArray[np.object_], found: pd.DataFrame) -> FloatArray:
    """Length of each line up to its nearest place, on the ellipsoid."""
    vertices, line = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(line, np.arange(len(lines)))
    segment = found["segment"].to_numpy()
    inside = np.arange(len(vertices)) - first[line]
    before = inside <= segment[line]
    parts = np.concatenate([vertices[before], found[["lon", "lat"]].to_numpy()])
    owner = np.concatenate([line[before], np.arange(len(lines))])
    order = np.argsort(owner, kind="stable")
    return line_lengths_m(shapely.linestrings(parts[order], indices=owner[order]))
