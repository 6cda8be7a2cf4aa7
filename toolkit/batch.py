"""Run many clusters, each in a process of its own, and put their results side by side.

A cluster that fails, or whose process dies, stops no other. One that was finished with the same
version, data and options is not run again.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from toolkit.clusters import Cluster
from toolkit.errors import MissingDataError
from toolkit.networks.inputs import DOWNLOADED, downloaded_extracts
from toolkit.progress import Progress
from toolkit.publish.atomic import (
    output_error,
    refuse_unwritable_folder,
    replace_atomically,
)
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.provenance import SUFFIX, read_provenance

__all__ = ["Outcome", "fingerprint", "run_clusters"]

_FINISHED = "finished.json"
_LOG = "run.log"
_LIVE = ("--live", "--offline", "--refresh")


@dataclass(frozen=True)
class Outcome:
    """How the run of one cluster ended.

    Attributes
    ----------
    cluster : Cluster
    status : {'done', 'kept', 'failed'}
        Run now, finished earlier with the same inputs, or ended in an error.
    seconds : float
        Wall time; 0 for one that was kept.
    folder : Path
        Its outputs; the log of the run, ``run.log``, is among them.
    problem : str
        The line that says what went wrong, '' for none.
    """

    cluster: Cluster
    status: Literal["done", "kept", "failed"]
    seconds: float
    folder: Path
    problem: str = ""


def run_clusters(
    clusters: Sequence[Cluster],
    *,
    out: Path,
    options: Sequence[str] = (),
    jobs: int | None = None,
    again: bool = False,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """Run clusters in parallel, each into its own folder.

    Where the options say nothing of roads, those that an earlier live run has downloaded are used.

    Parameters
    ----------
    clusters : sequence of Cluster
        From the registry.
    out : Path
        Folder of the folders.
    options : sequence of str
        Options of ``toolkit run``, the same for all, such as ``("--live",)``.
    jobs : int, optional
        Processes at a time; one a core of the machine by default, four at most, since each may
        need a gigabyte.
    again : bool
        Whether to run also what is finished.
    settings : Settings
        Names the folder of downloads.
    progress : Progress, optional
        A line for each cluster as it ends; standard error by default.

    Returns
    -------
    tuple of Outcome
        In the order of `clusters`. One whose own folder cannot be written has failed.

    Raises
    ------
    OutputError
        `out` cannot be written.
    """
    refuse_unwritable_folder(out)
    report = progress or Progress()
    kept = None if again or "--refresh" in options else _downloads(settings)
    at_a_time = jobs or min(4, os.cpu_count() or 1)
    found: dict[str, Outcome] = {}
    with ThreadPoolExecutor(at_a_time) as pool:  # a thread waits for each process
        waiting = [
            pool.submit(_run, cluster, out / cluster.slug, chosen, mark, kept=kept)
            for cluster in clusters
            for chosen in [_with_roads(options, cluster, settings)]
            for mark in [fingerprint(chosen)]
        ]
        try:
            for number, done in enumerate(as_completed(waiting), start=1):
                outcome = done.result()
                found[outcome.cluster.slug] = outcome
                report.note(f"[{number}/{len(clusters)}] {_line(outcome)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(found[cluster.slug] for cluster in clusters)


def fingerprint(options: Sequence[str]) -> str:
    """Return a checksum of what a run depends on: the package with its data, and the options.

    What it downloads is told by the checksums in its record, ``run.json``.

    Parameters
    ----------
    options : sequence of str
        Options of ``toolkit run``; a file that one names counts with its contents.

    Returns
    -------
    str
        Hexadecimal digits.

    Examples
    --------
    >>> fingerprint(["--core", "北京"]) == fingerprint(["--core", "天津"])
    False
    """
    digest = hashlib.sha256(_package_digest().encode())
    for option in options:
        digest.update(option.encode() + b"\0")
        path = Path(option)
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _with_roads(options: Sequence[str], cluster: Cluster, settings: Settings) -> tuple[str, ...]:
    """Add the roads of a cluster to options that say nothing of them, where they are at hand."""
    if any(option in _LIVE or option.startswith("--roads") for option in options):
        return tuple(options)
    try:
        downloaded_extracts(cluster, settings)
    except MissingDataError:
        return tuple(options)
    return (*options, "--roads", DOWNLOADED)


@cache
def _package_digest() -> str:
    """Checksum of the code and of the data in it; an installed version is more than its number."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in (root, root.parent / "seeds"):  # in a checkout the seeds lie beside the package
        for path in _files(folder):
            if path.suffix not in {".pyc", ".nbi", ".nbc"}:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    """Files below a folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _run(
    cluster: Cluster,
    folder: Path,
    options: Sequence[str],
    mark: str,
    *,
    kept: frozenset[str] | None,
) -> Outcome:
    """Run one cluster unless it is finished; what it prints goes to a log."""
    if kept is not None and _is_finished(folder, cluster, mark, kept):
        return Outcome(cluster, "kept", 0.0, folder)
    start = time.perf_counter()
    command = [sys.executable, "-m", "toolkit", "run", cluster.slug, "--out", str(folder), *options]
    log = folder / _LOG
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FINISHED).unlink(missing_ok=True)
        with log.open("w", encoding="utf-8") as stream:
            ended = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, check=False)
    except OSError as error:
        return Outcome(cluster, "failed", 0.0, folder, output_error(folder, error).problem)
    seconds = time.perf_counter() - start
    if ended.returncode:
        return Outcome(cluster, "failed", seconds, folder, _problem(log, ended.returncode))
    with replace_atomically(folder / _FINISHED) as part:
        Path(part).write_text(json.dumps({"fingerprint": mark}) + "\n", encoding="utf-8")
    return Outcome(cluster, "done", seconds, folder)


def _is_finished(folder: Path, cluster: Cluster, mark: str, kept: frozenset[str]) -> bool:
    """Whether a folder holds the outputs of a run like this on what is in the downloads."""
    try:
        told = json.loads((folder / _FINISHED).read_text(encoding="utf-8"))
        inputs = json.loads((folder / "run.json").read_text(encoding="utf-8"))["inputs"]
        downloaded = {item["sha256"] for item in inputs if "://" in item["source"]}
        same = told["fingerprint"] == mark
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return same and (folder / f"{cluster.slug}.gpkg").is_file() and downloaded <= kept


def _downloads(settings: Settings) -> frozenset[str]:
    """Checksums of all that has been downloaded."""
    sidecars = settings.data_folder.rglob(f"*{SUFFIX}")
    found = (read_provenance(path) for path in sidecars)
    return frozenset(origin.sha256 for origin in found if origin is not None)


def _problem(log: Path, code: int) -> str:
    """The line of a log that says what went wrong, or how the process ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = next((line for line in reversed(lines) if line.strip()), "")
    return said if code > 0 and said else f"ended by signal {-code}; its last line: {said}"


def _line(outcome: Outcome) -> str:
    """One line about an outcome."""
    cluster = outcome.cluster
    told = {
        "done": f"done in {outcome.seconds:.0f} s",
        "kept": "kept: finished earlier with the same inputs",
        "failed": f"FAILED: {outcome.problem}",
    }[outcome.status]
    return f"{cluster.slug} {cluster.name_zh}: {told}"
