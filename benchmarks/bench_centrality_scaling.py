"""Time and memory of exact centrality against the size of the network, from 10^4 to 10^6 nodes.

    python benchmarks/bench_centrality_scaling.py ../shared/data/osm/wuhan.osm.pbf
    python benchmarks/bench_centrality_scaling.py --copies 1 2 3 4 --full 2     a million nodes

Small networks are the middle of the extract; large ones are k x k copies of it, side by side, times
changed by up to 5 % at random so that no two copies are alike, and each copy joined to the next by
40 two-way roads between the streets nearest to each other along the border. Each network has a
process of its own, whose peak memory is its own. Sources are batches of 512 neighbours, evenly
spread; what one costs is the difference between many batches and one, and the full time is
extrapolated from it, and measured for the networks of ``--full`` copies. At the end, the exponents
of all columns over the number of nodes, by least squares on logarithms, with their standard errors,
and the straight line of memory.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from bench_centrality import WUHAN, Graph, read_graph, warm_up_graph

from toolkit.analysis.centrality_sweeps import Work, betweenness_flows, distance_sums
from toolkit.analysis.kernels.hierarchy import build_hierarchy

FITTED = {
    "hierarchy_arcs": "arcs in the hierarchy",
    "prepared_user_s": "preparation",
    "flows_ms": "betweenness, one source",
    "sums_ms": "four distance measures, one source",
    "memory_gb": "memory",
}
JOINTS = 40
RUN = 512  # neighbouring sources: a batch
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


def peak_gb() -> float:
    """Most memory this process had, without what the one that started it had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def seconds(function: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a function gives, its wall clock and its user time."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    result = function()
    user = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    return result, time.perf_counter() - start, user


def runs_of(places: np.ndarray, runs: int) -> np.ndarray:
    """So many runs of neighbours, evenly spread, as a batch serves them."""
    starts = np.linspace(0, len(places) - RUN, runs + 2).astype(np.int64)[1:-1]
    return np.unique(np.concatenate([places[start : start + RUN] for start in starts]))


def measured(graph: Graph, sources: int, threads: int) -> dict[str, float]:
    """All there is to say of one network; `sources` 0 for all of them, betweenness only."""
    small = warm_up_graph()
    betweenness_flows(small, np.ones(4), np.ones(4))
    distance_sums(small, np.ones(4), np.arange(4, dtype=np.int32), lon_lat=graph.lon_lat[:4])
    base = peak_gb()
    count, work = len(graph.lon_lat), Work(threads=threads)
    ones = np.ones(count)

    def prepare() -> Any:
        hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
        _ = hierarchy.core_cells
        return hierarchy

    hierarchy, prepared_s, prepared_user_s = seconds(prepare)
    about = {
        "nodes": count,
        "arcs": len(graph.indices),
        "hierarchy_arcs": len(hierarchy.tail),
        "prepared_s": prepared_s,
        "prepared_user_s": prepared_user_s,
    }
    if not sources:
        _, flows_s, flows_user_s = seconds(
            lambda: betweenness_flows(hierarchy, ones, ones, work=work)
        )
        about |= {"whole_s": prepared_s + flows_s, "whole_user_s": prepared_user_s + flows_user_s}
    else:
        place = hierarchy.core_cells.node

        def flows(chosen: np.ndarray) -> Any:
            origin = np.zeros(count)
            origin[chosen] = 1
            return betweenness_flows(hierarchy, origin, ones, work=work)

        def sums(chosen: np.ndarray) -> Any:
            return distance_sums(hierarchy, ones, chosen, lon_lat=graph.lon_lat, work=work)

        few, many = runs_of(place, 1), runs_of(place, sources // RUN)
        about["sources"] = len(many)
        for name, function in (("flows", flows), ("sums", sums)):
            _, _, base_s = seconds(lambda function=function: function(few))
            _, about[f"{name}_s"], user = seconds(lambda function=function: function(many))
            each = (user - base_s) / (len(many) - len(few))
            about[f"{name}_ms"] = 1000 * each
            about[f"{name}_whole_user_s"] = (
                prepared_user_s + base_s + each * (len(place) - len(few))
            )
    peak = peak_gb()
    return about | {"peak_gb": peak, "memory_gb": peak - base}


def in_own_process(graph: Graph, sources: int, threads: int) -> dict[str, float]:
    """Measure a network in a process that has seen no other."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "graph.npz"
        np.savez(file, **asdict(graph))
        command = [sys.executable, __file__, "--measure", str(file)]
        command += ["--sources", str(sources), "--threads", str(threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def line(found: dict[str, float]) -> str:
    """A line of the table."""
    return (
        f"| {found['nodes']:,} | {found['arcs']:,} | {found['hierarchy_arcs']:,} "
        f"| {found['prepared_s']:.2f} ({found['prepared_user_s']:.2f}) | {found['sources']:,} "
        f"| {found['flows_s']:.2f} | {found['flows_ms']:.3f} | {found['flows_whole_user_s']:.1f} "
        f"| {found['sums_ms']:.3f} | {found['sums_whole_user_s']:.1f} | {found['peak_gb']:.2f} |"
    )


def exponent(count: np.ndarray, values: np.ndarray) -> str:
    """Power of the size by which values grow, with its standard error."""
    (slope, _), covariance = np.polyfit(np.log(count), np.log(values), 1, cov=True)
    return f"nodes^{slope:.2f} (± {np.sqrt(covariance[0, 0]):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", type=Path, nargs="?", default=WUHAN)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--copies", type=int, nargs="*", default=[1], help="4 tiles it to a million nodes"
    )
    parser.add_argument("--parts", type=int, nargs="*", default=[12_000, 24_000, 40_000])
    parser.add_argument("--sources", type=int, default=4096)
    parser.add_argument("--full", type=int, nargs="*", default=[])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure is not None:
        with np.load(args.measure) as archive:
            graph = Graph(**{name: archive[name] for name in archive.files})
        print(json.dumps(measured(graph, args.sources, args.threads)))
        return
    if not args.extract.exists():
        print(f"skipped: {args.extract.name} is not there")
        return
    city = read_graph(args.extract, nodes=None, one_way=0.25)
    in_own_process(city, 2 * RUN, args.threads)  # compiles
    print(f"{args.threads} threads of {os.cpu_count()}; load before {os.getloadavg()[0]:.1f}")
    print("Preparation: seconds of wall clock, user time in brackets; the rest is user time.")
    print(
        "| nodes | arcs | arcs in hierarchy | preparation | sources | their betweenness, wall s "
        "| one source, ms | all, extrapolated, s | four distance measures: one source, ms "
        "| all, extrapolated, s | peak GB |"
    )
    print("|" + "---|" * 11)
    found = []
    for part in args.parts:
        graph = read_graph(args.extract, nodes=part, one_way=0.25)
        found.append(in_own_process(graph, args.sources, args.threads))
        print(line(found[-1]), flush=True)
    for copies in args.copies:
        graph = tiled(city, copies)
        found.append(in_own_process(graph, args.sources, args.threads))
        print(line(found[-1]), flush=True)
    table = pd.DataFrame(found)
    if len(table) > 2:
        for column, name in FITTED.items():
            print(f"{name}: {exponent(table['nodes'], table[column])}")
        slope, base = np.polyfit(table["nodes"], table["peak_gb"], 1)
        print(f"peak memory: {base:.2f} GB and {1e6 * slope:.2f} kB for each node")
    for copies in args.full:
        whole = in_own_process(tiled(city, copies), 0, args.threads)
        print(
            f"all of {whole['nodes']:,} nodes: {whole['whole_s']:.1f} s, "
            f"user {whole['whole_user_s']:.1f} s, peak {whole['peak_gb']:.2f} GB"
        )


if __name__ == "__main__":
    main()
