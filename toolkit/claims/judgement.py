"""From the cases of a claim to its verdict."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from toolkit.claims.cases import Case, combined_outcome, leading_case
from toolkit.claims.model import Claim, Evidence, Outcome, Sentence, Verdict
from toolkit.claims.sensitivity import sensitivity_table, stability
from toolkit.claims.wording import definition_name, listing, number, outcome_name, station_sets_name

__all__ = ["Account", "beside_sentence", "date_sentence", "not_checkable", "settle", "unfit"]


@dataclass(frozen=True)
class Account:
    """What a kind of check has to say about the case that leads the verdict.

    Parameters
    ----------
    summary : Sentence
    reasons, flips : tuple of Sentence
    """

    summary: Sentence
    reasons: tuple[Sentence, ...]
    flips: tuple[Sentence, ...]


def settle(
    claim: Claim,
    cases: Sequence[Case],
    account: Callable[[Case, Outcome], Account],
    *,
    places: Sequence[str],
    lacking: Sequence[Sentence] = (),
) -> Verdict:
    """Join the cases that decide into a verdict.

    Parameters
    ----------
    claim : Claim
    cases : sequence of Case
        Those that decide and all reported beside them, in the order of the claim.
    account : callable
        Words of the kind of check for the leading case and the outcome.
    places : sequence of str
        Codes of the prefectures that the statement speaks of.
    lacking : sequence of Sentence
        What would have been needed too; said as reasons.
    """
    deciding = [case for case in cases if case.decides]
    outcome = combined_outcome(case.outcome for case in deciding)
    if not deciding:
        return not_checkable(claim, lacking, places=places, cases=cases)
    leading = leading_case(deciding, outcome)
    words = account(leading, outcome)
    decisive = leading.items.iloc[leading.decisive]
    table = sensitivity_table(claim.id, cases)
    return Verdict(
        claim=claim,
        outcome=outcome,
        reasons=(*words.reasons, *lacking, *date_sentence(claim, leading)),
        evidence=Evidence(leading.items, words.summary),
        definitions=_each(case.setting.definition for case in deciding),
        station_sets=_each(case.setting.station_set for case in deciding),
        timetable_dates=_each(case.setting.timetable_date for case in deciding),
        margin=leading.margin,
        margin_unit=leading.setting.unit,
        decisive=Sentence(decisive["name_en"], decisive["name_zh"]),
        flips=words.flips,
        sensitivity=table,
        stability=stability(table),
        places=tuple(places),
        drawn=_each(key for case in deciding for key in case.drawn),
    )


def not_checkable(
    claim: Claim,
    lacking: Sequence[Sentence],
    *,
    places: Sequence[str] = (),
    cases: Sequence[Case] = (),
) -> Verdict:
    """Verdict on a claim whose data are not there; `lacking` says which."""
    summary = Sentence("No data to check it with.", "缺少核验所需数据。")
    return unfit(claim, "not checkable", lacking, summary, places=places, cases=cases)


def unfit(
    claim: Claim,
    outcome: Outcome,
    reasons: Sequence[Sentence],
    summary: Sentence,
    *,
    places: Sequence[str] = (),
    cases: Sequence[Case] = (),
    flips: Sequence[Sentence] = (),
) -> Verdict:
    """Verdict on a claim that no fact can decide: it contradicts itself, or data lack."""
    table = sensitivity_table(claim.id, cases)
    return Verdict(
        claim=claim,
        outcome=outcome,
        reasons=tuple(reasons),
        evidence=Evidence(pd.DataFrame(), summary),
        definitions=(),
        station_sets=(),
        timetable_dates=(),
        margin=float("nan"),
        margin_unit="",
        decisive=Sentence("", ""),
        flips=tuple(flips),
        sensitivity=table,
        stability=float("nan"),
        places=tuple(places),
    )


def date_sentence(claim: Claim, case: Case) -> tuple[Sentence, ...]:
    """Say how the date of the statement and that of the timetable stand to each other."""
    date = case.setting.timetable_date
    if not date:
        return ()
    if claim.year is None:
        return (
            Sentence(
                f"The statement names no year; the newest timetable at hand, {date}, decides.",
                f"原文未注明年份，以现有最新时刻表（{date}）为准。",
            ),
        )
    if int(date[:4]) > claim.year:
        return (
            Sentence(
                f"The statement is of {claim.year}, before every timetable at hand; "
                f"the oldest, {date}, decides.",
                f"原文所述为{claim.year}年，早于全部现有时刻表，以最早的（{date}）为准。",
            ),
        )
    if int(date[:4]) == claim.year:
        return ()
    return (
        Sentence(
            f"The statement is of {claim.year}; the newest timetable not after it is of {date}, "
            "so later changes are not seen.",
            f"原文所述为{claim.year}年；不晚于该年的最新时刻表为{date}，其后的变化未计入。",
        ),
    )


def beside_sentence(cases: Sequence[Case], leading: Case) -> tuple[Sentence, ...]:
    """Sum up what the definitions and stations beside the fitting ones say, same day, threshold."""
    beside = [
        case
        for case in cases
        if not case.fits
        and case.setting.timetable_date in {leading.setting.timetable_date, ""}
        and case.setting.threshold == leading.setting.threshold
    ]
    groups: dict[Outcome, list[Case]] = {}
    for case in beside:
        groups.setdefault(case.outcome, []).append(case)
    if not groups:
        return ()
    parts = [
        Sentence(
            f"{outcome} under {listing([name.en for name in names], 'en')}",
            f"{listing([name.zh for name in names], 'zh')}：{outcome_name(outcome).zh}",
        )
        for outcome, names in ((word, _named(alike, beside)) for word, alike in groups.items())
    ]
    limit = number(leading.setting.threshold)
    return (
        Sentence(
            f"Beside it, at the same {limit}: {'; '.join(part.en for part in parts)}.",
            f"其他口径（阈值同为{limit}）：{'；'.join(part.zh for part in parts)}。",
        ),
    )


def _named(cases: Sequence[Case], beside: Sequence[Case]) -> list[Sentence]:
    """Name each definition once, with what it was judged for and, if they differ, the statistic."""
    found_for: dict[str, tuple[set[Outcome], set[str]]] = {}
    for case in beside:
        outcomes, statistics = found_for.setdefault(case.setting.definition, (set(), set()))
        outcomes.add(case.outcome)
        statistics.add(case.setting.statistic)
    notes: dict[str, dict[Sentence, None]] = {}
    for case in cases:
        setting = case.setting
        differ = all(len(several) > 1 for several in found_for[setting.definition])
        stations = station_sets_name([setting.station_set])
        chosen = [setting.reading, setting.statistic if differ else ""]
        note = Sentence(
            ", ".join(filter(None, [*chosen, stations.en])),
            "，".join(filter(None, [*chosen, stations.zh])),
        )
        notes.setdefault(setting.definition, {})[note] = None
    sentences = []
    for definition, found in notes.items():
        name = definition_name(definition)
        en = "; ".join(note.en for note in found if note.en)
        zh = "；".join(note.zh for note in found if note.zh)
        sentences.append(Sentence(f"{name.en} ({en})", f"{name.zh}（{zh}）") if en else name)
    return sentences


def _each(words: Iterable[str]) -> tuple[str, ...]:
    """Keep each word once, in order of first mention."""
    return tuple(dict.fromkeys(words))
