"""Overlaps of circles: squares whose common part is known."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine

from toolkit.analysis.circles import CoreReach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.analysis.overlaps import reach_overlaps
from toolkit.sources.population import PopulationGrid

CITIES = gpd.GeoDataFrame(
    {"name_zh": ["甲", "乙", "丙"], "name_en": ["A", "B", "C"]},
    index=["a", "b", "c"],
    geometry=gpd.points_from_xy([116.0, 118.0, 117.0], [39.5] * 3),
    crs=4326,
)
ROAD = load_definitions()["road_free_flow"]


def circle(core, *boxes, definition=ROAD):
    """Squares as the bands of 60 and 90 minutes."""
    bands = gpd.GeoDataFrame({"minutes": [60, 90]}, geometry=[*boxes], crs=4326)
    return CoreReach(core, definition, "", None, bands, schematic=True)


A = circle("a", shapely.box(115.5, 39, 116.5, 40), shapely.box(115, 39, 117.5, 40))
B = circle("b", shapely.box(117.5, 39, 118.5, 40), shapely.box(116.5, 39, 119, 40))


def test_the_common_part_of_two_squares():
    ones = PopulationGrid(np.ones((2, 10)), Affine(0.5, 0, 114.5, 0, -0.5, 40), label="ones")
    found = reach_overlaps([A, B], CITIES, ones)
    assert len(found) == 1  # the inner squares are apart
    row = found.iloc[0]
    common = shapely.box(116.5, 39, 117.5, 40)
    assert row.geometry.symmetric_difference(common).area == pytest.approx(0, abs=1e-12)
    assert row["area_km2"] == pytest.approx(geodesic_area_km2(common), abs=0.06)
    assert (row["minutes"], row["population"], row["cities_zh"]) == (90, 4, "丙")
    assert (row["core_en"], row["other_en"]) == ("A", "B")


def test_only_like_circles_are_compared_and_edges_that_touch_are_none():
    door = circle("b", *B.bands.geometry, definition=load_definitions()["door_to_door"])
    assert reach_overlaps([A, door], CITIES).empty
    beside = circle("c", shapely.box(116.5, 39, 117, 40), shapely.box(117.5, 39, 118, 40))
    assert reach_overlaps([A, beside], CITIES).empty
    assert reach_overlaps([A], CITIES).crs == "EPSG:4326"


def test_three_cores_make_three_pairs_without_people():
    found = reach_overlaps([A, B, circle("c", *A.bands.geometry)], CITIES)
    pairs = set(zip(found["core_adcode"], found["other_adcode"], strict=True))
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}
    assert found["population"].isna().all()
    same = found[(found["core_adcode"] == "a") & (found["other_adcode"] == "c")]
    assert same["minutes"].tolist() == [90, 60]  # the widest first
