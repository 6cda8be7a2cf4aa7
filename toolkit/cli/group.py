"""The commands and their group: configuration before, one line and an exit code for an error."""

import os
from collections.abc import Mapping
from typing import Any

import click

from toolkit.cli.help import LanguageContext
from toolkit.cli.language import error_line, in_language, usage_line
from toolkit.errors import ToolkitError

__all__ = ["Command", "Commands"]

_WRONG_USAGE, _INTERRUPTED = 2, 130
_WHOLE = 1000  # letters of a line of help: more than any has


class Command(click.Command):
    """A command with help in the language of its user."""

    context_class = LanguageContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read all else before help is asked for: it may choose the language."""
        return super().parse_args(ctx, sorted(args, key=ctx.help_option_names.__contains__))


class Commands(click.Group):
    """A group whose commands end in one line and an exit code when something goes wrong."""

    context_class = LanguageContext

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command is for, in a whole sentence."""
        known = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(_WHOLE)) for name, one in known.items() if one]
            )

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own signature)
        """Read the configuration, run a command, turn errors into a line and a code."""
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            ctx.color = False
        try:
            self._configure(ctx)
            return super().invoke(ctx)
        except ToolkitError as error:
            click.echo(error_line(error, ctx), err=True, color=ctx.color)
            ctx.exit(error.exit_code)
        except click.UsageError as error:
            context = error.ctx or ctx
            click.echo(context.get_usage(), err=True)
            click.echo(in_language(f"Try '{context.command_path} --help' for help.", ctx), err=True)
            click.echo(usage_line(error, ctx), err=True, color=ctx.color)
            ctx.exit(_WRONG_USAGE)
        except (KeyboardInterrupt, click.Abort):
            click.echo(in_language("interrupted; earlier outputs are untouched", ctx), err=True)
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(0)

    def _configure(self, ctx: click.Context) -> None:
        """Take the defaults of options, and the settings, from the configuration file."""
        from toolkit.config import read_config

        names = {name: _long_names(command) for name, command in self.commands.items()}
        config = read_config({name: frozenset(options) for name, options in names.items()})
        ctx.obj = config
        ctx.default_map = {
            command: {names[command][option]: value for option, value in table.items()}
            for command, table in config.options.items()
        }


def _long_names(command: click.Command) -> Mapping[str, str]:
    """The long names of a command's options without dashes, each to its parameter."""
    return {
        name.removeprefix("--"): parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name
        for name in parameter.opts
        if name.startswith("--")
    }
