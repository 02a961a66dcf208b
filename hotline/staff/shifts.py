"""Shifts of agents and interpreters: who is to be on duty, for which language, from when until when.

A shift that is cancelled stays as a row, with who cancelled it. Nobody is on duty twice at once. What people
write in a file, names and words, is understood here; how the file is brought in, elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import numbered
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.permissions import Action, Role
from hotline.staff.rules import Shift, Staff
from hotline.staff.service import latest_names, permitted, with_role
from hotline.staff.store import ShiftRow

LONGEST: Final = timedelta(hours=24)
"""A longer one is a slip of the pen."""
SIGN: Final = "tss"
"""Taiwan Sign Language: an interpreter's shift, who answers no queue (P6.4)."""
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("zh-tw", "國語", "華語", "mandarin"), "zh-TW"),
        **dict.fromkeys(("nan-tw", "臺語", "台語", "taiwanese"), "nan-TW"),
        **dict.fromkeys(("hak-tw", "客語", "hakka"), "hak-TW"),
        **dict.fromkeys(("en", "英語", "english"), "en"),
        **dict.fromkeys(("ja", "日語", "japanese"), "ja"),
        **dict.fromkeys((SIGN, "手語", "臺灣手語", "sign language"), SIGN),
    }
)
"""The tag of a language by the words for it, in small letters."""


class ShiftEndsEarly(HotlineError, code="shift-ends-early"):
    """A shift that ends before it has begun."""

    field: str = "until"


class ShiftTooLong(HotlineError, code="shift-too-long"):
    """A shift that is longer than ``LONGEST``."""

    most: timedelta = LONGEST
    field: str = "until"


class ShiftOverlaps(HotlineError, code="shift-overlaps"):
    """A shift of somebody who has another one then."""

    name: str
    since: datetime
    until: datetime
    field: str = "since"


class NotAnAgent(HotlineError, code="not-an-agent"):
    """A login or a name that no agent or interpreter has at that time."""

    person: str
    field: str = "person"


class SeveralAgents(HotlineError, code="several-agents"):
    """A name that several agents have: the login says who is meant."""

    person: str
    logins: tuple[str, ...]
    field: str = "person"


class UnknownLanguage(HotlineError, code="unknown-language"):
    """A word that is none of the languages of the queues."""

    word: str
    field: str = "language"


class LanguageOfOthers(HotlineError, code="language-of-others"):
    """A shift in sign language for an agent, or in a spoken one for an interpreter."""

    name: str
    field: str = "language"


class UnknownShift(HotlineError, code="unknown-shift"):
    """A shift that nobody made, or that was cancelled."""

    number: int


def language_of(member: Staff, word: str) -> str:
    """The tag of a language by a word for it; an interpreter's is sign language alone, and no agent's.

    Raises UnknownLanguage, LanguageOfOthers.
    """
    tag = existing(LANGUAGES.get(word.strip().casefold()), UnknownLanguage(word))
    if (Role.INTERPRETER if tag == SIGN else Role.AGENT) not in member.roles:
        raise LanguageOfOthers(member.name)
    return tag


def agent_of(agents: Collection[Staff], person: str) -> Staff:
    """Find the agent or interpreter of a login or a name. Raises NotAnAgent, SeveralAgents."""
    plain = person.strip()
    by_login = [one for one in agents if one.login == plain.casefold()]
    found = by_login or [one for one in agents if one.name == plain]
    if len(found) > 1:
        raise SeveralAgents(person, tuple(one.login for one in found))
    return existing(next(iter(found), None), NotAnAgent(person))


def check(shift: Shift) -> None:
    """Refuse a time that nobody can be on duty. Raises ShiftEndsEarly, ShiftTooLong."""
    if shift.until <= shift.since:
        raise ShiftEndsEarly
    if shift.until - shift.since > LONGEST:
        raise ShiftTooLong


def refuse_overlap(shift: Shift, others: Iterable[Shift], name: str) -> None:
    """Refuse a shift of somebody who has another one then. Raises ShiftOverlaps."""
    for other in others:
        if shift.meets(other):
            raise ShiftOverlaps(name, other.since, other.until)


def shift_agents(session: Session, at: datetime) -> list[Staff]:
    """List the agents and interpreters, who may be on duty at an instant, by login."""
    found = {
        one.login: one for role in (Role.AGENT, Role.INTERPRETER) for one in with_role(session, role, at)
    }
    return sorted(found.values(), key=lambda one: one.login)


def shifts(session: Session, since: datetime, until: datetime) -> list[ShiftRow]:
    """List the shifts that have a moment in a stretch of time, by beginning."""
    meets = ShiftRow.since < until, ShiftRow.until > since, ShiftRow.cancelled_at.is_(None)
    return list(session.scalars(select(ShiftRow).where(*meets).order_by(ShiftRow.since, ShiftRow.login)))


def on_duty(session: Session, at: datetime) -> list[ShiftRow]:
    """List the agents' shifts that run at an instant."""
    return [row for row in _running(session, at) if row.language != SIGN]


def interpreters_on_duty(session: Session, at: datetime) -> list[ShiftRow]:
    """List the interpreters' shifts that run at an instant."""
    return [row for row in _running(session, at) if row.language == SIGN]


def _running(session: Session, at: datetime) -> list[ShiftRow]:
    return shifts(session, at, at + timedelta(microseconds=1))


def shift_names(session: Session, rows: Sequence[ShiftRow], at: datetime) -> Mapping[str, str]:
    """The names of those who have these shifts, by login."""
    return latest_names(session, {row.login for row in rows}, at)


def add(session: Session, shift: Shift, *, at: datetime, by: str) -> ShiftRow:
    """Put an agent or interpreter on duty for a time. Audited.

    Raises NotPermitted, ShiftEndsEarly, ShiftTooLong, NotAnAgent, UnknownLanguage, LanguageOfOthers,
    ShiftOverlaps.
    """
    permitted(session, by, Action.SHIFT_CHANGE, at)
    check(shift)
    member = agent_of(shift_agents(session, shift.since), shift.login)
    shift = replace(shift, login=member.login, language=language_of(member, shift.language))
    known = [row.shift for row in shifts(session, shift.since, shift.until)]
    refuse_overlap(shift, known, member.name)
    row = write(session, (shift,), at=at, by=by)[0]
    audit(session, at, by, Action.SHIFT_CHANGE, f"shift:{row.id}", after=says(row))
    return row


def cancel(session: Session, number: int, *, at: datetime, by: str, reason: str = "") -> ShiftRow:
    """Take a shift back; the row stays. Audited. Raises NotPermitted, UnknownShift."""
    permitted(session, by, Action.SHIFT_CHANGE, at)
    row = session.get(ShiftRow, number, with_for_update=True)
    if row is None or row.cancelled_at is not None:
        raise UnknownShift(number)
    row.cancelled_at, row.cancelled_by = at, by
    after = {"cancelled": True}
    audit(
        session, at, by, Action.SHIFT_CHANGE, f"shift:{row.id}", before=says(row), after=after, reason=reason
    )
    return row


def write(session: Session, planned: Iterable[Shift], *, at: datetime, by: str) -> list[ShiftRow]:
    """Write shifts that were examined; who calls it audits them."""
    rows = [
        ShiftRow(
            login=one.login, language=one.language, since=one.since, until=one.until, made_at=at, made_by=by
        )
        for one in planned
    ]
    for row in rows:
        numbered(session, row)
    return rows


def says(row: ShiftRow) -> dict[str, object]:
    """The words of a shift for the audit log."""
    return {"login": row.login, "language": row.language, "since": row.since, "until": row.until}
