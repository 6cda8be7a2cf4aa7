"""``toolkit claims``: verdicts with their reasons and evidence, without writing anything."""

from pathlib import Path
from typing import Literal

import click

from toolkit.cli.options import (
    as_json_option,
    claims_option,
    lang_option,
    path_or_name,
    print_json,
    progress_on,
    quiet_option,
    roads_option,
    timetable_option,
)

__all__ = ["claims"]


@click.command()
@click.argument("cluster", default="jing-jin-ji")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only these claims.")
@timetable_option
@roads_option
@claims_option
@lang_option
@click.option("--explain", "step_by_step", is_flag=True, help="Print the reasoning step by step.")
@as_json_option
@quiet_option
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

    \b
    Examples:
      toolkit claims jing-jin-ji
      toolkit claims jing-jin-ji --id A1 --explain
      toolkit claims national --lang zh
    """
    from toolkit.claims import explain
    from toolkit.pipeline import check_claims
    from toolkit.summary import verdicts_as_json, verdicts_as_text

    verdicts = check_claims(
        path_or_name(cluster),
        ids=ids,
        timetables=timetables,
        roads=roads,
        claims=claim_files,
        progress=progress_on(quiet=quiet),
    )
    if as_json:
        print_json(verdicts_as_json(verdicts))
    elif step_by_step:
        click.echo("\n\n".join(explain(verdict, lang) for verdict in verdicts))
    else:
        click.echo(verdicts_as_text(verdicts, lang))
