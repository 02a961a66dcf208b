"""Filing: the number, and what the first moves set going; after the checks of ``examining``."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from hotline.cases import drafts, telling
from hotline.cases.drafts import DraftFields, Parsed
from hotline.cases.events import told
from hotline.cases.examining import Examination, examine, reachable, refuse_undecided, verification
from hotline.cases.find import near
from hotline.cases.incoming import NOBODYS
from hotline.cases.moving import Moving, NoSuchAgency, follow, heir, unchanged
from hotline.cases.numbers import new_number, parsed
from hotline.cases.rules import CaseKind, CaseState, Move, row_of
from hotline.cases.store import Case
from hotline.cases.words import CaseWordMissing, CaseWords
from hotline.categories.service import UnknownCategory
from hotline.db import locked, one_at_a_time
from hotline.errors import HotlineError, existing
from hotline.outbound_calls.gate import VerificationState
from hotline.outbound_calls.rules import OutboundState, Purpose
from hotline.outbound_calls.service import placed, rings
from hotline.outbound_calls.store import PlacedCall
from hotline.permissions import Action
from hotline.staff.service import permitted

ENTERED_WITHIN: Final = timedelta(days=30)
"""So long after a call it is entered at the latest: an earlier time is mistyped."""
ATTACHED: Final = "attached"
"""Kind of the event on a lead case that another's report was attached to it."""


class NotConfirmed(HotlineError, code="not-confirmed"):
    """A matter that touches a particular person, whose petitioner has not been called back yet (P8.2)."""


class NeedsName(HotlineError, code="quick-needs-name"):
    """An unnamed report that quick service does not take; a petition may be offered (P5.4.11, V-14)."""


class NotifyFirst(HotlineError, code="notify-first"):
    """A notify case whose agency was not phoned, or of which nobody is named who took the report (P5.3-a)."""


class FiledOutside(HotlineError, code="filed-outside"):
    """A late entry for a time to come, before the agency was notified, or long ago."""

    at: datetime


class CannotAttach(HotlineError, code="cannot-attach"):
    """A case to which this report does not belong, or that is over."""

    number: str


class CaseFiling:
    """Makes drafts and files them (P5.0)."""

    def __init__(self, moving: Moving, parsed: Parsed) -> None:
        self._moving, self._parsed = moving, parsed

    def draft(self, session: Session, fields: DraftFields, by: str, at: datetime, call_id: str = "") -> Case:
        """Begin a draft; of a call, if named. Raises NotPermitted, UnfitText, NotAPoint."""
        known = self._moving.categories.at(session, at)
        return drafts.begin(session, fields, known, self._parsed, by, at, call_id)

    def receive(self, session: Session, fields: DraftFields, by: str, at: datetime) -> Case:
        """Begin a draft of what a program sends: nobody's, until an agent takes it.

        Raises NotPermitted, UnfitText, NotAPoint, UnknownCategory, NotReachable, what ``parsed`` refuses.
        """
        row = self.draft(session, fields, by, at)
        self._fit(session, row, at, None)
        row.drafted_by = NOBODYS
        return row

    def save(
        self,
        session: Session,
        case_id: int,
        fields: DraftFields,
        by: str,
        at: datetime,
        version: int | None = None,
    ) -> Case:
        """Save a draft as it is. Raises NotPermitted, NoSuchDraft, CaseNotNow, CaseChanged, UnfitText."""
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
        return self._moving.perform(session, row, step, CaseWords(placed_call=call.id), by, at)

    def examine(self, session: Session, row: Case, at: datetime, *, as_petition: bool = False) -> Examination:
        """What stands between a draft and its number, in the order of P5.0-c; changes nothing."""
        category = self._moving.categories.at(session, at).get(row.category)
        limit = self._moving.limits.false_limit
        return examine(session, row, category, limit, at, as_petition=as_petition)

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
        """File a draft: one transaction for number, event, deadlines and messages. NOT_FILED comes back,
        without a number, for a petitioner whose identity was not confirmed (P8.2).

        ``attach_to``: another citizen's open case of the same matter; ``is_another``: the agent says that
        it is a matter of its own; ``as_petition``: the unnamed caller agreed; ``phoned_at``: the true time
        of what is entered after an outage (P5.4.3).

        Raises NotPermitted, NoSuchDraft, CaseNotNow, CaseChanged, CaseWordMissing, NotReachable,
        what ``parsed`` refuses, NotConfirmed, NeedsDecision, CannotAttach, NeedsName, NotifyFirst,
        FiledOutside, UnknownCategory, NoSuchAgency, NumbersUsedUp.
        """
        permitted(session, by, Action.CASE_FILE, at)
        row = drafts.draft(session, case_id)
        unchanged(row, version)
        self._fit(session, row, at, phoned_at)
        one_at_a_time(session, f"case:{row.category}:{row.district}")  # of two reports, one sees the other
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
            refuse_undecided(seen, row)
        if seen.must_be_named:
            raise NeedsName
        return self._filed(session, row, seen, by, at, phoned_at)

    def _fit(self, session: Session, row: Case, at: datetime, phoned_at: datetime | None) -> None:
        """Refuse what no case may hold; a draft may."""
        if row.category and row.category not in self._moving.categories.at(session, at):
            raise UnknownCategory(row.category)
        drafts.locate(row, self._parsed)
        if phoned_at and not at - ENTERED_WITHIN <= phoned_at <= at:
            raise FiledOutside(at)
        reachable(row)

    def _refuse(self, session: Session, row: Case, by: str, at: datetime) -> Case:
        """Keep the refusal, and nothing about an accused person (P8.2)."""
        found = verification(session, row)
        row.verification_id = found.id if found else row.verification_id
        row.matter = row.place = row.place_key = row.district = ""
        row.latitude = row.longitude = None
        ground = found.ground if found else ""
        step = row_of(row.case_kind, row.case_state, Move.REFUSE_FILING)
        return self._moving.perform(session, row, step, CaseWords(reason=ground), by, at)

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
        words = CaseWords(
            agency=row.agency,
            section=row.section,
            ground=row.petition_ground,
            channel=telling.number_by(row),
            by_phone_at=phoned_at,
        )
        self._moving.perform(session, row, step, words, by, at, begins_at=row.filed_at)
        if row.kind == CaseKind.PETITION or not (row.agency or row.kind == CaseKind.QUICK):
            step = row_of(row.case_kind, row.case_state, Move.ROUTE if row.agency else Move.UNROUTED)
            words = CaseWords(agency=row.agency, section=row.section)
            self._moving.perform(session, row, step, words, by, at, begins_at=row.filed_at)
        return row

    def _number(self, session: Session, row: Case, by: str, at: datetime, phoned_at: datetime | None) -> None:
        found = verification(session, row)
        row.verification_id = found.id if found else None
        row.filed_at, row.filed_by, row.entered_late = phoned_at or at, by, phoned_at is not None
        row.number = new_number(session, at)

    def _competent(self, session: Session, row: Case, at: datetime) -> None:
        """Give it to the category's agency of that district, as it stands now; keep the version it has. Where
        that one ended, or there is none, a notify case is the phoned agency's, and others are no agency's.

        Raises NoSuchAgency for one that was typed.
        """
        category = self._moving.categories.at(session, at).get(row.category)
        owner, section = category.in_charge(row.district) if category else (row.agency, row.section)
        row.category_row = category.row_id if category else row.category_row
        there = heir(session, owner, at) if owner else ""
        if not there and row.placed_call_id:
            phoned = session.get_one(PlacedCall, row.placed_call_id).agency
            there = heir(session, phoned, at) if phoned else ""
        if owner and not (there or category):
            raise NoSuchAgency(owner)
        row.agency, row.section = there, section if there == owner else ""

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
            who = call.who_answered
            words = CaseWords(officer=call.person, officer_phone=who.number if who else "")
            self._moving.perform(session, row, step, words, by, at)

    def _attach(
        self,
        session: Session,
        row: Case,
        number: str,
        seen: Examination,
        by: str,
        at: datetime,
        phoned_at: datetime | None,
    ) -> Case:
        """Attach a report to another citizen's case: its own number and contact, the lead's course."""
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
