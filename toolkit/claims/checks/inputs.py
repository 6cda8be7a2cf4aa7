"""What checks read: tables computed before, never files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import pandas as pd

from toolkit.claims.facts import Facts
from toolkit.claims.model import Sentence
from toolkit.claims.uncertainty import Draws, standard_draws
from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError

__all__ = ["CheckInputs"]

CITY_TIMES_COLUMNS = (
    "core_adcode",
    "city_adcode",
    "definition",
    "station_set",
    "timetable_date",
    "minutes",
)
CITY_PAIRS_COLUMNS = (
    "from_adcode",
    "to_adcode",
    "train_class",
    "trains_per_day",
    "fastest_min",
    "median_min",
    "fastest_train",
    "fastest_from_id",
    "fastest_to_id",
    "station_set",
    "timetable_date",
)


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """The facts of one cluster that claims are checked against.

    Parameters
    ----------
    cluster : Cluster
    city_times : pandas.DataFrame
        Travel times from core to city, one row per core, city, definition, statistic, station set
        and timetable date.
    city_pairs : pandas.DataFrame
        Direct services of all ordered pairs of member cities, per train class, station set and
        timetable date.
    stations : geopandas.GeoDataFrame
        Indexed by station_id, with ``name_zh``, ``name_en``, ``adcode`` and ``is_main``.
    facts : Facts, optional
        Areas, residents, output and places beyond the cluster; the embedded ones by default.
    draws : Draws
        What travel times are uncertain by.

    Raises
    ------
    MissingDataError
        When a table with rows lacks a column of its contract.
    """

    cluster: Cluster
    city_times: pd.DataFrame
    city_pairs: pd.DataFrame
    stations: gpd.GeoDataFrame
    facts: Facts | None = None
    draws: Draws = field(default_factory=standard_draws)

    def __post_init__(self) -> None:
        for name, table, columns in (
            ("city_times", self.city_times, CITY_TIMES_COLUMNS),
            ("city_pairs", self.city_pairs, CITY_PAIRS_COLUMNS),
        ):
            missing = [column for column in columns if column not in table.columns]
            if len(table) and missing:
                raise MissingDataError(
                    f"{name} has no column {', '.join(missing)}",
                    remedy="give the table as its contract says, or an empty one",
                )

    @property
    def members(self) -> tuple[str, ...]:
        """Codes of the member cities, in the order of the cluster."""
        return tuple(str(adcode) for adcode in self.cluster.cities.index)

    def strangers(self, adcodes: Iterable[str]) -> tuple[str, ...]:
        """Codes that are not those of member cities, in their order."""
        members = set(self.members)
        return tuple(adcode for adcode in adcodes if adcode not in members)

    def name(self, adcode: str) -> Sentence:
        """Name of a member city in both languages; the code itself for any other."""
        return self._city_names.get(adcode) or Sentence(adcode, adcode)

    @cached_property
    def _city_names(self) -> dict[str, Sentence]:
        """Names of the member cities by code: statements ask for them by the thousand."""
        cities = self.cluster.cities
        return {
            str(code): Sentence(str(en), str(zh))
            for code, en, zh in zip(cities.index, cities["name_en"], cities["name_zh"], strict=True)
        }

    def names(self, adcodes: Sequence[str]) -> tuple[Sentence, ...]:
        """Names of several cities."""
        return tuple(self.name(adcode) for adcode in adcodes)

    def station_names(self, station_ids: pd.Series) -> list[str]:
        """Chinese names of stations; an id that is not in the table stays, a missing one is ''."""
        codes = station_ids.astype("object").fillna("")
        names = self.stations["name_zh"].reindex(codes.to_numpy())
        return [
            str(code) if pd.isna(name) else str(name)
            for code, name in zip(codes, names, strict=True)
        ]
