"""Retention of rows on both databases: announced, then masked; held, open (P4.12)."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from administration.retention import RAN, OldFiles
from calls.store import CallEvent, CallRow, CelEvent, Leg
from hotline import legal_holds
from hotline.callbacks.store import Callback, CallbackAttempt, CallbackEvent
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, CaseEvent, CasePhoto, CasePlaceWord
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.legal_holds import HeldRecord
from hotline.outbox.store import OutboxMessage
from hotline.retention.kinds import DeletionGround, RetentionKind
from tests.retaining import CALLED, DAY, NAME, NIGHT, NUMBER, YEAR, RetentionScene, latest

pytestmark = pytest.mark.dialects


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> RetentionScene:
    return RetentionScene(factory, tmp_path / "deletions")


def test_P4_12_a_call_is_announced_then_masked_and_its_figures_stay(scene: RetentionScene) -> None:
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


def test_one_night_too_early_nothing_goes(scene: RetentionScene) -> None:
    """A call of ten o'clock goes in the night after its year, not in that of its day."""
    call = scene.call()
    scene.nights(until=NIGHT - DAY)
    assert not scene.masked(call)


def test_what_nobody_announced_stays_a_day(scene: RetentionScene) -> None:
    """After days without a run: first it is told, and it goes with the next."""
    call = scene.call()
    scene.retention.run(NIGHT + 30 * DAY)
    assert not scene.masked(call)
    scene.retention.run(NIGHT + 30 * DAY + timedelta(hours=1))
    assert not scene.masked(call)
    scene.retention.run(NIGHT + 31 * DAY)
    assert scene.masked(call)


def test_a_run_is_on_record_with_counts_and_without_anybody(scene: RetentionScene) -> None:
    """One row of the audit log a run."""
    scene.call()
    scene.nights()
    with transaction(scene.factory) as session:
        rows = [row for row in audit_rows(session) if row.action == RAN]
    assert [row.after["done"] for row in rows if row.after] == [{}, {"calls": 1}]
    assert NUMBER not in str([row.after for row in rows])


def test_a_promise_and_its_messages_are_masked_and_counted_as_before(scene: RetentionScene) -> None:
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


def test_a_case_goes_after_the_legal_minimum_and_leaves_its_record(scene: RetentionScene) -> None:
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


def test_what_is_still_open_keeps_its_call(scene: RetentionScene) -> None:
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


def test_P8_3_a_legal_hold_keeps_a_call_and_a_case_past_their_periods(scene: RetentionScene) -> None:
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


def test_files_go_by_their_age(scene: RetentionScene, tmp_path: Path) -> None:
    """Announced like rows; a link goes, not what it points to."""
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


def test_words_of_events_are_emptied_by_nobody_else(scene: RetentionScene) -> None:
    """A hand at the database is refused as before; the run says in its transaction what it does."""
    scene.promise(scene.call())
    for change in ("UPDATE callback_event SET reason = 'x'", "DELETE FROM callback_event"):
        with pytest.raises(Exception, match="only added to"), transaction(scene.factory) as session:
            session.connection().exec_driver_sql(change)
