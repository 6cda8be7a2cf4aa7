"""Places of OpenStreetMap files."""

from pathlib import Path

import pytest

from toolkit.errors import InputFileError
from toolkit.sources.osm_places import osm_places

DATA = Path(__file__).parents[1] / "data"
VILLAGE = DATA / "village" / "village-latest.osm.pbf"


def test_the_village_has_one_place():
    places = osm_places([VILLAGE, VILLAGE])
    (row,) = places.reset_index().to_dict("records")
    assert (row["node_id"], row["place"], row["name_zh"]) == (10, "village", "河边村")
    assert (row["population"], row["name_en"]) == (1200, None)
    assert (row["geometry"].x, row["geometry"].y) == (116.01, 40.012)
    assert places.crs == "EPSG:4326"


def test_other_kinds_are_passed_over():
    assert osm_places(VILLAGE, kinds=["city"]).empty


@pytest.mark.parametrize(
    ("tagged", "read"),
    [("1200", 1200), ("1,200", 1200), ("1 200", 1200), ("about 1200", None), ("", None)],
)
def test_populations_are_numbers_or_missing(tmp_path, tagged, read):
    file = tmp_path / "a.osm"
    file.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="40" lon="116">'
        f'<tag k="place" v="town"/><tag k="population" v="{tagged}"/></node></osm>'
    )
    (population,) = osm_places(file)["population"].astype(object).where(lambda v: v.notna(), None)
    assert population == read


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(InputFileError, match=r"none\.osm\.pbf: no such file"):
        osm_places(tmp_path / "none.osm.pbf")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(VILLAGE.read_bytes()[:300])
    with pytest.raises(InputFileError, match=r"broken\.osm\.pbf: not a readable OSM file"):
        osm_places(broken)


def test_places_of_jing_jin_ji_are_the_documented_ones(shared):
    places = osm_places(shared("osm/jing-jin-ji.osm.pbf"))
    assert places["place"].value_counts().to_dict() == {"village": 511, "town": 213, "city": 18}
    assert int((places["population"] > 0).sum()) == 191
