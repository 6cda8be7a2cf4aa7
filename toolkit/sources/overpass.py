"""Roads of small areas anywhere in the world by the Overpass API, through osmnx, under guard.

osmnx takes an answer with a `remark` (a query cut short) for whole, waits for a busy server without
an end and keeps its settings in globals. Here a remark is an error, the time is bounded, one
request is under way at a time, and the settings are put back.
"""

import hashlib
import json
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import osmnx
import requests
import shapely
from filelock import FileLock, Timeout
from pyproj import Geod

from toolkit.errors import DownloadError, MissingDataError, UnknownNameError
from toolkit.sources.connection import never_connected, plain_cause
from toolkit.sources.endpoints import DownloadSettings, base_url
from toolkit.sources.retry import TransientError, persist

__all__ = ["DRIVABLE", "LARGEST_KM2", "Place", "download_roads"]

Place: TypeAlias = str | tuple[float, float] | shapely.Polygon | shapely.MultiPolygon

DRIVABLE = (
    *(
        name + link
        for name in ("motorway", "trunk", "primary", "secondary", "tertiary")
        for link in ("", "_link")
    ),
    "unclassified",
    "residential",
    "living_street",
)
LARGEST_KM2 = 2500.0
QUERY_TIMEOUT_S = 180
LONGEST_S = 1800.0
BUSY = (429, 502, 503, 504)
LICENCE = "© OpenStreetMap contributors, ODbL 1.0; by the Overpass API"
COMPLETE = "complete"
CIRCLE = np.arange(0.0, 360.0, 5.0)

_WGS84 = Geod(ellps="WGS84")


def download_roads(
    where: Place,
    *,
    cache: Path,
    distance_m: float = 2000.0,
    highways: Sequence[str] = DRIVABLE,
    largest_km2: float = LARGEST_KM2,
    refresh: bool = False,
    offline: bool = False,
    settings: DownloadSettings | None = None,
) -> nx.MultiDiGraph:
    """Fetch the roads of a small area, from the cache if it was fetched before.

    Parameters
    ----------
    where : str, (float, float), Polygon or MultiPolygon
        A place by name, looked up at Nominatim; a longitude and latitude, with all within
        `distance_m`; or an area in EPSG:4326.
    cache : Path
        Root of the cache; answers go to ``overpass/<digest>`` in it.
    distance_m : float
        Radius round a point.
    highways : sequence of str
        Values of `highway`.
    largest_km2 : float
        Largest area that is asked for.
    refresh : bool
        Ask again for what is in the cache.
    offline : bool
        Never ask; only the cache.
    settings : DownloadSettings, optional
        Mirror, retries and total time (at most half an hour here). The server is that of the
        environment variable ``TOOLKIT_OVERPASS_URL`` if set.

    Returns
    -------
    networkx.MultiDiGraph
        Simplified by osmnx, with `length`; ``graph["data_date"]`` is the time of the data. Use
        `SpatialNetwork.from_networkx` to work on it.

    Raises
    ------
    UnknownNameError
        If no place of that name is found.
    MissingDataError
        If `offline` and the area is not in the cache.
    DownloadError
        If the area is too large, the server fails for good, cuts its answer short or has no
        roads there.

    Examples
    --------
    >>> beijing = shapely.box(115.4, 39.4, 117.5, 41.1)
    >>> download_roads(beijing, cache=Path("data_raw"))
    Traceback (most recent call last):
    ...
    toolkit.errors.DownloadError: the area has 33,725 km2, the Overpass API is asked for 2,500 at \
most; take a Geofabrik extract, or a smaller area
    """
    settings = settings or DownloadSettings()
    label = where if isinstance(where, str) else "the area"
    area = None if isinstance(where, str) else _area(where, distance_m)
    if area is not None:
        _require_small(area, label, largest_km2)
    folder = cache / "overpass" / _digest(str(where) if area is None else area.wkt, highways)
    if offline and not (folder / COMPLETE).exists():
        raise MissingDataError(
            f"roads of {label} are not in the cache", remedy="run without --offline to fetch them"
        )
    deadline = time.monotonic() + min(settings.budget_s, LONGEST_S)
    with _only_one(cache / "overpass", deadline):
        if refresh and not offline:
            shutil.rmtree(folder, ignore_errors=True)
        _drop_broken(folder)

        def attempt() -> nx.MultiDiGraph:
            with _osmnx_settings(folder, settings):
                return _roads(where if area is None else area, highways, label, largest_km2)

        try:
            graph = persist(
                attempt, settings=settings, deadline=deadline, kept=lambda: _answers(folder)
            )
        except TransientError as error:
            raise DownloadError(
                f"roads of {label}: {error.cause} (tried {error.tried} times)",
                remedy="wait a while, set TOOLKIT_OVERPASS_URL to a mirror, or take an extract",
            ) from error
        (folder / COMPLETE).touch()
    graph.graph |= {"name": label, "source": LICENCE, "data_date": _data_date(folder)}
    return graph


def _area(
    where: tuple[float, float] | shapely.Polygon | shapely.MultiPolygon, distance_m: float
) -> shapely.Polygon | shapely.MultiPolygon:
    """The area asked for: a polygon, or all within a distance of a point."""
    if isinstance(where, shapely.Geometry):
        return where
    lon, lat = (np.full(len(CIRCLE), float(degrees)) for degrees in where)
    round_lon, round_lat, _ = _WGS84.fwd(lon, lat, CIRCLE, np.full(len(CIRCLE), distance_m))
    return shapely.Polygon(np.column_stack([round_lon, round_lat]))


def _require_small(
    area: shapely.Polygon | shapely.MultiPolygon, label: str, largest_km2: float
) -> None:
    """Refuse what is a province; of several polygons osmnx asks for the hull."""
    km2 = abs(_WGS84.geometry_area_perimeter(area.convex_hull)[0]) / 1e6
    if km2 > largest_km2:
        raise DownloadError(
            f"{label} has {km2:,.0f} km2, the Overpass API is asked for {largest_km2:,.0f} at most",
            remedy="take a Geofabrik extract, or a smaller area",
        )


def _digest(what: str, highways: Sequence[str]) -> str:
    """Name of a request in the cache."""
    return hashlib.sha256(json.dumps([what, sorted(highways)]).encode()).hexdigest()[:32]


@contextmanager
def _only_one(folder: Path, deadline: float) -> Iterator[None]:
    """Keep other runs waiting: the API gives a slot to one request, and osmnx has globals."""
    longest_s = max(deadline - time.monotonic(), 0.0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=longest_s):
            yield
    except Timeout as error:
        raise DownloadError(
            f"another run has been asking the Overpass API for {longest_s:g} s",
            remedy="wait for it to end, or stop it",
        ) from error


@contextmanager
def _osmnx_settings(folder: Path, settings: DownloadSettings) -> Iterator[None]:
    """Set osmnx up for one request and put everything back."""
    ours = {
        "cache_folder": folder,
        "use_cache": True,
        "cache_only_mode": False,
        "doh_url_template": None,
        "overpass_rate_limit": False,
        "overpass_url": base_url("overpass", settings),
        "requests_kwargs": {"hooks": {"response": _checked}},
        "requests_timeout": QUERY_TIMEOUT_S,
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    resolve = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolve  # osmnx pins the server's address in it


def _roads(
    where: str | shapely.Polygon | shapely.MultiPolygon,
    highways: Sequence[str],
    label: str,
    largest_km2: float,
) -> nx.MultiDiGraph:
    """Ask once, with osmnx's faults in our words."""
    try:
        area = _looked_up(where, largest_km2) if isinstance(where, str) else where
        graph = osmnx.graph_from_polygon(
            area,
            custom_filter=f'["highway"~"^({"|".join(highways)})$"]["area"!~"yes"]',
            retain_all=True,
            truncate_by_edge=True,
        )
    except osmnx._errors.InsufficientResponseError as error:  # noqa: SLF001  # not exported
        raise _nothing(label) from error
    except ValueError as error:
        if "graph" not in str(error):
            raise
        raise _nothing(label) from error
    except requests.RequestException as error:
        raise TransientError(plain_cause(error), unreachable=never_connected(error)) from error
    if not graph.number_of_edges():
        raise _nothing(label)
    return graph


def _nothing(label: str) -> DownloadError:
    """The error of an answer without roads."""
    return DownloadError(
        f"roads of {label}: OpenStreetMap has none of these classes there",
        remedy="check the place (longitude first), or take more classes or a larger area",
    )


def _looked_up(name: str, largest_km2: float) -> shapely.Polygon | shapely.MultiPolygon:
    """Area of a place by its name."""
    try:
        area = osmnx.geocode_to_gdf(name).geometry.iloc[0]
    except (osmnx._errors.InsufficientResponseError, TypeError) as error:  # noqa: SLF001
        raise UnknownNameError(
            f"no area is known by the name {name!r}",
            remedy="add the province or country, or give a point or polygon",
        ) from error
    _require_small(area, name, largest_km2)
    return area


def _checked(response: requests.Response, **_options: Any) -> None:  # noqa: ANN401  # hook of requests
    """Refuse every answer that is not whole, before osmnx sees it."""
    response.content  # noqa: B018  # read to the end, so that the connection can be closed
    server = response.url.split("?")[0]
    if response.status_code in BUSY:
        asked = response.headers.get("Retry-After", "").strip()
        raise TransientError(
            f"{server} is busy (HTTP {response.status_code})",
            retry_after_s=float(asked) if asked.isdigit() else None,
        )
    if response.is_redirect:
        return
    if not response.ok:
        raise DownloadError(
            f"{server} answers with HTTP {response.status_code} {response.reason}",
            remedy="check TOOLKIT_OVERPASS_URL, or take an extract",
        )
    try:
        answer = response.json()
    except ValueError as error:
        raise DownloadError(
            f"{server} sent no JSON but {response.headers.get('Content-Type', 'something else')}",
            remedy="check TOOLKIT_OVERPASS_URL (a login page?), or take an extract",
        ) from error
    if isinstance(answer, dict) and "remark" in answer:
        remark = " ".join(str(answer["remark"]).split())
        raise DownloadError(
            f"{server} cut its answer short: {remark}",
            remedy="ask for a smaller area or fewer classes, or take an extract",
        )


def _answers(folder: Path) -> int:
    """Number of whole answers in the cache."""
    return len(list(folder.glob("*.json")))


def _drop_broken(folder: Path) -> None:
    """Remove answers that a stopped run left half written."""
    for file in folder.glob("*.json"):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            file.unlink()


def _data_date(folder: Path) -> str:
    """Oldest time to which the answers speak, as a day; '' if they do not say."""
    moments = []
    for file in folder.glob("*.json"):
        answer = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(answer, dict):
            moments.append(answer.get("osm3s", {}).get("timestamp_osm_base", ""))
    return str(min((moment for moment in moments if moment), default=""))[:10]
