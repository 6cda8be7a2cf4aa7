"""Delays at junctions against trips in real cities: what the defaults are calibrated by."""

import numpy as np
import pytest

from toolkit.networks.osm import read_osm_roads

TRIPS = 40  # origins, and as many destinations
SHORTEST_MIN = 3.0


def ratios(network):
    """Time of random trips with delays over that of the best way without, each at its own best."""
    network = network.largest_component()
    graph = network.to_igraph()
    with_delays = network.edges["time_s"].to_numpy()
    without = with_delays - network.edges["delay_s"].to_numpy()
    random = np.random.default_rng(0)
    origins = random.choice(len(network.nodes), TRIPS, replace=False).tolist()
    destinations = random.choice(len(network.nodes), TRIPS, replace=False).tolist()
    delayed, plain = (
        np.array(graph.distances(origins, destinations, weights=weights.tolist()))
        for weights in (with_delays, without)
    )
    trips = plain > SHORTEST_MIN * 60.0
    return delayed[trips] / plain[trips]


@pytest.mark.filterwarnings("ignore:.*nodes lie outside")
@pytest.mark.parametrize(
    ("name", "median"),
    [
        ("real/monaco.osm.pbf", 1.11),
        ("real/helsinki.osm.pbf", 1.13),
        ("real/sao-paulo/spo_osm.pbf", 1.21),
    ],
)
def test_trips_take_as_much_longer_as_with_osrm(shared, name, median):
    found = np.median(ratios(read_osm_roads(shared(f"osm/{name}"), "drive")))
    assert 1.10 <= found <= 1.22
    assert found == pytest.approx(median, abs=0.015)


def test_without_mapped_signals_delays_are_a_lower_bound(shared):
    """The main roads of Wuhan come without a single tag of a node: only crossings are known."""
    found = np.median(ratios(read_osm_roads(shared("osm/wuhan.osm.pbf"), "main")))
    assert found == pytest.approx(1.03, abs=0.01)
