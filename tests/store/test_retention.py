"""Retention of rows on both databases: announced, then masked; held, open, killed, put back (P4.12, P0-a)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select

from administration.retention import RAN, OldFiles, Retention, make_good
from calls.recording_stop import STOPPED
from calls.store import CallEvent, CallRow, CelEvent, Leg, add_event
from calls.transfer_reasons import STATED
from hotline import legal_holds
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent, CallbackRequest
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, CaseEvent, CasePhoto, CasePlaceWord, ViolationLetter
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.legal_holds import HeldRecord
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.retention.deletion_log import DeletionLog, NoDeletionLog
from hotline.retention.kinds import DeletionGround, RetentionKind
from hotline.retention.masking import Eraser
from hotline.retention.store import RetentionRun, latest_runs
from hotline.settings import Settings
from ops import limits
from recordings.retrieval_store import (
    ChosenCall,
    Retrieval,
    RetrievalItem,
    SilencedPart,
    StandingPurpose,
)
from tests.put_back import OldCopy

pytestmark = pytest.mark.dialects

DAY, YEAR = timedelta(days=1), timedelta(days=365)
CALLED = taipei("2026-11-24T10:00")
NIGHT = taipei("2027-11-25T03:00")
"""The first run by which a call of that day is over for a year and announced."""
NUMBER, NAME, WORDS, PLACE = "+886912345678", "王小明", "巷口的路燈壞了", "板橋區中山路一段161號"


@dataclass
class Scene:
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


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> Scene:
    return Scene(factory, tmp_path / "deletions")


def texts(database: Engine) -> str:
    """All that stands in all tables."""
    from hotline.db import Base

    with database.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def test_P4_12_a_call_is_announced_then_masked_and_its_figures_stay(scene: Scene) -> None:
    """Number and raw lines go; times, outcome, legs and the kinds of its events stay, with date and
    ground.
    """
    call = scene.call()
    scene.retention.run(NIGHT - DAY)
    (told,) = latest(scene)
    assert (told.done, told.announced["calls"]["due"]) == ({}, 1) and not scene.masked(call)
    scene.retention.run(NIGHT)
    row = scene.row(CallRow, call)
    assert (row.caller, row.dialled, row.outcome, row.service) == ("", "1999", "talked", "consultation")
    assert (row.masked_at, row.masked_ground) == (NIGHT, DeletionGround.PERIOD)
    with transaction(scene.factory) as session:
        events = {one.kind: one.detail for one in session.scalars(select(CallEvent))}
        assert events == {"CallArrived": {"caller": "", "dialled": "1999"}, "MenuHeard": {"menu": "main"}}
        assert session.scalars(select(CelEvent)).all() == []
        assert [leg.rings for leg in session.scalars(select(Leg))] == [2]
    assert latest(scene)[0].done == {"calls": 1}


def latest(scene: Scene) -> list[RetentionRun]:
    with transaction(scene.factory) as session:
        return latest_runs(session, 10)


def test_one_night_too_early_nothing_goes(scene: Scene) -> None:
    """A call of ten o'clock goes in the night after its year, not in that of its day."""
    call = scene.call()
    scene.nights(until=NIGHT - DAY)
    assert not scene.masked(call)


def test_what_nobody_announced_stays_a_day(scene: Scene) -> None:
    """After days without a run: first it is told, and it goes with the next."""
    call = scene.call()
    scene.retention.run(NIGHT + 30 * DAY)
    assert not scene.masked(call)
    scene.retention.run(NIGHT + 30 * DAY + timedelta(hours=1))
    assert not scene.masked(call)
    scene.retention.run(NIGHT + 31 * DAY)
    assert scene.masked(call)


def test_a_run_is_on_record_with_counts_and_without_anybody(scene: Scene) -> None:
    """One row of the audit log a run."""
    scene.call()
    scene.nights()
    with transaction(scene.factory) as session:
        rows = [row for row in audit_rows(session) if row.action == RAN]
    assert [row.after["done"] for row in rows if row.after] == [{}, {"calls": 1}]
    assert NUMBER not in str([row.after for row in rows])


def test_a_promise_and_its_messages_are_masked_and_counted_as_before(scene: Scene) -> None:
    """Whoever is told later finds who acted and when."""
    number = scene.promise(scene.call())
    scene.nights()
    row = scene.row(Callback, number)
    assert (row.number, row.name, row.matter, row.result, row.state) == ("", "", "", "", "DONE")
    with transaction(scene.factory) as session:
        (event,) = session.scalars(select(CallbackEvent))
        assert (event.reason, event.detail) == ("", {"call": "kept-1", "matter": ""})
        assert session.scalars(select(CallbackAttempt.note)).all() == [""]
        (message,) = session.scalars(select(OutboxMessage))
        assert (message.text, message.recipient) == ("", f"masked:{message.id}")
        assert message.event == f"callback:{number}:registered"


def test_a_case_goes_after_the_legal_minimum_and_leaves_its_record(scene: Scene) -> None:
    """Contact, place, text and photographs; number, agency, category, district and dates stay."""
    one = scene.case()
    scene.nights()
    assert scene.row(Case, one).name == NAME
    scene.nights(until=NIGHT + 4 * YEAR)
    row = scene.row(Case, one)
    assert not any(
        (row.name, row.phone, row.email, row.place, row.place_key, row.latitude, row.matter, row.result)
    )
    kept = row.number, row.agency, row.category, row.district, row.state, row.filed_at
    assert kept == ("115112400012", "pwd", "3003", "板橋區", "CLOSED", CALLED)
    with transaction(scene.factory) as session:
        (event,) = session.scalars(select(CaseEvent))
        assert (event.reason, event.detail, event.by) == ("", {"note": "", "agency": "pwd"}, "officer-1")
        (photo,) = session.scalars(select(CasePhoto))
        assert (photo.image, photo.sha256, photo.is_released) == (b"", "a" * 64, False)
        assert session.scalars(select(CasePlaceWord)).all() == []


def test_what_is_still_open_keeps_its_call(scene: Scene) -> None:
    """A promise to be kept, and a case that is not over: a complaint or a review opens it again."""
    promised, about = scene.call("n1-1.1"), scene.call("n1-1.2")
    number = scene.promise(promised, "OPEN")
    case = scene.case(about, CaseState.UNDER_AUDIT)
    scene.nights()
    assert not scene.masked(promised) and not scene.masked(about)
    with transaction(scene.factory) as session:
        session.get_one(Callback, number).state = "CANCELLED"
        session.get_one(Case, case).state = CaseState.CLOSED
    scene.nights(until=NIGHT + 2 * DAY)
    assert scene.masked(promised) and scene.masked(about)


def test_P8_3_a_legal_hold_keeps_a_call_and_a_case_past_their_periods(scene: Scene) -> None:
    """With what belongs to them: a promise by its case and by its call, the messages about both."""
    call, other, number = scene.call("n1-1.1"), scene.call("n1-1.2"), "115112400012"
    case = scene.case(number=number)
    by_call, by_case = scene.promise(call), scene.promise(other, case=number)
    with transaction(scene.factory) as session:
        for kind, subject in ((HeldRecord.CALL, call), (HeldRecord.CASE, number)):
            legal_holds.hold(session, "referral:1", kind, [subject], by="rdec-1", at=CALLED)
    scene.nights(until=NIGHT + 5 * YEAR)
    assert not scene.masked(call) and scene.masked(other)
    assert scene.row(Case, case).phone == NUMBER
    assert {scene.row(Callback, one).name for one in (by_call, by_case)} == {NAME}
    held = latest(scene)[0].announced
    assert {kind: held[kind]["needed"] for kind in ("calls", "promises", "case-text")} == {
        "calls": 1,
        "promises": 2,
        "case-text": 1,
    }
    with transaction(scene.factory) as session:
        legal_holds.release(session, "referral:1", by="rdec-1", at=NIGHT)
    scene.nights(until=NIGHT + 5 * YEAR + 2 * DAY)
    assert scene.masked(call) and scene.row(Case, case).phone == ""


class Died(Exception):
    """The process was killed."""


def dies(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """Its first use is the last thing that the process does."""
    from hotline.retention import masking

    place, _, what = name.rpartition(".")
    owner = {"log": DeletionLog, "masking": masking, "run": RetentionRun}[place]
    real: Callable[..., object] = getattr(owner, what)

    def once(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise Died

    monkeypatch.setattr(owner, what, once)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["masking._chosen", "masking._empty", "log.append", "run.count"])
def test_killed_at_any_step_each_record_goes_whole_and_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    """What was begun is undone or done, and the next run does the rest; counts are true."""
    call = scene.call()
    scene.promise(call)
    scene.retention.run(NIGHT - DAY)
    with monkeypatch.context() as patched:
        dies(patched, step, after=after)
        with pytest.raises(Died):
            scene.retention.run(NIGHT)
    assert not scene.masked(call)
    scene.retention.run(NIGHT + timedelta(minutes=10))
    assert scene.masked(call)
    assert latest(scene)[0].done == {"calls": 1, "promises": 1, "notices": 1}


def test_without_a_log_nothing_is_deleted(scene: Scene) -> None:
    """Of what could not be told, nothing goes."""
    call = scene.call()
    scene.retention.run(NIGHT - DAY)
    scene.folder.parent.mkdir(exist_ok=True)
    scene.folder.write_text("no folder")
    with pytest.raises(NoDeletionLog):
        scene.retention.run(NIGHT)
    assert not scene.masked(call)
    scene.folder.unlink()
    scene.retention.run(NIGHT)
    assert scene.masked(call)


def test_two_nodes_at_once_delete_each_record_once(scene: Scene, tmp_path: Path) -> None:
    """Whoever is faster; together they count what went."""
    for number in range(250):
        scene.call(f"n1-1.{number}")
    other = Scene(scene.factory, tmp_path / "others", "n2")
    for one in (scene, other):
        one.retention.run(NIGHT - DAY)
    together, faults = Barrier(2), list[BaseException]()

    def runs(one: Scene) -> None:
        together.wait(10)
        try:
            one.retention.run(NIGHT)
        except BaseException as error:
            faults.append(error)

    threads = [Thread(target=runs, args=(one,)) for one in (scene, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []
    assert sum(run.done.get("calls", 0) for run in latest(scene)) == 250
    told = [*scene.eraser.log.read(), *other.eraser.log.read()]
    assert len({one.subject for one in told}) == len(told) == 250


def test_a_database_put_back_loses_again_what_was_deleted(
    scene: Scene, database: Engine, tmp_path: Path
) -> None:
    """Before anybody is served; what is held in the copy stays, and another record of the number too."""
    call, held = scene.call("n1-1.1"), scene.call("n1-1.2")
    number = scene.promise(call)
    copy = OldCopy(database, tmp_path)
    scene.nights()
    assert scene.masked(call) and scene.masked(held)
    copy.put_back()
    assert not scene.masked(call)
    with transaction(scene.factory) as session:
        legal_holds.hold(session, "referral:1", HeldRecord.CALL, [held], by="rdec-1", at=NIGHT)
    assert make_good(scene.factory, scene.eraser, NIGHT) > 0
    assert scene.masked(call) and not scene.masked(held)
    assert scene.row(Callback, number).number == ""
    assert make_good(scene.factory, scene.eraser, NIGHT) == 0


def test_a_number_given_anew_by_a_database_put_back_is_not_taken_for_the_old_one(
    scene: Scene, database: Engine, tmp_path: Path
) -> None:
    """Promises are told apart by when they were registered."""
    copy = OldCopy(database, tmp_path)
    old = scene.promise(scene.call("n1-1.1"))
    scene.nights()
    copy.put_back()
    new = scene.promise(scene.call("n1-1.9", NIGHT), at=NIGHT)
    assert new == old
    make_good(scene.factory, scene.eraser, NIGHT)
    assert scene.row(Callback, new).name == NAME


def test_files_go_by_their_age(scene: Scene, tmp_path: Path) -> None:
    """Announced like rows; a link goes, not what it points to."""
    import os

    folder, kept = tmp_path / "outbox", tmp_path / "elsewhere"
    folder.mkdir()
    for path in (folder / "old.json", folder / "new.json", kept):
        path.write_text(NUMBER)
    os.utime(folder / "old.json", (CALLED.timestamp(),) * 2)
    os.utime(folder / "new.json", (NIGHT.timestamp(),) * 2)
    (folder / "link").symlink_to(kept)
    os.utime(folder / "link", (CALLED.timestamp(),) * 2, follow_symlinks=False)
    scene.files = (OldFiles(RetentionKind.OUTBOX, folder),)
    scene.nights()
    assert [path.name for path in folder.iterdir()] == ["new.json"] and kept.exists()


def test_words_of_events_are_emptied_by_nobody_else(scene: Scene) -> None:
    """A hand at the database is refused as before; the run says in its transaction what it does."""
    scene.promise(scene.call())
    for change in ("UPDATE callback_event SET reason = 'x'", "DELETE FROM callback_event"):
        with pytest.raises(Exception, match="only added to"), transaction(scene.factory) as session:
            session.connection().exec_driver_sql(change)


def test_a_torn_line_of_the_log_costs_no_other(scene: Scene) -> None:
    """After a loss of power the next line begins on its own."""
    scene.call("n1-1.1")
    scene.nights()
    with scene.eraser.log.path.open("ab") as file:
        file.write(b'{"record": "call", "ki')
    scene.call("n1-1.2")
    scene.nights(until=NIGHT + 2 * DAY)
    assert [one.subject for one in scene.eraser.log.read()] == ["n1-1.1", "n1-1.2"]


def asked_for(scene: Scene, call: str, ended_at: datetime | None) -> int:
    """A request for a call, with a silenced part; and the same call chosen by a supervisor."""
    row = Retrieval(state="REFUSED", agency="", person="mei", ground="警察職權行使法", asked_by="rdec-1")
    row.purpose = row.end_reason = WORDS
    row.asked_at, row.ended_at, row.token = CALLED, ended_at, None
    part = {"item": 1, "track": "caller", "begins": 0.0, "ends": 1.0, "at": CALLED, "by": "rdec-1"}
    with transaction(scene.factory) as session:
        purpose = StandingPurpose(state="APPROVED", login="boss", purpose="抽聽", asked_at=CALLED)
        session.add_all((row, purpose))
        session.flush()
        session.add(RetrievalItem(retrieval_id=row.id, number=1, call_id=call))
        session.add(SilencedPart(retrieval_id=row.id, reason=NAME, **part))
        chosen = {"purpose_id": purpose.id, "login": "boss", "call_id": call, "at": CALLED, "until": CALLED}
        session.add(ChosenCall(reason=WORDS, **chosen))
        return row.id


def words_of_retrieval(scene: Scene) -> set[str]:
    with transaction(scene.factory) as session:
        columns = Retrieval.purpose, Retrieval.end_reason, SilencedPart.reason, ChosenCall.reason
        return {word for column in columns for word in session.scalars(select(column))}


def test_words_of_retrieval_go_and_the_proof_stays(scene: Scene) -> None:
    """Who asked, by which law and about which call; a request that is not over keeps its words."""
    number = asked_for(scene, scene.call(), CALLED)
    scene.nights()
    row = scene.row(Retrieval, number)
    assert words_of_retrieval(scene) == {""} and row.masked_at == NIGHT
    assert (row.ground, row.asked_by, row.person, row.asked_at) == ("警察職權行使法", "rdec-1", "mei", CALLED)
    with transaction(scene.factory) as session:
        assert session.scalars(select(RetrievalItem.call_id)).all() == ["n1-1795600000.12"]
    still = asked_for(scene, "n1-1795600000.12", None)
    scene.nights(until=NIGHT + 2 * DAY)
    assert scene.row(Retrieval, still).purpose == WORDS


def test_words_of_retrieval_stay_while_its_call_is_held(scene: Scene) -> None:
    """A procedure may ask why it was heard."""
    call = scene.call()
    asked_for(scene, call, CALLED)
    with transaction(scene.factory) as session:
        legal_holds.hold(session, "court:1", HeldRecord.CALL, [call], by="rdec-1", at=CALLED)
    scene.nights()
    assert words_of_retrieval(scene) == {WORDS, NAME}


def test_a_letter_about_a_place_goes_after_it_was_lifted(scene: Scene) -> None:
    """While it works it stays, however old it is."""
    letter = {"category": "3003", "agency": "pwd", "signed_by": "局長", "registered_at": CALLED}
    with transaction(scene.factory) as session:
        for lifted_at in (None, CALLED):
            row = ViolationLetter(place_key=PLACE, reason=WORDS, registered_by="pwd-1", **letter)
            row.latitude, row.lifted_at = 25.0, lifted_at
            session.add(row)
    scene.nights(until=NIGHT + 5 * YEAR)
    with transaction(scene.factory) as session:
        rows = session.scalars(select(ViolationLetter).order_by(ViolationLetter.id)).all()
        assert [(row.place_key, row.reason, row.latitude) for row in rows] == [
            (PLACE, WORDS, 25.0),
            ("", "", None),
        ]


def test_why_a_recording_was_stopped_goes_and_why_a_call_was_put_through_stays(scene: Scene) -> None:
    """An agent's own words; a reason of the list (P5.1.1) is a figure."""
    call = scene.call()
    with transaction(scene.factory) as session:
        add_event(session, "s", call, CALLED, STOPPED, {"by": "agent-1", "reason": f"{NAME}不願錄音"})
        add_event(session, "t", call, CALLED, STATED, {"by": "agent-1", "reason": "competence"})
    scene.nights()
    with transaction(scene.factory) as session:
        told = {one.kind: one.detail for one in session.scalars(select(CallEvent))}
    assert told[STOPPED] == {"by": "agent-1", "reason": ""} and told[STATED]["reason"] == "competence"
