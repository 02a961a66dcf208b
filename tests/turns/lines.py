"""Two lines of a scene: the bare engine, and our server with a fake Asterisk on a socket."""

import json
import socket
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from agi_scripts import variables as v
from agi_scripts.session import sounds
from calls.dialplan_lines import target
from ivr import limits
from ivr.call import Call, InMenu
from ivr.engine import GREETING, Book, advance
from ivr.prompts import Prompt, Shelf
from ivr.steps import (
    Arrived,
    Ask,
    End,
    Enqueue,
    Event,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    Ring,
    RingAgent,
    RingEnded,
    Say,
    Silent,
    StartRecording,
    TakeMessage,
    TransferWanted,
    words_of,
)
from recordings.policy import MessageEnd
from tests.turns.channel import Channel
from tests.turns.rows import NOON, Hour
from tests.turns.scene import Performed
from transfer.outcome import DialOutcome

DIALLED = {
    DialOutcome.ANSWERED: ("ANSWER", "16", "300"),
    DialOutcome.BUSY: ("BUSY", "17", ""),
    DialOutcome.NO_ANSWER: ("NOANSWER", "0", "300"),
    DialOutcome.UNREACHABLE: ("NOANSWER", "19", ""),
    DialOutcome.REFUSED: ("CHANUNAVAIL", "21", ""),
    DialOutcome.FAILED: ("CONGESTION", "34", ""),
}
"""DIALSTATUS, HANGUPCAUSE and the milliseconds until it rang, as Asterisk would tell them."""


class OneChannel:
    """A line whose calls are on one channel of our Asterisk from their first word to the last."""

    def __init__(self, longest: timedelta = timedelta(0)) -> None:
        self._channel, self._longest = Channel(NOON), longest

    def report(self, event: Event) -> Performed:
        """A call whose time is over comes to no decision more."""
        if isinstance(event, Arrived) and self._longest:
            self._channel = Channel(event.at, longest_at=event.at + self._longest)
        if self._channel.deadline and self._channel.deadline.at <= event.at:
            return self._over(self._channel.sees(limits.Passed(event.at)))
        done = self.decided(event)
        self._channel.listed = int(done.listed or 0)
        return done

    def talks(self, event: limits.Event) -> Performed | None:
        said = self._channel.sees(event)
        return self._over(said) if self._channel.over else Performed(said, "", "", False) if said else None

    def decided(self, event: Event) -> Performed:
        """By the engine."""
        raise NotImplementedError

    def _over(self, said: list[str]) -> Performed:
        return Performed(said, "end", self._channel.over, False)


class BareEngine(OneChannel):
    """No server, no socket: advance() and a shelf; the call goes through JSON at each turn."""

    def __init__(self, book: Book, shelf: Shelf, longest: timedelta = timedelta(0)) -> None:
        super().__init__(longest)
        self._book, self._shelf = book, shelf
        self._json = Call("scene", book.menus.version, InMenu(book.menus.first)).to_json()

    def decided(self, event: Event) -> Performed:
        turn = advance(self._book, Call.from_json(self._json), event)
        self._json = turn.call.to_json()
        heard, recording, doing, detail = list[str](), False, "", ""
        rest: tuple[str, ...] = ()
        for step in turn.steps:
            heard += self._names(words_of(step), turn.call)
            match step:
                case StartRecording():
                    recording = True
                case Ask(_, digits, seconds, _):
                    doing, detail = "ask", f"{digits} {seconds:g}"
                case Enqueue(language, _, front, listed, _):
                    assert listed is (turn.call.listed > 0)
                    doing, detail, rest = "queue", language, (v.YES if front else "",)
                case Ring(rung, rang_for, asked, _, whisper):
                    label = "/".join((rung.kind, asked, rung.extension, rung.section, rung.agency))
                    whispered = "&".join(self._names(whisper, turn.call))
                    doing, detail, rest = "ring", target(rung), (f"{rang_for:g}", whispered, label)
                case RingAgent(phone, rang_for):
                    doing, detail, rest = "agent", phone, (f"{rang_for:g}",)
                case End(_, reason):
                    doing, detail = "end", reason
                case TakeMessage(name, seconds):
                    doing, detail = "message", f"{name} {seconds:g}"
                case Say():
                    pass
        return Performed(heard, doing, detail, recording, *rest, listed=str(turn.call.listed or ""))

    def _names(self, prompts: tuple[Prompt, ...], call: Call) -> list[str]:
        return [name for name in sounds(prompts, self._shelf, call.language).split("&") if name]


OPENING = [f"hotline/{prompt.language}/{prompt.id}" for prompt in GREETING.prompts]
"""What the dialplan says by itself before it asks for the first decision."""


class FakeAsterisk(OneChannel):
    """Speaks FastAGI to our server as the dialplan does, a connection a turn; ``messages``: where sound lies.

    Our server believes in the ``hour`` of the event.
    """

    def __init__(
        self,
        address: tuple[str, int],
        unique_id: str,
        messages: Path,
        hour: Hour,
        longest: timedelta = timedelta(0),
    ) -> None:
        super().__init__(longest)
        self._address, self.unique_id, self._call, self._messages = address, unique_id, "", messages
        self._hour, self._informs, self._account = hour, False, ""

    def decided(self, event: Event) -> Performed:
        self._hour.at = event.at
        if isinstance(event, MessageLeft) and event.ended is not MessageEnd.EMPTY:
            told = {"seconds": event.seconds, "ended": event.ended}
            (self._messages / f"{event.name}.json").write_text(json.dumps(told))
        if isinstance(event, Arrived):
            self._account = v.CARRIER if event.from_carrier else ""
        informed = [v.YES] if self._informs and isinstance(event, Pressed | Silent) else []
        reply = self.ask(self._call, *words(event), *informed)
        done = performed(reply, OPENING if isinstance(event, Arrived) else ())
        self._informs = _informs(reply)
        self._call = reply.partition(",")[0]
        return done

    def ask(self, *arguments: str) -> str:
        """One question; the value of TURN, or an empty string when no decision came."""
        with socket.create_connection(self._address, 5) as connection:
            connection.sendall(head(v.TURN_PATH, self.unique_id, arguments, self._account))
            reader = connection.makefile("rb")
            command = reader.readline().decode()
            if not command:
                return ""
            connection.sendall(b"200 result=1\n")
        name, _, value = command.removeprefix("SET VARIABLE ").rstrip("\n").partition(" ")
        assert name == v.TURN
        return value.strip('"').replace('\\"', '"').replace("\\\\", "\\")


def performed(reply: str, said: Sequence[str] = ()) -> Performed:
    """An answer of our server as the dialplan performs it, after what it ``said`` by itself."""
    fields = dict(zip(v.FIELDS, reply.split(","), strict=True))
    a, b, c, d = (fields[name] for name in "ABCD")
    told = c if fields["STEP"] == v.ASK else ""
    there = {v.QUEUE: d, v.AGENT: c}.get(fields["STEP"], "")
    parts = (fields["SAY"], told, fields["PLAY"], there)
    heard = [*said, *(name for part in parts for name in part.split("&") if name)]
    detail, *rest = {
        v.ASK: (f"{a} {b}",),
        v.QUEUE: (a.removeprefix(v.QUEUE_PREFIX), c),
        v.RING: (a, b, c, d),
        v.AGENT: (a, b),
        v.MESSAGE: (f"{a} {c}",),
        v.END: (a,),
    }[fields["STEP"]]
    listed = fields["LISTED"]
    if fields["STEP"] == v.QUEUE:
        assert ("hotline/zh-TW/agent.listed" in b.split("&")) is bool(listed)
    return Performed(heard, fields["STEP"], detail, fields["RECORD"] == v.YES, *rest, listed=listed)


def _informs(reply: str) -> bool:
    """Whether an information is asked for, which the caller of a scene hears to its end."""
    fields = dict(zip(v.FIELDS, reply.split(","), strict=False))
    return fields.get("STEP") == v.ASK and bool(fields.get("C"))


def head(script: str, unique_id: str, arguments: tuple[str, ...], account: str = "") -> bytes:
    """The head as Asterisk 22 writes it; ``account``: the endpoint's code."""
    lines = {
        "agi_network": "yes", "agi_network_script": script, "agi_request": f"agi://127.0.0.1/{script}",
        "agi_channel": "PJSIP/trunk-00000001", "agi_language": "en", "agi_type": "PJSIP",
        "agi_uniqueid": unique_id, "agi_version": "22.10.1", "agi_callerid": "0912345678",
        "agi_calleridname": "unknown", "agi_callingpres": "0", "agi_callingani2": "0",
        "agi_callington": "0", "agi_callingtns": "0", "agi_dnid": "1999", "agi_rdnis": "unknown",
        "agi_context": "line", "agi_extension": "turn", "agi_priority": "4", "agi_enhanced": "0.0",
        "agi_accountcode": account, "agi_threadid": "140101010101",
    }  # fmt: skip
    body = "".join(f"{key}: {value}\n" for key, value in lines.items())
    body += "".join(f"agi_arg_{n}: {value}\n" for n, value in enumerate(arguments, 1))
    return (body + "\n").encode()


def words(event: Event) -> list[str]:
    """An event in the dialplan's words."""
    match event:
        case Arrived(_, caller, dialled):
            return [v.ARRIVED, caller, dialled, v.GREETED]
        case Pressed(_, keys):
            return [v.PRESSED, keys]
        case Silent():
            return [v.SILENT]
        case QueueLeft(_, why, position, agents, _, free, by_officer):
            status = {Left.TALKED: "CONTINUE", Left.SLICE: "TIMEOUT", Left.EMPTY: "JOINEMPTY"}[why]
            return [v.LEFT_QUEUE, status, str(position), f"{agents}/{free}", "", v.YES if by_officer else ""]
        case TransferWanted(_, extension, by, urgent, reason):
            return [v.TRANSFER, extension, by, v.YES if urgent else "", reason]
        case RingEnded(_, rang, promised, _, by_officer):
            said, cause, rung = DIALLED[rang]
            kept = f"{promised.timestamp():.0f}" if promised else ""
            return [v.RANG, said, cause, kept, rung, v.YES if by_officer else ""]
        case MessageLeft(_, name):
            return [v.LEFT_MESSAGE, name, "heard"]
    raise AssertionError(f"Asterisk never reports {event}")
