"""The supervisors' board after two hundred calls of the event log:
each figure is the database's, counted by SQL alone.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import bindparam, text

from calls.store import CallRow
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks
from hotline.clock import taipei
from hotline.db import Instant, Sessions, transaction
from reporting.board import LONGEST_CALL, Floor, Hour, floor
from tests.promises import Office
from tests.store.test_cel import Log, follow

CALLS: Final = 200
NOW: Final = taipei("2026-11-24T10:00")
MIDNIGHT: Final = taipei("2026-11-24T00:00")
FATES: Final = ("informed", "left", "gave_up", "promised", "talked", "talked", "waits", "talks", "asked")
ENDED: Final = frozenset(("informed", "left", "gave_up", "promised", "talked"))
WAITS: Final = (0.0, 4.0, 19.999, 20.0, 20.001, 95.5)
"""On both sides of the service level's edge."""


@dataclass(frozen=True)
class Made:
    """One call as it is made: what becomes of it, when it began, how long it waited."""

    number: int
    fate: str
    began: float
    waited: float

    def writes(self, log: Log) -> None:
        """Its lines, as Asterisk writes them."""
        who = {"num": f"09110{self.number:05}"}
        log.event(self.number, self.began, "CHAN_START", **who)
        log.event(self.number, self.began + 1, "ANSWER", **who)
        log.event(self.number, self.began + 3, "NOTICE", **who, eventextra='{"extra":"zh-TW"}')
        if self.fate == "informed":
            log.event(self.number, self.began + 9, "INFORMED", **who)
        elif self.fate != "left":
            log.event(self.number, self.queued, "APP_START", **who, appname="Queue")
        if self.fate in ("talked", "talks", "asked"):
            self._talks(log, who)
        if self.fate == "promised":
            said = json.dumps({"extra": f"{who['num']}|zh-TW|dialplan"})
            log.event(self.number, self.queued + self.waited, "PROMISE", **who, eventextra=said)
        if self.fate in ENDED:
            source = '{"hangupsource":"PJSIP/trunk-00000001","hangupcause":16}'
            log.event(self.number, self.queued + self.waited + 60, "HANGUP", **who, eventextra=source)

    @property
    def queued(self) -> float:
        return self.began + 10

    def _talks(self, log: Log, who: dict[str, str]) -> None:
        phone, at = f"agent-{1 + self.number % 3}", self.queued + self.waited
        bridge = json.dumps({"bridge_id": f"b-{self.number}"})
        log.event(self.number, self.queued, "CHAN_START", phone, exten="s")
        log.event(self.number, at, "ANSWER", phone, exten="s")
        log.event(self.number, at, "BRIDGE_ENTER", phone, exten="s", eventextra=bridge)
        log.event(self.number, at, "BRIDGE_ENTER", **who, eventextra=bridge)
        if self.fate == "asked":
            asked = json.dumps({"extra": f"|PJSIP/{phone}-00000001"})
            log.event(self.number, at + 5, "REVIEW", **who, eventextra=asked)


def day() -> Iterator[Made]:
    """Yesterday's calls and today's, by chance that is always the same;
    those that are up began within the hour.
    """
    chance = random.Random(1999)
    for number in range(1, CALLS + 1):
        fate, waited = chance.choice(FATES), chance.choice(WAITS)
        began = -chance.uniform(200, 26 * 3600 if fate in ENDED else 3600)
        yield Made(number, fate, round(began, 3), waited)
    yield Made(CALLS + 1, "talks", -4 * 3600.0, 4.0)  # lost with its Asterisk: up no more


@pytest.fixture
def made(tmp_path: Path, factory: Sessions, callbacks: Callbacks) -> list[Made]:
    """All of them written, loaded, and some promises worked at."""
    office, log, calls = Office.of(factory, callbacks), Log(tmp_path / "cel"), list(day())
    for one in calls:
        one.writes(log)
    loaded = follow(factory, log, callbacks).load(NOW)
    assert loaded.unreadable == 0 and len(loaded.ended) == sum(one.fate in ENDED for one in calls)
    for n, row in enumerate(office.rows()):
        if n % 4 == 0:
            office.does("cancel", row.id, "已自行處理", "boss", NOW - timedelta(minutes=30))
        elif n % 4 == 1:
            office.does("attempt", row.id, Outcome.NO_ANSWER, "agent-1", NOW - timedelta(minutes=20))
    return calls


def counted(factory: Sessions, query: str, **values: Any) -> Any:
    """One figure, as the database itself counts it."""
    instants = [bindparam(name, type_=Instant) for name, one in values.items() if isinstance(one, datetime)]
    with transaction(factory) as session:
        return session.execute(text(query).bindparams(*instants), values).scalar_one()


TODAY: Final = "FROM call WHERE started_at >= :since AND started_at < :until"
UP: Final = "FROM call WHERE ended_at IS NULL AND started_at > :lost AND queued_at IS NOT NULL"
UNMET: Final = "AND queued_at IS NOT NULL AND agent = '' AND ended_at IS NOT NULL"
PENDING: Final = "FROM callback WHERE state NOT IN ('DONE', 'CANCELLED', 'CLOSED_UNREACHED')"


def by_sql(factory: Sessions, hour: int) -> Hour:
    """An hour of today."""
    since = MIDNIGHT + timedelta(hours=hour)
    span = {"since": since, "until": since + timedelta(hours=1)}

    def calls(more: str = "") -> int:
        return int(counted(factory, f"SELECT count(*) {TODAY} {more}", **span))

    met = "AND queued_at IS NOT NULL AND agent <> ''"
    waited = counted(factory, f"SELECT coalesce(sum(queue_seconds), 0) {TODAY} {met}", **span)
    return Hour(
        hour=hour,
        calls=calls(),
        informed=calls("AND outcome = 'informed'"),
        left=calls("AND outcome = 'abandoned' AND queued_at IS NULL"),
        queued=calls("AND queued_at IS NOT NULL"),
        answered=calls(met),
        called_back=calls(f"{UNMET} AND outcome = 'promised'"),
        abandoned=calls(f"{UNMET} AND outcome <> 'promised'"),
        soon=calls(f"{met} AND queue_seconds <= 20"),
        waited=round(float(waited), 3),
    )


def board(factory: Sessions) -> Floor:
    with transaction(factory) as session:
        return floor(session, NOW, {})


def test_every_figure_is_the_databases(made: list[Made], factory: Sessions) -> None:
    """At this moment, for the day and by its hours;
    and the database agrees with the calls as they were made.
    """
    seen = board(factory)
    now_and_today(seen, factory)
    by_the_hour(seen, factory)
    what_callers_did(seen, made)


def now_and_today(seen: Floor, factory: Sessions) -> None:
    """Waiting, talking, asked about, answered, promised a callback, given up, service level,
    promises due and overdue.
    """
    lost = NOW - timedelta(hours=3)
    whole = {"since": MIDNIGHT, "until": NOW}
    met = f"SELECT count(*) {TODAY} AND queued_at IS NOT NULL AND agent <> ''"
    answered, promised, abandoned = (
        counted(factory, query, **whole)
        for query in (
            met,
            *(f"SELECT count(*) {TODAY} {UNMET} AND outcome {how} 'promised'" for how in ("=", "<>")),
        )
    )
    soon = counted(factory, f"{met} AND queue_seconds <= 20", **whole)
    late = "AND due_at < :now AND (first_attempt_at IS NULL OR first_attempt_at > due_at)"
    asked = "SELECT count(*) FROM special_call s JOIN call c ON c.id = s.call_id WHERE c.ended_at IS NULL"
    assert {
        "waiting": len(seen.waiting),
        "talking": len(seen.talking),
        "answered": seen.answered,
        "called_back": seen.called_back,
        "abandoned": seen.abandoned,
        "level": seen.service_level,
        "due": seen.due,
        "overdue": seen.overdue,
        "judged": len(seen.judged),
    } == {
        "waiting": counted(factory, f"SELECT count(*) {UP} AND agent = ''", lost=lost),
        "talking": counted(factory, f"SELECT count(*) {UP} AND agent <> ''", lost=lost),
        "answered": answered,
        "called_back": promised,
        "abandoned": abandoned,
        "level": soon / (answered + promised + abandoned),
        "due": counted(factory, f"SELECT count(*) {PENDING}"),
        "overdue": counted(factory, f"SELECT count(*) {PENDING} {late}", now=NOW),
        "judged": counted(factory, f"{asked} AND s.state IN ('REVIEW', 'SPECIAL')"),
    }


def by_the_hour(seen: Floor, factory: Sessions) -> None:
    """From the first hour with a call to the last, none left out between."""
    hours = seen.hours
    assert list(hours) == [by_sql(factory, one.hour) for one in hours]
    assert [one.hour for one in hours] == list(range(hours[0].hour, hours[-1].hour + 1))
    whole = counted(factory, f"SELECT count(*) {TODAY}", since=MIDNIGHT, until=NOW)
    assert sum(one.calls for one in hours) == whole


def what_callers_did(seen: Floor, made: list[Made]) -> None:
    """Counted from the script of the calls, without any database."""
    began = (MIDNIGHT - NOW).total_seconds()
    today = [one for one in made if one.began >= began]
    talks = [one for one in today if one.fate in ("talked", "talks", "asked")]
    assert len(seen.waiting) == sum(one.fate == "waits" for one in made)
    assert len(seen.talking) == sum(one.fate in ("talks", "asked") for one in made) - 1
    assert len(seen.judged) == sum(one.fate == "asked" for one in made)
    assert seen.answered == len(talks)
    assert seen.called_back == sum(one.fate == "promised" for one in today) > 0
    assert seen.abandoned == sum(one.fate == "gave_up" for one in today)
    assert sum(one.informed for one in seen.hours) == sum(one.fate == "informed" for one in today) > 0
    assert sum(one.left for one in seen.hours) == sum(one.fate == "left" for one in today) > 0
    assert sum(one.soon for one in seen.hours) == sum(one.waited <= 20.0 for one in talks)
    assert seen.overdue > 0 and seen.due > seen.overdue and len(made) == CALLS + 1


def test_who_called_before_midnight_is_on_the_board_until_the_call_is_over(factory: Sessions) -> None:
    """Waiting or talking; what the day's calls came to is of those alone that began in it."""
    late = MIDNIGHT - timedelta(minutes=10)
    with transaction(factory) as session:
        session.add(CallRow(id="late-1", started_at=late, queued_at=late))
        session.add(CallRow(id="late-2", started_at=late, queued_at=late, agent="agent-1", agent_at=late))
        session.add(CallRow(id="lost-1", started_at=late - LONGEST_CALL, queued_at=late))
    with transaction(factory) as session:
        seen = floor(session, MIDNIGHT + timedelta(minutes=5), {})
    assert [one.id for one in seen.waiting] == ["late-1"] and [one.id for one in seen.talking] == ["late-2"]
    assert (seen.hours, seen.answered, seen.service_level) == ([], 0, None)
