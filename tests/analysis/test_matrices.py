"""Tables of minutes and distances: against the one-origin search and the ellipsoid."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from toolkit.analysis.matrices import distance_matrix_km, rail_matrix, road_matrix
from toolkit.analysis.rail import ServiceView, rail_arrivals
from toolkit.analysis.road import road_minutes
from toolkit.analysis.stations import city_stations
from toolkit.clusters import load_cluster
from toolkit.networks.places import places_on_edges
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable


def test_each_row_is_the_search_from_one_origin():
    roads, cities = schematic_roads(), load_cluster("jing-jin-ji").cities
    minutes = road_matrix(roads, cities.geometry)
    for city in ("110000", "130800"):
        expected = road_minutes(roads, cities, city)
        pd.testing.assert_series_equal(minutes.loc[city], expected, check_names=False)


def test_one_way_links_and_islands():
    nodes = gpd.GeoDataFrame(
        index=[1, 2, 3, 4], geometry=gpd.points_from_xy([116, 116.1, 117, 118], [40] * 4), crs=4326
    )
    edges = pd.DataFrame({"u": [1, 3], "v": [2, 4], "time_s": [600.0, 600.0]})
    network = SpatialNetwork.from_geodataframes(nodes, edges)
    minutes = road_matrix(network, nodes.geometry[[1, 2, 3]])
    assert minutes.to_numpy().tolist() == [
        [0, 10, np.inf],
        [np.inf, 0, np.inf],
        [np.inf, np.inf, 0],
    ]
    part = road_matrix(network, nodes.geometry[[1]], nodes.geometry[[2, 3]])
    assert part.loc[1].tolist() == [10, np.inf]


def test_ways_to_the_network_can_be_left_out():
    roads = schematic_roads()
    points = gpd.GeoSeries(
        gpd.points_from_xy([116.5, 117.3], [39.8, 39.2]), index=["a", "b"], crs=4326
    )
    with_access = road_matrix(roads, points).loc["a", "b"]
    metres = places_on_edges(roads, points).distance_m
    tails = metres.sum() / 1000 * 1.3 / 25 * 60  # detour 1.3, 25 km/h
    assert with_access - road_matrix(roads, points, access=False).loc["a", "b"] == pytest.approx(
        tails
    )


def test_distances_from_beijing_are_those_of_the_facts():
    cities = load_cluster("jing-jin-ji").cities
    km = distance_matrix_km(cities.geometry)
    assert km.loc["110000", "120000"] == pytest.approx(108, abs=3)
    np.testing.assert_allclose(km, km.T)
    assert (np.diag(km) == 0).all()


@pytest.fixture(scope="module")
def trains():
    timetable = Timetable.from_reference("2023-12-15")
    stations = city_stations(timetable.stops, load_cluster("jing-jin-ji").cities)
    return ServiceView.build(timetable, stations, "main")


@pytest.mark.parametrize("changes", [0, 1])
@pytest.mark.parametrize("waiting", [False, True])
def test_trains_between_all_stations_are_those_from_each_one(trains, waiting, changes):
    minutes = rail_matrix(trains, waiting=waiting, changes=changes)
    for station in trains.stations.index[::7]:
        expected = rail_arrivals(
            trains.between_stations,
            trains.station_city,
            pd.Series({station: 0.0}),
            waiting=waiting,
            changes=changes,
        ).minutes.drop(station)
        pd.testing.assert_series_equal(
            minutes.loc[station].drop(station), expected, check_names=False
        )
