"""Check kind `series_peak`: values of a series, the year of its peak, and whose peak came first."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Array, Drawn
from toolkit.claims.wording import quantity_name

__all__ = ["PeakOrder", "SeriesParameters", "SeriesPeak", "SeriesValue", "series_peak"]


@dataclass(frozen=True)
class SeriesValue:
    """A value that the text gives for a region and a year."""

    region: tuple[str, ...]
    quantity: str
    year: int
    stated: float
    within: float
    margin: float


@dataclass(frozen=True)
class SeriesPeak:
    """The year in which a series is said to be highest, within a span of years."""

    region: tuple[str, ...]
    quantity: str
    year: int
    from_year: int
    to_year: int
    margin_percent: float = 0.5


@dataclass(frozen=True)
class PeakOrder:
    """A region whose series is said to have peaked before that of another."""

    name_en: str
    name_zh: str
    region: tuple[str, ...]
    later: tuple[str, ...]
    quantity: str
    from_year: int
    to_year: int


@dataclass(frozen=True)
class SeriesParameters:
    """Parameters of `series_peak`.

    Parameters
    ----------
    values : tuple of SeriesValue
    peaks : tuple of SeriesPeak
    orders : tuple of PeakOrder
    """

    values: tuple[SeriesValue, ...] = ()
    peaks: tuple[SeriesPeak, ...] = ()
    orders: tuple[PeakOrder, ...] = ()

    def __post_init__(self) -> None:
        if not (self.values or self.peaks or self.orders):
            raise ParameterError("values", "nothing is compared", remedy="give values or peaks")


def series_peak(claim: Claim, parameters: SeriesParameters, facts: Facts) -> Verdict:
    """Check values of a series, the year of its peak, and whose peak came first."""
    clauses = [
        *(_value_clause(number, one, facts) for number, one in enumerate(parameters.values)),
        *(_peak_clause(number, one, facts) for number, one in enumerate(parameters.peaks)),
        *(_order_clause(number, one, facts) for number, one in enumerate(parameters.orders)),
    ]
    reading = Reading("", Sentence("", ""), tuple(clauses))
    return settle_readings(claim, [reading], definition="statistics")


def _series(region: tuple[str, ...], quantity: str, years: range, facts: Facts) -> pd.Series:
    """Sums of a region by year; a year that does not cover all units known in some is left out."""
    found = {year: facts.figure(quantity, region, year) for year in years}
    most = max((figure.known for figure in found.values()), default=0)
    return pd.Series(
        {y: figure.value for y, figure in found.items() if figure.known == most > 0}, dtype=float
    )


def _drawn_series(
    region: tuple[str, ...], quantity: str, years: pd.Index, facts: Facts
) -> tuple[Array, tuple[str, ...]]:
    """The sums under every draw, one line a year."""
    drawn = [facts.drawn_figure(quantity, region, int(year)) for year in years]
    return np.stack([one.values for one in drawn]), drawn[0].keys


def _value_clause(number: int, form: SeriesValue, facts: Facts) -> Clause:
    """A value of the text against that of the facts, with the year it would fit."""
    found = facts.figure(form.quantity, form.region, form.year)
    series = _series(form.region, form.quantity, range(form.year - 5, form.year + 6), facts)
    fitting = [
        int(year) for year in series.index if abs(series[year] - form.stated) <= form.within * 10
    ]
    hint, hint_zh, what = "", "", quantity_name(form.quantity, with_unit=True)
    if fitting and form.year not in fitting:
        hint = f" The stated figure is that of {', '.join(map(str, fitting))}."
        hint_zh = f"原文数值与{'、'.join(map(str, fitting))}年相符。"
    return Clause(
        key=f"value {number}",
        name=Sentence(f"{what.en} in {form.year}", f"{form.year}年{what.zh}"),
        value=found.value,
        relation="about",
        stated=form.stated,
        working=Sentence(
            f"sum over {found.known} prefectures{found.gap.en}",
            f"{found.known}个地级单元之和{found.gap.zh}",
        ),
        remark=Sentence(hint, hint_zh),
        within=form.within,
        margin=form.margin,
        drawn=facts.drawn_figure(form.quantity, form.region, form.year),
    )


def _peak_clause(number: int, form: SeriesPeak, facts: Facts) -> Clause:
    """How far the stated year stands above every other."""
    series = _series(form.region, form.quantity, range(form.from_year, form.to_year + 1), facts)
    others = series.drop(form.year, errors="ignore")
    known = form.year in series.index and not others.empty
    lead = Drawn.certain(math.nan)
    if known:
        table, keys = _drawn_series(form.region, form.quantity, series.index, facts)
        own = np.asarray(series.index == form.year)
        lead = Drawn((table[own][0] / table[~own].max(axis=0) - 1) * 100, keys)
    highest = _year_of_peak(series) if not series.empty else form.year
    return Clause(
        key=f"peak {number}",
        name=Sentence(f"{form.year} above every other year", f"{form.year}年高于其他年份"),
        value=lead.value,
        relation="at_least",
        stated=0.0,
        working=Sentence(
            f"highest of {form.from_year} to {form.to_year} in {highest}",
            f"{form.from_year}至{form.to_year}年最高在{highest}年",
        ),
        joint=Sentence(f"; {form.year} leads by ", f"；{form.year}年领先"),
        unit="%",
        margin=form.margin_percent,
        drawn=lead,
    )


def _order_clause(number: int, form: PeakOrder, facts: Facts) -> Clause:
    """How many years later the other region peaked."""
    years = range(form.from_year, form.to_year + 1)
    own = _series(form.region, form.quantity, years, facts)
    other = _series(form.later, form.quantity, years, facts)
    known = not own.empty and not other.empty
    first, last = (_year_of_peak(own), _year_of_peak(other)) if known else (0, 0)
    drawn = None
    if known:
        peaks = [
            _drawn_peak(series, region, form.quantity, facts)
            for series, region in ((own, form.region), (other, form.later))
        ]
        drawn = Drawn(peaks[1].values - peaks[0].values, peaks[0].keys)
    return Clause(
        key=f"order {number}",
        name=Sentence(f"peaks before {form.name_en}", f"早于{form.name_zh}见顶"),
        value=float(last - first) if known else math.nan,
        relation="at_least",
        stated=1.0,
        working=Sentence(
            f"highest of {form.from_year} to {form.to_year} in {first}, there in {last}",
            f"{form.from_year}至{form.to_year}年间最高在{first}年，对方在{last}年",
        ),
        joint=Sentence("; years between ", "；相差年数"),
        margin_unit="years",
        drawn=drawn,
    )


def _drawn_peak(series: pd.Series, region: tuple[str, ...], quantity: str, facts: Facts) -> Drawn:
    """The year with the highest value under every draw."""
    table, keys = _drawn_series(region, quantity, series.index, facts)
    return Drawn(np.asarray(series.index, dtype=np.float64)[table.argmax(axis=0)], keys)


def _year_of_peak(series: pd.Series) -> int:
    """The year with the highest value, the first where there are several."""
    years = [int(str(year)) for year in series.index]
    return years[int(series.to_numpy().argmax())]
