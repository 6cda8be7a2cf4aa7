"""Bottlenecks of the roads of a cluster: roads that cannot be spared, routes that narrow.

See `toolkit.analysis.bottlenecks` for the measures.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.bottlenecks import narrowings, robustness_curve, vital_edges
from toolkit.analysis.centrality import Centrality
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["Bottlenecks", "bottlenecks"]

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
        Where routes narrow, as `toolkit.analysis.bottlenecks.narrowings`; empty without centrality.
    robustness : DataFrame
        Curves of the loss of junctions at random, by degree and by betweenness, with the
        efficiency between the cities, whose own nodes no strategy takes; empty without centrality.
    """

    roads: gpd.GeoDataFrame
    narrowings: gpd.GeoDataFrame
    robustness: pd.DataFrame


def bottlenecks(inputs: Inputs, centrality: Centrality | None = None) -> Bottlenecks | None:
    """Find the bottlenecks of the roads between the cities of a cluster.

    Parameters
    ----------
    inputs : Inputs
    centrality : Centrality, optional
        Of the roads; with it also narrowings and robustness.

    Returns
    -------
    Bottlenecks or None
        None without roads, or where fewer than two cities have a node of their own.
    """
    roads = inputs.roads
    if roads is None:
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
    if centrality is not None and "betweenness" in centrality.edges:
        found = narrowings(roads, centrality.edges["betweenness"].to_numpy(np.float64))
        places = mass.index.to_numpy()
        busy = centrality.nodes["betweenness"].to_numpy(np.float64)
        curves = pd.concat(
            [
                robustness_curve(roads, strategy, places=places, spared=places, betweenness=busy)
                for strategy in ("random", "degree", "betweenness")
            ],
            ignore_index=True,
        )
    return Bottlenecks(gpd.GeoDataFrame(costly.head(_MOST)), found, curves)


def _residents_by_node(inputs: Inputs, roads: SpatialNetwork) -> pd.Series:
    """Residents of the cities by the node nearest to the seat, those unknown as 0."""
    cities = inputs.cluster.cities
    nodes, _ = roads.snap(cities.geometry)
    residents = cities["residents"].astype("Float64").fillna(0.0).to_numpy(np.float64)
    mass = pd.Series(residents, index=nodes).groupby(level=0).sum()
    return mass[mass > 0]
