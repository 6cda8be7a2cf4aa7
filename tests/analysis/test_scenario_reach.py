"""Land and people gained and lost, on circles that are boxes of known area."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from shapely import MultiPolygon, Point, box

from toolkit.analysis.circles import CoreReach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.analysis.scenario_reach import reach_before_after, reach_change
from toolkit.errors import NetworkError
from toolkit.sources.population import PopulationGrid

CITIES = gpd.GeoDataFrame(
    {"name_zh": ["甲"], "name_en": ["A"]}, index=["a"], geometry=[Point(116.5, 39.5)], crs=4326
)


def circle(*shapes, minutes=(60,), definition="door_to_door"):
    bands = gpd.GeoDataFrame(
        {
            "minutes": minutes,
            "area_km2": [geodesic_area_km2(MultiPolygon([shape])) for shape in shapes],
        },
        geometry=[MultiPolygon([shape]) for shape in shapes],
        crs=4326,
    )
    return CoreReach(
        core="a",
        definition=load_definitions()[definition],
        timetable_date="",
        make_surface=None,
        bands=bands,
        schematic=False,
    )


@pytest.fixture
def grid():
    """One person a cell of half a degree, 116 to 118 E and 39 to 40 N."""
    return PopulationGrid(np.ones((2, 4)), Affine(0.5, 0, 116, 0, -0.5, 40), label="ones")


def test_land_is_kept_gained_and_lost(grid):
    """before 116-117, after 116.5-118: half a degree lost, half kept, one gained."""
    pair = circle(box(116, 39, 117, 40)), circle(box(116.5, 39, 118, 40))
    table = reach_change([pair], CITIES, grid).set_index("land")
    assert table["population"].to_dict() == {"kept": 2.0, "gained": 4.0, "lost": 2.0}
    total = table["area_km2"]
    assert total["kept"] + total["lost"] == pytest.approx(pair[0].bands["area_km2"][0], rel=1e-4)
    assert total["kept"] + total["gained"] == pytest.approx(pair[1].bands["area_km2"][0], rel=1e-4)
    assert set(table["core_en"]) == {"A"}


def test_the_same_circle_is_kept_whole():
    same = circle(box(116, 39, 117, 40), box(116, 39, 118, 40), minutes=(45, 60))
    table = reach_change([(same, same)], CITIES)
    assert set(table["land"]) == {"kept"}
    assert table["population"].isna().all()
    before_after = reach_before_after([(same, same)], CITIES)
    assert (before_after["area_before_km2"] == before_after["area_after_km2"]).all()
    assert before_after["minutes"].tolist() == [45, 60]


def test_no_circles_no_rows():
    assert reach_change([], CITIES).empty
    assert reach_before_after([], CITIES).empty


def test_circles_of_two_definitions_are_not_compared():
    shape = box(116, 39, 117, 40)
    with pytest.raises(NetworkError, match="not the same before and after"):
        reach_change([(circle(shape), circle(shape, definition="road_free_flow"))], CITIES)
