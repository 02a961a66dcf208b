"""The special list (P7.3-a): who is proposed,
by whose approval an entry works and until when, who took it off.

Numbers are masked; whole ones are shown once, after a reason that stays on record.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired, Length, Optional

from calls.find import look_up
from calls.store import CallRow, NoSuchCall, refuse_unknown
from hotline.callbacks.wishes import NumberMissing, written_number
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import READINGS, Reading, look
from hotline.log_masking import is_text
from hotline.numbers import ANONYMOUS
from hotline.permissions import Action
from hotline.special_callers import service
from hotline.special_callers.rules import (
    ListedCaller,
    ListingStatus,
    NotApprovable,
    NotOpen,
    review_day,
    standing,
    wrong,
)
from hotline.special_callers.service import NotProposable
from web.console import paging, rights
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import DayField
from web.console.forms import Form, LookForm, ReasonForm, button, text_area, text_line
from web.console.gate import Pages, me, now, read_session, stamp, today, write_session
from web.console.language import _, _l, in_words
from web.console.menu import CALLS
from web.console.pages.calls import call_lines

pages = Pages("special_callers")
pages.in_menu(CALLS, _l("特殊名單"), "listed", Action.SPECIAL_READ, place=3)
ORDER = (
    ListingStatus.PROPOSED,
    ListingStatus.OVERDUE,
    ListingStatus.REVIEW_SOON,
    ListingStatus.WORKS,
    ListingStatus.REFUSED,
    ListingStatus.REMOVED,
)
"""What somebody has to do something about comes first."""


OFFERED: Final = 20
"""So many calls of a number are offered, the latest."""


class ProposeForm(Form):
    """A caller, and what shows that they belong on the list: calls of theirs, which are offered."""

    BLAMED = {NoSuchCall: "evidence", NotProposable: "numbers"}
    numbers = text_area(_l("電話號碼"))
    reason = text_area(_l("提報的理由"), DataRequired(_l("請寫下理由")), Length(max=1000))
    evidence = SelectMultipleField(_l("佐證的來電"), choices=[], validate_choice=False)
    find = button(_l("找這些號碼的來電"))
    submit = button(_l("提報"))


class ApprovalForm(Form):
    """Approval: whose it is, by which document, until which review."""

    entry: ListedCaller
    level = text_line(_l("核定層級"), DataRequired(_l("請輸入核定層級")), Length(max=64))
    document = text_line(_l("核定公文號"), DataRequired(_l("請輸入公文號")), Length(max=64))
    approved_on = DayField(_l("核定日期"), [Optional()])
    review_on = DayField(_l("複查日期"), [Optional()])
    submit = button(_l("核定"))

    def says(self) -> dict[str, Any]:
        """What was filled in."""
        return {
            "level": self.text("level"),
            "document": self.text("document"),
            "approved_on": self.approved_on.data,
            "review_on": self.review_on.data,
        }

    def faults(self) -> Iterable[HotlineError]:
        """All that speaks against the approval (P7.3-a)."""
        given = service.approval(me().login, now(), **self.says())
        return wrong(self.entry, given, today())


@pages.read("/special", Action.SPECIAL_READ)
def listed() -> Response:
    """List of all that ever were, those that wait for somebody first."""
    with read_session() as session:
        known = [(standing(entry, today()), entry) for entry in service.entries(session)]
    known.sort(key=lambda pair: (ORDER.index(pair[0]), -pair[1].id))
    counts = Counter(stands for stands, _entry in known)
    return render(
        "special_callers/listed.html", page=paging.page_of(known), counts=counts, ListingStatus=ListingStatus
    )


@pages.both("/special/new", Action.SPECIAL_PROPOSE)
def propose() -> Response:
    """Propose a caller by calls that are offered; nothing changes for them until somebody else approves."""
    form = ProposeForm(data={"evidence": [request.args.get("call", "")]})
    wanted, is_asked = form.is_fit(), form.is_submitted()
    ticked = [one for one in form.evidence.data or [] if is_text(one)]
    numbers = _meant(form, ticked) if is_asked else []
    offered = _offered(form, numbers) if wanted else []
    if is_asked and not ticked and not form.find.data:
        form.blame("evidence", _("請至少勾選一通來電。"))
    if wanted and not form.errors and not form.find.data:
        if number := form.writes(lambda session: _proposed(session, form, ticked), *ProposeForm.BLAMED):
            said = _("已提報；核定之前，這位來電者的電話照常接聽。")
            return lead_to("special_callers.one", said, number=number)
    with read_session() as session:
        rows = [row for one in dict.fromkeys((*ticked, *offered)) if (row := session.get(CallRow, one))]
        lines = call_lines(session, sorted(rows, key=lambda row: row.started_at or now(), reverse=True))
    return render_form(
        "special_callers/new.html", form, calls_offered=lines, ticked=ticked, is_asked=is_asked
    )


def _meant(form: Form, ticked: Sequence[str]) -> list[str]:
    """Numbers that were typed, else of the callers of the calls ticked; none if one of them is no number."""
    with read_session() as session:
        typed = _numbers(session, form, ticked)
    if not typed:
        form.blame("numbers", _("請輸入電話號碼。"))
    try:
        return [written_number(one) for one in typed]
    except NumberMissing:
        form.blame("numbers", in_words(NotProposable("numbers")))
        return []


def _offered(form: Form, numbers: Sequence[str]) -> list[str]:
    """Calls of numbers; a look that is on record."""
    reason = form.text("reason")
    with write_session() as session:
        found = [look_up(session, one, most=OFFERED, **stamp(), reason=reason) for one in numbers]
        return [row.id for rows in found for row in rows]


def _proposed(session: Session, form: Form, ticked: Sequence[str]) -> int:
    refuse_unknown(session, ticked)
    numbers, reason = _numbers(session, form, ticked), form.text("reason").strip()
    return service.propose(session, numbers, reason, ticked, **stamp())


def _numbers(session: Session, form: Form, ticked: Sequence[str]) -> list[str]:
    """Numbers as they were typed; of who typed none, those of the calls that are ticked."""
    if typed := _lines(form.text("numbers")):
        return typed
    callers = session.scalars(select(CallRow.caller).where(CallRow.id.in_(ticked)))
    return list(dict.fromkeys(one for one in callers if one != ANONYMOUS))


@pages.read("/special/<int:number>", Action.SPECIAL_READ)
def one(number: int) -> Response:
    """An entry with all that happened to it; numbers masked. Raises UnknownListedCaller."""
    return _entry_page(number, LookForm())


@pages.change("/special/<int:number>/numbers", Action.SPECIAL_READ)
def numbers(number: int) -> Response:
    """The whole numbers, once, for a reason that stays on record. Raises UnknownListedCaller."""
    form = LookForm()
    if not form.is_fit():
        return _entry_page(number, form)
    with write_session() as session:
        service.entry_of(session, number)
        reading = look(session, now(), me().login, f"special:{number}", form.text("reason"), "numbers")
    return _entry_page(number, LookForm(formdata=None), reading)


@pages.both("/special/<int:number>/approve", Action.SPECIAL_APPROVE)
def approve(number: int) -> Response:
    """Approve an entry: from now on calls of its numbers may be ended by rule. Raises UnknownListedCaller."""
    form = ApprovalForm(data={"approved_on": today(), "review_on": review_day(today())})
    form.entry = _known(number)
    if form.is_fit():
        form.writes(lambda session: service.approve(session, number, **stamp(), **form.says()), NotApprovable)
        if not form.errors:
            return lead_to("special_callers.one", _("已核定，立即生效。"), number=number)
    return render_form("special_callers/approve.html", form, entry=form.entry)


@pages.both("/special/<int:number>/refuse", Action.SPECIAL_REFUSE)
def refuse(number: int) -> Response:
    """Leave a proposal without approval. Raises UnknownListedCaller."""
    return _for_a_reason(number, service.refuse, "special_callers/refuse.html", _("已記錄不予核定。"))


@pages.both("/special/<int:number>/remove", Action.SPECIAL_REMOVE)
def remove(number: int) -> Response:
    """Take an entry off the list; it stays readable. Raises UnknownListedCaller."""
    return _for_a_reason(
        number, service.remove, "special_callers/remove.html", _("已移出特殊名單，立即生效。")
    )


def _for_a_reason(number: int, deed: Any, template: str, said: str) -> Response:
    form, entry = ReasonForm(), _known(number)
    if form.is_fit():
        reason = form.text("reason").strip()
        form.writes(lambda session: deed(session, number, reason, **stamp()), NotOpen)
        if not form.errors:
            return lead_to("special_callers.one", said, number=number)
    return render_form(template, form, entry=entry)


def _entry_page(number: int, form: Form, reading: Reading | None = None) -> Response:
    with read_session() as session:
        entry = service.entry_of(session, number)
        past = audit_rows(session, subject=f"special:{number}")
    return render_form(
        "special_callers/one.html",
        form,
        entry=entry,
        reading=reading,
        stands=standing(entry, today()),
        past=past,
        deed=rights.deed,
        READINGS=READINGS,
        ListingStatus=ListingStatus,
    )


def _known(number: int) -> ListedCaller:
    with read_session() as session:
        return service.entry_of(session, number)


def _lines(text: str) -> list[str]:
    """One number a line, or between commas; spaces, brackets and hyphens inside one are how people write."""
    lines = text.replace("，", "\n").replace(",", "\n").splitlines()
    return [number for line in lines if (number := re.sub(r"[ ()-]", "", line))]
