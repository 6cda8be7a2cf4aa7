"""The readings of a statement: its clauses, sorted by what the words leave open."""

from collections.abc import Callable, Iterable, Sequence

from toolkit.claims.checks.clauses import Clause, Reading
from toolkit.claims.checks.terms import ReadingName, name_of
from toolkit.claims.model import Sentence

__all__ = ["by_name", "by_share"]


def by_name(
    worked: Iterable[tuple[str, Sequence[Clause]]],
    names: Sequence[ReadingName],
    *,
    required_share: float = 1.0,
) -> list[Reading]:
    """Sort clauses into the readings they belong to; those of none belong to all.

    Parameters
    ----------
    worked : iterable of (str, sequence of Clause)
        Key of a reading, or '' for all, and its clauses.
    names : sequence of ReadingName
        In the order of the claim; without any there is one reading.
    required_share : float, default 1.0
        Share of the clauses of each that have to hold.
    """
    kept = list(worked)
    return [
        Reading(
            name.key,
            name_of(name),
            tuple(clause for key, some in kept if key in {"", name.key} for clause in some),
            name.fits,
            required_share,
        )
        for name in names or (ReadingName("", "", ""),)
    ]


def by_share(
    clauses: Sequence[Clause], shares: Iterable[float], words: Callable[[str], Sentence]
) -> list[Reading]:
    """The same clauses, read as so many of them that have to hold.

    Parameters
    ----------
    clauses : sequence of Clause
    shares : iterable of float
        From 0 to 1, each a reading.
    words : callable
        Name of a reading from its share in percent.
    """
    return [
        Reading(f"{share:.0%}", words(f"{share:.0%}"), tuple(clauses), required_share=share)
        for share in shares
    ]
