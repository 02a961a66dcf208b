"""Many calls to come, told beforehand: when, how many, who answers, from which entries (P4.3)."""

from collections.abc import Iterable
from datetime import date

from flask import Response, request
from wtforms.validators import InputRequired

from hotline.errors import HotlineError
from hotline.news import surges
from hotline.news.rules import Surge
from hotline.permissions import Action
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.date_fields import DayField
from web.console.entry_links import chosen, entries_field, linked, offered
from web.console.forms import Form, agency_choice, text_area, text_line, text_of
from web.console.gate import Everyone, Pages, may, now, read_session, stamp, today, write_session
from web.console.language import _, _l
from web.console.menu import KNOWLEDGE

pages = Pages("surges")
pages.in_menu(
    KNOWLEDGE,
    _l("來電預告"),
    "listed",
    Everyone.STAFF,
    place=5,
    work=(Action.NEWS_SURGE, Action.FLOOR_WATCH),
)


class SurgeForm(Form):
    """Forecast: what citizens will call about, when, and how the agency has prepared."""

    agency = agency_choice(_l("機關"))
    topic = text_line(_l("主題"))
    first = DayField(_l("第一天"), [InputRequired(_l("請填日期"))])
    last = DayField(_l("最後一天"), [InputRequired(_l("請填日期"))])
    calls = text_line(_l("預估來電數"))
    staff = text_area(_l("機關由誰接聽"))
    entries = entries_field()

    def says(self) -> Surge:
        """The notice as it was typed."""
        first: date = self.first.data or self.last.data or today()
        last: date = self.last.data or first
        return Surge(
            self.text("agency"),
            self.text("topic").strip(),
            first,
            last,
            _number(self.text("calls")),
            self.text("staff").strip(),
            chosen(self.entries.data or ()),
        )

    def faults(self) -> Iterable[HotlineError]:
        """All that is wrong with the notice."""
        return self.says().faults()


def _number(typed: str) -> int:
    """Number that was typed; 0 for what is none, which nobody expects."""
    plain = typed.strip()
    return int(plain) if plain.isdecimal() and len(plain) < 9 else 0


@pages.read("/surges", Everyone.STAFF)
def listed() -> Response:
    """Those of today and later, the first to come first; those without an entry are flagged."""
    with_past = request.args.get("past", "") == "1"
    with read_session() as session:
        rows = surges.surges(session, now(), with_past=with_past)
        links = {row.id: linked(session, row.entries) for row in rows}
        there = offered(session, Action.NEWS_SURGE) if may(Action.NEWS_SURGE) else []
    return render("news/surges.html", rows=rows, links=links, with_past=with_past, offered=there)


@pages.both("/surges/new", Action.NEWS_SURGE)
def new() -> Response:
    """Tell the call centre of calls to come."""
    form = SurgeForm()
    agencies.speak_for(form.agency, Action.NEWS_SURGE)
    if form.is_fit():
        if form.writes(lambda session: surges.tell(session, form.says(), **stamp())):
            return lead_to("surges.listed", _("已預告，話務中心看得到了。"))
    with read_session() as session:
        there = offered(session, Action.NEWS_SURGE)
    return render_form("news/surge.html", form, offered=there)


@pages.change("/surges/<int:number>/entries", Action.NEWS_SURGE)
def link(number: int) -> Response:
    """Set exactly the entries that answer its calls."""
    with write_session() as session:
        surges.link(session, number, chosen(request.form.getlist("entries")), **stamp())
    return lead_to("surges.listed", _("已連到問答。"))


@pages.change("/surges/<int:number>/withdraw", Action.NEWS_SURGE)
def withdraw(number: int) -> Response:
    """Withdraw calls that do not come."""
    with write_session() as session:
        surges.withdraw(session, number, **stamp(), reason=text_of("reason"))
    return lead_to("surges.listed", _("已取消預告。"))
