"""Which trips of a GTFS feed run on a day, and which day stands for the feed."""

import re
from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - `date` is the name of the argument
from pathlib import Path
from statistics import median_high

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.errors import InputFileError
from toolkit.networks.gtfs_files import GtfsFiles

__all__ = ["ServiceCalendar", "read_calendar"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ServiceCalendar:
    """Days of operation of each service of a feed.

    Parameters
    ----------
    path : pathlib.Path
        The feed, for messages.
    days : dict of str to ndarray of bool
        Per service, whether it runs, from `first_day` on; all of one length.
    first_day : numpy.datetime64
        Day of the first element.

    Examples
    --------
    >>> weekend = {"WE": np.array([True, True, False])}
    >>> calendar = ServiceCalendar(Path("feed.zip"), weekend, np.datetime64("2023-12-16"))
    >>> calendar.services_on("2023-12-17")
    {'WE'}
    """

    def __init__(
        self, path: Path, days: dict[str, NDArray[np.bool_]], first_day: np.datetime64
    ) -> None:
        self.path = path
        self.days = days
        self.first_day = first_day

    def services_on(self, date: str) -> set[str]:
        """Services that run on a day.

        Parameters
        ----------
        date : str
            ISO date.

        Returns
        -------
        set of str
            Service ids; empty outside the range of the calendar.

        Raises
        ------
        InputFileError
            If `date` is not a date.
        """
        try:
            offset = int((np.datetime64(Date.fromisoformat(date)) - self.first_day).astype(int))
        except ValueError:
            raise InputFileError(
                f"{self.path}: {date!r} is not a date", remedy="write it as YYYY-MM-DD"
            ) from None
        return {
            service
            for service, runs in self.days.items()
            if 0 <= offset < len(runs) and bool(runs[offset])
        }

    def trips_per_day(self, trip_services: Sequence[str] | pd.Series) -> pd.Series:
        """Trips that run on each day of the calendar.

        Parameters
        ----------
        trip_services : sequence of str
            Service id of each trip.

        Returns
        -------
        Series of int
            Indexed by ISO date; days without a trip are left out.
        """
        length = max((len(runs) for runs in self.days.values()), default=0)
        counts = np.zeros(length, dtype=np.int64)
        for service, number in pd.Series(trip_services).value_counts(sort=False).items():
            if service in self.days:
                counts += int(number) * self.days[str(service)]
        dates = np.datetime_as_string(self.first_day + np.arange(length), unit="D")
        table = pd.Series(counts, index=dates)
        return table[table > 0]

    def typical_date(self, trip_services: Sequence[str] | pd.Series, *, version: str = "") -> str:
        """Choose the day that stands for the feed.

        The day named by the feed's version, if trips run on it: the feed is a snapshot of that
        day. Otherwise the earliest working day (Monday to Friday) that has the median number
        of trips: neither a holiday nor a peak day. A feed without service on working days is
        judged by all its days.

        Parameters
        ----------
        trip_services : sequence of str
            Service id of each trip.
        version : str
            ``feed_version`` of the feed.

        Returns
        -------
        str
            ISO date.

        Raises
        ------
        InputFileError
            If no trip runs on any day.
        """
        counts = self.trips_per_day(trip_services)
        if counts.empty:
            raise InputFileError(
                f"{self.path}: no trip runs on any day of calendar.txt or calendar_dates.txt",
                remedy="check that their service_id values are those of trips.txt",
            )
        named = re.search(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)", version)
        if named is not None and "-".join(named.groups()) in counts.index:
            return "-".join(named.groups())
        working = counts[np.is_busday(np.asarray(counts.index, dtype="datetime64[D]"))]
        counts = counts if working.empty else working
        return str(counts.index[counts == median_high(counts.tolist())][0])


def read_calendar(files: GtfsFiles) -> ServiceCalendar:
    """Read ``calendar.txt`` and ``calendar_dates.txt``; one of them is enough.

    Parameters
    ----------
    files : GtfsFiles
        The feed.

    Returns
    -------
    ServiceCalendar
        Days of operation with the exceptions worked in.

    Raises
    ------
    InputFileError
        If both tables are missing or empty, or a date in them cannot be read.
    """
    weekly = files.read(
        "calendar", required=["service_id", *_WEEKDAYS, "start_date", "end_date"], may_lack=True
    )
    exceptions = files.read(
        "calendar_dates", required=["service_id", "date", "exception_type"], may_lack=True
    )
    if weekly.empty and exceptions.empty:
        raise InputFileError(
            f"{files.path}: neither calendar.txt nor calendar_dates.txt holds a service",
            remedy="without them no day of operation is known; ask the publisher of the feed",
        )
    starts = _dates(weekly["start_date"], f"{files.path}: calendar.txt")
    ends = _dates(weekly["end_date"], f"{files.path}: calendar.txt")
    exception_days = _dates(exceptions["date"], f"{files.path}: calendar_dates.txt")

    every = np.concatenate([starts, ends, exception_days])
    first, length = every.min(), int((every.max() - every.min()).astype(int)) + 1
    dates = first + np.arange(length)
    # 1970-01-01 was a Thursday, the fourth day of the week counted from Monday
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    days: dict[str, NDArray[np.bool_]] = {}
    runs_on = (weekly[list(_WEEKDAYS)] == "1").to_numpy(dtype=bool)
    for service, pattern, start, end in zip(
        weekly["service_id"], runs_on, starts, ends, strict=True
    ):
        runs = pattern[weekday] & (dates >= start) & (dates <= end)
        days[service] = days[service] | runs if service in days else runs
    for service, day, kind in zip(
        exceptions["service_id"], exception_days, exceptions["exception_type"], strict=True
    ):
        runs = days.setdefault(service, np.zeros(length, dtype=bool))
        runs[int((day - first).astype(int))] = kind == "1"
    return ServiceCalendar(files.path, days, first)


def _dates(text: pd.Series, where: str) -> NDArray[np.datetime64]:
    """Dates written as YYYYMMDD."""
    dates = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
    if dates.isna().any():
        line = dates.index[dates.isna()][0]
        raise InputFileError(
            f"{where} line {line}: {text[line]!r} is not a date", remedy="write it as YYYYMMDD"
        )
    return np.asarray(dates.to_numpy(), dtype="datetime64[D]")
