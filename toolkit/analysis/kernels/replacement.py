"""Shortest times when one arc of the shortest path is lost, for every arc of it, compiled.

The question of Malik, Mittal and Gupta (1989, Oper. Res. Lett. 8:223) and Hershberger and Suri
(2001, FOCS:252), whose near-linear methods need undirected graphs. Here the graph is directed, so
for every arc of the shortest-path tree that a path uses, only the part of the tree below the
arc is searched anew, from what still leads into it: exact, and far less than a search an arc.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from toolkit.analysis.kernels.contraction import pop, push
from toolkit.analysis.kernels.shortest_paths import UNREACHED, shortest_times

__all__ = ["replacement_times"]

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


def replacement_times(
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    source: int,
    targets: npt.ArrayLike,
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """Time to each target without each arc of its shortest path.

    Parameters
    ----------
    indptr, indices, weight_ms
        As in `shortest_times`; weights above 0.
    source : int
        Row of the origin.
    targets : array_like of int, shape (T,)
        Rows of the destinations, each once.

    Returns
    -------
    time_ms : numpy.ndarray of int64, shape (T,)
        Shortest times as they are, `UNREACHED` (-1) where there is no way.
    first : numpy.ndarray of int64, shape (T + 1,)
        The path of target `i` is ``arc[first[i]:first[i + 1]]``.
    arc : numpy.ndarray of int64
        Arcs of the shortest paths, in driving order.
    without_ms : numpy.ndarray of int64
        Shortest time to the target without the arc, `UNREACHED` where none is left.

    Notes
    -----
    O(M log M + the sum over the arcs used of the arcs below them). Where several shortest paths
    tie, one is taken, and no loss of an arc of it costs anything that the others do not share.

    Examples
    --------
    Two roads from 0 to 1, of 5 s and 7 s, and one on to 2:

    >>> indptr, indices = np.array([0, 2, 3, 3]), np.array([1, 1, 2], dtype=np.int32)
    >>> weight = np.array([5000, 7000, 1000], dtype=np.int32)
    >>> time, first, arc, without = replacement_times(indptr, indices, weight, 0, [2])
    >>> time.tolist(), arc.tolist(), without.tolist()
    ([6000], [0, 2], [8000, -1])
    """
    wanted = np.atleast_1d(np.asarray(targets, dtype=np.int64))
    time_ms, parent_arc = shortest_times(indptr, indices, weight_ms, [source])
    tail = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
    entering = np.argsort(indices, kind="stable").astype(np.int64)
    into = np.zeros(len(indptr), dtype=np.int64)
    np.cumsum(np.bincount(indices, minlength=len(indptr) - 1), out=into[1:])
    reached = np.flatnonzero(time_ms != UNREACHED)
    order = reached[np.argsort(time_ms[reached], kind="stable")]
    first, arc, without_ms = _without_each(
        indptr,
        indices,
        weight_ms,
        tail,
        into,
        entering,
        time_ms,
        parent_arc,
        order,
        wanted,
        len(indptr).bit_length(),
    )
    return time_ms[wanted], first, arc, without_ms


@njit(cache=True, nogil=True)
def _without_each(
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    tail: Int64Array,
    into: Int64Array,
    entering: Int64Array,
    time_ms: Int64Array,
    parent_arc: Int64Array,
    order: Int64Array,
    targets: Int64Array,
    bits: int,
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Paths to the targets, and the times without each arc; the heap holds time << bits | node."""
    count = time_ms.size
    depth = np.zeros(count, dtype=np.int64)
    below = np.ones(count, dtype=np.int64)
    for i in range(order.size):
        if parent_arc[order[i]] >= 0:
            depth[order[i]] = depth[tail[parent_arc[order[i]]]] + 1
    for i in range(order.size - 1, 0, -1):
        below[tail[parent_arc[order[i]]]] += below[order[i]]
    # nodes numbered so that those below any node of the tree follow it without a gap
    place = np.full(count, -1, dtype=np.int64)
    free = np.zeros(count, dtype=np.int64)
    at = np.empty(order.size, dtype=np.int64)
    for i in range(order.size):
        node = order[i]
        if parent_arc[node] < 0:
            place[node] = 0
        else:
            above = tail[parent_arc[node]]
            place[node] = free[above]
            free[above] += below[node]
        free[node] = place[node] + 1
        at[place[node]] = node

    first = np.zeros(targets.size + 1, dtype=np.int64)
    for i in range(targets.size):
        first[i + 1] = first[i] + depth[targets[i]]
    arcs = np.empty(first[-1], dtype=np.int64)
    without = np.full(first[-1], UNREACHED, dtype=np.int64)
    used = np.zeros(count, dtype=np.bool_)
    target_at = np.full(order.size, -1, dtype=np.int64)
    for i in range(targets.size):
        node = targets[i]
        if place[node] >= 0:
            target_at[place[node]] = i
        while parent_arc[node] >= 0:
            arcs[first[i] + depth[node] - 1] = parent_arc[node]
            used[node] = True
            node = tail[parent_arc[node]]

    again = np.full(count, UNREACHED, dtype=np.int64)
    heap = np.empty(64, dtype=np.int64)
    mask = (np.int64(1) << bits) - 1
    for i in range(order.size):
        root = order[i]
        if not used[root]:
            continue
        start, stop = place[root], place[root] + below[root]
        size = 0
        for position in range(start, stop):
            node = at[position]
            again[node] = UNREACHED
            for k in range(into[node], into[node + 1]):
                arc = entering[k]
                other = tail[arc]
                outside = place[other] >= 0 and not start <= place[other] < stop
                if outside and arc != parent_arc[root]:
                    reach = time_ms[other] + weight_ms[arc]
                    if again[node] < 0 or reach < again[node]:
                        again[node] = reach
            if again[node] >= 0:
                heap, size = push(heap, size, (again[node] << bits) | node)
        while size > 0:
            spent, node = heap[0] >> bits, heap[0] & mask
            size = pop(heap, size)
            if spent > again[node]:
                continue
            for arc in range(indptr[node], indptr[node + 1]):
                head = indices[arc]
                if start <= place[head] < stop:
                    reach = spent + weight_ms[arc]
                    if again[head] < 0 or reach < again[head]:
                        again[head] = reach
                        heap, size = push(heap, size, (reach << bits) | np.int64(head))
        for position in range(start, stop):
            if target_at[position] >= 0:
                without[first[target_at[position]] + depth[root] - 1] = again[at[position]]
    return first, arcs, without
