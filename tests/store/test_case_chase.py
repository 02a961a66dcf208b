"""Cases by the clock, on both databases: chased, closed, passed on, counted anew, each once, also late."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest

from hotline.cases.cancelling import Cancelling
from hotline.cases.deadlines import all_of
from hotline.cases.drafts import DraftFields
from hotline.cases.rules import Move
from hotline.cases.words import ReplyWay
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import declare
from hotline.directory.offices import offices
from hotline.directory.register import set_row
from hotline.directory.rules import Agency, Contact, Person, Section
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxState
from hotline.permissions import Role
from hotline.worktime.workdays import DayKind, Override
from tests.case_office import FOUNDED, MOBILE, TEN, CaseOffice, Kind, Table

pytestmark = pytest.mark.dialects

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
SIGN, DUE = TEN + 10 * MINUTE, TEN + 4 * HOUR
DONE = {"result": "已回填", "doer": "養護隊", "no_photo": "夜間無法拍攝"}


@pytest.fixture
def office(factory: Sessions) -> CaseOffice:
    return CaseOffice(factory)


def done(office: CaseOffice, **says: object) -> str:
    number = office.filed(**says)  # type: ignore[arg-type]
    office.does(number, Move.SIGN, "pwd-quick", TEN + MINUTE)
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    return number


# --- sign-off ----------------------------------------------------------------------------------------


def test_P5_4_2_unsigned_at_ten_minutes_and_a_second_n41_exactly_once(office: CaseOffice) -> None:
    """§21: nothing at 10:10:00; at 10:10:01 the liaison alone, however often the job runs."""
    number = office.filed()
    office.chase.run(SIGN)
    assert office.letters("N-41") == []
    for _ in range(3):
        office.chase.run(SIGN + SECOND)
    assert office.letters("N-41") == ["pwd-quick"]
    assert (office.row(number).sign_reminders, office.row(number).state) == (1, "FILED")
    assert office.texts("N-41")[0].startswith("【1999快速－第2次催辦簽收】")


def test_P5_4_2_six_more_to_liaison_and_deputy_then_duty_officer_and_rdec_once(office: CaseOffice) -> None:
    """The job runs every five minutes for two hours; then nobody is reminded any more."""
    office.filed()
    for minute in range(0, 120, 5):
        office.chase.run(SIGN + SECOND + minute * MINUTE)
    told = office.letters("N-41")
    assert told == ["pwd-quick", *["pwd-quick", "pwd-quick-2"] * 6, "duty", "rdec-1", "boss"]


@pytest.mark.parametrize(("minutes", "to"), [(35, 2), (200, 5)])
def test_P5_4_2_what_an_outage_missed_is_told_once(office: CaseOffice, minutes: int, to: int) -> None:
    """Not as often as it was missed: liaison and deputy, and after all steps those beyond the agency too."""
    office.filed()
    office.chase.run(SIGN + minutes * MINUTE)
    assert len(office.letters("N-41")) == to


def test_P5_4_2_who_signed_or_gave_it_back_is_reminded_no_more(office: CaseOffice) -> None:
    """Given to another agency, its liaison has the whole time, and is then reminded from the beginning."""
    signed, returned = office.filed(), office.filed(phone="0922000111")
    office.chase.run(SIGN + SECOND)
    office.does(signed, Move.SIGN, "pwd-quick", SIGN + MINUTE)
    office.does(returned, Move.NOT_OURS, "pwd-quick", SIGN + MINUTE, reason="省道")
    office.chase.run(TEN + HOUR)
    assert len(office.letters("N-41")) == 2
    office.does(returned, Move.ASSIGN, "rdec-1", TEN + HOUR, agency="tra")
    office.chase.run(TEN + HOUR + 10 * MINUTE)
    office.chase.run(TEN + HOUR + 11 * MINUTE)
    assert office.letters("N-41")[2:] == ["tra-quick"]


def test_P5_4_6_an_office_has_its_dated_holder_and_deputies_and_a_vacancy_is_the_liaisons(
    office: CaseOffice,
) -> None:
    """Who holds the office by the directory goes before who has the role; a vacant one: the 1999 liaison."""
    with transaction(office.factory) as session:
        set_row(session, Agency("new", "新設局"), FOUNDED, at=TEN, by="admin")
        set_row(session, Section("tra-1", "tra", "第一科"), FOUNDED, at=TEN, by="admin")
        for place, who in ((1, "lin"), (2, "wu")):
            person = Person(who, "tra-1", who, email=f"{who}@city.example")
            set_row(session, person, FOUNDED, at=TEN, by="admin")
            set_row(session, Contact("tra", "quick-liaison", place, who), FOUNDED, at=TEN, by="admin")
    assert set(office.letters("N-63")) == {"boss"}, "changes are told to RDEC"
    office.table = Table(
        {"1": Kind("1", "號誌", agency="tra", row_id=1), "2": Kind("2", "新", agency="new", row_id=2)}
    )
    office.__dict__["filing"]._moving.categories = office.table
    office.filed(category="1")
    office.filed(category="2", phone="0922000111")
    assert office.letters("N-40") == ["lin", "boss"]
    office.chase.run(SIGN + SECOND)
    office.chase.run(SIGN + 10 * MINUTE)
    assert sorted(office.letters("N-41")) == ["boss", "boss", "lin", "lin", "wu"]
    with transaction(office.factory) as session:
        (tra,) = offices(session, SIGN, "tra")
    held = {one.role: (one.holder, one.deputies, one.gaps) for one in tra.offices}
    assert held[Role.QUICK_LIAISON] == ("lin", ("wu",), ()), "the page names who is written to"
    assert held[Role.LIAISON][0] == "tra-liaison"


def test_P5_4_3_entered_after_an_outage_clocks_run_from_the_call_and_reminders_from_the_entry(
    office: CaseOffice,
) -> None:
    """Phoned at 10:00, entered at 12:00: due at 14:00; the liaison who knows by telephone is asked to sign
    from 12:10 on, and is not late for what the system could not ask.
    """
    number, entered = office.filed(TEN + 2 * HOUR, phoned_at=TEN), TEN + 2 * HOUR
    row = office.row(number)
    assert (row.filed_at, row.entered_late, row.due_at, row.sign_due_at) == (TEN, True, DUE, SIGN)
    office.chase.run(entered + 10 * MINUTE)
    assert office.letters("N-41") == []
    office.chase.run(entered + 10 * MINUTE + SECOND)
    assert office.letters("N-41") == ["pwd-quick"]
    office.does(number, Move.SIGN, "pwd-quick", entered + 11 * MINUTE)
    assert office.events(number, "late") == []


def test_P5_4_3_a_draft_typed_long_before_it_was_entered_reminds_from_the_entry(office: CaseOffice) -> None:
    """Typed at 10:30, filed at 12:00: the first reminder is one of 12:10, and no step was missed."""
    entered = TEN + 2 * HOUR
    with transaction(office.factory) as session:
        said = DraftFields(category="3003", matter="洞", place="文化路一段100號", phone=MOBILE)
        draft = office.filing.draft(session, said, "agent-1", TEN + HOUR / 2).id
        office.filing.file(session, draft, "agent-1", entered, phoned_at=TEN)
    office.chase.run(entered + 10 * MINUTE)
    assert office.letters("N-41") == []
    office.chase.run(entered + 10 * MINUTE + SECOND)
    assert office.letters("N-41") == ["pwd-quick"]


def test_P8_1_what_is_taken_back_unsigned_has_the_whole_time_to_be_signed(office: CaseOffice) -> None:
    """Nobody could sign while it was cancelled, so nobody is alarmed; the answer is due as before."""
    number, back = office.filed(), TEN + 3 * HOUR
    cancelling = Cancelling(office.moving)
    with transaction(office.factory) as session:
        cancelling.by_holder(session, number, MOBILE, TEN + MINUTE)
        cancelling.take_back(session, number, "誤按", "agent-1", back)
    row = office.row(number)
    assert (row.state, row.sign_due_at, row.due_at) == ("FILED", back + 10 * MINUTE, DUE)
    office.chase.run(back + 10 * MINUTE)
    assert office.letters("N-41") == []
    office.chase.run(back + 10 * MINUTE + SECOND)
    assert office.letters("N-41") == ["pwd-quick"]


# --- overdue, closing --------------------------------------------------------------------------------


def test_spec_2_a_due_time_is_met_at_equality_and_lateness_is_found_once(office: CaseOffice) -> None:
    """A second after it the case is flagged; a later due time that passes is flagged again."""
    number = office.filed()
    office.chase.run(DUE)
    assert office.events(number, "overdue") == []
    for _ in range(3):
        office.chase.run(DUE + SECOND)
    assert len(office.events(number, "overdue")) == 1 and office.row(number).overdue_at == DUE + SECOND
    office.does(number, Move.SIGN, "pwd-quick", DUE + HOUR)
    office.does(number, Move.ASK_STAGE2, "pwd-mei", DUE + HOUR, reason="要換管", days=1)
    office.does(number, Move.APPROVE_STAGE2, "rdec-1", DUE + HOUR, days=1)
    office.chase.run(TEN + DAY)
    assert len(office.events(number, "overdue")) == 1
    office.chase.run(TEN + DAY + SECOND)
    office.chase.run(TEN + 2 * DAY)
    assert len(office.events(number, "overdue")) == 2


def test_P5_4_4_done_is_closed_once_the_message_went(office: CaseOffice) -> None:
    """Before the sender had it, it stays; without contact or wish it is closed at once."""
    number, silent = done(office), done(office, phone="", name="", reply_way=ReplyWay.NONE)
    office.chase.run(TEN + 2 * HOUR)
    assert (office.row(number).state, office.row(silent).state) == ("DONE", "CLOSED")
    office.carried()
    office.chase.run(TEN + 3 * HOUR)
    assert office.row(number).closed_at == TEN + 3 * HOUR
    assert office.events(number)[-1].by == "jobs"


@pytest.mark.parametrize(
    ("state", "late"), [(OutboxState.SENT, False), (OutboxState.FAILED, True), (OutboxState.SKIPPED, True)]
)
def test_P5_4_5_an_answer_that_waits_for_the_morning_is_no_lateness(
    office: CaseOffice, state: OutboxState, late: bool
) -> None:
    """Done at 22:00, due at midnight, told at nine: in time. What could not be sent is late from then on."""
    evening, nine = TEN + 10 * HOUR, TEN + 23 * HOUR
    number = office.filed(evening)
    office.does(number, Move.SIGN, "pwd-quick", evening + MINUTE)
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + 12 * HOUR, **DONE, done_at=TEN + 12 * HOUR)
    office.chase.run(evening + 4 * HOUR + SECOND)
    assert office.row(number).state == "DONE" and office.events(number, "overdue") == []
    office.carried(state)
    office.chase.run(nine)
    assert (office.row(number).state == "CLOSED") is not late
    assert len(office.events(number, "overdue")) == late


@pytest.mark.parametrize("state", [OutboxState.FAILED, OutboxState.SKIPPED])
def test_P5_4_4_a_case_whose_reply_could_not_be_sent_is_not_closed(
    office: CaseOffice, state: OutboxState
) -> None:
    """It is on record once, and stays late until somebody called."""
    number = done(office)
    office.carried(state)
    for hour in (2, 3, 100):
        office.chase.run(TEN + hour * HOUR)
    assert office.row(number).state == "DONE"
    assert [one.detail["why"] for one in office.events(number, "reply-not-sent")] == [state]
    assert len(office.events(number, "overdue")) == 1
    office.acts("phone_record", number, "已說明", TEN + 101 * HOUR, "pwd-mei", TEN + 101 * HOUR)
    assert office.row(number).state == "CLOSED"


def test_P5_2_3_what_is_answered_or_outside_the_city_is_not_late(office: CaseOffice) -> None:
    """A petition that is replied to in time is not late because it is closed later."""
    number = office.filed(category="9001")
    office.does(number, Move.ACCEPT, "pwd-mei", TEN + HOUR)
    said = {"result": "已改善", "channel": "phone", "officer": "李", "officer_phone": "29603456"}
    office.does(number, Move.REPLY, "pwd-mei", TEN + HOUR, **said, replied_at=TEN + HOUR)
    office.chase.run(TEN + 30 * DAY)
    assert office.events(number, "overdue") == []


def test_several_jobs_at_one_moment_do_each_thing_once(office: CaseOffice) -> None:
    """Two nodes run the same job over thirty cases."""
    several = [office.filed(phone=f"09120000{n:02}") for n in range(30)]
    for at in (SIGN + SECOND, DUE + SECOND):
        barrier = Barrier(3)

        def run(at: object = at, barrier: Barrier = barrier) -> None:
            barrier.wait()
            office.chase.run(at)  # type: ignore[arg-type]

        threads = [Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(len(office.events(one, "overdue")) == 1 for one in several)
    assert len(office.letters("N-41")) == 30 + 30 * 5


# --- a closed agency, a declared day -----------------------------------------------------------------


def test_P2_a_the_open_cases_of_a_closed_agency_go_to_its_successor(office: CaseOffice) -> None:
    """Also what it was asked for as a joint agency; due times stay, closed cases too."""
    quick, petition = office.filed(), office.filed(category="9001", phone="0922000111")
    joint = office.filed(category="9001", phone="0922000222")
    over = done(office, phone="", name="", reply_way=ReplyWay.NONE)
    office.chase.run(TEN + 2 * HOUR)
    office.does(petition, Move.ACCEPT, "pwd-mei", TEN + HOUR)
    with transaction(office.factory) as session:
        later = Period(TEN + 3 * HOUR)
        set_row(
            session, Agency("pwd", "pwd局", closed=True, successor="tra"), later, at=TEN + HOUR, by="admin"
        )
    due_at = office.row(petition).due_at
    office.chase.run(TEN + 3 * HOUR)
    office.chase.run(TEN + 3 * HOUR)
    assert [office.row(one).agency for one in (quick, petition, joint, over)] == ["tra", "tra", "tra", "pwd"]
    assert (office.row(petition).officer, office.row(petition).due_at) == ("", due_at)
    assert office.row(quick).sign_due_at == TEN + 3 * HOUR + 10 * MINUTE
    assert [one.detail["from"] for one in office.events(quick, "passed-on")] == ["pwd"]
    assert office.letters("N-40")[-1] == "tra-quick" and office.letters("N-26").count("tra-liaison") == 2


def test_P2_a_a_joint_agency_that_is_closed_is_followed_by_its_successor(office: CaseOffice) -> None:
    """Which confirms in its stead; one that leads or is asked anyway is not asked twice."""
    number = office.filed(category="9001")
    office.does(number, Move.INVOLVE, "pwd-mei", TEN + HOUR, agencies=("epb",))
    with transaction(office.factory) as session:
        epb = Agency("epb", "epb局", closed=True, successor="tra")
        set_row(session, epb, Period(TEN + 2 * HOUR), at=TEN + HOUR, by="admin")
    office.chase.run(TEN + 2 * HOUR)
    office.does(number, Move.CONFIRM_JOINT, "tra-mei", TEN + 3 * HOUR, agency="tra")
    assert office.row(number).state == "IN_PROGRESS"


def test_P2_a_with_nobody_left_to_confirm_the_work_goes_on(office: CaseOffice) -> None:
    """The successor of the only joint agency leads the case: it need not ask itself."""
    number = office.filed(category="9001")
    office.does(number, Move.INVOLVE, "pwd-mei", TEN + HOUR, agencies=("epb",))
    with transaction(office.factory) as session:
        epb = Agency("epb", "epb局", closed=True, successor="pwd")
        set_row(session, epb, Period(TEN + 2 * HOUR), at=TEN + HOUR, by="admin")
    office.chase.run(TEN + 2 * HOUR)
    assert office.row(number).state == "IN_PROGRESS"
    with transaction(office.factory) as session:
        left = {one.kind for one in all_of(session, office.row(number).id) if one.ended_at is None}
    assert left == {"reply"}


def test_spec_2_a_declared_day_moves_what_counts_working_days_and_the_old_time_stays_readable(
    office: CaseOffice,
) -> None:
    """A typhoon on the last day: the petition is due a working day later, the quick case as before."""
    petition, quick = office.filed(category="9001"), office.filed(phone="0922000111")
    was, then = taipei("2026-12-02T17:30"), taipei("2026-12-03T17:30")
    assert office.row(petition).due_at == was
    days = [date(2026, 12, 2)]
    with transaction(office.factory) as session:
        declare(session, days[0], Override(DayKind.OFF, "颱風"), at=TEN, by="admin")
        assert office.chase.recount(session, days, "admin", TEN) == 1
    assert (office.row(petition).due_at, office.row(quick).due_at) == (then, DUE)
    with transaction(office.factory) as session:
        kept = [
            (one.due_at, one.ended_at)
            for one in all_of(session, office.row(petition).id)
            if one.kind == "reply"
        ]
    assert kept == [(was, TEN), (then, None)]
    (moved,) = office.events(petition, "due-moved")
    assert (moved.by, moved.reason) == ("admin", "calendar: 2026-12-02")


def test_spec_2_a_day_that_passed_moves_nothing(office: CaseOffice) -> None:
    """Nor does one that lies ahead move what is late already."""
    petition = office.filed(category="9001")
    late = taipei("2026-12-10T09:00")
    with transaction(office.factory) as session:
        declare(session, date(2026, 12, 2), Override(DayKind.OFF, "颱風"), at=late, by="admin")
        assert office.chase.recount(session, [date(2026, 12, 2)], "admin", late) == 0
        assert office.chase.recount(session, [date(2026, 12, 11)], "admin", late) == 0
    assert office.row(petition).due_at == taipei("2026-12-02T17:30")
