"""Options and arguments that several commands share, and how results are printed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolkit.cli.completion import complete_clusters
from toolkit.cli.language import chosen_language, in_language

if TYPE_CHECKING:
    from toolkit.progress import Progress
    from toolkit.settings import Settings

__all__ = [
    "as_json_option",
    "claims_option",
    "cluster_argument",
    "lang_option",
    "path_or_name",
    "print_json",
    "progress_on",
    "quiet_option",
    "roads_option",
    "settings_in_use",
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
    metavar="FILE|place:NAME|downloaded|schematic|none",
    help="OSM extract (.osm.pbf), line layer (.gpkg), a place anywhere by name, or downloads.",
)
claims_option = click.option(
    "--claims",
    "claim_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A TOML file with more claims; repeat for several.",
)
lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    callback=chosen_language,
    is_eager=True,  # errors of the other options are told in it
    help="Language of results and errors; that of the locale by default.",
)
cluster_argument = click.argument("cluster", shell_complete=complete_clusters)
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
    """Return where a command reports, in its language: standard error, or nowhere."""
    from toolkit.progress import Progress

    context = click.get_current_context()
    return Progress(
        stream=None if quiet else sys.stderr, in_words=lambda line: in_language(line, context)
    )


def settings_in_use() -> "Settings":
    """Return the defaults, with what the configuration file changes."""
    settings: Settings = click.get_current_context().find_root().obj.settings
    return settings
