"""Guards of moves beyond the state: what must be true, or must be said, before a case goes on. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, Literal

from hotline.cases.rules import CaseKind, CaseNotNow, CaseState, Move, Row
from hotline.cases.words import CaseWordMissing, CaseWords, LateGround, NoActionGround, ReplyWay
from hotline.errors import HotlineError, faults, refuse

STAGE2_MOST: Final = 14
"""Days of stage 2 at most, whatever the category says (P5.4.1)."""


class NotAGround(HotlineError, code="not-a-ground"):
    """A ground that is none of the list."""

    ground: str


class DaysOutside(HotlineError, code="days-outside"):
    """A stage 2 that is shorter than a day or longer than the category's."""

    days: int
    most: int


class DoneOutside(HotlineError, code="done-outside"):
    """A case that would be done before it was filed, or only later (P5.4.9)."""

    filed_at: datetime
    at: datetime


class RepliedOutside(HotlineError, code="replied-outside"):
    """A reply that would be given before the case was filed, or only later."""

    filed_at: datetime
    at: datetime


class NoEvidence(HotlineError, code="no-evidence"):
    """A completion without a photograph, and without a reason for none (P5.4.9)."""


class LateReasonMissing(HotlineError, code="late-reason-missing"):
    """A late case without ground and reason (P5.4.8)."""

    due_at: datetime


class PreventionMissing(HotlineError, code="prevention-missing"):
    """A matter that recurs at the same place, without a word on how it is prevented (P5.4.9)."""

    days: int


class ReplyWanted(HotlineError, code="reply-wanted", varies_by="whether"):
    """A petitioner who waits for an answer, or one who wants none or left no contact (P5.2.4)."""

    whether: Literal["yes", "no"]


class ExtensionRefused(HotlineError, code="extension-refused", varies_by="why"):
    """An extension that is asked for after the due time, or a second one (P5.2.1)."""

    why: Literal["late", "again"]


class NotAsked(HotlineError, code="stage-not-asked"):
    """An answer to a question that nobody asked: stage 2, or more than that."""


class UntilPassed(HotlineError, code="until-passed"):
    """A date granted that lies no later than the one that holds."""

    due_at: datetime


class NotToldYet(HotlineError, code="not-told-yet"):
    """A case whose petitioner has not been answered: it is not closed (P5.4.4)."""


class TakeBackOver(HotlineError, code="take-back-over"):
    """A cancelling that is no more taken back (P8.1)."""

    until: datetime


class NotJoint(HotlineError, code="not-joint"):
    """An agency that was not asked, or has confirmed already (P5.2.2)."""

    agency: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, as its guards see it."""

    kind: CaseKind
    state: CaseState
    filed_at: datetime | None = None
    due_at: datetime | None = None
    """By which the citizen is to be answered, of what runs."""
    first_due_at: datetime | None = None
    """The first such time: a case that passed it is late, whatever was granted since (P5.4.8)."""
    stage: int = 1
    stage_asked: int = 0
    stage2_days: int = STAGE2_MOST
    was_extended: bool = False
    wants_reply: bool = False
    is_told: bool = False
    """The answer was sent, or the phone record is there, or there is nobody to tell."""
    is_returned: bool = False
    photos: int = 0
    recurs: bool = False
    """The same place and category, within ``CaseLimits.recurs``."""
    recurs_days: int = 90
    joint_open: frozenset[str] = frozenset()
    cancelled_at: datetime | None = None
    take_back: timedelta = timedelta(hours=24)


def check(row: Row, one: Standing, words: CaseWords, at: datetime) -> None:
    """Refuse a move that lacks its words or whose guards do not hold. Raises the reasons."""
    refuse(wrong(row, one, words, at))


def wrong(row: Row, one: Standing, words: CaseWords, at: datetime) -> list[HotlineError]:
    """List all that speaks against a move: the words it lacks, and the guards that do not hold."""
    lacking = (name for name in row.needs if not getattr(words, name, True))
    missing = [CaseWordMissing(name) for name in lacking]  # type: ignore[arg-type]
    return [*missing, *faults(*(partial(guard, one, words, at) for guard in _GUARDS.get(row.move, ())))]


def is_late(one: Standing, at: datetime) -> bool:
    """Tell whether it is not finished in time; a stage beyond the second is late by itself (P5.4.8)."""
    return one.stage > 2 or (one.due_at is not None and one.due_at < at)


def _one_of(kind: type[StrEnum], ground: str) -> None:
    if ground and ground not in set(kind):
        raise NotAGround(ground)


def _no_action(_one: Standing, words: CaseWords, _at: datetime) -> None:
    _one_of(NoActionGround, words.ground)


def _replied(one: Standing, words: CaseWords, at: datetime) -> None:
    if not one.wants_reply:
        raise ReplyWanted("no")
    if words.channel and words.channel not in set(ReplyWay) - {ReplyWay.NONE}:
        raise NotAGround(words.channel)


def _replied_then(one: Standing, words: CaseWords, at: datetime) -> None:
    if one.filed_at and words.replied_at and not one.filed_at <= words.replied_at <= at:
        raise RepliedOutside(one.filed_at, at)


def _recorded(one: Standing, _words: CaseWords, _at: datetime) -> None:
    if one.wants_reply:
        raise ReplyWanted("yes")


def _extended(one: Standing, _words: CaseWords, at: datetime) -> None:
    if one.was_extended:
        raise ExtensionRefused("again")
    if one.due_at is None or one.due_at < at:
        raise ExtensionRefused("late")


def _days(one: Standing, words: CaseWords) -> None:
    most = min(one.stage2_days, STAGE2_MOST)
    if words.days and not 1 <= words.days <= most:
        raise DaysOutside(words.days, most)


def _ask_stage2(one: Standing, words: CaseWords, _at: datetime) -> None:
    if one.stage != 1:
        raise CaseNotNow(one.state, Move.ASK_STAGE2, "P5.4.8")
    _days(one, words)


def _asked(stage: int) -> Callable[[Standing, CaseWords, datetime], None]:
    def guard(one: Standing, words: CaseWords, at: datetime) -> None:
        if one.stage_asked != stage:
            raise NotAsked
        if stage == 2 and words.days:
            _days(one, words)
        if words.until and (words.until <= at or (one.due_at and words.until <= one.due_at)):
            raise UntilPassed(max(at, one.due_at or at))

    return guard


def _beyond(one: Standing, words: CaseWords, _at: datetime) -> None:
    if one.stage != 2:
        raise CaseNotNow(one.state, Move.ASK_BEYOND, "P5.4.8")
    _one_of(LateGround, words.ground)


def _done(one: Standing, words: CaseWords, at: datetime) -> None:
    if one.filed_at and words.done_at and not one.filed_at <= words.done_at <= at:
        raise DoneOutside(one.filed_at, at)


def _late_said(one: Standing, words: CaseWords, at: datetime) -> None:
    if is_late(one, at):
        if not (words.late_ground and words.late_reason):
            raise LateReasonMissing(one.due_at or at)
        _one_of(LateGround, words.late_ground)


def _shown(one: Standing, words: CaseWords, _at: datetime) -> None:
    if not (one.photos or words.no_photo):
        raise NoEvidence


def _prevented(one: Standing, words: CaseWords, _at: datetime) -> None:
    if one.recurs and not words.prevention:
        raise PreventionMissing(one.recurs_days)


def _answered(one: Standing, _words: CaseWords, _at: datetime) -> None:
    if not one.is_told:
        raise NotToldYet


def _not_ours(one: Standing, _words: CaseWords, _at: datetime) -> None:
    if one.is_returned:
        raise CaseNotNow(one.state, Move.NOT_OURS, "P5.4.2")


def _no_agency(one: Standing, _words: CaseWords, _at: datetime) -> None:
    """A notify case is given to another agency only while it has none: the one that was phoned is at work."""
    if one.kind is CaseKind.NOTIFY and not one.is_returned:
        raise CaseNotNow(one.state, Move.ASSIGN, "P5.3")


def _has_agency(one: Standing, _words: CaseWords, _at: datetime) -> None:
    if one.is_returned:
        raise CaseNotNow(one.state, Move.START, "P5.2.2")


def _take_back(one: Standing, _words: CaseWords, at: datetime) -> None:
    until = (one.cancelled_at or at) + one.take_back
    if until < at:
        raise TakeBackOver(until)


def _confirmed(one: Standing, words: CaseWords, _at: datetime) -> None:
    if words.agency not in one.joint_open:
        raise NotJoint(words.agency)


_GUARDS: Final[Mapping[Move, tuple[Callable[[Standing, CaseWords, datetime], None], ...]]] = {
    Move.NO_ACTION: (_no_action,),
    Move.REPLY: (_replied, _replied_then),
    Move.RECORD_RESULT: (_recorded,),
    Move.EXTEND: (_extended,),
    Move.ASK_STAGE2: (_ask_stage2,),
    Move.APPROVE_STAGE2: (_asked(2),),
    Move.REFUSE_STAGE2: (_asked(2),),
    Move.ASK_BEYOND: (_beyond,),
    Move.GRANT_BEYOND: (_asked(3),),
    Move.REFUSE_BEYOND: (_asked(3),),
    Move.UNFOUNDED: (_done, _late_said),
    Move.COMPLETE: (_done, _late_said, _shown, _prevented),
    Move.ANSWERED: (_answered,),
    Move.NOT_OURS: (_not_ours,),
    Move.ASSIGN: (_no_agency,),
    Move.START: (_has_agency,),
    Move.TAKE_BACK: (_take_back,),
    Move.CONFIRM_JOINT: (_confirmed,),
}
