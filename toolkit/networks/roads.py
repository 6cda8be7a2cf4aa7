"""The schematic main-road network of Beijing-Tianjin-Hebei, for use without any download.

Places are joined by the sections of a table of roads, drawn straight from place to place, and
by local links, the Gabriel graph of the places (Gabriel and Sokal 1969, Syst. Zool. 18:259).
Whatever is computed on it is schematic and must say so.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import Delaunay, cKDTree

from toolkit.networks.geodesy import distances_m
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.sources import reference

__all__ = ["gabriel_pairs", "schematic_roads"]

ROADS_TOML = Path(__file__).with_name("roads.toml")
LOCAL_LINK = "local link"
KMH_PER_MS = 3.6


def schematic_roads(as_of: int | None = None) -> SpatialNetwork:
    """Build the schematic road network from the embedded table.

    Parameters
    ----------
    as_of : int, optional
        Leave out sections opened after this year; those of unknown year stay.

    Returns
    -------
    SpatialNetwork
        Labelled schematic. Besides the usual columns, nodes have `place_id`, `name_zh`,
        `name_en`, `kind`, `adcode`, and edges `road_class` (the table's class, or `local link`),
        `name_en`, `line_id`, `opened`, `confidence`. Every road runs both ways.

    Examples
    --------
    >>> roads = schematic_roads()
    >>> roads.schematic, len(roads.nodes)
    (True, 493)
    """
    places = reference.road_places().reset_index()
    sections = reference.road_sections(as_of)
    roads = pd.concat([_drawn(sections, places), _local_links(sections, places)])
    edges = _both_ways(_timed(roads.reset_index(drop=True), places))
    nodes = places[["place_id", "name_zh", "name_en", "kind", "adcode", "geometry"]]
    return SpatialNetwork.from_geodataframes(
        nodes,
        edges,
        name="Beijing-Tianjin-Hebei main roads (schematic)",
        source="schematic table of main roads; positions from GeoNames (CC BY 4.0) or estimated",
        data_date=f"{as_of or _rules()['data_year']}-12-31",
        schematic=True,
    )


def gabriel_pairs(xy: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Pairs of points whose diameter circle holds no third point.

    Parameters
    ----------
    xy : array_like of shape (n, 2)
        Points on a plane.

    Returns
    -------
    numpy.ndarray of shape (m, 2)
        Pairs i < j in ascending order.

    Notes
    -----
    A subgraph of the Delaunay triangulation, whose edges alone are tested: O(n log n). A point on
    the circle itself leaves the pair in.

    Examples
    --------
    The middle point of a line hides its ends from each other:

    >>> gabriel_pairs([(0, 0), (2, 1), (4, 0)]).tolist()
    [[0, 1], [1, 2]]
    """
    points = np.asarray(xy, dtype=np.float64)
    triangles = Delaunay(points).simplices
    sides = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]))
    pairs = np.unique(sides, axis=0)
    ends = points[pairs]
    radius = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1) / 2
    nearest, _ = cKDTree(points).query(ends.mean(axis=1))
    empty: npt.NDArray[np.intp] = pairs[nearest >= radius * (1 - 1e-9)]
    return empty


def _drawn(sections: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sections of the table with the rows of their ends."""
    row = pd.Series(places.index, index=places["place_id"])
    return pd.DataFrame(
        {
            "u": sections["from_id"].map(row).to_numpy(),
            "v": sections["to_id"].map(row).to_numpy(),
            "road_class": sections["class"].to_numpy(),
            "name": sections["name_zh"].to_numpy(),
            "name_en": sections["name_en"].to_numpy(),
            "ref": sections["ref"].to_numpy(),
            "line_id": sections["line_id"].to_numpy(),
            "opened": sections["opened"].astype("Int64").array,
            "confidence": sections["confidence"].to_numpy(),
            "lanes": sections["lanes"].astype("Int64").array,
            "design_speed_kmh": sections["design_speed_kmh"].to_numpy(np.float64),
            "length_km": sections["length_km"].to_numpy(np.float64),
        }
    )


def _local_links(sections: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Short links between neighbouring places that no section joins and no sea parts."""
    rules = _rules()["local_links"]
    linked = places[places["local_links"].astype(bool)]
    plane = linked.to_crs(rules["epsg"]).geometry
    pairs = linked.index.to_numpy()[gabriel_pairs(np.column_stack([plane.x, plane.y]))]
    x, y = linked.geometry.x.reindex(places.index), linked.geometry.y.reindex(places.index)
    u, v = pairs.T
    short = distances_m(x[u], y[u], x[v], y[v]) <= rules["longest_km"] * 1000
    ids = places["place_id"].to_numpy()
    taken = {frozenset(pair) for pair in zip(sections["from_id"], sections["to_id"], strict=True)}
    taken |= {frozenset(pair) for pair in rules["across_the_sea"]}
    free = np.array([frozenset(pair) not in taken for pair in ids[pairs].tolist()], dtype=bool)
    chosen = pairs[short & free]
    return pd.DataFrame({"u": chosen[:, 0], "v": chosen[:, 1], "road_class": LOCAL_LINK})


def _timed(roads: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Lengths where the table gives none, OSM classes, speeds and times."""
    rules = pd.DataFrame(_rules()["classes"]).T.reindex(roads["road_class"])
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    straight_m = distances_m(x[roads["u"]], y[roads["u"]], x[roads["v"]], y[roads["v"]])
    estimated_m = straight_m * rules["detour"].to_numpy(np.float64)
    published_m = roads["length_km"].to_numpy(np.float64) * 1000
    length_m = np.where(np.isnan(published_m), estimated_m, published_m)
    design = np.fmin(roads["design_speed_kmh"], rules["at_most_kmh"].to_numpy(np.float64))
    fixed = rules["speed_kmh"].to_numpy(np.float64)
    speed_kmh = np.where(np.isnan(fixed), design, fixed)
    return roads.drop(columns=["length_km", "design_speed_kmh"]).assign(
        highway=rules["highway"].to_numpy(),
        length_m=length_m,
        time_s=length_m / speed_kmh * KMH_PER_MS,
        oneway=False,
        source="schematic",
    )


def _both_ways(roads: pd.DataFrame) -> pd.DataFrame:
    """Each road a second time from `v` to `u`, after the first."""
    back = roads.rename(columns={"u": "v", "v": "u"})
    return pd.concat([roads, back]).sort_index(kind="stable").reset_index(drop=True)


@cache
def _rules() -> dict[str, Any]:
    """The modelling rules beside this module."""
    return tomllib.loads(ROADS_TOML.read_text(encoding="utf-8"))
