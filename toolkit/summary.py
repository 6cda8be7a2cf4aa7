"""What a run or a reach prints: minutes, verdicts, land, people, files; as text or as data."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.reach import leading_rows
from toolkit.claims import Verdict, verdict_text
from toolkit.claims.model import OUTCOMES, Language, Outcome, Sentence
from toolkit.claims.wording import definition_name, outcome_name, statistic_name, text_table

if TYPE_CHECKING:
    from toolkit.city_reach import Reach
    from toolkit.networks.inputs import Inputs
    from toolkit.pipeline import RunResult

__all__ = [
    "reach_as_json",
    "reach_as_text",
    "run_as_json",
    "run_as_text",
    "verdicts_as_json",
    "verdicts_as_text",
    "verdicts_by_outcome",
    "verdicts_in_short",
]

_IN_FULL = ("reach_with_exceptions",)
# What contradicts a statement comes first; what cannot be checked is only counted.
_GROUPS: tuple[Outcome, ...] = ("fails", "inconsistent", "depends", "borderline", "holds")
_OTHERS = Sentence("Other claims", "其他论断")
_WRITTEN = Sentence("Written:", "已写出：")
_HINT = Sentence(
    "toolkit claims {slug} prints the reasons and the evidence.",
    "toolkit claims {slug} 给出理由和证据。",
)
_UNCHECKED_HINT = Sentence(
    "toolkit claims {slug} --outcome not-checkable lists them with the data they need.",
    "toolkit claims {slug} --outcome not-checkable 列出这些论断及所需数据。",
)
_HEAD = Sentence(
    "{cluster_en} {cluster_zh}: minutes from {core_en} {core_zh}, main stations, "
    "timetable {date}{note}",
    "{cluster_zh} {cluster_en}：从{core_zh} {core_en} 出发的分钟数，主要车站，时刻表 {date}{note}",
)
_REACH_HEAD = Sentence("{cluster}, {definition}{date}{note}", "{cluster}，{definition}{date}{note}")
_OF_TIMETABLE = Sentence(", timetable {date}", "，时刻表 {date}")
_CITIES = Sentence("{core}, {limit} min: {cities}", "{core}，{limit}分钟：{cities}")
_NO_CITY = Sentence("no other city", "无其他城市")
_LAND = Sentence("  {area:,.0f} km²", "  {area:,.0f}平方公里")
_PEOPLE = Sentence(", {people:,.2f} million people", "，{people:,.0f}万人")
_COUNTED = Sentence(" ({counted})", "（{counted}）")
_SCHEMATIC = Sentence(" (roads schematic)", "（示意公路网）")
_RAIL_ONLY = Sentence(" (no roads: rail only)", "（无公路网：仅铁路）")
_NONE = Sentence("none", "无")


def run_as_text(result: "RunResult", language: Language = "en") -> str:
    """The minutes from the leading core, the verdicts and the files written.

    Claims about circles come with who is in and who is out, the others by outcome, a line each;
    those that cannot be checked are only counted.

    Parameters
    ----------
    result : RunResult
    language : {'en', 'zh'}
        Names of places are given in both.

    Returns
    -------
    str
    """
    circles = [v for v in result.verdicts if v.claim.check.kind in _IN_FULL]
    others = [v for v in result.verdicts if v.claim.check.kind not in _IN_FULL]
    parts = [
        _minutes_table(result, language),
        *(verdict_text(v, language, full=False) for v in circles),
    ]
    if others:
        parts.append(verdicts_by_outcome(others, result.cluster.slug, language))
    parts.append("\n".join([_WRITTEN.text(language), *(f"  {path}" for path in result.files)]))
    return "\n\n".join(part for part in parts if part)


def run_as_json(result: "RunResult") -> dict[str, Any]:
    """The same as plain data.

    Returns
    -------
    dict
        ``cluster``, ``city_times`` (records), ``verdicts``, ``files``, ``seconds``.
    """
    times = result.findings.city_times.drop(columns="geometry")
    return {
        "cluster": result.cluster.slug,
        "city_times": _records(times),
        "verdicts": verdicts_as_json(result.verdicts),
        "files": [str(path) for path in result.files],
        "seconds": dict(result.seconds),
    }


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
            note=_on_roads(found.inputs).text(language) if definition.road else "",
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
    lines += ["", _WRITTEN.text(language), *(f"  {path}" for path in files)]
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
        "polygons": _records(pd.DataFrame(found.polygons.drop(columns="geometry"))),
        "cities": _records(pd.DataFrame(found.cities.drop(columns="geometry"))),
        "files": [str(path) for path in files],
    }


def verdicts_as_text(verdicts: Iterable[Verdict], language: Language = "en") -> str:
    """All verdicts, a blank line between them."""
    return "\n\n".join(verdict_text(verdict, language=language) for verdict in verdicts)


def verdicts_in_short(verdicts: Sequence[Verdict], language: Language = "en") -> str:
    """How many verdicts of each outcome, and a line for each claim."""
    names = {outcome: outcome_name(outcome).text(language) for outcome in OUTCOMES}
    counts = [f"{sum(v.outcome == key for v in verdicts)} {names[key]}" for key in OUTCOMES]
    return "\n".join([", ".join(counts), "", *_lines(verdicts, language)])


def verdicts_by_outcome(verdicts: Sequence[Verdict], slug: str, language: Language = "en") -> str:
    """The claims under their outcomes, a line each, and how many cannot be checked.

    Parameters
    ----------
    verdicts : sequence of Verdict
    slug : str
        Of the cluster, for the commands that print more.
    language : {'en', 'zh'}
    """
    lines = [_OTHERS.text(language)]
    for outcome in _GROUPS:
        rows = [
            (f"  {verdict.claim.id}", verdict.claim.statement.text(language))
            for verdict in verdicts
            if verdict.outcome == outcome
        ]
        if rows:
            lines += [_counted(outcome, len(rows), language), text_table(rows[0], rows[1:])]
    lines.append(_HINT.text(language).format(slug=slug))
    if unchecked := sum(verdict.outcome == "not checkable" for verdict in verdicts):
        lines += [
            _counted("not checkable", unchecked, language),
            _UNCHECKED_HINT.text(language).format(slug=slug),
        ]
    return "\n".join(lines)


def verdicts_as_json(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """All verdicts as plain data: outcome, reasons, margin and evidence."""
    return [
        {
            "id": verdict.claim.id,
            "statement_en": verdict.claim.statement_en,
            "statement_zh": verdict.claim.statement_zh,
            "outcome": verdict.outcome,
            "margin": verdict.margin if math.isfinite(verdict.margin) else None,
            "margin_unit": verdict.margin_unit,
            "stability": None if math.isnan(verdict.stability) else verdict.stability,
            "drawn": list(verdict.drawn),
            "reasons_en": [reason.en for reason in verdict.reasons],
            "reasons_zh": [reason.zh for reason in verdict.reasons],
            "flips_en": [flip.en for flip in verdict.flips],
            "evidence": _records(verdict.evidence.table),
        }
        for verdict in verdicts
    ]


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


def _lines(verdicts: Sequence[Verdict], language: Language) -> list[str]:
    """A line for each claim: its name, the outcome and the statement."""
    rows = [
        (
            verdict.claim.id,
            outcome_name(verdict.outcome).text(language).upper(),
            verdict.claim.statement.text(language),
        )
        for verdict in verdicts
    ]
    return text_table(rows[0], rows[1:]).splitlines() if rows else []


def _counted(outcome: Outcome, number: int, language: Language) -> str:
    """Name of an outcome with the number of claims that have it."""
    name = outcome_name(outcome).text(language).upper()
    return Sentence(f"{name} ({number})", f"{name}（{number}）").text(language)


def _minutes_table(result: "RunResult", language: Language) -> str:
    """Minutes from the leading core to each city, one column a definition, newest timetable."""
    times = leading_rows(result.findings.city_times)
    if times.empty:
        return ""
    core = str(times["core_adcode"].iloc[0])
    newest = times["timetable_date"].max()
    chosen = times[
        (times["core_adcode"] == core)
        & times["timetable_date"].isin(["", newest])
        & times["station_set"].isin(["", "main"])
    ]
    table = chosen.pivot(index="city_adcode", columns="definition", values="minutes")
    order = [key for key in times["definition"].unique() if key in table.columns]
    known = load_definitions()
    order.sort(key=lambda key: list(known).index(key) if key in known else len(known))
    table = table[order].sort_values(order[0], na_position="last")
    note = _on_roads(result.inputs).text(language)
    core_row = result.cluster.cities.loc[core]
    head = _HEAD.text(language).format(
        cluster_en=result.cluster.name_en,
        cluster_zh=result.cluster.name_zh,
        core_en=core_row["name_en"],
        core_zh=core_row["name_zh"],
        date=newest or _NONE.text(language),
        note=note,
    )
    names = result.cluster.cities[["name_en", "name_zh"]].agg(" ".join, axis=1)
    rows = [
        [f"  {names[city]}", *("–" if pd.isna(value) else f"{value:.0f}" for value in values)]
        for city, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    columns = [_column_title(key, known, language) for key in order]
    return "\n".join([head, text_table(["", *columns], rows, numbers=True)])


def _on_roads(inputs: "Inputs") -> Sentence:
    """What a reader must know of the roads."""
    if inputs.roads is None:
        return _RAIL_ONLY
    return _SCHEMATIC if inputs.roads.schematic else Sentence("", "")


def _column_title(key: str, known: Mapping[str, Definition], language: Language) -> str:
    """Code and name of a definition; the key of one's own."""
    if key not in known:
        return key
    code = "" if known[key].code == "road" else f"{known[key].code} "
    return code + definition_name(key).text(language)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries with None for what is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]
