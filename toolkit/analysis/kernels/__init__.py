"""Compiled kernels: arrays in, arrays out."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import numba

__all__: list[str] = []


def _give_numba_a_cache() -> None:
    """Point numba to a writable cache folder, as `cache=True` fails in a read-only installation.

    Numba looks beside the source first and in a folder of the user's second. Where neither can be
    written, compiled code is kept in a temporary folder of this process only: a lasting folder
    in a place open to others could be filled by others.
    """
    settings = vars(numba.config)
    if settings["CACHE_DIR"] or _writable(Path(__file__).parent / "__pycache__"):
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    folder = home / "city-cluster-toolkit" / "numba"
    if not _writable(folder):
        folder = Path(tempfile.mkdtemp(prefix="city-cluster-toolkit-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = settings["CACHE_DIR"] = str(folder)


def _writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, which is made too."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


_give_numba_a_cache()
