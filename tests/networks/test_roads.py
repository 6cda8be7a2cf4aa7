"""Schematic roads: reference distances from Beijing, the Gabriel graph, opening years."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.networks.roads import gabriel_pairs, schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.sources import reference

# Kilometres of the shortest and fastest way, and minutes of the fastest, from Beijing: as computed
# by an independent program from the same table of roads.
FROM_BEIJING = pd.DataFrame(
    [
        ("120000", 128.812, 130.470, 87.616),
        ("130100", 290.065, 294.287, 190.129),
        ("130800", 232.482, 239.027, 172.856),
        ("130700", 194.473, 195.343, 131.013),
    ],
    columns=["adcode", "shortest_km", "fastest_km", "fastest_min"],
)
ADCODES = {
    "Tianjin": "120000",
    "Shijiazhuang": "130100",
    "Tangshan": "130200",
    "Qinhuangdao": "130300",
    "Handan": "130400",
    "Xingtai": "130500",
    "Baoding": "130600",
    "Zhangjiakou": "130700",
    "Chengde": "130800",
    "Cangzhou": "130900",
    "Langfang": "131000",
    "Hengshui": "131100",
    "Xiongan (New Area)": "130629",
}
BOHAI = shapely.Polygon(
    [
        (117.78, 38.98),
        (117.95, 39.12),
        (118.3, 39.1),
        (119.0, 39.1),
        (119.4, 39.4),
        (119.7, 39.8),
        (120.0, 38.4),
        (118.3, 38.2),
        (117.9, 38.3),
        (117.68, 38.65),
        (117.7, 38.9),
    ]
)


@pytest.fixture(scope="module")
def roads():
    return schematic_roads()


def from_beijing(roads: SpatialNetwork) -> pd.DataFrame:
    """Kilometres and minutes to each place by networkx, an independent Dijkstra."""
    import networkx as nx

    graph = roads.to_networkx()
    place = roads.nodes.reset_index().set_index("place_id")["node"]
    shortest = nx.single_source_dijkstra_path_length(graph, place["c110000"], weight="length")
    time, path = nx.single_source_dijkstra(graph, place["c110000"], weight="travel_time")
    of_path = {
        node: sum(
            min(graph[u][v].values(), key=lambda edge: edge["travel_time"])["length"]
            for u, v in pairwise(nodes)
        )
        for node, nodes in path.items()
    }
    reached = roads.nodes[["place_id", "adcode", "kind"]].assign(
        shortest_km=pd.Series(shortest) / 1000,
        fastest_km=pd.Series(of_path) / 1000,
        fastest_min=pd.Series(time) / 60,
    )
    seats = reached["kind"].isin(["municipality", "prefecture seat", "new area"])
    return reached[seats].set_index("adcode")


def test_distances_and_times_from_beijing_equal_published_ones(roads):
    reached = from_beijing(roads).loc[FROM_BEIJING["adcode"]]
    for column in ("shortest_km", "fastest_km", "fastest_min"):
        assert reached[column].to_numpy() == pytest.approx(FROM_BEIJING[column], rel=0.005)


def test_all_thirteen_cities_equal_the_reference_table(roads, shared):
    table = pd.read_csv(shared("road/validation_beijing.csv"))
    reached = from_beijing(roads).loc[table["city"].map(ADCODES)]
    assert len(reached) == 13
    for column in ("shortest_km", "fastest_km", "fastest_min"):
        assert reached[column].to_numpy() == pytest.approx(table[column], rel=0.006)


def test_there_are_as_many_places_and_links_as_in_the_reference(roads):
    assert len(roads.nodes) == 493
    ends = {frozenset(edge[:2]) for edge in roads.edges.index}
    assert len(ends) == 1284
    assert (roads.edges["road_class"] == "local link").sum() == 2 * 460


def test_every_road_runs_both_ways_and_the_network_is_connected(roads):
    edges = roads.edges.reset_index()
    forth = edges.sort_values(["u", "v", "line_id", "length_m"])
    back = edges.rename(columns={"u": "v", "v": "u"}).sort_values(["u", "v", "line_id", "length_m"])
    assert np.array_equal(forth["time_s"], back["time_s"])
    assert len(roads.largest_component().nodes) == 493


def test_it_says_that_it_is_schematic_and_of_when(roads):
    assert roads.schematic
    assert "schematic" in roads.source
    assert (roads.edges["source"] == "schematic").all()
    assert roads.data_date == "2024-12-31"
    assert schematic_roads(2010).data_date == "2010-12-31"


@pytest.mark.parametrize(
    ("road_class", "highway", "kmh"),
    [
        ("urban expressway", "trunk", 60),
        ("national highway", "primary", 70),
        ("provincial highway", "secondary", 55),
        ("local link", "unclassified", 40),
    ],
)
def test_speeds_and_osm_classes_follow_the_class(roads, road_class, highway, kmh):
    of_class = roads.edges[roads.edges["road_class"] == road_class]
    assert set(of_class["highway"]) == {highway}
    speed = of_class["length_m"] / of_class["time_s"] * 3.6
    assert speed.to_numpy() == pytest.approx(np.full(len(of_class), kmh))


def test_expressways_run_at_their_design_speed_but_at_most_at_100(roads):
    expressways = roads.edges[roads.edges["road_class"] == "expressway"]
    speed = expressways["length_m"] / expressways["time_s"] * 3.6
    assert set(speed.round(6)) == {60.0, 80.0, 90.0, 100.0}
    assert set(expressways["highway"]) == {"motorway"}
    fifth_ring = speed[expressways["line_id"] == "S50"]
    assert set(fifth_ring.round(6)) == {90.0}


def test_local_links_are_short_and_join_no_two_places_twice(roads):
    local = roads.edges[roads.edges["road_class"] == "local link"]
    others = roads.edges[roads.edges["road_class"] != "local link"]
    assert local["length_m"].max() <= 45_000 * 1.3
    pairs = {frozenset(edge[:2]) for edge in local.index}
    assert not pairs & {frozenset(edge[:2]) for edge in others.index}
    assert len(pairs) * 2 == len(local)


@pytest.mark.parametrize("year", [None, 1980, 2000, 2010])
def test_no_local_link_crosses_the_sea(year):
    roads = schematic_roads(year)
    wet = roads.edges[(roads.edges["road_class"] == "local link") & roads.edges.intersects(BOHAI)]
    ends = {roads.nodes["place_id"][node] for edge in wet.index for node in edge[:2]}
    # The port of Caofeidian stands at the end of a causeway.
    assert ends <= {"p_caofeidianport", "c130209"}


def test_roads_opened_later_are_left_out():
    sections = reference.road_sections()
    earlier = schematic_roads(2000).edges
    assert earlier["opened"].max() == 2000
    assert earlier["opened"].isna().any()
    drawn = earlier[earlier["road_class"] != "local link"]
    assert len(drawn) == 2 * (~(sections["opened"] > 2000).fillna(False)).sum()
    # The Beijing-Xiong'an expressway opened in 2021-2023.
    assert not (earlier["line_id"] == "JXG").any()


def test_earlier_roads_are_slower():
    now, then = (from_beijing(schematic_roads(year))["fastest_min"] for year in (None, 2000))
    assert (then >= now - 1e-9).all()
    assert then["130629"] > now["130629"] + 5


def test_lengths_are_estimated_where_the_table_has_none(monkeypatch):
    sections = reference.road_sections().query("line_id == 'S50T'").assign(length_km=np.nan)
    monkeypatch.setattr(reference, "road_sections", lambda as_of=None: sections)
    edges = schematic_roads().edges.query("line_id == 'S50T'")
    ends = np.array([[*line.coords[0], *line.coords[-1]] for line in edges.geometry])
    from pyproj import Geod

    straight = Geod(ellps="WGS84").inv(*ends.T)[2]
    assert edges["length_m"].to_numpy() == pytest.approx(1.1 * straight)


def test_gabriel_graph_of_a_square_with_its_centre():
    #  3---2     the centre hides the corners of a diagonal from each other;
    #  | 4 |     on the sides' circles it lies exactly, which hides nothing
    #  0---1
    pairs = gabriel_pairs([(0, 0), (2, 0), (2, 2), (0, 2), (1, 1)])
    assert pairs.tolist() == [[0, 1], [0, 3], [0, 4], [1, 2], [1, 4], [2, 3], [2, 4], [3, 4]]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 97), st.integers(0, 89)), min_size=4, max_size=25, unique=True
    )
)
def test_gabriel_graph_equals_its_definition(points):
    xy = np.array(points, dtype=float) + np.random.default_rng(1).uniform(0, 0.3, (len(points), 2))
    expected = []
    for i in range(len(xy)):
        for j in range(i + 1, len(xy)):
            others = np.delete(xy, [i, j], axis=0)
            distance = np.linalg.norm(others - (xy[i] + xy[j]) / 2, axis=1)
            if (distance >= np.linalg.norm(xy[i] - xy[j]) / 2).all():
                expected.append([i, j])
    assert gabriel_pairs(xy).tolist() == expected
