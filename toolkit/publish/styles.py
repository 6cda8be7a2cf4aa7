"""Default QGIS styles of the layers: one line of meaning each, colours from the palette."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from toolkit.publish.layers import COLUMNS, column_alias
from toolkit.publish.palette import (
    BEYOND,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    OUTCOMES,
    PURPLE,
    SEQUENCE,
    SKY,
    TIME_BANDS,
    VERMILION,
    YELLOW,
)
from toolkit.publish.qml import Class, Label, Style, Symbol, qml_document

__all__ = ["MEASURES", "layer_style", "style_of", "styles"]

_NAME = """coalesce(nullif("name_zh", ''), "name_en")"""
# 60.2 minutes are not written as 60: that would belong to the nearer band
_MINUTES = (
    f"""round("minutes", if(round("minutes") IN ({", ".join(map(str, TIME_BANDS))}) """
    """AND "minutes" > round("minutes"), 1, 0)) || ' min'"""
)
MEASURES = ("betweenness", "straightness", "closeness", "harmonic", "information")
"""Measures of centrality in the order a style looks for them."""

_STATION_SIZES = {10: 0.7, 30: 1.1, 100: 1.6, 200: 2.2}
# Layers shown in five classes of equal count: the column, the marker and its sizes in mm.
_QUANTILES = {
    "clusters": ("p_sf", "", (0.3, 0.3)),
    "accessibility": ("potential", "square", (2.4, 5.0)),
    "scenario_times": ("saved_min", "", (0.25, 1.2)),
    "scenario_cities": ("efficiency_change", "circle", (2.4, 4.4)),
    "cell_accessibility": ("weighted_average_min", "", (0.0, 0.0)),
    "station_accessibility": ("potential", "circle", (1.0, 1.8)),
    "borders": ("crossings_per_10_km", "", (0.5, 1.3)),
    "bottlenecks": ("mean_extra_min", "", (0.4, 1.8)),
    "narrowings": ("betweenness", "circle", (1.0, 2.6)),
    "vital_stations": ("mean_extra_min", "circle", (1.2, 3.2)),
    "vital_services": ("mean_extra_min", "", (0.2, 0.9)),
}
_COMMUNITIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, "#000000", YELLOW)
_SINGLE_COLOURS = {
    "scenario_links": VERMILION,
    "border_links": BLUE,
    "cooperation_zones": GREEN,
}


def layer_style(name: str, frame: pd.DataFrame, geometry: str) -> str | None:
    """Return the default style of a layer as QML.

    Parameters
    ----------
    name : str
        Layer name of the contract.
    frame : pandas.DataFrame
        The layer; only centrality reads values from it (its classes are quantiles).
    geometry : str
        Geometry type, '' for a table.

    Returns
    -------
    str or None
        None for tables and for layers outside the contract.

    Examples
    --------
    >>> qml = layer_style("claims", pd.DataFrame(columns=["outcome"]), "MultiPolygon")
    >>> qml.count("<category ")
    7
    """
    style = style_of(name, frame, geometry)
    if style is None:
        return None
    aliases = {
        str(column): column_alias(str(column)) for column in frame.columns if column in COLUMNS
    }
    return qml_document(style, geometry=geometry, aliases=aliases)


def style_of(
    name: str, frame: pd.DataFrame, geometry: str, *, column: str | None = None
) -> Style | None:
    """Return the default style of a layer.

    Parameters
    ----------
    name, frame, geometry
        As for `layer_style`.
    column : str, optional
        What the classes are of, where they are quantiles; that of the contract by default.

    Returns
    -------
    Style or None
        None for tables and for layers outside the contract.

    Examples
    --------
    >>> style_of("corridors", pd.DataFrame(), "MultiPolygon").renderer
    'categorized'
    """
    if not geometry:
        return None
    if name in _SINGLE_COLOURS:
        return _single(_SINGLE_COLOURS[name], geometry)
    if name in {"road_centrality", "node_centrality"}:
        return _centrality(frame, geometry)
    if name in {"links", "communities"}:
        return _communities(frame, geometry)
    if name in _QUANTILES:
        usual, shape, sizes = _QUANTILES[name]
        chosen = column or usual
        near = chosen == "weighted_average_min"
        return _quantiles(frame, chosen, shape=shape, sizes=sizes, dark_is_low=near)
    return styles(frame.columns).get(name)


def styles(columns: Iterable[object] = ()) -> Mapping[str, Style]:
    """Return the styles that do not depend on the data.

    Parameters
    ----------
    columns : iterable of str
        Columns of the layer; cities with `minutes` from a core are coloured by them.

    Returns
    -------
    mapping of str to Style
        Layer name to style.

    Examples
    --------
    >>> [each.label for each in styles()["reach"].classes]
    ['≤ 45 min', '45–60 min', '60–75 min', '75–90 min', '> 90 min']
    """
    return MappingProxyType(
        {
            "prefectures": Style(
                "categorized",
                (
                    Class("核心城市 Core", Symbol("#efe6d2", 0.35, "#7a7a7a"), "core"),
                    Class("成员 Member", Symbol("#f7f6f2", 0.25, "#9a9a9a"), "member"),
                ),
                """if("is_core", 'core', 'member')""",
            ),
            "cities": _cities(columns),
            "stations": Style(
                "graduated",
                _station_classes(),
                """coalesce("trains_per_day", 0)""",
                Label(_NAME, 7.5, "#404040", smallest_scale=1_500_000, priority=3),
                draw_order="trains_per_day",
            ),
            "rail_services": Style(
                "graduated",
                _time_classes(
                    beyond="#dcdcdc",
                    width_expression='scale_linear(sqrt(coalesce("trains_per_day", 1)), '
                    "1, 14, 0.08, 1.4)",
                ),
                "fastest_min",
                opacity=0.85,
                draw_order="fastest_min",
            ),
            "roads": Style(
                "categorized",
                _road_classes(),
                """regexp_replace("highway", '_link$', '')""",
                Label(
                    """if("highway" in ('motorway', 'trunk'), "ref", NULL)""",
                    7,
                    "#5a3a00",
                    smallest_scale=1_000_000,
                    priority=2,
                ),
                opacity=0.8,
                draw_order=_road_order(),
            ),
            "reach": Style(
                "graduated", _area_classes(), "minutes", opacity=0.55, draw_order="minutes"
            ),
            "reach_overlaps": Style(
                "graduated",
                _area_classes(),
                "minutes",
                Label("""concat("core_zh", '–', "other_zh")""", 8, priority=3),
                opacity=0.55,
                draw_order="minutes",
            ),
            "city_times": Style(
                "graduated",
                _time_classes(size=0.7),
                "minutes",
                Label(_MINUTES, 8, smallest_scale=1_000_000, priority=4),
                draw_order="minutes",
            ),
            "corridors": Style(
                "categorized",
                (
                    Class("安慰剂轴线 Placebo axis", Symbol(GREY, 0.3, "#5a5a5a"), "placebo"),
                    Class("轴线 Axis", Symbol(PURPLE, 0.3, "#5a5a5a"), "axis"),
                ),
                '"kind"',
                Label(_NAME, 8),
                opacity=0.5,
            ),
            "placebo_lines": Style(
                "categorized",
                (
                    Class("安慰剂线 Placebo line", Symbol(GREY, 0.25, shape="dot"), "placebo"),
                    Class("省界 Border of provinces", Symbol(PURPLE, 0.9), "border"),
                ),
                '"kind"',
            ),
            "dead_ends": Style(
                "categorized",
                (
                    Class("断头路 Dead end", Symbol("#ffffff", 1.8, "#1a1a1a"), "end"),
                    Class("数据断口 Gap of the data", Symbol(YELLOW, 2.2, "#1a1a1a"), "seam"),
                ),
                '"kind"',
            ),
            "scenario_reach": Style(
                "categorized",
                (
                    Class("前后均可达 Before and after", Symbol(SKY, 0.2, BLUE), "kept"),
                    Class("新增 Gained", Symbol(GREEN, 0.2, "#004d3a"), "gained"),
                    Class("失去 Lost", Symbol(PURPLE, 0.2, "#5a5a5a"), "lost"),
                ),
                '"land"',
                opacity=0.7,
            ),
            "claims": Style(
                "categorized",
                (
                    *(
                        Class(label, Symbol(colour, 0.5, "#333333", "dash"), outcome)
                        for outcome, (colour, label) in OUTCOMES.items()
                    ),
                    Class("其他 Other", Symbol("#ffffff", 0.4, "#333333"), ""),
                ),
                """replace("outcome", '_', ' ')""",
                Label('"claim_id"', 8),
                opacity=0.6,
            ),
        }
    )


def _cities(columns: Iterable[object]) -> Style:
    """Return cities by the minutes from the core where they are known, else by role."""
    star = Symbol(VERMILION, 4.6, "#1a1a1a", "star")
    if "minutes" not in set(columns):
        core = Class("核心城市 Core", star, "core")
        member = Class("成员城市 Member", Symbol("#ffffff", 2.6, "#1a1a1a"), "member")
        return Style(
            "categorized",
            (core, member),
            """if("is_core", 'core', 'member')""",
            Label(_NAME, 10, priority=10),
        )
    core = Class("出发城市 Origin", star, "core")
    bounds = list(TIME_BANDS)
    side = {b: "一小时内 within 1 h" if b <= 60 else "一小时外 beyond 1 h" for b in bounds}
    classes = [
        Class(f"{label} {side[bound]}", Symbol(colour, 3.0, "#1a1a1a"), str(bound))
        for (label, colour, _), bound in zip(_bands()[:-1], bounds, strict=True)
    ]
    far = Class(f"> {bounds[-1]} min", Symbol(BEYOND, 3.0, "#1a1a1a"), "far")
    none = Class("未通达 Not reached", Symbol("#ffffff", 2.6, "#1a1a1a"), "")
    cases = " ".join(f"""WHEN "minutes" <= {bound} THEN '{bound}'""" for bound in bounds)
    return Style(
        "categorized",
        (core, *classes, far, none),
        f"""CASE WHEN "is_core" AND "name_zh" = "core_zh" THEN 'core' """
        f"""WHEN "minutes" IS NULL THEN '' {cases} ELSE 'far' END""",
        Label(f"""{_NAME} || coalesce('\\n' || {_MINUTES}, '')""", 9, priority=10),
    )


def _bands() -> list[tuple[str, str, float]]:
    """Return label, colour and upper bound of the travel time bands and of what is beyond."""
    bounds = list(TIME_BANDS)
    labels = [f"≤ {bounds[0]} min"]
    labels += [f"{low}–{high} min" for low, high in pairwise(bounds)]
    bands = [
        (label, colour, float(bound))
        for label, (bound, colour) in zip(labels, TIME_BANDS.items(), strict=True)
    ]
    return [*bands, (f"> {bounds[-1]} min", BEYOND, 1e12)]


def _time_classes(
    *, size: float = 0.5, beyond: str = BEYOND, width_expression: str = ""
) -> tuple[Class, ...]:
    """Return lines coloured by band; beyond the last one thin and pale."""
    near = [
        Class(label, Symbol(colour, size, width_expression=width_expression), upper=upper)
        for label, colour, upper in _bands()[:-1]
    ]
    label, _, upper = _bands()[-1]
    return (*near, Class(label, Symbol(beyond, size / 4), upper=upper))


def _area_classes() -> tuple[Class, ...]:
    """Return areas coloured by band, each with its outline."""
    return tuple(
        Class(label, Symbol(colour, 0.3, "#3c3c3c"), upper=upper)
        for label, colour, upper in _bands()
    )


def _station_classes() -> tuple[Class, ...]:
    """Return markers that grow with the trains a day."""
    bounds = list(_STATION_SIZES)
    labels = [f"≤ {bounds[0]} 列/日 trains/day"]
    labels += [f"{low + 1}–{high}" for low, high in pairwise(bounds)]
    classes = [
        Class(label, Symbol(BLUE, size), upper=float(bound))
        for label, (bound, size) in zip(labels, _STATION_SIZES.items(), strict=True)
    ]
    return (*classes, Class(f"> {bounds[-1]}", Symbol(BLUE, 2.9)))


def _road_classes() -> tuple[Class, ...]:
    """Return roads by class, the greater the wider."""
    rows = (
        ("motorway", "高速公路 Motorway", VERMILION, 0.5),
        ("trunk", "国道、快速路 Trunk", ORANGE, 0.4),
        ("primary", "省道、主干路 Primary", SKY, 0.3),
        ("secondary", "县道 Secondary", GREEN, 0.25),
        ("tertiary", "乡道 Tertiary", GREY, 0.2),
        ("", "其他 Other", "#c8c8c8", 0.12),
    )
    return tuple(Class(label, Symbol(colour, size), value) for value, label, colour, size in rows)


def _road_order() -> str:
    """Return the order of drawing: motorways last, where a trunk road follows the same line."""
    ranks = " ".join(
        f"""WHEN "highway" LIKE '{each.value}%' THEN {rank}"""
        for rank, each in enumerate(_road_classes())
        if each.value
    )
    return f"CASE {ranks} ELSE 9 END"


def _single(colour: str, geometry: str) -> Style:
    """Return one symbol for all features."""
    areas = geometry.endswith("Polygon")
    symbol = Symbol(colour, 0.4, colour) if areas else Symbol(colour, 0.8)
    return Style("single", (Class("", symbol),), opacity=0.5 if areas else 1.0)


def _centrality(frame: pd.DataFrame, geometry: str) -> Style:
    """Return five classes of equal count of the first measure there is."""
    measure = _measure(frame.columns)
    if measure is None:
        return _single(BLUE, geometry)
    return _quantiles(
        frame, measure, sizes=(0.2, 1.4) if geometry.endswith("String") else (0.9, 2.8)
    )


def _communities(frame: pd.DataFrame, geometry: str) -> Style:
    """Return a colour a community, and grey for links between two."""
    known = sorted(set(frame["community"]) - {"between"}, key=lambda one: (len(one), one))
    size = 3.6 if geometry.endswith("Point") else 0.6
    classes = [
        Class(f"{name}", Symbol(_COMMUNITIES[number % len(_COMMUNITIES)], size), name)
        for number, name in enumerate(known)
    ]
    between = Class("社群之间 Between communities", Symbol("#bdbdbd", size / 3), "between")
    if not known or (frame["community"] == "between").any():
        classes.insert(0, between)
    return Style("categorized", tuple(classes), '"community"')


def _quantiles(
    frame: pd.DataFrame,
    column: str,
    *,
    sizes: tuple[float, float],
    shape: str = "",
    dark_is_low: bool = False,
) -> Style:
    """Return up to five classes of equal count of a column, from low to high; none is empty."""
    values = frame[column].dropna().to_numpy(dtype=float)
    breaks = _breaks(values)
    bounds = [*breaks.tolist(), 1e12]
    steps = np.linspace(*sizes, len(bounds))
    # few classes keep the ends of the sequence, one alone its dark end
    last = len(SEQUENCE) - 1
    spread = np.linspace(last, 0, len(bounds)).round().astype(int)
    colours = [SEQUENCE[place] for place in (spread if dark_is_low else spread[::-1])]
    least = values.min(initial=np.inf)
    labels = [f"{'≤ ' if bound > least else ''}{_rounded(bound)}" for bound in breaks]
    if len(breaks):
        labels.append(f"> {_rounded(breaks[-1])}")
    else:  # all values are one
        labels.append(_rounded(values[0]) if len(values) else "")
    classes = tuple(
        Class(
            label,
            Symbol(colours[step], float(steps[step]), shape=shape),
            upper=bound,
        )
        for step, (label, bound) in enumerate(zip(labels, bounds, strict=True))
    )
    return Style("graduated", classes, f'"{column}"', draw_order=f'0 - "{column}"')


def _breaks(values: np.ndarray) -> np.ndarray:
    """Return the bounds between classes of equal count, without those that part no values."""
    if not len(values):
        return np.array([])
    bounds = np.quantile(values, np.linspace(0, 1, len(SEQUENCE) + 1)[1:-1])
    up_to = np.searchsorted(np.sort(values), bounds, side="right")
    first = np.diff(up_to, prepend=0) > 0  # of several bounds in one gap, the lowest
    kept: np.ndarray = bounds[first & (up_to < len(values))]
    return kept


def _rounded(bound: float) -> str:
    """Return three digits, without an exponent where they are few."""
    return f"{bound:.3g}" if abs(bound) < 1000 else f"{float(f'{bound:.3g}'):,.0f}"


def _measure(columns: Sequence[str] | pd.Index) -> str | None:
    """Return the first measure of `MEASURES` that a column starts with."""
    names = [str(column) for column in columns]
    return next((name for start in MEASURES for name in names if name.startswith(start)), None)
