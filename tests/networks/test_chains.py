"""Edges merged along chains: drawn cases, osmnx on the same data, invariants."""

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import osmnx
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from toolkit.networks.chains import merge_chains
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.osm_tags import CLOSED, DRIVE
from toolkit.networks.spatial_network import SpatialNetwork


def network_of(pairs, *, places=None, **columns):
    """Network of straight one-way edges between nodes along a parabola, or at given places."""
    numbers = sorted({node for pair in pairs for node in pair})
    lonlat = [(places or {}).get(n, (116 + n / 100, 40 + n * n / 1000)) for n in numbers]
    nodes = gpd.GeoDataFrame(
        index=numbers, geometry=gpd.points_from_xy(*zip(*lonlat, strict=True), crs=4326)
    )
    edges = pd.DataFrame(pairs, columns=["u", "v"]).assign(**({"time_s": 60.0} | columns))
    return SpatialNetwork.from_geodataframes(nodes, edges)


def both(*pairs):
    return [*pairs, *((v, u) for u, v in pairs)]


def edge_list(network):
    return sorted((u, v) for u, v, _ in network.edges.index)


@pytest.mark.parametrize(
    ("pairs", "merged"),
    [
        ([(1, 2), (2, 3)], [(1, 3)]),                                # one way
        (both((1, 2), (2, 3)), both((1, 3))),                        # both ways
        ([*both((1, 2)), (2, 3)], [*both((1, 2)), (2, 3)]),          # turns one way
        ([(1, 2), (3, 2)], [(1, 2), (3, 2)]),                        # two ends meet
        (both((1, 2), (2, 3), (2, 4)), both((1, 2), (2, 3), (2, 4))),  # a fork
        (both((1, 2), (2, 3), (3, 1)), [(1, 1), (1, 1)]),            # a ring keeps one node
        ([(1, 2), (2, 3), (3, 1)], [(1, 1)]),
        (both((1, 2), (2, 3), (3, 4), (4, 2)), [*both((1, 2)), (2, 2), (2, 2)]),  # a lasso
        (both((1, 2)), both((1, 2))),                                # no turning at a dead end
        ([(1, 2), (2, 1)], [(1, 2), (2, 1)]),
    ],
)  # fmt: skip
def test_nodes_go_where_nothing_can_be_chosen(pairs, merged):
    assert edge_list(merge_chains(network_of(pairs))) == sorted(merged)


def test_nodes_can_be_kept():
    line = network_of(both((1, 2), (2, 3), (3, 4)))
    assert edge_list(merge_chains(line, keep=[3])) == sorted(both((1, 3), (3, 4)))


def test_attributes_are_aggregated():
    road = network_of(
        [(1, 2), (2, 3), (3, 4)],
        time_s=[10.0, 20.0, 30.0],
        highway=["primary", "secondary", "secondary"],
        name=["乙路", None, "甲路"],
        ref=["G1", "G1", "G1"],
        lanes=[4, None, 2],
        maxspeed_kmh=[60.0, np.nan, 80.0],
        bridge=[False, True, False],
        tunnel=[False, None, False],
        oneway=True,
        signals=[1, 0, 2],
        quality=["good", "bad", "bad"],
    )
    merged = merge_chains(road).edges
    assert list(merged.columns) == list(road.edges.columns)
    assert merged.dtypes.equals(road.edges.dtypes)
    edge = merged.iloc[0]
    assert edge[["time_s", "signals", "highway", "name", "ref", "lanes", "quality"]].tolist() == [
        60.0, 3, "secondary", "乙路;甲路", "G1", 2, "good",
    ]  # fmt: skip
    assert (edge["maxspeed_kmh"], edge["bridge"], edge["tunnel"], edge["oneway"]) == (
        60,
        True,
        False,
        True,
    )
    assert edge["length_m"] == pytest.approx(road.edges["length_m"].sum())


def test_lines_are_put_together_in_both_directions():
    merged = merge_chains(network_of(both((1, 2), (2, 3)))).edges.geometry
    there, back = merged[1, 3, 0], merged[3, 1, 0]
    assert shapely.get_num_points(there) == 3
    assert there.coords[0] == (116.01, 40.001)
    assert list(back.coords) == list(there.coords)[::-1]


def test_lone_nodes_and_empty_networks_stay():
    network = network_of([(1, 2), (2, 3)])
    alone = gpd.GeoDataFrame(index=[9], geometry=gpd.points_from_xy([117], [41], crs=4326))
    nodes = pd.concat([network.nodes[["geometry"]], alone])
    more = SpatialNetwork.from_geodataframes(nodes, network.edges)
    assert merge_chains(more).nodes.index.tolist() == [1, 3, 9]
    empty = network.subgraph([False] * 3)
    assert len(merge_chains(empty).edges) == 0


graphs = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1]),
    min_size=1,
    max_size=30,
    unique=True,
)


@settings(deadline=None, max_examples=60)
@given(graphs, st.booleans())
def test_lengths_and_shortest_times_are_kept(pairs, twoway):
    """Between the nodes that are left nothing changes, and no road is lost or added."""
    pairs = sorted(set(both(*pairs))) if twoway else pairs
    network = network_of(pairs, time_s=np.arange(1.0, len(pairs) + 1))
    merged = merge_chains(network)
    assert merged.edges["length_m"].sum() == pytest.approx(network.edges["length_m"].sum())
    assert line_lengths_m(merged.edges.geometry.to_numpy()) == pytest.approx(
        merged.edges["length_m"].to_numpy()
    )
    kept = network.nodes.index.get_indexer(merged.nodes.index)
    before = shortest(network)[np.ix_(kept, kept)]
    assert shortest(merged) == pytest.approx(before)
    assert edge_list(merge_chains(merged)) == edge_list(merged)


def shortest(network):
    """Shortest times between all nodes."""
    count = len(network.nodes)
    least = np.full((count, count), np.inf)
    u, v = (
        network.nodes.index.get_indexer(network.edges.index.get_level_values(end)) for end in "uv"
    )
    np.minimum.at(least, (u, v), network.edges["time_s"].to_numpy())
    np.fill_diagonal(least, 0)
    return dijkstra(np.where(np.isinf(least), 0, least))


# What follows compares with osmnx, which simplifies a graph of every vertex.


def every_vertex(network):
    """Graph of all vertices of a network for osmnx, numbered by place."""
    vertices, line = shapely.get_coordinates(network.edges.geometry.to_numpy(), return_index=True)
    places, number = np.unique(vertices, axis=0, return_inverse=True)
    number = number.reshape(-1)
    onward = line[1:] == line[:-1]
    tails, heads = number[:-1][onward], number[1:][onward]
    speed = (network.edges["length_m"] / network.edges["time_s"]).to_numpy()[line[1:][onward]]
    step_m = line_lengths_m(
        shapely.linestrings(np.stack([vertices[:-1], vertices[1:]], axis=1)[onward])
    )
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_nodes_from((n, {"x": x, "y": y}) for n, (x, y) in enumerate(places))
    for tail, head, metres, speed_ms in zip(tails, heads, step_m, speed, strict=True):
        if tail != head:
            graph.add_edge(int(tail), int(head), length=metres, travel_time=metres / speed_ms)
    return graph


def without_rings(network):
    """Leave out isolated rings, as osmnx does."""
    u, v = (network.edges.index.get_level_values(end) for end in "uv")
    ends = pd.concat([pd.Series(u), pd.Series(v)])
    looped = set(u[u == v])
    others = set(ends[~ends.isin(looped)]) | set(u[u != v]) | set(v[u != v])
    return network.subgraph(network.nodes.index.isin(others))


EXTRACTS = [
    "osm/real/monaco.osm.pbf",
    "osm/real/helsinki.osm.pbf",
    "osm/real/sao-paulo/spo_osm.pbf",
]


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_streets_are_simplified_as_by_osmnx(shared, name):
    cut = read_osm_roads(shared(name), "drive", merge=False)
    theirs = osmnx.simplify_graph(every_vertex(without_landings(cut)))
    ours = without_rings(merge_chains(without_landings(cut)))
    assert len(ours.nodes) == len(theirs)
    assert len(ours.edges) == theirs.number_of_edges()
    total = sum(metres for *_, metres in theirs.edges(data="length"))
    assert ours.edges["length_m"].sum() == pytest.approx(total, rel=0.001)
    assert_same_times(ours, theirs)


def without_landings(network):
    """Leave out ferries, whose landings we keep and osmnx does not."""
    from dataclasses import replace

    roads = network.edges[network.edges["highway"] != "ferry"]
    used = network.nodes.index.isin(np.union1d(*(roads.index.get_level_values(e) for e in "uv")))
    return replace(network, edges=roads, nodes=network.nodes[used])


def assert_same_times(ours, theirs):
    """Shortest times between nodes at the same places agree within 1 %."""
    place = {(node["x"], node["y"]): n for n, node in theirs.nodes(data=True)}
    number = [place[x, y] for x, y in zip(ours.nodes["x"], ours.nodes["y"], strict=True)]
    times = shortest(ours)
    rng = np.random.default_rng(1)
    for source in rng.choice(len(number), 12, replace=False):
        reached = nx.single_source_dijkstra_path_length(
            theirs, number[source], weight="travel_time"
        )
        expected = np.array([reached.get(node, np.inf) for node in number])
        assert np.array_equal(np.isinf(expected), np.isinf(times[source]))
        assert times[source] == pytest.approx(expected, rel=0.01)


def test_monaco_read_by_osmnx_itself_agrees(shared, tmp_path):
    """The file through osmnx from the start: counts, total length and shortest times."""
    source = shared("osm/real/monaco.osm.pbf")
    xml = tmp_path / "monaco.osm"
    with osmium.BackReferenceWriter(xml, ref_src=source) as writer:
        for thing in osmium.FileProcessor(source, osmium.osm.WAY):
            tags = thing.tags
            access = next(
                (
                    tags[key]
                    for key in ("motorcar", "motor_vehicle", "vehicle", "access")
                    if key in tags
                ),
                "",
            )
            if tags.get("highway") in DRIVE and access not in CLOSED and tags.get("area") != "yes":
                oneway = (
                    {"oneway": "yes"}
                    if tags.get("highway") == "motorway" and "oneway" not in tags
                    else {}
                )
                writer.add(thing.replace(tags=dict(tags) | oneway))
    graph = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
    theirs = osmnx.simplify_graph(graph)
    theirs.remove_nodes_from(list(nx.isolates(theirs)))
    ours = without_rings(read_osm_roads(source, "drive"))
    assert len(ours.nodes) == len(theirs)
    assert len(ours.edges) == theirs.number_of_edges()
    lines = osmnx.graph_to_gdfs(theirs, nodes=False).geometry.to_numpy()
    assert ours.edges["length_m"].sum() == pytest.approx(line_lengths_m(lines).sum(), rel=0.001)
    assert set(ours.nodes.index) == set(theirs.nodes)
