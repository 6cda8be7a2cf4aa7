"""Check kind `reach_with_exceptions`: all cities but the named ones lie within T of a core."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.claims.cases import Case, Setting, deciding_date, judge
from toolkit.claims.checks.inputs import CheckInputs
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.reach_account import reach_account
from toolkit.claims.checks.recomposed import drawn_minutes
from toolkit.claims.judgement import Account, settle, unfit
from toolkit.claims.model import DEFAULT_MARGIN_MIN, Claim, Outcome, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn, Draws
from toolkit.claims.wording import definition_name, listing, number, station_sets_name
from toolkit.errors import ClaimError

__all__ = ["ReachParameters", "reach_with_exceptions"]

_TRAIN_COLUMNS = (
    "trains_per_day",
    "fastest_train",
    "from_station_zh",
    "to_station_zh",
    "itinerary",
)


@dataclass(frozen=True)
class ReachParameters:
    """Parameters of `reach_with_exceptions`.

    Parameters
    ----------
    core : str
        Code of the city the circle is drawn round.
    threshold_min : float
        Radius of the circle as stated.
    exceptions : tuple of str
        Codes of the cities the statement leaves out.
    definitions, station_sets : tuple of str
        Those that fit the statement's words, the plainest first; all others are reported beside.
    thresholds_min : tuple of float
        Thresholds of the sensitivity table.
    margin_min : float
        A city nearer to the threshold than this is borderline.
    """

    core: str
    threshold_min: float
    exceptions: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ("fastest_train",)
    station_sets: tuple[str, ...] = ("main",)
    thresholds_min: tuple[float, ...] = (45.0, 60.0, 75.0, 90.0)
    margin_min: float = DEFAULT_MARGIN_MIN

    def __post_init__(self) -> None:
        if self.threshold_min <= 0:
            raise ParameterError(
                "threshold_min",
                f"'threshold_min' is {number(self.threshold_min)}",
                remedy="give minutes above zero",
            )
        if not self.definitions:
            raise ParameterError(
                "definitions", "'definitions' is empty", remedy="name at least one that fits"
            )


def reach_with_exceptions(
    claim: Claim, parameters: ReachParameters, inputs: CheckInputs
) -> Verdict:
    """Check that every member city but the exceptions is within the threshold of the core.

    The statement has one clause a city: a city not excepted is inside (``minutes <= T``), an
    excepted one outside. Its margin is the slack of the worst clause (see
    `toolkit.claims.cases.judge`). An exception that is no member city, or the core itself, makes
    the statement inconsistent whatever the timetable says.

    Parameters
    ----------
    claim : Claim
    parameters : ReachParameters
    inputs : CheckInputs
        Of which ``city_times`` and the cluster are read.

    Returns
    -------
    Verdict

    Raises
    ------
    ClaimError
        When ``city_times`` gives one city twice under one setting.
    """
    targets = tuple(adcode for adcode in inputs.members if adcode != parameters.core)
    places = inputs.members
    if out_of_place := [code for code in parameters.exceptions if code not in targets]:
        return _inconsistent(claim, inputs, parameters.core, out_of_place)

    core = _core_name(inputs, parameters.core)
    cases = list(_cases(claim, parameters, inputs, targets))
    lacking = [
        Sentence(
            f"Not computed: {definition_name(definition).en} from {core.en} to every city "
            f"(stations: {listing(parameters.station_sets, 'en')}).",
            f"未计算：自{core.zh}至各市的{definition_name(definition).zh}"
            f"（车站：{station_sets_name(parameters.station_sets).zh}）。",
        )
        for definition in parameters.definitions
        if not any(case.decides and case.setting.definition == definition for case in cases)
    ]

    def account(case: Case, outcome: Outcome) -> Account:
        return reach_account(cases, case, outcome, core=core, margin_min=parameters.margin_min)

    return settle(claim, cases, account, places=places, lacking=lacking)


def _inconsistent(claim: Claim, inputs: CheckInputs, core: str, out_of_place: list[str]) -> Verdict:
    """Verdict on a statement that excepts what it does not speak of."""
    names = [inputs.name(code) for code in out_of_place]
    cluster = inputs.cluster
    en, zh = listing([n.en for n in names], "en"), listing([n.zh for n in names], "zh")
    core_name = _core_name(inputs, core)
    reason = Sentence(
        f"It excepts {en}, not among the member cities of {cluster.name_en} other than "
        f"{core_name.en}.",
        f"原文所列例外（{zh}）不在{cluster.name_zh}除{core_name.zh}以外的成员城市之中。",
    )
    flip = Sentence("Exceptions that are member cities.", "将例外改为成员城市。")
    return unfit(claim, "inconsistent", [reason], reason, places=inputs.members, flips=[flip])


def _cases(
    claim: Claim, parameters: ReachParameters, inputs: CheckInputs, targets: tuple[str, ...]
) -> Iterator[Case]:
    """Judge the statement under each setting of the table that covers all cities."""
    grouped = dict(_settings(inputs.city_times, parameters.core))
    fitting = [
        setting for setting, rows in grouped.items() if _fits(setting, parameters) and _leads(rows)
    ]
    # The date is chosen before gaps are: an older timetable must not stand in for a torn one.
    date = deciding_date((setting[3] for setting in fitting), claim.year)
    whole = {
        setting: rows
        for setting, rows in grouped.items()
        if set(targets) <= set(rows["city_adcode"])
    }
    for rows in whole.values():
        _reject_duplicates(claim, inputs, rows)
    order = {name: place for place, name in enumerate(parameters.definitions)}
    stations = {name: place for place, name in enumerate(parameters.station_sets)}
    for key in sorted(
        whole, key=lambda k: (order.get(k[0], len(order)), stations.get(k[2], len(stations)), k)
    ):
        definition, statistic, station_set, timetable_date = key
        fits = key in fitting
        rows = whole[key].set_index("city_adcode").loc[list(targets)]
        minutes, belongs = drawn_minutes(rows, inputs.draws), _belongs(inputs, targets)
        for threshold in sorted({*parameters.thresholds_min, parameters.threshold_min}):
            items = _items(parameters, inputs, rows, targets, threshold)
            yield judge(
                Setting("", definition, statistic, station_set, timetable_date, threshold, "min"),
                items,
                drawn=_drawn_room(items["room"], minutes, belongs, threshold, inputs.draws),
                tolerance=parameters.margin_min,
                fits=fits,
                decides=fits
                and timetable_date in {date, ""}
                and threshold == parameters.threshold_min,
            )


def _settings(
    city_times: pd.DataFrame, core: str
) -> Iterator[tuple[tuple[str, str, str, str], pd.DataFrame]]:
    """Split the rows of a core by definition, statistic, station set and timetable date."""
    if city_times.empty:
        return
    rows = city_times[city_times["core_adcode"] == core]
    absent = [key for key in ("statistic", "window") if key not in rows.columns]
    rows = rows.assign(**dict.fromkeys(absent, ""))
    rows["statistic"] = [
        f"{statistic}, {window}" if window else statistic
        for statistic, window in zip(rows["statistic"], rows["window"], strict=True)
    ]
    keys = ["definition", "statistic", "station_set", "timetable_date"]
    # Road times have no stations and no timetable.
    rows = rows.assign(**{key: rows[key].astype("object").fillna("").astype(str) for key in keys})
    for key, group in rows.groupby(keys, sort=True):
        definition, statistic, station_set, timetable_date = (str(part) for part in key)
        yield (definition, statistic, station_set, timetable_date), group


def _fits(setting: tuple[str, str, str, str], parameters: ReachParameters) -> bool:
    """Whether the statement's words allow the definition and stations of a setting."""
    definition, _, station_set, _ = setting
    return definition in parameters.definitions and station_set in {*parameters.station_sets, ""}


def _leads(rows: pd.DataFrame) -> bool:
    """Whether rows are of the statistic and window that their definition is judged by."""
    return "is_leading" not in rows.columns or bool(rows["is_leading"].all())


def _reject_duplicates(claim: Claim, inputs: CheckInputs, rows: pd.DataFrame) -> None:
    """Refuse a table that gives a city twice under one setting."""
    twice = rows["city_adcode"][rows["city_adcode"].duplicated()]
    if len(twice):
        raise ClaimError(
            f"claim {claim.id}: city_times gives {inputs.name(str(twice.iloc[0])).en} twice for "
            f"{rows['definition'].iloc[0]} on {rows['timetable_date'].iloc[0]}",
            remedy="keep one row per city, definition, statistic, stations and date",
        )


def _belongs(inputs: CheckInputs, targets: tuple[str, ...]) -> npt.NDArray[np.bool_] | None:
    """Whether each city is a member under every draw; None where all belong as a whole."""
    cities = inputs.cluster.cities
    if "membership" not in cities.columns or (cities["membership"] != "part").all():
        return None
    whole = (cities.loc[list(targets), "membership"] != "part").to_numpy()
    # More than half of it in the plan makes it a member.
    belongs: npt.NDArray[np.bool_] = whole[:, None] | (
        inputs.draws.table("membership", targets) > 0.5
    )
    return belongs


def _drawn_room(
    room: pd.Series,
    minutes: Drawn,
    belongs: npt.NDArray[np.bool_] | None,
    threshold: float,
    draws: Draws,
) -> Drawn:
    """How far each city is inside under every draw; NaN where it is no member."""
    limit = draws.scaled(threshold, "threshold")
    values = limit.values - minutes.values
    # What misses a definition for another reason than minutes does so in every draw.
    values = np.where(np.isneginf(room.to_numpy(dtype=float))[:, None], -np.inf, values)
    keys = (*minutes.keys, *limit.keys)
    if belongs is None:
        return Drawn(values, keys)
    return Drawn(np.where(belongs, values, np.nan), (*keys, "membership"))


def _items(
    parameters: ReachParameters,
    inputs: CheckInputs,
    rows: pd.DataFrame,
    targets: tuple[str, ...],
    threshold: float,
) -> pd.DataFrame:
    """One clause a city, with the train behind its minutes."""
    minutes = pd.to_numeric(rows["minutes"]).astype("float64").fillna(math.inf)
    room = threshold - minutes
    within = f"within_{number(threshold)}"
    if within in rows.columns:
        # A definition can ask for more than minutes (trains a day); no shift of minutes mends that.
        room = room.mask((room >= 0) & ~rows[within].fillna(value=False).astype(bool), -math.inf)
    names = inputs.names(targets)
    return pd.DataFrame(
        {
            "key": list(targets),
            "name_zh": [name.zh for name in names],
            "name_en": [name.en for name in names],
            "minutes": minutes.to_numpy(),
            "room": room.to_numpy(),
            "excepted": [adcode in parameters.exceptions for adcode in targets],
            **{
                column: rows[column].to_numpy()
                for column in (*_TRAIN_COLUMNS, "definition", "station_set", "timetable_date")
                if column in rows.columns
            },
        }
    )


def _core_name(inputs: CheckInputs, core: str) -> Sentence:
    """Name of the core, which need not be a member city."""
    name, times = inputs.name(core), inputs.city_times
    if name.en == core and {"core_en", "core_zh"} <= set(times.columns):
        own = times[times["core_adcode"] == core]
        if len(own):
            return Sentence(str(own["core_en"].iloc[0]), str(own["core_zh"].iloc[0]))
    return name
