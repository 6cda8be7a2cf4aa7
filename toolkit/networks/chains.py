"""Chains of arcs through nodes where nothing can be chosen, merged into single edges.

Which nodes stay follows Boeing (2025, Trans. GIS 29(3):e70037), so that the result equals that of
osmnx: a node goes if exactly two neighbours are reached through it and every arc that enters it
leaves it on one other arc. Isolated rings, which osmnx removes, keep one node.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["arcs_in_chains", "merge_chains", "merged_edges"]

IntArray = npt.NDArray[np.int64]

SUMMED = ("length_m", "time_s", "time_peak_s", "delay_s", "signals", "junctions")
LOWEST = ("lanes", "maxspeed_kmh")
ANY = ("bridge", "tunnel")
JOINED = ("name", "name_en", "ref")
OF_THE_LONGEST = ("highway", "railway")
LAST = -1


def merge_chains(network: SpatialNetwork, *, keep: npt.ArrayLike = ()) -> SpatialNetwork:
    """Merge the edges of a network along chains.

    Parameters
    ----------
    network : SpatialNetwork
        Any network, such as one cut wherever ways meet.
    keep : array_like of int
        Nodes to keep in any case, such as stations.

    Returns
    -------
    SpatialNetwork
        The same roads with fewer nodes and edges. Lengths, times, delays and counts are summed,
        `lanes` and `maxspeed_kmh` are the lowest, `bridge` and `tunnel` say whether there is any,
        `name` and `ref` list what differs in alphabetical order, `highway` is that of the longest
        part; other columns are the first part's. O(n log n).

    Examples
    --------
    >>> points = gpd.points_from_xy([116.0, 116.1, 116.2], [40.0] * 3, crs=4326)
    >>> nodes = gpd.GeoDataFrame(index=[1, 2, 3], geometry=points)
    >>> edges = pd.DataFrame({"u": [1, 2], "v": [2, 3], "time_s": [600.0, 660.0]})
    >>> road = merge_chains(SpatialNetwork.from_geodataframes(nodes, edges))
    >>> road.edges["time_s"].to_dict(), road.nodes.index.tolist()
    ({(1, 3, 0): 1260.0}, [1, 3])
    """
    edges = merged_edges(network.edges.reset_index(), keep=keep)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    ends = np.union1d(edges["u"], edges["v"])
    # a node without any edge is no part of a chain
    alone = ~network.nodes.index.isin(network.edges.index.get_level_values("u")) & (
        ~network.nodes.index.isin(network.edges.index.get_level_values("v"))
    )
    kept = network.nodes.index.isin(ends) | alone
    indexed = gpd.GeoDataFrame(edges.set_index(["u", "v", "key"]), geometry="geometry", crs=4326)
    return replace(network, nodes=network.nodes[kept], edges=indexed[network.edges.columns])


def merged_edges(edges: gpd.GeoDataFrame, *, keep: npt.ArrayLike = ()) -> gpd.GeoDataFrame:
    """Merge directed edges along chains, as `merge_chains` does.

    Parameters
    ----------
    edges : geopandas.GeoDataFrame
        Columns `u`, `v`, `geometry` (from u to v), and those to aggregate.
    keep : array_like of int
        Nodes to keep in any case.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a chain with the columns of `edges` but `key`, in the order of the first arcs.
    """
    edges = gpd.GeoDataFrame(edges.drop(columns="key", errors="ignore"))
    if edges.empty:
        return edges
    lines = edges.geometry.to_numpy()
    nodes, ends = np.unique(edges[["u", "v"]].to_numpy(np.int64), return_inverse=True)
    tail, head = ends.reshape(-1, 2).T
    fixed = np.isin(nodes, np.asarray(keep, dtype=np.int64))
    after_tail, before_head = _neighbours(lines)
    chain, place = arcs_in_chains(tail, head, after_tail, before_head, fixed)
    order = np.lexsort((place, chain))
    chain = chain[order]
    parts = edges.iloc[order].reset_index(drop=True)
    starts = np.flatnonzero(np.concatenate([[True], chain[1:] != chain[:-1]]))
    stops = np.append(starts[1:], len(chain)) - 1
    merged = parts.iloc[starts].reset_index(drop=True)
    merged["v"] = parts["v"].to_numpy()[stops]
    several = stops > starts
    if several.any():
        among = np.repeat(several, stops - starts + 1)
        values = _aggregated(parts[among].drop(columns="geometry"), chain[among])
        for column in values.columns:
            merged.loc[several, column] = values[column].array
    merged["geometry"] = _joined_lines(lines[order], chain)
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=edges.crs)


def arcs_in_chains(
    tail: IntArray,
    head: IntArray,
    after_tail: IntArray,
    before_head: IntArray,
    fixed: npt.NDArray[np.bool_],
) -> tuple[IntArray, IntArray]:
    """Find the chain of each arc and its place in it.

    Parameters
    ----------
    tail, head : numpy.ndarray of int64, shape (M,)
        Ends of the arcs, as rows of `fixed`.
    after_tail, before_head : numpy.ndarray of int64, shape (M,)
        Second and last but one vertex of each arc, under any numbering common to both.
    fixed : numpy.ndarray of bool, shape (N,)
        Nodes that end every chain.

    Returns
    -------
    chain, place : numpy.ndarray of int64, shape (M,)
        Number of the chain, in the order of the first arcs, and place of the arc in it from 0.

    Examples
    --------
    A two-way road 0 - 1 - 2; the vertices are the nodes:

    >>> tail, head = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1])
    >>> chain, place = arcs_in_chains(tail, head, head, tail, np.zeros(3, dtype=bool))
    >>> chain.tolist(), place.tolist()
    ([0, 1, 0, 1], [0, 1, 1, 0])
    """
    following = _following(tail, head, after_tail, before_head, fixed)
    chain, place = _along(following)
    circling = np.flatnonzero(chain < 0)
    if len(circling):
        opened = fixed.copy()
        opened[_one_node_a_ring(tail[circling], head[circling], len(fixed))] = True
        chain, place = _along(_following(tail, head, after_tail, before_head, opened))
    return chain, place


def _neighbours(lines: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Number the second and the last but one vertex of each line by their place."""
    ends = np.concatenate([shapely.get_point(lines, 1), shapely.get_point(lines, -2)])
    where = shapely.get_x(ends) + 1j * shapely.get_y(ends)
    _, number = np.unique(where, return_inverse=True)
    return number[: len(lines)], number[len(lines) :]


def _following(
    tail: IntArray,
    head: IntArray,
    after_tail: IntArray,
    before_head: IntArray,
    fixed: npt.NDArray[np.bool_],
) -> IntArray:
    """The arc by which each arc goes on, -1 where its head is an end."""
    count = len(fixed)
    leaving, entering = np.bincount(tail, minlength=count), np.bincount(head, minlength=count)
    through = (leaving == entering) & ((leaving == 1) | (leaving == 2)) & ~fixed
    through[tail[tail == head]] = False
    out, into = np.lexsort((after_tail, tail)), np.lexsort((before_head, head))
    first_out, first_in = np.cumsum(leaving) - leaving, np.cumsum(entering) - entering
    following = np.full(len(tail), LAST, dtype=np.int64)

    single = np.flatnonzero(through & (leaving == 1))
    enter, leave = into[first_in[single]], out[first_out[single]]
    onward = before_head[enter] != after_tail[leave]
    following[enter[onward]] = leave[onward]

    double = np.flatnonzero(through & (leaving == 2))
    enter = into[first_in[double][:, None] + [0, 1]]
    leave = out[first_out[double][:, None] + [0, 1]]
    behind, ahead = before_head[enter], after_tail[leave]
    onward = (behind == ahead).all(axis=1) & (behind[:, 0] != behind[:, 1])
    following[enter[onward]] = leave[onward][:, ::-1]
    return following


def _along(following: IntArray) -> tuple[IntArray, IntArray]:
    """Number chains from their first arcs; arcs that only follow each other in a ring get -1."""
    first = np.ones(len(following), dtype=bool)
    first[following[following != LAST]] = False
    arc = np.flatnonzero(first)
    number = np.arange(len(arc))
    chain = np.full(len(following), -1, dtype=np.int64)
    place = np.zeros(len(following), dtype=np.int64)
    step = 0
    while len(arc):
        chain[arc], place[arc] = number, step
        onward = following[arc] != LAST
        arc, number, step = following[arc[onward]], number[onward], step + 1
    return chain, place


def _one_node_a_ring(tail: IntArray, head: IntArray, count: int) -> IntArray:
    """Lowest node of each ring."""
    matrix = coo_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(count, count))
    _, ring = connected_components(matrix, directed=False)
    nodes = np.unique(tail)
    _, place = np.unique(ring[nodes], return_index=True)
    return nodes[place]


def _aggregated(parts: pd.DataFrame, chain: IntArray) -> pd.DataFrame:
    """One row a chain of the columns that are not simply those of the first part."""
    groups = parts.groupby(chain, sort=True)
    found = {column: groups[column].sum() for column in SUMMED if column in parts}
    found |= {column: groups[column].min() for column in LOWEST if column in parts}
    found |= {column: groups[column].max() for column in ANY if column in parts}
    found |= {column: _listed(parts[column], chain) for column in JOINED if column in parts}
    longest = parts.groupby(chain, sort=True)["length_m"].idxmax()
    for column in OF_THE_LONGEST:
        if column in parts:
            found[column] = parts[column].loc[longest].set_axis(longest.index)
    return pd.DataFrame(found)


def _listed(values: pd.Series, chain: IntArray) -> pd.Series:
    """Different values of each chain in alphabetical order, with semicolons between."""
    table = pd.DataFrame({"value": values.to_numpy(object), "chain": chain})
    different = table.dropna().drop_duplicates().sort_values(["chain", "value"])
    texts = different.groupby("chain")["value"].agg(";".join)
    return texts.reindex(np.unique(chain))


def _joined_lines(lines: npt.NDArray[np.object_], chain: IntArray) -> npt.NDArray[np.object_]:
    """Lines put together; where two meet the vertex counts once."""
    vertices, line = shapely.get_coordinates(lines, return_index=True)
    begins = np.concatenate([[True], line[1:] != line[:-1]])
    inner = np.concatenate([[False], chain[1:] == chain[:-1]])
    kept = ~(begins & inner[line])
    return np.asarray(shapely.linestrings(vertices[kept], indices=chain[line][kept]), dtype=object)
