"""Where downloads come from and how patient they are: servers, mirrors, time limits, retries."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args
from urllib.parse import urlsplit

from toolkit.errors import DownloadError

__all__ = ["PUBLIC_SERVERS", "DownloadSettings", "Service", "base_url", "environment_variable"]

Service = Literal["geofabrik", "overpass", "timetable", "population"]

PUBLIC_SERVERS: Mapping[Service, str] = MappingProxyType(
    {
        "geofabrik": "https://download.geofabrik.de",
        "overpass": "https://overpass-api.de/api",
        "timetable": "https://github.com/wensimehrp/chinese-railway-gtfs/releases/latest/download",
        "population": "https://data.worldpop.org",
    }
)


@dataclass(frozen=True)
class DownloadSettings:
    """Mirrors, time limits, retries and reserves of every download.

    Attributes
    ----------
    mirrors : mapping of service to str
        Base URLs that stand in for `PUBLIC_SERVERS`; they win over the environment.
    connect_timeout_s, read_timeout_s : float
        Longest wait for a connection, and for the next byte (a stalled transfer).
    attempts : int
        Failures in a row, without a new byte kept, after which a download is given up.
    attempts_unreachable : int
        The same where no connection ever came about: without a network a user should not wait.
    budget_s : float
        Longest time for one file, waiting included.
    backoff_s, backoff_max_s : float
        First and longest wait between attempts; it doubles each time, plus jitter of up to the
        first wait. A server's `Retry-After` takes its place.
    chunk_bytes : int
        Bytes read at a time; what a broken connection can lose at most.
    disk_reserve_bytes : int
        Free space that a download leaves on the disk.
    max_redirects : int
        Longest chain of redirects that is followed.

    Examples
    --------
    >>> DownloadSettings(attempts=2).attempts
    2
    """

    mirrors: Mapping[Service, str] = field(default_factory=dict)
    connect_timeout_s: float = 15.0
    read_timeout_s: float = 60.0
    attempts: int = 6
    attempts_unreachable: int = 2
    budget_s: float = 4 * 3600.0
    backoff_s: float = 1.0
    backoff_max_s: float = 60.0
    chunk_bytes: int = 1 << 16
    disk_reserve_bytes: int = 200_000_000
    max_redirects: int = 8


def base_url(service: Service, settings: DownloadSettings | None = None) -> str:
    """Give the base URL of a service: the setting, else the environment, else the public server.

    Parameters
    ----------
    service : {'geofabrik', 'overpass', 'timetable', 'population'}
        The environment variable is ``TOOLKIT_<SERVICE>_URL``, in capitals.
    settings : DownloadSettings, optional
        Its `mirrors` win over the environment.

    Returns
    -------
    str
        Without a slash at the end.

    Raises
    ------
    DownloadError
        If the mirror is not an http(s) URL.

    Examples
    --------
    >>> base_url("geofabrik", DownloadSettings(mirrors={"geofabrik": "https://mirror.example/osm/"}))
    'https://mirror.example/osm'
    """
    if service not in get_args(Service):
        raise ValueError(f"no service {service!r}; one of {', '.join(get_args(Service))}")
    set_here = (settings.mirrors.get(service) if settings else None) or ""
    from_environment = os.environ.get(environment_variable(service), "").strip()
    url = (set_here or from_environment or PUBLIC_SERVERS[service]).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        origin = f"the {service} mirror" if set_here else environment_variable(service)
        raise DownloadError(
            f"{origin} is {url!r}, not a URL",
            remedy="give the full address, such as https://mirror.example/path",
        )
    return url


def environment_variable(service: Service) -> str:
    """Name the environment variable that points a service to a mirror.

    Examples
    --------
    >>> environment_variable("overpass")
    'TOOLKIT_OVERPASS_URL'
    """
    return f"TOOLKIT_{service.upper()}_URL"
