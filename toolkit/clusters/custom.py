"""Clusters of the user's own, read from a TOML file.

A file holds one table ``[cluster]`` and any number of ``[[cities]]``. A cluster anywhere in the
world names its cities::

    [cluster]
    slug = "lake-zurich"            # for files and commands; default: the name of the file
    name_en = "Lake Zurich"         # name_zh too, or one of the two
    cores = ["Zurich"]              # adcodes or names of cities below, the leading one first
    extracts = ["europe/switzerland"]   # Geofabrik; without it, no roads can be downloaded
    countries = ["CHE"]             # ISO codes; without it, no people can be downloaded

    [[cities]]
    adcode = "CH-261"               # any code, unique in the file
    name_en = "Zurich"
    lon = 8.5417
    lat = 47.3769
    residents = 443000              # optional, as are residents_year and residents_source
    membership = "full"             # or "part"; optional, as is note

A city whose adcode is one of China's 236 prefectures in the 19 clusters needs nothing but the
adcode; what is given replaces what is known of it.

A file can also change a built-in cluster::

    [cluster]
    base = "jing-jin-ji"
    slug = "jing-jin-ji-north"
    add = ["阳泉", "140100"]         # names or adcodes of prefectures
    remove = ["邯郸", "Xingtai"]     # names or adcodes of its cities

Further optional keys of ``[cluster]``: `aliases`, `secondary_cores`, `plan`, `tier`, `note`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from toolkit.clusters.cluster_file import ClusterFile
from toolkit.clusters.model import Cluster, find_city
from toolkit.clusters.names import look_up
from toolkit.clusters.prefectures import countries_of, extracts_of, prefectures
from toolkit.errors import UnknownNameError

__all__ = ["read_cluster"]

_CITY_COLUMNS = (
    "name_zh",
    "official_name_zh",
    "name_en",
    "residents",
    "residents_year",
    "residents_source",
    "membership",
    "note",
)


def read_cluster(path: Path, *, built_in: Mapping[str, Cluster]) -> Cluster:
    r"""Read a cluster from a TOML file.

    Parameters
    ----------
    path : pathlib.Path
        The file; the module's description shows its keys.
    built_in : mapping of str to Cluster
        Built-in clusters by every name, for `base`.

    Returns
    -------
    Cluster
        The cluster. Its extracts and countries are those of the file, or those of its Chinese
        prefectures.

    Raises
    ------
    InputFileError
        If the file is missing, is not TOML, or a key is missing, unknown, of the wrong kind or
        out of range; the message names file and key and says what to do.

    Examples
    --------
    >>> import tempfile
    >>> text = '[cluster]\nname_en = "Twins"\ncores = ["Beijing"]\n'
    >>> text += '[[cities]]\nadcode = "110000"\n[[cities]]\nadcode = "120000"\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "twins.toml"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     read_cluster(path, built_in={}).cities["name_zh"].tolist()
    ['北京', '天津']
    """
    source = ClusterFile.read(path)
    base = _base(source, built_in)
    cities = _cities(source, base)
    cores = _cores(source, base, cities)
    secondary = [code for code in base.secondary_cores if code in cities.index] if base else []
    name_zh, name_en = _names(source, base)
    return Cluster(
        slug=_slug(source),
        name_zh=name_zh,
        name_en=name_en,
        aliases=tuple(source.cluster.get("aliases", ())),
        cores=cores,
        secondary_cores=_codes(source, "secondary_cores", cities) or tuple(secondary),
        cities=cities.assign(is_core=cities.index.isin(cores)),
        plan=source.cluster.get("plan", base.plan if base else ""),
        tier=source.cluster.get("tier", base.tier if base else ""),
        note=source.cluster.get("note", base.note if base else ""),
        extracts=tuple(source.cluster.get("extracts", extracts_of(cities.index))),
        countries=tuple(source.cluster.get("countries", countries_of(cities.index))),
    )


def _base(source: ClusterFile, built_in: Mapping[str, Cluster]) -> Cluster | None:
    """Find the built-in cluster the file changes, if it changes one."""
    if "base" in source.cluster:
        try:
            return look_up(source.cluster["base"], built_in, what="city cluster")
        except UnknownNameError as error:
            raise source.error("base", error.problem, error.remedy) from error
    for key in ("add", "remove"):
        if key in source.cluster:
            raise source.error(key, "needs a cluster to change", 'give base = "..." or drop it')
    return None


def _cities(source: ClusterFile, base: Cluster | None) -> gpd.GeoDataFrame:
    """Put the cities together: those of the base, changed, and those of the file."""
    rows = _base_rows(source, base) if base else {}
    known = {str(adcode): _row(row) for adcode, row in prefectures().iterrows()}
    for number, city in enumerate(source.cities, start=1):
        adcode = city["adcode"]
        start = rows.get(adcode) or known.get(adcode) or {}
        rows[adcode] = _merge(source, city, start, f"[[cities]] {number}")
    if not rows:
        raise source.error("[[cities]]", "missing", "add a table [[cities]] for each city")
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "adcode"
    for column in ("residents", "residents_year"):
        table[column] = pd.array(table[column].tolist(), dtype="Int64")
    seats = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table[list(_CITY_COLUMNS)], geometry=seats)


def _base_rows(source: ClusterFile, base: Cluster) -> dict[str, dict[str, Any]]:
    """Take the base's cities, without those to remove and with those to add."""
    removed = _codes(source, "remove", base.cities)
    rows = {str(a): _row(row) for a, row in base.cities.iterrows() if a not in removed}
    every = prefectures()
    for adcode in _codes(source, "add", every):
        if adcode in rows:
            name = every.at[adcode, "name_zh"]
            raise source.error("add", f"{name} ({adcode}) is a member already", "drop it")
        rows[adcode] = _row(every.loc[adcode])
    return rows


def _row(row: pd.Series) -> dict[str, Any]:
    """Turn a known city into values by key."""
    values = {column: row.get(column, "") for column in _CITY_COLUMNS}
    values["membership"] = values["membership"] or "full"
    return values | {"lon": row["geometry"].x, "lat": row["geometry"].y}


def _merge(
    source: ClusterFile, city: dict[str, Any], start: dict[str, Any], where: str
) -> dict[str, Any]:
    """Lay what the file says of a city over what is known of it."""
    given = {key: value for key, value in city.items() if key != "adcode"}
    missing = [key for key in ("lon", "lat") if key not in given and not start]
    if missing:
        problem = f"missing, and {city['adcode']!r} is none of the known prefectures"
        raise source.error(f"{where} {missing[0]}", problem, "write the seat in degrees")
    name = given.get("name_zh") or given.get("name_en")
    if not (name or start):
        raise source.error(f"{where} name_en", "missing", "write name_en, name_zh or both")
    blank: dict[str, Any] = dict.fromkeys(_CITY_COLUMNS, "")
    blank |= {"residents": pd.NA, "residents_year": pd.NA}
    blank |= {"name_zh": name, "name_en": given.get("name_en") or name, "membership": "full"}
    merged = (start or blank) | given
    if "name_zh" in given or not merged["official_name_zh"]:
        merged["official_name_zh"] = merged["name_zh"]
    if "residents" in given:
        # a new figure does not inherit the year and source of the old one
        merged |= {
            key: given.get(key, blank[key]) for key in ("residents_year", "residents_source")
        }
    return merged


def _cores(source: ClusterFile, base: Cluster | None, cities: pd.DataFrame) -> tuple[str, ...]:
    """Cores of the file, or else of the base, all of which must be members."""
    if source.cluster.get("cores"):
        return _codes(source, "cores", cities)
    if base is None:
        raise source.error("cores", "missing", "name at least one city as the core")
    for code in base.cores:
        if code not in cities.index:
            name = base.cities.at[code, "name_zh"]
            problem = f"{name} is a core of {base.slug} and was removed"
            raise source.error("cores", problem, "name the cores: cores = [...]")
    return base.cores


def _codes(source: ClusterFile, key: str, cities: pd.DataFrame) -> tuple[str, ...]:
    """Turn a list of adcodes or names into adcodes of the given cities."""
    codes = []
    for name in source.cluster.get(key, ()):
        try:
            codes.append(find_city(cities, name, what="city to choose from"))
        except UnknownNameError as error:
            raise source.error(key, error.problem, error.remedy) from error
    return tuple(dict.fromkeys(codes))


def _names(source: ClusterFile, base: Cluster | None) -> tuple[str, str]:
    """Chinese and English name of the cluster; one stands in for the other."""
    zh = source.cluster.get("name_zh", base.name_zh if base else "")
    en = source.cluster.get("name_en", base.name_en if base else "")
    if not (zh or en):
        raise source.error("name_en", "missing", "write name_en, name_zh or both")
    return zh or en, en or zh


def _slug(source: ClusterFile) -> str:
    """Name for files: that of the file unless it is given."""
    slug = str(source.cluster.get("slug", source.path.stem.lower()))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        problem = f"{slug!r} cannot name a folder on every system"
        raise source.error("slug", problem, 'write slug = "..." with a-z, 0-9 and hyphens')
    return slug
