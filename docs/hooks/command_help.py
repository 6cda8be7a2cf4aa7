"""Put the help of each command on the page of the command line, as the program prints it."""  # noqa: INP001 (loaded by mkdocs, not a package)

import re
from typing import Any

from click import Context

from toolkit.cli import cli

MARK = re.compile(r"^<!-- help of all commands -->$", flags=re.MULTILINE)
WIDTH = 96


def on_page_markdown(markdown: str, **_: Any) -> str:  # noqa: ANN401 (mkdocs passes its own objects)
    """Replace the mark by the help of the program and of each command."""
    return MARK.sub(lambda _: "\n\n".join(_helps()), markdown)


def _helps() -> list[str]:
    """Help of the program and of its commands."""
    # a plain context writes English, whatever the locale
    whole = Context(
        cli,
        info_name="toolkit",
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **cli.context_settings,
    )
    texts = [("toolkit", cli.get_help(whole))]
    for name in cli.list_commands(whole):
        command = cli.get_command(whole, name)
        if command is not None and not command.hidden:
            context = Context(
                command, info_name=name, parent=whole, terminal_width=WIDTH, max_content_width=WIDTH
            )
            texts.append((f"toolkit {name}", command.get_help(context)))
    return [f"## {name}\n\n```text\n{text}\n```" for name, text in texts]
