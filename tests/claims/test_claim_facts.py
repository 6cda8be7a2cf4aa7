"""The facts behind the claims: regions, sums, and their agreement with independent sources."""

import itertools

import pytest

from toolkit.claims import embedded_facts
from toolkit.clusters import load_cluster
from toolkit.errors import ClaimError
from toolkit.sources import boundaries


@pytest.fixture(scope="module")
def facts():
    return embedded_facts()


def test_regions_are_slugs_codes_and_beginnings(facts):
    members = load_cluster("jing-jin-ji").cities.index
    assert facts.codes(["jing-jin-ji"]) == tuple(members)
    assert set(facts.codes(["11*", "12*", "13*"])) == set(members)
    assert facts.codes(["110000", "110000"]) == ("110000",)
    assert len(facts.codes(["clusters"])) == 236
    assert len(facts.codes(["31*", "32*", "33*", "34*"])) == 41
    assert set(facts.codes(["clusters:full"])) < set(facts.codes(["clusters"]))
    with pytest.raises(ClaimError, match="no region 'atlantis'"):
        facts.codes(["atlantis"])


def test_single_figures_go_before_sums(facts):
    assert facts.figure("residents_1e4", ["national"], 2020).value == 141_178
    six = ["110101", "110102", "110105", "110106", "110107", "110108"]
    assert facts.figure("residents_1e4", six, 2014).value == pytest.approx(1276.3)
    assert facts.figure("residents_1e4", six, 2020).value == pytest.approx(1098.8)


def test_gaps_are_counted_and_said(facts):
    guangxi = facts.figure("residents_1e4", ["450100", "450900"], 2021)
    assert (guangxi.known, guangxi.total) == (1, 2)
    assert guangxi.gap.en == " (1 of 2 units known)"
    assert facts.figure("gdp_1e8", ["419001"], 2021).known == 0


def test_residents_agree_with_the_census(facts):
    cities = load_cluster("jing-jin-ji").cities
    table = facts.by_unit("residents_1e4", list(cities.index), 2020)
    census = cities["residents"].astype(float) / 1e4
    assert (table / census - 1).abs().max() < 0.005
    assert table.sum() == pytest.approx(census.sum(), rel=0.001)


def test_areas_agree_with_boundaries_inland(facts):
    codes = ["110000", "130100", "130600", "510100", "610100", "420100", "632500", "640100"]
    shapes = boundaries.prefecture_boundaries(codes).to_crs("ESRI:102025")
    areas = facts.by_unit("area_km2", codes, 0)
    measured = shapes.area / 1e6
    # Shijiazhuang's statistics took in what its boundary here does not.
    assert ((areas / measured) - 1).abs().max() < 0.1


def test_neighbours_are_those_of_the_boundaries(facts):
    table = facts.neighbours
    codes = sorted({*table["adcode_a"], *table["adcode_b"]})
    data = boundaries._data()
    shape = {code: boundaries._polygons(data.index_of(code)) for code in codes}
    known = {frozenset(pair) for pair in zip(table["adcode_a"], table["adcode_b"], strict=True)}
    near = {
        frozenset((a, b))
        for a, b in itertools.combinations(codes, 2)
        if shape[a].buffer(0.002).intersection(shape[b].boundary).length > 0.006
    }
    assert near == known


def test_names_of_places_prefectures_counties_and_clusters(facts):
    assert facts.name("omiya").zh == "大宫"
    assert facts.name("110000").en == "Beijing"
    assert facts.name("330421").zh == "嘉善"
    assert facts.name("jing-jin-ji").zh == "京津冀城市群"
    assert facts.name("999999").en == "999999"


def test_points_of_unknown_places_are_refused(facts):
    assert facts.points(["tokyo-station"])[0] == pytest.approx([139.7671, 35.6812])
    with pytest.raises(ClaimError, match="no place 'atlantis'"):
        facts.points(["atlantis"])
