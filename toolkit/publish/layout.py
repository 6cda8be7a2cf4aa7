"""The print layout of a QGIS project: an A4 sheet with title, map, legend, scale bar and sources.

The elements are those QGIS 3.22 and newer read; what is left out takes QGIS's own defaults.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

import numpy as np

from toolkit.publish.scale_and_north import round_scale_km, true_north
from toolkit.publish.sheet import wrap_text

__all__ = ["LAYOUT_NAME", "print_layouts"]

LAYOUT_NAME = "地图 Map"

_PAGE, _MAP, _PICTURE, _LABEL, _LEGEND, _SCALE_BAR = 65638, 65639, 65640, 65641, 65642, 65646
_FONT = "Noto Sans CJK SC"  # QGIS takes the system's own Chinese font where it is missing
_EDGE, _GAP, _LEGEND_MM, _TITLE_MM, _NOTE_MM = 10.0, 4.0, 58.0, 18.0, 3.2
_PRINTED = "制图日期 Printed: [% format_date(now(), 'yyyy-MM-dd') %]"
_NORTH_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 40">'
    '<path d="M10 0 17 24 10 19 3 24Z" fill="#1a1a1a"/>'
    '<path d="M6 39V28h1.6l4.8 7.6V28H14v11h-1.6L7.600 31.400V39Z" fill="#1a1a1a"/></svg>'
)


@dataclass(frozen=True)
class _Box:
    """A rectangle on the page, millimetres from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class _Sheet:
    """A page, its size in millimetres, and where map and notes stand on it."""

    width: float
    height: float
    frame: _Box
    notes: _Box
    lines: tuple[str, ...]


def print_layouts(
    *,
    title: str,
    subtitle: str,
    notes: Sequence[str],
    legend: Mapping[str, str],
    extent: tuple[float, float, float, float],
    epsg: int,
    crs_name: str,
) -> ET.Element:
    """Return the layouts of a project: one sheet, upright where that shows the land larger.

    Parameters
    ----------
    title, subtitle : str
        Written above the map; QGIS expressions between ``[%`` and ``%]`` are evaluated.
    notes : sequence of str
        Sources, licences and dates, written below the map.
    legend : mapping of str to str
        Identifier of each layer the legend explains, to its title; uppermost first. ``|`` breaks
        a line.
    extent : tuple of float
        West, south, east, north in metres; the map shows it whole.
    epsg : int
        Projected CRS of the map.
    crs_name : str
        Name of that CRS, printed in the notes.

    Returns
    -------
    xml.etree.ElementTree.Element
        The element ``Layouts``; the same for the same arguments.

    Examples
    --------
    >>> layouts = print_layouts(
    ...     title="三城", subtitle="", notes=[], legend={}, extent=(0, 0, 2e5, 1e5), epsg=32650,
    ...     crs_name="WGS 84 / UTM zone 50N",
    ... )
    >>> layouts.find("Layout/PageCollection/LayoutItem").get("size")
    '297,210,mm'
    """
    projection = f"投影 Projection: {crs_name} (EPSG:{epsg})"
    sheets = [_sheet(*size, [projection, *notes]) for size in ((297.0, 210.0), (210.0, 297.0))]
    sheet = min(sheets, key=lambda each: _metres_per_mm(extent, each.frame))
    frame, across = sheet.frame, sheet.width - 2 * _EDGE
    shown = _fill_frame(extent, frame)
    map_id = _identifier("map")

    layouts = ET.Element("Layouts")
    layout = ET.SubElement(
        layouts, "Layout", units="mm", printResolution="300", name=LAYOUT_NAME, worldFileMap=""
    )
    layout.append(_page(sheet.width, sheet.height))
    layout.extend(
        [
            _north_arrow(frame, shown, epsg, map_id),
            _scale_bar(frame, shown, map_id),
            _legend(frame, legend, map_id),
            _label("title", title, _Box(_EDGE, 5, across, 11), points=17),
            _label("subtitle", subtitle, _Box(_EDGE, 14, across, 7), points=9.5),
            _label("notes", "\n".join([*sheet.lines, _PRINTED]), sheet.notes, points=6.5),
            _map(frame, shown, map_id),
        ]
    )
    return layouts


def _sheet(width: float, height: float, notes: Sequence[str]) -> _Sheet:
    """Return a page of this size: the notes take what they need, the map the rest."""
    columns = int((width - 2 * _EDGE) / 1.18)
    lines = tuple(line for note in notes for line in wrap_text(note, columns=columns))
    below = _NOTE_MM * (len(lines) + 2)
    across = width - 2 * _EDGE
    frame = _Box(
        _EDGE,
        _TITLE_MM + _GAP,
        across - _GAP - _LEGEND_MM,
        height - _TITLE_MM - 2 * _GAP - below - _EDGE / 2,
    )
    under = _Box(_EDGE, frame.top + frame.height + _GAP / 2, across, below)
    return _Sheet(width, height, frame, under, lines)


def _metres_per_mm(extent: tuple[float, float, float, float], frame: _Box) -> float:
    """Return the scale at which an extent fits into a frame."""
    west, south, east, north = extent
    return max((east - west) / frame.width, (north - south) / frame.height)


def _fill_frame(
    extent: tuple[float, float, float, float], frame: _Box
) -> tuple[float, float, float, float]:
    """Return the extent widened to the shape of its frame, the land in its middle."""
    west, south, east, north = extent
    scale = _metres_per_mm(extent, frame)
    half_x, half_y = frame.width * scale / 2, frame.height * scale / 2
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def _item(kind: int, name: str, box: _Box, **attributes: str) -> ET.Element:
    """Return an item of the page with what all kinds share."""
    place = f"{box.left:g},{box.top:g},mm"
    identifier = _identifier(name)
    return ET.Element(
        "LayoutItem",
        {
            "type": str(kind),
            "id": name,
            "uuid": identifier,
            "templateUuid": identifier,
            "position": place,
            "positionOnPage": place,
            "size": f"{box.width:g},{box.height:g},mm",
            "referencePoint": "0",
            "itemRotation": "0",
            "visibility": "1",
            "opacity": "1",
            "frame": "false",
            "background": "false",
            **attributes,
        },
    )


def _identifier(name: str) -> str:
    """Return an identifier that is the same in every project."""
    return f"{{{uuid5(NAMESPACE_URL, f'city-cluster-toolkit/layout/{name}')}}}"


def _page(width: float, height: float) -> ET.Element:
    """Return the collection of the one white page."""
    collection = ET.Element("PageCollection")
    page = _item(_PAGE, "page", _Box(0, 0, width, height), zValue="0", background="true")
    for parent in (collection, page):
        symbol = ET.SubElement(parent, "symbol", type="fill", name="", alpha="1")
        layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1"})
        options = ET.SubElement(layer, "Option", type="Map")
        for key, value in {"color": "255,255,255,255", "outline_style": "no"}.items():
            ET.SubElement(options, "Option", name=key, type="QString", value=value)
    collection.append(page)
    return collection


def _map(frame: _Box, extent: tuple[float, float, float, float], identifier: str) -> ET.Element:
    """Return the map: what the project shows, whole in its frame."""
    item = _item(
        _MAP,
        "map",
        frame,
        zValue="1",
        frame="true",
        outlineWidthM="0.2,mm",
        background="true",
        keepLayerSet="false",
        followPreset="false",
        drawCanvasItems="false",
        labelMargin="1,mm",
    )
    item.set("uuid", identifier)
    item.set("templateUuid", identifier)
    west, south, east, north = (f"{value:.3f}" for value in extent)
    ET.SubElement(item, "Extent", xmin=west, ymin=south, xmax=east, ymax=north)
    return item


def _label(name: str, text: str, box: _Box, *, points: float) -> ET.Element:
    """Return a text."""
    item = _item(_LABEL, name, box, zValue="2", labelText=text, halign="1", valign="32")
    item.append(_font("LabelFont", points))
    ET.SubElement(item, "FontColor", red="26", green="26", blue="26", alpha="255")
    return item


def _legend(frame: _Box, layers: Mapping[str, str], map_id: str) -> ET.Element:
    """Return the legend of these layers, to the right of the map."""
    item = _item(
        _LEGEND,
        "legend",
        _Box(frame.left + frame.width + _GAP, frame.top, _LEGEND_MM, frame.height),
        zValue="3",
        title="图例 Legend",
        map_uuid=map_id,
        resizeToContents="1",
        legendFilterByMap="0",
        columnCount="1",
        boxSpace="0",
        symbolWidth="6",
        symbolHeight="3.2",
        wrapChar="|",
        fontColor="#1a1a1a",
    )
    styles = ET.SubElement(item, "styles")
    for name, points, space in (
        ("title", 11, {"marginBottom": "2"}),
        ("group", 9, {"marginTop": "2"}),
        ("subgroup", 8, {"marginTop": "2.5"}),
        ("symbol", 7.5, {"marginTop": "1"}),
        ("symbolLabel", 7.5, {"marginTop": "1", "marginLeft": "1.5"}),
    ):
        attributes = {"name": name, "alignment": "1", "indent": "0", **space}
        style = ET.SubElement(styles, "style", attributes)
        style.append(_font("styleFont", points))
    tree = ET.SubElement(item, "layer-tree-group")
    for identifier, title in layers.items():
        layer = ET.SubElement(
            tree, "layer-tree-layer", id=identifier, name=title, checked="Qt::Checked"
        )
        options = ET.SubElement(ET.SubElement(layer, "customproperties"), "Option", type="Map")
        ET.SubElement(options, "Option", name="cached_name", type="QString", value=title)
        ET.SubElement(options, "Option", name="legend/title-label", type="QString", value=title)
    return item


def _scale_bar(frame: _Box, extent: tuple[float, float, float, float], map_id: str) -> ET.Element:
    """Return a bar of a round number of kilometres at the lower right of the map."""
    width_m = extent[2] - extent[0]
    length_km = round_scale_km(width_m)
    length_mm = length_km * 1000 / width_m * frame.width
    box = _Box(
        frame.left + frame.width - length_mm - 12, frame.top + frame.height - 12, length_mm + 8, 9
    )
    item = _item(
        _SCALE_BAR,
        "scale bar",
        box,
        zValue="4",
        style="Single Box",
        mapUuid=map_id,
        unitType="km",
        unitLabel="km",
        numMapUnitsPerScaleBarUnit="1",
        numSegments="2",
        numSegmentsLeft="0",
        numUnitsPerSegment=f"{length_km / 2:g}",
        segmentMillimeters=f"{length_mm / 2:.6g}",
        segmentSizeMode="0",
        height="1.4",
        labelBarSpace="1",
        boxContentSpace="1",
        outlineWidth="0.2",
        alignment="0",
    )
    item.append(_font("scaleBarFont", 7))
    ET.SubElement(item, "fillColor", red="26", green="26", blue="26", alpha="255")
    ET.SubElement(item, "fillColor2", red="255", green="255", blue="255", alpha="255")
    ET.SubElement(item, "strokeColor", red="26", green="26", blue="26", alpha="255")
    ET.SubElement(item, "textColor", red="26", green="26", blue="26", alpha="255")
    return item


def _north_arrow(
    frame: _Box, extent: tuple[float, float, float, float], epsg: int, map_id: str
) -> ET.Element:
    """Return an arrow to true north in the middle of the map, at its upper right."""
    middle = np.array([(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2])
    east, north = true_north(middle, epsg)
    return _item(
        _PICTURE,
        "north arrow",
        _Box(frame.left + frame.width - 12, frame.top + 4, 8, 16),
        zValue="5",
        mode="1",
        file="base64:" + b64encode(_NORTH_ARROW.encode()).decode(),
        mapUuid=map_id,
        northMode="1",
        northOffset="0",
        pictureRotation=f"{np.degrees(np.arctan2(east, north)):.4f}",
        resizeMode="0",
        anchorPoint="4",
    )


def _font(tag: str, points: float) -> ET.Element:
    """Return a font as QGIS describes it."""
    return ET.Element(tag, description=f"{_FONT},{points:g},-1,5,50,0,0,0,0,0", style="")
