"""A simulated call: the caller's keys and the phones that ring are drawn, the engine decides what follows."""

from datetime import datetime, timedelta
from typing import Final

from calls.dialplan_lines import label
from calls.turn_facts import Entry, apply, entry_of
from hotline.db import transaction
from ivr.call import Call, Dialling, InMenu, Scoring
from ivr.engine import advance
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
    Step,
    TakeMessage,
    TransferWanted,
)
from recordings.policy import MessageEnd
from tests.simulated.agents import AgentTalk
from tests.simulated.city import AGENTS, NODE, SimulatedCity
from tests.simulated.event_log import CallLog
from tests.turns.lines import DIALLED
from transfer.outcome import DialOutcome

SECOND: Final = timedelta(seconds=1)
GOALS: Final = (*["1"] * 80, *["2"] * 7, *["3"] * 4, *["4"] * 5, "5", "9", "", "")
"""Keys of the main menu, as often as they are pressed; the empty one is a silence."""
LANGUAGES: Final = (*["1"] * 45, "4", "4", "5", "2", "")
RINGS: Final = (
    *[DialOutcome.ANSWERED] * 55,
    *[DialOutcome.BUSY] * 14,
    *[DialOutcome.NO_ANSWER] * 22,
    *[DialOutcome.UNREACHABLE] * 4,
    *[DialOutcome.REFUSED] * 3,
    *[DialOutcome.FAILED] * 2,
)
EXTENSIONS: Final = ("5112", "5113", "5203", "5301", "5311", "5401", "5501", "5601", "6101", "5116", "7777")
"""Of desks that answer, follow another, are away or outside, and of none."""


class CallScene:
    """One call from its first ring to its end, played at once, in its own time."""

    def __init__(self, city: SimulatedCity, at: datetime, number: str) -> None:
        city.calls += 1
        self.city, self.at, self.number = city, at, number
        self.id = f"{NODE}-{int(at.timestamp())}.{city.calls}"
        self.log = CallLog(self.id, number)
        self.book = city.house.books.book()
        self.call = Call(self.id, self.book.menus.version, InMenu(self.book.menus.first))
        self.entries = list[Entry]()
        self.is_over = False
        self.talk: AgentTalk | None = None
        self.talked = 0

    def play(self) -> None:
        """From the first ring to the end, and what the agent says of it afterwards."""
        self.log.begins(self.at)
        self.passes(1)
        self.log.line(self.at, "ANSWER", where=("answer", "s"))
        step = self.report(
            Arrived(self.at, self.number, "1999", greeted=True, from_carrier=bool(self.number))
        )
        while not self.is_over:
            step = self._performed(step)
        self.flush()
        if self.talk:
            self.talk.close()
        self.city.done["calls"] += 1

    def passes(self, seconds: float) -> datetime:
        """Time goes on; whole milliseconds, as the event log is read."""
        self.at += timedelta(milliseconds=round(seconds * 1000))
        return self.at

    def draws(self, least: float, most: float) -> float:
        """Seconds."""
        return round(self.city.draw.uniform(least, most), 3)

    def report(self, event: Event) -> Step:
        """The engine decides; what it made a fact is kept to be written."""
        turn = advance(self.book, self.call, event)
        self.call = Call.from_json(turn.call.to_json())
        self.entries.append(entry_of(self.call, NODE, "asterisk", turn.facts, event.at))
        for step in turn.steps:
            if isinstance(step, Say) and step.notice:
                self.passes(4)
                self.log.line(self.at, "NOTICE", said=self.call.language)
        return turn.steps[-1]

    def flush(self) -> None:
        """Turns and lines become rows, as the ledger and the follower of the event log write them."""
        entries, self.entries = self.entries, []
        with transaction(self.city.factory) as session:
            for one in entries:
                apply(session, one, self.city.house.callbacks, self.city.house.cancelling)
            self.city.records().write(session, self.log.taken())

    def hangs_up(self, *where: str) -> None:
        """The caller is gone; nobody tells the engine."""
        self.log.hangs_up(self.at, self.log.name, (where[0], where[1]) if where else ("line", "ask"))
        self.is_over = True

    def _performed(self, step: Step) -> Step:
        match step:
            case Ask():
                return self._asked(step)
            case Enqueue():
                return self._waits(step)
            case Ring():
                return self._rings(step)
            case RingAgent(phone=phone):
                return self._comes_back(step, phone)
            case TakeMessage(name=name):
                return self._says(step, name)
            case End(reason=reason):
                self.log.line(self.at, "END", said=reason, where=("line", "end"))
                self.passes(3)
                self.log.hangs_up(self.at, "dialplan/builtin")
        self.is_over = True
        return step

    def _asked(self, step: Ask) -> Step:
        self.passes(self.draws(2, 9))
        if self.city.chance(0.03):
            self.hangs_up()
            return step
        if step.informs:
            self.log.line(self.at, "INFORMED", where=("line", "ask"))
            if self.city.chance(0.7):
                self.hangs_up()
                return step
        keys = self._keys()
        is_informed = step.informs > 0
        event = Pressed(self.at, keys, is_informed) if keys else Silent(self.at, is_informed)
        return self.report(event)

    def _keys(self) -> str:
        draw = self.city.draw
        match self.call.place:
            case InMenu(name="language"):
                return draw.choice(LANGUAGES)
            case InMenu():
                return draw.choice(GOALS)
            case Dialling():
                return draw.choice(EXTENSIONS) + "#"
            case Scoring():
                return draw.choice("5554443321") if self.city.chance(0.8) else ""
        return draw.choice(("", "", "", "1"))

    def _waits(self, step: Enqueue) -> Step:
        self.log.line(self.at, "APP_START", app="Queue", where=("line", "queue"))
        fate = self.city.draw.random()
        if fate < 0.07:
            self.passes(self.draws(3, 90))
            self.hangs_up("line", "queue")
            return step
        if fate < 0.1:
            self.passes(self.draws(5, 40))
            self.log.line(self.at, "QUEUE_KEY", said="1", where=("queue-keys", "1"))
            return self._left(Pressed(self.at, "1"))
        if fate < 0.15:
            self.passes(30)
            return self._left(QueueLeft(self.at, Left.SLICE, self.city.draw.randrange(1, 4), 3))
        if fate < 0.165:
            self.passes(0.1)
            return self._left(QueueLeft(self.at, Left.EMPTY))
        return self._meets(step)

    def _left(self, event: Event) -> Step:
        self.log.line(self.at, "APP_END", app="Queue", where=("line", "queue"))
        return self.report(event)

    def _meets(self, step: Enqueue) -> Step:
        """An agent answers, perhaps after another one did not; and talks."""
        agent, draw = self.city.draw.choice(AGENTS), self.city.draw
        self.passes(draw.choice((1, 2, 3, 5, 9, 19.999, 20, 20.001, self.draws(0, 75))))
        if self.city.chance(0.08):
            silent = self.log.phone(self.at, draw.choice(AGENTS))
            self.passes(4)
            silent.ends(self.at, 0)
        phone = self.log.phone(self.at, agent)
        self.passes(draw.choice((0, 0.5, 2.25)))
        phone.answers(self.at)
        phone.joins(self.at)
        self.talk = AgentTalk(self, agent, phone, self.talk)
        wish = self.talk.talks()
        if self.is_over:
            return step
        phone.parts(self.at)
        phone.ends(self.at, 16, "" if wish.extension else phone.name)
        if wish.extension:
            self.log.line(self.at, "APP_END", app="Queue", where=("line", "queue"))
            return self.report(TransferWanted(self.at, wish.extension, agent, False, wish.reason))
        return self._left(QueueLeft(self.at, Left.TALKED, promised=wish.promised))

    def _rings(self, step: Ring) -> Step:
        self.log.line(self.at, "RUNG", said=label(step), where=("ring", "s"))
        phone = self.log.phone(self.passes(0.1), "trunk" if step.rung.number else "officers")
        outcome = self.city.draw.choice(RINGS)
        status, cause, rang = DIALLED[outcome]
        if outcome is DialOutcome.ANSWERED:
            self.passes(self.city.draw.choice((0.3, 3, 6.5, 9.3, 9.301, self.draws(1, step.seconds))))
            phone.answers(self.at)
            phone.joins(self.passes(2))
            self.passes(self.draws(20, 400))
            phone.parts(self.at)
            if self.city.chance(0.4):
                self.hangs_up("ring", "s")
                phone.ends(self.at, 16, self.log.name)
                return step
            phone.ends(self.at, 16, phone.name)
        else:
            self.passes(step.seconds if outcome is DialOutcome.NO_ANSWER else 0.4)
            if self.city.chance(0.04):
                self.hangs_up("ring", "s")
                phone.ends(self.at, 26, self.log.name)
                return step
            phone.ends(self.at, int(cause))
        self.log.line(self.at, "RANG", said=f"{rang}|{status}|{cause}", where=("ring", "s"))
        return self.report(RingEnded(self.at, outcome))

    def _comes_back(self, step: RingAgent, phone: str) -> Step:
        asked = getattr(self.call.place, "asked", "")
        self.log.line(self.at, "RUNG", said=f"agent/{asked}/{phone}//", where=("ring-agent", "s"))
        rung = self.log.phone(self.passes(0.1), phone)
        self.passes(3)
        if self.city.chance(0.5):
            rung.ends(self.at, 17)
            self.log.line(self.at, "RANG", said="|BUSY|17", where=("ring-agent", "s"))
            return self.report(RingEnded(self.at, DialOutcome.BUSY))
        rung.answers(self.at)
        rung.joins(self.at)
        self.passes(self.draws(10, 120))
        rung.parts(self.at)
        rung.ends(self.at, 16, rung.name)
        self.log.line(self.at, "RANG", said="300|ANSWER|16", where=("ring-agent", "s"))
        return self.report(RingEnded(self.at, DialOutcome.ANSWERED))

    def _says(self, step: TakeMessage, name: str) -> Step:
        self.log.line(self.at, "MESSAGE", said=name, where=("message", "s"))
        if self.city.chance(0.1):
            self.hangs_up("message", "s")
            return step
        self.passes(self.draws(1, 30))
        seconds = self.draws(0.5, 20)
        ended = self.city.draw.choice((MessageEnd.SILENCE, MessageEnd.KEY, MessageEnd.EMPTY))
        return self.report(MessageLeft(self.at, name, seconds, ended))
