"""The calls of one day's trains from a GTFS feed: read, completed, mended and thinned out."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.errors import InputFileError
from toolkit.networks.gtfs_files import NO_TIME, GtfsFiles, parse_times

__all__ = ["read_calls", "report_line"]

_DAY_S = 86_400
_EXAMPLES = 5


def read_calls(
    files: GtfsFiles,
    trips: pd.DataFrame,
    *,
    known_trips: pd.Index,
    stations: gpd.GeoDataFrame,
    station_of_stop: pd.Series,
    report: list[str],
) -> pd.DataFrame:
    """Read where and when the given trips call.

    Parameters
    ----------
    files : GtfsFiles
        The feed.
    trips : DataFrame
        Trips of the day; index the feed's trip id, column ``train``.
    known_trips : Index
        All trip ids of the feed.
    stations : GeoDataFrame
        Stations that have coordinates.
    station_of_stop : Series
        Station id of each stop id of the feed.
    report : list of str
        Gets a line for each kind of thing left out or changed.

    Returns
    -------
    DataFrame
        One row per call in running order: ``trip`` (row in `trips`), ``run`` (one train on the
        road; a trip of frequencies.txt has several), ``stop_sequence``, ``station_id``,
        ``arrival_s`` and ``departure_s``.

    Raises
    ------
    InputFileError
        If stop_times.txt or frequencies.txt is missing a column, names what other tables do not
        hold, or has a time or number that cannot be read.
    """
    calls = _calls_of(files, known_trips, trips.index, station_of_stop)
    calls = _mend_midnight(calls, trips, report)
    calls = _interpolate(calls)
    calls = _without_unlocated(calls, stations, report)
    calls = _without_bad_times(calls, trips, report)
    calls = _expand_frequencies(files, calls, trips)
    return _merge_duplicates(calls, trips, report)


def report_line(names: Iterable[str], what: str) -> str:
    """One line of a report: how many, what, and some examples.

    Parameters
    ----------
    names : iterable of str
        All the things meant.
    what : str
        What they are and what became of them.

    Returns
    -------
    str
        The line.

    Examples
    --------
    >>> report_line(["G1", "G3"], "trips of fewer than two stops dropped")
    'trips of fewer than two stops dropped: 2 (G1, G3)'
    """
    names = list(names)
    shown = ", ".join(names[:_EXAMPLES]) + (", ..." if len(names) > _EXAMPLES else "")
    return f"{what}: {len(names)} ({shown})"


def _calls_of(
    files: GtfsFiles, known_trips: pd.Index, trip_ids: pd.Index, station_of_stop: pd.Series
) -> pd.DataFrame:
    """Calls of the given trips in running order; blank times are `NO_TIME`."""
    columns = ["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"]
    table = files.read("stop_times", required=columns)
    where = f"{files.path}: stop_times.txt"
    for column, known, home in (
        ("trip_id", known_trips, "trips.txt"),
        ("stop_id", station_of_stop.index, "stops.txt"),
    ):
        strange = table.index[~table[column].isin(known)]
        if len(strange):
            raise InputFileError(
                f"{where} line {strange[0]}: {column} {table.loc[strange[0], column]!r} is not in "
                f"{home} ({len(strange)} such lines)",
                remedy="the feed is incomplete; download it again, or ask its publisher",
            )
    trip = trip_ids.get_indexer(pd.Index(table["trip_id"]))
    table, trip = table[trip >= 0], trip[trip >= 0]
    sequence = pd.to_numeric(table["stop_sequence"], errors="coerce")
    if sequence.isna().any():
        line = table.index[sequence.isna()][0]
        raise InputFileError(
            f"{where} line {line}: stop_sequence {table.loc[line, 'stop_sequence']!r} is not a "
            "number",
            remedy="number the stops of a trip upwards",
        )
    arrival = parse_times(table["arrival_time"], where=where)
    departure = parse_times(table["departure_time"], where=where)
    arrival, departure = (
        np.where(arrival == NO_TIME, departure, arrival),
        np.where(departure == NO_TIME, arrival, departure),
    )
    calls = pd.DataFrame(
        {
            "trip": trip,
            "run": trip,
            "stop_sequence": sequence.to_numpy(dtype=np.int64),
            "station_id": station_of_stop.reindex(table["stop_id"]).to_numpy(),
            "arrival_s": arrival,
            "departure_s": departure,
        }
    ).iloc[np.lexsort((sequence, trip))]
    # nobody arrives at the first stop or leaves from the last: what is written there may be filler
    first, last = _ends(calls["trip"].to_numpy())
    return calls.assign(
        arrival_s=np.where(first, calls["departure_s"], calls["arrival_s"]),
        departure_s=np.where(last & ~first, calls["arrival_s"], calls["departure_s"]),
    ).reset_index(drop=True)


def _mend_midnight(calls: pd.DataFrame, trips: pd.DataFrame, report: list[str]) -> pd.DataFrame:
    """Move the time that is a day off at a stop reached before and left after midnight."""
    arrival, departure = calls["arrival_s"].to_numpy(), calls["departure_s"].to_numpy()
    first, last = _ends(calls["trip"].to_numpy())
    before, after = np.roll(departure, 1), np.roll(arrival, -1)
    wrong = ~first & ~last & (departure < arrival) & (departure + _DAY_S > arrival)
    leaves_next_day = wrong & (departure + _DAY_S < after)
    came_day_before = wrong & ~leaves_next_day & (before != NO_TIME) & (arrival - _DAY_S > before)
    mended = leaves_next_day | came_day_before
    if mended.any():
        numbers = trips["train"].iloc[np.unique(calls["trip"].to_numpy()[mended])]
        report.append(
            report_line(numbers, "trains that stand at a station over midnight, day mended")
        )
    return calls.assign(
        arrival_s=np.where(came_day_before, arrival - _DAY_S, arrival),
        departure_s=np.where(leaves_next_day, departure + _DAY_S, departure),
    )


def _interpolate(calls: pd.DataFrame) -> pd.DataFrame:
    """Fill blank times between two timed stops of a trip evenly by stop order."""
    arrival, departure = calls["arrival_s"].to_numpy(), calls["departure_s"].to_numpy()
    trip = calls["trip"].to_numpy()
    known = arrival != NO_TIME
    if known.all():
        return calls
    row = np.arange(len(calls))
    before = np.maximum.accumulate(np.where(known, row, 0))
    after = np.minimum.accumulate(np.where(known, row, len(row) - 1)[::-1])[::-1]
    fill = ~known & known[before] & known[after] & (trip[before] == trip) & (trip[after] == trip)
    share = (row - before) / np.maximum(after - before, 1)
    between = np.rint(departure[before] + share * (arrival[after] - departure[before]))
    return calls.assign(
        arrival_s=np.where(fill, between, arrival).astype(np.int64),
        departure_s=np.where(fill, between, departure).astype(np.int64),
    )


def _without_unlocated(
    calls: pd.DataFrame, stations: gpd.GeoDataFrame, report: list[str]
) -> pd.DataFrame:
    """Calls at stations that have coordinates."""
    located = calls["station_id"].isin(stations.index)
    if not located.all():
        nowhere = calls.loc[~located, "station_id"].drop_duplicates()
        report.append(
            report_line(
                nowhere,
                "stations without usable coordinates dropped, trains keep their other stops",
            )
        )
    return calls[located]


def _without_bad_times(calls: pd.DataFrame, trips: pd.DataFrame, report: list[str]) -> pd.DataFrame:
    """Trips of two stops or more whose times are known and increase."""
    trip = calls["trip"].to_numpy()
    arrival, departure = calls["arrival_s"].to_numpy(), calls["departure_s"].to_numpy()
    untimed = np.unique(trip[arrival == NO_TIME])
    inner = ~_ends(trip)[0]
    backwards = (departure < arrival) | (inner & (arrival <= np.roll(departure, 1)))
    backwards_trips = np.setdiff1d(trip[backwards], untimed)
    length = np.bincount(trip, minlength=len(trips))
    short = np.flatnonzero(length < 2)
    for rows, what in (
        (untimed, "trips without a time at the first or last stop dropped"),
        (backwards_trips, "trips whose times do not increase from stop to stop dropped"),
        (
            np.setdiff1d(short, [*untimed, *backwards_trips]),
            "trips of fewer than two stops dropped",
        ),
    ):
        if len(rows):
            report.append(report_line(trips["train"].iloc[rows], what))
    bad = np.concatenate([untimed, backwards_trips, short])
    return calls[~calls["trip"].isin(bad)]


def _expand_frequencies(files: GtfsFiles, calls: pd.DataFrame, trips: pd.DataFrame) -> pd.DataFrame:
    """Replace each trip of frequencies.txt by its runs, one a headway."""
    columns = ["trip_id", "start_time", "end_time", "headway_secs"]
    table = files.read("frequencies", required=columns, may_lack=True)
    table = table[table["trip_id"].isin(trips.index)]
    if table.empty:
        return calls
    where = f"{files.path}: frequencies.txt"
    start = parse_times(table["start_time"], where=where)
    end = parse_times(table["end_time"], where=where)
    headway = pd.to_numeric(table["headway_secs"], errors="coerce").fillna(0).astype(np.int64)
    useless = (headway <= 0).to_numpy() | (start == NO_TIME) | (end == NO_TIME)
    if useless.any():
        raise InputFileError(
            f"{where} line {table.index[useless][0]}: start, end or headway is missing or not "
            "positive",
            remedy="give start_time, end_time and headway_secs",
        )
    starts = [np.arange(a, b, step) for a, b, step in zip(start, end, headway, strict=True)]
    template = trips.index.get_indexer(pd.Index(table["trip_id"]))
    runs = pd.DataFrame(
        {
            "trip": np.repeat(template, [len(times) for times in starts]),
            "start_s": np.concatenate(starts),
        }
    ).drop_duplicates()
    plain = calls[~calls["trip"].isin(template)]
    # runs of one trip stay together, in the order of the feed
    runs = pd.concat(
        [runs, pd.DataFrame({"trip": plain["trip"].unique(), "start_s": NO_TIME})]
    ).sort_values(["trip", "start_s"])
    runs["run"] = np.arange(len(runs))
    expanded = calls.drop(columns="run").merge(runs, on="trip")
    begin = expanded.groupby("run")["departure_s"].transform("min")
    shift = np.where(expanded["start_s"] == NO_TIME, 0, expanded["start_s"] - begin)
    return (
        expanded.assign(
            arrival_s=expanded["arrival_s"] + shift, departure_s=expanded["departure_s"] + shift
        )
        .drop(columns="start_s")
        .sort_values(["run", "stop_sequence"], kind="stable", ignore_index=True)
    )


def _merge_duplicates(calls: pd.DataFrame, trips: pd.DataFrame, report: list[str]) -> pd.DataFrame:
    """Keep the first of the runs that are alike in every station and time."""
    if calls.empty:
        return calls
    run = calls["run"].to_numpy()
    starts = np.flatnonzero(_ends(run)[0])
    content = np.column_stack(
        [pd.factorize(calls["station_id"])[0], calls["arrival_s"], calls["departure_s"]]
    )
    train = trips["train"].to_numpy()[calls["trip"].to_numpy()]
    first_run: dict[bytes, int] = {}
    merged: list[int] = []
    pairs: list[str] = []
    for begin, end in zip(starts, [*starts[1:], len(run)], strict=True):
        kept = first_run.setdefault(content[begin:end].tobytes(), int(begin))
        if kept != begin:
            merged.append(run[begin])
            pairs.append(f"{train[begin]} = {train[kept]}")
    if merged:
        report.append(report_line(pairs, "trips with the stations and times of another merged"))
    return calls[~np.isin(run, merged)]


def _ends(group: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are the first and the last of their (consecutive) group."""
    change = np.concatenate([[True], group[1:] != group[:-1], [True]])
    return change[:-1], change[1:]
