"""Roles and cases: which moves and piles each role has, of which agency (spec §1, P5.4.6, P5.4.7)."""

import pytest

from hotline.cases.inbox import Pile, piles
from hotline.cases.rules import TABLES, CaseKind, Move
from hotline.permissions import ANY_OTHER, CITY_WIDE, Role
from hotline.staff.rules import Staff

P, N, Q = CaseKind.PETITION, CaseKind.NOTIFY, CaseKind.QUICK
M = Move
_FILES = {M.FILE, M.REFUSE_FILING}
_FILING = {*_FILES, M.CANCEL, M.TAKE_BACK}
_AUDIT = {M.AUDIT, M.ACCEPT_REVIEW, M.REOPEN}
_ASSIGNED = {M.ROUTE, M.UNROUTED, M.ASSIGN, M.FORWARD, M.TRACK, M.OUTCOME}
_DECIDED = {M.APPROVE_STAGE2, M.REFUSE_STAGE2, M.GRANT_BEYOND, M.REFUSE_BEYOND}
_AGENCY = {
    P: {M.ACCEPT, M.NOT_OURS, M.INVOLVE, M.CONFIRM_JOINT, M.PROGRESS, M.REPLY, M.RECORD_RESULT, M.CLOSE},
    N: {M.START, M.PROGRESS, M.REPLY, M.RECORD_RESULT, M.CLOSE},
    Q: {M.START, M.PROGRESS, M.ASK_STAGE2, M.UNFOUNDED, M.COMPLETE, M.ANSWERED},
}
_DESK = {P: _FILING, N: _FILING | {M.NOTIFY, M.REACHED}, Q: _FILING}
WORK: dict[Role, dict[CaseKind, set[Move]]] = {
    Role.AGENT: _DESK,
    Role.SUPERVISOR: _DESK,
    Role.INTERPRETER: {P: _FILES, N: _FILES | {M.NOTIFY, M.REACHED}, Q: _FILES},
    Role.AUTHORISED: {
        P: {M.NO_ACTION, M.EXTEND, *_AUDIT, *_ASSIGNED},
        N: {*_AUDIT, M.UNROUTED, M.ASSIGN},
        Q: {M.UNROUTED, M.ASSIGN, M.CONVERT, *_AUDIT, *_DECIDED},
    },
    Role.LIAISON: _AGENCY,
    Role.OFFICER: _AGENCY,
    Role.QUICK_LIAISON: {**_AGENCY, Q: {*_AGENCY[Q], M.SIGN, M.NOT_OURS}},
    Role.CONTROL_OFFICER: {Q: {M.ASK_BEYOND}},
    Role.SECRETARIAT: {P: _ASSIGNED, N: {M.UNROUTED, M.ASSIGN}},
    Role.ADMINISTRATOR: {
        P: {*_FILING, *_AUDIT, *_ASSIGNED},
        N: {*_DESK[N], *_AUDIT, M.UNROUTED, M.ASSIGN},
        Q: {*_FILING, *_AUDIT},
    },
}
"""What a role may do to a case; who is not named here may do nothing."""
PILES: dict[Role, set[Pile]] = {
    Role.AUTHORISED: {Pile.RETURNED, Pile.STAGE2, Pile.REDISPATCH, Pile.TRACK, Pile.LATE},
    Role.LIAISON: {Pile.TELL, Pile.ACCEPT, Pile.JOINT},
    Role.OFFICER: {Pile.TELL, Pile.ACCEPT, Pile.JOINT},
    Role.QUICK_LIAISON: {Pile.SIGN, Pile.TELL, Pile.ACCEPT, Pile.JOINT},
    Role.MANAGER: set(),
    Role.CONTROL_OFFICER: {Pile.ANALYSE},
    Role.SECRETARIAT: {Pile.REDISPATCH, Pile.TRACK},
    Role.ADMINISTRATOR: {Pile.REDISPATCH, Pile.TRACK},
}
"""What waits for a role, beside what all of these may look through."""
LOOKED_THROUGH = {Pile.OVERDUE, Pile.UNSIGNED, Pile.TODAY, Pile.REVIEW, Pile.OPEN}


def moves(role: Role, kind: CaseKind, agency: str) -> set[Move]:
    """The moves that one of agency ``pwd`` may do to a case of an agency."""
    member = Staff("one", "某人", frozenset({role}), "pwd")
    return {row.move for row in TABLES[kind] if member.may(row.action, agency)}


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_moves_of_its_own_agency_and_nothing_else(role: Role) -> None:
    """Of every kind of case; of another agency, or of none yet, who acts for the city alone."""
    for kind in CaseKind:
        own = WORK.get(role, {}).get(kind, set())
        assert moves(role, kind, "pwd") == own, kind
        for other in ("epb", ANY_OTHER):
            assert moves(role, kind, other) == (own if role in CITY_WIDE else set()), kind


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_piles(role: Role) -> None:
    """Who works on no case after it is filed has no inbox."""
    found = set(piles(Staff("one", "某人", frozenset({role}), "pwd")))
    assert found == (PILES[role] | LOOKED_THROUGH if role in PILES else set())
