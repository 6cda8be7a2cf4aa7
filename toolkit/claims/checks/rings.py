"""Check kind `ring_growth`: growth falls off with distance from the cores."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.facts import Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn
from toolkit.claims.wording import figure_text
from toolkit.networks.geodesy import distances_m

__all__ = ["RingParameters", "ring_growth"]


@dataclass(frozen=True)
class RingParameters:
    """Parameters of `ring_growth`.

    Parameters
    ----------
    region : tuple of str
    cores : tuple of str
        Codes the distance is taken from, the nearest counting; they are in no ring.
    bounds_km : tuple of float
        Outer bounds of the rings, from the inside out.
    quantity : str
    from_year, to_year : int
    margin : float
        A smaller difference in growth is borderline, in percentage points.
    """

    region: tuple[str, ...]
    cores: tuple[str, ...]
    bounds_km: tuple[float, ...]
    from_year: int
    to_year: int
    quantity: str = "residents_1e4"
    margin: float = 0.5


def ring_growth(claim: Claim, parameters: RingParameters, facts: Facts) -> Verdict:
    """Check that growth falls off from ring to ring round the cores."""
    p = parameters
    codes = [code for code in facts.codes(p.region) if code not in p.cores]
    points, cores = facts.points(codes), facts.points(p.cores)
    away = distances_m(points[:, None, 0], points[:, None, 1], cores[:, 0], cores[:, 1])
    nearest_km = away.min(axis=1) / 1000
    rings = np.searchsorted(np.array(p.bounds_km), nearest_km)
    start, end = (facts.drawn_units(p.quantity, codes, year) for year in (p.from_year, p.to_year))
    known = ~np.isnan(start.values[:, 0]) & ~np.isnan(end.values[:, 0])
    growths = [_growth(start, end, known & (rings == ring)) for ring in range(len(p.bounds_km))]
    clauses = []
    for ring, (within, beyond) in enumerate(pairwise(growths)):
        inner, outer = within.value, beyond.value
        span = f"{figure_text(p.bounds_km[ring], 'km')}"
        clauses.append(
            Clause(
                key=f"ring {ring}",
                name=Sentence(
                    f"growth inside {span} over the next ring", f"{span}以内增速高于外环"
                ),
                value=inner if not math.isnan(outer) else math.nan,
                relation="at_least",
                stated=outer,
                working=Sentence(
                    f"{p.from_year} to {p.to_year}, in the ring to "
                    f"{figure_text(p.bounds_km[ring + 1], 'km')} {figure_text(outer, '%')}",
                    f"{p.from_year}至{p.to_year}年，外环（至"
                    f"{figure_text(p.bounds_km[ring + 1], 'km')}）{figure_text(outer, '%')}",
                ),
                joint=Sentence(", inside ", "，内环"),
                unit="%",
                margin=p.margin,
                drawn=within,
                drawn_stated=beyond,
            )
        )
    reading = Reading("", Sentence("", ""), tuple(clauses))
    return settle_readings(claim, [reading], definition="statistics")


def _growth(start: Drawn, end: Drawn, chosen: npt.NDArray[np.bool_]) -> Drawn:
    """Growth of the chosen units together, in percent; NaN without any."""
    if not chosen.any():
        return Drawn.certain(math.nan)
    growth = (end.values[chosen].sum(axis=0) / start.values[chosen].sum(axis=0) - 1) * 100
    return Drawn(growth, start.keys)
