"""Published population counts: WorldPop by country, GHS-POP of the world; one cell about 1 km."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import rasterio
from rasterio.windows import Window

from toolkit.errors import InputFileError, MissingDataError
from toolkit.sources.download import CachedFile, ContentKind, DownloadSettings, fetch
from toolkit.sources.endpoints import PUBLIC_SERVERS, base_url

__all__ = ["GHS_POP_YEARS", "WORLDPOP_YEARS", "ghs_pop", "ghs_pop_url", "worldpop", "worldpop_url"]

WORLDPOP_YEARS = range(2000, 2031)
GHS_POP_YEARS = range(1975, 2031, 5)

WORLDPOP_LICENCE = "CC BY 4.0, WorldPop (www.worldpop.org)"
GHS_POP_LICENCE = "CC BY 4.0, European Commission, Joint Research Centre (GHS-POP R2023A)"


def worldpop_url(
    country: str,
    year: int = 2020,
    resolution: Literal["1km", "100m"] = "1km",
    *,
    settings: DownloadSettings | None = None,
) -> str:
    """Address of a country's population counts at WorldPop.

    Parameters
    ----------
    country : str
        ISO 3166 code of three letters. Hong Kong ('HKG') and Macau ('MAC') are not in 'CHN'.
    year : int, optional
        2000 to 2020: the unconstrained series of 2018. 2021 to 2030: the constrained projection
        R2025A, which is another model; the two should not be compared across years.
    resolution : {'1km', '100m'}, optional
        30 or 3 arc-seconds.
    settings : DownloadSettings, optional
        May name a mirror, as may the environment variable ``TOOLKIT_POPULATION_URL``.

    Raises
    ------
    MissingDataError
        If WorldPop has no such file.

    Examples
    --------
    >>> worldpop_url("CHN").removeprefix("https://data.worldpop.org/GIS/Population/")
    'Global_2000_2020_1km/2020/CHN/chn_ppp_2020_1km_Aggregated.tif'
    """
    code = country.upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise MissingDataError(
            f"WorldPop has no country {country!r}", remedy="give its ISO code, such as CHN"
        )
    if year not in WORLDPOP_YEARS or resolution not in {"1km", "100m"}:
        raise MissingDataError(
            f"WorldPop has no counts of {year} at {resolution}",
            remedy="choose a year from 2000 to 2030 and a resolution of 1km or 100m",
        )
    root = f"{base_url('population', settings)}/GIS/Population"
    low = code.lower()
    if year > 2020:
        folder, cell = (
            ("1km_ua", "1km_R2025A_UA") if resolution == "1km" else ("100m", "100m_R2025A")
        )
        name = f"{low}_pop_{year}_CN_{cell}_v1.tif"
        return f"{root}/Global_2015_2030/R2025A/{year}/{code}/v1/{folder}/constrained/{name}"
    if resolution == "1km":
        return f"{root}/Global_2000_2020_1km/{year}/{code}/{low}_ppp_{year}_1km_Aggregated.tif"
    return f"{root}/Global_2000_2020/{year}/{code}/{low}_ppp_{year}.tif"


def worldpop(
    countries: Sequence[str],
    year: int = 2020,
    resolution: Literal["1km", "100m"] = "1km",
    *,
    cache: Path,
    refresh: bool = False,
    offline: bool = False,
    progress: bool | None = None,
    settings: DownloadSettings | None = None,
) -> tuple[CachedFile, ...]:
    """Give WorldPop's counts of countries from the cache, fetching what is missing.

    Parameters
    ----------
    countries, year, resolution
        As in `worldpop_url`; a cluster that reaches Hong Kong or Macau names them too:
        ``("CHN", "HKG", "MAC")``.
    cache : Path
        Root of the cache; files go to ``population/`` in it.
    refresh, offline, progress, settings
        As in `toolkit.sources.download.fetch`.

    Returns
    -------
    tuple of CachedFile
        One a country; `read_population` joins them.

    Raises
    ------
    MissingDataError
        If WorldPop has no such file, or `offline` and it is not in the cache.
    DownloadError
        If one cannot be fetched.

    Examples
    --------
    >>> worldpop([], cache=Path("data_raw"))
    ()
    """
    return tuple(
        fetch(
            worldpop_url(country, year, resolution, settings=settings),
            into=cache / "population",
            expect=ContentKind.TIFF,
            licence=WORLDPOP_LICENCE,
            data_date=lambda path: _whole_raster_of(path, year),
            refresh=refresh,
            offline=offline,
            progress=progress,
            settings=settings,
        )
        for country in countries
    )


def ghs_pop_url(
    year: int = 2020,
    resolution: Literal["30ss", "3ss"] = "30ss",
    *,
    settings: DownloadSettings | None = None,
) -> str:
    """Address of the world's population counts at GHS-POP (release R2023A, EPSG:4326).

    Parameters
    ----------
    year : int, optional
        1975 to 2030 in steps of five.
    resolution : {'30ss', '3ss'}, optional
        30 arc-seconds, or 3 (several gigabytes).
    settings : DownloadSettings, optional
        May name a mirror, as may the environment variable ``TOOLKIT_POPULATION_URL``.

    Raises
    ------
    MissingDataError
        If GHS-POP has no such file.

    Examples
    --------
    >>> ghs_pop_url(2020).rpartition("/")[2]
    'GHS_POP_E2020_GLOBE_R2023A_4326_30ss_V1_0.zip'
    """
    if year not in GHS_POP_YEARS or resolution not in {"30ss", "3ss"}:
        raise MissingDataError(
            f"GHS-POP has no counts of {year} at {resolution}",
            remedy="choose a year from 1975 to 2030 in steps of five, at 30ss or 3ss",
        )
    base = base_url("population", settings)
    if base == PUBLIC_SERVERS["population"]:
        base = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata"
    product = f"GHS_POP_E{year}_GLOBE_R2023A_4326_{resolution}"
    return f"{base}/GHSL/GHS_POP_GLOBE_R2023A/{product}/V1-0/{product}_V1_0.zip"


def ghs_pop(
    year: int = 2020,
    resolution: Literal["30ss", "3ss"] = "30ss",
    *,
    cache: Path,
    refresh: bool = False,
    offline: bool = False,
    progress: bool | None = None,
    settings: DownloadSettings | None = None,
) -> CachedFile:
    """Give GHS-POP's counts of the world from the cache, fetching them if needed.

    Parameters, returns and errors are those of `worldpop`; the file is a ZIP archive that
    `read_population` reads as it is.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ghs_pop(2020, cache=Path(folder), offline=True)
    Traceback (most recent call last):
    ...
    toolkit.errors.MissingDataError: GHS_POP_E2020_GLOBE_R2023A_4326_30ss_V1_0.zip is not in the \
cache; run without --offline to fetch it
    """
    return fetch(
        ghs_pop_url(year, resolution, settings=settings),
        into=cache / "population",
        expect=ContentKind.ZIP,
        licence=GHS_POP_LICENCE,
        data_date=str(year),
        refresh=refresh,
        offline=offline,
        progress=progress,
        settings=settings,
    )


def _whole_raster_of(path: Path, year: int) -> str:
    """Year of a raster whose last rows can be read: a TIFF cut short has its end missing."""
    try:
        with rasterio.open(path) as raster:
            raster.read(1, window=Window(0, raster.height - 1, raster.width, 1))
    except rasterio.RasterioIOError as error:
        raise InputFileError(f"{path}: the raster is cut short or damaged") from error
    return str(year)
