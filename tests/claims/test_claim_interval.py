"""Check kind travel_time_interval."""

import math

import pandas as pd
import pytest

from toolkit.claims import check_claim, find_claim, load_claims
from toolkit.errors import ClaimError

INTERVAL = "travel_time_interval"
ALL = {"key": "all", "name_en": "all cities", "name_zh": "所有城市"}
HUB = {
    "key": "hub",
    "name_en": "A and B to K",
    "name_zh": "甲、乙至核",
    "cities": ["A", "B", "K"],
    "hub": "K",
}
# K-A 30, K-B 80, A-B 55, K-C 85, A-C 88, B-C 140
MINUTES = {
    ("K", "A"): 30,
    ("K", "B"): 80,
    ("A", "B"): 55,
    ("K", "C"): 85,
    ("A", "C"): 88,
    ("B", "C"): 140,
}


@pytest.fixture
def check(abc_cluster, make_inputs, make_claim):
    def run(pairs, readings=(ALL,), **parameters):
        claim = make_claim(
            INTERVAL, lower_min=60, upper_min=90, readings=list(readings), **parameters
        )
        return check_claim(claim, make_inputs(abc_cluster, pairs=pairs))

    return run


def test_the_slowest_pair_decides(check, make_pairs):
    verdict = check(make_pairs(MINUTES))
    assert (verdict.outcome, verdict.margin, verdict.decisive.en) == ("fails", -50, "Bee–Sea")
    assert verdict.evidence.summary.en == (
        "Fails for all cities: 2 of 6 pairs (33%) within 60 min, 5 (83%) within 90."
    )
    assert len(verdict.evidence.table) == 6
    assert set(verdict.places) == {"K", "A", "B", "C"}

    mended = check(make_pairs(MINUTES | {("B", "C"): 85}))
    assert (mended.outcome, mended.margin, mended.decisive.en) == ("borderline", 2, "Ay–Sea")
    wide = check(make_pairs(MINUTES | {("B", "C"): 85, ("A", "C"): 80}))
    assert (wide.outcome, wide.margin) == ("holds", 5)


def test_pairs_quicker_than_the_interval_do_not_speak_against_it(check, make_pairs):
    verdict = check(make_pairs(dict.fromkeys(MINUTES, 10)))
    assert (verdict.outcome, verdict.margin) == ("holds", 80)


def test_readings_that_disagree_depend(check, make_pairs):
    verdict = check(make_pairs(MINUTES), readings=[HUB, ALL])
    assert verdict.outcome == "depends"
    assert verdict.reasons[0].en.startswith("Read as A and B to K: holds; 1 of 2 pairs (50%)")
    assert verdict.reasons[1].en.startswith("Read as all cities: fails; 2 of 6 pairs")
    assert list(verdict.evidence.table["name_en"]) == ["Kay–Ay", "Kay–Bee"]
    assert verdict.evidence.summary.en == (
        "Holds for A and B to K: 1 of 2 pairs (50%) within 60 min, 2 (100%) within 90. "
        "Fails for all cities: 2 of 6 pairs (33%) within 60 min, 5 (83%) within 90."
    )
    assert [flip.en for flip in verdict.flips] == [
        "A and B to K: false once Kay–Bee is more than 10 min slower.",
        "all cities: true at 90 min once these come down to that: Bee–Sea 140 (+50).",
    ]
    deciding = verdict.sensitivity[verdict.sensitivity["decides"]]
    assert deciding.set_index("reading")["outcome"].to_dict() == {"hub": "holds", "all": "fails"}


def test_a_share_of_the_pairs_can_be_enough(check, make_pairs):
    verdict = check(make_pairs(MINUTES), required_share=0.5)
    assert (verdict.outcome, verdict.margin, verdict.decisive.en) == ("holds", 10, "Kay–Bee")


def test_a_pair_needs_trains_there_and_back_and_takes_the_slower(check, make_pairs):
    pairs = make_pairs({("K", "A"): 30, ("K", "B"): 30})
    back = (pairs["from_adcode"] == "B") & (pairs["to_adcode"] == "K")
    slower = pairs.assign(fastest_min=pairs["fastest_min"].mask(back, 70))
    verdict = check(slower, readings=[HUB])
    table = verdict.evidence.table.set_index("name_en")
    assert table.loc["Kay–Bee", "minutes"] == 70
    assert table.loc["Kay–Bee", "fastest_train"] == "GBK"
    assert table.loc["Kay–Bee", "from_station_zh"] == "乙站"

    one_way = check(pairs[~back], readings=[HUB])
    assert (one_way.outcome, one_way.margin) == ("fails", -math.inf)
    assert "no direct train both ways" in one_way.reasons[0].en
    assert "1 pairs without direct trains both ways" in one_way.flips[0].en


def test_slow_trains_do_not_count_as_fast(check, make_pairs):
    slow = make_pairs(MINUTES, train_class="other")
    assert check(slow, readings=[HUB]).outcome == "fails"
    assert check(slow, readings=[HUB], train_classes=["fast", "other"]).outcome == "holds"


def test_usual_trains_are_medians_where_trains_are_many(check, make_pairs):
    pairs = make_pairs({("K", "A"): (30, 40), ("K", "B"): (30, 9)})
    usual = check(pairs, readings=[HUB], definitions=["usual_train"])
    table = usual.evidence.table.set_index("name_en")
    assert table.loc["Kay–Ay", "minutes"] == 35  # the fixture's median is 5 min over the fastest
    assert table.loc["Kay–Bee", "minutes"] == math.inf  # nine a day are not usual
    fastest = check(pairs, readings=[HUB])
    assert fastest.outcome == "holds"
    assert "fails under usual train (hub, core25)" in fastest.reasons[1].en


def test_other_stations_stand_beside(check, make_pairs):
    pairs = pd.concat([make_pairs(MINUTES), make_pairs(dict.fromkeys(MINUTES, 20), stations="any")])
    verdict = check(pairs)
    assert (verdict.outcome, verdict.station_sets) == ("fails", ("core25",))
    beside = verdict.sensitivity.query("station_set == 'any' and threshold == 90")
    assert set(beside["outcome"]) == {"holds"}
    assert not beside["fits"].any()


def test_a_reading_with_strangers_is_inconsistent(check, make_pairs):
    strange = {"key": "s", "name_en": "K and Z", "name_zh": "核与外", "cities": ["K", "Z"]}
    verdict = check(make_pairs(MINUTES), readings=[strange])
    assert verdict.outcome == "inconsistent"
    assert "Z" in verdict.reasons[0].en


def test_without_services_it_is_not_checkable(check, make_pairs):
    assert check(None).outcome == "not checkable"
    elsewhere = check(make_pairs(MINUTES, stations="any"))
    assert elsewhere.outcome == "not checkable"
    assert "main and core25" in elsewhere.reasons[0].en


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"upper_min": 60}, "interval 60 to 60 min is empty"),
        ({"required_share": 0.0}, "'required_share' is 0.0"),
        ({"readings": []}, "'readings' is empty"),
        ({"readings": [HUB | {"hub": "C"}]}, "a hub outside them"),
        ({"definitions": ["door_to_door"]}, "no pairwise minutes by 'door_to_door'"),
    ],
)
def test_parameters_that_make_no_sense(change, message, abc_cluster, make_inputs, make_claim):
    parameters = {"lower_min": 60, "upper_min": 90, "readings": [ALL]} | change
    with pytest.raises(ClaimError, match=message):
        check_claim(make_claim(INTERVAL, **parameters), make_inputs(abc_cluster))


def test_a4_depends_on_which_cities_are_main(beijing_cluster, make_inputs, make_pairs):
    """Beijing to each of four is within 90 min; Tangshan-Shijiazhuang (127) and -Baoding not."""
    minutes = {
        ("110000", "120000"): 30,
        ("110000", "130100"): 60,
        ("110000", "130600"): 37,
        ("110000", "130200"): 64,
        ("120000", "130100"): 84,
        ("120000", "130600"): 54,
        ("120000", "130200"): 24,
        ("130100", "130600"): 32,
        ("130100", "130200"): 127,
        ("130200", "130600"): 111,
    }
    a4 = find_claim(load_claims(), "A4")
    verdict = check_claim(a4, make_inputs(beijing_cluster, pairs=make_pairs(minutes)))
    assert verdict.outcome == "depends"
    table = verdict.sensitivity
    deciding = table[table["decides"]].set_index("reading")
    assert list(deciding["outcome"]) == ["holds", "fails", "fails"]
    assert list(deciding["margin"]) == [26, -37, -math.inf]
    assert list(deciding["inside"]) == [4, 8, 8]
    assert list(deciding["total"]) == [4, 10, 78]
    # To Beijing the circle holds at 75 and 90 min, the other two readings never do.
    assert verdict.stability == pytest.approx(2 / 6)
