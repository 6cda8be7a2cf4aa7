"""Centrality within a small radius: one bounded search from each source (Brandes 2001).

Where a radius holds a few hundred nodes of a large network, sources are better served one by one
than by sweeps over the whole.
"""

# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401, FBT001

from typing import Any

import numpy as np

from toolkit.analysis.kernels.compiling import kernel, kernel_part
from toolkit.analysis.kernels.contraction import pop, push
from toolkit.analysis.kernels.distance_terms import CLOSE, FURTHEST, GRAVITY, REACH, STRAIGHT, TIME
from toolkit.analysis.kernels.falling import fallen

__all__ = ["nearby_share", "search_nearby"]

_NODE_BITS = np.int64(32)
_NODE_MASK = (np.int64(1) << _NODE_BITS) - 1
_FAR = np.int64(1) << 62


@kernel
def search_nearby(
    indptr: Any,
    indices: Any,
    weight_ms: Any,
    paths: Any,
    sources: Any,
    origin: Any,
    destination: Any,
    limit: int,
    decay: Any,
    shift: int,
    unit_vector: Any,
    radius_m: float,
    assigning: bool,
    arc_flow: Any,
    through: Any,
    sums: Any,
) -> None:
    """Flows and distance sums of some sources to the nodes within reach.

    Parameters
    ----------
    indptr, indices, weight_ms : arrays
        Simple graph in compressed rows.
    paths : float64 array
        Number of paths each arc stands for.
    sources : int32 array
        Nodes.
    origin, destination : float64 array
        Demand at each node.
    limit : int
        Largest distance of a pair.
    decay, shift : float64 array, int
        Weight of a distance, as `Falling` holds it.
    unit_vector : float64 array, shape (3, N) or (3, 0)
        Places on the unit sphere; without, no straightness.
    radius_m : float
        Of the sphere.
    assigning : bool
        Whether to count flows.
    arc_flow, through : float64 array
        By arc and node, added to.
    sums : float64 array, shape (6, S)
        As for `sweep_distances`.
    """
    count = indptr.shape[0] - 1
    distance = np.full(count, _FAR, np.int64)
    number = np.zeros(count, np.float64)
    need = np.zeros(count, np.float64)
    settled = np.empty(count, np.int32)
    heap = np.empty(1024, np.int64)
    spatial = unit_vector.shape[1] > 0
    for k in range(sources.shape[0]):
        source = sources[k]
        reached, heap = _search(
            source, indptr, indices, weight_ms, paths, limit, distance, number, settled, heap
        )
        for i in range(1, reached):
            node = settled[i]
            time, weight = np.float64(distance[node]), destination[node]
            sums[REACH, k] += weight
            sums[TIME, k] += weight * time
            sums[CLOSE, k] += weight / time
            sums[FURTHEST, k] = time
            if decay.shape[0] > 1:
                sums[GRAVITY, k] += weight * fallen(decay, shift, distance[node])
            if spatial:
                square = 0.0
                for axis in range(3):
                    square += (unit_vector[axis, node] - unit_vector[axis, source]) ** 2
                arc_m = 2.0 * radius_m * np.arcsin(min(1.0, 0.5 * np.sqrt(square)))
                sums[STRAIGHT, k] += weight * arc_m / time
        if assigning:
            for i in range(reached - 1, -1, -1):
                node = settled[i]
                passing = 0.0
                for j in range(indptr[node], indptr[node + 1]):
                    ahead = indices[j]
                    if distance[ahead] == distance[node] + weight_ms[j]:
                        part = number[node] * paths[j] * need[ahead]
                        arc_flow[j] += part
                        passing += part
                if i > 0:
                    through[node] += passing
                    ending = origin[source] * destination[node]
                    if decay.shape[0] > 1:
                        ending *= fallen(decay, shift, distance[node])
                    need[node] = (ending + passing) / number[node]
        for i in range(reached):
            distance[settled[i]] = _FAR
            number[settled[i]] = 0.0
            need[settled[i]] = 0.0


@kernel
def nearby_share(indptr: Any, indices: Any, weight_ms: Any, limit: int, samples: int) -> Any:
    """Share of the nodes that lie within a distance of a node, as the mean over a few."""
    count = indptr.shape[0] - 1
    distance = np.full(count, _FAR, np.int64)
    number = np.zeros(count, np.float64)
    settled = np.empty(count, np.int32)
    heap = np.empty(1024, np.int64)
    ones = np.ones(indices.shape[0], np.float64)
    found = 0
    for k in range(samples):
        source = k * count // samples
        reached, heap = _search(
            source, indptr, indices, weight_ms, ones, limit, distance, number, settled, heap
        )
        found += reached
        for i in range(reached):
            distance[settled[i]] = _FAR
            number[settled[i]] = 0.0
    return found / (samples * count)


@kernel_part
def _search(
    source: int,
    indptr: Any,
    indices: Any,
    weight_ms: Any,
    paths: Any,
    limit: int,
    distance: Any,
    number: Any,
    settled: Any,
    heap: Any,
) -> tuple[int, Any]:
    """Bounded Dijkstra: nodes in order of distance, distances and numbers of shortest paths."""
    distance[source] = 0
    number[source] = 1.0
    heap[0] = source
    size = 1
    reached = 0
    while size > 0:
        time, node = heap[0] >> _NODE_BITS, heap[0] & _NODE_MASK
        size = pop(heap, size)
        if time > distance[node]:
            continue
        settled[reached] = node
        reached += 1
        for j in range(indptr[node], indptr[node + 1]):
            ahead = indices[j]
            there = time + weight_ms[j]
            if there > limit or there > distance[ahead]:
                continue
            if there == distance[ahead]:
                number[ahead] += number[node] * paths[j]
                continue
            distance[ahead] = there
            number[ahead] = number[node] * paths[j]
            heap, size = push(heap, size, (there << _NODE_BITS) | ahead)
    return reached, heap
