"""Access to the WebSocket of a browser's telephone:
asked by the proxy before each (``auth_request``).

Asterisk asks for a password of its own behind it;
here strangers and pages of other sites are kept from opening any.
"""

from typing import Final

import structlog
from flask import Response, abort, request

from control.citizen_webrtc import account_of
from hotline import metrics
from hotline.accounts import service as accounts
from web.console import browser
from web.console.gate import Everyone, Pages, address, house, now, read_session
from web.serving import passing_over_absence

log = structlog.get_logger()
pages = Pages("sockets")
ACCOUNT: Final = "X-Phone-Account"
"""Tells the proxy whose WebSockets are to be counted: a citizen's browser's, nobody's of the staff."""


@pages.read("/phone/socket", Everyone.PUBLIC)
def opens() -> Response:
    """Answer 204 to our page in a browser with somebody signed in or a citizen's account, else 401."""
    if not house().settings.browser_phones:
        abort(404)
    if not _is_ours(request.headers.get("Origin", "")):
        return _refused("foreign")
    if _is_staff():
        return Response(status=204)
    visitor = account_of(house().settings, request.cookies.get(browser.PHONE, ""), now())
    return Response(status=204, headers={ACCOUNT: visitor.name}) if visitor else _refused("stranger")


def _is_ours(origin: str) -> bool:
    """Tell whether a page of this site asks: another site's page bears that site's name (RFC 6455, 10.2)."""
    return origin == (house().settings.console_url or request.host_url.rstrip("/"))


def _is_staff() -> bool:
    """Tell whether somebody is signed in; True while the database is away: Asterisk asks for its password."""
    token = request.cookies.get(browser.SESSION, "")
    if not token:
        return False
    with passing_over_absence("sockets.not_asked"), read_session() as session:
        found = accounts.present(session, token, now())
        return found is not None and not found.needs_second
    return True


def _refused(why: str) -> Response:
    metrics.security_events.labels(f"websocket_{why}").inc()
    log.warning("sockets.refused", why=why, address=address())
    return Response(status=401)
