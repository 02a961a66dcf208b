"""Calls that were cut off, as decisions know them: from rows, without a look for each call, once each."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from calls.cdr import CallResult, EndReason
from calls.cut_calls import WITHIN, RecentlyCut, keep_told
from calls.store import CallRow, add_event
from hotline.cluster import nodes
from hotline.cluster.nodes import SIGNS, SILENT
from hotline.db import Sessions, transaction
from hotline.numbers import ANONYMOUS
from hotline.settings.addresses import MachineRole
from tests.promises import TEN

pytestmark = pytest.mark.dialects
CALLER, OTHER = "+886912345678", "+886922222222"
SECOND = timedelta(seconds=1)
Write = Callable[..., str]


@pytest.fixture
def call(factory: Sessions) -> Write:
    """Write a call that ended with its Asterisk at ten; others of its columns are named."""

    def write(call_id: str = "n2-1.1", *kinds: str, **columns: object) -> str:
        ended = {"ended_at": TEN, "end_reason": EndReason.SYSTEM, "outcome": CallResult.ABANDONED}
        row = {"node": "n2", "caller": CALLER, "started_at": TEN - timedelta(minutes=2), **ended, **columns}
        with transaction(factory) as session:
            session.add(CallRow(id=call_id, **row))
            for n, kind in enumerate(kinds):
                add_event(session, f"{call_id}:{n}", call_id, TEN, kind, {})
        return call_id

    return write


@pytest.fixture
def known(factory: Sessions) -> RecentlyCut:
    """What a decision process of node n1 knows."""
    return RecentlyCut(factory, "n1")


def found(known: RecentlyCut, caller: str = CALLER, at: datetime = TEN + SECOND) -> str:
    """The call that this caller is told of at that instant, or nothing."""
    known.refresh(at)
    cut = known.untold(caller, at)
    return cut.id if cut else ""


def test_a_call_that_ended_with_its_asterisk_is_known_by_its_caller(known: RecentlyCut, call: Write) -> None:
    """And by nobody else's number; that it waited is known too."""
    assert found(known) == ""
    call("n2-1.1", "Queued")
    assert (found(known), found(known, OTHER)) == ("n2-1.1", "")
    cut = known.untold(CALLER, TEN)
    assert cut and cut.waited


def test_it_is_told_within_ten_minutes(known: RecentlyCut, call: Write) -> None:
    """Also by a process that has not looked since."""
    call()
    assert found(known, at=TEN + WITHIN) == "n2-1.1"
    assert known.untold(CALLER, TEN + WITHIN + SECOND) is None
    assert found(known, at=TEN + WITHIN + SECOND) == ""


def test_each_is_told_once(known: RecentlyCut, call: Write, factory: Sessions) -> None:
    """The earliest first; what another process has told a moment ago is not told again."""
    call("n2-1.1")
    call("n2-2.1", ended_at=TEN + SECOND)
    for cut in ("n2-1.1", "n2-2.1"):
        assert found(known) == cut
        with transaction(factory) as session:
            assert keep_told(session, cut, "n1-9.1", TEN)
            assert not keep_told(session, cut, "n1-9.1", TEN)
    assert known.untold(CALLER, TEN) is None


@pytest.mark.parametrize(
    "columns",
    [
        {"end_reason": EndReason.CALLER},
        {"outcome": CallResult.REFUSED},
        {"line": "placed"},
        {"caller": ANONYMOUS},
        {"ended_at": None, "end_reason": "", "outcome": ""},
    ],
)
def test_no_other_call_was_cut_off(known: RecentlyCut, call: Write, columns: dict[str, object]) -> None:
    """The caller hung up; it was never answered; 1999 placed it; nobody knows whose it was; it is up."""
    call(**columns)
    assert found(known, str(columns.get("caller", CALLER))) == ""


def test_an_end_that_nobody_saw_is_not_taken_for_a_cut(
    known: RecentlyCut, call: Write, factory: Sessions
) -> None:
    """The event log's disk was full, and the caller may have hung up as anybody does."""
    call_id = call()
    with transaction(factory) as session:
        add_event(session, f"end:{call_id}", call_id, TEN, "CallEnded", {"why": "system", "unseen": True})
    assert found(known) == ""


class TestSilentNode:
    """A machine that is gone closes no row: its calls are up for ever."""

    @pytest.fixture(autouse=True)
    def _up(self, call: Write, factory: Sessions) -> None:
        call("n2-1.1", "Queued", ended_at=None, end_reason="", outcome="")
        with transaction(factory) as session:
            nodes.sign(session, "n2", (MachineRole.NODE,), "1", TEN)

    def test_its_calls_were_cut_off(self, known: RecentlyCut) -> None:
        """Ten seconds after its last sign of life, and until ten minutes after that."""
        assert found(known) == ""
        assert found(known, at=TEN + SILENT - SECOND) == ""
        assert found(known, at=TEN + SILENT + SECOND) == "n2-1.1"
        assert found(known, at=TEN + WITHIN) == "n2-1.1"
        assert found(known, at=TEN + WITHIN + SECOND) == ""

    def test_one_that_is_back_has_its_calls(self, known: RecentlyCut, factory: Sessions) -> None:
        """Until its own Asterisk says how they ended."""
        known.refresh(TEN)
        assert found(known, at=TEN + SILENT + SECOND)
        with transaction(factory) as session:
            nodes.sign(session, "n2", (MachineRole.NODE,), "1", TEN + SILENT + SECOND)
        assert found(known, at=TEN + SILENT + 2 * SECOND) == ""

    def test_a_database_that_is_back_gives_machines_time(self, known: RecentlyCut) -> None:
        """None could leave a sign while it was away."""
        back = TEN + timedelta(minutes=2)
        assert found(known, at=back) == ""
        assert found(known, at=back + SIGNS) == ""
        assert found(known, at=back + SILENT) == "n2-1.1"

    def test_a_machine_never_misses_itself(self, factory: Sessions) -> None:
        """Its calls are up, whatever its jobs do."""
        own = RecentlyCut(factory, "n2")
        own.refresh(TEN)
        assert found(own, at=TEN + SILENT + SECOND) == ""


def test_who_was_not_cut_off_costs_no_statement(known: RecentlyCut, call: Write, database: Engine) -> None:
    """A decision looks into memory; a call that was read is not read again."""
    call()
    looks = list[str]()
    event.listen(
        database,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_more: looks.append(statement),
    )
    known.refresh(TEN)
    known.refresh(TEN + SECOND)
    read = [one for one in looks if one.startswith("SELECT")]
    assert len(read) == 4  # the ends, twice; events and callers once
    assert known.untold(OTHER, TEN) is None and len([one for one in looks if one.startswith("SELECT")]) == 4


def test_while_the_database_is_away_nobody_is_told(
    known: RecentlyCut, call: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by what was read before, nor by the look at the last moment."""

    def away(_factory: Sessions) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    call()
    assert found(known) == "n2-1.1"
    with monkeypatch.context() as broken:
        broken.setattr("calls.cut_calls.looking", away)
        assert known.untold(CALLER, TEN) is None
        assert found(known) == ""
    assert found(known) == "n2-1.1"
