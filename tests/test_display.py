"""The main objects show themselves in a notebook, and draw themselves as GeoDataFrames do."""

import importlib.util
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest

import toolkit
from toolkit.display import html_card
from toolkit.errors import MissingDataError


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A small run: four cities, no roads, one claim that was made up."""
    return toolkit.run(
        "ningxia-yellow-river",
        out=tmp_path_factory.mktemp("run"),
        population="none",
        maps=False,
        progress=toolkit.Progress(stream=None),
    )


def parsed(html):
    """The text of each cell; fails where the HTML is not well formed."""
    return [cell.text for cell in ET.fromstring(f"<div>{html}</div>").iter() if cell.text]


def test_everything_in_a_card_is_escaped():
    card = html_card("<b>", {"a<": "&", "empty": ""}, pd.DataFrame({"x": ["<i>"]}))
    assert parsed(card)[:3] == ["<b>", "a<", "&"]
    assert "<i>" in parsed(card)
    assert "empty" not in parsed(card)


def test_long_tables_are_cut_and_say_so():
    card = html_card("t", {}, pd.DataFrame({"x": range(100)}))
    assert "88 more rows" in parsed(card)
    assert "11" in parsed(card)
    assert "12" not in parsed(card)


def test_main_objects_show_themselves(result):
    roads = toolkit.schematic_roads()
    shown = {
        "cluster": (result.cluster, "宁夏沿黄城市群 Ningxia along the Yellow River"),
        "run": (result, "宁夏沿黄城市群 Ningxia along the Yellow River"),
        "network": (roads, roads.name),
        "timetable": (toolkit.Timetable.from_reference("2023-12-15"), "Timetable of 2023-12-15"),
        "centrality": (toolkit.centrality(roads, ["closeness"]), "Centrality, highest nodes"),
        "verdict": (
            toolkit.check_claims("national", ids=["C2"], progress=toolkit.Progress(stream=None))[0],
            "Claim C2",
        ),
    }
    for name, (instance, title) in shown.items():
        assert parsed(instance._repr_html_())[0] == title, name


def test_plot_draws_on_the_axes_given(result):
    figure = mpl.figure.Figure()
    for place, drawn in enumerate((result, result.cluster, toolkit.schematic_roads()), start=1):
        axes = figure.add_subplot(1, 3, place)
        assert drawn.plot(ax=axes) is axes
        assert axes.collections


@pytest.mark.parametrize("lacking", [{"folium"}, {"folium", "mapclassify"}])
def test_explore_names_what_to_install(result, monkeypatch, lacking):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "toolkit.display.find_spec", lambda name: None if name in lacking else there("json")
    )
    shown = (result, result.cluster, toolkit.schematic_roads())
    for one in shown:
        with pytest.raises(MissingDataError) as told:
            one.explore()
        assert told.value.problem == f"a web map needs {' and '.join(sorted(lacking))}"
        assert "[explore]" in told.value.remedy


def test_explore_makes_a_web_map(result):
    pytest.importorskip("folium", reason="folium is not installed (extra explore)")
    pytest.importorskip("mapclassify", reason="mapclassify is not installed (extra explore)")
    for shown in (result, result.cluster):
        assert "L.map" in shown.explore().get_root().render()
