"""Writing messages beside the facts they tell of, bringing them to a sender, mending those given up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.db import Sessions, add_once, execute, locked, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.ledger.looks import IN_HAND, look
from hotline.log_masking import clean, masked, masked_contact
from hotline.outbox.message import Letter, NotSent, Sender
from hotline.outbox.rules import (
    NEVER,
    TO_PEOPLE,
    DeliveryState,
    MessageChannel,
    Night,
    newest,
    next_try,
    segments,
)
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.outbox.templates import templates
from hotline.permissions import Action
from hotline.phones import PhoneKind, phone
from hotline.staff.service import permitted

log = structlog.get_logger()
LEASE: Final = timedelta(minutes=2)
"""A worker that took a message and said nothing for so long is taken for dead."""


LONGEST: Final = 128
LISTED: Final = "notices:listed"
"""Subject of the record that somebody read a list of messages."""
LINE: Final = "line"
"""Stands for the template of what no person reads."""
_WHY: Final = {
    PhoneKind.LANDLINE: "a landline takes no SMS",
    PhoneKind.HIDDEN: "the number is hidden",
    PhoneKind.SHORT: "a short number takes no SMS",
    PhoneKind.NONE: "no telephone number",
}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a message; ``refusal`` says why it goes nowhere."""

    channel: MessageChannel
    recipient: str
    refusal: str = ""


def addressed(channels: Sequence[MessageChannel], recipient: str) -> Address:
    """Address a message by what the recipient looks like: an e-mail address, else, where a text may be sent,
    a telephone number.

    A member of the staff without an address stays a name, so that the gap is seen.
    """
    plain = clean(recipient).strip()
    if "@" in plain or MessageChannel.SMS not in channels:
        if MessageChannel.EMAIL in channels:
            return Address(MessageChannel.EMAIL, plain[:LONGEST])
        return Address(MessageChannel.SMS, plain[:LONGEST], "no telephone number")
    found = phone(plain)
    if found.takes_sms:
        return Address(MessageChannel.SMS, found.number)
    return Address(
        MessageChannel.SMS, plain[:LONGEST], _WHY.get(found.kind, "no number that surely takes an SMS")
    )


def write(
    session: Session,
    template: str,
    event: str,
    recipients: Iterable[str],
    facts: Mapping[str, str],
    at: datetime,
) -> int:
    """Write a message to each recipient once for this event,
    in the transaction of the fact; how many are new.

    One that cannot be sent (a text to a landline) is on record too, with the reason (P8.1).
    """
    one = templates()[template]
    texts = {channel: one.written(facts, channel) for channel in one.channels}
    addresses = dict.fromkeys(addressed(one.channels, recipient) for recipient in recipients)
    told = select(OutboxMessage.recipient).where(
        OutboxMessage.event == event, OutboxMessage.template == template
    )
    known = set(session.scalars(told))  # by the hash of an older key the database would not know them
    rows = [
        _row(template, event, one, texts[one.channel], at) for one in addresses if one.recipient not in known
    ]
    return add_once(session, OutboxMessage, rows)


def push(session: Session, event: str, recipient: str, text: str, at: datetime) -> int:
    """Write a line for another system once for an event, in its transaction; how many are new."""
    address = Address(MessageChannel.PUSH, recipient[:LONGEST])
    return add_once(session, OutboxMessage, [_row(LINE, event, address, text, at)])


def forget_pushed(session: Session, before: datetime) -> int:
    """Remove lines that were taken before an instant; how many."""
    taken = OutboxMessage.channel == MessageChannel.PUSH, OutboxMessage.state == OutboxState.SENT
    return execute(session, delete(OutboxMessage).where(*taken, OutboxMessage.done_at < before))


def _row(template: str, event: str, address: Address, text: str, at: datetime) -> dict[str, Any]:
    refused = bool(address.refusal)
    one = templates().get(template)
    is_secret = bool(one and one.secrets)
    if one and is_secret and refused:
        text = one.without_secrets(text)
    return {
        "event": event,
        "template": template,
        "recipient": address.recipient,
        "channel": address.channel,
        "text": text,
        "state": OutboxState.SKIPPED if refused else OutboxState.WAITING,
        "tries": 0,
        "written_at": at,
        "next_try_at": at,
        "taken_by": "",
        "done_at": at if refused else None,
        "result": address.refusal,
        "doubts": 0,
        "provider_id": "",
        "delivery": DeliveryState.UNKNOWN,
        "holds_secret": is_secret and not refused,
    }


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The outcome of one attempt."""

    is_sent: bool
    word: str
    for_good: bool = False
    in_doubt: bool = False
    gateway_away: bool = False


class Post:
    """Delivery of what waits; any number of workers may run, ``name`` tells them apart.

    What can wait is kept back while it is ``night``. A message of which nobody knows whether it went is sent
    once more and marked; after a second doubt a person has to look, so nobody is told three times. A line for
    another system is sent in its order until it is taken or refused, however long the other side is away.
    """

    def __init__(
        self,
        factory: Sessions,
        sender: Sender,
        name: str,
        night: Callable[[], Night] = lambda: NEVER,
        channels: Sequence[MessageChannel] = TO_PEOPLE,
    ) -> None:
        self._factory, self._sender, self._name, self._night = factory, sender, name, night
        self._channels = channels

    def deliver(self, at: datetime) -> int:
        """Send all that is due at an instant; how many were sent."""
        return self.work(lambda: at)

    def work(self, now: Callable[[], datetime]) -> int:
        """Send until nothing is due; how many were sent. No transaction is open while the sender works.

        A channel whose gateway is away is left alone until the next run: others wait instead of failing too.
        """
        sent, resting = 0, set[str]()
        while taken := self._take(now(), resting):
            number, letter = taken
            outcome = self._sent(letter)
            sent += self._mark(number, letter, outcome, now())
            if outcome.gateway_away:
                resting.add(letter.channel)
        with looking(self._factory) as session:
            _tell_figures(session)
        return sent

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``work`` would send anything, and as figures how much is not sent; for looking."""
        _tell_figures(session)
        return session.scalar(select(OutboxMessage.id).where(*self._due(at, set())).limit(1)) is not None

    def _take(self, at: datetime, resting: set[str]) -> tuple[int, Letter] | None:
        """Take the next due message under a lease; one at a time, so that a dead worker holds only one."""
        due = select(OutboxMessage).where(*self._due(at, resting)).order_by(OutboxMessage.id).limit(1)
        due = due.with_for_update(skip_locked=True)
        with transaction(self._factory) as session:
            while row := session.scalars(due).first():
                if row.taken_until is not None:
                    log.warning("notice.worker_silent", notice=row.id, template=row.template)
                    if _is_told_twice(row.channel) and not _sent_once_more(
                        row, "the worker that was sending it fell silent", at
                    ):
                        continue
                row.taken_by, row.taken_until = self._name, at + LEASE
                return row.id, letter_of(row)
        return None

    def _due(self, at: datetime, resting: set[str]) -> Sequence[ColumnElement[bool]]:
        """Conditions of a message that may be sent now."""
        due: list[ColumnElement[bool]] = [
            OutboxMessage.state == OutboxState.WAITING,
            OutboxMessage.next_try_at <= at,
            or_(OutboxMessage.taken_until.is_(None), OutboxMessage.taken_until <= at),
            OutboxMessage.channel.in_(set(self._channels) - resting),
        ]
        if self._night().covers(at):
            due.append(
                OutboxMessage.template.not_in([name for name, one in templates().items() if one.can_wait])
            )
        return due

    def _sent(self, letter: Letter) -> _Outcome:
        try:
            return _Outcome(True, self._sender.send(letter))
        except NotSent as error:
            log.warning("notice.not_sent", notice=letter.number, template=letter.template, why=error.why)
            return _Outcome(False, str(error), error.for_good, error.may_be_done, error.gateway_away)
        except Exception as error:  # a letter that breaks its sender must not keep the others waiting
            kind = type(error).__name__
            log.error("notice.sender_failed", notice=letter.number, template=letter.template, error=kind)
            return _Outcome(False, f"{kind}: {error}", in_doubt=True)

    def _mark(self, number: int, letter: Letter, outcome: _Outcome, at: datetime) -> bool:
        with transaction(self._factory) as session:
            row = session.get_one(OutboxMessage, number, with_for_update=True)
            is_ours = row.taken_by == self._name  # else we were slower than the lease, and another has it
            if row.state != OutboxState.WAITING or not (is_ours or outcome.is_sent):
                return False
            row.tries, row.taken_by, row.taken_until = row.tries + 1, "", None
            if row.delivery != DeliveryState.UNDELIVERED:  # the carrier may be faster than we are
                row.result = outcome.word
            if outcome.is_sent:
                row.provider_id = outcome.word[:64]
                _end(row, _state_of(row), at)
            elif outcome.gateway_away and not _is_told_twice(row.channel):
                pass  # it waits, before those that were written after it
            elif not outcome.in_doubt or _sent_once_more(row, outcome.word, at):
                again = None if outcome.for_good else next_try(row.tries, at)
                if again:
                    row.next_try_at = again
                else:
                    _end(row, OutboxState.FAILED, at)
        metrics.notices.labels(letter.template, "sent" if outcome.is_sent else "failed").inc()
        if outcome.is_sent and letter.channel == MessageChannel.SMS:
            metrics.sms_segments.inc(segments(letter.text))
        return outcome.is_sent


def _is_told_twice(channel: str) -> bool:
    """Tell whether a message that is sent again may be read again."""
    return channel in TO_PEOPLE


def _sent_once_more(row: OutboxMessage, why: str, at: datetime) -> bool:
    """Queue a message of unknown fate again: sent a second time, marked so, and never a third."""
    row.doubts += 1
    if row.doubts == 1:
        return True
    row.taken_by, row.taken_until = "", None
    row.result = f"may have arrived, not sent a third time: {why}"
    _end(row, OutboxState.FAILED, at)
    return False


def delivered(
    session: Session, number: int, provider_id: str, status: str, at: datetime, code: str = ""
) -> bool:
    """Record the carrier's report on message ``number``, in its own words; whether that is news.

    Reports come in any order, twice, and sooner than our own note that the message went.
    """
    row = locked(session, OutboxMessage, number)
    if row is None or not _is_about(row, provider_id):
        return False
    before, after = DeliveryState(row.delivery), newest(DeliveryState(row.delivery), status)
    if after is before:
        return False
    row.delivery, row.delivered_at = after, at
    if after is DeliveryState.UNDELIVERED:
        row.result = f"{status}, code {code}" if code else status
    if row.state in (OutboxState.SENT, OutboxState.FAILED):
        _end(row, _state_of(row), at)
    metrics.notices.labels(row.template, after.replace(" ", "_")).inc()
    return True


def _is_about(row: OutboxMessage, provider_id: str) -> bool:
    if row.doubts:
        return True  # either of the two
    return row.provider_id == provider_id or bool(row.taken_by and not row.provider_id)


def _state_of(row: OutboxMessage) -> OutboxState:
    return OutboxState.FAILED if row.delivery == DeliveryState.UNDELIVERED else OutboxState.SENT


def _end(row: OutboxMessage, state: OutboxState, at: datetime) -> None:
    """End the work on a message; a code that it held goes, unless a person may send it again."""
    row.state, row.done_at = state, at
    if state is not OutboxState.FAILED:
        _drop_secret(row)


def _drop_secret(row: OutboxMessage) -> None:
    row.text, row.holds_secret = shown_text(row), False


def drop_secrets(session: Session, most: int = 500) -> int:
    """Drop codes of messages that ended in a release which kept them; how many rows."""
    ended = OutboxMessage.state.in_((OutboxState.SENT, OutboxState.SKIPPED))
    chosen = select(OutboxMessage).where(OutboxMessage.holds_secret, ended).limit(most)
    rows = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    for row in rows:
        _drop_secret(row)
    return len(rows)


def has_secret(row: OutboxMessage) -> bool:
    """Tell whether a message is of a kind that carries a code."""
    template = templates().get(row.template)
    return template is not None and bool(template.secrets)


def shown_text(row: OutboxMessage) -> str:
    """The text as lists show it: a code is hidden, whether it is still kept or not."""
    return templates()[row.template].without_secrets(row.text) if row.text and has_secret(row) else row.text


def letter_of(row: OutboxMessage) -> Letter:
    """A row as a sender gets it; its key tells nobody to whom it goes."""
    whom = row.recipient_hash or row.recipient  # no hash yet: of a release before
    key = sha256(f"{row.event}|{row.template}|{whom}".encode()).hexdigest()[:24]
    return Letter(
        key, row.template, row.channel, row.recipient, row.text, row.written_at, row.id, has_secret(row)
    )


def hold(session: Session, at: datetime) -> int:
    """Send nothing to citizens that waits:
    an old copy of the database was put back, and it went out since; how many.

    A person may send one all the same.
    """
    citizens = [name for name, one in templates().items() if one.is_for_citizens]
    waiting = select(OutboxMessage).where(
        OutboxMessage.state == OutboxState.WAITING, OutboxMessage.template.in_(citizens)
    )
    rows = list(session.scalars(waiting.with_for_update()))
    for row in rows:
        row.taken_by, row.taken_until = "", None
        row.result = "the database was put back from an old copy; it may have been sent before"
        _end(row, OutboxState.SKIPPED, at)
    return len(rows)


def notices(
    session: Session, *, event: str = "", state: OutboxState | None = None, last: int | None = None
) -> list[OutboxMessage]:
    """Messages in the order of writing: by the start of their event, by state; the ``last`` of them."""
    chosen = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(last)
    if event:
        chosen = chosen.where(OutboxMessage.event.startswith(event, autoescape=True))
    if state:
        chosen = chosen.where(OutboxMessage.state == state)
    return list(session.scalars(chosen))[::-1]


def look_at(session: Session, rows: Sequence[OutboxMessage], by: str, at: datetime) -> None:
    """Put on record that somebody reads messages, unless all of them are the staff's."""
    read = [row.id for row in rows if is_for_citizen(row)]
    if len(rows) == 1 and read:
        look(session, at, by, f"notice:{read[0]}", IN_HAND, "message")
    elif read:
        look(session, at, by, LISTED, IN_HAND, f"messages {min(read)}-{max(read)}")


def is_for_citizen(row: OutboxMessage) -> bool:
    """Tell whether a message goes to a citizen."""
    template = templates().get(row.template)
    return template is not None and template.is_for_citizens


def _tell_figures(session: Session) -> None:
    for state in (OutboxState.WAITING, OutboxState.FAILED):
        metrics.notices_unsent.labels(state).set(how_many(session, state))


def how_many(session: Session, state: OutboxState | None = None) -> int:
    """How many messages there are, of a state or in all."""
    chosen = select(func.count()).select_from(OutboxMessage)
    return session.scalar(chosen.where(OutboxMessage.state == state) if state else chosen) or 0


def recipient_of(row: OutboxMessage) -> str:
    """Staff as they are; citizens masked: ``0912***678``, ``m***@mail.example``."""
    plain, template = clean(row.recipient), templates().get(row.template)
    if template and MessageChannel.SMS not in template.channels:
        return masked(plain)
    return masked_contact(plain)


class NotGivenUp(HotlineError, code="not-given-up"):
    """There is no such message, or it was sent, or it waits: nothing is to be mended."""

    number: int


class SecretGone(HotlineError, code="notice-secret-gone"):
    """A message whose code is no longer kept: its receiver asks for a new one."""

    number: int


def again(session: Session, number: int, by: str, at: datetime) -> OutboxMessage:
    """Send it as if for the first time: whatever kept it back is mended. Raises NotGivenUp, NotPermitted,
    SecretGone.
    """
    row = _given_up(session, number, by, at)
    if has_secret(row) and not row.holds_secret:
        raise SecretGone(number)
    row.state, row.next_try_at, row.done_at, row.tries, row.doubts = OutboxState.WAITING, at, None, 0, 0
    row.provider_id, row.delivery, row.delivered_at = "", DeliveryState.UNKNOWN, None
    audit(session, at, by, Action.NOTICE_MEND, f"notice:{number}", reason="again")
    return row


def leave(session: Session, number: int, reason: str, by: str, at: datetime) -> OutboxMessage:
    """Take it off the list: it was told in another way, or is void. Raises NotGivenUp, NotPermitted."""
    row = _given_up(session, number, by, at)
    _end(row, OutboxState.SKIPPED, at)
    audit(session, at, by, Action.NOTICE_MEND, f"notice:{number}", reason=reason)
    return row


def _given_up(session: Session, number: int, by: str, at: datetime) -> OutboxMessage:
    permitted(session, by, Action.NOTICE_MEND, at)
    row = locked(session, OutboxMessage, number)
    if row is None or row.state != OutboxState.FAILED:
        raise NotGivenUp(number)
    return row
