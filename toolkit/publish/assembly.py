"""The layers of a GeoPackage from the findings of a run: selecting and naming, no computing."""

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from toolkit.analysis.centrality import Centrality
from toolkit.analysis.circles import CoreReach
from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.analysis.reach import leading_rows
from toolkit.clusters import Cluster
from toolkit.networks.layers import roads_layer
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = [
    "centrality_layers",
    "cities_layer",
    "direct_trains",
    "prefectures_layer",
    "rail_services_layer",
    "reach_layer",
    "stations_layer",
]


def prefectures_layer(cluster: Cluster, prefectures: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Member prefectures with residents and area on the ellipsoid.

    Parameters
    ----------
    cluster : Cluster
    prefectures : GeoDataFrame
        Index adcode; multipolygons in EPSG:4326.

    Returns
    -------
    GeoDataFrame
        The ``prefectures`` layer.
    """
    facts = cluster.cities.loc[prefectures.index]
    return gpd.GeoDataFrame(
        {
            "adcode": facts.index,
            "name_zh": facts["name_zh"].to_numpy(),
            "name_en": facts["name_en"].to_numpy(),
            "residents": facts["residents"].astype("Int64").to_numpy(),
            "residents_year": facts["residents_year"].astype("Int64").to_numpy(),
            "residents_source": facts["residents_source"].to_numpy(),
            "area_km2": [round(geodesic_area_km2(shape), 1) for shape in prefectures.geometry],
            "is_core": facts["is_core"].to_numpy(bool),
            "membership": facts["membership"].to_numpy(),
            "note": facts["note"].to_numpy(),
        },
        geometry=prefectures.geometry.to_numpy(),
        crs=4326,
    )


def cities_layer(
    cluster: Cluster, city_times: pd.DataFrame, *, definition: str = "fastest_train"
) -> gpd.GeoDataFrame:
    """The seats that stand for the cities, with the minutes from the leading core.

    Parameters
    ----------
    cluster : Cluster
    city_times : DataFrame
        Travel times of `toolkit.analysis.reach.travel_times`.
    definition : str
        Key of the definition that `minutes` is by: that of the circles shown with the cities.

    Returns
    -------
    GeoDataFrame
        The ``cities`` layer; `minutes` by the newest timetable between main stations and the
        statistic that leads the definition, missing where a city is not reached.
    """
    facts = cluster.cities
    core = cluster.cores[0]
    times = leading_rows(city_times)
    times = times[
        (times["core_adcode"] == core)
        & (times["definition"] == definition)
        & times["station_set"].isin(["", "main"])
    ]
    newest = times[times["timetable_date"] == times["timetable_date"].max()]
    date = "" if newest.empty else newest["timetable_date"].iloc[0]
    minutes = newest.set_index("city_adcode")["minutes"].reindex(facts.index)
    return gpd.GeoDataFrame(
        {
            "adcode": facts.index,
            "name_zh": facts["name_zh"].to_numpy(),
            "name_en": facts["name_en"].to_numpy(),
            "residents": facts["residents"].astype("Int64").to_numpy(),
            "is_core": facts["is_core"].to_numpy(bool),
            "core_zh": facts.at[core, "name_zh"],
            "definition": definition if len(newest) else "",
            "timetable_date": date,
            "minutes": minutes.replace(np.inf, np.nan).to_numpy(dtype=float),
        },
        geometry=facts.geometry.to_numpy(),
        crs=4326,
    )


def stations_layer(stations: gpd.GeoDataFrame, services: pd.DataFrame) -> gpd.GeoDataFrame:
    """Stations that the newest timetable serves, with a count of trains.

    ``trains_per_day`` is the number of direct trains to (or from) the best connected other station
    of the cluster: at least so many call here.

    Parameters
    ----------
    stations : GeoDataFrame
        Index station_id, as `toolkit.analysis.stations.city_stations` returns it.
    services : DataFrame
        Service table of one timetable.

    Returns
    -------
    GeoDataFrame
        The ``stations`` layer.
    """
    pairs = services.groupby(["from_id", "to_id"])["trains_per_day"].sum()
    leaving = pairs.groupby("from_id").max()
    arriving = pairs.groupby("to_id").max()
    trains = pd.concat([leaving, arriving]).groupby(level=0).max()
    served = stations[stations.index.isin(trains.index)]
    return gpd.GeoDataFrame(
        {
            "station_id": served.index,
            "name_zh": served["name_zh"].to_numpy(),
            "name_en": served["name_en"].to_numpy(),
            "adcode": served["adcode"].to_numpy(),
            "trains_per_day": trains[served.index].to_numpy("int64"),
            "is_main": served["is_main"].to_numpy(bool),
            "seat_km": served["seat_km"].to_numpy(),
        },
        geometry=served.geometry.to_numpy(),
        crs=4326,
    )


def direct_trains(city_times: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of cities that direct trains serve, by whatever way they are reached soonest.

    Parameters
    ----------
    city_times : GeoDataFrame
        Travel times of `toolkit.analysis.reach.travel_times`.

    Examples
    --------
    Chengde is reached by two trains, Baoding by road though trains run there:

    >>> times = gpd.GeoDataFrame({"city_en": ["Chengde", "Baoding", "Langfang"],
    ...     "trains_per_day": pd.array([0, 42, None], dtype="Int64"),
    ...     "fastest_train": ["C2620 + G933", "", ""]}, geometry=[None] * 3, crs=4326)
    >>> direct_trains(times)["city_en"].tolist()
    ['Baoding']
    """
    return city_times[city_times["trains_per_day"].fillna(0) > 0]


def rail_services_layer(
    services: Mapping[str, pd.DataFrame], stations: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Direct services as straight lines between stations.

    Parameters
    ----------
    services : mapping of str to DataFrame
        Service table of each timetable date.
    stations : GeoDataFrame
        Index station_id; names and points.

    Returns
    -------
    GeoDataFrame
        The ``rail_services`` layer: one row a direction, class and date.
    """
    table = pd.concat(
        [frame.assign(timetable_date=date) for date, frame in services.items()], ignore_index=True
    )
    points = stations.geometry.to_dict()
    lines = [
        LineString([points[start], points[end]])
        for start, end in zip(table["from_id"], table["to_id"], strict=True)
    ]
    layer = pd.DataFrame(
        {
            "from_id": table["from_id"],
            "to_id": table["to_id"],
            "from_zh": table["from_id"].map(stations["name_zh"]),
            "to_zh": table["to_id"].map(stations["name_zh"]),
            "timetable_date": table["timetable_date"],
            "train_class": table["train_class"],
            "trains_per_day": table["trains_per_day"].astype("int64"),
            "fastest_min": table["fastest_min"].astype("int64"),
            "median_min": table["median_min"].astype("float64"),
            "first_departure": table["first_departure"],
            "last_departure": table["last_departure"],
            "fastest_train": table["fastest_train"],
        }
    )
    return gpd.GeoDataFrame(layer, geometry=lines, crs=4326)


def reach_layer(
    reaches: Iterable[CoreReach], cities: gpd.GeoDataFrame, *, scenario: str = "as is"
) -> gpd.GeoDataFrame:
    """Reach polygons, the widest first so that the inner ones are drawn on top.

    Parameters
    ----------
    reaches : iterable of CoreReach
    cities : GeoDataFrame
        Index adcode; names.
    scenario : str
        Name of the scenario.

    Returns
    -------
    GeoDataFrame
        The ``reach`` layer; ``population`` is missing where no population grid was given.
    """
    parts = [
        reach.bands.assign(
            core_adcode=reach.core,
            core_zh=cities.at[reach.core, "name_zh"],
            core_en=cities.at[reach.core, "name_en"],
            definition=reach.definition.key,
            statistic=reach.statistic,
            window=reach.window,
            is_leading=reach.is_leading,
            station_set="any" if reach.definition.rail else "",
            timetable_date=reach.timetable_date,
            scenario=scenario,
            population=_people(reach.bands),
            performance=reach.bands.get("performance", float("nan")),
            population_source=reach.bands.get("population_source", ""),
            schematic=reach.schematic,
        ).iloc[::-1]
        for reach in reaches
    ]
    columns = [
        "core_adcode", "core_zh", "core_en", "definition", "minutes", "statistic",
        "station_set", "window", "is_leading",
        "timetable_date", "scenario", "area_km2", "population", "performance",
        "population_source", "schematic", "geometry",
    ]  # fmt: skip
    if not parts:
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=4326)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)[columns], crs=4326)


def centrality_layers(network: SpatialNetwork, found: Centrality) -> dict[str, gpd.GeoDataFrame]:
    """Roads and nodes with one column a measure.

    Parameters
    ----------
    network : SpatialNetwork
    found : Centrality
        Of that network.

    Returns
    -------
    dict
        ``road_centrality`` (both directions of a road added up) and ``node_centrality``.
    """
    nodes = gpd.GeoDataFrame(
        found.nodes.reset_index(), geometry=network.nodes.geometry.to_numpy(), crs=4326
    )
    return {
        "road_centrality": roads_layer(network, sums=found.edges),
        "node_centrality": nodes,
    }


def _people(bands: gpd.GeoDataFrame) -> "pd.Series[float]":
    """People inside each band, missing where they were not counted."""
    missing = pd.Series(float("nan"), index=bands.index)
    people: pd.Series[float] = bands.get("population", missing).astype("Float64")
    return people
