"""What a scenario changes in the circles of a core: land and people gained and lost."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.analysis.circles import CoreReach
from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.analysis.population import population_within
from toolkit.errors import NetworkError
from toolkit.sources.population import PopulationGrid

__all__ = ["reach_before_after", "reach_change"]

Pairs = Iterable[tuple[CoreReach, CoreReach]]


def reach_change(
    pairs: Pairs, cities: gpd.GeoDataFrame, grid: PopulationGrid | None = None
) -> gpd.GeoDataFrame:
    """Land within minutes of a core both before and after, gained, and lost.

    Parameters
    ----------
    pairs : iterable of (CoreReach, CoreReach)
        Each circle before and after, of one core and definition, with the same thresholds.
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en``.
    grid : PopulationGrid, optional
        People per cell; without it ``population`` is missing.

    Returns
    -------
    GeoDataFrame
        One row a core, threshold and part that is there: ``core_adcode``, ``core_zh``,
        ``core_en``, ``definition``, ``minutes``, ``land`` ('kept', 'gained' or 'lost'),
        ``area_km2`` (on the ellipsoid), ``population`` (persons); MultiPolygon in EPSG:4326.
        Kept and gained land make up the circle after, kept and lost land the one before; parts of
        less than 0.05 km² are left out.

    Raises
    ------
    NetworkError
        The two circles of a pair are not of one core, definition and set of thresholds.

    Examples
    --------
    >>> from toolkit.analysis.circles import core_reach
    >>> from toolkit.analysis.definitions import load_definitions
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> cities, drive = load_cluster("jing-jin-ji").cities, load_definitions()["road_free_flow"]
    >>> hour = core_reach(
    ...     "110000", drive, schematic_roads(), cities, epsg=32650, thresholds_min=[60]
    ... )
    >>> reach_change([(hour, hour)], cities)[["core_en", "land"]].to_numpy().tolist()
    [['Beijing', 'kept']]
    """
    rows = [row for before, after in pairs for row in _parts(before, after)]
    columns = ["core_adcode", "definition", "minutes", "land", "area_km2", "geometry"]
    found = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=4326)
    people = np.full(len(found), np.nan)
    if grid is not None and len(found):
        people = population_within(grid, found.geometry).round()
    found.insert(5, "population", people)
    return gpd.GeoDataFrame(_named(found, cities), geometry="geometry", crs=4326)


def reach_before_after(pairs: Pairs, cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Land and people within minutes of each core, before and after.

    Parameters
    ----------
    pairs, cities
        As for `reach_change`; people are those of the bands' ``population``, missing without it.

    Returns
    -------
    DataFrame
        One row a core and threshold: ``core_adcode``, ``core_zh``, ``core_en``, ``definition``,
        ``minutes``, ``area_before_km2``, ``area_after_km2``, ``people_before``, ``people_after``.

    Raises
    ------
    NetworkError
        As for `reach_change`.

    Examples
    --------
    >>> from toolkit.analysis.circles import core_reach
    >>> from toolkit.analysis.definitions import load_definitions
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> cities, drive = load_cluster("jing-jin-ji").cities, load_definitions()["road_free_flow"]
    >>> hour = core_reach(
    ...     "110000", drive, schematic_roads(), cities, epsg=32650, thresholds_min=[60]
    ... )
    >>> table = reach_before_after([(hour, hour)], cities)
    >>> bool(table["area_before_km2"].item() == table["area_after_km2"].item())
    True
    """
    tables = []
    for before, after in pairs:
        _check_alike(before, after)
        missing = pd.Series(np.nan, index=before.bands.index)
        tables.append(
            pd.DataFrame(
                {
                    "core_adcode": before.core,
                    "definition": before.definition.key,
                    "minutes": before.bands["minutes"].to_numpy(),
                    "area_before_km2": before.bands["area_km2"].to_numpy(),
                    "area_after_km2": after.bands["area_km2"].to_numpy(),
                    "people_before": before.bands.get("population", missing).to_numpy(),
                    "people_after": after.bands.get("population", missing).to_numpy(),
                }
            )
        )
    return _named(pd.concat(tables, ignore_index=True), cities) if tables else pd.DataFrame()


def _parts(before: CoreReach, after: CoreReach) -> list[dict[str, object]]:
    """Rows of one pair of circles, the widest threshold first so that nearer ones lie on top."""
    _check_alike(before, after)
    rows: list[dict[str, object]] = []
    shapes = zip(before.bands["minutes"], before.bands.geometry, after.bands.geometry, strict=True)
    for minutes, old, new in shapes:
        for land, shape in (
            ("kept", shapely.intersection(old, new)),
            ("gained", shapely.difference(new, old)),
            ("lost", shapely.difference(old, new)),
        ):
            whole = _polygons(shape)
            area_km2 = round(geodesic_area_km2(whole), 1)
            if area_km2 == 0.0:  # where the two outlines agree but for rounding
                continue
            rows.append(
                {
                    "core_adcode": before.core,
                    "definition": before.definition.key,
                    "minutes": minutes,
                    "land": land,
                    "area_km2": area_km2,
                    "geometry": whole,
                }
            )
    return rows[::-1]


def _named(table: pd.DataFrame, cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Names of the cores after their codes."""
    names = cities[["name_zh", "name_en"]].set_axis(["core_zh", "core_en"], axis=1)
    joined = table.join(names, on="core_adcode")
    first = ["core_adcode", "core_zh", "core_en"]
    return joined[[*first, *joined.columns.difference(first, sort=False)]]


def _check_alike(before: CoreReach, after: CoreReach) -> None:
    """Refuse circles that differ in more than the network."""
    if (
        before.core != after.core
        or before.definition.key != after.definition.key
        or before.bands["minutes"].tolist() != after.bands["minutes"].tolist()
    ):
        raise NetworkError(
            f"circles of {before.core} by {before.definition.key} and of {after.core} by "
            f"{after.definition.key} are not the same before and after",
            remedy="compute both with one core, definition and set of thresholds",
        )


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a shape, without lines and points where outlines touch."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
