"""Ways cut into pieces between junctions, on arrays only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toolkit.networks.osm_ways import OsmWays

__all__ = ["Pieces", "lost_nodes", "on_the_way", "pieces_between_junctions", "turned"]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Stretches of way from junction to junction.

    Attributes
    ----------
    way : numpy.ndarray of int64, shape (P,)
        Row of the way each piece is part of.
    first : numpy.ndarray of int64, shape (P + 1,)
        The vertices of piece `i` are `first[i]:first[i + 1]` of `vertex`.
    vertex : numpy.ndarray of int64
        Step of the ways (row of `node_id`, `lon`, `lat`) at each vertex, in the piece's direction.
    """

    way: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    vertex: npt.NDArray[np.int64]

    @property
    def tail(self) -> npt.NDArray[np.int64]:
        """First vertex of each piece."""
        return self.vertex[self.first[:-1]]

    @property
    def head(self) -> npt.NDArray[np.int64]:
        """Last vertex of each piece."""
        return self.vertex[self.first[1:] - 1]


def pieces_between_junctions(ways: OsmWays, *, closed: npt.ArrayLike = ()) -> Pieces:
    """Cut ways wherever they meet, cross themselves or end.

    Parameters
    ----------
    ways : OsmWays
        Ways that are to form one network.
    closed : array_like of int
        Nodes that nothing passes.

    Returns
    -------
    Pieces
        In the order of the ways. A node without a position, or a closed one, ends its way before
        it and starts it anew behind, so that nothing is drawn across a gap; a node repeated at
        once counts once.

    Examples
    --------
    Way 0 runs through nodes 1, 2, 3; way 1 leaves it at node 2 for node 4:

    >>> import pandas as pd
    >>> ways = OsmWays(
    ...     way_id=np.array([70, 80]), version=np.array([1, 1]), tags=pd.DataFrame(index=[0, 1]),
    ...     first=np.array([0, 3, 5]), node_id=np.array([1, 2, 3, 2, 4]),
    ...     lon=np.zeros(5), lat=np.arange(5.0), data_date="",
    ... )
    >>> pieces = pieces_between_junctions(ways)
    >>> pieces.way.tolist(), ways.node_id[pieces.tail].tolist(), ways.node_id[pieces.head].tolist()
    ([0, 0, 1], [1, 2, 2], [2, 3, 4])
    """
    way = np.repeat(np.arange(len(ways.way_id)), np.diff(ways.first))
    known = ~(np.isnan(ways.lon) | np.isin(ways.node_id, np.asarray(closed, dtype=np.int64)))
    same_way = way[1:] == way[:-1]
    again = np.zeros(len(way), dtype=bool)
    again[1:] = same_way & (ways.node_id[1:] == ways.node_id[:-1])
    step = np.flatnonzero(known & ~again)
    if not len(step):
        return Pieces(*(np.zeros(size, dtype=np.int64) for size in (0, 1, 0)))
    gaps = np.cumsum(~known)
    joined = (way[step][1:] == way[step][:-1]) & (gaps[step][1:] == gaps[step][:-1])
    run_start = np.concatenate([[True], ~joined])
    run_end = np.concatenate([~joined, [True]])
    _, node, visits = np.unique(ways.node_id[step], return_inverse=True, return_counts=True)
    junction = np.flatnonzero(run_start | run_end | (visits[node] > 1))
    is_piece = ~run_end[junction[:-1]]
    start, end = junction[:-1][is_piece], junction[1:][is_piece]
    size = end - start + 1
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    inside = np.arange(first[-1]) - np.repeat(first[:-1], size)
    return Pieces(way=way[step[start]], first=first, vertex=step[np.repeat(start, size) + inside])


def turned(pieces: Pieces, which: npt.NDArray[np.bool_]) -> Pieces:
    """Turn some pieces round.

    Parameters
    ----------
    pieces : Pieces
        All pieces.
    which : numpy.ndarray of bool, shape (P,)
        Those to turn.

    Returns
    -------
    Pieces
        The same pieces in the same order, some drawn from their other end.

    Examples
    --------
    >>> pieces = Pieces(np.array([0, 1]), np.array([0, 3, 5]), np.array([5, 6, 7, 8, 9]))
    >>> turned(pieces, np.array([True, False])).vertex.tolist()
    [7, 6, 5, 8, 9]
    """
    size = np.diff(pieces.first)
    inside = np.arange(len(pieces.vertex)) - np.repeat(pieces.first[:-1], size)
    mirrored = np.repeat(size, size) - 1 - inside
    place = np.repeat(pieces.first[:-1], size) + np.where(np.repeat(which, size), mirrored, inside)
    return Pieces(pieces.way, pieces.first, pieces.vertex[place])


def on_the_way(ways: OsmWays, nodes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Those of some nodes that lie on one road only, not where roads meet.

    Parameters
    ----------
    ways : OsmWays
        Ways that are to form one network.
    nodes : numpy.ndarray of int64
        Nodes, such as bollards.

    Returns
    -------
    numpy.ndarray of int64
        Nodes with at most two arms, in ascending order.
    """
    at_end = np.zeros(len(ways.node_id), dtype=bool)
    at_end[ways.first[:-1]] = True
    at_end[ways.first[1:] - 1] = True
    among = np.isin(ways.node_id, nodes)
    found, number = np.unique(ways.node_id[among], return_inverse=True)
    arms = np.bincount(number, weights=np.where(at_end[among], 1, 2), minlength=len(found))
    return found[arms <= 2]


def lost_nodes(ways: OsmWays) -> int:
    """Count the nodes that ways refer to but no file holds.

    Parameters
    ----------
    ways : OsmWays
        Ways as read.

    Returns
    -------
    int
        Number of different nodes.
    """
    return len(np.unique(ways.node_id[np.isnan(ways.lon)]))
