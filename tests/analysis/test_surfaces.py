"""Travel-time grids: one road drawn on a plain, distances known.

0 ────── 20 km at 60 km/h ──────> 1
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import union_all
from shapely.geometry import LineString, Point, box

from toolkit.analysis.grids import water_mask
from toolkit.analysis.isochrones import geodesic_area_km2, isobands
from toolkit.analysis.road import road_times
from toolkit.analysis.surfaces import LastLeg, TimePoints, time_points, travel_time_surface
from toolkit.networks.places import places_on_edges
from toolkit.networks.spatial_network import SpatialNetwork

EPSG = 32650
X0, Y0 = 500_000.0, 4_400_000.0
BACK = Transformer.from_crs(EPSG, 4326, always_xy=True)


@pytest.fixture(scope="module")
def road():
    ends = [BACK.transform(X0, Y0), BACK.transform(X0 + 20_000, Y0)]
    nodes = gpd.GeoDataFrame(
        index=[0, 1], geometry=gpd.points_from_xy(*zip(*ends, strict=True)), crs=4326
    )
    edges = gpd.GeoDataFrame(
        {"u": [0], "v": [1], "time_s": [1200.0]}, geometry=[LineString(ends)], crs=4326
    )
    return SpatialNetwork.from_geodataframes(nodes, edges)


ON_FOOT = LastLeg(6.0, 2.0)
CELL = 250.0


def points_of(road, *, limit_min=60.0, spent_ms=0):
    start = places_on_edges(road, road.nodes.geometry.iloc[:1])
    times = road_times(road, start, [spent_ms], cutoff_ms=3_600_000)
    return time_points(road, times, epsg=EPSG, step_m=CELL / 2, limit_min=limit_min)


def bands_of(road, thresholds, **options):
    return isobands(points_of(road), thresholds, cell_m=CELL, last_leg=ON_FOOT, **options)


def at(surface, east_m, north_m):
    row = int((surface.grid.top - (Y0 + north_m)) / surface.grid.cell_m)
    column = int((X0 + east_m - surface.grid.left) / surface.grid.cell_m)
    return surface.minutes[row, column]


def test_time_runs_along_the_edge_and_then_on_foot(road):
    surface = travel_time_surface(points_of(road), cell_m=CELL, last_leg=ON_FOOT)
    # half a cell (125 m) off the sampled points: 1.25 min on foot at most
    assert at(surface, 10_000, 0) == pytest.approx(10.0, abs=1.8)
    assert at(surface, 10_000, 1_500) == pytest.approx(10.0 + 15.0, abs=1.8)
    assert at(surface, 20_000, 0) == pytest.approx(20.0, abs=1.8)


def test_nothing_beyond_the_last_leg(road):
    shape = bands_of(road, [90]).to_crs(EPSG).geometry.iloc[0]
    expected = LineString([(X0, Y0), (X0 + 20_000, Y0)]).buffer(2_000)
    assert shape.symmetric_difference(expected).area / expected.area < 0.01
    assert shape.difference(expected.buffer(50)).is_empty
    surface = travel_time_surface(points_of(road), cell_m=CELL, last_leg=ON_FOOT)
    assert np.isfinite(surface.minutes).sum() * CELL**2 == pytest.approx(expected.area, rel=0.02)


def test_an_edge_is_reached_only_as_far_as_time_allows(road):
    shape = bands_of(road, [10]).to_crs(EPSG).geometry.iloc[0]
    assert shape.bounds[2] - X0 == pytest.approx(10_000, abs=CELL)
    reached = LineString([(X0, Y0), (X0 + 10_000 - CELL / 2, Y0)])  # the last sample
    assert shape.buffer(1).contains(reached)


def test_width_is_the_time_left(road):
    shape = bands_of(road, [15]).to_crs(EPSG).geometry.iloc[0]
    across = LineString([(X0 + 10_000, Y0 - 9_000), (X0 + 10_000, Y0 + 9_000)])
    # 5 minutes left at 6 km/h are 500 m each side; points farther back reach 1 % more
    assert shape.intersection(across).length == pytest.approx(1_005, abs=15)


def test_bands_are_nested_valid_and_grow(road):
    bands = bands_of(road, [20, 5, 10])
    assert bands["minutes"].tolist() == [5, 10, 20]
    assert bands.geometry.is_valid.all()
    for inner, outer in zip(bands.geometry[:-1], bands.geometry[1:], strict=True):
        assert inner.difference(outer).area < 1e-9
    assert bands["area_km2"].is_monotonic_increasing


def test_unreached_network_reaches_nothing(road):
    nothing = points_of(road, spent_ms=3_600_001)
    assert np.isinf(travel_time_surface(nothing, cell_m=CELL, last_leg=ON_FOOT).minutes).all()
    assert isobands(nothing, [60], cell_m=CELL, last_leg=ON_FOOT)["area_km2"].tolist() == [0.0]


def test_holes_are_kept_and_slivers_dropped():
    angle = np.linspace(0, 2 * np.pi, 720)
    x, y = X0 + 20_000 * np.cos(angle), Y0 + 20_000 * np.sin(angle)
    ring = TimePoints(
        np.append(x, X0 + 60_000), np.append(y, Y0), np.append(np.zeros(720), 59.0), EPSG
    )
    options = {"cell_m": 500.0, "last_leg": LastLeg(60.0, 5.0)}
    kept = isobands(ring, [60], **options).geometry.iloc[0]
    dropped = isobands(ring, [60], smallest_km2=50.0, **options).geometry.iloc[0]
    assert [len(part.interiors) for part in kept.geoms] in ([1, 0], [0, 1])
    assert len(dropped.geoms) == 1
    assert geodesic_area_km2(dropped) == pytest.approx(np.pi * (25**2 - 15**2), rel=0.01)
    filled = isobands(ring, [60], smallest_km2=800.0, **options).geometry.iloc[0]
    assert geodesic_area_km2(filled) == pytest.approx(np.pi * 25**2, rel=0.01)


def test_study_area_cuts_reach(road):
    whole = bands_of(road, [60]).geometry.iloc[0]
    west, south, east, north = whole.bounds
    half = box(west, south, (west + east) / 2, north)
    cut = bands_of(road, [60], within=half)
    assert cut["area_km2"].iloc[0] == pytest.approx(geodesic_area_km2(whole) / 2, rel=0.01)


# road from west to east; north of it, from 600 to 1,000 m, a strait over the whole width
STRAIT = gpd.GeoSeries([box(X0 - 9_000, Y0 + 600, X0 + 29_000, Y0 + 1_000)], crs=EPSG)


def test_no_last_leg_crosses_water(road):
    points = points_of(road)
    mask = water_mask(STRAIT, points.grid(CELL, 3_000))
    surface = travel_time_surface(points, cell_m=CELL, last_leg=ON_FOOT, water=mask)
    assert at(surface, 10_000, 400) == pytest.approx(14.0, abs=1.8)
    assert np.isinf(at(surface, 10_000, 1_300))
    assert np.isfinite(at(surface, 10_000, -1_300))
    shape = bands_of(road, [60], water=mask).to_crs(EPSG).geometry.iloc[0]
    assert shape.intersection(STRAIT.iloc[0]).area < 100.0
    assert shape.bounds[3] == pytest.approx(Y0 + 600, abs=1)
    north, south = (
        shape.intersection(box(X0, Y0, X0 + 20_000, Y0 + 3_000)).area,
        shape.intersection(box(X0, Y0 - 3_000, X0 + 20_000, Y0)).area,
    )
    assert north == pytest.approx(20_000 * 600, rel=0.01)
    assert south == pytest.approx(20_000 * 2_000, rel=0.01)


def test_a_bridge_leads_across_but_no_one_steps_off_it(road):
    points = points_of(road)
    river = gpd.GeoSeries([box(X0 + 8_000, Y0 - 9_000, X0 + 8_400, Y0 + 9_000)], crs=EPSG)
    mask = water_mask(river, points.grid(CELL, 3_000))
    shape = bands_of(road, [60], water=mask).to_crs(EPSG).geometry.iloc[0]
    assert len(shape.geoms) == 2
    assert shape.intersection(river.iloc[0]).area < 100.0


def test_a_pond_hides_what_no_other_point_sees():
    """From one point, the shadow of a square pond; the closed form is the cone behind it."""
    here = TimePoints(np.array([X0]), np.array([Y0]), np.array([0.0]), EPSG)
    pond = gpd.GeoSeries([box(X0 + 800, Y0 - 200, X0 + 1_200, Y0 + 200)], crs=EPSG)
    mask = water_mask(pond, here.grid(100.0, 2_500))
    area = isobands(here, [60], cell_m=100.0, last_leg=ON_FOOT, water=mask)["area_km2"].iloc[0]
    angle = 2 * np.arctan2(200, 800)
    shadow = angle / 2 * 2.0**2 - 0.5 * 0.8 * 0.4
    assert area == pytest.approx(np.pi * 4 - shadow, rel=0.02)


def test_where_there_is_no_water_there_is_no_mask(road):
    far = gpd.GeoSeries([box(0, 0, 1, 1)], crs=4326)
    assert water_mask(far, points_of(road).grid(CELL, 3_000)) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 8_000), st.floats(0, 8_000), st.floats(0, 40)),
        min_size=1,
        max_size=6,
    ),
    st.floats(1, 40),
    st.none() | st.tuples(st.floats(0, 7_000), st.floats(0, 7_000), st.floats(300, 3_000)),
)
def test_polygons_hold_what_is_reached_and_nothing_beyond_the_last_leg(rows, limit, pool):
    x, y, minutes = (np.array(column) for column in zip(*rows, strict=True))
    points = TimePoints(X0 + x, Y0 + y, minutes, EPSG)
    mask = wet = None
    if pool is not None:
        west, south, size = pool
        wet = box(X0 + west, Y0 + south, X0 + west + size, Y0 + south + size / 3)
        mask = water_mask(gpd.GeoSeries([wet], crs=EPSG), points.grid(CELL, 3_000))
    bands = isobands(points, [limit, 60], cell_m=CELL, last_leg=ON_FOOT, water=mask)
    assert bands.geometry.is_valid.all()
    assert bands.geometry.iloc[0].difference(bands.geometry.iloc[1]).area < 1e-9  # 10 m2
    shape = bands.to_crs(EPSG).geometry.iloc[0]
    radius = np.clip((limit - minutes) * 100, 0.7072 * CELL, 2_000)  # 6 km/h are 100 m a minute
    reached = minutes <= limit
    for east, north in zip(points.x[reached], points.y[reached], strict=True):
        place = Point(east, north)
        if wet is None or not wet.covers(place):
            assert shape.distance(place) < 0.1
    allowed = [
        Point(a, b).buffer(r + 0.5 * CELL)  # notches between discs
        for a, b, r in zip(points.x[reached], points.y[reached], radius[reached], strict=True)
    ]
    assert shape.difference(union_all(allowed)).area < 1.0
    if wet is not None:
        assert shape.intersection(wet).area < 100.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 8_000), st.floats(0, 8_000), st.floats(0, 40)),
        min_size=1,
        max_size=5,
    )
)
def test_minutes_are_the_least_over_all_points_in_reach(rows):
    x, y, minutes = (np.array(column) for column in zip(*rows, strict=True))
    surface = travel_time_surface(
        TimePoints(X0 + x, Y0 + y, minutes, EPSG), cell_m=CELL, last_leg=ON_FOOT
    )
    grid = surface.grid
    east = grid.left + (np.arange(grid.columns) + 0.5) * CELL
    north = grid.top - (np.arange(grid.rows) + 0.5) * CELL
    distance = np.hypot(east[None, :, None] - (X0 + x), north[:, None, None] - (Y0 + y))
    expected = np.where(distance <= 2_000, minutes + distance / 100, np.inf).min(axis=2)
    border = np.abs(distance - 2_000).min(axis=2) < 0.1
    np.testing.assert_allclose(surface.minutes[~border], expected[~border], atol=1e-3)


def test_degrees_are_refused(road):
    with pytest.raises(ValueError, match="not a projected CRS"):
        time_points(road, None, epsg=4326, step_m=1, limit_min=1)


def test_geodesic_area_of_a_known_region():
    # one degree square at the equator, published as 12,308.8 km2 on the WGS84 ellipsoid
    assert geodesic_area_km2(box(0, 0, 1, 1)) == pytest.approx(12_308.8, abs=0.1)


def test_tables_are_not_changed(road):
    before = pd.DataFrame(road.edges).copy()
    points_of(road)
    pd.testing.assert_frame_equal(pd.DataFrame(road.edges), before)
