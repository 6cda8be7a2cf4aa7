"""Rail as a network that can lose stations and trains: drawn by hand, and on the embedded data."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from toolkit.analysis.rail import ServiceView
from toolkit.analysis.stations import city_stations
from toolkit.analysis.structure import rail_losses, service_network
from toolkit.clusters import load_cluster
from toolkit.networks.timetable import Timetable


@pytest.fixture(scope="module")
def cluster():
    return load_cluster("jing-jin-ji")


@pytest.fixture(scope="module")
def trains(cluster):
    timetable = Timetable.from_reference("2023-12-15")
    return ServiceView.build(timetable, city_stations(timetable.stops, cluster.cities), "any")


def drawn():
    """Two cities; a has stations p and q, b has r; trains p-q, q-r and, slower, p-r."""
    cities = gpd.GeoDataFrame(
        index=["a", "b"], geometry=gpd.points_from_xy([116.0, 117.0], [40.0, 40.0]), crs=4326
    )
    stations = gpd.GeoDataFrame(
        {"seat_km": [0.0, 25.0 / 1.3, 0.0]},
        index=["p", "q", "r"],
        geometry=gpd.points_from_xy([116.0, 116.2, 117.0], [40.0, 40.0, 40.0]),
        crs=4326,
    )
    rows = [("p", "q", 10, "C1"), ("q", "r", 20, "G1"), ("p", "r", 70, "K1"), ("p", "r", 90, "K2")]
    rows += [(end, start, minutes, train) for start, end, minutes, train in rows]
    services = pd.DataFrame(rows, columns=["from_id", "to_id", "fastest_min", "fastest_train"])
    city = pd.Series({"p": "a", "q": "a", "r": "b"})
    return cities, ServiceView("", "any", stations, city, services, pd.DataFrame())


def test_a_journey_costs_its_trains_their_waiting_and_the_ways_to_stations():
    cities, view = drawn()
    network = service_network(cities, view)
    assert network.nodes["place"].tolist() == ["a", "b", "p", "q", "r"]
    minutes = network.edges["time_s"] / 60.0
    assert minutes[(2, 3, 0)] == 10 + 10  # an intercity train: ten minutes of waiting
    assert minutes[(3, 4, 0)] == 20 + 15
    assert minutes[(2, 4, 0)] == 70 + 15  # the faster of two
    assert minutes[(0, 3, 0)] == pytest.approx(60.0)  # 25 km with the detour, at 25 km/h
    assert minutes[(0, 2, 0)] == pytest.approx(1 / 60)  # at the seat
    graph = nx.Graph()
    graph.add_weighted_edges_from((u, v, m) for (u, v, _), m in minutes.items())
    # a - p - q - r - b: 10 + 10 + 20 + 15, less than 85 direct
    assert nx.shortest_path_length(graph, 0, 1, "weight") == pytest.approx(55 + 2 / 60)


def test_stations_and_trains_cost_what_a_search_without_them_says(cluster, trains):
    found = rail_losses(cluster, trains)
    network = service_network(cluster.cities, trains)
    graph = nx.DiGraph()
    for (u, v, _), seconds in network.edges["time_s"].items():
        graph.add_edge(u, v, weight=round(seconds * 1000))
    people = cluster.cities["residents"].astype(float).to_numpy()
    seats = range(len(people))
    product = np.outer(people, people)
    np.fill_diagonal(product, 0.0)

    def mean_min(lost_nodes=(), lost_edges=()):
        left = graph.copy()
        left.remove_nodes_from(lost_nodes)
        left.remove_edges_from(lost_edges)
        times = [nx.single_source_dijkstra_path_length(left, i) for i in seats]
        table = np.array([[times[i][j] for j in seats] for i in seats]) / 60_000
        return (table * product).sum() / product.sum()

    now = mean_min()
    node = {place: number for number, place in network.nodes["place"].items()}
    for row in found.stations.head(3).itertuples():
        lost = mean_min(lost_nodes=[node[row.station_id]])
        assert row.mean_extra_min == pytest.approx(lost - now, abs=1e-6)
    for row in found.services.head(3).itertuples():
        u, v = node[row.from_id], node[row.to_id]
        # each direction by itself, as no journey uses both
        lost = mean_min(lost_edges=[(u, v)]) + mean_min(lost_edges=[(v, u)]) - 2 * now
        assert row.mean_extra_min == pytest.approx(lost, abs=1e-6)


def test_curves_spare_the_cities_and_never_rise(cluster, trains):
    curves = rail_losses(cluster, trains).robustness
    assert set(curves["strategy"]) == {"random", "degree", "betweenness"}
    for _, curve in curves.groupby(["strategy", "run"]):
        assert curve["efficiency"].iloc[0] == 1.0
        assert (np.diff(curve["efficiency"]) <= 1e-12).all()
    half = curves[curves["share"] == curves["share"].max()].groupby("strategy")["efficiency"].mean()
    assert half["betweenness"] < half["random"]


def test_without_trains_nothing_can_be_lost(cluster, trains):
    none = ServiceView(
        "", "any", trains.stations.iloc[:0], trains.station_city.iloc[:0],
        trains.between_stations.iloc[:0], trains.between_cities.iloc[:0],
    )  # fmt: skip
    assert rail_losses(cluster, none) is None
