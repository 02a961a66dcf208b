"""Entries that the call centre asks agencies for, with their due times and replies (P4.5)."""

from datetime import datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea, GovTextInput
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.knowledge import requests, service
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import Channel, RequestState
from hotline.knowledge.store import FaqRequest
from hotline.permissions import Action
from hotline.worktime.explain import CHINESE, ENGLISH
from web.console import agencies, browser
from web.console.date_fields import MomentField
from web.console.forms import Form
from web.console.gate import Everyone, Pages, allow, factory, house, me, now
from web.console.knowledge_words import request_name
from web.console.language import _, _l, name, tag
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("requests")
pages.in_menu(KNOWLEDGE, _l("徵詢機關"), "listed", Everyone.STAFF, place=2)


class AskForm(Form):
    """What is lacking in the book, and how it was asked for."""

    agency = SelectField(
        _l("問哪個機關"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    question = StringField(_l("問題"), widget=GovTextInput())
    channel = RadioField(_l("怎麼問的"), default=Channel.PHONE, widget=GovRadioInput())
    asked_at = MomentField(
        _l("什麼時候問的"),
        [InputRequired(_l("請填打電話或寄信的時間"))],
        description=_l("兩個工作日的期限從這一天算起。"),
    )
    call_id = StringField(
        _l("引起這個問題的來電"), widget=GovTextInput(), description=_l("來電編號；沒有就留空。")
    )

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.channel.choices = [(one, name(one)) for one in Channel]


class ReplyForm(Form):
    """The agency's reply: an entry of the book, words, or both."""

    number = SelectField(_l("用哪一則問答回覆"), widget=GovSelect(), validate_choice=False)
    words = TextAreaField(_l("說明"), widget=GovTextArea())


@pages.read("/knowledge/requests", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """Open ones, the first due first; or the replied ones."""
    is_open, agency = request.args.get("state", "open") != "replied", request.args.get("agency", "")
    with looking(factory()) as session:
        rows = requests.requests(session, agency=agency, is_open=is_open)
        known = agencies.names(session)
    shown = page_of(rows if is_open else rows[::-1])
    return render_template(
        "knowledge/requests.html",
        page=shown,
        is_open=is_open,
        names=known,
        request_name=request_name,
        agency=agency,
    )


@pages.both("/knowledge/requests/new", Action.FAQ_ASK)
def new() -> ResponseReturnValue:
    """Ask an agency for an entry; its liaison is told at once (N-11)."""
    form = AskForm(
        agency=request.args.get("agency"),
        question=request.args.get("question", "")[:200],
        call_id=request.args.get("call", "")[:64],
        asked_at=now(),
    )
    with looking(factory()) as session:
        agencies.turn_to(form.agency, list(agencies.names(session).items()))
    if form.is_fit():
        asked_at: datetime = form.asked_at.data
        wanted = FaqQuestion(
            form.text("agency"),
            form.text("question"),
            Channel(form.text("channel")),
            asked_at,
            form.text("call_id"),
        )
        try:
            with transaction(factory()) as session:
                worktime = house().callbacks.worktime(session)
                row = requests.ask(session, wanted, worktime, house().reply_limit, at=now(), by=me().login)
        except HotlineError as error:
            form.blame_for(error)
        else:
            browser.say(_("已徵詢，聯繫窗口會收到通知。"))
            return redirect(url_for("requests.one", number=row.id))
    return make_response(render_template("knowledge/ask.html", form=form), form.status)


@pages.read("/knowledge/requests/<int:number>", Everyone.STAFF)
def one(number: int) -> ResponseReturnValue:
    """A request, when it is due and why, and the reply."""
    return _page(number, ReplyForm(formdata=None))


@pages.change("/knowledge/requests/<int:number>", Action.FAQ_REPLY)
def reply(number: int) -> ResponseReturnValue:
    """The agency's reply."""
    form = ReplyForm()
    with looking(factory()) as session:
        agency = requests.request(session, number).agency
    by = allow(Action.FAQ_REPLY, agency)
    try:
        with transaction(factory()) as session:
            requests.reply(
                session, number, form.text("words"), at=now(), by=by, entry_number=form.text("number")
            )
    except HotlineError as error:
        form.blame_for(error)
        return _page(number, form)
    browser.say(_("已回覆。"))
    return redirect(url_for("requests.one", number=number))


def _page(number: int, form: ReplyForm) -> Response:
    with looking(factory()) as session:
        row = requests.request(session, number)
        form.number.choices = _entries(session, row)
        why = _why(session, row)
        known = agencies.names(session)
    return make_response(
        render_template(
            "knowledge/request.html",
            row=row,
            form=form,
            names=known,
            why=why,
            request_name=request_name,
            is_open=row.state == RequestState.REQUESTED,
        ),
        form.status,
    )


def _entries(session: Session, row: FaqRequest) -> list[tuple[str, str]]:
    mine = service.entries(session, now(), agency=row.agency)
    return [("", _("（不用問答，只寫說明）")), *((entry.key, entry.question) for entry in reversed(mine))]


def _why(session: Session, row: FaqRequest) -> list[str]:
    """The arithmetic of its due time, under the calendar of today."""
    words = CHINESE if tag() != "en" else ENGLISH
    return list(house().callbacks.worktime(session).why(row.asked_at, house().reply_limit, "P4.5", words))
