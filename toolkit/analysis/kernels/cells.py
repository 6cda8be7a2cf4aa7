"""Nested cells of a contraction hierarchy: the order in which sweeps walk it.

Arcs of a hierarchy join a node only to its ancestors in the elimination tree (Liu 1990). A
subtree therefore sees the rest of the network through a few ancestors, its boundary, and all that
a sweep has to keep of a subtree fits into a cache. Cells are bundles of subtrees, nested a few
levels deep: a root cell, cells of thousands of nodes in it, cells of hundreds of nodes in those.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from toolkit.analysis.kernels.compiling import kernel, kernel_part

__all__ = ["CELL_SIZES", "Cells", "ancestors", "build_cells"]

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
CELL_SIZES = (16384, 2048, 256)


class Cells(NamedTuple):
    """Nodes renumbered to *positions*, ancestors first, and grouped into nested cells.

    Attributes
    ----------
    node : int32 array
        Node at each position.
    parent : int32 array
        Position of the parent in the elimination tree, -1 for roots.
    cell : int32 array
        Cell of each position.
    cell_level, cell_parent : int32 array
        Depth of each cell (0 for the first), and its parent; cells are numbered parents first.
    own_start, own_position : int32 array
        Positions that belong to a cell itself, ascending.
    border_start, border_row : int32 array
        Boundary of a cell, as rows of its parent cell. Rows of a cell are its boundary first and
        then its own nodes.
    down_start : int32 array
        Arcs that lead down to each position (by position, length N+1).
    down_row : int32 array
        Row of the upper end of each such arc in the cell of its lower end.
    down_weight, down_paths, down_arc : arrays
        Weight, multiplicity and number of the arc in the hierarchy.
    up_start, up_head, up_weight, up_paths, up_arc : arrays
        Arcs that lead up from each position; heads are positions.
    rows : int32 array
        Most rows of a cell at each level.
    """

    node: Ints
    parent: Ints
    cell: Ints
    cell_level: Ints
    cell_parent: Ints
    own_start: Ints
    own_position: Ints
    border_start: Ints
    border_row: Ints
    down_start: Ints
    down_row: Ints
    down_weight: Ints
    down_paths: Floats
    down_arc: Ints
    up_start: Ints
    up_head: Ints
    up_weight: Ints
    up_paths: Floats
    up_arc: Ints
    rows: Ints


def build_cells(
    rank: Ints,
    tail: Ints,
    head: Ints,
    weight_ms: Ints,
    paths: Floats,
    *,
    sizes: tuple[int, ...] = CELL_SIZES,
) -> Cells:
    """Lay a contraction hierarchy out for sweeps.

    Parameters
    ----------
    rank, tail, head, weight_ms, paths : arrays
        As `contract` returns them.
    sizes : tuple of int
        Most nodes of a cell at each level below the first.

    Returns
    -------
    Cells
    """
    node, parent, size = _elimination_tree(rank, tail, head)
    position = np.empty(len(node), np.int32)
    position[node] = np.arange(len(node), dtype=np.int32)
    lower_is_tail = rank[tail] < rank[head]
    down = np.flatnonzero(~lower_is_tail)
    up = np.flatnonzero(lower_is_tail)
    down_start, down = _sorted_by(position[head[down]], down, len(node))
    up_start, up = _sorted_by(position[tail[up]], up, len(node))
    down_tail = position[tail[down]]
    cells = _cells(parent, size, down_start, down_tail, np.array(sizes, np.int64))
    cell, level, above, own_start, own_position, border_start, border_row, down_row, rows = cells
    return Cells(
        node=node,
        parent=parent,
        cell=cell,
        cell_level=level,
        cell_parent=above,
        own_start=own_start,
        own_position=own_position,
        border_start=border_start,
        border_row=border_row,
        down_start=down_start,
        down_row=down_row,
        down_weight=weight_ms[down],
        down_paths=paths[down],
        down_arc=down.astype(np.int32),
        up_start=up_start,
        up_head=position[head[up]],
        up_weight=weight_ms[up],
        up_paths=paths[up],
        up_arc=up.astype(np.int32),
        rows=rows,
    )


@kernel_part
def ancestors(cells: Cells, sources: Any, slot: Any, chain: Any) -> int:
    """Collect sources and all their ancestors in the elimination tree.

    Parameters
    ----------
    cells : Cells
        The hierarchy.
    sources : int32 array
        Positions, ascending.
    slot : int32 array
        -1 at each position; set to -2 at those collected.
    chain : int32 array
        Filled with the positions, ascending. As positions are in depth-first order, what the
        next source adds lies behind all that is there.

    Returns
    -------
    int
        How many.
    """
    count = 0
    for source in sources:
        fresh = 0
        place = source
        while place >= 0 and slot[place] == -1:
            slot[place] = -2
            fresh += 1
            place = cells.parent[place]
        place = source
        for i in range(count + fresh - 1, count - 1, -1):
            chain[i] = place
            place = cells.parent[place]
        count += fresh
    return count


def _sorted_by(key: Ints, items: npt.NDArray[np.int64], count: int) -> tuple[Ints, Any]:
    """Group items by key: start of each group, and the items in order."""
    start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(key, minlength=count), out=start[1:])
    return start, items[np.argsort(key, kind="stable")]


@kernel
def _elimination_tree(rank: Any, tail: Any, head: Any) -> tuple[Any, Any, Any]:
    """Nodes in depth-first order, the position of each one's parent, and subtree sizes."""
    count = rank.shape[0]
    by_rank = np.empty(count, np.int32)
    for node in range(count):
        by_rank[rank[node]] = node
    # lower neighbours of each rank
    start = np.zeros(count + 2, np.int64)
    for arc in range(tail.shape[0]):
        start[max(rank[tail[arc]], rank[head[arc]]) + 2] += 1
    for i in range(count + 1):
        start[i + 1] += start[i]
    lower = np.empty(max(tail.shape[0], 1), np.int32)
    for arc in range(tail.shape[0]):
        a, b = rank[tail[arc]], rank[head[arc]]
        lower[start[max(a, b) + 1]] = min(a, b)
        start[max(a, b) + 1] += 1

    parent = np.full(count, -1, np.int32)  # in ranks
    jump = np.full(count, -1, np.int32)
    for upper in range(count):
        for i in range(start[upper], start[upper + 1]):
            below = lower[i]
            while below != upper:
                following = jump[below]
                jump[below] = upper
                if following < 0:
                    parent[below] = upper
                    break
                below = following
    size = np.ones(count, np.int32)
    for below in range(count):
        if parent[below] >= 0:
            size[parent[below]] += size[below]

    # positions, from the top: each subtree is a contiguous run
    position = np.empty(count, np.int32)
    free = np.empty(count, np.int32)  # next free position inside a subtree
    top = 0
    for below in range(count - 1, -1, -1):
        if parent[below] < 0:
            position[below] = top
            top += size[below]
        else:
            position[below] = free[parent[below]]
            free[parent[below]] += size[below]
        free[below] = position[below] + 1

    node_at = np.empty(count, np.int32)
    parent_position = np.empty(count, np.int32)
    sizes = np.empty(count, np.int32)
    for below in range(count):
        place = position[below]
        node_at[place] = by_rank[below]
        parent_position[place] = position[parent[below]] if parent[below] >= 0 else -1
        sizes[place] = size[below]
    return node_at, parent_position, sizes


@kernel
def _cells(parent: Any, size: Any, down_start: Any, down_tail: Any, limits: Any) -> Any:
    """Cut the tree into nested cells; see `Cells` for what is returned."""
    count = parent.shape[0]
    levels = limits.shape[0] + 1
    cell_of = np.zeros(count, np.int32)
    cell_level = np.zeros(count * 1 + levels + 1, np.int32)
    cell_count = 1  # the root cell
    open_cell = np.zeros(levels, np.int32)  # open cell at each level
    open_until = np.full(levels, -1, np.int64)  # end of the run it covers
    open_room = np.zeros(levels, np.int64)  # nodes it can still take
    open_until[0] = count
    for place in range(count):
        # deepest level whose cell still covers this position
        level = 0
        while level + 1 < levels and open_until[level + 1] > place:
            level += 1
        # a subtree that fits goes into the open cell beside it, or opens a new one
        while level + 1 < levels and size[place] <= limits[level]:
            deeper = level + 1
            if open_until[deeper] == place and open_room[deeper] >= size[place]:
                open_room[deeper] -= size[place]
            else:
                open_cell[deeper] = cell_count
                cell_level[cell_count] = deeper
                cell_count += 1
                open_room[deeper] = limits[level] - size[place]
                for below in range(deeper + 1, levels):
                    open_until[below] = -1
            open_until[deeper] = place + size[place]
            level = deeper
        cell_of[place] = open_cell[level]

    cell_level = cell_level[:cell_count].copy()
    cell_parent = np.full(cell_count, -1, np.int32)
    cell_end = np.full(cell_count, cell_count, np.int32)
    last = np.full(levels + 1, -1, np.int32)
    for cell in range(cell_count):
        level = cell_level[cell]
        for deeper in range(level, levels):
            if last[deeper] >= 0:
                cell_end[last[deeper]] = cell
                last[deeper] = -1
        last[level] = cell
        if level > 0:
            cell_parent[cell] = last[level - 1]

    own_start = np.zeros(cell_count + 1, np.int32)
    for place in range(count):
        own_start[cell_of[place] + 1] += 1
    for cell in range(cell_count):
        own_start[cell + 1] += own_start[cell]
    filled = own_start.copy()
    own_position = np.empty(count, np.int32)
    for place in range(count):
        own_position[filled[cell_of[place]]] = place
        filled[cell_of[place]] += 1

    # boundary: upper ends of arcs into the cell or a descendant, outside of it; deepest cells first
    first_own = np.empty(cell_count, np.int64)
    border_first = np.full(cell_count, -1, np.int64)  # runs in a pool
    border_count = np.zeros(cell_count, np.int32)
    pool = np.empty(4 * count + 16, np.int32)
    used = 0
    mark = np.full(count, -1, np.int32)
    inside = np.full(count, -1, np.int32)
    for cell in range(cell_count - 1, -1, -1):
        first_own[cell] = used
        for i in range(own_start[cell], own_start[cell + 1]):
            inside[own_position[i]] = cell
        border_first[cell] = used
        for i in range(own_start[cell], own_start[cell + 1]):
            place = own_position[i]
            for j in range(down_start[place], down_start[place + 1]):
                upper = down_tail[j]
                if inside[upper] != cell and mark[upper] != cell:
                    mark[upper] = cell
                    if used == pool.shape[0]:
                        pool = _longer(pool)
                    pool[used] = upper
                    used += 1
        child = cell + 1
        while child < cell_end[cell]:
            for i in range(border_first[child], border_first[child] + border_count[child]):
                upper = pool[i]
                if inside[upper] != cell and mark[upper] != cell:
                    mark[upper] = cell
                    if used == pool.shape[0]:
                        pool = _longer(pool)
                    pool[used] = upper
                    used += 1
            child = cell_end[child]
        border_count[cell] = used - border_first[cell]

    border_start = np.zeros(cell_count + 1, np.int32)
    for cell in range(cell_count):
        border_start[cell + 1] = border_start[cell] + border_count[cell]
    border_row = np.empty(border_start[cell_count], np.int32)
    down_row = np.empty(down_tail.shape[0], np.int32)
    rows = np.zeros(levels, np.int32)
    row_of = np.full((levels, count), -1, np.int32)
    for cell in range(cell_count):
        level = cell_level[cell]
        row = row_of[level]
        for i in range(border_count[cell]):
            upper = pool[border_first[cell] + i]
            border_row[border_start[cell] + i] = row_of[level - 1, upper]
            row[upper] = i
        for i in range(own_start[cell], own_start[cell + 1]):
            row[own_position[i]] = border_count[cell] + i - own_start[cell]
        for i in range(own_start[cell], own_start[cell + 1]):
            place = own_position[i]
            for j in range(down_start[place], down_start[place + 1]):
                down_row[j] = row[down_tail[j]]
        rows[level] = max(rows[level], border_count[cell] + own_start[cell + 1] - own_start[cell])
    return (
        cell_of,
        cell_level,
        cell_parent,
        own_start,
        own_position,
        border_start,
        border_row,
        down_row,
        rows,
    )


@kernel_part
def _longer(line: Any) -> Any:
    """Copy of an array with twice the room."""
    longer = np.empty(2 * line.shape[0], line.dtype)
    for i in range(line.shape[0]):
        longer[i] = line[i]
    return longer
