"""People inside polygons: conservation, closed forms and an independent zonal sum."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.circles import core_reach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.population import (
    population_in_proximity,
    population_within,
    shares_reached,
)
from toolkit.clusters import load_cluster
from toolkit.networks.inputs import read_inputs
from toolkit.progress import Progress
from toolkit.sources.population import PopulationGrid, read_population

RNG = np.random.default_rng(5)
GRID = PopulationGrid(
    RNG.gamma(1.0, 100.0, (40, 60)), Affine(0.01, 0, 116.0, 0, -0.01, 40.0), label="random"
)


def test_the_whole_grid_and_nothing():
    whole = shapely.box(*GRID.bounds)
    assert population_within(GRID, [whole, shapely.Polygon()]) == pytest.approx([GRID.total, 0.0])
    assert population_within(GRID, [whole.buffer(1)])[0] == pytest.approx(GRID.total, rel=1e-12)
    assert population_within(GRID, [shapely.box(0, 0, 1, 1)])[0] == 0.0


def test_a_part_of_one_cell():
    ones = PopulationGrid(np.ones((2, 2)), Affine(1, 0, 0, 0, -1, 2), label="ones")
    shapes = [shapely.box(0.25, 1.25, 0.75, 1.75), shapely.box(0.5, 0.5, 1.5, 1.5)]
    assert population_within(ones, shapes).tolist() == [0.25, 1.0]


def test_cells_without_data_count_as_empty():
    array = np.array([[1.0, np.nan]])
    grid = PopulationGrid(array, Affine(1, 0, 0, 0, -1, 1), label="coast")
    assert population_within(grid, [shapely.box(0, 0, 2, 1)]).tolist() == [1.0]


triangles = st.lists(
    st.tuples(st.floats(116.0, 116.6), st.floats(39.6, 40.0)), min_size=3, max_size=6
).map(lambda points: shapely.convex_hull(shapely.MultiPoint(points)))


@given(triangles)
def test_inside_and_outside_hold_everybody(shape):
    outside = shapely.difference(shapely.box(*GRID.bounds), shape)
    inside, rest = population_within(GRID, [shape, outside])
    assert inside + rest == pytest.approx(GRID.total, rel=1e-9)


@given(triangles)
def test_on_an_even_grid_people_are_area(shape):
    even = PopulationGrid(np.ones((40, 60)), GRID.transform, label="even")
    found = population_within(even, [shape])[0]
    assert found * 1e-4 == pytest.approx(shape.area, rel=1e-6, abs=1e-9)


def test_bands_and_the_rest_conserve_the_total():
    centre = shapely.Point(116.3, 39.8)
    circles = [centre.buffer(r) for r in (0.05, 0.1, 0.15)]
    rings = [circles[0], *(b.difference(a) for a, b in pairwise(circles))]
    rest = shapely.box(*GRID.bounds).difference(circles[-1])
    people = population_within(GRID, [*rings, rest])
    assert people.sum() == pytest.approx(GRID.total, rel=1e-6)


@pytest.fixture(scope="module")
def tianjin():
    """The modelled people of Jing-Jin-Ji and Tianjin's circles by road, on the embedded data."""
    cluster = load_cluster("jing-jin-ji")
    inputs = read_inputs(cluster, timetables=["2023-12-15"], progress=Progress(stream=None))
    reach = core_reach(
        "120000",
        load_definitions()["road_free_flow"],
        inputs.roads,
        cluster.cities,
        epsg=cluster.utm_epsg,
        water=inputs.water,
        within=inputs.prefectures.union_all(),
    )
    return inputs.population, reach.bands.geometry.tolist()


def test_the_bands_of_a_reach_and_the_unreached_conserve_the_total(tianjin):
    grid, circles = tianjin
    rings = [circles[0], *(b.difference(a) for a, b in pairwise(circles))]
    rest = shapely.box(*grid.bounds).difference(circles[-1])
    people = population_within(grid, [*rings, rest])
    assert people.sum() == pytest.approx(grid.total, rel=1e-6)
    assert people[:-1].cumsum() == pytest.approx(population_within(grid, circles), rel=1e-6)
    assert (people > 1e6).all()


def test_people_of_cells_an_outline_crosses_bound_the_error(tianjin):
    """Wherever people live in a cell, a circle holds between its inner and its crossed cells."""
    grid, circles = tianjin
    rows, columns = grid.array.shape
    west, north, size = grid.transform.c, grid.transform.f, grid.transform.a
    x, y = np.meshgrid(west + size * np.arange(columns), north - size * np.arange(rows))
    cells = shapely.STRtree(shapely.box(x, y - size, x + size, y).ravel())
    people = np.nan_to_num(grid.array).ravel()
    for found, circle in zip(population_within(grid, circles), circles, strict=True):
        crossed = people[np.unique(cells.query(circle.boundary, predicate="intersects"))].sum()
        inner = people[np.unique(cells.query(circle, predicate="contains_properly"))].sum()
        assert inner <= found <= inner + crossed
        assert crossed < 0.10 * found  # as docs/explanation/circles.md says


def test_a_sliver_of_no_width_holds_nobody():
    """What overlays leave along a common line: exactextract alone counts the whole cell."""
    ones = PopulationGrid(np.ones((3, 3)), Affine(1, 0, 0, 0, -1, 3), label="ones")
    sliver = shapely.Polygon([(0.5, 1.2), (2.6, 1.7), (1.5, 1.2 + 0.5 / 2.1 + 1e-15)])
    assert population_within(ones, [sliver])[0] == pytest.approx(0.0, abs=1e-9)


def test_shares_of_prefectures():
    halves = gpd.GeoDataFrame(
        index=["w", "e"],
        geometry=[shapely.box(116.0, 39.6, 116.3, 40.0), shapely.box(116.3, 39.6, 116.6, 40.0)],
        crs=4326,
    )
    bands = gpd.GeoDataFrame(
        {"minutes": [45, 60]},
        geometry=[shapely.box(116.0, 39.6, 116.15, 40.0), shapely.box(116.0, 39.6, 116.3, 40.0)],
        crs=4326,
    )
    found = shares_reached(GRID, halves, bands).set_index(["minutes", "adcode"])
    assert found.loc[(60, "w"), "population_share"] == pytest.approx(1.0)
    assert found.loc[(60, "w"), "area_share"] == pytest.approx(1.0)
    assert found.loc[(60, "e"), "population_share"] == pytest.approx(0.0, abs=1e-12)
    assert found.loc[(45, "w"), "area_share"] == pytest.approx(0.5, rel=1e-6)
    assert found.loc[(45, "w"), "population"] == pytest.approx(GRID.array[:, :15].sum())


def test_proximity_circle_on_an_even_plain():
    even = PopulationGrid(np.ones((400, 400)), Affine(0.01, 0, 114.0, 0, -0.01, 42.0), label="1")
    near = population_in_proximity(even, shapely.Point(116.0, 40.0), 50.0)
    cell_km2 = 1.1104 * 0.8540  # 0.01 degree each way at 40 N on the ellipsoid
    assert near == pytest.approx(np.pi * 50**2 / cell_km2, rel=0.002)


def test_townships_of_a_modelled_raster(shared):
    """Agreement with sums over a grid refined ten times, an independent way to share cells out."""
    path = shared("osm/jjj_pop_2020_1km_MODELLED.tif")
    grid = read_population([path], (116.0, 39.6, 116.8, 40.2), label="modelled", year=2020)
    towns = gpd.read_file(shared("osm/beijing_townships_worldpop.gpkg")).to_crs(4326)
    inside = towns[towns.within(shapely.box(116.1, 39.7, 116.7, 40.1))].geometry.iloc[:30]
    found = population_within(grid, inside)
    fine, step = 10, grid.transform.a / 10
    rows, columns = grid.array.shape
    x = grid.transform.c + (np.arange(columns * fine) + 0.5) * step
    y = grid.transform.f - (np.arange(rows * fine) + 0.5) * step
    spread = np.repeat(np.repeat(np.nan_to_num(grid.array), fine, 0), fine, 1) / fine**2
    for people, shape in zip(found, inside, strict=True):
        shapely.prepare(shape)
        xx, yy = np.meshgrid(x, y)
        assert people == pytest.approx(spread[shapely.contains_xy(shape, xx, yy)].sum(), rel=0.05)
