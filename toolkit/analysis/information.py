"""Information centrality: what a network loses without a node (Porta, Crucitti, Latora 2006)."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.batches import Client, run_batches
from toolkit.analysis.centrality import Centrality, centrality
from toolkit.analysis.centrality_preparation import Prepared, at_finest_resolution
from toolkit.analysis.centrality_sweeps import EARTH_RADIUS_M, Progress
from toolkit.analysis.efficiency import (
    MEASURE_OF_FORM,
    Form,
    arcs_by_head,
    check_form,
    draw_nodes,
    places,
)
from toolkit.analysis.kernels.detours import detour_losses
from toolkit.networks.compressed_graph import THOUSANDTHS
from toolkit.networks.spatial_network import CompressedGraph, SpatialNetwork

__all__ = ["bernstein", "information_centrality", "with_information"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

PORTION = 64  # sources whose losses are added up before they join the sum


def information_centrality(
    network: SpatialNetwork,
    *,
    form: Form = "straight",
    weight: str = "length_m",
    sample: int | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    threads: int | None = None,
    client: Client | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    r"""Relative drop of the efficiency when the edges at a node are taken away.

    .. math:: C_I(i) = \frac{E(G) - E(G_i)}{E(G)}

    where E is the global efficiency (see `toolkit.efficiency`) and :math:`G_i` the network without
    the edges at i, which keeps all N nodes. A node loses its own paths, in and out, and the
    others lose by the detour round it.

    Parameters
    ----------
    network : SpatialNetwork
        Directed edges.
    form : {'straight', 'inverse'}
        Of the efficiency; ``'straight'`` is that of the paper.
    weight : str
        Column of the edges: ``'length_m'`` or ``'time_s'``.
    sample : int, optional
        Estimate the detours from so many nodes drawn at random as origins. All of them by default,
        which is exact.
    seed : int
        Of the sample.
    confidence : float
        Of the bound on a sample's error, for each node by itself.
    threads : int, optional
        All processors by default. Results do not depend on it.
    client : Client, optional
        Searches there instead: an executor, or a client of Dask. Results are the same.
    progress : callable, optional
        Called with the number of origins done and in all.

    Returns
    -------
    DataFrame
        Indexed by `node`: ``information``; for a sample also ``information_margin``, what
        the error of a node stays below with that confidence.

    Raises
    ------
    UnknownNameError
        For a form that is not there.
    NetworkError
        For weights out of range, or a sample of fewer than two.

    Notes
    -----
    Instead of N searches for each node taken away, the tree of shortest paths from each origin
    is repaired below the node (Ramalingam, Reps 1996). That is O(N) searches and about N^2.5 steps
    on roads: seconds for a rail network or a town, minutes for a city of 10,000 junctions. Take a
    sample beyond. Distances are whole thousandths, so that equal paths tie exactly.

    References
    ----------
    P. Crucitti, V. Latora, S. Porta (2006). Centrality measures in spatial networks of urban
    streets. Physical Review E 73:036125. G. Ramalingam, T. Reps (1996). An incremental algorithm
    for a generalization of the shortest-path problem. J. Algorithms 21:267.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> found = information_centrality(schematic_roads(), threads=1)
    >>> bool(found["information"].between(0, 1).all())
    True
    """
    check_form(form)
    graph = network.compressed(weight)
    count = len(graph.node_ids)
    drawn = draw_nodes(count, sample, seed)
    out, inward = _own_paths(network, form, weight, threads)
    total = float(out.sum())
    if total <= 0.0:
        return pd.DataFrame({"information": np.zeros(count)}, index=out.index)
    sources = np.arange(count, dtype=np.int32) if drawn is None else drawn
    loss, squared = np.zeros(count), np.zeros(count)
    portions = [sources[first : first + PORTION] for first in range(0, len(sources), PORTION)]
    shared = (graph, arcs_by_head(graph), places(network, form))
    done = 0
    for result, portion in zip(
        run_batches(_detours, portions, *shared, client=client, threads=threads),
        portions,
        strict=True,
    ):
        loss += result[0]
        squared += result[1]
        done += len(portion)
        if progress is not None:
            progress(done, len(sources))
    share = count / len(sources) / total
    values = pd.DataFrame({"information": (out + inward) / total + loss * share})
    if drawn is not None:
        margin = bernstein(loss, squared, len(drawn), float(out.max()), confidence)
        values["information_margin"] = margin * count / total
    return values


def with_information(measured: Centrality, network: SpatialNetwork) -> Centrality:
    """Centrality with the column ``information`` beside the others (see `information_centrality`).

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> list(with_information(centrality(roads, ["reach"], threads=1), roads).nodes.columns)
    ['reach', 'information']
    """
    nodes = measured.nodes.join(information_centrality(network))
    return replace(measured, nodes=nodes)


def bernstein(
    total: Floats, squared: Floats, drawn: int, largest: float, confidence: float
) -> Floats:
    r"""Bound on the error of a mean, from the spread of the sample.

    For k values drawn between 0 and b, with sample variance V, the mean is off by less than
    :math:`\sqrt{2 V \ln(3 / \delta) / k} + 3 b \ln(3 / \delta) / k` with probability
    :math:`1 - \delta` (Audibert, Munos, Szepesvari 2009, Theoretical Computer Science
    410:1876), which holds for rare large values too, where Student's interval is too narrow.

    Parameters
    ----------
    total, squared : float64 array
        Sums of the values drawn and of their squares.
    drawn : int
        k.
    largest : float
        b.
    confidence : float
        The probability.

    Returns
    -------
    float64 array

    Examples
    --------
    >>> float(bernstein(np.array([8.0]), np.array([8.0]), 8, 1.0, 0.95).round(3)[0])
    1.535
    """
    variance = np.maximum(squared / drawn - (total / drawn) ** 2, 0.0)
    log = np.log(3.0 / (1.0 - confidence))
    bound: Floats = np.sqrt(2.0 * variance * log / drawn) + 3.0 * largest * log / drawn
    return bound


def _own_paths(
    network: SpatialNetwork, form: Form, weight: str, threads: int | None
) -> tuple[pd.Series, pd.Series]:
    """Sums over the paths that start at each node, and over those that end there."""
    measure = MEASURE_OF_FORM[form]

    def both(prepared: Prepared) -> tuple[pd.Series, pd.Series]:
        out, inward = (
            centrality(
                network,
                [measure],
                weight=weight,
                normalisation=None,
                direction=direction,
                prepared=prepared,
                threads=threads,
            ).nodes[measure]
            for direction in ("out", "in")
        )
        return out, inward

    return at_finest_resolution(both, network.compressed(weight), weight)


def _detours(
    sources: Ints,
    graph: CompressedGraph,
    incoming: tuple[npt.NDArray[np.int64], Ints, Ints],
    on_sphere: Floats,
) -> tuple[Floats, Floats]:
    """Losses by detours on the paths of some sources: their sums, and the sums of their squares."""
    loss, squared = np.zeros(len(graph.node_ids)), np.zeros(len(graph.node_ids))
    detour_losses(
        graph.indptr,
        graph.indices,
        graph.weight_ms,
        *incoming,
        sources,
        on_sphere,
        EARTH_RADIUS_M,
        loss,
        squared,
    )
    return loss * THOUSANDTHS, squared * THOUSANDTHS**2
