"""Roads as a map layer (one line a road) and back (directed edges).

A layer draws a two-way road once; the network needs it twice. `roads_layer` pairs the two
directions, `network_from_lines` builds them again, so a GeoPackage written by a run, or any
line layer edited in QGIS, is a road network.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.errors import InputFileError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["network_from_lines", "roads_layer"]

_COLUMNS = ["ref", "name", "lanes", "maxspeed_kmh", "bridge", "tunnel", "source"]
_DEGREES = 7


def roads_layer(network: SpatialNetwork, *, sums: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """One line a road: the ``roads`` layer of the GeoPackage.

    Parameters
    ----------
    network : SpatialNetwork
        Directed edges.
    sums : DataFrame, optional
        Further columns, indexed as the edges; the two directions of a road are added up.

    Returns
    -------
    GeoDataFrame
        ``edge_id``, ``u``, ``v``, ``highway``, ``ref``, ``name``, ``length_m``, ``time_s``,
        ``speed_kmh``, ``lanes``, ``oneway``, ``source``, ``schematic`` and lines in EPSG:4326. Two
        opposite edges of equal length become one line with ``oneway`` false and the mean of their
        times, which differ by the signals one meets.
    """
    edges = network.edges.reset_index()
    kind = "highway" if "highway" in edges else "railway"
    low, high = edges[["u", "v"]].min(axis=1), edges[["u", "v"]].max(axis=1)
    same = ["_low", "_high", "_length", "_one", kind, "name", "ref"]
    one_way = edges["oneway"].astype("boolean").fillna(False).to_numpy(bool)
    edges = edges.assign(
        _low=low,
        _high=high,
        _length=edges["length_m"].round(1),
        _one=np.where(one_way, np.arange(len(edges)), -1),
    )
    forward = edges["u"] <= edges["v"]
    rank = edges.groupby([*same, forward], dropna=False).cumcount()
    pairs = edges.assign(_rank=rank).groupby([*same, "_rank"], dropna=False)["u"]
    paired = (pairs.transform("size") == 2) & (edges["u"] != edges["v"])
    added = pd.DataFrame(index=edges.index) if sums is None else sums.reset_index(drop=True)
    road = edges.assign(_rank=rank).groupby([*same, "_rank"], dropna=False).ngroup()
    road = road.where(paired, -1 - np.arange(len(edges)))  # a one-way road is a group of its own
    added = added.groupby(road.to_numpy()).transform("sum")
    edges["time_s"] = edges.groupby(road.to_numpy())["time_s"].transform("mean")
    drawn = edges[~paired | forward].copy()
    drawn["oneway"] = ~paired[drawn.index]
    return gpd.GeoDataFrame(
        {
            "edge_id": np.arange(1, len(drawn) + 1, dtype=np.int64),
            "u": drawn["u"].to_numpy(np.int64),
            "v": drawn["v"].to_numpy(np.int64),
            kind: drawn[kind].to_numpy(),
            "ref": drawn["ref"].to_numpy(),
            "name": drawn["name"].to_numpy(),
            "length_m": drawn["length_m"].round(1).to_numpy(),
            "time_s": drawn["time_s"].round(2).to_numpy(),
            "speed_kmh": (drawn["length_m"] / drawn["time_s"] * 3.6).round(1).to_numpy(),
            "lanes": drawn["lanes"].to_numpy(),
            "oneway": drawn["oneway"].to_numpy(bool),
            "source": drawn["source"].to_numpy(),
            "schematic": network.schematic,
            **{str(name): column.to_numpy() for name, column in added.loc[drawn.index].items()},
        },
        geometry=drawn.geometry.to_numpy(),
        crs=4326,
    )


def network_from_lines(
    lines: gpd.GeoDataFrame,
    *,
    name: str,
    source: str,
    data_date: str = "",
    default_speed_kmh: float = 50.0,
) -> SpatialNetwork:
    """A directed network from a layer of lines.

    Parameters
    ----------
    lines : GeoDataFrame
        LineStrings in any stated CRS that meet at their ends (node them first where they only
        cross). Used where present: ``u`` and ``v`` (if all lines have them), ``length_m``,
        ``time_s``, ``speed_kmh``, ``oneway``, ``highway``, ``ref``, ``name``, ``lanes``,
        ``schematic``.
    name, source, data_date : str
        What the network is called, where it is from, and its date.
    default_speed_kmh : float
        Speed of lines with neither ``time_s`` nor ``speed_kmh``.

    Returns
    -------
    SpatialNetwork
        Two edges a line, one where ``oneway`` is true. Ends closer than 1e-7 degrees are one node.

    Raises
    ------
    InputFileError
        No CRS, no lines, or geometry that is not a LineString.

    Examples
    --------
    >>> line = shapely.LineString([(116, 40), (116.1, 40)])
    >>> layer = gpd.GeoDataFrame({"speed_kmh": [100]}, geometry=[line], crs=4326)
    >>> network_from_lines(layer, name="one road", source="drawn")
    SpatialNetwork('one road', 2 nodes, 2 edges, 17.1 km)
    """
    if lines.crs is None:
        raise InputFileError(f"{source}: the line layer has no CRS", remedy="set one in QGIS")
    drawn = lines.to_crs(4326).explode(ignore_index=True)
    if drawn.empty or set(drawn.geom_type) != {"LineString"}:
        raise InputFileError(
            f"{source}: the layer holds no lines, or other things than lines",
            remedy="give a layer of LineStrings",
        )
    geometry = drawn.geometry.to_numpy()
    length_m = _numbers(drawn, "length_m", line_lengths_m(geometry))
    speed_kmh = _numbers(drawn, "speed_kmh", np.full(len(drawn), default_speed_kmh))
    time_s = _numbers(drawn, "time_s", length_m / speed_kmh * 3.6)
    first, last = shapely.get_point(geometry, 0), shapely.get_point(geometry, -1)
    ends = np.round(np.concatenate([_xy(first), _xy(last)]), _DEGREES)
    places, node = np.unique(ends, axis=0, return_inverse=True)
    node = node.reshape(-1)
    tails, heads = node[: len(drawn)], node[len(drawn) :]
    if {"u", "v"} <= set(drawn.columns) and drawn[["u", "v"]].notna().all(axis=None):
        ids = np.empty(len(places), dtype=np.int64)
        ids[tails], ids[heads] = drawn["u"].to_numpy(np.int64), drawn["v"].to_numpy(np.int64)
        if np.unique(ids).size != ids.size:
            ids = np.arange(len(places), dtype=np.int64)
    else:
        ids = np.arange(len(places), dtype=np.int64)
    nodes = gpd.GeoDataFrame(index=ids, geometry=gpd.points_from_xy(*places.T), crs=4326)
    oneway = drawn.get("oneway", pd.Series(False, index=drawn.index))
    oneway = oneway.astype("boolean").fillna(False).to_numpy(bool)
    table = gpd.GeoDataFrame(
        drawn[[c for c in ("highway", *_COLUMNS) if c in drawn.columns]].assign(
            u=ids[tails], v=ids[heads], length_m=length_m, time_s=time_s, oneway=oneway
        ),
        geometry=geometry,
        crs=4326,
    )
    back = table[~oneway & (tails != heads)].rename(columns={"u": "v", "v": "u"})
    back = back.set_geometry(shapely.reverse(back.geometry.to_numpy()), crs=4326)
    schematic = drawn.get("schematic", pd.Series(False, index=drawn.index))
    return SpatialNetwork.from_geodataframes(
        nodes,
        gpd.GeoDataFrame(pd.concat([table, back], ignore_index=True), crs=4326),
        name=name,
        source=source,
        data_date=data_date,
        schematic=bool(schematic.astype("boolean").fillna(False).any()),
    )


def _numbers(frame: gpd.GeoDataFrame, column: str, default: np.ndarray) -> np.ndarray:
    """A positive numeric column, with defaults where it is absent or missing."""
    if column not in frame.columns:
        return default
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, default)


def _xy(points: np.ndarray) -> np.ndarray:
    """Coordinates of points, shape (n, 2)."""
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])
