"""Ways of OpenStreetMap files as arrays: what is read, before any of it is interpreted."""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
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
KINDS = osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION
RESTRICTION = ("type", "restriction")
RESTRICTION_COLUMNS = ("restriction", "from_way", "to_way")


def _no_points() -> pd.DataFrame:
    """Table of no nodes."""
    return pd.DataFrame({"lon": [], "lat": []}, index=pd.Index([], dtype="int64", name="node_id"))


def _no_restrictions() -> pd.DataFrame:
    """Table of no turn restrictions."""
    return pd.DataFrame(columns=list(RESTRICTION_COLUMNS), dtype=object)


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
    points : pandas.DataFrame
        Nodes chosen by tag, indexed by `node_id`: `lon`, `lat` and one column a tag asked for.
    restrictions : pandas.DataFrame
        Turn restrictions, indexed by relation: `restriction`, and the ways `from_way`, `to_way`.
    """

    way_id: npt.NDArray[np.int64]
    version: npt.NDArray[np.int64]
    tags: pd.DataFrame
    first: npt.NDArray[np.int64]
    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    data_date: str
    points: pd.DataFrame = field(default_factory=_no_points)
    restrictions: pd.DataFrame = field(default_factory=_no_restrictions)


def read_ways(
    path: str | Path,
    chosen: Collection[tuple[str, str]],
    tags: Sequence[str],
    *,
    points: Collection[tuple[str, str]] = (),
    point_tags: Sequence[str] = (),
    restrictions: bool = False,
) -> OsmWays:
    """Read the ways of one file that carry one of some tags, in one pass.

    Parameters
    ----------
    path : str or Path
        OSM file in any format osmium knows (.osm.pbf, .osm, .osm.gz, .osm.bz2).
    chosen : collection of (str, str)
        Tags to choose ways by, such as ``("highway", "primary")``.
    tags : sequence of str
        Tags of ways to read.
    points : collection of (str, str)
        Tags to choose nodes by.
    point_tags : sequence of str
        Tags of nodes to read.
    restrictions : bool
        Whether to read turn restrictions.

    Returns
    -------
    OsmWays
        In the order of the file.

    Raises
    ------
    InputFileError
        If the file is missing, truncated or no OSM file.
    """
    file = Path(path)
    if not file.is_file():
        raise InputFileError(f"{file}: no such file", remedy="check the path or download it first")
    wanted = {*chosen, *points, *([RESTRICTION] if restrictions else [])}
    try:
        processor = osmium.FileProcessor(str(file), KINDS).with_locations()
        things = processor.with_filter(osmium.filter.TagFilter(*sorted(wanted)))
        return _collected(things, processor.header, frozenset(chosen), tags, point_tags)
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
        points=_first_of_each([part.points for part in parts]),
        restrictions=_first_of_each([part.restrictions for part in parts]),
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
    return replace(
        ways,
        way_id=ways.way_id[keep],
        version=ways.version[keep],
        tags=ways.tags[keep].reset_index(drop=True),
        first=np.concatenate([[0], np.cumsum(count[keep])]).astype(np.int64),
        node_id=ways.node_id[steps],
        lon=ways.lon[steps],
        lat=ways.lat[steps],
    )


def _collected(
    things: Any,  # noqa: ANN401  # untyped
    header: Any,  # noqa: ANN401
    chosen: frozenset[tuple[str, str]],
    tags: Sequence[str],
    point_tags: Sequence[str],
) -> OsmWays:
    """Walk through the file once, keeping numbers in arrays."""
    way_id, version, first = array("q"), array("q"), array("q", [0])
    node_id, x, y = array("q"), array("i"), array("i")
    columns: dict[str, list[str | None]] = {tag: [] for tag in tags}
    points: list[tuple[Any, ...]] = []
    restrictions: list[tuple[Any, ...]] = []
    wanted = {key: {value for name, value in chosen if name == key} for key, _ in chosen}
    newest = UNKNOWN_TIME
    for thing in things:
        if thing.is_node():
            read = thing.tags.get
            points.append((thing.id, thing.lon, thing.lat, *(read(tag) for tag in point_tags)))
            continue
        if thing.is_relation():
            restrictions.append((thing.id, *_restriction(thing)))
            continue
        read = thing.tags.get
        if not any(read(key) in values for key, values in wanted.items()):
            continue
        way_id.append(thing.id)
        version.append(thing.version)
        newest = max(newest, thing.timestamp.timestamp())
        for tag, column in columns.items():
            column.append(read(tag))
        for node in thing.nodes:
            where = node.location
            node_id.append(node.ref)
            x.append(where.x)
            y.append(where.y)
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
        points=_indexed(points, ("node_id", "lon", "lat", *point_tags)),
        restrictions=_indexed(restrictions, ("relation_id", *RESTRICTION_COLUMNS)),
    )


def _restriction(relation: Any) -> tuple[str | None, int, int]:  # noqa: ANN401  # untyped
    """Kind of a turn restriction, and the first way it leads from and to (0 if none)."""
    ways = {member.role: member.ref for member in relation.members if member.type == "w"}
    return relation.tags.get("restriction"), ways.get("from", 0), ways.get("to", 0)


def _indexed(rows: list[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table indexed by its first column, an id."""
    table = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return table.astype({columns[0]: "int64"}).set_index(columns[0])


def _first_of_each(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other, every id once."""
    table = pd.concat(tables)
    return table[~table.index.duplicated()]


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
