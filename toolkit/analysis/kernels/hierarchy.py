"""Preparation of a graph for exact centrality: once per graph, for every measure.

Loops go, parallel arcs are gathered, trees are folded and the core is contracted, with every
shortest path kept. What comes back from the sweeps on arcs of the hierarchy is unpacked to arcs of
the graph.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.analysis.kernels.cells import CELL_SIZES, Cells, build_cells
from toolkit.analysis.kernels.compiling import kernel
from toolkit.analysis.kernels.contraction import contract
from toolkit.analysis.kernels.dissection import separator_tiers
from toolkit.analysis.kernels.folding import fold_trees
from toolkit.errors import NetworkError

__all__ = ["Hierarchy", "Parallel", "RangeError", "build_hierarchy"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Parallel = Literal["separate", "merge"]

LONGEST = 2**31 - 1
SMALLEST_REGION = 100  # junctions


class RangeError(NetworkError):
    """Distances of a network that 32 bits do not hold."""

    def __init__(self) -> None:
        super().__init__(
            "distances in the network are longer than 32-bit weights can tell",
            remedy="use a coarser unit: 2^31 ms are 596 hours, 2^31 mm are 2,147 km",
        )


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A graph prepared for sweeps.

    Nodes keep their numbers. *Simple arcs* are the shortest of each bundle of parallel arcs;
    arcs of the hierarchy are the simple arcs first, then shortcuts.

    Attributes
    ----------
    node_count, arc_count : int
        Nodes and arcs of the graph, loops and parallel arcs included.
    rank : int32 array
        Order of contraction; nodes of trees come first.
    tree_order, tree_parent, tree_up, tree_down : int32 array
        Folded trees, as `fold_trees` returns them.
    tail, head, weight_ms, paths : arrays
        Arcs of the hierarchy; `paths` is the number of shortest paths each stands for.
    first_part, next_part, part_in, part_out : int32 array
        What each arc is made of, as `contract` returns it, simple arcs by their number.
    bundle_start, bundle_arc : int32 array
        Arcs of the graph behind each simple arc.
    bundle_paths : float64 array
        How many paths a simple arc counts for.
    simple_start, simple_head, simple_weight : arrays
        The simple arcs in compressed rows.
    per_unit : int
        Weights in a unit of what they measure: 1000 for milliseconds in seconds.
    """

    node_count: int
    arc_count: int
    rank: Ints
    tree_order: Ints
    tree_parent: Ints
    tree_up: Ints
    tree_down: Ints
    tail: Ints
    head: Ints
    weight_ms: Ints
    paths: Floats
    first_part: Ints
    next_part: Ints
    part_in: Ints
    part_out: Ints
    bundle_start: Ints
    bundle_arc: Ints
    bundle_paths: Floats
    simple_start: Longs
    simple_head: Ints
    simple_weight: Ints
    per_unit: int = 1000

    @cached_property
    def far(self) -> int:
        """Time in ms that stands for unreachable: no arc takes a larger one past 2^31 - 1."""
        return LONGEST - int(self.weight_ms.max(initial=1))

    @cached_property
    def core(self) -> Ints:
        """Nodes outside of trees."""
        return np.flatnonzero(self.tree_parent < 0).astype(np.int32)

    @cached_property
    def core_is_strong(self) -> bool:
        """Whether every node of the core reaches every other."""
        ones = np.ones(len(self.tail), np.int8)
        shape = (self.node_count, self.node_count)
        _, part = connected_components(
            coo_matrix((ones, (self.tail, self.head)), shape), connection="strong"
        )
        return len(np.unique(part[self.core])) <= 1

    @cached_property
    def core_cells(self) -> Cells:
        """Cells of the core; node k of them is node ``core[k]`` of the graph."""
        number = np.full(self.node_count, -1, np.int32)
        number[self.core] = np.arange(len(self.core), dtype=np.int32)
        tail, head = number[self.tail], number[self.head]
        arcs = np.flatnonzero((tail >= 0) & (head >= 0)).astype(np.int32)
        cells = build_cells(
            self.rank[self.core] - np.int32(len(self.tree_order)),
            tail[arcs],
            head[arcs],
            self.weight_ms[arcs],
            self.paths[arcs],
            sizes=CELL_SIZES,
        )
        return cells._replace(
            node=self.core[cells.node],
            down_arc=arcs[cells.down_arc],
            up_arc=arcs[cells.up_arc],
        )

    @cached_property
    def cells(self) -> Cells:
        """Cells of all nodes, for sweeps away from the sources."""
        return build_cells(
            self.rank, self.tail, self.head, self.weight_ms, self.paths, sizes=CELL_SIZES
        )

    @cached_property
    def reversed_cells(self) -> Cells:
        """Cells of all nodes with every arc turned, for sweeps towards the sources."""
        return build_cells(
            self.rank, self.head, self.tail, self.weight_ms, self.paths, sizes=CELL_SIZES
        )

    def unpack(self, flow: Floats, through: Floats) -> Floats:
        """Flows on arcs of the graph from flows on arcs of the hierarchy.

        Parameters
        ----------
        flow : float64 array
            By arc of the hierarchy.
        through : float64 array
            By node; the flow of a shortcut is added at the nodes it skips.

        Returns
        -------
        float64 array
            By arc of the graph: parallel shortest arcs share what runs through them, loops and
            longer parallel arcs have none.
        """
        flow = flow.copy()
        simple = np.zeros(len(self.bundle_start) - 1)
        lower = np.minimum(self.rank[self.tail], self.rank[self.head])
        _unpack(
            np.argsort(-lower, kind="stable"),
            self.head,
            self.paths,
            self.first_part,
            self.next_part,
            self.part_in,
            self.part_out,
            self.bundle_paths,
            flow,
            through,
            simple,
        )
        return self.on_arcs(simple)

    def on_arcs(self, simple: Floats) -> Floats:
        """Share flows on simple arcs among the parallel arcs behind them."""
        size = np.diff(self.bundle_start)
        result = np.zeros(self.arc_count)
        result[self.bundle_arc] = np.repeat(simple / size, size)
        return result

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All there is of it, as arrays by name."""
        return {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "Hierarchy":
        """Take over what `arrays` gave."""
        numbers = {name: int(values) for name, values in arrays.items() if values.ndim == 0}
        return cls(**{**arrays, **numbers})  # type: ignore[arg-type]  # by name


def build_hierarchy(
    indptr: npt.ArrayLike,
    indices: npt.ArrayLike,
    weight_ms: npt.ArrayLike,
    *,
    parallel: Parallel = "separate",
    per_unit: int = 1000,
) -> Hierarchy:
    """Prepare a directed graph in compressed sparse row form.

    Parameters
    ----------
    indptr, indices : array of int
        The heads of the arcs of node v are ``indices[indptr[v]:indptr[v + 1]]``. Loops are
        ignored; the graph need not be connected.
    weight_ms : array of int
        Weights, 1 to 2^30. Zero is refused: with arcs that take no time, the order of nodes along a
        shortest path, and with it the number of paths, is not defined.
    parallel : {'separate', 'merge'}
        Whether parallel arcs of equal weight are so many paths (as for igraph and NetworKit) or
        one, shared (as for networkx).
    per_unit : int
        Weights in a unit of what they measure, kept for the user of the result.

    Returns
    -------
    Hierarchy

    Raises
    ------
    NetworkError
        Where the arrays do not fit together or a weight is out of range.

    Notes
    -----
    About linear in the number of nodes for road networks: 0.4 s for 60,000 nodes.

    Examples
    --------
    A street of three nodes, two-way:

    >>> hierarchy = build_hierarchy([0, 1, 3, 4], [1, 0, 2, 1], [60_000] * 4)
    >>> hierarchy.tree_order.tolist()
    [0, 1]
    """
    starts = np.asarray(indptr, np.int64)
    ends = np.asarray(indices, np.int64)
    weights = np.asarray(weight_ms)
    _check(starts, ends, weights)
    node_count = len(starts) - 1
    tail, head, weight, bundle_start, bundle_arc = _simple_arcs(starts, ends, weights)
    size = np.diff(bundle_start).astype(np.float64)
    paths = size if parallel == "separate" else np.ones(len(size))

    order, parent, up, down = fold_trees(node_count, tail, head)
    core = np.flatnonzero(parent < 0).astype(np.int32)
    number = np.full(node_count, -1, np.int32)
    number[core] = np.arange(len(core), dtype=np.int32)
    kept = np.flatnonzero((parent[tail] < 0) & (parent[head] < 0)).astype(np.int32)
    folded = np.setdiff1d(np.arange(len(tail), dtype=np.int32), kept, assume_unique=True)
    try:
        contracted = contract(
            len(core),
            number[tail[kept]],
            number[head[kept]],
            weight[kept],
            paths[kept],
            separator_tiers(len(core), number[tail[kept]], number[head[kept]], SMALLEST_REGION),
        )
    except OverflowError as error:
        raise RangeError from error
    core_rank, tails, heads, times, counts, first, following, part_in, part_out = contracted

    rank = np.empty(node_count, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    rank[core] = len(order) + core_rank
    # arcs of the core are numbered as simple arcs again, those of trees put in, shortcuts behind
    simple, extra = len(tail), len(folded)
    label = np.concatenate([kept, np.arange(simple, len(tails) + extra)]).astype(np.int32)
    place = np.argsort(np.concatenate([label, folded]), kind="stable")
    parts = len(following)

    def placed(core_values: Any, tree_values: Any) -> Any:
        return np.concatenate([core_values, tree_values])[place]

    original = part_out < 0
    return Hierarchy(
        node_count=node_count,
        arc_count=len(ends),
        rank=rank,
        tree_order=order,
        tree_parent=parent,
        tree_up=up,
        tree_down=down,
        tail=placed(core[tails], tail[folded]),
        head=placed(core[heads], head[folded]),
        weight_ms=placed(times, weight[folded]),
        paths=placed(counts, paths[folded]),
        first_part=placed(first, np.arange(parts, parts + extra, dtype=np.int32)),
        next_part=np.concatenate([following, np.full(extra, -1, np.int32)]),
        part_in=np.concatenate([label[part_in], folded]),
        part_out=np.concatenate(
            [np.where(original, -1, label[part_out]), np.full(extra, -1)]
        ).astype(np.int32),
        bundle_start=bundle_start,
        bundle_arc=bundle_arc,
        bundle_paths=paths,
        simple_start=np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=node_count))]),
        simple_head=head,
        simple_weight=weight,
        per_unit=per_unit,
    )


def _check(indptr: Longs, indices: Longs, weight_ms: npt.NDArray[Any]) -> None:
    """Refuse arrays that are not a graph with positive integer weights."""
    if indptr.ndim != 1 or len(indptr) < 1 or indptr[0] != 0 or np.any(np.diff(indptr) < 0):
        raise NetworkError("indptr of the graph does not start at 0 and ascend")
    if indptr[-1] != len(indices) or len(indices) != len(weight_ms):
        raise NetworkError(
            f"graph arrays of different lengths: indptr ends at {indptr[-1]}, "
            f"{len(indices)} indices, {len(weight_ms)} weights"
        )
    if len(indices) == 0:
        return
    if indices.min() < 0 or indices.max() >= len(indptr) - 1:
        raise NetworkError(f"graph has {len(indptr) - 1} nodes but an arc to {indices.max()}")
    if weight_ms.dtype.kind not in "iu":
        raise NetworkError(
            f"weights are {weight_ms.dtype}, not integers",
            remedy="give whole milliseconds (or millimetres), so that ties are exact",
        )
    if weight_ms.min() < 1:
        arc = int(np.argmin(weight_ms))
        raise NetworkError(
            f"arc {arc} has the weight {weight_ms[arc]}",
            remedy="weights are at least 1; give arcs that take no time 1 ms",
        )
    if weight_ms.max() > 2**30:
        raise RangeError


def _simple_arcs(indptr: Longs, indices: Longs, weight_ms: npt.NDArray[Any]) -> Any:
    """Shortest arcs for each ordered pair of nodes, and the arcs of the graph behind them."""
    tails = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    arcs = np.flatnonzero(tails != indices)
    arcs = arcs[np.lexsort((weight_ms[arcs], indices[arcs], tails[arcs]))]
    tail, head, weight = tails[arcs], indices[arcs], weight_ms[arcs]
    new = np.ones(len(arcs), bool)
    new[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    bundle = np.cumsum(new) - 1
    shortest = weight == weight[new][bundle] if len(arcs) else np.zeros(0, bool)
    start = np.zeros(int(new.sum()) + 1, np.int32)
    np.cumsum(np.bincount(bundle[shortest], minlength=len(start) - 1), out=start[1:])
    return (
        tail[new].astype(np.int32),
        head[new].astype(np.int32),
        weight[new].astype(np.int32),
        start,
        arcs[shortest].astype(np.int32),
    )


@kernel
def _unpack(
    order: Any,
    head: Any,
    paths: Any,
    first_part: Any,
    next_part: Any,
    part_in: Any,
    part_out: Any,
    bundle_paths: Any,
    flow: Any,
    through: Any,
    simple: Any,
) -> None:
    """Split flows of arcs among their parts, highest arcs first."""
    for arc in order:
        if flow[arc] == 0.0:
            continue
        part = first_part[arc]
        while part >= 0:
            before, after = part_in[part], part_out[part]
            if after < 0:
                simple[before] += flow[arc] * (bundle_paths[before] / paths[arc])
            else:
                some = flow[arc] * (paths[before] * paths[after] / paths[arc])
                flow[before] += some
                flow[after] += some
                through[head[before]] += some
            part = next_part[part]
