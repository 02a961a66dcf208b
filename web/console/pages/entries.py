"""A ledger entry: all that was changed at once, by whom, when and why; and taking it back as a whole."""

from typing import Final

from flask import Response
from wtforms.validators import InputRequired

from administration.undo import take_back
from hotline.directory import change_lead_time
from hotline.directory.owners import PERSONAL, agencies_of_change
from hotline.ledger import entries
from hotline.ledger.entries import FOUNDING, EntryRecord
from hotline.ledger.versions import said_of
from hotline.permissions import Action
from web.console.answers import lead_to, render
from web.console.as_of import staying
from web.console.forms import Form, button, reason_form, text_line
from web.console.gate import Everyone, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.paging import page_of
from web.console.record_links import authors, place_of

pages = staying("entries")

REASON: Final = text_line(_l("為什麼要復原"), InputRequired(_l("請寫下原因")))
UndoForm: Final = reason_form(REASON, button(_l("復原整筆異動")))
SHOWN: Final = 20
"""So many keys of an entry stand on one page."""


@pages.read("/directory/entry/<int:number>", Everyone.STAFF)
def entry(number: int) -> Response:
    """Page of an entry with all that it changed. Raises NoEntry."""
    return _shown(number, UndoForm(), "")


@pages.change("/directory/entry/<int:number>/undo", Everyone.STAFF)
def undo(number: int) -> Response:
    """Take it back as a whole, if one may make such a change. Raises NoEntry, NotPermitted."""
    form = UndoForm()
    if not form.is_fit():
        return _shown(number, form, "")
    try:
        with write_session() as session:
            undone = take_back(
                house().due_times, session, number, **stamp(), reason=form.text("reason").strip()
            )
    except (entries.IsUndone, entries.ChangedSince, entries.TheFounding) as error:
        return _shown(number, form, in_words(error))
    return lead_to(
        "entries.entry",
        _("第 %(number)d 筆異動已由第 %(written)d 筆復原。", number=number, written=undone.written),
        number=undone.written,
        _code=303,
    )


def _shown(number: int, form: Form, fault: str) -> Response:
    with read_session() as session:
        change = entries.change_of(session, number)
        open_to_me = [key for key in change.keys if key[0] not in PERSONAL or me().may(PERSONAL[key[0]])]
        keys = page_of(open_to_me, SHOWN)
        made = said_of(session, change, keys.items)
        told = change_lead_time.notice_of(
            session, change, house().worktime, house().settings.change_notice_days
        )
        names = authors(session)
        may_undo = _may_undo(change, agencies_of_change(session, change))
    return render(
        "directory/entry.html",
        422 if fault else form.status,
        change=change,
        page=keys,
        made=made,
        notice=told,
        names=names,
        form=form,
        fault_text=fault,
        may_undo=may_undo,
        place_of=place_of,
        known=house().atlas.at(now()),
        kept_back=len(change.keys) - len(open_to_me),
    )


def _may_undo(change: EntryRecord, agencies: list[str]) -> bool:
    """Tell whether the button is shown; the undo asks again."""
    if change.action == FOUNDING or change.undone_by:
        return False
    return all(me().may(Action(change.action), agency) for agency in agencies)
