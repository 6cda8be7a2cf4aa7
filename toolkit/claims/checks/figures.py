"""Check kinds on figures: shares, ratios, growth rates, counts, and their arithmetic.

`ratio` and `share` compare a statement with the facts; `consistency` and `magnitude` with other
statements and with what is possible at all, so that a miss makes the statement inconsistent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.readings import by_name
from toolkit.claims.checks.terms import (
    NamedRegion,
    ReadingName,
    Term,
    name_of,
    product,
    reject_relation,
    sum_clause,
)
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn
from toolkit.claims.wording import figure_text, names_or_none

__all__ = [
    "CountParameters",
    "FigureClause",
    "FigureParameters",
    "GrowthParameters",
    "ShareParameters",
    "SharePart",
    "SumParameters",
    "consistency",
    "count_above",
    "growth_rate",
    "list_sum",
    "magnitude",
    "ratio",
    "share",
]


@dataclass(frozen=True)
class FigureClause:
    """A product of terms beside what is stated of it.

    Parameters
    ----------
    name_en, name_zh : str
        What is compared.
    terms : tuple of Term
        Multiplied and divided.
    stated : float
        What the text says, or the limit of what is possible.
    relation : {'about', 'at_least', 'at_most'}
    unit : str
    within : float
        Of 'about': how far off still counts as the same (half of the last digit printed).
    margin : float
        How sure the facts are; a miss by less is borderline.
    reading : str
        Key of the reading it belongs to; '' for all.
    """

    name_en: str
    name_zh: str
    terms: tuple[Term, ...]
    stated: float
    relation: str = "about"
    unit: str = ""
    within: float = 0.0
    margin: float = 0.0
    reading: str = ""

    def __post_init__(self) -> None:
        reject_relation(self.relation)
        if not self.terms:
            raise ParameterError("terms", "'terms' is empty", remedy="give at least one term")


@dataclass(frozen=True)
class FigureParameters:
    """Parameters of `ratio`, `consistency` and `magnitude`.

    Parameters
    ----------
    clauses : tuple of FigureClause
    readings : tuple of ReadingName
        Where the words leave several; else empty.
    """

    clauses: tuple[FigureClause, ...]
    readings: tuple[ReadingName, ...] = ()

    def __post_init__(self) -> None:
        keys = {reading.key for reading in self.readings}
        for clause in self.clauses:
            if clause.reading and clause.reading not in keys:
                raise ParameterError(
                    "reading",
                    f"unknown reading '{clause.reading}'",
                    remedy="describe it under readings",
                )
        if not self.clauses:
            raise ParameterError("clauses", "'clauses' is empty", remedy="give at least one")


@dataclass(frozen=True)
class SharePart:
    """A region's share of a whole.

    Parameters
    ----------
    name_en, name_zh : str
        What is shared.
    quantity : str
        See `Term`.
    region : tuple of str
    year : int
    stated_percent : float
    relation : {'about', 'at_least', 'at_most'}
    whole : tuple of str
        Region of the whole.
    whole_quantity : str
        Its quantity, where it is called otherwise; '' for the same.
    whole_year : int
        Its year, where it is another; 0 for the same.
    within, margin : float
        In percentage points; see `FigureClause`.
    reading : str
    """

    name_en: str
    name_zh: str
    quantity: str
    region: tuple[str, ...]
    year: int
    stated_percent: float
    relation: str = "about"
    whole: tuple[str, ...] = ("national",)
    whole_quantity: str = ""
    whole_year: int = 0
    within: float = 0.0
    margin: float = 0.0
    reading: str = ""

    def clause(self) -> FigureClause:
        """The same as a product of two terms."""
        part = Term(
            name_en=f"{self.name_en} of the part",
            name_zh=f"部分的{self.name_zh}",
            quantity=self.quantity,
            region=self.region,
            year=self.year,
            factor=100,
        )
        whole = Term(
            name_en=f"{self.name_en} of the whole",
            name_zh=f"全部的{self.name_zh}",
            quantity=self.whole_quantity or self.quantity,
            region=self.whole,
            year=self.whole_year or self.year,
            power=-1,
        )
        return FigureClause(
            name_en=f"share of {self.name_en}",
            name_zh=f"{self.name_zh}占比",
            terms=(part, whole),
            stated=self.stated_percent,
            relation=self.relation,
            unit="%",
            within=self.within,
            margin=self.margin,
            reading=self.reading,
        )


@dataclass(frozen=True)
class ShareParameters:
    """Parameters of `share`.

    Parameters
    ----------
    parts : tuple of SharePart
    clauses : tuple of FigureClause
        Other figures of the same statement.
    readings : tuple of ReadingName
    listed : int
        How many regions the statement speaks of (other claims may refer to it); 0 if it does not
        say.
    """

    parts: tuple[SharePart, ...]
    clauses: tuple[FigureClause, ...] = ()
    readings: tuple[ReadingName, ...] = ()
    listed: int = 0


@dataclass(frozen=True)
class SumParameters:
    """Parameters of `list_sum`.

    Parameters
    ----------
    parts : tuple of Term
        What is added up.
    totals : tuple of Term
        What the sum should be: one or more figures, of the text, another claim or the facts.
    within : float
        How far off still counts as equal.
    unit : str
    """

    parts: tuple[Term, ...]
    totals: tuple[Term, ...]
    within: float = 0.0
    unit: str = ""


@dataclass(frozen=True)
class GrowthParameters:
    """Parameters of `growth_rate`.

    Parameters
    ----------
    start, end : float
        Values in the first and in the last year.
    from_year, to_year : int
    stated_percent : float
        Growth a year.
    within : float
        Half of its last digit.
    """

    start: float
    end: float
    from_year: int
    to_year: int
    stated_percent: float
    within: float

    def __post_init__(self) -> None:
        if not (self.start > 0 and self.end > 0 and self.from_year < self.to_year):
            raise ParameterError(
                "start", "growth needs values above zero and years in order", remedy="correct them"
            )


@dataclass(frozen=True)
class CountParameters:
    """Parameters of `count_above`.

    Parameters
    ----------
    quantity : str
    threshold : float
        A unit counts when it has as much.
    year : int
    region : NamedRegion
        Whose units are counted.
    fewer_than : tuple of NamedRegion
        Regions that are said to have more such units.
    """

    quantity: str
    threshold: float
    year: int
    region: tuple[NamedRegion, ...]
    fewer_than: tuple[NamedRegion, ...]

    def __post_init__(self) -> None:
        if len(self.region) != 1 or not self.fewer_than:
            raise ParameterError(
                "region", "one region and others to compare it with", remedy="give both"
            )


def ratio(claim: Claim, parameters: FigureParameters, facts: Facts) -> Verdict:
    """Check a figure, a ratio or a product against the facts."""
    readings = _readings(parameters.clauses, parameters.readings, facts)
    return settle_readings(claim, readings, definition="statistics")


def share(claim: Claim, parameters: ShareParameters, facts: Facts) -> Verdict:
    """Check a region's shares of land, people or output."""
    clauses = (*(part.clause() for part in parameters.parts), *parameters.clauses)
    readings = _readings(clauses, parameters.readings, facts)
    return settle_readings(claim, readings, definition="statistics")


def consistency(claim: Claim, parameters: FigureParameters, facts: Facts) -> Verdict:
    """Check that a statement goes together with the figures of others."""
    readings = _readings(parameters.clauses, parameters.readings, facts)
    return settle_readings(claim, readings, definition="arithmetic", wrong="inconsistent")


def magnitude(claim: Claim, parameters: FigureParameters, facts: Facts) -> Verdict:
    """Check whether a figure is possible at all: a part cannot exceed its whole."""
    readings = _readings(parameters.clauses, parameters.readings, facts)
    return settle_readings(claim, readings, definition="arithmetic", wrong="inconsistent")


def list_sum(claim: Claim, parameters: SumParameters, facts: Facts) -> Verdict:
    """Check that parts add up to the totals given."""
    p = parameters
    clauses = tuple(
        sum_clause(f"total {number}", p.parts, total, facts, within=p.within, unit=p.unit)
        for number, total in enumerate(p.totals)
    )
    reading = Reading("", Sentence("", ""), clauses)
    return settle_readings(claim, [reading], definition="arithmetic", wrong="inconsistent")


def growth_rate(claim: Claim, parameters: GrowthParameters, facts: Facts) -> Verdict:
    """Check a compound growth rate against its first and last value."""
    p = parameters
    years = p.to_year - p.from_year
    start, end = (facts.draws.rounded(n, key) for n, key in ((p.start, "start"), (p.end, "end")))
    drawn = ((end.values / start.values) ** (1 / years) - 1) * 100
    rate = ((p.end / p.start) ** (1 / years) - 1) * 100
    text = f"({figure_text(p.end)} / {figure_text(p.start)})^(1/{years}) - 1"
    clause = Clause(
        key="rate",
        name=Sentence(
            f"growth a year, {p.from_year} to {p.to_year}", f"{p.from_year}至{p.to_year}年年均增速"
        ),
        value=rate,
        relation="about",
        stated=p.stated_percent,
        working=Sentence(text, text),
        unit="%",
        within=p.within,
        drawn=Drawn(drawn, tuple(dict.fromkeys(start.keys + end.keys))),
    )
    reading = Reading("", Sentence("", ""), (clause,))
    return settle_readings(claim, [reading], definition="arithmetic", wrong="inconsistent")


def count_above(claim: Claim, parameters: CountParameters, facts: Facts) -> Verdict:
    """Check that a region has fewer units of a size than others."""
    (own,) = parameters.region
    count, names, drawn = _count(own, parameters, facts)
    clauses = []
    for other in parameters.fewer_than:
        more, _, more_drawn = _count(other, parameters, facts)
        clauses.append(
            Clause(
                key=other.name_en,
                name=Sentence(
                    f"fewer in {own.name_en} than in {other.name_en} ({figure_text(more)})",
                    f"{own.name_zh}少于{other.name_zh}（{figure_text(more)}个）",
                ),
                value=count,
                relation="at_most",
                stated=more - 1,
                working=names,
                margin_unit="cities",
                drawn=drawn,
                drawn_stated=Drawn(more_drawn.values - 1, more_drawn.keys),
            )
        )
    reading = Reading("", Sentence("", ""), tuple(clauses))
    return settle_readings(claim, [reading], definition="statistics", places=())


def _count(
    named: NamedRegion, parameters: CountParameters, facts: Facts
) -> tuple[float, Sentence, Drawn]:
    """How many units reach the threshold, which, and how many under every draw."""
    values = facts.by_unit(parameters.quantity, facts.codes(named.region), parameters.year)
    if values.notna().sum() == 0:
        return math.nan, name_of(named), Drawn.certain(math.nan)
    large = [facts.name(str(code)) for code in values.index[values >= parameters.threshold]]
    units = facts.drawn_units(parameters.quantity, named.region, parameters.year)
    reached = (units.values >= parameters.threshold).sum(axis=0).astype(np.float64)
    which = names_or_none(large)
    words = Sentence(f"{parameters.year}: {which.en}", f"{parameters.year}年：{which.zh}")
    return float(len(large)), words, Drawn(reached, units.keys)


def _readings(
    clauses: Sequence[FigureClause], names: Sequence[ReadingName], facts: Facts
) -> list[Reading]:
    """Work out each clause and sort it into its reading; those of none belong to all."""
    worked = [
        (clause.reading, [_worked(number, clause, facts)]) for number, clause in enumerate(clauses)
    ]
    return by_name(worked, names)


def _worked(number: int, form: FigureClause, facts: Facts) -> Clause:
    """A clause with its value."""
    value, working = product(form.terms, facts)
    return Clause(
        key=f"{number:02}",
        name=name_of(form),
        value=value.value,
        relation=form.relation,
        stated=form.stated,
        working=working,
        unit=form.unit,
        within=form.within,
        margin=form.margin,
        drawn=value,
    )
