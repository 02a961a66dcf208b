"""A call as a script, played over two lines: the bare engine, and our server with a fake Asterisk."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from agi_scripts import variables as v
from agi_scripts.session import pack, sounds
from ivr.call import Call, InMenu
from ivr.engine import Book, advance
from ivr.prompts import Prompt, Shelf
from ivr.steps import (
    Arrived,
    Ask,
    End,
    Enqueue,
    Event,
    Left,
    Pressed,
    QueueLeft,
    Record,
    Say,
    Silent,
)


class Line(Protocol):
    """What a caller meets."""

    def report(self, event: Event) -> "Performed": ...


class Performed:
    """What a line did with one turn: sounds in order, then what it waits for."""

    def __init__(self, heard: list[str], doing: str, detail: str, recording: bool) -> None:
        self.heard, self.doing, self.detail, self.recording = heard, doing, detail, recording


class BareEngine:
    """No server, no socket: advance() and a shelf; the call goes through JSON at each turn."""

    def __init__(self, book: Book, shelf: Shelf) -> None:
        self._book, self._shelf = book, shelf
        self._json = Call("scene", book.menus.version, InMenu(book.menus.first)).to_json()

    def report(self, event: Event) -> Performed:
        turn = advance(self._book, Call.from_json(self._json), event)
        self._json = turn.call.to_json()
        heard, recording, doing, detail = list[str](), False, "", ""
        for step in turn.steps:
            if not isinstance(step, Record):
                heard += self._names(step.prompts, turn.call)
            match step:
                case Record():
                    recording = True
                case Ask(_, digits, seconds):
                    doing, detail = "ask", f"{digits} {seconds:g}"
                case Enqueue(language):
                    doing, detail = "queue", language
                case End(_, reason):
                    doing, detail = "end", reason
                case Say():
                    pass
        return Performed(heard, doing, detail, recording)

    def _names(self, prompts: tuple[Prompt, ...], call: Call) -> list[str]:
        return [name for name in sounds(prompts, self._shelf, call.language).split("&") if name]


class FakeAsterisk:
    """Speaks FastAGI to our server as the dialplan does, a connection a turn."""

    def __init__(self, address: tuple[str, int], unique_id: str) -> None:
        self._address, self.unique_id, self._call = address, unique_id, ""

    def report(self, event: Event) -> Performed:
        reply = self.ask(self._call, *words(event))
        fields = dict(zip(v.FIELDS, reply.split(","), strict=True))
        self._call = fields["CALL"]
        heard = [name for part in ("SAY", "PLAY") for name in fields[part].split("&") if name]
        detail = {
            v.ASK: f"{fields['A']} {fields['B']}",
            v.QUEUE: fields["A"].removeprefix(v.QUEUE_PREFIX),
            v.END: fields["A"],
        }
        return Performed(heard, fields["STEP"], detail[fields["STEP"]], fields["RECORD"] == v.YES)

    def ask(self, *arguments: str) -> str:
        """One question; the value of TURN, or an empty string when no decision came."""
        with socket.create_connection(self._address, 5) as connection:
            connection.sendall(head(v.TURN_PATH, self.unique_id, arguments))
            reader = connection.makefile("rb")
            command = reader.readline().decode()
            if not command:
                return ""
            connection.sendall(b"200 result=1\n")
        name, _, value = command.removeprefix("SET VARIABLE ").rstrip("\n").partition(" ")
        assert name == v.TURN
        return value.strip('"').replace('\\"', '"').replace("\\\\", "\\")


def head(script: str, unique_id: str, arguments: tuple[str, ...]) -> bytes:
    """The head as Asterisk 22 writes it."""
    lines = {
        "agi_network": "yes", "agi_network_script": script, "agi_request": f"agi://127.0.0.1/{script}",
        "agi_channel": "PJSIP/trunk-00000001", "agi_language": "en", "agi_type": "PJSIP",
        "agi_uniqueid": unique_id, "agi_version": "22.10.1", "agi_callerid": "0912345678",
        "agi_calleridname": "unknown", "agi_callingpres": "0", "agi_callingani2": "0",
        "agi_callington": "0", "agi_callingtns": "0", "agi_dnid": "1999", "agi_rdnis": "unknown",
        "agi_context": "line", "agi_extension": "turn", "agi_priority": "4", "agi_enhanced": "0.0",
        "agi_accountcode": "", "agi_threadid": "140101010101",
    }  # fmt: skip
    body = "".join(f"{key}: {value}\n" for key, value in lines.items())
    body += "".join(f"agi_arg_{n}: {value}\n" for n, value in enumerate(arguments, 1))
    return (body + "\n").encode()


def words(event: Event) -> list[str]:
    """An event in the dialplan's words."""
    match event:
        case Arrived(_, caller, dialled):
            return [v.ARRIVED, caller, dialled]
        case Pressed(_, keys):
            return [v.PRESSED, keys]
        case Silent():
            return [v.SILENT]
        case QueueLeft(_, why, position, agents):
            status = {Left.TALKED: "CONTINUE", Left.SLICE: "TIMEOUT", Left.EMPTY: "JOINEMPTY"}[why]
            return [v.LEFT_QUEUE, status, str(position), str(agents)]
    raise AssertionError(f"Asterisk never reports {event}")


class Caller:
    """The actor's verbs. Every verb checks that the line is where the script says it is."""

    def __init__(self, line: Line, at: datetime) -> None:
        self.line, self._at = line, at
        self.heard, self.last, self.recorded = list[str](), Performed([], "", "", False), False

    def dials(self, caller: str = "0912345678", number: str = "1999") -> "Caller":
        return self._report(Arrived(self._at, caller, number))

    def presses(self, *keys: str) -> "Caller":
        for key in keys:
            assert self.last.doing == "ask", f"nobody is listening: {self.last.doing}"
            self._report(Pressed(self._at, key))
        return self

    def says_nothing(self, times: int = 1) -> "Caller":
        for _ in range(times):
            assert self.last.doing == "ask"
            self._report(Silent(self._at))
        return self

    def waits(self, position: int = 1, agents: int = 1) -> "Caller":
        """A slice of the queue passes."""
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.SLICE, position, agents))

    def presses_in_the_queue(self, key: str) -> "Caller":
        assert self.last.doing == "queue"
        return self._report(Pressed(self._at, key))

    def finds_nobody(self) -> "Caller":
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.EMPTY))

    def talks(self) -> "Caller":
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.TALKED))

    def hears(self, *names: str) -> "Caller":
        """Exactly these sounds in the last turn: ``zh-TW/V-01``."""
        assert [name.removeprefix("hotline/") for name in self.last.heard] == list(names)
        return self

    def hears_of(self, *names: str) -> "Caller":
        """Among the sounds of the last turn."""
        assert set(names) <= {name.removeprefix("hotline/") for name in self.last.heard}, self.last.heard
        return self

    def is_recorded(self, yes: bool = True) -> "Caller":
        assert self.recorded is yes
        return self

    def is_(self, doing: str, detail: str | None = None) -> "Caller":
        assert self.last.doing == doing and detail in (None, self.last.detail), vars(self.last)
        return self

    def _report(self, event: Event) -> "Caller":
        self._at += timedelta(seconds=5)
        self.last = self.line.report(event)
        self.heard += self.last.heard
        self.recorded = self.recorded or self.last.recording
        return self


def travelling(call: Call) -> str:
    """A call as it stands in the channel variable."""
    return pack(call)


def menu_sounds(*ids: str, language: str = "zh-TW") -> Iterator[str]:
    """``zh-TW/V-02b.1`` and so on."""
    return (f"{language}/{name}" for name in ids)
