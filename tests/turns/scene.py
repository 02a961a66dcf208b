"""A call as a script, played over any line; here the bare engine, and our server with a fake Asterisk."""

import json
import socket
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from agi_scripts import variables as v
from agi_scripts.session import RANG, REFUSED, pack, sounds, target
from ivr import limits
from ivr.call import Call, InMenu
from ivr.engine import NOTICE, Book, advance
from ivr.prompts import Language, Prompt, Shelf
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
    Record,
    Ring,
    RingAgent,
    RingEnded,
    RingStatus,
    Say,
    Silent,
    TakeMessage,
    TransferWanted,
)
from recordings.policy import MessageEnd
from tests.turns.channel import V_16, Channel
from tests.turns.rows import NOON, Hour


class Line(Protocol):
    """What a caller meets."""

    def report(self, event: Event) -> "Performed": ...

    def talks(self, event: limits.Event) -> "Performed | None":
        """Something is done in a talk, or time passes: what is said of a limit; None while nothing is."""


class Performed:
    """What a line did with one turn: sounds in order, then what it waits for.

    ``rest``: queue: front or nothing; ring: seconds, whispered sounds, label; agent: seconds. ``listed``: the entry
    of the special list that whoever is rung or waited for is told of.
    """

    def __init__(
        self, heard: list[str], doing: str, detail: str, recording: bool, *rest: str, listed: str = ""
    ) -> None:
        self.heard, self.doing, self.detail, self.recording = heard, doing, detail, recording
        self.rest, self.listed = rest, listed


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
            if not isinstance(step, Record):
                heard += self._names(step.prompts, turn.call)
            match step:
                case Record():
                    recording = True
                case Ask(_, digits, seconds):
                    doing, detail = "ask", f"{digits} {seconds:g}"
                case Enqueue(language, _, front, listed):
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


OPENING = [f"hotline/{prompt.language}/{prompt.id}" for prompt in NOTICE.prompts]
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
        self._hour = hour

    def decided(self, event: Event) -> Performed:
        self._hour.at = event.at
        if isinstance(event, MessageLeft) and event.ended is not MessageEnd.EMPTY:
            told = {"seconds": event.seconds, "ended": event.ended}
            (self._messages / f"{event.name}.json").write_text(json.dumps(told))
        reply = self.ask(self._call, *words(event))
        done = performed(reply, OPENING if isinstance(event, Arrived) else ())
        self._call = reply.partition(",")[0]
        return done

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


def performed(reply: str, said: Sequence[str] = ()) -> Performed:
    """An answer of our server as the dialplan performs it, after what it ``said`` by itself."""
    fields = dict(zip(v.FIELDS, reply.split(","), strict=True))
    heard = [*said, *(name for part in ("SAY", "PLAY") for name in fields[part].split("&") if name)]
    a, b, c, d = (fields[name] for name in "ABCD")
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
            return [v.ARRIVED, caller, dialled, Language.MANDARIN]
        case Pressed(_, keys):
            return [v.PRESSED, keys]
        case Silent():
            return [v.SILENT]
        case QueueLeft(_, why, position, agents):
            status = {Left.TALKED: "CONTINUE", Left.SLICE: "TIMEOUT", Left.EMPTY: "JOINEMPTY"}[why]
            return [v.LEFT_QUEUE, status, str(position), str(agents)]
        case TransferWanted(_, extension, by, urgent, reason):
            return [v.TRANSFER, extension, by, v.YES if urgent else "", reason]
        case RingEnded(_, rang, promised):
            said, cause = dial_words(rang)
            return [v.RANG, said, cause, f"{promised.timestamp():.0f}" if promised else ""]
        case MessageLeft(_, name):
            return [v.LEFT_MESSAGE, name, "heard"]
    raise AssertionError(f"Asterisk never reports {event}")


def dial_words(rang: RingStatus) -> tuple[str, str]:
    """DIALSTATUS and HANGUPCAUSE as Asterisk would tell it."""
    plain = {status: word for word, status in RANG.items()}
    causes = {RingStatus.UNREACHABLE: "3", RingStatus.REFUSED: REFUSED, RingStatus.FAILED: "34"}
    return (plain[rang], "0") if rang in plain else ("CHANUNAVAIL", causes[rang])


class Caller:
    """The actor's verbs. Every verb checks that the line is where the script says it is."""

    def __init__(self, line: Line, at: datetime) -> None:
        self.line, self._at = line, at
        self.heard, self.last, self.recorded = list[str](), Performed([], "", "", False), False
        self.answered_at, self.said = at, list[str]()

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

    def leaves_a_message(self, seconds: float = 4.5, ended: MessageEnd = MessageEnd.SILENCE) -> "Caller":
        """Something is said after the tone; or, EMPTY, nothing is."""
        assert self.last.doing == "message"
        return self._report(MessageLeft(self._at, self.last.detail.partition(" ")[0], seconds, ended))

    def talks(self) -> "Caller":
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.TALKED))

    def at(self, moment: datetime) -> "Caller":
        """The call begins at this moment."""
        self._at = moment
        return self

    # --- being put through -------------------------------------------------------------------------

    def is_transferred_to(
        self, extension: str, by: str = "agent-1", *, urgent: bool = False, reason: str = ""
    ) -> "Caller":
        """The agent who talks with the caller puts the call through."""
        assert self.last.doing in {"queue", "agent"}
        return self._report(TransferWanted(self._at, extension, by, urgent, reason))

    def rings(self, phone: str, kind: str = "", seconds: str = "") -> "Caller":
        """This extension or outside number rings, as what, and how long at most."""
        assert self.last.doing == "ring", vars(self.last)
        assert phone in self.last.detail.split("/")[1:], self.last.detail
        rang_for, _, label = self.last.rest
        assert kind in {"", label.partition("/")[0]} and seconds in {"", rang_for}, self.last.rest
        return self

    def whispers(self, *names: str) -> "Caller":
        """Exactly these sounds to who answers."""
        said = [name.removeprefix("hotline/") for name in self.last.rest[1].split("&")]
        assert said == list(names), said
        return self

    def rings_back(self, phone: str) -> "Caller":
        """The agent's phone rings again."""
        return self.is_("agent", phone)

    def busy(self) -> "Caller":
        return self._rang(RingStatus.BUSY)

    def no_answer(self) -> "Caller":
        """It rings as long as it may."""
        assert self.last.doing in {"ring", "agent"}
        self._at += timedelta(seconds=float(self.last.rest[0]))
        return self._rang(RingStatus.NO_ANSWER)

    def unreachable(self) -> "Caller":
        return self._rang(RingStatus.UNREACHABLE)

    def refused(self) -> "Caller":
        return self._rang(RingStatus.REFUSED)

    def failed(self) -> "Caller":
        return self._rang(RingStatus.FAILED)

    def answered(self, *, promised: bool = False) -> "Caller":
        """Somebody answers, talks, and hangs up; perhaps a callback was registered by key."""
        return self._rang(RingStatus.ANSWERED, self._at if promised else None)

    def _rang(self, status: RingStatus, promised: datetime | None = None) -> "Caller":
        assert self.last.doing in {"ring", "agent"}, f"nothing rings: {self.last.doing}"
        return self._report(RingEnded(self._at, status, promised))

    def waits_in_front(self, yes: bool = True) -> "Caller":
        assert self.last.doing == "queue" and (self.last.rest[0] == v.YES) is yes, vars(self.last)
        return self

    # --- who is on the special list, and calls that must end ----------------------------------------------

    def is_listed(self, entry: int) -> "Caller":
        """Whoever is waited for or rung is told of this entry; 0: of none."""
        assert self.last.listed == str(entry or ""), vars(self.last)
        return self

    def meets_an_agent(self) -> "Caller":
        """The first agent answers: the clock of every limit begins."""
        assert self.last.doing == "queue"
        self.answered_at = self._at
        return self._talks(limits.Answered(self._at))

    def talks_until(self, minute: float, *done: type[limits.Event]) -> "Caller":
        """So many minutes after the first agent's answer these are done; none: time passes."""
        self._at = self.answered_at + timedelta(minutes=minute)
        self.said = []
        for one in done or (limits.Passed,):
            self._talks(told(one, self._at))
        return self

    def hears_meanwhile(self, *names: str) -> "Caller":
        """Exactly these words of a limit."""
        assert [name.removeprefix("hotline/zh-TW/") for name in self.said] == list(names), self.said
        return self

    def is_ended_by(self, why: limits.Why) -> "Caller":
        """V-16, and the line hangs up."""
        assert self.last.heard == [V_16], self.last.heard
        return self.is_("end", why)

    def _talks(self, event: limits.Event) -> "Caller":
        assert self.last.doing in {"queue", "ring", "agent"}, vars(self.last)
        if done := self.line.talks(event):
            self.said += done.heard
            self.last = done if done.doing else self.last
        return self

    # --- what is heard and seen ----------------------------------------------------------------------

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


def told(event: type[limits.Event], at: datetime) -> limits.Event:
    """What is done in a talk, by whom does not matter; of an entry only the line knows."""
    if event in (limits.Answered, limits.Passed, limits.HungUp):
        return event(at)  # type: ignore[call-arg]
    return limits.NoTopic(at, "agent-1", None) if event is limits.NoTopic else event(at, "agent-1")  # type: ignore[call-arg]


def travelling(call: Call) -> str:
    """A call as it stands in the channel variable."""
    return pack(call)


def menu_sounds(*ids: str, language: str = "zh-TW") -> Iterator[str]:
    """``zh-TW/V-02b.1`` and so on."""
    return (f"{language}/{name}" for name in ids)
