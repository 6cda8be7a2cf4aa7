"""Sketched roads around a built-in link, for clusters whose roads are not embedded.

A sketch names the seats of cities, the ends of crossings, and which of them a main road joins; no
more. All else is stated modelling: a road is so many times as long as the great circle, and driven
at one speed. It answers what a crossing changes against the way round, and nothing else.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.scenario_examples import sketch_of
from toolkit.networks.geodesy import distances_m
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.sources.files import InputRecord

__all__ = ["sketched_roads", "with_sketch"]


def sketched_roads(name: str, cities: gpd.GeoDataFrame) -> SpatialNetwork | None:
    """Main roads around a built-in road link, without the link.

    Parameters
    ----------
    name : str
        Of a road scenario, such as ``'shenzhong-link'``.
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en`` and seats as points: those of the cluster.

    Returns
    -------
    SpatialNetwork or None
        Labelled schematic; nodes have ``place``, every road runs both ways. None where no sketch
        is on record.

    Raises
    ------
    UnknownNameError
        There is no such example.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> roads = sketched_roads("shenzhong-link", load_cluster("pearl-river-delta").cities)
    >>> roads.schematic, len(roads.nodes), len(roads.edges)
    (True, 15, 48)
    """
    sketch = sketch_of(name)
    if sketch is None:
        return None
    seats = cities.geometry
    own = {str(place): tuple(lonlat) for place, lonlat in sketch["places"].items()}
    where = {str(code): (seats[code].x, seats[code].y) for code in seats.index} | own
    place = pd.Index([*seats.index.astype(str), *own])
    x, y = np.array([where[each] for each in place]).T
    ends = np.array([[place.get_loc(end) for end in road] for road in sketch["roads"]])
    u, v = np.concatenate([ends, ends[:, ::-1]]).T
    length_m = distances_m(x[u], y[u], x[v], y[v]) * sketch["detour"]
    edges = pd.DataFrame(
        {
            "u": u,
            "v": v,
            "length_m": length_m,
            "time_s": length_m / sketch["speed_kmh"] * 3.6,
            "highway": "motorway",
            "source": "sketch",
        }
    )
    nodes = gpd.GeoDataFrame({"place": place}, geometry=gpd.points_from_xy(x, y), crs=4326)
    return SpatialNetwork.from_geodataframes(
        nodes,
        edges,
        name=f"main roads around {name} (sketch)",
        source=str(sketch["source"]),
        data_date=str(sketch["date"]),
        schematic=True,
    )


def with_sketch(inputs: Inputs, name: str) -> Inputs:
    """Inputs with the sketched roads of a built-in link, where there are no roads.

    Parameters
    ----------
    inputs : Inputs
    name : str
        Of a road scenario.

    Returns
    -------
    Inputs
        The same where there are roads already, or no sketch.
    """
    roads = None if inputs.roads is not None else sketched_roads(name, inputs.cluster.cities)
    if roads is None:
        return inputs
    record = InputRecord(
        name=roads.name,
        kind="roads",
        data_date=roads.data_date,
        licence="facts; seats of GeoNames, CC BY 4.0",
        source=roads.source,
    )
    return replace(inputs, roads=roads, records=(*inputs.records, record))
