"""Cases that wait for a call of 1999: the petitioner is called back (P8.2), the agency is phoned (P5.3)."""

from datetime import timedelta

import pytest

from hotline.callbacks.rules import Outcome
from hotline.cases.events import events_of
from hotline.cases.filing import (
    FiledOutside,
    NotConfirmed,
    NotifyFirst,
)
from hotline.cases.rules import CaseKind, CaseNotNow, CaseState, DeadlineKind, Move
from hotline.db import Sessions, transaction
from hotline.dialling import DialRules
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.caller_verification import Petitioner
from hotline.outbound_calls.gate import Ground, Touches
from hotline.outbound_calls.rules import OutboundEvent, Phase, Target
from tests.store.cases import (
    MOBILE,
    OTHER,
    TEN,
    Desk,
    deadlines,
    kinds,
    minutes,
    noise,
    staffed,
    told,
)

DIALLING = DialRules()


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def gate(desk: Desk, ground: Ground | None) -> None:
    """A check of the caller of a call, decided or still open."""
    who = Petitioner("call-1", MOBILE, "zh-TW", TEN)
    with transaction(desk.factory) as session:
        row = caller_verification.open_gate(
            session, who, Touches.REPUTATION, "鄰居王大明", by="agent-1", at=TEN
        )
        if ground is None:
            return
        _, call = caller_verification.begin_call(session, row.id, 1, DIALLING, by="agent-1", at=TEN)
        met = Outcome.REACHED if ground is Ground.AFFIRMED else Outcome.NO_ANSWER
        phase = Phase.ANSWERED if ground is Ground.AFFIRMED else Phase.RUNG
        service.heard(session, OutboundEvent(call.token, phase, 1, met, TEN))
        if ground is not Ground.AFFIRMED:
            service.heard(session, OutboundEvent(call.token, Phase.OVER, 1, met, TEN, is_whole=True))
        caller_verification.decide(session, row.id, ground, DIALLING, by="agent-1", at=TEN)


ABOUT_A_NEIGHBOUR = noise(matter="鄰居王大明半夜吵鬧", touches=Touches.REPUTATION)


def test_P8_2_who_is_not_confirmed_has_no_case_number(desk: Desk) -> None:
    """§21: the call back fails: no number, the refusal is on record, and nothing about the accused."""
    gate(desk, Ground.UNREACHED)
    case = desk.file(desk.draft(call_id="call-1", **ABOUT_A_NEIGHBOUR))
    assert (case.state, case.number, case.filed_at) == (CaseState.NOT_FILED, None, None)
    assert (case.matter, case.place, case.verification_id) == ("", "", 1)
    assert desk.messages() == [] and kinds(desk, case) == ["draft", Move.REFUSE_FILING]
    with pytest.raises(CaseNotNow):
        desk.file(case.id)


def test_P8_2_it_is_filed_after_the_petitioner_said_so(desk: Desk) -> None:
    """Pending it stays a draft; a draft of another matter in the same call is not held up afterwards."""
    draft = desk.draft(call_id="call-1", **ABOUT_A_NEIGHBOUR)
    with pytest.raises(NotConfirmed):
        desk.file(draft)
    gate(desk, None)
    with pytest.raises(NotConfirmed):
        desk.file(draft)
    with transaction(desk.factory) as session:
        caller_verification.decide(session, 1, Ground.WITHDRAWN, DIALLING, by="agent-1", at=TEN)
    assert desk.file(draft).state == CaseState.NOT_FILED
    assert desk.filed(call_id="call-1").state == CaseState.FILED
    gate(desk, Ground.AFFIRMED)
    again = desk.filed(call_id="call-1", place="隔壁", **ABOUT_A_NEIGHBOUR)
    assert (again.state, again.verification_id) == (CaseState.FILED, 2)


def test_P8_2_a_check_is_of_its_own_call_and_of_one_case(desk: Desk) -> None:
    """Whoever was confirmed yesterday, or for another matter, has confirmed nothing of this one."""
    gate(desk, Ground.AFFIRMED)
    named = ABOUT_A_NEIGHBOUR | {"verification_id": 1}
    with pytest.raises(NotConfirmed):
        desk.filed(call_id="call-2", **named)
    assert desk.filed(call_id="call-1", **named).state == CaseState.FILED
    with pytest.raises(NotConfirmed):
        desk.filed(call_id="call-1", place="隔壁", is_another=True, **named)


def phoned(desk: Desk, *, whom: str = "", answered: bool = True, at: timedelta = timedelta(0)) -> int:
    """A call to an agency, and what came of it; its number."""
    target = [Target("desk", "5112", agency="pwd")]
    with transaction(desk.factory) as session:
        call = service.begin_notify(
            session,
            target,
            call_id="",
            agency="pwd",
            extension="5112",
            matter="路面塌陷",
            by="agent-1",
            at=TEN + at,
        )
        outcome = Outcome.REACHED if answered else Outcome.NO_ANSWER
        phase = Phase.ANSWERED if answered else Phase.RUNG
        service.heard(session, OutboundEvent(call.token, phase, 1, outcome, TEN + at + minutes(1)))
        if not answered:
            over = OutboundEvent(call.token, Phase.OVER, 1, outcome, TEN + at + minutes(2), is_whole=True)
            service.heard(session, over)
        if whom:
            service.taken(session, call.id, whom, by="agent-1", at=TEN + at + minutes(2))
        return call.id


def notifying(desk: Desk, call: int, **fields: object) -> int:
    draft = desk.draft(kind=CaseKind.NOTIFY, **fields)
    with transaction(desk.factory) as session:
        desk.filing.notify(session, draft, call, "agent-1", TEN)
    return draft


def test_P5_3_a_the_agency_is_phoned_before_it_is_filed(desk: Desk) -> None:
    """Not without a call, not before somebody is named; then who took it and when are on the case."""
    draft = desk.draft(kind=CaseKind.NOTIFY)
    with pytest.raises(NotifyFirst):
        desk.file(draft)
    nameless = notifying(desk, phoned(desk), phone=OTHER)
    with pytest.raises(NotifyFirst):
        desk.file(nameless, TEN + minutes(9))
    named = notifying(desk, phoned(desk, whom="林組長"), place="別處")
    case = desk.file(named, TEN + minutes(9))
    assert (case.state, case.notified_person, case.not_reached) == (CaseState.FILED, "林組長", False)
    assert (
        case.notified_at == TEN + minutes(1)
        and case.filed_at is not None
        and case.notified_at <= case.filed_at
    )
    assert kinds(desk, case) == ["draft", Move.NOTIFY, Move.REACHED, Move.FILE]
    with transaction(desk.factory) as session:
        (reached,) = events_of(session, case.id, Move.REACHED)
    assert reached.detail == {"officer": "林組長", "officer_phone": "5112"}
    assert told(desk, "N-20") == [MOBILE] and told(desk, "N-30") == []
    assert list(deadlines(desk, case)) == [DeadlineKind.REPLY]


def test_P5_3_a_an_exhausted_list_is_filed_as_not_reached(desk: Desk) -> None:
    """With the last attempt's time; N-30 to the liaison, once."""
    case = desk.file(notifying(desk, phoned(desk, answered=False)), TEN + minutes(5))
    assert (case.state, case.not_reached, case.notified_at) == (CaseState.FILED, True, TEN + minutes(1))
    assert told(desk, "N-30") == ["liaison@pwd.example"]


def test_P5_3_a_no_case_is_older_than_its_notice(desk: Desk) -> None:
    """A late entry with a time before the agency was told."""
    draft = notifying(desk, phoned(desk, whom="林組長"))
    with pytest.raises(FiledOutside):
        desk.file(draft, TEN + minutes(9), phoned_at=TEN)
    assert desk.file(draft, TEN + minutes(9), phoned_at=TEN + minutes(1)).state == CaseState.FILED
