"""Who is told what of a case, in the transaction of what happened to it (§18)."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from secrets import randbelow
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases import recipients
from hotline.cases.deadlines import running
from hotline.cases.numbers import shown
from hotline.cases.rules import TO_ASSIGN, CaseKind, DeadlineKind, Move, Row
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import ReplyWay
from hotline.clock import TAIPEI
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.phones import phone

FILED: Final = "N-20"
FILED_BY_MAIL: Final = "N-27"
DONE: Final = "N-23"
CANCELLED: Final = "N-25"
PASSED_ON: Final = "N-29"
MANY_HOPS: Final = 3
"""Assignings of one petition of which RDEC is told (P5.2.2)."""
OF_CITIZENS: Final = frozenset(("N-20", "N-22", "N-23", "N-24", "N-25"))
CODE_DIGITS: Final = 6
_ASSIGNED_BY: Final = (DeadlineKind.REDISPATCH, DeadlineKind.SIGN)
PHONE_RECORD: Final = "phone-record"
"""Kind of the event that a petitioner was answered by telephone (電話紀錄, P5.4.4)."""
_DOES: Final = (Move.COMPLETE, Move.UNFOUNDED, Move.REPLY, Move.RECORD_RESULT)
"""Moves after which the petitioners are told what was done."""
_IF_WANTED: Final = frozenset(("N-22", "N-23", "N-24"))
"""Not for who wants no reply: nothing is sent (P5.2.4)."""


def contact(row: Case) -> list[str]:
    """The petitioner's address for short messages: the mobile, else e-mail; else the telephone that takes no
    text, so that the record says why nothing went (P8.1).
    """
    if row.phone and phone(row.phone).takes_sms:
        return [row.phone]
    return [one for one in (row.email or row.phone,) if one]


def number_by(row: Case) -> str:
    """How the petitioner gets the number: by SMS, by e-mail, or by voice alone (P5.4.2); for the event."""
    return "sms" if phone(row.phone).takes_sms else "email" if row.email else "voice"


def answered_at(row: Case) -> list[str]:
    """Where the petitioner asked to be answered, if that is a message: who wants to be phoned is phoned.
    That a quick case is done is told by message to who wants a letter too (P5.4.4).
    """
    match ReplyWay(row.reply_way):
        case ReplyWay.SMS:
            return [row.phone] if row.phone else contact(row)
        case ReplyWay.EMAIL:
            return [row.email] if row.email else contact(row)
        case ReplyWay.LETTER if row.kind == CaseKind.QUICK:
            return contact(row)
        case _:
            return []


def facts(row: Case, category: str = "") -> dict[str, str]:
    """Facts of a case for messages; nothing personal (§18)."""
    due = row.due_at
    day = due.astimezone(TAIPEI) if due else None
    return {
        "case": shown(row.number or ""),
        "category": category,
        "place": row.place or row.district,
        "due": spoken_instant(due) if due else "",
        "date": f"{day.month}月{day.day}日" if day else "",
        "agency": row.authority,
    }


def to_assign(session: Session, row: Case) -> dict[str, str]:
    """By when a case is to have an agency; of one without such a clock, by when the citizen is answered."""
    due = min(
        (one.due_at for one in running(session, row.id) if one.kind in _ASSIGNED_BY), default=row.due_at
    )
    return {"due": spoken_instant(due)} if due else {}


def event_of(row: Case, move: str) -> str:
    """The name under which the outbox knows what happened; the version makes it one of its own."""
    return _named(row, move, row.version)


def _named(row: Case, move: str, version: int) -> str:
    return f"case:{row.id}:{move}:{version}"


def names_of_done(row: Case) -> list[str]:
    """The names that the message of its completion may have in the outbox."""
    return [_named(row, move, version) for move in _DOES for version in range(1, row.version + 1)]


def tell(session: Session, row: Case, step: Row, at: datetime, category: str = "") -> None:
    """Write the messages of a move; those for citizens to everybody who reported the matter."""
    if step.move is Move.ASSIGN and row.kind == CaseKind.PETITION and row.hops == MANY_HOPS:
        told = {"case": shown(row.number or ""), "count": str(row.hops)}
        to = recipients.authorised(session, at)
        notices.write(session, PASSED_ON, event_of(row, step.move), to, told, at)
    for template in step.tells:
        if template not in OF_CITIZENS:
            template = TO_ASSIGN if row.is_returned and template == "N-40" else template
            notices.write(
                session,
                template,
                event_of(row, step.move),
                recipients.of_case(session, row, at),
                facts(row, category) | (to_assign(session, row) if template == TO_ASSIGN else {}),
                at,
            )
            continue
        for one in _told(session, row, template):
            tell_citizen(session, one, template, event_of(one, step.move), at)


def _told(session: Session, row: Case, template: str) -> Iterator[Case]:
    """Of whom a message speaks: a cancelling is told to whose report it was, all else to everybody."""
    for one in reporters(session, row):
        if template != CANCELLED or one is row:
            yield one


def tell_citizen(session: Session, row: Case, template: str, event: str, at: datetime) -> int:
    """Write a message to the petitioner of one report, unless nothing is wanted."""
    if template in _IF_WANTED and not row.wants_reply:
        return 0
    recipients = answered_at(row) if template == DONE else contact(row)
    if not recipients:
        return 0
    told = facts(row)
    if template == FILED and "@" in recipients[0]:
        template, told["code"] = FILED_BY_MAIL, f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        row.code_digest = digest(row, told["code"])
    return notices.write(session, template, event, recipients, told, at)


def digest(row: Case, code: str) -> str:
    """What is kept of the code that cancels a case."""
    return sha256(f"{row.number}:{code.strip()}".encode()).hexdigest()


def reporters(session: Session, row: Case) -> Iterator[Case]:
    """Everybody's report of a matter that was not cancelled: the lead case's own, and those attached."""
    if row.withdrawn_at is None:
        yield row
    yield from reports_of(session, row)


def reports_of(session: Session, row: Case) -> list[Case]:
    """The reports attached to a case that are not cancelled."""
    chosen = select(Case).where(Case.lead_id == row.id, Case.cancelled_at.is_(None))
    return list(session.scalars(chosen.order_by(Case.id)))


def told_since(session: Session, row: Case) -> datetime | None:
    """The instant from which an answer counts: when it was done, and not before it was reopened last."""
    which = CaseEvent.case_id == row.id, CaseEvent.kind == Move.REOPEN
    reopened_at = session.scalar(select(CaseEvent.at).where(*which).order_by(CaseEvent.id.desc()).limit(1))
    return max(filter(None, (row.done_at, reopened_at)), default=None)


def is_answered_by(session: Session, row: Case, due_at: datetime) -> bool:
    """Tell whether everybody who reported a completed case was phoned by an instant, or has a message written
    by then that was sent, or waits for its hour; one that could not be sent answers nobody.
    """
    return all(_is_answered_by(session, one, due_at) for one in reporters(session, row))


def _is_answered_by(session: Session, row: Case, due_at: datetime) -> bool:
    if not row.wants_reply:
        return True
    since = told_since(session, row) or due_at
    spoken = CaseEvent.case_id == row.id, CaseEvent.kind == PHONE_RECORD, CaseEvent.at.between(since, due_at)
    if session.scalars(select(CaseEvent.id).where(*spoken).limit(1)).first() is not None:
        return True
    written = select(OutboxMessage.id).where(
        OutboxMessage.event.in_(names_of_done(row)),
        OutboxMessage.template == DONE,
        OutboxMessage.state.in_((OutboxState.WAITING, OutboxState.SENT)),
        OutboxMessage.written_at.between(since, due_at),
    )
    return session.scalars(written.limit(1)).first() is not None


def is_told(session: Session, row: Case) -> bool:
    """Tell whether the petitioner of one report was told the result: N-23 was sent, or a phone record is
    there, or no answer is wanted. What was told before it was reopened counts no more.
    """
    if not row.wants_reply:
        return True
    since = told_since(session, row)
    spoken = select(CaseEvent.id).where(CaseEvent.case_id == row.id, CaseEvent.kind == PHONE_RECORD)
    if since:
        spoken = spoken.where(CaseEvent.at >= since)
    if session.scalars(spoken.limit(1)).first() is not None:
        return True
    sent = select(OutboxMessage.id).where(
        OutboxMessage.event.in_(names_of_done(row)),
        OutboxMessage.template == DONE,
        OutboxMessage.state == OutboxState.SENT,
    )
    if since:
        sent = sent.where(OutboxMessage.written_at >= since)
    return session.scalars(sent.limit(1)).first() is not None
