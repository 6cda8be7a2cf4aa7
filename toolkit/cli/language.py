"""The language of results and error lines: by option, configuration or locale.

Errors are written in English where they are raised. `chinese.toml` holds the Chinese of those that
are met on the command line, with a blank for each part that varies; what it does not hold stays
English behind a Chinese word for its kind.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import click

from toolkit.errors import ToolkitError

__all__ = [
    "Language",
    "chosen_language",
    "error_line",
    "in_language",
    "language_of",
    "translate",
    "usage_line",
]

Language = Literal["en", "zh"]
_KEY = "toolkit.language"
_BLANK = re.compile(r"\\\{\\\}|\{\}")


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language of a locale, by the variables that POSIX names, in their order.

    Parameters
    ----------
    environment : mapping of str to str
        Such as `os.environ`.

    Returns
    -------
    {'en', 'zh'}
        Chinese for every ``zh_*``, else English.

    Examples
    --------
    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LANG": "zh_CN", "LC_ALL": "C.UTF-8"})
    ('zh', 'en')
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def chosen_language(context: click.Context, _: click.Parameter, value: str | None) -> Language:
    """Return what ``--lang`` says, or the locale; remember it for error lines."""
    language: Language = language_of(os.environ) if value is None else _checked(value)
    context.meta[_KEY] = language
    return language


def error_line(error: ToolkitError, context: click.Context) -> str:
    """Return the line for an error, in the language of the command.

    Parameters
    ----------
    error : ToolkitError
    context : click.Context
        Of any command; they share what was chosen.

    Returns
    -------
    str
    """
    if _language(context) == "en":
        return f"{click.style('error', fg='red', bold=True)}: {error}"
    kind = _catalogue()["kinds"].get(type(error).__name__, "")
    text = "；".join(translate(part) for part in (error.problem, error.remedy) if part)
    return f"{click.style('错误', fg='red', bold=True)}{f'（{kind}）' if kind else ''}：{text}"


def usage_line(error: click.UsageError, context: click.Context) -> str:
    """Return the line for wrong usage, in the language of the command."""
    if _language(context) == "en":
        return f"{click.style('error', fg='red', bold=True)}: {error.format_message()}"
    text = translate(error.format_message())
    return f"{click.style('错误', fg='red', bold=True)}（用法）：{text}"


def in_language(text: str, context: click.Context) -> str:
    """Return a message of the catalogue in the language of the command."""
    return text if _language(context) == "en" else translate(text)


def translate(text: str) -> str:
    """Return the Chinese of a message.

    Parameters
    ----------
    text : str
        A problem or a remedy, in English.

    Returns
    -------
    str
        Chinese, or the text as it is where the catalogue does not hold it.

    Examples
    --------
    >>> translate("no city is called 'Atlantis'")
    '没有名为“Atlantis”的城市'
    >>> translate("something else")
    'something else'
    """
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(text):
            words = _catalogue()["words"]
            return chinese.format(*(words.get(part, _quoted(part)) for part in found.groups()))
    return text


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    """The catalogue: kinds of errors, messages, and words that fill their blanks."""
    text = files("toolkit.cli").joinpath("chinese.toml").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, str]] = tomllib.loads(text)
    return catalogue


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each English message as a pattern with a group for each blank, and its Chinese."""
    return tuple(
        (re.compile(_BLANK.sub("(.+?)", re.escape(english)), re.DOTALL), chinese)
        for english, chinese in _catalogue()["messages"].items()
    )


def _quoted(part: str) -> str:
    """A part with the quotes and conjunctions of Chinese."""
    return re.sub(r"'([^']*)'", "“\\1”", part).replace(" or ", " 或 ").replace(" and ", " 和 ")


def _language(context: click.Context) -> Language:
    """The language chosen, or that of the locale where a command has no such option."""
    language: Language = context.meta.get(_KEY) or language_of(os.environ)
    return language


def _checked(value: str) -> Language:
    """A value that click has checked already."""
    return "zh" if value == "zh" else "en"
