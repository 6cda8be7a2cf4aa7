"""Timetables of a run: those named, else the embedded ones and, live, this week's."""

import re
from collections.abc import Sequence
from pathlib import Path

from toolkit.networks.inputs.downloads import downloaded_record, if_it_can_be_had
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.settings import Settings
from toolkit.sources import files, reference
from toolkit.sources.files import InputRecord
from toolkit.sources.live import Live, fetch_timetable
from toolkit.sources.provenance import CachedFile

__all__ = ["read_timetables"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_timetables(
    timetables: Sequence[str | Path], *, live: Live | None, settings: Settings, report: Progress
) -> tuple[tuple[Timetable, ...], tuple[InputRecord, ...]]:
    """Read timetables, oldest first; of two of one day the later named counts.

    Parameters
    ----------
    timetables : sequence of str or Path
        Dates of embedded timetables or GTFS files; all embedded ones by default, and this week's
        where `live` is given. If that cannot be had, the embedded ones stand alone.
    live : Live, optional
    settings : Settings
    report : Progress

    Returns
    -------
    timetables : tuple of Timetable
    records : tuple of InputRecord
        One a timetable.

    Raises
    ------
    ToolkitError
        One that was named cannot be read.
    """
    read: dict[str, tuple[Timetable, InputRecord]] = {}
    for item in _to_read(timetables, live, settings, report):
        with report.step(f"timetable {item.path.name if isinstance(item, CachedFile) else item}"):
            timetable, record = _timetable(item)
        if len(timetable.trips):  # of a feed; embedded days have services only
            report.note(f"service day {timetable.date}: {len(timetable.trips):,} trains")
        for line in timetable.dropped:
            report.note(f"left out: {line}")
        read[timetable.date] = timetable, record
    dates = sorted(read)
    return tuple(read[date][0] for date in dates), tuple(read[date][1] for date in dates)


def _to_read(
    timetables: Sequence[str | Path], live: Live | None, settings: Settings, report: Progress
) -> list[str | Path | CachedFile]:
    """The timetables named, or the embedded ones and, where wanted, this week's."""
    embedded = settings.timetable_dates
    if timetables or live is None:
        return list(timetables or embedded)
    with report.step("download the national timetable"):
        newest = if_it_can_be_had(
            lambda: fetch_timetable(cache=settings.data_folder, live=live),
            live=live,
            instead=f"the embedded timetable of {embedded[-1]}",
            report=report,
        )
    return [*embedded, *([newest] if newest else [])]


def _timetable(item: str | Path | CachedFile) -> tuple[Timetable, InputRecord]:
    """An embedded timetable by its date, or a GTFS feed."""
    if isinstance(item, CachedFile):
        timetable = Timetable.from_gtfs(item.path)
        return timetable, downloaded_record(item, kind="timetable", data_date=timetable.date)
    is_date = _DATE.fullmatch(str(item)) is not None and not Path(item).exists()
    if is_date or str(item) in reference.TIMETABLE_DATES:
        timetable = Timetable.from_reference(str(item))
        return timetable, InputRecord(
            name="embedded rail services",
            kind="timetable",
            data_date=str(item),
            licence="facts of public timetables; stations © OpenStreetMap contributors, ODbL 1.0",
        )
    timetable = Timetable.from_gtfs(item)
    return timetable, files.record_input(
        item,
        kind="timetable",
        data_date=timetable.date,
        licence="as stated by the feed",
        source=timetable.source,
    )
