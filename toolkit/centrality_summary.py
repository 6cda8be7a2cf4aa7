"""What a run prints of the centrality of its roads: the busiest ones, the best connected city."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.claims.model import Language, Sentence
from toolkit.claims.wording import text_table
from toolkit.networks.geodesy import distances_m
from toolkit.publish.assembly import centrality_layers
from toolkit.publish.structure.centrality import busiest_roads

if TYPE_CHECKING:
    from toolkit.pipeline import RunResult

__all__ = ["centrality_as_data", "centrality_as_text"]

_SHOWN = 5
_HEAD = Sentence(
    "Most used roads (betweenness: share of all pairs of junctions whose fastest route takes the "
    "busiest stretch)",
    "最常被经过的道路（中介中心性：最快路径经过最繁忙路段的节点对占比）",
)
_COLUMNS = (Sentence("road", "道路"), Sentence("place", "位置"), Sentence("pairs", "占比"))
_BEST = Sentence(
    "Best connected city by road: {city}, {minutes:.0f} min on average to the {count:,} junctions "
    "(closeness {closeness:.2f} per hour)",
    "公路上联系最便捷的城市：{city}，到{count:,}个节点平均{minutes:.0f}分钟"
    "（接近中心性每小时{closeness:.2f}）",
)


def centrality_as_data(result: "RunResult") -> dict[str, Any] | None:
    """The most used roads and the best connected city of a run as plain data.

    Parameters
    ----------
    result : RunResult

    Returns
    -------
    dict or None
        None where no centrality was computed. ``busiest_roads``: for each its ``ref`` and ``name``,
        the nearest city and the ``km`` to it, ``betweenness`` and ``share_of_pairs``.
        ``best_connected_city``: its names, ``closeness_per_hour`` and the inverse of that,
        ``mean_min``, to all ``junctions``.
    """
    found, network = result.findings.centrality, result.inputs.roads
    if found is None or network is None:
        return None
    cities, count = result.cluster.cities, len(network.nodes)
    roads = centrality_layers(network, found)["road_centrality"]
    busiest = busiest_roads(roads, count).head(_SHOWN)
    near = _nearest_cities(roads.geometry.loc[busiest.index], cities)
    columns = ["ref", "name", "betweenness", "share_of_pairs"]
    data: dict[str, Any] = {
        "busiest_roads": [
            {**road, **place}
            for road, place in zip(
                busiest[columns].to_dict("records"), near.to_dict("records"), strict=True
            )
        ]
    }
    seats, _ = network.snap(cities.geometry)
    closeness = found.nodes["closeness"].reindex(seats).to_numpy() * 3600.0
    if np.isfinite(closeness).any():
        best = int(np.nanargmax(closeness))
        data["best_connected_city"] = {
            "city_zh": cities["name_zh"].iloc[best],
            "city_en": cities["name_en"].iloc[best],
            "closeness_per_hour": float(closeness[best]),
            "mean_min": 60.0 / float(closeness[best]),
            "junctions": count,
        }
    return data


def centrality_as_text(result: "RunResult", language: Language = "en") -> str:
    """The same in a few lines, '' where no centrality was computed."""
    data = centrality_as_data(result)
    if data is None:
        return ""
    rows = [
        [
            f"  {' '.join(filter(None, [road['ref'], road['name']]))}",
            Sentence(
                f"{road['km']:.0f} km from {road['city_en']}",
                f"距{road['city_zh']}{road['km']:.0f}公里",
            ).text(language),
            f"{road['share_of_pairs']:.1%}",
        ]
        for road in data["busiest_roads"]
    ]
    titles = [title.text(language) for title in _COLUMNS]
    lines = [_HEAD.text(language), text_table([f"  {titles[0]}", *titles[1:]], rows)]
    if best := data.get("best_connected_city"):
        lines.append(
            _BEST.text(language).format(
                city=f"{best['city_en']} {best['city_zh']}"
                if language == "en"
                else best["city_zh"],
                minutes=best["mean_min"],
                count=best["junctions"],
                closeness=best["closeness_per_hour"],
            )
        )
    return "\n".join(lines)


def _nearest_cities(lines: gpd.GeoSeries, cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """For each road the city whose seat is nearest to its middle, and the kilometres to it."""
    middles = shapely.line_interpolate_point(lines.to_numpy(), 0.5, normalized=True)
    seats = cities.geometry
    rows = []
    for lon, lat in shapely.get_coordinates(middles):
        metres = distances_m(lon, lat, seats.x.to_numpy(), seats.y.to_numpy())
        nearest = int(metres.argmin())
        rows.append(
            {
                "city_zh": cities["name_zh"].iloc[nearest],
                "city_en": cities["name_en"].iloc[nearest],
                "km": float(metres[nearest]) / 1000.0,
            }
        )
    return pd.DataFrame(rows, columns=["city_zh", "city_en", "km"])
