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
from toolkit.analysis.borders.detours import (
    BorderCost,
    border_cost,
    border_detours,
    nodes_beside,
    parallel_sides,
)
from toolkit.analysis.borders.discontinuity import (
    Discontinuity,
    cells_beside,
    density_profile,
    discontinuity,
)
from toolkit.analysis.borders.lines import (
    grouped_borders,
    placebo_lines,
    placebo_room,
    seamless_areas,
    shared_borders,
)
from toolkit.analysis.borders.missing_links import best_links, candidate_links, savings
from toolkit.analysis.borders.seams import facing_ends
from toolkit.analysis.borders.zones import zone_adjacency

__all__ = [
    "ROAD_CLASSES",
    "BorderCost",
    "Discontinuity",
    "PlaceboTest",
    "best_links",
    "border_cost",
    "border_detours",
    "candidate_links",
    "cells_beside",
    "crossings",
    "dead_end_rates",
    "dead_ends",
    "density_profile",
    "discontinuity",
    "facing_ends",
    "grouped_borders",
    "nodes_beside",
    "parallel_sides",
    "permeability",
    "placebo_lines",
    "placebo_room",
    "placebo_test",
    "road_class",
    "savings",
    "seamless_areas",
    "shared_borders",
    "zone_adjacency",
]
