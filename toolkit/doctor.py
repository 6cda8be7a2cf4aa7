"""What is installed, what is cached and what can be reached: where to look when a run fails."""

import shutil
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.endpoints import PUBLIC_SERVERS, base_url, environment_variable

__all__ = ["Finding", "examine"]

_PACKAGES = (
    "geopandas",
    "geotool-cn",
    "networkx",
    "numba",
    "osmium",
    "osmnx",
    "pyogrio",
    "rasterio",
)
_ENOUGH_FREE_GB = 2.0
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    subject : str
        What was looked at.
    ok : bool
        Whether it is as it should be.
    detail : str
        What was found, and what to do if it is not well.
    """

    subject: str
    ok: bool
    detail: str


def examine(*, settings: Settings = DEFAULTS, network: bool = True) -> list[Finding]:
    """Look at the installation, the embedded data, the cache, the outputs and the servers.

    Parameters
    ----------
    settings : Settings
        Where downloads and results are kept.
    network : bool
        Whether to try the servers (a few seconds each when there is no network).

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> all(finding.ok for finding in examine(network=False)[:2])
    True
    """
    findings = [_python(), *map(_package, _PACKAGES), _embedded(), _cache(settings)]
    findings.append(_outputs(settings))
    if network:
        findings.extend(_server(service) for service in PUBLIC_SERVERS)
    return findings


def _python() -> Finding:
    """The interpreter."""
    return Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])


def _package(name: str) -> Finding:
    """An installed package and its version."""
    try:
        return Finding(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed: run make demo, or pip install .")


def _embedded() -> Finding:
    """The timetables that need no download."""
    from toolkit.sources.reference import TIMETABLE_DATES

    return Finding("embedded timetables", bool(TIMETABLE_DATES), ", ".join(TIMETABLE_DATES))


def _cache(settings: Settings) -> Finding:
    """Files downloaded before."""
    folder = settings.data_folder
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".json", ".lock", ".part", ".md"}
    ]
    size = sum(path.stat().st_size for path in files) / 1e6
    return Finding("downloads", True, f"{len(files)} files, {size:.0f} MB in {folder}/")


def _outputs(settings: Settings) -> Finding:
    """Whether results can be written."""
    folder = settings.output_folder
    place = next((p for p in (folder, *folder.absolute().parents) if p.is_dir()), Path())
    free_gb = shutil.disk_usage(place).free / 1e9
    ok = free_gb >= _ENOUGH_FREE_GB
    advice = "" if ok else f": less than {_ENOUGH_FREE_GB:.0f} GB, free some space"
    return Finding("outputs", ok, f"{free_gb:.0f} GB free at {folder}/{advice}")


def _server(service: str) -> Finding:
    """Whether a download server answers."""
    url = base_url(service)  # type: ignore[arg-type]  # a key of PUBLIC_SERVERS
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S):
            return Finding(service, True, url)
    except urllib.error.HTTPError:
        return Finding(service, True, url)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding(
            service,
            False,
            f"{url}: {reason} (embedded data work without it; "
            f"{environment_variable(service)} names a mirror)",  # type: ignore[arg-type]
        )
