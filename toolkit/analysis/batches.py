"""Run a pure function over batches of work: on local threads, or wherever a client sends them.

Results come in the order of the batches and each is computed from its batch alone, so they are the
same, bit for bit, whatever runs them. Only a few batches are under way at a time, so memory does
not grow with their number.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import islice
from typing import Any, Protocol, TypeVar

__all__ = ["Client", "run_batches"]

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Client(Protocol):
    """What can run a function elsewhere: an executor of `concurrent.futures`, or a client of Dask.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as client:
    ...     list(run_batches(pow, [2, 3], 2, client=client))
    [4, 9]
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:  # noqa: ANN401 (any future)
        """Start a call; the future it returns has ``result()`` and ``cancel()``."""
        ...


def run_batches(
    function: Callable[..., Result],
    batches: Iterable[Batch],
    *shared: Any,  # noqa: ANN401 (whatever the function takes)
    client: Client | None = None,
    threads: int | None = None,
    ahead: int | None = None,
) -> Iterator[Result]:
    """Results of ``function(batch, *shared)`` for each batch, in order, as they are ready.

    Parameters
    ----------
    function : callable
        Pure; one of a module, so that it can be sent to another process. To gain from threads it
        has to release the interpreter's lock, as compiled kernels do.
    batches : iterable
        Read as they are needed.
    *shared
        What all batches read, such as a network. A client of Dask is sent it once, others with
        each batch.
    client : Client, optional
        Runs the batches instead of local threads: an executor of `concurrent.futures`, or
        ``dask.distributed.Client(...)``.
    threads : int, optional
        Local threads; as many as there are processors by default.
    ahead : int, optional
        Batches under way at a time: twice the threads by default, 64 with a client.

    Yields
    ------
    result
        Of each batch. An error of a batch is raised in its turn; what has not begun is cancelled.

    Examples
    --------
    >>> list(run_batches(pow, [1, 2, 3], 2, threads=2))
    [1, 4, 9]
    """
    workers = threads or os.cpu_count() or 1
    if client is None and workers == 1:
        yield from (function(batch, *shared) for batch in batches)
        return
    pool = ThreadPoolExecutor(workers) if client is None else nullcontext(client)
    with pool as runner:
        # Dask sends what is scattered to its workers once, and puts it where a call names it.
        scatter = getattr(runner, "scatter", None)
        sent = [scatter(item, broadcast=True) for item in shared] if scatter else list(shared)
        waiting: deque[Any] = deque()
        remaining = iter(batches)
        try:
            for batch in islice(remaining, ahead or (2 * workers if client is None else 64)):
                waiting.append(runner.submit(function, batch, *sent))
            while waiting:
                result = waiting.popleft().result()
                for batch in islice(remaining, 1):
                    waiting.append(runner.submit(function, batch, *sent))
                yield result
        finally:
            for future in waiting:
                future.cancel()
