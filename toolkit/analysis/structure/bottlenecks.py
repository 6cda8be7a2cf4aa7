"""Bottlenecks of the roads of a cluster: roads that cannot be spared, routes that narrow.

See `toolkit.analysis.bottlenecks` for the measures.
"""

from dataclasses import asdict, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.bottlenecks import narrowings, robustness_curve, vital_edges
from toolkit.analysis.centrality import Centrality, centrality
from toolkit.analysis.kernels.shortest_paths import UNREACHED, shortest_times_many
from toolkit.analysis.matrices import distance_matrix_km
from toolkit.analysis.topology import detour_index, topology
from toolkit.networks.compressed_graph import THOUSANDTHS
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["Bottlenecks", "bottlenecks"]

_FEWEST_NODES = 3
_MOST = 200
_SUMS = ["share_using", "share_cut_off", "mean_extra_min"]


@dataclass(frozen=True, eq=False)
class Bottlenecks:
    """Bottlenecks of the roads.

    Attributes
    ----------
    roads : GeoDataFrame
        The roads between cities whose closure costs most, at most 200: ``rank``, columns
        of the layer of roads, ``share_using`` (of journeys between cities, by the product of
        residents), ``share_cut_off``, ``mean_extra_min`` (over all journeys).
    narrowings : GeoDataFrame
        Where routes narrow, as `toolkit.analysis.bottlenecks.narrowings`; empty on large networks
        without centrality.
    robustness : DataFrame
        Curves of the loss of junctions at random, by degree and by betweenness, with the
        efficiency between the cities, whose own nodes no strategy takes; empty on large networks
        without centrality.
    topology : DataFrame
        One row: `toolkit.analysis.topology.Topology` of the roads, and ``detour_index`` of the
        ways between the nodes of the cities.
    """

    roads: gpd.GeoDataFrame
    narrowings: gpd.GeoDataFrame
    robustness: pd.DataFrame
    topology: pd.DataFrame


def bottlenecks(
    inputs: Inputs, measured: Centrality | None = None, *, settings: Settings = DEFAULTS
) -> Bottlenecks | None:
    """Find the bottlenecks of the roads between the cities of a cluster.

    Parameters
    ----------
    inputs : Inputs
    measured : Centrality, optional
        Of the roads, for narrowings and robustness. Networks of at most ``robustness_nodes_max``
        nodes get it here.
    settings : Settings

    Returns
    -------
    Bottlenecks or None
        None without roads, where fewer than two cities have a node of their own, or where the
        roads have fewer than three nodes: nothing between the cities could be lost.

    References
    ----------
    E. Jenelius, T. Petersen, L.-G. Mattsson (2006). Importance and exposure in road network
    vulnerability analysis. Transportation Research Part A 40:537. R. Albert, H. Jeong, A.-L.
    Barabási (2000). Error and attack tolerance of complex networks. Nature 406:378.
    """
    roads = inputs.roads
    if roads is None or len(roads.nodes) < _FEWEST_NODES:
        return None
    mass = _residents_by_node(inputs, roads)
    if len(mass) < 2:
        return None
    vital = vital_edges(roads, dict(zip(mass.index.tolist(), mass.tolist(), strict=True)))
    layer = roads_layer(roads, sums=vital[_SUMS].reindex(roads.edges.index).fillna(0.0))
    costly = layer[(layer["mean_extra_min"] > 0) | (layer["share_cut_off"] > 0)]
    order = ["share_cut_off", "mean_extra_min", "share_using"]
    costly = costly.sort_values(order, ascending=False, kind="stable", ignore_index=True)
    costly.insert(0, "rank", np.arange(1, len(costly) + 1))
    found = gpd.GeoDataFrame(geometry=[], crs=4326)
    curves = pd.DataFrame()
    if measured is None and len(roads.nodes) <= settings.robustness_nodes_max:
        measured = centrality(roads, ["betweenness"])
    places = mass.index.to_numpy()
    if measured is not None and "betweenness" in measured.edges:
        found = narrowings(roads, measured.edges["betweenness"].to_numpy(np.float64))
        busy = measured.nodes["betweenness"].to_numpy(np.float64)
        if len(places) < len(roads.nodes):
            curves = pd.concat(
                [
                    robustness_curve(
                        roads, strategy, places=places, spared=places, betweenness=busy
                    )
                    for strategy in ("random", "degree", "betweenness")
                ],
                ignore_index=True,
            )
    return Bottlenecks(
        gpd.GeoDataFrame(costly.head(_MOST)), found, curves, _topology(roads, mass.index)
    )


def _topology(roads: SpatialNetwork, cities: pd.Index) -> pd.DataFrame:
    """Topological indices of the roads, and the detour between the nodes of the cities."""
    graph = roads.compressed("length_m")
    rows = graph.positions(cities)
    along = shortest_times_many(graph.indptr, graph.indices, graph.weight_ms, rows)[:, rows]
    along_km = np.where(along == UNREACHED, np.inf, along / (THOUSANDTHS * 1000.0))
    table = pd.DataFrame(along_km, index=cities, columns=cities)
    straight_km = distance_matrix_km(roads.nodes.geometry[cities])
    detour = detour_index(table, straight_km.set_axis(cities).set_axis(cities, axis=1))
    return pd.DataFrame([{**asdict(topology(roads)), "detour_index": detour}])


def _residents_by_node(inputs: Inputs, roads: SpatialNetwork) -> pd.Series:
    """Residents of the cities by the node nearest to the seat, those unknown as 0."""
    cities = inputs.cluster.cities
    nodes, _ = roads.snap(cities.geometry)
    residents = cities["residents"].astype("Float64").fillna(0.0).to_numpy(np.float64)
    mass = pd.Series(residents, index=nodes).groupby(level=0).sum()
    return mass[mass > 0]
