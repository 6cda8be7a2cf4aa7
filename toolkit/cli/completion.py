"""``toolkit completion``: the script that lets a shell complete commands, options and names."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from toolkit.cli.group import Command

__all__ = ["complete_clusters", "completion"]


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    Examples:
      toolkit completion bash >> ~/.bashrc
      toolkit completion zsh >> ~/.zshrc
      toolkit completion fish > ~/.config/fish/completions/toolkit.fish
    """
    kind = get_completion_class(shell)
    if kind is None:  # click knows these three
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(ctx.find_root().command, {}, "toolkit", "_TOOLKIT_COMPLETE").source())


def complete_clusters(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Slugs and Chinese names of the clusters that begin with what was typed."""
    from toolkit.clusters import list_clusters

    return [
        CompletionItem(name, help=cluster.name_en)
        for cluster in list_clusters()
        for name in (cluster.slug, cluster.name_zh)
        if name.startswith(incomplete)
    ]
