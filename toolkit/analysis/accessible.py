"""Accessible population of many places: the people within some minutes of each, over a network.

The cumulative opportunities of Ingram (1971, Regional Studies 5:101), of people and by road, drawn
as a surface. One search a place; see `toolkit.analysis.accessibility` for measures on tables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from affine import Affine

from toolkit.analysis.batches import Client, run_batches
from toolkit.analysis.kernels.shortest_paths import UNREACHED
from toolkit.analysis.road import road_times_between
from toolkit.analysis.surfaces import LastLeg
from toolkit.networks.places import EdgePlaces, places_on_edges
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.population import PopulationGrid

__all__ = ["AccessiblePopulation", "accessible_population", "accessible_population_of_nodes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ORIGINS_AT_ONCE = 64
_TIMES_AT_ONCE = 4_000_000  # 32 MB


@dataclass(frozen=True, eq=False)
class AccessiblePopulation:
    """People within some minutes of every populated cell.

    Attributes
    ----------
    minutes : float
    people : ndarray of float64, shape (rows, columns)
        NaN where nobody lives.
    transform : Affine
        From (column, row) of a cell's upper left corner to longitude and latitude (EPSG:4326).
    label : str
        What was counted.
    schematic : bool
        Whether the roads are schematic.
    """

    minutes: float
    people: Floats
    transform: Affine
    label: str
    schematic: bool


@dataclass(frozen=True, eq=False)
class _Residents:
    """Populated cells, where their centres join the network, and how long that takes."""

    rows: Ints
    columns: Ints
    people: Floats
    places: EdgePlaces
    leg_ms: Ints
    near: npt.NDArray[np.bool_]

    def joined(self) -> "_Residents":
        """Those near enough to the network."""
        some = np.flatnonzero(self.near)
        return _Residents(
            self.rows[some],
            self.columns[some],
            self.people[some],
            self.places.select(some),
            self.leg_ms[some],
            self.near[some],
        )


def accessible_population(
    network: SpatialNetwork,
    grid: PopulationGrid,
    minutes: float = 60.0,
    *,
    last_leg: LastLeg | None = None,
    settings: Settings = DEFAULTS,
    client: Client | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AccessiblePopulation:
    r"""People within some minutes of the centre of every populated cell.

    .. math:: A_i = P_i + \sum_{j \ne i} P_j \, [a_i + d_{ij} + a_j \le T]

    P is the people of a cell, a the way between its centre and the network, d the time over it.

    Parameters
    ----------
    network : SpatialNetwork
        Directed network with times.
    grid : PopulationGrid
        People per cell; ``grid.coarser(factor)`` makes it lighter.
    minutes : float
        T.
    last_leg : LastLeg, optional
        Pace and longest way between a centre and the network. By default on foot, on a schematic
        network driven on local roads (`settings`).
    settings : Settings
    client : Client, optional
        Runs the batches elsewhere (`toolkit.analysis.batches`). Without it the origins of a batch
        are shared among threads.
    progress : callable, optional
        Told how many origins are done, and of how many.

    Returns
    -------
    AccessiblePopulation
        Cells too far from the network have their own people alone.

    Raises
    ------
    ValueError
        If `minutes` is not above 0.

    Notes
    -----
    A cell's people live at its centre: take cells small against what is reached. ``O(K M log M)``
    for K populated cells and M edges within T, and ``O(K**2)`` sums; beyond network and result it
    holds some 32 MB and one batch of searches. The same whatever runs it.

    References
    ----------
    D. R. Ingram (1971). The concept of accessibility: a search for an operational form. Regional
    Studies 5:101.

    Examples
    --------
    Cells 8.5 km apart beside a street driven at 1 km a minute; 6 minutes reach none, 10 the next:

    >>> import geopandas as gpd
    >>> nodes = gpd.GeoDataFrame(index=[0, 1], crs=4326,
    ...     geometry=gpd.points_from_xy([116.0, 116.4], [40.05, 40.05]))
    >>> edges = pd.DataFrame({"u": [0, 1], "v": [1, 0], "time_s": [2046.0, 2046.0]})
    >>> street = SpatialNetwork.from_geodataframes(nodes, edges)
    >>> grid = PopulationGrid(np.array([[10., 20., 0., 30.]]), Affine(.1, 0, 116, 0, -.1, 40.1))
    >>> accessible_population(street, grid, 6.0).people.tolist()
    [[10.0, 20.0, nan, 30.0]]
    >>> accessible_population(street, grid, 10.0).people.tolist()
    [[30.0, 30.0, nan, 30.0]]
    """
    _check(minutes)
    homes = _residents(network, grid, last_leg or _local(network, settings))
    found = homes.people.copy()
    origins = np.flatnonzero(homes.near)
    starts, legs = homes.places.select(origins), homes.leg_ms[origins]
    within = _people_within(network, homes, starts, legs, minutes, client=client, progress=progress)
    # At home one need not go to the road and back.
    away = 2 * legs > round(minutes * 60_000.0)
    found[origins] = within + np.where(away, homes.people[origins], 0.0)
    surface = np.full(grid.array.shape, np.nan)
    surface[homes.rows, homes.columns] = found
    return AccessiblePopulation(minutes, surface, grid.transform, grid.label, network.schematic)


def accessible_population_of_nodes(
    network: SpatialNetwork,
    grid: PopulationGrid,
    minutes: float = 60.0,
    *,
    last_leg: LastLeg | None = None,
    settings: Settings = DEFAULTS,
    client: Client | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.Series:
    r"""People within some minutes of every node of a network.

    .. math:: A_v = \sum_j P_j \, [d_{vj} + a_j \le T]

    Parameters
    ----------
    network, grid, minutes, last_leg, settings, client, progress
        As for `accessible_population`.

    Returns
    -------
    Series
        Index node; 0 at a node without edges.

    Raises
    ------
    ValueError
        If `minutes` is not above 0.

    References
    ----------
    D. R. Ingram (1971). The concept of accessibility: a search for an operational form. Regional
    Studies 5:101.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> grid = PopulationGrid(np.ones((4, 4)), Affine(0.5, 0, 115.5, 0, -0.5, 41.0))
    >>> people = accessible_population_of_nodes(schematic_roads(), grid, 90.0)
    >>> people.name, float(people.max()) <= grid.total
    ('people_90', True)
    """
    _check(minutes)
    homes = _residents(network, grid, last_leg or _local(network, settings))
    places = _nodes(network)
    joined = np.unique(places.point)
    starts = places.select(joined)
    found = np.zeros(len(network.nodes))
    found[joined] = _people_within(
        network,
        homes,
        starts,
        np.zeros(len(joined), dtype=np.int64),
        minutes,
        client=client,
        progress=progress,
    )
    return pd.Series(found, index=network.nodes.index, name=f"people_{minutes:g}")


def _people_within(
    network: SpatialNetwork,
    homes: _Residents,
    starts: EdgePlaces,
    spent_ms: Ints,
    minutes: float,
    *,
    client: Client | None,
    progress: Callable[[int, int], None] | None,
) -> Floats:
    """People within the time of each start."""
    targets = homes.joined()
    found = np.zeros(len(starts))
    if not len(targets.people):
        return found
    size = max(1, min(_ORIGINS_AT_ONCE, _TIMES_AT_ONCE // len(targets.people)))
    batches = _batches(starts, spent_ms, size)
    shared = (network, targets, round(minutes * 60_000.0))
    done = 0
    for sums in run_batches(_sums, batches, *shared, client=client, threads=1):
        found[done : done + len(sums)] = sums
        done += len(sums)
        if progress is not None:
            progress(done, len(starts))
    return found


def _batches(starts: EdgePlaces, spent_ms: Ints, size: int) -> Iterator[tuple[EdgePlaces, Ints]]:
    """So many starts at a time."""
    for begin in range(0, len(starts), size):
        end = min(begin + size, len(starts))
        some = slice(*np.searchsorted(starts.point, [begin, end]))
        yield (
            EdgePlaces(
                starts.point[some] - begin,
                starts.arc[some],
                starts.share[some],
                starts.distance_m[begin:end],
            ),
            spent_ms[begin:end],
        )


def _sums(
    batch: tuple[EdgePlaces, Ints],
    network: SpatialNetwork,
    homes: _Residents,
    limit_ms: int,
) -> Floats:
    """People within the time of each start of a batch; of a module, to be sent elsewhere."""
    starts, spent_ms = batch
    times = road_times_between(network, starts, homes.places, cutoff_ms=limit_ms)
    arrival = times + spent_ms[:, None] + homes.leg_ms
    within = (times != UNREACHED) & (arrival <= limit_ms)
    return np.asarray(np.where(within, homes.people, 0.0).sum(axis=1))


def _residents(network: SpatialNetwork, grid: PopulationGrid, last_leg: LastLeg) -> _Residents:
    """Populated cells and their ways to the network."""
    rows, columns = np.nonzero(np.nan_to_num(grid.array, nan=0.0) > 0.0)
    to = grid.transform
    lon = to.c + to.a * (columns + 0.5) + to.b * (rows + 0.5)
    lat = to.f + to.d * (columns + 0.5) + to.e * (rows + 0.5)
    places = places_on_edges(network, np.column_stack([lon, lat]), limit_km=last_leg.limit_km)
    return _Residents(
        rows=rows,
        columns=columns,
        people=grid.array[rows, columns],
        places=places,
        leg_ms=np.rint(places.distance_m * last_leg.minutes_per_m * 60_000.0).astype(np.int64),
        near=places.joined,
    )


def _nodes(network: SpatialNetwork) -> EdgePlaces:
    """Every node as a place, at the ends of its arcs."""
    graph = network.csr
    arcs = np.arange(len(graph.indices))
    point = np.concatenate([graph.tails, graph.indices]).astype(np.int64)
    order = np.argsort(point, kind="stable")
    share = np.repeat([0.0, 1.0], len(arcs))
    at = np.zeros(len(network.nodes))
    return EdgePlaces(point[order], np.concatenate([arcs, arcs])[order], share[order], at)


def _local(network: SpatialNetwork, settings: Settings) -> LastLeg:
    """Local roads where the network holds main roads only, else on foot."""
    if network.schematic:
        return LastLeg(settings.schematic_local_speed_kmh, settings.schematic_local_limit_km)
    return LastLeg(settings.walk_speed_kmh, settings.walk_limit_km)


def _check(minutes: float) -> None:
    """Refuse what reaches nobody."""
    if not minutes > 0:
        raise ValueError(f"minutes {minutes} has to be above 0")
