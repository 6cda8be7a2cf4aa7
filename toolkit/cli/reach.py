"""``toolkit reach``: how far one city reaches, as a small GeoPackage, a raster and a map."""

from pathlib import Path
from typing import Literal

import click

from toolkit.cli.group import Command
from toolkit.cli.options import (
    as_json_option,
    cluster_argument,
    lang_option,
    path_or_name,
    print_json,
    progress_on,
    quiet_option,
    roads_option,
    settings_in_use,
)

__all__ = ["reach"]


@click.command(cls=Command)
@cluster_argument
@click.option("--core", "cores", multiple=True, help="Origin city; repeat for several.")
@click.option(
    "--minutes",
    "minutes",
    multiple=True,
    type=click.IntRange(min=1),
    help="60 by default; repeat for several.",
)
@click.option("--definition", default="door_to_door", help="Key of a definition.")
@click.option("--definitions", type=click.Path(path_type=Path), help="Definitions (TOML).")
@click.option("--timetable", metavar="DATE|GTFS", help="Embedded timetable by date, or a GTFS.")
@roads_option
@click.option(
    "--population", default="modelled", metavar="FILE|modelled|none", help="People per cell."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
@lang_option
@as_json_option
@quiet_option
def reach(
    cluster: str,
    *,
    cores: tuple[str, ...],
    minutes: tuple[int, ...],
    definition: str,
    definitions: Path | None,
    timetable: str | None,
    roads: str | None,
    population: str,
    out: Path | None,
    lang: Literal["en", "zh"],
    as_json: bool,
    quiet: bool,
) -> None:
    """Land, cities and people within some minutes of a city of CLUSTER.

    \b
    Examples:
      toolkit reach jing-jin-ji --core Beijing --minutes 60
      toolkit reach 京津冀 --core 石家庄 --minutes 45 --minutes 90 --timetable national.gtfs.zip
    """
    from toolkit.analysis.definitions import load_definitions
    from toolkit.city_reach import reach as compute
    from toolkit.city_reach import write_reach
    from toolkit.reach_summary import reach_as_json, reach_as_text

    settings = settings_in_use()
    own = load_definitions(definitions) if definitions is not None else {}
    found = compute(
        path_or_name(cluster),
        cores,
        minutes or 60,
        definition=own.get(definition, definition),
        timetable=timetable,
        roads=roads,
        population=population,
        settings=settings,
        progress=progress_on(quiet=quiet),
    )
    folder = out or settings.output_folder / found.inputs.cluster.slug / "reach"
    files = write_reach(found, folder)
    if as_json:
        print_json(reach_as_json(found, files))
    else:
        click.echo(reach_as_text(found, files, lang))
