"""All that is computed for one cluster: travel times, direct trains, circles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.accessible import AccessiblePopulation, accessible_population
from toolkit.analysis.centrality import Centrality, centrality
from toolkit.analysis.centrality_preparation import Prepared
from toolkit.analysis.circles import CoreReach, core_reach, departure_reaches
from toolkit.analysis.city_departures import uses_network
from toolkit.analysis.definitions import Definition
from toolkit.analysis.information import with_information
from toolkit.analysis.overlaps import reach_overlaps
from toolkit.analysis.population import (
    population_in_proximity,
    population_within,
    shares_reached,
)
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import travel_times
from toolkit.analysis.road import off_roads
from toolkit.analysis.stations import STATION_SETS, city_stations
from toolkit.analysis.structure import NOTHING, Structure, analyse_structure
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.progress import Progress, counted
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.population import PopulationGrid

__all__ = ["Findings", "analyse", "with_people"]


@dataclass(frozen=True, eq=False)
class Findings:
    """What was computed.

    Attributes
    ----------
    stations : GeoDataFrame
        Stations of the member cities (see `toolkit.analysis.stations.city_stations`).
    city_times : GeoDataFrame
        Minutes from each core to each city, under every definition.
    city_pairs : DataFrame
        Direct trains between all pairs of member cities, by station set and timetable.
    reaches : tuple of CoreReach
        Polygons and travel-time surface of each core and definition; with a population grid also
        ``population``, ``performance`` (over the people within the proximity radius) and
        ``population_source`` of each band.
    shares : DataFrame
        Share of each prefecture's people and land inside each circle (D5), by definition,
        statistic and timetable; empty without a grid.
    overlaps : GeoDataFrame or None
        Land, people and cities in the circles of two cores (`toolkit.analysis.overlaps`).
    accessible : AccessiblePopulation or None
        People within an hour's drive of every populated cell, as part of the structure.
    centrality : Centrality or None
        Of the nodes and edges of the road network, where it was asked for.
    structure : Structure
        Accessibility and what else is known beyond the circles; empty where it was not asked for.
    """

    stations: gpd.GeoDataFrame
    city_times: gpd.GeoDataFrame
    city_pairs: pd.DataFrame
    reaches: tuple[CoreReach, ...]
    shares: pd.DataFrame
    centrality: Centrality | None = None
    structure: Structure = NOTHING
    overlaps: gpd.GeoDataFrame | None = None
    accessible: AccessiblePopulation | None = None


def analyse(
    inputs: Inputs,
    cores: Sequence[str],
    definitions: Sequence[Definition],
    *,
    polygons: bool = True,
    prepared: Prepared | None = None,
    with_structure: bool = True,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Findings:
    """Compute travel times, pairs and circles.

    Parameters
    ----------
    inputs : Inputs
        As `toolkit.networks.inputs.read_inputs` gives them.
    cores : sequence of str
        Adcodes of the origins.
    definitions : sequence of Definition
        What is counted.
    polygons : bool
        Whether to compute the circles too.
    prepared : Prepared, optional
        The roads as `toolkit.prepare` gives them: compute their centrality too.
    with_structure : bool
        Whether to compute the structure of the cluster too (`toolkit.analysis.structure`).
    settings : Settings
        Speeds, waiting, thresholds and cell size.
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Findings

    Raises
    ------
    MissingDataError
        There is neither a timetable nor a road network that a definition could use.
    """
    report = progress or Progress()
    cluster = inputs.cluster
    stations = city_stations(inputs.stops, cluster.cities, inputs.prefectures, settings=settings)
    with report.step(f"direct trains of {counted(len(inputs.timetables), 'timetable')}"):
        trains = [
            ServiceView.build(timetable, stations, station_set)
            for timetable in inputs.timetables
            for station_set in STATION_SETS
        ]
        city_pairs = pd.concat(
            [
                view.between_cities.assign(station_set=view.station_set, timetable_date=view.date)
                for view in trains
            ],
            ignore_index=True,
        )
    with report.step(f"travel times from {counted(len(cores), 'core')}"):
        city_times = travel_times(
            cluster.cities,
            cores,
            definitions,
            trains=trains,
            roads=inputs.roads,
            settings=settings,
        )
    reaches: list[CoreReach] = []
    if inputs.roads is not None:
        for code, km in off_roads(inputs.roads, cluster.cities, settings=settings).items():
            report.note(
                f"{cluster.cities.at[code, 'name_en']} lies {km:.1f} km from the nearest road, "
                f"more than {settings.join_limit_km:g} km: unreached by road"
            )
    if polygons and inputs.roads is not None:
        with report.step(f"reach polygons of {counted(len(cores), 'core')}"):
            reaches = _reaches(inputs, inputs.roads, trains, cores, definitions, settings=settings)
    shares = pd.DataFrame()
    if inputs.population is not None and reaches:
        with report.step("people reached"):
            reaches = with_people(reaches, inputs.population, cluster.cities, settings=settings)
            shares = _shares(inputs, inputs.population, reaches)
    measured = None
    if prepared is not None and inputs.roads is not None:
        with report.step("centrality of the roads"):
            measured = centrality(inputs.roads, prepared=prepared)
            if len(inputs.roads.nodes) <= settings.information_nodes_max:
                measured = with_information(measured, inputs.roads)
    structure = NOTHING
    if with_structure:
        structure = analyse_structure(
            inputs, trains, centrality=measured, settings=settings, progress=report
        )
    accessible = None
    if with_structure and inputs.population is not None and inputs.roads is not None:
        accessible = _accessible(inputs.population, inputs.roads, settings, report)
    leading = [reach for reach in reaches if reach.is_leading]
    return Findings(
        stations, city_times, city_pairs, tuple(reaches), shares, measured, structure,
        reach_overlaps(leading, cluster.cities, inputs.population), accessible,
    )  # fmt: skip


def _accessible(
    grid: PopulationGrid, roads: SpatialNetwork, settings: Settings, report: Progress
) -> AccessiblePopulation | None:
    """The surface of accessible population, none on a network too large for a run."""
    if len(roads.nodes) > settings.accessible_nodes_max:
        return None
    factor = max(1, round(settings.accessible_cell_arcmin / 60.0 / abs(grid.transform.a)))
    with report.step("accessible population of every cell"):
        return accessible_population(
            roads, grid.coarser(factor), settings.accessible_min, settings=settings
        )


def with_people(
    reaches: Sequence[CoreReach],
    grid: PopulationGrid,
    cities: gpd.GeoDataFrame,
    *,
    settings: Settings,
) -> list[CoreReach]:
    """People inside each band of circles, and against those within the proximity radius.

    Parameters
    ----------
    reaches : sequence of CoreReach
    grid : PopulationGrid
        People per cell.
    cities : GeoDataFrame
        Index adcode; seats as points in EPSG:4326.
    settings : Settings
        The radius, km a minute.

    Returns
    -------
    list of CoreReach
        Their bands also have ``population`` (persons), ``performance`` (people inside over people
        within the radius) and ``population_source``.
    """
    nearby = {
        (core, minutes): population_in_proximity(
            grid, cities.geometry[core], minutes * settings.proximity_km_per_min
        )
        for core, minutes in {(r.core, m) for r in reaches for m in r.bands["minutes"]}
    }
    shapes = [shape for reach in reaches for shape in reach.bands.geometry]
    people = population_within(grid, shapes)
    ends = np.cumsum([len(reach.bands) for reach in reaches])
    counted = []
    for reach, within in zip(reaches, np.split(people, ends[:-1]), strict=True):
        near = np.array([nearby[reach.core, minutes] for minutes in reach.bands["minutes"]])
        share = np.divide(within, near, out=np.zeros_like(near), where=near > 0)
        bands = reach.bands.assign(
            population=within.round(),
            performance=share.round(4),
            population_source=grid.label,
        )
        counted.append(replace(reach, bands=bands))
    return counted


def _shares(inputs: Inputs, grid: PopulationGrid, reaches: Sequence[CoreReach]) -> pd.DataFrame:
    """Share of each prefecture inside each circle."""
    if inputs.prefectures is None:
        return pd.DataFrame()
    bands = pd.concat([reach.bands[["minutes", "geometry"]] for reach in reaches])
    circles = pd.DataFrame(
        {
            "core_adcode": reach.core,
            "definition": reach.definition.key,
            "statistic": reach.statistic,
            "window": reach.window,
            "is_leading": reach.is_leading,
            "timetable_date": reach.timetable_date,
            "population_source": grid.label,
        }
        for reach in reaches
    )
    rows = [len(reach.bands) * len(inputs.prefectures) for reach in reaches]
    circles = circles.loc[np.repeat(circles.index, rows)].reset_index(drop=True)
    return pd.concat([shares_reached(grid, inputs.prefectures, bands), circles], axis=1)


def _reaches(
    inputs: Inputs,
    roads: SpatialNetwork,
    trains: Sequence[ServiceView],
    cores: Sequence[str],
    definitions: Sequence[Definition],
    *,
    settings: Settings,
) -> list[CoreReach]:
    """Circles by road, and by road and rail for each timetable; none of cores off the roads."""
    study_area = None if inputs.prefectures is None else inputs.prefectures.union_all()
    options: dict[str, Any] = {
        "epsg": inputs.cluster.utm_epsg,
        "water": inputs.water,
        "within": study_area,
        "settings": settings,
    }
    cities = inputs.cluster.cities
    off = off_roads(roads, cities, settings=settings).index
    reaches = []
    for core, definition in product([core for core in cores if core not in off], definitions):
        if not definition.road:
            continue
        if not definition.rail:
            reaches.append(core_reach(core, definition, roads, cities, **options))
            continue
        for view in trains:
            if view.station_set != "any":
                continue
            if not definition.windows or view.timetable is None:
                found = [core_reach(core, definition, roads, cities, trains=view, **options)]
            elif uses_network(definition, roads):
                found = departure_reaches(core, definition, roads, cities, trains=view, **options)
            else:  # nobody drives to or from the stations
                found = []
            reaches.extend(found)
    return reaches
