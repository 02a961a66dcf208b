"""Names of agencies and categories as tables have them: the code, then the name that it has at the end."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from hotline.categories.store import CategoryRow
from hotline.directory.store import AgencyRow
from hotline.ledger.history import all_in_force
from reporting.figures.spans import KnownMonth

Named = Callable[[str], str]


def agencies(session: Session, month: KnownMonth) -> Named:
    """How an agency's code is written."""
    return _named({row.key: row.name for row in all_in_force(session, AgencyRow, month.end)})


def categories(session: Session, month: KnownMonth) -> Named:
    """How a category's code is written."""
    return _named({row.key: row.name for row in all_in_force(session, CategoryRow, month.end)})


def _named(known: dict[str, str]) -> Named:
    return lambda code: f"{code} {known.get(code, '')}".rstrip()
