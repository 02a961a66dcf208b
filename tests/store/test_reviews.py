"""Reviews of closed cases and feedback of citizens, on both databases (P10.4, P14)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.cases.moving import NoSuchCase
from hotline.cases.rules import CaseKind, CaseNotNow, Move
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.ledger.looks import looks_at
from hotline.reviews import feedback, records
from hotline.reviews.candidates import candidates
from hotline.reviews.figures import ReviewCount, counts
from hotline.reviews.rules import FeedbackKind, ReviewDecided, ReviewDuePassed, ReviewGround
from hotline.reviews.store import CaseReview
from hotline.staff.service import NotPermitted
from hotline.survey.store import SurveyRow
from hotline.texts import UnfitText
from tests.case_office import TEN, CaseOffice

pytestmark = pytest.mark.dialects

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEAR = taipei("2026-01-01"), taipei("2027-01-01")


@pytest.fixture
def office(factory: Sessions) -> CaseOffice:
    return CaseOffice(factory)


def closed(office: CaseOffice, at: datetime = TEN, category: str = "9001", **says: object) -> str:
    """A petition that the Secretariat forwarded outside, with an outcome."""
    number = office.filed(at, category, **says)
    office.does(number, Move.FORWARD, "sec", at + HOUR, authority="公路局", letter="1")
    office.does(number, Move.OUTCOME, "sec", at + 2 * HOUR, result="已修復")
    return number


def assigned(office: CaseOffice, at: datetime = TEN) -> str:
    """A petition of pwd that was left without action."""
    number = office.filed(at, "9001")
    office.does(number, Move.NO_ACTION, "rdec-1", at + HOUR, ground="173-1", result="無具體內容")
    return number


def asked(office: CaseOffice, number: str, at: datetime = TEN + DAY, **says: object) -> CaseReview:
    with transaction(office.factory) as session:
        return records.ask(session, office.work, number, "民眾稱未修", "rdec-1", at, **says)  # type: ignore[arg-type]


def test_P10_4_a_review_is_asked_for_reported_on_and_accepted(office: CaseOffice) -> None:
    """Due in seven working days, unless a day is said; only the agency's own people report."""
    number = assigned(office)
    row = asked(office, number, ground=ReviewGround.COMPLAINED)
    assert (office.row(number).state, row.agency, row.due_at) == (
        "UNDER_AUDIT",
        "pwd",
        taipei("2026-12-04T17:30"),
    )
    with transaction(office.factory) as session, pytest.raises(NotPermitted):
        records.report(session, row.id, "已改善", "epb-mei", TEN + 2 * DAY)
    for text, at in (("已改善", TEN + 2 * DAY), ("已補充", TEN + 20 * DAY)):
        with transaction(office.factory) as session:
            row = records.report(session, row.id, text, "pwd-mei", at)
    assert (row.report, row.reported_at, row.is_late(TEN + 30 * DAY)) == ("已補充", TEN + 2 * DAY, False)
    office.does(number, Move.ACCEPT_REVIEW, "rdec-1", TEN + 21 * DAY, result="同意備查")
    with transaction(office.factory) as session:
        row = session.get_one(CaseReview, row.id)
        assert (row.outcome, row.conclusion, row.ground) == ("accepted", "同意備查", "complained")
        with pytest.raises(ReviewDecided):
            records.report(session, row.id, "再補", "pwd-mei", TEN + 22 * DAY)


def test_P10_4_a_case_that_goes_under_audit_by_its_own_page_has_the_same_record(office: CaseOffice) -> None:
    """And what is reopened is a defect of its agency, counted in its year."""
    number = assigned(office)
    office.does(number, Move.AUDIT, "rdec-1", TEN + DAY, reason="抽查")
    office.does(number, Move.REOPEN, "rdec-1", TEN + 20 * DAY, reason="應再處理")
    with looking(office.factory) as session:
        ((row, case),) = records.reviews(session, "pwd")
        assert (case.number, row.reason, row.ground, row.outcome) == (number, "抽查", "chosen", "reopened")
        assert records.reviews(session, "epb") == []
        found = counts(session, *YEAR, TEN + 30 * DAY)
        assert found == {"pwd": ReviewCount(defects=1, reviews=1, late=1)}
        assert counts(session, YEAR[1], YEAR[1] + 365 * DAY, TEN) == {}


def test_P10_4_a_review_needs_a_closed_case_a_reason_and_a_day_to_come(office: CaseOffice) -> None:
    """Today is one; an agency cannot ask."""
    number = assigned(office)
    with pytest.raises(ReviewDuePassed):
        asked(office, number, due_on=TEN.date())
    with transaction(office.factory) as session, pytest.raises(NotPermitted):
        records.ask(session, office.work, number, "x", "pwd-liaison", TEN + DAY)
    assert asked(office, number, due_on=(TEN + DAY).date()).due_at == taipei("2026-11-26")
    with pytest.raises(CaseNotNow):
        asked(office, number)


def ground_of(office: CaseOffice, at: datetime = TEN + DAY) -> list[tuple[str | None, str, int]]:
    with looking(office.factory) as session:
        return [(one.case.number, one.ground, one.many) for one in candidates(session, at)]


def moved_to(office: CaseOffice, *numbers: str, key: str = "板橋區文化路一段100號") -> None:
    """Cases are at one place."""
    with transaction(office.factory) as session:
        for row in session.scalars(select(Case).where(Case.number.in_(numbers))):
            row.place_key = key


def of_kind(office: CaseOffice, kind: CaseKind, *numbers: str) -> None:
    """Cases are of one kind."""
    with transaction(office.factory) as session:
        for row in session.scalars(select(Case).where(Case.number.in_(numbers))):
            row.kind = kind


def test_P10_4_the_same_place_and_matter_within_thirty_days(office: CaseOffice) -> None:
    """The latest that is over is the candidate; another kind, category, place or month is none."""
    first, second = closed(office), closed(office, TEN + 3 * HOUR)
    third = office.filed(TEN + 5 * HOUR, "9001")
    moved_to(office, first, second, third)
    assert ground_of(office) == [(second, "repeated", 3)]
    moved_to(office, second, third, key="板橋區縣民大道二段7號")
    assert ground_of(office) == [(second, "repeated", 2)]
    of_kind(office, CaseKind.QUICK, third)
    assert ground_of(office) == [], "it happened again, and was not petitioned for"
    of_kind(office, CaseKind.PETITION, third)
    moved_to(office, third, key="")
    assert ground_of(office) == [] and ground_of(office, TEN + 400 * DAY) == []


def test_P10_4_what_was_complained_of_or_reopened_until_it_is_reviewed(office: CaseOffice) -> None:
    """A complaint after a review makes it a candidate again; a commendation never does."""
    number = assigned(office)
    with transaction(office.factory) as session:
        feedback.record(
            session, FeedbackKind.COMMENDATION, "很好", at=TEN + 2 * HOUR, by="agent-1", case=number
        )
    assert ground_of(office) == []
    with transaction(office.factory) as session:
        feedback.record(
            session, FeedbackKind.COMPLAINT, "沒有修", at=TEN + 2 * HOUR, by="agent-1", case=number
        )
    assert ground_of(office) == [(number, "complained", 1)]
    asked(office, number)
    assert ground_of(office) == []
    office.does(number, Move.ACCEPT_REVIEW, "rdec-1", TEN + 2 * DAY, result="同意備查")
    assert ground_of(office, TEN + 3 * DAY) == []
    with transaction(office.factory) as session:
        feedback.record(
            session, FeedbackKind.COMPLAINT, "還是沒有修", at=TEN + 3 * DAY, by="boss", case=number
        )
    assert ground_of(office, TEN + 4 * DAY) == [(number, "complained", 2)]


def test_P10_4_what_its_petitioner_calls_untrue_when_asked(office: CaseOffice) -> None:
    """In the survey, until it is reviewed; an answer that says nothing of it makes no candidate."""
    number, other = assigned(office), assigned(office)
    with transaction(office.factory) as session:
        for case, is_untrue in ((number, True), (other, False)):
            row = SurveyRow(channel="mail", case_number=case, asked_at=TEN, answered_at=TEN + 3 * HOUR)
            row.is_untrue = is_untrue
            session.add(row)
    assert ground_of(office) == [(number, "untrue", 1)]
    asked(office, number)
    assert ground_of(office) == []


def test_P14_feedback_counts_for_the_agency_and_each_reading_is_on_record(office: CaseOffice) -> None:
    """Of a case it is that case's agency; without one the agency is named."""
    number = assigned(office)
    with transaction(office.factory) as session:
        row = feedback.record(session, FeedbackKind.COMPLAINT, "態度差", at=TEN, by="agent-1", case=number)
        feedback.record(session, FeedbackKind.COMMENDATION, "很快", at=TEN, by="agent-1", agency="epb")
        with pytest.raises(NoSuchCase):
            feedback.record(session, FeedbackKind.COMPLAINT, "x", at=TEN, by="agent-1", case="115112499999")
        with pytest.raises(UnfitText):
            feedback.record(session, FeedbackKind.COMPLAINT, " ", at=TEN, by="agent-1", case=number)
        with pytest.raises(NotPermitted):
            feedback.record(session, FeedbackKind.COMPLAINT, "x", at=TEN, by="pwd-mei", case=number)
    with transaction(office.factory) as session:
        assert feedback.read(session, row.id, "rdec-1", TEN).words == "態度差"
        with pytest.raises(NotPermitted):
            feedback.read(session, row.id, "agent-1", TEN)
        assert [(one.by, one.what) for one in looks_at(session, f"feedback:{row.id}")] == [
            ("rdec-1", "words")
        ]
        assert counts(session, *YEAR, TEN) == {
            "epb": ReviewCount(commendations=1),
            "pwd": ReviewCount(complaints=1),
        }
        assert [(one.agency, case) for one, case in feedback.listed(session, *YEAR, "pwd")] == [
            ("pwd", number)
        ]
