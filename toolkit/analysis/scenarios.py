"""What a link changes: a road network with links added, removed, or as of a date.

Before and after are two networks of one kind, so every measure of this package can be taken on
both; `toolkit.analysis.scenario_effects` compares travel times, and new railway lines are in
`toolkit.analysis.rail_scenarios`.
"""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.errors import NetworkError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.schema import check_positive, listed
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS

__all__ = ["SCENARIO_SOURCE", "added_edges", "scenario"]

SCENARIO_SOURCE = "scenario"
Edges = pd.MultiIndex | Iterable[tuple[int, int, int]]
_KMH_PER_MS = 3.6
# of a new line nothing is known of what is met on it, nor does it stand for a way of a map
_NONE_MET = ["delay_s", "signals", "junctions", "osm_way"]


def scenario(
    network: SpatialNetwork,
    *,
    add: gpd.GeoDataFrame | None = None,
    remove: Edges | gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    as_of: str | None = None,
    snap_limit_m: float = DEFAULTS.snap_limit_m,
) -> SpatialNetwork:
    """A network with links removed, then added, and without what opened later than a date.

    Parameters
    ----------
    network : SpatialNetwork
    add : GeoDataFrame, optional
        Lines in any stated CRS, such as a GeoJSON drawn in QGIS. Needs ``speed_kmh`` or ``time_s``;
        used where present: ``length_km`` (else measured), ``oneway`` (else both ways), ``opened``,
        and any column of the network's edges. Each line joins the nodes nearest to its two ends.
    remove : MultiIndex, iterable of (u, v, key), or geometries, optional
        Edges by name, or all edges that touch lines or areas in any stated CRS.
    as_of : str, optional
        Year or ISO date. Edges, and lines of `add`, with a later ``opened`` are left out; those of
        unknown date stay.
    snap_limit_m : float
        The end of a line may be so far from the network. What is missing is added to its length
        and driven at its speed.

    Returns
    -------
    SpatialNetwork
        Same nodes; added edges come last and say ``source`` 'scenario'. The input is unchanged.

    Raises
    ------
    NetworkError
        A line has no CRS, speed or time, is no LineString, ends too far from the network, or at
        one node with both ends; or an edge to remove is not there.

    Notes
    -----
    Adding never lengthens a shortest time, and removing `added_edges` restores the network
    exactly: the same edges in the same order.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> line = gpd.GeoDataFrame({"speed_kmh": [100.0]}, crs=4326,
    ...     geometry=[shapely.LineString([(116.4, 39.9), (117.93, 40.96)])])
    >>> faster = scenario(roads, add=line)
    >>> len(faster.edges) - len(roads.edges)
    2
    >>> scenario(faster, remove=added_edges(faster)).edges.equals(roads.edges)
    True
    """
    edges = network.edges
    if remove is not None:
        edges = edges[~_chosen(edges, remove)]
    if as_of is not None:
        edges = edges[_open(edges, as_of)]
    if add is not None:
        lines = add if as_of is None else add[_open(add, as_of)]
        edges = _with_lines(replace(network, edges=edges), lines, snap_limit_m)
    return replace(network, edges=edges)


def added_edges(network: SpatialNetwork) -> pd.MultiIndex:
    """Edges that `scenario` has added to a network.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> len(added_edges(schematic_roads()))
    0
    """
    added = (network.edges["source"] == SCENARIO_SOURCE).fillna(False)
    return pd.MultiIndex.from_tuples(network.edges.index[added], names=network.edges.index.names)


def _chosen(
    edges: gpd.GeoDataFrame, remove: Edges | gpd.GeoDataFrame | gpd.GeoSeries
) -> np.ndarray:
    """Which edges are named, or touched by geometries."""
    if isinstance(remove, gpd.GeoDataFrame | gpd.GeoSeries):
        if remove.crs is None:
            raise NetworkError("geometries to remove have no CRS", remedy="state it with set_crs()")
        touched = shapely.union_all(remove.geometry.to_crs(edges.crs).to_numpy())
        shapely.prepare(touched)
        return np.asarray(shapely.intersects(touched, edges.geometry.to_numpy()))
    named = (
        remove if isinstance(remove, pd.MultiIndex) else pd.Index(list(remove), tupleize_cols=True)
    )
    unknown = named[~named.isin(edges.index)]
    if len(unknown):
        raise NetworkError(
            f"no such edges: {listed(unknown)}", remedy="name edges as in the network's `edges`"
        )
    return np.asarray(edges.index.isin(named))


def _open(table: gpd.GeoDataFrame, as_of: str) -> np.ndarray:
    """Which rows had opened by a date; a year alone stands for all of it."""
    if "opened" not in table.columns:
        return np.ones(len(table), dtype=bool)
    dates = [
        "" if pd.isna(value) else str(value) for value in table["opened"].astype(object).tolist()
    ]
    shared = [min(len(date), len(as_of)) for date in dates]
    return np.array([d[:n] <= as_of[:n] for d, n in zip(dates, shared, strict=True)], dtype=bool)


def _with_lines(
    network: SpatialNetwork, lines: gpd.GeoDataFrame, snap_limit_m: float
) -> gpd.GeoDataFrame:
    """Edges of the network and, after them, those of the lines."""
    if not len(lines):
        return network.edges
    drawn = _timed(lines)
    ends = [
        gpd.GeoSeries(shapely.get_point(drawn.geometry.to_numpy(), position), crs=4326)
        for position in (0, -1)
    ]
    (tails, tail_m), (heads, head_m) = (network.snap(points) for points in ends)
    _check_ends(lines, tails, heads, np.maximum(tail_m, head_m), snap_limit_m)
    whole_m = drawn["length_m"].to_numpy() + tail_m + head_m
    added = drawn.assign(
        u=tails,
        v=heads,
        time_s=drawn["time_s"].to_numpy() * whole_m / drawn["length_m"].to_numpy(),
        length_m=whole_m,
        source=SCENARIO_SOURCE,
    )
    added["geometry"] = _to_nodes(added, network.nodes)
    back = added[~added["oneway"]].rename(columns={"u": "v", "v": "u"})
    back = back.assign(geometry=shapely.reverse(back.geometry.to_numpy()))
    both = pd.concat([added, back]).sort_index(kind="stable")
    both["key"] = _free_keys(network.edges.index, both)
    new = _as_edges(both.set_index(["u", "v", "key"]), network.edges)
    return gpd.GeoDataFrame(pd.concat([network.edges, new]), crs=network.edges.crs)


def _as_edges(added: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Added edges with the columns and types of those there are."""
    check_positive(added, "time_s")
    if "opened" in added and pd.api.types.is_numeric_dtype(edges.get("opened", pd.Series())):
        years = added["opened"].astype("str").str[:4]
        added = added.assign(opened=pd.to_numeric(years, errors="coerce").astype("Int64"))
    filled = added.reindex(columns=edges.columns)
    for column in edges.columns.intersection(_NONE_MET):
        filled[column] = filled[column].fillna(0)
    if "time_peak_s" in filled:
        filled["time_peak_s"] = filled["time_peak_s"].fillna(added["time_s"])
    try:
        return filled.astype(dict(edges.dtypes))
    except (TypeError, ValueError) as error:
        raise NetworkError(
            f"lines to add have values that do not fit the network's columns: {error}",
            remedy="drop or mend these columns",
        ) from error


def _timed(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lines in EPSG:4326 with length, time and direction."""
    if lines.crs is None:
        raise NetworkError("lines to add have no CRS", remedy="state it with set_crs(...)")
    drawn = lines.to_crs(4326).explode(ignore_index=True)
    if len(drawn) != len(lines) or not (drawn.geom_type == "LineString").all():
        raise NetworkError(
            f"lines to add hold {', '.join(sorted(set(lines.geom_type)))}",
            remedy="draw each link as one LineString",
        )
    measured = pd.Series(line_lengths_m(drawn.geometry.to_numpy()), index=drawn.index)
    if "length_km" in drawn:
        measured = (drawn["length_km"].astype(float) * 1000.0).fillna(measured)
    time = pd.Series(np.nan, index=drawn.index)
    if "time_s" in drawn:
        time = drawn["time_s"].astype(float)
    if "speed_kmh" in drawn:
        time = time.fillna(measured / drawn["speed_kmh"].astype(float) * _KMH_PER_MS)
    if time.isna().any():
        raise NetworkError(
            f"{int(time.isna().sum())} of {len(drawn)} lines to add have no speed_kmh or time_s",
            remedy="give each a speed in km/h",
        )
    oneway = drawn["oneway"] if "oneway" in drawn else pd.Series(False, index=drawn.index)
    return drawn.assign(
        length_m=measured, time_s=time, oneway=oneway.astype("boolean").fillna(False).astype(bool)
    )


def _check_ends(
    lines: gpd.GeoDataFrame,
    tails: np.ndarray,
    heads: np.ndarray,
    furthest_m: np.ndarray,
    limit_m: float,
) -> None:
    """Refuse lines that do not meet the network, or meet it at one node only."""
    if (furthest_m > limit_m).any():
        worst = int(furthest_m.argmax())
        raise NetworkError(
            f"line {worst + 1} of {len(lines)} ends {furthest_m[worst] / 1000:.1f} km from the "
            f"network, beyond {limit_m / 1000:g} km",
            remedy="draw it to a node of the network, or raise snap_limit_m "
            "(argument in Python, else under [settings] in toolkit.toml)",
        )
    if (tails == heads).any():
        raise NetworkError(
            f"line {int((tails == heads).argmax()) + 1} of {len(lines)} begins and ends at one "
            "node of the network",
            remedy="draw it from one junction to another",
        )


def _to_nodes(added: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> list[shapely.LineString]:
    """Lines drawn on to the nodes they join."""
    place = nodes[["x", "y"]]
    return [
        shapely.LineString([place.loc[u], *line.coords, place.loc[v]])
        for u, v, line in zip(added["u"], added["v"], added.geometry, strict=True)
    ]


def _free_keys(index: pd.MultiIndex, added: pd.DataFrame) -> np.ndarray:
    """Keys that parallel edges do not use yet."""
    used = index.to_frame(index=False).groupby(["u", "v"])["key"].max()
    ends = pd.MultiIndex.from_frame(added[["u", "v"]])
    first = used.reindex(ends).fillna(-1).to_numpy().astype(np.int64) + 1
    return first + added.groupby(["u", "v"]).cumcount().to_numpy()
