"""Betweenness flows by sweeps over a contraction hierarchy.

One shortest path is one way up the hierarchy and down again. For a batch of sources, one lane
each, a walk over the nested cells carries times and numbers of paths down to every node
(PHAST: Delling, Goldberg, Nowatzyk, Werneck 2011) and dependencies (Brandes 2001) back up, cell by
cell, so that what is in work stays in cache.

Sources whose times to the boundary of a cell differ by one constant, and whose path counts there
by one factor, use the cell in the same way: they share a lane in it, with the sum of their demand.
Far from home, hundreds of sources need a handful of lanes. Who is alike is told by 64-bit hashes:
for a million nodes, two that differ are taken for one with a probability below 10^-6 a run.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401, FBT001

from typing import Any

import numpy as np

from toolkit.analysis.kernels.cells import Cells, ancestors
from toolkit.analysis.kernels.compiling import kernel, kernel_part
from toolkit.analysis.kernels.lanes import (
    LANES,
    anywhere,
    bits,
    choose,
    least,
    load_f,
    load_i,
    most,
    shifted,
    splat_f,
    splat_i,
    store_f,
    store_i,
    total,
)

__all__ = ["sweep_flows"]


@kernel
def sweep_flows(
    cells: Cells,
    sources: Any,
    origin: Any,
    destination: Any,
    batch: int,
    far: int,
    limit: int,
    merging: bool,
    counting: bool,
    down_flow: Any,
    up_flow: Any,
    through: Any,
    reaching: Any,
    reachable: Any,
) -> int:
    """Add the flows from some sources to all destinations.

    Parameters
    ----------
    cells : Cells
        The hierarchy.
    sources : int32 array
        Positions of the sources, ascending, so that neighbours share batches.
    origin, destination : float64 array
        Demand at each position. A source sends origin * destination to each reachable node
        but itself, split evenly over the shortest paths.
    batch : int
        Sources served at once, a multiple of 32.
    far : int
        Time that stands for unreachable: 2^31 - 1 less the largest weight of an arc.
    limit : int
        Destinations further than this are left out.
    merging : bool
        Let sources share lanes; needs limit = far.
    counting : bool
        Fill `reaching` and `reachable`.
    down_flow, up_flow : float64 array
        By arc of `cells`, added to.
    through : float64 array
        Flow through each position that neither starts nor ends there, added to.
    reaching : float64 array
        Origin demand that reaches each position, itself included, added to.
    reachable : float64 array
        Destination demand each source reaches, itself included, set at its position.

    Returns
    -------
    int
        0, or 1 where times came too close to `far` to be told apart.
    """
    count = cells.node.shape[0]
    cell_count = cells.cell_level.shape[0]
    levels = cells.rows.shape[0]
    base = np.zeros(levels + 1, np.int64)
    for level in range(levels):
        base[level + 1] = base[level] + batch * np.int64(cells.rows[level])
    times = np.empty(base[levels], np.int32)
    paths = np.empty(base[levels], np.float64)
    needs = np.empty(base[levels], np.float64)

    lanes = np.zeros(levels, np.int64)  # in use at each level
    demand = np.zeros(levels * batch, np.float64)
    reach = np.zeros(levels * batch, np.float64)
    share = np.zeros(levels * batch, np.int32)  # lane of a level above -> lane here, -1 none
    offset = np.zeros(levels * batch, np.int32)  # the same, as the place in the lane's group
    factor = np.zeros(levels * batch, np.float64)
    nearest = np.zeros(batch, np.int32)
    ratio = np.zeros(batch, np.float64)
    hashes = np.zeros(2 * batch, np.int32)
    table = np.full(4 * batch, -1, np.int32)

    slot = np.full(count, -1, np.int32)
    chain = np.empty(count, np.int32)
    up_times = np.empty(64 * batch, np.int32)
    up_paths = np.empty(64 * batch, np.float64)
    hot = np.zeros(cell_count, np.bool_)
    stack = np.zeros(levels, np.int32)
    trouble = 0

    for first in range(0, sources.shape[0], batch):
        used = min(batch, sources.shape[0] - first)
        groups = (used + LANES - 1) // LANES
        lanes[0] = groups * LANES
        for lane in range(lanes[0]):
            demand[lane] = origin[sources[first + lane]] if lane < used else 0.0
            reach[lane] = 0.0

        # up: the ancestors of the sources, lowest first
        chained = ancestors(cells, sources[first : first + used], slot, chain)
        for lane in range(used):
            cell = cells.cell[sources[first + lane]]
            while cell >= 0 and not hot[cell]:
                hot[cell] = True
                cell = cells.cell_parent[cell]
        slots = 0
        for lane in range(used):
            place = sources[first + lane]
            up_times, up_paths, slots = _open_slot(
                slot, place, slots, up_times, up_paths, groups * LANES, far
            )
            at = slot[place] * np.int64(groups * LANES) + lane
            up_times[at] = 0
            up_paths[at] = 1.0
        for i in range(chained - 1, -1, -1):
            place = chain[i]
            if slot[place] < 0:
                continue
            for j in range(cells.up_start[place], cells.up_start[place + 1]):
                above = cells.up_head[j]
                up_times, up_paths, slots = _open_slot(
                    slot, above, slots, up_times, up_paths, groups * LANES, far
                )
                _climb(
                    up_times,
                    up_paths,
                    slot[place] * np.int64(groups * LANES),
                    slot[above] * np.int64(groups * LANES),
                    groups,
                    cells.up_weight[j],
                    cells.up_paths[j],
                    far,
                )
        up_needs = np.zeros(slots * groups * LANES, np.float64)
        up_final = np.full(slots * groups * LANES, far, np.int32)

        # down and back, cell by cell
        depth = -1
        skipped = levels
        for cell in range(cell_count + 1):
            level = cells.cell_level[cell] if cell < cell_count else 0
            if level > skipped:
                continue  # inside a cell that no source reaches
            while depth >= level:
                _go_back(
                    cells, stack[depth], base[depth], lanes[depth] // LANES, times, paths, needs,
                    demand[depth * batch :], reach[depth * batch :], destination, far, limit,
                    hot[stack[depth]], counting, slot, up_needs, up_final, down_flow, through,
                    reaching,
                )  # fmt: skip
                if depth > 0:
                    _hand_back(
                        cells, stack[depth], base[depth - 1], base[depth], cells.rows[depth - 1],
                        lanes[depth - 1], offset[depth * batch :], factor[depth * batch :],
                        needs,
                    )  # fmt: skip
                    if counting:
                        for lane in range(lanes[depth - 1]):
                            mine = share[depth * batch + lane]
                            if mine >= 0:
                                reach[(depth - 1) * batch + lane] += reach[depth * batch + mine]
                depth -= 1
            if cell == cell_count:
                break
            if level > 0:
                lanes[level] = _take_over(
                    cells, cell, base[level - 1], base[level], cells.rows[level - 1],
                    cells.rows[level], lanes[level - 1], merging and not hot[cell], far, times,
                    paths, needs, demand[(level - 1) * batch :], demand[level * batch :],
                    share[level * batch :], offset[level * batch :], factor[level * batch :],
                    nearest, ratio, hashes, table,
                )  # fmt: skip
                if lanes[level] == 0:
                    skipped = level
                    continue
                for lane in range(lanes[level]):
                    reach[level * batch + lane] = 0.0
            skipped = levels
            depth = level
            stack[depth] = cell
            trouble |= _go_down(
                cells, cell, base[level], cells.rows[level], lanes[level] // LANES, times, paths,
                needs, far, hot[cell], slot, up_times, up_paths,
            )  # fmt: skip

        # up again, from the top
        for i in range(chained):
            place = chain[i]
            if slot[place] >= 0:
                _come_home(
                    cells, place, slot, groups, up_times, up_paths, up_needs, up_final, far,
                    up_flow, through,
                )  # fmt: skip

        for i in range(chained):
            slot[chain[i]] = -1
        for lane in range(used):
            if counting:
                reachable[sources[first + lane]] = reach[lane]
            cell = cells.cell[sources[first + lane]]
            while cell >= 0 and hot[cell]:
                hot[cell] = False
                cell = cells.cell_parent[cell]
    return trouble


@kernel_part
def _open_slot(
    slot: Any, place: int, slots: int, up_times: Any, up_paths: Any, width: int, far: int
) -> tuple[Any, Any, int]:
    """Give a position a row of the upward search when it is first reached."""
    if slot[place] >= 0:
        return up_times, up_paths, slots
    slot[place] = slots
    start = slots * np.int64(width)
    if start + width > up_times.shape[0]:
        more_times = np.empty(2 * (start + width), np.int32)
        more_paths = np.empty(2 * (start + width), np.float64)
        for i in range(start):
            more_times[i], more_paths[i] = up_times[i], up_paths[i]
        up_times, up_paths = more_times, more_paths
    for i in range(start, start + width):
        up_times[i], up_paths[i] = far, 0.0
    return up_times, up_paths, slots + 1


@kernel_part
def _climb(
    up_times: Any,
    up_paths: Any,
    low: int,
    high: int,
    groups: int,
    weight: int,
    multiplicity: float,
    far: int,
) -> None:
    """Relax one upward arc in every lane."""
    limit, extra, many = splat_i(far), splat_i(weight), splat_f(multiplicity)
    for group in range(groups):
        at = low + group * LANES
        below = load_i(up_times, at)
        if not anywhere(below < limit):
            continue
        to = high + group * LANES
        candidate = least(below + extra, limit)
        known = load_i(up_times, to)
        coming = load_f(up_paths, at) * many
        counted = load_f(up_paths, to)
        counted = choose(candidate == known, counted + coming, counted)
        counted = choose(candidate < known, coming, counted)
        store_i(up_times, to, least(candidate, known))
        store_f(up_paths, to, counted)


@kernel_part
def _take_over(
    cells: Cells,
    cell: int,
    from_base: int,
    to_base: int,
    from_rows: int,
    to_rows: int,
    from_lanes: int,
    merging: bool,
    far: int,
    times: Any,
    paths: Any,
    needs: Any,
    from_demand: Any,
    demand: Any,
    share: Any,
    offset: Any,
    factor: Any,
    nearest: Any,
    ratio: Any,
    hashes: Any,
    table: Any,
) -> int:
    """Copy a cell's boundary from its parent, one lane for all that are alike; how many lanes."""
    start, end = cells.border_start[cell], cells.border_start[cell + 1]
    groups = from_lanes // LANES
    if not merging:
        for group in range(groups):
            source = from_base + group * LANES * np.int64(from_rows)
            target = to_base + group * LANES * np.int64(to_rows)
            for i in range(start, end):
                at = source + cells.border_row[i] * LANES
                store_i(times, target, load_i(times, at))
                store_f(paths, target, load_f(paths, at))
                store_f(needs, target, splat_f(0.0))
                target += LANES
        for lane in range(from_lanes):
            share[lane] = lane
            offset[lane] = (lane - lane % LANES) * to_rows + lane % LANES
            factor[lane] = 1.0
            demand[lane] = from_demand[lane]
        return from_lanes

    limit = splat_i(far)
    one = splat_f(1.0)
    for group in range(groups):
        source = from_base + group * LANES * np.int64(from_rows)
        least_time, count = limit, one
        sample = load_f(paths, source + cells.border_row[start] * LANES)
        uneven = sample < one  # nothing
        for i in range(start, end):
            at = source + cells.border_row[i] * LANES
            time, number = load_i(times, at), load_f(paths, at)
            uneven = uneven | (number != sample)
            count = choose(time < least_time, number, count)
            least_time = least(time, least_time)
        inverse = one / count
        store_i(nearest, group * LANES, least_time)
        store_f(ratio, group * LANES, inverse)
        mixed, other = splat_i(0x2545F491), splat_i(0x1B873593)
        differ = anywhere(uneven)
        low, high = bits(one)
        for i in range(start, end):
            at = source + cells.border_row[i] * LANES
            time = load_i(times, at)
            time = choose(time < limit, time - least_time, time)
            if differ:
                low, high = bits(load_f(paths, at) * inverse)
            mixed = (mixed ^ (time + high)) * splat_i(0x2C1B3C6D)
            mixed = mixed ^ shifted(mixed, 15)
            other = (other ^ (time * splat_i(0x297A2D39) + low)) * splat_i(0x45D9F3B5) + high
            other = other ^ shifted(other, 13)
        store_i(hashes, group * LANES, mixed)
        store_i(hashes, from_lanes + group * LANES, other)

    size = table.shape[0]
    table[:] = -1
    used = 0
    for lane in range(from_lanes):
        if nearest[lane] == far:
            share[lane] = -1
            continue
        mark, check = hashes[lane], hashes[from_lanes + lane]
        place = mark & (size - 1)
        while table[place] >= 0:
            twin = table[place]
            if hashes[twin] == mark and hashes[from_lanes + twin] == check:
                break
            place = (place + 1) & (size - 1)
        if table[place] < 0:
            table[place] = lane
            share[lane] = used
            demand[used] = from_demand[lane]
            source = from_base + (lane - lane % LANES) * np.int64(from_rows) + lane % LANES
            target = to_base + (used - used % LANES) * np.int64(to_rows) + used % LANES
            for i in range(start, end):
                at = source + cells.border_row[i] * LANES
                time = times[at]
                times[target] = time - nearest[lane] if time < far else far
                paths[target] = paths[at] * ratio[lane]
                needs[target] = 0.0
                target += LANES
            used += 1
        else:
            share[lane] = share[table[place]]
            demand[share[lane]] += from_demand[lane]
    for lane in range(from_lanes):
        mine = share[lane]
        together = demand[mine] if mine >= 0 else 0.0
        factor[lane] = from_demand[lane] * ratio[lane] / together if together > 0.0 else 0.0
        offset[lane] = (mine - mine % LANES) * to_rows + mine % LANES if mine >= 0 else 0
    # lanes that fill the last group reach nothing
    while used % LANES:
        demand[used] = 0.0
        target = to_base + (used - used % LANES) * np.int64(to_rows) + used % LANES
        for _ in range(start, end):
            times[target] = far
            paths[target] = 0.0
            needs[target] = 0.0
            target += LANES
        used += 1
    return used


@kernel_part
def _go_down(
    cells: Cells,
    cell: int,
    base: int,
    rows: int,
    groups: int,
    times: Any,
    paths: Any,
    needs: Any,
    far: int,
    hot: bool,
    slot: Any,
    up_times: Any,
    up_paths: Any,
) -> int:
    """Times and numbers of paths of a cell's own nodes; 1 where a time is too close to `far`."""
    limit = splat_i(far)
    safe = splat_i(far - (0x7FFFFFFF - far))
    nothing = splat_f(0.0)
    border = cells.border_start[cell + 1] - cells.border_start[cell]
    largest = splat_i(0)
    for group in range(groups):
        corner = base + group * LANES * np.int64(rows)
        own = corner + border * LANES
        for i in range(cells.own_start[cell], cells.own_start[cell + 1]):
            place = cells.own_position[i]
            first, last = cells.down_start[place], cells.down_start[place + 1]
            time = limit
            for j in range(first, last):
                at = corner + cells.down_row[j] * LANES
                time = least(time, load_i(times, at) + splat_i(cells.down_weight[j]))
            count = nothing
            if hot and slot[place] >= 0:
                at = (slot[place] * np.int64(groups) + group) * LANES
                risen = load_i(up_times, at)
                time = least(time, risen)
                count = choose(risen == time, load_f(up_paths, at), nothing)
            for j in range(first, last):
                at = corner + cells.down_row[j] * LANES
                tight = load_i(times, at) + splat_i(cells.down_weight[j]) == time
                coming = load_f(paths, at) * splat_f(cells.down_paths[j])
                count = choose(tight, count + coming, count)
            store_i(times, own, time)
            store_f(paths, own, count)
            store_f(needs, own, nothing)
            largest = most(largest, choose(time < limit, time, splat_i(0)))
            own += LANES
    return 1 if anywhere(safe < largest) else 0


@kernel_part
def _go_back(
    cells: Cells,
    cell: int,
    base: int,
    groups: int,
    times: Any,
    paths: Any,
    needs: Any,
    demand: Any,
    reach: Any,
    destination: Any,
    far: int,
    limit: int,
    hot: bool,
    counting: bool,
    slot: Any,
    up_needs: Any,
    up_final: Any,
    down_flow: Any,
    through: Any,
    reaching: Any,
) -> None:
    """Dependencies of a cell's own nodes, handed up to its boundary."""
    nothing, zero = splat_f(0.0), splat_i(0)
    endless, furthest = splat_i(far), splat_i(limit)
    border = cells.border_start[cell + 1] - cells.border_start[cell]
    rows = np.int64(cells.rows[cells.cell_level[cell]])
    for group in range(groups):
        corner = base + group * LANES * rows
        weight = load_f(demand, group * LANES)
        reached = nothing
        for i in range(cells.own_start[cell + 1] - 1, cells.own_start[cell] - 1, -1):
            place = cells.own_position[i]
            own = corner + (border + i - cells.own_start[cell]) * LANES
            time = load_i(times, own)
            count = load_f(paths, own)
            need = load_f(needs, own)
            ends = (time < endless) & (time <= furthest)
            passing = count * need
            if hot:
                ends = ends & (zero < time)
                passing = choose(zero < time, passing, nothing)
            through[place] += total(passing)
            need = need + choose(ends, weight * splat_f(destination[place]) / count, nothing)
            if hot and slot[place] >= 0:
                at = (slot[place] * np.int64(groups) + group) * LANES
                store_f(up_needs, at, need)
                store_i(up_final, at, time)
            if counting:
                reaching[place] += total(choose(time < endless, weight, nothing))
                reached = choose(time < endless, reached + splat_f(destination[place]), reached)
            for j in range(cells.down_start[place], cells.down_start[place + 1]):
                at = corner + cells.down_row[j] * LANES
                tight = load_i(times, at) + splat_i(cells.down_weight[j]) == time
                part = choose(tight, need * splat_f(cells.down_paths[j]), nothing)
                store_f(needs, at, load_f(needs, at) + part)
                down_flow[j] += total(load_f(paths, at) * part)
        if counting:
            store_f(reach, group * LANES, load_f(reach, group * LANES) + reached)


@kernel_part
def _hand_back(
    cells: Cells,
    cell: int,
    to_base: int,
    from_base: int,
    to_rows: int,
    to_lanes: int,
    offset: Any,
    factor: Any,
    needs: Any,
) -> None:
    """Give the dependencies of a cell's boundary back to its parent's lanes."""
    first, last = cells.border_start[cell], cells.border_start[cell + 1]
    for group in range(to_lanes // LANES):
        corner = to_base + group * LANES * np.int64(to_rows)
        start = group * LANES
        for i in range(first, last):
            to = corner + cells.border_row[i] * LANES
            at = from_base + (i - first) * LANES
            for lane in range(LANES):
                needs[to + lane] += needs[at + offset[start + lane]] * factor[start + lane]


@kernel_part
def _come_home(
    cells: Cells,
    place: int,
    slot: Any,
    groups: int,
    up_times: Any,
    up_paths: Any,
    up_needs: Any,
    up_final: Any,
    far: int,
    up_flow: Any,
    through: Any,
) -> None:
    """Dependencies of the upward arcs of one node, from those of the nodes above it."""
    nothing, zero, endless = splat_f(0.0), splat_i(0), splat_i(far)
    for group in range(groups):
        at = (slot[place] * np.int64(groups) + group) * LANES
        time = load_i(up_times, at)
        if not anywhere(time < endless):
            continue
        count = load_f(up_paths, at)
        rising = nothing
        for j in range(cells.up_start[place], cells.up_start[place + 1]):
            above = (slot[cells.up_head[j]] * np.int64(groups) + group) * LANES
            tight = time + splat_i(cells.up_weight[j]) == load_i(up_final, above)
            tight = tight & (time < endless)
            part = load_f(up_needs, above) * splat_f(cells.up_paths[j])
            part = choose(tight, part, nothing)
            up_flow[j] += total(count * part)
            rising = rising + part
        through[place] += total(choose(zero < time, count * rising, nothing))
        store_f(up_needs, at, load_f(up_needs, at) + rising)
