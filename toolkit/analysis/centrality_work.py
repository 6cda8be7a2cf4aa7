"""Sweeps in portions of sources: on threads or a cluster, added up in order, resumable.

Portions depend on the network alone and their results are added in their order, so that the sums
are the same, bit for bit, for any number of threads or workers, interrupted or not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.analysis.batches import Client, run_batches
from toolkit.networks.array_store import digest, keep_arrays, kept_arrays

__all__ = ["Arrays", "Progress", "Sweep", "Work", "portions_of", "work_off"]

Ints = npt.NDArray[np.int32]
Arrays = tuple[npt.NDArray[np.float64], ...]
Progress = Callable[[int, int], None]
Sweep = Callable[[Ints], Arrays]

MOST_PORTIONS = 64
FEWEST_BATCHES = 4
AHEAD = 16  # portions a cluster has under way: each result is as large as the network


@dataclass(frozen=True)
class Work:
    """Where sweeps run and what becomes of them on the way.

    Attributes
    ----------
    threads : int, optional
        All processors by default.
    client : Client, optional
        Runs the portions instead of local threads.
    checkpoints : Path, optional
        Folder that keeps the sums after every portion, in a file named by a checksum of all that
        they depend on.
    progress : callable, optional
        Called with the number of sources done and in all.
    """

    threads: int | None = None
    client: Client | None = None
    checkpoints: Path | None = None
    progress: Progress | None = None


def portions_of(sources: Ints, batch: int) -> list[Ints]:
    """Cut sources into runs of whole batches: enough for many threads, long enough to pay."""
    batches = -(-len(sources) // batch)
    size = batch * max(FEWEST_BATCHES, -(-batches // MOST_PORTIONS))
    return [sources[first : first + size] for first in range(0, len(sources), size)]


def work_off(
    sweep: Sweep,
    portions: Sequence[Ints],
    sums: Arrays,
    add: Callable[[Arrays, Ints, Arrays], None],
    work: Work,
) -> None:
    """Add what a sweep finds for each portion to sums, from the last checkpoint on.

    Parameters
    ----------
    sweep : callable
        A frozen dataclass, so that it can be sent elsewhere and told from another: portion in,
        arrays out.
    portions : sequence of int32 array
        Sources.
    sums : tuple of float64 array
        Changed in place.
    add : callable
        Takes the sums, a portion and its result, and adds one to the other.
    work : Work
        Where and how.
    """
    sources = sum(map(len, portions))
    file, key, done = None, "", 0
    if work.checkpoints is not None:
        key = digest(sweep, tuple(portions))
        file = work.checkpoints / f"{key}.npz"
        done = _resume(file, key, sums)
    served = sum(map(len, portions[:done]))
    if done and work.progress is not None:
        work.progress(served, sources)
    for portion, result in zip(
        portions[done:], _results(sweep, portions[done:], work), strict=True
    ):
        add(sums, portion, result)
        done += 1
        served += len(portion)
        if file is not None:
            keep_arrays(file, {"done": np.array(done), **_named(sums)}, key)
        if work.progress is not None:
            work.progress(served, sources)


def _results(sweep: Sweep, portions: Sequence[Ints], work: Work) -> Iterator[Arrays]:
    """Results of the portions in their order."""
    ahead = None if work.client is None else AHEAD
    return run_batches(
        _perform, portions, sweep, client=work.client, threads=work.threads, ahead=ahead
    )


def _perform(portion: Ints, sweep: Sweep) -> Arrays:
    """One portion; of a module, so that it can be sent to another process."""
    return sweep(portion)


def _resume(file: Path, key: str, sums: Arrays) -> int:
    """Take the sums of an interrupted run over; how many portions are in them."""
    kept = kept_arrays(file, key)
    if kept is None:
        return 0
    for total, known in zip(sums, _named(sums), strict=True):
        total[:] = kept[known]
    return int(kept["done"])


def _named(sums: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Sums by the names they have in a file."""
    return {f"sum_{i}": total for i, total in enumerate(sums)}
