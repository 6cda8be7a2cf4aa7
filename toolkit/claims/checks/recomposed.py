"""Travel times put together again from their parts, with other values for waiting, access, speeds.

The search is not run again: the trains stay those that are best as things are. So a drawn time is
an upper bound of what a new search would find; with nothing varied it is the time itself.

A row over a departure window holds the wait for its trains by the timetable, first and between
two, not the supposed waiting and change: these stay as they are, whatever is supposed.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.claims.uncertainty import Array, Drawn, Draws

__all__ = ["drawn_minutes"]


def drawn_minutes(rows: pd.DataFrame, draws: Draws) -> Drawn:
    """Minutes to each city under every draw.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of ``city_times`` under one setting, indexed by city: ``minutes`` (missing where the
        city is not reached), ``timetable_date`` and, where known, the parts of each journey:
        ``access_min``, ``waiting_min``, ``ride_min``, ``change_min``, ``egress_min`` and
        ``road_min``; ``fastest_train`` tells the kind of the first train, ``window`` whether
        the waiting is that for a train of the timetable.
    draws : Draws

    Returns
    -------
    Drawn
        One line a city; infinite where it is not reached. The first column is ``minutes``.
    """
    given = _column(rows, "minutes")
    minutes = np.where(np.isnan(given), np.inf, given)
    rail, rail_keys = _by_rail(rows, minutes, draws)
    road = _column(rows, "road_min")
    by_rail = np.isfinite(rail[:, 0])
    by_road = np.isfinite(road)
    slowed = road[:, None] / draws.factor("road_speed")
    total = np.fmin(rail, slowed)
    keys = (*rail_keys * bool(by_rail.any()), *("road_speed",) * bool(by_road.any()))
    known = np.isfinite(total[:, 0]) & np.isfinite(minutes)
    # Parts are rounded in the table; the first column has to be the time itself.
    gap = np.subtract(minutes, total[:, 0], out=np.zeros_like(minutes), where=known)
    values = np.where(known[:, None], total + gap[:, None], minutes[:, None])
    return Drawn(values, keys)


def _by_rail(rows: pd.DataFrame, minutes: Array, draws: Draws) -> tuple[Array, tuple[str, ...]]:
    """Minutes by rail, missing for journeys without; what was drawn for them."""
    error = draws.table("timetable_min", [str(code) for code in rows.index])
    ride = _column(rows, "ride_min")
    # Without its parts a journey by a timetable is taken as a ride as a whole.
    whole = np.isnan(ride) & np.isnan(_column(rows, "road_min"))
    timed = rows["timetable_date"].fillna("").astype(str).to_numpy() != ""
    ride = np.where(whole & timed, minutes, ride)
    access = _column(rows, "access_min") + _column(rows, "egress_min")
    waiting, change = _column(rows, "waiting_min"), _column(rows, "change_min")
    keys = ["timetable_min"]
    real = _by_departure(rows)
    by_timetable = np.where(real, np.nan_to_num(waiting) + np.nan_to_num(change), 0.0)
    waiting, change = np.where(real, 0.0, waiting), np.where(real, 0.0, change)
    total = (ride + by_timetable)[:, None] + error
    ways = draws.factor("access_detour") / draws.factor("access_speed_kmh")
    for part, factor, drawn in (
        (access, ways, ("access_detour", "access_speed_kmh")),
        (waiting, _waiting_factors(rows, draws), ("waiting_min", "waiting_intercity_min")),
        (
            change,
            _change_factors(change, draws),
            ("change_same_station_min", "change_between_stations_min"),
        ),
    ):
        if np.nansum(part) > 0:
            total = total + np.nan_to_num(part)[:, None] * factor
            keys.extend(drawn)
    return total, tuple(keys)


def _by_departure(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows are statistics over the departures of a window."""
    window = rows.get("window", pd.Series("", index=rows.index))
    named: npt.NDArray[np.bool_] = window.fillna("").astype(str).to_numpy() != ""
    return named


def _waiting_factors(rows: pd.DataFrame, draws: Draws) -> Array:
    """Waiting against its default: less is known to be needed for trains run like a bus."""
    trains = rows.get("fastest_train", pd.Series("", index=rows.index)).astype(str)
    intercity = trains.str.startswith("C").to_numpy()
    both = draws.factor("waiting_intercity_min"), draws.factor("waiting_min")
    return np.where(intercity[:, None], *both)


def _change_factors(change: Array, draws: Draws) -> Array:
    """A change against its default, in one station or between two of a city."""
    kinds = ("change_between_stations_min", "change_same_station_min")
    middle = sum(draws.uncertainties[key].mode for key in kinds) / 2
    return np.where((change > middle)[:, None], *(draws.factor(key) for key in kinds))


def _column(rows: pd.DataFrame, name: str) -> Array:
    """A column as numbers, missing where there is none."""
    empty = pd.Series(np.nan, index=rows.index)
    return pd.to_numeric(rows.get(name, empty)).to_numpy(dtype=np.float64, na_value=np.nan)
