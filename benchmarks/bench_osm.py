"""Reading roads of OpenStreetMap extracts: this toolkit, osmium tags-filter, osmnx and pyrosm.

Run from the project folder: `python benchmarks/bench_osm.py [--copies N] [file ...]`. Every tool
reads every file in a process of its own, which reports CPU seconds (imports left out) and peak
memory. Tools take turns and the best turn counts. osmnx gets the roads alone, filtered and turned
into XML beforehand, as it takes nothing else. pyrosm needs other versions of the libraries, so it
gets an environment of its own (`.venv/peers`), made on the first run.

With `--copies` the largest extract is also read N times over (needs osmium-tool). That proves the
target: 100 MB are to be read in under 1 GB, and within 1.5 times `osmium tags-filter` and the
topology. A real extract with roads, buildings and all grows to the size of a province by
`python benchmarks/bench_osm.py ../shared/data/osm/real/monaco.osm.pbf --copies 57`.
"""
# ruff: noqa: PLC0415  # a process loads only the tool that it measures

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

EXTRACTS = Path(__file__).parents[2] / "shared" / "data" / "osm"
PEERS = Path(__file__).parents[1] / ".venv" / "peers"
PYROSM = "pyrosm==0.25.0"
TURNS = 1
LARGEST_FOR_PEERS_MB = 20.0
TOOLS = ("ours", "ours, as drawn", "tags-filter", "osmnx", "pyrosm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--copies", type=int, default=0)
    parser.add_argument("--turns", type=int, default=TURNS)
    asked = parser.parse_args()
    files = asked.files or sorted(EXTRACTS.rglob("*.pbf"))
    if not files:
        print(f"no extracts in {EXTRACTS}")
        return
    with tempfile.TemporaryDirectory() as folder:
        if asked.copies:
            largest = max(files, key=lambda file: file.stat().st_size)
            files = [*files, repeated(largest, asked.copies, Path(folder))]
        print("| extract | MB | tool | CPU s | peak MB | edges | times ours |")
        print("|---|---|---|---|---|---|---|")
        for file in files:
            report(file, Path(folder), asked.turns)


def report(file: Path, folder: Path, turns: int) -> None:
    """Print the rows of one extract, and how we stand against the target."""
    roads = folder / "roads.osm"
    if shutil.which("osmium"):
        filtered(file, roads)
    best: dict[str, dict] = {}
    for _ in range(turns):
        for tool in TOOLS:
            found = measured(tool, file, roads)
            if (
                "seconds" not in best.get(tool, {})
                or found.get("seconds", 1e9) < best[tool]["seconds"]
            ):
                best[tool] = found
    ours = best["ours"]["seconds"]
    size = file.stat().st_size / 1e6
    sys.stdout.flush()
    for tool, found in best.items():
        if "seconds" not in found:
            print(f"| {file.name} | {size:.1f} | {tool} | {found['why']} | | | |")
            continue
        figures = f"{found['seconds']:.2f} | {found['peak_mb']:.0f} | {found['edges']}"
        print(f"| {file.name} | {size:.1f} | {tool} | {figures} | {found['seconds'] / ours:.2f} |")
    if "seconds" in best["tags-filter"]:
        target = best["tags-filter"]["seconds"] + best["ours"]["topology_s"]
        print(
            f"| {file.name} | | ours over tags-filter and topology ({target:.2f} s) | "
            f"{ours / target:.2f} | | | |"
        )


def measured(tool: str, file: Path, roads: Path) -> dict:
    """Let a process of its own read a file with one tool."""
    if tool in {"osmnx", "pyrosm"} and file.stat().st_size > LARGEST_FOR_PEERS_MB * 1e6:
        return {"why": f"skipped above {LARGEST_FOR_PEERS_MB:.0f} MB"}
    python = Path(sys.executable)
    if tool == "pyrosm":
        python, why = environment_of_peers()
        if why:
            return {"why": why}
    command = [str(python), __file__, "--child", tool, str(file), str(roads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"why": (done.stderr.strip().splitlines() or ["killed"])[-1][:60]}
    return json.loads(done.stdout.splitlines()[-1])


@cache
def environment_of_peers() -> tuple[Path, str]:
    """Python of an environment with pyrosm, made if missing; and why there is none."""
    python = PEERS / "bin" / "python"
    commands = [
        [sys.executable, "-m", "venv", str(PEERS)],
        [str(python), "-m", "pip", "install", "--quiet", PYROSM],
    ]
    if not list(PEERS.glob("lib/*/site-packages/pyrosm")):
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                return python, f"no pyrosm: {said[:60]}"
    return python, ""


def child(tool: str, file: str, roads: str) -> None:
    """Read a file with one tool and print the figures."""
    run = {
        "ours": ours,
        "ours, as drawn": lambda file, roads: ours(file, roads, merge=False),
        "tags-filter": tags_filter,
        "osmnx": with_osmnx,
        "pyrosm": with_pyrosm,
    }[tool]
    found = run(file, roads)
    who = resource.RUSAGE_CHILDREN if tool == "tags-filter" else resource.RUSAGE_SELF
    print(json.dumps(found | {"peak_mb": resource.getrusage(who).ru_maxrss / 1024}))


def ours(file: str, roads: str, *, merge: bool = True) -> dict:  # noqa: ARG001
    from toolkit.networks import osm

    read, reading = osm.read_ways, []

    def timed(*args, **options):
        begin = time.process_time()
        ways = read(*args, **options)
        reading.append(time.process_time() - begin)
        return ways

    osm.read_ways = timed
    begin = time.process_time()
    network = osm.read_osm_roads(file, "drive", merge=merge)
    seconds = time.process_time() - begin
    return {
        "seconds": seconds,
        "topology_s": seconds - sum(reading),
        "edges": len(network.edges),
    }


def tags_filter(file: str, roads: str) -> dict:
    from toolkit.networks import osm_tags  # noqa: F401  # not to be loaded within the time

    filtered(Path(file), Path(roads).with_suffix(".pbf"))
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": spent.ru_utime + spent.ru_stime, "edges": ""}


def filtered(file: Path, into: Path) -> None:
    """Write the roads of an extract with osmium's command line."""
    from toolkit.networks.osm_tags import DRIVE

    chosen = f"w/highway={','.join(DRIVE)}"
    command = ["osmium", "tags-filter", "--overwrite", "--no-progress", "-o", into, file, chosen]
    subprocess.run(command, check=True, capture_output=True)


def with_osmnx(file: str, roads: str) -> dict:  # noqa: ARG001
    import osmnx

    begin = time.process_time()
    graph = osmnx.graph_from_xml(roads, retain_all=True)
    return {"seconds": time.process_time() - begin, "edges": graph.number_of_edges()}


def with_pyrosm(file: str, roads: str) -> dict:  # noqa: ARG001
    import pyrosm

    begin = time.process_time()
    _, edges = pyrosm.OSM(file).get_network(network_type="driving", nodes=True)
    return {"seconds": time.process_time() - begin, "edges": len(edges)}


def repeated(file: Path, copies: int, folder: Path) -> Path:
    """Write an extract several times over itself, each time with ids of its own.

    Ids are dense, as the memory of osmium's filter grows with the highest one. Copies lie at one
    place but share no node, so that they are as many networks.
    """
    told = subprocess.run(
        ["osmium", "fileinfo", "--extended", "--json", file], check=True, capture_output=True
    )
    counts = json.loads(told.stdout)["data"]["count"]
    parts = []
    for copy in range(copies):
        first = [counts[kind] * copy + 1 for kind in ("nodes", "ways", "relations")]
        parts.append(folder / f"{copy}.osm.pbf")
        start = f"--start-id={','.join(map(str, first))}"
        command = ["osmium", "renumber", "--no-progress", start, "-o", parts[-1], file]
        subprocess.run(command, check=True)
    into = folder / f"{file.name.split('.')[0]}-x{copies}.osm.pbf"
    subprocess.run(["osmium", "merge", "--no-progress", "-o", into, *parts], check=True)
    for part in parts:
        part.unlink()
    return into


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
