"""Borders by hand: areas with slivers, a grid of streets cut by a line, roads that end at it."""

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.borders import (
    crossings,
    dead_end_rates,
    dead_ends,
    grouped_borders,
    permeability,
    placebo_lines,
    placebo_room,
    placebo_test,
    seamless_areas,
    shared_borders,
)
from toolkit.analysis.borders.crossings import road_class
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

UTM = 32650
EAST, NORTH = 500_000.0, 4_400_000.0


def areas(**shapes):
    return gpd.GeoDataFrame(index=list(shapes), geometry=list(shapes.values()), crs=UTM)


def box(west, south, east, north):
    """A rectangle in km."""
    return shapely.box(*(1000 * np.array([west, south, east, north]) + 2 * [EAST, NORTH]))


def line(*km):
    drawn = shapely.LineString([(EAST + 1000 * x, NORTH + 1000 * y) for x, y in km])
    table = gpd.GeoDataFrame(index=["x"], geometry=[drawn], crs=UTM)
    return table.assign(length_km=drawn.length / 1000)


def streets(places, edges):
    """A network from places in km and two-way edges (u, v) or (u, v, class)."""
    points = gpd.points_from_xy(
        [EAST + 1000 * x for x, _ in places.values()],
        [NORTH + 1000 * y for _, y in places.values()],
        crs=UTM,
    )
    nodes = gpd.GeoDataFrame(index=list(places), geometry=points).to_crs(4326)
    both = [(*edge, "primary")[:3] for edge in edges]
    both += [(v, u, kind) for u, v, kind in both]
    table = pd.DataFrame(both, columns=["u", "v", "highway"]).assign(time_s=60.0)
    return SpatialNetwork.from_geodataframes(nodes, table)


def grid(columns, rows, classes=lambda row: "primary"):
    """Streets 1 km apart; those along the rows have a class of their own."""
    places = {1000 * x + y: (x, y) for x in range(columns) for y in range(rows)}
    along = [
        (1000 * x + y, 1000 * (x + 1) + y, classes(y))
        for x in range(columns - 1)
        for y in range(rows)
    ]
    across = [
        (1000 * x + y, 1000 * x + y + 1, "primary") for x in range(columns) for y in range(rows - 1)
    ]
    return streets(places, along + across)


# ---------------------------------------------------------------- lines


def test_the_borders_of_three_towns():
    #  +---+---+
    #  | a | b |    b and c meet along 1 km, a and c in a point only
    #  +---+---+---+
    #      | c     |
    #      +-------+
    towns = areas(a=box(0, 1, 1, 2), b=box(1, 1, 2, 2), c=box(1, 0, 3, 1))
    borders = shared_borders(towns, epsg=UTM)
    assert borders.index.tolist() == ["a-b", "b-c"]
    # UTM shrinks lengths by 0.9996 on the central meridian
    assert borders["length_km"].tolist() == pytest.approx([1 / 0.9996] * 2, rel=1e-4)


@pytest.mark.parametrize("shift_m", [-120.0, -3.0, 0.0, 3.0, 120.0])
def test_slivers_between_neighbours_change_nothing(shift_m):
    """Two towns drawn one by one: their common line wavers, by gaps or overlaps."""
    y = np.linspace(0, 20_000, 41)
    wave = 200 * np.sin(y / 900)
    left = np.column_stack([EAST + wave, NORTH + y])
    apart = (np.arange(41) % 3 == 1) & (y < 20_000)
    right = np.column_stack([EAST + wave + shift_m * apart, NORTH + y])
    west = shapely.Polygon([(EAST - 9e3, NORTH), *left, (EAST - 9e3, NORTH + 2e4)])
    east = shapely.Polygon([(EAST + 9e3, NORTH), *right, (EAST + 9e3, NORTH + 2e4)])
    found = shared_borders(areas(west=west, east=east), epsg=UTM)
    truth = shapely.LineString(left if shift_m <= 0 else right).length
    drawn = found.geometry.to_crs(UTM).iloc[0]
    assert drawn.length == pytest.approx(truth, rel=0.07)
    assert drawn.hausdorff_distance(shapely.LineString(left)) <= abs(shift_m) + 0.01


def test_a_lake_belongs_to_nobody_but_a_sliver_does():
    ring = box(0, 0, 20, 20).difference(box(5, 5, 15, 15))
    halves = areas(
        west=ring.intersection(box(0, 0, 10, 20)), east=ring.intersection(box(10, 0, 20, 20))
    )
    assert seamless_areas(halves, epsg=UTM).area.sum() == pytest.approx(300e6)
    assert shared_borders(halves, epsg=UTM)["length_km"].iloc[0] == pytest.approx(10, rel=1e-3)
    assert seamless_areas(halves, epsg=UTM, gap_m=6_000).area.sum() == pytest.approx(400e6)


@settings(max_examples=25)
@given(st.lists(st.tuples(*[st.integers(0, 11)] * 2), min_size=2, max_size=9, unique=True))
def test_borders_and_outer_edges_add_up_to_every_outline(corners):
    """Cells of a grid dealt out to the nearest of some points: a cover without gaps."""
    seeds = np.array(corners)
    owner = {
        (i, j): int(((seeds - [i, j]) ** 2).sum(axis=1).argmin())
        for i in range(12)
        for j in range(12)
    }
    shapes = {
        f"s{k}": shapely.union_all(
            [box(i, j, i + 1, j + 1) for (i, j), o in owner.items() if o == k]
        )
        for k in range(len(seeds))
    }
    towns = areas(**shapes)
    borders = shared_borders(towns, epsg=UTM)
    lengths = gpd.GeoSeries(borders.geometry.to_crs(UTM)).length / 1000
    outside = 4 * 12
    assert 2 * lengths.sum() + outside == pytest.approx(towns.length.sum() / 1000, abs=1e-3)


def test_borders_of_provinces_are_those_of_their_prefectures():
    towns = areas(a1=box(0, 0, 1, 1), a2=box(0, 1, 1, 2), b1=box(1, 0, 2, 1), b2=box(1, 1, 2, 2))
    borders = shared_borders(towns, epsg=UTM)
    provinces = grouped_borders(borders, {name: name[0] for name in towns.index})
    assert provinces.index.tolist() == ["a-b"]
    assert len(provinces.geometry.iloc[0].geoms) == 1
    expected = borders.loc[["a1-b1", "a2-b2"], "length_km"].sum()
    assert provinces["length_km"].iloc[0] == pytest.approx(expected)
    assert grouped_borders(borders, {"a1": "x", "b1": "y"}).index.tolist() == ["x-y"]


def test_areas_must_be_what_they_say():
    towns = areas(a=box(0, 0, 1, 1), b=box(1, 0, 2, 1))
    with pytest.raises(NetworkError, match="no CRS"):
        shared_borders(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), epsg=UTM)
    with pytest.raises(NetworkError, match="a occurs twice"):
        shared_borders(pd.concat([towns, towns]), epsg=UTM)


def test_the_prefectures_of_jing_jin_ji_fit_each_other():
    """Every border is as long as the parts of either outline within 200 m of the neighbour."""
    from toolkit.sources.boundaries import prefecture_boundaries

    towns = prefecture_boundaries(["110000", "120000", "131000"])
    borders = shared_borders(towns, epsg=UTM)
    measured = towns.geometry.to_crs(UTM)
    for border in borders.itertuples():
        near = measured[border.a].boundary.intersection(measured[border.b].buffer(200)).length
        assert border.length_km == pytest.approx(near / 1000, rel=0.03)


# ---------------------------------------------------------------- placebo lines


def test_placebo_lines_keep_their_distance():
    halves = areas(west=box(-60, 0, 0, 80), east=box(0, 0, 60, 80))
    border = shared_borders(halves, epsg=UTM).geometry.iloc[0]
    room = placebo_room(halves, epsg=UTM)
    lines = placebo_lines(border, room, ["west", "east"], count=5, seed=3)
    drawn = gpd.GeoSeries(lines.geometry.to_crs(UTM))
    assert lines["side"].value_counts().to_dict() == {"west": 5, "east": 5}
    assert drawn.length.to_numpy() == pytest.approx(np.full(10, 72_000), rel=1e-3)
    away = drawn.distance(gpd.GeoSeries([border], crs=4326).to_crs(UTM).iloc[0])
    assert away.to_numpy() == pytest.approx(lines["distance_m"].to_numpy(), abs=30)
    again = placebo_lines(border, room, ["west", "east"], count=5, seed=3)
    assert again.equals(lines)
    with pytest.raises(MissingDataError, match="no line parallel"):
        placebo_lines(border, room, ["west"], between_m=(70_000, 90_000))


# ---------------------------------------------------------------- crossings


@pytest.mark.parametrize("rows", [1, 4, 7])
def test_a_grid_is_cut_once_a_row(rows):
    border = line((2.5, -1), (2.5, rows))
    table = permeability(grid(6, rows), border, epsg=UTM)
    assert table.loc[("x", "all"), "crossings"] == rows
    assert table.loc[("x", "all"), "per_10_km"] == pytest.approx(10 * rows / (rows + 1))


def test_a_border_through_junctions_is_crossed_once_all_the_same():
    assert crossings(grid(6, 4), line((2, -1), (2, 4)), epsg=UTM)["share"].sum() == 4


def test_crossings_are_counted_by_class():
    roads = grid(4, 5, lambda row: "motorway_link" if row == 0 else "tertiary")
    table = permeability(roads, line((1.5, -1), (1.5, 5)), epsg=UTM)
    assert table["crossings"].to_dict() == {
        ("x", "motorway"): 1, ("x", "primary"): 0, ("x", "tertiary"): 4, ("x", "all"): 5,
    }  # fmt: skip


def test_a_road_that_winds_about_the_border_crosses_once_or_not_at_all():
    #       /\        /\         the border runs along y = 0.5
    #  1 --/--\--2   3  \--/--4  1-2 comes back, 3-4 ends on the other side
    roads = streets({1: (0, 0), 2: (4, 0), 3: (6, 0), 4: (9, 1)}, [(1, 2), (3, 4)])
    edges = roads.edges.copy()

    def bent(u, v, *km):
        path = gpd.GeoSeries([line(*km).geometry.iloc[0]], crs=UTM).to_crs(4326).iloc[0]
        edges.loc[[(u, v, 0)], "geometry"] = [path]
        edges.loc[[(v, u, 0)], "geometry"] = [path.reverse()]

    bent(1, 2, (0, 0), (1, 1), (2, 0), (3, 1), (4, 0))
    bent(3, 4, (6, 0), (7, 1), (8, 0), (9, 1))
    winding = SpatialNetwork.from_geodataframes(roads.nodes, edges)
    found = crossings(winding, line((-1, 0.5), (10, 0.5)), epsg=UTM)
    assert sorted(zip(found["u"], found["v"], strict=True)) == [(3, 4), (4, 3)]


def test_a_one_way_road_is_half_a_crossing():
    roads = grid(3, 1)
    one_way = SpatialNetwork.from_geodataframes(roads.nodes, roads.edges.loc[[(0, 1000, 0)]])
    assert crossings(one_way, line((0.5, -1), (0.5, 1)), epsg=UTM)["share"].sum() == 0.5


# ---------------------------------------------------------------- dead ends


@cache
def broken_off():
    #   1 --- 2 --- 3   |   4 --- 5      3 and 4 lie 1 km from the border (x = 3);
    #         |         |         |      6 ends too, but 9 goes on by a track
    #         6 - - 9   |         7
    places = {
        1: (0, 2),
        2: (1, 2),
        3: (2, 2),
        4: (4, 2),
        5: (5, 2),
        6: (1, 1),
        7: (5, 1),
        9: (2, 1),
    }
    roads = [(1, 2), (2, 3), (4, 5), (2, 6, "tertiary"), (5, 7), (6, 9, "track")]
    return streets(places, roads)


def test_ends_are_told_from_changes_of_class():
    ends = dead_ends(broken_off())
    assert ends.index.tolist() == [1, 3, 4, 6, 7]
    assert ends["goes_on"].to_dict() == {1: False, 3: False, 4: False, 6: True, 7: False}
    assert ends.loc[6, "road_class"] == "tertiary"
    assert dead_ends(broken_off(), classes=["primary"]).index.tolist() == [1, 3, 4, 7]


def test_rates_near_a_border():
    border = line((3, -5), (3, 5))
    table = dead_end_rates(broken_off(), border, epsg=UTM, within_m=1_500)
    # within 1.5 km: half a kilometre of 2-3 and of 4-5, nodes 3 and 4
    assert table.loc["x", "road_km"] == pytest.approx(1.0)
    assert table.loc["x", ["nodes", "dead_ends", "class_ends"]].tolist() == [2, 2, 0]
    assert table.loc["x", "per_100_km"] == pytest.approx(200)
    wide = dead_end_rates(broken_off(), border, epsg=UTM, within_m=2_500)
    assert wide.loc["x", ["nodes", "dead_ends", "class_ends"]].tolist() == [6, 3, 1]
    west = gpd.GeoSeries([box(-9, -9, 3, 9)], crs=UTM).to_crs(4326).iloc[0]
    half = dead_end_rates(broken_off(), border, epsg=UTM, within_m=1_500, inside=west)
    assert half.loc["x", ["nodes", "dead_ends"]].tolist() == [1, 1]
    nowhere = dead_end_rates(broken_off(), line((90, 0), (90, 9)), epsg=UTM)
    assert nowhere["per_100_km"].isna().all()


def test_the_placebo_test_is_a_rank():
    found = placebo_test(2.0, [1.0, 2.0, 3.0, np.nan])
    assert (found.lines, found.placebo_mean, found.ratio, found.share_as_high) == (
        3,
        2.0,
        1.0,
        0.75,
    )
    assert np.isnan(placebo_test(1.0, [0.0]).ratio)
    assert np.isnan(placebo_test(np.nan, [1.0]).share_as_high)


def test_a_ramp_has_the_class_of_its_road():
    kinds = ["motorway", "motorway_link", "trunk_link", "link_road", None, "unclassified"]
    count = len(kinds)
    nodes = gpd.GeoDataFrame(
        index=range(count + 1),
        geometry=gpd.points_from_xy(116 + np.arange(count + 1) / 10, [40.0] * (count + 1)),
        crs=4326,
    )
    edges = pd.DataFrame({"u": range(count), "v": range(1, count + 1), "time_s": 60.0})
    roads = SpatialNetwork.from_geodataframes(nodes, edges.assign(highway=kinds))
    assert road_class(roads).tolist() == [
        "motorway", "motorway", "trunk", "link_road", "unknown", "unclassified"
    ]  # fmt: skip
    bare = SpatialNetwork(roads.nodes, roads.edges.drop(columns="highway"))
    assert road_class(bare).tolist() == ["unknown"] * count
