"""Services derived from stop times: closed forms, a brute-force twin, the published tables."""

from collections import defaultdict
from functools import cache
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import NetworkError
from toolkit.networks.services import (
    CITY_SERVICE_COLUMNS,
    SERVICE_COLUMNS,
    city_services,
    estimated_city_services,
    station_services,
)
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

DATES = ("2016-11-13", "2023-12-15")


def timetable(*trains):
    """Tables of trains given as (number, class, [(station, arrival, departure), ...]), minutes."""
    trips = pd.DataFrame([t[:2] for t in trains], columns=["train", "train_class"])
    rows = [
        (trip, k, station, arrival * 60, departure * 60)
        for trip, (_, _, calls) in enumerate(trains)
        for k, (station, arrival, departure) in enumerate(calls)
    ]
    columns = ["trip_id", "stop_sequence", "station_id", "arrival_s", "departure_s"]
    return pd.DataFrame(rows, columns=columns), trips


def train(number, *calls, train_class="fast"):
    return number, train_class, [(s, t, t) for s, t in calls]


def test_every_ordered_pair_of_stops_of_a_train_is_a_service():
    calls = [("A", 420, 420), ("B", 450, 452), ("C", 510, 510)]
    table = station_services(*timetable(("G1", "fast", calls)))
    assert table.columns.tolist() == list(SERVICE_COLUMNS)
    assert table[["from_id", "to_id", "fastest_min", "first_departure"]].to_numpy().tolist() == [
        ["A", "B", 30, "07:00"],
        ["A", "C", 90, "07:00"],
        ["B", "C", 58, "07:32"],
    ]


def test_statistics_of_several_trains():
    table = station_services(
        *timetable(
            train("G7", ("A", 600), ("B", 640)),
            train("G5", ("A", 500), ("B", 540)),
            train("G3", ("A", 700), ("B", 735)),
            train("G1", ("A", 400), ("B", 480)),
        )
    )
    assert len(table) == 1
    assert table.loc[0, list(SERVICE_COLUMNS[3:])].tolist() == [
        4, 35, 40.0, "06:40", "11:40", "G3"
    ]  # fmt: skip


def test_fastest_train_is_the_earliest_of_the_fastest_then_the_lowest_number():
    later, earlier = train("G1", ("A", 600), ("B", 640)), train("G9", ("A", 500), ("B", 540))
    assert station_services(*timetable(later, earlier))["fastest_train"].tolist() == ["G9"]
    twin = train("G8", ("A", 500), ("B", 540))
    assert station_services(*timetable(later, earlier, twin))["fastest_train"].tolist() == ["G8"]


def test_trains_with_the_same_minutes_count_once_within_a_class():
    same = [("A", 600), ("B", 640)]
    table = station_services(
        *timetable(train("G1", *same), train("G3", *same), train("K1", *same, train_class="other"))
    )
    assert table[["train_class", "trains_per_day"]].to_numpy().tolist() == [
        ["fast", 1],
        ["other", 1],
    ]


def test_departure_after_midnight_is_an_early_one():
    table = station_services(
        *timetable(
            train("K1", ("S", 1380), ("A", 1450), ("B", 1510)), train("K3", ("A", 60), ("B", 100))
        ),
        pd.Index(["A", "B"]),
    )
    row = table.iloc[0]
    assert (row["first_departure"], row["last_departure"]) == ("00:10", "01:00")
    assert (row["fastest_min"], row["trains_per_day"]) == (40, 2)


def test_a_train_that_calls_twice_counts_once_with_its_best_ride():
    loop = train("K1", ("A", 0), ("B", 50), ("A", 60), ("B", 90))
    table = station_services(*timetable(loop)).set_index(["from_id", "to_id"])
    assert table.loc[("A", "B"), ["trains_per_day", "fastest_min"]].tolist() == [1, 30]
    assert table.loc[("B", "A"), ["trains_per_day", "fastest_min"]].tolist() == [1, 10]
    assert ("A", "A") not in table.index


def test_no_service_gives_an_empty_table_with_the_same_columns():
    stop_times, trips = timetable(train("G1", ("A", 0), ("B", 10)))
    table = station_services(stop_times, trips, pd.Index(["A", "nowhere"]))
    assert table.empty
    assert table.columns.tolist() == list(SERVICE_COLUMNS)
    cities = city_services(stop_times, trips, pd.Series({"A": "1"}))
    assert cities.empty
    assert cities.columns.tolist() == list(CITY_SERVICE_COLUMNS)


TRAINS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("ABCDE"), min_size=2, max_size=7),
        st.lists(st.integers(1, 400), min_size=14, max_size=14),
        st.sampled_from(["fast", "other"]),
    ),
    min_size=1,
    max_size=8,
)


def drawn(trains):
    """Trains from drawn stations and gaps between consecutive times."""
    tables = []
    for number, (stations, gaps, train_class) in enumerate(trains):
        times = np.cumsum(gaps).tolist()
        calls = [(s, times[2 * k], times[2 * k + 1]) for k, s in enumerate(stations)]
        tables.append((f"T{number}", train_class, calls))
    return tables


def brute_force(trains, city_of):
    """Services by plain loops; `city_of` None means between stations."""
    found = defaultdict(dict)
    for number, train_class, calls in trains:
        best = {}
        for i, (origin, _, departure) in enumerate(calls):
            for destination, arrival, _ in calls[i + 1 :]:
                pair = (origin, destination)
                key = pair if city_of is None else (city_of[origin], city_of[destination])
                if key[0] != key[1]:
                    ride = (arrival - departure, departure % 1440, number, *pair)
                    best[key] = min(best.get(key, ride), ride)
        for key, ride in best.items():
            path = () if city_of is None else ride[3:]
            same = (*ride[:2], *path)
            rides = found[(*key, train_class)]
            rides[same] = min(rides.get(same, ride), ride)
    rows = []
    for key, by_path in sorted(found.items()):
        rides = sorted(by_path.values())
        clock = [f"{r[1] // 60:02d}:{r[1] % 60:02d}" for r in rides]
        minutes = [r[0] for r in rides]
        row = [*key, len(rides), minutes[0], median(minutes), min(clock), max(clock), rides[0][2]]
        rows.append(row if city_of is None else [*row, *rides[0][3:], "exact"])
    return rows


@settings(deadline=None, max_examples=60)
@given(TRAINS)
def test_station_services_equal_plain_loops(trains):
    trains = drawn(trains)
    table = station_services(*timetable(*trains))
    assert table.to_numpy().tolist() == brute_force(trains, None)


@settings(deadline=None, max_examples=60)
@given(TRAINS)
def test_city_services_equal_plain_loops(trains):
    trains = drawn(trains)
    city_of = {"A": "1", "B": "1", "C": "2", "D": "2", "E": "3"}
    table = city_services(*timetable(*trains), pd.Series(city_of))
    assert table.to_numpy().tolist() == brute_force(trains, city_of)


def test_stations_without_a_city_are_not_used():
    tables = timetable(train("G1", ("A", 0), ("B", 10), ("C", 30)))
    city = pd.Series({"A": "1", "B": None, "C": "2"})
    table = city_services(*tables, city)
    assert table[["fastest_from_id", "fastest_to_id"]].to_numpy().tolist() == [["A", "C"]]


def test_a_station_in_two_cities_is_refused():
    tables = timetable(train("G1", ("A", 0), ("B", 10)))
    with pytest.raises(NetworkError, match="station A is given more than one city"):
        city_services(*tables, pd.Series(["1", "2"], index=["A", "A"]))


CITIES = pd.Series({"A": "1", "a": "1", "B": "2", "b": "2"})


def estimate(*trains):
    """Estimated and exact services from city 1 to city 2."""
    tables = timetable(*trains)
    estimated = estimated_city_services(station_services(*tables), CITIES)
    exact = city_services(*tables, CITIES)
    return estimated.query("from_adcode == '1'"), exact.query("from_adcode == '1'")


def test_one_station_a_city_is_estimated_exactly():
    estimated, exact = estimate(
        train("G1", ("A", 0), ("B", 30)),
        train("G3", ("A", 60), ("B", 100)),
        train("K5", ("A", 80), ("B", 200), train_class="other"),
    )
    assert estimated["counts"].unique().tolist() == ["estimated"]
    pd.testing.assert_frame_equal(estimated.drop(columns="counts"), exact.drop(columns="counts"))


def test_terminals_that_share_no_trains_are_summed():
    # A -> B twice, a -> b once, and no train runs between A and a or B and b
    estimated, exact = estimate(
        train("G1", ("A", 0), ("B", 30)),
        train("G3", ("A", 60), ("B", 90)),
        train("G5", ("a", 70), ("b", 110)),
    )
    assert estimated["trains_per_day"].tolist() == exact["trains_per_day"].tolist() == [3]
    assert estimated["median_min"].tolist() == exact["median_min"].tolist() == [30]


def test_a_train_through_two_stations_of_a_city_is_not_counted_twice():
    trains = [train(f"G{k}", ("A", k), ("a", k + 10), ("B", k + 30)) for k in (0, 60, 120)]
    estimated, exact = estimate(*trains)
    assert estimated["trains_per_day"].tolist() == exact["trains_per_day"].tolist() == [3]
    assert estimated["fastest_from_id"].tolist() == ["a"]


@settings(deadline=None, max_examples=60)
@given(TRAINS)
def test_estimates_lie_between_the_largest_pair_and_the_sum_of_pairs(trains):
    tables = timetable(*drawn(trains))
    city_of = pd.Series({"A": "1", "B": "1", "C": "2", "D": "2", "E": "3"})
    services = station_services(*tables)
    keys = ["from_adcode", "to_adcode", "train_class"]
    estimated = estimated_city_services(services, city_of).set_index(keys)
    exact = city_services(*tables, city_of).set_index(keys)
    pairs = services.assign(
        from_adcode=services["from_id"].map(city_of), to_adcode=services["to_id"].map(city_of)
    ).query("from_adcode != to_adcode")
    pairs = pairs.groupby(keys)["trains_per_day"].agg(["max", "sum"])
    assert estimated.index.equals(exact.index)
    assert (estimated["fastest_min"] == exact["fastest_min"]).all()
    assert estimated["trains_per_day"].between(pairs["max"], pairs["sum"]).all()
    assert (estimated["first_departure"] <= exact["first_departure"]).all()
    assert (estimated["last_departure"] >= exact["last_departure"]).all()


@pytest.mark.parametrize("date", DATES)
def test_estimates_are_as_good_as_documented(date):
    stations = reference.stations()
    city = stations.loc[stations["within_25_km_of_seat"], "adcode"]
    estimated = estimated_city_services(reference.rail_services(date), city)
    exact = reference.city_services(date, "core25")
    both = exact.merge(estimated, on=["from_adcode", "to_adcode", "train_class"])
    assert len(both) == len(exact) == len(estimated)
    for column in ("fastest_min", "trains_per_day", "median_min", "fastest_train"):
        both[column] = both[f"{column}_x"] == both[f"{column}_y"]
    error = both["trains_per_day_y"] / both["trains_per_day_x"] - 1
    assert both["fastest_min"].all()
    assert both["fastest_train"].mean() > 0.995
    assert both["trains_per_day"].mean() > 0.78
    assert both["median_min"].mean() > 0.71
    assert -0.045 < error.mean() < 0
    assert error.max() <= 0.08


@pytest.fixture(scope="module")
def national(shared):
    """The national feed of a date, read once."""
    return cache(lambda date: Timetable.from_gtfs(shared(f"rail/china_rail_{date}.gtfs.zip")))


@pytest.mark.parametrize("date", DATES)
def test_national_feed_gives_the_published_station_services(shared, national, date):
    found = national(date).services()
    published = _published(shared(f"rail/rail_od_{date}.csv.gz"))
    keys = ["from_id", "to_id", "train_class"]
    both = published[keys].merge(found, on=keys, how="left")
    pd.testing.assert_frame_equal(
        both, published[list(SERVICE_COLUMNS)], check_dtype=False, check_exact=True
    )


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("station_set", ["core25", "any"])
def test_national_feed_gives_the_published_city_services(shared, national, date, station_set):
    stations = pd.read_csv(shared("rail/stations.csv"), dtype={"adcode": str}, index_col=0)
    chosen = stations["core25"].eq(1) if station_set == "core25" else stations["adcode"].notna()
    found = national(date).city_services(stations.loc[chosen, "adcode"])
    published = _published(shared(f"rail/city_od_{station_set}_{date}.csv"))
    keys = ["from_adcode", "to_adcode", "train_class"]
    both = published[keys].merge(found, on=keys, how="left")
    assert both["counts"].eq("exact").all()
    pd.testing.assert_frame_equal(
        both.drop(columns="counts"),
        published[list(CITY_SERVICE_COLUMNS[:-1])],
        check_dtype=False,
        check_exact=True,
    )


def _published(path):
    """A published table, with train classes named as here."""
    table = pd.read_csv(path, dtype={"from_adcode": str, "to_adcode": str, "agglomerations": str})
    return table.assign(train_class=table["class_group"].map({"HSR": "fast", "other": "other"}))
