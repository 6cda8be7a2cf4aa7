"""Exact centrality of every node and edge of a road or rail network (Porta, Crucitti, Latora 2006).

Betweenness, closeness, harmonic closeness, straightness and their kin, with all shortest paths
counted, from sweeps over a contraction hierarchy: a city of 60,000 junctions takes seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.batches import Client
from toolkit.analysis.centrality_measures import MEASURES, Measure, Normalisation
from toolkit.analysis.centrality_preparation import Prepared, at_finest_resolution, prepare
from toolkit.analysis.centrality_question import Demand, Question, demand_of
from toolkit.analysis.centrality_sweeps import Progress, Work
from toolkit.analysis.kernels.hierarchy import Parallel
from toolkit.display import html_card
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["MEASURES", "Centrality", "Measure", "Normalisation", "centrality", "prepare"]

Floats = npt.NDArray[np.float64]


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
    measures: Measure | Sequence[Measure] = (
        "betweenness",
        "closeness",
        "harmonic",
        "straightness",
    ),
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
    measures : str or sequence of str
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
    wanted = _wanted(measures, decay)
    _check_normalisation(normalisation)
    graph = network.compressed(weight)
    like_networkx = normalisation == "networkx"
    question = Question(
        measures=wanted,
        origin=demand_of(origins, graph),
        destination=demand_of(destinations, graph),
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
        answer = question.answer(prepared)
    else:
        chosen = parallel or ("merge" if like_networkx else "separate")
        answer = at_finest_resolution(question.answer, graph, weight, parallel=chosen)
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
    return Centrality(nodes[list(wanted)], edges, about | answer.about)


def _wanted(measures: str | Sequence[str], decay: object) -> tuple[Measure, ...]:
    """Each measure asked for once; refuse what is not there or lacks what it needs."""
    names = (measures,) if isinstance(measures, str) else tuple(dict.fromkeys(measures))
    choose = f"choose among {', '.join(MEASURES)}"
    if not names:
        raise UnknownNameError("no measure is asked for", remedy=choose)
    for name in names:
        if name not in MEASURES:
            raise UnknownNameError(f"no measure is called '{name}'", remedy=choose)
    if "gravity" in names and decay is None:
        raise NetworkError(
            "gravity needs a decay",
            remedy="give decay=, a function of distance such as "
            "lambda seconds: np.exp(-seconds / 1800), or leave gravity out",
        )
    return cast("tuple[Measure, ...]", names)


def _check_normalisation(normalisation: str | None) -> None:
    """Refuse a normalisation that is not there."""
    if normalisation is not None and normalisation not in get_args(Normalisation):
        raise UnknownNameError(
            f"no normalisation is called '{normalisation}'",
            remedy=f"choose among {', '.join(get_args(Normalisation))} or None",
        )


def _in_order(values: Floats, positions: npt.NDArray[np.int64]) -> Floats:
    """Values of arcs in the order of the network's edges."""
    ordered = np.zeros(len(values))
    ordered[positions] = values
    return ordered
