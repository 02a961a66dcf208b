"""Inbox of who works on cases: what is to be done first, by office and person; and the offices themselves."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from hotline.cases import inbox
from hotline.cases.inbox import Pile
from hotline.directory.offices import offices
from hotline.permissions import OFFICES, Action
from web.console.answers import render
from web.console.case_words import COLOURS, ListedCase, case_lines
from web.console.case_working import first_due, left_words
from web.console.forms import asked_one
from web.console.gate import Pages, me, now, read_session, scope
from web.console.language import _l, capital, name
from web.console.menu import TODAY
from web.console.paging import SIZE, ListPage, asked
from web.console.record_links import who

pages = Pages("inbox")
pages.in_menu(TODAY, _l("待辦案件"), "listed", Action.CASE_INBOX, place=2)
pages.in_menu(TODAY, _l("各機關窗口"), "held", Action.CASE_DECIDE, place=8)
MINE = "mine"


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A case as the inbox shows it: what presses, and whose it is."""

    line: ListedCase
    due_at: datetime | None
    deadline: str
    left: str
    is_late: bool
    holder: str


@pages.read("/inbox", Action.CASE_INBOX)
def listed() -> Response:
    """List a pile of one's office, or only one's own; the first that holds anything, unless named."""
    own, member, at = request.args.get("whose") == MINE, me(), now()
    with read_session() as session:
        counts = inbox.counts(session, member, at, own=own)
        waiting = next((one.pile for one in counts if one.number), counts[0].pile if counts else Pile.OPEN)
        pile = asked_one("pile", waiting)
        found = inbox.page(session, pile, member, at, own=own, number=asked(), size=SIZE)
        lines = [_line(one, at) for one in case_lines(session, found.rows)]
    last = max(1, -(-found.total // SIZE))
    return render(
        "inbox/listed.html",
        page=ListPage(lines, min(asked(), last), found.total),
        counts=counts,
        pile=pile,
        own=own,
        is_city=not scope(Action.CASE_INBOX),
        colours=COLOURS,
    )


def _line(line: ListedCase, at: datetime) -> InboxLine:
    kind, due_at = first_due(line.row)
    holder = line.row.officer or line.row.reply_owner
    is_late = line.row.is_open and due_at is not None and due_at < at
    left = left_words(due_at, at) if line.row.is_open else ""
    return InboxLine(
        line, due_at, capital(name(kind)) if kind else "", left, is_late, who(holder) if holder else ""
    )


@pages.read("/offices", Action.CASE_INBOX)
def held() -> Response:
    """List the offices of each agency with their gaps (P5.4.6); one's own for who acts for an agency."""
    only_gaps = request.args.get("gaps", "") == "1"
    with read_session() as session:
        found = offices(session, now(), scope(Action.CASE_INBOX))
    shown = [one for one in found if one.has_gap or not only_gaps]
    return render(
        "inbox/offices.html",
        shown=shown,
        heads=[name(role) for role in OFFICES],
        gaps=sum(one.has_gap for one in found),
        only_gaps=only_gaps,
    )
