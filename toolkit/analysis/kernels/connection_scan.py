"""Journeys by train from one origin for every time of leaving, in one scan of the connections.

A connection scan (Dibbelt, Pajor, Strasser and Wagner 2013, SEA; 2018, ACM JEA 23, 1.7) walks the
connections of a timetable once, by departure. Its profile form answers many origins to one
target; this is its mirror image. For each connection it keeps the *latest time of leaving the
door* from which one can sit in it, so that one pass holds the answers for all times of leaving,
and no minute is searched twice.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["NEVER", "Scan", "Slots", "arrival_slots", "earliest_arrivals", "profile_scan", "traced"]

NEVER = np.iinfo(np.int32).max

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

# A value packs the latest time of leaving with the changes made since, so that the greater one
# leaves later or, leaving at the same time, changes less. No journey makes 1024 changes.
_CHANGES = 1024
_NONE = -1


class Slots(NamedTuple):
    """Connections by station of arrival, then by time of arrival.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_stops + 1,)
        Slots of station `s` are ``indptr[s]:indptr[s + 1]``.
    arrival_s, connection : ndarray of int32, shape (C,)
        What arrives in each slot.
    of_connection : ndarray of int32, shape (C,)
        Slot of each connection.
    """

    indptr: Int64Array
    arrival_s: Int32Array
    connection: Int32Array
    of_connection: Int32Array


class Scan(NamedTuple):
    """What a scan found; rows count changes, or there is one row where they are not limited.

    Attributes
    ----------
    value : ndarray of int64, shape (K, C)
        Best value of what arrives in each slot, -1 where one cannot be.
    boarded : ndarray of int32, shape (K, C)
        For each connection, the one at which its train was boarded; -1 if it is not used.
    came_by : ndarray of int32, shape (K, C)
        For a connection at which a train is boarded, the one alighted from; -1 from the door.
    """

    value: Int64Array
    boarded: Int32Array
    came_by: Int32Array


def arrival_slots(to_stop: Int32Array, arrival_s: Int32Array, n_stops: int) -> Slots:
    """Order connections by station and time of arrival; ``O(C log C)``, once a timetable.

    Examples
    --------
    >>> slots = arrival_slots(np.array([1, 0, 1]), np.array([9, 5, 7], dtype=np.int32), 2)
    >>> slots.indptr.tolist(), slots.arrival_s.tolist(), slots.of_connection.tolist()
    ([0, 1, 3], [5, 7, 9], [2, 0, 1])
    """
    connection = np.lexsort((arrival_s, to_stop)).astype(np.int32)
    of_connection = np.empty_like(connection)
    of_connection[connection] = np.arange(len(connection), dtype=np.int32)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(to_stop, minlength=n_stops))])
    return Slots(indptr.astype(np.int64), arrival_s[connection], connection, of_connection)


def profile_scan(
    departure_s: Int32Array,
    arrival_s: Int32Array,
    from_stop: Int32Array,
    run: Int32Array,
    waiting_s: Int32Array,
    slots: Slots,
    change_indptr: Int64Array,
    change_from: Int32Array,
    change_s: Int32Array,
    access_s: Int32Array,
    *,
    n_runs: int,
    first_s: int,
    last_s: int,
    changes_max: int | None = None,
) -> Scan:
    """For each connection, the latest time of leaving the door from which one can sit in it.

    Parameters
    ----------
    departure_s, arrival_s, from_stop, run : ndarray of int32, shape (C,)
        Connections in order of departure; each takes time. `run` is the train on the road, below
        `n_runs`: who sits in a connection of a run can sit in all later ones.
    waiting_s : ndarray of int32, shape (C,)
        Seconds before departure by which one has to be at the station when coming from the door.
    slots : Slots
        Of the same connections (`arrival_slots`).
    change_indptr, change_from, change_s : ndarray
        Changes by station of boarding, compressed: one who arrives at ``change_from[i]`` at `t`
        boards what departs from the row's station at ``t + change_s[i]`` or later (not
        negative). A change at one station is a row's own number; without it there is none.
    access_s : ndarray of int32, shape (n_stops,)
        Seconds from the door to each station; -1 where one cannot start.
    n_runs : int
        Bound of `run`.
    first_s, last_s : int
        Earliest time of leaving that counts, and the last departure to look at.
    changes_max : int, optional
        Most changes of train; not limited without it.

    Returns
    -------
    Scan

    Raises
    ------
    ValueError
        If the arrays disagree in length, connections are not in order or take no time.

    Notes
    -----
    ``O(K (C a + n_stops))`` with `a` changes leading to a station and ``K = changes_max + 1`` (1
    if not limited). Connections are looked at by departure, so when one departs all that arrives
    before it is known; each change takes over the arrivals at its station in order of time, with
    one finger and no search.

    Examples
    --------
    Two trains from station 0, at 100 and 160, to station 1; one on to 2 at 200. With 30 s of change
    only the first connects:

    >>> departure = np.array([100, 160, 200], np.int32)
    >>> arrival = np.array([150, 190, 260], np.int32)
    >>> start, end = np.array([0, 0, 1], np.int32), np.array([1, 1, 2], np.int32)
    >>> slots = arrival_slots(end, arrival, 3)
    >>> scan = profile_scan(departure, arrival, start, np.arange(3, dtype=np.int32),
    ...     np.full(3, 10, np.int32), slots, np.array([0, 0, 1, 1]), np.array([1], np.int32),
    ...     np.array([30], np.int32), np.array([5, -1, -1], np.int32),
    ...     n_runs=3, first_s=0, last_s=999)
    >>> earliest_arrivals(scan, slots, np.array([85, 86, 145], np.int32)).tolist()[1:]
    [[150, 190, 190], [260, 2147483647, 2147483647]]
    """
    count = len(departure_s)
    if not all(len(a) == count for a in (arrival_s, from_stop, run, waiting_s, slots.connection)):
        raise ValueError(f"arrays of connections differ in length from the {count} departures")
    if len(change_indptr) != len(access_s) + 1 or len(slots.indptr) != len(access_s) + 1:
        raise ValueError(f"changes or slots are not those of {len(access_s)} stations")
    if count and (np.diff(departure_s).min(initial=0) < 0 or (arrival_s <= departure_s).any()):
        raise ValueError("connections have to be in order of departure and to take time")
    rows = 1 if changes_max is None else changes_max + 1
    scan = Scan(
        np.full((rows, count), _NONE, dtype=np.int64),
        np.full((rows, count), _NONE, dtype=np.int32),
        np.full((rows, count), _NONE, dtype=np.int32),
    )
    begin, end = np.searchsorted(departure_s, [first_s, last_s + 1])
    _scan(
        departure_s, from_stop, run, waiting_s, slots.arrival_s, slots.connection,
        slots.of_connection, slots.indptr, change_indptr, change_from, change_s, access_s,
        n_runs, begin, end, first_s, changes_max is not None, *scan,
    )  # fmt: skip
    return scan


def earliest_arrivals(
    scan: Scan, slots: Slots, departures_s: Int32Array, longest_s: int = NEVER
) -> Int32Array:
    """Earliest arrival at every station for each time of leaving the door.

    Parameters
    ----------
    scan, slots
        Of one origin.
    departures_s : ndarray of int32, shape (M,)
        Times of leaving, ascending, none before the scan's ``first_s``.
    longest_s : int
        Journeys that take longer are none.

    Returns
    -------
    ndarray of int32, shape (n_stops, M)
        Seconds on the clock of the timetable; `NEVER` where there is no way. ``O(C + n_stops M)``.
    """
    arrivals = np.full((len(slots.indptr) - 1, len(departures_s)), NEVER, dtype=np.int32)
    _fill(scan.value[-1], slots.indptr, slots.arrival_s, departures_s, longest_s, arrivals)
    return arrivals


def traced(
    scan: Scan, slots: Slots, stop: int, leaving_s: int
) -> tuple[int, list[tuple[int, int]]]:
    """The journey behind an earliest arrival.

    Of the journeys that arrive earliest it is the one that leaves latest; of these, the one with
    the fewest changes.

    Parameters
    ----------
    scan, slots
        Of one origin.
    stop : int
        Station of arrival.
    leaving_s : int
        Time of leaving the door.

    Returns
    -------
    latest_s : int
        Latest time of leaving for this journey.
    rides : list of (int, int)
        First and last connection of each train, in order of travel; empty if there is no way.
    """
    row = len(scan.value) - 1
    capped = row > 0
    here = slice(slots.indptr[stop], slots.indptr[stop + 1])
    value, arrival = scan.value[row, here], slots.arrival_s[here]
    usable = value >= leaving_s * _CHANGES
    if not usable.any():
        return leaving_s, []
    earliest = arrival[usable.argmax()]
    best = np.where(arrival == earliest, value, _NONE).argmax()
    connection = int(slots.connection[here][best])
    rides = []
    while connection >= 0:
        first = int(scan.boarded[row, connection])
        rides.append((first, connection))
        connection = int(scan.came_by[row, first])
        row -= int(capped)
    return int(value[best]) // _CHANGES, rides[::-1]


@njit(cache=True, nogil=True)
def _scan(
    departure_s: Int32Array,
    from_stop: Int32Array,
    run: Int32Array,
    waiting_s: Int32Array,
    slot_arrival_s: Int32Array,
    slot_connection: Int32Array,
    slot_of: Int32Array,
    slot_indptr: Int64Array,
    change_indptr: Int64Array,
    change_from: Int32Array,
    change_s: Int32Array,
    access_s: Int32Array,
    n_runs: int,
    begin: int,
    end: int,
    first_s: int,
    capped: bool,  # noqa: FBT001 - compiled code takes no keywords only
    value: Int64Array,
    boarded: Int32Array,
    came_by: Int32Array,
) -> None:
    """Fill `value`, `boarded` and `came_by`."""
    rows = value.shape[0]
    aboard = np.full((rows, n_runs), _NONE, dtype=np.int64)
    aboard_since = np.full((rows, n_runs), _NONE, dtype=np.int32)
    ready = np.full((rows, access_s.size), _NONE, dtype=np.int64)
    ready_by = np.full((rows, access_s.size), _NONE, dtype=np.int32)
    # the next arrival each change takes over, and when one who makes it can board
    finger = slot_indptr[change_from]
    due = np.full(finger.size, NEVER, dtype=np.int64)
    for change in range(finger.size):
        if finger[change] < slot_indptr[change_from[change] + 1]:
            due[change] = slot_arrival_s[finger[change]] + np.int64(change_s[change])
    for c in range(begin, end):
        stop, now, train, slot = from_stop[c], departure_s[c], run[c], slot_of[c]
        # arrivals from which this departure can be caught join what is ready at the station
        for change in range(change_indptr[stop], change_indptr[stop + 1]):
            while due[change] <= now:
                at = finger[change]
                for row in range(rows):
                    if value[row, at] > ready[row, stop]:
                        ready[row, stop] = value[row, at]
                        ready_by[row, stop] = slot_connection[at]
                at += 1
                finger[change] = at
                due[change] = NEVER
                if at < slot_indptr[change_from[change] + 1]:
                    due[change] = slot_arrival_s[at] + np.int64(change_s[change])
        door = np.int64(_NONE)
        if access_s[stop] >= 0:
            leave = np.int64(now) - waiting_s[c] - access_s[stop]
            if leave >= first_s:
                door = leave * _CHANGES + (_CHANGES - 1)
        for row in range(rows):
            best = aboard[row, train]
            before = row - 1 if capped else row
            came = _NONE
            boards = door > best
            if boards:
                best = door
            if before >= 0 and ready[before, stop] - 1 > best:
                best, came, boards = ready[before, stop] - 1, ready_by[before, stop], True
            if boards:
                aboard[row, train] = best
                aboard_since[row, train] = c
                came_by[row, c] = came
            if best >= 0:
                value[row, slot] = best
                boarded[row, c] = aboard_since[row, train]


@njit(cache=True, nogil=True)
def _fill(
    value: Int64Array,
    slot_indptr: Int64Array,
    slot_arrival_s: Int32Array,
    departures_s: Int32Array,
    longest_s: int,
    arrivals: Int32Array,
) -> None:
    """Give each time of leaving the first arrival that can be made from it."""
    for stop in range(arrivals.shape[0]):
        j = 0
        for slot in range(slot_indptr[stop], slot_indptr[stop + 1]):
            if value[slot] < 0:
                continue
            leave = value[slot] // _CHANGES
            while j < departures_s.size and departures_s[j] <= leave:
                if slot_arrival_s[slot] - departures_s[j] <= longest_s:
                    arrivals[stop, j] = slot_arrival_s[slot]
                j += 1
