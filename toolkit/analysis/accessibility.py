"""What can be reached from each place, given travel times and what there is to reach.

All measures take a table of minutes, rows origins and columns destinations (cities, stations,
cells of a raster), and the mass of the destinations (residents, jobs); none knows where minutes
come from. A review of such measures: Geurs and van Wee (2004, J. Transport Geography 12:127).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.decay import Decay
from toolkit.errors import MissingDataError
from toolkit.settings import DEFAULTS

__all__ = [
    "accessibility_table",
    "cumulative_opportunities",
    "daily_accessibility",
    "hansen_potential",
    "performance_ratio",
    "weighted_average_time",
]

Floats = npt.NDArray[np.float64]


def hansen_potential(
    minutes: pd.DataFrame,
    mass: pd.Series,
    decay: Decay,
    *,
    own_minutes: float | pd.Series | None = None,
) -> pd.Series:
    r"""Potential accessibility.

    .. math:: A_i = \sum_j M_j f(c_{ij})

    Parameters
    ----------
    minutes : DataFrame
        c, origins by destinations; infinite or missing where there is no way.
    mass : Series
        M, index destination.
    decay : Decay
        f.
    own_minutes : float or Series, optional
        Travel time within a place, for origins that are also destinations; without it a place
        does not count for itself. The choice moves large cities much: state it.

    Returns
    -------
    Series
        Index origin; in the unit of the mass.

    Raises
    ------
    MissingDataError
        A destination has no mass, a time is below 0, or it is 0 and the decay a power.

    References
    ----------
    W. G. Hansen (1959). How accessibility shapes land use. Journal of the American Institute of
    Planners 25:73.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 10], [10, 0]], index=["a", "b"], columns=["a", "b"])
    >>> hansen_potential(minutes, pd.Series({"a": 5, "b": 100}), Decay("power", 1.0)).tolist()
    [10.0, 0.5]
    """
    cost, weights = _checked(minutes, mass)
    own = _own(minutes)
    if own_minutes is None:
        cost[own] = np.inf
    else:
        inside = pd.Series(own_minutes, index=minutes.index, dtype=float)
        cost[own] = np.broadcast_to(inside.to_numpy()[:, None], cost.shape)[own]
    potential = decay(cost) @ weights
    if not np.isfinite(potential).all():
        raise MissingDataError(
            "a power of a travel time of 0 is infinite", remedy="set a least travel time"
        )
    return pd.Series(potential, index=minutes.index, name="potential")


def cumulative_opportunities(
    minutes: pd.DataFrame,
    mass: pd.Series,
    *,
    thresholds_min: Sequence[float] = DEFAULTS.thresholds_min,
) -> pd.DataFrame:
    r"""Mass within each limit of travel time.

    .. math:: O_i(T) = \sum_j M_j [c_{ij} \le T]

    Parameters
    ----------
    minutes, mass
        As for `hansen_potential`. A place counts for itself if it is in the table: at 0 minutes,
        if that is what the table says.
    thresholds_min : sequence of float
        T.

    Returns
    -------
    DataFrame
        Index origin, one column ``within_T`` a threshold, in the unit of the mass.

    References
    ----------
    M. Wachs, T. G. Kumagai (1973). Physical accessibility as a social indicator. Socio-Economic
    Planning Sciences 7:437.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 50]], index=["a"], columns=["a", "b"])
    >>> cumulative_opportunities(minutes, pd.Series({"a": 5, "b": 7})).loc["a"].tolist()
    [5.0, 12.0, 12.0, 12.0]
    """
    cost, weights = _checked(minutes, mass)
    return pd.DataFrame(
        {f"within_{limit:g}": (cost <= limit) @ weights for limit in thresholds_min},
        index=minutes.index,
    )


def weighted_average_time(minutes: pd.DataFrame, mass: pd.Series) -> pd.Series:
    r"""Mean travel time to the destinations, weighted by their mass.

    .. math:: L_i = \frac{\sum_{j \ne i} c_{ij} M_j}{\sum_{j \ne i} M_j}

    Parameters
    ----------
    minutes, mass
        As for `hansen_potential`; a place does not count for itself.

    Returns
    -------
    Series
        Index origin, minutes; missing where a destination with mass cannot be reached, since a
        mean over the reached ones would call the cut-off place central.

    References
    ----------
    J. Gutiérrez, R. González, G. Gómez (1996). The European high-speed train network: predicted
    effects on accessibility patterns. Journal of Transport Geography 4:227.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 10, 40]], index=["a"], columns=["a", "b", "c"])
    >>> weighted_average_time(minutes, pd.Series({"a": 9, "b": 2, "c": 1})).tolist()
    [20.0]
    """
    cost, weights = _checked(minutes, mass)
    counted = np.where(_own(minutes), 0.0, weights[None, :])
    cost[counted == 0.0] = 0.0
    whole = counted.sum(axis=1)
    total = (cost * counted).sum(axis=1)
    mean = np.divide(total, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)
    mean[np.isinf(mean)] = np.nan
    return pd.Series(mean, index=minutes.index, name="weighted_average_min")


def daily_accessibility(
    minutes: pd.DataFrame, mass: pd.Series, *, limit_min: float = 240.0
) -> pd.Series:
    r"""Mass that can be visited and left again within one day.

    .. math:: D_i = \sum_j M_j [c_{ij} \le L]

    Cumulative opportunities at the longest one-way trip of a day's return, four hours by
    custom.

    Parameters
    ----------
    minutes, mass
        As for `hansen_potential`.
    limit_min : float
        L, one way, minutes.

    Returns
    -------
    Series
        Index origin, in the unit of the mass.

    References
    ----------
    J. Gutiérrez (2001). Location, economic potential and daily accessibility: an analysis of the
    accessibility impact of the high-speed line Madrid-Barcelona-French border. Journal of
    Transport Geography 9:229.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 200, 300]], index=["a"], columns=["a", "b", "c"])
    >>> daily_accessibility(minutes, pd.Series({"a": 1, "b": 2, "c": 4})).tolist()
    [3.0]
    """
    reached = cumulative_opportunities(minutes, mass, thresholds_min=[limit_min])
    return reached.iloc[:, 0].rename("daily")


def performance_ratio(
    minutes: pd.DataFrame,
    distance_km: pd.DataFrame,
    mass: pd.Series,
    *,
    threshold_min: float = 90.0,
    radius_km: float | None = None,
) -> pd.DataFrame:
    r"""Mass reached within a time over the mass that lives near: how well a network performs.

    .. math:: R_i = 100 \cdot \frac{\sum_j M_j [c_{ij} \le T]}{\sum_j M_j [e_{ij} \le r]}

    Parameters
    ----------
    minutes, mass
        As for `hansen_potential`.
    distance_km : DataFrame
        e, great-circle distances; labels as of `minutes`.
    threshold_min : float
        T.
    radius_km : float, optional
        r; 120 km for 90 min and in proportion by default.

    Returns
    -------
    DataFrame
        Index origin; ``accessibility`` (reached), ``proximity`` (near), ``performance`` (percent;
        missing where nothing is near). Above 100 where fast links reach beyond the radius.

    References
    ----------
    L. Dijkstra, H. Poelman, L. Ackermans (2019). Road transport performance in Europe. European
    Commission, Regional and Urban Policy working paper 01/2019.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 80, 100]], index=["a"], columns=list("abc"))
    >>> km = pd.DataFrame([[0, 90, 110]], index=["a"], columns=list("abc"))
    >>> performance_ratio(minutes, km, pd.Series({"a": 1, "b": 2, "c": 1})).loc["a"].tolist()
    [3.0, 4.0, 75.0]
    """
    radius = threshold_min * DEFAULTS.proximity_km_per_min if radius_km is None else radius_km
    cost, weights = _checked(minutes, mass)
    apart = distance_km.loc[minutes.index, minutes.columns].to_numpy(np.float64)
    reached, near = (cost <= threshold_min) @ weights, (apart <= radius) @ weights
    ratio = np.divide(
        100.0 * reached, near, out=np.full(len(near), np.nan, dtype=np.float64), where=near > 0.0
    )
    return pd.DataFrame(
        {"accessibility": reached, "proximity": near, "performance": ratio}, index=minutes.index
    )


def accessibility_table(
    minutes: pd.DataFrame,
    mass: pd.Series,
    decay: Decay,
    *,
    own_minutes: float | pd.Series | None = None,
    thresholds_min: Sequence[float] = DEFAULTS.thresholds_min,
    daily_limit_min: float = 240.0,
) -> pd.DataFrame:
    """All measures that need no distances, side by side.

    Parameters
    ----------
    minutes, mass, decay, own_minutes
        As for `hansen_potential`.
    thresholds_min : sequence of float
        For `cumulative_opportunities`.
    daily_limit_min : float
        For `daily_accessibility`.

    Returns
    -------
    DataFrame
        Index origin; ``potential``, ``within_T`` a threshold, ``weighted_average_min``, ``daily``.

    References
    ----------
    K. T. Geurs, B. van Wee (2004). Accessibility evaluation of land-use and transport strategies:
    review and research directions. Journal of Transport Geography 12:127.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 50]], index=["a"], columns=["a", "b"])
    >>> table = accessibility_table(minutes, pd.Series({"a": 5, "b": 7}), Decay("power", 1.0))
    >>> list(table.columns)[0], list(table.columns)[-2:]
    ('potential', ['weighted_average_min', 'daily'])
    """
    return pd.concat(
        [
            hansen_potential(minutes, mass, decay, own_minutes=own_minutes),
            cumulative_opportunities(minutes, mass, thresholds_min=thresholds_min),
            weighted_average_time(minutes, mass),
            daily_accessibility(minutes, mass, limit_min=daily_limit_min),
        ],
        axis=1,
    )


def _checked(minutes: pd.DataFrame, mass: pd.Series) -> tuple[Floats, Floats]:
    """Minutes, infinite where missing, and the masses in the order of the columns."""
    cost = minutes.to_numpy(np.float64, na_value=np.nan).copy()
    cost[np.isnan(cost)] = np.inf
    weights = mass.reindex(minutes.columns).to_numpy(np.float64, na_value=np.nan)
    if np.isnan(weights).any():
        without = minutes.columns[np.isnan(weights)]
        raise MissingDataError(
            f"no mass is given for {', '.join(map(str, without[:5]))}",
            remedy="give 0 where there is nothing to reach",
        )
    if (cost < 0.0).any() or (weights < 0.0).any():
        raise MissingDataError("a travel time or a mass is below 0")
    return cost, weights


def _own(minutes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Where origin and destination are one place."""
    return np.asarray(minutes.index.to_numpy()[:, None] == minutes.columns.to_numpy()[None, :])
