"""The agencies as pages name them, and those for which one may act."""

from collections.abc import Sequence

from flask import g
from wtforms import SelectField

from hotline.directory.store import AgencyRow
from hotline.ledger import history
from hotline.permissions import Action
from web.console.gate import may, me, now, read_session
from web.console.language import _


def names() -> dict[str, str]:
    """The name of every agency there is now, by its code."""
    return {row.key: row.name for row in _there()}


def name(code: str) -> str:
    """The name of an agency; of one that is no more, its code."""
    return names().get(code, code)


def choices(action: Action) -> list[tuple[str, str]]:
    """Code and name of the agencies for which who is signed in may do it."""
    return [(row.key, row.name) for row in _there() if not row.closed and may(action, row.key)]


def _there() -> Sequence[AgencyRow]:
    """Agencies at the instant of this request, read once."""
    if "agencies" not in g:
        with read_session() as session:
            g.agencies = history.all_in_force(session, AgencyRow, now())
    found: Sequence[AgencyRow] = g.agencies
    return found


def turn_to(field: SelectField, found: list[tuple[str, str]]) -> None:
    """Offer agencies to ask, none of several preselected: a question to the wrong one is lost time."""
    field.choices = found if len(found) == 1 else [("", _("（請選擇）")), *found]


def speak_for(field: SelectField, action: Action) -> None:
    """Offer agencies to speak for, one's own preselected, so that nobody speaks for another by a slip."""
    found = choices(action)
    turn_to(field, found)
    if field.data is None:
        own = me().agency
        field.data = own if own in dict(found) else ""
