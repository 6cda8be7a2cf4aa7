"""What is published of the centrality of the roads."""

from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.analysis.centrality import centrality
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.publish.structure.centrality import centrality_topic


@pytest.fixture(scope="module")
def inputs():
    return SimpleNamespace(roads=schematic_roads())


def findings_of(inputs, *measures):
    return SimpleNamespace(centrality=centrality(inputs.roads, measures, threads=1))


def test_the_busiest_roads_are_named_once_each(inputs):
    topic = centrality_topic(inputs, findings_of(inputs, "betweenness"))
    table = topic.shown[0].frame
    assert len(table) == 10
    assert table["betweenness"].is_monotonic_decreasing
    assert not table["ref"].where(table["ref"] != "", table["name"]).duplicated().any()
    first = table.iloc[0]
    assert f"{first['ref']} ({100 * first['share_of_pairs']:.1f} %)" in topic.reading[0].en
    assert f"{first['ref']} ({100 * first['share_of_pairs']:.1f} %)" in topic.reading[0].zh


def test_shares_are_of_all_pairs_of_junctions():
    # four junctions in a row: of 12 ordered pairs, 8 cross the road in the middle
    nodes = gpd.GeoDataFrame(
        index=range(4),
        geometry=gpd.points_from_xy([116.0, 116.1, 116.2, 116.3], [40.0] * 4),
        crs=4326,
    )
    edges = pd.DataFrame({"u": [0, 1, 1, 2, 2, 3], "v": [1, 0, 2, 1, 3, 2]})
    edges = edges.assign(time_s=60.0, ref=["A", "A", "B", "B", "C", "C"], highway="primary")
    roads = SpatialNetwork.from_geodataframes(nodes, edges)
    inputs = SimpleNamespace(roads=roads)
    table = centrality_topic(inputs, findings_of(inputs, "betweenness")).tables["busiest_roads"]
    assert dict(zip(table["ref"], table["share_of_pairs"], strict=True)) == pytest.approx(
        {"B": 8 / 12, "A": 6 / 12, "C": 6 / 12}
    )


def test_the_map_shows_both_directions_of_a_road_together(inputs):
    found = findings_of(inputs, "betweenness")
    topic = centrality_topic(inputs, found)
    roads = topic.maps[0].layers["road_centrality"]
    assert roads["betweenness"].sum() == pytest.approx(
        found.centrality.edges["betweenness"].sum(), rel=1e-12
    )
    assert "493 junctions" in topic.reading[1].en
    assert "schematic" in topic.reading[1].en


def test_nothing_is_published_of_what_was_not_asked_for(inputs):
    assert centrality_topic(inputs, SimpleNamespace(centrality=None)) is None
    assert centrality_topic(inputs, findings_of(inputs, "closeness")) is None
    assert centrality_topic(SimpleNamespace(roads=None), findings_of(inputs, "reach")) is None
