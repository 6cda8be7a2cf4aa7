"""Which stations stand for a city: distance, name and prefecture."""

import geopandas as gpd
import pytest
import shapely

from toolkit.analysis.stations import city_stations, stations_of
from toolkit.clusters import load_cluster
from toolkit.sources import reference

KM = 1 / 111.32  # degrees of latitude


@pytest.fixture
def cities():
    return gpd.GeoDataFrame(
        {"name_zh": ["甲", "乙"], "name_en": ["Jia", "Yi"]},
        index=["1", "2"],
        geometry=gpd.points_from_xy([116.0, 118.0], [40.0, 40.0]),
        crs=4326,
    )


def stops(names, kilometres_north, **columns):
    latitudes = [40.0 + KM * km for km in kilometres_north]
    return gpd.GeoDataFrame(
        {"name_zh": names, "name_en": "", **columns},
        index=[f"s{i}" for i in range(len(names))],
        geometry=gpd.points_from_xy([116.0] * len(names), latitudes),
        crs=4326,
    )


def test_main_stations_by_distance_and_by_name(cities):
    found = city_stations(
        stops(["丙", "丙", "甲北", "甲北", "北甲"], [19, 21, 39, 41, 21], adcode="1"), cities
    )
    assert found["is_main"].tolist() == [True, False, True, False, False]
    assert found["seat_km"].tolist() == pytest.approx([19, 21, 39, 41, 21], abs=0.2)


def test_prefecture_decides_not_the_nearest_seat(cities):
    west = shapely.box(115, 39, 117, 41)
    east = shapely.box(117, 39, 119, 41)
    prefectures = gpd.GeoDataFrame(index=["1", "2"], geometry=[east, west], crs=4326)
    found = city_stations(stops(["甲站"], [1]), cities, prefectures)
    assert found["adcode"].tolist() == ["2"]


def test_known_prefecture_wins_and_unknown_is_looked_up(cities):
    prefectures = gpd.GeoDataFrame(index=["1"], geometry=[shapely.box(115, 39, 117, 41)], crs=4326)
    found = city_stations(stops(["a", "b"], [1, 1], adcode=["2", None]), cities, prefectures)
    assert found["adcode"].to_dict() == {"s0": "2", "s1": "1"}


def test_stations_outside_every_member_are_left_out(cities):
    prefectures = gpd.GeoDataFrame(index=["1"], geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    assert city_stations(stops(["a"], [1]), cities, prefectures).empty


def test_without_boundaries_the_nearest_seat_within_reach_counts(cities):
    found = city_stations(stops(["a", "b"], [39, 41]), cities)
    assert found["adcode"].to_dict() == {"s0": "1"}


def test_sets_nest(cities):
    found = city_stations(stops(["丙", "丙"], [19, 21], adcode="1"), cities)
    assert stations_of(found, "main").index.tolist() == ["s0"]
    assert stations_of(found, "any").index.tolist() == ["s0", "s1"]
    with pytest.raises(ValueError, match="central"):
        stations_of(found, "central")


def test_beijing_and_zhangjiakou_as_the_definitions_page_says():
    cluster = load_cluster("jing-jin-ji")
    found = city_stations(reference.stations(), cluster.cities)
    main = found[found["is_main"]].groupby("adcode")["name_zh"].agg(set)
    assert {"北京", "北京南", "北京西", "北京北", "北京朝阳", "北京丰台", "清河"} <= main["110000"]
    assert "宣化北" not in main["130700"]
    assert "张家口" in main["130700"]
