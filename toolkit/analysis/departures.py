"""Travel times for every minute of leaving: what a window of departures amounts to.

One figure hides the timetable: the fastest train may run once a day. Over a window of departure
minutes the waiting for the next train counts, so the fastest, the median and the 90th percentile
differ, and so does the share of departures that make it in time (Conway, Byrd and van der Linden
2017, TRR 2653, 45-53).
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import InputFileError, UnknownNameError
from toolkit.settings import DEFAULTS

__all__ = [
    "MORNING",
    "NO_ARRIVAL",
    "QUANTILES",
    "WHOLE_DAY",
    "DepartureTimes",
    "clock",
    "departure_seconds",
    "rank_of",
    "window_bounds",
]

MORNING = ("07:00", "09:00")
WHOLE_DAY = ("00:00", "24:00")
WHOLE_DAY_NAME = "whole day"
QUANTILES = {"median": 0.5, "p90": 0.9}
NO_ARRIVAL = np.iinfo(np.int32).max
_MINUTE_S = 60
_DAY_S = 86_400

Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DepartureTimes:
    """Earliest arrival at places for each departure minute of a window.

    A departure minute is the moment, at the full minute, at which one leaves the door. A window
    from 07:00 to 09:00 has 120 of them, 07:00 to 08:59. A travel time runs from that moment to the
    arrival, whatever is spent on it: access, waiting for a train that leaves later, changes.

    Attributes
    ----------
    places : Index
        Stations, cities, or other places, P of them.
    departure_s : ndarray of int32, shape (M,)
        Departure minutes, seconds after midnight.
    arrival_s : ndarray of int32, shape (P, M + 1)
        Earliest arrivals; `NO_ARRIVAL` where there is none. The last column belongs to the first
        minute after the window and only tells whether the last departure is one to catch.

    Notes
    -----
    Quantiles are by nearest rank, without interpolation: the median is the least time within which
    half of the departures make it. So ``median <= T`` exactly where ``share_within(T) >= 0.5``, and
    a place not reached from half of the minutes has an infinite median.

    Examples
    --------
    A train at 07:02 that takes 10 minutes, and none after it:

    >>> times = DepartureTimes(pd.Index(["b"]), np.arange(25200, 25440, 60, dtype=np.int32),
    ...     np.array([[25920, 25920, 25920, NO_ARRIVAL, NO_ARRIVAL]], dtype=np.int32))
    >>> times.table([11]).loc["b"].to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {'fastest_min': 10.0, 'median_min': 11.0, 'p90_min': inf, 'departures': 1,
     'fastest_departure': '07:02', 'within_11': 0.5}
    """

    places: pd.Index
    departure_s: Int32Array
    arrival_s: Int32Array

    @property
    def travel_s(self) -> Int32Array:
        """Seconds from each departure minute to the arrival, shape (P, M); `NO_ARRIVAL` if none."""
        arrival = self.arrival_s[:, :-1]
        return np.where(arrival == NO_ARRIVAL, NO_ARRIVAL, arrival - self.departure_s)

    def at(self, minute: str) -> "pd.Series[float]":
        """Travel times in minutes when leaving at 'HH:MM'."""
        column = self.column(minute)
        arrival = self.arrival_s[:, column]
        travel = np.where(arrival == NO_ARRIVAL, NO_ARRIVAL, arrival - self.departure_s[column])
        return self._minutes(travel)

    def column(self, minute: str) -> int:
        """Position of a departure minute, 'HH:MM'.

        Raises
        ------
        UnknownNameError
            If it is not one of the window.
        """
        second = _seconds(minute) % _DAY_S
        found = np.flatnonzero(self.departure_s % _DAY_S == second)
        if not len(found):
            raise UnknownNameError(
                f"{minute} is not a departure minute of this window",
                remedy=f"use one from {self._bounds()}",
            )
        return int(found[0])

    def within(self, window: tuple[str, str]) -> "DepartureTimes":
        """The departure minutes of another window that this one holds.

        One that runs over midnight is cut out of a whole day, which every day is like.

        Raises
        ------
        UnknownNameError
            If a minute of the window is not of this one.
        """
        inside = departure_seconds(window)
        column = (np.append(inside, inside[-1] + _MINUTE_S) - self.departure_s[0]) // _MINUTE_S
        days = np.zeros_like(column)
        if len(self.departure_s) == _DAY_S // _MINUTE_S:
            days, column = np.divmod(column, len(self.departure_s))
        if column.min() < 0 or column.max() >= self.arrival_s.shape[1]:
            raise UnknownNameError(
                f"{window[0]} to {window[1]} is not inside this window, {self._bounds()}",
                remedy="compute the times over a window that holds it, such as the whole day",
            )
        chosen = self.arrival_s[:, column]
        later = np.where(chosen == NO_ARRIVAL, NO_ARRIVAL, chosen + days * _DAY_S)
        return DepartureTimes(self.places, inside, later.astype(np.int32))

    def first_taking(self, place: Hashable, minutes: float) -> str:
        """First departure minute, 'HH:MM', from which a place is a travel time away."""
        travel = self.travel_s[self.places.get_indexer(pd.Index([place]))[0]]
        taking = np.flatnonzero(travel == round(minutes * _MINUTE_S))
        return clock(int(self.departure_s[taking[0]])).partition("+")[0]

    def fastest(self) -> "pd.Series[float]":
        """Shortest travel time of the window, minutes."""
        return self._minutes(self.travel_s.min(axis=1))

    def statistic(self, name: str) -> "pd.Series[float]":
        """Travel times by a statistic of a definition: 'fastest', 'median' or 'p90'."""
        return self.fastest() if name == "fastest" else self.quantile(QUANTILES[name])

    def median(self) -> "pd.Series[float]":
        """Time within which half of the departures make it, minutes."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> "pd.Series[float]":
        """Time within which a share of the departures, above 0 to 1, make it, minutes."""
        return self._minutes(self._ranked([share])[:, 0])

    def share_within(self, minutes: float) -> "pd.Series[float]":
        """Share of the departures that make it within a time."""
        return self._series((self.travel_s <= _limit_s(minutes)).mean(axis=1))

    def departures(self) -> "pd.Series[int]":
        """Number of departures to catch: minutes of the window after which one arrives later.

        Each is a journey that leaves later or arrives earlier than every other one (Pareto); of
        several that leave within a minute the first to arrive counts. By road every minute is one.
        """
        return self._series((self.arrival_s[:, 1:] > self.arrival_s[:, :-1]).sum(axis=1))

    def table(self, thresholds_min: Sequence[float] = DEFAULTS.thresholds_min) -> pd.DataFrame:
        """All statistics of the window.

        Returns
        -------
        DataFrame
            Index the places; fastest_min, median_min, p90_min (infinite where there is no way),
            departures, fastest_departure ('HH:MM', the first minute of the fastest; '' if none),
            and a share ``within_T`` for each threshold.
        """
        travel = self.travel_s
        ranks = self._ranked([0.5, 0.9])
        first = travel.argmin(axis=1)
        fastest = travel.min(axis=1)
        leaving = [
            clock(int(self.departure_s[i])) if s < NO_ARRIVAL else ""
            for i, s in zip(first, fastest, strict=True)
        ]
        return pd.DataFrame(
            {
                "fastest_min": self._minutes(fastest),
                "median_min": self._minutes(ranks[:, 0]),
                "p90_min": self._minutes(ranks[:, 1]),
                "departures": self.departures(),
                "fastest_departure": pd.Series(leaving, index=self.places, dtype="str"),
                **{
                    f"within_{limit:g}": self._series((travel <= _limit_s(limit)).mean(axis=1))
                    for limit in thresholds_min
                },
            }
        )

    def _bounds(self) -> str:
        """First and last departure minute in words."""
        return f"{clock(int(self.departure_s[0]))}-{clock(int(self.departure_s[-1]))}"

    def _ranked(self, shares: Iterable[float]) -> Int32Array:
        """Nearest-rank quantiles of the travel times, a column each."""
        travel = self.travel_s
        ranks = [rank_of(share, travel.shape[1]) for share in shares]
        return np.asarray(np.partition(travel, ranks, axis=1)[:, ranks], dtype=np.int32)

    def _minutes(self, seconds: Int32Array) -> "pd.Series[float]":
        """Seconds as minutes, infinite where there is no arrival."""
        return self._series(np.where(seconds == NO_ARRIVAL, np.inf, seconds / _MINUTE_S))

    def _series(self, values: npt.NDArray[np.generic]) -> pd.Series:
        """Values by place."""
        return pd.Series(values, index=self.places)


def departure_seconds(window: tuple[str, str]) -> Int32Array:
    """Departure minutes of a window in seconds after midnight, the end left out.

    Parameters
    ----------
    window : (str, str)
        'HH:MM' clock times, from 00:00 to 24:00. One that ends before it starts runs over midnight.

    Raises
    ------
    InputFileError
        If these are not clock times, or one and the same.

    Examples
    --------
    >>> departure_seconds(("07:00", "07:03")).tolist()
    [25200, 25260, 25320]
    >>> len(departure_seconds(WHOLE_DAY)), len(departure_seconds(("23:30", "00:30")))
    (1440, 60)
    """
    start, end = (_seconds(text) for text in window)
    if end == start:
        raise InputFileError(
            f"the departure window {window[0]} to {window[1]} has no minute in it",
            remedy="give a later end; the whole day is 00:00 to 24:00",
        )
    if end < start:
        end += _DAY_S
    return np.arange(start, end, _MINUTE_S, dtype=np.int32)


def window_bounds(window: str) -> tuple[str, str]:
    """Begin and end of a window as it is written: 'HH:MM-HH:MM', or 'whole day'.

    Raises
    ------
    InputFileError
        If it is neither.

    Examples
    --------
    >>> window_bounds("07:00-09:00"), window_bounds("whole day")
    (('07:00', '09:00'), ('00:00', '24:00'))
    """
    if window == WHOLE_DAY_NAME:
        return WHOLE_DAY
    start, dash, end = window.partition("-")
    if not dash:
        raise InputFileError(
            f"{window!r} is not a departure window",
            remedy=f"write it as 07:00-09:00, or {WHOLE_DAY_NAME!r}",
        )
    return start.strip(), end.strip()


def rank_of(share: float, count: int) -> int:
    """Position of a quantile by nearest rank among so many sorted values.

    Examples
    --------
    >>> rank_of(0.5, 120), rank_of(0.9, 10), rank_of(0.07, 100)
    (59, 8, 6)
    """
    # the rounding keeps 0.07 * 100 from being 7.000000000000001
    return max(0, math.ceil(round(share * count, 9)) - 1)


def clock(second: int) -> str:
    """Seconds after midnight as 'HH:MM', with '+1' on the next day.

    Examples
    --------
    >>> clock(25200), clock(86400 + 600), clock(-60)
    ('07:00', '00:10+1', '23:59-1')
    """
    day, minute = divmod(second // _MINUTE_S, 1440)
    return f"{minute // 60:02d}:{minute % 60:02d}" + (f"{day:+d}" if day else "")


def _limit_s(minutes: float) -> int:
    """The whole seconds in some minutes, so that 317 s are within 317 / 60 minutes."""
    return math.floor(round(minutes * _MINUTE_S, 6))


def _seconds(text: str) -> int:
    """A clock time 'HH:MM' in seconds after midnight."""
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise InputFileError(f"{text!r} is not a clock time", remedy="write it as HH:MM")
    second = int(hours) * 3600 + int(minutes) * _MINUTE_S
    if int(minutes) >= 60 or second > 86_400:
        raise InputFileError(f"{text!r} is not a time of day", remedy="use 00:00 to 24:00")
    return second
