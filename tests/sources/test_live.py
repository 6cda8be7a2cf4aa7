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

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from loopback import Reply, cut, status

DATA = Path(__file__).parents[1] / "data"
CLUSTER = """
[cluster]
slug = "village"
name_zh = "河边"
name_en = "Riverside"
cores = ["990100"]
extracts = ["village"]
countries = ["CHN"]
[[cities]]
adcode = "990100"
name_zh = "河边"
name_en = "Riverside"
lon = 116.01
lat = 40.02
residents = 1200
[[cities]]
adcode = "110000"
"""
EXTRACT = "/geofabrik/village-latest.osm.pbf"
TIMETABLE = "/rail/output_gtfs.zip"
PEOPLE_A_CELL = 10.0
CELL_KM2 = 0.6583  # of 30 arc-seconds at 40 degrees north
PEOPLE = "/people/GIS/Population/Global_2000_2020_1km/2020/CHN/chn_ppp_2020_1km_Aggregated.tif"


def raster_of_people(path):
    """So many people in each cell of 30 arc-seconds round the village."""
    cells = np.full((1, 12, 12), PEOPLE_A_CELL, dtype=np.float32)
    place = Affine(1 / 120, 0.0, 115.95, 0.0, -1 / 120, 40.05)
    shape = {"height": 12, "width": 12, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", driver="GTiff", transform=place, nodata=-99999, **shape) as file:
        file.write(cells)
    return path.read_bytes()


def toy_feed():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for table in sorted((DATA / "gtfs" / "toy").glob("*.txt")):
            archive.writestr(table.name, table.read_bytes())
    return content.getvalue()


@pytest.fixture
def served(web, tmp_path_factory):
    folder = DATA / "village"
    for path in folder.glob("village-latest*"):
        web.put(f"/geofabrik/{path.name}", path.read_bytes())
    web.put(TIMETABLE, toy_feed())
    web.put(PEOPLE, raster_of_people(tmp_path_factory.mktemp("people") / "people.tif"))
    return web


def command(folder, name, *options):
    return [sys.executable, "-m", "toolkit", "run", name, "--live", "--no-maps", *options]


def environment(web):
    return {
        **os.environ,
        "TOOLKIT_GEOFABRIK_URL": f"{web.url}/geofabrik",
        "TOOLKIT_TIMETABLE_URL": f"{web.url}/rail",
        "TOOLKIT_POPULATION_URL": f"{web.url}/people",
        "NO_PROXY": "127.0.0.1",
    }


def run(web, folder, name="village.toml", *options, live=True):
    wanted = command(folder, name, *options)
    return subprocess.run(
        wanted if live else [word for word in wanted if word != "--live"],
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


def test_a_run_on_live_downloads_uses_and_names_them(served, place):
    done = run(served, place)
    assert done.returncode == 0, done.stderr
    record = json.loads((place / "outputs" / "village" / "run.json").read_text(encoding="utf-8"))
    inputs = {(item["kind"], item["name"]): item for item in record["inputs"]}
    for kind in ("roads", "boundaries"):
        extract = inputs[kind, "village-latest.osm.pbf"]
        assert extract["data_date"] == "2026-07-19T03:42:08Z"
        assert len(extract["sha256"]) == 64
        assert "OpenStreetMap" in extract["licence"]
    assert inputs["timetable", "output_gtfs.zip"]["source"] == f"{served.url}/rail/output_gtfs.zip"
    people = inputs["population", Path(PEOPLE).name]
    assert (people["source"], people["data_date"]) == (served.url + PEOPLE, "2020")
    assert "WorldPop" in people["licence"]
    # the member that the extract holds is OpenStreetMap's, and cut out of the one that it does not
    assert "boundaries of Beijing: not whole in village-latest.osm.pbf" in done.stderr
    output = place / "outputs" / "village" / "village.gpkg"
    members = gpd.read_file(output, layer="prefectures").set_index("adcode").geometry
    assert members["990100"].equals(shapely.box(115.99, 40.0, 116.03, 40.03))
    assert members["110000"].intersection(members["990100"]).area < 1e-12
    reach = gpd.read_file(output, layer="reach")
    assert reach["population_source"].eq("WorldPop 2020, cells of 1 km").all()
    expected = reach["area_km2"] / CELL_KM2 * PEOPLE_A_CELL
    np.testing.assert_allclose(reach["population"], expected, rtol=0.02)
    # a second run needs no server, nor does one that takes the roads only
    before = len(served.requests)
    assert run(served, place, "village.toml", "--offline").returncode == 0
    done = run(served, place, "village.toml", "--roads", "downloaded", live=False)
    assert done.returncode == 0, done.stderr
    record = json.loads((place / "outputs" / "village" / "run.json").read_text(encoding="utf-8"))
    named = {item["kind"]: item["name"] for item in record["inputs"]}
    assert named["roads"] == "village-latest.osm.pbf"
    assert named["timetable"] == "embedded rail services"
    assert len(served.requests) == before


@pytest.mark.parametrize(
    ("path", "said", "stand_in"),
    [(PEOPLE, "cut short", "modelled population"), (TIMETABLE, "404", "embedded rail services")],
)
def test_what_embedded_data_can_stand_in_for_stops_no_run(served, place, path, said, stand_in):
    # a raster that was cut on the server looks whole to HTTP
    faults = {PEOPLE: Reply(body=served.files[PEOPLE][:-40]), TIMETABLE: status(404)}
    served.always(path, faults[path])
    done = run(served, place)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "Used instead:" in line]
    lines = [line for line in lines if "geotool-cn" not in line and "water:" not in line]
    assert len(lines) == 1
    assert Path(path).name in lines[0]
    assert said in lines[0]
    record = json.loads((place / "outputs" / "village" / "run.json").read_text(encoding="utf-8"))
    used = [item["name"] for item in record["inputs"]]
    assert stand_in in used
    assert Path(path).name not in used
    assert not list((place / "data_raw").rglob(Path(path).name))


def test_people_that_were_named_are_had_or_it_is_an_error(served, place):
    served.always(PEOPLE, status(404))
    done = run(served, place, "village.toml", "--population", "worldpop", "--quiet")
    assert done.returncode == 6
    assert done.stderr.count("\n") == 1
    assert Path(PEOPLE).name in done.stderr


def test_offline_without_downloads_is_one_clear_line(served, place):
    done = run(served, place, "village.toml", "--offline", "--quiet")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert not served.requests
    assert not list((place / "outputs").rglob("*.gpkg"))


def test_a_server_error_leaves_the_old_output(served, place):
    assert run(served, place).returncode == 0
    output = place / "outputs" / "village" / "village.gpkg"
    before = output.read_bytes()
    served.always(EXTRACT, status(404))
    (place / "data_raw" / "geofabrik" / "village-latest.osm.pbf").unlink()
    done = run(served, place, "village.toml", "--quiet")
    assert done.returncode == 6
    assert "village-latest.osm.pbf" in done.stderr
    assert "404" in done.stderr
    assert done.stderr.count("\n") == 1
    assert output.read_bytes() == before


def kill_within_a_download(web, folder, path):
    """Kill a run that has all of a file but its last bytes."""
    most = len(web.files[path]) - 100
    web.next(path, cut(most, "stall"))
    process = subprocess.Popen(
        command(folder, "village.toml", "--quiet"),
        cwd=folder,
        env=environment(web),
        stdout=subprocess.DEVNULL,
    )
    part = f"{Path(path).name}.part"
    while not any(file.stat().st_size == most for file in (folder / "data_raw").rglob(part)):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_in_every_download_and_restarted_gives_the_same_result(
    served, place, tmp_path_factory
):
    undisturbed = tmp_path_factory.mktemp("undisturbed")
    (undisturbed / "village.toml").write_text(CLUSTER, encoding="utf-8")
    assert run(served, undisturbed).returncode == 0
    served.requests.clear()
    for path in (EXTRACT, TIMETABLE, PEOPLE):
        kill_within_a_download(served, place, path)
    assert run(served, place).returncode == 0
    name = Path("outputs") / "village" / "village.gpkg"
    assert (place / name).read_bytes() == (undisturbed / name).read_bytes()
    for path in (EXTRACT, TIMETABLE, PEOPLE):
        assert served.sent(path) == len(served.files[path])


def test_three_provinces_end_to_end(web, tmp_path, shared):
    web.mount("/geofabrik", shared("osm/mirror"))
    feed = shared("rail/china_rail_2023-12-15.gtfs.zip")
    web.put(TIMETABLE, feed.read_bytes())
    web.put(PEOPLE, shared("osm/jjj_pop_2020_1km_MODELLED.tif").read_bytes())
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
