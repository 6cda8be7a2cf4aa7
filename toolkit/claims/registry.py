"""Claims and their sources from TOML files: the seeds that come with the toolkit, and one's own."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from toolkit.claims.checks import KINDS, NATIONAL, read_check
from toolkit.claims.checks.parameters import ParameterError, nearest
from toolkit.claims.model import CheckSpec, Claim, Source
from toolkit.clusters.names import look_up
from toolkit.errors import ClaimError, MissingDataError

__all__ = ["find_claim", "load_claims", "load_sources", "seeds_directory"]

FilePath = str | PathLike[str]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AT_LINE = re.compile(r"\(at line (\d+)")


def load_claims(path: FilePath | None = None, *extra: FilePath) -> tuple[Claim, ...]:
    """Load claims, check every one of them for mistakes, and give them in file order.

    Parameters
    ----------
    path : path, optional
        A file of ``[[claim]]`` tables; by default the seeds of the toolkit.
    *extra : path
        More such files. A file may bring ``[[source]]`` tables of its own.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ClaimError
        For a file that cannot be read, or the first mistake in it: one line with file, line number
        and remedy.

    Examples
    --------
    >>> [claim.id for claim in load_claims()][:3]
    ['A1', 'A2', 'A3']
    """
    documents = [_read(Path(name)) for name in (path or seeds_directory() / "claims.toml", *extra)]
    sources = load_sources()
    for document in documents:
        sources = {**sources, **_sources(document)}
    claims: dict[str, Claim] = {}
    for document in documents:
        for entry in document.entries("claim"):
            claim = _claim(entry, sources)
            if claim.id in claims:
                entry.fail("id", f"claim id '{claim.id}' is used twice", "give it another id")
            claims[claim.id] = claim
    return tuple(claims.values())


def load_sources(path: FilePath | None = None, *extra: FilePath) -> dict[str, Source]:
    """Load the source documents, by key.

    Parameters
    ----------
    path : path, optional
        A file of ``[[source]]`` tables; by default the seeds of the toolkit.
    *extra : path
        More such files, which may hold claims too.

    Raises
    ------
    ClaimError
        As `load_claims`.

    Examples
    --------
    >>> sorted(load_sources())
    ['coordination-essay', 'governance-2025', 'integration-2025', 'jjj-decade-2024']
    """
    sources: dict[str, Source] = {}
    for name in (path or seeds_directory() / "sources.toml", *extra):
        sources |= _sources(_read(Path(name)))
    return sources


def find_claim(claims: tuple[Claim, ...], name: str) -> Claim:
    """Find a claim by its id, in any case.

    Raises
    ------
    UnknownNameError
        With the nearest id when there is none.

    Examples
    --------
    >>> find_claim(load_claims(), "a1").geography
    'jing-jin-ji'
    """
    by_id = {claim.id: claim for claim in claims}
    return look_up(name, by_id, what="claim", remedy="toolkit claims lists them")


def seeds_directory() -> Path:
    """Directory of the seeds: beside this module once installed, else atop the repository.

    Raises
    ------
    MissingDataError
        When neither is there.
    """
    here = Path(__file__).resolve().parent
    for directory in (here / "seeds", here.parents[1] / "seeds"):
        if (directory / "claims.toml").is_file():
            return directory
    raise MissingDataError(
        "the seeds of claims are not installed with the toolkit",
        remedy="reinstall it, or give the path of a claims file",
    )


@dataclass(frozen=True)
class _Document:
    """A parsed file with its text, to say where a mistake is."""

    path: Path
    text: str
    tables: Mapping[str, Any]

    def entries(self, kind: str) -> "Iterator[_Entry]":
        """The ``[[kind]]`` tables in file order."""
        found = self.tables.get(kind, [])
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise ClaimError(
                f"{self.path}: '{kind}' is not a list of tables",
                remedy=f"start each with a line [[{kind}]]",
            )
        for position, table in enumerate(found):
            yield _Entry(self, kind, position, table)


@dataclass(frozen=True)
class _Entry:
    """One ``[[claim]]`` or ``[[source]]`` table."""

    document: _Document
    kind: str
    position: int
    table: Mapping[str, Any]

    def fail(self, key: str, problem: str, remedy: str) -> NoReturn:
        """Raise the one-line error of a mistake at a key of this table ('' for the table)."""
        name = self.table.get("key" if self.kind == "source" else "id")
        where = f"{self.document.path}:{self.line(key)}"
        label = (
            f" {self.kind} {name}:" if isinstance(name, str) and key not in {"id", "key"} else ""
        )
        raise ClaimError(f"{where}:{label} {problem}", remedy=remedy)

    def line(self, key: str) -> int:
        """Line number of a key of this table, or of its head where the key is not found."""
        lines = self.document.text.splitlines()
        head = re.compile(rf"\s*\[\[\s*{self.kind}\s*\]\]")
        any_head = re.compile(r"\s*\[\[\s*(claim|source)\s*\]\]")
        heads = [number for number, line in enumerate(lines, 1) if head.match(line)]
        if len(heads) <= self.position:  # written as an inline list
            return 1
        start = heads[self.position]
        if key:
            wanted = re.compile(rf"\s*(\[+[\w.\s]*\b)?{re.escape(key)}\s*(=|\])")
            for number, line in enumerate(lines[start:], start + 1):
                if any_head.match(line):
                    break
                if wanted.match(line):
                    return number
        return start

    def text(self, key: str) -> str:
        """Value of a required text field."""
        if key not in self.table:
            self.fail("", f"'{key}' is missing", f'add a line {key} = "..."')
        return self.optional_text(key)

    def optional_text(self, key: str) -> str:
        """Value of a text field, '' where it is not given."""
        value = self.table.get(key, "")
        if not isinstance(value, str):
            self.fail(key, f"'{key}' is {value!r}, not text", f'write it in quotes: "{value}"')
        if key in self.table and not value.strip():
            self.fail(key, f"'{key}' is empty", "fill it in")
        return value.strip()

    def reject_unknown(self, known: tuple[str, ...]) -> None:
        """Fail on a field that this kind of table does not have."""
        for key in self.table:
            if key not in known:
                self.fail(key, f"unknown field '{key}'", nearest(key, known, "field"))


def _read(path: Path) -> _Document:
    """Read and parse a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ClaimError(f"{path}: no such file", remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ClaimError(
            f"{path}: cannot be read as UTF-8 text ({error})", remedy="save it as UTF-8"
        ) from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        cause = str(error).split(" (at ")[0]
        raise ClaimError(
            f"{path}:{line}: not TOML: {cause}", remedy="correct the line; texts need quotes"
        ) from None
    for key in tables:
        if key not in {"claim", "source"}:
            raise ClaimError(
                f"{path}: unknown table '{key}'",
                remedy=nearest(key, ("claim", "source"), "table"),
            )
    return _Document(path, text, tables)


def _sources(document: _Document) -> dict[str, Source]:
    """Read the ``[[source]]`` tables of a document."""
    names = tuple(item.name for item in fields(Source))
    sources: dict[str, Source] = {}
    for entry in document.entries("source"):
        entry.reject_unknown(names)
        source = Source(**{name: entry.text(name) for name in names})
        if source.key in sources:
            entry.fail("key", f"source key '{source.key}' is used twice", "give it another key")
        sources[source.key] = source
    return sources


def _claim(entry: _Entry, sources: Mapping[str, Source]) -> Claim:
    """Read one ``[[claim]]`` table."""
    names = tuple(item.name for item in fields(Claim) if item.name != "also")
    entry.reject_unknown(names)
    texts = {
        item.name: entry.text(item.name)
        if item.default is MISSING
        else entry.optional_text(item.name)
        for item in fields(Claim)
        if item.type is str and item.name != "geography"
    }
    if texts["source"] not in sources:
        entry.fail(
            "source",
            f"unknown source '{texts['source']}'",
            nearest(texts["source"], sources, "source"),
        )
    geographies, check = _geographies(entry), _check(entry)
    if NATIONAL in geographies and not KINDS[check.kind].national:
        entry.fail(
            "geography",
            f"check kind '{check.kind}' needs a cluster, not '{NATIONAL}'",
            "write the cluster's slug such as 'jing-jin-ji'",
        )
    return Claim(
        **texts,
        geography=geographies[0],
        also=geographies[1:],
        year=_year(entry),
        check=check,
    )


def _geographies(entry: _Entry) -> tuple[str, ...]:
    """Read what a claim speaks of: a slug, 'national', or a list of slugs."""
    value = entry.table.get("geography")
    words = value if isinstance(value, list) and value else [entry.text("geography")]
    for word in words:
        if not isinstance(word, str) or not _SLUG.fullmatch(word):
            entry.fail(
                "geography",
                f"geography '{word}' is not a slug",
                f"write the cluster's slug such as 'jing-jin-ji', or '{NATIONAL}'",
            )
    return tuple(words)


def _year(entry: _Entry) -> int | None:
    """Read the year, which a claim may lack."""
    year = entry.table.get("year")
    if year is not None and (type(year) is not int or not 1900 <= year <= 2100):
        entry.fail("year", f"'year' is {year!r}", "write four digits such as 2024, or leave it out")
    return year


def _check(entry: _Entry) -> CheckSpec:
    """Read the ``[claim.check]`` table and try its parameters."""
    table = entry.table.get("check")
    if not isinstance(table, dict):
        entry.fail("check", "the check is missing", "add a table [claim.check] with its kind")
    kind = table.get("kind")
    if not isinstance(kind, str):
        entry.fail("check", "the check has no kind", 'add a line kind = "..." to [claim.check]')
    parameters = {key: value for key, value in table.items() if key != "kind"}
    check = CheckSpec(kind, MappingProxyType(parameters))
    try:
        read_check(check)
    except ParameterError as mistake:
        entry.fail(mistake.key or "check", mistake.problem, mistake.remedy)
    return check
