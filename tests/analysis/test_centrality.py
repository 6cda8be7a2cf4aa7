"""Centrality against closed forms, networkx and igraph; the same for any number of threads."""

import math
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis import centrality_sweeps
from toolkit.analysis.centrality import MEASURES as ALL_MEASURES
from toolkit.analysis.centrality import centrality, prepare
from toolkit.analysis.kernels import hierarchy as hierarchies
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork

MEASURES = [measure for measure in ALL_MEASURES if measure != "gravity"]
EARTH_M = 6_371_008.8


def network_of(graph, *, places=None):
    """A spatial network of a graph with integer nodes, both ways if it is undirected."""
    directed = nx.MultiDiGraph(graph)
    if places is None:
        places = {node: (116 + 0.01 * (node % 7), 40 + 0.01 * (node // 7)) for node in directed}
    nodes = gpd.GeoDataFrame(
        index=list(directed),
        geometry=gpd.points_from_xy(*np.array([places[node] for node in directed]).T, crs=4326),
    )
    rows = [(u, v, float(data.get("time_s", 1)), 1.0) for u, v, data in directed.edges(data=True)]
    edges = pd.DataFrame(rows, columns=["u", "v", "time_s", "length_m"])
    return SpatialNetwork.from_geodataframes(nodes, edges, name="test", source="test")


@st.composite
def multigraphs(draw):
    """Directed multigraphs with ties, parallel edges, loops and parts."""
    count = draw(st.integers(2, 12))
    node = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 3)), min_size=1, max_size=3 * count))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    for tail, head, time in arcs:
        graph.add_edge(tail, head, time_s=time)
    return graph


def edge_series(network, values):
    """networkx's values by (u, v, key) in the order of the network's edges."""
    return np.array([values[edge] for edge in network.edges.index])


@settings(max_examples=250, deadline=None)
@given(multigraphs())
def test_networkx_gives_the_same_numbers(graph):
    network = network_of(graph)
    found = centrality(
        network, ["betweenness", "closeness", "harmonic"], normalisation="networkx", threads=1
    )
    between = nx.betweenness_centrality(graph, weight="time_s")
    np.testing.assert_allclose(
        found.nodes["betweenness"], [between[node] for node in graph], rtol=1e-9, atol=1e-12
    )
    on_edges = nx.edge_betweenness_centrality(graph, weight="time_s")
    np.testing.assert_allclose(
        found.edges["betweenness"], edge_series(network, on_edges), rtol=1e-9, atol=1e-12
    )
    close = nx.closeness_centrality(graph, distance="time_s")
    np.testing.assert_allclose(found.nodes["closeness"], [close[node] for node in graph], rtol=1e-9)
    harmonic = nx.harmonic_centrality(graph, distance="time_s")
    np.testing.assert_allclose(
        found.nodes["harmonic"], [harmonic[node] for node in graph], rtol=1e-9
    )


@st.composite
def street_networks(draw):
    """Cores of up to 40 nodes: every node on a ring, and chords, one-way or not."""
    count = draw(st.integers(3, 40))
    node = st.integers(0, count - 1)
    graph = nx.MultiDiGraph()
    for start in range(count):
        graph.add_edge(start, (start + 1) % count, time_s=draw(st.integers(1, 4)))
    for tail, head, time in draw(
        st.lists(st.tuples(node, node, st.integers(1, 9)), max_size=2 * count)
    ):
        graph.add_edge(tail, head, time_s=time)
    return graph


@settings(max_examples=150, deadline=None)
@given(street_networks())
def test_small_cells_and_separators_change_nothing(graph):
    network = network_of(graph)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hierarchies, "CELL_SIZES", (12, 5, 2))
        patch.setattr(hierarchies, "SMALLEST_REGION", 3)
        found = centrality(network, MEASURES, normalisation="networkx", threads=1)
    between = nx.betweenness_centrality(graph, weight="time_s")
    np.testing.assert_allclose(
        found.nodes["betweenness"], [between[node] for node in graph], rtol=1e-9, atol=1e-12
    )
    on_edges = nx.edge_betweenness_centrality(graph, weight="time_s")
    np.testing.assert_allclose(
        found.edges["betweenness"], edge_series(network, on_edges), rtol=1e-9, atol=1e-12
    )
    harmonic = nx.harmonic_centrality(graph, distance="time_s")
    np.testing.assert_allclose(
        found.nodes["harmonic"], [harmonic[node] for node in graph], rtol=1e-9
    )
    close = nx.closeness_centrality(graph, distance="time_s")
    np.testing.assert_allclose(found.nodes["closeness"], [close[node] for node in graph], rtol=1e-9)


@settings(max_examples=100, deadline=None)
@given(multigraphs())
def test_igraph_counts_parallel_paths_alike(graph):
    network = network_of(graph)
    found = centrality(network, ["betweenness"], normalisation=None, threads=1)
    edges = [(u, v) for u, v, _ in network.edges.index]
    other = igraph.Graph(n=len(graph), edges=edges, directed=True)
    times = network.edges["time_s"].tolist()
    np.testing.assert_allclose(
        found.nodes["betweenness"], other.betweenness(weights=times), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        found.edges["betweenness"], other.edge_betweenness(weights=times), rtol=1e-9, atol=1e-9
    )


def brute_force(graph, origin, destination, radius, decay=lambda length: 1.0):
    """Betweenness with demand within a radius, pair by pair over all shortest paths."""
    through = dict.fromkeys(graph, 0.0)
    for source in graph:
        lengths = nx.single_source_dijkstra_path_length(graph, source, weight="time_s")
        for target, length in lengths.items():
            if target == source or length > radius:
                continue
            paths = list(nx.all_shortest_paths(graph, source, target, weight="time_s"))
            share = origin[source] * destination[target] * decay(length) / len(paths)
            for path in paths:
                for node in path[1:-1]:
                    through[node] += share
    return through


@settings(max_examples=80, deadline=None)
@given(multigraphs(), st.data())
def test_demand_and_radius_follow_their_definition(graph, data):
    graph = nx.DiGraph(graph)  # all_shortest_paths lists nodes, not parallel edges
    weights = st.lists(st.integers(0, 5), min_size=len(graph), max_size=len(graph))
    origin, destination = data.draw(weights), data.draw(weights)
    radius = data.draw(st.sampled_from([None, 1, 2, 4]))
    network = network_of(graph)
    found = centrality(
        network,
        ["betweenness", "reach", "farness"],
        normalisation=None,
        origins=dict(enumerate(map(float, origin))),
        destinations=dict(enumerate(map(float, destination))),
        radius=radius,
        threads=1,
    )
    limit = math.inf if radius is None else radius
    expected = brute_force(graph, origin, destination, limit)
    np.testing.assert_allclose(
        found.nodes["betweenness"], [expected[node] for node in graph], rtol=1e-9, atol=1e-9
    )
    for node in graph:
        lengths = nx.single_source_dijkstra_path_length(graph, node, weight="time_s")
        near = {j: d for j, d in lengths.items() if j != node and d <= limit}
        if origin[node] == 0:
            assert math.isnan(found.nodes.loc[node, "reach"])
            continue
        assert found.nodes.loc[node, "reach"] == sum(destination[j] for j in near)
        assert found.nodes.loc[node, "farness"] == pytest.approx(
            sum(destination[j] * d for j, d in near.items())
        )


@settings(max_examples=80, deadline=None)
@given(multigraphs(), st.sampled_from([None, 2, 4]), st.booleans())
def test_any_decay_weighs_pairs(graph, radius, inward):
    graph = nx.DiGraph(graph)
    network = network_of(graph)

    def decay(seconds):
        return 1 / (1 + np.asarray(seconds) ** 2)

    people = {node: float(node % 3) for node in graph}
    found = centrality(
        network,
        ["betweenness", "gravity"],
        normalisation=None,
        destinations=people,
        decay=decay,
        radius=radius,
        direction="in" if inward else "out",
        threads=1,
    )
    limit = math.inf if radius is None else radius
    expected = brute_force(graph, dict.fromkeys(graph, 1.0), people, limit, decay)
    np.testing.assert_allclose(
        found.nodes["betweenness"], [expected[node] for node in graph], rtol=1e-9, atol=1e-9
    )
    walked = graph.reverse() if inward else graph
    for node in graph:
        lengths = nx.single_source_dijkstra_path_length(walked, node, weight="time_s")
        pull = sum(people[j] * decay(d) for j, d in lengths.items() if j != node and d <= limit)
        assert found.nodes.loc[node, "gravity"] == pytest.approx(pull, rel=1e-9)


def test_decay_by_searches_and_by_sweeps_agree(town, monkeypatch):
    def decay(seconds):
        return np.exp(-seconds / 15)

    asked = {"radius": 40, "decay": decay, "origins": {0: 3.0, 400: 2.0, 777: 1.0}}
    results = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(centrality_sweeps, "FEW", share)
        results.append(centrality(town, ["betweenness", "gravity"], **asked))
    pd.testing.assert_frame_equal(results[0].nodes, results[1].nodes, rtol=1e-10, atol=1e-14)
    pd.testing.assert_frame_equal(results[0].edges, results[1].edges, rtol=1e-10, atol=1e-14)


def test_a_decay_that_is_none_is_refused(town):
    with pytest.raises(NetworkError, match="gravity needs a decay"):
        centrality(town, ["gravity"])
    with pytest.raises(NetworkError, match="one finite weight"):
        centrality(town, ["gravity"], decay=lambda seconds: seconds - 5, radius=20)
    with pytest.raises(NetworkError, match="one finite weight"):
        centrality(town, ["gravity"], decay=lambda seconds: 1.0, radius=20)


def test_path_graph_in_closed_form():
    count = 9
    found = centrality(network_of(nx.path_graph(count)), MEASURES, normalisation=None, threads=1)
    place = np.arange(count)
    np.testing.assert_array_equal(found.nodes["betweenness"], 2 * place * (count - 1 - place))
    np.testing.assert_array_equal(
        found.nodes["farness"],
        place * (place + 1) / 2 + (count - 1 - place) * (count - place) / 2,
    )
    np.testing.assert_array_equal(found.nodes["eccentricity"], np.maximum(place, count - 1 - place))
    assert (found.nodes["reach"] == count - 1).all()
    # edge i - i+1 carries all pairs across it
    for (u, v, _), value in found.edges["betweenness"].items():
        assert value == (min(u, v) + 1) * (count - 1 - min(u, v))


def test_star_graph_in_closed_form():
    leaves = 8
    found = centrality(network_of(nx.star_graph(leaves)), ["betweenness", "closeness"], threads=1)
    assert found.nodes["betweenness"].tolist() == [1.0] + [0.0] * leaves
    assert found.nodes.loc[0, "closeness"] == 1.0
    assert found.nodes.loc[1, "closeness"] == pytest.approx(leaves / (2 * leaves - 1))


def test_one_way_ring_in_closed_form():
    count = 11
    found = centrality(
        network_of(nx.cycle_graph(count, create_using=nx.DiGraph)),
        ["betweenness", "harmonic"],
        normalisation=None,
        threads=1,
    )
    assert found.nodes["betweenness"].tolist() == [(count - 1) * (count - 2) / 2] * count
    assert found.edges["betweenness"].tolist() == [count * (count - 1) / 2] * count
    expected = sum(1 / step for step in range(1, count))
    np.testing.assert_allclose(found.nodes["harmonic"], expected, rtol=1e-12)


def test_grid_counts_billions_of_billions_of_paths():
    # from corner to corner of a 40 x 40 grid, C(78, 39) = 2.7e22 paths; those through (i, j) are
    # C(i+j, i) C(78-i-j, 39-i)
    side = 40
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side), ordering="sorted")
    found = centrality(
        network_of(graph),
        ["betweenness"],
        normalisation=None,
        origins=[0],
        destinations=[side * side - 1],
        threads=1,
    )
    last = side - 1
    expected = np.array(
        [
            math.comb(i + j, i) * math.comb(2 * last - i - j, last - i) / math.comb(2 * last, last)
            for i in range(side)
            for j in range(side)
        ]
    )
    expected[[0, -1]] = 0
    np.testing.assert_allclose(found.nodes["betweenness"], expected, rtol=1e-9)


def test_krackhardt_kite():
    found = centrality(
        network_of(nx.krackhardt_kite_graph()), ["betweenness", "closeness"], threads=1
    )
    np.testing.assert_allclose(
        found.nodes["betweenness"],
        [0.023148, 0.023148, 0, 0.101852, 0, 0.231481, 0.231481, 0.388889, 0.222222, 0],
        atol=5e-7,
    )
    np.testing.assert_allclose(
        found.nodes["closeness"],
        [9 / farness for farness in (17, 17, 18, 15, 18, 14, 14, 15, 21, 29)],
        rtol=1e-12,
    )


def test_parallel_roads_share_or_count_twice():
    #  0 == 1 -- 3, 0 -- 2 -- 3: two roads 0-1
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edges_from([(0, 1), (0, 1), (1, 3), (0, 2), (2, 3)])
    network = network_of(graph)
    for parallel, shares in (("separate", (2 / 3, 1 / 3)), ("merge", (0.5, 0.5))):
        found = centrality(
            network, ["betweenness"], normalisation=None, parallel=parallel, threads=1
        )
        assert found.nodes["betweenness"].tolist() == pytest.approx([0, *shares, 0])
        # 0 to 1 and 0 to 3, over two roads
        assert found.edges.loc[(0, 1, 0), "betweenness"] == pytest.approx((1 + shares[0]) / 2)
        assert found.edges.loc[(0, 1, 1), "betweenness"] == pytest.approx((1 + shares[0]) / 2)


def lattice(rows, columns, seed=7):
    """A town of streets with uneven times, some one-way, dead ends and an island."""
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(
        nx.grid_2d_graph(rows, columns), ordering="sorted"
    ).to_directed()
    graph.remove_edges_from(
        [edge for edge in graph.edges if rng.random() < 0.08 and edge[0] < edge[1]]
    )
    for _, _, data in graph.edges(data=True):
        data["time_s"] = int(rng.integers(1, 30))
    count = len(graph)
    for end in range(count, count + 60):
        graph.add_edge(int(rng.integers(0, end)), end, time_s=5)
        if rng.random() < 0.8:
            graph.add_edge(end, next(iter(graph.pred[end])), time_s=7)
    graph.add_edge(count + 60, count + 61, time_s=3)
    return graph


@pytest.fixture(scope="module")
def town():
    return network_of(lattice(32, 30))


def test_threads_and_executors_change_no_bit(town):
    prepared = prepare(town)
    first = centrality(town, MEASURES, prepared=prepared, threads=1)
    second = centrality(town, MEASURES, prepared=prepared, threads=2)
    with ThreadPoolExecutor(3) as executor:
        third = centrality(town, MEASURES, prepared=prepared, client=executor)
    for other in (second, third):
        pd.testing.assert_frame_equal(first.nodes, other.nodes, check_exact=True)
        pd.testing.assert_frame_equal(first.edges, other.edges, check_exact=True)


def test_a_town_of_a_thousand_junctions_agrees_with_igraph(town):
    found = centrality(town, MEASURES, normalisation=None)
    edges = [(u, v) for u, v, _ in town.edges.index]
    other = igraph.Graph(n=len(town.nodes), edges=edges, directed=True)
    times = town.edges["time_s"].astype(int).tolist()
    np.testing.assert_allclose(
        found.nodes["betweenness"], other.betweenness(weights=times), rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(
        found.edges["betweenness"], other.edge_betweenness(weights=times), rtol=1e-9, atol=1e-6
    )
    lengths = np.array(other.distances(weights=times))
    np.fill_diagonal(lengths, np.inf)
    reached = np.isfinite(lengths)
    np.testing.assert_array_equal(found.nodes["reach"], reached.sum(axis=1))
    np.testing.assert_array_equal(found.nodes["farness"], np.where(reached, lengths, 0).sum(axis=1))
    np.testing.assert_allclose(found.nodes["harmonic"], (1 / lengths).sum(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(
        found.nodes["eccentricity"], np.where(reached, lengths, 0).max(axis=1)
    )
    lon, lat = np.radians(town.nodes[["x", "y"]].to_numpy().T)
    angle = np.arccos(
        np.clip(
            np.sin(lat) * np.sin(lat[:, None])
            + np.cos(lat) * np.cos(lat[:, None]) * np.cos(lon - lon[:, None]),
            -1,
            1,
        )
    )
    np.testing.assert_allclose(
        found.nodes["straightness"], (EARTH_M * angle / lengths).sum(axis=1), rtol=1e-6
    )


@pytest.mark.parametrize("radius", [4, 20, 60])
def test_searches_and_sweeps_agree_within_a_radius(town, radius, monkeypatch):
    chosen = centrality(town, MEASURES, radius=radius)
    for share in (0.0, 1.0):  # never and always bounded searches
        monkeypatch.setattr(centrality_sweeps, "FEW", share)
        other = centrality(town, MEASURES, radius=radius)
        pd.testing.assert_frame_equal(chosen.nodes, other.nodes, rtol=1e-10, atol=1e-14)
        pd.testing.assert_frame_equal(chosen.edges, other.edges, rtol=1e-10, atol=1e-14)
    directed = igraph.Graph(
        n=len(town.nodes), edges=[(u, v) for u, v, _ in town.edges.index], directed=True
    )
    times = town.edges["time_s"].astype(int).tolist()
    expected = directed.betweenness(weights=times, cutoff=radius)
    count = len(town.nodes)
    np.testing.assert_allclose(
        chosen.nodes["betweenness"] * (count - 1) * (count - 2), expected, rtol=1e-9, atol=1e-6
    )


@pytest.mark.parametrize(
    ("weight", "radius", "per_unit"), [("length_m", 60_000.0, 100), ("time_s", 2400.0, 1000)]
)
def test_a_radius_is_in_the_unit_of_the_weight(weight, radius, per_unit):
    roads = schematic_roads()
    found = centrality(
        roads,
        ["betweenness", "reach", "farness"],
        weight=weight,
        radius=radius,
        normalisation=None,
        prepared=prepare(roads, weight=weight, per_unit=per_unit),
    )
    rows = roads.compressed(weight)
    coarse = 1000 // per_unit
    steps = ((rows.weight_ms + coarse // 2) // coarse).tolist()
    graph = igraph.Graph(
        n=len(rows.node_ids), edges=np.column_stack([rows.tails, rows.indices]), directed=True
    )
    apart = np.array(graph.distances(weights=steps))
    np.fill_diagonal(apart, np.inf)
    near = apart <= per_unit * radius
    assert 0 < near.mean() < 0.5
    np.testing.assert_array_equal(found.nodes["reach"], near.sum(axis=1))
    np.testing.assert_allclose(
        found.nodes["farness"], np.where(near, apart, 0).sum(axis=1) / per_unit, rtol=1e-12
    )
    expected = graph.betweenness(weights=steps, cutoff=per_unit * radius)
    np.testing.assert_allclose(found.nodes["betweenness"], expected, rtol=1e-9, atol=1e-6)


def test_streets_of_wuhan_agree_with_igraph(shared):
    streets = read_osm_roads(shared("osm/wuhan.osm.pbf"), "drive")
    x, y = streets.nodes["x"].median(), streets.nodes["y"].median()
    middle = streets.clip(shapely.box(x - 0.04, y - 0.04, x + 0.04, y + 0.04)).largest_component()
    assert len(middle.nodes) > 1000
    found = centrality(middle, ["betweenness", "harmonic"], normalisation=None)
    graph = middle.csr
    other = igraph.Graph(
        n=len(graph.node_ids),
        edges=np.column_stack([graph.tails, graph.indices]),
        directed=True,
    )
    times = graph.weight_ms.tolist()
    np.testing.assert_allclose(
        found.nodes["betweenness"], other.betweenness(weights=times), rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(
        found.edges["betweenness"].to_numpy()[graph.edge_position],
        other.edge_betweenness(weights=times),
        rtol=1e-9,
        atol=1e-6,
    )
    np.testing.assert_allclose(
        found.nodes["harmonic"] / 1000,
        other.harmonic_centrality(weights=times, mode="out", normalized=False),
        rtol=1e-12,
    )


def test_edges_carry_the_mean_number_of_steps(town):
    # every path of k edges adds k - 1 nodes and k edges: their sums differ by the pairs
    found = centrality(town, ["betweenness", "reach"], normalisation=None)
    steps = found.edges["betweenness"].sum() - found.nodes["betweenness"].sum()
    assert steps == pytest.approx(found.nodes["reach"].sum(), rel=1e-12)


def test_flow_is_conserved_at_each_node(town):
    found = centrality(town, ["betweenness", "reach"], normalisation=None)
    out = found.edges["betweenness"].groupby(level="u").sum().reindex(town.nodes.index).fillna(0)
    np.testing.assert_allclose(out - found.nodes["reach"], found.nodes["betweenness"], atol=1e-6)


def test_cities_only(town):
    cities = [3, 500, 958]
    found = centrality(
        town, ["betweenness", "closeness"], normalisation=None, origins=cities, destinations=cities
    )
    assert found.nodes["closeness"].notna().sum() == len(cities)
    directed = igraph.Graph(
        n=len(town.nodes), edges=[(u, v) for u, v, _ in town.edges.index], directed=True
    )
    times = town.edges["time_s"].astype(int).tolist()
    expected = np.zeros(len(town.nodes))
    for origin in cities:
        for destination in cities:
            if origin == destination:
                continue
            paths = directed.get_all_shortest_paths(origin, destination, weights=times)
            for path in paths:
                expected[path[1:-1]] += 1 / len(paths)
    np.testing.assert_allclose(found.nodes["betweenness"], expected, rtol=1e-9, atol=1e-9)


def test_straightness_is_one_along_a_meridian():
    places = {node: (116.0, 40 + 0.05 * node) for node in range(6)}
    network = network_of(nx.path_graph(6), places=places)
    step_m = math.radians(0.05) * EARTH_M
    edges = network.edges.assign(length_m=step_m)
    network = SpatialNetwork.from_geodataframes(
        network.nodes, edges.drop(columns="geometry"), name="meridian", source="test"
    )
    found = centrality(network, ["straightness"], weight="length_m", threads=1)
    np.testing.assert_allclose(found.nodes["straightness"], 1, rtol=1e-6)


def test_unconnected_nodes_have_zeros_not_errors():
    graph = nx.DiGraph()
    graph.add_nodes_from(range(3))
    graph.add_edge(0, 1)
    found = centrality(network_of(graph), MEASURES, threads=1)
    assert found.nodes.loc[2].tolist() == [0.0] * len(MEASURES)
    assert found.nodes.loc[0, "reach"] == 1
    assert found.metadata["global_efficiency"] == pytest.approx(1 / 6)


def test_a_sample_stays_within_its_bound(town):
    exact = centrality(town, ["betweenness"])
    rough = centrality(town, ["betweenness"], sample=200, seed=3)
    assert exact.metadata["exact"]
    assert not rough.metadata["exact"]
    assert rough.metadata["sample"] == 200
    error = (rough.nodes["betweenness"] - exact.nodes["betweenness"]).abs().max()
    assert 0 < error < rough.metadata["betweenness_error"] < 0.25


def test_every_measure_there_is_can_be_asked_for_at_once(town):
    with pytest.raises(NetworkError, match=r"give decay=.*or leave gravity out"):
        centrality(town, ALL_MEASURES)
    found = centrality(town, ALL_MEASURES, decay=lambda seconds: np.exp(-seconds / 60))
    assert list(found.nodes.columns) == list(ALL_MEASURES)
    assert found.nodes.notna().all(axis=None)


def test_measures_are_named_one_by_one_or_several(town):
    alone = centrality(town, "reach").nodes
    twice = centrality(town, ["reach", "reach"]).nodes
    pd.testing.assert_frame_equal(alone, twice)
    with pytest.raises(UnknownNameError, match="no measure is asked for"):
        centrality(town, [])


def test_what_is_not_there_is_named(town):
    with pytest.raises(UnknownNameError, match="no measure is called 'betweeness'"):
        centrality(town, ["betweeness"])
    with pytest.raises(UnknownNameError, match="no normalisation"):
        centrality(town, normalisation="freeman")
    with pytest.raises(NetworkError, match="no such node"):
        centrality(town, origins=[-1])
    with pytest.raises(NetworkError, match="negative"):
        centrality(town, origins={0: -1.0})
    with pytest.raises(NetworkError, match="another network was prepared: 3 nodes"):
        centrality(town, prepared=prepare(network_of(nx.path_graph(3))))
    with pytest.raises(NetworkError, match="prepare it with weight='length_m'"):
        centrality(town, weight="length_m", prepared=prepare(town))


def test_wide_networks_are_measured_in_coarser_steps():
    graph = nx.path_graph(4)
    nx.set_edge_attributes(graph, 900_000, "time_s")  # ten days each
    found = centrality(network_of(graph), ["farness"], threads=1)
    assert found.nodes["farness"].tolist() == [5_400_000, 3_600_000, 3_600_000, 5_400_000]
    assert found.metadata["resolution"] == 0.01
    with pytest.raises(NetworkError, match="32-bit"):
        centrality(
            network_of(graph),
            ["farness"],
            prepared=prepare(network_of(graph)),
            threads=1,
        )


def test_more_paths_than_float64_counts_are_refused():
    # a chain of diamonds doubles the paths at each: 2^1100
    graph = nx.DiGraph()
    for start in range(0, 3300, 3):
        for side in (start + 1, start + 2):
            graph.add_edge(start, side)
            graph.add_edge(side, start + 3)
    with pytest.raises(NetworkError, match="shortest paths"):
        centrality(network_of(graph), ["betweenness"], threads=1)


def test_progress_counts_to_the_end(town):
    calls = []
    centrality(town, ["reach"], threads=1, progress=lambda done, of: calls.append((done, of)))
    assert calls[-1] == (len(town.nodes), len(town.nodes))
    assert calls == sorted(calls)
