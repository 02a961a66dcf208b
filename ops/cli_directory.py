"""``hotline``: the directory, staff and the calendar."""

import click


def register(main: click.Group) -> None:
    """Add this file's commands."""
