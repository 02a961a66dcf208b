"""Replies of another system about cases: progress, completion, "not ours", its own number of a case."""

from typing import Any

from pydantic import BaseModel, Field

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


def _record(one: ReplyAnswer) -> ReplyRecord:
    return models.filled(
        ReplyRecord,
        one,
        code=one.why.code if one.why else "",
        why=in_words(one.why) if one.why else "",
    )
