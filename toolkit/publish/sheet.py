"""The sheet around a map: its size, title, legend, scale bar, north arrow and notes."""

import os
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from toolkit.publish.atomic import replace_atomically
from toolkit.publish.scale_and_north import round_scale_km, true_north
from toolkit.publish.typeface import drawable
from toolkit.terminal import text_width

__all__ = [
    "HALO",
    "INK",
    "LAND",
    "at_resolution",
    "draw_north_arrow",
    "draw_scale_bar",
    "map_sheet",
    "point_sign",
    "save_figure",
    "wrap_text",
    "write_legend",
    "write_notes",
    "write_title",
]

INK = "#1a1a1a"
LAND = "#f7f6f2"
HALO = (withStroke(linewidth=2.2, foreground="white", alpha=0.9),)

_WIDTH_IN = 10.5
_MAP_IN = 7.6  # width of the map; the rest is the legend
_TITLE_IN = 0.75
_LINE_IN = 0.145
_FAST: dict[str, dict[str, Any]] = {"png": {"pil_kwargs": {"compress_level": 3}}}

Shapes = TypeVar("Shapes", gpd.GeoDataFrame, gpd.GeoSeries)


class _StillCanvas(FigureCanvasAgg):
    """A canvas that nobody watches: it is drawn when saved, not after each layer."""

    def draw_idle(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 (matplotlib's own signature)
        """Draw nothing yet."""


def map_sheet(bounds: Sequence[float], *, dpi: int, notes: int) -> tuple[Figure, Axes]:
    """Return a figure whose map has the shape of the land, with room around for text.

    Parameters
    ----------
    bounds : sequence of float
        West, south, east, north of the land in metres.
    dpi : int
        Dots per inch.
    notes : int
        Lines of notes that will stand below the map.

    Returns
    -------
    tuple of Figure and Axes
        The sheet and the map on it, with its limits set.

    Examples
    --------
    >>> figure, axes = map_sheet((0, 0, 1000, 1000), dpi=100, notes=2)
    >>> [round(float(limit)) for limit in axes.get_xlim()]
    [-40, 1040]
    """
    west, south, east, north = bounds
    margin = 0.04 * max(east - west, north - south)
    aspect = (north - south + 2 * margin) / (east - west + 2 * margin)
    map_height = float(np.clip(_MAP_IN * aspect, 4.2, 9.5))
    below = 0.25 + _LINE_IN * notes
    height = map_height + below + _TITLE_IN
    figure = Figure(figsize=(_WIDTH_IN, height), dpi=dpi)
    _StillCanvas(figure)
    axes = figure.add_axes(
        (0.2 / _WIDTH_IN, below / height, _MAP_IN / _WIDTH_IN, map_height / height), aspect="equal"
    )
    half_width = max(east - west + 2 * margin, (north - south + 2 * margin) * _MAP_IN / map_height)
    half_height = half_width * map_height / _MAP_IN / 2
    middle = (west + east) / 2, (south + north) / 2
    axes.set_xlim(middle[0] - half_width / 2, middle[0] + half_width / 2)
    axes.set_ylim(middle[1] - half_height, middle[1] + half_height)
    axes.set_autoscale_on(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.6)
    return figure, axes


def at_resolution(axes: Axes, shapes: Shapes) -> Shapes:
    """Shapes without the vertices that the map is too coarse to show.

    Parameters
    ----------
    axes : Axes
        Of a sheet.
    shapes : GeoDataFrame or GeoSeries
        In the CRS of the map.

    Returns
    -------
    GeoDataFrame or GeoSeries
        Outlines moved by a third of a dot at most.

    Examples
    --------
    >>> from shapely import LineString
    >>> _, axes = map_sheet((0, 0, 1000, 1000), dpi=100, notes=0)
    >>> line = gpd.GeoSeries([LineString([(0, 0), (500, 0.1), (1000, 0)])])
    >>> at_resolution(axes, line).count_coordinates().tolist()
    [2]
    """
    west, east = axes.get_xlim()
    dot_m = (east - west) / axes.get_window_extent().width
    simple = shapes.geometry.simplify(dot_m / 3.0)
    return shapes.set_geometry(simple) if isinstance(shapes, gpd.GeoDataFrame) else simple


def write_title(figure: Figure, chinese: str, english: str) -> None:
    """Write the title in two lines above the map.

    Parameters
    ----------
    figure : Figure
        A sheet of `map_sheet`.
    chinese, english : str
        The lines.

    Examples
    --------
    >>> figure, _ = map_sheet((0, 0, 1000, 1000), dpi=100, notes=0)
    >>> write_title(figure, "北京可达范围", "What Beijing reaches")
    >>> [text.get_text() for text in figure.texts]
    ['北京可达范围', 'What Beijing reaches']
    """
    height = figure.get_figheight()
    left = 0.2 / _WIDTH_IN
    figure.text(left, 1 - 0.16 / height, drawable(chinese), fontsize=16, va="top", color=INK)
    figure.text(
        left, 1 - 0.47 / height, drawable(english), fontsize=10.5, va="top", color="#404040"
    )


def write_legend(figure: Figure, axes: Axes, entries: Sequence[Patch | Line2D]) -> None:
    """List the signs to the right of the map.

    Parameters
    ----------
    figure, axes : Figure, Axes
        A sheet of `map_sheet`.
    entries : sequence of matplotlib artists
        Signs with their labels, uppermost first.

    Examples
    --------
    >>> figure, axes = map_sheet((0, 0, 1000, 1000), dpi=100, notes=0)
    >>> write_legend(figure, axes, [point_sign("o", "#ffffff", 6, "Cities")])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Cities']
    """
    legend = figure.legend(
        handles=list(entries),
        loc="upper left",
        bbox_to_anchor=(axes.get_position().x1 + 0.012, axes.get_position().y1 + 0.008),
        title="图例 Legend",
        fontsize=8.5,
        title_fontsize=10,
        frameon=False,
        alignment="left",
        labelspacing=0.7,
    )
    legend.get_title().set_color(INK)


def point_sign(marker: str, colour: str, size: float, label: str) -> Line2D:
    """Return a point sign for the legend.

    Parameters
    ----------
    marker : str
        Matplotlib's letter for the shape.
    colour : str
        Colour as '#rrggbb'.
    size : float
        Size in points.
    label : str
        What it means.

    Returns
    -------
    Line2D
        The sign.

    Examples
    --------
    >>> point_sign("*", "#d55e00", 12, "Origin").get_label()
    'Origin'
    """
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markerfacecolor=colour,
        markeredgecolor=INK,
        markeredgewidth=0.8,
        markersize=size,
        label=label,
    )


def draw_scale_bar(axes: Axes, *, points: gpd.GeoDataFrame | None = None) -> None:
    """Draw a bar of a round number of kilometres, about a fifth of the map, at the lower right.

    Parameters
    ----------
    axes : Axes
        A map in metres.
    points : GeoDataFrame, optional
        Points of the map, in its CRS: where the bar would hide more of them at the right than at
        the left it goes to the left.

    Examples
    --------
    >>> _, axes = map_sheet((0, 0, 600_000, 600_000), dpi=100, notes=0)
    >>> draw_scale_bar(axes)
    >>> [text.get_text() for text in axes.texts]
    ['0', '50', '100 km']
    """
    west, east = axes.get_xlim()
    length_km = round_scale_km(east - west)
    width = length_km * 1000 / (east - west)
    half = width / 2
    starts = (0.95 - width, 0.05)
    start = min(starts, key=lambda left: _hidden(axes, points, left, width))
    for left, colour in ((start, INK), (start + half, "white")):
        bar = Rectangle(
            (left, 0.03),
            half,
            0.007,
            transform=axes.transAxes,
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.6,
            zorder=12,
        )
        axes.add_patch(bar)
    for share, value in ((0, 0.0), (0.5, length_km / 2), (1, length_km)):
        unit = " km" if share == 1 else ""
        axes.text(
            start + 2 * share * half,
            0.04,
            f"{value:g}{unit}",
            transform=axes.transAxes,
            fontsize=7.5,
            ha="center",
            va="bottom",
            path_effects=list(HALO),
            zorder=12,
        )


def _hidden(axes: Axes, points: gpd.GeoDataFrame | None, start: float, width: float) -> int:
    """How many points a scale bar would stand on or beside; places as shares of the map."""
    if points is None or points.empty:
        return 0
    pixels = axes.transData.transform(np.column_stack([points.geometry.x, points.geometry.y]))
    x, y = axes.transAxes.inverted().transform(pixels).T
    beside = (x > start - 0.04) & (x < start + width + 0.04)
    return int((beside & (y > 0.0) & (y < 0.08)).sum())


def draw_north_arrow(axes: Axes, epsg: int) -> None:
    """Draw an arrow to true north, which is not straight up away from the zone's middle.

    Parameters
    ----------
    axes : Axes
        A map in metres.
    epsg : int
        Its CRS.

    Examples
    --------
    >>> _, axes = map_sheet((4e5, 4.3e6, 6e5, 4.5e6), dpi=100, notes=0)
    >>> draw_north_arrow(axes, 32650)
    >>> axes.texts[-1].get_text()
    'N'
    """
    corner = np.array([0.95, 0.955])
    there = axes.transData.inverted().transform(axes.transAxes.transform(corner))
    north = true_north(there, epsg)
    # As shares of the map, not pixels: an SVG is drawn at another resolution than a PNG.
    share = north / 72 * axes.figure.dpi / axes.get_window_extent().size
    foot = corner - 26 * share
    axes.annotate(
        "",
        xy=(float(corner[0]), float(corner[1])),
        xytext=(float(foot[0]), float(foot[1])),
        xycoords="axes fraction",
        textcoords="axes fraction",
        arrowprops={
            "arrowstyle": "-|>",
            "color": INK,
            "linewidth": 1.2,
            "shrinkA": 0,
            "shrinkB": 0,
        },
        zorder=12,
    )
    left, bottom = corner - 35 * share
    axes.text(
        left,
        bottom,
        "N",
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=10,
        color=INK,
        path_effects=list(HALO),
        zorder=12,
    )


def wrap_text(text: str, *, columns: int) -> list[str]:
    """Return lines of at most so many columns; a Chinese character takes two.

    Parameters
    ----------
    text : str
        Chinese, English or both; breaks fall between words and between Chinese characters.
    columns : int
        Width of a line; closing punctuation may stand beyond it.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> wrap_text("一二三四，five six", columns=8)
    ['一二三四，', 'five six']
    """
    lines, line, width = [], "", 0
    for piece in re.findall(r"[^\s\u2e80-\uffef]+\s*|\s+|[\u2e80-\uffef]\s*", text):
        size = text_width(piece)
        closing = piece[0] in "，。；：、）》”"  # never starts a line
        if line and width + size > columns and not closing:
            lines.append(line.rstrip())
            line, width = "", 0
        line, width = line + piece, width + size
    return [*lines, line.rstrip()] if line.strip() else lines


def write_notes(figure: Figure, lines: Sequence[str]) -> None:
    """Write the notes below the map.

    Parameters
    ----------
    figure : Figure
        A sheet of `map_sheet` with room for as many lines.
    lines : sequence of str
        The lines.

    Examples
    --------
    >>> figure, _ = map_sheet((0, 0, 1000, 1000), dpi=100, notes=1)
    >>> write_notes(figure, ["Sources: none"])
    >>> figure.texts[0].get_text()
    'Sources: none'
    """
    height = figure.get_figheight()
    figure.text(
        0.2 / _WIDTH_IN,
        (0.15 + _LINE_IN * len(lines)) / height,
        "\n".join(lines),
        fontsize=7.5,
        va="top",
        color="#404040",
        linespacing=1.35,
    )


def save_figure(figure: Figure, path: str | os.PathLike[str], kind: str, dpi: int) -> None:
    """Save without the time of day, so that the same data give the same bytes.

    Parameters
    ----------
    figure : Figure
    path : path-like
        Replaced as a whole.
    kind : str
        'png' or 'svg'.
    dpi : int

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> figure, _ = map_sheet((0, 0, 1000, 1000), dpi=50, notes=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_figure(figure, Path(folder, "map.png"), "png", 50)
    ...     Path(folder, "map.png").read_bytes()[1:4]
    b'PNG'
    """
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    with replace_atomically(path) as part:
        figure.savefig(part, format=kind, dpi=dpi, metadata=metadata, **_FAST.get(kind, {}))
