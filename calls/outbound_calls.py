"""Calls that 1999 placed for agents, read from the event log (P5.3, P8.2). Pure."""

from collections.abc import Sequence
from typing import Final

from calls.callback_attempts import outcome
from calls.cel import ChannelEvent
from hotline.outbound_calls.rules import OutboundEvent, Phase
from ivr.steps import Ring
from transfer.ladder import Rung

PLACED: Final = "PLACED"
"""``token|phase|place|DIALSTATUS|cause|milliseconds until it rang|yes when everybody was rung``."""
YES: Final = "yes"


def heard(event: ChannelEvent) -> OutboundEvent | None:
    """A line of our dialplan; None if it is spoilt."""
    fields = event.said.split("|")
    if len(fields) != 7 or not fields[0] or fields[1] not in set(Phase):
        return None
    token, phase, place, status, cause, rang, whole = fields
    if not (place.isdecimal() and len(place) < 4):
        return None
    return OutboundEvent(
        token[:32], Phase(phase), int(place), outcome(status, cause, rang), event.at, whole == YES
    )


def label(step: Ring) -> str:
    """Label of a ring for the event log, in plain signs."""
    return "/".join((step.rung.kind, step.asked, step.rung.extension, step.rung.section, step.rung.agency))


def target(rung: Rung) -> str:
    """Dial target, from rows only: ``officers/5112`` or ``outside/0229603456/5112``."""
    return f"outside/{rung.number}/{rung.keys}" if rung.number else f"officers/{rung.extension}"


def listed(rings: Sequence[Ring]) -> str:
    """Phones to ring one after another, in one variable: ``TARGET|SECONDS|LABEL`` each."""
    return "~".join(f"{target(one.rung)}|{one.seconds:g}|{label(one)}" for one in rings)
