"""The text tables of a GTFS feed, from a zip file or a folder, as tables of strings.

GTFS Schedule reference: https://gtfs.org/documentation/schedule/reference/
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.errors import InputFileError

__all__ = ["NO_TIME", "GtfsFiles", "open_feed", "parse_times"]

NO_TIME = -1
"""Stands for a blank time."""

_TIME = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d)")
_ASK_AGAIN = "download the feed again, or ask its publisher"


@dataclass(frozen=True)
class GtfsFiles:
    """Where the tables of one feed are.

    Attributes
    ----------
    path : pathlib.Path
        The zip file or folder.
    members : mapping of str to str
        Table name ('stops') to the name of its file inside the zip or folder.
    """

    path: Path
    members: Mapping[str, str]

    def __contains__(self, table: str) -> bool:
        return table in self.members

    def refuse_without(self, *tables: str) -> None:
        """Raise `InputFileError` naming all of the tables that the feed lacks."""
        missing = [f"{table}.txt" for table in tables if table not in self]
        if missing:
            raise InputFileError(
                f"{self.path}: no {' and no '.join(missing)} in this feed", remedy=_ASK_AGAIN
            )

    def read(
        self,
        table: str,
        *,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
        may_lack: bool = False,
    ) -> pd.DataFrame:
        """Read some columns of one table, all as trimmed strings.

        Parameters
        ----------
        table : str
            Name without ``.txt``.
        required, optional : sequence of str
            Columns to read. An optional column that is not there comes back blank.
        may_lack : bool
            Whether the feed may do without this table or leave it empty; then no rows come back.

        Returns
        -------
        DataFrame
            One row per line of the file, blank lines left out; the index is the line number,
            so that a complaint can name it. Blank fields are empty strings.

        Raises
        ------
        InputFileError
            If the file is not there, cannot be read, is not UTF-8, is empty, or lacks a
            required column.
        """
        name = f"{table}.txt"
        columns = [*required, *optional]
        if table not in self and not may_lack:
            raise InputFileError(f"{self.path}: no {name} in this feed", remedy=_ASK_AGAIN)
        frame = pd.DataFrame(columns=columns, dtype=str)
        if table in self and (raw := self._bytes(table)).strip():
            frame = self._parse(name, raw, required, columns)
        if frame.empty and not may_lack:
            raise InputFileError(f"{self.path}: {name} is empty", remedy=_ASK_AGAIN)
        return frame

    def _parse(
        self, name: str, raw: bytes, required: Sequence[str], columns: list[str]
    ) -> pd.DataFrame:
        """Columns of one table from its bytes, without blank lines."""
        try:
            frame = pd.read_csv(
                io.BytesIO(raw),
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                index_col=False,
                encoding="utf-8-sig",
                usecols=lambda column: column.strip() in columns,
            )
        except UnicodeDecodeError:
            raise InputFileError(
                f"{self.path}: {name} line {_line_not_utf8(raw)} is not UTF-8",
                remedy="save the file as UTF-8, the only encoding GTFS allows",
            ) from None
        except pd.errors.ParserError as error:
            reason = str(error).strip().splitlines()[-1]
            raise InputFileError(
                f"{self.path}: {name} is not readable as comma-separated text ({reason})",
                remedy=_ASK_AGAIN,
            ) from None

        frame.columns = frame.columns.str.strip()
        missing = [column for column in required if column not in frame]
        if missing:
            raise InputFileError(
                f"{self.path}: {name} has no column {', '.join(missing)}", remedy=_ASK_AGAIN
            )
        frame = frame.reindex(columns=columns, fill_value="").apply(lambda text: text.str.strip())
        # line 1 is the header
        frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
        filled: pd.DataFrame = frame[(frame != "").any(axis=1)]
        return filled

    def _bytes(self, table: str) -> bytes:
        """Content of a table's file."""
        member = self.members[table]
        try:
            if self.path.is_dir():
                return (self.path / member).read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(member)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise InputFileError(
                f"{self.path}: {member} cannot be read ({error})", remedy=_ASK_AGAIN
            ) from None


def open_feed(path: str | PathLike[str]) -> GtfsFiles:
    """Find the tables of a GTFS feed.

    Parameters
    ----------
    path : str or path
        A zip file or a folder. Tables inside one folder of the zip are found too.

    Returns
    -------
    GtfsFiles
        The feed; nothing but the list of its files has been read.

    Raises
    ------
    InputFileError
        If there is no such file, or it is not a zip archive.

    Examples
    --------
    >>> open_feed("no_such_feed.zip")
    Traceback (most recent call last):
        ...
    toolkit.errors.InputFileError: no_such_feed.zip: no such file; give a GTFS zip file or folder
    """
    path = Path(path)
    if not path.exists():
        raise InputFileError(f"{path}: no such file", remedy="give a GTFS zip file or folder")
    if path.is_dir():
        names = sorted(entry.name for entry in path.iterdir())
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                names = sorted(archive.namelist(), key=lambda name: (name.count("/"), name))
        except (zipfile.BadZipFile, OSError):
            raise InputFileError(
                f"{path}: not a zip archive, or cut short", remedy="download it again"
            ) from None
    members: dict[str, str] = {}
    for name in names:
        if name.endswith(".txt"):
            # the shallowest file of a name wins
            members.setdefault(PurePosixPath(name).stem, name)
    return GtfsFiles(path, members)


def parse_times(text: pd.Series, *, where: str) -> NDArray[np.int64]:
    """Seconds after midnight of the service day.

    Parameters
    ----------
    text : Series of str
        Times such as ``7:05:00`` or ``25:10:00`` (ten past one on the next day), or blank;
        the index holds line numbers.
    where : str
        File and column, for the complaint.

    Returns
    -------
    ndarray of int64
        Seconds; `NO_TIME` where blank.

    Raises
    ------
    InputFileError
        If a time cannot be read; the message names its line.

    Examples
    --------
    >>> import pandas as pd
    >>> parse_times(pd.Series(["07:05:00", "25:10:30", ""]), where="stop_times.txt").tolist()
    [25500, 90630, -1]
    """
    codes, values = pd.factorize(text)
    seconds = np.full(len(values), NO_TIME, dtype=np.int64)
    for position, value in enumerate(values):
        if not value:
            continue
        match = _TIME.fullmatch(value)
        if match is None:
            line = text.index[int(np.argmax(codes == position))]
            raise InputFileError(
                f"{where} line {line}: {value!r} is not a time",
                remedy="write it as HH:MM:SS, past 24:00:00 for the next day",
            )
        hours, minutes, rest = (int(part) for part in match.groups())
        seconds[position] = 3600 * hours + 60 * minutes + rest
    return np.asarray(seconds[codes], dtype=np.int64)


def _line_not_utf8(raw: bytes) -> int:
    """Number of the first line that is not UTF-8."""
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return raw.count(b"\n", 0, error.start) + 1
    return 1
