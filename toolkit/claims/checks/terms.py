"""Figures of statements and of facts, and products of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from toolkit.claims.checks.clauses import RELATIONS, Clause
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.facts import Facts
from toolkit.claims.model import Sentence
from toolkit.claims.uncertainty import Array, Drawn
from toolkit.claims.wording import figure_text, listing, names_or_none

__all__ = [
    "NamedRegion",
    "ReadingName",
    "Term",
    "name_of",
    "none_clause",
    "product",
    "reject_relation",
    "sum_clause",
    "term_value",
]

_NOTHING = Sentence("", "")


class _Named(Protocol):
    """A form with names in both languages."""

    @property
    def name_en(self) -> str: ...
    @property
    def name_zh(self) -> str: ...


@dataclass(frozen=True)
class ReadingName:
    """A way of reading a statement that leaves something open.

    Parameters
    ----------
    key : str
        Short name that clauses refer to.
    name_en, name_zh : str
        What it is.
    fits : bool
        Whether the words allow it; else it is reported beside the others.
    """

    key: str
    name_en: str
    name_zh: str
    fits: bool = True


@dataclass(frozen=True)
class NamedRegion:
    """A region with its names."""

    name_en: str
    name_zh: str
    region: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A figure: typed, stated by another claim, or looked up in the facts.

    Parameters
    ----------
    name_en, name_zh : str
        What it is, with its unit.
    value : float
        A typed figure, such as one that the text gives.
    claim, parameter : str
        In place of it: a number among the parameters of another claim's check.
    quantity : str
        In place of it: a quantity of the facts (``gdp_1e8``, ``residents_1e4``, ``area_km2`` or
        one of the single figures) ...
    region : tuple of str
        ... of this region (see `toolkit.claims.facts.Facts.codes`) ...
    year : int
        ... in this year ...
    since : int
        ... less that of this year, for a change ...
    since_quantity : str
        ... where it is kept under another name.
    power : int
        1 to multiply by it, -1 to divide.
    factor : float
        To convert its unit.
    """

    name_en: str
    name_zh: str
    value: float = math.nan
    claim: str = ""
    parameter: str = ""
    quantity: str = ""
    region: tuple[str, ...] = ()
    year: int = 0
    since: int = 0
    since_quantity: str = ""
    power: int = 1
    factor: float = 1.0

    def __post_init__(self) -> None:
        given = [not math.isnan(self.value), bool(self.claim), bool(self.quantity)]
        if sum(given) != 1:
            raise ParameterError(
                "name_en",
                f"term '{self.name_en}' needs one of 'value', 'claim' and 'quantity'",
                remedy="give exactly one of them",
            )
        if self.claim and not self.parameter:
            raise ParameterError(
                "claim", f"term '{self.name_en}' names no parameter", remedy="add 'parameter'"
            )
        if self.quantity and not self.region:
            raise ParameterError(
                "quantity", f"term '{self.name_en}' names no region", remedy="add 'region'"
            )
        if self.power not in {-1, 1}:
            raise ParameterError("power", f"'power' is {self.power}", remedy="give 1 or -1")


def name_of(form: _Named) -> Sentence:
    """Names of a form in both languages."""
    return Sentence(form.name_en, form.name_zh)


def reject_relation(relation: str) -> None:
    """Refuse a relation that is not known."""
    if relation not in RELATIONS:
        raise ParameterError(
            "relation", f"unknown relation '{relation}'", remedy=f"use {listing(RELATIONS, 'en')}"
        )


def term_value(term: Term, facts: Facts) -> tuple[Drawn, Sentence]:
    """Value of a term in its own unit, and a word on it for the working."""
    gap = Sentence("", "")
    if term.claim:
        value = facts.draws.rounded(facts.stated(term.claim, term.parameter), term.name_en)
        origin = Sentence(
            f"{term.name_en}, claim {term.claim}", f"{term.name_zh}，{term.claim}所述"
        )
    elif term.quantity:
        value = facts.drawn_figure(term.quantity, term.region, term.year)
        gap = facts.figure(term.quantity, term.region, term.year).gap
        when = f", {term.year}" if term.year else ""
        when_zh = f"，{term.year}年" if term.year else ""
        if term.since:
            start = term.since_quantity or term.quantity
            value = _less(value, facts.drawn_figure(start, term.region, term.since))
            when = f", {term.since} to {term.year}"
            when_zh = f"，{term.since}至{term.year}年"
        origin = Sentence(f"{term.name_en}{when}", f"{term.name_zh}{when_zh}")
    else:
        value, origin = facts.draws.rounded(term.value, term.name_en), name_of(term)
    text = figure_text(value.value)
    return value, Sentence(f"{text} ({origin.en}){gap.en}", f"{text}（{origin.zh}）{gap.zh}")


def product(terms: Sequence[Term], facts: Facts) -> tuple[Drawn, Sentence]:
    """Product of terms, each to its power, and how it comes about."""
    values, english, chinese = np.ones(1), "", ""
    keys: list[str] = []
    for place, term in enumerate(terms):
        one, words = term_value(term, facts)
        keys.extend(one.keys)
        scaled = np.where(one.values == 0, np.nan, one.values) if term.power < 0 else one.values
        values = values * (scaled * term.factor) ** term.power
        sign = (
            ("" if term.power > 0 else "1 / ")
            if not place
            else (" × " if term.power > 0 else " / ")
        )
        scale = figure_text(term.factor) if term.factor not in {1.0} else ""
        scale = f"{scale} × " if scale else ""
        below = bool(scale) and term.power < 0
        left, right = ("(", ")") if below else ("", "")
        english += f"{sign}{left}{scale}{words.en}{right}"
        chinese += f"{sign}{left}{scale}{words.zh}{right}"
    return Drawn(values, tuple(dict.fromkeys(keys))), Sentence(english, chinese)


def sum_clause(
    key: str,
    parts: Sequence[Term],
    total: Term,
    facts: Facts,
    *,
    within: float = 0.0,
    unit: str = "",
) -> Clause:
    """Compare the sum of parts with the total given; without the total there is no value."""
    values, words = zip(*(term_value(part, facts) for part in parts), strict=True)
    stated, _ = term_value(total, facts)
    exact = math.fsum(v.value * part.factor for v, part in zip(values, parts, strict=True))
    drawn = _sum([v.values * part.factor for v, part in zip(values, parts, strict=True)])
    return Clause(
        key=key,
        name=name_of(total),
        value=math.nan if math.isnan(stated.value) else exact,
        relation="about",
        stated=stated.value * total.factor,
        drawn=Drawn(drawn, tuple(key for value in values for key in value.keys)),
        drawn_stated=Drawn(stated.values * total.factor, stated.keys),
        working=Sentence(" + ".join(w.en for w in words), " + ".join(w.zh for w in words)),
        unit=unit,
        within=within,
    )


def none_clause(
    key: str,
    name: Sentence,
    codes: Sequence[str],
    facts: Facts,
    *,
    known: bool = True,
    which: Sentence = _NOTHING,
) -> Clause:
    """Compare the number of places with none and name them; without the facts there is no value."""
    named = names_or_none(map(facts.name, codes))
    found = Sentence(f"{which.en}{named.en}", f"{which.zh}{named.zh}")
    return Clause(
        key=key,
        name=name,
        value=float(len(codes)) if known else math.nan,
        relation="at_most",
        stated=0.0,
        working=found if codes else which,
        joint=Sentence(", in number ", "，个数") if codes else _NOTHING,
    )


def _less(value: Drawn, other: Drawn) -> Drawn:
    """The difference of two figures."""
    return Drawn(value.values - other.values, tuple(dict.fromkeys(value.keys + other.keys)))


def _sum(parts: Iterable[Array]) -> Array:
    """Add figures of which some are the same in every draw."""
    total = np.zeros(1)
    for part in parts:
        total = total + part
    return total
