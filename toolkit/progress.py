"""Progress of long work on stderr: one line a step, that survives a log file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from toolkit.terminal import padded

__all__ = ["Progress", "counted"]

_STEP_WIDTH = 44


@dataclass
class Progress:
    """Reports steps as they end, and remembers how long each took.

    Parameters
    ----------
    stream : file, optional
        Where to write; None to be silent. Standard error by default.
    in_words : callable, optional
        The words of a line as they are shown, such as a translation; the line itself by default.

    Examples
    --------
    >>> progress = Progress(stream=None)
    >>> with progress.step("add"):
    ...     _ = 1 + 1
    >>> list(progress.seconds)
    ['add']
    """

    stream: TextIO | None = field(default_factory=lambda: sys.stderr)
    seconds: dict[str, float] = field(default_factory=dict)
    in_words: Callable[[str], str] = str

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step; print its name when it starts on a terminal, its seconds when it ends."""
        start = time.perf_counter()
        words = self.in_words(name)
        live = self.stream is not None and self.stream.isatty()
        if live and self.stream is not None:
            self.stream.write(f"  {words} ...")
            self.stream.flush()
        try:
            yield
        except BaseException:
            if live and self.stream is not None:
                self.stream.write("\n")
            raise
        took = time.perf_counter() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 2)
        start_of_line = "\r" if live else ""
        self._print(f"{start_of_line}  {padded(words, _STEP_WIDTH)} {took:6.1f} s")

    def note(self, text: str) -> None:
        """Print a line that is not a step."""
        self._print(f"  {self.in_words(text)}")

    def _print(self, line: str) -> None:
        if self.stream is not None:
            self.stream.write(line + "\n")
            self.stream.flush()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an s where there are several.

    Examples
    --------
    >>> counted(1, "core"), counted(2, "core")
    ('1 core', '2 cores')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"
