"""Cases filed in a month, as they stand: states, on time or late, how long they took (P10.2, P12.3).

A case that is still inside its limit counts neither way, and neither does one that was cancelled or forwarded
outside the city. What several reported is one case. Late once is late, whatever time was granted afterwards
(P5.4.1, P5.4.8).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.overdue import OWED
from hotline.cases.rules import OPEN_STATES, CaseKind, CaseState, DeadlineKind
from hotline.cases.store import Case, CaseDeadline
from reporting.answer_times import MonthTable
from reporting.figures.names import Named, agencies, categories
from reporting.figures.spans import HOUR, MINUTE, KnownMonth, share, times

STATES: Final = tuple(
    one
    for one in CaseState
    if one in OPEN_STATES or one in (CaseState.CLOSED, CaseState.NO_ACTION, CaseState.CANCELLED)
)
ALL: Final = "all"
NAMES: Final = ("agency", "category")
TIMELY: Final = ("filed", "on time", "late", "rate", "inside limit", "outside")
SIGNED: Final = ("signed", "signed in time", "sign mean min", "sign median min", "sign 95 % min")
REPLIED: Final = ("replied", "reply mean h", "reply median h", "reply 95 % h")
COMPLETED: Final = ("completed", "completion mean h", "completion median h", "completion 95 % h")


class Timeliness(StrEnum):
    """Whether the citizen was answered in time."""

    ON_TIME = "on-time"
    LATE = "late"
    INSIDE = "inside"
    """Its limit has not passed, and nobody has answered yet."""
    OUTSIDE = "outside"
    """Cancelled, or handed to an authority outside the city: no answer is owed."""


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A filed case as it counts."""

    number: str
    kind: CaseKind
    agency: str
    category: str
    state: CaseState
    filed_at: datetime
    due_at: datetime | None = None
    overdue_at: datetime | None = None
    is_beyond: bool = False
    """More time than stage 2 has was asked for (P5.4.8)."""
    signed_at: datetime | None = None
    signed_in_time: bool = False
    replied_at: datetime | None = None
    done_at: datetime | None = None

    def timeliness(self, at: datetime) -> Timeliness:
        """Whether it is in time as known at an instant; a limit is met at equality."""
        if self.state in (CaseState.CANCELLED, CaseState.EXTERNAL):
            return Timeliness.OUTSIDE
        if self.is_late(at):
            return Timeliness.LATE
        return Timeliness.INSIDE if self.state in OWED else Timeliness.ON_TIME

    def is_late(self, at: datetime) -> bool:
        """Tell whether it was found late, or is so now; what is done waits for its message alone."""
        if self.overdue_at or self.is_beyond:
            return True
        if self.due_at is None:
            return False
        waits = self.state in OWED and self.state is not CaseState.DONE and self.due_at < at
        return waits or bool(self.replied_at and self.due_at < self.replied_at)


def filed(session: Session, month: KnownMonth) -> list[CountedCase]:
    """The cases filed in a month, the first first; reports that are attached to another are that case."""
    what = (Case.id, Case.number, Case.kind, Case.agency, Case.category)
    stands = (Case.state, Case.stage, Case.stage_asked, Case.due_at, Case.overdue_at)
    told = (Case.filed_at, Case.signed_at, Case.replied_at, Case.done_at, Case.closed_at)
    wanted = select(*what, *stands, *told).where(
        Case.filed_at >= month.since,
        Case.filed_at < month.end,
        Case.number.is_not(None),
        Case.lead_id.is_(None),
    )
    limits = _sign_limits(session, month)
    return [
        CountedCase(
            row.number,
            CaseKind(row.kind),
            row.agency,
            row.category,
            CaseState(row.state),
            row.filed_at,
            row.due_at,
            row.overdue_at,
            3 in (row.stage, row.stage_asked),
            row.signed_at,
            bool(row.signed_at and row.signed_at <= limits.get(row.id, row.filed_at)),
            row.replied_at,
            row.done_at or (row.closed_at if row.kind != CaseKind.QUICK else None),
        )
        for row in session.execute(wanted.order_by(Case.filed_at, Case.id))
    ]


def _sign_limits(session: Session, month: KnownMonth) -> dict[int, datetime]:
    """By when each case was to be signed: the clock begins anew with another agency, so the latest counts."""
    wanted = select(CaseDeadline.case_id, CaseDeadline.due_at).join(Case, Case.id == CaseDeadline.case_id)
    here = Case.filed_at >= month.since, Case.filed_at < month.end
    signing = *here, CaseDeadline.kind == DeadlineKind.SIGN
    return dict(session.execute(wanted.where(*signing).order_by(CaseDeadline.id)).all())


def case_states(session: Session, month: KnownMonth) -> MonthTable:
    """A row an agency and category: how many stand where; all of them last."""
    cases = filed(session, month)

    def cells(of: Sequence[CountedCase]) -> tuple[str, ...]:
        return tuple(str(sum(one.state is state for one in of)) for state in STATES)

    heads = tuple(f"state {one}" for one in STATES)
    return _table(
        session, month, cases, "case states", ("filed", *heads), lambda of: (str(len(of)), *cells(of))
    )


def case_times(session: Session, month: KnownMonth) -> MonthTable:
    """A row an agency and category: in time or late, and the times to signing, first reply and completion."""
    heads = (*TIMELY, *SIGNED, *REPLIED, *COMPLETED)
    cases = filed(session, month)
    return _table(session, month, cases, "case times", heads, lambda of: (*timely(of, month.at), *_took(of)))


def petitions(session: Session, month: KnownMonth) -> MonthTable:
    """P12.3: petitions alone, those that were quick cases once too."""
    cases = [one for one in filed(session, month) if one.kind is CaseKind.PETITION]
    heads = (*TIMELY, *REPLIED)
    return _table(
        session, month, cases, "petitions", heads, lambda of: (*timely(of, month.at), *_replied(of))
    )


def timely(cases: Sequence[CountedCase], at: datetime) -> tuple[str, ...]:
    """How many are in time, late or neither; the rate is of those that are in time or late."""
    found = [one.timeliness(at) for one in cases]
    on_time, late = found.count(Timeliness.ON_TIME), found.count(Timeliness.LATE)
    neither = found.count(Timeliness.INSIDE), found.count(Timeliness.OUTSIDE)
    numbers = map(str, (len(cases), on_time, late))
    return *numbers, share(on_time, on_time + late), *map(str, neither)


def _took(cases: Sequence[CountedCase]) -> tuple[str, ...]:
    signed = [one.signed_at - one.filed_at for one in cases if one.signed_at]
    in_time = sum(one.signed_in_time for one in cases)
    completed = [one.done_at - one.filed_at for one in cases if one.done_at]
    return (
        *(str(len(signed)), str(in_time), *times(signed, MINUTE)),
        *_replied(cases),
        *(str(len(completed)), *times(completed, HOUR)),
    )


def _replied(cases: Sequence[CountedCase]) -> tuple[str, ...]:
    took = [one.replied_at - one.filed_at for one in cases if one.replied_at]
    return str(len(took)), *times(took, HOUR)


def _table(
    session: Session,
    month: KnownMonth,
    cases: Sequence[CountedCase],
    what: str,
    heads: tuple[str, ...],
    cells: Callable[[Sequence[CountedCase]], tuple[str, ...]],
) -> MonthTable:
    agency, category = agencies(session, month), categories(session, month)
    rows = [(*_names(of, agency, category), *cells(found)) for of, found in sorted(_grouped(cases).items())]
    title = f"{month} {what}: {len(cases)} cases filed"
    return MonthTable(title, (*NAMES, *heads), 2, [*rows, (ALL, "", *cells(cases))])


Place = tuple[str, str]
"""Code of the agency that is competent, and of the category."""


def _grouped(cases: Iterable[CountedCase]) -> dict[Place, list[CountedCase]]:
    found = defaultdict[Place, list[CountedCase]](list)
    for one in cases:
        found[one.agency, one.category].append(one)
    return found


def _names(of: Place, agency: Named, category: Named) -> tuple[str, str]:
    return agency(of[0]) or "?", category(of[1]) or "?"


def _is(of: Timeliness) -> Callable[[CountedCase, datetime], bool]:
    return lambda one, at: one.timeliness(at) is of


def _stands(state: CaseState) -> Callable[[CountedCase, datetime], bool]:
    return lambda one, _at: one.state is state


COUNTS: Final[Mapping[str, Callable[[CountedCase, datetime], bool]]] = {
    "filed": lambda _one, _at: True,
    "on time": _is(Timeliness.ON_TIME),
    "late": _is(Timeliness.LATE),
    "inside limit": _is(Timeliness.INSIDE),
    "outside": _is(Timeliness.OUTSIDE),
    "signed": lambda one, _at: one.signed_at is not None,
    "signed in time": lambda one, _at: one.signed_in_time,
    "replied": lambda one, _at: one.replied_at is not None,
    "completed": lambda one, _at: one.done_at is not None,
    **{f"state {one}": _stands(one) for one in STATES},
}
"""What a column of these tables counts, as known at an instant."""


def behind(
    session: Session,
    month: KnownMonth,
    head: str,
    agency: str | None = None,
    category: str | None = None,
    kind: CaseKind | None = None,
) -> list[str]:
    """Numbers of the cases behind a number of a column, the first filed first; None: whatever it is."""
    counts = COUNTS[head]
    return [
        one.number
        for one in filed(session, month)
        if counts(one, month.at)
        and agency in (None, one.agency)
        and category in (None, one.category)
        and kind in (None, one.kind)
    ]
