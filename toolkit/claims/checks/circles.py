"""Check kinds on the approved metropolitan circles: where they lie and how far they reach."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.readings import by_share
from toolkit.claims.checks.terms import NamedRegion, name_of, none_clause
from toolkit.claims.facts import Facts
from toolkit.claims.model import DEFAULT_MARGIN_MIN, Claim, Sentence, Verdict
from toolkit.claims.wording import names_or_none

__all__ = [
    "CircleCoverageParameters",
    "CircleReachParameters",
    "ListedParameters",
    "NestingParameters",
    "circle_coverage",
    "circle_nesting",
    "circle_reach",
    "listed_members",
]


@dataclass(frozen=True)
class NestingParameters:
    """Parameters of `circle_nesting`.

    Parameters
    ----------
    regions : tuple of str
        Slugs of the agglomerations; `clusters` for all.
    """

    regions: tuple[str, ...] = ("clusters",)


@dataclass(frozen=True)
class CircleCoverageParameters:
    """Parameters of `circle_coverage`.

    Parameters
    ----------
    regions : tuple of str
        Slugs of the agglomerations that should hold the core of a circle.
    required_shares : tuple of float
        Shares of them that have to, each a reading of the text.
    """

    regions: tuple[str, ...]
    required_shares: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class CircleReachParameters:
    """Parameters of `circle_reach`.

    Parameters
    ----------
    threshold_min : float
        Minutes from the core within which every member should lie, by the fastest direct train.
    date : str
        ISO date of the timetable.
    train_classes : tuple of str
    required_shares : tuple of float
        Shares of the members that have to, each a reading of the text.
    margin_min : float
    """

    threshold_min: float
    date: str
    train_classes: tuple[str, ...] = ("fast",)
    required_shares: tuple[float, ...] = (1.0,)
    margin_min: float = DEFAULT_MARGIN_MIN


@dataclass(frozen=True)
class ListedParameters:
    """Parameters of `listed_members`.

    Parameters
    ----------
    units : tuple of str
        Codes that the text names.
    stated : int
        How many it says there are.
    regions : tuple of NamedRegion
        Regions that could be meant, each a reading: every unit should belong to it.
    """

    units: tuple[str, ...]
    stated: int
    regions: tuple[NamedRegion, ...]

    def __post_init__(self) -> None:
        if not self.regions:
            raise ParameterError("regions", "'regions' is empty", remedy="name at least one")


def circle_nesting(claim: Claim, parameters: NestingParameters, facts: Facts) -> Verdict:
    """Check that each circle lies in one agglomeration: with its core, and with all its members."""
    agglomerations = [
        set(facts.codes([cluster.slug]))
        for cluster in facts.clusters
        if {"clusters", cluster.slug} & set(parameters.regions)
    ]
    cores, wholes = [], []
    for _, circle in facts.circles.iterrows():
        core, members = str(circle["core"]), str(circle["members"]).split()
        homes = [codes for codes in agglomerations if core in codes]
        outside = min(
            ([code for code in members if code not in codes] for codes in homes),
            key=len,
            default=members,
        )
        name = Sentence(str(circle["circle_en"]), str(circle["circle_zh"]))
        cores.append(_none_outside(name, [] if homes else [core], facts))
        wholes.append(_none_outside(name, outside, facts))
    readings = [
        Reading("core", Sentence("the core of each circle", "各都市圈的核心城市"), tuple(cores)),
        Reading(
            "whole",
            Sentence("each circle with all its prefectures", "各都市圈及其全部地级市"),
            tuple(wholes),
        ),
    ]
    return settle_readings(claim, readings, definition="lists")


def circle_coverage(claim: Claim, parameters: CircleCoverageParameters, facts: Facts) -> Verdict:
    """Check that agglomerations hold the core of at least one approved circle."""
    clauses = []
    for slug in parameters.regions:
        inside = facts.circles[facts.circles["core"].isin(facts.codes([slug]))]
        named = names_or_none(map(Sentence, inside["circle_en"], inside["circle_zh"]))
        clauses.append(
            Clause(
                key=slug,
                name=facts.name(slug),
                value=float(len(inside)) if len(facts.circles) else math.nan,
                relation="at_least",
                stated=1.0,
                working=Sentence(f"approved circles: {named.en}", f"获批都市圈：{named.zh}"),
                joint=Sentence(", in number ", "，个数"),
            )
        )
    readings = by_share(
        clauses,
        parameters.required_shares,
        lambda share: Sentence(f"{share} of them have one", f"{share}的城市群有都市圈"),
    )
    return settle_readings(claim, readings, definition="lists")


def circle_reach(claim: Claim, parameters: CircleReachParameters, facts: Facts) -> Verdict:
    """Check that the members of the circles lie within T minutes of their cores by direct train.

    Pairs of cities that share no agglomeration are not in the embedded table and are left out.
    """
    p = parameters
    minutes = _fastest(facts, p.date, p.train_classes)
    agglomerations = [set(facts.codes([cluster.slug])) for cluster in facts.clusters]
    clauses = []
    for _, circle in facts.circles.iterrows():
        core = str(circle["core"])
        for member in str(circle["members"]).split():
            if minutes is None or not any({core, member} <= codes for codes in agglomerations):
                continue
            pair = (core, member)
            runs = pair in minutes.index
            value = float(str(minutes.loc[pair, "fastest_min"])) if runs else math.inf
            train = str(minutes.loc[pair, "fastest_train"]) if runs else ""
            clauses.append(
                Clause(
                    key="-".join(pair),
                    name=facts.pair_name(core, member),
                    value=value,
                    relation="at_most",
                    stated=p.threshold_min,
                    working=Sentence(train or "no direct train", train or "无直达列车"),
                    unit="min",
                    margin=p.margin_min,
                    drawn=facts.draws.shifted(value, "timetable_min", core, member),
                    drawn_stated=facts.draws.scaled(p.threshold_min, "threshold"),
                )
            )
    within = sum(clause.value <= p.threshold_min for clause in clauses)
    readings = by_share(
        clauses,
        p.required_shares,
        lambda share: Sentence(f"{share} of the members", f"{share}的成员"),
    )
    note = Sentence(
        f"{within} of {len(clauses)} members are within {p.threshold_min:.0f} min of their core.",
        f"{len(clauses)}个成员中{within}个距核心{p.threshold_min:.0f}分钟以内。",
    )
    return settle_readings(claim, readings, definition="trains", notes=[note], date=p.date)


def listed_members(claim: Claim, parameters: ListedParameters, facts: Facts) -> Verdict:
    """Check the length of a list, and that all of it belongs to a region."""
    units = list(dict.fromkeys(parameters.units))
    names = [facts.name(unit) for unit in units]
    length = Clause(
        key="length",
        name=Sentence("places named", "所列地点数"),
        value=float(len(units)),
        relation="about",
        stated=float(parameters.stated),
        working=Sentence(", ".join(n.en for n in names), "、".join(n.zh for n in names)),
    )
    readings = []
    for region in parameters.regions:
        outside = [unit for unit in units if unit not in facts.codes(region.region)]
        name = name_of(region)
        clauses = (length, _none_outside(name, outside, facts))
        readings.append(Reading(region.name_en, name, clauses))
    return settle_readings(claim, readings, definition="lists", wrong="fails")


def _none_outside(name: Sentence, outside: Sequence[str], facts: Facts) -> Clause:
    """How many places lie outside, which should be none."""
    return none_clause(name.en, name, outside, facts, which=Sentence("outside: ", "在外："))


def _fastest(facts: Facts, date: str, classes: Sequence[str]) -> pd.DataFrame | None:
    """Fastest train of each ordered pair of cities, by pair; None without that timetable."""
    if date not in facts.city_services:
        return None
    rows = facts.city_services[date]
    rows = rows[rows["train_class"].isin(classes)].sort_values(["fastest_min", "fastest_train"])
    rows = rows.drop_duplicates(["from_adcode", "to_adcode"])
    return rows.set_index(["from_adcode", "to_adcode"])
