"""Compile the sweeps in a process of its own, while this one compiles and runs the contraction.

Numba compiles one function at a time, however many processors there are. Contraction and sweeps are
half of the work each, and what one process has compiled another finds in the cache.
"""

import atexit
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.analysis.kernels.cells import Cells
from toolkit.analysis.kernels.distance_terms import SUMS
from toolkit.analysis.kernels.distances import sweep_distances
from toolkit.analysis.kernels.falling import NO_DECAY
from toolkit.analysis.kernels.flows import sweep_flows

__all__ = ["begin_compiling_sweeps", "compile_sweeps", "wait_for_sweeps"]

_FLOATS = {"down_paths", "up_paths"}
_begun: list["subprocess.Popen[bytes]"] = []  # one at most in the life of a process


def compile_sweeps() -> None:
    """Compile the sweeps, or take them from the cache, by sweeping over nothing."""
    whole, real = np.empty(0, np.int32), np.empty(0)
    arrays: dict[str, Any] = {name: real if name in _FLOATS else whole for name in Cells._fields}
    cells = Cells(**arrays)
    decay = NO_DECAY.table, NO_DECAY.shift
    sweep_flows(
        cells, whole, real, real, 32, 1, 1, *decay, True, False, real, real, real, real, real
    )  # fmt: skip
    places, sums = np.empty((3, 0)), np.empty((SUMS, 0))
    sweep_distances(cells, whole, real, 32, 1, 1, *decay, places, real, True, sums)


def begin_compiling_sweeps() -> None:
    """Let another process compile the sweeps, unless they have been compiled before.

    Nothing is begun where it would not pay or work: with one processor, or in a program with Python
    inside, such as QGIS on Windows. The sweeps are then compiled when they are called.
    """
    python = Path(sys.executable or "")
    alone = os.cpu_count() == 1 or not python.stem.lower().startswith("python")
    if alone or _begun or _known(sweep_flows):
        return
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [python, "-m", __name__],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _begun.append(process)
    atexit.register(_end, process)


def wait_for_sweeps() -> None:
    """Wait for what was begun, rather than compile the same a second time."""
    for process in _begun:
        process.wait()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Leave no process behind where nobody waited for it."""
    process.kill()
    process.wait()


def _known(function: Any) -> bool:  # noqa: ANN401 (numba's own)
    """Whether a kernel has been compiled in this process or is in the cache."""
    folder = Path(function.stats.cache_path)
    name = function.py_func.__qualname__
    return bool(function.signatures) or any(folder.glob(f"*.{name}-*.nbi"))


if __name__ == "__main__":
    compile_sweeps()
