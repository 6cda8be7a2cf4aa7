"""Travel times before and after, pair by pair and for all places together."""

import numpy as np
import pandas as pd

from toolkit.analysis.accessibility import hansen_potential, weighted_average_time
from toolkit.analysis.decay import Decay
from toolkit.analysis.polycentricity import dominance, functional_polycentricity, gravity_links
from toolkit.errors import NetworkError

__all__ = ["city_effects", "compare_times", "effects", "efficiency"]


def compare_times(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Travel times before and after, one row a pair.

    Parameters
    ----------
    before, after : DataFrame
        Minutes, origins by destinations, with the same labels, as `road_matrix` gives them.

    Returns
    -------
    DataFrame
        ``origin``, ``destination``, ``before_min``, ``after_min``, ``saved_min`` (infinite where
        there was no way), pairs of different places only, most saved first.

    Examples
    --------
    >>> before = pd.DataFrame([[0, 60], [60, 0]], index=["a", "b"], columns=["a", "b"])
    >>> compare_times(before, before / 2)["saved_min"].tolist()
    [30.0, 30.0]
    """
    if not before.index.equals(after.index) or not before.columns.equals(after.columns):
        raise NetworkError("the two tables of minutes do not hold the same places")
    first, second = before.to_numpy(np.float64), after.to_numpy(np.float64)
    # no way before and none after: nothing is saved
    same = first == second
    saved = np.subtract(first, second, out=np.zeros_like(first), where=~same)
    origins, destinations = np.indices(first.shape)
    table = pd.DataFrame(
        {
            "origin": before.index.to_numpy()[origins.ravel()],
            "destination": before.columns.to_numpy()[destinations.ravel()],
            "before_min": first.ravel(),
            "after_min": second.ravel(),
            "saved_min": saved.ravel(),
        }
    )
    apart = table[table["origin"] != table["destination"]]
    return apart.sort_values("saved_min", ascending=False, kind="stable", ignore_index=True)


def efficiency(minutes: pd.DataFrame) -> float:
    r"""Global efficiency of travel between places.

    .. math:: E = \frac{1}{n (n - 1)} \sum_{i \ne j} \frac{1}{c_{ij}}

    Parameters
    ----------
    minutes : DataFrame
        Square; infinite where there is no way, which adds 0.

    Returns
    -------
    float
        Per minute; not the form relative to straight lines.

    References
    ----------
    V. Latora, M. Marchiori (2001). Efficient behavior of small-world networks. Physical Review
    Letters 87:198701.

    Examples
    --------
    >>> round(efficiency(pd.DataFrame([[0, 20], [40, 0]])), 6)
    0.0375
    """
    cost = minutes.to_numpy(np.float64).copy()
    np.fill_diagonal(cost, np.inf)
    return float((1.0 / cost).sum() / (len(cost) * (len(cost) - 1)))


def effects(
    before: pd.DataFrame,
    after: pd.DataFrame,
    mass: pd.Series,
    *,
    threshold_min: float = 60.0,
    decay: Decay | None = None,
) -> pd.DataFrame:
    r"""What a scenario changes for all places together.

    .. math:: \bar c = \frac{\sum_{i \ne j} P_i P_j c_{ij}}{\sum_{i \ne j} P_i P_j}, \qquad
              \bar O = \frac{\sum_i P_i \sum_j P_j [c_{ij} \le T]}{\sum_i P_i}

    are the mean minutes and the mean residents within reach; efficiency, potential and the index
    of Green have functions of their own.

    Parameters
    ----------
    before, after : DataFrame
        Minutes, square, with the same labels.
    mass : Series
        Residents, index place.
    threshold_min : float
        For pairs and residents within reach.
    decay : Decay, optional
        With it, also what rests on interaction that falls with travel time.

    Returns
    -------
    DataFrame
        Index measure; ``before``, ``after``, ``change``: ``pairs_within`` (ordered pairs of
        different places), ``residents_within`` (mean over residents of those they reach, their
        own place included), ``mean_min`` (weighted by the product of residents; infinite if a
        pair has no way), ``efficiency`` (per minute); with `decay` ``potential`` (Hansen's, mean
        over residents) and ``p_sf`` (Green's index of the gravity links, density of weights).

    References
    ----------
    W. G. Hansen (1959). How accessibility shapes land use. Journal of the American Institute of
    Planners 25:73. V. Latora, M. Marchiori (2001). Efficient behavior of small-world networks.
    Physical Review Letters 87:198701. N. Green (2007). Functional polycentricity: a formal
    definition in terms of social network analysis. Urban Studies 44:2077.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 80], [80, 0]], index=["a", "b"], columns=["a", "b"])
    >>> table = effects(minutes, minutes / 2, pd.Series({"a": 3, "b": 1}))
    >>> table.loc["pairs_within", ["before", "after"]].tolist()
    [0.0, 2.0]
    """
    if not before.index.equals(after.index) or not before.columns.equals(after.columns):
        raise NetworkError("the two tables of minutes do not hold the same places")
    columns = {
        name: _summary(minutes, mass, threshold_min)
        | ({} if decay is None else _interaction(minutes, mass, decay))
        for name, minutes in (("before", before), ("after", after))
    }
    table = pd.DataFrame(columns).rename_axis("measure")
    same = table["before"] == table["after"]
    return table.assign(change=(table["after"] - table["before"]).mask(same, 0.0))


def city_effects(
    before: pd.DataFrame,
    after: pd.DataFrame,
    mass: pd.Series,
    decay: Decay,
    *,
    threshold_min: float = 60.0,
) -> pd.DataFrame:
    r"""What a scenario changes for each place: the parts that `effects` is a mean of.

    .. math:: E_i = \frac{1}{n - 1} \sum_{j \ne i} \frac{1}{c_{ij}}, \qquad
              D_i = \frac{\sum_j (I_{ij} + I_{ji})}{\frac{1}{n} \sum_{k, j} (I_{kj} + I_{jk})}

    Parameters
    ----------
    before, after, mass, threshold_min
        As for `effects`.
    decay : Decay
        Of the potential and of the gravity links I.

    Returns
    -------
    DataFrame
        Index place; each with ``_before``, ``_after`` and ``_change``: ``mean_min`` (to the
        residents of the others; missing where one has no way), ``residents`` (within reach, its
        own included), ``efficiency`` (E, per minute), ``potential``, ``dominance`` (D).

    References
    ----------
    V. Latora, M. Marchiori (2001). Efficient behavior of small-world networks. Physical Review
    Letters 87:198701. N. Limtanakool, M. Dijst, T. Schwanen (2007). A theoretical framework and
    methodology for characterising national urban systems on the basis of flows of people. Urban
    Studies 44:2123.

    Examples
    --------
    >>> minutes = pd.DataFrame([[0, 80], [80, 0]], index=["a", "b"], columns=["a", "b"])
    >>> table = city_effects(minutes, minutes / 2, pd.Series({"a": 3, "b": 1}), Decay("power", 1.0))
    >>> table[["residents_before", "residents_after", "dominance_change"]].values.tolist()
    [[3.0, 4.0, 0.0], [1.0, 4.0, 0.0]]
    """
    if not before.index.equals(after.index) or not before.columns.equals(after.columns):
        raise NetworkError("the two tables of minutes do not hold the same places")
    first, second = (_of_places(table, mass, decay, threshold_min) for table in (before, after))
    same = first == second
    change = (second - first).mask(same, 0.0)
    parts = {
        f"{name}_{state}": table[name]
        for name in first
        for state, table in (("before", first), ("after", second), ("change", change))
    }
    return pd.DataFrame(parts, index=before.index)


def _of_places(
    minutes: pd.DataFrame, mass: pd.Series, decay: Decay, threshold_min: float
) -> pd.DataFrame:
    """Figures of each place in one state."""
    people = mass[minutes.index].astype(float)
    cost = minutes.to_numpy(np.float64).copy()
    within = (cost <= threshold_min) @ people.to_numpy()
    np.fill_diagonal(cost, np.inf)
    return pd.DataFrame(
        {
            "mean_min": weighted_average_time(minutes, people),
            "residents": within,
            "efficiency": (1.0 / cost).sum(axis=1) / (len(cost) - 1),
            "potential": hansen_potential(minutes, people, decay),
            "dominance": dominance(gravity_links(people, minutes, decay)),
        }
    )


def _summary(minutes: pd.DataFrame, mass: pd.Series, threshold_min: float) -> dict[str, float]:
    """Figures over all pairs."""
    cost = minutes.to_numpy(np.float64)
    people = mass[minutes.index].to_numpy(np.float64)
    apart = ~np.eye(len(cost), dtype=bool)
    product = np.outer(people, people)[apart]
    return {
        "pairs_within": float((cost[apart] <= threshold_min).sum()),
        "residents_within": float(people @ ((cost <= threshold_min) @ people) / people.sum()),
        "mean_min": float((cost[apart] * product).sum() / product.sum()),
        "efficiency": efficiency(minutes),
    }


def _interaction(minutes: pd.DataFrame, mass: pd.Series, decay: Decay) -> dict[str, float]:
    """Potential and polycentricity of gravity links."""
    people = mass[minutes.index].astype(float)
    potential = hansen_potential(minutes, people, decay)
    links = gravity_links(people, minutes, decay)
    return {
        "potential": float((potential * people).sum() / people.sum()),
        "p_sf": functional_polycentricity(links, density="weights").p_sf,
    }
