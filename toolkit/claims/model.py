"""What a claim is and what a verdict on it says: plain records, no computing.

A claim is a statement of a document, paraphrased, with the kind of check that can settle it. A
verdict is never only a word: it carries the numbers down to train numbers, the definition and
dates they hold for, the margin by which it was decided, and what would flip it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

import pandas as pd

from toolkit.display import html_card
from toolkit.errors import UnknownNameError

__all__ = [
    "DEFAULT_MARGIN_MIN",
    "DEFAULT_MARGIN_PERCENT",
    "OUTCOMES",
    "CheckSpec",
    "Claim",
    "Evidence",
    "Language",
    "Outcome",
    "Sentence",
    "Source",
    "Verdict",
]

Language = Literal["en", "zh"]
Outcome = Literal["holds", "fails", "depends", "borderline", "inconsistent", "not checkable"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

# Printed timetables are whole minutes and move by a minute or two from one edition to the next;
# yearbook shares are rounded and revised by a percent or so.
DEFAULT_MARGIN_MIN = 3.0
DEFAULT_MARGIN_PERCENT = 2.0


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages.

    Examples
    --------
    >>> Sentence("Tangshan is out.", "唐山在圈外。").text("zh")
    '唐山在圈外。'
    """

    en: str
    zh: str

    def text(self, language: Language = "en") -> str:
        """Give the sentence in one language.

        Raises
        ------
        UnknownNameError
            For a language other than ``en`` and ``zh``.
        """
        if language not in get_args(Language):
            raise UnknownNameError(f"no texts in language '{language}'", remedy="use 'en' or 'zh'")
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Source:
    """A document that statements are taken from.

    Parameters
    ----------
    key : str
        Short name that claims refer to.
    title_en, title_zh : str
        What the document is, in our words where it has no public title.
    author, publisher : str
    date : str
        Day, month, year or 'undated'.
    access : str
        What of it could be read.
    """

    key: str
    title_en: str
    title_zh: str
    author: str
    publisher: str
    date: str
    access: str


@dataclass(frozen=True)
class CheckSpec:
    """The kind of check that settles a claim, with its parameters as written in the file."""

    kind: str
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Claim:
    """A checkable statement of a document, paraphrased in both languages.

    Parameters
    ----------
    id : str
        Unique name such as 'A1'.
    source : str
        Key of a `Source`.
    locator : str
        Section and paragraph in the document.
    geography : str
        Slug of the cluster it speaks of, the first of several; or 'national'.
    statement_en, statement_zh : str
        The statement in our words.
    check : CheckSpec
    year : int, optional
        The year the statement speaks of; None when it does not say.
    caveat_en, caveat_zh : str, optional
        What the check cannot see.
    also : tuple of str, optional
        Further clusters it speaks of.
    """

    id: str
    source: str
    locator: str
    geography: str
    statement_en: str
    statement_zh: str
    check: CheckSpec
    year: int | None = None
    caveat_en: str = ""
    caveat_zh: str = ""
    also: tuple[str, ...] = ()

    @property
    def geographies(self) -> tuple[str, ...]:
        """All clusters it speaks of."""
        return (self.geography, *self.also)

    @property
    def statement(self) -> Sentence:
        """The statement in both languages."""
        return Sentence(self.statement_en, self.statement_zh)

    @property
    def caveat(self) -> Sentence:
        """What the check cannot see, in both languages; empty when nothing was noted."""
        return Sentence(self.caveat_en, self.caveat_zh)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The numbers behind a verdict and one sentence that sums them up.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per city, pair of cities or comparison: ``name_zh``, ``name_en``, a value
        (``minutes``, ``trains_per_day``, or ``value`` beside ``stated``), ``room`` (how far
        inside, negative outside), ``excepted``, ``position`` (inside, outside, borderline),
        ``met`` (as the statement says), and what is behind the value: train and stations, or
        the working.
    summary : Sentence
    """

    table: pd.DataFrame
    summary: Sentence


@dataclass(frozen=True, eq=False)
class Verdict:
    """The outcome of checking one claim, with all that is needed to judge the judgement.

    Parameters
    ----------
    claim : Claim
    outcome : str
        One of `OUTCOMES`.
    reasons : tuple of Sentence
    evidence : Evidence
    definitions, station_sets, timetable_dates : tuple of str
        Under which definitions, on which stations and by which timetables it was decided.
    margin : float
        Signed distance from flipping, in `margin_unit`: positive when the statement is true.
        Minus infinity when no shift of times could make it true; NaN when not checkable. Of a
        verdict that depends, it is that of the reading the evidence shows.
    margin_unit : str
        'min', '%' or 'trains'.
    decisive : Sentence
        The city or pair that the margin belongs to.
    flips : tuple of Sentence
        What would change the outcome.
    sensitivity : pandas.DataFrame
        See `toolkit.claims.sensitivity.sensitivity_table`.
    stability : float
        Share of the draws in which it is true (see `toolkit.claims.sensitivity.stability`).
    places : tuple of str
        Codes of the prefectures that the statement speaks of.
    drawn : tuple of str
        Keys of the uncertainties that were drawn from; empty where nothing is uncertain but the
        reading of the words.
    """

    claim: Claim
    outcome: Outcome
    reasons: tuple[Sentence, ...]
    evidence: Evidence
    definitions: tuple[str, ...]
    station_sets: tuple[str, ...]
    timetable_dates: tuple[str, ...]
    margin: float
    margin_unit: str
    decisive: Sentence
    flips: tuple[Sentence, ...]
    sensitivity: pd.DataFrame
    stability: float
    places: tuple[str, ...]
    drawn: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        facts = {
            "outcome": self.outcome,
            "statement": self.claim.statement_en,
            "论断": self.claim.statement_zh,
            "margin": f"{self.margin:g} {self.margin_unit}" if math.isfinite(self.margin) else "",
            "why": " ".join(reason.en for reason in self.reasons),
        }
        return html_card(f"Claim {self.claim.id}", facts, self.evidence.table)
