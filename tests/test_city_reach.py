"""One call from a city, or from points of any network, to polygons, cities and people."""

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from click.testing import CliRunner

import toolkit
from toolkit.analysis.surfaces import LastLeg
from toolkit.cli import cli
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.progress import Progress

QUIET = Progress(stream=None)


def street(length_deg=0.108, minutes=6.0):
    """Two nodes in Helsinki joined by a street, as osmnx would hold it."""
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_node(1, x=24.90, y=60.17)
    graph.add_node(2, x=24.90 + length_deg, y=60.17)
    graph.add_edge(1, 2, travel_time=60 * minutes, length=5994.0)
    graph.add_edge(2, 1, travel_time=60 * minutes, length=5994.0)
    return graph


def test_a_network_in_place_of_a_cluster_is_sent_on():
    with pytest.raises(TypeError, match=r"toolkit\.isochrones\(network"):
        toolkit.reach(street(), "Beijing")


def test_isochrones_hold_the_place_and_each_other():
    found = toolkit.isochrones(street(), (24.90, 60.17), [2, 4, 6])
    assert found["minutes"].tolist() == [2, 4, 6]
    assert found.geometry.contains(shapely.Point(24.9001, 60.17)).all()
    for inner, outer in zip(found.geometry[:-1], found.geometry[1:], strict=True):
        assert inner.difference(outer.buffer(1e-7)).is_empty
    assert found.geometry.is_valid.all()


def test_area_of_an_isochrone_is_that_of_the_discs_along_the_street():
    """Within 6 min along a street of 1 km a minute: discs of 5 km/h over the minutes left."""
    cone = 6.0 * 5.0 / 60.0  # km on foot at the start, shrinking to nothing at the end
    found = toolkit.isochrones(street(), (24.90, 60.17), 6, cell_m=20.0)
    slope = np.arcsin(cone / 6.0)
    # a half disc behind the start, and the wedge that touches the discs
    expected = 2 * (0.5 * cone * 6.0 * np.cos(slope)) + (np.pi / 2 + slope) * cone**2
    assert found["area_km2"][0] == pytest.approx(expected, rel=0.03)


def test_points_of_any_kind_and_index():
    frame = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([24.90, 25.008], [60.17, 60.17]), index=["w", "e"], crs=4326
    ).to_crs(3067)
    by_frame = toolkit.isochrones(street(), frame, 3)
    assert by_frame["origin"].tolist() == ["w", "e"]
    by_pairs = toolkit.isochrones(street(), [(24.90, 60.17), (25.008, 60.17)], 3)
    assert by_pairs["area_km2"].tolist() == by_frame["area_km2"].tolist()
    by_point = toolkit.isochrones(street(), shapely.Point(24.90, 60.17), 3)
    assert by_point["area_km2"][0] == by_frame["area_km2"][0]


def test_no_last_leg_no_land_beside_the_street():
    wide = toolkit.isochrones(street(), (24.90, 60.17), 6)
    thin = toolkit.isochrones(street(), (24.90, 60.17), 6, last_leg=LastLeg(5.0, 0.1))
    assert thin["area_km2"][0] < 0.5 * wide["area_km2"][0]


def test_no_isochrone_crosses_a_canal_beside_the_street():
    canal = gpd.GeoSeries([shapely.box(24.8, 60.1705, 25.1, 60.1710)], crs=4326)
    free = toolkit.isochrones(street(), (24.90, 60.17), [3, 6], cell_m=20.0)
    held = toolkit.isochrones(street(), (24.90, 60.17), [3, 6], cell_m=20.0, water=canal)
    south = shapely.box(24.8, 60.0, 25.1, 60.17)
    for minutes in (0, 1):
        assert held.geometry[minutes].bounds[3] < 60.1706  # nothing on the other bank or in it
        assert free.geometry[minutes].bounds[3] > 60.1712
        before, after = (one.geometry[minutes].intersection(south).area for one in (free, held))
        assert after == pytest.approx(before, rel=0.01)
    projected = toolkit.isochrones(
        street(), (24.90, 60.17), 3, cell_m=20.0, water=canal.to_crs(3067)
    )
    assert projected["area_km2"][0] == pytest.approx(held["area_km2"][0], rel=1e-3)


def test_isochrones_refuse_what_makes_no_sense():
    for options in ({"minutes": 0}, {"minutes": []}, {"cell_m": 0.0}):
        with pytest.raises(ValueError, match="above 0"):
            toolkit.isochrones(street(), (24.90, 60.17), **options)
    with pytest.raises(NetworkError):
        toolkit.isochrones(street(), gpd.GeoSeries([shapely.Point(1, 1)]), 5)


def test_a_point_farther_than_the_last_leg_is_refused():
    points = gpd.GeoSeries(gpd.points_from_xy([24.90, 24.95], [60.17, 60.20]), crs=4326)
    points.index = ["on the street", "in the sea"]
    with pytest.raises(NetworkError, match=r"in the sea lies 3\.3 km .* more than 2 km"):
        toolkit.isochrones(street(), points, 5)
    wide = toolkit.isochrones(street(), points, 60, last_leg=LastLeg(5.0, 4.0))
    assert (wide["area_km2"] > 1.0).all()


def test_reach_of_beijing_on_embedded_data():
    found = toolkit.reach("京津冀", "北京", [60, 90], progress=QUIET)
    assert found.polygons["minutes"].tolist() == [90, 60]
    assert (found.polygons["statistic"] == "best_case").all()
    assert found.polygons["population"][1] > 20e6
    assert set(found.shares["minutes"]) == {60, 90}
    own = found.shares[found.shares["adcode"] == "110000"].set_index("minutes")["population_share"]
    assert 0.7 < own[60] < own[90] < 1.0
    assert "Langfang" in found.cities.loc[found.cities["within_60"], "city_en"].tolist()
    with pytest.raises(UnknownNameError, match="no definition is called 'teleport'"):
        toolkit.reach("jing-jin-ji", "Beijing", definition="teleport")


def test_the_command_writes_a_geopackage_a_raster_and_a_map(tmp_path):
    options = ["--core", "Shijiazhuang", "--minutes", "50", "--quiet", "--out", str(tmp_path)]
    result = CliRunner().invoke(cli, ["reach", "jing-jin-ji", *options])
    assert result.exit_code == 0, result.output
    head, cities, land, *_ = result.output.splitlines()
    assert head.startswith("Beijing-Tianjin-Hebei, door to door, timetable 2023-12-15 (roads sch")
    assert cities == "Shijiazhuang 石家庄, 50 min: no other city"
    assert land.endswith(" million people (best case)")
    base = tmp_path / "reach_shijiazhuang_door_to_door"
    layers = {name for name, _ in pyogrio.list_layers(base.with_suffix(".gpkg"))}
    assert {"reach", "city_times", "cities", "prefectures", "metadata"} <= layers
    polygons = gpd.read_file(base.with_suffix(".gpkg"), layer="reach")
    assert polygons["minutes"].tolist() == [50]
    with rasterio.open(base.with_suffix(".tif")) as raster:
        assert raster.read(1, masked=True).max() <= 50
    assert base.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_the_command_speaks_chinese_and_json_and_says_that_there_are_no_roads(tmp_path):
    options = ["--core", "广州", "--minutes", "60", "--minutes", "45", "--quiet"]
    call = ["reach", "珠三角", *options, "--out", str(tmp_path), "--definition"]
    lines = CliRunner().invoke(cli, [*call, "door_to_door", "--lang", "zh"]).output.splitlines()
    assert lines[0] == "珠三角城市群，门到门，时刻表 2023-12-15（无公路网：仅铁路）"
    assert [line[:15] for line in lines[1:3]] == ["广州 Guangzhou，45", "广州 Guangzhou，60"]
    printed = CliRunner().invoke(cli, [*call, "fastest_train", "--json"])
    found = json.loads(printed.output)
    assert found["minutes"] == [45, 60]
    times = {row["city_zh"]: row["minutes"] for row in found["cities"] if row["within_45"]}
    assert times["深圳"] < 45
    assert {path.rsplit(".", 1)[1] for path in found["files"]} == {"gpkg", "png"}
