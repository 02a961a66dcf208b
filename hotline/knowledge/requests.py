"""Requests of the call centre for entries: two working days, told at once, told again when late (P4.5)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.db import locked, numbered
from hotline.directory.owners import liaisons
from hotline.directory.service import known
from hotline.errors import HotlineError, existing
from hotline.knowledge.rules import LONGEST, Channel, NotYet, RequestState, is_late
from hotline.knowledge.service import entry
from hotline.knowledge.store import FaqRequest
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.worktime import Limit, Worktime

"""Who does what the clock does."""


class NoRequest(HotlineError, code="no-request"):
    """No request has this number."""

    number: int


class IsReplied(HotlineError, code="is-replied"):
    """A request that was replied to before."""

    number: int
    by: str


@dataclass(frozen=True, slots=True)
class FaqQuestion:
    """A question to an agency: by whom, how and when; ``call_id`` is the call that brought it up."""

    agency: str
    question: str
    channel: Channel
    asked_at: datetime
    call_id: str = ""


def ask(
    session: Session, wanted: FaqQuestion, worktime: Worktime, limit: Limit, *, at: datetime, by: str
) -> FaqRequest:
    """Ask an agency for an entry; N-11 to its liaison. Raises UnfitText, NotYet, NotPermitted, Unknown."""
    permitted(session, by, Action.FAQ_ASK, at)
    wanted = replace(wanted, question=fit("question", wanted.question, LONGEST["question"]))
    known(session, "agency", wanted.agency, at)
    if wanted.asked_at > at:
        raise NotYet("asked_at")
    row = FaqRequest(**asdict(wanted), asked_by=by, recorded_at=at, state=RequestState.REQUESTED)
    row.due_at = worktime.due(wanted.asked_at, limit)
    numbered(session, row)
    after = {"agency": row.agency, "question": row.question, "due_at": row.due_at, "state": row.state}
    audit(session, at, by, Action.FAQ_ASK, _subject(row), after=after)
    notices.write(session, "N-11", _subject(row), liaisons(session, row.agency, at), _facts(row), at)
    return row


def reply(
    session: Session, number: int, text: str, *, at: datetime, by: str, entry_number: str = ""
) -> FaqRequest:
    """Record the agency's reply; ``entry_number`` is the entry that answers it.

    Raises NoRequest, NotPermitted, IsReplied, UnfitText, UnknownFaq.
    """
    row = request(session, number)
    permitted(session, by, Action.FAQ_REPLY, at, row.agency)
    if row.state == RequestState.REPLIED:
        raise IsReplied(row.id, row.replied_by)
    said = fit("text", text, LONGEST["answer"], needed=not entry_number)
    if entry_number:
        entry(session, entry_number, at)
    _flag(session, row, at)
    row.state, row.replied_at, row.replied_by = RequestState.REPLIED, at, by
    row.reply, row.number = said, entry_number
    after = {"state": row.state, "entry": row.number, "reply": row.reply, "late": row.late_at is not None}
    before = {"state": RequestState.REQUESTED}
    audit(session, at, by, Action.FAQ_REPLY, _subject(row), before=before, after=after)
    return row


def request(session: Session, number: int) -> FaqRequest:
    """A request, locked until the end of the transaction. Raises NoRequest."""
    return existing(locked(session, FaqRequest, number), NoRequest(number))


def requests(session: Session, *, agency: str = "", is_open: bool | None = None) -> list[FaqRequest]:
    """Requests, the first due first: of an agency, open or replied ones; or all."""
    chosen = select(FaqRequest).order_by(FaqRequest.due_at, FaqRequest.id)
    if agency:
        chosen = chosen.where(FaqRequest.agency == agency)
    if is_open is not None:
        state = RequestState.REQUESTED if is_open else RequestState.REPLIED
        chosen = chosen.where(FaqRequest.state == state)
    return list(session.scalars(chosen))


def chase(session: Session, at: datetime) -> int:
    """Flag what has become late, N-12 once each; how many. May be run by several at once, and late."""
    chosen = select(FaqRequest).where(
        FaqRequest.state == RequestState.REQUESTED, FaqRequest.late_at.is_(None), FaqRequest.due_at < at
    )
    rows = list(session.scalars(chosen.order_by(FaqRequest.id).with_for_update(skip_locked=True)))
    return sum(_flag(session, row, at) for row in rows)


def recount(
    session: Session, days: Iterable[date], worktime: Worktime, limit: Limit, by: str, at: datetime
) -> int:
    """Count replies still ahead by newly declared days (spec §2); returns how many moved."""
    if all(day < at.astimezone(TAIPEI).date() for day in days):
        return 0
    ahead = select(FaqRequest).where(FaqRequest.state == RequestState.REQUESTED, FaqRequest.due_at > at)
    moved = 0
    for row in session.scalars(ahead.order_by(FaqRequest.id).with_for_update()):
        due_at = worktime.due(row.asked_at, limit)
        if due_at == row.due_at or due_at <= at:
            continue
        before, row.due_at = {"due_at": row.due_at}, due_at
        after = {"due_at": due_at}
        audit(session, at, by, Action.CALENDAR_CHANGE, _subject(row), before=before, after=after)
        moved += 1
    return moved


def _flag(session: Session, row: FaqRequest, at: datetime) -> bool:
    """Tell whether it is late; found so for the first time, it is written down and the liaison is told."""
    if row.late_at or not is_late(row.due_at, row.replied_at, at):
        return False
    row.late_at = at
    audit(session, at, SYSTEM, Action.FAQ_REPLY, _subject(row), after={"late_at": at})
    notices.write(
        session, "N-12", f"{_subject(row)}:late", liaisons(session, row.agency, at), _facts(row), at
    )
    return True


def _facts(row: FaqRequest) -> dict[str, str]:
    return {"question": row.question, "due": spoken_instant(row.due_at)}


def _subject(row: FaqRequest) -> str:
    return f"faq-request:{row.id}"
