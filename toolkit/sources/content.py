"""Is a downloaded file what it should be? Checks by its first bytes and, where cheap, its end."""

import json
import re
import zipfile
from enum import Enum
from pathlib import Path

__all__ = ["HEAD_BYTES", "ContentKind", "wrong_content", "wrong_head"]

HEAD_BYTES = 512
"""How much of the beginning of a file tells what it is."""


class ContentKind(Enum):
    """Kind of file that a download has to be."""

    ANY = "file"
    PBF = "OSM PBF file"
    ZIP = "ZIP archive"
    TIFF = "TIFF image"
    JSON = "JSON document"
    GZIP = "gzip file"

    @property
    def tells_its_end(self) -> bool:
        """Whether a file cut short can be told from the file alone."""
        return self in {ContentKind.ZIP, ContentKind.JSON}


def wrong_head(head: bytes, kind: ContentKind) -> str:
    r"""Say why the first bytes of a file cannot begin a file of this kind.

    Parameters
    ----------
    head : bytes
        At least the first `HEAD_BYTES` bytes, or all of a shorter file.
    kind : ContentKind
        What is expected. An HTML page is wrong for every kind: error and login pages come as such.

    Returns
    -------
    str
        The reason, or '' where nothing is wrong.

    Examples
    --------
    >>> wrong_head(b"PK\x03\x04...", ContentKind.ZIP)
    ''
    >>> wrong_head(b"<!DOCTYPE html><title>Login</title>", ContentKind.ZIP)
    "an HTML page ('Login') came instead of a ZIP archive"
    """
    if _HTML.match(head.lstrip(_BLANK)):
        title = _TITLE.search(head)
        said = f" ({title[1].decode('utf-8', 'replace').strip()!r})" if title else ""
        return f"an HTML page{said} came instead of a {kind.value}"
    if kind is ContentKind.PBF:
        # a 4-byte length, then the first blob's type as a protobuf string of nine letters
        right = head[4:15] == b"\x0a\x09OSMHeader"
    elif kind is ContentKind.JSON:
        right = head.lstrip(_BLANK)[:1] in {b"{", b"["}
    else:
        right = head.startswith(_MAGIC[kind])
    return "" if right else f"the content is not a {kind.value} (it begins {head[:12]!r})"


def wrong_content(path: Path, kind: ContentKind) -> str:
    """Say why a whole file is not of this kind; '' where nothing is wrong.

    Reads the beginning, of a ZIP archive also the directory at its end, of JSON everything.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cut.json"
    ...     _ = path.write_text('{"elements": [')
    ...     wrong_content(path, ContentKind.JSON)
    'the JSON document is cut short or damaged'
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return "the file is empty"
    reason = wrong_head(head, kind)
    if not reason and not _ends_well(path, kind):
        reason = f"the {kind.value} is cut short or damaged"
    return reason


_BLANK = b"\xef\xbb\xbf \t\r\n"
_HTML = re.compile(rb"(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_TITLE = re.compile(rb"<title[^>]*>(.{1,80}?)\s*</title>", re.I | re.S)
_MAGIC: dict[ContentKind, tuple[bytes, ...]] = {
    ContentKind.ANY: (b"",),
    ContentKind.ZIP: (b"PK\x03\x04", b"PK\x05\x06"),
    ContentKind.TIFF: (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ContentKind.GZIP: (b"\x1f\x8b",),
}


def _ends_well(path: Path, kind: ContentKind) -> bool:
    """Whether the end of the file is there, for the kinds that tell."""
    try:
        if kind is ContentKind.ZIP:
            with zipfile.ZipFile(path):
                pass
        elif kind is ContentKind.JSON:
            json.loads(path.read_bytes())
    except (zipfile.BadZipFile, ValueError):
        return False
    return True
