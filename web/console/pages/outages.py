"""When the system is down: whom agents phone meanwhile, to be printed, and when it was down (P5.4.3)."""

from datetime import timedelta
from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from hotline.directory.contact_sheet import contact_sheet
from hotline.ledger.looks import look, looks_at
from hotline.outages import outages
from hotline.permissions import Action
from hotline.staff.service import everybody
from web.console.answers import lead_to, render
from web.console.forms import text_of
from web.console.gate import Pages, house, me, now, read_session, write_session
from web.console.language import _, _l
from web.console.menu import CALLS

pages = Pages("outages")
pages.in_menu(CALLS, _l("緊急聯絡表"), "contacts", Action.CASE_FILE, place=70, work=(Action.CASE_FILE,))
pages.in_search(_l("停擺紀錄"), "log", Action.CASE_FILE)
SUBJECT: Final = "duty:contact-sheet"
SEEN_FOR: Final = timedelta(minutes=10)
"""So long the duty officers' numbers are shown whole to whoever gave a reason."""


@pages.read("/contact-sheet", Action.CASE_FILE)
def contacts() -> Response:
    """The sheet as of now; it is rewritten hourly as a file, for when no page opens."""
    with read_session() as session:
        staff, seen = everybody(session, now()), _has_looked(session)
    return render("outages/contacts.html", sheet=contact_sheet(house().atlas.at(now()), staff), seen=seen)


@pages.change("/contact-sheet/numbers", Action.CASE_FILE)
def numbers() -> Response:
    """Show the duty officers' numbers in full, for a reason that is kept. Raises NoReadingReason."""
    with write_session() as session:
        look(session, now(), me().login, SUBJECT, text_of("reason"), "number")
    return lead_to("outages.contacts", _("完整號碼顯示 10 分鐘；這次查看已留下記錄。"), _code=303)


@pages.read("/outages", Action.CASE_FILE)
def log() -> Response:
    """The outages that health checks found, the latest first."""
    with read_session() as session:
        return render("outages/log.html", rows=outages(session))


def _has_looked(session: Session) -> bool:
    """Tell whether who is signed in said a moment ago why they look at the numbers."""
    told = (one.at for one in looks_at(session, SUBJECT) if one.by == me().login)
    return any(at > now() - SEEN_FOR for at in told)
