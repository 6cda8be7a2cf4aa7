"""Verdicts for the page: a card each, its evidence, and how it fares under other readings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.model import OUTCOMES, Sentence, Source, Verdict
from toolkit.claims.sensitivity import stability_sentence
from toolkit.claims.wording import (
    amount,
    definition_name,
    figure_text,
    listing,
    number,
    outcome_name,
    short_share,
    station_sets_name,
    statistic_name,
)
from toolkit.publish.palette import OUTCOMES as OUTCOME_COLOURS
from toolkit.publish.report.parts import (
    EMPTY,
    Cell,
    Table,
    column_title,
    figure_cell,
    minutes_cell,
    plain,
    text_cell,
)

__all__ = ["Card", "Heat", "Tally", "cards", "tallies"]

_UNSEEN = {"key", "slack", "definition", "station_set", "timetable_date", "unit", "relation"}
_TIMES = {"minutes", "fastest_min"}
_SETTING = ("definition", "statistic", "station_set", "reading")
_POSITIONS = {
    "inside": Sentence("inside", "在内"),
    "outside": Sentence("outside", "在外"),
    "borderline": Sentence("borderline", "临界"),
}
# From none inside to all: light to dark blue, so that text on it stays readable.
_SHADES = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#2171b5")


@dataclass(frozen=True)
class Heat:
    """Definition by threshold by timetable.

    Attributes
    ----------
    dates : tuple of (str, int)
        Timetable and the number of its thresholds.
    thresholds : tuple of Sentence
        With the unit, one a column.
    rows : tuple of (Sentence, tuple of Cell)
        The setting and a cell a column.
    """

    dates: tuple[tuple[str, int], ...]
    thresholds: tuple[Sentence, ...]
    rows: tuple[tuple[Sentence, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Card:
    """One verdict as shown."""

    id: str
    outcome: str
    icon: str
    name: Sentence
    statement: Sentence
    source: Sentence
    reason: Sentence
    reasons: tuple[Sentence, ...]
    margin: Sentence
    decided_by: Sentence
    flips: tuple[Sentence, ...]
    caveat: Sentence
    stability: Sentence
    evidence: Table | None
    heat: Heat | None


@dataclass(frozen=True)
class Tally:
    """How many claims had an outcome."""

    outcome: str
    icon: str
    name: Sentence
    count: int
    colour: str


def cards(verdicts: Sequence[Verdict], sources: Mapping[str, Source]) -> tuple[Card, ...]:
    """Return the cards in the order of the verdicts, those that could not be checked last.

    Parameters
    ----------
    verdicts : sequence of Verdict
    sources : mapping of str to Source
        Titles of the documents; a key that is missing stands for itself.
    """
    decided_first = sorted(verdicts, key=lambda verdict: verdict.outcome == "not checkable")
    return tuple(_card(verdict, sources.get(verdict.claim.source)) for verdict in decided_first)


def tallies(shown: Sequence[Card]) -> tuple[Tally, ...]:
    """Count the outcomes that occur."""
    counts = {outcome: sum(card.outcome == outcome for card in shown) for outcome in OUTCOMES}
    return tuple(
        Tally(outcome, _icon(outcome), outcome_name(outcome), counts[outcome], colour)
        for outcome in OUTCOMES
        if counts[outcome]
        for colour in [OUTCOME_COLOURS[outcome][0]]
    )


def _card(verdict: Verdict, source: Source | None) -> Card:
    """One verdict as shown."""
    claim = verdict.claim
    title = Sentence(source.title_en, source.title_zh) if source else plain(claim.source)
    unfounded = verdict.outcome == "not checkable" and verdict.reasons
    reason = verdict.reasons[0] if unfounded else verdict.evidence.summary
    return Card(
        id=claim.id,
        outcome=verdict.outcome,
        icon=_icon(verdict.outcome),
        name=outcome_name(verdict.outcome),
        statement=claim.statement,
        source=Sentence(f"{title.en}; {claim.locator}", f"{title.zh}；{claim.locator}"),
        reason=reason,
        reasons=tuple(dict.fromkeys(r for r in verdict.reasons if r != reason)),
        margin=_margin(verdict),
        decided_by=_decided_by(verdict),
        flips=verdict.flips,
        caveat=claim.caveat,
        stability=stability_sentence(verdict) or EMPTY,
        evidence=_evidence(verdict),
        heat=_heat(verdict.sensitivity, _reading_names(verdict)),
    )


def _icon(outcome: str) -> str:
    """Name of the sign, drawn in the template."""
    return "icon-" + outcome.replace(" ", "-")


def _margin(verdict: Verdict) -> Sentence:
    """How far from flipping, empty where nothing was decided by a margin."""
    margin, unit, place = verdict.margin, verdict.margin_unit, verdict.decisive
    if math.isnan(margin) or verdict.outcome in ("depends", "not checkable"):
        return EMPTY
    size = _amount(abs(margin), unit)
    if math.isinf(margin):
        return Sentence(f"{size.en} ({place.en})", f"{size.zh}（{place.zh}）")
    side = Sentence("to spare", "余") if margin >= 0 else Sentence("short", "差")
    return Sentence(f"{size.en} {side.en} ({place.en})", f"{side.zh}{size.zh}（由{place.zh}决定）")


def _amount(value: float, unit: str) -> Sentence:
    """An amount in words."""
    return plain(figure_text(value, unit)) if unit == "%" else amount(value, unit)


def _decided_by(verdict: Verdict) -> Sentence:
    """Definitions, stations and timetable of the decision."""
    if not verdict.definitions:
        return EMPTY
    names = [definition_name(key) for key in verdict.definitions]
    stations = station_sets_name(verdict.station_sets)
    dates = ", ".join(filter(None, verdict.timetable_dates))
    en = [listing([name.en for name in names], "en")]
    zh = [listing([name.zh for name in names], "zh")]
    if stations.en:
        en.append(f"stations: {stations.en}")
        zh.append(f"车站：{stations.zh}")
    if dates:
        en.append(f"timetable of {dates}")
        zh.append(f"时刻表：{dates}")
    return Sentence("; ".join(en), "；".join(zh))


def _evidence(verdict: Verdict) -> Table | None:
    """The table behind the verdict."""
    table = verdict.evidence.table
    if table.empty:
        return None
    pairs = [str(c)[:-3] for c in table.columns if str(c).endswith("_en")]
    columns = list(
        dict.fromkeys(
            name[:-3] if name[-3:] in ("_en", "_zh") else name
            for name in map(str, table.columns)
            if name not in _UNSEEN
        )
    )
    if "excepted" in columns and not table["excepted"].any():
        columns.remove("excepted")
    columns.sort(key=lambda name: name != "name")
    rows = tuple(
        tuple(_evidence_cell(row, name, paired=name in pairs) for name in columns)
        for _, row in table.iterrows()
    )
    claim = verdict.claim
    caption = Sentence(f"Evidence for {claim.id}", f"{claim.id} 的证据")
    return Table(caption, tuple(column_title(name) for name in columns), rows)


def _evidence_cell(row: "pd.Series", name: str, *, paired: bool) -> Cell:
    """One cell of an evidence table."""
    if paired:
        return Cell(Sentence(_word(row[f"{name}_en"]), _word(row[f"{name}_zh"])))
    value = row[name] if name in row.index else row[f"{name}_zh"]
    unit = str(row.get("unit", "") or "")
    if name in _TIMES:
        return minutes_cell(float(value)) if pd.notna(value) else Cell(EMPTY, math.inf)
    if name == "position":
        return Cell(_POSITIONS.get(str(value), plain(value)))
    if name == "stated":
        cell = figure_cell(value, unit)
        sign = _word(row.get("relation", ""))
        return Cell(plain(f"{sign} {cell.text.en}".strip()), cell.order)
    if name == "value":
        return figure_cell(value, unit)
    return text_cell(value)


def _word(value: object) -> str:
    """A text, empty where it is missing."""
    return value if isinstance(value, str) else ""


def _reading_names(verdict: Verdict) -> dict[str, Sentence]:
    """Names of the readings a claim lists, by their key."""
    readings = verdict.claim.check.parameters.get("readings", ())
    if not isinstance(readings, Sequence):
        return {}
    return {
        str(reading["key"]): Sentence(str(reading["name_en"]), str(reading["name_zh"]))
        for reading in readings
        if isinstance(reading, Mapping) and {"key", "name_en", "name_zh"} <= set(reading)
    }


def _heat(table: pd.DataFrame, readings: Mapping[str, Sentence]) -> Heat | None:
    """Definition by threshold by timetable, where thresholds were varied.

    What needs no timetable, such as driving, stands beside every one of them.
    """
    thresholds = sorted(set(zip(table["unit"], table["threshold"], strict=True)))
    if len(thresholds) < 2 or table["threshold"].isna().any():
        return None
    dates = sorted(set(table["timetable_date"]) - {""}) or [""]
    lines: dict[tuple[str, ...], dict[tuple[str, str, float], Cell]] = {}
    for _, row in table.iterrows():
        setting = tuple(row[name] for name in _SETTING)
        line = lines.setdefault(setting, {})
        for date in [row["timetable_date"]] if row["timetable_date"] else dates:
            line[date, row["unit"], row["threshold"]] = _heat_cell(row)
    columns = [(date, unit, threshold) for date in dates for unit, threshold in thresholds]
    several = table.groupby("definition")["statistic"].nunique()
    return Heat(
        dates=tuple((date, len(thresholds)) for date in dates),
        thresholds=tuple(_short(value, unit) for _, unit, value in columns),
        rows=tuple(
            (
                _setting(setting, readings, several=int(several[setting[0]]) > 1),
                tuple(line.get(column, Cell(plain("–"))) for column in columns),
            )
            for setting, line in lines.items()
        ),
    )


def _short(value: float, unit: str) -> Sentence:
    """A threshold with its unit, short."""
    if unit == "trains":
        return Sentence(f"{number(value)} a day", f"{number(value)}列/日")
    return _amount(value, unit)


def _setting(
    setting: tuple[str, ...], readings: Mapping[str, Sentence], *, several: bool
) -> Sentence:
    """Name the setting of a row."""
    definition, statistic, stations, reading = setting
    name = definition_name(definition)
    en, zh = [name.en], [name.zh]
    if several and statistic:
        en.append(statistic_name(statistic).en)
        zh.append(statistic_name(statistic).zh)
    if stations:
        en.append(f"{stations} stations")
        zh.append(station_sets_name([stations]).zh)
    if reading:
        words = readings.get(reading, plain(reading))
        en.append(words.en)
        zh.append(words.zh)
    return Sentence("; ".join(en), "；".join(zh))


def _heat_cell(row: "pd.Series") -> Cell:
    """Places inside and the outcome, shaded by the share inside; a star marks what decides."""
    inside = row["inside"] / row["total"] if row["total"] else 0.0
    colour = _SHADES[min(int(inside * len(_SHADES)), len(_SHADES) - 1)]
    outcome = outcome_name(row["outcome"])
    star = " ★" if row["decides"] else ""
    share = short_share(row["share"])
    drawn = Sentence(f", true in {share} of draws", f"，{share}抽样成立") if share else EMPTY
    return Cell(
        plain(f"{row['inside']}/{row['total']}{star}"),
        inside,
        Sentence(outcome.en + drawn.en, outcome.zh + drawn.zh),
        colour,
    )
