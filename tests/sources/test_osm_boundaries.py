"""Boundaries from OSM relations: exclaves, holes, names, parts, bad files."""

from pathlib import Path

import pytest
import shapely

from toolkit.errors import InputFileError, MissingDataError
from toolkit.sources.osm_boundaries import osm_boundaries

VILLAGE = Path(__file__).parents[1] / "data" / "village" / "village-latest.osm.pbf"
CITY = {"type": "boundary", "boundary": "administrative", "admin_level": "5", "name": "廊坊市"}


def ring(first, west, south, size):
    """Four nodes of a square."""
    corners = [(0, 0), (size, 0), (size, size), (0, size)]
    return {first + i: (west + x, south + y) for i, (x, y) in enumerate(corners)}


def write(path, relations, *, without=()):
    """Two squares, one with a hole, drawn as four ways: 1 and 2 round the first, 3, 4."""
    nodes = ring(1, 116, 39, 1.0) | ring(5, 116.25, 39.25, 0.5) | ring(9, 118, 39, 0.5)
    ways = {1: [1, 2, 3], 2: [3, 4, 1], 3: [5, 6, 7, 8, 5], 4: [9, 10, 11, 12, 9]}
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{n}" version="1" lon="{x}" lat="{y}"/>' for n, (x, y) in nodes.items()]
    for number, through in ways.items():
        if number not in without:
            steps = "".join(f'<nd ref="{node}"/>' for node in through)
            lines.append(f'<way id="{number}" version="1">{steps}</way>')
    for number, (members, tags) in relations.items():
        held = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        said = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<relation id="{number}" version="1">{held}{said}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


WHOLE = [(1, "outer"), (2, "outer"), (3, "inner"), (4, "outer")]


def test_the_village_has_one_boundary():
    boundaries = osm_boundaries(VILLAGE)
    assert boundaries.index.tolist() == [1]
    assert boundaries.index.name == "relation_id"
    row = boundaries.loc[1]
    assert (row["admin_level"], row["name_zh"], row["adcode"]) == (5, "河边市", "990100")
    assert row.geometry.equals(shapely.box(115.99, 40.0, 116.03, 40.03))
    assert boundaries.crs == "EPSG:4326"
    assert boundaries.attrs["incomplete"] == ()


def test_exclaves_and_holes_are_kept(tmp_path):
    tags = CITY | {"name:en": "Langfang", "name:zh": "廊坊", "ref": "131000"}
    boundaries = osm_boundaries(write(tmp_path / "city.osm", {7: (WHOLE, tags)}))
    city = boundaries.loc[7]
    assert (city["name_zh"], city["name_en"], city["adcode"]) == ("廊坊", "Langfang", "131000")
    hole = shapely.box(116.25, 39.25, 116.75, 39.75)
    expected = shapely.box(116, 39, 117, 40) - hole | shapely.box(118, 39, 118.5, 39.5)
    assert city.geometry.geom_type == "MultiPolygon"
    assert len(city.geometry.geoms) == 2
    assert city.geometry.equals(expected)


def test_levels_are_chosen_and_sorted(tmp_path):
    county = CITY | {"admin_level": "6", "name": "县"}
    province = CITY | {"admin_level": "4", "name": "省", "ref": "XX"}
    other = CITY | {"boundary": "historic"}
    relations = {
        2: ([(4, "outer")], county),
        3: (WHOLE, CITY),
        5: (WHOLE, province),
        6: (WHOLE, other),
    }
    file = write(tmp_path / "levels.osm", relations)
    assert osm_boundaries(file)["admin_level"].to_dict() == {5: 4, 3: 5, 2: 6}
    assert osm_boundaries(file)["adcode"].isna().all()
    assert osm_boundaries(file, levels=[6]).index.tolist() == [2]


def test_what_an_extract_cuts_is_named_and_other_files_complete_it(tmp_path):
    relations = {3: (WHOLE, CITY), 4: ([(4, "outer")], CITY | {"name": "小市"})}
    part = write(tmp_path / "part.osm", relations, without=[2])
    boundaries = osm_boundaries(part)
    assert boundaries["name_zh"].tolist() == ["小市"]
    assert boundaries.attrs["incomplete"] == ("廊坊市",)
    whole = write(tmp_path / "whole.osm", relations)
    both = osm_boundaries([part, whole])
    assert both.index.tolist() == [3, 4]
    assert both.attrs["incomplete"] == ()


def test_nothing_whole_is_an_error_that_names_the_parts(tmp_path):
    part = write(tmp_path / "part.osm", {3: (WHOLE, CITY)}, without=[4])
    with pytest.raises(MissingDataError, match=r"part\.osm: no whole boundary.*4, 5, 6.*廊坊市"):
        osm_boundaries(part)
    with pytest.raises(MissingDataError, match="admin_level 9"):
        osm_boundaries(VILLAGE, levels=[9])


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"<html>", "not a readable OSM file"), (b"", "not a readable OSM")],
)
def test_bad_files_are_named_in_one_line(tmp_path, content, message):
    file = tmp_path / "bad.osm.pbf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputFileError, match=message) as caught:
        osm_boundaries(file)
    assert "bad.osm.pbf" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_real_extract_gives_the_districts_of_monaco(shared):
    boundaries = osm_boundaries(shared("osm/real/monaco.osm.pbf"), levels=range(2, 11))
    assert len(boundaries) >= 5
    assert boundaries.geometry.is_valid.all()
    assert boundaries["admin_level"].is_monotonic_increasing
