"""Retrieval of recordings and records (P9): asked for, decided by another person, prepared, provided."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from flask import Response, request, url_for
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from sqlalchemy.orm import Session
from wtforms import IntegerField
from wtforms.validators import InputRequired

from calls.find import story
from calls.hearing import calls_asked
from calls.store import CallRow, NoSuchCall
from hotline.cases.moving import NoSuchCase
from hotline.cases.numbers import parsed
from hotline.errors import HotlineError, faults
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.rules import Staff
from hotline.staff.service import UnknownStaff, everybody
from recordings import plays, retrieval_service
from recordings.playing import SoundSpan, Track
from recordings.plays import PlayKind
from recordings.retrieval import (
    MOST_DAYS,
    USUAL_DAYS,
    OpenDaysOutside,
    PartOutside,
    RetrievalRequest,
    RetrievalState,
    part_of,
)
from recordings.retrieval_service import NothingToRetrieve, RetrievalRecord, state_of
from web.console import agencies, name_choices
from web.console.answers import lead_to, render, render_form
from web.console.call_sounds import CallSound, clock, gone, ground_words, sounds
from web.console.date_fields import MomentField
from web.console.forms import Form, ReasonForm, text_area, text_line, tick_box
from web.console.gate import Pages, house, me, now, read_session, stamp
from web.console.language import _, _l
from web.console.menu import CALLS
from web.console.pages.calls import names_in
from web.console.paging import SIZE, ListPage, asked, page_of
from web.console.sound_answers import played_piece, track_of

pages = Pages("retrievals")
pages.in_menu(CALLS, _l("調閱"), "listed", Action.RETRIEVAL_ASK, place=7)
COLOURS: Final = {
    RetrievalState.REQUESTED: "yellow",
    RetrievalState.APPROVED: "blue",
    RetrievalState.PROVIDED: "green",
}
"""The colour beside the word of a state; of the others grey."""
LATEST: Final = 5000
"""Pieces of sound whose plays are listed."""
SECOND: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d)?)|(\d{1,5}(?:\.\d)?)")
"""A place in a sound: 1:02:03, 62:03, or seconds."""


class RetrievalForm(Form):
    """Who wants to hear what, by which law, what for."""

    BLAMED = {
        NoSuchCase: "case",
        NoSuchCall: "calls",
        NothingToRetrieve: "case",
        UnknownStaff: "person",
    }

    person = name_choices.named(_l("聆聽的人"), InputRequired(_l("請選擇聆聽的人")))
    case = text_line(_l("案號（可空白）"), hint=_l("這一案的來電，共 12 碼。"))
    since = MomentField(_l("來電時間從（可空白）"))
    until = MomentField(_l("來電時間到（可空白）"))
    calls = text_area(_l("通話編號（可空白）"), hint=_l("沒有案號時，一行寫一個通話編號。"))
    ground = text_area(_l("法律依據"), InputRequired(_l("請寫下法律依據")))
    purpose = text_area(_l("用途"), InputRequired(_l("請寫下用途")))
    wants_copy = tick_box(_l("另需複本"))

    def faults(self) -> Iterable[HotlineError]:
        """A case or a call that is not there, and a request that is about none."""
        with read_session() as session:
            return faults(lambda: self._about_something(session))

    def _about_something(self, session: Session) -> None:
        if not self.found(session):
            raise NothingToRetrieve(self.text("case"))

    def found(self, session: Session) -> list[str]:
        """Ids of the calls that it is about. Raises NoSuchCase, NoSuchCall."""
        named = list(filter(None, re.split(r"[\s,，、]+", self.text("calls"))))
        case, since, until = self.text("case").strip(), self["since"].data, self["until"].data
        return calls_asked(session, case, named, since, until)

    def request(self) -> RetrievalRequest:
        """The request as it was filled in."""
        return RetrievalRequest(
            self.text("person"),
            self.text("ground"),
            self.text("purpose"),
            parsed(self.text("case")) or "",
            self["since"].data,
            self["until"].data,
            bool(self["wants_copy"].data),
        )


class RetrievalApprovalForm(Form):
    """For how many days the page is open once it is provided."""

    BLAMED = {OpenDaysOutside: "days"}

    days = IntegerField(
        _l("開放幾天"), [InputRequired(_l("請輸入天數"))], default=USUAL_DAYS, widget=GovTextInput()
    )


class SilencingForm(Form):
    """A part of a sound that is not provided, and why; one of several forms of a page."""

    BLAMED = {PartOutside: "begins"}

    begins = text_line(_l("從"), InputRequired(_l("請輸入時間，例如 01:30")))
    ends = text_line(_l("到"), InputRequired(_l("請輸入時間，例如 01:45")))
    reason = text_line(_l("不提供的理由"), InputRequired(_l("請寫下理由")))

    def __init__(self, item: int, track: Track, **given: Any) -> None:
        super().__init__(**given)
        self.item, self.track = item, track
        for field in self:
            field.id = f"{item}-{track}-{field.name}"

    def is_fit(self) -> bool:
        """Also whether both are places in a sound."""
        if not super().is_fit():
            return False
        for name in ("begins", "ends"):
            if second_of(self.text(name)) is None:
                self.blame(name, _("這不是聲音裡的時間；請寫成 01:30。"))
        return not self.errors

    def span(self, seconds: float) -> SoundSpan:
        """The part, of a sound of that length. Raises PartOutside."""
        begins, ends = (second_of(self.text(name)) or 0.0 for name in ("begins", "ends"))
        return part_of(begins, ends, seconds)


def second_of(typed: str) -> float | None:
    """The second that was typed; None when it is none."""
    found = SECOND.fullmatch(typed.strip())
    if found is None:
        return None
    hours, minutes, seconds, plain = found.groups()
    return float(plain) if plain else 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)


@dataclass(frozen=True, slots=True)
class RetrievedCall:
    """A call of a request by its number in it, its sound, and what of its sound was destroyed."""

    item: int
    row: CallRow
    sounds: Sequence[CallSound]
    gone: Sequence[str]


@pages.read("/retrievals", Action.RETRIEVAL_ASK)
def listed() -> Response:
    """List the requests that one may know of, the newest first."""
    with read_session() as session:
        rows, total = retrieval_service.retrievals(session, me(), asked(), SIZE)
        mine = retrieval_service.listenable(session, me().login, now())
    last = max(1, -(-total // SIZE))
    page = ListPage([(row, count, state_of(row, now())) for row, count in rows], min(asked(), last), total)
    return render("retrievals/listed.html", page=page, colours=COLOURS, mine=mine)


@pages.both("/retrievals/new", Action.RETRIEVAL_ASK)
def ask() -> Response:
    """Ask for calls; they are held from then on."""
    given = {name: request.args.get(name, "") for name in ("case", "calls")}
    form = RetrievalForm(**given, person=me().login)
    name_choices.offer(form["person"], _listeners())
    made = form.writes(lambda session: _asked(session, form)) if form.is_fit() else None
    if made:
        return lead_to("retrievals.one", _("已送核定；核定的是另一個人。"), number=made)
    return render_form("retrievals/ask.html", form)


def _asked(session: Session, form: RetrievalForm) -> int:
    return retrieval_service.ask(session, form.request(), form.found(session), **stamp()).id


def _listeners() -> name_choices.Groups:
    """Those for whom one may ask, by agency, one's own first."""
    with read_session() as session:
        there = [one for one in everybody(session, now()) if _may_ask_for(one)]
    known, groups = agencies.names(), dict[str, list[tuple[str, str]]]()
    for one in sorted(there, key=lambda one: (one.agency != me().agency, one.agency, one.name)):
        groups.setdefault(known.get(one.agency) or _("市府"), []).append((one.login, one.name))
    return groups


def _may_ask_for(one: Staff) -> bool:
    return one.may(Action.RETRIEVAL_ASK) and me().may(Action.RETRIEVAL_ASK, one.agency or ANY_OTHER)


@pages.read("/retrievals/<int:number>", Action.RETRIEVAL_ASK)
def one(number: int) -> Response:
    """Page of a request. Raises NoSuchRetrieval."""
    with read_session() as session:
        record = retrieval_service.seen(session, number, me())
        heard = plays.plays_of(session, retrieval_service.subject(record.row))
        calls = {one.call_id: session.get(CallRow, one.call_id) for one in record.items}
    state = state_of(record.row, now())
    return render(
        "retrievals/one.html",
        record=record,
        row=record.row,
        calls=calls,
        state_now=state,
        colours=COLOURS,
        plays=page_of(heard),
        clock=clock,
        is_mine=record.row.person == me().login,
        may_decide=retrieval_service.may_decide(record.row, me().login, now()),
        is_approved=state is RetrievalState.APPROVED,
        is_open=state is RetrievalState.PROVIDED,
    )


@pages.both("/retrievals/<int:number>/approve", Action.RETRIEVAL_APPROVE)
def approve(number: int) -> Response:
    """Approve what another person asked for. Raises NoSuchRetrieval."""
    form = RetrievalApprovalForm()
    return _decides(
        number,
        form,
        "retrievals/approve.html",
        _("已核定；準備好之後才開放聆聽。"),
        lambda session: retrieval_service.approve(session, number, int(form["days"].data or 0), **stamp()),
    )


@pages.both("/retrievals/<int:number>/refuse", Action.RETRIEVAL_APPROVE)
def refuse(number: int) -> Response:
    """Refuse what another person asked for. Raises NoSuchRetrieval."""
    form = ReasonForm()
    return _decides(
        number,
        form,
        "retrievals/refuse.html",
        _("已退回，理由會顯示給申請人。"),
        lambda session: retrieval_service.refuse(session, number, form.text("reason"), **stamp()),
    )


@pages.both("/retrievals/<int:number>/revoke", Action.RETRIEVAL_APPROVE)
def revoke(number: int) -> Response:
    """Close at once what was approved or provided. Raises NoSuchRetrieval."""
    form = ReasonForm()
    return _decides(
        number,
        form,
        "retrievals/revoke.html",
        _("已撤銷，從現在起不能再聽。"),
        lambda session: retrieval_service.revoke(session, number, form.text("reason"), **stamp()),
    )


@pages.change("/retrievals/<int:number>/provide", Action.RETRIEVAL_WORK)
def provide(number: int) -> Response:
    """Open the page to the person named. Raises NoSuchRetrieval."""
    form = Form()
    if form.writes(lambda session: retrieval_service.provide(session, number, **stamp())) is None:
        return _preparation(number, form)
    return lead_to("retrievals.one", _("已開放；時間到了會自動關閉。"), number=number)


@pages.read("/retrievals/<int:number>/prepare", Action.RETRIEVAL_WORK)
def prepare(number: int) -> Response:
    """The sound before it is provided, and what is silent in it. Raises NoSuchRetrieval, RetrievalNotNow."""
    return _preparation(number, Form(formdata=None))


@pages.change("/retrievals/<int:number>/prepare/<int:item>/<track>", Action.RETRIEVAL_WORK)
def silence(number: int, item: int, track: str) -> Response:
    """Silence a part of what will be provided. Raises NoSuchRetrieval, RetrievalNotNow."""
    form = SilencingForm(item, track_of(track))
    kept = {
        (one.item, sound.track): sound.seconds for one in _sounds(_prepared(number)) for sound in one.sounds
    }

    def deed(session: Session) -> object:
        span = form.span(kept.get((item, form.track), 0.0))
        return retrieval_service.silence(
            session, number, item, form.track, span, form.text("reason"), **stamp()
        )

    if form.is_fit() and form.writes(deed) is not None:
        return lead_to("retrievals.prepare", _("這一段不提供；原來的錄音沒有改變。"), number=number)
    return _preparation(number, form)


@pages.change("/retrievals/<int:number>/prepare/lift/<int:part>", Action.RETRIEVAL_WORK)
def lift(number: int, part: int) -> Response:
    """Let a silenced part be heard again. Raises NoSuchRetrieval, RetrievalNotNow, NoSuchPart."""
    form = Form()
    form.writes(lambda session: retrieval_service.lift(session, number, part, **stamp()))
    if form.errors:
        return _preparation(number, form)
    return lead_to("retrievals.prepare", _("這一段又會提供。"), number=number)


@pages.read("/retrievals/<int:number>/sound/<int:item>/<track>.wav", Action.RETRIEVAL_WORK)
def sound(number: int, item: int, track: str) -> Response:
    """A piece of the original, for who prepares it. Raises NoSuchRetrieval, RetrievalNotNow, NoSuchPart."""
    record = _prepared(number)
    heard = record.heard(item, track_of(track), me().login, PlayKind.PREPARED)
    return played_piece(house().archive, heard, [])


@pages.read("/recordings/plays", Action.RETRIEVAL_READ)
def played() -> Response:
    """The latest plays: who heard which seconds of which call, on what ground."""
    with read_session() as session:
        found = plays.latest(session, LATEST)
    return render("retrievals/plays.html", page=page_of(found), clock=clock, ground=ground_words)


def _prepared(number: int) -> RetrievalRecord:
    with read_session() as session:
        return retrieval_service.prepared(session, number, **stamp())


def _preparation(number: int, tried: Form) -> Response:
    """The sound with its forms; ``tried``: the one that was sent with faults."""
    record = _prepared(number)
    calls = _sounds(record)
    forms = {
        (call.item, one.track): SilencingForm(call.item, one.track, formdata=None)
        for call in calls
        for one in call.sounds
    }
    if isinstance(tried, SilencingForm):
        forms[tried.item, tried.track] = tried
    return render_form(
        "retrievals/prepare.html", tried, record=record, row=record.row, calls=calls, forms=forms, clock=clock
    )


def _sounds(record: RetrievalRecord) -> list[RetrievedCall]:
    """Each call of a request with the sound of it, as who prepares it hears it."""
    return record_sounds(
        record,
        lambda item, track: url_for("retrievals.sound", number=record.row.id, item=item, track=track),
    )


def record_sounds(record: RetrievalRecord, address: Callable[[int, Track], str]) -> list[RetrievedCall]:
    """Each call of a request with its sound, played from these addresses."""
    found = list[RetrievedCall]()
    with read_session() as session:
        called = names_in(session, now())
        for one in record.items:
            told, item = story(session, one.call_id), one.number
            heard = sounds(
                told,
                called,
                partial(address, item),
                partial(record.silenced, item),
            )
            found.append(RetrievedCall(item, told.row, heard, gone(told)))
    return found


def _decides(
    number: int, form: Form, template: str, said: str, deed: Callable[[Session], object]
) -> Response:
    """A form about one request, and back to its page; what cannot be done is said in the form."""
    with read_session() as session:
        record = retrieval_service.retrieval(session, number)
    if form.is_fit() and form.writes(deed) is not None:
        return lead_to("retrievals.one", said, number=number)
    return render_form(template, form, record=record, row=record.row, most=MOST_DAYS)
