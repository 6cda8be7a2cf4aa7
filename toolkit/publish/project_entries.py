"""What a QGIS project shows of a GeoPackage: its tables, some as one entry for each alternative."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import InputFileError
from toolkit.publish.layers import GROUPS, LAYERS, Layer

__all__ = ["Entry", "read_entries"]

# A layer that holds several alternatives is shown as one entry each, the newest timetable first.
_ALTERNATIVES = {
    "cities": ("core_zh", "definition", "timetable_date"),
    "reach": ("core_zh", "definition", "scenario", "timetable_date"),
    "reach_overlaps": ("core_zh", "other_zh", "definition", "timetable_date"),
    "city_times": ("core_zh", "definition", "station_set", "timetable_date"),
    "rail_services": ("timetable_date",),
}
_USUAL = {None, "", "as is", "main"}
_SHOWN = {"prefectures", "cities", "stations", "roads", "reach"}
_SHOWN_BY_RAIL = {"prefectures", "cities", "stations", "city_times"}  # where no area was computed


@dataclass(frozen=True)
class Entry:
    """One layer of the project: a table, or the rows of it that `subset` (SQL) selects.

    `alternative` says which of its alternatives, such as the core, the definition and the date.
    """

    table: str
    number: int
    name: str
    alternative: str
    subset: str
    geometry: str
    qml: str
    shown: bool

    @property
    def key(self) -> str:
        """Identifier inside the project; QGIS passes over those of ten characters or less."""
        return f"city_cluster_{self.table}_{self.number}"

    @property
    def title(self) -> str:
        """What the layer is called."""
        return f"{self.name}: {self.alternative}" if self.alternative else self.name

    @property
    def layer(self) -> Layer:
        """Names and group."""
        return LAYERS.get(self.table, Layer("", "other", self.table, self.table, ""))


def read_entries(
    path: Path, wanted: Sequence[str] | None, names: Mapping[str, str]
) -> tuple[list[Entry], tuple[float, float, float, float]]:
    """Return the entries of a project and the extent of the land.

    Parameters
    ----------
    path : Path
        A GeoPackage.
    wanted : sequence of str, optional
        The tables to show; all by default.
    names : mapping of str to str
        How to show the keys of definitions.

    Returns
    -------
    tuple of list of Entry and tuple of float
        In drawing order, uppermost first; west, south, east, north in degrees.

    Raises
    ------
    InputFileError
        When it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            tables = database.execute(
                "SELECT c.table_name, coalesce(g.geometry_type_name, ''), coalesce(s.styleQML, ''),"
                " c.min_x, c.min_y, c.max_x, c.max_y FROM gpkg_contents c"
                " LEFT JOIN gpkg_geometry_columns g USING (table_name)"
                " LEFT JOIN layer_styles s ON s.f_table_name = c.table_name AND s.useAsDefault"
                " WHERE c.table_name <> 'layer_styles'"
            ).fetchall()
            tables = [row for row in tables if wanted is None or row[0] in wanted]
            shown = _SHOWN if any(row[0] == "reach" for row in tables) else _SHOWN_BY_RAIL
            entries = [
                entry
                for table, geometry, qml, *_ in tables
                for entry in _entries(database, (table, geometry, qml), names, shown=table in shown)
            ]
    except sqlite3.Error as error:
        raise InputFileError(
            f"{path}: cannot be read as a GeoPackage", remedy="write it first"
        ) from error
    groups = list(GROUPS)
    places = {name: place for place, name in enumerate(LAYERS)}
    entries.sort(key=lambda e: (groups.index(e.layer.group), places.get(e.table, 99), e.number))
    return entries, _bounds({row[0]: row[3:] for row in tables if row[3] is not None})


def _entries(
    database: sqlite3.Connection,
    stored: tuple[str, str, str],
    names: Mapping[str, str],
    *,
    shown: bool,
) -> Iterable[Entry]:
    """Yield a table (its name, geometry and style) as one entry, or one for each alternative."""
    table, geometry, qml = stored
    layer = LAYERS.get(table, Layer("", "other", table, table, ""))
    name = f"{layer.name_zh} {layer.name_en}" if table in LAYERS else table
    there = {row[1] for row in database.execute(f"PRAGMA table_info({_quoted(table)})")}
    keys = [key for key in _ALTERNATIVES.get(table, ()) if key in there]
    by = _leading(database, table) if "is_leading" in there else ""
    alternatives = _distinct(database, table, keys, by) if keys else []
    found = _current(alternatives, keys) if "core_zh" in keys else alternatives
    if not found:
        yield Entry(table, 0, name, "", "", geometry, qml, shown)
    for number, values in enumerate(found):
        chosen = dict(zip(keys, values, strict=True))
        parts = [f"{_quoted(key)} {_equals(value)}" for key, value in chosen.items()]
        parts = [*(parts if len(alternatives) > 1 else []), *([by] if by else [])]
        yield Entry(
            table,
            number,
            name,
            _told(chosen, names),
            " AND ".join(parts),
            geometry,
            qml,
            shown and not number,
        )


def _leading(database: sqlite3.Connection, table: str) -> str:
    """Return what selects the statistic a definition is judged by, '' where there is no other."""
    query = f"SELECT 1 FROM {_quoted(table)} WHERE NOT is_leading LIMIT 1"
    return '"is_leading" = 1' if database.execute(query).fetchall() else ""


def _told(chosen: Mapping[str, object], names: Mapping[str, str]) -> str:
    """Return what tells an alternative: nothing where there is no definition, nothing usual."""
    if "definition" in chosen and not chosen["definition"]:
        return ""
    told = [str(value) for value in chosen.values() if value not in _USUAL]
    return " ".join(names.get(value, value) for value in told)


def _current(found: list[tuple[object, ...]], keys: Sequence[str]) -> list[tuple[object, ...]]:
    """Leave out older timetables and stations beside the main ones: the table keeps them all."""
    if "timetable_date" in keys:
        place = keys.index("timetable_date")
        newest = max((str(values[place] or "") for values in found), default="")
        found = [values for values in found if str(values[place] or "") in {"", newest}]
    if "station_set" in keys:
        place = keys.index("station_set")
        found = [values for values in found if values[place] in {None, "", "main"}]
    return found


def _distinct(
    database: sqlite3.Connection, table: str, keys: Sequence[str], by: str
) -> list[tuple[object, ...]]:
    """Return the combinations there are, newest timetable first, then in the order of the rows."""
    columns = ", ".join(_quoted(key) for key in keys)
    rows = database.execute(
        f"SELECT {columns} FROM {_quoted(table)} WHERE {by or 'true'}"
        f" GROUP BY {columns} ORDER BY min(fid)"
    ).fetchall()
    if "timetable_date" in keys:
        date = keys.index("timetable_date")
        rows.sort(key=lambda row: str(row[date] or ""), reverse=True)
    return rows


def _quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _equals(value: object) -> str:
    """Return an SQL comparison with a value."""
    return "IS NULL" if value is None else "= '" + str(value).replace("'", "''") + "'"


def _bounds(boxes: Mapping[str, Sequence[float]]) -> tuple[float, float, float, float]:
    """Return the box of the prefectures, or else the one around all layers."""
    chosen = [boxes["prefectures"]] if "prefectures" in boxes else list(boxes.values())
    if not chosen:
        return (73.0, 18.0, 135.0, 54.0)  # China
    west, south, east, north = zip(*chosen, strict=True)
    return min(west), min(south), max(east), max(north)
