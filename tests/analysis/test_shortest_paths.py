"""Shortest times: closed forms, SciPy and networkx on random graphs, parents that add up."""

import os
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from toolkit.analysis.kernels.shortest_paths import (
    NO_CUTOFF,
    UNREACHED,
    path_arcs,
    shortest_times,
    shortest_times_many,
)


def rows(count, arcs):
    """Compressed rows of (tail, head, weight) triples, parallel arcs kept in their order."""
    tails, heads, weights = (np.array(part) for part in zip(*arcs, strict=True))
    order = np.argsort(tails, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tails, minlength=count))])
    return indptr.astype(np.int64), heads[order].astype(np.int32), weights[order].astype(np.int32)


# 0 --1--> 1 --1--> 2     4 (alone)
#  \______5________^|
#                   2
#                   v
#                   3 --9--> 0
DIAMOND = rows(5, [(0, 1, 1), (1, 2, 1), (0, 2, 5), (2, 3, 2), (3, 0, 9)])


def test_times_and_parents_of_a_small_graph():
    time, parent = shortest_times(*DIAMOND, [0])
    assert time.tolist() == [0, 1, 2, 4, UNREACHED]
    assert parent.tolist() == [-1, 0, 2, 3, -1]
    assert time.dtype == parent.dtype == np.int64


def test_path_to_a_node_lists_arcs_in_driving_order():
    indptr, indices, _ = DIAMOND
    _, parent = shortest_times(*DIAMOND, [0])
    assert indices[path_arcs(indptr, parent, 3)].tolist() == [1, 2, 3]
    assert path_arcs(indptr, parent, 0).tolist() == []
    assert path_arcs(indptr, parent, 4).tolist() == []


def test_nodes_at_the_cutoff_are_reached_and_beyond_it_are_not():
    assert shortest_times(*DIAMOND, [0], cutoff_ms=2)[0].tolist() == [0, 1, 2, -1, -1]
    assert shortest_times_many(*DIAMOND, [0], cutoff_ms=2).tolist() == [[0, 1, 2, -1, -1]]


def test_a_source_beyond_the_cutoff_reaches_nothing():
    assert shortest_times(*DIAMOND, [0], [3], 2)[0].tolist() == [UNREACHED] * 5


def test_a_source_overtaken_by_another_has_a_parent():
    time, parent = shortest_times(*DIAMOND, [0, 2], [0, 100])
    assert time[2] == 2
    assert parent[2] == 2


def test_the_earliest_of_repeated_sources_counts():
    assert shortest_times(*DIAMOND, [1, 1, 1], [7, 3, 5])[0].tolist() == [15, 3, 4, 6, -1]


def test_no_source_reaches_nothing():
    assert shortest_times(*DIAMOND, [])[0].tolist() == [UNREACHED] * 5
    assert shortest_times_many(*DIAMOND, []).shape == (0, 5)


def test_the_shorter_of_parallel_arcs_is_taken_and_loops_change_nothing():
    graph = rows(2, [(0, 1, 9), (0, 1, 4), (0, 0, 1)])
    time, parent = shortest_times(*graph, [0])
    assert (time.tolist(), parent.tolist()) == ([0, 4], [-1, 1])


def test_grid_times_are_city_block_distances():
    side = 40
    arcs = [
        (y * side + x, (y + dy) * side + x + dx, 1000)
        for y in range(side)
        for x in range(side)
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1))
        if 0 <= x + dx < side and 0 <= y + dy < side
    ]
    y, x = np.divmod(np.arange(side * side), side)
    assert np.array_equal(shortest_times(*rows(side * side, arcs), [0])[0], (x + y) * 1000)


def test_times_above_32_bits_are_exact():
    longest = 2**31 - 1
    graph = rows(4, [(0, 1, longest), (1, 2, longest), (2, 3, longest)])
    assert shortest_times(*graph, [0], [10**12])[0][3] == 10**12 + 3 * longest
    assert shortest_times_many(*graph, [0]).tolist() == [[0, longest, -1, -1]]


@pytest.mark.parametrize(
    ("sources", "offsets", "message"),
    [
        ([5], None, "outside"),
        ([-1], None, "outside"),
        ([0], [-1], "negative"),
        ([0], [1, 2], "2 of"),
    ],
)
def test_wrong_sources_are_refused(sources, offsets, message):
    with pytest.raises(ValueError, match=message):
        shortest_times(*DIAMOND, sources, offsets)


def test_arrays_that_disagree_are_refused():
    indptr, indices, weight = DIAMOND
    with pytest.raises(ValueError, match="4 weights"):
        shortest_times(indptr, indices, weight[:-1], [0])


@st.composite
def digraphs(draw):
    """Random graphs with parallel arcs, loops and unreachable nodes, with sources and a cutoff."""
    count = draw(st.integers(1, 14))
    node = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 30)), min_size=1, max_size=50))
    sources = draw(st.lists(node, min_size=1, max_size=4))
    offsets = draw(st.lists(st.integers(0, 40), min_size=len(sources), max_size=len(sources)))
    return count, arcs, sources, offsets, draw(st.integers(0, 90) | st.just(NO_CUTOFF))


@settings(max_examples=200, deadline=None)
@given(digraphs())
def test_times_equal_scipy_and_networkx(graph):
    count, arcs, sources, offsets, cutoff = graph
    tails, heads, weights = (np.array(part) for part in zip(*arcs, strict=True))
    least = np.full((count, count), np.inf)
    np.minimum.at(least, (tails, heads), weights)
    present = np.isfinite(least)
    matrix = coo_matrix((least[present], np.nonzero(present)), shape=(count, count)).tocsr()
    by_source = dijkstra(matrix, indices=sources) + np.array(offsets)[:, None]
    expected = by_source.min(axis=0)
    expected = np.where(expected <= cutoff, expected, UNREACHED)
    time, _ = shortest_times(*rows(count, arcs), sources, offsets, cutoff)
    assert time.tolist() == expected.tolist()

    peer = nx.MultiDiGraph()
    peer.add_nodes_from(range(count))
    peer.add_weighted_edges_from(arcs)
    peer.add_weighted_edges_from(
        ("start", source, offset) for source, offset in zip(sources, offsets, strict=True)
    )
    reached = nx.single_source_dijkstra_path_length(peer, "start")
    theirs = [reached.get(node, np.inf) for node in range(count)]
    assert time.tolist() == [t if t <= cutoff else UNREACHED for t in theirs]


@settings(max_examples=100, deadline=None)
@given(digraphs())
def test_parents_add_up_to_the_time(graph):
    count, arcs, sources, offsets, cutoff = graph
    indptr, indices, weight = rows(count, arcs)
    time, parent = shortest_times(indptr, indices, weight, sources, offsets, cutoff)
    tail = np.repeat(np.arange(count), np.diff(indptr))
    for node in np.flatnonzero(time >= 0):
        path = path_arcs(indptr, parent, node)
        start = tail[path[0]] if len(path) else node
        head_start = min(o for s, o in zip(sources, offsets, strict=True) if s == start)
        assert head_start + weight[path].sum() == time[node]
        assert indices[path].tolist() == [*tail[path[1:]], *([node] if len(path) else [])]


@settings(max_examples=100, deadline=None)
@given(digraphs())
def test_many_sources_equal_one_by_one(graph):
    count, arcs, sources, _, cutoff = graph
    compressed = rows(count, arcs)
    together = shortest_times_many(*compressed, sources, cutoff)
    alone = [shortest_times(*compressed, [source], None, cutoff)[0] for source in sources]
    assert together.dtype == np.int32
    assert np.array_equal(together, np.array(alone))


def test_results_do_not_depend_on_the_number_of_threads():
    import numba

    rng = np.random.default_rng(7)
    arcs = list(zip(*rng.integers(0, 300, (2, 900)), rng.integers(1, 99, 900), strict=True))
    graph = rows(300, arcs)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = shortest_times_many(*graph, np.arange(300))
    finally:
        numba.set_num_threads(threads)
    assert np.array_equal(alone, shortest_times_many(*graph, np.arange(300)))


def test_kernels_compile_where_no_cache_can_be_written(tmp_path):
    """With every cache folder blocked by a file, compiled code goes to a temporary folder."""
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    code = (
        "import pathlib, tempfile\n"
        "real = tempfile.TemporaryFile\n"
        "def refuse(*args, dir=None, **options):\n"
        "    if dir and '__pycache__' in str(dir): raise PermissionError(dir)\n"
        "    return real(*args, dir=dir, **options)\n"
        "tempfile.TemporaryFile = refuse\n"
        "import numba, toolkit.analysis.kernels\n"
        "folder = pathlib.Path(numba.config.CACHE_DIR)\n"
        "assert folder.is_dir() and folder.name.startswith('city-cluster-toolkit-'), folder\n"
        "from toolkit.analysis.kernels.shortest_paths import _bits_of\n"
        "assert _bits_of(9) == 4\n"
        "assert list(folder.rglob('*.nbi')), 'nothing cached'\n"
        "print(folder)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(blocked), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).exists()
