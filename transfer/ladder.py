"""Whom to ring for an extension, in which order, and why: the ladder (spec §9.1). Pure."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from hotline.dialling import DialRules
from hotline.directory.rules import Desk, Directory
from transfer.forwards import followed
from transfer.lines import DeskLine, agency_of, line_of, line_of_officer
from transfer.neighbours import absence, neighbours
from transfer.reasons import RungKind, RungReason, SkippedRung, WhyNot, WhyRung

__all__ = ["HuntRules", "Ladder", "LadderPlan", "Rung", "RungKind", "ladder"]

MOST_RUNGS = 20
"""A longer roster is not rung to its end: the caller would wait for the hunt's limit anyhow."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One phone to ring. ``number`` empty: an extension of the city's exchange; else an outside number as the
    trunk dials it, whose exchange takes ``keys`` after the answer.
    """

    kind: RungKind
    extension: str
    ring: timedelta
    number: str = ""
    keys: str = ""
    section: str = ""
    agency: str = ""
    why: RungReason = RungReason(WhyRung.ASKED)
    name: str = ""


@dataclass(frozen=True, slots=True)
class HuntRules:
    """The limits of a hunt (settings ``transfer_*``), and which outside numbers are dialled."""

    ring: timedelta = timedelta(seconds=15)
    neighbour_ring: timedelta = timedelta(seconds=12)
    neighbours: int = 2
    longest: timedelta = timedelta(seconds=60)
    dialling: DialRules = DialRules()


class LadderPlan(StrEnum):
    """The plan for an extension at an instant."""

    RING = "ring"
    MESSAGE = "message"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The plan, every rung in order, and everybody who is not rung, with the reason.

    ``emergency``: the agency's own contact, whom an agent phones when nobody on duty answers (§9.1).
    """

    asked: str
    plan: LadderPlan
    rungs: tuple[Rung, ...] = ()
    skipped: tuple[SkippedRung, ...] = ()
    emergency: str = ""


def ladder(directory: Directory, asked: str, rules: HuntRules, *, is_open: bool, urgent: bool) -> Ladder:
    """Forward, desk, neighbours in office hours (P5.1.1, P5.1.2); else the roster or a message (P5.1.3).

    An urgent matter out of office hours goes to the officer on duty whatever the extension.
    """
    climb = _Climb(directory, rules)
    desk = directory.desks.get(asked)
    emergency = ""
    if urgent and not is_open:
        climb.roster()
        agency = agency_of(directory, desk) if desk else None
        emergency = agency.emergency if agency else ""
    elif desk is None:
        return Ladder(asked, LadderPlan.UNKNOWN)
    elif not is_open:
        return Ladder(asked, LadderPlan.MESSAGE)
    else:
        climb.by_day(desk)
    return Ladder(asked, LadderPlan.RING, tuple(climb.rungs[:MOST_RUNGS]), tuple(climb.skipped), emergency)


def roster(directory: Directory, rules: HuntRules) -> tuple[Rung, ...]:
    """The officers on duty who can be rung, in order, whatever the hour (P5.1.3)."""
    climb = _Climb(directory, rules)
    climb.roster()
    return tuple(climb.rungs[:MOST_RUNGS])


@dataclass
class _Climb:
    """A ladder while it is built; no line is rung twice, whoever's it is."""

    directory: Directory
    rules: HuntRules
    rungs: list[Rung] = field(default_factory=list)
    skipped: list[SkippedRung] = field(default_factory=list)
    lines: set[tuple[str, str]] = field(default_factory=set)

    def by_day(self, desk: Desk) -> None:
        target, through, dropped = followed(self.directory, desk)
        self.skipped += dropped
        if target:
            self._ring(
                RungKind.FORWARD, target, self.rules.ring, RungReason(WhyRung.FOLLOWED, through=through)
            )
        self._ring_if_there(RungKind.DESK, desk, self.rules.ring, RungReason(WhyRung.ASKED))
        self._neighbours(desk)

    def roster(self) -> None:
        """The officers on duty, in order (P5.1.3)."""
        for place, officer in enumerate(self.directory.duty, 1):
            extension, line = f"duty-{place}", line_of_officer(self.directory, officer)
            if reason := self._taken(line, extension):
                self.skipped.append(
                    SkippedRung(RungKind.DUTY, extension, officer.name, reason, officer.number)
                )
            elif line:
                why = RungReason(WhyRung.ROSTER, place=place)
                self.rungs.append(
                    Rung(
                        RungKind.DUTY,
                        line.extension or extension,
                        self.rules.ring,
                        self._dialled(line),
                        line.keys,
                        why=why,
                        name=officer.name,
                    )
                )

    def _neighbours(self, desk: Desk) -> None:
        most = len(self.rungs) + self.rules.neighbours
        for neighbour, why in neighbours(self.directory, desk):
            if len(self.rungs) >= most:
                self._skip(RungKind.NEIGHBOUR, neighbour, WhyNot.ENOUGH, str(self.rules.neighbours))
            else:
                self._ring_if_there(RungKind.NEIGHBOUR, neighbour, self.rules.neighbour_ring, why)

    def _ring_if_there(self, kind: RungKind, desk: Desk, ring: timedelta, why: RungReason) -> None:
        absent = absence(self.directory, desk, may_follow=kind is RungKind.DESK)
        if absent:
            self._skip(kind, desk, *absent)
        else:
            self._ring(kind, desk, ring, why)

    def _ring(self, kind: RungKind, desk: Desk, ring: timedelta, why: RungReason) -> None:
        line = line_of(self.directory, desk)
        if reason := self._taken(line, desk.extension):
            self._skip(kind, desk, reason)
        elif line:
            if line.is_alternative:
                kind, why = RungKind.ALTERNATIVE, RungReason(WhyRung.SWITCHBOARD, through=why.through)
            agency = agency_of(self.directory, desk)
            self.rungs.append(
                Rung(
                    kind,
                    desk.extension,
                    ring,
                    self._dialled(line),
                    line.keys,
                    desk.section,
                    agency.code if agency else "",
                    why,
                    desk.name or desk.person,
                )
            )

    def _taken(self, line: DeskLine | None, extension: str) -> WhyNot | None:
        """Reason why this line cannot be rung; else it is taken from now on."""
        if line is None:
            return WhyNot.NO_LINE
        number = self._dialled(line)
        if line.number and not number:
            return WhyNot.NOT_DIALLED
        key = (number, line.keys) if number else ("", line.extension or extension)
        if key in self.lines:
            return WhyNot.TRIED
        self.lines.add(key)
        return None

    def _dialled(self, line: DeskLine) -> str:
        return self.rules.dialling.line(line.number)

    def _skip(self, kind: RungKind, desk: Desk, reason: WhyNot, detail: str = "") -> None:
        self.skipped.append(SkippedRung(kind, desk.extension, desk.name or desk.person, reason, detail))
