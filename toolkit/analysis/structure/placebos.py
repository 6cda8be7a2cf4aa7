"""Borders between provinces against lines inside the provinces.

Roads end, and few cross, in many places where no border is. What is found along a border is due
to it only as far as lines beside it show less.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.analysis.borders import (
    dead_end_rates,
    dead_ends,
    permeability,
    placebo_lines,
    placebo_room,
    placebo_test,
)
from toolkit.analysis.scenarios import added_edges
from toolkit.clusters.prefectures import province_name
from toolkit.errors import MissingDataError
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["BorderPlacebos", "province_placebos"]

_LINES = 20  # on each side of a border
_NEAR_M = 2_000.0
MEASURES = ("crossings_per_10_km", "dead_ends_per_100_km", "dead_ends_closed_per_100_km")


@dataclass(frozen=True, eq=False)
class BorderPlacebos:
    """Borders between provinces beside placebo lines.

    Attributes
    ----------
    lines : GeoDataFrame
        One row a line: ``kind`` ('border' | 'placebo'), ``provinces_zh``, ``provinces_en`` (on
        both sides of the border), ``side_zh``, ``side_en`` (where a placebo line lies, else ''),
        ``distance_km`` (from the border), ``length_km`` and the measures:
        ``crossings_per_10_km``, ``dead_ends_per_100_km`` (missing where no road is), the same
        with the seams of the data closed as ``dead_ends_closed_per_100_km``.
    tests : DataFrame
        One row a border and measure: ``provinces_zh``, ``provinces_en``, ``measure``,
        ``observed``, ``placebo_mean``, ``ratio``, ``share_as_high``, ``lines``
        (`toolkit.analysis.borders.PlaceboTest`).
    ends : GeoDataFrame
        Nodes where a road of the class tertiary or above ends and nothing goes on, inside the
        study area: ``node``, ``road_class``, ``near_border`` (within 2 km of a border between
        provinces), ``kind`` ('seam' where another end faces it, else 'end').
    """

    lines: gpd.GeoDataFrame
    tests: pd.DataFrame
    ends: gpd.GeoDataFrame


def province_placebos(
    roads: SpatialNetwork,
    closed: SpatialNetwork,
    areas: gpd.GeoDataFrame,
    borders: gpd.GeoDataFrame,
    *,
    epsg: int,
    inside: shapely.Geometry,
) -> BorderPlacebos | None:
    """Compare each border between provinces with lines parallel to it inside the provinces.

    Parameters
    ----------
    roads, closed : SpatialNetwork
        Mapped roads as the data have them, and with their seams closed
        (`toolkit.analysis.borders.facing_ends`).
    areas : GeoDataFrame
        Prefectures in China by adcode, without slivers (`toolkit.analysis.borders.seamless_areas`).
    borders : GeoDataFrame
        Borders between them that are borders of provinces: ``a``, ``b``, ``length_km``.
    epsg : int
        Projected CRS to measure in.
    inside : Geometry
        The study area less a margin, in EPSG:4326: at its edge every road ends.

    Returns
    -------
    BorderPlacebos or None
        None where no border parts provinces, or no line fits beside one.

    References
    ----------
    M. D. Ernst (2004). Permutation methods: a basis for exact inference. Statistical Science
    19:676.
    """
    if borders.empty:
        return None
    provinces = areas[["geometry"]].dissolve(areas.index.astype(str).str[:2])
    ends = borders[["a", "b"]].astype(str).apply(lambda labels: labels.str[:2])
    pairs = pd.Series(["|".join(sorted(pair)) for pair in ends.to_numpy()], index=borders.index)
    room = placebo_room(provinces, epsg=epsg)
    found = []
    for pair, rows in borders.groupby(pairs, sort=False):
        sides = str(pair).split("|")
        line = shapely.line_merge(shapely.union_all(rows.geometry.to_numpy()))
        try:
            beside = placebo_lines(line, room, sides, count=_LINES)
        except MissingDataError:
            continue
        found.append(_lines(line, float(rows["length_km"].sum()), beside, sides))
    if not found:
        return None
    lines = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=4326)
    crossed = permeability(roads, lines, epsg=epsg).xs("all", level="road_class")
    lines["crossings_per_10_km"] = crossed["per_10_km"]
    measured = {"epsg": epsg, "within_m": _NEAR_M, "inside": inside}
    rates = dead_end_rates(roads, lines, **measured)["per_100_km"]
    seams = closed.edges.geometry.loc[added_edges(closed)]
    # only near a seam does closing it change anything
    gaps = shapely.union_all(seams.to_crs(epsg).to_numpy())
    beside_seams = lines[lines.geometry.to_crs(epsg).distance(gaps) <= _NEAR_M]
    lines["dead_ends_per_100_km"] = rates
    lines["dead_ends_closed_per_100_km"] = rates
    if len(beside_seams):
        anew = dead_end_rates(closed, beside_seams, **measured)["per_100_km"]
        lines.loc[anew.index, "dead_ends_closed_per_100_km"] = anew
    at_borders = lines.loc[lines["kind"] == "border"]
    return BorderPlacebos(
        lines=lines,
        tests=_tests(lines),
        ends=_ends(roads, closed, at_borders, epsg=epsg, inside=inside),
    )


def _lines(
    border: shapely.Geometry, length_km: float, beside: gpd.GeoDataFrame, sides: list[str]
) -> gpd.GeoDataFrame:
    """A border and its placebo lines, with names."""
    names = {side: province_name(side + "0000") for side in sides}
    zh, en = zip(*names.values(), strict=True)
    where = [("", ""), *(names[side] for side in beside["side"])]
    return gpd.GeoDataFrame(
        {
            "kind": ["border", *["placebo"] * len(beside)],
            "provinces_zh": "–".join(zh),
            "provinces_en": "–".join(en),
            "side_zh": [name for name, _ in where],
            "side_en": [name for _, name in where],
            "distance_km": [0.0, *(beside["distance_m"] / 1000.0)],
            "length_km": [length_km, *beside["length_km"]],
        },
        geometry=[border, *beside.geometry],
        crs=4326,
    )


def _tests(lines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Each measure at each border against the placebo lines beside it."""
    rows = []
    for (zh, en), group in lines.groupby(["provinces_zh", "provinces_en"], sort=False):
        border, beside = (group[group["kind"] == kind] for kind in ("border", "placebo"))
        for measure in MEASURES:
            test = placebo_test(float(border[measure].iloc[0]), beside[measure].to_numpy(float))
            rows.append({"provinces_zh": zh, "provinces_en": en, "measure": measure, **vars(test)})
    return pd.DataFrame(rows)


def _ends(
    roads: SpatialNetwork,
    closed: SpatialNetwork,
    borders: gpd.GeoDataFrame,
    *,
    epsg: int,
    inside: shapely.Geometry,
) -> gpd.GeoDataFrame:
    """Dead ends of the study area: near which border, and whether a seam of the data."""
    ends = dead_ends(roads)
    ends = ends[~ends["goes_on"].to_numpy(bool) & ends.within(inside).to_numpy()]
    left = dead_ends(closed)
    border = shapely.union_all(borders.geometry.to_crs(epsg).to_numpy())
    near = ends.geometry.to_crs(epsg).distance(border) <= _NEAR_M
    return gpd.GeoDataFrame(
        {
            "node": ends.index.to_numpy(),
            "road_class": ends["road_class"].to_numpy(),
            "near_border": near.to_numpy(),
            "kind": np.where(ends.index.isin(left.index), "end", "seam"),
        },
        geometry=ends.geometry.to_numpy(),
        crs=4326,
    )
