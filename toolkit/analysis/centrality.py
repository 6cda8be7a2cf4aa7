"""Exact centrality of every node and edge of a road or rail network (Porta, Crucitti, Latora 2006).

Betweenness, closeness, harmonic closeness, straightness and their kin, with all shortest paths
counted, from sweeps over a contraction hierarchy: a city of 60,000 junctions takes seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.batches import Client
from toolkit.analysis.centrality_measures import (
    MEASURES,
    Measure,
    Normalisation,
    distance_measure,
    drawn_origins,
    error_bound,
    in_units,
    mean_over_origins,
    pairs_of,
    ratio,
)
from toolkit.analysis.centrality_preparation import RESOLUTIONS, Prepared, prepare, prepare_graph
from toolkit.analysis.centrality_sweeps import Progress, Work, betweenness_flows, distance_sums
from toolkit.analysis.kernels.distance_terms import CLOSE, FURTHEST, REACH
from toolkit.analysis.kernels.falling import NO_DECAY, Falling, decay_table
from toolkit.analysis.kernels.hierarchy import Hierarchy, Parallel, RangeError
from toolkit.display import html_card
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.spatial_network import CompressedGraph, SpatialNetwork

__all__ = ["MEASURES", "Centrality", "Measure", "Normalisation", "centrality", "prepare"]

Demand = Mapping[int, float] | Sequence[int] | npt.NDArray[np.int64] | pd.Series
Floats = npt.NDArray[np.float64]
Found = TypeVar("Found")


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

    def _repr_html_(self) -> str:
        highest = self.nodes.sort_values(self.nodes.columns[0], ascending=False).reset_index()
        return html_card("Centrality, highest nodes", self.metadata, highest)


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
    decay: Callable[[Floats], Any] | None = None,
    parallel: Parallel | None = None,
    sample: int | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    prepared: Prepared | None = None,
    threads: int | None = None,
    client: Client | None = None,
    checkpoints: str | Path | None = None,
    progress: Progress | None = None,
) -> Centrality:
    r"""Centrality of all nodes and edges.

    With :math:`d_{ij}` the length of the shortest path from i to j, :math:`e_{ij}` the length of
    the great circle, :math:`q_j` the weight of j as a destination (1 by default), and sums over
    the :math:`j \ne i` that i reaches (within the radius):

    ================= =================================================================
    ``betweenness``   :math:`\sum_{jk} o_j q_k f(d_{jk})\, n_{jk}(i) / n_{jk}`, over ordered pairs,
                      with equal shortest paths counted; of nodes and of edges
    ``closeness``     :math:`\frac{R_i}{\sum_j q_j d_{ij}} \cdot \frac{R_i}{Q_i}`, the second factor
                      that of Wasserman and Faust for networks in several parts
    ``harmonic``      :math:`\sum_j q_j / d_{ij}`
    ``straightness``  :math:`\sum_j q_j e_{ij} / d_{ij}`; by time, a beeline speed in m/s
    ``farness``       :math:`\sum_j q_j d_{ij}`
    ``mean_distance`` :math:`\sum_j q_j d_{ij} / R_i`
    ``eccentricity``  :math:`\max_j d_{ij}`
    ``reach``         :math:`R_i = \sum_j q_j`
    ``gravity``       :math:`\sum_j q_j f(d_{ij})`, the potential of Hansen (1959)
    ================= =================================================================

    :math:`Q_i` is the weight of all other nodes, N - 1 by default; f is the decay, 1 by default.

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
    decay : callable, optional
        Weight of a pair by its distance: takes an array in the unit of `weight`, gives zero or
        more, such as ``lambda seconds: np.exp(-seconds / 1800)``. It counts in betweenness and
        gravity; it is taken at up to 2^20 distances and straight between them.
    parallel : {'separate', 'merge'}, optional
        Whether parallel edges of equal weight are so many paths (default) or one.
    sample : int, optional
        Estimate betweenness from so many origins drawn at random instead of all, for a quick look;
        the bound of the error is in the metadata. Distance measures stay exact, for those origins.
    seed : int
        Of the sample.
    confidence : float
        Probability that no node's error exceeds the bound.
    prepared : Prepared, optional
        The network prepared before by `prepare`, for the same weight. How it counts parallel edges
        overrides `parallel`.
    threads : int, optional
        All processors by default. Results do not depend on it.
    client : Client, optional
        Runs the work instead of threads: ``dask.distributed.Client(...)`` of a local or remote
        cluster, or an executor. Results are the same bit for bit.
    checkpoints : path-like, optional
        Folder for the sums found so far. The same call of an interrupted run goes on from there,
        to the same bits; another call leaves its own file. Delete the folder when you are done.
    progress : callable, optional
        Called with the number of origins done and in all.

    Returns
    -------
    Centrality

    Raises
    ------
    NetworkError
        For weights out of range, origins the network does not have, negative demand, or `prepared`
        for another network or weight.
    OutputError
        If checkpoints cannot be written.
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
    if "gravity" in measures and decay is None:
        raise NetworkError("gravity needs a decay", remedy="give decay=, a function of distance")
    graph = network.compressed(weight)
    like_networkx = normalisation == "networkx"
    question = _Question(
        measures=tuple(measures),
        origin=_demand(origins, graph),
        destination=_demand(destinations, graph),
        radius=radius,
        decay=decay,
        normalisation=normalisation,
        inward=(direction or ("in" if like_networkx else "out")) == "in",
        sample=sample,
        seed=seed,
        confidence=confidence,
        lon_lat=network.nodes[["x", "y"]].to_numpy(np.float64),
        work=Work(threads, client, None if checkpoints is None else Path(checkpoints), progress),
    )
    if prepared is not None:
        prepared.check(graph, weight)
        answer = question.answer(prepared.hierarchy)
    else:
        chosen = parallel or ("merge" if like_networkx else "separate")
        answer = _at_finest_resolution(question.answer, graph, weight, chosen)
    edges = pd.DataFrame(index=network.edges.index)
    for measure, values in answer.arcs.items():
        edges[measure] = _in_order(values, graph.edge_position)
    nodes = pd.DataFrame(answer.nodes, index=pd.Index(graph.node_ids, name="node"))
    about = {
        "weight": weight,
        "radius": radius,
        "normalisation": normalisation,
        "direction": "in" if question.inward else "out",
        "node_count": len(graph.node_ids),
        "edge_count": len(graph.indices),
    }
    return Centrality(nodes[list(measures)], edges, about | answer.about)


@dataclass(frozen=True, eq=False)
class _Answer:
    """Measures by node and by arc of the graph, and what is to be said of them."""

    nodes: dict[str, Floats]
    arcs: dict[str, Floats]
    about: dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Question:
    """What `centrality` is asked for, in the order of the graph's nodes."""

    measures: tuple[Measure, ...]
    origin: Floats
    destination: Floats
    radius: float | None
    decay: Callable[[Floats], Any] | None
    normalisation: Normalisation | None
    inward: bool
    sample: int | None
    seed: int
    confidence: float
    lon_lat: Floats
    work: Work

    def answer(self, hierarchy: Hierarchy) -> _Answer:
        """Compute the measures on a prepared network."""
        drawn, scale = drawn_origins(self.origin, self.sample, self.seed)
        answer = _Answer(
            {},
            {},
            {
                "origin_count": int(np.count_nonzero(drawn)),
                "exact": scale == 1.0,
                "resolution": 1 / hierarchy.per_unit,
            },
        )
        limit = None
        if self.radius is not None:
            limit = int(np.floor(self.radius * hierarchy.per_unit + 0.5))
        if "betweenness" in self.measures:
            self._flow(hierarchy, drawn, scale, limit, answer)
        if set(self.measures) - {"betweenness"}:
            self._distances(hierarchy, drawn, limit, answer)
        return answer

    def _flow(
        self, hierarchy: Hierarchy, drawn: Floats, scale: float, limit: int | None, answer: _Answer
    ) -> None:
        """Betweenness of nodes and edges."""
        flows = betweenness_flows(
            hierarchy,
            drawn,
            self.destination,
            limit=limit,
            falling=self._falling(hierarchy, drawn, limit, inward=False),
            work=self.work,
        )
        node_pairs, edge_pairs = pairs_of(self.origin, self.destination, self.normalisation)
        answer.nodes["betweenness"] = flows.through * (scale / node_pairs)
        answer.arcs["betweenness"] = flows.arc * (scale / edge_pairs)
        if scale != 1.0:
            answer.about.update(
                error_bound(self.origin, self.destination, drawn, self.confidence, node_pairs)
            )

    def _distances(
        self, hierarchy: Hierarchy, drawn: Floats, limit: int | None, answer: _Answer
    ) -> None:
        """All other measures, from one pass."""
        sums = distance_sums(
            hierarchy,
            self.destination,
            np.flatnonzero(drawn > 0).astype(np.int32),
            lon_lat=self.lon_lat if "straightness" in self.measures else None,
            limit=limit,
            falling=self._falling(hierarchy, drawn, limit, inward=self.inward),
            inverting=bool({"harmonic", "straightness"} & set(self.measures)),
            inward=self.inward,
            work=self.work,
        )
        sums = in_units(sums, hierarchy.per_unit)
        others = self.destination.sum() - self.destination
        mean_over = others if limit is None else sums[REACH]
        for measure in self.measures:
            if measure != "betweenness":
                answer.nodes[measure] = distance_measure(
                    measure, sums, mean_over, self.normalisation
                )
        if "harmonic" in self.measures:
            efficiency = ratio(sums[CLOSE], mean_over)
            answer.about["global_efficiency"] = mean_over_origins(efficiency, drawn)

    def _falling(
        self, hierarchy: Hierarchy, drawn: Floats, limit: int | None, *, inward: bool
    ) -> Falling:
        """The decay, as far as the network goes."""
        if self.decay is None:
            return NO_DECAY
        longest = limit
        if longest is None:
            sums = distance_sums(
                hierarchy,
                self.destination,
                np.flatnonzero(drawn > 0).astype(np.int32),
                inverting=False,
                inward=inward,
                work=replace(self.work, progress=None),
            )
            longest = int(np.nanmax(sums[FURTHEST], initial=1))
        return decay_table(self.decay, longest, hierarchy.per_unit)


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
    compute: Callable[[Hierarchy], Found], graph: CompressedGraph, weight: str, parallel: Parallel
) -> Found:
    """Compute in the smallest steps of weight in which the network's distances fit."""
    for per_unit in RESOLUTIONS[:-1]:
        try:
            return compute(
                prepare_graph(graph, weight, parallel=parallel, per_unit=per_unit).hierarchy
            )
        except RangeError:
            continue  # in coarser steps
    return compute(
        prepare_graph(graph, weight, parallel=parallel, per_unit=RESOLUTIONS[-1]).hierarchy
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


def _in_order(values: Floats, positions: npt.NDArray[np.int64]) -> Floats:
    """Values of arcs in the order of the network's edges."""
    ordered = np.zeros(len(values))
    ordered[positions] = values
    return ordered
