"""The GeoPackage is valid, keeps its contract, and never leaves half a file."""

import errno
import hashlib
import shutil
import sqlite3
import subprocess
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, MultiLineString, Point, box

from toolkit.errors import OutputError
from toolkit.publish import geopackage
from toolkit.publish.geopackage import write_geopackage
from toolkit.publish.layers import COLUMNS, LAYERS, column_alias

METADATA = {"toolkit": "0.1.0", "timetable_date": "2023-12-15", "licence": "ODbL"}


@pytest.fixture
def written(tmp_path, layers):
    path = tmp_path / "outputs" / "three-cities.gpkg"
    write_geopackage(path, layers, metadata=METADATA)
    return path


def query(path, sql):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_is_a_sound_geopackage_of_version_1_2(written):
    assert query(written, "PRAGMA application_id") == [(0x47504B47,)]  # 'GPKG'
    assert query(written, "PRAGMA user_version") == [(10200,)]
    assert query(written, "PRAGMA integrity_check") == [("ok",)]
    assert query(written, "PRAGMA foreign_key_check") == []


def test_layers_stand_in_the_order_of_the_contract(written, layers):
    names = [
        row[0] for row in query(written, "SELECT table_name FROM gpkg_contents ORDER BY rowid")
    ]
    assert names == [name for name in LAYERS if name in layers or name == "metadata"] + [
        "layer_styles"
    ]


def test_every_layer_has_one_geometry_type_and_reads_back_whole(written, layers):
    found = {
        name: (kind, srs)
        for name, kind, srs in query(
            written, "SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns"
        )
    }
    for name, frame in layers.items():
        expected = LAYERS[name].geometry or "LineString"
        assert found[name] == (expected.upper(), 4326)
        back = pyogrio.read_dataframe(written, layer=name)
        assert len(back) == len(frame)
        assert set(back.geom_type) == {expected}
        assert back.geometry.to_numpy().tolist()[0].covers(frame.geometry.iloc[0])


def test_spatial_index_and_extent_cover_all_features(written, layers):
    for name, frame in layers.items():
        assert query(written, f"SELECT count(*) FROM rtree_{name}_geom") == [(len(frame),)]
        stored = query(
            written,
            f"SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = '{name}'",
        )
        assert stored[0] == pytest.approx(tuple(frame.total_bounds))
        counted = f"SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = '{name}'"
        assert query(written, counted) == [(len(frame),)]


def test_values_keep_their_kind_and_missing_stays_missing(written):
    kinds = {row[1]: row[2] for row in query(written, "PRAGMA table_info(prefectures)")}
    assert kinds["residents"] == "INTEGER"
    assert kinds["residents_year"] == "INTEGER"
    assert kinds["area_km2"] == "REAL"
    assert kinds["is_core"] == "BOOLEAN"
    assert query(written, "SELECT residents FROM prefectures") == [
        (21893095,),
        (None,),
        (13866009,),
    ]
    assert query(written, "SELECT adcode, residents FROM cities")[1] == ("131000", None)
    assert query(written, "SELECT is_main FROM stations") == [(1,), (1,), (None,)]
    assert query(written, "SELECT ref, lanes FROM roads") == [
        ("G2;G3", 6),
        ("G103", None),
        (None, 2),
    ]


def test_out_of_reach_is_null_not_infinity(written):
    assert query(written, "SELECT minutes, within_60 FROM city_times ORDER BY fid") == [
        (21.0, 1),
        (61.0, 0),
        (48.0, 1),
        (None, 0),
    ]


def test_aliases_and_units_of_every_known_column(written, layers):
    rows = query(
        written, "SELECT table_name, column_name, name, description FROM gpkg_data_columns"
    )
    assert ("roads", "length_m", "长度 Length [m]", "unit: m") in rows
    for name in layers:
        columns = {row[1] for row in query(written, f"PRAGMA table_info({name})")} & set(COLUMNS)
        assert {row[1] for row in rows if row[0] == name} == columns
    extensions = query(written, "SELECT table_name, extension_name FROM gpkg_extensions")
    assert ("gpkg_data_columns", "gpkg_schema") in extensions


def test_aliases_are_distinct_within_each_layer():
    for layer in LAYERS.values():
        aliases = [column_alias(key) for key in layer.keys]
        assert len(set(aliases)) == len(aliases)
        assert all(key in COLUMNS for key in layer.keys)


def test_default_styles_name_the_true_geometry_column(written, layers):
    rows = query(
        written,
        "SELECT f_table_name, f_table_schema, f_geometry_column, useAsDefault FROM layer_styles",
    )
    assert sorted(row[0] for row in rows) == sorted(layers)
    true = dict(query(written, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert all(row[1:] == ("", true[row[0]], 1) for row in rows)


def test_metadata_is_a_table_without_geometry(written):
    assert dict(query(written, "SELECT key, value FROM metadata")) == METADATA
    kinds = dict(query(written, "SELECT table_name, data_type FROM gpkg_contents"))
    assert kinds["metadata"] == "attributes"
    assert kinds["cities"] == "features"


def test_same_input_gives_the_same_bytes(tmp_path, layers):
    for name in ("a.gpkg", "b.gpkg"):
        write_geopackage(tmp_path / name, layers, metadata=METADATA)
    assert digest(tmp_path / "a.gpkg") == digest(tmp_path / "b.gpkg")


def test_writing_again_replaces_the_file(written, layers):
    write_geopackage(written, {"cities": layers["cities"]}, metadata={})
    assert [name for name, _ in pyogrio.list_layers(written)] == [
        "cities",
        "metadata",
        "layer_styles",
    ]
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_inputs_are_not_changed(tmp_path, layers):
    before = {name: frame.copy(deep=True) for name, frame in layers.items()}
    write_geopackage(tmp_path / "x.gpkg", layers, metadata={})
    for name, frame in layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before[name]))


def test_gdal_tools_read_it(written, layers):
    ogrinfo = shutil.which("ogrinfo")
    if ogrinfo is None:
        pytest.skip("ogrinfo is not installed")
    told = subprocess.run(
        [ogrinfo, "-ro", "-so", "-al", written], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert told.stderr == ""
    for name in layers:
        assert f"Layer name: {name}" in told.stdout


@pytest.mark.parametrize("name", ["prefectures", "cities", "rail_services", "reach", "claims"])
def test_empty_layers_keep_columns_kinds_and_geometry(tmp_path, layers, name):
    path = tmp_path / "empty.gpkg"
    write_geopackage(path, {name: layers[name].iloc[:0]}, metadata={})
    info = pyogrio.read_info(path, layer=name)
    assert info["features"] == 0
    assert info["geometry_type"] == LAYERS[name].geometry
    assert set(LAYERS[name].keys) <= set(info["fields"])


def test_an_empty_frame_made_of_column_names_alone_is_typed(tmp_path):
    columns = [*LAYERS["reach"].keys, "geometry"]
    frame = gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=4326)
    write_geopackage(tmp_path / "e.gpkg", {"reach": frame}, metadata={})
    kinds = {row[1]: row[2] for row in query(tmp_path / "e.gpkg", "PRAGMA table_info(reach)")}
    assert (kinds["geom"], kinds["minutes"], kinds["core_zh"]) == ("MULTIPOLYGON", "REAL", "TEXT")


def test_other_crs_is_brought_to_degrees(tmp_path, layers):
    cities = layers["cities"].to_crs(32650)
    write_geopackage(tmp_path / "u.gpkg", {"cities": cities}, metadata={})
    back = pyogrio.read_dataframe(tmp_path / "u.gpkg", layer="cities")
    assert back.crs.to_epsg() == 4326
    assert back.geometry.iloc[0].distance(layers["cities"].geometry.iloc[0]) < 1e-9


def test_layers_outside_the_contract_take_the_type_of_their_data(tmp_path):
    lines = [LineString([(0, 0), (1, 1)]), MultiLineString([[(0, 0), (1, 0)], [(2, 0), (3, 0)]])]
    frame = gpd.GeoDataFrame({"flow": [1, 2]}, geometry=lines, crs=4326)
    write_geopackage(tmp_path / "o.gpkg", {"own": frame}, metadata={})
    assert set(pyogrio.read_dataframe(tmp_path / "o.gpkg", layer="own").geom_type) == {
        "MultiLineString"
    }


@pytest.mark.parametrize(
    ("name", "key"),
    [(n, layer.keys[-1]) for n, layer in LAYERS.items() if layer.keys and n != "metadata"],
)
def test_a_missing_key_column_is_named(tmp_path, name, key):
    frame = pd.DataFrame({column: ["x"] for column in LAYERS[name].keys if column != key})
    with pytest.raises(OutputError, match=f"layer '{name}' lacks column '{key}'"):
        write_geopackage(tmp_path / "x.gpkg", {name: frame}, metadata={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.set_crs(None, allow_override=True), "no CRS"),
        (lambda c: c.set_geometry([box(0, 0, 1, 1)] * 3, crs=4326), "holds Polygon"),
        (lambda c: c.drop(columns="geometry").pipe(pd.DataFrame), "without geometry"),
        (lambda c: c.assign(Residents=1), "'Residents' occurs twice"),
        (lambda c: c.assign(fid=1), "'fid' occurs twice or is reserved"),
        (lambda c: c.assign(residents=["many"] * 3), "column 'residents': not integer"),
        (lambda c: c.assign(residents=[1.5] * 3), "column 'residents': not integer"),
    ],
)
def test_what_breaks_the_contract_is_refused_in_one_line(tmp_path, layers, change, told):
    with pytest.raises(OutputError) as caught:
        write_geopackage(tmp_path / "x.gpkg", {"cities": change(layers["cities"])}, metadata={})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_file_that_is_open_elsewhere_is_left_alone(written, layers, ending):
    before = digest(written)
    written.with_name(written.name + ending).touch()
    with pytest.raises(OutputError, match="close it there"):
        write_geopackage(written, layers, metadata={})
    assert digest(written) == before


def test_a_locked_file_is_left_alone(written, layers):
    before = digest(written)
    with closing(sqlite3.connect(written, isolation_level=None)) as editor:
        editor.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="locked by another program"):
            write_geopackage(written, layers, metadata={})
        editor.execute("ROLLBACK")
    assert digest(written) == before


def test_an_edit_that_starts_while_writing_is_respected(written, layers, monkeypatch):
    before = digest(written)
    verify = geopackage._verify

    def somebody_opens_it(part, tables):
        verify(part, tables)
        written.with_name(written.name + "-wal").touch()

    monkeypatch.setattr(geopackage, "_verify", somebody_opens_it)
    with pytest.raises(OutputError, match="close it there"):
        write_geopackage(written, {"cities": layers["cities"]}, metadata={})
    assert digest(written) == before
    assert not list(written.parent.glob("*.part.*"))


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        ("_write_table", (OSError(errno.ENOSPC, "No space left on device"), "free some space")),
        ("_describe", (sqlite3.OperationalError("database or disk is full"), "free some space")),
        ("_write_table", (pyogrio.errors.FeatureError("could not\n add feature"), "could not add")),
        (
            "_verify",
            (sqlite3.DatabaseError("layer 'cities' reads back 2 of 3"), "reads back 2 of 3"),
        ),
        ("_write_table", (OSError(errno.EROFS, "Read-only file system"), "choose another folder")),
    ],
)
def test_a_failing_write_leaves_the_old_file(written, layers, monkeypatch, step, failure):
    error, told = failure
    before = digest(written)
    doing = getattr(geopackage, step)

    def fail(part, *rest):
        doing(part, *rest)
        raise error

    monkeypatch.setattr(geopackage, step, fail)
    with pytest.raises(OutputError) as caught:
        write_geopackage(written, layers, metadata={})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert digest(written) == before
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_folder_of_that_name_is_refused(tmp_path, layers):
    (tmp_path / "x.gpkg").mkdir()
    with pytest.raises(OutputError, match="a folder has that name"):
        write_geopackage(tmp_path / "x.gpkg", layers, metadata={})


def test_a_lost_feature_is_noticed(tmp_path, layers, monkeypatch):
    write = geopackage._write_table

    def lose_one(part, table):
        if table.name == "cities":
            with closing(sqlite3.connect(part)) as database:
                database.create_function("ST_IsEmpty", 1, lambda _: 0)
                write(part, table)
                database.execute("DELETE FROM cities WHERE fid = 1")
                database.commit()
        else:
            write(part, table)

    monkeypatch.setattr(geopackage, "_write_table", lose_one)
    with pytest.raises(OutputError, match="'cities' reads back 2 of 3"):
        write_geopackage(tmp_path / "x.gpkg", layers, metadata={})


def test_geometry_may_be_missing(tmp_path, layers):
    cities = layers["cities"].copy()
    cities.loc["131000", "geometry"] = None
    write_geopackage(tmp_path / "x.gpkg", {"cities": cities}, metadata={})
    assert query(tmp_path / "x.gpkg", "SELECT count(*) FROM rtree_cities_geom") == [(2,)]
    back = pyogrio.read_dataframe(tmp_path / "x.gpkg", layer="cities")
    assert back.geometry.iloc[1] is None
    assert back.geometry.iloc[0] == Point(116.0, 39.9)
