"""The layers of many GeoPackages as one: gathering and naming, no computing."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from toolkit.clusters import Cluster

__all__ = ["gathered_layers", "reach_counts"]

_LAYERS = ("prefectures", "cities", "stations", "city_times", "reach", "claims")


def gathered_layers(
    members: Mapping[str, Path], table: pd.DataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Read the layers of each cluster and put them under each other.

    Parameters
    ----------
    members : mapping of str to Path
        Slug to GeoPackage.
    table : DataFrame
        One row a cluster, with ``slug``; its columns go to the layer ``clusters``.

    Returns
    -------
    dict of str to GeoDataFrame
        ``clusters`` (the land of the members as one area) and the layers of `_LAYERS` with a
        column ``cluster`` before the others.
    """
    parts: dict[str, list[gpd.GeoDataFrame]] = {name: [] for name in _LAYERS}
    for slug, path in members.items():
        there = set(pyogrio.list_layers(path)[:, 0])
        for name in _LAYERS:
            if name in there:
                frame = pyogrio.read_dataframe(path, layer=name)
                frame.insert(0, "cluster", slug)
                parts[name].append(frame)
    layers = {
        name: gpd.GeoDataFrame(
            pd.concat([f.dropna(axis=1, how="all") for f in frames], ignore_index=True), crs=4326
        )
        for name, frames in parts.items()
        if frames
    }
    if "prefectures" in layers:
        land = layers["prefectures"].dissolve("cluster")[["geometry"]]
        layers["clusters"] = gpd.GeoDataFrame(
            table.merge(land, left_on="slug", right_index=True), geometry="geometry", crs=4326
        )
    return layers


def reach_counts(cluster: Cluster, geopackage: Path, *, threshold_min: float) -> dict[str, float]:
    """Count the cities that a run found within the threshold of a core.

    Parameters
    ----------
    cluster : Cluster
    geopackage : Path
        Its outputs.
    threshold_min : float
        Minutes.

    Returns
    -------
    dict of str to float
        For each definition ``<key>_cities`` and ``<key>_residents``, as
        `toolkit.analysis.comparison.compare_clusters` names and counts them: by the newest
        timetable, between main stations, cores left out.
    """
    times = pyogrio.read_dataframe(geopackage, layer="city_times", read_geometry=False)
    cores, residents = list(cluster.cores), cluster.cities["residents"].astype(float)
    times = times[times["core_adcode"].isin(cores)]
    times = times[times["station_set"].fillna("").isin(["", "main"])]
    dates = times["timetable_date"].fillna("")
    times = times[dates.isin(["", dates.max()])]
    counts: dict[str, float] = {}
    for key, rows in times.groupby("definition"):
        near = rows.loc[rows["minutes"] <= threshold_min, "city_adcode"].unique()
        others = [city for city in near if city not in cores]
        counts[f"{key}_cities"] = len(others)
        counts[f"{key}_residents"] = float(residents[others + cores].sum() / residents.sum())
    return counts
