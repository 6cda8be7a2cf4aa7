"""Bring a frame into the shape its layer's contract asks for: columns, kinds, one geometry type."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.errors import OutputError
from toolkit.publish.layers import COLUMNS, LAYERS, Layer

__all__ = ["GEOMETRY_COLUMN", "Table", "conform", "flatten"]

GEOMETRY_COLUMN = "geom"

_SINGLE_OF = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}


@dataclass(frozen=True, eq=False)
class Table:
    """A layer ready to be written.

    Attributes
    ----------
    name : str
        Layer name.
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        Plain columns, range index, geometry in EPSG:4326.
    geometry : str
        The one geometry type, '' for a plain table.
    layer : Layer
        Names and description.
    """

    name: str
    frame: pd.DataFrame
    geometry: str
    layer: Layer


def conform(name: str, frame: pd.DataFrame) -> Table:
    """Check one layer against its contract and give it its kinds and geometry type.

    Parameters
    ----------
    name : str
        Layer name; one outside `LAYERS` is taken as it comes.
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        The data; not changed.

    Returns
    -------
    Table
        What is to be written.

    Raises
    ------
    OutputError
        Naming the layer and the column: a key column is missing, a value does not fit its kind, a
        name is reserved, the geometry has no CRS or the wrong type.

    Examples
    --------
    >>> from shapely import box
    >>> frame = gpd.GeoDataFrame({"note": [["a", "b"]]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    >>> table = conform("corridors", frame)
    >>> table.geometry, table.frame["note"].tolist()
    ('Polygon', ['a;b'])
    """
    layer = LAYERS.get(name, Layer("", "other", name, name, ""))
    frame = flatten(frame)
    for key in layer.keys:
        if key not in frame.columns:
            raise OutputError(
                f"layer '{name}' lacks column '{key}'",
                remedy=f"its columns are {', '.join(layer.keys)}",
            )
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if layer.geometry and spatial != (layer.geometry != "none"):
        raise OutputError(
            f"layer '{name}' is given {'with' if spatial else 'without'} geometry",
            remedy=f"its geometry is {layer.geometry}",
        )
    _check_names(name, frame.columns, frame.geometry.name if spatial else None)
    columns = {
        str(column): _values(name, str(column), frame[column])
        for column in frame.columns
        if not (spatial and column == frame.geometry.name)
    }
    attributes = pd.DataFrame(columns, index=frame.index)
    if not spatial:
        return Table(name, attributes, "", layer)
    geometry, kind = _one_geometry_type(name, frame.geometry, layer.geometry)
    shaped = gpd.GeoDataFrame(attributes, geometry=geometry).rename_geometry(GEOMETRY_COLUMN)
    return Table(name, shaped, kind, layer)


def flatten(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy whose named index levels are columns and whose index is a range.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame; a level named like a column is dropped, as it says the same.

    Returns
    -------
    pandas.DataFrame
        The flat frame, of the same class.

    Examples
    --------
    >>> flatten(pd.DataFrame({"minutes": [30]}, index=pd.Index(["120000"], name="adcode")))
       adcode  minutes
    0  120000       30
    """
    levels = [level for level in frame.index.names if level is not None]
    new = [level for level in levels if level not in frame.columns]
    return (frame.reset_index(level=new) if new else frame).reset_index(drop=True)


def _check_names(layer: str, columns: Iterable[object], geometry: object) -> None:
    """Refuse names SQLite cannot tell apart and those of the id and geometry columns."""
    seen = {"fid", GEOMETRY_COLUMN}
    for column in (str(column) for column in columns if column != geometry):
        if column.lower() in seen:
            raise OutputError(
                f"layer '{layer}': column '{column}' occurs twice or is reserved",
                remedy="rename or drop it",
            )
        seen.add(column.lower())


def _values(layer: str, column: str, values: pd.Series) -> pd.Series:
    """Return the values in the kind the contract names, or else in the one they show."""
    kind = COLUMNS[column].kind if column in COLUMNS else ""
    try:
        return _cast(values, kind or _kind(values))
    except (TypeError, ValueError) as error:
        raise OutputError(
            f"layer '{layer}', column '{column}': not {kind} ({error})", remedy="check its values"
        ) from error


def _kind(values: pd.Series) -> str:
    """Return the kind a column shows: objects are looked into, so that None keeps an int an int."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "text"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "time"
    shown = pd.api.types.infer_dtype(values, skipna=True)
    kinds = {"integer": "integer", "boolean": "boolean", "floating": "real"}
    return kinds.get(shown, "real" if shown == "mixed-integer-float" else "text")


def _cast(values: pd.Series, kind: str) -> pd.Series:
    """Return the values as nullable integers, booleans, floats (finite or missing) or text."""
    if kind == "integer":
        return values.astype("Int64")
    if kind == "boolean":
        return values.astype("boolean")
    if kind == "real":
        numbers = pd.to_numeric(values).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        return pd.Series(np.where(np.isinf(numbers), np.nan, numbers), index=values.index)
    if kind == "time":
        return values
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype(object).where(values.notna(), None)
    return pd.Series([_text(value) for value in values], index=values.index, dtype=object)


def _text(value: object) -> str | None:
    """Return a value as text; lists joined by ';', mappings as JSON, missing as None."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return ";".join(str(item) for item in items)
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]  # any scalar


def _one_geometry_type(
    name: str, geometry: gpd.GeoSeries, wanted: str
) -> tuple[gpd.GeoSeries, str]:
    """Return the geometry in EPSG:4326, flat, and of one type: the contract's or the data's own."""
    if geometry.crs is None:
        raise OutputError(f"layer '{name}' has no CRS", remedy="set it, for example EPSG:4326")
    flat = geometry.to_crs(4326).force_2d()
    found = {kind for kind in flat.geom_type.unique() if kind is not None}
    if not wanted:
        wanted = _common_type(name, found)
    if wanted.startswith("Multi"):
        single = _SINGLE_OF[wanted]
        if not found <= {single, wanted}:
            raise _type_error(name, found, wanted)
        return _promote(flat, single), wanted
    flat = _unwrap(flat, f"Multi{wanted}")
    if not set(flat.geom_type.dropna()) <= {wanted}:
        raise _type_error(name, found, wanted)
    return flat, wanted


def _common_type(name: str, found: set[str]) -> str:
    """Return the type that holds all features: single if all are, multi if any is."""
    bases = {_SINGLE_OF.get(kind, kind) for kind in found}
    if len(bases) > 1:
        raise _type_error(name, found, "one type a layer")
    if not bases:
        return "MultiLineString"
    base = bases.pop()
    return base if found == {base} else f"Multi{base}"


def _type_error(name: str, found: set[str], wanted: str) -> OutputError:
    """Return the error that names the layer, what it has and what it should have."""
    return OutputError(
        f"layer '{name}' holds {', '.join(sorted(found))}", remedy=f"it must hold {wanted}"
    )


def _promote(geometry: gpd.GeoSeries, single: str) -> gpd.GeoSeries:
    """Wrap single parts into collections of one part."""
    wrap = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings}
    make = wrap.get(single, shapely.multipolygons)
    values = geometry.to_numpy().copy()
    for position in np.flatnonzero(geometry.geom_type == single):
        values[position] = make([values[position]])
    return gpd.GeoSeries(values, crs=geometry.crs, index=geometry.index)


def _unwrap(geometry: gpd.GeoSeries, multi: str) -> gpd.GeoSeries:
    """Take the one part out of collections of one part."""
    values = geometry.to_numpy()
    alone = (geometry.geom_type == multi).to_numpy() & (shapely.get_num_geometries(values) == 1)
    values = np.where(alone, shapely.get_geometry(values, 0), values)
    return gpd.GeoSeries(values, crs=geometry.crs, index=geometry.index)
