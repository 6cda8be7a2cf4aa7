"""The command line behind the Makefile: reads options, calls the pipeline, prints results.

One module a command. Results go to standard output, progress and errors to standard error. Each
command imports what it needs when it runs, so that help is quick.
"""

from typing import NoReturn

import click

from toolkit import __version__
from toolkit.cli.all_clusters import all_clusters
from toolkit.cli.claims import claims
from toolkit.cli.clusters import clusters
from toolkit.cli.compare import compare
from toolkit.cli.completion import completion
from toolkit.cli.doctor import doctor
from toolkit.cli.group import Commands
from toolkit.cli.reach import reach
from toolkit.cli.run import run
from toolkit.cli.scenario import scenario

__all__ = ["cli", "main"]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "TOOLKIT"},
)
@click.version_option(__version__, prog_name="toolkit")
def cli() -> None:
    """Settle how far a city really reaches.

    \b
    Examples:
      toolkit clusters
      toolkit run jing-jin-ji
      toolkit run jing-jin-ji --live
      toolkit run 京津冀 --timetable national.gtfs.zip --roads hebei.osm.pbf
      toolkit reach jing-jin-ji --core Beijing --minutes 60
      toolkit claims jing-jin-ji
      toolkit all-clusters
      toolkit compare
      toolkit scenario beijing-hengshui

    Exit codes: 0 done, 1 error, 2 wrong usage, 3 unknown name, 4 bad input file, 5 missing data,
    6 failed download, 7 output not writable, 130 interrupted.

    Defaults come from toolkit.toml in the working folder (or TOOLKIT_CONFIG) and from variables
    such as TOOLKIT_RUN_LANG; results are Chinese where the locale is (--lang overrides).
    """


_COMMANDS = (
    all_clusters, claims, clusters, compare, completion, doctor, reach, run, scenario,
)  # fmt: skip
for _command in _COMMANDS:
    cli.add_command(_command)


def main() -> NoReturn:
    """Entry point of the console script."""
    cli(prog_name="toolkit")
    raise SystemExit(0)
