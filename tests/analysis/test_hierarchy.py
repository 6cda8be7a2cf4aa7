"""The prepared graph: trees folded, core contracted, every shortest path kept."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.analysis.kernels.cells import build_cells
from toolkit.analysis.kernels.hierarchy import Hierarchy, build_hierarchy
from toolkit.errors import NetworkError


def csr(node_count, arcs):
    """Compressed rows of (tail, head, weight) triples, and the triples in that order."""
    arcs = sorted(arcs, key=lambda arc: arc[0])
    tail = np.array([arc[0] for arc in arcs], np.int64)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=node_count))])
    indices = np.array([arc[1] for arc in arcs], np.int32)
    weight = np.array([arc[2] for arc in arcs], np.int32)
    return (indptr, indices, weight), arcs


@st.composite
def multigraphs(draw, largest=12, heaviest=3):
    """Directed multigraphs with ties, parallel arcs, loops and parts."""
    node_count = draw(st.integers(1, largest))
    node = st.integers(0, node_count - 1)
    arcs = draw(
        st.lists(st.tuples(node, node, st.integers(1, heaviest)), max_size=3 * node_count + 2)
    )
    return csr(node_count, arcs)


def up_down_paths(hierarchy, source):  # noqa: C901 - spelled out on purpose
    """Length and number of shortest ways up and then down, by brute force over arcs."""
    count = hierarchy.node_count
    rank = hierarchy.rank
    best = {(source, "up"): (0, 1.0)}
    for phase, ascending in (("up", True), ("down", False)):
        order = np.argsort(rank if ascending else -rank)
        if phase == "down":
            for node in range(count):
                if (node, "up") in best:
                    best[node, "down"] = best[node, "up"]
        for node in order:
            if (node, phase) not in best:
                continue
            length, number = best[node, phase]
            for arc in np.flatnonzero(hierarchy.tail == node):
                head = hierarchy.head[arc]
                if (rank[head] > rank[node]) != ascending:
                    continue
                there = length + int(hierarchy.weight_ms[arc])
                many = number * hierarchy.paths[arc]
                known = best.get((head, phase), (there + 1, 0.0))
                if there < known[0]:
                    best[head, phase] = (there, many)
                elif there == known[0]:
                    best[head, phase] = (there, known[1] + many)
    return {node: best[node, "down"] for node in range(count) if (node, "down") in best}


@settings(max_examples=150, deadline=None)
@given(multigraphs())
def test_each_shortest_path_is_one_way_up_and_down(case):
    arrays, arcs = case
    node_count = len(arrays[0]) - 1
    hierarchy = build_hierarchy(*arrays)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(node_count))
    graph.add_weighted_edges_from(arcs)
    for source in range(node_count):
        found = up_down_paths(hierarchy, source)
        lengths = nx.single_source_dijkstra_path_length(graph, source)
        assert {node: length for node, (length, _) in found.items()} == lengths
        # parallel arcs of equal weight are so many paths
        numbers = {source: 1.0}
        for node in sorted(lengths, key=lengths.get):
            if node != source:
                numbers[node] = sum(
                    numbers[tail]
                    for tail, _, weight in graph.in_edges(node, data="weight")
                    if tail in lengths and lengths[tail] + weight == lengths[node]
                )
        assert {node: number for node, (_, number) in found.items()} == pytest.approx(numbers)


@settings(max_examples=60, deadline=None)
@given(multigraphs(largest=20))
def test_cells_hold_every_arc_once_and_see_only_their_boundary(case):
    arrays, _ = case
    hierarchy = build_hierarchy(*arrays)
    cells = build_cells(
        hierarchy.rank,
        hierarchy.tail,
        hierarchy.head,
        hierarchy.weight_ms,
        hierarchy.paths,
        sizes=(6, 2),
    )
    assert sorted(cells.node) == list(range(hierarchy.node_count))
    assert sorted([*cells.down_arc, *cells.up_arc]) == list(range(len(hierarchy.tail)))
    rows = {}
    for cell in range(len(cells.cell_level)):
        above = rows.get(cells.cell_parent[cell], [])
        border = cells.border_row[cells.border_start[cell] : cells.border_start[cell + 1]]
        own = cells.own_position[cells.own_start[cell] : cells.own_start[cell + 1]]
        rows[cell] = [above[row] for row in border] + list(own)
        for place in own:
            for item in range(cells.down_start[place], cells.down_start[place + 1]):
                tail = rows[cell][cells.down_row[item]]
                assert cells.node[tail] == hierarchy.tail[cells.down_arc[item]]
                assert tail < place


def test_a_street_of_houses_folds_into_one_node():
    # 0 - 1 - 2 - 3 - 4, two-way
    arcs = [(i, i + 1, 5) for i in range(4)] + [(i + 1, i, 5) for i in range(4)]
    hierarchy = build_hierarchy(*csr(5, arcs)[0])
    assert len(hierarchy.core) == 1
    assert len(hierarchy.tree_order) == 4


def test_a_roundabout_with_a_one_way_dead_end_keeps_its_core():
    #  0 -> 1 -> 2 -> 0,  3 -> 0 (nothing comes back)
    hierarchy = build_hierarchy(*csr(4, [(0, 1, 1), (1, 2, 1), (2, 0, 1), (3, 0, 1)])[0])
    assert hierarchy.core.tolist() == [0, 1, 2]
    assert hierarchy.tree_up[3] >= 0
    assert hierarchy.tree_down[3] == -1


def test_taken_apart_and_put_together_it_is_the_same():
    arrays, _ = csr(4, [(0, 1, 1), (1, 2, 2), (2, 0, 1), (2, 3, 4), (3, 2, 4), (0, 1, 1)])
    hierarchy = build_hierarchy(*arrays)
    for name, value in vars(Hierarchy.from_arrays(hierarchy.arrays())).items():
        assert np.array_equal(value, getattr(hierarchy, name)), name


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        (([0, 1], [0], [0]), "weight 0"),
        (([0, 1], [0], [-5]), "weight -5"),
        (([0, 1], [0], [0.5]), "not integers"),
        (([0, 1], [1], [5]), "arc to 1"),
        (([0, 2], [0], [5]), "different lengths"),
        (([1, 1], [0], [5]), "does not start at 0"),
        (([0, 1, 1], [1], [2**30 + 1]), "longer than 32-bit"),
    ],
)
def test_arrays_that_are_no_graph_are_refused(arrays, problem):
    with pytest.raises(NetworkError, match=problem):
        build_hierarchy(*arrays)


def test_a_graph_of_no_arcs_or_nodes_is_a_graph():
    assert build_hierarchy([0], [], np.array([], np.int32)).node_count == 0
    assert build_hierarchy([0, 0, 0], [], np.array([], np.int32)).node_count == 2
