"""A verdict for readers: a printable block, and a layer for the map."""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from toolkit.claims.model import Language, Sentence, Source, Verdict
from toolkit.claims.sensitivity import sensitivity_text, stability_sentence
from toolkit.claims.wording import (
    amount,
    definition_name,
    figure_text,
    listing,
    number,
    outcome_name,
    place_list,
    station_sets_name,
    text_table,
)
from toolkit.errors import MissingDataError

__all__ = ["claims_layer", "verdict_text"]

_POSITIONS: tuple[tuple[Literal["inside", "borderline", "outside"], Sentence], ...] = (
    ("inside", Sentence("Inside", "圈内")),
    ("borderline", Sentence("Borderline", "临界")),
    ("outside", Sentence("Outside", "圈外")),
)
_COVERED: dict[str, Sentence] = {
    "inside": Sentence("Covered", "已覆盖"),
    "borderline": Sentence("Borderline", "临界"),
    "outside": Sentence("Not covered", "未覆盖"),
}
_MET: dict[str, Sentence] = {
    "inside": Sentence("holds", "成立"),
    "borderline": Sentence("borderline", "临界"),
    "outside": Sentence("fails", "不成立"),
}
_ROWS_PRINTED = 20
_SPARE: Mapping[str, Sentence] = {
    "min": Sentence("minutes", "分钟"),
    "trains": Sentence("trains a day", "列/日"),
    "%": Sentence("% of the figure stated", "占原文数值的%"),
}
_EVIDENCE: Mapping[str, Sentence] = {
    "name": Sentence("place", "地点"),
    "minutes": Sentence("min", "分钟"),
    "trains_per_day": Sentence("trains/day", "列/日"),
    "busiest_to": Sentence("busiest to", "最密至"),
    "fastest_train": Sentence("fastest train", "最快车次"),
    "fastest_min": Sentence("min", "分钟"),
    "fastest_to": Sentence("to city", "至"),
    "from_station_zh": Sentence("from", "自"),
    "to_station_zh": Sentence("to", "到"),
    "value": Sentence("found", "所得"),
    "relation": Sentence("", ""),
    "stated": Sentence("stated", "原文"),
    "unit": Sentence("unit", "单位"),
    "position": Sentence("position", "位置"),
    "excepted": Sentence("excepted", "列为例外"),
}


def verdict_text(
    verdict: Verdict,
    language: Language = "en",
    *,
    source: Source | None = None,
    full: bool = True,
) -> str:
    """Print a verdict as a block a planner reads in a minute.

    Parameters
    ----------
    verdict : Verdict
    language : {'en', 'zh'}
    source : Source, optional
        The document, to print its title instead of its key.
    full : bool, default True
        Whether to print how it fares under other choices, and the note.

    Returns
    -------
    str
        Statement, outcome, reasons, who is in, out and on the edge, the numbers with trains, what
        would flip it, and how it fares under other choices.

    Raises
    ------
    UnknownNameError
        For another language.
    """
    claim = verdict.claim
    blocks = [
        _head(verdict, language, source),
        _bullets(Sentence("Why", "理由"), verdict.reasons, language),
        _groups(verdict, language),
        _table(verdict, language),
        _bullets(Sentence("What would flip it", "何种变化会改变结论"), verdict.flips, language),
    ]
    if full:
        note = (claim.caveat,) if claim.caveat_en else ()
        blocks.append(_sensitivity(verdict, language))
        stable = stability_sentence(verdict)
        named = Sentence("Stability", "稳定性")
        blocks.append(_bullets(named, (stable,) if stable else (), language))
        blocks.append(_bullets(Sentence("Note", "说明"), note, language))
    return "\n\n".join(block for block in blocks if block)


def claims_layer(verdicts: Iterable[Verdict], prefectures: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Build the layer `claims`: one feature a verdict, over the prefectures it speaks of.

    Parameters
    ----------
    verdicts : iterable of Verdict
    prefectures : geopandas.GeoDataFrame
        Polygons indexed by code, with a CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        MultiPolygon in EPSG:4326: ``claim_id``, ``statement_en``, ``statement_zh``, ``outcome``,
        ``outcome_zh``, ``margin`` (empty where no shift of minutes could flip it or nothing was
        checked), ``margin_unit``, ``decisive_en``, ``decisive_zh``, ``stability``, ``drawn``,
        ``definition``, ``evidence``, ``evidence_zh``, ``flips``, ``flips_zh``,
        ``timetable_date``, ``source``.

    Raises
    ------
    MissingDataError
        When the prefectures have no CRS or lack one that a claim speaks of.
    """
    if prefectures.crs is None:
        raise MissingDataError("the prefectures have no CRS", remedy="set it, e.g. EPSG:4326")
    shapes = prefectures.geometry.to_crs("EPSG:4326")
    rows, geometry = [], []
    unions: dict[tuple[str, ...], shapely.MultiPolygon] = {}  # most claims speak of the same places
    for verdict in verdicts:
        if absent := [code for code in verdict.places if code not in shapes.index]:
            raise MissingDataError(
                f"claim {verdict.claim.id}: no boundary of {', '.join(absent)}",
                remedy="give the prefectures of the whole cluster",
            )
        rows.append(_feature(verdict))
        if verdict.places not in unions:
            unions[verdict.places] = _multi(shapes.loc[list(verdict.places)].union_all())
        geometry.append(unions[verdict.places])
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


_COLUMNS = {
    "claim_id": "str",
    "statement_en": "str",
    "statement_zh": "str",
    "outcome": "str",
    "outcome_zh": "str",
    "margin": "float64",
    "margin_unit": "str",
    "decisive_en": "str",
    "decisive_zh": "str",
    "stability": "float64",
    "drawn": "str",
    "definition": "str",
    "evidence": "str",
    "evidence_zh": "str",
    "flips": "str",
    "flips_zh": "str",
    "timetable_date": "str",
    "source": "str",
}


def _feature(verdict: Verdict) -> dict[str, object]:
    """Attributes of one verdict."""
    claim = verdict.claim
    finite = math.isfinite(verdict.margin)
    return {
        "claim_id": claim.id,
        "statement_en": claim.statement_en,
        "statement_zh": claim.statement_zh,
        "outcome": verdict.outcome,
        "outcome_zh": outcome_name(verdict.outcome).zh,
        "margin": verdict.margin if finite else float("nan"),
        "margin_unit": verdict.margin_unit,
        "decisive_en": verdict.decisive.en,
        "decisive_zh": verdict.decisive.zh,
        "stability": verdict.stability,
        "drawn": ", ".join(verdict.drawn),
        "definition": ", ".join(verdict.definitions),
        "evidence": verdict.evidence.summary.en,
        "evidence_zh": verdict.evidence.summary.zh,
        "flips": " ".join(flip.en for flip in verdict.flips),
        "flips_zh": "".join(flip.zh for flip in verdict.flips),
        "timetable_date": ", ".join(verdict.timetable_dates),
        "source": f"{claim.source}, {claim.locator}",
    }


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Make one kind of geometry of a union, so that the layer has one type."""
    if isinstance(shape, shapely.MultiPolygon):
        return shape
    return shapely.MultiPolygon([shape]) if not shape.is_empty else shapely.MultiPolygon()


def _head(verdict: Verdict, language: Language, source: Source | None) -> str:
    """Claim, outcome, margin, statement, source and what it was decided by."""
    claim = verdict.claim
    outcome = outcome_name(verdict.outcome).text(language)
    name = claim.source
    if source is not None:
        name = Sentence(source.title_en, source.title_zh).text(language)
    stations = station_sets_name(verdict.station_sets)
    lines = [
        f"{claim.id}  {outcome.upper()}{_margin(verdict, language)}",
        claim.statement.text(language),
        f"[{name}; {claim.locator}]" if language == "en" else f"［{name}；{claim.locator}］",
    ]
    if verdict.definitions:
        words = listing(
            [definition_name(word).text(language) for word in verdict.definitions], language
        )
    if verdict.definitions and not (stations.en or any(verdict.timetable_dates)):
        lines.append(Sentence(f"Decided by: {words}", f"判定口径：{words}").text(language))
    elif verdict.definitions:
        dates = ", ".join(date for date in verdict.timetable_dates if date)
        lines.append(
            Sentence(
                f"Decided by: {words}; stations: {stations.en or '-'}; timetable: {dates or '-'}",
                f"判定口径：{words}；车站：{stations.zh or '—'}；时刻表：{dates or '—'}",
            ).text(language)
        )
    return "\n".join(lines)


def _margin(verdict: Verdict, language: Language) -> str:
    """The margin in words, empty when nothing was decided."""
    if math.isnan(verdict.margin) or verdict.outcome == "depends":
        return ""
    place = verdict.decisive
    if math.isinf(verdict.margin):
        size = amount(verdict.margin, verdict.margin_unit)
        return Sentence(f" ({place.en}: {size.en})", f"（{place.zh}：{size.zh}）").text(language)
    size = amount(abs(verdict.margin), verdict.margin_unit)
    return Sentence(
        f" by {size.en} ({place.en})" if verdict.margin else f" on the edge ({place.en})",
        f"（{'差' if verdict.margin < 0 else '余'}{size.zh}，由{place.zh}决定）",
    ).text(language)


def _bullets(title: Sentence, sentences: Iterable[Sentence], language: Language) -> str:
    """A titled list of sentences, empty without any."""
    lines = [f"  - {sentence.text(language)}" for sentence in sentences]
    return "\n".join([title.text(language), *lines]) if lines else ""


def _groups(verdict: Verdict, language: Language) -> str:
    """Who is inside, on the edge and outside."""
    table = verdict.evidence.table
    if table.empty or "stated" in table.columns:  # comparisons are told one by one
        return ""
    value = "minutes" if "minutes" in table.columns else "trains_per_day"
    unit = "min" if value == "minutes" else "trains"
    lines = []
    for position, title in _POSITIONS:
        name = title if value == "minutes" else _COVERED[position]
        chosen = table[table["position"] == position]
        finite = chosen[chosen[value] < float("inf")]
        places = place_list(finite, value).text(language)
        if without := len(chosen) - len(finite):
            nothing = place_list(chosen[chosen[value] == float("inf")]).text(language)
            none = amount(float("inf"), unit).text(language)
            untold = Sentence(f"{none} ({without}): {nothing}", f"{none}（{without}）：{nothing}")
            places = "; ".join(filter(None, [places, untold.text(language)]))
        count = Sentence(f" ({len(chosen)}): ", f"（{len(chosen)}）：").text(language)
        lines.append(f"{name.text(language)}{count}{places or '-'}")
    return "\n".join(lines)


def _table(verdict: Verdict, language: Language) -> str:
    """The evidence down to train numbers."""
    table = verdict.evidence.table
    if table.empty:
        return ""
    columns = [
        name for name in _EVIDENCE if name in table.columns or f"{name}_{language}" in table.columns
    ]
    if not table["excepted"].any():
        columns.remove("excepted")
    rows = [
        [_cell(row, name, language) for name in columns]
        for _, row in table.head(_ROWS_PRINTED).iterrows()
    ]
    text = text_table([_EVIDENCE[name].text(language) for name in columns], rows)
    if more := len(table) - len(rows):
        rest = Sentence(f"... and {more} more in the evidence table", f"……证据表中另有{more}行")
        text = f"{text}\n{rest.text(language)}"
    return text


def _cell(row: "pd.Series", name: str, language: Language) -> str:
    """One cell of the evidence table as text."""
    value = row[f"{name}_{language}"] if f"{name}_{language}" in row.index else row[name]
    if name == "position":
        names = _COVERED if "busiest_to_en" in row.index else dict(_POSITIONS)
        names = _MET if "stated" in row.index else names
        return names[value].text(language).lower()
    if name == "excepted":
        return Sentence("yes", "是").text(language) if value else ""
    if pd.isna(value):
        return ""
    if isinstance(value, str):
        return value
    if "stated" in row.index:
        return figure_text(float(value))
    return number(float(value)) if abs(value) < float("inf") else "-"


def _sensitivity(verdict: Verdict, language: Language) -> str:
    """How the statement fares under other choices, with the share that supports it."""
    if verdict.sensitivity.empty:
        return ""
    units = [_SPARE.get(unit, _SPARE["%"]) for unit in verdict.sensitivity["unit"].unique()]
    en, zh = (listing([unit.text(one) for unit in units], one) for one in ("en", "zh"))
    title = Sentence(
        f"Under other choices (how many meet it, outcome, {en} to spare + or short -; * decides)",
        f"其他口径下（达到个数、结论、{zh}：+为余，-为差；*为判定所依）",
    ).text(language)
    lines = [title, sensitivity_text(verdict.sensitivity, language)]
    return "\n".join(lines)
