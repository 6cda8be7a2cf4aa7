"""The public downloads a run of one cluster needs: roads, timetable; fetched once, then cached."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.sources import geofabrik, timetables
from toolkit.sources.provenance import CachedFile

__all__ = ["Live", "fetch_roads", "fetch_timetable"]


@dataclass(frozen=True)
class Live:
    """How downloads are used.

    Attributes
    ----------
    refresh : bool
        Ask the servers whether there is something newer than the cache.
    offline : bool
        Use the cache only; what is not in it is an error.
    progress : bool or None
        Progress bars on standard error; None for a terminal only.
    """

    refresh: bool = False
    offline: bool = False
    progress: bool | None = None


def fetch_roads(extracts: Sequence[str], *, cache: Path, live: Live) -> tuple[CachedFile, ...]:
    """OpenStreetMap extracts that cover a cluster.

    Parameters
    ----------
    extracts : sequence of str
        Geofabrik ids.
    cache : Path
        Folder of downloads.
    live : Live

    Returns
    -------
    tuple of CachedFile
        In the order of `extracts`.

    Raises
    ------
    DownloadError, MissingDataError
        As `toolkit.sources.geofabrik.extract`.
    """
    return tuple(
        geofabrik.extract(
            extract,
            cache=cache,
            refresh=live.refresh,
            offline=live.offline,
            progress=live.progress,
        )
        for extract in extracts
    )


def fetch_timetable(*, cache: Path, live: Live) -> CachedFile:
    """The national rail timetable of this week.

    Raises
    ------
    DownloadError, MissingDataError
        As `toolkit.sources.timetables.national_timetable`.
    """
    return timetables.national_timetable(
        cache=cache, refresh=live.refresh, offline=live.offline, progress=live.progress
    )
