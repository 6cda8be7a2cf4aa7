"""Run one peer's centrality on a graph in an NPZ file: under any interpreter that has the peer.

    /usr/bin/python3 centrality_peer.py graph-tool betweenness graph.npz result.npz --threads 2

The graph holds `tail`, `head`, `weight_ms` and `nodes`; the result `nodes` (values by node),
`edges` (by arc, where the tool gives them), `wall_s`, `user_s` and `version`. Only the tool's own
work is timed, not the building of its graph. Needs NumPy and the peer, nothing of the toolkit.
"""
# each peer is imported where it is asked for: it may be the only one there
# ruff: noqa: PLC0415

import argparse
import resource
import time

import numpy as np


def igraph(graph, task, _threads):
    import igraph as tool

    arcs = np.column_stack([graph["tail"], graph["head"]])
    peer = tool.Graph(n=int(graph["nodes"]), edges=arcs.tolist(), directed=True)
    weights = graph["weight_ms"].tolist()
    if task == "betweenness":
        return tool.__version__, lambda: (peer.betweenness(weights=weights), None)
    if task == "edge betweenness":
        return tool.__version__, lambda: (None, peer.edge_betweenness(weights=weights))
    return tool.__version__, lambda: (
        peer.harmonic_centrality(weights=weights, mode="out", normalized=False),
        None,
    )


def networkit(graph, task, threads):
    import networkit as tool

    tool.setNumberOfThreads(threads)
    peer = tool.Graph(int(graph["nodes"]), weighted=True, directed=True)
    arcs = zip(
        graph["tail"].tolist(), graph["head"].tolist(), graph["weight_ms"].tolist(), strict=True
    )
    for tail, head, weight in arcs:
        peer.addEdge(tail, head, weight)
    if task == "betweenness":
        return tool.__version__, lambda: (
            tool.centrality.Betweenness(peer, normalized=False).run().scores(),
            None,
        )
    return tool.__version__, lambda: (
        tool.centrality.HarmonicCloseness(peer, normalized=False).run().scores(),
        None,
    )


def graph_tool(graph, task, threads):
    import graph_tool.all as tool

    tool.openmp_set_num_threads(threads)
    peer = tool.Graph(directed=True)
    peer.add_vertex(int(graph["nodes"]))
    weight = peer.new_edge_property("int")
    arcs = np.column_stack([graph["tail"], graph["head"], graph["weight_ms"]])
    peer.add_edge_list(arcs, eprops=[weight])
    version = tool.graph_tool.__version__.split()[0]

    def betweenness():
        nodes, edges = tool.betweenness(peer, weight=weight, norm=False)
        return nodes.a, edges.a  # edges by index: the order they were added in

    if task == "betweenness":
        return version, betweenness
    return version, lambda: (
        tool.closeness(peer, weight=weight, harmonic=True, norm=False).a,
        None,
    )


PEERS = {"igraph": igraph, "networkit": networkit, "graph-tool": graph_tool}
TASKS = ("betweenness", "edge betweenness", "harmonic")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("graph")
    parser.add_argument("result")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    with np.load(args.graph) as archive:
        graph = {name: archive[name] for name in archive.files}
    version, run = PEERS[args.peer](graph, args.task, args.threads)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
    nodes, edges = run()
    wall = time.perf_counter() - start
    user = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    np.savez(
        args.result,
        nodes=np.array([] if nodes is None else nodes, np.float64),
        edges=np.array([] if edges is None else edges, np.float64),
        wall_s=wall,
        user_s=user,
        version=version,
    )


if __name__ == "__main__":
    main()
