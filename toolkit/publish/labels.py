"""Place labels beside points so that they cover neither each other nor the points.

The greedy rule: the most important label chooses first among positions around its point, in the
cartographic order of preference (P. Yoeli 1972, The Cartographic Journal 9:99).
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from toolkit.publish.sheet import HALO, INK

__all__ = ["label_points", "place_labels"]

# Where the middle of a label lies as seen from its point: upper right first.
_DIRECTIONS = np.array(
    [(1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)], dtype=float
)
_RINGS = (1.0, 3.0, 6.0, 10.0)
_PREFERENCE = 0.02  # rather the next direction than a ring further out
_MARK = 1.2  # a label as near to another point as to its own would mislead
_RING_COST = 0.25
_OVERLAP_COST = 3.0  # rather further away than over something
_LINE_COST = 0.02  # rather beside a line than over it, for each point of it that is covered
_MISLEADING_COST = 0.6  # rather elsewhere than so near to another point that it seems to name it
_CLEARLY_NEARER = 1.8
_HIDING_COST = 10.0  # never outside the map, nor over its scale bar and north arrow


def place_labels(
    points: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    frame: tuple[float, float, float, float],
    gap: float = 6.0,
    lines: npt.ArrayLike = (),
    obstacles: npt.ArrayLike = (),
    unmarked: npt.ArrayLike = False,
) -> npt.NDArray[np.float64]:
    """Return where the labels go, most important first.

    Parameters
    ----------
    points : array-like of shape (n, 2)
        The points in pixels, in order of importance.
    sizes : array-like of shape (n, 2)
        Width and height of each label in pixels.
    frame : tuple of float
        Left, bottom, right, top that labels must stay inside.
    gap : float
        Distance from point to label in pixels; other labels keep a little more away from it.
    lines : array-like of shape (m, 2)
        Points along lines that are better left uncovered, a few pixels apart.
    obstacles : array-like of shape (k, 4)
        Left, bottom, right, top of what no label may cover, such as the scale bar.
    unmarked : bool or array-like of bool, shape (n,)
        Whether a point bears no sign, such as the middle of an area: its label stands on it, where
        that is free.

    Returns
    -------
    numpy.ndarray of shape (n, 2)
        Lower left corner of each label. Where nothing is free the position that covers least.

    Notes
    -----
    Quadratic in n, with 32 positions tried for each label; n m for the lines.

    Examples
    --------
    >>> place_labels([(50, 50), (60, 50)], [(20, 10), (20, 10)], frame=(0, 0, 100, 100))
    array([[24., 56.],
           [66., 56.]])
    """
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    sizes = np.asarray(sizes, dtype=float).reshape(-1, 2)
    along = np.asarray(lines, dtype=float).reshape(-1, 2)
    blocked = np.asarray(obstacles, dtype=float).reshape(-1, 4)
    marks = np.hstack([points - _MARK * gap, points + _MARK * gap])
    taken = np.empty((0, 4))
    corners = np.empty_like(points)
    bare = np.broadcast_to(np.asarray(unmarked, dtype=bool), len(points))
    for number, (point, size) in enumerate(zip(points, sizes, strict=True)):
        boxes, costs = _candidates(point, size, gap, over=bool(bare[number]))
        others = np.vstack([taken, np.delete(marks, number, axis=0)])
        area = float(size.prod()) or 1.0
        costs = (
            costs
            + _OVERLAP_COST * _covered(boxes, others) / area
            + _HIDING_COST * (_outside(boxes, frame) + _covered(boxes, blocked)) / area
            + _LINE_COST * _inside(boxes, along)
            + _MISLEADING_COST * _misleading(boxes, point, np.delete(points, number, axis=0))
        )
        best = boxes[int(np.argmin(costs))]
        corners[number] = best[:2]
        taken = np.vstack([taken, best])
    return corners


def _candidates(
    point: npt.NDArray[np.float64], size: npt.NDArray[np.float64], gap: float, *, over: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the boxes around a point and what each costs by itself."""
    boxes, costs = [], []
    if over:
        boxes.append(np.hstack([point - size / 2, point + size / 2])[None])
        costs.append(np.array([-_RING_COST]))
    for ring, distance in enumerate(_RINGS):
        middles = point + _DIRECTIONS * (size / 2 + gap * distance)
        boxes.append(np.hstack([middles - size / 2, middles + size / 2]))
        costs.append(_PREFERENCE * np.arange(len(_DIRECTIONS)) + _RING_COST * ring)
    return np.vstack(boxes), np.concatenate(costs)


def _covered(
    boxes: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how much of the others each box covers."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    covered: npt.NDArray[np.float64] = np.clip(high - low, 0, None).prod(axis=2).sum(axis=1)
    return covered


def _outside(
    boxes: npt.NDArray[np.float64], frame: tuple[float, float, float, float]
) -> npt.NDArray[np.float64]:
    """Return how much of each box lies outside the frame."""
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    outside: npt.NDArray[np.float64] = whole - _covered(boxes, np.array([frame]))
    return outside


def _inside(
    boxes: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how many of the points each box covers."""
    above = (points[None] >= boxes[:, None, :2]).all(axis=2)
    below = (points[None] <= boxes[:, None, 2:]).all(axis=2)
    count: npt.NDArray[np.float64] = (above & below).sum(axis=1).astype(float)
    return count


def _misleading(
    boxes: npt.NDArray[np.float64],
    own: npt.NDArray[np.float64],
    others: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return 1 where another point is as near to a box as its own, 0 where its own is nearer."""
    if not len(others):
        return np.zeros(len(boxes))
    away = np.hypot(
        *(others[None] - np.clip(others[None], boxes[:, None, :2], boxes[:, None, 2:])).T
    )
    near = np.hypot(*(own - np.clip(own, boxes[:, :2], boxes[:, 2:])).T)
    ratio = away.min(axis=0) / np.maximum(near, 1e-9)
    misleading: npt.NDArray[np.float64] = np.clip(_CLEARLY_NEARER - ratio, 0.0, 1.0)
    return misleading


def label_points(
    figure: Figure,
    axes: Axes,
    points: gpd.GeoDataFrame,
    *,
    lines: gpd.GeoDataFrame | None = None,
) -> None:
    """Write labels where they cover least; a thin line leads to those set apart.

    What stands on the map already, such as its scale bar and north arrow, stays uncovered.

    Parameters
    ----------
    figure, axes : Figure, Axes
        A sheet of `toolkit.publish.sheet.map_sheet`.
    points : GeoDataFrame
        In the CRS of the map, the most important first; ``label``, ``is_leading`` for those
        written larger, ``is_unmarked`` for those without a sign, whose labels may stand on them.
    lines : GeoDataFrame, optional
        Lines that labels had better not cover, in any stated CRS.

    Examples
    --------
    >>> from toolkit.publish.sheet import map_sheet
    >>> figure, axes = map_sheet((0, 0, 1000, 1000), dpi=50, notes=0)
    >>> points = gpd.GeoDataFrame({"label": ["A"]}, geometry=gpd.points_from_xy([500], [500]))
    >>> label_points(figure, axes, points)
    >>> [text.get_text() for text in axes.texts]
    ['A']
    """
    leading = points["is_leading"] if "is_leading" in points else [False] * len(points)
    axes.apply_aspect()  # all that a drawing of the whole figure would settle for the texts
    furniture = _furniture(axes)
    texts = [
        axes.text(0, 0, text, fontsize=10.5 if large else 8, color=INK, zorder=11)
        for text, large in zip(points["label"], leading, strict=True)
    ]
    boxes = [text.get_window_extent() for text in texts]
    places = axes.transData.transform(np.column_stack([points.geometry.x, points.geometry.y]))
    frame = axes.get_window_extent()
    gap = 5 / 72 * figure.dpi
    corners = place_labels(
        places,
        [(box.width, box.height) for box in boxes],
        frame=(frame.x0 + gap, frame.y0 + gap, frame.x1 - gap, frame.y1 - gap),
        gap=gap,
        lines=_pixels_along(axes, lines, points.crs, step=gap),
        obstacles=furniture,
        unmarked=points.get("is_unmarked", False),
    )
    for text, box, corner, place in zip(texts, boxes, corners, places, strict=True):
        _move(axes, text, corner)
        nearest = np.clip(place, corner, corner + np.array([box.width, box.height]))
        if np.hypot(*(nearest - place)) > 2.2 * gap:
            ends = axes.transData.inverted().transform([place, nearest])
            axes.plot(*ends.T, color=INK, linewidth=0.4, zorder=8)


def _furniture(axes: Axes) -> npt.NDArray[np.float64]:
    """Return the boxes of texts, and of shapes that keep their place on the sheet, in pixels."""
    fixed = [patch for patch in axes.patches if patch.get_data_transform() == axes.transAxes]
    boxes = [artist.get_window_extent().extents for artist in (*axes.texts, *fixed)]
    return np.array(boxes, dtype=float).reshape(-1, 4)


def _pixels_along(
    axes: Axes, lines: gpd.GeoDataFrame | None, crs: object, *, step: float
) -> npt.NDArray[np.float64]:
    """Return points along lines in pixels, about `step` of them apart."""
    if lines is None or lines.empty:
        return np.empty((0, 2))
    (west, east), pixels = axes.get_xlim(), axes.get_window_extent().width
    projected = lines.geometry.to_crs(crs).to_numpy()
    points = shapely.get_coordinates(shapely.segmentize(projected, step * (east - west) / pixels))
    along: npt.NDArray[np.float64] = axes.transData.transform(points)
    return along


def _move(axes: Axes, text: Text, corner: npt.NDArray[np.float64]) -> None:
    """Put the lower left corner of a text at a pixel."""
    left, bottom = axes.transData.inverted().transform(corner)
    text.set_position((float(left), float(bottom)))
    text.set_verticalalignment("bottom")
    text.set_path_effects(list(HALO))
    text.set_linespacing(1.05)
