"""After the run nobody finds a citizen any more: the whole installation is searched for a number and a name,
the bytes of the embedded database, every table of the shared one, and every file of the home (P4.12).
"""

import json
from collections.abc import Iterator
from datetime import timedelta
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
from hotline.db import transaction
from hotline.outbox.senders import FileSender
from hotline.outbox.service import Post
from hotline.settings import Settings
from ivr.call import Call, InMenu
from ivr.steps import CallArrived, KeyPressed
from ops.wiring import House, migrate, workshop
from tests.searching import found, hashes, nights, outlive_the_journal, written
from tests.store.cases import Desk, staffed

pytestmark = pytest.mark.dialects

TEN = clock.taipei("2026-11-24T10:00")
YEAR, DAY = timedelta(days=365), timedelta(days=1)
NAME, NUMBER, STREET, CALL = "王小明", "0912345678", "中山路一段161號", "ntpc1-1795485600.7"
NEEDLES = (
    *(*written(NUMBER), NAME, "wang@example.org", STREET),
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
    return *NEEDLES, *hashes(house, NUMBER), *house.keys.digests("name", NAME)


def test_P4_12_after_the_run_a_citizen_is_found_nowhere(house: House) -> None:
    """Before it, in the database and in the messages that are files; figures and the case's number stay."""
    lived(house)
    before = {one.partition(":")[0] for one in found(house, needles(house))}
    assert {"call", "call_event", "cel_event", "callback", "case_file", "case_event", "notice"} <= before
    assert any(one.startswith("outbox/") for one in before)
    nights(house, clock.taipei("2032-12-01T03:00"))
    outlive_the_journal(house)
    assert found(house, needles(house)) == set()
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
