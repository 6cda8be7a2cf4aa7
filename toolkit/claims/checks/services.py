"""Direct services between member cities, read the way a check needs them."""

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from toolkit.claims.checks.inputs import CheckInputs

__all__ = ["USUAL_TRAINS_PER_DAY", "direct_services", "pair_minutes"]

# A service one need not look up: about one an hour through the working day.
USUAL_TRAINS_PER_DAY = 10


def direct_services(
    inputs: CheckInputs, train_classes: Sequence[str]
) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Rows of the given train classes for each station set and timetable date at hand."""
    pairs = inputs.city_pairs
    if pairs.empty:
        return
    # A snapshot without a single train of the class is a fact, not a gap: group before choosing.
    for (station_set, date), rows in pairs.groupby(["station_set", "timetable_date"], sort=True):
        yield (str(station_set), str(date)), rows[rows["train_class"].isin(train_classes)]


def pair_minutes(services: pd.DataFrame, definition: str) -> pd.DataFrame:
    """Direct minutes of each pair of cities, there and back, by the slower direction.

    Parameters
    ----------
    services : pandas.DataFrame
        City services of one station set and timetable date.
    definition : {'fastest_train', 'usual_train'}
        Fastest train of the day; or median train where `USUAL_TRAINS_PER_DAY` run each way.

    Returns
    -------
    pandas.DataFrame
        Indexed by the sorted pair of codes (``a``, ``b``): ``minutes`` (infinite where a direction
        has no such train) and, of the slower direction, ``trains_per_day``, ``fastest_train``,
        ``fastest_from_id``, ``fastest_to_id``.
    """
    minutes = services["fastest_min"].astype("float64")
    if definition == "usual_train":
        often = services["trains_per_day"] >= USUAL_TRAINS_PER_DAY
        minutes = services["median_min"].astype("float64").where(often, math.inf)
    ordered = services.assign(minutes=minutes)
    ordered = ordered.sort_values(["minutes", "from_adcode", "to_adcode", "train_class"])
    ordered = ordered.drop_duplicates(["from_adcode", "to_adcode"])
    ends = ordered[["from_adcode", "to_adcode"]]
    ordered = ordered.assign(a=ends.min(axis=1), b=ends.max(axis=1))
    both = ordered.groupby(["a", "b"])["minutes"].transform("size") == 2
    ordered["minutes"] = ordered["minutes"].where(both, math.inf)
    slower = ordered.sort_values(["minutes", "from_adcode"]).drop_duplicates(
        ["a", "b"], keep="last"
    )
    columns = ["minutes", "trains_per_day", "fastest_train", "fastest_from_id", "fastest_to_id"]
    return slower.set_index(["a", "b"])[columns].sort_index()
