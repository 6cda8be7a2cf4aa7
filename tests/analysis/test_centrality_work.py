"""Prepared networks that are kept, work on clusters, and runs that go on after an interruption."""

import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from toolkit.analysis import centrality_sweeps, centrality_work
from toolkit.analysis.centrality import centrality, prepare
from toolkit.errors import NetworkError, OutputError, UnknownNameError
from toolkit.networks.array_store import keep_arrays
from toolkit.networks.roads import schematic_roads

MEASURES = ["betweenness", "closeness", "harmonic", "straightness", "eccentricity"]


@pytest.fixture(scope="module")
def roads():
    return schematic_roads()


@pytest.fixture(scope="module")
def expected(roads):
    """All measures, in one go on one thread."""
    with pytest.MonkeyPatch.context() as patch:
        small_portions(patch)
        return centrality(roads, MEASURES, threads=1)


def small_portions(patch):
    """Cut sources into portions of 64, so that a small network has several."""
    patch.setattr(centrality_sweeps, "BATCH", 64)
    patch.setattr(centrality_work, "FEWEST_BATCHES", 1)


def assert_same_bits(found, expected):
    pd.testing.assert_frame_equal(found.nodes, expected.nodes, check_exact=True)
    pd.testing.assert_frame_equal(found.edges, expected.edges, check_exact=True)


def test_a_prepared_network_is_kept_and_found_again(roads, tmp_path, expected, monkeypatch):
    prepare(roads, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    monkeypatch.setattr(
        "toolkit.analysis.centrality_preparation.build_hierarchy", None
    )  # whoever builds now fails
    again = prepare(roads, folder=tmp_path)
    assert file.stat().st_mtime_ns == written
    assert repr(again).startswith(f"Prepared({len(roads.nodes):,} nodes")
    small_portions(monkeypatch)
    assert_same_bits(centrality(roads, MEASURES, prepared=again, threads=1), expected)


def test_other_weights_and_ways_to_count_have_files_of_their_own(roads, tmp_path):
    prepare(roads, folder=tmp_path)
    prepare(roads, weight="length_m", folder=tmp_path)
    prepare(roads, parallel="merge", folder=tmp_path)
    slower = roads.with_times(roads.edges["time_s"] * 1.1)
    prepare(slower, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def damage(file, how):
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(
        {
            "cut short": whole[:middle],
            "one byte changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "something else": b"not an archive",
        }[how]
    )


@pytest.mark.parametrize("how", ["cut short", "one byte changed", "empty", "something else"])
def test_a_damaged_file_is_made_anew(roads, tmp_path, how):
    first = prepare(roads, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    damage(file, how)
    second = prepare(roads, folder=tmp_path)
    for name, values in first.hierarchy.arrays().items():
        np.testing.assert_array_equal(values, second.hierarchy.arrays()[name])
    assert file.read_bytes() == whole
    assert [file] == list(tmp_path.iterdir())


def test_a_file_of_an_older_format_is_made_anew(roads, tmp_path, monkeypatch):
    monkeypatch.setattr("toolkit.networks.array_store.FORMAT", 0)
    prepare(roads, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    old = file.read_bytes()
    monkeypatch.undo()
    prepare(roads, folder=tmp_path)
    assert file.read_bytes() != old


def test_what_cannot_be_written_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        keep_arrays(tmp_path / "taken" / "a.npz", {"a": np.arange(3)}, "key")


def test_a_prepared_network_stands_for_itself_only(roads):
    with pytest.raises(NetworkError, match="other weights"):
        centrality(roads.with_times(roads.edges["time_s"] * 2), prepared=prepare(roads))
    with pytest.raises(UnknownNameError, match="parallel edges"):
        prepare(roads, parallel="both")
    with pytest.raises(UnknownNameError, match="7 steps"):
        prepare(roads, per_unit=7)


class InterruptionError(Exception):
    """A run that ends in the middle."""


@pytest.mark.parametrize("after", [1, 3, 5])
def test_an_interrupted_run_goes_on_to_the_same_bits(roads, expected, tmp_path, monkeypatch, after):
    small_portions(monkeypatch)
    calls = []

    def interrupt(done, of):
        calls.append(done)
        if len(calls) == after:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        centrality(roads, MEASURES, threads=1, checkpoints=tmp_path, progress=interrupt)
    resumed = []
    found = centrality(
        roads,
        MEASURES,
        threads=2,
        checkpoints=tmp_path,
        progress=lambda done, of: resumed.append(done),
    )
    assert_same_bits(found, expected)
    assert calls[-1] in resumed  # it starts by telling what is done already


def test_a_finished_run_is_not_run_again(roads, expected, tmp_path, monkeypatch):
    small_portions(monkeypatch)
    centrality(roads, MEASURES, checkpoints=tmp_path)
    monkeypatch.setattr(centrality_sweeps, "sweep_flows", None)
    monkeypatch.setattr(centrality_sweeps, "sweep_distances", None)
    assert_same_bits(centrality(roads, MEASURES, checkpoints=tmp_path), expected)


def test_another_question_does_not_take_its_checkpoints(roads, tmp_path, monkeypatch):
    small_portions(monkeypatch)
    centrality(roads, ["betweenness"], checkpoints=tmp_path)
    cities = roads.nodes.index[:100].tolist()
    asked = {"origins": cities, "destinations": cities}
    found = centrality(roads, ["betweenness"], checkpoints=tmp_path, **asked)
    assert_same_bits(found, centrality(roads, ["betweenness"], **asked))


KILLED = """
import os, signal, sys
from toolkit.analysis import centrality_sweeps, centrality_work
from toolkit.analysis.centrality import centrality
from toolkit.networks.roads import schematic_roads

centrality_sweeps.BATCH, centrality_work.FEWEST_BATCHES = 64, 1
calls = []

def kill(done, of):
    calls.append(done)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

centrality(
    schematic_roads(), ["betweenness"], threads=1, checkpoints=sys.argv[1], progress=kill
)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_process_leaves_what_it_found(roads, expected, tmp_path, monkeypatch):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    small_portions(monkeypatch)
    resumed = []
    found = centrality(
        roads,
        ["betweenness"],
        threads=1,
        checkpoints=tmp_path,
        progress=lambda done, of: resumed.append(done),
    )
    assert resumed[0] == 2 * 64
    np.testing.assert_array_equal(found.nodes["betweenness"], expected.nodes["betweenness"])
    np.testing.assert_array_equal(found.edges["betweenness"], expected.edges["betweenness"])


def test_a_dask_cluster_finds_the_same_bits(roads, expected, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    small_portions(monkeypatch)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert_same_bits(centrality(roads, MEASURES, client=client), expected)
        within = centrality(roads, MEASURES, client=client, radius=1800.0, checkpoints=tmp_path)
    assert_same_bits(within, centrality(roads, MEASURES, radius=1800.0, threads=1))
