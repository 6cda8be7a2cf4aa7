"""Write a QGIS project beside a GeoPackage: grouped, styled, with relative paths.

A .qgz file is a zip archive that holds one .qgs document (XML). The styles are those stored in the
GeoPackage, so that a layer looks the same whether it is added by hand or comes with the project.
"""

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

from pyproj import CRS, Transformer

from toolkit.errors import OutputError
from toolkit.publish.atomic import replace_atomically
from toolkit.publish.layers import GROUPS
from toolkit.publish.layout import print_layouts
from toolkit.publish.project_entries import Entry, read_entries
from toolkit.publish.project_rasters import RasterEntry, raster_layer, read_rasters

__all__ = ["write_project"]

_GEOMETRY_NAMES = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
_MARGIN = 0.05
_LEADING = ("reach", "city_times")  # what a sheet is about


def write_project(
    path: str | os.PathLike[str],
    geopackage: str | os.PathLike[str],
    *,
    title: str,
    epsg: int,
    layers: Sequence[str] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    metadata: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    rasters: Mapping[Path, str] = MappingProxyType({}),
) -> None:
    """Write a QGIS project (.qgz) that shows a GeoPackage, and store it inside as well.

    Parameters
    ----------
    path : path-like
        The project to write, ending in '.qgz'.
    geopackage : path-like
        A file of `write_geopackage`; the project refers to it by its relative path.
    title : str
        Title of the project.
    epsg : int
        EPSG code of the map's projected CRS (the layers stay in EPSG:4326).
    layers : sequence of str, optional
        The tables to show; all by default.
    extent : tuple of float, optional
        West, south, east, north in degrees; that of the prefectures, or of all layers, by default.
    metadata : mapping of str to str, optional
        Printed in the project's properties.
    notes : sequence of str
        Sources, licences and dates, printed below the map of the layout.
    names : mapping of str to str, optional
        How to show the keys of definitions (and other values that tell entries apart).
    rasters : mapping of Path to str, optional
        Rasters to show, switched off, to their titles; by relative paths like the GeoPackage.

    Raises
    ------
    InputFileError
        When the GeoPackage or a raster cannot be read.
    OutputError
        When the disk refuses; an older project is untouched then.

    Notes
    -----
    Layers with alternatives (reach and city times by core and definition) become one entry each,
    for the newest timetable and main stations; of these the first is switched on. The project has
    a print layout. Its copy in the table ``qgis_projects`` of the GeoPackage travels with the data:
    the browser of QGIS shows it below the file.

    Examples
    --------
    >>> write_project("jjj.qgz", "no-such.gpkg", title="京津冀", epsg=32650)
    Traceback (most recent call last):
    toolkit.errors.InputFileError: no-such.gpkg: cannot be read as a GeoPackage; write it first
    """
    entries, bounds = read_entries(Path(geopackage), layers, names)
    surfaces = read_rasters(rasters)
    source = _relative(geopackage, path)
    project = ET.Element("qgis", projectname=title, version="3.22.0")
    ET.SubElement(project, "title").text = title
    _crs(ET.SubElement(project, "projectCrs"), epsg)
    project.append(_layer_tree(entries, surfaces))
    project.extend(_view(extent or bounds, epsg))
    container = ET.SubElement(project, "projectlayers")
    container.extend(_map_layer(entry, source, notes) for entry in entries)
    container.extend(_raster(entry, _relative(entry.path, path), notes) for entry in surfaces)
    order = ET.SubElement(project, "layerorder")
    for node in project.iter("layer-tree-layer"):
        ET.SubElement(order, "layer", id=node.get("id", ""))
    project.append(_properties())
    project.append(_metadata(title, metadata or {}))
    shown = [entry for entry in entries if entry.shown and entry.qml]
    project.append(
        print_layouts(
            title=title,
            subtitle="；".join(entry.title for entry in shown if entry.table in _LEADING),
            notes=notes,
            legend={entry.key: _legend_title(entry) for entry in shown},
            extent=_projected(extent or bounds, epsg),
            epsg=epsg,
            crs_name=CRS.from_epsg(epsg).name,
        )
    )
    ET.indent(project)
    document = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    document += ET.tostring(project, encoding="unicode") + "\n"
    archive = _zipped(document, f"{Path(path).stem}.qgs")
    with replace_atomically(path) as part:
        Path(part).write_bytes(archive)
    _embed(Path(geopackage), Path(path).stem, archive)


def _relative(file: str | os.PathLike[str], project: str | os.PathLike[str]) -> str:
    """Return the path of a file from the folder of the project."""
    return "./" + os.path.relpath(file, Path(project).parent).replace(os.sep, "/")


def _legend_title(entry: Entry) -> str:
    """Return the title of a layer in the legend, '|' where a line breaks."""
    return "|".join(filter(None, [entry.name, entry.alternative]))


def _zipped(document: str, name: str) -> bytes:
    """Return an archive of one document, with a fixed time: the same project, the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, document.encode())
    return buffer.getvalue()


def _embed(geopackage: Path, name: str, archive: bytes) -> None:
    """Store a project inside a GeoPackage, as QGIS does: the archive in hexadecimal digits."""
    when = json.dumps({"last_modified_time": "2000-01-01T00:00:00", "last_modified_user": ""})
    try:
        with closing(sqlite3.connect(geopackage)) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS qgis_projects"
                " (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
            )
            database.execute(
                "INSERT OR REPLACE INTO qgis_projects VALUES (?, ?, ?)", (name, when, archive.hex())
            )
    except sqlite3.Error as error:
        raise OutputError(
            f"{geopackage}: the project cannot be stored in it ({error})",
            remedy="close it where it is open and run again",
        ) from error


def _crs(parent: ET.Element, epsg: int) -> None:
    """Add a CRS by its EPSG code; QGIS fills in the rest from its database."""
    crs = CRS.from_epsg(epsg)
    element = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    ET.SubElement(element, "wkt").text = crs.to_wkt()
    ET.SubElement(element, "srid").text = str(epsg)
    ET.SubElement(element, "authid").text = f"EPSG:{epsg}"
    ET.SubElement(element, "description").text = crs.name
    ET.SubElement(element, "geographicflag").text = "true" if crs.is_geographic else "false"


def _layer_tree(entries: Sequence[Entry], surfaces: Sequence[RasterEntry]) -> ET.Element:
    """Return the tree of groups, with the layers that are switched on."""
    tree = ET.Element("layer-tree-group")
    for group, (name_zh, name_en) in GROUPS.items():
        members = [(e.key, e.title, "ogr", e.shown) for e in entries if e.layer.group == group]
        if group == "rasters":
            members = [(e.key, e.title, "gdal", False) for e in surfaces]
        if not members:
            continue
        branch = ET.SubElement(
            tree,
            "layer-tree-group",
            name=f"{name_zh} {name_en}",
            checked="Qt::Checked",
            expanded="1" if any(shown for *_, shown in members) else "0",
        )
        for key, title, provider, shown in members:
            ET.SubElement(
                branch,
                "layer-tree-layer",
                id=key,
                name=title,
                providerKey=provider,
                checked="Qt::Checked" if shown else "Qt::Unchecked",
                expanded="0",
            )
    return tree


def _projected(
    bounds: tuple[float, float, float, float], epsg: int
) -> tuple[float, float, float, float]:
    """Return an extent in degrees as one in the projected CRS, with a margin."""
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    west, south, east, north = project.transform_bounds(*bounds)
    margin_x, margin_y = _MARGIN * (east - west), _MARGIN * (north - south)
    return west - margin_x, south - margin_y, east + margin_x, north + margin_y


def _view(bounds: tuple[float, float, float, float], epsg: int) -> Iterable[ET.Element]:
    """Yield the map canvas and the home view: the extent in the projected CRS with a margin."""
    names = ("xmin", "ymin", "xmax", "ymax")
    box = _projected(bounds, epsg)
    corners = {name: f"{value:.3f}" for name, value in zip(names, box, strict=True)}
    canvas = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(canvas, "units").text = "meters"
    extent = ET.SubElement(canvas, "extent")
    for name, value in corners.items():
        ET.SubElement(extent, name).text = value
    ET.SubElement(canvas, "rotation").text = "0"
    _crs(ET.SubElement(canvas, "destinationsrs"), epsg)
    yield canvas
    settings = ET.Element("ProjectViewSettings", UseProjectScales="0")
    _crs(ET.SubElement(settings, "DefaultViewExtent", corners), epsg)
    yield settings


def _map_layer(entry: Entry, source: str, rights: Sequence[str]) -> ET.Element:
    """Return one layer: where its data are, its metadata, and the style stored beside them."""
    style = ET.fromstring(entry.qml) if entry.qml else ET.Element("qgis", labelsEnabled="0")
    base = entry.geometry.removeprefix("MULTI")
    layer = ET.Element(
        "maplayer",
        type="vector",
        geometry=_GEOMETRY_NAMES.get(base, "No geometry"),
        labelsEnabled=style.get("labelsEnabled", "0"),
        autoRefreshEnabled="0",
        hasScaleBasedVisibilityFlag="0",
        readOnly="0",
    )
    subset = f"|subset={entry.subset}" if entry.subset else ""
    ET.SubElement(layer, "id").text = entry.key
    ET.SubElement(layer, "datasource").text = f"{source}|layername={entry.table}{subset}"
    ET.SubElement(layer, "layername").text = entry.title
    ET.SubElement(layer, "abstract").text = entry.layer.description
    if base:
        _crs(ET.SubElement(layer, "srs"), 4326)
    ET.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    told = ET.SubElement(layer, "resourceMetadata")
    ET.SubElement(told, "identifier").text = f"{source}#{entry.table}"
    ET.SubElement(told, "type").text = "dataset"
    ET.SubElement(told, "title").text = entry.title
    ET.SubElement(told, "abstract").text = entry.layer.description
    for line in rights:
        ET.SubElement(told, "rights").text = line
    layer.extend(style)
    return layer


def _raster(entry: RasterEntry, source: str, rights: Sequence[str]) -> ET.Element:
    """Return a raster with its CRS."""
    layer = raster_layer(entry, source, rights)
    _crs(ET.SubElement(layer, "srs"), entry.epsg)
    return layer


def _properties() -> ET.Element:
    """Return the settings: relative paths, a projected map, distances on the ellipsoid."""
    properties = ET.Element("properties")
    paths = ET.SubElement(properties, "Paths")
    ET.SubElement(paths, "Absolute", type="bool").text = "false"
    measure = ET.SubElement(properties, "Measure")
    ET.SubElement(measure, "Ellipsoid", type="QString").text = "EPSG:7030"
    projections = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(projections, "ProjectionsEnabled", type="int").text = "1"
    return properties


def _metadata(title: str, metadata: Mapping[str, str]) -> ET.Element:
    """Return the description of the project."""
    element = ET.Element("projectMetadata")
    ET.SubElement(element, "identifier").text = ""
    ET.SubElement(element, "type").text = "dataset"
    ET.SubElement(element, "title").text = title
    lines = [f"{key}: {value}" for key, value in metadata.items()]
    ET.SubElement(element, "abstract").text = "\n".join(lines)
    return element
