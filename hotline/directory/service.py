"""Use cases of the directory: each changes rows from a date of effect on, under a name, with an audit row.

Every function works in the transaction it is given. ``at`` is now, ``period`` is when the change holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, Unpack

from sqlalchemy.orm import Session

from hotline.clock import TAIPEI
from hotline.directory.circles import LEADING, refuse_circles
from hotline.directory.owners import call_centre
from hotline.directory.rows import KINDS, facts_of
from hotline.directory.rules import Booking, DutyOfficer
from hotline.errors import HotlineError, existing
from hotline.ledger import history
from hotline.ledger.changes import Authorship, ChangeContext, change, close
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.numbers import EXTENSION
from hotline.outbox import service as notices
from hotline.sheets import rows
from hotline.sheets.columns import refuse_unfit
from hotline.sheets.faults import SheetFaultKind, Unreadable

OFFICE: Final = "contact"
"""The kind of rows that say who holds an office, and who are the deputies."""


class Unknown(HotlineError, code="unknown"):
    """The directory has no such thing at that time."""

    kind: str
    key: str


class FollowsItself(HotlineError, code="follows-itself"):
    """An extension cannot follow itself."""

    extension: str


def write(
    session: Session, kind: str, key: str, says: Mapping[str, Any], period: Period, **who: Unpack[Authorship]
) -> bool:
    """Write a row from now on; False when it says so already. Raises EmptyPeriod, UnfitRow, Circular."""
    refuse_unfit(kind, key, says)
    revise(session)
    facts = facts_of(session)
    if kind in LEADING and not period.is_empty and facts.say(kind, key, says, period):
        refuse_circles(facts, kind, key)
    pen = ChangeContext(action=KINDS[kind].action, **who)
    is_new = change(session, KINDS[kind].table, key, says, period, pen)
    if is_new and kind == OFFICE:
        _tell_of_office(session, key, period.since, who["at"])
    return is_new


def withdraw(session: Session, kind: str, key: str, since: datetime, **who: Unpack[Authorship]) -> None:
    """End a row from ``since`` on: an extension rings itself again, a person is back.

    Raises Unknown when there is none.
    """
    revise(session)
    pen = ChangeContext(action=KINDS[kind].action, **who)
    if not close(session, KINDS[kind].table, key, since, pen):
        raise Unknown(kind, key)
    if kind == OFFICE:
        _tell_of_office(session, key, since, who["at"])


def _tell_of_office(session: Session, key: str, since: datetime, at: datetime) -> None:
    """Tell RDEC that an agency's office has another holder or deputy (P5.4.6); once for all that is
    written at one instant.
    """
    code, day = key.partition("/")[0], since.astimezone(TAIPEI)
    agency = history.in_force(session, KINDS["agency"].table, code, at)
    told = {"agency": agency.says()["name"] if agency else code, "date": f"{day.month}月{day.day}日"}
    event = f"offices:{code}:{at.astimezone(TAIPEI):%Y%m%d%H%M%S}"
    notices.write(session, "N-63", event, call_centre(session, at), told, at)


class NotDialable(HotlineError, code="not-dialable", varies_by="why"):
    """A text that no outside line can dial: no telephone number, or one abroad or at a price."""

    number: str
    why: Literal["form", "cost"]


def dialable(number: str) -> str:
    """The number as it is printed. Raises NotDialable: what stands in a row is dialled one day."""
    try:
        return rows.number(number)
    except Unreadable as error:
        costs = error.wrong is SheetFaultKind.NOT_OURS_TO_DIAL
        raise NotDialable(number, "cost" if costs else "form") from None


def set_forward(
    session: Session, extension: str, target: str, period: Period, **who: Unpack[Authorship]
) -> bool:
    """Let an extension follow another for a time (P5.1.2). Raises Unknown, FollowsItself, Circular."""
    if extension == target:
        raise FollowsItself(extension)
    known(session, "desk", extension, period.since)
    known(session, "desk", target, period.since)
    return write(session, "forward", extension, {"target": target}, period, **who)


def set_absence(session: Session, person: str, cause: str, period: Period, **who: Unpack[Authorship]) -> bool:
    """Record that a person is away for a time; the phone is passed over as a neighbour. Raises Unknown."""
    known(session, "person", person, period.since)
    return write(session, "absence", person, {"cause": cause}, period, **who)


def set_booking(session: Session, booking: Booking, period: Period, **who: Unpack[Authorship]) -> bool:
    """Book a whole section away (P5.1.2); who answers meanwhile. Raises Unknown, CoversItself, Circular."""
    known(session, "section", booking.section, period.since)
    if booking.cover:
        desk = known(session, "desk", booking.cover, period.since)
        if desk.says()["section"] == booking.section:
            raise CoversItself(booking.section, booking.cover)
    says = {"cause": booking.cause, "cover": booking.cover}
    return write(session, "booking", booking.section, says, period, **who)


class CoversItself(HotlineError, code="covers-itself"):
    """A section that is away cannot answer for itself."""

    section: str
    extension: str


def set_duty(session: Session, officer: DutyOfficer, period: Period, **who: Unpack[Authorship]) -> bool:
    """A place on the roster of duty officers, for a time (P5.1.3). Raises NotDialable, Unknown."""
    number = duty_number(session, officer.number, period.since)
    says = {"name": officer.name, "number": number}
    return write(session, "duty", str(officer.order), says, period, **who)


def duty_number(session: Session, number: str, at: datetime) -> str:
    """Extension, or outside number as it is printed, of an officer on duty. Raises NotDialable, Unknown."""
    if EXTENSION.fullmatch(number):
        return known(session, "desk", number, at).key
    return dialable(number)


def switchboard_fails(
    session: Session, agency: str, alternative: str, period: Period, **who: Unpack[Authorship]
) -> bool:
    """FAULT (P4.9): ring the alternative, empty = the one on file. Raises Unknown, NoAlternative."""
    row = known(session, "agency", agency, period.since)
    alternative = dialable(alternative) if alternative else ""
    if not (alternative or row.says()["alternative"]):
        raise NoAlternative(agency)
    return write(session, "switchboard", agency, {"alternative": alternative}, period, **who)


class NoAlternative(HotlineError, code="no-alternative"):
    """A failed switchboard without any other number to ring."""

    agency: str


def agency_of(session: Session, extension: str, at: datetime) -> str:
    """The agency an extension belongs to. Raises Unknown."""
    desk = known(session, "desk", extension, at)
    return agency_of_section(session, desk.says()["section"], at)


def agency_of_section(session: Session, section: str, at: datetime) -> str:
    """The agency a section belongs to. Raises Unknown."""
    return str(known(session, "section", section, at).says()["agency"])


def agency_of_person(session: Session, person: str, at: datetime) -> str:
    """The agency a person works in. Raises Unknown."""
    return agency_of_section(session, known(session, "person", person, at).says()["section"], at)


def known(session: Session, kind: str, key: str, at: datetime) -> history.DatedRow:
    """The row in force of a kind of the register. Raises Unknown."""
    return existing(history.in_force(session, KINDS[kind].table, key, at), Unknown(kind, key))
