"""Straightness and local closeness of real streets, side by side with momepy and cityseer.

    python benchmarks/bench_local_centrality.py
    python benchmarks/bench_local_centrality.py city.osm.pbf --side-km 12 --peers cityseer

Streets in the middle of the extract, junction to junction, are projected to a plane and measured in
it, in whole millimetres; all tools get these numbers. Straightness is momepy's, over all other
junctions; the plane is true to scale to 1e-7 within 12 km, ours goes by the sphere. Local closeness
is that of the junctions within a radius by road: momepy gives it over the size of the network,
cityseer the number of junctions (density), the sum of distances (farness) and of their reciprocals
(harmonic). cityseer keeps lengths in 32-bit floats, so a junction within millimetres of the radius
may be in for one and out for the other: sources where that happens are counted and left out.
momepy searches twice a source in Python; cityseer is compiled. Both are in an environment of their
own. User time, without reading and building of graphs; ours includes the preparation, not the
compilation.
"""

import argparse
import json
import resource
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from peer_environment import peer_python
from pyproj import Transformer

from toolkit import SpatialNetwork, centrality, read_osm_roads

WUHAN = Path(__file__).parents[2] / "shared" / "data" / "osm" / "wuhan.osm.pbf"
SCRIPT = Path(__file__).with_name("local_centrality_peer.py")
PEERS = ("momepy", "cityseer")
STRAIGHTNESS = "straightness"
EARTH_M = 6_371_008.8
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Own:
    """Our values by node, and what they took."""

    values: pd.DataFrame
    user_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extract", nargs="?", type=Path, default=WUHAN)
    parser.add_argument("--side-km", type=float, default=6.0, help="of the square in the middle")
    parser.add_argument("--radii", type=int, nargs="+", default=[400, 1000], help="metres")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    given = parser.parse_args()
    if not given.extract.exists():
        print(f"skipped: {given.extract.name} is not there")
        return
    python = peer_python(PEERS)
    if python is None:
        print(f"skipped: {' and '.join(PEERS)} cannot be installed")
        return
    network, places = plane_streets(given.extract, given.side_km)
    print(network)
    ours = our_measures(network, given.radii)
    print("| tool | measure | user s | times ours | largest relative difference | left out |")
    print("|---|---|---|---|---|---|")
    for task, own in ours.items():
        print(f"| toolkit | {task} | {own.user_s:.2f} | 1 | | |")
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph.npz"
        write_graph(network, places, graph)
        for peer in given.peers:
            for task, own in ours.items():
                if peer == "cityseer" and task == STRAIGHTNESS:
                    continue  # it has none
                for line in compared(peer, task, python, graph, own):
                    print(line, flush=True)


def plane_streets(extract: Path, side_km: float) -> tuple[SpatialNetwork, np.ndarray]:
    """Streets measured in a plane, the shortest of parallel ones, and places of their junctions."""
    city = read_osm_roads(extract, "drive")
    x, y = city.nodes["x"].median(), city.nodes["y"].median()
    half = side_km / 2 / KM_PER_DEGREE
    width = half / np.cos(np.radians(y))
    middle = city.clip(shapely.box(x - width, y - half, x + width, y + half)).largest_component()
    plane = f"+proj=aeqd +R={EARTH_M} +lon_0={x} +lat_0={y} +units=m"
    onto = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    lines = shapely.transform(middle.edges.geometry.to_numpy(), onto.transform, interleaved=False)
    edges = middle.edges.assign(length_m=np.maximum(shapely.length(lines).round(3), 0.001))
    tails, heads = (edges.index.get_level_values(level) for level in ("u", "v"))
    edges = edges[tails != heads].sort_values("length_m", kind="stable")
    edges = edges[~edges.index.droplevel("key").duplicated()].sort_index()
    network = SpatialNetwork.from_geodataframes(
        middle.nodes, gpd.GeoDataFrame(edges, crs=4326), name=f"middle of {extract.name}"
    )
    places = np.column_stack(onto.transform(network.nodes["x"], network.nodes["y"]))
    return network, places


def write_graph(network: SpatialNetwork, places: np.ndarray, file: Path) -> None:
    """What the peers read: arcs by the rows of the junctions, lengths and places in the plane."""
    tail, head = (
        network.nodes.index.get_indexer(network.edges.index.get_level_values(level))
        for level in ("u", "v")
    )
    length_m = network.edges["length_m"].to_numpy()
    np.savez(file, tail=tail, head=head, length_m=length_m, places=places)


def user_s(function: Callable[[], pd.DataFrame]) -> tuple[pd.DataFrame, float]:
    """What a function gives, and the user time it takes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    result = function()
    return result, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


def our_measures(network: SpatialNetwork, radii: list[int]) -> dict[str, Own]:
    """Our values and user seconds for each task."""
    ours = {}
    for radius in (None, *radii):
        task = STRAIGHTNESS if radius is None else f"closeness within {radius} m"
        measures = [STRAIGHTNESS] if radius is None else ["reach", "farness", "harmonic"]

        def measured(measures=measures, radius=radius) -> pd.DataFrame:
            asked = {"weight": "length_m", "radius": radius}
            normalisation = "porta" if radius is None else None
            return centrality(network, measures, normalisation=normalisation, **asked).nodes

        measured()  # compiles
        ours[task] = Own(*user_s(measured))
    return ours


def compared(peer: str, task: str, python: Path, graph: Path, own: Own) -> list[str]:
    """Lines of the table for one task of a peer."""
    result = graph.with_name("result.npz")
    command = [str(python), str(SCRIPT), peer, task, str(graph), str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return [f"| {peer} | {task}: {done.stderr.strip().splitlines()[-1]} | | | | |"]
    about = json.loads(done.stdout.strip().splitlines()[-1])
    values, lines = named_as_theirs(own.values), []
    with np.load(result) as found:
        alike = np.ones(len(values), bool)
        if "density" in found.files:
            alike = found["density"] == values["density"].to_numpy()
        for measure in found.files:
            theirs, mine = found[measure][alike], values[measure].to_numpy()[alike]
            scale = np.maximum(np.abs(theirs), 1e-300)
            difference = np.max(np.abs(theirs - mine) / scale, initial=0.0)
            lines.append(
                f"| {about['version']} | {task}: {measure} | {about['user_s']:.2f} "
                f"| {about['user_s'] / own.user_s:.0f} | {difference:.1e} "
                f"| {np.count_nonzero(~alike)} of {len(values):,} |"
            )
    return lines


def named_as_theirs(values: pd.DataFrame) -> pd.DataFrame:
    """Our values under the peers' names."""
    if STRAIGHTNESS in values:
        return values
    reach, farness = values["reach"], values["farness"]
    local = np.divide(reach**2, farness, out=np.zeros(len(reach)), where=farness > 0)
    return values.assign(density=reach, closeness=local / (len(values) - 1))


if __name__ == "__main__":
    main()
