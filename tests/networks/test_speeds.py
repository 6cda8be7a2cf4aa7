"""Speeds: the published table, strict limits, the peak, and files that are wrong."""

import math

import numpy as np
import pytest

from toolkit.errors import InputFileError, MissingDataError
from toolkit.networks.speeds import (
    SPEEDS_TOML,
    driving_speeds_kmh,
    load_speeds,
    parse_maxspeed,
    peak_factors,
)

FREE_FLOW = {
    "motorway": 100,
    "trunk": 70,
    "primary": 55,
    "secondary": 40,
    "tertiary": 30,
    "residential": 25,
    "unclassified": 25,
    "living_street": 10,
    "service": 15,
    "ferry": 15,
}
PEAK = {
    "motorway": 85,
    "trunk": 49,
    "primary": 35.75,
    "secondary": 26,
    "tertiary": 21,
    "residential": 20,
    "unclassified": 20,
    "living_street": 8,
    "service": 12,
    "ferry": 15,
}


def test_free_flow_speeds_are_those_of_the_definition():
    assert driving_speeds_kmh(list(FREE_FLOW)).tolist() == list(FREE_FLOW.values())


def test_peak_speeds_are_those_of_the_definition():
    assert driving_speeds_kmh(list(PEAK), scenario="peak") == pytest.approx(list(PEAK.values()))


def test_links_run_at_seven_tenths_of_their_class():
    links = ["motorway_link", "trunk_link", "primary_link", "secondary_link"]
    assert driving_speeds_kmh(links) == pytest.approx([70, 49, 38.5, 28])
    assert driving_speeds_kmh(links[:1], scenario="peak") == pytest.approx([59.5])


def test_the_peak_slows_built_up_areas_only():
    speeds = driving_speeds_kmh(["trunk", "trunk"], scenario="peak", built_up=[True, False])
    assert speeds == pytest.approx([49, 70])


def test_peak_times_of_any_network_are_its_times_over_the_factors():
    from toolkit.networks.roads import schematic_roads

    roads = schematic_roads()
    peak = roads.with_times(roads.edges["time_s"] / peak_factors(roads.edges["highway"]))
    slower = (peak.edges["time_s"] / roads.edges["time_s"]).groupby(roads.edges["highway"]).mean()
    assert slower["motorway"] == pytest.approx(1 / 0.85)
    assert slower["primary"] == pytest.approx(1 / 0.65)


def test_a_limit_replaces_the_speed_of_the_class_if_it_can_be_believed():
    limits = [120, 4.9, 5, 140, 141, np.nan]
    speeds = driving_speeds_kmh(["motorway"] * 6, maxspeed_kmh=limits)
    assert speeds.tolist() == [120, 100, 5, 140, 100, 100]


def test_a_limit_gives_a_speed_to_an_unknown_class():
    assert driving_speeds_kmh(["busway"], maxspeed_kmh=[60]).tolist() == [60]


def test_an_unknown_class_is_named():
    with pytest.raises(MissingDataError, match="no speed for road class busway, nan"):
        driving_speeds_kmh(["busway", "trunk", None], maxspeed_kmh=[np.nan] * 3)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("80", 80),
        (80, 80),
        (80.0, 80),
        (" 50 km/h ", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("10 knots", 18.52),
        ("80;60", 60),
        ("100|80|60", 60),
        ("80;none", 80),
        (["70 mph", "100"], 100),
        ("CN:urban", math.nan),
        ("none", math.nan),
        ("signals", math.nan),
        ("walk", math.nan),
        ("50-60", math.nan),
        ("-50", math.nan),
        ("", math.nan),
        (";", math.nan),
        (None, math.nan),
        (math.nan, math.nan),
        ([], math.nan),
    ],
)
def test_limits_are_read_strictly(text, kmh):
    assert parse_maxspeed(text) == pytest.approx(kmh, nan_ok=True)


def test_another_table_overrides_the_default(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(SPEEDS_TOML.read_text().replace("free_flow_kmh = 100", "free_flow_kmh = 80"))
    table = load_speeds(own)
    speeds = driving_speeds_kmh(["motorway", "motorway_link", "trunk"], table=table)
    assert speeds == pytest.approx([80, 56, 70])
    assert driving_speeds_kmh(["motorway"]).tolist() == [100]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("free_flow_kmh = 70", "free_flow_kmh = 0", "out of range: trunk"),
        ("peak_factor = 0.85", "peak_factor = 1.1", "out of range: motorway"),
        ("peak_factor = 0.85", "other = 1", "missing or wrong value: 'peak_factor'"),
        ("[classes]", "[classes", "cannot be read"),
        ("lowest = 5", "lowest = 'five'", "missing or wrong value"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, before, after, message):
    own = tmp_path / "own.toml"
    own.write_text(SPEEDS_TOML.read_text().replace(before, after))
    with pytest.raises(InputFileError, match=message):
        load_speeds(own)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputFileError, match=r"absent\.toml"):
        load_speeds(tmp_path / "absent.toml")
