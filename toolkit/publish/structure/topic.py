"""One result of a run as it is published: sentences, tables, layers and maps under one heading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from toolkit.claims.model import Sentence

__all__ = ["Curve", "Shown", "Topic", "TopicChart", "TopicMap"]


@dataclass(frozen=True, eq=False)
class Shown:
    """A table of the report.

    Attributes
    ----------
    caption : Sentence
    frame : DataFrame
        What is shown; columns are named by the contract of the layers.
    columns : tuple of str
        In this order. ``<name>_zh`` stands for the pair with ``<name>_en``.
    """

    caption: Sentence
    frame: pd.DataFrame
    columns: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TopicMap:
    """A map: ``maps/<key>.png`` and a figure of the report.

    Attributes
    ----------
    key : str
        File stem.
    title : Sentence
    layers : mapping of str to GeoDataFrame
        Layer of the contract, whose style it is drawn in, to features; the lowest first.
    labels : GeoDataFrame, optional
        Points with a ``label``; the cities by default.
    extent : GeoDataFrame, optional
        What the map shows; the whole cluster by default.
    notes : tuple of Sentence
        What is shown, of what date, from what source.
    columns : mapping of str to str
        Layer to the column that its classes are of, where it is not that of the contract.
    """

    key: str
    title: Sentence
    layers: Mapping[str, gpd.GeoDataFrame]
    labels: gpd.GeoDataFrame | None = None
    extent: gpd.GeoDataFrame | None = None
    notes: tuple[Sentence, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Curve:
    """A line of a chart.

    Attributes
    ----------
    name : Sentence
    x, y : sequence of float
    low, high : sequence of float
        A band around the line; equal to `y` where there is none.
    """

    name: Sentence
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, eq=False)
class TopicChart:
    """A chart: ``charts/<key>.png`` and a figure of the report.

    Attributes
    ----------
    key : str
        File stem.
    title, x_name, y_name : Sentence
    curves : tuple of Curve
    shares : bool
        Whether both axes are shares, written in per cent; else numbers of things along the first.
    """

    key: str
    title: Sentence
    x_name: Sentence
    y_name: Sentence
    curves: tuple[Curve, ...]
    shares: bool = True


@dataclass(frozen=True, eq=False)
class Topic:
    """A part of the section 'Structure' of the report, with all that is written of it.

    Attributes
    ----------
    key : str
        Anchor in the report.
    title : Sentence
    reading : tuple of Sentence
        What was found, in words made from the figures, and how it was computed.
    shown : tuple of Shown
        Tables of the report.
    layers : mapping of str to GeoDataFrame
        Layers of the GeoPackage; each also becomes ``tables/<layer>.csv``.
    tables : mapping of str to DataFrame
        Further ``tables/<name>.csv``.
    maps : tuple of TopicMap
    charts : tuple of TopicChart
    """

    key: str
    title: Sentence
    reading: tuple[Sentence, ...] = ()
    shown: tuple[Shown, ...] = ()
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    maps: tuple[TopicMap, ...] = ()
    charts: tuple[TopicChart, ...] = ()
