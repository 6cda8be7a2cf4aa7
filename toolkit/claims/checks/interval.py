"""Check kind `travel_time_interval`: the cities of a set lie within T1 to T2 of each other."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.cases import Case, Setting, deciding_date, judge
from toolkit.claims.checks.inputs import CheckInputs
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.services import direct_services, pair_minutes
from toolkit.claims.judgement import Account, beside_sentence, not_checkable, settle, unfit
from toolkit.claims.model import DEFAULT_MARGIN_MIN, Claim, Outcome, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn
from toolkit.claims.wording import (
    amount,
    listing,
    number,
    outcome_name,
    place_list,
    station_sets_name,
)

__all__ = ["CitySet", "IntervalParameters", "travel_time_interval"]

_DEFINITIONS = ("fastest_train", "usual_train")


@dataclass(frozen=True)
class CitySet:
    """One reading of which cities a statement means.

    Parameters
    ----------
    key : str
        Short name in tables.
    name_en, name_zh : str
        What it is.
    cities : tuple of str
        Codes; empty means every member city.
    hub : str
        Code of the city that all pairs start from; '' means all pairs.
    """

    key: str
    name_en: str
    name_zh: str
    cities: tuple[str, ...] = ()
    hub: str = ""


@dataclass(frozen=True)
class IntervalParameters:
    """Parameters of `travel_time_interval`.

    Parameters
    ----------
    lower_min, upper_min : float
        The interval. "A circle of 1 to 1.5 hours" bounds times from above; pairs quicker than
        `lower_min` do not speak against it, their share is reported.
    readings : tuple of CitySet
        The sets of cities the words could mean; each decides.
    required_share : float
        Share of the pairs that has to lie within `upper_min`.
    train_classes, definitions, station_sets : tuple of str
        Those that fit the words; other definitions and station sets are reported beside.
    thresholds_min : tuple of float
        Upper bounds of the sensitivity table.
    margin_min : float
        A pair nearer to the bound than this is borderline.
    """

    lower_min: float
    upper_min: float
    readings: tuple[CitySet, ...]
    required_share: float = 1.0
    train_classes: tuple[str, ...] = ("fast",)
    definitions: tuple[str, ...] = ("fastest_train",)
    station_sets: tuple[str, ...] = ("main", "core25")
    thresholds_min: tuple[float, ...] = (60.0, 75.0, 90.0, 105.0)
    margin_min: float = DEFAULT_MARGIN_MIN

    def __post_init__(self) -> None:
        if not 0 <= self.lower_min < self.upper_min:
            raise ParameterError(
                "upper_min",
                f"the interval {number(self.lower_min)} to {number(self.upper_min)} min is empty",
                remedy="give lower_min below upper_min",
            )
        if not 0 < self.required_share <= 1:
            raise ParameterError(
                "required_share",
                f"'required_share' is {self.required_share}",
                remedy="give a share above 0 and up to 1",
            )
        if not self.readings:
            raise ParameterError(
                "readings", "'readings' is empty", remedy="describe at least one set of cities"
            )
        for reading in self.readings:
            if 0 < len(reading.cities) < 2 or (
                reading.cities and reading.hub and reading.hub not in reading.cities
            ):
                raise ParameterError(
                    "readings",
                    f"reading '{reading.key}' has fewer than two cities or a hub outside them",
                    remedy="list two or more codes, the hub among them",
                )
        if unknown := [word for word in self.definitions if word not in _DEFINITIONS]:
            raise ParameterError(
                "definitions",
                f"no pairwise minutes by '{unknown[0]}'",
                remedy=f"use {listing(_DEFINITIONS, 'en')}",
            )


def travel_time_interval(
    claim: Claim, parameters: IntervalParameters, inputs: CheckInputs
) -> Verdict:
    """Check that the pairs of a set of cities lie within the upper bound, by direct trains.

    A pair takes the time of its slower direction. The k-th quickest pair decides, k being the
    required share of the pairs (the slowest where all are required): the margin is the bound less
    its minutes. Readings that disagree make the verdict `depends`.

    Parameters
    ----------
    claim : Claim
    parameters : IntervalParameters
    inputs : CheckInputs
        Of which ``city_pairs``, ``stations`` and the cluster are read.

    Returns
    -------
    Verdict
    """
    cities = {reading.key: reading.cities or inputs.members for reading in parameters.readings}
    spoken_of = dict.fromkeys(itertools.chain.from_iterable(cities.values()))
    places = tuple(code for code in inputs.members if code in spoken_of)
    hubs = [reading.hub for reading in parameters.readings if reading.hub]
    if strangers := inputs.strangers([*spoken_of, *hubs]):
        reason = Sentence(
            f"It names cities that are not members of {inputs.cluster.name_en}: "
            f"{listing(strangers, 'en')}.",
            f"原文所指城市（{listing(strangers, 'zh')}）不是{inputs.cluster.name_zh}的成员。",
        )
        return unfit(claim, "inconsistent", [reason], reason, places=places)
    cases = list(_cases(claim, parameters, inputs))
    if not any(case.decides for case in cases):
        lacking = Sentence(
            "Needs direct services between the member cities on the stations "
            f"{listing(parameters.station_sets, 'en')}.",
            f"需要成员城市之间的直达车次（车站：{station_sets_name(parameters.station_sets).zh}）。",
        )
        return not_checkable(claim, [lacking], places=places, cases=cases)

    names = {reading.key: reading for reading in parameters.readings}

    def account(case: Case, outcome: Outcome) -> Account:
        deciding = [case for case in cases if case.decides]
        shown = deciding if outcome == "depends" else [case]
        summaries = [_summary(one, names[one.setting.reading], parameters) for one in shown]
        return Account(
            Sentence(" ".join(s.en for s in summaries), "".join(s.zh for s in summaries)),
            (
                *(_reading(one, names[one.setting.reading], parameters) for one in deciding),
                *beside_sentence(cases, case),
            ),
            tuple(_flip(one, names[one.setting.reading], parameters) for one in deciding),
        )

    return settle(claim, cases, account, places=places)


def _cases(claim: Claim, parameters: IntervalParameters, inputs: CheckInputs) -> Iterator[Case]:
    """Judge the statement for each reading, definition, station set, timetable and bound."""
    snapshots = list(direct_services(inputs, parameters.train_classes))
    fitting = [key for key, _ in snapshots if key[0] in parameters.station_sets]
    date = deciding_date((timetable for _, timetable in fitting), claim.year)
    thresholds = sorted({*parameters.thresholds_min, parameters.lower_min, parameters.upper_min})
    minutes = [
        (definition, key, pair_minutes(services, definition))
        for definition, (key, services) in itertools.product(_DEFINITIONS, snapshots)
    ]
    for reading, (definition, key, pairs) in itertools.product(parameters.readings, minutes):
        items = _items(inputs, reading, pairs)
        fits = definition in parameters.definitions and key in fitting
        printed = items["minutes"].to_numpy(dtype=float)[:, None]
        ridden = printed + inputs.draws.table("timetable_min", items["key"])
        for threshold in thresholds:
            limit = inputs.draws.scaled(threshold, "threshold")
            yield judge(
                Setting(reading.key, definition, "", *key, threshold, "min"),
                items.assign(room=threshold - items["minutes"]),
                drawn=Drawn(limit.values - ridden, ("timetable_min", "threshold")),
                tolerance=parameters.margin_min,
                required_share=parameters.required_share,
                fits=fits,
                decides=fits and key[1] == date and threshold == parameters.upper_min,
            )


def _items(inputs: CheckInputs, reading: CitySet, minutes: pd.DataFrame) -> pd.DataFrame:
    """One clause a pair of cities, with the train behind its minutes."""
    pairs = [
        (other, one) if other == reading.hub else (one, other)
        for one, other in itertools.combinations(reading.cities or inputs.members, 2)
        if not reading.hub or reading.hub in {one, other}
    ]
    names = [inputs.names(pair) for pair in pairs]
    trains = minutes.reindex(pd.MultiIndex.from_tuples([(min(pair), max(pair)) for pair in pairs]))
    return pd.DataFrame(
        {
            "key": ["-".join(pair) for pair in pairs],
            "name_zh": [f"{one.zh}—{other.zh}" for one, other in names],
            "name_en": [f"{one.en}–{other.en}" for one, other in names],
            "minutes": trains["minutes"].fillna(math.inf).to_numpy(),
            "excepted": False,
            "trains_per_day": trains["trains_per_day"].fillna(0).astype("int64").to_numpy(),
            "fastest_train": trains["fastest_train"].fillna("").to_numpy(),
            "from_station_zh": inputs.station_names(trains["fastest_from_id"]),
            "to_station_zh": inputs.station_names(trains["fastest_to_id"]),
        }
    )


def _shares(case: Case, parameters: IntervalParameters) -> Sentence:
    """How many pairs are within the lower and the upper bound."""
    minutes, total = case.items["minutes"], len(case.items)
    low, high = number(parameters.lower_min), number(parameters.upper_min)
    quick, within = (
        int((minutes <= parameters.lower_min).sum()),
        int((minutes <= parameters.upper_min).sum()),
    )
    return Sentence(
        f"{quick} of {total} pairs ({quick / total:.0%}) within {low} min, {within} "
        f"({within / total:.0%}) within {high}",
        f"共{total}对，{low}分钟以内{quick}对（{quick / total:.0%}），{high}分钟以内{within}对"
        f"（{within / total:.0%}）",
    )


def _summary(case: Case, reading: CitySet, parameters: IntervalParameters) -> Sentence:
    """One sentence on one case."""
    shares, outcome = _shares(case, parameters), outcome_name(case.outcome)
    return Sentence(
        f"{outcome.en.capitalize()} for {reading.name_en}: {shares.en}.",
        f"{reading.name_zh}：{outcome.zh}，{shares.zh}。",
    )


def _reading(case: Case, reading: CitySet, parameters: IntervalParameters) -> Sentence:
    """What one deciding case says."""
    shares, outcome = _shares(case, parameters), outcome_name(case.outcome)
    last = case.items.iloc[case.decisive]
    slowest = amount(last["minutes"], "min")
    if last["minutes"] == math.inf:
        slowest = Sentence("no direct train both ways", "无双向直达列车")
    setting = case.setting
    return Sentence(
        f"Read as {reading.name_en}: {outcome.en}; {shares.en}; decided by {last['name_en']} "
        f"({slowest.en}) (stations: {setting.station_set}; timetable {setting.timetable_date}).",
        f"若指{reading.name_zh}：{outcome.zh}；{shares.zh}；由{last['name_zh']}（{slowest.zh}）决定"
        f"（车站：{station_sets_name([setting.station_set]).zh}；{setting.timetable_date}时刻表）。",
    )


def _flip(case: Case, reading: CitySet, parameters: IntervalParameters) -> Sentence:
    """What would flip one deciding case."""
    high = number(parameters.upper_min)
    if case.holds:
        last, by = case.items.iloc[case.decisive], number(case.margin)
        return Sentence(
            f"{reading.name_en}: false once {last['name_en']} is more than {by} min slower.",
            f"{reading.name_zh}：若{last['name_zh']}再慢{by}分钟以上，则不成立。",
        )
    total = len(case.items)
    allowed = total - math.ceil(round(parameters.required_share * total, 9))
    # The nearest misses first: those that it takes the least to mend.
    needed = case.unmet.sort_values(["room", "key"], ascending=[False, True])
    needed = needed.head(len(needed) - allowed)
    timed = needed[needed["minutes"] < math.inf]
    places, bare = place_list(timed, "minutes", overrun=True, most=5), len(needed) - len(timed)
    parts_en = ([f"these come down to that: {places.en}"] if len(timed) else []) + (
        [f"{bare} pairs without direct trains both ways get them"] if bare else []
    )
    parts_zh = ([f"{places.zh}缩短到该值"] if len(timed) else []) + (
        [f"{bare}对无双向直达列车的城市开行直达列车"] if bare else []
    )
    return Sentence(
        f"{reading.name_en}: true at {high} min once {' and '.join(parts_en)}.",
        f"{reading.name_zh}：若{'，且'.join(parts_zh)}，则{high}分钟成立。",
    )
