"""The kinds of checks that can settle a claim: one function each, named in the claim's file.

A new kind is a dataclass of parameters, a function ``(claim, parameters, inputs) -> Verdict`` and
a line in `KINDS`. Checks read tables only, never files.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from toolkit.claims.checks.coverage import CoverageParameters, service_coverage
from toolkit.claims.checks.inputs import CheckInputs
from toolkit.claims.checks.interval import CitySet, IntervalParameters, travel_time_interval
from toolkit.claims.checks.parameters import ParameterError, nearest, read_parameters
from toolkit.claims.checks.reach import ReachParameters, reach_with_exceptions
from toolkit.claims.model import CheckSpec, Claim, Verdict
from toolkit.errors import ClaimError

__all__ = [
    "KINDS",
    "CheckInputs",
    "CheckKind",
    "CitySet",
    "CoverageParameters",
    "IntervalParameters",
    "ReachParameters",
    "check_claim",
    "check_claims",
    "reach_with_exceptions",
    "read_check",
    "service_coverage",
    "travel_time_interval",
]


@dataclass(frozen=True)
class CheckKind:
    """A kind of check: the form of its parameters and the function that runs it."""

    parameters: type[Any]
    run: Callable[[Claim, Any, CheckInputs], Verdict]


KINDS: Mapping[str, CheckKind] = MappingProxyType(
    {
        "reach_with_exceptions": CheckKind(ReachParameters, reach_with_exceptions),
        "service_coverage": CheckKind(CoverageParameters, service_coverage),
        "travel_time_interval": CheckKind(IntervalParameters, travel_time_interval),
    }
)


def check_claim(claim: Claim, inputs: CheckInputs) -> Verdict:
    """Check one claim against the facts of its cluster.

    Parameters
    ----------
    claim : Claim
    inputs : CheckInputs

    Returns
    -------
    Verdict

    Raises
    ------
    ClaimError
        When the claim speaks of another cluster, or its check is not well formed.
    """
    if claim.geography != inputs.cluster.slug:
        raise ClaimError(
            f"claim {claim.id} speaks of {claim.geography}, not of {inputs.cluster.slug}",
            remedy="give the facts of that cluster",
        )
    try:
        parameters = read_check(claim.check)
    except ParameterError as mistake:
        raise ClaimError(f"claim {claim.id}: {mistake.problem}", remedy=mistake.remedy) from mistake
    return KINDS[claim.check.kind].run(claim, parameters, inputs)


def check_claims(claims: Iterable[Claim], inputs: CheckInputs) -> tuple[Verdict, ...]:
    """Check the claims that speak of the cluster, in their order; others are passed over."""
    slug = inputs.cluster.slug
    return tuple(check_claim(claim, inputs) for claim in claims if claim.geography == slug)


def read_check(check: CheckSpec) -> object:
    """Read the parameters of a check into the form of its kind.

    Raises
    ------
    ParameterError
        For an unknown kind or parameters that do not fit it.
    """
    if check.kind not in KINDS:
        raise ParameterError(
            "kind",
            f"unknown check kind '{check.kind}'",
            remedy=nearest(check.kind, KINDS, "check kind"),
        )
    return read_parameters(KINDS[check.kind].parameters, check.parameters)
