"""Zones of cooperation between counties across borders of provinces."""

import tomllib
from importlib import resources

import geopandas as gpd

from toolkit.analysis.borders import shared_borders, zone_adjacency
from toolkit.clusters import Cluster
from toolkit.sources.boundaries import district_boundaries

__all__ = ["cooperation_zones"]


def cooperation_zones(cluster: Cluster) -> gpd.GeoDataFrame | None:
    """The zones on record of a cluster, and whether their members lie side by side.

    Parameters
    ----------
    cluster : Cluster

    Returns
    -------
    GeoDataFrame or None
        ``name_zh``, ``name_en``, ``source`` and the columns of
        `toolkit.analysis.borders.zone_adjacency`, with members named in Chinese; the land of each
        in EPSG:4326. None where no zones are on record.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> zones = cooperation_zones(load_cluster("jing-jin-ji"))
    >>> zones["parts"].tolist(), zones["provinces_joined"].all().item()
    ([1, 1, 1, 1], True)
    """
    text = resources.files("toolkit.analysis").joinpath("zones.toml").read_text("utf-8")
    record = tomllib.loads(text).get(cluster.slug)
    if record is None:
        return None
    zones = {zone["name_zh"]: zone["members"] for zone in record["zone"]}
    codes = sorted({code for members in zones.values() for code in members})
    land = district_boundaries(codes)
    borders = shared_borders(land[["geometry"]], epsg=cluster.utm_epsg)
    table = zone_adjacency(borders, zones, {code: code[:2] for code in codes})
    names = land["official_name_zh"]
    for column in ("pivotal", "alone"):
        table[column] = [
            "、".join(names[code] for code in listed.split()) for listed in table[column]
        ]
    return gpd.GeoDataFrame(
        table.reset_index(drop=True).assign(
            name_zh=list(zones),
            name_en=[zone["name_en"] for zone in record["zone"]],
            source=record["source"],
            members_zh=["、".join(names[code] for code in members) for members in zones.values()],
        ),
        geometry=[land.loc[members].union_all() for members in zones.values()],
        crs=4326,
    )
