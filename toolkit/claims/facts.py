"""The facts beyond one cluster that claims are checked against: areas, residents, output, places.

A figure is asked for by quantity, region and year, and comes with how much of the region the
tables cover, so that a sum over gaps can say so.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.claims.model import Claim, Sentence
from toolkit.claims.uncertainty import Array, Drawn, Draws, standard_draws
from toolkit.clusters import Cluster, list_clusters, prefectures
from toolkit.errors import ClaimError
from toolkit.sources import reference

__all__ = ["QUANTITIES", "Facts", "Figure", "embedded_facts"]

QUANTITIES = ("area_km2", "gdp_1e8", "residents_1e4")
"""Quantities that are kept by prefecture; the table of single figures holds others."""

_NATIONAL = "national"
# Which stated uncertainty a quantity has; others are printed rates, rounded to their last digit.
_UNCERTAIN = (("residents", "residents"), ("gdp", "output"), ("area", "area"), ("land", "area"))


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
    draws : Draws
        What the figures are uncertain by.
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
    draws: Draws = field(default_factory=standard_draws)

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
        key = tuple(region)
        if key not in self._regions:
            found: dict[str, None] = {}
            for word in region:
                found.update(dict.fromkeys(self._codes(word)))
            self._regions[key] = tuple(found)
        return self._regions[key]

    def figure(self, quantity: str, region: Sequence[str], year: int) -> Figure:
        """Value of a quantity in a region: a single figure if there is one, else the sum.

        A density or a share is no sum, so quantities other than `QUANTITIES` need a single figure.
        Areas do not change with the year.
        """
        single = self._singles(quantity, region, year)
        if single:
            return Figure(math.fsum(single), len(region), len(region))
        if quantity not in QUANTITIES or _NATIONAL in region:
            return Figure(float("nan"), 0, len(region))
        values = self.by_unit(quantity, self.codes(region), year)
        known = int(values.notna().sum())
        return Figure(float(values.sum()) if known else float("nan"), known, len(values))

    def drawn_figure(self, quantity: str, region: Sequence[str], year: int) -> Drawn:
        """The same under every draw: of each unit its error and, where in part, its part."""
        value = self.figure(quantity, region, year).value
        if np.isnan(value):
            return Drawn.certain(value)
        key = _uncertainty(quantity)
        if quantity in QUANTITIES and not self._singles(quantity, region, year):
            units = self.drawn_units(quantity, region, year)
            return Drawn(np.nansum(units.values, axis=0), units.keys)
        if key:
            return Drawn(value * self._errors(key, [" ".join(region)], year)[0], _keys(key))
        return self.draws.rounded(value, quantity, *region)

    def drawn_units(self, quantity: str, region: Sequence[str], year: int) -> Drawn:
        """Values of the units of a region under every draw, one line a unit, NaN where unknown.

        Parameters
        ----------
        quantity : str
            One of `QUANTITIES`, or ``gdp_per_head``.
        region : sequence of str
            See `codes`.
        year : int
        """
        if quantity == "gdp_per_head":
            above, below = (
                self.drawn_units(part, region, year) for part in ("gdp_1e8", "residents_1e4")
            )
            return Drawn(above.values / below.values, tuple(dict.fromkeys(above.keys + below.keys)))
        codes, key = self.codes(region), _uncertainty(quantity)
        known = self.by_unit(quantity, codes, year).to_numpy(dtype=np.float64)
        values = known[:, None] * self._errors(key, codes, year)
        part = self._in_part(region) & set(codes)
        if not part:
            return Drawn(values, _keys(key))
        return Drawn(values * self._parts(codes, part), (*_keys(key), "membership"))

    def by_unit(self, quantity: str, codes: Sequence[str], year: int) -> pd.Series:
        """Value of a quantity for each code, missing where it is not known."""
        table = self._by_year[quantity]
        column = 0 if quantity == "area_km2" else year
        if column not in table.columns:
            return pd.Series(np.nan, index=list(codes))
        return table[column].reindex(list(codes))

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

    def pair_name(self, one: str, other: str) -> Sentence:
        """Names of two places with a dash between them."""
        first, second = self.name(one), self.name(other)
        return Sentence(f"{first.en}-{second.en}", f"{first.zh}—{second.zh}")

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

    @cached_property
    def _regions(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Codes of the regions asked for so far."""
        return {}

    @cached_property
    def _by_year(self) -> dict[str, pd.DataFrame]:
        """Each quantity with one line a unit and one column a year (0 for areas)."""
        tables = {
            name: self.economy.pivot_table(index="adcode", columns="year", values=name)
            for name in QUANTITIES
            if name in self.economy.columns
        }
        return tables | {
            "area_km2": self.areas.set_index("adcode")[["area_km2"]].set_axis([0], axis=1)
        }

    @cached_property
    def _single(self) -> dict[tuple[str, str, int], float]:
        """Single figures by region, quantity and year."""
        table = self.figures
        keys = zip(table["region"], table["quantity"], table["year"], strict=True)
        return dict(zip(keys, table["value"].astype(float), strict=True))

    def _singles(self, quantity: str, region: Sequence[str], year: int) -> list[float]:
        """The single figures of all parts of a region; none unless each has one."""
        found = [self._single.get((part, quantity, year)) for part in region]
        known = [value for value in found if value is not None]
        return known if len(known) == len(found) else []

    def _errors(self, key: str, codes: Sequence[str], year: int) -> Array:
        """Error of each unit: of its level, the same in all years, and of the year."""
        level = self.draws.table(key, codes)
        return level if key == "area" else level * self.draws.table(f"{key}_year", codes, str(year))

    def _in_part(self, region: Sequence[str]) -> set[str]:
        """Units that belong in part to a cluster of a region, and as a whole to none of them."""
        slugs = {word for word in region if ":" not in word}
        chosen = [one for one in self.clusters if {one.slug, "clusters"} & slugs]
        held = {
            kind: {
                str(c) for one in chosen for c in one.cities.index[one.cities["membership"] == kind]
            }
            for kind in ("part", "full")
        }
        return held["part"] - held["full"]

    def _parts(self, codes: Sequence[str], part: set[str]) -> Array:
        """The share of each unit that counts: drawn for those in part, else all."""
        whole = np.ones(self.draws.number + 1)
        return np.stack(
            [self.draws.of("membership", code) if code in part else whole for code in codes]
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


def _uncertainty(quantity: str) -> str:
    """Key of the uncertainty of a quantity, '' where it is only rounded."""
    return next((key for word, key in _UNCERTAIN if quantity.startswith(word)), "")


def _keys(key: str) -> tuple[str, ...]:
    """What is drawn for a quantity."""
    return (key,) if key == "area" else (key, f"{key}_year")


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
