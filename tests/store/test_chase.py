"""Promises by the clock, on both databases:
reminded, overdue, escalated, moved, each once, however late the job runs.
"""

from datetime import date, datetime, timedelta
from itertools import product
from threading import Barrier, Thread

import pytest
from sqlalchemy import insert, select

from hotline.callbacks.chase import BATCH, Chase
from hotline.callbacks.rules import CallbackState, HeldByAnother, Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import declare, lift
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.worktime.workdays import DayKind, Override
from ops.cli import format_callbacks
from tests.promises import CITIZEN, SECTION_MAIL, TEN, Office

pytestmark = pytest.mark.dialects

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = TEN + 4 * HOUR
LATE = DUE + timedelta(seconds=1)
CONCERNED = ["mei@epb.example", SECTION_MAIL, "liaison@epb.example"]


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


def kinds(office: Office, one: int) -> list[str]:
    return [kind for kind, *_ in office.story(one)][1:]


def told(office: Office, template: str) -> list[str]:
    return [who for _, who in office.letters(template)]


# --- reminder, overdue, escalation -------------------------------------------------------------------


def test_P9_2_reminded_at_three_hours_overdue_past_four_each_once(office: Office) -> None:
    """The job runs every minute of the day:
    N-02 once to the owner, N-03 once to owner, section and liaison.
    """
    one = office.promised()
    for minute in range(0, 8 * 60, 5):
        office.chase(TEN + minute * MINUTE)
    row = office.row(one)
    assert (row.reminded_at, row.overdue_at, row.escalated_at) == (
        TEN + 3 * HOUR,
        DUE + 5 * MINUTE,
        DUE + 5 * MINUTE,
    )
    assert (told(office, "N-02"), told(office, "N-03")) == (["mei@epb.example"], CONCERNED)
    assert kinds(office, one) == ["reminded", "overdue", "escalated"]
    assert row.state == "OPEN"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (TEN + 3 * HOUR - timedelta(seconds=1), []),
        (TEN + 3 * HOUR, ["reminded"]),  # reached
        (DUE, ["reminded"]),  # met at equality
        (LATE, ["overdue", "escalated"]),
    ],
)
def test_P9_2_the_edges(office: Office, at: datetime, expected: list[str]) -> None:
    """One run, at that instant; after the due time N-03 says it all."""
    one = office.promised()
    office.chase(at)
    assert kinds(office, one) == expected


@pytest.mark.parametrize("outage", [HOUR, 5 * HOUR, 3 * DAY])
def test_resilience_28_a_due_time_that_passed_in_an_outage_is_shown_and_told_once(
    office: Office, outage: timedelta
) -> None:
    """No job ran from before the reminder until long after:
    overdue, an alarm for each, in order, nothing dropped.
    """
    several = [office.promised(TEN + n * MINUTE, number=f"09120000{n:02}") for n in range(3)]
    back = DUE + 10 * MINUTE + outage
    before = [format_callbacks.line(office.row(one), back) for one in several]
    assert all("OPEN, overdue" in line for line in before), "seen without any job"
    office.chase(back)
    office.chase(back)
    for one in several:
        assert kinds(office, one) == ["overdue", "escalated"]
    assert (told(office, "N-02"), told(office, "N-03")) == ([], CONCERNED * 3)


def test_everything_is_chased_however_much_there_is(office: Office) -> None:
    """More than one batch of late ones in one run."""
    for n in range(BATCH + 20):
        office.promised(number=f"0912{n:06}")
    assert office.chase(LATE) == BATCH + 20
    assert len(told(office, "N-03")) == 3 * (BATCH + 20)
    assert office.chase(LATE) == 0


def test_two_jobs_at_one_moment_tell_each_thing_once(office: Office) -> None:
    """Two nodes run the same job over forty promises, again and again."""
    several = [office.promised(number=f"09120000{n:02}") for n in range(40)]
    for at in (TEN + 3 * HOUR, LATE):
        barrier = Barrier(4)

        def run(at: datetime = at, barrier: Barrier = barrier) -> None:
            barrier.wait()
            Chase(office.factory, office.callbacks).run(at)

        threads = [Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for one in several:
        assert kinds(office, one) == ["reminded", "overdue", "escalated"]
    assert (len(told(office, "N-02")), len(told(office, "N-03"))) == (40, 120)


def test_a_first_attempt_inside_the_limit_is_on_time_and_one_after_it_is_late(office: Office) -> None:
    """At the instant of the due time still in time;
    N-03 goes out also when somebody called a second too late.
    """
    in_time, late = office.promised(), office.promised(extension="5113")
    office.does("attempt", in_time, Outcome.NO_ANSWER, "mei", DUE)
    office.does("attempt", late, Outcome.NO_ANSWER, "an", LATE)
    office.chase(LATE + MINUTE)
    assert "overdue" not in kinds(office, in_time)
    assert kinds(office, late) == ["attempted", "overdue", "escalated"]


def test_P9_2_the_next_attempt_is_reminded_of_once_when_nobody_made_it(office: Office) -> None:
    """Called in vain at 11:00, the next is due within one office hour: N-02 after 12:00, once;
    and for the third too.
    """
    one = office.promised()
    office.does("attempt", one, Outcome.NO_ANSWER, "mei", TEN + HOUR)
    for minute in (119, 120, 121, 125, 240, 300):
        office.chase(TEN + minute * MINUTE)
    assert told(office, "N-02") == ["mei@epb.example"]
    office.does("attempt", one, Outcome.NO_ANSWER, "mei", TEN + 5 * HOUR)
    office.chase(TEN + 6 * HOUR)
    assert len(told(office, "N-02")) == 1
    office.chase(TEN + 6 * HOUR + MINUTE)
    office.chase(TEN + 9 * DAY)
    assert len(told(office, "N-02")) == 2
    assert "overdue" not in kinds(office, one)


def test_nobody_in_charge_means_the_call_centre_is_told(office: Office) -> None:
    """A wish without an extension, and an agency without owner or liaison: never to nobody."""
    office.promised(extension="")
    office.promised(extension="5301")
    office.chase(TEN + 3 * HOUR)
    assert sorted(told(office, "N-02")) == ["boss@rdec.example", "road@pwd.example"]
    office.chase(LATE)
    assert sorted(told(office, "N-03")) == ["boss@rdec.example", "boss@rdec.example", "road@pwd.example"]


# --- days that are declared --------------------------------------------------------------------------


EVENING = taipei("2026-11-23T20:00")


def storm(office: Office, day: date, at: datetime, *, lifted: bool = False) -> int:
    """The administrator declares a typhoon, or takes it back; how many due times moved."""
    with transaction(office.factory) as session:
        if lifted:
            lift(session, day, at=at, by="admin", reason="it turned away")
        else:
            declare(session, day, Override(DayKind.OFF, "typhoon"), at=at, by="admin")
        return Chase(office.factory, office.callbacks).recount(session, [day], "admin", at)


def test_spec_2_a_typhoon_declared_the_evening_before_moves_due_times_and_keeps_the_old(
    office: Office,
) -> None:
    """Asked Monday 16:30, due Tuesday 11:30; at 20:00 Tuesday is declared: Wednesday 11:30;
    lifted: as it was.
    """
    asked, tuesday = taipei("2026-11-23T16:30"), date(2026, 11, 24)
    one = office.promised(asked)
    was, then = taipei("2026-11-24T11:30"), taipei("2026-11-25T11:30")
    assert office.row(one).due_at == was
    assert storm(office, tuesday, EVENING) == 1
    assert (office.row(one).due_at, office.row(one).remind_at) == (then, then - HOUR)
    office.chase(was + HOUR)
    assert kinds(office, one) == ["due-moved"], "nothing is late on a day that does not count"
    assert storm(office, tuesday, EVENING + HOUR, lifted=True) == 1
    assert office.row(one).due_at == was
    moves = [
        [datetime.fromisoformat(event.detail[name]) for name in ("from", "to")]
        for event in office.whole(one).events
        if event.kind == "due-moved"
    ]
    assert moves == [[was, then], [then, was]]
    reasons = [event.reason for event in office.whole(one).events if event.kind == "due-moved"]
    assert reasons == ["calendar: 2026-11-24"] * 2


def test_spec_2_what_is_promised_after_the_declaration_is_counted_with_it(office: Office) -> None:
    """By the rows, whatever this process remembers of the calendar."""
    storm(office, date(2026, 11, 24), EVENING)
    assert office.row(office.promised(EVENING + HOUR)).due_at == taipei("2026-11-25T12:30")


def test_spec_2_only_due_times_ahead_move(office: Office) -> None:
    """Neither what is late already, nor what was tried, closed, or counted before that day;
    nor for a day that passed.
    """
    monday = taipei("2026-11-23T16:30")
    late, tried, done, today = (office.promised(monday, number=f"09120000{n:02}") for n in range(4))
    other = office.promised(taipei("2026-11-24T08:30"), number="0912000099")
    office.does("attempt", tried, Outcome.NO_ANSWER, "mei", monday + MINUTE)
    office.does("close", done, "told", "mei", monday + MINUTE)
    office.does("close", today, "told", "mei", monday + MINUTE)
    noon = taipei("2026-11-24T12:00")
    assert storm(office, date(2026, 11, 24), noon) == 1  # the one due at 12:30 today
    assert office.row(other).due_at == taipei("2026-11-25T12:30")
    assert office.row(late).due_at == office.row(tried).due_at == taipei("2026-11-24T11:30")
    assert storm(office, date(2026, 11, 20), noon) == 0


def test_spec_2_lifted_too_late_nobody_is_made_late_by_it(office: Office) -> None:
    """Lifted after the first due time would have passed: the moved one stays."""
    one = office.promised(taipei("2026-11-23T16:30"))
    storm(office, date(2026, 11, 24), EVENING)
    assert storm(office, date(2026, 11, 24), taipei("2026-11-24T14:00"), lifted=True) == 0
    assert office.row(one).due_at == taipei("2026-11-25T11:30")


def test_spec_2_a_due_time_moved_beyond_an_extension_is_what_the_owner_answers_for(office: Office) -> None:
    """Extended to Tuesday 15:00, then Tuesday is off: N-03 not before Wednesday's due time."""
    one = office.promised(taipei("2026-11-23T16:30"))
    office.does("extend", one, taipei("2026-11-24T15:00"), "expert away", "mei", EVENING)
    storm(office, date(2026, 11, 24), EVENING + MINUTE)
    assert office.row(one).owed_at == taipei("2026-11-25T11:30")
    office.chase(taipei("2026-11-24T15:01"))
    assert told(office, "N-03") == []


def test_why_tells_the_arithmetic_and_every_change_with_its_clause(office: Office) -> None:
    """What ``hotline why callback`` prints."""
    one = office.promised(taipei("2026-11-23T16:30"))
    storm(office, date(2026, 11, 24), EVENING)
    office.does("extend", one, taipei("2026-11-25T15:00"), "expert away", "mei", EVENING + MINUTE)
    with transaction(office.factory) as session:
        worktime = office.callbacks.worktime(session)
    text = "\n".join(format_callbacks.why(office.whole(one), worktime, office.callbacks.limits.due, EVENING))
    for words in (
        "P5.1.1: 4 h of office hours",
        "2026-11-24 off: typhoon",
        "= 11:30",
        "11-24 11:30 -> 11-25 11:30 (§2, admin",
        "extended: 11-25 11:30 -> 11-25 15:00 (§9.2",
        "mei: expert away",
        "on record: due Wed 2026-11-25 11:30",
    ):
        assert words in text, text


# --- workers -----------------------------------------------------------------------------------------


def test_resilience_27_a_worker_that_dies_loses_its_lease_and_another_takes_it(office: Office) -> None:
    """Not before the end of the lease; the record tells who fell silent;
    a late one is flagged all the same.
    """
    one = office.promised()
    assert office.works("claim_next", "worker-1", TEN).id == one
    lease = office.callbacks.limits.lease
    assert office.works("claim_next", "worker-2", TEN + lease - MINUTE) is None
    with pytest.raises(HeldByAnother, match="worker-1"):
        office.does("claim", one, "mei", TEN + lease - MINUTE)
    office.chase(TEN + lease)
    assert (office.row(one).state, office.row(one).holder) == ("OPEN", "")
    assert office.works("claim_next", "worker-2", TEN + lease).id == one
    assert office.story(one)[-2:] == [
        ("lease-ended", "WORKING", "OPEN", "jobs"),
        ("claimed", "OPEN", "WORKING", "worker-2"),
    ]
    office.chase(LATE)
    assert kinds(office, one)[-3:] == ["lease-ended", "overdue", "escalated"]


def test_a_lease_is_renewed_by_who_holds_it(office: Office) -> None:
    """A long talk."""
    one, lease = office.promised(), office.callbacks.limits.lease
    office.works("claim_next", "worker-1", TEN)
    office.works("claim", one, "worker-1", TEN + lease - MINUTE)
    office.chase(TEN + lease + MINUTE)
    assert office.row(one).holder == "worker-1"


def test_the_most_urgent_is_claimed_first_and_one_tried_in_vain_waits_for_its_time(office: Office) -> None:
    """By due time; after a failed attempt not before three quarters of the hour until the next."""
    later, sooner = office.promised(TEN + HOUR), office.promised(TEN, extension="5113")
    office.works("claim_next", "worker-1", TEN + HOUR)
    assert office.row(sooner).holder == "worker-1" and office.row(later).holder == ""
    office.works("attempt", sooner, Outcome.NO_ANSWER, "worker-1", TEN + HOUR)
    office.works("release", sooner, "worker-1", TEN + HOUR)
    assert office.works("claim_next", "worker-2", TEN + HOUR).id == later
    office.works("close", later, "told", "worker-2", TEN + HOUR)
    assert office.works("claim_next", "worker-3", TEN + HOUR + 44 * MINUTE) is None
    assert office.works("claim_next", "worker-3", TEN + HOUR + 45 * MINUTE).id == sooner


# --- one rule for a row and for the database ---------------------------------------------------------


def test_P9_2_the_database_finds_the_rows_of_which_a_rule_is_true(factory: Sessions) -> None:
    """Every order of due time, extension, attempts and reminders around one instant,
    and those that are not there.
    """
    around = (TEN - MINUTE, TEN, TEN + MINUTE)
    perhaps = (None, *around)
    columns = ("due_at", "first_attempt_at", "extended_until", "next_attempt_by", "reminded_at", "state")
    combined = product(
        around, perhaps, perhaps, perhaps, perhaps, (CallbackState.OPEN, CallbackState.ATTEMPTED)
    )
    common = {
        "number": CITIZEN,
        "language": "zh-TW",
        "origin": "caller",
        "registered_at": TEN - HOUR,
        "remind_at": TEN,
    }
    with transaction(factory) as session:
        session.execute(  # line by line: one statement of them all ends at its limit on a busy machine
            insert(Callback), [{**common, **dict(zip(columns, values, strict=True))} for values in combined]
        )
    with transaction(factory) as session:
        rows = list(session.scalars(select(Callback)))
        for rule in (Callback.is_overdue, Callback.is_beyond_extension, Callback.is_attempt_missed):
            found = set(session.scalars(select(Callback.id).where(rule(TEN))))
            name = rule.__name__
            assert found == {row.id for row in rows if getattr(row, name)(TEN)}, name
            assert 0 < len(found) < len(rows)


# --- agencies that are closed -------------------------------------------------------------------------


def closes(office: Office, agency: str, successor: str, since: datetime = TEN) -> None:
    """An agency is no more from then on; another has its open matters."""
    with transaction(office.factory) as session:
        row = Agency(agency, agency, closed=True, successor=successor)
        set_row(session, row, Period(since), at=TEN, by="admin")


def test_P2_a_open_promises_of_a_closed_agency_pass_to_its_successor(office: Office) -> None:
    """From the day on which it is closed, once; whoever worked on it there does not any more, and is not
    waited for; the successor's liaison is told, else the supervisors; what is closed stays where it was.
    """
    one, kept = office.promised(), office.promised(number="0922000111")
    office.does("claim", one, "mei", TEN)
    office.does("close", kept, "told", "mei", TEN)
    closes(office, "epb", "pwd", TEN + HOUR)
    office.chase(TEN + HOUR - MINUTE)
    assert office.row(one).agency == "epb"
    for _again in range(2):
        office.chase(TEN + HOUR)
    row = office.row(one)
    assert (row.agency, row.section, row.owner, row.holder, row.state) == ("pwd", "", "", "", "OPEN")
    assert (row.due_at, row.extension) == (DUE, "5112") and office.row(kept).agency == "epb"
    assert kinds(office, one) == ["claimed", "passed-on"]
    assert office.whole(one).events[-1].detail == {"from": "epb", "to": "pwd", "owner_before": "mei"}
    assert told(office, "N-01")[4:] == ["boss@rdec.example"]
    office.does("claim", one, "road", TEN + HOUR)


def test_P2_a_who_moves_along_keeps_their_promises_and_successors_may_be_closed_too(office: Office) -> None:
    """The last of a row of successors has them; where they lead in a circle, nothing moves."""
    one = office.promised()
    office.does("claim", one, "mei", TEN)
    with transaction(office.factory) as session:
        member = Staff(
            "mei", "示範承辦人", frozenset({Role.OFFICER}), "rdec", "rdec-1", "5112", "mei@rdec.example"
        )
        set_staff(session, member, Period(TEN), at=TEN, by="admin")
        set_row(session, Agency("rdec", "rdec"), Period(TEN), at=TEN, by="admin")
    closes(office, "epb", "pwd")
    closes(office, "pwd", "epb")
    office.chase(TEN + MINUTE)
    assert office.row(one).agency == "epb"
    closes(office, "pwd", "rdec")
    office.chase(TEN + 2 * MINUTE)
    row = office.row(one)
    assert (row.agency, row.section, row.owner, row.holder) == ("rdec", "rdec-1", "mei", "mei")
    assert (row.state, told(office, "N-01")[2:]) == ("WORKING", ["mei@rdec.example", "boss@rdec.example"])
