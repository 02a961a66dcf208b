"""Sign-language service: its counters, their tests, misuse (P6.1, P6.5, P6.7)."""

from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, Field

from hotline.permissions import Action
from hotline.video import counter_tests, counters, misuse
from hotline.video.counter_rules import LONGEST_NOTE, Counter, CounterResult, CounterState, MediaQuality
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room

room = Room("video_counters", "The sign-language service: its counters, their tests, misuse")


class CounterBody(models.RequestModel):
    """A counter as its agency names it."""

    agency: models.Code
    state: CounterState = Field(
        CounterState.IN_USE,
        description="none: the agency has no first-line counter, and nothing else is said",
    )
    location: models.Text = ""
    equipment: models.Text = ""
    program: models.Short = ""
    helper: models.Short = Field("", description="name of who helps to connect (P6.5)")

    def says(self, before: Counter | None = None) -> Counter:
        """The counter as it was sent; its photograph stays."""
        sent = Counter(**self.model_dump(include=set(CounterBody.model_fields)))
        return replace(sent, photo=before.photo, photo_on=before.photo_on) if before else sent


class CounterChange(CounterBody, models.MaybeReason):
    """A counter written otherwise, and why."""


class CounterRecord(models.DatedRecord):
    """A counter as of an instant."""

    number: str = Field(validation_alias="key")
    agency: str
    location: str
    equipment: str
    program: str
    helper: str
    state: CounterState


class CounterTestRecord(models.NumberedRow):
    """A test of a counter: by its helper (self) or by RDEC without notice (rdec)."""

    counter: str
    kind: str
    at: datetime
    tester: str
    is_connected: bool
    seconds: int | None
    picture: MediaQuality
    sound: MediaQuality
    note: str


class CounterStandingRecord(BaseModel):
    """A counter, its latest tests, and whether RDEC's is overdue."""

    counter: CounterRecord
    tests: list[CounterTestRecord]
    photo_on: models.Day | None = Field(description="when its sign was photographed; null = it was not")
    is_overdue: bool


class CounterQuery(models.PageQuery):
    """Choice of counters."""

    agency: models.SomeCode = ""


class LackingAgency(BaseModel):
    """An open agency that names no counter (P6.1)."""

    agency: str
    name: str


Lacking = models.listing("Lacking", LackingAgency, "Agencies without a counter, by their code.")
CounterTests = models.listing("CounterTests", CounterTestRecord, "Tests, the latest first.")


class LotQuery(models.RequestModel):
    """A lot of counters to be tested."""

    many: int = Field(5, ge=1, le=50)
    seed: models.Short = Field("", description="the same seed draws the same; the day, if not given")


Lot = models.listing("Lot", CounterStandingRecord, "Counters to be tested, in the order drawn.")


class CounterTestBody(models.RequestModel):
    """A test by RDEC without notice (P6.7)."""

    at: models.Instant | None = Field(None, description="when it was tested; now, if not given")
    tester: models.Short = Field(min_length=1)
    is_connected: bool
    seconds: int | None = Field(None, ge=0, le=3600, description="until it was connected")
    picture: MediaQuality = MediaQuality.NONE
    sound: MediaQuality = MediaQuality.NONE
    note: str = Field("", max_length=LONGEST_NOTE)


class IncidentBody(models.RequestModel):
    """An incident of misuse (P6.5)."""

    counter: models.Short = Field("", description="number of the counter; empty = an own device")
    at: models.Instant | None = Field(None, description="when it happened; now, if not given")
    what: models.Text = Field(min_length=1, description="no citizen's name or number")


class IncidentRecord(models.RowModel):
    """An incident; of one that an interpreter marked, the session's number."""

    at: datetime
    counter: str
    agency: str
    by: str
    what: str
    session: int


Incidents = models.listing("Incidents", IncidentRecord, "Incidents and marked sessions, the latest first.")


@room.read("/video-counters", ANY_KEY, models.Page[CounterStandingRecord])
def listed(query: CounterQuery) -> Answer:
    """List the counters with their latest tests."""
    found = counters.register(gate.session(), gate.now(), query.agency)
    return rows.some(found, query, _standing, CounterStandingRecord)


@room.read("/video-counters/lacking", ANY_KEY, Lacking)
def lacking() -> Answer:
    """List agencies that name no counter (P6.1)."""
    found = counters.lacking(gate.session(), gate.now())
    return Answer(Lacking(items=[LackingAgency(agency=row.key, name=row.name) for row in found]))


@room.do("/video-counters", Action.VIDEO_COUNTER, CounterRecord, 201)
def write_counter(body: CounterChange) -> Answer:
    """Write a new counter."""
    row = counters.write(gate.session(), body.says(), **gate.stamp(), reason=body.reason)
    return Answer(CounterRecord.model_validate(row), 201)


@room.read("/video-counters/<int:number>", ANY_KEY, CounterRecord)
def counter(path: models.NumberPath, query: models.AsOf) -> Answer:
    """A counter as of an instant."""
    return rows.one(counters.KIND, str(path.number), query, CounterRecord.model_validate)


@room.edit("/video-counters/<int:number>", Action.VIDEO_COUNTER, CounterRecord)
def correct_counter(path: models.NumberPath, body: CounterChange) -> Answer:
    """Write a counter otherwise, from now on; what it said before is kept."""
    session, number = gate.session(), str(path.number)
    before = counters.meant(counters.counter_of(session, number, gate.now()))
    rows.expects(counters.KIND, number, gate.now())
    counters.write(session, body.says(before), **gate.stamp(), number=number, reason=body.reason)
    session.flush()
    return rows.one(counters.KIND, number, models.AsOf(at=None), CounterRecord.model_validate)


@room.end("/video-counters/<int:number>", Action.VIDEO_COUNTER)
def end_counter(path: models.NumberPath, query: models.Reason) -> Answer:
    """Take a counter out of the register; its tests stay."""
    number = str(path.number)

    def deed(_since: datetime) -> None:
        counters.end(gate.session(), number, **gate.stamp(), reason=query.reason)

    return rows.ended(counters.KIND, number, gate.now(), deed)


@room.read("/video-counters/<int:number>/tests", ANY_KEY, CounterTests)
def tests_of(path: models.NumberPath) -> Answer:
    """List the tests of a counter."""
    found = counter_tests.tests(gate.session(), str(path.number))
    return Answer(CounterTests(items=[CounterTestRecord.model_validate(row) for row in found]))


@room.do("/video-counters/<int:number>/tests", Action.VIDEO_TEST, CounterTestRecord, 201)
def record_test(path: models.NumberPath, body: CounterTestBody) -> Answer:
    """Write down a test by RDEC without notice."""
    result = CounterResult(body.is_connected, body.seconds, body.picture, body.sound, body.note)
    at, number = body.at or gate.now(), str(path.number)
    row = counter_tests.record(gate.session(), number, result, at, body.tester, **gate.stamp())
    return Answer(CounterTestRecord.model_validate(row), 201)


@room.read("/video-counters/lot", Action.VIDEO_TEST, Lot)
def lot(query: LotQuery) -> Answer:
    """Draw counters to be tested, among those untested longest (P6.7)."""
    seed = query.seed or f"{gate.today():%Y-%m-%d}"
    found = counter_tests.drawn(gate.session(), query.many, seed, gate.now())
    return Answer(Lot(items=[_standing(one) for one in found]))


@room.read("/video-misuse", Action.VIDEO_MISUSE, Incidents)
def incidents() -> Answer:
    """List incidents of misuse, of the login's agency or of all."""
    found = misuse.incidents(gate.session(), gate.scope(Action.VIDEO_MISUSE))
    return Answer(Incidents(items=[IncidentRecord.model_validate(one) for one in found]))


@room.do("/video-misuse", Action.VIDEO_MISUSE, IncidentRecord, 201)
def record_incident(body: IncidentBody) -> Answer:
    """Write an incident of misuse down."""
    at = body.at or gate.now()
    row = misuse.record(gate.session(), body.what, at, **gate.stamp(), counter=body.counter)
    return Answer(IncidentRecord.model_validate(misuse.told(row)), 201)


def _standing(one: counters.CounterStanding) -> CounterStandingRecord:
    return CounterStandingRecord(
        counter=CounterRecord.model_validate(one.row),
        tests=[CounterTestRecord.model_validate(test) for test in one.tests.values()],
        photo_on=one.row.photo_on,
        is_overdue=one.is_overdue,
    )
