"""Messages to staff and citizens: what could not be sent is sent again, or given up (P0-c)."""

from collections.abc import Callable
from typing import Any, Final

from flask import Response

from hotline.errors import HotlineError
from hotline.log_masking import readable
from hotline.outbox import service
from hotline.outbox.rules import MessageChannel
from hotline.outbox.store import OutboxState
from hotline.permissions import Action
from web.console.answers import lead_to, render
from web.console.forms import asked_one, text_of
from web.console.gate import Pages, me, now, read_session, write_session
from web.console.language import _, _l, in_words, names
from web.console.menu import CITY
from web.console.paging import page_of

pages = Pages("notices")
pages.in_menu(CITY, _l("通知"), "listed", Action.NOTICE_MEND, place=4)
LATEST: Final = 1_000
"""So many are listed at most."""


@pages.read("/notices", Action.NOTICE_MEND)
def listed() -> Response:
    """List messages of a state, the latest first; those that could not be sent, if nothing is asked for."""
    return _list_page()


def _list_page(fault: str = "") -> Response:
    state = asked_one("state", OutboxState.FAILED)
    with read_session() as session:
        rows = service.notices(session, state=state, last=LATEST)[::-1]
    page = page_of(rows)
    if any(map(service.is_for_citizen, page.items)):
        with write_session() as session:
            service.look_at(session, page.items, me().login, now())
    return render(
        "notices/listed.html",
        422 if fault else 200,
        page=page,
        text=service.shown_text,
        state=state,
        states=names(OutboxState),
        channels=names(MessageChannel),
        recipient=service.recipient_of,
        reply=lambda row: readable(row.result),
        failed=OutboxState.FAILED,
        fault=fault,
    )


@pages.change("/notices/<int:number>/again", Action.NOTICE_MEND)
def again(number: int) -> Response:
    """Send it as if for the first time: what kept it back is mended."""
    return _does(_("已排入重送，幾秒內送出。"), service.again, number)


@pages.change("/notices/<int:number>/leave", Action.NOTICE_MEND)
def leave(number: int) -> Response:
    """Give it up: it was told in another way, or is void."""
    reason = text_of("reason")
    if not reason:
        return _list_page(_("請寫下不再送的理由，例如「已電話告知」。"))
    return _does(_("已放棄，不再送出。"), service.leave, number, reason)


def _does(said: str, deed: Callable[..., object], *given: Any) -> Response:
    try:
        with write_session() as session:
            deed(session, *given, me().login, now())
    except HotlineError as error:
        return _list_page(in_words(error))
    return lead_to("notices.listed", said)
