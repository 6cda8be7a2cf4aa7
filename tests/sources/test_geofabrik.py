"""Extracts and timetables from a mirror in their publishers' layout."""

import zipfile
from dataclasses import replace
from pathlib import Path

import osmium
import pytest
from loopback import Reply, status

from toolkit.errors import DownloadError, InputFileError, MissingDataError, UnknownNameError
from toolkit.sources.endpoints import DownloadSettings
from toolkit.sources.geofabrik import data_date, extract, without_contained
from toolkit.sources.timetables import data_date as timetable_date
from toolkit.sources.timetables import national_timetable, own_timetable

VILLAGE = Path(__file__).parents[1] / "data" / "village"


@pytest.fixture
def mirror(web, monkeypatch):
    """Serve the village as Geofabrik would, and point the toolkit there."""
    web.mount("/asia", VILLAGE)
    monkeypatch.setenv("TOOLKIT_GEOFABRIK_URL", web.url)
    return web


@pytest.fixture
def get(tmp_path, hasty):
    def get(name="asia/village", **options):
        return extract(name, cache=tmp_path, **({"settings": hasty, "progress": False} | options))

    return get


# --- extracts


def test_an_extract_lies_in_the_cache_as_at_geofabrik(mirror, get, tmp_path):
    file = get()
    assert file.path == tmp_path / "geofabrik/asia/village-latest.osm.pbf"
    assert file.path.read_bytes() == (VILLAGE / "village-latest.osm.pbf").read_bytes()
    assert file.provenance.data_date == "2026-07-19T03:42:08Z"
    assert file.provenance.md5_published in (VILLAGE / "village-latest.osm.pbf.md5").read_text()
    assert "OpenStreetMap contributors" in file.provenance.licence
    assert [request.path for request in mirror.requests] == [
        "/asia/village-latest.osm.pbf",
        "/asia/village-latest.osm.pbf.md5",
    ]
    assert get(offline=True) == file


def test_the_village_holds_what_the_tests_of_reading_count_on():
    found = {"n": 0, "w": 0, "r": 0}
    keys = set()
    for thing in osmium.FileProcessor(str(VILLAGE / "village-latest.osm.pbf")):
        found[thing.type_str()] += 1
        keys |= {tag.k for tag in thing.tags}
    assert found == {"n": 14, "w": 6, "r": 1}
    assert {"highway", "railway", "place", "boundary", "oneway", "bridge", "maxspeed"} <= keys


def test_an_extract_replaced_while_fetched_is_fetched_once_more(web, get, tmp_path):
    """The checksum is already that of the new file when the old one has come whole."""
    new = (VILLAGE / "village-latest.osm.pbf").read_bytes()
    old_header = osmium.io.Header()
    old_header.set("osmosis_replication_timestamp", "2026-07-18T00:00:00Z")
    with osmium.SimpleWriter(str(tmp_path / "old.osm.pbf"), header=old_header) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(116.0, 40.0)))
    web.put("/a-latest.osm.pbf", new)
    web.put("/a-latest.osm.pbf.md5", (VILLAGE / "village-latest.osm.pbf.md5").read_bytes())
    web.next("/a-latest.osm.pbf", Reply(body=(tmp_path / "old.osm.pbf").read_bytes()))
    file = get("a", settings=DownloadSettings(mirrors={"geofabrik": web.url}, disk_reserve_bytes=0))
    assert file.path.read_bytes() == new
    assert file.provenance.data_date == "2026-07-19T03:42:08Z"


def test_an_extract_that_is_not_there(mirror, get):
    with pytest.raises(DownloadError, match=r"atlantis-latest\.osm\.pbf: the server answered 404"):
        get("asia/atlantis")


@pytest.mark.parametrize("name", ["", "asia/", "/asia", "../asia", "Asia/China", "asia/china.poly"])
def test_what_cannot_be_an_extract(get, name):
    with pytest.raises(UnknownNameError, match="is no extract"):
        get(name)


def test_a_header_that_is_damaged_is_a_damaged_file(mirror, get):
    content = bytearray((VILLAGE / "village-latest.osm.pbf").read_bytes())
    content[30] ^= 0xFF
    mirror.put("/b-latest.osm.pbf", bytes(content))
    with pytest.raises(DownloadError, match=r"not a readable PBF file .*fetched twice"):
        get("b")


def test_offline_names_the_missing_extract(get):
    with pytest.raises(MissingDataError, match=r"hebei-latest\.osm\.pbf is not in the cache"):
        get("asia/china/hebei", offline=True)


def test_extracts_within_others_are_left_out():
    china = "asia/china/"
    pearl = [china + "guangdong", china + "hong-kong", china + "macau"]
    assert without_contained(pearl) == (china + "guangdong",)
    alone = (china + "beijing", china + "tianjin")
    assert without_contained(alone) == alone


def test_the_three_provinces_of_the_mirror(web, get, shared, hasty):
    web.mount("/", shared("osm/mirror"))
    settings = replace(hasty, mirrors={"geofabrik": web.url})
    for province in ("beijing", "tianjin", "hebei"):
        web.next(f"/asia/china/{province}-latest.osm.pbf", status(503), Reply(stop_after=50_000))
        file = get(f"asia/china/{province}", settings=settings, refresh=True)
        assert data_date(file.path) == file.provenance.data_date == "2026-07-19T03:42:08Z"
        assert file.provenance.md5_published
        path = f"/asia/china/{province}-latest.osm.pbf"
        assert web.sent(path) == len(b"sorry") + file.provenance.size_bytes


# --- timetables


def feed(path, **tables):
    """A GTFS archive with empty tables but for those given."""
    required = dict.fromkeys(("stops", "routes", "trips", "stop_times"), "")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (required | tables).items():
            if text is not None:
                archive.writestr(f"{name}.txt", text)
    return path


def test_the_weekly_timetable_comes_from_a_folder_or_a_file(web, tmp_path, hasty, monkeypatch):
    made = feed(tmp_path / "made.zip", calendar="service_id,start_date\nA,20261116\n")
    web.put("/weekly/output_gtfs.zip", made.read_bytes())
    for number, address in enumerate(("/weekly", "/weekly/", "/weekly/output_gtfs.zip")):
        monkeypatch.setenv("TOOLKIT_TIMETABLE_URL", web.url + address)
        cache = tmp_path / str(number)
        file = national_timetable(cache=cache, settings=hasty, progress=False)
        assert file.path == cache / "timetable/output_gtfs.zip"
        assert file.provenance.data_date == "2026-11-16"
        assert "ODbL" in file.provenance.licence


def test_an_archive_that_is_no_timetable_is_refused(web, tmp_path, hasty, monkeypatch):
    made = feed(tmp_path / "made.zip", stop_times=None)
    web.put("/other.zip", made.read_bytes())
    monkeypatch.setenv("TOOLKIT_TIMETABLE_URL", web.url + "/other.zip")
    with pytest.raises(DownloadError, match=r"lacks stop_times\.txt, calendar\.txt"):
        national_timetable(cache=tmp_path, settings=hasty, progress=False)


@pytest.mark.parametrize(
    ("tables", "date"),
    [
        ({"calendar": "start_date\n20231218\n20231211\n"}, "2023-12-11"),
        ({"calendar_dates": "date\n20231213\n20231212\n"}, "2023-12-12"),
        ({"calendar": "\ufeffstart_date\n20231211\n", "feed_info": "a,b\n1,2\n"}, "2023-12-11"),
        (
            {"calendar": "start_date\n20230101\n", "feed_info": "feed_start_date\n20231211\n"},
            "2023-12-11",
        ),
        ({"calendar": "start_date\n"}, ""),
    ],
)
def test_the_day_of_a_timetable(tmp_path, tables, date):
    assert timetable_date(feed(tmp_path / "feed.zip", **tables)) == date


def test_an_own_timetable_is_read_where_it_is(tmp_path):
    path = feed(tmp_path / "feed.zip", calendar="start_date\n20231211\n")
    file = own_timetable(path)
    assert file.path == path
    assert (file.provenance.url, file.provenance.data_date) == ("feed.zip", "2023-12-11")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputFileError, match="not a readable ZIP"):
        own_timetable(path)


def test_the_day_of_the_real_timetable(shared):
    assert own_timetable(shared("rail/china_rail_2023-12-15.gtfs.zip")).provenance.data_date == (
        "2023-12-11"
    )
