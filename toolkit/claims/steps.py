"""The reasoning behind a verdict, step by step: from the words to the data to the outcome."""

import math

import pandas as pd

from toolkit.claims.model import Language, Sentence, Verdict
from toolkit.claims.sensitivity import stability_sentence
from toolkit.claims.wording import (
    amount,
    definition_name,
    figure_text,
    listing,
    outcome_name,
    station_sets_name,
)

__all__ = ["explain"]

_RULES: dict[str, Sentence] = {
    "holds": Sentence(
        "Every reading that fits the words is true with margin.", "所有合适口径下均成立且有余量。"
    ),
    "fails": Sentence("Every reading that fits the words is false.", "所有合适口径下均不成立。"),
    "depends": Sentence(
        "Some readings that fit the words are true, others false.",
        "合适口径中有的成立、有的不成立。",
    ),
    "borderline": Sentence(
        "It is decided by less than the margin.", "差距小于误差余量，无法断定。"
    ),
    "inconsistent": Sentence(
        "The statement contradicts itself, another statement or arithmetic.",
        "原文与自身、其他说法或算术相矛盾。",
    ),
    "not checkable": Sentence("The data it needs are not at hand.", "缺少核验所需数据。"),
}


def explain(verdict: Verdict, language: Language = "en") -> str:
    """Print how a verdict came about: claim, data, places, threshold, exceptions, outcome.

    Parameters
    ----------
    verdict : Verdict
    language : {'en', 'zh'}

    Returns
    -------
    str
        Numbered steps.

    Raises
    ------
    UnknownNameError
        For another language.

    Examples
    --------
    >>> from toolkit.claims import check_national, find_claim, load_claims
    >>> (verdict,) = check_national([find_claim(load_claims(), "C12")])
    >>> print(explain(verdict).splitlines()[3])
         rate  growth a year, 2013 to 2023: 26.53% ≈ 26.5% -> holds
    """
    steps = [
        _claim(verdict, language),
        _data(verdict, language),
        _values(verdict, language),
        _bound(verdict, language),
        _exceptions(verdict, language),
        _readings(verdict, language),
        _outcome(verdict, language),
        _flips(verdict, language),
        _stability(verdict, language),
        _note(verdict, language),
    ]
    numbered = [step for step in steps if step]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(numbered, 1))


def _claim(verdict: Verdict, language: Language) -> str:
    """What is said, and where."""
    claim = verdict.claim
    said = Sentence("says", "称").text(language)
    return f"{claim.id} ({claim.source}, {claim.locator}) {said}: {claim.statement.text(language)}"


def _data(verdict: Verdict, language: Language) -> str:
    """What it is held against."""
    words = [definition_name(word).text(language) for word in verdict.definitions]
    dates = [date for date in verdict.timetable_dates if date]
    stations = station_sets_name(verdict.station_sets)
    if not words:
        needed = [reason.text(language) for reason in verdict.reasons]
        return Sentence("Data: ", "数据：").text(language) + " ".join(needed)
    parts = [
        Sentence(f"check {verdict.claim.check.kind}", f"核验方式{verdict.claim.check.kind}"),
        Sentence(listing(words, "en"), listing(words, "zh")),
        *([Sentence(f"stations {stations.en}", f"车站{stations.zh}")] * bool(stations.en)),
        *([Sentence(f"timetable {', '.join(dates)}", f"时刻表{'、'.join(dates)}")] * bool(dates)),
    ]
    head = Sentence("Held against: ", "依据：").text(language)
    return head + "; ".join(part.text(language) for part in parts)


def _values(verdict: Verdict, language: Language) -> str:
    """One line a city, pair or comparison."""
    table = verdict.evidence.table
    if table.empty:
        return ""
    lines = [_line(row, verdict, language) for _, row in table.iterrows()]
    head = Sentence("One by one:", "逐项：").text(language)
    return "\n".join([head, *(f"     {line}" for line in lines)])


def _line(row: pd.Series, verdict: Verdict, language: Language) -> str:
    """A clause with its value, its bound and what follows."""
    name = str(row[f"name_{language}"])
    if "stated" in row.index:
        unit, sign = str(row["unit"]), str(row["relation"])
        found, stated = (figure_text(float(row[key]), unit) for key in ("value", "stated"))
        word = {"inside": "holds", "borderline": "borderline", "outside": "fails"}
        outcome = outcome_name(word[str(row["position"])]).text(language)  # type: ignore[arg-type]  # the outcomes
        return f"{row['key']}  {name}: {found} {sign} {stated} -> {outcome}"
    unit = verdict.margin_unit or "min"
    column = "minutes" if "minutes" in row.index else "trains_per_day"
    value = amount(float(row[column]), unit).text(language)
    train = row.get("fastest_train", "")
    train = f" ({train})" if isinstance(train, str) and train else ""
    places = {
        "inside": Sentence("inside", "圈内"),
        "borderline": Sentence("borderline", "临界"),
        "outside": Sentence("outside", "圈外"),
    }
    excepted = Sentence(", excepted", "，列为例外").text(language) if row["excepted"] else ""
    met = Sentence("as said", "与原文相符") if row["met"] else Sentence("not as said", "与原文不符")
    place = places[str(row["position"])].text(language)
    return f"{name}: {value}{train} -> {place}{excepted}: {met.text(language)}"


def _bound(verdict: Verdict, language: Language) -> str:
    """The threshold, and who decides."""
    if math.isnan(verdict.margin):
        return ""
    table, decides = verdict.evidence.table, verdict.sensitivity
    name = verdict.decisive.text(language)
    size = amount(abs(verdict.margin), verdict.margin_unit).text(language)
    side = Sentence("to spare", "余") if verdict.margin >= 0 else Sentence("short", "差")
    if "stated" in table.columns:
        return Sentence(
            f"The decisive comparison is '{name}': {size} {side.en}.",
            f"起决定作用的是“{name}”：{side.zh}{size}。",
        ).text(language)
    limit = decides.loc[decides["decides"], ["threshold", "unit"]].iloc[0]
    bound = amount(float(limit["threshold"]), str(limit["unit"])).text(language)
    return Sentence(
        f"The threshold is {bound}; {name} decides: {size} {side.en}.",
        f"阈值为{bound}；由{name}决定：{side.zh}{size}。",
    ).text(language)


def _exceptions(verdict: Verdict, language: Language) -> str:
    """Whether the exceptions are right."""
    table = verdict.evidence.table
    if table.empty or not table["excepted"].any():
        return ""
    named = table[table["excepted"]]
    right = listing(list(named.loc[named["met"], f"name_{language}"]), language) or "-"
    wrong = listing(list(named.loc[~named["met"], f"name_{language}"]), language) or "-"
    return Sentence(
        f"Exceptions that are outside, as said: {right}; that are inside: {wrong}.",
        f"例外中确在圈外：{right}；实在圈内：{wrong}。",
    ).text(language)


def _readings(verdict: Verdict, language: Language) -> str:
    """The outcome of each reading that decides, where there are several."""
    table = verdict.sensitivity
    decides = table[table["decides"]] if len(table) else table
    if len(decides) < 2:
        return ""
    parts = []
    for _, row in decides.iterrows():
        named = (
            row["reading"],
            definition_name(row["definition"]).text(language),
            station_sets_name([row["station_set"]]).text(language),
        )
        label = ", ".join(str(word) for word in named if word)
        parts.append(f"{label}: {outcome_name(row['outcome']).text(language)}")
    return Sentence("Readings: ", "各口径：").text(language) + "; ".join(parts)


def _outcome(verdict: Verdict, language: Language) -> str:
    """The outcome, and the rule behind it."""
    word = outcome_name(verdict.outcome).text(language).upper()
    head, rule = Sentence("Outcome", "结论").text(language), _RULES[verdict.outcome].text(language)
    return f"{head}: {word}. {rule}"


def _flips(verdict: Verdict, language: Language) -> str:
    """What would change it."""
    if not verdict.flips:
        return ""
    head = Sentence("It would change: ", "何种变化会改变结论：").text(language)
    return head + " ".join(flip.text(language) for flip in verdict.flips)


def _stability(verdict: Verdict, language: Language) -> str:
    """How it fares when what is uncertain varies."""
    sentence = stability_sentence(verdict)
    head = Sentence("Stability: ", "稳定性：").text(language)
    return head + sentence.text(language) if sentence else ""


def _note(verdict: Verdict, language: Language) -> str:
    """What the check cannot see, and why it was judged so."""
    note = verdict.claim.caveat.text(language)
    return Sentence("Note: ", "说明：").text(language) + note if note else ""
