"""Road networks from OpenStreetMap files (.osm.pbf, .osm): read, cut at junctions, timed."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import InputFileError
from toolkit.networks.chains import merged_edges
from toolkit.networks.components import component_shares
from toolkit.networks.osm_edges import Arcs, landings, repeats, road_arcs
from toolkit.networks.osm_report import ReadingReport
from toolkit.networks.osm_tags import (
    BACKWARD,
    DRIVE,
    FERRY,
    MAIN,
    POINT_TAGS,
    POINTS,
    ROAD_TAGS,
    barred_to_cars,
    is_ferry,
    open_to_cars,
    road_attributes,
)
from toolkit.networks.osm_topology import (
    Pieces,
    lost_nodes,
    on_the_way,
    pieces_between_junctions,
)
from toolkit.networks.osm_ways import OsmWays, joined_ways, read_ways, selected_ways
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import SpeedTable, load_speeds

__all__ = [
    "DRIVE",
    "MAIN",
    "RoadClasses",
    "chosen_classes",
    "read_osm_roads",
    "read_osm_roads_with_report",
    "road_attributes",
]

log = logging.getLogger(__name__)

RoadClasses = Literal["main", "drive"]

REVERSIBLE = ("reversible", "alternating")
LICENCE = "© OpenStreetMap contributors, ODbL 1.0"


def read_osm_roads(
    path: str | Path | Sequence[str | Path],
    classes: RoadClasses | Iterable[str] = "main",
    *,
    merge: bool = True,
    speeds: SpeedTable | None = None,
    name: str = "",
) -> SpatialNetwork:
    """Read the roads of one or more OpenStreetMap files.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files; what neighbouring extracts have in common is taken once, by id.
    classes : {"main", "drive"} or iterable of str
        Values of `highway`: `main` are motorway to secondary, `drive` all that are open to cars
        in general, both with their links (service roads and tracks are in neither). Car ferries
        are always read.
    merge : bool
        Whether edges are merged along chains, so that a road runs from junction to junction
        through all its ways (see `toolkit.networks.chains`), and edges drawn twice are taken once.
        Otherwise they are as drawn and end wherever ways meet.
    speeds : SpeedTable, optional
        Speeds of roads without a believable `maxspeed`, and delays.
    name : str
        Name of the network; the file's by default.

    Returns
    -------
    SpatialNetwork
        Directed, with free-flow times. Nodes carry OSM ids, edges the columns of a network and
        `osm_way` (the first one), `name_en`, `signals` and `junctions` (entered along the edge,
        see `toolkit.networks.osm_delays`), `delay_s` (at these, at gates and ferries; part of
        `time_s`) and `time_peak_s` (see `toolkit.networks.scenarios`).

    Raises
    ------
    InputFileError
        If a file is missing, truncated or no OSM file, or holds no road of these classes.

    Notes
    -----
    One pass a file. Direction follows `oneway`; motorways and roundabouts run one way unless
    tagged otherwise, and `oneway=reversible` says nothing that holds at all times. What is left
    out or mended is counted: see `read_osm_roads_with_report`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "village.osm")
    ...     _ = file.write_text(
    ...         '<osm version="0.6"><node id="1" lat="40.0" lon="116.0"/>'
    ...         '<node id="2" lat="40.1" lon="116.0"/><way id="5"><nd ref="1"/><nd ref="2"/>'
    ...         '<tag k="highway" v="secondary"/></way></osm>'
    ...     )
    ...     read_osm_roads(file)
    SpatialNetwork('village', 2 nodes, 2 edges, 22.2 km)
    """
    return read_osm_roads_with_report(path, classes, merge=merge, speeds=speeds, name=name)[0]


def read_osm_roads_with_report(
    path: str | Path | Sequence[str | Path],
    classes: RoadClasses | Iterable[str] = "main",
    *,
    merge: bool = True,
    speeds: SpeedTable | None = None,
    name: str = "",
) -> tuple[SpatialNetwork, ReadingReport]:
    """Read roads as `read_osm_roads` does, and say what was left out, mended and counted.

    Parameters
    ----------
    path, classes, merge, speeds, name
        As `read_osm_roads` takes them.

    Returns
    -------
    network : SpatialNetwork
        The roads.
    report : ReadingReport
        Counts, and lines of text.

    Raises
    ------
    InputFileError
        As `read_osm_roads`.
    """
    files = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    values = chosen_classes(classes)
    chosen = [("route", FERRY), *(("highway", value) for value in values)]
    found = joined_ways(
        [
            read_ways(
                file, chosen, ROAD_TAGS, points=POINTS, point_tags=POINT_TAGS, restrictions=True
            )
            for file in files
        ]
    )
    ways = selected_ways(found, open_to_cars(found.tags))
    barred = ways.points.index.to_numpy()[barred_to_cars(ways.points)]
    cut = on_the_way(ways, barred)
    pieces = pieces_between_junctions(ways, closed=cut)
    if not len(pieces.way):
        raise InputFileError(
            f"{', '.join(map(str, files))}: no open road of class {', '.join(sorted(values))}",
            remedy="choose other classes or another file",
        )
    if lost := lost_nodes(ways):
        log.warning("%s: %d nodes lie outside the file", ", ".join(map(str, files)), lost)
    arcs = road_arcs(ways, pieces, speeds or load_speeds())
    again = repeats(arcs.edges) & merge
    edges = arcs.edges[~again]
    if merge:
        edges = merged_edges(edges, keep=landings(edges))
    network = SpatialNetwork.from_geodataframes(
        _nodes(ways, pieces, edges),
        edges,
        name=name or ", ".join(file.name.split(".")[0] for file in files),
        source=LICENCE,
        data_date=ways.data_date,
    )
    return network, _report(found, ways, arcs, network, again=again, barred=barred, cut=cut)


def chosen_classes(classes: RoadClasses | Iterable[str]) -> frozenset[str]:
    """Values of `highway` that a class set stands for.

    Examples
    --------
    >>> sorted(chosen_classes("main"))[:2]
    ['motorway', 'motorway_link']
    """
    if isinstance(classes, str):
        named = {"main": MAIN, "drive": DRIVE}
        return frozenset(named.get(classes, (classes,)))
    return frozenset(classes)


def _nodes(ways: OsmWays, pieces: Pieces, edges: pd.DataFrame) -> gpd.GeoDataFrame:
    """Ends of the edges, indexed by OSM id, along a Hilbert curve.

    Neighbours in space then lie near each other in memory, which halves the time of searches.
    """
    ends = np.concatenate([pieces.tail, pieces.head])
    node_id, place = np.unique(ways.node_id[ends], return_index=True)
    used = np.isin(node_id, edges[["u", "v"]].to_numpy())
    node_id, place = node_id[used], place[used]
    points = gpd.points_from_xy(ways.lon[ends[place]], ways.lat[ends[place]], crs=4326)
    along = np.argsort(gpd.GeoSeries(points).hilbert_distance().to_numpy(), kind="stable")
    return gpd.GeoDataFrame(index=node_id[along], geometry=points[along])


def _report(
    found: OsmWays,
    ways: OsmWays,
    arcs: Arcs,
    network: SpatialNetwork,
    *,
    again: npt.NDArray[np.bool_],
    barred: npt.NDArray[np.int64],
    cut: npt.NDArray[np.int64],
) -> ReadingReport:
    """Count what was found and used."""
    ferry, ferry_used = is_ferry(found.tags), is_ferry(ways.tags)
    nodes = np.union1d(arcs.edges["u"], arcs.edges["v"])
    shares = component_shares(network)
    return ReadingReport(
        ways=len(ways.way_id),
        edges=len(network.edges),
        nodes=len(network.nodes),
        nodes_merged=len(nodes) - len(network.nodes),
        ways_closed=int((~ferry).sum() - (~ferry_used).sum()),
        ferries_left_out=int(ferry.sum() - ferry_used.sum()),
        nodes_lost=lost_nodes(ways),
        repeated_edges=int(again.sum()),
        empty_edges=arcs.empty,
        shortest_edges=arcs.lengthened,
        barriers=len(cut),
        barriers_not_obeyed=len(np.intersect1d(barred, ways.node_id)) - len(cut),
        gates=arcs.passed.gate_nodes,
        signal_nodes=arcs.passed.signal_nodes,
        signalised_junctions=arcs.passed.signalised,
        major_junctions=arcs.passed.junctions,
        ferries=int(ferry_used.sum()),
        motorroads=int(ways.tags["motorroad"].eq("yes").sum()),
        reversible=int(ways.tags["oneway"].isin(REVERSIBLE).sum()),
        against_drawing=int((road_attributes(ways.tags)["direction"] == BACKWARD).sum()),
        turn_restrictions=int(
            ways.restrictions[["from_way", "to_way"]].isin(ways.way_id).all(axis=1).sum()
        ),
        components=len(shares),
        largest_share=shares[0],
    )
