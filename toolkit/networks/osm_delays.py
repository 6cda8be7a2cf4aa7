"""Where roads from OpenStreetMap hold cars up: signals, junctions of major roads, gates.

A junction with signals is often drawn with several of them, and a crossing of dual carriageways
with four nodes. What lies within a few metres counts as one junction, passed once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from toolkit.networks.geodesy import earth_centred
from toolkit.networks.osm_tags import HINDERING, SIGNALS
from toolkit.networks.osm_topology import Pieces
from toolkit.networks.osm_ways import OsmWays

__all__ = ["Passages", "passages"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NO_JUNCTION = -1
MAJOR_ARMS = 3


@dataclass(frozen=True, eq=False)
class Passages:
    """What is passed along each piece, its first vertex left out.

    Attributes
    ----------
    forward, backward : pandas.DataFrame
        One row a piece, in its direction and against it: `signals` and `junctions` (junctions
        entered that have signals, and at-grade junctions of major roads without), `gates`.
    signal_nodes, signalised, junctions, gate_nodes : int
        Nodes with signals on these roads; junctions they make up; junctions without signals; nodes
        with gates or booths.
    """

    forward: pd.DataFrame
    backward: pd.DataFrame
    signal_nodes: int
    signalised: int
    junctions: int
    gate_nodes: int


def passages(
    ways: OsmWays, pieces: Pieces, *, major: BoolArray, length_m: npt.ArrayLike, radius_m: float
) -> Passages:
    """Count the junctions entered and the gates passed along each piece.

    Parameters
    ----------
    ways : OsmWays
        Ways and the nodes with signals or barriers.
    pieces : Pieces
        The ways cut at junctions, drawn as the ways are.
    major : numpy.ndarray of bool, shape (P,)
        Pieces of roads whose meeting at grade is a major junction.
    length_m : array_like, shape (P,)
        Length of each piece.
    radius_m : float
        Signals and major junctions as near to each other as this are one junction.

    Returns
    -------
    Passages
        A signal with `traffic_signals:direction` holds up that direction only.
    """
    node = ways.node_id[pieces.vertex]
    points = ways.points
    signal = points[points["highway"] == SIGNALS[1]] if len(points) else points
    signals = np.intersect1d(signal.index, node)
    crossings = _crossings_of_major_roads(pieces, node, major)
    places = np.union1d(signals, crossings)
    cluster = _clusters(places, node, ways.lon[pieces.vertex], ways.lat[pieces.vertex], radius_m)
    signalised = np.unique(cluster[np.isin(places, signals)])
    label = _labels(pieces, node, places, cluster, np.asarray(length_m) <= radius_m)
    stops = np.isin(node, places)
    gates = _gates(points, node)
    direction = signal.get("traffic_signals:direction", pd.Series(dtype=object))
    along = []
    for against, other in ((False, "backward"), (True, "forward")):
        silent = np.setdiff1d(signal.index[direction == other], crossings)
        unheard = np.isin(node, silent)
        entered = _entered(pieces, label, stops & ~unheard, unheard, against=against)
        with_signals = np.isin(label, signalised)
        first = pieces.first[1:] - 1 if against else pieces.first[:-1]
        passed = gates.copy()
        passed[first] = False
        counts = {
            "signals": entered & with_signals,
            "junctions": entered & ~with_signals,
            "gates": passed,
        }
        along.append(
            pd.DataFrame({name: _per_piece(pieces, flags) for name, flags in counts.items()})
        )
    return Passages(
        forward=along[0],
        backward=along[1],
        signal_nodes=len(signals),
        signalised=len(signalised),
        junctions=len(np.unique(cluster)) - len(signalised),
        gate_nodes=len(np.unique(node[gates])),
    )


def _crossings_of_major_roads(pieces: Pieces, node: IntArray, major: BoolArray) -> IntArray:
    """Nodes where at least three arms of major roads meet."""
    first, last = pieces.first[:-1][major], pieces.first[1:][major] - 1
    arms = np.concatenate(
        [
            np.column_stack([node[first], node[first + 1]]),
            np.column_stack([node[last], node[last - 1]]),
        ]
    )
    nodes, count = np.unique(np.unique(arms, axis=0)[:, 0], return_counts=True)
    return nodes[count >= MAJOR_ARMS]


def _clusters(
    places: IntArray,
    node: IntArray,
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    radius_m: float,
) -> IntArray:
    """Number the junctions that the places make up, by single linkage."""
    _, vertex = np.unique(node, return_index=True)
    vertex = vertex[np.searchsorted(node[vertex], places)]
    pairs = (
        cKDTree(earth_centred(lon[vertex], lat[vertex])).query_pairs(
            radius_m, output_type="ndarray"
        )
        if len(places)
        else np.zeros((0, 2), dtype=np.intp)
    )
    shape = (len(places), len(places))
    matrix = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape)
    _, cluster = connected_components(matrix, directed=False)
    return np.asarray(cluster, dtype=np.int64)


def _labels(
    pieces: Pieces, node: IntArray, places: IntArray, cluster: IntArray, short: BoolArray
) -> IntArray:
    """Junction that each vertex belongs to: places, and nodes a short piece away from one."""
    tail, head = node[pieces.first[:-1]][short], node[pieces.first[1:] - 1][short]
    near, place = np.concatenate([tail, head]), np.concatenate([head, tail])
    beside = np.isin(place, places) & ~np.isin(near, places)
    near, where = np.unique(near[beside], return_index=True)
    members = np.concatenate([places, near])
    number = np.concatenate([cluster, cluster[np.searchsorted(places, place[beside][where])]])
    order = np.argsort(members)
    at = np.minimum(np.searchsorted(members[order], node), max(len(members) - 1, 0))
    if not len(members):
        return np.full(len(node), NO_JUNCTION, dtype=np.int64)
    return np.where(members[order][at] == node, number[order][at], NO_JUNCTION)


def _entered(
    pieces: Pieces, label: IntArray, stops: BoolArray, unheard: BoolArray, *, against: bool
) -> BoolArray:
    """Vertices at which a junction is entered from outside, in one direction."""
    piece = np.repeat(np.arange(len(pieces.way)), np.diff(pieces.first))
    inside = np.flatnonzero((label != NO_JUNCTION) & ~unheard)
    if against:
        inside = inside[::-1]
    begins = pieces.first[1:] - 1 if against else pieces.first[:-1]
    again = np.zeros(len(inside), dtype=bool)
    again[1:] = (piece[inside][1:] == piece[inside][:-1]) & (
        label[inside][1:] == label[inside][:-1]
    )
    entered = np.zeros(len(label), dtype=bool)
    entered[inside] = stops[inside] & ~again
    entered[begins] = False
    return entered


def _gates(points: pd.DataFrame, node: IntArray) -> BoolArray:
    """Vertices with a gate or booth."""
    if not len(points):
        return np.zeros(len(node), dtype=bool)
    return np.isin(node, points.index[points["barrier"].isin(HINDERING)])


def _per_piece(pieces: Pieces, flags: BoolArray) -> IntArray:
    """Number of marked vertices of each piece."""
    return np.add.reduceat(flags.astype(np.int64), pieces.first[:-1])
