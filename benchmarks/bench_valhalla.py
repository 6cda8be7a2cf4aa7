"""Reach on the road beside Valhalla, with the same speeds: nodes, polygons and time.

    python benchmarks/bench_valhalla.py
    python benchmarks/bench_valhalla.py city.osm.pbf --minutes 5 8 --python ~/python3.12/bin/python

The extract is written anew with only the roads open to cars, each with its speed as `maxspeed` and
both ways, so that neither side's own rules for tags play a part. Two runs: `pedestrian` at one
speed for all, which has no turn costs in Valhalla; and `auto` by a table of speeds, whose costs of
turns cannot be switched off, so that it reaches less.

Both polygons are the ground within one cell of Valhalla's grid of a road reached in time:

- Valhalla gives a cell the least time of the roads through it. It contours these, and an empty cell
  counts as one minute late. So where there are s minutes left its outline lies s / (s + 1) of a
  cell beyond the road: hardly less than a cell, but for the last minutes.
- The side of a cell follows from the farthest contour of the request (`cell_m`); ten minutes at
  70 mph (5 mph on foot) are added to it and the whole is divided into 300 cells, to thousandths
  of a degree. Thus the same 30 minutes hold more land if 45 are asked for too.
- Hence our last leg: on foot, at most the side of such a cell (mean of north and east), and
  contoured at half of it. The times at the nodes do not depend on it.
- Valhalla keeps the holes (`denoise` 0; by default it keeps the largest ring only, which adds a
  fifth to its area), and does not generalise. We count what lies beside motorways, as it does.
- Its grid ends where somebody at 70 mph, or on foot at 5 mph, would be: for fast walkers a contour
  is asked for that is far enough for the grid to hold them, and not compared.

Valhalla needs Python 3.12 or newer and gets an environment of its own. By default the streets of
Wuhan, which are wide enough for 30 minutes; the other real extracts at hand end before that.
"""

import argparse
import json
import math
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from peer_environment import peer_python
from scipy.spatial import cKDTree

from toolkit.analysis.isochrones import geodesic_area_km2, isobands
from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.road import RoadTimes, road_times
from toolkit.analysis.surfaces import LastLeg, time_points
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.places import places_on_edges
from toolkit.networks.spatial_network import SpatialNetwork

WUHAN = Path(__file__).parents[2] / "shared" / "data" / "osm" / "wuhan.osm.pbf"
PEER = Path(__file__).with_name("valhalla_peer.py")
MINUTES = (15, 20, 30)
KMH = {
    "motorway": 100, "trunk": 70, "primary": 55, "secondary": 40, "tertiary": 30,
    "motorway_link": 70, "trunk_link": 50, "primary_link": 40, "secondary_link": 30,
    "tertiary_link": 20, "residential": 25, "unclassified": 25, "living_street": 10,
}  # fmt: skip
PEDESTRIAN_KMH = 25  # the most that Valhalla lets one walk
NO_PENALTIES = {
    "maneuver_penalty": 0, "service_penalty": 0, "gate_cost": 0, "gate_penalty": 0,
    "use_living_streets": 1, "use_tracks": 1, "closure_factor": 1,
    "speed_types": ["current", "predicted"], "disable_hierarchy_pruning": True,
}  # fmt: skip
RUNS = {
    "pedestrian": {"walking_speed": PEDESTRIAN_KMH, "max_distance": 100_000},
    "auto": NO_PENALTIES,
}
GRID_KMH = {"pedestrian": 5 * 1.609344, "auto": 70 * 1.609344}  # half the width of Valhalla's grid
GRID_PADDING_MIN = 10
GRID_CELLS = 300
SMALLEST_CELL_DEGREES, LARGEST_CELL_DEGREES = 0.001, 0.005
KM_PER_DEGREE = 110.567
WALK_KMH = 5.0
SAME_NODE_DEGREES = 2e-6  # Valhalla keeps positions to 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", nargs="?", type=Path, default=WUHAN)
    parser.add_argument("--origins", type=int, default=3)
    parser.add_argument("--minutes", type=int, nargs="+", default=MINUTES)
    parser.add_argument("--python", help="Python 3.12 or newer; else one on the PATH")
    given = parser.parse_args()
    if not given.extract.exists():
        print(f"skipped: {given.extract.name} is not there")
        return
    python = peer_python(["pyvalhalla"], at_least=(3, 12), interpreter=given.python)
    if python is None:
        print("skipped: no Python 3.12 or newer that pyvalhalla could be installed for")
        return
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "roads.osm.pbf"
        write_roads(given.extract, extract)
        network = read_osm_roads(extract, KMH, merge=False).largest_component()
        print(network)
        worker = subprocess.Popen(
            [str(python), str(PEER), str(extract), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = json.loads(worker.stdout.readline())["ready"]
        print(f"Valhalla built its tiles in {ready:.0f} s")
        for costing in RUNS:
            compare(network, costing, worker, given.origins, sorted(given.minutes))
        worker.stdin.close()
        worker.wait()


def write_roads(source: Path, target: Path) -> None:
    """Roads open to cars, two-way, each with its speed."""
    writer = osmium.SimpleWriter(str(target))
    for thing in osmium.FileProcessor(str(source)):
        if thing.is_node():
            writer.add_node(thing.replace(tags={}))
        elif thing.is_way() and thing.tags.get("highway") in KMH:
            kind = thing.tags["highway"]
            tags = {"highway": kind, "maxspeed": str(KMH[kind]), "oneway": "no", "foot": "yes"}
            writer.add_way(thing.replace(tags=tags))
    writer.close()


def compare(
    network: SpatialNetwork,
    costing: str,
    worker: subprocess.Popen,
    origins: int,
    limits: list[int],
) -> None:
    """Ask both sides for the reach of some origins, and print how far they agree."""
    kmh = PEDESTRIAN_KMH if costing == "pedestrian" else network.edges["highway"].map(KMH)
    timed = network.with_times(network.edges["length_m"] / kmh * 3.6)
    # Valhalla counts what lies beside motorways as well, which nobody leaves half way
    roads = replace(timed, edges=timed.edges.assign(highway="road"))
    epsg = network.nodes.estimate_utm_crs().to_epsg()
    middle = np.median(network.nodes[["x", "y"]], axis=0)
    order = np.argsort(np.hypot(*(network.nodes[["x", "y"]].to_numpy() - middle).T))
    asked = limits
    if costing == "pedestrian":
        asked = [*limits, math.ceil(limits[-1] * PEDESTRIAN_KMH / GRID_KMH[costing])]
    margin_m = cell_m(asked[-1], costing, middle[1])
    print(f"\n{costing}, a cell of Valhalla's grid and our last leg: {margin_m:.0f} m\n")
    print("| origin | minutes | nodes ours | Valhalla | Jaccard | km2 ours | Valhalla | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    spent = {"ours": 0.0, "Valhalla": 0.0}
    for number, row in enumerate(order[:: len(order) // (4 * origins)][:origins]):
        lon, lat = network.nodes[["x", "y"]].iloc[row]
        for _ in range(2):  # the first one compiles
            begun = time.process_time()
            times, bands = reach(roads, lon, lat, epsg=epsg, limits=limits, margin_m=margin_m)
            ours_s = time.process_time() - begun
        task = {"lon": lon, "lat": lat, "minutes": asked, "costing": costing}
        worker.stdin.write(json.dumps(task | {"options": RUNS[costing]}) + "\n")
        worker.stdin.flush()
        theirs = json.loads(worker.stdout.readline())
        spent["ours"] += ours_s
        spent["Valhalla"] += theirs["processor"]
        node_min = reached_by_peer(network, theirs["ends"])
        shapes = [(minutes, shapely.geometry.shape(part)) for minutes, part in theirs["polygons"]]
        for minutes, area_km2 in zip(bands["minutes"], bands["area_km2"], strict=True):
            a = (times.node_ms != UNREACHED) & (times.node_ms <= minutes * 60_000)
            b = node_min <= minutes
            whole = shapely.union_all([part for contour, part in shapes if contour == minutes])
            peer_km2 = geodesic_area_km2(whole)
            print(
                f"| {number} | {minutes} | {a.sum()} | {b.sum()} "
                f"| {(a & b).sum() / (a | b).sum():.3f} "
                f"| {area_km2:.1f} | {peer_km2:.1f} | {area_km2 / peer_km2:.3f} |"
            )
    texts = [f"{name} {1000 * s / origins:.0f} ms" for name, s in spent.items()]
    print(f"\nprocessor time of the polygons of one origin: {', '.join(texts)}")


def cell_m(farthest_min: float, costing: str, lat: float) -> float:
    """Side of a cell of the grid that Valhalla contours, mean of north and east."""
    half_km = (farthest_min + GRID_PADDING_MIN) / 60.0 * GRID_KMH[costing]
    degrees = round(half_km / KM_PER_DEGREE / GRID_CELLS, 3)
    degrees = min(max(degrees, SMALLEST_CELL_DEGREES), LARGEST_CELL_DEGREES)
    return degrees * KM_PER_DEGREE * 1000.0 * math.sqrt(math.cos(math.radians(lat)))


def reach(
    roads: SpatialNetwork,
    lon: float,
    lat: float,
    *,
    epsg: int,
    limits: list[int],
    margin_m: float,
) -> tuple[RoadTimes, gpd.GeoDataFrame]:
    """Times at the nodes, and polygons of the ground beside the roads reached."""
    start = places_on_edges(roads, [[lon, lat]])
    times = road_times(roads, start, cutoff_ms=max(limits) * 60_000)
    fine_m = margin_m / 2
    points = time_points(roads, times, epsg=epsg, step_m=fine_m / 2, limit_min=max(limits))
    beside = LastLeg(WALK_KMH, margin_m / 1000)
    return times, isobands(points, limits, cell_m=fine_m, last_leg=beside)


def reached_by_peer(network: SpatialNetwork, ends: list[list[float]]) -> np.ndarray:
    """Minutes at which Valhalla reaches each of our nodes, by place."""
    lon, lat, seconds = np.array(ends).T
    apart, node = cKDTree(network.nodes[["x", "y"]]).query(np.column_stack([lon, lat]))
    same = apart <= SAME_NODE_DEGREES
    minutes = np.full(len(network.nodes), np.inf)
    np.minimum.at(minutes, node[same], seconds[same] / 60.0)
    return minutes


if __name__ == "__main__":
    main()
