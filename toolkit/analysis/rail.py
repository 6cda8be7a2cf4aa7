"""Journeys by train between stations, direct or with one change, from tables of services."""

from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.analysis.stations import stations_of
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings

__all__ = [
    "Leg",
    "RailArrivals",
    "ServiceView",
    "access_minutes",
    "rail_arrivals",
    "waiting_min",
    "waiting_minutes",
]


@dataclass(frozen=True)
class Leg:
    """One train of a journey.

    Attributes
    ----------
    from_id, to_id : str
        Stations.
    train : str
        Train number as printed.
    minutes : int
        In-vehicle time.
    """

    from_id: str
    to_id: str
    train: str
    minutes: int


@dataclass(frozen=True, eq=False)
class RailArrivals:
    """Earliest arrival by rail at each station, with the trains that make it.

    Attributes
    ----------
    minutes : Series
        Index station_id; minutes from the start of the journey (its terms depend on the
        definition) to the arrival at the station; infinite where there is no way.
    itinerary : Series
        Index station_id; tuple of `Leg` in order of travel.
    """

    minutes: pd.Series
    itinerary: pd.Series


@dataclass(frozen=True, eq=False)
class ServiceView:
    """One timetable seen through one station set.

    Attributes
    ----------
    date, station_set : str
    stations : GeoDataFrame
        The stations of the set that the timetable serves.
    station_city : Series
        Index station_id, values adcode.
    between_stations, between_cities : DataFrame
        Direct services.
    timetable : Timetable or None
        Where single trains are known, with the times at which they run.
    """

    date: str
    station_set: str
    stations: gpd.GeoDataFrame
    station_city: pd.Series
    between_stations: pd.DataFrame
    between_cities: pd.DataFrame
    timetable: Timetable | None = None

    @classmethod
    def build(cls, timetable: Timetable, stations: gpd.GeoDataFrame, station_set: str) -> Self:
        """The stations of the set, and the services between them and between their cities."""
        chosen = stations_of(stations, station_set)
        chosen = chosen[chosen.index.isin(timetable.stops.index)]
        return cls(
            date=timetable.date,
            station_set=station_set,
            stations=stations.loc[chosen.index],
            station_city=chosen,
            between_stations=timetable.services(chosen.index),
            between_cities=timetable.city_services(chosen),
            timetable=timetable if timetable.reference_services is None else None,
        )


def rail_arrivals(
    services: pd.DataFrame,
    station_city: pd.Series,
    departures: pd.Series,
    *,
    waiting: bool,
    changes: int,
    settings: Settings = DEFAULTS,
) -> RailArrivals:
    """Earliest arrival at each station from several stations at once.

    Parameters
    ----------
    services : DataFrame
        Service table between stations (``from_id``, ``to_id``, ``fastest_min``,
        ``fastest_train``, ...); several rows a pair are allowed.
    station_city : Series
        Index station_id, values adcode: which stations are of one city.
    departures : Series
        Index station_id of the origins; minutes spent before reaching each (0 or access).
    waiting : bool
        Add waiting before the first train: ``waiting_intercity_min`` where it is a C train (an
        intercity line run like a bus), else ``waiting_min``. The time of a change holds the
        waiting for the second train.
    changes : int
        0, or 1 to allow a change at one station or between two stations of one city.

    Returns
    -------
    RailArrivals

    Notes
    -----
    With one change, ``O(R log R)`` in the rows of `services`. The fastest trains are combined
    whether or not they connect: a best case.

    Examples
    --------
    >>> services = pd.DataFrame({"from_id": ["a", "b", "a"], "to_id": ["b", "c", "c"],
    ...     "fastest_min": [30, 20, 90], "fastest_train": ["G1", "G2", "K3"]})
    >>> city = pd.Series({"a": "1", "b": "2", "c": "3"})
    >>> found = rail_arrivals(services, city, pd.Series({"a": 0.0}), waiting=True, changes=1)
    >>> found.minutes.to_dict()
    {'a': inf, 'b': 45.0, 'c': 80.0}
    >>> [leg.train for leg in found.itinerary["c"]]
    ['G1', 'G2']
    """
    first = services[services["from_id"].isin(departures.index)]
    wait = waiting_minutes(first, settings) if waiting else 0.0
    first = first.assign(
        minutes=first["fastest_min"] + first["from_id"].map(departures).astype(float) + wait
    )
    best = _earliest(first)
    direct = best["minutes"]
    legs: dict[str, tuple[Leg, ...]] = {leg.to_id: (leg,) for leg in _legs(best)}
    minutes = direct.reindex(station_city.index, fill_value=np.inf)
    if changes:
        boarding = _changes(direct, station_city, settings)
        second = services[services["from_id"].isin(boarding.index)]
        second = second.assign(
            minutes=second["fastest_min"] + second["from_id"].map(boarding["minutes"]).astype(float)
        )
        second = _earliest(second)
        better = second[second["minutes"] < minutes.reindex(second.index, fill_value=np.inf)]
        alighting = {str(k): str(v) for k, v in boarding["alighting"].items()}
        for leg in _legs(better):
            legs[leg.to_id] = (*legs[alighting[leg.from_id]], leg)
        minutes.update(better["minutes"])
    empty: tuple[()] = ()
    itinerary = pd.Series(
        {station: legs.get(station, empty) for station in station_city.index}, dtype=object
    )
    return RailArrivals(minutes=minutes.astype(float), itinerary=itinerary)


def _changes(arrivals: pd.Series, station_city: pd.Series, settings: Settings) -> pd.DataFrame:
    """When a second train can be boarded at each station, and where one alighted for it."""
    here = pd.DataFrame(
        {
            "minutes": arrivals + settings.change_same_station_min,
            "station": arrivals.index,
            "alighting": arrivals.index,
        }
    )
    first = arrivals.to_frame("minutes").assign(city=station_city.reindex(arrivals.index))
    first = first.reset_index(names="alighting").sort_values("minutes", kind="stable")
    first = first.drop_duplicates("city").set_index("city")
    across = first.reindex(station_city)
    elsewhere = pd.DataFrame(
        {
            "minutes": across["minutes"].to_numpy() + settings.change_between_stations_min,
            "station": station_city.index,
            "alighting": across["alighting"].to_numpy(),
        }
    ).dropna()
    both = pd.concat([here, elsewhere]).sort_values("minutes", kind="stable")
    return both.drop_duplicates("station").set_index("station")


def _earliest(rows: pd.DataFrame) -> pd.DataFrame:
    """The earliest row for each ``to_id``, ties by station and train."""
    ordered = rows.sort_values(["minutes", "from_id", "fastest_train"], kind="stable")
    return ordered.drop_duplicates("to_id").set_index("to_id")


def _legs(rows: pd.DataFrame) -> list[Leg]:
    """Rows of a service table, indexed by ``to_id``, as legs of an itinerary."""
    return [
        Leg(str(start), str(end), str(train), int(minutes))
        for start, end, train, minutes in zip(
            rows["from_id"], rows.index, rows["fastest_train"], rows["fastest_min"], strict=True
        )
    ]


def waiting_minutes(services: pd.DataFrame, settings: Settings = DEFAULTS) -> pd.Series:
    """Waiting and boarding before the fastest train of each row of a service table, minutes.

    Examples
    --------
    >>> waiting_minutes(pd.DataFrame({"fastest_train": ["C2561", "G51"]})).tolist()
    [10.0, 15.0]
    """
    intercity = services["fastest_train"].str.startswith("C")
    return pd.Series(
        np.where(intercity, settings.waiting_intercity_min, settings.waiting_min),
        index=services.index,
    )


def waiting_min(train: str, settings: Settings = DEFAULTS) -> float:
    """Waiting and boarding before one train, minutes.

    Examples
    --------
    >>> waiting_min("C2561"), waiting_min("G51")
    (10.0, 15.0)
    """
    return settings.waiting_intercity_min if train.startswith("C") else settings.waiting_min


def access_minutes(
    distance_km: npt.ArrayLike, settings: Settings = DEFAULTS
) -> npt.NDArray[np.float64]:
    """Door to platform, or to the road network, over a straight distance: minutes.

    Examples
    --------
    >>> access_minutes([0.0, 10.0]).round(1).tolist()
    [0.0, 31.2]
    """
    return (
        np.asarray(distance_km, dtype=np.float64)
        * settings.access_detour
        / settings.access_speed_kmh
        * 60.0
    )
