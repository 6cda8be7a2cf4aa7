"""Sweeps compiled beside are those that centrality calls."""

import subprocess
import sys

import pytest

import toolkit
from toolkit.analysis.kernels import compiling_sweeps
from toolkit.analysis.kernels.distances import sweep_distances
from toolkit.analysis.kernels.flows import sweep_flows


@pytest.fixture
def nothing_begun(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """No process of an earlier test."""
    begun: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(compiling_sweeps, "_begun", begun)
    return begun


def test_types_are_those_of_centrality() -> None:
    compiling_sweeps.compile_sweeps()
    toolkit.centrality(toolkit.schematic_roads(), ["betweenness", "farness", "straightness"])
    assert len(sweep_flows.signatures) == 1
    assert len(sweep_distances.signatures) == 1


def test_another_process_compiles_what_is_not_known(
    monkeypatch: pytest.MonkeyPatch, nothing_begun: list["subprocess.Popen[bytes]"]
) -> None:
    monkeypatch.setattr(compiling_sweeps, "_known", lambda _function: False)
    compiling_sweeps.begin_compiling_sweeps()
    compiling_sweeps.begin_compiling_sweeps()
    compiling_sweeps.wait_for_sweeps()
    assert [process.returncode for process in nothing_begun] == [0]


def test_nothing_is_begun_for_what_is_known(
    nothing_begun: list["subprocess.Popen[bytes]"],
) -> None:
    compiling_sweeps.compile_sweeps()
    compiling_sweeps.begin_compiling_sweeps()
    assert nothing_begun == []


def test_no_other_program_is_started(
    monkeypatch: pytest.MonkeyPatch, nothing_begun: list["subprocess.Popen[bytes]"]
) -> None:
    monkeypatch.setattr(compiling_sweeps, "_known", lambda _function: False)
    monkeypatch.setattr(sys, "executable", "C:/Program Files/QGIS/bin/qgis-bin.exe")
    compiling_sweeps.begin_compiling_sweeps()
    assert nothing_begun == []
