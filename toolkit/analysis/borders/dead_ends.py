"""Roads that end near a border, against roads that end near placebo lines inside.

A "broken-off road" (断头路) ends at a border because the neighbour never built its part. Roads
also end in mountains and villages, so the rate near a border says something only against the rate
near lines parallel to it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.analysis.borders.crossings import ROAD_CLASSES, road_class
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["PlaceboTest", "dead_end_rates", "dead_ends", "placebo_test"]


@dataclass(frozen=True)
class PlaceboTest:
    """A figure at a border against the same figure at placebo lines.

    Attributes
    ----------
    observed, placebo_mean, ratio : float
        At the border, mean of the placebo lines, and the first over the second (NaN over 0).
    share_as_high : float
        (1 + placebo lines with at least as much) / (1 + placebo lines): a permutation p-value if
        lines were independent; lines near each other are not, so it is an indication. Missing
        where nothing was observed.
    lines : int
        Placebo lines compared.
    """

    observed: float
    placebo_mean: float
    ratio: float
    share_as_high: float
    lines: int


def dead_ends(
    roads: SpatialNetwork, *, classes: Collection[str] = ROAD_CLASSES
) -> gpd.GeoDataFrame:
    """Nodes where a road of some class ends.

    Parameters
    ----------
    roads : SpatialNetwork
    classes : collection of str
        Values of ``highway`` that count, ramps with their road; tertiary and above by default.

    Returns
    -------
    GeoDataFrame
        Index node; ``road_class``, ``goes_on`` (whether roads of other classes go on from
        there; never so in a network of main roads only); points in EPSG:4326. A node is an
        end if roads of these classes join it to exactly one other node.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> bool(dead_ends(schematic_roads(), classes=["motorway"])["goes_on"].any())
    True
    """
    tails, heads = (roads.edges.index.get_level_values(end).to_numpy() for end in ("u", "v"))
    kind = road_class(roads)
    counted = np.isin(kind, list(classes))
    among = _neighbours(tails[counted], heads[counted])
    everywhere = _neighbours(tails, heads)
    nodes = among.index[among == 1]
    at = pd.Series(kind[counted], index=tails[counted])
    at = pd.concat([at, pd.Series(kind[counted], index=heads[counted])])
    ends = roads.nodes.loc[nodes, ["geometry"]]
    return gpd.GeoDataFrame(
        {
            "road_class": at[at.index.isin(nodes)].groupby(level=0).first().reindex(nodes),
            "goes_on": everywhere.reindex(nodes) > 1,
        },
        geometry=ends.geometry,
        crs=4326,
    )


def dead_end_rates(
    roads: SpatialNetwork,
    lines: gpd.GeoDataFrame,
    *,
    epsg: int,
    within_m: float = 2_000.0,
    classes: Collection[str] = ROAD_CLASSES,
    inside: shapely.Geometry | None = None,
) -> pd.DataFrame:
    r"""Ends of roads near lines, per 100 km of road there.

    .. math:: r = 100 \frac{\text{dead ends within } w \text{ of the line}}{\text{km of road there}}

    Parameters
    ----------
    roads : SpatialNetwork
    lines : GeoDataFrame
        Borders or placebo lines.
    epsg : int
        Projected CRS to measure in.
    within_m : float
        w, on both sides of a line.
    classes : collection of str
        Roads that count; tertiary and above by default.
    inside : Geometry, optional
        Land in EPSG:4326 to stay in. Networks are cut at the edge of the study area, where every
        road ends: give the study area less a margin.

    Returns
    -------
    DataFrame
        Index of `lines`; ``road_km`` (a dual carriageway counts once), ``nodes`` (ends and
        junctions of these roads), ``dead_ends`` (nothing goes on), ``class_ends`` (roads of
        other classes go on), ``per_100_km`` and ``share`` (dead ends over nodes); NaN where there
        is no road.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> meridian = gpd.GeoDataFrame(index=["x"], crs=4326,
    ...     geometry=[shapely.LineString([(116.0, 36.0), (116.0, 42.5)])])
    >>> int(dead_end_rates(schematic_roads(), meridian, epsg=32650)["dead_ends"].iloc[0])
    0
    """
    strips = lines.geometry.to_crs(epsg).buffer(within_m)
    if inside is not None:
        strips = strips.intersection(gpd.GeoSeries([inside], crs=4326).to_crs(epsg).iloc[0])
    counted = np.isin(road_class(roads), list(classes))
    edges = roads.edges[counted]
    drawn = edges.geometry.to_crs(epsg).to_numpy()
    shapely.prepare(drawn)
    used = pd.unique(pd.concat([pd.Series(edges.index.get_level_values(e)) for e in ("u", "v")]))
    nodes = roads.nodes.geometry[used].to_crs(epsg).to_numpy()
    ends = dead_ends(roads, classes=classes)
    stops = ends.geometry.to_crs(epsg).to_numpy()
    goes_on = ends["goes_on"].to_numpy(bool)
    rows = []
    for strip in strips:
        shapely.prepare(strip)
        near = shapely.intersects(strip, drawn)
        length_m = shapely.length(shapely.intersection(drawn[near], strip)).sum() / 2.0
        inner = shapely.covers(strip, stops)
        rows.append(
            {
                "road_km": length_m / 1000.0,
                "nodes": int(shapely.covers(strip, nodes).sum()),
                "dead_ends": int((inner & ~goes_on).sum()),
                "class_ends": int((inner & goes_on).sum()),
            }
        )
    table = pd.DataFrame(rows, index=lines.index)
    road_km, junctions = table["road_km"].replace(0.0, np.nan), table["nodes"].replace(0, np.nan)
    return table.assign(
        per_100_km=100.0 * table["dead_ends"] / road_km, share=table["dead_ends"] / junctions
    )


def placebo_test(observed: float, placebo: npt.ArrayLike) -> PlaceboTest:
    """Compare a figure at a border with those at placebo lines.

    Parameters
    ----------
    observed : float
    placebo : array_like of float
        One value a line; missing ones are left out.

    Returns
    -------
    PlaceboTest

    References
    ----------
    M. D. Ernst (2004). Permutation methods: a basis for exact inference. Statistical Science
    19:676.

    Examples
    --------
    >>> found = placebo_test(4.0, [1.0, 2.0, 3.0])
    >>> found.ratio, found.share_as_high
    (2.0, 0.25)
    """
    values = np.asarray(placebo, dtype=np.float64)
    values = values[~np.isnan(values)]
    mean = float(values.mean()) if len(values) else np.nan
    as_high = float((1 + (values >= observed).sum()) / (1 + len(values)))
    return PlaceboTest(
        observed=float(observed),
        placebo_mean=mean,
        ratio=float(observed) / mean if mean else np.nan,
        share_as_high=np.nan if np.isnan(observed) else as_high,
        lines=len(values),
    )


def _neighbours(tails: npt.NDArray[np.int64], heads: npt.NDArray[np.int64]) -> pd.Series:
    """Number of other nodes that edges join each node to, either way."""
    both = pd.DataFrame({"node": np.append(tails, heads), "other": np.append(heads, tails)})
    both = both[both["node"] != both["other"]].drop_duplicates()
    return both.groupby("node").size()
