"""Links inside a cluster against what the strengths of places alone would give.

The share of links that stay inside grows with the number of places counted in, so by itself it
says nothing about cohesion; its ratio to the configuration model does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.analysis.polycentricity.validation import checked_links, known_members
from toolkit.errors import MissingDataError

__all__ = ["InternalLinks", "internal_links"]


@dataclass(frozen=True)
class InternalLinks:
    """Share of links that stay inside a group of places.

    Attributes
    ----------
    share, expected_share : float
        Links between two members over links that touch a member; found, and by the model.
    ratio : float
        Found over expected; 1 if the group is no group.
    standard_error : float
        Of the expected share if the links were counts drawn one by one; trains are not, so it
        is a lower bound.
    members, places : int
    links : float
        Sum of the links that touch a member.
    """

    share: float
    expected_share: float
    ratio: float
    standard_error: float
    members: int
    places: int
    links: float


def internal_links(links: pd.DataFrame, members: Sequence[str]) -> InternalLinks:
    r"""Internal share of a group's links against the configuration model.

    .. math:: p_{ij} = \frac{o_i\, q_j}{\sum_{k \ne l} o_k\, q_l} \quad (i \ne j), \qquad
              E = \frac{\sum_{i, j \in R} p_{ij}}{\sum_{i \in R \,\lor\, j \in R} p_{ij}}

    with o and q the links out of and into each place: every link is drawn anew, its ends with
    the chances that the strengths give, and no place is linked with itself.

    Parameters
    ----------
    links : DataFrame
        Square; the members and the places around them.
    members : sequence of str
        R.

    Returns
    -------
    InternalLinks

    Raises
    ------
    MissingDataError
        A member has no row, or no link touches one.

    References
    ----------
    M. E. J. Newman (2006). Modularity and community structure in networks. PNAS 103:8577.
    F. Chung, L. Lu (2002). The average distances in random graphs with given expected degrees.
    PNAS 99:15879.

    Examples
    --------
    Among equal links nothing is special about any two of four places:

    >>> same = pd.DataFrame(1.0 - np.eye(4))
    >>> found = internal_links(same, [0, 1])
    >>> found.share, round(found.ratio, 6)
    (0.2, 1.0)
    """
    table = checked_links(links)
    inside = table.index.isin(known_members(table.index, members))
    within = np.outer(inside, inside)
    touching = inside[:, None] | inside[None, :]
    found = table.to_numpy()
    total = float(found[touching].sum())
    if total == 0.0:
        raise MissingDataError("no link touches a member")
    model = np.outer(found.sum(axis=1), found.sum(axis=0))
    np.fill_diagonal(model, 0.0)
    share = float(found[within].sum()) / total
    expected = float(model[within].sum() / model[touching].sum())
    return InternalLinks(
        share=share,
        expected_share=expected,
        ratio=share / expected if expected > 0.0 else np.inf,
        standard_error=float(np.sqrt(expected * (1.0 - expected) / total)),
        members=int(inside.sum()),
        places=len(table),
        links=total,
    )
