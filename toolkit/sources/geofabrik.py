"""OpenStreetMap extracts of whole provinces and countries, from Geofabrik or a mirror of it."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import osmium

from toolkit.errors import InputFileError, UnknownNameError
from toolkit.sources.download import CachedFile, ContentKind, DownloadSettings, fetch
from toolkit.sources.endpoints import base_url

__all__ = ["HELD_BY", "LICENCE", "data_date", "extract", "without_contained"]

LICENCE = "ODbL 1.0, © OpenStreetMap contributors; extract by Geofabrik GmbH"

HELD_BY: Mapping[str, str] = MappingProxyType(
    {
        "asia/china/beijing": "asia/china/hebei",
        "asia/china/tianjin": "asia/china/hebei",
        "asia/china/hong-kong": "asia/china/guangdong",
        "asia/china/macau": "asia/china/guangdong",
    }
)
"""Extracts that lie whole in another: Geofabrik cuts Hebei around its outer border."""


def extract(
    extract_id: str,
    *,
    cache: Path,
    refresh: bool = False,
    offline: bool = False,
    progress: bool | None = None,
    settings: DownloadSettings | None = None,
) -> CachedFile:
    """Give a Geofabrik extract from the cache, fetching ``<id>-latest.osm.pbf`` if needed.

    Parameters
    ----------
    extract_id : str
        Path of the extract at Geofabrik, such as 'asia/china/hebei'.
    cache : Path
        Root of the cache; the file goes to ``geofabrik/<id>-latest.osm.pbf`` in it.
    refresh, offline, progress, settings
        As in `toolkit.sources.download.fetch`. The server is that of the environment variable
        ``TOOLKIT_GEOFABRIK_URL`` if set.

    Returns
    -------
    CachedFile
        `data_date` is the time to which OpenStreetMap is complete in it, of the PBF header.

    Raises
    ------
    UnknownNameError
        If this cannot be the name of an extract.
    MissingDataError
        If `offline` and the extract is not in the cache.
    DownloadError
        If it cannot be fetched, or twice does not meet the MD5 published beside it.

    Examples
    --------
    >>> extract("Asia/China", cache=Path("data_raw"))
    Traceback (most recent call last):
    ...
    toolkit.errors.UnknownNameError: 'Asia/China' is no extract; give its path as in the \
address of its page at download.geofabrik.de, such as asia/china/hebei
    """
    if not _EXTRACT_ID.fullmatch(extract_id):
        raise UnknownNameError(
            f"{extract_id!r} is no extract",
            remedy="give its path as in the address of its page at download.geofabrik.de, "
            "such as asia/china/hebei",
        )
    url = f"{base_url('geofabrik', settings)}/{extract_id}-latest.osm.pbf"
    return fetch(
        url,
        into=(cache / "geofabrik" / extract_id).parent,
        expect=ContentKind.PBF,
        md5_url=f"{url}.md5",
        licence=LICENCE,
        data_date=data_date,
        refresh=refresh,
        offline=offline,
        progress=progress,
        settings=settings,
    )


def without_contained(extract_ids: Collection[str]) -> tuple[str, ...]:
    """Leave out the extracts that another of the list holds whole, keeping the order.

    Examples
    --------
    >>> without_contained(["asia/china/beijing", "asia/china/hebei", "asia/china/shanxi"])
    ('asia/china/hebei', 'asia/china/shanxi')
    """
    return tuple(name for name in extract_ids if HELD_BY.get(name) not in extract_ids)


def data_date(path: Path) -> str:
    """Read from the header of a PBF file when OpenStreetMap looked like this; '' if not said.

    Raises
    ------
    InputFileError
        If the file is not a PBF file or its header is damaged.

    Examples
    --------
    >>> data_date(Path("no such file.osm.pbf"))
    Traceback (most recent call last):
    ...
    toolkit.errors.InputFileError: no such file.osm.pbf: not a readable PBF file; fetch it again
    """
    try:
        # the format is given because a file that is being fetched has another ending
        with osmium.io.Reader(osmium.io.File(str(path), "pbf")) as reader:
            return str(reader.header().get("osmosis_replication_timestamp"))
    except (RuntimeError, OSError) as error:
        raise InputFileError(f"{path}: not a readable PBF file", remedy="fetch it again") from error


_EXTRACT_ID = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
