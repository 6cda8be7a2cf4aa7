"""The rasters of a QGIS project: files beside it, shown in classes with their unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import rasterio
from rasterio.errors import RasterioIOError

from toolkit.errors import InputFileError
from toolkit.publish.palette import SEQUENCE, TIME_BANDS

__all__ = ["RasterEntry", "raster_layer", "read_rasters"]

_UNITS = {"min": "min", "persons": "人 people"}


@dataclass(frozen=True)
class RasterEntry:
    """One raster of the project.

    Attributes
    ----------
    path : Path
        The file; the project refers to it by its relative path.
    number : int
        Place among the rasters.
    title : str
        Name in the list of layers.
    description : str
        What the band holds, as the file says.
    epsg : int
        Its CRS.
    classes : tuple of (float, str, str)
        Upper bound, colour and label of each class, from low to high.
    """

    path: Path
    number: int
    title: str
    description: str
    epsg: int
    classes: tuple[tuple[float, str, str], ...]

    @property
    def key(self) -> str:
        """Identifier inside the project."""
        return f"city_cluster_raster_{self.number}"


def read_rasters(titles: Mapping[Path, str]) -> tuple[RasterEntry, ...]:
    """Return the entries of rasters: minutes in the bands of the maps, others in even classes.

    Parameters
    ----------
    titles : mapping of Path to str
        File of one band with a unit, to its title.

    Returns
    -------
    tuple of RasterEntry

    Raises
    ------
    InputFileError
        When a file cannot be read.
    """
    return tuple(_read(number, path, title) for number, (path, title) in enumerate(titles.items()))


def _read(number: int, path: Path, title: str) -> RasterEntry:
    """Return the entry of one raster."""
    try:
        with rasterio.open(path) as raster:
            values = raster.read(1, masked=True).compressed()
            unit, description = raster.units[0] or "", raster.descriptions[0] or ""
            epsg = int(raster.crs.to_epsg())
    except RasterioIOError as error:
        raise InputFileError(f"{path}: cannot be read as a raster ({error})") from error
    bounds = list(TIME_BANDS) if unit == "min" else _round_bounds(values)
    colours = list(TIME_BANDS.values()) if unit == "min" else list(SEQUENCE)
    printed = [f"{bound:,.0f}" for bound in bounds]
    labels = [f"≤ {printed[0]}", *(f"{low}–{high}" for low, high in pairwise(printed))]
    if unit != "min":  # the last class is open
        bounds = [*bounds, np.inf]
        labels = [*labels, f"> {printed[-1]}"]
    name = _UNITS.get(unit, unit)
    classes = tuple(
        (float(bound), colour, f"{label} {name}".rstrip())
        for bound, colour, label in zip(bounds, colours, labels, strict=False)
    )
    return RasterEntry(path, number, title, description, epsg, classes)


def _round_bounds(values: np.ndarray) -> list[float]:
    """Return up to four whole bounds of two digits between classes of about equal count."""
    if not len(values):
        return [1.0]
    cuts = np.quantile(values, np.linspace(0, 1, len(SEQUENCE) + 1)[1:-1])
    return sorted({max(1.0, round(float(f"{cut:.2g}"))) for cut in cuts})


def raster_layer(entry: RasterEntry, source: str, rights: Sequence[str]) -> ET.Element:
    """Return the element of a raster but for its CRS: its file, its metadata and its classes.

    Parameters
    ----------
    entry : RasterEntry
    source : str
        Its path from the project.
    rights : sequence of str
        Sources and licences.

    Returns
    -------
    xml.etree.ElementTree.Element
        The element ``maplayer``.
    """
    layer = ET.Element(
        "maplayer", type="raster", autoRefreshEnabled="0", hasScaleBasedVisibilityFlag="0"
    )
    ET.SubElement(layer, "id").text = entry.key
    ET.SubElement(layer, "datasource").text = source
    ET.SubElement(layer, "layername").text = entry.title
    ET.SubElement(layer, "abstract").text = entry.description
    ET.SubElement(layer, "provider").text = "gdal"
    told = ET.SubElement(layer, "resourceMetadata")
    ET.SubElement(told, "identifier").text = source
    ET.SubElement(told, "type").text = "dataset"
    ET.SubElement(told, "title").text = entry.title
    ET.SubElement(told, "abstract").text = entry.description
    for line in rights:
        ET.SubElement(told, "rights").text = line
    no_data = ET.SubElement(layer, "noData")
    ET.SubElement(no_data, "noDataList", bandNo="1", useSrcNoData="1")
    layer.append(_pipe(entry))
    ET.SubElement(layer, "blendMode").text = "0"
    return layer


def _pipe(entry: RasterEntry) -> ET.Element:
    """Return how cells are coloured: by class, without mixing neighbours."""
    pipe = ET.Element("pipe")
    finite = [bound for bound, *_ in entry.classes if np.isfinite(bound)]
    renderer = ET.SubElement(
        pipe,
        "rasterrenderer",
        type="singlebandpseudocolor",
        band="1",
        opacity="0.85",
        alphaBand="-1",
        nodataColor="",
        classificationMin="0",
        classificationMax=f"{max(finite):.10g}",
    )
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"),
        "colorrampshader",
        colorRampType="DISCRETE",
        classificationMode="1",
        clip="0",
        minimumValue="0",
        maximumValue=f"{max(finite):.10g}",
    )
    for bound, colour, label in entry.classes:
        value = f"{bound:.10g}" if np.isfinite(bound) else "inf"
        ET.SubElement(shader, "item", value=value, color=colour, label=label, alpha="255")
    return pipe
