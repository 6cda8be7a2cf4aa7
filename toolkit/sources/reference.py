"""The embedded reference facts: rail services, stations, schematic roads and distances.

The tables lie in ``toolkit/data``; its README names the source, the date, the licence and the
known gaps of every column. Every call returns a fresh copy, so that callers may change it.
"""

from collections import defaultdict
from functools import cache
from importlib.resources import as_file, files

import geopandas as gpd
import pandas as pd

from toolkit.errors import UnknownNameError

__all__ = [
    "STATION_SETS",
    "TIMETABLE_DATES",
    "approved_circles",
    "beijing_facts",
    "city_services",
    "county_neighbours",
    "economy",
    "figures",
    "named_places",
    "prefecture_areas",
    "rail_line_stations",
    "rail_lines",
    "rail_services",
    "road_places",
    "road_sections",
    "stations",
]

TIMETABLE_DATES = ("2016-11-13", "2023-12-15")
"""Service days of the two embedded timetable snapshots."""

STATION_SETS = ("core25", "any")
"""Stations within 25 km of the city's seat, or any station of the prefecture."""


def stations() -> gpd.GeoDataFrame:
    """Railway stations of both timetables, © OpenStreetMap contributors (ODbL 1.0).

    Returns
    -------
    geopandas.GeoDataFrame
        3,612 points in EPSG:4326, indexed by `station_id` (the railway's telegraph code where it
        is known, which follows a station through renamings): `name_zh`, `name_en`, `adcode`
        (prefecture; missing for the four stations in Laos), `in_2016`, `in_2023`, `name_2016`
        (where it was another name), `within_25_km_of_seat`, `adcode_basis`, `coordinate_source`,
        `agreeing_sources`.

    Examples
    --------
    >>> stations().loc["VNP", ["name_zh", "name_en", "adcode"]].tolist()
    ['北京南', 'Beijingnan', '110000']
    """
    table: gpd.GeoDataFrame = _points("stations.csv", index="station_id").copy()
    return table


def rail_services(date: str) -> pd.DataFrame:
    """Direct services between stations whose prefectures share a cluster.

    Parameters
    ----------
    date : str
        One of `TIMETABLE_DATES`.

    Returns
    -------
    pandas.DataFrame
        One row per ordered pair of stations and train class ('fast' = G, D and C trains, 'other'
        = the rest): `from_id`, `to_id`, `train_class`, `trains_per_day` (distinct pairs of
        departure and arrival minute), `fastest_min`, `median_min` (minutes in the train),
        `first_departure`, `last_departure` (HH:MM at the origin), `fastest_train` (the earliest
        of the fastest).

    Raises
    ------
    UnknownNameError
        If no timetable of that date is embedded.

    Examples
    --------
    >>> services = rail_services("2023-12-15").set_index(["from_id", "to_id", "train_class"])
    >>> services.loc[("BXP", "SJP", "fast"), "fastest_train"]
    'G51'
    """
    _require(date, TIMETABLE_DATES, "timetable of")
    table = _parquet("rail_services.parquet")
    return _rows(table, table["timetable_date"] == date).drop(columns="timetable_date")


def city_services(date: str, station_set: str) -> pd.DataFrame:
    """Direct services between prefectures of a cluster; each train counts once.

    Parameters
    ----------
    date : str
        One of `TIMETABLE_DATES`.
    station_set : {'core25', 'any'}
        Which stations stand for a city. 'any' mixes in border villages (5 minutes from the last
        village of Beijing to the first of Chengde), so prefer 'core25' for cities.

    Returns
    -------
    pandas.DataFrame
        Columns of `rail_services` with `from_adcode` and `to_adcode` in place of the stations,
        and `fastest_from_id`, `fastest_to_id`, the stations of the fastest train. Per train the
        best pair of stations counts.

    Raises
    ------
    UnknownNameError
        If the date or the station set is not embedded.

    Examples
    --------
    >>> cities = city_services("2023-12-15", "core25")
    >>> cities = cities.set_index(["from_adcode", "to_adcode", "train_class"])
    >>> int(cities.loc[("110000", "120000", "fast"), "fastest_min"])
    30
    """
    _require(date, TIMETABLE_DATES, "timetable of")
    _require(station_set, STATION_SETS, "station set")
    table = _parquet("city_services.parquet")
    chosen = (table["timetable_date"] == date) & (table["station_set"] == station_set)
    return _rows(table, chosen).drop(columns=["timetable_date", "station_set"])


def road_places() -> gpd.GeoDataFrame:
    """Control points of the schematic main roads of Beijing-Tianjin-Hebei.

    Returns
    -------
    geopandas.GeoDataFrame
        493 points in EPSG:4326, indexed by `place_id`: `name_zh`, `name_en`, `kind`, `adcode`
        (district or prefecture; missing for three points), `coordinate_source` ('unverified':
        2 to 3 km off), `local_links` (False for interchanges and border points, which no local
        road joins).

    Examples
    --------
    >>> road_places()["kind"].value_counts().head(2).to_dict()
    {'county seat': 242, 'junction': 154}
    """
    table: gpd.GeoDataFrame = _points("road_places.csv", index="place_id").copy()
    return table


def road_sections(as_of: int | None = None) -> pd.DataFrame:
    """Sections of expressways and trunk roads of Beijing-Tianjin-Hebei; schematic.

    Parameters
    ----------
    as_of : int, optional
        Leave out sections opened after this year. Sections without a year, most of the trunk
        roads, always stay. Without it, the network of about the end of 2024.

    Returns
    -------
    pandas.DataFrame
        One row per two-way section: `line_id`, `ref`, `name_zh`, `name_en`, `class`, `sequence`,
        `from_id`, `to_id` (places), `opened` (year), `lanes` (both ways), `design_speed_kmh`,
        `length_km`, `length_basis`, `confidence` ('high', 'medium', 'low': of the section, not
        of its length), `note`.

    Examples
    --------
    >>> len(road_sections()), len(road_sections(as_of=2000))
    (961, 502)
    """
    table = _table("road_sections.csv")
    if as_of is None:
        return table.copy()
    return _rows(table, (table["opened"] <= as_of).fillna(value=True).astype(bool))


def rail_lines() -> pd.DataFrame:
    """Railway lines (and two sea crossings by road) of four clusters.

    Returns
    -------
    pandas.DataFrame
        `cluster`, `name_zh`, `name_en`, `mode` ('rail' | 'road'), `length_km`,
        `length_verified`, `design_speed_kmh`, `opened` (ISO day, month or year of the first
        section), `state` ('open' | 'under construction'), `opened_verified`, `opening_note`,
        `length_note`, `times_note`, `status`, `source`.

    Examples
    --------
    >>> lines = rail_lines().set_index("name_zh")
    >>> lines.loc["京津城际铁路", "opened"]
    '2008-08-01'
    """
    return _table("rail_lines.csv").copy()


def rail_line_stations() -> pd.DataFrame:
    """Order of the stations along 48 railway lines, with the kilometres fares are reckoned by.

    Returns
    -------
    pandas.DataFrame
        `line_zh`, `sequence` (from 0), `name_zh`, `fare_km` (from the first point, fare table
        of 2021), `station_id` (of `stations`; missing for posts, freight stations and names that
        have since passed to another station).

    Examples
    --------
    >>> line = rail_line_stations().query("line_zh == '京广高速线'").set_index("name_zh")
    >>> int(line.loc["石家庄", "fare_km"] - line.loc["保定东", "fare_km"])
    142
    """
    return _table("rail_line_stations.csv").copy()


def beijing_facts() -> pd.DataFrame:
    """Residents of the cities of Beijing-Tianjin-Hebei and their distances from Beijing.

    Returns
    -------
    pandas.DataFrame
        Rows for the 13 prefectures, Xiong'an, Hebei and the whole (`level`): `adcode`,
        `name_zh`, `name_en`, `residents_2020` (census), `residents_end_2021`,
        `residents_end_2022`, `straight_km` (from Tian'anmen), `road_km` and
        `road_free_flow_min` (both within 10 %), `rail_km` (fare table 2021), `rail_route`.

    Examples
    --------
    >>> facts = beijing_facts()
    >>> int(facts.loc[facts["level"] == "prefecture", "residents_2020"].sum())
    110369339
    """
    return _table("beijing_facts.csv").copy()


def economy() -> pd.DataFrame:
    """Output and residents of 298 prefecture-level cities by year, 2000 to 2024.

    Returns
    -------
    pandas.DataFrame
        `adcode`, `year`, `gdp_1e8` (10^8 yuan at current prices), `residents_1e4` (10^4 people;
        missing for three cities of Guangxi). Years before the census of 2020 were not revised
        for every city, so a series may jump there.

    Examples
    --------
    >>> table = economy().set_index(["adcode", "year"])
    >>> float(table.loc[("110000", 2023), "residents_1e4"])
    2185.8
    """
    return _parquet("economy.parquet").copy()


def prefecture_areas() -> pd.DataFrame:
    """Areas of 313 prefecture-level units: `adcode`, `area_km2`, `area_source`.

    Examples
    --------
    >>> int(prefecture_areas().set_index("adcode").at["110000", "area_km2"])
    16410
    """
    return _table("areas.csv").copy()


def figures() -> pd.DataFrame:
    """Single figures of communiques and yearbooks, typed by hand.

    Returns
    -------
    pandas.DataFrame
        `region` ('national', a code or a name), `quantity` (its unit in the name), `year`,
        `value`, `source`, `certainty`.

    Examples
    --------
    >>> table = figures().set_index(["region", "quantity", "year"])
    >>> float(table.at[("national", "urban_percent", 2024), "value"])
    67.0
    """
    return _table("figures.csv").copy()


def named_places() -> gpd.GeoDataFrame:
    """Places that claims speak of and no other table holds: points indexed by `place`.

    Examples
    --------
    >>> named_places().at["chiba", "name_zh"]
    '千叶'
    """
    table = _table("places.csv").set_index("place")
    points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points)


def approved_circles() -> pd.DataFrame:
    """Metropolitan circles whose plans were approved nationally, up to the beginning of 2024.

    Returns
    -------
    pandas.DataFrame
        `circle_zh`, `circle_en`, `core` (adcode), `members` (adcodes of the other prefectures, in
        whole or in part, separated by blanks), `approved` (year), `certainty`.

    Examples
    --------
    >>> approved_circles().set_index("circle_en").at["Chengdu", "members"].split()
    ['510600', '511400', '512000']
    """
    return _table("circles.csv").copy()


def county_neighbours() -> pd.DataFrame:
    """Pairs of neighbouring districts and counties, of those that claims speak of.

    Returns
    -------
    pandas.DataFrame
        `adcode_a`, `adcode_b`, names, `border_km` (length of the common border, about).

    Examples
    --------
    >>> pairs = county_neighbours().set_index(["name_zh_a", "name_zh_b"])
    >>> ("吴江", "嘉善") in pairs.index
    True
    """
    return _table("county_neighbours.csv").copy()


_TYPES = {
    "stations.csv": {
        "lon": "float64",
        "lat": "float64",
        "within_25_km_of_seat": "bool",
        "in_2016": "bool",
        "in_2023": "bool",
        "agreeing_sources": "int64",
    },
    "road_places.csv": {"lon": "float64", "lat": "float64", "local_links": "bool"},
    "road_sections.csv": {
        "sequence": "int64",
        "opened": "Int64",
        "lanes": "int64",
        "design_speed_kmh": "int64",
        "length_km": "float64",
    },
    "rail_lines.csv": {
        "length_km": "float64",
        "length_verified": "bool",
        "design_speed_kmh": "int64",
        "opened_verified": "bool",
    },
    "rail_line_stations.csv": {"sequence": "int64", "fare_km": "int64"},
    "areas.csv": {"area_km2": "float64"},
    "circles.csv": {"approved": "int64"},
    "county_neighbours.csv": {"border_km": "float64"},
    "figures.csv": {"year": "int64", "value": "float64"},
    "places.csv": {"lat": "float64", "lon": "float64"},
    "beijing_facts.csv": {
        "residents_2020": "int64",
        "residents_end_2021": "Int64",
        "residents_end_2022": "Int64",
        "straight_km": "float64",
        "road_km": "float64",
        "road_free_flow_min": "float64",
        "rail_km": "float64",
    },
}
"""Columns that are not text, by file."""


@cache
def _table(name: str) -> pd.DataFrame:
    """Read one CSV table with the types its columns are meant to have."""
    types = defaultdict(lambda: "str", _TYPES[name])
    with as_file(files("toolkit") / "data" / name) as path:
        return pd.read_csv(
            path, dtype=types, keep_default_na=False, na_values=[""], encoding="utf-8"
        )


@cache
def _points(name: str, *, index: str) -> gpd.GeoDataFrame:
    """Read one CSV table with `lon` and `lat` as points."""
    table = _table(name).set_index(index)
    geometry = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=geometry)


@cache
def _parquet(name: str) -> pd.DataFrame:
    """Read one Parquet table."""
    with as_file(files("toolkit") / "data" / name) as path:
        return pd.read_parquet(path)


def _rows(table: pd.DataFrame, chosen: "pd.Series[bool]") -> pd.DataFrame:
    """Copy the chosen rows and number them from 0."""
    return table[chosen].reset_index(drop=True)


def _require(value: str, known: tuple[str, ...], what: str) -> None:
    """Reject a value that is not embedded."""
    if value not in known:
        raise UnknownNameError(
            f"no {what} {value!r} is embedded", remedy=f"choose one of {', '.join(known)}"
        )
