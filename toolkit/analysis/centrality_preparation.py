"""A network prepared for exact centrality: once, for every measure and every later run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np

from toolkit.analysis.kernels.compiling_sweeps import begin_compiling_sweeps
from toolkit.analysis.kernels.hierarchy import Hierarchy, Parallel, RangeError, build_hierarchy
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.array_store import digest, keep_arrays, kept_arrays
from toolkit.networks.spatial_network import CompressedGraph, SpatialNetwork

__all__ = ["RESOLUTIONS", "Prepared", "at_finest_resolution", "prepare", "prepare_graph"]

Found = TypeVar("Found")

RESOLUTIONS = (1000, 100, 10, 1)  # steps in a unit of weight; the first is that of the graph


@dataclass(frozen=True, eq=False, repr=False)
class Prepared:
    """A network prepared by `prepare`, for one weight.

    Attributes
    ----------
    hierarchy : Hierarchy
        All shortest paths of the network, contracted.
    weight : str
        The column that paths are measured by.
    checksum : str
        Of the network's nodes, edges and weights.
    """

    hierarchy: Hierarchy
    weight: str
    checksum: str

    def check(self, graph: CompressedGraph, weight: str) -> None:
        """Refuse to stand for another network or weight.

        Parameters
        ----------
        graph : CompressedGraph
            The network's.
        weight : str
            What paths shall be measured by.

        Raises
        ------
        NetworkError
            If either differs from what was prepared.
        """
        if weight != self.weight:
            raise NetworkError(
                f"the network was prepared for paths by {self.weight}, not {weight}",
                remedy=f"prepare it with weight='{weight}'",
            )
        if _checksum(graph) != self.checksum:
            raise NetworkError(
                f"another network was prepared: {self.hierarchy.node_count:,} nodes and "
                f"{self.hierarchy.arc_count:,} edges, or other weights than these "
                f"{len(graph.node_ids):,} and {len(graph.indices):,}",
                remedy="prepare this network",
            )

    def __repr__(self) -> str:
        return (
            f"Prepared({self.hierarchy.node_count:,} nodes, {self.hierarchy.arc_count:,} edges, "
            f"by {self.weight})"
        )


def prepare(
    network: SpatialNetwork,
    *,
    weight: str = "time_s",
    parallel: Parallel = "separate",
    per_unit: int = RESOLUTIONS[0],
    folder: str | Path | None = None,
) -> Prepared:
    """Prepare a network for repeated calls of `centrality`.

    Parameters
    ----------
    network : SpatialNetwork
        Directed edges.
    weight : str
        Column of the edges to measure paths by.
    parallel : {'separate', 'merge'}
        Whether parallel edges of equal weight are so many paths or one.
    per_unit : {1000, 100, 10, 1}
        Steps in a unit of the weight that are told apart. Distances hold 2^31 of them: with
        thousandths 596 hours or 2,147 km, less the longest shortcut.
    folder : path-like, optional
        Keep the result there, in a file named by a checksum of the network, and take it from there
        if it is there already. A file that is damaged or of another version is made anew.

    Returns
    -------
    Prepared

    Raises
    ------
    NetworkError
        For weights out of range.
    UnknownNameError
        For a `parallel` or `per_unit` that is not there.
    OutputError
        If the folder cannot be written to.

    Notes
    -----
    About linear in the number of nodes: half a second for a city of 60,000.

    Examples
    --------
    >>> from toolkit import centrality, schematic_roads
    >>> roads = schematic_roads()
    >>> prepared = prepare(roads, weight="length_m", per_unit=100)
    >>> prepared.check(roads.compressed("length_m"), "length_m")
    >>> result = centrality(roads, ["farness"], weight="length_m", prepared=prepared, threads=1)
    """
    return prepare_graph(
        network.compressed(weight), weight, parallel=parallel, per_unit=per_unit, folder=folder
    )


def prepare_graph(
    graph: CompressedGraph,
    weight: str,
    *,
    parallel: Parallel = "separate",
    per_unit: int = RESOLUTIONS[0],
    folder: str | Path | None = None,
) -> Prepared:
    """Prepare a network of which the compressed rows are at hand; see `prepare`."""
    _check_choices(parallel, per_unit)
    checksum = _checksum(graph)
    if folder is None:
        return Prepared(_hierarchy(graph, parallel, per_unit), weight, checksum)
    key = digest(checksum, parallel, per_unit)
    file = Path(folder) / f"{key}.npz"
    arrays = kept_arrays(file, key)
    if arrays is None:
        hierarchy = _hierarchy(graph, parallel, per_unit)
        keep_arrays(file, hierarchy.arrays(), key)
    else:
        hierarchy = Hierarchy.from_arrays(arrays)
    return Prepared(hierarchy, weight, checksum)


def at_finest_resolution(
    compute: Callable[[Prepared], Found],
    graph: CompressedGraph,
    weight: str,
    *,
    parallel: Parallel = "separate",
) -> Found:
    """Compute in the smallest steps of weight in which the network's distances fit."""
    for per_unit in RESOLUTIONS[:-1]:
        try:
            return compute(prepare_graph(graph, weight, parallel=parallel, per_unit=per_unit))
        except RangeError:
            continue  # in coarser steps
    return compute(prepare_graph(graph, weight, parallel=parallel, per_unit=RESOLUTIONS[-1]))


def _hierarchy(graph: CompressedGraph, parallel: Parallel, per_unit: int) -> Hierarchy:
    """Contract the graph in steps of the weight of so many to a unit."""
    coarse = RESOLUTIONS[0] // per_unit
    weights = np.maximum((graph.weight_ms.astype(np.int64) + coarse // 2) // coarse, 1)
    begin_compiling_sweeps()
    return build_hierarchy(
        graph.indptr, graph.indices, weights, parallel=parallel, per_unit=per_unit
    )


def _checksum(graph: CompressedGraph) -> str:
    """Checksum of what a hierarchy depends on."""
    return digest(graph.indptr, graph.indices, graph.weight_ms)


def _check_choices(parallel: str, per_unit: int) -> None:
    """Refuse what is not there."""
    if parallel not in get_args(Parallel):
        raise UnknownNameError(
            f"no way to count parallel edges is called '{parallel}'",
            remedy=f"choose among {', '.join(get_args(Parallel))}",
        )
    if per_unit not in RESOLUTIONS:
        raise UnknownNameError(
            f"a resolution of {per_unit} steps in a unit",
            remedy=f"choose among {', '.join(map(str, RESOLUTIONS))}",
        )
