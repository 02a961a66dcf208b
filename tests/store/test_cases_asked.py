"""Cases as callers ask for them: tries that count, a database that is away, calls that repeat (P7.2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine

from calls.turn_facts import apply, entry_of
from hotline.callbacks.events import JOINED
from hotline.callbacks.find import of_number, pending, whole
from hotline.callbacks.rules import REPEAT, CallbackClock, CallbackLimits
from hotline.callbacks.service import Callbacks
from hotline.callbacks.work import CallbackWork
from hotline.cases import find, repeat
from hotline.cases.asked import AskedCase, AskedCases, NotTold, TryLimits
from hotline.cases.events import events_of
from hotline.cases.moving import NoSuchCase
from hotline.cases.repeat import NotWithAgency, RepeatContact, ask_officer
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.cases.words import CancelGround
from hotline.clock import taipei
from hotline.db import sessions, transaction
from ivr.call import Call, InMenu
from ivr.case_facts import CaseTried
from ivr.steps import Fact
from tests.store.cases import MOBILE, PARKS, TEN, WORKTIME, Desk, noise, staffed
from wording import CHINESE, ENGLISH, sentence

CALL = Call("ntpc1-1.1", "", InMenu("main"), "0912345678")
CAL = CallbackLimits(repeat=timedelta(hours=2), repeat_clock=CallbackClock.CAL)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(staffed(sessions(database)))


def number(case: Case) -> str:
    assert case.number
    return case.number


# --- tries ------------------------------------------------------------------------------------------


@pytest.mark.dialects
def test_a_try_is_counted_once_however_often_its_turn_is_written(desk: Desk) -> None:
    """By the caller and by the case; of a number that is no case, by the caller alone."""
    case = number(desk.filed())
    asked = AskedCases(desk.factory, lambda: TryLimits(caller=2, case=2))

    def tried(*facts: Fact, turn: int, at: datetime) -> None:
        entry = entry_of(replace(CALL, turn=turn), "n", "asterisk", facts, at)
        for _ in range(3):
            with transaction(desk.factory) as session:
                apply(session, entry, Callbacks(WORKTIME), desk.cancelling)

    tried(CaseTried("115112499999", "status", False, "0912345678"), turn=1, at=TEN)
    assert isinstance(asked.find(case, MOBILE, TEN), AskedCase)
    tried(CaseTried(case, "status", True, "0912345678"), turn=2, at=TEN + timedelta(seconds=9))
    assert asked.find(case, MOBILE, TEN) is NotTold.TOO_OFTEN
    assert isinstance(asked.find(case, "", TEN), AskedCase)
    tried(CaseTried(case, "status", True, ""), turn=3, at=TEN + timedelta(seconds=19))
    assert asked.find(case, "", TEN) is NotTold.TOO_OFTEN
    assert asked.find("115112499999", "", TEN) is NotTold.UNKNOWN
    assert isinstance(asked.find(case, MOBILE, TEN + timedelta(hours=1, seconds=19)), AskedCase)


def test_five_wrong_codes_a_day_and_nobody_is_asked_for_one(desk: Desk) -> None:
    """By telephone and on the web together."""
    case = desk.filed(phone="", email="a@example.org", reply_way="email")
    asked = AskedCases(desk.factory)
    for minute in range(5):
        assert asked.is_code(number(case), "abcdef", "", TEN) is False
        with transaction(desk.factory) as session:
            desk.cancelling.wrong_code(session, number(case), TEN + timedelta(hours=minute))
    assert asked.is_code(number(case), "abcdef", "", TEN + timedelta(hours=5)) is NotTold.TOO_OFTEN
    assert asked.is_code(number(case), "abcdef", "", TEN + timedelta(days=2)) is False


def test_a_database_that_is_away_is_told_as_that() -> None:
    asked = AskedCases(sessions(create_engine("sqlite:////nonexistent/hotline.db")))
    assert asked.find("115112400012", MOBILE, TEN) is NotTold.AWAY
    assert asked.is_code("115112400012", "123456", MOBILE, TEN) is NotTold.AWAY


def test_P8_1_a_report_among_others_is_its_own_holder_s(desk: Desk) -> None:
    """One that was withdrawn is cancelled for who asks by its number, and the other goes on."""
    first = desk.filed()
    second = desk.filed(phone="0923456789", attach_to=first.number)
    with transaction(desk.factory) as session:
        desk.cancelling.disown(session, number(first), TEN, by_code=False)
        desk.cancelling.disown(session, number(first), TEN, by_code=False)
        assert desk.cancelling.disown(session, "115112499999", TEN, by_code=False) is None
    asked = AskedCases(desk.factory)
    gone, there = (asked.find(number(one), MOBILE, TEN) for one in (first, second))
    assert isinstance(gone, AskedCase) and gone.state is CaseState.CANCELLED and not gone.can_cancel
    assert isinstance(there, AskedCase) and there.state is CaseState.FILED and not there.is_own


# --- repeated calls ---------------------------------------------------------------------------------

Again = Callable[..., RepeatContact]


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks(WORKTIME)


@pytest.fixture
def again(desk: Desk, callbacks: Callbacks) -> Again:
    def called(case: Case, at: datetime = TEN, **said: str) -> RepeatContact:
        with transaction(desk.factory) as session:
            return ask_officer(session, callbacks, number(case), "agent-1", at, **said)

    return called


def test_P7_2_the_quick_liaison_has_the_officer_contact_the_petitioner_within_four_hours(
    desk: Desk, again: Again
) -> None:
    """A promise of that person's at the number left, told by N-01; and V-13 for the caller."""
    case = desk.filed()
    first = again(case, note="還沒有人來")
    row = first.promise
    assert (row.number, row.origin, row.case_number, row.clause) == (MOBILE, REPEAT, case.number, "P7.2")
    assert (row.agency, row.owner, row.due_at) == ("pwd", "quick-1", taipei("2026-11-24T14:00"))
    assert row.remind_at == taipei("2026-11-24T13:00") and not row.wants_matter
    assert [one.recipient for one in desk.messages("N-01")] == ["quick@pwd.example"]
    assert (
        sentence(first.said, CHINESE)
        == "您的案件已由工務局辦理，將請承辦人於 2026-11-24 14:00 前主動與您說明。"
    )
    assert "contact you by 2026-11-24 14:00" in sentence(first.said, ENGLISH)
    with transaction(desk.factory) as session:
        assert [one.id for one in of_number(session, "0912345678")] == [row.id]


def test_P7_2_a_second_call_adds_a_note_and_no_task(desk: Desk, again: Again) -> None:
    """The first due time holds; after it is kept, a further call is a new task."""
    case = desk.filed()
    first = again(case)
    second = again(case, TEN + timedelta(hours=1), note="又打來了")
    assert (second.promise.id, second.is_new, second.promise.due_at) == (
        first.promise.id,
        False,
        first.promise.due_at,
    )
    with transaction(desk.factory) as session:
        notes = [
            one.reason for one in whole(session, session.merge(first.promise)).events if one.kind == JOINED
        ]
        assert notes == ["agent-1：又打來了"]
        told = events_of(session, case.id, repeat.ASKED_AGAIN)
        assert [one.detail["joined"] for one in told] == [False, True] and not any(one.reason for one in told)
        CallbackWork(Callbacks(WORKTIME)).close(session, first.promise.id, "已說明", "liaison-1", TEN)
    assert again(case, TEN + timedelta(hours=2)).is_new


def test_P7_2_a_petition_is_the_1999_liaisons(desk: Desk, again: Again) -> None:
    """Also a quick case's, while its own office is vacant; without either, the call centre is told."""
    petition = desk.filed(category=PARKS.code, matter="建議增設座椅", agency="pwd")
    assert again(petition).promise.owner == "liaison-1"
    assert again(desk.filed(**noise(phone="0923456789"))).promise.owner == "liaison-2"


def test_P7_2_its_own_hours_and_clock(desk: Desk) -> None:
    """Two hours of the day and night; a day that is declared moves nothing."""
    case = desk.filed()
    evening = taipei("2026-11-24T17:00")
    with transaction(desk.factory) as session:
        callbacks = Callbacks(WORKTIME, lambda: CAL)
        row = ask_officer(session, callbacks, number(case), "agent-1", evening).promise
        assert (row.due_at, row.remind_at) == (taipei("2026-11-24T19:00"), taipei("2026-11-24T18:30"))
        assert callbacks.due(evening) == taipei("2026-11-25T12:00")


def test_P7_2_only_of_a_case_that_an_agency_has(desk: Desk, again: Again) -> None:
    """Not of one that is over, nor of a number that is none."""
    case = desk.filed()
    with transaction(desk.factory) as session:
        desk.cancelling.by_agent(session, number(case), CancelGround.NOT_REPORTED, "非本人", "agent-1", TEN)
    with pytest.raises(NotWithAgency):
        again(case)
    with pytest.raises(NoSuchCase):
        again(Case(number="115112499999"))
    with transaction(desk.factory) as session:
        assert pending(session) == [] and find.by_number(session, number(case)) is not None


def test_P7_2_who_left_no_telephone_is_called_at_the_one_given(desk: Desk, again: Again) -> None:
    case = desk.filed(phone="", email="a@example.org", reply_way="email")
    assert again(case, phone="02-2960-3456").promise.number == "+886229603456"
