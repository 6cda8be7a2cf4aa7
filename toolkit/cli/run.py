"""``toolkit run``: one cluster from its name to its outputs."""

from pathlib import Path
from typing import Literal

import click

from toolkit.cli.group import Command
from toolkit.cli.options import (
    as_json_option,
    claims_option,
    cluster_argument,
    lang_option,
    path_or_name,
    print_json,
    progress_on,
    quiet_option,
    roads_option,
    settings_in_use,
    timetable_option,
)

__all__ = ["run"]


@click.command(cls=Command)
@cluster_argument
@timetable_option
@roads_option
@click.option(
    "--live", is_flag=True, help="Download roads, boundaries, this week's timetable and people."
)
@click.option("--refresh", is_flag=True, help="With --live: ask for newer files.")
@click.option("--offline", is_flag=True, help="With --live: use earlier downloads only.")
@click.option(
    "--population",
    metavar="FILE|worldpop|worldpop-100m|ghs-pop|modelled|none",
    help="People per cell; worldpop (1 km) with --live, else modelled.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--core", "cores", multiple=True, help="Origin city; repeat for several.")
@click.option("--definitions", type=click.Path(path_type=Path), help="Definitions (TOML).")
@claims_option
@lang_option
@click.option(
    "--centrality", "with_centrality", is_flag=True, help="Also exact centrality of the roads."
)
@click.option("--maps/--no-maps", default=True, help="Draw maps (default) or not.")
@as_json_option
@quiet_option
def run(
    cluster: str,
    *,
    timetables: tuple[str, ...],
    roads: str | None,
    live: bool,
    refresh: bool,
    offline: bool,
    population: str | None,
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

    \b
    Examples:
      toolkit run jing-jin-ji
      toolkit run 长三角 --lang zh
      toolkit run jing-jin-ji --timetable national.gtfs.zip --roads hebei.osm.pbf
      toolkit run my-cluster.toml --core 太原 --out results
    """
    from toolkit.pipeline import run as run_pipeline
    from toolkit.sources.live import Live
    from toolkit.summary import run_as_json, run_as_text

    result = run_pipeline(
        path_or_name(cluster),
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
        settings=settings_in_use(),
        progress=progress_on(quiet=quiet),
    )
    if as_json:
        print_json(run_as_json(result))
    else:
        click.echo(run_as_text(result, lang))
