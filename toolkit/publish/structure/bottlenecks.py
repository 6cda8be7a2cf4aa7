"""Roads that cannot be spared, routes that narrow, and how much the network can lose."""

import geopandas as gpd
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import Bottlenecks
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.publish.structure.losses import left_at_a_tenth, robustness_chart
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["bottlenecks_topic"]

_TITLE = Sentence("Bottlenecks", "瓶颈")
_METHOD = Sentence(
    "Each road on a shortest path between two cities is closed in turn and the exact extra time "
    "of every pair added up, weighted by the product of their residents.",
    "逐一封闭城市间最短路径上的路段，按两市人口之积加权，精确计算各城市对增加的时间。",
)


def bottlenecks_topic(inputs: Inputs, findings: Findings) -> Topic | None:
    """Bottlenecks of the roads."""
    found = findings.structure.bottlenecks
    if found is None or found.roads.empty:
        return None
    kind = "highway" if "highway" in found.roads else "railway"
    costs = ("share_using", "share_cut_off", "mean_extra_min")
    columns = ("rank", kind, "ref", "name", "length_km", *costs)
    top = found.roads.head(10).assign(length_km=(found.roads["length_m"] / 1000.0).round(1))
    top = top.assign(
        mean_extra_min=top["mean_extra_min"].round(2),
        **{name: top[name].astype("object").fillna("") for name in ("ref", "name", kind)},
    )
    layers: dict[str, gpd.GeoDataFrame] = {"bottlenecks": found.roads}
    if len(found.narrowings):
        layers["narrowings"] = found.narrowings
    lost = Sentence("Junctions lost, by road", "失去路口，公路")
    return Topic(
        key="bottlenecks",
        title=_TITLE,
        reading=(_reading(found), *_curves(found), _shape(found), _METHOD),
        shown=(
            Shown(
                Sentence(
                    "Roads whose closure costs most, minutes over all journeys between cities",
                    "封闭后代价最大的路段（城市间全部出行的平均增加分钟）",
                ),
                pd.DataFrame(top),
                columns,
            ),
            *_narrowings_shown(found),
            Shown(
                Sentence("Topology of the road network", "公路网拓扑指标"),
                found.topology.round(3),
                tuple(map(str, found.topology.columns)),
            ),
        ),
        layers=layers,
        tables={"road_topology": found.topology}
        | ({"robustness": found.robustness} if len(found.robustness) else {}),
        maps=(
            TopicMap(
                "bottlenecks",
                Sentence("Roads that cannot be spared", "不可或缺的路段"),
                {"bottlenecks": found.roads},
                notes=(_METHOD,),
            ),
            *_narrowings_map(inputs, found),
        ),
        charts=(robustness_chart("robustness", lost, found.robustness),)
        if len(found.robustness)
        else (),
    )


def _narrowings_shown(found: Bottlenecks) -> tuple[Shown, ...]:
    """The narrowings on most shortest paths."""
    if found.narrowings.empty:
        return ()
    wanted = ("from_class", "to_class", "class_drop", "lane_drop", "betweenness")
    caption = Sentence(
        "Where through routes narrow, busiest first", "直通路线收窄处（按中介中心性排序）"
    )
    top = found.narrowings.sort_values("betweenness", ascending=False, kind="stable").head(10)
    return (Shown(caption, pd.DataFrame(top[list(wanted)]).round(4), wanted),)


def _narrowings_map(inputs: Inputs, found: Bottlenecks) -> tuple[TopicMap, ...]:
    """Where routes narrow."""
    if found.narrowings.empty:
        return ()
    title = Sentence(
        "Where through routes narrow, by betweenness", "直通路线收窄处（按中介中心性）"
    )
    note = Sentence(
        "The main continuation of a route has fewer lanes or a lower class.",
        "路线的主要延续路段车道减少或等级降低。",
    )
    roads = {} if inputs.roads is None else {"roads": roads_layer(inputs.roads)}
    shown = roads | {"narrowings": found.narrowings}
    return (TopicMap("narrowings", title, shown, notes=(note,)),)


def _reading(found: Bottlenecks) -> Sentence:
    """How many roads cut cities off, and what the costliest of the others costs."""
    cut = int((found.roads["share_cut_off"] > 0).sum())
    worst = float(found.roads["mean_extra_min"].max())
    if cut == 0:
        return Sentence(
            "No city is cut off when a single road is closed; the costliest closure "
            f"adds {worst:.1f} minutes to a mean journey between cities.",
            f"封闭任一路段均不致城市无路可达；代价最大者使城市间平均出行增加{worst:.1f}分钟。",
        )
    roads = "1 road cuts" if cut == 1 else f"{cut} roads cut"
    return Sentence(
        f"{roads} a city off if closed; the costliest of the others "
        f"adds {worst:.1f} minutes to a mean journey between cities.",
        f"{cut}条路段一旦封闭即有城市无路可达；其余路段中代价最大者使城市间平均出行增加{worst:.1f}分钟。",
    )


def _curves(found: Bottlenecks) -> tuple[Sentence, ...]:
    """What is left after a tenth of the junctions is lost."""
    if found.robustness.empty:
        return ()
    junctions = Sentence("junctions other than the cities' own", "路口（城市自身节点除外）")
    return (left_at_a_tenth(found.robustness, junctions),)


def _shape(found: Bottlenecks) -> Sentence:
    """How many circuits the roads have, and what that says."""
    row = found.topology.iloc[0]
    return Sentence(
        f"The roads have {row['cyclomatic']:,.0f} independent circuits (alpha {row['alpha']:.2f}, "
        f"beta {row['beta']:.2f}, gamma {row['gamma']:.2f}; Kansky 1963), {row['dead_ends']:,.0f} "
        f"dead ends, and ways between cities {row['detour_index']:.2f} times the straight line.",
        f"公路网有{row['cyclomatic']:,.0f}个独立回路（α {row['alpha']:.2f}、β {row['beta']:.2f}、"
        f"γ {row['gamma']:.2f}；Kansky 1963），{row['dead_ends']:,.0f}个断头节点；"
        f"城市间路程为直线的{row['detour_index']:.2f}倍。",
    )
