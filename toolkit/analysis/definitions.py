"""What "within one hour" means: each reading of it as data.

The word circle hides different sets: fastest train or usual train, station to station or door to
door, rail or road. A number without its definition is not comparable with any other, so every
travel time of this package carries the key of one of these.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from toolkit.analysis.departures import departure_seconds, window_bounds
from toolkit.errors import InputFileError
from toolkit.settings import Settings

__all__ = ["BEST_CASE", "Definition", "load_definitions"]

BEST_CASE = "best_case"
_CHOICES: dict[str, tuple[str, ...]] = {
    "statistics": ("fastest", "median", "p90"),
    "traffic": ("free_flow",),
    "between_stations": ("stated", "road"),
}
_LISTS = ("modes", "statistics", "windows")


@dataclass(frozen=True)
class Definition:
    """One reading of "within T minutes".

    Attributes
    ----------
    key, code : str
        Name in tables (``fastest_train``) and short name in texts (``D1``).
    name_en, name_zh, meaning_en, meaning_zh : str
        What it is called and what it counts.
    modes : tuple of str
        ``"rail"``, ``"road"`` or both; with both, the earlier arrival counts.
    statistics : tuple of str
        ``"fastest"``, ``"median"``, ``"p90"`` (the time within which nine of ten departures make
        it). The first leads: it is what the definition is judged by.
    windows : tuple of str
        Departure windows such as ``"07:00-09:00"``, or ``"whole day"``: for each minute of one,
        the travel time from leaving to arriving, and the statistics over these. The first leads.
        Without any, statistics are over the in-vehicle times of the day's direct trains.
    waiting, access : bool
        Whether waiting and boarding, and the ways to and from stations, are counted.
    changes : int
        Most changes of train. Where a timetable knows no single trains, one at most is tried.
    least_trains : int
        Direct trains a day, each way, below which there is no usable service.
    traffic : str
        Road speeds: ``"free_flow"``.
    waiting_min : float, optional
        Waiting and boarding, minutes, for all trains; that of the settings without it.
    alighting_min : float
        From a train's arrival until one has left the station.
    access_speed_kmh : float, optional
        Speed of the ways to and from stations, over the straight line times the detour of the
        settings. Without it they are driven on the road network, where there is one.
    between_stations : str
        Time of a change between two stations of a city: ``"stated"``, that of the settings, or
        ``"road"``, by the way between them and at least the stated one
        (`toolkit.analysis.transfers`).
    budget_min : float
        Travel times above this count as none.

    Notes
    -----
    A timetable that knows how fast and how often trains run, but not when
    (`Timetable.from_reference`), has no departures to take statistics over. There a definition with
    windows gives the fastest trains put together as if they always connected: the statistic
    `BEST_CASE`, a lower bound.

    Examples
    --------
    >>> d = load_definitions()["fastest_train"]
    >>> d.code, d.modes, d.waiting
    ('D1', ('rail',), False)
    >>> load_definitions()["door_to_door"].windows
    ('07:00-09:00', 'whole day')
    """

    key: str
    code: str
    name_en: str
    name_zh: str
    meaning_en: str
    meaning_zh: str
    modes: tuple[str, ...]
    statistics: tuple[str, ...] = ("fastest",)
    windows: tuple[str, ...] = ()
    waiting: bool = False
    access: bool = False
    changes: int = 0
    least_trains: int = 1
    traffic: str = "free_flow"
    waiting_min: float | None = None
    alighting_min: float = 0.0
    access_speed_kmh: float | None = None
    between_stations: str = "stated"
    budget_min: float = 1440.0

    def __post_init__(self) -> None:
        name = f"definition {self.key!r}"
        if not self.modes or not set(self.modes) <= {"rail", "road"}:
            raise InputFileError(f"{name}: modes {list(self.modes)} are not among rail and road")
        for field, choices in _CHOICES.items():
            values = getattr(self, field)
            for value in (values,) if isinstance(values, str) else values or ("",):
                if value not in choices:
                    raise InputFileError(
                        f"{name}: {field} {value!r} is unknown",
                        remedy=f"use one of {', '.join(choices)}",
                    )
        for window in self.windows:
            departure_seconds(window_bounds(window))
        if self.changes < 0:
            raise InputFileError(f"{name}: changes must not be negative")
        speed, waiting = self.access_speed_kmh, self.waiting_min
        if self.budget_min <= 0 or (speed is not None and speed <= 0):
            raise InputFileError(f"{name}: budget_min and access_speed_kmh must be above 0")
        if self.alighting_min < 0 or (waiting is not None and waiting < 0):
            raise InputFileError(f"{name}: waiting_min and alighting_min must not be negative")
        self._check_trains(name)

    def _check_trains(self, name: str) -> None:
        """Refuse what cannot be had of the direct trains of a day."""
        if self.windows and self.least_trains > 1:
            raise InputFileError(
                f"{name}: least_trains counts direct trains, not departures",
                remedy="leave it out, or give no windows",
            )
        if self.windows or self.statistics == ("fastest",):
            return
        remedy = 'give windows = ["07:00-09:00"]'
        if self.statistics != ("median",):
            raise InputFileError(
                f"{name}: without windows there is one statistic, fastest or median", remedy=remedy
            )
        if self.waiting or self.access or self.changes:
            raise InputFileError(
                f"{name}: without windows a median is taken over in-vehicle times only",
                remedy=f"set waiting and access to false and changes to 0, or {remedy}",
            )

    @property
    def statistic(self) -> str:
        """The statistic that leads."""
        return self.statistics[0]

    @property
    def window(self) -> str:
        """The departure window that leads, empty without any."""
        return self.windows[0] if self.windows else ""

    def adjust(self, settings: Settings) -> Settings:
        """Settings with the waiting and the access speed of the definition.

        Examples
        --------
        >>> from toolkit.settings import DEFAULTS
        >>> load_definitions()["fastest_train"].adjust(DEFAULTS).waiting_min
        0.0
        """
        waiting = self.waiting_min if self.waiting else 0.0
        speed = self.access_speed_kmh
        return replace(
            settings,
            waiting_min=settings.waiting_min if waiting is None else waiting,
            waiting_intercity_min=settings.waiting_intercity_min if waiting is None else waiting,
            access_speed_kmh=settings.access_speed_kmh if speed is None else speed,
        )

    @property
    def rail(self) -> bool:
        """Whether trains may be used."""
        return "rail" in self.modes

    @property
    def road(self) -> bool:
        """Whether the whole way may be driven."""
        return "road" in self.modes


def load_definitions(path: str | Path | None = None) -> dict[str, Definition]:
    """Load definitions, keyed and ordered as in their file.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file with one table a definition; the built-in five without it.

    Raises
    ------
    InputFileError
        The file is missing, is not TOML, or a table has an unknown or missing key.

    Examples
    --------
    >>> list(load_definitions())
    ['fastest_train', 'usual_train', 'station_to_station', 'door_to_door', 'road_free_flow']
    """
    if path is None:
        name = "definitions.toml"
        text = resources.files("toolkit.analysis").joinpath(name).read_text(encoding="utf-8")
    else:
        name = str(path)
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputFileError(f"{name}: cannot be read ({error})") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(f"{name}: not valid TOML ({error})") from error
    return {key: _definition(name, key, table) for key, table in tables.items()}


def _definition(name: str, key: str, table: Any) -> Definition:  # noqa: ANN401 (any TOML value)
    """One checked table."""
    if not isinstance(table, Mapping):
        raise InputFileError(f"{name}: {key} is not a table", remedy=f"write [{key}]")
    known = {field.name for field in fields(Definition)} - {"key"}
    unknown = sorted(set(table) - known)
    if unknown:
        raise InputFileError(f"{name}: [{key}] has unknown keys {', '.join(unknown)}")
    lists = {field: table[field] for field in _LISTS if field in table}
    for field, values in lists.items():
        if not isinstance(values, list):
            raise InputFileError(f"{name}: [{key}] {field} is not a list", remedy='write ["..."]')
    try:
        return Definition(key=key, **{**table, **{k: tuple(v) for k, v in lists.items()}})
    except TypeError as error:
        raise InputFileError(f"{name}: [{key}] is incomplete ({error})") from error
