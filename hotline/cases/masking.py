"""Masking of a case when its period is over: contact, place, text and photographs, each by itself (P4.12).

Number, kind, category, agency, district, states, limits and dates stay, and of each event who did what and
when: reports are the same before and after.
What was never filed is no case file: it goes like the call that it came from.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from hotline.cases.referrals import STANDING
from hotline.cases.rules import OPEN_STATES, UNFILED, CaseState
from hotline.cases.store import (
    Case,
    CaseEvent,
    CasePhoto,
    CasePlaceWord,
    Referral,
    ReferralHandover,
    ViolationLetter,
)
from hotline.db import execute
from hotline.keys import data_keys
from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import Empty, MaskRule, blank, emptied, empty_events

OVER: Final = func.coalesce(Case.closed_at, Case.cancelled_at, Case.done_at, Case.filed_at, Case.drafted_at)
"""Since when a case is over that is not open; of what was never filed, since it was drafted."""
_LEAD: Final = aliased(Case)


def is_needed(_session: Session) -> ColumnElement[bool]:
    """Condition that a case is open, a complaint or a review too, that it is attached to one that is, or
    that a legal hold keeps it.
    """
    lead_is_open = exists().where(_LEAD.id == Case.lead_id, _LEAD.state.in_(OPEN_STATES))
    return or_(
        Case.state.in_(OPEN_STATES),
        lead_is_open,
        is_held(HeldRecord.CASE, Case.number),
        is_held(HeldRecord.CALL, Case.call_id),
    )


def _empty_contact(session: Session, ids: Sequence[int], _at: datetime) -> None:
    columns = blank(*"name phone email letter_to code_digest notified_person reply_phone".split())
    emptied(session, Case.id, ids, columns)


def _empty_place(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, Case.id, ids, blank("place", "place_key") | {"latitude": None, "longitude": None})
    execute(session, delete(CasePlaceWord).where(CasePlaceWord.case_id.in_(ids)))


def _empty_text(session: Session, ids: Sequence[int], _at: datetime) -> None:
    words = blank("matter", "result", "no_photo", "late_reason", "late_analysis", "prevention")
    emptied(session, Case.id, ids, words)
    empty_events(session, CaseEvent, CaseEvent.case_id, ids)


def _empty_photos(session: Session, ids: Sequence[int], at: datetime) -> None:
    """Destroy the pictures with their keys; the hash of each stays."""
    keys = select(CasePhoto.key_id).where(CasePhoto.case_id.in_(ids), CasePhoto.key_id != "")
    data_keys.destroy(session, session.scalars(keys), at)
    emptied(session, CasePhoto.case_id, ids, {"image": b"", "is_released": False})


def _part(kind: RetentionKind, masked_at: InstrumentedAttribute[Any], empty: Empty) -> MaskRule:
    return MaskRule(
        kind, Case.id, OVER, masked_at, is_needed, empty, since=Case.drafted_at, named=Case.number
    )


def _empty_referrals(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, Referral.id, ids, blank("complainant", "phone", "wish", "end_reason"))
    emptied(session, ReferralHandover.referral_id, ids, blank("what", "to"))


def _empty_letters(session: Session, ids: Sequence[int], _at: datetime) -> None:
    place = {"latitude": None, "longitude": None}
    emptied(session, ViolationLetter.id, ids, blank("reason", "place_key") | place)


def _empty_drafts(session: Session, ids: Sequence[int], at: datetime) -> None:
    for empty in (_empty_contact, _empty_place, _empty_text, _empty_photos):
        empty(session, ids, at)


DRAFTED: Final = case((Case.state.in_((*UNFILED, CaseState.NOT_FILED)), Case.drafted_at))
"""Since when a draft is one; null of a case that was filed."""


DRAFTS: Final = MaskRule(
    RetentionKind.CALLS,
    Case.id,
    DRAFTED,
    Case.contact_masked_at,
    is_needed,
    _empty_drafts,
    since=Case.drafted_at,
    named=Case.number,
)
PARTS: Final = (
    _part(RetentionKind.CASE_CONTACT, Case.contact_masked_at, _empty_contact),
    _part(RetentionKind.CASE_PLACE, Case.place_masked_at, _empty_place),
    _part(RetentionKind.CASE_TEXT, Case.text_masked_at, _empty_text),
    _part(RetentionKind.CASE_PHOTOS, Case.photos_masked_at, _empty_photos),
)
REFERRALS: Final = MaskRule(
    RetentionKind.CASE_CONTACT,
    Referral.id,
    Referral.ended_at,
    Referral.masked_at,
    lambda _session: Referral.state.in_(STANDING),
    _empty_referrals,
    since=Referral.asked_at,
)
LETTERS: Final = MaskRule(
    RetentionKind.CASE_TEXT,
    ViolationLetter.id,
    func.coalesce(ViolationLetter.lifted_at, ViolationLetter.ends_at),
    ViolationLetter.masked_at,
    lambda _session: false(),
    _empty_letters,
    since=ViolationLetter.registered_at,
)
RULES: Final = (DRAFTS, *PARTS, REFERRALS, LETTERS)
