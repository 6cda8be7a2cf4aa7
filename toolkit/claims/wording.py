"""The words of verdicts in English and Chinese: amounts, lists, outcomes and definitions."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.claims.model import Language, Outcome, Sentence
from toolkit.terminal import padded, text_width

__all__ = [
    "amount",
    "definition_name",
    "figure_text",
    "listing",
    "names_or_none",
    "number",
    "outcome_name",
    "place_list",
    "quantity_name",
    "short_share",
    "station_sets_name",
    "statistic_name",
    "text_table",
]

_OUTCOMES: dict[Outcome, str] = {
    "holds": "成立",
    "fails": "不成立",
    "depends": "视口径而定",
    "borderline": "临界",
    "inconsistent": "自相矛盾",
    "not checkable": "无法核验",
}
# Beside the definitions of travel time that are computed, whose names live in their own file.
_DEFINITIONS = {
    "population_share": Sentence("share of residents, door to door", "居民占比（门到门）"),
    "road_peak": Sentence("road, peak", "公路（高峰）"),
    "corridors": Sentence("axes against placebo axes", "规划轴线与对照轴线"),
    "class fast": Sentence("G, D or C trains", "G、D、C 字头列车"),
    "statistics": Sentence("statistics", "统计数据"),
    "arithmetic": Sentence("arithmetic", "算术"),
    "distance": Sentence("geodesic distance", "大地线距离"),
    "boundaries": Sentence("boundaries", "行政边界"),
    "lists": Sentence("lists of members", "成员名单"),
    "route": Sentence("length of a schematic route", "示意路线长度"),
    "trains": Sentence("direct trains", "直达列车"),
}
_STATION_SETS = {"main": "主要车站", "any": "域内任一车站", "core25": "市中心25公里内车站"}
_QUANTITIES = {
    "area_km2": (Sentence("area", "面积"), Sentence("km2", "平方公里")),
    "gdp_1e8": (Sentence("output", "经济总量"), Sentence("100 million yuan", "亿元")),
    "gdp_per_head": (Sentence("output per head", "人均产出"), Sentence("10,000 yuan", "万元")),
    "residents_1e4": (Sentence("residents", "常住人口"), Sentence("ten thousand", "万人")),
}
_STATISTICS = {
    "fastest": Sentence("fastest", "最快"),
    "median": Sentence("median", "中位数"),
    "p90": Sentence("90th percentile", "第90百分位"),
    "best_case": Sentence("best case", "最好情况"),
    "whole day": Sentence("whole day", "全天"),
}
_UNITS = {"min": ("min", "分钟"), "%": ("%", "%"), "trains": ("trains a day", "列/日")}
# of differences only, as precise as the figures
_MARGIN_UNITS = {
    "cities": ("cities", "座城市"),
    "km": ("km", "公里"),
    "km2": ("km²", "平方公里"),
    "percentage points": ("percentage points", "个百分点"),
    "years": ("years", "年"),
}
_TEN_THOUSAND = "ten thousand residents"
_NOTHING_RUNS = {"min": Sentence("not reached", "不可达"), "trains": Sentence("none", "无")}


def number(value: float) -> str:
    """Print a number with at most one decimal.

    Examples
    --------
    >>> number(60.0), number(60.25)
    ('60', '60.2')
    """
    return str(int(value)) if float(value).is_integer() else f"{value:.1f}"


def figure_text(value: float, unit: str = "") -> str:
    """Print a figure as precisely as it deserves, with its unit.

    Examples
    --------
    >>> figure_text(198288.4), figure_text(34.205, "%"), figure_text(0.0, "km")
    ('198,288', '34.2%', '0 km')
    >>> figure_text(0.25), figure_text(-0.00005094)
    ('0.25', '-0.0000509')
    """
    size = abs(value)
    if not math.isfinite(value):
        text = "∞" if value > 0 else "-"
    elif size >= 1000 or value == round(value):
        text = f"{value:,.0f}"
    elif size >= 1:
        text = f"{value:.2f}".rstrip("0").rstrip(".")
    elif size >= 1e-6:  # three digits that count, and no powers of ten
        text = f"{float(f'{value:.3g}'):.9f}".rstrip("0")
    else:
        text = f"{value:.3g}"
    return text if not unit else f"{text}{unit}" if unit == "%" else f"{text} {unit}"


def amount(value: float, unit: str) -> Sentence:
    """Name an amount with its unit; an infinite time is not reached.

    Examples
    --------
    >>> amount(68, "min").en, amount(68, "min").zh
    ('68 min', '68分钟')
    >>> amount(160.07, "ten thousand residents").en, amount(160.07, "ten thousand residents").zh
    ('1,600,700 residents', '160.07万人')
    >>> amount(2.014, "percentage points").en, amount(1.0, "cities").zh
    ('2.01 percentage points', '1座城市')
    """
    if not math.isfinite(value):
        return _NOTHING_RUNS.get(unit, Sentence("not known", "未知"))
    if unit == _TEN_THOUSAND:
        return Sentence(f"{round(value * 1e4):,} residents", f"{figure_text(value)}万人")
    if unit in _MARGIN_UNITS:
        en, zh = _MARGIN_UNITS[unit]
        if abs(value) == 1:
            en = {"cities": "city"}.get(en, en.removesuffix("s"))
        return Sentence(f"{figure_text(value)} {en}", f"{figure_text(value)}{zh}")
    if unit not in _UNITS or (unit == "%" and 0 < abs(value) < 1):
        return Sentence(figure_text(value, unit), figure_text(value, unit))
    en, zh = _UNITS[unit]
    if unit == "trains" and abs(value) == 1:
        en = "train a day"
    return Sentence(
        f"{number(value)} {en}" if en != "%" else f"{number(value)}%", number(value) + zh
    )


def listing(words: Sequence[str], language: Language) -> str:
    """Join words the way the language does.

    Examples
    --------
    >>> listing(["Tangshan", "Qinhuangdao", "Hengshui"], "en")
    'Tangshan, Qinhuangdao and Hengshui'
    """
    if language == "zh":
        return "、".join(words)
    *front, last = words or [""]
    return f"{', '.join(front)} and {last}" if front else last


def place_list(
    items: pd.DataFrame, value: str | None = None, *, overrun: bool = False, most: int = 20
) -> Sentence:
    """List places, each with its value and, on request, how far it is beyond the threshold.

    The first `most` are named, the rest counted.

    Examples
    --------
    >>> items = pd.DataFrame(
    ...     {"name_en": ["Tangshan"], "name_zh": ["唐山"], "minutes": [64.0], "room": [-4.0]}
    ... )
    >>> place_list(items, "minutes", overrun=True).en
    'Tangshan 64 (+4)'
    """
    english, chinese = [], []
    for _, row in items.head(most).iterrows():
        en, zh = row["name_en"], row["name_zh"]
        if value is not None and math.isfinite(row[value]):
            en, zh = f"{en} {number(row[value])}", f"{zh}{number(row[value])}"
            if overrun and math.isfinite(row["room"]):
                over = f"+{number(-row['room'])}"
                en, zh = f"{en} ({over})", f"{zh}（{over}）"
        elif value is not None:
            nothing = amount(row[value], "min")
            en, zh = f"{en} ({nothing.en})", f"{zh}（{nothing.zh}）"
        english.append(en)
        chinese.append(zh)
    if len(items) > most:
        english.append(f"{len(items) - most} more")
        chinese.append(f"另{len(items) - most}个")
    return Sentence(listing(english, "en"), listing(chinese, "zh"))


def outcome_name(outcome: Outcome) -> Sentence:
    """Name an outcome in both languages.

    Examples
    --------
    >>> outcome_name("fails").zh
    '不成立'
    """
    return Sentence(outcome, _OUTCOMES[outcome])


def station_sets_name(keys: Iterable[str]) -> Sentence:
    """Station sets that a check may decide by, as a list; empty ones are left out.

    Examples
    --------
    >>> station_sets_name(["main", "any", ""])
    Sentence(en='main, any', zh='主要车站、域内任一车站')
    """
    named = [key for key in keys if key]
    return Sentence(", ".join(named), "、".join(_STATION_SETS.get(key, key) for key in named))


def statistic_name(statistic: str) -> Sentence:
    """Name a statistic, or a statistic and its window.

    Examples
    --------
    >>> statistic_name("p90, whole day").en, statistic_name("median, 07:00-09:00").zh
    ('90th percentile, whole day', '中位数，07:00-09:00')
    """
    names = [_STATISTICS.get(part, Sentence(part, part)) for part in statistic.split(", ")]
    return Sentence(", ".join(n.en for n in names), "，".join(n.zh for n in names))


def definition_name(definition: str) -> Sentence:
    """Name a definition in both languages; one that is not known keeps its key.

    Examples
    --------
    >>> definition_name("door_to_door").en, definition_name("door_to_door").zh
    ('door to door', '门到门')
    >>> definition_name("population_share").en, definition_name("road_peak").zh
    ('share of residents, door to door', '公路（高峰）')
    """
    travel = _travel_definitions().get(definition)
    if travel is not None:
        return Sentence(travel.name_en[:1].lower() + travel.name_en[1:], travel.name_zh)
    return _DEFINITIONS.get(definition, Sentence(definition, definition))


@cache
def _travel_definitions() -> Mapping[str, Definition]:
    """The definitions of travel time that come with the toolkit."""
    return load_definitions()


def names_or_none(names: Iterable[Sentence]) -> Sentence:
    """Join names in both languages, or say that there are none.

    Examples
    --------
    >>> names_or_none([Sentence("Tianjin", "天津"), Sentence("Baoding", "保定")]).en
    'Tianjin, Baoding'
    >>> names_or_none([]).zh
    '无'
    """
    known = list(names)
    return Sentence(
        ", ".join(name.en for name in known) or "none", "、".join(name.zh for name in known) or "无"
    )


def quantity_name(quantity: str, *, with_unit: bool = False) -> Sentence:
    """Name a quantity of the facts in both languages; one that is not known keeps its key.

    Examples
    --------
    >>> quantity_name("residents_1e4").en
    'residents'
    >>> quantity_name("residents_1e4", with_unit=True).zh
    '常住人口（万人）'
    """
    if quantity not in _QUANTITIES:
        return Sentence(quantity, quantity)
    name, unit = _QUANTITIES[quantity]
    if not with_unit:
        return name
    return Sentence(f"{name.en} ({unit.en})", f"{name.zh}（{unit.zh}）")


def short_share(share: float) -> str:
    """Print a share in percent so that all and none are told from nearly.

    Examples
    --------
    >>> short_share(1.0), short_share(0.9991), short_share(0.0005), short_share(0.483)
    ('100%', '>99%', '<1%', '48%')
    """
    if math.isnan(share):
        return ""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def text_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False
) -> str:
    """Lay out a table for a terminal, where a Chinese character is two columns wide.

    With `numbers` all columns but the first are set to the right.

    Examples
    --------
    >>> print(text_table(["city", "min"], [["唐山", "64"], ["Langfang", "21"]]))
    city      min
    唐山      64
    Langfang  21
    >>> print(text_table(["city", "min"], [["唐山", "64"], ["衡水", "128"]], numbers=True))
    city  min
    唐山   64
    衡水  128
    """
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(text_width(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            padded(cell, width, right=numbers and column > 0)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
