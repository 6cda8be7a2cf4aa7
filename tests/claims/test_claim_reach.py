"""Check kind reach_with_exceptions."""

import itertools
import math

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.claims import check_claim, find_claim, load_claims
from toolkit.errors import ClaimError

REACH = "reach_with_exceptions"


@pytest.fixture
def a1():
    return find_claim(load_claims(), "A1")


@pytest.fixture
def beijing(beijing_cluster, beijing_minutes, make_inputs, make_times):
    """Inputs from the typed minutes, with changes: beijing(Hengshui=55, ...) of 2023."""

    def make(**changes):
        codes = {name: code for code, name in beijing_cluster.cities["name_en"].items()}
        newest = beijing_minutes["2023-12-15"] | {codes[name]: t for name, t in changes.items()}
        tables = [
            make_times("110000", newest),
            make_times("110000", beijing_minutes["2016-11-13"], date="2016-11-13"),
        ]
        return make_inputs(beijing_cluster, times=pd.concat(tables, ignore_index=True))

    return make


def reason(verdict, start):
    """The one reason that starts so."""
    (found,) = [sentence.en for sentence in verdict.reasons if sentence.en.startswith(start)]
    return found


def test_a1_fails_by_hengshui(a1, beijing):
    verdict = check_claim(a1, beijing())
    assert verdict.outcome == "fails"
    assert (verdict.margin, verdict.margin_unit, verdict.decisive.en) == (-68, "min", "Hengshui")
    assert verdict.timetable_dates == ("2023-12-15",)
    assert verdict.definitions == ("fastest_train",)
    assert set(verdict.places) == set(beijing().members)

    out = reason(verdict, "Outside though not excepted")
    assert "Tangshan 64 (+4), Qinhuangdao 105 (+45) and Hengshui 128 (+68)" in out
    assert "Shijiazhuang 60" in reason(verdict, "Borderline")
    assert "Xingtai 96 and Handan 97" in reason(verdict, "Excepted and really outside")
    order = reason(verdict, "The exceptions are not the slowest")
    assert "Qinhuangdao 105 and Hengshui 128" in order
    assert "no threshold" in order
    assert "7 of 12" in verdict.evidence.summary.en
    assert "2023-12-15" in reason(verdict, "The statement is of 2024")
    assert any(
        "all but Tangshan, Xingtai, Handan, Qinhuangdao and Hengshui" in flip.en
        for flip in verdict.flips
    )


def test_a1_evidence_goes_down_to_the_train(a1, beijing):
    table = check_claim(a1, beijing()).evidence.table.set_index("name_en")
    assert len(table) == 12
    assert table.loc["Hengshui", "position"] == "outside"
    assert table.loc["Shijiazhuang", "position"] == "borderline"
    assert table.loc["Tangshan", "room"] == -4
    assert table.loc["Handan", "slack"] == 37
    assert table.loc["Langfang", "fastest_train"] == "G000"
    assert list(table["excepted"][table["excepted"]].index) == ["Xingtai", "Handan"]


def test_a1_was_false_in_2016_too(a1, beijing):
    table = check_claim(a1, beijing()).sensitivity
    assert len(table) == 8
    old = table[(table["timetable_date"] == "2016-11-13") & (table["threshold"] == 60)].iloc[0]
    # Langfang, Tianjin, Baoding, Cangzhou; Chengde took 251 min.
    assert (old["inside"], old["outcome"], old["margin"]) == (4, "fails", -191)
    assert old["decisive_en"] == "Chengde"
    assert old["failing_en"] == (
        "Tangshan; Shijiazhuang; Qinhuangdao; Hengshui; Zhangjiakou; Chengde"
    )
    assert table["decides"].sum() == 1


def test_a1_follows_the_facts(a1, beijing):
    faster = {"Tangshan": 50, "Qinhuangdao": 55, "Hengshui": 56, "Shijiazhuang": 55}
    verdict = check_claim(a1, beijing(**faster))
    assert (verdict.outcome, verdict.margin, verdict.decisive.en) == ("holds", 4, "Hengshui")
    assert any("slowest" in sentence.en for sentence in verdict.reasons)
    assert [flip.en for flip in verdict.flips] == [
        "False once Hengshui is more than 4 min slower.",
        "With these exceptions it is true for thresholds from 56 and below 96 min.",
    ]

    edge = check_claim(a1, beijing(**faster | {"Shijiazhuang": 60}))
    assert (edge.outcome, edge.margin, edge.decisive.en) == ("borderline", 0, "Shijiazhuang")

    needless = check_claim(a1, beijing(**faster | {"Handan": 40}))
    assert (needless.outcome, needless.decisive.en) == ("inconsistent", "Handan")
    assert reason(needless, "Excepted though inside") == "Excepted though inside: Handan 40 min."


def test_a1_is_false_in_every_draw_until_the_slow_cities_come_near(a1, beijing):
    assert check_claim(a1, beijing()).stability == 0
    faster = {"Tangshan": 50, "Qinhuangdao": 55, "Hengshui": 56}
    # Shijiazhuang at exactly 60: an hour of 55 to 65 min is as often too short as not.
    assert check_claim(a1, beijing(**faster)).stability == pytest.approx(0.5, abs=0.06)
    assert check_claim(a1, beijing(**faster, Shijiazhuang=50)).stability > 0.9


def test_fitting_definitions_that_disagree_depend(abc_cluster, make_inputs, make_times, make_claim):
    tables = [
        make_times("K", {"A": 30, "B": 40, "C": 50}),
        make_times("K", {"A": 60, "B": 80, "C": 95}, definition="door_to_door"),
    ]
    inputs = make_inputs(abc_cluster, times=pd.concat(tables))
    both = make_claim(
        REACH, core="K", threshold_min=60, definitions=["fastest_train", "door_to_door"]
    )
    verdict = check_claim(both, inputs)
    assert verdict.outcome == "depends"
    assert verdict.definitions == ("fastest_train", "door_to_door")
    assert reason(verdict, "By contrast").startswith(
        "By contrast, by door to door (main) it is false"
    )

    # Beside the words, a definition is reported and decides nothing.
    one = check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)
    assert (one.outcome, one.margin) == ("holds", 10)
    assert reason(one, "Beside it") == "Beside it, at the same 60: fails under door to door (main)."


@pytest.mark.parametrize("exception", ["999999", "K"])
def test_an_exception_that_is_no_other_member_is_inconsistent(
    exception, abc_cluster, make_inputs, make_times, make_claim
):
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 1, "B": 1, "C": 1}))
    claim = make_claim(REACH, core="K", threshold_min=60, exceptions=[exception])
    verdict = check_claim(claim, inputs)
    assert verdict.outcome == "inconsistent"
    assert math.isnan(verdict.margin)
    name = "Kay" if exception == "K" else exception
    assert f"It excepts {name}" in verdict.reasons[0].en


def test_without_data_it_is_not_checkable(abc_cluster, make_inputs, make_times, make_claim):
    claim = make_claim(REACH, core="K", threshold_min=60)
    for times in (
        None,
        make_times("K", {"A": 1, "B": 1}),  # no row for C
        make_times("A", {"K": 1, "B": 1, "C": 1}),  # another core
        make_times("K", {"A": 1, "B": 1, "C": 1}, definition="road_peak"),
    ):
        verdict = check_claim(claim, make_inputs(abc_cluster, times=times))
        assert verdict.outcome == "not checkable"
        assert "Not computed: fastest train" in verdict.reasons[0].en
        assert "Kay" in verdict.reasons[0].en


def test_an_older_timetable_does_not_stand_in_for_a_torn_one(
    abc_cluster, make_inputs, make_times, make_claim
):
    tables = [
        make_times("K", {"A": 1, "B": 1}),
        make_times("K", {"A": 1, "B": 1, "C": 1}, date="2016-11-13"),
    ]
    inputs = make_inputs(abc_cluster, times=pd.concat(tables))
    verdict = check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)
    assert verdict.outcome == "not checkable"
    assert set(verdict.sensitivity["timetable_date"]) == {"2016-11-13"}


def test_a_city_without_trains_fails_by_no_finite_margin(
    abc_cluster, make_inputs, make_times, make_claim
):
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 30, "B": 40, "C": math.inf}))
    verdict = check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)
    assert (verdict.outcome, verdict.margin) == ("fails", -math.inf)
    assert "Sea (not reached)" in verdict.evidence.summary.en
    missing = inputs.city_times.assign(minutes=inputs.city_times["minutes"].replace(math.inf, None))
    again = check_claim(
        make_claim(REACH, core="K", threshold_min=60), make_inputs(abc_cluster, times=missing)
    )
    assert (again.outcome, again.margin) == ("fails", -math.inf)


def test_a_definition_that_asks_for_more_than_minutes(
    abc_cluster, make_inputs, make_times, make_claim
):
    times = make_times("K", {"A": 30, "B": 40, "C": 50}, definition="usual_train")
    times["within_60"] = [True, True, False]  # C has too few trains
    claim = make_claim(REACH, core="K", threshold_min=60, definitions=["usual_train"])
    verdict = check_claim(claim, make_inputs(abc_cluster, times=times))
    assert (verdict.outcome, verdict.margin, verdict.decisive.en) == ("fails", -math.inf, "Sea")


def test_roads_have_neither_stations_nor_timetables(
    abc_cluster, make_inputs, make_times, make_claim
):
    times = make_times("K", {"A": 30, "B": 40, "C": 70}, definition="road_free_flow")
    times[["station_set", "timetable_date"]] = None
    claim = make_claim(REACH, core="K", threshold_min=60, definitions=["road_free_flow"])
    verdict = check_claim(claim, make_inputs(abc_cluster, times=times))
    assert (verdict.outcome, verdict.margin) == ("fails", -10)
    assert verdict.timetable_dates == ("",)
    assert not any("timetable" in sentence.en for sentence in verdict.reasons)


def test_a_city_given_twice_is_an_error(abc_cluster, make_inputs, make_times, make_claim):
    times = make_times("K", {"A": 30, "B": 40, "C": 50})
    inputs = make_inputs(abc_cluster, times=pd.concat([times, times.head(1)]))
    with pytest.raises(ClaimError, match="claim T1: city_times gives Ay twice"):
        check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)


def test_inputs_are_not_changed(a1, beijing):
    inputs = beijing()
    before = inputs.city_times.copy(deep=True)
    check_claim(a1, inputs)
    pd.testing.assert_frame_equal(inputs.city_times, before)


def test_the_order_of_rows_does_not_change_the_verdict(a1, beijing, make_inputs):
    inputs = beijing()
    turned = make_inputs(inputs.cluster, times=inputs.city_times.iloc[::-1])
    one, other = check_claim(a1, inputs), check_claim(a1, turned)
    assert (one.outcome, one.margin, one.reasons, one.flips) == (
        other.outcome,
        other.margin,
        other.reasons,
        other.flips,
    )
    pd.testing.assert_frame_equal(one.sensitivity, other.sensitivity)
    pd.testing.assert_frame_equal(one.evidence.table, other.evidence.table)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the fixtures keep no state
)
@given(
    minutes=st.lists(st.integers(1, 200), min_size=3, max_size=3),
    thresholds=st.lists(st.integers(1, 200), min_size=2, max_size=5, unique=True),
)
def test_raising_the_threshold_moves_no_city_out(  # noqa: PLR0917 (pytest passes them by name)
    minutes, thresholds, abc_cluster, make_inputs, make_times, make_claim
):
    inputs = make_inputs(abc_cluster, times=make_times("K", dict(zip("ABC", minutes, strict=True))))
    claim = make_claim(REACH, core="K", threshold_min=60, thresholds_min=thresholds)
    table = check_claim(claim, inputs).sensitivity.sort_values("threshold")
    assert list(table["threshold"]) == sorted({60, *thresholds})
    assert table["inside"].is_monotonic_increasing
    assert table["margin"].is_monotonic_increasing
    outside = [set(names.split("; ")) - {""} for names in table["failing_en"]]
    assert all(after <= before for before, after in itertools.pairwise(outside))
    assert list(table["inside"]) == [
        sum(time <= threshold for time in minutes) for threshold in table["threshold"]
    ]


def test_a_core_outside_the_cluster_keeps_its_name(
    abc_cluster, make_inputs, make_times, make_claim
):
    times = make_times("Z", dict.fromkeys("KABC", 30)).assign(core_en="Zed", core_zh="外")
    claim = make_claim(REACH, core="Z", threshold_min=60)
    verdict = check_claim(claim, make_inputs(abc_cluster, times=times))
    assert verdict.outcome == "holds"
    assert verdict.evidence.summary.en == "4 of 4 cities within 60 min of Zed."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold_min": 0}, "'threshold_min' is 0; give minutes above zero"),
        ({"definitions": []}, "'definitions' is empty"),
    ],
)
def test_parameters_that_make_no_sense(change, message, abc_cluster, make_inputs, make_claim):
    parameters = {"core": "K", "threshold_min": 60} | change
    with pytest.raises(ClaimError, match=message):
        check_claim(make_claim(REACH, **parameters), make_inputs(abc_cluster))


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (None, "names no year; the newest timetable at hand, 2023-12-15"),
        (2010, "before every timetable at hand; the oldest, 2016-11-13"),
        (2023, ""),
    ],
)
def test_the_dates_are_said(  # noqa: PLR0917 (pytest passes them by name)
    year, said, abc_cluster, make_inputs, make_times, make_claim
):
    minutes = dict.fromkeys("ABC", 30)
    times = pd.concat([make_times("K", minutes), make_times("K", minutes, date="2016-11-13")])
    claim = make_claim(REACH, year=year, core="K", threshold_min=60)
    verdict = check_claim(claim, make_inputs(abc_cluster, times=times))
    dated = [text.en for text in verdict.reasons if text.en.startswith("The statement")]
    assert len(dated) == bool(said)
    assert all(said in text for text in dated)
