"""Where scenes are played with real telephones, many at once:
agents, two exchanges, and a board that shows every line.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from types import TracebackType
from typing import Self, TypeVar

from click.testing import CliRunner

from agi_scripts.variables import FIELDS, TURN, WHOLE
from control.ami import AMI, ManagerAccount, Message
from control.presence import bring_members
from demo.exchange import Exchange, Rings
from demo.hearing import HeardPrompt, PromptSounds, recognise
from demo.phone import Busy, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from demo.trials import this_hotline
from hotline import clock
from hotline.db import transaction
from hotline.directory.rows import load_city
from hotline.staff.service import set_break
from hotline.staff.store import agents as agent_rows
from ops.cli.main import main
from tests.live.system import BUSY, System

SET_FROM_IT = tuple({"NOTICE": "HEARD"}.get(name, name) for name in FIELDS)
"""The dialplan's variables for the fields of an answer."""
Found = TypeVar("Found")
LOOK = 0.1
"""Seconds between two looks at the channels."""


class Board:
    """What every channel of Asterisk does, as its manager tells it."""

    def __init__(self, system: System) -> None:
        self._ami = AMI.of(system.settings, ManagerAccount.LIMITS)
        self._news, self._over, self._round = Condition(), Event(), 0
        self.channels: list[Message] = []
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(5)
        self._ami.close()

    def _look(self) -> None:
        while not self._over.wait(LOOK):
            _, *channels = self._ami.ask("Status", Variables=TURN)
            with self._news:
                self.channels, self._round = channels, self._round + 1
                self._news.notify_all()

    def line(self, number: str) -> Message:
        """The channel of the citizen who calls from there; empty once it is gone. No number: who hides it."""
        shown = number or "<unknown>"
        return next(
            (
                one
                for one in self.channels
                if one["CallerIDNum"] == shown
                and one["Uniqueid"] == one["Linkedid"]
                and one["Channel"].startswith("PJSIP/trunk-")
            ),
            {},
        )

    def answer(self, line: Message) -> str:
        """The answer that a channel performs;
        one too long to be told at once is put together from its fields.
        """
        text = line["Variable"].removeprefix(f"{TURN}=")
        if text.endswith(f",{WHOLE}"):
            return text
        by = clock.monotonic() + 10
        while self.told(line, "CALL") != text.partition(",")[0]:
            assert clock.monotonic() < by, "an answer is not performed"
        return ",".join(self.told(line, name) for name in SET_FROM_IT)

    def told(self, line: Message, name: str) -> str:
        """Value of a variable of a channel."""
        return self._ami.ask("Getvar", Channel=line["Channel"], Variable=name)[0].get("Value", "")

    def with_(self, call_id: str) -> list[Message]:
        """All channels of a call but the citizen's."""
        return [one for one in self.channels if one["Linkedid"] == call_id != one["Uniqueid"]]

    def until(self, question: Callable[[], Found], within: float, what: str) -> Found:
        """Ask at each look; the first answer that is not empty. AssertionError when none comes."""
        by = clock.monotonic() + BUSY * within
        with self._news:
            while True:
                seen = self._round
                if answer := question():
                    return answer
                if clock.monotonic() > by or not self._thread.is_alive():
                    raise AssertionError(f"not within {within:g} s: {what}")
                self._news.wait_for(lambda seen=seen: self._round > seen, 1.0)  # type: ignore[misc]


class Theatre:
    """Agents' phones that ring until their scene answers them;
    exchanges inside and outside, empty at first.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.agents: list[Softphone] = []
        # A 100 only: which of the two came first, the ringing or the refusal, is not for a busy machine to decide.
        self.inside = Exchange(system.settings.officers_contact, {}, Rings(100))
        self.outside = Exchange(system.settings.trunk_contact, {}, Rings(100))
        self.playing = 0
        self.hand = Lock()
        """Phones are taken in hand one after another:
        a machine that starts twelve at once tears what all of them hear.
        """
        self._stack, self._lock, self._desk = ExitStack(), Lock(), ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.board = stack.enter_context(Board(self.system))
            stack.enter_context(self.inside)
            stack.enter_context(self.outside)
            self.agents_come()
            stack.callback(self._desk.close)
            self.system.until(self.exchange_lives, 15, "the exchange answers")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def exchange_lives(self) -> bool:
        """Whether Asterisk thinks that officers can be rung."""
        lines = self.system.home.rx("pjsip show contacts").splitlines()
        return any("officers/" in line and " Avail " in line for line in lines)

    def heard(self, wav: Path, of: Iterable[str]) -> list[str]:
        """Which of these prompts were said wholly in a phone's received sound, in order."""
        return [name for one in self._recognised(wav, of) if one.whole for name in (one.name, *one.also)]

    def begun(self, wav: Path, of: Iterable[str]) -> list[str]:
        """Which of these sounds were heard at least in part."""
        return [one.name for one in self._recognised(wav, of)]

    def _recognised(self, wav: Path, of: Iterable[str]) -> list[HeardPrompt]:
        if not wav.exists():
            return []
        files = this_hotline(self.system.house, self.system.scratch).prompts
        return recognise(read_wav(wav), PromptSounds.load({name: files[name] for name in of}))

    def agents_come(self) -> None:
        """All agents of this hotline take their places."""
        with transaction(self.system.house.factory) as session:
            names = [agent.phone for agent in agent_rows(session)]
        self.agents = [self._desk.enter_context(self.system.agent(name, NoAnswer())) for name in names]
        for phone in self.agents:
            phone.register()
        self.system.until(lambda: set(names) <= self.system.reachable(), 15, "the agents are there")

    def agents_leave(self) -> None:
        """Once no other scene is played, every agent goes home."""
        self.system.until(lambda: self.playing <= 1, 120, "all others are over")
        with ThreadPoolExecutor(len(self.agents)) as pool:
            list(pool.map(Softphone.go, self.agents))
        self._desk.close()
        self.agents = []

    @contextmanager
    def scene(self) -> Iterator[None]:
        """One more is played."""
        with self._lock:
            self.playing += 1
        try:
            yield
        finally:
            with self._lock:
                self.playing -= 1

    def rung_for(self, number: str) -> Softphone | None:
        """The agent's phone that rings for this citizen."""
        return next((phone for phone in self.agents if rings(phone, number)), None)

    def takes_calls(self, phone: Softphone, yes: bool) -> None:
        """Whether the queue may ring this agent; who has a scene to play takes no other caller meanwhile."""
        house = self.system.house
        with self._lock:
            with transaction(house.factory) as session:
                reason = "" if yes else "a scene"
                set_break(session, phone.user, reason, at=clock.now(), by="supervisor-1")
                everybody = agent_rows(session)
            bring_members(house.pbx, everybody)

    def commanded(self, *words: str) -> str:
        """What the ``hotline`` program says."""
        with self._lock:
            done = CliRunner().invoke(main, list(words), env={"HOTLINE_HOME": str(self.system.settings.home)})
        assert done.exit_code == 0, f"{done.output}{done.exception or ''}"
        return done.output

    def put_through(self, call_id: str, extension: str, why: str, by: str, urgent: bool = False) -> None:
        """As the desk does it, with the city as it is now. Raises HotlineError."""
        house, at = self.system.house, clock.now()
        with transaction(house.factory) as session:
            city = load_city(session, at)
        transfers = replace(house.transfers, city=lambda: city)
        transfers.put_through(call_id, extension, why, urgent=urgent, by=by, at=at)


def rings(phone: Softphone, number: str = "") -> bool:
    """Whether a phone is called now, by this number, and waits for a hand."""
    if isinstance(phone.behaves, Busy):
        return False
    events = list(phone.events)
    past = {one.call for one in events if one.what in (PhoneEventKind.CLOSED, PhoneEventKind.ESTABLISHED)}
    return any(
        one.what is PhoneEventKind.RINGING
        and one.call not in past
        and re.search(rf"\b{number or 'anonymous'}@", one.peer)
        for one in events
    )
