"""Draw layers of the GeoPackage as a map, in the styles in which QGIS shows them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from toolkit.claims.model import Sentence
from toolkit.errors import OutputError
from toolkit.publish.labels import label_points
from toolkit.publish.layers import LAYERS, column_alias
from toolkit.publish.qml import Style, Symbol
from toolkit.publish.sheet import (
    INK,
    LAND,
    at_resolution,
    draw_north_arrow,
    draw_scale_bar,
    map_sheet,
    point_sign,
    save_figure,
    wrap_text,
    write_legend,
    write_notes,
    write_title,
)
from toolkit.publish.styles import style_of
from toolkit.publish.typeface import drawable, map_fonts

__all__ = ["draw_layer_map"]

_POINTS_A_MM = 72 / 25.4
_BOUNDARY = "#5c5c5c"
_HEADING_COLUMNS = 32  # as wide as the margin of the legend
_MARKERS = {"star": "*", "square": "s"}
_DASHES: dict[str, Literal["--", ":"]] = {"dash": "--", "dot": ":"}


def draw_layer_map(
    path: str | os.PathLike[str],
    *,
    title: Sentence,
    layers: Mapping[str, gpd.GeoDataFrame],
    prefectures: gpd.GeoDataFrame,
    epsg: int,
    labels: gpd.GeoDataFrame | None = None,
    extent: gpd.GeoDataFrame | None = None,
    notes: Sequence[Sentence] = (),
    columns: Mapping[str, str] = MappingProxyType({}),
    dpi: int = 200,
) -> None:
    """Draw layers of the contract over the prefectures, as PNG or SVG.

    Parameters
    ----------
    path : path-like
        The picture to write, ending in '.png' or '.svg'.
    title : Sentence
    layers : mapping of str to GeoDataFrame
        Name in the contract to features, the lowest first. Classes come from the default style of
        the layer, which must classify by a column.
    prefectures : GeoDataFrame
        The land, and the extent of the map unless another is given.
    epsg : int
        Projected CRS in metres.
    labels : GeoDataFrame, optional
        Points to name, the most important first: ``label`` is what is written.
    extent : GeoDataFrame, optional
        What the map is to show, such as the features themselves.
    notes : sequence of Sentence
        Written below the map.
    columns : mapping of str to str
        Layer to the column that its classes are of, for layers whose classes are quantiles.
    dpi : int

    Raises
    ------
    OutputError
        When the ending is neither '.png' nor '.svg', or the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import LineString, box
    >>> land = gpd.GeoDataFrame(geometry=[box(116, 39.5, 117, 40.2)], crs=4326)
    >>> line = LineString([(116.2, 39.6), (116.8, 40)])
    >>> axis = gpd.GeoDataFrame({"kind": ["axis"]}, geometry=[line], crs=4326)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     picture = Path(folder, "map.png")
    ...     draw_layer_map(picture, title=Sentence("Axes", "轴线"), layers={"corridors": axis},
    ...                    prefectures=land, epsg=32650, dpi=50)
    ...     picture.read_bytes()[1:4]
    b'PNG'
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in {"png", "svg"}:
        raise OutputError(f"{path}: maps are PNG or SVG", remedy="end the name in .png or .svg")
    land = prefectures.to_crs(epsg)
    lines = [line for note in notes for line in wrap_text(_both(note), columns=178)]
    with map_fonts({"svg.hashsalt": "city-cluster-toolkit"}):
        shown = land if extent is None else extent.to_crs(epsg)
        figure, axes = map_sheet(shown.total_bounds, dpi=dpi, notes=len(lines))
        land = at_resolution(axes, land)
        land.plot(ax=axes, facecolor=LAND, edgecolor="none", aspect=None, zorder=1)
        signs: list[Patch | Line2D] = []
        for order, (name, frame) in enumerate(layers.items()):
            drawn = at_resolution(axes, frame.to_crs(epsg))
            signs += _draw_layer(axes, name, drawn, columns.get(name), zorder=2 + order / 10)
        signs.append(_draw_boundaries(axes, land, closer=extent is not None))
        axes.set_xlabel("")
        axes.set_ylabel("")
        named = None if labels is None else _on_sheet(axes, labels.to_crs(epsg))
        draw_scale_bar(axes, points=named)
        draw_north_arrow(axes, epsg)
        if named is not None and len(named):
            label_points(figure, axes, named)
        write_title(figure, title.zh, title.en)
        write_legend(figure, axes, signs)
        write_notes(figure, lines)
        save_figure(figure, path, kind, dpi)


def _draw_layer(
    axes: Axes, name: str, frame: gpd.GeoDataFrame, column: str | None = None, *, zorder: float
) -> list[Patch | Line2D]:
    """Draw the features class by class; give the signs of the classes that occur."""
    geometry = _geometry(frame)
    style = style_of(name, frame, geometry, column=column)
    if style is None or frame.empty:
        return []
    names = [f"{LAYERS[name].name_zh} {LAYERS[name].name_en}"]
    signs: list[Patch | Line2D] = []
    if style.renderer == "graduated":
        names.append(column_alias(style.attribute.strip('"')))
    if style.renderer != "single":  # one sign alone bears the name of the layer itself
        lines = [line for each in names for line in wrap_text(each, columns=_HEADING_COLUMNS)]
        signs.append(Line2D([], [], linestyle="none", label=drawable("\n".join(lines))))
    member = _classes_of(style, frame)
    for position, each in enumerate(style.classes):
        chosen = frame[member == position]
        if len(chosen):
            _DRAW[geometry](axes, chosen, each.symbol, alpha=style.opacity, zorder=zorder)
            signs.append(_sign(each.symbol, each.label or names[0], geometry, style.opacity))
    return signs


def _draw_boundaries(axes: Axes, land: gpd.GeoDataFrame, *, closer: bool) -> Line2D:
    """Draw the outlines of the prefectures, so that they stand out among roads close by."""
    width, dashes = (1.6, "-.") if closer else (0.6, "-")
    land.boundary.plot(
        ax=axes, color=_BOUNDARY, linewidth=width, linestyle=dashes, aspect=None, zorder=6
    )
    return Line2D([], [], color=_BOUNDARY, lw=width, ls=dashes, label="行政区界 Boundaries")


def _on_sheet(axes: Axes, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points within the frame of the map: a name at its edge would point nowhere."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return gpd.GeoDataFrame(points.cx[west:east, south:north])


def _classes_of(style: Style, frame: gpd.GeoDataFrame) -> np.ndarray:
    """Position of the class of each feature, -1 for none."""
    if style.renderer == "single":
        return np.zeros(len(frame), dtype=np.int64)
    values = _EXPRESSIONS.get(style.attribute, _column)(frame, style.attribute)
    if style.renderer == "categorized":
        known = {each.value: position for position, each in enumerate(style.classes)}
        other = known.get("", -1)
        return np.array([known.get(str(value), other) for value in values], dtype=np.int64)
    bounds = np.array([each.upper for each in style.classes])
    numbers = values.astype("Float64").to_numpy(np.float64, na_value=np.nan)
    found = np.searchsorted(bounds, numbers, side="left")
    return np.where(np.isnan(numbers), -1, np.minimum(found, len(bounds) - 1))


def _column(frame: gpd.GeoDataFrame, attribute: str) -> pd.Series:
    """Values of the column that a style names."""
    values: pd.Series = frame[attribute.strip('"')]
    return values


def _road_classes(frame: gpd.GeoDataFrame, _: str) -> pd.Series:
    """Classes of roads, ramps with theirs."""
    classes: pd.Series = frame["highway"].astype("str").str.removesuffix("_link")
    return classes


def _core_or_member(frame: gpd.GeoDataFrame, _: str) -> pd.Series:
    """Cores and other cities."""
    roles: pd.Series = frame["is_core"].astype(bool).map({True: "core", False: "member"})
    return roles


# expressions of QGIS in the styles, and what they mean
_EXPRESSIONS = {
    """regexp_replace("highway", '_link$', '')""": _road_classes,
    """if("is_core", 'core', 'member')""": _core_or_member,
}


def _draw_points(
    axes: Axes, frame: gpd.GeoDataFrame, symbol: Symbol, *, alpha: float, zorder: float
) -> None:
    """Draw markers above everything else."""
    axes.scatter(
        frame.geometry.x,
        frame.geometry.y,
        s=max(symbol.size * _POINTS_A_MM, 2.0) ** 2,
        marker=_MARKERS.get(symbol.shape, "o"),
        facecolor=symbol.colour,
        edgecolor=symbol.outline or INK,
        linewidth=0.6,
        alpha=alpha,
        zorder=zorder + 5,
    )


def _draw_lines(
    axes: Axes, frame: gpd.GeoDataFrame, symbol: Symbol, *, alpha: float, zorder: float
) -> None:
    """Draw lines above areas."""
    frame.plot(
        ax=axes,
        color=symbol.colour,
        linewidth=symbol.size * _POINTS_A_MM,
        linestyle=_DASHES.get(symbol.shape, "-"),
        alpha=alpha,
        aspect=None,
        zorder=zorder + 2,
    )


def _draw_areas(
    axes: Axes, frame: gpd.GeoDataFrame, symbol: Symbol, *, alpha: float, zorder: float
) -> None:
    """Draw areas with their outlines."""
    frame.plot(
        ax=axes,
        facecolor=symbol.colour,
        edgecolor=symbol.outline or "none",
        linewidth=symbol.size * _POINTS_A_MM,
        alpha=alpha,
        aspect=None,
        zorder=zorder,
    )


_DRAW = {"Point": _draw_points, "LineString": _draw_lines, "Polygon": _draw_areas}


def _sign(symbol: Symbol, text: str, geometry: str, opacity: float) -> Patch | Line2D:
    """Return a sign of the legend."""
    label = drawable(text)
    size = symbol.size * _POINTS_A_MM
    if geometry == "Point":
        return point_sign(_MARKERS.get(symbol.shape, "o"), symbol.colour, max(size, 3.0), label)
    if geometry == "LineString":
        dashes = _DASHES.get(symbol.shape)
        return Line2D([], [], color=symbol.colour, linewidth=size, ls=dashes or "-", label=label)
    return Patch(facecolor=symbol.colour, alpha=opacity, label=label)


def _geometry(frame: gpd.GeoDataFrame) -> str:
    """Return the single form of the geometry type of a layer."""
    kinds = frame.geom_type.str.removeprefix("Multi").dropna().unique()
    return str(kinds[0]) if len(kinds) else ""


def _both(note: Sentence) -> str:
    """Return a note in both languages, once where they are the same."""
    return drawable(note.zh if note.en == note.zh else f"{note.zh} {note.en}")
