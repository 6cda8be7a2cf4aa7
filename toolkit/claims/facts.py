"""The facts beyond one cluster that claims are checked against: areas, residents, output, places.

A figure is asked for by quantity, region and year, and comes with how much of the region the
tables cover, so that a sum over gaps can say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.claims.model import Claim, Sentence
from toolkit.clusters import Cluster, list_clusters, prefectures
from toolkit.errors import ClaimError
from toolkit.sources import reference

__all__ = ["QUANTITIES", "Facts", "Figure", "embedded_facts"]

QUANTITIES = ("area_km2", "gdp_1e8", "residents_1e4")
"""Quantities that are kept by prefecture; the table of single figures holds others."""

_NATIONAL = "national"


@dataclass(frozen=True)
class Figure:
    """A number with its cover: `known` of the `total` units of the region have a value."""

    value: float
    known: int
    total: int

    @property
    def gap(self) -> Sentence:
        """What is missing, empty where nothing is."""
        if self.known == self.total:
            return Sentence("", "")
        return Sentence(
            f" ({self.known} of {self.total} units known)",
            f"（{self.total}个单元中{self.known}个有数据）",
        )


@dataclass(frozen=True, eq=False)
class Facts:
    """Tables of facts, with their sources in the README of the embedded data.

    Parameters
    ----------
    economy : pandas.DataFrame
        ``adcode``, ``year``, ``gdp_1e8``, ``residents_1e4``.
    areas : pandas.DataFrame
        ``adcode``, ``area_km2``.
    figures : pandas.DataFrame
        ``region``, ``quantity``, ``year``, ``value``: single figures; they go before sums.
    clusters : tuple of Cluster
        All that are known by name.
    places : geopandas.GeoDataFrame
        Points indexed by name, with ``name_zh`` and ``name_en``.
    circles : pandas.DataFrame
        Approved metropolitan circles: ``circle_zh``, ``circle_en``, ``core``, ``members``.
    neighbours : pandas.DataFrame
        ``adcode_a``, ``adcode_b``, names, ``border_km``.
    prefectures : geopandas.GeoDataFrame
        Seats indexed by code, with names.
    city_services : mapping
        City services of the stations near the seats, by date.
    rail_services : pandas.DataFrame
        Station services of the newest timetable, with ``timetable_date``.
    boundaries : geopandas.GeoDataFrame, optional
        Polygons indexed by code, for the question which units touch.
    claims : tuple of Claim
        The statements themselves, for checks of one against another.
    """

    economy: pd.DataFrame
    areas: pd.DataFrame
    figures: pd.DataFrame
    clusters: tuple[Cluster, ...]
    places: gpd.GeoDataFrame
    circles: pd.DataFrame
    neighbours: pd.DataFrame
    prefectures: gpd.GeoDataFrame
    city_services: Mapping[str, pd.DataFrame]
    rail_services: pd.DataFrame
    boundaries: gpd.GeoDataFrame | None = None
    claims: tuple[Claim, ...] = field(default=())

    def codes(self, region: Sequence[str]) -> tuple[str, ...]:
        """Codes of a region, each once, in their order.

        Parameters
        ----------
        region : sequence of str
            Slugs of clusters, with ``:full`` for the cities that belong as a whole; ``clusters``
            and ``clusters:full`` for all 19; codes; or the beginning of codes with a star
            (``13*`` for Hebei).

        Raises
        ------
        ClaimError
            For a word that is none of these.
        """
        found: dict[str, None] = {}
        for word in region:
            found.update(dict.fromkeys(self._codes(word)))
        return tuple(found)

    def figure(self, quantity: str, region: Sequence[str], year: int) -> Figure:
        """Value of a quantity in a region: a single figure if there is one, else the sum.

        A density or a share is no sum, so quantities other than `QUANTITIES` need a single figure.
        Areas do not change with the year.
        """
        single = self.figures[
            (self.figures["quantity"] == quantity)
            & (self.figures["year"] == year)
            & self.figures["region"].isin(region)
        ]
        if len(region) and len(single) == len(region):
            return Figure(float(single["value"].sum()), len(region), len(region))
        if quantity not in QUANTITIES or _NATIONAL in region:
            return Figure(float("nan"), 0, len(region))
        values = self.by_unit(quantity, self.codes(region), year)
        known = int(values.notna().sum())
        return Figure(float(values.sum()) if known else float("nan"), known, len(values))

    def by_unit(self, quantity: str, codes: Sequence[str], year: int) -> pd.Series:
        """Value of a quantity for each code, missing where it is not known."""
        if quantity == "area_km2":
            table = self.areas.set_index("adcode")["area_km2"]
        else:
            rows = self.economy[self.economy["year"] == year]
            table = rows.set_index("adcode")[quantity]
        return table.reindex(list(codes))

    def name(self, code: str) -> Sentence:
        """Name of a place, a prefecture, a county or a cluster; the word itself for any other."""
        for table in (self.places, self.prefectures):
            if code in table.index:
                row = table.loc[code]
                return Sentence(str(row["name_en"]), str(row["name_zh"]))
        for end in ("a", "b"):
            rows = self.neighbours[self.neighbours[f"adcode_{end}"] == code]
            if len(rows):
                first = rows.iloc[0]
                return Sentence(str(first[f"name_en_{end}"]), str(first[f"name_zh_{end}"]))
        for cluster in self.clusters:
            if cluster.slug == code:
                return Sentence(cluster.name_en, cluster.name_zh)
        return Sentence(code, code)

    def points(self, codes: Sequence[str]) -> np.ndarray:
        """Longitude and latitude of named places or seats, one row each.

        Raises
        ------
        ClaimError
            For a place that is in neither table.
        """
        rows = []
        for code in codes:
            table = self.places if code in self.places.index else self.prefectures
            if code not in table.index:
                raise ClaimError(
                    f"no place '{code}' is known", remedy="add it to the table of places"
                )
            point = table.geometry.loc[code]
            rows.append((point.x, point.y))
        return np.array(rows, dtype=np.float64)

    def stated(self, claim_id: str, parameter: str) -> float:
        """A figure that another statement gives: a number among the parameters of its check.

        Raises
        ------
        ClaimError
            When there is no such claim or no such number.
        """
        for claim in self.claims:
            value = claim.check.parameters.get(parameter)
            if claim.id == claim_id and isinstance(value, int | float):
                return float(value)
        raise ClaimError(
            f"claim {claim_id} states no '{parameter}'", remedy="load it too, or type the figure"
        )

    def _codes(self, word: str) -> Iterable[str]:
        """Codes of one word of a region."""
        slug, _, part = word.partition(":")
        chosen = [one for one in self.clusters if slug in {one.slug, "clusters"}]
        if chosen:
            for cluster in chosen:
                whole = cluster.cities["membership"] == "full"
                cities = cluster.cities[whole] if part == "full" else cluster.cities
                yield from (str(code) for code in cities.index)
        elif word.endswith("*"):
            known = self.economy["adcode"].unique()
            yield from sorted(str(code) for code in known if str(code).startswith(word[:-1]))
        elif word.isdigit():
            yield word
        else:
            raise ClaimError(f"no region '{word}' is known", remedy="use a slug, a code or 13*")


@cache
def embedded_facts() -> Facts:
    """The facts that come with the toolkit, with the claims of the seeds.

    Examples
    --------
    >>> round(embedded_facts().figure("residents_1e4", ["jing-jin-ji"], 2023).value, 1)
    10942.8
    """
    # The registry tries the parameters of every check, and checks read facts.
    from toolkit.claims.registry import load_claims  # noqa: PLC0415 (a cycle otherwise)

    newest = reference.TIMETABLE_DATES[-1]
    return Facts(
        economy=reference.economy(),
        areas=reference.prefecture_areas(),
        figures=reference.figures(),
        clusters=list_clusters(),
        places=reference.named_places(),
        circles=reference.approved_circles(),
        neighbours=reference.county_neighbours(),
        prefectures=prefectures(),
        city_services={
            date: reference.city_services(date, "core25") for date in reference.TIMETABLE_DATES
        },
        rail_services=reference.rail_services(newest).assign(timetable_date=newest),
        claims=load_claims(),
    )
