"""``hotline find``: whom to ask and what the book answers, found as agents find them."""

from collections.abc import Iterator, Sequence

import click

from hotline import clock
from hotline.db import looking
from hotline.directory.search import Hit
from hotline.knowledge.service import entry
from hotline.knowledge.store import FaqRow
from hotline.search import Match
from ops.cli.options import say_each
from ops.wiring import House
from wording import ENGLISH, name


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def find(house: House, words: tuple[str, ...]) -> None:
    """Search the directory and the book for WORDS: what fits and how it was found, then what is similar.

    Words are written, in pinyin or in 注音; a number is an extension's or an entry's.
    """
    asked, at = " ".join(words), clock.now()
    then = house.atlas.at(at)
    people = house.atlas.index(then).find(asked)
    with looking(house.factory) as session:
        hits = house.finder.find(session, asked, at)
        entries = [(hit.match, entry(session, hit.key, at)) for hit in hits]
    say_each(_told([*map(_person, people), *(_entry(row, match) for match, row in entries)]))


def _person(hit: Hit) -> tuple[Match, str]:
    where = f"{hit.agency} {hit.section} {hit.name}".strip()
    return hit.match, f"extension {hit.extension}  {where}: {_how(hit.match)}, {hit.text}"


def _entry(row: FaqRow, match: Match) -> tuple[Match, str]:
    return match, f"entry {row.key}  {row.question} {_how(match)}"


def _how(match: Match) -> str:
    return name(match, ENGLISH).lower()


def _told(found: Sequence[tuple[Match, str]]) -> Iterator[str]:
    sure = [line for match, line in found if match.is_sure]
    similar = [line for match, line in found if not match.is_sure]
    yield from sure
    if not sure:
        yield "nothing is found" if not similar else "nothing fits exactly"
        yield "an agency can be asked (徵詢機關): /knowledge/requests/new"
    if similar:
        yield "similar:"
        yield from (f"  {line}" for line in similar)
