"""Write a QGIS project beside a GeoPackage: grouped, styled, with relative paths.

A .qgz file is a zip archive that holds one .qgs document (XML). The styles are those stored in the
GeoPackage, so that a layer looks the same whether it is added by hand or comes with the project.
"""

import os
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from pyproj import CRS, Transformer

from toolkit.errors import InputFileError
from toolkit.publish.atomic import replace_atomically
from toolkit.publish.layers import GROUPS, LAYERS, Layer

__all__ = ["write_project"]

# A layer that holds several alternatives is shown as one entry each, the newest timetable first.
_ALTERNATIVES = {
    "reach": ("core_zh", "definition", "scenario", "timetable_date"),
    "city_times": ("core_zh", "definition", "station_set", "timetable_date"),
    "rail_services": ("timetable_date",),
}
_SHOWN = {"prefectures", "cities", "stations", "roads", "reach"}
_GEOMETRY_NAMES = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
_MARGIN = 0.05


@dataclass(frozen=True)
class _Entry:
    """One layer of the project: a table, or the rows of it that `subset` (SQL) selects."""

    table: str
    number: int
    title: str
    subset: str
    geometry: str
    qml: str
    shown: bool

    @property
    def key(self) -> str:
        """Identifier inside the project; QGIS passes over those of ten characters or less."""
        return f"city_cluster_{self.table}_{self.number}"

    @property
    def layer(self) -> Layer:
        """Names and group."""
        return LAYERS.get(self.table, Layer("", "other", self.table, self.table, ""))


def write_project(
    path: str | os.PathLike[str],
    geopackage: str | os.PathLike[str],
    *,
    title: str,
    epsg: int,
    layers: Sequence[str] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a QGIS project (.qgz) that shows a GeoPackage.

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

    Raises
    ------
    InputFileError
        When the GeoPackage cannot be read.
    OutputError
        When the disk refuses; an older project is untouched then.

    Notes
    -----
    Layers with alternatives (reach and city times by core and definition) become one entry each,
    for the newest timetable and main stations; of these the first is switched on.

    Examples
    --------
    >>> write_project("jjj.qgz", "no-such.gpkg", title="京津冀", epsg=32650)
    Traceback (most recent call last):
    toolkit.errors.InputFileError: no-such.gpkg: cannot be read as a GeoPackage; write it first
    """
    entries, bounds = _read(Path(geopackage), layers)
    source = os.path.relpath(geopackage, Path(path).parent).replace(os.sep, "/")
    project = ET.Element("qgis", projectname=title, version="3.22.0")
    ET.SubElement(project, "title").text = title
    _crs(ET.SubElement(project, "projectCrs"), epsg)
    project.append(_layer_tree(entries))
    project.extend(_view(extent or bounds, epsg))
    container = ET.SubElement(project, "projectlayers")
    container.extend(_map_layer(entry, f"./{source}") for entry in entries)
    order = ET.SubElement(project, "layerorder")
    for entry in entries:
        ET.SubElement(order, "layer", id=entry.key)
    project.append(_properties())
    project.append(_metadata(title, metadata or {}))
    ET.indent(project)
    document = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    document += ET.tostring(project, encoding="unicode") + "\n"
    with replace_atomically(path) as part, zipfile.ZipFile(part, "w") as archive:
        # A fixed time: the same project gives the same bytes.
        member = zipfile.ZipInfo(f"{Path(path).stem}.qgs", date_time=(2000, 1, 1, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, document.encode())


def _read(
    path: Path, wanted: Sequence[str] | None
) -> tuple[list[_Entry], tuple[float, float, float, float]]:
    """Return the entries in drawing order, uppermost first, and the extent in degrees."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            tables = database.execute(
                "SELECT c.table_name, coalesce(g.geometry_type_name, ''), coalesce(s.styleQML, ''),"
                " c.min_x, c.min_y, c.max_x, c.max_y FROM gpkg_contents c"
                " LEFT JOIN gpkg_geometry_columns g USING (table_name)"
                " LEFT JOIN layer_styles s ON s.f_table_name = c.table_name AND s.useAsDefault"
                " WHERE c.table_name <> 'layer_styles'"
            ).fetchall()
            tables = [row for row in tables if wanted is None or row[0] in wanted]
            entries = [
                entry
                for table, geometry, qml, *_ in tables
                for entry in _entries(database, table, geometry, qml)
            ]
    except sqlite3.Error as error:
        raise InputFileError(
            f"{path}: cannot be read as a GeoPackage", remedy="write it first"
        ) from error
    groups = list(GROUPS)
    places = {name: place for place, name in enumerate(LAYERS)}
    entries.sort(key=lambda e: (groups.index(e.layer.group), places.get(e.table, 99), e.number))
    return entries, _bounds({row[0]: row[3:] for row in tables if row[3] is not None})


def _entries(database: sqlite3.Connection, table: str, geometry: str, qml: str) -> Iterable[_Entry]:
    """Yield a table as one entry, or as one for each of its alternatives."""
    layer = LAYERS.get(table, Layer("", "other", table, table, ""))
    title = f"{layer.name_zh} {layer.name_en}" if table in LAYERS else table
    there = {row[1] for row in database.execute(f"PRAGMA table_info({_quoted(table)})")}
    keys = [key for key in _ALTERNATIVES.get(table, ()) if key in there]
    alternatives = _distinct(database, table, keys) if keys else []
    found = _current(alternatives, keys) if "core_zh" in keys else alternatives
    if len(alternatives) < 2:
        yield _Entry(table, 0, title, "", geometry, qml, table in _SHOWN)
        return
    telling = [i for i in range(len(keys)) if len({values[i] for values in found}) > 1]
    for number, values in enumerate(found):
        pairs = list(zip(keys, values, strict=True))
        subset = " AND ".join(f"{_quoted(key)} {_equals(value)}" for key, value in pairs)
        name = " ".join(str(values[i]) for i in telling if values[i] not in {None, ""})
        shown = table in _SHOWN and number == 0
        yield _Entry(table, number, f"{title}: {name}", subset, geometry, qml, shown)


def _current(found: list[tuple[object, ...]], keys: Sequence[str]) -> list[tuple[object, ...]]:
    """Leave out older timetables and stations beside the main ones: the table keeps them all."""
    if "timetable_date" in keys:
        place = keys.index("timetable_date")
        newest = max((str(values[place] or "") for values in found), default="")
        found = [values for values in found if str(values[place] or "") in {"", newest}]
    if "station_set" in keys:
        place = keys.index("station_set")
        found = [values for values in found if values[place] in {None, "", "main"}]
    return found


def _distinct(
    database: sqlite3.Connection, table: str, keys: Sequence[str]
) -> list[tuple[object, ...]]:
    """Return the combinations there are, newest timetable first, then in the order of the rows."""
    columns = ", ".join(_quoted(key) for key in keys)
    rows = database.execute(
        f"SELECT {columns} FROM {_quoted(table)} GROUP BY {columns} ORDER BY min(fid)"
    ).fetchall()
    if "timetable_date" in keys:
        date = keys.index("timetable_date")
        rows.sort(key=lambda row: str(row[date] or ""), reverse=True)
    return rows


def _quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _equals(value: object) -> str:
    """Return an SQL comparison with a value."""
    return "IS NULL" if value is None else "= '" + str(value).replace("'", "''") + "'"


def _bounds(boxes: Mapping[str, Sequence[float]]) -> tuple[float, float, float, float]:
    """Return the box of the prefectures, or else the one around all layers."""
    chosen = [boxes["prefectures"]] if "prefectures" in boxes else list(boxes.values())
    if not chosen:
        return (73.0, 18.0, 135.0, 54.0)  # China
    west, south, east, north = zip(*chosen, strict=True)
    return min(west), min(south), max(east), max(north)


def _crs(parent: ET.Element, epsg: int) -> None:
    """Add a CRS by its EPSG code; QGIS fills in the rest from its database."""
    crs = CRS.from_epsg(epsg)
    element = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    ET.SubElement(element, "wkt").text = crs.to_wkt()
    ET.SubElement(element, "srid").text = str(epsg)
    ET.SubElement(element, "authid").text = f"EPSG:{epsg}"
    ET.SubElement(element, "description").text = crs.name
    ET.SubElement(element, "geographicflag").text = "true" if crs.is_geographic else "false"


def _layer_tree(entries: Sequence[_Entry]) -> ET.Element:
    """Return the tree of groups, with the layers that are switched on."""
    tree = ET.Element("layer-tree-group")
    for group, (name_zh, name_en) in GROUPS.items():
        members = [entry for entry in entries if entry.layer.group == group]
        if not members:
            continue
        branch = ET.SubElement(
            tree,
            "layer-tree-group",
            name=f"{name_zh} {name_en}",
            checked="Qt::Checked",
            expanded="1" if any(entry.shown for entry in members) else "0",
        )
        for entry in members:
            ET.SubElement(
                branch,
                "layer-tree-layer",
                id=entry.key,
                name=entry.title,
                providerKey="ogr",
                checked="Qt::Checked" if entry.shown else "Qt::Unchecked",
                expanded="0",
            )
    return tree


def _view(bounds: tuple[float, float, float, float], epsg: int) -> Iterable[ET.Element]:
    """Yield the map canvas and the home view: the extent in the projected CRS with a margin."""
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    west, south, east, north = project.transform_bounds(*bounds)
    margin_x, margin_y = _MARGIN * (east - west), _MARGIN * (north - south)
    corners = {
        "xmin": f"{west - margin_x:.3f}",
        "ymin": f"{south - margin_y:.3f}",
        "xmax": f"{east + margin_x:.3f}",
        "ymax": f"{north + margin_y:.3f}",
    }
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


def _map_layer(entry: _Entry, source: str) -> ET.Element:
    """Return one layer: where its data are, and the style stored beside them."""
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
    layer.extend(style)
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
