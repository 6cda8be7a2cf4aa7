"""The report: well-formed, self-contained, in two languages, and alive in a browser."""

import base64
import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import pandas as pd
import pytest
from PIL import Image

import toolkit
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.findings import Findings
from toolkit.analysis.hour_table import one_hour_table
from toolkit.claims.model import OUTCOMES, CheckSpec, Claim, Evidence, Sentence, Verdict
from toolkit.networks.inputs import Inputs
from toolkit.progress import Progress
from toolkit.publish.palette import BEYOND, TIME_BANDS
from toolkit.publish.report import write_report
from toolkit.publish.report.hour import hour_tables
from toolkit.publish.report.judged import cards
from toolkit.publish.report.parts import luminance, minutes_cell, text_colour
from toolkit.publish.report.pictures import embed
from toolkit.publish.report.reached import core_times, newest_times
from toolkit.settings import DEFAULTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page and notes whatever is out of order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.elements, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag, _ in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} while {self.open[-1:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data):
        if data.strip():
            hidden = any(attrs.get("lang") == "zh-CN" for _, attrs in self.open)
            self.texts.append(("zh" if hidden else "en", data.strip()))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self, language="en"):
        return " ".join(text for spoken, text in self.texts if spoken == language)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return toolkit.run(
        "jing-jin-ji",
        out=tmp_path_factory.mktemp("run"),
        maps=False,
        progress=Progress(stream=None),
    )


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "beijing_door_to_door.png"
    Image.new("RGB", (2000, 1000), "white").save(path)
    return path


def write(path, result, **changes):
    given = {
        "inputs": result.inputs,
        "findings": result.findings,
        "verdicts": result.verdicts,
        "definitions": load_definitions(),
        "settings": DEFAULTS,
        "facts": {"toolkit_version": "1.2.3", "crs": "EPSG:4326"},
    }
    write_report(path, **{**given, **changes})
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory, result, picture):
    drawing = picture.with_suffix(".svg")  # of every map there is a drawing beside the picture
    drawing.write_text("<svg/>", encoding="utf-8")
    target = tmp_path_factory.mktemp("京津冀 report") / "report.html"
    return write(target, result, maps=[picture, drawing])


@pytest.fixture(scope="module")
def page(report):
    return Page(report.read_text(encoding="utf-8"))


def test_is_well_formed(page):
    assert page.faults == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids)) > 20


def test_nothing_outside_the_file_is_asked_for(report, page):
    for tag, attrs in page.elements:
        for name in ("src", "href", "srcset", "poster", "action", "data"):
            address = attrs.get(name)
            assert address is None or address.startswith(("#", "data:")), (tag, address)
    style = report.read_text(encoding="utf-8").split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_every_link_leads_somewhere_and_every_label_names_something(page):
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for _, attrs in page.elements:
        for name in ("aria-labelledby", "for"):
            assert attrs.get(name, next(iter(ids))) in ids
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids


def test_tables_can_be_read_aloud(page):
    heads = page.all("th")
    assert heads
    assert all(head.get("scope") in {"col", "row", "colgroup"} for head in heads)
    assert len(page.all("caption")) == len(page.all("table")) > 10
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {"header", "main", "nav", "footer"} <= {tag for tag, _ in page.elements}


def test_size(report):
    assert report.stat().st_size < 3_000_000


def test_says_who_is_within_the_hour_and_why(page):
    english, chinese = page.text("en"), page.text("zh")
    # D1 of 2023-12-15, as in the timetable: Tianjin C2561 30 min, Tangshan G8801 64 min.
    assert "Langfang 21, Tianjin 30, Baoding 35" in english
    assert "廊坊21、天津30、保定35" in chinese
    assert "C2561" in english
    assert "Tangshan 64 (+4)" in english
    assert "7/12 ★" in english
    assert "天津、石家庄、保定、唐山各市至北京" in chinese  # a reading, by its name
    assert "候车15，G173 北京南–廊坊 21" in chinese
    assert "modelled" in english.lower()
    assert "人口为模拟值" in chinese
    assert "schematic" in english
    assert "2023-12-15" in english


@pytest.mark.parametrize(
    ("statistic", "window", "en", "zh"),
    [
        ("best_case", "", "In this run a best case", "本次运行为最好情况"),
        ("median", "07:00-09:00", "In this run: median, 07:00-09:00", "中位数，07:00-09:00"),
    ],
)
def test_a_circle_says_whether_it_is_of_a_departure_window(result, statistic, window, en, zh):
    definitions = load_definitions()
    times = newest_times(result.findings).assign(statistic=statistic, window=window)
    circles = core_times(times, result.cluster, definitions)[0].circles
    for circle in circles:
        if circle.definition.windows:
            assert circle.basis.en.startswith(en)
            assert zh in circle.basis.zh
        else:
            assert not circle.basis.en


def test_the_one_hour_table_unfolds_every_figure(page, result):
    table = one_hour_table(result.findings.city_times, result.findings.shares)
    shown = hour_tables(table, result.cluster, load_definitions())
    assert [hour.core.en for hour in shown] == ["Beijing", "Tianjin", "Shijiazhuang"]
    beijing = shown[0]
    assert [(head.en[:2], columns) for head, columns in beijing.groups] == [
        ("D1", 2), ("D2", 2), ("D3", 2), ("D4", 2), ("D5", 2), ("Ro", 1),
    ]  # fmt: skip
    assert [date.en for date in beijing.dates[:2]] == ["2016-11-13", "2023-12-15"]
    rows = {city.en: cells for city, cells in beijing.rows}
    assert len(rows) == 12
    minutes = [cell.text.en for cell, _ in rows["Shijiazhuang"]]
    assert minutes[:2] == ["67", "60"]
    assert rows["Shijiazhuang"][1][1].zh == "G51 北京西–石家庄 60"
    share, way = rows["Langfang"][9]
    assert (share.text.en, share.colour, way.en) == ("71%", TIME_BANDS[60], "")
    assert "The one-hour table" in page.text("en")
    assert "一小时表" in page.text("zh")


def test_every_verdict_has_a_card_with_its_outcome_in_words(page, result):
    shown = {a["id"]: a["data-outcome"] for a in page.all("article")}
    assert shown == {f"claim-{v.claim.id}": v.outcome for v in result.verdicts}


def test_both_languages_say_as_much(page):
    spans = [attrs.get("lang") for attrs in page.all("span") if "lang" in attrs]
    assert spans.count("en") == spans.count("zh-CN") > 500


def test_same_input_same_bytes(report, tmp_path, result, picture):
    again = write(tmp_path / "report.html", result, maps=[picture])
    assert again.read_bytes() == report.read_bytes()


def test_pictures_are_inside_and_say_their_title_once(page):
    (image,) = page.all("img")
    assert image["src"].startswith("data:image/png;base64,")
    assert (image["width"], image["height"]) == ("1300", "650")
    assert image["alt"] == "What Beijing reaches: Door to door"
    assert not page.all("figcaption")  # the picture itself carries its title


def test_a_small_dot_keeps_its_colour(tmp_path):
    picture = Image.effect_noise((1000, 800), 60).convert("RGB")
    picture.paste((70, 50, 126), (500, 400, 508, 408))
    picture.save(tmp_path / "dot.png")
    data = base64.b64decode(embed(tmp_path / "dot.png").address.split(",")[1])
    red, _, blue = Image.open(BytesIO(data)).convert("RGB").getpixel((504, 404))
    assert blue - red > 30


def test_bare_run(tmp_path, result):
    """Cities and nothing else: no boundaries, timetables, roads, people, circles or claims."""
    inputs = Inputs(
        cluster=result.cluster, prefectures=None, timetables=(), stops=result.inputs.stops.iloc[:0],
        roads=None, population=None, records=(),
    )  # fmt: skip
    old = result.findings
    findings = Findings(
        old.stations.iloc[:0], old.city_times.iloc[:0], old.city_pairs.iloc[:0], (), pd.DataFrame()
    )
    path = write(tmp_path / "bare.html", result, inputs=inputs, findings=findings, verdicts=())
    page = Page(path.read_text(encoding="utf-8"))
    assert page.faults == []
    assert not page.all("article")
    assert "No road network was given" in page.text()


def test_rail_only(tmp_path, result):
    times = result.findings.city_times
    findings = replace(
        result.findings, city_times=times[times["timetable_date"] != ""], reaches=(),
        shares=pd.DataFrame(),
    )  # fmt: skip
    inputs = replace(result.inputs, prefectures=None, roads=None, population=None)
    path = write(tmp_path / "rail.html", result, inputs=inputs, findings=findings, verdicts=())
    page = Page(path.read_text(encoding="utf-8"))
    assert page.faults == []
    assert "Tianjin 30" in page.text()
    assert not any(a.get("class", "").startswith("bands") for a in page.all("g"))


def test_markup_in_the_data_stays_text(tmp_path, result):
    evil = "<script>alert(1)</script>"
    claim = Claim("X1", evil, "p. 1", "jing-jin-ji", evil, evil, CheckSpec("none"))
    itinerary = result.findings.city_times.assign(itinerary=evil)
    path = write(
        tmp_path / "evil.html", result, verdicts=[verdict(claim)],
        findings=replace(result.findings, city_times=itinerary),
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    assert evil not in text
    assert "&lt;script&gt;alert(1)" in text
    assert Page(text).faults == []


def verdict(claim, outcome="holds", margin=4.0, unit="min"):
    table = pd.DataFrame(
        {"name_en": ["Tianjin"], "name_zh": ["天津"], "minutes": [math.inf], "met": [True]}
    )
    return Verdict(
        claim=claim, outcome=outcome, reasons=(Sentence("why", "理由"),),
        evidence=Evidence(table, Sentence("sum", "概要")), definitions=("fastest_train",),
        station_sets=("main",), timetable_dates=("2023-12-15",), margin=margin, margin_unit=unit,
        decisive=Sentence("Tianjin", "天津"), flips=(), sensitivity=pd.DataFrame(
            columns=["unit", "threshold", "timetable_date"]
        ), stability=math.nan, places=(),
    )  # fmt: skip


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize(
    ("margin", "unit"),
    [
        (4.0, "min"), (-math.inf, "min"), (math.nan, ""), (2.5, "km"), (-3.0, "%"), (1.0, "trains"),
    ],
)  # fmt: skip
def test_any_outcome_with_any_margin_makes_a_card(outcome, margin, unit):
    claim = Claim("X1", "source", "p. 1", "jing-jin-ji", "en", "zh", CheckSpec("none"))
    (card,) = cards([verdict(claim, outcome, margin, unit)], {})
    assert (card.outcome, card.icon) == (outcome, "icon-" + outcome.replace(" ", "-"))
    assert bool(card.margin.en) == (
        not math.isnan(margin) and outcome not in ("depends", "not checkable")
    )
    assert card.evidence.rows[0][1].text.en == "not reached"


@pytest.mark.parametrize("colour", [*TIME_BANDS.values(), BEYOND])
def test_text_on_bands_has_contrast_aa(colour):
    first, second = sorted([luminance(colour), luminance(text_colour(colour))])
    assert (second + 0.05) / (first + 0.05) >= 4.5


def test_figures_never_contradict_their_band():
    assert minutes_cell(60.0).text.en == "60"
    assert minutes_cell(60.3).text.en == "60.3"
    assert minutes_cell(60.3).note.en == "60–75"
    assert minutes_cell(64.2).text.en == "64"


# A browser runs these after the page's own script and writes what it saw into the page.
PROBE = """
<script>addEventListener("load", () => {
  const seen = {errors: []};
  const shown = (e) => e.getClientRects().length > 0;
  const find = (s) => document.querySelector(s);
  const table = find("#people ~ .scroll table"), heads = table.tHead.rows[0].cells;
  const column = (n) => [...table.tBodies[0].rows].map((r) => r.cells[n].dataset.order);
  seen.lang = document.documentElement.lang;
  seen.title = document.title;
  heads[5].firstChild.click();
  seen.up = column(5); seen.upSort = heads[5].getAttribute("aria-sort");
  heads[5].firstChild.click();
  seen.down = column(5); seen.downSort = heads[5].getAttribute("aria-sort");
  heads[0].firstChild.click();
  seen.names = [...table.tBodies[0].rows].map((r) => r.cells[0].innerText);
  seen.firstSort = heads[5].getAttribute("aria-sort");
  find("#definition-fastest_train").click();
  const city = find('[data-city="120000"]');
  seen.city = city.getAttribute("aria-label");
  seen.colour = city.querySelector("circle").getAttribute("fill");
  seen.outlinesByTrain = document.querySelectorAll(".bands.on").length;
  find("#definition-road_free_flow").click();
  seen.outlinesByRoad = document.querySelectorAll(".bands.on").length;
  find("#core-120000").click();
  seen.core = find(".bands.on").dataset.core;
  city.dispatchEvent(new FocusEvent("focusin", {bubbles: true}));
  seen.tip = find("#map-tip").textContent;
  find('[data-outcome-filter="fails"]').click();
  seen.cards = [...document.querySelectorAll(".card")].filter(shown).map((c) => c.dataset.outcome);
  find('[data-language="zh"]').click();
  seen.after = [document.documentElement.lang, document.title, location.hash];
  seen.mixed = [...document.querySelectorAll("span[lang=en],tspan[lang=en]")].filter(shown).length;
  seen.zhCity = city.getAttribute("aria-label");
  find('nav a').click();
  seen.hash = location.hash;
  seen.wide = document.documentElement.scrollWidth <= innerWidth;
  seen.requests = performance.getEntriesByType("resource")
    .map((e) => e.name).filter((n) => !n.startsWith("data:"));
  const out = document.createElement("script");
  out.type = "application/json"; out.id = "seen"; out.textContent = JSON.stringify(seen);
  document.body.append(out);
});</script>
"""


def browse(path, tmp_path, *, hash_="", size="1280,900"):
    """Open a page in a browser; return the page afterwards and what was logged."""
    run = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-background-networking", "--enable-logging=stderr", "--v=0", "--lang=en-US",
            f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={size}", "--dump-dom",
            path.as_uri() + hash_,
        ],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def seen(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    probed = folder / "probed.html"
    text = report.read_text(encoding="utf-8")
    probed.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    dom, console = browse(probed, folder)
    found = re.search(r'id="seen">(.*?)</script>', dom, re.DOTALL)
    assert found, console
    return {**json.loads(found.group(1)), "console": console}


@browser
def test_browser_reports_no_error_and_fetches_nothing(seen):
    assert seen["console"] == []
    assert seen["requests"] == []


@browser
def test_tables_sort_both_ways(seen):
    up = [float(value) for value in seen["up"]]
    assert up == sorted(up)
    assert len(set(up)) > 5
    assert [float(value) for value in seen["down"]] == up[::-1]
    assert (seen["upSort"], seen["downSort"]) == ("ascending", "descending")
    assert seen["firstSort"] == "none"
    assert seen["names"] == sorted(seen["names"])


@browser
def test_map_answers(seen):
    assert seen["city"].startswith("Tianjin: 30 min (")
    assert seen["colour"] == TIME_BANDS[45]
    assert (seen["outlinesByTrain"], seen["outlinesByRoad"]) == (0, 1)
    assert seen["core"] == "120000"
    assert seen["tip"] == "Tianjin: origin"


@browser
def test_filter_leaves_one_outcome(seen, result):
    failing = sum(v.outcome == "fails" for v in result.verdicts)
    assert seen["cards"] == ["fails"] * failing


@browser
def test_language_switches_everything_and_is_in_the_address(seen):
    assert (seen["lang"], seen["title"]) == ("en", "Beijing-Tianjin-Hebei: within one hour")
    assert seen["after"] == ["zh-CN", "京津冀城市群：一小时圈报告", "#zh"]
    assert seen["mixed"] == 0
    assert seen["zhCity"] == "天津：出发城市"
    assert seen["hash"] == "#zh:circles"


@browser
def test_address_chooses_the_language(report, tmp_path):
    dom, console = browse(report, tmp_path, hash_="#zh:claims")
    assert '<html lang="zh-CN">' in dom
    assert console == []


@browser
def test_fits_a_narrow_screen(report, tmp_path):
    probe = "<script>document.body.dataset.fits=document.documentElement.scrollWidth<=innerWidth"
    narrow = tmp_path / "narrow.html"
    text = report.read_text(encoding="utf-8").replace("</body>", probe + "</script></body>")
    narrow.write_text(text, encoding="utf-8")
    dom, _ = browse(narrow, tmp_path, size="500,900")
    assert 'data-fits="true"' in dom
