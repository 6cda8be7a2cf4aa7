"""Accessibility of cells: a drawn line of places by hand, and the embedded data against cities."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from toolkit.analysis.decay import Decay
from toolkit.analysis.matrices import rail_matrix, road_matrix
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.stations import city_stations
from toolkit.analysis.structure.cells import (
    LEAST_MIN,
    cell_access,
    minutes_to_cities,
    regular_cells,
)
from toolkit.clusters import load_cluster
from toolkit.networks.inputs import read_inputs
from toolkit.progress import Progress


@pytest.fixture(scope="module")
def inputs():
    return read_inputs(
        load_cluster("jing-jin-ji"), population="none", progress=Progress(stream=None)
    )


@pytest.fixture(scope="module")
def trains(inputs):
    stations = city_stations(inputs.stops, inputs.cluster.cities, inputs.prefectures)
    return ServiceView.build(inputs.timetables[-1], stations, "any")


@pytest.fixture(scope="module")
def cells(inputs, trains):
    return cell_access(inputs, trains, Decay("power", 1.0))


def test_cells_tile_the_land_once():
    land = gpd.GeoDataFrame(geometry=[shapely.box(116.02, 39.98, 117.01, 40.52)], crs=4326)
    cells = regular_cells(land, arcmin=5)
    # centres at 116 + 1/24 + k/12 and 40 - 1/24 + k/12 inside the rectangle
    assert len(cells) == 12 * 6
    assert cells.union_all().area == pytest.approx(shapely.area(cells.geometry.to_numpy()).sum())
    assert cells.index.is_unique
    part = regular_cells(land.clip(shapely.box(116.0, 39.9, 116.5, 40.6)), arcmin=5)
    assert set(part.index) <= set(cells.index)  # named by where they lie, not by the land


def test_minutes_by_rail_are_the_ways_and_the_ride():
    """From 5 km west of station p, half an hour's ride, and 10 km through town to the seat."""
    x_m = 111_319.49 * np.cos(np.radians(40.0))  # about a degree of longitude
    at = gpd.points_from_xy([116.0 + 10_000 / x_m * 1.001, 117.0], [40.0, 40.0], crs=4326)
    stations = gpd.GeoDataFrame({"seat_km": [0.0, 10.0]}, index=["p", "q"], geometry=at)
    seat = gpd.GeoDataFrame(
        index=["b"], geometry=gpd.points_from_xy([117.0 + 10_000 / x_m], [40.0]), crs=4326
    )
    home = gpd.GeoSeries(gpd.points_from_xy([116.0], [40.0]), index=["home"], crs=4326)
    services = pd.DataFrame(
        {"from_id": ["p"], "to_id": ["q"], "fastest_min": [30], "fastest_train": ["G1"]}
    )
    city = pd.Series({"p": "a", "q": "b"})
    view = ServiceView("", "any", stations, city, services, pd.DataFrame())
    found = minutes_to_cities(home, seat, trains=view)
    ways = 2 * 10.0 * 1.3 / 25.0 * 60.0
    assert found.loc["home", "b"] == pytest.approx(ways + 30 + 15, rel=0.005)
    assert np.isinf(minutes_to_cities(home, seat).loc["home", "b"])


def test_from_a_seat_nothing_is_slower_than_by_road_or_by_a_train(inputs, trains):
    cities = inputs.cluster.cities
    homes = cities.geometry.set_axis(["home " + code for code in cities.index])
    found = minutes_to_cities(homes, cities, trains=trains, roads=inputs.roads).to_numpy()
    road = road_matrix(inputs.roads, cities.geometry).to_numpy()
    apart = ~np.eye(len(cities), dtype=bool)
    assert (found <= road + 1e-9)[apart].all()
    # Beijing to Tianjin: at most the ways through town and the fastest train
    ride = rail_matrix(trains)
    seat_km = trains.stations["seat_km"]
    way = (seat_km["VNP"] + seat_km["TJP"]) * 1.3 / 25.0 * 60.0
    names = list(cities.index)
    there = found[names.index("110000"), names.index("120000")]
    assert there <= ride.loc["VNP", "TJP"] + way + 0.1


def test_measures_of_a_cell_are_sums_over_the_cities(inputs, trains, cells):
    cities = inputs.cluster.cities
    residents = cities["residents"].astype(float).to_numpy()
    row = cells.iloc[len(cells) // 2]
    centre = gpd.GeoSeries([row.geometry.centroid], index=["cell"], crs=4326)
    minutes = minutes_to_cities(centre, cities, trains=trains, roads=inputs.roads).to_numpy()[0]
    minutes = np.maximum(minutes, LEAST_MIN)
    assert row["potential"] == pytest.approx((residents / minutes).sum())
    mean = (minutes * residents).sum() / residents.sum()
    assert row["weighted_average_min"] == pytest.approx(mean)
    assert row["people_90"] == residents[minutes <= 90].sum()
    assert row["daily_people"] == residents[minutes <= 240].sum()
    reached = cells["people_90"] / cells["people_nearby"]
    np.testing.assert_allclose(cells["performance"].dropna(), reached[cells["people_nearby"] > 0])


def test_the_best_placed_cell_lies_between_beijing_and_tianjin(cells):
    best = cells.loc[cells["weighted_average_min"].idxmin()].geometry.centroid
    assert 116.2 < best.x < 117.4
    assert 39.0 < best.y < 40.1
    assert (cells[["people_45", "people_60", "people_75", "people_90"]].diff(axis=1) >= 0)[
        ["people_60", "people_75", "people_90"]
    ].all(axis=None)
