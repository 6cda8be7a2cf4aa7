"""Check kind service_coverage."""

import pandas as pd
import pytest

from toolkit.claims import check_claim
from toolkit.errors import ClaimError

COVERAGE = "service_coverage"
# K is linked to all; B's busiest link is to A.
TRAINS = {("K", "A"): (30, 50), ("K", "B"): (40, 3), ("A", "B"): (20, 12), ("K", "C"): (60, 2)}


@pytest.fixture
def check(abc_cluster, make_inputs, make_claim):
    def run(pairs, *, year=2023, **parameters):
        claim = make_claim(COVERAGE, year=year, **parameters)
        return check_claim(claim, make_inputs(abc_cluster, pairs=pairs))

    return run


def test_the_city_with_the_fewest_trains_decides(check, make_pairs):
    verdict = check(make_pairs(TRAINS))
    assert (verdict.outcome, verdict.margin, verdict.margin_unit) == ("holds", 1, "trains")
    assert verdict.decisive.en == "Sea"
    assert "Fewest in Sea: 2 a day to Kay; fastest GCK from 丙站 to Kay in 60 min." in [
        sentence.en for sentence in verdict.reasons
    ]
    assert verdict.flips[0].en == "False once Sea loses 2 of its trains."


def test_evidence_names_the_busiest_link_and_the_fastest_train(check, make_pairs):
    table = check(make_pairs(TRAINS)).evidence.table.set_index("key")
    assert dict(table["trains_per_day"]) == {"K": 50, "A": 50, "B": 12, "C": 2}
    bee = table.loc["B"]
    assert (bee["busiest_to_en"], bee["fastest_to_en"], bee["fastest_min"]) == ("Ay", "Ay", 20)
    assert (bee["fastest_train"], bee["from_station_zh"]) == ("GBA", "乙站")


def test_a_single_train_is_borderline(check, make_pairs):
    verdict = check(make_pairs(TRAINS | {("K", "C"): (60, 1)}))
    assert (verdict.outcome, verdict.margin) == ("borderline", 0)


def test_a_city_without_fast_trains_fails(check, make_pairs):
    fast = make_pairs({key: value for key, value in TRAINS.items() if "C" not in key})
    slow = make_pairs({("K", "C"): (60, 8)}, train_class="other")
    pairs = pd.concat([fast, slow])
    verdict = check(pairs)
    assert (verdict.outcome, verdict.margin, verdict.decisive.en) == ("fails", -1, "Sea")
    assert "without: Sea" in verdict.reasons[0].en
    assert verdict.flips[0].en == "True once these have 1 trains a day: Sea."
    assert check(pairs, train_classes=["fast", "other"]).outcome == "holds"
    assert check(pairs, required_share=0.75).outcome == "holds"


def test_more_trains_asked_for(check, make_pairs):
    verdict = check(make_pairs(TRAINS), min_trains=10)
    assert (verdict.outcome, verdict.margin) == ("fails", -8)
    table = verdict.sensitivity.set_index("threshold")
    assert list(table.index) == [1, 10, 20, 40]
    assert list(table["inside"]) == [4, 3, 2, 2]


def test_the_year_of_the_claim_chooses_the_timetable(check, make_pairs):
    before = make_pairs({("K", "A"): (60, 5)}, date="2016-11-13")
    pairs = pd.concat([make_pairs(TRAINS), before])
    now, then = check(pairs), check(pairs, year=2018)
    assert (now.outcome, now.timetable_dates) == ("holds", ("2023-12-15",))
    assert (then.outcome, then.timetable_dates) == ("fails", ("2016-11-13",))
    assert "By the timetable of 2016-11-13: 2 of 4; without: Bee and Sea." in [
        sentence.en for sentence in now.reasons
    ]


def test_a_timetable_without_any_train_of_the_class_is_a_fact(check, make_pairs):
    verdict = check(make_pairs(TRAINS, train_class="other"))
    assert (verdict.outcome, verdict.margin) == ("fails", -1)
    assert verdict.evidence.table["trains_per_day"].sum() == 0


def test_without_services_it_is_not_checkable(check):
    verdict = check(None)
    assert verdict.outcome == "not checkable"
    assert verdict.evidence.table.empty
    assert verdict.sensitivity.empty


def test_no_trains_are_no_coverage(check):
    with pytest.raises(ClaimError, match="'min_trains' is 0; give 1 or more"):
        check(None, min_trains=0)
