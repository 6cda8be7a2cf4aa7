"""Circles of core cities on the embedded data: what must be inside, what must not."""

import io
from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from toolkit.analysis.circles import core_reach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.findings import analyse
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import travel_times
from toolkit.analysis.road import off_roads
from toolkit.analysis.stations import city_stations
from toolkit.clusters import load_cluster
from toolkit.errors import NetworkError
from toolkit.networks.inputs import read_inputs
from toolkit.networks.inputs.water import sea_round
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.publish.report.methods import limits
from toolkit.settings import DEFAULTS
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


DAGU_LIGHTHOUSE = shapely.Point(117.98, 38.94)  # stands in the sea off Tianjin


def road_circle(scene, core, **options):
    cluster, _, _, roads = scene
    free_flow = load_definitions()["road_free_flow"]
    return core_reach(core, free_flow, roads, cluster.cities, epsg=cluster.utm_epsg, **options)


def test_no_circle_of_the_demo_lies_in_the_sea(scene):
    cluster = scene[0]
    sea = sea_round(cluster.cities.geometry)
    drawn = sea.to_crs(cluster.utm_epsg).union_all()
    for core in ("120000", "130300"):  # Tianjin, Qinhuangdao
        dry, wet = road_circle(scene, core), road_circle(scene, core, water=sea)
        assert wet.bands.geometry.is_valid.all()
        assert not wet.bands.covers(DAGU_LIGHTHOUSE).any()
        before, after = (
            circle.bands.to_crs(cluster.utm_epsg).geometry.intersection(drawn).area.max()
            for circle in (dry, wet)
        )
        assert before > 100e6  # m2
        assert after < 10_000  # less than a twentieth of a cell


def test_a_lake_parts_two_banks(scene):
    """A lake round the whole of Tianjin's centre but 8 km: nobody gets off on the water."""
    cluster = scene[0]
    seat = gpd.GeoSeries([cluster.cities.geometry["120000"]], crs=4326).to_crs(cluster.utm_epsg)
    lake = seat.buffer(12_000).difference(seat.buffer(8_000))
    whole = road_circle(scene, "120000")
    parted = road_circle(scene, "120000", water=lake)
    for circle in (whole, parted):
        assert circle.bands.geometry.is_valid.all()
    plane = parted.bands.to_crs(cluster.utm_epsg).geometry
    assert plane.intersection(lake.iloc[0]).area.max() < 10_000
    inner, outer = seat.buffer(8_000).iloc[0], seat.buffer(12_000).iloc[0]
    assert (plane.intersection(inner).area > 0.9 * inner.area).all()
    assert plane.iloc[-1].difference(outer).area > 1e9  # roads lead over it by bridges
    with_lake, without = parted.bands["area_km2"].iloc[-1], whole.bands["area_km2"].iloc[-1]
    assert with_lake < without - 0.9 * lake.area.iloc[0] / 1e6


def roads_about_beijing():
    """The schematic roads within 0.4 degrees of Beijing: no other seat but Langfang's is near."""
    whole = schematic_roads()
    near = whole.edges.within(shapely.box(115.9, 39.4, 116.9, 40.4))
    return SpatialNetwork.from_geodataframes(whole.nodes, whole.edges[near.to_numpy()])


def test_a_core_far_from_all_roads_has_no_circle(scene):
    cluster = scene[0]
    free_flow = load_definitions()["road_free_flow"]
    with pytest.raises(NetworkError, match=r"Tianjin lies \d+\.\d km from the nearest road"):
        core_reach(
            "120000", free_flow, roads_about_beijing(), cluster.cities, epsg=cluster.utm_epsg
        )


def test_a_run_counts_seats_far_from_all_roads_as_unreached_and_says_so(scene):
    cluster, roads = scene[0], roads_about_beijing()
    said = io.StringIO()
    inputs = read_inputs(cluster, population="none", progress=Progress(stream=None))
    found = analyse(
        replace(inputs, roads=roads, timetables=inputs.timetables[:1]),
        ["110000", "120000"],
        [load_definitions()["road_free_flow"]],
        with_structure=False,
        progress=Progress(stream=said),
    )
    times = found.city_times.set_index(["core_adcode", "city_adcode"])["minutes"]
    assert times["110000", "131000"] < 90  # Langfang
    assert times.drop(("110000", "131000")).isna().all()
    assert [reach.core for reach in found.reaches] == ["110000"]
    far = off_roads(roads, cluster.cities)
    assert set(far.index) == set(cluster.cities.index) - {"110000", "131000"}
    tianjin = f"Tianjin lies {far['120000']:.1f} km from the nearest road, more than 15 km"
    assert tianjin in said.getvalue()
    words = limits(replace(inputs, roads=roads), modelled=False, settings=DEFAULTS)
    (sentence,) = (text for text in words if "unreached by road" in text.en)
    assert f"Tianjin ({far['120000']:.1f} km)" in sentence.en
    assert f"天津（{far['120000']:.1f}公里）" in sentence.zh
    assert "Langfang" not in sentence.en
    assert not any(
        "unreached" in text.en for text in limits(inputs, modelled=False, settings=DEFAULTS)
    )
