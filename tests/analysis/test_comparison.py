"""Clusters side by side: tabulated travel times, exact train counts, invariants of the table."""

import dataclasses

import pandas as pd
import pytest

from toolkit.analysis.comparison import changes_between, compare_clusters
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.polycentricity import functional_polycentricity, train_links
from toolkit.clusters import load_cluster
from toolkit.networks.roads import schematic_roads
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

SMALL = ["ningxia-yellow-river", "central-shanxi"]


@pytest.fixture(scope="module")
def timetables():
    return [Timetable.from_reference(date) for date in reference.TIMETABLE_DATES]


@pytest.fixture(scope="module")
def small(timetables):
    return compare_clusters([load_cluster(slug) for slug in SMALL], timetables)


@pytest.fixture(scope="module")
def capital(timetables):
    """Beijing, Tianjin and Hebei with roads, on the newer timetable."""
    cluster = load_cluster("jing-jin-ji")
    roads = {"jing-jin-ji": schematic_roads()}
    return compare_clusters([cluster], timetables[-1:], roads=roads).iloc[0]


def test_a_row_for_each_cluster_and_timetable(small):
    assert small["slug"].tolist() == [SMALL[0]] * 2 + [SMALL[1]] * 2
    assert small["timetable_date"].tolist() == ["2016-11-13", "2023-12-15"] * 2
    assert small["rail_only"].all()


def test_cities_within_the_hour_of_beijing_or_tianjin(capital):
    # fastest trains of the day: Langfang 21, Baoding 35, Zhangjiakou 47, Cangzhou 51, Chengde 52,
    # Shijiazhuang 60 from Beijing; Tangshan from Tianjin; the other four are farther
    residents = load_cluster("jing-jin-ji").cities.set_index("name_zh")["residents"]
    beyond = residents[["邢台", "邯郸", "秦皇岛", "衡水"]].sum()
    assert (capital["cities"], capital["cores"]) == (13, 2)
    assert capital["fastest_train_cities"] == 7
    assert capital["fastest_train_residents"] == pytest.approx(1 - beyond / residents.sum())
    assert not capital["rail_only"]


def test_what_counts_more_terms_holds_fewer_cities(small, capital):
    for row in [capital, *(row for _, row in small.iterrows())]:
        assert row["fastest_train_cities"] >= row["station_to_station_cities"]
        assert row["fastest_train_residents"] <= 1.0
        assert row["cores"] + row["fastest_train_cities"] <= row["cities"]
    assert (
        small["station_to_station_residents"] >= small["door_to_door_residents"]
    ).all()  # true of rail only: with roads a city can be nearer by car


def test_sizes_are_those_tabulated(capital):
    assert capital["residents"] == 110_369_339
    assert round(capital["rank_size_slope"], 3) == -0.734
    assert round(capital["rank_size_slope_2_to_4"], 3) == -0.584
    assert round(capital["primacy"], 3) == 1.579
    assert round(capital["entropy"], 3) == 0.938


def test_train_counts_are_exact_and_those_of_the_embedded_table(small, capital):
    assert (small["exact_counts"] == 1.0).all()
    cities = load_cluster("jing-jin-ji").cities.index
    table = reference.city_services("2023-12-15", "any")
    inside = table[table["from_adcode"].isin(cities) & table["to_adcode"].isin(cities)]
    assert capital["trains_per_day"] == inside["trains_per_day"].sum()
    links = train_links(table, list(cities))
    assert capital["p_sf"] == pytest.approx(functional_polycentricity(links).p_sf)
    assert capital["top_city_zh"] == "北京"


def test_the_order_of_cities_does_not_matter(small, timetables):
    cluster = load_cluster(SMALL[0])
    turned = dataclasses.replace(cluster, cities=cluster.cities.iloc[::-1])
    again = compare_clusters([turned], timetables)
    numbers = again.select_dtypes("number").columns
    pd.testing.assert_frame_equal(again[numbers], small.loc[:1, numbers])


def test_a_longer_limit_holds_no_fewer_cities(timetables):
    definitions = [load_definitions()["fastest_train"]]
    cluster = load_cluster(SMALL[1])
    found = [
        compare_clusters(
            [cluster], timetables[-1:], definitions=definitions, threshold_min=limit
        ).loc[0, "fastest_train_cities"]
        for limit in (0, 45, 90, 600)
    ]
    assert found[0] == 0
    assert found == sorted(found)
    assert found[-1] == len(cluster.cities) - 1


def test_cities_without_a_figure_of_residents_are_counted(timetables):
    cluster = load_cluster("tianshan-north-slope")
    row = compare_clusters([cluster], timetables[-1:]).iloc[0]
    assert row["cities_without_residents"] == cluster.cities["residents"].isna().sum() > 0
    assert row["residents"] == cluster.cities["residents"].sum()


def test_changes_are_after_less_before(small):
    change = changes_between(small, *reference.TIMETABLE_DATES)
    assert change.index.tolist() == SMALL
    assert (change["residents"] == 0).all()
    before, after = small.iloc[0], small.iloc[1]
    assert change.loc[SMALL[0], "p_sf"] == pytest.approx(after["p_sf"] - before["p_sf"])
    assert "rail_only" not in change
