"""Two edges, of which one has both addresses: when it dies or hangs, calls go on with the other."""

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Event

import pytest

from demo.phone import Answers, Softphone
from hotline import clock
from hotline.settings.kinds import CHECKOUT
from ops.machine.users import create_users
from tests.edges import PORT, BareNode, RunningEdge, node, program
from tests.house.configured import AGENTS
from tests.live.conftest import lacks, refuse_or_go_on
from tests.live.test_edge_live import SOON, invite, reaches, until
from tests.networks import Network, network

pytestmark = pytest.mark.live
NET = "10.19.20"
CARRIER, DESK, TRUNK, PHONES = f"{NET}.2", f"{NET}.3", f"{NET}.10", f"{NET}.11"
EDGES = f"{NET}.8", f"{NET}.9"
NODES = {"ntpc1": f"{NET}.21", "ntpc2": f"{NET}.22"}
NUMBERS = [f"09123457{number:02}" for number in range(16)]
SILENT = 5.0
"""Seconds in which the edge asks a silent node more than once."""
TOLD = 6.0
"""Seconds within which each is asked for all that it knows."""
HANGS = 12.0
"""Seconds until two questions have had no answer, on a machine that is busy; quiet it is three."""


@dataclass
class EdgeMachine:
    """A machine with an edge and keepalived, as both are shipped."""

    network: Network
    edge: RunningEdge
    keepalived: RunningEdge
    line: str
    middle: Network

    def has_addresses(self) -> bool:
        """Whether calls come to it."""
        return {TRUNK, PHONES} <= set(re.findall(r"inet ([\d.]+)/", self.network.does("addr show dev eth0")))

    def dies(self) -> None:
        """As a machine that loses its power."""
        self.middle.does(f"link set {self.line} down")
        self.keepalived.stop(signal.SIGKILL)
        self.edge.stop(signal.SIGKILL)
        for address in (TRUNK, PHONES) if self.has_addresses() else ():
            self.network.does(f"addr del {address}/24 dev eth0")

    def knows(self, telephone: str) -> bool:
        """Whether it knows where a telephone is."""
        return telephone in self.edge.tells("ul.lookup", "location", telephone)

    def comes_back(self) -> None:
        """All that its start does, until it would take over."""
        told = self.keepalived.log.stat().st_size
        self.middle.does(f"link set {self.line} up")
        self.edge.start()
        self.keepalived.start()
        until(lambda: b"Entering BACKUP" in self.keepalived.log.read_bytes()[told:], "it would take over")
        until(lambda: self.knows("agent-1"), "the other one has told it", TOLD)


@dataclass
class Pair:
    """Both edges, nodes behind them, and an agent's telephone."""

    edges: tuple[EdgeMachine, EdgeMachine]
    nodes: dict[str, BareNode]

    def by_role(self) -> tuple[EdgeMachine, EdgeMachine]:
        """The edge with the addresses, and the other one."""
        until(lambda: sum(one.has_addresses() for one in self.edges) == 1, "one has the addresses", 10)
        first, second = self.edges
        return (first, second) if first.has_addresses() else (second, first)

    def reaches_all(self) -> bool:
        """Whether each node reaches the telephone by whoever has the addresses."""
        return all(reaches(one, "agent-1") for one in self.nodes.values())

    def rung(self) -> bool:
        """Each node rings it, and it answers."""
        rung = all(one.rings("agent-1", within=4, holds=1) for one in self.nodes.values())
        for one in self.nodes.values():
            until(
                lambda one=one: "0 active channels" in one.home.rx("core show channels count"), "it is free"
            )
        return rung


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """In a network of their own, each edge on a machine of its own there."""
    refuse_or_go_on()
    if not program() or not shutil.which("keepalived", path="/usr/sbin:/usr/local/sbin"):
        lacks("install: apt-get install kamailio kamailio-websocket-modules keepalived")
    create_users()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        middle = stack.enter_context(network("ip link add name edges type bridge", "ip link set edges up"))
        for address in (f"{NET}.1", CARRIER, DESK, *NODES.values()):
            middle.does(f"addr add {address}/24 dev edges")
        first, second = (
            stack.enter_context(machine(middle, folder, own, other)) for own, other in (EDGES, EDGES[::-1])
        )
        stack.enter_context(middle.inside())
        more = {
            "trunk_match": (TRUNK,),
            "trunk_contact": f"{TRUNK}:{PORT}",
            "edge_phones": f"{PHONES}:{PORT}",
        }
        nodes = {name: stack.enter_context(node(folder, name, nodes=NODES, **more)) for name in NODES}
        phone = Softphone(
            AGENTS[0].phone,
            home=folder / "phone",
            address=DESK,
            password=AGENTS[0].secret,
            registrar=f"{PHONES}:{PORT}",
            behaves=Answers(0.2, 4.0),
        )
        stack.enter_context(phone).register()
        found = Pair((first, second), nodes)
        until(found.reaches_all, "both nodes reach the telephone")
        yield found


@contextmanager
def machine(middle: Network, folder: Path, own: str, other: str) -> Iterator[EdgeMachine]:
    """One of the two, with its line to the middle."""
    line, home = f"edge{own.rpartition('.')[2]}", folder / own
    home.mkdir(mode=0o755)
    with network("echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind") as its:
        middle.does(f"link add name {line} type veth peer name eth0 netns {its.pid}")
        middle.does(f"link set {line} master edges up")
        its.does(f"addr add {own}/24 dev eth0")
        its.does("link set eth0 up")
        both = shipped_edge(home, own, other, its), keepalived(home, own, other, its)
        for one in both:
            one.start()
        try:
            yield EdgeMachine(its, *both, line, middle)
        finally:
            for one in both:
                one.stop()


def shipped_edge(folder: Path, own: str, other: str, at: Network) -> RunningEdge:
    """Kamailio as its unit starts it."""
    values = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "RUNTIME_DIRECTORY": str(folder),
        "TRUNK": TRUNK,
        "PHONES": PHONES,
        "NODES": " ".join(f"{address}:{PORT}" for address in NODES.values()),
        "CARRIERS": f"{CARRIER}:{PORT}",
        "OWN": own,
        "OTHER": other,
    }
    given = (f"{name}={value}" for name, value in values.items())
    return RunningEdge(
        (*at.enter, "env", "-i", *given, str(CHECKOUT / "docker" / "cluster" / "edge.sh")),
        folder / "edge.log",
    )


def keepalived(folder: Path, own: str, other: str, at: Network) -> RunningEdge:
    """Keepalived with the shipped file, which has the values of this machine."""
    text = (CHECKOUT / "docker" / "keepalived.conf").read_text("utf-8")
    for name, value in {"OWN": own, "OTHER": other, "TRUNK": f"{TRUNK}/24", "PHONES": f"{PHONES}/24"}.items():
        text, found = re.subn(rf"(?m)^\${name}=.*$", f"${name}={value}", text)
        assert found == 1, name
    text = text.replace("/opt/hotline", str(CHECKOUT)).replace("script_user kamailio", "script_user root")
    (folder / "keepalived.conf").write_text(text)
    files = ("-f", str(folder / "keepalived.conf"), "-p", str(folder / "pid"), "-r", str(folder / "vrrp.pid"))
    command = (*at.enter, "keepalived", "--dont-fork", "--log-console", "--log-detail", *files)
    return RunningEdge(command, folder / "keepalived.log")


def taken(number: str) -> float:
    """After how many seconds a new call is answered."""
    answer, seconds = invite(CARRIER, TRUNK, number, again=(0.25,) * 16)
    assert answer.startswith("SIP/2.0 200 "), answer
    return seconds


def taken_by(number: str) -> str:
    """The node that answers a new call."""
    answer, _ = invite(CARRIER, TRUNK, number)
    return next((name for name, address in NODES.items() if f"<sip:{address}:" in answer), "")


def test_the_other_edge_takes_over_from_one_that_dies(pair: Pair) -> None:
    """A new call is answered within two seconds; telephones that registered there are rung at once."""
    dead, lives = pair.by_role()
    assert taken("0912345600") < 1
    dead.dies()
    assert taken("0912345601") <= SOON
    assert pair.rung()
    assert lives.has_addresses()
    dead.comes_back()


def test_one_that_is_back_knows_telephones_and_takes_nothing(pair: Pair) -> None:
    """Until it is needed: then it goes on with what the other told it."""
    has, waits = pair.by_role()
    assert pair.rung() and has.has_addresses()
    has.dies()
    assert taken("0912345602") <= SOON
    assert pair.rung() and waits.has_addresses()
    has.comes_back()


def test_an_edge_that_hangs_is_passed_over(pair: Pair) -> None:
    """Its machine lives and answers no call; afterwards one alone has the addresses."""
    hangs, other = pair.by_role()
    assert hangs.edge.process
    pid = hangs.edge.process.pid
    os.killpg(pid, signal.SIGSTOP)
    try:
        began = clock.monotonic()
        until(other.has_addresses, "the other has them", HANGS)
        taken("0912345603")
        assert clock.monotonic() - began <= HANGS + SOON
        until(pair.rung, "nodes found the telephone silent, and hear it again")
    finally:
        os.killpg(pid, signal.SIGCONT)
    pair.by_role()
    assert taken("0912345604") < 1


def test_a_node_that_was_away_gets_calls_again(pair: Pair) -> None:
    """However long it was silent: the edge asks on until it answers."""
    node = pair.nodes["ntpc1"]
    number = next(one for one in NUMBERS if taken_by(one) == node.name)
    pid = node.supervisor.pid("asterisk")
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: taken_by(number) == "ntpc2", "its callers come to the other")
        Event().wait(SILENT)
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: taken_by(number) == node.name, "its callers come to it again")


CONTACT = {
    "action": 1,
    "aor": "mallory",
    "ruid": "uloc-1-1-1",
    "c": f"sip:mallory@{DESK}:5099",
    "received": "",
    "path": "",
    "callid": "1@mallory",
    "user_agent": "",
    "instance": "",
    "expires": 2_000_000_000,
    "cseq": 1,
    "flags": 0,
    "cflags": 0,
    "q": -1,
    "last_modified": 1,
    "methods": -1,
    "reg_id": 0,
    "server_id": 0,
}
"""Where a telephone is, as one edge tells the other."""


def between_edges(here: str, own: str, to: str, route: str = "") -> bytes:
    """Such a message from the edge ``own`` to the edge ``to``, sent by somebody else."""
    body = json.dumps(CONTACT)
    lines = [
        f"KDMQ sip:usrloc@{to}:5062 SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{os.urandom(6).hex()}",
        *([f"Route: {route}"] if route else []),
        f"From: <sip:usrloc@{own}:5062>;tag=1",
        f"To: <sip:usrloc@{to}:5062>;tag=2",
        f"Call-ID: {os.urandom(6).hex()}",
        "CSeq: 1 KDMQ",
        "Max-Forwards: 5",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join((*lines, "", "")) + body).encode()


@pytest.mark.parametrize("to", [TRUNK, PHONES])
def test_nobody_tells_an_edge_where_telephones_are(pair: Pair, to: str) -> None:
    """Also not by the other edge, as a word that it passes on."""
    has, _ = pair.by_role()
    own, other = EDGES if has is pair.edges[0] else EDGES[::-1]
    passed_on = f"<sip:{to}:{PORT};lr;r2=on>, <sip:{own}:5062;lr;r2=on>"
    for source in (CARRIER, DESK):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind((source, 0))
            here = f"{source}:{line.getsockname()[1]}"
            line.sendto(between_edges(here, own, other, passed_on), (to, PORT))
            line.sendto(between_edges(here, other, own), (own, 5062))
    Event().wait(1.0)
    assert not any(one.knows("mallory") for one in pair.edges)
