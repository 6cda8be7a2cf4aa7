"""Zones of cooperation across borders: where they lie, and whether they hang together."""

import geopandas as gpd

from toolkit.claims.model import Sentence
from toolkit.publish.structure.topic import Shown, TopicMap

__all__ = ["zones_map", "zones_reading", "zones_shown"]

_TITLE = Sentence("Zones of cooperation across borders", "跨界协作区")


def zones_reading(zones: gpd.GeoDataFrame) -> Sentence:
    """How many zones are in one piece and joined across provinces.

    Parameters
    ----------
    zones : GeoDataFrame
        As `toolkit.analysis.structure.zones.cooperation_zones` gives them.

    Returns
    -------
    Sentence
    """
    whole = int(((zones["parts"] == 1) & zones["provinces_joined"]).sum())
    single = zones[zones["pivotal"] != ""]
    en = ", ".join(f"{row.name_en} ({row.pivotal})" for row in single.itertuples())
    zh = "、".join(f"{row.name_zh}（{row.pivotal}）" for row in single.itertuples())
    return Sentence(
        f"{whole} of {len(zones)} zones of cooperation hang together and join their provinces."
        + (f" One member alone holds together: {en}." if en else ""),
        f"{len(zones)}个跨界协作区中有{whole}个连成一片且跨省相接。"
        + (f"仅靠一个成员相连的有：{zh}。" if zh else ""),
    )


def zones_shown(zones: gpd.GeoDataFrame) -> Shown:
    """The zones as a table of the report.

    Parameters
    ----------
    zones : GeoDataFrame

    Returns
    -------
    Shown
    """
    columns = ("name_zh", "members", "parts", "pairs", "pairs_across", "km_across", "pivotal")
    return Shown(_TITLE, zones.round({"km_across": 0}), columns)


def zones_map(zones: gpd.GeoDataFrame) -> TopicMap:
    """The zones, named.

    Parameters
    ----------
    zones : GeoDataFrame

    Returns
    -------
    TopicMap
    """
    labels = gpd.GeoDataFrame(
        {"label": zones["name_zh"] + " " + zones["name_en"]},
        geometry=zones.representative_point(),
        crs=zones.crs,
    )
    source = f"来源 Source: {zones['source'].iloc[0]}"
    return TopicMap(
        "cooperation_zones",
        _TITLE,
        {"cooperation_zones": zones},
        labels=labels,
        extent=zones,
        notes=(Sentence(source, source),),
    )
