"""Accessibility of every cell of a regular grid: what one reaches from anywhere in a cluster.

From the centre of a cell one drives all the way, or to any station, rides, and goes on to the seat
of a city; what there is to reach are the residents of the cities. See
`toolkit.analysis.accessibility` for the measures.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.accessibility import accessibility_table, performance_ratio
from toolkit.analysis.decay import Decay
from toolkit.analysis.matrices import distance_matrix_km, rail_matrix, road_matrix
from toolkit.analysis.rail import ServiceView, access_minutes
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.settings import DEFAULTS, Settings

__all__ = ["LEAST_MIN", "cell_access", "minutes_to_cities", "regular_cells"]

LEAST_MIN = 10.0
"""Shorter times count as this: the people of a cell do not live at its centre."""

_PERFORMANCE_MIN = 90.0


def regular_cells(areas: gpd.GeoDataFrame, *, arcmin: float) -> gpd.GeoDataFrame:
    """Cells of a regular grid of longitude and latitude whose centres lie in some areas.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons in EPSG:4326.
    arcmin : float
        Side of a cell, arc-minutes; sides lie on whole multiples of it.

    Returns
    -------
    GeoDataFrame
        Index ``cell``, row and column from 90° N and 180° W; rectangles in EPSG:4326.

    Examples
    --------
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(116, 40, 116.5, 40.25)], crs=4326)
    >>> cells = regular_cells(areas, arcmin=15)
    >>> cells.index.tolist(), cells.total_bounds.tolist()
    (['r199c1184', 'r199c1185'], [116.0, 40.0, 116.5, 40.25])
    """
    side = arcmin / 60.0
    west, south, east, north = areas.total_bounds
    columns = np.arange(np.floor((west + 180.0) / side), np.ceil((east + 180.0) / side))
    rows = np.arange(np.floor((90.0 - north) / side), np.ceil((90.0 - south) / side))
    column, row = (part.ravel() for part in np.meshgrid(columns, rows))
    left, top = column * side - 180.0, 90.0 - row * side
    land = areas.union_all()
    shapely.prepare(land)
    inside = shapely.contains_xy(land, left + side / 2.0, top - side / 2.0)
    names = [f"r{r:.0f}c{c:.0f}" for r, c in zip(row[inside], column[inside], strict=True)]
    # rounded, so that neighbours share their sides to the last bit
    bounds = (np.round(part, 9) for part in (left, top - side, left + side, top))
    shapes = shapely.box(*(part[inside] for part in bounds))
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(names, name="cell"), crs=4326)


def minutes_to_cities(
    places: gpd.GeoSeries,
    cities: gpd.GeoDataFrame,
    *,
    trains: ServiceView | None = None,
    roads: SpatialNetwork | None = None,
    settings: Settings = DEFAULTS,
) -> pd.DataFrame:
    r"""Door-to-door minutes from any places to the seats of cities, by road or by rail.

    .. math:: c_{ij} = \min \left( r_{ij}, \; \min_{s, t} (w_{is} + b_{st} + w_{tj}) \right)

    Parameters
    ----------
    places : GeoSeries
        Points; labels other than those of cities and stations.
    cities : GeoDataFrame
        Index adcode; seats as points.
    trains : ServiceView, optional
        For b, minutes between its stations with waiting and at most one change
        (`toolkit.analysis.matrices.rail_matrix`).
    roads : SpatialNetwork, optional
        For r. The way w to or from a station is driven on it, or goes straight through town at
        ``access_speed_kmh`` where that is faster.
    settings : Settings

    Returns
    -------
    DataFrame
        Index of the places by adcode; infinite where there is no way.

    Notes
    -----
    One search of the roads a city and a station.

    References
    ----------
    M. Salonen, T. Toivonen (2013). Modelling travel time in urban networks: comparable measures for
    private car and public transport. Journal of Transport Geography 31:143.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> from toolkit.networks.roads import schematic_roads
    >>> cities = load_cluster("jing-jin-ji").cities
    >>> home = gpd.GeoSeries(gpd.points_from_xy([116.6], [39.9]), index=["home"], crs=4326)
    >>> found = minutes_to_cities(home, cities, roads=schematic_roads())
    >>> bool(found.loc["home", "110000"] < found.loc["home", "120000"])
    True
    """
    seats = cities.geometry
    best = np.full((len(places), len(cities)), np.inf)
    if roads is not None:
        best = road_matrix(roads, places, seats, settings=settings).to_numpy(copy=True)
    if trains is not None and len(trains.stations):
        stops = trains.stations.geometry
        ride = rail_matrix(trains, settings=settings).loc[stops.index, stops.index]
        onward = _least_sum(ride.to_numpy(), _ways(stops, seats, roads, settings))
        best = np.minimum(best, _least_sum(_ways(places, stops, roads, settings), onward))
    return pd.DataFrame(best, index=places.index, columns=cities.index)


def cell_access(
    inputs: Inputs,
    trains: ServiceView | None,
    decay: Decay,
    *,
    settings: Settings = DEFAULTS,
) -> gpd.GeoDataFrame | None:
    """Accessibility of the cells of a cluster.

    Parameters
    ----------
    inputs : Inputs
    trains : ServiceView or None
        Through all stations.
    decay : Decay
        Of the potential.
    settings : Settings
        ``accessible_cell_arcmin`` is the side of a cell.

    Returns
    -------
    GeoDataFrame or None
        Rectangles: ``cell``, ``timetable_date``, ``potential``, ``people_T`` a threshold,
        ``weighted_average_min``, ``daily_people``, ``people_nearby``, ``performance`` (share).
        Residents are those of the cities, each at its seat; no time is below `LEAST_MIN`. None
        without outlines, and on networks of more than ``accessible_nodes_max`` nodes.

    References
    ----------
    W. G. Hansen (1959). How accessibility shapes land use. Journal of the American Institute of
    Planners 25:73. K. T. Geurs, B. van Wee (2004). Accessibility evaluation of land-use and
    transport strategies: review and research directions. Journal of Transport Geography 12:127.
    """
    roads, cities = inputs.roads, inputs.cluster.cities
    if inputs.prefectures is None or (roads is None and trains is None):
        return None
    if roads is not None and len(roads.nodes) > settings.accessible_nodes_max:
        return None
    cells = regular_cells(inputs.prefectures, arcmin=settings.accessible_cell_arcmin)
    west, south, east, north = cells.bounds.to_numpy().T
    centres = gpd.GeoSeries(
        gpd.points_from_xy((west + east) / 2.0, (south + north) / 2.0), index=cells.index, crs=4326
    )
    minutes = minutes_to_cities(centres, cities, trains=trains, roads=roads, settings=settings)
    minutes = minutes.clip(lower=LEAST_MIN)
    residents = cities["residents"].astype(float).fillna(0.0)
    limits = settings.thresholds_min
    table = accessibility_table(minutes, residents, decay, thresholds_min=limits)
    ratio = performance_ratio(
        minutes,
        distance_matrix_km(centres, cities.geometry),
        residents,
        threshold_min=_PERFORMANCE_MIN,
        radius_km=_PERFORMANCE_MIN * settings.proximity_km_per_min,
    )
    found = pd.DataFrame(
        {
            "timetable_date": "" if trains is None else trains.date,
            "potential": table["potential"],
            **{f"people_{limit:g}": table[f"within_{limit:g}"].round() for limit in limits},
            "weighted_average_min": table["weighted_average_min"],
            "daily_people": table["daily"].round(),
            "people_nearby": ratio["proximity"].round(),
            "performance": ratio["performance"] / 100.0,
        },
        index=cells.index,
    )
    layer = gpd.GeoDataFrame(found, geometry=cells.geometry, crs=4326)
    return gpd.GeoDataFrame(layer.reset_index())


def _ways(
    starts: gpd.GeoSeries,
    ends: gpd.GeoSeries,
    roads: SpatialNetwork | None,
    settings: Settings,
) -> npt.NDArray[np.float64]:
    """Minutes between places and stations: through town, or by road where that is faster."""
    straight: npt.NDArray[np.float64] = access_minutes(
        distance_matrix_km(starts, ends).to_numpy(), settings
    )
    if roads is None:
        return straight
    driven = road_matrix(roads, starts, ends, settings=settings).to_numpy(np.float64)
    return np.asarray(np.minimum(straight, driven))


def _least_sum(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Least sum over the place between, column by column of the second table."""
    return np.column_stack([(first + column).min(axis=1) for column in second.T])
