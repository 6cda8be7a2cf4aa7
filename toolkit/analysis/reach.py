"""Travel times from core cities to the cities of a cluster, under every definition.

A definition says which terms are counted (access, waiting, one change, egress); trains come from
`toolkit.analysis.rail`, roads from `toolkit.analysis.road`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry import LineString

from toolkit.analysis.city_departures import city_departures, departure_rows, uses_network
from toolkit.analysis.definitions import BEST_CASE, Definition
from toolkit.analysis.rail import Leg, ServiceView, access_minutes, rail_arrivals, waiting_min
from toolkit.analysis.road import road_minutes
from toolkit.errors import MissingDataError
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["TERMS", "leading_rows", "travel_times"]

Table = TypeVar("Table", bound=pd.DataFrame)
TERMS = ("access_min", "waiting_min", "ride_min", "change_min", "egress_min", "road_min")
"""Columns with the parts of a journey, so that it can be put together again with other values.

Those of the journey by rail are kept where the road is faster; ``road_min`` is driving all the way.
"""


def travel_times(
    cities: gpd.GeoDataFrame,
    cores: Sequence[str],
    definitions: Iterable[Definition],
    *,
    trains: Sequence[ServiceView] = (),
    roads: SpatialNetwork | None = None,
    settings: Settings = DEFAULTS,
) -> gpd.GeoDataFrame:
    """Minutes from each core city to every other city, one row a definition, day and station set.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en``, seats as points in EPSG:4326.
    cores : sequence of str
        Adcodes of the origins.
    definitions : iterable of Definition
        What is counted. Rail definitions give a row per view of the trains; road alone gives one
        row. Definitions whose data are not given (no roads, no trains) give none.
    trains : sequence of ServiceView
        Timetables seen through station sets (`ServiceView.build`).
    roads : SpatialNetwork
        Directed road network with ``time_s``.
    settings : Settings
        Waiting, change and access times; thresholds of the ``within_`` columns.

    Returns
    -------
    GeoDataFrame
        Columns as in the ``city_times`` layer, with the parts of each journey (`TERMS`);
        ``minutes`` is missing where the city cannot be reached; straight lines from core to city
        in EPSG:4326.

    Raises
    ------
    MissingDataError
        There is one city only, or neither trains nor roads fit the definitions.

    Notes
    -----
    The fastest train and the usual train are in-vehicle times of direct trains (D1, D2). Station
    to station (D3) adds waiting and one change where it helps; the change is taken as met, so
    the figure is a best case. Door to door (D4) adds the ways between the centres of the cities
    and the stations, and takes the road alone where that is faster.
    """
    wanted = list(definitions)
    if len(cities) < 2:
        raise MissingDataError(
            f"{len(cities)} city has no travel times to other cities",
            remedy="name two or more cities; toolkit.isochrones takes a single place",
        )
    driving = (
        {core: road_minutes(roads, cities, core, settings=settings) for core in cores}
        if roads is not None
        else {}
    )
    schematic = roads is not None and roads.schematic
    parts = [
        _by_road(cities, core, definition, minutes, schematic=schematic)
        for core, minutes in driving.items()
        for definition in wanted
        if not definition.rail
    ]
    for definition in wanted:
        if not definition.rail:
            continue
        for view in _views(trains, definition, roads):
            if definition.windows and view.timetable is not None:
                parts += _by_departure(
                    cities, cores, definition, view, roads=roads, driving=driving, settings=settings
                )
                continue
            parts += [
                _by_rail(
                    cities,
                    core,
                    definition,
                    view,
                    driving=driving.get(core),
                    schematic=schematic,
                    settings=settings,
                )
                for core in cores
            ]
    if not parts:
        raise MissingDataError(
            "nothing to travel by: neither trains nor roads fit the definitions",
            remedy="give trains= or roads=",
        )
    table = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    return _finish(table, cities, settings.thresholds_min)


def leading_rows(city_times: Table) -> Table:
    """Rows of the statistic and window by which each definition is judged.

    Parameters
    ----------
    city_times : DataFrame
        As `travel_times` returns it.
    """
    return city_times.loc[city_times["is_leading"]] if len(city_times) else city_times


def _views(
    trains: Sequence[ServiceView], definition: Definition, roads: SpatialNetwork | None
) -> list[ServiceView]:
    """The views that make a difference: by road any station may be used, so one a day is enough."""
    if not (definition.windows and uses_network(definition, roads)):
        return list(trains)
    widest = {view.date: view for view in sorted(trains, key=lambda view: len(view.stations))}
    return [v for v in trains if v.timetable is None or widest[v.date] is v]


def _by_departure(
    cities: gpd.GeoDataFrame,
    cores: Sequence[str],
    definition: Definition,
    view: ServiceView,
    *,
    roads: SpatialNetwork | None,
    driving: Mapping[str, "pd.Series[float]"],
    settings: Settings,
) -> list[pd.DataFrame]:
    """Rows of a definition over windows of departures, a table a core."""
    assert view.timetable is not None
    names = view.timetable.stops["name_zh"]
    anywhere = uses_network(definition, roads)
    per_day = view.between_cities.groupby(["from_adcode", "to_adcode"])["trains_per_day"].sum()
    tables = []
    for found in city_departures(
        cities, cores, definition, view, roads=roads, driving=driving, settings=settings
    ):
        rows = departure_rows(found, definition, names, settings.thresholds_min)
        trains = [int(per_day.get((found.core, city), 0)) for city in rows["city_adcode"]]
        by_road = driving.get(found.core)
        tables.append(
            rows.assign(
                core_adcode=found.core,
                definition=definition.key,
                station_set="" if anywhere else view.station_set,
                timetable_date=view.date,
                trains_per_day=pd.array(trains, dtype="Int64"),
                road_min=rows["city_adcode"].map(by_road) if by_road is not None else np.nan,
                schematic=roads is not None and roads.schematic and (anywhere or definition.road),
            )
        )
    return tables


def _by_road(
    cities: gpd.GeoDataFrame,
    core: str,
    definition: Definition,
    minutes: pd.Series,
    *,
    schematic: bool,
) -> pd.DataFrame:
    """Rows of a road-only definition."""
    others = [city for city in cities.index if city != core]
    return pd.DataFrame(
        {
            "core_adcode": core,
            "city_adcode": others,
            "definition": definition.key,
            "station_set": "",
            "statistic": definition.statistic,
            "timetable_date": "",
            "minutes": minutes[others].to_numpy(),
            "road_min": minutes[others].to_numpy(),
            "itinerary": "road",
            "schematic": schematic,
        }
    )


def _by_rail(
    cities: gpd.GeoDataFrame,
    core: str,
    definition: Definition,
    services: ServiceView,
    *,
    driving: pd.Series | None,
    schematic: bool,
    settings: Settings,
) -> pd.DataFrame:
    """Rows of a definition that uses trains."""
    if definition.least_trains > 1 or definition.statistic == "median":
        rows = _usual_trains(cities, core, definition, services)
    else:
        rows = _fastest_journeys(cities, core, definition, services, settings)
    rows["schematic"] = False
    if definition.road and driving is not None:
        by_road = rows["city_adcode"].map(driving)
        rows["road_min"] = by_road
        faster = by_road < rows["minutes"]
        rows.loc[faster, "minutes"] = by_road[faster]
        rows.loc[faster, ["itinerary", "fastest_train", "from_station_zh", "to_station_zh"]] = [
            "road",
            "",
            "",
            "",
        ]
        rows.loc[faster, "schematic"] = schematic
    return rows.assign(
        core_adcode=core,
        definition=definition.key,
        station_set=services.station_set,
        statistic=BEST_CASE if definition.windows else definition.statistic,
        timetable_date=services.date,
    )


def _usual_trains(
    cities: gpd.GeoDataFrame, core: str, definition: Definition, services: ServiceView
) -> pd.DataFrame:
    """Best class of direct trains that runs often enough in both directions."""
    table = services.between_cities
    keys = ["from_adcode", "to_adcode", "train_class"]
    back = table.rename(columns={"from_adcode": "to_adcode", "to_adcode": "from_adcode"})
    both = table.merge(back[[*keys, "trains_per_day"]], on=keys, suffixes=("", "_back"))
    both["least"] = both[["trains_per_day", "trains_per_day_back"]].min(axis=1)
    usable = both[(both["from_adcode"] == core) & (both["least"] >= definition.least_trains)]
    column = "median_min" if definition.statistic == "median" else "fastest_min"
    best = usable.sort_values([column, "train_class"]).drop_duplicates("to_adcode")
    best = best.set_index("to_adcode")
    others = [city for city in cities.index if city != core]
    found = best.reindex(others)
    names = services.stations["name_zh"]
    return pd.DataFrame(
        {
            "city_adcode": others,
            "minutes": found[column].astype(float).fillna(np.inf).to_numpy(),
            "ride_min": found[column].astype(float).to_numpy(),
            "trains_per_day": found["least"].astype("Int64").to_numpy(),
            "fastest_train": _text(found["fastest_train"]),
            "from_station_zh": _text(found["fastest_from_id"].map(names)),
            "to_station_zh": _text(found["fastest_to_id"].map(names)),
            "itinerary": [
                f"{minutes:g} min, {definition.statistic} of {int(trains)} {kind} trains each way"
                if minutes > 0
                else ""
                for minutes, trains, kind in zip(
                    found[column].astype(float),
                    found["least"].fillna(0),
                    found["train_class"],
                    strict=True,
                )
            ],
        }
    )


def _fastest_journeys(
    cities: gpd.GeoDataFrame,
    core: str,
    definition: Definition,
    services: ServiceView,
    settings: Settings,
) -> pd.DataFrame:
    """Earliest arrival over all stations of the core and of each city."""
    stations, city_of = services.stations, services.station_city
    access = (
        pd.Series(access_minutes(stations["seat_km"].to_numpy(), settings), index=stations.index)
        if definition.access
        else pd.Series(0.0, index=stations.index)
    )
    origins = city_of.index[city_of == core]
    found = rail_arrivals(
        services.between_stations,
        city_of,
        access[origins],
        waiting=definition.waiting,
        changes=definition.changes,
        settings=settings,
    )
    arrival = (found.minutes + access).rename("minutes")
    ranked = pd.DataFrame({"minutes": arrival, "city": city_of}).sort_values(
        "minutes", kind="stable"
    )
    best = ranked.reset_index(names="station").drop_duplicates("city").set_index("city")
    others = [city for city in cities.index if city != core]
    best = best.reindex(others)
    names = stations["name_zh"]
    per_day = services.between_cities.groupby(["from_adcode", "to_adcode"])["trains_per_day"].sum()
    rows = []
    for city, station, minutes in zip(others, best["station"], best["minutes"], strict=True):
        legs = found.itinerary[station] if np.isfinite(minutes) else ()
        rows.append(
            {
                "city_adcode": city,
                "minutes": minutes if legs else np.inf,
                "trains_per_day": int(per_day.get((core, city), 0)),
                "fastest_train": " + ".join(leg.train for leg in legs),
                "from_station_zh": names[legs[0].from_id] if legs else "",
                "to_station_zh": names[legs[-1].to_id] if legs else "",
                "itinerary": _itinerary_text(legs, names, access, definition, settings),
                **_terms(legs, access, definition, settings),
            }
        )
    return pd.DataFrame(rows).astype({"trains_per_day": "Int64"})


def _terms(
    legs: tuple[Leg, ...], access: pd.Series, definition: Definition, settings: Settings
) -> dict[str, float]:
    """The minutes of each part of a journey."""
    if not legs:
        return {}
    return {
        "access_min": float(access[legs[0].from_id]),
        "waiting_min": waiting_min(legs[0].train, settings) if definition.waiting else 0.0,
        "ride_min": float(sum(leg.minutes for leg in legs)),
        "change_min": sum(_change_min(*pair, settings) for pair in pairwise(legs)),
        "egress_min": float(access[legs[-1].to_id]),
    }


def _change_min(before: Leg, after: Leg, settings: Settings) -> float:
    """Minutes of a change, in one station or between two of a city."""
    same = before.to_id == after.from_id
    return settings.change_same_station_min if same else settings.change_between_stations_min


def _itinerary_text(
    legs: tuple[Leg, ...],
    names: pd.Series,
    access: pd.Series,
    definition: Definition,
    settings: Settings,
) -> str:
    """The journey in words, each part with its minutes."""
    if not legs:
        return ""
    parts = []
    if definition.access:
        parts.append(f"access {access[legs[0].from_id]:.1f}")
    if definition.waiting:
        parts.append(f"waiting {waiting_min(legs[0].train, settings):.0f}")
    for number, leg in enumerate(legs):
        if number:
            parts.append(f"change {_change_min(legs[number - 1], leg, settings):.0f}")
        parts.append(f"{leg.train} {names[leg.from_id]}–{names[leg.to_id]} {leg.minutes}")
    if definition.access:
        parts.append(f"egress {access[legs[-1].to_id]:.1f}")
    return ", ".join(parts)


def _text(values: pd.Series) -> npt.NDArray[np.object_]:
    """Values as text, empty where missing."""
    return values.astype(object).where(values.notna(), "").to_numpy()


def _finish(
    table: pd.DataFrame, cities: gpd.GeoDataFrame, thresholds: Sequence[int]
) -> gpd.GeoDataFrame:
    """Add names, thresholds and lines; order columns and rows."""
    seats: Mapping[str, object] = cities.geometry.to_dict()
    finite = table["minutes"].where(np.isfinite(table["minutes"]))
    result = table.assign(
        minutes=finite.round(2),
        core_zh=table["core_adcode"].map(cities["name_zh"]),
        core_en=table["core_adcode"].map(cities["name_en"]),
        city_zh=table["city_adcode"].map(cities["name_zh"]),
        city_en=table["city_adcode"].map(cities["name_en"]),
        **{f"within_{limit}": (finite <= limit) for limit in thresholds},
    )
    shares = [f"share_within_{limit}" for limit in thresholds]
    for column in ("fastest_train", "from_station_zh", "to_station_zh", "window"):
        result[column] = _text(result.get(column, pd.Series("", index=result.index)))
    for column in (*TERMS, *shares):
        result[column] = result.get(column, pd.Series(np.nan, index=result.index)).round(4)
    for column in ("trains_per_day", "departures"):
        result[column] = result.get(column, pd.Series(pd.NA, index=result.index)).astype("Int64")
    leads = result.get("is_leading", pd.Series(pd.NA, index=result.index)).astype("boolean")
    result["is_leading"] = leads.fillna(value=True).astype(bool)
    columns = [
        "core_adcode", "core_zh", "core_en", "city_adcode", "city_zh", "city_en", "definition",
        "station_set", "statistic", "window", "is_leading", "timetable_date", "minutes",
        *(f"within_{limit}" for limit in thresholds), "departures", *shares,
        "trains_per_day", "fastest_train", "from_station_zh", "to_station_zh", "itinerary",
        *TERMS, "schematic",
    ]  # fmt: skip
    lines = [
        LineString([seats[core], seats[city]])
        for core, city in zip(result["core_adcode"], result["city_adcode"], strict=True)
    ]
    return gpd.GeoDataFrame(result[columns], geometry=lines, crs=4326)
