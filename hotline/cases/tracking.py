"""Cases as citizens follow them on the web: opened by the number and the last four digits of the telephone
left, or by the code of the e-mail (P5.2.4, P8.1).

Misses are counted by address, by number and over all, whether the number exists or not. Every miss has one
answer, and the same is looked up for it. A case without a name opens to nobody.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.allowances import LimitedRequest, NoAllowance
from hotline.cases import find, telling
from hotline.cases.asked import AskedCase, asked
from hotline.cases.cancelling import (
    CODE_HOLDER,
    WRONG_CODE,
    Cancelling,
    CancelResult,
    codes_are_used_up,
    is_code,
)
from hotline.cases.events import told
from hotline.cases.rules import CaseState
from hotline.cases.sealed_photographs import image_of
from hotline.cases.store import Case, CasePhoto
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.log_masking import masked, masked_name
from hotline.overflow import CallLimit, count_overflow

log = structlog.get_logger()
OPENED, MISSED = "case.tracked", "case.track-missed"
"""Actions under which looks of citizens stand in the audit log."""
CITIZEN: Final = "citizen"
"""Who looks: nobody is asked for more than the digits."""
PHONE_DIGITS: Final = 4
SLOW: Final = timedelta(seconds=10)
"""Wait before each look while too many miss."""
ANSWERED: Final = frozenset(
    (
        CaseState.REPLIED,
        CaseState.RESULT_RECORDED,
        CaseState.DONE,
        CaseState.NO_ACTION,
        CaseState.CLOSED,
        CaseState.UNDER_AUDIT,
    )
)
"""States in which it is told what was done."""
_EVERYBODY: Final = "all"
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


class NotTracked(HotlineError, code="not-tracked"):
    """A number and digits that open nothing: unknown, wrong, without a name, or tried too often today."""


@dataclass(frozen=True, slots=True)
class MissLimits:
    """Misses of citizens: by address an hour, by number a day, over all an hour (``track_misses_*``)."""

    address: int = 5
    case: int = 20
    all: int = 200


@dataclass(frozen=True, slots=True)
class FollowedCase:
    """All of a case that its petitioner reads on the web; nothing personal of anyone."""

    case: AskedCase
    filed_at: datetime | None
    category_row: int | None
    agency: str
    authority: str
    """To which it was forwarded, outside the city."""
    result: str
    """What was done, or why nothing; names, telephones and addresses of e-mail masked."""
    done_at: datetime | None
    photos: Sequence[int]
    """Numbers of those that were released."""


class Tracking:
    """Opens cases to citizens; ``limits`` are asked each time."""

    def __init__(
        self, factory: Sessions, cancelling: Cancelling, limits: Callable[[], MissLimits] = MissLimits
    ) -> None:
        self._factory, self._cancelling, self._limits = factory, cancelling, limits

    def is_slow(self, at: datetime) -> bool:
        """Tell whether so many missed within the hour that everybody waits a little before a look."""
        with looking(self._factory) as session:
            return allowances.is_used_up(session, LimitedRequest.TRACK, _EVERYBODY, self._limits().all, at)

    def open(self, number: str, digits: str, address: str, at: datetime) -> bool:
        """Open a case; tell whether by its code, which has six digits, the telephone's are four. Audited.

        Raises NotTracked, NoAllowance.
        """
        limits, by_code = self._limits(), len(digits) == telling.CODE_DIGITS
        subject, how = f"case:{number}", {"by": "code" if by_code else "phone"}
        with transaction(self._factory) as session:
            allowances.have(session, LimitedRequest.TRACK_ADDRESS, address, limits.address, at)
            is_left = _had(session, LimitedRequest.TRACK_CASE, number, limits.case, at)
            found = find.by_number(session, number)
            row = found or Case(id=0, number=number, name="", phone="", code_digest="")
            may_try = not codes_are_used_up(session, row, at) if by_code else is_left
            is_right = is_code(row, digits) if by_code else is_phone(row, digits)
            if row.name and is_right and may_try:
                allowances.give_back(session, LimitedRequest.TRACK_ADDRESS, address, at)
                if is_left:
                    allowances.give_back(session, LimitedRequest.TRACK_CASE, number, at)
                audit(session, at, CITIZEN, OPENED, subject, after=how)
                return by_code
            if not _had(session, LimitedRequest.TRACK, _EVERYBODY, limits.all, at):
                count_overflow(CallLimit.TRACK, at)
                log.warning("track.too_many_missed", most=limits.all)
            if found and by_code and may_try and not is_right:
                told(session, found, CODE_HOLDER, WRONG_CODE, found.state, at)
            audit(session, at, CITIZEN, MISSED, subject, after=how)
        raise NotTracked

    def cancel(self, session: Session, number: str, at: datetime) -> CancelResult:
        """Cancel for whoever opened a case by its code and confirmed it; the code is used up by it.

        Raises NotTracked.
        """
        row = find.by_number(session, number)
        if row is None or not row.code_digest:
            raise NotTracked
        return self._cancelling.disown(session, number, at, by_code=True) or CancelResult.ALREADY


def followed(session: Session, number: str) -> FollowedCase | None:
    """A case as its petitioner reads it; None for one that has no page."""
    row = _row(session, number)
    if row is None:
        return None
    case, lead = asked(row, ""), _lead(session, row)
    is_answered = case.state in ANSWERED
    return FollowedCase(
        case,
        row.filed_at,
        row.category_row,
        row.agency,
        lead.authority if case.state is CaseState.EXTERNAL else "",
        impersonal(lead.result, _names(session, lead)) if is_answered else "",
        (lead.done_at or lead.replied_at or lead.closed_at) if is_answered else None,
        [] if case.state is CaseState.CANCELLED else _released(session, lead),
    )


def photo(session: Session, number: str, photo_id: int) -> bytes | None:
    """A photograph that was released to the petitioner of a case; None for any other."""
    found = followed(session, number)
    if not found or photo_id not in found.photos:
        return None
    return image_of(session, session.get_one(CasePhoto, photo_id))


def is_phone(row: Case, digits: str) -> bool:
    """Tell whether these are the last digits of the telephone left."""
    return len(digits) == PHONE_DIGITS and compare_digest(row.phone[-PHONE_DIGITS:].encode(), digits.encode())


def impersonal(text: str, names: Iterable[str]) -> str:
    """A text with names, telephones and addresses of e-mail masked. Pure."""
    for name in sorted({one for one in names if len(one) > 1}, key=len, reverse=True):
        text = text.replace(name, masked_name(name))
    return masked(_MAIL.sub("***", text))


def _had(session: Session, wanted: LimitedRequest, who: str, limit: int, at: datetime) -> bool:
    """Count one more; tell whether there was one left."""
    try:
        allowances.have(session, wanted, who, limit, at)
    except NoAllowance:
        return False
    return True


def _row(session: Session, number: str) -> Case | None:
    row = find.by_number(session, number)
    return row if row and row.name else None


def _lead(session: Session, row: Case) -> Case:
    return session.get_one(Case, row.lead_id) if row.lead_id else row


def _released(session: Session, lead: Case) -> list[int]:
    chosen = select(CasePhoto.id).where(CasePhoto.case_id == lead.id, CasePhoto.is_released.is_(True))
    return list(session.scalars(chosen.order_by(CasePhoto.id)))


def _names(session: Session, lead: Case) -> list[str]:
    """Names that a result may tell: of those who reported it, and of those who worked on it."""
    reporters = session.scalars(select(Case.name).where((Case.id == lead.id) | (Case.lead_id == lead.id)))
    return [*reporters, lead.doer, lead.reply_officer, lead.notified_person]
