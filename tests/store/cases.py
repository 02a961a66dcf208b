"""A small city for cases: two agencies with their people, categories, and the use cases over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from hotline.cases import find
from hotline.cases.cancelling import Cancelling
from hotline.cases.deadlines import CaseLimits, running
from hotline.cases.drafts import DraftFields
from hotline.cases.filing import CaseFiling
from hotline.cases.moving import Moving
from hotline.cases.rules import CaseKind, Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords, ReplyWay
from hotline.clock import taipei
from hotline.db import Sessions, locked, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency, Section
from hotline.errors import HotlineError
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.worktime import Calendar, OfficeHours, Worktime

TEN = taipei("2026-11-24T10:00")
"""A Tuesday."""
MOBILE, OTHER, LANDLINE = "+886912345678", "+886923456789", "+886229603456"
WORKTIME = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
PEOPLE = (
    Staff("agent-1", "話務員", frozenset({Role.AGENT})),
    Staff("rdec-1", "授權人員", frozenset({Role.AUTHORISED})),
    Staff("secretary-1", "秘書處", frozenset({Role.SECRETARIAT})),
    Staff("quick-1", "工務局窗口", frozenset({Role.QUICK_LIAISON}), "pwd", email="quick@pwd.example"),
    Staff("liaison-1", "工務局聯繫窗口", frozenset({Role.LIAISON}), "pwd", email="liaison@pwd.example"),
    Staff("liaison-2", "警察局聯繫窗口", frozenset({Role.LIAISON}), "police", email="liaison@police.example"),
    Staff("officer-1", "承辦人", frozenset({Role.OFFICER}), "pwd"),
    Staff("control-1", "研考人員", frozenset({Role.CONTROL_OFFICER}), "pwd"),
)


@dataclass(frozen=True)
class Kind:
    """A category as a version of the table has it."""

    code: str
    name: str
    kind: str = "quick"
    agency: str = "pwd"
    stage1_hours: int = 4
    stage2_days: int = 4
    is_safety: bool = False
    manager: str = ""
    row_id: int = 0

    def in_charge(self, district: str) -> tuple[str, str]:
        return self.agency, ""


POTHOLE = Kind("3003", "路面損壞", is_safety=True, row_id=1)
NOISE = Kind("1001", "妨害安寧案件", agency="police", stage2_days=1, row_id=2)
LAMP = Kind("3002", "路燈不亮", stage1_hours=24, stage2_days=7, is_safety=True, row_id=3)
PARKS = Kind("9001", "公園建議", "petition", stage1_hours=0, stage2_days=0, row_id=4)


class Table:
    """The categories, the same at all times."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = kinds

    def at(self, session: Session, at: datetime) -> Mapping[str, Kind]:
        return {one.code: one for one in self._kinds}

    def version(self, session: Session, row_id: int) -> Kind:
        return next(one for one in self._kinds if one.row_id == row_id)


@dataclass(frozen=True)
class Spot:
    """A place that was read from a text."""

    text: str
    key: str
    district: str = "板橋區"
    latitude: float | None = None
    longitude: float | None = None


class Abroad(HotlineError, code="abroad"):
    """A point that is not in the city."""


def read(text: str, *, district: str = "", point: tuple[float, float] | None = None) -> Spot:
    """A reader of places that knows every word and the city's corners."""
    if point and not (24 < point[0] < 26 and 121 < point[1] < 123):
        raise Abroad
    return Spot(text, text.replace(" ", ""), district or "板橋區", *(point or (None, None)))


class Desk:
    """The use cases, each act in a transaction of its own."""

    def __init__(self, factory: Sessions, limits: CaseLimits | None = None) -> None:
        self.factory = factory
        self.moving = Moving(
            lambda _session: WORKTIME, lambda: limits or CaseLimits(), Table(POTHOLE, NOISE, LAMP, PARKS)
        )
        self.filing = CaseFiling(self.moving, read)
        self.cancelling = Cancelling(self.moving)

    def draft(self, at: datetime = TEN, call_id: str = "", **fields: object) -> int:
        with transaction(self.factory) as session:
            return self.filing.draft(session, said(**fields), "agent-1", at, call_id).id

    def file(self, case_id: int, at: datetime = TEN, **how: object) -> Case:
        with transaction(self.factory) as session:
            return self.filing.file(session, case_id, "agent-1", at, **how)  # type: ignore[arg-type]

    def filed(self, at: datetime = TEN, **fields: object) -> Case:
        how = {name: fields.pop(name) for name in HOW if name in fields}
        return self.file(self.draft(at, **fields), at, **how)

    def move(self, case: Case, move: Move, by: str, at: datetime, **words: object) -> Case:
        with transaction(self.factory) as session:
            row = locked(session, Case, case.id)
            assert row is not None
            return self.moving.move(session, row, move, CaseWords(**words), by, at)  # type: ignore[arg-type]

    def case(self, case: Case) -> Case:
        with transaction(self.factory) as session:
            return session.get_one(Case, case.id)

    def messages(self, template: str = "") -> list[OutboxMessage]:
        from hotline.outbox.service import notices

        with transaction(self.factory) as session:
            return [one for one in notices(session) if template in ("", one.template)]


HOW = ("attach_to", "is_another", "as_petition", "phoned_at", "version")


def said(**fields: object) -> DraftFields:
    """A pothole before a school, by a named caller with a mobile."""
    usual: dict[str, object] = {
        "category": "3003",
        "matter": "校門口路面有坑洞",
        "place": "板橋區中山路一段161號",
        "name": "王小明",
        "phone": "0912345678",
        "reply_way": ReplyWay.SMS,
        "language": "zh-TW",
    }
    if fields.get("phone") == "":
        usual["reply_way"] = ReplyWay.NONE
    return DraftFields(**(usual | fields))  # type: ignore[arg-type]


def noise(**fields: object) -> dict[str, object]:
    """A neighbour's noise: quick, and no matter of safety."""
    return {"category": "1001", "matter": "夜間喧嘩"} | fields


def staffed(factory: Sessions, since: datetime = TEN) -> Sessions:
    """Two agencies and their people."""
    before = Period(since - timedelta(days=1))
    with transaction(factory) as session:
        for code, name in (("pwd", "工務局"), ("police", "警察局"), ("parks", "景觀處")):
            set_row(session, Agency(code, name), before, at=TEN, by="test")
        set_row(session, Section("road", "pwd", "養護科"), before, at=TEN, by="test")
        for one in PEOPLE:
            set_staff(session, one, before, at=TEN, by="test")
    return factory


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def deadlines(desk: Desk, case: Case) -> dict[str, object]:
    """The running ones by kind."""
    with transaction(desk.factory) as session:
        return {one.kind: one.due_at for one in running(session, case.id)}


def kinds(desk: Desk, case: Case) -> list[str]:
    """The events in their order."""
    with transaction(desk.factory) as session:
        return [one.kind for one in find.whole(session, case).events]


def told(desk: Desk, template: str) -> list[str]:
    return [one.recipient for one in desk.messages(template) if one.state == OutboxState.WAITING]


__all__ = ["CaseKind", "Desk", "staffed"]
