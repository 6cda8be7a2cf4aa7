"""Compressed sparse rows of a network: integer arrays for the compiled kernels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import NetworkError
from toolkit.networks.schema import check_positive, listed, numeric_columns

__all__ = ["CompressedGraph", "compressed_rows"]

THOUSANDTHS = 1000
INT32_MAX = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class CompressedGraph:
    """Compressed sparse rows of a network: what the kernels read.

    Attributes
    ----------
    indptr : numpy.ndarray of int64, shape (N + 1,)
        The arcs that leave node `i` are `indptr[i]:indptr[i + 1]`.
    indices : numpy.ndarray of int32, shape (M,)
        Head of each arc. Parallel arcs and self-loops are kept.
    weight_ms : numpy.ndarray of int32, shape (M,)
        Weight of each arc in milliseconds (thousandths of the unit for other weights), at least 1.
    edge_position : numpy.ndarray of int64, shape (M,)
        Row of the arc in the network's `edges`.
    node_ids : numpy.ndarray of int64, shape (N,)
        Node id of each row, in the order of the network's `nodes`.
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    weight_ms: npt.NDArray[np.int32]
    edge_position: npt.NDArray[np.int64]
    node_ids: npt.NDArray[np.int64]

    @cached_property
    def tails(self) -> npt.NDArray[np.int32]:
        """Tail of each arc, shape (M,)."""
        count = len(self.node_ids)
        return np.repeat(np.arange(count, dtype=np.int32), np.diff(self.indptr))

    @cached_property
    def reversed(self) -> "CompressedGraph":
        """The same arcs turned round: times to a node instead of from it."""
        order = np.argsort(self.indices, kind="stable")
        indptr = np.zeros_like(self.indptr)
        np.cumsum(np.bincount(self.indices, minlength=len(self.node_ids)), out=indptr[1:])
        return CompressedGraph(
            indptr, self.tails[order], self.weight_ms[order], self.edge_position[order],
            self.node_ids,
        )  # fmt: skip

    def only(self, arcs: npt.NDArray[np.bool_]) -> "CompressedGraph":
        """The same nodes with some of the arcs, marked in a mask of shape (M,)."""
        indptr = np.zeros_like(self.indptr)
        np.cumsum(np.bincount(self.tails[arcs], minlength=len(self.node_ids)), out=indptr[1:])
        return CompressedGraph(
            indptr, self.indices[arcs], self.weight_ms[arcs], self.edge_position[arcs],
            self.node_ids,
        )  # fmt: skip

    def positions(self, node_ids: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Rows of nodes by their ids; an unknown id raises `NetworkError`."""
        wanted = pd.Index(np.atleast_1d(np.asarray(node_ids, dtype=np.int64)))
        found = pd.Index(self.node_ids).get_indexer(wanted)
        if (found < 0).any():
            raise NetworkError(
                f"no such node: {listed(wanted[found < 0])}",
                remedy="take ids from the network's `nodes` index",
            )
        return found.astype(np.int32)


def compressed_rows(
    nodes: pd.Index,
    edges: pd.DataFrame,
    weight: str,
    tails: npt.NDArray[np.intp],
    heads: npt.NDArray[np.intp],
) -> CompressedGraph:
    """Sort arcs by tail and round their weights to integers.

    Parameters
    ----------
    nodes : pandas.Index
        Node ids.
    edges : pandas.DataFrame
        Edges with the column `weight`.
    weight : str
        Column to weigh by; weights are in thousandths of its unit.
    tails, heads : numpy.ndarray of int, shape (M,)
        Rows in `nodes` of the ends of each edge.

    Returns
    -------
    CompressedGraph
        Arcs of one tail in the order of `edges`.

    Raises
    ------
    NetworkError
        If there is no such column, or a value is not positive or too large for 32 bits.

    Examples
    --------
    >>> edges = pd.DataFrame({"time_s": [2.0, 1.5]}, index=[(8, 7, 0), (7, 8, 0)])
    >>> rows = compressed_rows(
    ...     pd.Index([7, 8]), edges, "time_s", np.array([1, 0]), np.array([0, 1])
    ... )
    >>> rows.weight_ms.tolist(), rows.edge_position.tolist()
    ([1500, 2000], [1, 0])
    """
    if weight not in edges.columns:
        raise NetworkError(
            f"edges have no column '{weight}'",
            remedy=f"weigh by one of {', '.join(numeric_columns(edges))}",
        )
    check_positive(edges, weight)
    thousandths = np.rint(edges[weight].to_numpy(np.float64) * THOUSANDTHS)
    too_large = thousandths > INT32_MAX
    if too_large.any():
        raise NetworkError(
            f"{weight} of {listed(edges.index[too_large])} is above {INT32_MAX / THOUSANDTHS:.0f}",
            remedy="split the edges or check their unit",
        )
    order = np.argsort(tails, kind="stable")
    indptr = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=len(nodes)), out=indptr[1:])
    return CompressedGraph(
        indptr=indptr,
        indices=heads[order].astype(np.int32),
        weight_ms=np.maximum(thousandths[order], 1).astype(np.int32),
        edge_position=order.astype(np.int64),
        node_ids=nodes.to_numpy(np.int64),
    )
