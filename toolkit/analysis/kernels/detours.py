"""What shortest paths lose when a node is taken away, for all nodes at once.

Taking node v away changes, from a source s, only the paths to the nodes below v in the tree of
shortest paths of s. Their new distances are repaired from the rim of that subtree (Ramalingam,
Reps 1996, J. Algorithms 21:267) instead of searched anew.
"""

# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from typing import Any

import numpy as np
from numba import njit

from toolkit.analysis.kernels.contraction import pop, push

__all__ = ["detour_losses", "neighbourhood_efficiency"]

_NODE_BITS = np.int64(32)
_NODE_MASK = (np.int64(1) << _NODE_BITS) - 1
_FAR = np.int64(1) << 61  # twice of it is still in range


@njit(cache=True, nogil=True)
def detour_losses(
    indptr: Any,
    indices: Any,
    weight: Any,
    in_indptr: Any,
    in_tail: Any,
    in_weight: Any,
    sources: Any,
    unit_vector: Any,
    radius_m: float,
    loss: Any,
    squared: Any,
) -> None:
    """Add up, for each node, what paths from some sources lose by the detour round it.

    Parameters
    ----------
    indptr, indices, weight : arrays
        Arcs by tail, in compressed rows; weights are positive integers.
    in_indptr, in_tail, in_weight : arrays
        The same arcs by head.
    sources : int32 array
        Nodes that paths start from.
    unit_vector : float64 array, shape (3, N) or (3, 0)
        Places on the unit sphere: a path is worth its great circle over its length; without them
        one over its length.
    radius_m : float
        Of the sphere.
    loss : float64 array, shape (N,)
        Added to: the worth lost by paths that pass through the node. Those that start or end there
        are not in it.
    squared : float64 array, shape (N,)
        Added to: the square of each source's part of the loss.

    Notes
    -----
    O(sum of depths in the trees of shortest paths), times the degree and the logarithm of a heap:
    about N sqrt(N) a source on roads.
    """
    count = indptr.shape[0] - 1
    distance = np.full(count, _FAR, np.int64)
    parent = np.empty(count, np.int32)
    order = np.empty(count, np.int32)
    size = np.empty(count, np.int32)
    first = np.empty(count, np.int32)
    filled = np.empty(count, np.int32)
    below = np.empty(count, np.int32)
    repaired = np.full(count, _FAR, np.int64)
    value = np.empty(count, np.float64)
    heap = np.empty(1024, np.int64)
    for source in sources:
        reached, heap = _tree(source, indptr, indices, weight, distance, parent, order, heap)
        _number_subtrees(order, parent, reached, size, first, filled, below)
        for i in range(1, reached):
            node = order[i]
            value[node] = _value(source, node, distance[node], unit_vector, radius_m)
        for i in range(1, reached):
            removed = order[i]
            if size[removed] == 1:
                continue
            start, stop = first[removed] + 1, first[removed] + size[removed]
            heap = _repair(
                below, start, stop, first[removed], first, distance, indptr, indices, weight,
                in_indptr, in_tail, in_weight, repaired, heap,
            )  # fmt: skip
            lost = 0.0
            for j in range(start, stop):
                node = below[j]
                if repaired[node] != distance[node]:
                    lost += value[node]
                    if repaired[node] < _FAR:
                        lost -= value[node] * (distance[node] / repaired[node])
                repaired[node] = _FAR
            loss[removed] += lost
            squared[removed] += lost * lost
        for i in range(reached):
            distance[order[i]] = _FAR


@njit(cache=True, nogil=True)
def neighbourhood_efficiency(
    indptr: Any,
    indices: Any,
    weight: Any,
    in_indptr: Any,
    in_tail: Any,
    unit_vector: Any,
    radius_m: float,
    efficiency: Any,
) -> None:
    """Fill in the mean worth of paths between the neighbours of each node, without the node.

    Parameters
    ----------
    indptr, indices, weight, in_indptr, in_tail, unit_vector, radius_m
        As for `detour_losses`. Neighbours are both those a node leads to and those that lead to it;
        paths between them run by arcs between neighbours only.
    efficiency : float64 array, shape (N,)
        Zero for nodes with fewer than two neighbours.

    Notes
    -----
    O(k^3) for k neighbours (Floyd 1962, Communications of the ACM 5:345).
    """
    count = indptr.shape[0] - 1
    place = np.full(count, -1, np.int64)
    member = np.empty(count, np.int64)
    for node in range(count):
        found = 0
        for j in range(indptr[node], indptr[node + 1]):
            found = _join(indices[j], node, place, member, found)
        for j in range(in_indptr[node], in_indptr[node + 1]):
            found = _join(in_tail[j], node, place, member, found)
        between = np.full((found, found), _FAR, np.int64)
        for a in range(found):
            for j in range(indptr[member[a]], indptr[member[a] + 1]):
                b = place[indices[j]]
                if b >= 0 and weight[j] < between[a, b]:
                    between[a, b] = weight[j]
        for via in range(found):
            for a in range(found):
                for b in range(found):
                    there = between[a, via] + between[via, b]
                    between[a, b] = min(between[a, b], there)
        total = 0.0
        for a in range(found):
            for b in range(found):
                if a != b and between[a, b] < _FAR:
                    total += _value(member[a], member[b], between[a, b], unit_vector, radius_m)
        efficiency[node] = total / (found * (found - 1)) if found > 1 else 0.0
        for a in range(found):
            place[member[a]] = -1


@njit(cache=True, nogil=True)
def _tree(
    source: int,
    indptr: Any,
    indices: Any,
    weight: Any,
    distance: Any,
    parent: Any,
    order: Any,
    heap: Any,
) -> tuple[int, Any]:
    """A tree of shortest paths: nodes in order of distance, each with its parent."""
    distance[source] = 0
    heap[0] = source
    size, reached = 1, 0
    while size > 0:
        there, node = heap[0] >> _NODE_BITS, heap[0] & _NODE_MASK
        size = pop(heap, size)
        if there > distance[node]:
            continue
        order[reached] = node
        reached += 1
        for j in range(indptr[node], indptr[node + 1]):
            head = indices[j]
            ahead = there + weight[j]
            if ahead < distance[head]:
                distance[head] = ahead
                parent[head] = node
                heap, size = push(heap, size, (ahead << _NODE_BITS) | head)
    return reached, heap


@njit(cache=True, nogil=True)
def _number_subtrees(
    order: Any, parent: Any, reached: int, size: Any, first: Any, filled: Any, below: Any
) -> None:
    """List nodes so that each subtree is a run of `below`, the node itself at its start."""
    for i in range(reached):
        size[order[i]] = 1
    for i in range(reached - 1, 0, -1):
        size[parent[order[i]]] += size[order[i]]
    first[order[0]] = 0
    filled[order[0]] = 1
    below[0] = order[0]
    for i in range(1, reached):
        node, above = order[i], parent[order[i]]
        first[node] = first[above] + filled[above]
        filled[above] += size[node]
        filled[node] = 1
        below[first[node]] = node


@njit(cache=True, nogil=True)
def _repair(
    below: Any,
    start: int,
    stop: int,
    removed_at: int,
    first: Any,
    distance: Any,
    indptr: Any,
    indices: Any,
    weight: Any,
    in_indptr: Any,
    in_tail: Any,
    in_weight: Any,
    repaired: Any,
    heap: Any,
) -> Any:
    """New distances of the nodes of a subtree without its root; the heap, which may have grown."""
    size = 0
    for i in range(start, stop):
        node = below[i]
        best = _FAR
        for j in range(in_indptr[node], in_indptr[node + 1]):
            tail = in_tail[j]
            outside = distance[tail] < _FAR and not removed_at <= first[tail] < stop
            if outside and distance[tail] + in_weight[j] < best:
                best = distance[tail] + in_weight[j]
        repaired[node] = best
        if best < _FAR:
            heap, size = push(heap, size, (best << _NODE_BITS) | node)
    while size > 0:
        there, node = heap[0] >> _NODE_BITS, heap[0] & _NODE_MASK
        size = pop(heap, size)
        if there > repaired[node]:
            continue
        for j in range(indptr[node], indptr[node + 1]):
            head = indices[j]
            inside = distance[head] < _FAR and removed_at < first[head] < stop
            if inside and there + weight[j] < repaired[head]:
                repaired[head] = there + weight[j]
                heap, size = push(heap, size, (repaired[head] << _NODE_BITS) | head)
    return heap


@njit(cache=True, nogil=True)
def _value(source: int, target: int, length: int, unit_vector: Any, radius_m: float) -> Any:
    """Worth of a path: its great circle over its length, or one over its length."""
    if unit_vector.shape[1] == 0:
        return 1.0 / length
    square = 0.0
    for axis in range(3):
        square += (unit_vector[axis, target] - unit_vector[axis, source]) ** 2
    return 2.0 * radius_m * np.arcsin(min(1.0, 0.5 * np.sqrt(square))) / length


@njit(cache=True, nogil=True)
def _join(node: int, centre: int, place: Any, member: Any, found: int) -> int:
    """Number a neighbour that has no number yet."""
    if node == centre or place[node] >= 0:
        return found
    place[node] = found
    member[found] = node
    return found + 1
