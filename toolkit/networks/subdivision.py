"""Long edges cut into parts, so that a place half way along a road can be a node."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import NetworkError
from toolkit.networks.geodesy import line_parts
from toolkit.networks.places import open_edges
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["subdivided"]

AT_HEAD = ("delay_s", "signals", "junctions")
TIMES = ("time_s", "time_peak_s")
MS = 1000.0


def subdivided(network: SpatialNetwork, longest_m: float) -> SpatialNetwork:
    """Cut long edges into equal parts, motorways, ferries, bridges and tunnels excepted.

    Parameters
    ----------
    network : SpatialNetwork
    longest_m : float
        Longer edges are cut into as few parts as make them no longer.

    Returns
    -------
    SpatialNetwork
        The same roads. New nodes have ids above the old ones and stand in the same place in both
        directions. Lengths are shared out; times too, in whole milliseconds, so that shortest
        times between old nodes stay the same; what is met at the head of an edge (signals,
        junctions, delays) stays with the last part. Cut edges come after those left whole.

    Raises
    ------
    NetworkError
        `longest_m` is not above 0.

    Examples
    --------
    >>> nodes = gpd.GeoDataFrame(
    ...     index=[1, 2], geometry=gpd.points_from_xy([116.0, 116.0], [40.0, 40.1], crs=4326))
    >>> edges = pd.DataFrame({"u": [1, 2], "v": [2, 1], "time_s": [600.0, 660.0]})
    >>> finer = subdivided(SpatialNetwork.from_geodataframes(nodes, edges), 6_000)
    >>> finer.edges["time_s"].to_dict()
    {(1, 3, 0): 300.0, (3, 2, 0): 300.0, (2, 3, 0): 330.0, (3, 1, 0): 330.0}
    """
    if not longest_m > 0.0:
        raise NetworkError(f"parts of {longest_m} m", remedy="give a length above 0")
    length_m = network.edges["length_m"].to_numpy(np.float64)
    parts = np.where(open_edges(network), np.ceil(length_m / longest_m - 1e-9), 1.0).astype(int)
    long = np.flatnonzero(parts > 1)
    if not len(long):
        return network
    first, pieces, nodes = _inner_nodes(network, long, parts[long])
    rows = np.repeat(long, parts[long])
    place = np.concatenate([np.arange(count) for count in parts[long]])
    count = parts[rows]
    edge = np.repeat(np.arange(len(long)), parts[long])
    forward = _runs_forward(network.edges.geometry.to_numpy()[long])[edge]
    last = place == count - 1
    ends = network.edges.index.to_frame(index=False).iloc[rows].reset_index(drop=True)
    inner = np.where(forward, first[edge] + place, first[edge] + count - 2 - place)
    before = np.where(forward, inner - 1, inner + 1)
    cut = gpd.GeoDataFrame(network.edges.iloc[rows].reset_index(drop=True))
    cut["geometry"] = np.concatenate(pieces)
    cut["u"] = np.where(place == 0, ends["u"], before)
    cut["v"] = np.where(last, ends["v"], inner)
    cut["length_m"] = cut["length_m"] / count
    _share_times(cut, place, count, last)
    whole = gpd.GeoDataFrame(network.edges[parts == 1].reset_index().drop(columns="key"))
    edges = gpd.GeoDataFrame(pd.concat([whole, cut], ignore_index=True), crs=4326)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    edges = edges.set_index(["u", "v", "key"])[network.edges.columns].astype(
        dict(network.edges.dtypes)
    )
    return replace(
        network,
        nodes=gpd.GeoDataFrame(pd.concat([network.nodes, nodes]), crs=4326),
        edges=gpd.GeoDataFrame(edges, crs=4326),
    )


def _inner_nodes(
    network: SpatialNetwork, long: npt.NDArray[np.int_], parts: npt.NDArray[np.int_]
) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.object_]], gpd.GeoDataFrame]:
    """First new node of each edge, common to both directions of a road, its parts, all nodes."""
    free = int(network.nodes.index.max()) + 1
    edges = network.edges.iloc[long]
    lines = edges.geometry.to_numpy()
    standard, forward = shapely.normalize(lines), _runs_forward(lines)
    roads = pd.DataFrame(
        {"shape": shapely.to_wkb(standard), "length": edges["length_m"].round(1).to_numpy()}
    )
    # of roads drawn alike the first one way belongs to the first the other way
    roads["rank"] = roads.groupby(["shape", "length", pd.Series(forward)]).cumcount()
    road = roads.groupby(["shape", "length", "rank"], sort=False).ngroup().to_numpy()
    _, first_of_road = np.unique(road, return_index=True)
    cut = [line_parts(standard[i], np.linspace(0.0, 1.0, parts[i] + 1)) for i in first_of_road]
    start = np.cumsum([0] + [len(pieces) - 1 for pieces in cut])
    index = pd.RangeIndex(free, free + start[-1], name=network.nodes.index.name)
    points = np.concatenate([shapely.get_point(pieces[:-1], -1) for pieces in cut])
    nodes = gpd.GeoDataFrame(index=index, geometry=points, crs=4326)
    nodes["x"], nodes["y"] = nodes.geometry.x, nodes.geometry.y
    pieces = [
        cut[number] if ahead else shapely.reverse(cut[number])[::-1]
        for number, ahead in zip(road, forward, strict=True)
    ]
    return free + start[road], pieces, nodes.reindex(columns=network.nodes.columns)


def _runs_forward(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Whether a line runs as the standard form of its shape does."""
    return np.asarray(shapely.equals_exact(lines, shapely.normalize(lines)))


def _share_times(
    cut: gpd.GeoDataFrame,
    place: npt.NDArray[np.int_],
    count: npt.NDArray[np.int_],
    last: npt.NDArray[np.bool_],
) -> None:
    """Share out times in whole milliseconds, after setting aside what is lost at the head."""
    delay_s = (
        cut["delay_s"].fillna(0.0).to_numpy(np.float64) if "delay_s" in cut else np.zeros(len(cut))
    )
    for column in TIMES:
        if column in cut:
            driven_ms = np.rint(cut[column].to_numpy(np.float64) * MS) - np.rint(delay_s * MS)
            marks = np.rint(driven_ms * place / count), np.rint(driven_ms * (place + 1) / count)
            cut[column] = (marks[1] - marks[0] + np.where(last, np.rint(delay_s * MS), 0.0)) / MS
    for column in AT_HEAD:
        if column in cut:
            cut.loc[~last, column] = 0
