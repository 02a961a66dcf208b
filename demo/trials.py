"""``hotline call``: the trial call over this machine's settings, menus and database."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import select

from calls.dispositions import NoServiceGround
from calls.keyed_dispositions import ServiceKey, keep
from calls.store import OUTGOING, CallRow, Leg
from demo.claims import Claims
from demo.conversation import INVITATIONS
from demo.officers import Officers, officers
from demo.phone import behaviour
from demo.story import KnownCall, RecordedFile, RungOfficer
from demo.trial import Hotline, place_call
from hotline import clock
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.staff.store import agents
from ivr.numerals import Language
from ops.pbx.asterisk import running
from ops.wiring import House
from recordings.store import Recording

NUMBERS = tuple(f"09123456{number}" for number in range(78, 98))
"""Numbers that trial calls come from unless told otherwise, each one call at a time."""
LONGEST = 180.0
"""Seconds after which the caller of a trial call hangs up."""


@dataclass(frozen=True)
class Phones:
    """Parts of a trial call: the caller's number, agents' and officers' phones as they were written."""

    caller: str | None
    """None: one that no other trial call has now."""
    agents: str | None = None
    officers: str = ""
    keys_as_info: bool = False


def trial(house: House, number: str, keys: str, phones: Phones, *, as_json: bool) -> int:
    """Place the call, tell its story while it goes on; 0 when the call was served.

    Raises AsteriskNotRunning, BadTrial.
    """
    running(house.settings).rx("core show uptime")  # else the caller rings half a minute at nothing
    with TemporaryDirectory(prefix="hotline-call-") as scratch, _in_words(), _claims(house) as claims:
        told = officers(phones.officers)
        caller = claims.first(NUMBERS) if phones.caller is None else phones.caller
        city = (
            Officers(house.settings.officers_contact, told, Path(scratch), caller) if told else nullcontext()
        )
        with city:
            story = place_call(
                number,
                keys,
                hotline=replace(this_hotline(house, Path(scratch)), claims=claims),
                caller=caller,
                at_agent=behaviour(phones.agents) if phones.agents else None,
                info=phones.keys_as_info,
                longest=LONGEST,
                find_record=lambda who, since: find_record(house, who, since),
                tell=lambda line: click.echo(line, err=as_json),
            )
    if phones.agents and story.record:
        _close(house, story.record)
    click.echo(story.as_json() if as_json else story.verdict())
    return 0 if story.served else 1


def _close(house: House, record: KnownCall) -> None:
    """Say for the agent's program that the call was a test: on no list, and the phone is free."""
    with transaction(house.factory) as session:
        keep(session, ServiceKey(record.agent, None, NoServiceGround.TEST, clock.now()))


def _claims(house: House) -> Claims:
    return Claims(house.settings.home / "run" / "trials")


class BadTrial(HotlineError, code="bad-trial"):
    """A call that cannot be played as it was described."""

    detail: str


@contextmanager
def _in_words() -> Iterator[None]:
    """Tell what was written wrongly, or an address that is in use, as a sentence."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise BadTrial(str(error)) from error


def this_hotline(house: House, scratch: Path) -> Hotline:
    """The running system as its settings describe it."""
    folder, menus = house.settings.prompts, house.books.book().menus
    return Hotline(
        sip=f"{house.settings.sip_address}:{house.settings.sip_port}",
        prompts={str(path.relative_to(folder).with_suffix("")): path for path in folder.glob("*/*.wav")},
        menus={
            **{name: [key.say.id for key in menu.keys if key.say] for name, menu in menus.menus.items()},
            "queue": ["V-04.busy", "V-04.hold"],
            "own-number": ["own-number", "own-number.confirm"],
            "wanted-number": ["ask-number.wanted"],
            "number": ["ask-number"],
            "other-number": ["ask-number.other"],
            "wrong-number": ["number-wrong"],
            "taken-number": ["number-taken"],
            "confirm-number": ["number-confirm"],
            "message": [*INVITATIONS],
            "extension": ["ask-extension"],
            "case": ["ask-case"],
            "case-told": ["case-next"],
            "code": ["ask-code"],
            "cancel": ["V-17.confirm"],
            "cancel-late": ["V-17.late"],
        },
        agents=accounts(house.factory),
        home=scratch,
        words=lambda name: _words(house, name),
    )


def _words(house: House, name: str) -> str:
    language, _, prompt = name.partition("/")
    return house.catalogue.text(prompt, Language(language)) if prompt in house.catalogue else ""


def accounts(factory: Sessions) -> dict[str, str]:
    """Agents' phones and their passwords."""
    with transaction(factory) as session:
        return {agent.phone: agent.secret for agent in agents(session)}


def find_record(house: House, caller: str, since: datetime) -> KnownCall | None:
    """The first call of this caller since that moment, as the database has it now."""
    began = select(CallRow).where(CallRow.started_at >= since, CallRow.line != OUTGOING)
    with transaction(house.factory) as session:
        since_then = session.scalars(began.order_by(CallRow.started_at))
        rows = [row for row in since_then if same_caller(row.caller, caller)]
        if not rows:
            return None
        row = rows[0]
        files = session.scalars(select(Recording).where(Recording.call_id == row.id)).all()
        rung = select(Leg).where(Leg.call_id == row.id, Leg.extension != "").order_by(Leg.started_at)
        legs = session.scalars(rung).all()
        folders = house.folders
        return KnownCall(
            row.id,
            row.outcome,
            row.end_reason,
            row.language,
            row.queue_seconds,
            row.agent,
            row.talk_seconds,
            tuple(RecordedFile(f.direction, folders.of(f.direction) / f.path, f.sha256) for f in files),
            tuple(
                RungOfficer(
                    leg.extension, leg.kind, leg.outcome, leg.ring_seconds or 0.0, leg.talk_seconds or 0.0
                )
                for leg in legs
            ),
        )


def same_caller(stored: str, dialled: str) -> bool:
    """Tell whether a stored number is the one the call was placed from, in national form or E.164."""
    if not dialled:
        return stored == "anonymous"
    return stored == dialled or stored.removeprefix("+886") == dialled.removeprefix("0")
