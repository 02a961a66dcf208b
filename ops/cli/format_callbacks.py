"""Promises as lines of text; the citizen is masked, and whole to a reading that is on record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from calls.store import CallRow
from hotline.callbacks.events import ASKED_EARLIER, DUE_MOVED, DUE_SAID
from hotline.callbacks.find import CallbackRecord
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.rules import CallbackState, Outcome, was_on_time
from hotline.callbacks.store import Callback
from hotline.clock import TAIPEI
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.log_masking import clean
from hotline.worktime import Limit, Worktime
from hotline.worktime.explain import ENGLISH
from ops.cli.options import minute

CHANGED: Final = {
    DUE_MOVED: "§2, ",
    DUE_SAID: "§9.2, what the caller was told, ",
    "extended": "§9.2, statistics keep the first time, ",
    ASKED_EARLIER: "P5.1.1, an earlier wish came later, ",
}
"""Events that tell of another due time, with their clause."""


def line(row: Callback, at: datetime, reading: Reading | None = None) -> str:
    """One promise: when due, how it stands, whose, whom to call."""
    owner = row.holder or row.owner or row.section or "call centre"
    matter = clean(row.matter) or (f"extension {row.extension}" if row.extension else "")
    return (
        f"{row.id:>5}  due {minute(row.due_at)}  {_standing(row, at):<26} {owner:<16} "
        f"{looks.number(row.number, reading):<14} {row.language:<6} {matter}"
    ).rstrip()


def _standing(row: Callback, at: datetime) -> str:
    words = [row.state]
    if row.is_to_be_checked:
        words.append("restored, may be kept already: check first")
    if row.is_pending:
        if row.is_overdue(at):
            words.append("overdue")
        if row.extended_until:
            words.append(f"extended to {minute(row.extended_until)}")
        if row.state == CallbackState.ATTEMPTED and row.next_attempt_by:
            words.append(f"{row.failed}x, next by {row.next_attempt_by.astimezone(TAIPEI):%H:%M}")
    elif was_on_time(row.due_at, row.first_attempt_at, at) is False:
        words.append("late")
    return ", ".join(words)


def story(known: CallbackRecord, at: datetime, reading: Reading | None = None) -> Iterator[str]:
    """Everything about one promise, in order."""
    row = known.row
    yield line(row, at, reading)
    if row.name:
        yield f"  citizen    {looks.name(clean(row.name), reading)}"
    for request in known.requests:
        yield f"  asked      {minute(request.at)}  by {request.origin}, call {request.call_id}"
    for message in known.messages:
        yield f"  message    {minute(message.at)}  {message.name} ({message.seconds:.0f} s)"
    for one in known.attempts:
        yield f"  attempt    {minute(one.at)}  {one.outcome} by {one.by} {clean(one.note)}".rstrip()
    for event in known.events:
        change = f"{event.before or '-'} -> {event.after}" if event.before != event.after else event.after
        phones = f"each phone's seconds: hotline calls {event.detail['call']}" if event.kind == RUNG else ""
        more = clean(event.reason) or phones
        yield f"  {event.kind:<10} {minute(event.at)}  {change} by {event.by} {more}".rstrip()
    if row.result:
        yield f"  result     {clean(row.result)}"


def why(known: CallbackRecord, worktime: Worktime, limit: Limit, at: datetime) -> Iterator[str]:
    """The arithmetic of the due time under the calendar of today, then every change on record."""
    row = known.row
    yield from worktime.why(row.registered_at, limit, row.clause)
    for event in known.events:
        if by := CHANGED.get(event.kind):
            old, new = (datetime.fromisoformat(event.detail[name]) for name in ("from", "to"))
            yield f"{minute(event.at)} {event.kind}: {minute(old)} -> {minute(new)} ({by}{event.by}: {clean(event.reason)})"
    yield f"on record: due {_long(row.due_at)}" + (", overdue" if row.is_overdue(at) else "")
    if row.extended_until:
        yield f"extended to {_long(row.extended_until)}"
    on_time = was_on_time(row.due_at, row.first_attempt_at, at)
    if row.first_attempt_at:
        yield f"first attempt {_long(row.first_attempt_at)}: {'on time' if on_time else 'late'} (§9.2)"


def came_of(outcome: Outcome | None, callback_id: int, by: str) -> str:
    """Result of a call to the citizen, and what to do now."""
    match outcome:
        case None:
            return "nothing is known of the call yet; see: hotline callback show " + str(callback_id)
        case Outcome.REACHED:
            return f"the citizen was reached; afterwards: hotline callback close {callback_id} --by {by} --result WORDS"
        case Outcome.NOT_PLACED:
            return (
                "the citizen's phone did not ring: the carrier failed, a limit of outside calls is reached, or "
                "your phone was hung up; this counts as no attempt, try again"
            )
        case _:
            return f"the citizen was not reached: {outcome}"


def call(row: CallRow) -> str:
    """One earlier call of a citizen: when, what came of it, who answered, its name."""
    talk = f"{row.talk_seconds:.0f} s with {row.agent}" if row.agent and row.talk_seconds else row.agent or ""
    came = row.outcome or "not over yet"
    return f" call  at {minute(row.started_at) if row.started_at else '?':<11}   {came:<26} {talk:<16} {row.language:<6} {row.id}".rstrip()


def _long(at: datetime) -> str:
    return ENGLISH.instant(at.astimezone(TAIPEI).replace(microsecond=0))
