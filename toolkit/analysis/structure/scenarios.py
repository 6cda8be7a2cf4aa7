"""What new links change for the cities of a cluster, before and after.

Running times on new lines are modelled from line speed and trains run through from every service
that meets the line: a best case, labelled so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from toolkit.analysis.line_speed import line_speed_needed
from toolkit.analysis.matrices import road_matrix
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.rail_lines import RailLine
from toolkit.analysis.rail_scenarios import rail_scenario
from toolkit.analysis.scenario_effects import city_effects, compare_times, effects
from toolkit.analysis.scenario_examples import example_names, rail_example
from toolkit.analysis.structure.places import HARRIS, PlaceAccess, city_minutes
from toolkit.clusters import Cluster
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["ScenarioFound", "example_scenarios", "rail_line_effects", "road_link_effects"]

_HOUR = 60.0


@dataclass(frozen=True, eq=False)
class ScenarioFound:
    """Effects of one scenario.

    Attributes
    ----------
    key, name_zh, name_en, source, timetable_date : str
    links : GeoDataFrame
        What is added: ``name_zh``, ``name_en``; lines in EPSG:4326.
    times : GeoDataFrame
        Door-to-door minutes of each ordered pair of cities (`compare_times`), with names and
        straight lines, most saved first.
    effects : DataFrame
        Index measure; ``before``, ``after``, ``change`` (`scenario_effects.effects`).
    cities : GeoDataFrame
        Each city before and after (`scenario_effects.city_effects`): ``adcode``, names, points.
    circle : DataFrame
        For rail, the cities on the line as seen from the leading core: ``fastest_before_min``,
        ``fastest_after_min``, ``km`` over the line, ``line_speed_kmh`` assumed and
        ``speed_needed_kmh`` for the hour without a stop; empty for roads.
    modelled : bool
        Whether running times come from line speed.
    schematic : bool
        Whether the roads around a new road are schematic.
    """

    key: str
    name_zh: str
    name_en: str
    source: str
    timetable_date: str
    links: gpd.GeoDataFrame
    times: gpd.GeoDataFrame
    effects: pd.DataFrame
    cities: gpd.GeoDataFrame
    circle: pd.DataFrame
    modelled: bool
    schematic: bool = False


def example_scenarios(
    inputs: Inputs,
    trains: Sequence[ServiceView],
    access: PlaceAccess,
    *,
    settings: Settings = DEFAULTS,
) -> tuple[ScenarioFound, ...]:
    """The built-in railway scenarios of a cluster, on its newest timetable.

    Parameters
    ----------
    inputs : Inputs
    trains : sequence of ServiceView
    access : PlaceAccess
        The state before.
    settings : Settings

    Returns
    -------
    tuple of ScenarioFound
        Lines that opened before the timetable are left out: it holds them.
    """
    main = [view for view in trains if view.station_set == "main"]
    if not main:
        return ()
    newest, services = main[-1], inputs.timetables[-1].services()
    lines = {key: rail_example(key) for key in example_names("rail", cluster=inputs.cluster.slug)}
    return tuple(
        rail_line_effects(
            key,
            line,
            inputs.cluster,
            newest,
            services=services,
            driving=access.driving,
            settings=settings,
        )
        for key, line in lines.items()
        if not line.opened or line.opened > newest.date
    )


def rail_line_effects(
    key: str,
    line: RailLine,
    cluster: Cluster,
    trains: ServiceView,
    *,
    services: pd.DataFrame | None = None,
    driving: pd.DataFrame | None = None,
    as_of: str | None = None,
    settings: Settings = DEFAULTS,
) -> ScenarioFound:
    """Effects of a railway line on the cities of a cluster.

    Parameters
    ----------
    key : str
        Name of the scenario.
    line : RailLine
    cluster : Cluster
    trains : ServiceView
        Before.
    services : DataFrame, optional
        All services that through trains may come from.
    driving : DataFrame, optional
        Minutes by road between the cities.
    as_of : str, optional
        Year or ISO date; a line that opens later changes nothing (`rail_scenario`).
    settings : Settings

    Returns
    -------
    ScenarioFound
    """
    later = rail_scenario(
        trains,
        add=[line],
        as_of=as_of,
        cities=cluster.cities,
        services=services,
        settings=settings,
    )
    before, after = (
        city_minutes(cluster.cities, view, driving=driving, settings=settings)
        for view in (trains, later)
    )
    course = LineString(line.stations[["lon", "lat"]].to_numpy(np.float64))
    return ScenarioFound(
        key=key,
        name_zh=line.name_zh,
        name_en=line.name_en,
        source=line.source,
        timetable_date=trains.date,
        links=_links(line.name_zh, line.name_en, [course]),
        times=_times(cluster, before, after),
        effects=_effects(cluster, before, after),
        cities=_cities(cluster, before, after),
        circle=_circle(line, cluster, trains, later),
        modelled=True,
    )


def road_link_effects(
    key: str,
    links: gpd.GeoDataFrame,
    cluster: Cluster,
    before: SpatialNetwork,
    after: SpatialNetwork,
    *,
    trains: ServiceView | None = None,
    settings: Settings = DEFAULTS,
) -> ScenarioFound:
    """Effects of road links on the cities of a cluster.

    Parameters
    ----------
    key : str
        Name of the scenario.
    links : GeoDataFrame
        What is added; ``name_zh`` and ``name_en``, or ``name``, where they have names.
    cluster : Cluster
    before, after : SpatialNetwork
        As `toolkit.scenario` gives them.
    trains : ServiceView, optional
        Trains that run before and after.
    settings : Settings

    Returns
    -------
    ScenarioFound
    """
    minutes = [
        city_minutes(
            cluster.cities,
            trains,
            driving=road_matrix(network, cluster.cities.geometry, settings=settings),
            settings=settings,
        )
        for network in (before, after)
    ]
    first = links.iloc[0] if len(links) else pd.Series(dtype=object)
    name = str(first.get("name", "") or key)
    zh, en = str(first.get("name_zh", name)), str(first.get("name_en", name))
    return ScenarioFound(
        key=key,
        name_zh=zh,
        name_en=en,
        source=str(first.get("reference", "drawn")),
        timetable_date="" if trains is None else trains.date,
        links=_links(zh, en, links.to_crs(4326).geometry.tolist()),
        times=_times(cluster, *minutes),
        effects=_effects(cluster, *minutes),
        cities=_cities(cluster, *minutes),
        circle=pd.DataFrame(),
        modelled=False,
        schematic=before.schematic,
    )


def _links(name_zh: str, name_en: str, lines: list[LineString]) -> gpd.GeoDataFrame:
    """What is added, as a layer."""
    names = {"name_zh": [name_zh] * len(lines), "name_en": [name_en] * len(lines)}
    return gpd.GeoDataFrame(names, geometry=lines, crs=4326)


def _times(cluster: Cluster, before: pd.DataFrame, after: pd.DataFrame) -> gpd.GeoDataFrame:
    """Minutes of each pair, with names and a straight line."""
    table, cities = compare_times(before, after), cluster.cities
    seats = cities.geometry
    ends = zip(table["origin"], table["destination"], strict=True)
    names = {
        f"{side}_{language}": table[column].map(cities[f"name_{language}"])
        for side, column in (("from", "origin"), ("to", "destination"))
        for language in ("zh", "en")
    }
    renamed = table.rename(columns={"origin": "from_adcode", "destination": "to_adcode"})
    return gpd.GeoDataFrame(
        renamed.assign(**names),
        geometry=[LineString([seats[start], seats[end]]) for start, end in ends],
        crs=4326,
    )


def _effects(cluster: Cluster, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What changes for all cities together."""
    residents = cluster.cities["residents"].astype(float).fillna(0.0)
    return effects(before, after, residents, threshold_min=_HOUR, decay=HARRIS)


def _cities(cluster: Cluster, before: pd.DataFrame, after: pd.DataFrame) -> gpd.GeoDataFrame:
    """What changes for each city."""
    cities = cluster.cities
    residents = cities["residents"].astype(float).fillna(0.0)
    table = city_effects(before, after, residents, HARRIS, threshold_min=_HOUR)
    found = cities[["name_zh", "name_en"]].join(table).rename_axis("adcode").reset_index()
    return gpd.GeoDataFrame(found, geometry=cities.geometry.to_numpy(), crs=4326)


def _circle(
    line: RailLine, cluster: Cluster, before: ServiceView, after: ServiceView
) -> pd.DataFrame:
    """Fastest trains from the leading core to the cities on the line, and the speed for an hour."""
    core, stations = cluster.cores[0], line.stations
    fastest = [_fastest(view, core).reindex(cluster.cities.index) for view in (before, after)]
    start = stations.loc[stations["adcode"] == core, "km"]
    rows = []
    for name, km in stations.groupby("adcode", sort=False)["km"].max().items():
        city = str(name)
        if city == core or city not in fastest[0].index:
            continue
        length = float(abs(km - start.min())) if len(start) else np.nan
        rows.append(
            {
                "adcode": city,
                "name_zh": cluster.cities.at[city, "name_zh"],
                "name_en": cluster.cities.at[city, "name_en"],
                "fastest_before_min": float(fastest[0][city]),
                "fastest_after_min": float(fastest[1][city]),
                "km": length,
                "line_speed_kmh": line.line_speed_kmh,
                "speed_needed_kmh": (
                    line_speed_needed([length], _HOUR) if np.isfinite(length) else np.nan
                ),
            }
        )
    return pd.DataFrame(rows)


def _fastest(trains: ServiceView, core: str) -> pd.Series:
    """In-vehicle minutes of the fastest direct train from a city to each other one."""
    services = trains.between_stations
    leaving = services[services["from_id"].map(trains.station_city).eq(core)]
    fastest: pd.Series = leaving.groupby(leaving["to_id"].map(trains.station_city))[
        "fastest_min"
    ].min()
    return fastest
