"""Which nodes a contraction should leave for last: small separators, found recursively.

Nested dissection (George 1973) for road networks, after inertial flow (Schild, Sommer 2015): a
region is cut by the smallest cut between its two ends; rivers and ring roads make good ones.
Regions have no coordinates here, so the ends are those of a longest breadth-first search. Only
junctions count: nodes with two neighbours are passed over.
"""

# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from typing import Any

import numpy as np

from toolkit.analysis.kernels.compiling import kernel, kernel_part

__all__ = ["separator_tiers"]

_END_SHARE = 0.3  # of a region's junctions that belong to each end: bounds the imbalance


@kernel
def separator_tiers(node_count: int, tail: Any, head: Any, smallest: int) -> Any:
    """Depth of each node in a nested dissection, from the leaves.

    Parameters
    ----------
    node_count : int
        Number of nodes.
    tail, head : int32 array
        Ends of the arcs; directions do not matter.
    smallest : int
        Regions of fewer junctions are not cut.

    Returns
    -------
    int32 array
        0 for nodes of no separator; the first separator has the largest number.
    """
    start, other, twin = _junction_graph(node_count, tail, head)
    depth = np.full(node_count, -1, np.int32)
    region = np.zeros(node_count, np.int32)  # region of each junction; -1 for others
    waiting = np.empty(node_count, np.int32)  # junctions, grouped by region
    count = 0
    for node in range(node_count):
        region[node] = -1
        if start[node + 1] > start[node]:
            region[node] = 0
            waiting[count] = node
            count += 1
    stack = np.empty((node_count + 2, 3), np.int32)  # first and last of a region, its depth
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, count, 0
    open_regions = 1
    next_region = 1
    steps = np.full((2, node_count), -1, np.int32)
    queue = np.empty(node_count, np.int32)
    scratch = np.empty(node_count, np.int32)
    flow = np.zeros(other.shape[0], np.int8)
    came_by = np.empty(node_count, np.int64)
    deepest = 0

    while open_regions > 0:
        open_regions -= 1
        first, last, level = stack[open_regions]
        size = last - first
        if size < smallest:
            continue
        mine = region[waiting[first]]
        # part of the region connected with its first junction
        reached = _search(waiting[first], mine, region, start, other, steps[0], queue)
        if reached < size:
            # the connected part goes first, each becomes a region of its own
            for i in range(reached):
                region[queue[i]] = next_region
                steps[0, queue[i]] = -1
            place = reached
            for i in range(first, last):
                if region[waiting[i]] == mine:
                    queue[place] = waiting[i]
                    place += 1
            for i in range(size):
                waiting[first + i] = queue[i]
            next_region += 1
            stack[open_regions, 0], stack[open_regions, 1] = first, first + reached
            stack[open_regions, 2] = level
            stack[open_regions + 1, 0], stack[open_regions + 1, 1] = first + reached, last
            stack[open_regions + 1, 2] = level
            open_regions += 2
            continue
        end = queue[size - 1]
        for i in range(size):
            steps[0, queue[i]] = -1
        _search(end, mine, region, start, other, steps[0], queue)
        opposite = queue[size - 1]
        _search(opposite, mine, region, start, other, steps[1], queue)

        # junctions from one end to the other
        longest = steps[0, opposite]
        fill = np.zeros(2 * longest + 3, np.int32)
        for i in range(first, last):
            node = waiting[i]
            fill[steps[0, node] - steps[1, node] + longest + 1] += 1
        for i in range(2 * longest + 2):
            fill[i + 1] += fill[i]
        for i in range(first, last):
            node = waiting[i]
            key = steps[0, node] - steps[1, node] + longest
            scratch[fill[key]] = node
            fill[key] += 1
            steps[0, node], steps[1, node] = -1, -1
        for i in range(size):
            waiting[first + i] = scratch[i]

        ends = max(1, int(size * _END_SHARE))
        side = _smallest_cut(
            waiting[first:last],
            ends,
            mine,
            region,
            start,
            other,
            twin,
            flow,
            steps[0],
            came_by,
            queue,
        )
        # separator: ends of cut streets on the side where they are fewer
        near, far = 0, 0
        for i in range(first, last):
            node = waiting[i]
            crossing = False
            for j in range(start[node], start[node + 1]):
                if region[other[j]] == mine and (side[other[j]] >= 0) != (side[node] >= 0):
                    crossing = True
            scratch[i - first] = 1 if crossing else 0
            if crossing and side[node] >= 0:
                near += 1
            elif crossing:
                far += 1
        from_near = near <= far
        place = 0
        for keep in range(2):
            start_of_part = place
            for i in range(first, last):
                node = waiting[i]
                inside = side[node] >= 0
                if inside != (keep == 0):
                    continue
                if scratch[i - first] == 1 and inside == from_near:
                    depth[node] = level
                    deepest = max(deepest, level + 1)
                    region[node] = -1
                else:
                    queue[place] = node
                    place += 1
            for i in range(start_of_part, place):
                region[queue[i]] = next_region
            next_region += 1
            stack[open_regions, 0] = first + start_of_part
            stack[open_regions, 1] = first + place
            stack[open_regions, 2] = level + 1
            open_regions += 1
        for i in range(first, last):
            side[waiting[i]] = -1
        for i in range(place):
            waiting[first + i] = queue[i]

    for node in range(node_count):
        depth[node] = deepest - depth[node] if depth[node] >= 0 else 0
    return depth


@kernel_part
def _search(
    source: int, mine: int, region: Any, start: Any, other: Any, steps: Any, queue: Any
) -> int:
    """Breadth-first search in a region: steps from the source; returns how many it reached."""
    steps[source] = 0
    queue[0] = source
    count = 1
    i = 0
    while i < count:
        node = queue[i]
        i += 1
        for j in range(start[node], start[node + 1]):
            near = other[j]
            if region[near] == mine and steps[near] < 0:
                steps[near] = steps[node] + 1
                queue[count] = near
                count += 1
    return count


@kernel_part
def _smallest_cut(
    nodes: Any,
    ends: int,
    mine: int,
    region: Any,
    start: Any,
    other: Any,
    twin: Any,
    flow: Any,
    side: Any,
    came_by: Any,
    queue: Any,
) -> Any:
    """Cut between the first and the last junctions of a region: `side` is 0 or more on the first.

    Streets have capacity 1 in either direction; paths are found breadth first (Edmonds, Karp 1972).
    """
    size = nodes.shape[0]
    for i in range(size):
        for j in range(start[nodes[i]], start[nodes[i] + 1]):
            flow[j] = 0
    while True:
        for i in range(size):
            side[nodes[i]] = -1
        count = 0
        for i in range(ends):
            side[nodes[i]] = 0
            came_by[nodes[i]] = -1
            queue[count] = nodes[i]
            count += 1
        # sinks are told by a mark that a search replaces
        for i in range(size - ends, size):
            side[nodes[i]] = -2
        found = -1
        i = 0
        while i < count and found < 0:
            node = queue[i]
            i += 1
            for j in range(start[node], start[node + 1]):
                near = other[j]
                if region[near] == mine and side[near] < 0 and flow[j] < 1:
                    came_by[near] = j
                    if side[near] == -2:
                        found = near
                        break
                    side[near] = 1
                    queue[count] = near
                    count += 1
        if found < 0:
            for k in range(size - ends, size):
                side[nodes[k]] = -1
            return side
        node = found
        while came_by[node] >= 0:
            j = came_by[node]
            flow[j] += 1
            flow[twin[j]] -= 1
            node = other[twin[j]]


@kernel_part
def _junction_graph(node_count: int, tail: Any, head: Any) -> tuple[Any, Any, Any]:
    """Streets between nodes with three or more neighbours: neighbour lists with both directions.

    Returns
    -------
    start : int64 array
        First street of each node.
    other : int32 array
        Far end of each.
    twin : int64 array
        The same street from its far end.
    """
    first = np.zeros(node_count + 2, np.int64)
    for arc in range(tail.shape[0]):
        first[tail[arc] + 2] += 1
        first[head[arc] + 2] += 1
    for node in range(node_count + 1):
        first[node + 1] += first[node]
    near = np.empty(2 * tail.shape[0], np.int32)
    for arc in range(tail.shape[0]):
        near[first[tail[arc] + 1]] = head[arc]
        first[tail[arc] + 1] += 1
        near[first[head[arc] + 1]] = tail[arc]
        first[head[arc] + 1] += 1
    # keep each neighbour once
    degree = np.zeros(node_count, np.int32)
    seen = np.full(node_count, -1, np.int32)
    for node in range(node_count):
        for i in range(first[node], first[node + 1]):
            if seen[near[i]] != node:
                seen[near[i]] = node
                near[first[node] + degree[node]] = near[i]
                degree[node] += 1

    street_end = np.empty((2, near.shape[0]), np.int32)
    streets = 0
    for node in range(node_count):
        if degree[node] < 3:
            continue
        for i in range(first[node], first[node] + degree[node]):
            before, here = node, near[i]
            while degree[here] == 2:
                ahead = near[first[here]]
                if ahead == before:
                    ahead = near[first[here] + 1]
                before, here = here, ahead
            if degree[here] > 2 and node < here:
                street_end[0, streets], street_end[1, streets] = node, here
                streets += 1

    start = np.zeros(node_count + 2, np.int64)
    for street in range(streets):
        start[street_end[0, street] + 2] += 1
        start[street_end[1, street] + 2] += 1
    for node in range(node_count + 1):
        start[node + 1] += start[node]
    other = np.empty(2 * streets, np.int32)
    twin = np.empty(2 * streets, np.int64)
    for street in range(streets):
        a, b = street_end[0, street], street_end[1, street]
        there, back = start[a + 1], start[b + 1]
        other[there], other[back] = b, a
        twin[there], twin[back] = back, there
        start[a + 1] += 1
        start[b + 1] += 1
    return start[: node_count + 1].copy(), other, twin
