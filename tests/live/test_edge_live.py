"""The edge before two nodes: telephones that both reach, a node that dies, and who is not let in."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from control.ami import AMI, ActionRefused, ManagerAccount
from control.node_states import EVENT, forget, known
from control.sip_publish import Publisher
from demo.phone import Answers, Softphone
from hotline.staff.store import Agent
from ops.jobs.silent_nodes import MODULE
from tests.edges import CARRIER, DESK, NODES, PHONES, PORT, STRANGER, TRUNK, BareNode, behind_the_edge
from tests.house.configured import AGENTS
from tests.house.test_websockets_live import CONTACTS
from tests.house.test_websockets_live import invite as by_websocket
from tests.live.conftest import refuse_or_go_on
from tests.websocket import WebSocket

pytestmark = pytest.mark.live
SOON = 2.0
"""Seconds within which a call of a dead node is with another."""
LONG = 60
"""Seconds of a talk that a scene ends."""


@pytest.fixture(scope="module")
def nodes() -> Iterator[dict[str, BareNode]]:
    """Two nodes behind the edge."""
    refuse_or_go_on()
    with behind_the_edge() as both:
        yield both


@pytest.fixture(scope="module")
def phone(nodes: dict[str, BareNode], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Softphone]:
    """An agent's telephone, registered at the edge."""
    with telephone(AGENTS[0], tmp_path_factory.mktemp("phone")) as one:
        until(lambda: all(reaches(node, "agent-1") for node in nodes.values()), "both nodes reach it")
        yield one


@contextmanager
def telephone(agent: Agent, home: Path, talks: float = 4.0) -> Iterator[Softphone]:
    """An agent's telephone that has registered at the edge."""
    with Softphone(
        agent.phone,
        home=home,
        address=DESK,
        password=agent.secret,
        registrar=f"{PHONES}:{PORT}",
        behaves=Answers(0.2, talks),
    ) as one:
        one.register()
        yield one


def until(done: Callable[[], bool], what: str, within: float = 30.0) -> None:
    by = time.monotonic() + within
    while not done():
        assert time.monotonic() < by, what
        time.sleep(0.1)


def reaches(node: BareNode, phone: str) -> bool:
    """Whether a node reaches a telephone by the edge; that it is free another node may have told."""
    known = node.home.rx("pjsip show contacts").splitlines()
    return any(f" {phone}-edge/" in line and " Avail " in line for line in known)


def free(node: BareNode) -> str:
    """Lines of members that can be rung."""
    return "".join(line for line in node.members().splitlines(keepends=True) if "Not in use" in line)


AGAIN: Final = (0.5, 1.0, 2.0, 0.5)
"""Seconds until an INVITE is sent once more (RFC 3261 17.1.1.2); the last, until it is given up."""


def invite(
    source: str, to: str, user: str, number: str = "1999", again: Sequence[float] = AGAIN
) -> tuple[str, float]:
    """The first final answer to an INVITE, and after how many seconds; empty when nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        here, call = f"{source}:{line.getsockname()[1]}", os.urandom(6).hex()
        body = f"v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\n"
        body += "t=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
        head = (
            f"INVITE sip:{number}@{to}:{PORT} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{os.urandom(6).hex()};rport\r\n"
            f"From: <sip:{user}@{here}>;tag=1\r\nTo: <sip:{number}@{to}>\r\nCall-ID: {call}\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:{user}@{here}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.monotonic()
        for patience in again:
            line.sendto((head + body).encode(), (to, PORT))
            if answer := answered(line, patience):
                break
        seconds = time.monotonic() - began
        if answer.startswith("SIP/2.0 200 "):
            line.sendto(bye(answer, here).encode(), (to, PORT))
        return answer, seconds


def answered(line: socket.socket, patience: float) -> str:
    """The next final answer; empty when none comes before nothing is said for so long."""
    line.settimeout(patience)
    try:
        while (answer := line.recv(8192).decode()).startswith("SIP/2.0 1"):
            line.settimeout(4.0)
    except TimeoutError:
        return ""
    return answer


def bye(answer: str, here: str) -> str:
    """The end of a call that was answered so."""
    found = [line.partition(": ")[::2] for line in answer.partition("\r\n\r\n")[0].splitlines()[1:]]
    told = dict(found)
    routes = [f"Route: {value}" for name, value in reversed(found) if name == "Record-Route"]
    contact = told["Contact"].partition("<")[2].partition(">")[0]
    own = f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{os.urandom(6).hex()};rport"
    same = [f"{name}: {told[name]}" for name in ("From", "To", "Call-ID")]
    rest = ("CSeq: 2 BYE", "Max-Forwards: 70", "Content-Length: 0", "", "")
    return "\r\n".join((f"BYE {contact} SIP/2.0", own, *routes, *same, *rest))


def test_a_telephone_is_rung_by_both_nodes(nodes: dict[str, BareNode], phone: Softphone) -> None:
    """Wherever it registered: one node checked its password, and the edge knows where it is."""
    for node in nodes.values():
        assert node.rings("agent-1"), node.name
        until(lambda: all("agent-1" in free(one) for one in nodes.values()), "it is free again")


def test_who_talks_at_one_node_is_free_at_none(nodes: dict[str, BareNode], phone: Softphone) -> None:
    """Within a second the other one knows, and knows the end."""
    one, two = nodes.values()
    assert one.rings("agent-1")
    until(lambda: "agent-1" not in free(two), "the other node knows", within=2.0)
    until(lambda: "agent-1" in free(two), "and its end")


def test_what_a_node_told_is_taken_back_in_its_name(nodes: dict[str, BareNode], tmp_path: Path) -> None:
    """By our jobs alone, which tell nothing else; asked anew it tells it again."""
    one, two = nodes.values()
    own = two.home.settings
    with telephone(AGENTS[1], tmp_path, talks=LONG):
        until(lambda: all(reaches(node, "agent-2") for node in nodes.values()), "both nodes reach it")
        assert one.rings("agent-2", holds=LONG)
        until(lambda: "agent-2" not in free(two), "the other node knows")
        with AMI.of(own, ManagerAccount.LINE) as ami, Publisher.of(own) as publisher:
            forget(publisher, one.name, known(ami))
            with pytest.raises(ActionRefused, match="403"):
                publisher.publish(one.name, EVENT, {})
        until(lambda: "agent-2" in free(two), "it is taken back", within=2.0)
        two.home.reload(MODULE)
        until(lambda: "agent-2" not in free(two), "it is told again")


@pytest.mark.parametrize(
    ("source", "to", "user", "answers"),
    [
        (CARRIER, TRUNK, "0912345678", "200"),
        (STRANGER, TRUNK, "0912345678", ""),
        (STRANGER, PHONES, "0912345678", "401"),
        (CARRIER, PHONES, "0912345678", "401"),
        (STRANGER, PHONES, "agent-1", "401"),
        (STRANGER, PHONES, "trunk", "401"),
    ],
    ids=["carrier", "stranger", "stranger among telephones", "carrier there", "posing as agent", "as trunk"],
)
def test_who_is_let_in(nodes: dict[str, BareNode], source: str, to: str, user: str, answers: str) -> None:
    """The carrier at its address alone; whoever is at the telephones' is asked for a password."""
    answer, _ = invite(source, to, user)
    assert answer.startswith(f"SIP/2.0 {answers} ") if answers else not answer


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
@pytest.mark.parametrize("source", [STRANGER, CARRIER, NODES["ntpc1"]], ids=["stranger", "carrier", "node"])
def test_who_comes_by_websocket_is_a_telephone(nodes: dict[str, BareNode], source: str, method: str) -> None:
    """From whatever address: asked for a password, and never taken for the carrier."""
    message = by_websocket("1999", "0912345678", CONTACTS["as over UDP"]).replace("INVITE", method)
    with WebSocket.open((PHONES, 8088), source=source) as line:
        line.send(message)
        while (status := int(line.receive().split(" ", 2)[1])) < 200:
            pass
    assert status == 401


def test_while_no_node_takes_a_call_the_carrier_is_told_so(nodes: dict[str, BareNode]) -> None:
    """By 503, at which it takes the call elsewhere; and afterwards they are taken again."""
    for drained, answers in (("yes", "503"), ("", "200")):
        for node in nodes.values():
            node.home.rx(f'dialplan set global DRAINED_NODE "{drained}"')
        answer, _ = invite(CARRIER, TRUNK, "0912345677")
        assert answer.startswith(f"SIP/2.0 {answers} "), answer


def test_a_telephone_that_dies_is_rung_by_nobody(nodes: dict[str, BareNode], tmp_path: Path) -> None:
    """It took no leave, and its registration goes on: each node knows by its silence."""
    with telephone(AGENTS[1], tmp_path) as other:
        until(lambda: all(reaches(node, "agent-2") for node in nodes.values()), "both nodes reach it")
        other.kill()
        until(lambda: not any("agent-2" in free(node) for node in nodes.values()), "both know it is gone")


def test_a_telephone_takes_the_place_of_one_before(nodes: dict[str, BareNode], tmp_path: Path) -> None:
    """At once, whether that one took leave or not: it was restarted, or a page was loaded anew."""
    for number, leaves in enumerate((True, False, True)):
        with telephone(AGENTS[1], tmp_path / str(number)) as other:
            until(
                lambda: all(reaches(node, "agent-2") for node in nodes.values()), f"{number} is reached", 15
            )
            if not leaves:
                other.kill()


def test_calls_of_a_node_that_dies_come_to_the_other(nodes: dict[str, BareNode], phone: Softphone) -> None:
    """The first within two seconds, others at once; the telephone stays known."""
    dead, lives = nodes.values()
    dead.kill()
    took = []
    for number in range(12):
        answer, seconds = invite(CARRIER, TRUNK, f"09123456{number:02}")
        assert answer.startswith("SIP/2.0 200 "), answer
        took.append(seconds)
    assert max(took) <= SOON and sorted(took)[8] <= 0.5
    assert lives.rings("agent-1")
