"""Check kinds on ranks: groups one above the other, and ranks that come apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.terms import Term, name_of, sum_clause
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Array, Drawn

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
            value=after.value - before.value,
            relation="at_most",
            stated=0.0,
            working=Sentence(
                f"from {before.value:.2f} in {first} to {after.value:.2f} in {last}",
                f"{first}年{before.value:.2f}，{last}年{after.value:.2f}",
            ),
            joint=Sentence(", a change of ", "，变化"),
            margin=parameters.margin,
            drawn=Drawn(after.values - before.values, after.keys),
        )
        readings.append(Reading("+".join(classes), name, (clause,)))
    return settle_readings(claim, readings, definition="trains", date=parameters.dates[-1])


def _step(
    upper: UnitGroup, lower: UnitGroup, measure: str, parameters: GroupParameters, facts: Facts
) -> Clause:
    """The least of a group against the greatest of the next."""
    least, who, low = _extreme(upper, measure, parameters.year, facts, largest=False)
    most, rival, high = _extreme(lower, measure, parameters.year, facts, largest=True)
    return Clause(
        key=upper.name_en,
        name=Sentence(
            f"{upper.name_en} above {lower.name_en}", f"“{upper.name_zh}”高于“{lower.name_zh}”"
        ),
        value=least if not math.isnan(most) else math.nan,
        relation="at_least",
        stated=most,
        working=Sentence(
            f"in {parameters.year} the least is {who.en}, the greatest of the others {rival.en}",
            f"{parameters.year}年前者最低为{who.zh}，后者最高为{rival.zh}",
        ),
        joint=Sentence("; the least has ", "；前者最低值"),
        margin=abs(most) * parameters.margin_percent / 100 if not math.isnan(most) else 0.0,
        drawn=low,
        drawn_stated=high,
    )


def _extreme(
    group: UnitGroup, measure: str, year: int, facts: Facts, *, largest: bool
) -> tuple[float, Sentence, Drawn]:
    """Least or greatest unit of a group; unknown as soon as one of them is."""
    drawn = {unit: _measured(unit, measure, year, facts) for unit in group.units}
    values = {unit: one.value for unit, one in drawn.items()}
    if any(math.isnan(value) for value in values.values()):
        lacking = next(unit for unit, value in values.items() if math.isnan(value))
        return math.nan, facts.name(lacking), Drawn.certain(math.nan)
    chosen = (max if largest else min)(values, key=lambda unit: values[unit])
    table = np.stack([one.values for one in drawn.values()])
    extremes = table.max(axis=0) if largest else table.min(axis=0)
    return values[chosen], facts.name(chosen), Drawn(extremes, next(iter(drawn.values())).keys)


def _measured(unit: str, measure: str, year: int, facts: Facts) -> Drawn:
    """A measure of one unit; of a density only the parts with both figures count."""
    quantity = "residents_1e4" if measure.startswith("residents") else "gdp_1e8"
    above = facts.drawn_units(quantity, [unit], year)
    known = ~np.isnan(above.values[:, 0])
    if measure in {"gdp", "residents"}:
        total = above.values[known].sum(axis=0)
        return Drawn(total, above.keys) if known.any() else Drawn.certain(math.nan)
    other = "residents_1e4" if measure == "gdp_per_head" else "area_km2"
    below = facts.drawn_units(other, [unit], year)
    known &= ~np.isnan(below.values[:, 0])
    if not known.any():
        return Drawn.certain(math.nan)
    ratio = above.values[known].sum(axis=0) / below.values[known].sum(axis=0)
    return Drawn(ratio, tuple(dict.fromkeys(above.keys + below.keys)))


def _rho(parameters: RankParameters, date: str, classes: Sequence[str], facts: Facts) -> Drawn:
    """Spearman's rank correlation of residents and trains a day to other cities of the region."""
    if date not in facts.city_services:
        return Drawn.certain(math.nan)
    codes = list(facts.codes(parameters.region))
    rows = facts.city_services[date]
    rows = rows[
        rows["from_adcode"].isin(codes)
        & rows["to_adcode"].isin(codes)
        & rows["train_class"].isin(classes)
    ]
    listed = rows.groupby("from_adcode")["trains_per_day"].sum().reindex(codes, fill_value=0)
    trains = listed.to_numpy(dtype=np.float64)[:, None] * facts.draws.table(
        "trains_run", codes, date
    )
    residents = facts.drawn_units("residents_1e4", codes, int(date[:4]))
    known = ~np.isnan(residents.values[:, 0])
    ranks = [_ranks(table[known]) for table in (trains, residents.values)]
    one, other = (rank - rank.mean(axis=0) for rank in ranks)
    rho = (one * other).sum(axis=0) / np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0))
    return Drawn(rho, (*residents.keys, "trains_run"))


def _ranks(table: Array) -> Array:
    """Rank of each line within its column, the mean rank for equals."""
    ranks: Array = pd.DataFrame(table).rank().to_numpy()
    return ranks
