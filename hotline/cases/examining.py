"""Examining a draft: the checks of P5.0-c in their order. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.drafts import kind_of
from hotline.cases.false_reports import is_blocked
from hotline.cases.find import is_same_place, near, open_of_phone
from hotline.cases.numbers import shown
from hotline.cases.rules import UNFILED, CaseKind
from hotline.cases.store import Case
from hotline.cases.words import Needed, PetitionGround, ReplyWay
from hotline.categories.rules import Category
from hotline.errors import HotlineError
from hotline.outbound_calls.gate import VerificationState
from hotline.outbound_calls.rules import OutboundState
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.outbox.smtp import ADDRESS
from hotline.phones import PhoneKind, phone

_OUR_OWN: Final = frozenset((PhoneKind.NONE, PhoneKind.HIDDEN, PhoneKind.SHORT, PhoneKind.PREMIUM))
"""Numbers at which no petitioner is reached."""
Check = Literal["", "words", "gate", "own", "place", "name", "notify"]
"""What has to be settled before a draft is filed, in the order of P5.0-c."""


class NeedsDecision(HotlineError, code="case-needs-decision", varies_by="whose"):
    """Open cases that may be the same matter: the agent decides (P7.2, P5.0-c)."""

    whose: Literal["own", "other"]
    numbers: tuple[str, ...]


class NotReachable(HotlineError, code="not-reachable", varies_by="field"):
    """A contact at which nobody can be reached, or the one by which the reply is wanted, left out."""

    field: Literal["phone", "mobile", "email", "letter_to"]


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


def examine(
    session: Session,
    row: Case,
    category: Category | None,
    false_limit: int,
    at: datetime,
    *,
    as_petition: bool,
) -> Examination:
    """What stands between a draft and its number."""
    kind, ground = _kind(session, row, category, false_limit, at, as_petition=as_petition)
    own = [one for one in open_of_phone(session, row.phone) if one.id != row.id] if row.phone else []
    there = [one for one in near(session, row) if not _is_own(one, row)]
    seen = Examination(
        "",
        _missing(row, kind),
        _gate(verification(session, row), row),
        own,
        there,
        ground is PetitionGround.BLOCKED,
        kind is CaseKind.QUICK and not row.name and not row.is_safety,
        kind,
        ground,
    )
    return replace(seen, first=_first(session, row, seen))


def _kind(
    session: Session,
    row: Case,
    category: Category | None,
    false_limit: int,
    at: datetime,
    *,
    as_petition: bool,
) -> tuple[CaseKind, PetitionGround | None]:
    """What a draft becomes: quick where it may, notify where it must, else a petition."""
    if row.kind == CaseKind.NOTIFY:
        return CaseKind.NOTIFY, None
    kind = kind_of(category)
    if kind is not CaseKind.QUICK:
        return kind, None
    if is_blocked(session, row, false_limit, at):
        return CaseKind.PETITION, PetitionGround.BLOCKED
    if as_petition and not row.name and not row.is_safety:
        return CaseKind.PETITION, PetitionGround.ANONYMOUS
    return kind, None


def _is_own(one: Case, row: Case) -> bool:
    """Tell whether a case is of the same caller, and was not withdrawn by them."""
    return bool(row.phone) and one.phone == row.phone and one.withdrawn_at is None


def verification(session: Session, row: Case) -> CallerVerification | None:
    """The check of this petitioner: the one named, else the latest of the call that no other case has. One of
    another call, or by which another case was decided, is no check of this.
    """
    if row.verification_id:
        named = session.get(CallerVerification, row.verification_id)
        return named if named and named.call_id == row.call_id and not _is_used(session, named, row) else None
    if not row.call_id:
        return None
    taken = select(Case.verification_id).where(Case.verification_id.is_not(None), Case.call_id == row.call_id)
    free = select(CallerVerification).where(
        CallerVerification.call_id == row.call_id, CallerVerification.id.not_in(taken)
    )
    return session.scalars(free.order_by(CallerVerification.id.desc()).limit(1)).first()


def _is_used(session: Session, named: CallerVerification, row: Case) -> bool:
    """Tell whether another case of its call was filed, or refused, by a check."""
    others = select(Case.id).where(
        Case.call_id == named.call_id,
        Case.verification_id == named.id,
        Case.id != row.id,
        Case.state.not_in(UNFILED),
    )
    return session.scalars(others.limit(1)).first() is not None


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


def reachable(row: Case) -> None:
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


def proposed_reply_way(number: str, email: str = "") -> ReplyWay:
    """How somebody who said nothing is answered best: by what was left."""
    if phone(number).takes_sms:
        return ReplyWay.SMS
    if email:
        return ReplyWay.EMAIL
    return ReplyWay.PHONE if number else ReplyWay.NONE


def is_like(one: Case, row: Case) -> bool:
    """Tell whether an open case of the same caller may be this matter: its category, or its place."""
    return bool(row.category and one.category == row.category) or is_same_place(one, row)


def _first(session: Session, row: Case, seen: Examination) -> Check:
    """What is to be settled before anything else; empty when it may be filed."""
    found: dict[Check, object] = {
        "words": seen.missing,
        "gate": seen.gate in (VerificationState.PENDING, VerificationState.FAILED),
        "own": any(is_like(one, row) for one in seen.own_open),
        "place": seen.same_place,
        "name": seen.must_be_named,
        "notify": seen.kind is CaseKind.NOTIFY and not _is_notified(session, row),
    }
    return next((name for name, is_so in found.items() if is_so), "")


def _is_notified(session: Session, row: Case) -> bool:
    call = session.get(PlacedCall, row.placed_call_id) if row.placed_call_id else None
    return call is not None and call.state in (OutboundState.NOTIFIED, OutboundState.UNREACHED)


def refuse_undecided(seen: Examination, row: Case) -> None:
    """Refuse a report of what may be known already, until the agent decides. Raises NeedsDecision."""
    own = [one for one in seen.own_open if is_like(one, row)]
    if own:
        raise NeedsDecision("own", tuple(shown(one.number or "") for one in own))
    if seen.same_place:
        raise NeedsDecision("other", tuple(shown(one.number or "") for one in seen.same_place))
