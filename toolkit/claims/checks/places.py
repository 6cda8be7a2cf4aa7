"""Check kinds on where things lie: rings, neighbours, and routes before and after a link."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.readings import by_name, by_share
from toolkit.claims.checks.terms import ReadingName
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Array, Drawn
from toolkit.claims.wording import figure_text, names_or_none
from toolkit.networks.geodesy import distances_m

__all__ = [
    "AdjacencyParameters",
    "BeforeAfterParameters",
    "RingDistanceParameters",
    "Route",
    "UnitSet",
    "adjacency",
    "before_after",
    "distance_ring",
]


@dataclass(frozen=True)
class RingDistanceParameters:
    """Parameters of `distance_ring`.

    Parameters
    ----------
    centre : str
        Named place the ring is drawn round.
    places : tuple of str
        Named places that should lie in it.
    lower_km, upper_km : float
        The ring.
    required_shares : tuple of float
        Shares of the places that have to lie in it, each a reading of the text.
    margin_km : float
        A place nearer to a bound than this is borderline.
    """

    centre: str
    places: tuple[str, ...]
    lower_km: float
    upper_km: float
    required_shares: tuple[float, ...] = (1.0,)
    margin_km: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.lower_km < self.upper_km:
            raise ParameterError("upper_km", "the ring is empty", remedy="give lower below upper")


@dataclass(frozen=True)
class UnitSet:
    """Units that should hang together.

    Parameters
    ----------
    name_en, name_zh : str
    units : tuple of str
        Codes.
    crosses : bool
        Whether they should lie in more than one province.
    reading : str
    """

    name_en: str
    name_zh: str
    units: tuple[str, ...]
    crosses: bool = True
    reading: str = ""


@dataclass(frozen=True)
class AdjacencyParameters:
    """Parameters of `adjacency`.

    Parameters
    ----------
    groups : tuple of UnitSet
    readings : tuple of ReadingName
    """

    groups: tuple[UnitSet, ...]
    readings: tuple[ReadingName, ...] = ()


@dataclass(frozen=True)
class Route:
    """A way from place to place, without and with a link.

    Parameters
    ----------
    key, name_en, name_zh : str
    before, after : tuple of str
        Named places along the way.
    """

    key: str
    name_en: str
    name_zh: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class BeforeAfterParameters:
    """Parameters of `before_after`.

    Parameters
    ----------
    routes : tuple of Route
        Each a reading of the text.
    at_least_percent : float
        How much shorter the way has to become.
    margin : float
        A difference of fewer percentage points is borderline.
    """

    routes: tuple[Route, ...]
    at_least_percent: float
    margin: float = 3.0


def distance_ring(claim: Claim, parameters: RingDistanceParameters, facts: Facts) -> Verdict:
    """Check that places lie in a ring round a centre, by geodesic distance."""
    p = parameters
    ends, (start,) = facts.points(p.places), facts.points([p.centre])
    away = distances_m(start[0], start[1], ends[:, 0], ends[:, 1]) / 1000
    middle, half = (p.lower_km + p.upper_km) / 2, (p.upper_km - p.lower_km) / 2
    centre = facts.name(p.centre)
    clauses = [
        Clause(
            key=place,
            name=facts.name(place),
            value=float(km),
            relation="about",
            stated=middle,
            working=Sentence(f"distance from {centre.en}", f"距{centre.zh}"),
            unit="km",
            within=half,
            margin=p.margin_km,
            drawn=facts.draws.shifted(float(km), "place_km", place),
        )
        for place, km in zip(p.places, away, strict=True)
    ]
    ring = f"{figure_text(p.lower_km)}-{figure_text(p.upper_km, 'km')}"
    readings = by_share(
        clauses,
        p.required_shares,
        lambda share: Sentence(f"{share} of the places at {ring}", f"{share}的地点在{ring}"),
    )
    inside = sum(p.lower_km <= km <= p.upper_km for km in away)
    note = Sentence(
        f"{inside} of {len(clauses)} places lie at {ring}.",
        f"{len(clauses)}处中{inside}处位于{ring}。",
    )
    return settle_readings(claim, readings, definition="distance", notes=[note])


def adjacency(claim: Claim, parameters: AdjacencyParameters, facts: Facts) -> Verdict:
    """Check that the units of each group hang together, and across provinces where said."""
    worked = [(group.reading, _together(group, facts)) for group in parameters.groups]
    readings = by_name(worked, parameters.readings)
    return settle_readings(claim, readings, definition="boundaries")


def before_after(claim: Claim, parameters: BeforeAfterParameters, facts: Facts) -> Verdict:
    """Check that a link shortens ways by a share; free flow, the same speed on both ways."""
    readings = []
    for route in parameters.routes:
        drawn = [_drawn_length_km(stops, facts) for stops in (route.before, route.after)]
        before, after = (float(legs[0]) for legs in drawn)
        clause = Clause(
            key=route.key,
            name=Sentence(f"{route.name_en} becomes shorter", f"{route.name_zh}缩短"),
            value=(1 - after / before) * 100,
            drawn=Drawn((1 - drawn[1] / drawn[0]) * 100, ("route_detour",)),
            relation="at_least",
            stated=parameters.at_least_percent,
            working=Sentence(
                f"1 - {figure_text(after, 'km')} with / {figure_text(before, 'km')} without it",
                f"1 - 有通道{figure_text(after, 'km')} / 无通道{figure_text(before, 'km')}",
            ),
            unit="%",
            margin=parameters.margin,
        )
        readings.append(Reading(route.key, Sentence(route.name_en, route.name_zh), (clause,)))
    return settle_readings(claim, readings, definition="route")


def _drawn_length_km(stops: Sequence[str], facts: Facts) -> Array:
    """Length of the straight legs between places, and with detours drawn leg by leg."""
    points = facts.points(stops)
    legs = distances_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]) / 1000
    names = [f"{one} {other}" for one, other in itertools.pairwise(stops)]
    detours = facts.draws.table("route_detour", names)
    detours = detours / facts.draws.uncertainties["route_detour"].mode
    lengths: Array = legs @ detours
    return lengths


def _together(group: UnitSet, facts: Facts) -> list[Clause]:
    """Number of separate pieces, and of provinces, of a group."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(group.units)
    graph.add_edges_from(_touching(group.units, facts))
    known = facts.boundaries is not None or set(group.units) <= {
        *facts.neighbours["adcode_a"],
        *facts.neighbours["adcode_b"],
    }
    pairs = names_or_none(facts.pair_name(a, b) for a, b in graph.edges)
    working = Sentence(f"borders {pairs.en}; pieces", f"接壤：{pairs.zh}；块数")
    pieces = Clause(
        key=f"{group.name_en} pieces",
        name=Sentence(f"{group.name_en} in one piece", f"{group.name_zh}连成一片"),
        value=float(nx.number_connected_components(graph)) if known else math.nan,
        relation="about",
        stated=1.0,
        working=working,
    )
    if not group.crosses:
        return [pieces]
    provinces = sorted({unit[:2] for unit in group.units})
    across = Clause(
        key=f"{group.name_en} provinces",
        name=Sentence(f"{group.name_en} across provinces", f"{group.name_zh}跨省"),
        value=float(len(provinces)),
        relation="at_least",
        stated=2.0,
        working=Sentence(f"provinces {', '.join(provinces)}", f"省份{'、'.join(provinces)}"),
    )
    return [pieces, across]


def _touching(units: Sequence[str], facts: Facts) -> list[tuple[str, str]]:
    """Pairs of units with a common border: by the polygons where given, else by the table."""
    pairs = list(itertools.combinations(units, 2))
    if facts.boundaries is not None and set(units) <= set(facts.boundaries.index):
        shapes = facts.boundaries.geometry
        # Outlines are generalised one by one, so neighbours may be some 100 m apart.
        return [(a, b) for a, b in pairs if shapes[a].distance(shapes[b]) < 0.002]
    table = facts.neighbours
    known = {frozenset(pair) for pair in zip(table["adcode_a"], table["adcode_b"], strict=True)}
    return [pair for pair in pairs if frozenset(pair) in known]
