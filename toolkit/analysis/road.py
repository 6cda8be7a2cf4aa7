"""Driving times on the directed road network, from one point or from many at once."""

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.kernels.shortest_paths import UNREACHED, shortest_times
from toolkit.analysis.rail import access_minutes
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["road_minutes", "road_times_ms"]

_NO_CUTOFF_MS = np.iinfo(np.int64).max


def road_minutes(
    roads: SpatialNetwork,
    cities: gpd.GeoDataFrame,
    core: str,
    *,
    settings: Settings = DEFAULTS,
) -> pd.Series:
    """Driving minutes from a core's seat to every seat.

    Seats are snapped to the nearest node; the way between seat and node is driven at
    ``access_speed_kmh`` over the great circle times ``access_detour``.

    Returns
    -------
    Series
        Index adcode; minutes, infinite where there is no way.
    """
    nodes, distances_m = roads.snap(cities.geometry)
    tail = pd.Series(access_minutes(np.asarray(distances_m) / 1000.0, settings), index=cities.index)
    position = roads.nodes.index.get_indexer(nodes)
    start = cities.index.get_loc(core)
    times_ms, _ = road_times_ms(roads, position[[start]], np.array([tail[core]]))
    reached = times_ms[position]
    driven = pd.Series(
        np.where(reached == UNREACHED, np.inf, reached / 60_000.0), index=cities.index
    )
    minutes = driven + tail
    minutes.loc[core] = 0.0
    return minutes


def road_times_ms(
    roads: SpatialNetwork, sources: np.ndarray, offsets_min: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shortest times over the network from several sources, each with a head start.

    Parameters
    ----------
    roads : SpatialNetwork
        The network; its ``csr`` weights are integer milliseconds.
    sources : ndarray of int, shape (S,)
        Node positions (rows of ``roads.nodes``).
    offsets_min : ndarray of float, shape (S,)
        Minutes already spent on reaching each source.

    Returns
    -------
    times_ms : ndarray of int64, shape (N,)
        `UNREACHED` (-1) where there is no way.
    parent_arc : ndarray of int64, shape (N,)
        Arc of ``roads.csr`` by which each node is reached.
    """
    graph = roads.csr
    return shortest_times(
        graph.indptr,
        graph.indices,
        graph.weight_ms,
        np.asarray(sources, dtype=np.int32),
        np.rint(np.asarray(offsets_min) * 60_000.0).astype(np.int64),
        _NO_CUTOFF_MS,
    )
