"""How permeable a line is: roads that cross it, by class, per 10 km."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import NetworkError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["ROAD_CLASSES", "crossings", "permeability", "road_class"]

ROAD_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""Classes of through roads, the highest first."""

_OFF_VERTICES_M = (0.0007, 0.0003)


def crossings(roads: SpatialNetwork, lines: gpd.GeoDataFrame, *, epsg: int) -> gpd.GeoDataFrame:
    """Edges that cross lines, such as borders.

    An edge crosses if it meets the line an odd number of times, so a road that touches a border
    or winds about it and returns does not count.

    Parameters
    ----------
    roads : SpatialNetwork
    lines : GeoDataFrame
        Lines in any stated CRS, such as `shared_borders` gives them.
    epsg : int
        Projected CRS to cut in. Lines are moved by less than a millimetre there, so that a node
        exactly on one lies on one side of it.

    Returns
    -------
    GeoDataFrame
        One row a line and directed edge: ``line`` (index label of the line), ``u``, ``v``,
        ``key``, ``road_class``, ``share`` (0.5: a two-way road has two edges, a dual carriageway
        too, so that shares add up to roads), ``length_m``, ``time_s``; the point of the
        first meeting in EPSG:4326. O((edges + vertices of the lines) log n).

    Raises
    ------
    NetworkError
        The lines have no CRS.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> meridian = gpd.GeoDataFrame(index=["x"], crs=4326,
    ...     geometry=[shapely.LineString([(116.0, 36.0), (116.0, 42.5)])])
    >>> float(crossings(schematic_roads(), meridian, epsg=32650)["share"].sum()) > 10
    True
    """
    if lines.crs is None:
        raise NetworkError("lines have no CRS", remedy="state it with set_crs(...)")
    edges = roads.edges
    drawn = edges.geometry.to_crs(epsg).to_numpy()
    moved = lines.geometry.to_crs(epsg).translate(*_OFF_VERTICES_M).to_numpy()
    line, edge, point = _meetings(moved, drawn)
    odd = pd.DataFrame({"line": line, "edge": edge, "point": point}).groupby(["line", "edge"])
    met = odd["point"].agg(["size", "first"]).reset_index()
    met = met[met["size"] % 2 == 1]
    rows = met["edge"].to_numpy(np.int64)
    found = edges.index[rows].to_frame(index=False)
    return gpd.GeoDataFrame(
        {
            "line": lines.index[met["line"].to_numpy(np.int64)],
            **{end: found[end] for end in ("u", "v", "key")},
            "road_class": road_class(roads)[rows],
            "share": 0.5,
            "length_m": edges["length_m"].to_numpy()[rows],
            "time_s": edges["time_s"].to_numpy()[rows],
        },
        geometry=gpd.GeoSeries(met["first"].to_numpy(), crs=epsg).to_crs(4326),
        crs=4326,
    )


def permeability(roads: SpatialNetwork, lines: gpd.GeoDataFrame, *, epsg: int) -> pd.DataFrame:
    r"""Roads that cross lines, by class.

    .. math:: \rho_{b,c} = \frac{10}{\ell_b} \sum_e [e \text{ of class } c \text{ crosses } b] / 2

    over directed edges, with :math:`\ell` the length of the border in km.

    Parameters
    ----------
    roads : SpatialNetwork
    lines : GeoDataFrame
        With ``length_km``, such as `shared_borders` or `placebo_lines` give.
    epsg : int
        Projected CRS to cut in.

    Returns
    -------
    DataFrame
        Index line and ``road_class`` (those of the network, the highest first, then ``all``);
        ``crossings``, ``per_10_km``. Roads of a class that never cross have a row with 0.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> meridian = gpd.GeoDataFrame({"length_km": [720.0]}, index=["x"], crs=4326,
    ...     geometry=[shapely.LineString([(116.0, 36.0), (116.0, 42.5)])])
    >>> table = permeability(schematic_roads(), meridian, epsg=32650)
    >>> parts = table.drop("all", level="road_class")["crossings"]
    >>> bool(parts.sum() == table.loc[("x", "all"), "crossings"])
    True
    """
    crossed = crossings(roads, lines, epsg=epsg)
    present = set(road_class(roads))
    classes = [name for name in ROAD_CLASSES if name in present]
    classes += sorted(present - set(ROAD_CLASSES))
    counts = crossed.pivot_table(
        index="line", columns="road_class", values="share", aggfunc="sum", fill_value=0.0
    )
    counts = counts.reindex(index=lines.index, columns=classes, fill_value=0.0)
    counts["all"] = counts.sum(axis=1)
    table = pd.DataFrame({"crossings": counts.stack()})
    table.index = table.index.set_names([lines.index.name or "line", "road_class"])
    length = lines["length_km"].reindex(table.index.get_level_values(0)).to_numpy(np.float64)
    table["per_10_km"] = table["crossings"] / length * 10.0
    return table


def road_class(roads: SpatialNetwork) -> npt.NDArray[np.object_]:
    """Class of each edge, a ramp counted with the road it belongs to.

    Parameters
    ----------
    roads : SpatialNetwork

    Returns
    -------
    ndarray of str
        Values of ``highway`` without ``_link``, 'unknown' where there is none.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> sorted(set(road_class(schematic_roads())))[:2]
    ['motorway', 'primary']
    """
    kind = roads.edges.get("highway", pd.Series(pd.NA, index=roads.edges.index, dtype="str"))
    text = kind.astype("object").where(kind.notna(), "unknown").astype(str)
    return np.asarray(text.str.removesuffix("_link"), dtype=object)


def _meetings(
    lines: npt.NDArray[np.object_], edges: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Line, edge and place of every meeting; lines are cut into segments to be found quickly."""
    coordinates, part = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    owner = shapely.get_parts(lines, return_index=True)[1]
    same = part[1:] == part[:-1]
    segments = shapely.linestrings(np.stack([coordinates[:-1][same], coordinates[1:][same]], 1))
    of_line = owner[part[1:][same]]
    edge, segment = shapely.STRtree(segments).query(edges, predicate="intersects")
    met = shapely.intersection(edges[edge], segments[segment])
    points, pair = shapely.get_parts(met, return_index=True)
    proper = shapely.get_type_id(points) == 0
    points, pair = points[proper], pair[proper]
    return of_line[segment[pair]], edge[pair], points
