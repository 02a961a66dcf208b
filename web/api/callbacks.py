"""Promises to call citizens back (spec §9.2):
listed with their due times, claimed, attempted, closed, handed over.

A citizen's number and name are masked; they are told to whoever works on the promise, and to others for a
reason; each time stays on record.
"""

from datetime import datetime

from flask import url_for
from pydantic import BaseModel, Field

from hotline.callbacks import find
from hotline.callbacks.ownership import place_of
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import callback as promise
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import DESK, Wish
from hotline.callbacks.work import CallbackWork
from hotline.directory.service import known
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND, Reading
from hotline.permissions import Action
from web.api import gate, models, rows
from web.api.gate import Answer, Room
from web.serving import is_dialled

room = Room("callbacks", "Promises to call citizens back (P5.1.1)")


class Promise(BaseModel):
    """A promise to call a citizen back."""

    number: int
    citizen: str = Field(description="telephone number, masked unless it is yours to know")
    name: str = Field(description="the citizen's, under the same rule")
    has_number: bool = Field(description="false: not dialled; hear the message, then give a number")
    language: str
    matter: str
    case_number: str = Field(description="the case that it is about (P7.2); empty = none")
    wants_matter: bool = Field(description="made by key: give the matter before anything else")
    origin: str
    agency: str = Field(description="empty = the call centre")
    section: str
    extension: str
    owner: str
    holder: str = Field(description="who works on it now")
    state: str
    registered_at: datetime
    due_at: datetime
    extended_until: datetime | None
    overdue: bool
    restored_at: datetime | None = Field(
        description="when it was made anew after the database was put back: while it is to be kept, it may be kept already"
    )
    failed: int = Field(description="attempts that did not reach the citizen")
    next_attempt_by: datetime | None
    closed_at: datetime | None
    result: str


class PromiseQuery(models.PageQuery):
    """Choice of promises."""

    agency: models.SomeCode = Field("", description="only of this agency")
    due_before: models.Instant | None = Field(None, description="only those due before")
    without_number: bool = Field(False, description="only those whose citizen cannot be called at the number")


class New(models.RequestModel):
    """A citizen who is to be called back."""

    citizen: models.Name = Field(description="telephone number, for example 0912345678")
    matter: models.Text = Field(min_length=1)
    name: models.Short = ""
    extension: models.Extension | None = Field(None, description="the extension in charge, if it is known")
    language: models.Language = "zh-TW"


class Number(models.RequestModel):
    """At which the citizen can be called."""

    citizen: models.Name = Field(description="telephone number in Taiwan, for example 0912345678")


class Matter(models.RequestModel):
    """Subject of a promise."""

    matter: models.Text = Field(min_length=1, description="what the citizen wants to know")


class Attempt(models.RequestModel):
    """Disposition of an attempt to call the citizen."""

    outcome: Outcome
    note: models.Text = ""


class Result(models.RequestModel):
    """Result that the citizen was told."""

    result: models.Text = Field(min_length=1)


class HandOver(models.RequestModel):
    """Next owner of a promise, and the reason."""

    to: models.Login
    reason: models.Text = Field(min_length=1)


class Later(models.RequestModel):
    """Until when, and why not before."""

    until: models.Instant
    reason: models.Text = Field(min_length=1)


@room.read("/callbacks", Action.CALLBACK_WORK, models.Page[Promise])
def callbacks(query: PromiseQuery) -> Answer:
    """List promises to be kept, the most urgent first; for roles of an agency, that agency's."""
    agency = gate.scope(Action.CALLBACK_WORK) or query.agency
    gate.allow(Action.CALLBACK_WORK, query.agency)
    found = find.pending(gate.session(), agency=agency)
    due = [row for row in found if query.due_before is None or row.due_at < query.due_before]
    due = [row for row in due if not (query.without_number and is_dialled(row.number))]
    return rows.some(due, query, _promise, Promise)


@room.read("/callbacks/<int:number>", Action.CALLBACK_WORK, Promise, writes=True)
def callback(path: models.NumberPath, query: models.LookQuery) -> Answer:
    """One promise."""
    row = _mine(path.number)
    if query.reason.strip():
        return Answer(_promise(row, _look(row, query.reason)))
    return _done(row)


@room.do("/callbacks", Action.CALLBACK_OPEN, Promise, 201)
def open_callback(body: New) -> Answer:
    """Promise a citizen to call back; joins what is open for the same number and matter."""
    session, at = gate.session(), gate.now()
    if body.extension:
        known(session, "desk", body.extension, at)
    place = place_of(session, body.extension or "", at)
    wish = Wish(body.citizen, body.language, DESK, place, body.matter, body.name)
    row = gate.house().callbacks.open(session, wish, gate.me().login, at)
    session.flush()
    there = url_for("callbacks.callback", number=row.id)
    return Answer(_promise(row, _look(row, IN_HAND)), 201, headers={"Location": there})


@room.do("/callbacks/<int:number>/claim", Action.CALLBACK_WORK, Promise)
def claim(path: models.NumberPath) -> Answer:
    """Start working on it; nobody else can meanwhile."""
    return _done(_work().claim(gate.session(), path.number, gate.me().login, gate.now()))


@room.do("/callbacks/<int:number>/release", Action.CALLBACK_WORK, Promise)
def release(path: models.NumberPath) -> Answer:
    """Stop working on it; others may."""
    return _done(_work().release(gate.session(), path.number, gate.me().login, gate.now()))


@room.act("/callbacks/<int:number>/call", Action.CALLBACK_WORK, Promise)
def call(path: models.NumberPath) -> Answer:
    """Ring the login's own phone, then the citizen's; what came of it is stored from Asterisk's event log."""
    gate.house().calling.place(path.number, gate.me().login)
    with gate.read_session() as session:
        return Answer(_promise(promise(session, path.number)))


@room.do("/callbacks/<int:number>/number", Action.CALLBACK_WORK, Promise)
def give_number(path: models.NumberPath, body: Number) -> Answer:
    """Give a promise without a number one at which it can be kept."""
    session, by = gate.session(), gate.me().login
    return _done(gate.house().callbacks.give_number(session, path.number, body.citizen, by, gate.now()))


@room.do("/callbacks/<int:number>/matter", Action.CALLBACK_WORK, Promise)
def give_matter(path: models.NumberPath, body: Matter) -> Answer:
    """Say what a promise is about that was made by key; nothing else is done with it before."""
    session, by = gate.session(), gate.me().login
    return _done(_work().give_matter(session, path.number, body.matter, by, gate.now()))


@room.do("/callbacks/<int:number>/attempts", Action.CALLBACK_WORK, Promise)
def attempt(path: models.NumberPath, body: Attempt) -> Answer:
    """The citizen was called."""
    session = gate.session()
    _work().attempt(session, path.number, body.outcome, gate.me().login, gate.now(), note=body.note)
    return _done(_mine(path.number))


@room.do("/callbacks/<int:number>/close", Action.CALLBACK_WORK, Promise)
def close(path: models.NumberPath, body: Result) -> Answer:
    """The citizen was told the answer."""
    return _done(_work().close(gate.session(), path.number, body.result, gate.me().login, gate.now()))


@room.do("/callbacks/<int:number>/hand-over", Action.CALLBACK_HAND_OVER, Promise)
def hand_over(path: models.NumberPath, body: HandOver) -> Answer:
    """Give a promise to another owner, who is told."""
    session, by = gate.session(), gate.me().login
    return _done(_work().hand_over(session, path.number, body.to, body.reason, by, gate.now()))


@room.do("/callbacks/<int:number>/extend", Action.CALLBACK_WORK, Promise)
def extend(path: models.NumberPath, body: Later) -> Answer:
    """One reasoned extension; the statistics do not move (§9.2)."""
    session, by = gate.session(), gate.me().login
    return _done(_work().extend(session, path.number, body.until, body.reason, by, gate.now()))


@room.do("/callbacks/<int:number>/cancel", Action.CALLBACK_CANCEL, Promise)
def cancel(path: models.NumberPath, body: models.Reason) -> Answer:
    """The citizen called and was answered, or withdraws."""
    return _done(_work().cancel(gate.session(), path.number, body.reason, gate.me().login, gate.now()))


def _work() -> CallbackWork:
    return CallbackWork(gate.house().callbacks)


def _mine(number: int) -> Callback:
    """One that the login may see. Raises NoSuchCallback, NotPermitted."""
    row = promise(gate.session(), number)
    gate.allow(Action.CALLBACK_WORK, row.acted_for)
    return row


def _done(row: Callback) -> Answer:
    """A promise as it stands now, whole to whoever works on it."""
    return Answer(_promise(row, _look(row, IN_HAND) if row.holder == gate.me().login else None))


def _look(row: Callback, reason: str) -> Reading:
    return gate.look(f"callback:{row.id}", reason, "number")


def _promise(row: Callback, reading: Reading | None = None) -> Promise:
    return models.filled(
        Promise,
        row,
        number=row.id,
        citizen=looks.number(row.number, reading),
        name=looks.name(row.name, reading),
        has_number=is_dialled(row.number),
        overdue=row.is_overdue(gate.now()),
    )
