"""Points beside tracks joined to them: each track is cut where a point is nearest to it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.networks.geodesy import metres_per_degree
from toolkit.networks.osm_topology import Pieces
from toolkit.networks.osm_ways import OsmWays

__all__ = ["Track", "joined_to_tracks", "nearest_on_lines"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Track:
    """Stretches of track as arrays.

    Attributes
    ----------
    way : numpy.ndarray of int64, shape (P,)
        Row of the way each stretch is part of.
    first : numpy.ndarray of int64, shape (P + 1,)
        The vertices of stretch `i` are `first[i]:first[i + 1]` of the next three.
    node : numpy.ndarray of int64, shape (V,)
        Node at each vertex.
    lon, lat : numpy.ndarray, shape (V,)
        Its position in degrees.
    """

    way: IntArray
    first: IntArray
    node: IntArray
    lon: FloatArray
    lat: FloatArray

    @classmethod
    def of_pieces(cls, ways: OsmWays, pieces: Pieces) -> Self:
        """Take the vertices of pieces of ways."""
        at = pieces.vertex
        return cls(pieces.way, pieces.first, ways.node_id[at], ways.lon[at], ways.lat[at])

    @property
    def tail(self) -> IntArray:
        """First node of each stretch."""
        return self.node[self.first[:-1]]

    @property
    def head(self) -> IntArray:
        """Last node of each stretch."""
        return self.node[self.first[1:] - 1]

    @property
    def lines(self) -> npt.NDArray[np.object_]:
        """Each stretch as a line."""
        number = np.repeat(np.arange(len(self.way)), np.diff(self.first))
        vertices = np.column_stack([self.lon, self.lat])
        return np.asarray(shapely.linestrings(vertices, indices=number), dtype=object)


def joined_to_tracks(
    track: Track, ids: IntArray, lonlat: FloatArray, *, near_m: float, far_m: float
) -> tuple[Track, pd.DataFrame]:
    """Cut tracks beside points.

    Parameters
    ----------
    track : Track
        All tracks.
    ids : numpy.ndarray of int64, shape (n,)
        Ids of the points, such as stations.
    lonlat : numpy.ndarray, shape (n, 2)
        Their positions in degrees.
    near_m : float
        A point is joined to every stretch within this distance,
    far_m : float
        and to the nearest one within this distance if there is none.

    Returns
    -------
    track : Track
        The same tracks, cut; new nodes carry negative numbers.
    links : pandas.DataFrame
        One row a point and stretch: `station`, `node` (the end or new node of the track),
        `station_lon`, `station_lat`, `lon`, `lat`.

    Examples
    --------
    >>> track = Track(
    ...     way=np.array([0]), first=np.array([0, 2]), node=np.array([1, 2]),
    ...     lon=np.array([116.0, 116.2]), lat=np.array([40.0, 40.0]),
    ... )
    >>> cut, links = joined_to_tracks(
    ...     track, np.array([7]), np.array([[116.1, 40.001]]), near_m=150.0, far_m=1000.0
    ... )
    >>> cut.tail.tolist(), cut.head.tolist(), links["node"].tolist()
    ([1, -1], [-1, 2], [-1])
    """
    pairs = nearest_on_lines(track.lines, lonlat, far_m).rename(columns={"line": "piece"})
    least_m = pairs.groupby("point")["metres"].transform("min")
    pairs = pairs[(pairs["metres"] <= near_m) | (pairs["metres"] == least_m)]
    pairs = pairs.sort_values(["piece", "segment", "share", "point"], ignore_index=True)
    pairs["node"] = _nodes_at(track, pairs)
    links = pd.DataFrame(
        {
            "station": ids[pairs["point"]],
            "node": pairs["node"],
            "station_lon": lonlat[pairs["point"], 0],
            "station_lat": lonlat[pairs["point"], 1],
            "lon": pairs["lon"],
            "lat": pairs["lat"],
        }
    )
    return _cut(track, pairs[pairs["node"] < 0]), links


def nearest_on_lines(
    lines: npt.ArrayLike, lonlat: FloatArray, far_m: float | FloatArray
) -> pd.DataFrame:
    """Nearest place on every line within a distance of a point, on the plane that touches there.

    Parameters
    ----------
    lines : array_like of shapely.LineString, or shapely.STRtree of them
        Lines in EPSG:4326.
    lonlat : numpy.ndarray, shape (n, 2)
        Points in degrees.
    far_m : float or numpy.ndarray of shape (n,)
        Lines farther than this from a point are left out.

    Returns
    -------
    pandas.DataFrame
        One row a point and line: `point` and `line` (rows of the inputs), `segment` and `share`
        (of the segment) of the nearest place, `metres` to it, its `lon` and `lat`. The plane is
        good to 0.1 % at 10 km and better nearer by.

    Examples
    --------
    >>> road = shapely.LineString([(116.0, 40.0), (116.1, 40.0), (116.2, 40.0)])
    >>> found = nearest_on_lines([road], np.array([[116.15, 40.001]]), 500.0)
    >>> found[["segment", "share", "metres"]].round(2).values.tolist()
    [[1.0, 0.5, 111.03]]
    """
    tree = lines if isinstance(lines, shapely.STRtree) else shapely.STRtree(lines)
    scale_of = metres_per_degree(lonlat[:, 1])
    half = np.broadcast_to(np.asarray(far_m, dtype=np.float64), len(lonlat))[:, None] / scale_of
    point, line = tree.query(shapely.box(*(lonlat - half).T, *(lonlat + half).T))
    vertices, pair_of = shapely.get_coordinates(tree.geometries[line], return_index=True)
    inner = np.flatnonzero(pair_of[1:] == pair_of[:-1])
    pair = pair_of[inner]
    first = np.searchsorted(pair_of, np.arange(len(line)))
    scale, origin = scale_of[point[pair]], lonlat[point[pair]]
    a, b = (vertices[inner] - origin) * scale, (vertices[inner + 1] - origin) * scale
    run = b - a
    length2 = np.maximum((run**2).sum(axis=1), 1e-12)
    share = np.clip(-(a * run).sum(axis=1) / length2, 0.0, 1.0)
    foot = a + share[:, None] * run
    metres = np.hypot(foot[:, 0], foot[:, 1])
    best = np.lexsort((inner, metres, pair))
    best = best[np.concatenate([[True], pair[best][1:] != pair[best][:-1]])[: len(best)]]
    found = pd.DataFrame(
        {
            "point": point[pair[best]],
            "line": line[pair[best]],
            "segment": inner[best] - first[pair[best]],
            "share": share[best],
            "metres": metres[best],
            "lon": origin[best, 0] + foot[best, 0] / scale[best, 0],
            "lat": origin[best, 1] + foot[best, 1] / scale[best, 1],
        }
    )
    return found[found["metres"] <= np.broadcast_to(far_m, len(lonlat))[found["point"]]]


def _nodes_at(track: Track, pairs: pd.DataFrame) -> IntArray:
    """End of the stretch if that is the nearest place, else a new negative number."""
    piece = pairs["piece"].to_numpy()
    last = track.first[piece + 1] - track.first[piece] - 2
    at_tail = ((pairs["segment"] == 0) & (pairs["share"] == 0)).to_numpy()
    at_head = ((pairs["segment"] == last) & (pairs["share"] == 1)).to_numpy()
    new = -np.cumsum(~(at_tail | at_head))
    return np.where(at_tail, track.tail[piece], np.where(at_head, track.head[piece], new))


def _cut(track: Track, cuts: pd.DataFrame) -> Track:
    """Put new vertices in, and begin a new stretch at each."""
    piece_of = np.repeat(np.arange(len(track.way)), np.diff(track.first))
    inside = np.arange(len(piece_of)) - track.first[piece_of]
    piece = np.concatenate([piece_of, cuts["piece"].to_numpy(np.int64)])
    place = np.concatenate(
        [inside.astype(np.float64), (cuts["segment"] + cuts["share"]).to_numpy()]
    )
    new = np.arange(len(piece)) >= len(piece_of)
    # an old vertex comes before a new one at the same place, but for the last of its stretch
    order = np.lexsort((np.arange(len(piece)), place, piece))
    node = np.concatenate([track.node, cuts["node"].to_numpy(np.int64)])[order]
    lon = np.concatenate([track.lon, cuts["lon"].to_numpy(np.float64)])[order]
    lat = np.concatenate([track.lat, cuts["lat"].to_numpy(np.float64)])[order]
    piece, twice = piece[order], np.where(new[order], 2, 1)
    again = np.repeat(np.arange(len(piece)), twice)
    second = np.concatenate([[False], again[1:] == again[:-1]])
    begins = second | np.concatenate([[True], piece[again][1:] != piece[again][:-1]])
    first = np.append(np.flatnonzero(begins), len(again))
    return Track(track.way[piece[again[first[:-1]]]], first, node[again], lon[again], lat[again])
