"""Borders between neighbouring areas, and placebo lines that run parallel to them inside.

Outlines that were generalised one by one overlap or leave gaps by slivers, so that hardly a
vertex is common to two neighbours. Here their lines are cut into faces, every sliver is given to
one neighbour, and what two areas then share is their border, exactly and once.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import line_lengths_m

__all__ = [
    "grouped_borders",
    "placebo_lines",
    "placebo_room",
    "seamless_areas",
    "shared_borders",
]

Geometries = npt.NDArray[np.object_]
NOBODY = -1
COARSER = 20.0


def seamless_areas(areas: gpd.GeoDataFrame, *, epsg: int, gap_m: float = 500.0) -> gpd.GeoDataFrame:
    """Areas without overlaps and without slivers of nobody's land between them.

    Parameters
    ----------
    areas : GeoDataFrame
        Index label (such as adcode); polygons in any stated CRS. Overlaps go to the first of the
        areas that claim them.
    epsg : int
        Projected CRS to measure the width of gaps in, such as ``cluster.utm_epsg``.
    gap_m : float
        Enclosed gaps narrower than this (twice the area over the outline) are slivers and go to
        the neighbour they share most outline with; wider ones stay, and so do gaps that open to
        the outside at the end of a border.

    Returns
    -------
    GeoDataFrame
        `areas` with other polygons, whose common outlines have the same vertices.

    Raises
    ------
    NetworkError
        The areas have no CRS, or a label occurs twice.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(index=["a", "b"], crs=32650, geometry=[
    ...     shapely.box(0, 0, 1000, 1000), shapely.box(999, 0, 2000, 1000)])
    >>> seamless_areas(towns, epsg=32650).area.tolist()
    [1000000.0, 1000000.0]
    """
    if areas.crs is None:
        raise NetworkError("areas have no CRS", remedy="state it with set_crs(...)")
    if not areas.index.is_unique:
        twice = areas.index[areas.index.duplicated()][0]
        raise NetworkError(f"area {twice} occurs twice", remedy="dissolve the areas first")
    faces, owner = _faces(shapely.force_2d(areas.geometry.to_numpy()))
    _give_slivers(faces, owner, _widths_m(faces, areas.crs, epsg) < gap_m)
    return areas.set_geometry(
        [shapely.union_all(faces[owner == area]) for area in range(len(areas))], crs=areas.crs
    )


def shared_borders(
    areas: gpd.GeoDataFrame, *, epsg: int, gap_m: float = 500.0, seamless: bool = False
) -> gpd.GeoDataFrame:
    """Borders between all neighbours of a set of areas.

    Parameters
    ----------
    areas, epsg, gap_m
        As for `seamless_areas`.
    seamless : bool
        Whether the areas are what `seamless_areas` gave, so that it need not be done again.

    Returns
    -------
    GeoDataFrame
        Index ``border`` ('110000-131000'), sorted; ``a``, ``b`` (labels in the order of `areas`),
        ``length_km`` on the ellipsoid; MultiLineString in EPSG:4326. Neighbours that meet in
        points only have no border.

    Raises
    ------
    NetworkError
        As `seamless_areas`.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(index=["a", "b", "c"], crs=4326, geometry=[
    ...     shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(1.001, 1, 2, 2)])
    >>> shared_borders(towns, epsg=32631)["length_km"].round().to_dict()
    {'a-b': 111.0, 'b-c': 111.0}
    """
    land = areas if seamless else seamless_areas(areas, epsg=epsg, gap_m=gap_m)
    whole = land.geometry.to_numpy()
    rows = []
    for first, second in _touching(whole):
        line = _lines_of(shapely.intersection(whole[first].boundary, whole[second].boundary))
        if not line.is_empty:
            a, b = areas.index[first], areas.index[second]
            rows.append({"border": f"{a}-{b}", "a": a, "b": b, "geometry": line})
    table = gpd.GeoDataFrame(rows, columns=["border", "a", "b", "geometry"], crs=areas.crs)
    return _with_length(table.to_crs(4326).set_index("border").sort_index())


def grouped_borders(borders: gpd.GeoDataFrame, groups: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Borders between groups of areas, such as provinces, from those between the areas.

    Parameters
    ----------
    borders : GeoDataFrame
        As `shared_borders` gives them.
    groups : mapping of str to str
        Group of each area; areas without one are left out.

    Returns
    -------
    GeoDataFrame
        As `shared_borders`; borders inside a group are gone.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(index=["a", "b", "c"], crs=4326, geometry=[
    ...     shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 3, 1)])
    >>> borders = shared_borders(towns, epsg=32631)
    >>> grouped_borders(borders, {"a": "west", "b": "east", "c": "east"}).index.tolist()
    ['east-west']
    """
    ends = pd.DataFrame({end: borders[end].map(groups) for end in ("a", "b")})
    between = (ends.notna().all(axis=1) & (ends["a"] != ends["b"])).to_numpy()
    ends = ends[between]
    first, second = ends.min(axis=1), ends.max(axis=1)
    lines = borders.geometry.to_numpy()[between]
    rows = []
    for a, b in sorted(set(zip(first, second, strict=True))):
        same = ((first == a) & (second == b)).to_numpy()
        line = _lines_of(shapely.union_all(lines[same]))
        rows.append({"border": f"{a}-{b}", "a": a, "b": b, "geometry": line})
    table = gpd.GeoDataFrame(rows, columns=["border", "a", "b", "geometry"], crs=borders.crs)
    return _with_length(table.set_index("border"))


def placebo_room(
    areas: gpd.GeoDataFrame,
    *,
    epsg: int,
    nearest_m: float = 8_000.0,
    clearance_m: float = 4_000.0,
) -> gpd.GeoSeries:
    """Land in which placebo lines may run: areas less a strip along every outline.

    Other borders run there, and the edge of the study area, where networks are cut.

    Parameters
    ----------
    areas : GeoDataFrame
        All areas, by label, without slivers between them (`seamless_areas`).
    epsg : int
        Projected CRS to measure in.
    nearest_m : float
        Least distance of a line from its border. Outlines are simplified by a twentieth of it,
        which makes it fast.
    clearance_m : float
        Width of the strip.

    Returns
    -------
    GeoSeries
        Polygons by label, in `epsg`.

    Examples
    --------
    >>> halves = gpd.GeoDataFrame(index=["west", "east"], crs=32650, geometry=[
    ...     shapely.box(400_000, 4.3e6, 450_000, 4.4e6), shapely.box(450_000, 4.3e6, 5e5, 4.4e6)])
    >>> (placebo_room(halves, epsg=32650).area / 1e6).round().tolist()
    [3864.0, 3864.0]
    """
    land = areas.geometry.to_crs(epsg).simplify(nearest_m / COARSER)
    kept_off = shapely.union_all(land.boundary.to_numpy()).buffer(clearance_m)
    return gpd.GeoSeries(land.difference(kept_off))


def placebo_lines(
    border: shapely.Geometry,
    room: gpd.GeoSeries,
    sides: Sequence[str],
    *,
    count: int = 20,
    between_m: tuple[float, float] = (8_000.0, 30_000.0),
    shortest_m: float = 5_000.0,
    seed: int = 0,
) -> gpd.GeoDataFrame:
    """Lines parallel to a border at random distances inside the areas on both sides.

    What is found along the border must differ from what is found along these, or it is no effect
    of the border.

    Parameters
    ----------
    border : Geometry
        One border in EPSG:4326.
    room : GeoSeries
        Where lines may run, by label of the area, as `placebo_room` gives it; its CRS is the one
        to measure in.
    sides : sequence of str
        Labels of the areas to draw lines in, such as the two the border parts.
    count : int
        Lines on each side.
    between_m : tuple of float
        Least and largest distance from the border; distances are drawn evenly.
    shortest_m : float
        Shorter lines are dropped, since rates along them say little.
    seed : int
        Of the distances.

    Returns
    -------
    GeoDataFrame
        Index ``placebo``; ``side``, ``distance_m``, ``length_km``; MultiLineString in EPSG:4326.
        Drawn from a border simplified by a twentieth of the distance, which makes it fast.

    Raises
    ------
    MissingDataError
        No line fits.

    References
    ----------
    G. W. Imbens, T. Lemieux (2008). Regression discontinuity designs: a guide to practice. Journal
    of Econometrics 142:615.

    Examples
    --------
    >>> halves = gpd.GeoDataFrame(index=["west", "east"], crs=32650, geometry=[
    ...     shapely.box(400_000, 4.3e6, 450_000, 4.4e6), shapely.box(450_000, 4.3e6, 5e5, 4.4e6)])
    >>> border = shared_borders(halves, epsg=32650).geometry.iloc[0]
    >>> room = placebo_room(halves, epsg=32650)
    >>> lines = placebo_lines(border, room, ["west", "east"], count=3)
    >>> lines["side"].tolist(), lines["length_km"].round(-1).unique().tolist()
    (['west', 'west', 'west', 'east', 'east', 'east'], [90.0])
    """
    line = gpd.GeoSeries([border], crs=4326).to_crs(room.crs).iloc[0]
    random = np.random.default_rng(seed)
    rows = []
    for side in sides:
        for distance in np.sort(random.uniform(*between_m, size=count)):
            near = line.simplify(distance / COARSER).buffer(distance)
            parallel = _lines_of(near.boundary.intersection(room[side]))
            if parallel.length >= shortest_m:
                rows.append({"side": side, "distance_m": distance, "geometry": parallel})
    if not rows:
        raise MissingDataError(
            f"no line parallel to the border fits between {between_m[0]:g} and {between_m[1]:g} m",
            remedy="lower the distances, the clearance or the shortest length",
        )
    table = gpd.GeoDataFrame(rows, crs=room.crs).rename_axis("placebo")
    return _with_length(table.to_crs(4326))


def _faces(shapes: Geometries) -> tuple[Geometries, npt.NDArray[np.int64]]:
    """Faces between all outlines, and the first area that covers each."""
    linework = shapely.union_all(shapely.boundary(shapes))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    owner = np.full(len(faces), NOBODY, dtype=np.int64)
    face, area = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    last_first = np.argsort(-area, kind="stable")
    owner[face[last_first]] = area[last_first]
    return faces, owner


def _widths_m(faces: Geometries, crs: object, epsg: int) -> npt.NDArray[np.float64]:
    """Mean width of each face: twice its area over its outline."""
    measured = gpd.GeoSeries(faces, crs=crs).to_crs(epsg)
    return np.asarray(2.0 * measured.area / measured.length, dtype=np.float64)


def _give_slivers(
    faces: Geometries, owner: npt.NDArray[np.int64], narrow: npt.NDArray[np.bool_]
) -> None:
    """Give each narrow face of nobody to the owner it shares most outline with."""
    sides = _shared_segments(faces)
    sides = pd.concat([sides, sides.rename(columns={"face": "other", "other": "face"})])
    face, other = sides["face"].to_numpy(), sides["other"].to_numpy()
    sides = sides[(owner[face] == NOBODY) & narrow[face] & (owner[other] != NOBODY)]
    sides = sides.assign(owner=owner[sides["other"]])
    total = sides.groupby(["face", "owner"], as_index=False)["length"].sum()
    most = total.sort_values("length", kind="stable").groupby("face").last()
    owner[most.index.to_numpy()] = most["owner"].to_numpy()


def _shared_segments(faces: Geometries) -> pd.DataFrame:
    """Segments between two faces, with their length: faces of one linework share whole ones."""
    rings, of_ring = shapely.get_rings(faces, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end = coordinates[:-1][same], coordinates[1:][same]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)
    table = pd.DataFrame(np.hstack([low, high]), columns=["x0", "y0", "x1", "y1"])
    table["face"] = of_ring[ring[1:][same]]
    twins = table.groupby(["x0", "y0", "x1", "y1"])["face"].agg(["size", "first", "last"])
    twins = twins[twins["size"] == 2].reset_index()
    return pd.DataFrame(
        {
            "face": twins["first"],
            "other": twins["last"],
            "length": np.hypot(twins["x1"] - twins["x0"], twins["y1"] - twins["y0"]),
        }
    )


def _touching(shapes: Geometries) -> list[tuple[int, int]]:
    """Pairs of shapes whose boxes meet."""
    boxes = shapely.bounds(shapes)
    return [
        (i, j)
        for i, j in combinations(range(len(shapes)), 2)
        if (np.maximum(boxes[i, :2], boxes[j, :2]) <= np.minimum(boxes[i, 2:], boxes[j, 2:])).all()
    ]


def _lines_of(shape: shapely.Geometry) -> shapely.MultiLineString:
    """The lines of a geometry, joined where they meet end to end, without points."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    lines = [part for part in parts if part.geom_type == "LineString" and not part.is_empty]
    merged = shapely.line_merge(shapely.MultiLineString(lines))
    return shapely.MultiLineString(list(shapely.get_parts(merged)))


def _with_length(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the length on the ellipsoid."""
    parts = lines.geometry.explode()
    length_m = pd.Series(line_lengths_m(parts.to_numpy()), index=parts.index)
    total = length_m.groupby(level=0).sum().reindex(lines.index)
    return lines.assign(length_km=(total / 1000.0).astype(np.float64))
