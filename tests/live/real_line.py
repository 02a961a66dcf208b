"""The third line of a script: what the engine is told is done by real telephones,
and what it answers is Asterisk's.

A script (``tests.script``) is played over it word for word as over the bare engine and the fake Asterisk.
What was to be said must then be in the caller's ear, and what was rung must stand in the record.
"""

import wave
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event as Pause
from types import TracebackType
from typing import Final, Self

from agi_scripts import variables as v
from calls.store import CallRow, Leg
from control.ami import Message
from demo.exchange import Exchange, Refuses, Rings, SoftphoneLine
from demo.phone import Answers, PhoneEventKind, Softphone
from hotline.db import transaction
from ivr.prompts import HOME
from ivr.steps import (
    Arrived,
    Event,
    HungUp,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    RingEnded,
    Silent,
    TransferWanted,
)
from tests.live.test_menus_live import in_order
from tests.live.theatre import Theatre, rings
from tests.turns.lines import OPENING, performed
from tests.turns.scene import Performed
from transfer.outcome import DialOutcome

A_WORD: Final = 1.0
"""Seconds of a talk in which something is said."""
STATUS: Final = {
    DialOutcome.BUSY: 486,
    DialOutcome.UNREACHABLE: 480,
    DialOutcome.REFUSED: 603,
    DialOutcome.FAILED: 503,
}
MATTER: Final = HOME / "build" / "zh-TW" / "V-08.wav"
"""What a caller says after the tone."""
AHEAD: Final = ("first-menu", "second-menu")
"""Where in the dialplan no decision asks."""
TALKING: Final = frozenset(("Queue", "Dial"))


class RealLine:
    """One call. ``by``: how its agent puts it through: keys, refer, or (a reason is given) the desk."""

    def __init__(self, theatre: Theatre, name: str, number: str, by: str = "keys") -> None:
        self.theatre, self.system, self.board = theatre, theatre.system, theatre.board
        self.name, self.number, self._by = name, number, by
        self._stack = ExitStack()
        self._turn = self._end = self._menu = self.call_id = ""
        self._said: Sequence[str] = OPENING
        self._last = Performed([], "", "", False)
        self._due: list[str] = []
        self._legs: list[tuple[str, DialOutcome]] = []
        self._whispers: list[tuple[Softphone, list[str]]] = []
        self._agent: Softphone | None = None

    def __enter__(self) -> Self:
        self._stack.enter_context(self.theatre.scene())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if self._agent in self.theatre.agents and self._agent:
                self._agent.hang_up()
                self.theatre.takes_calls(self._agent, True)

    def report(self, event: Event) -> Performed:
        """Make it happen, and wait for the next answer."""
        self._owe(event)
        self._happens(event)
        self._last = self._next(event)
        return self._last

    # --- what the line shows --------------------------------------------------------------------------

    @property
    def line(self) -> Message:
        """The citizen's channel now."""
        return self.board.line(self.number)

    def _next(self, event: Event) -> Performed:
        what = f"{self.name}: an answer to {event}"
        self.board.until(lambda: self._answer() or self._is_asked_ahead() or self._has_ended(), 60, what)
        self.call_id = self.call_id or self.line["Uniqueid"]
        if not (text := self._answer()):
            return self._asked_ahead() if self._is_asked_ahead() else self._ended()
        self._end, self._turn = text, self.board.answer(self.line)
        done = performed(self._turn, OPENING if isinstance(event, Arrived) else ())
        if done.doing == v.AGENT and self._agent and done.detail == self._agent.user:
            done.detail = "agent-1"  # in a script the agent who took the call first
        waits = done.doing == v.QUEUE or any(name.endswith("/V-04.hold") for name in done.heard)
        if isinstance(event, QueueLeft) and event.why is Left.EMPTY and waits:
            return self._next(event)  # a slice passed while the agents left
        return done

    def _is_asked_ahead(self) -> bool:
        """Whether Asterisk asks one of the first menus by itself: nobody has decided anything yet."""
        menu = self.line.get("Exten", "")
        return not self._turn and self.runs("Read") and menu in AHEAD and menu != self._menu

    def _asked_ahead(self) -> Performed:
        """Sounds and key of a menu asked by Asterisk itself; before the second one the notice, which no key cuts off."""
        self._menu = self.line["Exten"]
        _, sounds, digits, _, _, seconds = self.line["Data"].split(",")
        self._said = (
            self.board.told(self.line, "SECOND").split("|")[4].split("&")
            if self._menu != AHEAD[0]
            else OPENING
        )
        return Performed([*self._said, *sounds.split("&")], v.ASK, f"{digits} {seconds}", False)

    def _has_ended(self) -> bool:
        """Whether the hotline hung up, perhaps without a word."""
        return bool(self.call_id) and not self.line

    def _ended(self) -> Performed:
        """The hotline's end of the call, with its reason."""

        def told() -> str:
            found = [one for one in self.system.events(self.call_id) if one.kind == "CallEnding"]
            return str(found[-1].detail["reason"]) if found else ""

        reason: str = self.system.until(told, 15, f"{self.name}: an end on record")
        return Performed([], v.END, reason, False)

    def _answer(self) -> str:
        text = self.line.get("Variable", "")
        return text if "," in text and text != self._end else ""

    def runs(self, *applications: str) -> bool:
        return self.line.get("Application") in applications

    def is_joined(self) -> bool:
        """Whether the caller hears somebody."""
        return bool(self.line.get("BridgeID")) and self.runs(*TALKING)

    def until_joined(self) -> None:
        """And a word is said: who is gone as both are joined has met nobody."""
        self.board.until(self.is_joined, 30, f"{self.name}: the caller is joined")
        Pause().wait(A_WORD)

    def _owe(self, event: Event) -> None:
        """Remember what of the last turn must have been heard; what a key may cut off need not."""
        cut = self._last.doing == v.ASK and isinstance(event, Pressed)
        say = self._turn.split(",")[v.FIELDS.index("SAY")].split("&") if self._turn else self._said
        heard_out = [name for name in self._last.heard if name in say or name in OPENING]
        self._due += heard_out if cut else self._last.heard

    # --- what people do -------------------------------------------------------------------------------

    def _happens(self, event: Event) -> None:
        match event:
            case Arrived():
                self._calls(event)
            case Pressed(keys=keys):
                self.board.until(lambda: self.runs("Read"), 30, f"{self.name}: somebody listens")
                is_long = self._last.detail.partition(" ")[0] != "1"
                self.caller.press(f"{keys}#" if is_long and keys != "#" else keys)
            case TransferWanted():
                self._puts_through(event)
            case RingEnded() if self._last.doing == v.RING:
                self._officer(event)
            case RingEnded():
                self._agent_again(event.status)
            case QueueLeft(why=Left.TALKED):
                self.agent_takes().hang_up()
            case QueueLeft(why=Left.EMPTY):
                self.theatre.agents_leave()
            case MessageLeft():
                self.board.until(lambda: self.runs("AudioSocket"), 30, f"{self.name}: the tone")
                self.caller.say(MATTER)
            case HungUp():
                self.caller.hang_up()
            case Silent() | QueueLeft():
                pass

    def _calls(self, event: Arrived) -> None:
        self.number = self.number if event.caller else ""
        phone = self.system.caller(self.number, **({} if self.number else {"name": "Anonymous"}))
        with self.theatre.hand:
            self.caller = self._stack.enter_context(phone)
        self.caller.dial(f"sip:{event.dialled}@{self.system.sip}")
        self.caller.wait_for(PhoneEventKind.ESTABLISHED, 15)

    def agent_takes(self) -> Softphone:
        """The agent who is rung by the queue, or rung again, answers."""
        agent = self.board.until(self.rung_agent, 40, f"{self.name}: an agent rings")
        agent.answer()
        self.until_joined()
        return agent

    def rung_agent(self) -> Softphone | None:
        if self._last.doing == v.AGENT:
            return self._agent if self._agent and rings(self._agent, self.number) else None
        return self.theatre.rung_for(self.number)

    def _puts_through(self, event: TransferWanted) -> None:
        agent = self.agent_takes()
        self.holds(agent)
        to = f"{'*' if event.urgent else ''}{event.extension}"
        if event.reason:
            self.theatre.put_through(
                self.call_id, event.extension, event.reason, "supervisor-1", event.urgent
            )
        elif self._by == "refer":
            agent.transfer(f"sip:{to}@{self.system.sip}")
        else:
            agent.press(f"##{to}#")

    def holds(self, agent: Softphone) -> None:
        """The agent has this call to play, and takes no other until it is over."""
        if self._agent is None:
            self._agent = agent
            self.theatre.takes_calls(agent, False)

    def _agent_again(self, status: DialOutcome) -> None:
        if status is DialOutcome.ANSWERED:
            self.agent_takes().hang_up()
        elif status is DialOutcome.BUSY:
            self.board.until(self.rung_agent, 40, f"{self.name}: the agent rings again").refuse()

    def _officer(self, event: RingEnded) -> None:
        where, phone, *keys = self._last.detail.split("/")
        exchange = self.theatre.inside if where == "officers" else self.theatre.outside
        self._legs.append((self._last.rest[2], event.status))
        if event.status is DialOutcome.ANSWERED:
            self._answers(exchange, phone, "".join(keys), promises=bool(event.promised))
        else:
            code = STATUS.get(event.status)
            exchange.decide(phone, Refuses(code) if code else Rings(), self.shown, 30)

    @property
    def shown(self) -> str:
        """The caller's number as an officer's exchange is told."""
        return self.number or "anonymous"

    def _answers(self, exchange: Exchange, phone: str, keys: str, *, promises: bool) -> None:
        """Somebody answers, is told who calls, talks, and hangs up; perhaps after the key for a callback."""
        home = self.system.scratch / f"officer-{self.number}-{phone}"
        officer = self.keeps(Softphone(phone, home=home, address=exchange.address, behaves=Answers(0.3)))
        exchange.set(phone, Rings(), self.shown)
        exchange.decide(phone, SoftphoneLine(exchange.address, officer.sip_port), self.shown, 30)
        self.until_joined()
        pressed = [one.reason for one in officer.events if one.what is PhoneEventKind.KEY]
        assert "".join(pressed) == keys, f"the exchange hears the keys {pressed}"
        if not keys:  # a machine that takes keys is told nothing
            self._whispers.append((officer, [name for name in self._last.rest[1].split("&") if name]))
        if promises:
            officer.press("*32")
            self.board.until(lambda: self.runs("Playback"), 10, f"{self.name}: the callback is registered")
            self.until_joined()
        officer.hang_up()

    # --- what came of it ------------------------------------------------------------------------------

    def over(self) -> CallRow:
        """The call ends, if it has not ended by the script; everything it left behind is as it must be."""
        call_id = self.call_id
        if self._last.doing == v.END:
            self._due += self._last.heard
        else:
            self.caller.hang_up()
        self.caller.wait_for(PhoneEventKind.CLOSED, 60)
        self.board.until(lambda: not self.board.with_(call_id), 5, f"{self.name}: no ghost is left")
        self._was_heard()
        row = self.row()
        self._is_on_record(row)
        self._is_recorded(row)
        return row

    def row(self) -> CallRow:
        """The call's row, once it is closed."""
        call_id = self.call_id

        def closed() -> CallRow | None:
            with transaction(self.system.house.factory) as session:
                row = session.get(CallRow, call_id)
                return row if row and row.end_reason else None

        row: CallRow = self.system.until(closed, 20, f"{self.name}: the row is closed")
        return row

    def keeps(self, phone: Softphone) -> Softphone:
        """A phone that is there until the call is over."""
        return self._stack.enter_context(phone)

    def _was_heard(self) -> None:
        due = self._sentences(self._due)
        heard = self.theatre.heard(self.caller.received, due)
        assert in_order(tuple(due), heard), f"{self.name}: due {due}, heard {heard}"
        for officer, words in self._whispers:
            due = self._sentences(words)
            heard = self.theatre.heard(officer.received, due)
            assert in_order(tuple(due), heard), f"{self.name}: whispered {due}, heard {heard}"

    def _sentences(self, sounds: list[str]) -> list[str]:
        """Digits and parts of times are too short to be told apart for certain."""
        entries = self.system.house.catalogue.entries
        names = [name.removeprefix("hotline/") for name in sounds]
        return [name for name in names if not entries[name.partition("/")[2]].fragment]

    def _is_on_record(self, row: CallRow) -> None:
        legs = self.system.legs(row.id)
        rung = [(as_labelled(leg), leg.outcome) for leg in legs if leg.kind != "agent"]
        wanted = [(label, str(status)) for label, status in self._legs]
        if len(rung) > len(wanted):  # the script, and so the caller, left while a phone rang
            assert self._last.doing == v.RING and rung.pop()[1] == "cancelled", rung
        assert rung == wanted, f"{self.name}: {rung}"
        asked = [exchange.called_by(self.shown) for exchange in (self.theatre.inside, self.theatre.outside)]
        assert all(len(set(one)) == len(one) for one in asked), f"{self.name}: nobody is rung twice: {asked}"

    def _is_recorded(self, row: CallRow) -> None:
        """Both files hold every talk of the call, through every transfer, and no more."""
        lasted = self.system.kept_seconds(row)
        for kept in self.system.recordings(row.id):
            if kept.direction in ("caller", "agent"):
                held = length(self.system.settings.recordings / kept.path)
                assert abs(held - lasted) < 1.5, f"{self.name}: {held} s of {lasted} s are kept"


def as_labelled(leg: Leg) -> str:
    """As the dialplan was told."""
    return "/".join((leg.kind, leg.asked, leg.extension, leg.section, leg.agency))


def length(path: Path) -> float:
    """Seconds of a recording."""
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()
