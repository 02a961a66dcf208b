"""``hotline``: callbacks and promises."""

import click


def register(main: click.Group) -> None:
    """Add this file's commands."""
