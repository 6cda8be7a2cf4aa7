"""Functional polycentricity: networks with known indices, published values, invariants."""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from toolkit.analysis.polycentricity import (
    centralities,
    dominance,
    functional_polycentricity,
    general_functional_polycentricity,
    gravity_links,
    interaction_entropy,
    internal_links,
    link_symmetry,
    node_symmetry,
    path_flows,
    rank_size_slope,
    relative_strength,
    strengths,
    top_link_share,
    train_links,
)
from toolkit.analysis.polycentricity.validation import checked_links
from toolkit.errors import MissingDataError, NetworkError, UnknownNameError
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference


def links_of(values):
    return pd.DataFrame(np.array(values, dtype=float))


def star(leaves):
    """A hub linked both ways with every leaf, and no other link."""
    table = np.zeros((leaves + 1, leaves + 1))
    table[0, 1:] = table[1:, 0] = 1.0
    return links_of(table)


def complete(places):
    return links_of(1.0 - np.eye(places))


LINKS = st.integers(3, 8).flatmap(
    lambda n: arrays.arrays(float, (n, n), elements=st.integers(0, 50).map(float))
)


@pytest.mark.parametrize("places", [2, 3, 10])
def test_equal_links_are_fully_polycentric(places):
    found = functional_polycentricity(complete(places))
    assert (found.p_sf, found.evenness, found.density) == (1.0, 1.0, 1.0)
    assert found.linked_pairs == places * (places - 1) // 2


@pytest.mark.parametrize("leaves", [2, 4, 9])
def test_a_star_by_hand(leaves):
    # strengths 2k for the hub and 2 for k leaves: their deviation is 2 (k-1) sqrt(k) / (k+1)
    # against a maximum of k; k of k (k+1) / 2 pairs are linked
    k = leaves
    found = functional_polycentricity(star(k))
    assert found.evenness == pytest.approx(1.0 - 2 * (k - 1) * np.sqrt(k) / ((k + 1) * k))
    assert found.density == pytest.approx(2 / (k + 1))
    assert found.p_sf == pytest.approx(found.evenness * found.density)
    assert top_link_share(star(k)) == 1.0


def test_density_of_weights_is_the_mean_over_the_largest():
    links = links_of([[0, 4, 2], [0, 0, 0], [0, 0, 0]])
    assert functional_polycentricity(links, density="weights").density == pytest.approx(0.5)
    assert functional_polycentricity(links).density == pytest.approx(2 / 3)


def test_no_links_at_all():
    found = functional_polycentricity(links_of(np.zeros((3, 3))))
    assert (found.p_sf, found.linked_pairs, found.places) == (0.0, 0, 3)
    assert top_link_share(links_of(np.zeros((3, 3)))) == 0.0


def test_the_general_index_is_the_mean_over_functions():
    networks = {"rail": complete(3), "road": star(2)}
    expected = (1.0 + functional_polycentricity(star(2)).p_sf) / 2
    assert general_functional_polycentricity(networks) == pytest.approx(expected)
    with pytest.raises(MissingDataError):
        general_functional_polycentricity({})


def test_interaction_entropy_of_equal_and_of_single_links():
    assert interaction_entropy(complete(5)) == pytest.approx(1.0)
    assert interaction_entropy(links_of([[0, 7, 0], [0, 0, 0], [0, 0, 0]])) == 0.0
    # two of six possible links alike
    halves = links_of([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    assert interaction_entropy(halves) == pytest.approx(np.log(2) / np.log(6))


def test_dominance_and_strength_by_hand():
    assert dominance(star(3)).tolist() == [2.0, 2 / 3, 2 / 3, 2 / 3]
    assert relative_strength(star(3)).iloc[0, 1] == pytest.approx(1 / 6)


def test_symmetry_by_hand():
    links = links_of([[0, 6, 0], [2, 0, 0], [0, 0, 0]])
    assert link_symmetry(links).iloc[0, 1] == pytest.approx(0.5)
    assert np.isnan(link_symmetry(links).iloc[0, 2])
    assert node_symmetry(links).tolist()[:2] == pytest.approx([-0.5, 0.5])
    assert np.isnan(node_symmetry(links)[2])


@given(LINKS, st.floats(1e-3, 1e3))
def test_no_index_depends_on_the_unit(values, factor):
    one, other = links_of(values), links_of(values * factor)
    for density in ("links", "weights"):
        assert functional_polycentricity(other, density=density).p_sf == pytest.approx(
            functional_polycentricity(one, density=density).p_sf, abs=1e-9
        )
    assert top_link_share(other) == pytest.approx(top_link_share(one))
    if strengths(one).any():
        assert interaction_entropy(other) == pytest.approx(interaction_entropy(one), abs=1e-9)


@given(LINKS, st.randoms())
def test_no_index_depends_on_the_order_of_places(values, random):
    links = links_of(values)
    order = random.sample(range(len(links)), len(links))
    shuffled = links.loc[order, order]
    assert functional_polycentricity(shuffled).p_sf == pytest.approx(
        functional_polycentricity(links).p_sf
    )
    assert top_link_share(shuffled) == pytest.approx(top_link_share(links))
    if strengths(links).any():
        pd.testing.assert_series_equal(dominance(shuffled).sort_index(), dominance(links))


@given(LINKS)
def test_bounds_and_sums(values):
    links = links_of(values)
    found = functional_polycentricity(links)
    assert 0.0 <= found.p_sf <= 1.0
    symmetry = link_symmetry(links).to_numpy()
    np.testing.assert_allclose(symmetry, -symmetry.T)
    if strengths(links).any():
        assert relative_strength(links).to_numpy().sum() == pytest.approx(1.0)
        assert dominance(links).mean() == pytest.approx(1.0)
        assert 0.0 <= interaction_entropy(links) <= 1.0 + 1e-12
        assert 2 / len(links) - 1e-12 <= top_link_share(links) <= 1.0


@given(LINKS, st.integers(2, 6))
def test_internal_and_external_centrality_add_up(values, count):
    links = links_of(values)
    members = list(range(min(count, len(links))))
    table = centralities(links, members)
    np.testing.assert_allclose(table["total"], strengths(links)[members])
    np.testing.assert_allclose(table["internal"] + table["external"], table["total"])
    everyone = centralities(links, list(links.index))
    assert (everyone["external"].abs() < 1e-9).all()


def test_a_cluster_monocentric_outside_and_polycentric_inside():
    links = complete(4).to_numpy()
    outer = np.zeros((5, 5))
    outer[:4, :4] = links
    outer[0, 4] = outer[4, 0] = 20.0
    for place in (1, 2, 3):
        outer[place, 4] = outer[4, place] = 1.0
    table = centralities(links_of(outer), [0, 1, 2, 3])
    assert rank_size_slope(table["internal"]) == 0.0
    assert rank_size_slope(table["external"]) < -1.5


# --- networks of links -------------------------------------------------------------------------


def test_trains_between_beijing_and_tianjin_are_those_of_the_table():
    services = reference.city_services("2023-12-15", "core25")
    links = train_links(services, ["120000", "110000", "130100"])
    expected = services[(services["from_adcode"] == "110000") & (services["to_adcode"] == "120000")]
    assert links.loc["110000", "120000"] == expected["trains_per_day"].sum()
    fast = train_links(services, ["120000", "110000"], train_classes=["fast"])
    assert fast.loc["110000", "120000"] < links.loc["110000", "120000"]
    assert links.index.tolist() == ["120000", "110000", "130100"]
    assert (np.diag(links) == 0.0).all()


def test_a_city_without_trains_has_empty_links():
    services = Timetable.from_reference("2023-12-15").city_services(
        pd.Series({"BXP": "110000", "SJP": "130100"})
    )
    links = train_links(services, ["110000", "130100", "999999"])
    assert strengths(links)["999999"] == 0.0
    assert links.loc["110000", "130100"] > 0.0


def test_gravity_by_hand():
    sizes = pd.Series({"a": 2.0, "b": 3.0, "c": 5.0})
    cost = pd.DataFrame([[0, 2, np.nan], [2, 0, 10], [np.nan, 10, 0]], list("abc"), list("abc"))
    links = gravity_links(sizes, cost, lambda minutes: np.asarray(minutes) ** -2.0)
    assert links.loc["a", "b"] == pytest.approx(6 / 4)
    assert links.loc["c", "b"] == pytest.approx(15 / 100)
    assert links.loc["a", "c"] == 0.0


@given(st.integers(0, 10_000), st.integers(3, 9))
def test_path_flows_are_the_edge_betweenness_of_networkx(seed, count):
    # with demand of 1 between all pairs the load is the betweenness of directed edges;
    # costs of 1 and 2 make for many equal paths
    random = np.random.default_rng(seed)
    cost = random.choice([1.0, 2.0, np.inf], size=(count, count), p=[0.4, 0.3, 0.3])
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    for tail, head in itertools.permutations(range(count), 2):
        if np.isfinite(cost[tail, head]):
            graph.add_edge(tail, head, weight=cost[tail, head])
    flows = path_flows(complete(count), links_of(cost)).to_numpy()
    expected = nx.edge_betweenness_centrality(graph, normalized=False, weight="weight")
    found = {edge: flows[edge] for edge in graph.edges}
    assert found == pytest.approx(expected)
    assert flows.sum() == pytest.approx(sum(expected.values()))


def test_demand_over_its_own_direct_links_stays_there():
    demand = links_of([[0, 5, 1], [2, 0, 3], [4, 6, 0]])
    pd.testing.assert_frame_equal(path_flows(demand, complete(3)), demand)


# --- null model --------------------------------------------------------------------------------


@pytest.mark.parametrize(("members", "places"), [(2, 4), (3, 9), (5, 40)])
def test_equal_links_are_what_the_model_expects(members, places):
    found = internal_links(complete(places), list(range(members)))
    inside = members * (members - 1)
    assert found.share == pytest.approx(inside / (inside + 2 * members * (places - members)))
    assert found.ratio == pytest.approx(1.0)


def test_a_clique_apart_keeps_more_inside_than_expected():
    values = np.kron(np.eye(2), np.ones((3, 3)))
    values[0, 3] = values[3, 0] = 1.0
    found = internal_links(links_of(values), [0, 1, 2])
    assert found.share == pytest.approx(6 / 8)
    assert found.ratio > 1.5
    assert (found.members, found.places, found.links) == (3, 6, 8.0)


@given(LINKS, st.floats(0.1, 10.0))
def test_the_ratio_to_the_model_does_not_depend_on_the_unit(values, factor):
    values = values + 1.0
    one = internal_links(links_of(values), [0, 1])
    other = internal_links(links_of(values * factor), [0, 1])
    assert other.ratio == pytest.approx(one.ratio)
    assert 0.0 < one.expected_share < 1.0


def test_the_share_grows_with_the_members_and_the_ratio_does_not():
    shares = [internal_links(complete(12), list(range(count))) for count in (2, 4, 6, 8)]
    assert [found.share for found in shares] == sorted(found.share for found in shares)
    assert [found.ratio for found in shares] == pytest.approx([1.0] * 4)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [[[0, -1], [1, 0]], [[0, np.nan], [1, 0]], [[0, np.inf], [1, 0]]],
)
def test_links_that_are_none_are_refused(values):
    with pytest.raises(NetworkError, match="missing, infinite or below 0"):
        functional_polycentricity(links_of(values))


def test_tables_that_are_not_square_or_hold_no_links_are_refused():
    with pytest.raises(NetworkError, match="same places"):
        strengths(pd.DataFrame([[0, 1]], index=["a"], columns=["a", "b"]))
    with pytest.raises(MissingDataError, match="no links"):
        interaction_entropy(links_of(np.zeros((2, 2))))
    with pytest.raises(MissingDataError, match="1 place"):
        functional_polycentricity(links_of([[0]]))
    with pytest.raises(UnknownNameError, match="density"):
        functional_polycentricity(complete(2), density="none")
    with pytest.raises(MissingDataError, match="given for 9"):
        internal_links(complete(3), [0, 9])
    with pytest.raises(MissingDataError, match="given for 9"):
        centralities(complete(3), [0, 9])
    with pytest.raises(NetworkError, match="above 0"):
        path_flows(complete(2), links_of([[0, 0], [1, 0]]))


def test_checked_links_are_numbers_without_a_diagonal():
    given_links = pd.DataFrame([[7, 3], [1, 7]], index=["a", "b"], columns=["a", "b"])
    found = checked_links(given_links)
    assert found.to_numpy().tolist() == [[0.0, 3.0], [1.0, 0.0]]
    assert given_links.loc["a", "a"] == 7  # a copy
    whole = pd.DataFrame([[pd.NA, 2], [5, pd.NA]], dtype="Int64")
    assert checked_links(whole).to_numpy().tolist() == [[0.0, 2.0], [5.0, 0.0]]


@pytest.mark.parametrize(
    ("links", "message"),
    [
        (pd.DataFrame([[0, 1], [1, 0]], index=["a", "b"], columns=["b", "a"]), "same order"),
        (pd.DataFrame([[0, 1], [1, 0]], index=["a", "a"], columns=["a", "a"]), "same order"),
        (pd.DataFrame([[0, 1, 2], [1, 0, 2]]), "same order"),
        (pd.DataFrame([[0, np.nan], [1, 0]]), "missing, infinite or below 0"),
        (pd.DataFrame([[0, np.inf], [1, 0]]), "missing, infinite or below 0"),
        (pd.DataFrame([[0, -1], [1, 0]]), "missing, infinite or below 0"),
    ],
)
def test_links_are_checked_before_use(links, message):
    with pytest.raises(NetworkError, match=message):
        checked_links(links)
