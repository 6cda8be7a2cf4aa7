"""A Python environment of a benchmark's own, for the tools that it compares with."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import which

__all__ = ["peer_python"]

FOLDER = Path(tempfile.gettempdir()) / "city-cluster-toolkit-peers"


def peer_python(
    packages: Sequence[str], *, at_least: tuple[int, int] = (3, 11), interpreter: str | None = None
) -> Path | None:
    """Python of an environment that has the packages, made where there is none yet.

    Parameters
    ----------
    packages : sequence of str
        As pip takes them; they name the environment.
    at_least : (int, int)
        Oldest version that will do.
    interpreter : str, optional
        Python to make it from; else the newest on the PATH.

    Returns
    -------
    Path or None
        None if no Python is new enough or the packages cannot be installed.
    """
    base = interpreter or _newest(at_least)
    if base is None:
        return None
    name = re.sub(r"[^a-z0-9.]+", "-", " ".join(packages).lower())
    folder = FOLDER / f"{name}-{_version(base)[0]}.{_version(base)[1]}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        print(f"installing {', '.join(packages)} into {folder}", flush=True)
        steps = (
            [base, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", *packages],
        )
        for step in steps:
            if subprocess.run(step, check=False).returncode:
                return None
        done.touch()
    return python


def _newest(at_least: tuple[int, int]) -> str | None:
    """The newest Python on the PATH."""
    names = ["python3", *(f"python3.{minor}" for minor in range(at_least[1], 20))]
    found = [path for name in names if (path := which(name))]
    fit = [path for path in found if at_least <= _version(path)]
    return max(fit, key=_version, default=None)


def _version(python: str) -> tuple[int, int]:
    """Major and minor version; (0, 0) if it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    parts = done.stdout.split()
    return (int(parts[0]), int(parts[1])) if done.returncode == 0 else (0, 0)
