"""What a flow sweep does in one cell: take over its boundary, go down, go back, hand back."""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401, FBT001

from typing import Any

import numpy as np

from toolkit.analysis.kernels.cells import Cells
from toolkit.analysis.kernels.compiling import kernel_part
from toolkit.analysis.kernels.falling import fallen
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

__all__ = ["go_back", "go_down", "hand_back", "take_over"]


@kernel_part
def take_over(
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
def go_down(
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
def go_back(
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
    decay: Any,
    shift: int,
    falls: Any,
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
            ending = weight * splat_f(destination[place])
            if decay.shape[0] > 1:
                for lane in range(LANES):
                    falls[lane] = fallen(decay, shift, times[own + lane])
                ending = ending * load_f(falls, 0)
            need = need + choose(ends, ending / count, nothing)
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
def hand_back(
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
