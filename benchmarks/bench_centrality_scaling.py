"""Time and memory of exact centrality against the size of the network, from 10^4 to 10^6 nodes.

    python benchmarks/bench_centrality_scaling.py ../shared/data/osm/wuhan.osm.pbf
    python benchmarks/bench_centrality_scaling.py ../shared/data/osm/wuhan.osm.pbf --full 2

Small networks are the middle of the extract; large ones are k x k copies of it, side by side, times
changed by up to 5 % at random so that no two copies are alike, and each copy joined to the next by
40 two-way roads between the streets nearest to each other along the border. Each line is timed on
a run of neighbouring sources; the full time is extrapolated from it, and measured for the networks
of ``--full`` copies.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from bench_centrality import WUHAN, Graph, read_graph

from toolkit.analysis.centrality_sweeps import Work, betweenness_flows, distance_sums
from toolkit.analysis.kernels.hierarchy import build_hierarchy

JOINTS = 40
LINK_MS_PER_DEGREE = 5_000_000  # about 80 km/h


def tiled(graph: Graph, copies: int, seed: int = 11) -> Graph:
    """A network of copies x copies of a graph, joined to each other."""
    rng = np.random.default_rng(seed)
    count = len(graph.lon_lat)
    size = np.ptp(graph.lon_lat, axis=0)
    tails, heads, weights, places = [], [], [], []
    for row in range(copies):
        for column in range(copies):
            first = (row * copies + column) * count
            tails.append(graph.tails + first)
            heads.append(graph.indices.astype(np.int64) + first)
            change = rng.uniform(0.95, 1.05, len(graph.indices))
            weights.append(np.maximum(1, np.rint(graph.weight_ms * change)).astype(np.int64))
            places.append(graph.lon_lat + size * [column, row])
    lon_lat = np.concatenate(places)
    for axis, step in ((0, 1), (1, copies)):
        # streets close to the border on either side, the nearest along it joined
        low = graph.lon_lat[:, axis] - graph.lon_lat[:, axis].min()
        high = size[axis] - low
        along = graph.lon_lat[:, 1 - axis]
        marks = np.linspace(along.min(), along.max(), JOINTS)[:, None]
        after = np.argmin(np.abs(along - marks) + low, axis=1)
        before = np.argmin(np.abs(along - marks) + high, axis=1)
        for tile in range(copies * copies):
            if (tile % copies if axis == 0 else tile // copies) == copies - 1:
                continue
            a, b = before + tile * count, after + (tile + step) * count
            distance = np.linalg.norm(lon_lat[a] - lon_lat[b], axis=1)
            link = np.maximum(1, np.rint(distance * LINK_MS_PER_DEGREE)).astype(np.int64)
            tails += [a, b]
            heads += [b, a]
            weights += [link, link]
    tail, head, weight = map(np.concatenate, (tails, heads, weights))
    order = np.lexsort((head, tail))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=len(lon_lat)))])
    return Graph(indptr, head[order].astype(np.int32), weight[order].astype(np.int32), lon_lat)


def user_s() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def line(graph: Graph, *, sources: int, threads: int) -> tuple[int, float]:
    """Measure one network; print its line and return its size and user ms a source."""
    count = len(graph.lon_lat)
    start, before = time.perf_counter(), user_s()
    hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
    cells = hierarchy.core_cells
    _ = hierarchy.cells
    prepared_s, prepared_user_s = time.perf_counter() - start, user_s() - before
    chosen = cells.node[len(cells.node) // 3 :][:sources]
    origin = np.zeros(count)
    origin[chosen] = 1
    ones = np.ones(count)
    work = Work(threads=threads)
    start, before = time.perf_counter(), user_s()
    betweenness_flows(hierarchy, origin, ones, work=work)
    flows_s, flows_user_s = time.perf_counter() - start, user_s() - before
    start, before = time.perf_counter(), user_s()
    distance_sums(hierarchy, ones, chosen, lon_lat=graph.lon_lat, work=work)
    sums_s, sums_user_s = time.perf_counter() - start, user_s() - before
    served = len(chosen)
    whole = prepared_s + flows_s * len(hierarchy.core) / served
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"| {count:,} | {len(graph.indices):,} | {len(hierarchy.tail):,} | {prepared_s:.2f} "
        f"({prepared_user_s:.2f}) | {served:,} | {flows_s:.2f} ({flows_user_s:.2f}) "
        f"| {1000 * flows_user_s / served:.3f} | {sums_s:.2f} ({sums_user_s:.2f}) "
        f"| {1000 * sums_user_s / served:.3f} | {whole:.1f} | {memory:.2f} |",
        flush=True,
    )
    return count, 1000 * flows_user_s / served


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", type=Path, nargs="?", default=WUHAN)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--copies", type=int, nargs="*", default=[1], help="4 tiles it to a million nodes"
    )
    parser.add_argument("--parts", type=int, nargs="*", default=[12_000, 24_000, 40_000])
    parser.add_argument("--sources", type=int, default=1024)
    parser.add_argument("--full", type=int, nargs="*", default=[])
    args = parser.parse_args()
    if not args.extract.exists():
        print(f"skipped: {args.extract.name} is not there")
        return
    city = read_graph(args.extract, nodes=None, one_way=0.25)
    warm = read_graph(args.extract, nodes=2000, one_way=0.25)
    hierarchy = build_hierarchy(warm.indptr, warm.indices, warm.weight_ms)
    ones = np.ones(len(warm.lon_lat))
    betweenness_flows(hierarchy, ones, ones)
    distance_sums(hierarchy, ones, hierarchy.core, lon_lat=warm.lon_lat)
    print("Seconds of wall clock, user time in brackets; ms of user time for one source.")
    print(
        "| nodes | arcs | arcs in hierarchy | preparation | sources | betweenness | ms each "
        "| four distance measures | ms each | full betweenness, extrapolated | peak GB |"
    )
    print("|" + "---|" * 11)
    sizes = [
        line(read_graph(args.extract, nodes=part, one_way=0.25), **vars_of(args))
        for part in args.parts
    ]
    sizes += [line(tiled(city, copies), **vars_of(args)) for copies in args.copies]
    count, each = np.log(np.array(sizes)).T
    print(f"betweenness takes nodes^{np.polyfit(count, each, 1)[0]:.2f} for one source")
    for copies in args.full:
        graph = tiled(city, copies)
        start, before = time.perf_counter(), user_s()
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        ones = np.ones(len(graph.lon_lat))
        betweenness_flows(hierarchy, ones, ones, work=Work(threads=args.threads))
        print(
            f"all of {len(graph.lon_lat):,} nodes: {time.perf_counter() - start:.1f} s, "
            f"user {user_s() - before:.1f} s"
        )


def vars_of(args: argparse.Namespace) -> dict[str, int]:
    return {"sources": args.sources, "threads": args.threads}


if __name__ == "__main__":
    main()
