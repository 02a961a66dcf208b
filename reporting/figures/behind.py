"""Rows behind a number of a report: ids of calls, or numbers of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from hotline.cases.rules import CaseKind, CaseState
from reporting.figures import cases, completion
from reporting.figures.cases import Timeliness
from reporting.figures.completion import Completion
from reporting.figures.spans import KnownMonth
from reporting.office_reports import OWN, Report

CALLS: Final[Mapping[str, Completion]] = {
    "settled": Completion.COMPLETED,
    "called again": Completion.CALLED_AGAIN,
    "not settled": Completion.NOT_SETTLED,
    "undecided": Completion.UNDECIDED,
}
CASES: Final[Mapping[str, Timeliness | CaseState | None]] = {
    "filed": None,
    "on time": Timeliness.ON_TIME,
    "late": Timeliness.LATE,
    "inside limit": Timeliness.INSIDE,
    "outside": Timeliness.OUTSIDE,
    **{f"state {one}": one for one in cases.STATES},
}
OF_CASES: Final = frozenset((Report.STATES, Report.TIMES, Report.PETITIONS))
"""Reports whose rows are agencies and categories of cases."""


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """What a number counts, by ids of calls or numbers of cases."""

    kind: Literal["call", "case"]
    ids: Sequence[str]


def is_opened(kind: Report, head: str) -> bool:
    """Tell whether the numbers of a column can be opened."""
    return head in CALLS if kind is Report.COMPLETION else kind in OF_CASES and head in CASES


def behind(
    session: Session, kind: Report, month: KnownMonth, head: str, names: list[str], agency: str = ""
) -> RowsBehind:
    """The rows behind the number of a column, in the row of these names; nothing of another agency."""
    if not is_opened(kind, head) or (agency and kind in OWN):
        return RowsBehind("case", ())
    if kind is Report.COMPLETION:
        return RowsBehind("call", completion.behind(session, month, CALLS[head], *names[:1]))
    of, category = (_code(names, place) for place in (0, 1))
    if agency and of != agency:
        return RowsBehind("case", ())
    only = CaseKind.PETITION if kind is Report.PETITIONS else None
    return RowsBehind("case", cases.behind(session, month, CASES[head], of, category, only))


def _code(names: list[str], place: int) -> str | None:
    """The code of a row's agency or category; None in the row of all, empty where there is none."""
    if names[:1] == [cases.ALL]:
        return None
    name = names[place] if place < len(names) else ""
    return name.partition(" ")[0].strip("?")
