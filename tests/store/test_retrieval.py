"""Retrieval and standing purposes as rows (P9): expiry, holds, plays that stay, a year and its renewal."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from calls.hearing import NothingToDraw, NotTheirCall, calls_asked, choose, draw
from calls.store import CallRow, NoSuchCall
from hotline.cases.moving import NoSuchCase
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.legal_holds import holds_of
from hotline.outbox.service import notices
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, UnknownStaff, set_staff, staff
from hotline.texts import UnfitText
from recordings import plays, retrieval_service, standing_purposes
from recordings.playing import SoundSpan, Track
from recordings.plays import Heard
from recordings.retrieval import (
    OwnRetrieval,
    RetrievalNotNow,
    RetrievalRequest,
    RetrievalState,
)
from recordings.retrieval_service import NoSuchPart, NothingToRetrieve, RetrievalRecord, admitted
from recordings.retrieval_store import Play, Retrieval
from recordings.standing_purposes import NoPurpose, PurposeStands
from recordings.vault import Folders
from tests.recorded_call import recorded
from tests.store.cases import staffed

TEN = taipei("2026-11-24T10:00")
DAY = timedelta(days=1)
CALLS = ("c-1", "c-2")
MORE = (
    Staff("boss-1", "督導", frozenset({Role.SUPERVISOR}), "rdec", "call"),
    Staff("boss-2", "另一位督導", frozenset({Role.SUPERVISOR}), "rdec", "other"),
    Staff("agent-9", "話務員", frozenset({Role.AGENT}), "rdec", "call", "sip-9"),
    Staff("rdec-2", "另一位授權人員", frozenset({Role.AUTHORISED})),
)


@pytest.fixture
def people(factory: Sessions) -> Sessions:
    staffed(factory)
    with transaction(factory) as session:
        for one in MORE:
            set_staff(session, one, Period(TEN - DAY), at=TEN - DAY, by="test")
    return factory


def asked(people: Sessions, at: datetime = TEN, by: str = "liaison-1", **more: object) -> int:
    given: Any = {"person": "officer-1", "ground": "個資法", "purpose": "申訴", **more}
    with transaction(people) as session:
        return retrieval_service.ask(session, RetrievalRequest(**given), CALLS, by=by, at=at).id


def provided(people: Sessions, days: int = 7) -> str:
    number = asked(people)
    with transaction(people) as session:
        retrieval_service.approve(session, number, days, by="rdec-2", at=TEN)
        return retrieval_service.provide(session, number, by="rdec-1", at=TEN).token or ""


def held(people: Sessions, number: int = 1) -> list[str]:
    with looking(people) as session:
        return [one.subject for one in holds_of(session, f"retrieval:{number}") if one.ended_at is None]


def shown(people: Sessions, token: str, login: str, at: datetime) -> object:
    with transaction(people) as session:
        found = admitted(session, token, staff(session, login, at), at)
        return [one.call_id for one in found.items] if isinstance(found, RetrievalRecord) else found


@pytest.mark.dialects
def test_P9_what_is_over_is_written_down_once_and_holds_nothing(people: Sessions) -> None:
    """At its instant and not before; a second run finds nothing."""
    token = provided(people)
    assert held(people) == list(CALLS)
    end = TEN + 7 * DAY
    for at, expired in ((end - DAY, 0), (end, 1), (end, 0)):
        with transaction(people) as session:
            assert retrieval_service.expire(session, at) == expired
    assert held(people) == [] and shown(people, token, "officer-1", TEN) == "expired"
    with looking(people) as session:
        row = session.get_one(Retrieval, 1)
        assert (row.state, row.ended_by, row.ended_at) == ("EXPIRED", "retrieval", end)
        told = [(one.after or {}).get("did") for one in audit_rows(session, subject="retrieval:1")]
    assert told == ["asked for", "approved", "provided", "expired", None]


def test_P9_who_moved_to_another_agency_is_a_stranger(people: Sessions) -> None:
    """And so is who lost the right, by the page's own gate."""
    token = provided(people)
    assert shown(people, token, "officer-1", TEN) == list(CALLS)
    with transaction(people) as session:
        moved = Staff("officer-1", "承辦人", frozenset({Role.OFFICER}), "police")
        set_staff(session, moved, Period(TEN + DAY), at=TEN + DAY, by="test")
    assert shown(people, token, "officer-1", TEN + DAY) == "foreign"


def test_P9_the_listener_is_told_of_the_page_and_who_asked_of_a_refusal(people: Sessions) -> None:
    """By mail: nobody's name, no purpose, no reason."""
    provided(people)
    refused = asked(people)
    with transaction(people) as session:
        retrieval_service.refuse(session, refused, "不符王小明案的法律依據", by="rdec-2", at=TEN)
        told = [(one.template, one.recipient, one.text) for one in notices(session, event="retrieval:")]
    assert told == [
        ("N-64", "officer-1", "【1999】調閱第1號已開放聆聽，至12月1日 10:00為止。請登入後於「調閱」聆聽。"),
        ("N-65", "liaison@pwd.example", "【1999】調閱第2號不予調閱。理由請登入後於「調閱」查看。"),
    ]


@pytest.mark.parametrize("step", ["refuse", "revoke"])
def test_P9_a_refusal_and_a_revoking_end_the_hold(people: Sessions, step: str) -> None:
    """Each with its reason, without one not at all."""
    number = asked(people)
    if step == "revoke":
        with transaction(people) as session:
            retrieval_service.approve(session, number, 7, by="rdec-2", at=TEN)
    deed = getattr(retrieval_service, step)
    with pytest.raises(UnfitText), transaction(people) as session:
        deed(session, number, " ", by="rdec-2", at=TEN)
    assert held(people) == list(CALLS)
    with transaction(people) as session:
        deed(session, number, "不合規定", by="rdec-2", at=TEN)
    assert held(people) == []


def test_P9_who_may_ask_for_whom(people: Sessions) -> None:
    """An office for its own agency, RDEC for every; for nobody unknown, and about some call."""
    with pytest.raises(NotPermitted):
        asked(people, by="liaison-2")
    with pytest.raises(NotPermitted):
        asked(people, by="liaison-1", person="rdec-1")
    with pytest.raises(NotPermitted):
        asked(people, by="rdec-1", person="agent-9")
    with pytest.raises(UnknownStaff):
        asked(people, person="nobody")
    with pytest.raises(NothingToRetrieve), transaction(people) as session:
        request = RetrievalRequest("officer-1", "個資法", "申訴")
        retrieval_service.ask(session, request, [], by="rdec-1", at=TEN)
    assert asked(people, by="rdec-1") == 1


def test_P9_nobody_approves_what_they_asked_for_or_would_hear(people: Sessions) -> None:
    number = asked(people, by="rdec-1", person="rdec-2")
    for by in ("rdec-1", "rdec-2"):
        with pytest.raises(OwnRetrieval), transaction(people) as session:
            retrieval_service.approve(session, number, 7, by=by, at=TEN)
    with pytest.raises(NotPermitted), transaction(people) as session:
        retrieval_service.approve(session, number, 7, by="liaison-1", at=TEN)


def test_P9_parts_are_silenced_before_and_not_after_it_is_provided(people: Sessions) -> None:
    """A lifted one is heard again, and stays as a row; one of another request is none."""
    number = asked(people)
    with transaction(people) as session:
        retrieval_service.approve(session, number, 7, by="rdec-2", at=TEN)
    cut = (1, Track.TALK, SoundSpan(1.0, 2.0), "姓名")
    with transaction(people) as session:
        first = retrieval_service.silence(session, number, *cut, by="rdec-1", at=TEN).id
        retrieval_service.silence(
            session, number, 1, Track.TALK, SoundSpan(5.0, 6.0), "住址", by="rdec-1", at=TEN
        )
        retrieval_service.lift(session, number, first, by="rdec-1", at=TEN)
    for wrong in (first, 99):
        with pytest.raises(NoSuchPart), transaction(people) as session:
            retrieval_service.lift(session, number, wrong, by="rdec-1", at=TEN)
    with pytest.raises(NoSuchPart), transaction(people) as session:
        retrieval_service.silence(session, number, 3, *cut[1:], by="rdec-1", at=TEN)
    with transaction(people) as session:
        record = retrieval_service.retrieval(session, number)
        assert (
            record.silenced(1, Track.TALK) == [SoundSpan(5.0, 6.0)] and record.silenced(2, Track.TALK) == []
        )
        retrieval_service.provide(session, number, by="rdec-1", at=TEN)
    with pytest.raises(RetrievalNotNow), transaction(people) as session:
        retrieval_service.silence(session, number, *cut, by="rdec-1", at=TEN)


@pytest.mark.dialects
def test_P9_words_of_requests_stand_sealed_in_the_database(people: Sessions) -> None:
    """Somebody's name may stand in them."""
    asked(people)
    with looking(people) as session:
        raw = session.scalar(text("SELECT purpose FROM retrieval"))
        assert retrieval_service.retrieval(session, 1).row.purpose == "申訴" and "申訴" not in str(raw)


@pytest.mark.dialects
def test_P9_a_play_stays_as_it_was_written(people: Sessions) -> None:
    """Nobody removes the row of who heard what."""
    heard = Heard("officer-1", "retrieval:1", "c-1", Track.TALK, "申訴")
    with transaction(people) as session:
        plays.note(session, heard, SoundSpan(0.0, 10.0), TEN)
        plays.note(session, heard, SoundSpan(10.0, 20.0), TEN + timedelta(seconds=9))
    with pytest.raises(DBAPIError), transaction(people) as session:
        session.execute(delete(Play))
    with looking(people) as session:
        (told,) = plays.plays_of(session, "retrieval:1")
        looks = [row.subject for row in audit_rows(session) if row.action == "personal.look"]
    assert (told.begins, told.ends, looks) == (0.0, 20.0, ["call:c-1"])


def test_P9_the_calls_of_a_case_within_a_period(people: Sessions) -> None:
    """And those named; what is not there is refused."""
    with transaction(people) as session:
        for number, call_id in enumerate(("c-1", "c-2", "c-3")):
            session.add(CallRow(id=call_id, started_at=TEN + number * DAY))
        case = Case(
            number="115112400012", kind="petition", call_id="c-2", drafted_at=TEN, drafted_by="agent-1"
        )
        session.add(case)
    with looking(people) as session:
        assert calls_asked(session, "1151 1240 0012", [], None, None) == ["c-2"]
        assert calls_asked(session, "115112400012", ["c-1"], None, TEN + 2 * DAY) == ["c-1", "c-2"]
        assert calls_asked(session, "115112400012", [], TEN + 2 * DAY, None) == []
        with pytest.raises(NoSuchCase):
            calls_asked(session, "115112499999", [], None, None)
        with pytest.raises(NoSuchCall):
            calls_asked(session, "", ["c-9"], None, None)


@pytest.fixture
def recorded_calls(people: Sessions, tmp_path: Path) -> Sessions:
    folders = Folders(tmp_path / "calls", tmp_path / "messages", "ntpc1")
    for call_id, at in (("ntpc1-1.1", TEN - 29 * DAY), ("ntpc1-1.2", TEN - 31 * DAY)):
        recorded(people, folders, call_id, at, 1.0, agent="sip-9")
    return people


def purposed(people: Sessions, at: datetime = TEN) -> int:
    with transaction(people) as session:
        number = standing_purposes.ask(session, "抽查", by="boss-1", at=at).id
        standing_purposes.approve(session, number, by="rdec-1", at=at)
        return number


@pytest.mark.dialects
def test_P9_a_supervisor_draws_a_call_of_the_own_agents_of_thirty_days(recorded_calls: Sessions) -> None:
    """Without a purpose none; another section's supervisor finds none; an older one cannot be chosen."""
    with pytest.raises(NoPurpose), transaction(recorded_calls) as session:
        draw(session, lambda many: many - 1, by="boss-1", at=TEN)
    purposed(recorded_calls)
    with transaction(recorded_calls) as session:
        asked_of = list[int]()
        drawn = draw(session, lambda many: asked_of.append(many) or 0, by="boss-1", at=TEN)
        assert (drawn.call_id, drawn.reason, asked_of) == ("ntpc1-1.1", "", [1])
    with pytest.raises(NotTheirCall), transaction(recorded_calls) as session:
        choose(session, "ntpc1-1.2", "申訴", by="boss-1", at=TEN)
    with transaction(recorded_calls) as session:
        number = standing_purposes.ask(session, "抽查", by="boss-2", at=TEN).id
        standing_purposes.approve(session, number, by="rdec-1", at=TEN)
    with pytest.raises(NothingToDraw), transaction(recorded_calls) as session:
        draw(session, lambda many: 0, by="boss-2", at=TEN)


def test_P9_a_chosen_call_is_heard_for_a_day_while_its_purpose_holds(recorded_calls: Sessions) -> None:
    """To the instant; another's choice is none of mine; a refusal is on record."""
    number = purposed(recorded_calls)
    with transaction(recorded_calls) as session:
        choose(session, "ntpc1-1.1", "申訴", by="boss-1", at=TEN)

    def may(login: str, at: datetime) -> bool:
        with transaction(recorded_calls) as session:
            return standing_purposes.heard(session, "ntpc1-1.1", Track.TALK, login, at) is not None

    moment = timedelta(microseconds=1)
    assert may("boss-1", TEN + DAY - moment) and not may("boss-1", TEN + DAY) and not may("boss-2", TEN)
    with transaction(recorded_calls) as session:
        standing_purposes.revoke(session, number, "職務異動", by="rdec-2", at=TEN)
        denied = [row.by for row in audit_rows(session) if row.action == standing_purposes.DENIED]
    assert not may("boss-1", TEN) and denied == ["boss-1", "boss-2"]


def test_P9_a_standing_purpose_holds_for_a_year_and_is_renewed_in_its_last_month(people: Sessions) -> None:
    """One at a time; nobody approves their own; refused, another may be asked for."""
    purposed(people)
    year = timedelta(days=365)
    with pytest.raises(PurposeStands), transaction(people) as session:
        standing_purposes.ask(session, "抽查", by="boss-1", at=TEN + year - 31 * DAY)
    with transaction(people) as session:
        second = standing_purposes.ask(session, "輔導", by="boss-1", at=TEN + year - 29 * DAY)
        with pytest.raises(NotPermitted):
            standing_purposes.approve(session, second.id, by="boss-1", at=TEN + year)
    with looking(people) as session:
        row = standing_purposes.purpose_of(session, 1)
        assert standing_purposes.state_at(row, TEN + year - DAY) is RetrievalState.APPROVED
        assert standing_purposes.state_at(row, TEN + year) is RetrievalState.EXPIRED
        with pytest.raises(NoPurpose):
            standing_purposes.in_force(session, "boss-1", TEN + year)
