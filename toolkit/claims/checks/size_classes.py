"""Check kinds on the size classes of cities (State Council, Guofa 2014 no. 51).

Five classes by residents of the urban area, two of them in two tiers; lower bounds are inclusive.
"""

import math
from dataclasses import dataclass

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError, nearest
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict

__all__ = [
    "TIERS",
    "SizeMove",
    "SizeMovesParameters",
    "SizeParameters",
    "size_class",
    "size_moves",
    "tier_of",
]

TIERS: dict[str, tuple[float, float]] = {
    "small II": (0.0, 20.0),
    "small I": (20.0, 50.0),
    "medium": (50.0, 100.0),
    "large II": (100.0, 300.0),
    "large I": (300.0, 500.0),
    "very large": (500.0, 1000.0),
    "super large": (1000.0, math.inf),
}
"""Tiers from the smallest up: residents of the urban area in 10^4, from inclusive, to exclusive."""

_CHINESE = {
    "small II": "II型小城市",
    "small I": "I型小城市",
    "medium": "中等城市",
    "large II": "II型大城市",
    "large I": "I型大城市",
    "very large": "特大城市",
    "super large": "超大城市",
}
_CLASSES = {tier: tier.removesuffix(" II").removesuffix(" I") for tier in TIERS}


@dataclass(frozen=True)
class SizeMove:
    """A city that is said to have moved from one tier to another.

    Parameters
    ----------
    name_en, name_zh : str
        The city.
    from_tier, to_tier : str
        Keys of `TIERS`.
    from_1e4, to_1e4 : float
        Its residents then and now; leave out where the text gives none.
    """

    name_en: str
    name_zh: str
    from_tier: str
    to_tier: str
    from_1e4: float = math.nan
    to_1e4: float = math.nan

    def __post_init__(self) -> None:
        for key, tier in (("from_tier", self.from_tier), ("to_tier", self.to_tier)):
            if tier not in TIERS:
                raise ParameterError(
                    key, f"unknown tier '{tier}'", remedy=nearest(tier, TIERS, "tier")
                )


@dataclass(frozen=True)
class SizeParameters:
    """Parameters of `size_class`.

    Parameters
    ----------
    cities : tuple of SizeMove
    needs_en, needs_zh : str
        Where residents are missing: the data that would be needed.
    """

    cities: tuple[SizeMove, ...]
    needs_en: str = ""
    needs_zh: str = ""


@dataclass(frozen=True)
class SizeMovesParameters:
    """Parameters of `size_moves`.

    Parameters
    ----------
    statements : tuple of str
        Claims of kind `size_class` whose cities are counted.
    stated : int
        How many are said to have moved up.
    """

    statements: tuple[str, ...]
    stated: int


def tier_of(residents_1e4: float) -> str:
    """Tier of a city by the residents of its urban area.

    Examples
    --------
    >>> [tier_of(n) for n in (19.9, 20, 89.56, 106.55, 349.41, 642.91, 1160.07)]
    ['small II', 'small I', 'medium', 'large II', 'large I', 'very large', 'super large']
    """
    return next(tier for tier, (low, high) in TIERS.items() if low <= residents_1e4 < high)


def size_class(claim: Claim, parameters: SizeParameters, facts: Facts) -> Verdict:  # noqa: ARG001 (one form for all)
    """Check that the residents a text gives belong to the tiers it names."""
    clauses = []
    for city in parameters.cities:
        moments = ((city.from_tier, city.from_1e4, "then"), (city.to_tier, city.to_1e4, "now"))
        for tier, residents, when in moments:
            clauses.extend(_bounds(city, tier, residents, when))
    reading = Reading("", Sentence("", ""), tuple(clauses))
    notes = [Sentence(parameters.needs_en, parameters.needs_zh)] if parameters.needs_en else []
    return settle_readings(
        claim, [reading], definition="arithmetic", wrong="inconsistent", notes=notes
    )


def size_moves(claim: Claim, parameters: SizeMovesParameters, facts: Facts) -> Verdict:
    """Count the cities that other statements move up, by tier and by class."""
    rank = list(TIERS)
    moves = [
        (str(city["name_en"]), str(city["name_zh"]), str(city["from_tier"]), str(city["to_tier"]))
        for other in facts.claims
        if other.id in parameters.statements
        for city in _cities(other)
    ]
    up = [move for move in moves if rank.index(move[3]) > rank.index(move[2])]
    across = [move for move in up if _CLASSES[move[3]] != _CLASSES[move[2]]]
    readings = []
    for key, name, found in (
        ("tiers", Sentence("counted by the seven tiers", "按七档计"), up),
        ("classes", Sentence("counted by the five classes", "按五类计"), across),
    ):
        clause = Clause(
            key=key,
            name=Sentence("cities that moved up", "规模等级上升的城市数"),
            value=float(len(found)) if moves else math.nan,
            relation="about",
            stated=float(parameters.stated),
            working=Sentence(
                f"{', '.join(move[0] for move in found)} ({', '.join(parameters.statements)})",
                f"{'、'.join(move[1] for move in found)}（{'、'.join(parameters.statements)}）",
            ),
            margin_unit="cities",
        )
        readings.append(Reading(key, name, (clause,)))
    return settle_readings(claim, readings, definition="arithmetic", wrong="inconsistent")


def _bounds(city: SizeMove, tier: str, residents: float, when: str) -> list[Clause]:
    """The residents against the lower and the upper bound of a tier."""
    low, high = TIERS[tier]
    word = {"then": "原", "now": "现"}[when]
    clauses = [
        Clause(
            key=f"{city.name_en} {when}, from",
            name=Sentence(
                f"{city.name_en} {when} {tier}", f"{city.name_zh}{word}为{_CHINESE[tier]}"
            ),
            value=residents,
            relation="at_least",
            stated=low,
            working=Sentence("residents of the urban area, ten thousand", "城区人口（万人）"),
            margin_unit="ten thousand residents",
        )
    ]
    if math.isfinite(high):
        clauses.append(
            Clause(
                key=f"{city.name_en} {when}, below",
                name=clauses[0].name,
                value=residents,
                relation="at_most",
                # The upper bound itself belongs to the next tier.
                stated=math.nextafter(high, 0),
                working=clauses[0].working,
                margin_unit=clauses[0].margin_unit,
            )
        )
    return [clause for clause in clauses if clause.stated > 0]


def _cities(claim: Claim) -> list[dict[str, object]]:
    """Cities among the parameters of a claim of kind `size_class`."""
    cities = claim.check.parameters.get("cities", [])
    return list(cities) if isinstance(cities, list | tuple) else []
