"""Roads that cannot be spared, routes that narrow, and how much the network can lose."""

import geopandas as gpd
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import Bottlenecks
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["bottlenecks_topic"]

_TITLE = Sentence("Bottlenecks", "瓶颈")
_METHOD = Sentence(
    "Each road on a shortest path between two cities is closed in turn and the exact extra time "
    "of every pair added up, weighted by the product of their residents.",
    "逐一封闭城市间最短路径上的路段，按两市人口之积加权，精确计算各城市对增加的时间。",
)


def bottlenecks_topic(_: Inputs, findings: Findings) -> Topic | None:
    """Bottlenecks of the roads."""
    found = findings.structure.bottlenecks
    if found is None or found.roads.empty:
        return None
    kind = "highway" if "highway" in found.roads else "railway"
    columns = ("rank", kind, "ref", "name", "length_km", "share_using", "mean_extra_min")
    top = found.roads.head(10).assign(length_km=(found.roads["length_m"] / 1000.0).round(1))
    top = top.assign(
        mean_extra_min=top["mean_extra_min"].round(2),
        **{name: top[name].astype("object").fillna("") for name in ("ref", "name", kind)},
    )
    layers: dict[str, gpd.GeoDataFrame] = {"bottlenecks": found.roads}
    if len(found.narrowings):
        layers["narrowings"] = found.narrowings
    return Topic(
        key="bottlenecks",
        title=_TITLE,
        reading=(_reading(found), _METHOD, *_curves(found)),
        shown=(
            Shown(
                Sentence(
                    "Roads whose closure costs most, minutes over all journeys between cities",
                    "封闭后代价最大的路段（城市间全部出行的平均增加分钟）",
                ),
                pd.DataFrame(top),
                columns,
            ),
        ),
        layers=layers,
        tables={"robustness": found.robustness} if len(found.robustness) else {},
        maps=(
            TopicMap(
                "bottlenecks",
                Sentence("Roads that cannot be spared", "不可或缺的路段"),
                {"bottlenecks": found.roads},
                notes=(_METHOD,),
            ),
        ),
    )


def _reading(found: Bottlenecks) -> Sentence:
    """How many roads cut cities off, and what the costliest of the others costs."""
    cut = int((found.roads["share_cut_off"] > 0).sum())
    worst = float(found.roads["mean_extra_min"].max())
    if cut == 0:
        return Sentence(
            "No road leaves a city without any way if it is closed; the costliest "
            f"adds {worst:.1f} minutes to a mean journey between cities.",
            f"没有路段一旦封闭即令城市无路可达；代价最大者使城市间平均出行增加{worst:.1f}分钟。",
        )
    roads = "1 road leaves" if cut == 1 else f"{cut} roads leave"
    return Sentence(
        f"{roads} a city without any way if closed; the costliest of the others "
        f"adds {worst:.1f} minutes to a mean journey between cities.",
        f"{cut}条路段一旦封闭即有城市无路可达；其余路段中代价最大者使城市间平均出行增加{worst:.1f}分钟。",
    )


def _curves(found: Bottlenecks) -> tuple[Sentence, ...]:
    """What is left after a tenth of the junctions is lost."""
    if found.robustness.empty:
        return ()
    at = found.robustness[found.robustness["share"] <= 0.1]
    left = at.groupby(["strategy", "run"])["efficiency"].last().groupby("strategy").mean()
    return (
        Sentence(
            f"Of the efficiency of travel between cities {left['random']:.0%} is left when a tenth "
            f"of the junctions other than the cities' own is lost at random, {left['degree']:.0%} "
            f"when those with most roads go first, {left['betweenness']:.0%} when the busiest do "
            "(table robustness).",
            f"随机失去十分之一路口（城市自身节点除外）后，城市间出行效率余{left['random']:.0%}；先失去连接最多者余"
            f"{left['degree']:.0%}，先失去介数最高者余{left['betweenness']:.0%}（见表robustness）。",
        ),
    )
