"""Travel times for every minute of leaving: what a window of departures amounts to.

One figure hides the timetable: the fastest train may run once a day. Over a window of departure
minutes the waiting for the next train counts, so the fastest, the median and the 90th percentile
differ, and so does the share of departures that make it in time (Conway, Byrd and van der Linden
2017, TRR 2653, 45-53).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import InputFileError, UnknownNameError
from toolkit.settings import DEFAULTS

__all__ = ["MORNING", "NO_ARRIVAL", "WHOLE_DAY", "DepartureTimes", "clock", "departure_seconds"]

MORNING = ("07:00", "09:00")
WHOLE_DAY = ("00:00", "24:00")
NO_ARRIVAL = np.iinfo(np.int32).max
_MINUTE_S = 60

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
        second = _seconds(minute)
        found = np.flatnonzero(self.departure_s == second)
        if not len(found):
            first, last = clock(int(self.departure_s[0])), clock(int(self.departure_s[-1]))
            raise UnknownNameError(
                f"{minute} is not a departure minute of this window",
                remedy=f"use one from {first} to {last}",
            )
        return int(found[0])

    def fastest(self) -> "pd.Series[float]":
        """Shortest travel time of the window, minutes."""
        return self._minutes(self.travel_s.min(axis=1))

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

    def _ranked(self, shares: Iterable[float]) -> Int32Array:
        """Nearest-rank quantiles of the travel times, a column each."""
        travel = self.travel_s
        # the rounding keeps 0.07 * 100 from being 7.000000000000001
        ranks = [max(0, int(np.ceil(np.round(share * travel.shape[1], 9))) - 1) for share in shares]
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
        'HH:MM' clock times, from 00:00 to 24:00.

    Raises
    ------
    InputFileError
        If these are not clock times or the window does not end after its start.

    Examples
    --------
    >>> departure_seconds(("07:00", "07:03")).tolist()
    [25200, 25260, 25320]
    >>> len(departure_seconds(WHOLE_DAY))
    1440
    """
    start, end = (_seconds(text) for text in window)
    if end <= start:
        raise InputFileError(
            f"the departure window {window[0]} to {window[1]} has no minute in it",
            remedy="give a later end; the day ends at 24:00",
        )
    return np.arange(start, end, _MINUTE_S, dtype=np.int32)


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
