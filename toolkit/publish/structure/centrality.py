"""Which roads carry most of the shortest paths."""

import geopandas as gpd
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.publish.assembly import centrality_layers
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["busiest_roads", "centrality_topic"]

_TITLE = Sentence("Centrality of the roads", "公路中心性")
_BUSIEST = 10


def centrality_topic(inputs: Inputs, findings: Findings) -> Topic | None:
    """Betweenness of the roads: a map, the busiest ones and what is counted."""
    if inputs.roads is None or findings.centrality is None:
        return None
    roads = centrality_layers(inputs.roads, findings.centrality)["road_centrality"]
    if "betweenness" not in roads:
        return None
    busiest = busiest_roads(roads, len(inputs.roads.nodes))
    method = _method(findings, schematic=inputs.roads.schematic)
    caption = Sentence("Roads with the highest betweenness", "中介中心性最高的道路")
    return Topic(
        key="centrality",
        title=_TITLE,
        reading=(_found(busiest), method),
        shown=(Shown(caption, busiest, ("ref", "name", "highway", "share_of_pairs")),),
        tables={"busiest_roads": busiest},
        maps=(
            TopicMap(
                "road_centrality",
                Sentence("Betweenness of the roads", "公路中介中心性"),
                {"road_centrality": roads},
                notes=(method,),
            ),
        ),
    )


def busiest_roads(roads: gpd.GeoDataFrame, count: int) -> pd.DataFrame:
    """Return the busiest stretch of each road that has a number or a name, the busiest first.

    Betweenness is over the (N-1)(N-2) pairs that can pass a junction; N(N-1) pairs can take a road.

    Parameters
    ----------
    roads : GeoDataFrame
        Layer ``road_centrality``.
    count : int
        Junctions of the network, N.

    Returns
    -------
    DataFrame
        ``ref``, ``name``, ``highway``, ``betweenness`` and ``share_of_pairs``; the index is that
        of `roads`.
    """
    named = roads.assign(
        ref=roads["ref"].fillna("").astype(str), name=roads["name"].fillna("").astype(str)
    )
    named = named[(named["ref"] != "") | (named["name"] != "")]
    order = named.sort_values("betweenness", ascending=False, kind="stable")
    known_by = order["ref"].where(order["ref"] != "", order["name"])
    columns = ["ref", "name", "highway", "betweenness"]
    busiest = pd.DataFrame(order[~known_by.duplicated()])[columns].head(_BUSIEST)
    return busiest.assign(share_of_pairs=busiest["betweenness"] * max(count - 2, 0) / count)


def _found(busiest: pd.DataFrame) -> Sentence:
    """The first few in words."""
    if busiest.empty:
        return Sentence("No road has a number or a name.", "道路均无编号或名称。")
    names = [
        f"{row['ref'] or row['name']} ({100 * row['share_of_pairs']:.1f} %)"
        for _, row in busiest.head(3).iterrows()
    ]
    listed = ", ".join(names)
    return Sentence(
        f"Share of all pairs of junctions whose fastest route takes the busiest stretch: {listed}.",
        f"最快路径经过最繁忙路段的节点对占比：{listed}。",
    )


def _method(findings: Findings, *, schematic: bool) -> Sentence:
    """What is counted, over how many junctions, and how exactly."""
    about = {} if findings.centrality is None else findings.centrality.metadata
    count = about["node_count"]
    drawn = Sentence(
        " The road network is schematic." if schematic else "",
        "公路网为示意。" if schematic else "",
    )
    return Sentence(
        f"Betweenness by travel time over all ordered pairs of the {count:,} junctions, equal "
        "fastest routes sharing a pair, both directions of a road added up (Freeman 1977; Brandes "
        f"2001), exact. It counts pairs of places, not traffic.{drawn.en}",
        f"按行驶时间计算的中介中心性：{count:,}个节点的全部有序对，并列最快路径均分，双向合计"
        f"（Freeman 1977；Brandes 2001），为精确值。所计为节点对，而非交通量。{drawn.zh}",
    )
