"""Check kind `not_checkable`: a statement is kept, with the data that would be needed."""

from dataclasses import dataclass

from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.facts import Facts
from toolkit.claims.judgement import not_checkable
from toolkit.claims.model import Claim, Sentence, Verdict

__all__ = ["UncheckedParameters", "unchecked"]


@dataclass(frozen=True)
class UncheckedParameters:
    """Parameters of `not_checkable`.

    Parameters
    ----------
    reason_en, reason_zh : str
        Which data would be needed, and why those at hand cannot stand in for them.
    """

    reason_en: str
    reason_zh: str

    def __post_init__(self) -> None:
        if not (self.reason_en.strip() and self.reason_zh.strip()):
            raise ParameterError(
                "reason_en", "the reason is empty", remedy="name the data that would be needed"
            )


def unchecked(claim: Claim, parameters: UncheckedParameters, facts: Facts) -> Verdict:  # noqa: ARG001 (one form for all)
    """Say which data a statement would need."""
    return not_checkable(claim, [Sentence(parameters.reason_en, parameters.reason_zh)])
