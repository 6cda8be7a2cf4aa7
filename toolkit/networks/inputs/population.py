"""People of a run: WorldPop or GHS-POP downloaded, a raster of the user's own, or modelled."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd

from toolkit.clusters import Cluster
from toolkit.networks.inputs.downloads import downloaded_record, if_it_can_be_had
from toolkit.progress import Progress
from toolkit.settings import Settings
from toolkit.sources import files, reference
from toolkit.sources.files import InputRecord
from toolkit.sources.live import PUBLISHED_POPULATION, Live, fetch_population
from toolkit.sources.osm_places import osm_places
from toolkit.sources.population import Bounds, PopulationGrid, modelled_population, read_population
from toolkit.sources.provenance import CachedFile

__all__ = ["MODELLED", "NONE", "WORLDPOP", "read_people"]

NONE = "none"
MODELLED = "modelled"
WORLDPOP = "worldpop"
_PLACE_OF_KIND = {"county seat": "town", "new area": "town", "town": "village"}

People = tuple[PopulationGrid | None, tuple[InputRecord, ...]]


def read_people(
    cluster: Cluster,
    prefectures: gpd.GeoDataFrame | None,
    population: str | Path | None,
    *,
    extracts: Sequence[CachedFile] = (),
    live: Live | None,
    settings: Settings,
    report: Progress,
) -> People:
    """Read the people of a cluster.

    Parameters
    ----------
    cluster : Cluster
    prefectures : GeoDataFrame or None
        Without boundaries there is no window to read.
    population : str or Path, optional
        ``"worldpop"``, ``"worldpop-100m"``, ``"ghs-pop"`` (downloaded where they are not in the
        cache), ``"modelled"``, ``"none"``, or a raster. By default WorldPop where `live` is given
        and can be reached, else modelled.
    extracts : sequence of CachedFile
        Downloaded OpenStreetMap extracts, whose places a model goes by; else the embedded ones.
    live : Live, optional
    settings : Settings
    report : Progress

    Returns
    -------
    grid : PopulationGrid or None
    records : tuple of InputRecord

    Raises
    ------
    ToolkitError
        What was named cannot be read or downloaded.
    """
    if prefectures is None or str(population) == NONE:
        return None, ()
    west, south, east, north = prefectures.total_bounds
    bounds: Bounds = (west, south, east, north)
    if population is None and live is not None:
        way: Live = live
        rasters = if_it_can_be_had(
            lambda: _published(cluster, WORLDPOP, way, settings),
            live=live,
            instead="modelled people, the residents of each city spread over its places",
            report=report,
        )
        if rasters is not None:
            return _read(rasters, bounds, WORLDPOP)
    if population is None or str(population) == MODELLED:
        return _modelled(cluster, prefectures, extracts)
    if str(population) in PUBLISHED_POPULATION:
        rasters = _published(cluster, str(population), live or Live(), settings)
        return _read(rasters, bounds, str(population))
    grid = read_population([Path(population)], bounds)
    record = files.record_input(
        population, kind="population", licence="as stated by the file", source=grid.label
    )
    return grid, (record,)


def _published(
    cluster: Cluster, product: str, live: Live, settings: Settings
) -> tuple[CachedFile, ...]:
    """Rasters of the countries that a cluster lies in."""
    return fetch_population(product, cluster.countries, cache=settings.data_folder, live=live)


def _read(rasters: Sequence[CachedFile], bounds: Bounds, product: str) -> People:
    """Counts of downloaded rasters within bounds."""
    paths = [raster.path for raster in rasters]
    grid = read_population(paths, bounds, label=PUBLISHED_POPULATION[product], year=2020)
    return grid, tuple(downloaded_record(raster, kind="population") for raster in rasters)


def _modelled(
    cluster: Cluster, prefectures: gpd.GeoDataFrame, extracts: Sequence[CachedFile]
) -> People:
    """Residents spread over places, where all residents are known."""
    if cluster.cities["residents"].isna().any():
        return None, ()
    if extracts:
        places = osm_places([extract.path for extract in extracts])
        licence = "© OpenStreetMap contributors, ODbL 1.0"
    else:
        known = reference.road_places()
        places = known.assign(place=known["kind"].map(_PLACE_OF_KIND)).dropna(subset="place")
        licence = "GeoNames, CC BY 4.0"
    inside = places[places.within(prefectures.union_all())]
    record = InputRecord(
        name="modelled population",
        kind="population",
        data_date="2020-11-01",
        licence=f"residents of the census 2020 spread over places of {licence}",
    )
    return modelled_population(cluster.cities, inside, prefectures), (record,)
