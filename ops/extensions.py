"""Parts installed beside the product, found by entry points: commands, cities, processes, pages."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Final

COMMANDS: Final = "hotline.commands"
"""``register(main)`` each: adds its command to the command line."""
CITIES: Final = "hotline.cities"
"""``settle(session, at, size)`` each: fills an empty database."""

PROCESSES: Final = "hotline.processes"
"""``beside(settings, session, at)`` each: names and modules of processes that run beside ours."""
ENTRANCES: Final = "hotline.entrances"
"""``opened(settings)`` each: pages and addresses at which the pages listen too, or None where it stays
shut.
"""


def extensions(group: str) -> Iterator[Any]:
    """Everything of a group, by name."""
    for found in sorted(entry_points(group=group), key=lambda one: one.name):
        yield found.load()
