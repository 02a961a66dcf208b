"""The interpreter's page: who waits, the session that runs, and the notes of what has ended (P3.6, P6.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, url_for
from sqlalchemy.orm import Session

from hotline.cases.numbers import parsed
from hotline.errors import HotlineError
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND
from hotline.permissions import Action
from hotline.staff.service import latest_names
from hotline.staff.shifts import interpreters_on_duty, shift_names
from hotline.video import case_photos, misuse
from hotline.video.messages import LONGEST_CHAT
from hotline.video.rules import InterpreterState, Side
from hotline.video.store import VideoAccount, VideoSession
from hotline.video.views import VideoBoard
from web.console import agencies, case_forms, video_relay, video_room
from web.console.answers import render
from web.console.call_words import seek_words
from web.console.case_words import case_choices, case_desk_words
from web.console.closing import choices
from web.console.desk_chords import VIDEO_CHORDS, chord_words
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, instant, me, now, read_session, stamp, write_session
from web.console.language import _, _l, name
from web.console.lasting import lasts
from web.console.menu import TODAY
from web.console.pages.agent_desk import refused, refused_form
from web.console.pages.video_relay import RelayForm, telephone_words
from web.console.video_note import SessionNoteForm
from web.console.video_room import ice, line, may_film, view_words
from web.console.video_words import clock, room_words

pages = Pages("video")
pages.in_menu(TODAY, _l("手語視訊"), "desk", Action.VIDEO_SERVE, place=3)
SIDE = Side.INTERPRETER
KINDS = {
    InterpreterState.OFFLINE: "grey",
    InterpreterState.ONLINE: "green",
    InterpreterState.BUSY: "blue",
}
"""Colours of the state, beside its word."""


@dataclass(frozen=True, slots=True)
class ToNote:
    """A session whose topic and agency are still to be noted."""

    number: int
    who: str
    agency: str
    is_running: bool


@pages.read("/video", Action.VIDEO_SERVE)
def desk() -> Response:
    """The line, the session that runs, and what of ended ones is to be noted."""
    board = line().watch_board(factory(), me().login, instant)
    mine = _running(board)
    with write_session() as session:
        to_note = [_to_note(session, row) for row in line().to_note(session, me().login)]
        room = _room(session, mine) if mine else None
        offered = choices(session, now())
        shifts, categories = _on_shift(session), case_forms.offered(session, "")
    return may_film(
        render(
            "video/line.html",
            room=room,
            seen=_head(board),
            to_note=to_note,
            choices=offered,
            words={
                **room_words(),
                **_words(),
                **seek_words(),
                **case_desk_words(),
                **chord_words(VIDEO_CHORDS),
            },
            longest=LONGEST_CHAT,
            shifts=shifts,
            categories=categories,
            **case_choices(),
            relay=RelayForm(formdata=None),
            telephone=telephone_words() if house().settings.browser_phones else None,
        )
    )


def _running(board: VideoBoard) -> VideoSession | None:
    return next((one for one in board.running if one.interpreter == me().login), None)


def _room(session: Session, mine: VideoSession) -> dict[str, Any]:
    """The session that runs, as the page begins with it."""
    view = line().state_of(session, mine.id, SIDE, now())
    return {
        "number": mine.id,
        "who": _named(session, mine),
        "asks_contact": mine.counter is not None,
        "path": f"{url_for('video.desk')}/{mine.id}",
        "view": view_words(view),
        "last": view.last,
        "ice": ice(mine.id, SIDE),
    }


def _to_note(session: Session, row: VideoSession) -> ToNote:
    return ToNote(
        row.id, _named(session, row), agencies.names().get(row.counter_agency, ""), row.ended_at is None
    )


def _named(session: Session, row: VideoSession) -> str:
    """Who it is with: whoever serves somebody sees their name, and that is on record."""
    reading = looks.look_once(session, now(), me().login, row.subject, IN_HAND, "name")
    account = session.get_one(VideoAccount, row.account)
    if row.counter is not None:
        return _("%(place)s，協助人員 %(officer)s", place=account.name, officer=row.officer)
    return looks.name(account.name, reading)


def _on_shift(session: Session) -> list[str]:
    """Who is to be on duty now by the roster, and until when."""
    rows = interpreters_on_duty(session, now())
    names = shift_names(session, rows, now())
    return [
        _("%(name)s，到 %(until)s", name=names.get(row.login, row.login), until=clock(row.until))
        for row in rows
    ]


def _where(row: VideoSession) -> str:
    """Whose device somebody waits at; nobody is named to who does not serve them."""
    if row.counter is None:
        return _("自己的裝置")
    return _("臨櫃：%(agency)s", agency=agencies.name(row.counter_agency))


@pages.read("/video/board", Action.VIDEO_SERVE)
def board() -> Response:
    """Who waits and who is on duty now; the page is heard by it."""
    found = line().watch_board(factory(), me().login, instant)
    mine = _running(found)
    return jsonify(
        **_head(found),
        session=mine.id if mine else None,
        deeds=_deeds(found),
        line=[_waits(place, one) for place, one in enumerate(found.line, 1)],
        interpreters=_interpreters(found),
    )


def _interpreters(found: VideoBoard) -> list[str]:
    with read_session() as session:
        names = latest_names(session, [one.login for one in found.interpreters], now())
    return [
        "　".join(
            (names.get(one.login, one.login), name(InterpreterState(one.state)), lasts(one.since.isoformat()))
        )
        for one in found.interpreters
    ]


def _waits(place: int, one: VideoSession) -> str:
    return _(
        "第 %(place)d 位　%(where)s　已等 %(long)s",
        place=place,
        where=_where(one),
        long=lasts(one.requested_at.isoformat()),
    )


def _state(found: VideoBoard) -> InterpreterState:
    mine = next((one for one in found.interpreters if one.login == me().login), None)
    return InterpreterState(mine.state) if mine else InterpreterState.OFFLINE


def _head(found: VideoBoard) -> dict[str, str]:
    """One's own state in a word, and what follows from it."""
    state = _state(found)
    return {"head": name(state), "kind": KINDS[state], "says": _says(found, state)}


def _says(found: VideoBoard, state: InterpreterState) -> str:
    if not found.status.is_open:
        return _("現在是休息時間，不能上線。")
    if state is InterpreterState.OFFLINE:
        return _("上線後才能接；正在進行的服務會做完這個時段。")
    return _("有人在等，請接下一位。") if found.line and state is InterpreterState.ONLINE else ""


def _deeds(found: VideoBoard) -> list[str]:
    """What may be done now."""
    match _state(found):
        case InterpreterState.OFFLINE:
            return ["on"]
        case InterpreterState.ONLINE:
            return ["accept", "off"] if found.line else ["off"]
        case InterpreterState.BUSY:
            return ["off"]


def _words() -> Mapping[str, str]:
    return {
        "comes": _("有人來排隊了。"),
        "note": _("記下"),
        "kept": _("照片放進案件了。"),
        "failed": _("沒有完成，請再試一次。"),
        "ringsOwn": _("您的電話響了，請接起。"),
    }


@pages.change("/video/on", Action.VIDEO_SERVE)
def sign_on() -> Response:
    """Come on duty (上線)."""
    return _done(lambda session: line().sign_on(session, me().login, now()), _("已上線。"))


@pages.change("/video/off", Action.VIDEO_SERVE)
def sign_off() -> Response:
    """Take a break, or go; a block that runs is finished."""
    return _done(
        lambda session: line().sign_off(session, me().login, now()),
        _("已下線；正在進行的服務會做完這個時段。"),
    )


@pages.change("/video/accept", Action.VIDEO_SERVE)
def accept() -> Response:
    """Serve the first in line."""
    return _done(lambda session: line().accept(session, me().login, now()).id)


@pages.read("/video/<int:number>/state", Action.VIDEO_SERVE)
def state(number: int) -> Response:
    """How a session of one's own stands, and what the other side sent since this page asked last."""
    mine = _mine(number)
    told = video_relay.told(mine, SIDE)
    return video_room.state(
        mine, SIDE, lambda message: url_for("video.picture", number=mine, message=message), told
    )


@pages.change("/video/<int:number>/message", Action.VIDEO_SERVE)
def write(number: int) -> Response:
    """Send what was written, or what the browsers agree their picture by."""
    return video_room.write(_mine(number), SIDE)


@pages.change("/video/<int:number>/photo", Action.VIDEO_SERVE)
def photograph(number: int) -> Response:
    """Show the citizen a photograph."""
    return video_room.photograph(_mine(number), SIDE)


@pages.read("/video/<int:number>/photos/<int:message>.jpg", Action.VIDEO_SERVE)
def picture(number: int, message: int) -> Response:
    """A photograph that the citizen showed."""
    return video_room.picture(_mine(number), SIDE, message)


@pages.change("/video/<int:number>/photos/<int:message>/case", Action.VIDEO_SERVE)
def keep(number: int, message: int) -> Response:
    """Put a photograph into a case that one has filed, at the citizen's wish; all others go with the end."""
    mine, case = _mine(number), text_of("case")
    try:
        work = house().case_work
        case_photos.keep(factory(), line(), work, mine, message, parsed(case) or case, **stamp())
    except HotlineError as error:
        return refused(error)
    return jsonify({})


@pages.change("/video/<int:number>/end", Action.VIDEO_SERVE)
def end(number: int) -> Response:
    """End a session, if it goes on, and note what it was about."""
    mine, form = _mine(number), SessionNoteForm()
    if not form.is_fit():
        return refused_form(form)
    return _done(lambda session: _ends(session, mine, form), _("已記下。"))


def _ends(session: Session, number: int, form: SessionNoteForm) -> None:
    """In one transaction with what stands in the log of misuse (P6.5)."""
    row = line().end(session, number, **stamp(), **form.note())
    if form.incident:
        misuse.record(session, form.incident, now(), **stamp(), counter=str(row.counter or ""))


def _mine(number: int) -> int:
    """The number of a session that one serves. Raises NotFound."""
    return video_room.of_whom(number, lambda session: line().served_by(session, number, me().login).id)


def _done(deed: Callable[[Session], object], said: str = "") -> Response:
    """Do what the page asks, or say why not; a deed that begins a session tells its number."""
    try:
        with write_session() as session:
            made = deed(session)
    except HotlineError as error:
        return refused(error)
    return jsonify(said=said, session=made if isinstance(made, int) else None)
