"""Replies of another system about cases: each does what the tables allow, or nothing, and is answered.

A reply names itself by an id; sent again, it is answered as the first time and does nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline.cases import find
from hotline.cases.events import told
from hotline.cases.moving import NoSuchCase, acts_for, locked_case
from hotline.cases.rules import Move
from hotline.cases.said import MoveSays
from hotline.cases.store import Case
from hotline.cases.work import CaseWork
from hotline.db import Sessions, one_at_a_time, transaction
from hotline.errors import HotlineError, existing
from hotline.exchange.store import CaseReplyRow
from hotline.permissions import Action
from hotline.staff.service import NotPermitted

REFERRED: Final = "external-ref"
"""Kind of the event that the other system told its number of the case."""
LONGEST: Final = 64 * 1024
"""Characters of a line."""
AT_ONCE: Final = 500
"""Replies of one request."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[!-~]*$")]
"""Printable ASCII without blanks: an id or a number of the other system."""
Given = str | bytes | dict[str, Any]


class ReplyOutcome(StrEnum):
    """The outcome of a reply."""

    DONE = "done"
    ALREADY_DONE = "already-done"
    REFUSED = "refused"


class UnreadableReply(HotlineError, code="unreadable-reply"):
    """A line that is no object of JSON in UTF-8, or too long."""

    most: int = LONGEST


class UnfitReply(HotlineError, code="unfit-reply"):
    """A reply with a field that is unknown, missing or unfit."""

    field: str


class NothingSaid(HotlineError, code="reply-says-nothing"):
    """A reply that names no case, or neither a move nor a number of the other system."""


class OtherReply(HotlineError, code="other-reply"):
    """An id under which another reply was done already."""

    name: str


class OtherReference(HotlineError, code="other-reference"):
    """A case that has another number in the other system, or a number that another case has."""

    number: str
    known: str


class CaseReply(MoveSays):
    """A reply about a case: what was done there, or the number that the case has there."""

    id: Name = Field(min_length=1, description="names the reply; sent again, it does nothing")
    number: Annotated[str, Field(pattern=r"^([0-9]{12})?$")] = Field("", description="of the case")
    external_ref: Name = Field(
        "",
        description="the case's number in the other system: finds it where number is empty, else is kept",
    )
    move: Move | None = Field(None, description="a move of the tables; null: only the number is told")


@dataclass(frozen=True, slots=True)
class ReplyAnswer:
    """Answer to one reply; ``line`` counts from 1, ``why`` is the reason of a refusal."""

    line: int
    id: str
    outcome: ReplyOutcome
    number: str = ""
    state: str = ""
    version: int = 0
    why: HotlineError | None = None


class Replies:
    """Takes replies for a login, each in a transaction of its own: what it may, the login may (P4.12)."""

    def __init__(self, factory: Sessions, work: CaseWork) -> None:
        self._factory, self._work = factory, work

    def take(self, lines: Iterable[Given], by: str, at: datetime) -> Iterator[ReplyAnswer]:
        """Do what each line says, as text or as read already; blank lines are passed over."""
        for line, given in enumerate(lines, 1):
            if isinstance(given, dict) or given.strip():
                yield self._one(line, given, by, at)

    def _one(self, line: int, given: Given, by: str, at: datetime) -> ReplyAnswer:
        name = ""
        try:
            said = _said(given)
            name = str(said.get("id", ""))[:64]
            reply = _read(said)
            with transaction(self._factory) as session:
                row, is_new = self._done(session, reply, by, at)
                outcome = ReplyOutcome.DONE if is_new else ReplyOutcome.ALREADY_DONE
                return ReplyAnswer(line, reply.id, outcome, row.number, row.state, row.version)
        except HotlineError as error:
            return ReplyAnswer(line, name, ReplyOutcome.REFUSED, why=error)
        except IntegrityError:  # two cases were given one number at the same moment
            return ReplyAnswer(line, name, ReplyOutcome.REFUSED, why=OtherReference("", name))

    def _done(self, session: Session, reply: CaseReply, by: str, at: datetime) -> tuple[CaseReplyRow, bool]:
        """Do it once; the row that answers it, and whether it is new."""
        one_at_a_time(session, f"case-reply:{by}:{reply.id}")
        digest = sha256(reply.model_dump_json().encode()).hexdigest()
        known = session.get(CaseReplyRow, (by, reply.id))
        if known is not None and known.digest != digest:
            raise OtherReply(reply.id)
        if known is not None:
            return known, False
        row = _case(session, reply)
        number = row.number or ""
        if reply.external_ref and reply.external_ref != row.external_ref:
            self._refer(session, number, reply.external_ref, by, at)
        if reply.move:
            row = self._work.move(session, number, reply.move, reply.words, by, at, reply.version)
        done = CaseReplyRow(login=by, key=reply.id, at=at, digest=digest)
        done.number, done.state, done.version = number, row.state, row.version
        session.add(done)
        return done, True

    def _refer(self, session: Session, number: str, reference: str, by: str, at: datetime) -> None:
        """Keep the number of the other system. Raises NotPermitted, OtherReference."""
        row = locked_case(session, number)
        if not acts_for(session, row, by, Action.CASE_WORK, at):
            raise NotPermitted(by, Action.CASE_WORK, row.agency)
        other = find.of_another_system(session, reference)
        if row.external_ref or (other and other.id != row.id):
            raise OtherReference(number, row.external_ref or reference)
        row.external_ref = reference
        told(session, row, by, REFERRED, row.state, at, detail={"external_ref": reference})
        session.flush()


def _said(given: Given) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    try:
        said = json.loads(given) if len(given) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UnreadableReply
    return said


def _read(said: dict[str, Any]) -> CaseReply:
    try:
        reply = CaseReply.model_validate(said)
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"]))[:64]
        raise UnfitReply(name or "id") from error
    if not (reply.number or reply.external_ref) or not (reply.move or (reply.number and reply.external_ref)):
        raise NothingSaid
    return reply


def _case(session: Session, reply: CaseReply) -> Case:
    """The case that is meant. Raises NoSuchCase."""
    if reply.number:
        return existing(find.by_number(session, reply.number), NoSuchCase(reply.number))
    return existing(find.of_another_system(session, reply.external_ref), NoSuchCase(reply.external_ref))
