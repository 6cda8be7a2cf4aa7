"""Direct train services between stations and between cities, derived from a timetable."""

import numpy as np
import pandas as pd

from toolkit.errors import NetworkError

__all__ = [
    "CITY_SERVICE_COLUMNS",
    "SERVICE_COLUMNS",
    "city_services",
    "estimated_city_services",
    "station_services",
]

SERVICE_COLUMNS = (
    "from_id",
    "to_id",
    "train_class",
    "trains_per_day",
    "fastest_min",
    "median_min",
    "first_departure",
    "last_departure",
    "fastest_train",
)
CITY_SERVICE_COLUMNS = (
    "from_adcode",
    "to_adcode",
    *SERVICE_COLUMNS[2:],
    "fastest_from_id",
    "fastest_to_id",
    "counts",
)
_DAY_MIN = 1440
_INTEGERS = ("trains_per_day", "fastest_min")


def station_services(
    stop_times: pd.DataFrame, trips: pd.DataFrame, station_ids: pd.Index | None = None
) -> pd.DataFrame:
    """Direct services of a day between stations.

    A train gives one ride for each ordered pair of its stops; if it calls at a station twice,
    its fastest ride counts. Trains of one class with the same departure and arrival minute count
    once (they are versions of one path for different days). The time is from departure to
    arrival, rounded to a minute; a departure after midnight counts as an early one.

    Parameters
    ----------
    stop_times, trips : DataFrame
        As in `toolkit.networks.timetable.Timetable`.
    station_ids : Index, optional
        Only between these stations; default all.

    Returns
    -------
    DataFrame
        One row per ordered station pair and train class with a train, sorted by these: from_id,
        to_id, train_class, trains_per_day, fastest_min, median_min, first_departure,
        last_departure ('HH:MM'), fastest_train (the earliest of the fastest).

    Notes
    -----
    ``O(R log R)`` in the number of rides R; a train with k stops among the stations gives
    k (k - 1) / 2 of them.

    Examples
    --------
    >>> trips = pd.DataFrame({"train": ["G1"], "train_class": ["fast"]})
    >>> stop_times = pd.DataFrame({"trip_id": 0, "station_id": ["A", "B", "C"],
    ...     "arrival_s": [25200, 27000, 30600], "departure_s": [25200, 27120, 30600]})
    >>> station_services(stop_times, trips)[["from_id", "to_id", "fastest_min"]]
      from_id to_id  fastest_min
    0       A     B           30
    1       A     C           90
    2       B     C           58
    """
    rides = _rides(stop_times, trips, station_ids)
    rides = rides[rides["from_id"] != rides["to_id"]]
    return _summary(rides, pair=["from_id", "to_id"], path=[])[list(SERVICE_COLUMNS)]


def city_services(
    stop_times: pd.DataFrame, trips: pd.DataFrame, station_adcode: pd.Series
) -> pd.DataFrame:
    """Direct services of a day between cities, each train counted once.

    A train that calls at several stations of a city counts with its fastest station pair.
    Otherwise the rules are those of `station_services`; trains between different station pairs
    are different even if their minutes agree.

    Parameters
    ----------
    stop_times, trips : DataFrame
        As in `toolkit.networks.timetable.Timetable`.
    station_adcode : Series of str
        City of each station; index station_id. Stations not in it, or without a city, are not
        used.

    Returns
    -------
    DataFrame
        One row per ordered city pair and train class with a train; columns
        `CITY_SERVICE_COLUMNS`, counts 'exact'.

    Raises
    ------
    NetworkError
        If a station is given two cities.
    """
    city = _city_of_station(station_adcode)
    rides = _rides(stop_times, trips, city.index)
    rides["from_adcode"] = city.reindex(rides["from_id"]).to_numpy()
    rides["to_adcode"] = city.reindex(rides["to_id"]).to_numpy()
    rides = rides[rides["from_adcode"] != rides["to_adcode"]]
    table = _summary(rides, pair=["from_adcode", "to_adcode"], path=["from_id", "to_id"])
    table = table.rename(columns={"from_id": "fastest_from_id", "to_id": "fastest_to_id"})
    return table.assign(counts="exact")[list(CITY_SERVICE_COLUMNS)]


def estimated_city_services(services: pd.DataFrame, station_adcode: pd.Series) -> pd.DataFrame:
    """Direct services between cities where only those between stations are known.

    ``fastest_min``, ``fastest_from_id`` and ``fastest_to_id`` are exact, and so is
    ``fastest_train`` unless several station pairs are equally fast (then it is that of the pair
    with most trains). The rest is estimated, because a train that calls at two stations of a
    city stands in two rows. Station pairs are taken in order of their number of trains; each
    adds the trains that cannot be among those of a pair taken before. Two pairs share at most
    as many trains as the smaller has, and, where their stations of one city differ, as run
    directly between these two. The median is that of the pairs' medians, weighted by the trains
    each adds; the first and last departure are the extremes of all pairs.

    Parameters
    ----------
    services : DataFrame
        As `station_services` returns it. Services between stations of one city are used to
        tell which pairs can share trains.
    station_adcode : Series of str
        City of each station; index station_id.

    Returns
    -------
    DataFrame
        As `city_services`, counts 'estimated'.

    Raises
    ------
    NetworkError
        If a station is given two cities.

    Notes
    -----
    Checked against the exact tables of both timetables (2016-11-13 and 2023-12-15, all
    agglomerations), for stations within 25 km of the seat: 7,981 rows, of which 456 in
    Beijing-Tianjin-Hebei, and for all stations of the prefectures: 9,307 rows.

    ======================================  ======  =======================  =====
    error                                   25 km   Beijing-Tianjin-Hebei    all
    ======================================  ======  =======================  =====
    trains_per_day: rows exact              80 %    66 %                     58 %
    trains_per_day: rows within 10 %        87 %    77 %                     67 %
    trains_per_day: mean error              -3.7 %  -6.1 %                   -10 %
    trains_per_day: largest error           -62 %   -50 %                    -75 %
    trains_per_day: error of the sum        -6.3 %  -6.8 %                   -14 %
    median_min: rows exact                  72 %    57 %                     43 %
    median_min: mean error, minutes         2.3     5.1                      10.5
    first_departure: rows not exact         7.6 %   7.9 %                    29 %
    last_departure: rows not exact          0.1 %   0.4 %                    2.3 %
    fastest_train: rows not exact           0.4 %   0.4 %                    0.5 %
    ======================================  ======  =======================  =====

    So a count is a cautious one: it is at most 8 % too high. Summed over all rows (25 km) the
    largest station pair alone falls 15 to 18 % short, and the sum over pairs is 23 to 35 % high.
    """
    city = _city_of_station(station_adcode)
    known = services[services["from_id"].isin(city.index) & services["to_id"].isin(city.index)]
    tables = []
    for train_class, rows in known.groupby("train_class", sort=True):
        ids = pd.Index(np.unique(rows[["from_id", "to_id"]].to_numpy().astype(str)))
        origin, destination = ids.get_indexer(rows["from_id"]), ids.get_indexer(rows["to_id"])
        between = np.zeros((len(ids), len(ids)), dtype=np.int64)
        between[origin, destination] = rows["trains_per_day"]
        between += between.T
        np.fill_diagonal(between, np.iinfo(np.int64).max)
        pairs = rows.assign(
            from_adcode=city.reindex(rows["from_id"]).to_numpy(),
            to_adcode=city.reindex(rows["to_id"]).to_numpy(),
            origin=origin,
            destination=destination,
        )
        pairs = pairs[pairs["from_adcode"] != pairs["to_adcode"]].sort_values(
            ["trains_per_day", "fastest_min", "from_id", "to_id"],
            ascending=[False, True, True, True],
        )
        tables += [
            {
                "from_adcode": from_adcode,
                "to_adcode": to_adcode,
                "train_class": train_class,
                **_estimate(group, between),
            }
            for (from_adcode, to_adcode), group in pairs.groupby(
                ["from_adcode", "to_adcode"], sort=True
            )
        ]
    table = pd.DataFrame(tables, columns=list(CITY_SERVICE_COLUMNS))
    table = table.astype(dict.fromkeys(_INTEGERS, "int64") | {"median_min": "float64"})
    keys = ["from_adcode", "to_adcode", "train_class"]
    return table.sort_values(keys, ignore_index=True)


def _city_of_station(station_adcode: pd.Series) -> pd.Series:
    """City of each station that has one."""
    city = station_adcode[station_adcode.notna() & (station_adcode != "")]
    twice = city.index[city.index.duplicated()]
    if len(twice):
        raise NetworkError(
            f"station {twice[0]} is given more than one city", remedy="give each station one"
        )
    return city


def _rides(
    stop_times: pd.DataFrame, trips: pd.DataFrame, station_ids: pd.Index | None
) -> pd.DataFrame:
    """Each ordered pair of stops of each train: a row with its stations, minutes and train."""
    calls = stop_times
    if station_ids is not None:
        calls = calls[calls["station_id"].isin(station_ids)]
    trip = calls["trip_id"].to_numpy()
    row = np.arange(len(calls))
    origins, destinations = [row[:0]], [row[:0]]
    # stops of a trip stand together: the k-th stop after a stop is k rows below
    for ahead in range(1, int(calls["trip_id"].value_counts().max()) if len(calls) else 1):
        origin = row[:-ahead][trip[:-ahead] == trip[ahead:]]
        origins.append(origin)
        destinations.append(origin + ahead)
    origin, destination = np.concatenate(origins), np.concatenate(destinations)

    departure = calls["departure_s"].to_numpy()[origin]
    arrival = calls["arrival_s"].to_numpy()[destination]
    station = pd.Categorical(calls["station_id"])
    train = trips.loc[trip[origin], ["train", "train_class"]]
    return pd.DataFrame(
        {
            "trip_id": trip[origin],
            "from_id": station[origin],
            "to_id": station[destination],
            "departure_min": departure // 60 % _DAY_MIN,
            "minutes": (arrival - departure + 30) // 60,
            "train": pd.Categorical(train["train"]),
            "train_class": pd.Categorical(train["train_class"]),
        }
    )


def _summary(rides: pd.DataFrame, *, pair: list[str], path: list[str]) -> pd.DataFrame:
    """One row per pair and train class; `path` columns tell rides of equal minutes apart."""
    group = [*pair, "train_class"]
    # the order settles ties: fastest, then earliest, then the train's number
    rides = rides.sort_values([*group, "minutes", "departure_min", "train", *path])
    rides = rides.drop_duplicates(["trip_id", *pair])
    rides = rides.drop_duplicates([*group, "departure_min", "minutes", *path])
    found = rides.groupby(group, observed=True, sort=True)
    first = found[["train", *path]].first()
    table = found.agg(
        trains_per_day=("minutes", "size"),
        fastest_min=("minutes", "min"),
        median_min=("minutes", "median"),
        first_departure=("departure_min", "min"),
        last_departure=("departure_min", "max"),
    )
    table = table.join(first).reset_index().rename(columns={"train": "fastest_train"})
    texts = [*group, *path, "fastest_train"]
    table = table.astype(dict.fromkeys(texts, "str") | dict.fromkeys(_INTEGERS, "int64"))
    return table.assign(
        median_min=table["median_min"].astype("float64"),
        first_departure=_clock(table["first_departure"]),
        last_departure=_clock(table["last_departure"]),
    )


def _clock(minutes: pd.Series) -> pd.Series:
    """Minutes after midnight as HH:MM."""
    texts = np.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(_DAY_MIN)], dtype=object)
    return pd.Series(texts[minutes.to_numpy(dtype=np.int64)], index=minutes.index, dtype="str")


def _estimate(pairs: pd.DataFrame, between: np.ndarray) -> dict[str, object]:
    """Services between two cities from their station pairs, largest first."""
    number = pairs["trains_per_day"].to_numpy()
    origin, destination = pairs["origin"].to_numpy(), pairs["destination"].to_numpy()
    added = number.copy()
    for i in range(1, len(number)):
        shared = np.minimum(
            between[origin[i], origin[:i]], between[destination[i], destination[:i]]
        )
        added[i] -= np.minimum(shared, number[i]).max()
    fastest = pairs.iloc[int(pairs["fastest_min"].to_numpy().argmin())]
    by_median = np.argsort(pairs["median_min"].to_numpy(), kind="stable")
    half = np.searchsorted(2 * np.cumsum(added[by_median]), added.sum())
    return {
        "trains_per_day": int(added.sum()),
        "fastest_min": int(fastest["fastest_min"]),
        "median_min": float(pairs["median_min"].to_numpy()[by_median][half]),
        "first_departure": pairs["first_departure"].min(),
        "last_departure": pairs["last_departure"].max(),
        "fastest_train": fastest["fastest_train"],
        "fastest_from_id": fastest["from_id"],
        "fastest_to_id": fastest["to_id"],
        "counts": "estimated",
    }
