"""Which stations stand for which city."""

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from toolkit.settings import DEFAULTS, Settings

__all__ = ["STATION_SETS", "city_stations", "stations_of"]

STATION_SETS = ("main", "any")
_GEOD = Geod(ellps="WGS84")


def city_stations(
    stops: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame,
    prefectures: gpd.GeoDataFrame | None = None,
    *,
    settings: Settings = DEFAULTS,
) -> gpd.GeoDataFrame:
    """Assign stations to cities and mark the main ones.

    A station belongs to the city in whose prefecture it lies. It is a main station if it is
    within ``main_station_radius_km`` of the seat, or carries the city's name and is within
    ``named_station_radius_km``: so Qinghe counts for Beijing, and Xuanhua North, a district town
    24 km out, does not count for Zhangjiakou.

    Parameters
    ----------
    stops : GeoDataFrame
        Index station_id; ``name_zh``, ``name_en``, point geometry in EPSG:4326, and ``adcode``
        where the prefecture is known already.
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en`` and the seats as points in EPSG:4326.
    prefectures : GeoDataFrame, optional
        Index adcode; polygons in EPSG:4326. Without them a stop of unknown ``adcode`` belongs to
        the nearest seat within ``named_station_radius_km``.

    Returns
    -------
    GeoDataFrame
        The stations of these cities: index station_id; ``name_zh``, ``name_en``, ``adcode``,
        ``seat_km`` (geodesic distance to the seat), ``is_main``, geometry.

    Examples
    --------
    >>> point = gpd.points_from_xy
    >>> cities = gpd.GeoDataFrame({"name_zh": ["甲"], "name_en": ["A"]}, index=["1"],
    ...                           geometry=point([116.0], [40.0]), crs=4326)
    >>> stops = gpd.GeoDataFrame(
    ...     {"name_zh": ["甲东", "乙", "丙"], "name_en": ["A East", "B", "C"], "adcode": "1"},
    ...     index=["e", "b", "c"], geometry=point([116.3, 116.3, 116.1], [40.0] * 3), crs=4326)
    >>> city_stations(stops, cities)["is_main"].to_dict()
    {'b': False, 'c': True, 'e': True}
    """
    located = _locate(stops, cities, prefectures, settings)
    located = located[located["adcode"].isin(cities.index)]
    seats = cities.loc[located["adcode"]]
    _, _, metres = _GEOD.inv(
        located.geometry.x.to_numpy(),
        located.geometry.y.to_numpy(),
        seats.geometry.x.to_numpy(),
        seats.geometry.y.to_numpy(),
    )
    seat_km = np.asarray(metres) / 1000.0
    named = _carries(located, seats, "name_zh") | _carries(located, seats, "name_en")
    is_main = (seat_km <= settings.main_station_radius_km) | (
        named & (seat_km <= settings.named_station_radius_km)
    )
    result = gpd.GeoDataFrame(
        {
            "name_zh": located["name_zh"],
            "name_en": located["name_en"],
            "adcode": located["adcode"],
            "seat_km": seat_km.round(2),
            "is_main": is_main,
        },
        geometry=located.geometry,
        crs=4326,
    )
    return result.sort_index()


def stations_of(stations: gpd.GeoDataFrame, station_set: str) -> "pd.Series[str]":
    """City of each station of a set, as ``Timetable.city_services`` takes it.

    Parameters
    ----------
    stations : GeoDataFrame
        As `city_stations` returns it.
    station_set : str
        ``"main"``, or ``"any"`` for all stations of the prefectures (beware of border hops:
        five minutes from one prefecture's last village to the next one's first).

    Returns
    -------
    Series
        Index station_id, values adcode.
    """
    if station_set not in STATION_SETS:
        raise ValueError(f"station_set {station_set!r} is not one of {STATION_SETS}")
    chosen = stations[stations["is_main"]] if station_set == "main" else stations
    adcodes: pd.Series[str] = chosen["adcode"]
    return adcodes


def _locate(
    stops: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame,
    prefectures: gpd.GeoDataFrame | None,
    settings: Settings,
) -> gpd.GeoDataFrame:
    """Stops with the adcode of the prefecture they lie in, where it is not known already."""
    known = stops.get("adcode", pd.Series(pd.NA, index=stops.index, dtype=object))
    points = stops.loc[known.isna(), ["geometry"]]
    if prefectures is not None:
        polygons = prefectures[["geometry"]].rename_axis("adcode").reset_index()
        found = gpd.sjoin(points, polygons, predicate="within", how="inner")["adcode"]
    else:
        found = _nearest_seat(points, cities, settings)
    return stops.assign(adcode=known.fillna(found[~found.index.duplicated()]))


def _nearest_seat(
    points: gpd.GeoDataFrame, cities: gpd.GeoDataFrame, settings: Settings
) -> "pd.Series[str]":
    """Adcode of the nearest seat, of those near enough for a station that carries its name."""
    seats = cities.geometry
    distances_m = np.array(
        [
            _GEOD.inv(
                points.geometry.x.to_numpy(),
                points.geometry.y.to_numpy(),
                np.full(len(points), seat.x),
                np.full(len(points), seat.y),
            )[2]
            for seat in seats
        ]
    ).reshape(len(seats), len(points))
    near = distances_m.min(axis=0, initial=np.inf) <= settings.named_station_radius_km * 1000.0
    nearest = seats.index.to_numpy()[distances_m.argmin(axis=0)] if len(points) else []
    found: pd.Series[str] = pd.Series(nearest, index=points.index, dtype=object)[near]
    return found


def _carries(stations: gpd.GeoDataFrame, seats: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """Whether each station's name begins with its city's name."""
    pairs = zip(stations[column].fillna(""), seats[column].fillna(""), strict=True)
    return np.array([bool(city) and name.startswith(city) for name, city in pairs], dtype=bool)
