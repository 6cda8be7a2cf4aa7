"""The national rail timetable as GTFS: the weekly published one, or a file of the user's own."""

import csv
import io
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from toolkit.errors import InputFileError
from toolkit.sources.download import CachedFile, ContentKind, DownloadSettings, fetch
from toolkit.sources.endpoints import base_url
from toolkit.sources.provenance import local_file

__all__ = ["LICENCE", "data_date", "national_timetable", "own_timetable"]

LICENCE = (
    "timetable as published by China Railway, compiled by wensimehrp/chinese-railway-gtfs; "
    "station coordinates ODbL 1.0, © OpenStreetMap contributors"
)


def national_timetable(
    *,
    cache: Path,
    refresh: bool = False,
    offline: bool = False,
    progress: bool | None = None,
    settings: DownloadSettings | None = None,
) -> CachedFile:
    """Give the national rail timetable from the cache, fetching this week's if needed.

    Parameters
    ----------
    cache : Path
        Root of the cache; the file goes to ``timetable/output_gtfs.zip`` in it.
    refresh, offline, progress, settings
        As in `toolkit.sources.download.fetch`. The environment variable
        ``TOOLKIT_TIMETABLE_URL`` may name another folder, or a ``.zip`` file itself.

    Returns
    -------
    CachedFile
        A GTFS archive; `data_date` as in `data_date`.

    Raises
    ------
    MissingDataError
        If `offline` and there is none in the cache.
    DownloadError
        If it cannot be fetched, or twice is not a GTFS archive.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     national_timetable(cache=Path(folder), offline=True)
    Traceback (most recent call last):
    ...
    toolkit.errors.MissingDataError: output_gtfs.zip is not in the cache; \
run without --offline to fetch it
    """
    base = base_url("timetable", settings)
    return fetch(
        base if base.endswith(".zip") else f"{base}/output_gtfs.zip",
        into=cache / "timetable",
        name="output_gtfs.zip",
        expect=ContentKind.ZIP,
        licence=LICENCE,
        data_date=data_date,
        refresh=refresh,
        offline=offline,
        progress=progress,
        settings=settings,
    )


def own_timetable(path: Path) -> CachedFile:
    """Take a GTFS archive of the user's own; it is read where it is.

    Raises
    ------
    InputFileError
        If it is missing, or not a GTFS archive.

    Examples
    --------
    >>> own_timetable(Path("no such feed.zip"))
    Traceback (most recent call last):
    ...
    toolkit.errors.InputFileError: no such feed.zip: cannot be read (No such file or directory); \
check the path and its rights
    """
    file = local_file(path)
    return replace(file, provenance=replace(file.provenance, data_date=data_date(path)))


def data_date(path: Path) -> str:
    r"""Tell when a GTFS archive begins to hold, ISO 8601; '' if it does not say.

    The first of: `feed_start_date` of feed_info.txt, the earliest `start_date` of calendar.txt,
    the earliest `date` of calendar_dates.txt.

    Raises
    ------
    InputFileError
        If the file is no ZIP archive, or lacks a table that GTFS requires.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "feed.zip"
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         for table in ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt"):
    ...             archive.writestr(table, "")
    ...         archive.writestr("calendar.txt", "service_id,start_date\nDAILY,20231211\n")
    ...     data_date(path)
    '2023-12-11'
    """
    try:
        with zipfile.ZipFile(path) as archive:
            tables = set(archive.namelist())
            missing = [table for table in _REQUIRED if table not in tables]
            if not tables & {"calendar.txt", "calendar_dates.txt"}:
                missing.append("calendar.txt")
            if missing:
                raise InputFileError(
                    f"{path}: no GTFS archive, it lacks {', '.join(missing)}",
                    remedy="give the ZIP file of a GTFS feed, tables at its top level",
                )
            days = (_first_day(archive, table, column) for table, column in _DATED)
            return next((day for day in days if day), "")
    except (zipfile.BadZipFile, zlib.error, OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputFileError(
            f"{path}: not a readable ZIP archive", remedy="give the ZIP file of a GTFS feed"
        ) from error


_REQUIRED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_DATED = (
    ("feed_info.txt", "feed_start_date"),
    ("calendar.txt", "start_date"),
    ("calendar_dates.txt", "date"),
)


def _first_day(archive: zipfile.ZipFile, table: str, column: str) -> str:
    """Earliest day in a column of dates; '' where there is none."""
    if table not in archive.namelist():
        return ""
    with archive.open(table) as raw:
        rows = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig"))
        days = sorted(day for row in rows if (day := (row.get(column) or "").strip()).isdigit())
    return f"{days[0][:4]}-{days[0][4:6]}-{days[0][6:]}" if days else ""
