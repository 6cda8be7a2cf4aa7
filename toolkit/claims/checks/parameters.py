"""Reading the parameters of a check from a claim's table into the dataclass of its kind."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar, get_args, get_origin, get_type_hints

__all__ = ["ParameterError", "nearest", "read_parameters"]

Parameters = TypeVar("Parameters")

_WORDS = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}


class ParameterError(Exception):
    """A parameter that is missing, unknown or not of its type; `key` says which."""

    def __init__(self, key: str, problem: str, *, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.key = key
        self.problem = problem
        self.remedy = remedy


def read_parameters(form: type[Parameters], table: Mapping[str, object]) -> Parameters:
    """Fill a frozen dataclass from a TOML table, field by field.

    Parameters
    ----------
    form : type
        Dataclass with fields of type str, int, float, bool, tuples of these, or tuples of such
        dataclasses.
    table : mapping

    Raises
    ------
    ParameterError
        For a name the form does not have, a field without default that is missing, or a value of
        another type.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Form:
    ...     core: str
    ...     threshold_min: float = 60.0
    >>> read_parameters(Form, {"core": "110000", "threshold_min": 45})
    Form(core='110000', threshold_min=45.0)
    """
    fields = {item.name: item for item in dataclasses.fields(form)}  # type: ignore[arg-type]  # a dataclass
    hints = get_type_hints(form)
    for key in table:
        if key not in fields:
            raise ParameterError(
                key, f"unknown parameter '{key}'", remedy=nearest(key, fields, "parameter")
            )
    for name, item in fields.items():
        required = (
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        )
        if required and name not in table:
            raise ParameterError(
                "", f"parameter '{name}' is missing", remedy=f"add a line '{name} = ...'"
            )
    values = {key: _value(key, value, hints[key]) for key, value in table.items()}
    return form(**values)


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """Suggest the known word that is nearest to a misspelt one, or list them all.

    Examples
    --------
    >>> nearest("treshold_min", ["core", "threshold_min"], "parameter")
    "did you mean 'threshold_min'?"
    """
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"use a known {what}: {', '.join(words)}" if words else f"no {what} is known"


def _value(key: str, value: object, kind: type) -> object:
    """Convert one value to the type of its field."""
    if get_origin(kind) is tuple:
        return _values(key, value, get_args(kind)[0])
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise ParameterError(
                key, f"'{key}' is not a table", remedy=f"write [[claim.check.{key}]]"
            )
        return read_parameters(kind, value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        remedy = f"write {_WORDS[kind]}"
        if kind is str:
            remedy = f'write it in quotes: "{value}"'
        raise ParameterError(key, f"'{key}' is {value!r}, not {_WORDS[kind]}", remedy=remedy)
    return value


def _values(key: str, value: object, kind: type) -> tuple[object, ...]:
    """Convert a list of values."""
    if not isinstance(value, list | tuple):
        raise ParameterError(
            key, f"'{key}' is {value!r}, not a list", remedy=f"put it in brackets: {key} = [...]"
        )
    return tuple(_value(key, item, kind) for item in value)
