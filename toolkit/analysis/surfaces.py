"""Travel-time surfaces: minutes from an origin at every cell, from times on a network.

Between the nodes time runs along the edges; off the network a last leg is walked (or, on a
schematic network that holds main roads only, driven on local roads) up to a stated distance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from toolkit.analysis.grids import Grid, WaterMask
from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.kernels.time_grid import NOWHERE, spread
from toolkit.analysis.road import RoadTimes
from toolkit.networks.places import open_edges
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["LastLeg", "TimePoints", "TimeSurface", "time_points", "travel_time_surface"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LastLeg:
    """How the way between the network and a place off it is counted.

    Attributes
    ----------
    speed_kmh : float
        Speed over the straight line.
    limit_km : float
        No place farther than this from the network is reached.
    """

    speed_kmh: float
    limit_km: float

    @property
    def minutes_per_m(self) -> float:
        """Pace."""
        return 0.06 / self.speed_kmh

    @property
    def limit_m(self) -> float:
        """Longest distance, metres."""
        return self.limit_km * 1000.0


@dataclass(frozen=True, eq=False)
class TimePoints:
    """Arrival times at points along a network, in a projected CRS.

    Attributes
    ----------
    x, y : ndarray of float64, shape (P,)
        Metres.
    minutes : ndarray of float64, shape (P,)
        Arrival.
    epsg : int
        Projected CRS, metres.
    """

    x: FloatArray
    y: FloatArray
    minutes: FloatArray
    epsg: int

    def grid(self, cell_m: float, margin_m: float) -> Grid:
        """Smallest grid on multiples of the cell that holds the points and a margin."""
        if not self.x.size:
            return Grid(0.0, cell_m, cell_m, 1, 1, self.epsg)
        left = np.floor((self.x.min() - margin_m) / cell_m) * cell_m
        top = np.ceil((self.y.max() + margin_m) / cell_m) * cell_m
        columns = int(np.ceil((self.x.max() + margin_m - left) / cell_m))
        rows = int(np.ceil((top - (self.y.min() - margin_m)) / cell_m))
        return Grid(float(left), float(top), float(cell_m), rows, columns, self.epsg)

    def view(self, water: WaterMask | None) -> tuple[FloatArray, npt.NDArray[np.uint8], int]:
        """How far each point sees at least, the mask of water, and its pixels a cell."""
        if water is None:
            return np.full(self.x.size, np.inf), np.zeros((1, 1), dtype=np.uint8), 1
        return water.clear_m(self.x, self.y), water.pixels, water.fineness


@dataclass(frozen=True, eq=False)
class TimeSurface:
    """Minutes at the centres of a grid's cells.

    Attributes
    ----------
    minutes : ndarray of float32, shape (rows, columns)
        Infinite where nothing is reached.
    grid : Grid
    """

    minutes: npt.NDArray[np.float32]
    grid: Grid


def time_points(
    network: SpatialNetwork, times: RoadTimes, *, epsg: int, step_m: float, limit_min: float
) -> TimePoints:
    """Sample the network wherever one can leave it in time.

    Parameters
    ----------
    network : SpatialNetwork
        Directed network with line geometry in EPSG:4326.
    times : RoadTimes
        Arrivals on it.
    epsg : int
        Projected CRS, metres (the UTM zone of the cluster).
    step_m : float
        Longest distance between samples of an edge, metres.
    limit_min : float
        Points reached later are left out.

    Returns
    -------
    TimePoints
        All nodes that are reached, all starts, and points along open edges (`open_edges`).

    Raises
    ------
    ValueError
        `epsg` is not a projected CRS in metres.
    """
    crs = CRS.from_epsg(epsg)
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise ValueError(f"EPSG:{epsg} is not a projected CRS in metres")
    limit_ms = round(limit_min * 60_000.0)
    reached = np.flatnonzero((times.node_ms != UNREACHED) & (times.node_ms <= limit_ms))
    edge, share, ms = _along_edges(network, times, step_m, limit_ms)
    lines = network.edges.geometry.to_numpy()[edge]
    between = shapely.line_interpolate_point(lines, share, normalized=True)
    places = np.concatenate([network.nodes.geometry.to_numpy()[reached], between])
    minutes = np.concatenate([times.node_ms[reached], ms]) / 60_000.0
    transform = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = transform.transform(shapely.get_x(places), shapely.get_y(places))
    first = _earliest_at_each_place(np.asarray(x), np.asarray(y), minutes)
    return TimePoints(np.asarray(x)[first], np.asarray(y)[first], minutes[first], epsg)


def _earliest_at_each_place(x: FloatArray, y: FloatArray, minutes: FloatArray) -> IntArray:
    """Of points within a metre, such as those of the two directions of a road, the earliest."""
    place = np.rint(x).astype(np.int64) << 32 | (np.rint(y).astype(np.int64) & 0xFFFFFFFF)
    order = np.lexsort((minutes, place))
    new = np.concatenate([[True], place[order][1:] != place[order][:-1]])[: len(order)]
    return np.asarray(order[new], dtype=np.int64)


def _along_edges(
    network: SpatialNetwork, times: RoadTimes, step_m: float, limit_ms: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Samples between nodes: edge, share of its length, arrival in milliseconds.

    An edge is driven from its tail, or from a start that lies on it.
    """
    graph = times.graph
    entered = np.flatnonzero(times.node_ms[graph.tails] != UNREACHED)
    starts = times.starts
    arc = np.concatenate([entered, starts.arc])
    begin = np.concatenate([np.zeros(len(entered)), starts.share])
    spent_ms = np.concatenate([times.node_ms[graph.tails[entered]], times.spent_ms[starts.point]])
    edge = graph.edge_position[arc]
    used = (spent_ms <= limit_ms) & open_edges(network)[edge]
    arc, begin, spent_ms, edge = arc[used], begin[used], spent_ms[used], edge[used]
    length_m = network.edges["length_m"].to_numpy()[edge] * (1.0 - begin)
    pieces = np.maximum(np.ceil(length_m / step_m).astype(np.int64), 1)
    row = np.repeat(np.arange(len(arc)), pieces)
    number = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = begin[row] + (1.0 - begin[row]) * number / pieces[row]
    ms = spent_ms[row] + (share - begin[row]) * graph.weight_ms[arc[row]]
    kept = (ms <= limit_ms) & (share > 0.0)
    return edge[row[kept]], share[kept], ms[kept]


def travel_time_surface(
    points: TimePoints, *, cell_m: float, last_leg: LastLeg, water: WaterMask | None = None
) -> TimeSurface:
    """Turn times at points into minutes on a grid.

    Parameters
    ----------
    points : TimePoints
        Times along the network.
    cell_m : float
        Cell size, metres.
    last_leg : LastLeg
        What is counted between the network and a cell's centre.
    water : WaterMask, optional
        Water that no last leg crosses; its grid is used.

    Returns
    -------
    TimeSurface
        Exact at cell centres; water is seen to a tenth of a cell.

    Examples
    --------
    >>> here = TimePoints(np.array([5e5]), np.array([4.4e6]), np.array([10.0]), 32650)
    >>> surface = travel_time_surface(here, cell_m=500.0, last_leg=LastLeg(5.0, 2.0))
    >>> round(float(surface.minutes.min()), 2)  # a centre lies 354 m off: 4.24 min on foot
    14.24
    """
    grid = points.grid(cell_m, last_leg.limit_m + cell_m) if water is None else water.grid
    minutes = spread(
        points.x,
        points.y,
        points.minutes,
        grid.left,
        grid.top,
        grid.cell_m,
        grid.rows,
        grid.columns,
        last_leg.minutes_per_m,
        last_leg.limit_m,
        *points.view(water),
    )
    return TimeSurface(np.where(minutes < NOWHERE, minutes, np.float32(np.inf)), grid)
