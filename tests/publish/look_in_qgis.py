"""Load a project and each layer of a GeoPackage in QGIS and print what QGIS made of them as JSON.

Run by the Python that QGIS is installed for: look_in_qgis.py PROJECT GEOPACKAGE PICTURE
The print layout goes beside the picture, as layout.png and layout.pdf.
"""

import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterBandStats,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

CLASSES = {"categorizedSymbol": "categories", "graduatedSymbol": "ranges"}


def describe(layer):
    """Validity, CRS, sources, and what is special to a raster or to features."""
    told = {"valid": layer.isValid(), "crs": layer.crs().authid()}
    told["rights"] = layer.metadata().rights()
    special = describe_raster if isinstance(layer, QgsRasterLayer) else describe_features
    return told | special(layer)


def describe_raster(layer):
    """Renderer, classes, and the least and greatest value."""
    shader = layer.renderer().shader().rasterShaderFunction()
    band = layer.dataProvider().bandStatistics(1, QgsRasterBandStats.All)
    return {
        "renderer": layer.renderer().type(),
        "classes": [(item.value, item.label) for item in shader.colorRampItemList()],
        "values": [band.minimumValue, band.maximumValue],
    }


def describe_features(layer):
    """Features, renderer, classes, labels and aliases of a layer."""
    told = {"features": layer.featureCount()}
    told["aliases"] = {field.name(): field.alias() for field in layer.fields()}
    told["kinds"] = {field.name(): field.typeName() for field in layer.fields()}
    if layer.isSpatial():
        renderer = layer.renderer()
        told["renderer"] = renderer.type()
        told["classes"] = len(getattr(renderer, CLASSES.get(renderer.type(), ""), list)())
        told["labels"] = layer.labelsEnabled()
        told["opacity"] = layer.opacity()
    return told


def render(project, picture):
    """Draw what the project shows when it is opened."""
    settings = QgsMapSettings()
    root = project.layerTreeRoot()
    settings.setLayers([layer for layer in root.layerOrder() if shown(root, layer)])
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setOutputSize(QSize(1400, 1400))
    settings.setOutputDpi(110)
    extent = QgsReferencedRectangle(project.viewSettings().defaultViewExtent())
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)
    return [str(error.message) for error in job.errors()], extent.crs().authid()


def export(project, folder):
    """Export the print layout; tell its items, the scale bar's length and the legend's layers."""
    (layout,) = project.layoutManager().printLayouts()
    exporter = QgsLayoutExporter(layout)
    image = QgsLayoutExporter.ImageExportSettings()
    image.dpi = 100
    done = [
        exporter.exportToImage(str(folder / "layout.png"), image),
        exporter.exportToPdf(str(folder / "layout.pdf"), QgsLayoutExporter.PdfExportSettings()),
    ]
    items = layout.items()
    (scale_bar,) = [item for item in items if isinstance(item, QgsLayoutItemScaleBar)]
    (legend,) = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    (shown_map,) = [item for item in items if isinstance(item, QgsLayoutItemMap)]
    return {
        "name": layout.name(),
        "done": done == [QgsLayoutExporter.Success] * 2,
        "ids": sorted(item.id() for item in items if getattr(item, "id", str)()),
        "scale_bar_km": scale_bar.numberOfSegments() * scale_bar.unitsPerSegment(),
        "scale_bar_mm": scale_bar.rect().width(),
        "map_mm": shown_map.rect().width(),
        "map_m": shown_map.extent().width(),
        "legend": [layer.name() for layer in legend.model().rootGroup().findLayers()],
    }


def shown(root, layer):
    """Whether a layer is switched on."""
    return root.findLayer(layer.id()).isVisible()


def main(project_path, geopackage, picture, *only):
    """Print the findings."""
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    told = {"read": project.read(project_path), "title": project.title()}
    told["crs"] = project.crs().authid()
    told["project"] = {
        layer.name(): describe(layer) | {"source": layer.source()}
        for layer in project.mapLayers().values()
    }
    root = project.layerTreeRoot()
    told["groups"] = [group.name() for group in root.findGroups()]
    told["shown"] = [layer.name() for layer in root.layerOrder() if shown(root, layer)]
    if only:
        for layer in project.mapLayers().values():
            root.findLayer(layer.id()).setItemVisibilityChecked(layer.name() in only)
    told["errors"], told["extent_crs"] = render(project, picture)
    told["layout"] = export(project, Path(picture).parent)
    inside = QgsProject()
    told["embedded"] = inside.read(f"geopackage:{geopackage}?projectName={Path(project_path).stem}")
    told["embedded_layers"] = {
        layer.name(): layer.isValid() for layer in inside.mapLayers().values()
    }
    names = [name for name in told["project"] if name]
    told["names"] = names
    told["geopackage"] = {}
    everything = QgsVectorLayer(geopackage, "all", "ogr")
    tables = everything.dataProvider().subLayers()
    for table in [sub.split("!!::!!")[1] for sub in tables]:
        layer = QgsVectorLayer(f"{geopackage}|layername={table}", table, "ogr")
        told["geopackage"][table] = describe(layer)
    print(json.dumps(told, ensure_ascii=False))
    sys.stdout.flush()
    os._exit(0)  # QGIS may crash while Python tidies up


if __name__ == "__main__":
    main(*sys.argv[1:])
