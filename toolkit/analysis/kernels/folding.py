"""Trees that hang on a network, folded into their roots (Sariyuce, Saule, Kaya, Catalyurek 2013).

A node with one neighbour is removed, again and again. What is left is the core; the removed nodes
form trees, and every path between two of them or from one to the core is known without a search:
`tree_flows` counts them in closed form, in both directions, one-way streets included.
"""
# compiled functions take arrays, whose types are in the docstrings, in the order of the graph
# ruff: noqa: ANN401

from typing import Any

import numpy as np

from toolkit.analysis.kernels.compiling import kernel

__all__ = ["fold_demand", "fold_trees", "tree_flows"]


@kernel
def fold_trees(node_count: int, tail: Any, head: Any) -> tuple[Any, Any, Any, Any]:
    """Remove nodes with one neighbour until none is left.

    Parameters
    ----------
    node_count : int
        Number of nodes.
    tail, head : int32 array
        Ends of the arcs of a simple directed graph.

    Returns
    -------
    order : int32 array
        Removed nodes, leaves first.
    parent : int32 array
        The neighbour a removed node hung on, -1 for nodes of the core.
    arc_up, arc_down : int32 array
        Arc from a removed node to its parent and back, -1 where there is none.
    """
    arc_count = tail.shape[0]
    start = np.zeros(node_count + 2, np.int64)
    for arc in range(arc_count):
        start[tail[arc] + 2] += 1
        start[head[arc] + 2] += 1
    for node in range(node_count + 1):
        start[node + 1] += start[node]
    incident = np.empty(2 * arc_count, np.int32)
    for arc in range(arc_count):
        for end in (tail[arc], head[arc]):
            incident[start[end + 1]] = arc
            start[end + 1] += 1

    # neighbours left, and their xor: when one is left, the xor is that one
    left = np.zeros(node_count, np.int32)
    who = np.zeros(node_count, np.int32)
    seen = np.full(node_count, -1, np.int32)
    for node in range(node_count):
        for i in range(start[node], start[node + 1]):
            other = tail[incident[i]] + head[incident[i]] - node
            if seen[other] != node:
                seen[other] = node
                left[node] += 1
                who[node] ^= other

    order = np.empty(node_count, np.int32)
    parent = np.full(node_count, -1, np.int32)
    arc_up = np.full(node_count, -1, np.int32)
    arc_down = np.full(node_count, -1, np.int32)
    removed = 0
    for first in range(node_count):
        node = first
        while left[node] == 1 and parent[node] < 0:
            above = who[node]
            order[removed] = node
            removed += 1
            parent[node] = above
            left[node] = 0
            left[above] -= 1
            who[above] ^= node
            for i in range(start[node], start[node + 1]):
                arc = incident[i]
                if tail[arc] == node and head[arc] == above:
                    arc_up[node] = arc
                elif head[arc] == node and tail[arc] == above:
                    arc_down[node] = arc
            if above > first:
                break  # its own turn comes
            node = above
    return order[:removed].copy(), parent, arc_up, arc_down


@kernel
def fold_demand(
    order: Any, parent: Any, arc_up: Any, arc_down: Any, origin: Any, destination: Any
) -> tuple[Any, Any]:
    """Sum the demand of each tree at the nodes it passes on its way to and from the core.

    Returns
    -------
    origin, destination : float64 array
        Demand of the node and of what hangs on it, as far as a path exists.
    """
    origin, destination = origin.copy(), destination.copy()
    for node in order:
        if arc_up[node] >= 0:
            origin[parent[node]] += origin[node]
        if arc_down[node] >= 0:
            destination[parent[node]] += destination[node]
    return origin, destination


@kernel
def tree_flows(
    order: Any,
    parent: Any,
    arc_up: Any,
    arc_down: Any,
    origin: Any,
    destination: Any,
    own_destination: Any,
    reachable: Any,
    reaching: Any,
    arc_flow: Any,
    through: Any,
) -> None:
    """Add the flows on the arcs of the trees, and those through their nodes and roots.

    Parameters
    ----------
    order, parent, arc_up, arc_down
        As `fold_trees` returns them.
    origin, destination : float64 array
        As `fold_demand` returns them.
    own_destination : float64 array
        Destination demand before folding.
    reachable, reaching : float64 array
        For nodes of the core, the destination demand within reach and the origin demand that
        reaches it, its own tree included. Filled for the nodes of the trees.
    arc_flow, through : float64 array
        Flows on arcs, and flows through nodes that neither start nor end in them. Added to.
    """
    for i in range(order.shape[0] - 1, -1, -1):
        node = order[i]
        above = parent[node]
        up, down = arc_up[node] >= 0, arc_down[node] >= 0
        # demand beyond the parent, seen from this node's subtree
        beyond_to = reachable[above] - (destination[node] if down else 0.0)
        beyond_from = reaching[above] - (origin[node] if up else 0.0)
        reachable[node] = destination[node] + (beyond_to if up else 0.0)
        reaching[node] = origin[node] + (beyond_from if down else 0.0)
        if up:
            arc_flow[arc_up[node]] += origin[node] * beyond_to
            through[above] += origin[node] * (beyond_to - own_destination[above])
        if down:
            arc_flow[arc_down[node]] += destination[node] * beyond_from
            # paths from the other subtrees of the parent are counted on their way up
            through[above] += destination[node] * (reaching[above] - origin[above])
