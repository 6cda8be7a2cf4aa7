"""Boundaries of Chinese prefectures, put together from the districts of geotool-cn.

The package's data come from Amap through DataV.GeoAtlas "for learning and exchange only", so they
are read from the installed package and never copied into this one. They are stored as WGS84
already (turned back from GCJ-02 with a residual of 0.6 m in the median, up to 5 m).
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

# The public classes of the package answer questions about points but do not hand out polygons.
from GeoToolCN._gtc import GTCData, GTCFormatError
from shapely.geometry.base import BaseGeometry

from toolkit.clusters import prefectures
from toolkit.errors import MissingDataError, UnknownNameError

__all__ = ["district_boundaries", "land_of_china", "prefecture_boundaries"]

_GAP_DEGREES = 0.002  # neighbouring provinces are generalised apart by less than twice this


def prefecture_boundaries(adcodes: Sequence[str]) -> gpd.GeoDataFrame:
    """Boundaries of prefectures, as unions of their districts.

    Parameters
    ----------
    adcodes : sequence of str
        Six-digit codes of municipalities ('110000'), prefectures ('130100') or county-level
        units directly under a province (仙桃 '429004'), of any part of China that has districts.

    Returns
    -------
    geopandas.GeoDataFrame
        In the order asked, indexed by `adcode`: `name_zh` (short where the prefecture belongs to
        one of the 19 clusters, such as 北京), `official_name_zh`, and `geometry`, a MultiPolygon
        in EPSG:4326. Prefectures may have exclaves (the northern three counties of Langfang)
        and holes. About 1 ms a district.

    Notes
    -----
    The districts are generalised one by one, so neighbours overlap or leave gaps by slivers (0.01 %
    of the area of the 236 prefectures). Polygons on the coast take in water: that of Shanghai is
    26 % larger than its land, those of Zhuhai and Zhoushan 11 to 13 %.

    Raises
    ------
    UnknownNameError
        If the data have no district of an adcode.
    MissingDataError
        If the boundaries of the installed geotool-cn cannot be read.

    Examples
    --------
    >>> langfang = prefecture_boundaries(["131000"])
    >>> langfang.loc["131000", "name_zh"], len(langfang.geometry.iloc[0].geoms)
    ('廊坊', 2)
    """
    codes = [str(adcode) for adcode in adcodes]
    unknown = [code for code in codes if code not in _districts()]
    if unknown:
        raise UnknownNameError(
            f"no boundary for adcode {', '.join(unknown)}",
            remedy="give the code of a prefecture, such as 130100; units abroad need a file",
        )
    official = [_official_name(code) for code in codes]
    short = prefectures()["name_zh"].to_dict()
    return gpd.GeoDataFrame(
        {
            "name_zh": [short.get(code, name) for code, name in zip(codes, official, strict=True)],
            "official_name_zh": official,
        },
        geometry=[_boundary(code) for code in codes],
        index=pd.Index(codes, name="adcode", dtype="str"),
        crs="EPSG:4326",
    )


def district_boundaries(adcodes: Sequence[str]) -> gpd.GeoDataFrame:
    """Boundaries of districts and counties.

    Parameters
    ----------
    adcodes : sequence of str
        Six-digit codes, such as '110112' (Tongzhou) or '131082' (Sanhe).

    Returns
    -------
    geopandas.GeoDataFrame
        In the order asked, indexed by `adcode`: `official_name_zh` and `geometry`, a MultiPolygon
        in EPSG:4326.

    Raises
    ------
    UnknownNameError
        If the data have no such district.
    MissingDataError
        If the boundaries of the installed geotool-cn cannot be read.

    Examples
    --------
    >>> district_boundaries(["110112", "131082"])["official_name_zh"].tolist()
    ['通州区', '三河市']
    """
    codes = [str(adcode) for adcode in adcodes]
    data = _data()
    known = {data.adcodes[record]: record for record in range(*data.level_ranges["district"])}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise UnknownNameError(
            f"no district of adcode {', '.join(unknown)}",
            remedy="give codes of districts or counties, such as 110112",
        )
    return gpd.GeoDataFrame(
        {"official_name_zh": [_official_name(code) for code in codes]},
        index=pd.Index(codes, name="adcode"),
        geometry=[_polygons(known[code]) for code in codes],
        crs=4326,
    )


def land_of_china(within: shapely.Polygon) -> shapely.Geometry:
    """Land of all provinces within a polygon, without the gaps between neighbours.

    Parameters
    ----------
    within : Polygon
        EPSG:4326.

    Returns
    -------
    Geometry
        Polygons in EPSG:4326; empty outside China. Its rim is the coast, or the border.

    Notes
    -----
    Coasts are generalised: between Qinhuangdao and Dongying they lie within 0.1 km of those of the
    districts in the median, 0.5 km at 95 % of places, 1.4 km at most. Land won from the sea is
    land, islands of a few km2 may be missing, and provinces take in the estuary of the Yangtze and
    the bay of Hangzhou.

    Raises
    ------
    MissingDataError
        If the boundaries of the installed geotool-cn cannot be read.

    Examples
    --------
    The strait of Bohai is in no province, the island of Chongming is:

    >>> land = land_of_china(shapely.box(117, 31, 123, 40))
    >>> shapely.covers(land, shapely.points([(120.5, 38.5), (121.6, 31.65)])).tolist()
    [False, True]
    """
    parts = shapely.intersection(_provinces(), within.buffer(2 * _GAP_DEGREES))
    return shapely.union_all(parts).buffer(_GAP_DEGREES).buffer(-_GAP_DEGREES).intersection(within)


@cache
def _data() -> GTCData:
    """Open the boundary file of the installed package."""
    try:
        with as_file(files("GeoToolCN") / "data" / "china.full.gtc") as path:
            return GTCData(str(path))
    except (OSError, GTCFormatError) as error:
        raise MissingDataError(
            f"the boundaries of geotool-cn cannot be read: {error}",
            remedy="reinstall it: pip install --force-reinstall 'geotool-cn>=3.1,<4'",
        ) from error


@cache
def _districts() -> dict[str, list[int]]:
    """Record numbers of the districts by the prefecture they lie in."""
    data = _data()
    children: dict[str, list[int]] = {}
    for record in range(*data.level_ranges["district"]):
        if (parent := data.parents[record]) is not None:
            children.setdefault(parent, []).append(record)
    return children


@cache
def _provinces() -> tuple[BaseGeometry, ...]:
    """Polygons of all provinces."""
    return tuple(_polygons(record) for record in range(*_data().level_ranges["province"]))


def _official_name(adcode: str) -> str:
    """Official name of a prefecture, a municipality or a county-level unit."""
    data = _data()
    return str(data.names[data.index_of(adcode)])


@cache
def _boundary(adcode: str) -> shapely.MultiPolygon:
    """Union of the districts of one prefecture; geometries are immutable, so it may be cached."""
    merged = shapely.union_all([_polygons(record) for record in _districts()[adcode]])
    return shapely.MultiPolygon(shapely.get_parts(merged))


def _polygons(record: int) -> BaseGeometry:
    """Polygons of one district or province in degrees."""
    data = _data()
    _, polygons = data.geometry(record)
    return shapely.MultiPolygon(
        [shapely.Polygon(rings[0], rings[1:]) for rings in map(_rings, polygons)]
    )


def _rings(polygon: list[tuple[Sequence[float], Sequence[float]]]) -> list[np.ndarray]:
    """Rings of one polygon, the outer one first; the file counts in 1/scale of a degree."""
    return [np.column_stack(ring) / _data().scale for ring in polygon]
