"""Performing a move: one way for all, from filing to reopening. A case, its event, its deadlines, the
messages about it and the reports attached to it change in one transaction.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.callbacks.ownership import successor
from hotline.cases import deadlines, telling
from hotline.cases.carrying import carry
from hotline.cases.deadlines import CaseLimits, Stage2From, limit_of, set_deadline
from hotline.cases.events import told
from hotline.cases.find import at_place
from hotline.cases.guards import Standing, check
from hotline.cases.rules import HANDLING, CaseState, DeadlineKind, Move, Row, after, row_of
from hotline.cases.store import Case, CasePhoto, JointAgency
from hotline.cases.words import CaseWordMissing, CaseWords
from hotline.categories.proposals import Categories
from hotline.categories.rules import Category
from hotline.db import add_once, locked
from hotline.directory.store import AgencyRow
from hotline.errors import HotlineError, existing
from hotline.ledger import history
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.service import NotPermitted, staff
from hotline.worktime import Worktime

_JOINT_TOO: Final = frozenset((Move.CONFIRM_JOINT, Move.PROGRESS))
"""Moves of an agency that is only joint."""


class NoSuchCase(HotlineError, code="no-such-case"):
    """No case has this number."""

    number: str


class CaseChanged(HotlineError, code="case-changed"):
    """A case that somebody changed since the page was made."""

    number: str
    by: str


class IsAttached(HotlineError, code="case-is-attached"):
    """A report that goes where its lead case goes: work is done on that one."""

    number: str
    lead: str


class NoSuchAgency(HotlineError, code="no-such-agency"):
    """A code that is no agency's now, or a closed one's."""

    agency: str


class Moving:
    """Moves cases by the tables of ``rules``.

    ``worktime``: the clocks with the days as declared now; ``limits`` are asked each time.
    """

    def __init__(
        self,
        worktime: Callable[[Session], Worktime],
        limits: Callable[[], CaseLimits],
        categories: Categories,
    ) -> None:
        self._worktime, self._limits, self.categories = worktime, limits, categories

    @property
    def limits(self) -> CaseLimits:
        """The limits in force now."""
        return self._limits()

    def worktime(self, session: Session) -> Worktime:
        """The clocks, with the days and hours declared in the database now."""
        return self._worktime(session)

    def move(
        self,
        session: Session,
        row: Case,
        move: Move,
        words: CaseWords,
        by: str,
        at: datetime,
        version: int | None = None,
    ) -> Case:
        """Perform what a person does with a locked case; ``version``: of the page it was decided on.

        Raises IsAttached, CaseNotNow, NotPermitted, UnknownStaff, CaseChanged, CaseWordMissing, and what
        guards refuse.
        """
        if row.lead_id is not None:
            raise IsAttached(row.number or "", lead_number(session, row))
        step = row_of(row.case_kind, row.case_state, move)
        may_move(session, row, step, words, by, at)
        unchanged(row, version)
        return self.perform(session, row, step, words, by, at)

    def perform(
        self,
        session: Session,
        row: Case,
        step: Row,
        words: CaseWords,
        by: str,
        at: datetime,
        *,
        begins_at: datetime | None = None,
        is_told: bool = True,
    ) -> Case:
        """Perform a row of the tables on a locked case: guards, columns, deadlines, event, messages.

        Who may is asked by ``move``; ``begins_at``: where clocks start, if not now (P5.4.3); ``is_told``:
        whether messages are written, as they are but for what happened long ago elsewhere.
        """
        words, version = words.fit(), self.version(session, row)
        check(step, self.standing(session, row, version), words, at)
        for agency in filter(None, (words.agency, *words.agencies)):
            agency_there(session, agency, at)
        before, kind = row.case_state, row.kind
        left = _joined(session, row, step.move, words, by, at)
        stood = CaseState(row.cancelled_from) if row.cancelled_from else None
        ended_at = row.cancelled_at if step.move is Move.TAKE_BACK else row.closed_at
        carry(row, step.move, words, by, at)
        row.state = after(step, before, joint_left=left, stood=stood)
        row.version += 1
        self._clocks(session, row, step, words, version, at, begins_at, ended_at)
        detail = words.told | ({"from_kind": kind} if row.kind != kind else {})
        told(session, row, by, step.move, before, at, words.reason, detail)
        self._reports_follow(session, row, step, before, by, at)
        session.flush()
        if is_told:
            telling.tell(session, row, step, at, version.name if version else "")
        return row

    def version(self, session: Session, row: Case) -> Category | None:
        """The category of a case, as it was when it was filed (P5.4.1)."""
        if row.category_row is None:
            return None
        return self.categories.version(session, row.category_row)

    def standing(self, session: Session, row: Case, version: Category | None = None) -> Standing:
        """How a case stands."""
        version = version or self.version(session, row)
        known = deadlines.all_of(session, row.id) if row.id else []
        handling = [one for one in known if one.kind in HANDLING]
        running = [one.due_at for one in handling if one.ended_at is None]
        limits = self.limits
        return Standing(
            row.case_kind,
            row.case_state,
            row.filed_at,
            running[-1] if running else None,
            handling[0].due_at if handling else None,
            row.stage,
            row.stage_asked,
            version.stage2_days if version else 0,
            any(one.kind == DeadlineKind.EXTENDED for one in known),
            row.wants_reply,
            _is_told(session, row),
            row.is_returned,
            _photos(session, row),
            self._recurs(session, row),
            limits.recurs.days,
            _joint_open(session, row),
            row.cancelled_at,
            limits.take_back,
        )

    def _recurs(self, session: Session, row: Case) -> bool:
        """Tell whether the same matter was done at the same place not long before (P5.4.9)."""
        if not (row.category and row.filed_at and (row.place_key or row.latitude is not None)):
            return False
        since = row.filed_at - self.limits.recurs
        earlier = at_place(session, row, since=since, until=row.filed_at)
        return any(one.id != row.id and one.lead_id is None and one.done_at for one in earlier)

    def _clocks(
        self,
        session: Session,
        row: Case,
        step: Row,
        words: CaseWords,
        version: Category | None,
        at: datetime,
        begins_at: datetime | None,
        ended_at: datetime | None,
    ) -> None:
        limits, worktime = self.limits, self._worktime(session) if step.starts else None
        for kind in step.ends:
            deadlines.end(session, row, kind, at)
        for kind in step.starts:
            begins = _begins(kind, row, limits, at, begins_at)
            until = words.until - begins if words.until and kind is DeadlineKind.BEYOND else None
            hours = version.stage1_hours if version else 0
            limit = limit_of(kind, limits, stage1_hours=hours, days=words.days, until=until)
            assert worktime is not None
            set_deadline(session, row, kind, begins, limit, worktime, at, step.move)
        if step.move is Move.TAKE_BACK and ended_at:
            deadlines.resume(session, row, ended_at, at, step.move)
            if row.is_to_sign:
                self.sign_anew(session, row, at, step.move)
        if step.move is Move.REOPEN and ended_at:
            if not deadlines.resume(session, row, ended_at, at, step.move, HANDLING):
                limit = limit_of(DeadlineKind.REPLY, limits)  # it was outside the city, and is ours again
                set_deadline(
                    session, row, DeadlineKind.REPLY, at, limit, self.worktime(session), at, step.move
                )
        if step.move is Move.FORWARD:
            row.due_at = None
        if not row.is_open and not row.is_draft:
            deadlines.end_all(session, row, at)

    def sign_anew(self, session: Session, row: Case, at: datetime, why: str) -> None:
        """Give whoever has to sign a quick case the whole time, and remind them from the beginning."""
        row.sign_reminders, limit = 0, limit_of(DeadlineKind.SIGN, self.limits)
        set_deadline(session, row, DeadlineKind.SIGN, at, limit, self.worktime(session), at, why)

    def _reports_follow(
        self, session: Session, row: Case, step: Row, before: CaseState, by: str, at: datetime
    ) -> None:
        """Bring attached reports to where their case stands: who asks by their number hears the truth."""
        if step.move in (Move.CANCEL, Move.TAKE_BACK):
            return
        for one in telling.reports_of(session, row) if row.id else ():
            follow(session, one, row, step.move, before, by, at)


def follow(
    session: Session, report: Case, lead: Case, move: str, before: CaseState, by: str, at: datetime
) -> None:
    """Bring one report to where its lead case stands."""
    for name in _FOLLOWED:
        setattr(report, name, getattr(lead, name))
    report.version += 1
    told(session, report, by, move, before, at, detail={"lead": lead.number})


_FOLLOWED: Final = (
    "kind",
    "state",
    "stage",
    "agency",
    "section",
    "due_at",
    "done_at",
    "closed_at",
    "result",
    "authority",
    "letter",
)


def may_move(session: Session, row: Case, step: Row, words: CaseWords, by: str, at: datetime) -> None:
    """Refuse who may not: an agency's people act for its own cases, and a little in joint ones.

    Raises NotPermitted, UnknownStaff.
    """
    member = staff(session, by, at)
    of = [row.agency or ANY_OTHER]
    if step.move in _JOINT_TOO:
        joint = {one.agency for one in joint_agencies(session, row)}
        of = [words.agency] if step.move is Move.CONFIRM_JOINT else [*of, *joint]
    if not any(member.may(step.action, agency) for agency in of):
        raise NotPermitted(by, step.action, of[0])


def unchanged(row: Case, version: int | None) -> None:
    """Refuse what was decided on an older page. Raises CaseChanged."""
    if version is not None and version != row.version:
        raise CaseChanged(row.number or str(row.id), row.officer or row.drafted_by)


def locked_case(session: Session, number: str) -> Case:
    """The case of a number, locked until the end of the transaction. Raises NoSuchCase."""
    found = session.scalars(select(Case.id).where(Case.number == number)).one_or_none()
    return existing(locked(session, Case, found) if found else None, NoSuchCase(number))


def lead_number(session: Session, row: Case) -> str:
    """The number of the case to which a report is attached."""
    lead = session.get(Case, row.lead_id) if row.lead_id else None
    return (lead.number or "") if lead else ""


def joint_agencies(session: Session, row: Case) -> list[JointAgency]:
    """The agencies that are also competent, in the order of their codes."""
    chosen = select(JointAgency).where(JointAgency.case_id == row.id)
    return list(session.scalars(chosen.order_by(JointAgency.agency)))


def agency_there(session: Session, agency: str, at: datetime) -> None:
    """Refuse a code that is no agency's, or a closed one's. Raises NoSuchAgency."""
    found = history.in_force(session, AgencyRow, agency, at)
    if found is None or found.closed:
        raise NoSuchAgency(agency)


def standing_agency(session: Session, agency: str, at: datetime) -> str:
    """The agency that has the cases of one: itself, or the successor of a closed one (P2-a).

    Raises NoSuchAgency.
    """
    return existing(heir(session, agency, at) or None, NoSuchAgency(agency))


def heir(session: Session, agency: str, at: datetime) -> str:
    """The same; empty where it ended without a successor."""
    found = history.in_force(session, AgencyRow, agency, at)
    return agency if found and not found.closed else successor(session, agency, at)


def acts_for(session: Session, row: Case, by: str, action: Action, at: datetime) -> bool:
    """Tell whether a person does it for the case's agency, a joint one, or for the city."""
    member = staff(session, by, at)
    agencies: Collection[str] = {
        row.agency or ANY_OTHER,
        *(one.agency for one in joint_agencies(session, row)),
    }
    return any(member.may(action, agency) for agency in agencies)


def _begins(
    kind: DeadlineKind, row: Case, limits: CaseLimits, at: datetime, begins_at: datetime | None
) -> datetime:
    filed_at = row.filed_at or at
    match kind:
        case DeadlineKind.STAGE1 | DeadlineKind.EXTENDED:
            return filed_at
        case DeadlineKind.STAGE2:
            return at if limits.stage2_from is Stage2From.APPROVAL else filed_at
        case _:
            return begins_at or at


def _joined(session: Session, row: Case, move: Move, words: CaseWords, by: str, at: datetime) -> int:
    """Keep the joint list; how many agencies have yet to confirm."""
    if move is Move.INVOLVE:
        others = [one for one in dict.fromkeys(words.agencies) if one != row.agency]
        if not others:
            raise CaseWordMissing("agencies")
        added = [{"case_id": row.id, "agency": one, "added_at": at, "confirmed_by": ""} for one in others]
        add_once(session, JointAgency, added)
        for one in joint_agencies(session, row):
            if one.agency in others and one.confirmed_at:  # it is asked again
                one.added_at, one.confirmed_at, one.confirmed_by = at, None, ""
    open_ones = [one for one in joint_agencies(session, row) if one.confirmed_at is None] if row.id else []
    if move is Move.CONFIRM_JOINT:
        for one in open_ones:
            if one.agency == words.agency:
                one.confirmed_at, one.confirmed_by = at, by
    return sum(one.confirmed_at is None for one in open_ones)


def _joint_open(session: Session, row: Case) -> frozenset[str]:
    return frozenset(one.agency for one in joint_agencies(session, row) if one.confirmed_at is None)


def _photos(session: Session, row: Case) -> int:
    return session.scalar(select(func.count()).where(CasePhoto.case_id == row.id)) or 0


def _is_told(session: Session, row: Case) -> bool:
    """Tell whether nobody waits for an answer any more: all who reported it were told, or want nothing."""
    return all(telling.is_told(session, one) for one in telling.reporters(session, row))
