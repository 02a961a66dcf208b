"""Filing: the checks of P5.0-c in their order, the number, and what the first moves set going."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases import drafts, telling
from hotline.cases.drafts import DraftFields, Parsed, competent
from hotline.cases.events import told
from hotline.cases.false_reports import is_blocked
from hotline.cases.find import is_same_place, near, open_of_phone
from hotline.cases.moving import Moving, follow, standing_agency, unchanged
from hotline.cases.numbers import new_number, parsed, shown
from hotline.cases.protocols import Category
from hotline.cases.rules import CaseKind, CaseState, Move, row_of
from hotline.cases.store import Case
from hotline.cases.words import CaseWordMissing, Needed, PetitionGround, ReplyWay, Words
from hotline.db import locked
from hotline.errors import HotlineError, existing
from hotline.outbound_calls.gate import VerificationState
from hotline.outbound_calls.rules import OutboundState, Purpose
from hotline.outbound_calls.service import placed, rings
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.outbox.smtp import ADDRESS
from hotline.permissions import Action
from hotline.phones import PhoneKind, phone
from hotline.staff.service import permitted

ATTACHED: Final = "attached"
"""Kind of the event on a lead case that another's report was attached to it."""
_OUR_OWN: Final = frozenset((PhoneKind.NONE, PhoneKind.HIDDEN, PhoneKind.SHORT, PhoneKind.PREMIUM))
Check = Literal["", "words", "gate", "own", "place", "name", "notify"]
"""What has to be settled before a draft is filed, in the order of P5.0-c."""


class NotConfirmed(HotlineError, code="not-confirmed"):
    """A matter that touches a particular person, whose petitioner has not been called back yet (P8.2)."""


class NeedsDecision(HotlineError, code="case-needs-decision", varies_by="whose"):
    """Open cases that may be the same matter: the agent decides (P7.2, P5.0-c)."""

    whose: Literal["own", "other"]
    numbers: tuple[str, ...]


class NeedsName(HotlineError, code="quick-needs-name"):
    """An unnamed report that quick service does not take; a petition may be offered (P5.4.11, V-14)."""


class NotifyFirst(HotlineError, code="notify-first"):
    """A notify case whose agency was not phoned, or of which nobody is named who took the report (P5.3-a)."""


class FiledOutside(HotlineError, code="filed-outside"):
    """A late entry for a time to come, or before the agency was notified."""

    at: datetime


class CannotAttach(HotlineError, code="cannot-attach"):
    """A case to which this report does not belong, or that is over."""

    number: str


class NoSuchCategory(HotlineError, code="no-such-category"):
    """A code that is no category's now."""

    category: str


class NotReachable(HotlineError, code="not-reachable", varies_by="field"):
    """A contact at which nobody can be reached, or the one by which the reply is wanted, left out."""

    field: Literal["phone", "mobile", "email", "letter_to"]


class OutsideCity(HotlineError, code="outside-city"):
    """A point that does not lie in the city."""


@dataclass(frozen=True, slots=True)
class Examination:
    """A draft as filing would find it. ``first``: what is to be settled before anything else."""

    first: Check
    missing: tuple[Needed, ...]
    gate: VerificationState
    own_open: Sequence[Case]
    same_place: Sequence[Case]
    is_blocked: bool
    must_be_named: bool
    kind: CaseKind
    """What it would become now."""
    ground: PetitionGround | None
    """Why a quick category makes a petition."""


class CaseFiling:
    """Makes drafts and files them (P5.0)."""

    def __init__(
        self, moving: Moving, parsed: Parsed, in_city: Callable[[float, float], bool] = lambda *_point: True
    ) -> None:
        self._moving, self._parsed, self._in_city = moving, parsed, in_city

    def draft(self, session: Session, fields: DraftFields, by: str, at: datetime, call_id: str = "") -> Case:
        """Begin a draft; of a call, if named. Raises NotPermitted, UnfitText, NotAPoint."""
        known = self._moving.categories.at(session, at)
        return drafts.begin(session, fields, known, self._parsed, by, at, call_id)

    def save(
        self,
        session: Session,
        case_id: int,
        fields: DraftFields,
        by: str,
        at: datetime,
        version: int | None = None,
    ) -> Case:
        """Save a draft as it is. Raises NotPermitted, NoSuchDraft, CaseNotNow, ChangedMeanwhile, UnfitText."""
        known = self._moving.categories.at(session, at)
        return drafts.change(session, case_id, fields, known, self._parsed, by, at, version)

    def notify(self, session: Session, case_id: int, placed_call: int, by: str, at: datetime) -> Case:
        """Say that the agency is being phoned for a draft: it is a notify case from here on (P5.3-a).

        Raises NoSuchDraft, CaseNotNow, NotPermitted, NoSuchPlaced, NotifyFirst.
        """
        permitted(session, by, Action.CASE_FILE, at)
        row = drafts.draft(session, case_id)
        call = placed(session, placed_call)
        if call.purpose != Purpose.NOTIFY or (call.call_id and row.call_id and call.call_id != row.call_id):
            raise NotifyFirst
        row.kind, row.agency = CaseKind.NOTIFY, row.agency or call.agency
        step = row_of(row.case_kind, row.case_state, Move.NOTIFY)
        return self._moving.perform(session, row, step, Words(placed_call=call.id), by, at)

    def examine(self, session: Session, row: Case, at: datetime, *, as_petition: bool = False) -> Examination:
        """What stands between a draft and its number, in the order of P5.0-c; changes nothing."""
        category = self._moving.categories.at(session, at).get(row.category)
        kind, ground = self._kind(session, row, category, as_petition, at)
        own = [one for one in open_of_phone(session, row.phone) if one.id != row.id] if row.phone else []
        there = [one for one in near(session, row) if not row.phone or one.phone != row.phone]
        seen = Examination(
            "",
            _missing(row, kind),
            _gate(_verification(session, row), row),
            own,
            there,
            ground is PetitionGround.BLOCKED,
            kind is CaseKind.QUICK and not row.name and not row.is_safety,
            kind,
            ground,
        )
        return _settled(seen, row, session)

    def file(
        self,
        session: Session,
        case_id: int,
        by: str,
        at: datetime,
        *,
        version: int | None = None,
        attach_to: str = "",
        is_another: bool = False,
        as_petition: bool = False,
        phoned_at: datetime | None = None,
    ) -> Case:
        """File a draft: one transaction for number, event, deadlines and messages. NOT_FILED comes back, without
        a number, for a petitioner whose identity was not confirmed (P8.2).

        ``attach_to``: another citizen's open case of the same matter; ``is_another``: the agent says that it is
        a matter of its own; ``as_petition``: the unnamed caller agreed; ``phoned_at``: the true time of what is
        entered after an outage (P5.4.3).

        Raises NotPermitted, NoSuchDraft, CaseNotNow, ChangedMeanwhile, CaseWordMissing, NotReachable,
        OutsideCity, NotConfirmed, NeedsDecision, CannotAttach, NeedsName, NotifyFirst, FiledOutside,
        NoSuchCategory, NoSuchAgency, NumbersUsedUp.
        """
        permitted(session, by, Action.CASE_FILE, at)
        row = drafts.draft(session, case_id)
        unchanged(row, version)
        self._fit(session, row, at, phoned_at)
        seen = self.examine(session, row, at, as_petition=as_petition)
        if seen.missing:
            raise CaseWordMissing(seen.missing[0])
        if seen.gate is VerificationState.FAILED:
            return self._refuse(session, row, by, at)
        if seen.gate is VerificationState.PENDING:
            raise NotConfirmed
        if attach_to:
            return self._attach(session, row, attach_to, seen, by, at, phoned_at)
        if not is_another:
            _refuse_undecided(seen, row)
        if seen.must_be_named:
            raise NeedsName
        return self._filed(session, row, seen, by, at, phoned_at)

    def _fit(self, session: Session, row: Case, at: datetime, phoned_at: datetime | None) -> None:
        """Refuse what no case may hold."""
        if row.category and row.category not in self._moving.categories.at(session, at):
            raise NoSuchCategory(row.category)
        if (
            row.latitude is not None
            and row.longitude is not None
            and not self._in_city(row.latitude, row.longitude)
        ):
            raise OutsideCity
        if phoned_at and phoned_at > at:
            raise FiledOutside(at)
        _reachable(row)

    def _kind(
        self, session: Session, row: Case, category: Category | None, as_petition: bool, at: datetime
    ) -> tuple[CaseKind, PetitionGround | None]:
        if row.kind == CaseKind.NOTIFY:
            return CaseKind.NOTIFY, None
        kind = drafts.kind_of(category)
        if kind is not CaseKind.QUICK:
            return kind, None
        if is_blocked(session, row, self._moving.limits.false_limit, at):
            return CaseKind.PETITION, PetitionGround.BLOCKED
        if as_petition and not row.name and not row.is_safety:
            return CaseKind.PETITION, PetitionGround.ANONYMOUS
        return kind, None

    def _refuse(self, session: Session, row: Case, by: str, at: datetime) -> Case:
        """Keep the refusal, and nothing about an accused person (P8.2)."""
        found = _verification(session, row)
        row.verification_id = found.id if found else row.verification_id
        row.matter = row.place = row.place_key = row.district = ""
        row.latitude = row.longitude = None
        ground = found.ground if found else ""
        step = row_of(row.case_kind, row.case_state, Move.REFUSE_FILING)
        return self._moving.perform(session, row, step, Words(reason=ground), by, at)

    def _filed(
        self,
        session: Session,
        row: Case,
        seen: Examination,
        by: str,
        at: datetime,
        phoned_at: datetime | None,
    ) -> Case:
        row.kind, row.petition_ground = seen.kind, seen.ground or ""
        self._competent(session, row, at)
        if seen.kind is CaseKind.NOTIFY:
            self._notified(session, row, by, at, phoned_at or at)
        self._number(session, row, by, at, phoned_at)
        step = row_of(row.case_kind, row.case_state, Move.FILE)
        words = Words(
            agency=row.agency, section=row.section, ground=row.petition_ground, by_phone_at=phoned_at
        )
        self._moving.perform(session, row, step, words, by, at, begins_at=row.filed_at)
        if row.kind == CaseKind.PETITION and row.agency:
            step = row_of(row.case_kind, row.case_state, Move.ROUTE)
            words = Words(agency=row.agency, section=row.section)
            self._moving.perform(session, row, step, words, by, at, begins_at=row.filed_at)
        return row

    def _number(self, session: Session, row: Case, by: str, at: datetime, phoned_at: datetime | None) -> None:
        found = _verification(session, row)
        row.verification_id = found.id if found else None
        row.filed_at, row.filed_by, row.entered_late = phoned_at or at, by, phoned_at is not None
        row.number = new_number(session, at)

    def _competent(self, session: Session, row: Case, at: datetime) -> None:
        """Give it to the category's agency of that district, as that stands today; keep the version it has."""
        category = self._moving.categories.at(session, at).get(row.category)
        if category:
            row.category_row = category.row_id
            row.agency, row.section = competent(category, row.district)
        if row.agency:
            there = standing_agency(session, row.agency, at)
            row.agency, row.section = there, row.section if there == row.agency else ""

    def _notified(self, session: Session, row: Case, by: str, at: datetime, filed_at: datetime) -> None:
        """Take over who took the report, and when; or that the whole list was rung in vain (P5.3-a)."""
        call = session.get(PlacedCall, row.placed_call_id) if row.placed_call_id else None
        if row.state == CaseState.DRAFT or call is None:
            raise NotifyFirst
        match OutboundState(call.state):
            case OutboundState.NOTIFIED if call.person and call.notified_at:
                row.notified_at, row.notified_person, row.not_reached = call.notified_at, call.person, False
            case OutboundState.UNREACHED:
                tried = [one.at for one in rings(session, call)]
                row.notified_at, row.not_reached = max(tried, default=call.ended_at or call.placed_at), True
            case _:
                raise NotifyFirst
        if row.notified_at and row.notified_at > filed_at:
            raise FiledOutside(row.notified_at)
        if not row.not_reached and row.state == CaseState.NOTIFYING:
            step = row_of(row.case_kind, row.case_state, Move.REACHED)
            self._moving.perform(session, row, step, Words(), by, at)

    def _attach(
        self, session: Session, row: Case, number: str, seen: Examination, by: str, at: datetime,
        phoned_at: datetime | None,
    ) -> Case:  # fmt: skip
        """Attach a report to another citizen's case: its own number and contact, the lead's course (P5.0-c)."""
        known = {one.number: one for one in (*seen.same_place, *seen.own_open)}
        chosen = existing(known.get(parsed(number)), CannotAttach(number))
        lead = locked(session, Case, chosen.lead_id or chosen.id)
        if lead is None or lead not in near(session, row):
            raise CannotAttach(number)
        before = row.case_state
        self._number(session, row, by, at, phoned_at)
        row.lead_id, row.category_row = lead.id, lead.category_row
        follow(session, row, lead, Move.FILE, before, by, at)
        told(
            session,
            lead,
            by,
            ATTACHED,
            lead.state,
            at,
            detail={"report": row.number, "is_safety": row.is_safety},
        )
        lead.version += 1
        session.flush()
        telling.tell_citizen(session, row, telling.FILED, telling.event_of(row, Move.FILE), at)
        return row


def _verification(session: Session, row: Case) -> CallerVerification | None:
    """The check of this draft's petitioner: the one named, else the latest of the call that no other case has."""
    if row.verification_id:
        return session.get(CallerVerification, row.verification_id)
    if not row.call_id:
        return None
    taken = select(Case.verification_id).where(Case.verification_id.is_not(None), Case.call_id == row.call_id)
    free = select(CallerVerification).where(
        CallerVerification.call_id == row.call_id, CallerVerification.id.not_in(taken)
    )
    return session.scalars(free.order_by(CallerVerification.id.desc()).limit(1)).first()


def _gate(found: CallerVerification | None, row: Case) -> VerificationState:
    """The gate of P8.2; what touches a particular person waits until the petitioner was called back."""
    if found is None or found.state == VerificationState.NOT_NEEDED:
        return VerificationState.PENDING if row.touches else VerificationState.NOT_NEEDED
    return VerificationState(found.state)


def _missing(row: Case, kind: CaseKind) -> tuple[Needed, ...]:
    wanted: Mapping[Needed, object] = {"matter": row.matter}
    if kind is CaseKind.QUICK:
        wanted = {"category": row.category, **wanted, "place": row.place or row.latitude}
    if kind is CaseKind.NOTIFY:
        wanted = {**wanted, "agency": row.agency or row.category}
    return tuple(name for name, value in wanted.items() if not value)


def _reachable(row: Case) -> None:
    """Refuse contacts that cannot be used, and a reply wanted by one that is not there (P5.0-b)."""
    if row.phone and phone(row.phone).kind in _OUR_OWN:
        raise NotReachable("phone")
    if row.email and not ADDRESS.fullmatch(row.email):
        raise NotReachable("email")
    match ReplyWay(row.reply_way):
        case ReplyWay.SMS if not (row.phone and phone(row.phone).takes_sms):
            raise NotReachable("mobile")
        case ReplyWay.EMAIL if not row.email:
            raise NotReachable("email")
        case ReplyWay.PHONE if not row.phone:
            raise NotReachable("phone")
        case ReplyWay.LETTER if not row.letter_to:
            raise NotReachable("letter_to")
        case _:
            pass


def is_like(one: Case, row: Case) -> bool:
    """Tell whether an open case of the same caller may be this matter: its category, or its place."""
    return bool(row.category and one.category == row.category) or is_same_place(one, row)


def _settled(seen: Examination, row: Case, session: Session) -> Examination:
    """Say what is first to be settled."""
    like = any(is_like(one, row) for one in seen.own_open)
    notify = seen.kind is CaseKind.NOTIFY and not _is_notified(session, row)
    found: dict[Check, object] = {
        "words": seen.missing,
        "gate": seen.gate in (VerificationState.PENDING, VerificationState.FAILED),
        "own": like,
        "place": seen.same_place,
        "name": seen.must_be_named,
        "notify": notify,
    }
    first: Check = next((name for name, is_so in found.items() if is_so), "")
    return Examination(
        first, seen.missing, seen.gate, seen.own_open, seen.same_place, seen.is_blocked, seen.must_be_named, seen.kind,
        seen.ground,
    )  # fmt: skip


def _is_notified(session: Session, row: Case) -> bool:
    call = session.get(PlacedCall, row.placed_call_id) if row.placed_call_id else None
    return call is not None and call.state in (OutboundState.NOTIFIED, OutboundState.UNREACHED)


def _refuse_undecided(seen: Examination, row: Case) -> None:
    own = [one for one in seen.own_open if is_like(one, row)]
    if own:
        raise NeedsDecision("own", tuple(shown(one.number or "") for one in own))
    if seen.same_place:
        raise NeedsDecision("other", tuple(shown(one.number or "") for one in seen.same_place))
