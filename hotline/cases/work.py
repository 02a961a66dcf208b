"""Work on filed cases: every move of agencies, Secretariat and RDEC, who answers the petitioner, photographs.

The tables and their guards are performed by ``moving``; here stands what follows for the people: who is late,
whose the reply is, what becomes of the reports attached to a case.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.ownership import successor
from hotline.cases import deadlines, overdue, recipients, sealed_photographs, telling
from hotline.cases.events import events_of, told
from hotline.cases.guards import LateReasonMissing, NotToldYet, RepliedOutside
from hotline.cases.moving import (
    IsAttached,
    Moving,
    acts_for,
    follow,
    heir,
    joint_agencies,
    lead_number,
    locked_case,
)
from hotline.cases.rules import (
    CLAUSE,
    OPEN_STATES,
    TABLES,
    CaseKind,
    CaseNotNow,
    CaseState,
    DeadlineKind,
    Move,
    row_of,
)
from hotline.cases.store import Case, CaseEvent, CasePhoto, JointAgency
from hotline.cases.words import LONG, CaseWords, ReplyWay
from hotline.db import numbered
from hotline.directory.store import AgencyRow
from hotline.errors import HotlineError, existing
from hotline.ledger import history
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbox import service as notices
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.service import NotPermitted, staff
from hotline.staff.store import StaffRow
from hotline.texts import fit

LATE, NOTE, PHOTO, RELEASED, TAKEN_OVER, PASSED_ON = (
    "late",
    "note",
    "photo",
    "photo-released",
    "take-over",
    "passed-on",
)
"""Kinds of events beside moves."""
_STEPS: Final = (DeadlineKind.SIGN, DeadlineKind.REDISPATCH, DeadlineKind.JOINT)
"""Deadlines of a step of an agency: met late, that is put on record, and the case goes on."""
_ANSWERS: Final = (Move.REPLY, Move.RECORD_RESULT)
MOST_PHOTOS: Final = 20
UNROUTABLE: Final = frozenset(
    state for table in TABLES.values() for row in table if row.move is Move.UNROUTED for state in row.before
)
"""States in which a case that no agency has is given to one; in others it needs none."""


class RepliedByAnother(HotlineError, code="replied-by-another"):
    """A petitioner whom another officer calls; whoever takes that over says why (P5.4.4)."""

    owner: str


class TooManyPhotos(HotlineError, code="too-many-photos"):
    """A case with as many photographs as it may have."""

    most: int


class NoSuchPhoto(HotlineError, code="no-such-photo"):
    """No photograph has this number."""

    number: int


Follows = Callable[[Session, Case, Move, CaseWords, str, datetime], None]
"""Callback of another room after a person's move of a case: given the move, its words, who and when."""


class CaseWork:
    """Use cases of whoever works on cases; what a program does is ``by`` itself and asks nobody.

    ``follow`` is told of each move, in its transaction.
    """

    def __init__(self, moving: Moving, follow: Follows | None = None) -> None:
        self.moving, self._follow = moving, follow

    def move(
        self,
        session: Session,
        number: str,
        move: Move,
        words: CaseWords,
        by: str,
        at: datetime,
        version: int | None = None,
    ) -> Case:
        """Perform a move of the tables, but no cancelling; ``version``: of the page it was decided on.

        Raises NoSuchCase, IsAttached, what ``Moving.move`` raises, and LateReasonMissing (P5.4.8).
        """
        row = locked_case(session, number)
        if row.lead_id is not None:
            raise IsAttached(number, lead_number(session, row))
        step = row_of(row.case_kind, row.case_state, move)
        if move in (Move.CANCEL, Move.TAKE_BACK):  # of a report, not of all that reported it: ``Cancelling``
            raise CaseNotNow(row.case_state, move, step.clause)
        if move in (Move.COMPLETE, Move.UNFOUNDED) and row.overdue_at and not _is_explained(row, words):
            raise LateReasonMissing(row.due_at or at)
        if move is Move.CLOSE and not all(
            telling.is_told(session, one) for one in telling.reports_of(session, row)
        ):
            raise NotToldYet
        if move is Move.REPLY and words.channel == ReplyWay.PHONE:
            _answers(row, by)
        before, ran = row.state, deadlines.running(session, row.id)
        overdue.flag(session, row, by, at)
        self.moving.move(session, row, move, words, by, at, version)
        if move is Move.CONFIRM_JOINT and row.state != CaseState.JOINT:
            deadlines.end(session, row, DeadlineKind.JOINT, at)
        for one in ran:
            by_phone = row.entered_late and one.kind == DeadlineKind.SIGN and one.begins_at == row.filed_at
            if one.kind in _STEPS and one.ended_at is not None and one.due_at < at and not by_phone:
                detail = {"deadline": one.kind, "due_at": one.due_at, "move": move}
                told(session, row, by, LATE, row.state, at, detail=detail)
        if move in _ANSWERS:
            for report in telling.reports_of(session, row):
                telling.tell_citizen(session, report, telling.DONE, telling.event_of(report, move), at)
        if self._follow:
            self._follow(session, row, move, words, by, at)
        _put_on_record(session, row, step.action, move, before, words.reason, by, at)
        return row

    def note(self, session: Session, number: str, text: str, by: str, at: datetime) -> Case:
        """Add a note for colleagues. Raises NoSuchCase, NotPermitted, UnfitText."""
        row = self._mine(session, number, by, at)
        told(session, row, by, NOTE, row.state, at, detail={"note": fit("note", text, LONG)})
        row.version += 1
        return row

    def open_contact(self, session: Session, number: str, by: str, at: datetime) -> Case:
        """Begin to call the petitioner: who opens the number first answers.

        Raises RepliedByAnother, NotPermitted.
        """
        row = self._mine(session, number, by, at, joint=False)
        _answers(row, by)
        return row

    def take_over(self, session: Session, number: str, reason: str, by: str, at: datetime) -> Case:
        """Answer the petitioner instead of another officer, for a reason. Raises NotPermitted, UnfitText."""
        row = self._mine(session, number, by, at, joint=False)
        said = fit("reason", reason, LONG)
        if row.reply_owner != by:
            detail = {"owner_before": row.reply_owner}
            row.reply_owner, row.version = by, row.version + 1
            told(session, row, by, TAKEN_OVER, row.state, at, said, detail)
            audit(session, at, by, Action.CASE_WORK, f"case:{number}", before=detail, reason=said)
        return row

    def phone_record(
        self, session: Session, number: str, text: str, called_at: datetime, by: str, at: datetime
    ) -> Case:
        """Keep what was said on the telephone (電話紀錄); a completed case whose petitioners are all answered is
        closed by it (P5.4.4).

        Raises NoSuchCase, NotPermitted, RepliedByAnother, RepliedOutside, UnfitText.
        """
        row = self.open_contact(session, number, by, at)
        said = fit("note", text, LONG)
        if row.filed_at is None or not row.filed_at <= called_at <= at:
            raise RepliedOutside(row.filed_at or at, at)
        told(
            session,
            row,
            by,
            telling.PHONE_RECORD,
            row.state,
            at,
            detail={"note": said, "called_at": called_at},
        )
        row.version += 1
        session.flush()
        self.close_if_told(session, _lead(session, row), by, at)
        return row

    def close_if_told(self, session: Session, row: Case, by: str, at: datetime) -> bool:
        """Close a completed quick case once everybody who reported it is answered; tell whether it was."""
        if (row.kind, row.state) != (CaseKind.QUICK, CaseState.DONE):
            return False
        if not all(telling.is_told(session, one) for one in telling.reporters(session, row)):
            return False
        overdue.flag(session, row, by, at)
        step = row_of(CaseKind.QUICK, CaseState.DONE, Move.ANSWERED)
        self.moving.perform(session, row, step, CaseWords(), by, at)
        metrics.cases_closed.labels(row.kind, row.state).inc()
        return True

    def photo(self, session: Session, number: str, image: bytes, by: str, at: datetime) -> CasePhoto:
        """Keep a photograph, a JPEG without the camera's data; the same one again is kept once.

        Raises NoSuchCase, NotPermitted, IsAttached, CaseNotNow, TooManyPhotos.
        """
        return self._keep(session, self._mine(session, number, by, at), image, by, at)

    def enclosed(self, session: Session, number: str, image: bytes, by: str, at: datetime) -> CasePhoto:
        """Keep a photograph that the petitioner enclosed, for who filed the case. Raises as ``photo``."""
        row = locked_case(session, number)
        if row.filed_by != by:
            raise NotPermitted(by, Action.CASE_FILE, row.agency)
        return self._keep(session, row, image, by, at)

    def _keep(self, session: Session, row: Case, image: bytes, by: str, at: datetime) -> CasePhoto:
        if row.lead_id is not None:
            raise IsAttached(row.number or "", lead_number(session, row))
        if not row.is_open:
            raise CaseNotNow(row.case_state, Move.PROGRESS, CLAUSE[row.case_kind])
        digest = sha256(image).hexdigest()
        same = select(CasePhoto).where(CasePhoto.case_id == row.id, CasePhoto.sha256 == digest)
        if known := session.scalars(same).first():
            return known
        if (session.scalar(select(func.count()).where(CasePhoto.case_id == row.id)) or 0) >= MOST_PHOTOS:
            raise TooManyPhotos(MOST_PHOTOS)
        key_id, sealed = sealed_photographs.sealed(session, image, at)
        photo = CasePhoto(case_id=row.id, at=at, by=by, sha256=digest, image=sealed, key_id=key_id)
        kept = numbered(session, photo)
        told(session, row, by, PHOTO, row.state, at, detail={"photo": kept.id, "sha256": digest})
        row.version += 1
        return kept

    def release_photo(
        self, session: Session, photo_id: int, by: str, at: datetime, *, is_released: bool = True
    ) -> CasePhoto:
        """Let the petitioner see a photograph, or no more. Raises NoSuchPhoto, NotPermitted."""
        photo = existing(session.get(CasePhoto, photo_id), NoSuchPhoto(photo_id))
        row = self._mine(session, session.get_one(Case, photo.case_id).number or "", by, at)
        if photo.is_released != is_released:
            photo.is_released, row.version = is_released, row.version + 1
            detail = {"photo": photo.id, "is_released": is_released}
            told(session, row, by, RELEASED, row.state, at, detail=detail)
        return photo

    def pass_on(self, session: Session, at: datetime, most: int) -> int:
        """Give open cases of closed agencies to their successors (P2-a), so many at most; how many.

        Due times stay; who has to sign there has the whole time to do so. Whoever moved to the successor
        keeps what is theirs. What has no successor waits to be assigned.
        """
        closed = history.all_in_force(session, AgencyRow, at, AgencyRow.closed.is_(True))
        heirs = {one.key: to for one in closed if (to := successor(session, one.key, at))}
        for one in heirs:
            self._pass_on_joint(session, one, heirs[one], at)
        chosen = select(Case).where(Case.agency.in_(heirs), Case.state.in_(OPEN_STATES)).order_by(Case.id)
        some = chosen.limit(most).with_for_update(skip_locked=True)
        rows = list(session.scalars(some)) if heirs else []
        for row in rows:
            self._pass_on(session, row, heirs[row.agency], at)
        return len(rows) + self._unroute(session, at, most - len(rows))

    def _unroute(self, session: Session, at: datetime, most: int) -> int:
        """Let cases that no agency has wait to be assigned, so many at most; how many began to."""
        open_ones = Case.state.in_(UNROUTABLE), Case.lead_id.is_(None), Case.is_returned.is_(False)
        named = session.scalars(select(Case.agency).where(*open_ones).distinct())
        gone = [one for one in named if not heir(session, one, at)]
        chosen = select(Case).where(*open_ones, Case.agency.in_(gone)).order_by(Case.id).limit(most)
        rows = list(session.scalars(chosen.with_for_update(skip_locked=True))) if gone else []
        for row in rows:
            step = row_of(row.case_kind, row.case_state, Move.UNROUTED)
            filed_at = None if row.agency else row.filed_at
            self.moving.perform(session, row, step, CaseWords(), SYSTEM, at, begins_at=filed_at)
        return len(rows)

    def _pass_on(self, session: Session, row: Case, to: str, at: datetime) -> None:
        detail = {"from": row.agency, "to": to, "officer_before": row.officer}
        stays = _works_at(session, row.officer, to, at)
        row.agency, row.section, row.version = to, "", row.version + 1
        row.officer = row.officer if stays else ""
        row.reply_owner = row.reply_owner if _works_at(session, row.reply_owner, to, at) else ""
        if row.is_to_sign and row.lead_id is None:
            self.moving.sign_anew(session, row, at, PASSED_ON)
        told(session, row, SYSTEM, PASSED_ON, row.state, at, detail=detail)
        if row.lead_id is None:
            version = self.moving.version(session, row)
            facts = telling.facts(row, version.name if version else "")
            template, event = "N-40" if row.is_to_sign else "N-26", telling.event_of(row, PASSED_ON)
            notices.write(session, template, event, recipients.of_case(session, row, at), facts, at)

    def _pass_on_joint(self, session: Session, agency: str, to: str, at: datetime) -> None:
        """Ask the successor instead of a closed agency that has yet to confirm; one that is asked anyway, or
        leads, confirms for both, and with nobody left to ask the work goes on.
        """
        waiting = select(JointAgency).where(JointAgency.agency == agency, JointAgency.confirmed_at.is_(None))
        for one in list(session.scalars(waiting.with_for_update(skip_locked=True))):
            row = session.get_one(Case, one.case_id, with_for_update=True)
            there = {other.agency for other in joint_agencies(session, row)} | {row.agency}
            one.confirmed_at, one.confirmed_by = at, SYSTEM
            if to not in there:
                session.add(JointAgency(case_id=row.id, agency=to, added_at=at))
                session.flush()
            before, left = row.case_state, joint_agencies(session, row)
            if before is CaseState.JOINT and all(other.confirmed_at for other in left):
                row.state, row.version = CaseState.IN_PROGRESS, row.version + 1
                deadlines.end(session, row, DeadlineKind.JOINT, at)
            told(session, row, SYSTEM, PASSED_ON, before, at, detail={"joint": agency, "to": to})
            for report in telling.reports_of(session, row) if row.state != before else ():
                follow(session, report, row, PASSED_ON, before, SYSTEM, at)

    def _mine(self, session: Session, number: str, by: str, at: datetime, *, joint: bool = True) -> Case:
        """The case, locked, for somebody of its agency, or a joint one. Raises NoSuchCase, NotPermitted."""
        row = locked_case(session, number)
        if joint:
            allowed = acts_for(session, row, by, Action.CASE_WORK, at)
        else:
            allowed = staff(session, by, at).may(Action.CASE_WORK, row.agency or ANY_OTHER)
        if not allowed:
            raise NotPermitted(by, Action.CASE_WORK, row.agency)
        return row


def callers(session: Session, row: Case) -> Sequence[str]:
    """Those who have called the petitioner of a case, each once, by their first call (P5.4.4)."""
    calls = (one for one in events_of(session, row.id) if _is_call(one))
    return list(dict.fromkeys(one.by for one in calls))


def _is_call(event: CaseEvent) -> bool:
    by_phone = event.kind == Move.REPLY and event.detail.get("channel") == ReplyWay.PHONE
    return by_phone or event.kind == telling.PHONE_RECORD


def _answers(row: Case, by: str) -> None:
    """Make somebody the one who calls the petitioner. Raises RepliedByAnother."""
    if row.reply_owner and row.reply_owner != by:
        raise RepliedByAnother(row.reply_owner)
    row.reply_owner = by


def _is_explained(row: Case, words: CaseWords) -> bool:
    return bool((words.late_ground or row.late_ground) and (words.late_reason or row.late_reason))


def _lead(session: Session, row: Case) -> Case:
    return session.get_one(Case, row.lead_id, with_for_update=True) if row.lead_id else row


def _works_at(session: Session, login: str, agency: str, at: datetime) -> bool:
    member = history.in_force(session, StaffRow, login, at) if login else None
    return member is not None and member.agency == agency


def _put_on_record(
    session: Session, row: Case, action: Action, move: Move, before: str, reason: str, by: str, at: datetime
) -> None:
    after = {"did": move, "state": row.state}
    audit(session, at, by, action, f"case:{row.number}", before={"state": before}, after=after, reason=reason)
    if not row.is_open:
        metrics.cases_closed.labels(row.kind, row.state).inc()
