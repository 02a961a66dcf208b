"""Retrieval of recordings on the pages and over the API (P9): asked for, decided by another person, prepared,
heard by one person for a time, and nobody else; supervisors and their standing purpose.
"""

import io
import re
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline.callbacks.find import of_call
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import looks_at
from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import DeletionGround
from ops.cli.main import main
from recordings.plays import PlayedStretch, latest
from recordings.policy import Direction
from recordings.retrieval_store import Retrieval
from recordings.store import Recording
from tests.doors.console import BEGINNING, Console, Visitor, console
from tests.doors.programs import program
from tests.recorded_call import RATE, keep, recorded

TALK, OTHERS, OLD = "ntpc1-1795572000.1", "ntpc1-1795572000.2", "ntpc1-1790000000.3"
GONE = "ntpc1-1795571000.4"
ASKED = {"person": "officer-5112", "calls": TALK, "ground": "個人資料保護法第 16 條", "purpose": "申訴調查"}
BYTES = {"Range": "bytes=0-"}
BLOCK = 4
HEAD = 44


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A call of this hour, one of another section's agent, one of two months ago."""
    made = console(tmp_path_factory.mktemp("retrieval") / "home", api_rate=1_000_000)
    factory, folders = made.house.factory, made.house.folders
    recorded(factory, folders, TALK, BEGINNING)
    recorded(factory, folders, OTHERS, BEGINNING, 2.0, agent="5301")
    recorded(factory, folders, OLD, BEGINNING - timedelta(days=60), 2.0)
    return made


@pytest.fixture(scope="module")
def officer(pages: Console) -> Visitor:
    return pages.signed_in("officer-5112")


@pytest.fixture(scope="module")
def rdec(pages: Console) -> Visitor:
    return pages.signed_in("authorised-1")


@pytest.fixture(scope="module")
def approver(pages: Console) -> Visitor:
    return pages.signed_in("approver-1")


def asked(visitor: Visitor, **more: str) -> str:
    """The address of a request."""
    answer = visitor.post("/retrievals/new", {**ASKED, **more})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def row_of(pages: Console, address: str) -> Retrieval:
    with looking(pages.house.factory) as session:
        return session.get_one(Retrieval, int(address.rpartition("/")[2]))


def approved(officer: Visitor, approver: Visitor, days: int = 7, **more: str) -> str:
    address = asked(officer, **more)
    assert approver.post(f"{address}/approve", {"days": str(days)}).status_code == 302
    return address


def provided(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor, **more: str
) -> tuple[str, str]:
    """The address of a request, and of the page that was opened."""
    address = approved(officer, approver, **more)
    assert rdec.post(f"{address}/provide").status_code == 302
    return address, f"/hearing/{row_of(pages, address).token}"


def plays(pages: Console, address: str) -> list[PlayedStretch]:
    with looking(pages.house.factory) as session:
        ground = f"retrieval:{address.rpartition('/')[2]}"
        return [one for one in latest(session, 1000) if one.ground == ground]


def denied(pages: Console) -> list[tuple[str, str, Any]]:
    with looking(pages.house.factory) as session:
        return [
            (row.by, row.subject, (row.after or {})["why"])
            for row in audit_rows(session)
            if row.action.endswith(".denied")
        ]


def test_P9_a_request_is_decided_by_another_prepared_and_heard_by_one_person(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor
) -> None:
    """Its call is held meanwhile; the silenced second is zeros, the original is as it was."""
    address = asked(officer)
    assert "待核定" in officer.get(address).text and f"{address}/approve" not in officer.get(address).text
    with looking(pages.house.factory) as session:
        assert session.scalar(select(is_held(HeldRecord.CALL, TALK)))
    assert pages.signed_in("officer-5113").get(address).status_code == 404
    assert approver.post(f"{address}/approve", {"days": "31"}).status_code == 422
    assert approver.post(f"{address}/approve", {"days": "7"}).status_code == 302
    assert approver.post(f"{address}/refuse", {"reason": "太晚"}).status_code == 422

    assert "/prepare/1/talk" in rdec.get(f"{address}/prepare").text
    cut = {"begins": "00:01", "ends": "2", "reason": "家人的姓名"}
    assert rdec.post(f"{address}/prepare/1/talk", {**cut, "ends": "x"}).status_code == 422
    assert rdec.post(f"{address}/prepare/1/talk", {**cut, "begins": "99"}).status_code == 422
    assert rdec.post(f"{address}/prepare/1/talk", cut).status_code == 302
    original = rdec.get(f"{address}/sound/1/talk.wav", headers=BYTES)
    assert original.status_code == 206 and row_of(pages, address).token is None
    assert rdec.post(f"{address}/provide").status_code == 302

    hearing = f"/hearing/{row_of(pages, address).token}"
    assert hearing in officer.get("/retrievals").text
    page = officer.get(hearing).text
    assert 'data-listener="示範承辦人 officer-5112"' in page and "轉接分機 5112" in page
    assert 'data-seek="10.00"' in page and "00:01–00:02" in page and "nodownload" in page
    sound = officer.get(f"{hearing}/1/talk.wav", headers=BYTES)
    heard = np.frombuffer(sound.data[HEAD:], "<i2").reshape(-1, 2)
    whole = np.frombuffer(original.data[HEAD:], "<i2").reshape(-1, 2)
    assert not heard[RATE : 2 * RATE].any() and whole[RATE : 2 * RATE].any()
    assert (heard[2 * RATE :] == whole[2 * RATE :]).all() and sound.headers["Cache-Control"] == "no-store"


def test_P9_every_play_is_a_row_with_from_and_to_before_its_first_byte(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor
) -> None:
    """In pieces of ten seconds; those that follow each other are one, a jump is another."""
    address, hearing = provided(pages, officer, rdec, approver)
    first = officer.get(f"{hearing}/1/talk.wav", headers=BYTES)
    ten, twenty = (HEAD + seconds * RATE * BLOCK for seconds in (10, 20))
    assert first.headers["Content-Range"] == f"bytes 0-{ten - 1}/{twenty}"
    officer.get(f"{hearing}/1/talk.wav", headers={"Range": f"bytes={len(first.data)}-"})
    jump = HEAD + 15 * RATE * BLOCK
    officer.get(f"{hearing}/1/talk.wav", headers={"Range": f"bytes={jump}-{jump + RATE * BLOCK - 1}"})
    told = [(one.by, one.begins, one.ends) for one in plays(pages, address)]
    assert sorted(told) == [("officer-5112", 0.0, 20.0), ("officer-5112", 15.0, 16.0)]
    assert "00:15–00:16" in pages.signed_in("auditor-1").get("/recordings/plays").text
    with looking(pages.house.factory) as session:
        assert "officer-5112" in [one.by for one in looks_at(session, f"call:{TALK}")]
    head = officer.get(f"{hearing}/1/talk.wav", headers={"Range": "bytes=0-1"})
    assert head.data == b"RI" and len(plays(pages, address)) == 2


def test_P9_a_page_is_shown_to_nobody_else_and_no_longer_than_its_time(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor
) -> None:
    """Shared, guessed, expired or revoked it is refused, and so is its sound; each try is on record."""
    address, hearing = provided(pages, officer, rdec, approver, **{"purpose": "第二件"})
    number = address.rpartition("/")[2]
    before, colleague = len(denied(pages)), pages.signed_in("officer-5113")
    for path in (hearing, f"{hearing}/1/talk.wav", "/hearing/x", "/hearing/x/1/talk.wav"):
        assert colleague.get(path, headers=BYTES).status_code == 404
    foreign = ("officer-5113", f"retrieval:{number}", "foreign")
    unknown = ("officer-5113", "retrieval", "unknown")
    assert denied(pages)[before:] == [foreign, foreign, unknown, unknown]
    assert rdec.get(hearing).status_code == 404, "who provided it is not who hears it"
    assert officer.get(hearing).status_code == 200

    assert officer.post(f"{address}/revoke", {"reason": "x"}).status_code == 403
    assert approver.post(f"{address}/revoke", {"reason": "誤核"}).status_code == 302
    assert officer.get(f"{hearing}/1/talk.wav", headers=BYTES).status_code == 404
    assert denied(pages)[-1] == ("officer-5112", f"retrieval:{number}", "revoked")
    with looking(pages.house.factory) as session:
        assert "誤核" in [row.reason for row in audit_rows(session, subject=f"retrieval:{number}")]


def test_P9_a_page_closes_by_itself(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor
) -> None:
    """At its instant, before any job has written it down."""
    address, hearing = provided(pages, officer, rdec, approver, days="1", purpose="到期")
    before = pages.clock.at
    try:
        pages.clock.goes_on(timedelta(days=7))
        late = pages.signed_in("officer-5112")
        assert late.get(hearing).status_code == 404 and "已到期" in late.get(address).text
        assert denied(pages)[-1][2] == "expired"
    finally:
        pages.clock.at = before


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/1/talk.wav", {}, 416),
        ("/1/talk.wav", {"Range": "bytes=99999999-"}, 416),
        ("/1/talk.wav", {**BYTES, "Sec-Fetch-Dest": "document"}, 403),
        ("/1/talk.wav", {**BYTES, "Sec-Fetch-Dest": "empty"}, 403),
        ("/1/talk.wav", {**BYTES, "Sec-Fetch-Dest": "audio"}, 206),
        ("/2/talk.wav", BYTES, 404),
        ("/1/message.wav", BYTES, 404),
        ("/1/..%2f..%2fhotline.db.wav", BYTES, 404),
        ("/1/../../../etc/passwd", BYTES, 404),
        ("/copy.zip", {}, 404),
    ],
)
def test_P9_nothing_but_what_was_provided_and_none_of_it_as_a_file(
    pages: Console,
    officer: Visitor,
    rdec: Visitor,
    approver: Visitor,
    opened: list[str],
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    """Other items, other tracks, other files, a tab of its own, a script that would save it."""
    if not opened:
        opened.append(provided(pages, officer, rdec, approver, purpose="第三件")[1])
    assert officer.get(f"{opened[0]}{path}", headers=headers).status_code == status


@pytest.fixture(scope="module")
def opened() -> list[str]:
    """The page of the scenes above."""
    return []


def test_P9_a_copy_that_was_ordered_can_be_verified(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor, tmp_path: Any
) -> None:
    """Sound, record and hashes; our log knows it as ours, and a changed one is named."""
    address, hearing = provided(pages, officer, rdec, approver, wants_copy="y", purpose="複本")
    answer = officer.get(f"{hearing}/copy.zip", buffered=True)
    with ZipFile(io.BytesIO(answer.data)) as copy:
        assert copy.namelist() == ["README.html", "1-record.html", "1-talk.wav", "SHA256SUMS"]
        record = copy.read("1-record.html").decode()
        assert "轉接分機 5112" in record and "0955123456" not in record
        assert len(re.findall(r"[0-9a-f]{64}", record)) == 2
        entries = {name: copy.read(name) for name in copy.namelist()}
    assert len(entries["1-talk.wav"]) == HEAD + 20 * RATE * BLOCK
    assert [(one.how, one.begins, one.ends) for one in plays(pages, address)] == [("copied", 0.0, 20.0)]

    def said(name: str, data: bytes) -> Any:
        (tmp_path / name).write_bytes(data)
        env = {"HOTLINE_HOME": str(pages.house.settings.home)}
        return CliRunner().invoke(main, ["recordings", "verify-copy", str(tmp_path / name)], env=env)

    ours = said("ours.zip", answer.data)
    assert (ours.exit_code, "officer-5112" in ours.output) == (0, True), ours.output
    changed = io.BytesIO()
    with ZipFile(changed, "w") as other:
        for name, content in entries.items():
            other.writestr(name, content + b" " if name == "1-record.html" else content)
    named = said("changed.zip", changed.getvalue())
    assert (named.exit_code, "1-record.html: changed" in named.output) == (1, True)


def test_P9_what_is_wrong_is_said_and_nobody_decides_about_their_own(
    pages: Console, officer: Visitor, rdec: Visitor
) -> None:
    """A liaison asks for its own agency alone; RDEC's own request is decided by somebody else."""
    for wrong in (
        {"calls": ""},
        {"calls": "no-such"},
        {"calls": "", "case": "115112499999"},
        {"ground": " "},
    ):
        assert officer.post("/retrievals/new", {**ASKED, **wrong}).status_code == 422
    assert officer.post("/retrievals/new", {**ASKED, "person": "officer-5301"}).status_code == 403
    address = asked(rdec, person="authorised-1")
    assert f"{address}/approve" not in rdec.get(address).text
    assert rdec.post(f"{address}/approve", {"days": "7"}).status_code == 422


def test_P9_an_auditor_asks_and_reads_all_and_changes_nothing(pages: Console, officer: Visitor) -> None:
    auditor = pages.signed_in("auditor-1")
    address = asked(officer, purpose="稽核可見")
    assert "稽核可見" in auditor.get(address).text and "聆聽紀錄" in auditor.get("/retrievals").text
    assert asked(auditor, person="auditor-1")
    for path in ("approve", "refuse", "revoke", "provide"):
        assert auditor.post(f"{address}/{path}", {"reason": "x"}).status_code == 403


def test_P9_a_supervisor_hears_the_own_agents_under_a_standing_purpose(
    pages: Console, approver: Visitor
) -> None:
    """Under the time line of a call: after the approval, for a reason or by lot, for a day; then not."""
    boss = pages.signed_in("supervisor-1")
    assert boss.get(f"/calls/{TALK}/sound/talk.wav", headers=BYTES).status_code == 404
    assert denied(pages)[-1] == ("supervisor-1", f"call:{TALK}", "not chosen")
    assert boss.post("/standing-purposes/new", {"purpose": "服務品質抽查"}).status_code == 302
    assert "聆聽的理由" not in boss.get(f"/calls/{TALK}").text
    listed = approver.get("/standing-purposes").text
    (number,) = re.findall(r"/standing-purposes/(\d+)/approve", listed)
    assert boss.post(f"/standing-purposes/{number}/approve").status_code == 403
    assert approver.post(f"/standing-purposes/{number}/approve").status_code == 302

    assert "聆聽的理由" in boss.get(f"/calls/{TALK}").text
    assert "聆聽的理由" not in boss.get(f"/calls/{OTHERS}").text
    for call in (OTHERS, OLD):
        assert boss.post(f"/calls/{call}/hear", {"why": "申訴"}).status_code == 422
    assert boss.post(f"/calls/{TALK}/hear", {"why": ""}).status_code == 422
    assert boss.post(f"/calls/{TALK}/hear", {"why": "民眾申訴"}).status_code == 302
    page = boss.get(f"/calls/{TALK}").text
    assert f"/calls/{TALK}/sound/talk.wav" in page and page.index("data-player") > page.index("經過")
    assert boss.get(f"/calls/{TALK}/sound/talk.wav", headers=BYTES).status_code == 206
    with looking(pages.house.factory) as session:
        assert "民眾申訴" in [one.reason for one in looks_at(session, f"call:{TALK}")]
    drawn = boss.post("/standing-purposes/draw")
    assert drawn.location == f"/calls/{TALK}", "the only one that can be drawn"
    assert approver.post(f"/standing-purposes/{number}/revoke", {"reason": "職務異動"}).status_code == 302
    assert boss.get(f"/calls/{TALK}/sound/talk.wav", headers=BYTES).status_code == 404


def test_P4_12_of_sound_that_was_destroyed_it_is_said_when_and_on_which_ground(
    pages: Console, officer: Visitor, rdec: Visitor, approver: Visitor
) -> None:
    """There is no player, on no page; the rest of a request is provided."""
    house, at = pages.house, pages.clock.at
    recorded(house.factory, house.folders, GONE, BEGINNING - timedelta(hours=1), 2.0)
    with transaction(house.factory) as session:
        rows = session.scalars(select(Recording).where(Recording.call_id == GONE)).all()
        house.archive.condemn(session, rows, DeletionGround.PERIOD, at)
    _address, hearing = provided(pages, officer, rdec, approver, calls=f"{GONE} {TALK}")
    said = "通話（00:02）：2026-11-24 "
    page = officer.get(hearing).text
    assert said in page and "已銷毀（保存期限屆滿）" in page and page.count("<audio") == 1
    assert officer.get(f"{hearing}/1/talk.wav", headers=BYTES).status_code == 404
    of_call = pages.signed_in("supervisor-1").get(f"/calls/{GONE}").text
    assert said in of_call and "申請調閱這一通" not in of_call


def test_P9_who_works_on_a_promise_hears_its_message_in_pieces_on_record(pages: Console) -> None:
    """As a look at the promise, and as plays."""
    call = "ntpc1-1795572000.9"
    with transaction(pages.house.factory) as session:
        pages.house.callbacks.promise(session, call, "anonymous", "zh-TW", "caller", pages.clock.at, "5112")
        promised = of_call(session, call)
        assert promised
        number = promised.id
        pages.house.callbacks.keep_message(session, call, f"{call}-message.wav", 12.0, pages.clock.at)
    keep(pages.house.factory, pages.house.folders, call, Direction.MESSAGE, pages.clock.at, 12.0)
    heard = pages.signed_in("officer-5112")
    path = f"/callbacks/{number}/message/{call}-message.wav"
    assert path in heard.get(f"/callbacks/{number}").text
    piece = heard.get(path, headers=BYTES)
    assert piece.status_code == 206 and len(piece.data) == HEAD + 10 * RATE * 2
    assert heard.get(f"/callbacks/{number}/message/{TALK}-message.wav", headers=BYTES).status_code == 404
    assert pages.signed_in("officer-5301").get(path, headers=BYTES).status_code == 403
    with looking(pages.house.factory) as session:
        found = [one for one in latest(session, 10) if one.ground == f"callback:{number}"]
        assert [(one.by, one.begins, one.ends) for one in found] == [("officer-5112", 0.0, 10.0)]
        assert [one.what for one in looks_at(session, f"callback:{number}")] == ["message"]


def test_P9_a_program_does_the_same_but_for_approving_and_hearing(pages: Console, approver: Visitor) -> None:
    """Who may not know of a request is told of none."""
    works = program(pages, "officer-5112")
    body = {**ASKED, "calls": [TALK], "purpose": "由程式申請"}
    made: Any = works.asks("POST", "/retrievals", body).json
    path = f"/retrievals/{made['number']}"
    assert made["state"] == "REQUESTED" and works.asks("POST", f"{path}/provide").status_code == 403
    told = works.reads(path)
    assert (told["calls"], told["purpose"], told["plays"]) == ([TALK], "由程式申請", [])
    assert program(pages, "officer-5113").asks("GET", path).status_code == 404
    rdec = program(pages, "authorised-1")
    assert rdec.asks("POST", f"{path}/provide").status_code == 409
    approver.post(f"{path}/approve", {"days": "7"})
    assert rdec.asks("POST", f"{path}/provide").json["state"] == "PROVIDED"  # type: ignore[index]
    assert rdec.asks("POST", f"{path}/revoke", {"reason": "撤銷"}).json["state"] == "REVOKED"  # type: ignore[index]
    assert rdec.reads("/recordings/plays")["items"]
