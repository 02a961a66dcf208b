"""The book of questions and answers on both databases:
history, reviews, requests, each notice once (P4.1.1, P4.4, P4.5).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from administration.undo import undo
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import declare, overrides
from hotline.directory.owners import agencies_of_change
from hotline.directory.register import set_row
from hotline.directory.rules import Agency, Contact, Person, Section
from hotline.directory.service import Unknown
from hotline.knowledge import requests, reviews, service
from hotline.knowledge.requests import FaqQuestion, IsReplied, NoRequest
from hotline.knowledge.reviews import NothingToReview
from hotline.knowledge.rules import Channel, Faq, NotYet, RequestState, ReviewState, reply_limit
from hotline.knowledge.service import FaqChangedMeanwhile, Finder, UnknownFaq
from hotline.knowledge.store import FaqRequest
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from hotline.news import messages
from hotline.news.rules import NewsMessage
from hotline.outbox.service import notices
from hotline.permissions import Action, Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from hotline.worktime import Calendar, Worktime
from hotline.worktime.workdays import DayKind, OfficeHours, Override
from reporting.agency_obligations import OPENED, owed, owed_behind, unreviewed

START = taipei("2026-09-01T08:00")
NOW = taipei("2026-09-24T15:00")
HOURS = OfficeHours(time(8, 30), time(17, 30))
WORKTIME = Worktime(Calendar(), HOURS)
TWO_DAYS = reply_limit(2)
SOFA = Faq("epb", "大型家具要怎麼丟？", "請先打電話跟清潔隊約時間。", "沙發 床墊", "clean")
PEOPLE = (
    Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR})),
    Staff("boss", "督導", frozenset({Role.SUPERVISOR}), email="boss@city.example"),
    Staff("agent", "話務員", frozenset({Role.AGENT})),
    Staff("liaison-epb", "窗口", frozenset({Role.LIAISON}), "epb", email="epb@city.example"),
    Staff("liaison-pwd", "窗口", frozenset({Role.LIAISON}), "pwd", email="pwd@city.example"),
)


@pytest.fixture
def city(factory: Sessions) -> Sessions:
    """Three agencies; two have a liaison on the staff, one an office that somebody holds."""
    with transaction(factory) as session:
        always = Period(START)
        for row in (
            Agency("epb", "環保局"),
            Agency("pwd", "工務局"),
            Agency("tpt", "交通局"),
            Section("clean", "epb", "清潔科"),
            Section("bus", "tpt", "公車科"),
            Person("p-1", "bus", "示範一", email="p-1@city.example"),
            Contact("tpt", "liaison", 1, "p-1"),
        ):
            set_row(session, row, always, at=START, by="admin-1")
        for member in PEOPLE:
            set_staff(session, member, always, at=START, by="admin-1")
    return factory


@pytest.fixture
def session(city: Sessions) -> Iterator[Session]:
    with transaction(city) as session:
        yield session


def written(
    session: Session, faq: Faq = SOFA, at: datetime = START, by: str = "admin-1", **more: object
) -> str:
    return service.write(session, faq, at=at, by=by, **more).key  # type: ignore[arg-type]


def asked(session: Session, agency: str = "epb", at: datetime = NOW) -> FaqRequest:
    wanted = FaqQuestion(agency, "家電要丟哪裡？", Channel.PHONE, at, "ntpc1-1.1")
    return requests.ask(session, wanted, WORKTIME, TWO_DAYS, at=at, by="agent")


# --- entries ---------------------------------------------------------------------------------------------


def test_P4_1_1_every_version_has_an_editor_a_time_and_a_number(session: Session) -> None:
    """Nothing is overwritten: what was said before is read as of its instant, and an end is a version too."""
    number = written(session, by="liaison-epb")
    aloud = replace(SOFA, aloud=True)
    written(session, aloud, NOW, "admin-1", number=number, reason="唸過")
    assert service.entry(session, number, NOW - timedelta(seconds=1)).aloud is False
    assert service.entry(session, number, NOW).aloud is True
    service.end(session, number, at=NOW + timedelta(days=1), by="liaison-epb", reason="停辦")
    told = [
        (one.number, one.by, one.row.aloud if one.row else None, one.reason)
        for one in service.versions(session, number)
    ]
    assert told == [
        (1, "liaison-epb", False, ""),
        (2, "admin-1", True, "唸過"),
        (3, "liaison-epb", None, "停辦"),
    ]
    with pytest.raises(UnknownFaq):
        service.entry(session, number, NOW + timedelta(days=1))
    assert [row.key for row in service.ended(session, NOW + timedelta(days=1))] == [number]
    assert [row.key for row in service.entries(session, NOW)] == [number]


def test_a_number_is_given_once(session: Session) -> None:
    """Also after an entry has ended."""
    first = written(session)
    service.end(session, first, at=NOW, by="admin-1", reason="停辦")
    assert [first, written(session, at=NOW), written(session, at=NOW)] == ["1", "2", "3"]


def test_a_change_of_the_book_is_an_entry_of_the_ledger_and_can_be_taken_back(session: Session) -> None:
    """The search follows at once; the entry belongs to its agency."""
    finder, number = Finder(), written(session)
    written(session, replace(SOFA, question="家具怎麼丟？", keywords=""), NOW, number=number)
    assert finder.find(session, "床墊", NOW) == []
    change = changes(session)[-1]
    assert change.keys == (("faq", number),) and agencies_of_change(session, change) == ["epb"]
    undo(session, change.number, ChangeContext(NOW + timedelta(hours=1), "admin-1", Action.FAQ_CHANGE))
    assert service.entry(session, number, NOW + timedelta(hours=1)).question == SOFA.question
    assert [hit.key for hit in finder.find(session, "床墊", NOW + timedelta(hours=1))] == [number]


def test_rows_of_the_book_are_never_changed_by_hand(city: Sessions) -> None:
    """Neither are reviews deleted."""
    with transaction(city) as session:
        written(session)
    for statement in ("UPDATE faq SET answer = ''", "DELETE FROM faq", "DELETE FROM faq_review"):
        with pytest.raises(DBAPIError), transaction(city) as session:
            session.connection().exec_driver_sql(statement)


def test_two_editors_of_an_entry_the_second_sees_the_conflict(session: Session) -> None:
    """Who writes over what was not read is told whose change it was."""
    number = written(session)
    seen = service.entry(session, number, NOW).id
    written(session, replace(SOFA, aloud=True), NOW, "liaison-epb", number=number, seen=seen)
    with pytest.raises(FaqChangedMeanwhile, match="liaison-epb"):
        written(session, replace(SOFA, answer="別的"), NOW + timedelta(minutes=1), number=number, seen=seen)


def test_P2_a_a_liaison_writes_for_the_own_agency_only(session: Session) -> None:
    """Nor can an entry be taken over from another one, or handed to it; an agent writes none."""
    number = written(session, by="liaison-epb")
    for by, faq, which in (
        ("liaison-pwd", SOFA, ""),
        ("liaison-pwd", replace(SOFA, agency="pwd"), number),
        ("liaison-epb", replace(SOFA, agency="pwd"), number),
        ("agent", SOFA, ""),
    ):
        with pytest.raises(NotPermitted):
            written(session, faq, NOW, by, number=which)
    with pytest.raises(NotPermitted):
        service.end(session, number, at=NOW, by="liaison-pwd", reason="x")


@pytest.mark.parametrize(
    "faq", [replace(SOFA, agency="nope"), replace(SOFA, section="nope"), replace(SOFA, business="nope")]
)
def test_an_entry_names_what_is_there(session: Session, faq: Faq) -> None:
    """Agency, section, business; else nothing is written."""
    with pytest.raises((Unknown, service.UnknownBusiness)):
        written(session, faq)
    assert service.entries(session, NOW) == []


# --- reviews ---------------------------------------------------------------------------------------------


def states(session: Session, at: datetime) -> dict[str, ReviewState]:
    return {one.row.key: one.state for one in reviews.standings(session, at)}


def test_P4_4_a_review_is_recorded_though_nothing_changed(session: Session) -> None:
    """One press for an entry, one for a set; writing is looking; the next month it is due again."""
    first, second = written(session), written(session)
    other = written(session, replace(SOFA, agency="pwd", section=""))
    october = taipei("2026-10-02T10:00")
    assert set(states(session, october).values()) == {ReviewState.DUE}
    reviews.review(session, first, at=october, by="liaison-epb")
    assert states(session, october) == {
        first: ReviewState.DONE,
        second: ReviewState.DUE,
        other: ReviewState.DUE,
    }
    assert reviews.review_all(session, "epb", at=october, by="liaison-epb") == 2
    assert states(session, october) == {
        first: ReviewState.DONE,
        second: ReviewState.DONE,
        other: ReviewState.DUE,
    }
    assert [look.by for look in reviews.reviews_of(session, first)] == [
        "liaison-epb",
        "liaison-epb",
        "admin-1",
    ]
    assert states(session, taipei("2026-11-01T00:00"))[other] is ReviewState.LATE
    left = unreviewed(session, taipei("2026-10-01").date(), taipei("2026-11-01T08:30"))
    assert [row[1] for row in left.rows] == [other]
    assert len(service.versions(session, first)) == 1


def test_P4_4_a_review_needs_an_entry_and_the_right(session: Session) -> None:
    """Of the own agency."""
    number = written(session)
    for what in (
        lambda: reviews.review(session, "99", at=NOW, by="admin-1"),
        lambda: reviews.review_all(session, "pwd", at=NOW, by="admin-1"),
    ):
        with pytest.raises(NothingToReview):
            what()
    with pytest.raises(NotPermitted):
        reviews.review(session, number, at=NOW, by="liaison-pwd")
    with pytest.raises(NotPermitted):
        reviews.review_all(session, "epb", at=NOW, by="liaison-pwd")


def _remind(session: Session, at: datetime) -> int:
    return reviews.remind(session, reviews.to_remind(session, at), at)


def test_P4_4_the_reminder_goes_to_each_agency_that_is_not_done_once_a_month(session: Session) -> None:
    """From the 20th at 08:30 on; to the liaison, to who holds the office, never to who has done it."""
    for agency in ("epb", "pwd", "tpt"):
        written(session, replace(SOFA, agency=agency, section=""))
    october = taipei("2026-10-05T10:00")
    reviews.review_all(session, "epb", at=october, by="liaison-epb")
    assert _remind(session, taipei("2026-10-20T08:29:59")) == 0
    assert _remind(session, taipei("2026-10-20T08:30")) == 2
    assert _remind(session, taipei("2026-10-31T23:00")) == 0
    assert _remind(session, taipei("2026-11-20T08:30")) == 3
    told = [(row.template, row.recipient, row.event) for row in notices(session, event="faq:review:2026-10")]
    assert told == [
        ("N-10", "pwd@city.example", "faq:review:2026-10:pwd"),
        ("N-10", "p-1@city.example", "faq:review:2026-10:tpt"),
    ]


def test_P4_4_a_month_lists_what_is_due_in_it_and_what_it_left(session: Session) -> None:
    """While it lasts, what nobody looked at yet; afterwards what nobody did; never what was new in it."""
    first, second = written(session), written(session)
    reviews.review(session, first, at=taipei("2026-10-05T10:00"), by="liaison-epb")
    new = written(session, at=taipei("2026-10-06T10:00"))

    def lists(month: str, at: str) -> list[str]:
        return [row[1] for row in unreviewed(session, taipei(month).date(), taipei(at)).rows]

    assert lists("2026-10-01", "2026-10-05T09:59") == [first, second]
    assert lists("2026-10-01", "2026-11-01T08:30") == [second]
    assert lists("2026-11-01", "2026-11-01T08:30") == [first, second, new]


# --- requests --------------------------------------------------------------------------------------------


def test_P4_5_a_request_tells_the_liaison_at_once_and_again_when_late(session: Session) -> None:
    """§21: due Wed 2026-09-30 17:30; N-11 with the request, N-12 when its due time has passed,
    each exactly once.
    """
    row = asked(session)
    assert row.due_at == taipei("2026-09-30T17:30") and row.call_id == "ntpc1-1.1"
    assert requests.chase(session, row.due_at) == 0
    assert requests.chase(session, row.due_at + timedelta(seconds=1)) == 1
    assert requests.chase(session, row.due_at + timedelta(days=1)) == 0
    told = [(one.template, one.recipient, one.text) for one in notices(session, event="faq-request:")]
    assert [(template, to) for template, to, _ in told] == [
        ("N-11", "epb@city.example"),
        ("N-12", "epb@city.example"),
    ]
    assert all("家電要丟哪裡？" in text and "9月30日 17:30" in text for *_, text in told)
    assert row.state == RequestState.REQUESTED and row.late_at == taipei("2026-09-30T17:30:01")


def test_P4_5_a_reply_in_time_is_never_called_late(session: Session) -> None:
    """At the last moment; by an entry of the book, in words, or both."""
    row, number = asked(session), written(session)
    requests.reply(session, row.id, "", at=row.due_at, by="liaison-epb", entry_number=number)
    assert requests.chase(session, row.due_at + timedelta(days=3)) == 0
    assert (row.state, row.late_at, row.number) == (RequestState.REPLIED, None, number)
    assert requests.requests(session, is_open=True) == []
    with pytest.raises(IsReplied):
        requests.reply(session, row.id, "再說一次", at=row.due_at, by="liaison-epb")


def test_P4_5_a_late_reply_is_flagged_though_no_job_ran(session: Session) -> None:
    """And the liaison is told that it was late, once."""
    row = asked(session)
    requests.reply(session, row.id, "可以丟清潔隊。", at=row.due_at + timedelta(seconds=1), by="liaison-epb")
    assert row.late_at is not None and requests.chase(session, row.due_at + timedelta(days=1)) == 0
    assert [one.template for one in notices(session, event="faq-request:")] == ["N-11", "N-12"]


def test_P4_5_without_a_liaison_the_call_centre_is_told(session: Session) -> None:
    """Nobody holds the office any more: the gap is the supervisor's."""
    set_row(session, Agency("cad", "民政局"), Period(START), at=START, by="admin-1")
    asked(session, "cad")
    assert [one.recipient for one in notices(session, event="faq-request:")] == ["boss@city.example"]


def test_P4_5_what_cannot_be_asked_or_replied_is_refused(session: Session) -> None:
    """No question, a call to come, no such agency, no right, no words, no such request."""
    for wanted, by, fault in (
        (FaqQuestion("epb", " ", Channel.PHONE, NOW), "agent", UnfitText),
        (FaqQuestion("epb", "問", Channel.PHONE, NOW + timedelta(hours=1)), "agent", NotYet),
        (FaqQuestion("nope", "問", Channel.EMAIL, NOW), "agent", Unknown),
        (FaqQuestion("epb", "問", Channel.EMAIL, NOW), "liaison-epb", NotPermitted),
    ):
        with pytest.raises(fault):
            requests.ask(session, wanted, WORKTIME, TWO_DAYS, at=NOW, by=by)
    row = asked(session)
    for number, text, by, wrong in (
        (row.id, "", "liaison-epb", UnfitText),
        (row.id, "好", "liaison-pwd", NotPermitted),
        (99, "好", "liaison-epb", NoRequest),
    ):
        with pytest.raises(wrong):
            requests.reply(session, number, text, at=NOW, by=by)
    with pytest.raises(UnknownFaq):
        requests.reply(session, row.id, "好", at=NOW, by="liaison-epb", entry_number="99")
    assert session.scalars(select(FaqRequest)).all() == [row] and row.state == RequestState.REQUESTED


def test_P4_5_a_declared_day_off_moves_what_is_still_ahead(session: Session) -> None:
    """A typhoon on the 29th: due a day later; the audit log keeps the old time;
    a passed day moves nothing.
    """
    row = asked(session)
    day = taipei("2026-09-29T00:00").date()
    declare(session, day, Override(DayKind.OFF, "颱風"), at=NOW, by="admin-1")
    worktime = Worktime(Calendar(overrides(session, NOW)), HOURS)
    assert requests.recount(session, [day], worktime, TWO_DAYS, "admin-1", NOW) == 1
    assert row.due_at == taipei("2026-10-01T17:30")
    last = audit_rows(session, subject=f"faq-request:{row.id}")[-1]
    assert last.before == {"due_at": taipei("2026-09-30T17:30").isoformat()}
    assert requests.recount(session, [day], worktime, TWO_DAYS, "admin-1", NOW + timedelta(days=30)) == 0


def test_P10_1_what_agencies_owed_in_a_month_and_gave(session: Session) -> None:
    """Reviews of what was there the whole month, replies due in it, changes told, messages, offices; each
    number leads to as many rows.
    """
    number = written(session)
    written(session, at=NOW)  # not there from the beginning
    first, second = asked(session), asked(session)
    requests.reply(session, first.id, "好。", at=first.due_at, by="liaison-epb")

    def told(month: str, at: str) -> list[tuple[str, ...]]:
        known = (taipei(month).date(), taipei(at), WORKTIME, 2)
        table = owed(session, *known)
        for row in table.rows:
            for head in OPENED:
                rows = owed_behind(session, *known, head, row[0].partition(" ")[0])
                assert str(len(set(rows))) == row[table.head.index(head)], (row[0], head)
        return [tuple(row) for row in table.rows]

    september = told("2026-09-01", "2026-10-01T02:00")
    assert [row[0] for row in september] == ["epb 環保局", "pwd 工務局", "tpt 交通局"]
    vacant = "quick-liaison manager control-officer"
    # Its two rows of the directory were told as they took effect.
    assert september[0][1:] == (vacant, "0", "0", "2", "1", "1", "0", "2", "0")
    reviews.review(session, number, at=taipei("2026-10-05T10:00"), by="liaison-epb")
    note = NewsMessage("epb", "改期", "改到星期二。", taipei("2026-10-06T10:00"))
    messages.post(session, note, at=taipei("2026-10-06T10:00"), by="liaison-epb")
    for code, effective in (
        ("new", "2026-10-12"),
        ("newer", "2026-10-08"),
    ):  # told by the 7th at 17:30: in time, and late
        set_row(
            session,
            Section(code, "epb", "新科室"),
            Period(taipei(effective)),
            at=taipei("2026-10-07T17:30"),
            by="liaison-epb",
        )
    october = told("2026-10-01", "2026-11-01T02:00")
    assert october[0][1:] == (vacant, "2", "1", "0", "0", "0", "1", "1", "1")
    assert second.replied_at is None


def test_P10_1_what_is_told_in_the_last_half_second_of_a_month_is_told_in_it(session: Session) -> None:
    """And what is told at midnight in the next: no message is in none."""
    for at in ("2026-10-31T23:59:59.500000", "2026-11-01T00:00"):
        note = NewsMessage("epb", "改期", "改到星期二。", taipei(at))
        messages.post(session, note, at=taipei(at), by="liaison-epb")
    for month in (date(2026, 10, 1), date(2026, 11, 1)):
        table = owed(session, month, taipei("2026-12-01T02:00"), WORKTIME, 2)
        assert table.rows[0][-1] == "1"
