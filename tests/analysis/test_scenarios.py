"""Scenarios on road networks: what must hold whatever is added, and drawn networks by hand."""

import json
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.decay import Decay
from toolkit.analysis.matrices import road_matrix
from toolkit.analysis.scenario_effects import city_effects, compare_times, effects, efficiency
from toolkit.analysis.scenario_examples import road_example
from toolkit.analysis.scenarios import added_edges, scenario
from toolkit.clusters import load_cluster
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork

# Two banks of a river mouth, joined by a bridge far north: 1 -- 2 (bridge) and 1 -- 3, 2 -- 4
BANKS = {1: (113.6, 22.8), 2: (113.75, 22.8), 3: (113.555, 22.578), 4: (113.795, 22.618)}


@pytest.fixture(scope="module")
def banks():
    nodes = gpd.GeoDataFrame(
        index=list(BANKS),
        geometry=gpd.points_from_xy(*zip(*BANKS.values(), strict=True)),
        crs=4326,
    )
    sections = pd.DataFrame(
        {"u": [1, 1, 2], "v": [2, 3, 4], "time_s": [1800.0, 1500.0, 1500.0], "opened": [1997] * 3}
    )
    edges = pd.concat([sections, sections.rename(columns={"u": "v", "v": "u"})], ignore_index=True)
    edges["opened"] = edges["opened"].astype("Int64")
    return SpatialNetwork.from_geodataframes(nodes, edges)


@cache
def capital():
    """Roads and seats of Beijing, Tianjin and Hebei, and the minutes between the seats."""
    network, places = schematic_roads(), load_cluster("jing-jin-ji").cities.geometry
    return network, places, road_matrix(network, places)


def drawn(*coordinates, crs=4326, **columns):
    table = pd.DataFrame({name: [value] for name, value in columns.items()}, index=[0])
    return gpd.GeoDataFrame(table, geometry=[shapely.LineString(coordinates)], crs=crs)


def test_the_shenzhong_link_by_hand(banks):
    after = scenario(banks, add=road_example("shenzhong-link"))
    ends = gpd.GeoSeries(
        [shapely.Point(BANKS[3]), shapely.Point(BANKS[4])], index=list("WE"), crs=4326
    )
    before = road_matrix(banks, ends)
    assert before.loc["W", "E"] == pytest.approx(80.0)
    assert road_matrix(after, ends).loc["W", "E"] == pytest.approx(24 / 100 * 60)  # 14.4 minutes
    table = compare_times(before, road_matrix(after, ends))
    assert table["saved_min"].tolist() == pytest.approx([65.6, 65.6])


def test_before_its_opening_a_link_is_not_there(banks):
    link = road_example("shenzhong-link")
    assert len(scenario(banks, add=link, as_of="2024-06-29").edges) == len(banks.edges)
    assert len(scenario(banks, add=link, as_of="2024-06-30").edges) == len(banks.edges) + 2
    assert len(scenario(banks, add=link, as_of="2024").edges) == len(banks.edges) + 2
    assert scenario(banks, as_of="1996").edges.empty
    assert len(scenario(banks, as_of="1997-01-01").edges) == len(banks.edges)


def test_as_of_leaves_out_what_opened_later():
    roads, _, _ = capital()
    past = scenario(roads, as_of="2000")
    opened = roads.edges["opened"]
    assert len(past.edges) == int((opened.isna() | (opened <= 2000)).sum()) < len(roads.edges)


def test_a_line_joins_its_nearest_nodes_and_the_rest_is_driven_too(banks):
    west, east = (113.56, 22.58), (113.79, 22.62)
    after = scenario(banks, add=drawn(west, east, speed_kmh=60.0))
    edge = after.edges.loc[added_edges(after)].iloc[0]
    _, tails = banks.snap(np.array([west, east]))
    line_m = edge["length_m"] - tails.sum()
    assert line_m == pytest.approx(24_050, rel=0.01)
    assert edge["time_s"] == pytest.approx(edge["length_m"] / 60 * 3.6)
    assert edge.geometry.coords[0] == BANKS[3]
    assert edge.geometry.coords[-1] == BANKS[4]


def test_time_length_and_direction_can_be_given(banks):
    line = drawn(BANKS[3], BANKS[4], time_s=900.0, length_km=30.0, oneway=True, name="one way")
    after = scenario(banks, add=line)
    found = after.edges.loc[added_edges(after)]
    assert found.index.tolist() == [(3, 4, 0)]
    assert found[["time_s", "length_m"]].iloc[0].tolist() == pytest.approx(
        [900.0, 30_000.0], rel=1e-6
    )
    assert found["name"].tolist() == ["one way"]


def test_a_drawn_geojson_in_any_crs(banks, tmp_path):
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"speed_kmh": 100},
                "geometry": {"type": "LineString", "coordinates": [BANKS[3], BANKS[4]]},
            }
        ],
    }
    path = tmp_path / "link.geojson"
    path.write_text(json.dumps(collection), encoding="utf-8")
    read = gpd.read_file(path)
    one, other = scenario(banks, add=read), scenario(banks, add=read.to_crs(32649))
    assert len(added_edges(one)) == 2
    assert other.edges["time_s"].to_numpy() == pytest.approx(one.edges["time_s"].to_numpy())


def test_a_line_joins_a_network_read_from_openstreetmap():
    """Which has whole numbers of signals and ways, and times at the peak."""
    roads = read_osm_roads(Path(__file__).parents[1] / "data/village/village-latest.osm.pbf")
    ends = roads.nodes.geometry.iloc[[0, -1]]
    line = gpd.GeoDataFrame(
        {"speed_kmh": [60.0]}, geometry=[shapely.LineString(list(ends))], crs=4326
    )
    built = scenario(roads, add=line)
    link = built.edges.loc[added_edges(built)].iloc[0]
    assert link["time_peak_s"] == link["time_s"] > 0
    assert link[["delay_s", "signals", "junctions", "osm_way"]].tolist() == [0, 0, 0, 0]
    assert built.edges.dtypes.equals(roads.edges.dtypes)
    assert scenario(built, remove=added_edges(built)).edges.equals(roads.edges)


def test_a_parallel_link_gets_its_own_key(banks):
    line = drawn(BANKS[1], BANKS[2], speed_kmh=80.0)
    twice = scenario(scenario(banks, add=line), add=line)
    assert added_edges(twice).tolist() == [(1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2)]


def test_edges_are_removed_by_name_and_by_touch(banks):
    by_name = scenario(banks, remove=[(1, 2, 0), (2, 1, 0)])
    across = gpd.GeoSeries([shapely.LineString([(113.68, 22.7), (113.68, 22.9)])], crs=4326)
    assert scenario(banks, remove=across).edges.index.equals(by_name.edges.index)
    assert scenario(banks, remove=across.to_crs(32649)).edges.index.equals(by_name.edges.index)
    ends = gpd.GeoSeries([shapely.Point(BANKS[3]), shapely.Point(BANKS[4])], crs=4326)
    assert np.isinf(road_matrix(by_name, ends).loc[0, 1])


def test_the_input_is_not_changed(banks):
    edges, link = banks.edges.copy(), road_example("shenzhong-link")
    columns = link.copy()
    scenario(banks, add=link, remove=[(1, 2, 0)], as_of="2030")
    pd.testing.assert_frame_equal(banks.edges, edges)
    pd.testing.assert_frame_equal(link, columns)


POINTS = st.tuples(st.floats(114.5, 119.0), st.floats(37.0, 41.0))
LINES = st.lists(st.tuples(POINTS, POINTS, st.floats(20.0, 300.0)), min_size=1, max_size=3)


def lines_of(network, ends):
    """Lines between the nodes nearest to pairs of points; None if a pair has one node."""
    nodes, _ = network.snap(np.array([point for start, end, _ in ends for point in (start, end)]))
    pairs = nodes.reshape(-1, 2)
    if (pairs[:, 0] == pairs[:, 1]).any():
        return None
    points = network.nodes.geometry
    return gpd.GeoDataFrame(
        {"speed_kmh": [speed for _, _, speed in ends]},
        geometry=[shapely.LineString([points[u], points[v]]) for u, v in pairs.tolist()],
        crs=4326,
    )


@settings(max_examples=25)
@given(LINES)
def test_adding_a_link_never_lengthens_a_time_and_removing_it_restores_everything(ends):
    network, places, before = capital()
    lines = lines_of(network, ends)
    if lines is None:
        return
    more = scenario(network, add=lines)
    after = road_matrix(more, places)
    assert (after <= before).all(axis=None)
    assert (compare_times(before, after)["saved_min"] >= 0).all()
    restored = scenario(more, remove=added_edges(more))
    pd.testing.assert_frame_equal(restored.nodes, network.nodes, check_exact=True)
    pd.testing.assert_frame_equal(restored.edges, network.edges, check_exact=True)
    for array in ("indptr", "indices", "weight_ms"):  # from which every figure is computed
        np.testing.assert_array_equal(getattr(restored.csr, array), getattr(network.csr, array))
    pd.testing.assert_frame_equal(road_matrix(restored, places), before, check_exact=True)


@settings(max_examples=10)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=20, unique=True))
def test_removing_links_never_shortens_a_time(rows):
    network, places, before = capital()
    fewer = scenario(network, remove=network.edges.index[rows])
    assert (road_matrix(fewer, places) >= before).all(axis=None)


# --- before and after --------------------------------------------------------------------------

MINUTES = pd.DataFrame([[0, 90], [np.inf, 0]], index=["a", "b"], columns=["a", "b"])


def test_times_side_by_side():
    after = pd.DataFrame([[0, 60], [50, 0]], index=["a", "b"], columns=["a", "b"])
    table = compare_times(MINUTES, after)
    assert table[["origin", "destination"]].to_numpy().tolist() == [["b", "a"], ["a", "b"]]
    assert table["saved_min"].tolist() == [np.inf, 30.0]
    nothing = compare_times(MINUTES, MINUTES)
    assert nothing["saved_min"].tolist() == [0.0, 0.0]
    with pytest.raises(NetworkError, match="same places"):
        compare_times(MINUTES, after.rename(index={"a": "z"}))


def test_effects_by_hand():
    before = pd.DataFrame([[0, 90], [120, 0]], index=["a", "b"], columns=["a", "b"])
    after = pd.DataFrame([[0, 45], [60, 0]], index=["a", "b"], columns=["a", "b"])
    table = effects(before, after, pd.Series({"a": 3.0, "b": 1.0}))
    assert table.loc["pairs_within"].tolist() == [0, 2, 2]
    assert table.loc["mean_min"].tolist() == [105, 52.5, -52.5]
    # those of a reach 3 people and those of b one; then all reach all four
    assert table.loc["residents_within"].tolist() == [2.5, 4.0, 1.5]
    assert table.loc["efficiency", "after"] == pytest.approx((1 / 45 + 1 / 60) / 2)
    assert effects(MINUTES, MINUTES, pd.Series({"a": 1, "b": 1}))["change"].tolist() == [0.0] * 4


def test_effects_on_interaction_by_hand():
    # a - b - c: with all pairs at one time and one size gravity links are equal, so fully even
    places = list("abc")
    far = pd.DataFrame([[0, 30, 60], [30, 0, 30], [60, 30, 0]], places, places, dtype=float)
    near = far.mask(far == 60, 30.0)
    people = pd.Series(2.0, index=places)
    table = effects(far, near, people, decay=Decay("power", 1.0))
    assert table.loc["p_sf", "after"] == pytest.approx(1.0)
    assert table.loc["p_sf", "before"] < 1.0
    assert table.loc["potential", "after"] == pytest.approx(4 / 30)
    mean = (2 * (2 / 30 + 2 / 60) + 4 / 30) / 3
    assert table.loc["potential", "before"] == pytest.approx(mean)


def test_effects_on_each_place_by_hand():
    names = ["a", "b", "c"]
    minutes = pd.DataFrame(
        [[0.0, 50.0, 100.0], [50.0, 0.0, 80.0], [100.0, 80.0, 0.0]], index=names, columns=names
    )
    after = minutes.copy()
    after.loc["b", "c"] = after.loc["c", "b"] = 40.0
    people = pd.Series({"a": 2.0, "b": 1.0, "c": 4.0})
    table = city_effects(minutes, after, people, Decay("power", 1.0))
    assert table["residents_before"].tolist() == [3, 3, 4]
    assert table["residents_after"].tolist() == [3, 7, 5]
    assert table["mean_min_after"].tolist() == [(50 + 400) / 5, (100 + 160) / 6, (200 + 40) / 3]
    assert table["efficiency_change"].tolist() == pytest.approx([0, 1 / 160, 1 / 160])
    assert table["potential_change"].tolist() == pytest.approx([0, 4 / 80, 1 / 80])
    # links a-b 2/50, a-c 8/100, b-c 4/80, after 4/40; dominance: own links over the mean of all
    ab, ac, bc = 2 / 50, 8 / 100, 4 / 40
    own = np.array([ab + ac, ab + bc, ac + bc])
    assert table["dominance_after"].tolist() == pytest.approx((own / own.mean()).tolist())
    # the mean over places is the figure of all together
    whole = effects(minutes, after, people, decay=Decay("power", 1.0))
    assert table["efficiency_after"].mean() == pytest.approx(whole.at["efficiency", "after"])
    same = city_effects(minutes, minutes, people, Decay("power", 1.0))
    assert (same[[name for name in same if name.endswith("_change")]] == 0).all(axis=None)


def test_efficiency_of_equal_times():
    assert efficiency(pd.DataFrame(np.full((5, 5), 8.0))) == pytest.approx(1 / 8)
    assert efficiency(pd.DataFrame(np.full((3, 3), np.inf))) == 0.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (drawn(BANKS[3], BANKS[4]), "no speed_kmh or time_s"),
        (drawn(BANKS[3], BANKS[4], crs=None, speed_kmh=50.0), "no CRS"),
        (drawn(BANKS[3], (115.0, 22.6), speed_kmh=50.0), "from the network, beyond 5 km"),
        (drawn(BANKS[3], (113.556, 22.579), speed_kmh=50.0), "begins and ends at one node"),
        (drawn(BANKS[3], BANKS[4], speed_kmh=0.0), "time_s is not positive"),
    ],
)
def test_lines_that_make_no_link_are_refused(banks, line, message):
    with pytest.raises(NetworkError, match=message):
        scenario(banks, add=line)


def test_several_parts_and_unknown_edges_are_refused(banks):
    parts = shapely.MultiLineString([[BANKS[1], BANKS[2]], [BANKS[3], BANKS[4]]])
    line = gpd.GeoDataFrame({"speed_kmh": [50.0]}, geometry=[parts], crs=4326)
    with pytest.raises(NetworkError, match="hold MultiLineString"):
        scenario(banks, add=line)
    with pytest.raises(NetworkError, match="do not fit the network's columns"):
        scenario(banks, add=drawn(BANKS[3], BANKS[4], speed_kmh=50.0, lanes="eight"))
    with pytest.raises(NetworkError, match=r"no such edges: \(9, 9, 0\)"):
        scenario(banks, remove=[(9, 9, 0)])
    with pytest.raises(UnknownNameError, match="choose among shenzhong-link"):
        road_example("tunnel")
