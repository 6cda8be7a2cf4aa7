"""The interactive map of the page: vector outlines that scripts only switch on and off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.analysis.circles import CoreReach
from toolkit.analysis.definitions import Definition
from toolkit.claims.model import Sentence
from toolkit.clusters import Cluster
from toolkit.networks.inputs import Inputs
from toolkit.publish.labels import place_labels
from toolkit.publish.report.parts import minutes_cell
from toolkit.publish.report.reached import journey

__all__ = ["MapBand", "MapCity", "ReachMap", "draw_map"]

_WIDTH = 820.0
_MARGIN = 34.0
_MOST_ROADS = 6000
_LETTER, _LINE = 7.2, 17.0


@dataclass(frozen=True)
class MapBand:
    """Outline of one threshold of a core and definition, as the data of an SVG path."""

    core: str
    definition: str
    minutes: int
    path: str


@dataclass(frozen=True)
class MapCity:
    """A city: its place, where its label goes, and whether it can be the origin."""

    adcode: str
    name: Sentence
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    is_core: bool


@dataclass(frozen=True)
class ReachMap:
    """Everything the template draws; `times` is core to definition to city to what is shown."""

    width: float
    height: float
    km: float
    bands: tuple[MapBand, ...]
    land: tuple[str, ...]
    roads: str
    cities: tuple[MapCity, ...]
    cores: tuple[str, ...]
    definitions: tuple[Definition, ...]
    times: Mapping[str, Mapping[str, Mapping[str, tuple[float | None, str, str, str]]]]


def draw_map(
    inputs: Inputs,
    reaches: Sequence[CoreReach],
    times: pd.DataFrame,
    definitions: Mapping[str, Definition],
) -> ReachMap | None:
    """Return outlines in the units of the drawing; None without any travel time.

    Parameters
    ----------
    inputs : Inputs
        Boundaries and roads are drawn where there are any.
    reaches : sequence of CoreReach
        Those of the newest timetable are drawn.
    times : DataFrame
        See `toolkit.publish.report.reached.newest_times`.
    definitions : mapping of str to Definition
    """
    if times.empty:
        return None
    cluster = inputs.cluster
    seats = cluster.cities.geometry.to_crs(cluster.utm_epsg)
    land = None if inputs.prefectures is None else inputs.prefectures.geometry
    projected = None if land is None else land.to_crs(cluster.utm_epsg)
    bounds = seats.total_bounds if projected is None else projected.total_bounds
    frame = _Frame.around(bounds)
    newest = max((reach.timetable_date for reach in reaches), default="")
    return ReachMap(
        width=_WIDTH,
        height=frame.height,
        km=1000.0 * frame.scale,
        bands=tuple(
            MapBand(reach.core, reach.definition.key, int(minutes), path)
            for reach in reaches
            if reach.is_leading and reach.timetable_date in ("", newest)
            for minutes, path in _bands(reach, cluster, frame)
        ),
        land=() if projected is None else tuple(frame.path(shape) for shape in projected),
        roads=_roads(inputs, frame),
        cities=_cities(cluster, seats, frame),
        cores=tuple(dict.fromkeys(times["core_adcode"])),
        definitions=tuple(d for k, d in definitions.items() if (times["definition"] == k).any()),
        times=_shown_times(times),
    )


@dataclass(frozen=True)
class _Frame:
    """From metres to the units of the drawing."""

    west: float
    north: float
    scale: float
    height: float

    @classmethod
    def around(cls, bounds: Sequence[float]) -> "_Frame":
        """Fit the bounds into the width, with a margin."""
        west, south, east, north = (float(value) for value in bounds)
        span = max(east - west, (north - south) * 0.75, 10_000.0)
        scale = (_WIDTH - 2 * _MARGIN) / span
        west -= (span - (east - west)) / 2
        return cls(west, north, scale, round((north - south) * scale + 2 * _MARGIN, 1))

    def points(self, xy: np.ndarray) -> np.ndarray:
        """Drawing units of projected points."""
        x = (xy[:, 0] - self.west) * self.scale + _MARGIN
        y = (self.north - xy[:, 1]) * self.scale + _MARGIN
        return np.round(np.column_stack([x, y]), 1)

    def path(self, shape: shapely.Geometry, *, tolerance: float = 0.7) -> str:
        """Data of an SVG path, simplified to what can be seen."""
        simple = shapely.simplify(shape, tolerance / self.scale)
        return "".join(self._ring(part) for part in _lines(simple))

    def _ring(self, line: shapely.Geometry) -> str:
        """One line or ring; a ring is closed."""
        xy = self.points(shapely.get_coordinates(line))
        closed = len(xy) > 2 and bool((xy[0] == xy[-1]).all())
        pairs = "L".join(f"{x:g} {y:g}" for x, y in (xy[:-1] if closed else xy))
        return f"M{pairs}Z" if closed else f"M{pairs}"


def _lines(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Rings of polygons, lines as they are."""
    parts = shapely.get_parts(shape)
    if not len(parts):
        return []
    if shapely.get_dimensions(shape) < 2:
        return list(parts)
    return list(shapely.get_rings(parts))


def _bands(reach: CoreReach, cluster: Cluster, frame: _Frame) -> list[tuple[float, str]]:
    """Outlines of one core and definition, the widest first so that nearer ones lie on top."""
    bands = reach.bands.to_crs(cluster.utm_epsg).sort_values("minutes", ascending=False)
    return [
        (minutes, frame.path(shape))
        for minutes, shape in zip(bands["minutes"], bands.geometry, strict=True)
        if not shape.is_empty
    ]


def _roads(inputs: Inputs, frame: _Frame) -> str:
    """Main roads as one path, each two-way road once; none where the network is too fine."""
    if inputs.roads is None or len(inputs.roads.edges) > _MOST_ROADS:
        return ""
    edges = inputs.roads.edges
    ends = pd.DataFrame(
        {"u": edges.index.get_level_values(0), "v": edges.index.get_level_values(1)}
    )
    pair = pd.Series(list(zip(ends.min(axis=1), ends.max(axis=1), strict=True)))
    once = gpd.GeoSeries(edges.geometry.to_numpy()[~pair.duplicated()], crs=edges.crs)
    return "".join(frame.path(line) for line in once.to_crs(inputs.cluster.utm_epsg))


def _cities(cluster: Cluster, seats: gpd.GeoSeries, frame: _Frame) -> tuple[MapCity, ...]:
    """Cities with their labels, cores first."""
    facts = cluster.cities
    order = np.argsort(~facts["is_core"].to_numpy(bool), kind="stable")
    points = frame.points(np.column_stack([seats.x, seats.y]))[order]
    widths = [(len(str(name)) + 4.5) * _LETTER for name in facts["name_en"].iloc[order]]
    corners = place_labels(
        points,
        [(width, _LINE) for width in widths],
        frame=(2.0, 2.0, _WIDTH - 2.0, frame.height - 2.0),
        gap=9.0,
    )
    cities = []
    for row, (x, y), (left, low), width in zip(order, points, corners, widths, strict=True):
        beside = "end" if left + width < x else "start" if left > x else "middle"
        shift = {"end": width, "start": 0.0, "middle": width / 2}[beside]
        cities.append(
            MapCity(
                adcode=str(facts.index[row]),
                name=Sentence(str(facts["name_en"].iloc[row]), str(facts["name_zh"].iloc[row])),
                x=float(x),
                y=float(y),
                label_x=round(float(left + shift), 1),
                # y runs down the page, so the lower edge of a box is its greater y
                label_y=round(float(low) + _LINE - 4.0, 1),
                anchor=beside,
                is_core=bool(facts["is_core"].iloc[row]),
            )
        )
    return tuple(cities)


def _shown_times(
    times: pd.DataFrame,
) -> dict[str, dict[str, dict[str, tuple[float | None, str, str, str]]]]:
    """Minutes (none: not reached), as shown, and the journey, by core, definition and city."""
    shown: dict[str, dict[str, dict[str, tuple[float | None, str, str, str]]]] = {}
    for _, row in times.iterrows():
        minutes = float(row["minutes"]) if pd.notna(row["minutes"]) else np.inf
        way = journey(str(row["itinerary"]))
        figure = minutes_cell(minutes).text.en if np.isfinite(minutes) else ""
        entry = (minutes if np.isfinite(minutes) else None, figure, way.en, way.zh)
        core = shown.setdefault(str(row["core_adcode"]), {})
        core.setdefault(str(row["definition"]), {})[str(row["city_adcode"])] = entry
    return shown
