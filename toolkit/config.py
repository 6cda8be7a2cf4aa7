"""The configuration file: other defaults for `Settings` and for the options of commands.

A file ``toolkit.toml`` in the working folder, or the one that ``TOOLKIT_CONFIG`` names::

    [settings]                 # fields of toolkit.Settings
    waiting_min = 20
    output_folder = "results"

    [run]                      # options of toolkit run, named as on the command line
    lang = "zh"
    maps = false
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from toolkit.clusters.names import nearest_names
from toolkit.errors import InputFileError, UnknownNameError
from toolkit.settings import DEFAULTS, Settings

__all__ = ["CONFIG_FILE", "CONFIG_VARIABLE", "Config", "read_config"]

CONFIG_FILE = Path("toolkit.toml")
CONFIG_VARIABLE = "TOOLKIT_CONFIG"


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Attributes
    ----------
    settings : Settings
        The defaults, with what ``[settings]`` changes.
    options : mapping of str to mapping
        For each command the options its table names, as written.
    path : Path or None
        The file; None where there is none.
    """

    settings: Settings = DEFAULTS
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    path: Path | None = None


def read_config(commands: Mapping[str, frozenset[str]], path: Path | None = None) -> Config:
    """Read the configuration file, if there is one, and check every name and kind in it.

    Parameters
    ----------
    commands : mapping of str to frozenset of str
        Each command with the long names of its options, without dashes.
    path : Path, optional
        The file; by default what ``TOOLKIT_CONFIG`` names, or ``toolkit.toml`` where it exists.

    Returns
    -------
    Config

    Raises
    ------
    InputFileError
        The file named is missing, is no TOML, or holds a value of another kind.
    UnknownNameError
        A table, setting or option that there is not; the message names the nearest.

    Examples
    --------
    >>> read_config({}, Path("no such file.toml"))
    Traceback (most recent call last):
    toolkit.errors.InputFileError: no such file.toml: no such file; check the path
    """
    named = path or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    if named is None and not CONFIG_FILE.is_file():
        return Config()
    file = named or CONFIG_FILE
    tables = _tables(file)
    settings, options = DEFAULTS, {}
    for name, table in tables.items():
        if name == "settings":
            settings = replace(DEFAULTS, **_settings(file, table))
        elif name in commands:
            for option in table:
                _known(file, "option", option, commands[name])
            options[name] = table
        else:
            near = nearest_names(name, [*commands, "settings"])
            raise UnknownNameError(
                f"{file}: unknown table [{name}]",
                remedy=f"did you mean {near[0]!r}?" if near else "use [settings] or a command",
            )
    return Config(settings, options, file)


def _tables(file: Path) -> dict[str, dict[str, Any]]:
    """The tables of a TOML file."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputFileError(f"{file}: no such file", remedy="check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{file}: cannot be read ({error})", remedy="check it") from error
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(
            f"{file}: not valid TOML: {error}", remedy="texts go in double quotes"
        ) from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise InputFileError(
                f"{file}: {name!r} should be inside a table, not {table!r}",
                remedy=f"write it below [settings] or a command, such as [run]; {name} = ...",
            )
    return tables


def _settings(file: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Settings`, each of the kind of its default."""
    defaults = {each.name: getattr(DEFAULTS, each.name) for each in fields(Settings)}
    return {
        name: _converted(file, name, value, defaults[_known(file, "setting", name, defaults)])
        for name, value in table.items()
    }


def _converted(file: Path, name: str, value: object, default: object) -> object:
    """A value as the kind of its default."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    kind = "a number"
    match default:
        case Path() | str():
            kind = "a text"
            if isinstance(value, str):
                return type(default)(value)
        case tuple():
            kind = "a list"
            if isinstance(value, list) and value:
                return tuple(_converted(file, name, item, default[0]) for item in value)
        case int():
            kind = "a whole number"
            if number and value == int(value):  # type: ignore[call-overload]
                return int(value)  # type: ignore[call-overload]
        case float():
            if number:
                return float(value)  # type: ignore[arg-type]
    raise InputFileError(
        f"{file}: {name} should be {kind}, not {value!r}",
        remedy=f"the default is {list(default) if isinstance(default, tuple) else default}",
    )


def _known(file: Path, what: str, name: str, names: Mapping[str, object] | frozenset[str]) -> str:
    """The name, if there is such a thing."""
    if name in names:
        return name
    near = nearest_names(name, names)
    raise UnknownNameError(
        f"{file}: no {what} is called {name!r}",
        remedy=f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else f"there are {', '.join(sorted(names))}",
    )
