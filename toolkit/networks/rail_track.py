"""Railway track from OpenStreetMap files, with the stations joined to the tracks beside them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import InputFileError
from toolkit.networks.chains import merge_chains
from toolkit.networks.components import component_shares
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.osm_topology import pieces_between_junctions
from toolkit.networks.osm_ways import OsmWays, joined_ways, read_ways, selected_ways
from toolkit.networks.snapping import Track, joined_to_tracks
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import parse_maxspeed

__all__ = ["RailReport", "read_osm_rail", "read_osm_rail_with_report"]

RULES = Path(__file__).with_name("rail_track.toml")
TRACK_TAGS = (
    "railway",
    "name",
    "ref",
    "usage",
    "service",
    "maxspeed",
    "highspeed",
    "electrified",
    "gauge",
    "bridge",
    "tunnel",
)
STATION_KINDS = (("railway", "station"), ("railway", "halt"))
STATION_TAGS = ("railway", "name", "name:zh", "name:en", "station", "subway", "passenger")
SHORTEST_M = 0.01
KMH_PER_MS = 3.6
LICENCE = "© OpenStreetMap contributors, ODbL 1.0"


@dataclass(frozen=True)
class RailReport:
    """What reading railways left out and counted.

    Attributes
    ----------
    ways, ways_left_out : int
        Ways of track used, and those of sidings, yards, spurs and industry.
    stations, stations_far : int
        Stations joined to track, and those without any near, which are left out.
    components : int
        Parts of the network without a connection.
    largest_share : float
        Share of the length in the largest part.

    Examples
    --------
    >>> RailReport(ways=3, ways_left_out=1, stations=2).lines
    ('2 stations on 3 ways of track', '1 way of sidings, yards or industry left out')
    """

    ways: int
    ways_left_out: int = 0
    stations: int = 0
    stations_far: int = 0
    components: int = 1
    largest_share: float = 1.0

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each thing that occurred."""
        said = [f"{self.stations:,} stations on {self.ways:,} ways of track"]
        if self.ways_left_out:
            noun = "way" if self.ways_left_out == 1 else "ways"
            said.append(f"{self.ways_left_out:,} {noun} of sidings, yards or industry left out")
        if self.stations_far:
            said.append(f"{self.stations_far:,} stations without track near them, left out")
        if self.components > 1:
            share = f"{100 * self.largest_share:.1f} % of the length"
            said.append(f"{self.components:,} parts, the largest with {share}")
        return tuple(said)


def read_osm_rail(
    path: str | Path | Sequence[str | Path], *, merge: bool = True, name: str = ""
) -> SpatialNetwork:
    """Read the main tracks and stations of one or more OpenStreetMap files.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; what they have in common is taken once, by id.
    merge : bool
        Whether edges are merged along chains between switches and stations.
    name : str
        Name of the network; the files' by default.

    Returns
    -------
    SpatialNetwork
        Each track runs both ways, as signals allow it; a train may turn at any switch. Edges have
        `railway` (`rail`, or `station_link` from a station to a track beside it), the columns of a
        network, `usage`, `highspeed`, `electrified`, `gauge`; `time_s` is at line speed without
        stops. Nodes have `is_station`, `name_zh`, `name_en`; stations carry their OSM ids, the
        points of tracks beside them negative numbers.

    Raises
    ------
    InputFileError
        If a file is missing or no OSM file, or holds no track.

    Notes
    -----
    Metros, trams and monorails are no railways here, and neither are their stations.
    """
    return read_osm_rail_with_report(path, merge=merge, name=name)[0]


def read_osm_rail_with_report(
    path: str | Path | Sequence[str | Path], *, merge: bool = True, name: str = ""
) -> tuple[SpatialNetwork, RailReport]:
    """Read railways as `read_osm_rail` does, and say what was left out and counted.

    Parameters
    ----------
    path, merge, name
        As `read_osm_rail` takes them.

    Returns
    -------
    network : SpatialNetwork
        Tracks and stations.
    report : RailReport
        Counts, and lines of text.

    Raises
    ------
    InputFileError
        As `read_osm_rail`.
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    chosen = [("railway", "rail")]
    found = joined_ways(
        [
            read_ways(file, chosen, TRACK_TAGS, points=STATION_KINDS, point_tags=STATION_TAGS)
            for file in files
        ]
    )
    ways = selected_ways(found, _main_tracks(found.tags))
    pieces = pieces_between_junctions(ways)
    if not len(pieces.way):
        raise InputFileError(
            f"{', '.join(map(str, files))}: no main railway track",
            remedy="choose another file",
        )
    stations = _stations(found.points)
    rules = _rules()["stations"]
    tracks, links = joined_to_tracks(
        Track.of_pieces(ways, pieces),
        stations.index.to_numpy(np.int64),
        stations[["lon", "lat"]].to_numpy(np.float64),
        near_m=rules["near_m"],
        far_m=rules["far_m"],
    )
    stations = stations[stations.index.isin(links["station"])]
    links = links[links["station"] != links["node"]]
    edges = pd.concat([_track_edges(ways, tracks), _link_edges(links, rules["link_kmh"])])
    network = SpatialNetwork.from_geodataframes(
        _nodes(tracks, stations),
        _both_ways(edges),
        name=name or ", ".join(file.name.split(".")[0] for file in files),
        source=LICENCE,
        data_date=found.data_date,
    )
    if merge:
        network = merge_chains(network, keep=np.union1d(stations.index, links["node"]))
    shares = component_shares(network)
    report = RailReport(
        ways=len(ways.way_id),
        ways_left_out=len(found.way_id) - len(ways.way_id),
        stations=len(stations),
        stations_far=len(_stations(found.points)) - len(stations),
        components=len(shares),
        largest_share=shares[0],
    )
    return network, report


@cache
def _rules() -> dict[str, Any]:
    """The table beside this module."""
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


def _main_tracks(tags: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which ways are tracks that passenger trains run on between stations."""
    left_out = _rules()["left_out"]
    aside = tags["usage"].isin(left_out["usage"]) | tags["service"].isin(left_out["service"])
    return (~aside).to_numpy(bool)


def _stations(points: pd.DataFrame) -> pd.DataFrame:
    """Stations of the railway proper, by id."""
    other = points["station"].isin(_rules()["stations"]["not_national"])
    other |= (points["subway"] == "yes") | (points["passenger"] == "no")
    stations = points[~other].sort_index()
    return pd.DataFrame(
        {
            "lon": stations["lon"].astype("float64"),
            "lat": stations["lat"].astype("float64"),
            "name_zh": stations["name:zh"].fillna(stations["name"]),
            "name_en": stations["name:en"],
        }
    )


def _track_edges(ways: OsmWays, track: Track) -> gpd.GeoDataFrame:
    """One row a stretch of track."""
    tags = ways.tags.iloc[track.way].reset_index(drop=True)
    length_m = np.maximum(line_lengths_m(track.lines), SHORTEST_M)
    tagged = tags["maxspeed"].map(parse_maxspeed, na_action="ignore").astype("float64")
    rules = _rules()
    limit = tagged.where(tagged.between(*rules["limits_kmh"].values()))
    highspeed = tags["highspeed"] == "yes"
    usual = tags["usage"].map(rules["speed_kmh"]).astype("float64")
    usual = usual.fillna(rules["speed_kmh"]["other"]).mask(
        highspeed, rules["speed_kmh"]["highspeed"]
    )
    return gpd.GeoDataFrame(
        {
            "u": track.tail,
            "v": track.head,
            "length_m": length_m,
            "time_s": length_m / limit.fillna(usual) * KMH_PER_MS,
            "railway": tags["railway"],
            "name": tags["name"],
            "ref": tags["ref"],
            "maxspeed_kmh": limit,
            "bridge": tags["bridge"].notna() & (tags["bridge"] != "no"),
            "tunnel": tags["tunnel"].notna() & (tags["tunnel"] != "no"),
            "usage": tags["usage"],
            "highspeed": highspeed,
            "electrified": tags["electrified"],
            "gauge": tags["gauge"],
            "osm_way": ways.way_id[track.way],
            "source": "OpenStreetMap",
        },
        geometry=track.lines,
        crs=4326,
    )


def _link_edges(links: pd.DataFrame, link_kmh: float) -> gpd.GeoDataFrame:
    """One row a link from a station to a track."""
    ends = links[["station_lon", "station_lat", "lon", "lat"]].to_numpy(np.float64)
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    length_m = np.maximum(line_lengths_m(lines), SHORTEST_M)
    table = {
        "u": links["station"].to_numpy(np.int64),
        "v": links["node"].to_numpy(np.int64),
        "length_m": length_m,
        "time_s": length_m / link_kmh * KMH_PER_MS,
        "railway": "station_link",
        "bridge": False,
        "tunnel": False,
        "highspeed": False,
        "osm_way": 0,
        "source": "OpenStreetMap",
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=4326)


def _both_ways(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each edge a second time from `v` to `u`, after the first."""
    forth = edges.reset_index(drop=True).assign(oneway=False)
    back = forth.rename(columns={"u": "v", "v": "u"})
    back["geometry"] = shapely.reverse(back["geometry"].to_numpy())
    both = pd.concat([forth, back]).sort_index(kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=4326)


def _nodes(track: Track, stations: pd.DataFrame) -> gpd.GeoDataFrame:
    """Ends of track and stations."""
    ends = np.concatenate([track.first[:-1], track.first[1:] - 1])
    node, place = np.unique(track.node[ends], return_index=True)
    beside = stations[~stations.index.isin(node)]
    index = np.concatenate([node, beside.index.to_numpy(np.int64)])
    lon = np.concatenate([track.lon[ends[place]], beside["lon"]])
    lat = np.concatenate([track.lat[ends[place]], beside["lat"]])
    names = stations[["name_zh", "name_en"]].reindex(index)
    return gpd.GeoDataFrame(
        {"is_station": np.isin(index, stations.index), **names.to_dict("series")},
        index=index,
        geometry=gpd.points_from_xy(lon, lat, crs=4326),
    )
