"""Agencies, the call centre and citizens around cases: what each does, at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.chase import CaseChase
from hotline.cases.deadlines import CaseLimits
from hotline.cases.digest import Digest
from hotline.cases.drafts import DraftFields
from hotline.cases.events import events_of
from hotline.cases.filing import CaseFiling
from hotline.cases.moving import Moving
from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import CaseWords, ReplyWay
from hotline.cases.work import CaseWork
from hotline.categories.rules import Category
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import overrides
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.periods import Period
from hotline.outbox.service import notices
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Role
from hotline.reviews.records import ReviewRecords
from hotline.staff.rules import Staff, says_of
from hotline.staff.store import StaffRow
from hotline.worktime import Calendar, OfficeHours, Worktime

TEN = taipei("2026-11-24T10:00")
FOUNDED = Period(taipei("2020-01-01"))
MOBILE = "+886912345678"
REPORT_DAYS = 7
"""Working days for the report of a review."""
PEOPLE = (
    ("admin", Role.ADMINISTRATOR, ""),
    ("agent-1", Role.AGENT, "rdec"),
    ("boss", Role.SUPERVISOR, "rdec"),
    ("rdec-1", Role.AUTHORISED, "rdec"),
    ("sec", Role.SECRETARIAT, "sec"),
    ("duty", Role.DUTY_OFFICER, "rdec"),
    *(
        (f"{agency}-{name}", role, agency)
        for agency in ("epb", "pwd", "tra")
        for name, role in (
            ("quick", Role.QUICK_LIAISON),
            ("quick-2", Role.QUICK_LIAISON),
            ("liaison", Role.LIAISON),
            ("manager", Role.MANAGER),
            ("control", Role.CONTROL_OFFICER),
            ("mei", Role.OFFICER),
            ("an", Role.OFFICER),
        )
    ),
)


Kind = partial(Category, agency="pwd", stage1_hours=4, stage2_days=4, is_safety=True)
"""A category as tests make it."""
KINDS = {
    one.code: one
    for one in (
        Kind("3003", "路面損壞", row_id=1),
        Kind("3002", "路燈不亮", stage1_hours=24, stage2_days=7, row_id=2),
        Kind("9001", "公園意見", "petition", row_id=3),
        Kind("1003", "路霸排除", agency="epb", row_id=4),
    )
}


@dataclass
class Table:
    """The table of categories."""

    kinds: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType(dict(KINDS)))

    def at(self, session: Session, at: datetime) -> Mapping[str, Category]:
        return self.kinds

    def version(self, session: Session, row_id: int) -> Category:
        return next(one for one in self.kinds.values() if one.row_id == row_id)


@dataclass(frozen=True)
class Spot:
    """A place as it was said."""

    text: str
    key: str = ""
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None


def spot(text: str, *, district: str = "", point: tuple[float, float] | None = None) -> Spot:
    """Where it is, told by its point alone: the same address is not read here."""
    return Spot(text, "", district, *(point or (None, None)))


def people(session: Session) -> None:
    """The city moves in."""
    for code in ("epb", "pwd", "tra", "rdec", "sec"):
        set_row(session, Agency(code, f"{code}局"), FOUNDED, at=TEN, by="admin")
    written = {"valid_from": FOUNDED.since, "author": "admin", "reason": "", "recorded_at": TEN}
    for login, role, agency in PEOPLE:
        member = Staff(login, login, frozenset({role}), agency, email=f"{login}@city.example")
        session.add(StaffRow(key=login, **says_of(member), **written))  # as they were: nobody is examined


def elsewhere(session: Session, number: str, at: datetime) -> None:
    """A petition that has this number in the petition system."""
    row = Case(kind=CaseKind.PETITION, state=CaseState.DISPATCHED, agency="epb", external_ref=number)
    row.drafted_at, row.drafted_by = at, "agent-1"
    session.add(row)
    session.flush()


@dataclass
class CaseOffice:
    """Verbs of all who have to do with cases, each in a transaction of its own."""

    factory: Sessions
    limits: CaseLimits = field(default_factory=CaseLimits)
    table: Table = field(default_factory=Table)

    def __post_init__(self) -> None:
        with transaction(self.factory) as session:
            people(session)
        self.moving = Moving(self.worktime, lambda: self.limits, self.table)
        self.filing, self.work = (
            CaseFiling(self.moving, spot),
            CaseWork(self.moving, ReviewRecords(self.moving, REPORT_DAYS).follow),
        )
        self.chase = CaseChase(self.factory, self.work)
        self.digest = Digest(self.factory, self.table, lambda: self.limits, Calendar)

    def worktime(self, session: Session) -> Worktime:
        return Worktime(Calendar(overrides(session, TEN)), OfficeHours(time(8, 30), time(17, 30)))

    def filed(
        self,
        at: datetime = TEN,
        category: str = "3003",
        *,
        attach_to: str = "",
        phoned_at: datetime | None = None,
        **says: Any,
    ) -> str:
        """A citizen's report is filed; its number."""
        says = {
            "matter": "洞",
            "place": "文化路一段100號",
            "name": "王",
            "phone": MOBILE,
            "reply_way": ReplyWay.SMS,
        } | says
        with transaction(self.factory) as session:
            row = self.filing.draft(session, DraftFields(category=category, **says), "agent-1", at)
            row = self.filing.file(
                session,
                row.id,
                "agent-1",
                at,
                attach_to=attach_to,
                is_another=not attach_to,
                phoned_at=phoned_at,
            )
            assert row.number
            return row.number

    def does(
        self, number: str, move: Move, by: str, at: datetime, version: int | None = None, **says: Any
    ) -> None:
        """A move of the tables."""
        with transaction(self.factory) as session:
            self.work.move(session, number, move, CaseWords(**says), by, at, version)

    def acts(self, verb: str, *words: Any, **more: Any) -> Any:
        """A use case beside the moves."""
        with transaction(self.factory) as session:
            return getattr(self.work, verb)(session, *words, **more)

    def row(self, number: str) -> Case:
        with transaction(self.factory) as session:
            return session.scalars(select(Case).where(Case.number == number)).one()

    def events(self, number: str, kind: str = "") -> list[CaseEvent]:
        with transaction(self.factory) as session:
            row = session.scalars(select(Case).where(Case.number == number)).one()
            return events_of(session, row.id, kind)

    def letters(self, template: str) -> list[str]:
        """Recipients of a message, in the order of writing; of the staff without their domain."""
        with transaction(self.factory) as session:
            return [
                one.recipient.removesuffix("@city.example")
                for one in notices(session)
                if one.template == template
            ]

    def texts(self, template: str) -> list[str]:
        with transaction(self.factory) as session:
            return [one.text for one in notices(session) if one.template == template]

    def carried(self, state: OutboxState = OutboxState.SENT) -> None:
        """What waits to be sent is sent, or becomes what a test says."""
        with transaction(self.factory) as session:
            for one in session.scalars(
                select(OutboxMessage).where(OutboxMessage.state == OutboxState.WAITING)
            ):
                one.state = state
