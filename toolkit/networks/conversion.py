"""Tables of a network to and from networkx (by the conventions of osmnx 2) and igraph."""

import json
import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import geopandas as gpd
import igraph
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.schema import checked_nodes, listed, with_lines
from toolkit.networks.speeds import driving_speeds_kmh, parse_maxspeed

__all__ = ["frames_from_networkx", "frames_to_igraph", "frames_to_networkx"]

Cell: TypeAlias = Any  # a value of a table: text, number, list or missing

OSMNX_NAMES = {"length_m": "length", "time_s": "travel_time", "maxspeed_kmh": "maxspeed"}
KMH_PER_MS = 3.6


def frames_from_networkx(
    graph: nx.Graph, *, crs: CRS | str | int | None = None, speed_kmh: float | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Tables of nodes and directed edges of a networkx graph.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Nodes with `x` and `y`; an undirected edge becomes two.
    crs : any, optional
        CRS of the positions, if the graph does not say.
    speed_kmh : float, optional
        Speed of edges without a time; by default that of the speed table.

    Returns
    -------
    nodes, edges : geopandas.GeoDataFrame
        Tables for `SpatialNetwork.from_geodataframes`.
    about : dict
        `name`, `source`, `data_date`, `schematic`, as far as the graph states them.

    Raises
    ------
    NetworkError
        If positions, the CRS, or what a time could be taken from are missing.
    """
    stated = crs if crs is not None else graph.graph.get("crs")
    if stated is None:
        raise NetworkError(
            "the graph does not state a CRS", remedy="pass crs=4326 if x, y are lon, lat"
        )
    own = CRS.from_user_input(stated)
    nodes = checked_nodes(_node_table(graph, own))
    edges = _oriented(with_lines(_edge_table(graph, nodes, own), nodes), nodes)
    edges = _timed(_renamed(edges), speed_kmh)
    return nodes, _restored(edges, graph.graph.get("edge_dtypes", "{}")), _about(graph)


def frames_to_networkx(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, **about: str | bool
) -> nx.MultiDiGraph:
    """Build a networkx graph that osmnx accepts.

    Parameters
    ----------
    nodes, edges : geopandas.GeoDataFrame
        Tables of a `SpatialNetwork`.
    **about
        Graph attributes.

    Returns
    -------
    networkx.MultiDiGraph
        With attributes by osmnx's names; missing values are left out, and `speed_kph` is added.
    """
    dtypes = {str(name): str(dtype) for name, dtype in edges.dtypes.items() if name != "geometry"}
    graph = nx.MultiDiGraph(
        crs="epsg:4326", simplified=True, edge_dtypes=json.dumps(dtypes), **about
    )
    columns = _plain(pd.DataFrame(nodes.drop(columns="geometry")))
    graph.add_nodes_from(zip(nodes.index.tolist(), _records(columns, len(nodes)), strict=True))
    table = pd.DataFrame(edges).rename(columns=OSMNX_NAMES)
    table["speed_kph"] = table["length"] / table["travel_time"] * KMH_PER_MS
    records = _records(_plain(table), len(table))
    graph.add_edges_from(
        (u, v, key, record)
        for (u, v, key), record in zip(edges.index.tolist(), records, strict=True)
    )
    return graph


def frames_to_igraph(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> igraph.Graph:
    """Build a directed igraph graph, in the order of the tables.

    Parameters
    ----------
    nodes, edges : geopandas.GeoDataFrame
        Tables of a `SpatialNetwork`.

    Returns
    -------
    igraph.Graph
        Vertex attributes `node`, `x`, `y`, edge attributes as the columns but the geometry;
        missing values are None.
    """
    ends = [nodes.index.get_indexer(edges.index.get_level_values(end)) for end in ("u", "v")]
    return igraph.Graph(
        n=len(nodes),
        edges=np.column_stack(ends),
        directed=True,
        vertex_attrs={"node": nodes.index.tolist()} | _plain(nodes.drop(columns="geometry")),
        edge_attrs=_plain(edges.drop(columns="geometry")),
    )


def _node_table(graph: nx.Graph, crs: CRS) -> gpd.GeoDataFrame:
    """Nodes with points, numbered where they are no integers."""
    names = list(graph.nodes)
    table = pd.DataFrame([data for _, data in graph.nodes(data=True)], index=range(len(names)))
    position = table.reindex(columns=["x", "y"]).apply(pd.to_numeric)
    gone = position.isna().any(axis=1)
    if gone.any():
        raise NetworkError(
            f"nodes without x and y: {listed(np.array(names, dtype=object)[gone])}",
            remedy="set both attributes",
        )
    if all(isinstance(node, int | np.integer) for node in names):
        table.index = pd.Index(names, dtype="int64")
    else:
        table["label"] = [str(node) for node in names]
    points = gpd.points_from_xy(position["x"], position["y"], crs=crs)
    own = table.drop(columns=["x", "y", "geometry"], errors="ignore")
    return gpd.GeoDataFrame(own, geometry=points, crs=crs)


def _edge_table(graph: nx.Graph, nodes: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Edges with `u`, `v`, `key`, both ways where the graph is undirected."""
    number = dict(zip(graph.nodes, nodes.index.tolist(), strict=True))
    directed = graph.to_directed(as_view=True)
    if graph.is_multigraph():
        rows = [(u, v, key, data) for u, v, key, data in directed.edges(keys=True, data=True)]
    else:
        rows = [(u, v, 0, data) for u, v, data in directed.edges(data=True)]
    table = pd.DataFrame([data for *_, data in rows], index=range(len(rows)))
    table["u"] = [number[u] for u, _, _, _ in rows]
    table["v"] = [number[v] for _, v, _, _ in rows]
    if all(isinstance(key, int | np.integer) for _, _, key, _ in rows):
        table["key"] = [key for _, _, key, _ in rows]
    lines = table.pop("geometry") if "geometry" in table else pd.Series(None, index=table.index)
    present = lines.where(lines.notna(), None).to_numpy(dtype=object)
    return gpd.GeoDataFrame(table, geometry=present, crs=crs)


def _oriented(edges: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn lines that start nearer to `v` than to `u`, as undirected graphs hold one for both."""
    start, tail, head = (
        shapely.get_coordinates(points)
        for points in (
            shapely.get_point(edges.geometry.to_numpy(), 0),
            nodes.geometry.loc[edges.index.get_level_values("u")].to_numpy(),
            nodes.geometry.loc[edges.index.get_level_values("v")].to_numpy(),
        )
    )
    backward = np.linalg.norm(start - head, axis=1) < np.linalg.norm(start - tail, axis=1)
    lines = edges.geometry.to_numpy().copy()
    lines[backward] = shapely.reverse(lines[backward])
    return edges.set_geometry(gpd.GeoSeries(lines, index=edges.index, crs=edges.crs))


def _renamed(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take this toolkit's names for osmnx's columns, and one plain value where osmnx has a list."""
    table = edges.copy()
    for ours, theirs in OSMNX_NAMES.items():
        if theirs in table.columns:
            values = table.pop(theirs)
            if ours not in table.columns:
                table[ours] = values
    readers: dict[str, Callable[[Cell], Cell]] = {
        "maxspeed_kmh": parse_maxspeed,
        "lanes": _lanes,
        "oneway": _flag,
        "bridge": _flag,
        "tunnel": _flag,
        "highway": _first,
    }
    for column in table.columns.drop("geometry"):
        if column in readers:
            table[column] = table[column].map(readers[column])
        elif table[column].dtype == object:
            table[column] = table[column].map(_joined)
    return table


def _timed(edges: gpd.GeoDataFrame, speed_kmh: float | None) -> gpd.GeoDataFrame:
    """Lengths and times where the graph gives none."""
    table = edges.copy()
    measured = line_lengths_m(table.geometry.to_numpy())
    length = pd.to_numeric(table.get("length_m", pd.Series(np.nan, index=table.index)))
    table["length_m"] = length.fillna(pd.Series(measured, index=table.index)).astype("float64")
    speed = pd.to_numeric(table.pop("speed_kph")) if "speed_kph" in table.columns else np.nan
    time = pd.to_numeric(table.get("time_s", pd.Series(np.nan, index=table.index)))
    time = time.fillna(table["length_m"] / speed * KMH_PER_MS).astype("float64")
    untimed = time.isna().to_numpy()
    if untimed.any():
        kmh = speed_kmh or _table_speeds(table[untimed])
        time[untimed] = table["length_m"][untimed] / kmh * KMH_PER_MS
    table["time_s"] = time
    return table


def _table_speeds(edges: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Speeds by road class for edges that state no time."""
    remedy = "set travel_time on these edges, drop them, or pass speed_kmh"
    if "highway" not in edges.columns or edges["highway"].isna().any():
        raise NetworkError("edges have neither travel_time nor highway", remedy=remedy)
    try:
        return driving_speeds_kmh(edges["highway"], maxspeed_kmh=edges.get("maxspeed_kmh"))
    except MissingDataError as error:
        raise NetworkError(error.problem, remedy=remedy) from error


def _restored(edges: gpd.GeoDataFrame, dtypes: str) -> gpd.GeoDataFrame:
    """Columns, order and dtypes as `frames_to_networkx` found them."""
    stated = json.loads(dtypes)
    order = ["geometry", *stated, *(name for name in edges.columns if name not in stated)]
    return edges.reindex(columns=list(dict.fromkeys(order))).astype(stated)


def _about(graph: nx.Graph) -> dict[str, Any]:
    """What the graph states of itself; GraphML turns values into text."""
    about = {
        key: str(graph.graph[key]) for key in ("name", "source", "data_date") if key in graph.graph
    }
    return about | {"schematic": _flag(graph.graph.get("schematic")) is True}


def _first(value: Cell) -> Cell:
    """The first of several classes, as osmnx's own measures take it."""
    return value[0] if isinstance(value, list) and value else value


def _joined(value: Cell) -> Cell:
    """Several names or numbers as one text, as OSM writes them."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple | set) else value


def _lanes(value: Cell) -> Cell:
    """The smallest number of lanes stated."""
    found = [int(part) for part in str(_joined(value)).split(";") if part.strip().isdigit()]
    if isinstance(value, float) and value.is_integer():
        found = [int(value)]
    return min(found, default=pd.NA)


def _flag(value: Cell) -> Cell:
    """True unless absent or `no`; of several values, true if one is."""
    if isinstance(value, list | tuple | set):
        return any(_flag(part) is True for part in value)
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return pd.NA
    return str(value).strip().lower() not in {"no", "false", "0"}


def _plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns as lists of Python values, None where missing."""
    return {
        str(name): column.astype(object).where(column.notna(), None).tolist()
        for name, column in table.items()
    }


def _records(columns: dict[str, list[Any]], count: int) -> Iterable[dict[str, Any]]:
    """Rows as dicts without their missing values."""
    names = list(columns)
    rows = zip(*columns.values(), strict=True) if names else ((),) * count
    return (
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in rows
    )
