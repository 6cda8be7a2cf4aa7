"""The user's own files: checked on the way in, identified by size and checksum."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio

from toolkit.errors import InputFileError

__all__ = ["InputRecord", "is_vector_file", "read_lines", "record_input"]

_VECTOR_SUFFIXES = {".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet"}
_READ_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    OSError,
    ValueError,
)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class InputRecord:
    """One input of a run, as the run record states it.

    Attributes
    ----------
    name : str
        File name without its folder, so that a record reads the same on every machine.
    sha256 : str
        Checksum of the bytes; empty for what is embedded or installed.
    size_bytes : int
        Size.
    data_date : str
        What date the data speak of, ISO; '' where unknown.
    licence : str
        Licence and attribution.
    source : str
        Where it comes from: an address or a citation.
    kind : str
        What it is used as: ``boundaries``, ``timetable``, ``roads``, ...
    """

    name: str
    sha256: str = ""
    size_bytes: int = 0
    data_date: str = ""
    licence: str = ""
    source: str = ""
    kind: str = ""


def record_input(
    path: str | Path,
    *,
    kind: str = "",
    data_date: str = "",
    licence: str = "",
    source: str = "",
) -> InputRecord:
    """Identify a file, or a folder with all its files, by name, size and SHA-256.

    Parameters
    ----------
    path : str or Path
    kind, data_date, licence, source : str, optional
        See `InputRecord`.

    Raises
    ------
    InputFileError
        The file is missing or cannot be read.

    Examples
    --------
    >>> record_input("no-such.pbf")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    toolkit.errors.InputFileError: no-such.pbf: cannot be read (No such file ...
    """
    place = Path(path)
    digest, size = hashlib.sha256(), 0
    try:
        files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        for file in files:
            with file.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
    except OSError as error:
        raise InputFileError(
            f"{path}: cannot be read ({error.strerror or error})", remedy="check the path"
        ) from error
    return InputRecord(place.name, digest.hexdigest(), size, data_date, licence, source, kind)


def is_vector_file(path: str | Path) -> bool:
    """Whether a path looks like a line layer rather than an OSM extract.

    Examples
    --------
    >>> is_vector_file("roads.gpkg"), is_vector_file("hebei-latest.osm.pbf")
    (True, False)
    """
    return Path(path).suffix.lower() in _VECTOR_SUFFIXES


def read_lines(path: str | Path, *, layer: str = "roads") -> gpd.GeoDataFrame:
    """Read a line layer.

    Parameters
    ----------
    path : str or Path
        GeoPackage, GeoJSON, Shapefile, FlatGeobuf or GeoParquet.
    layer : str
        Layer of a GeoPackage; the only layer, where there is just one.

    Returns
    -------
    GeoDataFrame
        In the CRS of the file.

    Raises
    ------
    InputFileError
        The file is missing, is damaged, or has no such layer.
    """
    place = Path(path)
    if not place.exists():
        raise InputFileError(f"{path}: no such file", remedy="check the path given to --roads")
    try:
        if place.suffix.lower() == ".parquet":
            return gpd.read_parquet(place)
        names = [str(name) for name, geometry in pyogrio.list_layers(place) if geometry is not None]
        chosen = layer if layer in names else names[0] if len(names) == 1 else None
        if chosen is None:
            raise InputFileError(
                f"{path}: has no layer {layer!r} but {', '.join(names) or 'none'}",
                remedy=f"name the layer of the roads {layer!r}",
            )
        return gpd.read_file(place, layer=chosen)
    except _READ_ERRORS as error:
        raise InputFileError(
            f"{path}: cannot be read as a line layer ({error})",
            remedy="open it in QGIS and save it anew",
        ) from error
