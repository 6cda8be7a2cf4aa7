"""The network itself: what it refuses, its compressed rows, components, snapping."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from toolkit.errors import NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

GEOD = Geod(ellps="WGS84")


def towns():
    """Four towns a tenth of a degree apart, and a lone one."""
    #  10 --- 20 --- 30      50
    #          |
    #         40
    return gpd.GeoDataFrame(
        {"town": ["west", "middle", "east", "south", "lone"]},
        index=[10, 20, 30, 40, 50],
        geometry=gpd.points_from_xy(
            [116.0, 116.1, 116.2, 116.1, 117.0], [40.0, 40.0, 40.0, 39.9, 40.0], crs=4326
        ),
    )


def links():
    """Both ways 10-20 and 20-30 (two roads 20-30), one way 20 to 40."""
    return pd.DataFrame(
        [
            (20, 30, 300.0),
            (10, 20, 600.0),
            (20, 10, 660.0),
            (20, 30, 240.0),
            (30, 20, 300.0),
            (20, 40, 0.0004),
        ],
        columns=["u", "v", "time_s"],
    )


@pytest.fixture
def network():
    return SpatialNetwork.from_geodataframes(towns(), links(), name="towns", source="test")


def test_tables_follow_the_contract(network):
    assert network.nodes.index.name == "node"
    assert network.nodes.index.dtype == np.int64
    assert network.nodes.columns.tolist() == ["x", "y", "town", "geometry"]
    assert network.edges.index.names == ["u", "v", "key"]
    assert network.edges.columns.tolist() == [
        "geometry", "length_m", "time_s", "highway", "name", "ref", "maxspeed_kmh", "lanes",
        "oneway", "bridge", "tunnel", "source",
    ]  # fmt: skip
    assert network.nodes.crs == network.edges.crs == "EPSG:4326"
    assert network.edges[["highway", "lanes", "oneway", "source"]].isna().all(axis=None)


def test_parallel_edges_are_numbered(network):
    assert network.edges.index.tolist()[0] == (20, 30, 0)
    assert network.edges.index.tolist()[3] == (20, 30, 1)


def test_lines_are_straight_and_measured_on_the_ellipsoid(network):
    line = network.edges.geometry[10, 20, 0]
    assert line.equals(shapely.LineString([(116.0, 40.0), (116.1, 40.0)]))
    expected = GEOD.inv(116.0, 40.0, 116.1, 40.0)[2]
    assert network.edges["length_m"][10, 20, 0] == pytest.approx(expected, abs=1e-6)


def test_given_lines_and_lengths_are_kept():
    bent = shapely.LineString([(116.0, 40.0), (116.05, 40.05), (116.1, 40.0)])
    edges = gpd.GeoDataFrame(
        {"u": [10], "v": [20], "time_s": [1], "road": [bent]}, geometry="road", crs=4326
    )
    measured = SpatialNetwork.from_geodataframes(towns(), edges).edges.iloc[0]
    assert measured.geometry.equals(bent)
    assert measured["length_m"] == pytest.approx(GEOD.geometry_length(bent))
    stated = SpatialNetwork.from_geodataframes(towns(), edges.assign(length_m=7)).edges
    assert stated["length_m"].tolist() == [7.0]


def test_other_reference_systems_are_reprojected():
    projected = towns().to_crs(32650)
    network = SpatialNetwork.from_geodataframes(projected, links())
    assert network.nodes["x"].to_numpy() == pytest.approx(towns().geometry.x.to_numpy(), abs=1e-8)
    assert network.nodes.crs == "EPSG:4326"


def test_inputs_are_left_as_they_were():
    nodes, edges = towns(), links()
    SpatialNetwork.from_geodataframes(nodes, edges)
    pd.testing.assert_frame_equal(nodes, towns())
    pd.testing.assert_frame_equal(edges, links())


def test_rail_edges_need_no_highway():
    edges = links().assign(railway="rail")
    columns = SpatialNetwork.from_geodataframes(towns(), edges).edges.columns
    assert "railway" in columns
    assert "highway" not in columns


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (pd.DataFrame, "not a GeoDataFrame"),
        (lambda n: n.set_crs(None, allow_override=True), "nodes have no CRS"),
        (lambda n: n.set_index("town"), "not integers"),
        (lambda n: n.set_axis([10, 20, 30, 30, 50]), "node ids repeat: 30"),
        (lambda n: n.set_geometry(n.buffer(0.1)), "nodes without a point: 10, 20"),
        (lambda n: n.set_geometry(n.geometry.where(n.index != 50)), "without a point: 50"),
        (lambda n: n.drop(index=[30, 40]), r"unknown nodes: \(20, 30, 0\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_wrong_nodes_are_refused(nodes, message):
    with pytest.raises(NetworkError, match=message):
        SpatialNetwork.from_geodataframes(nodes(towns()), links())


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (lambda e: e.drop(columns="v"), "edges have no v"),
        (lambda e: e.drop(columns=["u", "v"]), "edges have no u and no v"),
        (lambda e: e.drop(columns="time_s"), "no column 'time_s'"),
        (lambda e: e.assign(time_s=[1, 0, 1, 1, 1, 1]), r"time_s .* 1 of 6 edges: \(10, 20, 0\)"),
        (lambda e: e.assign(time_s=[1, 1, -1, 1, 1, 1]), r"\(20, 10, 0\)"),
        (lambda e: e.assign(time_s=[1, 1, 1, np.nan, 1, 1]), r"\(20, 30, 1\)"),
        (lambda e: e.assign(time_s=[1, 1, 1, np.inf, 1, 1]), r"\(20, 30, 1\)"),
        (lambda e: e.assign(length_m=[1, 1, 1, 1, 1, 0]), r"length_m .*\(20, 40, 0\)"),
        (lambda e: e.assign(key=0), r"edges repeat: \(20, 30, 0\)"),
        (lambda e: e.assign(u="a"), "'u' holds no integers"),
        (lambda e: e.assign(lanes="two"), "'lanes' is not Int64"),
        (lambda e: gpd.GeoDataFrame(e, geometry=gpd.points_from_xy(e.u, e.v)), "edges have no CRS"),
        (
            lambda e: gpd.GeoDataFrame(e, geometry=gpd.points_from_xy(e.u, e.v), crs=4326),
            "not a LineString",
        ),
    ],
)
def test_wrong_edges_are_refused(edges, message):
    with pytest.raises(NetworkError, match=message):
        SpatialNetwork.from_geodataframes(towns(), edges(links()))


def test_compressed_rows_are_sorted_by_tail(network):
    csr = network.csr
    assert csr.indptr.tolist() == [0, 1, 5, 6, 6, 6]
    assert csr.indices.tolist() == [1, 2, 0, 2, 3, 1]
    # Less than a millisecond is a millisecond: a step in no time could be repeated for ever.
    assert csr.weight_ms.tolist() == [600_000, 300_000, 660_000, 240_000, 1, 300_000]
    assert csr.edge_position.tolist() == [1, 0, 2, 3, 5, 4]
    assert csr.node_ids.tolist() == [10, 20, 30, 40, 50]
    assert csr.tails.tolist() == [0, 1, 1, 1, 1, 2]
    kinds = [csr.indptr, csr.indices, csr.weight_ms, csr.edge_position, csr.node_ids]
    assert [str(array.dtype) for array in kinds] == ["int64", "int32", "int32", "int64", "int64"]


def test_rows_of_nodes_by_id(network):
    assert network.csr.positions([40, 10]).tolist() == [3, 0]
    with pytest.raises(NetworkError, match="no such node: 7"):
        network.csr.positions([10, 7])


def test_compressed_rows_are_built_once(network):
    assert network.compressed() is network.csr
    assert network.csr is network.csr


def test_compressed_rows_by_another_column(network):
    by_length = network.compressed("length_m")
    expected = np.rint(network.edges["length_m"].to_numpy()[by_length.edge_position] * 1000)
    assert by_length.weight_ms.tolist() == expected.tolist()
    with pytest.raises(NetworkError, match="no column 'toll'; weigh by one of length_m, time_s"):
        network.compressed("toll")


def test_times_too_large_for_the_rows_are_named(network):
    slow = network.with_times([1, 1, 1, 1, 1, 2_147_484])
    with pytest.raises(NetworkError, match=r"time_s of \(20, 40, 0\) is above 2147484"):
        _ = slow.csr


def test_a_network_without_edges_has_empty_rows():
    empty = SpatialNetwork.from_geodataframes(towns(), links()[:0])
    assert empty.csr.indptr.tolist() == [0] * 6
    assert len(empty.largest_component().nodes) == 1


def test_largest_component_by_direction(network):
    strong = network.largest_component()
    assert strong.nodes.index.tolist() == [10, 20, 30]
    assert len(strong.edges) == 5
    weak = network.largest_component(strong=False)
    assert weak.nodes.index.tolist() == [10, 20, 30, 40]
    assert len(weak.edges) == 6
    assert (weak.name, weak.source) == ("towns", "test")


def test_of_equal_components_the_first_is_kept():
    apart = SpatialNetwork.from_geodataframes(towns(), links()[5:])
    assert apart.largest_component().nodes.index.tolist() == [10]


def test_reverse_turns_edges_and_lines(network):
    back = network.reverse()
    assert back.edges.index.names == ["u", "v", "key"]
    assert back.edges.index.tolist()[1] == (20, 10, 0)
    assert back.edges["time_s"].tolist() == network.edges["time_s"].tolist()
    assert back.edges.geometry.iloc[1].coords[0] == (116.1, 40.0)
    assert back.csr.indptr.tolist() == [0, 1, 3, 5, 6, 6]
    again = back.reverse()
    pd.testing.assert_frame_equal(pd.DataFrame(again.edges), pd.DataFrame(network.edges))


def test_clip_keeps_whole_edges_inside(network):
    part = network.clip(shapely.box(116.05, 39.95, 116.5, 40.5))
    assert part.nodes.index.tolist() == [20, 30]
    assert part.edges.index.tolist() == [(20, 30, 0), (20, 30, 1), (30, 20, 0)]


def test_with_times_checks_them(network):
    assert network.with_times([1] * 6).edges["time_s"].tolist() == [1.0] * 6
    assert network.edges["time_s"].tolist()[0] == 300.0
    with pytest.raises(NetworkError, match="time_s is not positive"):
        network.with_times([1, 1, 1, 1, 1, 0])


def test_snap_finds_the_nearest_node_on_the_ellipsoid(network):
    points = np.array([[116.16, 40.0], [116.1, 39.92], [120.0, 30.0]])
    ids, metres = network.snap(points)
    assert ids.tolist() == [30, 40, 50]
    ends = [(116.2, 40.0), (116.1, 39.9), (117.0, 40.0)]
    assert metres == pytest.approx([GEOD.inv(*p, *e)[2] for p, e in zip(points, ends, strict=True)])


def test_snap_agrees_with_every_distance(network):
    points = np.random.default_rng(3).uniform([115.5, 39.5], [117.5, 40.5], (200, 2))
    ids, metres = network.snap(points)
    x, y = network.nodes["x"].to_numpy(), network.nodes["y"].to_numpy()
    every = np.array([GEOD.inv(np.full(5, px), np.full(5, py), x, y)[2] for px, py in points])
    assert metres == pytest.approx(every.min(axis=1))
    assert ids.tolist() == network.nodes.index[every.argmin(axis=1)].tolist()


def test_snap_takes_points_in_any_reference_system(network):
    points = gpd.GeoSeries.from_xy([116.16], [40.0], crs=4326)
    here = network.snap(points)
    there = network.snap(points.to_crs(32650))
    assert here[0].tolist() == there[0].tolist() == [30]
    assert here[1] == pytest.approx(there[1], abs=1e-3)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (gpd.GeoSeries.from_xy([116.0], [40.0]), "points have no CRS"),
        ([(116.0, 40.0), (np.nan, 1.0)], "number 1"),
        ([(448000.0, 4400000.0)], "number 0"),
        ([116.0, 40.0], r"shape \(2,\)"),
    ],
)
def test_points_without_a_position_are_refused(network, points, message):
    with pytest.raises(NetworkError, match=message):
        network.snap(points)


def test_snapping_to_nothing_is_refused(network):
    with pytest.raises(NetworkError, match="no nodes"):
        network.subgraph([False] * 5).snap([(116.0, 40.0)])


def test_repr_states_the_facts(network):
    assert repr(network) == "SpatialNetwork('towns', 5 nodes, 6 edges, 53.8 km)"
    html = SpatialNetwork.from_geodataframes(
        towns(), links(), name="<b>", schematic=True
    )._repr_html_()
    assert "&lt;b&gt;" in html
    assert "schematic" in html
