"""What both sides' pages of a session send and are sent: its state, messages, photographs (P6.4).

Where a session is not whose who asks says, there is none: 404, and a line in the log.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Response, abort, jsonify, make_response, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.errors import HotlineError
from hotline.video import messages
from hotline.video.line import UnknownVideoSession, VideoLine
from hotline.video.messages import CleanPhoto, Message, MessageKind, NotRunning
from hotline.video.rules import Side
from hotline.video.views import SessionView
from web.console.browser import HEADERS
from web.console.gate import address, factory, house, instant, now, read_session, write_session
from web.console.language import in_words
from web.console.video_words import clock, head_words, notice_words, says_words

log = structlog.get_logger()
WRITTEN: Final = (MessageKind.CHAT, MessageKind.SIGNAL)
"""What a page may send as text."""
Address = Callable[[int], str]
"""Address of a photograph, by the number of its message."""


def line() -> VideoLine:
    """The line of this process."""
    return house().video_line


def may_film(answer: Response) -> Response:
    """Let a page use camera and microphone."""
    rights = HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")
    answer.headers["Permissions-Policy"] = rights.replace("microphone=()", "microphone=(self)")
    return answer


def of_whom(number: int, find: Callable[[Session], int]) -> int:
    """A session's number, where it is that of who asks; else the answer that there is none."""
    try:
        with read_session() as session:
            return find(session)
    except UnknownVideoSession as error:
        log.warning("video.not_theirs", path=request.path, session=number, address=address())
        raise NotFound from error


def ice(number: int, side: Side) -> list[dict[str, object]]:
    """ICE servers of a side, with credentials of its own; none where there is no TURN server."""
    return house().turn.servers(f"{number}-{side}", now())


def view_words(view: SessionView) -> dict[str, Any]:
    """How a session stands, as a page shows it."""
    rules = line().rules()
    return {
        "state": view.state,
        "head": head_words(view),
        "says": says_words(view),
        "notice": notice_words(view, rules),
        "left": view.seconds_left,
        "open": view.may_send,
        "isOver": view.end is not None,
    }


def state(number: int, side: Side, photo_at: Address, more: Mapping[str, Any] | None = None) -> Response:
    """How the session stands now, and what was sent since the page asked last; the page is heard by it."""
    view = line().watch(factory(), number, side, instant)
    found: list[Message] = []
    last = _last()
    if view.last > last:
        with read_session() as session:
            found = messages.after(session, line().ring, number, side, last)
    told = [_told(one, side, photo_at) for one in found]
    return jsonify(**view_words(view), messages=told, **(more or {}))


def _told(one: Message, side: Side, photo_at: Address) -> dict[str, object]:
    told: dict[str, object] = {
        "number": one.number,
        "kind": one.kind,
        "mine": one.side is side,
        "at": clock(one.at),
    }
    match one.kind:
        case MessageKind.SIGNAL:
            return {**told, "signal": one.text}
        case MessageKind.PHOTO:
            return {**told, "address": photo_at(one.number)}
        case MessageKind.CHAT:
            return {**told, "text": one.text}


def _last() -> int:
    given = request.args.get("after", "0")
    if not (given.isascii() and given.isdecimal() and len(given) < 7):
        abort(404)
    return int(given)


def write(number: int, side: Side) -> Response:
    """Send what was written, or what the browsers agree their picture by."""
    kind = request.form.get("kind", "")
    if kind not in WRITTEN:
        abort(404)
    return _put(number, side, MessageKind(kind), request.form.get("text", ""))


def photograph(number: int, side: Side) -> Response:
    """Send a photograph: it is decoded and written anew, without place, time and camera."""
    sent = request.files.get("image")
    try:
        image = messages.clean(sent.read() if sent else b"")
    except HotlineError as error:
        return refused(error)
    return _put(number, side, MessageKind.PHOTO, image)


def _put(number: int, side: Side, kind: MessageKind, payload: str | CleanPhoto) -> Response:
    try:
        with write_session() as session:
            made = messages.put(session, line().ring, number, side, kind, payload, now())
    except HotlineError as error:
        return refused(error)
    return jsonify(number=made)


def picture(number: int, side: Side, message: int) -> Response:
    """A photograph that the other side sent, to this side alone and kept by no browser."""
    try:
        with read_session() as session:
            image = messages.photo(session, line().ring, number, message, side)
    except UnknownVideoSession:
        abort(404)
    return Response(image, content_type="image/jpeg")


def refused(error: HotlineError) -> Response:
    """Why something was not done, for the page's script."""
    status = 409 if isinstance(error, NotRunning) else 422
    return make_response(jsonify(fault=in_words(error)), status)
