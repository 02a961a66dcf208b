"""A log of the release before, with citizens in clear, moves while that release still writes (resilience row
47).

The release before is taken from this repository's history and run as the program that it was, on both
databases.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from administration.personal_data import about_citizen
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import looks_at
from hotline.ledger.moving import SEAL, ChainMove
from hotline.ledger.sealing import FORMER, MOVED, NAME, heads_of
from hotline.ledger.store import AuditRow
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from ops.wiring import House, migrate, workshop
from tests.faults.test_rolling_upgrade import Typed, checkout_of, program

pytestmark = pytest.mark.dialects

BEFORE: Final = "276ac8290d428ddd4cffeab1fd277280616ded9d"
"""The last commit whose rows of the audit log tell of citizens in clear."""
ROOMS: Final = (
    "hotline",
    "ivr",
    "transfer",
    "recordings",
    "calls",
    "control",
    "reporting",
    "administration",
    "wording",
    "agi_scripts",
    "web",
    "ops",
    "demo",
)
NUMBERS: Final = ("0912345678", "0987654321", "0933218765")
NAME_OF: Final = "王可辨"
MADE: Final = """
from demo.seed import seed
from hotline import clock
from hotline.db import transaction
from hotline.settings import load_settings
from ops.wiring import migrate, workshop
settings = load_settings()
migrate(settings)
with transaction(workshop(settings, "tests").factory) as session:
    seed(session, clock.now())
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout of the release before."""
    return checkout_of(BEFORE, ROOMS, tmp_path_factory.mktemp("before"))


def opens(old: Typed, number: str) -> None:
    of = ("--extension", "5112", "--name", NAME_OF, "--by", "agent-1", "--matter", "門前路燈不亮")
    old("callback", "open", number, *of)


def told(house: House) -> str:
    """Everything that rows about citizens say, as the database has it."""
    asked = 'SELECT subject, "before", "after", reason FROM audit_log'
    with house.engine.begin() as connection:
        rows = [" ".join(map(str, row)) for row in connection.execute(text(asked))]
    return "\n".join(row for row in rows if row.startswith(("callback", "call:", "citizen")))


def moved(move: ChainMove, at: datetime) -> None:
    while move.run(at):
        pass


def test_resilience_47_a_log_that_told_of_citizens_moves_while_the_release_before_writes(
    before: Path, database_url: str, tmp_path: Path
) -> None:
    """Its digest, length and days are sealed first; every row of either release is in the chain in the end,
    no number, name or matter is in any, and who looked at a number is still found by it.
    """
    home = tmp_path / "home"
    program(before, home, database_url, "-c")(MADE)
    old, new = program(before, home, database_url), program(CHECKOUT, home, database_url)
    for number in NUMBERS:
        opens(old, number)
    old("callback", "show", "1", "--by", "admin-1", "--reason", f"{NAME_OF} 0912-345-678 來電詢問")
    assert "stands as and where it was written" in old("audit", "verify")

    migrate(settings := Settings(home=home, database_url=database_url))
    house = workshop(settings, "tests")
    settings.anchors.mkdir()
    with transaction(house.factory) as session:
        former, rows = heads_of(session)[FORMER], audit_rows(session)
    assert former.position == len(rows) and NAME_OF in told(house)
    opens(new, NUMBERS[0])
    assert "stands as and where it was written" in old("audit", "verify")  # one chain, whoever writes

    stopped, at = Event(), clock.now()
    writer = Thread(target=lambda: [opens(old, number) for number in NUMBERS if not stopped.is_set()])
    writer.start()
    move = ChainMove(house.factory, settings.anchors)
    try:
        while writer.is_alive():
            moved(move, at)
            assert writer.join(0.05) is None
    finally:
        stopped.set()
        writer.join()
    assert "stands as and where it was written" in new("audit", "verify")
    moved(move, at + timedelta(hours=1))
    is_whole(house, former.position)
    assert "stands as and where it was written" in new("audit", "verify")


def is_whole(house: House, sealed: int) -> None:
    """Nothing is left of the former chain, in clear or in links; nobody may change what became of it."""
    with transaction(house.factory) as session:
        heads, rows = heads_of(session), audit_rows(session)
        seals = [row for row in rows if row.action == SEAL]
        assert heads[MOVED] == heads[FORMER] and heads[NAME].position == len(rows)
        assert (
            seals[0].after is not None and seals[0].after["rows"] >= sealed and not seals[0].after["faults"]
        )
        assert sum(row.after["rows"] for row in seals if row.after) == heads[FORMER].position
        assert session.execute(text("SELECT count(*) FROM audit_link")).scalar() == 0
        first = session.execute(text('SELECT "row" FROM audit_chain WHERE position = 1')).scalar()
        assert session.get_one(AuditRow, first).action == SEAL
        seen = looks_at(session, *about_citizen(session, NUMBERS[0]))
        assert [(one.by, one.what) for one in seen] == [("admin-1", "number")]
    clear = told(house)
    for words in (*(number[1:] for number in NUMBERS), "345-678", NAME_OF, json.dumps(NAME_OF)[1:-1], "路燈"):
        assert words not in clear
    with pytest.raises(DBAPIError, match="only added to"), house.engine.begin() as connection:
        connection.execute(text("UPDATE audit_log SET reason = ''"))
    house.engine.dispose()
