"""Styles are well-formed, cover every value, and keep to one meaning a colour."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.publish.layers import LAYERS, column_alias
from toolkit.publish.palette import OUTCOMES, SEQUENCE, TIME_BANDS
from toolkit.publish.styles import layer_style, style_of, styles


def root(name, frame=None, geometry=None):
    frame = pd.DataFrame(columns=LAYERS[name].keys) if frame is None else frame
    return ET.fromstring(layer_style(name, frame, geometry or LAYERS[name].geometry))


@pytest.mark.parametrize(
    "name", [name for name, layer in LAYERS.items() if layer.geometry != "none"]
)
def test_every_layer_with_geometry_has_a_style(name):
    style = root(name, geometry=LAYERS[name].geometry or "MultiLineString")
    codes = {"Point": "0", "LineString": "1", "Polygon": "2"}
    base = (LAYERS[name].geometry or "LineString").removeprefix("Multi")
    assert style.findtext("layerGeometryType") == codes[base]
    symbols = style.findall("renderer-v2/symbols/symbol")
    classes = style.findall("renderer-v2/*/category") + style.findall("renderer-v2/*/range")
    assert len(symbols) == max(len(classes), 1)
    assert [each.get("symbol") for each in classes] == [each.get("name") for each in symbols][
        : len(classes)
    ]


def test_tables_and_unknown_layers_have_none():
    assert layer_style("metadata", pd.DataFrame(), "") is None
    assert layer_style("own", pd.DataFrame(), "Point") is None


def test_ranges_follow_each_other_without_a_gap():
    for name, style in styles().items():
        if style.renderer != "graduated":
            continue
        ranges = root(name).findall("renderer-v2/ranges/range")
        bounds = [(float(each.get("lower")), float(each.get("upper"))) for each in ranges]
        assert all(low[1] == high[0] for low, high in pairwise(bounds)), name
        assert bounds[0][0] < 0
        assert bounds[-1][1] > 1e9


def test_time_bands_break_where_the_columns_do():
    ranges = root("city_times").findall("renderer-v2/ranges/range")
    assert [float(each.get("upper")) for each in ranges[:4]] == [45, 60, 75, 90]
    assert list(TIME_BANDS) == [45, 60, 75, 90]


def test_every_outcome_has_its_own_colour():
    values = {
        each.get("value") for each in root("claims").findall("renderer-v2/categories/category")
    }
    assert values == {*OUTCOMES, ""}
    assert len({colour for colour, _ in OUTCOMES.values()}) == len(OUTCOMES)


def test_labels_are_chinese_and_fall_back_on_english():
    text = root("cities").find("labeling/settings/text-style")
    assert text.get("fieldName") == """coalesce(nullif("name_zh", ''), "name_en")"""
    assert text.get("isExpression") == "1"


def test_aliases_carry_units():
    aliases = {
        each.get("field"): each.get("name") for each in root("roads").findall("aliases/alias")
    }
    assert aliases["length_m"] == column_alias("length_m") == "长度 Length [m]"


def test_reach_is_drawn_widest_first():
    order = root("reach").find("renderer-v2/orderby/orderByClause")
    assert (order.text, order.get("asc")) == ("minutes", "0")


def test_centrality_has_classes_of_equal_count():
    frame = pd.DataFrame({"edge_id": range(100), "betweenness_r5000": np.arange(100.0)})
    renderer = root("road_centrality", frame).find("renderer-v2")
    assert renderer.get("attr") == '"betweenness_r5000"'
    uppers = [float(each.get("upper")) for each in renderer.findall("ranges/range")]
    counts = np.histogram(frame["betweenness_r5000"], bins=[-1, *uppers])[0]
    assert counts.tolist() == [20] * 5


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30))
def test_classes_of_few_values_follow_without_a_gap(values):
    frame = pd.DataFrame({"closeness": pd.Series(values, dtype=float)})
    ranges = root("node_centrality", frame).findall("renderer-v2/ranges/range")
    lower, upper = (
        np.array([float(each.get(end)) for each in ranges]) for end in ("lower", "upper")
    )
    assert lower[1:].tolist() == upper[:-1].tolist()
    members = [
        sum(low < value <= high for value in values) for low, high in zip(lower, upper, strict=True)
    ]
    assert min(members) > 0
    assert sum(members) == len(values)
    labels = [each.get("label") for each in ranges]
    assert len(set(labels)) == len(labels)
    colours = [each.symbol.colour for each in style_of("node_centrality", frame, "Point").classes]
    assert colours[-1] == SEQUENCE[-1]
    assert len(colours) == 1 or colours[0] == SEQUENCE[0]
    assert sorted(colours, key=SEQUENCE.index) == colours


@pytest.mark.parametrize("values", [[], [1.0, 1.0, 1.0], [np.nan, np.nan], [0.0, 0.0, 0.0, 5.0]])
def test_centrality_of_few_or_equal_values_has_a_style(values):
    frame = pd.DataFrame({"closeness": pd.Series(values, dtype=float)})
    ranges = root("node_centrality", frame).findall("renderer-v2/ranges/range")
    assert ranges
    assert float(ranges[-1].get("upper")) > 1e9
