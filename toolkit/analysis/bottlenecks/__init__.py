"""Bottlenecks: where routes narrow, what cannot be spared, how much a network can lose."""

from toolkit.analysis.bottlenecks.narrowings import narrowings
from toolkit.analysis.bottlenecks.robustness import (
    STRATEGIES,
    Strategy,
    Target,
    robustness_curve,
    robustness_index,
)
from toolkit.analysis.bottlenecks.vital_edges import replacement_paths, vital_edges
from toolkit.analysis.bottlenecks.vital_nodes import vital_nodes

__all__ = [
    "STRATEGIES",
    "Strategy",
    "Target",
    "narrowings",
    "replacement_paths",
    "robustness_curve",
    "robustness_index",
    "vital_edges",
    "vital_nodes",
]
