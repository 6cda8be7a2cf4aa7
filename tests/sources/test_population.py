"""People per cell: no one is lost or counted twice by windows, joins, sums or the model."""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from rasterio.shutil import copy
from shapely import Point, box

from toolkit.errors import DownloadError, InputFileError, MissingDataError
from toolkit.sources.population import (
    PopulationGrid,
    SpreadModel,
    ghs_pop,
    ghs_pop_url,
    modelled_population,
    read_population,
    worldpop,
    worldpop_url,
)

CELL = 1 / 120
WORLD = (-180.0, -90.0, 180.0, 90.0)


def raster(path, counts, west=116.0, north=40.0, *, cell=CELL, nodata=-99999.0, tags=None, **more):
    """Write a raster of counts in WorldPop's shape."""
    counts = np.asarray(counts, dtype="float32")
    profile = {
        "driver": "GTiff",
        "height": counts.shape[0],
        "width": counts.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": Affine(cell, 0, west, 0, -cell, north),
        "nodata": nodata,
    }
    with rasterio.open(path, "w", **(profile | more)) as file:
        file.write(counts[np.newaxis])
        file.update_tags(**(tags or {}))
    return path


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """A country of 12 x 10 cells with whole numbers of people and a sea without data."""
    counts = np.random.default_rng(7).integers(0, 1000, (10, 12)).astype(float)
    counts[:3, :4] = -99999.0
    return raster(tmp_path_factory.mktemp("population") / "country.tif", counts)


def people(path):
    with rasterio.open(path) as file:
        return float(file.read(1, masked=True).astype(float).sum())


# --- windows


def test_a_window_of_everything_is_everything(country):
    grid = read_population(country, WORLD, year=2020)
    assert grid.array.shape == (10, 12)
    assert grid.total == people(country)
    assert np.isnan(grid.array).sum() == 12
    assert grid.bounds == pytest.approx((116.0, 40 - 10 * CELL, 116.1, 40.0))
    assert (grid.crs, grid.label, grid.year, grid.modelled) == ("EPSG:4326", "country", 2020, False)


@settings(max_examples=40)
@given(
    x=st.floats(116.0, 116.1, exclude_min=True, exclude_max=True),
    y=st.floats(39.92, 40.0, exclude_min=True, exclude_max=True),
)
def test_windows_side_by_side_hold_each_person_once(country, x, y):
    total = 0.0
    for west, east in ((115.0, x), (x, 117.0)):
        for south, north in ((39.0, y), (y, 41.0)):
            try:
                total += read_population(country, (west, south, east, north)).total
            except MissingDataError:
                continue  # no cell centre in this quarter
    assert total == people(country)


@pytest.mark.parametrize("column", [4, 7])
def test_an_edge_through_cell_centres_gives_them_to_one_side(country, column):
    edge = 116.0 + (column + 0.5) * CELL
    left = read_population(country, (116.0, 39.0, edge, 41.0))
    right = read_population(country, (edge, 39.0, 117.0, 41.0))
    assert (left.array.shape[1], right.array.shape[1]) == (column, 12 - column)
    assert left.total + right.total == people(country)


def test_the_window_lies_where_its_cells_lie(country):
    whole = read_population(country, WORLD)
    part = read_population(country, (116.05, 39.93, 116.08, 39.96))
    column = round((part.transform.c - whole.transform.c) / CELL)
    row = round((whole.transform.f - part.transform.f) / CELL)
    rows, columns = part.array.shape
    expected = whole.array[row : row + rows, column : column + columns]
    np.testing.assert_array_equal(part.array, expected)
    assert (rows, columns) == (3, 4)


def test_bounds_without_people_are_an_error(country):
    with pytest.raises(MissingDataError, match=r"country\.tif: no people within"):
        read_population(country, (10.0, 50.0, 11.0, 51.0))
    with pytest.raises(MissingDataError, match="no people"):  # sea
        read_population(country, (116.0, 39.98, 116.02, 40.0))
    with pytest.raises(MissingDataError, match="no population raster"):
        read_population([], WORLD)


# --- joins


def test_countries_are_joined_without_loss_though_their_grids_differ(tmp_path):
    """A second grid, set off by 0.3 and 0.4 cells: its cells move whole."""
    china = raster(tmp_path / "chn.tif", np.full((6, 6), 10.0))
    kong = raster(
        tmp_path / "hkg.tif", [[1, 2], [3, 4]], 116 + 6.3 * CELL, 40 - 2.4 * CELL, nodata=-1
    )
    grid = read_population([china, kong], WORLD)
    assert grid.total == 370.0
    assert grid.array.shape == (6, 8)
    np.testing.assert_array_equal(grid.array[2:4, 6:], [[1, 2], [3, 4]])
    assert np.isnan(grid.array[0, 6:]).all()
    assert grid.label == "chn + hkg"


def test_people_on_both_sides_of_a_border_cell_are_added(tmp_path):
    china = raster(tmp_path / "chn.tif", [[5.0, 7.0]])
    macau = raster(tmp_path / "mac.tif", [[20.0, -99999.0]], 116 + CELL)
    np.testing.assert_array_equal(read_population([china, macau], WORLD).array, [[5, 27, np.nan]])


def test_a_window_in_the_second_country_only(tmp_path):
    china = raster(tmp_path / "chn.tif", np.ones((3, 3)))
    kong = raster(tmp_path / "hkg.tif", np.full((3, 3), 2.0), 117.0, 39.0)
    grid = read_population([china, kong], (116.9, 38.0, 118.0, 39.5))
    assert (grid.total, grid.array.shape) == (18.0, (3, 3))
    assert grid.bounds[0] == pytest.approx(117.0, abs=CELL / 2)


def test_rasters_of_two_resolutions_are_not_joined(tmp_path):
    fine = raster(tmp_path / "fine.tif", np.ones((3, 3)), cell=CELL / 10)
    coarse = raster(tmp_path / "coarse.tif", np.ones((3, 3)))
    with pytest.raises(InputFileError, match=r"fine\.tif: its cells are 0\.000833333"):
        read_population([coarse, fine], WORLD)


# --- what is no raster of counts


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tags": {"TIFFTAG_IMAGEDESCRIPTION": "Population density 2020"}}, "densities"),
        ({"crs": "EPSG:32650"}, "not in longitude and latitude"),
        ({"crs": None}, "no coordinate system"),
        ({"nodata": None}, r"negative counts \(down to -5\)"),
        ({"transform": Affine(CELL, 0, 116, 0, CELL, 39)}, "north to south"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_what_cannot_be_summed_is_refused(tmp_path, options, problem):
    path = raster(tmp_path / "a.tif", [[-5.0, 1.0]], **({"nodata": -5.0} | options))
    with pytest.raises(InputFileError, match=problem):
        read_population(path, WORLD)


def test_what_is_no_raster(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0 and so on")
    with pytest.raises(InputFileError, match=r"a\.tif: not a readable raster"):
        read_population(path, WORLD)
    with pytest.raises(InputFileError, match="not a readable raster"):
        read_population(tmp_path / "none.tif", WORLD)


def test_bounds_that_are_turned_round(country):
    with pytest.raises(ValueError, match="west, south, east, north"):
        read_population(country, (117.0, 39.0, 116.0, 40.0))


# --- coarser cells


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    factor=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_coarser_cells_hold_the_same_people(rows, columns, factor, seed):
    random = np.random.default_rng(seed)
    counts = random.integers(0, 50, (rows, columns)).astype(float)
    counts[random.random(counts.shape) < 0.3] = np.nan
    grid = PopulationGrid(counts, Affine(CELL, 0, 116, 0, -CELL, 40), year=2020, modelled=True)
    coarse = grid.coarser(factor)
    assert coarse.total == grid.total
    assert coarse.array.shape == (-(-rows // factor), -(-columns // factor))
    assert coarse.transform.a == pytest.approx(CELL * factor)
    assert (coarse.transform.c, coarse.year, coarse.modelled) == (116, 2020, True)


def test_a_coarse_cell_of_sea_stays_unknown():
    grid = PopulationGrid(np.array([[np.nan, np.nan, 1, np.nan]]), Affine.identity())
    np.testing.assert_array_equal(grid.coarser(2).array, [[np.nan, 1]])


# --- published files


def test_addresses_of_worldpop(monkeypatch):
    base = "https://data.worldpop.org/GIS/Population/"
    assert worldpop_url("CHN", 2020, "100m") == base + "Global_2000_2020/2020/CHN/chn_ppp_2020.tif"
    assert worldpop_url("hkg", 2015) == (
        base + "Global_2000_2020_1km/2015/HKG/hkg_ppp_2015_1km_Aggregated.tif"
    )
    assert worldpop_url("TWN", 2025) == (
        base + "Global_2015_2030/R2025A/2025/TWN/v1/1km_ua/constrained/"
        "twn_pop_2025_CN_1km_R2025A_UA_v1.tif"
    )
    monkeypatch.setenv("TOOLKIT_POPULATION_URL", "http://mirror.invalid")
    assert worldpop_url("CHN").startswith("http://mirror.invalid/GIS/Population/")
    assert ghs_pop_url(2020).startswith("http://mirror.invalid/GHSL/")


@pytest.mark.parametrize(("country", "year"), [("CN", 2020), ("China", 2020), ("CHN", 1999)])
def test_what_worldpop_does_not_have(country, year):
    with pytest.raises(MissingDataError, match="WorldPop has no"):
        worldpop_url(country, year)


def test_ghs_pop_has_every_fifth_year():
    assert "/GHS_POP_E1975_GLOBE_R2023A_4326_3ss/V1-0/" in ghs_pop_url(1975, "3ss")
    with pytest.raises(MissingDataError, match="GHS-POP has no counts of 2021"):
        ghs_pop_url(2021)


def test_worldpop_of_three_countries_from_a_mirror(web, tmp_path, hasty, monkeypatch):
    monkeypatch.setenv("TOOLKIT_POPULATION_URL", web.url)
    for number, code in enumerate(("chn", "hkg", "mac")):
        made = raster(tmp_path / f"{code}.tif", np.full((4, 4), 1.0 + number), 116 + number)
        name = f"/GIS/Population/Global_2000_2020_1km/2020/{code.upper()}"
        web.put(f"{name}/{code}_ppp_2020_1km_Aggregated.tif", made.read_bytes())
    files = worldpop(("CHN", "HKG", "MAC"), cache=tmp_path, settings=hasty, progress=False)
    assert [file.provenance.data_date for file in files] == ["2020"] * 3
    assert "CC BY 4.0" in files[0].provenance.licence
    assert files[0].path == tmp_path / "population/chn_ppp_2020_1km_Aggregated.tif"
    assert read_population([file.path for file in files], WORLD).total == 16 * (1 + 2 + 3)


def test_a_raster_that_was_cut_on_the_server_is_not_taken(web, tmp_path, hasty, monkeypatch):
    monkeypatch.setenv("TOOLKIT_POPULATION_URL", web.url)
    made = raster(tmp_path / "a.tif", np.random.default_rng(1).random((300, 300)))
    # with the directory in front, as WorldPop's may be, the cut file still opens
    copy(made, tmp_path / "front.tif", driver="COG", overviews="NONE")
    cut_short = (tmp_path / "front.tif").read_bytes()[:-1000]
    path = "/GIS/Population/Global_2000_2020_1km/2020/MAC/mac_ppp_2020_1km_Aggregated.tif"
    web.put(path, cut_short)
    with pytest.raises(DownloadError, match="cut short or damaged"):
        worldpop(["MAC"], cache=tmp_path, settings=hasty, progress=False)


def test_ghs_pop_is_read_from_its_archive(web, tmp_path, hasty, monkeypatch):
    monkeypatch.setenv("TOOLKIT_POPULATION_URL", web.url)
    made = raster(tmp_path / "a.tif", np.ones((5, 5)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "x")
        archive.write(made, "GHS_POP.tif")
    web.put(ghs_pop_url(2020).removeprefix(web.url), buffer.getvalue())
    file = ghs_pop(2020, cache=tmp_path, settings=hasty, progress=False)
    assert read_population(file.path, WORLD).total == 25.0


def test_an_archive_of_two_rasters_is_ambiguous(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.tif", "")
        archive.writestr("b.tif", "")
    with pytest.raises(InputFileError, match="holds 2 GeoTIFFs, not one"):
        read_population(path, WORLD)


# --- the model


def cities(**residents):
    """Seats in the middle of squares of 0.2 degrees, side by side from 116 E, 40 N."""
    middle = [Point(116.1 + 0.2 * number, 40.1) for number in range(len(residents))]
    table = {"residents": pd.array(list(residents.values()), "Int64"), "residents_year": 2020}
    return gpd.GeoDataFrame(table, index=list(residents), geometry=middle, crs=4326)


def squares(*adcodes):
    boxes = [box(116 + 0.2 * n, 40, 116.2 + 0.2 * n, 40.2) for n in range(len(adcodes))]
    return gpd.GeoDataFrame(index=list(adcodes), geometry=boxes, crs=4326)


def places(*rows):
    table = pd.DataFrame(rows, columns=["x", "y", "place", "population"])
    points = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(table[["place", "population"]], geometry=points, crs=4326)


def sums(grid, prefectures):
    """Independent zonal sums by the cell-centre rule."""
    shapes = ((shape, number) for number, shape in enumerate(prefectures.geometry))
    zones = rasterize(shapes, out_shape=grid.array.shape, transform=grid.transform, fill=-1)
    return [float(np.nansum(grid.array[zones == n])) for n in range(len(prefectures))]


@settings(max_examples=40)
@given(
    residents=st.tuples(st.integers(1, 30_000_000), st.integers(1, 30_000_000)),
    x=st.floats(115.9, 116.5),
    y=st.floats(39.9, 40.3),
    population=st.one_of(st.none(), st.integers(0, 20_000_000)),
)
def test_each_prefecture_keeps_its_residents(residents, x, y, population):
    areas = squares("990100", "990200")
    towns = places((x, y, "town", population), (116.05, 40.15, "city", 500_000))
    table = cities(**dict(zip(areas.index, residents, strict=True)))
    grid = modelled_population(table, towns, areas)
    assert sums(grid, areas) == pytest.approx(list(residents), rel=1e-9)
    assert np.nanmin(grid.array) >= 0
    assert grid.modelled
    assert grid.label == "modelled: residents of 2020 spread over places"


def test_without_places_people_live_around_the_seat_and_the_rest_evenly():
    areas = squares("990100")
    grid = modelled_population(cities(**{"990100": 100_000}), None, areas)
    assert grid.array.shape == (24, 24)
    peak = np.unravel_index(np.argmax(grid.array), grid.array.shape)
    assert {peak[0], peak[1]} <= {11, 12}
    corner = grid.array[0, 0]
    # far from the seat only the even share remains: 36.11 % over 576 cells
    assert corner == pytest.approx(36_110 / 576, rel=0.01)


def test_density_falls_off_by_the_scale_of_the_model():
    model = SpreadModel(rural_share=0.0)
    grid = modelled_population(
        cities(**{"990100": 1_000_000}), None, squares("990100"), model=model, cell_arcsec=6
    )
    row = grid.array[60, 60:110]
    step_m = grid.transform.a * 111_320 * np.cos(np.radians(40.1))
    # away from the blunt peak ln(density) is a line of slope -1/s
    slope = np.polyfit(np.arange(20, 50) * step_m, np.log(row[20:50]), 1)[0]
    assert -1 / slope == pytest.approx(model.scale_m(1_000_000), rel=0.01)


def test_a_place_twice_as_big_gathers_twice_the_people():
    model = SpreadModel(rural_share=0.0, central_density_km2=1e9)  # points, so to say
    towns = places((116.05, 40.05, "town", 20_000), (116.15, 40.15, "town", 40_000))
    table = cities(**{"990100": 60_000})
    grid = modelled_population(table, towns, squares("990100"), model=model)
    south, north = np.nansum(grid.array[12:]), np.nansum(grid.array[:12])
    assert north / south == pytest.approx(2.0, rel=0.001)


def test_a_place_at_the_border_keeps_its_people_inside():
    model = SpreadModel(rural_share=0.0)
    towns = places((116.199, 40.03, "town", 30_000), (116.05, 40.15, "town", 30_000))
    table = cities(**{"990100": 60_000, "990200": 1})
    grid = modelled_population(table, towns, squares("990100", "990200"), model=model)
    assert np.nansum(grid.array[12:, 12:24]) == pytest.approx(30_000, rel=0.02)


def test_a_tiny_prefecture_within_another_adds_its_people():
    areas = squares("990100")
    areas.loc["990200"] = [box(116.1001, 40.1001, 116.1002, 40.1002)]
    table = cities(**{"990100": 1000, "990200": 500})
    table.loc["990200", "geometry"] = Point(116.10015, 40.10015)
    assert modelled_population(table, None, areas).total == pytest.approx(1500)


def test_unknown_populations_follow_the_class_of_the_place():
    model = SpreadModel(rural_share=0.0, unknown_residents={"town": 3000.0, "village": 1000.0})
    towns = places((116.05, 40.05, "village", None), (116.15, 40.15, "town", "many"))
    table = cities(**{"990100": 4000})
    grid = modelled_population(table, towns, squares("990100"), model=model)
    assert np.nansum(grid.array[:12]) == pytest.approx(3000, rel=0.001)


def test_urban_people_that_the_places_do_not_explain_live_at_the_seat():
    model = SpreadModel(rural_share=0.0)
    towns = places((116.03, 40.17, "town", 10_000))
    grid = modelled_population(cities(**{"990100": 40_000}), towns, squares("990100"), model=model)
    assert np.nansum(grid.array[:8, :8]) == pytest.approx(10_000, rel=0.01)
    assert np.nansum(grid.array[8:, 8:]) == pytest.approx(30_000, rel=0.01)


def test_a_prefecture_smaller_than_a_cell_is_the_cell_of_its_seat():
    areas = squares("990100")
    areas.loc["990200"] = [box(116.3001, 40.1001, 116.3002, 40.1002)]
    table = cities(**{"990100": 1000, "990200": 500})
    table.loc["990200", "geometry"] = Point(116.30015, 40.10015)
    grid = modelled_population(table, None, areas)
    assert grid.total == pytest.approx(1500)
    assert np.nanmax(grid.array[:, 25:]) == pytest.approx(500)


def test_what_the_model_needs():
    table = cities(**{"990100": 1000, "990200": 1000})
    with pytest.raises(MissingDataError, match="no boundary of 990200"):
        modelled_population(table, None, squares("990100"))
    table["residents"] = pd.array([1000, None], "Int64")
    with pytest.raises(MissingDataError, match="no number of residents of 990200"):
        modelled_population(table, None, squares("990100", "990200"))


def test_the_inputs_stay_as_they_were():
    table, towns, areas = cities(a=10), places((116.1, 40.1, "town", 5)), squares("a")
    before = [frame.copy() for frame in (table, towns, areas)]
    modelled_population(table, towns, areas)
    for frame, earlier in zip((table, towns, areas), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(earlier))


# --- on the grid of a whole agglomeration


def test_windows_of_a_real_sized_grid_sum_to_the_whole(shared):
    path = shared("osm/jjj_pop_2020_1km_MODELLED.tif")
    whole = read_population(path, WORLD)
    assert whole.modelled
    assert whole.total == pytest.approx(people(path), rel=1e-12)
    assert whole.total == pytest.approx(110_399_998, abs=1)
    edges_x = [113.0, 114.7, 116.123, 121.0]
    edges_y = [35.0, 37.77, 39.4567, 44.0]
    parts = [
        read_population(path, (west, south, east, north)).total
        for west, east in pairwise(edges_x)
        for south, north in pairwise(edges_y)
    ]
    assert sum(parts) == pytest.approx(whole.total, rel=1e-12)
    assert whole.coarser(10).total == pytest.approx(whole.total, rel=1e-12)


def test_prefecture_sums_of_a_real_sized_grid(shared):
    grid = read_population(shared("osm/jjj_pop_2020_1km_MODELLED.tif"), WORLD)
    areas = gpd.read_file(shared("osm/jjj_prefectures.gpkg"))
    assert sums(grid, areas) == pytest.approx(areas["residents_2020"].tolist(), rel=1e-6)


def test_the_model_on_real_prefectures(shared):
    areas = gpd.read_file(shared("osm/jjj_prefectures.gpkg")).set_index("adcode")
    table = gpd.GeoDataFrame(
        {"residents": areas["residents_2020"], "residents_year": 2020},
        geometry=areas.representative_point(),
    )
    grid = modelled_population(table, None, areas)
    assert sums(grid, areas) == pytest.approx(table["residents"].tolist(), rel=1e-6)


def test_a_real_density_grid_is_refused(shared):
    path = shared("osm/gpw_v4_population_density_rev11_2020_15_min_jjj.tif")
    with pytest.raises(InputFileError, match="holds densities"):
        read_population(Path(path), WORLD)
