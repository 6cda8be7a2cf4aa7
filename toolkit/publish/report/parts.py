"""What the page is made of: cells and tables in both languages, ready for the template."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.model import Sentence
from toolkit.claims.wording import figure_text, number
from toolkit.publish.layers import COLUMNS
from toolkit.publish.palette import TIME_BANDS, time_colour

__all__ = [
    "EMPTY",
    "Cell",
    "Table",
    "band_name",
    "column_decimals",
    "column_title",
    "figure_cell",
    "minutes_cell",
    "plain",
    "text_cell",
    "text_colour",
]

_LIGHT, _DARK = "#ffffff", "#000000"
_UNITS_ZH: Mapping[str, str] = {
    "persons": "人",
    "min": "分钟",
    "km": "公里",
    "km²": "平方公里",
    "km/h": "公里/时",
    "m": "米",
}
_TITLES: Mapping[str, Sentence] = {
    "name": Sentence("place or comparison", "地点或比较项"),
    "value": Sentence("found", "核得"),
    "stated": Sentence("stated", "原文"),
    "room": Sentence("room to the limit", "距限值"),
    "met": Sentence("agrees with the text", "与原文相符"),
    "excepted": Sentence("named as exception", "列为例外"),
    "position": Sentence("position", "位置"),
    "working": Sentence("working", "算式"),
    "busiest_to": Sentence("busiest link to", "最密至"),
    "fastest_to": Sentence("fastest to", "最快至"),
    "from_station": Sentence("from station", "上车站"),
    "to_station": Sentence("to station", "下车站"),
    "population_share": Sentence("share of residents", "居民占比"),
    "area_share": Sentence("share of land", "面积占比"),
}


def plain(text: object) -> Sentence:
    """Give a text that reads the same in both languages.

    Examples
    --------
    >>> plain("G173")
    Sentence(en='G173', zh='G173')
    """
    return Sentence(str(text), str(text))


EMPTY = plain("")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, what it is sorted by, and its colour where it has one.

    Attributes
    ----------
    text : Sentence
    order : float, optional
        Sort key of figures; texts are sorted by what is shown.
    note : Sentence
        Smaller text below.
    colour : str
        Background as '#rrggbb'; '' for none.
    """

    text: Sentence
    order: float | None = None
    note: Sentence = EMPTY
    colour: str = ""

    @property
    def is_date(self) -> bool:
        """Whether the text is a date, not to be broken over two lines."""
        return re.fullmatch(r"\d{4}-\d\d-\d\d", self.text.en) is not None

    @property
    def ink(self) -> str:
        """Colour of text that can be read on the background."""
        return text_colour(self.colour) if self.colour else ""


@dataclass(frozen=True)
class Table:
    """A table whose first cell of each row is the row's header.

    Attributes
    ----------
    caption : Sentence
    columns : tuple of Sentence
    rows : tuple of tuple of Cell
    sortable : bool
    """

    caption: Sentence
    columns: tuple[Sentence, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = True


def text_colour(background: str) -> str:
    """Return black or white, whichever stands out more by WCAG 2.2 contrast.

    Parameters
    ----------
    background : str
        '#rrggbb'.

    Examples
    --------
    >>> text_colour("#46327e"), text_colour("#f4e61e")
    ('#ffffff', '#000000')
    """
    light = luminance(background)
    return _LIGHT if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else _DARK


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2, from 0 for black to 1 for white.

    Examples
    --------
    >>> luminance("#000000"), round(luminance("#ffffff"), 6)
    (0.0, 1.0)
    """
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def band_name(minutes: float) -> str:
    """Name the band of a travel time.

    Examples
    --------
    >>> band_name(30), band_name(60), band_name(61), band_name(float("inf"))
    ('≤ 45', '45–60', '60–75', '> 90')
    """
    bounds = list(TIME_BANDS)
    for low, high in zip([0, *bounds], bounds, strict=False):
        if minutes <= high:
            return f"{low}–{high}" if low else f"≤ {high}"
    return f"> {bounds[-1]}"


def minutes_cell(minutes: float, note: str = "") -> Cell:
    """Return a travel time in the colour of its band, with the band and a note as text.

    Examples
    --------
    >>> minutes_cell(60.2, "G1").text.en, minutes_cell(60.2, "G1").note.zh
    ('60.2', '60–75 · G1')
    """
    if not math.isfinite(minutes):
        return Cell(Sentence("not reached", "不可达"), math.inf, colour=time_colour(math.inf))
    # Whole minutes, but never a figure that contradicts its band.
    whole = float(round(minutes))
    shown = f"{whole:.0f}" if band_name(whole) == band_name(minutes) else number(minutes)
    parts = [part for part in (band_name(minutes), note) if part]
    return Cell(plain(shown), minutes, plain(" · ".join(parts)), time_colour(minutes))


def figure_cell(value: object, unit: str = "", *, decimals: int | None = None) -> Cell:
    """Return a figure, empty where it is missing; with `decimals`, or as precise as it deserves.

    Examples
    --------
    >>> figure_cell(0.7106, "share").text.en, figure_cell(None).text.en
    ('71.1%', '')
    >>> figure_cell(3, decimals=2).text.en
    '3.00'
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # any scalar
        return Cell(EMPTY, math.inf)
    figure = float(value)  # type: ignore[arg-type]  # checked above
    if unit == "share":
        return Cell(plain(f"{figure:.1%}"), figure)
    whole = decimals is None or not math.isfinite(figure)
    return Cell(plain(figure_text(figure, unit) if whole else f"{figure:,.{decimals}f}"), figure)


def column_decimals(values: Iterable[object]) -> int | None:
    """Return how many decimals all figures of a column take: three digits for the greatest.

    Not more than any of them needs. None where they are whole, or where so few digits would leave
    a figure none that counts.

    Examples
    --------
    >>> column_decimals([22.04, 4.53, 3, None]), column_decimals([0.463, 0.0661, 1])
    (1, 2)
    >>> column_decimals([35, 128]), column_decimals([0.25, 0.00005])
    (None, None)
    """
    found = [abs(float(v)) for v in values if v is not None and not pd.isna(v)]  # type: ignore[call-overload,arg-type]  # any scalar
    sizes = [size for size in found if math.isfinite(size) and size > 0]
    if all(size == round(size) for size in sizes):
        return None
    needed = max(len(figure_text(size).partition(".")[2]) for size in sizes)
    decimals = min(needed, max(0, 2 - math.floor(math.log10(max(sizes)))))
    return decimals if min(sizes) >= 0.5 * 10**-decimals else None


def text_cell(value: object) -> Cell:
    """Return a text, yes or no for a boolean, a figure for a number."""
    if isinstance(value, Sentence):
        return Cell(value)
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return Cell(Sentence("yes", "是") if value else Sentence("no", "否"))
    if isinstance(value, str):
        return Cell(plain(value))
    return figure_cell(value)


def column_title(name: str) -> Sentence:
    """Name a column for readers.

    Examples
    --------
    >>> column_title("trains_per_day").zh, column_title("met").en
    ('每日列车数', 'agrees with the text')
    """
    if name in _TITLES:
        return _TITLES[name]
    column = COLUMNS.get(name) or COLUMNS.get(f"{name}_zh")
    if column is None:
        return plain(name.replace("_", " "))
    if column.unit in ("", "1/d"):
        return Sentence(column.name_en.lower(), column.name_zh)
    chinese = _UNITS_ZH.get(column.unit, column.unit)
    return Sentence(f"{column.name_en.lower()} ({column.unit})", f"{column.name_zh}（{chinese}）")


def rows_of(cells: Iterable[Iterable[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Freeze rows."""
    return tuple(tuple(row) for row in cells)
