"""``toolkit claims``: verdicts with their reasons and evidence, of one cluster or of all."""

from pathlib import Path
from typing import Literal

import click

from toolkit.cli.completion import complete_clusters
from toolkit.cli.group import Command
from toolkit.cli.options import (
    as_json_option,
    claims_option,
    lang_option,
    path_or_name,
    print_json,
    progress_on,
    quiet_option,
    roads_option,
    settings_in_use,
    timetable_option,
)

__all__ = ["claims"]

# Written out, since the module of claims is too heavy for the help text.
_OUTCOMES = ("holds", "fails", "depends", "borderline", "inconsistent", "not-checkable")


@click.command(cls=Command)
@click.argument("cluster", required=False, shell_complete=complete_clusters)
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only these claims.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    type=click.Choice(_OUTCOMES),
    help="Print only claims with this outcome.",
)
@timetable_option
@roads_option
@claims_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of claims.csv and claims.md (all claims).",
)
@lang_option
@click.option("--explain", "step_by_step", is_flag=True, help="Print the reasoning step by step.")
@as_json_option
@quiet_option
def claims(
    cluster: str | None,
    *,
    ids: tuple[str, ...],
    outcomes: tuple[str, ...],
    timetables: tuple[str, ...],
    roads: str | None,
    claim_files: tuple[Path, ...],
    out: Path | None,
    lang: Literal["en", "zh"],
    step_by_step: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check the claims about CLUSTER, or all of them.

    CLUSTER may be "national" for the claims that speak of no single cluster. Without it all claims
    of all clusters are checked, summed up and written to outputs/claims. With --id the claim is
    enough: it knows its cluster.

    \b
    Examples:
      toolkit claims
      toolkit claims --id A1 --explain
      toolkit claims jing-jin-ji
      toolkit claims jing-jin-ji --outcome not-checkable
      toolkit claims national --lang zh
    """
    from toolkit.claims import explain, load_sources
    from toolkit.pipeline import check_claims, check_every_claim
    from toolkit.publish.claim_lists import write_claims
    from toolkit.summary import (
        files_as_text,
        verdicts_as_json,
        verdicts_as_text,
        verdicts_in_short,
    )

    progress, settings = progress_on(quiet=quiet), settings_in_use()
    if cluster is None:
        if timetables or roads:
            raise click.UsageError("--timetable and --roads need a CLUSTER")
        verdicts = check_every_claim(
            ids=ids, claims=claim_files, settings=settings, progress=progress
        )
    else:
        verdicts = check_claims(
            path_or_name(cluster),
            ids=ids,
            timetables=timetables,
            roads=roads,
            claims=claim_files,
            settings=settings,
            progress=progress,
        )
    if out is not None or (cluster is None and not ids):
        folder = out or settings.output_folder / "claims"
        written = write_claims(folder, verdicts, load_sources(None, *claim_files))
        if not (as_json or step_by_step):
            click.echo(verdicts_in_short(verdicts, lang))
            click.echo("\n" + files_as_text(written, lang))
            return
    if outcomes:
        verdicts = tuple(one for one in verdicts if one.outcome.replace(" ", "-") in outcomes)
    if as_json:
        print_json(verdicts_as_json(verdicts))
    elif step_by_step:
        click.echo("\n\n".join(explain(verdict, lang) for verdict in verdicts))
    else:
        click.echo(verdicts_as_text(verdicts, lang))
