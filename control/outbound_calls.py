"""Outbound calls of an agent, whose own phone rings first: to an agency (P5.3), to a petitioner (P8.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from calls.dialplan_lines import listed
from calls.dispositions import call_row
from control.originate import dial_string, originate
from control.pbx import Pbx
from hotline.db import Sessions, transaction
from hotline.directory.rules import City, Directory
from hotline.directory.service import Unknown
from hotline.errors import HotlineError, existing, faults, refuse
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.rules import Target
from hotline.outbound_calls.service import refuse_too_many
from ivr import spoken
from ivr.numerals import Language
from ivr.prompts import Prompt, Shelf
from ivr.steps import Ring
from transfer.ladder import HuntRules, Ladder, Rung, RungKind, ladder
from transfer.lines import agency_of, outside

CONTEXT: Final = "placed"
MOST_PHONES: Final = 6
"""More do not fit into what Asterisk is told of a call."""


class NobodyToRing(HotlineError, code="nobody-to-ring"):
    """The directory knows nobody who could be rung for this extension now."""

    extension: str


@dataclass(frozen=True)
class RingPlan:
    """Whom a call to an agency rings, in order, and whose agency it is."""

    rings: tuple[Ring, ...]
    agency: str

    @property
    def is_to_duty(self) -> bool:
        """True if officers on duty are rung, whom no limit stops."""
        return any(one.rung.kind is RungKind.DUTY for one in self.rings)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The list as it is kept."""
        rungs = (one.rung for one in self.rings)
        return tuple(
            Target(one.kind, one.number or one.extension, one.name, one.agency, one.section) for one in rungs
        )


def plan(
    directory: Directory, extension: str, rules: HuntRules, *, is_open: bool, urgent: bool = True
) -> RingPlan:
    """The desk and its neighbours; if ``urgent``, the officers on duty when closed, and last the agency's
    emergency contact.

    Raises Unknown, NobodyToRing.
    """
    found = ladder(directory, extension, rules, is_open=is_open, urgent=urgent)
    desk = existing(directory.desks.get(extension), Unknown("desk", extension))
    rungs = (*found.rungs[: MOST_PHONES - 1], *(_last(found, rules) if urgent else ()))
    if not rungs:
        raise NobodyToRing(extension)
    agency = agency_of(directory, desk)
    rings = tuple(Ring(rung, rung.ring.total_seconds(), extension) for rung in rungs)
    return RingPlan(rings, agency.code if agency else "")


def _last(found: Ladder, rules: HuntRules) -> tuple[Rung, ...]:
    line = outside(found.emergency, "")
    number = rules.dialling.line(line.number) if line else ""
    return (Rung(RungKind.EMERGENCY, "", rules.ring, number, line.keys),) if line and number else ()


@dataclass(frozen=True)
class PlacingRules:
    """Limits of calls that agents place."""

    hunt: HuntRules
    most: int
    """Calls that one person may place a day."""
    verify_attempts: int
    """Calls to a petitioner for one check."""


@dataclass(frozen=True)
class Placing:
    """Places calls for agents."""

    factory: Sessions
    pbx: Pbx
    shelf: Shelf
    city: Callable[[], City]
    is_open: Callable[[datetime], bool]
    rules: Callable[[], PlacingRules]

    def notify(self, extension: str, matter: str, *, by: str, at: datetime, call_id: str = "") -> int:
        """Ring ``by``'s phone, then the agency's; returns once the first is answered:
        the placed call's number.

        Raises NotPermitted, NothingToNotify, Unknown, NobodyToRing, NoSuchCall, PersonalLimit, NoPhone,
        NotPickedUp, ManagerGone.
        """
        rules = self.rules()
        planned = partial(plan, self.city().at(at), extension, rules.hunt, is_open=self.is_open(at))
        refuse(faults(planned, partial(service.told_matter, matter)))
        ways = planned()
        with transaction(self.factory) as session:
            phone = dial_string(session, by, self.pbx.supervisors)
            if not ways.is_to_duty:
                refuse_too_many(session, by, rules.most, at)
            if call_id:
                call_row(session, call_id)
            row = service.begin_notify(
                session,
                ways.targets,
                call_id=call_id,
                agency=ways.agency,
                extension=extension,
                matter=matter,
                by=by,
                at=at,
            )
            number, token, own = row.id, row.token, row.own_call
        told = self.variables(
            token, listed(ways.rings), "placed.notify", (Prompt("placed.agency"),), Language.MANDARIN
        )
        self.lift(phone, token, own, told, at)
        return number

    def verify(self, number: int, *, by: str, at: datetime) -> int:
        """Ring ``by``'s phone, then the citizen's, at the number of their own call: the placed call's number.

        Raises what ``begin_call`` raises, PersonalLimit, NoPhone, NotPickedUp, ManagerGone.
        """
        rules = self.rules()
        with transaction(self.factory) as session:
            phone = dial_string(session, by, self.pbx.supervisors)
            refuse_too_many(session, by, rules.most, at)
            check, call = caller_verification.begin_call(
                session, number, rules.verify_attempts, rules.hunt.dialling, by=by, at=at
            )
            placed, token, own = call.id, call.token, call.own_call
            citizen = rules.hunt.dialling.subscriber(check.number)
            language = Language(check.language) if check.language in set(Language) else Language.MANDARIN
            called_at = check.called_at
        ring = self.pbx.own_phone_ring.total_seconds()
        asked = (Prompt("V-18.before"), *spoken.due(called_at, at, language), Prompt("V-18.after"))
        told = self.variables(
            token, f"outside/{citizen}/|{ring:g}|citizen////", "placed.verify", asked, language
        )
        self.lift(phone, token, own, {**told, "PLACED_CITIZEN": citizen}, at)
        return placed

    def lift(self, phone: str, token: str, own: str, variables: Mapping[str, str], at: datetime) -> None:
        """Ring one's own phone, and lead it to the list once it is answered.

        Raises NotPickedUp, ManagerGone.
        """
        try:
            originate(self.factory, self.pbx, phone, CONTEXT, variables, own)
        except BaseException:
            with transaction(self.factory) as session:
                service.not_placed(session, token, at)
            raise

    def variables(
        self, token: str, phones: str, whisper: str, hears: Sequence[Prompt], language: Language
    ) -> Mapping[str, str]:
        """Channel variables of an originated call: its list, and what both sides hear."""
        names = self.shelf.names
        return {
            "PLACED_TOKEN": token,
            "PLACED_LIST": phones,
            "PLACED_WHISPER": "&".join(names((Prompt(whisper),), Language.MANDARIN)),
            "PLACED_HEARS": "&".join(names(tuple(hears), language)),
        }
