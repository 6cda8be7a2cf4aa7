"""The maps and charts of topics, as files of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from toolkit.claims.model import Sentence
from toolkit.clusters import Cluster
from toolkit.networks.inputs import Inputs
from toolkit.publish.curve_chart import draw_curves
from toolkit.publish.layer_map import draw_layer_map
from toolkit.publish.structure import Topic

__all__ = ["draw_topics"]


def draw_topics(
    folder: Path, inputs: Inputs, topics: Sequence[Topic], layers: Mapping[str, pd.DataFrame]
) -> list[Path]:
    """Draw the maps of topics, with the cities named on those that name nothing else, and charts.

    Parameters
    ----------
    folder : Path
        Of the run: maps go to ``maps/``, charts to ``charts/``.
    inputs : Inputs
        What the topics were computed from.
    topics : sequence of Topic
    layers : mapping of str to DataFrame
        Of the run, with ``cities``, and ``prefectures`` where outlines are known: maps need them.

    Returns
    -------
    list of Path
        The files.
    """
    cluster = inputs.cluster
    written = []
    for chart in (each for topic in topics for each in topic.charts):
        path = folder / "charts" / f"{chart.key}.png"
        draw_curves(
            path,
            title=_of(chart.title, cluster),
            x_name=chart.x_name,
            y_name=chart.y_name,
            curves=chart.curves,
            shares=chart.shares,
        )
        written.append(path)
    if inputs.prefectures is None:
        return written
    cities = layers["cities"].sort_values("residents", ascending=False, kind="stable")
    names = cities.assign(label=cities["name_zh"] + " " + cities["name_en"])
    seats = cities.drop(columns="minutes")  # by their role, whatever is reached from the core
    for sheet in (each for topic in topics for each in topic.maps):
        path = folder / "maps" / f"{sheet.key}.png"
        marked = sheet.labels is not None or any(map(_holds_points, sheet.layers.values()))
        draw_layer_map(
            path,
            title=_of(sheet.title, cluster),
            layers=sheet.layers if marked else {**sheet.layers, "cities": seats},
            prefectures=layers["prefectures"],
            epsg=cluster.utm_epsg,
            labels=names if sheet.labels is None else sheet.labels,
            extent=sheet.extent,
            notes=sheet.notes,
            columns=sheet.columns,
        )
        written.append(path)
    return written


def _holds_points(frame: gpd.GeoDataFrame) -> bool:
    """Whether a layer marks places, so that names need no marks of their own."""
    return bool((frame.geom_type == "Point").any())


def _of(title: Sentence, cluster: Cluster) -> Sentence:
    """A title with the name of the cluster."""
    return Sentence(f"{title.en} · {cluster.name_en}", f"{title.zh} · {cluster.name_zh}")
