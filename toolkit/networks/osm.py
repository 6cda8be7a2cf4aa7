"""Road networks from OpenStreetMap files (.osm.pbf, .osm): read, cut at junctions, timed."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import InputFileError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.osm_topology import Pieces, lost_nodes, pieces_between_junctions, turned
from toolkit.networks.osm_ways import OsmWays, joined_ways, read_ways, selected_ways
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import SpeedTable, driving_speeds_kmh, parse_maxspeed

__all__ = ["DRIVE", "MAIN", "RoadClasses", "read_osm_roads", "road_attributes"]

log = logging.getLogger(__name__)

RoadClasses = Literal["main", "drive"]

MAIN = tuple(
    name + link for name in ("motorway", "trunk", "primary", "secondary") for link in ("", "_link")
)
DRIVE = (*MAIN, "tertiary", "tertiary_link", "unclassified", "residential", "living_street")

# The most specific tag that is present decides whether cars may pass.
ACCESS_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access")
CLOSED = ("no", "private")
READ_TAGS = (
    "highway",
    "name",
    "name:en",
    "ref",
    "maxspeed",
    "lanes",
    "oneway",
    "junction",
    "bridge",
    "tunnel",
    "area",
    *ACCESS_TAGS,
)

FORWARD, BOTH, BACKWARD = 1, 0, -1
ONEWAY = {
    "yes": FORWARD,
    "true": FORWARD,
    "1": FORWARD,
    "-1": BACKWARD,
    "reverse": BACKWARD,
    "no": BOTH,
    "false": BOTH,
    "0": BOTH,
}
ONEWAY_JUNCTIONS = ("roundabout", "circular")
SHORTEST_M = 0.01  # OSM positions are rounded to about a centimetre
KMH_PER_MS = 3.6
LICENCE = "© OpenStreetMap contributors, ODbL 1.0"


def read_osm_roads(
    path: str | Path | Sequence[str | Path],
    classes: RoadClasses | Iterable[str] = "main",
    *,
    speeds: SpeedTable | None = None,
    name: str = "",
) -> SpatialNetwork:
    """Read the roads of one or more OpenStreetMap files.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; what neighbouring extracts have in common is taken once, by id.
    classes : {"main", "drive"} or iterable of str
        Values of `highway`: `main` are motorway to secondary, `drive` all that are open to cars
        in general, both with their links (service roads and tracks are in neither).
    speeds : SpeedTable, optional
        Speeds of roads without a believable `maxspeed`.
    name : str
        Name of the network; the file's by default.

    Returns
    -------
    SpatialNetwork
        Directed, cut where ways meet or end, free-flow times. Nodes carry OSM ids, edges the
        columns of a network and `osm_way`, `name_en`. Roads closed to cars are left out, as are
        nodes that the file refers to but does not hold; their number is logged.

    Raises
    ------
    InputFileError
        If a file is missing, truncated or no OSM file, or holds no road of these classes.

    Notes
    -----
    One pass a file. Direction follows `oneway`; motorways and roundabouts run one way unless
    tagged otherwise, and `oneway=reversible` says nothing that holds at all times.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "village.osm")
    ...     _ = file.write_text(
    ...         '<osm version="0.6"><node id="1" lat="40.0" lon="116.0"/>'
    ...         '<node id="2" lat="40.1" lon="116.0"/><way id="5"><nd ref="1"/><nd ref="2"/>'
    ...         '<tag k="highway" v="secondary"/></way></osm>'
    ...     )
    ...     read_osm_roads(file)
    SpatialNetwork('village', 2 nodes, 2 edges, 22.2 km)
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    values = _chosen(classes)
    ways = joined_ways([read_ways(file, "highway", values, READ_TAGS) for file in files])
    ways = selected_ways(ways, _open_to_cars(ways.tags))
    pieces = pieces_between_junctions(ways)
    if not len(pieces.way):
        raise InputFileError(
            f"{', '.join(map(str, files))}: no open road of class {', '.join(sorted(values))}",
            remedy="choose other classes or another file",
        )
    if lost := lost_nodes(ways):
        log.warning("%s: %d nodes lie outside the file", ", ".join(map(str, files)), lost)
    return SpatialNetwork.from_geodataframes(
        _nodes(ways, pieces),
        _edges(ways, pieces, speeds),
        name=name or ", ".join(file.name.split(".")[0] for file in files),
        source=LICENCE,
        data_date=ways.data_date,
    )


def road_attributes(tags: pd.DataFrame) -> pd.DataFrame:
    """Interpret the tags of roads.

    Parameters
    ----------
    tags : pandas.DataFrame
        One row a way with the columns of `READ_TAGS`, None where absent.

    Returns
    -------
    pandas.DataFrame
        `highway`, `name`, `name_en`, `ref`, `maxspeed_kmh`, `lanes` (both ways), `bridge`,
        `tunnel`, `direction` (1 as drawn, -1 against it, 0 both).

    Examples
    --------
    >>> tags = pd.DataFrame([{"highway": "motorway", "maxspeed": "60 mph"}], columns=READ_TAGS)
    >>> roads = road_attributes(tags)
    >>> roads["maxspeed_kmh"].round(1).tolist(), roads["direction"].tolist()
    ([96.6], [1])
    """
    return pd.DataFrame(
        {
            "highway": tags["highway"],
            "name": tags["name"],
            "name_en": tags["name:en"],
            "ref": tags["ref"],
            "maxspeed_kmh": _parsed(tags["maxspeed"]),
            "lanes": pd.to_numeric(tags["lanes"], errors="coerce").round().astype("Int64"),
            "bridge": _flag(tags["bridge"]),
            "tunnel": _flag(tags["tunnel"]),
            "direction": _direction(tags),
        }
    )


def _chosen(classes: RoadClasses | Iterable[str]) -> frozenset[str]:
    """Values of `highway` to read."""
    if isinstance(classes, str):
        named = {"main": MAIN, "drive": DRIVE}
        return frozenset(named.get(classes, (classes,)))
    return frozenset(classes)


def _open_to_cars(tags: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which ways cars may pass: the most specific access tag decides; areas are no roads."""
    access = tags[list(ACCESS_TAGS)].bfill(axis=1).iloc[:, 0]
    return (~access.isin(CLOSED) & (tags["area"] != "yes")).to_numpy(bool)


def _direction(tags: pd.DataFrame) -> npt.NDArray[np.int8]:
    """1 along the way, -1 against it, 0 both."""
    implied = (tags["highway"] == "motorway") | tags["junction"].isin(ONEWAY_JUNCTIONS)
    stated = tags["oneway"].map(ONEWAY)
    direction = stated.astype("float64").fillna(implied.astype("float64"))
    return direction.to_numpy().astype(np.int8)


def _flag(values: pd.Series) -> pd.Series:
    """True unless absent or `no`."""
    return (values.notna() & (values != "no")).astype("boolean")


def _parsed(values: pd.Series) -> npt.NDArray[np.float64]:
    """Speed limits in km/h; each different text is parsed once."""
    codes, texts = pd.factorize(values)
    limits = np.array([*map(parse_maxspeed, texts), np.nan])
    return limits[codes]


def _nodes(ways: OsmWays, pieces: Pieces) -> gpd.GeoDataFrame:
    """Junctions and ends, indexed by OSM id, along a Hilbert curve.

    Neighbours in space then lie near each other in memory, which halves the time of searches.
    """
    ends = np.concatenate([pieces.tail, pieces.head])
    node_id, place = np.unique(ways.node_id[ends], return_index=True)
    points = gpd.points_from_xy(ways.lon[ends[place]], ways.lat[ends[place]], crs=4326)
    along = np.argsort(gpd.GeoSeries(points).hilbert_distance().to_numpy(), kind="stable")
    return gpd.GeoDataFrame(index=node_id[along], geometry=points[along])


def _edges(ways: OsmWays, pieces: Pieces, speeds: SpeedTable | None) -> gpd.GeoDataFrame:
    """One row a piece and direction, back after forth."""
    roads = road_attributes(ways.tags).iloc[pieces.way].reset_index(drop=True)
    direction = roads.pop("direction").to_numpy()
    pieces = turned(pieces, direction == BACKWARD)
    lines = shapely.linestrings(
        np.column_stack([ways.lon, ways.lat])[pieces.vertex],
        indices=np.repeat(np.arange(len(pieces.way)), np.diff(pieces.first)),
    )
    length_m = np.maximum(line_lengths_m(lines), SHORTEST_M)
    kmh = driving_speeds_kmh(roads["highway"], maxspeed_kmh=roads["maxspeed_kmh"], table=speeds)
    forth = roads.assign(
        u=ways.node_id[pieces.tail],
        v=ways.node_id[pieces.head],
        length_m=length_m,
        time_s=length_m / kmh * KMH_PER_MS,
        oneway=direction != BOTH,
        osm_way=ways.way_id[pieces.way],
        source="OpenStreetMap",
        geometry=lines,
    )
    back = forth[direction == BOTH].rename(columns={"u": "v", "v": "u"})
    back["geometry"] = shapely.reverse(back["geometry"].to_numpy())
    both = pd.concat([forth, back]).sort_index(kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=4326)
