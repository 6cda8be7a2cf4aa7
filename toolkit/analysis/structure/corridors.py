"""The axes on record for a cluster as corridors, against placebo axes."""

import geopandas as gpd
import igraph
import numpy as np
import numpy.typing as npt

from toolkit.analysis.axes import along_roads, load_axes, passes_near
from toolkit.analysis.centrality import Centrality
from toolkit.analysis.corridors import betweenness_share, compare_corridors, corridor_polygons
from toolkit.analysis.population import population_within
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["corridors_of"]

_MOST_EDGES = 5_000  # betweenness of larger networks only where it was asked for


def corridors_of(
    inputs: Inputs, *, width_km: float = 30.0, measured: Centrality | None = None
) -> gpd.GeoDataFrame | None:
    """Land along the axes of a cluster and what lies there, beside placebo axes.

    Parameters
    ----------
    inputs : Inputs
    width_km : float
        From edge to edge.
    measured : Centrality, optional
        Of the roads, where it is known already.

    Returns
    -------
    GeoDataFrame or None
        Index axis; columns of `along_roads` and `compare_corridors`: ``residents_share`` and
        ``betweenness_share`` where there are people and a betweenness to share out, each also
        ``_per_1000_km2`` and ``_over_placebo``. The leading core's prefecture, in which most axes
        begin, is left out. Axes with a
        place far from all roads are left out. None without axes, roads or boundaries.
    """
    cluster, roads = inputs.cluster, inputs.roads
    if roads is None or inputs.prefectures is None:
        return None
    axes = [axis for axis in load_axes(cluster) if passes_near(axis, roads)]
    if not axes:
        return None
    land = inputs.prefectures.union_all()
    found = corridor_polygons(
        along_roads(axes, roads),
        width_m=width_km * 1000.0,
        epsg=cluster.utm_epsg,
        within=land,
        without=inputs.prefectures.geometry[cluster.cores[0]],
    )
    shares = []
    if inputs.population is not None:
        people = population_within(inputs.population, [*found.geometry, land])
        found["residents_share"] = people[:-1] / people[-1]
        shares.append("residents_share")
    flow = _flow(roads, measured)
    if flow is not None:
        found["betweenness_share"] = betweenness_share(found, roads, flow, epsg=cluster.utm_epsg)
        shares.append("betweenness_share")
    return gpd.GeoDataFrame(compare_corridors(found, shares), crs=4326)


def _flow(roads: SpatialNetwork, measured: Centrality | None) -> npt.NDArray[np.float64] | None:
    """Betweenness of the edges by time; of a small network without compiling a kernel."""
    if measured is not None and "betweenness" in measured.edges:
        known = measured.edges["betweenness"].to_numpy(np.float64)
        return np.asarray(np.nan_to_num(known), dtype=np.float64)
    if len(roads.edges) > _MOST_EDGES:
        return None
    ends = [roads.nodes.index.get_indexer(roads.edges.index.get_level_values(n)) for n in "uv"]
    graph = igraph.Graph(n=len(roads.nodes), edges=np.column_stack(ends), directed=True)
    times = roads.edges["time_s"].to_numpy(np.float64)
    return np.array(graph.edge_betweenness(directed=True, weights=times.tolist()))
