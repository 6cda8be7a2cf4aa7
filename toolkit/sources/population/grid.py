"""People per cell on a longitude-latitude grid: read by window, joined, coarsened, sums kept."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from toolkit.errors import InputFileError, MissingDataError

__all__ = ["Bounds", "PopulationGrid", "read_population"]

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PopulationGrid:
    """People per cell.

    Attributes
    ----------
    array : float64 array of shape (rows, columns)
        People in each cell, north row first; NaN where nothing is known (sea, other countries).
    transform : Affine
        From (column, row) of a cell's upper left corner to longitude and latitude.
    crs : str
        'EPSG:4326'.
    nodata : float
        NaN.
    label : str
        What the counts are, for legends and reports.
    year : int
        To which they speak.
    modelled : bool
        Whether they were modelled by this toolkit or for a test, rather than published.

    Examples
    --------
    >>> grid = PopulationGrid(np.ones((2, 4)), Affine(0.5, 0, 116, 0, -0.5, 40), label="ones")
    >>> grid.total, grid.bounds
    (8.0, (116.0, 39.0, 118.0, 40.0))
    """

    array: Floats
    transform: Affine
    crs: str = "EPSG:4326"
    nodata: float = float("nan")
    label: str = ""
    year: int = 0
    modelled: bool = False

    @property
    def total(self) -> float:
        """All people."""
        return float(np.nansum(self.array))

    @property
    def bounds(self) -> Bounds:
        """West, south, east and north edge."""
        rows, columns = self.array.shape
        west, north = self.transform @ (0, 0)
        east, south = self.transform @ (columns, rows)
        return west, south, east, north

    def coarser(self, factor: int) -> "PopulationGrid":
        """Sum blocks of `factor` x `factor` cells; at the south and east edge what is left.

        A block is NaN only where all its cells are.

        Examples
        --------
        >>> ones = PopulationGrid(np.ones((3, 4)), Affine(0.5, 0, 116, 0, -0.5, 40))
        >>> ones.coarser(2).array
        array([[4., 4.],
               [2., 2.]])
        """
        if factor < 1:
            raise ValueError(f"factor must be 1 or more, not {factor}")
        rows, columns = self.array.shape
        shape = -(-rows // factor), factor, -(-columns // factor), factor
        filled = np.full((shape[0] * factor, shape[2] * factor), np.nan)
        filled[:rows, :columns] = self.array
        blocks = filled.reshape(shape)
        known = np.isfinite(blocks).any(axis=(1, 3))
        return PopulationGrid(
            np.where(known, np.nansum(blocks, axis=(1, 3)), np.nan),
            self.transform @ Affine.scale(factor),
            self.crs,
            self.nodata,
            self.label,
            self.year,
            self.modelled,
        )


def read_population(
    paths: Path | Sequence[Path], bounds: Bounds, *, label: str = "", year: int = 0
) -> PopulationGrid:
    """Read the people within bounds from one or more rasters of counts.

    Only the window is read. A cell belongs to the bounds that its centre lies in, west and north
    edge included, so that windows side by side hold each person once. Where several rasters are
    given (China, Hong Kong, Macau), the grid of the first is used and each cell of the others
    goes whole to the cell that its centre lies in: sums are preserved, places move by less than
    half a cell.

    Parameters
    ----------
    paths : Path or sequence of Path
        GeoTIFFs in longitude and latitude with one cell size, or ZIP archives with one in them.
    bounds : (west, south, east, north)
        Degrees.
    label, year : optional
        For the grid; a raster marked as modelled is labelled so in any case.

    Returns
    -------
    PopulationGrid
        As far as the rasters go within the bounds, on the grid of the first.

    Raises
    ------
    MissingDataError
        If the bounds hold no cell with data.
    InputFileError
        If a raster cannot be read, is in a projection, holds densities or negative counts, or has
        cells of another size than the first.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ones.tif"
    ...     shape = {"height": 4, "width": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    ...     place = Affine(0.25, 0, 116, 0, -0.25, 40)
    ...     with rasterio.open(path, "w", driver="GTiff", transform=place, **shape) as raster:
    ...         raster.write(np.ones((1, 4, 4), dtype=np.float32))
    ...     read_population(path, (116.0, 39.5, 116.5, 40.0)).total
    4.0
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    if not files:
        raise MissingDataError("no population raster was given", remedy="give at least one file")
    windows = [_read_window(path, bounds) for path in files]
    for path, window in zip(files, windows, strict=True):
        if not np.allclose(window.cell_deg, windows[0].cell_deg, rtol=1e-6):
            raise InputFileError(
                f"{path}: its cells are {_size(window)} degrees, "
                f"those of {files[0].name} {_size(windows[0])}",
                remedy="give files of one resolution",
            )
    filled = [window for window in windows if window.counts.size]
    if not any(np.isfinite(window.counts).any() for window in filled):
        raise MissingDataError(
            f"{', '.join(path.name for path in files)}: no people within {bounds}",
            remedy="give the files of the countries that these bounds lie in",
        )
    array, transform = _joined(filled, windows[0].transform)
    modelled = any(window.modelled for window in windows)
    text = label or " + ".join(path.stem for path in files)
    return PopulationGrid(
        array,
        transform,
        label=f"{text} (modelled)" if modelled and "modelled" not in text.lower() else text,
        year=year,
        modelled=modelled,
    )


@dataclass(frozen=True)
class _WindowOfCounts:
    """Part of one raster: counts with NaN for nodata; the transform is of the window."""

    counts: Floats
    transform: Affine
    modelled: bool

    @property
    def cell_deg(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return self.transform.a, -self.transform.e


def _read_window(path: Path, bounds: Bounds) -> _WindowOfCounts:
    """Counts of the cells whose centres lie within bounds, as far as the raster goes."""
    try:
        with rasterio.open(_dataset(path)) as raster:
            _require_counts(path, raster)
            columns, rows = _centred_within(raster.transform, bounds)
            west, east = np.clip(columns, 0, raster.width)
            north, south = np.clip(rows, 0, raster.height)
            window = Window(west, north, east - west, south - north)
            transform = raster.transform @ Affine.translation(west, north)
            modelled = "MODELLED" in raster.tags()
            if east <= west or south <= north:
                return _WindowOfCounts(np.empty((0, 0)), transform, modelled)
            read = raster.read(1, window=window, masked=True, out_dtype="float64")
    except (rasterio.RasterioIOError, zipfile.BadZipFile, OSError) as error:
        raise InputFileError(
            f"{path}: not a readable raster", remedy="fetch it again, or give another file"
        ) from error
    counts: Floats = read.data
    counts[np.ma.getmaskarray(read)] = np.nan  # in place: cells of 100 m fill hundreds of MB
    if np.nanmin(counts, initial=0.0) < 0:
        raise InputFileError(
            f"{path}: has negative counts (down to {np.nanmin(counts):g})",
            remedy="set its nodata value, or give another file",
        )
    return _WindowOfCounts(counts, transform, modelled)


def _dataset(path: Path) -> str:
    """Name by which rasterio opens a GeoTIFF, or the one inside a ZIP archive."""
    if path.suffix.lower() != ".zip":
        return str(path)
    with zipfile.ZipFile(path) as archive:
        rasters = [name for name in archive.namelist() if name.lower().endswith((".tif", ".tiff"))]
    if len(rasters) != 1:
        raise InputFileError(
            f"{path}: holds {len(rasters)} GeoTIFFs, not one", remedy="unpack it and name the file"
        )
    return f"zip://{path}!{rasters[0]}"


def _require_counts(path: Path, raster: rasterio.DatasetReader) -> None:
    """Refuse what cannot be summed cell by cell on a grid of meridians and parallels."""
    if raster.crs is None or not raster.crs.is_geographic:
        raise InputFileError(
            f"{path}: is in {raster.crs or 'no coordinate system'}, not in longitude and latitude",
            remedy="give the EPSG:4326 version of the file",
        )
    if raster.transform.b or raster.transform.d or raster.transform.e >= 0:
        raise InputFileError(
            f"{path}: its rows do not run from north to south", remedy="give a north-up raster"
        )
    described = [path.name, *raster.tags().values(), *(text or "" for text in raster.descriptions)]
    if any("density" in text.lower() for text in described):
        raise InputFileError(
            f"{path}: holds densities, which do not add up to people",
            remedy="give a raster of counts per cell",
        )


def _centred_within(transform: Affine, bounds: Bounds) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last-but-one column and row of the cells with centres within bounds."""
    west, south, east, north = bounds
    if not (west < east and south < north):
        raise ValueError(f"bounds {bounds} are not west, south, east, north")

    def first_centre(edge: float, origin: float, step: float) -> int:
        # rounded, so that an edge drawn through cell centres falls the same way on both sides
        return int(np.ceil(round((edge - origin) / step - 0.5, 6)))

    columns = tuple(first_centre(x, transform.c, transform.a) for x in (west, east))
    rows = tuple(first_centre(y, transform.f, transform.e) for y in (north, south))
    return (columns[0], columns[1]), (rows[0], rows[1])


def _joined(windows: Sequence[_WindowOfCounts], lattice: Affine) -> tuple[Floats, Affine]:
    """Counts of all windows on one lattice, each window moved as a whole by part of a cell."""
    if len(windows) == 1 and windows[0].transform == lattice:
        return windows[0].counts, lattice
    to_cell = ~lattice
    corners = []
    for window in windows:
        column, row = to_cell @ (window.transform @ (0.5, 0.5))
        corners.append((int(np.floor(row)), int(np.floor(column))))
    top, left = np.min(corners, axis=0)
    ends = [
        (row + w.counts.shape[0], column + w.counts.shape[1])
        for (row, column), w in zip(corners, windows, strict=True)
    ]
    array = np.full(np.max(ends, axis=0) - (top, left), np.nan)
    for (row, column), window in zip(corners, windows, strict=True):
        rows, columns = window.counts.shape
        place = array[row - top : row - top + rows, column - left : column - left + columns]
        known = np.isfinite(window.counts)
        place[known] = np.nan_to_num(place[known]) + window.counts[known]
    return array, lattice @ Affine.translation(left, top)


def _size(window: _WindowOfCounts) -> str:
    """Cell size for a message."""
    width, height = window.cell_deg
    return f"{width:.6g} x {height:.6g}"
