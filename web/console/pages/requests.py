"""Entries that the call centre asks agencies for, with their due times and replies (P4.5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from calls.find import CallQuery, found
from calls.store import CallRow
from hotline.clock import midnight
from hotline.errors import HotlineError
from hotline.knowledge import requests, service
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import LONGEST, Channel, NotYet, RequestState
from hotline.knowledge.store import FaqRequest
from hotline.ledger import looks
from hotline.log_masking import is_text
from hotline.permissions import Action
from hotline.worktime.explain import CHINESE, ENGLISH
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import MomentField
from web.console.forms import Form, agency_choice, choice, fits, radios, text_area, text_line
from web.console.gate import Everyone, Pages, allow, house, me, now, read_session, stamp
from web.console.language import _, _l, either, moment, names
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("requests")
pages.in_menu(
    KNOWLEDGE,
    _l("徵詢機關"),
    "listed",
    Everyone.STAFF,
    place=2,
    work=(Action.FAQ_ASK, Action.FAQ_REPLY),
)


LATEST: Final = 20
"""So many calls are offered, the latest."""


class AskForm(Form):
    """Question that the book lacks, and how it was asked."""

    agency = agency_choice(_l("問哪個機關"))
    question = text_line(_l("問題"), fits(LONGEST["question"]))
    channel = radios(_l("怎麼問的"), lambda: names(Channel), Channel.PHONE)
    asked_at = MomentField(
        _l("什麼時候問的"),
        [InputRequired(_l("請填打電話或寄信的時間"))],
        description=_l("兩個工作日的期限從這一天算起。"),
    )
    call_id = choice(_l("引起這個問題的來電"), checked=False)

    def faults(self) -> Iterable[HotlineError]:
        """A call or mail that was not made yet."""
        asked_at: datetime | None = self.asked_at.data
        return [NotYet("asked_at")] if asked_at and asked_at > now() else []


class ReplyForm(Form):
    """The agency's reply: an entry of the book, words, or both."""

    number = choice(_l("用哪一則問答回覆"), checked=False)
    words = text_area(_l("說明"))


@pages.read("/knowledge/requests", Everyone.STAFF)
def listed() -> Response:
    """Open ones, the first due first; or the replied ones."""
    is_open, agency = request.args.get("state", "open") != "replied", request.args.get("agency", "")
    with read_session() as session:
        rows = requests.requests(session, agency=agency, is_open=is_open)
    shown = page_of(rows if is_open else rows[::-1])
    return render(
        "knowledge/requests.html", page=shown, is_open=is_open, request_name=request_name, agency=agency
    )


@pages.both("/knowledge/requests/new", Action.FAQ_ASK)
def new() -> Response:
    """Ask an agency for an entry; its liaison is told at once (N-11)."""
    form = AskForm(
        agency=request.args.get("agency"),
        question=request.args.get("question", "")[:200],
        call_id=request.args.get("call", "")[:64],
        asked_at=now(),
    )
    agencies.turn_to(form.agency, list(agencies.names().items()))
    with read_session() as session:
        form.call_id.choices = _calls(session, form.text("call_id"))
    if form.is_fit():
        asked_at: datetime = form.asked_at.data
        wanted = FaqQuestion(
            form.text("agency"),
            form.text("question"),
            Channel(form.text("channel")),
            asked_at,
            form.text("call_id"),
        )

        def asked(session: Session) -> FaqRequest:
            worktime = house().callbacks.worktime(session)
            return requests.ask(session, wanted, worktime, house().reply_limit, **stamp())

        if row := form.writes(asked):
            return lead_to("requests.one", _("已徵詢，聯繫窗口會收到通知。"), number=row.id)
    return render_form("knowledge/ask.html", form)


def _calls(session: Session, given: str) -> list[tuple[str, str]]:
    """One's own calls of today, and the call at which the question came up."""
    mine = (
        found(session, CallQuery(since=midnight(now()), agent=me().phone), most=LATEST) if me().phone else []
    )
    rows = {row.id: row for row in mine}
    if given and given not in rows and (row := session.get(CallRow, given) if is_text(given) else None):
        rows[given] = row
    known = [(row.id, f"{moment(row.started_at)} {looks.number(row.caller, None)}") for row in rows.values()]
    return [("", _("（沒有）")), *known]


@pages.read("/knowledge/requests/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A request, when it is due and why, and the reply."""
    return _page(number, ReplyForm(formdata=None))


@pages.change("/knowledge/requests/<int:number>", Action.FAQ_REPLY)
def reply(number: int) -> Response:
    """The agency's reply."""
    form = ReplyForm()
    with read_session() as session:
        agency = requests.request(session, number).agency
    by, words, entry_number = allow(Action.FAQ_REPLY, agency), form.text("words"), form.text("number")
    if not form.writes(
        lambda session: requests.reply(session, number, words, at=now(), by=by, entry_number=entry_number)
    ):
        return _page(number, form)
    return lead_to("requests.one", _("已回覆。"), number=number)


def _page(number: int, form: ReplyForm) -> Response:
    with read_session() as session:
        row = requests.request(session, number)
        form.number.choices = _entries(session, row)
        why = _why(session, row)
    return render_form(
        "knowledge/request.html",
        form,
        row=row,
        why=why,
        request_name=request_name,
        is_open=row.state == RequestState.REQUESTED,
    )


def request_name(row: FaqRequest) -> tuple[str, str]:
    """State of a request in words, with the colour beside them (P4.5)."""
    if row.state == RequestState.REPLIED:
        return (_("逾期回覆"), "orange") if row.late_at else (_("已回覆"), "green")
    return (_("逾期未回覆"), "red") if row.late_at else (_("待回覆"), "blue")


def _entries(session: Session, row: FaqRequest) -> list[tuple[str, str]]:
    mine = service.entries(session, now(), agency=row.agency)
    return [("", _("（不用問答，只寫說明）")), *((entry.key, entry.question) for entry in reversed(mine))]


def _why(session: Session, row: FaqRequest) -> list[str]:
    """The arithmetic of its due time, under the calendar of today."""
    worktime, words = house().callbacks.worktime(session), either(CHINESE, ENGLISH)
    return list(worktime.why(row.asked_at, house().reply_limit, "P4.5", words))
