"""Axes of a cluster: lines of cities, drawn along the roads or the trains that join them."""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry import LineString

from toolkit.analysis.road_ways import RoadWay, fastest_way
from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.places import EdgePlaces, places_on_edges, require_joined
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["Axis", "along_rail", "along_roads", "load_axes", "passes_near"]

SAME_DEGREES = 1e-9

Coordinates = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Axis:
    """A line of cities.

    Attributes
    ----------
    key, name_zh, name_en : str
    through : tuple of (float, float)
        Longitude and latitude of the places it passes, in order.
    cities : tuple of str
        What these places are called in the table they come from: adcodes or names.
    placebo : bool
        Whether it is there for comparison only.
    """

    key: str
    name_zh: str
    name_en: str
    through: Coordinates
    cities: tuple[str, ...] = ()
    placebo: bool = False


def load_axes(cluster: Cluster) -> tuple[Axis, ...]:
    """The axes on record for a cluster, placebo axes last.

    Parameters
    ----------
    cluster : Cluster

    Returns
    -------
    tuple of Axis
        Empty where none are on record: give your own then.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> [axis.key for axis in load_axes(load_cluster("jing-jin-ji")) if axis.placebo]
    ['jing-zhang', 'jing-cheng', 'shi-heng-cang']
    """
    record = _record()
    places = record["places"]
    return tuple(
        Axis(
            key=entry["key"],
            name_zh=entry["name_zh"],
            name_en=entry["name_en"],
            through=tuple(_position(cluster, places, name) for name in entry["through"]),
            cities=tuple(entry["through"]),
            placebo=entry.get("placebo", False),
        )
        for entry in record.get(cluster.slug, [])
    )


def along_roads(
    axes: Sequence[Axis], roads: SpatialNetwork, *, settings: Settings = DEFAULTS
) -> gpd.GeoDataFrame:
    """Draw axes along the fastest way by road from place to place.

    Parameters
    ----------
    axes : sequence of Axis
    roads : SpatialNetwork
        Places join it at the nearest place on an edge, where axes begin and end.
    settings : Settings
        ``join_limit_km``.

    Returns
    -------
    GeoDataFrame
        Index ``axis``; ``name_zh``, ``name_en``, ``placebo``, ``length_km`` (of the edges, the
        first and the last by share), ``minutes``, ``schematic``; LineString in EPSG:4326.

    Raises
    ------
    NetworkError
        There is no way between two places of an axis, or one lies too far from every road.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> axes = load_axes(load_cluster("jing-jin-ji"))[:1]
    >>> lines = along_roads(axes, schematic_roads())
    >>> lines["length_km"].between(110, 150).to_dict()
    {'jing-jin': True}
    """
    rows = []
    for axis in axes:
        ways = _ways(roads, axis, settings.join_limit_km)
        rows.append(
            {
                "axis": axis.key,
                "name_zh": axis.name_zh,
                "name_en": axis.name_en,
                "placebo": axis.placebo,
                "length_km": sum(way.total(roads, "length_m") for way in ways) / 1000.0,
                "minutes": sum(way.total(roads, "time_s") for way in ways) / 60.0,
                "schematic": roads.schematic,
                "geometry": _joined(np.concatenate([way.lines(roads) for way in ways])),
            }
        )
    return gpd.GeoDataFrame(rows, crs=4326).set_index("axis")


def passes_near(axis: Axis, roads: SpatialNetwork, *, settings: Settings = DEFAULTS) -> bool:
    """Whether every place of an axis is near enough to the roads, ``join_limit_km``, to join them.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> passes_near(Axis("x", "甲乙", "A-B", ((116.4, 39.9), (121.5, 31.2))), schematic_roads())
    False
    """
    return bool(_places(axis, roads, settings.join_limit_km).joined.all())


def along_rail(
    axes: Sequence[Axis],
    services: pd.DataFrame,
    stations: gpd.GeoDataFrame,
    *,
    train_classes: Collection[str] = ("fast",),
    slack_min: float = 8.0,
) -> gpd.GeoDataFrame:
    """Draw axes along the stations that direct trains pass between their cities.

    A station lies on the way from i to j if going there and on takes hardly longer than the
    fastest train: t(i, s) + t(s, j) <= t(i, j) + slack, the time lost by a stop. Stations are
    joined by straight lines in the order of t(i, s).

    Parameters
    ----------
    axes : sequence of Axis
        With `cities` that are adcodes.
    services : DataFrame
        Service table between stations.
    stations : GeoDataFrame
        Index station_id; ``adcode``, points in EPSG:4326, as `city_stations` gives them. Where
        there is a column ``is_main``, axes begin and end at main stations.
    train_classes : collection of str
        Trains to follow.
    slack_min : float
        Minutes a stop on the way may cost, beyond the fastest train.

    Returns
    -------
    GeoDataFrame
        As `along_roads`, with ``stations`` (ids joined by blanks) in place of ``schematic``.

    Raises
    ------
    MissingDataError
        No direct train joins two cities of an axis.

    Examples
    --------
    >>> services = pd.DataFrame({"from_id": list("aam"), "to_id": list("mbb"),
    ...     "train_class": "fast", "fastest_min": [20, 40, 22]})
    >>> stations = gpd.GeoDataFrame({"adcode": ["1", "9", "2"]}, index=list("amb"), crs=4326,
    ...     geometry=gpd.points_from_xy([116, 116.5, 117], [40, 40.1, 40]))
    >>> axis = Axis("x", "甲乙", "A-B", ((116, 40), (117, 40)), ("1", "2"))
    >>> along_rail([axis], services, stations).loc["x", "stations"]
    'a m b'
    """
    chosen = services[services["train_class"].isin(list(train_classes))]
    minutes = chosen.groupby(["from_id", "to_id"])["fastest_min"].min()
    rows = []
    for axis in axes:
        passed: list[str] = []
        total = 0.0
        for start, end in pairwise(axis.cities):
            leg, taken = _stations_between(minutes, stations, start, end, slack_min)
            passed += leg
            total += taken
        stops = list(dict.fromkeys(passed))
        line = LineString(stations.geometry[stops].tolist())
        rows.append(
            {
                "axis": axis.key,
                "name_zh": axis.name_zh,
                "name_en": axis.name_en,
                "placebo": axis.placebo,
                "length_km": float(line_lengths_m([line])[0]) / 1000.0,
                "minutes": total,
                "stations": " ".join(stops),
                "geometry": line,
            }
        )
    return gpd.GeoDataFrame(rows, crs=4326).set_index("axis")


@cache
def _record() -> dict[str, Any]:
    """The axes beside this module."""
    text = resources.files("toolkit.analysis").joinpath("axes.toml").read_text("utf-8")
    return tomllib.loads(text)


def _position(cluster: Cluster, places: dict[str, Any], name: str) -> tuple[float, float]:
    """Longitude and latitude of a city of the cluster or of a place on record."""
    if name in cluster.cities.index:
        seat = cluster.cities.geometry[name]
        return (float(seat.x), float(seat.y))
    return (float(places[name]["lon"]), float(places[name]["lat"]))


def _places(axis: Axis, roads: SpatialNetwork, limit_km: float) -> EdgePlaces:
    """Where an axis joins the roads."""
    return places_on_edges(roads, np.array(axis.through), limit_km=limit_km)


def _ways(roads: SpatialNetwork, axis: Axis, limit_km: float) -> list[RoadWay]:
    """The ways from the first place of an axis through all others."""
    places = _places(axis, roads, limit_km)
    names = [f"place {number} of {axis.name_en}" for number in range(1, len(places) + 1)]
    require_joined(places, names, limit_km=limit_km)
    ways = []
    for start, end in pairwise(range(len(places))):
        way = fastest_way(roads, places, start, end)
        if way is None:
            raise NetworkError(
                f"no way by road along {axis.name_en}",
                remedy="keep the largest component, or give a network that holds all places",
            )
        ways.append(way)
    if not sum(map(len, ways)):
        raise NetworkError(f"all places of {axis.name_en} are at one place of the network")
    return ways


def _joined(lines: npt.NDArray[np.object_]) -> LineString:
    """Lines end to end as one, without repeated points."""
    coordinates = shapely.get_coordinates(lines)
    new = np.append(True, (np.abs(np.diff(coordinates, axis=0)) > SAME_DEGREES).any(axis=1))
    return LineString(coordinates[new])


def _stations_between(
    minutes: pd.Series, stations: gpd.GeoDataFrame, start: str, end: str, slack_min: float
) -> tuple[list[str], float]:
    """Stations on the way of the fastest direct train between two cities, and its minutes."""
    main = stations[stations["is_main"]] if "is_main" in stations else stations
    ends = [main.index[main["adcode"] == city] for city in (start, end)]
    direct = minutes[
        minutes.index.get_level_values(0).isin(ends[0])
        & minutes.index.get_level_values(1).isin(ends[1])
    ]
    if direct.empty:
        raise MissingDataError(f"no direct train from {start} to {end}")
    fastest = float(direct.min())
    first, last = direct.index[int(direct.to_numpy().argmin())]
    there, onward = minutes.xs(first, level=0), minutes.xs(last, level=1)
    onward = onward[onward.index.isin(stations.index)]
    via = (there + onward).dropna()
    passed = there[via.index[via <= fastest + slack_min]].sort_values(kind="stable")
    return [str(first), *map(str, passed.index), str(last)], fastest
