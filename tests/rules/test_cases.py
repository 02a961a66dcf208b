"""The tables of moves of petition, notify and quick cases, and their guards."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.cases import numbers
from hotline.cases.deadlines import CaseClock, CaseLimits, limit_of
from hotline.cases.guards import (
    DaysOutside,
    DoneOutside,
    ExtensionRefused,
    LateReasonMissing,
    NoEvidence,
    NotAGround,
    NotAsked,
    NotToldYet,
    PreventionMissing,
    ReplyWanted,
    Standing,
    TakeBackOver,
    UntilPassed,
    check,
)
from hotline.cases.rules import (
    JOINABLE,
    OPEN_STATES,
    TABLES,
    CaseKind,
    CaseNotNow,
    CaseState,
    DeadlineKind,
    Move,
    after,
    row_of,
)
from hotline.cases.words import CaseWordMissing, CaseWords
from hotline.clock import taipei
from hotline.errors import HotlineError
from hotline.permissions import ALLOWED, Action, Role
from hotline.worktime import Calendar, OfficeHours, Worktime

S, M = CaseState, Move
WORKTIME = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
NOW = taipei("2026-11-24T10:00")

PETITION = {
    M.REFUSE_FILING: "DRAFT>NOT_FILED",
    M.FILE: "DRAFT>FILED",
    M.ROUTE: "FILED>DISPATCHED",
    M.ACCEPT: "DISPATCHED>IN_PROGRESS",
    M.NOT_OURS: "DISPATCHED>REDISPATCH",
    M.ASSIGN: "REDISPATCH>DISPATCHED",
    M.INVOLVE: "DISPATCHED,IN_PROGRESS>JOINT",
    M.CONFIRM_JOINT: "JOINT>IN_PROGRESS",
    M.FORWARD: "DISPATCHED,REDISPATCH>EXTERNAL",
    M.UNROUTED: "FILED,DISPATCHED,IN_PROGRESS,JOINT>REDISPATCH",
    M.TRACK: "EXTERNAL>EXTERNAL",
    M.OUTCOME: "EXTERNAL>CLOSED",
    M.NO_ACTION: "DISPATCHED,IN_PROGRESS>NO_ACTION",
    M.REPLY: "IN_PROGRESS>REPLIED",
    M.RECORD_RESULT: "IN_PROGRESS>RESULT_RECORDED",
    M.CLOSE: "REPLIED,RESULT_RECORDED>CLOSED",
    M.EXTEND: "IN_PROGRESS>IN_PROGRESS",
    M.CANCEL: "FILED,DISPATCHED,REDISPATCH,JOINT,IN_PROGRESS>CANCELLED",
    M.AUDIT: "CLOSED,NO_ACTION>UNDER_AUDIT",
    M.ACCEPT_REVIEW: "UNDER_AUDIT>CLOSED",
    M.REOPEN: "UNDER_AUDIT>IN_PROGRESS",
}
NOTIFY = {
    M.NOTIFY: "DRAFT,NOTIFYING>NOTIFYING",
    M.REACHED: "NOTIFYING>NOTIFIED",
    M.FILE: "NOTIFIED,NOTIFYING>FILED",
    M.UNROUTED: "FILED,IN_PROGRESS>FILED",
    M.ASSIGN: "FILED>FILED",
    M.START: "FILED>IN_PROGRESS",
    M.REPLY: "IN_PROGRESS>REPLIED",
    M.RECORD_RESULT: "IN_PROGRESS>RESULT_RECORDED",
    M.CLOSE: "REPLIED,RESULT_RECORDED>CLOSED",
    M.CANCEL: "FILED,IN_PROGRESS>CANCELLED",
    M.AUDIT: "CLOSED,NO_ACTION>UNDER_AUDIT",
    M.ACCEPT_REVIEW: "UNDER_AUDIT>CLOSED",
    M.REOPEN: "UNDER_AUDIT>IN_PROGRESS",
}
QUICK = {
    M.FILE: "DRAFT>FILED",
    M.UNROUTED: "FILED,SIGNED,IN_PROGRESS,STAGE2_PENDING>FILED",
    M.SIGN: "FILED>SIGNED",
    M.NOT_OURS: "FILED>FILED",
    M.ASSIGN: "FILED>FILED",
    M.START: "SIGNED>IN_PROGRESS",
    M.ASK_STAGE2: "SIGNED,IN_PROGRESS>STAGE2_PENDING",
    M.APPROVE_STAGE2: "STAGE2_PENDING>IN_PROGRESS",
    M.REFUSE_STAGE2: "STAGE2_PENDING>IN_PROGRESS",
    M.ASK_BEYOND: "IN_PROGRESS>STAGE2_PENDING",
    M.GRANT_BEYOND: "STAGE2_PENDING>IN_PROGRESS",
    M.REFUSE_BEYOND: "STAGE2_PENDING>IN_PROGRESS",
    M.CONVERT: "SIGNED,IN_PROGRESS,STAGE2_PENDING>DISPATCHED",
    M.UNFOUNDED: "SIGNED,IN_PROGRESS,STAGE2_PENDING>DONE",
    M.COMPLETE: "SIGNED,IN_PROGRESS,STAGE2_PENDING>DONE",
    M.ANSWERED: "DONE>CLOSED",
    M.CANCEL: "FILED,SIGNED,IN_PROGRESS,STAGE2_PENDING>CANCELLED",
}
SPEC = {CaseKind.PETITION: PETITION, CaseKind.NOTIFY: NOTIFY, CaseKind.QUICK: QUICK}
"""Sections 11 to 13 of the plan's specification, a line each: from which states, to which."""


@pytest.mark.parametrize("kind", CaseKind)
def test_the_tables_are_the_specifications(kind: CaseKind) -> None:
    """Every row of §11 to §13 is there; nothing else but progress, taking back, and reviews."""
    for move, line in SPEC[kind].items():
        before, _, then = line.partition(">")
        for state in before.split(","):
            row = row_of(kind, CaseState(state), move)
            assert after(row, CaseState(state)) == then, (move, state)
        assert {s for row in TABLES[kind] if row.move is move for s in row.before} >= set(before.split(","))
    beside = {row.move for row in TABLES[kind]} - set(SPEC[kind])
    assert beside <= {M.PROGRESS, M.TAKE_BACK, M.REFUSE_FILING, M.AUDIT, M.ACCEPT_REVIEW, M.REOPEN}


@pytest.mark.parametrize("kind", CaseKind)
def test_what_no_row_allows_is_refused_with_its_clause(kind: CaseKind) -> None:
    """Every state and move: either one row, or a refusal that says where it is written."""
    for state in CaseState:
        for move in Move:
            rows = [row for row in TABLES[kind] if row.move is move and state in row.before]
            assert len(rows) <= 1
            if rows:
                assert row_of(kind, state, move) is rows[0]
                continue
            with pytest.raises(CaseNotNow) as refused:
                row_of(kind, state, move)
            assert refused.value.clause == {"petition": "P5.2", "notify": "P5.3", "quick": "P5.4"}[kind]


def test_whatever_is_open_can_end() -> None:
    """From every state that a case can reach there is a way to its end, and from no draft to work unfiled."""
    for kind in CaseKind:
        ways = {(s, after(row, s)) for row in TABLES[kind] for s in row.before}
        if kind is CaseKind.QUICK:
            ways |= {
                (s, after(row, s)) for row in TABLES[CaseKind.PETITION] for s in row.before if s != S.DRAFT
            }
        for state in {s for s, _ in ways} & OPEN_STATES:
            seen, found = set[CaseState](), {state}
            while found - seen:
                seen |= found
                found = {then for s, then in ways if s in seen}
            assert seen & {S.CLOSED, S.NO_ACTION, S.CANCELLED}, (kind, state)
    assert JOINABLE <= OPEN_STATES


def test_every_move_has_somebody_who_may() -> None:
    """And an administrator judges no case."""
    for action in {row.action for table in TABLES.values() for row in table}:
        assert any(action in allowed for allowed in ALLOWED.values()), action
    assert not ALLOWED[Role.ADMINISTRATOR] & {Action.CASE_WORK, Action.CASE_DECIDE, Action.CASE_SIGN}


QUICK_CASE = Standing(
    CaseKind.QUICK, S.IN_PROGRESS, NOW - timedelta(hours=1), NOW + timedelta(hours=3), stage2_days=4, photos=1
)
DONE = CaseWords(result="已補平", done_at=NOW, doer="養護科")


def refusal(
    move: Move, one: Standing, words: CaseWords, *, kind: CaseKind = CaseKind.QUICK
) -> type[HotlineError] | None:
    try:
        check(row_of(kind, one.state, move), one, words, NOW)
    except HotlineError as error:
        return type(error)
    return None


def test_P5_4_9_completion_needs_evidence_and_its_time() -> None:
    """Photograph or reason; not before filing, not later than now; both edges are fit."""
    assert refusal(M.COMPLETE, QUICK_CASE, DONE) is None
    bare = replace(QUICK_CASE, photos=0)
    assert refusal(M.COMPLETE, bare, DONE) is NoEvidence
    assert refusal(M.COMPLETE, bare, replace(DONE, no_photo="夜間無法拍攝")) is None
    for done_at, fits in (
        (QUICK_CASE.filed_at, True),
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
        (NOW - timedelta(hours=1, seconds=1), False),
    ):
        assert refusal(M.COMPLETE, QUICK_CASE, replace(DONE, done_at=done_at)) is (
            None if fits else DoneOutside
        )
    assert refusal(M.COMPLETE, QUICK_CASE, replace(DONE, doer="")) is CaseWordMissing
    assert refusal(M.COMPLETE, replace(QUICK_CASE, recurs=True), DONE) is PreventionMissing


def test_all_that_speaks_against_a_move_is_told_at_once() -> None:
    """Every word that lacks and every guard that does not hold; the first is what is raised."""
    bad = replace(QUICK_CASE, photos=0, recurs=True, due_at=NOW - timedelta(seconds=1))
    words = replace(DONE, doer="", done_at=NOW + timedelta(hours=1))
    with pytest.raises(CaseWordMissing) as told:
        check(row_of(CaseKind.QUICK, bad.state, M.COMPLETE), bad, words, NOW)
    kinds = [CaseWordMissing, DoneOutside, LateReasonMissing, NoEvidence, PreventionMissing]
    assert [type(one) for one in told.value.together] == kinds


def test_P5_4_8_a_late_case_is_not_done_without_its_reason() -> None:
    """Late a second after the due time, not at it; beyond stage 2 it is late whatever was granted."""
    late = replace(QUICK_CASE, due_at=NOW - timedelta(seconds=1))
    why = replace(DONE, late_ground="weather", late_reason="連日豪雨")
    assert refusal(M.COMPLETE, replace(QUICK_CASE, due_at=NOW), DONE) is None
    assert refusal(M.COMPLETE, late, DONE) is LateReasonMissing
    assert refusal(M.COMPLETE, late, why) is None
    assert refusal(M.COMPLETE, late, replace(why, late_ground="rain")) is NotAGround
    assert refusal(M.COMPLETE, replace(QUICK_CASE, stage=3), DONE) is LateReasonMissing
    assert refusal(M.UNFOUNDED, late, CaseWords(result="現場無坑洞", done_at=NOW)) is LateReasonMissing


def test_P5_4_1_stage_2_has_the_days_of_its_category() -> None:
    """1 to 14, and no more than the category's; asked once, then only beyond it."""
    ask = CaseWords(reason="需開挖", days=4)
    assert refusal(M.ASK_STAGE2, QUICK_CASE, ask) is None
    for days in (0, 5):
        wanted = CaseWordMissing if not days else DaysOutside
        assert refusal(M.ASK_STAGE2, QUICK_CASE, replace(ask, days=days)) is wanted
    assert refusal(M.ASK_STAGE2, replace(QUICK_CASE, stage2_days=30), replace(ask, days=15)) is DaysOutside
    assert refusal(M.ASK_STAGE2, replace(QUICK_CASE, stage=2), ask) is CaseNotNow
    pending = replace(QUICK_CASE, state=S.STAGE2_PENDING)
    assert refusal(M.APPROVE_STAGE2, pending, CaseWords(days=3)) is NotAsked
    assert refusal(M.APPROVE_STAGE2, replace(pending, stage_asked=2), CaseWords(days=3)) is None
    assert (
        refusal(M.GRANT_BEYOND, replace(pending, stage_asked=2), CaseWords(until=NOW + timedelta(9)))
        is NotAsked
    )
    beyond = replace(pending, stage=2, stage_asked=3)
    assert refusal(M.GRANT_BEYOND, beyond, CaseWords(until=beyond.due_at)) is UntilPassed
    assert refusal(M.GRANT_BEYOND, beyond, CaseWords(until=NOW + timedelta(9))) is None
    assert (
        refusal(M.ASK_BEYOND, QUICK_CASE, CaseWords(reason="雨", ground="weather", analysis="雨"))
        is CaseNotNow
    )


def test_P5_2_1_a_petition_is_extended_once_and_before_it_is_due() -> None:
    petition = replace(QUICK_CASE, kind=CaseKind.PETITION)
    why, kind = CaseWords(reason="須會勘"), CaseKind.PETITION
    assert refusal(M.EXTEND, petition, why, kind=kind) is None
    assert refusal(M.EXTEND, replace(petition, due_at=NOW), why, kind=kind) is None
    assert (
        refusal(M.EXTEND, replace(petition, due_at=NOW - timedelta(seconds=1)), why, kind=kind)
        is ExtensionRefused
    )
    assert refusal(M.EXTEND, replace(petition, was_extended=True), why, kind=kind) is ExtensionRefused


def test_P5_2_3_a_reply_names_its_officer_and_only_who_wants_one_gets_one() -> None:
    """And a result is recorded without a reply only where none is wanted (P5.2.4)."""
    wants = Standing(CaseKind.PETITION, S.IN_PROGRESS, NOW - timedelta(1), NOW, wants_reply=True)
    told = CaseWords(
        result="已改善", channel="phone", replied_at=NOW, officer="林承辦", officer_phone="(02)2960-3456"
    )
    kind = CaseKind.PETITION
    assert refusal(M.REPLY, wants, told, kind=kind) is None
    for missing in ("officer", "officer_phone", "result", "channel"):
        assert refusal(M.REPLY, wants, replace(told, **{missing: ""}), kind=kind) is CaseWordMissing
    assert refusal(M.REPLY, replace(wants, wants_reply=False), told, kind=kind) is ReplyWanted
    assert refusal(M.RECORD_RESULT, wants, told, kind=kind) is ReplyWanted
    assert refusal(M.RECORD_RESULT, replace(wants, wants_reply=False), told, kind=kind) is None


def test_P5_2_5_no_action_has_a_ground_of_the_list() -> None:
    one = Standing(CaseKind.PETITION, S.DISPATCHED)
    for ground, refused in (("173-1", None), ("doc-8", None), ("173-4", NotAGround), ("", CaseWordMissing)):
        assert (
            refusal(M.NO_ACTION, one, CaseWords(ground=ground, result="查無具體內容"), kind=CaseKind.PETITION)
            is refused
        )


def test_P5_4_4_nothing_closes_before_the_citizen_was_told() -> None:
    done = replace(QUICK_CASE, state=S.DONE)
    assert refusal(M.ANSWERED, done, CaseWords()) is NotToldYet
    assert refusal(M.ANSWERED, replace(done, is_told=True), CaseWords()) is None


def test_P8_1_a_cancelling_is_taken_back_for_a_day() -> None:
    """At 24 h it is, a second later it is not."""
    one = replace(QUICK_CASE, state=S.CANCELLED, cancelled_at=NOW - timedelta(hours=24))
    assert refusal(M.TAKE_BACK, one, CaseWords(reason="誤按")) is None
    later = replace(one, cancelled_at=NOW - timedelta(hours=24, seconds=1))
    assert refusal(M.TAKE_BACK, later, CaseWords(reason="誤按")) is TakeBackOver


@pytest.mark.parametrize(
    ("kind", "begins", "more", "due"),
    [
        (DeadlineKind.REDISPATCH, "2024-02-16T10:00", {}, "2024-02-17T17:30"),  # P5.2.2: a make-up Saturday
        (
            DeadlineKind.STAGE1,
            "2026-02-16T23:00",
            {"stage1_hours": 4},
            "2026-02-17T03:00",
        ),  # P5.4.1: New Year's Eve
        (DeadlineKind.STAGE2, "2026-10-07T12:00", {"days": 4}, "2026-10-11T12:00"),  # P5.4.1: a Sunday
        (DeadlineKind.SIGN, "2026-11-24T10:00", {}, "2026-11-24T10:10"),
        (DeadlineKind.REPLY, "2026-11-24T10:00", {}, "2026-12-02T17:30"),
        (DeadlineKind.JOINT, "2026-11-27T16:00", {}, "2026-12-01T17:30"),
        (DeadlineKind.EXTENDED, "2026-11-24T10:00", {}, "2026-12-24T10:00"),
    ],
)
def test_P5_2_2_P5_4_1_deadlines_of_the_examples(
    kind: DeadlineKind, begins: str, more: dict[str, int], due: str
) -> None:
    """§21, and the other limits by hand."""
    limit = limit_of(kind, CaseLimits(), **more)  # type: ignore[arg-type]
    assert WORKTIME.due(taipei(begins), limit) == taipei(due)


@pytest.mark.parametrize(
    ("kind", "begins", "more", "due"),
    [
        (DeadlineKind.STAGE1, "2026-11-27T16:30", {"stage1_hours": 4}, "2026-11-30T11:30"),
        (DeadlineKind.STAGE2, "2026-11-27T12:00", {"days": 2}, "2026-12-01T17:30"),
        (DeadlineKind.SIGN, "2026-11-27T23:00", {}, "2026-11-27T23:10"),
        (DeadlineKind.REDISPATCH, "2026-11-27T16:30", {}, "2026-11-28T16:30"),
        (DeadlineKind.JOINT, "2026-11-27T16:30", {}, "2026-11-29T16:30"),
        (DeadlineKind.REPLY, "2026-11-27T16:30", {}, "2026-12-03T16:30"),
    ],
)
def test_spec_4_the_city_may_choose_the_other_clocks(
    kind: DeadlineKind, begins: str, more: dict[str, int], due: str
) -> None:
    """Quick cases in office hours, petitions on all days; who signs has ten minutes by night too."""
    other = replace(CaseLimits(), quick_clock=CaseClock.WH, petition_clock=CaseClock.CAL)
    limit = limit_of(kind, other, **more)  # type: ignore[arg-type]
    assert WORKTIME.due(taipei(begins), limit) == taipei(due)


@given(st.integers(0, 60 * 24 * 900), st.integers(1, 14), st.sampled_from(CaseClock))
def test_clocks_against_brute_force(minute: int, days: int, clock: CaseClock) -> None:
    """Days counted one by one on the calendar, whatever the hour, holidays and make-up Saturdays included."""
    begins = taipei("2024-01-01T00:00") + timedelta(minutes=minute)
    due = WORKTIME.due(begins, CaseLimits().on(clock, days))
    if clock is CaseClock.CAL:
        assert due == begins + timedelta(days=days)
        return
    day, left = begins.date(), days
    while left:
        day += timedelta(days=1)
        left -= WORKTIME.calendar.is_working(day)
    assert due == taipei(f"{day}T17:30")


@given(st.text(" -.－　", max_size=3), st.text("#", max_size=1))
def test_P5_0_a_a_number_is_known_however_it_is_spaced(gap: str, end: str) -> None:
    """Typed in groups, in wide digits, keyed in with a hash."""
    number = "115112400012"
    assert numbers.parsed(gap.join(numbers.spoken_groups(number)) + end) == number
    assert numbers.parsed("１１５１１２４０００１２") == number
    assert numbers.shown(number) == "1151-1240-0012"
    assert [numbers.parsed(text) for text in ("", "11511240001", "1151124000123", "十一五一一二四")] == [
        None
    ] * 4
