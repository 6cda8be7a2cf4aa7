"""How evenly the people of a cluster are spread over its places (Meijers and Burger 2010)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.polycentricity.validation import positive_sizes, size_shares
from toolkit.errors import MissingDataError, UnknownNameError

__all__ = [
    "PRIMACY_PLACES",
    "RankSizeFit",
    "entropy",
    "evenness",
    "gini",
    "mean_rank_size_slope",
    "morphological_polycentricity",
    "primacy",
    "rank_size_fit",
    "rank_size_slope",
    "stepwise",
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


def stepwise(
    sizes: npt.ArrayLike, measure: Callable[[Floats], float], *, start: int = 2
) -> pd.Series:
    """A measure on the 2, 3, 4, ... all largest places.

    The number of places taken in decides much of any such index, so a value without the curve
    says little.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes above 0.
    measure : callable
        From an array of sizes to a number, such as `rank_size_slope` or `evenness`.
    start : int
        Number of places of the first value.

    Returns
    -------
    Series
        Index ``places``, values of the measure.

    References
    ----------
    E. J. Meijers, M. J. Burger (2010). Spatial structure and productivity in US metropolitan areas.
    Environment and Planning A 42:1383.

    Examples
    --------
    >>> stepwise([60, 30, 20, 15], rank_size_slope).round(3).to_dict()
    {2: -1.0, 3: -1.0, 4: -1.0}
    """
    ordered = _largest(positive_sizes(sizes), None)
    places = pd.RangeIndex(start, len(ordered) + 1, name="places")
    return pd.Series([measure(ordered[:count]) for count in places], index=places, dtype=float)


def morphological_polycentricity(sizes: npt.ArrayLike, *, unit: str) -> pd.DataFrame:
    """Every index of this module for one set of places, with N and unit.

    No single index ranks regions: they weigh the top and the tail differently.

    Parameters
    ----------
    sizes : array_like of float, shape (n,)
        Sizes above 0.
    unit : str
        What a size counts, such as ``'residents of the prefecture, census 2020'``.

    Returns
    -------
    DataFrame
        Index ``measure``; ``value``, ``standard_error`` (missing where there is none),
        ``places`` (those the index is taken on), ``places_in_all``, ``unit``. Indices that need
        more places than there are give no row.

    References
    ----------
    E. J. Meijers, M. J. Burger (2010). Spatial structure and productivity in US metropolitan areas.
    Environment and Planning A 42:1383. X. Gabaix, R. Ibragimov (2011). Rank - 1/2: a simple way to
    improve the OLS estimation of tail exponents. Journal of Business & Economic Statistics 29:24.

    Examples
    --------
    >>> table = morphological_polycentricity([60, 30, 20, 15], unit="residents")
    >>> float(table.loc["rank_size_slope_all", "value"])
    -1.0
    """
    values = positive_sizes(sizes)
    count = len(values)
    rows: list[tuple[str, float, float, int]] = [
        (f"rank_size_slope_{top}", rank_size_slope(values, largest=top), np.nan, top)
        for top in (2, 3, 4)
        if top <= count
    ]
    if count >= 4:
        rows.append(("rank_size_slope_mean_2_to_4", mean_rank_size_slope(values), np.nan, 4))
    fit = rank_size_fit(values)
    rows += [
        ("rank_size_slope_all", rank_size_slope(values), np.nan, count),
        ("gabaix_ibragimov_exponent", fit.exponent, fit.standard_error, count),
    ]
    rows += [
        (f"primacy_{among}", primacy(values, among=among), np.nan, among)
        for among in PRIMACY_PLACES
        if among <= count
    ]
    rows += [
        ("evenness", evenness(values), np.nan, count),
        ("entropy", entropy(values), np.nan, count),
        ("gini", gini(values), np.nan, count),
    ]
    table = pd.DataFrame(rows, columns=["measure", "value", "standard_error", "places"])
    table["value"] = table["value"].round(12)
    return table.set_index("measure").assign(places_in_all=count, unit=unit)


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
