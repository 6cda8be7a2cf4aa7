"""Charts of curves: lines over shares or numbers, each with a band, named in a legend."""

import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from toolkit.claims.model import Sentence
from toolkit.errors import OutputError
from toolkit.publish.palette import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from toolkit.publish.sheet import INK, save_figure
from toolkit.publish.structure.topic import Curve
from toolkit.publish.typeface import map_fonts

__all__ = ["draw_curves"]

_COLOURS = (BLUE, ORANGE, VERMILION, GREEN, PURPLE)
_DASHES = ("-", "--", "-.", ":", (0, (5, 1)))


def draw_curves(
    path: str | os.PathLike[str],
    *,
    title: Sentence,
    x_name: Sentence,
    y_name: Sentence,
    curves: Sequence[Curve],
    shares: bool = True,
    dpi: int = 200,
) -> None:
    """Draw curves as PNG or SVG.

    Parameters
    ----------
    path : path-like
        The picture to write, ending in '.png' or '.svg'.
    title, x_name, y_name : Sentence
    curves : sequence of Curve
        At most five: colours are told apart by the colour-blind, and lines by their dashes.
    shares : bool
        Whether both axes are shares, from 0 and in per cent; else whole numbers along the first.
    dpi : int

    Raises
    ------
    OutputError
        When the ending is neither '.png' nor '.svg', or the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> curve = Curve(Sentence("at random", "随机"), [0, 0.5], [1, 0.4], [1, 0.3], [1, 0.5])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     picture = Path(folder, "curve.png")
    ...     draw_curves(picture, title=Sentence("Loss", "失去"), x_name=Sentence("lost", "失去"),
    ...                 y_name=Sentence("left", "剩余"), curves=[curve], dpi=50)
    ...     picture.read_bytes()[1:4]
    b'PNG'
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in {"png", "svg"}:
        raise OutputError(f"{path}: charts are PNG or SVG", remedy="end the name in .png or .svg")
    with map_fonts({"svg.hashsalt": "city-cluster-toolkit"}):
        figure = Figure(figsize=(8.0, 4.8), dpi=dpi, layout="constrained")
        axes = figure.add_subplot()
        for curve, colour, dash in zip(curves, _COLOURS, _DASHES, strict=False):
            name = f"{curve.name.zh} {curve.name.en}"
            axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(curve.x, curve.y, color=colour, linestyle=dash, linewidth=1.8, label=name)
        axes.set_title(f"{title.zh}\n{title.en}", fontsize=11, loc="left", color=INK)
        axes.set_xlabel(f"{x_name.zh} {x_name.en}", fontsize=9)
        axes.set_ylabel(f"{y_name.zh} {y_name.en}", fontsize=9)
        if shares:
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axes.set_xlim(left=0.0)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(bottom=0.0)
        axes.tick_params(labelsize=9)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9)
        save_figure(figure, path, kind, dpi)
