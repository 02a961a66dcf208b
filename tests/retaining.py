"""Records of one day that grow old: a call, a promise, a case, and the nightly run that masks them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from administration.retention import OldFiles, Retention
from calls.store import CallEvent, CallRow, CelEvent, Leg
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent, CallbackRequest
from hotline.cases.store import Case, CaseEvent, CasePhoto
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.masking import Eraser
from hotline.retention.store import RetentionRun, latest_runs
from hotline.settings import Settings
from ops import limits

DAY, YEAR = timedelta(days=1), timedelta(days=365)
CALLED = taipei("2026-11-24T10:00")
NIGHT = taipei("2027-11-25T03:00")
"""The first run by which a call of that day is over for a year and announced."""
NUMBER, NAME, WORDS, PLACE = "+886912345678", "王小明", "巷口的路燈壞了", "板橋區中山路一段161號"


@dataclass
class RetentionScene:
    """A node with its log, and records of one day."""

    factory: Sessions
    folder: Path
    node: str = "n1"
    files: tuple[OldFiles, ...] = ()
    rests: list[float] = field(default_factory=list)

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.factory, DeletionLog(self.folder, self.node))

    @property
    def retention(self) -> Retention:
        periods = limits.retention(Settings())
        return Retention(
            self.factory, self.eraser, lambda: periods, self.files, lambda: 0.0, self.rests.append
        )

    def nights(self, *, until: datetime = NIGHT, first: datetime | None = None) -> None:
        """A run each night."""
        at = first or until - DAY
        while at <= until:
            self.retention.run(at)
            at += DAY

    def call(self, call_id: str = "n1-1795600000.12", at: datetime = CALLED, **more: object) -> str:
        arrived = {"caller": NUMBER, "dialled": "1999"}
        row = {
            "id": call_id,
            "node": self.node,
            "caller": NUMBER,
            "dialled": "1999",
            "started_at": at,
            "ended_at": at + timedelta(minutes=4),
            "outcome": "talked",
            "service": "consultation",
            **more,
        }
        with transaction(self.factory) as session:
            session.add(CallRow(**row))
            session.flush()
            session.add(
                CallEvent(key=f"a:{call_id}", call_id=call_id, at=at, kind="CallArrived", detail=arrived)
            )
            session.add(
                CallEvent(
                    key=f"m:{call_id}", call_id=call_id, at=at, kind="MenuHeard", detail={"menu": "main"}
                )
            )
            session.add(
                CelEvent(
                    file="f",
                    offset=abs(hash(call_id)) % 10**9,
                    linked_id=call_id,
                    at=at,
                    kind="CHAN_START",
                    body={"num": NUMBER},
                )
            )
            session.add(Leg(channel=f"c-{call_id}", call_id=call_id, phone="agent-1", started_at=at, rings=2))
        return call_id

    def promise(self, call_id: str, state: str = "DONE", at: datetime = CALLED, case: str = "") -> int:
        row = Callback(
            call_id=call_id,
            number=NUMBER,
            name=NAME,
            matter=WORDS,
            language="zh-TW",
            origin="caller",
            state=state,
            registered_at=at,
            due_at=at,
            remind_at=at,
            case_number=case,
            result="已說明",
            closed_at=at if state == "DONE" else None,
        )
        with transaction(self.factory) as session:
            session.add(row)
            session.flush()
            number = row.id
            session.add(
                CallbackRequest(call_id=call_id, callback_id=number, origin="caller", at=at, due_at=at)
            )
            session.add(
                CallbackAttempt(
                    key=f"k{number}", callback_id=number, at=at, by="mei", outcome="told", note=WORDS
                )
            )
            event = CallbackEvent(callback_id=number, at=at, by="mei", kind="rung", before="", after=state)
            event.reason, event.detail = WORDS, {"call": "kept-1", "matter": WORDS}
            session.add(event)
            message = OutboxMessage(
                event=f"callback:{number}:registered",
                template="N-01",
                recipient="mei@epb.example",
                channel="email",
                text=WORDS,
                state=OutboxState.SENT,
                written_at=at,
                next_try_at=at,
                done_at=at,
            )
            session.add(message)
        return number

    def case(
        self, call_id: str = "", state: str = "CLOSED", at: datetime = CALLED, number: str = "115112400012"
    ) -> int:
        row = Case(
            number=number,
            kind="quick",
            state=state,
            category="3003",
            agency="pwd",
            matter=WORDS,
            place=PLACE,
            place_key=PLACE,
            district="板橋區",
            latitude=25.0,
            longitude=121.5,
            name=NAME,
            phone=NUMBER,
            email="wang@example.org",
            call_id=call_id,
            drafted_at=at,
            drafted_by="agent-1",
            filed_at=at,
            result="已更換",
            closed_at=at if state == "CLOSED" else None,
        )
        with transaction(self.factory) as session:
            session.add(row)
            session.flush()
            event = CaseEvent(case_id=row.id, at=at, by="officer-1", kind="note", before=state, after=state)
            event.reason, event.detail = WORDS, {"note": f"{NAME} {NUMBER}", "agency": "pwd"}
            session.add(event)
            photo = CasePhoto(
                case_id=row.id, at=at, by="agent-1", sha256="a" * 64, image=b"jpeg", is_released=True
            )
            session.add(photo)
            return row.id

    def row(self, table: type[Any], key: object) -> Any:
        with transaction(self.factory) as session:
            return session.get_one(table, key)

    def masked(self, call_id: str) -> bool:
        return self.row(CallRow, call_id).masked_at is not None


def latest(scene: RetentionScene) -> list[RetentionRun]:
    with transaction(scene.factory) as session:
        return latest_runs(session, 10)
