"""Whether density jumps at a border: a regression discontinuity in the distance from it.

Two places just on either side of a border share soil, climate and distance to the city; if
density jumps there, the border is what they do not share (Keele and Titiunik 2015, Political
Analysis 23:127).
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from toolkit.errors import MissingDataError
from toolkit.sources.population import PopulationGrid

__all__ = ["Discontinuity", "cells_beside", "density_profile", "discontinuity"]

_GEOD = Geod(ellps="WGS84")
_FEWEST_CELLS = 10


@dataclass(frozen=True)
class Discontinuity:
    """The jump of density at a border.

    Attributes
    ----------
    side_a, side_b : str
        The sides.
    density_a, density_b : float
        Estimated at the border from either side, persons per km2; a line fitted to few people
        can end below 0.
    jump : float
        The second less the first.
    standard_error : float
        Of the jump, clustered by stretches of the border.
    bandwidth_m : float
        Cells farther from the border do not count.
    cells_a, cells_b, stretches : int
        Cells used, and clusters.
    """

    side_a: str
    side_b: str
    density_a: float
    density_b: float
    jump: float
    standard_error: float
    bandwidth_m: float
    cells_a: int
    cells_b: int
    stretches: int

    @property
    def z(self) -> float:
        """The jump over its standard error."""
        return self.jump / self.standard_error


def cells_beside(
    grid: PopulationGrid,
    line: shapely.Geometry,
    sides: gpd.GeoDataFrame,
    *,
    epsg: int,
    within_m: float = 10_000.0,
) -> pd.DataFrame:
    """Cells of a population grid near a line, with their side and distance.

    Parameters
    ----------
    grid : PopulationGrid
        People per cell.
    line : Geometry
        Border or placebo line in EPSG:4326.
    sides : GeoDataFrame
        Two areas by label; a cell belongs to the side its centre lies in.
    epsg : int
        Projected CRS to measure in.
    within_m : float
        Distance of the centre from the line.

    Returns
    -------
    DataFrame
        One row a cell with data: ``side``, ``distance_m``, ``along_m`` (place on the line),
        ``people``, ``area_km2`` (on the ellipsoid), ``density`` (persons per km2).

    References
    ----------
    L. J. Keele, R. Titiunik (2015). Geographic boundaries as regression discontinuities. Political
    Analysis 23:127.

    Examples
    --------
    >>> from affine import Affine
    >>> grid = PopulationGrid(np.full((10, 20), 5.0), Affine(0.01, 0, 116, 0, -0.01, 40))
    >>> sides = gpd.GeoDataFrame(index=["west", "east"], crs=4326, geometry=[
    ...     shapely.box(116, 39.9, 116.1, 40), shapely.box(116.1, 39.9, 116.2, 40)])
    >>> border = shapely.LineString([(116.1, 39.9), (116.1, 40)])
    >>> cells = cells_beside(grid, border, sides, epsg=32650)
    >>> cells["side"].value_counts().to_dict()
    {'west': 100, 'east': 100}
    """
    area_km2 = _cell_areas_km2(grid)
    drawn = gpd.GeoSeries([line], crs=4326).to_crs(epsg).iloc[0]
    rows, columns = np.nonzero(_near(grid, line, within_m) & ~np.isnan(grid.array))
    lon, lat = _centres(grid)
    points = gpd.points_from_xy(lon[columns], lat[rows], crs=4326)
    centres = gpd.GeoSeries(points).to_crs(epsg).to_numpy()
    shapely.prepare(drawn)
    kept = shapely.dwithin(centres, drawn, within_m)
    centres, rows, columns = centres[kept], rows[kept], columns[kept]
    side = np.full(len(centres), None, dtype=object)
    for label, shape in sides.geometry.to_crs(epsg)[::-1].items():
        shapely.prepare(shape)
        side[shapely.intersects(shape, centres)] = label
    table = pd.DataFrame(
        {
            "side": side,
            "distance_m": shapely.distance(centres, drawn),
            "along_m": shapely.line_locate_point(drawn, centres),
            "people": grid.array[rows, columns],
            "area_km2": area_km2[rows],
        }
    )
    table["density"] = table["people"] / table["area_km2"]
    return table[table["side"].notna()].reset_index(drop=True)


def density_profile(cells: pd.DataFrame, *, bin_m: float = 1_000.0) -> pd.DataFrame:
    """Density in matched strips at equal distances on both sides of a border.

    Parameters
    ----------
    cells : DataFrame
        As `cells_beside` gives them.
    bin_m : float
        Width of a strip.

    Returns
    -------
    DataFrame
        Index ``from_m``; one column a side: people over land of the strip, persons per km2, NaN
        where no cell lies in it.

    References
    ----------
    L. J. Keele, R. Titiunik (2015). Geographic boundaries as regression discontinuities. Political
    Analysis 23:127.

    Examples
    --------
    >>> cells = pd.DataFrame({"side": ["a", "a", "b"], "distance_m": [100, 900, 1500],
    ...                       "people": [10, 30, 5], "area_km2": [1.0, 1.0, 1.0]})
    >>> density_profile(cells)["a"].tolist()
    [20.0, nan]
    """
    strip = (cells["distance_m"] // bin_m) * bin_m
    sums = cells.groupby([strip.rename("from_m"), "side"])[["people", "area_km2"]].sum()
    density: pd.DataFrame = pd.DataFrame((sums["people"] / sums["area_km2"]).unstack("side"))
    density.columns.name = None
    return density


def discontinuity(
    cells: pd.DataFrame, *, bandwidth_m: float = 5_000.0, stretch_m: float = 10_000.0
) -> Discontinuity:
    r"""Jump of density at a border, by local linear regression.

    .. math:: y_i = \alpha + \tau B_i + \beta x_i + \gamma B_i x_i + \varepsilon_i,
        \qquad k_i = \left(1 - \frac{x_i}{h}\right) A_i

    with y the density, x the distance from the border, B whether the cell lies on the second side,
    weights k of a triangular kernel times the area A of the cell, and the jump :math:`\tau`.

    Parameters
    ----------
    cells : DataFrame
        As `cells_beside` gives them.
    bandwidth_m : float
        h.
    stretch_m : float
        Cells along so much of the border are one cluster, since neighbours are alike.

    Returns
    -------
    Discontinuity
        Sides in alphabetical order.

    Raises
    ------
    MissingDataError
        There are not two sides, or fewer than ten cells on one.

    Notes
    -----
    Read it with the jumps at placebo lines beside it: density changes fast near a city without any
    border. A grid that was spread over districts jumps at their borders by the way it was made,
    and says nothing.

    References
    ----------
    G. W. Imbens, T. Lemieux (2008). Regression discontinuity designs: a guide to practice. Journal
    of Econometrics 142:615.

    Examples
    --------
    >>> along, away = np.meshgrid(np.arange(0, 40_000, 1000.0), np.arange(500, 5000, 1000.0))
    >>> one = pd.DataFrame({"along_m": along.ravel(), "distance_m": away.ravel(), "area_km2": 1.0})
    >>> cells = pd.concat([one.assign(side="a", density=100 + one["distance_m"] / 100),
    ...                    one.assign(side="b", density=400 - one["distance_m"] / 50)])
    >>> round(discontinuity(cells).jump, 6)
    300.0
    """
    sides = sorted(cells["side"].unique())
    used = cells[cells["distance_m"] < bandwidth_m]
    counts = used["side"].value_counts().reindex(sides, fill_value=0)
    if len(sides) != 2 or counts.min() < _FEWEST_CELLS:
        raise MissingDataError(
            f"cells within {bandwidth_m:g} m of the border: {counts.to_dict()}",
            remedy="take a wider bandwidth, a finer grid, or two sides with data",
        )
    second = (used["side"] == sides[1]).to_numpy(np.float64)
    x = used["distance_m"].to_numpy(np.float64)
    y = used["density"].to_numpy(np.float64)
    weight = (1.0 - x / bandwidth_m) * used["area_km2"].to_numpy(np.float64)
    design = np.column_stack([np.ones(len(x)), second, x, second * x])
    stretch = (used["along_m"].to_numpy(np.float64) // stretch_m).astype(np.int64)
    estimate, error = _clustered_least_squares(design, y, weight, stretch)
    return Discontinuity(
        side_a=str(sides[0]),
        side_b=str(sides[1]),
        density_a=float(estimate[0]),
        density_b=float(estimate[0] + estimate[1]),
        jump=float(estimate[1]),
        standard_error=float(error[1]),
        bandwidth_m=float(bandwidth_m),
        cells_a=int(counts.iloc[0]),
        cells_b=int(counts.iloc[1]),
        stretches=len(np.unique(stretch)),
    )


def _clustered_least_squares(
    design: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    cluster: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weighted least squares, and standard errors clustered with Stata's small-sample factor."""
    weighted = design * weight[:, None]
    bread = np.linalg.inv(weighted.T @ design)
    estimate = bread @ (weighted.T @ y)
    scores = weighted * (y - design @ estimate)[:, None]
    groups, member = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(groups), design.shape[1]))
    np.add.at(sums, member, scores)
    n, k, g = len(y), design.shape[1], len(groups)
    factor = g / (g - 1) * (n - 1) / (n - k) if g > 1 else np.nan
    variance = factor * (bread @ (sums.T @ sums) @ bread)
    return estimate, np.sqrt(np.diag(variance))


def _near(grid: PopulationGrid, line: shapely.Geometry, within_m: float) -> npt.NDArray[np.bool_]:
    """Cells in the box around a line, with room to spare."""
    west, south, east, north = shapely.bounds(line)
    degrees = within_m / 110_000.0
    wide = degrees / np.cos(np.radians(min(abs(north), abs(south)) + degrees))
    lon, lat = _centres(grid)
    inside_lon = (lon >= west - wide) & (lon <= east + wide)
    inside_lat = (lat >= south - degrees) & (lat <= north + degrees)
    return np.asarray(inside_lat[:, None] & inside_lon[None, :])


def _centres(
    grid: PopulationGrid,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitudes of the columns and latitudes of the rows, at the centres of the cells."""
    rows, columns = grid.array.shape
    to_map = grid.transform
    lon = np.float64(to_map.c) + np.float64(to_map.a) * (np.arange(columns) + 0.5)
    lat = np.float64(to_map.f) + np.float64(to_map.e) * (np.arange(rows) + 0.5)
    return lon, lat


def _cell_areas_km2(grid: PopulationGrid) -> npt.NDArray[np.float64]:
    """Area of a cell of each row on the ellipsoid."""
    west, _, _, _ = grid.bounds
    areas = []
    for row in range(grid.array.shape[0]):
        _, north = grid.transform @ (0, row)
        east, south = grid.transform @ (1, row + 1)
        area_m2, _ = _GEOD.polygon_area_perimeter(
            [west, west, east, east], [north, south, south, north]
        )
        areas.append(abs(area_m2) / 1e6)
    return np.array(areas)
