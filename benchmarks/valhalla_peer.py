"""Build Valhalla tiles of an extract and answer isochrones; run by `bench_valhalla.py`.

    python valhalla_peer.py EXTRACT FOLDER      reads one request a line, answers each on a line

A request is {"lon", "lat", "minutes", "costing", "options"}; an answer holds the seconds taken by
the isochrone, its polygon areas as GeoJSON, and the ends of all edges with the time they are
reached at (from Valhalla's expansion).
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import valhalla


def build(extract: str, folder: Path) -> valhalla.Actor:
    """Tiles of the extract."""
    (folder / "tiles").mkdir()
    config = valhalla.get_config(tile_dir=str(folder / "tiles"), tile_extract="", verbose=False)
    config["mjolnir"]["tile_extract"] = ""
    config["service_limits"]["isochrone"] |= {"max_time_contour": 240, "max_contours": 10}
    for section in ("meili", "mjolnir", "loki", "thor", "odin", "httpd"):
        if "logging" in config.get(section, {}):
            config[section]["logging"] = {"type": ""}
    file = folder / "valhalla.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([program, "-c", file, extract], check=True, capture_output=True)
    return valhalla.Actor(config)


def answered(actor: valhalla.Actor, task: dict) -> dict:
    """Isochrones and reached edges of one origin."""
    request = {
        "locations": [{"lon": task["lon"], "lat": task["lat"]}],
        "costing": task["costing"],
        "costing_options": {task["costing"]: task["options"]},
        "contours": [{"time": minutes} for minutes in task["minutes"]],
        "polygons": True,
        "generalize": 0.0,
        "denoise": 0.0,  # by default it drops all rings but the largest: every hole, too
    }
    begun = time.perf_counter()
    used = time.process_time()
    polygons = actor.isochrone(request)
    answer = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - used}
    answer["polygons"] = [
        [feature["properties"]["contour"], feature["geometry"]] for feature in polygons["features"]
    ]
    request["action"] = "isochrone"
    request["contours"] = [{"time": max(task["minutes"])}]
    request["expansion_properties"] = ["duration"]
    request["skip_opposites"] = False
    edges = actor.expansion(request)
    answer["ends"] = [
        [*feature["geometry"]["coordinates"][-1], feature["properties"]["duration"]]
        for feature in edges["features"]
    ]
    return answer


def main() -> None:
    extract, folder = sys.argv[1:]
    begun = time.perf_counter()
    actor = build(extract, Path(folder))
    print(json.dumps({"ready": time.perf_counter() - begun}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answered(actor, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
