"""``toolkit clusters``: the city clusters known by name."""

import click

from toolkit.cli.group import Command
from toolkit.cli.language import in_language
from toolkit.cli.options import as_json_option, print_json

__all__ = ["clusters"]


@click.command(cls=Command)
@as_json_option
def clusters(*, as_json: bool) -> None:
    """List the city clusters that are known by name.

    \b
    Examples:
      toolkit clusters
      toolkit clusters --json
    """
    from toolkit.clusters import list_clusters

    known = list_clusters()
    cores = [[str(c.cities.at[core, "name_zh"]) for core in c.cores] for c in known]
    if as_json:
        print_json(
            [
                {
                    "slug": cluster.slug,
                    "name_en": cluster.name_en,
                    "name_zh": cluster.name_zh,
                    "cores": names,
                    "members": len(cluster.cities),
                }
                for cluster, names in zip(known, cores, strict=True)
            ]
        )
        return
    context = click.get_current_context()
    width = max(len(cluster.slug) for cluster in known)
    for cluster, names in zip(known, cores, strict=True):
        cities = in_language(f"{len(cluster.cities):>2} cities", context)
        click.echo(
            f"{cluster.slug:<{width}}  {cities}  "
            f"{cluster.name_zh} {cluster.name_en} ({' '.join(names)})"
        )
