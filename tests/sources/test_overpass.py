"""Roads by the Overpass API on a loopback server: good answers, and every fault it has."""

import json
import socket
from dataclasses import replace

import osmnx
import pytest
import shapely
from loopback import Handler, Reply, html, status

from toolkit.clusters import load_cluster
from toolkit.errors import DownloadError, MissingDataError, UnknownNameError
from toolkit.networks.inputs.roads import read_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS
from toolkit.sources.overpass import download_roads

PATH = "/api/interpreter"
PLACE = (116.0, 40.0)

# 1 - 2 - 3 and a side road 2 - 4, a few hundred metres from the place asked for
ELEMENTS = [
    {"type": "node", "id": 1, "lon": 115.995, "lat": 40.0},
    {"type": "node", "id": 2, "lon": 116.0, "lat": 40.0},
    {"type": "node", "id": 3, "lon": 116.005, "lat": 40.0},
    {"type": "node", "id": 4, "lon": 116.0, "lat": 40.005},
    {"type": "way", "id": 10, "nodes": [1, 2, 3], "tags": {"highway": "primary", "name": "路"}},
    {"type": "way", "id": 11, "nodes": [2, 4], "tags": {"highway": "residential", "oneway": "yes"}},
]


def answer(elements=ELEMENTS, **more):
    body = {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-07-19T03:42:08Z"}}
    return Reply(body=json.dumps(body | {"elements": elements} | more).encode())


@pytest.fixture
def overpass(web, monkeypatch):
    """The server, which takes queries by POST as well."""

    def post(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    monkeypatch.setattr(Handler, "do_POST", post, raising=False)
    monkeypatch.setenv("TOOLKIT_OVERPASS_URL", f"{web.url}/api")
    return web


def everything_global():
    names = [name for name in vars(osmnx.settings) if not name.startswith("_")]
    return {name: getattr(osmnx.settings, name) for name in names}, socket.getaddrinfo


@pytest.fixture(autouse=True)
def nothing_leaks():
    """Whatever happens, osmnx and the sockets are as before."""
    before = everything_global()
    yield
    assert everything_global() == before


def test_roads_round_a_point(overpass, tmp_path, hasty):
    overpass.next(PATH, answer())
    graph = download_roads(PLACE, cache=tmp_path, distance_m=1000, settings=hasty)
    assert set(graph.edges(keys=False)) == {(1, 2), (2, 1), (2, 3), (3, 2), (2, 4)}
    network = SpatialNetwork.from_networkx(graph)
    assert network.data_date == "2026-07-19"
    assert "OpenStreetMap contributors" in network.source
    assert network.edges["highway"][2, 4, 0] == "residential"


def test_the_second_time_the_server_is_not_asked(overpass, tmp_path, hasty):
    overpass.next(PATH, answer())
    square = shapely.box(115.99, 39.99, 116.01, 40.01)
    first = download_roads(square, cache=tmp_path, settings=hasty)
    second = download_roads(square, cache=tmp_path, settings=hasty, offline=True)
    assert set(first.edges) == set(second.edges)
    assert second.graph["data_date"] == "2026-07-19"
    assert len(overpass.asked(PATH)) == 1
    overpass.next(PATH, answer(ELEMENTS[:3] + ELEMENTS[4:5]))
    renewed = download_roads(square, cache=tmp_path, settings=hasty, refresh=True)
    assert set(renewed.edges(keys=False)) == {(1, 3), (3, 1)}
    assert len(overpass.asked(PATH)) == 2


def test_a_remark_is_an_error_and_nothing_of_it_is_kept(overpass, tmp_path, hasty):
    remark = 'runtime error: Query timed out in "query" at line 1\nafter 180 seconds.'
    overpass.next(PATH, answer(remark=remark), answer())
    with pytest.raises(DownloadError, match="cut its answer short: runtime error") as caught:
        download_roads(PLACE, cache=tmp_path, settings=hasty)
    assert "\n" not in str(caught.value)
    assert "smaller area" in caught.value.remedy
    with pytest.raises(MissingDataError, match="not in the cache"):
        download_roads(PLACE, cache=tmp_path, settings=hasty, offline=True)
    assert len(download_roads(PLACE, cache=tmp_path, settings=hasty)) == 4


def test_a_busy_server_is_asked_again_when_it_says(overpass, tmp_path, hasty, waits):
    overpass.next(PATH, status(429, ("Retry-After", "7")), status(504), answer())
    assert len(download_roads(PLACE, cache=tmp_path, settings=hasty)) == 4
    assert waits[0] == 7
    assert len(overpass.asked(PATH)) == 3


@pytest.mark.parametrize("code", [429, 504])
def test_a_server_that_stays_busy_is_given_up(overpass, tmp_path, hasty, waits, code):
    overpass.always(PATH, status(code))
    with pytest.raises(DownloadError, match=rf"is busy \(HTTP {code}\).*tried 3 times"):
        download_roads(PLACE, cache=tmp_path, settings=hasty)
    assert len(overpass.asked(PATH)) == hasty.attempts


def test_waiting_longer_than_the_budget_is_not_begun(overpass, tmp_path, hasty, waits):
    overpass.always(PATH, status(429, ("Retry-After", "3600")))
    with pytest.raises(DownloadError, match="tried 1 times"):
        download_roads(PLACE, cache=tmp_path, settings=hasty)
    assert waits == []


@pytest.mark.parametrize("elements", [[], ELEMENTS[:3], [ELEMENTS[0] | {"lon": 10.0}]])
def test_an_answer_without_roads_is_an_error(overpass, tmp_path, hasty, elements):
    overpass.next(PATH, answer(elements))
    with pytest.raises(DownloadError, match="has none of these classes there"):
        download_roads(PLACE, cache=tmp_path, settings=hasty)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (html(), "sent no JSON but text/html"),
        (Reply(body=b'{"elements": ['), "sent no JSON"),
        (status(400), "HTTP 400"),
        (status(404), "HTTP 404"),
        (status(500), "HTTP 500"),
    ],
)
def test_other_faults_are_one_clear_line(overpass, tmp_path, hasty, reply, message):
    overpass.next(PATH, reply)
    with pytest.raises(DownloadError, match=message) as caught:
        download_roads(PLACE, cache=tmp_path, settings=hasty)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_given_up(tmp_path, hasty, monkeypatch, waits):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("TOOLKIT_OVERPASS_URL", f"http://127.0.0.1:{port}/api")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DownloadError, match=r"refuses connections \(tried 2 times\)"):
        download_roads(PLACE, cache=tmp_path, settings=hasty)


def test_half_written_answers_are_fetched_again(overpass, tmp_path, hasty):
    overpass.next(PATH, answer(), answer())
    download_roads(PLACE, cache=tmp_path, settings=hasty)
    (file,) = (tmp_path / "overpass").glob("*/*.json")
    file.write_bytes(file.read_bytes()[:40])
    assert len(download_roads(PLACE, cache=tmp_path, settings=hasty)) == 4
    assert len(overpass.asked(PATH)) == 2


def test_large_areas_are_refused_before_anything_is_asked(overpass, tmp_path, hasty):
    two = shapely.MultiPolygon(
        [shapely.box(116, 40, 116.01, 40.01), shapely.box(117, 41, 117.01, 41.01)]
    )
    corner = shapely.box(115, 40, 115.01, 40.01)
    for area in (shapely.box(115, 39, 117, 41), two | corner):
        with pytest.raises(
            DownloadError, match=r"km2, the Overpass API is asked for 2,500 at most.*Geofabrik"
        ):
            download_roads(area, cache=tmp_path, settings=hasty)
    with pytest.raises(DownloadError, match="asked for 1 at most"):
        download_roads(PLACE, cache=tmp_path, settings=hasty, largest_km2=1)
    assert overpass.requests == []


@pytest.fixture
def nominatim(overpass, monkeypatch):
    """The server also knows one place, a square round the roads."""
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{overpass.url}/nominatim")
    monkeypatch.setattr("osmnx._nominatim.time.sleep", lambda seconds: None)
    found = {
        "place_id": 1, "osm_type": "relation", "osm_id": 5, "lat": "40", "lon": "116",
        "class": "boundary", "type": "administrative", "importance": 0.5, "name": "村",
        "display_name": "村", "boundingbox": ["39.99", "40.01", "115.99", "116.01"],
        "geojson": shapely.geometry.mapping(shapely.box(115.99, 39.99, 116.01, 40.01)),
    }  # fmt: skip
    overpass.next("/nominatim/search", Reply(body=json.dumps([found]).encode()))
    overpass.always("/nominatim/search", Reply(body=b"[]"))
    return overpass


def test_places_are_looked_up_by_name(nominatim, tmp_path, hasty):
    nominatim.next(PATH, answer())
    graph = download_roads("村", cache=tmp_path, settings=hasty)
    assert graph.graph["name"] == "村"
    assert len(graph) == 4
    with pytest.raises(UnknownNameError, match="no area is known by the name 'Nowhere'"):
        download_roads("Nowhere", cache=tmp_path, settings=hasty)


def test_a_place_can_be_the_roads_of_a_run(nominatim, tmp_path):
    nominatim.next(PATH, answer())
    network, (record,) = read_roads(
        load_cluster("jing-jin-ji"),
        "place: 村",
        (),
        live=None,
        settings=replace(DEFAULTS, data_folder=tmp_path),
        report=Progress(stream=None),
    )
    assert set(network.edges.index) == {(1, 2, 0), (2, 1, 0), (2, 3, 0), (3, 2, 0)}  # both ways
    assert (record.kind, record.name, record.data_date) == ("roads", "roads of 村", "2026-07-19")
    assert "ODbL" in record.licence
    minutes = network.edges["time_s"][1, 2, 0] / 60
    assert minutes == pytest.approx(0.4265 / 55 * 60, rel=0.01)  # 426 m of a primary road
