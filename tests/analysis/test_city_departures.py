"""Cities over windows of departures: a drawn day by hand, and the national timetable.

Roads (minutes, both ways): centre of A ──10── station a          station b ──20── centre of B
(the stations lie north of the line between the centres, so a road along it passes neither)
Trains a to b, 30 minutes each: G1 08:00, G2 08:20, G3 22:00
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from toolkit.analysis.circles import core_reach, departure_reaches
from toolkit.analysis.definitions import BEST_CASE, load_definitions
from toolkit.analysis.door_to_door import door_to_door
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import TERMS, leading_rows, travel_times
from toolkit.analysis.road import road_minutes
from toolkit.analysis.stations import STATION_SETS, city_stations
from toolkit.clusters import load_cluster
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

CITIES = gpd.GeoDataFrame(
    {"name_zh": ["甲", "乙"], "name_en": ["A", "B"]},
    index=["A", "B"],
    geometry=gpd.points_from_xy([116.0, 118.1], [39.0, 39.0]),
    crs=4326,
)
STOPS = gpd.GeoDataFrame(
    {"name_zh": ["甲站", "乙站"], "name_en": ["A", "B"]},
    index=["a", "b"],
    geometry=gpd.points_from_xy([116.1, 118.0], [39.05, 39.05]),
    crs=4326,
)
DEFINITIONS = load_definitions()
D4 = DEFINITIONS["door_to_door"]


def drawn_timetable(*departures):
    minutes = [60 * int(text[:2]) + int(text[3:]) for text in departures]
    trains = pd.Series([f"G{n}" for n, _ in enumerate(minutes, start=1)])
    calls = [
        (trip, i, station, 60 * (minute + 30 * i), 60 * (minute + 30 * i))
        for trip, minute in enumerate(minutes)
        for i, station in enumerate("ab")
    ]
    columns = ["trip_id", "stop_sequence", "station_id", "arrival_s", "departure_s"]
    return Timetable(
        STOPS,
        pd.DataFrame({"train": trains, "train_class": "fast", "kind": "G"}),
        pd.DataFrame(calls, columns=columns),
        date="2023-12-15",
    )


def drawn_roads(*arcs):
    """Centres at nodes 0 and 3, stations at 1 and 2."""
    x, y = [116.0, 116.1, 118.0, 118.1], [39.0, 39.05, 39.05, 39.0]
    nodes = gpd.GeoDataFrame(index=range(4), geometry=gpd.points_from_xy(x, y), crs=4326)
    rows = [(u, v, 60.0 * m) for a, b, m in arcs for u, v in ((a, b), (b, a))]
    return SpatialNetwork.from_geodataframes(
        nodes, pd.DataFrame(rows, columns=["u", "v", "time_s"])
    )


TIMETABLE = drawn_timetable("08:00", "08:20", "22:00")
ROADS = drawn_roads((0, 1, 10), (2, 3, 20))


def times_of(definition, *, timetable=TIMETABLE, roads=ROADS):
    view = ServiceView.build(timetable, city_stations(STOPS, CITIES), "any")
    return travel_times(CITIES, ["A"], [definition], trains=[view], roads=roads)


def by_statistic(times):
    return times.set_index(["window", "statistic"])


def test_statistics_of_the_morning_by_hand():
    """Leave by 07:35 for G1 and by 07:55 for G2, each 50 minutes before one is there; then G3."""
    times = by_statistic(times_of(D4))
    morning = times.loc["07:00-09:00"]
    # the best minutes are 07:35 and 07:55: access 10, waiting 15, ride 30, egress 20
    assert morning.loc["fastest", "minutes"] == 75
    # minutes to 07:35 take 75 to 110, those to 07:55 75 to 94, the later 64 until 22:50
    travel = np.sort(
        [*range(75, 111), *range(75, 95), *(22 * 60 + 50 - m for m in range(476, 540))]
    )
    assert morning.loc["median", "minutes"] == travel[59]
    assert morning.loc["p90", "minutes"] == travel[107]
    assert (morning["departures"] == 2).all()  # G1 and G2; one for G3 can leave later
    assert morning.loc["fastest", "share_within_90"] == pytest.approx(32 / 120, abs=1e-4)
    assert (times.loc["whole day"]["departures"] == 3).all()
    assert morning["is_leading"].tolist() == [True, False, False]
    assert not times.loc["whole day"]["is_leading"].any()
    assert (times["station_set"] == "").all()


@pytest.mark.parametrize("side", [(0, 1, 10), (2, 3, 20)])
def test_a_city_far_from_all_roads_is_not_reached_from_door_to_door(side):
    """Roads about A alone, then about B alone."""
    times = times_of(D4, roads=drawn_roads(side))
    assert times["minutes"].isna().all()
    assert (times["itinerary"] == "").all()
    assert not times["within_90"].any()


def test_the_evidence_is_the_journey_of_a_minute():
    morning = by_statistic(times_of(D4)).loc["07:00-09:00"]
    fastest = morning.loc["fastest"]
    assert fastest["itinerary"] == (
        "leave 07:35, access 10.0, waiting 15.0, G1 甲站 08:00–乙站 08:30, egress 20.0"
    )
    assert (fastest["fastest_train"], fastest["to_station_zh"]) == ("G1", "乙站")
    assert fastest[list(TERMS)].tolist()[:5] == [10, 15, 30, 0, 20]
    assert "G3" in morning.loc["median", "itinerary"]


def test_the_road_counts_where_it_is_sooner():
    roads = drawn_roads((0, 1, 10), (2, 3, 20), (0, 3, 90))
    morning = by_statistic(times_of(D4, roads=roads)).loc["07:00-09:00"]
    assert morning["minutes"].tolist() == [75, 90, 90]
    assert morning["itinerary"].tolist()[1:] == ["road", "road"]
    assert morning.loc["fastest", "share_within_90"] == 1.0
    rail_only = replace(D4, modes=("rail",))
    assert times_of(rail_only, roads=roads)["minutes"].equals(times_of(D4)["minutes"])


def test_a_definition_of_ones_own():
    night = replace(
        D4, windows=("23:00-01:00",), statistics=("p90",), waiting_min=5.0, alighting_min=3.0
    )
    found = times_of(night).iloc[0]
    # the last of 120 minutes but 12 from the worst, all until 08:53 with G1
    assert found["minutes"] == 24 * 60 + 8 * 60 + 53 - (23 * 60 + 12)
    assert found["itinerary"].startswith("leave 23:12, access 10.0, waiting 518.0, G1")
    assert found["itinerary"].endswith("egress 23.0")
    assert times_of(replace(D4, budget_min=74.0))["minutes"].isna().all()
    assert times_of(replace(D4, budget_min=75.0)).iloc[0]["share_within_75"] == pytest.approx(
        2 / 120, abs=1e-4
    )


def test_a_speed_of_access_takes_the_straight_line():
    km = city_stations(STOPS, CITIES)["seat_km"]
    walking = replace(D4, access_speed_kmh=5.0)
    for roads in (ROADS, None):
        found = times_of(walking, roads=roads).iloc[0]
        assert found["station_set"] == "any"
        access, egress = (round(km[s] * 1.3 / 5.0 * 3600) / 60 for s in "ab")
        assert found["access_min"] == pytest.approx(access, abs=0.02)
        assert found["egress_min"] == pytest.approx(egress, abs=0.02)
        assert found["minutes"] == pytest.approx(found[list(TERMS)[:5]].sum(), abs=0.02)
    assert times_of(D4, roads=None).iloc[0]["access_min"] == pytest.approx(
        km["a"] * 1.3 / 25 * 60, abs=0.02
    )


def test_straight_access_and_the_road_all_the_way():
    roads = drawn_roads((0, 3, 90))
    walking = replace(D4, access_speed_kmh=5.0)
    found = times_of(walking, roads=roads)
    assert (found["itinerary"] == "road").all()
    assert (found["minutes"] == 90).all()


@pytest.fixture(scope="module")
def cluster():
    return load_cluster("jing-jin-ji")


def views(cluster, timetable):
    stations = city_stations(reference.stations(), cluster.cities)
    return [ServiceView.build(timetable, stations, name) for name in STATION_SETS]


@pytest.fixture(scope="module")
def best_case(cluster):
    timetable = Timetable.from_reference("2023-12-15")
    return travel_times(
        cluster.cities, ["110000"], DEFINITIONS.values(), trains=views(cluster, timetable)
    )


def test_embedded_services_say_that_they_are_a_best_case(best_case):
    said = best_case.groupby("definition")["statistic"].unique().map(list).to_dict()
    assert said == {
        "fastest_train": ["fastest"],
        "usual_train": ["median"],
        "station_to_station": [BEST_CASE],
        "door_to_door": [BEST_CASE],
    }
    assert (best_case["window"] == "").all()
    assert best_case["is_leading"].all()
    assert best_case["departures"].isna().all()


@pytest.fixture(scope="module")
def national(cluster, shared):
    timetable = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    return travel_times(
        cluster.cities,
        ["110000", "130100"],
        DEFINITIONS.values(),
        trains=views(cluster, timetable),
        roads=schematic_roads(),
    )


def test_one_leading_row_a_city(national):
    keys = ["core_adcode", "city_adcode", "definition", "station_set"]
    assert not leading_rows(national).duplicated(keys).any()
    assert not national.duplicated([*keys, "window", "statistic"]).any()


def test_departures_are_never_faster_than_the_best_case(national, best_case):
    """Which rests on the cluster's stations alone, as station to station here does not."""
    d3 = national["definition"] == "station_to_station"
    whole = national[
        d3 & (national["window"] == "whole day") & (national["statistic"] == "fastest")
    ]
    merged = whole.merge(
        best_case.query("definition == 'station_to_station'"),
        on=["core_adcode", "city_adcode", "station_set"],
        suffixes=("", "_best"),
    )
    assert len(merged) == 24
    direct = ~merged["fastest_train"].str.contains("+", regex=False)
    assert (merged["minutes"] >= merged["minutes_best"])[direct].all()
    assert (merged["minutes"] == merged["minutes_best"])[direct].sum() > 12


def test_parts_add_up_and_statistics_are_in_order(national):
    made = national[(national["window"] != "") & (national["fastest_train"] != "")]
    assert len(made) > 200
    parts = made[[term for term in TERMS if term != "road_min"]].sum(axis=1)
    assert (parts - made["minutes"]).abs().max() < 0.02
    wide = national[national["window"] != ""].pivot(
        index=["core_adcode", "city_adcode", "definition", "station_set", "window"],
        columns="statistic",
        values=["minutes", "share_within_90"],
    )
    minutes, share = wide["minutes"].fillna(np.inf), wide["share_within_90"]["median"]
    assert (minutes["fastest"] <= minutes["median"]).all()
    assert (minutes["median"] <= minutes["p90"]).all()
    assert ((minutes["median"] <= 90) == (share >= 0.5)).all()
    assert ((minutes["p90"] <= 90) == (share >= 0.9)).all()


def test_door_to_door_is_never_slower_than_the_road(national, cluster):
    driving = road_minutes(schematic_roads(), cluster.cities, "110000")
    door = leading_rows(national).query("definition == 'door_to_door' and core_zh == '北京'")
    by_city = door.set_index("city_adcode")["minutes"]
    assert (by_city <= driving[by_city.index] + 1.5 / 60).all()
    assert by_city["130100"] < driving["130100"] - 60  # Shijiazhuang, by train


def test_circles_of_slower_departures_are_smaller(cluster, shared):
    """The land of the fastest departure holds that of the median, and road alone is in both."""
    timetable = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    view = views(cluster, timetable)[1]
    roads, options = schematic_roads(), {"epsg": 32650, "thresholds_min": [60, 90]}
    found = departure_reaches("130100", D4, roads, cluster.cities, trains=view, **options)
    assert [(reach.statistic, reach.window) for reach in found] == [
        (statistic, "07:00-09:00") for statistic in ("fastest", "median", "p90")
    ]
    assert [reach.is_leading for reach in found] == [True, False, False]
    by_road = core_reach("130100", DEFINITIONS["road_free_flow"], roads, cluster.cities, **options)
    areas = np.array([reach.bands["area_km2"] for reach in [*found, by_road]])
    assert (areas[1:] <= 1.001 * areas[:-1]).all()  # departures are told to the next full second
    assert areas[0, 1] > 1.2 * areas[3, 1]  # Beijing West is an hour off by train


def test_statistics_of_nodes_are_those_of_their_minutes():
    found = door_to_door(ROADS, CITIES.geometry["A"], TIMETABLE, station_city=pd.Series(dtype=str))
    for statistic in ("fastest", "median", "p90"):
        expected = found.nodes().statistic(statistic)
        node_min = found.statistic(statistic).node_ms / 60_000
        assert node_min.tolist() == expected.tolist()
