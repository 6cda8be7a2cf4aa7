"""Whole-day rail profiles of five origins against a plain connection scan for every minute.

Run from the project folder: `python benchmarks/bench_rail_profile.py`. Both give the earliest
arrival at every station of the country for each of the 1440 minutes, which has to be equal.
"""

import resource
import time
from pathlib import Path

import numba
import numpy as np
import pandas as pd

from toolkit.analysis.departures import NO_ARRIVAL, WHOLE_DAY, departure_seconds
from toolkit.analysis.kernels.connection_scan import earliest_arrivals, profile_scan
from toolkit.analysis.rail_profile import rail_profile
from toolkit.analysis.train_days import TrainDays, station_changes
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

FEED = Path(__file__).parents[2] / "shared" / "data" / "rail" / "china_rail_2023-12-15.gtfs.zip"
ORIGINS = {
    "Beijing": "110000",
    "Shanghai": "310000",
    "Guangzhou": "440100",
    "Wuhan": "420100",
    "Shijiazhuang": "130100",
}
LONGEST_S = 48 * 3600
TURNS = 3


def main() -> None:
    if not FEED.exists():
        print(f"skipped: {FEED.name} is not there")
        return
    timetable = Timetable.from_gtfs(FEED)
    places = reference.stations()
    places = places[places["in_2023"] & places["within_25_km_of_seat"]]
    city = places["adcode"].dropna()
    changes = station_changes(timetable.stops.index, city)
    trains, prepared_s = timed(lambda: TrainDays.build(timetable, changes, days_after=3))
    print(f"{timetable}; {len(trains.run):,} connections in four days, {len(changes):,} changes")
    print(f"prepared once a timetable in {prepared_s:.2f} s")
    print("| origin | stations | scan s | arrivals s | statistics s | all s | plain s | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name, adcode in ORIGINS.items():
        access = pd.Series(0.0, index=city.index[city == adcode])
        row, results = measured(timetable, city, trains, access)
        assert np.array_equal(*results), name
        print(f"| {name} | {len(access)} | " + " | ".join(f"{value:.3g}" for value in row) + " |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process {peak:,.0f} MiB")


def measured(timetable, city, trains, access):
    """Seconds of each part and of the plain scan, and both results."""
    departure_s = departure_seconds(WHOLE_DAY)
    leaving_s = np.append(departure_s, departure_s[-1] + 60).astype(np.int32)
    last_s = int(leaving_s[-1]) + LONGEST_S
    access_s = np.full(len(timetable.stops), -1, dtype=np.int32)
    access_s[timetable.stops.index.get_indexer(access.index)] = 0
    changes = (trains.change_indptr, trains.change_from, trains.change_s)
    scan, scan_s = timed(
        lambda: profile_scan(
            trains.departure_s, trains.arrival_s, trains.from_stop, trains.run, trains.waiting_s,
            trains.slots, *changes, access_s, n_runs=trains.n_runs, first_s=0, last_s=last_s,
        )
    )  # fmt: skip
    found, fill_s = timed(lambda: earliest_arrivals(scan, trains.slots, leaving_s, LONGEST_S))
    profile = rail_profile(timetable, access, station_city=city, window=WHOLE_DAY)
    _, table_s = timed(profile.times.table)
    plain, plain_s = timed(lambda: every_minute(trains, access_s, leaving_s), turns=1)
    every_s = scan_s + fill_s + table_s
    row = scan_s, fill_s, table_s, every_s, plain_s, plain_s / (scan_s + fill_s)
    return row, (found, plain)


def timed(run, turns=TURNS):
    """Result and best seconds of some turns, after one to compile."""
    result, best = run(), np.inf
    for _ in range(turns):
        start = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - start)
    return result, best


def every_minute(trains, access_s, leaving_s):
    """Earliest arrivals by one scan a minute."""
    order = np.argsort(trains.change_from, kind="stable")
    stops = np.repeat(np.arange(len(access_s)), np.diff(trains.change_indptr))
    indptr = np.searchsorted(trains.change_from[order], np.arange(len(access_s) + 1))
    arrivals = np.full((len(access_s), len(leaving_s)), NO_ARRIVAL, dtype=np.int32)
    for column, leaving in enumerate(leaving_s):
        begin, end = np.searchsorted(trains.departure_s, [leaving, leaving + LONGEST_S])
        arrivals[:, column] = plain_scan(
            trains.departure_s, trains.arrival_s, trains.from_stop, trains.to_stop, trains.run,
            trains.waiting_s, indptr, stops[order].astype(np.int32), trains.change_s[order],
            access_s, trains.n_runs, begin, end, leaving,
        )  # fmt: skip
    late = arrivals.astype(np.int64) - leaving_s > LONGEST_S
    return np.where(late, NO_ARRIVAL, arrivals)


@numba.njit(cache=True)
def plain_scan(  # noqa: PLR0917 - arrays of one scan, in the order of the kernel
    departure_s, arrival_s, from_stop, to_stop, run, waiting_s, indptr, change_to, change_s,
    access_s, n_runs, begin, end, leaving,
):  # fmt: skip
    """One connection scan from one time of leaving."""
    aboard = np.zeros(n_runs, dtype=np.bool_)
    ready = np.full(access_s.size, NO_ARRIVAL, dtype=np.int64)
    arrived = np.full(access_s.size, NO_ARRIVAL, dtype=np.int32)
    for c in range(begin, end):
        stop, now = from_stop[c], departure_s[c]
        from_door = access_s[stop] >= 0 and leaving + access_s[stop] + waiting_s[c] <= now
        if aboard[run[c]] or ready[stop] <= now or from_door:
            aboard[run[c]] = True
            here = to_stop[c]
            if arrival_s[c] < arrived[here]:
                arrived[here] = arrival_s[c]
                for i in range(indptr[here], indptr[here + 1]):
                    ready[change_to[i]] = min(ready[change_to[i]], arrival_s[c] + change_s[i])
    return arrived


if __name__ == "__main__":
    main()
