"""Accessibility of the cities, the stations and the cells of a cluster.

Minutes are door to door between cities and from cells, and from platform to city for stations; on
every timetable, of cells on the newest. What there is to reach are the residents of the cities. See
`toolkit.analysis.accessibility` for the measures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.accessibility import accessibility_table, performance_ratio
from toolkit.analysis.decay import Decay, DecayFit, fit_decay
from toolkit.analysis.matrices import distance_matrix_km, rail_matrix, road_matrix
from toolkit.analysis.polycentricity import train_links
from toolkit.analysis.rail import ServiceView, access_minutes
from toolkit.analysis.structure.cells import cell_access
from toolkit.errors import MissingDataError
from toolkit.networks.inputs import Inputs
from toolkit.settings import DEFAULTS, Settings

__all__ = ["HARRIS", "PlaceAccess", "city_minutes", "place_access", "train_decay"]

HARRIS = Decay("power", 1.0)
"""Market potential of C. D. Harris (1954, Annals of the AAG 44:315): mass over cost."""

_PERFORMANCE_MIN = 90.0


@dataclass(frozen=True, eq=False)
class PlaceAccess:
    """Accessibility of cities, stations and cells.

    Attributes
    ----------
    cities, stations : GeoDataFrame
        One row a place and timetable, oldest first: ``adcode`` or ``station_id``, names,
        ``timetable_date``, ``potential``, ``people_T`` a threshold, ``weighted_average_min``,
        ``daily_people``; cities also ``people_nearby`` and ``performance``
        (people within `performance_min` over people within `proximity_km`). A city does
        not count for itself in the potential and the average, it does in the people reached.
    cells : GeoDataFrame or None
        Of a regular grid, on the newest timetable (`toolkit.analysis.structure.cells.cell_access`).
    minutes : dict of str to DataFrame
        Door-to-door minutes between the cities on each timetable ('' without one).
    driving : DataFrame or None
        Minutes by road alone.
    decay : Decay
        Of the potential.
    fit : DecayFit or None
        How the decay was fitted to trains a day on the newest timetable; None where `decay` is
        Harris's instead, because no decay fits.
    rail_only : bool
        Whether there was no road network, so that cities without trains are out of reach.
    performance_min, proximity_km : float
        Minutes and radius of the ratio.
    """

    cities: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame | None
    minutes: dict[str, pd.DataFrame]
    driving: pd.DataFrame | None
    decay: Decay
    fit: DecayFit | None
    rail_only: bool
    performance_min: float = _PERFORMANCE_MIN
    proximity_km: float = _PERFORMANCE_MIN * DEFAULTS.proximity_km_per_min


def place_access(
    inputs: Inputs,
    trains: Sequence[ServiceView],
    *,
    decay: Decay | None = None,
    settings: Settings = DEFAULTS,
) -> PlaceAccess | None:
    """Accessibility of cities and stations on every timetable, and of cells on the newest.

    Parameters
    ----------
    inputs : Inputs
    trains : sequence of ServiceView
        Each timetable, oldest first, through the sets of main and of all stations.
    decay : Decay, optional
        Of the potential. By default a power of the minutes fitted to the trains a day of the
        newest timetable (`train_decay`), or 1/minutes where none fits.
    settings : Settings

    Returns
    -------
    PlaceAccess or None
        None without two cities, or without any way between them.

    References
    ----------
    K. T. Geurs, B. van Wee (2004). Accessibility evaluation of land-use and transport strategies:
    review and research directions. Journal of Transport Geography 12:127.
    """
    cities = inputs.cluster.cities
    if len(cities) < 2 or not (trains or inputs.roads is not None):
        return None
    main = {view.date: view for view in trains if view.station_set == "main"}
    every = {view.date: view for view in trains if view.station_set == "any"}
    views: dict[str, ServiceView | None] = {**main} if main else {"": None}
    driving = None
    if inputs.roads is not None:
        driving = road_matrix(inputs.roads, cities.geometry, settings=settings)
    minutes = {
        date: city_minutes(cities, view, driving=driving, settings=settings)
        for date, view in views.items()
    }
    residents = cities["residents"].astype(float).fillna(0.0)
    newest = list(minutes)[-1]
    fit = None
    if decay is None and newest in every:
        fit = train_decay(every[newest], minutes[newest], residents)
    chosen = decay or (fit.decay if fit else HARRIS)
    measures = _Measures(residents, chosen, settings)
    return PlaceAccess(
        cities=_concat(
            measures.of_cities(cities, table).assign(timetable_date=date)
            for date, table in minutes.items()
        ),
        stations=_concat(
            measures.of_stations(view).assign(timetable_date=date) for date, view in every.items()
        ),
        cells=cell_access(inputs, every.get(newest), chosen, settings=settings),
        minutes=minutes,
        driving=driving,
        decay=chosen,
        fit=fit,
        rail_only=inputs.roads is None,
        proximity_km=measures.proximity_km,
    )


def city_minutes(
    cities: gpd.GeoDataFrame,
    trains: ServiceView | None,
    *,
    driving: pd.DataFrame | None = None,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    """Door-to-door minutes between all cities (D4): by rail or by road, whichever is faster.

    The same minutes as `toolkit.analysis.reach.travel_times` gives core by core, from tables.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode.
    trains : ServiceView or None
    driving : DataFrame, optional
        Minutes by road between the seats (`toolkit.analysis.matrices.road_matrix`).
    settings : Settings

    Returns
    -------
    DataFrame
        Origins by destinations, infinite where there is no way, 0 on the diagonal.

    References
    ----------
    M. Salonen, T. Toivonen (2013). Modelling travel time in urban networks: comparable measures for
    private car and public transport. Journal of Transport Geography 31:143.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> seats = load_cluster("jing-jin-ji").cities.loc[["110000", "120000"]]
    >>> driving = road_matrix(schematic_roads(), seats.geometry)
    >>> city_minutes(seats, None, driving=driving).loc["110000", "120000"].round(-1).item()
    90.0
    """
    minutes = np.full((len(cities), len(cities)), np.inf)
    if trains is not None and len(trains.stations):
        access = access_minutes(trains.stations["seat_km"].to_numpy(), settings)
        between = rail_matrix(trains, settings=settings) + access[:, None] + access[None, :]
        city = trains.station_city[between.index].to_numpy()
        by_city = between.groupby(city).min().T.groupby(city).min().T
        best = by_city.reindex(index=cities.index, columns=cities.index)
        minutes = best.fillna(np.inf).to_numpy(copy=True)
    if driving is not None:
        minutes = np.minimum(minutes, driving.loc[cities.index, cities.index].to_numpy())
    np.fill_diagonal(minutes, 0.0)
    return pd.DataFrame(minutes, index=cities.index, columns=cities.index)


def train_decay(
    trains: ServiceView, minutes: pd.DataFrame, residents: pd.Series
) -> DecayFit | None:
    """Fit how trains a day fall with travel time, over the product of residents.

    Parameters
    ----------
    trains : ServiceView
        Of all stations, whose counts of trains are exact.
    minutes : DataFrame
        Between cities, square.
    residents : Series
        Index city.

    Returns
    -------
    DecayFit or None
        A power; None where trains do not fall with time, or on fewer than three pairs.

    References
    ----------
    A. S. Fotheringham, M. E. O'Kelly (1989). Spatial interaction models: formulations and
    applications. Kluwer, Dordrecht.
    """
    links = train_links(trains.between_cities, list(minutes.index))
    mass = residents[minutes.index].to_numpy(np.float64)
    try:
        return fit_decay("power", minutes.to_numpy(), links.to_numpy(), masses=np.outer(mass, mass))
    except MissingDataError:
        return None


@dataclass(frozen=True, eq=False)
class _Measures:
    """What there is to reach, and how it is weighed."""

    residents: pd.Series
    decay: Decay
    settings: Settings

    @property
    def proximity_km(self) -> float:
        """Radius of those who live near."""
        return _PERFORMANCE_MIN * self.settings.proximity_km_per_min

    def table(self, minutes: pd.DataFrame) -> pd.DataFrame:
        """Measures of each origin that need no distances."""
        return _named(
            accessibility_table(
                minutes,
                self.residents[minutes.columns],
                self.decay,
                thresholds_min=self.settings.thresholds_min,
            )
        )

    def of_cities(self, cities: gpd.GeoDataFrame, minutes: pd.DataFrame) -> gpd.GeoDataFrame:
        """Measures of each city on one timetable."""
        ratio = performance_ratio(
            minutes,
            distance_matrix_km(cities.geometry),
            self.residents,
            threshold_min=_PERFORMANCE_MIN,
            radius_km=self.proximity_km,
        )
        names = cities[["name_zh", "name_en", "is_core"]].assign(adcode=cities.index)
        found = names.join(self.table(minutes)).assign(
            people_nearby=ratio["proximity"], performance=ratio["performance"] / 100.0
        )
        return gpd.GeoDataFrame(
            found.reset_index(drop=True), geometry=cities.geometry.to_numpy(), crs=4326
        )

    def of_stations(self, trains: ServiceView) -> gpd.GeoDataFrame:
        """Measures of each station: from its platform to the nearest main station of a city."""
        between = rail_matrix(trains, settings=self.settings)
        main = trains.stations.index[trains.stations["is_main"]]
        to_city = between[main].T.groupby(trains.station_city[main]).min().T
        # labelled by city, so that a station does not count for its own, where it has arrived
        to_city.index = trains.station_city[to_city.index].rename(None)
        to_city = to_city.mask(to_city.index.to_numpy()[:, None] == to_city.columns.to_numpy(), 0.0)
        names = trains.stations[["name_zh", "name_en", "adcode", "is_main"]]
        found = names.join(self.table(to_city).set_axis(between.index))
        return gpd.GeoDataFrame(
            found.rename_axis("station_id").reset_index(),
            geometry=trains.stations.geometry.to_numpy(),
            crs=4326,
        )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The measures under the names of the layers, people in whole persons."""
    names = [str(name) for name in table.columns]
    people = {name: name.replace("within", "people") for name in names if "within" in name}
    renamed = table.rename(columns={**people, "daily": "daily_people"})
    whole = [*people.values(), "daily_people"]
    return renamed.assign(**{name: renamed[name].round() for name in whole})


def _concat(frames: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Rows of several frames; an empty frame of none."""
    parts = list(frames)
    if not parts:
        return gpd.GeoDataFrame({"timetable_date": []}, geometry=[], crs=4326)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4326)
