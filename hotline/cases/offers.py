"""Moves that may follow now: what the tables and the case's standing allow, for who may do it. Pure."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from hotline.cases.guards import Standing
from hotline.cases.rules import TABLES, CaseKind, Move, Row
from hotline.permissions import ANY_OTHER
from hotline.staff.rules import Staff

ELSEWHERE: Final = frozenset(
    (
        Move.FILE,
        Move.REFUSE_FILING,
        Move.NOTIFY,
        Move.REACHED,
        Move.UNROUTED,
        Move.CANCEL,
        Move.TAKE_BACK,
        Move.ANSWERED,
    )
)
"""Moves of the desk, where the caller is; the closing that follows from an answer; the clock's."""
OF_JOINT: Final = frozenset((Move.CONFIRM_JOINT, Move.PROGRESS))
"""Moves of an agency that is only joint."""


def offers(one: Standing, member: Staff, agency: str, joint: Collection[str], at: datetime) -> list[Row]:
    """The rows that a member of the staff may perform on a case of an agency, in the order of the table.

    ``joint``: the agencies that are also competent.
    """
    return [
        row
        for row in TABLES[one.kind]
        if one.state in row.before
        and row.move not in ELSEWHERE
        and _is_allowed(row, one, member, agency, joint)
        and _FITS.get(row.move, _always)(one, at)
    ]


def _is_allowed(row: Row, one: Standing, member: Staff, agency: str, joint: Collection[str]) -> bool:
    if row.move is Move.CONFIRM_JOINT:
        return any(member.may(row.action, other) for other in one.joint_open)
    if member.may(row.action, agency or ANY_OTHER):
        return True
    return row.move in OF_JOINT and any(member.may(row.action, other) for other in joint)


def _always(_one: Standing, _at: datetime) -> bool:
    return True


def _asked(stage: int) -> Callable[[Standing, datetime], bool]:
    return lambda one, _at: one.stage_asked == stage


def _stage(stage: int) -> Callable[[Standing, datetime], bool]:
    return lambda one, _at: one.stage == stage


def _not_returned(one: Standing, _at: datetime) -> bool:
    return not one.is_returned


def _not_at_work(one: Standing, _at: datetime) -> bool:
    return one.kind is not CaseKind.NOTIFY or one.is_returned


_FITS: Final[Mapping[Move, Callable[[Standing, datetime], bool]]] = {
    Move.SIGN: _not_returned,
    Move.NOT_OURS: _not_returned,
    Move.ASSIGN: _not_at_work,
    Move.START: _not_returned,
    Move.ASK_STAGE2: _stage(1),
    Move.APPROVE_STAGE2: _asked(2),
    Move.REFUSE_STAGE2: _asked(2),
    Move.ASK_BEYOND: _stage(2),
    Move.GRANT_BEYOND: _asked(3),
    Move.REFUSE_BEYOND: _asked(3),
    Move.REPLY: lambda one, _at: one.wants_reply,
    Move.RECORD_RESULT: lambda one, _at: not one.wants_reply,
    Move.EXTEND: lambda one, at: not one.was_extended and one.due_at is not None and one.due_at >= at,
}
"""Moves that the state allows and that the standing may not: who is shown them could only be refused."""
