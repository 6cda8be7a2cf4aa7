"""Straightness or local closeness by one peer, on a graph in an NPZ file.

    python local_centrality_peer.py momepy straightness graph.npz result.npz
    python local_centrality_peer.py cityseer "closeness within 400 m" graph.npz result.npz

The graph holds `tail`, `head`, `length_m` by arc and `places` (metres in a plane) by node. The
result holds one array by node for each measure; user seconds and the version are printed as JSON.
Only the peer's own work is timed. Needs the peer and NumPy, nothing of the toolkit.
"""
# each peer is imported where it is asked for: it may be the only one there
# ruff: noqa: PLC0415

import argparse
import json
import re
import resource
from importlib.metadata import version

import numpy as np


def momepy(graph, radius):
    import momepy as tool
    import networkx as nx

    places = list(map(tuple, graph["places"].tolist()))
    streets = nx.DiGraph()  # momepy takes straight lines between names that are places
    streets.add_nodes_from(places)
    for tail, head, length in zip(graph["tail"], graph["head"], graph["length_m"], strict=True):
        streets.add_edge(places[tail], places[head], length=float(length))

    def straightness():
        found = tool.straightness_centrality(streets, weight="length", verbose=False)
        return {"straightness": [found.nodes[place]["straightness"] for place in places]}

    def closeness():
        found = tool.closeness_centrality(
            streets, weight="length", radius=radius, distance="length", verbose=False
        )
        return {"closeness": [found.nodes[place]["closeness"] for place in places]}

    return straightness if radius is None else closeness


def cityseer(graph, radius):
    from cityseer import rustalgos

    streets = rustalgos.graph.NetworkStructure()
    streets.set_is_directed(True)
    places = graph["places"].tolist()
    for number, (x, y) in enumerate(places):
        streets.add_street_node(number, x, y, True, 1.0)
    for arc, (tail, head, length) in enumerate(
        zip(graph["tail"].tolist(), graph["head"].tolist(), graph["length_m"].tolist(), strict=True)
    ):
        line = bent(places[tail], places[head], length)
        streets.add_street_edge(tail, head, arc, tail, head, line)

    def closeness():
        found = streets.centrality_shortest(
            distances=[radius],
            closeness_exprs=[("density", "1"), ("farness", "c"), ("harmonic", "1/c")],
            betweenness_exprs=[],
            compute_cycles=False,
            pbar_disabled=True,
        )
        return {name: values[radius] for name, values in found.metrics.items() if name in NAMES}

    return closeness


NAMES = ("density", "farness", "harmonic")
PEERS = {"momepy": momepy, "cityseer": cityseer}


def bent(start, end, length):
    """A line of two pieces of the given length: cityseer measures geometries itself."""
    start, end = np.array(start), np.array(end)
    along = end - start
    beeline = np.linalg.norm(along)
    across = np.array([-along[1], along[0]]) / beeline if beeline > 0 else np.array([0.0, 1.0])
    aside = np.sqrt(max(0.0, length**2 - beeline**2)) / 2
    points = (start, (start + end) / 2 + aside * across, end)
    return "LINESTRING (" + ", ".join(f"{x:.9f} {y:.9f}" for x, y in points) + ")"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("task")
    parser.add_argument("graph")
    parser.add_argument("result")
    args = parser.parse_args()
    with np.load(args.graph) as archive:
        graph = {name: archive[name] for name in archive.files}
    within = re.search(r"(\d+) m$", args.task)
    run = PEERS[args.peer](graph, int(within.group(1)) if within else None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    values = run()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    np.savez(args.result, **{name: np.asarray(each, np.float64) for name, each in values.items()})
    print(json.dumps({"user_s": used, "version": f"{args.peer} {version(args.peer)}"}))


if __name__ == "__main__":
    main()
