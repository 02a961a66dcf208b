"""``hotline prompts``: the catalogue's sound files rendered and compared."""

import sys

import click

from ops.cli.options import CommandGroup
from ops.machine.users import acting_as_caller


def register(main: click.Group) -> None:
    """Add the command to the command line."""
    main.add_command(prompts)


@click.group(cls=CommandGroup)
def prompts() -> None:
    """The catalogue's sound files."""


@prompts.command("build")
def build_prompts() -> None:
    """Render what is new or changed (needs the `voices` extra; see the README)."""
    from tools.voices.build import build

    try:
        with acting_as_caller():
            build()
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is missing, which renders prompts. Run `make voices` first (large)"
        ) from error


@prompts.command("check")
def check_prompts() -> None:
    """Compare the files with the catalogue, the manifest and the level rules."""
    from tools.voices.build import check as compare

    faults = compare()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults" if faults else "every prompt has its files, at its level, as listed")
    sys.exit(1 if faults else 0)
