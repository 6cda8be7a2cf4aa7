"""One service day of a GTFS feed: the trains that run, where they call and when.

GTFS Schedule reference: https://gtfs.org/documentation/schedule/reference/
"""

from collections.abc import Collection
from dataclasses import dataclass
from os import PathLike

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.errors import InputFileError
from toolkit.networks.gtfs_calls import read_calls, report_line
from toolkit.networks.gtfs_files import GtfsFiles, open_feed
from toolkit.networks.service_day import read_calendar

__all__ = ["RAIL_ROUTE_TYPES", "GtfsDay", "read_gtfs"]

RAIL_ROUTE_TYPES = frozenset({2, *range(100, 118)})
"""Route types of railways: 2, and 100 to 117 of the extended list. Metro (1, 400s) is not rail."""

_HIGH_SPEED_RAIL = 101
_LINE_NOT_TRAIN = "全线"
_CHINESE_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC")
_CHINESE_NUMBER = r"[A-Z]?\d{1,4}(?:/[A-Z]?\d{1,4})*"


@dataclass(frozen=True, eq=False)
class GtfsDay:
    """Tables of one service day; the fields are those of `toolkit.networks.timetable.Timetable`."""

    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    date: str
    version: str
    source: str
    dropped: tuple[str, ...]


def read_gtfs(
    path: str | PathLike[str],
    *,
    date: str | None = None,
    route_types: Collection[int] = RAIL_ROUTE_TYPES,
) -> GtfsDay:
    """Read the trains of one day from a GTFS feed.

    Read are stops, routes, trips, stop_times, calendar, calendar_dates, frequencies, feed_info,
    agency, attributions and translations (English station names).

    - Platforms are folded into their station (``parent_station``).
    - Trips named ``... (全线)`` list the stations of a line: no trains, left out.
    - Blank times between two timed stops are interpolated evenly by stop order.
    - A stop that a train reaches before and leaves after midnight, written with one day number
      for both times, is mended where its neighbours decide which of the two is a day off.
    - A trip whose times do not increase from stop to stop is left out. So are stations without
      usable coordinates; trips through them keep their other stops.
    - Trips alike in every station and time are one train: the first stays.
    - ``frequencies.txt`` is expanded to single runs.

    Parameters
    ----------
    path : str or path
        Zip file or folder.
    date : str, optional
        Service day, ISO. Without it the day named by ``feed_version``, else the earliest working
        day with the median number of trips (`ServiceCalendar.typical_date`).
    route_types : collection of int
        Route types to keep, default railways. If the feed has none of them, everything is kept.

    Returns
    -------
    GtfsDay
        Tables, with a line in ``dropped`` for each kind of thing left out or changed.

    Raises
    ------
    InputFileError
        If the feed is missing, cut short, incomplete or contradicts itself, or nothing runs on
        `date`.
    """
    files = open_feed(path)
    files.refuse_without("stops", "routes", "trips", "stop_times")
    report: list[str] = []
    stations, station_of_stop = _read_stations(files, report)
    all_trips = _read_trips(files)
    trips = _only_trains(all_trips, route_types, report)

    info = files.read("feed_info", optional=["feed_publisher_name", "feed_version"], may_lack=True)
    version = _first(info["feed_version"])
    date, trips = _running(files, trips, date, version)
    calls = read_calls(
        files,
        trips,
        known_trips=all_trips.index,
        stations=stations,
        station_of_stop=station_of_stop,
        report=report,
    )
    if calls.empty:
        raise InputFileError(
            f"{files.path}: no usable train is left on {date} ({'; '.join(report)})",
            remedy="mend the feed or use another",
        )

    runs, trip_id = np.unique(calls["run"].to_numpy(), return_inverse=True)
    row_of_run = calls.drop_duplicates("run").set_index("run").loc[runs, "trip"]
    trains = trips.iloc[row_of_run.to_numpy()][["train", "train_class", "kind"]]
    trains.index = pd.RangeIndex(len(runs), name="trip_id")
    return GtfsDay(
        stops=_served(stations, calls, report),
        trips=trains,
        stop_times=pd.DataFrame(
            {
                "trip_id": trip_id,
                **{
                    column: calls[column].to_numpy()
                    for column in ("stop_sequence", "station_id", "arrival_s", "departure_s")
                },
            }
        ),
        date=date,
        version=version,
        source=_source(files, _first(info["feed_publisher_name"])),
        dropped=tuple(report),
    )


def _read_stations(files: GtfsFiles, report: list[str]) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Stations with coordinates, and the station of each stop."""
    stops = files.read(
        "stops",
        required=["stop_id", "stop_lat", "stop_lon"],
        optional=["stop_name", "parent_station"],
    )
    stops = stops.drop_duplicates("stop_id").set_index("stop_id")
    parent = stops["parent_station"]
    orphans = stops.index[(parent != "") & ~parent.isin(stops.index)]
    if len(orphans):
        report.append(
            report_line(orphans, "stops whose parent_station is not in stops.txt kept alone")
        )
    station_of = pd.Series(stops.index, index=stops.index)
    known_parent = parent.where(parent.isin(stops.index), "")
    # boarding area -> platform -> station
    for _ in range(2):
        above = known_parent.reindex(station_of).to_numpy()
        station_of = station_of.where(above == "", above)

    stations = stops.loc[stops.index.isin(station_of.unique())].rename_axis("station_id")
    lon = pd.to_numeric(stations["stop_lon"], errors="coerce")
    lat = pd.to_numeric(stations["stop_lat"], errors="coerce")
    # (0, 0) is how some publishers write "unknown"
    located = lon.between(-180, 180) & lat.between(-90, 90) & ~((lon == 0) & (lat == 0))
    if not located.any():
        raise InputFileError(
            f"{files.path}: no stop in stops.txt has usable coordinates",
            remedy="stop_lat and stop_lon must be degrees, WGS84",
        )
    stations = stations[located]
    table = gpd.GeoDataFrame(
        {
            "name_zh": stations["stop_name"],
            "name_en": _english_names(files, stations["stop_name"]),
        },
        geometry=gpd.points_from_xy(lon[located], lat[located]),
        crs="EPSG:4326",
    )
    return table, station_of


def _english_names(files: GtfsFiles, name: pd.Series) -> pd.Series:
    """English name of each station as translations.txt gives it, else ''."""
    columns = ["table_name", "field_name", "language", "translation", "record_id", "field_value"]
    table = files.read("translations", optional=columns, may_lack=True)
    table = table[
        (table["table_name"] == "stops")
        & (table["field_name"] == "stop_name")
        & table["language"].str.lower().str.split("-").str[0].eq("en")
    ]
    own = dict(zip(table["record_id"], table["translation"], strict=True))
    by_name = dict(zip(table["field_value"], table["translation"], strict=True))
    own.pop("", None)
    by_name.pop("", None)
    return pd.Series(
        [own.get(str(stop), by_name.get(text, "")) for stop, text in name.items()],
        index=name.index,
        dtype="str",
    )


def _read_trips(files: GtfsFiles) -> pd.DataFrame:
    """All trips with the train's number, class and kind, indexed by the feed's trip id."""
    trips = files.read(
        "trips",
        required=["trip_id", "route_id", "service_id"],
        optional=["trip_short_name", "trip_headsign"],
    )
    trips = trips.drop_duplicates("trip_id").set_index("trip_id")
    routes = files.read(
        "routes", optional=["route_id", "route_type", "route_short_name"], may_lack=True
    ).drop_duplicates("route_id")
    routes = routes.set_index("route_id").reindex(trips["route_id"])
    route_type = pd.to_numeric(routes["route_type"], errors="coerce").fillna(-1).astype(int)
    route_name = pd.Series(routes["route_short_name"].fillna("").to_numpy(), index=trips.index)

    train = trips["trip_short_name"].mask(trips["trip_short_name"] == "", route_name)
    train = train.mask(train == "", trips.index.to_series())
    chinese = _numbers_are_chinese(files, train)
    kind = train.str.extract(r"^([A-Z])\d", expand=False).fillna("") if chinese else ""
    fast = (
        train.str.contains(r"^[GDC]\d", regex=True).to_numpy()
        if chinese
        else route_type.to_numpy() == _HIGH_SPEED_RAIL
    )
    return trips[["service_id", "trip_headsign"]].assign(
        route_type=route_type.to_numpy(),
        train=train,
        train_class=np.where(fast, "fast", "other"),
        kind=kind,
    )


def _numbers_are_chinese(files: GtfsFiles, train: pd.Series) -> bool:
    """Whether the letter of a train's number is its class, as on China's railway."""
    zone = _first(
        files.read("agency", optional=["agency_timezone"], may_lack=True)["agency_timezone"]
    )
    return zone in _CHINESE_ZONES if zone else bool(train.str.fullmatch(_CHINESE_NUMBER).any())


def _only_trains(
    trips: pd.DataFrame, route_types: Collection[int], report: list[str]
) -> pd.DataFrame:
    """Trips of the wanted route types that are trains, not station lists of a line."""
    wanted = trips["route_type"].isin(list(route_types))
    if not wanted.any():
        found = ", ".join(str(kind) for kind in sorted(trips["route_type"].unique()))
        report.append(f"no trip has a route_type asked for (found: {found}): all were kept")
    elif not wanted.all():
        others = trips[~wanted]
        report.append(report_line(others["train"], "trips of another route_type dropped"))
        trips = trips[wanted]
    names = trips["train"] + " " + trips["trip_headsign"] + " " + trips.index.to_series()
    lines = names.str.contains(_LINE_NOT_TRAIN, regex=False)
    if lines.any():
        report.append(
            report_line(
                trips.loc[lines, "train"],
                f"station lists of a line ('{_LINE_NOT_TRAIN}'), not trains, dropped",
            )
        )
    return trips[~lines]


def _running(
    files: GtfsFiles, trips: pd.DataFrame, date: str | None, version: str
) -> tuple[str, pd.DataFrame]:
    """The service day, asked for or typical, and the trips that run on it."""
    if trips.empty:
        raise InputFileError(
            f"{files.path}: no train in this feed, only station lists of lines",
            remedy="use a feed with trains",
        )
    calendar = read_calendar(files)
    if date is None:
        date = calendar.typical_date(trips["service_id"], version=version)
    running = trips[trips["service_id"].isin(calendar.services_on(date))]
    if running.empty:
        covered = calendar.trips_per_day(trips["service_id"]).index
        known = f"trains run from {covered.min()} to {covered.max()}" if len(covered) else "none do"
        raise InputFileError(
            f"{files.path}: no train runs on {date}", remedy=f"in this feed {known}"
        )
    return date, running


def _served(stations: gpd.GeoDataFrame, calls: pd.DataFrame, report: list[str]) -> gpd.GeoDataFrame:
    """Stations at which a train calls."""
    served = stations.index.isin(calls["station_id"].unique())
    if not served.all():
        report.append(
            report_line(stations["name_zh"][~served], "stations where no train calls left out")
        )
    return stations[served]


def _source(files: GtfsFiles, publisher: str) -> str:
    """File name, publisher and the credits the feed asks for."""
    credits_ = files.read("attributions", optional=["organization_name"], may_lack=True)
    names = list(dict.fromkeys([publisher, *credits_["organization_name"]]))
    return ": ".join(filter(None, [files.path.name, "; ".join(filter(None, names))]))


def _first(column: pd.Series) -> str:
    """First value of a column, or ''."""
    return str(column.iloc[0]) if len(column) else ""
