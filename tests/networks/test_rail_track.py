"""Railway track: drawn tracks and stations, and known distances on a real extract."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from toolkit.errors import InputFileError
from toolkit.networks.geodesy import distances_m
from toolkit.networks.rail_track import read_osm_rail, read_osm_rail_with_report

RAIL = {"railway": "rail", "usage": "main"}
STATION = {"railway": "station"}


def by_ends(network, column):
    return {(u, v): value for (u, v, _), value in network.edges[column].items()}


def kilometres(network, origin, destination):
    """Shortest way between two stations given by name."""
    stations = network.nodes[network.nodes["is_station"]]
    ids = [stations.index[stations["name_zh"] == name] for name in (origin, destination)]
    assert [len(found) for found in ids] == [1, 1]
    u, v = (network.nodes.index.get_indexer(network.edges.index.get_level_values(e)) for e in "uv")
    metres = network.edges["length_m"].to_numpy()
    order = np.argsort(-metres, kind="stable")
    count = len(network.nodes)
    # of parallel tracks the shortest is kept, where a sparse matrix would add them up
    _, last = np.unique((u * count + v)[order][::-1], return_index=True)
    pick = order[::-1][last]
    graph = csr_matrix((metres[pick], (u[pick], v[pick])), shape=(count, count))
    start, end = (network.nodes.index.get_loc(found[0]) for found in ids)
    return dijkstra(graph, indices=start)[end] / 1000


# A double line along the equator, 1.1 m apart, joined by a crossover 3 - 7; a station near the
# middle of both tracks, a siding, and a metro.
#
#   1 ------ 2 ---- 3 ------ 4
#                9   \
#   5 ------ 6 ------ 7 ---- 8
NODES = {
    1: (116.0, 0.00001), 2: (116.1, 0.00001), 3: (116.2, 0.00001), 4: (116.3, 0.00001),
    5: (116.0, 0.0), 6: (116.1, 0.0), 7: (116.201, 0.0), 8: (116.3, 0.0),
    9: (116.15, 0.00005), 10: (116.15, 0.01), 11: (116.3, 0.005), 12: (118, 1),
}  # fmt: skip
WAYS = [
    ([1, 2, 3, 4], RAIL | {"maxspeed": "200", "name": "甲线", "electrified": "contact_line"}),
    ([5, 6, 7, 8], RAIL | {"highspeed": "yes"}),
    ([3, 7], {"railway": "rail", "service": "crossover"}),
    ([6, 10], {"railway": "rail", "service": "siding"}),
    ([1, 10], {"railway": "subway"}),
    ([4, 10], RAIL | {"usage": "industrial"}),
]
TAGS = {
    9: STATION | {"name": "中站", "name:en": "Middle"},
    10: STATION | {"name": "地铁", "station": "subway"},
    11: {"railway": "halt", "name": "东站", "name:zh": "东"},
    12: STATION | {"name": "远"},
}


@pytest.fixture
def rail(draw_osm):
    return read_osm_rail_with_report(draw_osm(NODES, WAYS, node_tags=TAGS))


def test_tracks_run_both_ways_between_switches_and_stations(rail):
    network, _ = rail
    tracks = network.edges[network.edges["railway"] == "rail"]
    assert sorted((u, v) for u, v, _ in tracks.index if u < v) == [
        (-2, 5), (-2, 7), (-1, 1), (-1, 3), (3, 4), (3, 7), (7, 8),
    ]  # fmt: skip
    assert {(v, u) for u, v, _ in tracks.index} == {(u, v) for u, v, _ in tracks.index}


def test_stations_are_joined_to_the_tracks_beside_them(rail):
    network, report = rail
    links = network.edges[network.edges["railway"] == "station_link"]
    assert {(u, v) for u, v, _ in links.index if u > v} == {(9, -1), (9, -2), (11, 4)}
    stations = network.nodes[network.nodes["is_station"]]
    assert stations["name_zh"].to_dict() == {9: "中站", 11: "东"}
    assert stations.loc[9, "name_en"] == "Middle"
    foot = network.nodes.loc[-2]
    assert (foot["x"], foot["y"]) == pytest.approx((116.15, 0.0))
    straight = distances_m(116.15, 0.00005, foot["x"], foot["y"])
    assert by_ends(network, "length_m")[9, -2] == pytest.approx(float(straight))
    assert (report.stations, report.stations_far, report.ways_left_out) == (2, 1, 2)
    assert report.lines == (
        "2 stations on 3 ways of track",
        "2 ways of sidings, yards or industry left out",
        "1 stations without track near them, left out",
    )


def test_times_are_at_line_speed(rail):
    network, _ = rail
    kmh = {
        edge: network.edges["length_m"].loc[(*edge, 0)] / seconds * 3.6
        for edge, seconds in by_ends(network, "time_s").items()
    }
    assert kmh[1, -1] == pytest.approx(200)  # tagged
    assert kmh[5, -2] == pytest.approx(250)  # highspeed
    assert kmh[3, 7] == pytest.approx(80)  # neither
    assert kmh[9, -1] == pytest.approx(30)  # link
    edge = network.edges.loc[(1, -1, 0)]
    assert (edge["name"], edge["electrified"], edge["usage"]) == ("甲线", "contact_line", "main")
    assert not edge["highspeed"]


def test_cutting_keeps_the_length_of_the_tracks(draw_osm):
    plain = read_osm_rail(draw_osm(NODES, WAYS))
    cut = read_osm_rail(draw_osm(NODES, WAYS, node_tags=TAGS), merge=False)
    tracks = cut.edges[cut.edges["railway"] == "rail"]
    assert tracks["length_m"].sum() == pytest.approx(plain.edges["length_m"].sum())
    assert len(cut.nodes) > len(plain.nodes)


def test_a_station_on_a_node_of_the_track_gets_a_short_link(draw_osm):
    nodes = {1: (116.0, 0.0), 2: (116.1, 0.0), 3: (116.2, 0.0)}
    drawn = [([1, 2, 3], RAIL)]
    network = read_osm_rail(draw_osm(nodes, drawn, node_tags={3: STATION | {"name": "端"}}))
    assert network.nodes["is_station"].sum() == 1
    assert kilometres(network, "端", "端") == 0
    ends = [len(network.nodes), len(network.edges)]
    assert ends == [2, 2]


def test_a_file_without_track_is_named(draw_osm):
    with pytest.raises(InputFileError, match=r"drawn\.osm: no main railway track"):
        read_osm_rail(draw_osm(NODES, WAYS[3:5]))


DISTANCES_KM = [
    ("北京南", "天津", 118.3),
    ("北京西", "石家庄", 280.6),
    ("北京朝阳", "承德南", 190.6),
    ("北京", "承德", 250.3),
    ("北京北", "张家口", 175.2),
    ("清河", "张家口", 164.0),
    ("北京西", "保定东", 138.7),
    ("北京南", "沧州西", 209.7),
    ("北京南", "廊坊", 59.3),
    ("北京西", "雄安", 106.3),
    ("北京丰台", "衡水", 270.8),
    ("北京西", "邢台东", 384.1),
    ("北京西", "邯郸东", 437.0),
]


def test_distances_in_jing_jin_ji_are_the_documented_ones(shared):
    network, report = read_osm_rail_with_report(shared("osm/jing-jin-ji.osm.pbf"))
    for origin, destination, documented in DISTANCES_KM:
        assert kilometres(network, origin, destination) == pytest.approx(documented, rel=0.01)
    assert report.components == 22
    assert report.largest_share == pytest.approx(0.9983, abs=0.0005)
    assert network.nodes.loc[network.nodes["is_station"], "name_zh"].eq("天津").sum() == 1
