"""``toolkit reach``: how far one city reaches, as a small GeoPackage, a raster and a map."""

from pathlib import Path

import click

from toolkit.cli.options import path_or_name, progress_on, quiet_option, roads_option

__all__ = ["reach"]


@click.command()
@click.argument("cluster")
@click.option("--core", "cores", multiple=True, help="Origin city; repeat for several.")
@click.option(
    "--minutes", "minutes", multiple=True, type=click.IntRange(min=1), help="Repeat for several."
)
@click.option("--definition", default="door_to_door", help="Key of a definition.")
@click.option("--definitions", type=click.Path(path_type=Path), help="Definitions (TOML).")
@click.option("--timetable", metavar="DATE|GTFS", help="Embedded timetable by date, or a GTFS.")
@roads_option
@click.option(
    "--population", default="modelled", metavar="FILE|modelled|none", help="People per cell."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results.")
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
    quiet: bool,
) -> None:
    """Land, cities and people within some minutes of a city of CLUSTER.

    \b
    Examples:
      toolkit reach jing-jin-ji --core Beijing --minutes 60
      toolkit reach 京津冀 --core 石家庄 --minutes 45 --minutes 90 --timetable national.gtfs.zip
    """
    from toolkit.analysis.definitions import load_definitions
    from toolkit.analysis.reach import leading_rows
    from toolkit.city_reach import reach as compute
    from toolkit.city_reach import write_reach
    from toolkit.settings import DEFAULTS

    own = load_definitions(definitions) if definitions is not None else {}
    found = compute(
        path_or_name(cluster),
        cores,
        minutes or 60,
        definition=own.get(definition, definition),
        timetable=timetable,
        roads=roads,
        population=population,
        progress=progress_on(quiet=quiet),
    )
    folder = out or DEFAULTS.output_folder / found.inputs.cluster.slug / "reach"
    files = write_reach(found, folder)
    times = leading_rows(found.cities)
    times = times[times["station_set"].isin(["", "main"])]
    for core, rows in times.groupby("core_en", sort=False):
        for limit in found.minutes:
            inside = rows[rows[f"within_{limit}"]].sort_values("minutes")
            names = [
                f"{row.city_en} {row.city_zh} {row.minutes:.0f}" for row in inside.itertuples()
            ]
            click.echo(f"{core}, {limit} min: {', '.join(names) or 'no city'}")
    for row in found.polygons.itertuples():
        people = "" if row.population != row.population else f", {row.population:,.0f} people"
        label = " ".join(filter(None, (row.statistic, row.window)))
        click.echo(
            f"{row.core_en}, {row.minutes:.0f} min, {label}: {row.area_km2:,.0f} km2{people}"
        )
    click.echo("\n".join(["", "Written:", *(f"  {path}" for path in files)]))
