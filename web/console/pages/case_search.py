"""Cases that agents look up: by number, by place and date (P5.2.4), by who reported it; and the page of one.

Names and contact are masked. To look up by them, and to see them whole, a reason is given that
stays on record (P4.12).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired

from hotline.callbacks.wishes import NumberMissing
from hotline.cases import deadlines, find, referrals
from hotline.cases.cancelling import CancelResult
from hotline.cases.find import Search
from hotline.cases.moving import NoSuchCase, acts_for
from hotline.cases.numbers import parsed
from hotline.cases.rules import JOINABLE, UNFILED, CaseState
from hotline.cases.store import Case
from hotline.cases.words import CancelGround
from hotline.clock import midnight
from hotline.errors import HotlineError, existing, faults
from hotline.ledger.looks import IN_HAND, Reading, look, look_once
from hotline.ledger.pseudonyms import CITIZEN
from hotline.log_masking import is_text
from hotline.permissions import ANY_OTHER, Action
from hotline.worktime.explain import CHINESE, ENGLISH
from web.console.answers import lead_to, render, render_form
from web.console.case_step_forms import CancelCaseForm, PhoneRecordForm
from web.console.case_words import COLOURS, case_lines
from web.console.case_working import event_says, working
from web.console.date_fields import asked_day
from web.console.forms import LOOK_REASON, Form, LookForm, StepForm, text_line, text_of
from web.console.gate import Pages, allow, house, me, now, read_session, scope, stamp, write_session
from web.console.language import _, _l, either, in_words, name, names
from web.console.menu import TODAY
from web.console.move_forms import MoveForm

pages = Pages("case_search")
pages.in_menu(TODAY, _l("案件查詢"), "listed", Action.CASE_READ, place=7)
MOST: Final = 50
"""Cases of a petitioner that are listed."""
MOST_DIGITS: Final = 10
"""Fewer digits than this has the number of a row."""
LONGEST_PLACE: Final = 100
"""Signs of a place that is searched for; the rest is passed over."""


class PhoneForm(Form):
    """A petitioner's telephone, its last four digits or their name, and why their cases are looked up."""

    BLAMED = {NumberMissing: "citizen"}
    citizen = text_line(_l("電話、末四碼或姓名"), DataRequired(_l("請輸入電話號碼或姓名")))
    reason = LOOK_REASON

    def faults(self) -> Iterable[HotlineError]:
        """Whether it is a number or a name."""
        return faults(partial(find.of_petitioner, self.text("citizen")))


@pages.read("/cases", Action.CASE_READ)
def listed() -> Response:
    """List filed cases, the latest first; a whole case number opens that case."""
    if number := parsed(request.args.get("number", "")):
        with read_session() as session:
            row = find.by_number(session, number)
            if row and _may_see(session, row):
                return lead_to("case_search.one", number=number, _code=303)
    return _list_page(PhoneForm(formdata=None))


def _list_page(form: Form) -> Response:
    wanted = asked_cases()
    before = request.args.get("before", "")
    with read_session() as session:
        is_asked = before.isascii() and before.isdecimal() and len(before) < MOST_DIGITS
        found = find.search(session, wanted, before=int(before) if is_asked else None)
        lines = case_lines(session, found.rows)
        categories = {code: one.name for code, one in house().categories.at(session, now()).items()}
    return render_form(
        "cases/listed.html",
        form,
        lines=lines,
        more=found.after[1] if found.after else 0,
        asked=request.args,
        categories=categories,
        states=_states(),
        colours=COLOURS,
    )


def _states() -> dict[str, str]:
    """States of filed cases with their names."""
    return {
        word: text for word, text in names(CaseState).items() if word not in (*UNFILED, CaseState.NOT_FILED)
    }


def asked_cases() -> Search:
    """Cases that the address asks for; what it says wrong is as if it said nothing."""
    given = {name: request.args.get(name, "").strip() for name in ("number", "place", "category", "state")}
    fits = {name: text if is_text(text) else "" for name, text in given.items()}
    since, until = asked_day("since"), asked_day("until")
    state = fits["state"]
    return Search(
        number=fits["number"],
        place=fits["place"][:LONGEST_PLACE],
        category=fits["category"],
        agency=scope(Action.CASE_READ),
        states=(CaseState(state),) if state in _states() else (),
        since=midnight(since) if since else None,
        until=midnight(until + timedelta(days=1)) if until else None,
    )


@pages.change("/cases/of-phone", Action.CASE_READ)
def of_phone() -> Response:
    """List the cases of a petitioner, who stands in no address, for a reason that stays on record."""
    form = PhoneForm()
    if not form.is_fit():
        return _list_page(form)
    with write_session() as session:
        wanted = find.of_petitioner(form.text("citizen"))
        found = find.search(session, replace(wanted, agency=scope(Action.CASE_READ)), most=MOST)
        nobody = f"{CITIZEN}:{wanted.phone or wanted.name}"
        for subject in [f"case:{row.number}" for row in found.rows] or [nobody]:
            look(
                session, now(), me().login, subject, form.text("reason"), "phone" if wanted.phone else "name"
            )
        lines = case_lines(session, found.rows)
    return render("cases/of_phone.html", lines=lines, citizen=form.text("citizen"), colours=COLOURS)


@pages.read("/cases/<number>", Action.CASE_READ)
def one(number: str, fault: str = "") -> Response:
    """Page of a case; the petitioner masked. Raises NoSuchCase, NotPermitted."""
    return case_page(number, LookForm(formdata=None), fault=fault)


@pages.change("/cases/<number>/petitioner", Action.CASE_READ)
def reveal(number: str) -> Response:
    """The petitioner's name and contact, once, for a reason that stays on record."""
    form = LookForm()
    if not form.is_fit():
        return case_page(number, form)
    with write_session() as session:
        row = seen(session, number)
        reading = look(session, now(), me().login, f"case:{row.number}", form.text("reason"), "petitioner")
    return case_page(number, LookForm(formdata=None), reading=reading)


def case_page(
    number: str,
    form: Form | None = None,
    *,
    fault: str = "",
    reading: Reading | None = None,
    tried: MoveForm | None = None,
    sent: StepForm | None = None,
) -> Response:
    """Page of a case, whole to who answers the petitioner; ``tried``: a move that lacks something,
    ``sent``: a form beside the moves that does.
    """
    form = form or LookForm(formdata=None)
    reading = reading or _in_hand(number)
    with read_session() as session:
        row = seen(session, number)
        record = find.whole(session, row)
        work = working(session, record, tried)
        why = deadlines.why(session, record.lead or row, house().worktime, either(CHINESE, ENGLISH))
        (line,) = case_lines(session, [row])
        attached = case_lines(session, record.reports)
        referral = referrals.standing_of(session, row) if me().may(Action.REFERRAL_READ) else None
    return render(
        "cases/one.html",
        422 if fault or tried or sent else form.status,
        row=row,
        work=work,
        history=[(one, event_says(one)) for one in record.events],
        tried=tried,
        sent=sent,
        phone_record=sent if isinstance(sent, PhoneRecordForm) else _phone_record(),
        cancelling=sent if isinstance(sent, CancelCaseForm) else CancelCaseForm(formdata=None),
        record=record,
        referral=referral,
        line_of=line,
        attached=attached,
        deadlines=why,
        colours=COLOURS,
        form=form,
        fault=fault,
        reading=reading,
        may_cancel=row.state in JOINABLE and row.withdrawn_at is None,
        is_cancelled=row.cancelled_at is not None or row.withdrawn_at is not None,
    )


def _phone_record() -> StepForm:
    return PhoneRecordForm(formdata=None, data={"called_at": now()})


def _in_hand(number: str) -> Reading | None:
    """Put on record, once, that who answers the petitioner is shown whom to call. None for others."""
    with read_session() as session:
        row = seen(session, number)
        is_in_hand = row.reply_owner == me().login and me().may(Action.CASE_WORK, row.agency or ANY_OTHER)
    if not is_in_hand:
        return None
    with write_session() as session:
        return look_once(session, now(), me().login, f"case:{row.number}", IN_HAND, "petitioner")


def seen(session: Session, number: str) -> Case:
    """One that may be seen. Raises NoSuchCase, NotPermitted."""
    row = existing(find.by_number(session, number), NoSuchCase(number))
    if not _may_see(session, row):
        allow(Action.CASE_READ, row.agency)
    return row


def _may_see(session: Session, row: Case) -> bool:
    return acts_for(session, row, me().login, Action.CASE_READ, now())


@pages.change("/cases/<number>/cancel", Action.CASE_CANCEL)
def cancel(number: str) -> Response:
    """Cancel a report for whoever left the telephone, whom the agent has verified (P8.1)."""
    form = CancelCaseForm()
    with read_session() as session:
        seen(session, number)
    came = form.writes(lambda session: _cancelled(session, number, form)) if form.is_fit() else None
    if came is None:
        return case_page(number, sent=form)
    return lead_to("case_search.one", name(came), number=number)


def _cancelled(session: Session, number: str, form: Form) -> CancelResult:
    ground, reason = CancelGround(form.text("ground")), form.text("reason")
    return house().cancelling.by_agent(session, number, ground, reason, **stamp())


@pages.change("/cases/<number>/take-back", Action.CASE_CANCEL)
def take_back(number: str) -> Response:
    """Take a cancelling back within a day: the case stands where it stood."""
    try:
        with write_session() as session:
            seen(session, number)
            house().cancelling.take_back(session, number, text_of("reason"), **stamp())
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("case_search.one", _("已撤回取消。"), number=number)
