"""Minutes between cities under every definition: tabulated values and closed forms."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import TERMS, travel_times
from toolkit.analysis.road import road_minutes
from toolkit.analysis.stations import STATION_SETS, city_stations
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS
from toolkit.sources import reference

# Fastest direct train from Beijing's main stations, minutes (printed timetables of those days)
FASTEST = {
    "2023-12-15": {
        "廊坊": 21, "天津": 30, "保定": 35, "张家口": 47, "沧州": 51, "承德": 52, "石家庄": 60,
        "唐山": 64, "邢台": 96, "邯郸": 97, "秦皇岛": 105, "衡水": 128,
    },
    "2016-11-13": {
        "廊坊": 21, "天津": 33, "保定": 41, "张家口": 156, "沧州": 51, "承德": 251, "石家庄": 67,
        "唐山": 64, "邢台": 109, "邯郸": 114, "秦皇岛": 107, "衡水": 113,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    return load_cluster("jing-jin-ji")


def stations_of_cluster(cluster):
    return city_stations(reference.stations(), cluster.cities)


def newest(cluster):
    timetable = Timetable.from_reference("2023-12-15")
    return ServiceView.build(timetable, stations_of_cluster(cluster), "main")


@pytest.fixture(scope="module")
def times(cluster):
    return travel_times(
        cluster.cities,
        ["110000", "120000"],
        load_definitions().values(),
        trains=[
            ServiceView.build(
                Timetable.from_reference(date), stations_of_cluster(cluster), chosen_set
            )
            for date in FASTEST
            for chosen_set in STATION_SETS
        ],
        roads=schematic_roads(),
    )


def chosen(times, definition, date="2023-12-15", station_set="main", core="110000"):
    rows = times[
        (times["definition"] == definition)
        & (times["timetable_date"] == date)
        & (times["station_set"] == station_set)
        & (times["core_adcode"] == core)
    ]
    return rows.set_index("city_zh")


@pytest.mark.parametrize("date", list(FASTEST))
def test_fastest_trains_from_beijing(times, date):
    assert chosen(times, "fastest_train", date)["minutes"].to_dict() == FASTEST[date]


def test_evidence_is_down_to_the_train(times):
    shijiazhuang = chosen(times, "fastest_train").loc["石家庄"]
    assert shijiazhuang["fastest_train"] == "G51"
    assert (shijiazhuang["from_station_zh"], shijiazhuang["to_station_zh"]) == ("北京西", "石家庄")
    assert shijiazhuang["itinerary"] == "G51 北京西–石家庄 60"
    assert shijiazhuang["within_60"]
    assert not shijiazhuang["within_45"]


def test_any_station_shows_the_border_hop(times):
    assert chosen(times, "fastest_train", station_set="any").loc["承德", "minutes"] == 5


def test_waiting_is_added_once(times):
    ridden, waited = chosen(times, "fastest_train"), chosen(times, "station_to_station")
    assert waited.loc["天津", "minutes"] == 30 + 10  # a C train
    assert waited.loc["石家庄", "minutes"] == 60 + 15
    # Hengshui is reached sooner with a change at Shijiazhuang: 15 + 60 + 15 + 38
    assert waited.loc["衡水", "minutes"] == 128
    changed = "waiting 15, G51 北京西–石家庄 60, change 15, D1621 石家庄–衡水北 38"
    assert waited.loc["衡水", "itinerary"] == changed
    assert (waited["minutes"] <= ridden["minutes"] + 15).all()


def test_door_to_door_is_never_slower_than_the_road(times):
    door, road = chosen(times, "door_to_door"), chosen(times, "road_free_flow", "", "")
    assert (door["minutes"] <= road["minutes"][door.index] + 1e-9).all()
    assert door.loc["廊坊", "itinerary"] == "road"
    assert door.loc["廊坊", "schematic"]
    assert not door.loc["石家庄", "schematic"]


def test_door_to_door_itinerary_adds_up(times):
    door = chosen(times, "door_to_door")
    by_train = door[door["itinerary"] != "road"]
    for row in by_train.itertuples():
        parts = [float(part.split()[-1]) for part in row.itinerary.split(", ")]
        assert sum(parts) == pytest.approx(row.minutes, abs=0.11)  # of a decimal each


def test_the_parts_of_every_journey_add_up_to_its_minutes(times):
    rail = times[list(TERMS[:-1])].fillna(0.0).sum(axis=1).where(times["ride_min"].notna(), np.inf)
    total = np.minimum(rail, times["road_min"].fillna(np.inf))
    reached = times["minutes"].notna()
    assert np.isinf(total[~reached]).all()
    np.testing.assert_allclose(total[reached], times.loc[reached, "minutes"], atol=0.02)


def test_usual_train_needs_ten_trains_each_way(times):
    usual = chosen(times, "usual_train")
    found = usual[usual["minutes"].notna()]
    assert (found["trains_per_day"] >= 10).all()
    before = chosen(times, "usual_train", "2016-11-13")
    assert np.isnan(before.loc["承德", "minutes"])  # six trains a day in 2016


def test_within_columns_follow_the_minutes(times):
    for limit in DEFAULTS.thresholds_min:
        assert (times[f"within_{limit}"] == (times["minutes"] <= limit)).all()


def test_no_data_no_rows(cluster):
    rail_only = travel_times(
        cluster.cities, ["110000"], load_definitions().values(), trains=[newest(cluster)]
    )
    assert set(rail_only["definition"]) == {
        "fastest_train",
        "usual_train",
        "station_to_station",
        "door_to_door",
    }

    with pytest.raises(MissingDataError, match="nothing to travel by"):
        travel_times(cluster.cities, ["110000"], load_definitions().values())


def test_longer_waiting_never_brings_a_city_nearer(cluster):
    options = {"trains": [newest(cluster)]}
    wanted = [load_definitions()["station_to_station"]]
    slow = dataclasses.replace(DEFAULTS, waiting_min=25.0, waiting_intercity_min=25.0)
    before = travel_times(cluster.cities, ["110000"], wanted, **options)["minutes"]
    after = travel_times(cluster.cities, ["110000"], wanted, settings=slow, **options)["minutes"]
    assert (after >= before).all()
    assert (after - before).max() == 15.0


def test_the_gtfs_feeds_give_the_same_minutes(cluster, shared):
    stations = stations_of_cluster(cluster)
    wanted = [load_definitions()["fastest_train"]]
    for date, expected in FASTEST.items():
        feed = Timetable.from_gtfs(shared(f"rail/china_rail_{date}.gtfs.zip"), date=date)
        trains = [ServiceView.build(feed, stations, "main")]
        found = travel_times(cluster.cities, ["110000"], wanted, trains=trains)
        main = found.set_index("city_zh")["minutes"]
        assert main.to_dict() == expected


def test_schematic_roads_against_the_published_table(cluster, shared):
    table = pd.read_csv(shared("road/validation_beijing.csv")).set_index("city")
    minutes = road_minutes(schematic_roads(), cluster.cities, "110000")
    minutes.index = cluster.cities.loc[minutes.index, "name_en"]
    both = table.join(minutes.rename("minutes"), how="inner")
    assert len(both) == 12
    assert (both["minutes"] / both["fastest_min"] - 1).abs().max() < 0.03


def test_road_minutes_on_a_line():
    """Seats 0 and 3 km off a road of 60 km at 60 km/h; 2.5 km/min of access at 25 km/h x 1.3."""
    nodes = gpd.GeoDataFrame(
        index=[7, 9], geometry=gpd.points_from_xy([116.0, 116.7], [40.0, 40.0]), crs=4326
    )
    edges = pd.DataFrame({"u": [7], "v": [9], "time_s": [3600.0]})
    roads = SpatialNetwork.from_geodataframes(nodes, edges)
    cities = gpd.GeoDataFrame(
        index=["a", "b"],
        geometry=gpd.points_from_xy([116.0, 116.7], [40.0, 40.0 + 3 / 111.04]),
        crs=4326,
    )
    found = road_minutes(roads, cities, "a")
    assert found["a"] == 0.0
    assert found["b"] == pytest.approx(60 + 3 * 1.3 / 25 * 60, abs=0.05)
    assert np.isinf(road_minutes(roads, cities, "b")["a"])  # one way only


def test_one_city_alone_is_told_what_to_use(cluster):
    with pytest.raises(MissingDataError, match=r"two or more cities; toolkit\.isochrones"):
        travel_times(cluster.cities.loc[["110000"]], ["110000"], [])
