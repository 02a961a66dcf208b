"""The sounds of greeting and notice are lost where Asterisk plays them:
something is said instead, or nothing is recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demo.phone import Answers
from demo.story import Story
from tests.faults.stand_ins import halted
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, running

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class Played:
    """A call that was decided, and one for which no process was there; both reached an agent."""

    decided: Story
    alone: Story


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A hotline whose log may tell of the missing file."""
    refuse_or_go_on()
    with running() as one:
        for file in (one.settings.sounds / "hotline" / "zh-TW").glob("V-0[01].*"):
            file.unlink()
        yield one


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """One after the other, with an agent who answers."""
    with system.agents(agent_1=Answers(0.2, 2.0)):
        decided = system.call("1,1")
        with halted(system, 1, 2):
            alone = system.call("-", longest=60.0)
    return Played(decided, alone)


def test_P4_12_the_first_decision_says_what_there_is_instead(played: Played, system: System) -> None:
    """The words of the fallback stand for greeting and notice, and the call goes on as ever."""
    assert played.decided.heard[0] == "zh-TW/fallback", played.decided.as_text()
    assert played.decided.record and played.decided.record.outcome == "talked", played.decided.as_text()
    kinds = [event.kind for event in system.events(played.decided.record.call_id)]
    assert kinds.count("NoticeHeard") == 1
    assert kinds.index("NoticeHeard") < kinds.index("RecordingStarted")


def test_P4_12_without_a_decision_nothing_is_recorded(played: Played, system: System) -> None:
    """Nobody has told the caller, so no sound is kept; an agent is reached all the same."""
    assert played.alone.record and played.alone.record.outcome == "talked", played.alone.as_text()
    kinds = [event.kind for event in system.events(played.alone.record.call_id)]
    assert not {"NoticeHeard", "RecordingStarted"} & set(kinds)
    assert not played.alone.recordings
