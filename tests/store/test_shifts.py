"""Shifts of agents: who is to be on duty when; nobody twice at once, and a file as a whole or not at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from administration.shift_import import UnfitShifts, bring, plan
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Shift, Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.staff.shifts import (
    LANGUAGES,
    LONGEST,
    SIGN,
    LanguageOfOthers,
    NotAnAgent,
    SeveralAgents,
    ShiftEndsEarly,
    ShiftOverlaps,
    ShiftTooLong,
    UnknownLanguage,
    UnknownShift,
    add,
    cancel,
    interpreters_on_duty,
    on_duty,
    shifts,
)
from ivr.numerals import Language

AT = taipei("2026-11-24T10:00")
EIGHT, FOUR = taipei("2026-12-01T08:00"), taipei("2026-12-01T16:00")
HOUR = timedelta(hours=1)
PEOPLE = (
    Staff("boss", "督導", frozenset((Role.SUPERVISOR,))),
    Staff("amy", "陳小明", frozenset((Role.AGENT,)), phone="agent-1"),
    Staff("bob", "林大同", frozenset((Role.AGENT,)), phone="agent-2"),
    Staff("cat", "林大同", frozenset((Role.AGENT,))),
    Staff("eve", "手語員", frozenset((Role.INTERPRETER,))),
    Staff("dan", "承辦人", frozenset((Role.OFFICER,)), agency="epb"),
)
BY = {"at": AT, "by": "boss"}


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as opened:
        for one in PEOPLE:
            set_staff(opened, one, Period(AT), at=AT, by="shell")
        yield opened


def of(login: str, since: datetime = EIGHT, until: datetime = FOUR, language: str = "zh-TW") -> Shift:
    return Shift(login, since, until, language)


def test_who_is_to_be_on_duty_is_known_at_each_instant(session: Session) -> None:
    """From its first instant to before its last; one follows another; who cancelled it stays on record."""
    add(session, of("amy"), **BY)
    second = add(session, of("amy", FOUR, FOUR + HOUR, "en"), **BY)
    instants = (EIGHT - HOUR, EIGHT, FOUR - timedelta(seconds=1), FOUR, FOUR + HOUR)
    seen = [[row.language for row in on_duty(session, at)] for at in instants]
    assert seen == [[], ["zh-TW"], ["zh-TW"], ["en"], []]
    cancel(session, second.id, **BY, reason="病假")
    assert on_duty(session, FOUR) == [] and (second.cancelled_by, second.cancelled_at) == ("boss", AT)
    told = [(row.by, row.reason) for row in audit_rows(session, subject=f"shift:{second.id}")]
    assert told == [("boss", ""), ("boss", "病假")]
    with pytest.raises(UnknownShift):
        cancel(session, second.id, **BY)


@pytest.mark.parametrize(
    ("shift", "why"),
    [
        (of("nobody"), NotAnAgent),
        (of("dan"), NotAnAgent),
        (of("amy", FOUR, FOUR), ShiftEndsEarly),
        (of("amy", EIGHT, EIGHT + LONGEST + HOUR), ShiftTooLong),
        (of("amy", language="fr"), UnknownLanguage),
        (of("bob", language="手語"), LanguageOfOthers),
        (of("eve", language="國語"), LanguageOfOthers),
        (of("amy", FOUR - HOUR, FOUR + HOUR), ShiftOverlaps),
        (of("amy", EIGHT - HOUR, FOUR + HOUR), ShiftOverlaps),
    ],
)
def test_what_cannot_be_is_refused(session: Session, shift: Shift, why: type[HotlineError]) -> None:
    """Who is no agent, no time, a language that nobody asks for, the same person twice at once."""
    add(session, of("amy"), **BY)
    with pytest.raises(why):
        add(session, shift, **BY)


def test_only_who_may_plans(session: Session) -> None:
    """An agent does not put colleagues on duty."""
    with pytest.raises(NotPermitted):
        add(session, of("bob"), at=AT, by="amy")


def test_the_words_for_languages_are_those_of_the_queues() -> None:
    """Every language has words; none that no queue has, but sign language."""
    assert set(LANGUAGES.values()) == {SIGN, *(str(one) for one in Language)}


def test_P6_4_an_interpreters_shift_is_in_sign_language_and_no_agents_is_missed_for_it(
    session: Session,
) -> None:
    """By the same roster; who answers queues is told apart from who serves by video."""
    add(session, of("amy"), **BY)
    add(session, of("eve", language="手語"), **BY)
    assert [row.login for row in on_duty(session, EIGHT)] == ["amy"]
    assert [row.login for row in interpreters_on_duty(session, EIGHT)] == ["eve"]
    assert interpreters_on_duty(session, FOUR) == []


HEAD = "話務人員,語言,起,迄\n"
GOOD = f"{HEAD}陳小明,國語,2026-12-01T08:00,2026-12-01T16:00\nbob,英語,2026-12-01T08:00,2026-12-01T16:00\n"


def test_a_file_is_tried_then_written_and_a_second_time_changes_nothing(session: Session) -> None:
    """By name or by login; nothing is written by the trial."""
    tried = plan(session, GOOD.encode())
    assert (len(tried.added), tried.unchanged, tried.is_fit) == (2, 0, True)
    assert shifts(session, EIGHT, FOUR) == []
    bring(session, GOOD.encode("cp950"), **BY)
    found = [(row.login, row.language) for row in shifts(session, EIGHT, FOUR)]
    assert found == [("amy", "zh-TW"), ("bob", "en")]
    again = plan(session, GOOD.encode())
    assert (len(again.added), again.unchanged, again.is_fit) == (0, 2, False)
    assert [row.action for row in audit_rows(session, subject="shifts:file")] == ["shift.change"]


def test_all_faults_of_a_file_are_told_at_once_and_nothing_is_written(session: Session) -> None:
    """Unknown people, a name that two have, overlaps in the file and with what is planned, empty times."""
    add(session, of("amy"), **BY)
    lines = (
        "王不在,國語,2026-12-02T08:00,2026-12-02T16:00",
        "林大同,國語,2026-12-02T08:00,2026-12-02T16:00",
        "陳小明,國語,2026-12-01T15:00,2026-12-01T20:00",
        "bob,國語,2026-12-02T08:00,2026-12-02T16:00",
        "bob,英語,2026-12-02T15:00,2026-12-02T20:00",
        "cat,法語,2026-12-02T08:00,2026-12-02T16:00",
        "cat,國語,2026-12-03T08:00,",
    )
    content = (HEAD + "\n".join(lines) + "\n").encode()
    tried = plan(session, content)
    assert [(one.line, type(one.fault)) for one in tried.wrong][:6] == [
        (2, NotAnAgent),
        (3, SeveralAgents),
        (4, ShiftOverlaps),
        (6, ShiftOverlaps),
        (7, UnknownLanguage),
        (8, type(tried.wrong[-1].fault)),
    ]
    with pytest.raises(UnfitShifts):
        bring(session, content, **BY)
    assert [row.login for row in shifts(session, EIGHT, EIGHT + timedelta(days=9))] == ["amy"]


def test_a_whole_plan_cancels_what_it_does_not_list(session: Session) -> None:
    """Within the file's time and nowhere else."""
    add(session, of("cat"), **BY)
    add(session, of("amy", EIGHT + HOUR, FOUR), **BY)
    later = add(session, of("cat", EIGHT + timedelta(days=30), FOUR + timedelta(days=30)), **BY)
    done = bring(session, GOOD.encode(), **BY, complete=True)
    assert (len(done.added), len(done.cancelled)) == (2, 2)
    kept = shifts(session, EIGHT, FOUR + timedelta(days=31))
    assert [row.login for row in kept] == ["amy", "bob", "cat"] and kept[-1].id == later.id
