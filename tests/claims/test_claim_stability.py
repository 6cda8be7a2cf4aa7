"""Stability: the share of draws from stated uncertainties in which a statement is true."""

import dataclasses
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

import toolkit
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.findings import analyse
from toolkit.claims import (
    CheckInputs,
    check_claim,
    check_national,
    embedded_facts,
    find_claim,
    load_claims,
    stability_sentence,
    standard_draws,
)
from toolkit.claims.checks.recomposed import drawn_minutes
from toolkit.claims.uncertainty import Uncertainty
from toolkit.errors import InputFileError
from toolkit.networks.inputs import read_inputs
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS

REACH = "reach_with_exceptions"
SETTINGS = (
    "waiting_min", "waiting_intercity_min", "change_same_station_min",
    "change_between_stations_min", "access_speed_kmh", "access_detour",
)  # fmt: skip


def without_spread(draws):
    """The same draws with every uncertainty at nothing."""
    still = {
        key: dataclasses.replace(one, distribution="normal", spread=0.0)
        for key, one in draws.uncertainties.items()
    }
    return dataclasses.replace(draws, uncertainties=MappingProxyType(still), _kept={})


@pytest.fixture(scope="module")
def city_times():
    cluster = toolkit.load_cluster("jing-jin-ji")
    quiet = Progress(stream=None)
    inputs = read_inputs(cluster, population=None, settings=DEFAULTS, progress=quiet)
    wanted = tuple(load_definitions().values())
    found = analyse(inputs, ["110000"], wanted, polygons=False, progress=quiet)
    return pd.DataFrame(found.city_times)


def test_the_terms_that_verdicts_use_are_the_defaults_of_the_settings():
    stated = standard_draws().uncertainties
    assert {key: stated[key].mode for key in SETTINGS} == {
        key: getattr(DEFAULTS, key) for key in SETTINGS
    }


def test_every_uncertainty_has_a_reason_and_a_source_in_words():
    for one in standard_draws().uncertainties.values():
        assert one.reason_en.endswith(".")
        assert one.reason_zh.endswith("。")
        assert one.source
        assert one.mode == pytest.approx(float(standard_draws().of(one.key)[0]))


def test_draws_depend_on_the_name_alone():
    draws = standard_draws()
    both = draws.table("residents", ["130100", "130200"])
    np.testing.assert_array_equal(both[1], draws.table("residents", ["130200"])[0])
    assert not np.array_equal(both[0], both[1])
    again = dataclasses.replace(draws, _kept={})
    np.testing.assert_array_equal(again.of("waiting_min"), draws.of("waiting_min"))


def test_draws_follow_the_stated_distribution():
    draws = dataclasses.replace(standard_draws(), number=20_000, _kept={})
    waiting = draws.of("waiting_min")[1:]  # triangular: mean (a + b + c) / 3
    assert waiting.mean() == pytest.approx((10 + 15 + 25) / 3, abs=0.1)
    assert draws.of("residents", "x")[1:].std() == pytest.approx(0.005, rel=0.05)


@pytest.mark.parametrize("definition", list(load_definitions()))
def test_times_put_together_again_are_the_times_themselves(city_times, definition):
    draws = standard_draws()
    rows = city_times[city_times["definition"] == definition]
    for _, setting in rows.groupby(["station_set", "timetable_date"]):
        table = setting.set_index("city_adcode")
        minutes = table["minutes"].astype(float).fillna(np.inf)
        first = drawn_minutes(table, draws).values[:, 0]
        np.testing.assert_allclose(first, minutes, atol=1e-9)
        still = drawn_minutes(table, without_spread(draws)).values
        np.testing.assert_allclose(still, np.tile(minutes, (1001, 1)).T, atol=0.03)


def test_longer_waiting_counts_for_the_definitions_that_wait(city_times):
    draws = standard_draws()
    longer = dataclasses.replace(
        draws.uncertainties["waiting_min"], distribution="uniform", low=25, high=25
    )
    stated = {**without_spread(draws).uncertainties, "waiting_min": longer}
    late = dataclasses.replace(draws, uncertainties=MappingProxyType(stated), _kept={})
    newest = city_times[
        (city_times["timetable_date"] == "2023-12-15") & (city_times["station_set"] == "main")
    ].set_index("city_adcode")
    later = {}
    for definition, rows in newest.groupby("definition"):
        later[definition] = drawn_minutes(rows.loc[["130100"]], late).values[0, 1] - float(
            rows.at["130100", "minutes"]
        )
    assert later == pytest.approx(
        {"fastest_train": 0, "usual_train": 0, "station_to_station": 10, "door_to_door": 10},
        abs=0.03,
    )


def test_waits_by_the_timetable_stay_whatever_is_supposed():
    parts = {
        "minutes": 80.0, "access_min": 10.0, "waiting_min": 25.0, "ride_min": 30.0,
        "change_min": 10.0, "egress_min": 5.0, "road_min": np.nan, "fastest_train": "G1 + G2",
        "timetable_date": "2023-12-15",
    }  # fmt: skip
    rows = pd.DataFrame([parts, parts], index=["130100", "130200"])
    drawn = {
        window: drawn_minutes(rows.assign(window=window), standard_draws())
        for window in ("", "07:00-09:00")
    }
    assert {"waiting_min", "change_same_station_min"} <= set(drawn[""].keys)
    assert set(drawn["07:00-09:00"].keys) == {
        "timetable_min", "access_detour", "access_speed_kmh",
    }  # fmt: skip
    spread = {window: np.std(each.values, axis=1) for window, each in drawn.items()}
    assert (spread["07:00-09:00"] < spread[""]).all()
    for each in drawn.values():
        np.testing.assert_allclose(each.values[:, 0], 80.0)


def test_a_city_on_the_edge_is_in_half_of_the_draws(
    abc_cluster, make_inputs, make_times, make_claim
):
    def stability(**minutes):
        times = make_times("K", {"A": 30, "B": 40, "C": 60} | minutes)
        claim = make_claim(REACH, core="K", threshold_min=60)
        return check_claim(claim, make_inputs(abc_cluster, times=times)).stability

    assert stability() == pytest.approx(0.5, abs=0.05)
    assert stability(C=53) == 1
    assert stability(C=67) == 0
    # The hour is the same for all cities of a draw: the triangle from 55 to 65 min gives
    # P(limit >= 62) = (65 - 62)**2 / (10 * 5) = 0.18, printed minutes blur it a little.
    assert stability(C=62) == pytest.approx(0.18, abs=0.04)


def test_a_city_in_part_in_the_plan_counts_in_some_draws(
    abc_cluster, make_inputs, make_times, make_claim
):
    cities = abc_cluster.cities.assign(membership=["full", "full", "full", "part"])
    cluster = dataclasses.replace(abc_cluster, cities=cities)
    inputs = make_inputs(cluster, times=make_times("K", {"A": 30, "B": 40, "C": 90}))
    verdict = check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)
    assert verdict.outcome == "fails"
    assert verdict.stability == pytest.approx(0.5, abs=0.06)
    assert "membership" in verdict.drawn


def test_every_statement_judged_as_it_is_in_the_first_draw():
    """Nothing varied: every draw says what the facts say."""
    facts = embedded_facts()
    still = dataclasses.replace(facts, draws=without_spread(facts.draws))
    verdicts = check_national(load_claims(), still)
    decided = [v for v in verdicts if v.sensitivity["decides"].any()]
    assert len(decided) > 40
    for verdict in decided:
        table = verdict.sensitivity
        # Draws of parts of prefectures are still all of them, so only readings differ.
        assert (table["share"] == table["holds"]).all(), verdict.claim.id


def test_rounding_decides_an_arithmetic_claim():
    (verdict,) = check_national([find_claim(load_claims(), "C11")])
    # 4.6 + 27.7 + 58.1 + 10 = 100.4, within 0.5 of 100: not for every rounding.
    assert verdict.drawn == ("rounding",)
    assert 0.9 < verdict.stability < 1
    assert stability_sentence(verdict).zh == (
        "在1,000次抽样中98%成立；抽样对象：带小数数值的末位舍入。"
    )


def test_a_reading_that_no_draw_comes_to_is_explained():
    (c1,) = check_national([find_claim(load_claims(), "C1")])
    assert (c1.outcome, c1.stability) == ("depends", 1.0)
    sentence = stability_sentence(c1)
    assert "every draw counts a part" in sentence.en
    assert sentence.en.endswith("So 'whole', which fails by the figures, is true in 100% of them.")
    assert sentence.zh.endswith("因此“whole”按数值不成立，而抽样中100%成立。")


def test_a_mistake_in_a_distribution_is_named():
    with pytest.raises(InputFileError, match=r"'x'.*triangular"):
        Uncertainty("x", "x", "x", "triangle", 1.0, "r", "r", "s")


def test_inputs_take_draws_of_their_own(abc_cluster, make_inputs, make_times, make_claim):
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 30, "B": 40, "C": 60}))
    none = dataclasses.replace(standard_draws(), number=0, _kept={})
    assert isinstance(inputs, CheckInputs)
    verdict = check_claim(
        make_claim(REACH, core="K", threshold_min=60), dataclasses.replace(inputs, draws=none)
    )
    assert verdict.stability == 1
