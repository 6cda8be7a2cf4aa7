"""Statements made of figures: each clause compares a value with what the text says.

Beside `toolkit.claims.cases`, which judges cities against a threshold. A clause says that a
value is at least, at most or about a stated one. Its slack is how far the value is on the right
side, in percent of the stated figure; a statement is as good as its worst clause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.claims.cases import Case, Setting
from toolkit.claims.judgement import Account, not_checkable, settle
from toolkit.claims.model import Claim, Outcome, Sentence, Verdict
from toolkit.claims.uncertainty import Array, Drawn
from toolkit.claims.wording import figure_text, outcome_name

__all__ = ["RELATIONS", "Clause", "Reading", "compared", "settle_readings"]

Relation = Literal["at_least", "at_most", "about"]
RELATIONS: tuple[str, ...] = ("at_least", "at_most", "about")

_MOST_SAID = 8
_EQUALS, _NOTHING = Sentence(" = ", " = "), Sentence("", "")
_SIGNS = {"at_least": "≥", "at_most": "≤", "about": "≈"}


@dataclass(frozen=True)
class Clause:
    """One comparison of a statement.

    Parameters
    ----------
    key : str
    name : Sentence
        What is compared.
    value : float
        What the facts say; NaN where they say nothing.
    relation : {'at_least', 'at_most', 'about'}
    stated : float
        What the text says.
    working : Sentence
        How the value comes about, with its numbers.
    unit : str
        Printed behind the numbers ('%', 'km'; may be empty).
    margin_unit : str
        Of the distance from flipping, where the numbers are printed without a unit.
    within : float
        Of 'about': the value may differ by so much, in its own unit (how the text rounds).
    margin : float
        A value beyond the bound by less than this is borderline: how sure the facts are. For
        'at_least' and 'at_most' also one inside it by less.
    joint : Sentence
        What stands between the working and the value.
    remark : Sentence
        Said after the comparison; may be empty.
    drawn, drawn_stated : Drawn, optional
        Value and bound under every draw, where they are uncertain.
    """

    key: str
    name: Sentence
    value: float
    relation: str
    stated: float
    working: Sentence
    unit: str = ""
    margin_unit: str = ""
    within: float = 0.0
    margin: float = 0.0
    joint: Sentence = _EQUALS
    remark: Sentence = _NOTHING
    drawn: Drawn | None = field(default=None, compare=False, repr=False)
    drawn_stated: Drawn | None = field(default=None, compare=False, repr=False)

    @property
    def room(self) -> float:
        """How far the value is on the right side of the bound, in its own unit."""
        return float(self._room(np.array([self.value]), np.array([self.stated]))[0])

    @property
    def true_in_draws(self) -> npt.NDArray[np.bool_]:
        """Whether it is true to the letter under every draw; the first is the facts as they are."""
        value = self.drawn.values if self.drawn else np.array([self.value])
        stated = self.drawn_stated.values if self.drawn_stated else np.array([self.stated])
        return self._room(value, stated).round(9) >= 0

    def _room(self, value: Array, stated: Array) -> Array:
        """How far values are on the right side of bounds."""
        if self.relation == "at_least":
            return value - stated
        if self.relation == "at_most":
            return stated - value
        return self.within - np.abs(value - stated)

    @property
    def outcome(self) -> Outcome:
        """Whether this clause alone holds."""
        if np.isnan(self.value):
            return "not checkable"
        room = round(self.room, 9)
        highest = 0.0 if self.relation == "about" else self.margin
        if -self.margin < room < highest:
            return "borderline"
        return "holds" if room >= 0 else "fails"

    @property
    def slack(self) -> float:
        """Room in percent of the stated figure; in the unit itself where that is zero."""
        return self.room / abs(self.stated) * 100 if self.stated else self.room


@dataclass(frozen=True)
class Reading:
    """One way of reading a statement: its clauses, and whether the words allow it.

    `required_share` of the clauses have to hold; `wrong` is the outcome where they do not, if it
    is another than that of the check.
    """

    key: str
    name: Sentence
    clauses: tuple[Clause, ...]
    fits: bool = True
    required_share: float = 1.0
    wrong: Outcome | None = None


def compared(clause: Clause) -> Sentence:
    """Put a clause into words: what the facts give, beside what is stated."""
    value, bound, verdict = _value_text(clause), _bound_text(clause), outcome_name(clause.outcome)
    word = Sentence("stated", "原文") if clause.relation == "about" else Sentence("needed", "须")
    return Sentence(
        f"{clause.name.en}: {clause.working.en}{clause.joint.en}{value}; "
        f"{word.en} {bound.en}: {verdict.en}.{clause.remark.en}",
        f"{clause.name.zh}：{clause.working.zh}{clause.joint.zh}{value}；"
        f"{word.zh}{bound.zh}：{verdict.zh}。{clause.remark.zh}",
    )


def _value_text(clause: Clause) -> str:
    """The value with its unit."""
    return figure_text(clause.value, clause.unit)


def _bound_text(clause: Clause) -> Sentence:
    """What the value should be, in words."""
    stated = figure_text(clause.stated, clause.unit)
    if clause.relation == "about":
        around = f" ± {figure_text(clause.within, clause.unit)}" if clause.within else ""
        return Sentence(f"{stated}{around}", f"{stated}{around}")
    if clause.relation == "at_least":
        return Sentence(f"at least {stated}", f"不少于{stated}")
    if clause.stated == 0 and not clause.unit:
        return Sentence("none" if float(clause.value).is_integer() else "0 or less", "不超过0")
    return Sentence(f"at most {stated}", f"不超过{stated}")


def settle_readings(
    claim: Claim,
    readings: Sequence[Reading],
    *,
    definition: str,
    wrong: Outcome = "fails",
    places: Sequence[str] = (),
    notes: Sequence[Sentence] = (),
    date: str = "",
) -> Verdict:
    """Judge a statement under each of its readings and join them into a verdict.

    Parameters
    ----------
    claim : Claim
    readings : sequence of Reading
        In the order of the claim. One with a clause without a value decides nothing.
    definition : str
        What the values are: 'statistics', 'arithmetic', 'distance', ...
    wrong : str
        Outcome of a clause that is not met: 'fails', or 'inconsistent' where the statement is at
        odds with itself, with another or with arithmetic.
    places : sequence of str
        Codes of the prefectures that the statement speaks of.
    notes : sequence of Sentence
        Reasons to add.
    date : str
        ISO date of the timetable, where there is one.
    """
    known = [one for one in readings if one.clauses and not _gaps(one)]
    gaps = dict.fromkeys((c.name, c.working) for one in readings for c in _gaps(one))
    lacking = [
        Sentence(f"No data for {name.en}: {working.en}.", f"缺少数据：{name.zh}（{working.zh}）。")
        for name, working in gaps  # once, though a clause may belong to several readings
    ]
    cases = [_case(one, definition, one.wrong or wrong, date) for one in known]
    if not any(case.decides for case in cases):
        return not_checkable(claim, [*lacking, *notes], places=places)
    by_key = {one.key: one for one in known}

    def account(case: Case, outcome: Outcome) -> Account:
        deciding = [by_key[one.setting.reading] for one in cases if one.decides]
        beside = [one for one in known if not one.fits]
        shown = deciding if outcome == "depends" else [by_key[case.setting.reading]]
        summaries = [_summary(one) for one in shown]
        return Account(
            Sentence(" ".join(map(_begun, summaries)), "".join(s.zh for s in summaries)),
            (*_reasons([*deciding, *beside], several=len(known) > 1), *notes),
            _flips(by_key[case.setting.reading], holds=case.holds),
        )

    verdict = settle(claim, cases, account, places=places, lacking=lacking)
    row = verdict.evidence.table.iloc[_decisive(verdict.evidence.table, verdict.decisive)]
    clause = next(
        clause
        for one in known
        for clause in one.clauses
        if (clause.key, clause.room) == (row["key"], row["room"])
    )
    return replace(verdict, margin=clause.room, margin_unit=clause.unit or clause.margin_unit)


def _decisive(table: pd.DataFrame, name: Sentence) -> int:
    """Position of the clause that decides: the worst of those with its name."""
    slack = table["slack"].where(table["name_en"] == name.en, np.inf)
    return int(slack.to_numpy().argmin())


def _gaps(reading: Reading) -> list[Clause]:
    """Clauses of a reading that the facts say nothing about."""
    return [clause for clause in reading.clauses if np.isnan(clause.value)]


def _case(reading: Reading, definition: str, wrong: Outcome, date: str) -> Case:
    """Judge the clauses of one reading."""
    clauses = sorted(reading.clauses, key=lambda clause: (-clause.slack, clause.key))
    outcomes = [clause.outcome for clause in clauses]
    needed = int(np.ceil(round(reading.required_share * len(clauses), 9)))
    outcome: Outcome
    if outcomes.count("holds") >= needed:
        outcome = "holds"
    elif outcomes.count("holds") + outcomes.count("borderline") >= needed:
        outcome = "borderline"
    else:
        outcome = wrong
    rank = {"holds": 0, "borderline": 1, "fails": 2}
    order = sorted(range(len(clauses)), key=lambda n: (rank[outcomes[n]], -clauses[n].slack))
    decisive = order[needed - 1]
    positions = {"holds": "inside", "borderline": "borderline", "fails": "outside"}
    items = pd.DataFrame(
        {
            "key": [clause.key for clause in clauses],
            "name_zh": [clause.name.zh for clause in clauses],
            "name_en": [clause.name.en for clause in clauses],
            "value": [clause.value for clause in clauses],
            "relation": [_SIGNS[clause.relation] for clause in clauses],
            "stated": [clause.stated for clause in clauses],
            "unit": [clause.unit for clause in clauses],
            "working_zh": [clause.working.zh for clause in clauses],
            "working_en": [clause.working.en for clause in clauses],
            "room": [clause.room for clause in clauses],
            "slack": [clause.slack for clause in clauses],
            "excepted": False,
            "met": [round(clause.room, 9) >= 0 for clause in clauses],
            "position": [positions[one] for one in outcomes],
        }
    )
    return Case(
        setting=Setting(reading.key, definition, "", "", date, 100.0, "%"),
        items=items,
        outcome=outcome,
        holds=int(items["met"].sum()) >= needed,
        margin=clauses[decisive].slack,
        decisive=decisive,
        fits=reading.fits,
        decides=reading.fits,
        true_in_draws=_true_in_draws(reading, needed),
        drawn=tuple(
            dict.fromkeys(
                key
                for clause in reading.clauses
                for part in (clause.drawn, clause.drawn_stated)
                if part
                for key in part.keys
            )
        ),
    )


def _true_in_draws(reading: Reading, needed: int) -> npt.NDArray[np.bool_]:
    """Whether enough clauses of a reading are true under every draw."""
    met = [clause.true_in_draws for clause in reading.clauses]
    enough: npt.NDArray[np.bool_] = np.sum(np.broadcast_arrays(*met), axis=0) >= needed
    return enough


def _reasons(readings: Sequence[Reading], *, several: bool) -> list[Sentence]:
    """What each clause says, once; of long lists only what does not hold, and how many do."""
    sentences, said = [], set()
    for reading in readings:
        beside = Sentence("", "") if reading.fits else Sentence("Beside it, ", "另：")
        en = beside.en + (f"[{reading.name.en}] " if several else "")
        zh = beside.zh + (f"［{reading.name.zh}］" if several else "")
        new = [clause for clause in reading.clauses if clause not in said]
        said.update(new)
        shown = [one for one in new if len(new) <= _MOST_SAID or one.outcome != "holds"]
        sentences += [Sentence(en + s.en, zh + s.zh) for s in map(compared, shown)]
        if len(shown) < len(reading.clauses):
            met = sum(clause.outcome == "holds" for clause in reading.clauses)
            total, share = len(reading.clauses), f"{reading.required_share:.0%}"
            sentences.append(
                Sentence(
                    f"{en}{met} of {total} comparisons hold; {share} needed.",
                    f"{zh}{total}项比较中{met}项成立，需{share}。",
                )
            )
    return sentences


def _summary(reading: Reading) -> Sentence:
    """How many clauses of a reading are met."""
    met = sum(clause.outcome == "holds" for clause in reading.clauses)
    total = len(reading.clauses)
    if total == 1:
        return compared(reading.clauses[0])
    return Sentence(
        f"{reading.name.en}: {met} of {total} comparisons hold.".lstrip(": "),
        f"{reading.name.zh}：{total}项比较中{met}项成立。".lstrip("："),
    )


def _begun(sentence: Sentence) -> str:
    """The English of a sentence with a capital first, as one in a row of sentences needs."""
    return sentence.en[:1].upper() + sentence.en[1:]


def _flips(reading: Reading, *, holds: bool) -> tuple[Sentence, ...]:
    """What would change the outcome of the leading reading."""
    if holds:
        last = min(reading.clauses, key=lambda clause: clause.slack)
        if round(last.room, 9) == 0:
            return (
                Sentence(
                    f"False with any change of: {last.name.en}.",
                    f"“{last.name.zh}”稍有变动即不成立。",
                ),
            )
        text = figure_text(last.room, last.unit)
        return (
            Sentence(
                f"False once {last.name.en} moves by more than {text} to the other side.",
                f"若“{last.name.zh}”向相反方向变动超过{text}，则不成立。",
            ),
        )
    wrong = [clause for clause in reading.clauses if round(clause.room, 9) < 0]
    return tuple(_repair(clause) for clause in wrong[:_MOST_SAID])


def _repair(clause: Clause) -> Sentence:
    """What would make a clause true: another value, or another figure in the text."""
    stated, value = figure_text(clause.stated, clause.unit), _value_text(clause)
    if clause.relation == "about":
        return Sentence(
            f"{clause.name.en}: true if the text said {value} instead of {stated}.",
            f"“{clause.name.zh}”若写作{value}（原为{stated}），则成立。",
        )
    bound = _bound_text(clause)
    return Sentence(
        f"{clause.name.en}: true once it is {bound.en} (it is {value}).",
        f"“{clause.name.zh}”须{bound.zh}（现为{value}）方成立。",
    )
