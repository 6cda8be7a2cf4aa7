"""Roads from OSM files: a drawn crossroads, real extracts, osmnx on the same data, bad files."""

import logging
from pathlib import Path

import numpy as np
import osmium
import pytest
from pyproj import Geod

from toolkit.errors import InputFileError
from toolkit.networks.osm import read_osm_roads, read_osm_roads_with_report

CROSSROADS = Path(__file__).parents[1] / "data" / "osm" / "crossroads.osm"
NEIGHBOUR = CROSSROADS.with_name("neighbour.osm")
GEOD = Geod(ellps="WGS84")

#            11 -- 10        roundabout 8-9-10-11
#             |     |
#             8 --- 9
#             |               ramp, both ways (reversible says nothing)
#             6
#             5               one way northward, drawn southward
#   1 -- 2 -- 3 -- 4 -- 13 (999) 14   999 is not in the file
#             7
#             12              motorway, one way southward by default


@pytest.fixture(scope="module")
def roads():
    return read_osm_roads(CROSSROADS, "drive", merge=False)


def edge_set(network):
    return {(u, v) for u, v, _ in network.edges.index}


def test_ways_are_cut_at_junctions_and_run_in_their_directions(roads):
    assert edge_set(roads) == {
        (1, 3), (3, 1), (3, 4), (4, 3),  # the main road, not cut at 2
        (7, 3), (3, 6),                  # against the way
        (6, 8), (8, 6),                  # the ramp
        (8, 8),                          # the roundabout, one way
        (7, 12),                         # the motorway, one way
        (4, 13), (13, 4),                # two-way motorway up to the gap
    }  # fmt: skip
    assert len(roads.edges) == 12
    assert sorted(roads.nodes.index) == [1, 3, 4, 6, 7, 8, 12, 13]


def test_main_roads_leave_out_the_smaller(roads):
    main = read_osm_roads(CROSSROADS, merge=False)
    assert (8, 8) not in edge_set(main)
    assert edge_set(main) == edge_set(roads) - {(8, 8)}


def test_classes_can_be_listed():
    only = read_osm_roads(CROSSROADS, ["primary"])
    assert edge_set(only) == {(1, 4), (4, 1)}
    assert edge_set(read_osm_roads(CROSSROADS, "tertiary")) == {(8, 8)}


def test_lines_keep_their_vertices_and_direction(roads):
    assert list(roads.edges.geometry[3, 6, 0].coords) == [
        (116.02, 40.0),
        (116.02, 40.01),
        (116.02, 40.02),
    ]
    assert list(roads.edges.geometry[1, 3, 0].coords) == [
        (116.0, 40.0),
        (116.01, 40.0),
        (116.02, 40.0),
    ]
    assert roads.edges.geometry[3, 1, 0].coords[0] == (116.02, 40.0)
    assert len(roads.edges.geometry[8, 8, 0].coords) == 5


def test_lengths_and_times(roads):
    main = roads.edges.loc[(1, 3, 0)]
    length = GEOD.line_length([116.0, 116.01, 116.02], [40.0] * 3)
    assert main["length_m"] == pytest.approx(length)
    # Node 3, where two major roads cross, costs 6 s to all that enter it.
    assert main["time_s"] == pytest.approx(length / 60 * 3.6 + 6)
    assert roads.edges["delay_s"].to_dict() == {
        edge: 6 * (edge[1] == 3) for edge in roads.edges.index
    }
    kmh = roads.edges["length_m"] / (roads.edges["time_s"] - roads.edges["delay_s"]) * 3.6
    # No limit in km/h on the secondary road; a ramp runs at 0.7 of its class.
    assert kmh[3, 6, 0] == pytest.approx(40)
    assert kmh[6, 8, 0] == pytest.approx(70)
    assert kmh[7, 12, 0] == pytest.approx(100)


def test_tags_become_columns(roads):
    main, bridge = roads.edges.loc[(1, 3, 0)], roads.edges.loc[(7, 3, 0)]
    assert main[["highway", "name", "name_en", "ref"]].tolist() == [
        "primary", "东西路", "East-West Road", "G1;G2",
    ]  # fmt: skip
    assert (main["maxspeed_kmh"], main["lanes"], main["oneway"]) == (60, 4, False)
    assert (bridge["bridge"], bridge["tunnel"], bridge["oneway"]) == (True, False, True)
    assert np.isnan(bridge["maxspeed_kmh"])
    assert roads.edges["lanes"].isna()[7, 3, 0]
    assert not roads.edges["tunnel"][6, 8, 0]
    assert roads.edges["osm_way"][8, 8, 0] == 103
    assert set(roads.edges["source"]) == {"OpenStreetMap"}


def test_what_is_closed_or_no_road_is_left_out(roads):
    assert not set(roads.edges["osm_way"]) & {105, 107, 108}
    # The most specific tag decides: no access, but motor vehicles may.
    assert 106 in set(roads.edges["osm_way"])


def test_nodes_outside_the_file_are_counted_not_bridged(caplog):
    with caplog.at_level(logging.WARNING, logger="toolkit.networks.osm"):
        network = read_osm_roads(CROSSROADS)
    assert [record.getMessage() for record in caplog.records] == [
        f"{CROSSROADS}: 1 nodes lie outside the file"
    ]
    assert 14 not in network.nodes.index


def test_files_are_joined_by_id_and_the_newer_version_counts():
    both = read_osm_roads([CROSSROADS, NEIGHBOUR], merge=False)
    assert {(4, 14), (14, 4)} <= edge_set(both)
    assert both.edges["name"][4, 14, 0] == "newer"
    assert len(both.edges) == 11
    assert edge_set(read_osm_roads([NEIGHBOUR, CROSSROADS], merge=False)) == edge_set(both)
    twice = read_osm_roads([CROSSROADS, CROSSROADS], merge=False)
    assert edge_set(twice) == edge_set(read_osm_roads(CROSSROADS, merge=False))
    assert len(twice.edges) == 11


def test_the_network_states_its_origin_and_date(roads):
    assert roads.name == "crossroads"
    assert "OpenStreetMap contributors" in roads.source
    assert roads.data_date == "2024-01-01"
    assert read_osm_roads(NEIGHBOUR, name="east").name == "east"
    assert read_osm_roads([NEIGHBOUR, CROSSROADS]).data_date == "2024-01-01"


def test_other_speeds_can_be_given(tmp_path):
    from toolkit.networks.speeds import SPEEDS_TOML, load_speeds

    slow = tmp_path / "slow.toml"
    slow.write_text(SPEEDS_TOML.read_text().replace("free_flow_kmh = 40", "free_flow_kmh = 20"))
    edges = read_osm_roads(CROSSROADS, speeds=load_speeds(slow)).edges
    assert (edges["length_m"] / edges["time_s"] * 3.6)[3, 6, 0] == pytest.approx(20)


def test_distinct_nodes_at_one_place_stay_connected(tmp_path):
    file = tmp_path / "touching.osm"
    file.write_text(
        '<osm version="0.6"><node id="1" lat="40" lon="116"/><node id="2" lat="40" lon="116"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>'
    )
    edges = read_osm_roads(file).edges
    assert edges["length_m"].tolist() == [0.01, 0.01]
    assert edges["time_s"].gt(0).all()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.osm.pbf", None, "absent.osm.pbf: no such file"),
        ("page.osm.pbf", b"<html>not found</html>", "page.osm.pbf: not a readable OSM file"),
        ("empty.osm.pbf", b"", "empty.osm.pbf: not a readable OSM file"),
        ("cut.osm", CROSSROADS.read_bytes()[:900], "cut.osm: not a readable OSM file"),
        ("roads.csv", b"a,b\n", "roads.csv: not a readable OSM file"),
        (
            "nothing.osm",
            b'<osm version="0.6"></osm>',
            "nothing.osm: no open road of class motorway,",
        ),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, name, content, message):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputFileError, match=message) as caught:
        read_osm_roads(file)
    assert "\n" not in str(caught.value)


def test_a_truncated_pbf_is_refused(tmp_path):
    whole = tmp_path / "whole.osm.pbf"
    with osmium.SimpleWriter(whole) as writer:
        for thing in osmium.FileProcessor(CROSSROADS):
            writer.add(thing)
    assert edge_set(read_osm_roads(whole)) == edge_set(read_osm_roads(CROSSROADS))
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(InputFileError, match=r"cut\.osm\.pbf"):
        read_osm_roads(cut)


def test_jing_jin_ji_extract_gives_the_documented_network(shared):
    network = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf"), merge=False)
    assert len(network.nodes) == 914
    assert len(network.edges) == 2 * 1357
    assert network.data_date == "2026-07-19"
    km = network.edges.groupby("highway")["length_m"].sum() / 2000
    documented = {"motorway": 2318.3, "trunk": 5795.6, "primary": 10448.1}
    assert km.to_dict() == pytest.approx(documented, rel=0.001)


def test_jing_jin_ji_merged_keeps_its_length(shared):
    file = shared("osm/jing-jin-ji.osm.pbf")
    merged, report = read_osm_roads_with_report(file)
    drawn = read_osm_roads(file, merge=False)
    assert len(merged.nodes) < 914
    assert report.repeated_edges == 44
    again = drawn.edges["length_m"].sum() - merged.edges["length_m"].sum()
    assert 0 < again < 0.001 * drawn.edges["length_m"].sum()
    assert report.components == 4
    assert report.largest_share == pytest.approx(0.995, abs=0.0005)


def test_provinces_together_equal_the_whole(shared):
    names = ("beijing", "tianjin", "hebei")
    parts = [shared(f"osm/mirror/asia/china/{name}-latest.osm.pbf") for name in names]
    together = read_osm_roads(parts, merge=False)
    whole = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf"), merge=False)
    assert set(together.edges["osm_way"]) <= set(whole.edges["osm_way"])
    assert not together.edges.index.has_duplicates
    assert together.edges["length_m"].sum() == pytest.approx(
        whole.edges["length_m"].sum(), rel=0.005
    )


def test_helsinki_has_nodes_outside_the_file(shared, caplog):
    network = read_osm_roads(shared("osm/real/helsinki.osm.pbf"), "drive", merge=False)
    assert "136 nodes lie outside the file" in caplog.text
    assert len(network.largest_component(strong=False).nodes) > 600
