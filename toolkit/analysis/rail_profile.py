"""Travel times by rail for every minute of leaving the door, with the trains that make them.

`toolkit.analysis.rail` combines the fastest trains as if they always connected, a best case. Here
trains are caught or missed at the times of the timetable.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.analysis.departures import (
    MORNING,
    NO_ARRIVAL,
    DepartureTimes,
    departure_seconds,
)
from toolkit.analysis.journeys import Journey
from toolkit.analysis.kernels.connection_scan import (
    Scan,
    earliest_arrivals,
    profile_scan,
    traced,
)
from toolkit.analysis.train_days import TrainDays, station_changes
from toolkit.errors import UnknownNameError
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

__all__ = [
    "CityProfile",
    "RailProfile",
    "city_profile",
    "rail_profile",
    "rail_profiles",
]

_DAY_S = 86_400


@dataclass(frozen=True, eq=False)
class RailProfile:
    """Travel times by rail from one origin to every station of a timetable.

    Attributes
    ----------
    times : DepartureTimes
        Places are the stations.
    station_city : Series
        City of stations, as given.
    trains : TrainDays
    scan : Scan
        What `itinerary` reads.
    alighting_s : int
    """

    times: DepartureTimes
    station_city: pd.Series
    trains: TrainDays
    scan: Scan
    alighting_s: int

    def itinerary(self, station: str, minute: str) -> Journey | None:
        """Trains to a station when leaving at a minute, 'HH:MM'; None if there is no way.

        Of the journeys that arrive earliest it is the one that leaves latest and, of these, the one
        with the fewest changes.

        Raises
        ------
        UnknownNameError
            If the timetable does not serve the station or the minute is not of the window.
        """
        column = self.times.column(minute)
        stop = _position(self.times.places, station)
        arrival = int(self.times.arrival_s[stop, column])
        if arrival == NO_ARRIVAL:
            return None
        leaving = int(self.times.departure_s[column])
        latest, rides = traced(self.scan, self.trains.slots, stop, leaving)
        return Journey(
            leaving,
            latest,
            tuple(self.trains.ride(first, last) for first, last in rides),
            arrival,
        )


@dataclass(frozen=True, eq=False)
class CityProfile:
    """Travel times by rail from one origin to cities.

    Attributes
    ----------
    times : DepartureTimes
        Places are the cities.
    profile : RailProfile
    egress_s : Series
        Index station_id of the stations at which one can leave the railway; seconds to the city's
        centre.
    """

    times: DepartureTimes
    profile: RailProfile
    egress_s: pd.Series

    def itinerary(self, city: str, minute: str) -> Journey | None:
        """Trains to a city when leaving at a minute, 'HH:MM'; None if there is no way.

        Raises
        ------
        UnknownNameError
            If the city has no station here or the minute is not of the window.
        """
        column = self.times.column(minute)
        row = _position(self.times.places, city)
        arrival = int(self.times.arrival_s[row, column])
        if arrival == NO_ARRIVAL:
            return None
        city_of = self.profile.station_city.reindex(self.egress_s.index)
        egress = self.egress_s[(city_of == city).to_numpy()]
        stops = self.profile.times.places.get_indexer(egress.index)
        at_station = self.profile.times.arrival_s[stops, column]
        best = int(np.flatnonzero(at_station == arrival - egress.to_numpy())[0])
        journey = self.profile.itinerary(str(egress.index[best]), minute)
        if journey is None:
            return None
        return Journey(journey.leaving_s, journey.latest_s, journey.rides, arrival)


def rail_profile(
    timetable: Timetable,
    access: "pd.Series[float]",
    *,
    station_city: "pd.Series[str]",
    window: tuple[str, str] = MORNING,
    changes_max: int | None = None,
    changes: pd.DataFrame | None = None,
    alighting_min: float = 0.0,
    longest_h: float = 48.0,
    settings: Settings = DEFAULTS,
) -> RailProfile:
    """Earliest arrival at every station for each departure minute of a window.

    Parameters
    ----------
    timetable : Timetable
        One with trips. Every day is taken to run like it, so trains that set out the day before
        and trains of the following days are there.
    access : Series of float
        Index station_id of the stations at which one can start; minutes from the door to each.
        An infinite one is none.
    station_city : Series of str
        City of stations, index station_id: one can change between the stations of one city.
    window : (str, str)
        Departure minutes, the end left out; `toolkit.analysis.departures.WHOLE_DAY` for all 1440.
    changes_max : int, optional
        Most changes of train; not limited without it.
    changes : DataFrame, optional
        from_id, to_id, minutes of each change that can be made;
        `toolkit.analysis.train_days.station_changes` of `station_city` without it.
    alighting_min : float
        From the train's arrival until one has left the station; added to every travel time.
    longest_h : float
        Journeys that take longer count as none.
    settings : Settings
        Waiting and change times.

    Returns
    -------
    RailProfile

    Raises
    ------
    UnknownNameError
        If the timetable does not serve a station of `access`.
    ValueError
        If an access time, `alighting_min` or `changes_max` is negative.
    MissingDataError
        On a reference timetable, which knows no single trains.

    Notes
    -----
    One who leaves the door at `t` is at the station at ``t + access`` and boards what departs at
    least the waiting time later: ``waiting_intercity_min`` for C trains, else ``waiting_min``. The
    time of a change holds the waiting for the next train. The travel time is the arrival less
    `t`, so waiting beyond these times counts as the timetable has it.

    Where all trains have the same waiting time, ``rail_arrivals`` with the same `changes` (0 or 1)
    is never longer than the fastest of the whole day, and is equal to it where the best train is
    direct, if access times are whole minutes. A station at which one can start is itself reached
    only by a train.

    At stations left out of `station_city` one changes within the station. Access is rounded to
    seconds.

    Examples
    --------
    >>> import geopandas as gpd
    >>> stops = gpd.GeoDataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]}, index=["a", "b"],
    ...     geometry=gpd.points_from_xy([116, 117], [40, 39]), crs=4326)
    >>> trips = pd.DataFrame({"train": ["G1"], "train_class": ["fast"], "kind": ["G"]})
    >>> calls = pd.DataFrame({"trip_id": 0, "stop_sequence": [1, 2], "station_id": ["a", "b"],
    ...     "arrival_s": [30000, 31800], "departure_s": [30000, 31800]})
    >>> day = Timetable(stops, trips, calls, date="2023-12-15")
    >>> profile = rail_profile(day, pd.Series({"a": 20.0}), station_city=pd.Series(dtype=str))
    >>> profile.times.table([60, 90]).loc["b"].to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {'fastest_min': 65.0, 'median_min': 1444.0, 'p90_min': 1492.0, 'departures': 1,
     'fastest_departure': '07:45', 'within_60': 0.0, 'within_90': 0.21666666666666667}
    >>> print(profile.itinerary("b", "07:30"))
    leave 07:30; G1 a 08:20 - b 08:50; arrive 08:50
    """
    profiles = rail_profiles(
        timetable,
        {"": access},
        station_city=station_city,
        window=window,
        changes_max=changes_max,
        changes=changes,
        alighting_min=alighting_min,
        longest_h=longest_h,
        settings=settings,
    )
    return next(profiles)[1]


def rail_profiles(
    timetable: Timetable,
    access: Mapping[str, "pd.Series[float]"],
    *,
    station_city: "pd.Series[str]",
    window: tuple[str, str] = MORNING,
    changes_max: int | None = None,
    changes: pd.DataFrame | None = None,
    alighting_min: float = 0.0,
    longest_h: float = 48.0,
    settings: Settings = DEFAULTS,
) -> Iterator[tuple[str, RailProfile]]:
    """Profiles of several origins, one after the other; the timetable is prepared once.

    Parameters
    ----------
    access : mapping of str to Series
        Access times of each origin.
    timetable, station_city, window, changes_max, changes, alighting_min, longest_h, settings
        As for `rail_profile`, which has the errors and the model too.

    Yields
    ------
    origin : str
    profile : RailProfile
    """
    if changes_max is not None and changes_max < 0:
        raise ValueError(f"changes_max is negative: {changes_max}")
    if not (alighting_min >= 0 and longest_h > 0):
        raise ValueError(f"alighting_min {alighting_min} or longest_h {longest_h} is negative")
    departure_s = departure_seconds(window)
    alighting_s, longest_s = round(alighting_min * 60), round(longest_h * 3600)
    # one minute more than the window, to tell whether the last departure is one to catch
    leaving_s = np.append(departure_s, departure_s[-1] + 60).astype(np.int32)
    last_s = int(leaving_s[-1]) + longest_s
    if changes is None:
        changes = station_changes(timetable.stops.index, station_city, settings=settings)
    trains = TrainDays.build(timetable, changes, days_after=last_s // _DAY_S, settings=settings)
    for origin, minutes in access.items():
        scan = profile_scan(
            trains.departure_s,
            trains.arrival_s,
            trains.from_stop,
            trains.run,
            trains.waiting_s,
            trains.slots,
            trains.change_indptr,
            trains.change_from,
            trains.change_s,
            _access_s(minutes, timetable),
            n_runs=trains.n_runs,
            first_s=int(leaving_s[0]),
            last_s=last_s,
            changes_max=changes_max,
        )
        arrival = earliest_arrivals(scan, trains.slots, leaving_s, longest_s - alighting_s)
        arrival = np.where(arrival == NO_ARRIVAL, NO_ARRIVAL, arrival + alighting_s)
        times = DepartureTimes(timetable.stops.index, departure_s, arrival)
        yield origin, RailProfile(times, station_city, trains, scan, alighting_s)


def city_profile(profile: RailProfile, egress: "pd.Series[float]") -> CityProfile:
    """Travel times to cities, by the best station of each for every departure minute.

    Parameters
    ----------
    profile : RailProfile
        Of one origin.
    egress : Series of float
        Index station_id of the stations at which one can leave the railway; minutes from there to
        the city's centre (0 for station to station). Stations without a city in
        ``profile.station_city``, or that no train serves, are left out.

    Returns
    -------
    CityProfile
        Cities in the order of their codes.

    Raises
    ------
    ValueError
        If an egress time is negative or missing.
    """
    if not (egress >= 0).all():
        raise ValueError("an egress time is negative or missing")
    city = profile.station_city.reindex(egress.index)
    served = egress.index.isin(profile.times.places) & (city.fillna("") != "").to_numpy()
    usable: pd.Series[float] = egress[served & np.isfinite(egress.to_numpy())]
    egress_s = pd.Series(np.rint(usable.to_numpy() * 60.0).astype(np.int32), index=usable.index)
    row, cities = pd.factorize(city[usable.index], sort=True)
    stops = profile.times.places.get_indexer(usable.index)
    arrival = np.full((len(cities), len(profile.times.departure_s) + 1), NO_ARRIVAL, dtype=np.int32)
    for i, stop, seconds in zip(row, stops, egress_s, strict=True):
        at_station = profile.times.arrival_s[stop]
        at_city = np.where(at_station == NO_ARRIVAL, NO_ARRIVAL, at_station + seconds)
        arrival[i] = np.minimum(arrival[i], at_city)
    times = DepartureTimes(pd.Index(cities), profile.times.departure_s, arrival)
    return CityProfile(times, profile, egress_s)


def _access_s(access: "pd.Series[float]", timetable: Timetable) -> np.ndarray:
    """Seconds to each station of the timetable, -1 where one cannot start."""
    minutes = access[np.asarray(access != np.inf)]
    if not (minutes >= 0).all():
        raise ValueError("an access time is negative or missing")
    seconds = np.full(len(timetable.stops), -1, dtype=np.int32)
    for station, value in minutes.items():
        seconds[_position(timetable.stops.index, str(station))] = round(value * 60.0)
    return seconds


def _position(places: pd.Index, name: str) -> int:
    """Row of a place."""
    if name not in places:
        raise UnknownNameError(
            f"{name!r} is not among the {len(places)} places of this timetable",
            remedy="give a station id (or the adcode of a city) that its trains serve",
        )
    return int(places.get_indexer(pd.Index([name]))[0])
