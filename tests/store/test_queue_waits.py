"""The queue's pace is measured from what callers were told and when they were answered."""

from datetime import datetime, timedelta
from pathlib import Path

from calls.queue_waits import measured
from calls.store import CallRow, add_event
from hotline.clock import monotonic, taipei
from hotline.db import Sessions, transaction
from ivr.numerals import Language
from ivr.queue_pace import Advance
from ivr.queue_pace_file import PaceFile
from ops.jobs.queue_pace import PaceWatch

NOON = taipei("2026-11-24T12:00")
ZH, EN = Language.MANDARIN, Language.ENGLISH


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def waited(
    factory: Sessions, call: str, wanted: str, places: dict[float, int], answered: float | None
) -> None:
    """A call that was told these places at these seconds after noon."""
    with transaction(factory) as session:
        agent_at = None if answered is None else at(answered)
        session.add(CallRow(id=call, wanted=wanted, started_at=at(min(places) - 30), agent_at=agent_at))
        session.flush()
        for second, place in places.items():
            told = {"position": place, "minutes": 1}
            add_event(session, f"{call}:{second}", call, at(second), "WaitAnnounced", told)


def test_each_language_is_measured_by_its_own_callers(factory: Sessions) -> None:
    """Answered, gone, and come back after a talk, whose second wait goes before everybody."""
    waited(factory, "a", "zh-TW", {0: 2, 30: 1}, 40)
    waited(factory, "b", "en", {0: 1}, None)
    waited(factory, "c", "zh-TW", {10: 1, 200: 1}, 20)
    waited(factory, "d", "klingon", {0: 1}, 5)
    with transaction(factory) as session:
        found = measured(session, NOON - timedelta(hours=1), at(300))
        assert measured(session, at(300), at(600)) == {}
    assert sorted(found[ZH], key=lambda one: one.at) == [
        Advance(at(0), 30, 1),
        Advance(at(10), 10, 1),
        Advance(at(30), 10, 1),
    ]
    assert not found.get(EN)


def test_what_was_measured_is_told_to_the_next_caller(factory: Sessions, tmp_path: Path) -> None:
    """Half a minute a place just now, and from tomorrow on at that hour; run twice, the same."""
    for number in range(20):
        waited(factory, f"call-{number}", "zh-TW", {number: 2}, number + 60)
    file = PaceFile(tmp_path / "queue-pace.json", monotonic)
    watch = PaceWatch(factory, file)
    assert watch.run(at(120)) == watch.run(at(120))
    pace = file.read(timedelta(minutes=4))
    assert pace.minutes(6, ZH, 1, at(120)) == 4 and pace.minutes(6, EN, 1, at(120)) == 24
    later = NOON + timedelta(days=1)
    assert not watch.run(later).lately and watch.run(later).minutes(6, ZH, 1, later) < 7


def test_each_node_tells_the_pace_of_all(factory: Sessions, tmp_path: Path) -> None:
    """Forty places that callers of two nodes moved up count at every node, also at one without a caller."""
    for number in range(20):
        waited(factory, f"ntpc{1 + number % 2}-{number}", "zh-TW", {number: 2}, number + 60)
    files = [PaceFile(tmp_path / name / "queue-pace.json", monotonic) for name in ("ntpc1", "ntpc2", "ntpc3")]
    paces = [PaceWatch(factory, file).run(at(120)) for file in files]
    assert paces[0] == paces[1] == paces[2] and 30 < paces[0].lately[ZH].places < 40
