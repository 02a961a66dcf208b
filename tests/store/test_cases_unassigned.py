"""Cases that no agency has: with whom they lie, by when they are assigned, who is reminded, and that no open
case is without an owner, a deadline and somebody who knows of it.
"""

import random
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import select

from hotline.cases import deadlines, inbox, recipients
from hotline.cases.deadlines import CaseLimits
from hotline.cases.inbox import Pile
from hotline.cases.moving import NoSuchAgency
from hotline.cases.offers import offers
from hotline.cases.rules import OPEN_STATES, CaseKind, CaseState, DeadlineKind, Move
from hotline.cases.store import Case
from hotline.cases.words import LateGround, NoActionGround, ReplyWay
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.directory.store import AgencyRow
from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxMessage
from hotline.reviews.store import CaseReview
from hotline.staff.rules import Staff
from hotline.staff.store import StaffRow
from tests.case_office import KINDS, PEOPLE, TEN, CaseOffice, Kind, Table

pytestmark = pytest.mark.dialects

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
TOMORROW = taipei("2026-11-25T17:30")
UNOWNED = (
    Kind("9002", "無主意見", "petition", agency="", row_id=5),
    Kind("3009", "無主設施", agency="", row_id=6),
)


@pytest.fixture
def office(factory: Sessions) -> CaseOffice:
    kinds = MappingProxyType(KINDS | {one.code: one for one in UNOWNED})
    return CaseOffice(factory, table=Table(kinds))


def ends(office: CaseOffice, agency: str, at: datetime, successor: str = "") -> None:
    """An agency is closed in favour of another; without one it is taken out of the directory."""
    with transaction(office.factory) as session:
        if successor:
            closed = Agency(agency, f"{agency}局", closed=True, successor=successor)
            set_row(session, closed, Period(at), at=at, by="admin")
        else:
            history.counting(session, AgencyRow, agency)[0].replaced_at = at


def leaves(office: CaseOffice, login: str) -> None:
    with transaction(office.factory) as session:
        history.counting(session, StaffRow, login)[0].replaced_at = TEN


def running(office: CaseOffice, number: str) -> dict[str, datetime]:
    with transaction(office.factory) as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        return {one.kind: one.due_at for one in deadlines.running(session, row.id)}


def on_pile(office: CaseOffice, pile: Pile, login: str, at: datetime) -> list[str | None]:
    role = next(role for one, role, _ in PEOPLE if one == login)
    with looking(office.factory) as session:
        member = Staff(login, login, frozenset({role}))
        return [row.number for row in inbox.page(session, pile, member, at).rows]


# --- petitions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", ["9002", ""])
def test_P5_2_2_a_petition_that_no_agency_owns_lies_with_the_secretariat_from_its_filing(
    office: CaseOffice, category: str
) -> None:
    """Both clocks run, the Secretariat is written to, and it is first on the pile."""
    number = office.filed(category=category)
    row = office.row(number)
    assert (row.state, row.agency, row.due_at) == (CaseState.REDISPATCH, "", taipei("2026-12-02T17:30"))
    assert running(office, number) == {
        DeadlineKind.REDISPATCH: TOMORROW,
        DeadlineKind.REPLY: taipei("2026-12-02T17:30"),
    }
    assert office.letters("N-31") == ["sec"] and "11月25日 17:30" in office.texts("N-31")[0]
    assert on_pile(office, Pile.REDISPATCH, "sec", TEN) == [number]


def test_P5_2_2_reminded_an_hour_later_then_at_the_end_of_its_time_then_each_working_day(
    office: CaseOffice,
) -> None:
    """Each once, however often the clock runs; from the second on RDEC knows too."""
    number = office.filed(category="9002")
    for at, letters in (
        (TEN + HOUR, []),
        (TEN + HOUR + SECOND, ["sec"]),
        (TOMORROW, ["sec"]),
        (TOMORROW + SECOND, ["sec", "boss", "rdec-1", "sec"]),
        (TOMORROW + DAY + SECOND, ["sec", "boss", "rdec-1", "sec", "boss", "rdec-1", "sec"]),
    ):
        for _ in range(2):
            office.chase.run(at)
        assert sorted(office.letters("N-32")) == sorted(letters), at
    office.chase.run(taipei("2027-01-20T10:00"))  # after weeks without a worker: told once
    assert len(office.letters("N-32")) == len(letters) + 3
    office.does(number, Move.ASSIGN, "sec", TOMORROW + DAY + HOUR, agency="pwd")
    row = office.row(number)
    assert (row.state, row.hops, row.sign_reminders) == (CaseState.DISPATCHED, 0, 0)
    assert row.due_at == taipei("2026-12-02T17:30") and office.letters("N-26") == ["pwd-liaison"]
    assert [one.detail["deadline"] for one in office.events(number, "late")] == ["redispatch"]


def test_P5_2_2_the_first_reminder_comes_when_the_city_says(factory: Sessions) -> None:
    """``petition.assign_hours``, in office hours."""
    office = CaseOffice(factory, CaseLimits(assign=HOUR * 3), Table(MappingProxyType(KINDS)))
    office.filed(taipei("2026-11-24T16:30"), category="")
    office.chase.run(taipei("2026-11-25T10:30"))
    assert office.letters("N-32") == []
    office.chase.run(taipei("2026-11-25T10:30") + SECOND)
    assert office.letters("N-32") == ["sec"]


def test_P5_2_2_without_a_secretariat_it_lies_with_rdec_s_authorised_person(office: CaseOffice) -> None:
    """Written to, shown and able to assign; without that one too the supervisors know."""
    leaves(office, "sec")
    number = office.filed(category="9002")
    assert office.letters("N-31") == ["rdec-1"] and on_pile(office, Pile.REDISPATCH, "rdec-1", TEN) == [
        number
    ]
    office.does(number, Move.ASSIGN, "rdec-1", TEN + HOUR, agency="tra")
    assert office.row(number).agency == "tra"
    leaves(office, "rdec-1")
    office.filed(category="9002", place="另一處")
    assert office.letters("N-31") == ["rdec-1", "boss"]


def test_P5_2_2_an_agency_that_ended_has_no_new_petitions(office: CaseOffice) -> None:
    """By its category: the Secretariat's; one that was typed is refused, and the draft stays."""
    ends(office, "pwd", TEN - DAY)
    assert office.row(office.filed(category="9001")).state == CaseState.REDISPATCH
    with pytest.raises(NoSuchAgency):
        office.filed(category="", agency="pwd")


def test_P5_2_2_what_an_agency_gives_back_is_chased_too(office: CaseOffice) -> None:
    """The Secretariat is written to, has a day of its own, and is reminded; the reply's time stays."""
    number = office.filed(category="9001")
    due = office.row(number).due_at
    office.does(number, Move.NOT_OURS, "pwd-liaison", TEN + HOUR, reason="屬環保局權責")
    assert running(office, number)[DeadlineKind.REDISPATCH] == TOMORROW and office.row(number).due_at == due
    assert office.letters("N-31") == ["sec"]
    office.chase.run(TEN + HOUR * 2 + SECOND)
    assert office.letters("N-32") == ["sec"]
    office.does(number, Move.ASSIGN, "sec", TEN + HOUR * 3, agency="epb")
    assert (office.row(number).hops, office.letters("N-26")[-1]) == (1, "epb-liaison")


def test_P5_2_2_petitions_filed_without_agency_before_are_found(office: CaseOffice) -> None:
    """A row as older releases left it, 46 days old: its clocks are those of its filing, and it is late."""
    number = office.filed(category="9001")
    with transaction(office.factory) as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        deadlines.end_all(session, row, TEN)
        row.state, row.agency, row.due_at = CaseState.FILED, "", None
    at = TEN + DAY * 46
    office.chase.run(at)
    office.chase.run(at + MINUTE)
    row = office.row(number)
    assert (row.state, row.due_at) == (CaseState.REDISPATCH, taipei("2026-12-02T17:30"))
    assert row.overdue_at is not None and running(office, number)[DeadlineKind.REDISPATCH] == TOMORROW
    assert office.letters("N-31") == ["sec"] and len(office.events(number, Move.UNROUTED)) == 1


# --- agencies that end -------------------------------------------------------------------------------


def test_P2_a_what_an_agency_without_successor_leaves_waits_to_be_assigned(office: CaseOffice) -> None:
    """Petitions with the Secretariat, quick cases with RDEC, at work or not; due times stay."""
    petition, quick, begun = office.filed(category="9001"), office.filed(), office.filed(place="另一處")
    office.does(petition, Move.ACCEPT, "pwd-mei", TEN + MINUTE)
    office.does(begun, Move.SIGN, "pwd-quick", TEN + MINUTE)
    dues = [office.row(one).due_at for one in (petition, quick, begun)]
    ends(office, "pwd", TEN + HOUR)
    for _ in range(2):
        office.chase.run(TEN + HOUR + SECOND)
    states = [(office.row(one).state, office.row(one).agency) for one in (petition, quick, begun)]
    assert states == [(CaseState.REDISPATCH, ""), (CaseState.FILED, ""), (CaseState.FILED, "")]
    assert [office.row(one).due_at for one in (petition, quick, begun)] == dues
    assert sorted(office.letters("N-31")) == ["rdec-1", "rdec-1", "sec"]
    assert on_pile(office, Pile.RETURNED, "rdec-1", TEN) == [quick, begun]
    office.does(begun, Move.ASSIGN, "rdec-1", TEN + HOUR * 2, agency="tra")
    office.does(begun, Move.SIGN, "tra-quick", TEN + HOUR * 2 + MINUTE)
    assert office.row(begun).state == CaseState.SIGNED


def test_P2_a_a_successor_that_comes_first_keeps_them(office: CaseOffice) -> None:
    number = office.filed(category="9001")
    ends(office, "pwd", TEN + HOUR, successor="tra")
    office.chase.run(TEN + HOUR)
    assert (office.row(number).state, office.row(number).agency) == (CaseState.DISPATCHED, "tra")


# --- quick cases -------------------------------------------------------------------------------------


def test_P5_4_2_a_quick_case_without_an_agency_lies_with_rdec_and_is_signed_by_its_clock(
    office: CaseOffice,
) -> None:
    """Filed with both clocks; RDEC is reminded as a liaison would be, and assigns."""
    number = office.filed(category="3009")
    row = office.row(number)
    assert (row.kind, row.state, row.agency) == (CaseKind.QUICK, CaseState.FILED, "")
    assert set(running(office, number)) == {DeadlineKind.SIGN, DeadlineKind.STAGE1}
    assert office.letters("N-31") == ["rdec-1"] and office.letters("N-40") == []
    assert on_pile(office, Pile.RETURNED, "rdec-1", TEN) == [number]
    office.chase.run(TEN + MINUTE * 10 + SECOND)
    assert office.letters("N-32") == ["rdec-1"] and office.letters("N-41") == []
    office.chase.run(TEN + MINUTE * 20)
    assert sorted(office.letters("N-32")) == ["boss", "rdec-1", "rdec-1"]
    office.does(number, Move.ASSIGN, "rdec-1", TEN + MINUTE * 22, agency="pwd")
    assert running(office, number)[DeadlineKind.SIGN] == TEN + MINUTE * 32
    assert office.letters("N-40") == ["pwd-quick"] and office.row(number).due_at == TEN + HOUR * 4


# --- all of them -------------------------------------------------------------------------------------

CITY = tuple(Staff(login, login, frozenset({role}), agency) for login, role, agency in PEOPLE)


@pytest.mark.parametrize("seed", range(6))
def test_P5_0_no_open_case_is_without_an_owner_a_deadline_and_somebody_who_knows(
    office: CaseOffice, seed: int
) -> None:
    """Cases of every kind, moved at random by whoever may, among agencies that end: after each step and
    each run of the clock.
    """
    draw, at = random.Random(seed), TEN
    categories = ("9001", "9002", "3003", "3009", "1003", "")
    numbers = [office.filed(at, one, place=f"文化路{n}號") for n, one in enumerate(categories)]
    seen = set[tuple[str, str]]()
    for step in range(40):
        at += timedelta(minutes=draw.choice((1, 30, 300, 3000)))
        if step in (15, 25):
            ends(office, {15: "pwd", 25: "epb"}[step], at, draw.choice(("", "tra")))
        for number in numbers:
            moves_on(office, draw, number, at)
        office.chase.run(at)
        seen |= held_to_account(office, at)
    assert {kind for kind, _ in seen} == {CaseKind.PETITION, CaseKind.QUICK}
    assert {CaseState.REDISPATCH, CaseState.FILED} <= {state for _, state in seen}


def moves_on(office: CaseOffice, draw: random.Random, number: str, at: datetime) -> None:
    """Somebody who may makes one of the moves that the page would offer; a refusal is no fault here."""
    row = office.row(number)
    member = draw.choice(CITY)
    with looking(office.factory) as session:
        standing = office.moving.standing(session, session.get_one(Case, row.id))
        open_to = offers(standing, member, row.agency, (), at)
    if not open_to:
        return
    move = draw.choice(open_to).move
    words = {
        "reason": "理由",
        "note": "辦理中",
        "agency": draw.choice(("pwd", "epb", "tra")),
        "agencies": ("tra",),
        "authority": "國道高速公路局",
        "letter": "府研字第1號",
        "result": "已回填",
        "doer": "隊",
        "days": 1,
        "no_photo": "夜間",
        "done_at": at,
        "replied_at": at,
        "officer": "王",
        "officer_phone": "0229603456",
        "channel": ReplyWay.SMS,
        "late_reason": "雨",
        "late_ground": next(iter(LateGround)),
        "prevention": "巡查",
        "until": at + DAY * 30,
        "analysis": "分析",
        "ground": next(iter(NoActionGround if move is Move.NO_ACTION else LateGround)),
    }
    try:
        office.does(number, move, member.login, at, **words)
    except HotlineError:
        return


def held_to_account(office: CaseOffice, at: datetime) -> set[tuple[str, str]]:
    """Kinds and states of the open cases, each of which has an owner, a deadline and somebody who knows."""
    seen = set[tuple[str, str]]()
    with looking(office.factory) as session:
        for row in session.scalars(select(Case).where(Case.state.in_(OPEN_STATES))):
            stands = row.number, row.state, row.agency
            owners = recipients.of_case(session, row, at)
            assert owners, stands
            reviewed = select(CaseReview.due_at).where(CaseReview.case_id == row.id)
            assert deadlines.running(session, row.id) or session.scalars(reviewed).first(), stands
            knows = select(OutboxMessage.recipient).where(
                OutboxMessage.event.like(f"case:{row.id}:%"),
                OutboxMessage.template.in_(("N-26", "N-31", "N-33", "N-40")),
            )
            known = set(session.scalars(knows))
            assert known & set(owners) or not row.is_returned and known, (stands, owners, known)
            seen.add((row.kind, row.state))
    return seen
