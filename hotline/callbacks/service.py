"""Giving promises: from a call, or at a desk; and what belongs to one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final, NamedTuple

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks import ownership
from hotline.callbacks.events import ASKED_EARLIER, DUE_SAID, JOINED, facts, made_anew, told, was_moved_since
from hotline.callbacks.ownership import Ownership, place_of
from hotline.callbacks.rules import BY_KEY, CallbackLimits, CallbackNotNow, CallbackState
from hotline.callbacks.store import Callback, CallbackMessage, CallbackRequest
from hotline.callbacks.wishes import PAGE, GivenNumberRefusal, GivenRefused, Wish, given_number, refused
from hotline.clock import midnight
from hotline.db import add_once, locked, numbered
from hotline.dialling import TAIWAN_ONLY, DialRules
from hotline.directory.rows import KINDS
from hotline.directory.store import CalendarRow, HoursRow
from hotline.errors import HotlineError, existing
from hotline.keys.finding import has
from hotline.ledger.audit import audit
from hotline.outbox import service as notices
from hotline.permissions import Action
from hotline.phones import phone
from hotline.staff.service import permitted
from hotline.worktime import Worktime
from hotline.worktime.workdays import Calendar, OfficeHours, Override

log = structlog.get_logger()
LONGEST_NAME: Final = 64
LINE: Final = "line"


class NoSuchCallback(HotlineError, code="no-such-callback"):
    """No callback has this number."""

    number: int


class NameTooLong(HotlineError, code="name-too-long"):
    """A citizen's name that no row can hold."""

    most: int


class HasNumber(HotlineError, code="has-number"):
    """A callback that can be made at its number needs no other."""

    number: int


class _Times(NamedTuple):
    """The due time of a promise, as counted and as it holds, and the time of the reminder."""

    counted: datetime
    due_at: datetime
    remind_at: datetime


class Callbacks:
    """Promises callbacks; the due time is 4 h after the promise,
    of the WH clock unless set otherwise (P5.1.1).

    ``limits`` is asked each time: they may be set while calls go on. ``restored_at``: what is promised was
    promised before, and is made anew at this instant; nobody is written to of each.
    """

    def __init__(
        self,
        worktime: Worktime,
        limits: Callable[[], CallbackLimits] = CallbackLimits,
        dialling: DialRules = TAIWAN_ONLY,
        restored_at: datetime | None = None,
    ) -> None:
        self._worktime, self._limits, self.dialling = worktime, limits, dialling
        self.restored_at = restored_at

    def restoring(self, at: datetime) -> "Callbacks":
        """The same use cases, for promises that a database which was put back does not know any more."""
        return Callbacks(self._worktime, self._limits, self.dialling, at)

    @property
    def limits(self) -> CallbackLimits:
        """The limits in force now."""
        return self._limits()

    def due(self, at: datetime) -> datetime:
        """Instant when a promise given at ``at`` must be kept, by the days and hours that this process
        remembers.

        What is said to a caller is what is stored: hand it on as ``said``.
        """
        return self._worktime.due(at, self.limits.due)

    def worktime(self, session: Session) -> Worktime:
        """The clock with the days and hours declared in the database now, not those in memory."""
        chosen = select(CalendarRow).where(CalendarRow.replaced_at.is_(None), CalendarRow.valid_to.is_(None))
        means = KINDS["calendar"].means
        days: dict[date, Override] = {
            date.fromisoformat(row.key): means(row) for row in session.scalars(chosen)
        }
        return Worktime(Calendar(days), self._worktime.hours, _declared_hours(session))

    def promise(
        self,
        session: Session,
        call_id: str,
        number: str,
        language: str,
        origin: str,
        at: datetime,
        extension: str = "",
        *,
        given_by: str = "",
        said: datetime | None = None,
    ) -> bool:
        """Write the promise of a call; False when the call had that one already (a replay,
        the same wish again).

        Asked again for the same number and matter, it joins the open one. ``extension`` is the one asked for,
        or the phone that registered it. A number that comes later in the call is the promise's. ``said``: the
        due time that the caller was told; it holds, whatever was declared meanwhile.
        """
        wish = Wish(number, language, origin, place_of(session, extension, at), given_by=given_by)
        key = _request_key(session, call_id, wish)
        if (known := session.get(CallbackRequest, key)) is not None:
            self._complete(session, known, wish, at, said)
            return False
        row, is_new = self._written(session, wish, key, at, said=said)
        due_at = row.due_at if is_new else said or self._times(session, at).due_at
        request = {"call_id": key, "callback_id": row.id, "origin": origin, "at": at, "due_at": due_at}
        if not add_once(session, CallbackRequest, [request]):
            return False
        if not is_new:
            self._join(session, row, origin, due_at, at, call_id)
        if self.restored_at is None:
            metrics.promises.labels(origin).inc()
        return True

    def open(self, session: Session, wish: Wish, by: str, at: datetime) -> Callback:
        """Open a promise at a desk, for a citizen who is not on the line, or for a caller.

        Raises NumberMissing, NumberNotDialled, GivenRefused, NameTooLong, NotPermitted.
        """
        permitted(session, by, Action.CALLBACK_OPEN, at, wish.place.agency)
        if len(wish.name) > LONGEST_NAME:
            raise NameTooLong(LONGEST_NAME)
        wish = self._fit(session, wish, at)
        row, is_new = self._written(session, wish, None, at, by)
        if not is_new:
            due_at = self._times(session, at, origin=wish.origin).due_at
            self._join(session, row, wish.origin, due_at, at, f"{by}：{wish.note}" if wish.note else by)
        after = {"number": row.number, "matter": row.matter, "due_at": row.due_at, "joined": not is_new}
        audit(session, at, by, Action.CALLBACK_OPEN, f"callback:{row.id}", after=after)
        return row

    def given(self, session: Session, wish: Wish, at: datetime) -> GivenNumberRefusal | None:
        """Reason to refuse the number that a caller gives instead of their own; None when it is taken."""
        return refused(session, wish.given_by, wish.number, wish.open_key, self.limits, at)

    def _fit(self, session: Session, wish: Wish, at: datetime) -> Wish:
        """Complete a wish made at a desk. Raises NumberMissing, NumberNotDialled, GivenRefused."""
        if wish.without_number:
            return wish
        wish = replace(wish, number=given_number(wish.number, self.dialling))
        if wish.given_by and (why := self.given(session, wish, at)):
            raise GivenRefused(
                why,
                self.limits.given_daily if why is GivenNumberRefusal.TOO_OFTEN else self.limits.given_open,
            )
        return wish

    def give_number(self, session: Session, callback_id: int, number: str, by: str, at: datetime) -> Callback:
        """Give a promise the number it can be kept at, by somebody who heard the message. Audited.

        Raises NoSuchCallback, NotPermitted, CallbackNotNow, HasNumber, NumberMissing, NumberNotDialled.
        """
        row = callback(session, callback_id)
        permitted(session, by, Action.CALLBACK_WORK, at, row.acted_for)
        if not row.is_pending:
            raise CallbackNotNow(CallbackState(row.state))
        if self.dialling.refusal(row.number) is None:
            raise HasNumber(callback_id)
        before, given = {"number": row.number}, given_number(number, self.dialling)
        self._number(session, row, given, row.number, by, at)
        after = {"did": "number given", "number": given}
        audit(session, at, by, Action.CALLBACK_WORK, f"callback:{row.id}", before=before, after=after)
        return row

    def _complete(
        self, session: Session, request: CallbackRequest, wish: Wish, at: datetime, said: datetime | None
    ) -> None:
        """Take the number of a call's repeated wish: one that the caller keyed in, or the first one dialled.

        A promise that others asked for too stays theirs, at its number; the caller has one of their own then.
        """
        row = callback(session, request.callback_id)
        is_wanted = bool(wish.given_by) or self.dialling.refusal(row.number) is not None
        if not (row.is_pending and is_wanted and wish.number != row.number):
            return
        if self.dialling.refusal(wish.number):
            return
        if _is_only_request(session, row):
            self._number(session, row, wish.number, wish.given_by, "hotline", at)
            return
        own, is_new = self._written(session, wish, request.call_id, at, said=said or request.due_at)
        request.callback_id = own.id
        if not is_new:
            self._join(session, own, wish.origin, said or request.due_at, at, request.call_id)

    def _number(
        self, session: Session, row: Callback, number: str, given_by: str, by: str, at: datetime
    ) -> None:
        """Give a promise a number; later wishes for it join, unless one that they would join is open."""
        row.number, row.given_by = number, given_by
        key = Wish(number, row.language, row.origin, Ownership(extension=row.extension), row.matter).open_key
        row.open_key = None if self._found(session, key, None) else key
        told(session, row, by, "number-given", row.state, at)

    def ask(self, session: Session, number: str, language: str, at: datetime) -> Callback:
        """Promise one to whoever writes a number of Taiwan on a public page; one that is open for it serves.

        Raises NumberMissing, NumberNotDialled.
        """
        found = given_number(number, TAIWAN_ONLY)
        row, is_new = self._written(session, Wish(found, language, PAGE), None, at)
        if not is_new:
            self._join(session, row, PAGE, self._times(session, at).due_at, at, PAGE)
        metrics.promises.labels(PAGE).inc()
        return row

    def entrust(self, session: Session, wish: Wish, at: datetime) -> Callback:
        """Promise one that no citizen asked for: they are called because we want to know something."""
        return self._written(session, wish, None, at)[0]

    def keep_spoken(
        self, session: Session, call_id: str, registered_at: datetime, said: datetime, at: datetime
    ) -> None:
        """Hold to the due time that was said at ``at`` of what the dialplan promised alone;
        harmless to repeat.

        One that was moved since was moved for a reason of its own.
        Of several who were told, the first is kept.
        """
        of_call = CallbackRequest.call_id
        asked = select(CallbackRequest).where(
            or_(of_call == call_id, of_call.startswith(f"{call_id}/", autoescape=True)),
            CallbackRequest.at == registered_at,
        )
        for request in session.scalars(asked).all():
            row = callback(session, request.callback_id)
            request.due_at = said
            due_at = said if _is_only_request(session, row) else min(said, row.due_at)
            if row.is_pending and due_at != row.due_at and not was_moved_since(session, row, at):
                detail = {"from": row.due_at, "to": due_at}
                told(session, row, "hotline", DUE_SAID, row.state, at, detail=detail)
                _, row.due_at, row.remind_at = self._times(session, row.registered_at, due_at, row.origin)

    def _times(
        self, session: Session, at: datetime, said: datetime | None = None, origin: str = ""
    ) -> _Times:
        """Compute the times of a promise by the database; a ``said`` due time holds, reminded of in time."""
        worktime, limits = self.worktime(session), self.limits
        counted = worktime.due(at, limits.due_of(origin))
        remind_at = worktime.due(at, limits.reminder_of(origin))
        if said and said != counted:
            remind_at = min(remind_at, said - (limits.within - limits.remind))
        return _Times(counted, said or counted, remind_at)

    def keep_message(self, session: Session, call_id: str, name: str, seconds: float, at: datetime) -> None:
        """Record the message in which a caller says what the call is about."""
        row = {"call_id": call_id, "name": name, "seconds": seconds, "at": at}
        add_once(session, CallbackMessage, [row])

    def _written(
        self,
        session: Session,
        wish: Wish,
        call_id: str | None,
        at: datetime,
        by: str = "hotline",
        said: datetime | None = None,
    ) -> tuple[Callback, bool]:
        """The promise: the open one for the same number and matter, or a new one; new for nobody's number."""
        times, place = self._times(session, at, said, wish.origin), wish.place
        values = {
            "call_id": call_id, "open_key": wish.open_key, "number": wish.number, "name": wish.name,
            "given_by": wish.given_by, "write_to": wish.write_to,
            "language": wish.language, "matter": wish.matter, "case_number": wish.case,
            "origin": wish.origin, "agency": place.agency,
            "section": place.section, "extension": place.extension, "owner": place.owner,
            "state": CallbackState.OPEN, "holder": "", "failed": 0, "result": "", "registered_at": at,
            "due_at": times.due_at, "remind_at": times.remind_at,
            "restored_at": self.restored_at,
        }  # fmt: skip
        row, is_new = None, True
        if not (wish.open_key or call_id):
            row = numbered(session, Callback(**values))
        elif row := self._found(
            session, wish.open_key, call_id
        ):  # under an older key, or plain: no hash is alike
            is_new = False
        while row is None:  # closed in this moment, the citizen's wish is a new one
            is_new = add_once(session, Callback, [values]) == 1
            row = self._found(session, wish.open_key, call_id)
        if is_new:
            detail = {"origin": wish.origin, "due_at": row.due_at}
            told(session, row, by, "registered", "", at, wish.note, detail)
            if times.due_at != times.counted:
                detail = {"from": times.counted, "to": times.due_at}
                told(session, row, by, DUE_SAID, row.state, at, detail=detail)
            if self.restored_at:
                made_anew(session, row, "", self.restored_at)
                metrics.promises_restored.inc()
            else:
                recipients = ownership.owner_and_section(session, row, at)
                event = f"callback:{row.id}:registered"
                notices.write(session, "N-01", event, recipients, facts(row), at)
                if self._takes_sms(wish.caller):
                    told_caller = {"due": facts(row)["due"], "number": str(row.id)}
                    notices.write(session, "N-04", event, [wish.caller], told_caller, at)
        return row, is_new

    def _takes_sms(self, caller: str) -> bool:
        """Tell whether a caller's own number is a mobile that we would also call (§9.2)."""
        return self.dialling.refusal(caller) is None and phone(caller).takes_sms

    def _found(self, session: Session, open_key: str | None, call_id: str | None) -> Callback | None:
        keys = [has(Callback.open_key, open_key)] if open_key else []
        keys += [Callback.call_id == call_id] if call_id else []
        found = (session.scalars(select(Callback).where(key).with_for_update()).first() for key in keys)
        return next((row for row in found if row), None)

    def _join(
        self, session: Session, row: Callback, origin: str, due_at: datetime, at: datetime, why: str
    ) -> None:
        """Join a wish to what is promised already. What was said last holds: no extension goes beyond it.

        And what was said first: a wish that waited in a journal while a later one did not is due before it.
        """
        if row.extended_until and due_at < row.extended_until:
            row.extended_until = max(due_at, row.due_at)
        told(session, row, "hotline", JOINED, row.state, at, why, {"origin": origin, "due_at": due_at})
        if due_at < row.due_at:
            detail = {"from": row.due_at, "to": due_at}
            told(session, row, "hotline", ASKED_EARLIER, row.state, at, why, detail)
            row.registered_at = at
            _, row.due_at, row.remind_at = self._times(session, at, due_at, row.origin)


def _declared_hours(session: Session) -> Callable[[date], OfficeHours | None]:
    means = KINDS["hours"].means
    chosen = select(HoursRow).where(HoursRow.replaced_at.is_(None))
    declared = [(row.period, means(row)) for row in session.scalars(chosen)]

    def hours(day: date) -> OfficeHours | None:
        begins = midnight(day)
        return next((one for period, one in declared if period.holds(begins)), None)

    return hours


def _request_key(session: Session, call_id: str, wish: Wish) -> str:
    """The key of a call's request, known or new: the call, and for another matter of that call more.

    Who presses the key in a talk speaks for a phone; all else is the line's, which promises once, whoever
    writes it first: the server, or the dialplan when it got no answer.
    """
    first = session.get(CallbackRequest, call_id)
    if first is None:
        return call_id
    if session.get_one(Callback, first.callback_id).extension == wish.place.extension:
        return call_id
    if not {first.origin, wish.origin} & BY_KEY:
        return call_id
    return f"{call_id}/{wish.place.extension or wish.origin if wish.origin in BY_KEY else LINE}"


def _is_only_request(session: Session, row: Callback) -> bool:
    asked = select(CallbackRequest.call_id).where(CallbackRequest.callback_id == row.id)
    return len(session.scalars(asked.limit(2)).all()) == 1


def callback(session: Session, callback_id: int) -> Callback:
    """A promise, locked until the end of the transaction. Raises NoSuchCallback."""
    return existing(locked(session, Callback, callback_id), NoSuchCallback(callback_id))
