"""What each city, each station and each cell reaches."""

import geopandas as gpd

from toolkit.analysis.findings import Findings
from toolkit.analysis.structure import PlaceAccess
from toolkit.analysis.structure.cells import LEAST_MIN
from toolkit.claims.model import Sentence
from toolkit.claims.wording import place_list
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.topic import Shown, Topic, TopicMap

__all__ = ["accessibility_topic"]

_TITLE = Sentence("Accessibility", "可达性")
_STATIONS = 15


def accessibility_topic(_: Inputs, findings: Findings) -> Topic | None:
    """Accessibility of cities and stations."""
    access = findings.structure.access
    if access is None:
        return None
    newest = max(access.minutes)
    cities = access.cities[access.cities["timetable_date"] == newest]
    stations = access.stations[access.stations["timetable_date"] == newest]
    cities = cities.sort_values("weighted_average_min", kind="stable", ignore_index=True)
    layers: dict[str, gpd.GeoDataFrame] = {"accessibility": cities}
    if len(stations):
        layers["station_accessibility"] = stations
    columns = (
        "name_zh",
        "weighted_average_min",
        "potential",
        *(str(name) for name in cities if str(name).startswith("people_")),
        "performance",
        "daily_people",
    )
    dated = Sentence(f"timetable of {newest}", f"{newest}时刻表") if newest else Sentence("", "")
    caption = Sentence(
        f"What each city reaches, door to door, {dated.en}", f"各城市门到门可达性，{dated.zh}"
    )
    notes = (_method(access), _decay(access))
    sheets = [
        TopicMap(
            "accessibility",
            Sentence("Potential accessibility of cities and stations", "城市与车站的潜力可达性"),
            dict(reversed(layers.items())),
            notes=notes,
        )
    ]
    if access.cells is not None:
        sheets += _cell_maps(access.cells, (*notes, _CELLS))
        layers["cell_accessibility"] = access.cells
    return Topic(
        key="accessibility",
        title=_TITLE,
        reading=(_found(access, newest), *notes),
        shown=(Shown(caption, cities, columns), *_stations_shown(stations, columns)),
        layers=layers,
        tables={"accessibility_by_timetable": access.cities.drop(columns="geometry")},
        maps=tuple(sheets),
    )


_CELLS = Sentence(
    "Cells of a regular grid, from their centres: by road, or by any station of the cluster; the "
    f"way to a station by road or through town. No time is below {LEAST_MIN:g} minutes.",
    "规则格网自中心起算：全程驾车或经群内任一车站乘车，进出站驾车或穿行市区；"
    f"任何时间不低于{LEAST_MIN:g}分钟。",
)
_CELL_MAPS = {
    "weighted_average_min": Sentence(
        "Mean minutes from each cell to the residents of the cities",
        "各格网到各城市居民的平均时间",
    ),
    "potential": Sentence("Potential accessibility of each cell", "各格网的潜力可达性"),
    "people_60": Sentence("People within an hour of each cell", "各格网一小时可达人口"),
    "daily_people": Sentence("People within a day's return of each cell", "各格网一日可达人口"),
}


def _cell_maps(cells: gpd.GeoDataFrame, notes: tuple[Sentence, ...]) -> list[TopicMap]:
    """A map of each measure of the cells."""
    return [
        TopicMap(
            f"cells_{column}",
            title,
            {"cell_accessibility": cells},
            notes=notes,
            columns={"cell_accessibility": column},
        )
        for column, title in _CELL_MAPS.items()
        if column in cells
    ]


def _stations_shown(stations: gpd.GeoDataFrame, columns: tuple[str, ...]) -> tuple[Shown, ...]:
    """The stations nearest to everybody."""
    if stations.empty:
        return ()
    best = stations.sort_values("weighted_average_min", kind="stable").head(_STATIONS)
    caption = Sentence(
        "Stations with the least mean minutes to the residents of the other cities",
        "到其他城市居民平均时间最短的车站",
    )
    return (Shown(caption, best, tuple(name for name in columns if name in best)),)


def _found(access: PlaceAccess, newest: str) -> Sentence:
    """Which cities are nearest to everybody, and which gained most since the oldest timetable."""
    table = access.cities
    average = table.pivot(index="adcode", columns="timetable_date", values="weighted_average_min")
    names = table.drop_duplicates("adcode").set_index("adcode")[["name_zh", "name_en"]]
    nearest = names.assign(minutes=average[newest].round()).dropna().sort_values("minutes")
    if nearest.empty:
        return Sentence("No city reaches all others.", "没有城市能到达其余所有城市。")
    first = place_list(nearest.head(3), "minutes")
    last = place_list(nearest.tail(2).iloc[::-1], "minutes")
    text = Sentence(
        f"Least mean minutes to the residents of the other cities: {first.en}; most: {last.en}.",
        f"到其他城市居民的平均时间（分钟）最短：{first.zh}；最长：{last.zh}。",
    )
    oldest = min(access.minutes)
    if oldest == newest:
        return text
    saved = names.assign(minutes=(average[oldest] - average[newest]).round()).dropna()
    saved = saved[saved["minutes"] > 0].sort_values("minutes", ascending=False)
    if saved.empty:
        return text
    gained = place_list(saved.head(3), "minutes")
    return Sentence(
        f"{text.en} Minutes saved since the timetable of {oldest}, most first: {gained.en}.",
        f"{text.zh}较{oldest}时刻表节省分钟数最多：{gained.zh}。",
    )


def _method(access: PlaceAccess) -> Sentence:
    """What is counted."""
    rail = Sentence(" By rail only: no road network was given.", "未提供公路网，仅计铁路。")
    only = rail if access.rail_only else Sentence("", "")
    return Sentence(
        "Cities: door to door, by rail or road, whichever is faster; stations: from the platform "
        "to the main stations of each city. What is reached are residents, each at the seat of "
        f"their prefecture; ratio: people within {access.performance_min:g} minutes over people "
        f"within {access.proximity_km:g} km.{only.en}",
        "城市按门到门时间（铁路或公路取较快者）；车站自站台计至各城市主要车站。可达人口按地级市驻地计；"
        f"人口可达比为{access.performance_min:g}分钟可达人口与{access.proximity_km:g}公里内人口之比。"
        f"{only.zh}",
    )


def _decay(access: PlaceAccess) -> Sentence:
    """The decay of the potential, and where it comes from."""
    power = f"{access.decay.parameter:.2f}"
    if access.fit is None:
        return Sentence(
            f"Potential: residents over minutes to the power of {power} (Hansen 1959), not fitted.",
            f"潜力：人口除以时间的{power}次方（Hansen 1959），指数未拟合。",
        )
    fit = access.fit
    return Sentence(
        f"Potential: residents over minutes to the power of {power} (Hansen 1959), fitted to "
        f"trains a day on {fit.pairs} pairs (standard error {fit.standard_error:.2f}, R² "
        f"{fit.r_squared:.2f}).",
        f"潜力：人口除以时间的{power}次方（Hansen 1959），指数由{fit.pairs}对城市的每日列车数拟合"
        f"（标准误{fit.standard_error:.2f}，R² {fit.r_squared:.2f}）。",
    )
