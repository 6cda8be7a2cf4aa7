"""The 236 prefectures of the 19 clusters: names, seats and residents."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files

import geopandas as gpd
import pandas as pd

__all__ = ["countries_of", "extracts_of", "prefectures", "province_name"]


def prefectures() -> gpd.GeoDataFrame:
    """Prefecture-level units (and six county-level cities) that belong to one of the 19 clusters.

    Returns
    -------
    geopandas.GeoDataFrame
        236 points, the seats of government (EPSG:4326; GeoNames, CC BY 4.0), indexed by
        `adcode`: `name_zh` ('石家庄'), `official_name_zh` ('石家庄市'), `name_en`, `residents`
        (Int64, 2020; missing for two), `residents_year`, `residents_source`, `seat_name`,
        `seat_source`.

    Examples
    --------
    >>> prefectures().loc["130100", ["name_zh", "official_name_zh", "name_en"]].tolist()
    ['石家庄', '石家庄市', 'Shijiazhuang']
    """
    table: gpd.GeoDataFrame = _prefectures().copy()
    return table


def extracts_of(adcodes: Iterable[str]) -> tuple[str, ...]:
    """Geofabrik extracts that hold the given prefectures.

    One extract a province. Geofabrik's Hebei also holds Beijing and Tianjin, so there it would be
    enough; the three are named all the same, because a mirror's Hebei may end at its border.

    Parameters
    ----------
    adcodes : iterable of str
        Codes of prefectures; what is none of the 236 is passed over.

    Returns
    -------
    tuple of str
        Identifiers, each once, in the order met.

    Examples
    --------
    >>> extracts_of(["440100", "440300", "330300"])
    ('asia/china/guangdong', 'asia/china/zhejiang')
    """
    known = [code[:2] for code in adcodes if code in _prefectures().index]
    return tuple(f"asia/china/{_EXTRACTS[province]}" for province in dict.fromkeys(known))


def countries_of(adcodes: Iterable[str]) -> tuple[str, ...]:
    """ISO codes of the countries and regions whose statistics hold these Chinese units.

    Parameters
    ----------
    adcodes : iterable of str
        Six digits each; what is none is passed over.

    Returns
    -------
    tuple of str
        Each once, China first: Hong Kong, Macau and Taiwan are published separately.

    Examples
    --------
    >>> countries_of(["810000", "440300", "440400"])
    ('CHN', 'HKG')
    """
    found = {_APART.get(code[:2], "CHN") for code in adcodes if re.fullmatch(r"[1-8]\d{5}", code)}
    return tuple(sorted(found))


def province_name(adcode: str) -> tuple[str, str]:
    """Name of the province or municipality of a unit, in Chinese and in English.

    Parameters
    ----------
    adcode : str
        Administrative code; its first two digits decide.

    Returns
    -------
    tuple of str
        The digits themselves where there is no such province.

    Examples
    --------
    >>> province_name("131000"), province_name("150100")
    (('河北', 'Hebei'), ('内蒙古', 'Inner Mongolia'))
    """
    code = adcode[:2]
    english = _EXTRACTS.get(code, code).replace("-", " ").title()
    return _PROVINCES.get(code, code), english


_PROVINCES = {
    "11": "北京",
    "12": "天津",
    "13": "河北",
    "14": "山西",
    "15": "内蒙古",
    "21": "辽宁",
    "22": "吉林",
    "23": "黑龙江",
    "31": "上海",
    "32": "江苏",
    "33": "浙江",
    "34": "安徽",
    "35": "福建",
    "36": "江西",
    "37": "山东",
    "41": "河南",
    "42": "湖北",
    "43": "湖南",
    "44": "广东",
    "45": "广西",
    "46": "海南",
    "50": "重庆",
    "51": "四川",
    "52": "贵州",
    "53": "云南",
    "61": "陕西",
    "62": "甘肃",
    "63": "青海",
    "64": "宁夏",
    "65": "新疆",
}
"""Chinese name of a province, by the first two digits of its adcodes."""

_APART = {"71": "TWN", "81": "HKG", "82": "MAC"}
"""Units that world-wide data sets count apart from China, by the first two digits of adcodes."""

_EXTRACTS = {
    "11": "beijing",
    "12": "tianjin",
    "13": "hebei",
    "14": "shanxi",
    "15": "inner-mongolia",
    "21": "liaoning",
    "22": "jilin",
    "23": "heilongjiang",
    "31": "shanghai",
    "32": "jiangsu",
    "33": "zhejiang",
    "34": "anhui",
    "35": "fujian",
    "36": "jiangxi",
    "37": "shandong",
    "41": "henan",
    "42": "hubei",
    "43": "hunan",
    "44": "guangdong",
    "45": "guangxi",
    "46": "hainan",
    "50": "chongqing",
    "51": "sichuan",
    "52": "guizhou",
    "53": "yunnan",
    "61": "shaanxi",
    "62": "gansu",
    "63": "qinghai",
    "64": "ningxia",
    "65": "xinjiang",
}
"""Geofabrik's name of a province, by the first two digits of its adcodes."""


@cache
def _prefectures() -> gpd.GeoDataFrame:
    """Read the table of prefectures."""
    with as_file(files("toolkit") / "data" / "prefectures.csv") as path:
        table = pd.read_csv(path, dtype={"adcode": "str", "residents_2020": "Int64"})
    table = table.set_index("adcode").rename(columns={"residents_2020": "residents"})
    table["residents_year"] = pd.array([2020] * len(table), dtype="Int64")
    table.loc[table["residents"].isna(), "residents_year"] = pd.NA
    table["residents_source"] = table["residents_source"].fillna("")
    columns = ["name_zh", "official_name_zh", "name_en", "residents", "residents_year"]
    columns += ["residents_source", "seat_name", "seat_source"]
    seats = gpd.points_from_xy(table["seat_lon"], table["seat_lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table[columns], geometry=seats)
