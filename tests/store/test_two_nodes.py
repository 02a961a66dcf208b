"""Two nodes over one database, each with a home, an Asterisk and disks of its own:
neither judges the other's.
"""

import json
import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from structlog.testing import capture_logs

from calls import recording_pause
from calls.cdr_writer import Records
from calls.store import CallRow
from control.ami import ManagerGone
from control.recording_mute import RecordingMute
from hotline import clock
from hotline.clock import taipei
from hotline.cluster import nodes as cluster
from hotline.cluster.leases import DEAD, ClusterLease
from hotline.db import looking, transaction
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.tickets.store import FaultRow
from ops import wiring
from ops.jobs import disks, places
from ops.jobs.cel_follower import Follower
from ops.jobs.disks import DiskWatch
from ops.jobs.health_checks import FaultCheck
from ops.jobs.recordings import check_recordings, recordings_of, verify_recordings
from ops.jobs.schedule import jobs
from ops.jobs.spoken_messages import Sweep
from ops.wiring import House, workshop
from recordings.policy import MessageEnd
from recordings.store import Recording
from tests.keys import put_keys
from tests.promises import TEN, Office
from tests.store.test_chase import CONCERNED

pytestmark = pytest.mark.dialects

BEGAN = taipei("2026-11-24T10:00:00")
ENDED = BEGAN + timedelta(seconds=10)
LATER = ENDED + timedelta(hours=1)
TABLE = " Contact:  officers/sip:127.0.0.4:5060  8f2d2b13ab {}  nan\n"


@dataclass
class Node:
    """One machine of ours: what its Asterisk and its processes do."""

    house: House

    @property
    def name(self) -> str:
        return self.house.settings.node

    @property
    def call(self) -> str:
        return f"{self.name}-{BEGAN.timestamp():.0f}.1"

    def records_a_call(self) -> None:
        """Its Asterisk writes two files and its event log, which its jobs then load."""
        for direction in ("caller", "agent"):
            self.writes(self.house.settings.recordings / f"{self.call}-{direction}.wav", 10)
        steps = (
            ("CHAN_START", BEGAN),
            ("ANSWER", BEGAN),
            ("RECORDING", BEGAN),
            ("HANGUP", ENDED),
            ("LINKEDID_END", ENDED),
        )
        self.logs(*(self.event(kind, at) for kind, at in steps))

    def logs(self, *events: dict[str, str]) -> None:
        folder = self.house.settings.cel
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "hotline.json").open("a") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)
        self.follower().load(LATER)

    def follower(self) -> Follower:
        settings, factory = self.house.settings, self.house.factory
        return Follower(factory, settings.cel, self.name, Records(self.name, self.house.callbacks))

    def event(self, kind: str, at: datetime) -> dict[str, str]:
        return {
            "eventtype": kind,
            "userdeftype": kind if kind == "RECORDING" else "",
            "eventtime": f"{at.timestamp():.6f}",
            "linkedid": self.call,
            "uniqueid": self.call,
            "channame": "PJSIP/trunk-00000001",
            "context": "from-trunk",
            "exten": "1999",
            "num": "0911000002",
            "appname": "",
            "appdata": "",
            "peer": "",
            "eventextra": '{"extra":"zh-TW"}' if kind == "RECORDING" else "",
        }

    def writes(self, path: Path, seconds: int) -> None:
        """A file of sound that was closed when the call ended."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x10\x27\xf0\xd8" * (seconds * 4000))
        os.utime(path, (ENDED.timestamp(),) * 2)

    def rows(self) -> dict[str, tuple[str, str]]:
        """Directions of its call, with node and state."""
        with looking(self.house.factory) as session:
            chosen = select(Recording).where(Recording.call_id == self.call)
            return {row.direction: (row.node, row.state) for row in session.scalars(chosen)}


@pytest.fixture
def nodes(database: Engine, database_url: str, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """Two, over each database."""
    pair = [
        workshop(Settings(home=put_keys(tmp_path / name), node=name, database_url=database_url), "jobs")
        for name in ("ntpc1", "ntpc2")
    ]
    yield Node(pair[0]), Node(pair[1])
    for house in pair:
        house.engine.dispose()


def test_a_node_looks_for_its_own_recordings_alone(nodes: tuple[Node, Node]) -> None:
    """Checked, counted and verified where the files lie:
    none is missing because another node does not have it.
    """
    one, two = nodes
    one.records_a_call()
    two.records_a_call()
    for node in (two, one):
        check_recordings(recordings_of(node.house), LATER)
    assert one.rows() == {"caller": ("ntpc1", "WHOLE"), "agent": ("ntpc1", "WHOLE")}
    assert two.rows() == {"caller": ("ntpc2", "WHOLE"), "agent": ("ntpc2", "WHOLE")}
    assert [verify_recordings(node.house, LATER) for node in nodes] == [[], []]
    (two.house.settings.recordings / f"{two.call}-agent.wav").unlink()
    assert verify_recordings(one.house, LATER) == []
    (gone,) = verify_recordings(two.house, LATER)
    assert gone.call_id == two.call and gone.what.startswith("removed")
    assert [recordings_of(node.house).bad() for node in nodes] == [0, 1]


def test_what_a_former_version_wrote_is_its_nodes_too(nodes: tuple[Node, Node]) -> None:
    """Rows without a node, of processes that ran beside the new ones:
    the name of the call tells whose they are.
    """
    one, two = nodes
    one.records_a_call()
    with one.house.engine.begin() as connection:
        connection.execute(text("UPDATE recording SET node = ''"))
    check_recordings(recordings_of(two.house), LATER)
    assert set(one.rows().values()) == {("", "EXPECTED")}
    check_recordings(recordings_of(one.house), LATER)
    assert set(one.rows().values()) == {("", "WHOLE")}


def test_a_spoken_message_is_brought_and_looked_for_where_it_lies(nodes: tuple[Node, Node]) -> None:
    """One that no decision told of: the node on whose disk it is brings it; the other does not miss it."""
    one, two = nodes
    one.logs(one.event("CHAN_START", BEGAN), one.event("LINKEDID_END", ENDED))
    path = one.house.settings.messages / f"{one.call}-message.wav"
    one.writes(path, 5)
    path.with_suffix(".json").write_text(json.dumps({"seconds": 5.0, "ended": MessageEnd.KEY}))
    for node in (two, one):
        house = node.house
        Sweep(house.factory, house.messages, node.name, house.callbacks, timedelta(minutes=3)).run(LATER)
    for node in (two, one):
        check_recordings(recordings_of(node.house), LATER)
    assert one.rows() == {"message": ("ntpc1", "WHOLE")}


def test_an_asterisk_that_begins_anew_closes_its_own_calls_alone(nodes: tuple[Node, Node]) -> None:
    """Killed with a call on each node: what goes on elsewhere stays open, and so does its recording."""
    one, two = nodes
    for node in nodes:
        node.logs(node.event("CHAN_START", BEGAN), node.event("RECORDING", BEGAN))
    start = {"eventtype": "SYSTEM_START", "eventtime": f"{ENDED.timestamp():.6f}", "node": "ntpc1"}
    one.logs(start)
    with looking(one.house.factory) as session:
        ends = {row.node: row.end_reason for row in session.scalars(select(CallRow))}
        open_rows = {
            row.node for row in session.scalars(select(Recording).where(Recording.ended_at.is_(None)))
        }
    assert ends == {"ntpc1": "system", "ntpc2": ""} and open_rows == {"ntpc2"}


def test_how_far_a_log_is_loaded_is_each_nodes_own(nodes: tuple[Node, Node]) -> None:
    """Each of them loads its own file to its end, once, and waits for nothing of the other's."""
    for node in nodes:
        node.records_a_call()
    for node in nodes:
        assert node.follower().load(LATER).lines == 0 and node.follower().lag(LATER).size == 0
    with looking(nodes[0].house.factory) as session:
        assert {row.node for row in session.scalars(select(CallRow))} == {"ntpc1", "ntpc2"}


def test_a_pause_is_ended_where_its_call_is_recorded(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other Asterisk knows no such channel;
    taken for an end, the recording would stay silent for good.
    """
    one, two = nodes
    one.logs(one.event("CHAN_START", BEGAN), one.event("RECORDING", BEGAN))
    with transaction(one.house.factory) as session:
        recording_pause.begin(session, one.call, until=ENDED, by="agent-1", at=BEGAN)
    asked = list[str]()
    monkeypatch.setattr(RecordingMute, "_of_asterisk", lambda _mute, pbx, *_call: asked.append(pbx.node))
    assert two.house.recording_pauses.resume_due(LATER) == 0 and asked == []
    assert one.house.recording_pauses.resume_due(LATER) == 1 and asked == ["ntpc1"]


def test_an_act_is_asked_of_the_node_whose_call_it_is(nodes: tuple[Node, Node]) -> None:
    """From any machine; one that does not live, or that no other reaches, is named."""
    one, two = nodes
    with transaction(one.house.factory) as session:
        cluster.sign(session, "ntpc1", (MachineRole.NODE,), "1", ENDED)
    with pytest.raises(ManagerGone, match="ntpc1"):
        two.house.recording_mute.keep_sound(one.call)


def test_a_fault_of_one_node_is_not_mended_by_another_that_is_well(nodes: tuple[Node, Node]) -> None:
    """Lines and disks: a ticket of the node that sees it, which stays ill while the other one works."""
    one, two = nodes
    checks = [
        FaultCheck(one.house.factory, lambda: TABLE.format("Unavail"), "ntpc1"),
        FaultCheck(two.house.factory, lambda: TABLE.format("Avail"), "ntpc2"),
    ]
    for minute in range(3):
        for check in checks:
            check.run(LATER + timedelta(minutes=minute))
    for place in places.places(two.house.settings):
        place.folder.mkdir(parents=True, exist_ok=True)
        place.folder.chmod(0o777)
    with capture_logs():
        for node in nodes:
            DiskWatch(node.house.factory, node.house.settings).run(LATER + disks.EVERY)
    with looking(one.house.factory) as session:
        found = {row.open_key: row.recovered_at for row in session.scalars(select(FaultRow))}
    assert found["line:officers@ntpc1"] is None and found["disk:recordings@ntpc1"] is None
    assert not any("disk:recordings@ntpc2" in key or "line" in key and "ntpc2" in key for key in found if key)


def test_what_is_done_once_is_done_by_who_holds_the_lease(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jobs of the other machine run, and do nothing."""
    made = list[House]()
    monkeypatch.setattr(wiring, "workshop", lambda *given: made.append(workshop(*given)) or made[-1])
    leases = [ClusterLease(one.house.factory, "jobs", one.name, lambda: 0.0) for one in nodes]
    held = [lease.keep() for lease in leases]
    ran = dict[str, list[object]]()
    for one, lease in zip(nodes, leases, strict=True):
        for job in jobs(one.house, lease):
            if job.name in ("house-once", "lease", "cases", "video"):
                ran.setdefault(job.name, []).append(job.run())
    assert held == [True, False] and [lease.is_held for lease in leases] == [True, False]
    for house in made:
        house.engine.dispose()
    assert ran["cases"][0] is not None and ran["cases"][1] is None


def test_a_late_promise_is_told_once_when_the_machine_dies_that_found_it(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first finds it overdue and dies before it sends; the second sends, and the first, back, nothing."""
    made = list[House]()
    monkeypatch.setattr(wiring, "workshop", lambda *given: made.append(workshop(*given)) or made[-1])
    monkeypatch.setattr(clock, "now", lambda: TEN + timedelta(hours=5))
    one, two = nodes
    Office.of(one.house.factory, one.house.callbacks).promised()
    seconds = {one.name: 0.0, two.name: 0.0}
    leases = [
        ClusterLease(node.house.factory, "jobs", node.name, lambda name=node.name: seconds[name])  # type: ignore[misc]
        for node in nodes
    ]
    work = [
        {job.name: job.run for job in jobs(node.house, lease)}
        for node, lease in zip(nodes, leases, strict=True)
    ]

    def runs(*names: str) -> None:
        for machine in work:
            for name in names:
                machine[name]()

    assert [lease.keep() for lease in leases] == [True, False]
    runs("callbacks")
    seconds[two.name] = DEAD
    assert leases[1].keep()
    runs("callbacks", "outbox", "callbacks", "outbox")
    sent = [sorted(told(node)) for node in nodes]
    for house in made:
        house.engine.dispose()
    assert not sent[0] and len(sent[1]) == len(set(sent[1]))
    assert [who for template, who in sent[1] if template == "N-03"] == sorted(CONCERNED)


def told(node: Node) -> Iterator[tuple[str, str]]:
    """The messages that a machine has sent, which here are files of its own: which, and to whom."""
    for file in node.house.settings.outbox.glob("*.json"):
        letter = json.loads(file.read_text("utf-8"))
        yield letter["template"], letter["to"]
