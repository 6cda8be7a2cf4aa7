"""Terms of the sums over distances: of one cell, lane by lane, for each source in the lane."""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401, FBT001

from typing import Any

import numpy as np

from toolkit.analysis.kernels.cells import Cells
from toolkit.analysis.kernels.compiling import kernel_part
from toolkit.analysis.kernels.falling import fallen
from toolkit.analysis.kernels.lanes import (
    LANES,
    as_float,
    choose,
    load_f,
    load_i,
    most,
    reciprocal,
    root,
    splat_f,
    splat_i,
    total,
)

__all__ = [
    "CLOSE",
    "FURTHEST",
    "GRAVITY",
    "REACH",
    "STRAIGHT",
    "SUMS",
    "TIME",
    "add_terms",
    "group_by_lane",
]


REACH, TIME, CLOSE, STRAIGHT, FURTHEST, GRAVITY = range(6)  # rows of the sums
SUMS = 6


@kernel_part
def group_by_lane(lane_of: Any, used: int, lanes: int, lane_start: Any, in_lane: Any) -> None:
    """Sort the sources of a batch by the lane that serves them."""
    for lane in range(lanes + 2):
        lane_start[lane] = 0
    for source in range(used):
        if lane_of[source] >= 0:
            lane_start[lane_of[source] + 2] += 1
    for lane in range(lanes):
        lane_start[lane + 2] += lane_start[lane + 1]
    for source in range(used):
        if lane_of[source] >= 0:
            in_lane[lane_start[lane_of[source] + 1]] = source
            lane_start[lane_of[source] + 1] += 1


@kernel_part
def add_terms(
    cells: Cells,
    cell: int,
    base: int,
    lanes: int,
    times: Any,
    lane_start: Any,
    in_lane: Any,
    offset: Any,
    far: int,
    limit: int,
    decay: Any,
    shift: int,
    weight: Any,
    spatial: bool,
    place_xyz: Any,
    unit_vector: Any,
    sources: Any,
    arc_series: Any,
    inverting: bool,
    column: Any,
    sums: Any,
    first: int,
) -> None:
    """Add the terms of a cell's own nodes: lane by lane, thirty-two nodes at a time."""
    border = cells.border_start[cell + 1] - cells.border_start[cell]
    rows = np.int64(cells.rows[cells.cell_level[cell]])
    begin = np.int64(cells.own_start[cell])
    size = np.int64(cells.own_start[cell + 1]) - begin
    endless, bound, zero, one = splat_i(far), splat_i(limit), splat_i(0), splat_i(1)
    nothing = splat_f(0.0)
    stride = weight.shape[0]
    for lane in range(lanes):
        if lane_start[lane] == lane_start[lane + 1]:
            continue
        at = base + (lane - lane % LANES) * rows + lane % LANES + border * LANES
        for i in range(size):
            column[i] = times[at]
            at += LANES
        for i in range(size, size + LANES):
            column[i] = far

        if limit == far:
            reach, time_sum, latest = nothing, nothing, np.int32(-1)
            for i in range(0, size, LANES):
                time = load_i(column, i)
                term = choose(time < endless, load_f(weight, begin + i), nothing)
                reach = reach + term
                time_sum = time_sum + term * as_float(choose(time < endless, time, zero))
            for i in range(size):
                if column[i] < far:
                    latest = max(latest, column[i])
            lane_reach, lane_time = total(reach), total(time_sum)
            if latest >= 0:
                for k in range(lane_start[lane], lane_start[lane + 1]):
                    source, extra = in_lane[k], offset[in_lane[k]]
                    sums[REACH, first + source] += lane_reach
                    sums[TIME, first + source] += lane_time + extra * lane_reach
                    sums[FURTHEST, first + source] = max(
                        sums[FURTHEST, first + source], np.float64(latest + extra)
                    )
        else:
            for k in range(lane_start[lane], lane_start[lane + 1]):
                source, extra = in_lane[k], splat_i(offset[in_lane[k]])
                reach, time_sum = nothing, nothing
                for i in range(0, size, LANES):
                    time = load_i(column, i)
                    near = (time < endless) & (time + extra <= bound)
                    term = choose(near, load_f(weight, begin + i), nothing)
                    reach = reach + term
                    time_sum = time_sum + term * as_float(choose(near, time + extra, zero))
                sums[REACH, first + source] += total(reach)
                sums[TIME, first + source] += total(time_sum)
                for i in range(size):
                    if column[i] < far and column[i] + offset[source] <= limit:
                        sums[FURTHEST, first + source] = max(
                            sums[FURTHEST, first + source],
                            np.float64(column[i] + offset[source]),
                        )

        if decay.shape[0] > 1:
            for k in range(lane_start[lane], lane_start[lane + 1]):
                source = in_lane[k]
                pull = 0.0
                for i in range(size):
                    distance = column[i] + offset[source]
                    if column[i] < far and 0 < distance <= limit:
                        pull += weight[begin + i] * fallen(decay, shift, distance)
                sums[GRAVITY, first + source] += pull

        if inverting:
            for k in range(lane_start[lane], lane_start[lane + 1]):
                source, extra = in_lane[k], splat_i(offset[in_lane[k]])
                x, y, z = nothing, nothing, nothing
                if spatial:
                    x = splat_f(unit_vector[0, sources[source]])
                    y = splat_f(unit_vector[1, sources[source]])
                    z = splat_f(unit_vector[2, sources[source]])
                close, straight = nothing, nothing
                for i in range(0, size, LANES):
                    time = load_i(column, i)
                    counted = time < endless
                    time = time + extra
                    counted = counted & (zero < time) & (time <= bound)
                    term = choose(counted, load_f(weight, begin + i), nothing)
                    term = term * reciprocal(most(time, one))
                    close = close + term
                    if spatial:
                        u = load_f(place_xyz, begin + i) - x
                        v = load_f(place_xyz, stride + begin + i) - y
                        w = load_f(place_xyz, 2 * stride + begin + i) - z
                        square = u * u + v * v + w * w
                        series = splat_f(arc_series[arc_series.shape[0] - 1])
                        for c in range(arc_series.shape[0] - 2, -1, -1):
                            series = series * square + splat_f(arc_series[c])
                        straight = straight + term * (root(square) * series)
                sums[CLOSE, first + source] += total(close)
                sums[STRAIGHT, first + source] += total(straight)
