"""A run on live downloads, against a server on the loopback interface, whole and interrupted."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"
CLUSTER = """
[cluster]
slug = "village"
name_zh = "河边"
name_en = "Riverside"
cores = ["a"]
extracts = ["village"]
[[cities]]
adcode = "a"
name_zh = "甲"
name_en = "Jia"
lon = 116.01
lat = 40.02
[[cities]]
adcode = "b"
name_zh = "乙"
name_en = "Yi"
lon = 116.02
lat = 40.01
"""


def toy_feed():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for table in sorted((DATA / "gtfs" / "toy").glob("*.txt")):
            archive.writestr(table.name, table.read_bytes())
    return content.getvalue()


@pytest.fixture
def served(web):
    folder = DATA / "village"
    for path in folder.glob("village-latest*"):
        web.put(f"/geofabrik/{path.name}", path.read_bytes())
    web.put("/rail/output_gtfs.zip", toy_feed())
    return web


def command(folder, name, *options):
    return [sys.executable, "-m", "toolkit", "run", name, "--live", "--no-maps", *options]


def environment(web):
    return {
        **os.environ,
        "TOOLKIT_GEOFABRIK_URL": f"{web.url}/geofabrik",
        "TOOLKIT_TIMETABLE_URL": f"{web.url}/rail",
        "NO_PROXY": "127.0.0.1",
    }


def run(web, folder, name="village.toml", *options):
    return subprocess.run(
        command(folder, name, *options),
        cwd=folder,
        env=environment(web),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def place(tmp_path):
    (tmp_path / "village.toml").write_text(CLUSTER, encoding="utf-8")
    return tmp_path


def test_a_run_on_live_downloads_names_them(served, place):
    done = run(served, place)
    assert done.returncode == 0, done.stderr
    record = json.loads((place / "outputs" / "village" / "run.json").read_text(encoding="utf-8"))
    kinds = {item["name"]: item for item in record["inputs"]}
    assert kinds["village-latest.osm.pbf"]["data_date"] == "2026-07-19T03:42:08Z"
    assert len(kinds["village-latest.osm.pbf"]["sha256"]) == 64
    assert "OpenStreetMap" in kinds["village-latest.osm.pbf"]["licence"]
    assert kinds["output_gtfs.zip"]["source"] == f"{served.url}/rail/output_gtfs.zip"


def test_downloads_are_used_again_and_offline(served, place):
    assert run(served, place).returncode == 0
    before = len(served.requests)
    assert run(served, place, "village.toml", "--offline").returncode == 0
    assert len(served.requests) == before


def test_offline_without_downloads_is_one_clear_line(served, place):
    done = run(served, place, "village.toml", "--offline", "--quiet")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert not served.requests
    assert not list((place / "outputs").rglob("*.gpkg"))


def test_a_server_error_leaves_the_old_output(served, place):
    from loopback import status

    assert run(served, place).returncode == 0
    output = place / "outputs" / "village" / "village.gpkg"
    before = output.read_bytes()
    served.always("/geofabrik/village-latest.osm.pbf", status(404))
    (place / "data_raw" / "geofabrik" / "village-latest.osm.pbf").unlink()
    done = run(served, place, "village.toml", "--quiet")
    assert done.returncode == 6
    assert "village-latest.osm.pbf" in done.stderr
    assert "404" in done.stderr
    assert done.stderr.count("\n") == 1
    assert output.read_bytes() == before


@pytest.mark.parametrize("after_s", [0.5, 4.0])
def test_killed_and_restarted_gives_the_same_result(served, place, after_s, tmp_path_factory):
    undisturbed = tmp_path_factory.mktemp("undisturbed")
    (undisturbed / "village.toml").write_text(CLUSTER, encoding="utf-8")
    assert run(served, undisturbed).returncode == 0
    served.requests.clear()

    process = subprocess.Popen(
        command(place, "village.toml", "--quiet"),
        cwd=place,
        env=environment(served),
        stdout=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert run(served, place).returncode == 0
    name = Path("outputs") / "village" / "village.gpkg"
    assert (place / name).read_bytes() == (undisturbed / name).read_bytes()
    bodies = [r.sent for r in served.requests if r.path.endswith(".osm.pbf")]
    assert sum(bodies) == (DATA / "village" / "village-latest.osm.pbf").stat().st_size


def test_three_provinces_end_to_end(web, tmp_path, shared):
    web.mount("/geofabrik", shared("osm/mirror"))
    feed = shared("rail/china_rail_2023-12-15.gtfs.zip")
    web.put("/rail/output_gtfs.zip", feed.read_bytes())
    done = run(web, tmp_path, "jing-jin-ji", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    minutes = {
        row["city_zh"]: row["minutes"]
        for row in found["city_times"]
        if row["definition"] == "fastest_train"
        and row["station_set"] == "main"
        and row["timetable_date"] == "2023-12-15"
        and row["core_zh"] == "北京"
    }
    assert minutes["石家庄"] == 60
    assert not any(row["schematic"] for row in found["city_times"])
