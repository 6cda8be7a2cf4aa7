"""Edges whose loss costs most: exact extra time between places, edge by edge."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.kernels.replacement import replacement_times
from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.errors import NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["replacement_paths", "vital_edges"]

_MS_PER_MIN = 60_000.0
_COLUMNS = ["origin", "destination", "u", "v", "key", "before_min", "after_min", "extra_min"]


def replacement_paths(network: SpatialNetwork, places: npt.ArrayLike) -> pd.DataFrame:
    """Travel times between places when an edge of their shortest path is closed, for every edge.

    Parameters
    ----------
    network : SpatialNetwork
    places : array_like of int
        Nodes that are origins and destinations, such as those nearest to the cities.

    Returns
    -------
    DataFrame
        One row a pair of places and an edge of their shortest path, in driving order: ``origin``,
        ``destination``, ``u``, ``v``, ``key``, ``before_min``, ``after_min`` (infinite where no
        way is left), ``extra_min``. Pairs without a way are left out.

    Raises
    ------
    NetworkError
        A place is no node, or there are fewer than two.

    Notes
    -----
    Closing only the edge or the whole road, both directions, is the same for one pair: a path
    that takes the road one way reaches its near end first, and gains nothing by coming back
    through it. Exact on integer milliseconds; see `toolkit.analysis.kernels.replacement` for the
    method and its cost.

    References
    ----------
    K. Malik, A. K. Mittal, S. K. Gupta (1989). The k most vital arcs in the shortest path
    problem. Operations Research Letters 8:223. J. Hershberger, S. Suri (2001). Vickrey prices and
    shortest paths: what is an edge worth? Proc. 42nd IEEE FOCS, p. 252.

    Examples
    --------
    Two parallel roads of 10 and 25 minutes:

    >>> import geopandas as gpd
    >>> nodes = gpd.GeoDataFrame(
    ...     index=[1, 2], geometry=gpd.points_from_xy([116.0, 116.1], [40.0, 40.0], crs=4326))
    >>> edges = pd.DataFrame({"u": [1, 1], "v": [2, 2], "time_s": [600.0, 1500.0]})
    >>> roads = SpatialNetwork.from_geodataframes(nodes, edges.assign(key=[0, 1]))
    >>> replacement_paths(roads, [1, 2])[["before_min", "after_min", "extra_min"]].values.tolist()
    [[10.0, 25.0, 15.0]]
    """
    graph = network.csr
    nodes = pd.unique(np.asarray(places, dtype=np.int64))
    if len(nodes) < 2:
        raise NetworkError("paths need at least two places", remedy="give two nodes or more")
    rows = graph.positions(nodes)
    tables = []
    for i, origin in enumerate(rows):
        others = np.delete(rows, i)
        time_ms, first, arc, without_ms = replacement_times(
            graph.indptr, graph.indices, graph.weight_ms, int(origin), others
        )
        steps = np.diff(first)
        edges = network.edges.index[graph.edge_position[arc]].to_frame(index=False)
        after = np.where(without_ms == UNREACHED, np.inf, without_ms / _MS_PER_MIN)
        tables.append(
            edges.assign(
                origin=nodes[i],
                destination=np.repeat(np.delete(nodes, i), steps),
                before_min=np.repeat(time_ms / _MS_PER_MIN, steps),
                after_min=after,
            )
        )
    table: pd.DataFrame = pd.concat(tables, ignore_index=True)
    table["extra_min"] = table["after_min"] - table["before_min"]
    return table[["origin", "destination", "u", "v", "key", "before_min", "after_min", "extra_min"]]


def vital_edges(network: SpatialNetwork, mass: Mapping[int, float]) -> pd.DataFrame:
    r"""Edges by what their loss would cost the journeys between places.

    .. math:: C_e = \frac{\sum_{i \ne j} M_i M_j (c_{ij}^{-e} - c_{ij})}{\sum_{i \ne j} M_i M_j}

    over the pairs of places that still have a way; those cut off are counted apart.

    Parameters
    ----------
    network : SpatialNetwork
    mass : mapping of int to float
        M by node, such as the residents of the cities at their nodes.

    Returns
    -------
    DataFrame
        Indexed as the network's edges, only those on a shortest path, costliest first:
        ``pairs`` (that use it), ``share_using`` and ``share_cut_off`` (of journeys, by
        mass), ``mean_extra_min`` (C, over all journeys), ``worst_min`` (of a pair that still has
        a way), ``worst_origin``, ``worst_destination`` (nodes). Edges that cut off come before
        those that only delay.

    Raises
    ------
    NetworkError
        As `replacement_paths`.

    Notes
    -----
    The two directions of a road are two rows; the cost of closing the road is their sum.

    References
    ----------
    E. Jenelius, T. Petersen, L.-G. Mattsson (2006). Importance and exposure in road network
    vulnerability analysis. Transportation Research Part A 40:537.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> nodes, _ = roads.snap([[116.40, 39.90], [117.20, 39.13], [114.51, 38.04]])
    >>> table = vital_edges(roads, dict(zip(nodes, [21.9, 13.9, 11.2])))
    >>> bool(table["mean_extra_min"].is_monotonic_decreasing), bool(table["share_cut_off"].any())
    (True, False)
    """
    paths = replacement_paths(network, list(mass))
    weight = pd.Series(mass, dtype=np.float64)
    total = weight.sum() ** 2 - (weight**2).sum()
    share = (
        weight.reindex(paths["origin"]).to_numpy()
        * weight.reindex(paths["destination"]).to_numpy()
        / total
    )
    cut = np.isinf(paths["extra_min"].to_numpy())
    extra = paths["extra_min"].mask(cut, 0.0)
    paths = paths.assign(
        share_using=share, share_cut_off=share * cut, mean_extra_min=share * extra, extra_min=extra
    )
    by_edge = paths.groupby(["u", "v", "key"])
    table = by_edge[["share_using", "share_cut_off", "mean_extra_min"]].sum()
    table.insert(0, "pairs", by_edge.size())
    worst = paths.loc[by_edge["extra_min"].idxmax()].set_index(["u", "v", "key"])
    table["worst_min"] = worst["extra_min"]
    table["worst_origin"] = worst["origin"]
    table["worst_destination"] = worst["destination"]
    order = ["share_cut_off", "mean_extra_min", "share_using"]
    return table.sort_values(order, ascending=False, kind="stable")
