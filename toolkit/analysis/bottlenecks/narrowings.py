"""Where a through route narrows: lanes or class drop from one edge to the next.

A drop matters as far as traffic runs through it, so each is weighted by betweenness, the share of
shortest paths that pass (Freeman 1977, Sociometry 40:35).
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.borders.crossings import ROAD_CLASSES, road_class
from toolkit.errors import NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["narrowings"]


def narrowings(
    network: SpatialNetwork, betweenness: npt.ArrayLike, *, most_turn_degrees: float = 60.0
) -> gpd.GeoDataFrame:
    r"""Places where a through route loses lanes or class, the busiest first.

    From each edge e the route goes on by the edge f that carries most betweenness among those that
    leave its head without turning by more than an angle, and whose own busiest predecessor is e:
    each other's main continuation. Where f has fewer lanes or a lower class, the route narrows,
    with the weight

    .. math:: w = \min(b_e, b_f)

    since no more of the flow on e than this can go on by f.

    Parameters
    ----------
    network : SpatialNetwork
        With ``highway`` or ``lanes``; ramps count with their road's class.
    betweenness : array_like of float, one value an edge
        In the order of ``network.edges``, as `toolkit.analysis.centrality.centrality` gives it.
    most_turn_degrees : float
        A sharper bend is no through route.

    Returns
    -------
    GeoDataFrame
        One row a narrowing: ``node``, ``u`` (where e begins), ``v`` (where f ends), ``from_class``,
        ``to_class``, ``class_drop`` (steps of motorway, trunk, primary, secondary, tertiary,
        anything else), ``from_lanes``, ``to_lanes``, ``lane_drop`` (missing where either is; half
        a lane a direction where both directions share a road), ``betweenness`` (w); point of the
        node in EPSG:4326, largest w first.

    Raises
    ------
    NetworkError
        The values are not one an edge.

    References
    ----------
    L. C. Freeman (1977). A set of measures of centrality based on betweenness. Sociometry 40:35.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> found = narrowings(roads, np.ones(len(roads.edges)))
    >>> bool(((found["class_drop"] > 0) | (found["lane_drop"] > 0)).all())
    True
    """
    flow = np.asarray(betweenness, dtype=np.float64)
    edges = network.edges
    if flow.shape != (len(edges),):
        raise NetworkError(
            f"betweenness of shape {flow.shape} for {len(edges)} edges",
            remedy="give one value an edge",
        )
    kind = road_class(network)
    ranks = {name: rank for rank, name in enumerate(ROAD_CLASSES)}
    rank = np.array([ranks.get(name, len(ROAD_CLASSES)) for name in kind])
    lanes = _lanes_one_way(edges)
    before, after = _main_continuations(network, flow, most_turn_degrees)
    class_drop = rank[after] - rank[before]
    lane_drop = lanes[before] - lanes[after]
    narrower = (class_drop > 0) | (lane_drop > 0)
    before, after = before[narrower], after[narrower]
    weight = np.minimum(flow[before], flow[after])
    ends = edges.index.to_frame(index=False)
    node = ends["v"].to_numpy()[before]
    table = gpd.GeoDataFrame(
        {
            "node": node,
            "u": ends["u"].to_numpy()[before],
            "v": ends["v"].to_numpy()[after],
            "from_class": kind[before],
            "to_class": kind[after],
            "class_drop": np.maximum(class_drop[narrower], 0),
            "from_lanes": lanes[before],
            "to_lanes": lanes[after],
            "lane_drop": lane_drop[narrower],
            "betweenness": weight,
        },
        geometry=network.nodes.geometry[node].to_numpy(),
        crs=4326,
    )
    order = ["betweenness", "node", "u", "v"]
    return table.sort_values(order, ascending=[False, True, True, True], ignore_index=True)


def _lanes_one_way(edges: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Lanes in the direction of each edge: tags of two-way roads count both."""
    if "lanes" not in edges:
        return np.full(len(edges), np.nan)
    lanes = edges["lanes"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    one_way = edges["oneway"].astype("boolean").fillna(False).to_numpy(bool)
    return np.where(one_way, lanes, lanes / 2.0)


def _main_continuations(
    network: SpatialNetwork, flow: npt.NDArray[np.float64], most_turn_degrees: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of edges that follow each other, each the main continuation of the other."""
    ends = network.edges.index.to_frame(index=False)
    rows = np.arange(len(ends))
    arriving = pd.DataFrame({"node": ends["v"], "from": ends["u"], "before": rows})
    leaving = pd.DataFrame({"node": ends["u"], "to": ends["v"], "after": rows})
    turns = arriving.merge(leaving, on="node")
    turns = turns[turns["from"] != turns["to"]]
    into, out = _bearings(network)
    change = np.abs(into[turns["before"]] - out[turns["after"]]) % 360.0
    turns = turns[np.minimum(change, 360.0 - change) <= most_turn_degrees]
    turns = turns.assign(flow_before=flow[turns["before"]], flow_after=flow[turns["after"]])
    onward = turns.loc[turns.groupby("before")["flow_after"].idxmax(), ["before", "after"]]
    back = turns.loc[turns.groupby("after")["flow_before"].idxmax(), ["before", "after"]]
    both = onward.merge(back, on=["before", "after"])
    return both["before"].to_numpy(np.int64), both["after"].to_numpy(np.int64)


def _bearings(
    network: SpatialNetwork,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Directions in which each edge arrives and leaves, in degrees from east, on a local plane."""
    coordinates, line = (
        network.edges.geometry.get_coordinates().to_numpy(),
        np.repeat(np.arange(len(network.edges)), network.edges.geometry.count_coordinates()),
    )
    first = np.flatnonzero(np.append(True, line[1:] != line[:-1]))
    last = np.append(first[1:], len(line)) - 1

    def bearing(start: npt.NDArray[np.intp], end: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        step = coordinates[end] - coordinates[start]
        east = step[:, 0] * np.cos(np.radians(coordinates[end][:, 1]))
        return np.asarray(np.degrees(np.arctan2(step[:, 1], east)))

    return bearing(last - 1, last), bearing(first, first + 1)
