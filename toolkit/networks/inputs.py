"""Everything a run of one cluster is computed from: boundaries, timetables and roads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError, UnknownNameError
from toolkit.networks.cache import cached_osm_roads
from toolkit.networks.layers import network_from_lines
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources import files, reference
from toolkit.sources.boundaries import prefecture_boundaries
from toolkit.sources.files import InputRecord
from toolkit.sources.live import Live, fetch_roads, fetch_timetable
from toolkit.sources.population import PopulationGrid, modelled_population, read_population
from toolkit.sources.provenance import CachedFile

__all__ = ["Inputs", "read_inputs"]

NONE = "none"
SCHEMATIC = "schematic"
MODELLED = "modelled"
_SNAP_LIMIT_M = 10_000.0
_SAME_PLACE_DEGREES = 0.05
_PLACE_OF_KIND = {"county seat": "town", "new area": "town", "town": "village"}
_BOUNDARIES = InputRecord(
    name="prefecture boundaries of geotool-cn",
    data_date="2026",
    licence="for learning and exchange only; not redistributed with the toolkit",
    source="PyPI package geotool-cn",
    kind="boundaries",
)


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
    """

    cluster: Cluster
    prefectures: gpd.GeoDataFrame | None
    timetables: tuple[Timetable, ...]
    stops: gpd.GeoDataFrame
    roads: SpatialNetwork | None
    population: PopulationGrid | None
    records: tuple[InputRecord, ...]

    def __repr__(self) -> str:
        days = ", ".join(timetable.date for timetable in self.timetables)
        return f"Inputs({self.cluster.slug!r}, timetables {days or 'none'}, roads {self.roads})"


def read_inputs(
    cluster: Cluster,
    *,
    timetables: Sequence[str | Path] = (),
    roads: str | Path | None = None,
    live: Live | None = None,
    population: str | Path | None = MODELLED,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Inputs:
    """Read boundaries, timetables and roads of a cluster.

    Parameters
    ----------
    cluster : Cluster
    timetables : sequence of str or Path
        Dates of embedded timetables (``"2023-12-15"``) or GTFS files; all embedded ones by default.
    roads : str or Path, optional
        ``"schematic"``, ``"none"``, an OSM file or a line layer. By default the schematic network
        where there is one for the cluster, else none.
    live : Live, optional
        Download what `timetables` and `roads` do not name: this week's national timetable, beside
        the embedded ones, and the OpenStreetMap extracts of the cluster.
    population : str or Path, optional
        ``"modelled"`` (the residents of the cluster's table spread over places), ``"none"``, or a
        raster of people per cell, such as WorldPop's.
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
    with report.step(f"boundaries of {len(cluster.cities)} prefectures"):
        prefectures = _boundaries(cluster)
    records: list[InputRecord] = [] if prefectures is None else [_BOUNDARIES]
    if prefectures is None:
        report.note("no boundaries known for these cities: a station belongs to the nearest seat")
    read: dict[str, tuple[Timetable, InputRecord]] = {}
    for item in _timetables_to_read(timetables, live, settings, report):
        with report.step(f"timetable {item.path.name if isinstance(item, CachedFile) else item}"):
            timetable, record = _timetable(item)
        for line in timetable.dropped:
            report.note(f"left out: {line}")
        read[timetable.date] = timetable, record  # of two of one day the later named counts
    timetables_read = tuple(read[date][0] for date in sorted(read))
    records.extend(read[date][1] for date in sorted(read))
    extracts: tuple[CachedFile, ...] = ()
    if live is not None and roads is None and cluster.extracts:
        with report.step(f"download {len(cluster.extracts)} OpenStreetMap extracts"):
            extracts = fetch_roads(cluster.extracts, cache=settings.data_folder, live=live)
    with report.step("road network"):
        network, road_records = (
            _extract_roads(extracts, settings, report)
            if extracts
            else _roads(cluster, roads, settings, report)
        )
        records.extend(road_records)
        whole = 0 if network is None else len(network.nodes)
        network = None if network is None else network.largest_component()
    if network is None:
        report.note(f"no road network for {cluster.name_en}: rail only (give one with --roads)")
    elif len(network.nodes) < whole:
        report.note(
            f"roads: kept the largest part that is connected both ways, {len(network.nodes):,} of "
            f"{whole:,} nodes"
        )
    with report.step("population"):
        people, people_record = _population(cluster, prefectures, population)
    if people_record is not None:
        records.append(people_record)
    return Inputs(
        cluster=cluster,
        prefectures=prefectures,
        timetables=timetables_read,
        stops=_all_stops(timetables_read),
        roads=network,
        population=people,
        records=tuple(records),
    )


def _timetables_to_read(
    timetables: Sequence[str | Path], live: Live | None, settings: Settings, report: Progress
) -> list[str | Path | CachedFile]:
    """The timetables named, or the embedded ones and, where wanted, this week's."""
    if timetables or live is None:
        return list(timetables or settings.timetable_dates)
    with report.step("download the national timetable"):
        newest = fetch_timetable(cache=settings.data_folder, live=live)
    return [*settings.timetable_dates, newest]


def _boundaries(cluster: Cluster) -> gpd.GeoDataFrame | None:
    """Polygons of the members, or none for places outside the boundary data."""
    try:
        return prefecture_boundaries(list(cluster.cities.index))
    except UnknownNameError:
        return None


def _timetable(item: str | Path | CachedFile) -> tuple[Timetable, InputRecord]:
    """An embedded timetable by its date, or a GTFS feed."""
    if isinstance(item, CachedFile):
        timetable = Timetable.from_gtfs(item.path)
        return timetable, _downloaded(item, kind="timetable", data_date=timetable.date)
    if str(item) in reference.TIMETABLE_DATES:
        timetable = Timetable.from_reference(str(item))
        return timetable, InputRecord(
            name="embedded rail services",
            kind="timetable",
            data_date=str(item),
            licence="facts of public timetables; stations © OpenStreetMap contributors, ODbL 1.0",
        )
    timetable = Timetable.from_gtfs(item)
    return timetable, files.record_input(
        item,
        kind="timetable",
        data_date=timetable.date,
        licence="as stated by the feed",
        source=timetable.source,
    )


def _extract_roads(
    extracts: Sequence[CachedFile], settings: Settings, report: Progress
) -> tuple[SpatialNetwork, tuple[InputRecord, ...]]:
    """Roads of downloaded extracts, joined."""
    network = _osm_roads([extract.path for extract in extracts], settings, report)
    return network, tuple(
        _downloaded(extract, kind="roads", data_date=extract.provenance.data_date)
        for extract in extracts
    )


def _osm_roads(paths: Sequence[Path], settings: Settings, report: Progress) -> SpatialNetwork:
    """Main roads of OpenStreetMap files, read once and kept in the cache."""
    network, reading = cached_osm_roads(paths, cache=settings.data_folder)
    for line in reading.lines:
        report.note(f"roads: {line}")
    return network


def _downloaded(file: CachedFile, *, kind: str, data_date: str) -> InputRecord:
    """The record of a download, from its provenance."""
    origin = file.provenance
    return InputRecord(
        name=file.path.name,
        sha256=origin.sha256,
        size_bytes=origin.size_bytes or 0,
        data_date=data_date,
        licence=origin.licence,
        source=origin.url,
        kind=kind,
    )


def _roads(
    cluster: Cluster, roads: str | Path | None, settings: Settings, report: Progress
) -> tuple[SpatialNetwork | None, tuple[InputRecord, ...]]:
    """The road network asked for, or the schematic one where it covers the cluster."""
    if roads is not None and str(roads) == NONE:
        return None, ()
    if roads is None or str(roads) == SCHEMATIC:
        network = schematic_roads()
        _, distance_m = network.snap(cluster.cities.geometry)
        if (distance_m > _SNAP_LIMIT_M).any():
            if roads is None:
                return None, ()
            raise MissingDataError(
                f"the schematic road network does not cover {cluster.name_en}",
                remedy="give an OSM file or a line layer with --roads, or --roads none",
            )
        embedded = InputRecord(
            name="embedded main roads (schematic)",
            kind="roads",
            data_date=network.data_date,
            licence="table of facts; places of GeoNames, CC BY 4.0",
        )
        return network, (embedded,)
    if files.is_vector_file(roads):
        lines = files.read_lines(roads)
        network = network_from_lines(lines, name=Path(roads).stem, source=Path(roads).name)
        licence = "as stated by the file"
    else:
        network = _osm_roads([Path(roads)], settings, report)
        licence = "© OpenStreetMap contributors, ODbL 1.0"
    record = files.record_input(
        roads,
        kind="roads",
        data_date=network.data_date,
        licence=licence,
        source=network.source,
    )
    return network, (record,)


def _population(
    cluster: Cluster, prefectures: gpd.GeoDataFrame | None, population: str | Path | None
) -> tuple[PopulationGrid | None, InputRecord | None]:
    """The raster asked for, or residents spread over places where all of them are known."""
    if population is None or str(population) == NONE or prefectures is None:
        return None, None
    if str(population) != MODELLED:
        west, south, east, north = prefectures.total_bounds
        grid = read_population([Path(population)], (west, south, east, north))
        record = files.record_input(
            population, kind="population", licence="as stated by the file", source=grid.label
        )
        return grid, record
    if cluster.cities["residents"].isna().any():
        return None, None
    known = reference.road_places()
    places = known.assign(place=known["kind"].map(_PLACE_OF_KIND)).dropna(subset="place")
    inside = places[places.within(prefectures.union_all())]
    grid = modelled_population(cluster.cities, inside, prefectures)
    return grid, InputRecord(
        name="modelled population",
        kind="population",
        data_date="2020-11-01",
        licence="residents of the census 2020 spread over places of GeoNames, CC BY 4.0",
    )


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
