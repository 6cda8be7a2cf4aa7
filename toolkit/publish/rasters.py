"""Surfaces of travel time and of accessible population as cloud-optimised GeoTIFF."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.transform import Affine

from toolkit.analysis.accessible import AccessiblePopulation
from toolkit.analysis.circles import CoreReach
from toolkit.analysis.findings import Findings
from toolkit.analysis.surfaces import TimeSurface
from toolkit.errors import OutputError
from toolkit.networks.inputs import Inputs
from toolkit.publish.atomic import replace_atomically
from toolkit.publish.names import file_stem
from toolkit.settings import Settings

__all__ = ["NODATA", "write_accessible_population", "write_rasters", "write_travel_times"]

NODATA = -1.0


def write_rasters(
    folder: Path, inputs: Inputs, findings: Findings, settings: Settings
) -> dict[Path, str]:
    """Write the surfaces of a run: minutes from each core, and people within reach of each cell.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    inputs, findings
        As read and computed; of each core the first definition that reaches land (door to door,
        or by road where no trains run) by the newest timetable.
    settings : Settings

    Returns
    -------
    dict of Path to str
        The files, to their titles in Chinese and English.

    Raises
    ------
    OutputError
        A file cannot be written; an earlier one stays as it was.
    """
    newest: dict[str, CoreReach] = {}
    for reach in findings.reaches:
        if not reach.is_leading:
            continue
        held = newest.get(reach.core)
        if held is None or reach.timetable_date >= held.timetable_date:
            newest[reach.core] = reach
    written: dict[Path, str] = {}
    for core, reach in newest.items():
        name_zh, name = inputs.cluster.cities.loc[core, ["name_zh", "name_en"]]
        definition = reach.definition
        path = folder / f"travel_time_{file_stem(name)}.tif"
        write_travel_times(
            path,
            reach.surface,
            description=f"minutes from {name}, {definition.name_en}"
            + (f", {reach.statistic} of {reach.window}" if reach.window else "")
            + (f", timetable {reach.timetable_date}" if reach.timetable_date else "")
            + (", schematic roads" if reach.schematic else ""),
            limit_min=max(settings.thresholds_min),
        )
        told = (name_zh, definition.name_zh, definition.name_en, reach.timetable_date)
        written[path] = f"旅行时间 Travel time: {' '.join(filter(None, told))}"
    if findings.accessible is not None:
        found = findings.accessible
        path = folder / f"accessible_population_{found.minutes:g}min.tif"
        write_accessible_population(
            path,
            found,
            description=f"people within {found.minutes:g} minutes by road of each cell"
            + (", schematic roads" if found.schematic else ""),
        )
        minutes = f"{found.minutes:g}"
        written[path] = f"{minutes}分钟驾车可达人口 People within {minutes} min by road"
    return written


def write_travel_times(
    path: str | os.PathLike[str],
    surface: TimeSurface,
    *,
    description: str,
    limit_min: float,
    tags: dict[str, str] | None = None,
) -> None:
    """Write a travel-time surface as a COG: float32 minutes, nodata -1.

    Parameters
    ----------
    path : path
        Target, replaced as a whole.
    surface : TimeSurface
        Minutes on a grid.
    description : str
        What the band holds: origin, definition, date.
    limit_min : float
        Times above it are nodata.
    tags : dict, optional
        Further facts for the file's metadata.

    Raises
    ------
    OutputError
        The file cannot be written; an earlier one stays as it was.
    """
    minutes = np.where(surface.minutes <= limit_min, surface.minutes, NODATA).astype(np.float32)
    grid = surface.grid
    _write(
        path,
        minutes,
        crs=f"EPSG:{grid.epsg}",
        transform=Affine(grid.cell_m, 0.0, grid.left, 0.0, -grid.cell_m, grid.top),
        description=description,
        unit="min",
        tags=tags or {},
    )


def write_accessible_population(
    path: str | os.PathLike[str], surface: AccessiblePopulation, *, description: str
) -> None:
    """Write people within reach of every cell as a COG: float32 persons, nodata -1.

    Parameters
    ----------
    path : path
        Target, replaced as a whole.
    surface : AccessiblePopulation
    description : str
        What the band holds.

    Raises
    ------
    OutputError
        The file cannot be written; an earlier one stays as it was.
    """
    _write(
        path,
        np.where(np.isnan(surface.people), NODATA, surface.people).astype(np.float32),
        crs="EPSG:4326",
        transform=surface.transform,
        description=description,
        unit="persons",
        tags={"population": surface.label},
    )


def _write(
    path: str | os.PathLike[str],
    values: npt.NDArray[np.float32],
    *,
    crs: str,
    transform: Affine,
    description: str,
    unit: str,
    tags: Mapping[str, str],
) -> None:
    """Write one band."""
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "height": values.shape[0],
        "width": values.shape[1],
        "crs": crs,
        "transform": transform,
        "nodata": NODATA,
    }
    with replace_atomically(Path(path)) as part:
        try:
            with MemoryFile() as memory:
                with memory.open(**profile) as raster:
                    raster.write(values, 1)
                    raster.set_band_description(1, description)
                    raster.set_band_unit(1, unit)
                    raster.update_tags(AREA_OR_POINT="Area", **tags)
                with memory.open() as raster:
                    copy_raster(raster, part, driver="COG", compress="DEFLATE", predictor="3")
        except (RasterioError, rasterio.errors.RasterioIOError) as error:
            raise OutputError(f"{path}: cannot be written ({error})") from error
