"""One file over HTTP into a `.part`: streamed, resumed where it broke off, retried in a budget."""

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import requests
import urllib3
from tqdm import tqdm

import toolkit
from toolkit.errors import DownloadError
from toolkit.sources.connection import never_connected, plain_cause
from toolkit.sources.content import HEAD_BYTES, ContentKind, wrong_head
from toolkit.sources.endpoints import DownloadSettings
from toolkit.sources.provenance import Provenance, public_url, read_provenance, write_provenance
from toolkit.sources.retry import TransientError, persist

__all__ = ["Part", "Transfer"]

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """The beginning of a file that is being fetched, and a note of which file it begins.

    Attributes
    ----------
    path, note : Path
        ``<name>.part`` and ``<name>.part.json``. The note is written before the first byte and
        removed after the last of the part, so that the bytes always belong to the note.

    Examples
    --------
    >>> Part(Path("a.zip.part"), Path("a.zip.part.json")).size_bytes
    0
    """

    path: Path
    note: Path

    @property
    def size_bytes(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begun(self, url: str) -> Provenance | None:
        """Note of a part of this URL that can be resumed; what cannot be is discarded."""
        note = read_provenance(self.note)
        size = self.size_bytes
        if (
            note is not None
            and size > 0
            and note.url == public_url(url)
            and note.validator
            and size <= (note.size_bytes or size)
        ):
            return note
        self.discard()
        return None

    def begin(self, note: Provenance) -> None:
        """Start an empty part."""
        self.discard()
        write_provenance(self.note, note)
        self.path.touch()

    def discard(self) -> None:
        """Forget the part: bytes first, then what they were."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


@dataclass(frozen=True)
class Transfer:
    """A connection to one server for one file, within one budget of time; a context manager.

    Attributes
    ----------
    name : str
        The file, as errors and the progress bar call it.
    settings : DownloadSettings
        Limits.
    progress : bool or None
        Whether to draw a bar on stderr; None draws it on a terminal only.

    Examples
    --------
    >>> with Transfer("a.zip", DownloadSettings(budget_s=5), progress=False) as transfer:
    ...     transfer.deadline > time.monotonic()
    True
    """

    name: str
    settings: DownloadSettings
    progress: bool | None = None
    session: requests.Session = field(default_factory=requests.Session)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "deadline", time.monotonic() + self.settings.budget_s)
        self.session.max_redirects = self.settings.max_redirects
        self.session.headers["User-Agent"] = f"city-cluster-toolkit/{toolkit.__version__}"
        # ranges and sizes speak of the bytes on the wire, so these have to be the file's own
        self.session.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()

    def receive(
        self, url: str, part: Part, *, expect: ContentKind, earlier: Provenance | None = None
    ) -> Provenance:
        """Bring a part to its full length.

        Parameters
        ----------
        url : str
            What to fetch.
        part : Part
            Where to; what is there of the same version is kept and continued.
        expect : ContentKind
            Kind of file; another beginning is an error before anything is written.
        earlier : Provenance, optional
            Of a whole copy at hand: if the server says that it is unchanged, nothing is sent.

        Returns
        -------
        Provenance
            What the server said of the file; `earlier` itself if that copy is unchanged.

        Raises
        ------
        DownloadError
            When it failed for good; what came is kept where it can be continued.
        """
        return self._persist(
            lambda: self._receive_once(url, part, expect=expect, earlier=earlier),
            url,
            kept=lambda: part.size_bytes,
        )

    def text(self, url: str, *, longest: int = 4096) -> str | None:
        """Fetch the beginning of a small text; None where the server has no such file.

        Raises
        ------
        DownloadError
            When it failed for good.
        """

        def once() -> str | None:
            with self._get(url, {}) as response:
                if response.status_code in {404, 410}:
                    return None
                self._check_status(response, url)
                head = b"".join(_chunks(response, longest, at_least=longest))
                return head[:longest].decode("utf-8", "replace")

        return self._persist(once, url, kept=lambda: 0)

    def _persist(self, attempt: Callable[[], T], url: str, *, kept: Callable[[], int]) -> T:
        """Repeat an attempt while there is hope, then say in one line why there is none."""
        try:
            return persist(attempt, settings=self.settings, deadline=self.deadline, kept=kept)
        except TransientError as error:
            first = "check the network and the proxy, " if error.unreachable else ""
            resume = f" to go on from the {kept() / 1e6:.1f} MB that are kept" if kept() else ""
            raise DownloadError(
                f"{self.name}: {error.cause} ({public_url(url)}, {error.tried} tried)",
                remedy=error.remedy or f"{first}run again{resume}, or set another mirror",
            ) from error

    def _receive_once(
        self, url: str, part: Part, *, expect: ContentKind, earlier: Provenance | None
    ) -> Provenance:
        """One attempt: ask for what is missing, and take what comes."""
        note = part.begun(url)
        kept = part.size_bytes
        if note is not None and kept == note.size_bytes:
            return note  # stopped between the last byte and the check
        with self._get(url, _conditions(url, note, kept, earlier)) as response:
            if note is None and earlier is not None and response.status_code == 304:
                return earlier
            if note is not None:
                note = _continued(response, note, kept)
                if note is None and response.status_code in {206, 416}:
                    part.discard()
                    raise TransientError("the server sent another part of the file than asked for")
                kept = kept if note else 0  # another version, or no ranges: from the beginning
            self._check_status(response, url)
            chunks = _chunks(response, self.settings.chunk_bytes, at_least=HEAD_BYTES)
            if note is None:
                head = next(chunks, b"")
                self._refuse_wrong(head, url, expect)
                note = _note(response, url)
                part.begin(note)
                chunks = chain([head], chunks)
            self._write(chunks, part, kept, note.size_bytes)
        note = replace(note, size_bytes=_whole_size(part, note, response, expect))
        write_provenance(part.note, note)
        return note

    def _get(self, url: str, headers: dict[str, str]) -> requests.Response:
        """Ask, with the library's faults turned into ours."""
        settings = self.settings
        left_s = max(self.deadline - time.monotonic(), 0.001)
        timeouts = min(settings.connect_timeout_s, left_s), min(settings.read_timeout_s, left_s)
        try:
            return self.session.get(url, headers=headers, stream=True, timeout=timeouts)
        except requests.TooManyRedirects as error:
            raise DownloadError(
                f"{self.name}: {public_url(url)} redirects in a circle or too often",
                remedy="check the address of the mirror",
            ) from error
        except (requests.exceptions.SSLError, requests.exceptions.InvalidURL, ValueError) as error:
            certificate = isinstance(error, requests.exceptions.SSLError)
            raise DownloadError(
                f"{self.name}: {public_url(url)} "
                + ("has no valid certificate" if certificate else "is not an address"),
                remedy="check the clock and the proxy" if certificate else "correct the address",
            ) from error
        except requests.RequestException as error:
            raise TransientError(plain_cause(error), unreachable=never_connected(error)) from error

    def _check_status(self, response: requests.Response, url: str) -> None:
        """Let success pass; tell faults that pass from those that stay."""
        status = response.status_code
        if status in {200, 206}:
            return
        cause = f"the server answered {status} {response.reason or ''}".rstrip()
        if status in {408, 425, 429} or status >= 500:
            raise TransientError(
                cause,
                retry_after_s=_retry_after_s(response),
                remedy=_LATER if status == 429 else "",
            )
        raise DownloadError(
            f"{self.name}: {cause} ({public_url(url)})",
            remedy=_REMEDIES.get(status, "check the address, or set another mirror"),
        )

    def _refuse_wrong(self, head: bytes, url: str, expect: ContentKind) -> None:
        """Stop before a page of a proxy or a login is taken for the file."""
        if head and (reason := wrong_head(head, expect)):
            raise DownloadError(
                f"{self.name}: {reason} ({public_url(url)})",
                remedy="check the connection (a login page?), the address, or set another mirror",
            )

    def _write(self, chunks: Iterator[bytes], part: Part, kept: int, size: int | None) -> None:
        """Append what comes to the part, watching the disk and the clock."""
        self._require_space(part.path, (size or kept) - kept)
        with (
            part.path.open("ab") as file,
            tqdm(
                total=size,
                initial=kept,
                desc=self.name,
                unit="B",
                unit_scale=True,
                dynamic_ncols=True,
                leave=False,
                file=sys.stderr,
                disable=None if self.progress is None else not self.progress,
            ) as bar,
        ):
            unchecked = 0
            for chunk in chunks:
                file.write(chunk)
                file.flush()
                bar.update(len(chunk))
                unchecked += len(chunk)
                if unchecked >= _CHECK_DISK_EVERY_BYTES:
                    self._require_space(part.path, 0)
                    unchecked = 0
                if time.monotonic() > self.deadline:
                    raise TransientError(f"not done in {self.settings.budget_s:g} s")

    def _require_space(self, path: Path, more_bytes: int) -> None:
        """Refuse to fill the disk."""
        free = _free_bytes(path.parent)
        if free < more_bytes + self.settings.disk_reserve_bytes:
            raise DownloadError(
                f"{self.name}: {more_bytes / 1e6:.1f} MB more do not fit on the disk of "
                f"{path.parent} ({free / 1e6:.1f} MB free, of which "
                f"{self.settings.disk_reserve_bytes / 1e6:.1f} MB stay free)",
                remedy="free some space and run again; what came so far is kept",
            )


_LATER = "wait a while, then run again; the server limits how much one may fetch"
_REMEDIES = {
    401: "the server wants a login; set another mirror",
    403: "the server refuses; it may limit downloads: wait a while, or set another mirror",
    404: "check the name and the address of the mirror",
    407: "give the proxy its user and password in HTTPS_PROXY",
    410: "the file was withdrawn; check the name",
}
_CHECK_DISK_EVERY_BYTES = 1 << 24
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def _conditions(
    url: str, note: Provenance | None, kept: int, earlier: Provenance | None
) -> dict[str, str]:
    """Ask for the rest of this version, or for anything newer than the earlier copy."""
    if note is not None:
        return {"Range": f"bytes={kept}-", "If-Range": note.validator}
    if earlier is not None and earlier.url == public_url(url):
        asked = {"If-None-Match": earlier.etag, "If-Modified-Since": earlier.last_modified}
        return {header: value for header, value in asked.items() if value}
    return {}


def _continued(response: requests.Response, note: Provenance, kept: int) -> Provenance | None:
    """Note of the same file, if an answer is the rest of it; None if it is anything else."""
    span = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code != 206 or span is None or int(span[1]) != kept:
        return None
    size = int(span[3]) if span[3].isdigit() else note.size_bytes
    same = response.headers.get("ETag", note.etag) == note.etag
    return replace(note, size_bytes=size) if same and note.size_bytes in {None, size} else None


def _note(response: requests.Response, url: str) -> Provenance:
    """What the server says of the file that it begins to send."""
    headers = response.headers
    encoded = headers.get("Content-Encoding", "identity") != "identity"
    length = headers.get("Content-Length", "")
    return Provenance(
        url=public_url(url),
        size_bytes=int(length) if length.isdigit() and not encoded else None,
        # an encoded body cannot be continued by its own byte count, so it gets no validator
        etag="" if encoded else headers.get("ETag", ""),
        last_modified="" if encoded else headers.get("Last-Modified", ""),
    )


def _chunks(response: requests.Response, size: int, *, at_least: int) -> Iterator[bytes]:
    """Body in pieces, the first long enough to tell what it is; faults turned into ours."""
    first = b""
    try:
        # read1 hands over what has arrived, so that a trickle is seen and kept, not awaited
        while chunk := response.raw.read1(size, decode_content=True):
            if len(first) < at_least:
                first += chunk
                if len(first) < at_least:
                    continue
                chunk = first
            yield chunk
    except urllib3.exceptions.HTTPError as error:
        raise TransientError(plain_cause(error)) from error
    if len(first) < at_least:
        yield first


def _whole_size(
    part: Part, note: Provenance, response: requests.Response, expect: ContentKind
) -> int:
    """Size of a part known to be whole; a part that is not, or may not be, is no file."""
    size = part.size_bytes
    if note.size_bytes is not None and size != note.size_bytes:
        if size > note.size_bytes:
            part.discard()
        raise TransientError(f"{size} bytes came of {note.size_bytes} announced")
    ended = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if note.size_bytes is None and not ended and not expect.tells_its_end:
        part.discard()
        raise TransientError(
            "the server does not say how long the file is, so a cut cannot be told",
            remedy="set another mirror",
        )
    return size


def _retry_after_s(response: requests.Response) -> float | None:
    """Wait that the server asks for, given in seconds or as a date."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _free_bytes(folder: Path) -> int:
    """Free space on the disk of a folder."""
    return shutil.disk_usage(folder).free
