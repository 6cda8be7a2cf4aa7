"""Sums of distances from every node by sweeps over a contraction hierarchy.

The same walk over nested cells as for flows, downwards only (PHAST: Delling, Goldberg, Nowatzyk,
Werneck 2011). Sources that use a cell in the same way share one lane in it and differ by a
constant, so that times inside are found once and only the terms of the sums are left to each.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401, FBT001

from typing import Any

import numpy as np

from toolkit.analysis.kernels.cells import Cells, ancestors
from toolkit.analysis.kernels.compiling import kernel, kernel_part
from toolkit.analysis.kernels.distance_terms import REACH, add_terms, group_by_lane
from toolkit.analysis.kernels.lanes import (
    LANES,
    anywhere,
    choose,
    least,
    load_i,
    most,
    shifted,
    splat_i,
    store_i,
)

__all__ = ["sweep_distances"]


@kernel
def sweep_distances(
    cells: Cells,
    sources: Any,
    destination: Any,
    batch: int,
    far: int,
    limit: int,
    decay: Any,
    shift: int,
    unit_vector: Any,
    arc_series: Any,
    inverting: bool,
    sums: Any,
) -> int:
    """Sum functions of the distance from some sources to all nodes.

    Parameters
    ----------
    cells : Cells
        The hierarchy.
    sources : int32 array
        Positions of the sources, ascending, so that neighbours share batches.
    destination : float64 array
        Demand at each position, the weight of each term.
    batch : int
        Sources served at once, a multiple of 32.
    far : int
        Distance that stands for unreachable: 2^31 - 1 less the largest weight of an arc.
    limit : int
        Nodes further than this are left out; `far` for none.
    decay, shift : float64 array, int
        Weight of a distance, as `Falling` holds it.
    unit_vector : float64 array, shape (3, N) or (3, 0)
        Places on the unit sphere by position; without, no straightness.
    arc_series : float64 array
        Coefficients c of arc length = chord * (c0 + c1 chord^2 + c2 chord^4 ...), in metres.
    inverting : bool
        Sum reciprocals of distances.
    sums : float64 array, shape (6, S)
        Added to for each source: demand reached, demand x distance, demand / distance, demand x
        great-circle distance / distance, largest distance, demand x decay of the distance. The
        source itself is left out.

    Returns
    -------
    int
        0, or 1 where distances came too close to `far` to be told apart.
    """
    count = cells.node.shape[0]
    levels = cells.rows.shape[0]
    base = np.zeros(levels + 1, np.int64)
    most_own = np.int64(0)
    for level in range(levels):
        base[level + 1] = base[level] + batch * np.int64(cells.rows[level])
        most_own = max(most_own, np.int64(cells.rows[level]))
    times = np.empty(base[levels], np.int32)
    rising = np.empty(64 * batch, np.int32)
    slot = np.full(count, -1, np.int32)
    chain = np.empty(count, np.int32)
    hot = np.zeros(cells.cell_level.shape[0], np.bool_)

    lanes = np.zeros(levels, np.int64)
    lane_of = np.zeros((levels, batch), np.int32)  # lane of each source at each level, or -1
    offset = np.zeros((levels, batch), np.int32)  # what its distances there are short by
    share = np.zeros(batch, np.int32)
    nearest = np.zeros(batch, np.int32)
    hashes = np.zeros(2 * batch, np.int32)
    table = np.full(4 * batch, -1, np.int32)
    column = np.empty(most_own + LANES, np.int32)
    in_lane = np.empty(batch, np.int32)
    lane_start = np.empty(batch + 2, np.int32)

    # demand and places in the order of the cells' own nodes
    spatial = unit_vector.shape[1] > 0
    weight = np.zeros(count + LANES, np.float64)
    place_xyz = np.zeros(3 * (count + LANES) if spatial else 0, np.float64)
    for i in range(count):
        weight[i] = destination[cells.own_position[i]]
        if spatial:
            for axis in range(3):
                place_xyz[axis * (count + LANES) + i] = unit_vector[axis, cells.own_position[i]]
    trouble = 0

    for first in range(0, sources.shape[0], batch):
        used = min(batch, sources.shape[0] - first)
        groups = (used + LANES - 1) // LANES
        lanes[0] = groups * LANES
        for lane in range(used):
            lane_of[0, lane] = lane
            offset[0, lane] = 0
            cell = cells.cell[sources[first + lane]]
            while cell >= 0 and not hot[cell]:
                hot[cell] = True
                cell = cells.cell_parent[cell]
        chained = ancestors(cells, sources[first : first + used], slot, chain)
        rising = _rise(
            cells, sources[first : first + used], groups, slot, chain, chained, rising, far
        )

        skipped = levels
        for cell in range(cells.cell_level.shape[0]):
            level = cells.cell_level[cell]
            if level > skipped:
                continue  # inside a cell that no source reaches
            if level > 0:
                lanes[level] = _take_over(
                    cells, cell, base[level - 1], base[level], lanes[level - 1], not hot[cell],
                    far, times, share, nearest, hashes, table,
                )  # fmt: skip
                if lanes[level] == 0:
                    skipped = level
                    continue
                for lane in range(used):
                    above = lane_of[level - 1, lane]
                    lane_of[level, lane] = share[above] if above >= 0 else -1
                    if lane_of[level, lane] >= 0:
                        offset[level, lane] = offset[level - 1, lane] + nearest[above]
            skipped = levels
            trouble |= _spread(
                cells, cell, base[level], lanes[level] // LANES, times, hot[cell], slot, rising, far
            )
            group_by_lane(lane_of[level], used, lanes[level], lane_start, in_lane)
            add_terms(
                cells, cell, base[level], lanes[level], times, lane_start, in_lane,
                offset[level], far, limit, decay, shift, weight, spatial, place_xyz, unit_vector,
                sources[first : first + used], arc_series, inverting, column, sums, first,
            )  # fmt: skip

        for i in range(chained):
            slot[chain[i]] = -1
        for lane in range(used):
            sums[REACH, first + lane] -= destination[sources[first + lane]]
            cell = cells.cell[sources[first + lane]]
            while cell >= 0 and hot[cell]:
                hot[cell] = False
                cell = cells.cell_parent[cell]
    return trouble


@kernel_part
def _rise(
    cells: Cells,
    sources: Any,
    groups: int,
    slot: Any,
    chain: Any,
    chained: int,
    rising: Any,
    far: int,
) -> Any:
    """Search upwards from the sources: distances of the ancestors, in rows given by `slot`."""
    width = np.int64(groups * LANES)
    slots = 0
    for lane in range(sources.shape[0]):
        slots, rising = _open(slot, sources[lane], slots, rising, width, far)
        rising[slot[sources[lane]] * width + lane] = 0
    for i in range(chained - 1, -1, -1):
        place = chain[i]
        if slot[place] < 0:
            continue
        for j in range(cells.up_start[place], cells.up_start[place + 1]):
            slots, rising = _open(slot, cells.up_head[j], slots, rising, width, far)
            at, to = slot[place] * width, slot[cells.up_head[j]] * width
            for _ in range(groups):
                time = load_i(rising, at) + splat_i(cells.up_weight[j])
                store_i(rising, to, least(time, load_i(rising, to)))
                at += LANES
                to += LANES
    return rising


@kernel_part
def _open(slot: Any, place: int, slots: int, rising: Any, width: Any, far: int) -> tuple[int, Any]:
    """Give a position a row of the upward search when it is first reached."""
    if slot[place] >= 0:
        return slots, rising
    slot[place] = slots
    start = slots * width
    if start + width > rising.shape[0]:
        more = np.empty(2 * (start + width), np.int32)
        for i in range(start):
            more[i] = rising[i]
        rising = more
    for i in range(start, start + width):
        rising[i] = far
    return slots + 1, rising


@kernel_part
def _take_over(
    cells: Cells,
    cell: int,
    from_base: int,
    to_base: int,
    from_lanes: int,
    merging: bool,
    far: int,
    times: Any,
    share: Any,
    nearest: Any,
    hashes: Any,
    table: Any,
) -> int:
    """Copy a cell's boundary from its parent, one lane for all that are alike; how many lanes."""
    start, end = cells.border_start[cell], cells.border_start[cell + 1]
    level = cells.cell_level[cell]
    from_rows, to_rows = np.int64(cells.rows[level - 1]), np.int64(cells.rows[level])
    groups = from_lanes // LANES
    limit = splat_i(far)
    if not merging:
        for group in range(groups):
            source = from_base + group * LANES * from_rows
            target = to_base + group * LANES * to_rows
            for i in range(start, end):
                store_i(times, target, load_i(times, source + cells.border_row[i] * LANES))
                target += LANES
        for lane in range(from_lanes):
            share[lane] = lane
            nearest[lane] = 0
        return from_lanes

    for group in range(groups):
        source = from_base + group * LANES * from_rows
        least_time = limit
        for i in range(start, end):
            least_time = least(load_i(times, source + cells.border_row[i] * LANES), least_time)
        store_i(nearest, group * LANES, least_time)
        mixed, other = splat_i(0x2545F491), splat_i(0x1B873593)
        for i in range(start, end):
            time = load_i(times, source + cells.border_row[i] * LANES)
            time = choose(time < limit, time - least_time, time)
            mixed = (mixed ^ time) * splat_i(0x2C1B3C6D)
            mixed = mixed ^ shifted(mixed, 15)
            other = (other ^ (time * splat_i(0x297A2D39))) * splat_i(0x45D9F3B5)
            other = other ^ shifted(other, 13)
        store_i(hashes, group * LANES, mixed)
        store_i(hashes, from_lanes + group * LANES, other)

    size = table.shape[0]
    for place in range(size):
        table[place] = -1
    used = 0
    for lane in range(from_lanes):
        share[lane] = -1
        if nearest[lane] == far:
            continue
        mark, check = hashes[lane], hashes[from_lanes + lane]
        place = mark & (size - 1)
        while table[place] >= 0:
            twin = table[place]
            if hashes[twin] == mark and hashes[from_lanes + twin] == check:
                break
            place = (place + 1) & (size - 1)
        if table[place] >= 0:
            share[lane] = share[table[place]]
            continue
        table[place] = lane
        share[lane] = used
        source = from_base + (lane - lane % LANES) * from_rows + lane % LANES
        target = to_base + (used - used % LANES) * to_rows + used % LANES
        for i in range(start, end):
            time = times[source + cells.border_row[i] * LANES]
            times[target] = time - nearest[lane] if time < far else far
            target += LANES
        used += 1
    while used % LANES:  # lanes that fill the last group reach nothing
        target = to_base + (used - used % LANES) * to_rows + used % LANES
        for _ in range(start, end):
            times[target] = far
            target += LANES
        used += 1
    return used


@kernel_part
def _spread(
    cells: Cells,
    cell: int,
    base: int,
    groups: int,
    times: Any,
    hot: bool,
    slot: Any,
    rising: Any,
    far: int,
) -> int:
    """Distances of a cell's own nodes; 1 where one is too close to `far`."""
    border = cells.border_start[cell + 1] - cells.border_start[cell]
    rows = np.int64(cells.rows[cells.cell_level[cell]])
    endless, largest = splat_i(far), splat_i(0)
    for group in range(groups):
        corner = base + group * LANES * rows
        own = corner + border * LANES
        for i in range(cells.own_start[cell], cells.own_start[cell + 1]):
            place = cells.own_position[i]
            time = endless
            if hot and slot[place] >= 0:
                time = load_i(rising, (slot[place] * np.int64(groups) + group) * LANES)
            for j in range(cells.down_start[place], cells.down_start[place + 1]):
                above = load_i(times, corner + cells.down_row[j] * LANES)
                time = least(time, above + splat_i(cells.down_weight[j]))
            store_i(times, own, time)
            largest = most(largest, choose(time < endless, time, splat_i(0)))
            own += LANES
    return 1 if anywhere(splat_i(far - (0x7FFFFFFF - far)) < largest) else 0
