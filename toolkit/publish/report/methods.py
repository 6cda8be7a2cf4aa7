"""What a reader must know to trust the figures: methods, parameters, data and limits, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from toolkit.analysis.road import off_roads
from toolkit.claims.model import Sentence
from toolkit.claims.uncertainty import Draws
from toolkit.networks.inputs import Inputs
from toolkit.publish.report.parts import Cell, Table, plain, rows_of
from toolkit.settings import Settings
from toolkit.sources.files import InputRecord

__all__ = [
    "commands",
    "limits",
    "method_notes",
    "parameters_table",
    "records_table",
    "uncertainties_table",
]

_KINDS = {
    "boundaries": Sentence("boundaries", "行政边界"),
    "timetable": Sentence("timetable", "列车时刻表"),
    "roads": Sentence("roads", "公路网"),
    "water": Sentence("water", "水域"),
    "population": Sentence("population", "人口"),
}


def method_notes(settings: Settings) -> tuple[tuple[Sentence, Sentence], ...]:
    """Return title and text of each note on method."""
    s = settings
    return (
        (
            Sentence("Stations", "车站"),
            Sentence(
                f"Main stations lie within {s.main_station_radius_km:g} km of the city's seat, or "
                f"carry its name within {s.named_station_radius_km:g} km. 'Any' is every station "
                "of the prefecture, which may be a border halt an hour from the seat.",
                f"主要车站指距市政府驻地{s.main_station_radius_km:g}公里以内，"
                f"或{s.named_station_radius_km:g}公里以内且站名含市名的车站；"
                "“任一车站”指辖区内所有车站，可能只是距市区一小时的边界小站。",
            ),
        ),
        (
            Sentence("Waiting and changes", "候车与换乘"),
            Sentence(
                f"Where waiting counts: {s.waiting_min:g} min before each journey by rail "
                f"({s.waiting_intercity_min:g} on intercity lines run like a bus); a change takes "
                f"{s.change_same_station_min:g} min in one station and "
                f"{s.change_between_stations_min:g} between stations of a city, door to door by "
                "the clock as much more as the way between them takes.",
                f"计入候车时：铁路{s.waiting_min:g}分钟（公交化城际线"
                f"{s.waiting_intercity_min:g}分钟）；同站换乘{s.change_same_station_min:g}分钟，"
                f"同城异站换乘{s.change_between_stations_min:g}分钟（门到门按时刻计算时，两站间路程更久者从其久）。",
            ),
        ),
        (
            Sentence("Access", "进出站"),
            Sentence(
                f"To and from stations: straight distance × {s.access_detour:g} at "
                f"{s.access_speed_kmh:g} km/h.",
                f"往返车站：直线距离×{s.access_detour:g}，时速{s.access_speed_kmh:g}公里。",
            ),
        ),
        (
            Sentence("Margin", "判定余量"),
            Sentence(
                f"A finding decided by less than {s.margin_min:g} min or {s.margin_share:.0%} is "
                "called borderline, unless the claim sets another margin.",
                f"差距小于{s.margin_min:g}分钟或{s.margin_share:.0%}者判为“临界”，"
                "论断另设余量者除外。",
            ),
        ),
        (
            Sentence("Outcomes", "结论用语"),
            Sentence(
                "Holds or fails: under every definition that fits the words. Depends: under some "
                "only. Inconsistent: contradicts itself, another statement or arithmetic. Not "
                "checkable: needs data that are not open.",
                "成立／不成立：在所有合乎原文的口径下皆然；视口径而定：仅在部分口径下成立；"
                "自相矛盾：与自身、其他论断或算术相抵触；无法核验：所需数据未公开。",
            ),
        ),
    )


def uncertainties_table(draws: Draws) -> Table:
    """Return what is drawn for the stability of verdicts: distribution, reason and source."""
    return Table(
        Sentence(
            f"Stability: each verdict again under {draws.number:,} draws of these",
            f"稳定性：按下列不确定性抽样{draws.number:,}次，逐次重新判定",
        ),
        (
            Sentence("what", "对象"),
            Sentence("drawn from", "分布"),
            Sentence("why", "理由"),
            Sentence("source", "来源"),
        ),
        rows_of(
            (
                Cell(one.name),
                Cell(plain(one.spans)),
                Cell(Sentence(one.reason_en, one.reason_zh)),
                Cell(plain(one.source)),
            )
            for one in draws.uncertainties.values()
        ),
    )


def limits(inputs: Inputs, *, modelled: bool, settings: Settings) -> tuple[Sentence, ...]:
    """Return what the figures cannot tell, as far as it applies to this run."""
    notes = []
    if inputs.roads is not None and inputs.roads.schematic:
        notes.append(
            Sentence(
                "The road network is schematic: straight between places, with lengths from "
                "published totals. Road times are approximate, and the outlines of circles with "
                "them.",
                "公路网为示意：地点之间取直线，里程据公布总数；公路时间及圈层轮廓均为近似值。",
            )
        )
    if inputs.roads is None:
        notes.append(
            Sentence(
                "No road network was given: times are by rail only and no circles are drawn.",
                "未提供公路网：仅有铁路时间，不绘制圈层。",
            )
        )
    else:
        notes.append(
            Sentence(
                "Driving is on an empty road; peaks, tolls and parking are not counted.",
                "驾车时间按道路畅通计，未计高峰拥堵、收费与停车。",
            )
        )
        far = off_roads(inputs.roads, inputs.cluster.cities, settings=settings)
        if len(far):
            named = inputs.cluster.cities.loc[far.index]
            english = ", ".join(
                f"{name} ({km:.1f} km)" for name, km in zip(named["name_en"], far, strict=True)
            )
            chinese = "、".join(
                f"{name}（{km:.1f}公里）" for name, km in zip(named["name_zh"], far, strict=True)
            )
            notes.append(
                Sentence(
                    f"These seats lie farther than {settings.join_limit_km:g} km from every road "
                    f"of the network given and count as unreached by road: {english}.",
                    f"下列驻地距所给公路网任一道路超过{settings.join_limit_km:g}公里，"
                    f"按公路不可达计：{chinese}。",
                )
            )
    if inputs.timetables:
        notes.append(
            Sentence(
                "Changes of train are best cases: the connection is taken as met. A timetable is "
                "that of one day; on which other days a train runs is not known.",
                "换乘按最好情况计，假定衔接成功；时刻表仅为某一天，列车在其他日期是否开行未知。",
            )
        )
    if modelled:
        notes.append(
            Sentence(
                "People are modelled: residents of each prefecture spread over its places. Counts "
                "inside a circle are estimates, and less certain the smaller the circle.",
                "人口为模拟值：将各地级市常住人口分摊到其居民点；圈内人口为估计，圈越小越不确定。",
            )
        )
    if inputs.prefectures is None:
        notes.append(
            Sentence(
                "No boundaries are known here: a station belongs to the nearest seat.",
                "缺少行政边界：车站归属最近的城市驻地。",
            )
        )
    return tuple(notes)


def records_table(records: Sequence[InputRecord]) -> Table:
    """Return what was read: use, name, date, licence, source and checksum."""
    return Table(
        Sentence("Data, their dates and licences", "数据、日期与许可"),
        (
            Sentence("used as", "用途"),
            Sentence("name", "名称"),
            Sentence("data of", "数据日期"),
            Sentence("licence", "许可"),
            Sentence("source", "来源"),
            Sentence("SHA-256", "SHA-256"),
        ),
        rows_of(
            (
                Cell(_KINDS.get(record.kind, plain(record.kind))),
                Cell(plain(record.name)),
                Cell(
                    plain(record.data_date) if record.data_date else Sentence("undated", "未注明")
                ),
                Cell(plain(record.licence)),
                Cell(plain(record.source) if record.source else Sentence("embedded", "内置")),
                Cell(plain(record.sha256[:16] or "–")),
            )
            for record in records
        ),
    )


def parameters_table(settings: Settings, facts: Mapping[str, str]) -> Table:
    """Return facts of the run and settings; folders are left out, they differ by machine."""
    rows = [(key, value) for key, value in facts.items() if not key.startswith("input_")]
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Path):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
        if field.name not in facts:
            rows.append((field.name, shown))
    return Table(
        Sentence("Parameters of this run", "本次运行的参数"),
        (Sentence("parameter", "参数"), Sentence("value", "取值")),
        rows_of((Cell(plain(key)), Cell(plain(value))) for key, value in rows),
        sortable=False,
    )


def commands(slug: str, claim: str) -> tuple[tuple[Sentence, str], ...]:
    """Return what to type to get this report again, and to look closer at a claim, if there is one.

    Examples
    --------
    >>> [command for _, command in commands("jing-jin-ji", "A1")][1]
    'toolkit claims jing-jin-ji --id A1'
    """
    closer = Sentence("One claim, step by step", "逐步核查某一论断")
    return (
        (Sentence("The whole run", "完整运行"), f"toolkit run {slug}"),
        *([(closer, f"toolkit claims {slug} --id {claim}")] if claim else []),
        (Sentence("What it was computed from", "所用输入"), f"outputs/{slug}/run.json"),
    )
