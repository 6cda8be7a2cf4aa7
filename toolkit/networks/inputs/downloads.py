"""Downloads of a run: how they are recorded, and what stands in for one that fails."""

from collections.abc import Callable
from typing import TypeVar

from toolkit.errors import DownloadError, MissingDataError
from toolkit.progress import Progress
from toolkit.sources.files import InputRecord
from toolkit.sources.live import Live
from toolkit.sources.provenance import CachedFile

__all__ = ["downloaded_record", "if_it_can_be_had"]

T = TypeVar("T")


def downloaded_record(file: CachedFile, *, kind: str, data_date: str = "") -> InputRecord:
    """Give the record of a download, from its provenance.

    Parameters
    ----------
    file : CachedFile
    kind : str
        What it is used as.
    data_date : str
        What date the data speak of; that of the provenance by default.
    """
    origin = file.provenance
    return InputRecord(
        name=file.path.name,
        sha256=origin.sha256,
        size_bytes=origin.size_bytes or 0,
        data_date=data_date or origin.data_date,
        licence=origin.licence,
        source=origin.url,
        kind=kind,
    )


def if_it_can_be_had(
    download: Callable[[], T], *, live: Live, instead: str, report: Progress
) -> T | None:
    """Download what nobody named and embedded data can stand in for, or say what stands in.

    A run is worth more with last year's people than not at all, as long as every result says
    whose people they are. Who asks for newer files, or names one, gets them or an error.

    Parameters
    ----------
    download : callable
        Raises DownloadError or MissingDataError where it fails.
    live : Live
        With `refresh`, nothing stands in.
    instead : str
        What is used otherwise, for the line that says so.
    report : Progress

    Returns
    -------
    T or None
        None where something else is to be used.

    Raises
    ------
    DownloadError, MissingDataError
        With `live.refresh`, those of `download`.

    Examples
    --------
    >>> def download():
    ...     raise DownloadError("a.tif: the server answered 404", remedy="set another mirror")
    >>> import sys
    >>> if_it_can_be_had(
    ...     download, live=Live(), instead="modelled people", report=Progress(sys.stdout)
    ... )
      a.tif: the server answered 404; set another mirror. Used instead: modelled people
    """
    try:
        return download()
    except (DownloadError, MissingDataError) as error:
        if live.refresh:
            raise
        report.note(f"{error.problem}; {error.remedy}. Used instead: {instead}")
        return None
