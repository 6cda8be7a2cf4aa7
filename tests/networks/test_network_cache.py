"""Cached networks: equal to reading, keyed by inputs and parameters, never half or broken."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.errors import InputFileError, MissingDataError, OutputError
from toolkit.networks import cache as module
from toolkit.networks.cache import cached_osm_boundaries, cached_osm_roads
from toolkit.networks.osm import read_osm_roads_with_report
from toolkit.networks.speeds import SPEEDS_TOML, load_speeds

CROSSROADS = Path(__file__).parents[1] / "data" / "osm" / "crossroads.osm"
VILLAGE = CROSSROADS.parents[1] / "village" / "village-latest.osm.pbf"
NEIGHBOUR = CROSSROADS.with_name("neighbour.osm")


@pytest.fixture
def readings(monkeypatch):
    """Files parsed, instead of taken from the cache."""
    parsed = []

    def read(files, *args, **options):
        parsed.append(files)
        return read_osm_roads_with_report(files, *args, **options)

    monkeypatch.setattr(module, "read_osm_roads_with_report", read)
    return parsed


def assert_same(one, other):
    pd.testing.assert_frame_equal(pd.DataFrame(one.nodes), pd.DataFrame(other.nodes))
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.edges.drop(columns="geometry")),
        pd.DataFrame(other.edges.drop(columns="geometry")),
    )
    for layer in ("nodes", "edges"):
        left, right = getattr(one, layer), getattr(other, layer)
        assert isinstance(left, gpd.GeoDataFrame)
        assert left.crs == right.crs == "EPSG:4326"
        assert left.geometry.geom_equals_exact(right.geometry, 0).all()
        assert list(left.columns) == list(right.columns)
    about = [(n.name, n.source, n.data_date, n.schematic) for n in (one, other)]
    assert about[0] == about[1]


def test_the_second_time_nothing_is_parsed(tmp_path, readings):
    first = cached_osm_roads(CROSSROADS, "drive", cache=tmp_path)
    second = cached_osm_roads(CROSSROADS, "drive", cache=tmp_path)
    assert len(readings) == 1
    assert_same(first[0], second[0])
    assert first[1] == second[1]
    plain, report = read_osm_roads_with_report(CROSSROADS, "drive")
    assert_same(second[0], plain)
    assert second[1] == report
    assert second[0].csr.weight_ms.tolist() == plain.csr.weight_ms.tolist()


def test_a_real_extract_comes_back_the_same(shared, tmp_path, readings):
    source = shared("osm/real/monaco.osm.pbf")
    first, _ = cached_osm_roads(source, "drive", cache=tmp_path)
    second, _ = cached_osm_roads(source, "drive", cache=tmp_path)
    assert len(readings) == 1
    assert_same(first, second)


def test_other_inputs_or_parameters_are_other_entries(tmp_path, readings):
    slow = tmp_path / "slow.toml"
    slow.write_text(SPEEDS_TOML.read_text().replace("signal_s = 5 ", "signal_s = 20"))
    changed = tmp_path / CROSSROADS.name
    changed.write_text(CROSSROADS.read_text().replace('lat="39.98"', 'lat="39.97"'))
    requests = [
        ((CROSSROADS,), {}),
        ((CROSSROADS, "drive"), {}),
        ((CROSSROADS,), {"merge": False}),
        ((CROSSROADS,), {"name": "other"}),
        ((CROSSROADS,), {"speeds": load_speeds(slow)}),
        (([CROSSROADS, NEIGHBOUR],), {}),
        ((changed,), {}),
    ]
    for args, options in requests * 2:
        cached_osm_roads(*args, cache=tmp_path, **options)
    assert len(readings) == len(requests)
    assert len(list((tmp_path / "networks").iterdir())) == len(requests)


def test_equal_ways_to_ask_share_an_entry(tmp_path, readings):
    cached_osm_roads(CROSSROADS, "primary", cache=tmp_path)
    cached_osm_roads(str(CROSSROADS), ["primary"], cache=tmp_path, speeds=load_speeds())
    assert len(readings) == 1


@pytest.mark.parametrize("file", ["nodes.parquet", "edges.parquet", "about.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone"])
def test_a_damaged_entry_is_made_anew(tmp_path, readings, file, damage):
    whole, _ = cached_osm_roads(CROSSROADS, cache=tmp_path)
    (entry,) = (tmp_path / "networks").iterdir()
    path = entry / file
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        flipped = content[:1] + bytes([content[1] ^ 1]) + content[2:]
        path.write_bytes({"cut": content[:-20], "flipped": flipped, "empty": b""}[damage])
    again, _ = cached_osm_roads(CROSSROADS, cache=tmp_path)
    assert len(readings) == 2
    assert_same(again, whole)
    cached_osm_roads(CROSSROADS, cache=tmp_path)
    assert len(readings) == 2
    assert list((tmp_path / "networks").iterdir()) == [entry]


def test_a_run_that_was_stopped_leaves_no_entry(tmp_path, monkeypatch):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_put", stop)
    with pytest.raises(KeyboardInterrupt):
        cached_osm_roads(CROSSROADS, cache=tmp_path)
    assert list((tmp_path / "networks").iterdir()) == []


def test_what_another_run_wrote_meanwhile_stays(tmp_path, monkeypatch):
    put, calls = module._put, []

    def late(beside, entry):
        if not calls:
            calls.append(entry)
            cached_osm_roads(CROSSROADS, cache=tmp_path)
        put(beside, entry)

    monkeypatch.setattr(module, "_put", late)
    cached_osm_roads(CROSSROADS, cache=tmp_path)
    assert list((tmp_path / "networks").iterdir()) == calls


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputFileError, match=r"absent\.osm\.pbf: no such file"):
        cached_osm_roads("absent.osm.pbf", cache=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        cached_osm_roads(CROSSROADS, cache=tmp_path / "file")


def test_boundaries_are_assembled_once(tmp_path, monkeypatch):
    assembled = []
    real = module.osm_boundaries

    def counted(*args, **options):
        assembled.append(args)
        return real(*args, **options)

    monkeypatch.setattr(module, "osm_boundaries", counted)
    first = cached_osm_boundaries(VILLAGE, levels=(4, 5), cache=tmp_path)
    again = cached_osm_boundaries([VILLAGE], levels=[5, 4], cache=tmp_path)
    assert len(assembled) == 1
    pd.testing.assert_frame_equal(first, again)
    assert first.attrs == again.attrs == {"incomplete": ()}
    (file,) = (tmp_path / "boundaries").glob("*/boundaries.parquet")
    file.write_bytes(file.read_bytes()[:-1])
    cached_osm_boundaries(VILLAGE, levels=(4, 5), cache=tmp_path)
    assert len(assembled) == 2
    with pytest.raises(MissingDataError, match="no whole boundary"):
        cached_osm_boundaries(VILLAGE, levels=[9], cache=tmp_path)
