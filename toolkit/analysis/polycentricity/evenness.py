"""Evenness of sizes: standard deviation, entropy and Gini coefficient of places."""

import numpy as np
import numpy.typing as npt

from toolkit.analysis.polycentricity.validation import size_shares

__all__ = ["entropy", "evenness", "gini"]


def evenness(sizes: npt.ArrayLike) -> float:
    r"""One minus the standard deviation over the largest it could be.

    .. math:: 1 - \frac{\sigma}{\sigma_{max}}, \qquad \sigma_{max} = \frac{\max P}{2}

    The maximum is that of a region of two places, one with nothing and one as large as the
    largest; both are standard deviations of a population, not of a sample.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes, not below 0, not all 0.

    Returns
    -------
    float
        1 for equal sizes, 0 for a place and nothing beside it.

    References
    ----------
    N. Green (2007). Functional polycentricity: a formal definition in terms of social network
    analysis. Urban Studies 44:2077.

    Examples
    --------
    >>> evenness([5, 5, 5]), evenness([8, 0])
    (1.0, 0.0)
    """
    values = size_shares(sizes)
    return 1.0 - float(values.std() / (values.max() / 2.0))


def entropy(sizes: npt.ArrayLike) -> float:
    r"""Shannon entropy of the shares over its largest value.

    .. math:: -\frac{1}{\ln n} \sum_i p_i \ln p_i

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes, not below 0, not all 0.

    Returns
    -------
    float
        1 for equal sizes, 0 if one place has everything.

    References
    ----------
    C. E. Shannon (1948). A mathematical theory of communication. Bell System Technical Journal
    27:379.

    Examples
    --------
    >>> round(entropy([1, 1, 2]), 4)
    0.9464
    """
    share = size_shares(sizes)
    present = share[share > 0.0]
    return max(0.0, float(-(present * np.log(present)).sum() / np.log(len(share))))


def gini(sizes: npt.ArrayLike) -> float:
    r"""Gini coefficient of the sizes.

    .. math:: \frac{\sum_i (2 i - n - 1) P_{(i)}}{n \sum_i P_i}

    with sizes in rising order.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes, not below 0, not all 0.

    Returns
    -------
    float
        0 for equal sizes, (n - 1)/n if one place has everything.

    References
    ----------
    C. Gini (1912). Variabilità e mutabilità. Bologna.

    Examples
    --------
    >>> gini([1, 1, 1]), gini([0, 0, 0, 9])
    (0.0, 0.75)
    """
    share = np.sort(size_shares(sizes))
    rank = np.arange(1, len(share) + 1)
    return max(0.0, float(((2 * rank - len(share) - 1) * share).sum() / len(share)))
