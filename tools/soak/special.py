"""One special call in full length (P7.1): the cap 900 s after the agent's answer, V-20 at 840 s, beside it an
ordinary call of the same length that goes on.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sqlalchemy import select

from calls.store import CallRow, CelEvent
from demo.baresip import PhoneFault
from demo.hearing import PromptSounds, recognise
from demo.phone import Answers, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.errors import HotlineError
from tools.bench.report import BenchFigure, BenchPart
from tools.soak.home import CARRIER, GREETING_SECONDS, SoakHome, soak_home, until
from tools.soak.plan import SoakPlan, Tell

BOSS = "supervisor-1"
ORDINARY, FLAGGED = "0971900001", "0971900002"
LAG = 5.0
"""Seconds that the program which plays the caller may be behind, or ahead, after a quarter of an hour on a
busy machine: its sound tells what was heard, the event log when.
"""
PRESSES = 4
AUTHORISED_AFTER, LONGER = 360.0, 15.0
"""Seconds: the flag comes in minute six, as in the plan's example;
the other call must live so long beyond the cap.
"""


@dataclass(frozen=True)
class SpecialCallTimes:
    """Seconds after the agent's answer; ``ordinary`` is how long the other call lived, and went on.

    ``warned``, ``ended`` and ``said`` (V-16) by the event log; ``heard_…`` by the sound in the caller's ear.
    """

    authorised: float
    warned: float
    heard_warning: float
    ended: float
    said: float
    heard_end: float
    reason: str
    ordinary: float

    def figures(self, cap: float, warning: float) -> tuple[BenchFigure, ...]:
        """Figures with their goals: ±1 s, and no other call ended."""
        after = "s after the first agent's answer"
        by_cap = 1.0 if self.reason == "cap" else 0.0
        return (
            BenchFigure("a supervisor authorised", self.authorised, after),
            BenchFigure("V-20 began", self.warned, after, cap - warning + 1, cap - warning - 1),
            BenchFigure(
                "V-20 was heard", self.heard_warning, after, cap - warning + LAG, cap - warning - LAG
            ),
            BenchFigure("the call was ended", self.ended, after, cap + 1, cap - 1),
            BenchFigure("its record says: cap", by_cap, "", at_least=1, note=self.reason),
            BenchFigure("V-16 began", self.said, after, cap + 1, cap - 1),
            BenchFigure("V-16 was heard", self.heard_end, after, cap + LAG, cap - LAG),
            BenchFigure("the ordinary call went on", self.ordinary, after, at_least=cap + LONGER),
        )


def measure(plan: SoakPlan, cache: Path, tell: Tell) -> BenchPart:
    """A hotline, the two calls, their figures. Raises HotlineError."""
    with soak_home(
        cache, special_cap=plan.cap.total_seconds(), special_spoken_warning=_warning(plan)
    ) as home:
        found = played(home, tell)
        return BenchPart(figures=found.figures(plan.cap.total_seconds(), _warning(plan)))


def _warning(plan: SoakPlan) -> float:
    return min(60.0, plan.cap.total_seconds() / 3)


def played(home: SoakHome, tell: Tell) -> SpecialCallTimes:
    """Place both calls, flag one, wait. Raises PhoneFault, HotlineError."""
    cap = home.settings.special_cap.total_seconds()
    pause = Event()
    with ExitStack() as stack:
        other, _ = stack.enter_context(_talk(home, ORDINARY, "agent-1"))
        caller, answered_at = stack.enter_context(_talk(home, FLAGGED, "agent-2"))
        flag_at = min(AUTHORISED_AFTER, cap * 0.4)
        while (now := clock.monotonic() - answered_at) < flag_at:
            tell(f"{now:5.0f} s of {cap:g}: both talk")
            pause.wait(min(30.0, flag_at - now))
        call_id = until(lambda: _id(home, FLAGGED), 10, "the call has a row")
        authorised = clock.monotonic() - answered_at
        steps = home.house.special_steps
        line = steps.act("authorised", call_id, by=BOSS, reason="a proof", at=clock.now()).state
        tell(f"{authorised:5.0f} s: {line}")
        while caller.talking and (now := clock.monotonic() - answered_at) < cap + 30:
            tell(f"{now:5.0f} s of {cap:g}")
            pause.wait(min(30.0, max(1.0, cap - now)))
        caller.wait_for(PhoneEventKind.CLOSED, 1)
        pause.wait(max(0.0, answered_at + cap + LONGER - clock.monotonic()))
        ordinary = clock.monotonic() - answered_at if other.talking else 0.0
    return _told(home, caller, authorised, ordinary)


def _told(home: SoakHome, caller: Softphone, authorised: float, ordinary: float) -> SpecialCallTimes:
    """Times by the event log and by what the caller heard."""
    row = until(lambda: _closed(home, FLAGGED), 30, "the record is closed")
    if row.agent_at is None or row.answered_at is None:
        raise HotlineError("The record has no agent's answer; look at the event log")
    with transaction(home.house.factory) as session:
        end = session.scalars(
            select(CelEvent).where(CelEvent.linked_id == row.id, CelEvent.kind == "END")
        ).one()
        begun = session.scalars(
            select(CelEvent).where(CelEvent.kind == "APP_START").order_by(CelEvent.at)
        ).all()
    spoken = {str(one.body.get("appdata", "")).rpartition("/")[2]: one.at for one in reversed(begun)}
    since = {name: (at - row.agent_at).total_seconds() for name, at in spoken.items()}
    heard = _heard(home, caller, (row.agent_at - row.answered_at).total_seconds())
    ended = (end.at - row.agent_at).total_seconds()
    return SpecialCallTimes(
        round(authorised, 2),
        round(since.get("V-20", 0.0), 3),
        round(heard.get("V-20", 0.0), 2),
        round(ended, 3),
        round(since.get("V-16", 0.0), 3),
        round(heard.get("V-16", 0.0), 2),
        row.end_reason,
        round(ordinary, 1),
    )


def _heard(home: SoakHome, caller: Softphone, waited: float) -> dict[str, float]:
    """Sounds that reached the caller's ear, in seconds after the agent's answer."""
    folder = home.settings.prompts / "zh-TW"
    prompts = PromptSounds.load({name: folder / f"{name}.wav" for name in ("V-16", "V-20")})
    return {one.name: one.at - waited for one in recognise(read_wav(caller.heard), prompts)}


@contextmanager
def _talk(home: SoakHome, number: str, agent: str) -> Iterator[tuple[Softphone, float]]:
    """A citizen in talk with that agent, the only one free; with the instant of the answer."""
    with (
        home.agents(agent, behaves=Answers(0.2)) as desks,
        Softphone(number, home=home.scratch / number, address=CARRIER) as caller,
    ):
        caller.dial(f"sip:1999@{home.sip}")
        caller.wait_for(PhoneEventKind.ESTABLISHED, 10)
        Event().wait(GREETING_SECONDS)
        yield caller, _reached(caller, desks[agent])
        if caller.talking:
            caller.hang_up()


def _reached(caller: Softphone, desk: Softphone) -> float:
    """The instant of the agent's answer. On a busy machine the greeting ends late,
    and a key in it is lost: once more.
    """
    for _ in range(PRESSES - 1):
        caller.press("0")
        with suppress(PhoneFault):
            return desk.wait_for(PhoneEventKind.ESTABLISHED, 8).at
    caller.press("0")
    return desk.wait_for(PhoneEventKind.ESTABLISHED, 30).at


def _row(home: SoakHome, number: str) -> CallRow | None:
    with transaction(home.house.factory) as session:
        return session.scalars(
            select(CallRow).where(CallRow.caller_hash == f"+886{number[1:]}")
        ).one_or_none()


def _id(home: SoakHome, number: str) -> str | None:
    row = _row(home, number)
    return row.id if row else None


def _closed(home: SoakHome, number: str) -> CallRow | None:
    row = _row(home, number)
    return row if row and row.end_reason else None
