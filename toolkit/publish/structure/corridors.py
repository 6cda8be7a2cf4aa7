"""Corridors along the axes of a cluster, against placebo axes."""

import geopandas as gpd

from toolkit.analysis.findings import Findings
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["corridors_topic"]

_SHARES = {
    "residents_share": Sentence("residents", "常住人口"),
    "betweenness_share": Sentence("flow on shortest paths", "最短路径流量"),
}


def corridors_topic(_: Inputs, findings: Findings) -> Topic | None:
    """Corridors and what lies in them."""
    found = findings.structure.corridors
    if found is None:
        return None
    layer = found.reset_index().assign(
        kind=found["placebo"].map({True: "placebo", False: "axis"}).to_numpy()
    )
    shares = [name for name in _SHARES if name in layer]
    over = [f"{name}_over_placebo" for name in shares]
    method = Sentence(
        f"Corridors {layer['width_m'].iloc[0] / 1000:.0f} km wide along the fastest way by road, "
        "without the prefecture of the leading core; shares of the whole cluster. Per area, over "
        "the mean of placebo axes: lines that no plan calls an axis of concentration.",
        f"走廊沿最快公路路径，宽{layer['width_m'].iloc[0] / 1000:.0f}公里，不含首位核心城市辖区；"
        "占比以全城市群为分母。按面积折算后与安慰剂轴线（规划未称为集聚轴的线路）均值相比。",
    )
    return Topic(
        key="corridors",
        title=Sentence("Corridors", "走廊"),
        reading=(*(_reading(layer, name) for name in shares), method),
        shown=(
            Shown(
                Sentence("Axes and placebo axes", "轴线与安慰剂轴线"),
                layer,
                ("name_zh", "placebo", "length_km", "area_km2", *shares, *over),
            ),
        ),
        layers={"corridors": layer},
        maps=(
            TopicMap(
                "corridors",
                Sentence("Corridors and placebo corridors", "走廊与安慰剂走廊"),
                {"corridors": layer},
                notes=(method,),
            ),
        ),
    )


def _reading(layer: gpd.GeoDataFrame, share: str) -> Sentence:
    """Which axes hold more than the placebo axes, per area."""
    axes = layer[~layer["placebo"]].sort_values(f"{share}_over_placebo", ascending=False)
    told_en = [
        f"{n} {v:.1f}" for n, v in zip(axes["name_en"], axes[f"{share}_over_placebo"], strict=True)
    ]
    told_zh = [
        f"{n}{v:.1f}" for n, v in zip(axes["name_zh"], axes[f"{share}_over_placebo"], strict=True)
    ]
    name = _SHARES[share]
    return Sentence(
        f"{name.en.capitalize()} per area, times the mean placebo axis: {', '.join(told_en)}.",
        f"单位面积{name.zh}为安慰剂轴线均值的倍数：{'、'.join(told_zh)}。",
    )
