"""New railway lines in a timetable: services modelled from line speed, joined to those there are.

What a line brings is a best case: running times are modelled, trains run on over it from every
service that calls at one of its stations, and nobody has checked that tracks join there.
"""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.line_speed import RunningModel, running_minutes, running_model
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.stations import city_stations
from toolkit.errors import MissingDataError
from toolkit.settings import DEFAULTS, Settings

__all__ = ["MODELLED_TRAIN", "RailLine", "line_services", "with_line"]

MODELLED_TRAIN = "modelled"
_STATION_COLUMNS = ["name_zh", "name_en", "adcode", "lon", "lat", "km"]


@dataclass(frozen=True, eq=False)
class RailLine:
    """A line with its stations.

    Attributes
    ----------
    name_zh, name_en : str
    line_speed_kmh : float
    stations : DataFrame
        Index station_id (that of the timetable where the station exists), in the order of the
        line: ``name_zh``, ``name_en``, ``adcode``, ``lon``, ``lat`` (WGS84), ``km``.
    opened, source : str
        ISO date, empty if it is not open.
    """

    name_zh: str
    name_en: str
    line_speed_kmh: float
    stations: pd.DataFrame
    opened: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        missing = [name for name in _STATION_COLUMNS if name not in self.stations.columns]
        if missing:
            raise MissingDataError(f"{self.name_en}: stations have no {', '.join(missing)}")
        if len(self.stations) < 2 or not (np.diff(self.stations["km"].astype(float)) > 0).all():
            raise MissingDataError(
                f"{self.name_en}: km of the stations do not rise along two or more of them"
            )


def line_services(
    line: RailLine, *, model: RunningModel | None = None, trains_per_day: int = 1
) -> pd.DataFrame:
    """Direct trains between the stations of a line, both ways, without a stop on the way.

    Parameters
    ----------
    line : RailLine
    model : RunningModel, optional
        Of the built-in parameters by default.
    trains_per_day : int
        Of every pair of stations: an assumption, not a result.

    Returns
    -------
    DataFrame
        Service table; minutes rounded up, ``fastest_train`` is 'modelled'.

    Examples
    --------
    >>> from toolkit.analysis.scenario_examples import rail_example
    >>> services = line_services(rail_example("beijing-hengshui"))
    >>> services.set_index(["from_id", "to_id"])["fastest_min"].head(2).tolist()
    [25, 59]
    """
    km = line.stations["km"].astype(float)
    pairs = [(a, b) for a in line.stations.index for b in line.stations.index if a != b]
    minutes = [
        running_minutes([abs(km[end] - km[start])], line.line_speed_kmh, model=model)
        for start, end in pairs
    ]
    table = pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(minutes=minutes)
    return _as_services(table, trains_per_day)


def with_line(
    view: ServiceView,
    line: RailLine,
    cities: gpd.GeoDataFrame,
    *,
    services: pd.DataFrame | None = None,
    model: RunningModel | None = None,
    trains_per_day: int = 1,
    settings: Settings = DEFAULTS,
) -> ServiceView:
    """A timetable as it would be with a line in service.

    Parameters
    ----------
    view : ServiceView
    line : RailLine
    cities : GeoDataFrame
        Index adcode; seats of the cities, to tell main stations by.
    services : DataFrame, optional
        ``timetable.services()``: all services that through trains may come from. Those of the
        view by default, which know a station of the line only if it is of the view's set.
    model, trains_per_day
        As for `line_services`.
    settings : Settings
        What a main station is.

    Returns
    -------
    ServiceView
        With the stations of the line that belong to the view's station set, the services of the
        line, and through services: from i by the fastest train to a station j of the line, a
        dwell, and on over the line. A train from another station of the same city as j is no
        through service. For `toolkit.analysis.reach.travel_times`.

    Examples
    --------
    >>> from toolkit.analysis.scenario_examples import rail_example
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.timetable import Timetable
    >>> cities = load_cluster("jing-jin-ji").cities
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> view = ServiceView.build(timetable, city_stations(timetable.stops, cities), "main")
    >>> later = with_line(view, rail_example("beijing-hengshui"), cities)
    >>> len(later.stations) - len(view.stations)
    1
    """
    stations = _stations(view, line, cities, settings)
    on_line = line_services(line, model=model, trains_per_day=trains_per_day)
    dwell = (model or running_model()).dwell_min
    known = view.between_stations if services is None else services
    city = pd.concat([stations["adcode"], line.stations["adcode"]])
    runs = _through(known, on_line, city[~city.index.duplicated()], dwell)
    new = pd.concat([on_line, _as_services(runs, trains_per_day)], ignore_index=True)
    new = new[new["from_id"].isin(stations.index) & new["to_id"].isin(stations.index)]
    new = new[new["from_id"].map(stations["adcode"]) != new["to_id"].map(stations["adcode"])]
    between = _together(view.between_stations, new)
    return replace(
        view,
        stations=stations,
        station_city=stations["adcode"],
        between_stations=between,
        between_cities=_together(view.between_cities, _between_cities(new, stations)),
        timetable=None,
    )


def _as_services(runs: pd.DataFrame, trains_per_day: int) -> pd.DataFrame:
    """Service table of modelled runs, minutes rounded up."""
    whole = np.ceil(runs["minutes"].to_numpy(np.float64) - 1e-9)
    return pd.DataFrame(
        {
            "from_id": runs["from_id"].to_numpy(),
            "to_id": runs["to_id"].to_numpy(),
            "train_class": "fast",
            "trains_per_day": trains_per_day,
            "fastest_min": whole.astype(np.int64),
            "median_min": whole,
            "first_departure": "",
            "last_departure": "",
            "fastest_train": MODELLED_TRAIN,
        }
    )


def _stations(
    view: ServiceView, line: RailLine, cities: gpd.GeoDataFrame, settings: Settings
) -> gpd.GeoDataFrame:
    """Stations of the view and those of the line that it does not have and its set admits."""
    new = line.stations[~line.stations.index.isin(view.stations.index)]
    if new.empty:
        return view.stations
    points = gpd.GeoDataFrame(
        new[["name_zh", "name_en", "adcode"]],
        geometry=gpd.points_from_xy(new["lon"], new["lat"], crs=4326),
    )
    placed = city_stations(points, cities, settings=settings)
    if view.station_set == "main":
        placed = placed[placed["is_main"]]
    joined = pd.concat([view.stations, placed[view.stations.columns]])
    return gpd.GeoDataFrame(joined, crs=4326).rename_axis(view.stations.index.name)


def _through(
    services: pd.DataFrame, on_line: pd.DataFrame, city: pd.Series, dwell_min: float
) -> pd.DataFrame:
    """Fastest runs of trains that come from elsewhere on to the line, and that leave it."""
    keys = ["from_id", "to_id"]
    fastest = services.groupby(keys, as_index=False)["fastest_min"].min()
    fastest = fastest[fastest["from_id"].map(city) != fastest["to_id"].map(city)]
    line = on_line[[*keys, "fastest_min"]]
    coming = fastest[~fastest["from_id"].isin(on_line["from_id"])]
    leaving = fastest[~fastest["to_id"].isin(on_line["from_id"])]
    parts = [
        first.merge(second, left_on="to_id", right_on="from_id", suffixes=("", "_then"))
        for first, second in ((coming, line), (line, leaving))
    ]
    runs = pd.concat(parts, ignore_index=True)
    ends = pd.DataFrame(
        {
            "from_id": runs["from_id"],
            "to_id": runs["to_id_then"],
            "minutes": runs["fastest_min"] + dwell_min + runs["fastest_min_then"],
        }
    )
    return ends.sort_values("minutes", kind="stable").drop_duplicates(keys)


def _between_cities(services: pd.DataFrame, stations: gpd.GeoDataFrame) -> pd.DataFrame:
    """The best modelled service of each pair of cities."""
    table = services.rename(columns={"from_id": "fastest_from_id", "to_id": "fastest_to_id"})
    table["from_adcode"] = table["fastest_from_id"].map(stations["adcode"])
    table["to_adcode"] = table["fastest_to_id"].map(stations["adcode"])
    ordered = table.sort_values(["fastest_min", "fastest_from_id", "fastest_to_id"], kind="stable")
    return ordered.drop_duplicates(["from_adcode", "to_adcode"]).assign(counts=MODELLED_TRAIN)


def _together(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows of both tables, with the columns and types of the first."""
    rows = new.reindex(columns=known.columns).astype(dict(known.dtypes))
    return pd.concat([known, rows], ignore_index=True)
