"""Stations and direct trains that cannot be spared, and how much roads and rail can lose."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import RailLosses
from toolkit.claims.model import Sentence
from toolkit.claims.wording import place_list
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Curve, Shown, Topic, TopicChart, TopicMap

__all__ = ["left_at_a_tenth", "rail_losses_topic", "robustness_chart"]

_METHOD = Sentence(
    "Journeys between the seats of cities, by the product of residents: the fastest direct trains, "
    "the waiting before each and the ways to and from stations, any number of changes. Each "
    "station, and each pair of stations with direct trains, is taken away in turn; trains still "
    "run through a station at which they no longer call.",
    "以城市驻地之间的出行计（按两市人口之积加权）：最快直达列车、每次候车及进出站时间，换乘次数不限。逐一取消车站或"
    "站间直达列车；车站取消后列车仍可通过，但不停靠。",
)
_STRATEGIES: Mapping[str, Sentence] = {
    "random": Sentence("at random", "随机"),
    "degree": Sentence("most neighbours first", "连接最多者先"),
    "betweenness": Sentence("busiest first", "介数最高者先"),
}


def rail_losses_topic(_: Inputs, findings: Findings) -> Topic | None:
    """What the rail of a cluster would lose."""
    found = findings.structure.rail_losses
    if found is None or found.stations.empty:
        return None
    costs = ("share_using", "share_cut_off", "mean_extra_min")
    layers: dict[str, gpd.GeoDataFrame] = {"vital_services": found.services}
    layers["vital_stations"] = found.stations
    lost = Sentence(f"Stations lost, timetable of {found.timetable_date}",
                    f"失去车站，{found.timetable_date}时刻表")  # fmt: skip
    return Topic(
        key="rail_losses",
        title=Sentence("Stations and trains that cannot be spared", "不可或缺的车站与列车"),
        reading=(_reading(found), left_at_a_tenth(found.robustness, _STATIONS), _METHOD),
        shown=(
            Shown(
                Sentence(
                    "Stations whose loss costs most, minutes over all journeys between cities",
                    "失去后代价最大的车站（城市间全部出行的平均增加分钟）",
                ),
                _rounded(found.stations),
                ("rank", "name_zh", *costs),
            ),
            Shown(
                Sentence(
                    "Pairs of stations whose direct trains are missed most",
                    "失去直达列车后代价最大的站对",
                ),
                _rounded(found.services),
                ("rank", "from_zh", "to_zh", "fastest_min", *costs),
            ),
        ),
        layers=layers,
        tables={"rail_robustness": found.robustness},
        maps=(
            TopicMap(
                "rail_losses",
                Sentence(
                    "Stations and direct trains that cannot be spared, minutes added to a mean "
                    "journey between cities",
                    "不可或缺的车站与直达列车（城市间平均出行增加的分钟）",
                ),
                layers,
                notes=(_METHOD,),
            ),
        ),
        charts=(robustness_chart("rail_robustness", lost, found.robustness),),
    )


_STATIONS = Sentence("stations", "车站")


def left_at_a_tenth(curves: pd.DataFrame, what: Sentence) -> Sentence:
    """What is left of the efficiency between cities after a tenth is lost.

    Parameters
    ----------
    curves : DataFrame
        As `toolkit.analysis.bottlenecks.robustness_curve` gives them, of three strategies.
    what : Sentence
        What is lost, in the plural.

    Returns
    -------
    Sentence
    """
    at = curves[curves["share"] <= 0.1]
    left = at.groupby(["strategy", "run"])["efficiency"].last().groupby("strategy").mean()
    return Sentence(
        f"Of the efficiency of travel between cities {left['random']:.0%} is left when a tenth of "
        f"the {what.en} is lost at random, {left['degree']:.0%} when those with most neighbours go "
        f"first, {left['betweenness']:.0%} when the busiest do.",
        f"随机失去十分之一{what.zh}后，城市间出行效率余{left['random']:.0%}；先失去连接最多者余"
        f"{left['degree']:.0%}，先失去介数最高者余{left['betweenness']:.0%}。",
    )


def robustness_chart(key: str, title: Sentence, curves: pd.DataFrame) -> TopicChart:
    """Curves of robustness as a chart: efficiency over the share lost, by strategy.

    Parameters
    ----------
    key : str
        File stem.
    title : Sentence
    curves : DataFrame
        As for `left_at_a_tenth`; of several runs the mean and the range are drawn.

    Returns
    -------
    TopicChart
    """
    drawn = []
    for strategy, name in _STRATEGIES.items():
        rows = curves[curves["strategy"] == strategy].groupby("lost")
        points = rows[["share", "efficiency"]].mean()
        drawn.append(
            Curve(
                name,
                x=points["share"].tolist(),
                y=points["efficiency"].tolist(),
                low=rows["efficiency"].min().tolist(),
                high=rows["efficiency"].max().tolist(),
            )
        )
    return TopicChart(
        key,
        title,
        Sentence("share lost", "失去的比例"),
        Sentence("efficiency left between cities", "剩余的城市间出行效率"),
        tuple(drawn),
    )


def _reading(found: RailLosses) -> Sentence:
    """Which stations cost most, and whether one cuts off."""
    top = found.stations.head(3)
    listed = place_list(top.assign(mean_extra_min=top["mean_extra_min"].round(1)), "mean_extra_min")
    cut = int((found.stations["share_cut_off"] > 0).sum())
    alone = "No station" if cut == 0 else f"{cut} station" + ("s" if cut > 1 else "")
    return Sentence(
        f"{alone} cut{'s' if cut <= 1 else ''} a city off if lost. Minutes that the loss of a "
        f"station adds to a mean journey between cities, most first: {listed.en}.",
        (f"{cut}座车站一旦失去即有城市无车可达。" if cut else "没有车站一旦失去即令城市无车可达。")
        + f"失去后城市间平均出行增加的分钟数，最多：{listed.zh}。",
    )


def _rounded(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """The first rows as they are read."""
    return pd.DataFrame(frame.head(10)).round({"mean_extra_min": 2})
