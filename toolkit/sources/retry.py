"""Trying again: how long there is hope for a download, and how long to wait in between."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from toolkit.sources.endpoints import DownloadSettings

__all__ = ["TransientError", "persist"]

T = TypeVar("T")


class TransientError(Exception):
    """A fault that may pass.

    Parameters
    ----------
    cause : str
        What happened, in a plain phrase.
    retry_after_s : float, optional
        How long the server asks to wait.
    remedy : str, optional
        What the user can do if it does not pass.
    unreachable : bool, optional
        Whether not even a connection came about.

    Examples
    --------
    >>> TransientError("no answer in time").tried
    0
    """

    def __init__(
        self,
        cause: str,
        *,
        retry_after_s: float | None = None,
        remedy: str = "",
        unreachable: bool = False,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after_s = retry_after_s
        self.remedy = remedy
        self.unreachable = unreachable
        self.tried = 0


def persist(
    attempt: Callable[[], T],
    *,
    settings: DownloadSettings,
    deadline: float,
    kept: Callable[[], int] = lambda: 0,
) -> T:
    """Repeat an attempt that raises `TransientError`, as long as there is hope.

    Parameters
    ----------
    attempt : callable
        What to try.
    settings : DownloadSettings
        `attempts` in a row without progress, `attempts_unreachable` where the server never
        answered, and the waits in between.
    deadline : float
        On the clock of `time.monotonic`; no wait goes beyond it.
    kept : callable, optional
        How much has been achieved so far: an attempt that left more than ever is progress.

    Returns
    -------
    T
        What the attempt returns.

    Raises
    ------
    TransientError
        The last one, with the number of attempts `tried`.

    Examples
    --------
    >>> answers = iter([TransientError("busy"), "done"])
    >>> def attempt():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> hasty = DownloadSettings(backoff_s=0.0)
    >>> persist(attempt, settings=hasty, deadline=time.monotonic() + 1)
    'done'
    """
    hope = _Hope(settings, deadline, kept, most=kept())
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        after=hope.after,
        wait=hope.wait,
        stop=hope.stop,
        sleep=_sleep,
        reraise=True,
    )(attempt)


_sleep = time.sleep


@dataclass
class _Hope:
    """Failures are counted anew whenever there was progress."""

    settings: DownloadSettings
    deadline: float
    kept: Callable[[], int]
    most: int
    fruitless: int = 0
    answered: bool = False

    def after(self, state: RetryCallState) -> None:
        """Take stock of a failed attempt."""
        kept = self.kept()
        self.fruitless = 1 if kept > self.most else self.fruitless + 1
        self.most = max(self.most, kept)
        self.answered |= not _fault(state).unreachable
        _fault(state).tried = state.attempt_number

    def wait(self, state: RetryCallState) -> float:
        """As long as the server asks for, else twice as long each time, with jitter."""
        asked_s = _fault(state).retry_after_s
        if asked_s is not None:
            return asked_s
        settings = self.settings
        backoff_s = settings.backoff_s * 2.0 ** min(self.fruitless - 1, 30)
        # jitter keeps runs that failed together from coming back together
        return min(backoff_s, settings.backoff_max_s) + random.uniform(0, settings.backoff_s)

    def stop(self, state: RetryCallState) -> bool:
        """Whether to give up rather than wait once more."""
        out_of_time = time.monotonic() + state.upcoming_sleep >= self.deadline
        settings = self.settings
        most = settings.attempts if self.answered else settings.attempts_unreachable
        return self.fruitless >= most or out_of_time


def _fault(state: RetryCallState) -> TransientError:
    """Fault of the attempt that just failed."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TransientError) else TransientError("")
