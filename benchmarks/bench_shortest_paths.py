"""Shortest times side by side with SciPy, igraph, NetworKit, graph-tool and pandana.

    python benchmarks/bench_shortest_paths.py                      streets of Wuhan, every node
    python benchmarks/bench_shortest_paths.py --many 0             single sources only
    python benchmarks/bench_shortest_paths.py city.osm.pbf --tools scipy graph_tool

Every tool is a process of its own that builds the graph once; then they take turns at each task, so
that what else the machine does weighs on all alike, and the best turn of each counts. Peers come
from PyPI into an environment of their own, graph-tool from Debian (python3-graph-tool); one that
is not to be had is reported. Results are compared: all find the same nodes at the same times. Wall
clock and processor time are given, the latter for machines that others use at the same time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from peer_environment import peer_python

from toolkit.networks.osm import read_osm_roads
from toolkit.networks.spatial_network import SpatialNetwork

WUHAN = Path(__file__).parents[2] / "shared" / "data" / "osm" / "wuhan.osm.pbf"
PEER = Path(__file__).with_name("shortest_paths_peer.py")
PACKAGES = ("scipy", "igraph", "networkit", "pandana", "setuptools<81")
TOOLS = ("ours", "scipy", "igraph", "networkit", "graph_tool", "pandana")
WITHOUT_CUTOFF = ("igraph", "networkit")
TURNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", nargs="?", type=Path, default=WUHAN)
    parser.add_argument("--many", type=int, default=500, help="sources of the larger task")
    parser.add_argument("--cutoffs", type=float, nargs="*", default=[10.0], help="minutes")
    parser.add_argument("--tools", nargs="*", default=TOOLS, choices=TOOLS)
    given = parser.parse_args()
    if not given.extract.exists():
        print(f"skipped: {given.extract.name} is not there")
        return
    network = read_osm_roads(given.extract, "drive", merge=False).largest_component()
    print(network)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.npz"
        write_graph(network, file)
        workers = started(given.tools, file)
        sources = (
            np.random.default_rng(1).choice(len(network.nodes), given.many, replace=False).tolist()
        )
        for cutoff in (None, *(minutes * 60_000 for minutes in given.cutoffs)):
            compare(workers, sources[:1] or [0], cutoff, turns=TURNS)
            if sources:
                compare(workers, sources, cutoff, turns=1 if cutoff is None else 2)
        for worker in workers.values():
            worker.stdin.close()
            worker.wait()


def write_graph(network: SpatialNetwork, file: Path) -> None:
    """Arrays of the graph; the least of parallel arcs only, as SciPy would add them up."""
    csr = network.csr
    arcs = pd.DataFrame({"tail": csr.tails, "head": csr.indices, "ms": csr.weight_ms})
    least = arcs.astype(np.int64).groupby(["tail", "head"], as_index=False)["ms"].min()
    count = len(csr.node_ids)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(least["tail"], minlength=count))])
    np.savez(
        file,
        indptr=indptr,
        indices=least["head"],
        weight=least["ms"],
        tails=least["tail"],
        x=network.nodes["x"],
        y=network.nodes["y"],
    )


def started(tools: list[str], file: Path) -> dict[str, subprocess.Popen]:
    """A process for each tool that is to be had."""
    workers = {}
    peers = peer_python(PACKAGES) if set(tools) - {"ours", "graph_tool"} else None
    for tool in tools:
        python = {"ours": sys.executable, "graph_tool": "/usr/bin/python3"}.get(tool, peers)
        worker = subprocess.Popen(
            [str(python or sys.executable), str(PEER), tool, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if answer(worker, "ready") is None:
            print(f"{tool}: absent, it cannot be imported")
        else:
            workers[tool] = worker
    return workers


def answer(worker: subprocess.Popen, start: str) -> str | None:
    """The next line that starts so; tools print things of their own too."""
    return next((line for line in worker.stdout if line.startswith(start)), None)


def compare(
    workers: dict[str, subprocess.Popen], sources: list[int], cutoff: float | None, *, turns: int
) -> None:
    """Give all tools a task in turns, check that they agree, and print a table."""
    label = "no cutoff" if cutoff is None else f"{cutoff / 60_000:g} min"
    print(f"\n{len(sources)} sources, {label}\n")
    print("| tool | wall ms a source | processor ms a source | times ours, wall | processor |")
    print("|---|---|---|---|---|")
    best: dict[str, tuple[float, float]] = {}
    found = {}
    for turn in range(turns + 1):  # the first one compiles and warms up
        for tool, worker in workers.items():
            if turn > 1 and tool in WITHOUT_CUTOFF and len(sources) > 1:
                continue
            if turn == 0 and len(sources) > 1:
                task = {"sources": sources[:2], "cutoff": cutoff}
            else:
                task = {"sources": sources, "cutoff": cutoff}
            worker.stdin.write(json.dumps(task) + "\n")
            worker.stdin.flush()
            result = json.loads(answer(worker, "{"))
            if turn:
                found[tool] = result["reached"], result["total"]
                times = result["seconds"], result["processor"]
                best[tool] = tuple(map(min, times, best.get(tool, times)))
    ours = next(iter(best.values()))
    for tool, (wall, processor) in sorted(best.items(), key=lambda item: item[1][1]):
        scale = 1000.0 / len(sources)
        note = " (has no cutoff)" if cutoff is not None and tool in WITHOUT_CUTOFF else ""
        print(
            f"| {tool}{note} | {wall * scale:.2f} | {processor * scale:.2f} "
            f"| {wall / ours[0]:.1f} | {processor / ours[1]:.1f} |"
        )
    reached, total = next(iter(found.values()))
    for tool, (nodes, milliseconds) in found.items():
        # pandana cuts each weight off at the thousandth below, so it gets a little farther
        slack = 1e-5 * reached if tool == "pandana" else 0
        assert abs(nodes - reached) <= slack, f"{tool} reaches {nodes} nodes, not {reached}"
        assert abs(milliseconds - total) <= 1e-4 * total, f"{tool}: {milliseconds} ms, not {total}"


if __name__ == "__main__":
    main()
