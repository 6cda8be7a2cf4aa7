"""Structure, strength and symmetry of interaction (Limtanakool, Dijst and Schwanen 2007)."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.polycentricity.functional import strengths
from toolkit.analysis.polycentricity.validation import both_ways, checked_links, link_shares

__all__ = [
    "dominance",
    "interaction_entropy",
    "link_symmetry",
    "node_symmetry",
    "relative_strength",
]

Floats = npt.NDArray[np.float64]


def interaction_entropy(links: pd.DataFrame) -> float:
    r"""How evenly interaction is spread over the possible links.

    .. math:: EI = - \sum_{l=1}^{L} \frac{Z_l \ln Z_l}{\ln L}

    with :math:`Z_l` the share of link l in all interaction and L = n (n - 1) directed links.

    Parameters
    ----------
    links : DataFrame
        Square table of links.

    Returns
    -------
    float
        0 if everything is on one link, 1 if all links are alike.

    Raises
    ------
    MissingDataError
        There are no links.

    References
    ----------
    N. Limtanakool, M. Dijst, T. Schwanen (2007). A theoretical framework and methodology for
    characterising national urban systems on the basis of flows of people. Urban Studies 44:2123.

    Examples
    --------
    >>> round(interaction_entropy(pd.DataFrame(1.0 - np.eye(3))), 6)
    1.0
    """
    share = link_shares(links)
    count = len(share)
    present = share[share > 0.0]
    return max(0.0, float(-(present * np.log(present)).sum() / np.log(count * (count - 1))))


def dominance(links: pd.DataFrame) -> pd.Series:
    r"""Interaction of each place over the mean of all places.

    .. math:: DIT_i = \frac{T_i}{\sum_j T_j / n}

    Parameters
    ----------
    links : DataFrame
        Square table of links; T are links in and out.

    Returns
    -------
    Series
        Index place; above 1 for dominant places; the mean is 1.

    References
    ----------
    Limtanakool, Dijst and Schwanen (2007), as for `interaction_entropy`.

    Examples
    --------
    >>> dominance(pd.DataFrame([[0, 1, 1], [1, 0, 0], [1, 0, 0]])).tolist()
    [1.5, 0.75, 0.75]
    """
    link_shares(links)  # refuses a table without links
    touching = strengths(links)
    return touching / touching.mean()


def relative_strength(links: pd.DataFrame) -> pd.DataFrame:
    r"""Share of each link in all interaction.

    .. math:: RSI_{ij} = \frac{t_{ij}}{\sum_{kl} t_{kl}}

    Parameters
    ----------
    links : DataFrame
        Square table of links.

    Returns
    -------
    DataFrame
        Square; sums to 1.

    References
    ----------
    Limtanakool, Dijst and Schwanen (2007), as for `interaction_entropy`.

    Examples
    --------
    >>> relative_strength(pd.DataFrame([[0, 3], [1, 0]])).to_numpy().tolist()
    [[0.0, 0.75], [0.25, 0.0]]
    """
    return pd.DataFrame(link_shares(links), index=links.index, columns=links.index)


def link_symmetry(links: pd.DataFrame) -> pd.DataFrame:
    r"""Imbalance of the two directions of each link.

    .. math:: LSI_{ij} = \frac{t_{ij} - t_{ji}}{t_{ij} + t_{ji}}

    Parameters
    ----------
    links : DataFrame
        Square table of links.

    Returns
    -------
    DataFrame
        Square, antisymmetric, -1 to 1; missing where there is no link.

    References
    ----------
    Limtanakool, Dijst and Schwanen (2007), as for `interaction_entropy`.

    Examples
    --------
    >>> float(link_symmetry(pd.DataFrame([[0, 3], [1, 0]])).iloc[0, 1])
    0.5
    """
    values, both = checked_links(links).to_numpy(), both_ways(links)
    symmetry = np.divide(values - values.T, both, out=np.full_like(both, np.nan), where=both > 0)
    return pd.DataFrame(symmetry, index=links.index, columns=links.index)


def node_symmetry(links: pd.DataFrame) -> pd.Series:
    r"""Imbalance of what a place receives and sends.

    .. math:: NSI_i = \frac{I_i - O_i}{I_i + O_i}

    Parameters
    ----------
    links : DataFrame
        Square table of links; I are links in, O links out.

    Returns
    -------
    Series
        Index place, -1 to 1; missing for places without links.

    References
    ----------
    Limtanakool, Dijst and Schwanen (2007), as for `interaction_entropy`.

    Examples
    --------
    >>> node_symmetry(pd.DataFrame([[0, 3], [1, 0]])).tolist()
    [-0.5, 0.5]
    """
    table = checked_links(links)
    received, sent = table.sum(axis=0), table.sum(axis=1)
    return (received - sent) / (received + sent).replace(0.0, np.nan)
