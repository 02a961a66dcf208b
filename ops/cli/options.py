"""Shared parts of the command line: how instants and days are written, and who gives a command."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from hotline import clock
from hotline.log_masking import clean

DateT = TypeVar("DateT", bound=date)


class CommandGroup(click.Group):
    """Group that lists each of its commands in a whole sentence, however narrow the screen."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(1000)) for name, one in shown if not one.hidden]
            )


YEARS: Final = range(2000, 2100)
"""Years a command may speak of: none that lies beyond every calendar."""
NUMBER: Final = click.IntRange(1, 2**31 - 1)
"""The number of a row."""
HOW_MANY: Final = click.IntRange(1, 100_000)
"""How many of a list are shown."""


class DateParam(click.ParamType[DateT]):
    """An ISO 8601 date of this century, with or without a time."""

    def __init__(self, name: str, read: Callable[[str], DateT], what: str, example: str) -> None:
        self.name, self._read, self._what, self._example = name, read, what, example

    def convert(self, value: Any, param: Any, ctx: Any) -> DateT:
        with suppress(ValueError):
            read: DateT = self._read(value) if isinstance(value, str) else value
            if read.year in YEARS:
                return read
        self.fail(f"{value!r} is not {self._what}; write for example {self._example}", param, ctx)


class FolderParam(click.Path):
    """A directory by its path; an empty one, as an unset variable gives it, is not the present directory."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "":
            self.fail("the path is empty; write that of a directory", param, ctx)
        return super().convert(value, param, ctx)


FOLDER: Final = FolderParam(file_okay=False, path_type=Path)
INSTANT: Final = DateParam("YYYY-MM-DDTHH:MM", clock.taipei, "a date and time", "2026-11-24T10:00")
"""Without a zone it is Taipei's."""
DAY: Final = DateParam("YYYY-MM-DD", date.fromisoformat, "a date", "2026-11-24")
_BY: Final = click.option(
    "--by", required=True, metavar="LOGIN", help="who gives the command: a login of the staff"
)
reason = click.option("--reason", default="", help="why, for the record")


def by(command: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command that changes something: given the house, and under a login."""
    return _BY(click.pass_obj(command))


def minute(at: datetime) -> str:
    """Month, day and time in Taipei, as lists show an instant."""
    return f"{at.astimezone(clock.TAIPEI):%m-%d %H:%M}"


def say(line: str) -> None:
    """Tell one line; what stands in a row moves no cursor and makes no line of its own."""
    click.echo(clean(line))


def say_each(lines: Iterable[str], none: str = "") -> None:
    """Tell a list, line by line; ``none`` when there is nothing on it."""
    told = list(lines)
    for line in told or filter(None, [none]):
        say(line)
