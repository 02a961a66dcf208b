"""Staff identities and their permissions: use cases."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Unpack
from unicodedata import normalize

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing, faults, refuse
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.ledger.changes import Authorship, ChangeContext, change, close
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.permissions import ANY_OTHER, Action, Role
from hotline.sheets.columns import refuse_unfit
from hotline.staff.rules import Staff, described, gains, says_of
from hotline.staff.store import Agent, StaffRow
from hotline.texts import UnfitText, fit

MANY = 500
"""So many logins are asked for at once."""
LONGEST_BREAK = 64
"""Characters of the reason of a break."""


class UnknownStaff(HotlineError, code="unknown-staff"):
    """A login that nobody has at that time."""

    login: str


class NotPermitted(HotlineError, code="not-permitted", varies_by="where"):
    """A known person without a role that allows it."""

    login: str
    action: Action
    agency: str = ""

    @property
    def where(self) -> Literal["", "agency"]:
        """The scope of the refusal: one agency, or everything."""
        return "" if self.agency in ("", ANY_OTHER) else "agency"


class LastAdministrator(HotlineError, code="last-administrator"):
    """A change after which nobody could let anybody in."""

    login: str
    at: datetime


class MoreThanOwn(HotlineError, code="more-than-own"):
    """A grant to oneself of what one does not have."""

    login: str


class OtherPerson(HotlineError, code="other-person"):
    """A login that would be given to somebody else."""

    login: str
    name: str


class NoAgent(HotlineError, code="no-agent", varies_by="whose"):
    """No agent answers on this phone; an empty one: whoever asks has none."""

    phone: str

    @property
    def whose(self) -> Literal["", "own"]:
        """Own where the phone is that of whoever asks."""
        return "" if self.phone else "own"


def staff(session: Session, login: str, at: datetime) -> Staff:
    """Find the holder of a login at an instant. Raises UnknownStaff."""
    return member_of(existing(history.in_force(session, StaffRow, login, at), UnknownStaff(login)))


@dataclass(frozen=True, slots=True)
class Tenure:
    """The holder of a login, and since when without a break: proofs from before a break no longer count."""

    member: Staff
    since: datetime


def tenure(session: Session, login: str, at: datetime) -> Tenure:
    """Find the holder of a login at an instant, and since when. Raises UnknownStaff."""
    rows = history.history(session, StaffRow, login)
    row = next((row for row in rows if row.replaced_at is None and row.period.holds(at)), None)
    since = history.unbroken(rows, at)
    if row is None or since is None:
        raise UnknownStaff(login)
    return Tenure(member_of(row), since)


def latest_names(session: Session, logins: Collection[str], at: datetime) -> dict[str, str]:
    """The current or last name behind each of these logins; without those that were never anybody's."""
    found: dict[str, tuple[tuple[bool, datetime, int], str]] = {}
    some = list(logins)
    for start in range(0, len(some), MANY):
        chosen = StaffRow.key.in_(some[start : start + MANY])
        for row in session.scalars(select(StaffRow).where(chosen, StaffRow.valid_from <= at)):
            if row.replaced_at is not None and row.replaced_at <= row.valid_from:
                continue  # taken back before it took effect
            rank = (row.replaced_at is None, row.valid_from, row.id)
            if row.key not in found or found[row.key][0] < rank:
                found[row.key] = (rank, row.name)
    return {login: name for login, (_rank, name) in found.items()}


def permitted(session: Session, login: str, action: Action, at: datetime, agency: str = "") -> Staff:
    """The person, if allowed to do it (for an agency). Raises UnknownStaff, NotPermitted."""
    return require(staff(session, login, at), action, agency)


def require(member: Staff, action: Action, agency: str = "") -> Staff:
    """The person, if allowed to do it (for an agency). Raises NotPermitted."""
    if not member.may(action, agency):
        raise NotPermitted(member.login, action, agency)
    return member


def everybody(session: Session, at: datetime) -> list[Staff]:
    """List all staff at an instant, by login."""
    return [member_of(row) for row in history.all_in_force(session, StaffRow, at)]


def mailbox(session: Session, login: str, at: datetime) -> str:
    """The e-mail address of a login; of who has none, or has left, the login, so that the gap is seen."""
    row = history.in_force(session, StaffRow, login, at)
    return (row and row.email) or login


def with_role(session: Session, role: Role, at: datetime, agency: str = "") -> list[Staff]:
    """List the holders of a role (in an agency) at an instant, by login: supervisors, an agency's liaison."""
    which = [cast(StaffRow.roles, String).contains(f'"{role}"')]
    which += [StaffRow.agency == agency] if agency else []
    return [member_of(row) for row in history.all_in_force(session, StaffRow, at, *which)]


def by_phone(session: Session, phone: str, at: datetime) -> Staff | None:
    """Find the holder of a SIP phone or extension."""
    return next(iter(at_phone(session, phone, at)), None)


def at_phone(session: Session, phone: str, at: datetime) -> list[Staff]:
    """List everybody who has this SIP phone or extension, by login; nobody has an empty one."""
    rows = history.all_in_force(session, StaffRow, at, StaffRow.phone == phone) if phone else []
    return [member_of(row) for row in rows]


def is_nobody(session: Session) -> bool:
    """Tell whether there was never any staff: then the first import may name its own administrator."""
    return session.scalar(select(StaffRow.id).limit(1)) is None


def set_staff(
    session: Session, member: Staff, period: Period, *, renamed: bool = False, **who: Unpack[Authorship]
) -> bool:
    """Write an identity from a date of effect on; False when it is so already. Audited.

    ``renamed``: the person who has the login is called so from then on.
    Raises UnfitRow, MoreThanOwn, LastAdministrator, OtherPerson.
    """
    examine(session, member, period, at=who["at"], by=who["by"], renamed=renamed)
    pen = ChangeContext(action=Action.STAFF_CHANGE, **who)
    return change(session, StaffRow, member.login, says_of(member), period, pen)


def examine(
    session: Session, member: Staff, period: Period, *, at: datetime, by: str, renamed: bool = False
) -> None:
    """Refuse an identity that may not be written as it is; others who write wait until this transaction ends.

    Raises UnfitRow, MoreThanOwn, LastAdministrator, OtherPerson.
    """
    revise(session)
    refuse(wrong(session, member, period, at=at, by=by, renamed=renamed))


def wrong(
    session: Session, member: Staff, period: Period, *, at: datetime, by: str, renamed: bool = False
) -> list[HotlineError]:
    """List all that speaks against an identity as it is."""
    checks: list[Callable[[], object]] = [
        partial(refuse_unfit, "staff", member.login, says_of(member)),
    ]
    if by == member.login:
        checks.append(partial(_refuse_more, session, member, at))
    if Role.ADMINISTRATOR not in member.roles:
        checks.append(partial(_refuse_last, session, member.login, period))
    return faults(*checks, partial(_refuse_another, session, member, period, at, renamed))


def close_staff(session: Session, login: str, since: datetime, **who: Unpack[Authorship]) -> None:
    """End an identity from ``since`` on;
    what proves it is ended by ``accounts.endings.end_staff``, which calls this.

    Audited. Raises UnknownStaff, LastAdministrator.
    """
    revise(session)
    _refuse_last(session, login, Period(since))
    pen = ChangeContext(action=Action.STAFF_CHANGE, **who)
    if not close(session, StaffRow, login, since, pen):
        raise UnknownStaff(login)


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names are written alike, but for blanks, width and capitals."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(normalize("NFKC", name).casefold().split())


def _refuse_another(session: Session, member: Staff, period: Period, at: datetime, renamed: bool) -> None:
    """Refuse a login to anyone not named as its holder or last one, unless the holder is ``renamed``."""
    name = latest_names(session, (member.login,), at).get(member.login)
    if name is None or is_same_name(name, member.name):
        return
    until_then = [Period(at, period.since)]
    for row in history.counting(session, StaffRow, member.login):
        until_then = [left for one in until_then for left in one.without(row.period)]
    is_held = history.in_force(session, StaffRow, member.login, at) is not None
    if not (renamed and is_held and all(left.is_empty for left in until_then)):
        raise OtherPerson(member.login, name)


def _refuse_more(session: Session, member: Staff, at: datetime) -> None:
    row = history.in_force(session, StaffRow, member.login, at)
    if row is not None and gains(member_of(row), member):
        raise MoreThanOwn(member.login)


def _refuse_last(session: Session, login: str, period: Period) -> None:
    """Refuse an end of the last administrator: somebody else must be one whenever ``login`` was to be."""
    counting = select(StaffRow).where(
        StaffRow.replaced_at.is_(None), cast(StaffRow.roles, String).contains(f'"{Role.ADMINISTRATOR}"')
    )
    rows = [row for row in session.scalars(counting) if row.period.meets(period)]
    others = [row.period for row in rows if row.key != login]
    edges = [max(period.since, row.valid_from) for row in rows if row.key == login]
    edges += [other.until for other in others if other.until and period.holds(other.until)] if edges else []
    for edge in sorted(edges):
        if not any(other.holds(edge) for other in others):
            raise LastAdministrator(login, edge)


def refuse_without(session: Session, login: str, at: datetime) -> None:
    """Require an administrator once what ``login`` was given is taken back. Raises LastAdministrator."""
    if not with_role(session, Role.ADMINISTRATOR, at):
        raise LastAdministrator(login, at)


def set_break(session: Session, phone: str, reason: str, *, at: datetime, by: str, why: str = "") -> None:
    """Begin an agent's break, or with an empty reason end it. One's own, or whose role allows it. Audited.

    ``why``: of somebody else's break, what the supervisor says. Asterisk is told the reason in one line.
    Raises NoAgent, UnknownStaff, NotPermitted, UnfitText.
    """
    reason = fit("reason", reason, LONGEST_BREAK, needed=False)
    if "\n" in reason:
        raise UnfitText("reason", "control")
    agent = existing(session.get(Agent, phone), NoAgent(phone))
    if staff(session, by, at).phone != phone:
        permitted(session, by, Action.AGENT_BREAK, at)
    before, after = {"break": agent.paused}, {"break": reason}
    if agent.paused != reason:
        agent.state_since = at
    agent.paused, why = reason, why or reason
    audit(session, at, by, Action.AGENT_BREAK, f"agent:{phone}", before=before, after=after, reason=why)


def member_of(row: StaffRow) -> Staff:
    """Build the member of the staff of a row."""
    return described(row.key, row.says())
