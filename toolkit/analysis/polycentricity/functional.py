"""How evenly the links of a cluster are spread over its places (Green 2007).

And centrality inside and outside the cluster (Burger and Meijers 2012).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.polycentricity.evenness import evenness
from toolkit.analysis.polycentricity.validation import (
    both_ways,
    checked_links,
    known_members,
    two_or_more,
)
from toolkit.errors import MissingDataError, UnknownNameError

__all__ = [
    "Density",
    "FunctionalPolycentricity",
    "centralities",
    "functional_polycentricity",
    "general_functional_polycentricity",
    "strengths",
    "top_link_share",
]

Density = Literal["links", "weights"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FunctionalPolycentricity:
    """Green's special index and what it is made of.

    Attributes
    ----------
    p_sf : float
        ``evenness * density``.
    evenness : float
        1 - sd/sd_max of the strengths of the places.
    density : float
        How complete the network is, 0 to 1.
    places, linked_pairs : int
        N, and pairs with a link in either direction.
    """

    p_sf: float
    evenness: float
    density: float
    places: int
    linked_pairs: int


def functional_polycentricity(
    links: pd.DataFrame, *, density: Density = "links"
) -> FunctionalPolycentricity:
    r"""Special functional polycentricity of one network.

    .. math:: P_{SF} = \left(1 - \frac{\sigma}{\sigma_{max}}\right) \Delta

    with :math:`\sigma` the standard deviation of the strengths (links in and out of each place),
    :math:`\sigma_{max}` half of the largest strength and :math:`\Delta` the density.

    Parameters
    ----------
    links : DataFrame
        Square, shape (n, n); rows send, columns receive.
    density : {'links', 'weights'}
        Share of pairs that are linked at all, or the mean weight of all pairs over the largest.
        The first is near 1 wherever trains run, the second small wherever one link is strong:
        compare only values of one kind.

    Returns
    -------
    FunctionalPolycentricity
        All 0 for a network without links.

    Raises
    ------
    NetworkError
        The table is not one of links.
    MissingDataError
        There are fewer than two places.

    References
    ----------
    N. Green (2007). Functional polycentricity: a formal definition in terms of social network
    analysis. Urban Studies 44:2077.

    Examples
    --------
    A triangle of equal links, and a star of two:

    >>> triangle = pd.DataFrame(1.0 - np.eye(3))
    >>> functional_polycentricity(triangle).p_sf
    1.0
    >>> star = pd.DataFrame([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    >>> round(functional_polycentricity(star).p_sf, 4)  # (1 - 0.4714) * 2/3
    0.3524
    """
    if density not in get_args(Density):
        raise UnknownNameError(
            f"there is no density of {density!r}",
            remedy=f"choose among {', '.join(get_args(Density))}",
        )
    both = both_ways(links)
    count = len(both)
    two_or_more(count)
    pairs = both[np.triu_indices(count, 1)]
    if not pairs.any():
        return FunctionalPolycentricity(0.0, 0.0, 0.0, count, 0)
    even = evenness(both.sum(axis=1))
    complete = float((pairs > 0.0).mean() if density == "links" else (pairs / pairs.max()).mean())
    return FunctionalPolycentricity(
        p_sf=even * complete,
        evenness=even,
        density=complete,
        places=count,
        linked_pairs=int((pairs > 0.0).sum()),
    )


def general_functional_polycentricity(
    networks: Mapping[str, pd.DataFrame], *, density: Density = "links"
) -> float:
    r"""General functional polycentricity: the mean of the special indices over functions.

    .. math:: P_{GF} = \frac{1}{m} \sum_{f=1}^{m} P_{SF}^{(f)}

    Parameters
    ----------
    networks : mapping of str to DataFrame
        Links of each function, such as trains, commuters, firms.
    density : {'links', 'weights'}
        As for `functional_polycentricity`.

    Returns
    -------
    float

    Raises
    ------
    MissingDataError
        There is no network.

    References
    ----------
    N. Green (2007), as above.

    Examples
    --------
    >>> triangle = pd.DataFrame(1.0 - np.eye(3))
    >>> general_functional_polycentricity({"rail": triangle, "none": triangle * 0.0})
    0.5
    """
    if not networks:
        raise MissingDataError("no network to take the mean over")
    indices = [functional_polycentricity(links, density=density) for links in networks.values()]
    return float(np.mean([index.p_sf for index in indices]))


def strengths(links: pd.DataFrame) -> pd.Series:
    r"""Links in and out of each place, summed.

    .. math:: T_i = \sum_j (T_{ij} + T_{ji})

    Parameters
    ----------
    links : DataFrame
        Square table of links.

    Returns
    -------
    Series
        Index place, in the unit of the links; the weighted degree of the place.

    References
    ----------
    A. Barrat, M. Barthélemy, R. Pastor-Satorras, A. Vespignani (2004). The architecture of complex
    weighted networks. PNAS 101:3747.

    Examples
    --------
    >>> strengths(pd.DataFrame([[0, 3], [2, 0]])).tolist()
    [5.0, 5.0]
    """
    table = checked_links(links)
    return table.sum(axis=1) + table.sum(axis=0)


def top_link_share(links: pd.DataFrame, *, place: str | None = None) -> float:
    r"""Share of all links that touch one place.

    .. math:: \frac{\sum_j (T_{tj} + T_{jt})}{\sum_{ij} T_{ij}}

    Parameters
    ----------
    links : DataFrame
        Square table of links.
    place : str, optional
        t; the place with most links by default.

    Returns
    -------
    float
        2/n if all links are equal, 1 for a star; 0 without links.

    Examples
    --------
    >>> round(top_link_share(pd.DataFrame(1.0 - np.eye(4))), 3)
    0.5
    """
    touching = strengths(links)
    total = touching.sum() / 2.0
    if total == 0.0:
        return 0.0
    return float((touching.max() if place is None else touching[place]) / total)


def centralities(links: pd.DataFrame, members: Sequence[str]) -> pd.DataFrame:
    r"""Centrality of each member inside the cluster and towards the outside.

    .. math:: C^{int}_i = \sum_{j \in R} (T_{ij} + T_{ji}), \qquad
              C^{ext}_i = \sum_{j \notin R} (T_{ij} + T_{ji})

    A cluster can be monocentric in what it offers to the outside and polycentric within: take
    `rank_size_slope` of either column, and of the residents, and compare.

    Parameters
    ----------
    links : DataFrame
        Square; the members and places outside the cluster. The embedded timetables hold no
        links to the outside; a national GTFS feed does.
    members : sequence of str
        R.

    Returns
    -------
    DataFrame
        Index member; ``internal``, ``external``, ``total``, ``external_share`` (missing for a
        place without links).

    Raises
    ------
    MissingDataError
        A member has no row.

    References
    ----------
    M. Burger, E. Meijers (2012). Form follows function? Linking morphological and functional
    polycentricity. Urban Studies 49:1127.

    Examples
    --------
    >>> links = pd.DataFrame([[0, 2, 5], [2, 0, 0], [5, 0, 0]], index=list("abx"),
    ...                      columns=list("abx"))
    >>> centralities(links, ["a", "b"])[["internal", "external"]].to_numpy().tolist()
    [[4.0, 10.0], [4.0, 0.0]]
    """
    inside = known_members(links.index, members)
    both = pd.DataFrame(both_ways(links), index=links.index, columns=links.index)
    total = both.loc[inside].sum(axis=1)
    internal = both.loc[inside, inside].sum(axis=1)
    external = total - internal
    return pd.DataFrame(
        {
            "internal": internal,
            "external": external,
            "total": total,
            "external_share": external / total.replace(0.0, np.nan),
        }
    )
