"""A case as who asks for it by telephone may know it: how it stands, and whether it is theirs (P5.2.4, P8.1).

Looked up live, within the wait of the process that asks; nothing personal leaves here. Tries are
counted for an hour, by the telephone that asks and by the case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.allowances import LimitedRequest
from hotline.cases import cancelling, find
from hotline.cases.rules import JOINABLE, CaseState
from hotline.cases.store import Case
from hotline.db import Sessions, is_away, looking
from hotline.numbers import ANONYMOUS, e164
from hotline.phones import phone

log = structlog.get_logger()
Told = TypeVar("Told")


class NotTold(StrEnum):
    """Reason why nothing is told of a case."""

    UNKNOWN = "unknown"
    TOO_OFTEN = "too-often"
    """As many tries as may be made in an hour were made, by this telephone or at this case."""
    AWAY = "away"
    """The database is away."""


@dataclass(frozen=True, slots=True)
class AskedCase:
    """How a case stands for who reported it.

    ``is_own``: who asks is known by the mobile left with it; ``has_code``: a code was sent, and not used yet.
    """

    number: str
    state: CaseState
    due_at: datetime | None = None
    is_own: bool = False
    has_code: bool = False
    can_cancel: bool = False


@dataclass(frozen=True, slots=True)
class TryLimits:
    """Tries an hour (settings ``case_tries_*``)."""

    caller: int = 10
    case: int = 10


class AskedCases:
    """Cases for callers; ``limits`` are asked each time."""

    def __init__(self, factory: Sessions, limits: Callable[[], TryLimits] = TryLimits) -> None:
        self._factory, self._limits = factory, limits

    def find(self, number: str, holder: str, at: datetime) -> AskedCase | NotTold:
        """The case of a number; ``holder``: the telephone that asks, as its carrier gives it, or empty."""

        def found(session: Session) -> AskedCase | NotTold:
            if self._is_used_up(session, number, holder, at):
                return NotTold.TOO_OFTEN
            row = find.by_number(session, number)
            return asked(row, holder) if row else NotTold.UNKNOWN

        return self._look(found)

    def is_code(self, number: str, code: str, holder: str, at: datetime) -> bool | NotTold:
        """Tell whether this is the code that was sent with the case's number."""

        def found(session: Session) -> bool | NotTold:
            row = find.by_number(session, number)
            if self._is_used_up(session, number, holder, at):
                return NotTold.TOO_OFTEN
            if row and cancelling.codes_are_used_up(session, row, at):
                return NotTold.TOO_OFTEN
            return bool(row and cancelling.is_code(row, code))

        return self._look(found)

    def filed(self, call_id: str) -> str:
        """The number of the last case filed in a call whose petitioner gets no message (V-12), or empty."""

        def found(session: Session) -> str:
            rows = [row for row in find.of_call(session, call_id) if row.number and not takes_messages(row)]
            return rows[-1].number or "" if rows else ""

        number = self._look(found)
        return "" if isinstance(number, NotTold) else number

    def _look(self, found: Callable[[Session], Told]) -> Told | NotTold:
        try:
            with looking(self._factory) as session:
                return found(session)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("case.unlooked", why=str(error).partition("\n")[0])
            return NotTold.AWAY

    def _is_used_up(self, session: Session, number: str, holder: str, at: datetime) -> bool:
        limits = self._limits()
        return any(
            allowances.is_used_up(session, wanted, who, most, at)
            for wanted, who, most in (
                (LimitedRequest.CASE_CALLER, e164(holder), limits.caller),
                (LimitedRequest.CASE, number, limits.case),
            )
            if who != ANONYMOUS
        )


def takes_messages(row: Case) -> bool:
    """Tell whether a petitioner is written to: by SMS to a mobile, or by e-mail. Pure."""
    return bool(row.email) or phone(row.phone).takes_sms


def asked(row: Case, holder: str) -> AskedCase:
    """Facts of a case that a caller may know. Pure."""
    is_cancelled = row.cancelled_at is not None or row.withdrawn_at is not None
    state = CaseState.CANCELLED if is_cancelled else row.case_state
    return AskedCase(
        row.number or "",
        state,
        row.due_at,
        is_own=bool(holder) and cancelling.is_holder(row, holder),
        has_code=bool(row.code_digest),
        can_cancel=state in JOINABLE,
    )
