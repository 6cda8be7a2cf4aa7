"""The command line behind the Makefile: reads options, calls the pipeline, prints results.

Results go to standard output, progress and errors to standard error. Exit codes: 0 done, 1 error,
2 wrong usage, 3 unknown name, 4 bad input file, 5 missing data, 6 failed download, 7 output not
writable, 130 interrupted. Each command imports what it needs, so that help is quick.
"""

import json
import sys
from pathlib import Path
from typing import Any, Literal, NoReturn

import click

from toolkit import __version__
from toolkit.errors import ToolkitError

__all__ = ["main"]

_INTERRUPTED = 130


class _Commands(click.Group):
    """A group whose commands end in one line and an exit code when something goes wrong."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own signature)
        """Run a command; turn the package's errors into a line and a code."""
        try:
            return super().invoke(ctx)
        except ToolkitError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted; earlier outputs are untouched", err=True)
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="toolkit")
def cli() -> None:
    """Settle how far a city really reaches.

    \b
    Examples:
      toolkit clusters
      toolkit run jing-jin-ji
      toolkit run jing-jin-ji --live
      toolkit run 京津冀 --timetable national.gtfs.zip --roads hebei.osm.pbf
      toolkit claims jing-jin-ji

    Exit codes: 0 done, 1 error, 2 wrong usage, 3 unknown name, 4 bad input file, 5 missing data,
    6 failed download, 7 output not writable, 130 interrupted.
    """  # noqa: D301 (click reads the escape)


@cli.command()
@click.argument("cluster")
@click.option(
    "--timetable",
    "timetables",
    multiple=True,
    metavar="DATE|GTFS",
    help="Embedded timetable by date, or a GTFS zip or folder. Repeat to compare days.",
)
@click.option(
    "--roads", metavar="FILE|schematic|none", help="OSM extract (.osm.pbf) or line layer (.gpkg)."
)
@click.option("--live", is_flag=True, help="Download this week's timetable and OSM roads.")
@click.option("--refresh", is_flag=True, help="With --live: ask for newer files.")
@click.option("--offline", is_flag=True, help="With --live: use earlier downloads only.")
@click.option(
    "--population", default="modelled", metavar="FILE|modelled|none", help="People per cell."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--core", "cores", multiple=True, help="Origin city; repeat for several.")
@click.option("--definitions", type=click.Path(path_type=Path), help="Definitions (TOML).")
@click.option(
    "--claims", "claim_files", multiple=True, type=click.Path(path_type=Path), help="More claims."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of verdicts.")
@click.option(
    "--centrality", "with_centrality", is_flag=True, help="Also exact centrality of the roads."
)
@click.option("--maps/--no-maps", default=True, help="Draw maps (default) or not.")
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    cluster: str,
    *,
    timetables: tuple[str, ...],
    roads: str | None,
    live: bool,
    refresh: bool,
    offline: bool,
    population: str,
    out: Path | None,
    cores: tuple[str, ...],
    definitions: Path | None,
    claim_files: tuple[Path, ...],
    lang: Literal["en", "zh"],
    with_centrality: bool,
    maps: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compute reach, check the claims and write the outputs of CLUSTER.

    CLUSTER is a slug, a Chinese or English name, or a TOML file of your own. Without --live it
    works on the embedded data.
    """
    from toolkit.pipeline import run as run_pipeline
    from toolkit.progress import Progress
    from toolkit.sources.live import Live
    from toolkit.summary import run_as_json, run_as_text

    result = run_pipeline(
        _path_or_name(cluster),
        timetables=timetables,
        roads=roads,
        live=Live(refresh=refresh, offline=offline) if live or refresh or offline else None,
        population=population,
        out=out,
        definitions=definitions,
        claims=claim_files,
        cores=cores,
        with_centrality=with_centrality,
        maps=maps,
        progress=Progress(stream=None if quiet else sys.stderr),
    )
    click.echo(_json(run_as_json(result)) if as_json else run_as_text(result, lang))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def clusters(*, as_json: bool) -> None:
    """List the city clusters that are known by name."""
    from toolkit.clusters import list_clusters

    known = list_clusters()
    if as_json:
        rows = [
            {
                "slug": c.slug,
                "name_en": c.name_en,
                "name_zh": c.name_zh,
                "cores": [str(c.cities.at[core, "name_zh"]) for core in c.cores],
                "members": len(c.cities),
            }
            for c in known
        ]
        click.echo(_json(rows))
        return
    width = max(len(c.slug) for c in known)
    for c in known:
        cores = " ".join(str(c.cities.at[core, "name_zh"]) for core in c.cores)
        click.echo(
            f"{c.slug:<{width}}  {len(c.cities):>2} cities  {c.name_zh} {c.name_en} ({cores})"
        )


@cli.command()
@click.argument("cluster", default="jing-jin-ji")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only these claims.")
@click.option(
    "--timetable", "timetables", multiple=True, metavar="DATE|GTFS", help="As for toolkit run."
)
@click.option("--roads", metavar="FILE|schematic|none", help="As for toolkit run.")
@click.option(
    "--claims", "claim_files", multiple=True, type=click.Path(path_type=Path), help="More claims."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of verdicts.")
@click.option("--explain", "step_by_step", is_flag=True, help="Print the reasoning step by step.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def claims(
    cluster: str,
    *,
    ids: tuple[str, ...],
    timetables: tuple[str, ...],
    roads: str | None,
    claim_files: tuple[Path, ...],
    lang: Literal["en", "zh"],
    step_by_step: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check the claims about CLUSTER without writing anything.

    CLUSTER may be "national" for the claims that speak of no single cluster.
    """
    from toolkit.claims import explain
    from toolkit.pipeline import check_claims
    from toolkit.progress import Progress
    from toolkit.summary import verdicts_as_json, verdicts_as_text

    verdicts = check_claims(
        _path_or_name(cluster),
        ids=ids,
        timetables=timetables,
        roads=roads,
        claims=claim_files,
        progress=Progress(stream=None if quiet else sys.stderr),
    )
    if as_json:
        click.echo(_json(verdicts_as_json(verdicts)))
    elif step_by_step:
        click.echo("\n\n".join(explain(verdict, lang) for verdict in verdicts))
    else:
        click.echo(verdicts_as_text(verdicts, lang))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(*, as_json: bool) -> None:
    """Say what is installed, what is cached and what can be reached."""
    from toolkit.doctor import examine

    findings = examine()
    if as_json:
        click.echo(_json([vars(finding) for finding in findings]))
        return
    for finding in findings:
        click.echo(f"{'ok ' if finding.ok else '-- '} {finding.subject:<24} {finding.detail}")


def main() -> NoReturn:
    """Entry point of the console script."""
    cli(prog_name="toolkit")
    raise SystemExit(0)


def _path_or_name(cluster: str) -> str | Path:
    """A TOML file as a path, anything else as a name."""
    return Path(cluster) if cluster.endswith(".toml") else cluster


def _json(value: object) -> str:
    """JSON text that keeps Chinese readable."""
    return json.dumps(value, ensure_ascii=False, indent=2)
