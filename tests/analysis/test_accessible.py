"""Accessible population: against a search of every pair, one at a time."""

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.accessible import accessible_population, accessible_population_of_nodes
from toolkit.analysis.surfaces import LastLeg
from toolkit.networks.places import places_on_edges
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.sources.population import PopulationGrid

LEG = LastLeg(speed_kmh=20.0, limit_km=10.0)
PLACE = Affine(0.1, 0, 116.0, 0, -0.1, 40.4)


def network(pairs, seconds):
    """Nodes on a square of 3 x 3, a tenth of a degree apart; directed roads between them."""
    x, y = np.meshgrid(116.05 + 0.1 * np.arange(3), 40.05 + 0.1 * np.arange(3))
    nodes = gpd.GeoDataFrame(
        index=np.arange(9), geometry=gpd.points_from_xy(x.ravel(), y.ravel()), crs=4326
    )
    ends = {"u": [u for u, _ in pairs], "v": [v for _, v in pairs], "time_s": seconds}
    return SpatialNetwork.from_geodataframes(nodes, pd.DataFrame(ends))


def expected(roads, grid, minutes):
    """People by cell and by node, from all pairs of a graph that holds every cell as two nodes."""
    rows, columns = np.nonzero(grid.array > 0)
    lon, lat = grid.transform @ (columns + 0.5, rows + 0.5)
    places = places_on_edges(roads, np.column_stack([lon, lat]))
    csr, graph = roads.csr, nx.MultiDiGraph()
    graph.add_nodes_from(range(len(roads.nodes)))
    for tail, head, ms in zip(csr.tails, csr.indices, csr.weight_ms, strict=True):
        graph.add_edge(int(tail), int(head), weight=int(ms))
    near = places.distance_m <= LEG.limit_m
    leg = np.rint(places.distance_m * LEG.minutes_per_m * 60_000).astype(int)
    along = places.along_ms(csr)
    for point, arc, ms, share in zip(places.point, places.arc, along, places.share, strict=True):
        if not near[point]:
            continue
        tail, head, own = int(csr.tails[arc]), int(csr.indices[arc]), int(leg[point])
        graph.add_edge(("out", point), head, weight=own + int(csr.weight_ms[arc]) - int(ms))
        graph.add_edge(tail, ("in", point), weight=int(ms) + own)
        if share == 0:
            graph.add_edge(("out", point), tail, weight=own)
        if share == 1:
            graph.add_edge(head, ("in", point), weight=own)
        ahead = np.flatnonzero((places.arc == arc) & (places.share >= share))
        for other in ahead[near[places.point[ahead]]]:
            way = own + int(along[other] - ms) + int(leg[places.point[other]])
            graph.add_edge(("out", point), ("in", places.point[other]), weight=way)
    limit, people = round(minutes * 60_000), grid.array[rows, columns]

    def reached(start):
        if start not in graph:
            return set()
        times = nx.single_source_dijkstra_path_length(graph, start, cutoff=limit)
        return {node[1] for node in times if isinstance(node, tuple) and node[0] == "in"}

    cells = np.full(grid.array.shape, np.nan)
    for cell in range(len(rows)):
        inside = reached(("out", cell)) | {cell}
        cells[rows[cell], columns[cell]] = people[sorted(inside)].sum()
    nodes = [people[sorted(reached(node))].sum() for node in range(len(roads.nodes))]
    return cells, np.array(nodes)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_same_as_a_search_of_every_pair(data):
    pairs = data.draw(
        st.lists(
            st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] != pair[1]),
            min_size=1, max_size=16, unique=True,
        )
    )  # fmt: skip
    seconds = data.draw(st.lists(st.integers(1, 900), min_size=len(pairs), max_size=len(pairs)))
    people = data.draw(st.lists(st.sampled_from([0, 1, 7, 100]), min_size=16, max_size=16))
    minutes = data.draw(st.sampled_from([5.0, 12.0, 30.0, 60.0]))
    roads = network(pairs, [float(value) for value in seconds])
    grid = PopulationGrid(np.array(people, dtype=float).reshape(4, 4), PLACE)
    cells, nodes = expected(roads, grid, minutes)
    found = accessible_population(roads, grid, minutes, last_leg=LEG)
    np.testing.assert_array_equal(found.people, cells)
    of_nodes = accessible_population_of_nodes(roads, grid, minutes, last_leg=LEG)
    np.testing.assert_array_equal(of_nodes.to_numpy(), nodes)


def test_more_time_reaches_no_fewer_and_at_last_all():
    roads = schematic_roads()
    grid = PopulationGrid(np.full((6, 6), 1000.0), Affine(0.5, 0, 115, 0, -0.5, 41))
    wide = LastLeg(25.0, 100.0)
    sums = [accessible_population(roads, grid, t, last_leg=wide).people for t in (30, 60, 6000)]
    assert (sums[0] <= sums[1]).all()
    assert (sums[2] == grid.total).all()


def test_a_client_gives_the_same_and_progress_counts_every_origin():
    roads = schematic_roads()
    grid = PopulationGrid(np.full((12, 12), 1.0), Affine(0.25, 0, 115, 0, -0.25, 41))
    told = []
    alone = accessible_population(roads, grid, progress=lambda *done: told.append(done))
    with ThreadPoolExecutor(1) as client:
        sent = accessible_population(roads, grid, client=client)
    np.testing.assert_array_equal(alone.people, sent.people)
    assert told[-1][0] == told[-1][1] > 64
    assert len(told) == -(-told[-1][1] // 64)


def test_no_people_and_no_time():
    roads = schematic_roads()
    empty = PopulationGrid(np.zeros((2, 2)), PLACE)
    assert np.isnan(accessible_population(roads, empty).people).all()
    assert (accessible_population_of_nodes(roads, empty) == 0).all()
    with pytest.raises(ValueError, match="above 0"):
        accessible_population(roads, empty, 0)
