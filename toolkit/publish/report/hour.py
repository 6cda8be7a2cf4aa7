"""The one-hour table of a core: cities as rows, definitions by timetable as columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from toolkit.analysis.definitions import Definition
from toolkit.claims.model import Sentence
from toolkit.claims.wording import statistic_name
from toolkit.clusters import Cluster
from toolkit.publish.palette import time_colour
from toolkit.publish.report.parts import EMPTY, Cell, minutes_cell, plain
from toolkit.publish.report.reached import journey

__all__ = ["HourTable", "hour_tables"]

_HOUR = 60
_HALF = 0.5


@dataclass(frozen=True)
class HourTable:
    """The table of one core.

    Attributes
    ----------
    core : Sentence
    groups : tuple of (Sentence, int)
        Definitions, with the number of their columns.
    dates : tuple of Sentence
        Heads of the columns.
    rows : tuple of (Sentence, tuple of (Cell, Sentence))
        City; figures, each with the journey behind it.
    """

    core: Sentence
    groups: tuple[tuple[Sentence, int], ...]
    dates: tuple[Sentence, ...]
    rows: tuple[tuple[Sentence, tuple[tuple[Cell, Sentence], ...]], ...]


@dataclass(frozen=True)
class _Column:
    """One definition by one timetable, as minutes or as a share of residents."""

    head: Sentence
    definition: str
    date: str
    share: bool = False


def hour_tables(
    table: pd.DataFrame, cluster: Cluster, definitions: Mapping[str, Definition]
) -> tuple[HourTable, ...]:
    """Return the table of each core, by the statistics that lead.

    Parameters
    ----------
    table : DataFrame
        As `toolkit.analysis.hour_table.one_hour_table` returns it.
    cluster : Cluster
    definitions : mapping of str to Definition
        In the order of the columns; those without a time are left out.
    """
    leading = table[table["is_leading"]]
    return tuple(
        _of_core(str(core), rows, cluster, definitions)
        for core, rows in leading.groupby("core_adcode", sort=False)
        if core in cluster.cities.index
    )


def _of_core(
    core: str, rows: pd.DataFrame, cluster: Cluster, definitions: Mapping[str, Definition]
) -> HourTable:
    """Table of one core, the nearest city under the first definition by the newest day first."""
    columns = _columns(rows, definitions)
    cells = {
        (str(row["city_adcode"]), str(row["definition"]), str(row["timetable_date"])): row
        for _, row in rows.iterrows()
    }
    place = cluster.cities.loc[core]
    return HourTable(
        core=Sentence(str(place["name_en"]), str(place["name_zh"])),
        groups=tuple((head, len(list(some))) for head, some in groupby(c.head for c in columns)),
        dates=tuple(
            plain(c.date) if c.date else Sentence("no timetable", "无时刻表") for c in columns
        ),
        rows=tuple(
            (
                Sentence(str(row["city_en"]), str(row["city_zh"])),
                tuple(
                    _cell(cells.get((str(row["city_adcode"]), c.definition, c.date)), share=c.share)
                    for c in columns
                ),
            )
            for _, row in _nearest_first(rows, columns[0].definition).iterrows()
        ),
    )


def _nearest_first(rows: pd.DataFrame, definition: str) -> pd.DataFrame:
    """One row a city, by its minutes under a definition; then by the least there are."""
    times = rows.assign(minutes=rows["minutes"].astype("Float64").fillna(np.inf).astype(float))
    newest = rows.loc[rows["definition"] == definition, "timetable_date"].max()
    leading = times[(times["definition"] == definition) & (times["timetable_date"] == newest)]
    cities = rows.drop_duplicates("city_adcode")
    first = cities["city_adcode"].map(leading.groupby("city_adcode")["minutes"].min())
    least = cities["city_adcode"].map(times.groupby("city_adcode")["minutes"].min())
    order = cities.assign(first=first.fillna(np.inf), least=least)
    return order.sort_values(["first", "least"], kind="stable")


def _columns(rows: pd.DataFrame, definitions: Mapping[str, Definition]) -> list[_Column]:
    """Minutes of each definition and date, then the shares of residents."""
    columns, shares = [], []
    for key, definition in definitions.items():
        of_key = rows[rows["definition"] == key]
        for date, some in of_key.groupby("timetable_date"):
            columns.append(_Column(_head(definition, some.iloc[0]), key, str(date)))
            if definition.rail and f"population_share_{_HOUR}" in some:
                counted = some[f"population_share_{_HOUR}"].notna().any()
                head = Sentence(
                    f"D5 Residents, {definition.name_en.lower()}",
                    f"D5 居民占比，{definition.name_zh}",
                )
                shares += [_Column(head, key, str(date), share=True)] if counted else []
    # The share stands beside door to door, which it counts; road alone needs no timetable.
    return [*(c for c in columns if c.date), *shares, *(c for c in columns if not c.date)]


def _head(definition: Definition, row: pd.Series) -> Sentence:
    """Code and name of a definition, with the statistic where it is one over a window."""
    counted = [str(row["statistic"]), str(row["window"])] if definition.windows else []
    label = statistic_name(", ".join(filter(None, counted)))
    code = f"{definition.code} " if definition.code.startswith("D") else ""
    return Sentence(
        f"{code}{definition.name_en}" + (f" ({label.en})" if label.en else ""),
        f"{code}{definition.name_zh}" + (f"（{label.zh}）" if label.zh else ""),
    )


def _cell(row: "pd.Series | None", *, share: bool) -> tuple[Cell, Sentence]:
    """Figure and the journey behind it."""
    if row is None:
        return Cell(plain("–")), EMPTY
    if share:
        return _share_cell(row), EMPTY
    minutes = float(row["minutes"]) if pd.notna(row["minutes"]) else np.inf
    shown = minutes_cell(minutes)
    text = shown.text if np.isfinite(minutes) else plain("–")
    way = journey(str(row["itinerary"])) if np.isfinite(minutes) else EMPTY
    return Cell(text, shown.order, colour=shown.colour), way


def _share_cell(row: pd.Series) -> Cell:
    """Share within the hour, in the colour of the threshold within which half the residents are."""
    names = [name for name in row.index if str(name).startswith("population_share_")]
    limits = sorted(int(str(name).removeprefix("population_share_")) for name in names)
    half = [limit for limit in limits if float(row[f"population_share_{limit}"]) >= _HALF]
    share = float(row[f"population_share_{_HOUR}"])
    return Cell(plain(f"{share:.0%}"), share, colour=time_colour(half[0] if half else np.inf))
