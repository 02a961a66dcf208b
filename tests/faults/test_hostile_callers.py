"""Hostile numbers and names in every place of a call:
no command runs, no line of a question or a log is forged.

Each string stands in the caller's number, the caller's name, the number diverted from and the number called.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from agi_scripts.head import AgiHead
from calls.store import CallEvent, CallRow, CelEvent
from hotline.db import transaction
from hotline.settings.kinds import CHECKOUT
from ops.run.readiness import answers
from ops.run.supervisor import specs
from tests.faults.hostile import STRINGS, attempts
from tests.faults.rawsip import Attempt, attack
from tests.faults.stand_ins import Tap, halted, port_of, serving
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, running
from tests.ports import free_port

pytestmark = pytest.mark.live
NUMBER = "29603456"
RATE, STAY = 28.0, 4.5
"""Calls a second, and seconds of each:
the notice, and after three more an overloaded decision is given up for the queue.
"""
CONTROLS = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Assault:
    """All attempts by place, what the server was asked, what it said, and the rows there are of it."""

    placed: list[tuple[str, Attempt]]
    tap: Tap
    rows: list[CallRow]
    file: Path


@contextmanager
def spare(system: System) -> Iterator[int]:
    """One more AGI process as the supervisor starts them, on a port of its own."""
    port = free_port()
    first = next(spec for spec in specs(system.home) if spec.name == "agi-1")
    *command, _port = first.command
    environment = {**first.environment, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    with (system.scratch / "spare.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, str(port)], cwd=CHECKOUT, env=environment, stdout=log, stderr=log, umask=first.umask
        )
        try:
            system.until(lambda: answers("127.0.0.1", port), 30, "the spare process decides")
            yield port
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A hotline whose greeting is one word, so that callers who stay for seconds are asked about.

    A decision asks a first menu of which a sound is lost.
    """
    refuse_or_go_on()
    with running(node_calls=300, caller_calls=1000, rtp_from=30000, rtp_to=31999) as one:
        spoken = one.settings.sounds / "hotline" / "zh-TW"
        for greeting in spoken.glob("V-00.*"):
            word = (spoken / f"time.tomorrow{greeting.suffix}").read_bytes()
            greeting.unlink()
            greeting.write_bytes(word)
        for sound in spoken.glob("V-02.2.*"):
            sound.unlink()
        yield one


@pytest.fixture(scope="module")
def assault(system: System) -> Assault:
    """Both processes stand behind a tap; then all attempts, some dozens a second."""
    folder = system.scratch / "anybody"
    folder.mkdir()
    folder.chmod(0o777)
    placed = list(attempts(NUMBER, folder / "ran"))
    with spare(system) as port, halted(system, 1, 2):
        tap = Tap(port)
        with serving(port_of(system, 1), tap), serving(port_of(system, 2), tap):
            attack(system, [one for _, one in placed], RATE, STAY)
            system.until(lambda: system.channels() == 0, 20, "no ghost channel is left")
    answered = sum(one.status == 200 for _, one in placed)
    rows = system.until(lambda: closed(system, answered), 30, "every answered call has its closed row")
    return Assault(placed, tap, rows, folder / "ran")


def closed(system: System, how_many: int) -> list[CallRow]:
    """The rows of calls to this number, once so many are closed."""
    with transaction(system.house.factory) as session:
        rows = list(session.scalars(select(CallRow).where(CallRow.dialled == NUMBER)))
    return rows if len(rows) >= how_many and all(row.end_reason for row in rows) else []


def test_enough_is_tried() -> None:
    """At least two hundred different strings, in each of four places."""
    assert len(STRINGS) >= 200


def test_no_command_runs(assault: Assault) -> None:
    """Whatever was to make a file made none."""
    assert not assault.file.exists()
    assert not list(assault.file.parent.iterdir())


def test_a_call_reaches_the_menu_or_is_refused_by_SIP(assault: Assault, system: System) -> None:
    """Served like anybody, one row each; who poses as a phone is asked for a password;
    a number not ours is refused.
    """
    statuses = {
        place: Counter(one.status for at, one in assault.placed if at == place) for place, _ in assault.placed
    }
    assert set(statuses.pop("target")) <= {0, 400, 404, 484}, statuses
    for place, found in statuses.items():
        assert set(found) <= {0, 200, 400, 401}, (place, found)
        assert found[200] > 0.9 * len(STRINGS), (place, found)
    assert len(assault.rows) == sum(found[200] for found in statuses.values())
    with transaction(system.house.factory) as session:
        reached = CallEvent.kind.in_(
            ("MenuHeard", "FailedOver")
        )  # on a busy machine the queue may be the way
        heard = set(session.scalars(select(CallEvent.call_id).where(reached)))
    assert {row.id for row in assault.rows} <= heard
    assert all(re.fullmatch(r"\+?[0-9]{1,31}|anonymous", row.caller) for row in assault.rows)


def test_no_line_of_a_question_is_forged(assault: Assault) -> None:
    """Each question is what the dialplan asks:
    a strict head, a number of digits, nothing of a name or a diversion.
    """
    heads = assault.tap.heads()
    assert len(heads) >= len(assault.rows)
    assert [head for head in heads if not is_ours(head)] == []


def is_ours(head: AgiHead) -> bool:
    fields = head.fields
    clean = {fields["agi_calleridname"], fields["agi_rdnis"]} <= {"", "unknown"} and fields[
        "agi_dnid"
    ] == NUMBER
    first, event, number, dialled, greeted = (*head.arguments, "", "", "", "", "")[:5]
    asked = not first and event == "arrived" and dialled == NUMBER and greeted == "greeted"
    return clean and asked and bool(re.fullmatch(r"[0-9+]*", number)) and len(head.arguments) == 5


def test_no_control_byte_goes_to_asterisk(assault: Assault) -> None:
    """A NUL would make one of its threads spin for ever: whatever was sent, each answer is one clean line."""
    for _, told in assault.tap.sessions:
        assert not CONTROLS.search(bytes(told))
        assert told.count(b"\n") <= 1, "a caller who is gone gets no answer, nobody gets two"
    assert sum(told.count(b"\n") for _, told in assault.tap.sessions) > len(assault.tap.sessions) // 2


def test_a_hostile_number_is_withheld_and_noted(assault: Assault, system: System) -> None:
    """What held anything but digits is no number any more, and an event says so."""
    with transaction(system.house.factory) as session:
        noted = set(session.scalars(select(CallEvent.call_id).where(CallEvent.kind == "HostileCaller")))
    assert len(noted) > 0.9 * len(STRINGS)  # some are digits once spaces and what follows a NUL are gone
    assert {row.caller for row in assault.rows if row.id in noted} == {"anonymous"}


def test_no_line_of_a_log_is_forged(assault: Assault, system: System) -> None:
    """Asterisk's messages are JSON throughout; its event log tells of no call and no system but ours."""
    assert assault.rows
    for name in ("messages", "security"):
        lines = (system.home.messages.parent / name).read_text("utf-8").rstrip("\n").split("\n")
        assert all(isinstance(json.loads(line), dict) for line in lines)
    with transaction(system.house.factory) as session:
        events = list(session.execute(select(CelEvent.linked_id, CelEvent.kind, CelEvent.body)))
    ours = {event.linked_id for event in events if event.kind == "CHAN_START"}
    assert [
        event for event in events if event.linked_id and event.linked_id not in ours | {"system:test"}
    ] == []
    assert sum(event.linked_id == "system:test" for event in events) == 1
