"""Regular grids in a projected CRS, and the water on them that a last leg may not cross."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy.ndimage import distance_transform_edt

__all__ = ["Grid", "WaterMask", "water_mask"]

FloatArray = npt.NDArray[np.float64]

FINENESS = 10
_CORNER_CELLS = 1.5  # a point and a pixel of water are at most this much nearer than their cells


@dataclass(frozen=True)
class Grid:
    """A regular grid in a projected CRS; row 0 is north.

    Attributes
    ----------
    left, top : float
        Outer corner of the first cell, metres.
    cell_m : float
        Cell size, metres.
    rows, columns : int
    epsg : int
        Projected CRS, metres.
    """

    left: float
    top: float
    cell_m: float
    rows: int
    columns: int
    epsg: int

    @property
    def outline(self) -> shapely.Polygon:
        """The grid's rectangle, in its CRS."""
        return shapely.box(
            self.left,
            self.top - self.rows * self.cell_m,
            self.left + self.columns * self.cell_m,
            self.top,
        )


@dataclass(frozen=True, eq=False)
class WaterMask:
    """Water on a grid, at a tenth of its cells.

    Attributes
    ----------
    grid : Grid
    pixels : ndarray of uint8, shape (rows * fineness, columns * fineness)
        1 where a pixel touches water.
    fineness : int
        Pixels along the side of a cell.
    cell_clear_m : ndarray of float64, shape (rows, columns)
        There is no water within this distance of any place in a cell.
    shape : shapely.Geometry
        The water itself, in the grid's CRS.
    """

    grid: Grid
    pixels: npt.NDArray[np.uint8]
    fineness: int
    cell_clear_m: FloatArray
    shape: shapely.Geometry

    def clear_m(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance from points, in the grid's CRS, within which there is no water."""
        row = ((self.grid.top - y) / self.grid.cell_m).astype(np.int64)
        column = ((x - self.grid.left) / self.grid.cell_m).astype(np.int64)
        found = self.cell_clear_m[
            np.clip(row, 0, self.grid.rows - 1), np.clip(column, 0, self.grid.columns - 1)
        ]
        return np.asarray(found, dtype=np.float64)


def water_mask(water: gpd.GeoSeries, grid: Grid) -> WaterMask | None:
    """Draw water on a grid.

    Parameters
    ----------
    water : GeoSeries
        Polygons in any stated CRS.
    grid : Grid

    Returns
    -------
    WaterMask or None
        None if there is no water on the grid. Holds 100 bytes a cell.

    Examples
    --------
    A strait 800 m wide down the middle of a grid of 10 x 10 km:

    >>> grid = Grid(500_000.0, 4_410_000.0, 500.0, 20, 20, 32650)
    >>> strait = shapely.box(504_600, 4_390_000, 505_400, 4_420_000)
    >>> mask = water_mask(gpd.GeoSeries([strait], crs=32650), grid)
    >>> mask.pixels.shape, mask.pixels[0, 90:110].tolist()
    ((200, 200), [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
    >>> mask.clear_m(np.array([500_250.0]), np.array([4_400_250.0])).tolist()
    [3750.0]
    """
    near = water.iloc[
        water.sindex.query(
            gpd.GeoSeries([grid.outline], crs=grid.epsg).to_crs(water.crs).iloc[0],
            predicate="intersects",
        )
    ]
    if near.empty:
        return None
    drawn = near.to_crs(grid.epsg)
    pixel = grid.cell_m / FINENESS
    pixels = rasterize(
        drawn,
        out_shape=(grid.rows * FINENESS, grid.columns * FINENESS),
        transform=Affine(pixel, 0.0, grid.left, 0.0, -pixel, grid.top),
        all_touched=True,
        dtype="uint8",
    )
    wet = pixels.reshape(grid.rows, FINENESS, grid.columns, FINENESS).any(axis=(1, 3))
    if not wet.any():
        return None
    apart = distance_transform_edt(~wet) - _CORNER_CELLS
    return WaterMask(
        grid=grid,
        pixels=pixels,
        fineness=FINENESS,
        cell_clear_m=np.maximum(apart, 0.0) * grid.cell_m,
        # short edges stay straight in every CRS, so that bands cut along them still hold each other
        shape=shapely.segmentize(
            shapely.union_all(shapely.make_valid(drawn.to_numpy())), grid.cell_m
        ),
    )
