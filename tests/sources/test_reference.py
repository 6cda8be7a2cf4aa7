"""The embedded facts: complete, consistent with each other, and the caller's own to change."""

from importlib.resources import as_file, files

import pandas as pd
import pytest
from pyproj import Geod

from toolkit.clusters import list_clusters, prefectures
from toolkit.errors import UnknownNameError
from toolkit.sources import reference
from toolkit.sources.reference import STATION_SETS, TIMETABLE_DATES

GEOD = Geod(ellps="WGS84")
SERVICE_COLUMNS = [
    "train_class",
    "trains_per_day",
    "fastest_min",
    "median_min",
    "first_departure",
    "last_departure",
    "fastest_train",
]


@pytest.fixture(scope="module")
def pairs_in_a_cluster():
    """Ordered pairs of prefectures that share a cluster."""
    return {
        (origin, destination)
        for cluster in list_clusters()
        for origin in cluster.cities.index
        for destination in cluster.cities.index
        if origin != destination
    }


@pytest.mark.parametrize(
    ("date", "rows", "fast", "pairs"),
    [("2016-11-13", 46_336, 12_657, 45_158), ("2023-12-15", 50_892, 28_808, 49_018)],
)
def test_rail_services_are_complete(date, rows, fast, pairs):
    services = reference.rail_services(date)
    assert services.columns.tolist() == ["from_id", "to_id", *SERVICE_COLUMNS]
    assert len(services) == rows
    assert (services["train_class"] == "fast").sum() == fast
    assert set(services["train_class"]) == {"fast", "other"}
    assert len(services[["from_id", "to_id"]].drop_duplicates()) == pairs
    assert not services.duplicated(["from_id", "to_id", "train_class"]).any()


@pytest.mark.parametrize("date", TIMETABLE_DATES)
def test_every_service_joins_stations_of_its_timetable(date):
    services, stations = reference.rail_services(date), reference.stations()
    open_then = stations.index[stations[f"in_{date[:4]}"]]
    assert set(services["from_id"]) | set(services["to_id"]) <= set(open_then)


@pytest.mark.parametrize("date", TIMETABLE_DATES)
def test_services_are_possible(date):
    for services in [
        reference.rail_services(date),
        *(reference.city_services(date, station_set) for station_set in STATION_SETS),
    ]:
        assert (services["fastest_min"] > 0).all()
        assert (services["median_min"] >= services["fastest_min"]).all()
        assert (services["trains_per_day"] >= 1).all()
        assert services["first_departure"].str.fullmatch(r"[012]\d:[0-5]\d").all()
        assert (services["first_departure"] <= services["last_departure"]).all()
        once = services["trains_per_day"] == 1
        assert (services["fastest_min"] == services["median_min"])[once].all()
        fast = services["fastest_train"].str[0].isin(list("GDC"))
        assert (fast == (services["train_class"] == "fast")).all()
        assert services.notna().all(axis=None)


@pytest.mark.parametrize(
    ("date", "station_set", "rows"),
    [
        ("2016-11-13", "core25", 3_774),
        ("2023-12-15", "core25", 4_207),
        ("2016-11-13", "any", 4_414),
        ("2023-12-15", "any", 4_893),
    ],
)
def test_city_services_are_complete(date, station_set, rows, pairs_in_a_cluster):
    services = reference.city_services(date, station_set)
    assert services.columns.tolist() == [
        "from_adcode",
        "to_adcode",
        *SERVICE_COLUMNS,
        "fastest_from_id",
        "fastest_to_id",
    ]
    assert len(services) == rows
    pairs = set(zip(services["from_adcode"], services["to_adcode"], strict=True))
    assert pairs <= pairs_in_a_cluster


@pytest.mark.parametrize("date", TIMETABLE_DATES)
@pytest.mark.parametrize("station_set", STATION_SETS)
def test_the_fastest_of_a_city_is_the_fastest_of_its_stations(date, station_set):
    cities, stations = reference.city_services(date, station_set), reference.stations()
    services = reference.rail_services(date)
    near = stations if station_set == "any" else stations[stations["within_25_km_of_seat"]]
    services = services[services["from_id"].isin(near.index) & services["to_id"].isin(near.index)]
    fastest = services.groupby(
        [
            stations["adcode"].loc[services["from_id"]].to_numpy(),
            stations["adcode"].loc[services["to_id"]].to_numpy(),
            "train_class",
        ]
    )["fastest_min"].min()
    keys = pd.MultiIndex.from_frame(cities[["from_adcode", "to_adcode", "train_class"]])
    # pairs within one prefecture are no pairs of cities
    between = fastest[fastest.index.get_level_values(0) != fastest.index.get_level_values(1)]
    assert set(keys) == set(between.index)
    assert (between.loc[keys].to_numpy() == cities["fastest_min"].to_numpy()).all()
    assert (stations["adcode"].loc[cities["fastest_from_id"]].array == cities["from_adcode"]).all()
    assert (stations["adcode"].loc[cities["fastest_to_id"]].array == cities["to_adcode"]).all()


@pytest.mark.parametrize(
    ("origin", "destination", "minutes", "train"),
    [
        ("北京南", "廊坊", 21, "G173"),
        ("北京南", "天津", 30, "C2561"),
        ("北京西", "保定东", 35, "G803"),
        ("清河", "张家口", 47, "G2469"),
        ("北京西", "石家庄", 60, "G51"),
        ("北京", "唐山", 64, "G8801"),
    ],
)
def test_known_fastest_trains_of_2023(origin, destination, minutes, train):
    stations, services = reference.stations(), reference.rail_services("2023-12-15")
    current = stations[stations["in_2023"]].reset_index().set_index("name_zh")["station_id"]
    row = services[
        (services["from_id"] == current[origin])
        & (services["to_id"] == current[destination])
        & (services["train_class"] == "fast")
    ]
    assert row[["fastest_min", "fastest_train"]].to_numpy().tolist() == [[minutes, train]]


def test_unknown_dates_and_station_sets_name_those_there_are():
    with pytest.raises(UnknownNameError, match="2016-11-13, 2023-12-15"):
        reference.rail_services("2020-01-01")
    with pytest.raises(UnknownNameError, match="core25, any"):
        reference.city_services("2023-12-15", "main")


def test_stations():
    stations = reference.stations()
    assert len(stations) == 3_612
    assert stations.index.is_unique
    assert (stations["in_2016"].sum(), stations["in_2023"].sum()) == (2_603, 3_160)
    assert (stations["in_2016"] | stations["in_2023"]).all()
    assert stations["within_25_km_of_seat"].sum() == 857
    assert stations["coordinate_source"].value_counts().to_dict() == {
        "OpenStreetMap": 3_555,
        "heywhale list": 50,
        "interpolated": 6,
        "Amap 2023": 1,
    }
    abroad = stations[stations["adcode"].isna()]
    assert sorted(abroad["name_zh"]) == sorted(["磨丁", "琅勃拉邦", "万荣", "万象"])
    renamed = stations[stations["name_2016"].notna()]
    assert len(renamed) == 49
    assert (renamed["name_2016"] != renamed["name_zh"]).all()
    for year in ("in_2016", "in_2023"):
        names = stations["name_2016"].fillna(stations["name_zh"])
        names = names if year == "in_2016" else stations["name_zh"]
        assert names[stations[year]].is_unique


def test_stations_near_a_seat_are_within_25_km():
    stations, seats = reference.stations(), prefectures()
    near = stations[stations["within_25_km_of_seat"]]
    seat = seats.loc[near["adcode"]].geometry
    _, _, distance = GEOD.inv(
        near.geometry.x.to_numpy(),
        near.geometry.y.to_numpy(),
        seat.x.to_numpy(),
        seat.y.to_numpy(),
    )
    assert distance.max() < 25_100


def test_road_places_and_sections_fit_together():
    places, sections = reference.road_places(), reference.road_sections()
    assert (len(places), len(sections)) == (493, 961)
    assert places.index.is_unique
    assert places.crs.to_epsg() == 4326
    assert set(sections["from_id"]) | set(sections["to_id"]) <= set(places.index)
    assert (sections["from_id"] != sections["to_id"]).all()
    assert sections["class"].value_counts().to_dict() == {
        "expressway": 519,
        "national highway": 360,
        "provincial highway": 42,
        "urban expressway": 40,
    }
    assert sections["confidence"].value_counts().to_dict() == {
        "high": 587,
        "low": 193,
        "medium": 181,
    }


def test_sections_of_a_line_follow_each_other():
    sections = reference.road_sections()
    follows = sections["line_id"] == sections["line_id"].shift()
    assert (sections["from_id"] == sections["to_id"].shift())[follows].all()
    assert (sections["sequence"] == sections["sequence"].shift() + 1)[follows].all()
    assert (sections["sequence"] == 1)[~follows].all()
    assert (~follows).sum() == sections["line_id"].nunique() == 114 + 45


def test_expressways_add_to_15_312_km_and_lengths_say_their_basis():
    sections = reference.road_sections()
    fast = sections[sections["class"].isin(["expressway", "urban expressway"])]
    by_basis = fast.groupby("length_basis")["length_km"].sum().round().astype(int).to_dict()
    assert by_basis == {
        "adjusted": 436,
        "great circle x 1.10": 10_837,
        "published": 284,
        "shared": 3_214,
        "unverified": 541,
    }
    assert fast["length_km"].sum() == pytest.approx(15_312, abs=2)
    trunk = sections.drop(fast.index)
    assert set(trunk["length_basis"]) == {"great circle x 1.20"}


def test_no_section_is_shorter_than_the_great_circle():
    places, sections = reference.road_places().geometry, reference.road_sections()
    start, end = places.loc[sections["from_id"]], places.loc[sections["to_id"]]
    _, _, straight = GEOD.inv(
        start.x.to_numpy(), start.y.to_numpy(), end.x.to_numpy(), end.y.to_numpy()
    )
    assert (sections["length_km"] / (straight / 1000)).min() > 0.98


def test_road_sections_of_a_year():
    every, early = reference.road_sections(), reference.road_sections(as_of=2000)
    assert len(early) < len(every)
    assert early["opened"].dropna().max() == 2000
    assert early["opened"].isna().sum() == every["opened"].isna().sum() == 386
    assert len(reference.road_sections(as_of=2024)) == len(every)


def test_rail_lines():
    lines = reference.rail_lines()
    assert len(lines) == 60
    assert lines.loc[lines["mode"] == "road", "name_zh"].tolist() == ["深中通道", "港珠澳大桥"]
    assert set(lines["cluster"]) <= {cluster.slug for cluster in list_clusters()}
    building = lines["state"] == "under construction"
    assert lines.loc[building, "name_zh"].tolist() == [
        "雄商高铁",
        "雄忻高铁",
        "石雄高铁",
        "津潍高铁",
    ]
    assert lines["opened"].isna().equals(building)
    assert lines.loc[~building, "opened"].str.fullmatch(r"\d{4}(-\d\d){0,2}").all()
    assert not lines.loc[building, "opened_verified"].any()


def test_rail_line_stations_run_in_order_and_no_faster_than_the_crow():
    table, stations = reference.rail_line_stations(), reference.stations()
    assert (len(table), table["line_zh"].nunique()) == (875, 48)
    assert table["station_id"].notna().sum() == 739
    assert set(table["station_id"].dropna()) <= set(stations.index)
    same_line = table["line_zh"] == table["line_zh"].shift()
    assert (table["sequence"].diff() == 1)[same_line].all()
    known = table.dropna(subset="station_id")
    points = stations.geometry.loc[known["station_id"]].reset_index(drop=True).to_crs(32650)
    chord_km = points.distance(points.shift()).to_numpy() / 1000
    fare_km = known["fare_km"].diff().abs().to_numpy()
    together = (known["line_zh"] == known["line_zh"].shift()).to_numpy()
    # fare kilometres are whole, and UTM far off its zone overstates by up to 2 per cent
    assert (chord_km[together] < fare_km[together] * 1.03 + 4).all()


def test_beijing_facts_add_up():
    facts = reference.beijing_facts()
    cities = facts[facts["level"] == "prefecture"]
    assert len(cities) == 13
    total = facts.loc[facts["level"] == "cluster", "residents_2020"].item()
    hebei = facts.loc[facts["level"] == "province", "residents_2020"].item()
    assert cities["residents_2020"].sum() == total == 110_369_339
    assert cities.loc[cities["adcode"].str.startswith("13"), "residents_2020"].sum() == hebei
    assert hebei == 74_610_235
    residents = prefectures()["residents"].loc[cities["adcode"]]
    assert (residents.to_numpy() == cities["residents_2020"].to_numpy()).all()
    away = facts.dropna(subset="road_km")
    assert (away["road_km"] > away["straight_km"]).all()
    assert (away["rail_km"].dropna() > away["straight_km"].loc[away["rail_km"].notna()] - 2).all()


@pytest.mark.parametrize(
    "load",
    [
        reference.stations,
        reference.road_places,
        reference.road_sections,
        reference.rail_lines,
        reference.rail_line_stations,
        reference.beijing_facts,
        lambda: reference.rail_services("2023-12-15"),
        lambda: reference.city_services("2016-11-13", "any"),
        lambda: reference.road_sections(as_of=2010),
    ],
)
def test_a_changed_table_is_the_callers_own(load):
    first = load()
    column = first.columns[0]
    untouched = first[column].copy()
    first[column] = "changed"
    pd.testing.assert_series_equal(load()[column], untouched)


def test_every_column_is_described_and_no_file_is_large():
    data = files("toolkit") / "data"
    text = (data / "README.md").read_text(encoding="utf-8")
    sizes = {}
    for entry in data.iterdir():
        with as_file(entry) as path:
            sizes[path.name] = path.stat().st_size
            if path.suffix == ".csv":
                columns = pd.read_csv(path, nrows=0).columns
            elif path.suffix == ".parquet":
                columns = pd.read_parquet(path).columns
            else:
                continue
        assert path.name in text
        missing = [column for column in columns if column not in text]
        assert missing == [], path.name
    assert max(sizes.values()) < 2_000_000
    assert sum(sizes.values()) < 4_000_000
