"""Borders between the members of a cluster: how permeable, how dear, and which links are missing.

See `toolkit.analysis.borders` for the measures; here they are taken on every border of a run.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from toolkit.analysis.borders import (
    best_links,
    border_cost,
    border_detours,
    candidate_links,
    cells_beside,
    dead_end_rates,
    discontinuity,
    facing_ends,
    nodes_beside,
    permeability,
    seamless_areas,
    shared_borders,
)
from toolkit.analysis.scenarios import scenario
from toolkit.analysis.structure.placebos import BorderPlacebos, province_placebos
from toolkit.analysis.structure.zones import cooperation_zones
from toolkit.clusters.prefectures import province_name
from toolkit.errors import MissingDataError
from toolkit.networks.geodesy import earth_centred
from toolkit.networks.inputs import Inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.subdivision import subdivided
from toolkit.sources.population import PopulationGrid

__all__ = ["MemberBorders", "member_borders"]

_MOST_NODES = 200  # of a border, for detours: 400 searches each
_NEAR_M = 10_000.0  # links begin and end this near to a border
_UNSURE_M = 1_000.0  # outlines and roads may disagree by so much about the side
_PART_M = 3_000.0  # roads are cut into parts as long as this for links to leave half way
_MOST_CANDIDATES = 300
_MOST_PLACES = 1_000
_EDGE_M = 4_000.0  # networks are cut at the edge of the study area


@dataclass(frozen=True, eq=False)
class MemberBorders:
    """Borders of a cluster.

    Attributes
    ----------
    borders : GeoDataFrame
        One row a border: ``border``, ``adcode_a``, ``adcode_b``, ``name_zh``, ``name_en``,
        ``between_provinces``, ``length_km``, ``crossings``, ``crossings_per_10_km``,
        ``pairs_across``, ``detour_ratio``, ``cost_min`` (missing where too few nodes are near),
        ``dead_ends_per_100_km`` (missing on schematic roads), ``schematic``; with people that are
        not modelled also ``density_a``, ``density_b``, ``density_jump``, ``density_jump_error``
        (`toolkit.analysis.borders.discontinuity`) and ``density_jump_size``, the jump without its
        sign; missing where too few cells are near.
    links : GeoDataFrame
        The ten best links across the borders of each two provinces, or across all borders where
        there is one province: ``rank`` among them, ``provinces_zh``, ``provinces_en`` ('' for
        one), ``name_zh``, ``name_en`` of the border, and the columns of
        `toolkit.analysis.borders.best_links`. Empty on schematic roads, which have no gaps of
        their own.
    seams : GeoDataFrame
        Roads that break off and face each other (`toolkit.analysis.borders.facing_ends`): closed
        for `links`, left as they are for `borders`.
    by_people : bool
        Whether links save person-minutes; else node-minutes.
    placebos : BorderPlacebos or None
        Borders between provinces beside lines inside them; None on schematic roads, and where no
        border parts provinces.
    zones : GeoDataFrame or None
        Zones of cooperation across borders (`cooperation_zones`); None where none are on record.
    """

    borders: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    seams: gpd.GeoDataFrame
    by_people: bool
    placebos: BorderPlacebos | None = None
    zones: gpd.GeoDataFrame | None = None


def member_borders(inputs: Inputs) -> MemberBorders | None:
    """Measure every border between members, and rank the links missing across them.

    Parameters
    ----------
    inputs : Inputs

    Returns
    -------
    MemberBorders or None
        None without boundaries or roads, or where no members are neighbours.

    References
    ----------
    P. Rietveld (2012). Barrier effects of borders: implications for border-crossing
    infrastructures. European Journal of Transport and Infrastructure Research 12:150. A. Vybornova,
    T. Cunha, A. Gühnemann, M. Szell (2023). Automated detection of missing links in bicycle
    networks. Geographical Analysis 55:239.
    """
    areas, roads = inputs.prefectures, inputs.roads
    if areas is None or roads is None:
        return None
    epsg = inputs.cluster.utm_epsg
    land = seamless_areas(areas[["geometry"]], epsg=epsg)
    lines = shared_borders(land, epsg=epsg, seamless=True)
    if lines.empty:
        return None
    table = _described(lines, inputs)
    crossed = permeability(roads, lines, epsg=epsg).xs("all", level="road_class")
    table["crossings"] = crossed["crossings"]
    table["crossings_per_10_km"] = crossed["per_10_km"]
    costs = [_cost(roads, areas, row, epsg) for _, row in lines.iterrows()]
    table[["pairs_across", "detour_ratio", "cost_min"]] = costs
    table["dead_ends_per_100_km"] = np.nan
    table["schematic"] = roads.schematic
    # people spread within each prefecture jump at its border by the way they were spread
    if inputs.population is not None and not inputs.population.modelled:
        jumps = [_density(inputs.population, areas, row, epsg) for _, row in lines.iterrows()]
        table[["density_a", "density_b", "density_jump", "density_jump_error"]] = jumps
        table["density_jump_size"] = table["density_jump"].abs()
    seams = facing_ends(roads)
    links, placebos = _no_links(), None
    if not roads.schematic:
        inside = _less_margin(land, epsg)  # of seamless land: slivers are no edge
        rates = dead_end_rates(roads, lines, epsg=epsg, inside=inside)
        table["dead_ends_per_100_km"] = rates["per_100_km"]
        joined = scenario(roads, add=seams) if len(seams) else roads
        links = _links(inputs, joined.largest_component(), areas, lines, table)
        of_provinces = lines[table["between_provinces"]]
        placebos = province_placebos(roads, joined, land, of_provinces, epsg=epsg, inside=inside)
    return MemberBorders(
        borders=gpd.GeoDataFrame(table.reset_index()),
        links=links,
        seams=seams,
        by_people=inputs.population is not None,
        placebos=placebos,
        zones=cooperation_zones(inputs.cluster),
    )


def _less_margin(land: gpd.GeoDataFrame, epsg: int) -> shapely.Geometry:
    """The study area less its edge, where every road ends."""
    inner = gpd.GeoSeries([land.to_crs(epsg).union_all().buffer(-_EDGE_M)], crs=epsg)
    return inner.to_crs(4326).iloc[0]


def _described(lines: gpd.GeoDataFrame, inputs: Inputs) -> gpd.GeoDataFrame:
    """Borders with the names of both sides, and whether they part provinces."""
    names = inputs.cluster.cities
    ends = {end: lines[end].astype(str) for end in ("a", "b")}
    table = lines.rename(columns={"a": "adcode_a", "b": "adcode_b"})
    for column in ("name_zh", "name_en"):
        known = names[column].reindex(lines["a"]), names[column].reindex(lines["b"])
        table[column] = [f"{a}–{b}" for a, b in zip(*known, strict=True)]
    chinese = ends["a"].str.fullmatch(r"\d{6}") & ends["b"].str.fullmatch(r"\d{6}")
    table["between_provinces"] = chinese & (ends["a"].str[:2] != ends["b"].str[:2])
    return table


def _cost(
    roads: SpatialNetwork, areas: gpd.GeoDataFrame, border: pd.Series, epsg: int
) -> tuple[float, float, float]:
    """Pairs compared, detour ratio and minutes a border costs."""
    sides = areas.loc[[border["a"], border["b"]], ["geometry"]]
    near = nodes_beside(roads, border["geometry"], sides, epsg=epsg)
    try:
        cost = border_cost(border_detours(roads, near, most_nodes=_MOST_NODES))
    except MissingDataError:
        return 0.0, np.nan, np.nan
    return float(cost.pairs_across), cost.detour_ratio, cost.cost_min


def _density(
    grid: PopulationGrid, areas: gpd.GeoDataFrame, border: pd.Series, epsg: int
) -> tuple[float, float, float, float]:
    """Density on the first and the second side, the jump to the second, and its error."""
    sides = areas.loc[[border["a"], border["b"]], ["geometry"]]
    try:
        found = discontinuity(cells_beside(grid, border["geometry"], sides, epsg=epsg))
    except MissingDataError:
        return np.nan, np.nan, np.nan, np.nan
    if found.side_a == border["a"]:
        return found.density_a, found.density_b, found.jump, found.standard_error
    return found.density_b, found.density_a, -found.jump, found.standard_error


def _links(
    inputs: Inputs,
    whole: SpatialNetwork,
    areas: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    table: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """The ten best links between each two provinces, on roads in one piece."""
    fine = subdivided(whole, _PART_M)
    mass = _mass(inputs, whole)
    between = table["between_provinces"]
    chosen = lines[between] if between.any() else lines
    pairs = [_provinces(a, b) if between.any() else ("", "") for a, b in chosen[["a", "b"]].values]
    found = []
    for pair in dict.fromkeys(pairs):
        theirs = chosen[[each == pair for each in pairs]]
        candidates = _candidates(fine, areas, theirs, inputs.cluster.utm_epsg)
        if len(candidates):
            best = best_links(fine, candidates, mass=mass).reset_index()
            found.append(best.assign(provinces_zh=pair[0], provinces_en=pair[1]))
    if not found:
        return _no_links()
    links = pd.concat(found, ignore_index=True).drop(columns="link")
    return gpd.GeoDataFrame(links.join(table[["name_zh", "name_en"]], on="border"))


def _provinces(a: str, b: str) -> tuple[str, str]:
    """Names of the provinces on both sides, in Chinese and in English."""
    first, second = sorted((str(a), str(b)))
    zh, en = zip(province_name(first), province_name(second), strict=True)
    return "–".join(zh), "–".join(en)


def _candidates(
    fine: SpatialNetwork, areas: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, epsg: int
) -> gpd.GeoDataFrame:
    """Pairs of nodes across some borders that are near in space and far on the roads."""
    found = []
    for name, border in lines.iterrows():
        sides = areas.loc[[border["a"], border["b"]], ["geometry"]]
        near = nodes_beside(fine, border["geometry"], sides, epsg=epsg, within_m=_NEAR_M)
        near = near[_thinned(fine, near.index)]
        unsure = nodes_beside(fine, border["geometry"], sides, epsg=epsg, within_m=_UNSURE_M).index
        if near.nunique() == 2:
            found.append(candidate_links(fine, near, either=unsure).assign(border=name))
    if not found:
        return _no_links()
    candidates = pd.concat(found, ignore_index=True).drop_duplicates(["u", "v"])
    candidates = candidates.sort_values("ratio", ascending=False, kind="stable")
    return gpd.GeoDataFrame(candidates.head(_MOST_CANDIDATES).rename_axis("link"))


def _thinned(network: SpatialNetwork, nodes: pd.Index) -> np.ndarray:
    """One node of each cell of about 2 km, the first."""
    cell = (network.nodes.loc[nodes, ["x", "y"]] // [0.024, 0.018]).astype(int)
    return np.asarray(~cell.duplicated())


def _mass(inputs: Inputs, network: SpatialNetwork) -> dict[int, float]:
    """People by the nearest of at most so many nodes, or 1 for each of them."""
    nodes = network.nodes
    if len(nodes) > _MOST_PLACES:
        nodes = nodes.sample(_MOST_PLACES, random_state=0).sort_index()
    grid = inputs.population
    if grid is None:
        return dict.fromkeys(nodes.index.tolist(), 1.0)
    rows, columns = np.nonzero(np.nan_to_num(grid.array) > 0)
    to_map = grid.transform
    lon, lat = to_map.c + to_map.a * (columns + 0.5), to_map.f + to_map.e * (rows + 0.5)
    _, nearest = cKDTree(earth_centred(nodes["x"], nodes["y"])).query(earth_centred(lon, lat))
    people = np.bincount(nearest, weights=grid.array[rows, columns], minlength=len(nodes))
    return dict(zip(nodes.index.tolist(), people.tolist(), strict=True))


def _no_links() -> gpd.GeoDataFrame:
    """A table of links without rows."""
    columns = ["rank", "provinces_zh", "provinces_en", "border", "name_zh", "name_en", "u", "v",
               "length_km", "saved_min"]  # fmt: skip
    empty = gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=4326)
    return gpd.GeoDataFrame(empty)
