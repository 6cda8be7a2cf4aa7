"""How evenly the people of a cluster are spread over its places (Meijers and Burger 2010)."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.polycentricity.evenness import entropy, evenness, gini
from toolkit.analysis.polycentricity.rank_size import (
    PRIMACY_PLACES,
    mean_rank_size_slope,
    primacy,
    rank_size_fit,
    rank_size_slope,
)
from toolkit.analysis.polycentricity.validation import positive_sizes

__all__ = ["morphological_polycentricity", "stepwise"]

Floats = npt.NDArray[np.float64]


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
    ordered = np.sort(positive_sizes(sizes))[::-1]
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
