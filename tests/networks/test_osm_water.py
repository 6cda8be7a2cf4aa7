"""Water of OpenStreetMap files: a lake with an island, a river in two pieces, the sea by its coast.

117.0 ........ 118.0 ....... 119.0
  sea    coast ^        land   (lake with an island, river)
"""

import pytest
import shapely

from toolkit.errors import InputFileError
from toolkit.networks.osm_water import read_osm_water, sea_of_coastline

BOX = (117.0, 38.5, 119.0, 39.5)


def ring(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north)]


def write(path, closed, *, coast=(), relation=None):
    """An OSM file of closed ways (points, tags), an open coastline, and one multipolygon."""
    nodes, ways, number = [], [], 0
    open_ways = [(list(coast), {"natural": "coastline"})] if coast else []
    for points, tags in [*closed, *open_ways]:
        ids = list(range(number + 1, number + len(points) + 1))
        number += len(points)
        nodes += [
            f'<node id="{i}" lon="{x}" lat="{y}"/>' for i, (x, y) in zip(ids, points, strict=True)
        ]
        if points is not coast and (points, tags) not in open_ways:
            ids.append(ids[0])
        inner = "".join(f'<nd ref="{i}"/>' for i in ids)
        inner += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        ways.append(f'<way id="{len(ways) + 1}">{inner}</way>')
    parts = []
    if relation:
        members = "".join(f'<member type="way" ref="{r}" role="{role}"/>' for r, role in relation)
        tags = '<tag k="type" v="multipolygon"/><tag k="natural" v="water"/>'
        parts = [f'<relation id="1">{members}{tags}</relation>']
    west, south, east, north = BOX
    bounds = f'<bounds minlon="{west}" minlat="{south}" maxlon="{east}" maxlat="{north}"/>'
    body = "".join([bounds, *nodes, *ways, *parts])
    path.write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
    return path


LAKE, ISLAND = ring(118.3, 38.8, 118.5, 39.0), ring(118.35, 38.85, 118.4, 38.9)
WEST_REACH, EAST_REACH = ring(118.6, 39.2, 118.63, 39.203), ring(118.63, 39.2, 118.66, 39.203)


def test_lakes_keep_islands_and_ponds_are_left_out(tmp_path):
    pond = ring(118.7, 38.7, 118.702, 38.702)
    file = write(
        tmp_path / "a.osm",
        [(LAKE, {}), (ISLAND, {}), (pond, {"natural": "water"})],
        relation=[(1, "outer"), (2, "inner")],
    )
    found = read_osm_water(file)
    assert len(found) == 1
    assert not found.iloc[0].covers(shapely.Point(118.37, 38.87))
    assert found.iloc[0].area == pytest.approx(0.2 * 0.2 - 0.05 * 0.05)
    assert len(read_osm_water(file, smallest_km2=0.0)) == 2


def test_pieces_of_a_river_count_together(tmp_path):
    """Each piece is 0.86 km2; both are one river of 1.7 km2."""
    bank = {"waterway": "riverbank"}
    file = write(tmp_path / "a.osm", [(WEST_REACH, bank), (EAST_REACH, bank)])
    assert len(read_osm_water(file, smallest_km2=1.0)) == 1
    west = write(tmp_path / "west.osm", [(WEST_REACH, bank)])
    east = write(tmp_path / "east.osm", [(EAST_REACH, bank)])
    assert len(read_osm_water([west, east], smallest_km2=1.0)) == 1
    assert len(read_osm_water(west, smallest_km2=1.0)) == 0


def test_the_sea_lies_to_the_right_of_the_coast(tmp_path):
    file = write(tmp_path / "a.osm", [], coast=[(118.0, 40.0), (118.0, 38.0)])
    (sea,) = read_osm_water(file)
    assert sea.bounds == pytest.approx((117.0, 38.5, 118.0, 39.5))
    turned = write(tmp_path / "b.osm", [], coast=[(118.0, 38.0), (118.0, 40.0)])
    assert read_osm_water(turned).iloc[0].bounds == pytest.approx((118.0, 38.5, 119.0, 39.5))


def test_an_island_is_land_in_the_sea():
    coast = shapely.LineString([(118.0, 40.0), (118.0, 38.0)])
    island = shapely.LinearRing(ring(117.2, 38.8, 117.4, 39.0))  # anticlockwise: land inside
    (sea,) = sea_of_coastline([coast, island], shapely.box(*BOX))
    assert sea.area == pytest.approx(1.0 - 0.2 * 0.2)
    alone = sea_of_coastline([island], shapely.box(*BOX))
    assert sum(part.area for part in alone) == pytest.approx(2.0 - 0.2 * 0.2)


def test_a_coast_cut_off_inside_the_box_is_led_out_of_it():
    coast = shapely.LineString([(118.0, 39.4), (118.0, 38.6)])
    (sea,) = sea_of_coastline([coast], shapely.box(*BOX))
    assert sea.bounds == pytest.approx((117.0, 38.5, 118.0, 39.5))


def test_no_coast_is_no_sea(tmp_path):
    assert sea_of_coastline([], shapely.box(*BOX)) == []
    empty = read_osm_water(write(tmp_path / "a.osm", []))
    assert len(empty) == 0
    assert empty.crs == 4326


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputFileError, match="no such file"):
        read_osm_water(tmp_path / "none.osm")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"nothing")
    with pytest.raises(InputFileError, match="not a readable"):
        read_osm_water(broken)


def test_coast_of_monaco(shared):
    """The harbour is water, the palace and the hills are not."""
    sea = read_osm_water(shared("osm/real/monaco.osm.pbf")).union_all()
    assert not sea.covers(shapely.Point(7.4204, 43.7314))
    assert not sea.covers(shapely.Point(7.4100, 43.7400))
    assert sea.covers(shapely.Point(7.4340, 43.7300))
