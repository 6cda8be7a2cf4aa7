"""People inside polygons, from a grid of counts, by the exact share of each cell that is covered.

Cells cut by an edge count in proportion to the part inside, so that disjoint polygons which fill
the grid hold together exactly the grid's people. What remains unknown is how people are spread
within a cell; the error of a zone is at most the people of the cells its outline crosses.
"""

from collections.abc import Iterable, Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.feature import FeatureSource, JSONFeature
from exactextract.raster import NumPyRasterSource
from pyproj import CRS, Geod

from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.sources.population import PopulationGrid

__all__ = ["population_in_proximity", "population_within", "shares_reached"]

FloatArray = npt.NDArray[np.float64]
_GEOD = Geod(ellps="WGS84")
_WGS84_WKT = CRS.from_epsg(4326).to_wkt()
_CIRCLE_POINTS = 360
_SLIVER_DEGREES = 1e-10  # a hundredth of a millimetre


def population_within(grid: PopulationGrid, shapes: Iterable[shapely.Geometry]) -> FloatArray:
    """People inside each polygon.

    Parameters
    ----------
    grid : PopulationGrid
        People per cell, EPSG:4326; cells without data count as empty.
    shapes : iterable of Geometry
        Polygons in EPSG:4326.

    Returns
    -------
    ndarray of float64
        One figure a polygon. Land outside the grid holds nobody.

    Notes
    -----
    Coverage of cells by exactextract, exact for planar coordinates (degrees). What parts a polygon
    holds and what it leaves add up to the grid's total to 1e-9 of it. Give many polygons at once:
    each call reads the grid anew.

    Examples
    --------
    >>> from affine import Affine
    >>> ones = PopulationGrid(np.ones((2, 4)), Affine(0.5, 0, 116, 0, -0.5, 40), label="ones")
    >>> population_within(ones, [shapely.box(116.25, 39.0, 117.0, 40.0)]).tolist()
    [3.0]
    """
    polygons = np.array([_polygonal(shape) for shape in shapes], dtype=object)
    # overlays leave slivers of no width, and exactextract takes the cells that one cuts for covered
    polygons = shapely.set_precision(polygons, _SLIVER_DEGREES)
    found = np.zeros(len(polygons))
    filled = ~shapely.is_empty(polygons)
    if filled.any():
        west, south, east, north = grid.bounds
        people = np.nan_to_num(grid.array, nan=0.0)
        raster = NumPyRasterSource(
            people, xmin=west, ymin=south, xmax=east, ymax=north, srs_wkt=_WGS84_WKT
        )
        sums = exact_extract(raster, _Zones(polygons[filled]), ["sum"], output="pandas")["sum"]
        found[filled] = np.nan_to_num(sums.to_numpy(np.float64), nan=0.0)
    return found


def shares_reached(
    grid: PopulationGrid, prefectures: gpd.GeoDataFrame, bands: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Share of each prefecture's people and land inside each reach polygon (D5).

    Parameters
    ----------
    grid : PopulationGrid
    prefectures : GeoDataFrame
        Index adcode; polygons in EPSG:4326.
    bands : GeoDataFrame
        ``minutes`` and polygons in EPSG:4326 (`toolkit.analysis.isochrones.isobands`), of one
        circle or of many.

    Returns
    -------
    DataFrame
        One row a polygon and prefecture, all prefectures of the first polygon first: ``minutes``,
        ``adcode``, ``population``, ``population_share``, ``area_km2``, ``area_share``.
    """
    whole = population_within(grid, prefectures.geometry)
    land = np.array([geodesic_area_km2(shape) for shape in prefectures.geometry])
    shapes = prefectures.geometry.to_numpy()
    parts = [
        _polygonal(part) for band in bands.geometry for part in shapely.intersection(shapes, band)
    ]
    people = population_within(grid, parts)
    area = np.array([geodesic_area_km2(part) for part in parts])
    of_whole, of_land = np.tile(whole, len(bands)), np.tile(land, len(bands))
    return pd.DataFrame(
        {
            "minutes": np.repeat(bands["minutes"].to_numpy(), len(prefectures)),
            "adcode": np.tile(prefectures.index.to_numpy(), len(bands)),
            "population": people,
            "population_share": np.where(of_whole > 0, people / np.maximum(of_whole, 1e-9), np.nan),
            "area_km2": area.round(1),
            "area_share": area / of_land,
        }
    )


def population_in_proximity(grid: PopulationGrid, point: shapely.Point, radius_km: float) -> float:
    """People within a straight distance of a point.

    The denominator of the transport performance of the European Commission: people reached within
    T minutes over people within the radius one could cover at a reference speed (120 km for 90
    minutes).

    Parameters
    ----------
    grid : PopulationGrid
    point : Point
        EPSG:4326.
    radius_km : float
        Radius on the ellipsoid.

    Returns
    -------
    float
    """
    azimuths = np.linspace(0.0, 360.0, _CIRCLE_POINTS, endpoint=False)
    start_x, start_y = np.full(_CIRCLE_POINTS, point.x), np.full(_CIRCLE_POINTS, point.y)
    distances = np.full(_CIRCLE_POINTS, radius_km * 1000.0)
    x, y, _ = _GEOD.fwd(start_x, start_y, azimuths, distances)
    return float(population_within(grid, [shapely.Polygon(np.column_stack([x, y]))])[0])


class _Zones(FeatureSource):  # type: ignore[misc] # exactextract has no types
    """Polygons as exactextract reads them, in binary: as text they would cost more than sums."""

    def __init__(self, polygons: npt.NDArray[np.object_]) -> None:
        super().__init__()
        self._binary = shapely.to_wkb(polygons)

    def count(self) -> int:
        return len(self._binary)

    def __iter__(self) -> Iterator[JSONFeature]:
        return map(_Zone, self._binary)

    def srs_wkt(self) -> str:
        return _WGS84_WKT


class _Zone(JSONFeature):  # type: ignore[misc]
    """One polygon."""

    def __init__(self, binary: bytes) -> None:
        super().__init__()
        self._binary = binary

    def geometry(self) -> bytes:
        return self._binary


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of an intersection, without the lines where outlines only touch."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
