"""Reviews of closed cases (P10.4), and what citizens say of an agency's work (P14)."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from calls.store import refuse_unknown
from hotline.clock import midnight
from hotline.permissions import Action
from hotline.reviews import feedback, records
from hotline.reviews.candidates import candidates
from hotline.reviews.figures import counts
from hotline.reviews.rules import FeedbackKind, ReviewGround
from hotline.reviews.store import CaseReview, Feedback
from reporting.figures.defects import OPENED, behind_time
from web.api import gate, models
from web.api.figures import ReportRows
from web.api.gate import Answer, Room

room = Room("reviews", "Reviews of closed cases, commendations and complaints (P10.4, P14)")


class ReviewListed(models.RowModel):
    """A review; the agency's words stand in it alone."""

    number: int
    case: str
    agency: str
    ground: ReviewGround
    asked_at: datetime
    due_at: datetime
    reported_at: datetime | None
    outcome: str
    decided_at: datetime | None


class ReviewStory(ReviewListed):
    """A review with what is asked, what the agency reports, and what was decided."""

    reason: str
    report: str
    conclusion: str
    asked_by: str
    reported_by: str
    decided_by: str


ReviewList = models.listing("ReviewList", ReviewListed, "Those without an outcome first.")


class ReviewCandidate(BaseModel):
    """A closed case with a ground for a review."""

    case: str
    agency: str
    ground: ReviewGround
    at: datetime = Field(description="of the latest that speaks for it")
    many: int


CandidateList = models.listing("CandidateList", ReviewCandidate, "The latest first; people decide.")


class CaseReviewBody(models.RequestModel):
    """A closed case, and what its agency is to report on."""

    case: models.CaseNumber
    reason: models.Long = Field(min_length=1)
    ground: ReviewGround = ReviewGround.CHOSEN
    due_on: models.Day | None = Field(None, description="last day of the report; if not given, as is set")


class ReviewReportBody(models.RequestModel):
    """An agency's report."""

    report: models.Long = Field(min_length=1)


class YearQuery(models.RequestModel):
    """Year, and agency, of counts or feedback."""

    year: int | None = Field(None, ge=2000, le=2099, description="this year, if not given")
    agency: models.Short = Field("", description="code; all, if not given")


class YearRowsQuery(models.RequestModel):
    """A number of an agency's year; complaints and commendations are in the list of feedback."""

    year: int | None = Field(None, ge=2000, le=2099, description="this year, if not given")
    agency: models.Short = Field(description="code")
    head: Literal["defects", "reviews", "late reviews"]


class AgencyCounts(BaseModel):
    """Counts of an agency in a year."""

    agency: str
    defects: int = Field(description="cases that were reopened")
    reviews: int
    late: int = Field(description="reports after their time")
    complaints: int
    commendations: int


CountList = models.listing("ReviewCountList", AgencyCounts, "By the codes of agencies.")


class FeedbackListed(models.RowModel):
    """A commendation or complaint, without words."""

    number: int
    kind: FeedbackKind
    agency: str
    case: str
    call_id: str
    at: datetime


class FeedbackStory(FeedbackListed):
    """The same with what the citizen said."""

    words: str


FeedbackList = models.listing("FeedbackList", FeedbackListed, "The latest first.")


class FeedbackBody(models.RequestModel):
    """What a citizen said; of a case, or else of an agency."""

    kind: FeedbackKind
    words: models.Long = Field(min_length=1)
    case: models.CaseNumber | None = None
    agency: models.Short = ""
    call: models.Short = ""


@room.read("/reviews", Action.CASE_INBOX, ReviewList)
def listed() -> Answer:
    """List reviews, of the login's agency or of all."""
    rows = records.reviews(gate.session(), gate.scope(Action.CASE_INBOX))
    return Answer(ReviewList(items=[_told(row, case.number or "") for row, case in rows]))


@room.do("/reviews", Action.CASE_AUDIT, ReviewListed, 201)
def ask(body: CaseReviewBody) -> Answer:
    """Ask an agency for a review of a closed case."""
    given = body.model_dump(exclude={"case"})
    row = records.ask(gate.session(), gate.house().case_work, body.case, **given, **gate.stamp())
    return Answer(_told(row, body.case), 201)


@room.read("/reviews/candidates", Action.CASE_AUDIT, CandidateList)
def listed_candidates() -> Answer:
    """List closed cases that may deserve a review."""
    found = candidates(gate.session(), gate.now())
    items = [
        ReviewCandidate(
            case=one.case.number or "", agency=one.case.agency, ground=one.ground, at=one.at, many=one.many
        )
        for one in found
    ]
    return Answer(CandidateList(items=items))


@room.read("/reviews/year", Action.CASE_AUDIT, CountList)
def year(query: YearQuery) -> Answer:
    """Count defects, reviews, complaints and commendations by agency."""
    found = counts(gate.session(), *_bounds(query.year), gate.now())
    items = [
        AgencyCounts(
            agency=agency,
            defects=one.defects,
            reviews=one.reviews,
            late=one.late,
            complaints=one.complaints,
            commendations=one.commendations,
        )
        for agency, one in found.items()
        if query.agency in ("", agency)
    ]
    return Answer(CountList(items=items))


@room.read("/reviews/year/behind", Action.CASE_AUDIT, ReportRows)
def year_rows(query: YearRowsQuery) -> Answer:
    """List the reopened cases, reviews or late reviews of an agency's year."""
    since, until = _bounds(query.year)
    ids = behind_time(gate.session(), since, until, gate.now(), query.head, query.agency)
    return Answer(ReportRows(kind=OPENED[query.head], ids=ids, told=[]))


@room.read("/reviews/<int:number>", Action.CASE_INBOX, ReviewStory)
def review(path: models.NumberPath) -> Answer:
    """A review whole, for its agency and the city."""
    row = records.review_of(gate.session(), path.number, gate.me().login, gate.now())
    return Answer(_whole(row))


@room.do("/reviews/<int:number>/report", Action.CASE_WORK, ReviewStory)
def report(path: models.NumberPath, body: ReviewReportBody) -> Answer:
    """Send the agency's report."""
    return Answer(_whole(records.report(gate.session(), path.number, body.report, **gate.stamp())))


@room.read("/feedback", Action.CASE_AUDIT, FeedbackList)
def listed_feedback(query: YearQuery) -> Answer:
    """List commendations and complaints of a year."""
    rows = feedback.listed(gate.session(), *_bounds(query.year), query.agency)
    return Answer(FeedbackList(items=[_feedback(row, number) for row, number in rows]))


@room.do("/feedback", Action.FEEDBACK_NOTE, FeedbackListed, 201)
def record(body: FeedbackBody) -> Answer:
    """Write down what a citizen said."""
    session = gate.session()
    refuse_unknown(session, [body.call] if body.call else [])
    given = {"agency": body.agency, "case": body.case or "", "call_id": body.call}
    row = feedback.record(session, body.kind, body.words, **given, **gate.stamp())
    return Answer(_feedback(row, body.case or ""), 201)


@room.read("/feedback/<int:number>", Action.CASE_AUDIT, FeedbackStory, writes=True)
def one_feedback(path: models.NumberPath) -> Answer:
    """Read one feedback; the look is audited."""
    row = feedback.read(gate.session(), path.number, gate.me().login, gate.now())
    number = records.number_of(gate.session(), row.case_id)
    return Answer(FeedbackStory(**_feedback(row, number).model_dump(), words=row.words))


def _bounds(asked: int | None) -> tuple[datetime, datetime]:
    year = asked or gate.today().year
    return midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))


def _told(row: CaseReview, case: str) -> ReviewListed:
    names = ("agency", "ground", "asked_at", "due_at", "reported_at", "outcome", "decided_at")
    return ReviewListed(number=row.id, case=case, **{name: getattr(row, name) for name in names})


def _whole(row: CaseReview) -> ReviewStory:
    case = records.number_of(gate.session(), row.case_id)
    names = ("reason", "report", "conclusion", "asked_by", "reported_by", "decided_by")
    return ReviewStory(**_told(row, case).model_dump(), **{name: getattr(row, name) for name in names})


def _feedback(row: Feedback, case: str) -> FeedbackListed:
    return FeedbackListed(
        number=row.id,
        kind=FeedbackKind(row.kind),
        agency=row.agency,
        case=case,
        call_id=row.call_id,
        at=row.at,
    )
