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
from toolkit.analysis.kernels.flow_cells import go_back, go_down, hand_back, take_over
from toolkit.analysis.kernels.lanes import (
    LANES,
    anywhere,
    choose,
    least,
    load_f,
    load_i,
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
    decay: Any,
    shift: int,
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
    decay, shift : float64 array, int
        Weight of a pair by its distance, as `Falling` holds it.
    merging : bool
        Let sources share lanes; needs limit = far and no decay.
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
    falls = np.empty(LANES, np.float64)
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
                go_back(
                    cells, stack[depth], base[depth], lanes[depth] // LANES, times, paths, needs,
                    demand[depth * batch :], reach[depth * batch :], destination, far, limit,
                    decay, shift, falls, hot[stack[depth]], counting, slot, up_needs, up_final,
                    down_flow, through, reaching,
                )  # fmt: skip
                if depth > 0:
                    hand_back(
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
                lanes[level] = take_over(
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
            trouble |= go_down(
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
