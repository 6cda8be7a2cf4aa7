"""Borders between members, and the links missing across them."""

import geopandas as gpd
import pandas as pd
import shapely

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import MemberBorders
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.publish.names import file_stem
from toolkit.publish.structure.placebos import (
    placebos_map,
    placebos_reading,
    placebos_shown,
    placebos_table,
)
from toolkit.publish.structure.topic import Shown, Topic, TopicMap
from toolkit.publish.structure.zones import zones_map, zones_reading, zones_shown

__all__ = ["borders_topic"]

_TITLE = Sentence("Borders", "边界")
_METHOD = Sentence(
    "Roads across are counted both ways and halved. Detour and cost compare pairs of junctions "
    "across a border with pairs on one side at the same straight distance, within 20 km of it.",
    "跨界道路按双向计数后折半。绕行比与时间代价：边界20公里内的路口对，跨界者与同侧同直线距离者相比。",
)


_DENSITY = Sentence(
    "People per km² at the border by a line fitted to the cells within 5 km on either side; errors "
    "clustered along it (Imbens, Lemieux 2008; Keele, Titiunik 2015). Near a city density changes "
    "fast without any border.",
    "由边界两侧5公里内格网各拟合直线，推算边界处每平方公里人口；标准误按边界分段聚类"
    "（Imbens、Lemieux 2008；Keele、Titiunik 2015）。城市附近即使没有边界，密度也变化很快。",
)


def borders_topic(inputs: Inputs, findings: Findings) -> Topic | None:
    """Borders between members."""
    found = findings.structure.borders
    if found is None:
        return None
    order = ["between_provinces", "cost_min"]
    table = found.borders.sort_values(order, ascending=False, kind="stable", ignore_index=True)
    columns = ["name_zh", "between_provinces", "length_km", "crossings_per_10_km"]
    columns += ["detour_ratio", "cost_min"]
    if table["dead_ends_per_100_km"].notna().any():
        columns.append("dead_ends_per_100_km")
    rounded = _rounded(table, columns)
    shown = [
        Shown(Sentence("Borders between members", "成员城市之间的边界"), rounded, tuple(columns))
    ]
    if "density_jump" in table:
        shown.append(_density_shown(table))
    notes = (_METHOD, *_schematic(table))
    layers: dict[str, gpd.GeoDataFrame] = {"borders": table}
    maps = [
        TopicMap(
            "borders",
            Sentence("Roads that cross each border, per 10 km", "各边界每10公里的跨界道路"),
            {"borders": table},
            notes=notes,
        )
    ]
    if "density_jump" in table:
        maps.append(
            TopicMap(
                "border_density",
                Sentence("Jump of density at each border", "各边界的人口密度跃变"),
                {"borders": table},
                notes=(_DENSITY,),
                columns={"borders": "density_jump_size"},
            )
        )
    tables = {"road_seams": found.seams.drop(columns="geometry")} if len(found.seams) else {}
    beside: tuple[Sentence, ...] = ()
    if found.placebos is not None:
        layers |= {"placebo_lines": found.placebos.lines, "dead_ends": found.placebos.ends}
        tables["border_placebos"] = placebos_table(found.placebos)
        shown.append(placebos_shown(found.placebos))
        maps.append(placebos_map(inputs, found.placebos))
        beside = placebos_reading(found.placebos)
    if found.zones is not None:
        layers["cooperation_zones"] = found.zones
        shown.append(zones_shown(found.zones))
        maps.append(zones_map(found.zones))
        beside = (*beside, zones_reading(found.zones))
    if len(found.links):
        layers["border_links"] = found.links
        for _, links in found.links.groupby("provinces_en", sort=False):
            shown.append(_links_shown(found, links))
            maps.append(_links_map(inputs, links))
    return Topic(
        key="borders",
        title=_TITLE,
        reading=(
            _reading(table),
            *_density_reading(inputs, table),
            *beside,
            *notes,
            *_seams(found),
        ),
        shown=tuple(shown),
        layers=layers,
        tables=tables,
        maps=tuple(maps),
    )


def _reading(table: gpd.GeoDataFrame) -> Sentence:
    """Which borders cost most, and how permeable borders between provinces are."""
    known = table.dropna(subset=["cost_min"]).sort_values("cost_min", ascending=False).head(3)
    listed = Sentence(
        ", ".join(f"{row.name_en} {row.cost_min:+.0f}" for row in known.itertuples()),
        "、".join(f"{row.name_zh}{row.cost_min:+.0f}" for row in known.itertuples()),
    )
    cost = Sentence(
        f"Crossing costs most minutes at {listed.en}. " if len(known) else "",
        f"跨界时间代价（分钟）最大：{listed.zh}。" if len(known) else "",
    )
    rate = {
        kind: 10.0 * rows["crossings"].sum() / rows["length_km"].sum()
        for kind, rows in table.groupby("between_provinces")
    }
    if len(rate) < 2:
        return cost
    return Sentence(
        f"{cost.en}Roads per 10 km: {rate[True]:.2f} across borders between provinces, "
        f"{rate[False]:.2f} across those inside a province.",
        f"{cost.zh}每10公里跨界道路：省界{rate[True]:.2f}条，省内边界{rate[False]:.2f}条。",
    )


def _density_shown(table: gpd.GeoDataFrame) -> Shown:
    """Jumps of density, largest against their error first."""
    columns = ("name_zh", "density_a", "density_b", "density_jump", "density_jump_error")
    order = (table["density_jump"] / table["density_jump_error"]).abs()
    ordered = table.loc[order.sort_values(ascending=False, kind="stable").index]
    caption = Sentence(
        "Density at each border from its first and its second side",
        "各边界两侧的人口密度及其跃变",
    )
    return Shown(caption, _rounded(ordered, columns).round(0), columns)


def _density_reading(inputs: Inputs, table: gpd.GeoDataFrame) -> tuple[Sentence, ...]:
    """At how many borders density jumps; why it is not asked of modelled people."""
    if "density_jump" in table:
        known = table.dropna(subset=["density_jump"])
        sure = int((known["density_jump"].abs() > 2.0 * known["density_jump_error"]).sum())
        return (
            Sentence(
                f"Density jumps by more than twice its standard error at {sure} of {len(known)} "
                f"borders. {_DENSITY.en}",
                f"{len(known)}条边界中有{sure}条的密度跃变超过两倍标准误。{_DENSITY.zh}",
            ),
        )
    if inputs.population is None:
        return ()
    return (
        Sentence(
            "Whether density jumps at a border is not asked: the people are modelled, spread "
            "within each prefecture, and would jump by the way they were spread (--population "
            "takes a published grid).",
            "未计边界密度跃变：人口为模型值，按地级市各自分布，必在边界处跃变"
            "（可用--population给出已发布的格网）。",
        ),
    )


def _links_shown(found: MemberBorders, links: gpd.GeoDataFrame) -> Shown:
    """What the links across one border save, in which unit."""
    unit = ("person-minutes", "人·分钟") if found.by_people else ("node-minutes", "节点·分钟")
    where = _where(links)
    caption = Sentence(
        f"Missing links{where.en}: what each saves given those before it, {unit[0]} if everybody "
        "made one journey of at most two hours to somebody drawn at random",
        f"跨界缺失通道{where.zh}：依次建设所节省的时间（{unit[1]}，按每人一次两小时内的随机出行计）",
    )
    columns = ("rank", "name_zh", "length_km", "now_min", "link_min", "saved_in_turn_min")
    return Shown(caption, _rounded(links, columns), columns)


def _where(links: gpd.GeoDataFrame) -> Sentence:
    """Between which provinces, nothing within one."""
    zh, en = links[["provinces_zh", "provinces_en"]].iloc[0]
    return Sentence(f", {en}", f"（{zh}）") if en else Sentence("", "")


def _links_map(inputs: Inputs, links: gpd.GeoDataFrame) -> TopicMap:
    """The ten best links across one border, by rank."""
    cities = inputs.cluster.cities[["name_zh", "name_en", "is_core", "geometry"]]
    roads = {} if inputs.roads is None else {"roads": roads_layer(inputs.roads)}
    pair = file_stem(links["provinces_en"].iloc[0].replace("–", " ")).replace("-", "_")
    where = _where(links)
    return TopicMap(
        f"border_links_{pair}" if pair else "border_links",
        Sentence(
            f"The links that would save most{where.en}, by rank",
            f"节省时间最多的跨界通道及其位次{where.zh}",
        ),
        roads | {"border_links": links, "cities": cities},
        labels=_ranks_and_cities(links, cities),
        extent=links,
        notes=(
            Sentence(
                "Straight lines between the ends; a road is taken to be 1.2 times as long and "
                "driven at 60 km/h. Terrain is not considered.",
                "直线仅示两端；假定新路为直线的1.2倍、时速60公里，未考虑地形。",
            ),
        ),
    )


def _ranks_and_cities(links: gpd.GeoDataFrame, cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Labels: ranks at the middle of the links, larger, then the names of the cities."""
    middles = shapely.line_interpolate_point(links.geometry.to_numpy(), 0.5, normalized=True)
    names = cities["name_zh"] + " " + cities["name_en"]
    return gpd.GeoDataFrame(
        {
            "label": [*links["rank"].astype(str), *names],
            "is_leading": [True] * len(links) + [False] * len(cities),
        },
        geometry=[*middles, *cities.geometry],
        crs=links.crs,
    )


def _seams(found: MemberBorders) -> tuple[Sentence, ...]:
    """Say where the data, not the roads, break off."""
    if not len(found.seams):
        return ()
    widest = found.seams["gap_m"].max()
    return (
        Sentence(
            f"{len(found.seams)} roads break off and face each other across at most {widest:.0f} m "
            "(table road_seams): faults of the data as a rule. They were closed before links were "
            "sought; crossings, detours and dead ends are as the data have them.",
            f"{len(found.seams)}处道路隔空相对（间距至多{widest:.0f}米，见表road_seams），多为数据缺陷；"
            "求缺失通道前已接通，其余指标仍按原数据。",
        ),
    )


def _schematic(table: pd.DataFrame) -> tuple[Sentence, ...]:
    """Say what schematic roads cannot tell."""
    if not table["schematic"].any():
        return ()
    return (
        Sentence(
            "The roads are schematic: main roads only, so crossings are too few, and dead ends and "
            "missing links are not looked for.",
            "公路网为示意，仅含主要公路：跨界道路偏少，未计断头路与缺失通道。",
        ),
    )


def _rounded(table: gpd.GeoDataFrame, columns: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """The table as it is read."""
    kept = [*columns, *(name.replace("_zh", "_en") for name in columns if name.endswith("_zh"))]
    return pd.DataFrame(table[kept]).round(2)
