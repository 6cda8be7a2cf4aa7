"""Contraction that keeps every shortest path (Geisberger, Sanders, Schultes, Delling 2008).

Nodes are removed one by one. When a node goes, its neighbours get a shortcut for each path
through it, unless a path that avoids it is strictly shorter. A shortcut as long as an arc that is
there already is merged with it: an arc carries the number of paths it stands for and the list of
its parts, so that no shortest path is lost and none is counted twice.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from typing import Any

import numpy as np

from toolkit.analysis.kernels.compiling import kernel, kernel_part

__all__ = ["contract", "pop", "push"]

_FAR = np.int64(1) << 62
_SETTLED_LIMIT = 40  # witness searches give up after so many nodes: costs arcs, never correctness
_NODE_BITS = np.int64(32)
_NODE_MASK = (np.int64(1) << _NODE_BITS) - 1


@kernel
def contract(
    node_count: int, tail: Any, head: Any, weight_ms: Any, paths: Any, tier: Any
) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any]:
    """Contract a simple directed graph.

    Parameters
    ----------
    node_count : int
        Number of nodes.
    tail, head : int32 array
        Ends of the arcs; no loops, at most one arc for an ordered pair.
    weight_ms : int32 array
        Weights, at least 1.
    paths : float64 array
        Number of parallel paths each arc stands for.
    tier : int32 array
        Nodes of a lower tier go first.

    Returns
    -------
    rank : int32 array
        Place of each node in the order of contraction.
    tail, head, weight_ms, paths : arrays
        Arcs of the hierarchy; the first ones are the given ones (those that no shortest path
        needs and that were replaced by something shorter carry the shorter weight).
    first_part : int32 array
        First part of each arc, -1 for none.
    next_part, part_in, part_out : int32 array
        Parts as linked lists; a part is two arcs one after the other, or (arc itself, -1) for
        an arc that was given.
    """
    arc_count = tail.shape[0]
    capacity = max(4 * arc_count, 64)
    arcs = np.empty((4, capacity), np.int32)  # tail, head, weight, first part
    arc_paths = np.empty(capacity, np.float64)
    parts = np.empty((3, capacity), np.int32)  # next, in, out
    part_count = arc_count
    for arc in range(arc_count):
        arcs[0, arc], arcs[1, arc], arcs[2, arc] = tail[arc], head[arc], weight_ms[arc]
        arcs[3, arc] = arc
        arc_paths[arc] = paths[arc]
        parts[0, arc], parts[1, arc], parts[2, arc] = -1, arc, -1

    out_start, out_length, out_room, out_pool = _adjacency(node_count, tail, head, arc_count)
    in_start, in_length, in_room, in_pool = _adjacency(node_count, head, tail, arc_count)
    out_used, in_used = out_pool.shape[1], in_pool.shape[1]

    rank = np.full(node_count, -1, np.int32)
    level = np.zeros(node_count, np.int32)
    distance = np.full(node_count, _FAR, np.int64)
    touched = np.empty(node_count, np.int32)
    heap = np.empty(1024, np.int64)
    found = np.empty((3, 64), np.int32)  # arc in, arc out, weight of each needed shortcut

    # every node starts in front and gets its true priority when it is first looked at
    queue = np.arange(node_count + 1)
    queue_size = node_count
    next_rank = 0
    while queue_size > 0:
        node = np.int64(queue[0] & _NODE_MASK)
        queue_size = pop(queue, queue_size)
        if rank[node] >= 0:
            continue
        priority = _priority(tier[node], in_length[node], out_length[node], level[node])
        if queue_size > 0 and priority > (queue[0] >> _NODE_BITS):
            queue, queue_size = push(queue, queue_size, (priority << _NODE_BITS) | node)
            continue
        found, count, heap = _needed_shortcuts(
            node,
            arcs,
            out_start,
            out_length,
            out_pool,
            in_start,
            in_length,
            in_pool,
            distance,
            touched,
            heap,
            found,
        )
        rank[node] = next_rank
        next_rank += 1
        for i in range(in_start[node], in_start[node] + in_length[node]):
            other = in_pool[0, i]
            _drop(other, node, out_start, out_length, out_pool)
            level[other] = max(level[other], level[node] + 1)
        for i in range(out_start[node], out_start[node] + out_length[node]):
            other = out_pool[0, i]
            _drop(other, node, in_start, in_length, in_pool)
            level[other] = max(level[other], level[node] + 1)

        for shortcut in range(count):
            arc_in, arc_out, weight = found[0, shortcut], found[1, shortcut], found[2, shortcut]
            start, end = arcs[0, arc_in], arcs[1, arc_out]
            multiplicity = arc_paths[arc_in] * arc_paths[arc_out]
            if part_count == parts.shape[1]:
                parts = _wider(parts)
            parts[1, part_count], parts[2, part_count] = arc_in, arc_out
            known = -1
            for i in range(out_start[start], out_start[start] + out_length[start]):
                if out_pool[0, i] == end:
                    known = out_pool[1, i]
                    break
            if known >= 0 and arcs[2, known] < weight:
                continue
            if known >= 0 and arcs[2, known] == weight:
                parts[0, part_count] = arcs[3, known]
                arcs[3, known] = part_count
                arc_paths[known] += multiplicity
            elif known >= 0:
                parts[0, part_count] = -1
                arcs[3, known] = part_count
                arcs[2, known] = weight
                arc_paths[known] = multiplicity
            else:
                parts[0, part_count] = -1
                if arc_count == arcs.shape[1]:
                    arcs = _wider(arcs)
                    more = np.empty(arcs.shape[1], np.float64)
                    for i in range(arc_count):
                        more[i] = arc_paths[i]
                    arc_paths = more
                arcs[0, arc_count], arcs[1, arc_count] = start, end
                arcs[2, arc_count], arcs[3, arc_count] = weight, part_count
                arc_paths[arc_count] = multiplicity
                out_pool, out_used = _attach(
                    start, end, arc_count, out_start, out_length, out_room, out_pool, out_used
                )
                in_pool, in_used = _attach(
                    end, start, arc_count, in_start, in_length, in_room, in_pool, in_used
                )
                arc_count += 1
            part_count += 1

    return (
        rank,
        arcs[0, :arc_count].copy(),
        arcs[1, :arc_count].copy(),
        arcs[2, :arc_count].copy(),
        arc_paths[:arc_count].copy(),
        arcs[3, :arc_count].copy(),
        parts[0, :part_count].copy(),
        parts[1, :part_count].copy(),
        parts[2, :part_count].copy(),
    )


@kernel_part
def _priority(tier: Any, arcs_in: Any, arcs_out: Any, level: Any) -> Any:
    """Importance of a node: its tier, then arcs it may add less arcs it takes away, and its level.

    Counting the arcs it would really add takes twice as long and saves two arcs in a hundred.
    """
    added = arcs_in * arcs_out - min(arcs_in, arcs_out)
    return (tier << 20) + 1024 + 2 * added - (arcs_in + arcs_out) + level


@kernel_part
def _needed_shortcuts(
    node: Any,
    arcs: Any,
    out_start: Any,
    out_length: Any,
    out_pool: Any,
    in_start: Any,
    in_length: Any,
    in_pool: Any,
    distance: Any,
    touched: Any,
    heap: Any,
    found: Any,
) -> tuple[Any, int, Any]:
    """Pairs of arcs through a node that no strictly shorter path around it replaces."""
    count = 0
    between = in_length[node] <= 2 and out_length[node] <= 2
    for i in range(in_start[node], in_start[node] + in_length[node]):
        start, arc_in = in_pool[0, i], in_pool[1, i]
        limit: Any = np.int64(-1)
        targets = 0
        for j in range(out_start[node], out_start[node] + out_length[node]):
            if out_pool[0, j] != start:
                limit = max(limit, np.int64(arcs[2, arc_in]) + arcs[2, out_pool[1, j]])
                targets += 1
        if targets == 0:
            continue
        marked = 0
        if not between:  # nodes along a street are hardly ever bypassed: no search for them
            marked, heap = _witness_search(
                start, node, limit, arcs, out_start, out_length, out_pool, distance, touched, heap
            )
        for j in range(out_start[node], out_start[node] + out_length[node]):
            end, arc_out = out_pool[0, j], out_pool[1, j]
            length = np.int64(arcs[2, arc_in]) + arcs[2, arc_out]
            if end != start and length <= distance[end]:
                if length > 0x7FFFFFFF:
                    raise OverflowError("path longer than 2^31 ms")
                if count == found.shape[1]:
                    found = _wider(found)
                found[0, count], found[1, count], found[2, count] = arc_in, arc_out, length
                count += 1
        for k in range(marked):
            distance[touched[k]] = _FAR
    return found, count, heap


@kernel_part
def _witness_search(
    start: Any,
    avoided: Any,
    limit: Any,
    arcs: Any,
    out_start: Any,
    out_length: Any,
    out_pool: Any,
    distance: Any,
    touched: Any,
    heap: Any,
) -> tuple[int, Any]:
    """Bounded Dijkstra that leaves upper bounds in `distance`; how many nodes it touched."""
    distance[start] = 0
    touched[0] = start
    marked = 1
    heap[0] = start
    size = 1
    settled = 0
    while size > 0 and settled < _SETTLED_LIMIT:
        reached = heap[0] >> _NODE_BITS
        node = heap[0] & _NODE_MASK
        size = pop(heap, size)
        if reached > distance[node]:
            continue
        if reached >= limit:
            break
        settled += 1
        for i in range(out_start[node], out_start[node] + out_length[node]):
            other = out_pool[0, i]
            length = reached + arcs[2, out_pool[1, i]]
            if other != avoided and length < limit and length < distance[other]:
                if distance[other] == _FAR:
                    touched[marked] = other
                    marked += 1
                distance[other] = length
                heap, size = push(heap, size, (length << _NODE_BITS) | other)
    return marked, heap


@kernel_part
def _adjacency(node_count: int, near: Any, far: Any, arc_count: int) -> tuple[Any, Any, Any, Any]:
    """Growable neighbour lists: start, length and room by node, and a pool (other end, arc)."""
    length = np.zeros(node_count, np.int32)
    for arc in range(arc_count):
        length[near[arc]] += 1
    room = length + np.int32(4)
    start = np.zeros(node_count, np.int64)
    used: Any = np.int64(0)
    for node in range(node_count):
        start[node] = used
        used += room[node]
        length[node] = 0
    pool = np.empty((2, max(used, 1)), np.int32)
    for arc in range(arc_count):
        node = near[arc]
        place = start[node] + length[node]
        pool[0, place], pool[1, place] = far[arc], arc
        length[node] += 1
    return start, length, room, pool


@kernel_part
def _attach(
    node: int, other: int, arc: int, start: Any, length: Any, room: Any, pool: Any, used: int
) -> tuple[Any, int]:
    """Add a neighbour; a list that is full moves to the end of the pool with twice the room."""
    if length[node] == room[node]:
        wanted = 2 * room[node]
        while used + wanted > pool.shape[1]:
            pool = _wider(pool)
        for i in range(length[node]):
            pool[0, used + i] = pool[0, start[node] + i]
            pool[1, used + i] = pool[1, start[node] + i]
        start[node] = used
        room[node] = wanted
        used += wanted
    place = start[node] + length[node]
    pool[0, place], pool[1, place] = other, arc
    length[node] += 1
    return pool, used


@kernel_part
def _drop(node: Any, other: Any, start: Any, length: Any, pool: Any) -> None:
    """Remove a neighbour from a list."""
    last = start[node] + length[node] - 1
    for i in range(start[node], last + 1):
        if pool[0, i] == other:
            pool[0, i], pool[1, i] = pool[0, last], pool[1, last]
            length[node] -= 1
            return


@kernel_part
def _wider(table: Any) -> Any:
    """Copy of a table with twice the columns."""
    wider = np.empty((table.shape[0], 2 * table.shape[1]), table.dtype)
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            wider[row, column] = table[row, column]
    return wider


@kernel_part
def push(heap: Any, size: int, item: Any) -> tuple[Any, int]:
    """Insert into a binary heap of int64, which grows when full."""
    if size == heap.shape[0]:
        grown = np.empty(2 * size, np.int64)
        for i in range(size):  # compiles ten times faster than a slice
            grown[i] = heap[i]
        heap = grown
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= item:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item
    return heap, size + 1


@kernel_part
def pop(heap: Any, size: int) -> int:
    """Remove the least item of a binary heap."""
    size -= 1
    item = heap[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= item:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = item
    return size
