"""Personal data of a citizen, by number: what is kept, until when, what a person may have erased and what is
withheld, and why (個人資料保護法 3, 10, 11).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import Session

from administration.retention_rules import MESSAGES
from administration.sound_retention import SoundRetention
from calls import masking as calls
from calls.store import CallRow
from hotline.callbacks.masking import PROMISES
from hotline.callbacks.store import Callback, CallbackLine
from hotline.callbacks.wishes import written_number
from hotline.cases import masking as cases
from hotline.cases.store import Case, Referral
from hotline.keys.finding import has
from hotline.ledger.audit import audit, subjects_of_number
from hotline.ledger.pseudonyms import CITIZEN
from hotline.legal_holds import HeldRecord, is_held
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.outbox.senders import FileSender
from hotline.outbox.service import letter_of
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Action
from hotline.retention.kinds import CASE_FILES, DeletionGround, Periods, RetentionKind
from hotline.retention.masking import Eraser, MaskRule
from hotline.special_callers.masking import ENTRIES
from hotline.special_callers.service import entries
from hotline.special_callers.store import SpecialEntry
from hotline.staff.service import permitted
from hotline.survey.masking import HELD as HELD_SURVEY
from hotline.survey.masking import SURVEYS
from hotline.survey.store import SurveyRow
from hotline.terms import named
from hotline.texts import fit
from hotline.video import masking as video
from hotline.video.store import ACCOUNT, SESSION, VideoAccount, VideoSession
from recordings.store import Recording

LONGEST_REASON: Final = 500
_SUBJECTS: Final[Mapping[str, Mapping[str, Any]]] = {
    CallRow.__tablename__: {"call": CallRow.id},
    CallerVerification.__tablename__: {"verification": CallerVerification.id},
    PlacedCall.__tablename__: {"placed": PlacedCall.id},
    Callback.__tablename__: {"callback": Callback.id},
    Case.__tablename__: {"case": Case.number, "case-draft": Case.id},
    Referral.__tablename__: {"referral": Referral.id},
    OutboxMessage.__tablename__: {"notice": OutboxMessage.id},
    SpecialEntry.__tablename__: {"special": SpecialEntry.id},
    VideoAccount.__tablename__: {ACCOUNT: VideoAccount.id},
    VideoSession.__tablename__: {SESSION: VideoSession.id},
    SurveyRow.__tablename__: {"survey": SurveyRow.id},
}
"""How rows of the audit log name records of a table, and by which of its columns."""


@named("withheld")
class Withheld(StrEnum):
    """Why something is not erased though a person asks for it."""

    HELD = "held"
    """A legal hold keeps it."""
    OPEN = "open"
    """Its matter is not over."""
    MINIMUM = "minimum"
    """The law has case files kept so long."""


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """One record of a person: its kind and name, of when, when it goes by itself, and why not before."""

    kind: RetentionKind
    record: str
    key: str
    at: datetime
    goes_at: datetime | None
    withheld: Withheld | None = None

    @property
    def subject_kind(self) -> str:
        """Kind of this record in the audit log's subjects; a case that was never filed is a draft."""
        kinds = tuple(_SUBJECTS.get(self.record, (self.record,)))
        return kinds[-1 if self.kind is RetentionKind.CALLS else 0]


@dataclass(frozen=True, slots=True)
class _Sought:
    """Where a number may stand: whose records, by which condition, and which of them are held."""

    rule: MaskRule
    is_of: ColumnElement[bool]
    held: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Answers a person's request; ``least``: time for which the law has case files kept; ``letters``: files
    of messages that this machine wrote.
    """

    periods: Callable[[], Periods]
    least: Callable[[], timedelta]
    eraser: Eraser
    sound: SoundRetention
    letters: FileSender | None = None

    def about(self, session: Session, number: str, at: datetime) -> list[PersonalRecord]:
        """List the records of a number, the latest first. Raises NumberMissing."""
        sent = written_number(number)
        found = [one for _sought, _key, one in self._found(session, sent, at)]
        found += [one for _row, one in self._sounds(session, sent, at)]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def tell(
        self, session: Session, number: str, reason: str, *, by: str, at: datetime
    ) -> list[PersonalRecord]:
        """The same for a person who asks; the asking is on record. Raises NotPermitted, NumberMissing,
        UnfitText.
        """
        permitted(session, by, Action.PERSONAL_ANSWER, at)
        found = self.about(session, number, at)
        self._record(session, number, "told", reason, {"records": len(found)}, by, at)
        return found

    def erase(
        self, session: Session, number: str, reason: str, *, by: str, at: datetime
    ) -> list[PersonalRecord]:
        """Erase what may be; what is left, and why. Audited.

        Raises NotPermitted, NumberMissing, UnfitText, NoDeletionLog.
        """
        permitted(session, by, Action.PERSONAL_ANSWER, at)
        done = 0
        for row, one in self._sounds(session, written_number(number), at):
            if one.withheld is None:
                self.sound.condemn(session, one.kind, [row], at, DeletionGround.ERASURE)
                done += 1
        chosen = dict[int, tuple[MaskRule, list[Any]]]()
        for sought, key, one in self._found(session, written_number(number), at):
            if one.withheld is None:
                chosen.setdefault(id(sought.rule), (sought.rule, []))[1].append(key)
        for rule, keys in chosen.values():
            if rule is MESSAGES and self.letters:
                for message in session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(keys))):
                    self.letters.forget(letter_of(message))
            done += self.eraser.erase(session, rule, keys, at)
        left = self.about(session, number, at)
        told = {"erased": done, "withheld": len(left)}
        self._record(session, number, "erased", reason, told, by, at)
        return left

    def _found(
        self, session: Session, number: str, at: datetime
    ) -> Iterator[tuple[_Sought, Any, PersonalRecord]]:
        periods = self.periods()
        for sought in _sought(session, number):
            rule = sought.rule
            since = rule.over if rule.since is None else rule.since
            name = rule.key if rule.named is None else rule.named
            asked = select(
                rule.key,
                name,
                since,
                rule.over,
                sought.held.label("held"),
                rule.needed(session).label("needed"),
            )
            for key, shown, begun, over, held, needed in session.execute(
                asked.where(sought.is_of, rule.masked_at.is_(None))
            ):
                why = self._why(rule.kind, over, at, held=bool(held), needed=bool(needed))
                goes_at = over + periods[rule.kind] if over and why is not Withheld.OPEN else None
                one = PersonalRecord(rule.kind, rule.record, str(shown or key), begun or at, goes_at, why)
                yield sought, key, one

    def _sounds(
        self, session: Session, number: str, at: datetime
    ) -> Iterator[tuple[Recording, PersonalRecord]]:
        """The sound of calls of a number."""
        periods, calling = self.periods(), select(CallRow.id).where(_called(number))
        for row, kind in self.sound.of_calls(session, session.scalars(calling).all()):
            call = literal(row.call_id)
            asked = select(
                is_held(HeldRecord.CALL, call).label("held"), calls.is_needed(session, call).label("needed")
            )
            held, needed = session.execute(asked).one()
            why = self._why(kind, row.ended_at, at, held=bool(held), needed=bool(needed))
            goes_at = row.ended_at + periods[kind] if row.ended_at and why is not Withheld.OPEN else None
            key = f"{row.call_id}/{row.direction}"
            yield row, PersonalRecord(kind, Recording.__tablename__, key, row.started_at, goes_at, why)

    def _why(
        self, kind: RetentionKind, over: datetime | None, at: datetime, *, held: bool, needed: bool
    ) -> Withheld | None:
        if held:
            return Withheld.HELD
        if needed or over is None:
            return Withheld.OPEN
        return Withheld.MINIMUM if kind in CASE_FILES and over + self.least() > at else None

    def _record(
        self,
        session: Session,
        number: str,
        did: str,
        reason: str,
        told: dict[str, int],
        by: str,
        at: datetime,
    ) -> None:
        said = fit("reason", reason, LONGEST_REASON)
        subject = f"{CITIZEN}:{written_number(number)}"
        audit(session, at, by, Action.PERSONAL_ANSWER, subject, after={"did": did, **told}, reason=said)


def _sought(session: Session, number: str) -> Iterator[_Sought]:
    """Everywhere that a number may stand, and what was placed or noted because of it."""
    of_call = select(CallRow.id).where(_called(number))
    of_check = select(CallerVerification.id).where(has(CallerVerification.number_hash, number))
    yield _Sought(calls.CALLS, _called(number), is_held(HeldRecord.CALL, CallRow.id))
    yield _Sought(
        calls.VERIFICATIONS,
        has(CallerVerification.number_hash, number),
        is_held(HeldRecord.CALL, CallerVerification.call_id),
    )
    placed = or_(PlacedCall.call_id.in_(of_call), PlacedCall.verification_id.in_(of_check))
    held = or_(is_held(HeldRecord.CALL, PlacedCall.call_id), is_held(HeldRecord.CALL, calls.OWN))
    yield _Sought(calls.PLACED, placed, held)
    held = or_(is_held(HeldRecord.CASE, Callback.case_number), is_held(HeldRecord.CALL, Callback.call_id))
    yield _Sought(PROMISES, _promised(number), held)
    yield from _of_cases(number)
    referred = has(Referral.phone_hash, number)
    yield _Sought(cases.REFERRALS, referred, cases.REFERRALS.needed(session))
    yield _Sought(MESSAGES, has(OutboxMessage.recipient_hash, number), MESSAGES.needed(session))
    listed = [entry.id for entry in entries(session) if number in entry.numbers]
    account = has(VideoAccount.contact_hash, number)
    yield _Sought(video.ACCOUNTS, account, video.HELD_ACCOUNT)
    yield _Sought(video.SESSIONS, _served(number), video.HELD)
    yield _Sought(SURVEYS, has(SurveyRow.asked_of, number), HELD_SURVEY)
    yield _Sought(ENTRIES, SpecialEntry.id.in_(listed), SpecialEntry.id.is_(None))


def _of_cases(number: str) -> Iterator[_Sought]:
    """A draft goes like the call that it came from, what was filed part by part."""
    held = or_(is_held(HeldRecord.CASE, Case.number), is_held(HeldRecord.CALL, Case.call_id))
    reported = has(Case.phone_hash, number)
    yield _Sought(cases.DRAFTS, and_(reported, cases.DRAFTED.is_not(None)), held)
    for part in cases.PARTS:
        yield _Sought(part, and_(reported, cases.DRAFTED.is_(None)), held)


def _called(number: str) -> ColumnElement[bool]:
    """Condition that a call came from a number, or was relayed for a sign-language account with it."""
    relayed = select(VideoSession.call_id).where(_served(number), VideoSession.call_id != "")
    return or_(has(CallRow.caller_hash, number), CallRow.id.in_(relayed))


def _served(number: str) -> ColumnElement[bool]:
    own = select(VideoAccount.id).where(has(VideoAccount.contact_hash, number))
    return VideoSession.account.in_(own)


def _promised(number: str) -> ColumnElement[bool]:
    """Condition that a promise is to a number, was given by it, or is being kept by a call to it."""
    up = select(CallbackLine.callback_id).where(has(CallbackLine.number, number))
    return or_(has(Callback.number_hash, number), has(Callback.given_by_hash, number), Callback.id.in_(up))


def about_citizen(session: Session, number: str) -> list[str]:
    """Everything of a number, as rows of the audit log name it: ``call:…``, ``case:…``, ``citizen:…``.

    Raises NumberMissing.
    """
    sent, found = written_number(number), dict[str, None]()
    for sought in _sought(session, sent):
        for kind, name in _SUBJECTS[sought.rule.record].items():
            rows = session.scalars(select(name).where(sought.is_of, name.is_not(None)))
            found |= dict.fromkeys(f"{kind}:{key}" for key in rows)
    return [*found, *subjects_of_number(session, sent)]
