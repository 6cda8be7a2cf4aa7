"""Exact centrality of a real street network, side by side with igraph, NetworKit and graph-tool.

    python benchmarks/bench_centrality.py ../shared/data/osm/wuhan.osm.pbf --nodes 20000
    python benchmarks/bench_centrality.py ../shared/data/osm/wuhan.osm.pbf --peers igraph --full

The network is directed and weighted by whole milliseconds from a table of speeds. The extract has
no one-way tags, so one street in four is made one-way (seeded), and the largest strongly connected
part is kept. Peers that are not installed are left out; the building of their graphs and our
compilation do not count, our preparation does. Results are compared. Times are wall clock; user
time is beside them, for machines that others use at the same time.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from toolkit.analysis.centrality_sweeps import betweenness_flows, distance_sums, running
from toolkit.analysis.kernels.distances import CLOSE
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
    edges = []

    def betweenness() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        with running(threads) as executor:
            flows = betweenness_flows(hierarchy, ones, ones, executor=executor)
        edges.append(flows.arc)
        return flows.through

    def harmonic() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        with running(threads) as executor:
            return distance_sums(hierarchy, ones, every, executor=executor)[CLOSE]

    def everything() -> np.ndarray:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        with running(threads) as executor:
            sums = distance_sums(hierarchy, ones, every, lon_lat=graph.lon_lat, executor=executor)
        return sums[CLOSE]

    small = warm_up_graph()
    betweenness_flows(small, np.ones(4), np.ones(4))
    distance_sums(small, np.ones(4), np.arange(4, dtype=np.int32))
    yield measured("toolkit", "betweenness, nodes and edges", betweenness)
    yield Timing("toolkit", "betweenness of edges", 0.0, 0.0, edges[0])
    yield measured("toolkit", "harmonic", harmonic)
    yield measured("toolkit", "harmonic + farness + reach + straightness", everything)


def warm_up_graph():
    """A ring of four nodes, to compile before the clock starts."""
    return build_hierarchy([0, 2, 4, 6, 8], [1, 3, 0, 2, 1, 3, 2, 0], [1] * 8)


def run_igraph(graph: Graph, _threads: int, *, full: bool) -> Iterator[Timing]:
    import igraph  # noqa: PLC0415 - a peer that may be missing

    peer = igraph.Graph(
        n=len(graph.lon_lat),
        edges=np.column_stack([graph.tails, graph.indices]).tolist(),
        directed=True,
    )
    weights = graph.weight_ms.tolist()
    yield measured(
        "igraph", "betweenness, nodes and edges", lambda: peer.betweenness(weights=weights)
    )
    yield measured(
        "igraph",
        "harmonic",
        lambda: peer.harmonic_centrality(weights=weights, mode="out", normalized=False),
    )
    if full:
        yield measured(
            "igraph", "betweenness of edges", lambda: peer.edge_betweenness(weights=weights)
        )


def run_networkit(graph: Graph, threads: int, **_options: bool) -> Iterator[Timing]:
    import networkit  # noqa: PLC0415 - a peer that may be missing

    networkit.setNumberOfThreads(threads)
    peer = networkit.Graph(len(graph.lon_lat), weighted=True, directed=True)
    for tail, head, weight in zip(
        graph.tails.tolist(), graph.indices.tolist(), graph.weight_ms.tolist(), strict=True
    ):
        peer.addEdge(tail, head, weight)
    yield measured(
        "networkit",
        "betweenness, nodes and edges",
        lambda: networkit.centrality.Betweenness(peer, normalized=False).run().scores(),
    )
    yield measured(
        "networkit",
        "harmonic",
        lambda: networkit.centrality.HarmonicCloseness(peer, normalized=False).run().scores(),
    )


def run_graph_tool(graph: Graph, threads: int, **_options: bool) -> Iterator[Timing]:
    import graph_tool.all as gt  # noqa: PLC0415 - a peer that may be missing

    gt.openmp_set_num_threads(threads)
    peer = gt.Graph(directed=True)
    peer.add_vertex(len(graph.lon_lat))
    weight = peer.new_edge_property("int")
    peer.add_edge_list(
        np.column_stack([graph.tails, graph.indices, graph.weight_ms]), eprops=[weight]
    )
    yield measured(
        "graph-tool",
        "betweenness, nodes and edges",
        lambda: gt.betweenness(peer, weight=weight, norm=False)[0].a,
    )
    yield measured(
        "graph-tool",
        "harmonic",
        lambda: gt.closeness(peer, weight=weight, harmonic=True, norm=False).a,
    )


PEERS = {"igraph": run_igraph, "networkit": run_networkit, "graph-tool": run_graph_tool}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", type=Path, nargs="?", default=WUHAN)
    parser.add_argument(
        "--nodes", type=int, default=QUICK_NODES, help="keep so many around the middle; 0: all"
    )
    parser.add_argument("--one-way", type=float, default=0.25)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--full", action="store_true", help="compare edges with igraph too")
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
            if known is None or timing.wall_s < known.wall_s:
                ours[timing.task] = timing
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory of the toolkit's runs, reading included: {memory:.2f} GB")
    print("| tool | task | wall s | user s | ratio | largest relative difference |")
    print("|---|---|---|---|---|---|")
    for timing in ours.values():
        if timing.wall_s:
            print(f"| toolkit | {timing.task} | {timing.wall_s:.2f} | {timing.user_s:.2f} | 1 | |")
    for name in args.peers:
        with suppress(ImportError):
            for timing in PEERS[name](graph, args.threads, full=args.full):
                own = ours[timing.task]
                scale = np.maximum(np.abs(timing.values), 1e-9 * np.abs(timing.values).max())
                difference = np.max(np.abs(own.values - timing.values) / scale)
                ratio = f"{timing.wall_s / own.wall_s:.0f}" if own.wall_s else ""
                print(
                    f"| {name} | {timing.task} | {timing.wall_s:.1f} | {timing.user_s:.1f} "
                    f"| {ratio} | {difference:.1e} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
