"""`hotline why case`: each deadline with its arithmetic, as people type it."""

from hotline.cases.deadlines import CaseLimits, limit_of, set_deadline
from hotline.cases.rules import CaseKind, CaseState, DeadlineKind
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import numbered, transaction
from ops.wiring import House
from tests.doors.conftest import Typed


def test_P5_2_2_why_case_tells_every_deadline(typed: Typed, house: House) -> None:
    """§21: received the Friday before a make-up Saturday; one that was met stays readable."""
    at = taipei("2024-02-16T10:00")
    row = Case(number="113021600001", kind=CaseKind.PETITION, state=CaseState.DISPATCHED, filed_at=at)
    row.drafted_at, row.drafted_by = at, "agent-1"
    with transaction(house.factory) as session:
        numbered(session, row)
        for kind in (DeadlineKind.REDISPATCH, DeadlineKind.REPLY):
            one = set_deadline(
                session, row, kind, at, limit_of(kind, CaseLimits()), house.worktime, at, "route"
            )
        one.ended_at = at
    said = typed("why case", "1130-2160-0001").output
    for words in (
        "case 113021600001: petition, dispatched",
        "limit for giving it back\n  P5.2.2: working day 1 after Fri 2024-02-16",
        "make-up workday",
        "due Sat 2024-02-17 17:30",
        "limit for the reply, ended Fri 2024-02-16 10:00",
        "due Fri 2024-02-23 17:30",
    ):
        assert words in said, said
    assert "113021600002" in typed("why case 113021600002", refused=True).output
