"""Shared parts of the command line: how instants and days are written, and who gives a command."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import click

from hotline import clock
from hotline.log_masking import clean


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


class InstantParam(click.ParamType[datetime]):
    """An ISO 8601 date and time of this century; without a zone it is Taipei's."""

    name = "YYYY-MM-DDTHH:MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            at = value if isinstance(value, datetime) else clock.taipei(value)
            if at.year in YEARS:
                return at
        except ValueError:
            pass
        self.fail(f"{value!r} is not a date and time; write for example 2026-11-24T10:00", param, ctx)


class DayParam(click.ParamType[date]):
    """An ISO 8601 date of this century."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(value)
            if day.year in YEARS:
                return day
        except ValueError:
            pass
        self.fail(f"{value!r} is not a date; write for example 2026-11-24", param, ctx)


by = click.option("--by", required=True, metavar="LOGIN", help="who gives the command: a login of the staff")
"""The option of every command that changes something."""
reason = click.option("--reason", default="", help="why, for the record")


def say(line: str) -> None:
    """Tell one line; what stands in a row moves no cursor and makes no line of its own."""
    click.echo(clean(line))


def say_each(lines: Iterable[str], none: str) -> None:
    """Tell a list, line by line; ``none`` when there is nothing on it."""
    told = list(lines)
    for line in told or [none]:
        say(line)
