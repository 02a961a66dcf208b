"""One-time codes by which who applies for an account of the sign-language pages proves a mobile (P3.6).

A code is sent by SMS when its holder pressed key 4, once a call, and opens the application form, no session.
"""

from datetime import datetime, timedelta
from secrets import randbelow
from typing import Final

from sqlalchemy import Integer, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline import allowances
from hotline.allowances import LimitedRequest
from hotline.db import Base, Instant, add_once, execute
from hotline.keys.columns import Hashed
from hotline.outbox import service as notices
from hotline.phones import phone
from hotline.video.address import in_words
from hotline.video.entering import CODES

TEMPLATE: Final = "N-70"
DIGITS: Final = 6
LIFE: Final = timedelta(minutes=30)
"""From the call on; the message says it."""
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 3
"""Messages to one mobile within a day."""
TRIES: Final = 5
"""Wrong codes after which those of a mobile open nothing more."""


class PhoneProof(Base):
    """A code that was sent to a mobile; neither stands here in plain text. Forgotten after a day."""

    __tablename__ = "video_phone_proof"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="the call that asked for it")
    number_hash: Mapped[str] = mapped_column(Hashed("number"), index=True)
    code_hash: Mapped[str] = mapped_column(Hashed("video_phone_proof.code"))
    sent_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = nobody has used it")
    tries: Mapped[int] = mapped_column(Integer, default=0, comment="wrong codes since it was sent")


def send(session: Session, call_id: str, number: str, address: str, at: datetime) -> bool:
    """Send the address in words and a code to a mobile (E.164), once a call and a few times a day; False when
    nothing more is sent. Harmless to repeat.
    """
    sent = select(func.count()).where(PhoneProof.number_hash == number, PhoneProof.sent_at > at - DAY)
    if session.get(PhoneProof, call_id) or (session.scalar(sent) or 0) >= MOST_A_DAY:
        return False
    code = f"{randbelow(10**DIGITS):0{DIGITS}d}"
    row = {"call_id": call_id, "number_hash": number, "code_hash": code, "sent_at": at, "tries": 0}
    if not add_once(session, PhoneProof, [row]):
        return False
    told = {"address": in_words(address), "proof": code}
    return notices.write(session, TEMPLATE, f"sign:{call_id}", [number], told, at) > 0


def proved(session: Session, typed: str, code: str, address: str, at: datetime) -> str:
    """The mobile (E.164) that somebody proves by its code; empty for a wrong one. Raises NoAllowance."""
    allowances.have(session, LimitedRequest.VIDEO_CODE, address, CODES, at)
    found, plain = phone(typed), "".join(code.split())
    is_right = found.takes_sms and len(plain) == DIGITS and prove(session, found.number, plain, at)
    return found.number if is_right else ""


def prove(session: Session, number: str, code: str, at: datetime) -> bool:
    """Use up a code of a mobile (E.164); a wrong one counts as a try of all that are still good."""
    good = (
        PhoneProof.number_hash == number,
        PhoneProof.used_at.is_(None),
        PhoneProof.sent_at > at - LIFE,
        PhoneProof.tries < TRIES,
    )
    right = select(PhoneProof).where(*good, PhoneProof.code_hash == code).limit(1).with_for_update()
    row = session.scalars(right).first()
    if row is None:
        execute(session, update(PhoneProof).where(*good).values(tries=PhoneProof.tries + 1))
        return False
    row.used_at = at
    return True


def forget(session: Session, at: datetime) -> int:
    """Remove codes that no longer count; how many."""
    return execute(session, delete(PhoneProof).where(PhoneProof.sent_at <= at - DAY))
