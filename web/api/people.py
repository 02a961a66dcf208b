"""The staff and their roles, and the audit log."""

from datetime import datetime
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel, Field

from administration.day_anchors import verify_log
from administration.personal_data import about_citizen
from hotline.accounts import break_glass, endings
from hotline.ledger import find
from hotline.ledger.audit import audit
from hotline.ledger.find import AuditQuery, Which
from hotline.ledger.looks import looks_at
from hotline.ledger.periods import Period
from hotline.ledger.pseudonyms import CITIZEN
from hotline.ledger.store import AuditRow
from hotline.ledger.verification import length
from hotline.permissions import Action
from hotline.sheets.rows import MemberSays
from hotline.staff import role_grants
from hotline.staff.rules import Staff
from web.api import gate, models, rows
from web.api.gate import Answer, Room

MOST_BROKEN: Final = 50
room = Room("people", "The staff and their roles, and the audit log")


class MemberChange(MemberSays, models.ChangeBody):
    """A member of the staff from an instant on."""

    renamed: bool = Field(False, description="the person who has the login is called so from now on")


class Member(MemberSays, models.DatedRecord):
    """A member of the staff."""

    login: str


class AuditLogQuery(models.PageQuery):
    """Choice of rows of the audit log."""

    by: models.Short = ""
    action: models.Short = Field("", description="for example directory.forward")
    subject: models.Short = Field("", description="a kind (desk) or a thing (desk:5112)")
    since: models.Instant | None = None
    until: models.Instant | None = Field(None, description="to before when")
    which: Which = Which.CHANGES


class AuditRecord(BaseModel):
    """A deed, or a look; a citizen is a pseudonym in it, the same wherever the same number or name stands."""

    number: int
    at: datetime
    by: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


class Verified(BaseModel):
    """State of the audit log's chain."""

    links: int
    broken: list[str] = Field(description=f"places where it is not as it was written, {MOST_BROKEN} at most")


class Citizen(models.RequestModel):
    """Whose data."""

    citizen: models.Name = Field(description="telephone number, for example 0912345678")


class ReadingRecord(models.RowModel):
    """Look at a citizen's data, by whom and when."""

    at: datetime
    by: str
    subject: str
    what: str
    reason: str


Readings = models.listing("Readings", ReadingRecord, "In their order.")


@room.read("/staff", Action.STAFF_CHANGE, models.Page[Member])
def members(query: models.ListQuery) -> Answer:
    """The staff as of an instant."""
    return rows.listed("staff", query, _member, Member)


@room.read("/staff/<login>", Action.STAFF_CHANGE, Member)
def member(path: models.LoginPath, query: models.AsOf) -> Answer:
    """Get who has a login as of an instant."""
    return rows.one("staff", path.login, query, _member)


@room.edit("/staff/<login>", Action.STAFF_CHANGE, Member)
def change_member(path: models.LoginPath, body: MemberChange) -> Answer:
    """Set who has a login, and which roles, from an instant on;
    nobody gives themselves more, and no login is given to another person.

    Roles that approve what others do are given by two administrators, on the pages or by command.
    """

    def deed(since: datetime) -> None:
        who = Staff(
            path.login, body.name, frozenset(body.roles), body.agency, body.section, body.phone, body.email
        )
        period = Period(since, body.until)
        break_glass.refuse_change(gate.session(), who, gate.now())
        role_grants.give_alone(
            gate.session(), who, period, **gate.stamp(), reason=body.reason, renamed=body.renamed
        )

    return rows.edited("staff", path.login, body, _member, deed)


@room.end("/staff/<login>", Action.STAFF_CHANGE)
def end_member(path: models.LoginPath, query: models.EndQuery) -> Answer:
    """The login is nobody's from then on; the last administrator stays."""

    def deed(since: datetime) -> None:
        endings.end_staff(gate.session(), path.login, since, **gate.stamp(), reason=query.reason)

    return rows.ended("staff", path.login, query.since or gate.now(), deed)


@room.read("/audit", Action.AUDIT_READ, models.Page[AuditRecord], writes=True)
def audit_log(query: AuditLogQuery) -> Answer:
    """The audit log, the newest first; that it was read is on record too (P0-a)."""
    session = gate.session()
    asked = AuditQuery(query.by, query.action, query.subject, query.since, query.until, query.which)
    total = find.how_many(session, asked)
    found = find.found(session, asked, skip=(query.page - 1) * query.size, most=query.size)
    told = [_row(row) for row in found]
    subject = query.subject if ":" in query.subject else "audit:all"
    after = query.model_dump(exclude_defaults=True)
    audit(session, **gate.stamp(), action=Action.AUDIT_READ, subject=subject, after=after)
    return Answer(models.Page[AuditRecord](items=told, page=query.page, size=query.size, total=total))


@room.read("/audit/<int:number>", Action.AUDIT_READ, AuditRecord)
def audit_row(path: models.NumberPath) -> Answer:
    """A row of the audit log; a citizen is a pseudonym in it, and is read in the record that it tells of."""
    return Answer(_row(find.row_of(gate.session(), path.number)))


@room.act("/audit/verify", Action.AUDIT_READ, Verified)
def verify_audit() -> Answer:
    """Examine whether every row of the audit log stands as and where it was written."""
    with gate.write_session() as session:
        audit(session, **gate.stamp(), action=Action.AUDIT_READ, subject="audit:chain")
    places = verify_log(gate.factory(), gate.house().settings.anchors)
    broken = [str(place) for place in islice(places, MOST_BROKEN)]
    with gate.read_session() as session:
        return Answer(Verified(links=length(session), broken=broken))


@room.do("/audit/citizen", Action.AUDIT_READ, Readings)
def readings_of(body: Citizen) -> Answer:
    """List every reading of what is kept of a citizen's number; the number stands in no address."""
    session = gate.session()
    found = looks_at(session, *about_citizen(session, body.citizen))
    audit(session, **gate.stamp(), action=Action.AUDIT_READ, subject=f"{CITIZEN}:{body.citizen}")
    return Answer(Readings(items=found))


def _row(row: AuditRow) -> AuditRecord:
    before, after = find.told(row)
    return models.filled(AuditRecord, row, number=row.id, before=before, after=after)


def _member(row: Any) -> Member:
    return Member(login=row.key, **row.says(), **rows.held(row))
