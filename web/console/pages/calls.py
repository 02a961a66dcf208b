"""Calls that were, looked up by time, agent, outcome, extension, service and topic; the story of each (P0-b).

Numbers are masked. To ask by a number, and to see one whole, a reason is given that stays on record (P4.12).
What was said is never heard here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired

from calls.caller_history import calls_of
from calls.cdr import CallResult
from calls.dispositions import NONE, SERVICES, ServiceType
from calls.find import UNTAGGED, UP, CallDirection, CallQuery, found, how_many, look_up, story, topics
from calls.store import OUTGOING, CallRow
from calls.topics import Topic, is_topic
from hotline.callbacks.wishes import NumberMissing, written_number
from hotline.clock import midnight
from hotline.errors import HotlineError
from hotline.errors import faults as faults_of
from hotline.ledger.looks import Reading, look
from hotline.log_masking import is_text
from hotline.numbers import ANONYMOUS, EXTENSION
from hotline.permissions import Action
from hotline.staff.service import latest_names
from hotline.staff.store import agents
from recordings.store import Recording, at_fault
from web.console import paging
from web.console.answers import render, render_form
from web.console.call_story_words import recording_words, story_lines
from web.console.call_words import spoken_language
from web.console.closing import service_words, topic_words
from web.console.date_fields import for_input, moment_of
from web.console.forms import LOOK_REASON, Form, LookForm, asked_one, text_line
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, names, term
from web.console.menu import CALLS

pages = Pages("calls")
pages.in_menu(CALLS, _l("來電紀錄"), "listed", Action.CALL_READ, place=1)
MINUTE: Final = timedelta(minutes=1)
MOST: Final = 100
"""So many calls of a number are listed, and topics to choose from."""


class NumberForm(Form):
    """A caller's number, and why their calls are looked up."""

    BLAMED = {NumberMissing: "citizen"}
    citizen = text_line(_l("來電號碼"), DataRequired(_l("請輸入電話號碼")))
    reason = LOOK_REASON

    def faults(self) -> Iterable[HotlineError]:
        """Whether it is a number."""
        return faults_of(partial(written_number, self.text("citizen")))


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call as a list shows it."""

    row: CallRow
    who: str
    agent: str
    ended: str
    services: str
    topic: str

    @property
    def is_placed(self) -> bool:
        """True if 1999 placed it."""
        return self.row.line == OUTGOING


@pages.read("/calls", Action.CALL_READ)
def listed() -> Response:
    """List calls, the latest first; today's, if nothing is asked for."""
    return _list_page(NumberForm(formdata=None))


def _list_page(form: Form) -> Response:
    asked = asked_calls()
    with read_session() as session:
        total = how_many(session, asked)
        number = min(paging.asked(), max(1, -(-total // paging.SIZE)))
        rows = found(session, asked, skip=(number - 1) * paging.SIZE, most=paging.SIZE)
        lines = call_lines(session, rows)
        at_desks = {one.phone: one.name for one in agents(session)}
        about = dict.fromkeys((*topics(session, asked, most=MOST), *filter(None, (asked.topic,))))
        called = {one: topic_words(session, Topic.of(one), now()) for one in about}
    return render_form(
        "calls/listed.html",
        form,
        page=paging.ListPage(lines, number, total),
        asked=asked,
        since=for_input(asked.since) if asked.since else "",
        until=request.args.get("until", "") if asked.until else "",
        agents=at_desks | ({asked.agent: asked.agent} if asked.agent not in ("", *at_desks) else {}),
        outcomes={**names(CallResult), UP: _("通話中")},
        services={**names(ServiceType), NONE: _("沒有服務"), UNTAGGED: _("未結案")},
        topics=called,
        directions={CallDirection.IN: _("民眾打來的"), CallDirection.OUT: _("1999 撥出的")},
    )


def asked_calls() -> CallQuery:
    """Calls that the address asks for; what it says wrong is as if it said nothing."""
    asked = ("agent", "outcome", "extension", "service", "topic")
    words = {one: request.args.get(one, "").strip() for one in asked}
    extension, agent = words["extension"], words["agent"]
    since, until = (moment_of(request.args.get(name, "")) for name in ("since", "until"))
    return CallQuery(
        since=since or (None if "since" in request.args else midnight(now())),
        until=until and until + MINUTE,
        agent=agent if is_text(agent) else "",
        outcome=words["outcome"] if words["outcome"] in (*CallResult, UP) else "",
        extension=extension if EXTENSION.fullmatch(extension) else "",
        service=words["service"] if words["service"] in (*SERVICES, UNTAGGED) else "",
        topic=words["topic"] if is_topic(words["topic"]) else "",
        direction=asked_one("direction", CallDirection.IN),
    )


def call_lines(session: Session, rows: Sequence[CallRow]) -> list[CallLine]:
    """Calls as lists show them."""
    called = names_in(session, now())
    return [
        CallLine(
            row,
            who=_("分機 %(extension)s", extension=row.dialled)
            if row.line == OUTGOING and row.dialled
            else "",
            agent=called(row.agent) if row.agent_at or row.line == OUTGOING else "",
            ended=term(row.outcome, "call-result") if row.outcome else _("通話中"),
            services=service_words(row.service, row.ground),
            topic=topic_words(session, Topic.of(row.topic), row.started_at or now()) if row.topic else "",
        )
        for row in rows
    ]


def names_in(session: Session, at: datetime) -> Callable[[str], str]:
    """Names of logins and of agents' phones; what is neither is called by its own word."""
    at_desks = {one.phone: one.name for one in agents(session)}

    def called(word: str) -> str:
        if word in at_desks or not word:
            return at_desks.get(word, "")
        return latest_names(session, [word], at).get(word, word)

    return called


@pages.change("/calls/number", Action.CALL_READ)
def of_number() -> Response:
    """Calls from a number, which stands in no address, for a reason that stays on record."""
    form = NumberForm()
    if not form.is_fit():
        return _list_page(form)
    with write_session() as session:
        number = written_number(form.text("citizen"))
        rows = look_up(session, number, most=MOST, **stamp(), reason=form.text("reason"))
        lines = call_lines(session, rows)
    return render("calls/of_number.html", lines=lines, citizen=form.text("citizen"), most=MOST)


@pages.read("/calls/<call_id>", Action.CALL_READ)
def one(call_id: str) -> Response:
    """The story of a call; its number masked. Raises NoSuchCall."""
    return _call_page(call_id, LookForm(formdata=None))


@pages.change("/calls/<call_id>/number", Action.CALL_READ)
def reveal(call_id: str) -> Response:
    """The whole number and the caller's other calls, once, for a reason that stays on record."""
    form = LookForm()
    if not form.is_fit():
        return _call_page(call_id, form)
    with write_session() as session:
        row = story(session, call_id).row
        reading = look(session, now(), me().login, f"call:{row.id}", form.text("reason"), "number")
    return _call_page(call_id, LookForm(formdata=None), reading)


def _call_page(call_id: str, form: Form, reading: Reading | None = None) -> Response:
    with read_session() as session:
        told = story(session, call_id)
        then = house().city.city().at(told.row.started_at or now())
        lines = story_lines(told, then, names_in(session, now()))
        line = call_lines(session, [told.row])[0]
        others = calls_of(session, told.row.caller, MOST) if reading else []
        others = [row for row in others if row.id != call_id]
        other_lines = call_lines(session, others)
    return render_form(
        "calls/one.html",
        form,
        row=told.row,
        promises=told.promises,
        line=line,
        story=lines,
        reading=reading,
        others=other_lines,
        has_number=told.row.caller != ANONYMOUS,
        wanted=spoken_language(told.row.wanted),
        end=term(told.row.end_reason, "call-end") if told.row.end_reason else "",
    )


@pages.read("/recordings/faults", Action.CALL_READ)
def faults() -> Response:
    """Recordings of a week that are short or missing, with the call of each."""
    with read_session() as session:
        chosen = select(Recording).where(at_fault(now())).order_by(Recording.started_at.desc())
        rows = session.scalars(chosen).all()
    lines = [(row, term(row.direction, "recording-direction"), recording_words(row)) for row in rows]
    return render("calls/faults.html", page=paging.page_of(lines))
