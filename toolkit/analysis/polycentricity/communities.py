"""Communities that the links form, against the membership that a plan lays down.

Leiden communities (Traag, Waltman, van Eck 2019), agreement by the adjusted Rand index and by
normalised mutual information.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import igraph
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import comb

from toolkit.analysis.polycentricity.validation import both_ways
from toolkit.errors import MissingDataError

__all__ = [
    "Communities",
    "adjusted_rand_index",
    "agreement_with_plan",
    "leiden_communities",
    "normalised_mutual_information",
]

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Communities:
    """A partition of places.

    Attributes
    ----------
    membership : Series
        Index place; number of the community, counted in the order of the places.
    modularity : float
        Of Newman, at resolution 1.
    seed : int
    """

    membership: pd.Series
    modularity: float
    seed: int


def leiden_communities(
    links: pd.DataFrame, *, seed: int = 0, resolution: float = 1.0
) -> Communities:
    r"""Communities of high modularity.

    .. math:: Q = \frac{1}{2m} \sum_{ij} \left(A_{ij} - \gamma \frac{k_i k_j}{2m}\right)
              \delta(c_i, c_j)

    Parameters
    ----------
    links : DataFrame
        Square; the two directions are summed.
    seed : int
        Of the algorithm's random order. Other seeds may find other communities: see
        `agreement_with_plan`, which tries many.
    resolution : float
        :math:`\gamma`; larger gives more and smaller communities.

    Returns
    -------
    Communities

    Raises
    ------
    MissingDataError
        There are no links.

    Notes
    -----
    Sets igraph's generator of random numbers for the time of the call: not for several threads.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck (2019). From Louvain to Leiden: guaranteeing
    well-connected communities. Scientific Reports 9:5233.

    Examples
    --------
    >>> pairs = np.kron(np.eye(2), np.ones((3, 3)))
    >>> found = leiden_communities(pd.DataFrame(pairs))
    >>> found.membership.tolist(), found.modularity
    ([0, 0, 0, 1, 1, 1], 0.5)
    """
    return _communities(_undirected(links), links.index, seed, resolution)


def _communities(
    graph: igraph.Graph, places: pd.Index, seed: int, resolution: float
) -> Communities:
    """Communities of a graph whose nodes are the places in their order."""
    with _seeded(seed):
        parts = graph.community_leiden(
            objective_function="modularity",
            weights="weight",
            resolution=resolution,
            n_iterations=-1,
        )
    found, _ = pd.factorize(np.asarray(parts.membership))
    return Communities(
        membership=pd.Series(found, index=places, name="community"),
        modularity=float(graph.modularity(found.tolist(), weights="weight")),
        seed=seed,
    )


def agreement_with_plan(
    links: pd.DataFrame,
    plan: pd.Series,
    *,
    seeds: Iterable[int] = range(20),
    resolution: float = 1.0,
) -> pd.DataFrame:
    """How well communities match a plan's membership, for many seeds.

    Parameters
    ----------
    links : DataFrame
        Square table of links. They must not be confined to the plan's own clusters, as the
        services of the embedded timetables are: use a national GTFS feed or gravity.
    plan : Series
        Index place; the cluster each belongs to by the plan. A place of two clusters needs one.
    seeds : iterable of int
        Seeds to try.
    resolution : float
        As for `leiden_communities`.

    Returns
    -------
    DataFrame
        One row a seed: ``seed``, ``communities``, ``modularity``, ``adjusted_rand``,
        ``mutual_information``, ``like_best`` (adjusted Rand index against the partition of
        highest modularity: 1 throughout if the result is stable), ``places``.

    References
    ----------
    L. Hubert, P. Arabie (1985). Comparing partitions. Journal of Classification 2:193. L. Danon, A.
    Díaz-Guilera, J. Duch, A. Arenas (2005). Comparing community structure identification. Journal
    of Statistical Mechanics P09008.

    Examples
    --------
    >>> pairs = pd.DataFrame(np.kron(np.eye(2), np.ones((3, 3))))
    >>> table = agreement_with_plan(pairs, pd.Series(list("aaabbb")), seeds=[1, 2])
    >>> table["adjusted_rand"].tolist()
    [1.0, 1.0]
    """
    missing = links.index.difference(plan.index)
    if len(missing):
        raise MissingDataError(f"the plan names no cluster for {', '.join(map(str, missing[:5]))}")
    graph = _undirected(links)
    found = [_communities(graph, links.index, seed, resolution) for seed in seeds]
    if not found:
        raise MissingDataError("no seed to try")
    best = max(found, key=lambda communities: communities.modularity)
    planned = plan[links.index]
    return pd.DataFrame(
        [
            {
                "seed": each.seed,
                "communities": each.membership.nunique(),
                "modularity": each.modularity,
                "adjusted_rand": adjusted_rand_index(each.membership, planned),
                "mutual_information": normalised_mutual_information(each.membership, planned),
                "like_best": adjusted_rand_index(each.membership, best.membership),
                "places": len(links),
            }
            for each in found
        ]
    )


def adjusted_rand_index(first: pd.Series | list[object], second: pd.Series | list[object]) -> float:
    r"""Agreement of two partitions over pairs, corrected for chance.

    .. math:: \frac{\sum_{ij} \binom{n_{ij}}{2} - E}{\frac{1}{2}(A + B) - E}, \quad
              A = \sum_i \binom{a_i}{2}, \; B = \sum_j \binom{b_j}{2}, \;
              E = A B / \binom{n}{2}

    Parameters
    ----------
    first, second : sequence of labels, length n
        The same places in the same order.

    Returns
    -------
    float
        1 for the same partition, about 0 for unrelated ones.

    References
    ----------
    L. Hubert, P. Arabie (1985). Comparing partitions. Journal of Classification 2:193.

    Examples
    --------
    >>> round(adjusted_rand_index([0, 0, 1, 1], [0, 0, 1, 2]), 4)
    0.5714
    """
    table = _contingency(first, second)
    together = comb(table, 2).sum()
    rows, columns = comb(table.sum(axis=1), 2).sum(), comb(table.sum(axis=0), 2).sum()
    expected = rows * columns / comb(table.sum(), 2)
    largest = (rows + columns) / 2.0
    # one community of all, or each place alone, on both sides: the partitions are the same
    return 1.0 if largest == expected else float((together - expected) / (largest - expected))


def normalised_mutual_information(
    first: pd.Series | list[object], second: pd.Series | list[object]
) -> float:
    r"""Information that two partitions share over the mean of what each holds.

    .. math:: \frac{2\, I(X; Y)}{H(X) + H(Y)}

    Parameters
    ----------
    first, second : sequence of labels, length n
        The same places in the same order.

    Returns
    -------
    float
        0 to 1; not corrected for chance, so read it beside `adjusted_rand_index`.

    References
    ----------
    L. Danon, A. Díaz-Guilera, J. Duch, A. Arenas (2005). Comparing community structure
    identification. Journal of Statistical Mechanics P09008.

    Examples
    --------
    >>> normalised_mutual_information([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    """
    joint = _contingency(first, second)
    share = joint / joint.sum()
    separate = _entropy(share.sum(axis=1)) + _entropy(share.sum(axis=0))
    if separate == 0.0:
        return 1.0
    return max(0.0, float(2.0 * (separate - _entropy(share.ravel())) / separate))


def _undirected(links: pd.DataFrame) -> igraph.Graph:
    """Weighted graph of the pairs with a link in either direction."""
    both = both_ways(links)
    tail, head = np.nonzero(np.triu(both))
    if not len(tail):
        raise MissingDataError("there are no links")
    graph = igraph.Graph(n=len(links), edges=np.column_stack([tail, head]))
    graph.es["weight"] = both[tail, head].tolist()
    return graph


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of this seed, and from Python's own again afterwards."""
    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def _contingency(first: pd.Series | list[object], second: pd.Series | list[object]) -> Counts:
    """Places in each pair of groups."""
    one, two = np.asarray(first), np.asarray(second)
    if len(one) != len(two) or not len(one):
        raise MissingDataError(f"partitions of {len(one)} and of {len(two)} places")
    row, rows = pd.factorize(one)
    column, columns = pd.factorize(two)
    table = np.zeros((len(rows), len(columns)), dtype=np.int64)
    np.add.at(table, (row, column), 1)
    return table


def _entropy(share: npt.NDArray[np.float64]) -> float:
    """Shannon entropy in nats."""
    present = share[share > 0.0]
    return float(-(present * np.log(present)).sum())
