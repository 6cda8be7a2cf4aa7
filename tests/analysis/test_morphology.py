"""Morphological polycentricity: closed forms, tabulated values of two clusters, invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.polycentricity import (
    entropy,
    evenness,
    gini,
    mean_rank_size_slope,
    morphological_polycentricity,
    primacy,
    rank_size_fit,
    rank_size_slope,
    stepwise,
)
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError, UnknownNameError

# residents of the census of 2020, prefectures
TABULATED = {
    "jing-jin-ji": (13, 110_369_339, -0.734, -0.584, 1.579, 0.539, 0.938),
    "yangtze-river-delta": (26, 165_085_566, -0.793, -0.780, 1.951, 0.613, 0.928),
}
SIZES = st.lists(st.floats(1.0, 1e8), min_size=4, max_size=40)
MEASURES = [rank_size_slope, mean_rank_size_slope, primacy, evenness, entropy, gini]


@pytest.mark.parametrize("slug", list(TABULATED))
def test_residents_of_the_census_give_the_tabulated_values(slug):
    residents = load_cluster(slug).cities["residents"].to_numpy(float)
    found = (
        len(residents),
        int(residents.sum()),
        round(rank_size_slope(residents), 3),
        round(mean_rank_size_slope(residents), 3),
        round(primacy(residents), 3),
        round(evenness(residents), 3),
        round(entropy(residents), 3),
    )
    assert found == TABULATED[slug]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.7])
def test_a_power_of_the_rank_has_that_power_as_its_slope(exponent):
    sizes = 1e6 * np.arange(1, 31) ** -exponent
    assert rank_size_slope(sizes) == pytest.approx(-exponent)
    assert rank_size_slope(sizes, largest=3) == pytest.approx(-exponent)


def test_gabaix_ibragimov_is_exact_where_the_shifted_rank_is_a_power():
    fit = rank_size_fit((np.arange(1, 51) - 0.5) ** (-1 / 1.3))
    assert fit.exponent == pytest.approx(1.3)
    assert fit.standard_error == pytest.approx(1.3 * np.sqrt(2 / 50))


def test_gabaix_ibragimov_has_less_bias_than_the_plain_rank_on_pareto_samples():
    # what the paper is about: the plain rank biases the exponent, half a rank less does not
    draws = np.random.default_rng(7).pareto(1.0, size=(2000, 50)) + 1.0
    shifted = np.mean([rank_size_fit(sample).exponent for sample in draws])
    ranks = np.log(np.arange(1, 51))
    plain = np.mean([-np.polyfit(np.log(np.sort(sample)[::-1]), ranks, 1)[0] for sample in draws])
    assert abs(shifted - 1.0) < 0.03
    assert plain < 0.95


def test_primacy_under_zipfs_law():
    zipf = 1.0 / np.arange(1, 12)
    assert primacy(zipf) == pytest.approx(2.0)
    assert primacy(zipf, among=4) == pytest.approx(12 / 13)
    assert primacy(zipf, among=11) == pytest.approx(2 / (83711 / 27720 - 1))


def test_equal_places_are_as_even_as_can_be():
    same = [3.0] * 5
    assert (evenness(same), gini(same)) == (1.0, 0.0)
    assert entropy(same) == pytest.approx(1.0)
    assert rank_size_slope(same) == 0.0
    assert rank_size_fit(same).exponent == np.inf


def test_one_place_with_everything_is_as_uneven_as_can_be():
    assert evenness([0.0, 9.0]) == 0.0
    assert entropy([0.0, 0.0, 9.0]) == 0.0
    assert gini([0.0, 0.0, 9.0]) == pytest.approx(2 / 3)


def test_gini_is_half_the_mean_difference_over_the_mean():
    sizes = np.array([4.0, 1.0, 7.0, 7.0, 2.5])
    differences = np.abs(sizes[:, None] - sizes[None, :]).mean()
    assert gini(sizes) == pytest.approx(differences / (2 * sizes.mean()))


@given(SIZES, st.floats(1e-3, 1e3))
def test_no_measure_depends_on_the_unit(sizes, factor):
    for measure in MEASURES:
        scaled = measure(np.array(sizes) * factor)
        assert scaled == pytest.approx(measure(sizes), abs=1e-8)


@given(SIZES, st.randoms())
def test_no_measure_depends_on_the_order_of_places(sizes, random):
    shuffled = random.sample(sizes, len(sizes))
    for measure in MEASURES:
        assert measure(shuffled) == pytest.approx(measure(sizes), abs=1e-12)


@given(SIZES)
def test_bounds(sizes):
    assert rank_size_slope(sizes) <= 1e-12
    assert primacy(sizes) >= 1.0
    assert 0.0 <= evenness(sizes) <= 1.0
    assert 0.0 <= entropy(sizes) <= 1.0 + 1e-12
    assert 0.0 <= gini(sizes) < 1.0


@given(SIZES)
def test_moving_people_from_the_largest_to_the_smallest_lowers_gini(sizes):
    ordered = np.sort(sizes)
    moved = ordered.copy()
    gap = (ordered[-1] - ordered[0]) / 4
    moved[-1] -= gap
    moved[0] += gap
    assert gini(moved) <= gini(ordered) + 1e-12
    assert entropy(moved) >= entropy(ordered) - 1e-12


def test_stepwise_ends_with_all_places():
    sizes = [9.0, 5.0, 4.0, 1.0]
    curve = stepwise(sizes, evenness)
    assert curve.index.tolist() == [2, 3, 4]
    assert curve[2] == pytest.approx(evenness([9.0, 5.0]))
    assert curve[4] == pytest.approx(evenness(sizes))


def test_the_table_states_places_unit_and_error():
    sizes = load_cluster("jing-jin-ji").cities["residents"].to_numpy(float)
    table = morphological_polycentricity(sizes, unit="residents")
    assert table.loc["primacy_4", "places"] == 4
    assert set(table["places_in_all"]) == {13}
    assert set(table["unit"]) == {"residents"}
    fit = table.loc["gabaix_ibragimov_exponent"]
    assert fit["standard_error"] == pytest.approx(fit["value"] * np.sqrt(2 / 13))
    small = morphological_polycentricity([2.0, 1.0], unit="residents")
    assert "primacy_4" not in small.index


@pytest.mark.parametrize("sizes", [[1.0, 0.0, 3.0], [1.0, np.nan], [5.0], [1.0, -2.0]])
def test_sizes_that_cannot_be_ranked_are_refused(sizes):
    with pytest.raises(MissingDataError):
        rank_size_slope(sizes)


def test_more_places_than_there_are_is_refused():
    with pytest.raises(MissingDataError, match="the 5 largest of 3"):
        rank_size_slope([3.0, 2.0, 1.0], largest=5)
    with pytest.raises(UnknownNameError, match="primacy index of 3"):
        primacy([3.0, 2.0, 1.0], among=3)
