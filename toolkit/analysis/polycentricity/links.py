"""Networks of links between places: trains a day, gravity, flows over shortest paths.

Links are a square table: rows send, columns receive, both in one order of places, the diagonal is
0. Any such table, of commuters or of firms, can take the place of these.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import shortest_path

from toolkit.analysis.polycentricity.validation import checked_links
from toolkit.errors import NetworkError

__all__ = ["gravity_links", "path_flows", "train_links"]

Floats = npt.NDArray[np.float64]


def train_links(
    services: pd.DataFrame,
    places: Sequence[str],
    *,
    train_classes: Collection[str] = ("fast", "other"),
) -> pd.DataFrame:
    """Direct trains a day between places.

    Parameters
    ----------
    services : DataFrame
        City services (`toolkit.networks.timetable.Timetable.city_services`): ``from_adcode``,
        ``to_adcode``, ``train_class``, ``trains_per_day``.
    places : sequence of str
        Adcodes, in the order wanted; services of other places are left out.
    train_classes : collection of str
        Which trains.

    Returns
    -------
    DataFrame
        Square; trains a day from the row to the column.

    Examples
    --------
    >>> services = pd.DataFrame({"from_adcode": ["1", "1", "2"], "to_adcode": ["2", "2", "1"],
    ...     "train_class": ["fast", "other", "fast"], "trains_per_day": [30, 4, 31]})
    >>> train_links(services, ["1", "2"]).to_numpy().tolist()
    [[0.0, 34.0], [31.0, 0.0]]
    """
    chosen = services[services["train_class"].isin(list(train_classes))]
    table = chosen.pivot_table(
        index="from_adcode", columns="to_adcode", values="trains_per_day", aggfunc="sum"
    )
    order = pd.Index(list(places))
    square = table.reindex(index=order, columns=order).astype(float).fillna(0.0)
    values = square.to_numpy(copy=True)
    np.fill_diagonal(values, 0.0)
    return pd.DataFrame(values, index=order, columns=order)


def gravity_links(
    sizes: pd.Series, cost: pd.DataFrame, decay: Callable[[npt.ArrayLike], Floats]
) -> pd.DataFrame:
    r"""Links expected from sizes and distance.

    .. math:: T_{ij} = P_i P_j f(c_{ij})

    Parameters
    ----------
    sizes : Series
        P, index place.
    cost : DataFrame
        c, square, minutes or km; infinite or missing where there is no way.
    decay : callable
        f, such as a `toolkit.analysis.decay.Decay`.

    Returns
    -------
    DataFrame
        Square, in the order of `sizes`; its unit is that of P squared, so only shares count.

    Raises
    ------
    NetworkError
        `cost` lacks a place.

    References
    ----------
    G. K. Zipf (1946). The P1 P2/D hypothesis: on the intercity movement of persons. American
    Sociological Review 11:677.

    Examples
    --------
    >>> cost = pd.DataFrame([[0, 30], [30, 0]], index=["a", "b"], columns=["a", "b"])
    >>> links = gravity_links(pd.Series({"a": 6, "b": 5}), cost, lambda c: 1 / np.asarray(c))
    >>> links.to_numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    between = _between(cost, sizes.index)
    apart = ~np.eye(len(sizes), dtype=bool) & np.isfinite(between)
    weight = np.zeros_like(between)
    weight[apart] = decay(between[apart])
    mass = sizes.to_numpy(np.float64)
    return pd.DataFrame(np.outer(mass, mass) * weight, index=sizes.index, columns=sizes.index)


def path_flows(demand: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """Load on direct links when demand takes the cheapest way over them.

    What goes from i to j loads each link of its cheapest path; of equal paths each carries the
    same share. So a link carries also what passes through its ends, as track and roads do.

    Parameters
    ----------
    demand : DataFrame
        Square; what goes from row to column, such as `gravity_links`.
    cost : DataFrame
        Square; cost of the direct links, above 0, infinite or missing where there is none.

    Returns
    -------
    DataFrame
        Square, in the order of `demand`; load of each direct link. Demand without a way is lost.

    Raises
    ------
    NetworkError
        A place has no row, or a cost is not above 0.

    Notes
    -----
    O(n^3) by the accumulation of Brandes (2001), with demand as pair weights.

    References
    ----------
    Y. Sheffi (1985). Urban transportation networks: equilibrium analysis with mathematical
    programming methods. Prentice-Hall, Englewood Cliffs.

    Examples
    --------
    All that goes between the ends of a - b - c passes both links:

    >>> cost = pd.DataFrame([[0, 1, np.inf], [1, 0, 1], [np.inf, 1, 0]])
    >>> demand = pd.DataFrame([[0, 0, 8.0], [0, 0, 0], [0, 0, 0]])
    >>> path_flows(demand, cost).to_numpy().tolist()
    [[0.0, 8.0, 0.0], [0.0, 0.0, 8.0], [0.0, 0.0, 0.0]]
    """
    wanted = checked_links(demand).to_numpy()
    direct = _between(cost, demand.index)
    np.fill_diagonal(direct, np.inf)
    if (direct <= 0.0).any():
        raise NetworkError("a link costs nothing or less", remedy="give costs above 0")
    reachable = np.isfinite(direct)
    total = shortest_path(np.where(reachable, direct, 0.0), method="D")
    load = np.zeros_like(direct)
    for source in range(len(direct)):
        load += _loads_from(source, total[source], direct, wanted[source])
    return pd.DataFrame(load, index=demand.index, columns=demand.index)


def _between(cost: pd.DataFrame, places: pd.Index) -> Floats:
    """Costs in the order of places, infinite where missing."""
    unknown = places.difference(cost.index.intersection(cost.columns))
    if len(unknown):
        raise NetworkError(f"the cost table lacks {', '.join(map(str, unknown[:5]))}")
    values = cost.loc[places, places].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(values), np.inf, values)


def _loads_from(source: int, total: Floats, direct: Floats, demand: Floats) -> Floats:
    """Load that one source puts on each link, equal paths sharing alike."""
    arrival = np.where(np.isfinite(total), total, 0.0)[:, None] + direct
    cheapest = np.isclose(arrival, total[None, :], rtol=1e-12, atol=0.0) & np.isfinite(arrival)
    cheapest[~np.isfinite(total)] = False
    outward = [place for place in np.argsort(total, kind="stable") if np.isfinite(total[place])]
    paths = np.zeros(len(total))
    paths[source] = 1.0
    for place in outward[1:]:
        paths[place] = paths[cheapest[:, place]].sum()
    load = np.zeros_like(direct)
    passing = np.zeros(len(total))
    for place in reversed(outward[1:]):
        arriving = demand[place] + passing[place]
        load[:, place] = arriving * paths * cheapest[:, place] / paths[place]
        passing += load[:, place]
    return load
