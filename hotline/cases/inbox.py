"""The inbox: what waits for whom, by office and person, the most urgent first; counted and paged."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from hotline.cases.overdue import OVERDUE, OWED, is_late
from hotline.cases.rules import OPEN_STATES, CaseKind, CaseState, Move
from hotline.cases.store import Case, CaseEvent, JointAgency
from hotline.clock import midnight
from hotline.permissions import Action
from hotline.staff.rules import Staff
from hotline.terms import named

DAY: Final = timedelta(days=1)
LATE_FOR: Final = timedelta(days=90)
"""So long what was late is looked back at (P5.4.8)."""


@named("inbox-pile")
class Pile(StrEnum):
    """Pile of the inbox: cases that wait for the same act."""

    SIGN = "sign"
    """Quick cases to be signed within minutes (P5.4.2)."""
    RETURNED = "returned"
    """Quick cases of the wrong agency, or of none, which RDEC gives to one."""
    STAGE2 = "stage2"
    """Requests for stage 2, or more than that (P5.4.7, P5.4.8)."""
    REDISPATCH = "redispatch"
    """Petitions of the wrong agency, petitions and notify cases of none: to be given to one (P5.2.2)."""
    TRACK = "track"
    """Forwarded outside the city, to be asked about (P5.2.2)."""
    REVIEW = "review"
    """Closed cases under audit, whose report is owed (P10.4)."""
    UNSIGNED = "unsigned"
    """Quick cases whose ten minutes to sign are over (P5.4.2)."""
    OVERDUE = "overdue"
    TODAY = "today"
    """Due before the day is over."""
    TELL = "tell"
    """Done, and not closed: the petitioner is to be phoned, or no message reached them (P5.4.4)."""
    ACCEPT = "accept"
    """Petitions and notify cases that nobody has begun with."""
    JOINT = "joint"
    """Joint handling to be confirmed (P5.2.2)."""
    ANALYSE = "analyse"
    """Late cases whose analysis the control officer owes (P5.4.8)."""
    OPEN = "open"
    LATE = "late"
    """Late cases of a quarter with their reasons, for RDEC's review (P5.4.8)."""


@dataclass(frozen=True, slots=True)
class PileCount:
    """A pile of somebody, and how many lie on it."""

    pile: Pile
    number: int


@dataclass(frozen=True, slots=True)
class PilePage:
    """A page of a pile; ``total``: of all its pages."""

    rows: Sequence[Case]
    total: int


def piles(member: Staff) -> list[Pile]:
    """The piles of who has these roles, in the order in which they are worked through. Pure."""
    return [pile for pile, action in ACTIONS.items() if member.may(action)]


def counts(
    session: Session, member: Staff, at: datetime, *, own: bool = False, of: Collection[Pile] = tuple(Pile)
) -> list[PileCount]:
    """How many cases lie on each pile of somebody; ``own``: only those the person works on; ``of``: only
    these piles.
    """
    return [
        PileCount(pile, session.scalar(_chosen(pile, member, at, own, func.count(Case.id))) or 0)
        for pile in piles(member)
        if pile in of
    ]


def page(
    session: Session,
    pile: Pile,
    member: Staff,
    at: datetime,
    *,
    own: bool = False,
    number: int = 1,
    size: int = 50,
) -> PilePage:
    """A page of a pile, the most urgent first. Whoever may not see the pile has an empty one."""
    if pile not in piles(member):
        return PilePage((), 0)
    total = session.scalar(_chosen(pile, member, at, own, func.count(Case.id))) or 0
    number = min(number, max(1, -(-total // size)))
    ordered = _chosen(pile, member, at, own, Case.id).order_by(*_ORDER.get(pile, _BY_DUE))
    ids = list(session.scalars(ordered.offset((number - 1) * size).limit(size)))
    found = {row.id: row for row in session.scalars(select(Case).where(Case.id.in_(ids)))}
    return PilePage([found[one] for one in ids], total)


ACTIONS: Final[Mapping[Pile, Action]] = {
    Pile.SIGN: Action.CASE_SIGN,
    Pile.UNSIGNED: Action.CASE_INBOX,
    Pile.RETURNED: Action.CASE_DECIDE,
    Pile.STAGE2: Action.CASE_DECIDE,
    Pile.REDISPATCH: Action.CASE_ASSIGN,
    Pile.TRACK: Action.CASE_ASSIGN,
    Pile.OVERDUE: Action.CASE_INBOX,
    Pile.TODAY: Action.CASE_INBOX,
    Pile.TELL: Action.CASE_WORK,
    Pile.ACCEPT: Action.CASE_WORK,
    Pile.JOINT: Action.CASE_WORK,
    Pile.ANALYSE: Action.CASE_ANALYSE,
    Pile.REVIEW: Action.CASE_INBOX,
    Pile.OPEN: Action.CASE_INBOX,
    Pile.LATE: Action.CASE_DECIDE,
}
"""Whose pile it is; in the order of a working day."""


def _chosen(pile: Pile, member: Staff, at: datetime, own: bool, what: Any) -> Select[Any]:
    agency = member.scope(ACTIONS[pile])
    chosen = select(what).where(Case.lead_id.is_(None), *_CONDITIONS[pile](at))
    if pile is Pile.JOINT:
        open_ones = select(JointAgency.case_id).where(JointAgency.confirmed_at.is_(None))
        open_ones = open_ones.where(JointAgency.agency == agency) if agency else open_ones
        chosen = chosen.where(Case.id.in_(open_ones))
    elif agency:
        chosen = chosen.where(_of(agency, pile))
    if own:
        login = member.login
        chosen = chosen.where(or_(Case.officer == login, Case.reply_owner == login, Case.signed_by == login))
    return chosen


def _of(agency: str, pile: Pile) -> ColumnElement[bool]:
    """An agency's own; in all that is open, those too in which it is joint."""
    if pile is not Pile.OPEN:
        return Case.agency == agency
    one = aliased(Case)
    own = select(one.id).where(one.agency == agency, one.state.in_(OPEN_STATES))
    joint = select(JointAgency.case_id).where(JointAgency.agency == agency)
    return Case.id.in_(own.union_all(joint))  # by an index each; an "or" reads every open case of the city


Conditions = Callable[[datetime], tuple[ColumnElement[bool], ...]]


def _in(*states: CaseState) -> ColumnElement[bool]:
    return Case.state.in_(states)


def _unsigned(is_returned: bool) -> Conditions:
    return lambda _at: (
        Case.kind == CaseKind.QUICK,
        Case.state == CaseState.FILED,
        Case.is_returned.is_(is_returned),
    )


def _to_assign(_at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Sent back by an agency, or of none."""
    states = _in(CaseState.REDISPATCH, CaseState.FILED)
    unowned = and_(Case.kind == CaseKind.NOTIFY, Case.is_returned.is_(True))
    return states, or_(Case.state == CaseState.REDISPATCH, unowned)


def _due_today(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Case.state.in_(OWED), Case.due_at >= at, Case.due_at < midnight(at + DAY)


def _to_accept(_at: datetime) -> tuple[ColumnElement[bool], ...]:
    states = _in(CaseState.DISPATCHED, CaseState.FILED)  # said apart: an index knows it
    unbegun = and_(Case.kind == CaseKind.NOTIFY, Case.is_returned.is_(False))
    return states, or_(Case.state == CaseState.DISPATCHED, unbegun)


def _late_of_a_quarter(at: datetime) -> tuple[ColumnElement[bool], ...]:
    kinds = (OVERDUE, Move.ASK_BEYOND)  # granted or not, it is not finished in time (P5.4.8)
    found = select(CaseEvent.case_id).where(CaseEvent.kind.in_(kinds), CaseEvent.at > at - LATE_FOR)
    return Case.id.in_(found), Case.kind == CaseKind.QUICK


def _unanalysed(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return *_late_of_a_quarter(at), Case.late_analysis == "", Case.state != CaseState.CANCELLED


_CONDITIONS: Final[Mapping[Pile, Conditions]] = {
    Pile.SIGN: _unsigned(False),
    Pile.RETURNED: _unsigned(True),
    Pile.STAGE2: lambda _at: (_in(CaseState.STAGE2_PENDING),),
    Pile.REDISPATCH: _to_assign,
    Pile.TRACK: lambda _at: (_in(CaseState.EXTERNAL),),
    Pile.REVIEW: lambda _at: (_in(CaseState.UNDER_AUDIT),),
    Pile.OVERDUE: is_late,
    Pile.UNSIGNED: lambda at: (*_unsigned(False)(at), Case.sign_due_at < at),
    Pile.TODAY: _due_today,
    Pile.TELL: lambda _at: (_in(CaseState.DONE),),
    Pile.ACCEPT: _to_accept,
    Pile.JOINT: lambda _at: (_in(CaseState.JOINT),),
    Pile.ANALYSE: _unanalysed,
    Pile.OPEN: lambda _at: (Case.state.in_(OPEN_STATES),),
    Pile.LATE: _late_of_a_quarter,
}
_BY_DUE: Final = (Case.due_at.is_(None), Case.due_at, Case.id)
_ORDER: Final[Mapping[Pile, tuple[Any, ...]]] = {
    Pile.SIGN: (Case.sign_due_at, Case.id),
    Pile.UNSIGNED: (Case.sign_due_at, Case.id),
    Pile.REDISPATCH: (Case.agency != "", Case.due_at, Case.id),  # what no agency has yet comes first
    Pile.TRACK: (Case.track_due_at, Case.id),
    Pile.LATE: (Case.id.desc(),),
}
