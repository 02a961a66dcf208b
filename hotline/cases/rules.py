"""States of cases and the tables of moves between them: petition (§11), notify (§12), quick (§13). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.terms import named


@named("case-kind")
class CaseKind(StrEnum):
    """Kinds of cases (P3.3 to P3.5)."""

    PETITION = "petition"
    NOTIFY = "notify"
    QUICK = "quick"


@named("case-state")
class CaseState(StrEnum):
    """The words of §11 to §13 for rows, screens, reports and what a caller hears."""

    DRAFT = "DRAFT"
    NOT_FILED = "NOT_FILED"
    """Refused: the petitioner's identity was not confirmed (P8.2). Has no number."""
    NOTIFYING = "NOTIFYING"
    NOTIFIED = "NOTIFIED"
    FILED = "FILED"
    DISPATCHED = "DISPATCHED"
    REDISPATCH = "REDISPATCH"
    JOINT = "JOINT"
    EXTERNAL = "EXTERNAL"
    SIGNED = "SIGNED"
    STAGE2_PENDING = "STAGE2_PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    REPLIED = "REPLIED"
    RESULT_RECORDED = "RESULT_RECORDED"
    DONE = "DONE"
    NO_ACTION = "NO_ACTION"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    UNDER_AUDIT = "UNDER_AUDIT"


@named("case-move")
class Move(StrEnum):
    """What may be done to a case: the events of §11 to §13."""

    FILE = "file"
    REFUSE_FILING = "refuse-filing"
    NOTIFY = "notify"
    REACHED = "reached"
    ROUTE = "route"
    UNROUTED = "unrouted"
    """No agency has it: none owns its category or place, or its agency ended without a successor."""
    ACCEPT = "accept"
    SIGN = "sign"
    NOT_OURS = "not-ours"
    ASSIGN = "assign"
    INVOLVE = "involve"
    CONFIRM_JOINT = "confirm-joint"
    FORWARD = "forward"
    TRACK = "track"
    OUTCOME = "outcome"
    NO_ACTION = "no-action"
    START = "start"
    PROGRESS = "progress"
    ASK_STAGE2 = "ask-stage2"
    APPROVE_STAGE2 = "approve-stage2"
    REFUSE_STAGE2 = "refuse-stage2"
    ASK_BEYOND = "ask-beyond"
    GRANT_BEYOND = "grant-beyond"
    REFUSE_BEYOND = "refuse-beyond"
    CONVERT = "convert"
    UNFOUNDED = "unfounded"
    COMPLETE = "complete"
    ANSWERED = "answered"
    """A completed quick case whose citizen was told, or cannot be: message sent, or phone record stored."""
    REPLY = "reply"
    RECORD_RESULT = "record-result"
    CLOSE = "close"
    EXTEND = "extend"
    CANCEL = "cancel"
    TAKE_BACK = "take-back"
    """Take a cancelling back within 24 h: it stands where it stood."""
    AUDIT = "audit"
    ACCEPT_REVIEW = "accept-review"
    REOPEN = "reopen"


@named("case-deadline")
class DeadlineKind(StrEnum):
    """The deadlines of a case; each is computed once, by a clock of §2."""

    SIGN = "sign"
    STAGE1 = "stage1"
    STAGE2 = "stage2"
    BEYOND = "beyond"
    REPLY = "reply"
    EXTENDED = "extended"
    REDISPATCH = "redispatch"
    JOINT = "joint"
    TRACKING = "tracking"


JOINABLE: Final = frozenset(
    (
        CaseState.FILED,
        CaseState.DISPATCHED,
        CaseState.REDISPATCH,
        CaseState.JOINT,
        CaseState.SIGNED,
        CaseState.IN_PROGRESS,
        CaseState.STAGE2_PENDING,
    )
)
"""States in which another citizen's report of the same matter may be attached, and a holder cancels."""
HANDLING: Final = frozenset(
    (DeadlineKind.STAGE1, DeadlineKind.STAGE2, DeadlineKind.BEYOND, DeadlineKind.REPLY, DeadlineKind.EXTENDED)
)
"""Deadlines by which the citizen is answered: one of them holds at a time, and a new one replaces the old."""

OPEN_STATES: Final = frozenset(CaseState) - {
    CaseState.DRAFT,
    CaseState.NOT_FILED,
    CaseState.NOTIFYING,
    CaseState.NOTIFIED,
    CaseState.CLOSED,
    CaseState.NO_ACTION,
    CaseState.CANCELLED,
}
"""A filed case that is not over."""
UNFILED: Final = (CaseState.DRAFT, CaseState.NOTIFYING, CaseState.NOTIFIED)
"""A draft: it has no number yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the tables: a move, the states it begins in, and where it leads.

    ``needs``: words (fields of ``Words``) without which it is refused; ``starts`` and ``ends``: deadlines;
    ``tells``: messages of §18. ``after`` None: the state it was in. ``action``: the permission that it takes.
    """

    move: Move
    before: tuple[CaseState, ...]
    after: CaseState | None
    clause: str
    action: Action
    needs: tuple[str, ...] = ()
    starts: tuple[DeadlineKind, ...] = ()
    ends: tuple[DeadlineKind, ...] = ()
    tells: tuple[str, ...] = ()


TO_ASSIGN: Final = "N-31"
"""Message that a case waits to be given to an agency."""
_S, _M, _D, _A = CaseState, Move, DeadlineKind, Action
_WORKED: Final = (_S.SIGNED, _S.IN_PROGRESS, _S.STAGE2_PENDING)
_AUDITED: Final = (
    Row(
        _M.AUDIT,
        (_S.CLOSED, _S.NO_ACTION),
        _S.UNDER_AUDIT,
        "P10.4",
        _A.CASE_AUDIT,
        ("reason",),
        tells=("N-33",),
    ),
    Row(_M.ACCEPT_REVIEW, (_S.UNDER_AUDIT,), _S.CLOSED, "P10.4", _A.CASE_AUDIT, ("result",)),
    Row(_M.REOPEN, (_S.UNDER_AUDIT,), _S.IN_PROGRESS, "P10.4", _A.CASE_AUDIT, ("reason",)),
)
_CANCELLED: Final = Row(
    _M.TAKE_BACK, (_S.CANCELLED,), None, "P8.1", _A.CASE_CANCEL, ("reason",), tells=("N-28",)
)

PETITION: Final = (
    Row(_M.REFUSE_FILING, (_S.DRAFT,), _S.NOT_FILED, "P8.2", _A.CASE_FILE),
    Row(_M.FILE, (_S.DRAFT,), _S.FILED, "P5.2.1", _A.CASE_FILE, tells=("N-20",)),
    Row(_M.ROUTE, (_S.FILED,), _S.DISPATCHED, "P5.2.1", _A.CASE_ASSIGN, ("agency",),
        (_D.REDISPATCH, _D.REPLY), tells=("N-26",)),
    Row(_M.UNROUTED, (_S.FILED,), _S.REDISPATCH, "P5.2.2", _A.CASE_ASSIGN,
        starts=(_D.REDISPATCH, _D.REPLY), tells=(TO_ASSIGN,)),
    Row(_M.UNROUTED, (_S.DISPATCHED, _S.IN_PROGRESS, _S.JOINT), _S.REDISPATCH, "P5.2.2", _A.CASE_ASSIGN,
        starts=(_D.REDISPATCH,), ends=(_D.JOINT,), tells=(TO_ASSIGN,)),
    Row(_M.ACCEPT, (_S.DISPATCHED,), _S.IN_PROGRESS, "P5.2.1", _A.CASE_WORK, ends=(_D.REDISPATCH,)),
    Row(_M.NOT_OURS, (_S.DISPATCHED,), _S.REDISPATCH, "P5.2.2", _A.CASE_WORK, ("reason",),
        (_D.REDISPATCH,), tells=(TO_ASSIGN,)),
    Row(_M.ASSIGN, (_S.REDISPATCH,), _S.DISPATCHED, "P5.2.2", _A.CASE_ASSIGN, ("agency",),
        (_D.REDISPATCH,), tells=("N-26",)),
    Row(_M.INVOLVE, (_S.DISPATCHED, _S.IN_PROGRESS), _S.JOINT, "P5.2.2", _A.CASE_WORK, ("agencies",),
        (_D.JOINT,), (_D.REDISPATCH,)),
    Row(_M.CONFIRM_JOINT, (_S.JOINT,), None, "P5.2.2", _A.CASE_WORK, ("agency",)),  # at last IN_PROGRESS
    Row(_M.FORWARD, (_S.DISPATCHED, _S.REDISPATCH), _S.EXTERNAL, "P5.2.2", _A.CASE_ASSIGN,
        ("authority", "letter"), (_D.TRACKING,), (_D.REDISPATCH, _D.REPLY), ("N-22",)),
    Row(_M.TRACK, (_S.EXTERNAL,), None, "P5.2.2", _A.CASE_ASSIGN, ("note",), (_D.TRACKING,)),
    Row(_M.OUTCOME, (_S.EXTERNAL,), _S.CLOSED, "P5.2.2", _A.CASE_ASSIGN, ("result",), ends=(_D.TRACKING,)),
    Row(_M.NO_ACTION, (_S.DISPATCHED, _S.IN_PROGRESS), _S.NO_ACTION, "P5.2.5", _A.CASE_DECIDE,
        ("ground", "result"), ends=(_D.REDISPATCH, _D.REPLY, _D.EXTENDED)),
    Row(_M.PROGRESS, (_S.IN_PROGRESS, _S.JOINT), None, "P5.2.3", _A.CASE_WORK, ("note",)),
    Row(_M.REPLY, (_S.IN_PROGRESS,), _S.REPLIED, "P5.2.3", _A.CASE_WORK,
        ("result", "channel", "replied_at", "officer", "officer_phone")),
    Row(_M.RECORD_RESULT, (_S.IN_PROGRESS,), _S.RESULT_RECORDED, "P5.2.4", _A.CASE_WORK, ("result",)),
    Row(_M.CLOSE, (_S.REPLIED, _S.RESULT_RECORDED), _S.CLOSED, "P5.2.3", _A.CASE_WORK,
        ends=(_D.REPLY, _D.EXTENDED)),
    Row(_M.EXTEND, (_S.IN_PROGRESS,), None, "P5.2.1", _A.CASE_DECIDE, ("reason",), (_D.EXTENDED,),
        (_D.REPLY,), ("N-24",)),
    Row(_M.CANCEL, (_S.FILED, _S.DISPATCHED, _S.REDISPATCH, _S.JOINT, _S.IN_PROGRESS), _S.CANCELLED, "P8.1",
        _A.CASE_CANCEL, tells=("N-21", "N-25")),
    _CANCELLED,
    *_AUDITED,
)  # fmt: skip
"""§11."""
NOTIFY: Final = (
    Row(_M.REFUSE_FILING, UNFILED, _S.NOT_FILED, "P8.2", _A.CASE_FILE),
    Row(_M.NOTIFY, (_S.DRAFT, _S.NOTIFYING), _S.NOTIFYING, "P5.3-a", _A.CASE_FILE, ("placed_call",)),
    Row(_M.REACHED, (_S.NOTIFYING,), _S.NOTIFIED, "P5.3-a", _A.CASE_FILE),
    Row(_M.FILE, (_S.NOTIFIED, _S.NOTIFYING), _S.FILED, "P5.3-a", _A.CASE_FILE,
        starts=(_D.REPLY,), tells=("N-20",)),
    Row(_M.UNROUTED, (_S.FILED, _S.IN_PROGRESS), _S.FILED, "P5.2.2", _A.CASE_ASSIGN,
        starts=(_D.REDISPATCH,), tells=(TO_ASSIGN,)),
    Row(_M.ASSIGN, (_S.FILED,), None, "P5.2.2", _A.CASE_ASSIGN, ("agency",), ends=(_D.REDISPATCH,),
        tells=("N-26",)),
    Row(_M.START, (_S.FILED,), _S.IN_PROGRESS, "P5.3-b", _A.CASE_WORK),
    Row(_M.PROGRESS, (_S.IN_PROGRESS,), None, "P5.3-b", _A.CASE_WORK, ("note",)),
    Row(_M.REPLY, (_S.IN_PROGRESS,), _S.REPLIED, "P5.3-c", _A.CASE_WORK,
        ("result", "channel", "replied_at", "officer", "officer_phone")),
    Row(_M.RECORD_RESULT, (_S.IN_PROGRESS,), _S.RESULT_RECORDED, "P5.2.4", _A.CASE_WORK, ("result",)),
    Row(_M.CLOSE, (_S.REPLIED, _S.RESULT_RECORDED), _S.CLOSED, "P5.3-c", _A.CASE_WORK, ends=(_D.REPLY,)),
    Row(_M.CANCEL, (_S.FILED, _S.IN_PROGRESS), _S.CANCELLED, "P8.1", _A.CASE_CANCEL, tells=("N-21", "N-25")),
    _CANCELLED,
    *_AUDITED,
)  # fmt: skip
"""§12."""
QUICK: Final = (
    Row(_M.REFUSE_FILING, (_S.DRAFT,), _S.NOT_FILED, "P8.2", _A.CASE_FILE),
    Row(_M.FILE, (_S.DRAFT,), _S.FILED, "P5.4.2", _A.CASE_FILE, ("category",), (_D.SIGN, _D.STAGE1),
        tells=("N-20", "N-40")),
    Row(_M.UNROUTED, (_S.FILED, *_WORKED), _S.FILED, "P5.4.2", _A.CASE_DECIDE, starts=(_D.SIGN,),
        tells=(TO_ASSIGN,)),
    Row(_M.SIGN, (_S.FILED,), _S.SIGNED, "P5.4.2", _A.CASE_SIGN, ends=(_D.SIGN,)),
    Row(_M.NOT_OURS, (_S.FILED,), None, "P5.4.2", _A.CASE_SIGN, ("reason",), ends=(_D.SIGN,),
        tells=(TO_ASSIGN,)),
    Row(_M.ASSIGN, (_S.FILED,), None, "P5.4.2", _A.CASE_DECIDE, ("agency",), (_D.SIGN,), tells=("N-40",)),
    Row(_M.START, (_S.SIGNED,), _S.IN_PROGRESS, "P5.4.4", _A.CASE_WORK),
    Row(_M.PROGRESS, _WORKED, None, "P5.4.4", _A.CASE_WORK, ("note",)),
    Row(_M.ASK_STAGE2, (_S.SIGNED, _S.IN_PROGRESS), _S.STAGE2_PENDING, "P5.4.1", _A.CASE_WORK,
        ("reason", "days")),
    Row(_M.APPROVE_STAGE2, (_S.STAGE2_PENDING,), _S.IN_PROGRESS, "P5.4.7", _A.CASE_DECIDE, ("days",),
        (_D.STAGE2,), (_D.STAGE1,), ("N-24",)),
    Row(_M.REFUSE_STAGE2, (_S.STAGE2_PENDING,), _S.IN_PROGRESS, "P5.4.7", _A.CASE_DECIDE, ("reason",)),
    Row(_M.ASK_BEYOND, (_S.IN_PROGRESS,), _S.STAGE2_PENDING, "P5.4.8", _A.CASE_ANALYSE,
        ("ground", "reason", "analysis")),
    Row(_M.GRANT_BEYOND, (_S.STAGE2_PENDING,), _S.IN_PROGRESS, "P5.4.8", _A.CASE_DECIDE, ("until",),
        (_D.BEYOND,), (_D.STAGE2,), ("N-24",)),
    Row(_M.REFUSE_BEYOND, (_S.STAGE2_PENDING,), _S.IN_PROGRESS, "P5.4.8", _A.CASE_DECIDE, ("reason",)),
    Row(_M.CONVERT, _WORKED, _S.DISPATCHED, "P5.4.7", _A.CASE_DECIDE, ("reason", "agency"),
        (_D.REDISPATCH, _D.REPLY), (_D.STAGE1, _D.STAGE2, _D.BEYOND), ("N-24", "N-26")),
    Row(_M.UNFOUNDED, _WORKED, _S.DONE, "P5.4.10", _A.CASE_WORK, ("result", "done_at"), tells=("N-23",)),
    Row(_M.COMPLETE, _WORKED, _S.DONE, "P5.4.9", _A.CASE_WORK, ("result", "done_at", "doer"),
        tells=("N-23",)),
    Row(_M.ANSWERED, (_S.DONE,), _S.CLOSED, "P5.4.4", _A.CASE_WORK, ends=(_D.STAGE1, _D.STAGE2, _D.BEYOND)),
    Row(_M.CANCEL, (_S.FILED, *_WORKED), _S.CANCELLED, "P8.1", _A.CASE_CANCEL, tells=("N-21", "N-25")),
    Row(_M.REOPEN, (_S.CLOSED,), _S.IN_PROGRESS, "P5.4.9", _A.CASE_DECIDE, ("reason",)),
    _CANCELLED,
    *_AUDITED,
)  # fmt: skip
"""§13."""
TABLES: Final[Mapping[CaseKind, tuple[Row, ...]]] = MappingProxyType(
    {CaseKind.PETITION: PETITION, CaseKind.NOTIFY: NOTIFY, CaseKind.QUICK: QUICK}
)


class CaseNotNow(HotlineError, code="case-not-now"):
    """A move that the state does not allow; ``clause`` is the one that has the table."""

    state: CaseState
    move: Move
    clause: str


CLAUSE: Final = MappingProxyType({CaseKind.PETITION: "P5.2", CaseKind.NOTIFY: "P5.3", CaseKind.QUICK: "P5.4"})
"""The clause that has the table of a kind."""


def row_of(kind: CaseKind, state: CaseState, move: Move) -> Row:
    """The row of a move in a state. Raises CaseNotNow."""
    for row in TABLES[kind]:
        if row.move is move and state in row.before:
            return row
    raise CaseNotNow(state, move, CLAUSE[kind])


def after(row: Row, state: CaseState, *, joint_left: int = 0, stood: CaseState | None = None) -> CaseState:
    """The state to which a row leads. ``joint_left``: agencies that have yet to confirm after this one;
    ``stood``: where the case was when it was cancelled.
    """
    match row.move:
        case Move.CONFIRM_JOINT:
            return state if joint_left else CaseState.IN_PROGRESS
        case Move.TAKE_BACK:
            return stood or state
        case _:
            return row.after or state


def moves(kind: CaseKind, state: CaseState, allowed: Iterable[Action]) -> list[Row]:
    """List the moves that may follow, for who may do these actions."""
    permitted = frozenset(allowed)
    return [row for row in TABLES[kind] if state in row.before and row.action in permitted]
