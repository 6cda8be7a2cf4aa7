"""Where people live: population counts on a grid, from WorldPop, GHS-POP, or a model.

WorldPop (Tatem 2017, doi:10.1038/sdata.2017.4; CC BY 4.0) and GHS-POP (Schiavina et al. 2023,
doi:10.2905/2FF68A52-5B5B-4A22-8F40-C41DA8332CFE; CC BY 4.0) give people per cell. Such counts are
moved and summed as wholes here, never interpolated, so that sums are preserved.
"""

from toolkit.sources.population.grid import Bounds, PopulationGrid, read_population
from toolkit.sources.population.model import SpreadModel, modelled_population
from toolkit.sources.population.published import (
    GHS_POP_YEARS,
    WORLDPOP_YEARS,
    ghs_pop,
    ghs_pop_url,
    worldpop,
    worldpop_url,
)

__all__ = [
    "GHS_POP_YEARS",
    "WORLDPOP_YEARS",
    "Bounds",
    "PopulationGrid",
    "SpreadModel",
    "ghs_pop",
    "ghs_pop_url",
    "modelled_population",
    "read_population",
    "worldpop",
    "worldpop_url",
]
