"""A small office that keeps promises: four people of an agency, agents, a supervisor;
what they do, at an instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks import find
from hotline.callbacks.chase import Chase
from hotline.callbacks.find import CallbackRecord
from hotline.callbacks.outbound_lock import OutboundLock
from hotline.callbacks.service import Callbacks, callback
from hotline.callbacks.store import Callback
from hotline.callbacks.work import CallbackWork
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.service import write
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.numbers import e164
from hotline.outbox.service import notices
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff

TEN = taipei("2026-11-24T10:00")
FOUNDED = Period(taipei("2020-01-01"))
CITIZEN = "+886912345678"
SECTION_MAIL = "clean@epb.example"
PEOPLE = (
    Staff("mei", "示範承辦人", frozenset({Role.OFFICER}), "epb", "epb-clean", "5112", "mei@epb.example"),
    Staff("an", "示範鄰座", frozenset({Role.OFFICER}), "epb", "epb-clean", "5113", "an@epb.example"),
    Staff("road", "示範道路", frozenset({Role.OFFICER}), "pwd", "pwd-road", "5301", "road@pwd.example"),
    Staff("liaison", "示範窗口", frozenset({Role.LIAISON}), "epb", "", "5112", "liaison@epb.example"),
    Staff("agent-1", "示範話務員", frozenset({Role.AGENT}), "rdec", "", "agent-1", "agent-1@rdec.example"),
    Staff("boss", "示範督導", frozenset({Role.SUPERVISOR}), "rdec", "", "", "boss@rdec.example"),
    Staff("admin", "示範管理員", frozenset({Role.ADMINISTRATOR})),
)


def people(session: Session) -> None:
    """The office moves in."""
    for agency in ("epb", "pwd"):
        says = {
            "name": agency,
            "off_site": False,
            "number": "",
            "alternative": "",
            "emergency": "",
        }
        write(session, "agency", agency, says, FOUNDED, at=TEN, by="admin")
    for code, agency, mail in (("epb-clean", "epb", SECTION_MAIL), ("pwd-road", "pwd", "")):
        says = {"agency": agency, "name": code, "closed": False, "email": mail}
        write(session, "section", code, says, FOUNDED, at=TEN, by="admin")
    for extension, section in (("5112", "epb-clean"), ("5113", "epb-clean"), ("5301", "pwd-road")):
        says = {
            "section": section,
            "person": "",
            "name": extension,
            "floor": "",
            "x": None,
            "y": None,
            "number": "",
        }
        write(session, "desk", extension, says, FOUNDED, at=TEN, by="admin")
    for member in PEOPLE:
        set_staff(session, member, FOUNDED, at=TEN, by="admin")


@dataclass
class Office:
    """Verbs of whoever keeps promises, each in a transaction of its own."""

    factory: Sessions
    callbacks: Callbacks
    calls: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, factory: Sessions, callbacks: Callbacks) -> "Office":
        """With its people."""
        with transaction(factory) as session:
            people(session)
        return cls(factory, callbacks)

    def promised(
        self, at: datetime = TEN, *, number: str = CITIZEN, extension: str = "5112", call: str = ""
    ) -> int:
        """A call is promised a callback; the callback's number."""
        call_id = call or f"office-{next(self.calls)}.1"
        with transaction(self.factory) as session:
            self.callbacks.promise(session, call_id, e164(number), "zh-TW", "caller", at, extension)
            found = find.of_call(session, call_id)
            assert found is not None
            return found.id

    def does(self, verb: str, callback_id: int, *words: Any, **more: Any) -> Any:
        """A use case of people."""
        with transaction(self.factory) as session:
            return getattr(CallbackWork(self.callbacks), verb)(session, callback_id, *words, **more)

    def works(self, verb: str, *words: Any, **more: Any) -> Any:
        """A use case of a program, which holds on a lease."""
        with transaction(self.factory) as session:
            return getattr(CallbackWork.of_worker(self.callbacks), verb)(session, *words, **more)

    def line(self, verb: str, *words: Any) -> Any:
        """A use case around a call to a citizen."""
        with transaction(self.factory) as session:
            return getattr(OutboundLock(self.callbacks), verb)(session, *words)

    def chase(self, at: datetime) -> int:
        """What the job does."""
        return Chase(self.factory, self.callbacks).run(at)

    def row(self, callback_id: int) -> Callback:
        with transaction(self.factory) as session:
            return callback(session, callback_id)

    def rows(self) -> list[Callback]:
        with transaction(self.factory) as session:
            return list(session.scalars(select(Callback).order_by(Callback.id)))

    def whole(self, callback_id: int) -> CallbackRecord:
        with transaction(self.factory) as session:
            return find.whole(session, callback(session, callback_id))

    def story(self, callback_id: int) -> list[tuple[str, str, str, str]]:
        """Its events: what, from, to, who."""
        return [(one.kind, one.before, one.after, one.by) for one in self.whole(callback_id).events]

    def letters(self, template: str = "") -> list[tuple[str, str]]:
        """Template and recipient of every message written, in order."""
        with transaction(self.factory) as session:
            return [
                (one.template, one.recipient) for one in notices(session) if one.template.startswith(template)
            ]

    def audited(self, callback_id: int) -> list[tuple[str, str, str]]:
        """Who did what to it, and why, as the audit log has it."""
        with transaction(self.factory) as session:
            found = audit_rows(session, subject=f"callback:{callback_id}")
            return [(one.by, one.action, one.reason) for one in found]
