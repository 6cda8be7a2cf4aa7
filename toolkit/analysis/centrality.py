"""Exact centrality of every node and edge of a road or rail network (Porta, Crucitti, Latora 2006).

Betweenness, closeness, harmonic closeness, straightness and their kin, with all shortest paths
counted, from sweeps over a contraction hierarchy: a city of 60,000 junctions takes seconds.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.centrality_sweeps import (
    Progress,
    betweenness_flows,
    distance_sums,
    running,
)
from toolkit.analysis.kernels.distances import CLOSE, FURTHEST, REACH, STRAIGHT, TIME
from toolkit.analysis.kernels.hierarchy import (
    Hierarchy,
    Parallel,
    RangeError,
    build_hierarchy,
)
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.spatial_network import CompressedGraph, SpatialNetwork

__all__ = ["MEASURES", "Centrality", "Measure", "Normalisation", "centrality", "prepare"]

Measure = Literal[
    "betweenness",
    "closeness",
    "harmonic",
    "straightness",
    "farness",
    "mean_distance",
    "eccentricity",
    "reach",
]
Normalisation = Literal["porta", "networkx"]
Demand = Mapping[int, float] | Sequence[int] | npt.NDArray[np.int64] | pd.Series
Floats = npt.NDArray[np.float64]

MEASURES: tuple[Measure, ...] = get_args(Measure)
RESOLUTIONS = (1000, 100, 10, 1)  # steps in a unit of weight; the first is that of the graph


@dataclass(frozen=True, eq=False)
class Centrality:
    """Centrality of a network.

    Attributes
    ----------
    nodes : pandas.DataFrame
        One row a node, indexed by `node`; one column a measure. Distance measures of nodes that are
        not origins are NaN.
    edges : pandas.DataFrame
        One row an edge, indexed as the network's `edges`; column `betweenness` if asked for.
    metadata : dict
        What was computed: weight, radius, normalisation, direction, sizes, resolution, and for a
        sample its size and error bound. With harmonic closeness also the global efficiency, the
        mean of q / d over all pairs (Latora, Marchiori 2001).
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    metadata: dict[str, Any]


def centrality(
    network: SpatialNetwork,
    measures: Sequence[Measure] = ("betweenness", "closeness", "harmonic", "straightness"),
    *,
    weight: str = "time_s",
    radius: float | None = None,
    normalisation: Normalisation | None = "porta",
    direction: Literal["out", "in"] | None = None,
    origins: Demand | None = None,
    destinations: Demand | None = None,
    parallel: Parallel | None = None,
    sample: int | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    hierarchy: Hierarchy | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Centrality:
    r"""Centrality of all nodes and edges.

    With :math:`d_{ij}` the length of the shortest path from i to j, :math:`e_{ij}` the length of
    the great circle, :math:`q_j` the weight of j as a destination (1 by default), and sums over
    the :math:`j \ne i` that i reaches (within the radius):

    ================= =================================================================
    ``betweenness``   :math:`\sum_{jk} o_j q_k\, n_{jk}(i) / n_{jk}`, over ordered pairs,
                      with equal shortest paths counted; of nodes and of edges
    ``closeness``     :math:`\frac{R_i}{\sum_j q_j d_{ij}} \cdot \frac{R_i}{Q_i}`, the second factor
                      that of Wasserman and Faust for networks in several parts
    ``harmonic``      :math:`\sum_j q_j / d_{ij}`
    ``straightness``  :math:`\sum_j q_j e_{ij} / d_{ij}`; by time, a beeline speed in m/s
    ``farness``       :math:`\sum_j q_j d_{ij}`
    ``mean_distance`` :math:`\sum_j q_j d_{ij} / R_i`
    ``eccentricity``  :math:`\max_j d_{ij}`
    ``reach``         :math:`R_i = \sum_j q_j`
    ================= =================================================================

    :math:`Q_i` is the weight of all other nodes, N - 1 by default.

    Parameters
    ----------
    network : SpatialNetwork
        Directed edges. Loops are on no shortest path; the network may be in parts.
    measures : sequence of str
        Which; distance measures asked for together cost little more than one.
    weight : str
        Column of the edges to measure paths by: ``'time_s'`` or ``'length_m'``. Weights are
        whole thousandths, at least one, so that ties are exact; in networks too wide for that
        (596 hours, 2,147 km) whole hundredths and so on, as `resolution` in the metadata says.
    radius : float, optional
        Count pairs up to this distance only, in the unit of `weight`.
    normalisation : {'porta', 'networkx'} or None
        - ``'porta'``: betweenness over (N-1)(N-2) pairs; harmonic and straightness as means over
          all other nodes, or with a radius over those within it.
        - ``'networkx'``: the numbers of networkx: betweenness over (N-1)(N-2) pairs for nodes and
          N(N-1) for edges, harmonic as a sum, direction ``'in'``, parallel arcs merged.
        - None: sums, and closeness as 1 / farness.

        With demand, pairs count with their demand.
    direction : {'out', 'in'}, optional
        Whether distance measures go by paths from the node or to it.
    origins, destinations : mapping, Series or sequence of node ids, optional
        Weights of nodes as origins and destinations, such as residents and jobs, or nodes alone
        for weights of 1; all others 0. Give both the same city nodes for paths between cities. All
        nodes with weight 1 by default. Distance measures are computed for origins.
    parallel : {'separate', 'merge'}, optional
        Whether parallel edges of equal weight are so many paths (default) or one.
    sample : int, optional
        Estimate betweenness from so many origins drawn at random instead of all, for a quick look;
        the bound of the error is in the metadata. Distance measures stay exact, for those origins.
    seed : int
        Of the sample.
    confidence : float
        Probability that no node's error exceeds the bound.
    hierarchy : Hierarchy, optional
        The network prepared before by `prepare`, for the same weight.
    threads : int, optional
        All processors by default. Results do not depend on it.
    executor : concurrent.futures.Executor, optional
        Runs the work instead of threads; ``dask.distributed.Client.get_executor()`` sends it to
        a cluster. Results are the same bit for bit.
    progress : callable, optional
        Called with the number of origins done and in all.

    Returns
    -------
    Centrality

    Raises
    ------
    NetworkError
        For weights out of range, origins the network does not have, or negative demand.
    UnknownNameError
        For a measure or a normalisation that is not there.

    References
    ----------
    S. Porta, P. Crucitti, V. Latora (2006). The network analysis of urban streets: a primal
    approach. Environment and Planning B 33:705. U. Brandes (2001). A faster algorithm for
    betweenness centrality. J. Mathematical Sociology 25:163. S. Wasserman, K. Faust (1994).
    Social Network Analysis, p. 201.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> result = centrality(roads, ["betweenness", "closeness"], threads=1)
    >>> list(result.nodes.columns), list(result.edges.columns)
    (['betweenness', 'closeness'], ['betweenness'])
    """
    _check_choices(measures, normalisation)
    graph = network.compressed(weight)
    origin, destination = _demand(origins, graph), _demand(destinations, graph)
    drawn, scale = _draw(origin, sample, seed)
    like_networkx = normalisation == "networkx"
    inward = (direction or ("in" if like_networkx else "out")) == "in"
    chosen_parallel = parallel or ("merge" if like_networkx else "separate")
    result = Centrality(
        nodes=pd.DataFrame(index=pd.Index(graph.node_ids, name="node")),
        edges=pd.DataFrame(index=network.edges.index),
        metadata={
            "weight": weight,
            "radius": radius,
            "normalisation": normalisation,
            "direction": "in" if inward else "out",
            "node_count": len(graph.node_ids),
            "edge_count": len(graph.indices),
            "origin_count": int(np.count_nonzero(drawn)),
            "exact": scale == 1.0,
        },
    )
    workers = threads or os.cpu_count() or 1
    with nullcontext(executor) if executor is not None else running(workers) as runner:

        def compute(prepared: Hierarchy) -> None:
            limit = None if radius is None else int(np.floor(radius * prepared.per_unit + 0.5))
            if "betweenness" in measures:
                flows = betweenness_flows(
                    prepared, drawn, destination, limit=limit, executor=runner, progress=progress
                )
                node_pairs, edge_pairs = _pairs(origin, destination, normalisation)
                result.nodes["betweenness"] = flows.through * (scale / node_pairs)
                on_edges = np.zeros(len(result.edges))
                on_edges[graph.edge_position] = flows.arc * (scale / edge_pairs)
                result.edges["betweenness"] = on_edges
                if scale != 1.0:
                    result.metadata.update(
                        _error_bound(origin, destination, drawn, confidence, node_pairs)
                    )
            distances = [measure for measure in measures if measure != "betweenness"]
            if distances:
                sums = distance_sums(
                    prepared,
                    destination,
                    np.flatnonzero(drawn > 0).astype(np.int32),
                    lon_lat=_lon_lat(network) if "straightness" in distances else None,
                    limit=limit,
                    inverting=bool({"harmonic", "straightness"} & set(distances)),
                    inward=inward,
                    executor=runner,
                    progress=progress,
                )
                sums = _in_units(sums, prepared.per_unit)
                others = destination.sum() - destination
                mean_over = others if radius is None else sums[REACH]
                for measure in distances:
                    result.nodes[measure] = _values(measure, sums, mean_over, normalisation)
                if "harmonic" in distances:
                    efficiency = _ratio(sums[CLOSE], mean_over)
                    result.metadata["global_efficiency"] = _mean(efficiency, drawn)
            result.metadata["resolution"] = 1 / prepared.per_unit

        if hierarchy is not None:
            _check_same(hierarchy, graph)
            compute(hierarchy)
        else:
            _at_finest_resolution(compute, graph, chosen_parallel)
    return Centrality(result.nodes[list(measures)], result.edges, result.metadata)


def prepare(
    graph: CompressedGraph, *, parallel: Parallel = "separate", per_unit: int = RESOLUTIONS[0]
) -> Hierarchy:
    """Prepare a network for repeated calls of `centrality`.

    Parameters
    ----------
    graph : CompressedGraph
        ``network.compressed(weight)``.
    parallel : {'separate', 'merge'}
        Whether parallel edges of equal weight are so many paths or one.
    per_unit : {1000, 100, 10, 1}
        Steps in a unit of the weight that are told apart. Distances hold 2^31 of them: with the
        thousandths of the graph 596 hours or 2,147 km, less the longest shortcut.

    Returns
    -------
    Hierarchy
        Can be saved beside the network and loaded again.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> prepared = prepare(roads.compressed("length_m"), per_unit=100)
    >>> result = centrality(roads, ["farness"], weight="length_m", hierarchy=prepared, threads=1)
    """
    coarse = RESOLUTIONS[0] // per_unit
    weights = np.maximum((graph.weight_ms.astype(np.int64) + coarse // 2) // coarse, 1)
    return build_hierarchy(
        graph.indptr, graph.indices, weights, parallel=parallel, per_unit=per_unit
    )


def _check_choices(measures: Sequence[str], normalisation: str | None) -> None:
    """Refuse measures and normalisations that are not there."""
    for measure in measures:
        if measure not in MEASURES:
            raise UnknownNameError(
                f"no measure is called '{measure}'", remedy=f"choose among {', '.join(MEASURES)}"
            )
    if normalisation is not None and normalisation not in get_args(Normalisation):
        raise UnknownNameError(
            f"no normalisation is called '{normalisation}'",
            remedy=f"choose among {', '.join(get_args(Normalisation))} or None",
        )


def _at_finest_resolution(
    compute: Callable[[Hierarchy], None], graph: CompressedGraph, parallel: Parallel
) -> None:
    """Compute in the smallest steps of weight in which the network's distances fit."""
    for per_unit in RESOLUTIONS:
        try:
            return compute(prepare(graph, parallel=parallel, per_unit=per_unit))
        except RangeError:
            if per_unit == RESOLUTIONS[-1]:
                raise
    return None


def _check_same(hierarchy: Hierarchy, graph: CompressedGraph) -> None:
    """Refuse a hierarchy of another network."""
    if (hierarchy.node_count, hierarchy.arc_count) != (len(graph.node_ids), len(graph.indices)):
        raise NetworkError(
            f"the hierarchy has {hierarchy.node_count} nodes, the network {len(graph.node_ids)}",
            remedy="prepare the hierarchy from this network",
        )


def _demand(given: Demand | None, graph: CompressedGraph) -> Floats:
    """Weight of each node, in the order of the graph."""
    if given is None:
        return np.ones(len(graph.node_ids))
    if isinstance(given, Mapping | pd.Series):
        series = pd.Series(given, dtype=np.float64)
    else:
        series = pd.Series(1.0, index=pd.Index(np.asarray(given)))
    if series.index.has_duplicates or not np.isfinite(series).all() or (series < 0).any():
        raise NetworkError(
            "demand names a node twice, or is negative or missing for one",
            remedy="give one finite weight, zero or more, to each node",
        )
    demand = np.zeros(len(graph.node_ids))
    demand[graph.positions(series.index.to_numpy())] = series.to_numpy()
    return demand


def _draw(origin: Floats, sample: int | None, seed: int) -> tuple[Floats, float]:
    """Origins to use, and what to multiply sums over them by."""
    candidates = np.flatnonzero(origin > 0)
    if sample is None or sample >= len(candidates):
        return origin, 1.0
    if sample < 1:
        raise NetworkError(f"a sample of {sample} origins", remedy="draw one or more")
    chosen = np.random.default_rng(seed).choice(candidates, size=sample, replace=False)
    drawn = np.zeros_like(origin)
    drawn[chosen] = origin[chosen]
    return drawn, len(candidates) / sample


def _pairs(
    origin: Floats, destination: Floats, normalisation: Normalisation | None
) -> tuple[float, float]:
    """What betweenness of nodes and of edges is divided by."""
    if normalisation is None:
        return 1.0, 1.0
    count = len(origin)
    everyone = bool((origin == 1.0).all() and (destination == 1.0).all())
    every_pair = float(origin.sum() * destination.sum() - origin @ destination)
    between = float((count - 1) * (count - 2)) if everyone else every_pair
    edge_pairs = every_pair if normalisation == "networkx" else between
    return max(between, 1.0), max(edge_pairs, 1.0)


def _error_bound(
    origin: Floats, destination: Floats, drawn: Floats, confidence: float, pairs: float
) -> dict[str, float]:
    r"""Hoeffding's bound on the error of a sampled betweenness, for all nodes at once.

    One origin adds between 0 and B = max(o) * sum(q) to a node. The mean of k of them drawn without
    replacement (Hoeffding 1963, section 6) is within B sqrt(ln(2 N / (1 - p)) / 2 k) of the true
    mean at each of N nodes with probability p.
    """
    size, candidates = np.count_nonzero(drawn), np.count_nonzero(origin)
    largest = float(origin.max() * destination.sum())
    deviation = np.sqrt(np.log(2 * len(origin) / (1 - confidence)) / (2 * size))
    return {
        "sample": int(size),
        "confidence": confidence,
        "betweenness_error": float(largest * candidates * deviation / pairs),
    }


def _lon_lat(network: SpatialNetwork) -> Floats:
    """Coordinates of the nodes in degrees."""
    lon_lat: Floats = network.nodes[["x", "y"]].to_numpy(np.float64)
    return lon_lat


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Quotient, 0 where there is nothing to divide by; NaN stays."""
    return np.divide(part, whole, out=np.where(np.isnan(part), np.nan, 0.0), where=whole > 0)


def _mean(values: Floats, weights: Floats) -> float:
    """Mean over the origins, by their demand."""
    there = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[there], weights=weights[there])) if there.any() else 0.0


def _in_units(sums: Floats, per_unit: int) -> Floats:
    """Sums of distances in the unit of the weight."""
    factor = np.ones((len(sums), 1))
    factor[[TIME, FURTHEST]] = 1 / per_unit
    factor[[CLOSE, STRAIGHT]] = per_unit
    return sums * factor


def _values(
    measure: Measure, sums: Floats, mean_over: Floats, normalisation: Normalisation | None
) -> Floats:
    """A distance measure from the sums."""
    reach, time, close, straight = sums[REACH], sums[TIME], sums[CLOSE], sums[STRAIGHT]
    values: dict[str, Floats] = {
        "closeness": _ratio(reach, time) * _ratio(reach, mean_over),
        "harmonic": _ratio(close, mean_over) if normalisation == "porta" else close,
        "straightness": straight if normalisation is None else _ratio(straight, mean_over),
        "farness": time,
        "mean_distance": _ratio(time, reach),
        "eccentricity": sums[FURTHEST],
        "reach": reach,
    }
    if measure == "closeness" and normalisation is None:
        return _ratio(np.where(np.isnan(time), np.nan, 1.0), time)
    return values[measure]
