"""``toolkit doctor``: what is installed, cached and reachable."""

import click

from toolkit.cli.options import as_json_option, print_json, settings_in_use

__all__ = ["doctor"]


@click.command()
@as_json_option
def doctor(*, as_json: bool) -> None:
    """Say what is installed, what is cached and what can be reached.

    \b
    Examples:
      toolkit doctor
      toolkit doctor --json
    """
    from toolkit.doctor import examine

    findings = examine(settings=settings_in_use())
    if as_json:
        print_json([vars(finding) for finding in findings])
        return
    for finding in findings:
        mark = click.style("ok ", fg="green") if finding.ok else click.style("-- ", fg="yellow")
        click.echo(f"{mark} {finding.subject:<24} {finding.detail}")
