"""Who comes to the sign-language service: a citizen or a counter by the cookie of an account, apart from the
staff's.
"""

from datetime import datetime

from flask import Response, abort, g, jsonify, make_response, request

from hotline.accounts.tries import MustWait
from hotline.clock import TAIPEI
from hotline.video import entering
from hotline.video.entering import VideoRefusal
from hotline.video.store import VideoAccount
from web.console import browser
from web.console.gate import now, read_session, write_session
from web.console.language import _


def present() -> VideoAccount | None:
    """The account that is signed in in this browser; looked for once a request."""
    if "video_account" not in g:
        g.video_account = _of(request.cookies.get(browser.VIDEO, ""))
    found: VideoAccount | None = g.video_account
    return found


def _of(word: str) -> VideoAccount | None:
    with read_session() as session:
        found = entering.present(session, word, now())
        is_due = found is not None and entering.is_due_a_note(session, word, now())
    if is_due:
        with write_session() as session:
            entering.keep_alive(session, word, now())
    return found


def needed() -> VideoAccount:
    """The same, for a page's script; whoever is signed out is told so."""
    found = present()
    if found is None:
        abort(make_response(jsonify(fault=_("您已經登出；請重新登入，沒有結束的服務會接著用。")), 401))
    return found


def leaves(answer: Response) -> Response:
    """Sign this browser out."""
    with write_session() as session:
        entering.sign_out(session, request.cookies.get(browser.VIDEO, ""), now())
    return browser.forget(answer, browser.VIDEO)


def why_not(refusal: VideoRefusal | MustWait, otherwise: str) -> str:
    """Why somebody was not let in; of what was wrong no more than ``otherwise``."""
    match refusal:
        case MustWait(until):
            return _("錯誤次數太多，請在 %(until)s 之後再試。", until=_second(until))
        case VideoRefusal():
            return otherwise


def _second(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%H:%M:%S}"
