"""What the tables of a network must look like, and the errors that say where they do not."""

from collections.abc import Iterable
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pandas.api.types import infer_dtype

from toolkit.errors import NetworkError
from toolkit.networks.geodesy import line_lengths_m

__all__ = [
    "EDGE_COLUMNS",
    "check_positive",
    "checked_edges",
    "checked_nodes",
    "listed",
    "lonlat",
    "numeric_columns",
    "with_lines",
]

Table = TypeVar("Table", bound=pd.DataFrame)
Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)

WGS84 = "EPSG:4326"
ENDS = ["u", "v", "key"]

# Optional columns and how each stores a missing value.
EDGE_COLUMNS: dict[str, Any] = {
    "highway": "str",
    "name": "str",
    "ref": "str",
    "maxspeed_kmh": "float64",
    "lanes": "Int64",
    "oneway": "boolean",
    "bridge": "boolean",
    "tunnel": "boolean",
    "source": "str",
}


def checked_nodes(nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Nodes in EPSG:4326 with int64 index `node`, `x` and `y` first, `geometry` last.

    Parameters
    ----------
    nodes : geopandas.GeoDataFrame
        Points in any stated CRS, indexed by integer ids.

    Returns
    -------
    geopandas.GeoDataFrame
        A checked copy.

    Raises
    ------
    NetworkError
        If the CRS is missing, ids repeat or are no integers, or a geometry is not a point.

    Examples
    --------
    >>> points = gpd.points_from_xy([116.0], [40.0], crs=4326)
    >>> checked = checked_nodes(gpd.GeoDataFrame(index=[5], geometry=points))
    >>> checked.index.name, checked.columns.tolist()
    ('node', ['x', 'y', 'geometry'])
    """
    if not isinstance(nodes, gpd.GeoDataFrame):
        raise NetworkError(
            f"nodes are a {type(nodes).__name__}, not a GeoDataFrame",
            remedy="give points with a geometry and a CRS",
        )
    points = _in_wgs84(nodes, "nodes")
    if not pd.api.types.is_integer_dtype(points.index.dtype):
        if len(points):
            raise NetworkError(
                f"node ids are {points.index.dtype}, not integers",
                remedy="index the nodes by integers",
            )
        points.index = points.index.astype("int64")
    points.index = points.index.astype("int64").rename("node")
    if points.index.has_duplicates:
        repeated = points.index[points.index.duplicated()].unique()
        raise NetworkError(f"node ids repeat: {listed(repeated)}", remedy="give each node one row")
    wrong = ~(_is(points.geometry, shapely.GeometryType.POINT) & ~points.geometry.is_empty)
    if wrong.any():
        raise NetworkError(f"nodes without a point: {listed(points.index[wrong])}")
    geometry = points.geometry.to_numpy()
    others = points.drop(columns=["x", "y", points.geometry.name], errors="ignore")
    position = pd.DataFrame(
        {"x": shapely.get_x(geometry), "y": shapely.get_y(geometry)}, index=points.index
    )
    table = position.join(_texts(pd.DataFrame(others)))
    return gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)


def checked_edges(edges: pd.DataFrame, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Edges in EPSG:4326 indexed by (u, v, key), with every column of the contract.

    Parameters
    ----------
    edges : geopandas.GeoDataFrame or pandas.DataFrame
        Index or columns `u`, `v`, optionally `key`; column `time_s`.
    nodes : geopandas.GeoDataFrame
        Checked nodes.

    Returns
    -------
    geopandas.GeoDataFrame
        A checked copy; the geometry is the first column.

    Raises
    ------
    NetworkError
        If a column is missing, an edge repeats, ends at an unknown node, is no line, or has a
        length or time that is not a positive number.
    """
    lines = with_lines(edges, nodes)
    if "time_s" not in lines.columns:
        raise NetworkError(
            "edges have no column 'time_s'",
            remedy="add travel times, for example by toolkit.networks.speeds.driving_speeds_kmh",
        )
    if "length_m" not in lines.columns:
        lines["length_m"] = line_lengths_m(lines.geometry.to_numpy())
    for column in ("length_m", "time_s"):
        lines[column] = pd.to_numeric(lines[column]).astype("float64")
        check_positive(lines, column)
    for column, dtype in EDGE_COLUMNS.items():
        if column == "highway" and "railway" in lines.columns and column not in lines.columns:
            continue
        values = lines.get(column, pd.Series(None, index=lines.index, dtype=object))
        try:
            lines[column] = values.astype(dtype)
        except (TypeError, ValueError) as error:
            raise NetworkError(f"edges column '{column}' is not {dtype}: {error}") from error
    kind = "highway" if "highway" in lines.columns else "railway"
    first = ["geometry", "length_m", "time_s", kind, *list(EDGE_COLUMNS)[1:]]
    return _texts(lines[first + [column for column in lines.columns if column not in first]])


def with_lines(edges: pd.DataFrame, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Edges indexed by (u, v, key) with lines in EPSG:4326, straight where there are none.

    Parameters
    ----------
    edges : geopandas.GeoDataFrame or pandas.DataFrame
        Index or columns `u`, `v`, optionally `key`.
    nodes : geopandas.GeoDataFrame
        Checked nodes.

    Returns
    -------
    geopandas.GeoDataFrame
        A copy with the geometry as its first column.

    Raises
    ------
    NetworkError
        If an end is missing or unknown, an edge repeats, or a geometry is no line.
    """
    lines = _indexed(edges, nodes)
    geometry = np.full(len(lines), None, dtype=object)
    if isinstance(lines, gpd.GeoDataFrame) and lines.active_geometry_name is not None:
        lines = _in_wgs84(lines, "edges")
        geometry = lines.geometry.to_numpy().copy()
        lines = pd.DataFrame(lines.drop(columns=lines.geometry.name))
    absent = shapely.is_missing(geometry)
    geometry[absent] = _straight(lines.index[absent], nodes)
    lines = gpd.GeoDataFrame(lines.drop(columns="geometry", errors="ignore"), geometry=geometry)
    lines = lines.set_crs(WGS84)[["geometry", *lines.columns.drop("geometry")]]
    wrong = ~_is(lines.geometry, shapely.GeometryType.LINESTRING)
    if wrong.any():
        raise NetworkError(
            f"edges that are not a LineString: {listed(lines.index[wrong])}",
            remedy="explode multi-part lines first",
        )
    return lines


def check_positive(edges: pd.DataFrame, column: str) -> None:
    """Raise `NetworkError` naming the edges whose value is not a positive finite number.

    Parameters
    ----------
    edges : pandas.DataFrame
        Edges indexed by (u, v, key).
    column : str
        A numeric column.
    """
    values = edges[column].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        raise NetworkError(
            f"{column} is not positive on {wrong.sum()} of {len(edges)} edges: "
            f"{listed(edges.index[wrong])}",
            remedy="drop or mend these edges",
        )


def numeric_columns(edges: pd.DataFrame) -> list[str]:
    """Names of the columns an edge can be weighed by.

    Parameters
    ----------
    edges : pandas.DataFrame
        Edges.

    Returns
    -------
    list of str
        Names in the order of the table.
    """
    return [str(name) for name in edges.select_dtypes("number").columns]


def lonlat(points: gpd.GeoSeries | npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Longitudes and latitudes of points given either way.

    Parameters
    ----------
    points : geopandas.GeoSeries, GeoDataFrame or array_like of shape (n, 2)
        Points in any stated CRS, or longitudes and latitudes.

    Returns
    -------
    numpy.ndarray
        Degrees in EPSG:4326, shape (n, 2).

    Raises
    ------
    NetworkError
        If there is no CRS, or a point has no position.

    Examples
    --------
    >>> lonlat([(116.0, 40.0)]).tolist()
    [[116.0, 40.0]]
    """
    if isinstance(points, gpd.GeoSeries | gpd.GeoDataFrame):
        geometry = _in_wgs84(points, "points").geometry.to_numpy()
        pairs = np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)])
    else:
        pairs = np.asarray(points, dtype=np.float64)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise NetworkError(
                f"points have shape {pairs.shape}, not (n, 2)",
                remedy="give one longitude and latitude a point",
            )
    wrong = ~((np.abs(pairs[:, 0]) <= 180) & (np.abs(pairs[:, 1]) <= 90))
    if wrong.any():
        raise NetworkError(
            f"points without a longitude and latitude: number {listed(np.flatnonzero(wrong))}",
            remedy="drop empty points, and reproject metres to EPSG:4326",
        )
    return pairs


def listed(items: Iterable[Any], *, at_most: int = 5) -> str:
    """Name the first few items for a message.

    Parameters
    ----------
    items : iterable
        Node ids, edge tuples, names.
    at_most : int
        How many to name.

    Returns
    -------
    str
        Comma-separated, with the number of those left out.

    Examples
    --------
    >>> listed(range(7))
    '0, 1, 2, 3, 4 and 2 more'
    """
    texts = [
        f"({', '.join(map(str, item))})" if isinstance(item, tuple) else str(item) for item in items
    ]
    left_out = len(texts) - at_most
    return ", ".join(texts[:at_most]) + (f" and {left_out} more" if left_out > 0 else "")


def _texts(table: Table) -> Table:
    """Object columns of nothing but text as text columns, so that missing values are alike."""
    return table.astype(
        {
            name: "str"
            for name, column in table.items()
            if column.dtype == object and infer_dtype(column, skipna=True) in {"string", "empty"}
        }
    )


def _in_wgs84(frame: Frame, what: str) -> Frame:
    """Copy in EPSG:4326."""
    if frame.crs is None:
        raise NetworkError(f"{what} have no CRS", remedy="state it with set_crs(...)")
    return frame.to_crs(WGS84) if frame.crs != WGS84 else frame.copy()


def _is(geometry: gpd.GeoSeries, kind: shapely.GeometryType) -> npt.NDArray[np.bool_]:
    """Which geometries are of one type."""
    return np.asarray(shapely.get_type_id(geometry.to_numpy()) == kind)


def _indexed(edges: pd.DataFrame, nodes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Copy indexed by int64 (u, v, key) whose ends are known nodes."""
    held = [name for name in ENDS if name in edges.index.names]
    table = edges.reset_index(held) if held else edges.copy()
    missing = [name for name in ("u", "v") if name not in table.columns]
    if missing:
        raise NetworkError(
            f"edges have no {' and no '.join(missing)}",
            remedy="index them by (u, v, key) or give these columns",
        )
    if "key" not in table.columns:
        table["key"] = table.groupby(["u", "v"]).cumcount()
    for name in ENDS:
        try:
            table[name] = table[name].astype("int64")
        except (TypeError, ValueError) as error:
            raise NetworkError(f"edges column '{name}' holds no integers: {error}") from error
    table = table.set_index(ENDS)
    u, v = (table.index.get_level_values(end) for end in ("u", "v"))
    unknown = ~(u.isin(nodes.index) & v.isin(nodes.index))
    if unknown.any():
        raise NetworkError(
            f"edges end at unknown nodes: {listed(table.index[unknown])}",
            remedy="add the nodes or drop the edges",
        )
    if table.index.has_duplicates:
        repeated = table.index[table.index.duplicated()]
        raise NetworkError(
            f"edges repeat: {listed(repeated)}", remedy="number parallel edges in 'key'"
        )
    return table


def _straight(index: pd.MultiIndex, nodes: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Straight lines between the ends of edges."""
    ends = [
        nodes.loc[index.get_level_values(end), ["x", "y"]].to_numpy(np.float64)
        for end in ("u", "v")
    ]
    return np.asarray(shapely.linestrings(np.stack(ends, axis=1)), dtype=object)
