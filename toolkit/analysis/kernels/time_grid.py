"""Spread arrival times over a grid: the lower envelope of cones, and the union of discs.

Both look from each point at the cells around it, so they are exact at cell centres. Water blocks
the view: a cell counts only if the straight line to it crosses no pixel of a mask finer than the
grid, but for the first pixels, which hold the shore that the point itself lies on.
"""

# compiled functions take flags by position
# ruff: noqa: FBT001

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["NOWHERE", "disc_distance", "spread"]

FloatArray = npt.NDArray[np.float64]
GridArray = npt.NDArray[np.float32]
MaskArray = npt.NDArray[np.uint8]

NOWHERE = np.float32(1e30)
_SHORE_PIXELS = 1.5
_SAMPLES_A_PIXEL = 2.0
_FAST = {"nnan", "nsz", "contract", "reassoc", "arcp"}


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def spread(
    x: FloatArray,
    y: FloatArray,
    minutes: FloatArray,
    left: float,
    top: float,
    cell: float,
    rows: int,
    columns: int,
    minutes_per_m: float,
    limit_m: float,
    clear_m: FloatArray,
    water: MaskArray,
    fineness: int,
) -> GridArray:
    """Least of ``minutes + d * minutes_per_m`` over the points in sight with ``d <= limit_m``.

    Parameters
    ----------
    x, y, minutes : ndarray of float64, shape (P,)
        Points, metres in a projected CRS, and their arrival times.
    left, top, cell : float
        Upper left corner of the grid and its cell size, metres; values hold at cell centres.
    rows, columns : int
        Shape of the grid.
    minutes_per_m, limit_m : float
        Pace on the last leg and its longest distance.
    clear_m : ndarray of float64, shape (P,)
        Distance from each point within which there is no water.
    water : ndarray of uint8, shape (rows * fineness, columns * fineness)
        1 where there is water; not read within `clear_m`.
    fineness : int
        Pixels of the mask along the side of a cell.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        `NOWHERE` where no point is near. ``O(P (limit / cell)^2)``.
    """
    grid = np.full((rows, columns), NOWHERE)
    east2 = np.empty(columns, dtype=np.float32)
    pace = np.float32(minutes_per_m)
    for point in range(x.size):
        start = np.float32(minutes[point])
        right, down = x[point] - left, top - y[point]
        clear2 = np.float32(clear_m[point] ** 2)
        open_view = clear_m[point] >= limit_m
        _squares_east(right, limit_m, cell, east2)
        first, last = _rows_within(down, limit_m, cell, rows)
        for row in range(first, last + 1):
            south = (row + 0.5) * cell - down
            south2 = np.float32(south * south)
            begin, end = _columns_within(right, limit_m, south, cell, columns)
            line, squares = grid[row, begin:end], east2[begin:end]
            if open_view:
                for k in range(line.size):
                    time = start + np.sqrt(squares[k] + south2) * pace
                    line[k] = time if time < line[k] else line[k]
                continue
            for k in range(line.size):
                distance2 = squares[k] + south2
                time = start + np.sqrt(distance2) * pace
                if time < line[k] and (
                    distance2 <= clear2
                    or _in_sight(right, down, row, begin + k, cell, water, fineness, False)
                ):
                    line[k] = time
    return grid


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def disc_distance(
    x: FloatArray,
    y: FloatArray,
    radius_m: FloatArray,
    left: float,
    top: float,
    cell: float,
    rows: int,
    columns: int,
    sure_m: float,
    clear_m: FloatArray,
    water: MaskArray,
    fineness: int,
) -> GridArray:
    """Least of ``d - radius_m`` over the points in sight: below zero inside their discs.

    The field has slope one across the rim, so its zero contour is exact to well below a cell. It
    is cut off at one cell either way, so that where a far bank ends it the contour runs midway
    between the last cell in sight and the first one out of sight. Water itself is in sight up to
    its far bank: it is for the caller to cut it out.

    Parameters
    ----------
    x, y, radius_m : ndarray of float64, shape (P,)
        Centres and radii, metres; a negative radius is no disc.
    left, top, cell, rows, columns, clear_m, water, fineness
        As for `spread`.
    sure_m : float
        Radius of the disc round each point that counts whatever lies between.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        Metres, from ``-cell`` to ``cell``.
    """
    grid = np.full((rows, columns), np.float32(cell))
    sure = np.float32(sure_m)
    east2 = np.empty(columns, dtype=np.float32)
    for point in range(x.size):
        if radius_m[point] < 0.0:
            continue
        radius = np.float32(radius_m[point])
        right, down = x[point] - left, top - y[point]
        reach = radius_m[point] + cell
        _squares_east(right, reach, cell, east2)
        first, last = _rows_within(down, reach, cell, rows)
        for row in range(first, last + 1):
            south = (row + 0.5) * cell - down
            south2 = np.float32(south * south)
            begin, end = _columns_within(right, reach, south, cell, columns)
            line, squares = grid[row, begin:end], east2[begin:end]
            if clear_m[point] >= reach:
                for k in range(line.size):
                    outside = np.sqrt(squares[k] + south2) - radius
                    line[k] = outside if outside < line[k] else line[k]
                continue
            for k in range(line.size):
                distance = np.sqrt(squares[k] + south2)
                outside = distance - radius
                if outside < line[k]:
                    if distance > clear_m[point] and not _in_sight(
                        right, down, row, begin + k, cell, water, fineness, True
                    ):
                        outside = max(outside, distance - sure)
                    line[k] = outside if outside < line[k] else line[k]
    return np.maximum(grid, np.float32(-cell))


@njit(cache=True, nogil=True, inline="always")
def _squares_east(right: float, reach: float, cell: float, east2: GridArray) -> None:
    """Square of the way east from a point to each column within reach, which every row shares."""
    begin, end = _columns_within(right, reach, 0.0, cell, east2.size)
    for column in range(begin, end):
        east = (column + 0.5) * cell - right
        east2[column] = np.float32(east * east)


@njit(cache=True, nogil=True, inline="always")
def _rows_within(down: float, reach: float, cell: float, rows: int) -> tuple[int, int]:
    """First and last row whose centres lie within a distance of a point so far below the top."""
    first = max(0, int(np.ceil((down - reach) / cell - 0.5)))
    return first, min(rows - 1, int(np.floor((down + reach) / cell - 0.5)))


@njit(cache=True, nogil=True, inline="always")
def _columns_within(
    right: float, reach: float, south: float, cell: float, columns: int
) -> tuple[int, int]:
    """First column of a row within a distance of a point, and the one after the last."""
    half = np.sqrt(max(reach * reach - south * south, 0.0))
    first = max(0, int(np.ceil((right - half) / cell - 0.5)))
    last = min(columns - 1, int(np.floor((right + half) / cell - 0.5)))
    return first, max(first, last + 1)


@njit(cache=True, nogil=True)
def _in_sight(
    right: float,
    down: float,
    row: int,
    column: int,
    cell: float,
    water: MaskArray,
    fineness: int,
    to_water: bool,
) -> bool:
    """Whether the straight way from a point to the centre of a cell crosses no water.

    If `to_water`, the way may end in the first water it meets.
    """
    pixel = cell / fineness
    half = fineness // 2
    if not to_water and water[row * fineness + half, column * fineness + half] != 0:
        return False  # most of the cells that are out of sight, without following the line
    east, south = (column + 0.5) * cell - right, (row + 0.5) * cell - down
    steps = int(np.ceil(np.sqrt(east * east + south * south) / pixel * _SAMPLES_A_PIXEL))
    wet = False
    for step in range(int(_SHORE_PIXELS * _SAMPLES_A_PIXEL) + 1, steps + 1):
        share = step / steps
        y, x = int((down + share * south) / pixel), int((right + share * east) / pixel)
        here = 0 <= y < water.shape[0] and 0 <= x < water.shape[1] and water[y, x] != 0
        if here and not to_water:
            return False
        if wet and not here:
            return False
        wet = here
    return True
