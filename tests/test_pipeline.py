"""The whole run on embedded data: what is on disk afterwards, and what a failure leaves."""

import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

import toolkit
from toolkit.analysis import centrality_preparation
from toolkit.analysis.kernels.hierarchy import build_hierarchy
from toolkit.centrality_summary import centrality_as_text
from toolkit.errors import InputFileError, MissingDataError, OutputError, UnknownNameError
from toolkit.networks.array_store import digest
from toolkit.progress import Progress
from toolkit.publish.layers import LAYERS
from toolkit.summary import run_as_json, run_as_text

QUIET = Progress(stream=None)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("京津冀 out") / "jing-jin-ji"
    return toolkit.run("京津冀", out=folder, progress=Progress(stream=None))


def test_every_file_is_there(result):
    names = {path.relative_to(result.folder).as_posix() for path in result.files}
    assert {
        "jing-jin-ji.gpkg",
        "jing-jin-ji.qgz",
        "travel_time_beijing.tif",
        "accessible_population_60min.tif",
        "report.html",
        "tables",
        "run.json",
    } <= names
    assert all(path.exists() for path in result.files)
    assert not list(result.folder.rglob("*.part*"))


def test_claims_are_listed_once(result):
    assert (result.folder / "claims.csv").is_file()
    assert not (result.folder / "tables" / "claims.csv").exists()


def test_maps_are_pictures(result):
    maps = [path for path in result.files if path.suffix == ".png"]
    assert len(maps) >= 3
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in maps)


def test_layers_hold_what_the_contract_says(result):
    geopackage = result.folder / "jing-jin-ji.gpkg"
    names = {name for name, _ in pyogrio.list_layers(geopackage)}
    expected = {
        "prefectures", "cities", "stations", "rail_services", "roads", "reach", "city_times",
        "claims", "metadata",
    }  # fmt: skip
    assert expected <= names
    for name in expected - {"metadata"}:
        layer = gpd.read_file(geopackage, layer=name)
        assert set(LAYERS[name].keys) <= set(layer.columns), name
        assert len(layer), name
        assert layer.crs == "EPSG:4326"
        assert not layer.geometry.is_empty.any(), name
    assert gpd.read_file(geopackage, layer="roads")["schematic"].all()
    assert gpd.read_file(geopackage, layer="prefectures")["residents"].sum() == 110_369_339


def test_the_claim_of_the_one_hour_circle_fails(result):
    verdicts = {verdict.claim.id: verdict for verdict in result.verdicts}
    assert {key: verdicts[key].outcome for key in ("A1", "A2", "A4")} == {
        "A1": "fails",
        "A2": "holds",
        "A4": "depends",
    }
    reasons = " ".join(reason.en for reason in verdicts["A1"].reasons)
    for city in ("Tangshan", "Qinhuangdao", "Hengshui", "Shijiazhuang"):
        assert city in reasons


def test_raster_is_georeferenced_minutes(result):
    with rasterio.open(result.folder / "travel_time_beijing.tif") as raster:
        assert raster.crs.to_epsg() == 32650
        assert raster.units == ("min",)
        assert "Beijing" in raster.descriptions[0]
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        minutes = raster.read(1, masked=True)
        assert 0 <= minutes.min() < 5
        assert 85 < minutes.max() <= 90


def test_raster_of_accessible_population_holds_people(result):
    grid = result.inputs.population
    with rasterio.open(result.folder / "accessible_population_60min.tif") as raster:
        assert raster.crs.to_epsg() == 4326
        assert raster.units == ("persons",)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        people = raster.read(1, masked=True)
        at_beijing = next(raster.sample([(116.40, 39.90)]))[0]
        at_zhangjiakou = next(raster.sample([(114.88, 40.82)]))[0]
    assert people.min() > 0
    assert at_zhangjiakou < at_beijing < people.max() * 1.01 < grid.total


def test_tables_open_in_a_spreadsheet(result):
    overlaps = gpd.read_file(result.folder / "jing-jin-ji.gpkg", layer="reach_overlaps")
    assert {("北京", "天津"), ("天津", "石家庄")} & set(
        zip(overlaps["core_zh"], overlaps["other_zh"], strict=True)
    )
    hour = pd.read_csv(result.folder / "tables" / "one_hour_table.csv")
    assert len(hour) == 3 * 12 * (4 * 2 + 1)  # cores, cities, D1 to D4 by two days and the road
    path = result.folder / "tables" / "city_times.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(path, dtype={"city_adcode": str})
    row = table[(table["city_zh"] == "天津") & (table["definition"] == "fastest_train")]
    assert 30 in row["minutes"].tolist()


def test_run_record_names_inputs_and_their_dates(result):
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["cluster"] == "jing-jin-ji"
    assert record["parameters"]["settings"]["waiting_min"] == 15.0
    assert {"2016-11-13", "2023-12-15"} <= {item["data_date"] for item in record["inputs"]}
    assert all(item["licence"] for item in record["inputs"])


def test_same_input_same_bytes(result, tmp_path):
    toolkit.run("jing-jin-ji", out=tmp_path, maps=False, progress=QUIET)
    for name in ("jing-jin-ji.gpkg", "travel_time_beijing.tif", "tables/city_times.csv"):
        assert (tmp_path / name).read_bytes() == (result.folder / name).read_bytes(), name


def test_centrality_on_request(tmp_path, monkeypatch):
    built = []

    def counted(indptr, indices, weights, **options):
        built.append(digest(indptr, indices, weights))
        return build_hierarchy(indptr, indices, weights, **options)

    monkeypatch.setattr(centrality_preparation, "build_hierarchy", counted)
    asked = {
        "cores": ["北京"],
        "timetables": ["2023-12-15"],
        "population": "none",
        "with_centrality": True,
        "maps": False,
        "settings": replace(toolkit.DEFAULTS, data_folder=tmp_path / "data"),
        "progress": QUIET,
    }
    found = toolkit.run("jing-jin-ji", out=tmp_path / "out", **asked)
    roads = gpd.read_file(tmp_path / "out" / "jing-jin-ji.gpkg", layer="road_centrality")
    nodes = gpd.read_file(tmp_path / "out" / "jing-jin-ji.gpkg", layer="node_centrality")
    assert len(nodes) == len(found.inputs.roads.nodes)
    assert roads["betweenness"].sum() == pytest.approx(
        found.findings.centrality.edges["betweenness"].sum()
    )
    measures = {"betweenness", "closeness", "harmonic", "straightness", "information"}
    assert measures <= set(nodes.columns)

    told = run_as_json(found)["centrality"]
    without = replace(found, findings=replace(found.findings, centrality=None))
    assert "centrality" not in run_as_json(without)
    assert centrality_as_text(without) == ""
    named = roads[roads["ref"].notna() | roads["name"].notna()]
    assert told["busiest_roads"][0]["betweenness"] == pytest.approx(named["betweenness"].max())
    assert len(told["busiest_roads"]) == 5
    best = told["best_connected_city"]
    seats, _ = found.inputs.roads.snap(found.cluster.cities.geometry)
    graph = found.inputs.roads.csr
    weights = graph.weight_ms.astype(float)
    csr = csr_matrix((weights, graph.indices, graph.indptr))
    rows = found.inputs.roads.nodes.index.get_indexer(seats)
    means = dijkstra(csr, indices=rows).sum(axis=1) / (len(nodes) - 1) / 60_000
    assert best["mean_min"] == pytest.approx(means.min(), rel=1e-9)
    assert best["city_zh"] == found.cluster.cities["name_zh"].iloc[means.argmin()]
    for language, words in (("en", "Most used roads"), ("zh", "最常被经过的道路")):
        assert words in run_as_text(found, language)

    # the roads are prepared once, and kept for the next run
    graph = found.inputs.roads.csr
    by_time = digest(graph.indptr, graph.indices, graph.weight_ms.astype(np.int64))
    assert built.count(by_time) == 1
    assert len(list((tmp_path / "data" / "centrality").iterdir())) == 1
    prepared = toolkit.prepare(found.inputs.roads, folder=tmp_path / "data" / "centrality")
    assert built.count(by_time) == 1
    again = toolkit.centrality(found.inputs.roads, prepared=prepared)
    pd.testing.assert_frame_equal(
        again.nodes, found.findings.centrality.nodes[again.nodes.columns], check_exact=True
    )


def test_geopackage_passes_gdal(result):
    if shutil.which("ogrinfo") is None:
        pytest.skip("ogrinfo is not installed (Debian: gdal-bin)")
    listing = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", str(result.folder / "jing-jin-ji.gpkg")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Layer name: city_times" in listing.stdout
    assert "Warning" not in listing.stderr
    assert "ERROR" not in listing.stderr


def test_a_cluster_of_ones_own_far_away(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[cluster]\nslug = "two-towns"\nname_zh = "两城"\nname_en = "Two Towns"\ncores = ["a"]\n'
        '[[cities]]\nadcode = "a"\nname_zh = "甲"\nname_en = "A"\nlon = 2.35\nlat = 48.85\n'
        '[[cities]]\nadcode = "b"\nname_zh = "乙"\nname_en = "B"\nlon = 2.9\nlat = 48.95\n',
        encoding="utf-8",
    )
    roads = gpd.GeoDataFrame(
        {"speed_kmh": [60.0]},
        geometry=gpd.GeoSeries.from_wkt(["LINESTRING (2.35 48.85, 2.9 48.95)"]),
        crs=4326,
    )
    roads.to_file(tmp_path / "roads.gpkg", layer="roads")
    found = toolkit.run(
        own,
        roads=tmp_path / "roads.gpkg",
        timetables=["2023-12-15"],
        out=tmp_path / "out",
        progress=QUIET,
    )
    by_road = found.findings.city_times.query("definition == 'road_free_flow'")
    length_km = roads.to_crs(32631).length.iloc[0] / 1000
    assert by_road["minutes"].iloc[0] == pytest.approx(length_km, rel=0.002)
    assert (tmp_path / "out" / "two-towns.gpkg").exists()


def test_rail_only_where_no_road_network_is_known(tmp_path):
    found = toolkit.run("宁夏沿黄城市群", out=tmp_path, progress=QUIET)
    assert found.inputs.roads is None
    assert not found.findings.reaches
    assert (tmp_path / "ningxia-yellow-river.gpkg").exists()
    with pytest.raises(MissingDataError, match="does not cover"):
        toolkit.run("ningxia-yellow-river", roads="schematic", out=tmp_path, progress=QUIET)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"timetables": ["none.zip"]}, InputFileError, "none.zip"),
        ({"roads": "none.osm.pbf"}, InputFileError, "none.osm.pbf"),
        ({"cores": ["Bejing"]}, UnknownNameError, "Beijing"),
        ({"definitions": "none.toml"}, InputFileError, "none.toml"),
    ],
)
def test_bad_input_leaves_the_old_output(tmp_path, options, error, message):
    (tmp_path / "jing-jin-ji.gpkg").write_bytes(b"old")
    before = snapshot(tmp_path)
    with pytest.raises(error, match=message):
        toolkit.run("jing-jin-ji", out=tmp_path, progress=QUIET, **options)
    assert snapshot(tmp_path) == before


def test_a_truncated_feed_and_one_without_stop_times(tmp_path):
    damaged = tmp_path / "cut.zip"
    damaged.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(InputFileError, match=r"cut\.zip"):
        toolkit.run("jing-jin-ji", timetables=[damaged], out=tmp_path / "o", progress=QUIET)
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\na,A,40,116\n")
    with pytest.raises(InputFileError, match="stop_times"):
        toolkit.run("jing-jin-ji", timetables=[bare], out=tmp_path / "o", progress=QUIET)


def test_a_geopackage_open_in_an_editing_session_is_not_touched(tmp_path):
    (tmp_path / "jing-jin-ji.gpkg").write_bytes(b"old")
    (tmp_path / "jing-jin-ji.gpkg-wal").write_bytes(b"edits")
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=r"jing-jin-ji\.gpkg"):
        toolkit.run("jing-jin-ji", out=tmp_path, progress=QUIET)
    assert snapshot(tmp_path) == before


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="out"):
        toolkit.run("jing-jin-ji", out=tmp_path / "out", progress=QUIET)


def test_real_roads_and_the_national_feed(tmp_path, shared):
    found = toolkit.run(
        "jing-jin-ji",
        timetables=[shared("rail/china_rail_2023-12-15.gtfs.zip")],
        roads=shared("osm/jing-jin-ji.osm.pbf"),
        out=tmp_path,
        maps=False,
        progress=QUIET,
    )
    times = found.findings.city_times
    assert not times["schematic"].any()
    fastest = times.query(
        "definition == 'fastest_train' and station_set == 'main' and core_zh == '北京'"
    ).set_index("city_zh")["minutes"]
    assert fastest["石家庄"] == 60
    by_road = times.query("definition == 'road_free_flow' and core_zh == '北京'")
    minutes = by_road.set_index("city_zh")["minutes"]
    assert minutes.notna().all()
    assert minutes["廊坊"] < minutes["保定"] < minutes["石家庄"] < minutes["邯郸"]


def test_a_run_that_fails_leaves_no_new_folder(tmp_path):
    with pytest.raises(InputFileError, match="no such file"):
        toolkit.run(
            "central-shanxi", roads=tmp_path / "no.osm.pbf", out=tmp_path / "new", progress=QUIET
        )
    assert not (tmp_path / "new").exists()
