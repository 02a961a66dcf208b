"""Agencies' news ahead of calls: bulletins, messages, calls to come, measures (P4.3, P4.7, P4.8, P4.10)."""

from datetime import date, datetime

from pydantic import Field

from hotline import bulletins as alerts
from hotline.bulletins import AlertRow
from hotline.errors import existing
from hotline.news import measures, messages, surges
from hotline.news.linked import NoNews
from hotline.news.rules import Measure, NewsMessage, Surge
from hotline.news.store import MeasureRow, MessageRow, SurgeRow
from hotline.permissions import Action
from hotline.search import Match
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room

room = Room("news", "What agencies tell the call centre before citizens ask")


class AlertRecord(models.NumberedRow):
    """An emergency bulletin to all agents (P4.8)."""

    agency: str
    title: str
    text: str
    raised_at: datetime
    raised_by: str
    lifted_at: datetime | None = Field(description="null = still on")
    lifted_by: str


class AlertSeenRecord(models.RowModel):
    """Reader of a bulletin, and when it was read."""

    login: str
    at: datetime


class AlertReaders(AlertRecord):
    """A bulletin, and who has read it."""

    seen: list[AlertSeenRecord] = []
    unseen: list[str] = Field([], description="agents and supervisors who have not, by login")


class AlertBody(models.RequestModel):
    """Bulletin: what has happened, and what agents are to say."""

    agency: models.Code
    title: models.Text
    text: models.Long


class MessageBody(AlertBody):
    """A message to the agents, and from when to when it matters (P4.7)."""

    starts_at: models.Instant | None = Field(None, description="now, if not given")
    ends_at: models.Instant | None = Field(None, description="until withdrawn, if not given")

    def says(self, at: datetime) -> NewsMessage:
        """The message that begins at an instant if it does not say when."""
        return NewsMessage(
            self.agency, self.title.strip(), self.text.strip(), self.starts_at or at, self.ends_at
        )


class MessageRecord(models.NumberedRow):
    """A message of an agency to the agents."""

    agency: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None
    posted_at: datetime
    posted_by: str
    changed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str
    standing: str = Field("", description="planned, current, over or withdrawn")


class FoundMessage(MessageRecord):
    """A message, and how it was found."""

    match: Match | None = Field(None, description="null = not searched for")


class MessageQuery(models.PageQuery):
    """Choice of messages."""

    q: models.Text = Field("", description="only those that fit these words, the best first")
    agency: models.SomeCode = ""
    past: bool = Field(False, description="also what is over or withdrawn")


class PastQuery(models.PageQuery):
    """Choice of whether what is over is listed too."""

    past: bool = False


class Entries(models.RequestModel):
    """Entries of the book."""

    entries: list[int] = Field(max_length=50, description="numbers of /knowledge")


class SurgeBody(models.RequestModel):
    """Many calls to come (P4.3)."""

    agency: models.Code
    topic: models.Text
    first: models.Day
    last: models.Day
    calls: int = Field(ge=1, le=99_999_999, description="how many are expected")
    staff: models.Long = Field(description="who of the agency answers")
    entries: list[int] = Field([], max_length=50, description="numbers of /knowledge from which agents read")


class SurgeRecord(models.NumberedRow):
    """Calls to come."""

    agency: str
    topic: str
    first: date
    last: date
    calls: int
    staff: str
    entries: list[str]
    without_entry: bool = Field(False, description="no entry of the book answers its calls")
    told_at: datetime
    told_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str


class MeasureBody(models.RequestModel):
    """A new measure (P4.10)."""

    agency: models.Code
    title: models.Text
    material: models.Long = Field(description="the newest")
    training: bool = Field(False, description="agents are to be trained")
    training_on: models.Day | None = Field(None, description="a day means that there is a training")
    entries: list[int] = Field([], max_length=50, description="numbers of /knowledge from which agents read")

    def says(self) -> Measure:
        """The measure as it was sent."""
        return Measure(
            self.agency,
            self.title.strip(),
            self.material.strip(),
            self.training or self.training_on is not None,
            self.training_on,
            _numbers(self.entries),
        )


class MeasureRecord(models.NumberedRow):
    """A new measure."""

    agency: str
    title: str
    material: str
    training: bool
    training_on: date | None
    entries: list[str]
    told_at: datetime
    told_by: str
    changed_at: datetime | None


class MeasureTrained(MeasureRecord):
    """A measure, and who was trained for it."""

    trained: list[str] = Field([], description="by login")


class Logins(models.RequestModel):
    """Agents who attended."""

    logins: list[models.Login] = Field(min_length=1, max_length=200)


@room.read("/alerts", ANY_KEY, models.Page[AlertRecord])
def listed_alerts(query: models.PageQuery) -> Answer:
    """Emergency bulletins, those that are on first."""
    found = sorted(alerts.alerts(gate.session()), key=lambda row: row.lifted_at is not None)
    return rows.page(found, query, AlertRecord)


@room.do("/alerts", Action.NEWS_ALERT, AlertRecord, 201)
def raise_alert(body: AlertBody) -> Answer:
    """Raise an emergency bulletin: before every agent within seconds."""
    row = alerts.raise_alert(gate.session(), body.agency, body.title, body.text, **gate.stamp())
    return rows.made(row, AlertRecord, "news.alert")


@room.read("/alerts/<int:number>", ANY_KEY, AlertReaders)
def alert(path: models.NumberPath) -> Answer:
    """A bulletin, and who has read it."""
    session = gate.session()
    row = existing(session.get(AlertRow, path.number), NoNews(alerts.KIND, path.number))
    told = AlertReaders.model_validate(row)
    told.seen = [AlertSeenRecord.model_validate(one) for one in alerts.seen(session, row.id)]
    told.unseen = [member.login for member in alerts.unseen(session, row.id, gate.now())]
    return Answer(told)


@room.do("/alerts/<int:number>/seen", ANY_KEY, AlertRecord)
def see_alert(path: models.NumberPath) -> Answer:
    """Put on record that the login has read it."""
    alerts.see(gate.session(), path.number, **gate.stamp())
    return rows.told(gate.session().get(AlertRow, path.number), AlertRecord)


@room.do("/alerts/<int:number>/lift", Action.NEWS_ALERT, AlertRecord)
def lift_alert(path: models.NumberPath, body: models.MaybeReason) -> Answer:
    """Lift a bulletin that is over."""
    row = alerts.lift(gate.session(), path.number, **gate.stamp(), reason=body.reason)
    return rows.told(row, AlertRecord)


@room.read("/news", ANY_KEY, models.FoundPage[FoundMessage])
def listed_messages(query: MessageQuery) -> Answer:
    """Messages that matter now or later, the latest first; with words, the best first."""
    there = messages.messages(gate.session(), gate.now(), agency=query.agency, with_past=query.past)
    return rows.found(messages.search(there, query.q), query, _found, FoundMessage)


@room.do("/news", Action.NEWS_POST, MessageRecord, 201)
def post_message(body: MessageBody) -> Answer:
    """Post a message to the agents."""
    row = messages.post(gate.session(), body.says(gate.now()), **gate.stamp())
    return Answer(_message(row), 201)


@room.do("/news/<int:number>/correct", Action.NEWS_POST, MessageRecord)
def correct_message(path: models.NumberPath, body: MessageBody) -> Answer:
    """Say a message otherwise; when it was posted stays."""
    said = body.says(_starts(path.number))
    return Answer(_message(messages.correct(gate.session(), path.number, said, **gate.stamp())))


@room.do("/news/<int:number>/withdraw", Action.NEWS_POST, MessageRecord)
def withdraw_message(path: models.NumberPath, body: models.MaybeReason) -> Answer:
    """Withdraw a message; it stays readable."""
    row = messages.withdraw(gate.session(), path.number, **gate.stamp(), reason=body.reason)
    return Answer(_message(row))


def _starts(number: int) -> datetime:
    """Since when a message matters that is corrected without saying so."""
    row = gate.session().get(MessageRow, number)
    return row.starts_at if row else gate.now()


def _found(row: MessageRow, match: Match | None) -> FoundMessage:
    told = FoundMessage.model_validate(row)
    told.standing, told.match = messages.standing(row, gate.now()), match
    return told


def _message(row: MessageRow) -> MessageRecord:
    told = MessageRecord.model_validate(row)
    told.standing = messages.standing(row, gate.now())
    return told


@room.read("/surges", ANY_KEY, models.Page[SurgeRecord])
def listed_surges(query: PastQuery) -> Answer:
    """Calls to come, the first to come first."""
    return rows.some(
        surges.surges(gate.session(), gate.now(), with_past=query.past), query, _surge, SurgeRecord
    )


@room.do("/surges", Action.NEWS_SURGE, SurgeRecord, 201)
def tell_surge(body: SurgeBody) -> Answer:
    """Tell the call centre of calls to come."""
    said = Surge(
        body.agency,
        body.topic.strip(),
        body.first,
        body.last,
        body.calls,
        body.staff.strip(),
        _numbers(body.entries),
    )
    return Answer(_surge(surges.tell(gate.session(), said, **gate.stamp())), 201)


@room.do("/surges/<int:number>/entries", Action.NEWS_SURGE, SurgeRecord)
def link_surge(path: models.NumberPath, body: Entries) -> Answer:
    """Set the entries of the book that answer its calls."""
    row = surges.link(gate.session(), path.number, _numbers(body.entries), **gate.stamp())
    return Answer(_surge(row))


@room.do("/surges/<int:number>/withdraw", Action.NEWS_SURGE, SurgeRecord)
def withdraw_surge(path: models.NumberPath, body: models.MaybeReason) -> Answer:
    """Withdraw calls that do not come."""
    row = surges.withdraw(gate.session(), path.number, **gate.stamp(), reason=body.reason)
    return Answer(_surge(row))


def _surge(row: SurgeRow) -> SurgeRecord:
    told = SurgeRecord.model_validate(row)
    told.without_entry = surges.is_without_entry(gate.session(), row, gate.now())
    return told


@room.read("/measures", ANY_KEY, models.Page[MeasureRecord])
def listed_measures(query: models.PageQuery) -> Answer:
    """New measures, the latest first."""
    return rows.page(measures.measures(gate.session()), query, MeasureRecord)


@room.do("/measures", Action.NEWS_MEASURE, MeasureRecord, 201)
def tell_measure(body: MeasureBody) -> Answer:
    """Tell the call centre of a new measure."""
    row = measures.tell(gate.session(), body.says(), **gate.stamp())
    return rows.made(row, MeasureRecord, "news.measure")


@room.read("/measures/<int:number>", ANY_KEY, MeasureTrained)
def measure(path: models.NumberPath) -> Answer:
    """A measure, and who was trained for it."""
    return Answer(_measure(path.number))


@room.do("/measures/<int:number>/correct", Action.NEWS_MEASURE, MeasureTrained)
def correct_measure(path: models.NumberPath, body: MeasureBody) -> Answer:
    """Give a measure newer material, or a day for the training."""
    measures.correct(gate.session(), path.number, body.says(), **gate.stamp())
    return Answer(_measure(path.number))


@room.do("/measures/<int:number>/trained", Action.NEWS_TRAIN, MeasureTrained)
def train(path: models.NumberPath, body: Logins) -> Answer:
    """Put on record that these agents attended the training."""
    measures.train(gate.session(), path.number, body.logins, **gate.stamp())
    return Answer(_measure(path.number))


def _measure(number: int) -> MeasureTrained:
    row = existing(gate.session().get(MeasureRow, number), NoNews(measures.KIND, number))
    told = MeasureTrained.model_validate(row)
    told.trained = [one.login for one in measures.trained(gate.session(), number)]
    return told


def _numbers(entries: list[int]) -> tuple[str, ...]:
    return tuple(map(str, entries))
