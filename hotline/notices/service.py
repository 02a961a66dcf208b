"""Writing messages beside the facts they tell of, and bringing them to a sender."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.db import Sessions, add_once, transaction
from hotline.notices.rules import TEMPLATES, next_try, written
from hotline.notices.store import Notice, NoticeState

log = structlog.get_logger()
BATCH: Final = 20
LEASE: Final = timedelta(minutes=2)
"""A worker that took a message and said nothing for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a sender gets it; ``key`` is the same however often it is sent."""

    key: str
    template: str
    channel: str
    recipient: str
    text: str
    written_at: datetime


class NotSent(Exception):
    """The sender could not; says why. The message is tried again."""


class Sender(Protocol):
    """Brings a letter on its way. Raises NotSent. A letter sent before under the same key is not sent again."""

    def send(self, letter: Letter) -> str:
        """What the other side said."""
        ...


def write(
    session: Session,
    template: str,
    event: str,
    recipients: Iterable[str],
    facts: Mapping[str, str],
    at: datetime,
) -> int:
    """Write a message to each recipient once for this event, in the transaction of the fact; how many are new."""
    text = written(template, facts)
    rows = [
        {
            "event": event, "template": template, "recipient": recipient,
            "channel": TEMPLATES[template].channel, "text": text, "state": NoticeState.WAITING, "tries": 0,
            "written_at": at, "next_try_at": at, "taken_by": "", "result": "",
        }
        for recipient in dict.fromkeys(recipients)
    ]  # fmt: skip
    return add_once(session, Notice, rows)


class Post:
    """Delivers what waits; any number of workers may run, ``name`` tells them apart."""

    def __init__(self, factory: Sessions, sender: Sender, name: str) -> None:
        self._factory, self._sender, self._name = factory, sender, name

    def deliver(self, at: datetime) -> int:
        """Send all that is due; how many were sent. No transaction is open while the sender works."""
        sent = 0
        while letters := self._take(at):
            sent += sum(self._send(number, letter, at) for number, letter in letters)
        with transaction(self._factory) as session:
            for state in (NoticeState.WAITING, NoticeState.FAILED):
                metrics.notices_unsent.labels(state).set(_count(session, state))
        return sent

    def _take(self, at: datetime) -> list[tuple[int, Letter]]:
        free = or_(Notice.taken_until.is_(None), Notice.taken_until <= at)
        due = select(Notice).where(Notice.state == NoticeState.WAITING, Notice.next_try_at <= at, free)
        with transaction(self._factory) as session:
            rows = list(
                session.scalars(due.order_by(Notice.id).limit(BATCH).with_for_update(skip_locked=True))
            )
            for row in rows:
                row.taken_by, row.taken_until = self._name, at + LEASE
            return [(row.id, letter_of(row)) for row in rows]

    def _send(self, number: int, letter: Letter, at: datetime) -> bool:
        try:
            word, is_sent = self._sender.send(letter), True
        except NotSent as error:
            word, is_sent = str(error), False
        except Exception as error:  # a letter that breaks its sender must not keep the others waiting
            log.exception("notice.sender_failed", template=letter.template, key=letter.key)
            word, is_sent = f"{type(error).__name__}: {error}", False
        with transaction(self._factory) as session:
            row = session.get_one(Notice, number, with_for_update=True)
            if row.state != NoticeState.WAITING or row.taken_by != self._name:
                return False  # slower than the lease: another worker has told the same already
            row.tries, row.result, row.taken_by, row.taken_until = row.tries + 1, word, "", None
            again = None if is_sent else next_try(row.tries, at)
            if again:
                row.next_try_at = again
            else:
                row.state, row.done_at = NoticeState.SENT if is_sent else NoticeState.FAILED, at
        if not is_sent:
            log.warning(
                "notice.not_sent", template=letter.template, key=letter.key, why=word, again=str(again)
            )
        metrics.notices.labels(letter.template, "sent" if is_sent else "failed").inc()
        return is_sent


def letter_of(row: Notice) -> Letter:
    """A row as a sender gets it."""
    key = sha256(f"{row.event}|{row.template}|{row.recipient}".encode()).hexdigest()[:24]
    return Letter(key, row.template, row.channel, row.recipient, row.text, row.written_at)


def notices(session: Session, *, event: str = "", state: NoticeState | None = None) -> list[Notice]:
    """Messages in the order of writing: of an event and what follows its name, or in a state."""
    chosen = select(Notice).order_by(Notice.id)
    if event:
        chosen = chosen.where(Notice.event.startswith(event, autoescape=True))
    if state:
        chosen = chosen.where(Notice.state == state)
    return list(session.scalars(chosen))


def _count(session: Session, state: NoticeState) -> int:
    return session.scalar(select(func.count()).select_from(Notice).where(Notice.state == state)) or 0
