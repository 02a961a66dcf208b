"""The board of messages: activities and openings, searched by agents, with their age (P4.7)."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextArea, GovTextInput
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.news import messages
from hotline.news.linked import NoNews
from hotline.news.rules import NewsMessage
from hotline.news.store import MessageRow
from hotline.permissions import Action
from web.console import agencies, browser
from web.console.date_fields import MomentField
from web.console.forms import Form, text_of
from web.console.gate import Everyone, Pages, allow, factory, me, now
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE
from web.console.news_words import KINDS, age
from web.console.paging import page_of

pages = Pages("news")
pages.in_menu(KNOWLEDGE, _l("訊息看板"), "listed", Everyone.STAFF, place=4)


class MessageForm(Form):
    """A message, and from when to when it matters."""

    agency = SelectField(
        _l("機關"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    title = StringField(_l("標題"), widget=GovTextInput())
    words = TextAreaField(_l("內容"), widget=GovTextArea())
    starts_at = MomentField(_l("開始"), description=_l("不填就是現在。"))
    ends_at = MomentField(_l("結束"), description=_l("不填就一直留到撤下。"))

    def says(self, at: datetime) -> NewsMessage:
        """The message as it was typed."""
        begins: datetime = self.starts_at.data or at
        return NewsMessage(
            self.text("agency"),
            self.text("title").strip(),
            self.text("words").strip(),
            begins,
            self.ends_at.data,
        )


@pages.read("/news", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """What matters now or later, by the words asked for; or all there ever was."""
    asked, agency = request.args.get("q", "").strip(), request.args.get("agency", "")
    with_past = request.args.get("past", "") == "1"
    with looking(factory()) as session:
        rows: Sequence[MessageRow] = messages.messages(session, now(), agency=agency, with_past=with_past)
        known = agencies.names(session)
    return render_template(
        "news/messages.html",
        page=page_of(messages.search(rows, asked)),
        asked=asked,
        agency=agency,
        names=known,
        with_past=with_past,
        age=age,
        at=now(),
        standing=messages.standing,
        kinds=KINDS,
    )


@pages.both("/news/new", Action.NEWS_POST)
def new() -> ResponseReturnValue:
    """A message for the agents."""
    return _edited(MessageForm(), None)


@pages.both("/news/<int:number>", Action.NEWS_POST)
def edit(number: int) -> ResponseReturnValue:
    """A message said otherwise, or withdrawn."""
    with looking(factory()) as session:
        row = session.get(MessageRow, number)
    if row is None:
        raise NoNews(messages.KIND, number)
    allow(Action.NEWS_POST, row.agency)
    said = messages.said(row)
    form = MessageForm(
        agency=said.agency, title=said.title, words=said.text, starts_at=said.starts_at, ends_at=said.ends_at
    )
    return _edited(form, row)


def _edited(form: MessageForm, row: MessageRow | None) -> ResponseReturnValue:
    with looking(factory()) as session:
        agencies.speak_for(form.agency, agencies.choices(session, Action.NEWS_POST))
    if form.is_fit():
        try:
            return _kept(form, row)
        except HotlineError as error:
            form.blame_for(error)
    return make_response(render_template("news/message.html", form=form, row=row), form.status)


def _kept(form: MessageForm, row: MessageRow | None) -> Response:
    with transaction(factory()) as session:
        if row is None:
            messages.post(session, form.says(now()), at=now(), by=me().login)
        else:
            messages.correct(session, row.id, form.says(row.starts_at), at=now(), by=me().login)
    browser.say(_("已張貼。") if row is None else _("已更正。"))
    return make_response(redirect(url_for("news.listed")))


@pages.change("/news/<int:number>/withdraw", Action.NEWS_POST)
def withdraw(number: int) -> ResponseReturnValue:
    """Agents need it no more."""
    with transaction(factory()) as session:
        messages.withdraw(session, number, at=now(), by=me().login, reason=text_of("reason"))
    browser.say(_("已撤下；仍查得到。"))
    return redirect(url_for("news.listed"))
