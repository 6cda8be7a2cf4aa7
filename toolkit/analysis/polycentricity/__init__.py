"""Is a cluster one city with suburbs, or many? By the sizes of places and by the links between."""

from toolkit.analysis.polycentricity.communities import (
    Communities,
    adjusted_rand_index,
    agreement_with_plan,
    leiden_communities,
    normalised_mutual_information,
)
from toolkit.analysis.polycentricity.evenness import entropy, evenness, gini
from toolkit.analysis.polycentricity.functional import (
    FunctionalPolycentricity,
    centralities,
    functional_polycentricity,
    general_functional_polycentricity,
    strengths,
    top_link_share,
)
from toolkit.analysis.polycentricity.interaction import (
    dominance,
    interaction_entropy,
    link_symmetry,
    node_symmetry,
    relative_strength,
)
from toolkit.analysis.polycentricity.links import gravity_links, path_flows, train_links
from toolkit.analysis.polycentricity.morphological import morphological_polycentricity, stepwise
from toolkit.analysis.polycentricity.null_model import InternalLinks, internal_links
from toolkit.analysis.polycentricity.rank_size import (
    RankSizeFit,
    mean_rank_size_slope,
    primacy,
    rank_size_fit,
    rank_size_slope,
)

__all__ = [
    "Communities",
    "FunctionalPolycentricity",
    "InternalLinks",
    "RankSizeFit",
    "adjusted_rand_index",
    "agreement_with_plan",
    "centralities",
    "dominance",
    "entropy",
    "evenness",
    "functional_polycentricity",
    "general_functional_polycentricity",
    "gini",
    "gravity_links",
    "interaction_entropy",
    "internal_links",
    "leiden_communities",
    "link_symmetry",
    "mean_rank_size_slope",
    "morphological_polycentricity",
    "node_symmetry",
    "normalised_mutual_information",
    "path_flows",
    "primacy",
    "rank_size_fit",
    "rank_size_slope",
    "relative_strength",
    "stepwise",
    "strengths",
    "top_link_share",
    "train_links",
]
