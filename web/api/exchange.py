"""Replies of another system about cases; open cases and entries of an older one, taken over."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from administration import old_cases, old_entries
from hotline.errors import HotlineError
from hotline.exchange.replies import AT_ONCE, Replies, ReplyAnswer, ReplyOutcome
from hotline.permissions import Action
from web.api import gate, models
from web.api.gate import Answer, Room
from web.api.problems import in_words

room = Room("exchange", "Cases to and from other systems")
LARGEST = 2 * 1024 * 1024
"""Bytes of a request."""


class RepliesBody(models.RequestModel):
    """Replies, each as a line of a file would say it (`hotline exchange schema reply`)."""

    replies: list[dict[str, Any]] = Field(min_length=1, max_length=AT_ONCE)


class OldFileBody(models.RequestModel):
    """A file of an older system, in CSV."""

    content: str = Field(max_length=2_000_000)
    dry_run: bool = Field(True, description="false: write it")


class OldLineFault(BaseModel):
    """What keeps the file from being written."""

    line: int
    column: str
    why: str


class OldCasesBrought(BaseModel):
    """What the file did, or would do."""

    added: int
    known: int = Field(description="that are here already; they stay as they are")
    faults: list[OldLineFault]


class OldEntriesBrought(BaseModel):
    """What the file did, or would do."""

    added: int
    changed: int
    known: int = Field(description="that are in the book as the file says")
    faults: list[OldLineFault]


class ReplyRecord(BaseModel):
    """What came of a reply."""

    line: int = Field(description="its place in the request, from 1")
    id: str
    outcome: ReplyOutcome
    number: str = Field(description="of the case")
    state: str = Field(description="of the case, after it")
    version: int
    code: str = Field(description="reason of a refusal; empty = it was not refused")
    why: str


class RepliesTaken(BaseModel):
    """What came of each reply, in their order."""

    answers: list[ReplyRecord]


@room.act("/cases/replies", Action.CASE_WORK, RepliesTaken, largest=LARGEST)
def take(body: RepliesBody) -> Answer:
    """Do what each reply says, once by its id; one that is refused keeps no other back."""
    replies = Replies(gate.factory(), gate.house().case_work)
    answers = [_record(one) for one in replies.take(body.replies, gate.me().login, gate.now())]
    return Answer(RepliesTaken(answers=answers))


@room.act("/cases/import", Action.CASE_IMPORT, OldCasesBrought, largest=LARGEST)
def bring_old(body: OldFileBody) -> Answer:
    """Try a file of open cases of an older system, or write it; it is written only without a fault."""
    content, cases = body.content.encode(), gate.house().imported_cases
    if body.dry_run:
        with gate.read_session() as session:
            found = old_cases.plan(session, cases, content, gate.now())
    else:
        found = old_cases.bring(gate.factory(), cases, content, **gate.stamp())
    return Answer(OldCasesBrought(added=len(found.added), known=found.known, faults=_faults(found.wrong)))


@room.act("/knowledge/import", Action.FAQ_CHANGE, OldEntriesBrought, largest=LARGEST)
def bring_entries(body: OldFileBody) -> Answer:
    """Try a file of entries of an older book, or write it; it is written only without a fault."""
    content, told = body.content.encode(), gate.stamp()
    if body.dry_run:
        with gate.read_session() as session:
            found = old_entries.plan(session, content, **told)
    else:
        found = old_entries.bring(gate.factory(), content, **told)
    return Answer(models.filled(OldEntriesBrought, found, faults=_faults(found.wrong)))


def _faults(wrong: Sequence[tuple[int, str, HotlineError]]) -> list[OldLineFault]:
    return [OldLineFault(line=line, column=column, why=in_words(why)) for line, column, why in wrong]


def _record(one: ReplyAnswer) -> ReplyRecord:
    return models.filled(
        ReplyRecord,
        one,
        code=one.why.code if one.why else "",
        why=in_words(one.why) if one.why else "",
    )
