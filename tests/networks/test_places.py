"""Where points join a network: nearest edge, not node; both directions; not on motorways."""

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries, points_from_xy
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.errors import NetworkError
from toolkit.networks.geodesy import distances_m, line_lengths_m
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.places import open_edges, places_on_edges, require_joined
from toolkit.networks.spatial_network import SpatialNetwork

# 1 ------- 2      a square of two-way roads, one side bent,
# |         |      and a motorway (two-way) from 1 to 3
# 4 --/\--- 3
CORNERS = {1: (116.0, 40.1), 2: (116.1, 40.1), 3: (116.1, 40.0), 4: (116.0, 40.0)}
BENT = [CORNERS[4], (116.04, 40.0), (116.05, 40.02), (116.06, 40.0), CORNERS[3]]


def square(**options):
    lines = {
        (1, 2): [CORNERS[1], CORNERS[2]],
        (2, 3): [CORNERS[2], CORNERS[3]],
        (4, 3): BENT,
        (1, 4): [CORNERS[1], CORNERS[4]],
        (1, 3): [CORNERS[1], CORNERS[3]],
    }
    rows = [(u, v, line) for (u, v), line in lines.items()]
    rows += [(v, u, line[::-1]) for (u, v), line in lines.items()]
    edges = GeoDataFrame(
        {
            "u": [row[0] for row in rows],
            "v": [row[1] for row in rows],
            "time_s": 600.0,
            "highway": ["motorway" if {1, 3} == set(row[:2]) else "primary" for row in rows],
        },
        geometry=[shapely.LineString(row[2]) for row in rows],
        crs=4326,
    )
    nodes = GeoDataFrame(
        index=list(CORNERS), geometry=points_from_xy(*zip(*CORNERS.values(), strict=True)), crs=4326
    )
    return SpatialNetwork.from_geodataframes(nodes, edges, **options)


def ends(network, found):
    """Edges that pass the places, as (u, v)."""
    edge = network.csr.edge_position[found.arc]
    return {tuple(map(int, row[:2])) for row in network.edges.index[edge]}


def test_both_directions_of_a_two_way_road_pass_a_place():
    network = square()
    found = places_on_edges(network, [[116.025, 40.11]])
    assert ends(network, found) == {(1, 2), (2, 1)}
    assert sorted(found.share.round(3)) == [0.25, 0.75]
    assert found.distance_m[0] == pytest.approx(1110.366, abs=0.001)


def test_at_a_corner_all_roads_that_end_there_count():
    network = square()
    found = places_on_edges(network, [[115.99, 40.11]])
    assert ends(network, found) == {(1, 2), (2, 1), (1, 4), (4, 1)}
    assert set(found.share) == {0.0, 1.0}


def test_share_is_by_length_along_a_bent_road():
    network = square()
    found = places_on_edges(network, [[116.05, 40.021]])
    length = line_lengths_m([shapely.LineString(BENT), shapely.LineString(BENT[:3])])
    assert sorted(found.share) == pytest.approx([0.5, 0.5], abs=1e-4)
    assert length[1] / length[0] == pytest.approx(0.5, abs=1e-6)


def test_one_joins_no_motorway_bridge_or_tunnel():
    network = square()
    middle = [[116.05, 40.05]]  # on the motorway, 3.3 km from the top of the bend
    assert (1, 3) not in ends(network, places_on_edges(network, middle))
    assert ends(square(schematic=True), places_on_edges(square(schematic=True), middle)) == {
        (1, 3),
        (3, 1),
    }
    edges = network.edges.assign(
        bridge=network.edges.index.get_level_values("u") == 1, tunnel=None
    ).astype({"bridge": "boolean", "tunnel": "boolean"})
    bridged = SpatialNetwork.from_geodataframes(network.nodes, edges)
    assert open_edges(bridged).sum() == 6  # neither those from 1 nor the motorway to it
    motorways = SpatialNetwork.from_geodataframes(
        network.nodes, network.edges[network.edges["highway"] == "motorway"]
    )
    assert open_edges(motorways).all()


def test_points_may_be_in_any_crs_and_keep_their_order():
    network = square()
    points = [[116.075, 40.12], [116.02, 40.11], [116.12, 40.07]]
    there = GeoSeries(points_from_xy(*zip(*points, strict=True)), crs=4326).to_crs(32650)
    found, projected = places_on_edges(network, points), places_on_edges(network, there)
    np.testing.assert_allclose(found.share, projected.share, atol=1e-6)
    assert found.point.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_point_beyond_the_limit_joins_no_edge():
    network = square()
    points = [[116.025, 40.11], [116.02, 40.3], [116.03, 40.1], [116.2, 39.8]]
    found = places_on_edges(network, points, limit_km=2.0)
    assert found.joined.tolist() == [True, False, True, False]
    assert found.point.tolist() == [0, 0, 2, 2]
    expected = places_on_edges(network, points)
    np.testing.assert_array_equal(found.distance_m, expected.distance_m)
    assert expected.joined.all()
    assert found.select(np.array([1, 2])).joined.tolist() == [False, True]
    require_joined(found.select(np.array([0, 2])), ["a", "c"], limit_km=2.0)
    with pytest.raises(NetworkError, match=r"b lies 22\.2 km .* more than 2 km; give roads"):
        require_joined(found, list("abcd"), limit_km=2.0)
    # exactly at the limit one still joins
    at_limit = places_on_edges(network, points[:1], limit_km=found.distance_m[0] / 1000.0)
    assert at_limit.joined.tolist() == [True]


def test_no_edges_and_no_points():
    network = square()
    assert len(places_on_edges(network, np.empty((0, 2)))) == 0
    bare = SpatialNetwork(network.nodes, network.edges.iloc[:0])
    with pytest.raises(NetworkError, match="no edges"):
        places_on_edges(bare, [[116, 40]])


@settings(max_examples=60, deadline=None)
@given(st.tuples(st.floats(115.9, 116.2), st.floats(39.9, 40.2)))
def test_no_edge_is_nearer(point):
    """Against samples every ten metres or so along all open edges."""
    network = square()
    found = places_on_edges(network, [point])
    lines = network.edges.geometry[open_edges(network)].to_numpy()
    at = shapely.line_interpolate_point(
        np.repeat(lines, 1001), np.tile(np.linspace(0, 1, 1001), len(lines)), normalized=True
    )
    sampled = distances_m(*point, shapely.get_x(at), shapely.get_y(at)).min()
    assert found.distance_m[0] <= sampled * 1.001 + 0.001
    assert found.distance_m[0] >= sampled - 10.0


def test_streets_of_helsinki(shared):
    network = read_osm_roads(shared("osm/real/helsinki.osm.pbf"), "drive").largest_component()
    rng = np.random.default_rng(3)
    west, south, east, north = network.nodes.total_bounds
    points = np.column_stack([rng.uniform(west, east, 200), rng.uniform(south, north, 200)])
    found = places_on_edges(network, points)
    _, to_node_m = network.snap(points)
    assert (found.distance_m <= to_node_m + 0.01).mean() > 0.95  # but for nodes of bridges
    assert np.median(found.distance_m / to_node_m) < 0.8
    assert (np.diff(found.point) >= 0).all()
    assert set(found.point) == set(range(200))
