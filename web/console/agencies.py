"""The agencies as pages name them, and those for which one may act."""

from sqlalchemy.orm import Session

from hotline import history
from hotline.directory.store import AgencyRow
from hotline.staff.rules import Action
from web.console.gate import may, now
from web.console.language import _


def names(session: Session) -> dict[str, str]:
    """The name of every agency there is now, by its code."""
    return {row.key: row.name for row in history.all_in_force(session, AgencyRow, now())}


def choices(session: Session, action: Action) -> list[tuple[str, str]]:
    """Code and name of the agencies for which who is signed in may do it."""
    there = [row for row in history.all_in_force(session, AgencyRow, now()) if not row.closed]
    return [(row.key, row.name) for row in there if may(action, row.key)]


def with_all(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same with all of them together as the first choice, for a filter."""
    return [("", _("全部機關")), *found]
