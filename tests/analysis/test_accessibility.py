"""Accessibility: closed forms, a line of cities by hand, invariants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from toolkit.analysis.accessibility import (
    accessibility_table,
    cumulative_opportunities,
    daily_accessibility,
    hansen_potential,
    performance_ratio,
    weighted_average_time,
)
from toolkit.analysis.decay import Decay, fit_decay
from toolkit.errors import MissingDataError, UnknownNameError

KINDS = [("power", 1.3), ("exponential", 0.02), ("gaussian", 45.0)]

# a line: A --30-- B --60-- C, and D that no way leads to
CITIES = list("ABCD")
MINUTES = pd.DataFrame(
    [[0, 30, 90, np.inf], [30, 0, 60, np.inf], [90, 60, 0, np.nan], [np.inf] * 3 + [0]],
    index=CITIES,
    columns=CITIES,
    dtype=float,
)
PEOPLE = pd.Series({"A": 10, "B": 4, "C": 2, "D": 100})

TABLES = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        arrays.arrays(float, (n, n), elements=st.floats(1.0, 500.0)),
        arrays.arrays(float, n, elements=st.floats(1.0, 1e7)),
    )
)


def labelled(values, people):
    places = [f"p{number}" for number in range(len(people))]
    return pd.DataFrame(values, index=places, columns=places), pd.Series(people, index=places)


def test_decay_functions_at_known_points():
    assert Decay("power", 2.0)(4.0) == pytest.approx(1 / 16)
    assert Decay("exponential", np.log(2) / 30)(60.0) == pytest.approx(0.25)
    assert Decay("gaussian", 30.0)(30.0) == pytest.approx(np.exp(-0.5))
    for kind, parameter in KINDS:
        assert Decay(kind, parameter)(np.inf) == 0.0


def test_potential_by_hand():
    found = hansen_potential(MINUTES, PEOPLE, Decay("power", 1.0))
    assert found.tolist() == pytest.approx(
        [4 / 30 + 2 / 90, 10 / 30 + 2 / 60, 10 / 90 + 4 / 60, 0.0]
    )
    with_own = hansen_potential(MINUTES, PEOPLE, Decay("power", 1.0), own_minutes=10.0)
    assert (with_own - found).tolist() == pytest.approx([1.0, 0.4, 0.2, 10.0])
    own = pd.Series({"A": 20.0, "B": 10.0, "C": 5.0, "D": 50.0})
    each = hansen_potential(MINUTES, PEOPLE, Decay("power", 1.0), own_minutes=own)
    assert (each - found).tolist() == pytest.approx([0.5, 0.4, 0.4, 2.0])


def test_cumulative_opportunities_by_hand():
    found = cumulative_opportunities(MINUTES, PEOPLE)
    assert found.columns.tolist() == ["within_45", "within_60", "within_75", "within_90"]
    assert found.loc["A"].tolist() == [14, 14, 14, 16]
    assert found.loc["B"].tolist() == [14, 16, 16, 16]  # 60 minutes are within 60
    assert found.loc["D"].tolist() == [100] * 4


def test_weighted_average_time_by_hand():
    reachable = MINUTES.loc["A":"C", "A":"C"]
    found = weighted_average_time(reachable, PEOPLE)
    assert found.tolist() == pytest.approx(
        [(30 * 4 + 90 * 2) / 6, (30 * 10 + 60 * 2) / 12, (90 * 10 + 60 * 4) / 14]
    )
    assert weighted_average_time(MINUTES, PEOPLE).isna().all()  # nobody reaches D
    nobody_there = weighted_average_time(MINUTES, PEOPLE.mask(PEOPLE.index == "D", 0))
    assert nobody_there["A"] == pytest.approx(found["A"])


def test_daily_accessibility_is_a_threshold():
    assert daily_accessibility(MINUTES, PEOPLE).tolist() == [16, 16, 16, 100]
    assert daily_accessibility(MINUTES, PEOPLE, limit_min=30).tolist() == [14, 14, 2, 100]


def test_performance_by_hand():
    km = pd.DataFrame(
        [[0, 40, 100, 130], [40, 0, 60, 150], [100, 60, 0, 110], [130, 150, 110, 0]],
        index=CITIES,
        columns=CITIES,
    )
    found = performance_ratio(MINUTES, km, PEOPLE)
    assert found.loc["A"].tolist() == [16.0, 16.0, 100.0]
    assert found.loc["C"].tolist() == pytest.approx([16.0, 116.0, 100 * 16 / 116])
    narrow = performance_ratio(MINUTES, km, PEOPLE, threshold_min=30)  # radius 40 km
    assert narrow.loc["A"].tolist() == [14.0, 14.0, 100.0]
    wide = performance_ratio(MINUTES, km, PEOPLE, radius_km=10)
    assert wide.loc["A", "performance"] == pytest.approx(160.0)
    elsewhere = performance_ratio(MINUTES.loc[["A"], ["C"]], km, PEOPLE, radius_km=50)
    assert np.isnan(elsewhere.loc["A", "performance"])


def test_origins_need_not_be_destinations():
    cells = pd.DataFrame([[10.0, 20.0], [5.0, 100.0]], index=[7, 8], columns=["A", "B"])
    table = accessibility_table(cells, PEOPLE, Decay("exponential", 0.05))
    assert table.loc[7, "within_45"] == 14
    assert table.loc[8, "weighted_average_min"] == pytest.approx((5 * 10 + 100 * 4) / 14)
    assert table.loc[7, "potential"] == pytest.approx(10 * np.exp(-0.5) + 4 * np.exp(-1))


@pytest.mark.parametrize(("kind", "parameter"), KINDS)
def test_a_fit_finds_the_function_that_made_the_data(kind, parameter):
    minutes = np.linspace(5, 200, 60)
    masses = np.linspace(1, 9, 60)
    exact = 3.0 * masses * Decay(kind, parameter)(minutes)
    fit = fit_decay(kind, minutes, exact, masses=masses)
    assert fit.decay.parameter == pytest.approx(parameter)
    assert fit.r_squared == pytest.approx(1.0)
    assert fit.standard_error == pytest.approx(0.0, abs=1e-6)
    assert fit.pairs == 60


@pytest.mark.parametrize(("kind", "parameter"), KINDS)
def test_the_standard_error_covers_the_truth(kind, parameter):
    random = np.random.default_rng(3)
    minutes = random.uniform(5, 150, size=40)
    missed = 0
    for _ in range(200):
        noisy = Decay(kind, parameter)(minutes) * np.exp(random.normal(0, 0.3, size=40))
        fit = fit_decay(kind, minutes, noisy)
        missed += abs(fit.decay.parameter - parameter) > 2.024 * fit.standard_error
    assert 2 <= missed <= 20  # 5 % of 200 expected: t with 38 degrees of freedom


def test_the_fit_agrees_with_numpy():
    random = np.random.default_rng(5)
    minutes, flows = random.uniform(5, 150, 30), random.uniform(1, 9, 30) / 1.0
    flows = flows * minutes**-1.0
    coefficients, covariance = np.polyfit(np.log(minutes), np.log(flows), 1, cov=True)
    fit = fit_decay("power", minutes, flows)
    assert fit.decay.parameter == pytest.approx(-coefficients[0])
    assert fit.standard_error == pytest.approx(np.sqrt(covariance[0, 0]))


def test_pairs_without_interaction_or_way_are_left_out_of_a_fit():
    fit = fit_decay("power", [10, 20, 40, np.inf, 30], [1 / 10, 1 / 20, 1 / 40, 5, 0])
    assert fit.pairs == 3
    assert fit.decay.parameter == pytest.approx(1.0)


@given(TABLES, st.floats(1e-3, 1e3), st.sampled_from(KINDS))
def test_measures_scale_with_the_mass_and_mean_time_does_not(table, factor, kind):
    minutes, people = labelled(*table)
    one = accessibility_table(minutes, people, Decay(*kind), own_minutes=15.0)
    other = accessibility_table(minutes, people * factor, Decay(*kind), own_minutes=15.0)
    mean = one.pop("weighted_average_min")
    pd.testing.assert_series_equal(other.pop("weighted_average_min"), mean)
    pd.testing.assert_frame_equal(other, one * factor)


@given(TABLES, st.randoms(), st.sampled_from(KINDS))
def test_measures_do_not_depend_on_the_order_of_places(table, shuffle, kind):
    minutes, people = labelled(*table)
    order = shuffle.sample(list(people.index), len(people))
    columns = shuffle.sample(order, len(order))
    found = accessibility_table(minutes.loc[order, columns], people[order[::-1]], Decay(*kind))
    expected = accessibility_table(minutes, people, Decay(*kind))
    pd.testing.assert_frame_equal(found.sort_index(), expected)


@given(TABLES, st.floats(0.1, 1.0), st.sampled_from(KINDS))
def test_faster_travel_is_never_less_accessible(table, factor, kind):
    minutes, people = labelled(*table)
    slow = accessibility_table(minutes, people, Decay(*kind))
    fast = accessibility_table(minutes * factor, people, Decay(*kind))
    assert (fast["weighted_average_min"] <= slow["weighted_average_min"] * (1 + 1e-12)).all()
    rising = slow.columns.drop("weighted_average_min")
    assert (fast[rising] >= slow[rising] * (1 - 1e-12)).all(axis=None)


@given(TABLES)
def test_cumulative_opportunities_rise_with_the_threshold_up_to_all(table):
    minutes, people = labelled(*table)
    found = cumulative_opportunities(minutes, people, thresholds_min=[10, 50, 200, 500])
    assert (found.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    np.testing.assert_allclose(found["within_500"], people.sum())


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(MissingDataError, match="no mass is given for D"):
        hansen_potential(MINUTES, PEOPLE.drop("D"), Decay("power", 1.0))
    with pytest.raises(MissingDataError, match="below 0"):
        cumulative_opportunities(MINUTES - 1, PEOPLE)
    with pytest.raises(MissingDataError, match="travel time of 0"):
        hansen_potential(MINUTES * 0, PEOPLE, Decay("power", 1.0))
    with pytest.raises(UnknownNameError, match="linear"):
        Decay("linear", 1.0)
    with pytest.raises(MissingDataError, match="not above 0"):
        Decay("power", 0.0)
    with pytest.raises(MissingDataError, match="2 pairs"):
        fit_decay("power", [1, 2], [2, 1])
    with pytest.raises(MissingDataError, match="does not fall"):
        fit_decay("power", [1, 2, 3], [1, 2, 3])
