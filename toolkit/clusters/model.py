"""A city cluster: its cities, which of them are cores, and which documents say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from toolkit.clusters.names import look_up, normal_form
from toolkit.display import html_card, web_map
from toolkit.errors import MissingDataError, UnknownNameError

__all__ = ["Cluster", "find_city", "union_members"]


@dataclass(frozen=True, eq=False)
class Cluster:
    """A city cluster (urban agglomeration).

    Attributes
    ----------
    slug : str
        Short name for files and commands, such as 'jing-jin-ji'.
    name_zh, name_en : str
        Chinese and English name.
    aliases : tuple of str
        Other names it is found by.
    cores : tuple of str
        adcodes of the core cities, the leading one first.
    secondary_cores : tuple of str
        adcodes of cities that only some texts name as cores.
    cities : geopandas.GeoDataFrame
        One point a city (the seat of its government, EPSG:4326), indexed by `adcode` in the
        order of the plan: `name_zh`, `official_name_zh`, `name_en`, `residents`,
        `residents_year`, `residents_source`, `membership` ('full' | 'part'), `note`, `is_core`.
    plan : str
        The document the list of cities comes from.
    tier : str
        Group within the five-year plan.
    note : str
        What is doubtful about the list.
    extracts : tuple of str
        Identifiers of the Geofabrik extracts that together cover it.
    countries : tuple of str
        ISO 3166 codes of three letters of the countries it lies in, for what is published by
        country; empty where they are not known.
    """

    slug: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    cores: tuple[str, ...]
    secondary_cores: tuple[str, ...]
    cities: gpd.GeoDataFrame
    plan: str = ""
    tier: str = ""
    note: str = ""
    extracts: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        columns = ["name_zh", "name_en", "residents", "is_core"]
        facts = {
            "cities": len(self.cities),
            "cores": " ".join(self.cities.loc[list(self.cores), "name_zh"]),
            "plan": self.plan,
            "note": self.note,
        }
        return html_card(f"{self.name_zh} {self.name_en}", facts, self.cities[columns])

    def plot(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.plot)
        """Draw the cities; options as for ``GeoDataFrame.plot``."""
        return self.cities.plot(**{"column": "is_core", **options})

    def explore(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.explore)
        """Show the cities on a map; options as for ``GeoDataFrame.explore``."""
        return web_map(self.cities, **{"column": "is_core", **options})

    @property
    def utm_epsg(self) -> int:
        """EPSG code of the UTM zone (WGS84) at the middle of the seats' bounding box.

        Examples
        --------
        >>> from toolkit.clusters import load_cluster
        >>> load_cluster("jing-jin-ji").utm_epsg
        32650
        """
        west, south, east, north = self.cities.total_bounds
        zone = min(int(((west + east) / 2 + 180) // 6) + 1, 60)
        return (32600 if north + south >= 0 else 32700) + zone

    def city(self, name: str) -> pd.Series:
        """Row of the city called by an adcode, a Chinese or an English name.

        Parameters
        ----------
        name : str
            Such as '110000', '北京', '北京市' or 'beijing'.

        Returns
        -------
        pandas.Series
            The row of `cities`; its `name` is the adcode.

        Raises
        ------
        UnknownNameError
            If no city of the cluster is called so (the message names the nearest), or if two
            are (台州 and 泰州 are both Taizhou).

        Examples
        --------
        >>> from toolkit.clusters import load_cluster
        >>> load_cluster("jing-jin-ji").city("Baoding")["name_zh"]
        '保定'
        """
        row: pd.Series = self.cities.loc[
            find_city(self.cities, name, what=f"city of {self.name_en}")
        ]
        return row


def find_city(cities: pd.DataFrame, name: str, *, what: str = "city") -> str:
    """Find the adcode of the city called by an adcode, a Chinese or an English name.

    Parameters
    ----------
    cities : pandas.DataFrame
        Indexed by adcode, with `name_zh`, `official_name_zh` and `name_en`.
    name : str
        What the user wrote.
    what : str, default 'city'
        What is looked up, for the message.

    Returns
    -------
    str
        The adcode.

    Raises
    ------
    UnknownNameError
        If no city is called so, or more than one.

    Examples
    --------
    >>> from toolkit.clusters import prefectures
    >>> find_city(prefectures(), "urumqi")
    '650100'
    """
    codes: dict[str, list[str]] = {}
    for column in ("name_zh", "official_name_zh", "name_en"):
        for adcode, written in zip(cities.index, cities[column], strict=True):
            known = codes.setdefault(normal_form(written), [])
            if adcode not in known:
                known.append(adcode)
    if found := codes.get(normal_form(name), []):
        if len(found) == 1:
            return found[0]
        both = ", ".join(f"{cities.at[code, 'name_zh']!s} ({code})" for code in found)
        raise UnknownNameError(
            f"{name!r} is the name of more than one {what}: {both}",
            remedy="use the Chinese name or the adcode",
        )
    # what is left to find is an adcode; the names are there to be suggested
    written = [*cities["name_zh"], *cities["official_name_zh"], *cities["name_en"], *cities.index]
    remedy = "give its adcode, or its Chinese or English name"
    return str(look_up(name, {one: one for one in written if one}, what=what, remedy=remedy))


def union_members(clusters: Iterable[Cluster]) -> gpd.GeoDataFrame:
    """Cities of several clusters, each once, however many clusters it belongs to.

    Parameters
    ----------
    clusters : iterable of Cluster
        Clusters that may share cities (Handan and Xingtai belong to two of the 19).

    Returns
    -------
    geopandas.GeoDataFrame
        `cities` of the clusters, each adcode once, in the order met; `is_core` where it is a core
        of any; `membership` 'full' where it is a full member of any; with a column `clusters`
        that lists the slugs, separated by semicolons.

    Raises
    ------
    MissingDataError
        If there is no cluster at all.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> both = union_members([load_cluster("jing-jin-ji"), load_cluster("central-plains")])
    >>> len(both), both.loc["130400", "clusters"]
    (41, 'jing-jin-ji;central-plains')
    """
    tables = [cluster.cities.assign(clusters=cluster.slug) for cluster in clusters]
    if not tables:
        raise MissingDataError("no cluster to take the members of")
    every = pd.concat(tables)
    groups = every.groupby(level=0, sort=False)
    cities: gpd.GeoDataFrame = every[~every.index.duplicated()].copy()
    # groupby keeps the order of first appearance, as `cities` does
    cities["clusters"] = groups["clusters"].agg(";".join)
    cities["is_core"] = groups["is_core"].any()
    cities["membership"] = groups["membership"].agg(
        lambda kinds: "full" if (kinds == "full").any() else "part"
    )
    return cities
