"""Write beside, flush, then rename: an output is there complete, or the old one is untouched."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from toolkit.errors import OutputError

__all__ = [
    "output_error",
    "refuse_unwritable_folder",
    "replace_atomically",
    "replace_folder_atomically",
]

_REMEDIES = {
    errno.ENOSPC: "free some space on that disk and run again",
    errno.EDQUOT: "your quota there is used up: free some space and run again",
    errno.EACCES: "close programs that have it open, or choose a folder you may write to",
    errno.EPERM: "close programs that have it open, or choose a folder you may write to",
    errno.EROFS: "that disk is read-only: choose another folder",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another folder",
    errno.EEXIST: "a file stands where a folder is needed: choose another folder",
    errno.EISDIR: "a folder has that name: choose another file name",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def replace_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to, beside `path`, and put it in its place when all went well.

    The file is written as `<stem>.part<suffix>` in the same folder, flushed to disk and renamed,
    so a reader meets either the old file or the new one. On any exception the part is removed and
    the old file stays. A symbolic link keeps pointing to the file it points to.

    Parameters
    ----------
    path : path-like
        The file to write. Missing parent folders are made.

    Yields
    ------
    pathlib.Path
        Where to write; it does not exist yet.

    Raises
    ------
    OutputError
        When `path` is a folder, or the system refuses (no space, no permission, read-only disk).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "reach.csv")
    ...     with replace_atomically(target) as part:
    ...         _ = part.write_text("city,minutes", encoding="utf-8")
    ...     target.read_text(encoding="utf-8"), part.name, part.exists()
    ('city,minutes', 'reach.part.csv', False)
    """
    if Path(path).is_dir():
        raise output_error(path, OSError(errno.EISDIR, os.strerror(errno.EISDIR)))
    target = Path(os.path.realpath(path))
    part = target.with_name(f"{target.stem}.part{target.suffix}")
    try:
        _clear(part)
        yield part
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):
            _discard(part)


@contextmanager
def replace_folder_atomically(folder: str | os.PathLike[str], *, suffix: str) -> Iterator[Path]:
    """Give an empty folder to fill, beside `folder`, and swap the two when all went well.

    Files of the old folder that end in `suffix` are outputs of an earlier run and go; whatever else
    someone put there is carried over.

    Parameters
    ----------
    folder : path-like
        The folder to write. Missing parent folders are made.
    suffix : str
        The ending of the files that belong to the writer, such as '.csv'.

    Yields
    ------
    pathlib.Path
        The empty folder to fill.

    Raises
    ------
    OutputError
        When `folder` is a file, or the system refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as outputs:
    ...     with replace_folder_atomically(Path(outputs, "tables"), suffix=".csv") as part:
    ...         _ = (part / "cities.csv").write_text("adcode", encoding="utf-8")
    ...     sorted(path.name for path in Path(outputs, "tables").iterdir())
    ['cities.csv']
    """
    target = Path(os.path.realpath(folder))
    if target.is_file():
        raise output_error(folder, OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    part = target.with_name(f"{target.name}.part")
    old = target.with_name(f"{target.name}.part-old")
    try:
        _clear(part)
        part.mkdir()
        yield part
        for path in part.iterdir():
            _flush(path)
        _carry_over(target, part, suffix=suffix)
        _swap(part, target, old)
    except OSError as error:
        raise output_error(folder, error) from error
    finally:
        with suppress(OSError):
            _discard(part)


def refuse_unwritable_folder(folder: str | os.PathLike[str]) -> None:
    """Raise `OutputError` where a folder could not be made or written to.

    Parameters
    ----------
    folder : path-like
        One that is missing is made and removed again, so that what fails later leaves nothing.

    Raises
    ------
    OutputError
        A file stands in the way, or the system refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as outputs:
    ...     refuse_unwritable_folder(Path(outputs, "new"))
    ...     Path(outputs, "new").exists()
    False
    """
    path = Path(folder)
    is_new = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
        if is_new:
            path.rmdir()
    except OSError as error:
        raise output_error(folder, error) from error


def output_error(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Return the error of the system as one line with its remedy.

    Parameters
    ----------
    path : path-like
        The output that could not be written.
    error : OSError
        What the system said.

    Returns
    -------
    OutputError
        Names the path, the cause and what to do.

    Examples
    --------
    >>> print(output_error("jjj.gpkg", OSError(errno.ENOSPC, "No space left")))
    jjj.gpkg: cannot be written (No space left); free some space on that disk and run again
    """
    cause = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0, "check the folder and the disk, then run again")
    return OutputError(f"{os.fspath(path)}: cannot be written ({cause})", remedy=remedy)


def _clear(part: Path) -> None:
    """Make the parent folder, remove what a killed run left, and prove that writing is allowed."""
    part.parent.mkdir(parents=True, exist_ok=True)
    _discard(part)
    part.touch()
    part.unlink()


def _discard(part: Path) -> None:
    """Remove a part and the side files SQLite may have left with it."""
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
        return
    for ending in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + ending).unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Force a file or a folder entry to the disk, where the system can."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _carry_over(source: Path, target: Path, *, suffix: str) -> None:
    """Copy what does not end in `suffix` and has no newer namesake."""
    if not source.is_dir():
        return
    for path in sorted(source.iterdir()):
        if path.suffix == suffix or (target / path.name).exists():
            continue
        if path.is_dir():
            shutil.copytree(path, target / path.name)
        else:
            shutil.copy2(path, target / path.name)


def _swap(part: Path, target: Path, old: Path) -> None:
    """Put `part` in the place of the folder `target`; on failure the old folder comes back."""
    _discard(old)
    if target.exists():
        target.replace(old)
    try:
        part.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    _flush(target.parent)
    with suppress(OSError):
        _discard(old)
