"""What new links change: minutes between cities before and after, and figures for all together."""

from typing import Literal

import geopandas as gpd
import pandas as pd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import ScenarioFound
from toolkit.claims.model import Sentence
from toolkit.claims.wording import figure_text, number, text_table
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["effects_as_text", "scenario_topic", "scenarios_topic"]

_HOUR_MIN = 60
_MEASURES = {
    "pairs_within": Sentence("ordered pairs of cities within 60 min", "60分钟内的城市对（有向）"),
    "residents_within": Sentence("residents within 60 min, mean", "60分钟内可达居民（人均）"),
    "mean_min": Sentence("mean minutes between residents", "居民间平均时间（分钟）"),
    "efficiency": Sentence("efficiency (1/min)", "效率（1/分钟）"),
    "potential": Sentence("potential, residents over minutes", "潜力（人口/分钟）"),
    "p_sf": Sentence("P_SF of gravity links", "引力联系的P_SF"),
}
_BY_RAIL = Sentence(
    "Before: the trains and roads of the run; after: the same with the link. Times on new railway "
    "lines are modelled from line speed, without stops, and connections are taken as met: a best "
    "case.",
    "之前：本次运行的列车与公路；之后：另加新线路。新建铁路的时间由线路速度推算，途中不停站，且假定"
    "换乘衔接成功：为最好情况。",
)
_BY_ROAD = Sentence(
    "Before: the trains and roads of the run; after: the same with the link, driven at the speed "
    "stated for it, without traffic.",
    "之前：本次运行的列车与公路；之后：另加新线路，按其给定速度行驶，不计拥堵。",
)


_SKETCH = Sentence(
    "The other roads are schematic: which places main roads join, with lengths and speeds assumed. "
    "--roads takes real ones, which circles need.",
    "其余公路为示意，仅表示主要公路所连接的地点，里程与速度均为假定；等时圈需以--roads给出实际公路网。",
)


def scenarios_topic(_: Inputs, findings: Findings) -> Topic | None:
    """The built-in scenarios that concern the cluster."""
    return scenario_topic(findings.structure.scenarios)


def scenario_topic(
    found: tuple[ScenarioFound, ...],
    *,
    land: gpd.GeoDataFrame | None = None,
    reached: pd.DataFrame | None = None,
    city_maps: bool = False,
) -> Topic | None:
    """Scenarios as a topic, None where there is none.

    Parameters
    ----------
    found : tuple of ScenarioFound
    land, reached : GeoDataFrame and DataFrame, optional
        What all of them together change in the circles of the cores
        (`toolkit.analysis.scenario_reach`).
    city_maps : bool
        Whether to map what changes for each city too.

    Returns
    -------
    Topic or None
    """
    if not found:
        return None
    times = _joined([each.times.assign(**_said(each)) for each in found])
    saved = times[times["saved_min"] > 0]
    links = _joined([each.links.assign(**_said(each), source=each.source) for each in found])
    effects = pd.concat([_effects(each) for each in found], ignore_index=True)
    cities = _joined([each.cities.assign(**_said(each)) for each in found])
    circles = [each.circle.assign(**_said(each)) for each in found if len(each.circle)]
    circle = pd.concat(circles, ignore_index=True) if circles else pd.DataFrame()
    shown = [
        Shown(
            Sentence("Effects on all cities together", "对全部城市的影响"),
            effects,
            ("scenario_zh", "measure_zh", "before", "after", "change"),
        ),
        Shown(
            Sentence("Minutes saved between cities, door to door", "城市间节省的门到门时间"),
            saved.head(40),
            ("scenario_zh", "from_zh", "to_zh", "before_min", "after_min", "saved_min"),
        ),
        _cities_shown(cities),
    ]
    if len(circle):
        columns = ("scenario_zh", "name_zh", "fastest_before_min", "fastest_after_min", "km",
                   "line_speed_kmh", "speed_needed_kmh")  # fmt: skip
        caption = Sentence(
            "Fastest trains from the leading core over the new line, and the line speed at which "
            "the hour is kept without a stop",
            "经新线由首位核心城市出发的最快列车，以及不停站一小时可达所需线路速度",
        )
        whole = circle.assign(speed_needed_kmh=circle["speed_needed_kmh"].round())
        shown.insert(0, Shown(caption, whole, columns))
    layers = {"scenario_links": links, "scenario_times": saved, "scenario_cities": cities}
    tables = {"scenario_effects": effects, "scenario_all_times": times.drop(columns="geometry")}
    if len(circle):
        tables["scenario_circle"] = circle
    maps = [_map(each) for each in found]
    if city_maps:
        maps += [sheet for each in found for sheet in _city_maps(each)]
    if land is not None and len(land) and reached is not None:
        layers["scenario_reach"] = land
        tables["scenario_reached"] = reached
        shown.insert(1, _reached(reached))
        maps += _reach_maps(found, land)
    return Topic(
        key="scenarios",
        title=Sentence("Scenarios", "情景"),
        reading=(*(_reading(each) for each in found), *_circles_read(reached), _label(found[0])),
        shown=tuple(shown),
        layers=layers,
        tables=tables,
        maps=tuple(maps),
    )


def effects_as_text(effects: pd.DataFrame, lang: Literal["en", "zh"] = "en") -> str:
    """Effects for a terminal, each measure on a line of its own.

    Parameters
    ----------
    effects : DataFrame
        The table ``scenario_effects`` of a topic.
    lang : {'en', 'zh'}

    Returns
    -------
    str

    Examples
    --------
    >>> effects = pd.DataFrame({"measure_en": ["mean minutes"], "measure_zh": ["平均时间"],
    ...                         "before": [131.77], "after": [130.94], "change": [-0.83]})
    >>> print(effects_as_text(effects))
    measure       before   after  change
    mean minutes  131.77  130.94   -0.83
    """
    header = Sentence("measure before after change", "指标 之前 之后 变化").text(lang).split()
    rows = [
        [str(row[f"measure_{lang}"])]
        + [figure_text(row[column]) for column in ("before", "after", "change")]
        for _, row in effects.iterrows()
    ]
    return text_table(header, rows, numbers=True)


def _label(each: ScenarioFound) -> Sentence:
    """What is compared, and how times on the link come about."""
    if each.modelled:
        return _BY_RAIL
    if not each.schematic:
        return _BY_ROAD
    return Sentence(f"{_BY_ROAD.en} {_SKETCH.en}", f"{_BY_ROAD.zh}{_SKETCH.zh}")


def _said(each: ScenarioFound) -> dict[str, str]:
    """Columns that say which scenario a row belongs to."""
    return {
        "scenario": each.key,
        "scenario_zh": each.name_zh,
        "scenario_en": each.name_en,
        "timetable_date": each.timetable_date,
    }


def _joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Rows of several layers."""
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=4326)


def _effects(each: ScenarioFound) -> pd.DataFrame:
    """Effects with the measures named in both languages."""
    table: pd.DataFrame = each.effects.reset_index()
    names = [_MEASURES[measure] for measure in table["measure"]]
    return table.assign(
        **_said(each), measure_zh=[n.zh for n in names], measure_en=[n.en for n in names]
    )


def _map(each: ScenarioFound) -> TopicMap:
    """Pairs that save time, under the link itself."""
    saved = each.times[each.times["saved_min"] > 0]
    times = f"; 时刻表 timetable {each.timetable_date}" if each.timetable_date else ""
    source = f"来源 Source: {each.source}{times}"
    return TopicMap(
        f"scenario_{each.key.replace('-', '_')}",
        Sentence(f"Minutes saved by: {each.name_en}", f"节省的时间：{each.name_zh}"),
        {"scenario_times": saved, "scenario_links": each.links},
        notes=(
            _label(each),
            Sentence(source, source),
        ),
    )


_CITY_MAPS = {
    "residents_change": Sentence(
        "Change of the residents within an hour of each city", "各城市一小时可达居民的变化"
    ),
    "efficiency_change": Sentence(
        "Change of the efficiency of each city (mean of 1/min)", "各城市效率的变化（1/分钟均值）"
    ),
    "dominance_change": Sentence(
        "Change of the dominance of each city in gravity links (polycentricity)",
        "各城市在引力联系中优势度的变化（多中心性）",
    ),
}


def _city_maps(each: ScenarioFound) -> list[TopicMap]:
    """What changes for each city, measure by measure, where anything does."""
    return [
        TopicMap(
            f"scenario_{column.removesuffix('_change')}_{each.key.replace('-', '_')}",
            Sentence(f"{title.en}: {each.name_en}", f"{title.zh}：{each.name_zh}"),
            {"scenario_links": each.links, "scenario_cities": each.cities},
            labels=_labelled(each.cities, column),
            notes=(_label(each),),
            columns={"scenario_cities": column},
        )
        for column, title in _CITY_MAPS.items()
        if (each.cities[column].fillna(0.0) != 0.0).any()
    ]


def _labelled(cities: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """Names of the cities, those that change most first, each with its change."""
    order = cities[column].abs().sort_values(ascending=False, kind="stable").index
    ordered = cities.loc[order]
    labels = [
        f"{row['name_zh']} {row['name_en']}"
        + (f"\n{row[column]:+,.3g}" if abs(row[column]) < 1000 else f"\n{row[column]:+,.0f}")
        * bool(row[column])
        for _, row in ordered.iterrows()
    ]
    return gpd.GeoDataFrame(ordered.assign(label=labels))


def _cities_shown(cities: gpd.GeoDataFrame) -> Shown:
    """Cities for which something changes."""
    changed = cities[(cities[["efficiency_change", "dominance_change"]] != 0.0).any(axis=1)]
    ordered = changed.sort_values("efficiency_change", ascending=False, kind="stable")
    columns = ("scenario_zh", "name_zh", "mean_min_before", "mean_min_after", "residents_before",
               "residents_after", "efficiency_before", "efficiency_after", "dominance_before",
               "dominance_after")  # fmt: skip
    caption = Sentence(
        "Each city before and after: mean minutes to the residents of the others, residents within "
        "an hour, efficiency, dominance in gravity links",
        "各城市前后对比：到其他城市居民的平均时间、一小时可达居民、效率、引力联系中的优势度",
    )
    return Shown(caption, ordered.head(40), columns)


def _reached(reached: pd.DataFrame) -> Shown:
    """Land and people of the circles, before and after."""
    caption = Sentence(
        "Land and people within minutes of each core, door to door",
        "各核心城市门到门时间圈内的土地与人口",
    )
    columns = ("core_zh", "minutes", "area_before_km2", "area_after_km2", "people_before",
               "people_after")  # fmt: skip
    return Shown(caption, reached, columns)


def _reach_maps(found: tuple[ScenarioFound, ...], land: gpd.GeoDataFrame) -> list[TopicMap]:
    """Circles that change, the hour where it does, with what is gained and lost under the links."""
    links = _joined([each.links for each in found])
    names = Sentence("; ".join(e.name_en for e in found), "；".join(e.name_zh for e in found))
    maps = []
    for core, rows in land.groupby("core_adcode", sort=False):
        changed = sorted(rows.loc[rows["land"] != "kept", "minutes"].unique())
        if not changed:
            continue
        minutes = _HOUR_MIN if _HOUR_MIN in changed else changed[0]
        zh, en = rows["core_zh"].iloc[0], rows["core_en"].iloc[0]
        title = Sentence(
            f"Within {minutes:.0f} minutes of {en}, door to door, before and after: {names.en}",
            f"{zh}门到门{minutes:.0f}分钟圈前后变化：{names.zh}",
        )
        shown = {"scenario_reach": rows[rows["minutes"] == minutes], "scenario_links": links}
        key = f"scenario_reach_{found[0].key.replace('-', '_')}_{core}"
        maps.append(TopicMap(key, title, shown, notes=(_label(found[0]),)))
    return maps


def _circles_read(reached: pd.DataFrame | None) -> tuple[Sentence, ...]:
    """What each core's hour gains."""
    if reached is None or reached.empty:
        return ()
    return tuple(_hour(row) for _, row in reached[reached["minutes"] == _HOUR_MIN].iterrows())


def _hour(row: pd.Series) -> Sentence:
    """Land and people within an hour of one core, before and after."""
    start = Sentence(
        f"Within an hour of {row['core_en']}, door to door:", f"{row['core_zh']}门到门一小时圈："
    )
    people = Sentence("", "")
    if row["area_before_km2"] == row["area_after_km2"]:
        return Sentence(
            f"{start.en} {row['area_after_km2']:,.0f} km² of land, unchanged.",
            f"{start.zh}土地{row['area_after_km2']:,.0f}平方公里，不变。",
        )
    land = Sentence(
        f"{row['area_before_km2']:,.0f} to {row['area_after_km2']:,.0f} km² of land",
        f"土地由{row['area_before_km2']:,.0f}变为{row['area_after_km2']:,.0f}平方公里",
    )
    if pd.notna(row["people_before"]):
        people = Sentence(
            f", {row['people_before']:,.0f} to {row['people_after']:,.0f} people",
            f"，人口由{row['people_before']:,.0f}变为{row['people_after']:,.0f}人",
        )
    return Sentence(f"{start.en} {land.en}{people.en}.", f"{start.zh}{land.zh}{people.zh}。")


def _reading(each: ScenarioFound) -> Sentence:
    """What a scenario brings, and what would have to be built where the hour is missed."""
    saved = each.times[each.times["saved_min"] > 0]
    if saved.empty:
        gain = Sentence("saves no pair of cities any time", "不节省任何城市对的时间")
    else:
        best = saved.iloc[0]
        gain = Sentence(
            f"saves time on {len(saved)} of {len(each.times)} ordered pairs of cities, most from "
            f"{best['from_en']} to {best['to_en']} ({number(best['before_min'])} to "
            f"{number(best['after_min'])} min door to door)",
            f"在{len(each.times)}个有向城市对中缩短{len(saved)}个的时间，最多为{best['from_zh']}至"
            f"{best['to_zh']}（门到门{number(best['before_min'])}变为{number(best['after_min'])}分钟）",
        )
    parts = [Sentence(f"{each.name_en}: {gain.en}.", f"{each.name_zh}：{gain.zh}。")]
    for _, row in each.circle.iterrows():
        if not row["fastest_before_min"] > 60:
            continue
        inside = row["fastest_after_min"] <= 60
        speed = figure_text(round(row["speed_needed_kmh"])) if row["km"] == row["km"] else ""
        need = (
            Sentence(
                f" the hour needs {speed} km/h over {row['km']:.0f} km without a stop "
                f"(assumed: {row['line_speed_kmh']:.0f})",
                f"一小时需在{row['km']:.0f}公里上不停站达到{speed}公里/时"
                f"（假定{row['line_speed_kmh']:.0f}）",
            )
            if speed
            else Sentence(
                f" the hour needs {row['fastest_after_min'] - 60:.0f} min less on the way to the "
                "new line",
                f"一小时尚需在新线以外缩短{row['fastest_after_min'] - 60:.0f}分钟",
            )
        )
        verdict = Sentence("enters the hour" if inside else "stays outside the hour",
                           "进入一小时圈" if inside else "仍在一小时圈外")  # fmt: skip
        parts.append(
            Sentence(
                f" {row['name_en']} {verdict.en}, fastest train {row['fastest_before_min']:.0f} to "
                f"{row['fastest_after_min']:.0f} min;{need.en}.",
                f"{row['name_zh']}{verdict.zh}，最快列车{row['fastest_before_min']:.0f}变为"
                f"{row['fastest_after_min']:.0f}分钟；{need.zh}。",
            )
        )
    return Sentence("".join(p.en for p in parts), "".join(p.zh for p in parts))
