"""Runs from one station to the next on lines of known design speed: what line speeds are fitted on.

Between neighbouring stations the fastest train does not call on the way, so that its minutes are
those of a run from stand to stand.
"""

import tomllib
from importlib import resources

import pandas as pd

__all__ = ["neighbour_runs"]


def neighbour_runs(
    line_stations: pd.DataFrame, lines: pd.DataFrame, services: pd.DataFrame
) -> pd.DataFrame:
    """Fastest trains between neighbouring stations that a timetable serves.

    Parameters
    ----------
    line_stations : DataFrame
        As `toolkit.sources.reference.rail_line_stations`: order of the stations, fare kilometres.
    lines : DataFrame
        As `toolkit.sources.reference.rail_lines`: ``name_zh``, ``design_speed_kmh``.
    services : DataFrame
        As `toolkit.Timetable.services`: ``from_id``, ``to_id``, ``fastest_min``.

    Returns
    -------
    DataFrame
        ``line``, ``origin``, ``destination`` (Chinese names), ``fare_km``, ``fastest_min``,
        ``line_speed_kmh``; one row a direction, in the order of the lines. As
        `toolkit.analysis.line_speed.fit_cruise_share` takes it.

    Examples
    --------
    >>> from toolkit.analysis.line_speed import fit_cruise_share
    >>> from toolkit.networks.timetable import Timetable
    >>> from toolkit.sources import reference
    >>> services = Timetable.from_reference("2023-12-15").services()
    >>> runs = neighbour_runs(reference.rail_line_stations(), reference.rail_lines(), services)
    >>> len(runs), runs["line"].nunique()
    (686, 34)
    >>> fitted, error_min = fit_cruise_share(runs)
    >>> round(fitted.cruise_share, 2), round(float(abs(error_min).mean()), 1)
    (0.75, 1.5)
    """
    known = dict(zip(lines["name_zh"], lines["design_speed_kmh"], strict=True))
    speed_kmh = {line: known[name] for line, name in _design_speed_of().items()}
    served = line_stations[
        line_stations["line_zh"].isin(speed_kmh)
        & line_stations["station_id"].isin(services["from_id"])
    ].sort_values(["line_zh", "sequence"])
    following = served.groupby("line_zh").shift(-1)
    pairs = pd.DataFrame(
        {
            "line": served["line_zh"],
            "origin": served["name_zh"],
            "destination": following["name_zh"],
            "fare_km": (following["fare_km"] - served["fare_km"]).abs(),
            "line_speed_kmh": served["line_zh"].map(speed_kmh).astype("float64"),
            "from_id": served["station_id"],
            "to_id": following["station_id"],
        }
    ).dropna(subset="to_id")
    swapped = {
        "origin": "destination",
        "destination": "origin",
        "from_id": "to_id",
        "to_id": "from_id",
    }
    both = pd.concat([pairs, pairs.rename(columns=swapped)]).sort_index(kind="stable")
    fastest = services.groupby(["from_id", "to_id"], as_index=False)["fastest_min"].min()
    runs = both[both["fare_km"] > 0].merge(fastest, on=["from_id", "to_id"])
    return runs.drop(columns=["from_id", "to_id"])


def _design_speed_of() -> dict[str, str]:
    """Name of each line in the table of lines, by its name in the table of stations."""
    text = resources.files("toolkit.analysis").joinpath("line_speed.toml").read_text("utf-8")
    names: dict[str, str] = tomllib.loads(text)["design_speed_of"]
    return names
