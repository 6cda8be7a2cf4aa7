"""The 19 city clusters of China's 14th five-year plan, and the way to find one by name."""

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from toolkit.clusters.custom import read_cluster
from toolkit.clusters.model import Cluster
from toolkit.clusters.names import look_up, normal_form
from toolkit.clusters.prefectures import countries_of, extracts_of, prefectures
from toolkit.errors import UnknownNameError

__all__ = ["list_clusters", "load_cluster"]


def list_clusters() -> tuple[Cluster, ...]:
    """The 19 clusters, in the official order.

    Returns
    -------
    tuple of Cluster
        Fresh copies; a change of one is seen by nobody else.

    Examples
    --------
    >>> [cluster.slug for cluster in list_clusters()[:3]]
    ['jing-jin-ji', 'yangtze-river-delta', 'pearl-river-delta']
    """
    return tuple(_copy(cluster) for cluster in _built_in())


def load_cluster(name_or_path: str | Path) -> Cluster:
    """Find a built-in cluster by any of its names, or read one from a TOML file.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Slug, Chinese or English name or alias, in any case and width ('jing-jin-ji', '京津冀',
        'Beijing-Tianjin-Hebei', 'jjj'), or the path of a file ending in '.toml'
        (`toolkit.clusters.custom` describes it).

    Returns
    -------
    Cluster
        A fresh copy.

    Raises
    ------
    UnknownNameError
        If no cluster is called so; the message names the nearest, or those of a city called so.
    InputFileError
        If the file is missing or not what it should be.

    Examples
    --------
    >>> load_cluster("长三角").slug
    'yangtze-river-delta'
    """
    if isinstance(name_or_path, Path) or name_or_path.lower().endswith(".toml"):
        return read_cluster(Path(name_or_path), built_in=_names())
    remedy = f"the names are {', '.join(cluster.slug for cluster in _built_in())}"
    try:
        return _copy(look_up(name_or_path, _names(), what="city cluster", remedy=remedy))
    except UnknownNameError as error:
        if not (homes := _clusters_of_city(name_or_path)):
            raise
        hint = f"that is a city of {' and '.join(homes)}"
        raise UnknownNameError(error.problem, remedy=hint) from None


def _clusters_of_city(name: str) -> list[str]:
    """Slugs of the clusters with a city called so."""
    form = normal_form(name)
    return [
        cluster.slug
        for cluster in _built_in()
        if form in map(normal_form, cluster.cities[["name_zh", "name_en"]].to_numpy().ravel())
    ]


def _copy(cluster: Cluster) -> Cluster:
    """Copy a cluster with its table, so that the cached one stays as it is."""
    return replace(cluster, cities=cluster.cities.copy())


@cache
def _names() -> dict[str, Cluster]:
    """Every name of every built-in cluster."""
    names = {}
    for cluster in _built_in():
        short = cluster.name_zh.removesuffix("城市群")
        for name in (cluster.slug, cluster.name_zh, short, cluster.name_en, *cluster.aliases):
            names[name] = cluster
    return names


@cache
def _built_in() -> tuple[Cluster, ...]:
    """Read the embedded tables."""
    data = files("toolkit") / "data"
    entries = tomllib.loads((data / "clusters.toml").read_text(encoding="utf-8"))["cluster"]
    with as_file(data / "members.csv") as path:
        members = pd.read_csv(path, dtype=str, keep_default_na=False)
    seats = prefectures().drop(columns=["seat_name", "seat_source"])
    by_slug = dict(iter(members.groupby("cluster")))
    return tuple(_cluster(entry, by_slug[entry["slug"]], seats) for entry in entries)


def _cluster(entry: dict[str, Any], members: pd.DataFrame, seats: gpd.GeoDataFrame) -> Cluster:
    """Put one cluster together from its entry, its members and their seats."""
    cities = seats.loc[members["adcode"]].copy()
    cities["membership"] = members["membership"].to_numpy()
    cities["note"] = members["note"].to_numpy()
    cities["is_core"] = cities.index.isin(entry["cores"])
    return Cluster(
        slug=entry["slug"],
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        aliases=tuple(entry["aliases"]),
        cores=tuple(entry["cores"]),
        secondary_cores=tuple(entry["secondary_cores"]),
        cities=cities,
        plan=entry["plan"],
        tier=entry["tier"],
        note=entry["note"],
        extracts=extracts_of(cities.index),
        countries=countries_of(cities.index),
    )
