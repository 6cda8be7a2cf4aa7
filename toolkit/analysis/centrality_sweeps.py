"""Sweeps over all sources of a prepared graph: flows of betweenness, sums of distances."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toolkit.analysis.centrality_work import Arrays, Progress, Work, portions_of, work_off
from toolkit.analysis.kernels.cells import Cells
from toolkit.analysis.kernels.compiling_sweeps import wait_for_sweeps
from toolkit.analysis.kernels.distance_terms import SUMS
from toolkit.analysis.kernels.distances import sweep_distances
from toolkit.analysis.kernels.falling import NO_DECAY, Falling
from toolkit.analysis.kernels.flows import sweep_flows
from toolkit.analysis.kernels.folding import fold_demand, tree_flows
from toolkit.analysis.kernels.hierarchy import Hierarchy, RangeError
from toolkit.analysis.kernels.nearby import nearby_share, search_nearby
from toolkit.errors import NetworkError

__all__ = [
    "EARTH_RADIUS_M",
    "Flows",
    "Progress",
    "Work",
    "betweenness_flows",
    "distance_sums",
    "unit_vectors",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the IUGG
BATCH = 512  # sources that look for lanes to share
LOCAL_BATCH = 32  # sources at once where they cannot share
FEW = 0.01  # of the nodes: fewer within the radius are better found by bounded searches
NOWHERE = np.empty((3, 0))  # instead of places, where no straightness is asked for


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
    falling: Falling = NO_DECAY,
    work: Work = Work(),  # noqa: B008 - frozen
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
    falling : Falling
        Weight of a pair by its distance; 1 by default.
    work : Work
        Where and how; all processors by default.

    Returns
    -------
    Flows
    """
    if limit is None and falling is NO_DECAY:
        return _folded_flows(hierarchy, origin, destination, work)
    through = np.zeros(hierarchy.node_count)
    if limit is not None and _is_local(hierarchy, limit):
        sources = np.flatnonzero(origin > 0).astype(np.int32)
        sweep = _Nearby.over(
            hierarchy, origin, destination, limit, falling, NOWHERE, assigning=True
        )
        simple = np.zeros(len(hierarchy.simple_head))
        work_off(sweep, portions_of(sources, BATCH), (simple, through), _add, work)
        return Flows(hierarchy.on_arcs(simple), through)
    cells = hierarchy.cells
    found = _FlowSweep(
        cells, origin[cells.node], destination[cells.node], LOCAL_BATCH, hierarchy.far,
        hierarchy.far if limit is None else min(limit, hierarchy.far), falling, merging=False,
        counting=False,
    ).total(work)  # fmt: skip
    flow = np.zeros(len(hierarchy.tail))
    flow[cells.down_arc], flow[cells.up_arc], through[cells.node] = found[:3]
    return _counted(hierarchy.unpack(flow, through), through)


def distance_sums(
    hierarchy: Hierarchy,
    destination: Floats,
    nodes: Ints,
    *,
    lon_lat: Floats | None = None,
    limit: int | None = None,
    falling: Falling = NO_DECAY,
    inverting: bool = True,
    inward: bool = False,
    work: Work = Work(),  # noqa: B008 - frozen
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
    falling : Falling, optional
        What `GRAVITY` weighs distances by.
    inverting : bool
        Sum reciprocals of distances too.
    inward : bool
        Distances from the others rather than to them.
    work : Work
        Where and how; all processors by default.

    Returns
    -------
    float64 array, shape (6, N)
        The rows of `kernels.distance_terms`; NaN where not computed.
    """
    sums = np.full((SUMS, hierarchy.node_count), np.nan)
    places = NOWHERE if lon_lat is None or not inverting else unit_vectors(lon_lat)

    if limit is not None and not inward and _is_local(hierarchy, limit):
        search = _Nearby.over(
            hierarchy, destination, destination, limit, falling, places, assigning=False
        )

        def put(into: Arrays, portion: Ints, result: Arrays) -> None:
            into[0][:, portion] = result[0]

        work_off(search, portions_of(nodes, BATCH), (sums,), put, work)
        return sums

    cells = hierarchy.reversed_cells if inward else hierarchy.cells
    position = np.empty(hierarchy.node_count, np.int32)
    position[cells.node] = np.arange(hierarchy.node_count, dtype=np.int32)
    spatial = places.shape[1] > 0
    sweep = _DistanceSweep(
        cells=cells,
        destination=destination[cells.node],
        far=hierarchy.far,
        limit=hierarchy.far if limit is None else min(limit, hierarchy.far),
        falling=falling,
        vectors=np.ascontiguousarray(places[:, cells.node]) if spatial else places,
        series=_arc_series(places),
        inverting=inverting,
    )

    def place(into: Arrays, portion: Ints, result: Arrays) -> None:
        into[0][:, cells.node[portion]] = result[0]

    work_off(sweep, portions_of(np.sort(position[nodes]), BATCH), (sums,), place, work)
    return sums


def unit_vectors(lon_lat: Floats) -> Floats:
    """Places on the unit sphere."""
    lon, lat = np.radians(lon_lat.T)
    vectors: Floats = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return vectors


def _folded_flows(hierarchy: Hierarchy, origin: Floats, destination: Floats, work: Work) -> Flows:
    """Flows between all pairs: the core by sweeps, its trees in closed form."""
    order, parent = hierarchy.tree_order, hierarchy.tree_parent
    up, down = hierarchy.tree_up, hierarchy.tree_down
    all_origin, all_destination = fold_demand(order, parent, up, down, origin, destination)
    cells = hierarchy.core_cells
    counting = len(order) > 0 and not hierarchy.core_is_strong
    found = _FlowSweep(
        cells, all_origin[cells.node], all_destination[cells.node], BATCH, hierarchy.far,
        hierarchy.far, NO_DECAY, merging=True, counting=counting,
    ).total(work)  # fmt: skip
    flow, through = np.zeros(len(hierarchy.tail)), np.zeros(hierarchy.node_count)
    flow[cells.down_arc], flow[cells.up_arc], through[cells.node] = found[:3]
    reaching, reachable = np.zeros(hierarchy.node_count), np.zeros(hierarchy.node_count)
    reaching[cells.node], reachable[cells.node] = found[3:]
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


def _is_local(hierarchy: Hierarchy, limit: int) -> bool:
    """Whether a radius holds so few nodes that bounded searches beat sweeps."""
    if hierarchy.node_count == 0:
        return False
    rows = hierarchy.simple_start, hierarchy.simple_head, hierarchy.simple_weight
    return bool(nearby_share(*rows, limit, min(64, hierarchy.node_count)) < FEW)


def _add(sums: Arrays, _portion: Ints, result: Arrays) -> None:
    """Add the result of a portion to the sums."""
    for total, part in zip(sums, result, strict=True):
        total[:] += part


@dataclass(frozen=True, eq=False)
class _FlowSweep:
    """Flows from a portion of the sources, on arcs of the cells and in positions."""

    cells: Cells
    origin: Floats
    destination: Floats
    batch: int
    far: int
    limit: int
    falling: Falling
    merging: bool
    counting: bool

    def __call__(self, sources: Ints) -> Arrays:
        wait_for_sweeps()
        sums = self._nothing()
        trouble = sweep_flows(
            self.cells, sources, self.origin, self.destination, self.batch, self.far, self.limit,
            self.falling.table, self.falling.shift, self.merging, self.counting, *sums,
        )  # fmt: skip
        _check_range(trouble)
        return sums

    def total(self, work: Work) -> Arrays:
        """Flows from all sources: down, up, through, reaching and reachable."""
        sources = np.flatnonzero(self.origin > 0).astype(np.int32)
        sums = self._nothing()
        work_off(self, portions_of(sources, self.batch), sums, _add, work)
        return sums

    def _nothing(self) -> Arrays:
        """Sums over no source."""
        count = len(self.cells.node)
        sizes = (len(self.cells.down_row), len(self.cells.up_head), count, count, count)
        return tuple(np.zeros(size) for size in sizes)


@dataclass(frozen=True, eq=False)
class _DistanceSweep:
    """Distance sums of a portion of the sources."""

    cells: Cells
    destination: Floats
    far: int
    limit: int
    falling: Falling
    vectors: Floats
    series: Floats
    inverting: bool

    def __call__(self, sources: Ints) -> Arrays:
        wait_for_sweeps()
        sums = np.zeros((SUMS, len(sources)))
        trouble = sweep_distances(
            self.cells, sources, self.destination, BATCH, self.far, self.limit,
            self.falling.table, self.falling.shift, self.vectors, self.series, self.inverting, sums,
        )  # fmt: skip
        _check_range(trouble)
        return (sums,)


@dataclass(frozen=True, eq=False)
class _Nearby:
    """Bounded searches from a portion of the sources: flows, or distance sums."""

    indptr: npt.NDArray[np.int64]
    indices: Ints
    weight_ms: Ints
    paths: Floats
    origin: Floats
    destination: Floats
    limit: int
    falling: Falling
    vectors: Floats
    assigning: bool

    @classmethod
    def over(  # noqa: PLR0917
        cls,
        hierarchy: Hierarchy,
        origin: Floats,
        destination: Floats,
        limit: int,
        falling: Falling,
        vectors: Floats,
        *,
        assigning: bool,
    ) -> "_Nearby":
        """Searches in the simple arcs of a prepared graph."""
        return cls(
            hierarchy.simple_start, hierarchy.simple_head, hierarchy.simple_weight,
            hierarchy.bundle_paths, origin, destination, limit, falling, vectors, assigning,
        )  # fmt: skip

    def __call__(self, sources: Ints) -> Arrays:
        arc_flow, through = np.zeros(len(self.indices)), np.zeros(len(self.indptr) - 1)
        sums = np.zeros((SUMS, len(sources)))
        search_nearby(
            self.indptr, self.indices, self.weight_ms, self.paths, sources, self.origin,
            self.destination, self.limit, self.falling.table, self.falling.shift, self.vectors,
            EARTH_RADIUS_M, self.assigning, arc_flow, through, sums,
        )  # fmt: skip
        return (arc_flow, through) if self.assigning else (sums,)


def _check_range(trouble: int) -> None:
    """Refuse distances that 32 bits do not hold."""
    if trouble:
        raise RangeError


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
