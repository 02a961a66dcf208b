"""Asterisk's manager interface over a real socket, against a peer that plays Asterisk."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from control.ami import AMI, ActionRefused, ManagerGone
from control.presence import GONE, NOT_CONFIGURED, changes
from hotline.staff.store import Agent

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
WELCOME = "Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n"


class Asterisk:
    """Says the given pieces, one after each action it reads; ``{id}`` becomes that action's id."""

    def __init__(self, *answers: str, greeting: bytes = GREETING) -> None:
        self._answers = (WELCOME, *answers)
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[dict[str, str]] = []
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        with peer, peer.makefile("rb") as lines:
            peer.sendall(self._greeting)
            for answer in self._answers:
                action: dict[str, str] = {}
                while line := lines.readline().decode().strip():
                    name, _, value = line.partition(": ")
                    action[name] = value
                if not action:
                    return
                self.asked.append(action)
                peer.sendall(answer.replace("{id}", action["ActionID"]).encode())
            lines.read()

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


@contextmanager
def talking(*answers: str, patience: float = 3.0) -> Iterator[tuple[AMI, Asterisk]]:
    asterisk = Asterisk(*answers)
    try:
        with AMI("127.0.0.1", asterisk.port, "jobs", "pass", patience=patience) as ami:
            yield ami, asterisk
    finally:
        asterisk.close()


def test_it_logs_in_without_events() -> None:
    """The first action is the login, and it declines all events."""
    with talking() as (_, asterisk):
        login = asterisk.asked[0]
    assert (login["Action"], login["Username"], login["Events"]) == ("Login", "jobs", "off")


def test_an_answer_of_one_message() -> None:
    """A plain answer is a list of one."""
    with talking("Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n") as (ami, _):
        assert ami.ask("Ping")[0]["Ping"] == "Pong"


def test_an_answer_that_is_a_list() -> None:
    """A list is the response and its events, without the closing message."""
    whole = (
        "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
        "Event: QueueMember\r\nActionID: {id}\r\nName: agent-1\r\n\r\n"
        "Event: QueueMember\r\nActionID: {id}\r\nName: agent-2\r\n\r\n"
        "Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n"
    )
    with talking(whole) as (ami, _):
        assert [one.get("Name") for one in ami.ask("QueueStatus")] == [None, "agent-1", "agent-2"]


def test_what_belongs_to_another_question_is_passed_over() -> None:
    """An answer that came too late for its own question is not taken for the next one's."""
    late = "Response: Success\r\nActionID: 999\r\nPing: Late\r\n\r\n"
    with talking(late + "Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n") as (ami, _):
        assert ami.ask("Ping")[0]["Ping"] == "Pong"


def test_a_refusal_is_told_with_its_reason() -> None:
    """An error response raises, and the connection lives on."""
    refused = "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
    with talking(refused, "Response: Success\r\nActionID: {id}\r\n\r\n") as (ami, _):
        with pytest.raises(ActionRefused, match="Permission denied"):
            ami.ask("Command", Command="core stop now")
        assert ami.ask("Ping")


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\0", "a\x1b[2J", "a\x7f", "a\x85"])
def test_row_49_a_value_cannot_end_its_line(value: str) -> None:
    """What would begin another line or action, or is no text at all, never reaches the wire."""
    with talking() as (ami, asterisk):
        with pytest.raises(ValueError, match="end of a line"):
            ami.ask("QueuePause", Reason=value)
        assert len(asterisk.asked) == 1


def test_silence_ends_within_the_limit() -> None:
    """An Asterisk that hangs is as good as gone."""
    with talking("", patience=0.2) as (ami, _), pytest.raises(ManagerGone):
        ami.ask("Ping")


def test_half_an_answer_and_a_closed_connection() -> None:
    """A connection that breaks inside an answer gives no half answer."""
    with talking("Response: Success\r\nActionID: {id}\r\n", patience=0.5) as (ami, _):
        with pytest.raises(ManagerGone):
            ami.ask("Ping")


def test_nobody_listens() -> None:
    """A closed port is told in one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ManagerGone):
        AMI("127.0.0.1", port, "jobs", "pass")


def test_something_else_listens() -> None:
    """A peer that does not greet like Asterisk gets no password."""
    stranger = Asterisk(greeting=b"SSH-2.0-OpenSSH\r\n")
    with pytest.raises(ManagerGone, match="something else"):
        AMI("127.0.0.1", stranger.port, "jobs", "pass")
    stranger.close()
    assert stranger.asked == []


def member(queue: str, phone: str, **more: str) -> dict[str, str]:
    usual = {"Membership": "static", "Penalty": "0", "Paused": "0", "PausedReason": "", "Status": "5"}
    return {"Event": "QueueMember", "Queue": queue, "Name": phone} | usual | more


ALICE = Agent(phone="agent-1", name="one", secret="", languages=["zh-TW"], paused="")
QUEUES = ("zh-TW", "nan-TW", "hak-TW", "en", "ja")


def at_work(**more: str) -> list[dict[str, str]]:
    return [
        member(f"agents-{tag}", "agent-1", Penalty="0" if tag == "zh-TW" else "10", **more) for tag in QUEUES
    ]


def test_queues_that_are_right_need_nothing() -> None:
    """Bringing members to the rows twice asks nothing the second time."""
    assert changes(at_work(), [ALICE]) == []


def test_a_break_is_begun_in_every_queue_with_its_reason() -> None:
    """A row on a break is paused in all five queues."""
    resting = Agent(phone="agent-1", name="one", secret="", languages=["zh-TW"], paused="lunch")
    actions = changes(at_work(), [resting])
    assert [(name, fields["Reason"], fields["Paused"]) for name, fields in actions] == [
        ("QueuePause", "lunch", "true")
    ] * 5


def test_a_break_ends() -> None:
    """A row without a break is rung again."""
    actions = changes(at_work(Paused="1", PausedReason="lunch"), [ALICE])
    assert {fields["Paused"] for _, fields in actions} == {"false"}


def test_a_new_agent_joins_every_queue() -> None:
    """First for the language spoken, last for the others."""
    actions = changes([], [ALICE])
    assert [(name, fields["Queue"], fields["Penalty"]) for name, fields in actions] == [
        ("QueueAdd", f"agents-{tag}", 0 if tag == "zh-TW" else 10) for tag in QUEUES
    ]


def test_who_joined_before_the_phone_was_there_joins_anew() -> None:
    """A queue would call it unconfigured until it registers;
    a member from the configuration came with its phone.
    """
    early = [member("agents-zh-TW", "agent-1", Membership="dynamic", Status=NOT_CONFIGURED), *at_work()[1:]]
    removed, added = changes(early, [ALICE])
    assert removed == ("QueueRemove", {"Queue": "agents-zh-TW", "Interface": "PJSIP/agent-1"})
    assert (added[0], added[1]["Queue"], added[1]["Penalty"]) == ("QueueAdd", "agents-zh-TW", 0)
    assert changes(at_work(Status=NOT_CONFIGURED), [ALICE]) == []


def test_who_is_no_agent_any_more_is_not_rung() -> None:
    """A member from the configuration is put on a break, one added since is removed."""
    leaving = [member("agents-en", "agent-8"), member("agents-en", "agent-9", Membership="dynamic")]
    paused, removed = changes(leaving, [])
    assert (paused[0], paused[1]["Interface"], paused[1]["Reason"]) == ("QueuePause", "PJSIP/agent-8", GONE)
    assert removed == ("QueueRemove", {"Queue": "agents-en", "Interface": "PJSIP/agent-9"})
