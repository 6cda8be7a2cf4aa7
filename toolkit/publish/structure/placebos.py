"""Borders between provinces beside placebo lines: what is found there, and how often elsewhere."""

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.structure.placebos import BorderPlacebos
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.publish.structure.topic import Shown, TopicMap

__all__ = ["placebos_map", "placebos_reading", "placebos_shown", "placebos_table"]

_MEASURES = {
    "crossings_per_10_km": Sentence("roads across per 10 km", "每10公里跨界道路"),
    "dead_ends_per_100_km": Sentence("dead ends per 100 km of road", "每100公里道路断头路"),
    "dead_ends_closed_per_100_km": Sentence(
        "the same, gaps of the data closed", "同上，数据断口接通后"
    ),
}
_METHOD = Sentence(
    "Placebo lines run parallel to a border inside the provinces, 8 to 30 km from it; dead ends "
    "are counted within 2 km of a line. Lines near each other are alike, and follow the plain "
    "where a border follows a ridge: an indication, no proof.",
    "安慰剂线与边界平行，位于省内距边界8至30公里处；断头路按线两侧2公里内计。相邻线彼此相似，"
    "且边界多沿山脊而安慰剂线多在平原：仅供参考，不构成证明。",
)


def placebos_table(found: BorderPlacebos) -> pd.DataFrame:
    """The tests with the measures named in both languages.

    Parameters
    ----------
    found : BorderPlacebos

    Returns
    -------
    DataFrame
    """
    names = [_MEASURES[measure] for measure in found.tests["measure"]]
    named = found.tests.rename(columns={"ratio": "placebo_ratio"})
    return named.assign(
        measure_zh=[name.zh for name in names], measure_en=[name.en for name in names]
    )


def placebos_shown(found: BorderPlacebos) -> Shown:
    """The tests as a table of the report.

    Parameters
    ----------
    found : BorderPlacebos

    Returns
    -------
    Shown
    """
    columns = ("provinces_zh", "measure_zh", "observed", "placebo_mean", "placebo_ratio",
               "share_as_high", "lines")  # fmt: skip
    caption = Sentence(
        "Borders between provinces against placebo lines inside them", "省界与省内安慰剂线对比"
    )
    rounded = placebos_table(found).round({"observed": 2, "placebo_mean": 2, "placebo_ratio": 2})
    return Shown(caption, rounded, columns)


def placebos_reading(found: BorderPlacebos) -> tuple[Sentence, ...]:
    """What stands out at each border, and how it was compared.

    Parameters
    ----------
    found : BorderPlacebos

    Returns
    -------
    tuple of Sentence
    """
    en, zh = [], []
    for (pair_zh, pair_en), group in found.tests.groupby(
        ["provinces_zh", "provinces_en"], sort=False
    ):
        tests = group.set_index("measure")[["observed", "placebo_mean", "share_as_high"]]
        rate, beside, _ = tests.loc["dead_ends_per_100_km"].to_numpy(float).round(2)
        left, _, share = tests.loc["dead_ends_closed_per_100_km"].to_numpy(float).round(2)
        if np.isnan(rate):
            continue
        en.append(
            f"{pair_en} {rate:.2f} against {beside:.2f}, {left:.2f} with gaps of the data closed "
            f"(as high at {share:.0%} of the lines)"
        )
        zh.append(
            f"{pair_zh}{rate:.2f}对{beside:.2f}，数据断口接通后{left:.2f}"
            f"（不低于此的线占{share:.0%}）"
        )
    if not en:
        return (_METHOD,)
    return (
        Sentence(
            f"Dead ends per 100 km of road near borders against placebo lines: {'; '.join(en)}.",
            f"边界附近每100公里道路的断头路与安慰剂线之比较：{'；'.join(zh)}。",
        ),
        _METHOD,
    )


def placebos_map(inputs: Inputs, found: BorderPlacebos) -> TopicMap:
    """Dead ends on the roads, with borders and placebo lines.

    Parameters
    ----------
    inputs : Inputs
    found : BorderPlacebos

    Returns
    -------
    TopicMap
    """
    cities = inputs.cluster.cities
    labels = cities.assign(label=cities["name_zh"] + " " + cities["name_en"])
    roads: dict[str, gpd.GeoDataFrame] = {}
    if inputs.roads is not None:
        roads["roads"] = roads_layer(inputs.roads)
    return TopicMap(
        "border_placebos",
        Sentence("Dead ends, borders of provinces and placebo lines", "断头路、省界与安慰剂线"),
        {**roads, "placebo_lines": found.lines, "dead_ends": found.ends},
        labels=gpd.GeoDataFrame(labels),
        extent=found.lines,
        notes=(_METHOD,),
    )
