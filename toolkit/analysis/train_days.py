"""Trains of a day and of the days after it, with the changes between them, ready to be scanned."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.journeys import Ride
from toolkit.analysis.kernels.connection_scan import Slots, arrival_slots
from toolkit.analysis.rail import waiting_min
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

__all__ = ["TrainDays", "station_changes"]

_DAY_S = 86_400

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrainDays:
    """Connections of consecutive days, all like the timetable's, and the changes between them.

    Attributes
    ----------
    timetable : Timetable
    departure_s, arrival_s, from_stop, to_stop, run : ndarray of int32, shape (C,)
        As in `toolkit.networks.timetable.Connections`, with the trains of the following days; runs
        of these are numbered on.
    waiting_s : ndarray of int32, shape (C,)
        Waiting and boarding at the first station, by kind of train.
    slots : Slots
        The same connections by arrival.
    n_runs : int
    change_indptr, change_from, change_s : ndarray
        Changes by station of boarding, compressed rows.
    """

    timetable: Timetable
    departure_s: Int32Array
    arrival_s: Int32Array
    from_stop: Int32Array
    to_stop: Int32Array
    run: Int32Array
    waiting_s: Int32Array
    slots: Slots
    n_runs: int
    change_indptr: Int64Array
    change_from: Int32Array
    change_s: Int32Array

    @classmethod
    def build(
        cls,
        timetable: Timetable,
        changes: pd.DataFrame,
        *,
        days_after: int,
        settings: Settings = DEFAULTS,
    ) -> Self:
        """Repeat the day and compress the changes.

        Parameters
        ----------
        timetable : Timetable
            One with trips.
        changes : DataFrame
            from_id, to_id, minutes, as `station_changes` returns it; rows of stations the
            timetable does not serve are left out.
        days_after : int
            Days that follow.
        settings : Settings
            Waiting.

        Raises
        ------
        MissingDataError
            On a reference timetable, which knows no single trains.
        """
        day = timetable.connections
        today = day.trip < day.n_trips
        columns = [
            np.column_stack([day.departure_s, day.arrival_s, day.from_stop, day.to_stop, day.trip])
        ]
        for ahead in range(1, days_after + 1):
            later = columns[0][today].copy()
            later[:, :2] += ahead * _DAY_S
            later[:, 4] += day.n_runs + (ahead - 1) * day.n_trips
            columns.append(later)
        table = np.concatenate(columns)
        table = table[np.lexsort((table[:, 4], table[:, 1], table[:, 0]))]
        departure_s, arrival_s, from_stop, to_stop, run = np.ascontiguousarray(table.T)
        waiting = timetable.trips["train"].map(lambda train: waiting_min(train, settings))
        waiting_s = np.rint(waiting.to_numpy(dtype=float) * 60.0).astype(np.int32)
        return cls(
            timetable,
            departure_s,
            arrival_s,
            from_stop,
            to_stop,
            run,
            waiting_s[run % max(day.n_trips, 1)],
            arrival_slots(to_stop, arrival_s, day.n_stops),
            day.n_runs + days_after * day.n_trips,
            *_compressed(changes, timetable.stops.index),
        )

    def ride(self, first: int, last: int) -> Ride:
        """The train between two of its connections."""
        stations, trips = self.timetable.stops.index, self.timetable.trips
        block, row = divmod(int(self.run[first]), len(trips))
        # blocks of runs: the day, the days before it as far as the timetable has them, those after
        before = self.timetable.connections.n_runs // len(trips)
        return Ride(
            trip_id=int(trips.index[row]),
            train=str(trips["train"].iloc[row]),
            from_id=str(stations[self.from_stop[first]]),
            to_id=str(stations[self.to_stop[last]]),
            departure_s=int(self.departure_s[first]),
            arrival_s=int(self.arrival_s[last]),
            day=-block if block < before else block - before + 1,
        )


def station_changes(
    stations: pd.Index, station_city: pd.Series, *, settings: Settings = DEFAULTS
) -> pd.DataFrame:
    """Time of a change within each station and between the stations of one city.

    Parameters
    ----------
    stations : Index
        Stations at which one can change; at each within it.
    station_city : Series of str
        City of stations, index station_id; missing where a station is of none.
    settings : Settings
        ``change_same_station_min``, ``change_between_stations_min``.

    Returns
    -------
    DataFrame
        from_id, to_id, minutes: from the arrival of one train to the earliest departure of the
        next, so walking, waiting and boarding are in it. Rows can be changed or added before use.

    Examples
    --------
    >>> station_changes(pd.Index(["a", "b"]), pd.Series({"a": "1", "b": "1"}))
      from_id to_id  minutes
    0       a     a     15.0
    1       b     b     15.0
    2       a     b     40.0
    3       b     a     40.0
    """
    within = pd.DataFrame(
        {"from_id": stations, "to_id": stations, "minutes": settings.change_same_station_min}
    )
    city = station_city[station_city.notna() & (station_city != "")]
    city = city[city.index.isin(stations)]
    placed = pd.DataFrame({"station": city.index, "city": city.to_numpy()})
    pairs = placed.merge(placed, on="city", suffixes=("_from", "_to"))
    pairs = pairs[pairs["station_from"] != pairs["station_to"]]
    between = pd.DataFrame(
        {
            "from_id": pairs["station_from"],
            "to_id": pairs["station_to"],
            "minutes": settings.change_between_stations_min,
        }
    )
    return pd.concat([within, between], ignore_index=True)


def _compressed(
    changes: pd.DataFrame, stations: pd.Index
) -> tuple[Int64Array, Int32Array, Int32Array]:
    """Changes as compressed rows by station of boarding."""
    start = stations.get_indexer(pd.Index(changes["from_id"]))
    end = stations.get_indexer(pd.Index(changes["to_id"]))
    seconds = np.rint(changes["minutes"].to_numpy(dtype=float) * 60.0)
    if (seconds < 0).any() or np.isnan(seconds).any():
        raise ValueError("the minutes of a change are negative or missing")
    known = np.flatnonzero((start >= 0) & (end >= 0) & np.isfinite(seconds))
    rows = known[np.lexsort((start[known], end[known]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(end[rows], minlength=len(stations)))])
    return indptr.astype(np.int64), start[rows].astype(np.int32), seconds[rows].astype(np.int32)
