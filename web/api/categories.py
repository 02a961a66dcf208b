"""Categories of cases: as of an instant, changed from a date on, reviewed, proposed (P5.4.1)."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from hotline.categories import service
from hotline.categories.proposals import ProposalKind
from hotline.categories.rules import KIND
from hotline.ledger.periods import Period
from hotline.permissions import Action
from hotline.search import Match
from hotline.sheets.rows import CategorySays
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import ChangeBody, CodePath

room = Room("categories", "Categories of cases: who is in charge, within which limits")


class PreventionBody(models.RequestModel):
    """The agency's prevention note (P5.4.9)."""

    note: models.Text = Field(min_length=1)


class ReviewBody(models.RequestModel):
    """Categories that were looked at and stand."""

    codes: list[models.Code] = Field([], max_length=500, description="empty = all")


class Reviewed(BaseModel):
    """Number of categories that were reviewed."""

    count: int


class ProposalQuery(models.RequestModel):
    """A caller's free words, and where it is."""

    q: models.Text = Field(min_length=1)
    district: models.Short = Field("", description="for example 板橋區: it decides who is in charge")


class ProposalRecord(BaseModel):
    """What fits the words: a category, an agency, or an entry of the book."""

    kind: ProposalKind
    key: str = Field(description="code of the category or agency, number of the entry")
    match: Match
    score: float
    because: list[str] = Field(description="the words that led to it")
    agency: str
    section: str


Proposals = models.listing("Proposals", ProposalRecord, "What is proposed, the best of each kind first.")


def _set(_kind: str, path: Any, body: ChangeBody, since: datetime) -> None:
    says = body.model_dump(exclude=set(ChangeBody.model_fields))
    service.write(
        gate.session(), path.code, says, Period(since, body.until), **gate.stamp(), reason=body.reason
    )


def _end(_kind: str, key: str, reason: str, since: datetime) -> None:
    service.end(gate.session(), key, since, **gate.stamp(), reason=reason)


kind = rows.DatedResource(
    room, _set, _end, KIND, "/categories/<code>", CodePath, CategorySays, action=Action.CATEGORY_CHANGE
)
kind.listed("/categories", categories="Categories as of an instant.")
kind.one(category="A category as of an instant.")
kind.change(change_category="A category, from a date of effect on.")
kind.end(end_category="There is no such category from then on; cases that run keep it.")


@room.read("/categories/proposed", ANY_KEY, Proposals)
def proposed(query: ProposalQuery) -> Answer:
    """Categories, agencies and entries of the book that fit a caller's free words."""
    found = gate.house().categories.proposed(gate.session(), query.q, gate.now(), query.district)
    return Answer(
        Proposals(items=[models.filled(ProposalRecord, one, because=list(one.because)) for one in found])
    )


@room.do("/categories/review", Action.CATEGORY_CHANGE, Reviewed)
def review(body: ReviewBody) -> Answer:
    """Put the yearly review on record."""
    return Answer(Reviewed(count=service.review(gate.session(), body.codes, **gate.stamp())))


@room.do("/categories/<code>/prevention", Action.CATEGORY_PREVENT, Reviewed)
def prevent(path: CodePath, body: PreventionBody) -> Answer:
    """Write the agency's prevention note, dated today."""
    service.prevent(gate.session(), path.code, body.note, **gate.stamp())
    return Answer(Reviewed(count=1))
