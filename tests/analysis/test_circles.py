"""Circles of core cities on the embedded data: what must be inside, what must not."""

import pytest
import shapely

from toolkit.analysis.circles import core_reach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import travel_times
from toolkit.analysis.stations import city_stations
from toolkit.clusters import load_cluster
from toolkit.networks.roads import schematic_roads
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference


@pytest.fixture(scope="module")
def scene():
    cluster = load_cluster("jing-jin-ji")
    stations = city_stations(reference.stations(), cluster.cities)
    timetable = Timetable.from_reference("2023-12-15")
    return cluster, stations, timetable, schematic_roads()


@pytest.fixture(scope="module")
def circles(scene):
    cluster, stations, timetable, roads = scene
    definitions = load_definitions()
    view = ServiceView.build(timetable, stations, "any")
    return {
        key: core_reach(
            "110000", definitions[key], roads, cluster.cities, epsg=cluster.utm_epsg, trains=view
        )
        for key in ("road_free_flow", "door_to_door")
    }


def test_circles_are_nested_and_valid(circles):
    for circle in circles.values():
        bands = circle.bands
        assert bands["minutes"].tolist() == [45, 60, 75, 90]
        assert bands.geometry.is_valid.all()
        for inner, outer in zip(bands.geometry[:-1], bands.geometry[1:], strict=True):
            assert inner.difference(outer).area < 1e-6
        assert circle.schematic


def test_rail_only_adds_land(circles):
    road, door = circles["road_free_flow"].bands, circles["door_to_door"].bands
    for by_road, by_both in zip(road.geometry, door.geometry, strict=True):
        assert by_road.difference(by_both).area < 1e-6
    assert door["area_km2"].iloc[-1] > 1.02 * road["area_km2"].iloc[-1]


def test_cities_inside_the_circle_are_those_in_the_table(scene, circles):
    cluster, _, _, roads = scene
    table = travel_times(
        cluster.cities,
        ["110000"],
        [load_definitions()["road_free_flow"]],
        roads=roads,
    ).set_index("city_adcode")
    for limit, shape in circles["road_free_flow"].bands.set_index("minutes").geometry.items():
        for city, minutes in table["minutes"].items():
            inside = shape.covers(cluster.cities.geometry[city])
            if minutes <= limit:
                assert inside, f"{city} is {minutes} min away but outside the {limit} min circle"
            elif minutes > limit + 40:  # farther than the last leg could bridge
                assert not inside


def test_a_definition_without_roads_has_no_circle(scene):
    cluster, _, _, roads = scene
    with pytest.raises(ValueError, match="only stations"):
        core_reach("110000", load_definitions()["fastest_train"], roads, cluster.cities, epsg=32650)


def test_door_to_door_without_trains_is_refused(scene):
    cluster, _, _, roads = scene
    with pytest.raises(ValueError, match="needs a timetable"):
        core_reach("110000", load_definitions()["door_to_door"], roads, cluster.cities, epsg=32650)


def test_study_area_cuts_the_circle(scene, circles):
    cluster, _, _, roads = scene
    west = shapely.box(110, 30, 116.4, 45)
    cut = core_reach(
        "110000",
        load_definitions()["road_free_flow"],
        roads,
        cluster.cities,
        epsg=cluster.utm_epsg,
        within=west,
    )
    assert cut.bands["area_km2"].iloc[0] < circles["road_free_flow"].bands["area_km2"].iloc[0]
    assert cut.bands.total_bounds[2] <= 116.4
