"""The one-hour table: each city under every definition, threshold and timetable, side by side.

Minutes of the city itself (D1 to D4, and by road) stand beside the share of its residents who live
within each threshold (D5, the commuting circle proper).
"""

import pandas as pd

__all__ = ["one_hour_table"]

_CASE = ["core_adcode", "city_adcode", "definition", "statistic", "window", "timetable_date"]


def one_hour_table(city_times: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """One row a core, city, definition, statistic and timetable, between main stations.

    Parameters
    ----------
    city_times : DataFrame
        As `toolkit.analysis.reach.travel_times` returns it.
    shares : DataFrame
        Share of each prefecture's residents inside each circle, as in
        `toolkit.analysis.findings.Findings`; may be empty.

    Returns
    -------
    DataFrame
        ``core_`` and ``city_`` adcode and names, ``definition``, ``statistic``, ``window``,
        ``is_leading``, ``timetable_date``, ``minutes``, ``within_45`` and so on,
        ``population_share_45`` and so on, ``itinerary``; cores and cities in the order given.

    Notes
    -----
    Shares are of definitions that reach land: door to door (with any station, not the main ones
    alone) and by road. Where none were computed they are missing; a prefecture that no circle
    touches has 0.

    Examples
    --------
    >>> times = pd.DataFrame({"core_adcode": ["a"], "core_zh": ["甲"], "core_en": ["A"],
    ...     "city_adcode": ["b"], "city_zh": ["乙"], "city_en": ["B"],
    ...     "definition": ["door_to_door"], "station_set": ["main"], "statistic": ["fastest"],
    ...     "window": ["07:00-09:00"], "is_leading": [True], "timetable_date": ["2023-12-15"],
    ...     "minutes": [70.0], "within_60": [False], "itinerary": ["road"]})
    >>> shares = times.rename(columns={"city_adcode": "adcode"}).assign(
    ...     minutes=60, population_share=0.25)
    >>> table = one_hour_table(times, shares)
    >>> table[["minutes", "within_60", "population_share_60"]].values.tolist()
    [[70.0, False, 0.25]]
    """
    between = city_times["station_set"].isin(["", "main"])
    within = [name for name in city_times.columns if name.startswith("within_")]
    columns = [
        "core_adcode", "core_zh", "core_en", "city_adcode", "city_zh", "city_en", "definition",
        "statistic", "window", "is_leading", "timetable_date", "minutes", *within, "itinerary",
    ]  # fmt: skip
    rows = pd.DataFrame(city_times.loc[between, columns])
    limits = [int(name.removeprefix("within_")) for name in within]
    wide = _wide(shares, limits)
    table = rows.merge(wide, on=_CASE, how="left", validate="many_to_one")
    return table[[*columns[:-1], *(f"population_share_{limit}" for limit in limits), "itinerary"]]


def _wide(shares: pd.DataFrame, limits: list[int]) -> pd.DataFrame:
    """Shares of residents with one column a threshold."""
    names = [f"population_share_{limit}" for limit in limits]
    if shares.empty:
        return pd.DataFrame(columns=[*_CASE, *names])
    cases = shares.rename(columns={"adcode": "city_adcode"})
    wide = cases.pivot_table(index=_CASE, columns="minutes", values="population_share")
    wide.columns = [f"population_share_{minutes:g}" for minutes in wide.columns]
    return wide.reindex(columns=names).reset_index()
