"""What a run of one cluster is computed from, read in the order in which it can fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.clusters import Cluster
from toolkit.errors import DownloadError, MissingDataError
from toolkit.networks.inputs.boundaries import read_boundaries
from toolkit.networks.inputs.population import read_people
from toolkit.networks.inputs.roads import DOWNLOADED, read_roads
from toolkit.networks.inputs.timetables import read_timetables
from toolkit.networks.inputs.water import read_water
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress, counted
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources import reference
from toolkit.sources.files import InputRecord
from toolkit.sources.live import Live, fetch_roads
from toolkit.sources.population import PopulationGrid
from toolkit.sources.provenance import CachedFile

__all__ = ["Inputs", "downloaded_extracts", "read_inputs"]

_SAME_PLACE_DEGREES = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Inputs:
    """What a run is computed from.

    Attributes
    ----------
    cluster : Cluster
    prefectures : GeoDataFrame or None
        Index adcode; multipolygons in EPSG:4326. None where no boundaries are known.
    timetables : tuple of Timetable
        Oldest first; the last one decides.
    stops : GeoDataFrame
        Index station_id; the stops of all timetables, with ``adcode`` where it is known.
    roads : SpatialNetwork or None
    population : PopulationGrid or None
    records : tuple of InputRecord
        Name, date, licence and checksum of every input.
    water : GeoSeries or None
        Lakes, rivers and sea that no last leg off the roads crosses; polygons in EPSG:4326.
    """

    cluster: Cluster
    prefectures: gpd.GeoDataFrame | None
    timetables: tuple[Timetable, ...]
    stops: gpd.GeoDataFrame
    roads: SpatialNetwork | None
    population: PopulationGrid | None
    records: tuple[InputRecord, ...]
    water: gpd.GeoSeries | None = None

    def __repr__(self) -> str:
        days = ", ".join(timetable.date for timetable in self.timetables)
        return f"Inputs({self.cluster.slug!r}, timetables {days or 'none'}, roads {self.roads})"


def read_inputs(
    cluster: Cluster,
    *,
    timetables: Sequence[str | Path] = (),
    roads: str | Path | None = None,
    live: Live | None = None,
    population: str | Path | None = None,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Inputs:
    """Read boundaries, timetables, roads, water and people of a cluster.

    Parameters
    ----------
    cluster : Cluster
    timetables : sequence of str or Path
        Dates of embedded timetables (``"2023-12-15"``) or GTFS files; all embedded ones by default.
    roads : str or Path, optional
        ``"schematic"``, ``"none"``, an OSM file, a line layer, ``"downloaded"`` for the extracts of
        an earlier live run, or ``"place:<name>"``, which asks the Overpass API for the roads of a
        place anywhere. By default the schematic network where there is one for the cluster, else
        none.
    live : Live, optional
        Download what is not named: the OpenStreetMap extracts of the cluster, for roads and
        boundaries; this week's national timetable, beside the embedded ones; WorldPop's people.
        For want of roads it fails; embedded data stand in for the rest, and `progress` says so.
    population : str or Path, optional
        ``"worldpop"``, ``"worldpop-100m"`` or ``"ghs-pop"``, ``"modelled"`` (the residents of the
        cluster's table spread over places), ``"none"``, or a raster of people per cell. By
        default WorldPop's cells of 1 km with `live`, else modelled.
    settings : Settings
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Inputs

    Raises
    ------
    ToolkitError
        Something cannot be read or downloaded.
    """
    report = progress or Progress()
    extracts: tuple[CachedFile, ...] = ()
    if str(roads) == DOWNLOADED:
        extracts = downloaded_extracts(cluster, settings)
    elif live is not None and roads is None and cluster.extracts:
        with report.step(f"download {counted(len(cluster.extracts), 'OpenStreetMap extract')}"):
            extracts = _fetch_extracts(cluster, settings.data_folder, live)
    with report.step(f"boundaries of {counted(len(cluster.cities), 'prefecture')}"):
        prefectures, records = read_boundaries(
            cluster, extracts, cache=settings.data_folder, report=report
        )
    days, timetable_records = read_timetables(
        timetables, live=live, settings=settings, report=report
    )
    with report.step("road network"):
        network, road_records = read_roads(
            cluster, roads, extracts, live=live, settings=settings, report=report
        )
    water, water_records = None, tuple[InputRecord, ...]()
    if network is not None:
        with report.step("water"):
            water, water_records = read_water(
                cluster, prefectures, roads, extracts, cache=settings.data_folder, report=report
            )
    with report.step("population"):
        people, people_records = read_people(
            cluster,
            prefectures,
            population,
            extracts=extracts,
            live=live,
            settings=settings,
            report=report,
        )
    return Inputs(
        cluster=cluster,
        prefectures=prefectures,
        timetables=days,
        stops=_all_stops(days),
        roads=network,
        population=people,
        records=(*records, *timetable_records, *road_records, *water_records, *people_records),
        water=water,
    )


def downloaded_extracts(cluster: Cluster, settings: Settings = DEFAULTS) -> tuple[CachedFile, ...]:
    """Return the OpenStreetMap extracts of a cluster that a live run has downloaded before.

    Parameters
    ----------
    cluster : Cluster
    settings : Settings
        Names the folder of downloads.

    Returns
    -------
    tuple of CachedFile

    Raises
    ------
    MissingDataError
        One of them is not there, or the cluster names none.
    """
    if not cluster.extracts:
        raise MissingDataError(
            f"no OpenStreetMap extract is named for {cluster.name_en}",
            remedy="give a file with --roads",
        )
    try:
        return fetch_roads(cluster.extracts, cache=settings.data_folder, live=Live(offline=True))
    except MissingDataError as error:
        raise MissingDataError(error.problem, remedy="download it first with --live") from error


def _fetch_extracts(cluster: Cluster, folder: Path, live: Live) -> tuple[CachedFile, ...]:
    """Download the cluster's extracts; for want of them say what does without."""
    try:
        return fetch_roads(cluster.extracts, cache=folder, live=live)
    except DownloadError as error:
        without = "without live downloads the embedded data do"
        raise DownloadError(error.problem, remedy=f"{error.remedy}; {without}") from error


def _all_stops(timetables: Sequence[Timetable]) -> gpd.GeoDataFrame:
    """Stops of all timetables, newest name and place of each, with the prefectures known.

    A prefecture is known where an embedded station has the same id and lies at the same place;
    feeds number their stations in ways of their own.
    """
    stops = pd.concat(
        [timetable.stops[["name_zh", "name_en", "geometry"]] for timetable in reversed(timetables)]
    )
    stops = gpd.GeoDataFrame(stops[~stops.index.duplicated()], crs=4326)
    known = reference.stations().reindex(stops.index)
    apart = np.hypot(stops.geometry.x - known.geometry.x, stops.geometry.y - known.geometry.y)
    return stops.assign(adcode=known["adcode"].where(apart < _SAME_PLACE_DEGREES))
