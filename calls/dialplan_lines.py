"""Readers of our dialplan's own events and user field, and targets of phones that it is to ring. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from calls.cel import ChannelEvent, instant
from hotline.callbacks.outbound_lock import CallOutcome
from hotline.callbacks.rules import Outcome
from hotline.outbound_calls.rules import OutboundEvent, Phase
from hotline.staff.agent_state import DutyWord
from ivr.numerals import Language
from ivr.steps import Ring
from transfer.ladder import Rung
from transfer.outcome import DialOutcome, cause_of

CALLED: Final = "CALLED"
"""``token|callback|login|epoch|talking or over|DIALSTATUS|cause|rang``."""
PLACED: Final = "PLACED"
"""``token|phase|place|DIALSTATUS|cause|milliseconds until it rang|yes when everybody was rung``."""
DUTY: Final = "DUTY"
"""``phone|on, off, break or back|the reason's digit`` (phone-desk.dialplan)."""
YES: Final = "yes"
_ATTEMPTS: Final[Mapping[DialOutcome, Outcome]] = MappingProxyType(
    {
        DialOutcome.ANSWERED: Outcome.REACHED,
        DialOutcome.NO_ANSWER: Outcome.NO_ANSWER,
        DialOutcome.BUSY: Outcome.BUSY,
        DialOutcome.REFUSED: Outcome.REFUSED,
        DialOutcome.UNREACHABLE: Outcome.UNREACHABLE,
        DialOutcome.UNALLOCATED: Outcome.WRONG_NUMBER,
    }
)
"""Outcomes that tell of the called phone; others tell of our own way there, or that the caller gave up."""


@dataclass(frozen=True, slots=True)
class FirstKey:
    """Language chosen by a key of the first menu, where no decision answers it, and the menu behind."""

    at: datetime
    key: str
    spoken: Language
    wanted: Language
    next_menu: str


@dataclass(frozen=True, slots=True)
class FirstMenu:
    """The first menu, where no decision asks it, of which version of the menus."""

    at: datetime
    menus: str
    menu: str
    key: FirstKey | None = None


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Instants and choices of a call before its first decision: first words, first menu, its key."""

    words_at: datetime
    menu: FirstMenu | None = None


def first_steps(event: ChannelEvent) -> FirstSteps | None:
    """Read the user field, if the event has it; what is malformed is left out.

    ``words at|menu at|version|menu|key at|key|language spoken|language asked for|next menu``.
    """
    words, *menu = event.user_field.split("|")
    at = instant(words)
    return FirstSteps(at, _first_menu(menu)) if at else None


def _first_menu(fields: Sequence[str]) -> FirstMenu | None:
    at = instant(fields[0]) if len(fields) in (3, 8) else None
    return FirstMenu(at, fields[1][:16], fields[2][:32], _first_key(fields[3:])) if at else None


def _first_key(fields: Sequence[str]) -> FirstKey | None:
    at = instant(fields[0]) if fields else None
    if at is None or not {fields[2], fields[3]} <= set(Language):
        return None
    return FirstKey(at, fields[1][:1], Language(fields[2]), Language(fields[3]), fields[4][:32])


def outcome(status: str, cause: str, rang: str) -> Outcome:
    """The attempt that DIALSTATUS, HANGUPCAUSE and the milliseconds until it rang tell of."""
    ring = DialOutcome.from_dialstatus(status, cause_of(cause), rang=bool(rang))
    return _ATTEMPTS.get(ring, Outcome.NOT_PLACED)


def attempted(event: ChannelEvent) -> CallOutcome | None:
    """Attempt of a callback (§9.2: stored from what happened); None if the line is malformed."""
    fields = event.said.split("|")
    if len(fields) != 8 or not fields[0] or not (fields[1].isdecimal() and len(fields[1]) < 10):
        return None
    token, number, by, epoch, phase, status, cause, rang = fields
    is_epoch = epoch.isdecimal() and len(epoch) == 10
    began = datetime.fromtimestamp(int(epoch), UTC) if is_epoch else event.at
    return CallOutcome(int(number), token[:32], by[:64], outcome(status, cause, rang), began, phase == "over")


def placed(event: ChannelEvent) -> OutboundEvent | None:
    """Event of a call that 1999 placed for an agent (P5.3, P8.2); None if the line is malformed."""
    fields = event.said.split("|")
    if len(fields) != 7 or not fields[0] or fields[1] not in set(Phase):
        return None
    token, phase, place, status, cause, rang, whole = fields
    if not (place.isdecimal() and len(place) < 4):
        return None
    return OutboundEvent(
        token[:32], Phase(phase), int(place), outcome(status, cause, rang), event.at, whole == YES
    )


@dataclass(frozen=True, slots=True)
class DutyKey:
    """One duty key pressed at an agent's telephone, as its line tells it."""

    phone: str
    word: DutyWord
    digit: str
    at: datetime


def duty_key(event: ChannelEvent) -> DutyKey | None:
    """Duty key; None if the line is malformed or another phone's: a channel speaks for its own alone."""
    fields = event.said.split("|")
    if len(fields) != 3 or fields[1] not in set(DutyWord) or fields[0] != event.phone:
        return None
    return DutyKey(fields[0], DutyWord(fields[1]), fields[2], event.at)


def label(step: Ring) -> str:
    """Label of a ring for the event log, in plain signs."""
    return "/".join((step.rung.kind, step.asked, step.rung.extension, step.rung.section, step.rung.agency))


def target(rung: Rung) -> str:
    """Dial target, from rows only: ``officers/5112`` or ``outside/0229603456/5112``."""
    return f"outside/{rung.number}/{rung.keys}" if rung.number else f"officers/{rung.extension}"


def listed(rings: Sequence[Ring]) -> str:
    """Phones to ring one after another, in one variable: ``TARGET|SECONDS|LABEL`` each."""
    return "~".join(f"{target(one.rung)}|{one.seconds:g}|{label(one)}" for one in rings)
