"""What centrality is asked for, and how it is answered on a prepared network.

Measures of flows and of distances take one pass each, however many are asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.centrality_measures import (
    Measure,
    Normalisation,
    distance_measure,
    drawn_origins,
    error_bound,
    in_units,
    mean_over_origins,
    pairs_of,
    ratio,
)
from toolkit.analysis.centrality_preparation import Prepared
from toolkit.analysis.centrality_sweeps import Work, betweenness_flows, distance_sums
from toolkit.analysis.kernels.distance_terms import CLOSE, FURTHEST, REACH
from toolkit.analysis.kernels.falling import NO_DECAY, Falling, decay_table
from toolkit.analysis.kernels.hierarchy import Hierarchy
from toolkit.errors import NetworkError
from toolkit.networks.spatial_network import CompressedGraph

__all__ = ["Answer", "Demand", "Question", "demand_of"]

Demand = Mapping[int, float] | Sequence[int] | npt.NDArray[np.int64] | pd.Series
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """Measures by node and by arc of the graph, and what is to be said of them."""

    nodes: dict[str, Floats]
    arcs: dict[str, Floats]
    about: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Question:
    """What `centrality` is asked for, in the order of the graph's nodes."""

    measures: tuple[Measure, ...]
    origin: Floats
    destination: Floats
    radius: float | None
    decay: Callable[[Floats], Any] | None
    normalisation: Normalisation | None
    inward: bool
    sample: int | None
    seed: int
    confidence: float
    lon_lat: Floats
    work: Work

    def answer(self, prepared: Prepared) -> Answer:
        """Compute the measures on the prepared network."""
        hierarchy = prepared.hierarchy
        drawn, scale = drawn_origins(self.origin, self.sample, self.seed)
        answer = Answer(
            {},
            {},
            {
                "origin_count": int(np.count_nonzero(drawn)),
                "exact": scale == 1.0,
                "resolution": 1 / hierarchy.per_unit,
            },
        )
        limit = None
        if self.radius is not None:
            limit = int(np.floor(self.radius * hierarchy.per_unit + 0.5))
        if "betweenness" in self.measures:
            self._flow(hierarchy, drawn, scale, limit, answer)
        if set(self.measures) - {"betweenness"}:
            self._distances(hierarchy, drawn, limit, answer)
        return answer

    def _flow(
        self, hierarchy: Hierarchy, drawn: Floats, scale: float, limit: int | None, answer: Answer
    ) -> None:
        """Betweenness of nodes and edges."""
        flows = betweenness_flows(
            hierarchy,
            drawn,
            self.destination,
            limit=limit,
            falling=self._falling(hierarchy, drawn, limit, inward=False),
            work=self.work,
        )
        node_pairs, edge_pairs = pairs_of(self.origin, self.destination, self.normalisation)
        answer.nodes["betweenness"] = flows.through * (scale / node_pairs)
        answer.arcs["betweenness"] = flows.arc * (scale / edge_pairs)
        if scale != 1.0:
            answer.about.update(
                error_bound(self.origin, self.destination, drawn, self.confidence, node_pairs)
            )

    def _distances(
        self, hierarchy: Hierarchy, drawn: Floats, limit: int | None, answer: Answer
    ) -> None:
        """All other measures, from one pass."""
        sums = distance_sums(
            hierarchy,
            self.destination,
            np.flatnonzero(drawn > 0).astype(np.int32),
            lon_lat=self.lon_lat if "straightness" in self.measures else None,
            limit=limit,
            falling=self._falling(hierarchy, drawn, limit, inward=self.inward),
            inverting=bool({"harmonic", "straightness"} & set(self.measures)),
            inward=self.inward,
            work=self.work,
        )
        sums = in_units(sums, hierarchy.per_unit)
        others = self.destination.sum() - self.destination
        mean_over = others if limit is None else sums[REACH]
        for measure in self.measures:
            if measure != "betweenness":
                answer.nodes[measure] = distance_measure(
                    measure, sums, mean_over, self.normalisation
                )
        if "harmonic" in self.measures:
            efficiency = ratio(sums[CLOSE], mean_over)
            answer.about["global_efficiency"] = mean_over_origins(efficiency, drawn)

    def _falling(
        self, hierarchy: Hierarchy, drawn: Floats, limit: int | None, *, inward: bool
    ) -> Falling:
        """The decay, as far as the network goes."""
        if self.decay is None:
            return NO_DECAY
        longest = limit
        if longest is None:
            sums = distance_sums(
                hierarchy,
                self.destination,
                np.flatnonzero(drawn > 0).astype(np.int32),
                inverting=False,
                inward=inward,
                work=replace(self.work, progress=None),
            )
            longest = int(np.nanmax(sums[FURTHEST], initial=1))
        return decay_table(self.decay, longest, hierarchy.per_unit)


def demand_of(given: Demand | None, graph: CompressedGraph) -> Floats:
    """Weight of each node, in the order of the graph."""
    if given is None:
        return np.ones(len(graph.node_ids))
    if isinstance(given, Mapping | pd.Series):
        series = pd.Series(given, dtype=np.float64)
    else:
        series = pd.Series(1.0, index=pd.Index(np.asarray(given)))
    if series.index.has_duplicates or not np.isfinite(series).all() or (series < 0).any():
        raise NetworkError(
            "demand names a node twice, or is negative or missing for one",
            remedy="give one finite weight, zero or more, to each node",
        )
    demand = np.zeros(len(graph.node_ids))
    demand[graph.positions(series.index.to_numpy())] = series.to_numpy()
    return demand
