"""How a network falls apart when nodes or roads are lost, at random or the important ones first.

Albert, Jeong and Barabási (2000, Nature 406:378) for the comparison, Holme, Kim, Yoon and Han
(2002, Phys. Rev. E 65:056109) for the strategies, recalculated or not, and degrees of edges.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.analysis.centrality import centrality
from toolkit.analysis.kernels.shortest_paths import shortest_times_many
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["STRATEGIES", "Strategy", "Target", "robustness_curve", "robustness_index"]

Strategy = Literal["random", "degree", "betweenness", "betweenness_recalculated"]
Target = Literal["nodes", "edges"]
IntArray = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
"""In which order things are lost; ``recalculated``: among what is left, at every step."""

HALF = tuple(step / 40.0 for step in range(21))


def robustness_curve(
    network: SpatialNetwork,
    strategy: Strategy = "random",
    *,
    target: Target = "nodes",
    shares: npt.ArrayLike = HALF,
    places: npt.ArrayLike | None = None,
    spared: npt.ArrayLike = (),
    betweenness: npt.ArrayLike | None = None,
    runs: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    r"""What is left of a network as more and more of it is lost.

    .. math:: S(q) = \frac{\text{nodes in the largest part}}{N}, \qquad
        E(q) = \frac{\sum_{i \ne j} 1 / c_{ij}(q)}{\sum_{i \ne j} 1 / c_{ij}(0)}

    Parameters
    ----------
    network : SpatialNetwork
    strategy : str
        One of `STRATEGIES`. ``degree`` of a node is its number of neighbours, of an edge the
        product of those of its ends.
    target : {'nodes', 'edges'}
        What is lost. An edge is lost as a whole road, both directions and parallel ones.
    shares : array_like of float
        q, ascending, of all nodes or roads that can be lost; up to a half in steps of 2.5 % by
        default.
    places : array_like of int, optional
        Nodes between which E is taken; a lost place is reached from nowhere. All nodes by
        default, which takes N searches a step: give the cities in large networks.
    spared : array_like of int
        Nodes that no strategy takes. With the places spared every strategy is measured by the same
        pairs; else chance takes places too, and may seem to do more harm than the loss of busy
        junctions, which are seldom places.
    betweenness : array_like of float, optional
        Of the nodes or edges of the whole network, in its order and on any scale, as
        `toolkit.centrality` gives it. Strategy ``betweenness`` computes it otherwise.
    runs : int
        Random orders, one curve each; the other strategies have one order, in which equals keep
        the order of the network.
    seed : int
        Of the random orders; run k is the same whatever the number of runs.

    Returns
    -------
    DataFrame
        One row a run and share: ``strategy``, ``target``, ``run``, ``share`` (as lost, in whole
        nodes or roads), ``lost``, ``largest`` (S, directions ignored; nodes without any road left
        count as parts of one) and ``efficiency`` (E, by directed travel time).

    Raises
    ------
    UnknownNameError
        No such strategy or target.
    NetworkError
        There is nothing to lose, or no way between any two places.

    References
    ----------
    R. Albert, H. Jeong, A.-L. Barabási (2000). Error and attack tolerance of complex networks.
    Nature 406:378. P. Holme, B. J. Kim, C. N. Yoon, S. K. Han (2002). Attack vulnerability of
    complex networks. Physical Review E 65:056109.

    Examples
    --------
    A star falls apart with its hub:

    >>> import geopandas as gpd
    >>> nodes = gpd.GeoDataFrame(index=range(5), crs=4326,
    ...     geometry=gpd.points_from_xy([0, 1, 0, -1, 0], [0, 0, 1, 0, -1]))
    >>> edges = pd.DataFrame({"u": [0] * 4 + [1, 2, 3, 4], "v": [1, 2, 3, 4] + [0] * 4})
    >>> star = SpatialNetwork.from_geodataframes(nodes, edges.assign(time_s=60.0))
    >>> robustness_curve(star, "degree", shares=[0, 0.2])["largest"].tolist()
    [1.0, 0.2]
    """
    parts = _parts(network, strategy, target, spared)
    known = None if betweenness is None else parts.of_lost(np.asarray(betweenness, np.float64))
    losable = parts.count - int(parts.spared.sum())
    if not losable:
        raise NetworkError(f"all {target} are spared", remedy="spare fewer")
    counts = np.unique(np.floor(np.asarray(shares) * losable + 1e-9).astype(np.int64))
    ids = network.nodes.index if places is None else places
    rows = network.csr.positions(ids).astype(np.int64)
    intact = _efficiency_sum(parts, np.zeros(parts.count, dtype=bool), rows)
    if not intact > 0.0:
        raise NetworkError("no way between any two places", remedy="give places that are joined")
    curve = []
    for run in range(runs if strategy == "random" else 1):
        order = _order(parts, strategy, counts, (seed, run), known)
        for count in counts:
            lost = np.zeros(parts.count, dtype=bool)
            lost[order[:count]] = True
            curve.append(
                {
                    "strategy": strategy,
                    "target": target,
                    "run": run,
                    "share": count / losable,
                    "lost": int(count),
                    "largest": _largest(parts, lost),
                    "efficiency": _efficiency_sum(parts, lost, rows) / intact,
                }
            )
    return pd.DataFrame(curve)


def robustness_index(
    curves: pd.DataFrame, measure: Literal["largest", "efficiency"] = "largest"
) -> pd.Series:
    r"""Mean height of robustness curves over the shares lost.

    .. math:: R = \frac{1}{q_{max}} \int_0^{q_{max}} S(q) \, dq

    by trapezoids; with all nodes lost one by one it tends to that of Schneider et al. as N grows.
    Compare networks over the same range of shares only.

    Parameters
    ----------
    curves : DataFrame
        As `robustness_curve` gives them, one or several after another.
    measure : {'largest', 'efficiency'}

    Returns
    -------
    Series
        Index ``strategy``, ``target`` and ``run``.

    References
    ----------
    C. M. Schneider, A. A. Moreira, J. S. Andrade, S. Havlin, H. J. Herrmann (2011). Mitigation of
    malicious attacks on networks. PNAS 108:3838.

    Examples
    --------
    >>> line = pd.DataFrame({"strategy": "random", "target": "nodes", "run": 0,
    ...                      "share": [0.0, 0.5, 1.0], "largest": [1.0, 0.5, 0.0]})
    >>> robustness_index(line).tolist()
    [0.5]
    """
    found = {
        key: float(np.trapezoid(curve[measure], curve["share"]) / np.ptp(curve["share"]))
        for key, curve in curves.groupby(["strategy", "target", "run"])
    }
    index = pd.MultiIndex.from_tuples(found, names=["strategy", "target", "run"])
    return pd.Series(list(found.values()), index=index, name=f"robustness_{measure}")


@dataclass(frozen=True, eq=False)
class _Parts:
    """What a network can lose: nodes, or roads, which are pairs of nodes that edges join."""

    network: SpatialNetwork
    target: str
    tails: IntArray  # of every edge, as rows of the nodes
    heads: IntArray
    road: IntArray  # of every edge, its column in `pairs`
    pairs: IntArray  # shape (2, roads)
    spared: npt.NDArray[np.bool_]  # of every node or road

    @property
    def count(self) -> int:
        """Number of nodes or roads."""
        return len(self.network.nodes) if self.target == "nodes" else self.pairs.shape[1]

    def left(self, lost: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which edges are left."""
        return ~(lost[self.tails] | lost[self.heads] if self.target == "nodes" else lost[self.road])

    def nodes_left(self, lost: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which nodes are left."""
        return ~lost if self.target == "nodes" else np.ones(len(self.network.nodes), dtype=bool)

    def of_lost(self, flow: Floats, left: npt.NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Flow through each node, or along each road: that of its edges left, both ways."""
        road = self.road[left]
        if len(flow) != (self.count if self.target == "nodes" else len(road)):
            raise NetworkError(
                f"betweenness of {len(flow)} {self.target} for {self.network!r}",
                remedy=f"give that of its {self.target}",
            )
        if self.target == "nodes":
            return flow.copy()
        return np.bincount(road, weights=flow, minlength=self.count).astype(np.float64)


def _parts(network: SpatialNetwork, strategy: str, target: str, spared: npt.ArrayLike) -> _Parts:
    """Nodes and roads of a network; names that are not there are refused."""
    for what, name, known in (
        ("strategy", strategy, STRATEGIES),
        ("target", target, get_args(Target)),
    ):
        if name not in known:
            raise UnknownNameError(
                f"no {what} is called '{name}'", remedy=f"choose among {', '.join(known)}"
            )
    if network.edges.empty:
        raise NetworkError("the network has no edges to lose")
    tails, heads = (
        network.nodes.index.get_indexer(network.edges.index.get_level_values(end)).astype(np.int64)
        for end in ("u", "v")
    )
    ends = np.stack([np.minimum(tails, heads), np.maximum(tails, heads)])
    pairs, road = np.unique(ends, axis=1, return_inverse=True)
    kept = np.zeros(len(network.nodes) if target == "nodes" else pairs.shape[1], dtype=bool)
    if target == "nodes":
        kept[network.csr.positions(np.asarray(spared, dtype=np.int64))] = True
    return _Parts(network, target, tails, heads, road.reshape(-1), pairs, kept)


def _order(
    parts: _Parts,
    strategy: Strategy,
    counts: IntArray,
    seed: tuple[int, int],
    betweenness: Floats | None,
) -> IntArray:
    """Nodes or roads in the order they are lost, as far as the largest count."""
    first: IntArray | None = None
    if strategy == "random":
        first = np.random.default_rng(seed).permutation(parts.count)
    if strategy == "degree":
        first = np.argsort(-_degree(parts), kind="stable")
    if strategy == "betweenness":
        if betweenness is None:
            betweenness = _betweenness(parts, np.zeros(parts.count, dtype=bool))
        first = np.argsort(-betweenness, kind="stable")
    if first is not None:
        return first[~parts.spared[first]]
    order = np.empty(0, dtype=np.int64)
    for count in counts:
        lost = np.zeros(parts.count, dtype=bool)
        lost[order] = True
        score = _betweenness(parts, lost)
        score[lost | parts.spared] = -1.0
        order = np.append(order, np.argsort(-score, kind="stable")[: count - len(order)])
    return order


def _degree(parts: _Parts) -> IntArray:
    """Neighbours of each node, or for each road the product of those of its ends."""
    ends = parts.pairs
    degree = np.bincount(ends[:, ends[0] != ends[1]].ravel(), minlength=len(parts.network.nodes))
    return degree if parts.target == "nodes" else degree[ends[0]] * degree[ends[1]]


def _betweenness(parts: _Parts, lost: npt.NDArray[np.bool_]) -> Floats:
    """Flow through each node, or along each road both ways, in what is left."""
    left = parts.left(lost)
    if not left.any():
        return np.zeros(parts.count)
    # lost nodes stay, without roads, so that rows keep their numbers
    remaining = replace(parts.network, edges=parts.network.edges[left])
    found = centrality(remaining, ["betweenness"], normalisation=None)
    values = found.nodes if parts.target == "nodes" else found.edges
    return parts.of_lost(values["betweenness"].to_numpy(np.float64), left)


def _largest(parts: _Parts, lost: npt.NDArray[np.bool_]) -> float:
    """Share of all nodes in the largest part of what is left."""
    left, there = parts.left(lost), parts.nodes_left(lost)
    shape = (len(there), len(there))
    ends = parts.tails[left], parts.heads[left]
    matrix = coo_matrix((np.ones(len(ends[0]), dtype=np.int8), ends), shape=shape)
    _, part = connected_components(matrix, directed=False)
    return float(np.bincount(part[there], minlength=1).max() / len(there))


def _efficiency_sum(parts: _Parts, lost: npt.NDArray[np.bool_], places: IntArray) -> float:
    """Sum of 1 / time over ordered pairs of places that are left, in 1/ms."""
    graph = parts.network.csr
    rest = graph.only(parts.left(lost)[graph.edge_position])
    there = places[parts.nodes_left(lost)[places]]
    total = 0.0
    for some in np.array_split(there, len(there) // 256 + 1):
        time_ms = shortest_times_many(rest.indptr, rest.indices, rest.weight_ms, some)[:, there]
        total += float((1.0 / time_ms[time_ms > 0]).sum())
    return total
