"""Directed edges of roads from OpenStreetMap: one row a piece and direction, with times."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.osm_delays import Passages, passages
from toolkit.networks.osm_tags import BACKWARD, BOTH, FERRY, road_attributes
from toolkit.networks.osm_topology import Pieces, turned
from toolkit.networks.osm_ways import OsmWays
from toolkit.networks.speeds import Delays, SpeedTable, driving_speeds_kmh, peak_factors

__all__ = ["Arcs", "landings", "repeats", "road_arcs"]

FloatArray = npt.NDArray[np.float64]

MEET_AT_GRADE = ("trunk", "primary", "secondary")
PASSED = ("signals", "junctions", "gates")
SHORTEST_M = 0.01  # OSM positions are rounded to about a centimetre
KMH_PER_MS = 3.6


@dataclass(frozen=True, eq=False)
class Arcs:
    """Directed edges, and what was dropped or mended on the way.

    Attributes
    ----------
    edges : geopandas.GeoDataFrame
        Columns `u`, `v`, those of a network, and those that `read_osm_roads` adds.
    passed : Passages
        Signals, junctions and gates of the pieces.
    empty, lengthened : int
        Loops without length, which were dropped; edges between different nodes at one place,
        which got the shortest length.
    """

    edges: gpd.GeoDataFrame
    passed: Passages
    empty: int
    lengthened: int


def road_arcs(ways: OsmWays, pieces: Pieces, speeds: SpeedTable) -> Arcs:
    """Make directed edges of pieces of ways.

    Parameters
    ----------
    ways : OsmWays
        Ways open to cars.
    pieces : Pieces
        The ways cut at junctions, drawn as the ways are.
    speeds : SpeedTable
        Speeds and delays.

    Returns
    -------
    Arcs
        Back after forth.
    """
    roads = road_attributes(ways.tags).iloc[pieces.way].reset_index(drop=True)
    direction = roads.pop("direction").to_numpy()
    drawn = turned(pieces, direction == BACKWARD)
    lines = shapely.linestrings(
        np.column_stack([ways.lon, ways.lat])[drawn.vertex],
        indices=np.repeat(np.arange(len(drawn.way)), np.diff(drawn.first)),
    )
    measured_m = line_lengths_m(lines)
    length_m = np.maximum(measured_m, SHORTEST_M)
    at_grade = roads["highway"].isin(MEET_AT_GRADE) & ~roads.pop("motorroad")
    passed = passages(
        ways,
        pieces,
        major=at_grade.to_numpy(bool),
        length_m=length_m,
        radius_m=speeds.delays.junction_radius_m,
    )
    ahead = passed.forward.mask(pd.Series(direction == BACKWARD), passed.backward)
    drive_s = _drive_s(roads, pieces, length_m, speeds)
    forth = roads.drop(columns="duration_s").assign(
        u=ways.node_id[drawn.tail],
        v=ways.node_id[drawn.head],
        length_m=length_m,
        time_s=drive_s,
        time_peak_s=drive_s / peak_factors(roads["highway"], table=speeds),
        oneway=direction != BOTH,
        osm_way=ways.way_id[pieces.way],
        source="OpenStreetMap",
        geometry=lines,
        **ahead,
    )
    back = forth.assign(**passed.backward)[direction == BOTH].rename(columns={"u": "v", "v": "u"})
    back["geometry"] = shapely.reverse(back["geometry"].to_numpy())
    both = pd.concat([forth, back]).sort_index(kind="stable")
    short = measured_m[both.index] < SHORTEST_M
    both = gpd.GeoDataFrame(both.reset_index(drop=True), geometry="geometry", crs=4326)
    loop = (both["u"] == both["v"]).to_numpy()
    edges = both[~(short & loop)].reset_index(drop=True)
    return Arcs(
        edges=_delayed(edges, speeds.delays),
        passed=passed,
        empty=int((short & loop).sum()),
        lengthened=int((short & ~loop).sum()),
    )


def landings(edges: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Nodes where ferries and roads meet; edges have `u`, `v` and `highway`.

    Examples
    --------
    >>> edges = pd.DataFrame({"u": [1, 2], "v": [2, 3], "highway": ["primary", "ferry"]})
    >>> landings(edges).tolist()
    [2]
    """
    afloat = edges["highway"] == FERRY
    ends = edges[["u", "v"]]
    return np.intersect1d(ends[afloat].to_numpy(np.int64), ends[~afloat].to_numpy(np.int64))


def repeats(edges: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Edges through the same two vertices as another that is not slower.

    Ways that share more vertices are cut at each of them, so that two are enough.

    Parameters
    ----------
    edges : geopandas.GeoDataFrame
        Columns `u`, `v`, `time_s` and `geometry`.

    Returns
    -------
    numpy.ndarray of bool
        One value an edge.

    Examples
    --------
    >>> line = shapely.LineString([(116, 40), (116, 41)])
    >>> table = {"u": [1, 1], "v": [2, 2], "time_s": [60.0, 50.0]}
    >>> repeats(gpd.GeoDataFrame(table, geometry=[line, line], crs=4326)).tolist()
    [True, False]
    """
    straight = edges[shapely.get_num_points(edges.geometry.to_numpy()) == 2]
    ranked = straight.sort_values("time_s", kind="stable")
    again = ranked.index[ranked.duplicated(["u", "v"])]
    return np.asarray(edges.index.isin(again))


def _drive_s(
    roads: pd.DataFrame, pieces: Pieces, length_m: FloatArray, speeds: SpeedTable
) -> FloatArray:
    """Time on the move: by the speed table, or a ferry's share of its duration."""
    kmh = driving_speeds_kmh(roads["highway"], maxspeed_kmh=roads["maxspeed_kmh"], table=speeds)
    way_m = np.bincount(pieces.way, weights=length_m)[pieces.way]
    stated_s = roads["duration_s"].to_numpy(np.float64) * length_m / way_m
    return np.where(np.isnan(stated_s), length_m / kmh * KMH_PER_MS, stated_s)


def _delayed(edges: gpd.GeoDataFrame, delays: Delays) -> gpd.GeoDataFrame:
    """Add the delays to both times; a ferry is waited for where it is boarded."""
    boarding = (edges["highway"] == FERRY) & edges["u"].isin(landings(edges))
    delay_s = (
        delays.signal_s * edges["signals"]
        + delays.junction_s * edges["junctions"]
        + delays.gate_s * edges["gates"]
        + delays.ferry_wait_s * boarding
    ).astype("float64")
    return edges.drop(columns="gates").assign(
        delay_s=delay_s,
        time_s=edges["time_s"] + delay_s,
        time_peak_s=edges["time_peak_s"] + delay_s,
    )
