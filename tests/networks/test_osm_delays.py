"""Signals, junctions, gates, bollards and ferries on roads drawn by hand."""

import pytest

from toolkit.networks.osm import read_osm_roads, read_osm_roads_with_report
from toolkit.networks.scenarios import with_scenario
from toolkit.networks.speeds import SPEEDS_TOML, load_speeds

PRIMARY = {"highway": "primary"}
SIGNALS = {"highway": "traffic_signals"}


def by_ends(network, column):
    return {(u, v): value for (u, v, _), value in network.edges[column].items()}


# A crossing with a stop line on each of three arms, 22 to 26 m before its middle:
#
#        1
#        2 (signals)
#   5 -- 7 (signals) -- 3
#                       4 (signals)
#                       6
CROSSING = {
    1: (116, 40.01),
    2: (116, 40.0002),
    3: (116, 40.0),
    4: (116, 39.9998),
    5: (116.01, 40.0),
    6: (116, 39.99),
    7: (116.0003, 40.0),
}
ARMS = [([1, 2, 3, 4, 6], PRIMARY), ([5, 7, 3], PRIMARY)]


def test_a_junction_with_several_signals_is_passed_once(draw_osm):
    file = draw_osm(CROSSING, ARMS, node_tags=dict.fromkeys((2, 4, 7), SIGNALS))
    network, report = read_osm_roads_with_report(file)
    assert by_ends(network, "signals") == {
        (1, 3): 1, (6, 3): 1, (5, 3): 1, (3, 1): 0, (3, 6): 0, (3, 5): 0,
    }  # fmt: skip
    assert set(by_ends(network, "junctions").values()) == {0}
    assert by_ends(network, "delay_s")[1, 3] == 5
    assert (report.signal_nodes, report.signalised_junctions, report.major_junctions) == (3, 1, 0)
    assert "3 signals at 1 junction" in report.lines


def test_the_same_junction_without_signals_has_a_delay_of_its_own(draw_osm):
    network, report = read_osm_roads_with_report(draw_osm(CROSSING, ARMS))
    assert by_ends(network, "delay_s") == {
        (1, 3): 6, (6, 3): 6, (5, 3): 6, (3, 1): 0, (3, 6): 0, (3, 5): 0,
    }  # fmt: skip
    assert (report.signal_nodes, report.major_junctions) == (0, 1)


@pytest.mark.parametrize(
    "side", [{"highway": "tertiary"}, {"highway": "motorway_link"}, {"highway": "residential"}]
)
def test_smaller_roads_and_ramps_do_not_delay_a_major_road(draw_osm, side):
    file = draw_osm(CROSSING, [ARMS[0], ([5, 7, 3], side)])
    assert read_osm_roads(file, "drive").edges["delay_s"].eq(0).all()


def test_motorroads_have_no_junctions_at_grade(draw_osm):
    trunk = {"highway": "trunk", "motorroad": "yes"}
    network, report = read_osm_roads_with_report(
        draw_osm(CROSSING, [(way, trunk) for way, _ in ARMS])
    )
    assert network.edges["delay_s"].eq(0).all()
    assert report.motorroads == 2


def test_a_crossing_of_dual_carriageways_is_one_junction(draw_osm):
    # 5 ->- 1 ->- 2 ->- 6
    #       |     |          one way north on the left, south on the right
    # 8 -<- 3 -<- 4 -<- 7
    step = 0.0002
    nodes = {
        1: (116, 40), 2: (116 + step, 40), 3: (116, 40 - step), 4: (116 + step, 40 - step),
        5: (115.9, 40), 6: (116.1, 40), 7: (116.1, 40 - step), 8: (115.9, 40 - step),
        9: (116, 40.1), 10: (116, 39.9), 11: (116 + step, 40.1), 12: (116 + step, 39.9),
    }  # fmt: skip
    oneway = PRIMARY | {"oneway": "yes"}
    streets = [[5, 1, 2, 6], [7, 4, 3, 8], [10, 3, 1, 9], [11, 2, 4, 12]]
    network = read_osm_roads(draw_osm(nodes, [(street, oneway) for street in streets]))
    delays = by_ends(network, "delay_s")
    assert {edge for edge, seconds in delays.items() if seconds == 6} == {
        (5, 1), (7, 4), (10, 3), (11, 2),
    }  # fmt: skip
    assert sum(delays.values()) == 24


def test_signals_within_a_way_count_in_their_direction(draw_osm):
    nodes = {1: (116, 40), 2: (116.01, 40), 3: (116.02, 40), 4: (116.03, 40)}
    tags = {2: SIGNALS | {"traffic_signals:direction": "forward"}, 3: SIGNALS}
    network = read_osm_roads(draw_osm(nodes, [([1, 2, 3, 4], PRIMARY)], node_tags=tags))
    assert by_ends(network, "signals") == {(1, 4): 2, (4, 1): 1}
    against = draw_osm(nodes, [([1, 2, 3, 4], PRIMARY | {"oneway": "-1"})], node_tags=tags)
    network, report = read_osm_roads_with_report(against)
    assert by_ends(network, "signals") == {(4, 1): 1}
    assert report.against_drawing == 1


def test_signals_off_the_roads_do_not_count(draw_osm):
    nodes = {1: (116, 40), 2: (116.01, 40), 3: (116.005, 40)}
    network, report = read_osm_roads_with_report(
        draw_osm(nodes, [([1, 2], PRIMARY)], node_tags={3: SIGNALS})
    )
    assert network.edges["signals"].eq(0).all()
    assert report.signal_nodes == 0


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "lift_gate", "access": "no", "motorcar": "yes"}, False),
        ({"barrier": "entrance", "access": "private"}, False),
    ],
)
def test_barriers_cut_a_road_or_hold_it_up(draw_osm, tags, closed):
    nodes = {number: (116 + number / 100, 40) for number in range(1, 6)}
    file = draw_osm(nodes, [([1, 2, 3], PRIMARY), ([3, 4, 5], PRIMARY)], node_tags={3: tags})
    network, report = read_osm_roads_with_report(file)
    whole, halves = {(1, 5), (5, 1)}, {(1, 2), (2, 1), (4, 5), (5, 4)}
    assert set(by_ends(network, "length_m")) == (halves if closed else whole)
    gate = tags["barrier"] in {"gate", "lift_gate"}
    if not closed:
        assert network.edges["delay_s"].eq(10 if gate else 0).all()
    assert (report.barriers, report.gates) == (int(closed), int(gate and not closed))


def test_a_bollard_at_a_junction_does_not_cut_the_roads(draw_osm):
    nodes = {1: (116, 40), 2: (116.01, 40), 3: (116.02, 40), 4: (116.01, 40.01)}
    file = draw_osm(
        nodes,
        [([1, 2, 3], PRIMARY), ([2, 4], {"highway": "tertiary"})],
        node_tags={2: {"barrier": "bollard"}},
    )
    network, report = read_osm_roads_with_report(file, "drive")
    assert (1, 2) in by_ends(network, "length_m")
    assert (report.barriers, report.barriers_not_obeyed) == (0, 1)


def test_ferries_are_waited_for_once_and_take_their_time(draw_osm):
    # road 1 - 2, ferry 2 ~ 3 ~ 4 in two ways, road 4 - 5; 6 carries no cars
    nodes = {number: (116 + number / 100, 40) for number in range(1, 7)}
    ferry = {"route": "ferry", "motor_vehicle": "yes"}
    ways = [
        ([1, 2], PRIMARY),
        ([2, 3], ferry | {"duration": "00:20"}),
        ([3, 4], ferry | {"duration": "PT10M", "highway": "footway"}),
        ([4, 5], PRIMARY),
        ([5, 6], {"route": "ferry"}),
    ]
    network, report = read_osm_roads_with_report(draw_osm(nodes, ways))
    times = by_ends(network, "time_s")
    assert set(times) == {(1, 2), (2, 1), (2, 4), (4, 2), (4, 5), (5, 4)}
    assert times[2, 4] == times[4, 2] == pytest.approx(900 + 1200 + 600)
    assert by_ends(network, "highway")[2, 4] == "ferry"
    assert (report.ferries, report.ferries_left_out) == (2, 1)
    assert with_scenario(network, "peak").edges["time_s"][2, 4, 0] == pytest.approx(2700)


def test_a_ferry_without_duration_runs_at_fifteen_kmh(draw_osm):
    nodes = {1: (116, 40), 2: (116.01, 40), 3: (116.1, 40)}
    ways = [([1, 2], PRIMARY), ([2, 3], {"route": "ferry", "motorcar": "yes", "maxspeed": "90"})]
    edges = read_osm_roads(draw_osm(nodes, ways)).edges
    assert edges["time_s"][2, 3, 0] == pytest.approx(900 + edges["length_m"][2, 3, 0] / 15 * 3.6)
    assert edges["delay_s"][3, 2, 0] == 0


def test_the_peak_slows_driving_but_not_waiting(draw_osm):
    network = read_osm_roads(draw_osm(CROSSING, ARMS))
    peak = with_scenario(network, "peak")
    drive = network.edges["time_s"] - network.edges["delay_s"]
    expected = drive / 0.65 + network.edges["delay_s"]
    assert peak.edges["time_s"].to_numpy() == pytest.approx(expected.to_numpy())
    assert with_scenario(network, "free_flow") is network
    outside = with_scenario(network, "peak", built_up=[False] * len(network.edges))
    assert outside.edges["time_s"].equals(network.edges["time_s"])


def test_other_delays_can_be_given(draw_osm, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(SPEEDS_TOML.read_text().replace("junction_s = 6", "junction_s = 9"))
    edges = read_osm_roads(draw_osm(CROSSING, ARMS), speeds=load_speeds(own)).edges
    assert edges["delay_s"][1, 3, 0] == 9


def test_what_is_drawn_twice_or_has_no_length_is_counted(draw_osm):
    # 1 - 2 twice, a loop 2 - 3 - 2 with 3 at the place of 2, and 2 - 4 with both at one place
    nodes = {1: (116, 40), 2: (116.01, 40), 3: (116.01, 40), 4: (116.01, 40), 5: (116.02, 40)}
    ways = [
        ([1, 2], {"highway": "secondary"}),
        ([1, 2], PRIMARY),
        ([2, 3, 2], PRIMARY),
        ([2, 4, 5], PRIMARY),
        ([1, 4], PRIMARY),
    ]
    network, report = read_osm_roads_with_report(draw_osm(nodes, ways))
    assert (report.repeated_edges, report.empty_edges, report.shortest_edges) == (2, 2, 2)
    u, v = (network.edges.index.get_level_values(end) for end in ("u", "v"))
    assert not (u == v).any()
    assert set(network.edges["highway"]) == {"primary"}
    as_drawn, report = read_osm_roads_with_report(draw_osm(nodes, ways), merge=False)
    assert report.repeated_edges == 0
    assert as_drawn.edges["highway"].eq("secondary").sum() == 2


def test_turn_restrictions_reversible_roads_and_parts_are_reported(draw_osm):
    nodes = {number: (116 + number / 100, 40) for number in range(1, 7)}
    ways = [
        ([1, 2], PRIMARY),
        ([2, 3], PRIMARY | {"oneway": "reversible"}),
        ([5, 6], PRIMARY),
        ([3, 4], PRIMARY | {"access": "private"}),
    ]
    members = [("way", 1, "from"), ("node", 2, "via"), ("way", 2, "to")]
    relations = [
        (members, {"type": "restriction", "restriction": "no_left_turn"}),
        (
            [("way", 1, "from"), ("way", 99, "to")],
            {"type": "restriction", "restriction": "no_u_turn"},
        ),
        (members, {"type": "route"}),
    ]
    _, report = read_osm_roads_with_report(draw_osm(nodes, ways, relations=relations))
    assert (report.turn_restrictions, report.reversible, report.ways_closed) == (1, 1, 1)
    assert report.components == 2
    assert report.largest_share == pytest.approx(2 / 3, rel=1e-3)
    assert report.lines[-1] == "2 parts, the largest with 66.7 % of the length"
