"""An entry of the ledger: all that was changed at once, by whom, when and why;
and taking it back as a whole.
"""

from typing import Final

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSubmitInput, GovTextInput
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired

from administration.undo import take_back
from hotline.db import looking, transaction
from hotline.directory import change_lead_time
from hotline.directory.owners import PERSONAL, agencies_of_change
from hotline.ledger import entries
from hotline.ledger.entries import FOUNDING, EntryRecord
from hotline.ledger.row_history import said_of
from hotline.permissions import Action
from hotline.staff.service import everybody
from web.console import browser
from web.console.as_of import staying
from web.console.forms import Form
from web.console.gate import Everyone, factory, house, me, now
from web.console.language import _, _l
from web.console.paging import page_of
from web.console.record_links import place_of
from web.console.words import in_words

pages = staying("entries")

SHOWN: Final = 20
"""So many keys of an entry stand on one page."""


class UndoForm(Form):
    """Why an entry is taken back."""

    reason = StringField(_l("為什麼要復原"), [InputRequired(_l("請寫下原因"))], widget=GovTextInput())
    submit = SubmitField(_l("復原整筆異動"), widget=GovSubmitInput())


@pages.read("/directory/entry/<int:number>", Everyone.STAFF)
def entry(number: int) -> ResponseReturnValue:
    """All that an entry changed. Raises NoEntry."""
    return _shown(number, UndoForm(), "")


@pages.change("/directory/entry/<int:number>/undo", Everyone.STAFF)
def undo(number: int) -> ResponseReturnValue:
    """Take it back as a whole, if one may make such a change. Raises NoEntry, NotPermitted."""
    form = UndoForm()
    if not form.is_fit():
        return _shown(number, form, "")
    try:
        with transaction(factory()) as session:
            undone = take_back(
                house().due_times,
                session,
                number,
                at=now(),
                by=me().login,
                reason=form.text("reason").strip(),
            )
    except (entries.IsUndone, entries.ChangedSince, entries.TheFounding) as error:
        return _shown(number, form, in_words(error))
    browser.say(_("第 %(number)d 筆異動已由第 %(written)d 筆復原。", number=number, written=undone.written))
    return redirect(url_for("entries.entry", number=undone.written), 303)


def _shown(number: int, form: UndoForm, fault: str) -> Response:
    with looking(factory()) as session:
        change = entries.change_of(session, number)
        open_to_me = [key for key in change.keys if key[0] not in PERSONAL or me().may(PERSONAL[key[0]])]
        keys = page_of(open_to_me, SHOWN)
        made = said_of(session, change, keys.items)
        told = change_lead_time.notice_of(
            session, change, house().worktime, house().settings.change_notice_days
        )
        names = {one.login: one.name for one in everybody(session, now())}
        may_undo = _may_undo(change, agencies_of_change(session, change))
    page = render_template(
        "directory/entry.html",
        change=change,
        page=keys,
        made=made,
        told=told,
        names=names,
        form=form,
        fault_text=fault,
        may_undo=may_undo,
        place_of=place_of,
        known=house().atlas.at(now()),
        kept_back=len(change.keys) - len(open_to_me),
    )
    return make_response(page, 422 if fault else form.status)


def _may_undo(change: EntryRecord, agencies: list[str]) -> bool:
    """Whether the button is shown; the deed asks again."""
    if change.action == FOUNDING or change.undone_by:
        return False
    return all(me().may(Action(change.action), agency) for agency in agencies)
