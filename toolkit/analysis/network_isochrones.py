"""Isochrones of any points on any network: the land within some minutes of each."""

from collections.abc import Sequence

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.grids import water_mask
from toolkit.analysis.isochrones import isobands
from toolkit.analysis.road import road_times
from toolkit.analysis.surfaces import LastLeg, time_points
from toolkit.networks.places import places_on_edges, require_joined
from toolkit.networks.schema import lonlat
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["ON_FOOT", "isochrones"]

ON_FOOT = LastLeg(speed_kmh=5.0, limit_km=2.0)


def isochrones(
    network: SpatialNetwork | nx.Graph,
    points: gpd.GeoSeries | gpd.GeoDataFrame | shapely.Point | npt.ArrayLike,
    minutes: float | Sequence[float] = (15, 30, 45, 60),
    *,
    last_leg: LastLeg = ON_FOOT,
    cell_m: float = 100.0,
    water: gpd.GeoSeries | None = None,
) -> gpd.GeoDataFrame:
    """Polygons of the land within some minutes of each point, over a network and a last leg.

    Parameters
    ----------
    network : SpatialNetwork or networkx graph
        Directed, with travel times; a graph such as osmnx makes is taken over by
        `SpatialNetwork.from_networkx`.
    points : GeoSeries, GeoDataFrame, Point or array_like
        Origins: points in any stated CRS, one Point in EPSG:4326, or longitude and latitude (one
        pair or an array of them). Each joins the network at the nearest place on an edge, at the
        pace of the last leg and no farther off than it goes.
    minutes : float or sequence of float
        Thresholds.
    last_leg : LastLeg
        Pace and longest way off the network; on foot, 5 km/h and 2 km, by default.
    cell_m : float
        Cell of the grid that is contoured, metres; time and memory grow with the reach over it,
        squared.
    water : GeoSeries, optional
        Polygons of water and sea in any stated CRS: cut out, and crossed by no last leg. Those of
        an extract come from `toolkit.networks.osm_water.read_osm_water`.

    Returns
    -------
    GeoDataFrame
        One row a point and threshold: ``origin`` (index of the point), ``minutes``, ``area_km2``
        (on the ellipsoid), MultiPolygon in EPSG:4326, holes kept, each holding those before it.

    Raises
    ------
    NetworkError
        If the network has no edges or a graph no times, points state no CRS, or one lies farther
        from every edge than the last leg goes.
    ValueError
        If a threshold or the cell is not above zero.

    Notes
    -----
    One search a point, ``O(M log M)`` in the edges within the last threshold. Each point is
    measured in the UTM zone it lies in.

    Examples
    --------
    A street of 6 km, driven in 6 minutes, from its western end:

    >>> graph = nx.Graph(crs="EPSG:4326")
    >>> graph.add_node(1, x=24.90, y=60.17)
    >>> graph.add_node(2, x=25.008, y=60.17)
    >>> graph.add_edge(1, 2, travel_time=360.0)
    >>> isochrones(graph, (24.90, 60.17), [3, 6])["area_km2"].round(1).tolist()
    [0.9, 3.4]
    """
    roads = (
        network if isinstance(network, SpatialNetwork) else SpatialNetwork.from_networkx(network)
    )
    limits = sorted({float(limit) for limit in np.atleast_1d(minutes)})
    if not limits or limits[0] <= 0 or cell_m <= 0:
        raise ValueError(f"minutes {limits} and cell_m {cell_m} have to be above 0")
    origins = _origins(points)
    zones = [gpd.GeoSeries([point], crs=4326).estimate_utm_crs().to_epsg() for point in origins]
    tables = []
    for origin, point, epsg in zip(origins.index, origins, zones, strict=True):
        start = places_on_edges(roads, gpd.GeoSeries([point], crs=4326), limit_km=last_leg.limit_km)
        require_joined(start, [f"point {origin}"], limit_km=last_leg.limit_km)
        walked_ms = np.rint(start.distance_m * last_leg.minutes_per_m * 60_000.0).astype(np.int64)
        times = road_times(roads, start, walked_ms, cutoff_ms=round(limits[-1] * 60_000))
        along = time_points(roads, times, epsg=epsg, step_m=cell_m / 2.0, limit_min=limits[-1])
        grid = along.grid(cell_m, max(last_leg.limit_m, cell_m) + 3.0 * cell_m)
        mask = None if water is None else water_mask(water, grid)
        bands = isobands(along, limits, cell_m=cell_m, last_leg=last_leg, water=mask)
        bands.insert(0, "origin", pd.Series([origin] * len(bands), index=bands.index))
        tables.append(bands)
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=4326)


def _origins(
    points: gpd.GeoSeries | gpd.GeoDataFrame | shapely.Point | npt.ArrayLike,
) -> gpd.GeoSeries:
    """Points in EPSG:4326 with the index they came with."""
    if isinstance(points, shapely.Point):
        return gpd.GeoSeries([points], crs=4326)
    if isinstance(points, gpd.GeoDataFrame):
        points = points.geometry
    if not isinstance(points, gpd.GeoSeries):
        points = np.atleast_2d(np.asarray(points, dtype=np.float64))
    at = lonlat(points)
    index = points.index if isinstance(points, gpd.GeoSeries) else pd.RangeIndex(len(at))
    return gpd.GeoSeries(gpd.points_from_xy(*at.T), index=index, crs=4326)
