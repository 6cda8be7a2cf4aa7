"""What limits exact betweenness: lanes of the processor, lanes that sources share, memory, threads.

    python benchmarks/bench_centrality_limits.py ../shared/data/osm/wuhan.osm.pbf --nodes 66000

The width of the vectors is fixed when kernels are compiled, so each width runs in a copy of the
package that has another one. With a limit that cuts nothing off, no two sources share a lane and
no tree is folded: that is what a plain sweep costs, and as it touches every arc in every lane, the
bytes it moves are known. They stand beside what the machine copies from one large array to another.
User ms for one source, all sources of the network (plain sweeps: two batches of 512).
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from bench_centrality import WUHAN, Graph, read_graph, warm_up_graph
from bench_centrality_scaling import runs_of, seconds

import toolkit
from toolkit.analysis.centrality_sweeps import Work, betweenness_flows
from toolkit.analysis.kernels.hierarchy import build_hierarchy

QUICK_NODES = 20_000
WIDTHS = (1, 4, 8, 16, 32)
# an arc in one lane: times 4, 4 and paths 8, 8 read on the way down and back, needs 8 read and
# written; a node: times 4, paths 8, needs 8 written and read
BYTES_AN_ARC, BYTES_A_NODE = 4 + 4 + 8 + 8 + 8 + 8, 2 * (4 + 8 + 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", type=Path, nargs="?", default=WUHAN)
    parser.add_argument("--nodes", type=int, default=QUICK_NODES)
    parser.add_argument("--widths", type=int, nargs="*", default=list(WIDTHS))
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure is not None:
        with np.load(args.measure) as archive:
            print(json.dumps(measured(Graph(**{name: archive[name] for name in archive.files}))))
        return
    if not args.extract.exists():
        print(f"skipped: {args.extract.name} is not there")
        return
    graph = read_graph(args.extract, nodes=args.nodes, one_way=0.25)
    print(f"copying of large arrays: {copied_gb_s():.1f} GB/s read and written, one thread")
    print("| lanes | ms a source, plain | its GB/s | lanes shared | two threads, wall | user |")
    print("|" + "---|" * 6)
    for width in args.widths:
        found = in_a_copy(graph, width)
        print(
            f"| {width} | {found['plain_ms']:.3f} | {found['gb_s']:.1f} | {found['shared_ms']:.3f} "
            f"| {found['two_wall_ms']:.3f} | {found['two_user_ms']:.3f} |",
            flush=True,
        )
    print(
        f"{found['nodes']:,} nodes, {found['arcs_a_node']:.2f} arcs of the hierarchy for each, "
        f"{found['mb_a_source']:.1f} MB moved for a source in plain sweeps"
    )


def in_a_copy(graph: Graph, width: int) -> dict[str, float]:
    """Measure with vectors of another width, one thread, compiled apart."""
    with TemporaryDirectory() as folder:
        package = Path(folder) / "toolkit"
        shutil.copytree(
            Path(toolkit.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
        )
        lanes = package / "analysis" / "kernels" / "lanes.py"
        text = lanes.read_text(encoding="utf-8")
        assert text.count("\nLANES = 32\n") == 1
        lanes.write_text(text.replace("\nLANES = 32\n", f"\nLANES = {width}\n"), encoding="utf-8")
        file = Path(folder) / "graph.npz"
        np.savez(file, **vars(graph))
        code = (
            f"import sys; sys.path[:0] = [{folder!r}, {str(Path(__file__).parent)!r}]; "
            f"sys.argv[1:] = ['--measure', {str(file)!r}]; "
            "import bench_centrality_limits; bench_centrality_limits.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def measured(graph: Graph) -> dict[str, float]:
    """Costs of one source, plain and with lanes shared."""
    small, ones = warm_up_graph(), np.ones(len(graph.lon_lat))
    betweenness_flows(small, np.ones(4), np.ones(4))
    hierarchy = build_hierarchy(graph.indptr, graph.indices, graph.weight_ms)
    count, core = len(ones), hierarchy.core_cells.node
    one, two = Work(threads=1), Work(threads=2)
    origin = np.zeros(count)
    origin[runs_of(hierarchy.cells.node, 2)] = 1
    few = int(origin.sum())
    _, _, plain = seconds(
        lambda: betweenness_flows(hierarchy, origin, ones, limit=hierarchy.far, work=one)
    )
    _, _, shared = seconds(lambda: betweenness_flows(hierarchy, ones, ones, work=one))
    _, wall, user = seconds(lambda: betweenness_flows(hierarchy, ones, ones, work=two))
    moved = BYTES_AN_ARC * len(hierarchy.cells.down_row) + BYTES_A_NODE * count
    return {
        "nodes": count,
        "arcs_a_node": len(hierarchy.tail) / count,
        "mb_a_source": moved / 1e6,
        "plain_ms": 1000 * plain / few,
        "gb_s": moved / 1e9 * few / plain,
        "shared_ms": 1000 * shared / len(core),
        "two_wall_ms": 1000 * wall / len(core),
        "two_user_ms": 1000 * user / len(core),
    }


def copied_gb_s() -> float:
    """Bytes that go in and out of memory in a second when a large array is copied."""
    array = np.ones(2**26)
    target = np.empty_like(array)
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        target[:] = array
        best = max(best, 2 * array.nbytes / (time.perf_counter() - start) / 1e9)
    return best


if __name__ == "__main__":
    main()
