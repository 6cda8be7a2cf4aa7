"""Borders: where they run, what crosses them, what they cost and which links are missing."""

from toolkit.analysis.borders.crossings import (
    ROAD_CLASSES,
    crossings,
    permeability,
    road_class,
)
from toolkit.analysis.borders.dead_ends import (
    PlaceboTest,
    dead_end_rates,
    dead_ends,
    placebo_test,
)
from toolkit.analysis.borders.lines import (
    grouped_borders,
    placebo_lines,
    seamless_areas,
    shared_borders,
)

__all__ = [
    "ROAD_CLASSES",
    "PlaceboTest",
    "crossings",
    "dead_end_rates",
    "dead_ends",
    "grouped_borders",
    "permeability",
    "placebo_lines",
    "placebo_test",
    "road_class",
    "seamless_areas",
    "shared_borders",
]
