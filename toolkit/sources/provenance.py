"""What is known of a file in the cache: where it came from, when, under which licence, its hash."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from toolkit.errors import InputFileError

__all__ = [
    "SUFFIX",
    "CachedFile",
    "Provenance",
    "file_digests",
    "local_file",
    "public_url",
    "read_provenance",
    "write_provenance",
]

SUFFIX = ".provenance.json"


@dataclass(frozen=True)
class Provenance:
    """Origin of one file; stored beside it as ``<name>.provenance.json``.

    Attributes
    ----------
    url : str
        Where it was fetched from, without user name, password and query; a file's name if local.
    retrieved : str
        UTC time of the download, ISO 8601.
    checked : str
        UTC time at which the server last said that the file is unchanged.
    size_bytes : int or None
        Of the file; None while the server has not said.
    sha256 : str
        Own checksum of the whole file; '' while it is not whole.
    md5_published : str
        The checksum that the publisher gives and that was met; '' where there is none.
    etag, last_modified : str
        The server's validators, as sent; '' where it sends none.
    licence : str
        Licence and credit line of the data.
    data_date : str
        Day or time to which the data speak, ISO 8601; '' where unknown.

    Examples
    --------
    >>> Provenance(url="https://mirror.example/a.zip").sha256
    ''
    """

    url: str
    retrieved: str = ""
    checked: str = ""
    size_bytes: int | None = None
    sha256: str = ""
    md5_published: str = ""
    etag: str = ""
    last_modified: str = ""
    licence: str = ""
    data_date: str = ""

    @property
    def validator(self) -> str:
        """What `If-Range` may carry: a strong ETag, else the modification date, else ''."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


@dataclass(frozen=True)
class CachedFile:
    """A whole, checked file and where it came from.

    Attributes
    ----------
    path : Path
        The file.
    provenance : Provenance
        Its origin; `sha256` and `size_bytes` are always set.

    Examples
    --------
    >>> CachedFile(Path("a.zip"), Provenance(url="https://mirror.example/a.zip")).path.name
    'a.zip'
    """

    path: Path
    provenance: Provenance


def local_file(path: Path, *, licence: str = "", data_date: str = "") -> CachedFile:
    """Describe a file of the user's own; nothing is written beside it.

    Raises
    ------
    InputFileError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> local_file(Path(__file__)).provenance.url == Path(__file__).name
    True
    """
    try:
        digests = file_digests(path)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise InputFileError(
            f"{path}: cannot be read ({error.strerror})", remedy="check the path and its rights"
        ) from error
    provenance = Provenance(
        url=path.name,
        retrieved=changed.isoformat(timespec="seconds"),
        size_bytes=path.stat().st_size,
        sha256=digests["sha256"],
        licence=licence,
        data_date=data_date,
    )
    return CachedFile(path, provenance)


def read_provenance(path: Path) -> Provenance | None:
    """Read a sidecar; None where there is none or it is not a sidecar of ours.

    Examples
    --------
    >>> read_provenance(Path("no such file.json")) is None
    True
    """
    try:
        known: Any = json.loads(path.read_bytes())
        return Provenance(**{key: known[key] for key in _FIELDS if key in known})
    except (OSError, ValueError, TypeError):
        return None


def write_provenance(path: Path, provenance: Provenance) -> None:
    """Write a sidecar in one step: a reader sees the old one or the new one, whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sidecar = Path(folder) / "a.provenance.json"
    ...     write_provenance(sidecar, Provenance(url="https://mirror.example/a"))
    ...     read_provenance(sidecar).url
    'https://mirror.example/a'
    """
    text = json.dumps(asdict(provenance), ensure_ascii=False, indent=1)
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def file_digests(path: Path) -> Mapping[str, str]:
    """Hash a file once for both checksums: ``{'sha256': ..., 'md5': ...}``, in hexadecimal.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     empty = Path(folder) / "empty"
    ...     empty.touch()
    ...     file_digests(empty)["md5"]
    'd41d8cd98f00b204e9800998ecf8427e'
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
            md5.update(chunk)
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest()}


def public_url(url: str) -> str:
    """Strip what a URL should not carry into files and messages: user, password, query.

    Examples
    --------
    >>> public_url("https://me:secret@mirror.example:8443/a.zip?token=1")
    'https://mirror.example:8443/a.zip'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


_FIELDS = tuple(field.name for field in fields(Provenance))
