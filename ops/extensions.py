"""Parts that may be installed beside the product, found by entry points: commands, and cities."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Final

COMMANDS: Final = "hotline.commands"
"""``register(main)`` each: adds its command to the command line."""
CITIES: Final = "hotline.cities"
"""``settle(session, at, size)`` each: fills an empty database."""


def extensions(group: str) -> Iterator[Any]:
    """Everything of a group, by name."""
    for found in sorted(entry_points(group=group), key=lambda one: one.name):
        yield found.load()
