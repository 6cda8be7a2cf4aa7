"""Write the layers of a cluster to one GeoPackage that opens in QGIS with names and styles.

The format is OGC 12-128r15, GeoPackage 1.2: the newest that QGIS 3.22 reads without a warning.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyogrio

from toolkit.errors import OutputError
from toolkit.publish.atomic import output_error, replace_atomically
from toolkit.publish.conform import GEOMETRY_COLUMN, Table, conform
from toolkit.publish.layers import COLUMNS, LAYERS, Layer, column_alias
from toolkit.publish.styles import layer_style

__all__ = ["refuse_while_edited", "write_geopackage"]

# The same layers give the same bytes; when a run took place stands in its run record.
_LAST_CHANGE = "2000-01-01T00:00:00.000Z"

_STYLES = "layer_styles"
_STYLES_LAYER = Layer("none", "other", "样式", "Styles", "Default styles for QGIS.")
_STYLE_COLUMNS = [
    "f_table_catalog",
    "f_table_schema",
    "f_table_name",
    "f_geometry_column",
    "styleName",
    "styleQML",
    "styleSLD",
    "useAsDefault",
    "description",
    "owner",
    "ui",
    "update_time",
]

# GeoPackage 1.2, annex F.9
_SCHEMA_EXTENSION = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema',
   'http://www.geopackage.org/spec120/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema',
   'http://www.geopackage.org/spec120/#extension_schema', 'read-write');
"""

_GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
)


def write_geopackage(
    path: str | os.PathLike[str],
    layers: Mapping[str, pd.DataFrame],
    *,
    metadata: Mapping[str, str],
) -> None:
    """Write layers to a GeoPackage with aliases, units, default styles and spatial indexes.

    Layers of `toolkit.publish.layers.LAYERS` come first, in that order, others after them. Index
    levels that have a name become columns. Minutes that are infinite (out of reach) are stored as
    NULL; lists are stored as text, separated by ';'. The file is complete or not there at all: it
    is written beside, read back, and only then takes the place of an older one.

    Parameters
    ----------
    path : path-like
        The file to write, ending in '.gpkg'.
    layers : mapping of str to geopandas.GeoDataFrame or pandas.DataFrame
        Layer name to data; a DataFrame is stored as a table without geometry. Any CRS; stored in
        EPSG:4326. Empty layers keep their columns and geometry type.
    metadata : mapping of str to str
        Rows of the table `metadata`: versions, parameters, data dates, licences.

    Raises
    ------
    OutputError
        When a layer lacks a key column, mixes geometry types or has no CRS; when the file is being
        edited (a `-wal` or `-journal` beside it, or a lock on it); when the disk refuses. The old
        file is untouched then.

    Notes
    -----
    Linear in the number of features. Equal input gives equal bytes: the times of last change are
    fixed, and the file is vacuumed.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> cities = gpd.GeoDataFrame(
    ...     {"adcode": ["110000"], "name_zh": ["北京"], "name_en": ["Beijing"]}
    ...     | {"residents": [21893095], "is_core": [True]},
    ...     geometry=[Point(116.397, 39.908)],
    ...     crs=4326,
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "jjj.gpkg")
    ...     write_geopackage(file, {"cities": cities}, metadata={"licence": "CC BY 4.0"})
    ...     pyogrio.read_dataframe(file, layer="cities")["name_zh"].tolist()
    ['北京']
    """
    if "metadata" in layers:
        raise OutputError(f"{path}: 'metadata' is given as a layer", remedy="use metadata=...")
    refuse_while_edited(path)
    contents = pd.DataFrame({"key": list(metadata), "value": [str(v) for v in metadata.values()]})
    tables = [conform(name, frame) for name, frame in {**layers, "metadata": contents}.items()]
    order = {name: position for position, name in enumerate(LAYERS)}
    tables.sort(key=lambda table: order.get(table.name, len(order)))
    with replace_atomically(path) as part:
        try:
            for table in [*tables, _styles(tables)]:
                _write_table(part, table)
            _describe(part, tables)
            _verify(part, tables)
        except (sqlite3.Error, *_GDAL_ERRORS) as error:
            raise _write_error(path, error) from error
        refuse_while_edited(path)


def refuse_while_edited(path: str | os.PathLike[str]) -> None:
    """Raise OutputError when another program holds the GeoPackage open or locked.

    Parameters
    ----------
    path : path-like
        The file that is to be replaced; it need not exist.

    Raises
    ------
    OutputError
        When `<file>-wal` or `<file>-journal` exists (replacing the file would carry somebody's
        edits into the new one) or the file is locked.

    Examples
    --------
    >>> refuse_while_edited("not there.gpkg")
    """
    path = Path(os.path.realpath(path))
    remedy = "close it there (or finish the edits) and run again"
    for ending in ("-wal", "-journal"):
        side = path.with_name(path.name + ending)
        if side.exists():
            raise OutputError(
                f"{path}: {side.name} beside it says that a program such as QGIS has it open",
                remedy=remedy,
            )
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise OutputError(f"{path}: locked by another program", remedy=remedy) from error
    except sqlite3.DatabaseError:  # not a database: nobody edits it as one
        return


def _write_table(part: Path, table: Table) -> None:
    """Append one layer; GDAL makes the R-tree and the rows of the tables of contents."""
    spatial = {"GEOMETRY_NAME": GEOMETRY_COLUMN, "SPATIAL_INDEX": "YES"} if table.geometry else {}
    pyogrio.write_dataframe(
        table.frame,
        part,
        layer=table.name,
        driver="GPKG",
        geometry_type=table.geometry or None,
        dataset_options={"VERSION": "1.2"},
        layer_options={
            "FID": "id" if table.name == _STYLES else "fid",
            "IDENTIFIER": f"{table.layer.name_zh} {table.layer.name_en} ({table.name})",
            "DESCRIPTION": table.layer.description,
            **spatial,
        },
    )


def _styles(tables: Sequence[Table]) -> Table:
    """Return the table QGIS reads default styles from.

    The name of the geometry column must be the true one: QGIS passes over a wrong one in silence.
    """
    styled = [(table, layer_style(table.name, table.frame, table.geometry)) for table in tables]
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": table.name,
            "f_geometry_column": GEOMETRY_COLUMN,
            "styleName": table.name,
            "styleQML": qml,
            "styleSLD": "",
            "useAsDefault": True,
            "description": f"{table.layer.name_zh} {table.layer.name_en}",
            "owner": "",
            "ui": None,
            "update_time": pd.Timestamp(_LAST_CHANGE),
        }
        for table, qml in styled
        if qml is not None
    ]
    return Table(_STYLES, pd.DataFrame(rows, columns=_STYLE_COLUMNS), "", _STYLES_LAYER)


def _describe(part: Path, tables: Sequence[Table]) -> None:
    """Add aliases and units (schema extension), fix the times of last change and vacuum."""
    rows = [
        (table.name, column, column_alias(column), column_alias(column), _meaning(column))
        for table in tables
        for column in table.frame.columns
        if column in COLUMNS
    ]
    with closing(sqlite3.connect(part)) as database:
        database.executescript(_SCHEMA_EXTENSION)
        database.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)", rows
        )
        database.execute("UPDATE gpkg_contents SET last_change = ?", (_LAST_CHANGE,))
        database.commit()
        database.execute("VACUUM")


def _meaning(column: str) -> str:
    """Return the unit of a column as the schema extension's description."""
    unit = COLUMNS[column].unit
    return f"unit: {unit}" if unit else "no unit"


def _verify(part: Path, tables: Sequence[Table]) -> None:
    """Read back: the file is sound and holds every layer with every feature."""
    with closing(sqlite3.connect(part)) as database:
        verdict = database.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    for table in tables:
        features = pyogrio.read_info(part, layer=table.name)["features"]
        if features != len(table.frame):
            raise sqlite3.DatabaseError(
                f"layer '{table.name}' reads back {features} of {len(table.frame)} features"
            )


def _write_error(path: str | os.PathLike[str], error: Exception) -> OutputError:
    """Return what SQLite or GDAL said as one line.

    GDAL does not say why a commit fails; the space left tells a full disk from the rest.
    """
    if "disk is full" in str(error):
        return output_error(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    cause = " ".join(str(error).split())
    free_mb = shutil.disk_usage(Path(os.path.realpath(path)).parent).free / 1e6
    return OutputError(
        f"{path}: cannot be written ({cause}; {free_mb:.1f} MB free on that disk)",
        remedy="make sure that the disk has room, then run again",
    )
