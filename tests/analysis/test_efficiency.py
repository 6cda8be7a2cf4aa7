"""Efficiency and information centrality against closed forms, networkx and plain removal."""

import math
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.efficiency import efficiency
from toolkit.analysis.information import information_centrality
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork

EARTH_M = 6_371_008.8


def place(node):
    """A place of its own for each node, so that no great circle is 0."""
    return 116 + 0.01 * (node % 7), 40 + 0.01 * (node // 7)


def network_of(graph):
    """A spatial network of a graph with integer nodes, both ways if it is undirected."""
    directed = nx.MultiDiGraph(graph)
    nodes = gpd.GeoDataFrame(
        index=list(directed),
        geometry=gpd.points_from_xy(*np.array([place(node) for node in directed]).T, crs=4326),
    )
    rows = [(u, v, float(data.get("length_m", 1))) for u, v, data in directed.edges(data=True)]
    edges = pd.DataFrame(rows, columns=["u", "v", "length_m"]).assign(time_s=1.0)
    return SpatialNetwork.from_geodataframes(nodes, edges, name="test", source="test")


def great_circle_m(a, b):
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(place(a)), np.radians(place(b))
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(math.sqrt(half))


def efficiency_by_hand(graph, form):
    """Mean over ordered pairs, from networkx's distances."""
    total = 0.0
    for source, lengths in nx.all_pairs_dijkstra_path_length(graph, weight="length_m"):
        for target, length in lengths.items():
            if source != target:
                worth = great_circle_m(source, target) if form == "straight" else 1.0
                total += worth / length
    return total / (len(graph) * (len(graph) - 1))


def information_by_hand(graph, form):
    whole = efficiency_by_hand(graph, form)
    values = []
    for node in graph:
        without = graph.copy()
        without.remove_node(node)
        without.add_node(node)
        loss = whole - efficiency_by_hand(without, form)
        values.append(loss / whole if whole else 0.0)
    return values


@st.composite
def multigraphs(draw):
    """Directed multigraphs with ties, parallel edges, loops and parts."""
    count = draw(st.integers(2, 12))
    node = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 4)), min_size=1, max_size=3 * count))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    for tail, head, length in arcs:
        graph.add_edge(tail, head, length_m=length)
    return graph


@settings(max_examples=80, deadline=None)
@given(multigraphs(), st.sampled_from(["straight", "inverse"]))
def test_removing_each_node_in_turn_gives_the_same(graph, form):
    network = network_of(graph)
    found = information_centrality(network, form=form, threads=1)["information"]
    np.testing.assert_allclose(found, information_by_hand(graph, form), rtol=1e-9, atol=1e-12)
    whole = efficiency(network, form=form, threads=1)
    assert whole.global_efficiency == pytest.approx(efficiency_by_hand(graph, form), rel=1e-9)
    assert whole.margin == 0.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**28 - 1), st.integers(3, 8))
def test_unit_lengths_give_the_efficiencies_of_networkx(pattern, count):
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    pairs = [(a, b) for a in range(count) for b in range(a)]
    graph.add_edges_from(pair for bit, pair in enumerate(pairs) if pattern >> bit & 1)
    if graph.number_of_edges() == 0:
        graph.add_edge(0, 1)
    found = efficiency(network_of(graph), form="inverse", threads=1)
    assert found.global_efficiency == pytest.approx(nx.global_efficiency(graph), rel=1e-12)
    assert found.local_efficiency == pytest.approx(nx.local_efficiency(graph), rel=1e-12)


def test_a_star_is_lost_with_its_centre():
    """1 / d: the centre of a star of n leaves is on every path; a leaf on its own only.

    E N (N-1) = 2n + n (n-1) / 2; a leaf takes with it 2 (1 + (n-1) / 2) = n + 1.
    """
    leaves = 5
    found = information_centrality(network_of(nx.star_graph(leaves)), form="inverse", threads=1)
    whole = 2 * leaves + leaves * (leaves - 1) / 2
    assert found["information"].iloc[0] == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(found["information"].iloc[1:], (leaves + 1) / whole, rtol=1e-12)


def test_a_ring_makes_a_detour():
    """Ring of 4, unit lengths: without a node, its neighbours still meet at the one opposite."""
    found = information_centrality(network_of(nx.cycle_graph(4)), form="inverse", threads=1)
    # whole: 4 (1 + 1 + 1/2) = 10; own paths of a node: 2 * 2.5; no other pair loses
    np.testing.assert_allclose(found["information"], 0.5, rtol=1e-12)


def test_two_neighbours_with_an_edge_are_as_efficient_as_the_edge_is_straight():
    graph = nx.Graph()
    graph.add_edge(0, 1, length_m=2000.0)
    graph.add_edge(0, 2, length_m=4000.0)
    graph.add_edge(1, 2, length_m=1500.0)
    found = efficiency(network_of(graph), threads=1)
    straight = [great_circle_m(a, b) / d for a, b, d in ((1, 2, 1500), (0, 2, 4000), (0, 1, 2000))]
    np.testing.assert_allclose(found.nodes["local_efficiency"], straight, rtol=1e-9)


def test_the_roads_of_a_region_by_removal():
    """Four nodes of the schematic roads, taken away one by one."""
    roads = schematic_roads()
    found = information_centrality(roads, weight="time_s")["information"]
    whole = efficiency(roads, weight="time_s").global_efficiency
    for node in (found.idxmax(), found.idxmin(), *found.index[[7, 400]]):
        edges = roads.edges.reset_index()
        kept = edges[(edges["u"] != node) & (edges["v"] != node)]
        without = SpatialNetwork.from_geodataframes(roads.nodes, kept, name="less", source="test")
        loss = 1 - efficiency(without, weight="time_s").global_efficiency / whole
        assert found[node] == pytest.approx(loss, rel=1e-9)


def test_threads_and_clients_change_no_bit():
    roads = schematic_roads()
    one, two = (information_centrality(roads, threads=threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    with ThreadPoolExecutor(3) as client:
        sent = information_centrality(roads, client=client)
    pd.testing.assert_frame_equal(one, sent, check_exact=True)


def test_intervals_of_a_sample_hold_the_truth_at_least_as_often_as_they_say():
    roads = schematic_roads()
    truth = information_centrality(roads)["information"]
    exact = efficiency(roads).global_efficiency
    held, held_global, widths = [], [], []
    for seed in range(8):
        found = information_centrality(roads, sample=60, seed=seed, confidence=0.9)
        held.append((found["information"] - truth).abs() <= found["information_margin"])
        widths.append(found["information_margin"].mean())
        rough = efficiency(roads, sample=60, seed=seed, confidence=0.9)
        assert rough.nodes["efficiency"].notna().sum() == 60
        held_global.append(abs(rough.global_efficiency - exact) <= rough.margin)
    assert np.mean(held) >= 0.9
    assert np.mean(held_global) >= 0.75
    wider_sample = information_centrality(roads, sample=240, confidence=0.9)
    assert wider_sample["information_margin"].mean() < np.mean(widths) / 3


def test_a_sample_of_all_nodes_is_exact():
    graph = nx.cycle_graph(6)
    assert efficiency(network_of(graph), sample=6, threads=1).margin == 0.0
    whole = information_centrality(network_of(graph), sample=99, threads=1)
    assert list(whole.columns) == ["information"]


def test_what_is_refused():
    network = network_of(nx.cycle_graph(4))
    with pytest.raises(UnknownNameError, match="choose among straight, inverse"):
        efficiency(network, form="euclid")
    with pytest.raises(UnknownNameError, match="euclid"):
        information_centrality(network, form="euclid")
    with pytest.raises(NetworkError, match="draw two or more"):
        information_centrality(network, sample=1)
