"""``toolkit doctor``: what is installed, cached and reachable."""

import click

from toolkit.cli.group import Command
from toolkit.cli.language import in_language
from toolkit.cli.options import as_json_option, print_json, settings_in_use

__all__ = ["doctor"]


@click.command(cls=Command)
@as_json_option
def doctor(*, as_json: bool) -> None:
    """Say what is installed, what is cached and what can be reached.

    \b
    Examples:
      toolkit doctor
      toolkit doctor --json
    """
    from toolkit.doctor import examine
    from toolkit.terminal import padded

    findings = examine(settings=settings_in_use())
    if as_json:
        print_json([vars(finding) for finding in findings])
        return
    context = click.get_current_context()
    for finding in findings:
        mark = click.style("ok ", fg="green") if finding.ok else click.style("-- ", fg="yellow")
        subject = padded(in_language(finding.subject, context), 24)
        click.echo(f"{mark} {subject} {in_language(finding.detail, context)}")
