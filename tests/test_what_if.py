"""`toolkit.scenario` for roads and rail, by name, by file and by table; and what a run leaves."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pyproj import Geod
from shapely import LineString, Point

import toolkit
from toolkit.analysis.matrices import road_matrix
from toolkit.analysis.scenarios import added_edges
from toolkit.cli import cli
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.progress import Progress
from toolkit.what_if import run_scenario

QUIET = Progress(stream=None)


@pytest.fixture(scope="module")
def banks():
    """Two banks of an estuary joined only by a way around, 120 km at 60 km/h.

    a ---------------- b      a, b: where the link of 24 km would begin and end
     \\______________ /
    """
    nodes = gpd.GeoDataFrame(
        index=[1, 2], geometry=gpd.points_from_xy([113.555, 113.795], [22.578, 22.618]), crs=4326
    )
    edges = pd.DataFrame(
        {"u": [1, 2], "v": [2, 1], "time_s": 7200.0, "length_m": 120_000.0, "source": "test"}
    )
    return SpatialNetwork.from_geodataframes(nodes, edges)


def test_the_shenzhong_link_by_name(banks):
    after = toolkit.scenario(banks, add="shenzhong-link")
    minutes = road_matrix(after, banks.nodes.geometry)
    assert minutes.loc[1, 2] == pytest.approx(24 / 100 * 60, abs=0.01)
    early = toolkit.scenario(banks, add="shenzhong-link", as_of="2024-06-29")
    assert early.edges.equals(banks.edges)
    assert toolkit.scenario(after, remove=added_edges(after)).edges.equals(banks.edges)


def test_a_table_and_a_drawn_file_say_the_same(banks, tmp_path):
    table = pd.DataFrame({"u": [1], "v": [2], "speed_kmh": [80.0], "length_km": [24.0]})
    by_table = toolkit.scenario(banks, add=table)
    line = LineString(banks.nodes.geometry.tolist())
    path = tmp_path / "drawn.geojson"
    gpd.GeoDataFrame({"speed_kmh": [80.0], "length_km": [24.0]}, geometry=[line], crs=4326).to_file(
        path
    )
    by_file = toolkit.scenario(banks, add=path)
    times = [road_matrix(network, banks.nodes.geometry) for network in (by_table, by_file)]
    np.testing.assert_allclose(times[0], times[1], atol=1e-3)
    assert times[0].loc[1, 2] == pytest.approx(18.0, abs=0.01)


def test_a_timetable_needs_the_cities():
    timetable = toolkit.Timetable.from_reference("2023-12-15")
    with pytest.raises(MissingDataError, match="needs the cities"):
        toolkit.scenario(timetable, add="beijing-hengshui")


def test_a_run_of_a_built_in_scenario(tmp_path):
    topic, files = run_scenario("beijing-hengshui", out=tmp_path, progress=QUIET)
    assert "Hengshui enters the hour, fastest train 128 to 59 min" in topic.reading[0].en
    assert "342 km/h over 271 km" in topic.reading[0].en
    package = next(path for path in files if path.suffix == ".gpkg")
    times = gpd.read_file(package, layer="scenario_times")
    assert (times["before_min"] - times["after_min"] == times["saved_min"]).all()
    assert {"衡水"} <= set(times["to_zh"])
    reach = gpd.read_file(package, layer="reach")
    areas = reach.pivot(index=["core_zh", "minutes"], columns="scenario", values="area_km2")
    assert (areas["after"] >= areas["before"]).all()
    land = gpd.read_file(package, layer="scenario_reach")
    leading = land[land["core_zh"] == "北京"].pivot(index="minutes", columns="land")
    within = reach[reach["core_zh"] == "北京"].pivot(index="minutes", columns="scenario")
    parts = leading["population"].fillna(0)
    np.testing.assert_allclose(parts["kept"], within["population"]["before"], atol=2)
    np.testing.assert_allclose(parts.sum(axis=1), within["population"]["after"], atol=2)
    assert leading.loc[90, ("area_km2", "gained")] > 0
    assert "unchanged" in topic.reading[1].en
    assert {"efficiency", "p_sf"} <= set(topic.tables["scenario_effects"]["measure"])
    assert (tmp_path / "tables" / "scenario_effects.csv").exists()
    # each of the five has a map: times, land and people of a circle, efficiency, polycentricity
    drawn = {path.stem for path in files if path.suffix == ".png"}
    assert drawn >= {
        "scenario_beijing_hengshui",
        "scenario_reach_beijing_hengshui_110000",
        "scenario_efficiency_beijing_hengshui",
        "scenario_dominance_beijing_hengshui",
    }
    cities = gpd.read_file(package, layer="scenario_cities").set_index("name_zh")
    assert cities["efficiency_change"].idxmax() == "衡水"
    whole = topic.tables["scenario_effects"].set_index("measure")["after"]
    assert cities["efficiency_after"].mean() == pytest.approx(whole["efficiency"])


def test_the_shenzhong_link_on_roads_of_ones_own(tmp_path):
    """Bank roads and a way around through Guangzhou; the link joins their ends at the water.

    Guangzhou ----- Dongguan ----- Shenzhen -- interchange
       |                                           :  24 km
    Foshan ------- Zhongshan ------------------ Hengmen
    """
    seats = load_cluster("pearl-river-delta").cities.set_index("name_en").geometry
    ends = {"interchange": Point(113.795, 22.618), "Hengmen": Point(113.555, 22.578)}
    place = {**seats.to_dict(), **ends}
    ways = ["Guangzhou Dongguan", "Dongguan Shenzhen", "Shenzhen interchange", "Guangzhou Foshan",
            "Foshan Zhongshan", "Zhongshan Hengmen"]  # fmt: skip
    lines = [LineString([place[end] for end in way.split()]) for way in ways]
    roads = tmp_path / "roads.gpkg"
    frame = gpd.GeoDataFrame({"speed_kmh": 80.0, "highway": "motorway"}, index=ways, geometry=lines)
    frame.set_crs(4326).to_file(roads)
    topic, files = run_scenario(
        "shenzhong-link", roads=roads, timetable="2023-12-15", out=tmp_path / "o", progress=QUIET
    )
    times = topic.tables["scenario_all_times"].set_index(["from_en", "to_en"])
    across = times.loc[("Zhongshan", "Shenzhen")]
    assert across["after_min"] < across["before_min"]
    assert (times["saved_min"] >= 0).all()
    reached = topic.tables["scenario_reached"].set_index(["core_en", "minutes"])
    hour = reached.loc[("Shenzhen", 60)]
    assert hour["people_after"] > hour["people_before"]
    assert hour["area_after_km2"] > hour["area_before_km2"]
    assert "scenario_reach_shenzhong_link_440300.png" in {path.name for path in files}


def test_the_shenzhong_link_on_its_sketch(tmp_path):
    """Without roads of one's own: the way round by the bridge against the way over the link."""
    topic, files = run_scenario("shenzhong-link", out=tmp_path, progress=QUIET)
    seats = load_cluster("pearl-river-delta").cities.geometry
    geod = Geod(ellps="WGS84")

    def drive_min(*places):
        lon, lat = np.array(places).T
        return geod.line_length(lon, lat) / 1000 * 1.2 / 80 * 60

    zhongshan, shenzhen = ((seats[code].x, seats[code].y) for code in ("442000", "440300"))
    bridge = (113.585, 22.785), (113.650, 22.805)
    times = topic.tables["scenario_all_times"].set_index(["from_en", "to_en"])
    across = times.loc[("Zhongshan", "Shenzhen")]
    assert across["before_min"] == pytest.approx(drive_min(zhongshan, *bridge, shenzhen), abs=0.01)
    over = drive_min(zhongshan, (113.555, 22.578)) + 24 / 100 * 60
    over += drive_min((113.795, 22.618), shenzhen)
    assert across["after_min"] == pytest.approx(over, abs=0.01)
    assert (times["saved_min"] >= 0).all()
    said = " ".join(sentence.en for sentence in topic.reading)
    assert "The other roads are schematic" in said
    assert "scenario_reach" not in topic.layers  # a sketch has no land between its places
    drawn = {path.stem for path in files if path.suffix == ".png"}
    assert "scenario_residents_shenzhong_link" in drawn


def test_a_drawn_railway_from_the_command_line(tmp_path):
    stops = toolkit.Timetable.from_reference("2023-12-15").stops.geometry
    path = tmp_path / "fast.geojson"
    gpd.GeoDataFrame(
        {"name": ["快线"], "line_speed_kmh": [350.0]},
        geometry=[LineString([stops["VNP"], stops["TSP"]])],
        crs=4326,
    ).to_file(path)
    command = ["scenario", str(path), "--cluster", "jing-jin-ji", "--quiet", "--json"]
    shown = CliRunner().invoke(cli, [*command, "--out", str(tmp_path / "out"), "--roads", "none"])
    assert shown.exit_code == 0, shown.output
    said = json.loads(shown.output)
    assert "Tangshan enters the hour" in said["reading"][0]["en"]
    assert {row["measure"] for row in said["effects"]} >= {"efficiency", "p_sf", "mean_min"}


@pytest.mark.parametrize(("as_of", "opened"), [("2024", False), ("2026", True)])
def test_a_line_counts_from_the_day_it_opens(tmp_path, as_of, opened):
    topic, _ = run_scenario(
        "beijing-tangshan", as_of=as_of, roads="none", out=tmp_path, progress=QUIET
    )
    assert (topic.tables["scenario_effects"]["change"] != 0).any() == opened
    assert (topic.tables["scenario_all_times"]["saved_min"] > 0).any() == opened


def test_how_far_a_drawn_road_may_end_is_a_setting(tmp_path):
    path = tmp_path / "x.geojson"
    gpd.GeoDataFrame(
        {"speed_kmh": [80.0]}, geometry=[LineString([(116, 40), (117, 40)])], crs=4326
    ).to_file(path)
    strict = replace(toolkit.DEFAULTS, snap_limit_m=1.0)
    options = {"cluster": "jing-jin-ji", "population": "none", "progress": QUIET}
    with pytest.raises(NetworkError, match=r"beyond 0.001 km; .* under \[settings\] in toolkit"):
        run_scenario(path, settings=strict, **options)


def test_what_is_missing_is_named(tmp_path):
    path = tmp_path / "x.geojson"
    gpd.GeoDataFrame(
        {"speed_kmh": [80.0]}, geometry=[LineString([(116, 40), (117, 40)])], crs=4326
    ).to_file(path)
    with pytest.raises(MissingDataError, match="--cluster"):
        run_scenario(path, progress=QUIET)
    with pytest.raises(MissingDataError, match=r"no road network.*line layer"):
        run_scenario("shenzhong-link", roads="none", out=tmp_path, progress=QUIET)
