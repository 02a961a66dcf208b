"""Citizens in talk with agents, many at a time, and what is asked of such a call (spec §15)."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from calls.store import CallRow, CelEvent
from control.ami import AMI
from control.passwords import new
from control.presence import agents_state
from demo.hearing import HeardPrompt, PromptSounds, recognise
from demo.phone import Answers, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.errors import HotlineError
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.staff.store import Agent, agents
from ops.cli.main import main
from tests.live.system import System

BOSS = "supervisor-1"
OF_EMERGENCIES = tuple(f"desk.emergency.{end}" for end in ("duty", "110", "119", "failed"))
WORDS = ("V-15", "V-16", "V-20", "agent.listed", "agent.zh-TW", "supervisor.emergency", *OF_EMERGENCIES)
_ONE_AT_A_TIME = Lock()
"""The test client of commands owns the screen while it runs one."""


def commanded(system: System, *words: str, exit_code: int = 0) -> str:
    """A command of the ``hotline`` program; what it says."""
    with _ONE_AT_A_TIME:
        done = CliRunner().invoke(main, list(words), env={"HOTLINE_HOME": str(system.settings.home)})
    assert done.exit_code == exit_code, done.output
    return done.output


def more_agents(system: System, how_many: int) -> None:
    """So many agents in all, and Asterisk knows their phones."""
    with transaction(system.house.factory) as session:
        known = {agent.phone for agent in agents(session)}
        wanted = {f"agent-{number}" for number in range(1, how_many + 1)}
        session.add_all(
            Agent(phone=phone, name=phone, secret=new(), languages=["zh-TW"]) for phone in wanted - known
        )
    system.until(lambda: wanted <= configured(system), 20, "the queues know the phones")


def configured(system: System) -> set[str]:
    """The agents whose phones the queues know, registered or not."""
    with AMI.of(system.settings) as ami:
        return {phone for phone, one in agents_state(ami).items() if one.state != "not configured"}


@contextmanager
def stopped(system: System) -> Iterator[None]:
    """Both AGI processes accept and never answer."""
    pids = [system.supervisor.pid(f"agi-{which}") for which in (1, 2)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@dataclass
class Talk:
    """A citizen in talk with an agent; ``answered_at`` (monotonic) is when the agent lifted the receiver."""

    system: System
    number: str
    caller: Softphone
    agent: Softphone
    answered_at: float
    boss: Softphone | None = None
    """The supervisor's phone, if one is there."""
    fault: BaseException | None = None
    said: dict[str, str] = field(default_factory=dict)
    """What commands answered, by a name the scene gives."""
    notes: dict[str, object] = field(default_factory=dict)
    """What the scene saw on its way."""

    @cached_property
    def call_id(self) -> str:
        return str(self.system.until(self._id, 20, f"the call of {self.number} has a row"))

    def _id(self) -> str | None:
        with transaction(self.system.house.factory) as session:
            return session.scalar(select(CallRow.id).where(CallRow.caller_hash == f"+886{self.number[1:]}"))

    def does(self, kind: str, by: str = BOSS) -> str:
        """What the desk and the supervisor's board do to a call; what became of it. Raises HotlineError."""
        steps = self.system.house.special_steps
        return " ".join(steps.act(kind, self.call_id, by=by, reason="a trial", at=clock.now()).lines)

    def refused(self, kind: str, by: str = BOSS) -> str:
        """Why it is not done."""
        with pytest.raises(HotlineError) as why:
            self.does(kind, by)
        return str(why.value)

    @property
    def second(self) -> float:
        """Since the agent's answer."""
        return clock.monotonic() - self.answered_at

    def wait_until(self, second: float) -> None:
        """Sleep until so many seconds after the agent's answer."""
        time.sleep(max(0.0, second - self.second))

    def wait_for_state(self, state: str) -> None:
        """Until the record stands so."""
        self.system.until(lambda: self.stands() == state, 20, f"the record of {self.number} says {state}")

    def stands(self) -> str:
        row = self.special
        return row.state if row else ""

    @property
    def special(self) -> SpecialCall | None:
        with transaction(self.system.house.factory) as session:
            return session.get(SpecialCall, self.call_id)

    @property
    def row(self) -> CallRow:
        """Of the call, once it is closed."""
        return self.system.row(self.number)

    @property
    def ended_at(self) -> datetime:
        """When a rule ended it, by the event log."""
        query = select(CelEvent).where(CelEvent.linked_id == self.row.id, CelEvent.kind == "END")
        with transaction(self.system.house.factory) as session:
            (end,) = session.scalars(query)
            return end.at

    def ended(self) -> tuple[float, str]:
        """Seconds from the agent's answer to the end by rule, and its reason, both from the event log."""
        row = self.row
        assert row.agent_at
        return (self.ended_at - row.agent_at).total_seconds(), row.end_reason

    def steps(self) -> list[tuple[str, str, str, str]]:
        """On record: what, by whom, from, to."""
        with transaction(self.system.house.factory) as session:
            query = select(SpecialEvent).where(SpecialEvent.call_id == self.call_id).order_by(SpecialEvent.at)
            return [(one.kind, one.who, one.from_state, one.to_state) for one in session.scalars(query)]

    def heard(self) -> dict[str, float]:
        """Words in the caller's ear with the second after the agent's answer; of several the last."""
        row = self.row
        assert row.agent_at and row.answered_at
        waited = (row.agent_at - row.answered_at).total_seconds()
        return {one.name: one.at - waited for one in self._words_in(self.caller.heard)}

    def caller_heard(self) -> Sequence[HeardPrompt]:
        """Words in the caller's ear by the second of the call."""
        return self._words_in(self.caller.heard)

    def agent_heard(self) -> list[str]:
        """Words in the agent's ear, in their order."""
        return [one.name for one in self._words_in(self.agent.recordings[0])]

    def _words_in(self, wav: Path) -> Sequence[HeardPrompt]:
        folder = self.system.settings.prompts / "zh-TW"
        sounds = PromptSounds.load({name: folder / f"{name}.wav" for name in WORDS})
        return recognise(read_wav(wav), sounds)


@contextmanager
def talks(system: System, numbers: Sequence[str]) -> Iterator[list[Talk]]:
    """As many agents as callers; who got whom, each caller told by the number the agent's phone shows."""
    names = [f"agent_{number}" for number in range(1, len(numbers) + 1)]
    with ExitStack() as stack:
        desks = stack.enter_context(system.agents(**{name: Answers(0.2) for name in names}))
        phones = {number: stack.enter_context(system.caller(number)) for number in numbers}
        with ThreadPoolExecutor(len(numbers)) as pool:
            for done in [pool.submit(_reach_an_agent, system, *one) for one in phones.items()]:
                done.result()
        found = []
        for desk in desks.values():
            answer = desk.wait_for(PhoneEventKind.ESTABLISHED, 40)
            number = _number(answer.peer)
            found.append(Talk(system, number, phones[number], desk, answer.at))
        yield found


def _reach_an_agent(system: System, number: str, phone: Softphone) -> None:
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(PhoneEventKind.ESTABLISHED, 15)
    system.in_menu(number)
    phone.press("0")


def _number(peer: str) -> str:
    """``0971000001`` of ``sip:+886971000001@…`` as much as of ``sip:0971000001@…``."""
    found = re.search(r"sip:\+?(\d+)@", peer)
    assert found, peer
    return re.sub(r"^886", "0", found[1])


def played(found: Sequence[Talk], scenes: dict[str, Callable[[Talk], None]]) -> dict[str, Talk]:
    """Each scene with a talk of its own, all at one time; what failed is kept for the scene's own test."""
    pairs = dict(zip(scenes, found, strict=True))
    with ThreadPoolExecutor(len(pairs)) as pool:
        list(pool.map(lambda name: _play(pairs[name], scenes[name]), pairs))
    return pairs


def _play(one: Talk, scene: Callable[[Talk], None]) -> None:
    try:
        scene(one)
    except BaseException as fault:  # it belongs to the test that looks at this scene
        one.fault = fault
    finally:
        if one.caller.talking:
            one.caller.hang_up()
