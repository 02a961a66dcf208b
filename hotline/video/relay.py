"""A telephone call within a session: its interpreter rings somebody, and voices for the citizen (§14).

Whether it is recorded the citizen says on the screen, and a refusal holds for the session. The call itself is
Asterisk's, and on record as any other that 1999 places.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks.ownership import place_of
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import VIDEO, Wish
from hotline.db import locked
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.numbers import ANONYMOUS
from hotline.outbound_calls import service
from hotline.outbound_calls.caller_verification import Petitioner, affirm
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.rules import OWN_CALL, OutboundState, Purpose, Target
from hotline.outbound_calls.store import PlacedCall
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.video.accounts import contact_of
from hotline.video.line import UnknownVideoSession
from hotline.video.messages import NotRunning
from hotline.video.rules import SessionState
from hotline.video.store import VideoAccount, VideoSession

CONTACT: Final = "video-"
"""Before a session's number: its name where otherwise a call's stands, in placed calls and cases."""
RELAYED, ANSWERED = "video.relay", "video.recording"
"""The actions under which they stand in the audit log."""
LOOKED_BACK: Final = timedelta(days=1)
"""No session is longer."""
LANGUAGE: Final = "zh-TW"
"""In which who signs is written to."""


class RecordingAnswer(StrEnum):
    """What the citizen says of recording the telephone side."""

    UNASKED = ""
    ASKED = "asked"
    """The notice is on the citizen's screen."""
    AGREED = "agreed"
    REFUSED = "refused"
    """For the whole session."""


class RelayRuns(HotlineError, code="relay-runs"):
    """A session whose interpreter telephones already."""

    number: int


def own_call(number: int) -> str:
    """Name of a session where a call's would stand."""
    return f"{CONTACT}{number}"


def session_of(contact: str) -> int | None:
    """Number of the session that is named so; None for a call."""
    number = contact.removeprefix(CONTACT)
    is_one = number != contact and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if is_one else None


def served_as(session: Session, contact: str) -> VideoSession | None:
    """The session that is named where a call's name would stand."""
    number = session_of(contact)
    return session.get(VideoSession, number) if number is not None else None


def served(session: Session, number: int, by: str, at: datetime) -> VideoSession:
    """A session of an interpreter, locked. Raises NotPermitted, UnknownVideoSession, of another's too."""
    permitted(session, by, Action.VIDEO_SERVE, at)
    row = existing(locked(session, VideoSession, number), UnknownVideoSession(number))
    if row.interpreter != by:
        raise UnknownVideoSession(number)
    return row


def account_of(session: Session, row: VideoSession) -> VideoAccount:
    """The account of a session."""
    return session.get_one(VideoAccount, row.account)


def affirmed(
    session: Session, contact: str, touches: Touches, matter: str, *, by: str, at: datetime
) -> int | None:
    """Note that a citizen who signs under an approved account affirms it to the interpreter's face: the check
    of P8.2, which cannot be made by telephone; its number. None at a counter: nobody there has an account.

    Raises NotPermitted.
    """
    row = served_as(session, contact)
    if row is None or row.counter is not None:
        return None
    account = account_of(session, row)
    who = Petitioner(contact, account.contact, LANGUAGE, row.accepted_at or row.requested_at)
    return affirm(session, who, touches, matter, by=by, at=at).id


def begin(
    session: Session,
    number: int,
    targets: Sequence[Target],
    *,
    agency: str = "",
    extension: str = "",
    by: str,
    at: datetime,
) -> PlacedCall:
    """Begin a relayed call, on record before a ring; one at a time. The citizen is asked about recording.

    Raises NotPermitted, UnknownVideoSession, NotRunning, RelayRuns.
    """
    row = _running(served(session, number, by, at))
    if running(session, number, at):
        raise RelayRuns(number)
    phones = [one.as_row() for one in targets]
    whose = {"call_id": own_call(number), "agency": agency, "extension": extension}
    call = service.add_call(session, Purpose.RELAY, by, at, targets=phones, **whose)
    row.call_id = call.own_call
    _ask(row)
    after = {"placed": call.id, "agency": agency, "extension": extension, "recording": row.recording}
    audit(session, at, by, RELAYED, row.subject, after=after)
    return call


def ask(session: Session, number: int, *, by: str, at: datetime) -> None:
    """Show the citizen the notice of recording. Raises NotPermitted, UnknownVideoSession, NotRunning."""
    _ask(_running(served(session, number, by, at)))


def answer(session: Session, number: int, said: RecordingAnswer, at: datetime) -> RecordingAnswer:
    """What the citizen says of recording, and what holds: a refusal stays. Audited.

    Raises UnknownVideoSession, NotRunning.
    """
    row = _running(existing(locked(session, VideoSession, number), UnknownVideoSession(number)))
    if row.recording not in (RecordingAnswer.REFUSED, said):
        audit(session, at, row.asker, ANSWERED, row.subject, after={"recording": said})
        row.recording = said
    return RecordingAnswer(row.recording)


def relays(session: Session, number: int) -> list[PlacedCall]:
    """The telephone calls of a session, in order."""
    return [one for one in service.of_call(session, own_call(number)) if one.purpose == Purpose.RELAY]


def running(session: Session, number: int, at: datetime) -> PlacedCall | None:
    """The telephone call that a session's interpreter is in."""
    return next((one for one in reversed(relays(session, number)) if is_up(one, at)), None)


def is_up(call: PlacedCall, at: datetime) -> bool:
    """Tell whether a call goes on; one that nobody said is over is forgotten after a while."""
    goes_on = call.state in (OutboundState.CALLING, OutboundState.ANSWERED) and call.ended_at is None
    return goes_on and call.placed_at > at - service.LONGEST


def with_call(session: Session, at: datetime) -> list[tuple[VideoSession, PlacedCall]]:
    """Sessions in whose telephone call somebody may still be, each with that call."""
    lately = VideoSession.requested_at > at - LOOKED_BACK, VideoSession.call_id != ""
    found = {
        row.call_id.removeprefix(OWN_CALL): row
        for row in session.scalars(select(VideoSession).where(*lately))
    }
    calls = session.scalars(select(PlacedCall).where(PlacedCall.token.in_(found))) if found else ()
    return [(found[one.token], one) for one in calls if is_up(one, at)]


def promise(
    session: Session,
    callbacks: Callbacks,
    number: int,
    *,
    extension: str = "",
    matter: str,
    contact: str = "",
    by: str,
    at: datetime,
) -> Callback:
    """Promise an answer to who signs, by text: at the account's contact, or at a counter at the one given.

    Raises NotPermitted, UnknownVideoSession, UnfitContact, UnfitText.
    """
    row = served(session, number, by, at)
    account = account_of(session, row)
    where = account.contact or contact_of(contact)
    is_called = callbacks.dialling.refusal(where) is None
    wish = Wish(
        where if is_called else ANONYMOUS,
        LANGUAGE,
        VIDEO,
        place_of(session, extension, at),
        fit("matter", matter, service.LONGEST_MATTER),
        account.name if row.counter is None else "",
        without_number=not is_called,
        write_to=where,
    )
    return callbacks.open(session, wish, by, at)


def _running(row: VideoSession) -> VideoSession:
    if row.state != SessionState.ACTIVE:
        raise NotRunning(row.id)
    return row


def _ask(row: VideoSession) -> None:
    row.recording = row.recording or RecordingAnswer.ASKED
