"""What a cluster would lose without a station or a direct train: its rail as a network.

A node a city seat and a station, an edge a direct service, so that a journey is as long as its
trains, their waiting and the ways to and from the stations. See `toolkit.analysis.bottlenecks` for
the measures.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from toolkit.analysis.bottlenecks import robustness_curve, vital_edges, vital_nodes
from toolkit.analysis.rail import ServiceView, access_minutes, waiting_minutes
from toolkit.clusters import Cluster
from toolkit.errors import NetworkError
from toolkit.networks.geodesy import distances_m
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["RailLosses", "rail_losses", "service_network"]

_MOST = 200
_SUMS = ["share_using", "share_cut_off", "mean_extra_min"]
_STEPS = tuple(step / 20.0 for step in range(11))


@dataclass(frozen=True, eq=False)
class RailLosses:
    """Stations and direct trains that journeys between cities could least do without.

    Attributes
    ----------
    timetable_date : str
    stations : GeoDataFrame
        ``rank``, ``station_id``, ``name_zh``, ``name_en``, ``adcode``, ``share_using`` (of journeys
        between cities, by the product of residents), ``share_cut_off``, ``mean_extra_min`` (over
        all journeys) if no train called there; points.
    services : GeoDataFrame
        The same of pairs of stations whose direct trains, both ways, are lost: ``from_id``,
        ``to_id``, their names, ``fastest_min``; straight lines, at most 200.
    robustness : DataFrame
        Curves of the loss of stations at random, by degree and by betweenness, with the efficiency
        between the cities (`toolkit.analysis.bottlenecks.robustness_curve`).
    """

    timetable_date: str
    stations: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    robustness: pd.DataFrame


def service_network(
    cities: gpd.GeoDataFrame, trains: ServiceView, *, settings: Settings = DEFAULTS
) -> SpatialNetwork:
    """The direct services between stations, and the ways between stations and seats, as a network.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; seats as points.
    trains : ServiceView
    settings : Settings
        Waiting, and the speed of the ways to stations.

    Returns
    -------
    SpatialNetwork
        Nodes 0, 1, ... are the seats in the order of `cities`, then the stations in the order of
        ``trains.stations``; column ``place`` holds the adcode or station_id. Edges have ``kind``
        'train' (fastest direct train and the waiting before it) or 'access' (seat to station of
        its own city and back). One changes on the platform, or between stations of a city by way
        of its seat.

    Notes
    -----
    Trains connect as if the next one left after the stated waiting: a best case. Services are
    edges however many stations lie between (the space of changes of Sen et al.), so a lost station
    stops no train that runs through.

    References
    ----------
    P. Sen, S. Dasgupta, A. Chatterjee, P. A. Sreeram, G. Mukherjee, S. S. Manna (2003). Small-world
    properties of the Indian railway network. Physical Review E 67:036106.

    Examples
    --------
    >>> from toolkit.analysis.stations import city_stations
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.timetable import Timetable
    >>> cities = load_cluster("jing-jin-ji").cities
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> view = ServiceView.build(timetable, city_stations(timetable.stops, cities), "main")
    >>> network = service_network(cities, view)
    >>> len(network.nodes) == len(cities) + len(view.stations)
    True
    """
    stations, count = trains.stations, len(cities)
    place = pd.Index([*cities.index, *stations.index])
    points = np.concatenate([cities.geometry.to_numpy(), stations.geometry.to_numpy()])
    nodes = gpd.GeoDataFrame({"place": place}, geometry=points, crs=4326)
    seat = cities.index.get_indexer(pd.Index(trains.station_city[stations.index]))
    station = np.arange(count, count + len(stations))
    way_s = access_minutes(stations["seat_km"].to_numpy(), settings) * 60.0
    services = trains.between_stations
    ride_s = 60.0 * (services["fastest_min"] + waiting_minutes(services, settings))
    known = {name: number for number, name in zip(station, stations.index, strict=True)}
    direct = pd.DataFrame(
        {
            "u": services["from_id"].map(known).to_numpy(),
            "v": services["to_id"].map(known).to_numpy(),
            "time_s": ride_s.to_numpy(np.float64),
            "kind": "train",
        }
    )
    access = [
        pd.DataFrame({"u": start, "v": end, "time_s": way_s, "kind": "access"})
        for start, end in ((seat, station), (station, seat))
    ]
    edges = pd.concat([direct.groupby(["u", "v", "kind"], as_index=False).min(), *access])
    x, y = nodes.geometry.x.to_numpy(), nodes.geometry.y.to_numpy()
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    # a station at the seat is a second and a metre away, since an edge takes some
    edges = edges.assign(
        time_s=np.maximum(edges["time_s"], 1.0),
        length_m=np.maximum(distances_m(x[u], y[u], x[v], y[v]), 1.0),
    )
    return SpatialNetwork.from_geodataframes(
        nodes,
        edges.reset_index(drop=True),
        name=f"direct trains {trains.date}",
        source="timetable",
        data_date=trains.date,
    )


def rail_losses(
    cluster: Cluster, trains: ServiceView, *, settings: Settings = DEFAULTS
) -> RailLosses | None:
    """Find the stations and direct trains whose loss costs the journeys between cities most.

    Parameters
    ----------
    cluster : Cluster
    trains : ServiceView
        Through all stations.
    settings : Settings

    Returns
    -------
    RailLosses or None
        None where trains join no two cities of known size.

    References
    ----------
    E. Jenelius, T. Petersen, L.-G. Mattsson (2006). Importance and exposure in road network
    vulnerability analysis. Transportation Research Part A 40:537. R. Albert, H. Jeong, A.-L.
    Barabási (2000). Error and attack tolerance of complex networks. Nature 406:378.
    """
    if trains.between_stations.empty:
        return None
    cities = cluster.cities
    network = service_network(cities, trains, settings=settings)
    residents = cities["residents"].astype("Float64").fillna(0.0).to_numpy(np.float64)
    mass = {number: people for number, people in enumerate(residents.tolist()) if people > 0}
    seats = np.arange(len(cities))
    try:
        curves = [
            robustness_curve(network, strategy, shares=_STEPS, places=seats, spared=seats)
            for strategy in ("random", "degree", "betweenness")
        ]
        edges, nodes = vital_edges(network, mass), vital_nodes(network, mass)
    except NetworkError:
        return None
    return RailLosses(
        timetable_date=trains.date,
        stations=_stations(trains, nodes, first=len(cities)),
        services=_services(network, trains, edges),
        robustness=pd.concat(curves, ignore_index=True),
    )


def _stations(trains: ServiceView, found: pd.DataFrame, *, first: int) -> gpd.GeoDataFrame:
    """Stations on shortest paths, with what their loss costs."""
    found = found[found.index >= first]
    stations = trains.stations.iloc[found.index.to_numpy() - first]
    return gpd.GeoDataFrame(
        {
            "rank": np.arange(1, len(found) + 1),
            "station_id": stations.index,
            **{name: stations[name].to_numpy() for name in ("name_zh", "name_en", "adcode")},
            **{name: found[name].to_numpy() for name in _SUMS},
        },
        geometry=stations.geometry.to_numpy(),
        crs=4326,
    )


def _services(
    network: SpatialNetwork, trains: ServiceView, found: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Pairs of stations with direct trains on shortest paths, both directions together."""
    rides = found[network.edges.loc[found.index, "kind"] == "train"].reset_index()
    low, high = rides[["u", "v"]].min(axis=1), rides[["u", "v"]].max(axis=1)
    pairs = rides.groupby([low.rename("low"), high.rename("high")])[_SUMS].sum().reset_index()
    costly = pairs[(pairs["mean_extra_min"] > 0) | (pairs["share_cut_off"] > 0)]
    order = ["share_cut_off", "mean_extra_min", "share_using"]
    costly = costly.sort_values(order, ascending=False, kind="stable").head(_MOST)
    place = network.nodes["place"]
    start, end = (pd.Index(place.loc[costly[side]]) for side in ("low", "high"))
    services = trains.between_stations
    fastest = services.groupby(["from_id", "to_id"])["fastest_min"].min()
    there = fastest.reindex(pd.MultiIndex.from_arrays([start, end])).to_numpy(np.float64)
    back = fastest.reindex(pd.MultiIndex.from_arrays([end, start])).to_numpy(np.float64)
    names, points = trains.stations[["name_zh", "name_en"]], trains.stations.geometry
    lines = [LineString([points[a], points[b]]) for a, b in zip(start, end, strict=True)]
    return gpd.GeoDataFrame(
        {
            "rank": np.arange(1, len(costly) + 1),
            "from_id": start,
            "to_id": end,
            "from_zh": names.loc[start, "name_zh"].to_numpy(),
            "from_en": names.loc[start, "name_en"].to_numpy(),
            "to_zh": names.loc[end, "name_zh"].to_numpy(),
            "to_en": names.loc[end, "name_en"].to_numpy(),
            "fastest_min": np.fmin(there, back),
            **{name: costly[name].to_numpy() for name in _SUMS},
        },
        geometry=lines,
        crs=4326,
    )
