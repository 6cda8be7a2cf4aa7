"""Nodes whose loss costs most: stations, or junctions, that journeys could least do without."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from toolkit.analysis.bottlenecks.vital_edges import replacement_paths
from toolkit.analysis.kernels.shortest_paths import UNREACHED, shortest_times_many
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["vital_nodes"]

_MS_PER_MIN = 60_000.0


def vital_nodes(network: SpatialNetwork, mass: Mapping[int, float]) -> pd.DataFrame:
    r"""Nodes by what their loss would cost the journeys between other places.

    .. math:: C_v = \frac{\sum_{i \ne j} M_i M_j (c_{ij}^{-v} - c_{ij})}{\sum_{i \ne j} M_i M_j}

    over the pairs of places that still have a way; those cut off are counted apart.

    Parameters
    ----------
    network : SpatialNetwork
    mass : mapping of int to float
        M by node, such as the residents of the cities at their nodes.

    Returns
    -------
    DataFrame
        Index node, only those inside a shortest path, costliest first: ``pairs`` (that pass),
        ``share_using`` and ``share_cut_off`` (of journeys, by mass), ``mean_extra_min`` (C, over
        all journeys). Nodes that cut off come before those that only delay.

    Raises
    ------
    NetworkError
        A place is no node, or there are fewer than two.

    Notes
    -----
    A node that the shortest path of a pair does not touch costs that pair nothing. So one search
    is made for each node inside a path and each origin whose paths pass it, exact on integer
    milliseconds. Fit for a rail network or the main roads; see `vital_edges` for large ones.

    References
    ----------
    H. W. Corley, D. Y. Sha (1982). Most vital links and nodes in weighted networks. Operations
    Research Letters 1:157.

    Examples
    --------
    Two ways round, of 20 and of 30 minutes:

    >>> import geopandas as gpd
    >>> nodes = gpd.GeoDataFrame(index=[1, 2, 3, 4], crs=4326,
    ...     geometry=gpd.points_from_xy([116, 116.1, 116.2, 116.1], [40, 40, 40, 40.1]))
    >>> edges = pd.DataFrame({"u": [1, 2, 1, 4], "v": [2, 3, 4, 3]})
    >>> edges["time_s"] = [600.0, 600.0, 900.0, 900.0]
    >>> roads = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> vital_nodes(roads, {1: 1.0, 3: 1.0})[["share_using", "mean_extra_min"]].loc[2].tolist()
    [0.5, 5.0]
    """
    graph = network.csr
    paths = replacement_paths(network, list(mass))
    inside = paths[paths["v"] != paths["destination"]]
    weight = pd.Series(mass, dtype=np.float64)
    total = weight.sum() ** 2 - (weight**2).sum()
    rows = []
    for node, pairs in inside.groupby("v"):
        lost = graph.positions(pairs["v"].to_numpy()[:1])[0]
        rest = graph.only((graph.tails != lost) & (graph.indices != lost))
        origins = np.unique(pairs["origin"].to_numpy(np.int64))
        times = shortest_times_many(
            rest.indptr, rest.indices, rest.weight_ms, graph.positions(origins)
        )
        start = np.searchsorted(origins, pairs["origin"])
        time_ms = times[start, graph.positions(pairs["destination"].to_numpy())]
        share = (
            weight.reindex(pairs["origin"]).to_numpy()
            * weight.reindex(pairs["destination"]).to_numpy()
            / total
        )
        cut = time_ms == UNREACHED
        extra = np.where(cut, 0.0, time_ms / _MS_PER_MIN - pairs["before_min"].to_numpy())
        rows.append((node, len(pairs), share.sum(), share[cut].sum(), (share * extra).sum()))
    columns = ["node", "pairs", "share_using", "share_cut_off", "mean_extra_min"]
    table = pd.DataFrame(rows, columns=columns).set_index("node")
    order = ["share_cut_off", "mean_extra_min", "share_using"]
    return table.sort_values(order, ascending=False, kind="stable")
