"""What a run prints: the table of minutes, the verdicts, the files; as text or as plain data."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.reach import leading_rows
from toolkit.claims import Verdict, verdict_text
from toolkit.claims.model import OUTCOMES, Language, Sentence
from toolkit.claims.wording import definition_name, outcome_name

if TYPE_CHECKING:
    from toolkit.pipeline import RunResult

__all__ = [
    "run_as_json",
    "run_as_text",
    "verdicts_as_json",
    "verdicts_as_text",
    "verdicts_in_short",
]

_IN_FULL = ("reach_with_exceptions",)
_OTHERS = Sentence("Other claims", "其他论断")
_WRITTEN = Sentence("Written:", "已写出：")
_HINT = Sentence(
    "toolkit claims {slug} prints the reasons and the evidence",
    "toolkit claims {slug} 给出理由和证据",
)
_HEAD = Sentence(
    "{cluster_en} {cluster_zh}: minutes from {core_en} {core_zh}, main stations, "
    "timetable {date}{note}",
    "{cluster_zh} {cluster_en}：从{core_zh} {core_en} 出发的分钟数，主要车站，时刻表 {date}{note}",
)
_SCHEMATIC = Sentence(" (roads schematic)", "（示意公路网）")
_NONE = Sentence("none", "无")


def run_as_text(result: "RunResult", language: Language = "en") -> str:
    """The minutes from the leading core, the verdicts and the files written.

    Claims about circles come with who is in and who is out, the others with their outcome alone.

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
        hint = _HINT.text(language).format(slug=result.cluster.slug)
        parts.append("\n".join([_OTHERS.text(language), *_lines(others, language), hint]))
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


def verdicts_as_text(verdicts: Iterable[Verdict], language: Language = "en") -> str:
    """All verdicts, a blank line between them."""
    return "\n\n".join(verdict_text(verdict, language=language) for verdict in verdicts)


def verdicts_in_short(verdicts: Sequence[Verdict], language: Language = "en") -> str:
    """How many verdicts of each outcome, and a line for each claim."""
    names = {outcome: outcome_name(outcome).text(language) for outcome in OUTCOMES}
    counts = [f"{sum(v.outcome == key for v in verdicts)} {names[key]}" for key in OUTCOMES]
    return "\n".join([", ".join(counts), "", *_lines(verdicts, language)])


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


def _lines(verdicts: Sequence[Verdict], language: Language) -> list[str]:
    """A line for each claim: its name, the outcome and the statement."""
    names = [outcome_name(verdict.outcome).text(language).upper() for verdict in verdicts]
    width = max((_width(name) for name in names), default=0)
    return [
        f"{verdict.claim.id:<4} {_pad(name, width)}  {verdict.claim.statement.text(language)}"
        for verdict, name in zip(verdicts, names, strict=True)
    ]


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
    roads = result.inputs.roads
    note = _SCHEMATIC.text(language) if roads is not None and roads.schematic else ""
    core_row = result.cluster.cities.loc[core]
    head = _HEAD.text(language).format(
        cluster_en=result.cluster.name_en,
        cluster_zh=result.cluster.name_zh,
        core_en=core_row["name_en"],
        core_zh=core_row["name_zh"],
        date=newest or _NONE.text(language),
        note=note,
    )
    columns = [_column_title(key, known, language) for key in order]
    rows = [["", *columns]]
    names = result.cluster.cities[["name_en", "name_zh"]].agg(" ".join, axis=1)
    for city, values in zip(table.index, table.to_numpy(), strict=True):
        cells = ["–" if pd.isna(value) else f"{value:.0f}" for value in values]
        rows.append([names[city], *cells])
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  " + _pad(row[0], widths[0]) + "".join("  " + _pad(c, w, right=True)
        for c, w in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]  # fmt: skip
    return "\n".join([head, *lines])


def _column_title(key: str, known: Mapping[str, Definition], language: Language) -> str:
    """Code and name of a definition; the key of one's own."""
    if key not in known:
        return key
    code = "" if known[key].code == "road" else f"{known[key].code} "
    return code + definition_name(key).text(language)


def _width(text: str) -> int:
    """Columns a text takes on a terminal; a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _pad(text: str, width: int, *, right: bool = False) -> str:
    """Text filled with blanks to a terminal width."""
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries with None for what is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]
