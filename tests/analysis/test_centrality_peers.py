"""Straightness and local closeness of real streets against momepy, where it is installed."""

import networkx as nx
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from toolkit.analysis.centrality import centrality
from toolkit.networks.osm import read_osm_roads

EARTH_M = 6_371_008.8


@pytest.fixture(scope="module")
def momepy():
    return pytest.importorskip("momepy", reason="momepy is not installed")


@pytest.fixture(scope="module")
def streets(shared):
    """Some hundred junctions in the middle of Wuhan, every street both ways."""
    city = read_osm_roads(shared("osm/wuhan.osm.pbf"), "drive")
    x, y = city.nodes["x"].median(), city.nodes["y"].median()
    middle = city.clip(shapely.box(x - 0.015, y - 0.015, x + 0.015, y + 0.015))
    return middle.largest_component()


@pytest.fixture(scope="module")
def graph(streets):
    """The streets as momepy takes them: plane coordinates, true to scale, lengths in whole mm."""
    x, y = streets.nodes["x"].to_numpy(), streets.nodes["y"].to_numpy()
    plane = f"+proj=aeqd +R={EARTH_M} +lon_0={x.mean()} +lat_0={y.mean()} +units=m"
    east, north = Transformer.from_crs("EPSG:4326", plane, always_xy=True).transform(x, y)
    rows = streets.compressed("length_m")
    graph = nx.DiGraph()
    graph.add_nodes_from(
        (node, {"x": e, "y": n}) for node, e, n in zip(rows.node_ids, east, north, strict=True)
    )
    for tail, head, weight in zip(rows.tails, rows.indices, rows.weight_ms, strict=True):
        u, v = rows.node_ids[tail], rows.node_ids[head]
        if u != v and not (graph.has_edge(u, v) and graph[u][v]["length"] <= weight / 1000):
            graph.add_edge(u, v, length=weight / 1000)
    return graph


def test_straightness_agrees_with_momepy(momepy, streets, graph):
    places = nx.relabel_nodes(
        graph, {node: (data["x"], data["y"]) for node, data in graph.nodes(data=True)}
    )
    peer = momepy.straightness_centrality(places, weight="length", normalized=True)
    expected = [
        peer.nodes[(data["x"], data["y"])]["straightness"] for _, data in graph.nodes(data=True)
    ]
    found = centrality(streets, ["straightness"], weight="length_m")
    assert len(expected) > 300
    np.testing.assert_allclose(found.nodes["straightness"], expected, rtol=1e-6)


@pytest.mark.parametrize("radius", [400.0, 1000.0])
def test_local_closeness_agrees_with_momepy(momepy, streets, graph, radius):
    peer = momepy.closeness_centrality(graph, weight="length", radius=radius, distance="length")
    expected = np.array([peer.nodes[node]["closeness"] for node in graph])
    found = centrality(streets, ["reach", "farness"], weight="length_m", radius=radius)
    reach, farness = found.nodes["reach"].to_numpy(), found.nodes["farness"].to_numpy()
    # momepy's factor is over the whole network
    local = np.divide(reach**2, farness, out=np.zeros(len(reach)), where=farness > 0)
    np.testing.assert_allclose(local / (len(reach) - 1), expected, rtol=1e-9)
