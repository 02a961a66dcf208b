"""The ledger: what was changed at once, taken back as a whole; and whom a call would ring."""

from datetime import datetime

from pydantic import BaseModel, Field

from administration.undo import take_back
from control.desk_presence import desk_states
from hotline.directory import change_lead_time
from hotline.directory.owners import PERSONAL, agencies_of_change, latest
from hotline.ledger import entries
from transfer.ladder import ladder
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room

room = Room("changes", "The ledger of changes, and whom a call would ring")


class Key(BaseModel):
    """A thing of the directory or the staff."""

    kind: str
    key: str


class Entry(BaseModel):
    """Change of one or more rows that one person made at once."""

    number: int
    at: datetime = Field(description="when it was said")
    by: str
    action: str
    reason: str
    effective_at: datetime = Field(description="the first instant that is other than before")
    undoes: int | None = Field(description="the entry that it takes back")
    undone_by: int | None = Field(description="the entry that took it back")
    agencies: list[str] = Field(description="whose rows it touched; empty words = the city's")
    told_by: datetime | None = Field(description="until when it had to be told (P4.6); null = by none")
    told_in_time: bool | None = Field(description="null = it need not be told beforehand")
    keys: list[Key] = Field(description="those that the login may read")


class ChangesQuery(models.PageQuery):
    """Entries that take effect in a stretch of time."""

    since: models.Instant | None = None
    until: models.Instant | None = Field(None, description="to before when")
    agency: models.SomeCode = Field("", description="only those of this agency")
    planned: bool = Field(False, description="only what takes effect later")


class Undone(BaseModel):
    """Which entry took back which."""

    undone: int
    by_entry: int


class RouteQuery(models.RequestModel):
    """A call to be tried."""

    extension: models.Extension
    at: models.Instant | None = Field(None, description="past or to come; now, if not given")
    urgent: bool = Field(False, description="the matter cannot wait for office hours")


class RungRecord(BaseModel):
    """A phone that is rung."""

    kind: str
    extension: str
    name: str
    section: str
    agency: str
    seconds: float = Field(description="how long it rings")
    why: str
    metres: float | None = None
    state: str | None = Field(
        None,
        description="of its phone at this moment: free, busy, unreachable or unknown; not for another time",
    )


class Skipped(BaseModel):
    """Person who is not rung."""

    kind: str
    extension: str
    name: str
    reason: str
    detail: str


class Route(BaseModel):
    """Whom a call rings, in which order, who is passed over, and why (P5.1.1-P5.1.3)."""

    asked: str
    at: datetime
    office_hours: bool
    plan: str = Field(description="ring, message, or unknown for what is no extension then")
    rungs: list[RungRecord]
    skipped: list[Skipped]


@room.read("/changes", ANY_KEY, models.Page[Entry])
def changes(query: ChangesQuery) -> Answer:
    """The ledger, the newest first."""
    session = gate.session()
    found = entries.changes(session, since=query.since, until=query.until)
    if query.planned:
        found = [one for one in found if one.is_planned(gate.now())]
    if query.agency:
        known = latest(session)
        found = [one for one in found if query.agency in agencies_of_change(session, one, known)]
    return rows.some(found[::-1], query, _entry, Entry)


@room.read("/changes/<int:number>", ANY_KEY, Entry)
def change(path: models.NumberPath) -> Answer:
    """One entry."""
    return Answer(_entry(entries.change_of(gate.session(), path.number)))


@room.do("/changes/<int:number>/undo", ANY_KEY, Undone)
def undo(path: models.NumberPath, body: models.MaybeReason) -> Answer:
    """Take an entry back as a whole, if the login may make such a change:
    withdrawn before its date of effect, corrected after it.
    """
    due_times = gate.house().due_times
    done = take_back(due_times, gate.session(), path.number, **gate.stamp(), reason=body.reason)
    return Answer(Undone(undone=path.number, by_entry=done.written))


@room.ask("/route", ANY_KEY, Route)
def route(query: RouteQuery) -> Answer:
    """Whom a call to an extension would ring at an instant; nothing rings."""
    house, at = gate.house(), query.at or gate.now()
    is_open = house.is_open(at)
    found = ladder(
        house.atlas.at(at), query.extension, house.hunt_rules, is_open=is_open, urgent=query.urgent
    )
    states = {} if query.at else desk_states(gate.factory(), house.pbx, found.rungs, at)
    rungs = [
        models.filled(
            RungRecord,
            one,
            seconds=one.ring.total_seconds(),
            why=one.why.reason,
            metres=one.why.metres,
            state=states.get(one.extension),
        )
        for one in found.rungs
    ]
    skipped = [models.filled(Skipped, one) for one in found.skipped]
    return Answer(
        Route(asked=found.asked, at=at, office_hours=is_open, plan=found.plan, rungs=rungs, skipped=skipped)
    )


def _entry(one: entries.EntryRecord) -> Entry:
    session, house, me = gate.session(), gate.house(), gate.me()
    worktime = house.callbacks.worktime(session)
    told = change_lead_time.notice_of(session, one, worktime, house.settings.change_notice_days)
    return models.filled(
        Entry,
        one,
        agencies=agencies_of_change(session, one),
        told_by=told and told.due_at,
        told_in_time=told and told.is_on_time,
        keys=[
            Key(kind=kind, key=key)
            for kind, key in one.keys
            if kind not in PERSONAL or me.may(PERSONAL[kind])
        ],
    )
