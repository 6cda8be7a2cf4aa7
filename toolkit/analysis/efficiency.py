"""Efficiency of a network, global and local (Latora, Marchiori 2001), exact or from a sample."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from toolkit.analysis.centrality import Measure, centrality
from toolkit.analysis.centrality_sweeps import EARTH_RADIUS_M, unit_vectors
from toolkit.analysis.kernels.detours import neighbourhood_efficiency
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.compressed_graph import THOUSANDTHS
from toolkit.networks.spatial_network import CompressedGraph, SpatialNetwork

__all__ = ["FORMS", "Efficiency", "Form", "efficiency"]

Form = Literal["straight", "inverse"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

FORMS: tuple[Form, ...] = get_args(Form)
MEASURE_OF_FORM: dict[Form, Measure] = {"straight": "straightness", "inverse": "harmonic"}


@dataclass(frozen=True, eq=False)
class Efficiency:
    """How well a network connects its nodes.

    Attributes
    ----------
    form : {'straight', 'inverse'}
        What a pair of nodes counts.
    weight : str
        What paths are measured by.
    global_efficiency : float
        Mean over all ordered pairs of nodes; pairs without a path count 0.
    margin : float
        Half the width of the confidence interval of `global_efficiency`; 0 if it is exact.
    confidence : float
        Of that interval.
    local_efficiency : float
        Mean over the nodes of the efficiency among their neighbours.
    nodes : DataFrame
        Indexed by `node`: ``efficiency``, the mean over the paths that start there (NaN for nodes
        not drawn), and ``local_efficiency``.
    """

    form: Form
    weight: str
    global_efficiency: float
    margin: float
    confidence: float
    local_efficiency: float
    nodes: pd.DataFrame


def efficiency(
    network: SpatialNetwork,
    *,
    form: Form = "straight",
    weight: str = "length_m",
    sample: int | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    threads: int | None = None,
) -> Efficiency:
    r"""Global and local efficiency.

    With :math:`d_{ij}` the length of the shortest path and :math:`e_{ij}` that of the great circle,

    .. math:: E = \frac{1}{N (N - 1)} \sum_{i \ne j} \varepsilon_{ij}, \qquad
        E_{loc} = \frac{1}{N} \sum_i E(G_i)

    where :math:`\varepsilon_{ij}` is :math:`e_{ij} / d_{ij}` in the form ``'straight'`` and
    :math:`1 / d_{ij}` in the form ``'inverse'``, 0 without a path, and :math:`G_i` holds the
    neighbours of i, without i, and the edges between them.

    Parameters
    ----------
    network : SpatialNetwork
        Directed edges; neighbours are the nodes an edge leads to or comes from.
    form : {'straight', 'inverse'}
        ``'straight'`` lies between 0 and 1 for lengths of roads and can be compared between cities
        (Vragovic, Louis, Diaz-Guilera 2005); for times it is a beeline speed in m/s.
        ``'inverse'`` is in 1/m or 1/s, and shrinks with the size of the area.
    weight : str
        Column of the edges: ``'length_m'`` or ``'time_s'``.
    sample : int, optional
        Estimate the global efficiency from so many nodes drawn at random as origins. All of them by
        default, which is exact.
    seed : int
        Of the sample.
    confidence : float
        Of the interval of a sample.
    threads : int, optional
        All processors by default. Results do not depend on it.

    Returns
    -------
    Efficiency

    Raises
    ------
    UnknownNameError
        For a form that is not there.
    NetworkError
        For weights out of range, or a sample of fewer than two.

    Notes
    -----
    Each exact search costs what one source of `toolkit.centrality` costs. The interval of a
    sample is Student's, for origins drawn without replacement.

    References
    ----------
    V. Latora, M. Marchiori (2001). Efficient behavior of small-world networks. Physical Review
    Letters 87:198701. I. Vragovic, E. Louis, A. Diaz-Guilera (2005). Efficiency of informational
    transfer in regular and complex networks. Physical Review E 71:036122.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> found = efficiency(schematic_roads(), threads=1)
    >>> 0.0 < found.global_efficiency < 1.0, found.margin
    (True, 0.0)
    """
    check_form(form)
    graph = network.compressed(weight)
    count = len(graph.node_ids)
    drawn = draw_nodes(count, sample, seed)
    measure = MEASURE_OF_FORM[form]
    of_node = centrality(
        network,
        [measure],
        weight=weight,
        origins=None if drawn is None else graph.node_ids[drawn],
        threads=threads,
    ).nodes[measure]
    values = of_node.dropna().to_numpy()
    margin = 0.0
    if drawn is not None:
        margin = _half_width(float(values.var(ddof=1)), len(drawn), count, confidence)
    local = _local_efficiency(graph, places(network, form))
    return Efficiency(
        form=form,
        weight=weight,
        global_efficiency=float(values.mean()) if count else 0.0,
        margin=margin,
        confidence=confidence,
        local_efficiency=float(local.mean()) if count else 0.0,
        nodes=pd.DataFrame({"efficiency": of_node, "local_efficiency": local}),
    )


def check_form(form: str) -> None:
    """Refuse a form that is not there."""
    if form not in FORMS:
        raise UnknownNameError(
            f"no form of efficiency is called '{form}'", remedy=f"choose among {', '.join(FORMS)}"
        )


def draw_nodes(count: int, sample: int | None, seed: int) -> Ints | None:
    """Rows of the nodes drawn, in rising order; None for all of them."""
    if sample is None or sample >= count:
        return None
    if sample < 2:
        raise NetworkError(f"a sample of {sample} nodes has no error", remedy="draw two or more")
    drawn = np.random.default_rng(seed).choice(count, size=sample, replace=False)
    return np.sort(drawn).astype(np.int32)


def _half_width(variance: float, drawn: int, count: int, confidence: float) -> float:
    """Half the confidence interval of a mean, of so many drawn without replacement (Student)."""
    quantile = float(stats.t.ppf(0.5 + confidence / 2.0, drawn - 1))
    return quantile * math.sqrt(variance / drawn * (1.0 - drawn / count))


def places(network: SpatialNetwork, form: Form) -> Floats:
    """Nodes on the unit sphere, shape (3, N); (3, 0) for the form that needs none."""
    if form == "inverse":
        return np.empty((3, 0))
    return unit_vectors(network.nodes[["x", "y"]].to_numpy(np.float64))


def arcs_by_head(graph: CompressedGraph) -> tuple[npt.NDArray[np.int64], Ints, Ints]:
    """Compressed rows of the arcs that lead to each node: starts, tails, weights."""
    order = np.argsort(graph.indices, kind="stable")
    starts = np.zeros(len(graph.node_ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.indices, minlength=len(graph.node_ids)), out=starts[1:])
    return starts, graph.tails[order], graph.weight_ms[order]


def _local_efficiency(graph: CompressedGraph, on_sphere: Floats) -> Floats:
    """Efficiency among the neighbours of each node."""
    local = np.zeros(len(graph.node_ids))
    starts, tails, _ = arcs_by_head(graph)
    neighbourhood_efficiency(
        graph.indptr,
        graph.indices,
        graph.weight_ms,
        starts,
        tails,
        on_sphere,
        EARTH_RADIUS_M,
        local,
    )
    return local * THOUSANDTHS
