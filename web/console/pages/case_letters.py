"""Letters of agencies about places where nothing wrong is found again and again (P5.4.10), registered and
lifted by RDEC.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired, Length

from hotline.accounts.keys import EndedBefore
from hotline.cases import false_reports
from hotline.cases.false_reports import TooFewFindings
from hotline.cases.moving import NoSuchCase
from hotline.cases.numbers import parsed
from hotline.cases.store import ViolationLetter
from hotline.clock import midnight
from hotline.errors import HotlineError, faults
from hotline.permissions import Action
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import DayField
from web.console.forms import Form, reason_form, text_area, text_line
from web.console.gate import Pages, house, now, read_session, scope, stamp
from web.console.language import _, _l
from web.console.menu import TODAY
from web.console.paging import SIZE, ListPage, asked

pages = Pages("case_letters")
pages.in_menu(TODAY, _l("屢查無違規來函"), "listed", Action.CASE_DECIDE, place=9)
LiftForm = reason_form(text_line(_l("解除的理由"), InputRequired(_l("請寫下理由"))))


class LetterForm(Form):
    """An agency's letter, about the matter and place of one of the cases."""

    BLAMED = {NoSuchCase: "case", TooFewFindings: "case", EndedBefore: "ends_on"}

    case = text_line(
        _l("案號"), InputRequired(_l("請輸入案號")), hint=_l("同一地點、同一事由中最近的一案，共 12 碼。")
    )
    signed_by = text_line(_l("來函具名"), InputRequired(_l("請輸入姓名")), Length(max=64))
    reason = text_area(_l("來函的理由"), InputRequired(_l("請寫下理由")))
    ends_on = DayField(_l("效期至（可不填）"), description=_l("不填就一直有效，到研考會解除為止。"))

    def number(self) -> str:
        """Number of the case, as rows have it."""
        return parsed(self.text("case")) or self.text("case").strip()

    def faults(self) -> Iterable[HotlineError]:
        """A case about which no letter can be."""
        if not self.number():
            return ()
        with read_session() as session:
            return faults(partial(false_reports.case_of_letter, session, self.number(), _limit()))


@pages.read("/case-letters", Action.CASE_INBOX)
def listed() -> Response:
    """List letters, the newest first; of one's own agency only for who acts for it."""
    with read_session() as session:
        rows, total = false_reports.registered(session, scope(Action.CASE_INBOX), asked(), SIZE)
        names = {code: one.name for code, one in house().categories.at(session, now()).items()}
    last = max(1, -(-total // SIZE))
    page = ListPage(rows, min(asked(), last), total)
    return render("cases/letters.html", page=page, names=names, at=now())


@pages.both("/case-letters/new", Action.CASE_DECIDE)
def new() -> Response:
    """Register a letter: from then on the same matter at that place is a petition, not a quick case."""
    form = LetterForm(case=request.args.get("case", ""))
    made = form.writes(lambda session: _register(session, form)) if form.is_fit() else None
    if made:
        return lead_to("case_letters.listed", _("已登錄來函；同一地點再反映同一件事，改以一般陳情受理。"))
    return render_form("cases/letter_new.html", form)


def _limit() -> int:
    return house().case_work.moving.limits.false_limit


def _register(session: Session, form: LetterForm) -> ViolationLetter:
    day = form.ends_on.data
    return false_reports.register(
        session,
        form.number(),
        signed_by=form.text("signed_by"),
        reason=form.text("reason"),
        limit=_limit(),
        ends_at=midnight(day + timedelta(days=1)) if day else None,
        **stamp(),
    )


@pages.both("/case-letters/<int:number>/lift", Action.CASE_DECIDE)
def lift(number: int) -> Response:
    """Lift a letter: the next report is a quick case again. Raises NoSuchLetter."""
    form = LiftForm()
    reason = form.text("reason")
    lifted = (
        form.writes(lambda session: false_reports.lift(session, number, reason, **stamp()))
        if form.is_fit()
        else None
    )
    if lifted:
        return lead_to("case_letters.listed", _("已解除；同一地點再反映，恢復以快速案件受理。"))
    return render_form("cases/letter_lift.html", form, number=number)
