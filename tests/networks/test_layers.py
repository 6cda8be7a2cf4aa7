"""Roads as a layer and back: a two-way road is drawn once and driven twice.

1 ══════ 2 ─────> 3      1-2 two-way, 2->3 one-way, and a second road 1-2 (slower)
1 ┄┄┄┄┄┄ 2
"""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from toolkit.errors import InputFileError
from toolkit.networks.layers import network_from_lines, roads_layer
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork


@pytest.fixture
def network():
    nodes = gpd.GeoDataFrame(
        index=[1, 2, 3],
        geometry=gpd.points_from_xy([116.0, 116.1, 116.2], [40.0, 40.0, 40.0]),
        crs=4326,
    )
    edges = pd.DataFrame(
        {
            "u": [1, 2, 2, 1, 2],
            "v": [2, 1, 3, 2, 1],
            "key": [0, 0, 0, 1, 1],
            "time_s": [300.0, 300.0, 310.0, 500.0, 500.0],
            "highway": ["primary", "primary", "primary", "tertiary", "tertiary"],
        }
    )
    return SpatialNetwork.from_geodataframes(nodes, edges, name="n", source="s")


def test_each_road_is_drawn_once(network):
    layer = roads_layer(network)
    assert layer[["u", "v", "oneway", "highway"]].to_numpy().tolist() == [
        [1, 2, False, "primary"],
        [2, 3, True, "primary"],
        [1, 2, False, "tertiary"],
    ]
    assert layer["edge_id"].is_unique
    assert layer["speed_kmh"].iloc[0] == pytest.approx(
        layer["length_m"].iloc[0] / 300 * 3.6, abs=0.05
    )


def test_directions_that_differ_by_a_signal_are_one_road(network):
    slower = network.edges.index == (2, 1, 0)
    edges = network.edges.assign(time_s=network.edges["time_s"].mask(slower, 312.0))
    layer = roads_layer(SpatialNetwork(network.nodes, edges))
    primary = layer[(layer["u"] == 1) & (layer["highway"] == "primary")]
    assert primary["oneway"].tolist() == [False]
    assert primary["time_s"].tolist() == [306.0]


def test_two_one_way_roads_stay_two(network):
    edges = network.edges.assign(oneway=True)
    assert roads_layer(SpatialNetwork(network.nodes, edges))["oneway"].tolist() == [True] * 5


def test_measures_of_the_two_directions_add_up(network):
    flow = pd.DataFrame({"flow": [1.0, 2.0, 4.0, 8.0, 16.0]}, index=network.edges.index)
    layer = roads_layer(network, sums=flow)
    by_road = layer.set_index(["u", "v", "highway"])["flow"]
    stored = flow["flow"]
    assert by_road[(1, 2, "primary")] == stored[(1, 2, 0)] + stored[(2, 1, 0)]
    assert by_road[(2, 3, "primary")] == stored[(2, 3, 0)]
    assert by_road[(1, 2, "tertiary")] == stored[(1, 2, 1)] + stored[(2, 1, 1)]


def test_layer_and_back_gives_the_same_times(network):
    back = network_from_lines(roads_layer(network), name="n", source="s")
    assert sorted(back.csr.weight_ms) == sorted(network.csr.weight_ms)
    assert set(back.nodes.index) == {1, 2, 3}
    assert sorted(back.edges.index.droplevel("key")) == sorted(network.edges.index.droplevel("key"))


def test_schematic_network_survives_the_round_trip():
    roads = schematic_roads()
    back = network_from_lines(roads_layer(roads), name="n", source="s")
    assert back.schematic
    assert len(back.edges) == len(roads.edges)
    assert back.edges["time_s"].sum() == pytest.approx(roads.edges["time_s"].sum(), rel=1e-5)


def test_a_line_drawn_in_qgis_needs_no_attributes():
    drawn = gpd.GeoDataFrame(geometry=[LineString([(116, 40), (116.1, 40)])], crs=4326).to_crs(
        32650
    )
    made = network_from_lines(drawn, name="new", source="drawn", default_speed_kmh=60)
    assert len(made.edges) == 2
    assert (made.edges["length_m"] / made.edges["time_s"] * 3.6).round(3).eq(60).all()


def test_what_is_not_a_road_layer_is_refused():
    with pytest.raises(InputFileError, match="no CRS"):
        network_from_lines(gpd.GeoDataFrame(geometry=[Point(0, 0)]), name="", source="x.gpkg")
    with pytest.raises(InputFileError, match=r"x\.gpkg: the layer holds no lines"):
        network_from_lines(
            gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=4326), name="", source="x.gpkg"
        )
