"""Travel times to cities over windows of departures, with the trains that make them: evidence rows.

Where a timetable knows single trains, a definition with windows is computed for every minute of
leaving. Each statistic is then some minute's travel time, and its evidence that minute's journey.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.definitions import Definition
from toolkit.analysis.departures import (
    NO_ARRIVAL,
    WHOLE_DAY,
    DepartureTimes,
    clock,
    departure_seconds,
    window_bounds,
)
from toolkit.analysis.door_to_door import door_to_door
from toolkit.analysis.journeys import Journey, Way
from toolkit.analysis.rail import ServiceView, access_minutes
from toolkit.analysis.rail_profile import CityProfile, city_profile, rail_profiles
from toolkit.analysis.road import off_roads
from toolkit.analysis.transfers import changes_of
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import Settings

__all__ = ["CityDepartures", "city_departures", "departure_rows", "uses_network"]


@dataclass(frozen=True, eq=False)
class CityDepartures:
    """Travel times from a core to cities for every departure minute, and how each is made.

    Attributes
    ----------
    core : str
    times : DepartureTimes
        Places are the cities; the window holds all those of the definition.
    way : callable
        Of a city and a departure minute 'HH:MM'.
    """

    core: str
    times: DepartureTimes
    way: Callable[[str, str], Way | None]


def city_departures(
    cities: gpd.GeoDataFrame,
    cores: Sequence[str],
    definition: Definition,
    view: ServiceView,
    *,
    roads: SpatialNetwork | None = None,
    driving: Mapping[str, "pd.Series[float]"] | None = None,
    settings: Settings,
) -> Iterator[CityDepartures]:
    """Travel times from each core to the cities, for every minute of a definition's windows.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; seats as points in EPSG:4326.
    cores : sequence of str
        Adcodes of the origins.
    definition : Definition
        One with windows.
    view : ServiceView
        One whose timetable knows single trains. Its stations are those one starts from and ends
        at, unless these are reached on the road network; then any station may be.
    roads : SpatialNetwork, optional
        Ways to and from stations, where the definition counts them and states no speed of its own.
    driving : mapping of str to Series, optional
        Minutes by road alone from each core to each city, for a definition that counts them but
        does not use the network for the rest.
    settings : Settings

    Yields
    ------
    CityDepartures
        One a core.
    """
    adjusted = definition.adjust(settings)
    bounds = [window_bounds(window) for window in definition.windows]
    window = bounds[0] if len(bounds) == 1 else WHOLE_DAY
    assert view.timetable is not None
    changes = changes_of(
        definition,
        view.timetable.stops.geometry,
        view.station_city,
        roads=roads,
        settings=adjusted,
    )
    if uses_network(definition, roads):
        assert roads is not None
        off = off_roads(roads, cities, settings=adjusted).index
        for core in cores:
            if core in off:
                yield CityDepartures(core, _nothing_reached(cities.index, window), lambda *_: None)
                continue
            found = door_to_door(
                roads,
                cities.geometry[core],
                view.timetable,
                station_city=view.station_city,
                window=window,
                budget_min=definition.budget_min,
                changes_max=definition.changes,
                changes=changes,
                alighting_min=definition.alighting_min,
                by_road=definition.road,
                settings=adjusted,
            ).points(cities.geometry)
            yield CityDepartures(core, found.times, found.way)
        return
    yield from _between_stations(
        cities,
        cores,
        definition,
        view,
        window=window,
        changes=changes,
        driving=driving or {},
        settings=adjusted,
    )


def uses_network(definition: Definition, roads: SpatialNetwork | None) -> bool:
    """Whether the ways to and from stations are driven on the road network."""
    return definition.access and definition.access_speed_kmh is None and roads is not None


def _nothing_reached(cities: pd.Index, window: tuple[str, str]) -> DepartureTimes:
    """From a core that lies too far from every road."""
    departure_s = departure_seconds(window)
    arrival = np.full((len(cities), len(departure_s) + 1), NO_ARRIVAL, dtype=np.int32)
    return DepartureTimes(cities, departure_s, arrival)


def _between_stations(
    cities: gpd.GeoDataFrame,
    cores: Sequence[str],
    definition: Definition,
    view: ServiceView,
    *,
    window: tuple[str, str],
    changes: pd.DataFrame,
    driving: Mapping[str, "pd.Series[float]"],
    settings: Settings,
) -> Iterator[CityDepartures]:
    """From the stations of each core to those of each city, with ways over the straight line."""
    assert view.timetable is not None
    km = view.stations["seat_km"].astype(float) * float(definition.access)
    ways = pd.Series(access_minutes(km.to_numpy(), settings), index=km.index)
    starts = {core: ways[(view.station_city == core).to_numpy()] for core in cores}
    profiles = rail_profiles(
        view.timetable,
        starts,
        station_city=view.station_city,
        window=window,
        changes_max=definition.changes,
        changes=changes,
        alighting_min=definition.alighting_min,
        longest_h=definition.budget_min / 60.0,
        settings=settings,
    )
    for core, profile in profiles:
        found = city_profile(profile, ways)
        by_road = driving[core] if definition.road and core in driving else None
        times = _with_road(found.times, cities.index, by_road, definition.budget_min)
        yield CityDepartures(core, times, _way_of(found, starts[core], times, by_road))


def _with_road(
    times: DepartureTimes,
    cities: pd.Index,
    by_road: "pd.Series[float] | None",
    budget_min: float,
) -> DepartureTimes:
    """Arrivals at all cities, by road where that is sooner, within the budget."""
    row = times.places.get_indexer(cities)
    leaving_s = times.departure_s[0] + 60 * np.arange(times.arrival_s.shape[1])
    arrival = np.full((len(cities), len(leaving_s)), NO_ARRIVAL, dtype=np.int64)
    arrival[row >= 0] = times.arrival_s[row[row >= 0]]
    if by_road is not None:
        driven_s = np.ceil((by_road[cities].to_numpy(float) * 60.0).round(6))
        driven = np.where(np.isfinite(driven_s), driven_s, NO_ARRIVAL)[:, None] + leaving_s
        arrival = np.minimum(arrival, driven.astype(np.int64))
    arrival[arrival - leaving_s > budget_min * 60.0] = NO_ARRIVAL
    return DepartureTimes(cities, times.departure_s, arrival.astype(np.int32))


def _way_of(
    profile: CityProfile,
    access: "pd.Series[float]",
    times: DepartureTimes,
    by_road: "pd.Series[float] | None",
) -> Callable[[str, str], Way | None]:
    """How a city is reached by a profile of the stations, or by road where that is sooner."""

    def way(city: str, minute: str) -> Way | None:
        minutes = float(times.at(minute)[city])
        if not np.isfinite(minutes):
            return None
        if by_road is not None and by_road[city] <= minutes:
            return Way(minutes, minutes, 0.0, None)
        journey = profile.itinerary(city, minute)
        assert journey is not None  # the city is reached, and not by road
        egress_min = (journey.arrival_s - journey.rides[-1].arrival_s) / 60.0
        return Way(minutes, float(access[journey.rides[0].from_id]), egress_min, journey)

    return way


def departure_rows(
    found: CityDepartures,
    definition: Definition,
    station_names: "pd.Series[str]",
    thresholds_min: Sequence[float],
) -> pd.DataFrame:
    """One row a city, window and statistic, those that lead first.

    Parameters
    ----------
    found : CityDepartures
    definition : Definition
        Its windows and statistics.
    station_names : Series of str
        Index station_id.
    thresholds_min : sequence of float
        Limits of the ``share_within_`` columns.

    Returns
    -------
    DataFrame
        ``city_adcode``, ``window``, ``statistic``, ``is_leading``, ``minutes`` (infinite where
        there is no way), ``departures``, ``share_within_T``, and of the first departure minute
        that takes so long: ``itinerary``, ``fastest_train``, ``from_station_zh``,
        ``to_station_zh`` and the parts of the journey (`toolkit.analysis.reach.TERMS`).
    """
    others = [city for city in found.times.places if city != found.core]
    rows: list[dict[str, object]] = []
    for window in definition.windows:
        times = found.times.within(window_bounds(window))
        departures = times.departures()
        shares = {
            f"share_within_{limit:g}": times.share_within(limit).round(4)
            for limit in thresholds_min
        }
        for statistic in definition.statistics:
            minutes = times.statistic(statistic)
            leads = (window, statistic) == (definition.window, definition.statistic)
            rows.extend(
                {
                    "city_adcode": city,
                    "window": window,
                    "statistic": statistic,
                    "is_leading": leads,
                    "minutes": minutes[city],
                    "departures": int(departures[city]),
                    **{name: share[city] for name, share in shares.items()},
                    **_evidence(found, times, city, float(minutes[city]), station_names),
                }
                for city in others
            )
    return pd.DataFrame(rows)


def _evidence(
    found: CityDepartures,
    times: DepartureTimes,
    city: str,
    minutes: float,
    station_names: "pd.Series[str]",
) -> dict[str, object]:
    """The journey of the first departure minute that takes some minutes."""
    if not np.isfinite(minutes):
        return {"itinerary": "", "fastest_train": "", "from_station_zh": "", "to_station_zh": ""}
    way = found.way(city, times.first_taking(city, minutes))
    assert way is not None  # the minute takes so long because there is this way
    if way.journey is None:
        return {
            "itinerary": "road", "fastest_train": "", "from_station_zh": "", "to_station_zh": "",
            "road_min": way.minutes,
        }  # fmt: skip
    rides = way.journey.rides
    terms = _terms(way, way.journey)
    return {
        "itinerary": _text(way.journey, terms, station_names),
        "fastest_train": " + ".join(ride.train for ride in rides),
        "from_station_zh": station_names[rides[0].from_id],
        "to_station_zh": station_names[rides[-1].to_id],
        **terms,
    }


def _terms(way: Way, journey: Journey) -> dict[str, float]:
    """Minutes of each part of a journey; alighting belongs to the egress."""
    rides = journey.rides
    changes_s = sum(after.departure_s - before.arrival_s for before, after in pairwise(rides))
    return {
        "access_min": way.access_min,
        "waiting_min": (rides[0].departure_s - journey.leaving_s) / 60.0 - way.access_min,
        "ride_min": sum(ride.arrival_s - ride.departure_s for ride in rides) / 60.0,
        "change_min": changes_s / 60.0,
        "egress_min": way.minutes - (rides[-1].arrival_s - journey.leaving_s) / 60.0,
    }


def _text(journey: Journey, terms: Mapping[str, float], station_names: "pd.Series[str]") -> str:
    """The journey in words: when one leaves, and each part with its minutes or its times."""
    parts = [f"leave {clock(journey.leaving_s)}"]
    if terms["access_min"] > 0:
        parts.append(f"access {terms['access_min']:.1f}")
    parts.append(f"waiting {terms['waiting_min']:.1f}")
    for number, ride in enumerate(journey.rides):
        if number:
            before = journey.rides[number - 1]
            parts.append(f"change {(ride.departure_s - before.arrival_s) / 60.0:.0f}")
        start, end = station_names[ride.from_id], station_names[ride.to_id]
        parts.append(
            f"{ride.train} {start} {clock(ride.departure_s)}–{end} {clock(ride.arrival_s)}"
        )
    if terms["egress_min"] > 0:
        parts.append(f"egress {terms['egress_min']:.1f}")
    return ", ".join(parts)
