"""Who is in which circle: travel times, itineraries, people and land, as tables of the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.analysis.definitions import BEST_CASE, Definition
from toolkit.analysis.findings import Findings
from toolkit.analysis.reach import leading_rows
from toolkit.claims.model import Sentence
from toolkit.claims.wording import place_list, statistic_name
from toolkit.clusters import Cluster
from toolkit.publish.report.parts import (
    Cell,
    Table,
    figure_cell,
    minutes_cell,
    plain,
    rows_of,
)

__all__ = [
    "Circle",
    "CoreTimes",
    "core_times",
    "journey",
    "newest_times",
    "people_source",
    "people_table",
    "shares_tables",
]

_HOUR = 60
_STEPS = {"access": "进站", "waiting": "候车", "change": "换乘", "egress": "出站"}


@dataclass(frozen=True)
class Circle:
    """One reading of a core's one-hour circle."""

    definition: Definition
    inside: int
    total: int
    cities: Sentence
    nearest_outside: Sentence
    basis: Sentence


@dataclass(frozen=True)
class CoreTimes:
    """What is known of one core: its circles and how each city is reached."""

    adcode: str
    name: Sentence
    circles: tuple[Circle, ...]
    difference: Sentence
    itineraries: Table


def newest_times(findings: Findings) -> pd.DataFrame:
    """Leading rows of the newest timetable between main stations, and those by road."""
    times = pd.DataFrame(leading_rows(findings.city_times))
    if times.empty:
        return times
    newest = times["timetable_date"].max()
    return times[
        times["timetable_date"].isin(["", newest]) & times["station_set"].isin(["", "main"])
    ]


def core_times(
    times: pd.DataFrame, cluster: Cluster, definitions: Mapping[str, Definition]
) -> tuple[CoreTimes, ...]:
    """Return the circles of each core and the journeys behind them, the leading core first.

    Parameters
    ----------
    times : DataFrame
        See `newest_times`.
    cluster : Cluster
    definitions : mapping of str to Definition
        In the order they are shown; those without a time are left out.
    """
    if times.empty:
        return ()
    used = [d for key, d in definitions.items() if (times["definition"] == key).any()]
    return tuple(
        _core(core, times[times["core_adcode"] == core], cluster, used)
        for core in dict.fromkeys(times["core_adcode"])
        if core in cluster.cities.index
    )


def _core(
    core: str, rows: pd.DataFrame, cluster: Cluster, definitions: list[Definition]
) -> CoreTimes:
    """Circles and journeys of one core."""
    city = cluster.cities.loc[core]
    name = Sentence(city["name_en"], city["name_zh"])
    found = rows.assign(minutes=rows["minutes"].astype("Float64").fillna(np.inf).astype(float))
    found = found.sort_values("minutes", kind="stable").drop_duplicates(
        ["city_adcode", "definition"]
    )
    return CoreTimes(
        adcode=core,
        name=name,
        circles=tuple(_circle(found, definition) for definition in definitions),
        difference=_difference(found, definitions),
        itineraries=Table(
            Sentence(f"How each city is reached from {name.en}", f"自{name.zh}如何到达各城市"),
            (
                Sentence("city", "城市"),
                Sentence("definition", "口径"),
                Sentence("minutes", "分钟"),
                Sentence("trains a day", "每日列车数"),
                Sentence("journey", "行程"),
            ),
            _itinerary_rows(found, definitions),
        ),
    )


def _circle(found: pd.DataFrame, definition: Definition) -> Circle:
    """Who is within the hour under one definition."""
    rows = found[found["definition"] == definition.key]
    inside = rows[rows["minutes"] <= _HOUR]
    named = inside.rename(columns={"city_zh": "name_zh", "city_en": "name_en"})
    shown = named.assign(minutes=np.floor(named["minutes"] + 0.5).clip(upper=_HOUR))
    nobody = Sentence("no city", "无城市")
    cities = place_list(shown, "minutes") if len(shown) else nobody
    outside = rows[(rows["minutes"] > _HOUR) & np.isfinite(rows["minutes"])].head(2)
    beyond = outside.rename(columns={"city_zh": "name_zh", "city_en": "name_en"})
    # Nothing outside is shown at 60, nothing inside beyond it.
    beyond = beyond.assign(minutes=np.floor(beyond["minutes"] + 0.5).clip(lower=_HOUR + 1))
    nearest = place_list(beyond, "minutes") if len(beyond) else plain("")
    basis = _basis(definition, rows)
    return Circle(definition, len(inside), len(rows), cities, nearest, basis)


def _basis(definition: Definition, rows: pd.DataFrame) -> Sentence:
    """Which figure of a departure window this run gives; nothing of definitions without one."""
    if not definition.windows or rows.empty:
        return plain("")
    first = rows.iloc[0]
    if first["statistic"] == BEST_CASE:
        return Sentence(
            "In this run a best case: this timetable tells how fast trains are but not when they "
            "leave, so there is no departure window and connections count as met.",
            "本次运行为最好情况：所用时刻表只有车程、没有发车时刻，故不按出发时段计，换乘均视为赶上。",
        )
    name = statistic_name(", ".join(filter(None, (str(first["statistic"]), str(first["window"])))))
    return Sentence(
        f"In this run: {name.en}, over every minute of leaving.",
        f"本次运行：{name.zh}，按每一分钟出发计。",
    )


def _difference(found: pd.DataFrame, definitions: list[Definition]) -> Sentence:
    """Why the circles differ, by the first city that is in one and out of another."""
    first = definitions[0]
    whole = next((d for d in reversed(definitions) if d.access), None)
    if whole is None or whole is first:
        return plain("")
    near = found[(found["definition"] == first.key) & (found["minutes"] <= _HOUR)]
    far = found[(found["definition"] == whole.key) & (found["minutes"] > _HOUR)]
    both = near.merge(far[["city_adcode", "minutes", "itinerary"]], on="city_adcode")
    if both.empty:
        return plain("")
    city = both.sort_values("minutes_x").iloc[0]
    way = journey(str(city["itinerary_y"]))
    inner, outer = f"{city['minutes_x']:.0f}", f"{city['minutes_y']:.0f}"
    return Sentence(
        f"Why they differ: {city['city_en']} is {inner} min away by {first.name_en.lower()}, but "
        f"{outer} min {whole.name_en.lower()} ({way.en}).",
        f"差别何来：至{city['city_zh']}按“{first.name_zh}”为{inner}分钟，"
        f"按“{whole.name_zh}”为{outer}分钟（{way.zh}）。",
    )


def _itinerary_rows(
    found: pd.DataFrame, definitions: list[Definition]
) -> tuple[tuple[Cell, ...], ...]:
    """One row a city and definition that reaches it."""
    order = {definition.key: position for position, definition in enumerate(definitions)}
    reached = found[np.isfinite(found["minutes"]) & found["definition"].isin(list(order))]
    reached = reached.assign(place=reached["definition"].map(order)).sort_values(
        ["place", "minutes"], kind="stable"
    )
    names = {d.key: Sentence(d.name_en, d.name_zh) for d in definitions}
    return rows_of(
        (
            Cell(Sentence(str(row["city_en"]), str(row["city_zh"]))),
            Cell(names[row["definition"]]),
            minutes_cell(float(row["minutes"])),
            figure_cell(row["trains_per_day"]),
            Cell(journey(str(row["itinerary"]))),
        )
        for _, row in reached.iterrows()
    )


def journey(itinerary: str) -> Sentence:
    """Put an itinerary in both languages; stations keep their Chinese names, as on the signs.

    Examples
    --------
    >>> journey("access 11, waiting 15, G51 北京西–石家庄 60").zh
    '进站11，候车15，G51 北京西–石家庄 60'
    >>> journey("28 min, median of 43 fast trains each way").zh
    '28分钟，每方向43趟动车组列车的中位数'
    """
    if itinerary == "road":
        return Sentence("by road", "驾车")
    median = re.fullmatch(r"([\d.]+) min, median of (\d+) (fast|other) trains each way", itinerary)
    if median:
        minutes, trains, kind = median.groups()
        name = "动车组" if kind == "fast" else "普速"
        return Sentence(itinerary, f"{minutes}分钟，每方向{trains}趟{name}列车的中位数")
    chinese = itinerary.replace(", ", "，")
    for english, word in _STEPS.items():
        chinese = chinese.replace(f"{english} ", word)
    return Sentence(itinerary, chinese)


def people_table(findings: Findings, cluster: Cluster) -> Table | None:
    """People and land within each circle; None where no circles were computed."""
    rows = []
    for reach in findings.reaches:
        city = cluster.cities.loc[reach.core]
        for _, band in reach.bands.iterrows():
            minutes = float(band["minutes"])
            definition = reach.definition
            people = _in_ten_thousands(band.get("population"))
            rows.append(
                (
                    Cell(Sentence(city["name_en"], city["name_zh"])),
                    Cell(Sentence(definition.name_en, definition.name_zh)),
                    Cell(plain(reach.timetable_date or "–")),
                    Cell(plain(f"{minutes:.0f}"), minutes),
                    figure_cell(round(float(band["area_km2"]))),
                    figure_cell(people, decimals=0 if people and people >= 100 else None),
                    figure_cell(band.get("performance"), "share"),
                )
            )
    if not rows:
        return None
    return Table(
        Sentence("Land and people inside each circle", "各圈层内的面积与人口"),
        (
            Sentence("core", "核心城市"),
            Sentence("definition", "口径"),
            Sentence("timetable", "时刻表"),
            Sentence("minutes", "分钟"),
            Sentence("area (km²)", "面积（平方公里）"),
            Sentence("people (10,000)", "人口（万人）"),
            Sentence("reached, of the people nearby", "占邻近人口的比例"),
        ),
        rows_of(rows),
    )


def people_source(label: str) -> Sentence:
    """Where people were counted; a name of a product stays as it is.

    Examples
    --------
    >>> people_source("modelled: residents of 2020 spread over places").zh
    '2020年常住人口分配到各居民点'
    """
    modelled = re.fullmatch(r"modelled: (residents of (\d+) spread over places)", label)
    if modelled is None:
        return plain(label)
    return Sentence(modelled[1], f"{modelled[2]}年常住人口分配到各居民点")


def _in_ten_thousands(people: object) -> float | None:
    """People in units of 10,000, none where they were not counted."""
    if people is None or pd.isna(people):  # type: ignore[call-overload]  # any scalar
        return None
    return round(float(people) / 10_000, 1)  # type: ignore[arg-type]  # checked above


def shares_tables(
    findings: Findings, cluster: Cluster, definitions: Mapping[str, Definition]
) -> tuple[Table, ...]:
    """Share of each prefecture's residents and land inside, one table a core and definition."""
    shares = findings.shares
    if shares.empty:
        return ()
    newest = shares["timetable_date"].max()
    shares = shares[shares["is_leading"] & shares["timetable_date"].isin(["", newest])]
    return tuple(
        _shares_table(rows, cluster.cities.loc[core], definitions[str(key)], cluster)
        for (core, key), rows in shares.groupby(["core_adcode", "definition"], sort=False)
        if core in cluster.cities.index and str(key) in definitions
    )


def _shares_table(
    rows: pd.DataFrame, core: "pd.Series", definition: Definition, cluster: Cluster
) -> Table:
    """Prefectures that a circle touches, those with the greatest share of residents first."""
    limits = sorted(set(rows["minutes"]))
    by_place = {
        str(code): part.set_index("minutes")[["population_share", "area_share"]].reindex(limits)
        for code, part in rows.groupby("adcode")
    }
    pairs = {code: part.fillna(0.0).to_numpy(dtype=float) for code, part in by_place.items()}
    touched = [code for code, values in pairs.items() if values[-1].max() > 0]
    touched.sort(key=lambda code: (-float(pairs[code][-1, 0]), code))
    return Table(
        Sentence(
            f"Reached from {core['name_en']}, {definition.name_en}: share of residents, and of "
            "land in small print",
            f"自{core['name_zh']}可达，{definition.name_zh}：居民占比，小字为面积占比",
        ),
        (
            Sentence("prefecture", "地级行政区"),
            *(Sentence(f"≤ {limit:g} min", f"≤ {limit:g}分钟") for limit in limits),
        ),
        rows_of(
            (
                Cell(_city_name(cluster, code)),
                *(_share_cell(float(people), float(land)) for people, land in pairs[code]),
            )
            for code in touched
        ),
    )


def _city_name(cluster: Cluster, code: str) -> Sentence:
    """Name of a prefecture, or its code."""
    if code not in cluster.cities.index:
        return plain(code)
    return Sentence(
        str(cluster.cities.at[code, "name_en"]), str(cluster.cities.at[code, "name_zh"])
    )


def _share_cell(people: float, land: float) -> Cell:
    """Share of residents with that of land below."""
    return Cell(plain(f"{people:.1%}"), float(people), plain(f"{land:.1%}"))
