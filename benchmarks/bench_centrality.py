r"""Exact centrality of a real street network, side by side with igraph, NetworKit and graph-tool.

    python benchmarks/bench_centrality.py ../shared/data/osm/wuhan.osm.pbf --nodes 66000 \
        --results /tmp/peers --python networkit=venv/bin/python igraph=venv/bin/python

The network is directed and weighted by whole milliseconds from a table of speeds. The extract has
no one-way tags, so one street in four is made one-way (seeded), and the largest strongly connected
part is kept. Each peer runs in a process of its own, in full; those that cannot be imported are
left out. The building of their graphs and our compilation do not count, our preparation does.
Results are compared. User time stands beside wall clock, for machines that others use too.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import osmium
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.analysis.centrality_sweeps import Work, betweenness_flows, distance_sums
from toolkit.analysis.kernels.distance_terms import CLOSE
from toolkit.analysis.kernels.hierarchy import build_hierarchy

SPEED_KMH = {
    "motorway": 110, "trunk": 80, "primary": 60, "secondary": 50, "tertiary": 40,
    "motorway_link": 60, "trunk_link": 50, "primary_link": 40, "secondary_link": 35,
    "tertiary_link": 30, "unclassified": 30, "residential": 30, "living_street": 15,
    "pedestrian": 10,
}  # fmt: skip
EARTH_RADIUS_M = 6_371_008.8
WUHAN = Path(__file__).parents[2] / "shared" / "data" / "osm" / "wuhan.osm.pbf"
QUICK_NODES = 5_000  # the whole network takes the peers hours: --nodes 0


@dataclass(frozen=True)
class Graph:
    """A directed graph in compressed rows, with places in degrees."""

    indptr: np.ndarray
    indices: np.ndarray
    weight_ms: np.ndarray
    lon_lat: np.ndarray

    @property
    def tails(self) -> np.ndarray:
        """Tail of each arc."""
        return np.repeat(np.arange(len(self.lon_lat)), np.diff(self.indptr))


def read_graph(path: Path, *, nodes: int | None, one_way: float, seed: int = 5) -> Graph:
    """Streets of an extract, at most so many nodes around the middle."""
    number: dict[int, int] = {}
    places, rows = [], []
    for way in osmium.FileProcessor(str(path)).with_locations():
        if not way.is_way() or way.tags.get("highway") not in SPEED_KMH:
            continue
        for node in way.nodes:
            if node.ref not in number:
                number[node.ref] = len(places)
                places.append((node.location.lon, node.location.lat))
        refs = [number[node.ref] for node in way.nodes]
        rows += [(a, b, SPEED_KMH[way.tags["highway"]]) for a, b in pairwise(refs)]
    lon_lat, street = np.array(places), np.array(rows)
    lon, lat = np.radians(lon_lat.T)
    vector = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = np.linalg.norm(vector[:, street[:, 0]] - vector[:, street[:, 1]], axis=0)
    length_m = 2 * EARTH_RADIUS_M * np.arcsin(chord / 2)
    time_ms = np.maximum(1, np.rint(length_m / street[:, 2] * 3600)).astype(np.int64)
    both = np.random.default_rng(seed).random(len(street)) >= one_way
    tail = np.concatenate([street[:, 0], street[both, 1]])
    head = np.concatenate([street[:, 1], street[both, 0]])
    weight = np.concatenate([time_ms, time_ms[both]])

    keep = np.ones(len(lon_lat), bool)
    if nodes is not None:
        middle = np.linalg.norm(vector - np.median(vector, axis=1, keepdims=True), axis=0)
        keep = np.argsort(np.argsort(middle)) < nodes
    inside = keep[tail] & keep[head]
    tail, head, weight = tail[inside], head[inside], weight[inside]
    count = len(lon_lat)
    arcs = coo_matrix((np.ones(len(tail), np.int8), (tail, head)), (count, count))
    _, part = connected_components(arcs, connection="strong")
    keep = part == np.bincount(part).argmax()
    renumbered = np.cumsum(keep) - 1
    inside = keep[tail] & keep[head]
    tail, head, weight = renumbered[tail[inside]], renumbered[head[inside]], weight[inside]
    order = np.lexsort((head, tail))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=int(keep.sum())))])
    return Graph(
        indptr, head[order].astype(np.int32), weight[order].astype(np.int32), lon_lat[keep]
    )


@dataclass(frozen=True)
class Timing:
    """One measurement."""

    tool: str
    task: str
    wall_s: float
    user_s: float
    values: np.ndarray


def measured(tool: str, task: str, function: Callable[[], np.ndarray]) -> Timing:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
    values = np.asarray(function())
    wall = time.perf_counter() - start
    user = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    return Timing(tool, task, wall, user, values)


def run_toolkit(graph: Graph, threads: int) -> Iterator[Timing]:
    count = len(graph.lon_lat)
    ones, every = np.ones(count), np.arange(count, dtype=np.int32)
    work = Work(threads=threads)
    edges = []

    def betweenness() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        flows = betweenness_flows(hierarchy, ones, ones, work=work)
        edges.append(flows.arc)
        return flows.through

    def harmonic() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        return distance_sums(hierarchy, ones, every, work=work)[CLOSE]

    def everything() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        sums = distance_sums(hierarchy, ones, every, lon_lat=graph.lon_lat, work=work)
        return sums[CLOSE]

    small = warm_up_graph()
    betweenness_flows(small, np.ones(4), np.ones(4))
    distance_sums(small, np.ones(4), np.arange(4, dtype=np.int32), lon_lat=graph.lon_lat[:4])
    between = measured("toolkit", "betweenness", betweenness)
    yield between
    yield replace(between, task="edge betweenness", values=edges[0])
    yield measured("toolkit", "harmonic", harmonic)
    yield measured("toolkit", "harmonic, farness, reach, straightness", everything)


def warm_up_graph():
    """A ring of four nodes, to compile before the clock starts."""
    return build_hierarchy([0, 2, 4, 6, 8], [1, 3, 0, 2, 1, 3, 2, 0], [1] * 8)


def run_peer(name: str, task: str, folder: Path, *, python: str, threads: int) -> Iterator[Timing]:
    """One peer in a process of its own; what is in the folder already is not run again."""
    given, result = folder / "graph.npz", folder / f"{name} {task}.npz"
    if not result.exists():
        script = Path(__file__).with_name("centrality_peer.py")
        command = [python, str(script), name, task, str(given), str(result)]
        done = subprocess.run(
            [*command, "--threads", str(threads)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"{name} left out: {done.stderr.strip().splitlines()[-1]}")
            return
    with np.load(result) as found:
        wall, user = float(found["wall_s"]), float(found["user_s"])
        tool = f"{name} {found['version']}"
        if len(found["nodes"]):
            yield Timing(tool, task, wall, user, found["nodes"])
        if len(found["edges"]):
            yield Timing(tool, "edge betweenness", wall, user, found["edges"])


PEERS = ("graph-tool", "networkit", "igraph")
TASKS = ("betweenness", "harmonic")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", type=Path, nargs="?", default=WUHAN)
    parser.add_argument(
        "--nodes", type=int, default=QUICK_NODES, help="keep so many around the middle; 0: all"
    )
    parser.add_argument("--one-way", type=float, default=0.25)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument(
        "--python",
        nargs="*",
        default=[],
        metavar="PEER=PATH",
        help="interpreters that have a peer; graph-tool is looked for in /usr/bin/python3",
    )
    parser.add_argument("--results", type=Path, help="folder that keeps the peers' results")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many of our runs")
    args = parser.parse_args()
    if not args.extract.exists():
        print(f"skipped: {args.extract.name} is not there")
        return
    graph = read_graph(args.extract, nodes=args.nodes or None, one_way=args.one_way)
    print(f"{len(graph.lon_lat):,} nodes, {len(graph.indices):,} arcs, {args.threads} threads")

    ours: dict[str, Timing] = {}
    for _ in range(args.repeat):
        for timing in run_toolkit(graph, args.threads):
            known = ours.get(timing.task)
            if known is None or timing.user_s < known.user_s:
                ours[timing.task] = timing
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory of the toolkit's runs, reading included: {memory:.2f} GB")
    print("| tool | task | wall s | user s | wall ratio | user ratio | largest difference |")
    print("|---|---|---|---|---|---|---|")
    for timing in ours.values():
        print(f"| toolkit | {timing.task} | {timing.wall_s:.2f} | {timing.user_s:.2f} | 1 | 1 | |")
    pythons = dict.fromkeys(PEERS, sys.executable) | {"graph-tool": "/usr/bin/python3"}
    pythons |= dict(each.split("=", 1) for each in args.python)
    with TemporaryDirectory() as temporary:
        folder = args.results or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(
            folder / "graph.npz",
            tail=graph.tails,
            head=graph.indices,
            weight_ms=graph.weight_ms,
            nodes=len(graph.lon_lat),
        )
        for task in TASKS:
            for name in args.peers:
                for timing in run_peer(
                    name, task, folder, python=pythons[name], threads=args.threads
                ):
                    print(compared(timing, ours[timing.task]), flush=True)


def compared(peer: Timing, own: Timing) -> str:
    """A line of the table: ratios, and the largest relative difference of a value."""
    scale = np.maximum(np.abs(peer.values), 1e-9 * np.abs(peer.values).max())
    difference = np.max(np.abs(own.values - peer.values) / scale)
    return (
        f"| {peer.tool} | {peer.task} | {peer.wall_s:.1f} | {peer.user_s:.1f} "
        f"| {peer.wall_s / own.wall_s:.0f} | {peer.user_s / own.user_s:.0f} | {difference:.1e} |"
    )


if __name__ == "__main__":
    main()
