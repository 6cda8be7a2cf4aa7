"""What a run prints: the table of minutes, the verdicts, the files; as text or as plain data."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.reach import leading_rows
from toolkit.centrality_summary import centrality_as_data, centrality_as_text
from toolkit.claims import Verdict, verdict_text
from toolkit.claims.model import OUTCOMES, Language, Outcome, Sentence
from toolkit.claims.wording import definition_name, outcome_name, text_table
from toolkit.progress import counted

if TYPE_CHECKING:
    from toolkit.networks.inputs import Inputs
    from toolkit.pipeline import RunResult

__all__ = [
    "files_as_text",
    "on_roads",
    "records_of",
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
_HELD = Sentence("  ({files})", "（{number}个文件）")
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
    parts.append(centrality_as_text(result, language))
    parts.append(files_as_text(result.files, language))
    return "\n\n".join(part for part in parts if part)


def files_as_text(files: Iterable[Path], language: Language = "en") -> str:
    """The files written: pages to read first, then data, and folders with how many they hold.

    Parameters
    ----------
    files : iterable of Path
        A folder stands for all that is in it.
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    paths = list(files)
    top = Path(os.path.commonpath([path.parent for path in paths]))
    entries = dict.fromkeys(top / path.relative_to(top).parts[0] for path in paths)
    lines = []
    for entry in sorted(entries, key=lambda path: (path.is_dir(), path.suffix != ".html")):
        held = ""
        if entry.is_dir():
            number = len(list(entry.iterdir()))
            held = _HELD.text(language).format(files=counted(number, "file"), number=number)
        lines.append(f"  {entry}{os.sep if held else ''}{held}")
    return "\n".join([_WRITTEN.text(language), *lines])


def run_as_json(result: "RunResult") -> dict[str, Any]:
    """The same as plain data.

    Returns
    -------
    dict
        ``cluster``, ``city_times`` (records), ``verdicts``, ``centrality`` (of a run with it),
        ``files``, ``seconds``.
    """
    times = result.findings.city_times.drop(columns="geometry")
    return {
        "cluster": result.cluster.slug,
        "city_times": records_of(times),
        "verdicts": verdicts_as_json(result.verdicts),
        **({"centrality": measured} if (measured := centrality_as_data(result)) else {}),
        "files": [str(path) for path in result.files],
        "seconds": dict(result.seconds),
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
            "evidence": records_of(verdict.evidence.table),
        }
        for verdict in verdicts
    ]


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
    note = on_roads(result.inputs).text(language)
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


def on_roads(inputs: "Inputs") -> Sentence:
    """What a reader must know of the roads: schematic, or none; empty where they are real."""
    if inputs.roads is None:
        return _RAIL_ONLY
    return _SCHEMATIC if inputs.roads.schematic else Sentence("", "")


def _column_title(key: str, known: Mapping[str, Definition], language: Language) -> str:
    """Code and name of a definition; the key of one's own."""
    if key not in known:
        return key
    code = "" if known[key].code == "road" else f"{known[key].code} "
    return code + definition_name(key).text(language)


def records_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries with None for what is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]
