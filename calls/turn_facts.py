"""Facts of a turn: an entry in the journal, which the jobs bring into the database within a second.

A promise is written to the database before it is spoken, for others work on it at once, and a copy goes to
the journal, for the day on which an old copy of the database is put back; while the database is away it goes
to the journal alone. The same entry and the same ``apply`` serve both ways, so a replay is the late half of
the same write, and its unique keys make it harmless.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any, Final, Protocol

from sqlalchemy import Connection, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from calls import cut_calls
from calls.group_commit import Fault, Gathering, TooSlow
from calls.store import CallEvent, CallRow
from hotline import allowances
from hotline.allowances import LimitedRequest
from hotline.callbacks.service import Callbacks
from hotline.db import Base, Sessions, is_away, transaction
from hotline.journal import Journal, JournalUnwritable
from hotline.numbers import ANONYMOUS, e164
from hotline.survey import service as survey
from hotline.video import phone_proofs
from ivr.call import Call
from ivr.case_facts import CaseDeed, CaseDisowned, CaseTried
from ivr.steps import (
    CallArrived,
    CallbackPromised,
    CutOffTold,
    DueTimeSpoken,
    Fact,
    MenuHeard,
    MessageKept,
    VideoAddressTexted,
    detail,
)
from ivr.survey_facts import SurveyAnswered, SurveyAsked, SurveyWordsKept
from recordings.service import expect_message

Entry = dict[str, Any]
AT_ONCE = (CallbackPromised, CutOffTold, MessageKept, SurveyWordsKept, CaseDisowned, VideoAddressTexted)
"""Facts that others work on: rows before the caller hears of them, when the database is there."""
IS_ROW: Final = "row"
"""In an entry of the journal: the database had it before it was written there."""
UNTOLD = {"caller": ANONYMOUS, "dialled": "", "last_menu": ""}
"""Told by some turns only: one that waited in the journal while later ones did not still brings them."""
UNREAD: Final = {SurveyAnswered.__name__: "score"}
"""Fields of facts that do not stand in the record of a call, by the kind of fact."""
HASHED = {"caller": "caller_hash"}
"""Columns of a keyed hash, by the sealed column that they stand for in comparisons."""


class Disowning(Protocol):
    """Cancels a case for its holder, who did not report it (P8.1); harmless to repeat."""

    def disown(self, session: Session, number: str, at: datetime, *, by_code: bool) -> object: ...

    def wrong_code(self, session: Session, number: str, at: datetime) -> object: ...


def entry_of(call: Call, node: str, line: str, facts: tuple[Fact, ...], at: datetime) -> Entry:
    """Changes of one turn, as JSON."""
    columns: Entry = {"turn": call.turn, "language": call.language, "wanted": call.wanted}
    for fact in facts:
        columns |= _columns(fact)
    events = [[type(fact).__name__, detail(fact)] for fact in facts]
    return {
        "call": call.id,
        "at": at.isoformat(),
        "node": node,
        "line": line,
        "menus": call.menus,
        "columns": columns,
        "events": events,
    }


def _columns(fact: Fact) -> Entry:
    match fact:
        case CallArrived(caller, dialled):
            return {"caller": e164(caller), "dialled": dialled}
        case MenuHeard(menu):
            return {"last_menu": menu}
        case _:
            return {}


def apply(
    session: Session, entries: Entry | Sequence[Entry], callbacks: Callbacks, cases: Disowning | None = None
) -> None:
    """Write entries. Idempotent; an older turn never overwrites a later one.

    ``cases`` None: no cases are kept here, and no call can have told of one.
    """
    several = [entries] if isinstance(entries, dict) else entries
    _write(session.connection(), several)
    _promise(session, several, callbacks)
    _count_tries(session, several)
    _disown(session, several, cases)
    _text_addresses(session, several)
    _tell_of_cuts(session, several)
    _survey(session, several)


def _write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write rows of calls and events; calls in the order everybody locks them, so that no two deadlock."""
    calls = [
        {
            "id": entry["call"],
            "node": entry["node"],
            "line": entry["line"],
            "menus": entry["menus"],
            "started_at": datetime.fromisoformat(entry["at"]),
            **UNTOLD,
            **entry["columns"],
        }
        for entry in sorted(entries, key=itemgetter("call"))
    ]
    events = [
        {
            "key": f"turn:{entry['call']}:{entry['columns']['turn']}:{n}",
            "call_id": entry["call"],
            "at": datetime.fromisoformat(entry["at"]),
            "kind": kind,
            "detail": {name: told for name, told in body.items() if name != UNREAD.get(kind)},
        }
        for entry in entries
        for n, (kind, body) in enumerate(entry["events"])
    ]
    connection.execute(_call_upsert(connection.dialect.name), calls)
    if events:
        connection.execute(_event_insert(connection.dialect.name), events)


def _promise(session: Session, entries: Sequence[Entry], callbacks: Callbacks) -> None:
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        for kind, body in entry["events"]:
            if kind == CallbackPromised.__name__:
                number, asked = e164(body["number"]), body.get("extension", "")
                by = e164(body["given_by"]) if body.get("given_by") else ""
                said = datetime.fromisoformat(body["due_at"]) if body.get("due_at") else None
                callbacks.promise(
                    session,
                    entry["call"],
                    number,
                    body["language"],
                    body["origin"],
                    at,
                    asked,
                    given_by=by,
                    said=said,
                )
            elif kind == DueTimeSpoken.__name__:
                registered_at, said = map(datetime.fromisoformat, (body["registered_at"], body["due_at"]))
                callbacks.keep_spoken(session, entry["call"], registered_at, said, at)
            elif kind == MessageKept.__name__:
                callbacks.keep_message(session, entry["call"], body["name"], body["seconds"], at)
                expect_message(session, body["name"], entry["node"], body["seconds"], at, ended=body["ended"])


def _count_tries(session: Session, entries: Sequence[Entry]) -> None:
    """Count tries at cases, in the order in which everybody locks them."""
    tries = set[tuple[LimitedRequest, str, datetime]]()
    for entry, body in _told(entries, CaseTried):
        at, holder = datetime.fromisoformat(entry["at"]), e164(body["holder"])
        tries |= {(LimitedRequest.CASE_CALLER, holder, at)} if holder != ANONYMOUS else set()
        tries |= {(LimitedRequest.CASE, body["case"], at)} if _is_of_a_case(body) else set()
    for wanted, who, at in sorted(tries):
        allowances.count(session, wanted, who, at)


def _is_of_a_case(tried: Entry) -> bool:
    """Tell whether a try was at a case that is there: a wrong code is, a wrong number is not."""
    return bool(tried["known"] or tried["deed"] == CaseDeed.CODE)


def _disown(session: Session, entries: Sequence[Entry], cases: Disowning | None) -> None:
    if cases is None:
        return
    for entry, body in _told(entries, CaseTried):
        if body["deed"] == CaseDeed.CODE and not body["known"]:
            cases.wrong_code(session, body["case"], datetime.fromisoformat(entry["at"]))
    for entry, body in _told(entries, CaseDisowned):
        at = datetime.fromisoformat(entry["at"])
        cases.disown(session, body["case"], at, by_code=body["by_code"])


def _text_addresses(session: Session, entries: Sequence[Entry]) -> None:
    for entry, body in _told(entries, VideoAddressTexted):
        at, number = datetime.fromisoformat(entry["at"]), e164(body["number"])
        phone_proofs.send(session, entry["call"], number, body["address"], at)


def _tell_of_cuts(session: Session, entries: Sequence[Entry]) -> None:
    for entry, body in _told(entries, CutOffTold):
        cut_calls.keep_told(session, body["call"], entry["call"], datetime.fromisoformat(entry["at"]))


def _survey(session: Session, entries: Sequence[Entry]) -> None:
    """Keep what was asked and answered behind a talk; its words are a message like others (P10.3)."""
    for entry in entries:
        call_id, at = entry["call"], datetime.fromisoformat(entry["at"])
        for kind, body in entry["events"]:
            if kind == SurveyAsked.__name__:
                asked = e164(body["number"]), body["talked_with"], body["language"], body["questions"]
                survey.ask(session, call_id, *asked, at)
            elif kind == SurveyAnswered.__name__:
                survey.answer(session, call_id, body["question"], body["score"], at)
            elif kind == SurveyWordsKept.__name__:
                survey.keep_words(session, call_id, body["name"], at)
                expect_message(session, body["name"], entry["node"], body["seconds"], at, ended=body["ended"])


def _told(entries: Sequence[Entry], fact: type[Fact]) -> Iterator[tuple[Entry, Entry]]:
    return ((entry, body) for entry in entries for kind, body in entry["events"] if kind == fact.__name__)


def _insert(dialect: str, table: type[CallRow] | type[CallEvent]) -> Any:
    # The table, not its class: the ORM's way through the same insert costs five times the CPU.
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(
        Base.metadata.tables[table.__tablename__]
    )


@cache
def _event_insert(dialect: str) -> Any:
    return _insert(dialect, CallEvent).on_conflict_do_nothing()


@cache
def _call_upsert(dialect: str) -> Any:
    """Made once: to build it costs more than to run it."""
    insert = _insert(dialect, CallRow)
    given = insert.excluded
    later = CallRow.turn < given.turn
    changed: dict[str, Any] = {
        name: case((later, given[name]), else_=getattr(CallRow, name))
        for name in ("menus", "turn", "language", "wanted")
    }
    for name, untold in UNTOLD.items():
        seen = HASHED.get(name, name)
        column = getattr(CallRow, seen)
        is_told = ~(given[seen] == untold) & (later | (column == untold) | (column == ""))
        for one in {name, seen}:
            changed[one] = case((is_told, given[one]), else_=getattr(CallRow, one))
    first = CallRow.started_at < given.started_at
    changed["started_at"] = case((first, CallRow.started_at), else_=given.started_at)
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


def _key(call: Call, facts: Sequence[Fact]) -> str:
    """Name of an entry: the turn, and what others work on, by which it is searched for while it is sealed."""
    told = (type(fact).__name__ for fact in facts if isinstance(fact, AT_ONCE))
    return ":".join(("turn", call.id, str(call.turn), *told))


class Ledger:
    """Writes entries; each of journal and database stands in for the other.
    Raises JournalUnwritable when neither can.

    Promises of one moment share a transaction;
    other turns are noted in the journal, which is flushed soon after.
    """

    def __init__(
        self,
        factory: Sessions,
        journal: Journal,
        callbacks: Callbacks,
        *,
        node: str,
        line: str = "asterisk",
        elapsed: Callable[[], float],
        rest: timedelta = timedelta(seconds=5),
        patience: timedelta = timedelta(seconds=1),
        journalled: Callable[[], None] = lambda: None,
        cases: Disowning | None = None,
    ) -> None:
        self._factory, self._journal, self._callbacks, self._cases = factory, journal, callbacks, cases
        self._node, self._line = node, line
        self._elapsed, self._rest, self._journalled = elapsed, rest.total_seconds(), journalled
        self._ask_again = 0.0
        self._gathering = Gathering(self._store, patience.total_seconds())

    def write(self, call: Call, facts: tuple[Fact, ...], at: datetime) -> None:
        """A promise is durable when it returns;
        another turn outlives every process, and soon a loss of power.

        A database that failed is left alone for a while: callers do not wait.
        """
        entry = entry_of(call, self._node, self._line, facts, at)
        if any(isinstance(fact, AT_ONCE) for fact in facts):
            if self._is_row(entry):
                self._copy(_key(call, facts), entry, at)
            else:
                self._journal.append(_key(call, facts), at, entry)
                self._journalled()
            return
        try:
            self._journal.note(_key(call, facts), at, entry)
        except JournalUnwritable:
            if not self._is_row(entry):
                raise

    def _copy(self, key: str, entry: Entry, at: datetime) -> None:
        """Copy a promise that the database keeps, onto a second machine too where there is one; without room
        it is left out.
        """
        with suppress(JournalUnwritable):
            self._journal.note(key, at, {**entry, IS_ROW: True}, is_copied=True)

    def _is_row(self, entry: Entry) -> bool:
        """True if the database has it now; False while that is away. Raises what is wrong with the entry."""
        if self._is_resting():
            return False
        fault = self._gathering.bring(entry)
        if fault is None or is_away(fault) or isinstance(fault, TooSlow):
            return fault is None
        raise fault

    def _is_resting(self) -> bool:
        return self._elapsed() < self._ask_again

    def _store(self, entries: Sequence[Entry]) -> list[Fault]:
        """Store all in one transaction, else one by one: a bad entry keeps no other out."""
        if self._is_resting():
            return [TooSlow()] * len(entries)
        fault = self._stored(entries)
        if fault is None or len(entries) == 1 or isinstance(fault, OperationalError | PoolTimeout):
            return [fault] * len(entries)
        self._ask_again = 0.0
        return [fault for entry in entries for fault in self._store([entry])]

    def _stored(self, entries: Sequence[Entry]) -> Fault:
        try:
            with transaction(self._factory) as session:
                apply(session, entries, self._callbacks, self._cases)
        except Exception as error:
            if is_away(error):
                self._ask_again = self._elapsed() + self._rest
            return error
        return None
