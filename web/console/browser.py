"""Cookies, the token of forms, and the headers of every page.

The cookie of a session is a random word whose hash is kept by ``hotline.accounts``; forms carry another hash
of it, which no other site can know. Before somebody signs in the same holds for a word that means nothing
else.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask import Request, Response, g, request
from werkzeug.exceptions import BadRequest

from hotline.accounts.rules import ABSOLUTE

SESSION, MARK, VISIT, SAID, LANGUAGE, THEME, PHONE, WALLBOARD, CASE, VIDEO, PROOF, SSO = (
    "__Host-session",
    "__Host-mark",
    "__Host-visit",
    "__Host-said",
    "__Host-language",
    "__Host-theme",
    "__Host-phone",
    "__Host-wallboard",
    "__Host-case",
    "__Host-video",
    "__Host-proof",
    "__Host-sso",
)
FIELD: Final = "csrf"
"""The form field, and with ``X-`` before it the header, that prove that a page of ours was sent."""
SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
        "frame-ancestors 'none'"
    ),
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LONGEST_SAID: Final = 1000
MARKED: Final = re.compile(r"[A-Za-z0-9_-]{32}")
REMEMBERED: Final = timedelta(days=400)
"""No browser keeps a cookie for longer."""


class NotOurForm(BadRequest):
    """A deed that no page of this session asked for."""


def word_of(from_browser: Request) -> str:
    """The word this browser is known by: its session's or account's, or that of its visit; empty at first."""
    known = (from_browser.cookies.get(one) for one in (SESSION, VIDEO, VISIT))
    return next(filter(None, known), "") or str(g.get("visit", ""))


def token() -> str:
    """Token that forms of this page carry. A browser without a word gets one with the answer."""
    word = word_of(request)
    if not word:
        word = g.visit = secrets.token_urlsafe(24)
    return _token(word)


def refuse_foreign() -> None:
    """Refuse a form that no page of ours asked for. Raises NotOurForm."""
    if request.method in SAFE:
        return
    given = request.form.get(FIELD, "") or request.headers.get(f"X-{FIELD}", "")
    if not hmac.compare_digest(given.encode(), _token(word_of(request)).encode()) or not word_of(request):
        raise NotOurForm


def mark_of(from_browser: Request) -> str:
    """This browser's permanent mark, made at first, by which the door knows it again. It lets nobody in."""
    found = from_browser.cookies.get(MARK, "")
    if not MARKED.fullmatch(found):
        found = g.mark = str(g.get("mark", "")) or secrets.token_urlsafe(24)
    return found


def know(answer: Response, mark: str) -> Response:
    """Let a browser keep its mark, in which somebody proved who they are."""
    return keep(answer, MARK, mark, REMEMBERED.total_seconds())


def begin(answer: Response, session: str) -> Response:
    """Sign this browser in."""
    forget(answer, VISIT)
    return keep(answer, SESSION, session, ABSOLUTE.total_seconds())


def begin_video(answer: Response, word: str) -> Response:
    """Sign this browser in to the sign-language service, by an account apart from the staff's."""
    forget(answer, VISIT)
    return keep(answer, VIDEO, word, ABSOLUTE.total_seconds())


def end(answer: Response) -> Response:
    """Sign this browser out, and clear what it kept of us."""
    answer.headers["Clear-Site-Data"] = '"cache"'
    forget(answer, SESSION)
    return answer


def say(text: object) -> None:
    """Keep a sentence for the next page that this browser is shown."""
    g.said = str(text)[:LONGEST_SAID]


def said() -> str:
    """Sentence that this page shows, once."""
    kept = request.cookies.get(SAID, "")
    if not kept:
        return ""
    g.told = True
    try:
        return urlsafe_b64decode(kept.encode()).decode()
    except ValueError:
        return ""


def headers(socket: str = "") -> dict[str, str]:
    """The headers of every answer; with the address of Asterisk's ``socket`` pages may telephone."""
    if not socket:
        return HEADERS
    origin = "/".join(socket.split("/")[:3])
    policy = HEADERS["Content-Security-Policy"].replace("connect-src 'self'", f"connect-src 'self' {origin}")
    rights = HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)")
    return {**HEADERS, "Content-Security-Policy": policy, "Permissions-Policy": rights}


def finish(headers: Mapping[str, str], answer: Response) -> Response:
    """Give an answer the headers, and the cookies that the browser is to keep."""
    for name, text in headers.items():
        answer.headers.setdefault(name, text)
    if not answer.headers.get("Cache-Control"):
        answer.headers["Cache-Control"] = "no-store"
    if "visit" in g:
        keep(answer, VISIT, g.visit, ABSOLUTE.total_seconds())
    if "said" in g:
        keep(answer, SAID, urlsafe_b64encode(g.said.encode()).decode(), 300)
    elif g.get("told"):
        forget(answer, SAID)
    return answer


def remember(answer: Response, name: str, choice: str) -> Response:
    """Keep a choice of whoever reads, its language or theme, for a year."""
    return keep(answer, name, choice, 365 * 86400)


def keep(answer: Response, name: str, text: str, seconds: float) -> Response:
    """Let a browser keep a text under a name."""
    answer.set_cookie(name, text, max_age=int(seconds), secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def forget(answer: Response, name: str) -> Response:
    """Let a browser forget what it kept under a name."""
    answer.delete_cookie(name, secure=True, httponly=True, samesite="Lax")
    return answer


def _token(word: str) -> str:
    return hashlib.sha256(b"form\0" + word.encode()).hexdigest()
