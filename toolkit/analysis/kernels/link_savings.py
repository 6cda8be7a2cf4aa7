"""What one new link saves over all pairs of places, exactly, compiled.

A shortest path takes a single new link at most once and one way only, so with the link u-v the
time from s to t is the least of d(s, t), d(s, u) + w + d(v, t) and d(s, v) + w + d(u, t): no
search is needed once the times from all origins and from both ends are known.
"""

import numba
import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["add_link", "link_savings"]

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def link_savings(
    time_ms: Int32Array,
    row_of: Int64Array,
    origin: Floats,
    destination: Floats,
    links: tuple[Int64Array, Int64Array, Int64Array],
    cutoff_ms: int,
) -> tuple[Floats, Floats]:
    """Time saved by each of many links, each added alone.

    Parameters
    ----------
    time_ms : numpy.ndarray of int32, shape (R, N)
        Shortest times from some nodes to all nodes, `UNREACHED` (-1) where there is no way.
    row_of : numpy.ndarray of int64, shape (N,)
        Row of `time_ms` that holds the times from each node, -1 where there is none. Origins with
        weight and ends of links must have one.
    origin, destination : numpy.ndarray of float64, shape (N,)
        Weights; a pair weighs the product.
    links : tuple of numpy.ndarray of int64, shape (L,)
        One end, the other end, and the time of each link, which runs both ways.
    cutoff_ms : int
        Pairs count if they take no longer than this with the link.

    Returns
    -------
    saved_ms, joined : numpy.ndarray of float64, shape (L,)
        Weighted sum of the time saved, and of the pairs that had no way before.

    Notes
    -----
    O(L O D) at most, for O origins and D destinations with weight; origins that no end of a link
    brings nearer are passed over. Links are shared among threads; results do not depend on it.

    Examples
    --------
    Nodes 0 and 1 an hour apart, joined by a link of a minute:

    >>> time = np.array([[0, 3_600_000], [3_600_000, 0]], dtype=np.int32)
    >>> ends = np.array([0]), np.array([1]), np.array([60_000])
    >>> saved, joined = link_savings(time, np.arange(2), np.ones(2), np.ones(2), ends, 10**7)
    >>> saved.tolist(), joined.tolist()
    ([7080000.0], [0.0])
    """
    saved, joined = np.zeros(len(links[0])), np.zeros(len(links[0]))
    origins, destinations = np.flatnonzero(origin), np.flatnonzero(destination)
    _save(time_ms, row_of, origin, destination, origins, destinations, *links, cutoff_ms,
          saved, joined)  # fmt: skip
    return saved, joined


@njit(cache=True, nogil=True, parallel=True)
def _save(
    time_ms: Int32Array,
    row_of: Int64Array,
    origin: Floats,
    destination: Floats,
    origins: Int64Array,
    destinations: Int64Array,
    one_end: Int64Array,
    other_end: Int64Array,
    link_ms: Int64Array,
    cutoff_ms: int,
    saved: Floats,
    joined: Floats,
) -> None:
    """Fill `saved` and `joined`."""
    for link in numba.prange(one_end.size):
        u, v, length = one_end[link], other_end[link], link_ms[link]
        total, new_pairs = 0.0, 0.0
        for i in range(origins.size):
            now = time_ms[row_of[origins[i]]]
            to_u, to_v = np.int64(now[u]), np.int64(now[v])
            if to_u >= 0 and (to_v < 0 or to_u + length < to_v):
                spent, beyond = to_u + length, time_ms[row_of[v]]
            elif to_v >= 0 and (to_u < 0 or to_v + length < to_u):
                spent, beyond = to_v + length, time_ms[row_of[u]]
            else:
                continue
            sum_ms, sum_new = 0.0, 0.0
            for k in range(destinations.size):
                node = destinations[k]
                reach = spent + beyond[node]
                if beyond[node] < 0 or reach > cutoff_ms:
                    continue
                if now[node] < 0:
                    sum_new += destination[node]
                elif reach < now[node]:
                    sum_ms += destination[node] * (now[node] - reach)
            total += origin[origins[i]] * sum_ms
            new_pairs += origin[origins[i]] * sum_new
        saved[link], joined[link] = total, new_pairs


@njit(cache=True, nogil=True)
def add_link(time_ms: Int32Array, row_of: Int64Array, u: int, v: int, link_ms: int) -> None:
    """Bring shortest times up to date with a link both ways between nodes that have rows.

    Parameters
    ----------
    time_ms : numpy.ndarray of int32, shape (R, N)
        Changed in place; times beyond what 32 bits hold stay `UNREACHED`.
    row_of : numpy.ndarray of int64, shape (N,)
        As for `link_savings`.
    u, v : int
        Ends of the link.
    link_ms : int
        Its time.

    Examples
    --------
    >>> time = np.array([[0, 3_600_000], [3_600_000, 0]], dtype=np.int32)
    >>> add_link(time, np.arange(2), 0, 1, 60_000)
    >>> time.tolist()
    [[0, 60000], [60000, 0]]
    """
    from_u, from_v = time_ms[row_of[u]].copy(), time_ms[row_of[v]].copy()
    limit = np.iinfo(np.int32).max
    for row in range(time_ms.shape[0]):
        to_u, to_v = np.int64(time_ms[row, u]), np.int64(time_ms[row, v])
        for node in range(time_ms.shape[1]):
            best = np.int64(time_ms[row, node])
            if to_u >= 0 and from_v[node] >= 0:
                by = to_u + link_ms + from_v[node]
                if by <= limit and (best < 0 or by < best):
                    best = by
            if to_v >= 0 and from_u[node] >= 0:
                by = to_v + link_ms + from_u[node]
                if by <= limit and (best < 0 or by < best):
                    best = by
            time_ms[row, node] = best
