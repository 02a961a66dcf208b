"""Counters on both databases: the register with its past, gaps, tests, misuse, figures (P6.1 to P6.7)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from hotline.cases.photographs import UnfitPhoto
from hotline.clock import taipei
from hotline.db import Sessions, numbered, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.directory.service import Unknown
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile, version
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from hotline.video import counter_tests, counters, misuse
from hotline.video.counter_rules import (
    OVERDUE,
    Counter,
    CounterDateAhead,
    CounterPhotoUndated,
    CounterResult,
    CounterState,
    CounterTestKind,
    MediaQuality,
)
from hotline.video.counter_store import CounterRow
from hotline.video.store import VideoSession
from reporting.video_reports import video

pytestmark = pytest.mark.dialects
START = taipei("2026-11-02T09:00")
NOW = taipei("2026-11-24T10:00")
PLAZA = Counter("civil", "1F 3 號櫃檯", "平板電腦", "Chrome", "王小明")
GOOD = CounterResult(True, 12, MediaQuality.GOOD, MediaQuality.POOR, "光線暗")
PEOPLE = (
    Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR})),
    Staff("signs-1", "翻譯員", frozenset({Role.INTERPRETER})),
    Staff("civil-1", "窗口", frozenset({Role.LIAISON}), "civil"),
    Staff("tax-1", "窗口", frozenset({Role.LIAISON}), "tax"),
)


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    """Three agencies, one of them closed."""
    with transaction(factory) as session:
        for code, name, closed in (
            ("civil", "民政局", False),
            ("tax", "稅捐處", False),
            ("old", "舊機關", True),
        ):
            row = Agency(code, name, closed=closed, successor="civil" if closed else "")
            set_row(session, row, Period(START), at=START, by="admin-1")
        for member in PEOPLE:
            set_staff(session, member, Period(START), at=START, by="admin-1")
        yield session


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (320, 240), "blue").save(file, "PNG")
    return file.getvalue()


def test_P6_1_a_liaison_keeps_the_counter_of_their_own_agency_and_its_past_stays(session: Session) -> None:
    """Not another's; two who change it at once are told; what it said before is read as of its instant."""
    number = counters.write(session, PLAZA, at=START, by="civil-1").key
    assert number == "1"
    with pytest.raises(NotPermitted):
        counters.write(session, PLAZA, at=START, by="tax-1")
    with pytest.raises(NotPermitted):
        counters.write(session, replace(PLAZA, agency="tax"), at=START, by="tax-1", number=number)
    with pytest.raises(Unknown):
        counters.write(session, replace(PLAZA, agency="moon"), at=START, by="admin-1")
    with pytest.raises(UnfitText):
        counters.write(session, replace(PLAZA, helper=" "), at=START, by="civil-1")
    shown = version(session, counters.KIND, number)
    moved = replace(PLAZA, helper="李小華")
    counters.write(session, moved, at=NOW, by="admin-1", number=number, expected=shown)
    with pytest.raises(ChangedMeanwhile):
        counters.write(session, PLAZA, at=NOW, by="civil-1", number=number, expected=shown)
    assert counters.counter_of(session, number, START).helper == "王小明"
    assert counters.counter_of(session, number, NOW).helper == "李小華"
    counters.end(session, number, at=NOW + timedelta(days=1), by="civil-1", reason="搬遷")
    assert len(history.history(session, CounterRow, number)) >= 3
    assert counters.write(session, PLAZA, at=NOW + timedelta(days=2), by="civil-1").key == "2"


def test_P6_1_an_open_agency_that_names_none_is_a_gap(session: Session) -> None:
    """One that says that it has no first line names none, and is no gap; a closed one is not either."""
    assert [row.key for row in counters.lacking(session, NOW)] == ["civil", "tax"]
    counters.write(session, PLAZA, at=START, by="civil-1")
    counters.write(session, Counter("tax", state=CounterState.NONE), at=START, by="tax-1")
    assert counters.lacking(session, NOW) == []


def test_P6_5_a_signs_photograph_is_re_encoded_and_dated(session: Session) -> None:
    """Another replaces it; what is no picture, or of a day to come, is refused."""
    number = counters.write(session, PLAZA, at=START, by="civil-1").key
    row = counters.keep_photo(session, number, picture(), date(2026, 11, 24), at=NOW, by="civil-1")
    assert row.photo_on == date(2026, 11, 24) and row.helper == "王小明"
    assert counters.photo(session, number, NOW).startswith(b"\xff\xd8")
    with pytest.raises(counters.NoCounterPhoto):
        counters.photo(session, number, START)
    for sent, day, error in (
        (b"no picture", date(2026, 11, 24), UnfitPhoto),
        (picture(), None, CounterPhotoUndated),
        (picture(), date(2026, 11, 25), CounterDateAhead),
    ):
        with pytest.raises(error):
            counters.keep_photo(session, number, sent, day, at=NOW, by="civil-1")
    with pytest.raises(NotPermitted):
        counters.keep_photo(session, number, picture(), date(2026, 11, 24), at=NOW, by="tax-1")


def test_P6_7_only_rdec_writes_unannounced_tests_down_and_half_a_year_without_is_overdue(
    session: Session,
) -> None:
    """The latest by when it was tested, not by when it was written; a self-test does not count for RDEC's."""
    number = counters.write(session, PLAZA, at=START, by="civil-1").key
    with pytest.raises(NotPermitted):
        counter_tests.record(session, number, GOOD, NOW, "陳", at=NOW, by="civil-1")
    with pytest.raises(CounterDateAhead):
        counter_tests.record(session, number, GOOD, NOW + timedelta(minutes=1), "陳", at=NOW, by="admin-1")
    counter_tests.keep_own(session, number, GOOD, {"fps": 25.0}, at=NOW, by="video-account:1")
    counter_tests.record(session, number, GOOD, NOW, "陳測試", at=NOW, by="admin-1")
    missed = CounterResult(False, 3, MediaQuality.GOOD, MediaQuality.GOOD)
    earlier = NOW - timedelta(days=3)
    counter_tests.record(session, number, missed, earlier, "陳測試", at=NOW, by="admin-1")
    found = counters.one(session, number, NOW)
    latest = found.tests[CounterTestKind.UNANNOUNCED]
    assert (latest.at, latest.seconds, latest.sound) == (NOW, 12, "poor")
    assert found.tests[CounterTestKind.SELF].measured == {"fps": 25.0}
    assert [(one.is_connected, one.seconds, one.picture) for one in counter_tests.tests(session)] == [
        (True, 12, "good"),
        (False, None, "none"),
    ]
    at = NOW + OVERDUE
    assert not counters.one(session, number, at - timedelta(seconds=1)).is_overdue
    assert counters.one(session, number, at).is_overdue
    assert [one.row.key for one in counter_tests.drawn(session, 5, "2026-11-24 0", NOW)] == [number]


def served(agency: str, asked: datetime, minutes: int, **more: object) -> VideoSession:
    """A session of one interpreter, over after so many minutes; none: it was left unserved."""
    accepted = asked + timedelta(minutes=2) if minutes else None
    row = VideoSession(
        account=1,
        counter=1 if agency else None,
        counter_agency=agency,
        state="ended" if minutes else "left",
        requested_at=asked,
        citizen_seen_at=asked,
        accepted_at=accepted,
        ended_at=(accepted or asked) + timedelta(minutes=minutes),
        interpreter="signs-1" if minutes else "",
    )
    for name, value in more.items():
        setattr(row, name, value)
    return row


def test_P6_7_persons_are_counted_by_agency_and_month_own_devices_apart(session: Session) -> None:
    """By when they asked; who left unserved apart; misuse of both kinds."""
    for row in (
        served("civil", NOW, 15),
        served("civil", NOW + timedelta(hours=1), 30, extensions=1, is_misuse=True),
        served("civil", taipei("2026-12-01T09:00"), 15),
        served("", NOW, 10),
        served("", NOW + timedelta(hours=1), 0),
    ):
        numbered(session, row)
    number = counters.write(session, PLAZA, at=START, by="civil-1").key
    misuse.record(session, "同仁談私事", NOW, at=NOW, by="civil-1", counter=number)
    table = video(session, date(2026, 11, 1), taipei("2026-12-10T09:00"))
    assert table.rows == [("civil 民政局", "2", "45", "1", "0", "2"), ("", "1", "10", "0", "1", "0")]


def test_P6_5_incidents_and_marked_sessions_are_one_log(session: Session) -> None:
    """An agency sees its own counters'; an interpreter writes one of an own device down."""
    number = counters.write(session, PLAZA, at=START, by="civil-1").key
    misuse.record(session, "同仁談私事", NOW, at=NOW, by="civil-1", counter=number)
    misuse.record(
        session, "和翻譯員聊天", NOW + timedelta(minutes=1), at=NOW + timedelta(hours=1), by="signs-1"
    )
    marked = numbered(session, served("civil", NOW + timedelta(hours=2), 15, is_misuse=True))
    with pytest.raises(NotPermitted):
        misuse.record(session, "別處", NOW, at=NOW, by="tax-1", counter=number)
    told = [(one.session, one.counter, one.what) for one in misuse.incidents(session)]
    assert told == [(marked.id, "1", ""), (0, "", "和翻譯員聊天"), (0, "1", "同仁談私事")]
    assert [one.session for one in misuse.incidents(session, "civil")] == [marked.id, 0]
    assert misuse.incidents(session, "tax") == []
