"""Topics: what a result needs to be a layer, a table, a map and a part of the report."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib import image
from matplotlib.figure import Figure
from shapely import LineString, Point, box

from toolkit.analysis.structure.placebos import BorderPlacebos
from toolkit.claims.model import Sentence
from toolkit.errors import OutputError
from toolkit.publish.curve_chart import draw_curves
from toolkit.publish.layer_map import _classes_of, _draw_layer, _on_sheet, draw_layer_map
from toolkit.publish.layers import COLUMNS, LAYERS
from toolkit.publish.qml import Class, Style, Symbol
from toolkit.publish.report.topics import shown_table, topic_parts
from toolkit.publish.sheet import map_sheet
from toolkit.publish.structure import Shown, Topic, TopicMap
from toolkit.publish.structure.borders import _ranks_and_cities
from toolkit.publish.structure.placebos import placebos_reading, placebos_shown
from toolkit.publish.structure.polycentricity import steps_chart
from toolkit.publish.structure.zones import zones_reading
from toolkit.publish.styles import style_of


@pytest.fixture
def points():
    return gpd.GeoDataFrame(
        {
            "name_zh": ["甲", "乙", "丙"],
            "name_en": ["A", "B", "C"],
            "potential": [1.0, 20.0, 300.0],
            "performance": [0.5, 1.0, np.nan],
        },
        geometry=[Point(116.2, 39.6), Point(116.5, 39.9), Point(116.8, 40.1)],
        crs=4326,
    )


@pytest.fixture
def land():
    return gpd.GeoDataFrame(geometry=[box(116, 39.4, 117, 40.3)], crs=4326)


def test_a_map_shows_each_class_in_its_colour(tmp_path, points, land):
    path = tmp_path / "accessibility.png"
    draw_layer_map(
        path,
        title=Sentence("Accessibility", "可达性"),
        layers={"accessibility": points},
        prefectures=land,
        epsg=32650,
        labels=points.assign(label=points["name_zh"]),
        notes=[Sentence("A note.", "说明。")],
        dpi=80,
    )
    pixels = image.imread(path)[..., :3].reshape(-1, 3)
    style = style_of("accessibility", points, "Point")
    lowest, highest = (style.classes[end].symbol.colour for end in (0, -1))
    for colour in (lowest, highest):
        wanted = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        assert (np.abs(pixels - wanted).max(axis=1) < 0.02).sum() > 10


def test_a_value_at_a_bound_belongs_to_the_class_below():
    classes = (Class("low", Symbol("#000000"), upper=10.0), Class("high", Symbol("#ffffff")))
    frame = pd.DataFrame({"x": [9.0, 10.0, 10.1, np.nan]})
    assert _classes_of(Style("graduated", classes, '"x"'), frame).tolist() == [0, 0, 1, -1]


def test_a_category_without_a_class_is_other_or_not_drawn():
    first = Class("a", Symbol("#000000"), "a")
    frame = pd.DataFrame({"x": ["a", "b"]})
    assert _classes_of(Style("categorized", (first,), '"x"'), frame).tolist() == [0, -1]
    other = Class("other", Symbol("#ffffff"), "")
    assert _classes_of(Style("categorized", (first, other), '"x"'), frame).tolist() == [0, 1]


def test_a_layer_of_one_sign_is_named_beside_it():
    line = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1000, 0)])], crs=32650)
    signs = _draw_layer(Figure().subplots(), "scenario_links", line, zorder=1)
    contract = LAYERS["scenario_links"]
    assert [sign.get_label() for sign in signs] == [f"{contract.name_zh} {contract.name_en}"]


def test_places_outside_the_frame_are_not_named(points):
    _, axes = map_sheet(points.total_bounds, dpi=50, notes=0)
    assert len(_on_sheet(axes, points)) == 3
    axes.set_xlim(116.4, 116.6)
    assert _on_sheet(axes, points)["name_en"].tolist() == ["B"]


def test_cities_without_minutes_are_cores_or_members(points):
    cities = points.assign(is_core=[True, False, False])
    style = style_of("cities", cities, "Point")
    assert [style.classes[i].label for i in _classes_of(style, cities)] == [
        "核心城市 Core",
        "成员城市 Member",
        "成员城市 Member",
    ]


def test_links_bear_their_rank_in_the_middle_and_cities_their_names(points):
    line = LineString([(116.0, 39.6), (116.4, 39.6)])
    links = gpd.GeoDataFrame({"rank": [1]}, geometry=[line], crs=4326)
    labels = _ranks_and_cities(links, points)
    assert labels["label"].tolist() == ["1", "甲 A", "乙 B", "丙 C"]
    assert labels["is_leading"].tolist() == [True, False, False, False]
    assert labels.geometry.iloc[0].distance(Point(116.2, 39.6)) < 1e-9


def test_what_placebo_lines_say_is_read_from_the_tests():
    names = ("crossings_per_10_km", "dead_ends_per_100_km", "dead_ends_closed_per_100_km")
    figures = [(0.22, 0.58, 1.0), (3.0, 0.16, 0.024), (0.43, 0.16, 0.2)]
    tests = pd.DataFrame(
        [
            {"provinces_zh": "甲–乙", "provinces_en": "A–B", "measure": name, "observed": seen,
             "placebo_mean": mean, "ratio": seen / mean, "share_as_high": share, "lines": 40}
            for name, (seen, mean, share) in zip(names, figures, strict=True)
        ]
    )  # fmt: skip
    nowhere = gpd.GeoDataFrame(geometry=[], crs=4326)
    found = BorderPlacebos(lines=nowhere, tests=tests, ends=nowhere)
    reading = placebos_reading(found)[0]
    assert "A–B 3.00 against 0.16, 0.43 with gaps of the data closed (as high at 20%" in reading.en
    assert "甲–乙3.00对0.16，数据断口接通后0.43（不低于此的线占20%）" in reading.zh
    table = shown_table(placebos_shown(found))
    assert [cell.text.en for cell in table.rows[1]] == [
        "A–B", "dead ends per 100 km of road", "3.00", "0.16", "18.8", "2.4%", "40"
    ]  # fmt: skip
    silent = tests.assign(observed=np.nan)
    assert len(placebos_reading(BorderPlacebos(lines=nowhere, tests=silent, ends=nowhere))) == 1


def test_a_map_is_png_or_svg(tmp_path, points, land):
    with pytest.raises(OutputError, match="PNG or SVG"):
        draw_layer_map(
            tmp_path / "map.bmp",
            title=Sentence("a", "b"),
            layers={"accessibility": points},
            prefectures=land,
            epsg=32650,
        )


def test_a_topic_becomes_a_part_of_the_page(tmp_path, points, land):
    sheet = TopicMap("accessibility", Sentence("Map", "图"), {"accessibility": points})
    shown = Shown(Sentence("Table", "表"), points, ("name_zh", "potential", "performance"))
    topic = Topic("accessibility", Sentence("A", "甲"), shown=(shown,), maps=(sheet,))
    assert topic_parts([topic], [])[0].pictures == ()
    path = tmp_path / "accessibility.png"
    draw_layer_map(
        path, title=sheet.title, layers=sheet.layers, prefectures=land, epsg=32650, dpi=40
    )
    (part,) = topic_parts([topic], [path])
    assert [title.zh for title, _ in part.pictures] == ["图"]
    (table,) = part.tables
    assert [column.zh for column in table.columns] == ["名称", "潜力可达性", "人口可达比"]
    assert [cell.text.en for cell in table.rows[0]] == ["A", "1", "50.0%"]
    assert table.rows[2][2].text.en == ""


def test_columns_of_shown_tables_have_names_in_both_languages():
    frame = pd.DataFrame({"potential": [1.0]})
    table = shown_table(Shown(Sentence("a", "b"), frame, ("potential",)))
    assert table.columns[0].en != table.columns[0].zh


def test_layers_of_topics_are_in_the_contract():
    for name in ("accessibility", "station_accessibility"):
        assert set(LAYERS[name].keys) <= set(COLUMNS)


def test_shares_are_percent_and_a_name_is_a_name():
    frame = pd.DataFrame({"name": ["G4"], "share_using": [0.359], "network_zh": ["列车"]})
    table = shown_table(Shown(Sentence("a", "b"), frame, ("name", "share_using", "network_zh")))
    assert [column.en for column in table.columns] == [
        "name",
        "share of journeys using it",
        "links",
    ]
    assert [cell.text.zh for cell in table.rows[0]] == ["G4", "35.9%", "列车"]


def test_a_column_of_which_nothing_is_known_is_left_out():
    frame = pd.DataFrame(
        {"name": ["A", "B"], "weighted_average_min": [np.nan] * 2, "potential": [1.0, 2.0]}
    )
    table = shown_table(Shown(Sentence("a", "b"), frame, tuple(frame.columns)))
    assert len(table.columns) == 2
    assert [len(row) for row in table.rows] == [2, 2]


def test_zones_that_hang_on_one_member_are_named():
    zones = gpd.GeoDataFrame(
        {
            "name_zh": ["甲", "乙"],
            "name_en": ["A", "B"],
            "parts": [1, 2],
            "provinces_joined": [True, False],
            "pivotal": ["丙", ""],
        },
        geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)],
        crs=4326,
    )
    said = zones_reading(zones)
    assert said.en.startswith("1 of 2 zones")
    assert "A (丙)" in said.en
    assert said.zh == "2个跨界协作区中有1个连成一片且跨省相接。仅靠一个成员相连的有：甲（丙）。"


def test_sizes_are_drawn_by_how_many_cities_are_counted(tmp_path):
    steps = pd.DataFrame(
        {
            "exponent": [np.inf, 2.0],
            "standard_error": [np.inf, 2.5],
            "evenness": [1.0, 0.5],
            "entropy": [1.0, 0.9],
        },
        index=pd.Index([2, 3], name="places"),
    )
    chart = steps_chart(steps)
    exponent, evenness, _ = chart.curves
    assert list(exponent.x) == [2, 3]
    assert np.isnan(exponent.y[0])  # two equal cities
    assert (exponent.y[1], exponent.low[1], exponent.high[1]) == (2.0, 0.0, 4.5)
    assert evenness.low == evenness.y == evenness.high == [1.0, 0.5]
    draw_curves(
        tmp_path / "steps.svg",
        title=chart.title,
        x_name=chart.x_name,
        y_name=chart.y_name,
        curves=chart.curves,
        shares=chart.shares,
    )
    assert "%" not in "".join(re.findall(r"<!-- (.*?) -->", (tmp_path / "steps.svg").read_text()))
