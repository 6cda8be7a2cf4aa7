"""What borders cost and which links are missing: ladders by hand, and searches as the judge."""

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.borders import (
    best_links,
    border_cost,
    border_detours,
    candidate_links,
    cells_beside,
    density_profile,
    discontinuity,
    facing_ends,
    nodes_beside,
    parallel_sides,
    savings,
    shared_borders,
    zone_adjacency,
)
from toolkit.analysis.kernels.shortest_paths import shortest_times_many
from toolkit.analysis.scenarios import scenario
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.sources import reference
from toolkit.sources.population import PopulationGrid

UTM = 32650
EAST, NORTH = 500_000.0, 4_400_000.0


def streets(places, pairs, speed_kmh=60.0):
    """Two-way straight roads between places given in km."""
    x, y = (np.array([place[axis] for place in places.values()]) for axis in (0, 1))
    nodes = gpd.GeoDataFrame(
        index=list(places),
        geometry=gpd.points_from_xy(EAST + 1000 * x, NORTH + 1000 * y, crs=UTM),
    ).to_crs(4326)
    edges = pd.DataFrame([*pairs, *[(v, u) for u, v in pairs]], columns=["u", "v"])
    roads = SpatialNetwork.from_geodataframes(nodes, edges.assign(time_s=1.0))
    return roads.with_times(roads.edges["length_m"] / speed_kmh * 3.6)


def halves(middle=0.0, reach=100.0):
    """Land west and east of a straight border."""
    km = 1000 * np.array([middle, -reach, reach])
    return gpd.GeoDataFrame(
        index=["east", "west"],
        geometry=[
            shapely.box(EAST + km[0], NORTH + km[1], EAST + km[2], NORTH + km[2]),
            shapely.box(EAST + km[1], NORTH + km[1], EAST + km[0], NORTH + km[2]),
        ],
        crs=UTM,
    )


def border(middle=0.0):
    return shared_borders(halves(middle), epsg=UTM).geometry.iloc[0]


@cache
def comb(bridges=(0,)):
    """A grid of 8 by 7 streets, 2 km apart, cut at x = 0 but for bridges at these rows."""
    places = {10 * i + j: (2 * i - 7, 2 * j) for i in range(8) for j in range(7)}
    pairs = [(10 * i + j, 10 * i + j + 1) for i in range(8) for j in range(6)]
    pairs += [
        (10 * i + j, 10 * i + 10 + j) for i in range(7) for j in range(7) if i != 3 or j in bridges
    ]
    return streets(places, pairs)


def beside(network, middle=0.0, within_m=100_000.0):
    return nodes_beside(network, border(middle), halves(middle), epsg=UTM, within_m=within_m)


# ---------------------------------------------------------------- detours


def test_nodes_are_sorted_by_side_and_distance():
    near = beside(comb(), within_m=2_000)
    assert near.value_counts().to_dict() == {"east": 7, "west": 7}
    assert {node // 10 for node in near.index[near == "west"]} == {3}


def test_a_border_without_effect_costs_nothing():
    cost = border_cost(border_detours(comb(tuple(range(7))), beside(comb())))
    # not quite: pairs across a grid point more to its diagonals than pairs beside a line
    assert cost.detour_ratio == pytest.approx(1, abs=0.06)
    assert cost.cost_min == pytest.approx(0, abs=1)
    assert 1 < cost.detour_beside < 1.42  # a grid of squares: from 1 to the root of 2


def test_one_bridge_makes_the_border_dear():
    network = comb((0,))
    table = border_detours(network, beside(network), bins_km=[1.9, 2.1])
    # 2 km apart across: seven pairs, the j-th with 2 j steps of 2 km to the bridge, one over it
    assert table["pairs_across"].tolist() == [7]
    assert table["detour_across"].iloc[0] == pytest.approx(
        np.mean([4 * j + 2 for j in range(7)]) / 2, rel=1e-3
    )
    assert table["detour_beside"].iloc[0] == pytest.approx(1, abs=1e-6)
    cost = border_cost(table)
    # at 60 km/h a km is a minute; UTM's scale is 0.9996
    assert cost.cost_min == pytest.approx(12 / 0.9996, rel=1e-3)


def test_no_bridge_is_said_and_not_averaged_away():
    table = border_detours(comb(()), beside(comb(())), bins_km=[1.9, 2.1])
    assert (table["pairs_across"].iloc[0], table["cut_across"].iloc[0]) == (0, 7)
    with pytest.raises(MissingDataError, match="no distance has pairs both"):
        border_cost(table)


def test_a_draw_of_nodes_is_repeatable():
    first = border_detours(comb(), beside(comb()), most_nodes=20, seed=4)
    assert first.equals(border_detours(comb(), beside(comb()), most_nodes=20, seed=4))
    assert first[["pairs_across", "pairs_beside"]].to_numpy().sum() <= 190


def test_a_placebo_line_parts_one_side():
    land = halves().to_crs(4326).geometry["west"]
    sides = parallel_sides(border(), land, 2_000, epsg=UTM)
    line = border(-2.0)
    near = nodes_beside(comb(), line, sides, epsg=UTM, within_m=1_500)
    assert near.groupby(near.index // 10).first().to_dict() == {2: "far", 3: "near"}
    assert len(near) == 14
    with pytest.raises(MissingDataError, match="1 sides"):
        border_detours(comb(), near[near == "near"])


# ---------------------------------------------------------------- missing links


def test_the_gap_in_a_path_is_found():
    #  1 - 2 - 3   4 - 5 - 6    3 and 4 lie 2 km apart; the way round by 7 and 8 is long
    #  |                   |
    #  7 --------8-------- 9
    places = {1: (-5, 20), 2: (-3, 20), 3: (-1, 20), 4: (1, 20), 5: (3, 20), 6: (5, 20)}
    places |= {7: (-5, 0), 8: (0.1, 0), 9: (5, 0)}
    roads = streets(places, [(1, 2), (2, 3), (4, 5), (5, 6), (1, 7), (7, 8), (8, 9), (9, 6)])
    links = candidate_links(roads, beside(roads), longest_km=2.5, winding=1.0)
    # across, at most 2.5 km apart: only 3 and 4
    assert links[["u", "v"]].values.tolist() == [[4, 3]]
    assert links["now_min"].iloc[0] == pytest.approx(58 / 0.9996, rel=1e-3)
    assert links["ratio"].iloc[0] == pytest.approx(29, rel=1e-3)


def every_time(network):
    graph = network.csr
    return shortest_times_many(
        graph.indptr, graph.indices, graph.weight_ms, np.arange(len(graph.node_ids))
    ).astype(np.int64)


def with_link(network, link):
    """The network with one candidate built."""
    line = gpd.GeoDataFrame(
        {"time_s": [60 * link["link_min"]], "length_km": [link["length_km"]]},
        geometry=[link.geometry],
        crs=4326,
    )
    return scenario(network, add=line)


def saved_by_search(network, after, mass, within_min):
    """Minutes saved, and mass joined, by searches before and after."""
    before, now = every_time(network), every_time(after)
    weight = np.outer(mass, mass / mass.sum())
    counts = (now >= 0) & (now <= within_min * 60_000)
    had = counts & (before >= 0)
    minutes = (weight * (before - now))[had].sum() / 60_000
    return minutes, weight[counts & (before < 0)].sum()


@pytest.mark.parametrize("within_min", [10.0, 30.0, 500.0])
def test_savings_are_those_of_a_search_on_the_network_with_the_link(within_min):
    network = comb((0, 3))
    mass = pd.Series(np.arange(1.0, 57.0), index=network.nodes.index)
    links = candidate_links(network, beside(network), longest_km=3.0, winding=1.1)
    found = savings(network, links, mass=mass, within_min=within_min)
    assert len(found) > 5
    for _, link in found.iloc[::4].iterrows():
        minutes, joined = saved_by_search(
            network, with_link(network, link), mass.to_numpy(), within_min
        )
        assert link["saved_min"] == pytest.approx(minutes, abs=1e-3)
        assert link["joined"] == joined == 0


def test_links_that_join_two_halves_come_first():
    network = comb(())
    links = candidate_links(network, beside(network), longest_km=2.1)
    found = savings(network, links, within_min=500)
    assert np.isinf(found["now_min"]).all()
    # 28 nodes on either side, both ways, over 56
    assert found["joined"].tolist() == pytest.approx([2 * 28 * 28 / 56] * 7)
    assert (found["saved_min"] == 0).all()


def test_links_in_turn_save_what_is_left():
    network = comb((0,))
    links = candidate_links(network, beside(network), longest_km=3.0)
    best = best_links(network, links, count=4, within_min=500)
    assert best.index.tolist() == [1, 2, 3, 4]
    assert best["saved_in_turn_min"].is_monotonic_decreasing
    assert best["saved_in_turn_min"].iloc[0] == best["saved_min"].iloc[0] == best["saved_min"].max()
    # the sum in turn is what all of them save together
    together = network
    for _, link in best.iterrows():
        together = with_link(together, link)
    minutes, _ = saved_by_search(network, together, np.ones(56), 500)
    assert best["saved_in_turn_min"].sum() == pytest.approx(minutes, rel=1e-4)
    assert len(best_links(network, links.iloc[:0])) == 0


@settings(max_examples=25)
@given(
    st.sets(st.integers(0, 6)),
    st.integers(0, 6),
    st.integers(0, 6),
    st.floats(0.5, 90.0),
)
def test_adding_a_link_never_lengthens_and_never_saves_less_than_nothing(bridges, j, k, minutes):
    network = comb(tuple(sorted(bridges)))
    ends = network.nodes.geometry[[30 + j, 40 + k]]
    link = gpd.GeoDataFrame(
        {"u": [30 + j], "v": [40 + k], "link_min": [minutes], "length_km": [2.0]},
        geometry=[shapely.LineString(list(ends))],
        crs=4326,
    )
    after = with_link(network, link.iloc[0])
    before_ms, after_ms = every_time(network), every_time(after)
    reached = before_ms >= 0
    assert (after_ms[reached] >= 0).all()
    assert (after_ms[reached] <= before_ms[reached]).all()
    found = savings(network, link, within_min=1e4)
    saved, joined = saved_by_search(network, after, np.ones(56), 1e4)
    assert found["saved_min"].iloc[0] == pytest.approx(saved, rel=1e-3, abs=1e-2)
    assert found["joined"].iloc[0] == pytest.approx(joined)


def test_a_seam_in_the_data_is_found_and_closed():
    #  1 --- 2  3 --- 4      2 and 3 face each other at 0.6 km; 5 - 6 is one short road
    #                  5-6
    places = {1: (-5, 0), 2: (-0.6, 0), 3: (0, 0), 4: (5, 0), 5: (6, -1), 6: (6.5, -1)}
    roads = streets(places, [(1, 2), (3, 4), (5, 6)])
    edges = roads.edges.assign(highway="motorway", name="京石高速")
    roads = SpatialNetwork.from_geodataframes(roads.nodes, edges)
    seams = facing_ends(roads)
    assert seams[["u", "v"]].values.tolist() == [[2, 3]]
    assert seams["gap_m"].iloc[0] == pytest.approx(600, rel=1e-3)
    assert (seams["name"].iloc[0], seams["speed_kmh"].iloc[0]) == ("京石高速", pytest.approx(60))
    whole = scenario(roads, add=seams)
    assert facing_ends(whole).empty
    assert facing_ends(roads, gap_m=500).empty


def test_nodes_at_the_border_count_on_both_sides():
    roads = comb((0,))
    near = beside(roads)
    known = candidate_links(roads, near, longest_km=2.1)
    blurred = candidate_links(roads, near, longest_km=2.1, either=[33, 43])
    assert len(blurred) == len(known)  # beside each other they are joined by short ways
    assert not (blurred["u"] == blurred["v"]).any()
    pairs = [tuple(sorted(pair)) for pair in blurred[["u", "v"]].values.tolist()]
    assert len(set(pairs)) == len(pairs)


def test_masses_must_weigh_something():
    network = comb((0,))
    links = candidate_links(network, beside(network), longest_km=2.1)
    with pytest.raises(NetworkError, match="negative or all 0"):
        savings(network, links, mass={0: 0.0})
    with pytest.raises(NetworkError, match="no such node"):
        savings(network, links, mass={999: 1.0})
    with pytest.raises(MissingDataError, match="1 sides"):
        candidate_links(network, pd.Series("west", index=network.nodes.index))


# ---------------------------------------------------------------- discontinuity


def grid_of(density):
    """Cells of 30 arc-seconds about the border; density by km east of it."""
    step = 1 / 120
    west, north = 116.6, 40.1
    lon = west + step * (np.arange(96) + 0.5)
    lat = north - step * (np.arange(84) + 0.5)
    points = gpd.GeoSeries(gpd.points_from_xy(*map(np.ravel, np.meshgrid(lon, lat)), crs=4326))
    east_km = (points.to_crs(UTM).x.to_numpy() - EAST) / 1000
    area_km2 = np.cos(np.radians(np.repeat(lat, 96))) * (111.32 * step) ** 2
    people = np.vectorize(density)(east_km) * area_km2
    return PopulationGrid(
        people.reshape(84, 96), Affine(step, 0, west, 0, -step, north), label="made"
    )


def cells_of(density, within_m=10_000):
    return cells_beside(grid_of(density), border(), halves(), epsg=UTM, within_m=within_m)


def test_a_jump_is_measured_and_a_slope_is_not_mistaken_for_one():
    jump = discontinuity(cells_of(lambda x: 900.0 if x > 0 else 300.0))
    assert (jump.side_a, jump.side_b) == ("east", "west")
    # spherical areas here, ellipsoidal there
    assert jump.density_a == pytest.approx(900, rel=0.01)
    assert jump.jump == pytest.approx(-600, rel=0.01)
    assert abs(jump.z) > 50
    slope = discontinuity(cells_of(lambda x: 2000.0 + 100 * x))
    assert slope.jump == pytest.approx(0, abs=10)


def test_profiles_mirror_each_other():
    profile = density_profile(cells_of(lambda x: 2000.0 + 100 * x), bin_m=2_000)
    assert profile.index.tolist() == [0, 2000, 4000, 6000, 8000]
    assert (profile["east"] + profile["west"]).to_numpy() == pytest.approx(4000, rel=0.02)
    assert profile.loc[8000, "east"] == pytest.approx(2900, rel=0.02)


def test_errors_are_those_of_clustered_least_squares():
    """By the definition, with the projections written out."""
    rng = np.random.default_rng(2)
    cells = cells_of(lambda x: 500.0)
    cells["density"] += rng.normal(0, 80, len(cells))
    found = discontinuity(cells, bandwidth_m=6_000, stretch_m=15_000)
    used = cells[cells["distance_m"] < 6_000]
    b = (used["side"] == "west").to_numpy(float)
    x = used["distance_m"].to_numpy()
    design = np.column_stack([np.ones(len(x)), b, x, b * x])
    root = np.sqrt((1 - x / 6_000) * used["area_km2"].to_numpy())
    whitened, target = design * root[:, None], used["density"].to_numpy() * root
    estimate, *_ = np.linalg.lstsq(whitened, target, rcond=None)
    assert found.jump == pytest.approx(estimate[1])
    residual = target - whitened @ estimate
    stretch = (used["along_m"] // 15_000).to_numpy()
    meat = sum(
        np.outer(part, part)
        for part in (whitened[stretch == s].T @ residual[stretch == s] for s in np.unique(stretch))
    )
    inverse = np.linalg.inv(whitened.T @ whitened)
    g, n = len(np.unique(stretch)), len(x)
    variance = inverse @ meat @ inverse * g / (g - 1) * (n - 1) / (n - 4)
    assert found.standard_error == pytest.approx(np.sqrt(variance[1, 1]))
    assert found.stretches == g


def test_too_few_cells_are_refused():
    cells = cells_of(lambda x: 1.0)
    with pytest.raises(MissingDataError, match="cells within 5000 m"):
        discontinuity(cells[cells["side"] == "west"])
    with pytest.raises(MissingDataError, match="cells within 5000 m"):
        discontinuity(cells.groupby("side").head(5))


# ---------------------------------------------------------------- zones

ZONES = {
    "通武廊": ["110112", "120114", "131003", "131002", "131082", "131028", "131024"],
    "平蓟三兴": ["110117", "120119", "131082", "130822"],
    "房涿涞": ["110111", "130681", "130623"],
    "延怀赤": ["110119", "130730", "130732"],
}


def test_the_zones_of_the_plan_hang_together_across_provinces():
    neighbours = reference.county_neighbours().rename(
        columns={"adcode_a": "a", "adcode_b": "b", "border_km": "length_km"}
    )
    members = {code for codes in ZONES.values() for code in codes}
    table = zone_adjacency(neighbours, ZONES, {code: code[:2] for code in members})
    assert table["parts"].tolist() == [1, 1, 1, 1]
    assert table["provinces_joined"].all()
    assert table.loc["延怀赤", ["pairs", "pairs_across", "km_across"]].tolist() == [3, 2, 143]
    assert table.loc["通武廊", "pivotal"] == ""
    apart = zone_adjacency(neighbours, {"x": ["110112", "130732"]}, {c: c[:2] for c in members})
    assert apart.loc["x", ["parts", "alone"]].tolist() == [2, "110112 130732"]
    with pytest.raises(MissingDataError, match="zone x: no group for 9"):
        zone_adjacency(neighbours, {"x": ["9"]}, {})


def test_borders_of_counties_are_those_on_record(shared):
    """The embedded lengths were measured once, by another method."""
    counties = gpd.read_file(shared("osm/jjj_districts.gpkg")).set_index("adcode")
    counties.index = counties.index.astype(str)
    recorded = reference.county_neighbours()
    known = recorded[recorded["adcode_a"].isin(counties.index)]
    members = pd.unique(known[["adcode_a", "adcode_b"]].to_numpy().ravel())
    found = shared_borders(counties.loc[members], epsg=UTM)
    length = {frozenset((row.a, row.b)): row.length_km for row in found.itertuples()}
    for row in known.itertuples():
        measured = length[frozenset((row.adcode_a, row.adcode_b))]
        assert measured == pytest.approx(row.border_km, rel=0.1, abs=2)
