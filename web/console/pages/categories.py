"""Categories of cases: who is in charge, within which limits, what is due, their past (P5.4.1, P5.4.9)."""

from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from hotline.categories import service
from hotline.categories.rules import KIND, LONGEST, Category, Due, split
from hotline.categories.store import CategoryRow
from hotline.directory.files.exporting import as_csv, tables
from hotline.errors import existing
from hotline.ledger import history
from hotline.ledger.versions import histories
from hotline.permissions import Action
from hotline.search import words
from hotline.sheets.rows import by_district
from web.console.answers import csv_file, lead_to, render
from web.console.forms import Form, fits, reason_form, text_area, text_line, text_of
from web.console.gate import Everyone, Pages, allow, house, may, now, read_session, stamp, write_session
from web.console.language import ENGLISH, _, _l, current
from web.console.menu import KNOWLEDGE
from web.console.record_links import authors, called_now

pages = Pages("categories")
pages.in_menu(KNOWLEDGE, _l("案件類別"), "listed", Everyone.STAFF, place=8, work=(Action.CATEGORY_PREVENT,))
DUES: Final = {Due.DONE: "green", Due.MISSING: "red", Due.OLD: "yellow"}
"""The colour beside the word."""
EndForm: Final = reason_form(text_line(_l("停用的理由"), InputRequired(_l("請寫下停用的理由"))))


class PreventionForm(Form):
    """The prevention note of an agency."""

    note = text_area(_l("預防措施"), fits(LONGEST))


@pages.read("/categories", Everyone.STAFF)
def listed() -> Response:
    """All categories, those that fit some words, those of an agency, or those of which something is due."""
    asked, agency = request.args.get("q", "").strip(), request.args.get("agency", "")
    is_due = request.args.get("due", "") == "yes"
    with read_session() as session:
        every = house().categories.at(session, now())
        fit = {one.key for one in house().categories.proposed(session, asked, now())} if asked else set(every)
    mine = [one for one in every.values() if agency in ("", one.agency)]
    owed = [one for one in mine if _is_due(one)]
    return render(
        "categories/listed.html",
        rows=[
            one
            for one in (owed if is_due else mine)
            if one.code in fit or asked and asked in (one.name, one.code)
        ],
        asked=asked,
        agency=agency,
        is_due=is_due,
        owed=owed,
        at=now(),
        dues=DUES,
        has_placeholders=any(one.is_placeholder for one in every.values()),
    )


def _is_due(one: Category) -> bool:
    """Tell whether its review or its prevention note is missing or old."""
    return {one.review_due(now()), one.prevention_due(now())} != {Due.DONE}


@pages.read("/categories.csv", Everyone.STAFF)
def export() -> Response:
    """The table as a file that can be imported again."""
    with read_session() as session:
        found = tables(session, now(), language="en" if current() == ENGLISH else "zh", files=("categories",))
    return csv_file(as_csv(found["categories"]).decode("utf-8"), "categories")


@pages.read("/categories/<code>", Everyone.STAFF)
def one(code: str) -> Response:
    """A category, everything it said before, and what is due of it. Raises UnknownCategory."""
    return _page(code, PreventionForm(formdata=None), EndForm(formdata=None))


@pages.change("/categories/review", Action.CATEGORY_CHANGE)
def review() -> Response:
    """Put the yearly review on record: of one category, or of all."""
    code = text_of("code")
    with write_session() as session:
        many = service.review(session, [code] if code else [], **stamp())
    if code:
        return lead_to("categories.one", _("已記下今天檢討過這個類別。"), code=code)
    return lead_to("categories.listed", _("已記下今天檢討過 %(many)d 個類別。", many=many))


@pages.change("/categories/<code>/prevention", Action.CATEGORY_PREVENT)
def prevent(code: str) -> Response:
    """Write the agency's prevention note."""
    form = PreventionForm()
    if form.is_fit() and form.writes(lambda session: _prevented(session, code, form.text("note"))):
        return lead_to("categories.one", _("已儲存預防措施，日期是今天。"), code=code)
    return _page(code, form, EndForm(formdata=None))


def _prevented(session: Session, code: str, note: str) -> bool:
    allow(Action.CATEGORY_PREVENT, service.category(session, code, now()).agency)
    service.prevent(session, code, note, **stamp())
    return True


@pages.change("/categories/<code>/end", Action.CATEGORY_CHANGE)
def end(code: str) -> Response:
    """Take a category out of the table; cases that run keep it."""
    form = EndForm()
    if not form.is_fit():
        return _page(code, PreventionForm(formdata=None), form)
    with write_session() as session:
        service.end(session, code, now(), **stamp(), reason=form.text("reason").strip())
    return lead_to("categories.listed", _("已停用；進行中的案件仍照原來的類別辦理。"))


def _page(code: str, note: Form, ending: Form) -> Response:
    with read_session() as session:
        row = history.in_force(session, CategoryRow, code, now())
        planned = [one for one in history.counting(session, CategoryRow, code) if one.valid_from > now()]
        past, names = histories(session, [(KIND, code)]), authors(session)
        known_rows = planned or history.history(session, CategoryRow, code)
        last = existing(row or next(iter(reversed(known_rows)), None), service.UnknownCategory(code))
        known = house().categories.version(session, last.id)
    if not note.errors:
        note["note"].data = last.prevention
    return render(
        "categories/one.html",
        422 if note.errors or ending.errors else 200,
        row=last,
        is_there=row is not None,
        planned=planned,
        one=known,
        districts=by_district(last.sections),
        questions=split(last.questions),
        keywords=[word for word in words(last.keywords) if word],
        past=past,
        names=names,
        form=note,
        ending=ending,
        at=now(),
        dues=DUES,
        called=called_now,
        may_note=may(Action.CATEGORY_PREVENT, last.agency),
    )
