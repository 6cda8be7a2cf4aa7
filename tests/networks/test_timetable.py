"""The timetable object: services, connections, the embedded tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from toolkit.errors import MissingDataError, UnknownNameError
from toolkit.networks.services import CITY_SERVICE_COLUMNS, SERVICE_COLUMNS
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

TOY = Path(__file__).parents[1] / "data" / "gtfs" / "toy"
DATES = ("2016-11-13", "2023-12-15")


@pytest.fixture(scope="module")
def toy():
    return Timetable.from_gtfs(TOY, date="2023-12-15")


def test_services_of_the_toy_feed(toy):
    table = toy.services().set_index(["from_id", "to_id", "train_class"])
    assert table["fastest_min"].to_dict() == {
        ("A", "B", "fast"): 30,
        ("A", "C", "fast"): 90,
        ("AS", "B", "other"): 70,
        ("AS", "C", "other"): 180,
        ("B", "A", "fast"): 28,
        ("B", "C", "fast"): 58,
        ("B", "C", "other"): 100,
        ("C", "A", "fast"): 80,
        ("C", "B", "fast"): 50,
    }
    assert table.loc[("B", "C", "other"), "first_departure"] == "00:20"


@pytest.mark.parametrize("ids", [["A", "C"], {"A", "C"}, pd.Index(["C", "A", "nowhere"])])
def test_services_between_chosen_stations(toy, ids):
    table = toy.services(ids)
    assert table[["from_id", "to_id"]].to_numpy().tolist() == [["A", "C"], ["C", "A"]]


def test_city_services_of_the_toy_feed(toy):
    table = toy.city_services(pd.Series({"A": "1", "AS": "1", "B": "2", "C": "3"}))
    assert table.columns.tolist() == list(CITY_SERVICE_COLUMNS)
    assert set(table["counts"]) == {"exact"}
    rows = table.set_index(["from_adcode", "to_adcode", "train_class"])
    assert rows.loc[("1", "2", "other"), ["fastest_min", "fastest_from_id"]].tolist() == [70, "AS"]


def test_connections_of_the_toy_feed(toy):
    connections = toy.connections
    stations, trains = toy.stops.index, toy.trips["train"].to_numpy()
    rows = [
        (d / 60, a / 60, stations[f], stations[t], trains[row], int(trip))
        for d, a, f, t, row, trip in zip(
            connections.departure_s,
            connections.arrival_s,
            connections.from_stop,
            connections.to_stop,
            connections.trip_row,
            connections.trip,
            strict=True,
        )
    ]
    assert rows == [
        # yesterday's K5, still on the road: another vehicle than today's
        (20, 120, "B", "C", "K5", 5),
        (480, 510, "A", "B", "G1", 0),
        (512, 570, "B", "C", "G1", 0),
        (600, 650, "C", "B", "D3/D2", 1),
        (652, 680, "B", "A", "D3/D2", 1),
        (1380, 1450, "AS", "B", "K5", 2),
        (1460, 1560, "B", "C", "K5", 2),
    ]
    assert (len(connections), connections.n_stops) == (7, 4)
    assert (connections.n_trips, connections.n_runs) == (3, 6)
    assert {a.dtype for a in (connections.departure_s, connections.trip)} == {np.dtype("int32")}


def test_train_of_three_days_is_there_three_times(tmp_path):
    tables = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,甲,40,116\nB,乙,41,117\nC,丙,42,118\n",
        "trips": "trip_id,route_id,service_id,trip_short_name\n1,r,s,Z1\n",
        "routes": "route_id,route_type\nr,2\n",
        "calendar_dates": "service_id,date,exception_type\ns,20231215,1\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "1,20:00:00,20:00:00,A,1\n1,49:00:00,50:00:00,B,2\n1,51:00:00,51:00:00,C,3\n",
    }
    for table, text in tables.items():
        (tmp_path / f"{table}.txt").write_text(text, encoding="utf-8")
    connections = Timetable.from_gtfs(tmp_path).connections
    hours = np.column_stack([connections.departure_s, connections.arrival_s]) / 3600
    # 50:00 is 02:00 for the train of two days ago and 26:00 for yesterday's
    assert hours.tolist() == [[2, 3], [20, 49], [26, 27], [50, 51]]
    assert connections.trip.tolist() == [2, 0, 1, 0]
    assert connections.trip_row.tolist() == [0, 0, 0, 0]


def test_connections_of_the_national_feed(shared):
    timetable = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    connections = timetable.connections
    order = np.column_stack([connections.departure_s, connections.arrival_s]).astype(np.int64)
    key = order @ np.array([1 << 32, 1])
    assert (np.diff(key) >= 0).all()
    assert (connections.arrival_s > connections.departure_s).all()
    assert connections.departure_s.min() >= 0
    today = connections.trip < connections.n_trips
    assert today.sum() == len(timetable.stop_times) - len(timetable.trips)
    late = timetable.stop_times["departure_s"].ge(86_400)
    last = ~timetable.stop_times.duplicated("trip_id", keep="last")
    assert (~today).sum() == (timetable.stop_times["departure_s"][late & ~last] // 86_400).sum()


def test_short_forms(toy):
    assert repr(toy) == "<Timetable 2023-12-15, 3 trains, 4 stations, toy>"
    assert "<caption>Timetable of 2023-12-15</caption>" in toy._repr_html_()
    assert "<td>3 trains</td>" in toy._repr_html_()


# embedded tables


@pytest.mark.parametrize(
    ("date", "minutes", "number"), [("2016-11-13", 33, "C2131"), ("2023-12-15", 30, "C2561")]
)
def test_reference_services(date, minutes, number):
    timetable = Timetable.from_reference(date)
    table = timetable.services(["VNP", "TJP"]).query("from_id == 'VNP' and train_class == 'fast'")
    assert table.columns.tolist() == list(SERVICE_COLUMNS)
    assert table[["fastest_min", "fastest_train"]].to_numpy().tolist() == [[minutes, number]]
    assert len(timetable.services()) == len(reference.rail_services(date))


def test_reference_stations_are_those_of_the_date():
    old, new = (Timetable.from_reference(date).stops for date in DATES)
    assert (len(old), len(new)) == (2_603, 3_160)
    renamed = old.index.intersection(new.index)
    renamed = renamed[old.loc[renamed, "name_zh"] != new.loc[renamed, "name_zh"]]
    assert len(renamed) > 0
    assert new.crs.to_epsg() == 4326


def test_reference_has_no_connections():
    with pytest.raises(MissingDataError, match="holds services, not single trains"):
        _ = Timetable.from_reference("2023-12-15").connections


def test_reference_of_another_date():
    with pytest.raises(UnknownNameError, match="'2020-01-01'; there are 2016-11-13 and 2023-12-15"):
        Timetable.from_reference("2020-01-01")


def test_reference_short_form():
    text = repr(Timetable.from_reference("2023-12-15"))
    assert text == ("<Timetable 2023-12-15, 50,892 services, 3,160 stations, embedded services>")


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("station_set", ["core25", "any"])
def test_city_services_of_an_embedded_station_set_are_exact(date, station_set):
    stations = reference.stations()
    if station_set == "core25":
        stations = stations[stations["within_25_km_of_seat"]]
    beijing_tianjin = stations.loc[stations["adcode"].isin(["110000", "120000"]), "adcode"]
    found = Timetable.from_reference(date).city_services(beijing_tianjin)
    published = reference.city_services(date, station_set)
    published = published[
        published["from_adcode"].isin(["110000", "120000"])
        & published["to_adcode"].isin(["110000", "120000"])
    ]
    keys = ["from_adcode", "to_adcode", "train_class"]
    assert found["counts"].tolist() == ["exact"] * 4
    pd.testing.assert_frame_equal(
        found.drop(columns="counts"),
        published.sort_values(keys, ignore_index=True)[list(CITY_SERVICE_COLUMNS[:-1])],
        check_dtype=False,
    )


def test_city_services_of_other_stations_are_estimated():
    city = pd.Series({"VNP": "110000", "BJP": "110000", "TJP": "120000", "TIP": "120000"})
    found = Timetable.from_reference("2023-12-15").city_services(city)
    row = found.query("from_adcode == '110000' and train_class == 'fast'").iloc[0]
    assert row[["counts", "fastest_min", "fastest_train"]].tolist() == ["estimated", 30, "C2561"]


def test_reference_and_feed_agree(shared):
    feed = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    embedded = Timetable.from_reference("2023-12-15")
    stations = reference.stations()
    chosen = stations.index[stations["adcode"].isin(["110000", "120000", "130100"])]
    pd.testing.assert_frame_equal(
        feed.services(chosen), embedded.services(chosen), check_dtype=False
    )
