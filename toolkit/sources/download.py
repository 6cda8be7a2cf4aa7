"""Every download goes through `fetch`: cached, resumed, checked, and never half a file.

What a cache folder holds of one file:

=========================  ===================================================================
``<name>``                 the file, whole and checked; renamed into place in one step
``<name>.provenance.json`` where it came from (`Provenance`)
``<name>.part``            the beginning of a file that is being fetched
``<name>.part.json``       which file that is; with a checksum once it is whole and checked
``.<name>.lock``           held by the one process that fetches
=========================  ===================================================================

A file counts as cached only with a provenance that fits it. A run killed at any moment leaves a
part to be continued, or a checked part to be renamed.
"""

import errno
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from toolkit.errors import DownloadError, MissingDataError, ToolkitError
from toolkit.sources.content import ContentKind, wrong_content
from toolkit.sources.endpoints import DownloadSettings
from toolkit.sources.provenance import (
    SUFFIX,
    CachedFile,
    Provenance,
    file_digests,
    public_url,
    read_provenance,
    write_provenance,
)
from toolkit.sources.transfer import Part, Transfer

__all__ = ["CachedFile", "ContentKind", "DownloadSettings", "Provenance", "fetch"]


def fetch(
    url: str,
    *,
    into: Path,
    name: str | None = None,
    expect: ContentKind = ContentKind.ANY,
    md5_url: str | None = None,
    sha256: str | None = None,
    licence: str = "",
    data_date: str | Callable[[Path], str] = "",
    refresh: bool = False,
    offline: bool = False,
    progress: bool | None = None,
    settings: DownloadSettings | None = None,
) -> CachedFile:
    """Give a file of the web from the cache, fetching it first if it is not there.

    Parameters
    ----------
    url : str
        What to fetch, by http or https. Proxies are taken from the environment.
    into : Path
        Folder of the cache; made if missing.
    name : str, optional
        Name of the file there; the last part of the URL if not given.
    expect : ContentKind, optional
        What it has to be. An HTML page is never taken for a file.
    md5_url : str, optional
        Where the publisher gives the file's MD5; a mirror may lack it. If file and checksum
        disagree, as when the file is replaced in between, both are fetched once more.
    sha256 : str, optional
        Checksum that the file must have.
    licence : str, optional
        Licence and credit line, for the provenance.
    data_date : str or callable, optional
        Day to which the data speak, or a function that reads it from the file; an error that it
        raises means that the file is damaged.
    refresh : bool, optional
        Ask the server for a newer version; the copy at hand stays if there is none.
    offline : bool, optional
        Never ask; only the cache.
    progress : bool, optional
        Whether to draw a bar with rate and time left on stderr; by default on a terminal only.
    settings : DownloadSettings, optional
        Mirrors, time limits, retries.

    Returns
    -------
    CachedFile
        Path and provenance.

    Raises
    ------
    MissingDataError
        If `offline` and the file is not in the cache.
    DownloadError
        If it cannot be fetched; what came is kept where it can be continued.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as cache:
    ...     fetch("https://mirror.example/a.zip", into=Path(cache), offline=True)
    Traceback (most recent call last):
    ...
    toolkit.errors.MissingDataError: a.zip is not in the cache; run without --offline to fetch it
    """
    settings = settings or DownloadSettings()
    entry = _Entry(into, name or _name_in(url))
    wanted = _Wanted(expect, md5_url, sha256.lower() if sha256 else "", data_date)
    if offline:
        return entry.require(wanted)
    with entry.locked(settings.budget_s):
        entry.settle()
        cached = entry.cached(wanted)
        if cached is not None and not refresh:
            return cached
        with Transfer(entry.name, settings, progress) as transfer:
            earlier = cached.provenance if cached else None
            for fresh_start in (True, False):
                received = transfer.receive(url, entry.part, expect=expect, earlier=earlier)
                if cached is not None and received is earlier:
                    return entry.confirm(cached)
                checked, problem = _check(entry.part, received, wanted, transfer.text)
                if not problem:
                    return entry.keep(replace(checked, licence=licence))
                entry.part.discard()
                if not fresh_start:
                    break
    raise DownloadError(
        f"{entry.name}: {problem} ({public_url(url)}, fetched twice)",
        remedy="try again later (the server may be replacing it), or set another mirror",
    )


@dataclass(frozen=True)
class _Wanted:
    """What a file has to be; the arguments of `fetch`."""

    kind: ContentKind
    md5_url: str | None
    sha256: str
    data_date: str | Callable[[Path], str]


@dataclass(frozen=True)
class _Entry:
    """One file in the cache."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.folder / self.name

    @property
    def sidecar(self) -> Path:
        """Its provenance."""
        return self.folder / f"{self.name}{SUFFIX}"

    @property
    def part(self) -> Part:
        """What is there of a version being fetched."""
        return Part(self.folder / f"{self.name}.part", self.folder / f"{self.name}.part.json")

    def locked(self, longest_s: float) -> "_Lock":
        """Keep other processes out while this one fetches."""
        return _Lock(self.folder, self.name, longest_s)

    def cached(self, wanted: _Wanted) -> CachedFile | None:
        """The file, if it is there, whole, and what its provenance says."""
        renamed = read_provenance(self.part.note)
        if renamed is None or not renamed.sha256 or self.part.path.exists():
            renamed = None
        provenance = renamed or read_provenance(self.sidecar)
        if provenance is None or not provenance.sha256 or not self.path.is_file():
            return None
        if wanted.sha256 not in {"", provenance.sha256}:
            return None
        if self.path.stat().st_size != provenance.size_bytes:
            return None
        if wrong_content(self.path, wanted.kind):
            return None
        return CachedFile(self.path, provenance)

    def require(self, wanted: _Wanted) -> CachedFile:
        """The file, or a clear word that it is missing."""
        cached = self.cached(wanted)
        if cached is None:
            state = "is damaged or of unknown origin" if self.path.exists() else "is not"
            raise MissingDataError(
                f"{self.name} {state} in the cache", remedy="run without --offline to fetch it"
            )
        return cached

    def keep(self, provenance: Provenance) -> CachedFile:
        """Put a whole, checked part in place."""
        # the note with a checksum is the promise to rename; `settle` keeps it after a kill
        write_provenance(self.part.note, provenance)
        self.settle()
        return CachedFile(self.path, provenance)

    def settle(self) -> None:
        """Do what is left of a promised renaming: the file first, then its provenance."""
        promised = read_provenance(self.part.note)
        if promised is None or not promised.sha256:
            return
        if self.part.path.exists():
            self.part.path.replace(self.path)
        self.part.note.replace(self.sidecar)
        _sync_folder(self.folder)

    def confirm(self, cached: CachedFile) -> CachedFile:
        """Note that the server has nothing newer."""
        provenance = replace(cached.provenance, checked=_now())
        write_provenance(self.sidecar, provenance)
        return CachedFile(cached.path, provenance)


class _Lock:
    """The right to write to one file of the cache; faults of the disk in our words."""

    def __init__(self, folder: Path, name: str, longest_s: float) -> None:
        self._folder, self._name, self._longest_s = folder, name, longest_s
        self._lock = FileLock(folder / f".{name}.lock", timeout=longest_s)

    def __enter__(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise DownloadError(
                f"{self._name}: another run has been fetching it for {self._longest_s:g} s",
                remedy="wait for it to end, or stop it",
            ) from error
        except OSError as error:
            raise self._disk_error(error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        if isinstance(error, OSError):
            raise self._disk_error(error) from error

    def _disk_error(self, error: OSError) -> DownloadError:
        """What a fault of the file system means."""
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        return DownloadError(
            f"{self._name}: cannot write to the cache {self._folder} "
            f"({'the disk is full' if full else error.strerror})",
            remedy="free some space and run again" if full else "check the folder and its rights",
        )


def _check(
    part: Part, received: Provenance, wanted: _Wanted, text: Callable[[str], str | None]
) -> tuple[Provenance, str]:
    """Complete the provenance of a part, and say what is wrong with it ('' if nothing)."""
    with part.path.open("rb+") as file:
        os.fsync(file.fileno())
    digests = file_digests(part.path)
    published = _published_md5(text(wanted.md5_url), wanted.md5_url) if wanted.md5_url else ""
    problem = wrong_content(part.path, wanted.kind)
    if not problem and published not in {"", digests["md5"]}:
        problem = f"its MD5 is {digests['md5']}, published is {published}"
    if not problem and wanted.sha256 not in {"", digests["sha256"]}:
        problem = f"its SHA-256 is {digests['sha256']}, wanted is {wanted.sha256}"
    date = wanted.data_date if isinstance(wanted.data_date, str) else ""
    if not problem and callable(wanted.data_date):
        try:
            date = wanted.data_date(part.path)
        except ToolkitError as error:
            problem = error.problem.removeprefix(f"{part.path}: ")
    checked = replace(
        received,
        retrieved=_now(),
        checked=_now(),
        sha256=digests["sha256"],
        md5_published=published,
        data_date=date,
    )
    return checked, problem


def _published_md5(text: str | None, url: str) -> str:
    """Take the checksum from the output of md5sum; '' where the server has none."""
    if text is None:
        return ""
    found = re.match(r"\\?([0-9a-fA-F]{32})\b", text.lstrip("\ufeff \r\n\t"))
    if found is None:
        raise DownloadError(
            f"{public_url(url)} holds no MD5 checksum but {text[:40]!r}",
            remedy="check the mirror, or try again later",
        )
    return found[1].lower()


def _name_in(url: str) -> str:
    """Name a file by the last part of its URL."""
    name = Path(unquote(urlsplit(url).path)).name
    if not name:
        raise DownloadError(f"{public_url(url)} names no file", remedy="give the file's full URL")
    return name


def _now() -> str:
    """Give the UTC time to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sync_folder(folder: Path) -> None:
    """Make a renaming last through a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
