"""Rail profiles: a drawn day, brute force from the stop times, and the national timetable.

The drawn day (waiting 15 min for G, 10 for C; change 15 at a station, 40 within a city):

G1   a1 08:00 ── b 08:30/08:32 ── c 09:00
C2   a2 08:20 ── b 08:40
G3   b  08:45 ── c 09:05
G4   b2 09:20 ── d 09:50              b and b2 are stations of one city
K5   a1 23:30 ── b 00:40/00:50 ── c 02:00
"""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from toolkit.analysis.departures import (
    MORNING,
    NO_ARRIVAL,
    WHOLE_DAY,
    DepartureTimes,
    clock,
    departure_seconds,
)
from toolkit.analysis.rail import rail_arrivals, waiting_min
from toolkit.analysis.rail_profile import city_profile, rail_profile, rail_profiles
from toolkit.analysis.train_days import TrainDays, station_changes
from toolkit.errors import InputFileError, MissingDataError, UnknownNameError
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources import reference

EVEN = Settings(waiting_intercity_min=15.0)  # one waiting time, so that it can be taken off
CITY = pd.Series({"a1": "A", "a2": "A", "b": "B", "b2": "B", "c": "C", "d": "D"})
DRAWN = {
    "G1": [("a1", 480, 480), ("b", 510, 512), ("c", 540, 540)],
    "C2": [("a2", 500, 500), ("b", 520, 520)],
    "G3": [("b", 525, 525), ("c", 545, 545)],
    "G4": [("b2", 560, 560), ("d", 590, 590)],
    "K5": [("a1", 1410, 1410), ("b", 1480, 1490), ("c", 1560, 1560)],
}


def timetable(trains, stations=None):
    """A day of trains, each a list of (station, arrival, departure) in minutes."""
    stations = sorted(stations or {s for calls in trains.values() for s, _, _ in calls})
    names = pd.Series(list(trains), dtype="str")
    return Timetable(
        stops=gpd.GeoDataFrame(
            {"name_zh": stations, "name_en": stations},
            index=pd.Index(stations, name="station_id"),
            geometry=gpd.points_from_xy(range(len(stations)), range(len(stations))),
            crs=4326,
        ),
        trips=pd.DataFrame(
            {
                "train": names,
                "train_class": np.where(names.str[0].isin(["G", "D", "C"]), "fast", "other"),
                "kind": names.str[0],
            },
            index=pd.RangeIndex(len(names), name="trip_id"),
        ),
        stop_times=pd.DataFrame(
            [
                (trip, i, station, round(arrival * 60), round(departure * 60))
                for trip, calls in enumerate(trains.values())
                for i, (station, arrival, departure) in enumerate(calls)
            ],
            columns=["trip_id", "stop_sequence", "station_id", "arrival_s", "departure_s"],
        ),
        date="2023-12-15",
    )


@pytest.fixture
def drawn():
    return timetable(DRAWN)


def profile(day, access, **options):
    return rail_profile(day, pd.Series(access, dtype=float), station_city=CITY, **options)


def minutes(found, station, minute):
    return found.times.at(minute)[station]


def test_waiting_for_the_train_counts_from_the_door(drawn):
    found = profile(drawn, {"a1": 0})
    assert minutes(found, "c", "07:45") == 75  # 15 waiting, 60 on the way
    assert minutes(found, "c", "07:30") == 90
    assert minutes(found, "c", "07:46") == 26 * 60 - 466  # missed: K5 in the night


def test_bus_like_trains_are_boarded_later(drawn):
    found = profile(drawn, {"a2": 0})
    assert minutes(found, "b", "08:10") == 30
    assert minutes(found, "b", "08:11") == 24 * 60 + 29


def test_access_is_spent_before_waiting_and_the_better_station_is_used(drawn):
    found = profile(drawn, {"a1": 20.5, "a2": 30})
    assert minutes(found, "b", "07:24") == 66  # a1 in time for G1
    assert minutes(found, "b", "07:25") == 75  # half a minute late for it; C2 from a2
    assert found.itinerary("b", "07:24").rides[0].from_id == "a1"
    assert found.itinerary("b", "07:25").rides[0].from_id == "a2"


def test_change_within_a_station_and_between_stations_of_a_city(drawn):
    found = profile(drawn, {"a1": 0})
    assert minutes(found, "d", "07:45") == 125
    journey = found.itinerary("d", "07:45")
    assert [(ride.train, ride.from_id, ride.to_id) for ride in journey.rides] == [
        ("G1", "a1", "b"),
        ("G4", "b2", "d"),
    ]
    late = Settings(change_between_stations_min=51)
    assert minutes(profile(drawn, {"a1": 0}, settings=late), "d", "07:45") == 125 + 1440
    # G3 cannot be caught from C2 in 5 minutes, nor is there a change to limit to none
    assert minutes(profile(drawn, {"a2": 0}, changes_max=0), "c", "08:00") == np.inf
    assert np.isinf(minutes(profile(drawn, {"a1": 0}, changes_max=0), "d", "07:45"))


def test_a_through_train_with_two_numbers_is_one_ride():
    """D3 becomes D2 on its way; one stays seated, and no change is made."""
    toy = Path(__file__).parents[1] / "data" / "gtfs" / "toy"
    day = Timetable.from_gtfs(toy, date="2023-12-15")
    found = profile(day, {"C": 0}, window=WHOLE_DAY, changes_max=0)
    assert minutes(found, "A", "09:45") == 95
    (ride,) = found.itinerary("A", "09:45").rides
    assert (ride.train, ride.from_id, ride.to_id) == ("D3/D2", "C", "A")
    assert (ride.departure_s, ride.arrival_s) == (10 * 3600, 11 * 3600 + 20 * 60)


def test_own_changes_replace_those_of_the_settings(drawn):
    quick = pd.DataFrame({"from_id": ["b", "x"], "to_id": ["b", "b"], "minutes": [5.0, 0.0]})
    found = profile(drawn, {"a2": 0}, changes=quick)
    assert minutes(found, "c", "08:10") == 55
    assert [ride.train for ride in found.itinerary("c", "08:10").rides] == ["C2", "G3"]
    assert np.isinf(minutes(profile(drawn, {"a1": 0}, changes=quick), "d", "07:45"))


def test_night_trains_of_the_day_before_of_the_day_and_of_the_day_after(drawn):
    found = profile(drawn, {"a1": 0, "b": 0}, window=WHOLE_DAY)
    early = found.itinerary("c", "00:30").rides[0]
    assert (early.train, early.from_id, early.day) == ("K5", "b", -1)
    assert (early.departure_s, early.arrival_s) == (50 * 60, 120 * 60)
    late = found.itinerary("c", "23:59").rides[0]  # left when the train is under way
    assert (late.train, late.from_id, late.day) == ("K5", "b", 0)
    found = profile(drawn, {"a1": 0}, window=WHOLE_DAY)
    caught = found.itinerary("c", "23:15").rides[0]
    assert (caught.train, caught.day, caught.arrival_s) == ("K5", 0, 1560 * 60)
    missed = found.itinerary("c", "23:16").rides[0]
    assert (missed.train, missed.day, missed.departure_s) == ("G1", 1, 86_400 + 480 * 60)


def test_longer_journeys_count_as_none(drawn):
    assert minutes(profile(drawn, {"a1": 0}, longest_h=1.25), "c", "07:45") == 75
    assert np.isinf(minutes(profile(drawn, {"a1": 0}, longest_h=1.25), "c", "07:44"))
    # 07:45 is the one departure to catch; that waiting gets short enough is none
    assert profile(drawn, {"a1": 0}, longest_h=1.25).times.departures()["c"] == 1
    late = profile(drawn, {"a1": 0}, longest_h=1.25, alighting_min=1)
    assert np.isinf(minutes(late, "c", "07:45"))


def test_alighting_is_added_once_and_changes_nothing_else(drawn):
    plain, more = profile(drawn, {"a1": 0}), profile(drawn, {"a1": 0}, alighting_min=4.5)
    reached = np.isfinite(plain.times.at("07:30"))
    assert set(reached.index[reached]) == {"b", "c", "d"}
    assert (more.times.at("07:30") - plain.times.at("07:30"))[reached].eq(4.5).all()
    assert more.itinerary("d", "07:30").arrival_s == 590 * 60 + 270


def test_a_day_without_trains_reaches_nothing():
    empty = timetable({}, ["a1", "b"])
    found = profile(empty, {"a1": 0})
    assert np.isinf(found.times.at("07:30")).all()
    assert found.itinerary("b", "07:30") is None


def test_a_station_one_starts_at_is_reached_by_train_only(drawn):
    assert np.isinf(minutes(profile(drawn, {"a1": 0, "a2": 0}), "a1", "07:30"))


def test_statistics_of_a_window(drawn):
    table = profile(drawn, {"a1": 0, "a2": 0}, longest_h=4).times.table([50, 80, 100.5])
    b = table.loc["b"]
    # leaving 07:00 to 07:45 by G1 (90 to 45 min), 07:46 to 08:10 by C2 (54 to 30), then nothing
    assert b["fastest_min"] == 30
    assert b["fastest_departure"] == "08:10"
    assert b["departures"] == 2
    assert b["median_min"] == sorted([*range(45, 91), *range(30, 55)])[59]
    assert np.isinf(b["p90_min"])
    assert b["within_50"] == (6 + 21) / 120
    assert b["within_100.5"] == (46 + 25) / 120
    assert table.loc["a1", ["departures", "within_80", "fastest_departure"]].tolist() == [0, 0, ""]


def test_a_departure_at_the_end_of_the_window_counts_in_the_window_that_has_it(drawn):
    for window, number in ((("07:40", "07:45"), 0), (("07:45", "07:46"), 1), (MORNING, 1)):
        assert profile(drawn, {"a1": 0}, window=window).times.departures()["c"] == number


def test_city_is_reached_by_its_best_station(drawn):
    found = profile(drawn, {"a1": 0})
    egress = pd.Series({"b": 30.0, "b2": 0.0, "c": 12.25, "d": np.inf, "x": 3.0})
    cities = city_profile(found, egress)
    assert cities.times.places.tolist() == ["B", "C"]
    assert cities.times.at("07:45").to_dict() == {"B": 75.0, "C": 87.25}
    journey = cities.itinerary("C", "07:30")
    assert (journey.minutes, journey.rides[-1].to_id) == (102.25, "c")
    assert str(journey) == "leave 07:30; G1 a1 08:00 - c 09:00; arrive 09:12"
    assert city_profile(profile(drawn, {"b2": 0}), egress).itinerary("C", "07:30") is None


def test_profiles_of_several_origins_are_those_of_each(drawn):
    origins = {"one": pd.Series({"a1": 0.0}), "two": pd.Series({"a2": 5.0, "b": np.inf})}
    found = dict(rail_profiles(drawn, origins, station_city=CITY))
    assert list(found) == ["one", "two"]
    for name, access in origins.items():
        alone = rail_profile(drawn, access, station_city=CITY)
        assert np.array_equal(found[name].times.arrival_s, alone.times.arrival_s)
    assert minutes(found["two"], "c", "08:10") > 60  # b is infinitely far


def test_errors_name_what_is_wrong(drawn):
    with pytest.raises(UnknownNameError, match="'x' is not among the 6 places"):
        profile(drawn, {"x": 0})
    with pytest.raises(UnknownNameError, match="09:00 is not a departure minute"):
        profile(drawn, {"a1": 0}).times.at("09:00")
    with pytest.raises(UnknownNameError, match="'x'"):
        profile(drawn, {"a1": 0}).itinerary("x", "07:30")
    for access in ({"a1": -1}, {"a1": np.nan}):
        with pytest.raises(ValueError, match="access time"):
            profile(drawn, access)
    with pytest.raises(ValueError, match="egress time"):
        city_profile(profile(drawn, {"a1": 0}), pd.Series({"b": -0.1}))
    with pytest.raises(ValueError, match="changes_max"):
        profile(drawn, {"a1": 0}, changes_max=-1)
    with pytest.raises(ValueError, match="minutes of a change"):
        profile(
            drawn, {"a1": 0}, changes=station_changes(drawn.stops.index, CITY).assign(minutes=-1)
        )
    for window in (("09:00", "09:00"), ("7", "9"), ("07:00", "24:01"), ("07:60", "09:00")):
        with pytest.raises(InputFileError):
            departure_seconds(window)
    with pytest.raises(MissingDataError, match="not single trains"):
        profile(Timetable.from_reference("2023-12-15"), {"VNP": 0})


def test_quantiles_agree_with_shares():
    rng = np.random.default_rng(3)
    arrival = np.sort(rng.integers(30_000, 40_000, (30, 61)), axis=1).astype(np.int32)
    arrival[rng.random(arrival.shape) < 0.3] = NO_ARRIVAL
    times = DepartureTimes(pd.RangeIndex(30), np.arange(0, 3600, 60, dtype=np.int32), arrival)
    for share in (0.07, 0.5, 0.9, 1.0):
        value = times.quantile(share)
        finite = np.isfinite(value)
        for place in value.index[finite]:
            assert times.share_within(value[place])[place] >= share
            assert times.share_within(value[place] - 1 / 60)[place] < share
        assert (times.share_within(10**6)[~finite] < share).all()
    assert times.median().equals(times.quantile(0.5))
    assert times.table()["median_min"].equals(times.median())


# brute force: every call of every train of nine days, a graph of events, one search a minute


def rides_of_nine_days(day, settings, first_s, last_s):
    """(departure, arrival, from, to, train, waiting) of all trains from call to call."""
    rides = []
    for trip, calls in day.stop_times.groupby("trip_id"):
        wait = round(waiting_min(day.trips["train"][trip], settings) * 60)
        rows = calls[["station_id", "arrival_s", "departure_s"]].to_numpy().tolist()
        for shift in range(-4 * 86_400, 5 * 86_400, 86_400):
            for (start, _, departure), (end, arrival, _) in pairwise(rows):
                rides.append((departure + shift, arrival + shift, start, end, (trip, shift), wait))
    return [ride for ride in rides if first_s <= ride[0] <= last_s]


def brute_force(day, access, changes, *, leaving_s, changes_max, settings, longest_s):
    """Earliest arrival at each station by Dijkstra among events; nothing shared with the scan."""
    rides = rides_of_nine_days(day, settings, leaving_s, leaving_s + longest_s)
    by_train = {}
    for i, ride in enumerate(rides):
        by_train.setdefault(ride[4], []).append(i)
    graph = nx.DiGraph()
    graph.add_node("door")
    layers = range(1 if changes_max is None else changes_max + 1)
    for i, (departure, arrival, start, end, train, wait) in enumerate(rides):
        if start in access and leaving_s + round(access[start] * 60) + wait <= departure:
            graph.add_edge("door", (i, 0), weight=arrival - leaving_s)
        following = [(j, 0) for j in by_train[train] if rides[j][0] >= arrival]
        following += [
            (j, 1)
            for j, (later, _, boarding, *_) in enumerate(rides)
            if (end, boarding) in changes and arrival + changes[end, boarding] <= later
        ]
        for j, change in following:
            for layer in layers:
                target = layer if changes_max is None else layer + change
                if target in layers:
                    graph.add_edge((i, layer), (j, target), weight=rides[j][1] - arrival)
    best = dict.fromkeys(day.stops.index, NO_ARRIVAL)
    for node, length in nx.single_source_dijkstra_path_length(graph, "door").items():
        if node != "door" and length <= longest_s:
            end = rides[node[0]][3]
            best[end] = min(best[end], leaving_s + length)
    return best


@st.composite
def days(draw):
    """Up to five trains, some through midnight and some longer than a day, among five stations."""
    trains = {}
    for number in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, 1439))
        stations = draw(st.lists(st.sampled_from("abcde"), min_size=2, max_size=4))
        calls = []
        for station in stations:
            if calls and calls[-1][0] == station:
                continue
            arrival = at + (draw(st.integers(1, 700)) if calls else 0)
            at = arrival + draw(st.integers(0, 60))
            calls.append((station, arrival, at))
        if len(calls) > 1:
            trains[draw(st.sampled_from("GCK")) + str(number)] = calls
    return trains


@given(
    days().filter(bool),
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from([0.0, 7.0, 12.4, 33.3]), min_size=1),
    st.sampled_from([None, 0, 1, 2]),
    st.integers(0, 1437),
    st.sampled_from([3, 20, 48]),
)
@hypothesis_settings(deadline=None)
def test_every_minute_equals_brute_force(trains, access, changes_max, first, longest_h):
    day = timetable(trains, "abcde")
    city = pd.Series({"a": "1", "b": "2", "c": "2", "d": "3", "e": ""})
    settings = Settings(change_same_station_min=9.5, change_between_stations_min=21)
    changes = {(s, s): 570 for s in "abcde"} | {("b", "c"): 1260, ("c", "b"): 1260}
    found = rail_profile(
        day,
        pd.Series(access, dtype=float),
        station_city=city,
        window=(clock(first * 60), clock((first + 3) * 60).replace("00:00+1", "24:00")),
        changes_max=changes_max,
        longest_h=longest_h,
        settings=settings,
    )
    for column, leaving_s in enumerate(found.times.departure_s.tolist()):
        expected = brute_force(
            day,
            access,
            changes,
            leaving_s=leaving_s,
            changes_max=changes_max,
            settings=settings,
            longest_s=longest_h * 3600,
        )
        assert dict(zip(day.stops.index, found.times.arrival_s[:, column], strict=True)) == expected


@given(days().filter(bool), st.sampled_from([0, 1]))
@hypothesis_settings(deadline=None, max_examples=40)
def test_best_case_is_never_longer_and_equal_for_direct_trains(trains, changes):
    day = timetable(trains, "abcde")
    city = pd.Series({"a": "1", "b": "2", "c": "2", "d": "3", "e": "4"})
    # a round trip in one train is no service, but a way back
    assume(not any(len({s for s, *_ in calls}) < len(calls) for calls in trains.values()))
    access = pd.Series({"a": 0.0, "b": 4.0})
    best_case = rail_arrivals(
        day.services(), city, access, waiting=True, changes=changes, settings=EVEN
    )
    found = rail_profile(
        day, access, station_city=city, window=WHOLE_DAY, changes_max=changes,
        longest_h=96, settings=EVEN,
    )  # fmt: skip
    fastest = found.times.fastest()
    for station in "abcde":
        assert fastest[station] >= best_case.minutes[station]
        if len(best_case.itinerary[station]) == 1:
            assert fastest[station] == best_case.minutes[station]


@given(days().filter(bool))
@hypothesis_settings(deadline=None, max_examples=30)
def test_the_next_day_is_like_the_day(trains):
    """Leaving a day later is the same journey, so shifting all trains by a day changes nothing."""
    shifted = {
        train: [(station, a + 1440, d + 1440) for station, a, d in calls]
        for train, calls in trains.items()
    }
    options = {"station_city": CITY, "window": ("05:00", "06:00"), "longest_h": 30}
    for start in "ab":
        here = pd.Series({start: 3.0})
        one = rail_profile(timetable(trains, "abcde"), here, **options).times.arrival_s
        two = rail_profile(timetable(shifted, "abcde"), here, **options).times.arrival_s
        assert np.array_equal(one, two)


def test_train_days_number_runs_and_days_on():
    trains = TrainDays.build(timetable(DRAWN), station_changes(pd.Index(["b"]), CITY), days_after=2)
    for connection in range(len(trains.run)):
        ride = trains.ride(connection, connection)
        calls = DRAWN[ride.train]
        legs = [(start[2], end[1]) for start, end in pairwise(calls)]
        shift = ride.day * 1440
        assert (ride.departure_s // 60 - shift, ride.arrival_s // 60 - shift) in legs
    pairs = set(zip(trains.run, trains.departure_s, strict=True))
    assert len(pairs) == len(trains.run) == 7 * 3 + 1  # and K5 at b, from the night before
    assert trains.run.max() < trains.n_runs


# the national timetable


@pytest.fixture(scope="module")
def national(shared):
    return Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))


@pytest.fixture(scope="module")
def stations():
    table = reference.stations()
    table = table[table["in_2023"] & table["within_25_km_of_seat"]]
    return table["adcode"].dropna()


@pytest.fixture(scope="module")
def from_beijing(national, stations):
    """Profiles of the whole day from any main station of Beijing, by most changes."""

    def find(changes_max):
        found = rail_profile(
            national,
            pd.Series(0.0, index=stations.index[stations == "110000"]),
            station_city=stations,
            window=WHOLE_DAY,
            changes_max=changes_max,
            settings=EVEN,
        )
        return city_profile(found, pd.Series(0.0, index=stations.index))

    return {most: find(most) for most in (0, 1)}


def test_fastest_direct_trains_are_those_of_the_printed_table(from_beijing):
    printed = reference.city_services("2023-12-15", "core25")
    printed = printed[printed["from_adcode"] == "110000"].groupby("to_adcode")["fastest_min"].min()
    assert len(printed) == 12
    fastest = from_beijing[0].times.fastest()[printed.index]
    assert (fastest - EVEN.waiting_min).astype(int).to_dict() == printed.to_dict()


def test_hengshui_by_a_change_at_shijiazhuang(from_beijing):
    direct, changed = (found.times.table().loc["131100"] for found in from_beijing.values())
    assert direct["fastest_min"] == 128 + 15
    assert changed["fastest_min"] == 131  # the best case, 60 + 15 + 38 + 15, never connects
    assert changed["departures"] > direct["departures"]
    journey = from_beijing[1].itinerary("131100", changed["fastest_departure"])
    assert journey.minutes == 131
    assert [(ride.train, ride.from_id, ride.to_id) for ride in journey.rides] == [
        ("G893", "BXP", "SJP"),
        ("G3683/G3682", "SJP", "IHP"),
    ]


def test_best_case_of_the_national_timetable_is_never_longer(national, stations):
    chosen = stations[stations.str.startswith(("11", "12", "13"))]
    day = Timetable(
        national.stops.loc[national.stops.index.isin(chosen.index)],
        national.trips,
        national.stop_times[national.stop_times["station_id"].isin(chosen.index)],
        date=national.date,
    )
    access = pd.Series(0.0, index=chosen.index[chosen == "130100"])
    best_case = rail_arrivals(
        day.services(), chosen, access, waiting=True, changes=1, settings=EVEN
    )
    found = rail_profile(
        day, access, station_city=chosen, window=WHOLE_DAY, changes_max=1, settings=EVEN
    )
    fastest = found.times.fastest()
    expected = best_case.minutes[fastest.index]
    reached = np.isfinite(expected) & np.isfinite(fastest)
    assert reached.sum() > 50
    assert (fastest >= expected).all()
    direct = best_case.itinerary[fastest.index].map(len) == 1
    assert (fastest[direct] == expected[direct]).all()


def test_journeys_are_in_the_stop_times(national, stations):
    rng = np.random.default_rng(4)
    calls = national.stop_times
    trip_ids = calls["trip_id"].to_numpy()  # sorted
    origins = {str(station): pd.Series({station: 6.0}) for station in rng.choice(stations.index, 3)}
    changes = station_changes(national.stops.index, stations).set_index(["from_id", "to_id"])
    seen = 0
    for origin, found in rail_profiles(
        national, origins, station_city=stations, window=("17:00", "19:00")
    ):
        for station in rng.choice(national.stops.index, 70):
            minute = clock(int(rng.choice(found.times.departure_s)))
            journey = found.itinerary(str(station), minute)
            if journey is None:
                continue
            seen += 1
            first, last = journey.rides[0], journey.rides[-1]
            assert (first.from_id, last.to_id) == (origin, station)
            assert journey.minutes == found.times.at(minute)[station]
            assert journey.arrival_s == last.arrival_s
            assert journey.leaving_s <= journey.latest_s
            waiting = 60 * waiting_min(first.train, DEFAULTS)
            assert journey.latest_s + 360 + waiting == first.departure_s
            for ride in journey.rides:
                start, end = np.searchsorted(trip_ids, [ride.trip_id, ride.trip_id + 1])
                called = calls.iloc[start:end].set_index("station_id")
                shift = 86_400 * ride.day
                assert ride.departure_s - shift in called.loc[[ride.from_id], "departure_s"].array
                assert ride.arrival_s - shift in called.loc[[ride.to_id], "arrival_s"].array
                assert national.trips["train"][ride.trip_id] == ride.train
            for before, after in pairwise(journey.rides):
                change = changes["minutes"][before.to_id, after.from_id]
                assert before.arrival_s + 60 * change <= after.departure_s
    assert seen > 180
