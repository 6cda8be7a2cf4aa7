"""A cluster of three cities, small enough to check by hand.

B---L---T      B = 北京 (core), L = 廊坊, T = 天津 (core); one degree apart
"""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

collect_ignore = ["look_in_qgis.py"]  # run by the Python of QGIS

SEATS = {"110000": (116.0, 39.9), "131000": (117.0, 39.5), "120000": (118.0, 39.1)}
NAMES = {
    "110000": ("北京", "Beijing"),
    "131000": ("廊坊", "Langfang"),
    "120000": ("天津", "Tianjin"),
}
MINUTES = {"131000": 21.0, "120000": 61.0}
DEFINITIONS = ("fastest_train", "door_to_door")


@pytest.fixture
def layers():
    """Every layer whose columns are a contract, with the awkward cases among them."""
    return {
        # not in the order of the contract: the writer puts them right
        "stations": _stations(),
        "cities": _cities(),
        "prefectures": _prefectures(),
        "rail_services": _rail_services(),
        "roads": _roads(),
        "road_centrality": _roads()[["edge_id", "geometry"]].assign(betweenness=[0.1, 0.5, 0.2]),
        "node_centrality": _cities()[["geometry"]].assign(straightness=[0.9, 0.8, 0.7]),
        "reach": _reach(),
        "reach_overlaps": _reach_overlaps(),
        "city_times": _city_times(),
        "claims": _claims(),
        "borders": _borders(),
    }


def _frame(columns, geometry):
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)


def _borders():
    """One border, whose cost is not known."""
    return _frame(
        {
            "border": ["110000-131000"],
            "name_zh": ["北京–廊坊"],
            "name_en": ["Beijing–Langfang"],
            "between_provinces": [True],
            "length_km": [236.3],
            "crossings_per_10_km": [1.1],
            "detour_ratio": [float("nan")],
            "cost_min": [float("nan")],
            "schematic": [True],
        },
        [LineString([(116.5, 39), (116.5, 40)])],
    )


def _cities():
    """Indexed by adcode, one population missing."""
    frame = _frame(
        {
            "name_zh": [zh for zh, _ in NAMES.values()],
            "name_en": [en for _, en in NAMES.values()],
            "residents": pd.array([21893095, None, 13866009], dtype="Int64"),
            "is_core": [True, False, True],
            "core_zh": "北京",
            "definition": "fastest_train",
            "timetable_date": "2023-12-15",
            "minutes": [None, 21.0, 61.0],
        },
        [Point(seat) for seat in SEATS.values()],
    )
    frame.index = pd.Index(list(SEATS), name="adcode")
    return frame


def _prefectures():
    """Langfang has a detached part, the others are single polygons."""
    shapes = [box(x - 0.5, y - 0.6, x + 0.5, y + 0.6) for x, y in SEATS.values()]
    shapes[1] = MultiPolygon([shapes[1], box(116.6, 40.2, 116.9, 40.4)])
    cities = _cities()
    return _frame(
        {
            "adcode": list(SEATS),
            "name_zh": cities["name_zh"].tolist(),
            "name_en": cities["name_en"].tolist(),
            "residents": [21893095.0, None, 13866009.0],  # integers that passed through a float
            "residents_year": [2020, None, 2020],
            "area_km2": [16410.0, 6429.0, 11966.0],
            "is_core": [True, False, True],
        },
        shapes,
    )


def _stations():
    return _frame(
        {
            "station_id": ["BJP", "LJP", "TJP"],
            "name_zh": ["北京南", "廊坊", None],
            "name_en": ["Beijing South", "Langfang", "Tianjin"],
            "adcode": list(SEATS),
            "trains_per_day": [210, 25, 120],
            "is_main": [True, True, None],
        },
        [Point(x + 0.02, y) for x, y in SEATS.values()],
    )


def _rail_services():
    """Two timetables."""
    pairs = [("BJP", "LJP"), ("BJP", "TJP")]
    rows = [(*pair, date) for date in ("2016-11-13", "2023-12-15") for pair in pairs]
    ends = dict(zip(("BJP", "LJP", "TJP"), SEATS.values(), strict=True))
    return _frame(
        {
            "from_id": [row[0] for row in rows],
            "to_id": [row[1] for row in rows],
            "from_zh": ["北京南"] * 4,
            "to_zh": ["廊坊", "天津"] * 2,
            "timetable_date": [row[2] for row in rows],
            "trains_per_day": [25, 120, 30, 140],
            "fastest_min": [22, 33, 21, 30],
            "median_min": [24.5, 35.0, 23.0, 33.0],
            "fastest_train": ["G1", "C2001", "G1", "C2002"],
        },
        [LineString([ends[row[0]], ends[row[1]]]) for row in rows],
    )


def _roads():
    seats = list(SEATS.values())
    return _frame(
        {
            "edge_id": [0, 1, 2],
            "u": [1, 2, 1],
            "v": [2, 3, 3],
            "highway": ["motorway", "trunk_link", "primary"],
            "ref": [["G2", "G3"], "G103", None],
            "name": ["京沪高速", "京塘线", None],
            "length_m": [96000.0, 97000.0, 200000.0],
            "time_s": [3456.0, 4988.0, 13090.0],
            "speed_kmh": [100.0, 70.0, 55.0],
            "lanes": [6, None, 2],
            "oneway": [True, True, False],
            "source": ["test"] * 3,
            "schematic": [True] * 3,
        },
        [
            LineString([seats[0], (116.5, 39.8), seats[1]]),
            LineString([seats[1], seats[2]]),
            LineString([seats[0], (117.0, 40.0), seats[2]]),
        ],
    )


def _reach():
    """Cumulative rings, the widest first; the inner one has a hole."""
    centre = Point(SEATS["110000"])
    rows = [(key, minutes) for key in DEFINITIONS for minutes in (90, 75, 60, 45)]
    shapes = [centre.buffer(minutes / 45) for _, minutes in rows]
    shapes[3] = Polygon(shapes[3].exterior, [Point(116.4, 39.9).buffer(0.1).exterior])
    return _frame(
        {
            "core_adcode": "110000",
            "core_zh": "北京",
            "definition": [key for key, _ in rows],
            "minutes": [minutes for _, minutes in rows],
            "statistic": "fastest",
            "window": "whole day",
            "timetable_date": "2023-12-15",
            "scenario": "as is",
            "area_km2": [float(minutes) * 100 for _, minutes in rows],
            "population": pd.array([None] * len(rows), dtype="Float64"),
        },
        shapes,
    )


def _reach_overlaps():
    """What two cores share, the widest first; nobody was counted."""
    return _frame(
        {
            "core_adcode": "110000",
            "core_zh": "北京",
            "other_adcode": "120000",
            "other_zh": "天津",
            "definition": "door_to_door",
            "minutes": [90, 60],
            "statistic": "fastest",
            "window": "whole day",
            "timetable_date": "2023-12-15",
            "area_km2": [900.0, 100.0],
            "population": [float("nan")] * 2,
            "cities_zh": ["廊坊", ""],
        },
        [box(116.5, 39.0, 117.5, 40.0), box(116.9, 39.4, 117.1, 39.6)],
    )


def _city_times():
    """One city beyond reach in one definition."""
    rows = [(key, code) for key in DEFINITIONS for code in MINUTES]
    minutes = [21.0, 61.0, 48.0, float("inf")]
    return _frame(
        {
            "core_adcode": "110000",
            "core_zh": "北京",
            "city_adcode": [code for _, code in rows],
            "city_zh": [NAMES[code][0] for _, code in rows],
            "definition": [key for key, _ in rows],
            "station_set": "main",
            "statistic": "fastest",
            "window": "",
            "timetable_date": "2023-12-15",
            "minutes": minutes,
            **{
                f"within_{limit}": [value <= limit for value in minutes]
                for limit in (45, 60, 75, 90)
            },
            "itinerary": ["G1 北京南 07:00 - 廊坊 07:21", "C2001", None, ""],
        },
        [LineString([SEATS["110000"], SEATS[code]]) for _, code in rows],
    )


def _claims():
    outcomes = ["holds", "fails", "depends", "borderline", "inconsistent", "not_checkable"]
    return _frame(
        {
            "claim_id": [f"C{number}" for number in range(6)],
            "statement_en": "Langfang lies within one hour of Beijing.",
            "statement_zh": "廊坊在北京一小时交通圈内。",
            "outcome": outcomes,
            "margin": [39.0, -3.0, None, 1.0, None, None],
            "stability": "all definitions",
            "definition": "fastest_train",
            "evidence": "G1 21 min",
            "timetable_date": "2023-12-15",
            "source": "test",
        },
        [box(115 + i, 38.2, 115.9 + i, 38.8) for i in range(6)],
    )
