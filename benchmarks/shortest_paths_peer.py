"""Answer shortest-path tasks with one tool: the other side of `bench_shortest_paths.py`.

    python shortest_paths_peer.py TOOL GRAPH.npz     reads one task a line, answers each on a line

It runs in whatever Python has the tool. Only the search counts;
a graph is built once. A task is {"sources": [...], "cutoff": ms or null}; an answer holds the
seconds of wall clock and processor, how many nodes were reached, and the sum of the times.
"""

# ruff: noqa: PLC0415  # each tool is imported only where it is the one asked for

import json
import sys
import time

import numpy as np

FAR = 1e15
AT_ONCE = 50  # sources a call: igraph's lists of lists take 32 bytes a pair
LONGEST_S = 100_000.0


def ours(graph):
    from toolkit.analysis.kernels.shortest_paths import (
        INT32_MAX,
        NO_CUTOFF,
        shortest_times,
        shortest_times_many,
    )

    indptr = graph["indptr"].astype(np.int64)
    arcs = indptr, graph["indices"].astype(np.int32), graph["weight"].astype(np.int32)

    def search(sources, cutoff):
        if len(sources) == 1:
            return [shortest_times(*arcs, sources, None, int(cutoff or NO_CUTOFF))[0]]
        return shortest_times_many(*arcs, sources, int(cutoff or INT32_MAX))

    return search


def scipy(graph):
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    count = len(graph["indptr"]) - 1
    arrays = graph["weight"].astype(float), graph["indices"], graph["indptr"]
    matrix = csr_matrix(arrays, shape=(count, count))
    return lambda sources, cutoff: dijkstra(matrix, indices=sources, limit=cutoff or np.inf)


def igraph(graph):
    import igraph

    arcs = np.column_stack([graph["tails"], graph["indices"]])
    peer = igraph.Graph(n=len(graph["indptr"]) - 1, edges=arcs, directed=True)
    weights = graph["weight"].tolist()
    return lambda sources, _: peer.distances(sources, weights=weights, algorithm="dijkstra")


def networkit(graph):
    import networkit

    arcs = graph["weight"].astype(float), (graph["tails"], graph["indices"])
    peer = networkit.GraphFromCoo(arcs, n=len(graph["indptr"]) - 1, weighted=True, directed=True)

    def search(sources, _):
        if len(sources) == 1:
            run = networkit.distance.Dijkstra(peer, sources[0], storePaths=False).run()
            return [run.getDistances(asarray=True)]
        return networkit.distance.SPSP(peer, sources).run().getDistances(asarray=True)

    return search


def graph_tool(graph):
    from graph_tool import Graph
    from graph_tool.topology import shortest_distance

    peer = Graph(directed=True)
    peer.add_vertex(len(graph["indptr"]) - 1)
    arcs = np.column_stack([graph["tails"], graph["indices"], graph["weight"]])
    weights = peer.new_edge_property("int64_t")
    peer.add_edge_list(arcs, eprops=[weights])

    def search(sources, cutoff):
        return [
            shortest_distance(peer, source, weights=weights, max_dist=cutoff, directed=True).a
            for source in sources
        ]

    return search


def pandana(graph):
    import pandana
    import pandas as pd

    place = pd.Series(graph["x"]), pd.Series(graph["y"])
    weights = pd.DataFrame({"s": graph["weight"] / 1000.0})  # it keeps thousandths, in 32 bits
    ends = pd.Series(graph["tails"]), pd.Series(graph["indices"])
    peer = pandana.Network(*place, *ends, weights, twoway=False)

    def search(sources, cutoff):
        seconds = LONGEST_S if cutoff is None else cutoff / 1000.0
        return np.rint(peer.nodes_in_range(sources, seconds)["s"].to_numpy() * 1000.0)

    return search


def summary(found, cutoff):
    """Nodes reached and sum of times, whatever the tool calls a node out of reach."""
    reached = total = 0
    limit = cutoff or FAR / 10
    for row in found if isinstance(found, list) else [np.ravel(found)]:
        times = np.asarray(row, dtype=float)
        near = times[np.isfinite(times) & (times >= 0) & (times <= limit)]
        reached, total = reached + len(near), total + int(near.sum())
    return {"reached": reached, "total": total}


def main():
    tool, file = sys.argv[1:]
    graph = np.load(file)
    tools = ours, scipy, igraph, networkit, graph_tool, pandana
    search = {make.__name__: make for make in tools}[tool](graph)
    print("ready", flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        answer = {"seconds": 0.0, "processor": 0.0, "reached": 0, "total": 0}
        for first in range(0, len(task["sources"]), AT_ONCE):
            some = task["sources"][first : first + AT_ONCE]
            begun, used = time.perf_counter(), time.process_time()
            found = search(some, task["cutoff"])
            spent = {"seconds": time.perf_counter() - begun}
            spent["processor"] = time.process_time() - used
            for key, value in (spent | summary(found, task["cutoff"])).items():
                answer[key] += value
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
