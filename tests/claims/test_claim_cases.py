"""The logic of outcomes on bare clauses."""

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.claims.cases import Setting, combined_outcome, deciding_date, judge, leading_case
from toolkit.claims.model import OUTCOMES

SETTING = Setting("", "fastest_train", "", "main", "2023-12-15", 60.0, "min")


def clauses(rooms, excepted=()):
    return pd.DataFrame(
        {
            "key": [f"c{n}" for n in range(len(rooms))],
            "room": [float(room) for room in rooms],
            "excepted": [n in excepted for n in range(len(rooms))],
        }
    )


@pytest.mark.parametrize(
    ("rooms", "excepted", "outcome", "margin", "holds"),
    [
        ([30, 3], (), "holds", 3, True),
        ([30, 2.9], (), "borderline", 2.9, True),
        ([30, 0], (), "borderline", 0, True),
        ([30, -2.9], (), "borderline", -2.9, False),
        ([30, -3], (), "fails", -3, False),
        ([0, -68], (), "fails", -68, False),  # one on the edge does not soften another far out
        ([30, -math.inf], (), "fails", -math.inf, False),
        ([30, -36], (1,), "holds", 30, True),
        ([30, -1], (1,), "borderline", 1, True),
        ([30, 0], (1,), "borderline", 0, False),  # at the threshold is inside, so no exception
        ([30, 10], (1,), "inconsistent", -10, False),
        ([-5, 10], (1,), "fails", -10, False),  # the statement is false for others as well
    ],
)
def test_one_setting(rooms, excepted, outcome, margin, holds):
    case = judge(SETTING, clauses(rooms, excepted), tolerance=3)
    assert (case.outcome, case.margin, case.holds) == (outcome, margin, holds)


def test_a_required_share_forgives_the_worst_clauses():
    rooms = [20, 10, -1, -50]
    assert judge(SETTING, clauses(rooms), tolerance=3, required_share=0.5).margin == 10
    assert judge(SETTING, clauses(rooms), tolerance=3, required_share=0.75).outcome == "borderline"
    assert judge(SETTING, clauses(rooms), tolerance=3).margin == -50


def test_positions_are_inside_borderline_and_outside():
    case = judge(SETTING, clauses([10, 2, -2, -10]), tolerance=3)
    assert list(case.items["position"]) == ["inside", "borderline", "borderline", "outside"]
    assert list(case.items["met"]) == [True, True, False, False]


@given(
    st.lists(st.integers(-100, 100), min_size=1, max_size=8),
    st.sets(st.integers(0, 7)),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_is_of_no_account(rooms, excepted, random):
    items = clauses(rooms, excepted)
    order = list(range(len(items)))
    random.shuffle(order)
    one, other = (judge(SETTING, table, tolerance=3) for table in (items, items.iloc[order]))
    assert (one.outcome, one.margin, one.holds) == (other.outcome, other.margin, other.holds)
    pd.testing.assert_frame_equal(one.items, other.items)


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=8), st.sets(st.integers(0, 7)))
def test_the_margin_is_the_least_shift_that_flips(rooms, excepted):
    """Move every city towards the other truth by the margin, and a little more: it flips."""
    items = clauses(rooms, excepted)
    case = judge(SETTING, items, tolerance=3)
    toward = items["excepted"].map({True: -1, False: 1}) * (-1 if case.holds else 1)
    almost = items.assign(room=items["room"] + toward * max(0.0, abs(case.margin) - 0.5))
    beyond = items.assign(room=items["room"] + toward * (abs(case.margin) + 0.5))
    assert judge(SETTING, beyond, tolerance=3).holds != case.holds
    if abs(case.margin) > 0.5:
        assert judge(SETTING, almost, tolerance=3).holds == case.holds


@pytest.mark.parametrize(
    ("outcomes", "joined"),
    [
        ([], "not checkable"),
        (["holds", "holds"], "holds"),
        (["fails", "fails"], "fails"),
        (["inconsistent"], "inconsistent"),
        (["holds", "fails"], "depends"),
        (["holds", "inconsistent"], "depends"),
        (["holds", "fails", "borderline"], "depends"),
        (["holds", "borderline"], "borderline"),
        (["fails", "borderline"], "borderline"),
        (["fails", "inconsistent"], "fails"),
    ],
)
def test_settings_join(outcomes, joined):
    for order in itertools.permutations(outcomes):
        assert combined_outcome(order) == joined
    assert joined in OUTCOMES


def test_the_leading_case_is_the_one_that_speaks_for_the_outcome():
    near, far = (judge(SETTING, clauses([room]), tolerance=3) for room in (5, 50))
    assert leading_case([far, near], "holds") is near
    miss, worse = (judge(SETTING, clauses([room]), tolerance=3) for room in (-5, -50))
    assert leading_case([worse, miss], "fails") is miss
    edge = judge(SETTING, clauses([-1]), tolerance=3)
    assert leading_case([far, edge], "borderline") is edge
    assert leading_case([far, worse], "depends") is far


def test_the_newest_timetable_not_after_the_year_decides():
    dates = ["2023-12-15", "2016-11-13", "2025-01-10"]
    assert deciding_date(dates, 2024) == "2023-12-15"
    assert deciding_date(dates, 2025) == "2025-01-10"
    assert deciding_date(dates, None) == "2025-01-10"
    assert deciding_date(dates, 2010) == "2016-11-13"
    assert deciding_date(["", ""], 2024) == ""
