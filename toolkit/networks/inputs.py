"""Everything a run of one cluster is computed from: boundaries, timetables and roads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError, UnknownNameError
from toolkit.networks.layers import network_from_lines
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources import files, reference
from toolkit.sources.boundaries import prefecture_boundaries
from toolkit.sources.files import InputRecord

__all__ = ["Inputs", "read_inputs"]

NO_ROADS = "none"
SCHEMATIC = "schematic"
_SNAP_LIMIT_M = 10_000.0
_BOUNDARIES = InputRecord(
    name="prefecture boundaries of geotool-cn",
    data_date="2026",
    licence="for learning and exchange only; not redistributed with the toolkit",
    source="PyPI package geotool-cn",
    kind="boundaries",
)


@dataclass(frozen=True, eq=False)
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
    records : tuple of InputRecord
        Name, date, licence and checksum of every input.
    """

    cluster: Cluster
    prefectures: gpd.GeoDataFrame | None
    timetables: tuple[Timetable, ...]
    stops: gpd.GeoDataFrame
    roads: SpatialNetwork | None
    records: tuple[InputRecord, ...]


def read_inputs(
    cluster: Cluster,
    *,
    timetables: Sequence[str | Path] = (),
    roads: str | Path | None = None,
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
    settings : Settings
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Inputs
    """
    report = progress or Progress()
    with report.step(f"boundaries of {len(cluster.cities)} prefectures"):
        prefectures = _boundaries(cluster)
    records: list[InputRecord] = [] if prefectures is None else [_BOUNDARIES]
    if prefectures is None:
        report.note("no boundaries known for these cities: a station belongs to the nearest seat")
    read = []
    for item in timetables or settings.timetable_dates:
        with report.step(f"timetable {Path(item).name}"):
            timetable, record = _timetable(item)
        for line in timetable.dropped:
            report.note(f"left out: {line}")
        read.append(timetable)
        records.append(record)
    with report.step("road network"):
        network, road_record = _roads(cluster, roads)
        whole = 0 if network is None else len(network.nodes)
        network = None if network is None else network.largest_component()
    if network is not None and len(network.nodes) < whole:
        report.note(
            f"roads: kept the largest part that is connected both ways, {len(network.nodes):,} of "
            f"{whole:,} nodes"
        )
    if road_record is not None:
        records.append(road_record)
    if network is None:
        report.note(f"no road network for {cluster.name_en}: rail only (give one with --roads)")
    read.sort(key=lambda timetable: timetable.date)
    return Inputs(cluster, prefectures, tuple(read), _all_stops(read), network, tuple(records))


def _boundaries(cluster: Cluster) -> gpd.GeoDataFrame | None:
    """Polygons of the members, or none for places outside the boundary data."""
    try:
        return prefecture_boundaries(list(cluster.cities.index))
    except UnknownNameError:
        return None


def _timetable(item: str | Path) -> tuple[Timetable, InputRecord]:
    """An embedded timetable by its date, or a GTFS feed."""
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


def _roads(
    cluster: Cluster, roads: str | Path | None
) -> tuple[SpatialNetwork | None, InputRecord | None]:
    """The road network asked for, or the schematic one where it covers the cluster."""
    if roads is not None and str(roads) == NO_ROADS:
        return None, None
    if roads is None or str(roads) == SCHEMATIC:
        network = schematic_roads()
        _, distance_m = network.snap(cluster.cities.geometry)
        if (distance_m > _SNAP_LIMIT_M).any():
            if roads is None:
                return None, None
            raise MissingDataError(
                f"the schematic road network does not cover {cluster.name_en}",
                remedy="give an OSM file or a line layer with --roads, or --roads none",
            )
        return network, InputRecord(
            name="embedded main roads (schematic)",
            kind="roads",
            data_date=network.data_date,
            licence="table of facts; places of GeoNames, CC BY 4.0",
        )
    if files.is_vector_file(roads):
        lines = files.read_lines(roads)
        network = network_from_lines(lines, name=Path(roads).stem, source=Path(roads).name)
        licence = "as stated by the file"
    else:
        network = read_osm_roads(roads)
        licence = "© OpenStreetMap contributors, ODbL 1.0"
    return network, files.record_input(
        roads,
        kind="roads",
        data_date=network.data_date,
        licence=licence,
        source=network.source,
    )


def _all_stops(timetables: Sequence[Timetable]) -> gpd.GeoDataFrame:
    """Stops of all timetables, newest name and place of each, with the prefectures known."""
    stops = pd.concat([timetable.stops for timetable in reversed(timetables)])
    stops = stops[~stops.index.duplicated()]
    known = reference.stations()["adcode"].reindex(stops.index)
    return gpd.GeoDataFrame(stops.assign(adcode=known), crs=4326)
