"""Check kind `trend`: a measure of regions moved the way the text says, between two years."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from toolkit.claims.checks.clauses import Clause, settle_readings
from toolkit.claims.checks.parameters import ParameterError, nearest
from toolkit.claims.checks.readings import by_name
from toolkit.claims.checks.terms import ReadingName
from toolkit.claims.facts import QUANTITIES, Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Array, Drawn
from toolkit.claims.wording import figure_text, quantity_name

__all__ = [
    "MEASURES",
    "TrendItem",
    "TrendParameters",
    "trend",
]


@dataclass(frozen=True)
class TrendItem:
    """A measure of a region that is said to rise or to fall.

    Parameters
    ----------
    name_en, name_zh : str
    region : tuple of str
    measure : str
        'total' (change in percent), 'share' of `whole` (percentage points), 'primacy' (share of
        the largest unit, points), 'dispersion' (coefficient of variation, points) or 'rank_size'
        (slope of ln value on ln rank: nearer to zero is more even).
    quantity : str
        ``residents_1e4``, ``gdp_1e8`` or ``gdp_per_head`` (for 'dispersion').
    from_year, to_year : int
    direction : {'rises', 'falls'}
    margin : float
        A smaller change is borderline, in the unit of the measure.
    whole : tuple of str
        Of 'share': the region it is a share of.
    reading : str
        Key of the reading it belongs to; '' for all.
    """

    name_en: str
    name_zh: str
    region: tuple[str, ...]
    measure: str
    from_year: int
    to_year: int
    direction: str
    quantity: str = "residents_1e4"
    margin: float = 0.5
    whole: tuple[str, ...] = ()
    reading: str = ""

    def __post_init__(self) -> None:
        if self.measure not in {*MEASURES, "share"}:
            raise ParameterError(
                "measure",
                f"unknown measure '{self.measure}'",
                remedy=nearest(self.measure, (*MEASURES, "share"), "measure"),
            )
        if self.direction not in {"rises", "falls"}:
            raise ParameterError(
                "direction", f"unknown direction '{self.direction}'", remedy="use rises or falls"
            )
        if (self.measure == "share") != bool(self.whole):
            raise ParameterError("whole", "a share needs its whole", remedy="give 'whole'")
        if self.quantity not in {*QUANTITIES, "gdp_per_head"}:
            raise ParameterError(
                "quantity",
                f"no series of '{self.quantity}'",
                remedy=nearest(self.quantity, (*QUANTITIES, "gdp_per_head"), "quantity"),
            )


@dataclass(frozen=True)
class TrendParameters:
    """Parameters of `trend`.

    Parameters
    ----------
    items : tuple of TrendItem
    readings : tuple of ReadingName
        Where the words leave several; else empty.
    required_share : float
        Share of the items that has to move as said.
    """

    items: tuple[TrendItem, ...]
    readings: tuple[ReadingName, ...] = ()
    required_share: float = 1.0


def trend(claim: Claim, parameters: TrendParameters, facts: Facts) -> Verdict:
    """Check that measures of regions moved the way the text says, between two years."""
    worked = [(item.reading, [_trend_clause(item, facts)]) for item in parameters.items]
    readings = by_name(worked, parameters.readings, required_share=parameters.required_share)
    return settle_readings(claim, readings, definition="statistics")


def _total(values: Array) -> Array:
    """Sum over the units."""
    total: Array = values.sum(axis=0)
    return total


def _primacy(values: Array) -> Array:
    """Share of the largest unit, in percent."""
    shares: Array = values.max(axis=0) / values.sum(axis=0) * 100
    return shares


def _dispersion(values: Array) -> Array:
    """Coefficient of variation, in percent."""
    variation: Array = values.std(axis=0) / values.mean(axis=0) * 100
    return variation


def _rank_size(values: Array) -> Array:
    """Slope of ln value on ln rank."""
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    x = np.log(np.arange(1, len(values) + 1))
    x = x - x.mean()
    slopes: Array = x @ np.log(-np.sort(-values, axis=0)) / (x @ x)
    return slopes


MEASURES: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "total": _total,
        "primacy": _primacy,
        "dispersion": _dispersion,
        "rank_size": _rank_size,
    }
)
"""Measures of a region from the values of its units, one line a unit, one column a draw."""

_MEASURE_NAMES = {
    "total": Sentence("total", "总量"),
    "share": Sentence("share", "占比"),
    "primacy": Sentence("share of the largest city", "首位城市占比"),
    "dispersion": Sentence("coefficient of variation", "变异系数"),
    "rank_size": Sentence("rank-size slope", "位序—规模斜率"),
}


def _trend_clause(item: TrendItem, facts: Facts) -> Clause:
    """The change of a measure against none."""
    before, after = (_measured(item, year, facts) for year in (item.from_year, item.to_year))
    change, unit = after.values - before.values, ""
    if item.measure == "total":
        change, unit = (after.values / before.values - 1) * 100, "%"
    percent = "%" if item.measure in {"share", "primacy", "dispersion"} else ""
    name = _MEASURE_NAMES[item.measure]
    texts = [figure_text(measured.value, percent) for measured in (before, after)]
    rises, what = item.direction == "rises", quantity_name(item.quantity)
    words, words_zh = ("rises", "上升") if rises else ("falls", "下降")
    return Clause(
        key=f"{item.name_en} {item.measure} {item.quantity}",
        name=Sentence(
            f"{item.name_en}: {name.en} of {what.en} {words}"
            if item.measure in {"total", "share"}
            else f"{item.name_en}: {name.en} ({what.en}) {words}",
            f"{item.name_zh}{name.zh}{words_zh}：{what.zh}",
        ),
        value=float(change[0]),
        relation="at_least" if rises else "at_most",
        stated=0.0,
        working=Sentence(
            f"from {texts[0]} in {item.from_year} to {texts[1]} in {item.to_year}",
            f"{item.from_year}年{texts[0]}，{item.to_year}年{texts[1]}",
        ),
        joint=Sentence(", a change of ", "，变化"),
        unit=unit,
        margin_unit="percentage points" if percent else "",
        margin=item.margin,
        drawn=Drawn(change, tuple(dict.fromkeys(before.keys + after.keys))),
    )


def _measured(item: TrendItem, year: int, facts: Facts) -> Drawn:
    """A measure of a region in one year, over the units known in both years."""
    units = _values(item, item.region, year, facts)
    if not len(units.values):
        return Drawn.certain(math.nan)
    if item.measure == "share":
        whole = _values(item, item.whole, year, facts)
        return Drawn(units.values.sum(axis=0) / whole.values.sum(axis=0) * 100, units.keys)
    return Drawn(MEASURES[item.measure](units.values), units.keys)


def _values(item: TrendItem, region: tuple[str, ...], year: int, facts: Facts) -> Drawn:
    """Values of the units of a region, of those known at both ends of the trend."""
    both = [
        facts.drawn_units(item.quantity, region, when) for when in (item.from_year, item.to_year)
    ]
    known = ~np.isnan(both[0].values[:, 0]) & ~np.isnan(both[1].values[:, 0])
    chosen = both[0 if year == item.from_year else 1]
    return Drawn(chosen.values[known], chosen.keys)
