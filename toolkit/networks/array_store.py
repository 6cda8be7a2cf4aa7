"""Arrays that took long to compute, kept in one file each and believed only if they are whole."""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.errors import OutputError

__all__ = ["digest", "keep_arrays", "kept_arrays"]

FORMAT = 1
"""To be raised whenever storing, or what is stored, changes: older files are then made anew."""
_KEY = "key"


def keep_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], key: str) -> None:
    """Write arrays beside a file and put them in its place when all went well.

    Parameters
    ----------
    path : Path
        The file, by convention ending in ``.npz``. Missing folders are made.
    arrays : mapping of str to numpy.ndarray
        No name may be ``key``.
    key : str
        What they were computed from, such as a `digest`.

    Raises
    ------
    OutputError
        If the system refuses; what was there before is untouched.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "rank.npz")
    ...     keep_arrays(file, {"rank": np.arange(3)}, key="network 1")
    ...     kept_arrays(file, key="network 1"), kept_arrays(file, key="network 2")
    ({'rank': array([0, 1, 2])}, None)
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **{_KEY: np.array(_stamped(key))}, **arrays)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        finally:
            with suppress(FileNotFoundError):
                Path(beside).unlink()
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written: {error.strerror or error}",
            remedy="free some space, or check the folder and its rights",
        ) from error


def kept_arrays(path: Path, key: str) -> dict[str, npt.NDArray[Any]] | None:
    """Read what `keep_arrays` wrote.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        What the arrays have to be computed from.

    Returns
    -------
    dict of str to numpy.ndarray, or None
        None where there is no such file, it is damaged (every array has a checksum), of an older
        format or computed from something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if str(archive[_KEY]) != _stamped(key):
                return None
            return {name: archive[name] for name in archive.files if name != _KEY}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None  # whatever is wrong with it, it can be computed again


def digest(*items: object) -> str:
    """Checksum of numbers, names, arrays, and of dataclasses and tuples of them.

    Examples
    --------
    >>> digest(1, "time_s") == digest(1, "time_s"), digest(np.arange(3)) == digest(np.arange(4))
    (True, False)
    """
    checksum = hashlib.blake2b(digest_size=16)
    _feed(checksum, items)
    return checksum.hexdigest()


def _feed(checksum: hashlib.blake2b, item: object) -> None:
    """Add an item and what is in it."""
    if isinstance(item, np.ndarray):
        checksum.update(f"{item.dtype.str}{item.shape}".encode())
        checksum.update(np.ascontiguousarray(item).data)
    elif isinstance(item, tuple | list):
        checksum.update(f"({len(item)}".encode())
        for each in item:
            _feed(checksum, each)
    elif is_dataclass(item):
        _feed(
            checksum, (type(item).__name__, *(getattr(item, field.name) for field in fields(item)))
        )
    else:
        checksum.update(f"{item!r};".encode())


def _stamped(key: str) -> str:
    """The key and the format, as they stand in the file."""
    return json.dumps([FORMAT, key])
