"""Rail timetables of one service day: services between stations and cities, connections."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.display import html_card
from toolkit.errors import MissingDataError, UnknownNameError
from toolkit.networks.gtfs import RAIL_ROUTE_TYPES, read_gtfs
from toolkit.networks.services import (
    CITY_SERVICE_COLUMNS,
    SERVICE_COLUMNS,
    city_services,
    estimated_city_services,
    station_services,
)
from toolkit.sources import reference

__all__ = ["Connections", "Timetable"]

_DAY_S = 86_400


@dataclass(frozen=True, eq=False)
class Connections:
    """Elementary connections of a day: one train from one stop to the next.

    Sorted by departure, then arrival, as the connection scan needs them (Dibbelt, Pajor, Strasser
    and Wagner 2018, Connection Scan Algorithm, ACM JEA 23, 1.7). All arrays are int32 and of one
    length.

    Attributes
    ----------
    departure_s, arrival_s : ndarray
        Seconds after midnight of the service day.
    from_stop, to_stop : ndarray
        Row of the station in ``Timetable.stops``.
    trip : ndarray
        The train on the road, below `n_runs`. Numbers from 0 to ``n_trips - 1`` are the rows of
        ``Timetable.trips``; the train that set out k days earlier and is still under way is
        ``k * n_trips`` more, because it is another vehicle. `trip_row` leads back to the table.
    n_stops, n_trips, n_runs : int
        Bounds of the positions above.
    """

    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    from_stop: NDArray[np.int32]
    to_stop: NDArray[np.int32]
    trip: NDArray[np.int32]
    n_stops: int
    n_trips: int
    n_runs: int

    def __len__(self) -> int:
        return len(self.departure_s)

    @property
    def trip_row(self) -> NDArray[np.int32]:
        """Row in ``Timetable.trips`` of each connection's train."""
        return np.asarray(self.trip % max(self.n_trips, 1), dtype=np.int32)


@dataclass(frozen=True, eq=False, repr=False)
class Timetable:
    """Trains of one service day.

    Attributes
    ----------
    stops : GeoDataFrame
        Stations at which a train calls; index station_id (str); name_zh, name_en ('' if
        unknown), geometry Point EPSG:4326; on a reference timetable also adcode (prefecture,
        '' abroad).
    trips : DataFrame
        Index trip_id (int); train (number as printed, 'G173', 'Z12/Z13'), train_class ('fast' or
        'other'), kind (leading letter of a Chinese number, else '').
    stop_times : DataFrame
        trip_id, stop_sequence, station_id, arrival_s, departure_s (seconds after midnight of the
        service day), sorted by trip and sequence.
    date : str
        Service day, ISO.
    version, source : str
        Version of the feed; file, publisher and credits.
    dropped : tuple of str
        What reading left out or changed, a line each, with counts and examples.
    reference_services : DataFrame or None
        Services between stations where only these are known (`from_reference`); then `trips` and
        `stop_times` are empty.

    Notes
    -----
    Train classes: where train numbers are Chinese (the agency's timezone is China's, or, without
    a timezone, numbers look so), 'fast' are G, D and C and 'other' the rest. Elsewhere 'fast' is
    GTFS route type 101, high-speed rail.

    Examples
    --------
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> services = timetable.services(["VNP", "TJP"])
    >>> int(services["fastest_min"].min())
    30
    """

    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    date: str
    version: str = ""
    source: str = ""
    dropped: tuple[str, ...] = ()
    reference_services: pd.DataFrame | None = None

    @classmethod
    def from_gtfs(
        cls,
        path: str | PathLike[str],
        *,
        date: str | None = None,
        route_types: Collection[int] = RAIL_ROUTE_TYPES,
    ) -> Self:
        """Read the trains of one day from a GTFS feed (`toolkit.networks.gtfs.read_gtfs`).

        Parameters
        ----------
        path : str or path
            Zip file or folder.
        date : str, optional
            Service day, ISO. Without it the day named by ``feed_version`` if trains run on it,
            else the earliest working day with the median number of trips.
        route_types : collection of int
            Route types to keep; default railways (2 and 100 to 117), without metro and bus. If
            the feed has none of them, everything is kept and `dropped` says so.

        Returns
        -------
        Timetable
            The day.

        Raises
        ------
        InputFileError
            If the feed is missing, cut short, incomplete or contradicts itself, or nothing runs
            on `date`.
        """
        day = read_gtfs(path, date=date, route_types=route_types)
        return cls(
            stops=day.stops,
            trips=day.trips,
            stop_times=day.stop_times,
            date=day.date,
            version=day.version,
            source=day.source,
            dropped=day.dropped,
        )

    @classmethod
    def from_reference(cls, date: str) -> Self:
        """Take an embedded table of services between the stations of each agglomeration.

        Parameters
        ----------
        date : str
            A date of ``toolkit.sources.reference.TIMETABLE_DATES``.

        Returns
        -------
        Timetable
            A timetable without trips and stop times: `services` and `city_services` work,
            `connections` do not.

        Raises
        ------
        UnknownNameError
            If no timetable of that date is embedded.
        """
        if date not in reference.TIMETABLE_DATES:
            raise UnknownNameError(
                f"no embedded timetable of {date!r}",
                remedy=f"there are {' and '.join(reference.TIMETABLE_DATES)}; for another day "
                "read a GTFS feed",
            )
        stations = reference.stations()
        stations = stations[stations[f"in_{date[:4]}"]]
        names = stations["name_zh"]
        if f"name_{date[:4]}" in stations:
            old = stations[f"name_{date[:4]}"]
            names = names.mask(old.notna() & (old != ""), old)
        return cls(
            stops=gpd.GeoDataFrame(
                {
                    "name_zh": names,
                    "name_en": stations["name_en"],
                    "adcode": stations["adcode"].fillna(""),
                },
                geometry=stations.geometry,
                crs=stations.crs,
            ),
            trips=pd.DataFrame(
                {"train": [], "train_class": [], "kind": []},
                index=pd.RangeIndex(0, name="trip_id"),
                dtype="str",
            ),
            stop_times=pd.DataFrame(
                {
                    "trip_id": pd.Series(dtype="int64"),
                    "stop_sequence": pd.Series(dtype="int64"),
                    "station_id": pd.Series(dtype="str"),
                    "arrival_s": pd.Series(dtype="int64"),
                    "departure_s": pd.Series(dtype="int64"),
                }
            ),
            date=date,
            version=date,
            source="embedded services: between stations of an agglomeration, from the public "
            f"timetable of {date}",
            reference_services=reference.rail_services(date),
        )

    def services(self, station_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Direct services of the day between stations.

        Parameters
        ----------
        station_ids : iterable of str, optional
            Only between these stations; default all. Ids that no train serves are ignored.

        Returns
        -------
        DataFrame
            One row per ordered station pair and train class with a direct train: from_id, to_id,
            train_class, trains_per_day (distinct pairs of departure and arrival minute),
            fastest_min, median_min, first_departure, last_departure ('HH:MM' at the origin; 00:10
            is early), fastest_train (the earliest of the fastest). See
            `toolkit.networks.services.station_services`.
        """
        chosen = None if station_ids is None else pd.Index(list(station_ids))
        if self.reference_services is None:
            return station_services(self.stop_times, self.trips, chosen)
        table = self.reference_services[list(SERVICE_COLUMNS)]
        if chosen is not None:
            table = table[table["from_id"].isin(chosen) & table["to_id"].isin(chosen)]
        return table.sort_values(["from_id", "to_id", "train_class"], ignore_index=True)

    def city_services(self, station_adcode: pd.Series) -> pd.DataFrame:
        """Direct services of the day between cities.

        With trips each train counts once, with its fastest station pair, and ``counts`` is
        'exact'. On a reference timetable it is 'exact' between cities whose given stations are
        those of an embedded table (all of the prefecture, or all within 25 km of the seat), else
        'estimated':
        `toolkit.networks.services.estimated_city_services` says how, and how well.

        Parameters
        ----------
        station_adcode : Series of str
            City of each station that may be used; index station_id.

        Returns
        -------
        DataFrame
            One row per ordered city pair and train class with a direct train: from_adcode,
            to_adcode, train_class, trains_per_day, fastest_min, median_min, first_departure,
            last_departure, fastest_train, fastest_from_id, fastest_to_id, counts.

        Raises
        ------
        NetworkError
            If a station is given two cities.
        """
        if self.reference_services is None:
            return city_services(self.stop_times, self.trips, station_adcode)
        estimated = estimated_city_services(self.reference_services, station_adcode)
        exact = self._embedded_city_services(station_adcode)
        keys = ["from_adcode", "to_adcode", "train_class"]
        table = pd.concat([exact, estimated], ignore_index=True).drop_duplicates(keys)
        return table.sort_values(keys, ignore_index=True)[list(CITY_SERVICE_COLUMNS)]

    @cached_property
    def connections(self) -> Connections:
        """Connections of the day, for the connection scan.

        Trains that set out on an earlier day and are on the road after midnight are in it with
        their times less 24 h a day, as if every day ran like this one; only connections that depart
        at or after 00:00 are. Trains of the next day are not, so search windows should end before
        midnight. A connection within one station (from platform to platform) is left out.

        Returns
        -------
        Connections
            Arrays sorted by departure, then arrival.

        Raises
        ------
        MissingDataError
            On a reference timetable, which knows no single trains.
        """
        if self.reference_services is not None:
            raise MissingDataError(
                f"the embedded timetable of {self.date} holds services, not single trains",
                remedy="read a GTFS feed (Timetable.from_gtfs) for connections",
            )
        calls = self.stop_times
        trip = self.trips.index.get_indexer(pd.Index(calls["trip_id"]))
        stop = self.stops.index.get_indexer(pd.Index(calls["station_id"]))
        rows = np.flatnonzero((trip[1:] == trip[:-1]) & (stop[1:] != stop[:-1]))
        departure = calls["departure_s"].to_numpy()[rows]
        arrival = calls["arrival_s"].to_numpy()[rows + 1]
        days = int(departure.max(initial=0)) // _DAY_S + 1
        # rows of the arrays below: the trains of the day, of the day before, ...
        day = np.repeat(np.arange(days), len(rows))
        table = np.column_stack(
            [
                np.tile(departure, days) - day * _DAY_S,
                np.tile(arrival, days) - day * _DAY_S,
                np.tile(stop[rows], days),
                np.tile(stop[rows + 1], days),
                np.tile(trip[rows], days) + day * len(self.trips),
            ]
        ).astype(np.int32)
        table = table[table[:, 0] >= 0]
        table = table[np.lexsort((table[:, 4], table[:, 1], table[:, 0]))]
        departure_s, arrival_s, from_stop, to_stop, trip_position = np.ascontiguousarray(table.T)
        return Connections(
            departure_s,
            arrival_s,
            from_stop,
            to_stop,
            trip_position,
            n_stops=len(self.stops),
            n_trips=len(self.trips),
            n_runs=days * len(self.trips),
        )

    def _embedded_city_services(self, station_adcode: pd.Series) -> pd.DataFrame:
        """Exact services between cities whose given stations are those of an embedded table."""
        stations = reference.stations().reindex(self.stops.index)
        given = station_adcode.reindex(stations.index)
        tables = []
        for station_set in reference.STATION_SETS:
            expected = stations["adcode"]
            if station_set == "core25":
                expected = expected.where(stations["within_25_km_of_seat"])
            unlike = (given != expected) & (given.notna() | expected.notna())
            cities = pd.Index(expected.dropna().unique())
            cities = cities.difference(pd.concat([given[unlike], expected[unlike]]).dropna())
            table = reference.city_services(self.date, station_set)
            inside = table["from_adcode"].isin(cities) & table["to_adcode"].isin(cities)
            tables.append(table[inside])
        return pd.concat(tables).assign(counts="exact")

    def _facts(self) -> list[str]:
        """What there is in it, in a few words each."""
        if self.reference_services is None:
            content = f"{len(self.trips):,} trains"
        else:
            content = f"{len(self.reference_services):,} services"
        return [self.date, content, f"{len(self.stops):,} stations", self.source.partition(":")[0]]

    def __repr__(self) -> str:
        return f"<Timetable {', '.join(self._facts())}>"

    def _repr_html_(self) -> str:
        date, content, stations, source = self._facts()
        return html_card(
            f"Timetable of {date}", {"holds": content, "calls at": stations, "source": source}
        )
