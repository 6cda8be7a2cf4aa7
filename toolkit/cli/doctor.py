"""``toolkit doctor``: what is installed, cached and reachable."""

import click

from toolkit.cli.options import as_json_option, print_json

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

    findings = examine()
    if as_json:
        print_json([vars(finding) for finding in findings])
        return
    for finding in findings:
        click.echo(f"{'ok ' if finding.ok else '-- '} {finding.subject:<24} {finding.detail}")
