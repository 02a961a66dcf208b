"""A call as a script, played over any line: what a line is, and the caller's verbs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from agi_scripts import variables as v
from ivr import limits
from ivr.steps import (
    Arrived,
    Event,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    RingEnded,
    Silent,
    TransferWanted,
)
from recordings.policy import MessageEnd
from tests.turns.channel import V_16
from transfer.outcome import DialOutcome


class Line(Protocol):
    """What a caller meets."""

    def report(self, event: Event) -> "Performed": ...

    def talks(self, event: limits.Event) -> "Performed | None":
        """Something is done in a talk, or time passes: what is said of a limit; None while nothing is."""


class Performed:
    """What a line did with one turn: sounds in order, then what it waits for.

    ``rest``: queue: front or nothing; ring: seconds, whispered sounds, label; agent: seconds. ``listed``: the
    entry of the special list that whoever is rung or waited for is told of.
    """

    def __init__(
        self, heard: list[str], doing: str, detail: str, recording: bool, *rest: str, listed: str = ""
    ) -> None:
        self.heard, self.doing, self.detail, self.recording = heard, doing, detail, recording
        self.rest, self.listed = rest, listed


class Caller:
    """The actor's verbs. Every verb checks that the line is where the script says it is."""

    def __init__(self, line: Line, at: datetime) -> None:
        self.line, self._at = line, at
        self.heard, self.last, self.recorded = list[str](), Performed([], "", "", False), False
        self.answered_at, self.said = at, list[str]()

    def dials(self, caller: str = "0912345678", number: str = "1999", *, carrier: bool = True) -> "Caller":
        """``carrier``: the number is the carrier's word; a telephone of ours, or a browser, names itself."""
        return self._report(Arrived(self._at, caller, number, from_carrier=carrier))

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

    def waits(self, position: int = 1, agents: int = 1, free: int = 0) -> "Caller":
        """A slice of the queue passes."""
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.SLICE, position, agents, free=free))

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

    def talks(self, *, by_officer: bool = False) -> "Caller":
        """With an agent; ``by_officer``: who asked an officer first, and left the two to each other."""
        assert self.last.doing == "queue"
        return self._report(QueueLeft(self._at, Left.TALKED, by_officer=by_officer))

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
        return self._rang(DialOutcome.BUSY)

    def no_answer(self) -> "Caller":
        """It rings as long as it may."""
        assert self.last.doing in {"ring", "agent"}
        self._at += timedelta(seconds=float(self.last.rest[0]))
        return self._rang(DialOutcome.NO_ANSWER)

    def unreachable(self) -> "Caller":
        return self._rang(DialOutcome.UNREACHABLE)

    def refused(self) -> "Caller":
        return self._rang(DialOutcome.REFUSED)

    def failed(self) -> "Caller":
        return self._rang(DialOutcome.FAILED)

    def answered(self, *, promised: bool = False, by_officer: bool = False) -> "Caller":
        """Somebody answers, talks, and hangs up; perhaps a callback was registered by key.

        ``by_officer``: an agent answered, and left the caller to an officer.
        """
        return self._rang(DialOutcome.ANSWERED, self._at if promised else None, by_officer=by_officer)

    def _rang(
        self, status: DialOutcome, promised: datetime | None = None, *, by_officer: bool = False
    ) -> "Caller":
        assert self.last.doing in {"ring", "agent"}, f"nothing rings: {self.last.doing}"
        return self._report(RingEnded(self._at, status, promised, by_officer=by_officer))

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

    def is_ended_by(self, why: limits.EndRule) -> "Caller":
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
    if event in (limits.Answered, limits.Passed, limits.CallOver):
        return event(at)  # type: ignore[call-arg]
    if event is limits.NoTopic:
        return limits.NoTopic(at, "agent-1", None)
    return event(at, "agent-1")  # type: ignore[call-arg]


def menu_sounds(*ids: str, language: str = "zh-TW") -> Iterator[str]:
    """``zh-TW/V-02b.1`` and so on."""
    return (f"{language}/{name}" for name in ids)
