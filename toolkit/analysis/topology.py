"""Topology of a network: circuits, connectivity, node degree, detour (Kansky 1963)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["Topology", "detour_index", "topology"]


@dataclass(frozen=True)
class Topology:
    """Indices of a network as an undirected simple graph.

    Attributes
    ----------
    nodes, links, components : int
        N, K and p; a road of two directions, or of several lanes apart, is one link, and a loop
        is none.
    cyclomatic : int
        K - N + p: independent circuits.
    alpha : float
        Circuits over the most a planar graph of N nodes can have, (K - N + p) / (2 N - 5).
    beta : float
        Links per node, K / N.
    gamma : float
        Links over the most a planar graph can have, K / (3 (N - 2)).
    mean_degree : float
        2 K / N.
    dead_ends : int
        Nodes with one link.
    """

    nodes: int
    links: int
    components: int
    cyclomatic: int
    alpha: float
    beta: float
    gamma: float
    mean_degree: float
    dead_ends: int


def topology(network: SpatialNetwork) -> Topology:
    r"""Topological indices of a road or rail network.

    .. math:: \mu = K - N + p, \quad \alpha = \frac{\mu}{2N - 5}, \quad \beta = \frac{K}{N}, \quad
              \gamma = \frac{K}{3 (N - 2)}

    Parameters
    ----------
    network : SpatialNetwork
        Bridges count as crossings only where the network has a node there, so `alpha` and `gamma`
        may pass 1 in networks that are far from planar.

    Returns
    -------
    Topology

    Raises
    ------
    MissingDataError
        There are fewer than three nodes, for which the indices are not defined.

    Notes
    -----
    O(N + K). Nodes that only carry the shape of a road lower `alpha`, `beta` and `gamma`: compare
    networks of one source, simplified alike.

    References
    ----------
    K. J. Kansky (1963). Structure of transportation networks. University of Chicago, Department of
    Geography, research paper 84.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> found = topology(schematic_roads())
    >>> found.cyclomatic == found.links - found.nodes + found.components
    True
    """
    count = len(network.nodes)
    if count < 3:
        raise MissingDataError(f"{count} nodes: topological indices need three or more")
    levels = (network.edges.index.get_level_values(end) for end in ("u", "v"))
    ends = np.column_stack([network.nodes.index.get_indexer(level) for level in levels])
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    ones = np.ones(len(pairs), dtype=np.int8)
    linked = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    links, components = len(pairs), int(connected_components(linked, directed=False)[0])
    circuits = links - count + components
    degree = np.bincount(pairs.ravel(), minlength=count)
    return Topology(
        nodes=count,
        links=links,
        components=components,
        cyclomatic=circuits,
        alpha=circuits / (2 * count - 5),
        beta=links / count,
        gamma=links / (3 * (count - 2)),
        mean_degree=float(degree.mean()),
        dead_ends=int((degree == 1).sum()),
    )


def detour_index(network_km: pd.DataFrame, straight_km: pd.DataFrame) -> float:
    r"""How much longer ways are than straight lines, as a mean over pairs.

    .. math:: D = \frac{1}{|R|} \sum_{(i, j) \in R} \frac{d_{ij}}{e_{ij}}

    with R the ordered pairs of different places, apart from each other, that a way joins.

    Parameters
    ----------
    network_km : DataFrame
        d, shape (n, n): along the network, infinite where there is no way.
    straight_km : DataFrame
        e, great-circle distances with the same labels
        (`toolkit.analysis.matrices.distance_matrix_km`).

    Returns
    -------
    float
        1 or more where both are exact; its inverse place by place is straightness centrality.

    Raises
    ------
    NetworkError
        The tables do not hold the same places.
    MissingDataError
        No pair is joined.

    References
    ----------
    P. Haggett, R. J. Chorley (1969). Network analysis in geography. Arnold, London.

    Examples
    --------
    Two places 3 and 4 km from a corner, where the only way passes:

    >>> way = pd.DataFrame([[0, 7.0], [7.0, 0]])
    >>> straight = pd.DataFrame([[0, 5.0], [5.0, 0]])
    >>> detour_index(way, straight)
    1.4
    """
    same = network_km.index.equals(straight_km.index)
    if not same or not network_km.columns.equals(straight_km.columns):
        raise NetworkError("the two tables of distances do not hold the same places")
    along, straight = network_km.to_numpy(np.float64), straight_km.to_numpy(np.float64)
    joined = np.isfinite(along) & (straight > 0.0)
    if not joined.any():
        raise MissingDataError("no way joins any two places")
    return float((along[joined] / straight[joined]).mean())
