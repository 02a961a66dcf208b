"""What the two sides send each other while a session runs: signalling, chat, photographs.

Everything is sealed by the session's own key, which its end destroys, and its rows with it. A photograph is
seen by the other side alone and is nothing but the picture; what is signalled and written is limited in size
and number, so that nobody fills the database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.cases import photographs
from hotline.db import locked
from hotline.errors import HotlineError, existing
from hotline.keys import data_keys
from hotline.keys.ring import KeyRing
from hotline.texts import fit
from hotline.video.line import UnknownVideoSession
from hotline.video.rules import SessionState, Side
from hotline.video.store import VideoMessage, VideoSession

PHOTO_SIDE: Final = 4096
"""Pixels of a photograph's longer side, at most: a document's small print stays readable."""
_PURPOSE: Final = "video message"


class MessageKind(StrEnum):
    """A kind of message."""

    SIGNAL = "signal"
    """By which the browsers agree on sound and picture."""
    CHAT = "chat"
    PHOTO = "photo"


LARGEST: Final[Mapping[MessageKind, int]] = MappingProxyType(
    {
        MessageKind.SIGNAL: 64 * 1024,
        MessageKind.CHAT: 4 * 1024,
        MessageKind.PHOTO: photographs.LARGEST,
    }
)
"""Bytes of one."""
MOST: Final[Mapping[MessageKind, int]] = MappingProxyType(
    {MessageKind.SIGNAL: 3000, MessageKind.CHAT: 600, MessageKind.PHOTO: 20}
)
"""Of one session, both sides together."""
LONGEST_CHAT: Final = 1000
"""Characters of a line of the chat."""


class NotRunning(HotlineError, code="video-not-running"):
    """Something sent in a session that does not run."""

    number: int


class TooMuchSent(HotlineError, code="video-too-much", varies_by="why"):
    """A message that is too large, or one too many."""

    why: Literal["size", "count"]
    kind: MessageKind
    most: int


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A photograph as it may be sent: made by ``clean`` alone, outside of any transaction."""

    image: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message, opened."""

    number: int
    side: Side
    kind: MessageKind
    payload: bytes
    at: datetime

    @property
    def text(self) -> str:
        """The payload as text."""
        return self.payload.decode("utf-8", "replace")


def clean(data: bytes) -> CleanPhoto:
    """The same picture as JPEG without place, time and camera; takes its time. Raises UnfitPhoto."""
    return CleanPhoto(photographs.clean(data, PHOTO_SIDE))


def put(
    session: Session,
    ring: KeyRing,
    number: int,
    side: Side,
    kind: MessageKind,
    payload: str | CleanPhoto,
    at: datetime,
) -> int:
    """Send one: its number. Raises UnknownVideoSession, NotRunning, TooMuchSent, UnfitText."""
    plain = _plain(kind, payload)
    row = existing(locked(session, VideoSession, number), UnknownVideoSession(number))
    if row.state != SessionState.ACTIVE or not row.key_id:
        raise NotRunning(number)
    sent = select(func.count()).where(VideoMessage.session == number, VideoMessage.kind == kind)
    if (session.scalar(sent) or 0) >= MOST[kind]:
        raise TooMuchSent("count", kind, MOST[kind])
    row.messages += 1
    sealed = _own(session, ring, row.key_id).seal(_PURPOSE, plain)
    session.add(
        VideoMessage(session=number, number=row.messages, side=side, kind=kind, payload=sealed, at=at)
    )
    session.flush()
    return row.messages


def after(
    session: Session,
    ring: KeyRing,
    number: int,
    side: Side,
    last: int,
    kinds: Collection[MessageKind] = tuple(MessageKind),
) -> list[Message]:
    """Messages behind the ``last`` that a side has: the other's, and of the chat its own too.

    None once the session is over. Raises UnknownVideoSession.
    """
    row = existing(session.get(VideoSession, number), UnknownVideoSession(number))
    if row.messages <= last or not row.key_id:
        return []
    theirs = (VideoMessage.side != side) | (VideoMessage.kind == MessageKind.CHAT)
    chosen = select(VideoMessage).where(
        VideoMessage.session == number, VideoMessage.number > last, VideoMessage.kind.in_(kinds), theirs
    )
    own = _own(session, ring, row.key_id)
    return [_opened(own, one) for one in session.scalars(chosen.order_by(VideoMessage.number))]


def photo(session: Session, ring: KeyRing, number: int, message: int, side: Side) -> bytes:
    """A photograph that the other side sent, while the session runs.

    Raises UnknownVideoSession, also for one that is not there.
    """
    row, one = session.get(VideoSession, number), session.get(VideoMessage, (number, message))
    if row is None or one is None or not row.key_id or one.kind != MessageKind.PHOTO or one.side == side:
        raise UnknownVideoSession(number)
    return _opened(_own(session, ring, row.key_id), one).payload


def _plain(kind: MessageKind, payload: str | CleanPhoto) -> bytes:
    if isinstance(payload, CleanPhoto) is not (kind is MessageKind.PHOTO):
        raise TypeError("a photograph is cleaned first, and nothing else is one")
    if isinstance(payload, CleanPhoto):
        return payload.image
    text = fit("chat", payload, LONGEST_CHAT) if kind is MessageKind.CHAT else payload
    plain = text.encode()
    if len(plain) > LARGEST[kind]:
        raise TooMuchSent("size", kind, LARGEST[kind])
    return plain


def _own(session: Session, ring: KeyRing, key_id: str) -> KeyRing:
    """A ring of one session's key."""
    return KeyRing({"own": data_keys.unwrap(session, ring, key_id)})


def _opened(own: KeyRing, one: VideoMessage) -> Message:
    plain = own.open(_PURPOSE, one.payload)
    return Message(one.number, Side(one.side), MessageKind(one.kind), plain, one.at)
