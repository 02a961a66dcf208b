"""Referrals of false reports to the police (P8.3): asked for, approved by another person, what was handed
over, the letter to be printed, and the end. Every look at a complainant stays on record.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from calls.store import NoSuchCall, refuse_unknown
from hotline.callbacks.wishes import NumberMissing, written_number
from hotline.cases import referrals
from hotline.cases.moving import NoSuchCase
from hotline.cases.referral_letter import letter_of
from hotline.cases.referrals import (
    STANDING,
    HandedOutside,
    Handover,
    LetterOutside,
    ReferralRecord,
    ReferralRequest,
    ReferralState,
    ReferredAlready,
)
from hotline.cases.store import Referral
from hotline.clock import TAIPEI
from hotline.errors import HotlineError, faults
from hotline.ledger.looks import IN_HAND, Reading, look
from hotline.permissions import Action
from web.console.answers import lead_to, render, render_form
from web.console.case_words import case_lines
from web.console.date_fields import DayField, MomentField
from web.console.forms import Form, LookForm, ReasonForm, text_area, text_line
from web.console.gate import Pages, me, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import TODAY
from web.console.paging import SIZE, ListPage, asked

pages = Pages("referrals")
pages.in_menu(TODAY, _l("謊報函送"), "listed", Action.REFERRAL_READ, place=10)
COLOURS: Final = {
    ReferralState.ASKED: "yellow",
    ReferralState.APPROVED: "blue",
    ReferralState.REFUSED: "grey",
    ReferralState.ENDED: "grey",
}


class ReferralForm(Form):
    """Who wants the false reporter held responsible, and to which police unit it goes."""

    BLAMED = {
        NoSuchCase: "case",
        ReferredAlready: "case",
        NumberMissing: "phone",
        NoSuchCall: "calls",
    }

    case = text_line(_l("案號"), InputRequired(_l("請輸入案號")), hint=_l("謊報的那一案，共 12 碼。"))
    complainant = text_line(_l("要求追究的人"), InputRequired(_l("請輸入姓名")))
    phone = text_line(_l("聯絡電話（可空白）"))
    wish = text_area(_l("要求追究的事"), InputRequired(_l("請寫下民眾要求追究的事")))
    police_unit = text_line(_l("函送的警察機關"), InputRequired(_l("請輸入警察機關")))
    calls = text_area(_l("另外要保全的來電（可空白）"))

    def faults(self) -> Iterable[HotlineError]:
        """A case that is not there or referred already, calls that are not there, a number that is none."""
        case, phone = self.text("case").strip(), self.text("phone").strip()
        with read_session() as session:
            return faults(
                *([partial(referrals.referable, session, case)] if case else []),
                *([partial(written_number, phone)] if phone else []),
                partial(_calls, session, self),
            )


class HeldCallsForm(Form):
    """Calls that are held beside those of the case."""

    BLAMED = {NoSuchCall: "calls"}

    calls = text_area(_l("另外要保全的來電（可空白）"))


class ReferralApprovalForm(Form):
    """Number and day of the letter to the police, if it has them already."""

    BLAMED = {LetterOutside: "letter_on"}

    letter = text_line(_l("發文字號（可空白）"))
    letter_on = DayField(_l("發文日期（可空白）"))


class HandoverForm(Form):
    """What was handed over, to whom, when, and by which letter of the court or the prosecutor."""

    BLAMED = {HandedOutside: "handed_at"}

    what = text_area(_l("提供的資料"), InputRequired(_l("請寫下提供了哪些資料")))
    to = text_line(_l("提供給"), InputRequired(_l("請輸入機關與承辦人")))
    letter = text_line(_l("法院或檢察署來文字號"), InputRequired(_l("請輸入來文字號")))
    handed_at = MomentField(_l("提供的時間"), [InputRequired(_l("請填寫提供的時間"))])
    number: int

    def faults(self) -> Iterable[HotlineError]:
        """A time before the approval, or in time to come."""
        with read_session() as session:
            row, handed_at = session.get(Referral, self.number), self.handed_at.data
            if row is None or handed_at is None:
                return ()
            return faults(partial(referrals.refuse_outside, row, handed_at, now()))


@pages.read("/referrals", Action.REFERRAL_READ)
def listed() -> Response:
    """List referrals, the newest first; nothing of their complainants."""
    with read_session() as session:
        found, total = referrals.referrals(session, asked(), SIZE)
        lines = [(row, *case_lines(session, [case])) for row, case in found]
    last = max(1, -(-total // SIZE))
    page = ListPage(lines, min(asked(), last), total)
    return render("referrals/listed.html", page=page, colours=COLOURS)


@pages.both("/referrals/new", Action.REFERRAL_WORK)
def ask() -> Response:
    """Ask for a referral; from then on the case and its calls are held."""
    form = ReferralForm(case=request.args.get("case", ""))
    made = form.writes(lambda session: _asked(session, form)) if form.is_fit() else None
    if made:
        said = _("已送核定；案件與來電的錄音、紀錄從現在起依法保全。")
        return lead_to("referrals.one", said, number=made.id)
    return render_form("referrals/ask.html", form)


def _asked(session: Session, form: Form) -> Referral:
    calls = _calls(session, form)
    given = {name: form.text(name) for name in ("case", "complainant", "phone", "wish", "police_unit")}
    return referrals.ask(session, ReferralRequest(**given, calls=calls), **stamp())


def _calls(session: Session, form: Form) -> tuple[str, ...]:
    """The ids of calls that were typed, in lines or between commas. Raises NoSuchCall."""
    calls = tuple(filter(None, re.split(r"[\s,，、]+", form.text("calls"))))
    refuse_unknown(session, calls)
    return calls


@pages.read("/referrals/<int:number>", Action.REFERRAL_READ)
def one(number: int) -> Response:
    """Page of a referral. Raises NoSuchReferral."""
    return _page(number, LookForm(formdata=None))


@pages.change("/referrals/<int:number>/complainant", Action.REFERRAL_READ)
def reveal(number: int) -> Response:
    """The complainant, once, for a reason that stays on record. Raises NoSuchReferral."""
    form = LookForm()
    if not form.is_fit():
        return _page(number, form)
    return _page(number, LookForm(formdata=None), form.text("reason"))


def _page(number: int, form: Form, reason: str = "") -> Response:
    """Whole for who works on referrals, each time on record; for others when they say why."""
    is_in_hand = me().may(Action.REFERRAL_WORK) or me().may(Action.REFERRAL_APPROVE)
    record, reading = _looked(number, reason or (IN_HAND if is_in_hand else ""))
    with read_session() as session:
        (line,) = case_lines(session, [record.case])
    return render_form(
        "referrals/one.html",
        form,
        record=record,
        row=record.row,
        line_of=line,
        reading=reading,
        colours=COLOURS,
        is_own=record.row.asked_by == me().login,
        may_decide=referrals.may_decide(record.row, me().login),
        stands=record.row.state in STANDING,
        is_approved=record.row.state == ReferralState.APPROVED,
    )


def _looked(number: int, reason: str) -> tuple[ReferralRecord, Reading | None]:
    """A referral, and the reading that is on record; none where nobody said why. Raises NoSuchReferral."""
    with write_session() as session:
        record = referrals.referral(session, number)
        about = referrals.subject(record.row)
        reading = look(session, now(), me().login, about, reason, "complainant") if reason else None
        return record, reading


@pages.read("/referrals/<int:number>/letter", Action.REFERRAL_WORK)
def letter(number: int) -> Response:
    """The letter to the police unit, to be printed; on record like every look. Raises NoSuchReferral."""
    record, _reading = _looked(number, IN_HAND)
    with read_session() as session:
        (line,) = case_lines(session, [record.case])
    return render(
        "referrals/letter.html", row=record.row, letter=letter_of(record.row, record.case, line.category)
    )


@pages.both("/referrals/<int:number>/approve", Action.REFERRAL_APPROVE)
def approve(number: int) -> Response:
    """Approve what another person asked for. Raises NoSuchReferral."""
    form = ReferralApprovalForm()
    return _decides(
        number,
        form,
        "referrals/approve.html",
        _("已核定；請列印函稿函送。"),
        lambda session: referrals.approve(
            session, number, letter=form.text("letter"), letter_on=form["letter_on"].data, **stamp()
        ),
    )


@pages.both("/referrals/<int:number>/refuse", Action.REFERRAL_APPROVE)
def refuse(number: int) -> Response:
    """Refuse what another person asked for; its hold ends. Raises NoSuchReferral."""
    form = ReasonForm()
    return _decides(
        number,
        form,
        "referrals/refuse.html",
        _("已退回，保全結束。"),
        lambda session: referrals.refuse(session, number, form.text("reason"), **stamp()),
    )


@pages.both("/referrals/<int:number>/end", Action.REFERRAL_WORK)
def end(number: int) -> Response:
    """End a referral and its hold. Raises NoSuchReferral."""
    form = ReasonForm()
    return _decides(
        number,
        form,
        "referrals/end.html",
        _("已結束，保全同時解除。"),
        lambda session: referrals.end(session, number, form.text("reason"), **stamp()),
    )


@pages.both("/referrals/<int:number>/calls", Action.REFERRAL_WORK)
def hold_calls(number: int) -> Response:
    """Hold calls that came after the referral was asked for. Raises NoSuchReferral."""
    form = HeldCallsForm()
    return _decides(
        number,
        form,
        "referrals/calls.html",
        _("來電已納入保全。"),
        lambda session: referrals.hold_calls(session, number, _calls(session, form), **stamp()),
    )


@pages.both("/referrals/<int:number>/hand-over", Action.REFERRAL_WORK)
def hand_over(number: int) -> Response:
    """Note what was handed over under judicial procedure. Raises NoSuchReferral."""
    form = HandoverForm(data={"handed_at": now().astimezone(TAIPEI)})
    form.number = number

    def noted(session: Session) -> object:
        given = {name: form.text(name) for name in ("what", "to", "letter")}
        return referrals.hand_over(session, number, Handover(**given, at=form["handed_at"].data), **stamp())

    return _decides(number, form, "referrals/hand_over.html", _("已登錄提供的資料。"), noted)


def _decides(
    number: int, form: Form, template: str, said: str, deed: Callable[[Session], object]
) -> Response:
    """A form about one referral, and back to its page; what cannot be done is said in the form."""
    with read_session() as session:
        record = referrals.referral(session, number)
    if form.is_fit() and form.writes(deed) is not None:
        return lead_to("referrals.one", said, number=number)
    return render_form(template, form, record=record, row=record.row)
