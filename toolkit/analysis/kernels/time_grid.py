"""Spread arrival times over a grid: the lower envelope of cones, and the union of discs."""

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["disc_distance", "spread"]

FloatArray = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
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
) -> FloatArray:
    """Least of ``minutes + d * minutes_per_m`` over the points with ``d <= limit_m``.

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

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        Infinite where no point is near. ``O(P (limit / cell)^2)``.
    """
    grid = np.full((rows, columns), np.inf)
    for point in range(x.size):
        first_row = max(0, int((top - y[point] - limit_m) / cell - 0.5))
        last_row = min(rows - 1, int((top - y[point] + limit_m) / cell + 0.5))
        first_column = max(0, int((x[point] - limit_m - left) / cell - 0.5))
        last_column = min(columns - 1, int((x[point] + limit_m - left) / cell + 0.5))
        for row in range(first_row, last_row + 1):
            dy = top - (row + 0.5) * cell - y[point]
            for column in range(first_column, last_column + 1):
                dx = left + (column + 0.5) * cell - x[point]
                distance = np.sqrt(dx * dx + dy * dy)
                if distance <= limit_m:
                    time = minutes[point] + distance * minutes_per_m
                    grid[row, column] = min(grid[row, column], time)
    return grid


@njit(cache=True, nogil=True)
def disc_distance(
    x: FloatArray,
    y: FloatArray,
    radius_m: FloatArray,
    left: float,
    top: float,
    cell: float,
    rows: int,
    columns: int,
) -> FloatArray:
    """Least of ``d - radius_m`` over the points: below zero inside the union of their discs.

    The field has slope one across the rim, so its zero contour is exact to well below a cell.

    Parameters
    ----------
    x, y, radius_m : ndarray of float64, shape (P,)
        Centres and radii, metres; a negative radius is no disc.
    left, top, cell, rows, columns
        The grid, as for `spread`.

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        Metres; ``2 * cell`` where farther than that from every disc.
    """
    far = 2.0 * cell
    grid = np.full((rows, columns), far)
    for point in range(x.size):
        if radius_m[point] < 0.0:
            continue
        size = radius_m[point] + far
        first_row = max(0, int((top - y[point] - size) / cell - 0.5))
        last_row = min(rows - 1, int((top - y[point] + size) / cell + 0.5))
        first_column = max(0, int((x[point] - size - left) / cell - 0.5))
        last_column = min(columns - 1, int((x[point] + size - left) / cell + 0.5))
        for row in range(first_row, last_row + 1):
            dy = top - (row + 0.5) * cell - y[point]
            for column in range(first_column, last_column + 1):
                dx = left + (column + 0.5) * cell - x[point]
                outside = np.sqrt(dx * dx + dy * dy) - radius_m[point]
                grid[row, column] = min(grid[row, column], outside)
    return grid
