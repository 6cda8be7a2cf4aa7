"""``toolkit all-clusters``: every cluster in parallel, then all of them side by side."""

from pathlib import Path

import click

from toolkit.cli.group import Command
from toolkit.cli.language import in_language
from toolkit.cli.options import (
    as_json_option,
    print_json,
    progress_on,
    quiet_option,
    settings_in_use,
)

__all__ = ["all_clusters"]


@click.command(name="all-clusters", cls=Command, context_settings={"ignore_unknown_options": True})
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("outputs"),
    show_default=True,
    help="Folder of the folders of the clusters.",
)
@click.option(
    "--only", "names", multiple=True, metavar="CLUSTER", help="Only this one; repeat for several."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes at a time; by default up to 4.")
@click.option("--again", is_flag=True, help="Run also what is finished with the same inputs.")
@as_json_option
@quiet_option
@click.argument("run_options", nargs=-1, type=click.UNPROCESSED)
def all_clusters(
    *,
    out: Path,
    names: tuple[str, ...],
    jobs: int | None,
    again: bool,
    as_json: bool,
    quiet: bool,
    run_options: tuple[str, ...],
) -> None:
    """Run the 19 clusters and compare them.

    Options of "toolkit run" may follow and hold for every cluster. What is finished with the same
    version, data and options is not run again. A cluster that fails stops no other; the exit code
    is 1 then, and the errors are listed at the end.

    \b
    Examples:
      toolkit all-clusters
      toolkit all-clusters --jobs 2 --no-maps
      toolkit all-clusters --live --offline
      toolkit all-clusters --only 京津冀 --only 长三角
    """
    from toolkit.batch import run_clusters
    from toolkit.clusters import list_clusters, load_cluster
    from toolkit.collection import summarise

    chosen = [load_cluster(name) for name in names] or list(list_clusters())
    progress = progress_on(quiet=quiet)
    settings = settings_in_use()
    outcomes = run_clusters(
        chosen,
        out=out,
        options=run_options,
        jobs=jobs,
        again=again,
        settings=settings,
        progress=progress,
    )
    files = summarise(outcomes, out, settings=settings, progress=progress)
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        print_json(
            {
                "clusters": [
                    {
                        "slug": outcome.cluster.slug,
                        "status": outcome.status,
                        "seconds": round(outcome.seconds, 1),
                        "folder": str(outcome.folder),
                        "problem": outcome.problem,
                    }
                    for outcome in outcomes
                ],
                "files": [str(path) for path in files],
            }
        )
    else:
        for path in files:
            click.echo(path)
    for outcome in failed:
        line = f"failed: {outcome.cluster.slug}: {outcome.problem}"
        click.echo(in_language(line, click.get_current_context()), err=True)
    if failed:
        raise SystemExit(1)
