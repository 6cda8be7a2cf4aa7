"""A statement under one way of reading it: who meets it, what decides it, and by how much.

The logic of outcomes in one place. Each city (or pair) is a clause of the statement. ``room`` is
how far the city lies inside the threshold: positive inside, negative outside, minus infinity where
nothing runs. A clause has the ``slack`` ``room``, or ``-room`` for a city the statement excepts,
since that one should be outside. A statement about all cities is as good as its worst clause, so
its margin is the smallest slack: the least shift of all values, each in its worst or best
direction, that flips it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.claims.model import Outcome
from toolkit.claims.uncertainty import Drawn

__all__ = ["Case", "Setting", "combined_outcome", "deciding_date", "judge", "leading_case"]


@dataclass(frozen=True, order=True)
class Setting:
    """How a statement is read: everything that could be chosen otherwise.

    Parameters
    ----------
    reading : str
        Key of the reading where the words leave several (which cities are meant); else ''.
    definition : str
        Key of the travel-time definition, or the train class counted.
    statistic : str
        Statistic over the departure window ('' where there is none).
    station_set : str
    timetable_date : str
        ISO date.
    threshold : float
        In `unit`.
    unit : str
        'min' or 'trains'.
    """

    reading: str
    definition: str
    statistic: str
    station_set: str
    timetable_date: str
    threshold: float
    unit: str


@dataclass(frozen=True, eq=False)
class Case:
    """A statement judged under one setting.

    Parameters
    ----------
    setting : Setting
    items : pandas.DataFrame
        The clauses, nearest first, with ``slack``, ``met`` and ``position`` added.
    outcome : str
        holds, fails, borderline or inconsistent.
    holds : bool
        Whether it is true to the letter, whatever the margin.
    margin : float
        Slack of the decisive clause, in the unit of the setting.
    decisive : int
        Row position of the decisive clause in `items`.
    fits : bool
        Whether the statement's own words allow this definition, station set and reading.
    decides : bool
        Whether the verdict rests on it: it fits, at the stated threshold and deciding date.
    true_in_draws : numpy.ndarray of bool
        Whether it is true to the letter under every draw of what is uncertain; the first is the
        facts as they are, so it equals `holds`.
    drawn : tuple of str
        Keys of the uncertainties drawn from.
    """

    setting: Setting
    items: pd.DataFrame
    outcome: Outcome
    holds: bool
    margin: float
    decisive: int
    fits: bool
    decides: bool
    true_in_draws: npt.NDArray[np.bool_] = field(default_factory=lambda: np.array([], dtype=bool))
    drawn: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of the draws in which it is true; of the facts as they are without any draw."""
        varied = self.true_in_draws[1:]
        return float(varied.mean()) if varied.size else float(self.holds)

    @property
    def unmet(self) -> pd.DataFrame:
        """The clauses that the facts contradict to the letter."""
        return self.items[~self.items["met"]]

    def at(self, position: str, *, excepted: bool | None = None) -> pd.DataFrame:
        """Clauses at one position (inside, outside, borderline), excepted or not."""
        chosen = self.items["position"] == position
        if excepted is not None:
            chosen &= self.items["excepted"] == excepted
        return self.items[chosen]


def judge(
    setting: Setting,
    items: pd.DataFrame,
    *,
    tolerance: float,
    required_share: float = 1.0,
    fits: bool = True,
    decides: bool = True,
    drawn: Drawn | None = None,
) -> Case:
    """Judge a statement under one setting.

    Parameters
    ----------
    setting : Setting
    items : pandas.DataFrame
        One row per clause with ``key``, ``room`` and ``excepted`` (bool).
    tolerance : float
        A slack smaller than this in size decides nothing: the clause is borderline.
    required_share : float, default 1.0
        Share of the clauses that have to be met.
    fits, decides : bool
        Kept on the case.
    drawn : Drawn, optional
        Room of every clause under every draw, one line a clause in the order of `items`; NaN
        where the clause does not belong in that draw.

    Returns
    -------
    Case
        With ``m`` the slack of the decisive clause, the k-th best where k clauses are required:
        borderline if ``|m| < tolerance``, holds if ``m >= tolerance``, else fails; but
        inconsistent if every clause missed by `tolerance` or more is an exception, that is, if
        the statement sets apart cities that are not apart.

    Examples
    --------
    >>> items = pd.DataFrame(
    ...     {"key": ["a", "b"], "room": [10.0, -8.0], "excepted": [False, True]}
    ... )
    >>> setting = Setting("", "fastest_train", "", "main", "2023-12-15", 60, "min")
    >>> case = judge(setting, items, tolerance=3)
    >>> case.outcome, case.margin
    ('holds', 8.0)
    """
    ordered = items.sort_values(["room", "key"], ascending=[False, True], ignore_index=True)
    room = ordered["room"].to_numpy(dtype=float)
    excepted = ordered["excepted"].to_numpy(dtype=bool)
    slack = np.where(excepted, -room, room)
    inside = room >= 0
    position = np.where(
        np.abs(room) < tolerance, "borderline", np.where(inside, "inside", "outside")
    )
    judged = ordered.assign(slack=slack, met=inside != excepted, position=position)

    required = int(np.ceil(round(required_share * len(slack), 9)))
    decisive = int(np.argsort(-slack, kind="stable")[required - 1])
    margin = float(slack[decisive])
    holds = int((inside != excepted).sum()) >= required
    outcome: Outcome
    if abs(margin) < tolerance:
        outcome = "borderline"
    elif margin > 0:
        outcome = "holds"
    elif excepted[slack <= -tolerance].all():
        outcome = "inconsistent"
    else:
        outcome = "fails"
    true = _true_in_draws(items["excepted"], required_share, drawn)
    keys = drawn.keys if drawn else ()
    return Case(setting, judged, outcome, holds, margin, decisive, fits, decides, true, keys)


def _true_in_draws(
    excepted: pd.Series, required_share: float, drawn: Drawn | None
) -> npt.NDArray[np.bool_]:
    """Whether enough clauses are met under every draw."""
    if drawn is None:
        return np.array([], dtype=bool)
    met = (drawn.values >= 0) != excepted.to_numpy(dtype=bool)[:, None]
    belongs = ~np.isnan(drawn.values)
    required = np.ceil((required_share * belongs.sum(axis=0)).round(9))
    enough: npt.NDArray[np.bool_] = (met & belongs).sum(axis=0) >= required
    return enough


def combined_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Join the outcomes of the settings a verdict rests on.

    Agreement stands. True under one and false under another depends. Where some are borderline
    and the rest do not contradict each other, the whole is borderline, since `holds` and `fails`
    ask for every setting. No setting at all is not checkable.

    Examples
    --------
    >>> combined_outcome(["holds", "fails", "borderline"])
    'depends'
    >>> combined_outcome(["holds", "borderline"])
    'borderline'
    """
    found = set(outcomes)
    if not found:
        return "not checkable"
    if len(found) == 1:
        return found.pop()
    if "holds" in found and found & {"fails", "inconsistent"}:
        return "depends"
    if "borderline" in found:
        return "borderline"
    return "fails"


def leading_case(cases: Sequence[Case], outcome: Outcome) -> Case:
    """Choose the case whose margin and evidence speak for the verdict.

    For `holds` the one with the least margin; for `fails` and `inconsistent` the most favourable
    one, since even that is false; for `borderline` the closest call; for `depends` the first in
    the order of the claim.
    """
    match outcome:
        case "holds":
            return min(cases, key=lambda case: case.margin)
        case "fails" | "inconsistent":
            return max(cases, key=lambda case: case.margin)
        case "borderline":
            return min(cases, key=lambda case: abs(case.margin))
        case _:
            return cases[0]


def deciding_date(dates: Iterable[str], year: int | None) -> str:
    """Choose the timetable that decides: the newest at or before the end of the claim's year.

    A claim that names no year is decided by the newest of all; one older than every timetable
    by the oldest, which the reasons then say. Empty dates (roads have no timetable) do not count;
    without any other the answer is empty too.

    Examples
    --------
    >>> deciding_date(["2016-11-13", "2023-12-15", "2025-06-01"], 2024)
    '2023-12-15'
    """
    known = sorted({date for date in dates if date})
    if year is None or not known:
        return known[-1] if known else ""
    return max((date for date in known if int(date[:4]) <= year), default=known[0])
