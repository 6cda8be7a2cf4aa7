"""The language of results, progress and error lines: by option, configuration or locale.

Messages are written in English where they arise. `chinese.toml` holds their Chinese, with a blank
for each part that varies; a blank may hold a message itself. What the catalogue does not hold, such
as what a library says, stays as it is.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal, get_args

import click

from toolkit.errors import ToolkitError

__all__ = [
    "Language",
    "chosen_language",
    "entry_of",
    "error_line",
    "in_language",
    "language_in",
    "language_of",
    "translate",
    "usage_line",
]

Language = Literal["en", "zh"]
_KEY = "toolkit.language"
_LETTER = re.compile("[A-Za-z]")
_MIXED = re.compile(r"[\w/.)-][\u4e00-\u9fff](?<![\u4e00-\u9fff]{2})|[\u4e00-\u9fff][A-Za-z0-9/(-]")
_ITEM = r"('[^']*'|[^\s,()\[\]'\"]+)"
_NAMES = re.compile(rf"{_ITEM}((, | or | and no | and ){_ITEM})*")
_NAME = re.compile(r"[A-Z][a-z]+([ '-]?[A-Za-z]+)*")


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


def language_in(context: click.Context) -> Language:
    """Return the language chosen, also by a variable or configuration, or that of the locale."""
    language: Language | None = context.meta.get(_KEY)
    for option in context.command.params if language is None else ():
        if option.name == "lang":
            value, _ = option.consume_value(context, {})
            language = _checked(value) if value in get_args(Language) else None
    return language or language_of(os.environ)


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
    if language_in(context) == "en":
        return f"{click.style('error', fg='red', bold=True)}: {error}"
    kind = _catalogue()["kinds"].get(type(error).__name__, "")
    text = "；".join(translate(part) for part in (error.problem, error.remedy) if part)
    text = text.replace("？；", "？")
    return f"{click.style('错误', fg='red', bold=True)}{f'（{kind}）' if kind else ''}：{text}"


def usage_line(error: click.UsageError, context: click.Context) -> str:
    """Return the line for wrong usage, in the language of the command."""
    if language_in(context) == "en":
        return f"{click.style('error', fg='red', bold=True)}: {error.format_message()}"
    from toolkit.cli.help import with_placeholders

    text = translate(with_placeholders(error.format_message()))
    return f"{click.style('错误', fg='red', bold=True)}（用法）：{text}"


def in_language(text: str, context: click.Context) -> str:
    """Return a message of the catalogue in the language of the command."""
    return text if language_in(context) == "en" else translate(text)


def translate(text: str) -> str:
    """Return the Chinese of a message.

    Parameters
    ----------
    text : str
        A problem, a remedy, or a line of progress, in English.

    Returns
    -------
    str
        Chinese, or the text as it is where the catalogue does not hold it.

    Examples
    --------
    >>> translate("no city is called 'Atlantis'")
    '没有名为“Atlantis”的城市'
    >>> translate("claim A1: 'power' is 2")
    '论断 A1：“power”为 2'
    >>> translate("something else")
    'something else'
    """
    entry = entry_of(text)
    if entry is None:
        return text
    _, chinese, blanks = entry
    said = ""
    for words, place, kind, _ in Formatter().parse(chinese):
        said = _beside(said, words)
        if place:
            blank = blanks[int(place)]
            is_word = kind == "word" and blank in _catalogue()["words"]
            said = _beside(said, _catalogue()["words"][blank] if is_word else _filled(blank))
    return said


def entry_of(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return the entry of the catalogue that a message belongs to, with what fills its blanks.

    Parameters
    ----------
    text : str
        In English.

    Returns
    -------
    tuple of str, str and tuple of str, or None
        The English and the Chinese of the entry, and each blank in the order of the English. Of
        several entries that fit, the one with the most words of its own; one of signs only fits
        where a blank of it is a message or a word.

    Examples
    --------
    >>> entry_of("3 places: polycentricity is about two or more")[0]
    '{} place(s): polycentricity is about two or more'
    """
    for english, pattern, chinese in _entries():
        found = pattern.fullmatch(text)
        if found and (_LETTER.search(english) or any(map(_is_known, found.groups()))):
            return english, chinese, found.groups()
    return None


def _is_known(part: str) -> bool:
    """Whether a blank is of the catalogue."""
    return part in _catalogue()["words"] or entry_of(part) is not None


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    """The catalogue: kinds of errors, messages, and words that fill their blanks."""
    text = files("toolkit.cli").joinpath("chinese.toml").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, str]] = tomllib.loads(text)
    return catalogue


@cache
def _entries() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """English, its pattern with a group for each blank, and Chinese; the most telling first."""
    known = _catalogue()["others"] | _catalogue()["messages"]
    return tuple(
        (english, re.compile(_pattern(english), re.DOTALL), known[english])
        for english in sorted(known, key=lambda english: -len(english.replace("{}", "")))
    )


def _pattern(english: str) -> str:
    """A message as a regular expression: {} for what varies, (s) for a plural."""
    pattern = re.escape(english).replace(re.escape("(s)"), "s?")
    # what stands before a bracket may hold brackets itself: take the last
    return pattern.replace(r"\{\}\ \(", r"(.+)\ \(").replace(r"\{\}", "(.+?)")


def _filled(part: str) -> str:
    """What fills a blank: a message, a name, names with the signs of Chinese, or as it is."""
    if _NAME.fullmatch(part) and part in _names():
        return _names()[part]
    if " " in part and entry_of(part) is not None:
        return translate(part)
    if not _NAMES.fullmatch(part):
        return part
    listed = re.sub(r"'([^']*)'", "“\\1”", part).replace(", ", "、")
    for english, chinese in ((" or ", "或"), (" and no ", "、"), (" and ", "和")):
        first, *others = listed.split(english)
        for other in others:
            first = _beside(_beside(first, chinese), other)
        listed = first
    return listed


def _beside(before: str, after: str) -> str:
    """Two pieces of text in a row, a space between Latin letters or digits and Chinese."""
    return before + " " * bool(_MIXED.fullmatch(before[-1:] + after[:1])) + after


@cache
def _names() -> dict[str, str]:
    """Chinese of the English names of clusters and cities, of those that only one has."""
    from toolkit.clusters import list_clusters

    known = list_clusters()
    names = {cluster.name_en: {cluster.name_zh} for cluster in known}
    for cluster in known:
        for english, chinese in zip(
            cluster.cities["name_en"], cluster.cities["name_zh"], strict=True
        ):
            names.setdefault(english, set()).add(chinese)
    return {english: chinese.pop() for english, chinese in names.items() if len(chinese) == 1}


def _checked(value: str) -> Language:
    """A value that click has checked already."""
    return "zh" if value == "zh" else "en"
