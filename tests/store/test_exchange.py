"""Cases to and from another system: each event one line, each reply once, what is refused told beside it."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hotline.cases import find
from hotline.cases.events import events_of
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case, CaseEvent
from hotline.cases.work import CaseWork
from hotline.db import Sessions, transaction
from hotline.exchange.feed import KEPT, CaseFeed
from hotline.exchange.files import LineFiles
from hotline.exchange.intake import ANSWERS, TAKEN, ReplyFiles
from hotline.exchange.lines import CaseLine, schema
from hotline.exchange.replies import CaseReply, Replies, ReplyAnswer
from hotline.exchange.store import CaseLineRow
from hotline.ledger.periods import Period
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.rules import MessageChannel
from hotline.outbox.service import LEASE, Post, again
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.store.cases import TEN, Desk, staffed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROOT = Path(__file__).parents[2]
DONE = {"result": "已補平", "doer": "養護科", "no_photo": "夜間", "done_at": (TEN + HOUR).isoformat()}


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def lines(desk: Desk) -> list[dict[str, Any]]:
    with transaction(desk.factory) as session:
        texts = session.scalars(select(CaseLineRow.text).order_by(CaseLineRow.number)).all()
    return [json.loads(one) for one in texts]


def test_every_event_of_a_filed_case_is_one_line(desk: Desk, tmp_path: Path) -> None:
    """From the filing on, in their order, with a number that rises; nothing of the petitioner."""
    feed = CaseFeed(desk.factory, files=LineFiles(tmp_path / "lines", 3))
    desk.draft()  # not filed: nobody hears of it
    case = desk.filed(email="wang@mail.example")
    assert (feed.run(TEN), feed.run(TEN)) == (1, 0)
    desk.move(case, Move.SIGN, "quick-1", TEN + HOUR)
    desk.move(case, Move.COMPLETE, "quick-1", TEN + HOUR, **DONE | {"done_at": TEN + HOUR})
    report = desk.filed(TEN + HOUR, phone="0923456789", category="1001", matter="夜間喧嘩")
    assert feed.run(TEN + 2 * HOUR) == 3
    told = lines(desk)
    assert [(one["id"], one["number"], one["event"]) for one in told] == [
        (1, case.number, "file"),
        (2, case.number, "sign"),
        (3, case.number, "complete"),
        (4, report.number, "file"),
    ]
    assert (told[2]["after"], told[2]["detail"]["result"], told[2]["case"]["state"]) == (
        "DONE",
        "已補平",
        "DONE",
    )
    assert (told[0]["case"]["matter"], told[0]["case"]["version"]) == ("校門口路面有坑洞", 2)
    assert not any(word in json.dumps(told, ensure_ascii=False) for word in ("王小明", "912345678", "wang@"))
    assert len({one["key"] for one in told}) == 4
    files = sorted((tmp_path / "lines").iterdir())
    assert [one.name for one in files] == ["cases-000000000001.jsonl", "cases-000000000004.jsonl"]
    assert [json.loads(line) for one in files for line in one.read_text("utf-8").splitlines()] == told
    assert {one.stat().st_mode & 0o777 for one in files} == {0o640}
    assert (tmp_path / "lines").stat().st_mode & 0o777 == 0o750
    for one in told:
        CaseLine.model_validate(one)


def test_files_follow_the_rows(desk: Desk, tmp_path: Path) -> None:
    """One that was damaged or is gone is written again; old ones go; numbers never begin anew."""
    folder = tmp_path / "lines"
    case = desk.filed()
    CaseFeed(desk.factory, files=LineFiles(folder, 2)).run(TEN)
    (first,) = folder.iterdir()
    whole = first.read_text("utf-8")
    first.write_text(whole[:40], "utf-8")
    desk.move(case, Move.SIGN, "quick-1", TEN)
    desk.move(case, Move.PROGRESS, "quick-1", TEN, note="派員")
    feed = CaseFeed(desk.factory, files=LineFiles(folder, 2))
    feed.run(TEN)
    assert first.read_text("utf-8").startswith(whole) and len(list(folder.iterdir())) == 2
    later = TEN + KEPT + DAY
    assert feed.forget(later) == 2, "the last one tells which number follows"
    desk.move(case, Move.PROGRESS, "quick-1", later, note="續辦")
    assert feed.run(later) == 1
    assert [one["id"] for one in lines(desk)] == [3, 4]
    assert [one.name for one in folder.iterdir()] == ["cases-000000000003.jsonl"]


def test_an_event_that_is_committed_late_has_its_line_too(desk: Desk) -> None:
    """Its id lies below one that was told; its line comes after it, and none comes twice."""
    feed = CaseFeed(desk.factory, "receiver")
    case = desk.filed()
    desk.move(case, Move.SIGN, "quick-1", TEN)
    with transaction(desk.factory) as session:
        first, second = session.scalars(
            select(CaseEvent)
            .where(CaseEvent.case_id == case.id, CaseEvent.kind != "draft")
            .order_by(CaseEvent.id)
        ).all()
        session.add(CaseLineRow(number=1, event_id=second.id, at=TEN, written_at=TEN, text="{}"))
    assert (feed.run(TEN), feed.run(TEN + 2 * DAY)) == (1, 0)
    assert (lines(desk)[1]["id"], lines(desk)[1]["event"]) == (2, first.kind)


class Receiver:
    """Another system: takes lines, is away, or refuses."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.is_away, self.refuses = False, ""

    def send(self, letter: Letter) -> str:
        if self.is_away:
            raise NotSent("receiver is away", gateway_away=True)
        line = json.loads(letter.text)
        if line["event"] == self.refuses:
            raise NotSent("receiver answers 422", for_good=True)
        self.taken.append(line)
        return "204"


def test_lines_are_pushed_in_order_however_long_the_receiver_is_away(desk: Desk) -> None:
    """None is given up meanwhile; one that is refused is a person's, and keeps no other back."""
    feed, there = CaseFeed(desk.factory, "receiver"), Receiver()
    post = Post(desk.factory, there, "one", channels=(MessageChannel.PUSH,))
    case = desk.filed()
    desk.move(case, Move.SIGN, "quick-1", TEN)
    desk.move(case, Move.PROGRESS, "quick-1", TEN, note="派員")
    feed.run(TEN)
    there.is_away = True
    for hour in range(12):
        assert post.deliver(TEN + hour * HOUR) == 0
    there.is_away, there.refuses = False, "sign"
    assert post.deliver(TEN + DAY) == 2
    assert [one["id"] for one in there.taken] == [1, 3]
    with transaction(desk.factory) as session:
        (row,) = session.scalars(select(OutboxMessage).where(OutboxMessage.state == OutboxState.FAILED))
        there.refuses = ""
        set_staff(
            session, Staff("boss-1", "督導", frozenset({Role.SUPERVISOR})), Period(TEN), at=TEN, by="test"
        )
        again(session, row.id, "boss-1", TEN + DAY)
    assert post.deliver(TEN + DAY) == 1 and post.deliver(TEN + DAY + LEASE) == 0
    assert sorted(one["id"] for one in there.taken) == [1, 2, 3]
    assert feed.forget(TEN + KEPT + 2 * DAY) == 2
    with transaction(desk.factory) as session:
        assert session.scalars(select(OutboxMessage.channel)).all().count(MessageChannel.PUSH) == 0


def take(desk: Desk, *said: object, by: str = "quick-1", after: timedelta = HOUR) -> list[ReplyAnswer]:
    replies = Replies(desk.factory, CaseWork(desk.moving))
    return list(replies.take([one if isinstance(one, str | dict) else "" for one in said], by, TEN + after))


def outcomes(answers: list[ReplyAnswer]) -> list[tuple[int, str, str]]:
    return [(one.line, one.outcome, one.why.code if one.why else one.state) for one in answers]


def test_replies_make_the_moves_that_the_tables_allow(desk: Desk) -> None:
    """Each answered, bad ones beside good ones; a case is found by its number here or there."""
    case = desk.filed()
    answers = take(
        desk,
        {"id": "p-1", "number": case.number, "external_ref": "PET-77", "move": "sign"},
        {"id": "p-2", "external_ref": "PET-77", "move": "progress", "note": "派員勘查"},
        "not json",
        "",
        {"id": "p-3", "external_ref": "PET-77", "move": "complete", "result": "已補平"},
        {"id": "p-4", "external_ref": "PET-77", "move": "complete", "until": "2026-12-01"},
        {"id": "p-5", "external_ref": "PET-78", "move": "progress", "note": "派員"},
        {"id": "p-6", "external_ref": "PET-77", "move": "complete", **DONE},
        {"id": "p-7", "external_ref": "PET-77", "move": "sign"},
        {"id": "p-8", "external_ref": "PET-77"},
        {"move": "sign", "number": case.number},
    )
    assert outcomes(answers) == [
        (1, "done", "SIGNED"),
        (2, "done", "SIGNED"),
        (3, "refused", "unreadable-reply"),
        (5, "refused", "case-word-missing"),
        (6, "refused", "unfit-reply"),
        (7, "refused", "no-such-case"),
        (8, "done", "DONE"),
        (9, "refused", "case-not-now"),
        (10, "refused", "reply-says-nothing"),
        (11, "refused", "unfit-reply"),
    ]
    row = desk.case(case)
    assert (row.external_ref, row.result, row.state) == ("PET-77", "已補平", CaseState.DONE)


def test_a_reply_is_done_once(desk: Desk) -> None:
    """Sent again it is answered as before; its id belongs to no other reply, but another login's."""
    case = desk.filed()
    sign = {"id": "1", "number": case.number, "move": "sign"}
    note = {"id": "2", "number": case.number, "move": "progress", "note": "派員"}
    assert outcomes(take(desk, sign, note, sign, note, note | {"note": "別的"})) == [
        (1, "done", "SIGNED"),
        (2, "done", "SIGNED"),
        (3, "already-done", "SIGNED"),
        (4, "already-done", "SIGNED"),
        (5, "refused", "other-reply"),
    ]
    assert outcomes(take(desk, note, by="officer-1"))[0][1] == "done"
    with transaction(desk.factory) as session:
        assert len(events_of(session, case.id, Move.PROGRESS)) == 2


def test_a_reply_may_what_its_login_may(desk: Desk) -> None:
    """Another agency's program moves nothing and names nothing; two cases never share a number."""
    case, other = desk.filed(), desk.filed(category="1001", matter="喧嘩", phone="0923456789")
    named = {"id": "1", "number": case.number, "external_ref": "A1"}
    assert outcomes(take(desk, named, by="liaison-2")) == [(1, "refused", "not-permitted")]
    assert outcomes(take(desk, named, named | {"id": "2", "external_ref": "A2"})) == [
        (1, "done", "FILED"),
        (2, "refused", "other-reference"),
    ]
    taken = {"id": "3", "number": other.number, "external_ref": "A1"}
    assert outcomes(take(desk, taken, by="liaison-2")) == [(1, "refused", "other-reference")]
    half = {"id": "4", "number": other.number, "external_ref": "B1", "move": "complete"}
    assert take(desk, half, by="liaison-2")[0].outcome == "refused"
    with transaction(desk.factory) as session:
        assert find.of_another_system(session, "B1") is None, "nothing half done"
    version = {"id": "5", "number": case.number, "move": "sign", "version": 1}
    assert outcomes(take(desk, version)) == [(1, "refused", "case-changed")]


def test_files_of_replies_are_answered_by_files(desk: Desk, tmp_path: Path) -> None:
    """Taken in the order of their names; what is still being written is left alone."""
    case = desk.filed()
    sign = json.dumps({"id": "1", "number": case.number, "move": "sign"})
    (tmp_path / "b.jsonl").write_bytes(f"{sign}\n".encode() + b"\xff\xfe\n")
    (tmp_path / "c.part").write_text(sign)
    files = ReplyFiles(
        tmp_path, Replies(desk.factory, CaseWork(desk.moving)), "quick-1", lambda why: why.code
    )
    assert (files.run(TEN + HOUR), files.run(TEN + HOUR)) == (1, 0)
    answers = [json.loads(one) for one in (tmp_path / ANSWERS / "b.jsonl").read_text("utf-8").splitlines()]
    assert [(one["line"], one["outcome"], one["why"]) for one in answers] == [
        (1, "done", ""),
        (2, "refused", "unreadable-reply"),
    ]
    assert (tmp_path / TAKEN / "b.jsonl").exists() and (tmp_path / "c.part").exists()


@pytest.mark.parametrize("of", [CaseLine, CaseReply])
def test_the_schemas_are_published(of: Any) -> None:
    """As the command tells them."""
    name = {CaseLine: "line", CaseReply: "reply"}[of]
    assert (ROOT / f"docs/exchange/case-{name}.schema.json").read_text("utf-8") == schema(of)


@pytest.mark.matrix
@pytest.mark.dialects
def test_killed_at_each_step(desk: Desk, database: Engine, tmp_path: Path) -> None:
    """No event without its line, no line twice in the files, every line taken; every reply done once."""
    case = desk.filed()
    desk.move(case, Move.SIGN, "quick-1", TEN)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.exchange_worker", url, str(tmp_path), case.number or ""]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    steps = len(json.loads((tmp_path / "killed").read_text()))
    with transaction(desk.factory) as session:
        row = session.scalars(select(Case).where(Case.number == case.number)).one()
        events = [one for one in events_of(session, row.id) if one.kind != "draft"]
        told = session.scalars(select(CaseLineRow.event_id).order_by(CaseLineRow.number)).all()
        notes = [one.detail["note"] for one in events if one.kind == Move.PROGRESS]
    assert sorted(told) == [one.id for one in events]
    assert sorted(notes) == sorted({*notes}) and len(notes) == 3 * steps
    files = sorted((tmp_path / "lines").glob("*.jsonl"))
    kept = [json.loads(line) for one in files for line in one.read_text("utf-8").splitlines()]
    assert [one["id"] for one in kept] == list(range(1, len(events) + 1))
    pushed = [line.split()[0] for line in (tmp_path / "pushed").read_text().splitlines()]
    assert {*pushed} == {one["key"] for one in kept}
    assert len(pushed) == len(kept) + 1, "the one that was on its way, under the same key"
