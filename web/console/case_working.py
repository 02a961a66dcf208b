"""A case as who works on it sees it: the moves that may follow as forms, whose the reply is, photographs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from hotline.cases.events import events_of
from hotline.cases.find import CaseRecord
from hotline.cases.moving import acts_for, joint_agencies
from hotline.cases.offers import offers
from hotline.cases.rules import CaseState, DeadlineKind, Move
from hotline.cases.store import HAS_IMAGE, Case, CaseEvent, CasePhoto
from hotline.cases.work import callers
from hotline.permissions import ANY_OTHER, Action
from web.console import agencies
from web.console.call_story_words import destroyed_words
from web.console.date_fields import moment_of
from web.console.gate import house, me, now
from web.console.language import _, _l, capital, moment, name, term
from web.console.move_forms import CaseFacts, MoveForm, form_of
from web.console.record_links import who

_OVER: Final = (CaseState.CANCELLED, CaseState.NO_ACTION, CaseState.CLOSED)


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """A photograph as the page names it."""

    id: int
    at: datetime
    by: str
    is_released: bool


@dataclass(frozen=True, slots=True)
class JointLine:
    """An agency that is also competent, and whether it has confirmed."""

    name: str
    added_at: datetime
    confirmed_at: datetime | None
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """What somebody may do with a case, and what they should know before."""

    moves: Sequence[MoveForm]
    photos: Sequence[PhotoLine]
    photos_gone: str
    """How many were destroyed, when and on what ground; empty while all are there."""
    joint: Sequence[JointLine]
    callers: Sequence[str]
    """Names of those who have called the petitioner (P5.4.4)."""
    may_work: bool
    """Of the case's own agency: the reply is theirs."""
    takes_part: bool
    """Of it or a joint one: notes, photographs."""
    is_mine: bool
    """Who looks answers the petitioner."""
    owner: str
    """Name of who answers, if that is another."""
    may_analyse: bool
    may_register_letter: bool
    pressing: str
    """The time that presses first, and how long is left."""
    is_late: bool

    def __bool__(self) -> bool:
        return bool(
            self.moves
            or self.photos
            or self.photos_gone
            or self.joint
            or self.takes_part
            or self.may_analyse
            or self.may_register_letter
        )


def working(session: Session, record: CaseRecord, tried: MoveForm | None = None) -> CaseOptions:
    """A case for who is signed in; ``tried``: a form that was sent and lacks something."""
    row, member = record.row, me()
    may_work = member.may(Action.CASE_WORK, row.agency or ANY_OTHER)
    is_over = row.state in _OVER
    owner = row.reply_owner
    moves = [tried if tried and tried.move is one.move else one for one in move_forms(session, row)]
    return CaseOptions(
        [*moves, tried] if tried and tried not in moves else moves,  # what was typed is not lost
        photo_lines(session, row),
        photos_gone(session, row),
        [
            JointLine(agencies.name(one.agency), one.added_at, one.confirmed_at, who(one.confirmed_by))
            for one in record.joint
        ],
        [who(one) for one in callers(session, row)],
        may_work and not is_over,
        not is_over and acts_for(session, row, member.login, Action.CASE_WORK, now()),
        may_work and owner == member.login,
        who(owner) if owner and owner != member.login else "",
        row.overdue_at is not None and member.may(Action.CASE_ANALYSE, row.agency or ANY_OTHER),
        row.is_unfounded is True and member.may(Action.CASE_DECIDE),
        pressing_words(row, now()),
        (first_due(row)[1] or now()) < now(),
    )


def facts_of(session: Session, row: Case) -> CaseFacts:
    """What the forms of a case are made from."""
    asked = events_of(session, row.id, Move.ASK_STAGE2) if row.stage_asked else []
    days = int(asked[-1].detail.get("days", 0)) if asked else 0
    return CaseFacts(row, house().case_work.moving.standing(session, row), me(), now(), days)


def move_forms(session: Session, row: Case) -> list[MoveForm]:
    """The moves that who is signed in may do now, each with its form."""
    if row.lead_id is not None:
        return []
    facts = facts_of(session, row)
    joint = [one.agency for one in joint_agencies(session, row)]
    return [form_of(step, facts) for step in offers(facts.standing, me(), row.agency, joint, now())]


def photo_lines(session: Session, row: Case) -> list[PhotoLine]:
    """The photographs of a case in their order, without their bytes."""
    chosen: Select[int, datetime, str, bool] = select(
        CasePhoto.id, CasePhoto.at, CasePhoto.by, CasePhoto.is_released
    ).where(CasePhoto.case_id == row.id, HAS_IMAGE)
    return [PhotoLine(*one) for one in session.execute(chosen.order_by(CasePhoto.id))]


def photos_gone(session: Session, row: Case) -> str:
    """How many photographs of a case were destroyed, when and on what ground; empty for none."""
    destroyed = select(func.count()).where(CasePhoto.case_id == row.id, ~HAS_IMAGE)
    count, at = session.scalar(destroyed) or 0, row.photos_masked_at or row.contact_masked_at
    if not count or at is None:
        return ""
    return _("%(count)d 張照片：%(gone)s", count=count, gone=destroyed_words(at, row.masked_ground))


def event_says(event: CaseEvent) -> list[str]:
    """What was said with an event: its reason, and each word of it that people wrote or chose."""
    detail = event.detail or {}
    written = [(key, str(detail[key])) for key in _WRITTEN if detail.get(key)]
    found = [event.reason, *(_LABELS[key](text) if key in _LABELS else text for key, text in written)]
    named = detail.get("agencies") or [one for one in (detail.get("agency"), detail.get("joint")) if one]
    found += ["、".join(agencies.name(one) for one in named)] if event.kind in _OF_AGENCIES else []
    if ground := detail.get("ground") or detail.get("late_ground"):
        found.append(_ground_name(event.kind, str(ground)))
    if days := detail.get("days"):
        found.append(_("%(days)d 天", days=int(days)))
    for key, words in _MOMENTS.items():
        if at := moment_of(str(detail.get(key, ""))):
            found.append(f"{words} {moment(at)}")
    return [one for one in found if one]


def _ground_name(kind: str, ground: str) -> str:
    groups: dict[str, str] = {Move.NO_ACTION: "no-action-ground", Move.CANCEL: "cancel-ground"}
    return term(ground, groups.get(kind, "late-ground"))


_WRITTEN: Final = (
    "note",
    "result",
    "analysis",
    "late_reason",
    "prevention",
    "no_photo",
    "authority",
    "letter",
    "officer",
    "doer",
)
_LABELS: Final[Mapping[str, Callable[[str], str]]] = {
    "doer": lambda text: _("由 %(who)s", who=text),
    "no_photo": lambda text: _("沒有照片：%(why)s", why=text),
    "authority": lambda text: _("主管機關：%(who)s", who=text),
}
"""What would be read amiss without a word before it."""
_OF_AGENCIES: Final = frozenset(
    (Move.ROUTE, Move.ASSIGN, Move.INVOLVE, Move.CONFIRM_JOINT, Move.CONVERT, "passed-on")
)
_MOMENTS: Final = {
    "until": _l("到"),
    "done_at": _l("完成於"),
    "replied_at": _l("答覆於"),
    "called_at": _l("通話於"),
}


def left_words(due_at: datetime | None, at: datetime) -> str:
    """How long is left until an instant, or how long ago it passed, in the largest unit that tells."""
    if due_at is None:
        return ""
    if due_at < at:
        return _("已逾 %(time)s", time=_length(at - due_at))
    return _("還剩 %(time)s", time=_length(due_at - at))


def _length(of: timedelta) -> str:
    minutes = ceil(of.total_seconds() / 60)
    if minutes < 60:
        return _("%(minutes)d 分鐘", minutes=minutes)
    if minutes < 48 * 60:
        return _("%(hours)d 小時 %(minutes)d 分", hours=minutes // 60, minutes=minutes % 60)
    return _("%(days)d 天", days=minutes // (24 * 60))


def pressing_words(row: Case, at: datetime) -> str:
    """The time that presses first, and how long is left of it; empty for what is over."""
    kind, due_at = first_due(row)
    if due_at is None or not row.is_open:
        return ""
    return f"{capital(name(kind)) if kind else _('時限')} {moment(due_at)} · {left_words(due_at, at)}"


def first_due(row: Case) -> tuple[DeadlineKind | None, datetime | None]:
    """The time that presses first: the signature, the next look at what was forwarded, or the answer."""
    if row.is_to_sign:
        return DeadlineKind.SIGN, row.sign_due_at
    if row.state == CaseState.EXTERNAL:
        return DeadlineKind.TRACKING, row.track_due_at
    return None, row.due_at
