"""From sums over shortest paths to named measures: formulas, normalisations, bound of a sample."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from toolkit.analysis.kernels.distance_terms import CLOSE, FURTHEST, GRAVITY, REACH, STRAIGHT, TIME
from toolkit.errors import NetworkError

__all__ = [
    "MEASURES",
    "Measure",
    "Normalisation",
    "distance_measure",
    "drawn_origins",
    "error_bound",
    "in_units",
    "mean_over_origins",
    "pairs_of",
    "ratio",
]

Measure = Literal[
    "betweenness",
    "closeness",
    "harmonic",
    "straightness",
    "farness",
    "mean_distance",
    "eccentricity",
    "reach",
    "gravity",
]
Normalisation = Literal["porta", "networkx"]
Floats = npt.NDArray[np.float64]

MEASURES: tuple[Measure, ...] = get_args(Measure)


def drawn_origins(origin: Floats, sample: int | None, seed: int) -> tuple[Floats, float]:
    """Origins to use, and what to multiply sums over them by."""
    candidates = np.flatnonzero(origin > 0)
    if sample is None or sample >= len(candidates):
        return origin, 1.0
    if sample < 1:
        raise NetworkError(f"a sample of {sample} origins", remedy="draw one or more")
    chosen = np.random.default_rng(seed).choice(candidates, size=sample, replace=False)
    drawn = np.zeros_like(origin)
    drawn[chosen] = origin[chosen]
    return drawn, len(candidates) / sample


def pairs_of(
    origin: Floats, destination: Floats, normalisation: Normalisation | None
) -> tuple[float, float]:
    """What betweenness of nodes and of edges is divided by."""
    if normalisation is None:
        return 1.0, 1.0
    count = len(origin)
    everyone = bool((origin == 1.0).all() and (destination == 1.0).all())
    every_pair = float(origin.sum() * destination.sum() - origin @ destination)
    between = float((count - 1) * (count - 2)) if everyone else every_pair
    edge_pairs = every_pair if normalisation == "networkx" else between
    return max(between, 1.0), max(edge_pairs, 1.0)


def error_bound(
    origin: Floats, destination: Floats, drawn: Floats, confidence: float, pairs: float
) -> dict[str, float]:
    r"""Hoeffding's bound on the error of a sampled betweenness, for all nodes at once.

    One origin adds between 0 and B = max(o) * sum(q) to a node. The mean of k of them drawn without
    replacement (Hoeffding 1963, section 6) is within B sqrt(ln(2 N / (1 - p)) / 2 k) of the true
    mean at each of N nodes with probability p.
    """
    size, candidates = np.count_nonzero(drawn), np.count_nonzero(origin)
    largest = float(origin.max() * destination.sum())
    deviation = np.sqrt(np.log(2 * len(origin) / (1 - confidence)) / (2 * size))
    return {
        "sample": int(size),
        "confidence": confidence,
        "betweenness_error": float(largest * candidates * deviation / pairs),
    }


def ratio(part: Floats, whole: Floats) -> Floats:
    """Quotient, 0 where there is nothing to divide by; NaN stays."""
    return np.divide(part, whole, out=np.where(np.isnan(part), np.nan, 0.0), where=whole > 0)


def mean_over_origins(values: Floats, weights: Floats) -> float:
    """Mean over the origins, by their demand."""
    there = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[there], weights=weights[there])) if there.any() else 0.0


def in_units(sums: Floats, per_unit: int) -> Floats:
    """Sums of distances in the unit of the weight."""
    factor = np.ones((len(sums), 1))
    factor[[TIME, FURTHEST]] = 1 / per_unit
    factor[[CLOSE, STRAIGHT]] = per_unit
    return sums * factor


def distance_measure(
    measure: Measure, sums: Floats, mean_over: Floats, normalisation: Normalisation | None
) -> Floats:
    """A distance measure from the sums."""
    reach, time, close, straight = sums[REACH], sums[TIME], sums[CLOSE], sums[STRAIGHT]
    values: dict[str, Floats] = {
        "closeness": ratio(reach, time) * ratio(reach, mean_over),
        "harmonic": ratio(close, mean_over) if normalisation == "porta" else close,
        "straightness": straight if normalisation is None else ratio(straight, mean_over),
        "farness": time,
        "mean_distance": ratio(time, reach),
        "eccentricity": sums[FURTHEST],
        "reach": reach,
        "gravity": sums[GRAVITY],
    }
    if measure == "closeness" and normalisation is None:
        return ratio(np.where(np.isnan(time), np.nan, 1.0), time)
    return values[measure]
