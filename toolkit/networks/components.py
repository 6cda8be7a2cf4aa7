"""How far a network hangs together."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["component_shares"]


def component_shares(network: SpatialNetwork) -> tuple[float, ...]:
    """Share of the length in each part of a network, the largest first, directions ignored.

    Parameters
    ----------
    network : SpatialNetwork
        Any network.

    Returns
    -------
    tuple of float
        One share a connected part; they add up to 1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> points = gpd.points_from_xy([116.0, 116.1, 117.0, 117.1], [40.0] * 4, crs=4326)
    >>> nodes = gpd.GeoDataFrame(index=[1, 2, 3, 4], geometry=points)
    >>> edges = pd.DataFrame({"u": [1, 3], "v": [2, 4], "time_s": [60.0, 60.0]})
    >>> component_shares(SpatialNetwork.from_geodataframes(nodes, edges))
    (0.5, 0.5)
    """
    if network.edges.empty:
        return ()
    tail, head = (
        network.nodes.index.get_indexer(network.edges.index.get_level_values(end))
        for end in ("u", "v")
    )
    shape = (len(network.nodes), len(network.nodes))
    matrix = coo_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=shape)
    _, part = connected_components(matrix, directed=False)
    length_m = np.bincount(part[tail], weights=network.edges["length_m"])
    shares = np.sort(length_m[length_m > 0] / length_m.sum())[::-1]
    return tuple(float(share) for share in shares)
