"""Book of questions and answers: found while a caller waits, reviewed monthly, its past (P4.1.1, P4.4)."""

from flask import Response, request
from sqlalchemy.orm import Session

from administration.undo import take_back
from hotline.directory.store import BusinessRow, SectionRow
from hotline.errors import HotlineError
from hotline.knowledge import reviews, service
from hotline.knowledge.rules import ReviewState, hindrances
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.permissions import Action
from hotline.search import Match
from hotline.staff.service import NotPermitted
from web.console.answers import lead_to, render
from web.console.forms import text_of
from web.console.gate import Everyone, Pages, allow, house, may, me, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words, name
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("knowledge")
pages.in_menu(KNOWLEDGE, _l("常見問答"), "listed", Everyone.STAFF, place=1)
TO_DO = "due"
KINDS = {ReviewState.DONE: "green", ReviewState.DUE: "yellow", ReviewState.LATE: "red"}
"""The colour beside the word."""


@pages.read("/knowledge", Everyone.STAFF)
def listed() -> Response:
    """Entries by what is asked for, an agency's, or those nobody has looked at this month."""
    asked, due = request.args.get("q", "").strip(), request.args.get("review", "") == TO_DO
    agency = request.args.get("agency", "" if asked else _mine())
    with read_session() as session:
        found = house().finder.standings(session, asked, now(), agency=agency, is_due=due)
        last = service.ended(session, now()) if not asked else []
    return render(
        "knowledge/listed.html",
        page=page_of([one for one, match in found if match is not Match.SIMILAR]),
        similar=[one for one, match in found if match is Match.SIMILAR],
        matches={one.row.key: match for one, match in found},
        asked=asked,
        agency=agency,
        due=due,
        left=sum(one.state is not ReviewState.DONE for one, _match in found),
        kinds=KINDS,
        ended=[row for row in last if row.agency == agency or not agency],
    )


def _mine() -> str:
    """The agency whose entries somebody keeps; empty for who keeps all, or none."""
    member = me()
    return member.agency if may(Action.FAQ_CHANGE, member.agency) and not may(Action.FAQ_CHANGE, "-") else ""


@pages.read("/knowledge/<int:number>", Everyone.STAFF)
def one(number: int, fault: str = "") -> Response:
    """An entry as it is read to a caller, and everything it said before."""
    with read_session() as session:
        told = service.versions(session, str(number))
        row = history.in_force(session, FaqRow, str(number), now())
        looks = reviews.reviews_of(session, str(number))
        last = row or next(version.row for version in reversed(told) if version.row)
        standing = reviews.standing(row, looks[0].at if looks else None, now()) if row else None
        places = _places(session, last)
    return render(
        "knowledge/one.html",
        422 if fault else 200,
        row=last,
        is_there=row is not None,
        versions=list(reversed(told)),
        looks=looks,
        standing=standing,
        places=places,
        kinds=KINDS,
        fault=fault,
        hindrances=[name(found) for found in hindrances(last.answer)],
    )


def _places(session: Session, row: FaqRow) -> list[str]:
    """The section and the business in charge, by their names."""
    section = history.in_force(session, SectionRow, row.section, now()) if row.section else None
    business = history.in_force(session, BusinessRow, row.business, now()) if row.business else None
    return [found.name for found in (section, business) if found]


@pages.change("/knowledge/<int:number>/review", Action.FAQ_REVIEW)
def review(number: int) -> Response:
    """Put on record that an entry was looked at and stands, though nothing changed (P4.4)."""
    with write_session() as session:
        reviews.review(session, str(number), **stamp())
    return lead_to("knowledge.one", _("已記下：您檢視過這一則，內容照舊。"), number=number)


@pages.change("/knowledge/review", Action.FAQ_REVIEW)
def review_all() -> Response:
    """The same for all entries of an agency at once."""
    agency = text_of("agency")
    with write_session() as session:
        many = reviews.review_all(session, agency, at=now(), by=allow(Action.FAQ_REVIEW, agency))
    return lead_to("knowledge.listed", _("已記下：%(many)d 則問答都檢視過了。", many=many), agency=agency)


@pages.change("/knowledge/<int:number>/end", Action.FAQ_CHANGE)
def end(number: int) -> Response:
    """Take an entry out of the book; it stays readable."""
    reason = text_of("reason")
    if not reason:
        return one(number, _("請寫下停用的理由。"))
    with write_session() as session:
        service.end(session, str(number), **stamp(), reason=reason)
    return lead_to("knowledge.one", _("這一則已停用；內容和歷史都還查得到。"), number=number)


@pages.change("/knowledge/<int:number>/undo/<int:change>", Action.FAQ_CHANGE)
def undo(number: int, change: int) -> Response:
    """Take the latest change back: the entry says again what it said before."""
    with read_session() as session:
        told = service.versions(session, str(number))
        last = next(version.row for version in reversed(told) if version.row)
    allow(Action.FAQ_CHANGE, last.agency)
    if change not in {version.change for version in told}:
        return one(number, _("這次修改不是這一則的。"))
    try:
        with write_session() as session:
            take_back(house().due_times, session, change, **stamp(), reason=_("收回修改"))
    except NotPermitted:
        raise
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("knowledge.one", _("已收回這次修改，回到前一版。"), number=number)
