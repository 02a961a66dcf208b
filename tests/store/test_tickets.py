"""Tickets on both databases: problems, the contact log, faults told and found,
each fault once (P4.1.2, P4.1.4, P11).
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.owners import CALL_CENTRE
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.outbox import service as notices
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, close_staff, set_staff
from hotline.texts import UnfitText
from hotline.tickets import faults, service
from hotline.tickets.rules import About, FaultKind, TicketNotNow, TicketState
from hotline.tickets.service import NoSubject, NoTicket, ProblemReport
from hotline.tickets.store import FaultRow
from ops.jobs.health_checks import FaultCheck
from tests.case_office import elsewhere

NOW = taipei("2026-11-24T10:00")
MINUTE = timedelta(minutes=1)
CASE = ProblemReport("epb", About.CASE, "11411240001", "民眾說不是環保局的事")
PEOPLE = (
    ("admin-1", Role.ADMINISTRATOR, ""),
    ("agent-1", Role.AGENT, ""),
    ("liaison-epb", Role.LIAISON, "epb"),
    ("liaison-pwd", Role.LIAISON, "pwd"),
    ("sec", Role.SECRETARIAT, ""),
    ("info", Role.INFORMATION_CENTRE, ""),
)


@pytest.fixture
def city(factory: Sessions) -> Sessions:
    with transaction(factory) as session:
        for code in ("epb", "pwd"):
            set_row(session, Agency(code, code), Period(NOW), at=NOW, by="admin-1")
        for login, role, agency in PEOPLE:
            member = Staff(login, login, frozenset({role}), agency)
            set_staff(session, member, Period(NOW), at=NOW, by="admin-1")
        elsewhere(session, CASE.subject, NOW)
    return factory


@pytest.fixture
def session(city: Sessions) -> Iterator[Session]:
    with transaction(city) as session:
        yield session


def test_P4_1_2_a_problem_is_opened_answered_and_closed(session: Session) -> None:
    """The agent asks, the liaison answers, the agent closes; every step under a name."""
    row = service.open_ticket(session, CASE, at=NOW, by="agent-1")
    service.answer(session, row.id, "已改分工務局。", at=NOW + MINUTE, by="liaison-epb")
    assert service.tickets(session, agency="epb") == [row] and row.state == TicketState.ANSWERED
    service.close(session, row.id, at=NOW + 2 * MINUTE, by="agent-1")
    assert service.tickets(session) == [] and service.tickets(session, with_closed=True) == [row]
    told = [(deed.by, deed.after["state"]) for deed in audit_rows(session, subject=f"ticket:{row.id}")]
    assert told == [("agent-1", "OPEN"), ("liaison-epb", "ANSWERED"), ("agent-1", "CLOSED")]
    with pytest.raises(TicketNotNow):
        service.answer(session, row.id, "再說", at=NOW, by="liaison-epb")


def test_P4_1_2_a_problem_is_with_a_case_or_a_message_of_ours(session: Session) -> None:
    """A message that nobody wrote has no problem."""
    notices.write(session, "N-10", "faq:review:2026-11:epb", ["gone@city.example"], {}, NOW)
    (notice,) = notices.notices(session)
    row = service.open_ticket(
        session, ProblemReport("epb", About.NOTICE, str(notice.id), "信被退回"), at=NOW, by="agent-1"
    )
    assert row.subject == str(notice.id)
    for about, subject in (
        (About.NOTICE, "99"),
        (About.NOTICE, "x"),
        (About.CASE, ""),
        (About.CASE, "115112400012"),
    ):
        with pytest.raises(NoSubject):
            service.open_ticket(session, ProblemReport("epb", about, subject, "壞了"), at=NOW, by="agent-1")


def test_P2_a_only_the_agency_that_was_asked_answers(session: Session) -> None:
    """And a liaison does not ask itself."""
    row = service.open_ticket(session, CASE, at=NOW, by="agent-1")
    with pytest.raises(NotPermitted):
        service.answer(session, row.id, "不是我", at=NOW, by="liaison-pwd")
    with pytest.raises(NotPermitted):
        service.open_ticket(session, CASE, at=NOW, by="liaison-epb")
    with pytest.raises(NoTicket):
        service.close(session, 99, at=NOW, by="agent-1")


def test_P4_1_4_the_contact_log_is_only_added_to(city: Sessions) -> None:
    """Free words, under a name, the latest first; an empty one is none."""
    with transaction(city) as session:
        service.note(session, "epb", "來電確認窗口代理人。", at=NOW, by="agent-1")
        service.note(session, "epb", "改了信箱。", at=NOW + MINUTE, by="liaison-epb")
        assert [note.by for note in service.notes(session, agency="epb")] == ["liaison-epb", "agent-1"]
        with pytest.raises(NotPermitted):
            service.note(session, "epb", "別局的事", at=NOW, by="liaison-pwd")
        with pytest.raises(UnfitText):
            service.note(session, "epb", " ", at=NOW, by="agent-1")
    with pytest.raises(DBAPIError), transaction(city) as session:
        session.connection().exec_driver_sql("UPDATE contact_note SET text = ''")


def test_P11_the_kind_decides_the_queue_and_only_the_queue_mends(session: Session) -> None:
    """The main building's switchboard is the Secretariat's, internet telephony the Information Centre's."""
    main = faults.report(session, FaultKind.SWITCHBOARD, "epb", "總機有雜音", at=NOW, by="liaison-epb")
    internet = faults.report(session, FaultKind.INTERNET, "", "話機沒有聲音", at=NOW, by="agent-1")
    assert (main.queue, internet.queue) == ("secretariat", "information-centre")
    with pytest.raises(NotPermitted):
        faults.close(session, main.id, "好了", at=NOW, by="info")
    with pytest.raises(NotPermitted):
        faults.close(session, main.id, "好了", at=NOW, by="liaison-epb")
    faults.answer(session, main.id, "已叫修", at=NOW, by="sec")
    faults.close(session, main.id, "換了線路板", at=NOW + MINUTE, by="sec")
    faults.close(session, internet.id, "重新開機", at=NOW, by="admin-1")
    assert faults.faults(session) == [] and len(faults.faults(session, with_closed=True)) == 2


def test_P11_who_mends_a_fault_is_written_to_with_the_ticket(city: Sessions) -> None:
    """The queue of its kind, once; where nobody holds it the call centre: a fault is never nobody's."""
    with transaction(city) as session:
        mended = faults.report(session, FaultKind.SWITCHBOARD, "epb", "總機有雜音", at=NOW, by="liaison-epb")
        close_staff(session, "info", NOW + MINUTE, at=NOW, by="admin-1")
        unowned = faults.report(
            session, FaultKind.INTERNET, "", "話機沒有聲音", at=NOW + MINUTE, by="agent-1"
        )
        told = [(one.recipient, one.text) for one in notices.notices(session, event="fault:")]
    assert told == [
        ("sec", f"【1999】電話故障通報第{mended.id}號：總機有雜音，請儘速處理。"),
        (CALL_CENTRE, f"【1999】電話故障通報第{unowned.id}號：話機沒有聲音，請儘速處理。"),
    ]


# --- health checks ---------------------------------------------------------------------------------------

TABLE = """
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

  Contact:  officers/sip:127.0.0.4:5060                    fdb5557108 {}        -nan
  Contact:  trunk/sip:127.0.0.2:5060                       3466198177 NonQual        -nan
"""


class Lines:
    """Asterisk's console, saying what a test wants it to say."""

    def __init__(self, *officers: str) -> None:
        self.officers = list(officers)

    def __call__(self) -> str:
        state = self.officers.pop(0)
        if state == "away":
            raise HotlineError("Asterisk is down")
        return TABLE.format(state)


def looked(city: Sessions, *officers: str) -> list[int]:
    """One look a minute: how many tickets are new after each."""
    check = FaultCheck(city, Lines(*officers), "ntpc1")
    return [check.run(NOW + number * MINUTE) for number in range(len(officers))]


def tickets(city: Sessions) -> list[FaultRow]:
    with transaction(city) as session:
        return faults.faults(session, with_closed=True)


def test_a_dead_trunk_is_told_with_what_becomes_of_calls(city: Sessions) -> None:
    """With a second one that answers they go by that."""
    table = TABLE.format("Avail").replace("NonQual", "Unavail")
    second = "  Contact:  trunk-second/sip:127.0.0.3:5060   3466198178 {}  -nan\n"
    for more, told in (("", "無法撥打外線"), (second.format("Avail"), "外線改由第二條撥出")):
        node = "ntpc3" if more else "ntpc1"
        check = FaultCheck(city, partial(str.__add__, table, more), node)
        assert [check.run(NOW), check.run(NOW + MINUTE)] == [0, 1]
        assert told in tickets(city)[-1].fault or told in tickets(city)[0].fault


def test_P11_a_line_that_stays_dead_becomes_one_ticket(city: Sessions) -> None:
    """After the second look; however long it lasts,
    and however often it comes and goes until a person closes it.
    """
    assert looked(city, "Unavail", "Unavail", "Unavail", "Avail", "Unavail", "Unavail") == [0, 1, 0, 0, 0, 0]
    (row,) = tickets(city)
    assert (row.kind, row.queue, row.opened_by) == ("switchboard", "secretariat", "jobs")
    with transaction(city) as session:
        assert [one.recipient for one in notices.notices(session, event="fault:")] == ["sec"]
    assert row.recovered_at is None
    with transaction(city) as session:
        told = [deed.after for deed in audit_rows(session, subject=f"fault:{row.id}")]
        assert told[1:] == [{"works": True}, {"works": False}] and told[0]["queue"] == "secretariat"
        faults.close(session, row.id, "修好了", at=NOW + 9 * MINUTE, by="sec")
    assert looked(city, "Unavail", "Unavail") == [0, 1] and len(tickets(city)) == 2


def test_P11_one_bad_look_is_no_fault_and_a_ticket_says_when_it_works_again(city: Sessions) -> None:
    """A line is asked often; an Asterisk that is away tells nothing of its lines."""
    assert looked(city, "Unavail", "Avail", "Unavail", "away", "Avail") == [0] * 5 and tickets(city) == []
    assert looked(city, "Unavail", "Unavail", "Avail") == [0, 1, 0]
    assert tickets(city)[0].recovered_at == NOW + 2 * MINUTE and tickets(city)[0].state == TicketState.OPEN


def test_P11_two_processes_find_a_fault_once(city: Sessions) -> None:
    """Each of them looks for itself."""
    first, second = (FaultCheck(city, Lines(*["Unavail"] * 3), "ntpc1") for _process in range(2))
    new = [check.run(NOW + number * MINUTE) for number in range(3) for check in (first, second)]
    assert sum(new) == 1 and len(tickets(city)) == 1


def test_P11_a_damaged_journal_becomes_one_ticket_of_its_node(city: Sessions) -> None:
    """At the first look, also while Asterisk tells nothing;
    when a person has looked it is said to be over.
    """
    places = iter([0, 2, 2, 0])
    check = FaultCheck(city, Lines(*["away"] * 4), "ntpc2", lambda: next(places))
    assert [check.run(NOW + number * MINUTE) for number in range(4)] == [0, 1, 0, 0]
    (row,) = tickets(city)
    assert (row.queue, row.open_key, row.recovered_at) == (
        "information-centre",
        "journal:ntpc2",
        NOW + 3 * MINUTE,
    )
    assert "ntpc2" in row.fault and "2處" in row.fault


def rang(city: Sessions, extension: str, *outcomes: str) -> None:
    with transaction(city) as session:
        session.add(CallRow(id=f"c-{extension}", caller="anonymous"))
        session.flush()
        for number, outcome in enumerate(outcomes):
            session.add(
                Leg(
                    channel=f"{extension}-{number}",
                    call_id=f"c-{extension}",
                    phone="officers",
                    kind="desk",
                    asked=extension,
                    extension=extension,
                    agency="epb",
                    started_at=NOW - (9 - number) * MINUTE,
                    outcome=outcome,
                )
            )


def test_P11_an_extension_that_is_not_there_twice_becomes_a_ticket_of_its_agency(city: Sessions) -> None:
    """Once may have been the exchange; busy or silent is no fault; it works again when it rings."""
    rang(city, "5112", "answered", "unreachable", "unreachable")
    rang(city, "5113", "unreachable")
    rang(city, "5114", "unreachable", "unreachable", "busy")
    assert looked(city, "Avail", "Avail") == [1, 0]
    (row,) = tickets(city)
    assert (row.open_key, row.queue, row.agency) == ("desk:5112", "information-centre", "epb")
    assert "5112" in row.fault and row.recovered_at is None
    with transaction(city) as session:
        session.add(
            Leg(
                channel="x",
                call_id="c-5112",
                phone="officers",
                kind="desk",
                asked="5112",
                extension="5112",
                agency="epb",
                started_at=NOW,
                outcome="noanswer",
            )
        )
    assert looked(city, "Avail") == [0] and tickets(city)[0].recovered_at == NOW
