"""Sweeps over all sources of a prepared graph, spread over threads or any other executor.

Sources are cut into portions that depend on the graph alone, and the portions' results are added in
their order. The outcome is therefore the same, bit for bit, for any number of threads or workers.
"""

# a task is a plain tuple of arguments, so that any executor can take it
# ruff: noqa: FBT001, PLR0917

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.analysis.kernels.cells import Cells
from toolkit.analysis.kernels.distances import SUMS, sweep_distances
from toolkit.analysis.kernels.flows import sweep_flows
from toolkit.analysis.kernels.folding import fold_demand, tree_flows
from toolkit.analysis.kernels.hierarchy import Hierarchy, RangeError
from toolkit.analysis.kernels.nearby import nearby_share, search_nearby
from toolkit.errors import NetworkError

__all__ = [
    "EARTH_RADIUS_M",
    "Flows",
    "Progress",
    "betweenness_flows",
    "distance_sums",
    "running",
    "unit_vectors",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Progress = Callable[[int, int], None]

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the IUGG
BATCH = 512  # sources that look for lanes to share
LOCAL_BATCH = 32  # sources at once where they cannot share
MOST_PORTIONS = 64
FEWEST_BATCHES = 4
FEW = 0.01  # of the nodes: fewer within the radius are better found by bounded searches


@dataclass(frozen=True, eq=False)
class Flows:
    """Demand that shortest paths carry.

    Attributes
    ----------
    arc : float64 array
        On each arc of the graph.
    through : float64 array
        Through each node, without what starts or ends there.
    """

    arc: Floats
    through: Floats


def betweenness_flows(
    hierarchy: Hierarchy,
    origin: Floats,
    destination: Floats,
    *,
    limit: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Flows:
    """Assign origin x destination demand to all shortest paths.

    Parameters
    ----------
    hierarchy : Hierarchy
        The prepared graph.
    origin, destination : float64 array
        Demand of each node, not negative. Node s sends ``origin[s] * destination[t]`` to each t
        it reaches, split evenly over the shortest paths.
    limit : int, optional
        Largest distance of a pair, in the unit of the weights.
    executor : concurrent.futures.Executor, optional
        What runs the portions; one thread by default.
    progress : callable, optional
        Called with sources done and sources in all.

    Returns
    -------
    Flows
    """
    through = np.zeros(hierarchy.node_count)
    flow = np.zeros(len(hierarchy.tail))
    if limit is None:
        return _folded_flows(hierarchy, origin, destination, flow, through, executor, progress)
    if _is_local(hierarchy, limit):
        sources = np.flatnonzero(origin > 0).astype(np.int32)
        simple = np.zeros(len(hierarchy.simple_head))
        for _, result in _nearby(
            hierarchy,
            sources,
            origin,
            destination,
            limit,
            np.empty((3, 0)),
            True,
            executor,
            progress,
        ):
            simple += result[0]
            through += result[1]
        return Flows(hierarchy.on_arcs(simple), through)
    cells = hierarchy.cells
    demand = origin[cells.node], destination[cells.node]
    result = _summed(
        cells, demand, LOCAL_BATCH, hierarchy.far, min(limit, hierarchy.far), False, False,
        executor, progress,
    )  # fmt: skip
    flow[cells.down_arc], flow[cells.up_arc], through[cells.node] = result[:3]
    return _counted(hierarchy.unpack(flow, through), through)


def distance_sums(
    hierarchy: Hierarchy,
    destination: Floats,
    nodes: Ints,
    *,
    lon_lat: Floats | None = None,
    limit: int | None = None,
    inverting: bool = True,
    inward: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Floats:
    """Sum functions of the distances of some nodes to all others.

    Parameters
    ----------
    hierarchy : Hierarchy
        The prepared graph.
    destination : float64 array
        Weight of each node in the sums.
    nodes : int32 array
        Nodes to compute for.
    lon_lat : float64 array, shape (N, 2), optional
        Degrees; without them no straightness is summed.
    limit : int, optional
        Largest distance counted.
    inverting : bool
        Sum reciprocals of distances too.
    inward : bool
        Distances from the others rather than to them.
    executor, progress
        As for `betweenness_flows`.

    Returns
    -------
    float64 array, shape (5, N)
        Rows REACH, TIME, CLOSE, STRAIGHT, FURTHEST of `kernels.distances`; NaN where not computed.
    """
    sums = np.full((SUMS, hierarchy.node_count), np.nan)
    places = lon_lat if inverting else None
    if limit is not None and not inward and _is_local(hierarchy, limit):
        vectors = unit_vectors(places) if places is not None else np.empty((3, 0))
        for portion, result in _nearby(
            hierarchy, nodes, destination, destination, limit, vectors, False, executor, progress
        ):
            sums[:, portion] = result[2]
        return sums
    cells = hierarchy.reversed_cells if inward else hierarchy.cells
    position = np.empty(hierarchy.node_count, np.int32)
    position[cells.node] = np.arange(hierarchy.node_count, dtype=np.int32)
    sources = np.sort(position[nodes])
    vectors, series = np.empty((3, 0)), np.ones(1)
    if places is not None:
        vectors = unit_vectors(places[cells.node])
        series = _arc_series(vectors)
    far = hierarchy.far
    within = far if limit is None else min(limit, far)
    demand = destination[cells.node]
    portions = _portions(sources, BATCH)
    tasks = (
        (cells, portion, demand, BATCH, far, within, vectors, series, inverting)
        for portion in portions
    )
    for portion, result in zip(
        portions, _run(_distance_portion, tasks, executor, progress, len(sources)), strict=True
    ):
        sums[:, cells.node[portion]] = result
    return sums


@contextmanager
def running(threads: int) -> Iterator[Executor | None]:
    """An executor of so many threads; none for one."""
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as executor:
        yield executor


def _folded_flows(
    hierarchy: Hierarchy,
    origin: Floats,
    destination: Floats,
    flow: Floats,
    through: Floats,
    executor: Executor | None,
    progress: Progress | None,
) -> Flows:
    """Flows between all pairs: the core by sweeps, its trees in closed form."""
    order, parent = hierarchy.tree_order, hierarchy.tree_parent
    up, down = hierarchy.tree_up, hierarchy.tree_down
    all_origin, all_destination = fold_demand(order, parent, up, down, origin, destination)
    cells = hierarchy.core_cells
    counting = len(order) > 0 and not hierarchy.core_is_strong
    demand = all_origin[cells.node], all_destination[cells.node]
    result = _summed(
        cells, demand, BATCH, hierarchy.far, hierarchy.far, True, counting, executor, progress
    )
    flow[cells.down_arc], flow[cells.up_arc], through[cells.node] = result[:3]
    reaching, reachable = np.zeros(hierarchy.node_count), np.zeros(hierarchy.node_count)
    reaching[cells.node], reachable[cells.node] = result[3:]
    if not counting:
        reaching[hierarchy.core] = all_origin[hierarchy.core].sum()
        reachable[hierarchy.core] = all_destination[hierarchy.core].sum()
    arcs = hierarchy.unpack(flow, through)
    tree_arc = np.zeros(len(hierarchy.bundle_start) - 1)
    tree_flows(
        order, parent, up, down, all_origin, all_destination, destination, reachable, reaching,
        tree_arc, through,
    )  # fmt: skip
    return _counted(arcs + hierarchy.on_arcs(tree_arc), through)


def _counted(arc: Floats, through: Floats) -> Flows:
    """Flows, if the numbers of shortest paths behind them were within float64."""
    if not (np.isfinite(arc).all() and np.isfinite(through).all()):
        raise NetworkError(
            "a pair of nodes has more than 10^308 shortest paths",
            remedy="weigh edges by measured times or lengths rather than equal ones",
        )
    return Flows(arc, through)


def _summed(
    cells: Cells,
    demand: tuple[Floats, Floats],
    batch: int,
    far: int,
    limit: int,
    merging: bool,
    counting: bool,
    executor: Executor | None,
    progress: Progress | None,
) -> tuple[Floats, ...]:
    """Flows of all origins, added up in the order of the portions."""
    sources = np.flatnonzero(demand[0] > 0).astype(np.int32)
    count = len(cells.node)
    sizes = (len(cells.down_row), len(cells.up_head), count, count, count)
    sums = tuple(np.zeros(size) for size in sizes)
    tasks = (
        (cells, portion, *demand, batch, far, limit, merging, counting)
        for portion in _portions(sources, batch)
    )
    for result in _run(_flow_portion, tasks, executor, progress, len(sources)):
        for k, part in enumerate(result):
            sums[k][:] += part
    return sums


def _is_local(hierarchy: Hierarchy, limit: int) -> bool:
    """Whether a radius holds so few nodes that bounded searches beat sweeps."""
    if hierarchy.node_count == 0:
        return False
    rows = hierarchy.simple_start, hierarchy.simple_head, hierarchy.simple_weight
    return bool(nearby_share(*rows, limit, min(64, hierarchy.node_count)) < FEW)


def _nearby(
    hierarchy: Hierarchy,
    sources: Ints,
    origin: Floats,
    destination: Floats,
    limit: int,
    vectors: Floats,
    assigning: bool,
    executor: Executor | None,
    progress: Progress | None,
) -> Iterator[tuple[Ints, tuple[Floats, ...]]]:
    """Portions of the sources with their flows on simple arcs, through nodes, and distance sums."""
    portions = _portions(sources, BATCH)
    rows = hierarchy.simple_start, hierarchy.simple_head, hierarchy.simple_weight
    tasks = (
        (*rows, hierarchy.bundle_paths, portion, origin, destination, limit, vectors, assigning)
        for portion in portions
    )
    results = _run(_nearby_portion, tasks, executor, progress, len(sources))
    return zip(portions, results, strict=True)


def _nearby_portion(
    indptr: npt.NDArray[np.int64],
    indices: Ints,
    weight_ms: Ints,
    paths: Floats,
    sources: Ints,
    origin: Floats,
    destination: Floats,
    limit: int,
    vectors: Floats,
    assigning: bool,
) -> tuple[int, tuple[Floats, ...]]:
    """One portion of bounded searches."""
    arc_flow, through = np.zeros(len(indices)), np.zeros(len(indptr) - 1)
    sums = np.zeros((SUMS, len(sources)))
    search_nearby(
        indptr, indices, weight_ms, paths, sources, origin, destination, limit, vectors,
        EARTH_RADIUS_M, assigning, arc_flow, through, sums,
    )  # fmt: skip
    return len(sources), (arc_flow, through, sums)


def _portions(sources: Ints, batch: int) -> list[Ints]:
    """Cut sources into runs of whole batches: enough for many threads, long enough to pay."""
    batches = -(-len(sources) // batch)
    size = batch * max(FEWEST_BATCHES, -(-batches // MOST_PORTIONS))
    return [sources[first : first + size] for first in range(0, len(sources), size)]


def _run(
    function: Callable[..., Any],
    tasks: Iterable[tuple[Any, ...]],
    executor: Executor | None,
    progress: Progress | None,
    sources: int,
) -> Iterator[Any]:
    """Results in the order of the tasks, whatever computes them."""
    done = 0
    if executor is None:
        results: Iterable[Any] = (function(*task) for task in tasks)
    else:
        futures = [executor.submit(function, *task) for task in tasks]
        futures.reverse()
        results = (futures.pop().result() for _ in range(len(futures)))
    for served, result in results:
        done += served
        if progress is not None:
            progress(done, sources)
        yield result


def _flow_portion(
    cells: Cells,
    sources: Ints,
    origin: Floats,
    destination: Floats,
    batch: int,
    far: int,
    limit: int,
    merging: bool,
    counting: bool,
) -> tuple[int, tuple[Floats, ...]]:
    """One portion of the flows; on arcs of the cells, in positions."""
    down_flow, up_flow = np.zeros(len(cells.down_row)), np.zeros(len(cells.up_head))
    count = len(cells.node)
    through, reaching, reachable = np.zeros(count), np.zeros(count), np.zeros(count)
    trouble = sweep_flows(
        cells, sources, origin, destination, batch, far, limit, merging, counting,
        down_flow, up_flow, through, reaching, reachable,
    )  # fmt: skip
    _check_range(trouble)
    return len(sources), (down_flow, up_flow, through, reaching, reachable)


def _distance_portion(
    cells: Cells,
    sources: Ints,
    destination: Floats,
    batch: int,
    far: int,
    limit: int,
    vectors: Floats,
    series: Floats,
    inverting: bool,
) -> tuple[int, Floats]:
    """One portion of the distance sums."""
    sums = np.zeros((SUMS, len(sources)))
    trouble = sweep_distances(
        cells, sources, destination, batch, far, limit, vectors, series, inverting, sums
    )
    _check_range(trouble)
    return len(sources), sums


def _check_range(trouble: int) -> None:
    """Refuse distances that 32 bits do not hold."""
    if trouble:
        raise RangeError


def unit_vectors(lon_lat: Floats) -> Floats:
    """Places on the unit sphere."""
    lon, lat = np.radians(lon_lat.T)
    vectors: Floats = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return vectors


def _arc_series(vectors: Floats) -> Floats:
    """Coefficients of arc length over chord in powers of chord^2, as far as the network needs.

    2 asin(c / 2) = c (1 + c^2 / 24 + 3 c^4 / 640 + ...); chords here are at most the diagonal of
    the bounding box.
    """
    square = float(np.sum(np.ptp(vectors, axis=1) ** 2)) if vectors.size else 0.0
    square = min(square, 4.0)
    if square > 3.0:
        raise NetworkError(
            "the network spans more than a third of the Earth",
            remedy="ask for straightness of a part of it",
        )
    coefficients = [1.0]
    while coefficients[-1] * square ** (len(coefficients) - 1) > 1e-13:
        k = len(coefficients) - 1
        coefficients.append(coefficients[-1] * (2 * k + 1) ** 2 / (8 * (k + 1) * (2 * k + 3)))
    return EARTH_RADIUS_M * np.array(coefficients)
