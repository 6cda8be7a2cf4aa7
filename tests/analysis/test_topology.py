"""Topological indices of small graphs drawn by hand, and against networkx on the main roads."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from toolkit.analysis.topology import detour_index, topology
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork


def network(pairs, count):
    points = [Point(116 + 0.01 * node, 40 + 0.01 * node**2) for node in range(count)]
    nodes = gpd.GeoDataFrame(index=range(count), geometry=points, crs=4326)
    edges = pd.DataFrame(pairs, columns=["u", "v"]).assign(time_s=60.0)
    return SpatialNetwork.from_geodataframes(nodes, edges)


def both_ways(pairs):
    return [*pairs, *((v, u) for u, v in pairs)]


def test_a_square_with_a_spur():
    """0 - 1
    |   |
    3 - 2 - 4      K = 5, N = 5, one circuit, one dead end
    """
    found = topology(network(both_ways([(0, 1), (1, 2), (2, 3), (3, 0), (2, 4)]), 5))
    assert (found.nodes, found.links, found.components) == (5, 5, 1)
    assert (found.cyclomatic, found.dead_ends) == (1, 1)
    assert found.alpha == pytest.approx(1 / 5)
    assert found.beta == 1.0
    assert found.gamma == pytest.approx(5 / 9)
    assert found.mean_degree == 2.0


def test_the_full_planar_graph_of_four_has_all_circuits():
    """K4 is planar: alpha and gamma are 1."""
    found = topology(network([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], 4))
    assert (found.alpha, found.gamma, found.cyclomatic) == (1.0, 1.0, 3)


def test_two_parts_without_circuits():
    found = topology(network([(0, 1), (2, 3)], 4))
    assert (found.components, found.cyclomatic, found.alpha) == (2, 0, 0.0)
    assert found.dead_ends == 4


def test_the_main_roads_as_networkx_counts_them():
    roads = schematic_roads()
    graph = nx.Graph([(u, v) for u, v, _ in roads.edges.index if u != v])
    graph.add_nodes_from(roads.nodes.index)
    found = topology(roads)
    assert found.links == graph.number_of_edges()
    assert found.cyclomatic == len(nx.cycle_basis(graph))
    assert found.dead_ends == sum(degree == 1 for _, degree in graph.degree())


def test_too_few_nodes_have_no_indices():
    with pytest.raises(MissingDataError, match="three or more"):
        topology(network([(0, 1)], 2))


def test_detours_leave_out_pairs_without_a_way():
    straight = pd.DataFrame(np.array([[0, 1.0, 2.0], [1.0, 0, 1.0], [2.0, 1.0, 0]]))
    way = straight * 1.5
    way.loc[0, 2] = way.loc[2, 0] = np.inf
    assert detour_index(way, straight) == pytest.approx(1.5)
    with pytest.raises(MissingDataError, match="no way"):
        detour_index(way * np.inf, straight)
    with pytest.raises(NetworkError, match="same places"):
        detour_index(way, straight.iloc[:2, :2])
