"""The one search of the pages: people, extensions, agencies, entries, cases, calls and pages.

Everybody finds what they may open. What somebody types may be a citizen's number, so it is sent, not asked for
by an address; a number leads to the calls of it only for a reason that stays on record (P4.12).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from calls.find import CallDirection, CallQuery, how_many
from calls.store import CallRow
from calls.topics import Topic, TopicKind
from hotline.callbacks.store import Callback
from hotline.cases.find import by_number
from hotline.cases.moving import acts_for
from hotline.clock import midnight
from hotline.directory.rules import Directory
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.log_masking import is_text
from hotline.permissions import Action
from hotline.search import Match, Texts, bare, plain
from hotline.staff.rules import Staff
from hotline.staff.service import everybody
from hotline.staff.store import agents
from web.console import agencies
from web.console.answers import lead_to, redirect_to, render
from web.console.case_words import case_number
from web.console.date_fields import for_input
from web.console.forms import text_of
from web.console.gate import Everyone, Pages, house, may, me, now, read_session
from web.console.language import _
from web.console.menu import open_pages
from web.console.pages.calls import NumberForm

pages = Pages("search")
LONGEST: Final = 100
"""Signs of what is searched for; the rest is passed over."""
SHOWN: Final = 8
"""So many of a kind are told; the page of that kind has them all."""
NUMBER: Final = re.compile(r"[-+() 0-9]{8,}")
"""A telephone number outside: no extension, no number of a row is so long."""
LATELY: Final = timedelta(days=30)
"""Calls are counted for so long."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something that was found: its name, its page, and what it is or where it belongs."""

    words: str
    address: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class HitBlock:
    """What was found of a kind: what surely fits, what is similar, and the page that searches further."""

    heading: str
    sure: list[SearchHit]
    similar: list[SearchHit]
    more: str = ""


@pages.read("/search", Everyone.STAFF)
def found() -> Response:
    """What fits the words in the address; the only thing that does opens at once."""
    asked = request.args.get("q", "").strip()[:LONGEST]
    return _found(asked if is_text(asked) else "")


@pages.change("/search", Everyone.STAFF)
def find() -> Response:
    """What fits the words that were typed: at an address of its own, unless they are a number."""
    asked = text_of("q")[:LONGEST]
    return _found(asked) if NUMBER.fullmatch(asked) else lead_to("search.found", q=asked, _code=303)


def _found(asked: str) -> Response:
    then = house().atlas.at(now())
    with read_session() as session:
        blocks = [one for one in _blocks(session, then, asked) if one.sure or one.similar] if asked else []
        is_case = any(True for _hit in _cases(session, asked))
    sure = [one for block in blocks for one in block.sure]
    is_number = NUMBER.fullmatch(asked) is not None and not is_case
    if len(sure) == 1 and not any(block.similar for block in blocks) and not is_number:
        return redirect_to(sure[0].address, 303)
    form = NumberForm(formdata=None, citizen=asked) if is_number and may(Action.CALL_READ) else None
    return render(
        "search/found.html",
        asked=asked,
        blocks=blocks,
        form=form,
        is_number=is_number,
        is_sure=bool(sure),
        most=SHOWN,
    )


def _blocks(session: Session, then: Directory, asked: str) -> Iterator[HitBlock]:
    hits = house().atlas.index(then).find(asked)
    people = [(_desk(hit), hit.match) for hit in hits] + [
        (one, Match.WRITTEN) for one in _deskless(then, asked)
    ]
    yield _block(_("人員與分機"), people, url_for("directory.search", q=asked))
    places = house().atlas.index(then).places(asked)
    named = [
        (SearchHit(one.name, url_for(f"directory.{one.kind}", code=one.code), one.agency), one.match)
        for one in places
    ]
    yield _block(_("機關與科室"), named)
    entries = _entries(session, asked)
    lines = [(_entry(row), match) for row, match in entries]
    yield _block(_("常見問答"), lines, url_for("knowledge.listed", q=asked, agency=""))
    yield HitBlock(_("頁面"), *_halves(_pages(asked)))
    if may(Action.STAFF_CHANGE):
        yield HitBlock(_("帳號"), _accounts(session, asked)[:SHOWN], [], url_for("staff.people", q=asked))
    yield HitBlock(_("待回電"), list(_promises(session, asked)), [])
    yield HitBlock(_("案件"), list(_cases(session, asked)), [])
    if may(Action.CALL_READ):
        yield HitBlock(_("來電"), list(_calls(session, then, asked, entries)), [])


def _block(heading: str, hits: list[tuple[SearchHit, Match]], more: str = "") -> HitBlock:
    sure, similar = _halves(hits)
    return HitBlock(heading, sure, similar, more)


def _halves(hits: list[tuple[SearchHit, Match]]) -> tuple[list[SearchHit], list[SearchHit]]:
    sure = [one for one, match in hits if match.is_sure][:SHOWN]
    return sure, [one for one, match in hits if not match.is_sure][:SHOWN]


def _desk(hit: Any) -> SearchHit:
    beside = " ".join(filter(None, (hit.agency, hit.section)))
    return SearchHit(
        f"{hit.extension} {hit.name}".strip(), url_for("desk.one", extension=hit.extension), beside
    )


def _deskless(then: Directory, asked: str) -> Iterator[SearchHit]:
    """People by name who sit at no extension."""
    seated = {desk.person for desk in then.desks.values()}
    for code, person in then.persons.items():
        if code not in seated and plain(asked) in plain(person.name):
            section = then.sections.get(person.section)
            yield SearchHit(
                person.name, url_for("directory.person", code=code), section.name if section else ""
            )


def _entries(session: Session, asked: str) -> list[tuple[FaqRow, Match]]:
    found = house().finder.find(session, asked, now())[: 2 * SHOWN]
    rows = ((history.in_force(session, FaqRow, hit.key, now()), hit.match) for hit in found)
    return [(row, match) for row, match in rows if row]


def _entry(row: FaqRow) -> SearchHit:
    return SearchHit(row.question, url_for("knowledge.one", number=row.key), agencies.name(row.agency))


def _pages(asked: str) -> list[tuple[SearchHit, Match]]:
    """Pages by their names, also those that are in nobody's menu."""
    known = {entry.endpoint: entry for entry in open_pages()}
    titles = dict[str, list[str]]()
    for endpoint, entry in known.items():
        titles.setdefault(bare(str(entry.words)), []).append(endpoint)
    hits = Texts(titles).find(asked, SHOWN)
    return [(SearchHit(str(known[one.key].words), url_for(one.key)), one.match) for one in hits]


def _accounts(session: Session, asked: str) -> list[SearchHit]:
    """Members of the staff by name, login or telephone."""
    wanted = plain(asked)

    def is_meant(one: Staff) -> bool:
        return wanted in plain(one.name) or wanted == one.login or wanted == one.phone

    return [
        SearchHit(one.name, url_for("staff.person", login=one.login), one.login)
        for one in everybody(session, now())
        if is_meant(one)
    ]


def _promises(session: Session, asked: str) -> Iterator[SearchHit]:
    """Promise by the number that the citizen was told."""
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    row = session.get(Callback, number) if number else None
    if row and may(Action.CALLBACK_WORK, row.acted_for):
        yield SearchHit(_("待回電 %(number)d", number=row.id), url_for("callbacks.one", number=row.id))


def _cases(session: Session, asked: str) -> Iterator[SearchHit]:
    """The case of a number, however it is spaced."""
    row = by_number(session, asked)
    if row and acts_for(session, row, me().login, Action.CASE_READ, now()):
        number = case_number(row.number)
        yield SearchHit(_("案號 %(number)s", number=number), url_for("case_search.one", number=row.number))


def _calls(
    session: Session, then: Directory, asked: str, entries: list[tuple[FaqRow, Match]]
) -> Iterator[SearchHit]:
    """A call by its own number; the calls of late of an agent, an extension or an entry."""
    if session.get(CallRow, asked):
        yield SearchHit(asked, url_for("calls.one", call_id=asked))
    since, wanted = midnight(now() - LATELY), plain(asked)
    queries = [
        (one.name, CallQuery(since=since, agent=one.phone))
        for one in agents(session)
        if wanted in plain(one.name)
    ]
    if wanted in then.desks:
        queries.append((_("分機 %(extension)s", extension=wanted), CallQuery(since=since, extension=wanted)))
    for row, match in entries[:3]:
        if match.is_sure:
            queries.append((row.question, CallQuery(since=since, topic=str(Topic(TopicKind.ENTRY, row.key)))))
    for words, query in queries[:SHOWN]:
        if total := how_many(session, query):
            where = {
                name: value for name in ("agent", "extension", "topic") if (value := getattr(query, name))
            }
            address = url_for("calls.listed", since=for_input(since), direction=CallDirection.IN, **where)
            yield SearchHit(words, address, _("近 30 天 %(total)d 通", total=total))
