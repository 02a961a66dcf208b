"""Promises as rows on both databases: the table of §9.2 with its events,
one owner at a time, who joins whom.
"""

from datetime import timedelta
from typing import Any

import pytest

from hotline.callbacks import find
from hotline.callbacks.rules import CallbackNotNow, HeldByAnother, Outcome, ReasonMissing
from hotline.callbacks.service import Callbacks, NoSuchCallback
from hotline.callbacks.store import CallbackEvent
from hotline.callbacks.work import ExtendedAlready, NotLater
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.numbers import ANONYMOUS
from hotline.outbox.service import notices
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, UnknownStaff, set_staff
from tests.promises import CITIZEN, FOUNDED, SECTION_MAIL, TEN, Office

pytestmark = pytest.mark.dialects

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


def test_P9_2_registered_it_is_open_due_in_four_office_hours_and_told_to_owner_and_section(
    office: Office,
) -> None:
    """Fields from the extension asked for: agency, section, owner; N-01 without personal data."""
    one = office.promised()
    row = office.row(one)
    assert (row.state, row.number, row.agency, row.section, row.extension, row.owner) == (
        "OPEN",
        CITIZEN,
        "epb",
        "epb-clean",
        "5112",
        "mei",
    )
    assert (row.registered_at, row.due_at, row.remind_at) == (TEN, TEN + 4 * HOUR, TEN + 3 * HOUR)
    assert office.letters() == [("N-01", "mei@epb.example"), ("N-01", SECTION_MAIL), ("N-04", CITIZEN)]
    with transaction(office.factory) as session:
        (text, _, sms) = [one.text for one in notices(session)]
    assert text == "【1999】待回電：分機5112，請於11月24日 14:00前回覆民眾。"
    assert sms == f"【新北1999】我們將於11月24日 14:00前回電給您，登記編號{one}。"
    assert office.story(one) == [("registered", "", "OPEN", "hotline")]


def test_P9_2_started_attempted_reached_and_answered(office: Office) -> None:
    """OPEN, WORKING, ATTEMPTED, DONE: each with its event, its audit row,
    and on time by the first attempt.
    """
    one = office.promised()
    office.does("claim", one, "mei", TEN + MINUTE)
    assert office.row(one).state == "WORKING"
    office.does("attempt", one, Outcome.BUSY, "mei", TEN + 2 * MINUTE)
    row = office.row(one)
    assert (row.state, row.failed, row.next_attempt_by) == ("ATTEMPTED", 1, TEN + HOUR + 2 * MINUTE)
    office.does("attempt", one, Outcome.REACHED, "mei", TEN + 5 * HOUR)
    office.does("close", one, "the lamp is mended", "mei", TEN + 5 * HOUR)
    row = office.row(one)
    assert (row.state, row.result, row.closed_at) == ("DONE", "the lamp is mended", TEN + 5 * HOUR)
    assert row.overdue_at is None and row.first_attempt_at == TEN + 2 * MINUTE
    assert office.story(one) == [
        ("registered", "", "OPEN", "hotline"),
        ("claimed", "OPEN", "WORKING", "mei"),
        ("attempted", "WORKING", "ATTEMPTED", "mei"),
        ("attempted", "ATTEMPTED", "ATTEMPTED", "mei"),
        ("closed", "ATTEMPTED", "DONE", "mei"),
    ]
    assert [attempt.outcome for attempt in office.whole(one).attempts] == ["busy", "reached"]
    assert [who for who, _, _ in office.audited(one)] == ["mei"] * 4
    assert office.whole(one).events[-1].detail == {"on_time": True}


def test_P9_2_unreached_after_three_is_closed_with_its_note_and_found_when_the_citizen_calls_again(
    office: Office,
) -> None:
    """Not after two; what is not our citizen's fault counts as none; nothing leads out of the end."""
    one = office.promised()
    for minute, outcome in enumerate((Outcome.NO_ANSWER, Outcome.NOT_PLACED, Outcome.BUSY, Outcome.REFUSED)):
        assert office.row(one).state != "CLOSED_UNREACHED"
        office.does("attempt", one, outcome, "mei", TEN + minute * MINUTE, note=f"try {minute}")
    assert (office.row(one).state, office.row(one).failed) == ("CLOSED_UNREACHED", 3)
    with pytest.raises(CallbackNotNow):
        office.does("attempt", one, Outcome.BUSY, "mei", TEN + HOUR)
    with transaction(office.factory) as session:
        (seen,) = find.of_number(session, "0912345678")
    assert seen.id == one
    assert [attempt.note for attempt in office.whole(one).attempts] == [f"try {n}" for n in range(4)]
    again = office.promised(TEN + HOUR)
    assert again != one and office.row(again).state == "OPEN"


def test_P9_2_withdrawn_it_is_cancelled_with_a_reason_by_whoever_took_the_call(office: Office) -> None:
    """Also while an officer works on it; a new wish is a new promise."""
    one = office.promised()
    office.does("claim", one, "mei", TEN)
    with pytest.raises(ReasonMissing):
        office.does("cancel", one, " ", "agent-1", TEN)
    office.does("cancel", one, "answered at once", "agent-1", TEN + MINUTE)
    row = office.row(one)
    assert (row.state, row.result, row.holder, row.open_key) == ("CANCELLED", "answered at once", "", None)
    assert office.story(one)[-1] == ("cancelled", "WORKING", "CANCELLED", "agent-1")
    assert office.promised(TEN + HOUR) != one


def test_P9_2_one_reasoned_extension_that_changes_no_statistics(office: Office) -> None:
    """Once, later, with words; the due time of the record stays, overdue is counted, only N-03 waits."""
    one, until = office.promised(), TEN + 6 * HOUR
    for words, fault in (
        ((until, "", "mei", TEN), ReasonMissing),
        ((TEN + 4 * HOUR, "expert away", "mei", TEN), NotLater),
        ((TEN - HOUR, "expert away", "mei", TEN), NotLater),
    ):
        with pytest.raises(fault):
            office.does("extend", one, *words)
    office.does("extend", one, until, "expert away", "mei", TEN)
    with pytest.raises(ExtendedAlready):
        office.does("extend", one, until + HOUR, "still", "mei", TEN)
    assert (office.row(one).due_at, office.row(one).owed_at) == (TEN + 4 * HOUR, until)
    office.chase(TEN + 4 * HOUR + MINUTE)
    assert office.row(one).overdue_at and office.letters("N-03") == []
    office.chase(until)
    assert office.letters("N-03") == []
    office.chase(until + MINUTE)
    assert office.letters("N-03") == [
        ("N-03", "mei@epb.example"),
        ("N-03", SECTION_MAIL),
        ("N-03", "liaison@epb.example"),
    ]
    office.does("close", one, "told", "mei", until + HOUR)
    assert office.whole(one).events[-1].detail == {"on_time": False}


def test_P0_a_nobody_rewrites_what_happened(office: Office) -> None:
    """Events are only added to, also by hand."""
    one = office.promised()
    for change in ("UPDATE callback_event SET reason = 'x'", "DELETE FROM callback_event"):
        with (
            pytest.raises(Exception, match="only added to"),
            transaction(office.factory) as session,
        ):
            session.connection().exec_driver_sql(change)
    with transaction(office.factory) as session:
        assert session.get(CallbackEvent, office.whole(one).events[0].id)


def test_who_hides_the_number_is_not_taken_for_another_who_did(office: Office) -> None:
    """A promise to a number that is not known is no earlier one of whoever calls without a number,
    and nobody is at it.
    """
    one = office.promised(number=ANONYMOUS)
    office.does("claim", one, "mei", TEN)
    with transaction(office.factory) as session:
        assert find.who_else(session, ANONYMOUS, "an", TEN) == []
        assert find.of_number(session, ANONYMOUS) == []


def test_one_owner_at_a_time_and_a_second_person_is_warned(office: Office) -> None:
    """Neither claim, attempt, close, release nor extend is another's;
    opening the number tells who is at it.
    """
    one = office.promised()
    office.does("claim", one, "mei", TEN)
    for verb, words in (
        ("claim", ("an", TEN)),
        ("release", ("an", TEN)),
        ("attempt", (Outcome.BUSY, "an", TEN)),
        ("close", ("done", "an", TEN)),
        ("hand_over", ("an", "mine", "an", TEN)),
    ):
        with pytest.raises(HeldByAnother, match="mei"):
            office.does(verb, one, *words)
    with transaction(office.factory) as session:
        assert [at_it.who for at_it in find.who_else(session, "0912345678", "an", TEN)] == ["mei"]
        assert find.who_else(session, "0912345678", "mei", TEN) == []
        assert find.who_else(session, "0987654321", "an", TEN) == []
    office.does("release", one, "mei", TEN + MINUTE)
    office.does("claim", one, "an", TEN + 2 * MINUTE)
    assert (office.row(one).holder, office.row(one).owner) == ("an", "an")


def test_handed_over_with_a_reason_the_new_owner_is_told_each_time(office: Office) -> None:
    """Mei to An, back, and to An again: three N-01; nobody works on it until they start."""
    one = office.promised()
    office.does("claim", one, "mei", TEN)
    with pytest.raises(ReasonMissing):
        office.does("hand_over", one, "an", " ", "mei", TEN)
    for minute, (by, to) in enumerate((("mei", "an"), ("an", "mei"), ("mei", "an"))):
        office.does("hand_over", one, to, "on leave", by, TEN + minute * MINUTE)
    row = office.row(one)
    assert (row.state, row.owner, row.holder) == ("OPEN", "an", "")
    told = [who for template, who in office.letters("N-01")][2:]
    assert told == ["an@epb.example", "mei@epb.example", "an@epb.example"]
    assert [why for _, action, why in office.audited(one) if action == "callback.hand-over"] == [
        "on leave"
    ] * 3


def test_a_long_login_is_told_too(office: Office) -> None:
    """The outbox's key has room for it."""
    long = "o" * 64
    with transaction(office.factory) as session:
        member = Staff(long, "長", frozenset({Role.OFFICER}), "epb", "epb-clean")
        set_staff(session, member, FOUNDED, at=TEN, by="admin")
    one = office.promised()
    office.does("hand_over", one, long, "ill", "mei", TEN)
    assert office.letters("N-01")[-1] == ("N-01", long)


@pytest.mark.parametrize(
    ("verb", "words", "fault"),
    [
        ("claim", ("road", TEN), NotPermitted),
        ("claim", ("nobody", TEN), UnknownStaff),
        ("close", ("done", "road", TEN), NotPermitted),
        ("extend", (TEN + 9 * HOUR, "why", "road", TEN), NotPermitted),
        ("cancel", ("withdrawn", "mei", TEN), NotPermitted),
        ("hand_over", ("nobody", "ill", "mei", TEN), UnknownStaff),
        ("hand_over", ("admin-x", "ill", "mei", TEN), UnknownStaff),
        ("hand_over", ("road", "not ours", "mei", TEN), NotPermitted),
        ("hand_over", ("boss", "ill", "road", TEN), NotPermitted),
    ],
)
def test_who_may_not_changes_nothing(office: Office, verb: str, words: tuple[Any, ...], fault: Any) -> None:
    """Roles act for their own agency; officers cancel nothing; nobody gives work to another agency."""
    one = office.promised()
    with pytest.raises(fault):
        office.does(verb, one, *words)
    assert len(office.story(one)) == 1 and office.audited(one) == []
    with pytest.raises(NoSuchCallback):
        office.does(verb, one + 1, *words)


def test_the_call_centre_hands_over_to_an_agency_and_between_agencies(office: Office) -> None:
    """A wish without an extension is the call centre's;
    handed over it is the owner's agency's, liaison and all.
    """
    one = office.promised(extension="")
    assert (office.row(one).agency, office.row(one).owner) == ("", "")
    office.does("hand_over", one, "mei", "it is about waste", "agent-1", TEN)
    row = office.row(one)
    assert (row.agency, row.section, row.owner) == ("epb", "epb-clean", "mei")
    office.does("hand_over", one, "road", "it is about a road", "boss", TEN + MINUTE)
    assert (office.row(one).agency, office.row(one).section) == ("pwd", "pwd-road")
    office.does("hand_over", one, "agent-1", "we answer it", "boss", TEN + 2 * MINUTE)
    assert (office.row(one).agency, office.row(one).owner) == ("pwd", "agent-1")


def test_a_supervisor_takes_it_from_one_who_holds_it(office: Office) -> None:
    """The officer fell ill with it; a colleague could not."""
    one = office.promised()
    office.does("claim", one, "mei", TEN)
    office.does("hand_over", one, "an", "mei is ill", "boss", TEN + HOUR)
    assert (office.row(one).state, office.row(one).owner, office.row(one).holder) == ("OPEN", "an", "")


def test_spec_21_the_examples_as_rows(office: Office) -> None:
    """Tuesday 10:00 and 12:45; Friday 2026-02-13 16:30 before nine days of New Year."""
    for number, (asked, due) in enumerate(
        (
            ("2026-11-24T10:00", "2026-11-24T14:00"),
            ("2026-11-24T12:45", "2026-11-24T16:45"),
            ("2026-02-13T16:30", "2026-02-23T11:30"),
        )
    ):
        one = office.promised(taipei(asked), number=f"091200000{number}")
        assert office.row(one).due_at == taipei(due)
