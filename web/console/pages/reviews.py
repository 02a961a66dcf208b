"""Reviews of closed cases (P10.4): which may deserve one, what agencies report, what became of it; and the
defects, complaints and commendations of each agency in a year (P14).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import Response, request
from wtforms.validators import InputRequired

from hotline.cases.moving import NoSuchCase
from hotline.cases.rules import CaseNotNow
from hotline.clock import midnight
from hotline.permissions import Action
from hotline.reviews import records
from hotline.reviews.candidates import candidates
from hotline.reviews.figures import counts
from hotline.reviews.rules import ReviewDecided, ReviewDuePassed, ReviewGround
from reporting.figures.defects import OPENED, behind_time
from reporting.rows_behind import CountedKind, RowsBehind
from web.console.answers import lead_to, render, render_form
from web.console.case_words import case_lines
from web.console.date_fields import YEARS, DayField
from web.console.forms import Form, button, radios, text_area, text_line
from web.console.gate import Pages, house, may, me, now, read_session, scope, stamp, today
from web.console.language import _, _l, names
from web.console.menu import TODAY
from web.console.paging import page_of
from web.console.rows_behind import LISTED, shown_rows

pages = Pages("reviews")
pages.in_menu(TODAY, _l("案件複查"), "listed", Action.CASE_INBOX, place=11, work=(Action.CASE_AUDIT,))
YEAR: Final[Mapping[str, Any]] = {"defects": _l("缺失"), "reviews": _l("複查"), "late reviews": _l("遲報")}
"""Numbers of an agency's year that lead to their rows here; complaints and commendations have a list."""
COLOURS: Final = {"": "yellow", "accepted": "green", "reopened": "red"}


class ReviewForm(Form):
    """A closed case, why it is reviewed, and by when its agency reports."""

    BLAMED = {NoSuchCase: "case", CaseNotNow: "case", ReviewDuePassed: "due_on"}

    case = text_line(_l("案號"), InputRequired(_l("請輸入案號")))
    ground = radios(_l("複查的原因"), lambda: names(ReviewGround), ReviewGround.CHOSEN)
    reason = text_area(_l("要機關說明的事"), InputRequired(_l("請寫下要機關說明的事")))
    due_on = DayField(_l("報告期限（可空白）"))
    submit = button(_l("請機關提出檢討報告"))


class ReviewReportForm(Form):
    """An agency's report."""

    BLAMED = {ReviewDecided: "report"}

    report = text_area(_l("檢討報告"), InputRequired(_l("請寫下檢討報告")))
    submit = button(_l("送出檢討報告"))


@pages.read("/reviews", Action.CASE_INBOX)
def listed() -> Response:
    """Reviews, those that are owed first."""
    with read_session() as session:
        rows = records.reviews(session, scope(Action.CASE_INBOX))
        lines = case_lines(session, [case for _review, case in rows])
    found = zip((review for review, _case in rows), lines, strict=True)
    return render("reviews/listed.html", reviews=list(found), colours=COLOURS, at=now())


@pages.read("/reviews/candidates", Action.CASE_AUDIT)
def listed_candidates() -> Response:
    """Closed cases that may deserve a review."""
    with read_session() as session:
        found = candidates(session, now())
        lines = case_lines(session, [one.case for one in found])
    return render("reviews/candidates.html", candidates=list(zip(found, lines, strict=True)))


@pages.both("/reviews/new", Action.CASE_AUDIT)
def ask() -> Response:
    """Ask an agency for a report on a closed case."""
    form = ReviewForm(case=request.args.get("case", ""), ground=_ground())
    if form.is_fit():
        made = form.writes(lambda session: records.ask(session, house().case_work, **_asked(form), **stamp()))
        if made:
            return lead_to("reviews.one", _("已請機關提出檢討報告。"), number=made.id)
    return render_form("reviews/ask.html", form, days=house().settings.review_days)


def _ground() -> str:
    asked = request.args.get("ground", "")
    return asked if asked in set(ReviewGround) else ReviewGround.CHOSEN


def _asked(form: Form) -> dict[str, Any]:
    number = form.text("case").replace("-", "").strip()
    ground = ReviewGround(form.text("ground"))
    return {"number": number, "reason": form.text("reason"), "ground": ground, "due_on": form["due_on"].data}


@pages.read("/reviews/<int:number>", Action.CASE_INBOX)
def one(number: int) -> Response:
    """A review: what is asked, what the agency reports, what was decided. Raises NoReview, NotPermitted."""
    return _page(number, ReviewReportForm(formdata=None))


@pages.change("/reviews/<int:number>/report", Action.CASE_WORK)
def report(number: int) -> Response:
    """Send the agency's report. Raises NoReview, NotPermitted."""
    form = ReviewReportForm()
    if form.is_fit():
        if form.writes(lambda session: records.report(session, number, form.text("report"), **stamp())):
            return lead_to("reviews.one", _("檢討報告已送出。"), number=number)
    return _page(number, form)


def _page(number: int, form: Form) -> Response:
    with read_session() as session:
        row = records.review_of(session, number, me().login, now())
        (line,) = case_lines(session, [records.case_of(session, row)])
    return render_form(
        "reviews/one.html",
        form,
        row=row,
        line_of=line,
        colours=COLOURS,
        is_late=row.is_late(now()),
        may_report=not row.outcome and may(Action.CASE_WORK, row.agency),
        may_decide=not row.outcome and may(Action.CASE_AUDIT),
    )


@pages.read("/reviews/year", Action.CASE_AUDIT)
def year() -> Response:
    """Defects, reviews, complaints and commendations of each agency in a year, by their codes."""
    asked = _year()
    since, until = of_year(asked)
    with read_session() as session:
        found = counts(session, since, until, now())
    return render("reviews/year.html", year=asked, counts=found, this_year=today().year)


@pages.read("/reviews/year/behind", Action.CASE_AUDIT)
def behind_year() -> Response:
    """What a number of an agency's year counts: cases that were reopened, reviews, late ones."""
    asked, agency, head = _year(), request.args.get("agency", ""), request.args.get("head", "")
    since, until = of_year(asked)
    kind, ids = CountedKind.CASE, list[str]()
    if head in YEAR:
        kind = OPENED[head]
        with read_session() as session:
            ids = behind_time(session, since, until, now(), head, agency)
    found = RowsBehind(kind, ids)
    page = page_of(found.ids, LISTED)
    return render(
        "reviews/behind.html",
        year=asked,
        agency=agency,
        head=YEAR.get(head, ""),
        page=page,
        shown=shown_rows(found, page),
        what=found.kind,
    )


def of_year(asked: int) -> tuple[datetime, datetime]:
    """The first instant of a year in Taipei, and of the next."""
    return midnight(date(asked, 1, 1)), midnight(date(asked + 1, 1, 1))


def _year() -> int:
    typed = request.args.get("year", "")
    asked = int(typed) if typed.isdecimal() and len(typed) == 4 else today().year
    return asked if asked in YEARS else today().year
