"""Inputs of a run: whose boundaries and whose people, and what stands in for what."""

import io

import geopandas as gpd
import osmium
import pytest
import shapely
from osmium.osm.mutable import Node, Relation, Way

from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.clusters import load_cluster
from toolkit.errors import DownloadError, MissingDataError
from toolkit.networks.inputs import reading
from toolkit.networks.inputs.boundaries import members_in, read_boundaries
from toolkit.networks.inputs.downloads import if_it_can_be_had
from toolkit.networks.inputs.population import read_people
from toolkit.networks.inputs.roads import read_roads
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS
from toolkit.sources.boundaries import prefecture_boundaries
from toolkit.sources.live import Live
from toolkit.sources.provenance import CachedFile, Provenance

CLUSTER = load_cluster("jing-jin-ji")
BEIJING, TIANJIN, BAODING = "110000", "120000", "130600"
HALF = 0.3  # half the side of a square boundary, degrees


@pytest.fixture
def report():
    return Progress(stream=io.StringIO())


def square_round(adcode):
    seat = CLUSTER.cities.geometry[adcode]
    x, y = round(seat.x, 2), round(seat.y, 2)
    west, south, east, north = (round(v, 2) for v in (x - HALF, y - HALF, x + HALF, y + HALF))
    return shapely.box(west, south, east, north)


def extract(path, boundaries):
    """An extract of boundaries: rows of tags, and the square that they are of."""
    things = {"node": [], "way": [], "relation": []}
    for number, (tags, square) in enumerate(boundaries, start=1):
        corners = list(square.exterior.coords)[:4]
        nodes = [number * 10 + step for step in range(4)]
        things["node"] += [Node(id=i, location=at) for i, at in zip(nodes, corners, strict=True)]
        things["way"].append(Way(id=number, nodes=[*nodes, nodes[0]]))
        whole = {"type": "boundary", "boundary": "administrative"} | tags
        members = [("w", number, "outer")]
        things["relation"].append(Relation(id=number, members=members, tags=whole))
    with osmium.SimpleWriter(str(path)) as writer:
        for kind, made in things.items():
            for thing in made:
                getattr(writer, f"add_{kind}")(thing)
    origin = Provenance(
        url="http://mirror.example/x.osm.pbf",
        sha256="0" * 64,
        licence="© OpenStreetMap contributors, ODbL 1.0",
        data_date="2026-07-19T03:42:08Z",
    )
    return CachedFile(path, origin)


def tags(level, **more):
    return {"admin_level": str(level)} | {key.replace("_", ":"): v for key, v in more.items()}


# --- boundaries


def test_roads_that_cannot_be_had_say_what_does_without(monkeypatch):
    def broken(*_, **__):
        raise DownloadError("a.osm.pbf: no internet", remedy="run again")

    monkeypatch.setattr(reading, "fetch_roads", broken)
    with pytest.raises(DownloadError, match="run again; without live downloads the embedded data"):
        reading.read_inputs(CLUSTER, live=Live(), progress=Progress(stream=None))


def test_boundaries_of_a_run_without_downloads_are_those_of_geotool_cn(tmp_path, report):
    found, records = read_boundaries(CLUSTER, (), cache=tmp_path, report=report)
    drawn = prefecture_boundaries(CLUSTER.cities.index)
    assert found.index.equals(CLUSTER.cities.index)
    assert found.geometry.geom_equals(drawn.geometry).all()
    assert [record.source for record in records] == ["PyPI package geotool-cn"]
    assert report.stream.getvalue() == ""


def test_openstreetmap_comes_first_and_the_rest_does_not_overlap(tmp_path, report):
    made = [
        (tags(4, name="北京市"), square_round(BEIJING)),
        (tags(5, name="Baoding", ref="130600"), square_round(BAODING)),
    ]
    file = extract(tmp_path / "x.osm.pbf", made)
    found, records = read_boundaries(CLUSTER, [file], cache=tmp_path, report=report)
    assert found.index.equals(CLUSTER.cities.index)
    for adcode in (BEIJING, BAODING):
        assert found.geometry[adcode].equals(square_round(adcode))
    drawn = prefecture_boundaries(CLUSTER.cities.index).geometry
    others = found.geometry.drop([BEIJING, BAODING])
    squares = square_round(BEIJING) | square_round(BAODING)
    lost = drawn[others.index].difference(others)
    overlap = drawn[others.index].intersection(squares)
    assert shapely.area(others.intersection(squares)).max() < 1e-9
    assert shapely.area(lost).sum() == pytest.approx(shapely.area(overlap).sum(), rel=1e-6)
    assert found.geom_type.eq("MultiPolygon").all()
    assert [record.name for record in records] == [
        "x.osm.pbf",
        "prefecture boundaries of geotool-cn",
    ]
    assert (records[0].kind, records[0].data_date[:10]) == ("boundaries", "2026-07-19")
    said = report.stream.getvalue()
    assert "Tianjin" in said
    assert "Beijing" not in said
    assert "not whole in x.osm.pbf. Used instead: those of geotool-cn" in said


def test_where_all_is_mapped_nothing_else_is_used(tmp_path, report):
    made = [
        (tags(5, ref=adcode, name="x"), square_round(adcode)) for adcode in CLUSTER.cities.index
    ]
    file = extract(tmp_path / "x.osm.pbf", made)
    found, records = read_boundaries(CLUSTER, [file], cache=tmp_path, report=report)
    assert all(found.geometry[adcode].equals(square_round(adcode)) for adcode in found.index)
    assert [record.name for record in records] == ["x.osm.pbf"]
    assert report.stream.getvalue() == ""


def test_an_extract_without_boundaries_is_said_once(tmp_path, report):
    file = extract(tmp_path / "x.osm.pbf", [(tags(8, name="镇"), square_round(BEIJING))])
    found, records = read_boundaries(CLUSTER, [file], cache=tmp_path, report=report)
    assert [record.source for record in records] == ["PyPI package geotool-cn"]
    assert report.stream.getvalue().count("boundaries of all members: not whole in") == 1
    assert len(found) == len(CLUSTER.cities)


def test_a_member_is_found_by_name_or_code_and_only_round_its_seat():
    rows = [
        (4, None, "天津市", None, square_round(BEIJING)),  # the name, round another seat
        (5, "130600", "保定", None, square_round(BAODING)),
        (6, None, "保定市", None, square_round(BAODING).buffer(-0.2)),  # a smaller one of that name
        (4, None, "Peking", "Beijing", square_round(BEIJING)),
    ]
    columns = ["admin_level", "adcode", "name_zh", "name_en", "geometry"]
    found = members_in(gpd.GeoDataFrame(rows, columns=columns, crs=4326), CLUSTER.cities)
    assert set(found.index) == {BEIJING, BAODING}
    assert found[BAODING].equals(square_round(BAODING))


def test_exclaves_survive_and_areas_are_those_of_the_ellipsoid(tmp_path, report):
    found, _ = read_boundaries(CLUSTER, (), cache=tmp_path, report=report)
    assert len(shapely.get_parts(found.geometry["131000"])) == 2  # Sanhe, Dachang, Xianghe
    assert sum(map(geodesic_area_km2, found.geometry)) == pytest.approx(216_000, rel=0.02)


# --- people


def test_people_of_a_run_without_downloads_are_modelled(report):
    prefectures = prefecture_boundaries(CLUSTER.cities.index)
    options = {"settings": DEFAULTS, "report": report}
    grid, records = read_people(CLUSTER, prefectures, None, live=None, **options)
    assert grid.modelled
    assert [record.name for record in records] == ["modelled population"]
    assert grid.total == pytest.approx(CLUSTER.cities["residents"].sum(), rel=1e-6)
    assert read_people(CLUSTER, prefectures, "none", live=None, **options) == (None, ())
    assert read_people(CLUSTER, None, None, live=None, **options) == (None, ())


def test_which_countries_a_cluster_lies_in():
    assert CLUSTER.countries == ("CHN",)


# --- what stands in


def broken():
    raise DownloadError("a.tif: the server answered 404", remedy="set another mirror")


def test_what_cannot_be_had_is_one_line_and_something_else(report):
    assert if_it_can_be_had(broken, live=Live(), instead="a model", report=report) is None
    said = report.stream.getvalue()
    assert said.count("\n") == 1
    assert "a.tif: the server answered 404; set another mirror. Used instead: a model" in said


def test_who_asks_for_newer_data_gets_no_substitute(report):
    with pytest.raises(DownloadError, match=r"a\.tif"):
        if_it_can_be_had(broken, live=Live(refresh=True), instead="a model", report=report)
    assert if_it_can_be_had(lambda: 7, live=Live(), instead="a model", report=report) == 7


def test_a_place_has_to_have_a_name(report):
    with pytest.raises(MissingDataError, match="names no place"):
        read_roads(CLUSTER, "place: ", (), live=None, settings=DEFAULTS, report=report)
