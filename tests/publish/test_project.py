"""The project points to its GeoPackage and carries its styles; QGIS itself agrees."""

import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from matplotlib import image
from rasterio.transform import Affine

from toolkit.analysis.accessible import AccessiblePopulation
from toolkit.analysis.grids import Grid
from toolkit.analysis.surfaces import TimeSurface
from toolkit.errors import InputFileError, OutputError
from toolkit.publish.geopackage import write_geopackage
from toolkit.publish.layers import COLUMNS, column_alias
from toolkit.publish.layout import LAYOUT_NAME
from toolkit.publish.project import write_project
from toolkit.publish.rasters import write_accessible_population, write_travel_times

QGIS_PYTHON = "/usr/bin/python3"
CLASSES = {
    "prefectures": ("categorizedSymbol", 2),
    "cities": ("categorizedSymbol", 7),
    "stations": ("graduatedSymbol", 5),
    "rail_services": ("graduatedSymbol", 5),
    "roads": ("categorizedSymbol", 6),
    "road_centrality": ("graduatedSymbol", 3),
    "node_centrality": ("graduatedSymbol", 3),
    "reach": ("graduatedSymbol", 5),
    "reach_overlaps": ("graduatedSymbol", 5),
    "city_times": ("graduatedSymbol", 5),
    "claims": ("categorizedSymbol", 7),
    "borders": ("graduatedSymbol", 1),
}
OPENING = "北京 最快列车 Fastest train 2023-12-15"
LABELLED = {"cities", "stations", "roads", "reach_overlaps", "city_times", "claims"}


@pytest.fixture
def rasters(tmp_path):
    """Minutes on a grid of 500 m in the middle of the land, and people on one in degrees."""
    folder = tmp_path / "first"
    grid = Grid(left=400_000, top=4_420_000, cell_m=500, rows=2, columns=3, epsg=32650)
    minutes = np.array([[5.0, 50.0, np.inf], [70.0, 80.0, 90.0]], dtype=np.float32)
    write_travel_times(
        folder / "travel_time_beijing.tif",
        TimeSurface(minutes, grid),
        description="minutes from Beijing",
        limit_min=90,
    )
    people = np.array([[np.nan, 1, 20, 300, 4000, 50_000, 600_000, 7_000_000]])
    write_accessible_population(
        folder / "accessible_population_60min.tif",
        AccessiblePopulation(60, people, Affine(0.1, 0, 116, 0, -0.1, 40), "test", schematic=True),
        description="people within 60 minutes",
    )
    return {
        folder / "travel_time_beijing.tif": "旅行时间 Travel time: 北京",
        folder / "accessible_population_60min.tif": "可达人口 Accessible people",
    }


@pytest.fixture
def published(tmp_path, layers, rasters):
    """GeoPackage, rasters and project side by side, then moved: the paths must be relative."""
    folder = tmp_path / "first"
    write_geopackage(folder / "三城.gpkg", layers, metadata={"licence": "ODbL"})
    write_project(
        folder / "三城.qgz",
        folder / "三城.gpkg",
        title="三城 Three cities",
        epsg=32650,
        metadata={"licence": "ODbL"},
        notes=["来源 Sources: test, ODbL"],
        names={"fastest_train": "最快列车 Fastest train"},
        rasters=rasters,
    )
    moved = tmp_path / "moved to another place"
    folder.rename(moved)
    return moved


def document(path):
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == f"{path.stem}.qgs"
        return ET.fromstring(archive.read(name))


def test_sources_are_relative_and_split_by_alternative(published):
    project = document(published / "三城.qgz")
    sources = [layer.findtext("datasource") for layer in project.iter("maplayer")]
    *tables, minutes, people = sources
    assert all(source.startswith("./三城.gpkg|layername=") for source in tables)
    assert minutes == "./travel_time_beijing.tif"
    assert people == "./accessible_population_60min.tif"
    assert [source.split("subset=")[1] for source in sources if "rail_services" in source] == [
        "\"timetable_date\" = '2023-12-15'",
        "\"timetable_date\" = '2016-11-13'",
    ]
    assert sum("layername=reach|subset=" in source for source in sources) == 2


def test_groups_are_named_in_both_languages_and_ids_are_unique(published):
    project = document(published / "三城.qgz")
    groups = [group.get("name") for group in project.iter("layer-tree-group") if group.get("name")]
    assert groups[0] == "城市与车站 Cities and stations"
    assert groups.index("栅格 Rasters") < groups.index("行政区 Areas")  # else hidden by the land
    ids = [layer.findtext("id") for layer in project.iter("maplayer")]
    assert len(set(ids)) == len(ids)
    assert {node.get("id") for node in project.iter("layer-tree-layer")} == set(ids)


def test_extent_is_that_of_the_prefectures_in_metres(published):
    extent = document(published / "三城.qgz").find("mapcanvas/extent")
    west, south, east, north = (float(extent.findtext(k)) for k in ("xmin", "ymin", "xmax", "ymax"))
    # 115.5-118.5 east, 38.5-40.5 north in UTM zone 50 (central meridian 117: easting 500 km)
    assert 340_000 < west < 375_000
    assert 625_000 < east < 660_000
    assert 4_220_000 < south < 4_270_000
    assert 4_480_000 < north < 4_520_000


def test_only_the_layers_asked_for(tmp_path, layers):
    write_geopackage(tmp_path / "x.gpkg", layers, metadata={})
    write_project(
        tmp_path / "x.qgz", tmp_path / "x.gpkg", title="x", epsg=32650, layers=["cities", "roads"]
    )
    found = {layer.findtext("layername") for layer in document(tmp_path / "x.qgz").iter("maplayer")}
    assert found == {"城市 Cities: 北京 fastest_train 2023-12-15", "公路 Roads"}


def test_a_layer_names_core_definition_and_date_even_if_it_is_the_only_one(tmp_path, layers):
    times = layers["city_times"]
    only = times[times["definition"] == "fastest_train"]
    write_geopackage(tmp_path / "x.gpkg", {"city_times": only}, metadata={})
    write_project(
        tmp_path / "x.qgz", tmp_path / "x.gpkg", title="", epsg=32650, layers=["city_times"]
    )
    (layer,) = document(tmp_path / "x.qgz").iter("maplayer")
    assert layer.findtext("layername") == "城际时间 City times: 北京 fastest_train 2023-12-15"
    assert "subset" not in layer.findtext("datasource")


def test_statistics_beside_the_leading_one_are_not_drawn_over_it(tmp_path, layers):
    times = layers["city_times"].assign(is_leading=True)
    slower = times.assign(is_leading=False, statistic="p90", minutes=times["minutes"] + 30)
    write_geopackage(tmp_path / "x.gpkg", {"city_times": pd.concat([times, slower])}, metadata={})
    write_project(
        tmp_path / "x.qgz", tmp_path / "x.gpkg", title="", epsg=32650, layers=["city_times"]
    )
    for layer in document(tmp_path / "x.qgz").iter("maplayer"):
        subset = layer.findtext("datasource").split("|subset=")[1]
        with sqlite3.connect(tmp_path / "x.gpkg") as database:
            rows = database.execute(f"SELECT statistic FROM city_times WHERE {subset}").fetchall()
        assert rows == [("fastest",)] * 2


def test_a_raster_that_is_none_is_refused(tmp_path, layers):
    write_geopackage(tmp_path / "x.gpkg", {"cities": layers["cities"]}, metadata={})
    (tmp_path / "x.tif").write_text("not a raster")
    with pytest.raises(InputFileError, match=r"x\.tif: cannot be read as a raster"):
        write_project(
            tmp_path / "x.qgz",
            tmp_path / "x.gpkg",
            title="",
            epsg=32650,
            rasters={tmp_path / "x.tif": "x"},
        )
    assert not (tmp_path / "x.qgz").exists()


def test_quotes_in_names_do_not_break_the_selection(tmp_path, layers):
    reach = layers["reach"].assign(core_zh='O\'Hare "x"')
    write_geopackage(tmp_path / "x.gpkg", {"reach": reach}, metadata={})
    write_project(tmp_path / "x.qgz", tmp_path / "x.gpkg", title="<&>", epsg=32650)
    project = document(tmp_path / "x.qgz")
    assert project.findtext("title") == "<&>"
    sources = [layer.findtext("datasource") for layer in project.iter("maplayer")]
    assert "\"core_zh\" = 'O''Hare \"x\"'" in sources[0]


def test_same_input_gives_the_same_bytes(published, rasters):
    again = published / "again"
    again.mkdir()
    for file in published.glob("*.*"):
        shutil.copy(file, again)
    write_project(
        again / "三城.qgz",
        again / "三城.gpkg",
        title="三城 Three cities",
        epsg=32650,
        metadata={"licence": "ODbL"},
        notes=["来源 Sources: test, ODbL"],
        names={"fastest_train": "最快列车 Fastest train"},
        rasters={again / path.name: title for path, title in rasters.items()},
    )
    assert (again / "三城.qgz").read_bytes() == (published / "三城.qgz").read_bytes()


def test_the_project_travels_inside_the_geopackage(published):
    with sqlite3.connect(published / "三城.gpkg") as database:
        ((name, content),) = database.execute("SELECT name, content FROM qgis_projects").fetchall()
    assert name == "三城"
    assert bytes.fromhex(content) == (published / "三城.qgz").read_bytes()


def test_layout_says_title_projection_sources_and_date(published):
    layout = document(published / "三城.qgz").find("Layouts/Layout")
    texts = {item.get("id"): item.get("labelText") for item in layout.findall("LayoutItem")}
    assert texts["title"] == "三城 Three cities"
    assert "WGS 84 / UTM zone 50N (EPSG:32650)" in texts["notes"]
    assert "来源 Sources: test, ODbL" in texts["notes"]
    assert "format_date(now()" in texts["notes"]


def test_no_geopackage_no_project(tmp_path):
    (tmp_path / "x.gpkg").write_text("not a database, but long enough to be taken for one" * 20)
    for name in ("x.gpkg", "absent.gpkg"):
        with pytest.raises(InputFileError, match="cannot be read as a GeoPackage"):
            write_project(tmp_path / "x.qgz", tmp_path / name, title="", epsg=32650)
    assert not (tmp_path / "x.qgz").exists()
    assert not (tmp_path / "absent.gpkg").exists()


def test_a_folder_in_its_place_is_refused(published):
    (published / "y.qgz").mkdir()
    with pytest.raises(OutputError, match="a folder has that name"):
        write_project(published / "y.qgz", published / "三城.gpkg", title="", epsg=32650)


@pytest.fixture
def in_qgis(published, tmp_path):
    """What QGIS says about project and GeoPackage, and the picture it draws."""
    probe = [QGIS_PYTHON, "-c", "import qgis.core"]
    if (
        not Path(QGIS_PYTHON).exists()
        or subprocess.run(probe, capture_output=True, check=False).returncode
    ):
        pytest.skip("QGIS with its Python bindings is not installed")
    picture = tmp_path / "picture.png"
    script = Path(__file__).with_name("look_in_qgis.py")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    found = subprocess.run(
        [QGIS_PYTHON, script, published / "三城.qgz", published / "三城.gpkg", picture],
        capture_output=True,
        check=False,
        text=True,
        env=clean | {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        timeout=240,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout), picture


def test_qgis_loads_every_layer_with_style_labels_and_aliases(in_qgis, layers):
    told, picture = in_qgis
    for name, frame in layers.items():
        found = told["geopackage"][name]
        assert found["valid"], name
        assert found["features"] == len(frame), name
        assert found["crs"] == "EPSG:4326", name
        assert (found["renderer"], found["classes"]) == CLASSES[name], name
        assert found["labels"] == (name in LABELLED), name
        expected = {
            column: column_alias(column) for column in found["aliases"] if column in COLUMNS
        }
        assert {k: found["aliases"][k] for k in expected} == expected, name
    assert told["geopackage"]["reach"]["opacity"] == 0.55
    assert told["geopackage"]["prefectures"]["kinds"]["is_core"] == "Boolean"
    assert told["geopackage"]["metadata"]["features"] == 1

    assert told["read"]
    assert (told["title"], told["crs"]) == ("三城 Three cities", "EPSG:32650")
    assert told["extent_crs"] == "EPSG:32650"
    assert all(layer["valid"] for layer in told["project"].values())
    cities = told["project"][f"城市 Cities: {OPENING}"]
    assert cities["rights"] == ["来源 Sources: test, ODbL"]
    assert cities["renderer"] == "categorizedSymbol"
    services = {k: v["features"] for k, v in told["project"].items() if "Rail services" in k}
    assert services == {
        "直达列车 Rail services: 2023-12-15": 2,
        "直达列车 Rail services: 2016-11-13": 2,
    }
    assert told["groups"][0] == "城市与车站 Cities and stations"
    assert told["shown"] == [
        f"城市 Cities: {OPENING}",
        "车站 Stations",
        f"可达范围 Reach: {OPENING}",
        "公路 Roads",
        "地级行政区 Prefectures",
    ]
    assert told["errors"] == []
    pixels = image.imread(picture)[..., :3]
    assert pixels.shape[:2] == (1400, 1400)
    assert (np.abs(pixels - 1).max(axis=2) > 0.02).mean() > 0.3  # most of the picture is land


def test_qgis_draws_rasters_in_classes_with_their_unit(in_qgis):
    told, _ = in_qgis
    minutes = told["project"]["旅行时间 Travel time: 北京"]
    assert (minutes["valid"], minutes["crs"]) == (True, "EPSG:32650")
    assert minutes["renderer"] == "singlebandpseudocolor"
    assert minutes["classes"] == [
        [45, "≤ 45 min"],
        [60, "45–60 min"],
        [75, "60–75 min"],
        [90, "75–90 min"],
    ]
    assert minutes["values"] == [5, 90]  # what is not reached is no value
    assert minutes["rights"] == ["来源 Sources: test, ODbL"]
    people = told["project"]["可达人口 Accessible people"]
    assert (people["valid"], people["crs"]) == (True, "EPSG:4326")
    assert people["values"] == [1, 7_000_000]
    assert [label for _, label in people["classes"]] == [
        "≤ 76 人 people",
        "76–1,800 人 people",
        "1,800–32,000 人 people",
        "32,000–490,000 人 people",
        "> 490,000 人 people",
    ]


def test_qgis_exports_the_layout_and_opens_the_embedded_project(in_qgis):
    told, picture = in_qgis
    layout = told["layout"]
    assert layout["done"]
    assert layout["name"] == LAYOUT_NAME
    assert {"title", "subtitle", "map", "legend", "scale bar", "north arrow", "notes"} <= set(
        layout["ids"]
    )
    # 2.85 degrees of longitude with margins are some 280 km; the bar is drawn to that scale
    assert layout["scale_bar_km"] == 50
    length_mm = 50_000 * layout["map_mm"] / layout["map_m"]
    assert length_mm < layout["scale_bar_mm"] < length_mm + 15  # figures stand out at its ends
    assert layout["legend"] == told["shown"]
    sheet = image.imread(picture.with_name("layout.png"))[..., :3]
    assert sheet.shape[1] > sheet.shape[0]  # wider than high, as the three cities are
    assert 0.1 < (np.abs(sheet - 1).max(axis=2) > 0.02).mean() < 0.9
    assert picture.with_name("layout.pdf").read_bytes().startswith(b"%PDF")
    assert told["embedded"]
    assert set(told["embedded_layers"]) == set(told["names"])
    assert all(told["embedded_layers"].values())
