"""Rank-size rules: how fast the sizes of places fall with their rank, and primacy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toolkit.analysis.polycentricity.validation import positive_sizes
from toolkit.errors import MissingDataError, UnknownNameError

__all__ = [
    "PRIMACY_PLACES",
    "RankSizeFit",
    "mean_rank_size_slope",
    "primacy",
    "rank_size_fit",
    "rank_size_slope",
]

PRIMACY_PLACES = (2, 4, 11)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankSizeFit:
    """Exponent of a rank-size rule with its standard error.

    Attributes
    ----------
    exponent : float
        Of P(rank) proportional to rank^(-1/exponent); 1 is Zipf's law.
    standard_error : float
    places : int
        Places the fit is made on.
    """

    exponent: float
    standard_error: float
    places: int


def rank_size_slope(sizes: npt.ArrayLike, *, largest: int | None = None) -> float:
    r"""Slope of ln(size) on ln(rank): the flatter, the more polycentric.

    .. math:: \ln P_r = a + q \ln r + \varepsilon_r

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes of the places, above 0, in any order and unit.
    largest : int, optional
        Fit on the so many largest places; on all by default.

    Returns
    -------
    float
        q, 0 for equal sizes, the more negative the more the first place dominates.

    Raises
    ------
    MissingDataError
        There are fewer places than asked for or than two, or a size is not above 0.

    References
    ----------
    E. J. Meijers, M. J. Burger (2010). Spatial structure and productivity in US metropolitan
    areas. Environment and Planning A 42:1383.

    Examples
    --------
    >>> round(rank_size_slope([60, 30, 20, 15]), 6)
    -1.0
    """
    top = _largest(positive_sizes(sizes), largest)
    return _slope(np.log(np.arange(1, len(top) + 1)), np.log(top))


def mean_rank_size_slope(sizes: npt.ArrayLike, *, largest: Sequence[int] = (2, 3, 4)) -> float:
    r"""Mean of the rank-size slopes on the 2, 3 and 4 largest places.

    .. math:: \bar q = \tfrac{1}{3} (q_2 + q_3 + q_4)

    Regions differ in how many places they have; the mean over small numbers of places compares
    like with like (Meijers and Burger 2010).

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
    largest : sequence of int
        Numbers of places to average over.

    Returns
    -------
    float

    References
    ----------
    E. J. Meijers, M. J. Burger (2010). Spatial structure and productivity in US metropolitan areas.
    Environment and Planning A 42:1383.

    Examples
    --------
    >>> round(mean_rank_size_slope([60, 30, 20, 15]), 6)
    -1.0
    """
    return float(np.mean([rank_size_slope(sizes, largest=count) for count in largest]))


def rank_size_fit(sizes: npt.ArrayLike, *, largest: int | None = None) -> RankSizeFit:
    r"""Rank-size exponent without the bias of small samples, and its standard error.

    .. math:: \ln (r - \tfrac{1}{2}) = a - b \ln P_r, \qquad se(b) = b \sqrt{2 / n}

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes above 0.
    largest : int, optional
        Fit on the so many largest places; on all by default.

    Returns
    -------
    RankSizeFit
        Infinite exponent where all sizes are equal.

    References
    ----------
    X. Gabaix, R. Ibragimov (2011). Rank - 1/2: a simple way to improve the OLS estimation of
    tail exponents. Journal of Business and Economic Statistics 29:24.

    Examples
    --------
    >>> fit = rank_size_fit([2 / 1, 2 / 3, 2 / 5, 2 / 7])
    >>> round(fit.exponent, 6), round(fit.standard_error, 6), fit.places
    (1.0, 0.707107, 4)
    """
    top = _largest(positive_sizes(sizes), largest)
    if top[0] == top[-1]:
        return RankSizeFit(np.inf, np.inf, len(top))
    exponent = -_slope(np.log(top), np.log(np.arange(1, len(top) + 1) - 0.5))
    return RankSizeFit(exponent, exponent * float(np.sqrt(2.0 / len(top))), len(top))


def primacy(sizes: npt.ArrayLike, *, among: int = 2) -> float:
    r"""How far the first place stands above the next ones.

    .. math:: S_2 = \frac{P_1}{P_2}, \quad S_4 = \frac{P_1}{P_2 + P_3 + P_4}, \quad
              S_{11} = \frac{2 P_1}{P_2 + \dots + P_{11}}

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes above 0.
    among : {2, 4, 11}
        Number of places compared.

    Returns
    -------
    float
        By Zipf's law 2, 0.92 and 0.99.

    Raises
    ------
    UnknownNameError
        `among` is another number.
    MissingDataError
        There are fewer places.

    References
    ----------
    M. Jefferson (1939). The law of the primate city. Geographical Review 29:226. The indices of
    four and eleven cities are the usual extensions in Chinese urban geography.

    Examples
    --------
    >>> primacy([60, 30, 20, 10]), primacy([60, 30, 20, 10], among=4)
    (2.0, 1.0)
    """
    if among not in PRIMACY_PLACES:
        raise UnknownNameError(
            f"there is no primacy index of {among} cities",
            remedy=f"choose among {', '.join(map(str, PRIMACY_PLACES))}",
        )
    top = _largest(positive_sizes(sizes), among)
    factor = 2.0 if among == PRIMACY_PLACES[-1] else 1.0
    return float(factor * top[0] / top[1:].sum())


def _largest(values: Floats, count: int | None) -> Floats:
    """The largest values in falling order."""
    wanted = len(values) if count is None else count
    if not 2 <= wanted <= len(values):
        raise MissingDataError(
            f"the {wanted} largest of {len(values)} places are asked for",
            remedy=f"ask for 2 to {len(values)}",
        )
    ordered: Floats = np.sort(values)[::-1]
    return ordered[:wanted]


def _slope(x: Floats, y: Floats) -> float:
    """Slope of the least-squares line of y on x."""
    centred = x - x.mean()
    return float(centred @ (y - y.mean()) / (centred @ centred))
