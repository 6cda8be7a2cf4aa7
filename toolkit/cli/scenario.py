"""``toolkit scenario``: what a new road or railway line changes for a cluster."""

from pathlib import Path
from typing import Literal

import click

from toolkit.cli.completion import complete_clusters
from toolkit.cli.group import Command
from toolkit.cli.options import (
    as_json_option,
    lang_option,
    print_json,
    progress_on,
    quiet_option,
    roads_option,
    settings_in_use,
)

__all__ = ["scenario"]


@click.command(cls=Command)
@click.argument("what", metavar="NAME|FILE")
@click.option(
    "--cluster",
    shell_complete=complete_clusters,
    help="Cluster; that of a built-in example by default.",
)
@click.option("--kind", type=click.Choice(["road", "rail"]), help="What the lines of a file are.")
@click.option("--timetable", metavar="DATE|GTFS", help="The trains before.")
@roads_option
@click.option(
    "--population",
    metavar="FILE|worldpop|worldpop-100m|ghs-pop|modelled|none",
    help="People per cell; modelled by default.",
)
@click.option("--remove", type=click.Path(path_type=Path), help="Roads that these lines touch go.")
@click.option("--as-of", metavar="DATE", help="Nothing that opens later.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
@lang_option
@as_json_option
@quiet_option
def scenario(
    what: str,
    *,
    cluster: str | None,
    kind: Literal["road", "rail"] | None,
    timetable: str | None,
    roads: str | None,
    population: str | None,
    remove: Path | None,
    as_of: str | None,
    out: Path | None,
    lang: Literal["en", "zh"],
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare a cluster before and after new links.

    NAME is a built-in example: shenzhong-link, xiongan-shangqiu, beijing-hengshui or
    beijing-tangshan. FILE holds lines drawn in QGIS, such as a GeoJSON, with a column speed_kmh for
    roads or line_speed_kmh for railways.

    \b
    Examples:
      toolkit scenario beijing-hengshui
      toolkit scenario shenzhong-link --roads guangdong.osm.pbf
      toolkit scenario new-road.geojson --cluster jing-jin-ji
    """
    from toolkit.publish.structure.scenarios import effects_as_text
    from toolkit.summary import files_as_text
    from toolkit.what_if import run_scenario

    topic, files = run_scenario(
        what,
        cluster=cluster,
        kind=kind,
        timetable=timetable,
        roads=roads,
        population=population,
        remove=remove,
        as_of=as_of,
        out=out,
        settings=settings_in_use(),
        progress=progress_on(quiet=quiet),
    )
    effects = topic.tables["scenario_effects"]
    if as_json:
        print_json(
            {
                "reading": [vars(sentence) for sentence in topic.reading],
                "effects": effects.astype(object).where(effects.notna(), None).to_dict("records"),
                "files": [str(path) for path in files],
            }
        )
        return
    for sentence in topic.reading:
        click.echo(sentence.text(lang))
    click.echo()
    click.echo(effects_as_text(effects, lang))
    click.echo()
    click.echo(files_as_text(files, lang))
