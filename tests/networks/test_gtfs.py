"""Reading a GTFS feed: what is kept, what is dropped and said, what is refused."""

import shutil
import zipfile
from pathlib import Path

import pytest

from toolkit.errors import InputFileError
from toolkit.networks.gtfs import read_gtfs
from toolkit.networks.gtfs_files import open_feed
from toolkit.networks.service_day import read_calendar

TOY = Path(__file__).parents[1] / "data" / "gtfs" / "toy"
FRIDAY = "2023-12-15"


@pytest.fixture
def feed(tmp_path):
    """A copy of the toy feed; tables are replaced or edited, None takes one away."""

    def make(edits=(), **tables):
        folder = tmp_path / "feed"
        shutil.copytree(TOY, folder)
        for table, text in tables.items():
            path = folder / f"{table}.txt"
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        for table, old, new in edits:
            path = folder / f"{table}.txt"
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return make


def zipped(folder, target, *, inside=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, inside + path.name)
    return target


def calls(day, train):
    """Calls of one train: station, arrival and departure in minutes."""
    trip = day.trips.index[day.trips["train"] == train][0]
    rows = day.stop_times[day.stop_times["trip_id"] == trip]
    return [
        (station, arrival / 60, departure / 60)
        for station, arrival, departure in rows[
            ["station_id", "arrival_s", "departure_s"]
        ].itertuples(index=False)
    ]


def said(day, what):
    """The line of the report about something."""
    lines = [line for line in day.dropped if what in line]
    assert len(lines) == 1, (what, day.dropped)
    return lines[0]


def test_trains_of_the_day():
    day = read_gtfs(TOY, date=FRIDAY)
    assert day.trips["train"].tolist() == ["G1", "D3/D2", "K5"]
    assert day.trips["train_class"].tolist() == ["fast", "fast", "other"]
    assert day.trips["kind"].tolist() == ["G", "D", "K"]
    assert day.trips.index.tolist() == [0, 1, 2]
    assert day.stop_times["trip_id"].is_monotonic_increasing


def test_stations_are_trimmed_named_in_english_and_located():
    stops = read_gtfs(TOY, date=FRIDAY).stops
    assert stops["name_zh"].to_dict() == {"A": "甲", "AS": "甲南", "B": "乙", "C": "丙"}
    assert stops["name_en"].to_dict() == {"A": "Jia", "AS": "", "B": "Yi", "C": ""}
    assert stops.crs.to_epsg() == 4326
    assert (stops.geometry["B"].x, stops.geometry["B"].y) == (116.5, 39.5)


def test_platforms_are_folded_into_their_station():
    day = read_gtfs(TOY, date=FRIDAY)
    assert calls(day, "G1")[0] == ("A", 480, 480)
    assert calls(day, "D3/D2")[-1] == ("A", 680, 680)


def test_times_after_midnight():
    assert calls(read_gtfs(TOY, date=FRIDAY), "K5") == [
        ("AS", 1380, 1380),
        ("B", 1450, 1460),
        ("C", 1560, 1560),
    ]


def test_station_without_coordinates_is_left_out_of_its_trains():
    day = read_gtfs(TOY, date=FRIDAY)
    assert [station for station, *_ in calls(day, "G1")] == ["A", "B", "C"]
    assert said(day, "without usable coordinates").endswith(": 1 (X)")


@pytest.mark.parametrize("lat_lon", ["0,0", "116.0,40.0", "north,east", "0.000,0.000"])
def test_impossible_coordinates_are_no_coordinates(feed, lat_lon):
    day = read_gtfs(feed([("stops", "乙,39.5,116.5", f"乙,{lat_lon}")]), date=FRIDAY)
    assert "B" not in day.stops.index
    assert [station for station, *_ in calls(day, "G1")] == ["A", "C"]


def test_station_list_of_a_line_is_no_train():
    day = read_gtfs(TOY, date=FRIDAY)
    assert said(day, "全线") == (
        "station lists of a line ('全线'), not trains, dropped: 1 (甲丙线 (全线))"
    )


def test_times_that_do_not_increase_drop_the_trip():
    assert said(read_gtfs(TOY, date=FRIDAY), "do not increase").endswith(": 1 (K7)")


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ("08:30:00,08:32:00", True),
        ("08:30:00,08:29:00", False),
        ("08:00:00,08:32:00", False),
        ("08:30:00,09:30:00", False),
    ],
)
def test_each_stop_is_left_after_it_is_reached_and_reached_after_the_one_before(feed, times, kept):
    day = read_gtfs(feed([("stop_times", "08:30:00,08:32:00", times)]), date=FRIDAY)
    assert ("G1" in day.trips["train"].tolist()) is kept


def test_trips_alike_in_every_station_and_time_are_one_train():
    day = read_gtfs(TOY, date=FRIDAY)
    assert said(day, "merged") == (
        "trips with the stations and times of another merged: 1 (4005 = K5)"
    )


def test_bus_is_dropped_unless_asked_for():
    assert said(read_gtfs(TOY, date=FRIDAY), "route_type").endswith(": 1 (901)")
    day = read_gtfs(TOY, date=FRIDAY, route_types=[3])
    assert day.trips["train"].tolist() == ["901"]
    assert day.trips["train_class"].tolist() == ["other"]


def test_feed_without_railway_is_kept_whole(feed):
    routes = "route_id,route_short_name,route_type\nhsr,1,1\nrail,2,3\nbus,3,700\n"
    day = read_gtfs(feed(routes=routes), date=FRIDAY)
    assert {"G1", "K5", "901"} <= set(day.trips["train"])
    assert said(day, "route_type") == (
        "no trip has a route_type asked for (found: 1, 3, 700): all were kept"
    )


def test_unserved_stations_are_left_out():
    assert said(read_gtfs(TOY, date=FRIDAY), "no train calls").endswith(": 1 (空)")


def test_source_version_and_date(feed):
    credit = "attribution_id,organization_name\n1,Toy mappers\n"
    day = read_gtfs(feed(attributions=credit), date=FRIDAY)
    assert day.source == "feed: Toy publisher; Toy mappers"
    assert day.version == "winter"
    assert day.date == FRIDAY


def test_elsewhere_high_speed_rail_is_fast_whatever_the_number(feed):
    folder = feed(
        [
            ("agency", "Asia/Shanghai", "Europe/Paris"),
            ("trips", "丙,G1", "丙,6607"),
            ("trips", "丙,K5", "丙,D5"),
        ]
    )
    day = read_gtfs(folder, date=FRIDAY)
    assert dict(zip(day.trips["train"], day.trips["train_class"], strict=True)) == {
        "6607": "fast",
        "D3/D2": "fast",
        "D5": "other",
    }
    assert day.trips["kind"].unique().tolist() == [""]


def test_without_an_agency_numbers_tell(feed):
    assert read_gtfs(feed(agency=None), date=FRIDAY).trips["kind"].tolist() == ["G", "D", "K"]


def test_train_is_named_after_its_route_or_trip_where_it_has_no_number(feed):
    folder = feed([("trips", "丙,G1", "丙,"), ("trips", "甲,D3/D2", "甲,")])
    assert read_gtfs(folder, date=FRIDAY).trips["train"].tolist()[:2] == ["G", "G"]
    shutil.copy(folder / "routes.txt", folder / "old.txt")
    text = (folder / "routes.txt").read_text(encoding="utf-8").replace("hsr,T,G", "hsr,T,")
    (folder / "routes.txt").write_text(text, encoding="utf-8")
    assert read_gtfs(folder, date=FRIDAY).trips["train"].tolist()[:2] == ["t-g1", "t-d3"]


def test_blank_times_are_interpolated_by_stop_order(feed):
    times = """trip_id,arrival_time,departure_time,stop_id,stop_sequence
t-g1,08:00:00,08:00:00,A,1
t-g1,,,AS,2
t-g1,,,B,3
t-g1,08:30:00,,C,4
"""
    day = read_gtfs(feed(stop_times=times), date=FRIDAY)
    assert calls(day, "G1") == [("A", 480, 480), ("AS", 490, 490), ("B", 500, 500), ("C", 510, 510)]


def test_trip_without_a_time_at_its_end_is_dropped(feed):
    day = read_gtfs(feed([("stop_times", "t-g1,09:30:00,09:30:00", "t-g1,,")]), date=FRIDAY)
    assert said(day, "without a time at the first or last stop").endswith(": 1 (G1)")


def test_trip_with_one_stop_is_dropped(feed):
    day = read_gtfs(feed([("stop_times", "t-d3", "t-g1")]), date=FRIDAY)
    assert "D3/D2" in said(day, "fewer than two stops")


def test_stops_are_put_in_the_order_of_their_sequence(feed):
    lines = (TOY / "stop_times.txt").read_text(encoding="utf-8").splitlines()
    shuffled = "\n".join([lines[0], *reversed(lines[1:])]) + "\n"
    day, same = read_gtfs(feed(stop_times=shuffled), date=FRIDAY), read_gtfs(TOY, date=FRIDAY)
    assert day.stop_times.equals(same.stop_times)


@pytest.mark.parametrize(
    "times", ["23:58:00,00:03:00", "47:58:00,24:03:00"], ids=["day of arrival", "day of departure"]
)
def test_stop_over_midnight_with_one_day_number_is_mended(feed, times):
    folder = feed([("stop_times", "t-k5,24:10:00,24:20:00", f"t-k5,{times}")])
    day = read_gtfs(folder, date=FRIDAY)
    assert calls(day, "K5")[1] == ("B", 1438, 1443)
    assert said(day, "over midnight") == (
        "trains that stand at a station over midnight, day mended: 1 (K5)"
    )


def test_filler_at_the_ends_of_a_trip_does_not_matter(feed):
    folder = feed(
        [
            ("stop_times", "t-g1,08:00:00,08:00:00", "t-g1,00:00:00,08:00:00"),
            ("stop_times", "t-g1,09:30:00,09:30:00", "t-g1,09:30:00,00:00:00"),
        ]
    )
    day, same = read_gtfs(folder, date=FRIDAY), read_gtfs(TOY, date=FRIDAY)
    assert day.stop_times.equals(same.stop_times)


def test_frequencies_are_expanded_to_runs(feed):
    frequencies = "trip_id,start_time,end_time,headway_secs\nt-g1,06:00:00,07:00:00,1200\n"
    day = read_gtfs(feed(frequencies=frequencies), date=FRIDAY)
    assert day.trips["train"].tolist() == ["G1", "G1", "G1", "D3/D2", "K5"]
    starts = day.stop_times.groupby("trip_id")["departure_s"].min() / 60
    assert starts.tolist() == [360, 380, 400, 600, 1380]
    ends = day.stop_times.groupby("trip_id")["arrival_s"].max() / 60
    assert (ends - starts).tolist() == [90, 90, 90, 80, 180]


def test_headway_must_be_positive(feed):
    frequencies = "trip_id,start_time,end_time,headway_secs\nt-g1,06:00:00,07:00:00,0\n"
    with pytest.raises(InputFileError, match=r"frequencies.txt line 2: .*not positive"):
        read_gtfs(feed(frequencies=frequencies), date=FRIDAY)


# the service day


def test_exceptions_of_the_calendar_are_respected(feed):
    assert "G1" not in read_gtfs(TOY, date="2023-12-13").trips["train"].tolist()
    assert "G9" in read_gtfs(TOY, date="2023-12-16").trips["train"].tolist()
    extra = "service_id,date,exception_type\nWEEKEND,20231220,1\n"
    folder = feed(calendar_dates=extra)
    assert read_gtfs(folder, date="2023-12-20").trips["train"].tolist() == ["G9"]


def test_feed_with_calendar_dates_alone(feed):
    dates = "service_id,date,exception_type\nEVERY,20240105,1\n"
    day = read_gtfs(feed(calendar=None, calendar_dates=dates))
    assert day.date == "2024-01-05"
    assert day.trips["train"].tolist() == ["D3/D2", "K5"]


def test_typical_day_is_the_first_working_day_with_the_median_number_of_trips():
    # Mon to Fri: 7, 7, 6, 7, 7 trips of the toy feed; the weekend has more
    assert read_gtfs(TOY).date == "2023-12-11"


def test_typical_day_is_the_one_the_version_names(feed):
    assert read_gtfs(feed([("feed_info", "winter", "2023-12-15")])).date == "2023-12-15"


@pytest.mark.parametrize("version", ["20231214", "v20231214-2", "2023-12-14T03:00"])
def test_ways_to_write_the_version(feed, version):
    assert read_gtfs(feed([("feed_info", "winter", version)])).date == "2023-12-14"


@pytest.mark.parametrize("version", ["2024-12-15", "20239999", "1"])
def test_version_that_names_no_day_of_service_is_ignored(feed, version):
    assert read_gtfs(feed([("feed_info", "winter", version)])).date == "2023-12-11"


def test_feed_that_runs_at_weekends_only(feed):
    weekend = (
        (TOY / "calendar.txt").read_text(encoding="utf-8").replace("1,1,1,1,1,1,1", "0,0,0,0,0,1,1")
    )
    assert read_gtfs(feed(calendar=weekend, calendar_dates=None)).date == "2023-12-16"


def test_trips_per_day():
    calendar = read_calendar(open_feed(TOY))
    counts = calendar.trips_per_day(["DAILY", "WEEKEND", "WEEKEND", "no such service"])
    assert counts.to_dict() == {
        "2023-12-11": 1, "2023-12-12": 1, "2023-12-14": 1, "2023-12-15": 1,
        "2023-12-16": 3, "2023-12-17": 3,
    }  # fmt: skip


def test_day_without_service_says_what_the_feed_covers():
    with pytest.raises(
        InputFileError,
        match=r"no train runs on 2024-05-01; .* trains run from 2023-12-11 to 2023-12-17",
    ):
        read_gtfs(TOY, date="2024-05-01")


@pytest.mark.parametrize("date", ["15.12.2023", "2023-02-30", "today"])
def test_what_is_no_date(date):
    with pytest.raises(InputFileError, match="is not a date; write it as YYYY-MM-DD"):
        read_gtfs(TOY, date=date)


# the files


def test_zip_and_folder_are_alike(tmp_path):
    folder = read_gtfs(TOY, date=FRIDAY)
    for name, inside in (("flat.zip", ""), ("nested.zip", "toy/")):
        day = read_gtfs(zipped(TOY, tmp_path / name, inside=inside), date=FRIDAY)
        assert day.stop_times.equals(folder.stop_times)
        assert day.source == f"{name}: Toy publisher"


def test_byte_order_mark_blank_lines_spaces_and_windows_line_ends(feed):
    folder = feed()
    path = folder / "stop_times.txt"
    text = path.read_text(encoding="utf-8").replace("stop_id,stop", " stop_id , stop")
    text = text.replace("t-d3,", "\n t-d3 , ") + "\n\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_gtfs(folder, date=FRIDAY).stop_times.equals(read_gtfs(TOY, date=FRIDAY).stop_times)


def test_missing_file(tmp_path):
    with pytest.raises(InputFileError, match=r"nothing.zip: no such file"):
        read_gtfs(tmp_path / "nothing.zip")


def test_file_that_is_no_zip(tmp_path):
    path = tmp_path / "feed.zip"
    path.write_text("<html>not found</html>")
    with pytest.raises(InputFileError, match="not a zip archive, or cut short; download"):
        read_gtfs(path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_truncated_zip(tmp_path, share):
    path = zipped(TOY, tmp_path / "feed.zip")
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(InputFileError, match="cut short"):
        read_gtfs(path)


def test_zip_with_damaged_content(tmp_path):
    path = zipped(TOY, tmp_path / "feed.zip")
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("stop_times.txt")
    raw = bytearray(path.read_bytes())
    start = member.header_offset + 30 + len(member.filename)
    raw[start + 20 : start + 60] = bytes(40)
    path.write_bytes(raw)
    with pytest.raises(InputFileError, match=r"stop_times.txt cannot be read"):
        read_gtfs(path)


@pytest.mark.parametrize("table", ["stops", "trips", "stop_times"])
def test_missing_table(feed, table):
    with pytest.raises(InputFileError, match=f"no {table}.txt in this feed"):
        read_gtfs(feed(**{table: None}))


@pytest.mark.parametrize("text", ["", "\n\n", "stop_id,stop_lat,stop_lon\n"])
def test_empty_table(feed, text):
    with pytest.raises(InputFileError, match=r"stops.txt is empty"):
        read_gtfs(feed(stops=text))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("stops", "stop_lat"),
        ("trips", "service_id"),
        ("stop_times", "departure_time"),
        ("calendar", "sunday"),
        ("calendar_dates", "exception_type"),
    ],
)
def test_missing_column(feed, table, column):
    with pytest.raises(InputFileError, match=rf"{table}.txt has no column {column}"):
        read_gtfs(feed([(table, column, "other_name")]))


def test_no_calendar_at_all(feed):
    with pytest.raises(InputFileError, match=r"neither calendar.txt nor calendar_dates.txt"):
        read_gtfs(feed(calendar=None, calendar_dates=None))


def test_calendar_of_other_services(feed):
    names = ("EVERY", "DAILY", "WEEKEND")
    folder = feed([("trips", name, f"no {name}") for name in names])
    with pytest.raises(InputFileError, match="no trip runs on any day"):
        read_gtfs(folder)


def test_date_asked_of_a_calendar_of_other_services(feed):
    names = ("EVERY", "DAILY", "WEEKEND")
    folder = feed([("trips", name, f"no {name}") for name in names])
    with pytest.raises(InputFileError, match="no train runs on 2023-12-15; in this feed none do"):
        read_gtfs(folder, date=FRIDAY)


def test_feed_of_station_lists_alone(feed):
    trips = "trip_id,route_id,service_id,trip_headsign\nt-line,rail,EVERY,甲丙线 (全线)\n"
    with pytest.raises(InputFileError, match="no train in this feed"):
        read_gtfs(feed(trips=trips))


def test_date_of_the_calendar_that_cannot_be_read(feed):
    with pytest.raises(InputFileError, match=r"calendar_dates.txt line 2: '2023-12-13' is not"):
        read_gtfs(feed([("calendar_dates", "20231213", "2023-12-13")]))


def test_text_that_is_not_utf8(feed):
    folder = feed()
    text = (folder / "stops.txt").read_text(encoding="utf-8")
    (folder / "stops.txt").write_bytes(text.encode("gbk"))
    with pytest.raises(InputFileError, match=r"stops.txt line 2 is not UTF-8; save"):
        read_gtfs(folder)


def test_quotes_that_do_not_end(feed):
    with pytest.raises(InputFileError, match=r"stops.txt is not readable as comma-separated"):
        read_gtfs(feed([("stops", "乙", '"乙')]))


@pytest.mark.parametrize("time", ["8.30", "08:61:00", "-1:00:00", "08:30", "noon"])
def test_time_that_cannot_be_read_is_named_with_its_line(feed, time):
    folder = feed([("stop_times", "t-g1,08:30:00", f"t-g1,{time}")])
    with pytest.raises(InputFileError, match=rf"stop_times.txt line 3: '{time}' is not a time"):
        read_gtfs(folder, date=FRIDAY)


def test_sequence_that_is_no_number(feed):
    with pytest.raises(InputFileError, match=r"line 3: stop_sequence 'two' is not a number"):
        read_gtfs(feed([("stop_times", "08:32:00,B,2", "08:32:00,B,two")]), date=FRIDAY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("08:32:00,B,2", "08:32:00,BB,2", "line 3: stop_id 'BB' is not in stops.txt"),
        ("t-k7,11", "t-k9,11", "line 17: trip_id 't-k9' is not in trips.txt"),
    ],
)
def test_stop_times_of_unknown_things(feed, old, new, message):
    with pytest.raises(InputFileError, match=message):
        read_gtfs(feed([("stop_times", old, new)]), date=FRIDAY)


def test_no_coordinates_at_all(feed):
    stops = "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(
        f"{stop},{stop},,\n" for stop in ("A", "A1", "A2", "AS", "B", "C", "X", "U")
    )
    with pytest.raises(InputFileError, match=r"no stop in stops.txt has usable coordinates"):
        read_gtfs(feed(stops=stops), date=FRIDAY)


def test_feed_without_a_usable_train_says_why(feed):
    times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt-g1,08:00:00,08:00:00,A,1\n"
    )
    with pytest.raises(InputFileError, match=r"no usable train is left .*fewer than two stops"):
        read_gtfs(feed(stop_times=times), date=FRIDAY)


def test_parent_station_that_is_not_there(feed):
    day = read_gtfs(feed([("stops", "甲 2,40.0,116.0,0,A", "甲 2,40.0,116.0,0,Z")]), date=FRIDAY)
    assert calls(day, "D3/D2")[-1][0] == "A2"
    assert said(day, "parent_station").endswith(": 1 (A2)")


def test_national_feed(shared):
    day = read_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    assert (len(day.trips), len(day.stop_times), len(day.stops)) == (10_469, 95_422, 3_160)
    assert day.date == day.version == "2023-12-15"
    assert day.dropped == ()
    assert day.stops.loc["VNP", ["name_zh", "name_en"]].tolist() == ["北京南", "Beijingnan"]


def test_foreign_feed_with_frequencies(shared):
    day = read_gtfs(shared("osm/real/sao-paulo/spo_gtfs.zip"))
    assert day.trips["train"].str.startswith("CPTM").all()
    assert day.trips["train_class"].eq("other").all()
    assert day.stops["name_zh"].str.len().gt(0).all()
    assert any("another route_type" in line for line in day.dropped)
