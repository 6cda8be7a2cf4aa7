"""Build QGIS style documents (QML) from symbols, classes and a label expression.

The elements are those QGIS 3.22 and newer read; a QGIS project embeds the same ones in its layers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

__all__ = ["Class", "Label", "Style", "Symbol", "qml_document"]

_GEOMETRY_CODES = {"Point": "0", "LineString": "1", "Polygon": "2"}
_SYMBOL_TYPES = {"Point": "marker", "LineString": "line", "Polygon": "fill"}
_INFINITE = 1e12


@dataclass(frozen=True)
class Symbol:
    """How one class is drawn.

    Attributes
    ----------
    colour : str
        Fill of areas and markers, colour of lines, '#rrggbb'.
    size : float
        Diameter of a marker or width of a line in mm; width of the outline of an area.
    outline : str
        Outline of areas and markers, '#rrggbb'; '' for none.
    shape : str
        Marker: 'circle', 'star', 'square'. Line or outline: 'solid', 'dash', 'dot'.
    width_expression : str
        QGIS expression for the width of a line in mm, in place of `size`.
    """

    colour: str
    size: float = 0.3
    outline: str = ""
    shape: str = ""
    width_expression: str = ""


@dataclass(frozen=True)
class Class:
    """One class of a layer: a category (`value`) or a range up to `upper`, with its symbol."""

    label: str
    symbol: Symbol
    value: str = ""
    upper: float = _INFINITE


@dataclass(frozen=True)
class Label:
    """A label: QGIS expression, size in points, colour, and the smallest scale it is shown at."""

    expression: str
    size: float = 9.0
    colour: str = "#1a1a1a"
    smallest_scale: int = 0
    priority: int = 5


@dataclass(frozen=True)
class Style:
    """Style of a layer.

    Attributes
    ----------
    renderer : str
        'single', 'categorized' or 'graduated'.
    classes : tuple of Class
        One for 'single'; categories; or ranges in ascending order, the first from minus infinity.
    attribute : str
        QGIS expression that is classified.
    label : Label or None
        None for no labels.
    opacity : float
        Of the layer as a whole, so that overlapping areas do not add up.
    draw_order : str
        QGIS expression; features are drawn by it, greatest first.
    """

    renderer: str
    classes: tuple[Class, ...]
    attribute: str = ""
    label: Label | None = None
    opacity: float = 1.0
    draw_order: str = ""


def qml_document(style: Style, *, geometry: str, aliases: Mapping[str, str]) -> str:
    """Return a style as the text of a QML document.

    Parameters
    ----------
    style : Style
        What to draw.
    geometry : str
        Geometry type of the layer, single or multi.
    aliases : mapping of str to str
        Column name to what is shown in its place.

    Returns
    -------
    str
        XML text, the same for the same style.

    Examples
    --------
    >>> style = Style("single", (Class("Seats", Symbol("#D55E00", 3)),), label=Label('"name_zh"'))
    >>> text = qml_document(style, geometry="Point", aliases={"name_zh": "中文名"})
    >>> ET.fromstring(text).find("renderer-v2").get("type")
    'singleSymbol'
    """
    base = geometry.removeprefix("Multi")
    root = ET.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling|Fields|MapTips|Rendering",
        labelsEnabled="1" if style.label else "0",
    )
    root.append(_renderer(style, base))
    if style.label:
        root.append(_labeling(style.label, base))
    ET.SubElement(root, "blendMode").text = "0"
    ET.SubElement(root, "featureBlendMode").text = "0"
    ET.SubElement(root, "layerOpacity").text = f"{style.opacity:g}"
    container = ET.SubElement(root, "aliases")
    for index, (field, alias) in enumerate(aliases.items(), start=1):
        ET.SubElement(container, "alias", field=field, index=str(index), name=alias)
    ET.SubElement(root, "layerGeometryType").text = _GEOMETRY_CODES[base]
    ET.indent(root)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + ET.tostring(root, encoding="unicode") + "\n"


def _renderer(style: Style, base: str) -> ET.Element:
    """Return the renderer: classes, their symbols, and the order features are drawn in."""
    kinds = {"single": "singleSymbol", "categorized": "categorizedSymbol"}
    renderer = ET.Element(
        "renderer-v2",
        type=kinds.get(style.renderer, "graduatedSymbol"),
        enableorderby="1" if style.draw_order else "0",
        forceraster="0",
        symbollevels="0",
    )
    if style.renderer != "single":
        renderer.set("attr", style.attribute)
        renderer.append(_categories(style) if style.renderer == "categorized" else _ranges(style))
    if style.renderer == "graduated":
        renderer.set("graduatedMethod", "GraduatedColor")
    symbols = ET.SubElement(renderer, "symbols")
    for index, each in enumerate(style.classes):
        symbols.append(_symbol(str(index), each.symbol, base))
    if style.draw_order:
        order = ET.SubElement(renderer, "orderby")
        clause = ET.SubElement(order, "orderByClause", asc="0", nullsFirst="1")
        clause.text = style.draw_order
    return renderer


def _categories(style: Style) -> ET.Element:
    """Return the categories of a categorised renderer; '' is everything else."""
    categories = ET.Element("categories")
    for index, each in enumerate(style.classes):
        ET.SubElement(
            categories,
            "category",
            symbol=str(index),
            value=each.value,
            label=each.label,
            render="true",
            type="string",
        )
    return categories


def _ranges(style: Style) -> ET.Element:
    """Return the ranges of a graduated renderer; QGIS takes the first that holds a value."""
    ranges = ET.Element("ranges")
    lower = -_INFINITE
    for index, each in enumerate(style.classes):
        ET.SubElement(
            ranges,
            "range",
            symbol=str(index),
            lower=f"{lower:.15g}",
            upper=f"{each.upper:.15g}",
            label=each.label,
            render="true",
        )
        lower = each.upper
    return ranges


def _symbol(name: str, symbol: Symbol, base: str) -> ET.Element:
    """Return a symbol of one layer, with a width that follows the data where asked for."""
    element = ET.Element(
        "symbol", name=name, type=_SYMBOL_TYPES[base], alpha="1", clip_to_extent="1", force_rhr="0"
    )
    build = {"Point": _marker, "LineString": _line, "Polygon": _fill}[base]
    kind, options = build(symbol)
    attributes = {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    layer = ET.SubElement(element, "layer", attributes)
    layer.append(_option_map(options))
    if symbol.width_expression:
        layer.append(_data_defined("outlineWidth", symbol.width_expression))
    return element


def _marker(symbol: Symbol) -> tuple[str, dict[str, str]]:
    """Return class and options of a point symbol."""
    return "SimpleMarker", {
        "name": symbol.shape or "circle",
        "color": _rgba(symbol.colour),
        "size": f"{symbol.size:g}",
        "size_unit": "MM",
        "outline_color": _rgba(symbol.outline or "#ffffff"),
        "outline_style": "solid",
        "outline_width": "0.25",
        "outline_width_unit": "MM",
    }


def _line(symbol: Symbol) -> tuple[str, dict[str, str]]:
    """Return class and options of a line symbol."""
    return "SimpleLine", {
        "line_color": _rgba(symbol.colour),
        "line_width": f"{symbol.size:g}",
        "line_width_unit": "MM",
        "line_style": symbol.shape or "solid",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _fill(symbol: Symbol) -> tuple[str, dict[str, str]]:
    """Return class and options of an area symbol; no colour leaves it open."""
    return "SimpleFill", {
        "color": _rgba(symbol.colour or "#ffffff"),
        "style": "solid" if symbol.colour else "no",
        "outline_color": _rgba(symbol.outline or "#ffffff"),
        "outline_style": (symbol.shape or "solid") if symbol.outline else "no",
        "outline_width": f"{symbol.size:g}",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _labeling(label: Label, base: str) -> ET.Element:
    """Return simple labelling with a white halo."""
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=label.expression,
        isExpression="1",
        fontFamily="Noto Sans CJK SC",
        namedStyle="Regular",
        fontSize=f"{label.size:g}",
        fontSizeUnit="Point",
        textColor=_rgba(label.colour),
        textOpacity="1",
        multilineHeight="0.8",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,255",
        bufferOpacity="0.85",
        bufferNoFill="1",
    )
    # 6: around a point, cartographic order; 2: along a line; 1: over a point of the area
    placement = {"Point": "6", "LineString": "2", "Polygon": "1"}[base]
    ET.SubElement(
        settings,
        "placement",
        placement=placement,
        placementFlags="9",
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR",
        dist="0.5",
        offsetType="1",  # from the edge of the symbol
        distUnits="MM",
        priority=str(label.priority),
    )
    ET.SubElement(
        settings,
        "rendering",
        drawLabels="1",
        displayAll="0",
        obstacle="1",
        mergeLines="1" if base == "LineString" else "0",
        scaleVisibility="1" if label.smallest_scale else "0",
        scaleMin="0",
        scaleMax=str(label.smallest_scale),
    )
    return labeling


def _option_map(options: Mapping[str, str], *, name: str = "") -> ET.Element:
    """Return options as QGIS writes them."""
    attributes = {"type": "Map"} | ({"name": name} if name else {})
    element = ET.Element("Option", attributes)
    for key, value in options.items():
        ET.SubElement(element, "Option", name=key, type="QString", value=value)
    return element


def _data_defined(key: str, expression: str) -> ET.Element:
    """Return a symbol property that follows an expression (type 3)."""
    element = ET.Element("data_defined_properties")
    outer = ET.SubElement(element, "Option", type="Map")
    ET.SubElement(outer, "Option", name="name", type="QString", value="")
    properties = ET.SubElement(outer, "Option", name="properties", type="Map")
    entry = ET.SubElement(properties, "Option", name=key, type="Map")
    ET.SubElement(entry, "Option", name="active", type="bool", value="true")
    ET.SubElement(entry, "Option", name="expression", type="QString", value=expression)
    ET.SubElement(entry, "Option", name="type", type="int", value="3")
    ET.SubElement(outer, "Option", name="type", type="QString", value="collection")
    return element


def _rgba(colour: str) -> str:
    """Return '#rrggbb' as QGIS writes colours."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},255"
