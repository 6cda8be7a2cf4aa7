"""Bottlenecks: drawn networks by hand, and replacement paths against a search for each edge."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.bottlenecks import (
    STRATEGIES,
    narrowings,
    replacement_paths,
    robustness_curve,
    robustness_index,
    vital_edges,
    vital_nodes,
)
from toolkit.analysis.centrality import centrality
from toolkit.analysis.kernels.replacement import replacement_times
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork


def network(edges, places=None):
    """Directed edges (u, v, minutes) or with further columns; places on a circle by default."""
    table = pd.DataFrame(edges).rename(columns={0: "u", 1: "v", 2: "minutes"})
    ids = np.unique(table[["u", "v"]].to_numpy())
    turn = np.arange(len(ids)) * 2 * np.pi / len(ids)
    xy = (
        np.column_stack([116 + np.cos(turn), 40 + np.sin(turn)])
        if places is None
        else np.array([places[node] for node in ids])
    )
    nodes = gpd.GeoDataFrame(index=ids, geometry=gpd.points_from_xy(*xy.T), crs=4326)
    table["time_s"] = 60.0 * table.pop("minutes")
    table["key"] = table.groupby(["u", "v"]).cumcount()
    return SpatialNetwork.from_geodataframes(nodes, table)


def both_ways(*edges):
    return [edge for u, v, minutes in edges for edge in ((u, v, minutes), (v, u, minutes))]


# ---------------------------------------------------------------- replacement paths


#   1 -10- 2 -10- 3      straight on 20 minutes; round by 4 another 15 + 15,
#    \           /       and nothing else leads to 5
#     15-- 4 --15
#          |
#          5
LENS = both_ways((1, 2, 10), (2, 3, 10), (1, 4, 15), (4, 3, 15), (4, 5, 1))


def test_each_edge_of_the_path_has_its_detour():
    paths = replacement_paths(network(LENS), [1, 3])
    there = paths[paths["origin"] == 1]
    assert there[["u", "v", "before_min", "after_min", "extra_min"]].values.tolist() == [
        [1, 2, 20, 30, 10],
        [2, 3, 20, 30, 10],
    ]


def test_a_bridge_cuts_off():
    table = vital_edges(network(LENS), {1: 2.0, 3: 1.0, 5: 1.0})
    first = table.iloc[:2]
    assert {edge[:2] for edge in first.index} == {(4, 5), (5, 4)}
    # journeys by product of masses: 1-3 and 1-5 weigh 2 each, 3-5 weighs 1
    assert first["share_cut_off"].tolist() == pytest.approx([0.3, 0.3])
    assert table.loc[(1, 2, 0), "mean_extra_min"] == pytest.approx(10 * 2 / 10)
    # 1-5 without 1-4: 10 + 10 + 15 + 1 instead of 16
    row = table.loc[(1, 4, 0)]
    assert (row["pairs"], row["worst_min"]) == (1, 20)
    assert (row["worst_origin"], row["worst_destination"]) == (1, 5)


def test_parallel_roads_stand_in_for_each_other():
    found = vital_edges(network([(1, 2, 10), (1, 2, 25), (2, 1, 10)]), {1: 1.0, 2: 1.0})
    assert found.index.tolist() == [(2, 1, 0), (1, 2, 0)]
    assert found["share_cut_off"].tolist() == [0.5, 0.0]
    assert found["mean_extra_min"].tolist() == [0.0, 7.5]


def test_equal_ways_cost_nothing_to_lose():
    #  1 - 2 - 4 and 1 - 3 - 4 take as long
    square = network(both_ways((1, 2, 5), (2, 4, 5), (1, 3, 5), (3, 4, 5)))
    assert (replacement_paths(square, [1, 4])["extra_min"] == 0).all()


def test_places_must_be_nodes():
    with pytest.raises(NetworkError, match="at least two"):
        replacement_paths(network(LENS), [1, 1])
    with pytest.raises(NetworkError, match="no such node: 99"):
        replacement_paths(network(LENS), [1, 99])


arcs = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 6)), min_size=1, max_size=40
)


@settings(max_examples=150)
@given(arcs, st.integers(0, 8))
def test_replacement_times_are_those_of_a_search_without_the_arc(edges, source):
    edges = sorted(edges, key=lambda edge: edge[0])
    tails, heads, weights = (np.array(part) for part in zip(*edges, strict=True))
    indptr = np.append(0, np.cumsum(np.bincount(tails, minlength=9)))
    others = np.delete(np.arange(9), source)
    time, first, arc, without = replacement_times(
        indptr, heads.astype(np.int32), weights.astype(np.int32), source, others
    )
    whole = nx.MultiDiGraph()
    whole.add_nodes_from(range(9))
    for number, (u, v, weight) in enumerate(edges):
        whole.add_edge(u, v, number, weight=weight)
    known = nx.single_source_dijkstra_path_length(whole, source)
    for i, target in enumerate(others):
        path = arc[first[i] : first[i + 1]]
        assert time[i] == known.get(target, -1)
        assert weights[path].sum() == max(time[i], 0)
        for number, after in zip(path, without[first[i] : first[i + 1]], strict=True):
            left = whole.copy()
            left.remove_edge(tails[number], heads[number], number)
            lengths = nx.single_source_dijkstra_path_length(left, source)
            assert after == lengths.get(target, -1)
            # the road back may be closed too
            for key in list(left.get_edge_data(heads[number], tails[number]) or ()):
                left.remove_edge(heads[number], tails[number], key)
            assert nx.single_source_dijkstra_path_length(left, source).get(target, -1) == after


def test_a_node_costs_the_way_round_it():
    table = vital_nodes(network(LENS), {1: 2.0, 3: 1.0, 5: 1.0})
    # 1-3 passes 2 and goes round by 4, 30 minutes instead of 20; 1-5 and 3-5 pass 4 and have no
    # other way. Journeys by product of masses: 1-3 and 1-5 weigh 2 each, 3-5 weighs 1.
    assert table.index.tolist() == [4, 2]
    assert table["pairs"].tolist() == [4, 2]
    assert table["share_cut_off"].tolist() == pytest.approx([0.6, 0.0])
    assert table["mean_extra_min"].tolist() == pytest.approx([0.0, 10 * 0.4])


@settings(max_examples=100)
@given(arcs)
def test_losing_a_node_costs_what_a_search_without_it_says(edges):
    roads = network([edge for edge in edges if edge[0] != edge[1]] or [(0, 1, 1)])
    mass = {node: 1.0 + node for node in roads.nodes.index[:3]}
    if len(mass) < 2:
        return
    whole = nx.DiGraph()
    for (u, v, _), seconds in roads.edges["time_s"].items():
        known = whole.get_edge_data(u, v, {"weight": np.inf})["weight"]
        whole.add_edge(u, v, weight=min(seconds, known))
    found = vital_nodes(roads, mass)
    pairs = [(i, j) for i in mass for j in mass if i != j]
    total = sum(mass[i] * mass[j] for i, j in pairs)

    def times(graph):
        return {i: nx.single_source_dijkstra_path_length(graph, i) for i in mass if i in graph}

    before = times(whole)
    for node in set(whole) - set(mass):
        left = whole.copy()
        left.remove_node(node)
        after = times(left)
        cut = extra = 0.0
        for i, j in pairs:
            if j in before.get(i, {}):
                if j in after[i]:
                    extra += mass[i] * mass[j] * (after[i][j] - before[i][j]) / 60
                else:
                    cut += mass[i] * mass[j]
        row = found.loc[node] if node in found.index else None
        assert (0.0 if row is None else row["mean_extra_min"]) == pytest.approx(extra / total)
        assert (0.0 if row is None else row["share_cut_off"]) == pytest.approx(cut / total)


def test_replacement_paths_of_main_roads_agree_with_searches(shared):
    roads = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf")).largest_component()
    ends, _ = roads.snap([[116.40, 39.90], [117.20, 39.13], [114.51, 38.04]])
    paths = replacement_paths(roads, ends)
    assert (paths["extra_min"] >= 0).all()
    for row in paths.sample(25, random_state=1).itertuples():
        left = roads.edges.drop(index=[(row.u, row.v, row.key)])
        graph = SpatialNetwork(roads.nodes, left).csr
        from toolkit.analysis.kernels.shortest_paths import shortest_times

        start, end = graph.positions([row.origin, row.destination])
        time, _ = shortest_times(graph.indptr, graph.indices, graph.weight_ms, [start])
        assert time[end] / 60_000 == pytest.approx(row.after_min)


# ---------------------------------------------------------------- narrowings


def test_a_motorway_that_goes_on_as_a_trunk_road():
    #   1 ==== 2 ---- 3      1-2 motorway of 6 lanes, 2-3 trunk of 4 lanes, 2-4 a side road
    #          |
    #          4
    rows = [(1, 2, "motorway", 6), (2, 3, "trunk", 4), (2, 4, "tertiary", 2)]
    rows += [(v, u, kind, lanes) for u, v, kind, lanes in rows]
    roads = network(
        [{"u": u, "v": v, "minutes": 1.0, "highway": k, "lanes": n} for u, v, k, n in rows],
        {1: (116, 40), 2: (116.1, 40), 3: (116.2, 40), 4: (116.1, 39.9)},
    )
    flow = centrality(roads, ["betweenness"], threads=1).edges["betweenness"]
    found = narrowings(roads, flow)
    assert found[["u", "node", "v"]].values.tolist() == [[1, 2, 3]]
    row = found.iloc[0]
    assert (row["from_class"], row["to_class"], row["class_drop"]) == ("motorway", "trunk", 1)
    assert (row["from_lanes"], row["to_lanes"], row["lane_drop"]) == (3, 2, 1)
    assert row["betweenness"] == min(flow[(1, 2, 0)], flow[(2, 3, 0)])
    with pytest.raises(NetworkError, match=r"shape \(2,\) for 6 edges"):
        narrowings(roads, [1.0, 2.0])


def test_a_road_of_one_kind_never_narrows():
    line = [{"u": i, "v": i + 1, "minutes": 1.0, "highway": "trunk"} for i in range(5)]
    roads = network(line, {i: (116 + i / 10, 40) for i in range(6)})
    assert narrowings(roads, np.ones(5)).empty


# ---------------------------------------------------------------- robustness


def complete(n):
    return network([(u, v, 1) for u in range(n) for v in range(n) if u != v])


def ring(n):
    return network(both_ways(*[(i, (i + 1) % n, 1) for i in range(n)]))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_complete_network_only_shrinks(strategy):
    curve = robustness_curve(complete(8), strategy, shares=np.arange(8) / 8, runs=3)
    expected = 1 - curve["lost"] / 8
    assert curve["largest"].tolist() == pytest.approx(expected.tolist())
    left = 8 - curve["lost"]
    assert curve["efficiency"].tolist() == pytest.approx((left * (left - 1) / 56).tolist())


def test_a_star_has_one_weak_point():
    star = network(both_ways(*[(0, leaf, 1) for leaf in range(1, 10)]))
    for strategy in ("degree", "betweenness", "betweenness_recalculated"):
        curve = robustness_curve(star, strategy, shares=[0, 0.1])
        assert curve["largest"].tolist() == [1.0, 0.1]
        assert curve["efficiency"].tolist() == [1.0, 0.0]
    # nine in ten random losses of one node take a leaf
    runs = robustness_curve(star, shares=[0.1], runs=100, seed=1)
    assert runs["largest"].isin([0.1, 0.9]).all()
    assert (runs["largest"] == 0.1).mean() == pytest.approx(0.1, abs=0.07)


def test_nothing_to_lose_is_an_error():
    with pytest.raises(NetworkError, match="all nodes are spared"):
        robustness_curve(complete(3), "random", spared=[0, 1, 2])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_spared_nodes_are_never_lost(strategy):
    curve = robustness_curve(
        complete(8), strategy, shares=[0, 0.5, 1], places=[0, 1], spared=[0, 1], runs=3
    )
    assert curve["lost"].tolist() == [0, 3, 6] * (3 if strategy == "random" else 1)
    assert (curve["efficiency"] == 1.0).all()  # the two stay joined by their own road
    assert curve["largest"].iloc[2] == pytest.approx(2 / 8)


def test_recalculation_finds_what_the_first_loss_has_changed():
    # a ring: after one node is gone it is a line, whose middle matters most
    curve = robustness_curve(ring(11), "betweenness_recalculated", shares=np.arange(3) / 11)
    assert curve["largest"].tolist() == pytest.approx([1, 10 / 11, 5 / 11])


def test_roads_are_lost_both_ways_and_nodes_stay():
    curve = robustness_curve(ring(6), "degree", target="edges", shares=np.arange(7) / 6)
    assert curve["lost"].tolist() == list(range(7))
    assert curve["largest"].iloc[[0, 1, -1]].tolist() == pytest.approx([1, 1, 1 / 6])
    assert curve["efficiency"].iloc[-1] == 0
    # a line of 6: sum over ordered pairs of 1/d against a ring of 6
    line = 2 * sum((6 - d) / d for d in range(1, 6))
    assert curve["efficiency"].iloc[1] == pytest.approx(line / (6 * (2 + 2 / 2 + 1 / 3)))


@pytest.mark.parametrize("target", ["nodes", "edges"])
def test_betweenness_known_already_gives_the_same_order(target):
    roads = schematic_roads()
    asked = {"target": target, "shares": [0, 0.1, 0.3], "places": roads.nodes.index[::25]}
    found = centrality(roads, ["betweenness"], normalisation=None)
    busy = getattr(found, target)["betweenness"].to_numpy()
    curve = robustness_curve(roads, "betweenness", **asked)
    assert curve.equals(robustness_curve(roads, "betweenness", betweenness=busy, **asked))
    with pytest.raises(NetworkError, match=f"give that of its {target}"):
        robustness_curve(roads, "betweenness", betweenness=busy[1:], **asked)


def test_seeds_fix_the_random_orders():
    first = robustness_curve(ring(12), runs=3, seed=5)
    assert first.equals(robustness_curve(ring(12), runs=3, seed=5))
    assert first[first["run"] < 2].equals(robustness_curve(ring(12), runs=2, seed=5))
    assert not first.equals(robustness_curve(ring(12), runs=3, seed=6))


@settings(max_examples=12)
@given(arcs, st.sampled_from(STRATEGIES), st.sampled_from(["nodes", "edges"]))
def test_losing_more_never_leaves_more(edges, strategy, target):
    roads = network([edge for edge in edges if edge[0] != edge[1]] or [(0, 1, 1)])
    curve = robustness_curve(roads, strategy, target=target, shares=np.linspace(0, 1, 6), runs=2)
    for _, run in curve.groupby("run"):
        assert run["largest"].is_monotonic_decreasing
        assert (np.diff(run["efficiency"]) <= 1e-12).all()


def test_important_roads_first_hurts_more_than_chance():
    roads = schematic_roads()
    curves = pd.concat(
        robustness_curve(roads, strategy, shares=[0, 0.05, 0.1], runs=3)
        for strategy in ("random", "betweenness_recalculated")
    )
    index = robustness_index(curves).groupby("strategy").mean()
    assert index["betweenness_recalculated"] < index["random"]


def test_the_index_of_a_complete_network_is_a_half():
    curve = robustness_curve(complete(8), "degree", shares=np.arange(9) / 8)
    assert robustness_index(curve).tolist() == pytest.approx([0.5])


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="no strategy is called 'luck'"):
        robustness_curve(ring(4), "luck")
    with pytest.raises(UnknownNameError, match="no target is called 'ways'"):
        robustness_curve(ring(4), target="ways")
    with pytest.raises(NetworkError, match="no way between"):
        robustness_curve(network([(1, 2, 1)]), places=[1])
