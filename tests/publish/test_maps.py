"""The map is there, is not blank, has no boxes for characters, and hides no label."""

import warnings

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import image
from shapely import box

from toolkit.errors import OutputError
from toolkit.publish import labels, maps
from toolkit.publish.maps import draw_reach_map
from toolkit.publish.palette import BEYOND, TIME_BANDS, time_colour
from toolkit.publish.sheet import draw_north_arrow, draw_scale_bar, map_sheet, wrap_text


@pytest.fixture
def draw(tmp_path, layers):
    """Draw the map of the three cities with whatever is changed."""

    def drawn(name="reach.png", *, other=None, **changes):
        reach = layers["reach"].query("definition == 'door_to_door'")
        times = layers["city_times"].query("definition == 'door_to_door'")
        options = {
            "cluster_name_zh": "三城",
            "cluster_name_en": "Three cities",
            "core_zh": "北京",
            "core_en": "Beijing",
            "epsg": 32650,
            "prefectures": layers["prefectures"],
            "cities": layers["cities"],
            "reach": reach,
            "city_times": times,
            "roads": layers["roads"],
            "rail_services": layers["rail_services"],
            "definition_zh": "门到门。",
            "definition_en": "Door to door ($ counted).",
            "source_note": "© OpenStreetMap contributors, ODbL",
            "date_note": "2023-12-15",
            "dpi": 60,
        }
        path = tmp_path / name
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a missing glyph is a warning
            draw_reach_map(*filter(None, (path, other)), **(options | changes))
        return path

    return drawn


def share_of(path, colour):
    """Share of the pixels near a colour '#rrggbb'."""
    wanted = np.array(mpl.colors.to_rgb(colour))
    pixels = image.imread(path)[..., :3]
    return (np.abs(pixels - wanted).max(axis=2) < 0.03).mean()


def test_has_the_size_and_the_colours_it_should(draw):
    path = draw()
    height, width = image.imread(path).shape[:2]
    assert width == round(10.5 * 60)
    assert 4.2 * 60 < height < 12 * 60
    for colour in TIME_BANDS.values():
        blended = 0.62 * np.array(mpl.colors.to_rgb(colour)) + 0.38 * np.array(
            mpl.colors.to_rgb("#f7f6f2")
        )
        assert share_of(path, mpl.colors.to_hex(blended)) > 0.005


def test_cumulative_and_separate_bands_give_the_same_picture(draw, layers):
    reach = layers["reach"].query("definition == 'door_to_door'").sort_values("minutes")
    shapes = list(reach.geometry)
    rings = [shapes[0]] + [
        wide.difference(gpd.GeoSeries(shapes[:rank]).union_all())
        for rank, wide in enumerate(shapes)
        if rank
    ]
    apart = reach.set_geometry(rings, crs=4326)
    one = image.imread(draw("a.png"))
    other = image.imread(draw("b.png", reach=apart))
    assert (np.abs(one - other).max(axis=2) > 0.1).mean() < 0.001


def test_same_data_same_bytes(draw):
    assert draw("a.png").read_bytes() == draw("b.png").read_bytes()
    assert draw("a.svg").read_bytes() == draw("b.svg").read_bytes()


def test_settings_of_matplotlib_are_left_alone(draw):
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before


def test_svg_draws_text_as_outlines(draw):
    text = draw("reach.svg").read_text(encoding="utf-8")
    assert text.count("<svg") == 1
    assert "<text" not in text
    assert "ClusterSansSC" in text


@pytest.mark.parametrize("gone", ["reach", "city_times", "roads", "rail_services"])
def test_draws_what_there_is(draw, layers, gone):
    changes = {gone: None} if gone != "reach" else {"reach": layers["reach"].iloc[:0]}
    path = draw(**changes)
    assert image.imread(path)[..., :3].std() > 0.02


def test_names_no_font_has_are_left_out_not_boxed(draw, layers):
    cities = layers["cities"].assign(
        name_zh=["北京", "𠮷𠮷", None], name_en=["Beijing", "Łódź", None]
    )
    draw(cities=cities, core_en="𠮷", source_note="𠮷")


def test_other_thresholds_take_their_own_colours():
    colours = maps._band_colours([30.0, 120.0, 180.0])
    assert list(colours) == [30.0, 120.0, 180.0]
    assert len(set(colours.values())) == 3


def test_one_threshold_is_one_band_from_nought():
    colours = maps._band_colours([60.0])
    signs = maps._signs(colours, areas=True, rail=False, roads=False)
    labels = [sign.get_label() for sign in signs]
    assert labels[:2] == ["≤ 60 min", "> 60 min 或不可达\nor out of reach"]
    assert list(maps._band_colours([])) == [45.0, 60.0, 75.0, 90.0]


def test_labels_do_not_cover_each_other(draw, layers, monkeypatch):
    seen = []
    place = labels.place_labels

    def watch(points, sizes, **options):
        corners = place(points, sizes, **options)
        seen.extend(
            box(*corner, *(corner + size))
            for corner, size in zip(corners, np.array(sizes), strict=True)
        )
        return corners

    monkeypatch.setattr(labels, "place_labels", watch)
    draw()
    assert len(seen) == 3
    assert all(seen[i].intersection(seen[j]).area == 0 for i in range(3) for j in range(i))


def test_label_has_both_names_and_the_minutes(layers):
    times = layers["city_times"].query("definition == 'door_to_door'")
    cities = maps._with_minutes(layers["cities"].reset_index(), times, "北京")
    labels = [maps._label(row) for row in cities.itertuples()]
    assert labels == ["北京 Beijing", "天津 Tianjin", "廊坊 Langfang\n48 min"]


def test_schematic_roads_are_said_to_be_so():
    told = maps._note_lines("定义 definition", "source", "date", 32650, schematic=True)
    assert any("schematic" in line for line in told)
    assert not any(
        "schematic" in line for line in maps._note_lines("", "", "", 32650, schematic=False)
    )


def test_notes_name_the_projection():
    told = maps._note_lines("", "", "", 32650, schematic=False)
    assert "投影 Projection: WGS 84 / UTM zone 50N (EPSG:32650)" in told


def test_two_formats_of_one_drawing_are_those_of_two_drawings(draw, layers, tmp_path):
    alone = draw("alone.png").read_bytes(), draw("alone.svg").read_bytes()
    draw("both.png", other=tmp_path / "both.svg")
    assert ((tmp_path / "both.png").read_bytes(), (tmp_path / "both.svg").read_bytes()) == alone


def test_notes_wrap_between_words_and_chinese_characters():
    assert wrap_text("one two three", columns=8) == ["one two", "three"]
    assert wrap_text("一二三四，五", columns=8) == ["一二三四，", "五"]
    assert wrap_text("", columns=8) == []


def test_a_bound_belongs_to_the_nearer_band():
    assert time_colour(45) == TIME_BANDS[45]
    assert time_colour(45.01) == TIME_BANDS[60]
    assert time_colour(float("inf")) == BEYOND


def test_other_endings_are_refused(draw):
    with pytest.raises(OutputError, match="PNG or SVG"):
        draw("reach.jpg")


@pytest.mark.parametrize(("x", "share"), [(0.9, 0.05), (0.1, 0.95), (0.5, 0.95)])
def test_the_scale_bar_makes_way_for_points(x, share):
    _, axes = map_sheet((0, 0, 600_000, 600_000), dpi=100, notes=0)
    corner = axes.transData.inverted().transform(axes.transAxes.transform((x, 0.03)))
    draw_scale_bar(axes, points=gpd.GeoDataFrame(geometry=gpd.points_from_xy(*corner[:, None])))
    ends = [bar.get_x() + end * bar.get_width() for bar in axes.patches for end in (0, 1)]
    assert share in [pytest.approx(end) for end in (min(ends), max(ends))]


def test_scale_bar_is_as_long_as_it_says():
    _, axes = map_sheet((0, 0, 600_000, 500_000), dpi=100, notes=0)
    draw_scale_bar(axes)
    west, east = axes.get_xlim()
    length_m = sum(patch.get_width() for patch in axes.patches) * (east - west)
    assert axes.texts[-1].get_text() == "100 km"
    assert length_m == pytest.approx(100_000)


@pytest.mark.parametrize(("east_m", "leans"), [(300_000, 1), (500_000, 0), (700_000, -1)])
def test_north_arrow_follows_the_convergence_of_the_meridians(east_m, leans):
    # West of the central meridian true north lies to the right, east of it to the left.
    bounds = (east_m - 2_000, 4_374_000, east_m + 2_000, 4_378_000)
    _, axes = map_sheet(bounds, dpi=100, notes=0)
    draw_north_arrow(axes, 32650)
    tip, foot = axes.texts[0].xy, axes.texts[0].get_position()
    degrees = np.degrees(np.arctan2(tip[0] - foot[0], tip[1] - foot[1]))
    # 2.33 degrees off the meridian at 39.5 north: sin(39.5) * 2.33 = 1.48
    assert degrees == pytest.approx(1.48 * leans, abs=0.03)
