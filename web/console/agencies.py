"""The agencies as pages name them, and those for which one may act."""

from sqlalchemy.orm import Session
from wtforms import SelectField

from hotline.directory.store import AgencyRow
from hotline.ledger import history
from hotline.permissions import Action
from web.console.gate import may, me, now
from web.console.language import _


def names(session: Session) -> dict[str, str]:
    """The name of every agency there is now, by its code."""
    return {row.key: row.name for row in history.all_in_force(session, AgencyRow, now())}


def choices(session: Session, action: Action) -> list[tuple[str, str]]:
    """Code and name of the agencies for which who is signed in may do it."""
    there = [row for row in history.all_in_force(session, AgencyRow, now()) if not row.closed]
    return [(row.key, row.name) for row in there if may(action, row.key)]


def turn_to(field: SelectField, found: list[tuple[str, str]]) -> None:
    """Offer agencies to ask, none of several preselected: a question to the wrong one is lost time."""
    field.choices = found if len(found) == 1 else [("", _("（請選擇）")), *found]


def speak_for(field: SelectField, found: list[tuple[str, str]]) -> None:
    """Offer agencies to speak for, one's own preselected, so that nobody speaks for another by a slip."""
    turn_to(field, found)
    if field.data is None:
        own = me().agency
        field.data = own if own in dict(found) else ""
