"""``toolkit compare``: the 19 clusters side by side, from the embedded timetables."""

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
    settings_in_use,
)

__all__ = ["compare"]


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("outputs/comparison"),
    show_default=True,
    help="Folder of table, GeoPackage and map.",
)
@lang_option
@as_json_option
@quiet_option
def compare(
    names: tuple[str, ...], *, out: Path, lang: Literal["en", "zh"], as_json: bool, quiet: bool
) -> None:
    """Compare reach, sizes and links of clusters, 2016 against 2023.

    Residents, cities within an hour of a core (D1, D3, D4), rank-size slope, primacy,
    polycentricity of the direct trains, share of the top city, entropy: a table, a layer, a map
    and what they say in two sentences.

    \b
    Examples:
      toolkit compare
      toolkit compare 京津冀 长三角 珠三角
    """
    from toolkit.clusters import load_cluster
    from toolkit.comparison import clusters_as_text, write_clusters

    table, said, files = write_clusters(
        out,
        [load_cluster(name) for name in names] or None,
        settings=settings_in_use(),
        progress=progress_on(quiet=quiet),
    )
    if as_json:
        print_json(
            {
                "rows": table.astype(object).where(table.notna(), None).to_dict("records"),
                "reading": [vars(sentence) for sentence in said],
                "files": [str(path) for path in files],
            }
        )
        return
    click.echo(clusters_as_text(table, lang))
    click.echo()
    for sentence in said:
        click.echo(sentence.text(lang))
    click.echo()
    for path in files:
        click.echo(path)
