"""A run record says what was read, with what, and what came out."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from toolkit import __version__
from toolkit.errors import InputFileError, OutputError
from toolkit.publish.run_record import versions, write_run_record
from toolkit.sources.files import record_input


def test_an_input_is_known_by_name_checksum_and_size(tmp_path):
    path = tmp_path / "hebei.osm.pbf"
    path.write_bytes(b"abc")
    record = record_input(path, data_date="2024-01-01", licence="ODbL")
    assert record.name == "hebei.osm.pbf"
    assert record.size_bytes == 3
    # FIPS 180-2, appendix B.1
    assert record.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (record.data_date, record.licence) == ("2024-01-01", "ODbL")


def test_the_record_holds_it_all(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("x")
    output = tmp_path / "out" / "tables" / "a.csv"
    output.parent.mkdir(parents=True)
    output.write_text("y")
    path = tmp_path / "out" / "run.json"
    write_run_record(
        path,
        parameters={
            "thresholds": (45, 60),
            "speed": np.float64(1.5),
            "count": np.int64(3),
            "array": np.array([1, 2]),
            "folder": Path("outputs"),
            "sets": {"b", "a"},
            "never": float("inf"),
            "none": None,
        },
        inputs=[record_input(source, licence="CC BY 4.0")],
        timings_s={"read": 1.23456},
        outputs=[output, tmp_path / "out" / "maps"],
        started="2024-01-01T00:00:00Z",
    )
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["parameters"] == {
        "thresholds": [45, 60],
        "speed": 1.5,
        "count": 3,
        "array": [1, 2],
        "folder": "outputs",
        "sets": ["a", "b"],
        "never": None,
        "none": None,
    }
    assert record["inputs"][0]["name"] == "in.csv"
    assert record["inputs"][0]["licence"] == "CC BY 4.0"
    assert record["timings_s"] == {"read": 1.235}
    assert record["outputs"] == [
        {"name": "tables/a.csv", "sha256": hashlib.sha256(b"y").hexdigest(), "size_bytes": 1},
        {"name": "maps"},
    ]
    assert record["versions"]["city-cluster-toolkit"] == __version__


def test_versions_name_what_results_depend_on():
    assert {"python", "geopandas", "numpy", "pyproj", "shapely", "numba"} <= set(versions())


def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(InputFileError, match=r"absent\.pbf"):
        record_input(tmp_path / "absent.pbf")


def test_a_record_that_cannot_be_written_leaves_the_old(tmp_path):
    path = tmp_path / "run.json"
    path.mkdir()
    with pytest.raises(OutputError, match="a folder has that name"):
        write_run_record(path, parameters={})
