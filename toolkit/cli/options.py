"""Options and arguments that several commands share, and how results are printed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from toolkit.progress import Progress

__all__ = [
    "as_json_option",
    "claims_option",
    "lang_option",
    "path_or_name",
    "print_json",
    "progress_on",
    "quiet_option",
    "roads_option",
    "timetable_option",
]

timetable_option = click.option(
    "--timetable",
    "timetables",
    multiple=True,
    metavar="DATE|GTFS",
    help="Embedded timetable by date, or a GTFS zip or folder. Repeat to compare days.",
)
roads_option = click.option(
    "--roads",
    metavar="FILE|place:NAME|schematic|none",
    help="OSM extract (.osm.pbf), line layer (.gpkg), or a place anywhere by name.",
)
claims_option = click.option(
    "--claims",
    "claim_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A TOML file with more claims; repeat for several.",
)
lang_option = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of verdicts."
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress.")


def path_or_name(cluster: str) -> str | Path:
    """Return a TOML file as a path, anything else as a name.

    Examples
    --------
    >>> path_or_name("京津冀")
    '京津冀'
    """
    return Path(cluster) if cluster.endswith(".toml") else cluster


def print_json(value: object) -> None:
    """Print plain data as JSON that keeps Chinese readable."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def progress_on(*, quiet: bool) -> "Progress":
    """Return where a command reports: standard error, or nowhere."""
    from toolkit.progress import Progress

    return Progress(stream=None if quiet else sys.stderr)
