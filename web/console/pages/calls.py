"""Calls that were, looked up by time, agent, outcome, extension, service and topic; the story of each (P0-b).

Numbers are masked. To ask by a number, and to see one whole, a reason is given that stays on record (P4.12).
What was said is heard by supervisors of the agent, under a standing purpose (P9).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired

from calls.caller_history import calls_of
from calls.cdr import CallResult
from calls.dispositions import NONE, SERVICES, ServiceType
from calls.find import (
    UNTAGGED,
    UP,
    CallDirection,
    CallQuery,
    CallStory,
    found,
    how_many,
    look_up,
    story,
    topics,
)
from calls.hearing import NotTheirCall, choose, is_theirs
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
from recordings import standing_purposes
from recordings.retrieval_service import listenable
from recordings.standing_purposes import NoPurpose, NotChosen
from recordings.store import Recording, at_fault
from web.console import paging
from web.console.answers import lead_to, render, render_form
from web.console.call_sounds import CallSound, clock, gone, sounds
from web.console.call_story_words import recording_words, story_lines
from web.console.call_words import spoken_language
from web.console.closing import service_words, topic_words
from web.console.date_fields import for_input, moment_of
from web.console.forms import LOOK_REASON, Form, LookForm, asked_one, fits, text_line
from web.console.gate import Pages, house, may, me, now, read_session, stamp, write_session
from web.console.language import _, _l, names, term
from web.console.menu import CALLS
from web.console.sound_answers import played_piece, track_of

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


class HearForm(Form):
    """Why a supervisor hears a call."""

    BLAMED = {NotTheirCall: "why", NoPurpose: "why"}

    why = text_line(_l("聆聽的理由"), DataRequired(_l("請寫下理由，例如「民眾申訴服務態度」")), fits(500))


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


@pages.change("/calls/<call_id>/hear", Action.RECORDING_HEAR)
def hear(call_id: str) -> Response:
    """Choose a call of one's own agents to be heard, for a reason that stays on record. Raises NoSuchCall."""
    form = HearForm()
    if form.is_fit():
        form.writes(lambda session: choose(session, call_id, form.text("why"), **stamp()))
    if not form.errors:
        return lead_to("calls.one", _("一天內可以聽這一通的錄音。"), call_id=call_id)
    return _call_page(call_id, LookForm(formdata=None), hear=form)


@pages.read("/calls/<call_id>/sound/<track>.wav", Action.RECORDING_HEAR)
def sound(call_id: str, track: str) -> Response:
    """A piece of the sound of a call that was chosen. Raises NotChosen, SoundNotKept."""
    with write_session() as session:
        heard = standing_purposes.heard(session, call_id, track_of(track), me().login, now())
    if heard is None:
        raise NotChosen(call_id)
    return played_piece(house().archive, heard, [])


def _call_page(
    call_id: str, form: Form, reading: Reading | None = None, hear: Form | None = None
) -> Response:
    """Page of a call; ``hear``: the form by which it is chosen, sent with faults."""
    with read_session() as session:
        told = story(session, call_id)
        then = house().city.city().at(told.row.started_at or now())
        called = names_in(session, now())
        lines = story_lines(told, then, called)
        heard = _hearing(session, told, called)
        line = call_lines(session, [told.row])[0]
        others = calls_of(session, told.row.caller, MOST) if reading else []
        others = [row for row in others if row.id != call_id]
        other_lines = call_lines(session, others)
    return render_form(
        "calls/one.html",
        hear if hear and hear.errors else form,
        look_form=form,
        hear=hear or HearForm(formdata=None),
        hearing=heard,
        clock=clock,
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


@dataclass(frozen=True, slots=True)
class CallHearing:
    """How who is signed in may hear a call: here, for a reason, on the page of a request, or by asking."""

    sounds: Sequence[CallSound] = ()
    is_theirs: bool = False
    page: str = ""
    is_kept: bool = False
    gone: Sequence[str] = ()
    """What of its sound was destroyed."""


def _hearing(session: Session, told: CallStory, called: Callable[[str], str]) -> CallHearing:
    kept = sounds(told, called, lambda track: url_for("calls.sound", call_id=told.row.id, track=track))
    destroyed = gone(told)
    if not kept:
        return CallHearing(gone=destroyed)
    if may(Action.RECORDING_HEAR) and standing_purposes.chosen(session, told.row.id, me().login, now()):
        return CallHearing(kept, is_kept=True, gone=destroyed)
    opened = next(iter(listenable(session, me().login, now(), told.row.id)), None)
    page = url_for("hearing.one", token=opened.token) if opened else ""
    may_choose = may(Action.RECORDING_HEAR) and bool(standing_purposes.standing(session, me().login, now()))
    may_choose = may_choose and is_theirs(session, told.row.id, me(), now())
    return CallHearing((), may_choose, page, is_kept=True, gone=destroyed)


@pages.read("/recordings/faults", Action.CALL_READ)
def faults() -> Response:
    """Recordings of a week that are short or missing, with the call of each."""
    with read_session() as session:
        chosen = select(Recording).where(at_fault(now())).order_by(Recording.started_at.desc())
        rows = session.scalars(chosen).all()
    lines = [(row, term(row.direction, "recording-direction"), recording_words(row)) for row in rows]
    return render("calls/faults.html", page=paging.page_of(lines))
