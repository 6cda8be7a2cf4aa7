"""Boundaries of prefectures: in place, whole, of the right size."""

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod

from toolkit.clusters import list_clusters, load_cluster, prefectures
from toolkit.errors import UnknownNameError
from toolkit.sources import reference
from toolkit.sources.boundaries import prefecture_boundaries

GEOD = Geod(ellps="WGS84")


def area_km2(polygon):
    return abs(GEOD.geometry_area_perimeter(polygon)[0]) / 1e6


@pytest.fixture(scope="module")
def every_boundary():
    return prefecture_boundaries(prefectures().index)


def test_table_is_in_the_order_asked():
    table = prefecture_boundaries(["131000", "110000"])
    assert table.index.tolist() == ["131000", "110000"]
    assert table.index.name == "adcode"
    assert table["name_zh"].tolist() == ["廊坊", "北京"]
    assert table["official_name_zh"].tolist() == ["廊坊市", "北京市"]
    assert table.crs.to_epsg() == 4326
    assert prefecture_boundaries([]).empty


@pytest.mark.parametrize(
    ("adcode", "km2"),
    [("110000", 16_410), ("320100", 6_587), ("500000", 82_400), ("130800", 39_500)],
)
def test_areas_on_the_ellipsoid_agree_with_published_ones(adcode, km2):
    boundary = prefecture_boundaries([adcode]).geometry.iloc[0]
    assert area_km2(boundary) == pytest.approx(km2, rel=0.01)


def test_coastal_polygons_take_in_water():
    shanghai = prefecture_boundaries(["310000"]).geometry.iloc[0]
    assert area_km2(shanghai) / 6_340 == pytest.approx(1.26, abs=0.01)


def test_jing_jin_ji_has_about_218_000_km2():
    boundaries = prefecture_boundaries(load_cluster("jing-jin-ji").cities.index)
    assert sum(map(area_km2, boundaries.geometry)) == pytest.approx(218_000, rel=0.01)


def test_langfang_has_the_exclave_of_sanhe_dachang_and_xianghe():
    langfang = prefecture_boundaries(["131000"]).geometry.iloc[0]
    assert len(langfang.geoms) == 2
    north = max(langfang.geoms, key=lambda part: part.centroid.y)
    assert north.contains(shapely.Point(117.078, 39.983))  # Sanhe
    assert not north.contains(shapely.Point(116.714, 39.521))  # the seat
    assert area_km2(north) == pytest.approx(1_277, rel=0.02)


def test_every_seat_lies_in_its_polygon(every_boundary):
    seats = prefectures()
    inside = every_boundary.geometry.covers(seats.geometry, align=True)
    assert inside.index[~inside].tolist() == []
    assert len(inside) == 236


def test_every_polygon_is_a_valid_multipolygon(every_boundary):
    assert set(every_boundary.geom_type) == {"MultiPolygon"}
    assert every_boundary.is_valid.all()
    west, south, east, north = every_boundary.total_bounds
    assert 73 < west < east < 136
    assert 18 < south < north < 54


def test_neighbours_overlap_by_slivers_only():
    boundaries = prefecture_boundaries(load_cluster("jing-jin-ji").cities.index)
    metric = boundaries.geometry.to_crs(32650)
    assert metric.area.sum() == pytest.approx(metric.union_all().area, rel=2e-4)


@pytest.mark.parametrize(
    ("adcode", "name", "km2"),
    [
        ("429004", "仙桃", 2_538),
        ("429005", "潜江", 2_004),
        ("429006", "天门", 2_622),
        ("419001", "济源", 1_931),
        ("659001", "石河子", 460),
        ("659004", "五家渠", 742),
    ],
)
def test_county_level_units_under_a_province_have_their_own_polygon(adcode, name, km2):
    table = prefecture_boundaries([adcode])
    assert table["name_zh"].tolist() == [name]
    assert area_km2(table.geometry.iloc[0]) == pytest.approx(km2, rel=0.05)


def test_prefectures_outside_the_clusters_and_special_regions_are_there_too():
    table = prefecture_boundaries(["540100", "810000"])
    assert table["name_zh"].tolist() == ["拉萨市", "香港特别行政区"]


def test_official_names_agree_with_the_table_of_prefectures(every_boundary):
    assert (every_boundary["official_name_zh"] == prefectures()["official_name_zh"]).all()


def test_unknown_codes_are_named():
    with pytest.raises(UnknownNameError, match="no boundary for adcode 999999"):
        prefecture_boundaries(["110000", "999999"])


def test_a_changed_table_is_the_callers_own():
    first = prefecture_boundaries(["110000"])
    first.loc["110000", "name_zh"] = "x"
    first["geometry"] = shapely.Point(0, 0)
    second = prefecture_boundaries(["110000"])
    assert second.at["110000", "name_zh"] == "北京"
    assert second.geom_type.tolist() == ["MultiPolygon"]


def test_stations_lie_in_the_prefecture_they_are_filed_under(every_boundary):
    stations = reference.stations()
    members = stations[stations["adcode"].isin(every_boundary.index)]
    own = every_boundary.geometry.loc[members["adcode"]]
    inside = shapely.covers(own.array, members.geometry.array)
    by_hand = members.index[members["adcode_basis"] == "by hand"]
    assert members.index[~inside].tolist() == by_hand.tolist() == ["IWP"]
    assert stations.at["IWP", "name_zh"] == "大兴机场"


def test_boundaries_agree_with_the_shared_ones(shared):
    theirs = gpd.read_file(shared("osm/jjj_prefectures.gpkg")).set_index("adcode").geometry
    ours = prefecture_boundaries(theirs.index).geometry
    difference_km2 = ours.to_crs(32650).symmetric_difference(theirs.to_crs(32650)).area / 1e6
    distance_m = ours.to_crs(32650).hausdorff_distance(theirs.to_crs(32650))
    assert len(ours) == 13
    assert difference_km2.max() < 0.01
    assert distance_m.max() < 5


def test_every_member_of_every_cluster_has_a_boundary(every_boundary):
    for cluster in list_clusters():
        assert set(cluster.cities.index) <= set(every_boundary.index)
