"""Shortest times of this toolkit, SciPy, igraph and NetworKit on the streets of Wuhan.

Run from the project folder: `python benchmarks/bench_shortest_paths.py`. Tools take turns, so
that what else the machine does weighs on all alike; the best turn of each counts.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from toolkit.analysis.kernels.shortest_paths import (
    NO_CUTOFF,
    shortest_times,
    shortest_times_many,
)
from toolkit.networks.osm import read_osm_roads

WUHAN = Path(__file__).parents[2] / "shared" / "data" / "osm" / "wuhan.osm.pbf"
SOURCES = 40
TURNS = 5
CUTOFFS_MIN = (10, 30, None)


def main() -> None:
    if not WUHAN.exists():
        print(f"skipped: {WUHAN.name} is not there")
        return
    network = read_osm_roads(WUHAN, "drive").largest_component()
    csr = network.csr
    graph = csr.indptr, csr.indices, csr.weight_ms
    sources = np.random.default_rng(1).integers(0, len(csr.node_ids), SOURCES)
    matrix = least_arcs(csr)
    print(network)
    print("| cutoff | tool | ms a source | times ours, one by one |")
    print("|---|---|---|---|")
    for minutes in CUTOFFS_MIN:
        cutoff = NO_CUTOFF if minutes is None else minutes * 60_000
        limit = np.inf if minutes is None else cutoff
        tools: dict[str, Callable[[], object]] = {
            "ours, one by one": lambda cutoff=cutoff: [
                shortest_times(*graph, [source], None, cutoff) for source in sources
            ],
            "ours, all threads": lambda cutoff=cutoff: shortest_times_many(*graph, sources, cutoff),
            "SciPy": lambda limit=limit: dijkstra(matrix, indices=sources, limit=limit),
        }
        if minutes is None:
            tools |= peers(network, csr, sources)
        expected = tools["SciPy"]()
        found = tools["ours, all threads"]()
        assert np.array_equal(np.where(np.isinf(expected), -1, expected), found)
        best = taken_in_turn(tools)
        for name, seconds in best.items():
            ratio = seconds / best["ours, one by one"]
            label = "none" if minutes is None else f"{minutes} min"
            print(f"| {label} | {name} | {seconds / SOURCES * 1000:.2f} | {ratio:.2f} |")


def taken_in_turn(tools: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Best time of each tool in seconds."""
    best = dict.fromkeys(tools, np.inf)
    for run in tools.values():
        run()
    for _ in range(TURNS):
        for name, run in tools.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def least_arcs(csr) -> csr_matrix:
    """The graph for SciPy, which would add parallel arcs up."""
    arcs = pd.DataFrame({"tail": csr.tails, "head": csr.indices, "ms": csr.weight_ms.astype(float)})
    least = arcs.groupby(["tail", "head"], as_index=False)["ms"].min()
    count = len(csr.node_ids)
    return csr_matrix((least["ms"], (least["tail"], least["head"])), shape=(count, count))


def peers(network, csr, sources) -> dict[str, Callable[[], object]]:
    """Tools without a cutoff."""
    graph = network.to_igraph()
    weights = np.empty(len(csr.indices))
    weights[csr.edge_position] = csr.weight_ms
    weights = weights.tolist()
    tools = {
        "igraph": lambda: graph.distances(sources.tolist(), weights=weights, algorithm="dijkstra")
    }
    try:
        import networkit  # noqa: PLC0415  # an optional peer
    except ImportError:
        return tools
    arcs = (csr.weight_ms.astype(float), (csr.tails, csr.indices.astype(np.int64)))
    count = len(csr.node_ids)
    peer = networkit.GraphFromCoo(arcs, n=count, weighted=True, directed=True)
    tools["NetworKit"] = lambda: networkit.distance.SPSP(peer, sources.tolist()).run()
    return tools


if __name__ == "__main__":
    main()
