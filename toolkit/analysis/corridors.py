"""Corridors of a cluster: the land along its axes, and how much lies there.

Whether an axis concentrates anything shows only against placebo axes: lines of the same width
between cities that no plan calls an axis.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.isochrones import geodesic_area_km2
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["betweenness_share", "compare_corridors", "corridor_polygons", "mass_share"]


def corridor_polygons(
    lines: gpd.GeoDataFrame,
    *,
    width_m: float,
    epsg: int,
    within: shapely.Geometry | None = None,
    without: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Land along axes.

    Parameters
    ----------
    lines : GeoDataFrame
        Index axis; lines in any stated CRS.
    width_m : float
        From edge to edge, metres; half of it lies on either side, with round ends.
    epsg : int
        Projected CRS to buffer in, such as ``cluster.utm_epsg``.
    within : Geometry, optional
        Study area in EPSG:4326.
    without : Geometry, optional
        Land to leave out, such as the core city that all axes begin in: with it, an axis holds
        much whatever lies along it.

    Returns
    -------
    GeoDataFrame
        The columns of `lines`, ``width_m``, ``area_km2`` (on the ellipsoid); polygons in EPSG:4326.

    Raises
    ------
    NetworkError
        The lines have no CRS, or the width is not above 0.

    Examples
    --------
    A straight line of 100 km, 20 km wide, with its round ends:

    >>> line = gpd.GeoSeries([shapely.LineString([(450_000, 4.4e6), (550_000, 4.4e6)])], crs=32650)
    >>> lines = gpd.GeoDataFrame(geometry=line.to_crs(4326))
    >>> area_km2 = corridor_polygons(lines, width_m=20_000, epsg=32650)["area_km2"]
    >>> (area_km2 / (100 * 20 + np.pi * 10**2)).round(2).tolist()
    [1.0]
    """
    if lines.crs is None:
        raise NetworkError("axes have no CRS", remedy="state it with set_crs(...)")
    if not width_m > 0.0:
        raise NetworkError(f"a corridor {width_m} m wide", remedy="give a width above 0")
    shapes = lines.geometry.to_crs(epsg).buffer(width_m / 2.0).to_crs(4326)
    if within is not None:
        shapes = shapes.intersection(within)
    if without is not None:
        shapes = shapes.difference(without)
    polygons = lines.set_geometry(shapes)
    polygons["width_m"] = float(width_m)
    polygons["area_km2"] = [geodesic_area_km2(shape) for shape in shapes]
    return polygons


def mass_share(
    corridors: gpd.GeoDataFrame, points: gpd.GeoDataFrame, *, mass: str = "residents"
) -> pd.Series:
    r"""Share of what points hold that lies inside each corridor.

    .. math:: \frac{\sum_{k \in C} M_k}{\sum_k M_k}

    Parameters
    ----------
    corridors : GeoDataFrame
        Polygons.
    points : GeoDataFrame
        Cells of a population raster or townships. Prefecture seats are too coarse: all of a
        prefecture would lie inside or outside.
    mass : str
        Column to sum.

    Returns
    -------
    Series
        Index of the corridors. Corridors overlap, so shares do not add up.

    Raises
    ------
    MissingDataError
        There is no such column, or it sums to nothing.

    Examples
    --------
    >>> corridor = gpd.GeoDataFrame(index=["x"], geometry=[shapely.box(0, 0, 2, 2)], crs=4326)
    >>> points = gpd.GeoDataFrame({"residents": [3, 1]}, crs=4326,
    ...                           geometry=gpd.points_from_xy([1, 5], [1, 5]))
    >>> mass_share(corridor, points).to_dict()
    {'x': 0.75}
    """
    if mass not in points.columns or not points[mass].sum() > 0:
        raise MissingDataError(f"points hold no {mass}", remedy="name the column to sum")
    positions = points.geometry.to_crs(corridors.crs).to_numpy()
    values = points[mass].to_numpy(np.float64, na_value=0.0)
    inside = [_inside(shape, positions) @ values for shape in corridors.geometry]
    return pd.Series(np.array(inside) / values.sum(), index=corridors.index, name=f"{mass}_share")


def betweenness_share(
    corridors: gpd.GeoDataFrame,
    roads: SpatialNetwork,
    betweenness: npt.ArrayLike,
    *,
    epsg: int,
) -> pd.Series:
    r"""Share of the flow on shortest paths that runs inside each corridor.

    .. math:: \frac{\sum_e b_e \, \ell_e^{in}}{\sum_e b_e \, \ell_e}

    with b the betweenness and :math:`\ell` the drawn length of each edge: flow times distance, so
    that cutting an edge in two changes nothing.

    Parameters
    ----------
    corridors : GeoDataFrame
        Polygons.
    roads : SpatialNetwork
    betweenness : array_like of float, one value an edge
        In the order of ``roads.edges``, as `toolkit.analysis.centrality.centrality` gives it.
    epsg : int
        Projected CRS to measure lengths in.

    Returns
    -------
    Series
        Index of the corridors.

    Raises
    ------
    NetworkError
        The values are not one an edge, or all 0.

    References
    ----------
    L. C. Freeman (1977). A set of measures of centrality based on betweenness. Sociometry 40:35.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> land = gpd.GeoDataFrame(index=["x"], geometry=[shapely.box(110, 30, 125, 45)], crs=4326)
    >>> betweenness_share(land, roads, np.ones(len(roads.edges)), epsg=32650).round(6).to_dict()
    {'x': 1.0}
    """
    flow = np.asarray(betweenness, dtype=np.float64)
    if flow.shape != (len(roads.edges),) or not flow.sum() > 0.0:
        raise NetworkError(
            f"betweenness of shape {flow.shape} for {len(roads.edges)} edges, or all 0",
            remedy="give one value an edge",
        )
    lines = roads.edges.geometry.to_crs(epsg).to_numpy()
    total = float(flow @ shapely.length(lines))
    shares = []
    # projecting slivers that a difference has left may fold them
    for shape in corridors.geometry.to_crs(epsg).make_valid():
        shapely.prepare(shape)
        near = shapely.intersects(shape, lines)
        shares.append(float(flow[near] @ shapely.length(shape.intersection(lines[near]))) / total)
    return pd.Series(shares, index=corridors.index, name="betweenness_share")


def compare_corridors(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Axes against placebo axes, by what each holds over the mean of the placebos.

    Shares are first divided by the area of the corridor, since a longer axis holds more.

    Parameters
    ----------
    table : DataFrame
        Index axis; ``placebo``, ``area_km2`` and the columns to compare.
    columns : sequence of str
        Such as ``residents_share`` and ``betweenness_share``.

    Returns
    -------
    DataFrame
        `table` with, for each column, ``<column>_per_1000_km2`` and ``<column>_over_placebo``.

    Raises
    ------
    MissingDataError
        There is no placebo axis.

    Examples
    --------
    >>> table = pd.DataFrame({"placebo": [False, True], "area_km2": [500.0, 1000.0],
    ...                       "residents_share": [0.2, 0.1]}, index=["axis", "other"])
    >>> compare_corridors(table, ["residents_share"])["residents_share_over_placebo"].tolist()
    [4.0, 1.0]
    """
    if not table["placebo"].any():
        raise MissingDataError("no placebo axis to compare with", remedy="mark some as placebo")
    compared = table.copy()
    for column in columns:
        density = table[column] / (table["area_km2"] / 1000.0)
        compared[f"{column}_per_1000_km2"] = density
        compared[f"{column}_over_placebo"] = density / density[table["placebo"]].mean()
    return compared


def _inside(shape: shapely.Geometry, points: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Which points a polygon covers."""
    shapely.prepare(shape)
    return np.asarray(shapely.covers(shape, points))
