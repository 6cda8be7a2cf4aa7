"""Verdicts for readers: the printed block and the layer."""

import itertools
import math
from unicodedata import east_asian_width

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from toolkit.claims import check_claim, claims_layer, load_sources, verdict_text
from toolkit.claims.sensitivity import sensitivity_table, sensitivity_text, stability
from toolkit.claims.wording import amount, listing, place_list, text_table
from toolkit.errors import MissingDataError, UnknownNameError

REACH = "reach_with_exceptions"


@pytest.fixture
def verdict(abc_cluster, make_inputs, make_times, make_claim):
    """A in at 30, B on the edge at 60, C out at 90 though not excepted."""
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 30, "B": 60, "C": 90}))
    return check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)


@pytest.fixture
def squares():
    """Unit squares K A B C in a row, A and C far apart from the rest."""
    return gpd.GeoDataFrame(
        {"name_zh": list("核甲乙丙")},
        index=list("KABC"),
        geometry=[shapely.box(x, 0, x + 1, 1) for x in (0, 1, 2, 5)],
        crs="EPSG:4326",
    )


def width(text):
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def test_the_block_says_all_in_english(verdict):
    text = verdict_text(verdict)
    assert text.startswith("T1  FAILS by 30 min (Sea)\nA statement.\n")
    for part in (
        "Inside (1): Ay 30",
        "Borderline (1): Bee 60",
        "Outside (1): Sea 90",
        "Outside though not excepted: Sea 90 (+30) min",
        "True at 60 min once these are as fast as that: Sea 90 (+30).",
        "timetable: 2023-12-15",
        "2/3 fails -30*",
    ):
        assert part in text
    (line,) = [line for line in text.splitlines() if line.startswith("Sea ")]
    assert line.split() == ["Sea", "90", "12", "GC", "起点", "终点", "outside"]


def test_the_block_says_all_in_chinese(verdict):
    text = verdict_text(verdict, "zh")
    assert text.startswith("T1  不成立（差30分钟，由丙决定）\n一个说法。\n")
    for part in ("圈内（1）：甲30", "临界（1）：乙60", "圈外（1）：丙90", "2/3 不成立 -30*"):
        assert part in text
    with pytest.raises(UnknownNameError, match="no texts in language 'fr'"):
        verdict_text(verdict, "fr")


def test_the_title_of_the_document_is_printed_when_known(verdict):
    source = load_sources()["jjj-decade-2024"]
    assert "[made-up; line 1]" in verdict_text(verdict)
    assert source.title_zh in verdict_text(verdict, "zh", source=source)


def test_a_verdict_without_data_still_prints(abc_cluster, make_inputs, make_claim):
    claim = make_claim(REACH, core="K", threshold_min=60)
    text = verdict_text(check_claim(claim, make_inputs(abc_cluster)))
    assert text.startswith("T1  NOT CHECKABLE\n")
    assert "Not computed: fastest train from Kay" in text
    assert "nan" not in text


def test_the_layer_has_one_feature_a_verdict(verdict, squares):
    layer = claims_layer([verdict], squares)
    assert layer.crs == "EPSG:4326"
    row = layer.iloc[0]
    assert (row["claim_id"], row["outcome"], row["outcome_zh"]) == ("T1", "fails", "不成立")
    assert (row["margin"], row["margin_unit"], row["stability"]) == (-30, "min", 0)
    assert (row["definition"], row["timetable_date"]) == ("fastest_train", "2023-12-15")
    assert row["source"] == "made-up, line 1"
    assert row["evidence"] == "2 of 3 cities within 60 min of Kay; outside: Sea 90 min."
    assert row.geometry.geom_type == "MultiPolygon"
    assert len(row.geometry.geoms) == 2
    assert row.geometry.area == pytest.approx(4)
    assert {"statement_en", "statement_zh"} <= set(layer.columns)


def test_the_layer_leaves_a_boundless_margin_empty(
    abc_cluster, make_inputs, make_times, make_claim, squares
):
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 30, "B": 60, "C": math.inf}))
    endless = check_claim(make_claim(REACH, core="K", threshold_min=60), inputs)
    assert endless.margin == -math.inf
    assert claims_layer([endless], squares)["margin"].isna().all()
    assert "FAILS (Sea: not reached)" in verdict_text(endless)


def test_the_layer_is_measured_in_degrees_whatever_comes_in(verdict, squares):
    layer = claims_layer([verdict], squares.to_crs("EPSG:3857"))
    assert layer.crs == "EPSG:4326"
    assert layer.total_bounds == pytest.approx([0, 0, 6, 1])


def test_the_layer_can_be_empty_and_wants_all_boundaries(verdict, squares):
    empty = claims_layer([], squares)
    assert len(empty) == 0
    assert "claim_id" in empty.columns
    with pytest.raises(MissingDataError, match="claim T1: no boundary of B, C"):
        claims_layer([verdict], squares.loc[["K", "A"]])
    with pytest.raises(MissingDataError, match="no CRS"):
        claims_layer([verdict], squares.set_crs(None, allow_override=True))


def test_sensitivity_of_nothing_is_empty():
    table = sensitivity_table("T1", [])
    assert table.empty
    assert math.isnan(stability(table))
    assert sensitivity_text(table) == ""


def test_columns_line_up_under_wide_letters():
    lines = text_table(["a", "b"], [["唐山", "1"], ["xy", "2"]]).splitlines()
    assert {width(line) for line in lines} == {7}


def test_words():
    assert amount(1, "trains").en == "1 train a day"
    assert amount(math.inf, "min").zh == "不可达"
    assert amount(2.5, "%").en == "2.5%"
    assert listing([], "en") == ""
    assert listing(["甲", "乙"], "zh") == "甲、乙"
    items = pd.DataFrame(
        {"name_en": list("abc"), "name_zh": list("abc"), "minutes": [1.0, 2.0, 3.0], "room": 0.0}
    )
    assert place_list(items, "minutes", most=2).en == "a 1, b 2 and 1 more"
    assert place_list(items, "minutes", most=2).zh == "a1、b2、另1个"


def test_long_evidence_is_cut_in_print_only(
    abc_cluster, make_cluster, make_inputs, make_pairs, make_claim
):
    """Coverage prints its own words; a table longer than a screen is cut with a count."""
    pairs = make_pairs({("K", "A"): 30, ("K", "B"): 40, ("K", "C"): 50})
    coverage = check_claim(make_claim("service_coverage"), make_inputs(abc_cluster, pairs=pairs))
    text = verdict_text(coverage)
    assert text.startswith("T1  HOLDS by 19 trains a day (Kay)\n")
    assert "Covered (4): " in text
    assert "inside" not in text.split("What would flip it", maxsplit=1)[0]

    names = {f"c{n}": (f"城{n}", f"City {n}") for n in range(8)}
    cluster = make_cluster(names)
    reading = {"key": "all", "name_en": "all", "name_zh": "全部"}
    claim = make_claim("travel_time_interval", lower_min=60, upper_min=90, readings=[reading])
    links = dict.fromkeys(itertools.combinations(names, 2), 30)
    verdict = check_claim(claim, make_inputs(cluster, pairs=make_pairs(links)))
    assert len(verdict.evidence.table) == 28
    assert "... and 8 more in the evidence table" in verdict_text(verdict)
    assert "……证据表中另有8行" in verdict_text(verdict, "zh")


def test_a_pair_without_trains_is_counted_not_timed(
    abc_cluster, make_inputs, make_pairs, make_claim
):
    reading = {"key": "all", "name_en": "all", "name_zh": "全部"}
    claim = make_claim("travel_time_interval", lower_min=60, upper_min=90, readings=[reading])
    inputs = make_inputs(abc_cluster, pairs=make_pairs({("K", "A"): 30, ("K", "B"): 100}))
    text = verdict_text(check_claim(claim, inputs))
    assert "Outside (5): Kay–Bee 100; not reached (4): Ay–Bee, Ay–Sea, Bee–Sea and Kay–Sea" in text
    assert "-∞" in text
