"""A modelled population grid for runs without a download: residents spread over known places.

Density around a place falls off exponentially with distance (Clark 1951, Urban population
densities, Journal of the Royal Statistical Society A 114(4), 490-496). The grid serves to try
things out: prefecture sums are the given ones, what lies within a prefecture is a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from toolkit.errors import MissingDataError
from toolkit.sources.population.grid import Bounds, PopulationGrid

__all__ = ["SpreadModel", "modelled_population"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SpreadModel:
    """Assumptions of the model.

    Attributes
    ----------
    rural_share : float
        Share of a prefecture's residents that live evenly over its area. Default: the share of
        rural residents of China in 2020, 36.11 % (National Bureau of Statistics, Communiqué of
        the Seventh National Population Census, No. 7).
    central_density_km2 : float
        Density at a place's centre, people per km2; assumed. With an exponential fall-off of
        scale s, a place of P people has P = 2 pi s^2 times this density, which gives s.
    least_scale_m : float
        Smallest s, about half a cell.
    unknown_residents : mapping
        Residents of a place of unknown population, by its class; assumed.

    Examples
    --------
    >>> round(SpreadModel().scale_m(1_000_000))
    2821
    """

    rural_share: float = 0.3611
    central_density_km2: float = 20_000.0
    least_scale_m: float = 450.0
    unknown_residents: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {"city": 80_000.0, "town": 10_000.0, "village": 2_000.0}
        )
    )

    def scale_m(self, residents: float) -> float:
        """Distance at which the density around a place has fallen to 1/e."""
        area_m2 = residents / self.central_density_km2 * 1e6
        return float(max(np.sqrt(area_m2 / (2.0 * np.pi)), self.least_scale_m))


def modelled_population(
    cities: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None,
    prefectures: gpd.GeoDataFrame,
    *,
    cell_arcsec: float = 30.0,
    model: SpreadModel | None = None,
) -> PopulationGrid:
    """Spread the residents of each prefecture over its places and its area.

    In each prefecture the rural share is spread evenly, the rest over the places in proportion to
    their population; urban residents that the places do not account for live around the seat.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; `residents`, `residents_year`, and the seats as points, EPSG:4326.
    places : GeoDataFrame or None
        Points, EPSG:4326, with `population` (missing where unknown) and `place` ('city', 'town',
        'village'; both columns optional). None: everything around the seats.
    prefectures : GeoDataFrame
        Index adcode; polygons, EPSG:4326. Prefectures that are not in `cities` stay empty.
    cell_arcsec : float, optional
        Cell size.
    model : SpreadModel, optional
        Assumptions.

    Returns
    -------
    PopulationGrid
        Labelled 'modelled'; its sum over the cells with their centre in a prefecture is the
        prefecture's residents to within rounding (1e-9 of them). NaN outside.

    Raises
    ------
    MissingDataError
        If a city lacks residents or a prefecture.

    Examples
    --------
    >>> from shapely import Point, box
    >>> cities = gpd.GeoDataFrame({"residents": [50_000], "residents_year": [2020]},
    ...                           index=["990100"], geometry=[Point(116.1, 40.1)], crs=4326)
    >>> area = gpd.GeoDataFrame(index=["990100"], geometry=[box(116, 40, 116.2, 40.2)], crs=4326)
    >>> grid = modelled_population(cities, None, area)
    >>> round(grid.total, 6), grid.modelled
    (50000.0, True)
    """
    model = model or SpreadModel()
    _require_complete(cities, prefectures)
    zones, transform = _zones(prefectures.loc[cities.index], cell_arcsec / 3600.0)
    lattice = _Lattice(transform, zones.shape)
    listed = _listed_places(places, model)
    listed_zone = lattice.values_at(zones, listed["lon"], listed["lat"])
    array = np.full(zones.shape, np.nan)
    for zone, (adcode, city) in enumerate(cities.iterrows()):
        seat = pd.DataFrame({"lon": [city.geometry.x], "lat": [city.geometry.y]})
        inside = zones == zone
        if not inside.any():
            inside = lattice.cell_of(seat, str(adcode))
        residents = float(city["residents"])
        own = listed[listed_zone == zone]
        urban = residents * (1.0 - model.rural_share)
        seat["residents"] = max(urban - own["residents"].sum(), 0.0)
        weight = _weights(lattice, inside, pd.concat([own, seat]), model)
        array[inside] = np.nan_to_num(array[inside]) + weight * (residents / weight.sum())
    year = int(cities["residents_year"].max())
    return PopulationGrid(
        array,
        transform,
        label=f"modelled: residents of {year} spread over places",
        year=year,
        modelled=True,
    )


@dataclass(frozen=True)
class _Lattice:
    """Cells of the grid by place."""

    transform: Affine
    shape: tuple[int, ...]

    def centres(self, rows: slice, columns: slice) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the centres of a block of cells."""
        place = self.transform
        lon = place.c + place.a * (np.arange(columns.start, columns.stop) + 0.5)
        lat = place.f + place.e * (np.arange(rows.start, rows.stop) + 0.5)
        x, y = np.meshgrid(lon, lat)
        return x, y

    def positions(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Columns and rows of points, counted from the upper left corner, with fractions."""
        place = self.transform
        return (lon - place.c) / place.a, (lat - place.f) / place.e

    def block(self, bounds: Bounds) -> tuple[slice, slice]:
        """Rows and columns of the cells that bounds touch, as far as the grid goes."""
        west, south, east, north = bounds
        column, row = self.positions(np.array([west, east]), np.array([north, south]))
        rows = np.clip([np.floor(row[0]), np.ceil(row[1])], 0, self.shape[0]).astype(int)
        columns = np.clip([np.floor(column[0]), np.ceil(column[1])], 0, self.shape[1]).astype(int)
        return slice(*rows.tolist()), slice(*columns.tolist())

    def values_at(
        self, array: NDArray[np.int32], lon: pd.Series, lat: pd.Series
    ) -> NDArray[np.int32]:
        """Values of the cells that points lie in; -1 off the grid."""
        column, row = self.positions(lon.to_numpy(np.float64), lat.to_numpy(np.float64))
        row, column = np.floor(row).astype(int), np.floor(column).astype(int)
        on_grid = (row >= 0) & (column >= 0) & (row < self.shape[0]) & (column < self.shape[1])
        return np.where(on_grid, array[np.where(on_grid, row, 0), np.where(on_grid, column, 0)], -1)

    def cell_of(self, seat: pd.DataFrame, adcode: str) -> Mask:
        """Mask of the one cell of a seat, for a prefecture too small to hold a cell centre."""
        number = np.arange(np.prod(self.shape), dtype=np.int32).reshape(self.shape)
        cell = self.values_at(number, seat["lon"], seat["lat"])[0]
        if cell < 0:
            raise MissingDataError(
                f"{adcode}: its area holds no cell and its seat lies elsewhere",
                remedy="check the boundary and the seat, or choose smaller cells",
            )
        mask: Mask = number == cell
        return mask


def _require_complete(cities: gpd.GeoDataFrame, prefectures: gpd.GeoDataFrame) -> None:
    """Every city has residents and an area."""
    without_area = cities.index.difference(prefectures.index)
    without_residents = cities.index[cities["residents"].isna()]
    for missing, what in ((without_area, "boundary"), (without_residents, "number of residents")):
        if len(missing):
            raise MissingDataError(
                f"no {what} of {', '.join(map(str, missing))}",
                remedy="complete the tables of cities and prefectures",
            )


def _zones(prefectures: gpd.GeoDataFrame, cell_deg: float) -> tuple[NDArray[np.int32], Affine]:
    """Number of the prefecture that each cell's centre lies in; -1 for none."""
    west, south, east, north = prefectures.total_bounds
    left, top = np.floor(west / cell_deg), np.ceil(north / cell_deg)
    columns = int(np.ceil(east / cell_deg) - left)
    rows = int(top - np.floor(south / cell_deg))
    transform = Affine(cell_deg, 0.0, left * cell_deg, 0.0, -cell_deg, top * cell_deg)
    zones: NDArray[np.int32] = rasterize(
        ((shape, number) for number, shape in enumerate(prefectures.geometry)),
        out_shape=(rows, columns),
        fill=-1,
        transform=transform,
        dtype="int32",
    )
    return zones, transform


def _listed_places(places: gpd.GeoDataFrame | None, model: SpreadModel) -> pd.DataFrame:
    """Table of lon, lat, residents, with an assumption where the population is unknown."""
    if places is None or places.empty:
        return pd.DataFrame({"lon": [], "lat": [], "residents": []}, dtype=np.float64)
    kind = places.get("place", pd.Series("town", index=places.index))
    assumed = kind.map(dict(model.unknown_residents)).fillna(0.0).astype(np.float64)
    known = pd.to_numeric(places.get("population", assumed), errors="coerce").astype(np.float64)
    return pd.DataFrame(
        {
            "lon": places.geometry.x,
            "lat": places.geometry.y,
            "residents": known.where(known > 0, assumed),
        }
    )


def _weights(lattice: _Lattice, inside: Mask, places: pd.DataFrame, model: SpreadModel) -> Floats:
    """Share of the people in each cell of one prefecture, up to a factor."""
    whole = slice(0, lattice.shape[0]), slice(0, lattice.shape[1])
    urban = np.zeros(lattice.shape)
    for lon, lat, residents in places[places["residents"] > 0].to_numpy(np.float64):
        block, fall_off = _fall_off(lattice, inside, (lon, lat), model.scale_m(residents))
        urban[block] += residents * fall_off
    # cells narrow towards the pole, so an even spread follows the cosine of latitude
    even = np.cos(np.radians(lattice.centres(*whole)[1][inside]))
    gathered = urban[inside]
    share = model.rural_share if gathered.sum() > 0 else 1.0
    weights: Floats = share * even / even.sum()
    if share < 1.0:
        weights += (1.0 - share) * gathered / gathered.sum()
    return weights


def _fall_off(
    lattice: _Lattice, inside: Mask, centre: tuple[float, float], scale_m: float
) -> tuple[tuple[slice, slice], Floats]:
    """Block of cells around a place, and the share of its people in each that is inside."""
    lon, lat = centre
    # six scales hold 98 % of the people; a cell more, so that the place's own is among them
    high = 6.0 * scale_m / 111_000.0 + lattice.transform.a
    wide = high / np.cos(np.radians(lat))
    block = lattice.block((lon - wide, lat - high, lon + wide, lat + high))
    x, y = lattice.centres(*block)
    distance_m = _WGS84.inv(np.full(x.shape, lon), np.full(x.shape, lat), x, y)[2]
    fall_off = np.where(inside[block], np.exp(-distance_m / scale_m), 0.0)
    return block, fall_off / max(fall_off.sum(), np.finfo(np.float64).tiny)


_WGS84 = pyproj.Geod(ellps="WGS84")
