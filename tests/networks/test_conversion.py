"""To and from networkx, osmnx and igraph: nothing is lost, directions and names are right."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from toolkit.errors import NetworkError
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork

GEOD = Geod(ellps="WGS84")


def same(ours, theirs):
    """Both networks hold the same tables and facts; networkx groups edges by their tail."""
    pd.testing.assert_frame_equal(pd.DataFrame(ours.nodes), pd.DataFrame(theirs.nodes))
    edges = [pd.DataFrame(network.edges).sort_index() for network in (ours, theirs)]
    pd.testing.assert_frame_equal(*edges)
    facts = [(n.name, n.source, n.data_date, n.schematic) for n in (ours, theirs)]
    return facts[0] == facts[1]


@pytest.fixture
def network():
    """A one-way bridge 7 -> 8, twice, and a loop at 8."""
    nodes = gpd.GeoDataFrame(
        {"label_zh": ["甲", None]},
        index=[7, 8],
        geometry=gpd.points_from_xy([116.0, 116.1], [40.0, 40.0], crs=4326),
    )
    ring = shapely.LineString([(116.1, 40.0), (116.11, 40.0), (116.11, 40.01), (116.1, 40.0)])
    bend = shapely.LineString([(116.0, 40.0), (116.05, 40.02), (116.1, 40.0)])
    edges = gpd.GeoDataFrame(
        {
            "u": [7, 8, 7],
            "v": [8, 8, 8],
            "key": [0, 5, 3],
            "time_s": [512.5, 90.0, 600.0],
            "highway": ["trunk", "residential", None],
            "name": ["长安街", None, None],
            "maxspeed_kmh": [70.0, np.nan, np.nan],
            "lanes": pd.array([4, None, None], dtype="Int64"),
            "oneway": pd.array([True, False, None], dtype="boolean"),
            "bridge": pd.array([True, None, False], dtype="boolean"),
            "toll": [None, None, None],
            "opened": pd.array([1999, None, None], dtype="Int64"),
        },
        geometry=[bend, ring, None],
        crs=4326,
    )
    return SpatialNetwork.from_geodataframes(
        nodes, edges, name="bridge", source="test", data_date="2024-01-02", schematic=True
    )


def test_networkx_round_trip_keeps_everything(network):
    assert same(SpatialNetwork.from_networkx(network.to_networkx()), network)


def test_round_trip_of_the_schematic_roads():
    roads = schematic_roads()
    assert same(SpatialNetwork.from_networkx(roads.to_networkx()), roads)


def test_round_trip_of_a_real_extract(shared):
    from toolkit.networks.osm import read_osm_roads

    streets = read_osm_roads(shared("osm/real/monaco.osm.pbf"), "drive")
    assert same(SpatialNetwork.from_networkx(streets.to_networkx()), streets)


def test_osmnx_takes_the_graph(network):
    import osmnx

    graph = network.to_networkx()
    nodes, edges = osmnx.graph_to_gdfs(graph)
    assert nodes.crs == "EPSG:4326"
    assert sorted(edges.index) == [(7, 8, 0), (7, 8, 3), (8, 8, 5)]
    assert edges["length"].loc[7, 8, 0] == network.edges["length_m"].loc[7, 8, 0]
    assert edges["travel_time"].loc[7, 8, 0] == 512.5
    assert osmnx.routing.shortest_path(graph, 7, 8, weight="travel_time") == [7, 8]
    assert osmnx.distance.nearest_nodes(osmnx.project_graph(graph), [1e6], [4.4e6]) in ([7], [8])
    back = SpatialNetwork.from_networkx(
        osmnx.graph_from_gdfs(nodes, edges, graph_attrs=graph.graph)
    )
    assert back.edges["name"].loc[7, 8, 0] == "长安街"


def test_a_projected_osmnx_graph_comes_back_to_degrees(network):
    import osmnx

    back = SpatialNetwork.from_networkx(osmnx.project_graph(network.to_networkx()))
    assert back.nodes.crs == back.edges.crs == "EPSG:4326"
    assert back.nodes["x"].to_numpy() == pytest.approx([116.0, 116.1], abs=1e-8)
    assert back.edges["length_m"].to_dict() == network.edges["length_m"].to_dict()


def test_a_graph_survives_graphml(network, tmp_path):
    import osmnx

    osmnx.save_graphml(network.to_networkx(), tmp_path / "bridge.graphml")
    back = SpatialNetwork.from_networkx(osmnx.load_graphml(tmp_path / "bridge.graphml"))
    assert (back.name, back.schematic, back.data_date) == ("bridge", True, "2024-01-02")
    columns = ["length_m", "time_s", "highway", "name", "maxspeed_kmh", "lanes", "oneway", "bridge"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(back.edges[columns]).sort_index(),
        pd.DataFrame(network.edges[columns]).sort_index(),
    )


def osmnx_like():
    """A graph as osmnx leaves it: text, lists, no times."""
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    graph.add_node(1, x=116.0, y=40.0, street_count=1)
    graph.add_node(2, x=116.1, y=40.0, street_count=1)
    merged = {
        "osmid": [11, 12],
        "highway": ["primary", "trunk"],
        "name": ["甲路", "乙路"],
        "lanes": ["4", "2"],
        "maxspeed": ["60", "40 mph"],
        "bridge": ["no", "yes"],
    }
    graph.add_edge(1, 2, 0, **merged, oneway=False, length=9000.0, reversed=False)
    graph.add_edge(2, 1, 0, osmid=13, highway="primary", lanes="3.5", bridge="no", length=9000.0)
    return graph


def test_lists_and_text_of_osmnx_become_plain_values():
    edges = SpatialNetwork.from_networkx(osmnx_like()).edges
    there = edges.loc[(1, 2, 0)]
    assert there[["highway", "name", "osmid"]].tolist() == ["primary", "甲路;乙路", "11;12"]
    assert (there["lanes"], there["maxspeed_kmh"]) == (2, 60)
    assert (there["bridge"], there["oneway"]) == (True, False)
    assert edges["bridge"].tolist() == [True, False]
    assert edges["lanes"].isna().tolist() == [False, True]


def test_times_come_from_limits_and_classes_where_none_are_given():
    edges = SpatialNetwork.from_networkx(osmnx_like()).edges
    assert edges["time_s"].to_numpy() == pytest.approx([9.0 / 60 * 3600, 9.0 / 55 * 3600])


def test_times_come_from_the_graphs_own_speeds_first():
    graph = osmnx_like()
    graph.edges[1, 2, 0]["speed_kph"] = 90.0
    graph.edges[2, 1, 0]["travel_time"] = 77.0
    edges = SpatialNetwork.from_networkx(graph).edges
    assert edges["time_s"].tolist() == pytest.approx([360.0, 77.0])
    assert "speed_kph" not in edges.columns


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_undirected_edges_become_two_each_drawn_its_own_way(kind):
    graph = kind(crs=4326)
    graph.add_node("a", x=116.0, y=40.0)
    graph.add_node("b", x=116.1, y=40.0)
    bend = shapely.LineString([(116.1, 40.0), (116.05, 40.01), (116.0, 40.0)])
    graph.add_edge("a", "b", geometry=bend)
    network = SpatialNetwork.from_networkx(graph, speed_kmh=60)
    assert network.nodes["label"].tolist() == ["a", "b"]
    assert network.edges.index.tolist() == [(0, 1, 0), (1, 0, 0)]
    assert [line.coords[0] for line in network.edges.geometry] == [(116.0, 40.0), (116.1, 40.0)]
    length = GEOD.geometry_length(bend)
    assert network.edges["length_m"].tolist() == pytest.approx([length, length])
    assert network.edges["time_s"].tolist() == pytest.approx([length * 0.06] * 2)


def test_a_directed_graph_stays_directed():
    graph = nx.DiGraph()
    graph.add_node(0, x=116.0, y=40.0)
    graph.add_node(1, x=116.1, y=40.0)
    graph.add_edge(1, 0, time_s=5)
    network = SpatialNetwork.from_networkx(graph, crs=4326, name="given")
    assert network.edges.index.tolist() == [(1, 0, 0)]
    assert network.name == "given"


def test_graphs_that_say_too_little_are_refused():
    graph = nx.DiGraph()
    graph.add_node(0, x=116.0, y=40.0)
    graph.add_node(1, x=116.1)
    graph.add_edge(0, 1)
    with pytest.raises(NetworkError, match="does not state a CRS"):
        SpatialNetwork.from_networkx(graph)
    with pytest.raises(NetworkError, match="nodes without x and y: 1"):
        SpatialNetwork.from_networkx(graph, crs=4326)
    graph.nodes[1]["y"] = 40.0
    with pytest.raises(NetworkError, match="neither travel_time nor highway"):
        SpatialNetwork.from_networkx(graph, crs=4326)
    graph.edges[0, 1]["highway"] = "busway"
    with pytest.raises(NetworkError, match="no speed for road class busway; set travel_time"):
        SpatialNetwork.from_networkx(graph, crs=4326)


def test_a_graph_without_edges():
    graph = nx.MultiDiGraph(crs=4326)
    graph.add_node(3, x=116.0, y=40.0)
    network = SpatialNetwork.from_networkx(graph)
    assert (len(network.nodes), len(network.edges)) == (1, 0)
    assert len(network.to_networkx()) == 1


def test_shenzhen_of_osmnx(shared):
    import osmnx

    graph = osmnx.load_graphml(shared("osm/real/shenzhen.graphml"))
    with pytest.raises(NetworkError, match="no speed for road class cycleway, footway"):
        SpatialNetwork.from_networkx(graph)
    network = SpatialNetwork.from_networkx(graph, speed_kmh=5)
    assert (len(network.nodes), len(network.edges)) == (1751, 4009)
    lengths = nx.get_edge_attributes(graph, "length")
    assert network.edges["length_m"].to_dict() == pytest.approx(lengths)


def test_igraph_holds_the_same_edges_and_columns(network):
    graph = network.to_igraph()
    assert graph.is_directed()
    assert graph.vs["node"] == [7, 8]
    ends = [(graph.vs[e.source]["node"], graph.vs[e.target]["node"]) for e in graph.es]
    assert ends == [(7, 8), (8, 8), (7, 8)]
    assert graph.es["time_s"] == [512.5, 90.0, 600.0]
    assert graph.es["lanes"] == [4, None, None]
    assert graph.distances(0, 1, weights="time_s") == [[512.5]]
    assert "geometry" not in graph.es.attributes()
