"""``hotline``: measured duties."""

import click


def register(main: click.Group) -> None:
    """Add this file's commands."""
