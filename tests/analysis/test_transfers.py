"""Changes between the stations of a city: by road, by the straight line, never below the stated.

Roads (minutes, both ways): a ──60── b ──30── c;  f lies far off, g belongs to another city
"""

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.rail import access_minutes
from toolkit.analysis.rail_profile import rail_profile
from toolkit.analysis.transfers import changes_of, driven_changes
from toolkit.errors import InputFileError
from toolkit.networks.geodesy import distances_m
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

X = {"a": 116.0, "b": 116.3, "c": 116.4, "f": 118.0, "g": 116.31}
STOPS = gpd.GeoSeries(gpd.points_from_xy(list(X.values()), [40.0] * 5), index=list(X), crs=4326)
CITY = pd.Series({"a": "1", "b": "1", "c": "1", "f": "1", "g": "2"})
NODES = gpd.GeoDataFrame(index=[0, 1, 2], geometry=STOPS.iloc[:3].to_numpy(), crs=4326)
ROADS = SpatialNetwork.from_geodataframes(
    NODES,
    pd.DataFrame(
        {"u": [0, 1, 1, 2], "v": [1, 0, 2, 1], "time_s": [3600.0, 3600.0, 1800.0, 1800.0]}
    ),
)


def minutes(table):
    return {(row.from_id, row.to_id): row.minutes for row in table.itertuples()}


def test_the_way_over_the_roads_and_boarding():
    found = minutes(driven_changes(STOPS, CITY, roads=ROADS))
    assert found["a", "b"] == found["b", "a"] == 15 + 60
    assert found["a", "c"] == 15 + 90
    assert found["b", "c"] == 15 + 30
    assert found["a", "a"] == 15
    assert ("b", "g") not in found


def test_the_stated_time_is_the_least():
    slow = Settings(change_between_stations_min=100.0)
    found = minutes(driven_changes(STOPS, CITY, roads=ROADS, settings=slow))
    assert (found["a", "b"], found["a", "c"]) == (100, 105)


def test_where_there_is_no_road_the_straight_line():
    km = distances_m(X["a"], 40.0, X["f"], 40.0) / 1000.0
    straight = 15 + float(access_minutes(km))
    assert minutes(driven_changes(STOPS, CITY, roads=ROADS))["a", "f"] == pytest.approx(straight)
    without = minutes(driven_changes(STOPS, CITY))
    assert without["a", "f"] == pytest.approx(straight)
    near = 15 + float(access_minutes(distances_m(X["a"], 40.0, X["b"], 40.0) / 1000.0))
    assert without["a", "b"] == pytest.approx(near)


def test_a_definition_says_which():
    stated = load_definitions()["station_to_station"]
    by_road = Definition(**{**vars(stated), "between_stations": "road"})
    assert load_definitions()["door_to_door"].between_stations == "road"
    assert minutes(changes_of(stated, STOPS, CITY, roads=ROADS))["a", "c"] == 40
    assert minutes(changes_of(by_road, STOPS, CITY, roads=ROADS))["a", "c"] == 105
    with pytest.raises(InputFileError, match="between_stations 'walk' is unknown"):
        Definition(**{**vars(stated), "between_stations": "walk"})
    nobody = changes_of(by_road, STOPS, pd.Series(dtype=str), roads=ROADS)
    assert (nobody["minutes"] == DEFAULTS.change_same_station_min).all()


def test_a_train_that_leaves_sooner_than_the_way_takes_is_missed():
    """G1 is at b at 08:10; from c, 30 minutes on by road, G2 leaves at 08:50 and G3 at 08:55."""
    stops = gpd.GeoDataFrame({"name_zh": "站", "name_en": ""}, index=STOPS.index, geometry=STOPS)
    trips = pd.DataFrame({"train": ["G1", "G2", "G3"], "train_class": "fast", "kind": "G"})
    calls = [("f", "b", 480, 490), ("c", "g", 530, 540), ("c", "g", 535, 545)]
    rows = [
        (trip, order, station, at * 60, at * 60)
        for trip, (start, end, leaves, arrives) in enumerate(calls)
        for order, (station, at) in enumerate([(start, leaves), (end, arrives)])
    ]
    columns = ["trip_id", "stop_sequence", "station_id", "arrival_s", "departure_s"]
    day = Timetable(stops, trips, pd.DataFrame(rows, columns=columns), date="2023-12-15")
    trains = []
    for changes in (None, driven_changes(day.stops.geometry, CITY, roads=ROADS)):
        profile = rail_profile(day, pd.Series({"f": 0.0}), station_city=CITY, changes=changes)
        trains.append([ride.train for ride in profile.itinerary("g", "07:30").rides])
    assert trains == [["G1", "G2"], ["G1", "G3"]]
