"""Ways of OpenStreetMap files as arrays: what is read, before any of it is interpreted."""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd

from toolkit.errors import InputFileError

__all__ = ["OsmWays", "joined_ways", "read_ways", "selected_ways"]

NO_COORDINATE = 2**31 - 1
PER_DEGREE = 1e7
UNKNOWN_TIME = 0


@dataclass(frozen=True, eq=False)
class OsmWays:
    """Ways with their tags and the nodes they run through.

    Attributes
    ----------
    way_id, version : numpy.ndarray of int64, shape (W,)
        Id and version of each way.
    tags : pandas.DataFrame
        One row a way, one column a tag asked for; None where absent.
    first : numpy.ndarray of int64, shape (W + 1,)
        The nodes of way `i` are `first[i]:first[i + 1]` of the next three.
    node_id : numpy.ndarray of int64, shape (R,)
        Node at each step of each way.
    lon, lat : numpy.ndarray, shape (R,)
        Its position in degrees, NaN where the file does not hold the node.
    data_date : str
        Day of the data (ISO): replication time in the header, else the newest way, else ''.
    """

    way_id: npt.NDArray[np.int64]
    version: npt.NDArray[np.int64]
    tags: pd.DataFrame
    first: npt.NDArray[np.int64]
    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    data_date: str


def read_ways(path: str | Path, key: str, values: Collection[str], tags: Sequence[str]) -> OsmWays:
    """Read the ways of one file that carry one of some values of a tag, in one pass.

    Parameters
    ----------
    path : str or Path
        OSM file in any format osmium knows (.osm.pbf, .osm, .osm.gz, .osm.bz2).
    key : str
        Tag to choose ways by, such as `highway`.
    values : collection of str
        Values to keep.
    tags : sequence of str
        Tags to read.

    Returns
    -------
    OsmWays
        Ways in the order of the file.

    Raises
    ------
    InputFileError
        If the file is missing, truncated or no OSM file.
    """
    file = Path(path)
    if not file.is_file():
        raise InputFileError(f"{file}: no such file", remedy="check the path or download it first")
    chosen = osmium.filter.TagFilter(*((key, value) for value in sorted(values)))
    try:
        processor = osmium.FileProcessor(str(file)).with_locations()
        ways = processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(chosen)
        return _collected(ways, processor.header, tags)
    except RuntimeError as error:
        raise InputFileError(
            f"{file}: not a readable OSM file: {error}",
            remedy="check that it is a complete .osm.pbf or .osm file, or download it again",
        ) from error


def joined_ways(parts: Sequence[OsmWays]) -> OsmWays:
    """Put files together, with every way once and every node where any file knows it.

    Parameters
    ----------
    parts : sequence of OsmWays
        Such as neighbouring extracts, which repeat what crosses their border.

    Returns
    -------
    OsmWays
        Of ways with one id the highest version is kept, the earlier file's if they tie. The data
        date is the oldest of the parts.
    """
    if len(parts) == 1:
        return parts[0]
    node_id = np.concatenate([part.node_id for part in parts])
    lon, lat = _known_positions(
        node_id,
        np.concatenate([part.lon for part in parts]),
        np.concatenate([part.lat for part in parts]),
    )
    count = np.concatenate([np.diff(part.first) for part in parts])
    everything = OsmWays(
        way_id=np.concatenate([part.way_id for part in parts]),
        version=np.concatenate([part.version for part in parts]),
        tags=pd.concat([part.tags for part in parts], ignore_index=True),
        first=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        node_id=node_id,
        lon=lon,
        lat=lat,
        data_date=min((part.data_date for part in parts if part.data_date), default=""),
    )
    newest_first = np.lexsort((-everything.version, everything.way_id))
    _, place = np.unique(everything.way_id[newest_first], return_index=True)
    keep = np.zeros(len(everything.way_id), dtype=bool)
    keep[newest_first[place]] = True
    return selected_ways(everything, keep)


def selected_ways(ways: OsmWays, keep: npt.NDArray[np.bool_]) -> OsmWays:
    """Keep some of the ways.

    Parameters
    ----------
    ways : OsmWays
        All ways.
    keep : numpy.ndarray of bool, shape (W,)
        Those to keep.

    Returns
    -------
    OsmWays
        The ways kept, in the same order.
    """
    count = np.diff(ways.first)
    steps = np.repeat(keep, count)
    return OsmWays(
        way_id=ways.way_id[keep],
        version=ways.version[keep],
        tags=ways.tags[keep].reset_index(drop=True),
        first=np.concatenate([[0], np.cumsum(count[keep])]).astype(np.int64),
        node_id=ways.node_id[steps],
        lon=ways.lon[steps],
        lat=ways.lat[steps],
        data_date=ways.data_date,
    )


def _collected(ways: Any, header: Any, tags: Sequence[str]) -> OsmWays:  # noqa: ANN401  # untyped
    """Walk through the ways once, keeping numbers in arrays."""
    way_id, version, first = array("q"), array("q"), array("q", [0])
    node_id, x, y = array("q"), array("i"), array("i")
    columns: dict[str, list[str | None]] = {tag: [] for tag in tags}
    newest = UNKNOWN_TIME
    for way in ways:
        way_id.append(way.id)
        version.append(way.version)
        newest = max(newest, way.timestamp.timestamp())
        for tag, column in columns.items():
            column.append(way.tags.get(tag))
        for node in way.nodes:
            node_id.append(node.ref)
            x.append(node.x)
            y.append(node.y)
        first.append(len(node_id))
    replicated = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    lon, lat = (
        np.where(np.asarray(axis) == NO_COORDINATE, np.nan, np.asarray(axis) / PER_DEGREE)
        for axis in (x, y)
    )
    return OsmWays(
        way_id=np.asarray(way_id, dtype=np.int64),
        version=np.asarray(version, dtype=np.int64),
        tags=pd.DataFrame(columns, dtype=object),
        first=np.asarray(first, dtype=np.int64),
        node_id=np.asarray(node_id, dtype=np.int64),
        lon=lon,
        lat=lat,
        data_date=replicated[:10] or _day(newest),
    )


def _day(seconds: float) -> str:
    """ISO day of a time stamp, '' if there is none."""
    return "" if seconds <= UNKNOWN_TIME else str(np.datetime64(int(seconds), "s"))[:10]


def _known_positions(
    node_id: npt.NDArray[np.int64], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """One position a node: the first that any file knows."""
    known = np.flatnonzero(~np.isnan(lon))
    nodes, place = np.unique(node_id[known], return_index=True)
    at = np.minimum(np.searchsorted(nodes, node_id), max(len(nodes) - 1, 0))
    if not len(nodes):
        return lon, lat
    source = known[place[at]]
    found = nodes[at] == node_id
    return np.where(found, lon[source], np.nan), np.where(found, lat[source], np.nan)
