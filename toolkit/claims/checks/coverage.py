"""Check kind `service_coverage`: every member city has trains of a class, so many a day."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.cases import Case, Setting, deciding_date, judge
from toolkit.claims.checks.inputs import CheckInputs
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.services import direct_services
from toolkit.claims.judgement import Account, beside_sentence, not_checkable, settle
from toolkit.claims.model import Claim, Outcome, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn
from toolkit.claims.wording import definition_name, listing, number, place_list, station_sets_name

__all__ = ["CoverageParameters", "service_coverage"]


@dataclass(frozen=True)
class CoverageParameters:
    """Parameters of `service_coverage`.

    Parameters
    ----------
    min_trains : int
        Trains a day that a city needs to count as covered.
    train_classes : tuple of str
        Train classes counted. The class is that of the train, not of the line it runs on.
    station_sets : tuple of str
        Those that fit the words; others are reported beside.
    thresholds_trains : tuple of int
        Thresholds of the sensitivity table.
    required_share : float
        Share of the member cities that has to be covered.
    """

    min_trains: int = 1
    train_classes: tuple[str, ...] = ("fast",)
    station_sets: tuple[str, ...] = ("main", "core25")
    thresholds_trains: tuple[int, ...] = (1, 10, 20, 40)
    required_share: float = 1.0

    def __post_init__(self) -> None:
        if self.min_trains < 1:
            raise ParameterError(
                "min_trains", f"'min_trains' is {self.min_trains}", remedy="give 1 or more"
            )
        if not 0 < self.required_share <= 1:
            raise ParameterError(
                "required_share",
                f"'required_share' is {self.required_share}",
                remedy="give a share above 0 and up to 1",
            )


def service_coverage(claim: Claim, parameters: CoverageParameters, inputs: CheckInputs) -> Verdict:
    """Check that every member city is served by trains of a class.

    A city's trains a day are those of its busiest link to another member city: a lower bound, since
    a train that serves several members is not counted twice and one that serves none is not seen.
    The margin is the trains to spare in the city with the fewest; it is borderline when exactly
    the required number runs, for then a single train decides.

    Parameters
    ----------
    claim : Claim
    parameters : CoverageParameters
    inputs : CheckInputs
        Of which ``city_pairs``, ``stations`` and the cluster are read.

    Returns
    -------
    Verdict
    """
    cases = list(_cases(claim, parameters, inputs))
    if not any(case.decides for case in cases):
        lacking = Sentence(
            "Needs direct services between the member cities on the stations "
            f"{listing(parameters.station_sets, 'en')}.",
            f"需要成员城市之间的直达车次（车站：{station_sets_name(parameters.station_sets).zh}）。",
        )
        return not_checkable(claim, [lacking], places=inputs.members, cases=cases)

    def account(case: Case, _: Outcome) -> Account:
        return Account(
            _summary(case),
            (
                *(_count(one) for one in cases if one.decides),
                *_fewest(case),
                *_earlier(cases, case),
                *beside_sentence(cases, case),
            ),
            _flips(case),
        )

    return settle(claim, cases, account, places=inputs.members)


def _cases(claim: Claim, parameters: CoverageParameters, inputs: CheckInputs) -> Iterator[Case]:
    """Judge the statement for each station set, timetable and number of trains."""
    snapshots = list(direct_services(inputs, parameters.train_classes))
    fitting = [key for key, _ in snapshots if key[0] in parameters.station_sets]
    date = deciding_date((timetable for _, timetable in fitting), claim.year)
    name = f"class {'/'.join(parameters.train_classes)}"
    for key, services in snapshots:
        items = _items(inputs, services)
        trains = items["trains_per_day"].to_numpy(dtype=float)[:, None]
        for threshold in sorted({*parameters.thresholds_trains, parameters.min_trains}):
            fits = key in fitting
            run = trains * inputs.draws.table("trains_run", items["key"], *key)
            yield judge(
                Setting("", name, "", *key, float(threshold), "trains"),
                items.assign(room=items["trains_per_day"] - float(threshold)),
                drawn=Drawn(run - threshold, ("trains_run",)),
                tolerance=1.0,
                required_share=parameters.required_share,
                fits=fits,
                decides=fits and key[1] == date and threshold == parameters.min_trains,
            )


def _items(inputs: CheckInputs, services: pd.DataFrame) -> pd.DataFrame:
    """One clause a city: trains of its busiest link, and its fastest train to any member."""
    members = services[
        services["from_adcode"].isin(inputs.members) & services["to_adcode"].isin(inputs.members)
    ]
    links = members.groupby(["from_adcode", "to_adcode"])["trains_per_day"].sum().reset_index()
    links = links.sort_values(["trains_per_day", "to_adcode"], ascending=[False, True])
    busiest = links.drop_duplicates("from_adcode").set_index("from_adcode")
    busiest = busiest.reindex(list(inputs.members))
    quick = members.sort_values(["fastest_min", "to_adcode", "fastest_train"])
    quick = quick.drop_duplicates("from_adcode").set_index("from_adcode")
    quick = quick.reindex(list(inputs.members))
    names = inputs.names(inputs.members)
    busiest_to = inputs.names(list(busiest["to_adcode"].astype("object").fillna("")))
    fastest_to = inputs.names(list(quick["to_adcode"].astype("object").fillna("")))
    return pd.DataFrame(
        {
            "key": list(inputs.members),
            "name_zh": [name.zh for name in names],
            "name_en": [name.en for name in names],
            "trains_per_day": busiest["trains_per_day"].fillna(0).astype("int64").to_numpy(),
            "excepted": False,
            "busiest_to_zh": [name.zh for name in busiest_to],
            "busiest_to_en": [name.en for name in busiest_to],
            "fastest_train": quick["fastest_train"].astype("object").fillna("").to_numpy(),
            "fastest_min": quick["fastest_min"].astype("float64").to_numpy(),
            "fastest_to_zh": [name.zh for name in fastest_to],
            "fastest_to_en": [name.en for name in fastest_to],
            "from_station_zh": inputs.station_names(quick["fastest_from_id"]),
            "to_station_zh": inputs.station_names(quick["fastest_to_id"]),
        }
    )


def _summary(case: Case) -> Sentence:
    """One sentence on the leading case."""
    covered, total = int((case.items["room"] >= 0).sum()), len(case.items)
    need = number(case.setting.threshold)
    return Sentence(
        f"{covered} of {total} member cities have {need} or more such trains a day.",
        f"{total}个成员城市中有{covered}个每日开行{need}列及以上。",
    )


def _count(case: Case) -> Sentence:
    """What one deciding case says."""
    setting, name = case.setting, definition_name(case.setting.definition)
    covered, total = int((case.items["room"] >= 0).sum()), len(case.items)
    lacking = place_list(case.unmet)
    without = f"; without: {lacking.en}" if len(case.unmet) else ""
    without_zh = f"；未覆盖：{lacking.zh}" if len(case.unmet) else ""
    return Sentence(
        f"{covered} of {total} member cities have {number(setting.threshold)} or more {name.en} a "
        f"day (stations: {setting.station_set}; timetable {setting.timetable_date}){without}.",
        f"{total}个成员城市中有{covered}个每日开行{name.zh}{number(setting.threshold)}列及以上"
        f"（车站：{station_sets_name([setting.station_set]).zh}；{setting.timetable_date}时刻表）{without_zh}。",
    )


def _fewest(case: Case) -> tuple[Sentence, ...]:
    """The city that decides, with its train."""
    last = case.items.iloc[case.decisive]
    if not last["fastest_train"]:
        return ()
    trains, minutes = int(last["trains_per_day"]), number(last["fastest_min"])
    return (
        Sentence(
            f"Fewest in {last['name_en']}: {trains} a day to {last['busiest_to_en']}; fastest "
            f"{last['fastest_train']} from {last['from_station_zh']} to {last['fastest_to_en']} in "
            f"{minutes} min.",
            f"最少的是{last['name_zh']}：至{last['busiest_to_zh']}每日{trains}列；最快为"
            f"{last['fastest_train']}次，{last['from_station_zh']}至{last['fastest_to_zh']}"
            f"{minutes}分钟。",
        ),
    )


def _earlier(cases: list[Case], leading: Case) -> tuple[Sentence, ...]:
    """What the other timetables say at the same threshold."""
    sentences = []
    for case in cases:
        setting, chosen = case.setting, leading.setting
        if (
            setting.timetable_date != chosen.timetable_date
            and setting.station_set == chosen.station_set
            and setting.threshold == chosen.threshold
        ):
            covered, total = int((case.items["room"] >= 0).sum()), len(case.items)
            lacking = place_list(case.unmet)
            without = f"; without: {lacking.en}" if len(case.unmet) else ""
            without_zh = f"；未覆盖：{lacking.zh}" if len(case.unmet) else ""
            sentences.append(
                Sentence(
                    f"By the timetable of {setting.timetable_date}: {covered} of {total}{without}.",
                    f"按{setting.timetable_date}时刻表：{total}个中有{covered}个{without_zh}。",
                )
            )
    return tuple(sentences)


def _flips(case: Case) -> tuple[Sentence, ...]:
    """What would change the outcome."""
    if case.holds:
        last, spare = case.items.iloc[case.decisive], int(case.margin) + 1
        return (
            Sentence(
                f"False once {last['name_en']} loses {spare} of its trains.",
                f"若{last['name_zh']}减少{spare}列，则不成立。",
            ),
        )
    places, need = place_list(case.unmet), number(case.setting.threshold)
    return (
        Sentence(
            f"True once these have {need} trains a day: {places.en}.",
            f"若{places.zh}每日达到{need}列，则成立。",
        ),
    )
