"""The watch over silent nodes and its SIP PUBLISH, against peers that play our Asterisk."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from types import SimpleNamespace
from typing import Any, Self

import pytest

from control.ami import ActionRefused, ManagerGone
from control.node_states import EVENT, entity
from control.sip_publish import ACCOUNT, Publisher, digest
from ops.jobs.silent_nodes import AGAIN, SilentNodes

PASSWORD = "not-told"
SOON = 0.05
TOLD = {"Response": "Success"}
STATES = {
    "PJSIP/agent-1": "INUSE",
    "PJSIP/agent-2": "NOT_INUSE",
    "PJSIP/agent-3": "UNKNOWN",
    "Queue:agents-en": "INUSE",
}
Told = list[dict[str, Any]]


@contextmanager
def asterisk(*before: str, heard: bool = True) -> Iterator[tuple[Publisher, Told]]:
    """Asterisk's SIP, which lets one account publish; ``before`` each answer it says these first lines."""
    told = Told()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                request, peer = line.recvfrom(8192)
                if not request:
                    return
                for answer in answers(request.decode(), told, before) if heard else ():
                    line.sendto(answer.encode(), peer)

        thread = Thread(target=serve)
        thread.start()
        place = line.getsockname()
        try:
            with Publisher(place, PASSWORD, patience=5.0 if heard else SOON) as publisher:
                yield publisher, told
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", place)
            thread.join(5)


def answers(request: str, told: Told, before: tuple[str, ...]) -> Iterator[str]:
    """Yield the answers to a request: a challenge, and 200 once it was answered rightly."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    same = "".join(f"{name}: {fields[name]}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
    for line in before:
        yield f"SIP/2.0 {line}\r\n{same}\r\n"
    if not (proof := fields.get("Authorization")):
        challenge = 'Digest realm="hotline",nonce="1/2",opaque="3",algorithm={},qop="auth"'
        asked = "".join(f"WWW-Authenticate: {challenge.format(one)}\r\n" for one in ("SHA-256", "MD5"))
        yield f"SIP/2.0 401 Unauthorized\r\n{same}{asked}\r\n"
        return
    given = dict(re.findall(r'(\w+)="([^"]*)"', proof))
    uri = first.split(" ")[1]
    if given["response"] != digest(ACCOUNT, PASSWORD, "PUBLISH", uri, given):
        yield f"SIP/2.0 401 Unauthorized\r\n{same}\r\n"
        return
    told.append(json.loads(body) | {"for": uri.split("@")[0], "event": fields["Event"]})
    yield f"SIP/2.0 200 OK\r\n{same}\r\n"


def test_a_challenge_is_answered_as_the_standard_has_it() -> None:
    """RFC 2617, 3.5."""
    nonce, ours = "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b"
    given = {"realm": "testrealm@host.com", "nonce": nonce, "cnonce": ours}
    assert digest("Mufasa", "Circle Of Life", "GET", "/dir/index.html", given) == (
        "6629fae49393a05397450978507c4ef1"
    )


@pytest.mark.parametrize("before", [(), ("100 Trying",)], ids=["at once", "after a word"])
def test_it_is_told_once_the_challenge_is_answered(before: tuple[str, ...]) -> None:
    """Each thing by itself."""
    with asterisk(*before) as (publisher, told):
        publisher.publish("ntpc2-silent", EVENT, {"device": "PJSIP/agent-1"})
        publisher.publish("ntpc2-silent", EVENT, {"device": "PJSIP/agent-2"})
    assert [one["device"] for one in told] == ["PJSIP/agent-1", "PJSIP/agent-2"]
    assert {(one["for"], one["event"]) for one in told} == {("sip:ntpc2-silent", EVENT)}


def test_a_wrong_password_is_told_and_not_tried_again() -> None:
    """One request with a proof is sent, and Asterisk takes no state."""
    with asterisk() as (publisher, told), pytest.raises(ActionRefused, match="401"):
        publisher._password = "another"
        publisher.publish("ntpc2-silent", EVENT, {})
    assert told == []


@pytest.mark.parametrize("answer", ["403 Forbidden", "404 Not Found", "489 Bad Event"])
def test_what_is_refused_is_told_as_refused(answer: str) -> None:
    """With Asterisk's word."""
    with asterisk(answer) as (publisher, _), pytest.raises(ActionRefused, match=answer):
        publisher.publish("ntpc9-silent", EVENT, {})


def test_an_asterisk_that_says_nothing_holds_nobody_up() -> None:
    """The next look asks again."""
    with asterisk(heard=False) as (publisher, _), pytest.raises(TimeoutError):
        publisher.publish("ntpc2-silent", EVENT, {})


@dataclass
class OwnAsterisk:
    """Our Asterisk: which others answer its OPTIONS, what it is told, how often it asked the others anew."""

    silent: set[str] = field(default_factory=set)
    told: Told = field(default_factory=list)
    asked_anew: int = 0
    faults: list[Exception] = field(default_factory=list)

    def ask(self, action: str, **fields: Any) -> list[dict[str, str]]:
        if action == "DeviceStateList":
            found = ({"Device": name, "State": state} for name, state in STATES.items())
            return [TOLD, *({"Event": "DeviceStateChange"} | one for one in found)]
        function, _, rest = fields["Variable"].partition("(")
        name = rest.partition(",")[0]
        away = "Unreachable" if name.removeprefix("node-") in self.silent else "Reachable"
        return [TOLD | {"Value": name if function == "PJSIP_AOR" else away}]

    def publish(self, resource: str, event: str, told: dict[str, Any]) -> None:
        if self.faults:
            raise self.faults.pop()
        self.told.append(told | {"for": resource})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; this one has no socket."""


class Watched:
    """The job of one node beside two others."""

    def __init__(self) -> None:
        self.own, self.seconds, self.is_up = OwnAsterisk(), 0.0, True
        beside = [SimpleNamespace(name=name) for name in ("ntpc2", "ntpc3")]
        pbx: Any = SimpleNamespace(
            settings=lambda: SimpleNamespace(nodes_beside=beside), manager=self._manager
        )
        publisher: Any = self.own
        self._watch = SilentNodes(pbx, lambda: publisher, self._ask_anew, lambda: self.seconds)

    def looks(self, after: float = 2.0) -> list[str]:
        self.seconds += after
        return list(self._watch.run())

    def _manager(self, *_: object, **__: object) -> OwnAsterisk:
        if not self.is_up:
            raise ManagerGone("down")
        return self.own

    def _ask_anew(self) -> None:
        self.own.asked_anew += 1


@pytest.fixture
def one() -> Watched:
    """All have answered so far."""
    watched = Watched()
    assert watched.looks() == []
    return watched


def test_while_all_answer_nothing_is_told(one: Watched) -> None:
    """However often it looks."""
    assert [one.looks() for _ in range(5)] == [[]] * 5
    assert (one.own.told, one.own.asked_anew) == ([], 0)


def test_what_a_silent_node_told_counts_for_nothing(one: Watched) -> None:
    """In its own name, once, of what anything is known of."""
    one.own.silent = {"ntpc2"}
    assert [one.looks() for _ in range(4)] == [[], [], ["ntpc2"], ["ntpc2"]]
    assert [told["device"] for told in one.own.told] == ["PJSIP/agent-1", "PJSIP/agent-2"]
    facts = {(told["for"], told["state"], told["cachable"], told["eid"]) for told in one.own.told}
    assert facts == {("ntpc2-silent", "UNKNOWN", 1, entity("ntpc2"))}


def test_one_that_answers_again_in_time_stays_believed(one: Watched) -> None:
    """One answer may be lost."""
    for _ in range(3):
        one.own.silent = {"ntpc2"}
        assert one.looks(AGAIN - 0.5) == []
        one.own.silent = set()
        assert one.looks() == []
    assert (one.own.told, one.own.asked_anew) == ([], 0)


def test_one_that_is_back_tells_all_anew(one: Watched) -> None:
    """It is asked once; another that is silent still stays so."""
    one.own.silent = {"ntpc2", "ntpc3"}
    one.looks()
    assert one.looks(AGAIN) == ["ntpc2", "ntpc3"]
    one.own.silent = {"ntpc3"}
    assert [one.looks(), one.looks()] == [["ntpc3"]] * 2
    assert (one.own.asked_anew, len(one.own.told)) == (1, 4)
    one.own.silent.add("ntpc2")
    one.looks()
    assert one.looks(AGAIN) == ["ntpc2", "ntpc3"] and len(one.own.told) == 6


@pytest.mark.parametrize("fault", [TimeoutError("no answer"), ActionRefused("PUBLISH", "403")])
def test_what_could_not_be_told_is_told_at_the_next_look(one: Watched, fault: Exception) -> None:
    """Also while our own Asterisk is down."""
    one.own.silent, one.own.faults, one.is_up = {"ntpc2"}, [fault], False
    assert one.looks() == []
    one.is_up = True
    one.looks()
    assert [one.looks(AGAIN), one.looks()] == [[], ["ntpc2"]]
    assert len(one.own.told) == 2
