"""The group of commands: an error of the package becomes one line on stderr and an exit code."""

from typing import Any

import click

from toolkit.errors import ToolkitError

__all__ = ["Commands"]

_INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands end in one line and an exit code when something goes wrong."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own signature)
        """Run a command; turn the package's errors into a line and a code."""
        try:
            return super().invoke(ctx)
        except ToolkitError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted; earlier outputs are untouched", err=True)
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(0)
