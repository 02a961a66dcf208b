"""The book of questions and answers: found while a caller waits, looked at once a month,
with all it ever said (P4.1.1, P4.4).
"""

from collections.abc import Sequence

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from administration.undo import take_back
from hotline.db import looking, transaction
from hotline.directory.store import BusinessRow, SectionRow
from hotline.errors import HotlineError
from hotline.knowledge import reviews, service
from hotline.knowledge.reviews import FaqReviewState
from hotline.knowledge.rules import Review, hindrances
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.permissions import Action
from hotline.staff.service import NotPermitted
from web.console import agencies, browser
from web.console.forms import text_of
from web.console.gate import Everyone, Pages, allow, factory, house, may, me, now
from web.console.knowledge_words import KINDS
from web.console.language import _, _l, name
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of
from web.console.words import in_words

pages = Pages("knowledge")
pages.in_menu(KNOWLEDGE, _l("常見問答"), "listed", Everyone.STAFF, place=1)
TO_DO = "due"


@pages.read("/knowledge", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """Entries by what is asked for, an agency's, or those nobody has looked at this month."""
    asked, due = request.args.get("q", "").strip(), request.args.get("review", "") == TO_DO
    agency = request.args.get("agency", "" if asked else _mine())
    with looking(factory()) as session:
        found = {one.row.key: one for one in reviews.standings(session, now(), agency=agency)}
        shown = [one for one in _fitting(session, asked, found) if not due or one.state is not Review.DONE]
        known = agencies.names(session)
        last = service.ended(session, now()) if not asked else []
    left = sum(one.state is not Review.DONE for one in found.values())
    return render_template(
        "knowledge/listed.html",
        page=page_of(shown),
        asked=asked,
        agency=agency,
        due=due,
        names=known,
        left=left,
        kinds=KINDS,
        ended=[row for row in last if row.agency == agency or not agency],
    )


def _mine() -> str:
    """The agency whose entries somebody keeps; empty for who keeps all, or none."""
    member = me()
    return member.agency if may(Action.FAQ_CHANGE, member.agency) and not may(Action.FAQ_CHANGE, "-") else ""


def _fitting(session: Session, asked: str, found: dict[str, FaqReviewState]) -> Sequence[FaqReviewState]:
    if not asked:
        return list(found.values())
    return [found[hit.key] for hit in house().finder.find(session, asked, now()) if hit.key in found]


@pages.read("/knowledge/<int:number>", Everyone.STAFF)
def one(number: int) -> ResponseReturnValue:
    """An entry as it is read to a caller, and everything it said before."""
    return _page(str(number))


def _page(number: str, fault: str = "") -> Response:
    with looking(factory()) as session:
        told = service.versions(session, number)
        row = history.in_force(session, FaqRow, number, now())
        looks = reviews.reviews_of(session, number)
        last = row or next(version.row for version in reversed(told) if version.row)
        standing = reviews.standing(row, looks[0].at if looks else None, now()) if row else None
        places = _places(session, last)
        known = agencies.names(session)
    return make_response(
        render_template(
            "knowledge/one.html",
            row=last,
            is_there=row is not None,
            versions=list(reversed(told)),
            looks=looks,
            standing=standing,
            places=places,
            names=known,
            kinds=KINDS,
            fault=fault,
            hindrances=[name(found) for found in hindrances(last.answer)],
        ),
        422 if fault else 200,
    )


def _places(session: Session, row: FaqRow) -> list[str]:
    """The section and the business in charge, by their names."""
    section = history.in_force(session, SectionRow, row.section, now()) if row.section else None
    business = history.in_force(session, BusinessRow, row.business, now()) if row.business else None
    return [found.name for found in (section, business) if found]


@pages.change("/knowledge/<int:number>/review", Action.FAQ_REVIEW)
def review(number: int) -> ResponseReturnValue:
    """Looked at, and it stands: recorded though nothing changed (P4.4)."""
    with transaction(factory()) as session:
        reviews.review(session, str(number), at=now(), by=me().login)
    browser.say(_("已記下：您檢視過這一則，內容照舊。"))
    return redirect(url_for("knowledge.one", number=number))


@pages.change("/knowledge/review", Action.FAQ_REVIEW)
def review_all() -> ResponseReturnValue:
    """The same for all entries of an agency at once."""
    agency = text_of("agency")
    with transaction(factory()) as session:
        many = reviews.review_all(session, agency, at=now(), by=allow(Action.FAQ_REVIEW, agency))
    browser.say(_("已記下：%(many)d 則問答都檢視過了。", many=many))
    return redirect(url_for("knowledge.listed", agency=agency))


@pages.change("/knowledge/<int:number>/end", Action.FAQ_CHANGE)
def end(number: int) -> ResponseReturnValue:
    """Out of the book; it stays readable."""
    reason = text_of("reason")
    if not reason:
        return _page(str(number), _("請寫下停用的理由。"))
    with transaction(factory()) as session:
        service.end(session, str(number), at=now(), by=me().login, reason=reason)
    browser.say(_("這一則已停用；內容和歷史都還查得到。"))
    return redirect(url_for("knowledge.one", number=number))


@pages.change("/knowledge/<int:number>/undo/<int:change>", Action.FAQ_CHANGE)
def undo(number: int, change: int) -> ResponseReturnValue:
    """Take the latest change back: the entry says again what it said before."""
    with looking(factory()) as session:
        told = service.versions(session, str(number))
        last = next(version.row for version in reversed(told) if version.row)
    allow(Action.FAQ_CHANGE, last.agency)
    if change not in {version.change for version in told}:
        return _page(str(number), _("這次修改不是這一則的。"))
    try:
        with transaction(factory()) as session:
            take_back(house().due_times, session, change, at=now(), by=me().login, reason=_("收回修改"))
    except NotPermitted:
        raise
    except HotlineError as error:
        return _page(str(number), in_words(error))
    browser.say(_("已收回這次修改，回到前一版。"))
    return redirect(url_for("knowledge.one", number=number))
