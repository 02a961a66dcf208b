"""The board of messages: activities and openings, searched by agents, with their age (P4.7)."""

from collections.abc import Iterable
from datetime import datetime

from flask import Response, request
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing
from hotline.news import messages
from hotline.news.linked import NoNews
from hotline.news.rules import NewsMessage, NewsStatus
from hotline.news.store import MessageRow
from hotline.permissions import Action
from hotline.search import Match
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import MomentField
from web.console.forms import Form, agency_choice, text_area, text_line, text_of
from web.console.gate import Everyone, Pages, allow, now, read_session, stamp, write_session
from web.console.language import _, _l, _n
from web.console.menu import KNOWLEDGE
from web.console.paging import page_of

pages = Pages("news")
pages.in_menu(KNOWLEDGE, _l("訊息看板"), "listed", Everyone.STAFF, place=4)


KINDS = {
    NewsStatus.PLANNED: "blue",
    NewsStatus.CURRENT: "green",
    NewsStatus.OVER: "grey",
    NewsStatus.WITHDRAWN: "grey",
}
"""The colour beside the word."""


class MessageForm(Form):
    """A message, and from when to when it matters."""

    agency = agency_choice(_l("機關"))
    title = text_line(_l("標題"))
    words = text_area(_l("內容"))
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

    def faults(self) -> Iterable[HotlineError]:
        """All that is wrong with the message."""
        return self.says(now()).faults()


def age(posted_at: datetime, at: datetime) -> str:
    """Age of news (P4.7): agents see at a glance whether it is fresh."""
    passed = max(0, int((at - posted_at).total_seconds()))
    if passed < 60:
        return _("剛剛")
    if passed < 3600:
        return _n("%(num)d 分鐘前", "%(num)d 分鐘前", passed // 60)
    if passed < 86400:
        return _n("%(num)d 小時前", "%(num)d 小時前", passed // 3600)
    return _n("%(num)d 天前", "%(num)d 天前", passed // 86400)


@pages.read("/news", Everyone.STAFF)
def listed() -> Response:
    """List of what matters now or later, by the words asked for; or of all there ever was."""
    asked, agency = request.args.get("q", "").strip(), request.args.get("agency", "")
    with_past = request.args.get("past", "") == "1"
    with read_session() as session:
        rows = messages.messages(session, now(), agency=agency, with_past=with_past)
    matches = dict(messages.search(rows, asked))
    return render(
        "news/messages.html",
        page=page_of([row for row, match in matches.items() if match is not Match.SIMILAR]),
        similar=[row for row, match in matches.items() if match is Match.SIMILAR],
        matches=matches,
        asked=asked,
        agency=agency,
        with_past=with_past,
        age=age,
        at=now(),
        standing=messages.standing,
        kinds=KINDS,
    )


@pages.both("/news/new", Action.NEWS_POST)
def new() -> Response:
    """A message for the agents."""
    return _edited(MessageForm(), None)


@pages.both("/news/<int:number>", Action.NEWS_POST)
def edit(number: int) -> Response:
    """A message said otherwise, or withdrawn."""
    with read_session() as session:
        row = existing(session.get(MessageRow, number), NoNews(messages.KIND, number))
    allow(Action.NEWS_POST, row.agency)
    return _edited(MessageForm(obj=row, words=row.text), row)


def _edited(form: MessageForm, row: MessageRow | None) -> Response:
    agencies.speak_for(form.agency, Action.NEWS_POST)
    if form.is_fit() and form.writes(lambda session: _kept(session, form, row)) is not None:
        return lead_to("news.listed", _("已張貼。") if row is None else _("已更正。"))
    return render_form("news/message.html", form, row=row)


def _kept(session: Session, form: MessageForm, row: MessageRow | None) -> MessageRow:
    if row is None:
        return messages.post(session, form.says(now()), **stamp())
    return messages.correct(session, row.id, form.says(row.starts_at), **stamp())


@pages.change("/news/<int:number>/withdraw", Action.NEWS_POST)
def withdraw(number: int) -> Response:
    """Withdraw a message that agents need no more."""
    with write_session() as session:
        messages.withdraw(session, number, **stamp(), reason=text_of("reason"))
    return lead_to("news.listed", _("已撤下；仍查得到。"))
