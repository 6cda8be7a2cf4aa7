"""New railway lines in a timetable: services modelled from line speed, joined to those there are.

What a line brings is a best case: running times are modelled, trains run on over it from every
service that calls at one of its stations, and nobody has checked that tracks join there.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from toolkit.analysis.line_speed import RunningModel, running_model
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.rail_lines import (
    MODELLED_TRAIN,
    RailLine,
    line_services,
    modelled_services,
)
from toolkit.analysis.stations import city_stations
from toolkit.settings import DEFAULTS, Settings

__all__ = ["rail_scenario", "with_line", "without_lines"]


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
    new = pd.concat([on_line, modelled_services(runs, trains_per_day)], ignore_index=True)
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


def rail_scenario(
    view: ServiceView,
    *,
    add: Sequence[RailLine] = (),
    remove: Collection[str] = (),
    as_of: str | None = None,
    cities: gpd.GeoDataFrame,
    services: pd.DataFrame | None = None,
    settings: Settings = DEFAULTS,
) -> ServiceView:
    """A timetable with stations closed, then lines added: `with_line` for several at once.

    Parameters
    ----------
    view : ServiceView
    add : sequence of RailLine
    remove : collection of str
        Stations whose trains are taken out.
    as_of : str, optional
        Year or ISO date. Lines of `add` that open later, or of which no opening is known, are left
        out.
    cities, services, settings
        As for `with_line`.

    Returns
    -------
    ServiceView
        Modelled trains carry the number 'modelled'; `without_lines` takes them out again.

    Examples
    --------
    >>> from toolkit.analysis.scenario_examples import rail_example
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.timetable import Timetable
    >>> cities = load_cluster("jing-jin-ji").cities
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> view = ServiceView.build(timetable, city_stations(timetable.stops, cities), "main")
    >>> line = rail_example("beijing-tangshan")
    >>> early = rail_scenario(view, add=[line], as_of="2024", cities=cities)
    >>> early.between_stations.equals(view.between_stations)
    True
    """
    closed = pd.Index(list(remove))
    changed = view if closed.empty else _without_stations(view, closed)
    known = services if services is None else _not_at(services, closed, ["from_id", "to_id"])
    for line in add:
        if as_of is not None and not _open(line, as_of):
            continue
        changed = with_line(changed, line, cities, services=known, settings=settings)
    return changed


def without_lines(view: ServiceView) -> ServiceView:
    """Take out what `with_line` and `rail_scenario` have added: the view is as it was before.

    Examples
    --------
    >>> from toolkit.analysis.scenario_examples import rail_example
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.timetable import Timetable
    >>> cities = load_cluster("jing-jin-ji").cities
    >>> timetable = Timetable.from_reference("2023-12-15")
    >>> view = ServiceView.build(timetable, city_stations(timetable.stops, cities), "main")
    >>> again = without_lines(with_line(view, rail_example("beijing-hengshui"), cities))
    >>> again.between_stations.equals(view.between_stations)
    True
    """
    between, cities = view.between_stations, view.between_cities
    between = between[between["fastest_train"] != MODELLED_TRAIN]
    served = pd.Index(pd.concat([between["from_id"], between["to_id"]]).unique())
    stations = view.stations[~_is_new(view) | view.stations.index.isin(served)]
    return replace(
        view,
        stations=stations,
        station_city=stations["adcode"],
        between_stations=between,
        between_cities=cities[cities["fastest_train"] != MODELLED_TRAIN],
    )


def _open(line: RailLine, as_of: str) -> bool:
    """Whether a line is in service on a date; a year alone stands for all of it."""
    shared = min(len(line.opened), len(as_of))
    return bool(line.opened) and line.opened[:shared] <= as_of[:shared]


def _not_at(services: pd.DataFrame, closed: pd.Index, columns: list[str]) -> pd.DataFrame:
    """Services that neither begin nor end at closed stations."""
    return services[~services[columns].isin(closed).any(axis=1)]


def _without_stations(view: ServiceView, closed: pd.Index) -> ServiceView:
    """A view without the trains of some stations, between cities too where they are the fastest."""
    stations = view.stations[~view.stations.index.isin(closed)]
    return replace(
        view,
        stations=stations,
        station_city=stations["adcode"],
        between_stations=_not_at(view.between_stations, closed, ["from_id", "to_id"]),
        between_cities=_not_at(view.between_cities, closed, ["fastest_from_id", "fastest_to_id"]),
        timetable=None,
    )


def _is_new(view: ServiceView) -> "pd.Series[bool]":
    """Which stations only modelled trains serve."""
    between = view.between_stations
    modelled = between[between["fastest_train"] == MODELLED_TRAIN]
    touched = pd.concat([modelled["from_id"], modelled["to_id"]]).unique()
    return pd.Series(view.stations.index.isin(touched), index=view.stations.index)


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
