"""Travel-time surfaces: minutes from an origin at every cell, from times on a network.

Between the nodes time runs along the edges; off the network a last leg is walked (or, on a
schematic network that holds main roads only, driven on local roads) up to a stated distance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.kernels.time_grid import spread
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["Grid", "LastLeg", "TimePoints", "TimeSurface", "time_points", "travel_time_surface"]

FloatArray = npt.NDArray[np.float64]


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


@dataclass(frozen=True)
class Grid:
    """A regular grid in a projected CRS; row 0 is north.

    Attributes
    ----------
    left, top : float
        Outer corner of the first cell, metres.
    cell_m : float
        Cell size, metres.
    rows, columns : int
    epsg : int
        Projected CRS, metres.
    """

    left: float
    top: float
    cell_m: float
    rows: int
    columns: int
    epsg: int


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
    network: SpatialNetwork,
    times_ms: npt.NDArray[np.int64],
    *,
    epsg: int,
    step_m: float,
    limit_min: float,
) -> TimePoints:
    """Sample every edge that is entered in time.

    Parameters
    ----------
    network : SpatialNetwork
        Directed network with ``time_s`` and line geometry in EPSG:4326.
    times_ms : ndarray of int64, shape (N,)
        Arrival at each node (row of ``network.nodes``), -1 where not reached.
    epsg : int
        Projected CRS, metres (the UTM zone of the cluster).
    step_m : float
        Longest distance between samples of an edge, metres.
    limit_min : float
        Points reached later are left out.

    Returns
    -------
    TimePoints

    Raises
    ------
    ValueError
        `epsg` is not a projected CRS in metres.
    """
    crs = CRS.from_epsg(epsg)
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise ValueError(f"EPSG:{epsg} is not a projected CRS in metres")
    tails = network.nodes.index.get_indexer(network.edges.index.get_level_values("u"))
    start = times_ms[tails]
    used = np.flatnonzero((start != UNREACHED) & (start <= limit_min * 60_000.0))
    edges = network.edges.iloc[used]
    lines = edges.geometry.to_numpy()
    counts = np.maximum(np.ceil(edges["length_m"].to_numpy() / step_m).astype(np.int64), 1) + 1
    edge = np.repeat(np.arange(used.size), counts)
    place = np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)
    share = place / np.repeat(counts - 1, counts)
    on_edge = shapely.line_interpolate_point(lines[edge], share, normalized=True)
    minutes = (start[used][edge] / 1000.0 + share * edges["time_s"].to_numpy()[edge]) / 60.0
    near = minutes <= limit_min
    transform = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = transform.transform(shapely.get_x(on_edge[near]), shapely.get_y(on_edge[near]))
    return TimePoints(np.asarray(x), np.asarray(y), minutes[near], epsg)


def travel_time_surface(points: TimePoints, *, cell_m: float, last_leg: LastLeg) -> TimeSurface:
    """Turn times at points into minutes on a grid.

    Parameters
    ----------
    points : TimePoints
        Times along the network.
    cell_m : float
        Cell size, metres.
    last_leg : LastLeg
        What is counted between the network and a cell's centre.

    Returns
    -------
    TimeSurface

    Examples
    --------
    >>> here = TimePoints(np.array([5e5]), np.array([4.4e6]), np.array([10.0]), 32650)
    >>> surface = travel_time_surface(here, cell_m=500.0, last_leg=LastLeg(5.0, 2.0))
    >>> round(float(surface.minutes.min()), 2)  # a centre lies 354 m off: 4.24 min on foot
    14.24
    """
    grid = points.grid(cell_m, last_leg.limit_m + cell_m)
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
    )
    return TimeSurface(minutes.astype(np.float32), grid)
