"""Many calls to come, told beforehand: when, how many, who answers, from which entries (P4.3)."""

from datetime import date

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextArea, GovTextInput
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.news import surges
from hotline.news.rules import Surge
from hotline.permissions import Action
from web.console import agencies, browser
from web.console.date_fields import DayField
from web.console.entry_links import linked, typed
from web.console.forms import Form, text_of
from web.console.gate import Everyone, Pages, factory, me, now
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE

pages = Pages("surges")
pages.in_menu(KNOWLEDGE, _l("來電預告"), "listed", Everyone.STAFF, place=5)


class SurgeForm(Form):
    """What citizens will call about, when, and how the agency has prepared."""

    agency = SelectField(
        _l("機關"), [InputRequired(_l("請選擇機關"))], widget=GovSelect(), validate_choice=False
    )
    topic = StringField(_l("主題"), widget=GovTextInput())
    first = DayField(_l("第一天"), [InputRequired(_l("請填日期"))])
    last = DayField(_l("最後一天"), [InputRequired(_l("請填日期"))])
    calls = StringField(_l("預估來電數"), widget=GovTextInput())
    staff = TextAreaField(_l("機關由誰接聽"), widget=GovTextArea())
    entries = StringField(_l("用哪幾則問答回答"), widget=GovTextInput())

    def says(self) -> Surge:
        """The notice as it was typed."""
        first: date = self.first.data
        last: date = self.last.data
        return Surge(
            self.text("agency"),
            self.text("topic").strip(),
            first,
            last,
            _number(self.text("calls")),
            self.text("staff").strip(),
            typed(self.text("entries")),
        )


def _number(typed: str) -> int:
    """What was typed; 0 for what is no number, which nobody expects."""
    plain = typed.strip()
    return int(plain) if plain.isdecimal() and len(plain) < 9 else 0


@pages.read("/surges", Everyone.STAFF)
def listed() -> ResponseReturnValue:
    """Those of today and later, the first to come first; those without an entry are flagged."""
    with_past = request.args.get("past", "") == "1"
    with looking(factory()) as session:
        rows = surges.surges(session, now(), with_past=with_past)
        links = {row.id: linked(session, row.entries) for row in rows}
        known = agencies.names(session)
    return render_template("news/surges.html", rows=rows, links=links, names=known, with_past=with_past)


@pages.both("/surges/new", Action.NEWS_SURGE)
def new() -> ResponseReturnValue:
    """Tell the call centre of calls to come."""
    form = SurgeForm()
    with looking(factory()) as session:
        agencies.speak_for(form.agency, agencies.choices(session, Action.NEWS_SURGE))
    if form.is_fit():
        try:
            with transaction(factory()) as session:
                surges.tell(session, form.says(), at=now(), by=me().login)
        except HotlineError as error:
            form.blame_for(error)
        else:
            browser.say(_("已預告，話務中心看得到了。"))
            return redirect(url_for("surges.listed"))
    return make_response(render_template("news/surge.html", form=form), form.status)


@pages.change("/surges/<int:number>/entries", Action.NEWS_SURGE)
def link(number: int) -> ResponseReturnValue:
    """Exactly these entries answer its calls."""
    with transaction(factory()) as session:
        surges.link(session, number, typed(text_of("entries")), at=now(), by=me().login)
    browser.say(_("已連到問答。"))
    return redirect(url_for("surges.listed"))


@pages.change("/surges/<int:number>/withdraw", Action.NEWS_SURGE)
def withdraw(number: int) -> ResponseReturnValue:
    """It does not come."""
    with transaction(factory()) as session:
        surges.withdraw(session, number, at=now(), by=me().login, reason=text_of("reason"))
    browser.say(_("已取消預告。"))
    return redirect(url_for("surges.listed"))
