"""The user's own files: identified by content, refused with a reason."""

import hashlib

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point

from toolkit.errors import InputFileError
from toolkit.sources.files import read_lines, record_input

LINE = gpd.GeoDataFrame({"name": ["a"]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4326)


def test_record_of_a_file_and_of_a_folder(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "b.txt").write_bytes(b"two")
    assert record_input(tmp_path / "a.txt").sha256 == hashlib.sha256(b"one").hexdigest()
    folder = record_input(tmp_path, data_date="2023-12-15")
    assert folder.sha256 == hashlib.sha256(b"onetwo").hexdigest()
    assert (folder.size_bytes, folder.data_date) == (6, "2023-12-15")


def test_missing_file(tmp_path):
    with pytest.raises(InputFileError, match="cannot be read"):
        record_input(tmp_path / "none.zip")
    with pytest.raises(InputFileError, match="no such file"):
        read_lines(tmp_path / "none.gpkg")


def test_the_roads_layer_is_found_among_others(tmp_path):
    path = tmp_path / "x.gpkg"
    LINE.to_file(path, layer="roads")
    gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=4326).to_file(path, layer="cities")
    assert read_lines(path)["name"].tolist() == ["a"]
    with pytest.raises(InputFileError, match="no layer 'rails' but"):
        read_lines(path, layer="rails")


def test_an_only_layer_needs_no_name(tmp_path):
    LINE.to_file(tmp_path / "x.geojson")
    assert len(read_lines(tmp_path / "x.geojson")) == 1


def test_damaged_file(tmp_path):
    path = tmp_path / "x.gpkg"
    path.write_bytes(b"SQLite format 3\0 and then nothing")
    with pytest.raises(InputFileError, match="cannot be read as a line layer"):
        read_lines(path)
