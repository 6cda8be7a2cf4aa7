"""Communities and agreement of partitions: textbook values and invariants."""

import random

import igraph
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.polycentricity import (
    adjusted_rand_index,
    agreement_with_plan,
    centralities,
    internal_links,
    leiden_communities,
    normalised_mutual_information,
    train_links,
)
from toolkit.clusters import list_clusters, union_members
from toolkit.errors import MissingDataError
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference

# Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, figure 16.4:
# three clusters of 17 points of three classes; the book gives NMI 0.36 and Rand index 0.68
CLUSTERS = [1] * 6 + [2] * 6 + [3] * 5
CLASSES = list("xxxxxo") + list("xooood") + list("xxddd")
LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=30)


def karate():
    """Zachary's club, the network that every text on communities shows."""
    graph = igraph.Graph.Famous("Zachary")
    return pd.DataFrame(np.array(graph.get_adjacency().data, dtype=float))


def rings(count, size):
    """Cliques joined in a ring by single links."""
    values = np.kron(np.eye(count), np.ones((size, size)))
    for ring in range(count):
        here, there = ring * size, ((ring + 1) % count) * size + 1
        values[here, there] = values[there, here] = 1.0
    return pd.DataFrame(values)


def test_mutual_information_of_the_textbook():
    assert round(normalised_mutual_information(CLUSTERS, CLASSES), 2) == 0.36


def test_adjusted_rand_index_of_the_textbook():
    # of 136 pairs 20 are together in both, 40 in the clusters, 44 in the classes
    expected = 40 * 44 / 136
    value = (20 - expected) / (42 - expected)
    assert adjusted_rand_index(CLUSTERS, CLASSES) == pytest.approx(value)
    assert round(value, 3) == 0.243


def test_tabulated_pairs():
    assert adjusted_rand_index([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(4 / 7)
    assert adjusted_rand_index([0, 0, 0, 0], [0, 1, 2, 3]) == 0.0
    assert adjusted_rand_index([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)
    assert normalised_mutual_information([0, 0, 0, 0], [0, 1, 2, 3]) == 0.0
    assert adjusted_rand_index([1, 1, 1], [2, 2, 2]) == 1.0
    assert normalised_mutual_information([1, 1, 1], [2, 2, 2]) == 1.0


@given(LABELS, st.randoms())
def test_agreement_knows_neither_names_nor_order_nor_side(labels, shuffle):
    other = shuffle.sample(labels, len(labels))
    names = dict(zip(range(5), shuffle.sample("vwxyz", 5), strict=True))
    order = shuffle.sample(range(len(labels)), len(labels))
    for agreement in (adjusted_rand_index, normalised_mutual_information):
        value = agreement(labels, other)
        assert agreement(other, labels) == pytest.approx(value)
        assert agreement([names[label] for label in labels], other) == pytest.approx(value)
        moved = agreement([labels[i] for i in order], [other[i] for i in order])
        assert moved == pytest.approx(value)
        assert agreement(labels, labels) == pytest.approx(1.0)
        assert value <= 1.0 + 1e-12


def test_leiden_finds_the_best_known_partition_of_the_karate_club():
    # 0.4198 is the maximum of modularity, proved by Brandes et al. (2008)
    best = max((leiden_communities(karate(), seed=seed) for seed in range(20)), key=_modularity)
    assert round(best.modularity, 4) == 0.4198
    assert best.membership.nunique() == 4


def test_leiden_finds_cliques_and_their_modularity():
    found = leiden_communities(rings(5, 4))
    assert found.membership.tolist() == np.repeat(range(5), 4).tolist()
    # m = 5 * (6 + 1) links; inside 30 of them, each clique has 1/5 of all ends
    assert found.modularity == pytest.approx(30 / 35 - 1 / 5)


@given(st.floats(1e-3, 1e3))
def test_communities_do_not_depend_on_the_unit(factor):
    one, other = leiden_communities(rings(4, 3)), leiden_communities(rings(4, 3) * factor)
    assert adjusted_rand_index(one.membership, other.membership) == 1.0
    assert other.modularity == pytest.approx(one.modularity)


def test_one_seed_gives_one_partition_whatever_was_drawn_before():
    first = leiden_communities(karate(), seed=3)
    random.random()
    igraph.Graph.Erdos_Renyi(n=20, p=0.3)
    assert leiden_communities(karate(), seed=3).membership.equals(first.membership)


def test_random_numbers_of_others_are_left_alone():
    random.seed(11)
    expected = [random.random() for _ in range(3)]
    random.seed(11)
    leiden_communities(karate(), seed=5)
    assert [random.random() for _ in range(3)] == expected


def test_cliques_against_a_plan_that_follows_them_and_one_that_does_not():
    plan = pd.Series(np.repeat(list("abcd"), 4))
    across = pd.Series(list("abcd") * 4)
    seeds = [0, 1, 2]
    good = agreement_with_plan(rings(4, 4), plan, seeds=seeds)
    bad = agreement_with_plan(rings(4, 4), across, seeds=seeds)
    assert good["seed"].tolist() == seeds
    assert (good["adjusted_rand"] == 1.0).all()
    assert (good["like_best"] == 1.0).all()
    assert (bad["adjusted_rand"] < 0.0).all()
    assert (bad["mutual_information"] < 1e-9).all()
    assert (good["places"] == 16).all()


def test_resolution_splits():
    coarse = leiden_communities(rings(6, 3), resolution=0.1).membership.nunique()
    fine = leiden_communities(rings(6, 3), resolution=1.0).membership.nunique()
    assert coarse < fine == 6


def test_what_is_missing_is_said():
    with pytest.raises(MissingDataError, match="no cluster for 3"):
        agreement_with_plan(rings(1, 4), pd.Series(list("abc")))
    with pytest.raises(MissingDataError, match="no seed"):
        agreement_with_plan(rings(1, 4), pd.Series(list("abcd")), seeds=[])
    with pytest.raises(MissingDataError, match="no links"):
        leiden_communities(pd.DataFrame(np.zeros((3, 3))))
    with pytest.raises(MissingDataError, match="of 2 and of 3"):
        adjusted_rand_index([1, 2], [1, 2, 3])


def test_trains_of_the_whole_country_follow_the_plan_in_part(shared):
    feed = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    clusters = list_clusters()
    members = union_members(clusters)
    stations = reference.stations()["adcode"].reindex(feed.stops.index).dropna()
    services = feed.city_services(stations[stations.isin(members.index)])
    links = train_links(services, list(members.index))
    # a city of two clusters counts in the first; 236 cities, so the plan cannot be met exactly
    plan = members["clusters"].str.split(";").str[0]
    table = agreement_with_plan(links, plan, seeds=range(5))
    assert table["adjusted_rand"].between(0.2, 0.6).all()
    assert (table["mutual_information"] > table["adjusted_rand"]).all()
    # every cluster keeps more of its trains inside than the sizes of its stations alone would give
    for cluster in clusters:
        found = internal_links(links, list(cluster.cities.index))
        assert found.ratio > 2.0, cluster.slug
        assert found.share < 0.5, cluster.slug
        table = centralities(links, list(cluster.cities.index))
        assert table["external_share"].max() > 0.5, cluster.slug


def _modularity(found):
    return found.modularity
