"""After the run nobody finds a citizen any more: the whole installation is searched for a number and a name,
the bytes of the embedded database, every table of the shared one, and every file of the home (P4.12).
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import hotline.tables  # noqa: F401 - every table
from calls.store import CallRow, CelEvent
from calls.turn_facts import apply, entry_of
from hotline import clock
from hotline.callbacks.store import Callback
from hotline.cases.events import told
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, CasePlaceWord
from hotline.db import Base, transaction
from hotline.outbox.senders import FileSender
from hotline.outbox.service import Post
from hotline.settings import Settings
from ivr.call import Call, InMenu
from ivr.steps import CallArrived, KeyPressed
from ops.jobs.journal_replay import Replay
from ops.jobs.retention import retention_of, run
from ops.wiring import House, migrate, workshop
from tests.store.cases import Desk, staffed

pytestmark = pytest.mark.dialects

TEN = clock.taipei("2026-11-24T10:00")
YEAR, DAY = timedelta(days=365), timedelta(days=1)
NAME, NUMBER, STREET, CALL = "王小明", "0912345678", "中山路一段161號", "ntpc1-1795485600.7"
NEEDLES = (
    *(NUMBER, "912345678", "0912-345-678", "912-345-678", NAME, "wang@example.org", STREET),
    json.dumps(NAME).strip('"'),
)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    url = database_url if database_url.startswith("postgresql") else ""
    made = workshop(Settings(home=tmp_path / "home", database_url=url), "jobs")
    migrate(made.settings)
    yield made
    made.engine.dispose()


def lived(house: House) -> None:
    """A citizen calls, asks to be called back, reports a pothole, and is told what was done."""
    desk = Desk(staffed(house.factory))
    call = Call(CALL, "0123456789ab", InMenu("main"), caller=NUMBER, turn=1)
    facts = (CallArrived(NUMBER, "1999"), KeyPressed("number", NUMBER, known=True))
    with transaction(house.factory) as session:
        apply(session, entry_of(call, "ntpc1", "asterisk", facts, TEN), house.callbacks)
        row = session.get_one(CallRow, CALL)
        row.ended_at, row.outcome = TEN + timedelta(minutes=5), "talked"
        line = {"CallerIDnum": NUMBER, "CallerIDname": NAME}
        session.add(CelEvent(file="f", offset=1, linked_id=CALL, at=TEN, kind="CHAN_START", body=line))
        house.callbacks.promise(session, CALL, f"+886{NUMBER[1:]}", "zh-TW", "caller", TEN)
    case = desk.filed(
        place=f"板橋區{STREET}", call_id=CALL, email="wang@example.org", matter=f"{NAME}家門口有坑洞"
    )
    with transaction(house.factory) as session:
        told(session, case, "quick-1", "note", case.state, TEN, f"已聯絡{NAME} {NUMBER}", {"note": NAME})
        session.get_one(Case, case.id).state = CaseState.CLOSED
        session.get_one(Case, case.id).closed_at = TEN + DAY
        for one in session.scalars(select(Callback)):
            one.state, one.closed_at, one.open_key = "DONE", TEN + DAY, None
            one.name, one.matter = NAME, f"{NAME}說路燈壞了"
    sent = Post(house.factory, FileSender(house.settings.outbox), "w")
    while sent.work(lambda: TEN + DAY):
        pass


def needles(house: House) -> tuple[str, ...]:
    """The citizen in clear, and the keyed hashes by which rows are found."""
    sent, ring = f"+886{NUMBER[1:]}", house.keys
    hashes = (
        *ring.digests("number", sent),
        *ring.digests("number.last4", sent[-4:]),
        *ring.digests("name", NAME),
    )
    return *NEEDLES, *hashes


def found(house: House) -> set[str]:
    """Where any of the needles stands."""
    sought = needles(house)
    house.engine.dispose()  # the last connection brings the embedded database's log into its file
    places = {str(path.relative_to(house.settings.home)): path for path in house.settings.home.rglob("*")}
    files = {
        f"{name}: {needle}"
        for name, path in places.items()
        if path.is_file()
        for needle in sought
        if needle.encode() in path.read_bytes()
    }
    return files | set(_in_tables(house, sought))


def _in_tables(house: House, sought: tuple[str, ...]) -> Iterator[str]:
    with house.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield from (f"{table.name}: {needle}" for needle in sought if needle in repr(tuple(row)))


def forgotten(house: House) -> None:
    """The journal after its own time, by its own job."""
    replay = Replay(house.factory, house.settings.journal, house.callbacks, keys=house.keys)
    house.journal.close()
    replay.run()
    replay.tidy(clock.now() + 2 * house.settings.journal_keep, 0)


def nights(house: House, until: datetime) -> None:
    """The job as it is declared, in two nights."""
    retention = retention_of(house)
    for at in (until - DAY, until):
        run(house, retention, at)


def test_P4_12_after_the_run_a_citizen_is_found_nowhere(house: House) -> None:
    """Before it, in the database and in the messages that are files; figures and the case's number stay."""
    lived(house)
    before = {one.partition(":")[0] for one in found(house)}
    assert {"call", "call_event", "cel_event", "callback", "case_file", "case_event", "notice"} <= before
    assert any(one.startswith("outbox/") for one in before)
    nights(house, clock.taipei("2032-12-01T03:00"))
    forgotten(house)
    assert found(house) == set()
    with transaction(house.factory) as session:
        (case,) = session.scalars(select(Case))
        assert (case.number, case.agency, case.category, case.district) == (
            case.number,
            "pwd",
            "3003",
            "板橋區",
        )
        assert session.scalars(select(CasePlaceWord)).all() == []
        assert session.get_one(CallRow, CALL).outcome == "talked"
