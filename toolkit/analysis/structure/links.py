"""Is the cluster one city or many: by the sizes of its cities and by the links between them.

Links are trains a day, gravity of the residents, and what gravity loads on direct trains when it
takes the shortest way; on every timetable. See `toolkit.analysis.polycentricity` for the measures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from toolkit.analysis.decay import fit_decay
from toolkit.analysis.matrices import distance_matrix_km
from toolkit.analysis.polycentricity import (
    InternalLinks,
    agreement_with_plan,
    dominance,
    entropy,
    evenness,
    functional_polycentricity,
    gravity_links,
    interaction_entropy,
    internal_links,
    leiden_communities,
    morphological_polycentricity,
    path_flows,
    rank_size_fit,
    rank_size_slope,
    stepwise,
    strengths,
    top_link_share,
    train_links,
)
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.stations import city_stations, stations_of
from toolkit.analysis.structure.interaction import (
    centrality_slopes,
    city_centralities,
    city_interaction,
    general_index,
    pair_interaction,
)
from toolkit.analysis.structure.places import PlaceAccess
from toolkit.clusters import Cluster, list_clusters
from toolkit.clusters.model import union_members
from toolkit.networks.timetable import Timetable

__all__ = ["LinkStructure", "PlanAgreement", "link_structure", "plan_agreement"]

SEEDS = range(20)
_TRAINS = "direct trains a day"
_BY_DISTANCE = "residents squared over km to a power"


@dataclass(frozen=True, eq=False)
class PlanAgreement:
    """Communities of the whole country against the plan, and how much of the links stays inside.

    Attributes
    ----------
    network : str
        'trains' where the timetable is national, else 'gravity': the embedded timetables hold only
        trains within clusters, and would confirm the plan by construction.
    seeds : DataFrame
        One row a seed (`agreement_with_plan`): a fixed seed is one of its rows.
    internal : InternalLinks
        Links between members against the configuration model.
    centralities, slopes : DataFrame
        Links of each member inside and to the outside, and their rank-size slopes beside that of
        the residents (`city_centralities`, `centrality_slopes`).
    """

    network: str
    seeds: pd.DataFrame
    internal: InternalLinks
    centralities: pd.DataFrame
    slopes: pd.DataFrame


@dataclass(frozen=True, eq=False)
class LinkStructure:
    """Sizes and links of a cluster.

    Attributes
    ----------
    sizes : DataFrame
        Indices of the residents (`morphological_polycentricity`).
    steps : DataFrame
        Index ``places``: ``rank_size_slope``, ``exponent`` and its ``standard_error``
        (Gabaix-Ibragimov), ``evenness``, ``entropy`` on the so many largest cities.
    indices : DataFrame
        One row a network and timetable: ``p_sf``, ``evenness``, ``density``, ``places``,
        ``linked_pairs``, ``rank_size_slope`` of the strengths, ``interaction_entropy``,
        ``top_city_zh``, ``top_city_share``, ``top_dominance``, ``unit``.
    general : DataFrame
        One row a timetable: P_GF over its networks (`general_index`).
    places, pairs : DataFrame
        Dominance and symmetry of each city in each network, relative strength and symmetry of
        each pair linked by train, on every timetable (`city_interaction`, `pair_interaction`).
    links : GeoDataFrame
        Trains of the newest timetable, one row a pair: ``from_adcode``, ``to_adcode``, names,
        ``trains_per_day`` (both ways), ``community`` of both ends, 'between' if they differ.
    communities : GeoDataFrame
        Cities with ``community``, ``strength`` and ``dominance`` by these trains.
    agreement : PlanAgreement or None
    """

    sizes: pd.DataFrame
    steps: pd.DataFrame
    indices: pd.DataFrame
    general: pd.DataFrame
    places: pd.DataFrame
    pairs: pd.DataFrame
    links: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    agreement: PlanAgreement | None


def link_structure(
    cluster: Cluster,
    trains: Sequence[ServiceView],
    access: PlaceAccess,
    timetables: Sequence[Timetable],
) -> LinkStructure | None:
    """Sizes, links and communities of a cluster.

    Parameters
    ----------
    cluster : Cluster
    trains : sequence of ServiceView
        Each timetable, oldest first, through both station sets.
    access : PlaceAccess
        Minutes for gravity.
    timetables : sequence of Timetable

    Returns
    -------
    LinkStructure or None
        None with fewer than three cities of known size, or without trains between them.

    References
    ----------
    N. Green (2007). Functional polycentricity: a formal definition in terms of social network
    analysis. Urban Studies 44:2077. V. A. Traag, L. Waltman, N. J. van Eck (2019). From Louvain to
    Leiden: guaranteeing well-connected communities. Scientific Reports 9:5233.
    """
    sizes = cluster.cities["residents"].astype(float).dropna()
    views = {view.date: view for view in trains if view.station_set == "any"}
    if len(sizes) < 3 or not views:
        return None
    codes = list(cluster.cities.index)
    links = {date: train_links(view.between_cities, codes) for date, view in views.items()}
    newest = links[max(links)]
    if not newest.to_numpy().any():
        return None
    networks = {date: _networks(view, links[date], access, sizes) for date, view in views.items()}
    every = [(date, *network) for date, found in networks.items() for network in found]
    found = leiden_communities(newest)
    return LinkStructure(
        sizes=morphological_polycentricity(sizes, unit="residents of the prefecture"),
        steps=_steps(sizes),
        indices=pd.DataFrame(
            [_index_row(cluster, name, date, unit, table) for date, name, unit, table in every]
        ),
        general=pd.DataFrame(
            [
                general_index(date, {name: table for name, _, table in found})
                for date, found in networks.items()
            ]
        ),
        places=_stacked(
            city_interaction(cluster.cities, table, network=name, timetable_date=date, unit=unit)
            for date, name, unit, table in every
            if table.to_numpy().any()
        ),
        pairs=_stacked(
            pair_interaction(
                cluster.cities, table, network="trains", timetable_date=date, unit=_TRAINS
            )
            for date, table in links.items()
            if table.to_numpy().any()
        ),
        links=_links_layer(cluster, newest, found.membership),
        communities=_communities_layer(cluster, newest, found.membership),
        agreement=plan_agreement(cluster, timetables[-1]) if timetables else None,
    )


def plan_agreement(
    cluster: Cluster, timetable: Timetable, *, seeds: Sequence[int] = SEEDS
) -> PlanAgreement | None:
    """Compare communities of the links among all clusters' cities with the plan's membership.

    Parameters
    ----------
    cluster : Cluster
        Its cities count for it, others for the first cluster that lists them.
    timetable : Timetable
        National, for trains; else links are gravity by great-circle distance, with a decay fitted
        to its trains.
    seeds : sequence of int
        Of the communities.

    Returns
    -------
    PlanAgreement or None
        None where the cities of the cluster are not among those of the 19 clusters.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck (2019). From Louvain to Leiden: guaranteeing
    well-connected communities. Scientific Reports 9:5233. L. Hubert, P. Arabie (1985). Comparing
    partitions. Journal of Classification 2:193.
    """
    cities = union_members(list_clusters())
    members = [code for code in cluster.cities.index if code in cities.index]
    known = cities[cities["residents"].notna()]
    members = [code for code in members if code in known.index]
    if len(members) < 3:
        return None
    plan = known["clusters"].str.split(";").str[0]
    plan[members] = cluster.slug
    network, links = _national(known, timetable)
    unit = _TRAINS if network == "trains" else _BY_DISTANCE
    centralities = city_centralities(
        known, links, members, network=network, timetable_date=timetable.date, unit=unit
    )
    return PlanAgreement(
        network=network,
        seeds=agreement_with_plan(links, plan, seeds=seeds),
        internal=internal_links(links, members),
        centralities=centralities,
        slopes=centrality_slopes(centralities, unit=unit),
    )


def _national(cities: gpd.GeoDataFrame, timetable: Timetable) -> tuple[str, pd.DataFrame]:
    """Links between all cities: trains where they are known, else gravity."""
    stations = city_stations(timetable.stops, cities)
    city = stations_of(stations, "any")
    codes = list(cities.index)
    if timetable.reference_services is None:
        return "trains", train_links(timetable.city_services(city), codes)
    trains = train_links(_busiest(timetable, city), codes)
    residents = cities["residents"].astype(float)
    apart_km = distance_matrix_km(cities.geometry)
    mass = np.outer(residents, residents)
    fit = fit_decay("power", apart_km.to_numpy(), trains.to_numpy(), masses=mass)
    return "gravity", gravity_links(residents, apart_km, fit.decay)


def _busiest(timetable: Timetable, city: pd.Series) -> pd.DataFrame:
    """Trains of the busiest pair of stations between cities: enough to fit a decay to."""
    services = timetable.services()
    pairs = services.assign(
        from_adcode=services["from_id"].map(city), to_adcode=services["to_id"].map(city)
    )
    keys = ["from_adcode", "to_adcode", "train_class"]
    busiest: pd.DataFrame = pairs.groupby(keys)[["trains_per_day"]].max().reset_index()
    return busiest


def _networks(
    view: ServiceView, trains: pd.DataFrame, access: PlaceAccess, sizes: pd.Series
) -> list[tuple[str, str, pd.DataFrame]]:
    """Name, unit and links of each network on one timetable."""
    minutes = access.minutes.get(view.date)
    found = [("trains", _TRAINS, trains)]
    if minutes is None:
        return found
    gravity = gravity_links(sizes, minutes, access.decay)
    found.append(("gravity", "residents squared over minutes to a power", gravity))
    fastest = view.between_cities.pivot_table(
        index="from_adcode", columns="to_adcode", values="fastest_min", aggfunc="min"
    )
    direct = fastest.reindex(index=sizes.index, columns=sizes.index).astype(float)
    found.append(
        ("path_flows", "gravity over the shortest way by train", path_flows(gravity, direct))
    )
    return found


def _index_row(
    cluster: Cluster, network: str, date: str, unit: str, links: pd.DataFrame
) -> Mapping[str, object]:
    """Indices of one network."""
    found = functional_polycentricity(links)
    touching = strengths(links)
    linked = touching[touching > 0]
    top = touching.idxmax()
    return {
        "network": network,
        "timetable_date": date,
        "p_sf": found.p_sf,
        "evenness": found.evenness,
        "density": found.density,
        "places": found.places,
        "linked_pairs": found.linked_pairs,
        "rank_size_slope": rank_size_slope(linked) if len(linked) > 1 else np.nan,
        "interaction_entropy": interaction_entropy(links) if len(linked) else np.nan,
        "top_city_zh": cluster.cities.at[top, "name_zh"],
        "top_city_en": cluster.cities.at[top, "name_en"],
        "top_city_share": top_link_share(links),
        "top_dominance": float(dominance(links).max()) if len(linked) else np.nan,
        "unit": unit,
    }


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several tables."""
    return pd.concat(list(frames), ignore_index=True)


def _steps(sizes: pd.Series) -> pd.DataFrame:
    """Indices on the 2, 3, ... all largest cities."""
    fits = {count: rank_size_fit(sizes, largest=count) for count in range(2, len(sizes) + 1)}
    return pd.DataFrame(
        {
            "rank_size_slope": stepwise(sizes, rank_size_slope),
            "exponent": pd.Series({count: fit.exponent for count, fit in fits.items()}),
            "standard_error": pd.Series({c: fit.standard_error for c, fit in fits.items()}),
            "evenness": stepwise(sizes, evenness),
            "entropy": stepwise(sizes, entropy),
        }
    ).rename_axis("places")


def _links_layer(cluster: Cluster, links: pd.DataFrame, membership: pd.Series) -> gpd.GeoDataFrame:
    """Pairs with trains, with the community of both ends."""
    cities, seats = cluster.cities, cluster.cities.geometry
    both = links.to_numpy() + links.to_numpy().T
    tail, head = np.nonzero(np.triu(both, 1))
    start, end = links.index[tail], links.index[head]
    same = membership[start].to_numpy() == membership[end].to_numpy()
    return gpd.GeoDataFrame(
        {
            "from_adcode": start,
            "from_zh": cities.loc[start, "name_zh"].to_numpy(),
            "from_en": cities.loc[start, "name_en"].to_numpy(),
            "to_adcode": end,
            "to_zh": cities.loc[end, "name_zh"].to_numpy(),
            "to_en": cities.loc[end, "name_en"].to_numpy(),
            "trains_per_day": both[tail, head].astype(np.int64),
            "community": np.where(same, (membership[start] + 1).astype(str), "between"),
        },
        geometry=[LineString([seats[a], seats[b]]) for a, b in zip(start, end, strict=True)],
        crs=4326,
    )


def _communities_layer(
    cluster: Cluster, links: pd.DataFrame, membership: pd.Series
) -> gpd.GeoDataFrame:
    """Cities with their community and how they stand in the links."""
    cities = cluster.cities
    return gpd.GeoDataFrame(
        {
            "adcode": cities.index,
            "name_zh": cities["name_zh"].to_numpy(),
            "name_en": cities["name_en"].to_numpy(),
            "community": (membership[cities.index] + 1).astype(str).to_numpy(),
            "strength": strengths(links)[cities.index].to_numpy(),
            "dominance": dominance(links)[cities.index].to_numpy(),
        },
        geometry=cities.geometry.to_numpy(),
        crs=4326,
    )
