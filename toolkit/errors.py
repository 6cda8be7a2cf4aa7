"""The errors a user can meet: each says what was wrong, where, and what to do.

Every error raised on purpose derives from `ToolkitError`. The command line turns one into a
single line on stderr and the class's exit code; a notebook shows the same line.
"""

__all__ = [
    "ClaimError",
    "DownloadError",
    "InputFileError",
    "MissingDataError",
    "NetworkError",
    "OutputError",
    "ToolkitError",
    "UnknownNameError",
]


class ToolkitError(Exception):
    """Base of every error of this package.

    Parameters
    ----------
    problem : str
        What was wrong and where, naming the file, place or value.
    remedy : str, optional
        What the user can do about it.

    Examples
    --------
    >>> print(ToolkitError("speeds.toml: no speed for 'motorway'", remedy="add a line for it"))
    speeds.toml: no speed for 'motorway'; add a line for it
    """

    exit_code = 1

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class UnknownNameError(ToolkitError):
    """A name (cluster, city, definition, claim) that nothing is called by."""

    exit_code = 3


class InputFileError(ToolkitError):
    """A file that is missing, unreadable, truncated or not what it should be."""

    exit_code = 4


class NetworkError(ToolkitError):
    """A road or rail network, or a timetable, that breaks its contract."""

    exit_code = 4


class ClaimError(ToolkitError):
    """A claim that is not well formed."""

    exit_code = 4


class MissingDataError(ToolkitError):
    """Data that a computation needs and that were not given, downloaded or embedded."""

    exit_code = 5


class DownloadError(ToolkitError):
    """A download that failed for good."""

    exit_code = 6


class OutputError(ToolkitError):
    """An output that cannot be written; what was there before is untouched."""

    exit_code = 7
