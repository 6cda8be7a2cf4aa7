"""Who is in two circles: where the reach of one core city overlaps that of another."""

from collections.abc import Iterable
from itertools import combinations

import geopandas as gpd
import numpy as np
import shapely

from toolkit.analysis.circles import CoreReach
from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.analysis.population import population_within
from toolkit.sources.population import PopulationGrid

__all__ = ["reach_overlaps"]

_COLUMNS = (
    "core_adcode", "core_zh", "core_en", "other_adcode", "other_zh", "other_en", "definition",
    "minutes", "statistic", "window", "timetable_date", "area_km2", "population",
    "cities_zh", "cities_en", "schematic",
)  # fmt: skip


def reach_overlaps(
    reaches: Iterable[CoreReach], cities: gpd.GeoDataFrame, grid: PopulationGrid | None = None
) -> gpd.GeoDataFrame:
    """Land, people and cities within some minutes of both of two cores.

    Parameters
    ----------
    reaches : iterable of CoreReach
        Of several cores; only those of one definition, statistic, window and timetable are
        compared.
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en``, seats as points in EPSG:4326.
    grid : PopulationGrid, optional
        People per cell; without it ``population`` is missing.

    Returns
    -------
    GeoDataFrame
        One row a pair of cores and threshold at which they overlap: ``core_`` and ``other_``
        adcode and names, ``definition``, ``minutes``, ``statistic``, ``window``,
        ``timetable_date``, ``area_km2`` (on the ellipsoid), ``population``, ``cities_zh`` and
        ``cities_en`` (seats inside), ``schematic``; MultiPolygon in EPSG:4326, the widest first.
    """
    alike: dict[tuple[str, ...], list[CoreReach]] = {}
    for each in reaches:
        key = (each.definition.key, each.statistic, each.window, each.timetable_date)
        alike.setdefault(key, []).append(each)
    rows = [
        row
        for group in alike.values()
        for one, other in combinations(group, 2)
        for row in _overlaps(one, other, cities)
    ]
    if not rows:
        return gpd.GeoDataFrame(columns=[*_COLUMNS, "geometry"], geometry="geometry", crs=4326)
    found = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    people = np.full(len(found), np.nan)
    if grid is not None:
        people = population_within(grid, found.geometry).round()
    return found.assign(population=people)[[*_COLUMNS, "geometry"]]


def _overlaps(
    one: CoreReach, other: CoreReach, cities: gpd.GeoDataFrame
) -> list[dict[str, object]]:
    """Overlaps of two circles, one a threshold, the widest first."""
    rows: list[dict[str, object]] = []
    theirs = other.bands.set_index("minutes").geometry
    for minutes, band in zip(one.bands["minutes"], one.bands.geometry, strict=True):
        if minutes not in theirs.index:
            continue
        parts = shapely.get_parts(shapely.get_parts(shapely.intersection(band, theirs[minutes])))
        shape = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
        if shape.is_empty:
            continue
        inside = cities[cities.geometry.within(shape)]
        rows.append(
            {
                "core_adcode": one.core,
                "core_zh": cities.at[one.core, "name_zh"],
                "core_en": cities.at[one.core, "name_en"],
                "other_adcode": other.core,
                "other_zh": cities.at[other.core, "name_zh"],
                "other_en": cities.at[other.core, "name_en"],
                "definition": one.definition.key,
                "minutes": minutes,
                "statistic": one.statistic,
                "window": one.window,
                "timetable_date": one.timetable_date,
                "area_km2": round(geodesic_area_km2(shape), 1),
                "cities_zh": "、".join(inside["name_zh"]),
                "cities_en": ", ".join(inside["name_en"]),
                "schematic": one.schematic or other.schematic,
                "geometry": shape,
            }
        )
    return rows[::-1]
