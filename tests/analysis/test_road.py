"""Times between places on edges: against networkx with the places put in as real nodes."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame, points_from_xy
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.kernels.shortest_paths import NO_CUTOFF, UNREACHED
from toolkit.analysis.road import road_times, road_times_between
from toolkit.analysis.road_ways import fastest_way
from toolkit.networks.places import EdgePlaces, places_on_edges
from toolkit.networks.spatial_network import SpatialNetwork


def network(count, arcs):
    """Directed edges (tail, head, seconds); parallel edges and loops allowed."""
    at = points_from_xy(116 + 0.01 * np.arange(count), 40 + 0.01 * (np.arange(count) % 3))
    nodes = GeoDataFrame(index=range(count), geometry=at, crs=4326)
    edges = pd.DataFrame(arcs, columns=["u", "v", "time_s"]).assign(length_m=1.0)
    return SpatialNetwork.from_geodataframes(nodes, edges)


def places(rows, count):
    """Places of (point, arc, share)."""
    point, arc, share = (np.array(column) for column in zip(*sorted(rows), strict=True))
    return EdgePlaces(
        point.astype(np.int64), arc.astype(np.int64), share.astype(float), np.zeros(count)
    )


def with_real_nodes(graph, groups):
    """The graph with every arc cut at the places on it, each place beside its point.

    From a point one gets to each of its places and from there to the point, for nothing; at share 0
    and 1 a place is its node.
    """
    cut = nx.MultiDiGraph()
    cut.add_nodes_from(range(len(graph.node_ids)))
    on_arc = {}
    for name, group in groups.items():
        rows = zip(group.point, group.arc, group.share, group.along_ms(graph), strict=True)
        for row, (point, arc, share, along) in enumerate(rows):
            on_arc.setdefault(arc, []).append((share, along, (name, point), (name, point, row)))
    for arc, (tail, head, weight) in enumerate(
        zip(graph.tails, graph.indices, graph.weight_ms, strict=True)
    ):
        before, at = int(tail), 0
        stops = sorted(on_arc.get(arc, []), key=lambda stop: stop[:2])
        for number, (share, along, point, place) in enumerate(stops):
            cut.add_edge(before, place, weight=int(along - at))
            if number and stops[number - 1][0] == share:  # the same place twice
                cut.add_edge(place, before, weight=0)
            cut.add_edge(("from", point), place, weight=0)
            cut.add_edge(place, ("to", point), weight=0)
            if share == 0.0:
                cut.add_edge(place, int(tail), weight=0)
            if share == 1.0:
                cut.add_edge(int(head), place, weight=0)
            before, at = place, along
        cut.add_edge(before, int(head), weight=int(weight - at))
    return cut


@st.composite
def scenes(draw):
    count = draw(st.integers(1, 7))
    node = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 9)), min_size=1, max_size=16))
    share = st.sampled_from([0.0, 0.25, 0.3333, 0.5, 0.75, 1.0]) | st.floats(0, 1)
    row = st.tuples(st.integers(0, len(arcs) - 1), share)

    def some(points):
        return [(p, *draw(row)) for p in range(points) for _ in range(draw(st.integers(1, 3)))]

    origins, targets = some(2), some(3)
    if draw(st.booleans()):  # a target where an origin is
        targets.append((0, *origins[0][1:]))
    spent = draw(st.lists(st.integers(0, 5000), min_size=2, max_size=2))
    return network(count, arcs), places(origins, 2), places(targets, 3), spent


@settings(max_examples=200, deadline=None)
@given(scenes(), st.integers(0, 30_000) | st.just(NO_CUTOFF))
def test_times_equal_networkx_with_places_as_nodes(scene, cutoff):
    roads, origins, targets, spent = scene
    graph = roads.csr
    peer = with_real_nodes(graph, {"o": origins, "t": targets})
    peer.add_weighted_edges_from(("start", ("from", ("o", i)), spent[i]) for i in range(2))
    reached = nx.single_source_dijkstra_path_length(peer, "start")
    within = {place: ms for place, ms in reached.items() if ms <= cutoff}

    found = road_times(roads, origins, spent, cutoff_ms=cutoff)
    nodes = range(len(roads.nodes))
    assert found.node_ms.tolist() == [within.get(node, UNREACHED) for node in nodes]
    expected = [within.get(("to", ("t", i)), UNREACHED) for i in range(3)]
    assert found.at(targets).tolist() == expected

    table = road_times_between(roads, origins, targets, cutoff_ms=cutoff)
    for i in range(2):
        alone = nx.single_source_dijkstra_path_length(peer, ("from", ("o", i)))
        row = [alone.get(("to", ("t", j)), np.inf) for j in range(3)]
        assert table[i].tolist() == [ms if ms <= cutoff else UNREACHED for ms in row]


# 1 ===== 2 ----> 3      two-way, then one-way; 9 and 8 minutes
ROADS = SpatialNetwork.from_geodataframes(
    GeoDataFrame(
        index=[1, 2, 3], geometry=points_from_xy([116.0, 116.09, 116.17], [40] * 3), crs=4326
    ),
    pd.DataFrame({"u": [1, 2, 2], "v": [2, 1, 3], "time_s": [540.0, 540.0, 480.0]}),
)


def minutes(start, *ends):
    """Minutes between longitudes on the road, to a second."""
    origin, targets = ([[116 + x / 100, 40.0] for x in part] for part in ([start], ends))
    found = road_times_between(
        ROADS, places_on_edges(ROADS, origin), places_on_edges(ROADS, targets)
    )
    return [None if ms == UNREACHED else round(ms / 60_000, 1) for ms in found[0].tolist()]


def test_one_drives_off_both_ways_where_that_is_allowed():
    assert minutes(3.0, 0.0, 1.0, 3.0, 9.0, 13.0) == [3.0, 2.0, 0.0, 6.0, 10.0]


def test_one_cannot_go_back_on_a_one_way_road():
    assert minutes(13.0, 15.0, 17.0) == [2.0, 4.0]
    assert minutes(13.0, 12.0, 9.0, 1.0) == [None, None, None]


def test_more_origins_than_fit_in_one_block():
    west = places_on_edges(ROADS, [[116 + x / 1000, 40.0] for x in range(90)])
    east = places_on_edges(ROADS, [[116.17, 40.0]])
    found = road_times_between(ROADS, west, east)[:, 0] / 60_000
    np.testing.assert_allclose(found, 17 - np.arange(90) / 10, atol=1e-4)


def test_times_spent_must_be_one_a_start():
    with pytest.raises(ValueError, match="1 starts"):
        road_times(ROADS, places_on_edges(ROADS, [[116.0, 40.0]]), [1, 2])


@settings(max_examples=200, deadline=None)
@given(scenes(), st.sampled_from([(0, 1), (1, 2), (2, 0), (1, 1)]))
def test_the_fastest_way_is_connected_and_takes_the_least_time(scene, pair):
    roads, _, at, _ = scene
    graph = roads.csr
    one, other = (at.select(np.array([number])) for number in pair)
    least_ms = road_times(roads, one).at(other)[0]
    way = fastest_way(roads, at, *pair)
    if least_ms == UNREACHED:
        assert way is None
        return
    arc = np.argsort(graph.edge_position)[way.edge]
    assert (graph.indices[arc][:-1] == graph.tails[arc][1:]).all()
    assert (way.begin[1:] == 0.0).all()
    assert (way.end[:-1] == 1.0).all()
    # each end is cut at a whole millisecond
    assert way.total(roads, "time_s") == pytest.approx(least_ms / 1000, abs=0.0011)
    if len(way):
        assert (arc[0], way.begin[0]) in {*zip(one.arc, one.share, strict=True)} or not way.begin[0]
        assert (arc[-1], way.end[-1]) in {*zip(other.arc, other.share, strict=True)} or (
            way.end[-1] == 1.0
        )
