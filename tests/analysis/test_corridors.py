"""Axes and corridors: a drawn network, known stations of real lines, areas in closed form."""

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.axes import Axis, along_rail, along_roads, load_axes
from toolkit.analysis.corridors import (
    betweenness_share,
    compare_corridors,
    corridor_polygons,
    mass_share,
)
from toolkit.analysis.stations import city_stations
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable

UTM = 32650

#   4 ------ 3          A to B straight takes 100 minutes, by 4 and 3 only 60;
#   |        |          node 9 is an island
#   1 ------ 2     9
LADDER = {(1, 2): 100, (1, 4): 20, (4, 3): 20, (3, 2): 20}
PLACES = {1: (116.0, 40.0), 2: (117.0, 40.0), 3: (117.0, 40.5), 4: (116.0, 40.5), 9: (118.0, 40.0)}


@cache
def drawn_ladder():
    nodes = gpd.GeoDataFrame(
        index=list(PLACES),
        geometry=gpd.points_from_xy(*zip(*PLACES.values(), strict=True)),
        crs=4326,
    )
    both = LADDER | {(v, u): minutes for (u, v), minutes in LADDER.items()}
    edges = pd.DataFrame(
        {
            "u": [u for u, _ in both],
            "v": [v for _, v in both],
            "time_s": [60.0 * minutes for minutes in both.values()],
        }
    )
    return SpatialNetwork.from_geodataframes(nodes, edges)


@pytest.fixture(scope="module")
def ladder():
    return drawn_ladder()


def axis(*places, placebo=False):
    return Axis("x", "轴", "Axis", tuple(PLACES[place] for place in places), (), placebo)


def square(west, south, east, north):
    shape = shapely.box(west, south, east, north)
    return gpd.GeoDataFrame({"name_en": ["square"]}, index=["x"], geometry=[shape], crs=4326)


def test_an_axis_follows_the_fastest_way_and_not_the_shortest(ladder):
    line = along_roads([axis(1, 2)], ladder).loc["x"]
    assert list(line.geometry.coords) == [PLACES[node] for node in (1, 4, 3, 2)]
    assert line["minutes"] == 60.0
    lengths = ladder.edges["length_m"]
    expected = lengths[(1, 4, 0)] + lengths[(4, 3, 0)] + lengths[(3, 2, 0)]
    assert line["length_km"] == pytest.approx(expected / 1000)


def test_an_axis_goes_through_its_places_in_order(ladder):
    line = along_roads([axis(1, 2, 3)], ladder).loc["x"]
    assert line["minutes"] == 80.0
    assert list(line.geometry.coords)[-2:] == [PLACES[2], PLACES[3]]


def test_an_axis_begins_and_ends_on_edges_at_its_places(ladder):
    places = ((116.25, 40.0), (116.5, 40.5))  # a quarter of the 100 minutes, half of the 20
    line = along_roads([Axis("x", "轴", "Axis", places)], ladder).loc["x"]
    assert line["minutes"] == pytest.approx(25 + 20 + 10, abs=1e-3)
    expected = [places[0], PLACES[1], PLACES[4], places[1]]
    assert np.array(line.geometry.coords) == pytest.approx(np.array(expected), abs=1e-5)  # 1 m
    assert line["length_km"] == pytest.approx(line_lengths_m([line.geometry])[0] / 1000, rel=1e-5)


@pytest.mark.parametrize(
    ("west", "east", "minutes", "points"),
    [(0.25, 0.75, 50, 2), (0.05, 0.95, 5 + 60 + 5, 6)],  # along the edge; back and round it
)
def test_between_two_places_of_one_edge_the_faster_way_counts(ladder, west, east, minutes, points):
    places = ((116.0 + west, 40.0), (116.0 + east, 40.0))
    for through in (places, places[::-1]):
        line = along_roads([Axis("x", "轴", "Axis", through)], ladder).loc["x"]
        assert line["minutes"] == pytest.approx(minutes, abs=1e-3)
        assert len(line.geometry.coords) == points
        ends = np.array(line.geometry.coords)[[0, -1]]
        assert ends == pytest.approx(np.array(through), abs=1e-5)


def test_a_place_without_a_way_is_an_error(ladder):
    nodes = ladder.nodes.loc[[1, 2]]
    edges = pd.DataFrame({"u": [1], "v": [2], "time_s": [600.0]})
    one_way = SpatialNetwork.from_geodataframes(nodes, edges)
    assert along_roads([axis(1, 2)], one_way)["minutes"].tolist() == [10.0]
    with pytest.raises(NetworkError, match="no way by road along Axis"):
        along_roads([axis(2, 1)], one_way)
    with pytest.raises(NetworkError, match="one place"):
        along_roads([axis(1, 1)], ladder)


def test_axes_on_record_end_in_their_cities():
    cluster = load_cluster("jing-jin-ji")
    axes = load_axes(cluster)
    assert [found.key for found in axes] == [
        "jing-jin", "jing-bao-shi", "jing-tang-qin", "jing-xiong",
        "jing-zhang", "jing-cheng", "shi-heng-cang",
    ]  # fmt: skip
    lines = along_roads(axes, schematic_roads())
    assert lines["schematic"].all()
    assert lines["placebo"].tolist() == [False] * 4 + [True] * 3
    for found in axes:
        ends = np.array(lines.geometry[found.key].coords)[[0, -1]]
        assert ends == pytest.approx(np.array(found.through)[[0, -1]], abs=0.01)
    assert load_axes(load_cluster("central-yunnan")) == ()


def test_rail_axes_pass_the_stations_of_their_lines():
    cluster = load_cluster("jing-jin-ji")
    timetable = Timetable.from_reference("2023-12-15")
    stations = city_stations(timetable.stops, cluster.cities)
    axes = [found for found in load_axes(cluster) if set(found.cities) <= set(cluster.cities.index)]
    lines = along_rail(axes, timetable.services(stations.index), stations)
    names = {
        key: [stations.at[station, "name_zh"] for station in ids.split()]
        for key, ids in lines["stations"].items()
    }
    assert names["jing-jin"] == ["北京南", "武清", "天津"]
    assert names["jing-bao-shi"][0] == "北京西"
    assert names["jing-bao-shi"][-1] == "石家庄"
    assert {"保定东", "定州东", "正定机场"} <= set(names["jing-bao-shi"])
    assert names["jing-zhang"][0] == "清河"
    assert names["jing-zhang"][-1] == "张家口"
    assert lines.loc["jing-jin", "minutes"] == 30
    assert lines.loc["jing-bao-shi", "length_km"] == pytest.approx(281, rel=0.06)  # fare table


def test_no_direct_train_is_said():
    services = pd.DataFrame(columns=["from_id", "to_id", "train_class", "fastest_min"])
    stations = gpd.GeoDataFrame(
        {"adcode": ["1", "2"]},
        index=["a", "b"],
        geometry=gpd.points_from_xy([1, 2], [3, 4]),
        crs=4326,
    )
    with pytest.raises(MissingDataError, match="no direct train from 1 to 2"):
        along_rail([Axis("x", "", "", ((1, 3), (2, 4)), ("1", "2"))], services, stations)


@pytest.mark.parametrize("width_m", [5_000.0, 20_000.0, 60_000.0])
def test_a_straight_corridor_is_a_strip_with_round_ends(width_m):
    straight = shapely.LineString([(460_000, 4.4e6), (540_000, 4.4e6)])
    lines = gpd.GeoDataFrame(geometry=gpd.GeoSeries([straight], crs=UTM).to_crs(4326))
    area = corridor_polygons(lines, width_m=width_m, epsg=UTM)["area_km2"].iloc[0]
    km = width_m / 1000
    # UTM shrinks areas by 0.9996 squared on the central meridian; arcs have 64 corners
    assert area == pytest.approx((80 * km + np.pi * km**2 / 4) / 0.9996**2, rel=2e-3)


def test_land_can_be_cut_off():
    whole = corridor_polygons(
        gpd.GeoDataFrame(geometry=[shapely.LineString([(116, 40), (117, 40)])], crs=4326),
        width_m=20_000,
        epsg=UTM,
    )
    lines = whole.set_geometry([shapely.LineString([(116, 40), (117, 40)])], crs=4326)
    west = shapely.box(115, 39, 116.5, 41)
    parts = [
        corridor_polygons(lines, width_m=20_000, epsg=UTM, **{rule: west})["area_km2"].iloc[0]
        for rule in ("within", "without")
    ]
    assert sum(parts) == pytest.approx(whole["area_km2"].iloc[0], rel=1e-4)
    assert parts[0] == pytest.approx(parts[1], rel=0.01)


def test_shares_by_hand(ladder):
    points = gpd.GeoDataFrame(
        {"residents": [5.0, 3.0, 2.0]},
        geometry=gpd.points_from_xy([116.2, 116.8, 119.0], [40.0, 40.0, 40.0]),
        crs=4326,
    )
    west = square(115.5, 39.5, 116.5, 40.2)
    assert mass_share(west, points).to_dict() == {"x": 0.5}
    assert mass_share(west, points.to_crs(UTM)).to_dict() == {"x": 0.5}
    # flow on the southern edges only, drawn straight along 40° N: half of each lies in the west
    flow = [1.0 if set(edge[:2]) == {1, 2} else 0.0 for edge in ladder.edges.index]
    assert betweenness_share(west, ladder, flow, epsg=UTM)["x"] == pytest.approx(0.5, abs=1e-3)


@settings(max_examples=30)
@given(st.lists(st.floats(0.1, 9.0), min_size=8, max_size=8), st.floats(0.1, 50.0))
def test_betweenness_share_knows_no_unit_and_is_a_share(flow, factor):
    network = drawn_ladder()
    values = np.array(flow)
    area = square(115.5, 39.5, 116.4, 40.3)
    share = betweenness_share(area, network, values, epsg=UTM)["x"]
    assert 0.0 <= share <= 1.0
    assert betweenness_share(area, network, values * factor, epsg=UTM)["x"] == pytest.approx(share)
    cut = shapely.box(115.5, 39.5, 116.4, 40.15), shapely.box(115.5, 40.15, 116.4, 40.3)
    parts = gpd.GeoDataFrame(index=["south", "north"], geometry=list(cut), crs=4326)
    assert betweenness_share(parts, network, values, epsg=UTM).sum() == pytest.approx(
        share, abs=1e-4
    )


@settings(max_examples=30)
@given(st.floats(1_000.0, 30_000.0), st.floats(1.0, 3.0))
def test_a_wider_corridor_holds_no_less(width_m, factor):
    lines = gpd.GeoDataFrame(
        index=["x"], geometry=[shapely.LineString([(116, 40), (117, 40.3)])], crs=4326
    )
    grid = np.meshgrid(np.linspace(115.8, 117.2, 15), np.linspace(39.7, 40.6, 15))
    points = gpd.GeoDataFrame(
        {"residents": 1.0},
        index=range(225),
        geometry=gpd.points_from_xy(*map(np.ravel, grid)),
        crs=4326,
    )
    narrow, wide = (
        corridor_polygons(lines, width_m=width, epsg=UTM) for width in (width_m, width_m * factor)
    )
    assert mass_share(narrow, points)["x"] <= mass_share(wide, points)["x"]
    assert narrow["area_km2"].iloc[0] <= wide["area_km2"].iloc[0] * (1 + 1e-9)


def test_axes_are_compared_with_the_mean_of_the_placebos():
    table = pd.DataFrame(
        {
            "placebo": [False, True, True],
            "area_km2": [1000.0, 1000.0, 2000.0],
            "residents_share": [0.3, 0.05, 0.3],
        }
    )
    found = compare_corridors(table, ["residents_share"])
    assert found["residents_share_per_1000_km2"].tolist() == pytest.approx([0.3, 0.05, 0.15])
    assert found["residents_share_over_placebo"].tolist() == pytest.approx([3.0, 0.5, 1.5])
    with pytest.raises(MissingDataError, match="placebo"):
        compare_corridors(table.iloc[:1], ["residents_share"])


def test_what_cannot_be_measured_is_refused(ladder):
    area = square(115, 39, 118, 41)
    empty = gpd.GeoDataFrame({"residents": [0]}, geometry=gpd.points_from_xy([1], [1]), crs=4326)
    with pytest.raises(MissingDataError, match="no residents"):
        mass_share(area, empty)
    with pytest.raises(MissingDataError, match="no jobs"):
        mass_share(area, empty, mass="jobs")
    with pytest.raises(NetworkError, match=r"shape \(3,\) for 8 edges"):
        betweenness_share(area, ladder, [1, 2, 3], epsg=UTM)
    with pytest.raises(NetworkError, match="no CRS"):
        corridor_polygons(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), width_m=1, epsg=UTM)
    with pytest.raises(NetworkError, match="0 m wide"):
        corridor_polygons(area, width_m=0, epsg=UTM)
