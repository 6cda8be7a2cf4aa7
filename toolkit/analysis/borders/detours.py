"""What a border costs on the road: journeys across it against journeys beside it, as far apart."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.kernels.shortest_paths import shortest_times_many
from toolkit.errors import MissingDataError
from toolkit.networks.geodesy import earth_centred
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["BorderCost", "border_cost", "border_detours", "nodes_beside", "parallel_sides"]

_MS_PER_MIN = 60_000.0
_LEAST_M_PER_DEGREE = 110_500.0  # of latitude, at the equator


@dataclass(frozen=True)
class BorderCost:
    """What crossing costs, over pairs of places at equal straight distances.

    Attributes
    ----------
    pairs_across, pairs_beside : int
        Unordered pairs on different sides, and on one side.
    detour_across, detour_beside : float
        Mean of road distance over straight distance.
    detour_ratio : float
        The first over the second: 1 where the border is none.
    minutes_across, minutes_beside : float
        Mean travel times.
    cost_min : float
        Their difference: the travel-time cost of the border, minutes a journey.
    """

    pairs_across: int
    pairs_beside: int
    detour_across: float
    detour_beside: float
    detour_ratio: float
    minutes_across: float
    minutes_beside: float
    cost_min: float


def nodes_beside(
    network: SpatialNetwork,
    line: shapely.Geometry,
    sides: gpd.GeoDataFrame,
    *,
    epsg: int,
    within_m: float = 20_000.0,
) -> pd.Series:
    """Nodes near a line, by the side they are on.

    Parameters
    ----------
    network : SpatialNetwork
    line : Geometry
        Border or placebo line in EPSG:4326.
    sides : GeoDataFrame
        Two areas in any stated CRS, by label.
    epsg : int
        Projected CRS to measure in.
    within_m : float
        Distance from the line.

    Returns
    -------
    Series
        Index node, label of the side; nodes on neither are left out.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> sides = gpd.GeoDataFrame(index=["west", "east"], crs=4326, geometry=[
    ...     shapely.box(110, 36, 116, 43), shapely.box(116, 36, 120, 43)])
    >>> line = shapely.LineString([(116, 36), (116, 43)])
    >>> near = nodes_beside(schematic_roads(), line, sides, epsg=32650)
    >>> sorted(near.unique())
    ['east', 'west']
    """
    drawn = gpd.GeoSeries([line], crs=4326).to_crs(epsg).iloc[0]
    shapely.prepare(drawn)
    points = network.nodes.geometry[_in_box(network, line, within_m)].to_crs(epsg)
    near = points[shapely.dwithin(points.to_numpy(), drawn, within_m)]
    label = pd.Series(pd.NA, index=near.index, dtype="object", name="side")
    for name, shape in sides.geometry.to_crs(epsg)[::-1].items():
        shapely.prepare(shape)
        label[shapely.intersects(shape, near.to_numpy())] = name
    return label.dropna()


def parallel_sides(
    border: shapely.Geometry, area: shapely.Geometry, distance_m: float, *, epsg: int
) -> gpd.GeoDataFrame:
    """Sides of a placebo line: the part of an area nearer to its border, and the rest.

    Parameters
    ----------
    border, area : Geometry
        In EPSG:4326.
    distance_m : float
        Of the placebo line from the border.
    epsg : int
        Projected CRS to measure in.

    Returns
    -------
    GeoDataFrame
        Index ``near``, ``far``; polygons in EPSG:4326.

    Examples
    --------
    >>> area, border = shapely.box(116, 39, 117, 40), shapely.LineString([(116, 39), (116, 40)])
    >>> sides = parallel_sides(border, area, 20_000, epsg=32650)
    >>> share = shapely.area(sides.geometry) / area.area
    >>> dict(zip(sides.index, share.round(2).tolist()))
    {'near': 0.23, 'far': 0.77}
    """
    line, land = gpd.GeoSeries([border, area], crs=4326).to_crs(epsg)
    strip = line.simplify(distance_m / 20.0).buffer(distance_m)
    parts = [land.intersection(strip), land.difference(strip)]
    return gpd.GeoDataFrame(index=["near", "far"], geometry=parts, crs=epsg).to_crs(4326)


def border_detours(
    network: SpatialNetwork,
    side: pd.Series,
    *,
    bins_km: npt.ArrayLike = tuple(range(2, 62, 2)),
    most_nodes: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Detours and times of pairs across a border and of pairs beside it, by straight distance.

    The same places make both kinds of pairs, so that hills and the density of roads weigh alike.
    Pairs across still point another way than pairs beside, which matters where streets form a
    grid; placebo lines (`parallel_sides`) share that bias, so compare with them.

    Parameters
    ----------
    network : SpatialNetwork
    side : Series
        Index node, label of one of two sides, as `nodes_beside` gives it.
    bins_km : array_like of float
        Edges of the classes of straight distance, ascending. Narrow classes compare like with
        like.
    most_nodes : int
        Of more nodes so many are drawn at random.
    seed : int
        Of the draw.

    Returns
    -------
    DataFrame
        Index ``from_km``, ``to_km``; for each of ``across`` and ``beside``: ``pairs_``,
        ``detour_`` (mean of shortest road over straight line), ``minutes_`` (mean of the
        shortest times) and ``cut_`` (pairs without a way, left out of the means).

    Raises
    ------
    MissingDataError
        There are not two sides.

    Notes
    -----
    Exact shortest paths both ways, O(n m log m) for n nodes and m edges; 16 bytes a pair.

    References
    ----------
    P. Rietveld (2012). Barrier effects of borders: implications for border-crossing
    infrastructures. European Journal of Transport and Infrastructure Research 12:150.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> side = pd.Series(np.where(roads.nodes["x"] < 116, "west", "east"), index=roads.nodes.index)
    >>> table = border_detours(roads, side)
    >>> bool(table["detour_across"].min() >= 1)
    True
    """
    labels = side.unique()
    if len(labels) != 2:
        raise MissingDataError(
            f"{len(labels)} sides of the border have nodes: {', '.join(map(str, labels))}",
            remedy="take a wider strip, or a border between two areas with roads",
        )
    if len(side) > most_nodes:
        side = side.sample(most_nodes, random_state=seed).sort_index()
    nodes = network.nodes.loc[side.index]
    places = earth_centred(nodes["x"], nodes["y"])
    one, other = np.triu_indices(len(side), k=1)
    straight_km = np.sqrt(((places[one] - places[other]) ** 2).sum(axis=1)) / 1000.0
    rows = network.csr.positions(side.index)
    minutes = _both_ways(network, "time_s", rows)[one, other] / _MS_PER_MIN
    road_km = _both_ways(network, "length_m", rows)[one, other] / 1e6
    away = side.to_numpy()[one] != side.to_numpy()[other]
    edges = np.asarray(bins_km, dtype=np.float64)
    pairs = pd.DataFrame(
        {
            "bin": np.searchsorted(edges, straight_km, side="right") - 1,
            "kind": np.where(away, "across", "beside"),
            "minutes": minutes,
            "detour": np.maximum(road_km / np.maximum(straight_km, 1e-6), 1.0),
            "cut": np.isnan(minutes),
        }
    )
    pairs = pairs[(pairs["bin"] >= 0) & (pairs["bin"] < len(edges) - 1)]
    table = pd.DataFrame(index=pd.RangeIndex(len(edges) - 1))
    for kind in ("across", "beside"):
        by_bin = pairs[pairs["kind"] == kind].groupby("bin")
        table[f"pairs_{kind}"] = by_bin["minutes"].count()
        table[f"detour_{kind}"] = by_bin["detour"].mean()
        table[f"minutes_{kind}"] = by_bin["minutes"].mean()
        table[f"cut_{kind}"] = by_bin["cut"].sum()
    counts = ["pairs_across", "pairs_beside", "cut_across", "cut_beside"]
    table[counts] = table[counts].fillna(0).astype(np.int64)
    table.index = pd.MultiIndex.from_arrays([edges[:-1], edges[1:]], names=["from_km", "to_km"])
    return table


def border_cost(detours: pd.DataFrame) -> BorderCost:
    r"""Detour ratio and travel-time cost of a border, over all distances.

    .. math:: \Delta = \sum_b w_b (t^{across}_b - t^{beside}_b), \qquad
        w_b = \frac{n^{across}_b}{\sum n^{across}}

    over the classes of distance b that hold pairs of both kinds.

    Parameters
    ----------
    detours : DataFrame
        As `border_detours` gives it.

    Returns
    -------
    BorderCost

    Raises
    ------
    MissingDataError
        No class of distance holds pairs of both kinds.

    References
    ----------
    The idea that a border is as wide as the distance that costs as much: C. Engel, J. H. Rogers
    (1996). How wide is the border? American Economic Review 86:1112.

    Examples
    --------
    >>> table = pd.DataFrame({"pairs_across": [3, 1], "pairs_beside": [5, 5],
    ...     "detour_across": [1.5, 1.5], "detour_beside": [1.2, 1.2],
    ...     "minutes_across": [20.0, 40.0], "minutes_beside": [15.0, 39.0]})
    >>> cost = border_cost(table)
    >>> cost.cost_min, round(cost.detour_ratio, 4)
    (4.0, 1.25)
    """
    both = detours[(detours["pairs_across"] > 0) & (detours["pairs_beside"] > 0)]
    if both.empty:
        raise MissingDataError(
            "no distance has pairs both across the border and beside it",
            remedy="take a wider strip or wider classes of distance",
        )
    weight = both["pairs_across"] / both["pairs_across"].sum()
    mean = {
        column: float((weight * both[column]).sum())
        for column in ("detour_across", "detour_beside", "minutes_across", "minutes_beside")
    }
    return BorderCost(
        pairs_across=int(both["pairs_across"].sum()),
        pairs_beside=int(both["pairs_beside"].sum()),
        detour_ratio=mean["detour_across"] / mean["detour_beside"],
        cost_min=mean["minutes_across"] - mean["minutes_beside"],
        **mean,
    )


def _in_box(
    network: SpatialNetwork, line: shapely.Geometry, within_m: float
) -> npt.NDArray[np.bool_]:
    """Nodes in the box around a line, with room to spare: few need to be projected."""
    west, south, east, north = shapely.bounds(line)
    degrees_north = 1.1 * within_m / _LEAST_M_PER_DEGREE
    farthest = min(max(abs(south), abs(north)) + degrees_north, 89.0)
    degrees_east = degrees_north / np.cos(np.radians(farthest))
    x, y = (network.nodes[axis].to_numpy(np.float64) for axis in ("x", "y"))
    inside_x = (x >= west - degrees_east) & (x <= east + degrees_east)
    inside_y = (y >= south - degrees_north) & (y <= north + degrees_north)
    return np.asarray(inside_x & inside_y)


def _both_ways(
    network: SpatialNetwork, weight: str, rows: npt.NDArray[np.int32]
) -> npt.NDArray[np.float64]:
    """Mean of there and back between nodes, NaN where either has no way."""
    graph = network.compressed(weight)
    found = shortest_times_many(graph.indptr, graph.indices, graph.weight_ms, rows)[:, rows]
    there = np.where(found < 0, np.nan, found.astype(np.float64))
    return np.asarray((there + there.T) / 2.0)
