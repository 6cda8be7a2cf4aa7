"""One centre or many: sizes, links, communities, and what stays inside."""

import numpy as np
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import LinkStructure, PlanAgreement
from toolkit.claims.model import Sentence
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Curve, Shown, Topic, TopicChart, TopicMap

__all__ = ["polycentricity_topic", "steps_chart"]


def polycentricity_topic(_: Inputs, findings: Findings) -> Topic | None:
    """Morphological and functional polycentricity, communities against the plan."""
    found = findings.structure.links
    if found is None:
        return None
    tables = {
        "polycentricity_sizes": found.sizes.reset_index(),
        "polycentricity_steps": found.steps.reset_index(),
        "polycentricity_links": found.indices,
        "polycentricity_general": found.general,
        "interaction_cities": found.places,
        "interaction_pairs": found.pairs,
    }
    shown = [
        _networks_shown(found),
        _sizes_shown(found),
        _steps_shown(found),
        _cities_shown(found),
    ]
    if found.agreement is not None:
        tables["communities_by_seed"] = found.agreement.seeds
        tables["centralities"] = found.agreement.centralities
        tables["centrality_slopes"] = found.agreement.slopes
        shown.append(_slopes_shown(found.agreement))
    return Topic(
        key="polycentricity",
        title=Sentence("One centre or many", "单中心还是多中心"),
        reading=(*_reading(found), _METHOD),
        shown=tuple(shown),
        layers={"links": found.links, "communities": found.communities},
        tables=tables,
        maps=(
            TopicMap(
                "communities",
                Sentence("Communities of the direct trains", "直达列车联系的社群"),
                {"links": found.links, "communities": found.communities},
                notes=(_METHOD,),
            ),
        ),
        charts=(steps_chart(found.steps),),
    )


_NETWORKS = {
    "trains": Sentence("direct trains a day", "每日直达列车"),
    "gravity": Sentence("gravity of residents by travel time", "按时间的人口引力"),
    "path_flows": Sentence("gravity on its shortest way by train", "引力沿最短列车路径"),
}


def _networks_shown(found: LinkStructure) -> Shown:
    """Indices of each network on each timetable."""
    frame = found.indices.assign(
        network_zh=[_NETWORKS[each].zh for each in found.indices["network"]],
        network_en=[_NETWORKS[each].en for each in found.indices["network"]],
    )
    columns = (
        "network_zh", "timetable_date", "p_sf", "evenness", "density", "rank_size_slope",
        "interaction_entropy", "top_dominance", "top_city_zh", "top_city_share",
    )  # fmt: skip
    return Shown(
        Sentence("Links, by network and timetable", "联系网络（按时刻表）"), frame, columns
    )


_SIZES = {
    "rank_size_slope_2": Sentence("rank-size slope, 2 largest", "位序规模斜率（前2位）"),
    "rank_size_slope_3": Sentence("rank-size slope, 3 largest", "位序规模斜率（前3位）"),
    "rank_size_slope_4": Sentence("rank-size slope, 4 largest", "位序规模斜率（前4位）"),
    "rank_size_slope_mean_2_to_4": Sentence("mean of these slopes", "前三项均值"),
    "rank_size_slope_all": Sentence("rank-size slope, all", "位序规模斜率（全部）"),
    "gabaix_ibragimov_exponent": Sentence(
        "exponent of Gabaix and Ibragimov", "Gabaix-Ibragimov指数"
    ),
    "primacy_2": Sentence("largest over second", "首位与次位之比"),
    "primacy_4": Sentence("largest over the next three", "首位与其后三位之和之比"),
    "primacy_11": Sentence("twice the largest over the next ten", "首位两倍与其后十位之和之比"),
    "evenness": Sentence("evenness, 1 - sd/sd max", "均衡度（1-标准差/最大标准差）"),
    "entropy": Sentence("entropy over ln N", "熵与ln N之比"),
    "gini": Sentence("Gini coefficient", "基尼系数"),
}


def _sizes_shown(found: LinkStructure) -> Shown:
    """Every index of the residents, with its N and standard error."""
    frame = found.sizes.reset_index()
    names = [_SIZES.get(str(each), Sentence(str(each), str(each))) for each in frame["measure"]]
    caption = Sentence(
        "Indices of the residents of the cities, N places each", "各城市常住人口的指标（N为城市数）"
    )
    named = frame.assign(measure_zh=[n.zh for n in names], measure_en=[n.en for n in names])
    return Shown(caption, named, ("measure_zh", "value", "standard_error", "places"))


def _steps_shown(found: LinkStructure) -> Shown:
    """Indices of the sizes on the so many largest cities."""
    caption = Sentence(
        "Residents, on the so many largest cities: slope of ln size on ln rank; "
        "exponent of Gabaix and Ibragimov with its standard error",
        "常住人口（取最大若干城市）：位序规模斜率；Gabaix-Ibragimov指数及其标准误",
    )
    columns = ("places", "rank_size_slope", "exponent", "standard_error", "evenness", "entropy")
    return Shown(caption, found.steps.reset_index(), columns)


def steps_chart(steps: pd.DataFrame) -> TopicChart:
    """Draw what is said of the sizes by how many of the largest cities are counted.

    Parameters
    ----------
    steps : DataFrame
        As `toolkit.analysis.polycentricity.stepwise` gives it, index ``places``.

    Returns
    -------
    TopicChart
    """
    counted = steps.index.tolist()
    curves = []
    for column, name in [
        ("exponent", Sentence("exponent ± standard error", "Gabaix-Ibragimov指数±标准误")),
        ("evenness", _SIZES["evenness"]),
        ("entropy", _SIZES["entropy"]),
    ]:
        error = steps["standard_error"] if column == "exponent" else 0.0
        values = steps[column].replace(np.inf, np.nan)
        low, high = (values - error).clip(lower=0.0), values + error
        curves.append(Curve(name, counted, values.tolist(), low.tolist(), high.tolist()))
    return TopicChart(
        "sizes_by_number",
        Sentence("Sizes of the largest cities, by how many are counted", "最大若干城市的规模指标"),
        Sentence("cities counted", "计入的城市数"),
        Sentence("index", "指标"),
        tuple(curves),
        shares=False,
    )


def _cities_shown(found: LinkStructure) -> Shown:
    """Each city in the trains of the newest timetable."""
    trains = found.places[found.places["network"] == "trains"]
    newest = trains[trains["timetable_date"] == trains["timetable_date"].max()]
    date = newest["timetable_date"].iloc[0]
    caption = Sentence(
        f"Cities in the direct trains a day, timetable of {date}: trains in and out, over their "
        "mean (dominance), and arrivals less departures over both (symmetry)",
        f"各城市的每日直达列车（{date}时刻表）：往返合计、与均值之比（优势度）、到发差与合计之比（对称性）",
    )
    ordered = newest.sort_values("strength", ascending=False, kind="stable")
    return Shown(caption, ordered, ("name_zh", "strength", "dominance", "node_symmetry"))


def _slopes_shown(plan: PlanAgreement) -> Shown:
    """Slopes of the links inside and to the outside, beside that of the residents."""
    network = _network(plan)
    caption = Sentence(
        f"Form and function: rank-size slopes of the residents and of the links ({network.en}) "
        "inside the cluster and to the other clusters' cities; nearer to 0 is more polycentric "
        "(Burger, Meijers 2012)",
        f"形态与功能：常住人口及群内、对外联系（{network.zh}）的位序规模斜率；越近0越多中心"
        "（Burger、Meijers 2012）",
    )
    names = {
        "residents": Sentence("residents", "常住人口"),
        "internal": Sentence("links inside", "群内联系"),
        "external": Sentence("links to the outside", "对外联系"),
        "total": Sentence("all links", "全部联系"),
    }
    frame = plan.slopes.assign(
        measure_zh=[names[each].zh for each in plan.slopes["measure"]],
        measure_en=[names[each].en for each in plan.slopes["measure"]],
    )
    columns = ("measure_zh", "rank_size_slope", "slope_top_2_to_4", "places")
    return Shown(caption, frame, columns)


def _network(plan: PlanAgreement) -> Sentence:
    """What links the cities of all clusters."""
    return Sentence(
        *{"trains": ("trains", "列车"), "gravity": ("gravity", "引力模型")}[plan.network]
    )


_METHOD = Sentence(
    "P_SF: evenness times density (Green 2007); communities by Leiden's algorithm (Traag et al. "
    "2019). No index ranks clusters: each weighs top and tail in its own way.",
    "P_SF为均衡度乘以密度（Green 2007）；社群由Leiden算法得出（Traag等2019）。任何单一指标都不用于"
    "城市群排名：各指标对首尾的权重不同。",
)


def _reading(found: LinkStructure) -> tuple[Sentence, ...]:
    """How the trains changed, and how the communities match the plan."""
    trains = found.indices[found.indices["network"] == "trains"]
    first, last = trains.iloc[0], trains.iloc[-1]
    count = found.communities["community"].nunique()
    text = Sentence(
        f"P_SF of the direct trains: {last['p_sf']:.2f} ({last['timetable_date']}, "
        f"{last['places']} cities)",
        f"直达列车P_SF：{last['p_sf']:.2f}（{last['timetable_date']}，{last['places']}个城市）",
    )
    if len(trains) > 1:
        text = Sentence(
            f"{text.en}, after {first['p_sf']:.2f} ({first['timetable_date']})",
            f"{text.zh}，此前为{first['p_sf']:.2f}（{first['timetable_date']}）",
        )
    text = Sentence(
        f"{text.en}; {last['top_city_share']:.0%} of the trains touch {last['top_city_en']}; "
        f"within the cluster they form {count} communities.",
        f"{text.zh}；{last['top_city_share']:.0%}的列车涉及{last['top_city_zh']}；"
        f"城市群内部形成{count}个社群。",
    )
    general = found.general.iloc[-1]
    names = [_NETWORKS[each] for each in general["networks"].split(", ")]
    mean = Sentence(
        f"Its mean with that of the other networks, the general index P_GF, is "
        f"{general['p_gf']:.2f} (N = {general['places']}; {'; '.join(n.en for n in names)}).",
        f"各网络P_SF的均值即一般指数P_GF为{general['p_gf']:.2f}（N={general['places']}；"
        f"{'、'.join(n.zh for n in names)}）。",
    )
    plan = found.agreement
    if plan is None:
        return (text, mean)
    seeds, inside = plan.seeds, plan.internal
    rand = seeds["adjusted_rand"]
    links = _network(plan)
    return (
        text,
        mean,
        Sentence(
            f"Among the {int(seeds['places'].iloc[0])} cities of all clusters, communities of the "
            f"links ({links.en}) match the plan's membership with an adjusted Rand index of "
            f"{rand.iloc[0]:.2f} (seed {int(seeds['seed'].iloc[0])}; {rand.min():.2f} to "
            f"{rand.max():.2f} over {len(seeds)} seeds) and mutual information of "
            f"{seeds['mutual_information'].iloc[0]:.2f}; {inside.share:.0%} of the links that "
            f"touch a member stay inside, {inside.ratio:.1f} times what the configuration "
            "model expects.",
            f"在各城市群的{int(seeds['places'].iloc[0])}个城市中，联系（{links.zh}）所成社群与规划的"
            f"调整兰德指数为{rand.iloc[0]:.2f}（种子{int(seeds['seed'].iloc[0])}；{len(seeds)}个种子间"
            f"{rand.min():.2f}至{rand.max():.2f}），互信息{seeds['mutual_information'].iloc[0]:.2f}；"
            f"涉及成员的联系中{inside.share:.0%}在内部，为配置模型期望的{inside.ratio:.1f}倍。",
        ),
    )
