"""Help in the language of the user: click's formatter with Chinese words in columns of their width.

The help is written in English at the commands; `chinese_help.toml` holds its Chinese.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import click

from toolkit.cli.language import language_in
from toolkit.terminal import padded, text_width, wrapped

__all__ = ["ChineseFormatter", "LanguageContext", "with_placeholders"]

_PLACEHOLDER = re.compile(r"(?<![\w-])[A-Z]{2,}([_ ][A-Z]+)*(?![\w-])")
_OPTION_HELP = re.compile(r"(?P<said>.*?)(  \[(default: (?P<default>[^;\]]+))?(?P<more>[^\]]*)\])?")
_LEAST_WIDTH = 10


class LanguageContext(click.Context):
    """A context that writes help in the language of its command."""

    def make_formatter(self) -> click.HelpFormatter:
        """Return click's formatter, or the Chinese one."""
        if language_in(self) == "en":
            return super().make_formatter()
        return ChineseFormatter(width=self.terminal_width, max_width=self.max_content_width)


class ChineseFormatter(click.HelpFormatter):
    """Writes the help of a command in Chinese; what has none stays in English."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        self._write_beside(f"{prefix or '用法：'}{prog} ", with_placeholders(args))

    def write_heading(self, heading: str) -> None:
        """Write a heading such as that of the options."""
        self.write(f"{' ' * self.current_indent}{_table('headings').get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; one that begins with a backspace keeps its lines."""
        paragraphs = []
        for paragraph in text.split("\n\n"):
            first, *others = paragraph.splitlines()
            if first.strip() == "\b":
                lines = [_said(line) for line in others]
            else:
                lines = wrapped(_said(paragraph), self.width - self.current_indent)
            paragraphs.append("".join(f"{' ' * self.current_indent}{line}\n" for line in lines))
        self.write("\n".join(paragraphs))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write options or commands, each beside what it does."""
        told = [(with_placeholders(name), _option_help(said)) for name, said in rows]
        column = min(max(text_width(name) for name, _ in told), col_max)
        blanks = " " * self.current_indent
        for name, said in told:
            if text_width(name) > column:
                self.write(f"{blanks}{name}\n")
            first = name if text_width(name) <= column else ""
            self._write_beside(blanks + padded(first, column) + " " * col_spacing, said)

    def _write_beside(self, before: str, text: str) -> None:
        """Write a text behind what stands before its first line."""
        width = text_width(before)
        first, *others = wrapped(text, max(self.width - width, _LEAST_WIDTH))
        lines = [before + first, *(" " * width + line for line in others)]
        self.write("".join(f"{line.rstrip()}\n" for line in lines))


def with_placeholders(text: str) -> str:
    """Return a text with the Chinese of what stands for a value, such as CLUSTER.

    Examples
    --------
    >>> with_placeholders("[OPTIONS] CLUSTER"), with_placeholders("--timetable DATE|GTFS")
    ('[选项] 城市群', '--timetable 日期|GTFS')
    """
    known = _table("placeholders")
    return _PLACEHOLDER.sub(lambda found: known.get(found[0], found[0]), text)


def _said(text: str) -> str:
    """A paragraph or a line in Chinese, or as it is."""
    return _table("texts").get(" ".join(text.split()), text)


def _option_help(text: str) -> str:
    """What an option does, and its default and range in brackets."""
    found = _OPTION_HELP.fullmatch(text)
    if found is None:
        return _said(text)
    default = found["default"] and f"默认 {found['default']}"
    notes = [note for note in (default, (found["more"] or "").strip("; ")) if note]
    return _said(found["said"]) + (f"［{'；'.join(notes)}］" if notes else "")


@cache
def _table(name: str) -> dict[str, str]:
    """A table of the Chinese help."""
    text = files("toolkit.cli").joinpath("chinese_help.toml").read_text(encoding="utf-8")
    table: dict[str, str] = tomllib.loads(text)[name]
    return table
