"""What a reach prints: the cities, land and people inside; as text or as plain data."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from toolkit.analysis.reach import leading_rows
from toolkit.claims.model import Language, Sentence
from toolkit.claims.wording import statistic_name
from toolkit.summary import files_as_text, on_roads, records_of

if TYPE_CHECKING:
    from toolkit.city_reach import Reach

__all__ = ["reach_as_json", "reach_as_text"]

_REACH_HEAD = Sentence("{cluster}, {definition}{date}{note}", "{cluster}，{definition}{date}{note}")
_OF_TIMETABLE = Sentence(", timetable {date}", "，时刻表 {date}")
_CITIES = Sentence("{core}, {limit} min: {cities}", "{core}，{limit}分钟：{cities}")
_NO_CITY = Sentence("no other city", "无其他城市")
_LAND = Sentence("  {area:,.0f} km²", "  {area:,.0f}平方公里")
_PEOPLE = Sentence(", {people:,.2f} million people", "，{people:,.0f}万人")
_COUNTED = Sentence(" ({counted})", "（{counted}）")


def reach_as_text(found: "Reach", files: Iterable[Path], language: Language = "en") -> str:
    """For each origin and threshold the cities inside, with land and people; then the files.

    Parameters
    ----------
    found : Reach
    files : iterable of Path
        What was written.
    language : {'en', 'zh'}
        Names of places are given in both.

    Returns
    -------
    str
    """
    times = leading_rows(found.cities)
    times = times[times["station_set"].isin(["", "main"])]
    dates = {"date": "/".join(date for date in times["timetable_date"].unique() if date)}
    names = found.inputs.cluster.cities.apply(lambda row: _both(row, language), axis=1)
    definition = found.definition
    name = Sentence(definition.name_en[:1].lower() + definition.name_en[1:], definition.name_zh)
    cluster = found.inputs.cluster
    lines = [
        _REACH_HEAD.text(language).format(
            cluster=Sentence(cluster.name_en, cluster.name_zh).text(language),
            definition=name.text(language),
            date=_OF_TIMETABLE.text(language).format(**dates) if dates["date"] else "",
            note=on_roads(found.inputs).text(language) if definition.road else "",
        )
    ]
    for core, rows in times.groupby("core_adcode", sort=False):
        for limit in found.minutes:
            inside = rows[rows[f"within_{limit}"]].sort_values("minutes")
            cities = [f"{names[row.city_adcode]} {row.minutes:.0f}" for row in inside.itertuples()]
            lines.append(
                _CITIES.text(language).format(
                    core=names[core],
                    limit=limit,
                    cities=Sentence(", ", "、").text(language).join(cities)
                    or _NO_CITY.text(language),
                )
            )
            land = found.polygons[
                (found.polygons["core_adcode"] == core) & (found.polygons["minutes"] == limit)
            ]
            lines += [_land_and_people(row, language) for _, row in land.iterrows()]
    lines += ["", files_as_text(files, language)]
    return "\n".join(lines)


def reach_as_json(found: "Reach", files: Iterable[Path]) -> dict[str, Any]:
    """The same as plain data.

    Returns
    -------
    dict
        ``cluster``, ``definition``, ``minutes``, ``polygons`` and ``cities`` (records without
        geometry), ``files``.
    """
    return {
        "cluster": found.inputs.cluster.slug,
        "definition": found.definition.key,
        "minutes": list(found.minutes),
        "polygons": records_of(pd.DataFrame(found.polygons.drop(columns="geometry"))),
        "cities": records_of(pd.DataFrame(found.cities.drop(columns="geometry"))),
        "files": [str(path) for path in files],
    }


def _land_and_people(row: pd.Series, language: Language) -> str:
    """Land and people within one threshold, and which statistic of which window it is."""
    text = _LAND.text(language).format(area=row["area_km2"])
    if pd.notna(row["population"]):
        people = row["population"] / (1e6 if language == "en" else 1e4)
        text += _PEOPLE.text(language).format(people=people)
    counted = ", ".join(filter(None, (row["statistic"], row["window"])))
    if counted:
        label = statistic_name(counted).text(language)
        text += _COUNTED.text(language).format(counted=label)
    return text


def _both(city: pd.Series, language: Language) -> str:
    """The names of a city, that in the language first."""
    names = (city["name_en"], city["name_zh"])
    return " ".join(names if language == "en" else reversed(names))
