"""Verdicts as a table for spreadsheets (claims.csv) and as a text to read (claims.md)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from toolkit.claims.model import OUTCOMES, Sentence, Source, Verdict
from toolkit.claims.sensitivity import stability_sentence
from toolkit.claims.wording import definition_name, outcome_name, short_share
from toolkit.publish.atomic import replace_atomically

__all__ = ["claims_table", "claims_text", "write_claims"]

_NONE = Sentence("", "")


def write_claims(
    folder: Path, verdicts: Sequence[Verdict], sources: Mapping[str, Source]
) -> tuple[Path, Path]:
    """Write ``claims.csv`` and ``claims.md`` into a folder.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    verdicts : sequence of Verdict
    sources : mapping of str to Source
        Titles of the documents; a key that is missing stands for itself.

    Returns
    -------
    tuple of Path
        The two files.

    Raises
    ------
    OutputError
        When one cannot be written; the old one stays.
    """
    table, text = folder / "claims.csv", folder / "claims.md"
    with replace_atomically(table) as part:
        # The mark at its beginning lets Excel show Chinese.
        claims_table(verdicts).to_csv(
            part, index=False, encoding="utf-8-sig", float_format="%.10g", lineterminator="\n"
        )
    with replace_atomically(text) as part:
        part.write_text(claims_text(verdicts, sources), encoding="utf-8", newline="\n")
    return table, text


def claims_table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Tabulate verdicts, one row each, in their order.

    Returns
    -------
    pandas.DataFrame
        What is said and where, outcome, margin and what decides, stability and what was drawn,
        by which definitions, stations and timetables, evidence, reasons, what would flip it, and
        what the check cannot see; texts in both languages.
    """
    return pd.DataFrame([_row(verdict) for verdict in verdicts])


def claims_text(verdicts: Sequence[Verdict], sources: Mapping[str, Source]) -> str:
    r"""Put verdicts into Markdown: a count of outcomes, a table of all, and each with its reasons.

    Examples
    --------
    >>> from toolkit.claims import check_national, find_claim, load_claims, load_sources
    >>> verdicts = check_national([find_claim(load_claims(), "C2")])
    >>> print("\n".join(claims_text(verdicts, load_sources()).splitlines()[:5]))
    # Claims and verdicts 论断与结论
    <BLANKLINE>
    | outcome | 结论 | claims |
    |---|---|---|
    | inconsistent | 自相矛盾 | 1 |
    """
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in OUTCOMES}
    blocks = [
        "# Claims and verdicts 论断与结论",
        _table(
            ("outcome", "结论", "claims"),
            [
                (outcome_name(outcome).en, outcome_name(outcome).zh, str(count))
                for outcome, count in counts.items()
                if count
            ],
        ),
        _table(
            ("claim", "outcome 结论", "true in draws 抽样成立", "statement 论断"),
            [
                (
                    f"[{v.claim.id}](#{v.claim.id.lower()})",
                    f"{outcome_name(v.outcome).en} {outcome_name(v.outcome).zh}",
                    short_share(v.stability),
                    f"{v.claim.statement_en} {v.claim.statement_zh}",
                )
                for v in verdicts
            ],
        ),
        *(_block(verdict, sources.get(verdict.claim.source)) for verdict in verdicts),
    ]
    return "\n\n".join(blocks) + "\n"


def _row(verdict: Verdict) -> dict[str, object]:
    """One verdict as a row."""
    claim, stable = verdict.claim, stability_sentence(verdict) or _NONE
    return {
        "claim_id": claim.id,
        "outcome": verdict.outcome,
        "outcome_zh": outcome_name(verdict.outcome).zh,
        "statement_en": claim.statement_en,
        "statement_zh": claim.statement_zh,
        "source": claim.source,
        "locator": claim.locator,
        "geography": ", ".join(claim.geographies),
        "year": claim.year,
        "check": claim.check.kind,
        "margin": verdict.margin if math.isfinite(verdict.margin) else None,
        "margin_unit": verdict.margin_unit,
        "decisive_en": verdict.decisive.en,
        "decisive_zh": verdict.decisive.zh,
        "stability": verdict.stability,
        "stability_en": stable.en,
        "stability_zh": stable.zh,
        "definition": ", ".join(verdict.definitions),
        "station_set": ", ".join(filter(None, verdict.station_sets)),
        "timetable_date": ", ".join(filter(None, verdict.timetable_dates)),
        "evidence_en": verdict.evidence.summary.en,
        "evidence_zh": verdict.evidence.summary.zh,
        "reasons_en": " ".join(reason.en for reason in verdict.reasons),
        "reasons_zh": "".join(reason.zh for reason in verdict.reasons),
        "flips_en": " ".join(flip.en for flip in verdict.flips),
        "flips_zh": "".join(flip.zh for flip in verdict.flips),
        "caveat_en": claim.caveat_en,
        "caveat_zh": claim.caveat_zh,
    }


def _block(verdict: Verdict, source: Source | None) -> str:
    """One verdict with its reasons, in both languages."""
    claim, name = verdict.claim, outcome_name(verdict.outcome)
    title = Sentence(source.title_en, source.title_zh) if source else Sentence(claim.source, "")
    decided = [definition_name(key) for key in verdict.definitions]
    dates = ", ".join(filter(None, verdict.timetable_dates))
    by = Sentence(
        "Decided by: " + "; ".join(filter(None, [", ".join(d.en for d in decided), dates])) + ".",
        "判定口径：" + "；".join(filter(None, ["、".join(d.zh for d in decided), dates])) + "。",
    )
    stable = stability_sentence(verdict)
    told = [
        *verdict.reasons,
        *([by] if decided else []),
        *verdict.flips,
        *([stable] if stable else []),
        *([claim.caveat] if claim.caveat_en else []),
    ]
    lines = [f"- {sentence.en}\n  {sentence.zh}" for sentence in dict.fromkeys(told)]
    return "\n\n".join(
        [
            f'<a id="{claim.id.lower()}"></a>\n\n## {claim.id}: {name.en} {name.zh}',
            f"{claim.statement_en}  \n{claim.statement_zh}",
            f"*{title.en} {title.zh}; {claim.locator}*",
            "\n".join(lines),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in (head, *rows)]
    first, *rest = (f"| {line} |" for line in lines)
    return "\n".join([first, "|" + "---|" * len(head), *rest])
