"""The staff and their roles, and the audit log."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from hotline.accounts import endings
from hotline.ledger import find
from hotline.ledger.audit import audit
from hotline.ledger.find import Asked, Which
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow
from hotline.permissions import Action, Role
from hotline.staff import role_grants
from hotline.staff.rules import Staff
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import (
    At,
    Change,
    End,
    Held,
    Instant,
    Listing,
    LoginPath,
    Name,
    Number,
    Page,
    Sent,
    Short,
    Some,
    SomeCode,
)

room = Room("people", "The staff and their roles, and the audit log")


class MemberSays(Sent):
    """A member of the staff (spec §1)."""

    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    agency: SomeCode = Field("", description="empty = the city")
    section: SomeCode = ""
    phone: Number = Field("", description="extension, or the name of a SIP phone")
    email: Short = ""


class MemberChange(MemberSays, Change):
    """A member of the staff from an instant on."""

    renamed: bool = Field(False, description="the person who has the login is called so from now on")


class Member(MemberSays, Held):
    """A member of the staff."""

    login: str


class Rows(Some):
    """Which rows of the audit log."""

    by: Short = ""
    action: Short = Field("", description="for example directory.forward")
    subject: Short = Field("", description="a kind (desk) or a thing (desk:5112)")
    since: Instant | None = None
    until: Instant | None = Field(None, description="to before when")
    which: Which = Which.CHANGES


class Row(BaseModel):
    """A deed, or a look; what it tells of citizens is masked."""

    number: int
    at: datetime
    by: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


@room.read("/staff", Action.STAFF_CHANGE, Page[Member])
def members(query: Listing) -> Answer:
    """The staff as of an instant."""
    return rows.listed("staff", query, _member, Member)


@room.read("/staff/<login>", Action.STAFF_CHANGE, Member)
def member(path: LoginPath, query: At) -> Answer:
    """Who has a login as of an instant."""
    return rows.one("staff", path.login, query, _member)


@room.edit("/staff/<login>", Action.STAFF_CHANGE, Member)
def change_member(path: LoginPath, body: MemberChange) -> Answer:
    """Who has a login, and which roles, from an instant on; nobody gives themselves more, and no login is given to another person.

    Roles that approve what others do are given by two administrators, on the pages or by command.
    """

    def deed(since: datetime) -> None:
        by = gate.allow(Action.STAFF_CHANGE)
        who = Staff(
            path.login, body.name, frozenset(body.roles), body.agency, body.section, body.phone, body.email
        )
        period = Period(since, body.until)
        role_grants.give_alone(
            gate.session(), who, period, at=gate.now(), by=by, reason=body.reason, renamed=body.renamed
        )

    return rows.edited("staff", path.login, body, _member, deed)


@room.end("/staff/<login>", Action.STAFF_CHANGE)
def end_member(path: LoginPath, query: End) -> Answer:
    """The login is nobody's from then on; the last administrator stays."""

    def deed(since: datetime) -> None:
        by = gate.allow(Action.STAFF_CHANGE)
        endings.end_staff(gate.session(), path.login, since, at=gate.now(), by=by, reason=query.reason)

    return rows.ended("staff", path.login, query.since or gate.now(), deed)


@room.read("/audit", Action.AUDIT_READ, Page[Row], writes=True)
def audit_log(query: Rows) -> Answer:
    """The audit log, the newest first; that it was read is on record too (P0-a)."""
    session = gate.session()
    asked = Asked(query.by, query.action, query.subject, query.since, query.until, query.which)
    total = find.how_many(session, asked)
    found = find.found(session, asked, skip=(query.page - 1) * query.size, most=query.size)
    told = [_row(row) for row in found]
    subject = query.subject if ":" in query.subject else "audit:all"
    after = query.model_dump(exclude_defaults=True)
    by = gate.me().login
    audit(session, at=gate.now(), by=by, action=Action.AUDIT_READ, subject=subject, after=after)
    return Answer(Page[Row](items=told, page=query.page, size=query.size, total=total))


def _row(row: AuditRow) -> Row:
    before, after = find.told(row)
    return Row(
        number=row.id, at=row.at, by=row.by, action=row.action, subject=row.subject, before=before,
        after=after, reason=row.reason,
    )  # fmt: skip


def _member(row: Any) -> Member:
    return Member(login=row.key, **row.says(), **rows.held(row))
