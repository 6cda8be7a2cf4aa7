"""The public downloads a run needs: roads, timetable, people; fetched once, then cached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from toolkit.errors import MissingDataError
from toolkit.sources import geofabrik, population, timetables
from toolkit.sources.provenance import CachedFile

__all__ = [
    "PUBLISHED_POPULATION",
    "Live",
    "fetch_population",
    "fetch_roads",
    "fetch_timetable",
]

PUBLISHED_POPULATION: Mapping[str, str] = MappingProxyType(
    {
        "worldpop": "WorldPop 2020, cells of 1 km",
        "worldpop-100m": "WorldPop 2020, cells of 100 m",
        "ghs-pop": "GHS-POP 2020, cells of 1 km",
    }
)
"""Population grids that can be downloaded, and how results name them."""


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


def fetch_population(
    product: str, countries: Sequence[str], *, cache: Path, live: Live
) -> tuple[CachedFile, ...]:
    """Population counts of 2020 for the countries a cluster lies in.

    Parameters
    ----------
    product : str
        One of `PUBLISHED_POPULATION`.
    countries : sequence of str
        ISO 3166 codes of three letters, the one whose grid the others are put on first. GHS-POP
        is one file of the world.
    cache : Path
        Folder of downloads.
    live : Live

    Returns
    -------
    tuple of CachedFile
        As `toolkit.sources.population.read_population` takes them.

    Raises
    ------
    DownloadError, MissingDataError
        As `toolkit.sources.population.worldpop`, and if no country is named.
    """
    if product == "ghs-pop":
        world = population.ghs_pop(
            cache=cache, refresh=live.refresh, offline=live.offline, progress=live.progress
        )
        return (world,)
    if not countries:
        raise MissingDataError(
            "people: WorldPop goes by country, and none is known here",
            remedy='name it in the cluster\'s file, such as countries = ["CHN"]',
        )
    return population.worldpop(
        countries,
        resolution="100m" if product == "worldpop-100m" else "1km",
        cache=cache,
        refresh=live.refresh,
        offline=live.offline,
        progress=live.progress,
    )
