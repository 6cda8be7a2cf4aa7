"""Check kinds on ranks: groups one above the other, and ranks that come apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.terms import Term, name_of, sum_clause
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict

__all__ = [
    "GroupCount",
    "GroupParameters",
    "RankParameters",
    "UnitGroup",
    "group_order",
    "rank_agreement",
]

_MEASURES = {
    "gdp": Sentence("output", "经济总量"),
    "residents": Sentence("residents", "常住人口"),
    "gdp_per_head": Sentence("output per head", "人均产出"),
    "gdp_density": Sentence("output per km2", "单位面积产出"),
    "residents_density": Sentence("residents per km2", "人口密度"),
}


@dataclass(frozen=True)
class UnitGroup:
    """A group of a ranking.

    Parameters
    ----------
    name_en, name_zh : str
    units : tuple of str
        Codes or slugs, each a unit.
    """

    name_en: str
    name_zh: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class GroupCount:
    """How many units the groups hold by the text, against how many there are.

    Parameters
    ----------
    name_en, name_zh : str
        How they are counted.
    parts : tuple of Term
        The numbers of the text, and those of the units it does not speak of.
    total : tuple of Term
        One term: how many units there are.
    """

    name_en: str
    name_zh: str
    parts: tuple[Term, ...]
    total: tuple[Term, ...]

    def __post_init__(self) -> None:
        if len(self.total) != 1 or not self.parts:
            raise ParameterError("total", "a count needs parts and one total", remedy="give both")


@dataclass(frozen=True)
class GroupParameters:
    """Parameters of `group_order`.

    Parameters
    ----------
    groups : tuple of UnitGroup
        From the highest down; each unit of one should be above every unit of the next.
    measures : tuple of str
        Ways to read "above", each of which decides: 'gdp', 'residents', 'gdp_per_head',
        'gdp_density', 'residents_density'.
    year : int
    margin_percent : float
        A lead or lag of less is borderline.
    counts : tuple of GroupCount
        Ways of counting; numbers that add up in none make the statement inconsistent.
    """

    groups: tuple[UnitGroup, ...]
    measures: tuple[str, ...]
    year: int
    margin_percent: float = 2.0
    counts: tuple[GroupCount, ...] = ()

    def __post_init__(self) -> None:
        if unknown := [one for one in self.measures if one not in _MEASURES]:
            raise ParameterError(
                "measures",
                f"unknown measure '{unknown[0]}'",
                remedy=f"use {', '.join(_MEASURES)}",
            )
        if len(self.groups) < 2:
            raise ParameterError("groups", "a ranking needs two groups", remedy="add one")


@dataclass(frozen=True)
class RankParameters:
    """Parameters of `rank_agreement`.

    Parameters
    ----------
    region : tuple of str
    dates : tuple of str
        Two timetables, the earlier first; residents are of their years.
    margin : float
        A smaller change of the rank correlation is borderline.
    """

    region: tuple[str, ...]
    dates: tuple[str, ...]
    margin: float = 0.05

    def __post_init__(self) -> None:
        if len(self.dates) != 2:
            raise ParameterError("dates", "two timetables are compared", remedy="give two dates")


def group_order(claim: Claim, parameters: GroupParameters, facts: Facts) -> Verdict:
    """Check that every unit of a group stands above every unit of the next.

    The numbers of units come first: where they add up in no way of counting, the statement is
    inconsistent, whatever the ranks; where they do in one, the ranks decide.
    """
    counts = [
        (count, sum_clause(count.name_en, count.parts, count.total[0], facts))
        for count in parameters.counts
    ]
    adds_up = not counts or any(clause.outcome == "holds" for _, clause in counts)
    readings = []
    for measure in parameters.measures:
        clauses = []
        for upper, lower in zip(parameters.groups, parameters.groups[1:], strict=False):
            clauses.append(_step(upper, lower, measure, parameters, facts))
        readings.append(Reading(measure, _MEASURES[measure], tuple(clauses), fits=adds_up))
    for count, clause in counts:
        readings.append(
            Reading(count.name_en, name_of(count), (clause,), not adds_up, wrong="inconsistent")
        )
    return settle_readings(claim, readings, definition="statistics")


def rank_agreement(claim: Claim, parameters: RankParameters, facts: Facts) -> Verdict:
    """Check that the rank by people and the rank by trains come apart (Spearman's rho falls)."""
    readings = []
    for classes, name in (
        (("fast",), Sentence("fast trains", "动车组列车")),
        (("fast", "other"), Sentence("all trains", "全部列车")),
    ):
        before, after = (_rho(parameters, date, classes, facts) for date in parameters.dates)
        first, last = (date[:4] for date in parameters.dates)
        clause = Clause(
            key="rho",
            name=Sentence("rank correlation of people and trains falls", "人口与列车位序相关下降"),
            value=after - before,
            relation="at_most",
            stated=0.0,
            working=Sentence(
                f"from {before:.2f} in {first} to {after:.2f} in {last}, a change",
                f"{first}年{before:.2f}，{last}年{after:.2f}，变化",
            ),
            margin=parameters.margin,
        )
        readings.append(Reading("+".join(classes), name, (clause,)))
    return settle_readings(claim, readings, definition="trains", date=parameters.dates[-1])


def _step(
    upper: UnitGroup, lower: UnitGroup, measure: str, parameters: GroupParameters, facts: Facts
) -> Clause:
    """The least of a group against the greatest of the next."""
    least, who = _extreme(upper, measure, parameters.year, facts, largest=False)
    most, rival = _extreme(lower, measure, parameters.year, facts, largest=True)
    return Clause(
        key=upper.name_en,
        name=Sentence(
            f"{upper.name_en} above {lower.name_en}", f"“{upper.name_zh}”高于“{lower.name_zh}”"
        ),
        value=least if not math.isnan(most) else math.nan,
        relation="at_least",
        stated=most,
        working=Sentence(
            f"least {who.en}, greatest of the others {rival.en}, {parameters.year}",
            f"前者最低为{who.zh}，后者最高为{rival.zh}，{parameters.year}年",
        ),
        margin=abs(most) * parameters.margin_percent / 100 if not math.isnan(most) else 0.0,
    )


def _extreme(
    group: UnitGroup, measure: str, year: int, facts: Facts, *, largest: bool
) -> tuple[float, Sentence]:
    """Least or greatest unit of a group; unknown as soon as one of them is."""
    values = {unit: _measured(unit, measure, year, facts) for unit in group.units}
    if any(math.isnan(value) for value in values.values()):
        lacking = next(unit for unit, value in values.items() if math.isnan(value))
        return math.nan, facts.name(lacking)
    chosen = (max if largest else min)(values, key=lambda unit: values[unit])
    return values[chosen], facts.name(chosen)


def _measured(unit: str, measure: str, year: int, facts: Facts) -> float:
    """A measure of one unit; of a density only the units with both figures count."""
    quantity = "residents_1e4" if measure.startswith("residents") else "gdp_1e8"
    codes = facts.codes([unit])
    values = facts.by_unit(quantity, codes, year)
    if measure in {"gdp", "residents"}:
        return float(values.sum()) if values.notna().any() else math.nan
    other = "residents_1e4" if measure == "gdp_per_head" else "area_km2"
    below = facts.by_unit(other, codes, year)
    known = values.notna() & below.notna()
    return float(values[known].sum() / below[known].sum()) if known.any() else math.nan


def _rho(parameters: RankParameters, date: str, classes: Sequence[str], facts: Facts) -> float:
    """Spearman's rank correlation of residents and trains a day to other cities of the region."""
    if date not in facts.city_services:
        return math.nan
    codes = list(facts.codes(parameters.region))
    rows = facts.city_services[date]
    rows = rows[
        rows["from_adcode"].isin(codes)
        & rows["to_adcode"].isin(codes)
        & rows["train_class"].isin(classes)
    ]
    trains = rows.groupby("from_adcode")["trains_per_day"].sum().reindex(codes, fill_value=0)
    residents = facts.by_unit("residents_1e4", codes, int(date[:4]))
    table = pd.DataFrame({"trains": trains, "residents": residents}).dropna()
    return float(table["trains"].rank().corr(table["residents"].rank()))
