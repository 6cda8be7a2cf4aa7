"""Water of a run: of the OpenStreetMap file that roads are of, else the sea off the provinces."""

import io

import geopandas as gpd
import pytest
import shapely

from toolkit.clusters import load_cluster
from toolkit.networks import cache as cache_module
from toolkit.networks.inputs.water import read_water, sea_round
from toolkit.networks.osm_water import read_osm_water
from toolkit.progress import Progress
from toolkit.sources.boundaries import land_of_china, prefecture_boundaries

CLUSTER = load_cluster("jing-jin-ji")
LAKE = [(118.3, 38.8), (118.5, 38.8), (118.5, 39.0), (118.3, 39.0)]


@pytest.fixture
def report():
    return Progress(stream=io.StringIO())


def osm(path, tags):
    nodes = "".join(f'<node id="{i}" lon="{x}" lat="{y}"/>' for i, (x, y) in enumerate(LAKE, 1))
    refs = "".join(f'<nd ref="{i}"/>' for i in (1, 2, 3, 4, 1))
    way = f'<way id="1">{refs}<tag k="{tags[0]}" v="{tags[1]}"/></way>'
    path.write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    return path


def test_the_sea_off_jing_jin_ji_is_the_bohai():
    sea = sea_round(prefecture_boundaries(CLUSTER.cities.index).geometry).union_all()
    wet = [(117.98, 38.94), (119.0, 38.8), (119.6, 39.8)]  # lighthouse of Dagu, Bohai, Qinhuangdao
    dry = [(117.70, 39.02), (118.55, 38.95), (119.49, 39.83), (116.4, 39.9)]  # Binhai, Caofeidian
    assert shapely.covers(sea, shapely.points(wet)).all()
    assert not shapely.covers(sea, shapely.points(dry)).any()
    assert not shapely.covers(sea, CLUSTER.cities.geometry.to_numpy()).any()


def test_a_cluster_inland_has_no_sea_and_a_place_abroad_neither():
    assert sea_round(load_cluster("guanzhong").cities.geometry) is None
    abroad = gpd.GeoSeries([shapely.Point(24.94, 60.17), shapely.Point(116.4, 39.9)], crs=4326)
    assert sea_round(abroad) is None


def test_provinces_leave_no_gap_between_neighbours():
    """A square from Beijing to Zhengzhou is all land, though provinces are drawn one by one."""
    inland = shapely.box(112.0, 34.0, 116.5, 40.5)
    assert land_of_china(inland).equals(inland)


def test_without_an_openstreetmap_file_it_is_the_sea(tmp_path, report):
    water, (record,) = read_water(CLUSTER, None, "schematic", (), cache=tmp_path, report=report)
    assert water.crs == "EPSG:4326"
    assert water.covers(shapely.Point(117.98, 38.94)).any()
    assert (record.kind, record.source) == ("water", "PyPI package geotool-cn")


def test_water_of_the_file_is_read_once(tmp_path, report, monkeypatch):
    file = osm(tmp_path / "lake.osm", ("natural", "water"))
    read = []
    monkeypatch.setattr(
        cache_module, "read_osm_water", lambda paths: read.append(paths) or read_osm_water(paths)
    )
    for _ in range(2):
        water, (record,) = read_water(CLUSTER, None, file, (), cache=tmp_path, report=report)
        assert [part.equals(shapely.Polygon(LAKE)) for part in water] == [True]
        assert water.crs == "EPSG:4326"
        assert (record.kind, record.name, len(record.sha256)) == ("water", "lake.osm", 64)
    assert len(read) == 1
    assert report.stream.getvalue() == ""


def test_a_file_without_water_is_said_and_the_sea_used(tmp_path, report):
    file = osm(tmp_path / "streets.osm", ("highway", "primary"))
    water, (record,) = read_water(CLUSTER, None, file, (), cache=tmp_path, report=report)
    assert water.covers(shapely.Point(117.98, 38.94)).any()
    assert record.name == "sea off the provinces of geotool-cn"
    assert "water: none in streets.osm. Used instead" in report.stream.getvalue()
