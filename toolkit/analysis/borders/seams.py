"""Roads that break off where data were put together: ends that face each other across a gap.

Networks drawn province by province often miss each other by some hundred metres at the border. To
a router that is no road, and every measure of borders would find a border that is in the data only.
"""

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from toolkit.analysis.borders.dead_ends import dead_ends
from toolkit.networks.geodesy import distances_m, earth_centred
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["facing_ends"]


def facing_ends(roads: SpatialNetwork, *, gap_m: float = 1_000.0) -> gpd.GeoDataFrame:
    """Pairs of dead ends of one class, each the nearest other end of its class.

    Parameters
    ----------
    roads : SpatialNetwork
    gap_m : float
        Widest gap.

    Returns
    -------
    GeoDataFrame
        ``u``, ``v``, ``highway``, ``name`` (of the road at u), ``gap_m``, ``speed_kmh`` (of
        the road at u); straight lines in EPSG:4326, which `toolkit.analysis.scenarios.scenario`
        takes to close the gaps. Look at them first: a gap may be real. The two ends of one
        short road are no pair.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> len(facing_ends(schematic_roads()))
    0
    """
    ends = dead_ends(roads)
    ends = ends[~ends["goes_on"]].sort_values("road_class", kind="stable")
    columns = ["u", "v", "highway", "name", "gap_m", "speed_kmh"]
    rows = []
    for kind, same in ends.groupby("road_class"):
        if len(same) < 2:
            continue
        places = earth_centred(same.geometry.x, same.geometry.y)
        _, nearest = cKDTree(places).query(places, k=2)
        other = nearest[:, 1]
        for i, j in enumerate(other):
            u, v = same.index[i], same.index[j]
            if other[j] != i or i > j or (u, v, 0) in roads.edges.index:
                continue
            start, end = same.geometry.iloc[i], same.geometry.iloc[j]
            apart = float(distances_m(start.x, start.y, end.x, end.y))
            if apart <= gap_m:
                at = roads.edges[roads.edges.index.get_level_values("u") == u]
                at = at if len(at) else roads.edges[roads.edges.index.get_level_values("v") == u]
                speed = at["length_m"].iloc[0] / at["time_s"].iloc[0] * 3.6
                line = shapely.LineString([start, end])
                rows.append((u, v, kind, at["name"].iloc[0], apart, float(speed), line))
    table = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    lines = np.array([row[-1] for row in rows], dtype=object)
    return gpd.GeoDataFrame(table, geometry=lines, crs=4326)
