"""``hotline audit verify``: whether the audit log is as it was written."""

import click

from hotline.ledger import anchors, verification
from ops.cli.options import CommandGroup, say, say_each
from ops.wiring import House


@click.group(cls=CommandGroup)
def audit() -> None:
    """The audit log: evidence that is only added to (P0-a)."""


@audit.command()
@click.pass_obj
def verify(house: House) -> None:
    """Whether every row stands as and where it was written; exit 1 and name the first that does not."""
    found = list(verification.verify(house.factory, house.settings.anchors))
    known = sum(1 for _ in anchors.read(house.settings.anchors))
    say_each(map(str, found))
    if found:
        say(f"{len(found)} places where the log is not as it was written")
        raise SystemExit(1)
    say(f"every row stands as and where it was written; {known} anchors say the same")
