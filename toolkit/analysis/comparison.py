"""City clusters side by side: reach, sizes and links of each, on each timetable.

No column ranks clusters: they differ in the number of cities, and each index weighs top and tail
in its own way.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.polycentricity import (
    entropy,
    functional_polycentricity,
    mean_rank_size_slope,
    primacy,
    rank_size_fit,
    rank_size_slope,
    strengths,
    top_link_share,
    train_links,
)
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import leading_rows, travel_times
from toolkit.analysis.stations import city_stations, stations_of
from toolkit.clusters import Cluster
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

__all__ = ["COMPARED_DEFINITIONS", "changes_between", "compare_clusters"]

COMPARED_DEFINITIONS = ("fastest_train", "station_to_station", "door_to_door")


def compare_clusters(
    clusters: Iterable[Cluster],
    timetables: Sequence[Timetable],
    *,
    roads: Mapping[str, SpatialNetwork] | None = None,
    definitions: Sequence[Definition] | None = None,
    threshold_min: float = 60.0,
    station_set: str = "main",
    link_station_set: str = "any",
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    """Reach, sizes and links of clusters, one row a cluster and timetable.

    Parameters
    ----------
    clusters : iterable of Cluster
    timetables : sequence of Timetable
        Such as those of 2016 and 2023.
    roads : mapping of str to SpatialNetwork, optional
        Road network by slug. Without one, door to door is by rail only, and ``rail_only`` says
        so: cities next to a core, and those without a train, then count as beyond the hour.
    definitions : sequence of Definition, optional
        What "within" means; fastest train (D1), station to station (D3) and door to door (D4) by
        default.
    threshold_min : float
        Minutes.
    station_set : {'main', 'any'}
        Stations that stand for a city in travel times.
    link_station_set : {'main', 'any'}
        The same for the number of trains. The embedded timetables know exact numbers of trains
        between prefectures for all stations only; between main stations they are estimated.
    settings : Settings

    Returns
    -------
    DataFrame
        ``slug``, ``name_zh``, ``name_en``, ``timetable_date``, ``cities``, ``cores``,
        ``residents``; for each definition ``<key>_cities`` (other than cores, within the
        threshold of at least one core) and ``<key>_residents`` (share of the cluster's residents
        in these and in the cores); ``rail_only``; of the residents
        ``cities_without_residents`` (no figure, so left out of all indices of residents),
        ``rank_size_slope``, ``rank_size_slope_2_to_4``, ``gabaix_ibragimov``,
        ``gabaix_ibragimov_se``, ``primacy``, ``entropy``; of the direct trains a day
        ``trains_per_day``, ``p_sf``, ``evenness``, ``density``, ``top_city_zh`` (with most
        trains), ``top_city_share`` (of all trains, those that touch it), ``train_entropy``,
        ``cities_without_trains``, ``exact_counts`` (share of the trains whose number is exact,
        not estimated from station pairs).

    Notes
    -----
    A member of two clusters counts in both. Links are trains between members only.

    References
    ----------
    E. J. Meijers, M. J. Burger (2010). Spatial structure and productivity in US metropolitan areas.
    Environment and Planning A 42:1383. N. Green (2007). Functional polycentricity: a formal
    definition in terms of social network analysis. Urban Studies 44:2077.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> table = compare_clusters([load_cluster("ningxia-yellow-river")],
    ...                          [Timetable.from_reference("2023-12-15")])
    >>> table[["cities", "cores", "rail_only"]].to_numpy().tolist()
    [[4, 1, True]]
    """
    known = load_definitions()
    wanted = definitions or [known[key] for key in COMPARED_DEFINITIONS]
    networks = roads or {}
    rows = []
    for cluster in clusters:
        sizes = _sizes(cluster)
        for timetable in timetables:
            stations = city_stations(timetable.stops, cluster.cities, settings=settings)
            view = ServiceView.build(timetable, stations, station_set)
            services = timetable.city_services(stations_of(stations, link_station_set))
            rows.append(
                {
                    "slug": cluster.slug,
                    "name_zh": cluster.name_zh,
                    "name_en": cluster.name_en,
                    "timetable_date": timetable.date,
                    "cities": len(cluster.cities),
                    "cores": len(cluster.cores),
                    **_reach(
                        cluster,
                        view,
                        wanted,
                        roads=networks.get(cluster.slug),
                        threshold_min=threshold_min,
                        settings=settings,
                    ),
                    **sizes,
                    **_links(cluster.cities, services),
                }
            )
    return pd.DataFrame(rows)


def changes_between(table: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Change of every number from one timetable to another.

    Parameters
    ----------
    table : DataFrame
        As `compare_clusters` returns it.
    before, after : str
        Dates in ``timetable_date``.

    Returns
    -------
    DataFrame
        Index slug, one column a number: after less before.

    Examples
    --------
    >>> table = pd.DataFrame({"slug": ["a", "a"], "timetable_date": ["2016", "2023"],
    ...                       "p_sf": [0.25, 0.5]})
    >>> changes_between(table, "2016", "2023").loc["a", "p_sf"].item()
    0.25
    """
    numbers = table.drop(columns="rail_only", errors="ignore").select_dtypes("number").columns
    earlier, later = (
        table[table["timetable_date"] == date].set_index("slug")[list(numbers)]
        for date in (before, after)
    )
    return later - earlier


def _reach(
    cluster: Cluster,
    view: ServiceView,
    definitions: Sequence[Definition],
    *,
    roads: SpatialNetwork | None,
    threshold_min: float,
    settings: Settings,
) -> dict[str, Any]:
    """Cities within the threshold of a core, and the share of residents, by each definition."""
    cities, cores = cluster.cities, list(cluster.cores)
    times = leading_rows(
        travel_times(cities, cores, definitions, trains=[view], roads=roads, settings=settings)
    )
    residents = cities["residents"].astype(float)
    row: dict[str, Any] = {"residents": int(residents.sum())}
    for definition in definitions:
        found = times[times["definition"] == definition.key]
        near = found.loc[found["minutes"] <= threshold_min, "city_adcode"].unique()
        others = [city for city in near if city not in cores]
        row[f"{definition.key}_cities"] = len(others)
        row[f"{definition.key}_residents"] = float(
            residents[others + cores].sum() / residents.sum()
        )
    row["rail_only"] = roads is None
    return row


def _sizes(cluster: Cluster) -> dict[str, float]:
    """Indices of the residents."""
    residents = cluster.cities["residents"].dropna().to_numpy(np.float64)
    fit = rank_size_fit(residents)
    return {
        "cities_without_residents": len(cluster.cities) - len(residents),
        "rank_size_slope": rank_size_slope(residents),
        "rank_size_slope_2_to_4": (
            mean_rank_size_slope(residents) if len(residents) >= 4 else np.nan
        ),
        "gabaix_ibragimov": fit.exponent,
        "gabaix_ibragimov_se": fit.standard_error,
        "primacy": primacy(residents),
        "entropy": entropy(residents),
    }


def _links(cities: gpd.GeoDataFrame, services: pd.DataFrame) -> dict[str, Any]:
    """Indices of the direct trains between the cities."""
    links = train_links(services, list(cities.index))
    touching = strengths(links)
    found = functional_polycentricity(links)
    trains = services["trains_per_day"].sum()
    exact = services.loc[services["counts"] == "exact", "trains_per_day"].sum()
    return {
        "trains_per_day": int(trains),
        "p_sf": found.p_sf,
        "evenness": found.evenness,
        "density": found.density,
        "top_city_zh": str(cities.loc[touching.idxmax(), "name_zh"]) if trains else "",
        "top_city_share": top_link_share(links),
        "train_entropy": entropy(touching) if trains else np.nan,
        "cities_without_trains": int((touching == 0.0).sum()),
        "exact_counts": float(exact / trains) if trains else np.nan,
    }
