"""``hotline exchange``: cases to and from other systems."""

import json
from collections.abc import Mapping
from typing import IO, Final

import click
from pydantic import BaseModel

from hotline import clock
from hotline.exchange.intake import answered
from hotline.exchange.lines import CaseLine, schema
from hotline.exchange.replies import CaseReply
from ops.cli.options import CommandGroup, by, say
from ops.terminal import in_words
from ops.wiring import House

SCHEMAS: Final[Mapping[str, type[BaseModel]]] = {"line": CaseLine, "reply": CaseReply}


@click.group(cls=CommandGroup)
def exchange() -> None:
    """Cases to and from other systems: lines that go out, replies that come back."""


@exchange.command("schema")
@click.argument("of", type=click.Choice(list(SCHEMAS)))
def show_schema(of: str) -> None:
    """The JSON schema of a line that goes out, or of a reply that comes back."""
    click.echo(schema(SCHEMAS[of]), nl=False)


@exchange.command()
@click.argument("file", type=click.File("rb"))
@by
def take(house: House, file: IO[bytes], by: str) -> None:
    """Take a file of replies, one a line; each is answered by a line, and none is done twice."""
    for one in house.case_replies.take(file, by, clock.now()):
        say(json.dumps(answered(one, in_words), ensure_ascii=False))
