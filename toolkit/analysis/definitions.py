"""What "within one hour" means: each reading of it as data.

The word circle hides different sets: fastest train or usual train, station to station or door to
door, rail or road. A number without its definition is not comparable with any other, so every
travel time of this package carries the key of one of these.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from toolkit.errors import InputFileError

__all__ = ["Definition", "load_definitions"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "statistic": ("fastest", "median"),
    "traffic": ("free_flow",),
}


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
    statistic : str
        Over the direct trains of the day: ``"fastest"`` or ``"median"``.
    waiting, access : bool
        Whether waiting and boarding, and the ways to and from stations, are counted.
    changes : int
        Changes of train allowed (0 or 1).
    least_trains : int
        Direct trains a day, each way, below which there is no usable service.
    traffic : str
        Road speeds: ``"free_flow"``.

    Examples
    --------
    >>> d = load_definitions()["fastest_train"]
    >>> d.code, d.modes, d.waiting
    ('D1', ('rail',), False)
    """

    key: str
    code: str
    name_en: str
    name_zh: str
    meaning_en: str
    meaning_zh: str
    modes: tuple[str, ...]
    statistic: str = "fastest"
    waiting: bool = False
    access: bool = False
    changes: int = 0
    least_trains: int = 1
    traffic: str = "free_flow"

    def __post_init__(self) -> None:
        if not self.modes or not set(self.modes) <= {"rail", "road"}:
            raise InputFileError(
                f"definition {self.key!r}: modes {list(self.modes)} are not among rail and road"
            )
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputFileError(
                    f"definition {self.key!r}: {name} {getattr(self, name)!r} is unknown",
                    remedy=f"use one of {', '.join(choices)}",
                )
        if self.changes not in (0, 1):
            raise InputFileError(f"definition {self.key!r}: changes must be 0 or 1")
        if self.statistic == "median" and (self.waiting or self.access or self.changes):
            raise InputFileError(
                f"definition {self.key!r}: a median is taken over in-vehicle times only",
                remedy="set waiting and access to false and changes to 0",
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
    try:
        return Definition(key=key, **{**table, "modes": tuple(table.get("modes", ()))})
    except TypeError as error:
        raise InputFileError(f"{name}: [{key}] is incomplete ({error})") from error
