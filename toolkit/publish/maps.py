"""Draw what a core city reaches: bands of time, cities with minutes, definition and sources."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pyproj import CRS

from toolkit.errors import OutputError
from toolkit.publish.conform import flatten
from toolkit.publish.labels import label_points
from toolkit.publish.palette import BEYOND, TIME_BANDS, VERMILION, time_colour
from toolkit.publish.sheet import (
    INK,
    LAND,
    at_resolution,
    draw_north_arrow,
    draw_scale_bar,
    map_sheet,
    point_sign,
    save_figure,
    wrap_text,
    write_legend,
    write_notes,
    write_title,
)
from toolkit.publish.typeface import covers, drawable, map_fonts

__all__ = ["draw_reach_map"]

_ROAD = "#a9835a"
_RAIL = "#1b1b3a"


def draw_reach_map(
    *paths: str | os.PathLike[str],
    cluster_name_zh: str,
    cluster_name_en: str,
    core_zh: str,
    core_en: str,
    epsg: int,
    prefectures: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame,
    reach: gpd.GeoDataFrame,
    city_times: pd.DataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    rail_services: gpd.GeoDataFrame | None = None,
    measure_zh: str = "",
    measure_en: str = "",
    definition_zh: str,
    definition_en: str,
    source_note: str,
    date_note: str,
    dpi: int = 200,
) -> None:
    """Draw one core, one definition, as PNG, SVG or both.

    Parameters
    ----------
    *paths : path-like
        The pictures to write, ending in '.png' or '.svg'; drawn once.
    cluster_name_zh, cluster_name_en, core_zh, core_en : str
        Names for the title; `core_zh` also tells which city is the core.
    epsg : int
        Projected CRS in metres, such as the cluster's UTM zone.
    prefectures, cities : geopandas.GeoDataFrame
        Layers of the GeoPackage; the map shows the extent of the prefectures.
    reach : geopandas.GeoDataFrame
        Areas of this core and definition with `minutes`; whether each holds the nearer ones or
        starts where they end makes no difference. May be empty.
    city_times : pandas.DataFrame, optional
        `city_adcode` and `minutes` of this core and definition; the least counts where a city has
        several.
    roads, rail_services : geopandas.GeoDataFrame, optional
        Lines to draw; `trains_per_day` sets the width of the latter.
    measure_zh, measure_en : str
        Name of the definition, for the title.
    definition_zh, definition_en : str
        What is counted, in a sentence.
    source_note, date_note : str
        Sources with licences, and the dates of the data.
    dpi : int
        Dots per inch of a PNG.

    Raises
    ------
    OutputError
        When the ending is neither '.png' nor '.svg', or the disk refuses.

    Notes
    -----
    The same data give the same bytes with the same version of Matplotlib.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import Point, box
    >>> area = gpd.GeoDataFrame({"minutes": [60]}, geometry=[box(116, 39.5, 117, 40.2)], crs=4326)
    >>> names = {"adcode": ["110000"], "name_zh": ["北京"], "name_en": ["Beijing"]}
    >>> seat = gpd.GeoDataFrame(names, geometry=[Point(116.4, 39.9)], crs=4326)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     picture = Path(folder, "reach.png")
    ...     draw_reach_map(
    ...         picture, cluster_name_zh="京津冀", cluster_name_en="Beijing-Tianjin-Hebei",
    ...         core_zh="北京", core_en="Beijing", epsg=32650, prefectures=area, cities=seat,
    ...         reach=area, definition_zh="驾车", definition_en="by car", source_note="test",
    ...         date_note="2023-12-15", dpi=50,
    ...     )
    ...     picture.read_bytes()[1:4]
    b'PNG'
    """
    for path in paths:
        if _kind(path) not in {"png", "svg"}:
            raise OutputError(f"{path}: maps are PNG or SVG", remedy="end the name in .png or .svg")
    land = prefectures.to_crs(epsg)
    seats = _with_minutes(flatten(cities.to_crs(epsg)), city_times, core_zh)
    bands = _bands(reach.to_crs(epsg))
    colours = _band_colours(sorted(set(reach["minutes"].astype(float))))
    schematic = "schematic" in reach.columns and bool(reach["schematic"].any())
    notes = _note_lines(
        f"{definition_zh} {definition_en}", source_note, date_note, epsg, schematic=schematic
    )
    with map_fonts({"svg.hashsalt": "city-cluster-toolkit"}):
        figure, axes = map_sheet(land.total_bounds, dpi=dpi, notes=len(notes))
        land, bands = at_resolution(axes, land), at_resolution(axes, bands)
        land.plot(ax=axes, facecolor=LAND, edgecolor="none", aspect=None, zorder=1)
        for minutes, shape in zip(bands["minutes"], bands.geometry, strict=True):
            band = gpd.GeoSeries([shape], crs=epsg)
            band.plot(
                ax=axes, color=colours[minutes], alpha=0.62, linewidth=0, aspect=None, zorder=2
            )
            band.boundary.plot(
                ax=axes, color=colours[minutes], linewidth=0.7, aspect=None, zorder=3
            )
        _draw_lines(axes, roads, epsg, colour=_ROAD, width=0.35, zorder=4)
        _draw_lines(axes, rail_services, epsg, colour=_RAIL, width=0.9, zorder=5)
        land.boundary.plot(ax=axes, color="#5c5c5c", linewidth=0.6, aspect=None, zorder=6)
        axes.set_xlabel("")  # GeoPandas writes the name of the axis there
        axes.set_ylabel("")
        _draw_cities(axes, seats, colours)
        draw_scale_bar(axes, points=seats)
        draw_north_arrow(axes, epsg)
        names = seats.assign(
            label=[_label(row) for row in seats.itertuples()], is_leading=seats["is_origin"]
        )
        label_points(figure, axes, names, lines=rail_services)
        write_title(
            figure,
            " · ".join(
                part for part in (f"{core_zh}可达范围", measure_zh, cluster_name_zh) if part
            ),
            " · ".join(
                part for part in (f"What {core_en} reaches", measure_en, cluster_name_en) if part
            ),
        )
        signs = _signs(
            colours, areas=len(bands) > 0, rail=rail_services is not None, roads=roads is not None
        )
        write_legend(figure, axes, signs)
        write_notes(figure, notes)
        for path in paths:
            save_figure(figure, path, _kind(path), dpi)


def _with_minutes(
    cities: gpd.GeoDataFrame, city_times: pd.DataFrame | None, core_zh: str
) -> gpd.GeoDataFrame:
    """Return the cities with `minutes` (infinite: out of reach) and `is_origin`, core first."""
    minutes = pd.Series(np.inf, index=cities["adcode"])
    if city_times is not None and len(city_times):
        least = city_times.groupby("city_adcode")["minutes"].min()
        minutes = least.reindex(cities["adcode"]).fillna(np.inf)
    weight = cities["residents"] if "residents" in cities else pd.Series(0, index=cities.index)
    known = cities.assign(
        minutes=minutes.to_numpy(dtype=float),
        is_origin=(cities["name_zh"] == core_zh).to_numpy(),
        weight=weight.astype("Float64").fillna(0).to_numpy(dtype=float),
        timed=city_times is not None,
    )
    order = ["is_origin", "weight", "adcode"]
    return known.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _bands(reach: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return disjoint bands, one a threshold in ascending order: each less the nearer ones."""
    if reach.empty:
        return gpd.GeoDataFrame({"minutes": []}, geometry=[], crs=reach.crs)
    areas = reach[["minutes", reach.geometry.name]].dissolve("minutes").sort_index()
    shapes: list[shapely.Geometry] = []
    nearer = shapely.MultiPolygon()
    for shape in shapely.make_valid(areas.geometry.to_numpy()):
        shapes.append(shapely.difference(shape, nearer))
        nearer = shapely.union(nearer, shape)
    bands = gpd.GeoDataFrame(
        {"minutes": areas.index.to_numpy(float)}, geometry=shapes, crs=areas.crs
    )
    return bands[~bands.geometry.is_empty].reset_index(drop=True)


def _band_colours(minutes: Sequence[float]) -> dict[float, str]:
    """Return a colour a threshold: the palette's, or evenly spaced ones where it has none.

    Without areas the cities alone are coloured, by all bands of the palette.
    """
    standard = {float(bound): colour for bound, colour in TIME_BANDS.items()}
    if set(minutes) <= set(standard):
        return {bound: standard[bound] for bound in minutes or standard}
    steps = np.linspace(0.12, 0.97, len(minutes))
    return {
        bound: to_hex(colormaps["viridis"](step))
        for bound, step in zip(minutes, steps, strict=True)
    }


def _draw_lines(
    axes: Axes,
    lines: gpd.GeoDataFrame | None,
    epsg: int,
    *,
    colour: str,
    width: float,
    zorder: int,
) -> None:
    """Draw lines thin; those with more trains wider."""
    if lines is None or lines.empty:
        return
    widths: float | np.ndarray = width
    if "trains_per_day" in lines:
        trains = lines["trains_per_day"].astype("Float64").fillna(1).to_numpy(dtype=float)
        widths = width * np.clip(np.sqrt(trains) / 6, 0.35, 2.0)
    # Cut to the frame: not every SVG viewer does so itself.
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    projected = lines.geometry.to_crs(epsg).clip_by_rect(west, south, east, north)
    seen = ~(projected.is_empty | projected.isna()).to_numpy()
    at_resolution(axes, projected[seen]).plot(
        ax=axes,
        color=colour,
        linewidth=np.broadcast_to(widths, seen.shape)[seen],
        alpha=0.75,
        aspect=None,
        zorder=zorder,
    )


def _draw_cities(axes: Axes, seats: gpd.GeoDataFrame, colours: Mapping[float, str]) -> None:
    """Draw the core as a star, the cities in the colour of their band."""
    for seat, minutes, origin, timed in zip(
        seats.geometry, seats["minutes"], seats["is_origin"], seats["timed"], strict=True
    ):
        band = next((colour for bound, colour in colours.items() if minutes <= bound), BEYOND)
        axes.scatter(
            [seat.x],
            [seat.y],
            s=150 if origin else 42,
            marker="*" if origin else "o",
            facecolor=VERMILION if origin else (band if timed else "white"),
            edgecolor=INK,
            linewidth=0.8,
            zorder=9,
        )


def _label(row: object) -> str:
    """Return '天津 Tianjin' and the minutes below; the English name alone where glyphs lack."""
    name_zh, name_en = getattr(row, "name_zh", None), getattr(row, "name_en", None)
    names = [str(name) for name in (name_zh, name_en) if isinstance(name, str) and covers(name)]
    name = " ".join(names)
    if getattr(row, "is_origin", False) or not getattr(row, "timed", False):
        return name
    minutes = float(getattr(row, "minutes", np.inf))
    if not np.isfinite(minutes):
        return name
    digits = 0 if time_colour(minutes) == time_colour(round(minutes)) else 1  # 90.2 is not 90
    return f"{name}\n{minutes:.{digits}f} min"


def _signs(
    colours: Mapping[float, str], *, areas: bool, rail: bool, roads: bool
) -> list[Patch | Line2D]:
    """Return the entries of the legend: bands of time (of cities where no area is), lines."""
    bounds = list(colours)
    signs: list[Patch | Line2D] = []
    for low, high in zip([0.0, *bounds], bounds, strict=False):
        label = f"{low:.0f}–{high:.0f} min" if low else f"≤ {high:.0f} min"
        signs.append(
            Patch(facecolor=colours[high], alpha=0.75, label=label)
            if areas
            else point_sign("o", colours[high], 6, label)
        )
    far = f"> {bounds[-1]:.0f} min 或不可达\nor out of reach"
    signs.append(point_sign("o", BEYOND, 6, far))
    signs.append(point_sign("*", VERMILION, 12, "出发城市 Origin"))
    if rail:
        signs.append(
            Line2D(
                [],
                [],
                color=_RAIL,
                linewidth=1.2,
                label="直达列车（直线示意）\nDirect trains, as the crow flies",
            )
        )
    if roads:
        signs.append(Line2D([], [], color=_ROAD, linewidth=0.8, label="主要公路 Main roads"))
    signs.append(Line2D([], [], color="#5c5c5c", linewidth=0.8, label="行政区界 Boundaries"))
    return signs


def _note_lines(
    definition: str, source: str, date: str, epsg: int, *, schematic: bool
) -> list[str]:
    """Return the notes below the map, wrapped: definition, projection, dates, sources."""
    notes = [
        f"定义 Definition: {definition}",
        f"投影 Projection: {CRS.from_epsg(epsg).name} (EPSG:{epsg})",
        f"数据日期 Data of: {date}",
    ]
    if schematic:
        notes.append(
            "公路网为示意，时间为近似值。 The road network is schematic, times are approximate."
        )
    notes.append(f"来源 Sources: {source}")
    return [line for note in notes for line in wrap_text(drawable(note), columns=190)]


def _kind(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file name."""
    return Path(path).suffix.lower().removeprefix(".")
