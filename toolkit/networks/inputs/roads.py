"""Roads of a run: downloaded extracts, a place by the Overpass API, a file, or embedded ones."""

from collections.abc import Sequence
from pathlib import Path

from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError
from toolkit.networks.cache import cached_osm_roads
from toolkit.networks.inputs.downloads import downloaded_record
from toolkit.networks.layers import network_from_lines
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.progress import Progress
from toolkit.settings import Settings
from toolkit.sources import files
from toolkit.sources.files import InputRecord
from toolkit.sources.live import Live
from toolkit.sources.overpass import download_roads
from toolkit.sources.provenance import CachedFile

__all__ = ["DOWNLOADED", "PLACE", "osm_file", "read_roads"]

DOWNLOADED = "downloaded"
NONE = "none"
SCHEMATIC = "schematic"
PLACE = "place:"
_SNAP_LIMIT_M = 10_000.0

Roads = tuple[SpatialNetwork | None, tuple[InputRecord, ...]]


def read_roads(
    cluster: Cluster,
    roads: str | Path | None,
    extracts: Sequence[CachedFile],
    *,
    live: Live | None,
    settings: Settings,
    report: Progress,
) -> Roads:
    """Read the roads of a cluster, as far as they are connected both ways.

    Parameters
    ----------
    cluster : Cluster
    roads : str or Path, optional
        ``"schematic"``, ``"none"``, ``"place:<name>"``, an OSM file or a line layer. By default,
        and for ``"downloaded"``, the extracts, or the schematic network where there is one for the
        cluster, or none.
    extracts : sequence of CachedFile
        Downloaded OpenStreetMap extracts, joined.
    live : Live, optional
        How downloads are used, for a place.
    settings : Settings
    report : Progress

    Returns
    -------
    network : SpatialNetwork or None
    records : tuple of InputRecord

    Raises
    ------
    ToolkitError
        What was named cannot be read or downloaded.
    """
    network, records = _asked_for(
        cluster, roads, extracts, live=live, settings=settings, report=report
    )
    if network is None:
        report.note(f"no road network for {cluster.name_en}: rail only (give one with --roads)")
        return None, records
    connected = network.largest_component()
    if len(connected.nodes) < len(network.nodes):
        report.note(
            f"roads: kept the largest part that is connected both ways, "
            f"{len(connected.nodes):,} of {len(network.nodes):,} nodes"
        )
    return connected, records


def osm_file(roads: str | Path | None) -> Path | None:
    """The OpenStreetMap file that was asked for as roads, if it is one.

    Examples
    --------
    >>> osm_file("schematic"), osm_file("place:Helsinki"), osm_file("roads.gpkg")
    (None, None, None)
    >>> osm_file("city.osm.pbf").name
    'city.osm.pbf'
    """
    name = "" if roads is None else str(roads)
    if (
        name in {"", DOWNLOADED, NONE, SCHEMATIC}
        or name.startswith(PLACE)
        or files.is_vector_file(name)
    ):
        return None
    return Path(name)


def _asked_for(
    cluster: Cluster,
    roads: str | Path | None,
    extracts: Sequence[CachedFile],
    *,
    live: Live | None,
    settings: Settings,
    report: Progress,
) -> Roads:
    """Roads from where they were named."""
    if extracts:
        network = _osm_roads([extract.path for extract in extracts], settings, report)
        return network, tuple(downloaded_record(extract, kind="roads") for extract in extracts)
    if roads is None or str(roads) == SCHEMATIC:
        return _schematic(cluster, required=roads is not None)
    if str(roads) == NONE:
        return None, ()
    if str(roads).startswith(PLACE):
        return _of_place(str(roads).removeprefix(PLACE).strip(), live or Live(), settings)
    return _of_file(roads, settings, report)


def _schematic(cluster: Cluster, *, required: bool) -> Roads:
    """The embedded network, where it covers the cluster."""
    network = schematic_roads()
    _, distance_m = network.snap(cluster.cities.geometry)
    if (distance_m > _SNAP_LIMIT_M).any():
        if not required:
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


def _of_place(name: str, live: Live, settings: Settings) -> Roads:
    """All drivable roads of a place, as the Overpass API gives them."""
    if not name:
        raise MissingDataError(
            f"{PLACE!r} names no place", remedy="write it after the colon: place:Helsinki, Finland"
        )
    network = SpatialNetwork.from_networkx(
        download_roads(name, cache=settings.data_folder, refresh=live.refresh, offline=live.offline)
    )
    record = InputRecord(
        name=f"roads of {name}",
        kind="roads",
        data_date=network.data_date,
        licence="© OpenStreetMap contributors, ODbL 1.0",
        source="Overpass API",
    )
    return network, (record,)


def _of_file(path: str | Path, settings: Settings, report: Progress) -> Roads:
    """Roads of an OSM file or a line layer."""
    if files.is_vector_file(path):
        lines = files.read_lines(path)
        network = network_from_lines(lines, name=Path(path).stem, source=Path(path).name)
        licence = "as stated by the file"
    else:
        network = _osm_roads([Path(path)], settings, report)
        licence = "© OpenStreetMap contributors, ODbL 1.0"
    record = files.record_input(
        path, kind="roads", data_date=network.data_date, licence=licence, source=network.source
    )
    return network, (record,)


def _osm_roads(paths: Sequence[Path], settings: Settings, report: Progress) -> SpatialNetwork:
    """Main roads of OpenStreetMap files, read once and kept in the cache."""
    network, reading = cached_osm_roads(paths, cache=settings.data_folder)
    for line in reading.lines:
        report.note(f"roads: {line}")
    return network
