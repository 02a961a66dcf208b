"""Writing a book entry: the words, who is in charge, and whether it can be read aloud (P4.1.1, P4.4)."""

from collections.abc import Iterable
from typing import Any

from flask import Response, request
from govuk_frontend_wtf.wtforms_widgets import GovCharacterCount
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField

from hotline.directory.store import BusinessRow, SectionRow
from hotline.errors import HotlineError
from hotline.knowledge import requests, service
from hotline.knowledge.rules import Faq
from hotline.knowledge.service import FaqChangedMeanwhile
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.permissions import Action
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, choice, text_line, tick_box
from web.console.gate import Pages, allow, now, read_session, stamp, write_session
from web.console.language import _, _l

pages = Pages("knowledge_edit")


class EntryForm(Form):
    """An entry; ``seen`` is the row that was read before it was changed."""

    question = text_line(_l("民眾會怎麼問"))
    answer = TextAreaField(_l("怎麼回答（口語化）"), widget=GovCharacterCount())
    keywords = text_line(_l("其他說法"))
    place = choice(_l("負責的科室或業務"), checked=False)
    aloud = tick_box(_l("我唸過一遍，可以直接唸給民眾聽"))
    reason = text_line(_l("為什麼修改"))
    seen = HiddenField()

    def says(self, agency: str) -> Faq:
        """The entry as it was typed."""
        kind, _sign, code = self.text("place").partition("/")
        return Faq(
            agency,
            self.text("question"),
            self.text("answer"),
            self.text("keywords"),
            code if kind == "s" else "",
            code if kind == "b" else "",
            bool(self.aloud.data),
        )

    def faults(self) -> Iterable[HotlineError]:
        """All that is wrong with the texts."""
        return self.says("").faults()


@pages.both("/knowledge/new", Action.FAQ_CHANGE)
def new() -> Response:
    """A new entry of an agency; ``request`` is the question of the call centre that it answers."""
    agency, number = request.args.get("agency", ""), request.args.get("request", "")
    with read_session() as session:
        mine = agencies.choices(Action.FAQ_CHANGE)
        asked = requests.request(session, int(number)) if number.isdecimal() and len(number) < 9 else None
    agency = asked.agency if asked else agency or (mine[0][0] if len(mine) == 1 else "")
    if not agency:
        return render("knowledge/which.html", mine=mine)
    form = EntryForm(question=asked.question if asked else "")
    return _edited(form, agency, answers=asked.id if asked else 0)


@pages.both("/knowledge/<int:number>/edit", Action.FAQ_CHANGE)
def edit(number: int) -> Response:
    """An entry written otherwise; what it said before is kept."""
    with read_session() as session:
        row = service.entry(session, str(number), now())
    place = f"b/{row.business}" if row.business else f"s/{row.section}" if row.section else ""
    form = EntryForm(
        question=row.question,
        answer=row.answer,
        keywords=row.keywords,
        aloud=row.aloud,
        place=place,
        seen=str(row.id),
    )
    return _edited(form, row.agency, row)


def _edited(form: EntryForm, agency: str, row: FaqRow | None = None, answers: int = 0) -> Response:
    allow(Action.FAQ_CHANGE, agency)
    with read_session() as session:
        form.place.choices = _places(session, agency)
    if form.is_fit():
        try:
            return _written(form, agency, row, answers)
        except FaqChangedMeanwhile as error:
            form.blame_for(error)
            with read_session() as session:
                return _form(form, agency, service.entry(session, error.number, now()))
        except HotlineError as error:
            form.blame_for(error)
    return _form(form, agency, row)


def _form(form: EntryForm, agency: str, row: FaqRow | None) -> Response:
    other = row if form.errors and row and str(row.id) != form.text("seen") else None
    if other:
        form.seen.data = str(other.id)
    return render_form("knowledge/edit.html", form, agency=agency, row=row, other=other)


def _written(form: EntryForm, agency: str, row: FaqRow | None, answers: int) -> Response:
    seen = form.text("seen")
    with write_session() as session:
        made = service.write(
            session,
            form.says(agency),
            **stamp(),
            number=row.key if row else "",
            reason=form.text("reason"),
            seen=int(seen) if row and seen.isdecimal() else None,
        )
        if answers:
            requests.reply(session, answers, "", **stamp(), entry_number=made.key)
    return lead_to(
        "knowledge.one",
        _("已寫好，並回覆了徵詢。") if answers else _("已儲存；前一版還查得到。") if row else _("已新增。"),
        number=made.key,
    )


def _places(session: Session, agency: str) -> list[tuple[str, str]]:
    """An agency's sections, each with its businesses."""
    found: list[tuple[str, Any]] = [("", _("（不指定）"))]
    sections = history.all_in_force(session, SectionRow, now(), SectionRow.agency == agency)
    mine = [row.key for row in sections]
    businesses = history.all_in_force(session, BusinessRow, now(), BusinessRow.section.in_(mine))
    for section in sections:
        found.append((f"s/{section.key}", section.name))
        found += [
            (f"b/{row.key}", f"{section.name} — {row.name}")
            for row in businesses
            if row.section == section.key
        ]
    return found
