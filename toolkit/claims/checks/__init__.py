"""The kinds of checks that can settle a claim: one function each, named in the claim's file.

A new kind is a dataclass of parameters, a function ``(claim, parameters, inputs) -> Verdict`` and
a line in `KINDS`. Kinds that need a cluster's travel times read `CheckInputs`, the others `Facts`.
Checks read tables only, never files.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from toolkit.claims.checks.circles import (
    CircleCoverageParameters,
    CircleReachParameters,
    ListedParameters,
    NestingParameters,
    circle_coverage,
    circle_nesting,
    circle_reach,
    listed_members,
)
from toolkit.claims.checks.corridors import CorridorParameters, corridor_share
from toolkit.claims.checks.coverage import CoverageParameters, service_coverage
from toolkit.claims.checks.figures import (
    CountParameters,
    FigureParameters,
    GrowthParameters,
    ShareParameters,
    SumParameters,
    consistency,
    count_above,
    growth_rate,
    list_sum,
    magnitude,
    ratio,
    share,
)
from toolkit.claims.checks.groups import (
    GroupParameters,
    RankParameters,
    group_order,
    rank_agreement,
)
from toolkit.claims.checks.inputs import CheckInputs
from toolkit.claims.checks.interval import CitySet, IntervalParameters, travel_time_interval
from toolkit.claims.checks.parameters import ParameterError, nearest, read_parameters
from toolkit.claims.checks.places import (
    AdjacencyParameters,
    BeforeAfterParameters,
    RingDistanceParameters,
    adjacency,
    before_after,
    distance_ring,
)
from toolkit.claims.checks.reach import ReachParameters, reach_with_exceptions
from toolkit.claims.checks.rings import RingParameters, ring_growth
from toolkit.claims.checks.series import SeriesParameters, series_peak
from toolkit.claims.checks.size_classes import (
    SizeMovesParameters,
    SizeParameters,
    size_class,
    size_moves,
)
from toolkit.claims.checks.trains import (
    BorderParameters,
    ConnectivityParameters,
    TrainCountParameters,
    TrainTimesParameters,
    border_effect,
    connectivity,
    train_count,
    train_times,
)
from toolkit.claims.checks.trends import TrendParameters, trend
from toolkit.claims.checks.unchecked import UncheckedParameters, unchecked
from toolkit.claims.facts import Facts, embedded_facts
from toolkit.claims.model import CheckSpec, Claim, Verdict
from toolkit.errors import ClaimError

__all__ = [
    "KINDS",
    "NATIONAL",
    "CheckInputs",
    "CheckKind",
    "CitySet",
    "CoverageParameters",
    "IntervalParameters",
    "ReachParameters",
    "check_claim",
    "check_claims",
    "check_national",
    "reach_with_exceptions",
    "read_check",
    "service_coverage",
    "travel_time_interval",
]

NATIONAL = "national"
"""Geography of a claim that no single cluster can settle."""


@dataclass(frozen=True)
class CheckKind:
    """A kind of check: the form of its parameters and the function that runs it.

    Parameters
    ----------
    parameters : type
        Frozen dataclass, which validates itself.
    run : callable
        ``(claim, parameters, inputs)``, or ``(claim, parameters, facts)`` where `national`.
    national : bool
        Whether it reads facts alone, so that a claim need not speak of a cluster.
    """

    parameters: type[Any]
    run: Callable[[Claim, Any, Any], Verdict]
    national: bool = True


KINDS: Mapping[str, CheckKind] = MappingProxyType(
    {
        "reach_with_exceptions": CheckKind(ReachParameters, reach_with_exceptions, national=False),
        "service_coverage": CheckKind(CoverageParameters, service_coverage, national=False),
        "travel_time_interval": CheckKind(IntervalParameters, travel_time_interval, national=False),
        "train_times": CheckKind(TrainTimesParameters, train_times),
        "train_count": CheckKind(TrainCountParameters, train_count),
        "connectivity": CheckKind(ConnectivityParameters, connectivity),
        "border_effect": CheckKind(BorderParameters, border_effect),
        "corridor_share": CheckKind(CorridorParameters, corridor_share),
        "circle_reach": CheckKind(CircleReachParameters, circle_reach),
        "circle_nesting": CheckKind(NestingParameters, circle_nesting),
        "circle_coverage": CheckKind(CircleCoverageParameters, circle_coverage),
        "listed_members": CheckKind(ListedParameters, listed_members),
        "share": CheckKind(ShareParameters, share),
        "ratio": CheckKind(FigureParameters, ratio),
        "count_above": CheckKind(CountParameters, count_above),
        "trend": CheckKind(TrendParameters, trend),
        "series_peak": CheckKind(SeriesParameters, series_peak),
        "ring_growth": CheckKind(RingParameters, ring_growth),
        "group_order": CheckKind(GroupParameters, group_order),
        "rank_agreement": CheckKind(RankParameters, rank_agreement),
        "size_class": CheckKind(SizeParameters, size_class),
        "size_moves": CheckKind(SizeMovesParameters, size_moves),
        "list_sum": CheckKind(SumParameters, list_sum),
        "growth_rate": CheckKind(GrowthParameters, growth_rate),
        "consistency": CheckKind(FigureParameters, consistency),
        "magnitude": CheckKind(FigureParameters, magnitude),
        "distance_ring": CheckKind(RingDistanceParameters, distance_ring),
        "adjacency": CheckKind(AdjacencyParameters, adjacency),
        "before_after": CheckKind(BeforeAfterParameters, before_after),
        "not_checkable": CheckKind(UncheckedParameters, unchecked),
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
        Where the check names no places, its places are the members of the cluster.

    Raises
    ------
    ClaimError
        When the claim speaks of another cluster, or its check is not well formed.
    """
    if inputs.cluster.slug not in claim.geographies:
        raise ClaimError(
            f"claim {claim.id} speaks of {', '.join(claim.geographies)}, not of "
            f"{inputs.cluster.slug}",
            remedy="give the facts of that cluster",
        )
    parameters = _parameters(claim)
    kind = KINDS[claim.check.kind]
    if not kind.national:
        return kind.run(claim, parameters, inputs)
    verdict = kind.run(claim, parameters, inputs.facts or embedded_facts())
    return verdict if verdict.places else replace(verdict, places=inputs.members)


def check_claims(claims: Iterable[Claim], inputs: CheckInputs) -> tuple[Verdict, ...]:
    """Check the claims that speak of the cluster, in their order; others are passed over."""
    slug = inputs.cluster.slug
    return tuple(check_claim(claim, inputs) for claim in claims if slug in claim.geographies)


def check_national(claims: Iterable[Claim], facts: Facts | None = None) -> tuple[Verdict, ...]:
    """Check the claims that need no run of a cluster, in their order; others are passed over.

    Parameters
    ----------
    claims : iterable of Claim
        Those whose kind of check reads facts alone are checked, whatever they speak of.
    facts : Facts, optional
        The embedded ones by default.

    Returns
    -------
    tuple of Verdict
        Their places are empty: they have no polygon of their own.

    Examples
    --------
    >>> from toolkit.claims import find_claim, load_claims
    >>> (verdict,) = check_national([find_claim(load_claims(), "C2")])
    >>> verdict.outcome
    'inconsistent'
    """
    known = facts or embedded_facts()
    read = [(claim, _parameters(claim), KINDS[claim.check.kind]) for claim in claims]
    return tuple(kind.run(claim, form, known) for claim, form, kind in read if kind.national)


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


def _parameters(claim: Claim) -> object:
    """Parameters of a claim's check, read into the form of its kind."""
    try:
        return read_check(claim.check)
    except ParameterError as mistake:
        raise ClaimError(f"claim {claim.id}: {mistake.problem}", remedy=mistake.remedy) from mistake
