"""Cutting edges changes no way and no time."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from toolkit.analysis.kernels.shortest_paths import shortest_times_many
from toolkit.errors import NetworkError
from toolkit.networks.chains import merge_chains
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.subdivision import subdivided


def road(**columns):
    """A two-way road of about 11 km, drawn with a bend, and a one-way motorway beside it."""
    nodes = gpd.GeoDataFrame(
        index=[1, 2], geometry=gpd.points_from_xy([116.0, 116.0], [40.0, 40.1], crs=4326)
    )
    bent = shapely.LineString([(116, 40), (116.001, 40.05), (116, 40.1)])
    edges = gpd.GeoDataFrame(
        {"u": [1, 2, 1], "v": [2, 1, 2], "key": [0, 0, 1], "time_s": [600.0, 660.0, 400.0]},
        geometry=[bent, bent.reverse(), shapely.LineString([(116, 40), (116, 40.1)])],
        crs=4326,
    )
    edges["highway"] = ["primary", "primary", "motorway"]
    return SpatialNetwork.from_geodataframes(nodes, edges.assign(**columns))


def times(network, nodes):
    graph = network.csr
    rows = graph.positions(nodes)
    return shortest_times_many(graph.indptr, graph.indices, graph.weight_ms, rows)[:, rows]


def test_both_directions_pass_the_same_new_nodes():
    finer = subdivided(road(), 3_000)
    assert len(finer.nodes) == 2 + 3
    assert (1, 2, 0) in finer.edges.index  # the motorway is left whole
    assert finer.edges.loc[(1, 2, 0), "time_s"] == 400
    there = finer.edges.reset_index().iloc[1:5][["u", "v"]].to_numpy().tolist()
    back = finer.edges.reset_index().iloc[5:][["v", "u"]].to_numpy().tolist()
    assert there == back[::-1]
    assert finer.nodes["y"].loc[3:].to_numpy() == pytest.approx([40.025, 40.05, 40.075], abs=1e-4)
    for (u, v, _), line in finer.edges.geometry.items():
        ends = shapely.get_coordinates(line)[[0, -1]]
        assert ends == pytest.approx(finer.nodes.loc[[u, v], ["x", "y"]].to_numpy(), abs=1e-12)
    assert finer.edges["length_m"].sum() == pytest.approx(road().edges["length_m"].sum())


def test_what_is_met_at_the_head_stays_there():
    finer = subdivided(road(delay_s=[60.0, 0.0, 0.0], signals=[3, 0, 0]), 6_000)
    parts = finer.edges.loc[[(1, 3, 0), (3, 2, 0)]]
    assert parts["time_s"].tolist() == [270, 330]
    assert parts["delay_s"].tolist() == [0, 60]
    assert parts["signals"].tolist() == [0, 3]


@pytest.mark.parametrize("longest_m", [7_000, 20_000])
def test_times_between_old_nodes_stay_the_same_to_the_millisecond(longest_m):
    roads = schematic_roads()
    cities = roads.nodes.index[::60]
    finer = subdivided(roads, longest_m)
    assert (times(finer, cities) == times(roads, cities)).all()
    assert finer.edges["length_m"].max() <= longest_m * (1 + 1e-9)


def test_merging_chains_puts_the_parts_together_again():
    roads = road()
    again = merge_chains(subdivided(roads, 1_500), keep=[1, 2])
    assert again.nodes.index.tolist() == [1, 2]
    assert sorted(again.edges["time_s"]) == pytest.approx([400, 600, 660])


def test_main_roads_of_a_region(shared):
    roads = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf"))
    finer = subdivided(roads, 6_000)
    some = roads.nodes.index[::70]
    assert (times(finer, some) == times(roads, some)).all()
    assert len(finer.edges) == pytest.approx(
        np.ceil(roads.edges["length_m"] / 6_000)[roads.edges["highway"] != "motorway"].sum()
        + (roads.edges["highway"] == "motorway").sum()
    )
    assert pd.Index(finer.nodes.index).is_unique


def test_nothing_to_cut():
    assert subdivided(road(), 1e6).edges.equals(road().edges)
    with pytest.raises(NetworkError, match="parts of 0 m"):
        subdivided(road(), 0)
