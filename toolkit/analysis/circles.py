"""The circle of a core city: the land reached within each threshold, by road or door to door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.analysis.definitions import BEST_CASE, Definition
from toolkit.analysis.departures import window_bounds
from toolkit.analysis.door_to_door import door_to_door
from toolkit.analysis.grids import Grid, water_mask
from toolkit.analysis.isochrones import isobands
from toolkit.analysis.rail import ServiceView, access_minutes, rail_arrivals
from toolkit.analysis.road import RoadTimes, access_ms, road_times
from toolkit.analysis.surfaces import (
    LastLeg,
    TimePoints,
    TimeSurface,
    time_points,
    travel_time_surface,
)
from toolkit.analysis.transfers import changes_of
from toolkit.display import html_card, web_map
from toolkit.networks.places import places_on_edges, require_joined
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["CoreReach", "core_reach", "departure_reaches"]


@dataclass(frozen=True, eq=False, repr=False)
class CoreReach:
    """What is reached from one core under one definition.

    Attributes
    ----------
    core : str
        Adcode of the core city.
    definition : Definition
    timetable_date : str
        Empty for road alone.
    statistic, window : str
        Over which departures the times are taken; `BEST_CASE` and '' where the timetable knows no
        single trains, '' too where the time of leaving makes no difference.
    make_surface : callable
        Gives `surface`, minutes on a grid: computed where it is asked for, since most circles are
        used as polygons alone.
    bands : GeoDataFrame
        ``minutes``, ``area_km2``, MultiPolygon in EPSG:4326; one row a threshold, each holding
        the ones before it.
    schematic : bool
        Whether the roads are schematic.
    """

    core: str
    definition: Definition
    timetable_date: str
    make_surface: Callable[[], TimeSurface]
    bands: gpd.GeoDataFrame
    schematic: bool
    statistic: str = "fastest"
    window: str = ""

    @cached_property
    def surface(self) -> TimeSurface:
        """Minutes on a grid."""
        return self.make_surface()

    @property
    def is_leading(self) -> bool:
        """Whether the definition is judged by this statistic."""
        return self.statistic in {BEST_CASE, self.definition.statistic}

    def __repr__(self) -> str:
        areas = ", ".join(
            f"{minutes} min {area:,.0f} km2"
            for minutes, area in zip(self.bands["minutes"], self.bands["area_km2"], strict=True)
        )
        return f"CoreReach({self.core}, {self.definition.key}: {areas})"

    def _repr_html_(self) -> str:
        facts = {
            "definition": self.definition.name_en,
            "timetable": self.timetable_date,
            "roads": "schematic" if self.schematic else "",
        }
        return html_card(
            f"Reach of {self.core}", facts, pd.DataFrame(self.bands.drop(columns="geometry"))
        )

    def plot(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.plot)
        """Draw the circles, the widest below; options as for ``GeoDataFrame.plot``."""
        chosen = {"column": "minutes", "cmap": "viridis", "legend": True, "alpha": 0.7}
        return self._widest_first().plot(**{**chosen, **options})

    def explore(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.explore)
        """Show the circles on a map; options as for ``GeoDataFrame.explore``."""
        return web_map(self._widest_first(), **{"column": "minutes", "cmap": "viridis", **options})

    def _widest_first(self) -> gpd.GeoDataFrame:
        """Bands hold each other: drawn in rising order the widest would hide the rest."""
        return self.bands.sort_values("minutes", ascending=False)


def core_reach(
    core: str,
    definition: Definition,
    roads: SpatialNetwork,
    cities: gpd.GeoDataFrame,
    *,
    epsg: int,
    trains: ServiceView | None = None,
    water: gpd.GeoSeries | None = None,
    within: shapely.Geometry | None = None,
    thresholds_min: Sequence[int] | None = None,
    settings: Settings = DEFAULTS,
) -> CoreReach:
    """Polygons of the land within each threshold of a core's centre.

    Parameters
    ----------
    core : str
        Adcode of the origin.
    definition : Definition
        One that ends on the road network: road alone, or door to door.
    roads : SpatialNetwork
        Directed road network.
    cities : GeoDataFrame
        Index adcode; seats as points in EPSG:4326.
    epsg : int
        Projected CRS to work in, metres.
    trains : ServiceView, optional
        Direct trains between stations; needed where the definition uses rail.
    water : GeoSeries, optional
        Polygons of water and sea, which no last leg crosses.
    within : Geometry, optional
        Study area, EPSG:4326; land outside it is not counted.
    thresholds_min : sequence of int, optional
        Minutes; those of `settings` by default.
    settings : Settings
        Cell size, last leg, waiting and access.

    Returns
    -------
    CoreReach

    Raises
    ------
    ValueError
        The definition does not use roads, or uses trains and none were given.
    NetworkError
        The core's centre lies farther than ``join_limit_km`` from every road.

    Notes
    -----
    The core's centre, and each station a train arrives at, join the road network at the nearest
    place on an edge with the minutes already spent; one search finds the earliest arrival
    everywhere.
    """
    if not definition.road:
        raise ValueError(f"{definition.key} does not reach land, only stations")
    limits = tuple(thresholds_min or settings.thresholds_min)
    points, spent = [cities.geometry[core]], [0.0]
    if definition.rail:
        if trains is None:
            raise ValueError(f"{definition.key} needs a timetable")
        stations, minutes = _arrivals(core, definition, trains, settings)
        points.extend(stations)
        spent.extend(minutes)
    starts = places_on_edges(
        roads, gpd.GeoSeries(points, crs=4326), limit_km=settings.join_limit_km
    )
    require_joined(
        starts.select(np.array([0])),
        [str(cities.get("name_en", {}).get(core, core))],
        limit_km=settings.join_limit_km,
    )
    spent_ms = np.rint(np.asarray(spent) * 60_000.0).astype(np.int64) + access_ms(starts, settings)
    times = road_times(roads, starts, spent_ms, cutoff_ms=max(limits) * 60_000)
    return _land(
        core,
        definition,
        roads,
        times,
        epsg=epsg,
        water=water,
        within=within,
        limits=limits,
        settings=settings,
        timetable_date=trains.date if definition.rail and trains is not None else "",
        statistic=BEST_CASE if definition.windows else definition.statistic,
    )


def departure_reaches(
    core: str,
    definition: Definition,
    roads: SpatialNetwork,
    cities: gpd.GeoDataFrame,
    *,
    epsg: int,
    trains: ServiceView,
    water: gpd.GeoSeries | None = None,
    within: shapely.Geometry | None = None,
    thresholds_min: Sequence[int] | None = None,
    settings: Settings = DEFAULTS,
) -> list[CoreReach]:
    """Polygons of the land within each threshold over the leading window of a definition.

    Parameters
    ----------
    core, definition, roads, cities, epsg, water, within, thresholds_min, settings
        As for `core_reach`; the definition has windows.
    trains : ServiceView
        One whose timetable knows single trains.

    Returns
    -------
    list of CoreReach
        One a statistic of the definition, the leading one first.

    Notes
    -----
    Statistics are taken at nodes and stations. On the way along an edge from there they are at
    most too long: the median of the earlier of two ways is not above the lesser of their medians.
    """
    if trains.timetable is None:
        raise ValueError(f"{definition.key} needs a timetable that knows single trains")
    limits = tuple(thresholds_min or settings.thresholds_min)
    adjusted = definition.adjust(settings)
    stops, city = trains.timetable.stops.geometry, trains.station_city
    found = door_to_door(
        roads,
        cities.geometry[core],
        trains.timetable,
        station_city=city,
        window=window_bounds(definition.window),
        budget_min=min(definition.budget_min, max(limits)),
        changes_max=definition.changes,
        changes=changes_of(definition, stops, city, roads=roads, settings=adjusted),
        alighting_min=definition.alighting_min,
        by_road=definition.road,
        settings=adjusted,
    )
    return [
        _land(
            core,
            definition,
            roads,
            found.statistic(statistic),
            epsg=epsg,
            water=water,
            within=within,
            limits=limits,
            settings=settings,
            timetable_date=trains.date,
            statistic=statistic,
            window=definition.window,
        )
        for statistic in definition.statistics
    ]


def _land(
    core: str,
    definition: Definition,
    roads: SpatialNetwork,
    times: RoadTimes,
    *,
    epsg: int,
    water: gpd.GeoSeries | None,
    within: shapely.Geometry | None,
    limits: Sequence[int],
    settings: Settings,
    timetable_date: str,
    statistic: str,
    window: str = "",
) -> CoreReach:
    """Bands of times on the roads, and the way to their surface."""
    last_leg = _last_leg(roads, settings)
    along = time_points(
        roads, times, epsg=epsg, step_m=settings.grid_m / 2.0, limit_min=max(limits)
    )
    grid = along.grid(settings.grid_m, last_leg.limit_m + 3.0 * settings.grid_m)
    mask = None if water is None else water_mask(water, grid)
    return CoreReach(
        core=core,
        definition=definition,
        timetable_date=timetable_date,
        make_surface=partial(_surface, along, grid, last_leg, water),
        bands=isobands(
            along,
            limits,
            cell_m=settings.grid_m,
            last_leg=last_leg,
            water=mask,
            within=within,
            smallest_km2=settings.smallest_polygon_km2,
        ),
        schematic=roads.schematic,
        statistic=statistic,
        window=window,
    )


def _surface(
    along: TimePoints, grid: Grid, last_leg: LastLeg, water: gpd.GeoSeries | None
) -> TimeSurface:
    """Minutes on a grid; the mask is made anew, for many circles would hold it for nothing."""
    mask = None if water is None else water_mask(water, grid)
    return travel_time_surface(along, cell_m=grid.cell_m, last_leg=last_leg, water=mask)


def _arrivals(
    core: str, definition: Definition, trains: ServiceView, settings: Settings
) -> tuple[list[shapely.Point], list[float]]:
    """Stations reached by train, with the minutes spent on arrival."""
    origins = trains.station_city.index[trains.station_city == core]
    access = trains.stations.loc[origins, "seat_km"]
    if definition.access:
        access = access.map(lambda km: float(access_minutes(km, settings)))
    else:
        access = access * 0.0
    found = rail_arrivals(
        trains.between_stations,
        trains.station_city,
        access,
        waiting=definition.waiting,
        changes=definition.changes,
        settings=settings,
    )
    reached = found.minutes[np.isfinite(found.minutes)]
    return list(trains.stations.geometry[reached.index]), reached.tolist()


def _last_leg(roads: SpatialNetwork, settings: Settings) -> LastLeg:
    """Local roads where the network holds main roads only, else on foot."""
    if roads.schematic:
        return LastLeg(settings.schematic_local_speed_kmh, settings.schematic_local_limit_km)
    return LastLeg(settings.walk_speed_kmh, settings.walk_limit_km)
