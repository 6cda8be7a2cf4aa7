"""Shortest travel times on compressed rows (Dijkstra 1959, Numer. Math. 1:269), compiled.

Times are integers in milliseconds, so that equal paths tie exactly and results do not depend on
the order of additions. The queue is a 4-ary heap of 64-bit keys that pack time and node; entries
that a shorter path has overtaken are skipped when they surface.
"""

import numba
import numpy as np
import numpy.typing as npt
from numba.np.ufunc.parallel import get_thread_id

__all__ = ["NO_CUTOFF", "UNREACHED", "path_arcs", "shortest_times", "shortest_times_many"]

UNREACHED = -1
NO_CUTOFF = np.iinfo(np.int64).max
INT32_MAX = np.iinfo(np.int32).max

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


def shortest_times(  # arrays of one graph, in the order of the kernels
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    sources: npt.ArrayLike,
    offsets_ms: npt.ArrayLike | None = None,
    cutoff_ms: int = NO_CUTOFF,
) -> tuple[Int64Array, Int64Array]:
    """Times from the nearest of several sources to every node.

    Parameters
    ----------
    indptr : numpy.ndarray of int64, shape (N + 1,)
        Arcs that leave node `i` are `indptr[i]:indptr[i + 1]`.
    indices : numpy.ndarray of int32, shape (M,)
        Head of each arc; parallel arcs and self-loops are allowed.
    weight_ms : numpy.ndarray of int32, shape (M,)
        Time of each arc, not negative.
    sources : array_like of int, shape (S,)
        Rows of the nodes to start from; repeats are allowed.
    offsets_ms : array_like of int, shape (S,), optional
        Time already spent at each source, not negative; 0 if not given.
    cutoff_ms : int
        Nodes farther than this are not reached, and the search stops there.

    Returns
    -------
    time_ms : numpy.ndarray of int64, shape (N,)
        Least time to each node, `UNREACHED` (-1) where there is none within the cutoff.
    parent_arc : numpy.ndarray of int64, shape (N,)
        Arc by which a shortest path enters each node, -1 at sources and unreached nodes.

    Raises
    ------
    ValueError
        If a source is no row, an offset is negative, or the arrays disagree in length.

    Notes
    -----
    O((M + S) log(M + S)) for what lies within the cutoff, plus O(N) for the arrays.

    Examples
    --------
    A path 0 - 1 - 2 of 5 s and 7 s, from its middle, and from both ends with a head start:

    >>> indptr, indices = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1], dtype=np.int32)
    >>> weight = np.array([5000, 5000, 7000, 7000], dtype=np.int32)
    >>> shortest_times(indptr, indices, weight, [1])[0].tolist()
    [5000, 0, 7000]
    >>> shortest_times(indptr, indices, weight, [0, 2], [9000, 0])[0].tolist()
    [9000, 7000, 0]
    """
    start, offset = _checked_sources(indptr, indices, weight_ms, sources, offsets_ms)
    time_ms = np.full(len(indptr) - 1, UNREACHED, dtype=np.int64)
    parent_arc = np.full(len(indptr) - 1, -1, dtype=np.int64)
    heap = np.empty(len(indices) + len(start), dtype=np.int64)
    _search(
        indptr, indices, weight_ms, start, offset, np.int64(cutoff_ms), time_ms, parent_arc, heap
    )
    return time_ms, parent_arc


def shortest_times_many(  # arrays of one graph, in the order of the kernels
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    sources: npt.ArrayLike,
    cutoff_ms: int = INT32_MAX,
    *,
    first: npt.ArrayLike | None = None,
    offsets_ms: npt.ArrayLike | None = None,
) -> Int32Array:
    """Times from each of many origins to every node, origins shared among threads.

    Parameters
    ----------
    indptr, indices, weight_ms
        As in `shortest_times`.
    sources : array_like of int, shape (K,)
        Rows of the nodes to start from.
    cutoff_ms : int
        Nodes farther than this are not reached; at most 2,147,483,647 (24.8 days).
    first : array_like of int, shape (S + 1,), optional
        Origin `i` starts from the nearest of `sources[first[i]:first[i + 1]]`; without it, every
        source is an origin.
    offsets_ms : array_like of int, shape (K,), optional
        Time already spent at each source, not negative; 0 if not given.

    Returns
    -------
    numpy.ndarray of int32, shape (S, N)
        Time from each origin to each node, `UNREACHED` (-1) beyond the cutoff. Holds 4 S N bytes.

    Raises
    ------
    ValueError
        If a source is no row, an offset is negative, or the arrays disagree in length.

    Examples
    --------
    >>> indptr, indices = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1], dtype=np.int32)
    >>> weight = np.array([5000, 5000, 7000, 7000], dtype=np.int32)
    >>> shortest_times_many(indptr, indices, weight, [0, 2], cutoff_ms=7000).tolist()
    [[0, 5000, -1], [-1, 7000, 0]]

    From a place on the way from 0 to 1, 2 s from node 0 and 3 s from node 1:

    >>> shortest_times_many(
    ...     indptr, indices, weight, [0, 1], first=[0, 2], offsets_ms=[2000, 3000]
    ... ).tolist()
    [[2000, 3000, 10000]]
    """
    start, offset = _checked_sources(indptr, indices, weight_ms, sources, offsets_ms)
    group = np.arange(len(start) + 1) if first is None else np.asarray(first)
    group = group.astype(np.int64)
    if group[0] != 0 or group[-1] != len(start) or (np.diff(group) < 0).any():
        raise ValueError(f"`first` does not divide {len(start)} sources into origins")
    time_ms = np.full((len(group) - 1, len(indptr) - 1), UNREACHED, dtype=np.int32)
    largest = len(indices) + int(np.diff(group).max(initial=1))
    heaps = np.empty((numba.get_num_threads(), largest), dtype=np.int64)
    cutoff = np.int64(min(cutoff_ms, INT32_MAX))
    _search_many(indptr, indices, weight_ms, group, start, offset, cutoff, time_ms, heaps)
    return time_ms


def path_arcs(indptr: Int64Array, parent_arc: Int64Array, target: int) -> Int64Array:
    """Arcs of the shortest path to a node, in driving order.

    Parameters
    ----------
    indptr : numpy.ndarray of int64, shape (N + 1,)
        As in `shortest_times`.
    parent_arc : numpy.ndarray of int64, shape (N,)
        Its second result.
    target : int
        Row of the node to end at.

    Returns
    -------
    numpy.ndarray of int64
        Arcs from source to target; empty if the target is a source or not reached.

    Examples
    --------
    >>> path_arcs(np.array([0, 1, 3, 4]), np.array([-1, 0, 2]), 2).tolist()
    [0, 2]
    """
    arcs = []
    arc = int(parent_arc[target])
    while arc >= 0:
        arcs.append(arc)
        tail = int(np.searchsorted(indptr, arc, side="right")) - 1
        arc = int(parent_arc[tail])
    return np.array(arcs[::-1], dtype=np.int64)


def _checked_sources(
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    sources: npt.ArrayLike,
    offsets_ms: npt.ArrayLike | None,
) -> tuple[Int32Array, Int64Array]:
    """Sources and offsets as arrays, so that compiled code never reads out of bounds."""
    start = np.atleast_1d(np.asarray(sources)).astype(np.int32)
    offset = (
        np.zeros(len(start), np.int64)
        if offsets_ms is None
        else np.atleast_1d(np.asarray(offsets_ms)).astype(np.int64)
    )
    if len(indices) != len(weight_ms) or indptr[-1] != len(indices):
        raise ValueError(
            f"{len(indices)} heads, {len(weight_ms)} weights and {indptr[-1]} arcs by indptr"
        )
    if len(start) != len(offset):
        raise ValueError(f"{len(start)} sources but {len(offset)} offsets")
    if len(start) and not (start.min() >= 0 and start.max() < len(indptr) - 1):
        raise ValueError(f"a source is outside 0..{len(indptr) - 2}: {start.min()}, {start.max()}")
    if len(offset) and offset.min() < 0:
        raise ValueError(f"a negative offset: {offset.min()} ms")
    return start, offset


@numba.njit(cache=True, nogil=True)
def _search(  # arrays of one graph, in the order of the kernels
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    sources: Int32Array,
    offsets_ms: Int64Array,
    cutoff_ms: np.int64,
    time_ms: Int64Array,
    parent_arc: Int64Array,
    heap: Int64Array,
) -> None:
    """Fill `time_ms` and `parent_arc`; an entry of `heap` is time << bits | node."""
    bits = _bits_of(time_ms.size)
    limit = min(cutoff_ms, (np.int64(1) << (np.int64(63) - bits)) - np.int64(1))
    mask = (np.int64(1) << bits) - np.int64(1)
    size = 0
    for i in range(sources.size):
        node, offset = sources[i], offsets_ms[i]
        if offset <= limit and (time_ms[node] < 0 or offset < time_ms[node]):
            time_ms[node] = offset
            size = _push(heap, size, (offset << bits) | node)
    while size > 0:
        top = heap[0]
        size = _drop_first(heap, size)
        node = top & mask
        spent = top >> bits
        if spent > time_ms[node]:
            continue
        for arc in range(indptr[node], indptr[node + 1]):
            head = indices[arc]
            reached = spent + weight_ms[arc]
            if reached <= limit and (time_ms[head] < 0 or reached < time_ms[head]):
                time_ms[head] = reached
                parent_arc[head] = arc
                size = _push(heap, size, (reached << bits) | head)


@numba.njit(cache=True, nogil=True, parallel=True)
def _search_many(  # arrays of one graph, in the order of the kernels
    indptr: Int64Array,
    indices: Int32Array,
    weight_ms: Int32Array,
    first: Int64Array,
    sources: Int32Array,
    offsets_ms: Int64Array,
    cutoff_ms: np.int64,
    time_ms: Int32Array,
    heaps: Int64Array,
) -> None:
    """Fill one row of `time_ms` an origin; each thread has a heap of its own."""
    bits = _bits_of(time_ms.shape[1])
    mask = (np.int64(1) << bits) - np.int64(1)
    for i in numba.prange(first.size - 1):
        heap = heaps[get_thread_id()]  # type: ignore[no-untyped-call]  # numba intrinsic
        row = time_ms[i]
        size = 0
        for k in range(first[i], first[i + 1]):
            node, offset = np.int64(sources[k]), offsets_ms[k]
            if offset <= cutoff_ms and (row[node] < 0 or offset < row[node]):
                row[node] = offset
                size = _push(heap, size, (offset << bits) | node)
        while size > 0:
            top = heap[0]
            size = _drop_first(heap, size)
            node = top & mask
            spent = top >> bits
            if spent > row[node]:
                continue
            for arc in range(indptr[node], indptr[node + 1]):
                head = indices[arc]
                reached = spent + weight_ms[arc]
                if reached <= cutoff_ms and (row[head] < 0 or reached < row[head]):
                    row[head] = reached
                    size = _push(heap, size, (reached << bits) | head)


@numba.njit(cache=True, nogil=True, inline="always")
def _bits_of(count: int) -> np.int64:
    """Bits that hold any row number below `count`."""
    bits = np.int64(1)
    while (np.int64(1) << bits) < count:
        bits += np.int64(1)
    return bits


@numba.njit(cache=True, nogil=True, inline="always")
def _push(heap: Int64Array, size: int, key: np.int64) -> int:
    """Add a key to a 4-ary heap; the new size."""
    hole = size
    while hole > 0:
        above = (hole - 1) >> 2
        if heap[above] <= key:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = key
    return size + 1


@numba.njit(cache=True, nogil=True, inline="always")
def _drop_first(heap: Int64Array, size: int) -> int:
    """Remove the least key of a 4-ary heap; the new size."""
    size -= 1
    key = heap[size]
    hole = 0
    while True:
        first = (hole << 2) + 1
        if first >= size:
            break
        least, below = first, heap[first]
        for child in range(first + 1, min(first + 4, size)):
            if heap[child] < below:
                least, below = child, heap[child]
        if below >= key:
            break
        heap[hole] = below
        hole = least
    heap[hole] = key
    return size
